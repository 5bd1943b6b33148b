/*
 * Files of shares, and of this machine: as sources of downloads, as their destinations, and as targets of uploads
 * (B-400 to B-418, B-590 to B-592).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine finds \\server\share in the directory dosdevices/unc/server/share of its prefix, so that a share is made
 * by making that directory. On Windows nobody shares anything with this test: what needs a share is skipped there.
 */

#include "job/jobtest.h"

#define SIZE 100000
#define LONG_NAME 600 /* characters of a remote name, here */

#define SERVER L"wine-bits-test"
#define SHARE L"\\\\" SERVER L"\\share\\"
#define SHARE_URL L"file://" SERVER L"/share/"

#define FILE_NOT_FOUND HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)
#define PATH_NOT_FOUND HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)
#define BAD_NETPATH HRESULT_FROM_WIN32(ERROR_BAD_NETPATH)
#define SHARING_VIOLATION HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)

static const SYSTEMTIME time_written = {
    .wYear = 1994, .wMonth = 11, .wDay = 15, .wHour = 8, .wMinute = 12, .wSecond = 31};
static const SYSTEMTIME time_created = {.wYear = 1990, .wMonth = 2, .wDay = 3, .wHour = 4, .wMinute = 5, .wSecond = 6};

static BOOL have_share;

/* --- the share ------------------------------------------------------------------------------ */

/* Make the directories of a path below the root, all of them. */
static void make_directories(WCHAR *path, size_t root)
{
    WCHAR *p;

    for (p = path + root; (p = wcschr(p, '\\')); *p++ = '\\')
    {
        *p = 0;
        CreateDirectoryW(path, NULL);
    }
}

static BOOL make_share(void)
{
    WCHAR path[LONG_NAME];
    DWORD length = GetEnvironmentVariableW(L"WINECONFIGDIR", path, MAX_PATH);

    if (!is_wine() || !length || length >= MAX_PATH || wcsncmp(path, L"\\??\\", 4)) return FALSE;
    path[1] = '\\';
    wcscat(path, L"\\dosdevices\\unc\\" SERVER L"\\share\\");
    make_directories(path, length + 1);
    return GetFileAttributesW(SHARE) != INVALID_FILE_ATTRIBUTES;
}

/* Whether there is one, which else is why a part is skipped. */
static BOOL need_share(void)
{
    if (!have_share) skip("no share can be made here\n");
    return have_share;
}

/* Where files of a test may lie: on the share or, without one, here. */
static const WCHAR *place(void)
{
    return have_share ? SHARE : client_directory();
}

/* A name in a directory (with its backslash, or slash) that no other call gave. */
static WCHAR *name_in(const WCHAR *directory, WCHAR *buffer)
{
    static unsigned int number;

    _snwprintf(buffer, LONG_NAME, L"%sname%u", directory, ++number);
    return buffer;
}

static void remove_file(const WCHAR *path)
{
    SetFileAttributesW(path, FILE_ATTRIBUTE_NORMAL);
    DeleteFileW(path);
}

/* --- how files look ------------------------------------------------------------------------- */

