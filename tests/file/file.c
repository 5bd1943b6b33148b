/*
 * The files of a job, method by method (B-210 to B-223), and what must never become of files on the disk.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

#define SIZE 100000
#define HEADER "X-Test: one\r\n"

static const struct route route_good = {.size = SIZE, .headers = HEADER};
static const struct route route_stall = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};

/* --- methods ---------------------------------------------------------------------------------- */

/* B-210, B-211, B-214, B-216 to B-219 before anything happened, and B-314. */
static void test_new_file(void)
{
    BITS_FILE_PROPERTY_VALUE value = {.String = (WCHAR *)1};
    IBackgroundCopyFile5 *file = NULL;
    IBackgroundCopyFile *base;
    BG_FILE_PROGRESS progress;
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)1;
    UINT64 origin = 1, peers = 1;
    struct subject subject;
    BOOL flag = TRUE;
    WCHAR *text = NULL;
    DWORD count = 1;

    if (subject_init(&subject, &route_good) && (base = job_file(subject.job, 0)))
    {
        file = query(base, IBackgroundCopyFile5);
        IBackgroundCopyFile_Release(base);
    }
    if (file)
    {
        ok_hr(IBackgroundCopyFile5_GetRemoteName(file, &text), S_OK);
        ok_text(text, subject.url);
        ok_hr(IBackgroundCopyFile5_GetLocalName(file, &text), S_OK);
        ok_text(text, subject.local);
        ok_hr(IBackgroundCopyFile5_GetProgress(file, &progress), S_OK);
        ok(progress.BytesTotal == BG_SIZE_UNKNOWN, "the total is %llu", progress.BytesTotal);
        ok_int(progress.BytesTransferred, 0);
        ok_int(progress.Completed, FALSE);
        ok_hr(IBackgroundCopyFile5_GetFileRanges(file, &count, &ranges), S_FALSE); /* B-212 */
        ok_int(count, 0);
        ok(!ranges, "got ranges");
        ok_hr(IBackgroundCopyFile5_GetValidationState(file, &flag), S_OK);
        ok_int(flag, FALSE);
        ok_hr(IBackgroundCopyFile5_SetValidationState(file, TRUE), E_PENDING); /* B-215, B-066 */
        flag = TRUE;
        ok_hr(IBackgroundCopyFile5_IsDownloadedFromPeer(file, &flag), S_OK);
        ok_int(flag, FALSE);
        ok_hr(IBackgroundCopyFile5_GetPeerDownloadStats(file, &origin, &peers), S_OK);
        ok_int(origin, 0);
        ok_int(peers, 0);
        ok_hr(IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
        ok(!value.String || !*value.String, "the headers are %s", wine_dbgstr_w(value.String));
        CoTaskMemFree(value.String);
        ok_null(IBackgroundCopyFile5_GetRemoteName(file, NULL));
        ok_null(IBackgroundCopyFile5_GetProgress(file, NULL));
        ok_null(IBackgroundCopyFile5_GetTemporaryName(file, NULL));
        IBackgroundCopyFile5_Release(file);
    }
    subject_cleanup(&subject);
}

/* No handle of the service is in the way of who knows the file. */
static void check_nobody_has(const WCHAR *name)
{
    HANDLE file = name ? CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL)
                       : INVALID_HANDLE_VALUE;

    ok(file != INVALID_HANDLE_VALUE, "%s cannot be opened: error %lu", wine_dbgstr_w(name), GetLastError());
    CloseHandle(file);
}

