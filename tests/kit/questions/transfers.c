/*
 * Questions about answers of servers, files and notifications.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

#include <stdio.h>

/* --- what is made of answers -------------------------------------------------------------------------------- */

static void ask_statuses(void)
{
    static const unsigned int statuses[] = {201, 202, 203, 204, 205, 207, 226, 300, 304, 305, 306, 308,
                                            400, 402, 405, 406, 408, 409, 410, 412, 416, 418, 421, 425,
                                            426, 429, 451, 500, 501, 502, 503, 504, 505, 507, 511, 599};
    IBackgroundCopyJob *job;
    char path[32];
    WCHAR wide[32];
    unsigned int i;
    BOOL bodiless;

    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        snprintf(path, sizeof(path), "/status%u", statuses[i]);
        swprintf(wide, ARRAYSIZE(wide), L"%hs", path);
        bodiless = statuses[i] == 204 || statuses[i] == 205 || statuses[i] == 304;
        server_route(server, path, &(struct route){.status = statuses[i], .size = bodiless ? 0 : 100});
        job = run_path(wide);
        answer("B-500", text("outcome of status %u", statuses[i]), "%s", outcome(job));
        drop(job);
    }
}

static void ask_run(const char *rule, const char *question, const WCHAR *path)
{
    IBackgroundCopyJob *job = run_path(path);

    answer(rule, question, "%s", outcome(job));
    drop(job);
}

static void ask_odd_answers(void)
{
    server_route(server, "/http10", &(struct route){.size = 1000, .flags = ROUTE_HTTP10});
    ask_run("B-547", "outcome of a whole file over HTTP/1.0", L"/http10");
    server_route(server, "/nolength", &(struct route){.size = 1000, .flags = ROUTE_NO_LENGTH});
    ask_run("B-547", "outcome of a file without Content-Length", L"/nolength");
    server_route(server, "/chunked", &(struct route){.size = 1000, .flags = ROUTE_CHUNKED});
    ask_run("B-547", "outcome of a chunked file", L"/chunked");
    server_route(server, "/badchunks", &(struct route){.size = 100000, .flags = ROUTE_BAD_CHUNKS});
    ask_run("B-521", "outcome of a chunk whose size is no number", L"/badchunks");
    server_route(server, "/badlength", &(struct route){.size = 1000, .content_length = "abc"});
    ask_run("B-521", "outcome of a Content-Length that is no number", L"/badlength");
    server_route(server, "/cut", &(struct route){.size = 1000, .flags = ROUTE_CUT, .cut_at = 500});
    ask_run("B-521", "outcome of a connection that ends in the body", L"/cut");
    server_route(server, "/garbage", &(struct route){.raw = "garbage\r\n\r\n", .raw_size = 11});
    ask_run("B-521", "outcome of an answer that is not HTTP", L"/garbage");
    server_route(server, "/loop", &(struct route){.redirect = "/loop"});
    ask_run("B-560", "outcome of an endless redirect", L"/loop");
    server_route(server, "/unknown", &(struct route){.redirect = "ftp://127.0.0.1/f"});
    ask_run("B-561", "outcome of a redirect to ftp", L"/unknown");
    server_route(server, "/login", &(struct route){.size = 1000, .user = "user", .password = "secret"});
    ask_run("B-505", "outcome of a 401 without credentials", L"/login");
}

static void ask_refused(void)
{
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[256];

    if (!job) return;
    IBackgroundCopyJob_AddFile(job, server_refused_url(server, L"/f", url, ARRAYSIZE(url)), client_path(local_path));
    IBackgroundCopyJob_Resume(job);
    settle(job);
    answer("B-521", "outcome where nobody listens", "%s", outcome(job));
    drop(job);

    if (!(job = new_job(BG_JOB_TYPE_DOWNLOAD))) return;
    IBackgroundCopyJob_AddFile(job, L"http://no-such-host.invalid/f", client_path(local_path));
    IBackgroundCopyJob_Resume(job);
    settle(job);
    answer("B-520", "outcome of a host that does not exist", "%s", outcome(job));
    drop(job);

    if (!(job = job_of(L"/good"))) return;
    answer_hr("B-534", "SetProxySettings(OVERRIDE) with a list that makes no sense",
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"http://[:::", NULL));
    IBackgroundCopyJob_Resume(job);
    settle(job);
    answer("B-534", "outcome of a proxy list that makes no sense", "%s", outcome(job));
    drop(job);
}