/* Time stamps, then the attributes, so that read-only files get both. */
static BOOL set_looks(const WCHAR *path, DWORD attributes)
{
    FILETIME created, written;
    HANDLE file;
    BOOL set;

    SystemTimeToFileTime(&time_created, &created);
    SystemTimeToFileTime(&time_written, &written);
    file = CreateFileW(path, FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    set = SetFileTime(file, &created, NULL, &written);
    CloseHandle(file);
    return ok(set && SetFileAttributesW(path, attributes), "%s gets no looks: error %lu", wine_dbgstr_w(path),
              GetLastError());
}

static BOOL make_source(const WCHAR *path, uint64_t size, uint32_t seed, DWORD attributes)
{
    return ok(pattern_write_file(path, size, seed), "cannot write %s", wine_dbgstr_w(path)) &&
           set_looks(path, attributes);
}

static const char *time_text(const FILETIME *time)
{
    static char texts[2][32];
    static unsigned int next;
    char *text = texts[next++ % 2];

    snprintf(text, sizeof(texts[0]), "%#lx%08lx", time->dwHighDateTime, time->dwLowDateTime);
    return text;
}

#define LOOKS (FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE)

/* B-417: a copy looks like its source. Not every file system keeps all that the source was given. */
static void check_looks(const WCHAR *copy, const WIN32_FILE_ATTRIBUTE_DATA *source)
{
    WIN32_FILE_ATTRIBUTE_DATA data = {0};
    FILETIME created;

    SystemTimeToFileTime(&time_created, &created);
    ok(GetFileAttributesExW(copy, GetFileExInfoStandard, &data), "there is no file: error %lu", GetLastError());
    ok_int(data.nFileSizeLow, source->nFileSizeLow);
    ok((data.dwFileAttributes & LOOKS) == (source->dwFileAttributes & LOOKS), "the attributes are %#lx, expected %#lx",
       data.dwFileAttributes, source->dwFileAttributes);
    ok(!CompareFileTime(&data.ftLastWriteTime, &source->ftLastWriteTime), "written at %s, expected %s",
       time_text(&data.ftLastWriteTime), time_text(&source->ftLastWriteTime));
    if (!CompareFileTime(&source->ftCreationTime, &created))
        ok(!CompareFileTime(&data.ftCreationTime, &created), "created at %s, expected %s",
           time_text(&data.ftCreationTime), time_text(&created));
}

/* --- jobs ----------------------------------------------------------------------------------- */

/* A job in the foreground with one file, whose transient errors end it at once. */
struct copy
{
    IBackgroundCopyJob *job;
    WCHAR remote[LONG_NAME], local[LONG_NAME];
};

/* local NULL: a new name beside the other files of this process. */
static BOOL copy_begin(struct copy *copy, BG_JOB_TYPE type, const WCHAR *remote, const WCHAR *local)
{
    HRESULT hr;

    copy->job = client_job(manager, type);
    _snwprintf(copy->remote, LONG_NAME, L"%s", remote);
    if (local) _snwprintf(copy->local, LONG_NAME, L"%s", local);
    else client_path(copy->local);
    if (!copy->job) return FALSE;
    ok_hr(IBackgroundCopyJob_SetPriority(copy->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(copy->job, 0), S_OK);
    hr = IBackgroundCopyJob_AddFile(copy->job, copy->remote, copy->local);
    return ok(hr == S_OK, "AddFile: %#lx", hr);
}

static BOOL copy_run(struct copy *copy)
{
    ok_hr(IBackgroundCopyJob_Resume(copy->job), S_OK);
    return client_wait_state(copy->job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
}

/* B-592: who says so. */
static void check_protocol(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    WCHAR *text = NULL;

    ok_hr(IBackgroundCopyJob_GetError(job, &error), S_OK);
    if (!error) return;
    ok_hr(IBackgroundCopyError_GetProtocol(error, &text), S_OK);
    ok_text(text, L"file");
    IBackgroundCopyError_Release(error);
}

/* Resume, and an error at the remote end: code or other. */
static void copy_fails(struct copy *copy, HRESULT code, HRESULT other)
{
    BG_ERROR_CONTEXT context = 0;
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_Resume(copy->job), S_OK);
    if (!client_wait_state(copy->job, BG_JOB_STATE_ERROR, SOON_MS)) return;
    hr = client_job_error(copy->job, &context);
    ok(hr == code || hr == other, "the error is %#lx, expected %#lx", hr, code);
    ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    check_protocol(copy->job);
}

/* The local file is the test's, the remote one as well if it is no URL. */
static void copy_end(struct copy *copy)
{
    client_drop_job(copy->job);
    copy->job = NULL;
    remove_file(copy->local);
    remove_file(copy->remote);
}

static WCHAR *temporary_name(IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *file = job_file(job, 0);
    IBackgroundCopyFile3 *file3 = file ? query(file, IBackgroundCopyFile3) : NULL;
    WCHAR *name = NULL;

    if (file3)
    {
        ok_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &name), S_OK);
        IBackgroundCopyFile3_Release(file3);
    }
    if (file) IBackgroundCopyFile_Release(file);
    return name;
}

/* --- names ---------------------------------------------------------------------------------- */

