/*
 * Which file has which name after Complete, whatever happened to it before: Complete says S_OK only for the bytes that
 * were downloaded, under names that Win32 can open (B-610 to B-613, B-255 to B-260).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

#define SIZE 100000
#define OLD_SIZE 500
#define OLD_SEED 77

static const struct route route_good = {.size = SIZE};
static const struct route route_slow = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};

/* The temporary name of a file that is transferred. */
static BOOL temporary_name(IBackgroundCopyJob *job, unsigned int index, WCHAR *name)
{
    IBackgroundCopyFile *file = job_file(job, index);
    IBackgroundCopyFile3 *file3 = file ? query(file, IBackgroundCopyFile3) : NULL;
    WCHAR *text = NULL;
    HRESULT hr = E_FAIL;

    if (file3) ok_hr(hr = IBackgroundCopyFile3_GetTemporaryName(file3, &text), S_OK);
    if (SUCCEEDED(hr)) lstrcpynW(name, text, MAX_PATH);
    CoTaskMemFree(text);
    if (file3) IBackgroundCopyFile3_Release(file3);
    if (file) IBackgroundCopyFile_Release(file);
    return SUCCEEDED(hr);
}

/* A job whose file is downloaded, with an older version at its destination. */
static BOOL subject_over_old_file(struct subject *subject)
{
    if (!subject_init(subject, &route_good)) return FALSE;
    ok(pattern_write_file(subject->local, OLD_SIZE, OLD_SEED), "cannot write the old file");
    return subject_transfer(subject);
}

/* What was downloaded is gone: no Complete, however often, takes the old file for it. */
static void test_lost_temporary(void)
{
    struct subject subject;
    WCHAR temporary[MAX_PATH];
    unsigned int i;

    if (subject_over_old_file(&subject) && temporary_name(subject.job, 0, temporary))
    {
        ok(DeleteFileW(temporary), "the temporary file cannot be deleted: error %lu", GetLastError());
        for (i = 0; i < 3; i++)
        {
            winetest_push_context("call %u", i + 1);
            ok_hr(IBackgroundCopyJob_Complete(subject.job), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
            ok_state(subject.job, BG_JOB_STATE_TRANSFERRED);
            ok(pattern_check_file(subject.local, OLD_SIZE, OLD_SEED), "the old file is not there any more");
            winetest_pop_context();
        }
    }
    subject_cleanup(&subject);
}

/* The same after a first Complete that failed for another reason. */
static void test_lost_after_failure(void)
{
    struct subject subject;
    WCHAR temporary[MAX_PATH];

    if (subject_over_old_file(&subject) && temporary_name(subject.job, 0, temporary))
    {
        ok(SetFileAttributesW(subject.local, FILE_ATTRIBUTE_READONLY), "error %lu", GetLastError());
        ok_hr(IBackgroundCopyJob_Complete(subject.job), E_ACCESSDENIED);
        ok_state(subject.job, BG_JOB_STATE_TRANSFERRED);
        ok(GetFileAttributesW(subject.local) & FILE_ATTRIBUTE_READONLY, "the old file is not read-only any more");
        SetFileAttributesW(subject.local, FILE_ATTRIBUTE_NORMAL);
        ok(DeleteFileW(temporary), "the temporary file cannot be deleted: error %lu", GetLastError());
        ok_hr(IBackgroundCopyJob_Complete(subject.job), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
        ok_state(subject.job, BG_JOB_STATE_TRANSFERRED);
        ok(pattern_check_file(subject.local, OLD_SIZE, OLD_SEED), "the old file is not there any more");
    }
    subject_cleanup(&subject);
}

/* A read-only file is not replaced; when it may be, it is. */
static void test_read_only(void)
{
    struct subject subject;

    if (subject_over_old_file(&subject))
    {
        SetFileAttributesW(subject.local, FILE_ATTRIBUTE_READONLY);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), E_ACCESSDENIED);
        ok_state(subject.job, BG_JOB_STATE_TRANSFERRED);
        ok(pattern_check_file(subject.local, OLD_SIZE, OLD_SEED), "the old file is not there any more");
        SetFileAttributesW(subject.local, FILE_ATTRIBUTE_NORMAL);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* A file that has its name already and is refused by the client is downloaded once more, and has the name again. */
static void test_refused_after_commit(void)
{
    static const struct route route_new = {.size = SIZE, .seed = 5};
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file = NULL;
    struct subject subject;
    WCHAR second[MAX_PATH];

    if (subject_init(&subject, &route_good))
    {
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(second)), S_OK);
        subject_transfer(&subject);
        ok(CreateDirectoryW(second, NULL), "cannot make a directory: error %lu", GetLastError());
        ok(FAILED(IBackgroundCopyJob_Complete(subject.job)), "a directory was replaced");
        ok(pattern_check_file(subject.local, SIZE, 0), "the first file has not its name");
        if ((file = job_file(subject.job, 0)) && (file3 = query(file, IBackgroundCopyFile3)))
        {
            ok_hr(IBackgroundCopyFile3_SetValidationState(file3, FALSE), S_OK);
            server_route(server, subject.path, &route_new);
            RemoveDirectoryW(second);
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            if (client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
                ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
            ok(pattern_check_file(subject.local, SIZE, 5), "the first file is not the new one");
            ok(pattern_check_file(second, SIZE, 0), "the second file is damaged");
            ok_int(client_count_files(L"BIT*.tmp"), 0);
        }
    }
    if (file3) IBackgroundCopyFile3_Release(file3);
    if (file) IBackgroundCopyFile_Release(file);
    DeleteFileW(second);
    subject_cleanup(&subject);
}

/* Names are what Win32 makes of them, with few files and with many in one directory. */
static void test_names(unsigned int more)
{
    static const struct
    {
        const WCHAR *name, *opened;
    } names[] = {{L"dot.", L"dot"}, {L"space.txt ", L"space.txt"}, {L"a\\..\\up.txt", L"up.txt"}};
    WCHAR path[MAX_PATH], other[MAX_PATH], directory[MAX_PATH];
    struct subject subject;
    unsigned int i;

    if (subject_init(&subject, &route_good))
    {
        lstrcpyW(directory, client_directory());
        for (i = 0; i < ARRAYSIZE(names); i++)
        {
            wsprintfW(path, L"%s%s", directory, names[i].name);
            ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, path), S_OK);
        }
        for (i = 0; i < more; i++)
            ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(other)), S_OK);
        subject_transfer(&subject);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        for (i = 0; i < ARRAYSIZE(names); i++)
        {
            wsprintfW(path, L"%s%s", directory, names[i].opened);
            winetest_push_context("%ls", names[i].opened);
            ok(pattern_check_file(path, SIZE, 0), "the file is damaged");
            ok(DeleteFileW(path), "the file cannot be deleted: error %lu", GetLastError());
            winetest_pop_context();
        }
    }
    subject_cleanup(&subject);
}