/* The same when it has come. */
static void test_finished_file(void)
{
    BITS_FILE_PROPERTY_VALUE value = {0};
    IBackgroundCopyFile5 *file = NULL;
    IBackgroundCopyFile *base;
    BG_FILE_PROGRESS progress;
    UINT64 origin = 0, peers = 1;
    struct subject subject;
    WCHAR *text = NULL, prefix[MAX_PATH];
    BOOL flag = 2;

    if (subject_init(&subject, &route_good) && (base = job_file(subject.job, 0)))
    {
        file = query(base, IBackgroundCopyFile5);
        IBackgroundCopyFile_Release(base);
    }
    if (file && subject_transfer(&subject))
    {
        ok_hr(IBackgroundCopyFile5_GetProgress(file, &progress), S_OK);
        ok_int(progress.BytesTotal, SIZE);
        ok_int(progress.BytesTransferred, SIZE);
        ok_int(progress.Completed, FALSE); /* B-211: the client cannot use it yet */
        ok_hr(IBackgroundCopyFile5_GetPeerDownloadStats(file, &origin, &peers), S_OK); /* B-218 */
        ok_int(origin, SIZE);
        ok_int(peers, 0);
        ok_hr(IBackgroundCopyFile5_IsDownloadedFromPeer(file, &flag), S_OK); /* B-217, P-170 */
        ok_int(flag, FALSE);
        flag = 2;
        ok_hr(IBackgroundCopyFile5_GetValidationState(file, &flag), S_OK); /* B-216 */
        ok_int(flag, FALSE);
        ok_hr(IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
        ok(value.String && wcsstr(value.String, L"X-Test: one"), "the headers are %s", wine_dbgstr_w(value.String));
        CoTaskMemFree(value.String);

        /* B-214, B-413 */
        ok_hr(IBackgroundCopyFile5_GetTemporaryName(file, &text), S_OK);
        _snwprintf(prefix, ARRAYSIZE(prefix), L"%sBIT", client_directory());
        ok(text && !_wcsnicmp(text, prefix, wcslen(prefix)), "the temporary file is %s", wine_dbgstr_w(text));
        ok(text && pattern_check_file(text, SIZE, 0), "the temporary file is damaged");
        check_nobody_has(text);
        CoTaskMemFree(text);

        /* B-933 */
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok_hr(IBackgroundCopyFile5_GetProgress(file, &progress), S_OK);
        ok_int(progress.BytesTotal, progress.BytesTransferred);
        ok_int(progress.Completed, TRUE);
        ok_hr(IBackgroundCopyFile5_GetValidationState(file, &flag), S_OK); /* B-216, B-224: Complete validates */
        ok_int(flag, TRUE);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
        ok_int(client_count_files(L"BIT*.tmp"), 0);
    }
    if (file) IBackgroundCopyFile5_Release(file);
    subject_cleanup(&subject);
}

/* B-214: the name may be asked for at any time, and the file is the client's to read once it is complete. */
static void test_early_name(void)
{
    static const struct route route = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file;
    struct subject subject;
    WCHAR *name = NULL;

    if (subject_init(&subject, &route) && (file = job_file(subject.job, 0)))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        if ((file3 = query(file, IBackgroundCopyFile3)))
        {
            ok_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &name), S_OK);
            server_release(server, subject.path);
            if (client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS)) check_nobody_has(name);
            ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
            ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
            CoTaskMemFree(name);
            IBackgroundCopyFile3_Release(file3);
        }
        IBackgroundCopyFile_Release(file);
    }
    subject_cleanup(&subject);
}

/* B-212: as given. */
static void test_file_ranges(void)
{
    static const BG_FILE_RANGE wanted[] = {{1000, 10}, {0, 100}, {5000, BG_LENGTH_TO_EOF}};
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = job ? query(job, IBackgroundCopyJob3) : NULL;
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_RANGE *ranges = NULL;
    WCHAR local[MAX_PATH];
    DWORD count = 0;

    if (job3)
    {
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local), 3,
                                                    (BG_FILE_RANGE *)wanted),
              S_OK);
        if ((file = job_file(job, 0)) && (file2 = query(file, IBackgroundCopyFile2)))
        {
            ok_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), S_OK);
            ok_int(count, 3);
            ok(ranges && !memcmp(ranges, wanted, sizeof(wanted)), "other ranges");
            CoTaskMemFree(ranges);
            IBackgroundCopyFile2_Release(file2);
        }
        if (file) IBackgroundCopyFile_Release(file);
        IBackgroundCopyJob3_Release(job3);
    }
    client_drop_job(job);
}