/* B-400, B-403, U-098 */
static void test_names(void)
{
    static const struct
    {
        const WCHAR *name;
        BOOL good;
    } names[] = {
        {L"\\\\server\\share\\file", TRUE},
        {L"\\\\server\\share\\directory\\file.ext", TRUE},
        {L"\\\\127.0.0.1\\C$\\file", TRUE},
        {L"file://server/share/file", TRUE},
        {L"file:///C:/windows/win.ini", TRUE},
        {L"file://C:/windows/win.ini", TRUE},
        {L"c:\\windows\\win.ini", TRUE},
        {L"\\\\server", FALSE},
        {L"\\\\server\\", FALSE},
        {L"\\\\server\\share\\*", FALSE},
        {L"\\\\server\\share\\file?", FALSE},
        {L"\\\\server\\pipe\\name", FALSE},
        {L"\\\\.\\pipe\\name", FALSE},
        {L"\\\\.\\C:", FALSE},
        {L"\\\\?\\C:\\file", FALSE},
        {L"file://./pipe/name", FALSE},
        {L"file://server/pipe/name", FALSE},
        {L"file:////?/C:/file", FALSE},
        {L"FILE:///C:/windows/win.ini", TRUE}, /* B-593 */
        {L"file:/C:/windows/win.ini", TRUE},
        {L"file:C:/windows/win.ini", TRUE},
        {L"file:///Z:/directory/file", TRUE},
        {L"file:///C|/windows/win.ini", TRUE},
        {L"file:///c%3A/windows/win.ini", TRUE},
        {L"file:///C:/windows%2Fwin.ini", TRUE},
        {L"file:///C:/100%", TRUE},
        {L"file:///C:/100%zz", TRUE},
        {L"file://localhost/C:/windows/win.ini", TRUE},
        {L"file://LOCALHOST/C:/windows/win.ini", TRUE},
        {L"file://localhost/share/file", TRUE},
        {L"file:////server/share/file", TRUE},
        {L"file://///server/share/file", TRUE},
        {L"file:///server/share/file", FALSE},
        {L"file:///windows/win.ini", FALSE},
        {L"file:windows/win.ini", FALSE},
        {L"file:///C:/a%00b", FALSE},
        {L"file:///C:/a%2A", FALSE},
        {L"file:///C:/a%3f", FALSE},
        {L"file:///C:/a%7Cb", FALSE},
        {L"file://server/pip%65/name", FALSE},
        {L"file://%2E/pipe/name", FALSE},
        {L"file:////%3F/C:/file", FALSE},
        {L"share\\file", FALSE},
    };
    static const BG_JOB_TYPE types[] = {BG_JOB_TYPE_DOWNLOAD, BG_JOB_TYPE_UPLOAD, BG_JOB_TYPE_UPLOAD_REPLY};
    WCHAR local[MAX_PATH];
    unsigned int i, j;
    HRESULT hr;

    client_path(local);
    ok(pattern_write_file(local, 10, 1), "cannot write %s", wine_dbgstr_w(local));
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        for (j = 0; j < ARRAYSIZE(types); j++)
        {
            IBackgroundCopyJob *job = client_job(manager, types[j]);
            BOOL good = names[i].good && types[j] != BG_JOB_TYPE_UPLOAD_REPLY;

            if (!job) continue;
            hr = IBackgroundCopyJob_AddFile(job, names[i].name, local);
            ok(hr == (good ? S_OK : E_INVALIDARG), "%s, type %u: %#lx", wine_dbgstr_w(names[i].name), types[j], hr);
            client_drop_job(job);
        }
    }
    DeleteFileW(local);
}

/* B-181, B-403, B-213: ranges are not for shares, and what has them does not move there. */
static void test_ranges(void)
{
    BG_FILE_RANGE range = {10, 20};
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = job ? query(job, IBackgroundCopyJob3) : NULL;
    IBackgroundCopyFile2 *file2;
    IBackgroundCopyFile *file;
    WCHAR local[MAX_PATH];

    if (job3)
    {
        client_path(local);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, SHARE L"file", local, 1, &range), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, SHARE_URL L"file", local, 1, &range), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"c:\\windows\\win.ini", local, 1, &range), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1:1/a", local, 1, &range), S_OK);
        IBackgroundCopyJob3_Release(job3);
        if ((file = job_file(job, 0)) && (file2 = query(file, IBackgroundCopyFile2)))
        {
            ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, SHARE L"file"), E_INVALIDARG);
            IBackgroundCopyFile2_Release(file2);
        }
        if (file) IBackgroundCopyFile_Release(file);
    }
    client_drop_job(job);
}

/* B-480: bytes in any order are for HTTP alone. */
static void test_random_access(void)
{
    BG_FILE_RANGE range = {10, 20};
    IBackgroundCopyFile6 *file6 = NULL;
    IBackgroundCopyFile *file;
    struct copy copy = {0};

    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, SHARE L"file", NULL) && (file = job_file(copy.job, 0)))
    {
        file6 = query(file, IBackgroundCopyFile6);
        IBackgroundCopyFile_Release(file);
    }
    if (file6)
    {
        ok_hr(IBackgroundCopyFile6_RequestFileRanges(file6, 1, &range), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, 10), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        IBackgroundCopyFile6_Release(file6);
    }
    client_drop_job(copy.job);
}

/* --- downloads ------------------------------------------------------------------------------ */

