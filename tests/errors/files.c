/*
 * What the finished file looks like: size, time stamps, attributes (B-410 to B-418, B-590 to B-592).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "errors.h"
#include "wine/test.h"

/* SERVER_DATE, Tue, 15 Nov 1994 08:12:31 GMT */
static const SYSTEMTIME server_time = {
    .wYear = 1994, .wMonth = 11, .wDay = 15, .wHour = 8, .wMinute = 12, .wSecond = 31};

/* Download one file and complete the job. */
static BOOL fetch(IBackgroundCopyManager *manager, const WCHAR *url, WCHAR *local)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    BOOL done;

    if (!job) return FALSE;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if ((done = client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS)))
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    client_drop_job(job);
    return done;
}

static void check_result(const WCHAR *local, DWORD size, const FILETIME *written)
{
    WIN32_FILE_ATTRIBUTE_DATA data = {0};

    ok(GetFileAttributesExW(local, GetFileExInfoStandard, &data), "there is no file: error %lu", GetLastError());
    ok_int(data.nFileSizeLow, size);
    ok(!(data.dwFileAttributes & (FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_TEMPORARY)), "the attributes are %#lx",
       data.dwFileAttributes); /* B-413: only while it comes */
    ok(!CompareFileTime(&data.ftLastWriteTime, written), "the file was written at %#lx%08lx, expected %#lx%08lx",
       data.ftLastWriteTime.dwHighDateTime, data.ftLastWriteTime.dwLowDateTime, written->dwHighDateTime,
       written->dwLowDateTime);
}

/* B-417, B-418 */
void test_http_files(void)
{
    static const unsigned int sizes[] = {100000, 1, 0};
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    struct server *server = server_create();
    WCHAR url[128], local[MAX_PATH];
    FILETIME written;
    unsigned int i;

    SystemTimeToFileTime(&server_time, &written);
    for (i = 0; manager && server && i < ARRAYSIZE(sizes); i++)
    {
        winetest_push_context("%u bytes", sizes[i]);
        server_route(server, "/file", &(struct route){.size = sizes[i]});
        if (fetch(manager, server_url(server, L"/file", url, ARRAYSIZE(url)), local))
            check_result(local, sizes[i], &written);
        winetest_pop_context();
    }
    server_destroy(server);
    if (manager) IBackgroundCopyManager_Release(manager);
}

static BOOL make_source(const WCHAR *path, unsigned int size, const FILETIME *written)
{
    HANDLE file;
    BOOL set;

    if (!pattern_write_file(path, size, 1)) return FALSE;
    file = CreateFileW(path, FILE_WRITE_ATTRIBUTES, 0, NULL, OPEN_EXISTING, 0, NULL);
    set = SetFileTime(file, NULL, NULL, written);
    CloseHandle(file);
    return ok(set, "the time cannot be set: error %lu", GetLastError());
}

/* B-417, B-418, B-590: a path and a URL of a file. */
void test_local_sources(void)
{
    static const unsigned int sizes[] = {100000, 0};
    static const WCHAR *const prefixes[] = {L"", L"file://"};
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    WCHAR source[MAX_PATH], url[MAX_PATH + 8], local[MAX_PATH];
    FILETIME written;
    unsigned int i;

    SystemTimeToFileTime(&server_time, &written);
    for (i = 0; manager && i < 4; i++)
    {
        winetest_push_context("%s, %u bytes", wine_dbgstr_w(prefixes[i / 2]), sizes[i % 2]);
        client_path(source);
        _snwprintf(url, ARRAYSIZE(url), L"%s%s", prefixes[i / 2], source);
        if (make_source(source, sizes[i % 2], &written) && fetch(manager, url, local))
        {
            check_result(local, sizes[i % 2], &written);
            ok(pattern_check_file(local, sizes[i % 2], 1), "the file is damaged");
        }
        winetest_pop_context();
    }
    if (manager) IBackgroundCopyManager_Release(manager);
}