/* B-213 */
static void test_set_remote_name(void)
{
    WCHAR *absurd = make_text(2201, 'x'), *text = NULL, good[128];
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile *file;
    struct subject subject;

    memcpy(absurd, L"http://a/", 9 * sizeof(WCHAR));
    server_route(server, "/elsewhere", &route_good);
    if (subject_init(&subject, NULL) && (file = job_file(subject.job, 0)))
    {
        file2 = query(file, IBackgroundCopyFile2);
        IBackgroundCopyFile_Release(file);
    }
    if (file2)
    {
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"ftp://127.0.0.1/a"), E_INVALIDARG);
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L""), E_INVALIDARG);
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, absurd), E_INVALIDARG);
        ok_null(IBackgroundCopyFile2_SetRemoteName(file2, NULL));
        ok_hr(IBackgroundCopyFile2_GetRemoteName(file2, &text), S_OK);
        ok_text(text, subject.url);
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"https://127.0.0.1:1/b"), S_OK);
        ok_hr(IBackgroundCopyFile2_GetRemoteName(file2, &text), S_OK);
        ok_text(text, L"https://127.0.0.1:1/b");
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, server_url(server, L"/elsewhere", good, ARRAYSIZE(good))),
              S_OK);
        subject_transfer(&subject);
        ok_hr(IBackgroundCopyFile2_GetRemoteName(file2, &text), S_OK);
        ok_text(text, good);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, good), BG_E_INVALID_STATE);
        IBackgroundCopyFile2_Release(file2);
    }
    subject_cleanup(&subject);
    free(absurd);
}

/* B-213, B-212 for uploads */
static void test_upload_file(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_UPLOAD);
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile *file;
    BG_FILE_RANGE *ranges = NULL;
    WCHAR local[MAX_PATH];
    DWORD count = 1;

    if (!job) return;
    ok(pattern_write_file(client_path(local), 100, 3), "cannot write %s", wine_dbgstr_w(local));
    ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", local), S_OK);
    if ((file = job_file(job, 0)))
    {
        if ((file2 = query(file, IBackgroundCopyFile2)))
        {
            ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"http://127.0.0.1/b"), E_NOTIMPL);
            ok_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), S_FALSE);
            ok_int(count, 0);
            IBackgroundCopyFile2_Release(file2);
        }
        IBackgroundCopyFile_Release(file);
    }
    client_drop_job(job);
    ok(pattern_check_file(local, 100, 3), "the source was changed");
    DeleteFileW(local);
}

/* B-219, B-220 */
static void test_properties(void)
{
    BITS_FILE_PROPERTY_VALUE value = {0};
    IBackgroundCopyFile5 *file5;
    IBackgroundCopyFile *file;
    struct subject subject;
    HRESULT hr;

    if (subject_init(&subject, &route_good) && (file = job_file(subject.job, 0)))
    {
        if ((file5 = query(file, IBackgroundCopyFile5)))
        {
            /* only what the proxy knows reaches the service */
            hr = IBackgroundCopyFile5_GetProperty(file5, 2, &value);
            ok(hr == BG_E_UNKNOWN_PROPERTY_ID || hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG), "got %#lx", hr);
            hr = IBackgroundCopyFile5_SetProperty(file5, 0, value);
            ok(hr == BG_E_UNKNOWN_PROPERTY_ID || hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG), "got %#lx", hr);
            value.String = (WCHAR *)L"X: y";
            ok_hr(IBackgroundCopyFile5_SetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value),
                  BG_E_READ_ONLY_PROPERTY);
            IBackgroundCopyFile5_Release(file5);
        }
        IBackgroundCopyFile_Release(file);
    }
    subject_cleanup(&subject);
}