/* What is for HTTP has no say: a proxy that nobody is, credentials that nobody asks for (B-576). */
static void set_irrelevant(struct copy *copy)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC};
    IBackgroundCopyJob2 *job2 = query(copy->job, IBackgroundCopyJob2);

    if (!job2) return;
    credentials.Credentials.Basic.UserName = (WCHAR *)L"nobody";
    credentials.Credentials.Basic.Password = (WCHAR *)L"wrong";
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    ok_hr(IBackgroundCopyJob2_SetProxySettings(job2, BG_JOB_PROXY_USAGE_OVERRIDE, L"127.0.0.1:1", NULL), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

static void check_progress(IBackgroundCopyJob *job, uint64_t size)
{
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_int(progress.BytesTotal, size);
    ok_int(progress.BytesTransferred, size);
    ok_int(progress.FilesTotal, 1);
    ok_int(progress.FilesTransferred, 1);
}

/* A download of a file of the pattern that lies at source. */
static void check_download(const WCHAR *source, const WCHAR *remote, uint64_t size)
{
    IBackgroundCopyFile *file;
    struct copy copy;
    WCHAR *text = NULL;

    winetest_push_context("%s, %u bytes", wine_dbgstr_w(remote), (unsigned int)size);
    if (make_source(source, size, 3, FILE_ATTRIBUTE_NORMAL) && copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, remote, NULL))
    {
        set_irrelevant(&copy);
        if (copy_run(&copy))
        {
            check_progress(copy.job, size);
            ok(!client_file_exists(copy.local), "the file has its name too early");
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            ok(pattern_check_file(copy.local, size, 3), "the file is damaged");
            ok(pattern_check_file(source, size, 3), "the source is damaged");
        }
        if ((file = job_file(copy.job, 0)))
        {
            ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
            ok_text(text, remote);
            IBackgroundCopyFile_Release(file);
        }
        client_drop_job(copy.job);
        remove_file(copy.local);
    }
    remove_file(source);
    winetest_pop_context();
}

/* B-593: directory is that of the test, with slashes. */
static void check_file_urls(const WCHAR *directory)
{
    static const struct
    {
        const WCHAR *before, *after, *name;
    } urls[] = {
        {L"file:///", L"a%20b.bin", L"a b.bin"},
        {L"file:///", L"a b.bin", L"a b.bin"},
        {L"FILE://localhost/", L"a%20b.bin", L"a b.bin"},
        {L"file:/", L"%C3%A9%E4%B8%AD.bin", L"\x00e9\x4e2d.bin"},
        {L"file:///", L"100%.bin", L"100%.bin"},
        {L"file:///", L"100%25.bin", L"100%.bin"},
        {L"file://", L"a#b.bin", L"a#b.bin"},
        {L"file:///", L".%2Fc%2bd.bin", L"c+d.bin"},
    };
    WCHAR source[MAX_PATH], url[MAX_PATH + 32];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(urls); i++)
    {
        _snwprintf(source, ARRAYSIZE(source), L"%s%s", client_directory(), urls[i].name);
        _snwprintf(url, ARRAYSIZE(url), L"%s%s%s", urls[i].before, directory, urls[i].after);
        check_download(source, url, SIZE);
    }
}

/* B-590, B-400, B-418: every way to write a name. */
static void test_downloads(void)
{
    WCHAR source[MAX_PATH], url[MAX_PATH + 8], directory[MAX_PATH], *p;

    wcscpy(directory, client_directory());
    for (p = directory; *p; p++)
        if (*p == '\\') *p = '/';
    check_file_urls(directory);

    client_path(source);
    check_download(source, source, SIZE);
    check_download(source, source, 0);
    _snwprintf(url, ARRAYSIZE(url), L"file:///%s", source);
    for (p = url; *p; p++)
        if (*p == '\\') *p = '/';
    check_download(source, url, SIZE);
    if (!need_share()) return;
    check_download(SHARE L"file", SHARE L"file", SIZE);
    check_download(SHARE L"file", SHARE L"file", 0);
    check_download(SHARE L"file", SHARE L"file", 20000000);
    check_download(SHARE L"a b%20c", SHARE L"a b%20c", SIZE);
    check_download(SHARE L"file", SHARE_URL L"file", SIZE);
    check_download(SHARE L"a b%20c", SHARE_URL L"a%20b%2520c", SIZE);
    check_download(SHARE L"file", L"file:" SHARE L"file", SIZE);
    check_download(SHARE L"\x00e9\x4e2d", SHARE L"\x00e9\x4e2d", SIZE);
}

/* B-530: what cannot be had, and after what was missing is there, Resume. */
static void test_missing(void)
{
    WCHAR directory[LONG_NAME], name[LONG_NAME];
    struct copy copy;

    name_in(place(), directory);
    _snwprintf(name, ARRAYSIZE(name), L"%s\\file", directory);
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, name, NULL))
    {
        copy_fails(&copy, PATH_NOT_FOUND, PATH_NOT_FOUND);
        ok(CreateDirectoryW(directory, NULL), "cannot make %s", wine_dbgstr_w(directory));
        copy_fails(&copy, FILE_NOT_FOUND, FILE_NOT_FOUND);
        ok(CreateDirectoryW(name, NULL), "cannot make %s", wine_dbgstr_w(name));
        copy_fails(&copy, E_ACCESSDENIED, E_ACCESSDENIED);
        RemoveDirectoryW(name);
        make_source(name, SIZE, 1, FILE_ATTRIBUTE_NORMAL);
        if (copy_run(&copy))
        {
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            ok(pattern_check_file(copy.local, SIZE, 1), "the file is damaged");
        }
    }
    copy_end(&copy);
    RemoveDirectoryW(directory);
    if (!need_share()) return;
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, L"\\\\" SERVER L"\\other\\file", NULL))
        copy_fails(&copy, PATH_NOT_FOUND, BAD_NETPATH);
    copy_end(&copy);
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, L"file://" SERVER L"-other/share/file", NULL))
        copy_fails(&copy, PATH_NOT_FOUND, BAD_NETPATH);
    copy_end(&copy);
}