static void test_few_names(void)
{
    test_names(0);
}

static void test_many_names(void)
{
    test_names(10);
}

/* What can never have its name is refused when it is added. */
static void test_refused_names(void)
{
    BG_JOB_PROGRESS progress;
    static const WCHAR *const devices[] = {L"NUL", L"com1.log", L"con", L"aux.txt "};
    WCHAR path[MAX_PATH];
    struct subject subject;
    unsigned int i;
    HRESULT hr;

    if (subject_init(&subject, &route_good))
    {
        for (i = 0; i < ARRAYSIZE(devices); i++)
        {
            wsprintfW(path, L"%s%s", client_directory(), devices[i]);
            hr = IBackgroundCopyJob_AddFile(subject.job, subject.url, path);
            ok(hr == E_INVALIDARG, "%ls: %#lx", devices[i], hr);
        }
        client_path(path);
        ok(CreateDirectoryW(path, NULL), "cannot make a directory: error %lu", GetLastError());
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, path), E_ACCESSDENIED);
        lstrcatW(path, L"\\.");
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, path), E_ACCESSDENIED);
        path[lstrlenW(path) - 2] = 0;
        RemoveDirectoryW(path);
        if (is_wine()) ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, L"Z:\\proc\\x.bin"), E_ACCESSDENIED);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.FilesTotal, 1);
    }
    subject_cleanup(&subject);
}

/* In FileTransferred the file can be opened, also while the next one takes its time (B-653). */
static HRESULT open_temporary(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                              IBackgroundCopyFile *file)
{
    IBackgroundCopyFile3 *file3 = query(file, IBackgroundCopyFile3);
    WCHAR *name = NULL;
    HANDLE handle;

    if (file3 && SUCCEEDED(IBackgroundCopyFile3_GetTemporaryName(file3, &name)))
    {
        handle = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        ok(handle != INVALID_HANDLE_VALUE, "%ls cannot be opened: error %lu", name, GetLastError());
        if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
        ok(pattern_check_file(name, SIZE, 0), "the temporary file is damaged");
    }
    CoTaskMemFree(name);
    if (file3) IBackgroundCopyFile3_Release(file3);
    return S_OK;
}

static void test_file_transferred(void)
{
    struct callback *callback = callback_create(2);
    struct subject subject;
    WCHAR second[MAX_PATH], url[256];

    if (callback && subject_init(&subject, &route_good))
    {
        callback->hook[CALLBACK_FILE] = open_temporary;
        server_route(server, "/complete-slow", &route_slow);
        server_url(server, L"/complete-slow", url, ARRAYSIZE(url));
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, url, client_path(second)), S_OK);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(subject.job, callback_unknown(callback)), S_OK);
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(subject.job, BG_NOTIFY_JOB_ERROR | BG_NOTIFY_FILE_TRANSFERRED), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, "/complete-slow", 1, SOON_MS), "the second file is not asked for");
        /* The second file does not move: nothing of it helps the first one along. */
        ok(callback_wait(callback, CALLBACK_FILE, 1, SOON_MS), "no FileTransferred");
        server_release(server, "/complete-slow");
        ok(callback_wait(callback, CALLBACK_FILE, 2, SOON_MS), "no FileTransferred of the second file");
        client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        subject_cleanup(&subject);
    }
    callback_destroy(callback);
}

/* B-211: Complete takes what there is as good. */
static void test_validation_state(void)
{
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file = NULL;
    struct subject subject;
    BOOL valid = FALSE;

    if (subject_init(&subject, &route_good) && subject_transfer(&subject) && (file = job_file(subject.job, 0)) &&
        (file3 = query(file, IBackgroundCopyFile3)))
    {
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok_hr(IBackgroundCopyFile3_GetValidationState(file3, &valid), S_OK);
        ok_int(valid, TRUE);
    }
    if (file3) IBackgroundCopyFile3_Release(file3);
    if (file) IBackgroundCopyFile_Release(file);
    subject_cleanup(&subject);
}

START_TEST(complete)
{
    if (tests_begin())
    {
        winetest_run(test_lost_temporary);
        winetest_run(test_lost_after_failure);
        winetest_run(test_read_only);
        winetest_run(test_refused_after_commit);
        winetest_run(test_few_names);
        winetest_run(test_many_names);
        winetest_run(test_refused_names);
        winetest_run(test_file_transferred);
        winetest_run(test_validation_state);
    }
    tests_end();
}