/* B-221, B-222, B-223 before anything has come; the rest is in tests/ranges. */
static void test_random_access(void)
{
    BG_FILE_RANGE range = {0, 10}, *ranges = (BG_FILE_RANGE *)1;
    IBackgroundCopyFile6 *file6;
    IBackgroundCopyFile *file;
    struct subject subject;
    DWORD count = 1;

    if (subject_init(&subject, &route_good) && (file = job_file(subject.job, 0)))
    {
        if ((file6 = query(file, IBackgroundCopyFile6)))
        {
            ok_hr(IBackgroundCopyFile6_GetFilledFileRanges(file6, &count, &ranges), S_OK);
            ok(!count && !ranges, "%lu ranges", count);
            ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, 100), S_OK);
            ok_hr(IBackgroundCopyFile6_RequestFileRanges(file6, 1, &range), S_OK);
            IBackgroundCopyFile6_Release(file6);
        }
        IBackgroundCopyFile_Release(file);
    }
    subject_cleanup(&subject);
}

/* --- files on the disk ---------------------------------------------------------------------------- */

/* Cancel, whenever it comes, leaves a file alone that was there before. B-136, B-411, B-614 */
static void test_cancel_keeps_existing(void)
{
    struct subject subject;
    unsigned int i;

    for (i = 0; i < 4; i++)
    {
        winetest_push_context("step %u", i);
        if (subject_init(&subject, i == 2   ? &route_stall
                                   : i == 1 ? NULL
                                            : &route_good) &&
            ok(pattern_write_file(subject.local, 500, 9), "cannot write the file"))
        {
            if (i) ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            if (i == 1) client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
            else if (i == 2) ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
            else if (i == 3) client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
            ok(pattern_check_file(subject.local, 500, 9), "the transfer changed the file");
            ok_hr(IBackgroundCopyJob_Cancel(subject.job), S_OK);
            ok(pattern_check_file(subject.local, 500, 9), "Cancel changed the file");
            ok_int(client_count_files(L"BIT*.tmp"), 0);
        }
        subject_cleanup(&subject);
        winetest_pop_context();
    }
}

/* An answer that is none is no file: whatever its status, and however Complete comes. */
static void test_error_pages(void)
{
    static const unsigned int statuses[] = {
        400, 403, 404, 405, 410, 416, 418, 429, 500, 501, 502, 503, 504, 507, 599, 204, 304, 300,
    };
    struct route route = {.text = "<html>This is not what you asked for.</html>"};
    BG_JOB_STATE state;
    struct subject subject;
    ULONGLONG deadline;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        winetest_push_context("status %u", statuses[i]);
        route.status = statuses[i];
        if (subject_init(&subject, &route))
        {
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            deadline = GetTickCount64() + SOON_MS;
            while ((state = client_state(subject.job)) != BG_JOB_STATE_ERROR && state != BG_JOB_STATE_TRANSIENT_ERROR &&
                   state != BG_JOB_STATE_TRANSFERRED && GetTickCount64() < deadline)
                client_pause(10);
            ok(state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR, "the job is %s",
               client_state_name(state));
            ok(!client_file_exists(subject.local), "there is a file");
            ok_hr(IBackgroundCopyJob_Complete(subject.job), BG_S_PARTIAL_COMPLETE);
            ok(!client_file_exists(subject.local), "there is a file");
            ok_int(client_count_files(L"BIT*.tmp"), 0);
        }
        subject_cleanup(&subject);
        winetest_pop_context();
    }
}