/* A source that somebody else is writing is worth another try (B-525's class). */
static void test_locked(void)
{
    WCHAR source[LONG_NAME];
    struct copy copy;
    HANDLE file;

    name_in(place(), source);
    make_source(source, SIZE, 1, FILE_ATTRIBUTE_NORMAL);
    file = CreateFileW(source, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ok(file != INVALID_HANDLE_VALUE, "%s cannot be opened: error %lu", wine_dbgstr_w(source), GetLastError());
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, NULL))
    {
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(copy.job, 600), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(copy.job), S_OK);
        client_wait_state(copy.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(copy.job, NULL), SHARING_VIOLATION);
        CloseHandle(file);
        if (copy_run(&copy)) ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
        ok(pattern_check_file(copy.local, SIZE, 1), "the file is damaged");
    }
    else CloseHandle(file);
    copy_end(&copy);
}

/* --- interruptions -------------------------------------------------------------------------- */

#define SLOW_SIZE 1000000

/* 50,000 bytes a second for what comes from elsewhere (B-584). */
static void set_slow(BOOL slow)
{
    set_policy(L"EnableBITSMaxBandwidth", slow);
    set_policy(L"MaxTransferRateOnSchedule", slow ? 400 : 0);
    set_policy(L"MaxBandwidthValidFrom", slow ? 5 : 0);
    set_policy(L"MaxBandwidthValidTo", slow ? 5 : 0);
}

/* Get a job to the middle of a file and suspend it there. Returns how much it has, 0 after a failed test. */
static uint64_t stop_in_the_middle(struct copy *copy)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_SetPriority(copy->job, BG_JOB_PRIORITY_NORMAL), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(copy->job), S_OK);
    while (!IBackgroundCopyJob_GetProgress(copy->job, &progress) && !progress.BytesTransferred &&
           GetTickCount64() < deadline)
        client_pause(10);
    ok_hr(IBackgroundCopyJob_Suspend(copy->job), S_OK);
    ok_state(copy->job, BG_JOB_STATE_SUSPENDED);
    ok_hr(IBackgroundCopyJob_GetProgress(copy->job, &progress), S_OK);
    ok(progress.BytesTransferred && progress.BytesTransferred < SLOW_SIZE, "%llu bytes have come",
       progress.BytesTransferred);
    return progress.BytesTransferred < SLOW_SIZE ? progress.BytesTransferred : 0;
}

enum change
{
    CHANGE_NOTHING,
    CHANGE_FIRST_BYTE,
    CHANGE_TIME,
    CHANGE_SIZE
};

/* What somebody does with the source meanwhile. */
static void change_source(const WCHAR *source, enum change change)
{
    static const BYTE other[] = {0};
    DWORD written;
    HANDLE file;

    if (change == CHANGE_NOTHING) return;
    if (change == CHANGE_FIRST_BYTE)
    {
        file = CreateFileW(source, GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
        ok(WriteFile(file, other, sizeof(other), &written, NULL), "cannot write: error %lu", GetLastError());
        CloseHandle(file);
        set_looks(source, FILE_ATTRIBUTE_NORMAL);
        return;
    }
    ok(pattern_write_file(source, change == CHANGE_SIZE ? SLOW_SIZE + 10 : SLOW_SIZE, 2), "cannot write");
    if (change == CHANGE_SIZE) set_looks(source, FILE_ATTRIBUTE_NORMAL);
}

/* B-431, B-432, B-584: a file that has not changed, as far as its size and time stamp tell, goes on where it was,
 * which a byte that has changed in secret does show; another one starts anew. */
static void test_interrupted(void)
{
    enum change change;
    WCHAR source[LONG_NAME];
    struct copy copy;

    if (!need_share()) return;
    for (change = CHANGE_NOTHING; change <= CHANGE_SIZE; change++)
    {
        winetest_push_context("change %u", change);
        make_source(name_in(SHARE, source), SLOW_SIZE, 1, FILE_ATTRIBUTE_NORMAL);
        set_slow(TRUE);
        client_pause(500); /* the service learns of it in its own time */
        if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, NULL) && stop_in_the_middle(&copy))
        {
            change_source(source, change);
            ok_hr(IBackgroundCopyJob_SetPriority(copy.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
            if (copy_run(&copy))
            {
                ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
                ok(pattern_check_file(copy.local, change == CHANGE_SIZE ? SLOW_SIZE + 10 : SLOW_SIZE,
                                      change == CHANGE_TIME || change == CHANGE_SIZE ? 2 : 1),
                   "the file is damaged");
            }
        }
        set_slow(FALSE);
        copy_end(&copy);
        winetest_pop_context();
    }
}

/* Cancel in the middle leaves nothing behind, neither here nor there. */
static void test_cancelled(void)
{
    WCHAR source[LONG_NAME], local[LONG_NAME];
    struct copy copy;

    if (!need_share()) return;
    make_source(name_in(SHARE, source), SLOW_SIZE, 1, FILE_ATTRIBUTE_READONLY);
    set_slow(TRUE);
    client_pause(500);
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, name_in(SHARE, local)) && stop_in_the_middle(&copy))
    {
        ok_int(client_count_files_in(SHARE, L"BIT*.tmp"), 1);
        ok_hr(IBackgroundCopyJob_Cancel(copy.job), S_OK);
        ok_int(client_count_files_in(SHARE, L"BIT*.tmp"), 0);
        ok(!client_file_exists(local), "there is a file");
        ok(client_file_exists(source), "the source is gone");
    }
    set_slow(FALSE);
    copy_end(&copy);
}