static void run_ranges(const char *rule, const char *question, const WCHAR *path, DWORD count)
{
    BG_FILE_RANGE ranges[] = {{100, 50}, {900, 50}};
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = query(job, &IID_IBackgroundCopyJob3);
    WCHAR url[256];

    if (job3)
    {
        IBackgroundCopyJob3_AddFileWithRanges(job3, server_url(server, path, url, ARRAYSIZE(url)),
                                              client_path(local_path), count, ranges);
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer(rule, question, "%s", outcome(job));
        IBackgroundCopyJob3_Release(job3);
    }
    drop(job);
}

static void ask_range_answers(void)
{
    server_route(server, "/r1", &(struct route){.size = 10000, .flags = ROUTE_NO_RANGES});
    run_ranges("B-547", "outcome of ranges of a server that has none", L"/r1", 2);
    server_route(server, "/r2", &(struct route){.size = 10000, .flags = ROUTE_NO_CONTENT_RANGE});
    run_ranges("B-436", "outcome of a 206 without Content-Range", L"/r2", 1);
    server_route(server, "/r3", &(struct route){.size = 10000, .content_range = "bytes 0-49/10000"});
    run_ranges("B-436", "outcome of a 206 with another range", L"/r3", 1);
    server_route(server, "/r4", &(struct route){.size = 10000, .content_range = "nonsense"});
    run_ranges("B-436", "outcome of a 206 with a Content-Range that makes no sense", L"/r4", 1);
    server_route(server, "/r5", &(struct route){.size = 500});
    run_ranges("B-436", "outcome of ranges behind the end of the file", L"/r5", 2);
    server_route(server, "/r6", &(struct route){.size = 10000, .flags = ROUTE_HTTP10});
    run_ranges("B-547", "outcome of ranges over HTTP/1.0", L"/r6", 2);
    server_route(server, "/r7", &(struct route){.size = 10000, .flags = ROUTE_NO_MULTIPART});
    run_ranges("B-440", "outcome of two ranges of a server that gives one at a time", L"/r7", 2);
}

static void ask_retries(void)
{
    IBackgroundCopyJob *job;
    unsigned int first;

    server_route(server, "/retry", &(struct route){.status = 500});
    if (!(job = job_of(L"/retry"))) return;
    IBackgroundCopyJob_Resume(job);
    settle(job);
    first = server_count(server, NULL, "/retry");
    client_pause(3000);
    answer("B-551", "requests until a 500 is TRANSIENT_ERROR, and in three seconds more", "%u %u", first,
           server_count(server, NULL, "/retry") - first);
    drop(job);

    server_route(server, "/timeout", &(struct route){.status = 503});
    if (!(job = job_of(L"/timeout"))) return;
    IBackgroundCopyJob_SetNoProgressTimeout(job, 0);
    IBackgroundCopyJob_Resume(job);
    settle(job);
    answer("B-552", "outcome of a 503 with a no progress timeout of 0", "%s", outcome(job));
    drop(job);
}

void ask_answers(void)
{
    ask_statuses();
    ask_odd_answers();
    ask_refused();
    ask_range_answers();
    ask_retries();
}

/* --- files -------------------------------------------------------------------------------------------------- */

static void ask_temporary_file(void)
{
    IBackgroundCopyJob *job = job_of(L"/held");
    IBackgroundCopyFile *file = job ? first_file(job) : NULL;
    IBackgroundCopyFile3 *file3 = query(file, &IID_IBackgroundCopyFile3);
    WCHAR *name = NULL;
    LARGE_INTEGER size = {.QuadPart = -1};
    WIN32_FILE_ATTRIBUTE_DATA data;
    HRESULT hr;

    if (!job) return;
    answer("B-413", "temporary files after AddFile", "%u", client_count_files(L"BIT*.tmp"));
    IBackgroundCopyJob_Resume(job);
    server_wait_stalled(server, "/held", 1, 20000);
    client_pause(1000);
    answer("B-413", "temporary files while transferring", "%u", client_count_files(L"BIT*.tmp"));
    if (file3)
    {
        hr = IBackgroundCopyFile3_GetTemporaryName(file3, &name);
        answer("B-214", "GetTemporaryName while transferring: result, a BIT*.tmp", "%s %s", hr_text(hr),
               name && wcsstr(name, L"\\BIT") ? "yes" : "no");
        if (name && GetFileAttributesExW(name, GetFileExInfoStandard, &data))
        {
            size.LowPart = data.nFileSizeLow;
            size.HighPart = data.nFileSizeHigh;
            answer("B-413", "attributes of the temporary file", "%#lx", data.dwFileAttributes);
            answer("B-415", "size of the temporary file of 100000 bytes when about 1000 are there", "%s",
                   size.QuadPart >= 100000 ? "all of it" : "as far as it is");
        }
        CoTaskMemFree(name);
        IBackgroundCopyFile3_Release(file3);
    }
    if (file) IBackgroundCopyFile_Release(file);
    IBackgroundCopyJob_Cancel(job);
    answer("B-413", "temporary files after Cancel", "%u", client_count_files(L"BIT*.tmp"));
    drop(job);
}