/* A body that ends too early is not the file; what is there of a longer one is not all of it. */
static void test_truncated(void)
{
    static const struct route cut = {.flags = ROUTE_CUT, .size = SIZE, .cut_at = SIZE / 2};
    static const struct route reset = {.flags = ROUTE_CUT | ROUTE_RESET, .size = SIZE, .cut_at = SIZE / 2};
    static const struct route bad_chunks = {.flags = ROUTE_BAD_CHUNKS | ROUTE_NO_RANGES, .size = SIZE};
    static const struct route *const routes[] = {&cut, &reset, &bad_chunks};
    struct subject subject;
    BG_JOB_STATE state;
    ULONGLONG deadline;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(routes); i++)
    {
        winetest_push_context("route %u", i);
        if (subject_init(&subject, routes[i]))
        {
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            deadline = GetTickCount64() + SOON_MS;
            while ((state = client_state(subject.job)) != BG_JOB_STATE_ERROR && state != BG_JOB_STATE_TRANSIENT_ERROR &&
                   state != BG_JOB_STATE_TRANSFERRED && GetTickCount64() < deadline)
                client_pause(10);
            ok(state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR, "the job is %s",
               client_state_name(state));
            ok_hr(IBackgroundCopyJob_Complete(subject.job), BG_S_PARTIAL_COMPLETE);
            ok(!client_file_exists(subject.local), "there is a file");
            ok_int(client_count_files(L"BIT*.tmp"), 0);
        }
        subject_cleanup(&subject);
        winetest_pop_context();
    }
}

/* An upload reads its source, whatever the server answers and however the job ends. */
static void test_upload_source(void)
{
    static const BG_JOB_TYPE types[] = {BG_JOB_TYPE_UPLOAD, BG_JOB_TYPE_UPLOAD_REPLY};
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH], url[128];
    BG_JOB_STATE state;
    ULONGLONG deadline;
    unsigned int i;

    server_route(server, "/upload", &route_good);
    server_url(server, L"/upload", url, ARRAYSIZE(url));
    for (i = 0; i < 2 * ARRAYSIZE(types); i++)
    {
        winetest_push_context("case %u", i);
        ok(pattern_write_file(client_path(local), 2000, 5), "cannot write %s", wine_dbgstr_w(local));
        if ((job = client_job(manager, types[i / 2])))
        {
            ok_hr(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
            ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
            deadline = GetTickCount64() + SOON_MS;
            while ((state = client_state(job)) != BG_JOB_STATE_ERROR && state != BG_JOB_STATE_TRANSIENT_ERROR &&
                   state != BG_JOB_STATE_TRANSFERRED && GetTickCount64() < deadline)
                client_pause(10);
            ok(state != BG_JOB_STATE_TRANSFERRED, "the server knows no uploads, and yet the job is done");
            if (i % 2) IBackgroundCopyJob_Complete(job);
            client_drop_job(job);
        }
        ok(pattern_check_file(local, 2000, 5), "the source was changed");
        DeleteFileW(local);
        ok_int(client_count_files(L"BIT*.tmp"), 0);
        winetest_pop_context();
    }
}