/* --- time stamps and attributes ------------------------------------------------------------- */

static const DWORD attributes[] = {
    FILE_ATTRIBUTE_NORMAL,
    FILE_ATTRIBUTE_ARCHIVE,
    FILE_ATTRIBUTE_READONLY,
    FILE_ATTRIBUTE_HIDDEN,
    FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE,
};

static void get_looks(const WCHAR *path, WIN32_FILE_ATTRIBUTE_DATA *data)
{
    memset(data, 0, sizeof(*data));
    ok(GetFileAttributesExW(path, GetFileExInfoStandard, data), "there is no %s: error %lu", wine_dbgstr_w(path),
       GetLastError());
}

/* What is not complete, or has not got its name, is not read-only, or else nobody could replace or delete it. */
static void check_temporary(struct copy *copy)
{
    WCHAR *name = temporary_name(copy->job);

    if (name)
        ok(!(GetFileAttributesW(name) & FILE_ATTRIBUTE_READONLY), "%s is read-only, or not there", wine_dbgstr_w(name));
    CoTaskMemFree(name);
}

/* B-417: at Complete; the attributes and time stamps are those of the source. */
static void check_download_looks(const WCHAR *directory, DWORD attributes)
{
    WIN32_FILE_ATTRIBUTE_DATA looks;
    WCHAR source[LONG_NAME];
    struct copy copy;
    unsigned int i;

    for (i = 0; i < 2; i++) /* 0: Complete, 1: Cancel */
    {
        winetest_push_context("%s, attributes %#lx, %s", wine_dbgstr_w(directory), attributes,
                              i ? "Cancel" : "Complete");
        make_source(name_in(directory, source), SIZE, 1, attributes);
        get_looks(source, &looks);
        if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, NULL) && copy_run(&copy))
        {
            check_temporary(&copy);
            if (i) ok_hr(IBackgroundCopyJob_Cancel(copy.job), S_OK);
            else
            {
                remove_file(source); /* is not asked any more */
                ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
                check_looks(copy.local, &looks);
                ok(pattern_check_file(copy.local, SIZE, 1), "the file is damaged");
            }
            ok_int(client_count_files(L"BIT*.tmp"), 0);
        }
        copy_end(&copy);
        winetest_pop_context();
    }
}

static void check_upload_looks(const WCHAR *directory, DWORD attributes)
{
    WIN32_FILE_ATTRIBUTE_DATA looks;
    WCHAR target[LONG_NAME], local[MAX_PATH];
    struct copy copy;

    winetest_push_context("upload to %s, attributes %#lx", wine_dbgstr_w(directory), attributes);
    make_source(client_path(local), SIZE, 1, attributes);
    get_looks(local, &looks);
    if (copy_begin(&copy, BG_JOB_TYPE_UPLOAD, name_in(directory, target), local) && copy_run(&copy))
    {
        ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
        check_looks(target, &looks);
        check_looks(local, &looks);
        ok(pattern_check_file(target, SIZE, 1), "the file is damaged");
    }
    ok_int(client_count_files_in(directory, L"BIT*.tmp"), 0);
    copy_end(&copy);
    winetest_pop_context();
}

/* B-417 both ways. */
static void test_looks(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(attributes); i++)
    {
        check_download_looks(client_directory(), attributes[i]);
        check_upload_looks(client_directory(), attributes[i]);
    }
    if (!need_share()) return;
    for (i = 0; i < ARRAYSIZE(attributes); i++)
    {
        check_download_looks(SHARE, attributes[i]);
        check_upload_looks(SHARE, attributes[i]);
    }
}