static void ask_destination(void)
{
    IBackgroundCopyJob *jobs[2] = {0};
    WCHAR shared[MAX_PATH], url[256];
    unsigned int i;
    HRESULT hr[2] = {0};

    server_route(server, "/first", &(struct route){.size = 100});
    server_route(server, "/second", &(struct route){.size = 200});
    client_path(shared);
    for (i = 0; i < 2; i++)
    {
        if (!(jobs[i] = new_job(BG_JOB_TYPE_DOWNLOAD))) break;
        IBackgroundCopyJob_AddFile(jobs[i], server_url(server, i ? L"/second" : L"/first", url, ARRAYSIZE(url)),
                                   shared);
        IBackgroundCopyJob_Resume(jobs[i]);
        settle(jobs[i]);
    }
    for (i = 0; i < 2 && jobs[i]; i++) hr[i] = IBackgroundCopyJob_Complete(jobs[i]);
    answer("B-416", "Complete of two jobs with the same local name", "%s %s", hr_text(hr[0]), hr_text(hr[1]));
    drop(jobs[0]);
    drop(jobs[1]);

    server_route(server, "/empty", &(struct route){.size = 0});
    jobs[0] = run_path(L"/empty");
    if (jobs[0])
    {
        hr[0] = IBackgroundCopyJob_Complete(jobs[0]);
        answer("B-418", "Complete of an empty file: result, whether it is there", "%s %s", hr_text(hr[0]),
               client_file_exists(local_path) ? "yes" : "no");
    }
    drop(jobs[0]);
}

static void ask_headers_property(void)
{
    IBackgroundCopyJob *job = job_of(L"/good");
    IBackgroundCopyFile *file = job ? first_file(job) : NULL;
    IBackgroundCopyFile5 *file5 = query(file, &IID_IBackgroundCopyFile5);
    BITS_FILE_PROPERTY_VALUE value = {.String = NULL};
    HRESULT hr;

    if (file5)
    {
        hr = IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value);
        answer("B-219", "HTTP_RESPONSE_HEADERS before any response", "%s \"%s\"", hr_text(hr), narrow(value.String));
        CoTaskMemFree(value.String);
        value.String = (WCHAR *)L"x";
        answer_hr("B-220", "SetProperty of HTTP_RESPONSE_HEADERS",
                  IBackgroundCopyFile5_SetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value));
        IBackgroundCopyJob_Resume(job);
        settle(job);
        value.String = NULL;
        hr = IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value);
        answer("B-219", "HTTP_RESPONSE_HEADERS begin with the status line, have line ends CR LF", "%s %s",
               value.String && !wcsncmp(value.String, L"HTTP/1.1 200", 12) ? "yes" : "no",
               value.String && wcsstr(value.String, L"\r\n") ? "yes" : "no");
        CoTaskMemFree(value.String);
        IBackgroundCopyFile5_Release(file5);
    }
    if (file) IBackgroundCopyFile_Release(file);
    drop(job);
}

static void ask_validation(void)
{
    IBackgroundCopyJob *job = transferred();
    IBackgroundCopyFile *file = job ? first_file(job) : NULL;
    IBackgroundCopyFile3 *file3 = query(file, &IID_IBackgroundCopyFile3);
    BOOL valid = 2;
    HRESULT hr;

    if (file3)
    {
        hr = IBackgroundCopyFile3_GetValidationState(file3, &valid);
        answer("B-215", "GetValidationState of a transferred file", "%s %d", hr_text(hr), valid);
        hr = IBackgroundCopyFile3_SetValidationState(file3, FALSE);
        settle(job);
        answer("B-545", "SetValidationState(FALSE) of a transferred file: result, outcome", "%s %s", hr_text(hr),
               outcome(job));
        IBackgroundCopyFile3_Release(file3);
    }
    if (file) IBackgroundCopyFile_Release(file);
    drop(job);
}

static void ask_unknown_size(void)
{
    IBackgroundCopyJob *job;
    BG_JOB_PROGRESS progress = {0};

    server_route(
        server, "/unsized",
        &(struct route){.size = 100000, .flags = ROUTE_NO_LENGTH | ROUTE_STALL | ROUTE_NO_HEAD, .stall_at = 5000});
    if (!(job = job_of(L"/unsized"))) return;
    IBackgroundCopyJob_Resume(job);
    server_wait_stalled(server, "/unsized", 1, 20000);
    client_pause(1000);
    IBackgroundCopyJob_GetProgress(job, &progress);
    answer("B-492", "BytesTotal while a file without Content-Length comes, outcome meanwhile", "%s, %s",
           progress.BytesTotal == BG_SIZE_UNKNOWN ? "unknown" : "known", outcome(job));
    server_release(server, "/unsized");
    drop(job);
}