/* B-411, B-610, B-416: an existing file is replaced when the job is completed, and not before. */
static void test_replace(void)
{
    struct subject subject;

    if (subject_init(&subject, &route_good) && ok(pattern_write_file(subject.local, 500, 9), "cannot write the file"))
    {
        subject_transfer(&subject);
        ok(pattern_check_file(subject.local, 500, 9), "the transfer changed the file");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

#define MANY 12

/* Many files of one directory, some of which are there already: one spelled so, one in capitals, one that is in use.
 * B-610, B-612 */
static void test_many_names(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR directory[MAX_PATH], source[MAX_PATH], path[MAX_PATH + 16];
    WIN32_FIND_DATAW data;
    unsigned int i, count = 0;
    HANDLE used, find;

    if (!job) return;
    client_path(directory);
    ok(CreateDirectoryW(directory, NULL), "no directory: error %lu", GetLastError());
    ok(pattern_write_file(client_path(source), 3000, 4), "cannot write %s", wine_dbgstr_w(source));
    for (i = 0; i < MANY; i++)
    {
        _snwprintf(path, ARRAYSIZE(path), L"%ls\\file%u", directory, i);
        ok_hr(IBackgroundCopyJob_AddFile(job, source, path), S_OK);
    }
    _snwprintf(path, ARRAYSIZE(path), L"%ls\\FILE3", directory);
    pattern_write_file(path, 10, 1);
    _snwprintf(path, ARRAYSIZE(path), L"%ls\\file5", directory);
    pattern_write_file(path, 10, 1);
    _snwprintf(path, ARRAYSIZE(path), L"%ls\\file7", directory);
    pattern_write_file(path, 10, 1);
    used = CreateFileW(path, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL);
    ok(used != INVALID_HANDLE_VALUE, "the file cannot be opened: error %lu", GetLastError());

    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok(FAILED(IBackgroundCopyJob_Complete(job)), "a file that is in use was replaced");
        ok_state(job, BG_JOB_STATE_TRANSFERRED);
        CloseHandle(used);
        ok(pattern_check_file(path, 10, 1), "the file that was in use has changed");
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok_state(job, BG_JOB_STATE_ACKNOWLEDGED);
        for (i = 0; i < MANY; i++)
        {
            _snwprintf(path, ARRAYSIZE(path), L"%ls\\file%u", directory, i);
            ok(pattern_check_file(path, 3000, 4), "file %u is damaged", i);
        }
        _snwprintf(path, ARRAYSIZE(path), L"%ls\\*", directory);
        find = FindFirstFileW(path, &data);
        do count += !(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY);
        while (FindNextFileW(find, &data));
        FindClose(find);
        ok_int(count, MANY);
    }
    else CloseHandle(used);
    client_drop_job(job);
    DeleteFileW(source);
    for (i = 0; i < MANY; i++)
    {
        _snwprintf(path, ARRAYSIZE(path), L"%ls\\file%u", directory, i);
        DeleteFileW(path);
    }
    RemoveDirectoryW(directory);
}

/* B-922: files of this machine. */
static void test_local_files(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR source[MAX_PATH], url[MAX_PATH + 8], first[MAX_PATH], second[MAX_PATH];
    IBackgroundCopyError *error = (IBackgroundCopyError *)1;

    if (!job) return;
    ok(pattern_write_file(client_path(source), 3000, 4), "cannot write %s", wine_dbgstr_w(source));
    _snwprintf(url, ARRAYSIZE(url), L"file://%s", source);
    ok_hr(IBackgroundCopyJob_AddFile(job, source, client_path(first)), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(second)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE); /* B-923 */
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok_state(job, BG_JOB_STATE_ACKNOWLEDGED);
        ok_hr(IBackgroundCopyJob_Complete(job), BG_E_INVALID_STATE); /* B-924 */
        ok(pattern_check_file(first, 3000, 4), "the first file is damaged");
        ok(pattern_check_file(second, 3000, 4), "the second file is damaged");
        ok(pattern_check_file(source, 3000, 4), "the source was changed");
    }
    client_drop_job(job);
    DeleteFileW(source);
    DeleteFileW(first);
    DeleteFileW(second);
}

/* B-930: length and nothing else. */
static void test_plain_server(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    static const struct route route = {.raw = answer, .raw_size = sizeof(answer) - 1};
    struct subject subject;
    char text[8] = {0};
    DWORD size = 0;
    HANDLE file;

    if (subject_init(&subject, &route))
    {
        subject_transfer(&subject);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        file = CreateFileW(subject.local, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        ok(file != INVALID_HANDLE_VALUE, "there is no file");
        ok(ReadFile(file, text, sizeof(text), &size, NULL) && size == 5 && !memcmp(text, "hello", 5),
           "the file has %lu bytes: %s", size, text);
        CloseHandle(file);
    }
    subject_cleanup(&subject);
}

START_TEST(file)
{
    if (tests_begin())
    {
        winetest_run(test_new_file);
        winetest_run(test_finished_file);
        winetest_run(test_early_name);
        winetest_run(test_file_ranges);
        winetest_run(test_set_remote_name);
        winetest_run(test_upload_file);
        winetest_run(test_properties);
        winetest_run(test_random_access);
        winetest_run(test_cancel_keeps_existing);
        winetest_run(test_error_pages);
        winetest_run(test_truncated);
        winetest_run(test_upload_source);
        winetest_run(test_replace);
        winetest_run(test_many_names);
        winetest_run(test_local_files);
        winetest_run(test_plain_server);
    }
    tests_end();
}