/* B-417, B-411: a copy replaces what was there, its looks as well. */
static void test_replaced_looks(void)
{
    WIN32_FILE_ATTRIBUTE_DATA looks;
    WCHAR source[LONG_NAME];
    struct copy copy;

    make_source(name_in(place(), source), SIZE, 1, FILE_ATTRIBUTE_READONLY);
    get_looks(source, &looks);
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, NULL))
    {
        ok(pattern_write_file(copy.local, 10, 9), "cannot write %s", wine_dbgstr_w(copy.local));
        if (copy_run(&copy))
        {
            ok(pattern_check_file(copy.local, 10, 9), "the file was changed too early");
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            check_looks(copy.local, &looks);
        }
    }
    copy_end(&copy);
}

/* B-417, B-750: what is to become of a complete file is known to the next service as well. */
static void test_restarted(void)
{
    WIN32_FILE_ATTRIBUTE_DATA looks;
    WCHAR source[LONG_NAME];
    struct copy copy;
    GUID id;

    if (!is_wine())
    {
        skip("the service of this machine is left alone\n");
        return;
    }
    make_source(name_in(place(), source), SIZE, 1, FILE_ATTRIBUTE_READONLY);
    get_looks(source, &looks);
    if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, NULL) && copy_run(&copy))
    {
        ok_hr(IBackgroundCopyJob_GetId(copy.job, &id), S_OK);
        IBackgroundCopyJob_Release(copy.job);
        copy.job = NULL;
        IBackgroundCopyManager_Release(manager);
        ok(stop_service(), "the service does not stop");
        if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
        {
            ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &copy.job), S_OK);
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            check_looks(copy.local, &looks);
        }
    }
    copy_end(&copy);
}

/* --- destinations --------------------------------------------------------------------------- */

/* B-410, B-413, B-610: a share as the place to go to, from a server and from the same share. */
static void test_destination(void)
{
    WCHAR url[128], source[LONG_NAME], local[LONG_NAME], *name;
    struct copy copy;
    unsigned int i;

    if (!need_share()) return;
    server_route(server, "/file", &(struct route){.size = SIZE, .seed = 1});
    server_url(server, L"/file", url, ARRAYSIZE(url));
    make_source(name_in(SHARE, source), SIZE, 1, FILE_ATTRIBUTE_NORMAL);
    for (i = 0; i < 2; i++)
    {
        winetest_push_context("from a %s", i ? "share" : "server");
        if (copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, i ? source : url, name_in(SHARE, local)) && copy_run(&copy))
        {
            name = temporary_name(copy.job);
            ok(name && !wcsncmp(name, SHARE L"BIT", wcslen(SHARE L"BIT")), "the temporary file is %s",
               wine_dbgstr_w(name));
            CoTaskMemFree(name);
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            ok(pattern_check_file(local, SIZE, 1), "the file is damaged");
        }
        ok_int(client_count_files_in(SHARE, L"BIT*.tmp"), 0);
        copy_end(&copy);
        winetest_pop_context();
    }
}

/* B-410: of a share that is not there. */
static void test_missing_destination(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    HRESULT hr;

    if (!job || !need_share()) goto done;
    hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/a", L"\\\\" SERVER L"\\other\\file");
    ok(hr == PATH_NOT_FOUND, "no such share: %#lx", hr);
    hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/a", SHARE L"other\\file");
    ok(hr == PATH_NOT_FOUND, "no such directory: %#lx", hr);
    hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/a", SHARE);
    ok(hr == E_INVALIDARG, "no file: %#lx", hr);
done:
    client_drop_job(job);
}

/* Names as long as they may be, on both sides. */
static void test_long_names(void)
{
    WCHAR directory[LONG_NAME], source[LONG_NAME], local[LONG_NAME];
    struct copy copy;
    size_t length;

    name_in(place(), directory);
    ok(CreateDirectoryW(directory, NULL), "cannot make %s", wine_dbgstr_w(directory));
    wcscat(directory, L"\\");
    wcscpy(source, directory);
    wcscpy(local, directory);
    for (length = wcslen(directory); length < MAX_PATH - 1; length++)
    {
        source[length] = 's';
        local[length] = 'l';
    }
    source[length] = local[length] = 0;
    if (make_source(source, SIZE, 1, FILE_ATTRIBUTE_NORMAL) && copy_begin(&copy, BG_JOB_TYPE_DOWNLOAD, source, local))
    {
        if (copy_run(&copy)) ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
        ok(pattern_check_file(local, SIZE, 1), "the file is damaged");
        client_drop_job(copy.job);
        remove_file(source);
        if (copy_begin(&copy, BG_JOB_TYPE_UPLOAD, source, local) && copy_run(&copy))
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
        ok(pattern_check_file(source, SIZE, 1), "the file that was uploaded is damaged");
        copy_end(&copy);
    }
    directory[wcslen(directory) - 1] = 0;
    RemoveDirectoryW(directory);
}