void ask_files(void)
{
    ask_temporary_file();
    ask_destination();
    ask_headers_property();
    ask_validation();
    ask_unknown_size();
}

/* --- notifications ------------------------------------------------------------------------------------------- */

static HRESULT refuse_once(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                           IBackgroundCopyFile *file)
{
    return E_FAIL;
}

/* Which of the callback's methods are called for a file, by the flags and by the interfaces it has. */
static void ask_calls(int version, DWORD flags)
{
    struct callback *callback = callback_create(version);
    IBackgroundCopyJob *job = job_of(L"/good");
    HRESULT hr;

    if (job && callback)
    {
        hr = IBackgroundCopyJob_SetNotifyFlags(job, flags);
        IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback));
        IBackgroundCopyJob_Resume(job);
        settle(job);
        client_pause(1500);
        answer("B-658",
               text("calls with flags %#lx and a callback of version %d: result of SetNotifyFlags, "
                    "transferred, file, at most at once",
                    flags, version),
               "%s, %u, %u, %ld", hr_text(hr), callback_count(callback, CALLBACK_TRANSFERRED),
               callback_count(callback, CALLBACK_FILE), callback->most_running);
    }
    drop(job);
    callback_destroy(callback);
}

static void ask_repetition(void)
{
    struct callback *callback = callback_create(1);
    IBackgroundCopyJob *job = job_of(L"/good");
    unsigned int calls;

    if (job && callback)
    {
        callback->hook[CALLBACK_TRANSFERRED] = refuse_once;
        IBackgroundCopyJob_SetMinimumRetryDelay(job, 60);
        IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback));
        IBackgroundCopyJob_Resume(job);
        callback_wait(callback, CALLBACK_TRANSFERRED, 1, 20000);
        client_pause(5000);
        calls = callback_count(callback, CALLBACK_TRANSFERRED);
        answer("B-661", "calls of JobTransferred within five seconds that are answered by E_FAIL", "%s",
               calls > 1 ? "several"
               : calls   ? "one"
                         : "none");
    }
    drop(job);
    callback_destroy(callback);
}

/* A copy of this program whose name says that it shall only write down its command line. */
#define BARE L"-bare.exe"

BOOL answer_as_command(void)
{
    WCHAR path[MAX_PATH + 8];
    DWORD length = GetModuleFileNameW(NULL, path, MAX_PATH), written;
    HANDLE file;

    if (length < wcslen(BARE) || wcscmp(path + length - wcslen(BARE), BARE)) return FALSE;
    wcscat(path, L".ran");
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    WriteFile(file, GetCommandLineW(), wcslen(GetCommandLineW()) * sizeof(WCHAR), &written, NULL);
    CloseHandle(file);
    return TRUE;
}

static void ask_command(const WCHAR *parameters, const char *question)
{
    WCHAR program[MAX_PATH], copy[MAX_PATH], note[MAX_PATH + 8], line[2 * MAX_PATH] = {0};
    IBackgroundCopyJob *job = job_of(L"/good");
    IBackgroundCopyJob2 *job2 = query(job, &IID_IBackgroundCopyJob2);
    DWORD size = 0;
    HANDLE file;
    unsigned int i;

    GetModuleFileNameW(NULL, program, MAX_PATH);
    wcscat(client_path(copy), BARE);
    swprintf(note, ARRAYSIZE(note), L"%ls.ran", copy);
    if (job2 && CopyFileW(program, copy, FALSE))
    {
        IBackgroundCopyJob2_SetNotifyCmdLine(job2, copy, parameters);
        IBackgroundCopyJob_Resume(job);
        for (i = 0; i < 100 && !client_file_exists(note); i++) client_pause(100);
        client_pause(500);
        file = CreateFileW(note, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        ReadFile(file, line, sizeof(line) - sizeof(*line), &size, NULL);
        CloseHandle(file);
        answer("B-681", question, "%s",
               !size                ? "empty, or not run"
               : wcsstr(line, BARE) ? "the program's name"
                                    : narrow(line));
    }
    if (job2) IBackgroundCopyJob2_Release(job2);
    drop(job);
}

void ask_notifications(void)
{
    ask_command(NULL, "command line of a program without parameters");
    ask_command(L"x %TEMP% \"a b\"", "command line of a program with parameters");
    ask_calls(1, BG_NOTIFY_JOB_TRANSFERRED);
    ask_calls(1, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED);
    ask_calls(2, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_TRANSFERRED);
    ask_calls(2, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_DISABLE);
    ask_repetition();
}