/* --- uploads -------------------------------------------------------------------------------- */

static void check_upload(const WCHAR *target, const WCHAR *remote, uint64_t size)
{
    WCHAR local[MAX_PATH];
    struct copy copy;

    winetest_push_context("%s, %u bytes", wine_dbgstr_w(remote), (unsigned int)size);
    make_source(client_path(local), size, 5, FILE_ATTRIBUTE_NORMAL);
    if (copy_begin(&copy, BG_JOB_TYPE_UPLOAD, remote, local))
    {
        set_irrelevant(&copy);
        if (copy_run(&copy))
        {
            check_progress(copy.job, size);
            ok(pattern_check_file(target, size, 5), "the file that was uploaded is damaged"); /* B-613 */
            ok_hr(IBackgroundCopyJob_Complete(copy.job), S_OK);
            ok(pattern_check_file(target, size, 5), "Complete has damaged it");
            ok(pattern_check_file(local, size, 5), "the source is damaged");
        }
    }
    copy_end(&copy);
    remove_file(target);
    winetest_pop_context();
}

/* U-098, B-590 */
static void test_uploads(void)
{
    WCHAR target[MAX_PATH], url[MAX_PATH + 8];

    client_path(target);
    check_upload(target, target, SIZE);
    _snwprintf(url, ARRAYSIZE(url), L"file:///%s", target);
    check_upload(target, url, SIZE);
    if (!need_share()) return;
    check_upload(SHARE L"file", SHARE L"file", SIZE);
    check_upload(SHARE L"file", SHARE L"file", 0);
    check_upload(SHARE L"file", SHARE_URL L"file", 20000000);
    ok(pattern_write_file(SHARE L"file", 10, 9), "cannot write"); /* that is replaced */
    check_upload(SHARE L"file", SHARE L"file", SIZE);
    ok_int(client_count_files_in(SHARE, L"BIT*.tmp"), 0);
}

/* B-530 for uploads: the place is not there, or is a directory. Cancel leaves nothing. */
static void test_refused_uploads(void)
{
    WCHAR directory[LONG_NAME], target[LONG_NAME], local[MAX_PATH];
    ULONGLONG deadline;
    struct copy copy;

    name_in(place(), directory);
    _snwprintf(target, ARRAYSIZE(target), L"%s\\file", directory);
    make_source(client_path(local), SIZE, 1, FILE_ATTRIBUTE_NORMAL);
    if (copy_begin(&copy, BG_JOB_TYPE_UPLOAD, target, local))
    {
        copy_fails(&copy, PATH_NOT_FOUND, PATH_NOT_FOUND);
        ok(CreateDirectoryW(directory, NULL), "cannot make %s", wine_dbgstr_w(directory));
        ok(CreateDirectoryW(target, NULL), "cannot make %s", wine_dbgstr_w(target));
        copy_fails(&copy, E_ACCESSDENIED, E_ACCESSDENIED);
        ok_hr(IBackgroundCopyJob_Cancel(copy.job), S_OK);
    }
    RemoveDirectoryW(target);
    copy_end(&copy);
    /* U-146: in its own time */
    deadline = GetTickCount64() + SOON_MS;
    while (!RemoveDirectoryW(directory) && GetTickCount64() < deadline) client_pause(20);
    ok(!client_file_exists(directory), "something is left in %s", wine_dbgstr_w(directory));
    if (!need_share()) return;
    make_source(client_path(local), SIZE, 1, FILE_ATTRIBUTE_NORMAL);
    if (copy_begin(&copy, BG_JOB_TYPE_UPLOAD, L"\\\\" SERVER L"\\other\\file", local))
        copy_fails(&copy, PATH_NOT_FOUND, BAD_NETPATH);
    copy_end(&copy);
}

START_TEST(unc)
{
    if (tests_begin())
    {
        have_share = make_share();
        winetest_run(test_names);
        winetest_run(test_ranges);
        winetest_run(test_random_access);
        winetest_run(test_downloads);
        winetest_run(test_missing);
        winetest_run(test_locked);
        winetest_run(test_interrupted);
        winetest_run(test_cancelled);
        winetest_run(test_looks);
        winetest_run(test_replaced_looks);
        winetest_run(test_restarted);
        winetest_run(test_destination);
        winetest_run(test_missing_destination);
        winetest_run(test_long_names);
        winetest_run(test_uploads);
        winetest_run(test_refused_uploads);
    }
    tests_end();
}
