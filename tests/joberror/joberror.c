/*
 * What a program is told about its job: JobTransferred, JobError, the error object, and what it may do
 * inside.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This program is the client, the service is another process. Every part runs for BITS and for the interfaces
 * of Delivery Optimization that have BITS' shape, each from a multi- and from a single-threaded apartment,
 * all four at the same time. Rules: docs/rules.
 */

#include <stdio.h>
#include "support/server.h"
#include "support/client.h"
#include "domsg.h"
#include "wine/test.h"

#define FILE_SIZE 100000
#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)
#define NOTIFY_DEFAULT (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)

/* How long the repetition of a refused call may take: the interval is the service's own affair (B-662,
 * D-271). */
#define REPEAT_MS 60000

struct service
{
    const char *name;
    const CLSID *class_id;
    BOOL is_do;
    HRESULT error_unavailable, file_not_available, invalid_state, not_found, empty, partial;
};

static const struct service services[] = {
    {
        "BITS",
        &CLSID_BackgroundCopyManager,
        FALSE,
        BG_E_ERROR_INFORMATION_UNAVAILABLE,
        BG_E_FILE_NOT_AVAILABLE,
        BG_E_INVALID_STATE,
        BG_E_NOT_FOUND,
        BG_E_EMPTY,
        BG_S_PARTIAL_COMPLETE,
    },
    {
        "DO",
        &CLSID_DeliveryOptimization,
        TRUE,
        DO_E_ERROR_INFORMATION_UNAVAILABLE,
        DO_E_FILE_NOT_AVAILABLE,
        DO_E_INVALID_STATE,
        DO_E_JOB_NOT_FOUND,
        DO_E_JOB_EMPTY,
        S_OK,
    },
};

#define BITS_ONLY 1
#define DO_ONLY 2
#define BOTH 3

/* What every check gets. */
struct fixture
{
    const struct service *service;
    void (*check)(struct fixture *fixture);
    struct server *server;
    IBackgroundCopyManager *manager;
};

/* A job with one file and a callback. */
struct client_job
{
    struct fixture *fixture;
    IBackgroundCopyJob *job;
    GUID id;
    struct callback *callback;
    WCHAR url[128];
    WCHAR local[MAX_PATH];
    HRESULT hr[3];       /* what methods called inside a callback returned */
    BG_JOB_PROGRESS progress; /* of the job, as JobError saw it */
    HANDLE transient;    /* event: JobModification saw TRANSIENT_ERROR */
    unsigned int refuse; /* so many more calls of JobError return E_FAIL */
    ULONGLONG times[4];  /* of the calls of JobError */
};

/* --- fixtures -------------------------------------------------------------------------- */

static void run_check(void *arg)
{
    struct fixture *fixture = arg;

    if (!(fixture->server = server_create())) return;
    if ((fixture->manager = client_manager(fixture->service->class_id)))
    {
        fixture->check(fixture);
        IBackgroundCopyManager_Release(fixture->manager);
    }
    server_destroy(fixture->server);
}

struct run
{
    struct fixture fixture;
    DWORD apartment;
    struct winetest_thread *caller;
};

static DWORD WINAPI run_thread(void *arg)
{
    struct run *run = arg;

    winetest_push_context("%s: %s", run->caller->context[0], run->fixture.service->name);
    client_run(run->apartment, run_check, &run->fixture);
    return 0;
}

/* Run a check for the services chosen, from both apartments, at the same time. */
static void everywhere(void (*check)(struct fixture *fixture), unsigned int which)
{
    static const DWORD apartments[] = {COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED};
    struct run runs[4];
    HANDLE threads[4];
    unsigned int i, j, count = 0;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        for (j = 0; j < ARRAYSIZE(apartments) && which & 1u << i; j++, count++)
        {
            runs[count] = (struct run){{&services[i], check}, apartments[j], winetest_thread()};
            threads[count] = CreateThread(NULL, 0, run_thread, &runs[count], 0, NULL);
        }
    }
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    while (count) CloseHandle(threads[--count]);
}

/* --- jobs ------------------------------------------------------------------------------ */

static HRESULT add_file(struct fixture *fixture, IBackgroundCopyJob *job, const WCHAR *url, const WCHAR *local)
{
    IDeliveryOptimizationJob *do_job;
    HRESULT hr;

    if (!fixture->service->is_do) return IBackgroundCopyJob_AddFile(job, url, local);
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&do_job);
    if (FAILED(hr)) return hr;
    /* The name of the file is its id too: any text unique in the job will do (D-231). */
    hr = IDeliveryOptimizationJob_AddFileWithRanges(do_job, local, url, local, 0, NULL, DO_UNKNOWN_FILE_SIZE);
    IDeliveryOptimizationJob_Release(do_job);
    return hr;
}

/* A foreground job with a file and a registered callback of that version, not resumed. */
static BOOL job_begin_url(struct client_job *job, struct fixture *fixture, const WCHAR *url, int version, ULONG flags)
{
    HRESULT hr;

    memset(job, 0, sizeof(*job));
    job->fixture = fixture;
    wcscpy(job->url, url);
    job->transient = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!(job->job = client_job(fixture->manager, BG_JOB_TYPE_DOWNLOAD)) || !(job->callback = callback_create(version)))
        return FALSE;
    job->callback->context = job;
    hr = IBackgroundCopyJob_GetId(job->job, &job->id);
    ok_hr(hr, S_OK);
    hr = add_file(fixture, job->job, job->url, client_path(job->local));
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND);
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback));
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetNotifyFlags(job->job, flags);
    ok_hr(hr, S_OK);
    return TRUE;
}

static BOOL job_begin(struct client_job *job, struct fixture *fixture, const WCHAR *path, int version, ULONG flags)
{
    WCHAR url[128];

    server_url(fixture->server, path, url, ARRAYSIZE(url));
    return job_begin_url(job, fixture, url, version, flags);
}

static void job_resume(struct client_job *job)
{
    HRESULT hr = IBackgroundCopyJob_Resume(job->job);

    ok_hr(hr, S_OK);
}

static BOOL job_add(struct client_job *job, const WCHAR *path, WCHAR *local)
{
    WCHAR url[128];
    HRESULT hr;

    server_url(job->fixture->server, path, url, ARRAYSIZE(url));
    hr = add_file(job->fixture, job->job, url, client_path(local));
    return ok_hr(hr, S_OK);
}

/* End the job if it has not ended; nothing may hold the callback afterwards. */
static void job_end(struct client_job *job)
{
    client_drop_job(job->job);
    callback_destroy(job->callback);
    CloseHandle(job->transient);
}

static struct client_job *job_of(struct callback *callback)
{
    return callback->context;
}

static BOOL wait_error(struct client_job *job)
{
    return ok(callback_wait(job->callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError; the job is %s, its error %#lx",
              client_state_name(client_state(job->job)), client_job_error(job->job, NULL));
}

static BOOL wait_transferred(struct client_job *job)
{
    return ok(callback_wait(job->callback, CALLBACK_TRANSFERRED, 1, SOON_MS),
              "no JobTransferred; the job is %s, its error %#lx", client_state_name(client_state(job->job)),
              client_job_error(job->job, NULL));
}

/* --- hooks ------------------------------------------------------------------------------- */

static HRESULT complete_inside(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                               IBackgroundCopyFile *file)
{
    job_of(callback)->hr[0] = IBackgroundCopyJob_Complete(job);
    return S_OK;
}

static HRESULT cancel_inside(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *file)
{
    job_of(callback)->hr[0] = IBackgroundCopyJob_Cancel(job);
    return S_OK;
}

/* What the client does not accept is not told again once the job has left the state (B-663). */
static HRESULT cancel_and_refuse(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                 IBackgroundCopyFile *file)
{
    cancel_inside(callback, job, error, file);
    return E_FAIL;
}

/* B-934: give the file of the error another source and go on. */
static HRESULT repair_inside(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *none)
{
    struct client_job *test = job_of(callback);
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile2 *file2 = NULL;
    WCHAR url[128];

    server_url(test->fixture->server, L"/good", url, ARRAYSIZE(url));
    IBackgroundCopyJob_GetProgress(job, &test->progress);
    test->hr[0] = IBackgroundCopyError_GetFile(error, &file);
    if (FAILED(test->hr[0]) || !file) return S_OK;
    test->hr[1] = IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2);
    if (SUCCEEDED(test->hr[1]))
    {
        test->hr[1] = IBackgroundCopyFile2_SetRemoteName(file2, url);
        IBackgroundCopyFile2_Release(file2);
    }
    IBackgroundCopyFile_Release(file);
    test->hr[2] = IBackgroundCopyJob_Resume(job);
    return S_OK;
}

static HRESULT see_transient(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *file)
{
    BG_JOB_STATE state;

    if (IBackgroundCopyJob_GetState(job, &state) == S_OK && state == BG_JOB_STATE_TRANSIENT_ERROR)
        SetEvent(job_of(callback)->transient);
    return S_OK;
}

static HRESULT refuse_some(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                           IBackgroundCopyFile *file)
{
    struct client_job *test = job_of(callback);
    unsigned int call = callback_count(callback, CALLBACK_ERROR);

    if (call < ARRAYSIZE(test->times)) test->times[call] = GetTickCount64();
    if (!test->refuse) return S_OK;
    test->refuse--;
    return E_FAIL;
}

/* --- the error object ------------------------------------------------------------------------ */

static BOOL text_has(const WCHAR *text, const WCHAR *part)
{
    return text && wcsstr(text, part) != NULL;
}

/* B-704 ... B-707: English texts that say what happened. */
static void check_texts(IBackgroundCopyError *error, HRESULT code, BG_ERROR_CONTEXT context)
{
    WCHAR *text = NULL, number[32];
    HRESULT hr;

    hr = IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text);
    ok_hr(hr, S_OK);
    if (HIWORD(code) == 0x8019)
    {
        _snwprintf(number, ARRAYSIZE(number), L"HTTP status %u: ", LOWORD(code));
        ok(text && !wcsncmp(text, number, wcslen(number)), "the description is %s", wine_dbgstr_w(text));
    }
    ok(text && wcslen(text) > 10, "the description is %s", wine_dbgstr_w(text));
    CoTaskMemFree(text);

    text = NULL;
    hr = IBackgroundCopyError_GetErrorContextDescription(error, ENGLISH, &text);
    ok_hr(hr, S_OK);
    if (context == BG_ERROR_CONTEXT_REMOTE_FILE)
        ok(text_has(text, L"remote file"), "the context's description is %s", wine_dbgstr_w(text));
    ok(text && wcslen(text) > 10, "the context's description is %s", wine_dbgstr_w(text));
    CoTaskMemFree(text);

    text = (WCHAR *)1;
    hr = IBackgroundCopyError_GetErrorDescription(error, 0, &text); /* B-704 */
    ok_hr(hr, E_INVALIDARG);
    text = (WCHAR *)1;
    hr = IBackgroundCopyError_GetErrorContextDescription(error, 0, &text);
    ok_hr(hr, E_INVALIDARG);

    text = NULL;
    hr = IBackgroundCopyError_GetProtocol(error, &text); /* B-703 */
    ok_hr(hr, S_OK);
    ok(text && !wcscmp(text, L"http"), "the protocol is %s", wine_dbgstr_w(text));
    CoTaskMemFree(text);
}

static void check_file(struct client_job *job, IBackgroundCopyError *error, BOOL has_file, const WCHAR *url,
                       const WCHAR *local)
{
    IBackgroundCopyFile *file = (IBackgroundCopyFile *)1;
    HRESULT hr = IBackgroundCopyError_GetFile(error, &file);
    WCHAR *name = NULL;

    if (!has_file)
    {
        ok_hr(hr, job->fixture->service->file_not_available); /* B-702 */
        ok(!file, "got a file");
        return;
    }
    ok_hr(hr, S_OK);
    if (FAILED(hr) || !ok(file && file != (IBackgroundCopyFile *)1, "no file")) return;
    hr = IBackgroundCopyFile_GetRemoteName(file, &name);
    ok_hr(hr, S_OK);
    ok_str(name, url);
    CoTaskMemFree(name);
    name = NULL;
    hr = IBackgroundCopyFile_GetLocalName(file, &name);
    ok_hr(hr, S_OK);
    ok_str(name, local);
    CoTaskMemFree(name);
    IBackgroundCopyFile_Release(file);
}

/* What an error object is expected to say. */
struct expected_error
{
    struct client_job *job;
    HRESULT code;
    BG_ERROR_CONTEXT context;
    BOOL has_file;
    unsigned int checked;
};

/* B-701 */
static void check_error_object(const struct expected_error *expected, IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context = -1;
    HRESULT hr, code = S_OK;

    hr = IBackgroundCopyError_GetError(error, &context, &code);
    ok_hr(hr, S_OK);
    ok_hr(code, expected->code);
    ok_int(context, expected->context);
    check_file(expected->job, error, expected->has_file, expected->job->url, expected->job->local);
    check_texts(error, code, context);
}

static HRESULT inspect_error(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *none)
{
    struct expected_error *expected = callback->context;
    BG_JOB_STATE state = -1;
    HRESULT hr;

    expected->checked++;
    if (!ok(job && error, "job %p, error %p", job, error)) return S_OK;
    hr = IBackgroundCopyJob_GetState(job, &state);
    ok_hr(hr, S_OK);
    ok_int(state, BG_JOB_STATE_ERROR);
    check_error_object(expected, error);
    return S_OK;
}

/* B-667: the error that the job itself gives is the same. B-700: it stays valid when the job has moved on. */
static void check_own_error(const struct expected_error *expected)
{
    IBackgroundCopyJob *job = expected->job->job;
    IBackgroundCopyError *error = NULL, *none = (IBackgroundCopyError *)1;
    HRESULT hr = IBackgroundCopyJob_GetError(job, &error);

    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    check_error_object(expected, error);
    hr = IBackgroundCopyJob_Cancel(job);
    ok(SUCCEEDED(hr), "Cancel returned %#lx", hr);
    check_error_object(expected, error);
    IBackgroundCopyError_Release(error);

    hr = IBackgroundCopyJob_GetError(job, &none);
    ok_hr(hr, expected->job->fixture->service->error_unavailable); /* B-062, D-263 */
    ok(!none, "got an error object");
}

/* A request that fails for good: ERROR, one JobError with an object that tells all. */
static void check_fatal(struct fixture *fixture, const WCHAR *path, HRESULT code, BG_ERROR_CONTEXT context)
{
    BOOL has_file = fixture->service->is_do || context == BG_ERROR_CONTEXT_REMOTE_FILE; /* B-702, D-270 */
    struct expected_error expected = {NULL, code, context, has_file};
    struct client_job job;

    if (job_begin(&job, fixture, path, 1, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION))
    {
        expected.job = &job;
        job.callback->context = &expected;
        job.callback->hook[CALLBACK_ERROR] = inspect_error;
        job_resume(&job);
        if (wait_error(&job))
        {
            ok_int(client_state(job.job), BG_JOB_STATE_ERROR);
            ok(IsEqualGUID(&job.callback->job_id, &job.id), "JobError got another job");
            check_own_error(&expected);
        }
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        ok_int(expected.checked, 1);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 0);
        ok(!client_file_exists(job.local), "there is a file");
    }
    job_end(&job);
}

/* --- checks: the ends of a job ------------------------------------------------------------------ */

static void check_new_job(struct fixture *fixture)
{
    IBackgroundCopyJob *job = client_job(fixture->manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyError *error = (IBackgroundCopyError *)1;
    HRESULT hr;

    if (!job) return;
    hr = IBackgroundCopyJob_GetError(job, &error); /* B-143, D-265 */
    ok_hr(hr, fixture->service->error_unavailable);
    ok(!error, "got an error object");
    hr = IBackgroundCopyJob_Resume(job); /* B-921, D-246 */
    ok_hr(hr, fixture->service->empty);
    ok_int(client_state(job), BG_JOB_STATE_SUSPENDED);
    /* B-143: the failed call is no error of the job. */
    error = (IBackgroundCopyError *)1;
    hr = IBackgroundCopyJob_GetError(job, &error);
    ok_hr(hr, fixture->service->error_unavailable);
    ok(!error, "got an error object");
    client_drop_job(job);
}

static void check_completed_job(struct client_job *job)
{
    IBackgroundCopyJob *found = (IBackgroundCopyJob *)1;
    IBackgroundCopyError *error = NULL;
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_PROGRESS progress = {0};
    HRESULT hr;

    ok_int(client_state(job->job), BG_JOB_STATE_ACKNOWLEDGED);
    hr = IBackgroundCopyManager_GetJob(job->fixture->manager, &job->id, &found); /* B-010, D-225 */
    ok_hr(hr, job->fixture->service->not_found);
    hr = IBackgroundCopyJob_GetError(job->job, &error);
    ok_hr(hr, job->fixture->service->error_unavailable);
    hr = IBackgroundCopyJob_Complete(job->job); /* B-924, D-250 */
    ok_hr(hr, job->fixture->service->invalid_state);
    hr = IBackgroundCopyJob_SetNotifyInterface(job->job, NULL); /* B-924, D-262 */
    ok_hr(hr, job->fixture->service->invalid_state);

    hr = IBackgroundCopyJob_EnumFiles(job->job, &files); /* B-011 */
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    ok_hr(hr, S_OK);
    if (hr == S_OK)
    {
        hr = IBackgroundCopyFile_GetProgress(file, &progress); /* B-933, D-286 */
        ok_hr(hr, S_OK);
        ok_int(progress.Completed, TRUE);
        ok_int(progress.BytesTotal, FILE_SIZE);
        ok_int(progress.BytesTransferred, FILE_SIZE);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

/* B-650, B-616, B-930: 200, JobTransferred, Complete inside it. */
static void check_transferred(struct fixture *fixture)
{
    static const struct route file = {.size = FILE_SIZE, .seed = 7, .last_modified = ""};
    struct client_job job;

    server_route(fixture->server, "/file", &file);
    if (job_begin(&job, fixture, L"/file", 1, NOTIFY_DEFAULT))
    {
        job.hr[0] = E_PENDING;
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        job_resume(&job);
        if (wait_transferred(&job))
        {
            ok_hr(job.hr[0], S_OK);
            check_completed_job(&job);
            ok(pattern_check_file(job.local, FILE_SIZE, 7), "the file is damaged");
        }
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 1);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
    }
    job_end(&job);
}

/* B-660: every file is told before the job. Clients with the first callback interface only are legal
 * (B-657). */
static void check_files_first(struct fixture *fixture)
{
    struct client_job job;
    WCHAR second[MAX_PATH];
    int version;

    server_route(fixture->server, "/good", &(struct route){.size = FILE_SIZE});
    for (version = 1; version <= 2; version++)
    {
        if (job_begin(&job, fixture, L"/good", version, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED) &&
            job_add(&job, L"/good", second))
        {
            job_resume(&job);
            if (wait_transferred(&job))
            {
                ok_int(callback_count(job.callback, CALLBACK_FILE), version == 2 ? 2 : 0); /* B-653, B-658 */
                ok_int(job.callback->order[version == 2 ? 2 : 0], CALLBACK_TRANSFERRED);
                ok_int(job.callback->most_running, 1); /* B-664 */
                ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
                ok(pattern_check_file(second, FILE_SIZE, 0), "the file is damaged");
            }
        }
        job_end(&job);
    }
}

static void check_not_found(struct fixture *fixture)
{
    static const char terse[] = "HTTP/1.1 404 Not Found\r\n\r\n";
    BG_ERROR_CONTEXT context = fixture->service->is_do ? BG_ERROR_CONTEXT_NONE : BG_ERROR_CONTEXT_REMOTE_FILE;

    /* B-507, D-268. Paths without a route are not found. */
    check_fatal(fixture, L"/missing", BG_E_HTTP_ERROR_404, context);
    /* B-927: without a word more than needed */
    server_route(fixture->server, "/terse", &(struct route){.raw = terse, .raw_size = sizeof(terse) - 1});
    check_fatal(fixture, L"/terse", BG_E_HTTP_ERROR_404, context);
}

static void check_forbidden(struct fixture *fixture)
{
    server_route(fixture->server, "/forbidden", &(struct route){.status = 403, .text = "no"});
    check_fatal(fixture, L"/forbidden", BG_E_HTTP_ERROR_403, BG_ERROR_CONTEXT_REMOTE_FILE); /* B-506, D-268 */
}

/* --- checks: transient errors --------------------------------------------------------------------- */

/* B-024, B-511, B-015, B-936: JobModification shows it, JobError does not fire, GetError tells. */
static BOOL check_transient_state(struct client_job *job, HRESULT code)
{
    BG_ERROR_CONTEXT context, expected;

    if (!ok(client_wait(job->transient, SOON_MS),
            "no JobModification in TRANSIENT_ERROR; the job is %s, its error %#lx",
            client_state_name(client_state(job->job)), client_job_error(job->job, NULL)))
        return FALSE;
    ok_int(client_state(job->job), BG_JOB_STATE_TRANSIENT_ERROR);
    ok_hr(client_job_error(job->job, &context), code);
    expected = job->fixture->service->is_do ? BG_ERROR_CONTEXT_NONE : BG_ERROR_CONTEXT_REMOTE_FILE;
    ok(context == expected || broken(context == BG_ERROR_CONTEXT_GENERAL_TRANSPORT), "the context is %d", context);
    ok_int(callback_count(job->callback, CALLBACK_ERROR), 0);
    return TRUE;
}

static BOOL begin_transient(struct client_job *job, struct fixture *fixture, BOOL refused)
{
    WCHAR url[128];

    server_route(fixture->server, "/broken", &(struct route){.status = 500});
    if (refused) server_refused_url(fixture->server, L"/file", url, ARRAYSIZE(url));
    else server_url(fixture->server, L"/broken", url, ARRAYSIZE(url));
    if (!job_begin_url(job, fixture, url, 1, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION)) return FALSE;
    job->callback->hook[CALLBACK_MODIFICATION] = see_transient;
    return TRUE;
}

#define CANNOT_CONNECT HRESULT_FROM_WIN32(12029)

static void check_transient(struct fixture *fixture)
{
    struct client_job job;
    BOOL refused;

    for (refused = FALSE; refused <= TRUE; refused++)
    {
        winetest_push_context(refused ? "refused" : "500");
        if (begin_transient(&job, fixture, refused))
        {
            ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 60), S_OK);
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 3600), S_OK);
            job_resume(&job);
            check_transient_state(&job, refused ? CANNOT_CONNECT : BG_E_HTTP_ERROR_500);
            ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
            /* No call can come once the object is free. */
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            ok_int(callback_count(job.callback, CALLBACK_ERROR), 0); /* D-267 */
            ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 0);
        }
        job_end(&job);
        winetest_pop_context();
    }
}

/* No patience any more: how long it takes to be told, in ms. */
static ULONGLONG lose_patience(struct fixture *fixture)
{
    ULONGLONG start, taken = SOON_MS;
    struct client_job job;

    if (begin_transient(&job, fixture, FALSE))
    {
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 60), S_OK);
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 60), S_OK); /* B-553: equal values do retry */
        job_resume(&job);
        if (check_transient_state(&job, BG_E_HTTP_ERROR_500))
        {
            start = GetTickCount64();
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 0), S_OK);
            if (wait_error(&job))
            {
                taken = GetTickCount64() - start;
                ok_int(client_state(job.job), BG_JOB_STATE_ERROR);
                ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_500); /* B-552 */
            }
        }
    }
    job_end(&job);
    return taken;
}

/* B-928, B-035, B-668: told at once, unless the machine itself stands still. */
static void check_patience_ends(struct fixture *fixture)
{
    ULONGLONG taken = SOON_MS;
    unsigned int i;

    for (i = 0; i < 3 && taken >= 500; i++) taken = lose_patience(fixture);
    ok(taken < 500, "JobError came after %llu ms, three times", taken);
}

/* B-929, B-034, B-553: no retry at all, so what could pass becomes an error. */
static void check_no_patience(struct fixture *fixture)
{
    static const struct
    {
        const char *what;
        ULONG retry_delay, timeout;
    } tests[] = {{"timeout 0", 60, 0}, {"timeout below the delay", 600, 120}};
    struct client_job job;
    unsigned int i;

    for (i = 0; i < 2 * ARRAYSIZE(tests); i++)
    {
        BOOL refused = i & 1;

        winetest_push_context("%s, %s", tests[i / 2].what, refused ? "refused" : "500");
        if (begin_transient(&job, fixture, refused))
        {
            ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, tests[i / 2].retry_delay), S_OK);
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, tests[i / 2].timeout), S_OK);
            job_resume(&job);
            if (wait_error(&job))
            {
                ok_int(client_state(job.job), BG_JOB_STATE_ERROR);
                ok_hr(client_job_error(job.job, NULL), refused ? CANNOT_CONNECT : BG_E_HTTP_ERROR_500);
            }
        }
        job_end(&job);
        winetest_pop_context();
    }
}

/* B-550, B-031: the service tries again by itself, nobody is told of an error. */
static void check_retry(struct fixture *fixture)
{
    static const struct route good = {.size = FILE_SIZE};
    struct client_job job;

    server_route(fixture->server, "/weak", &(struct route){.status = 500, .times = 1, .then = &good});
    if (job_begin(&job, fixture, L"/weak", 1, NOTIFY_DEFAULT))
    {
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 1), S_OK); /* B-155: makes 5 s */
        job_resume(&job);
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, 90000), "no JobTransferred; the job is %s",
           client_state_name(client_state(job.job)));
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        ok(server_count(fixture->server, NULL, "/weak") >= 2, "no second request");
    }
    job_end(&job);
}

/* D-254: Delivery Optimization gives up after the time without progress. */
static void check_no_progress(struct fixture *fixture)
{
    struct client_job job;

    if (begin_transient(&job, fixture, TRUE))
    {
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 2), S_OK);
        job_resume(&job);
        if (wait_error(&job))
        {
            ok_int(client_state(job.job), BG_JOB_STATE_ERROR);
            ok_hr(client_job_error(job.job, NULL), DO_E_DOWNLOAD_NO_PROGRESS);
        }
    }
    job_end(&job);
}

/* --- checks: inside JobError ------------------------------------------------------------------------ */

/* A job of two files, the second of which has an error that names its file. */
static BOOL begin_half_bad(struct client_job *job, struct fixture *fixture, WCHAR *second)
{
    server_route(fixture->server, "/good", &(struct route){.size = FILE_SIZE, .seed = 3});
    server_route(fixture->server, "/bad", &(struct route){.status = 404});
    return job_begin(job, fixture, L"/good", 1, NOTIFY_DEFAULT) && job_add(job, L"/bad", second);
}

static void check_repair_inside(struct fixture *fixture)
{
    struct client_job job;
    WCHAR second[MAX_PATH];

    if (begin_half_bad(&job, fixture, second))
    {
        job.hr[0] = job.hr[1] = job.hr[2] = E_PENDING;
        job.callback->hook[CALLBACK_ERROR] = repair_inside;
        job_resume(&job);
        if (wait_error(&job))
        {
            ok_hr(job.hr[0], S_OK); /* GetFile */
            ok_hr(job.hr[1], S_OK); /* SetRemoteName */
            ok_hr(job.hr[2], S_OK); /* Resume */
            ok_int(job.progress.FilesTransferred, 1); /* what came before the error */
            ok_int(job.progress.FilesTotal, 2);
            ok_int(job.progress.BytesTransferred, FILE_SIZE);
        }
        if (wait_transferred(&job))
        {
            ok_hr(client_job_error(job.job, NULL), S_OK); /* B-143, C-26 */
            ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
            ok(pattern_check_file(job.local, FILE_SIZE, 3), "the first file is damaged");
            ok(pattern_check_file(second, FILE_SIZE, 3), "the second file is damaged");
        }
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
    }
    job_end(&job);
}

/* B-137, D-250, C-27: what is there is kept. */
static void check_complete_inside(struct fixture *fixture)
{
    struct client_job job;
    WCHAR second[MAX_PATH];

    if (begin_half_bad(&job, fixture, second))
    {
        job.hr[0] = E_PENDING;
        job.callback->hook[CALLBACK_ERROR] = complete_inside;
        job_resume(&job);
        if (wait_error(&job))
        {
            ok_hr(job.hr[0], fixture->service->partial);
            ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
            ok(pattern_check_file(job.local, FILE_SIZE, 3), "the first file is damaged");
            ok(!client_file_exists(second), "the second file exists");
        }
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
    }
    job_end(&job);
}

static void check_cancel_inside(struct fixture *fixture)
{
    struct client_job job;
    BOOL refuse;

    for (refuse = FALSE; refuse <= TRUE; refuse++)
    {
        if (job_begin(&job, fixture, L"/missing", 1, NOTIFY_DEFAULT))
        {
            job.hr[0] = E_PENDING;
            job.callback->hook[CALLBACK_ERROR] = refuse ? cancel_and_refuse : cancel_inside;
            job_resume(&job);
            if (wait_error(&job))
            {
                ok_hr(job.hr[0], S_OK);
                ok_int(client_state(job.job), BG_JOB_STATE_CANCELLED);
            }
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            ok_int(callback_count(job.callback, CALLBACK_ERROR), 1); /* B-663 */
        }
        job_end(&job);
    }
}

/* --- checks: repetition ------------------------------------------------------------------------------- */

/* B-662, B-663, D-271, C-25: told again until it is accepted, then no more. */
static void check_repeated(struct fixture *fixture)
{
    struct client_job job;
    DWORD interval;

    if (job_begin(&job, fixture, L"/missing", 1, NOTIFY_DEFAULT))
    {
        job.refuse = 2;
        job.callback->hook[CALLBACK_ERROR] = refuse_some;
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 5), S_OK);
        job_resume(&job);
        if (wait_error(&job) && ok(callback_wait(job.callback, CALLBACK_ERROR, 3, 2 * REPEAT_MS),
                                   "JobError came %u times", callback_count(job.callback, CALLBACK_ERROR)))
        {
            ok_int(client_state(job.job), BG_JOB_STATE_ERROR); /* B-669 */
            interval = (DWORD)(job.times[2] - job.times[1]);
            ok(!callback_wait(job.callback, CALLBACK_ERROR, 4, 2 * interval + 500), "JobError came a fourth time");
        }
    }
    job_end(&job);
}

/* B-663: what was refused is not told again when the job has left the state. */
static void check_repetition_ends(struct fixture *fixture)
{
    struct client_job job;

    server_route(fixture->server, "/changing", &(struct route){.status = 404});
    if (job_begin(&job, fixture, L"/changing", 1, NOTIFY_DEFAULT))
    {
        job.refuse = 1;
        job.callback->hook[CALLBACK_ERROR] = refuse_some;
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        job_resume(&job);
        if (wait_error(&job))
        {
            server_route(fixture->server, "/changing", &(struct route){.size = FILE_SIZE});
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK); /* B-030, D-247 */
            wait_transferred(&job);
        }
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
    }
    job_end(&job);
}

/* --- checks: registration ------------------------------------------------------------------------------- */

/* B-661: who asks late is told all the same. */
static void check_late(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/missing", 1, BG_NOTIFY_JOB_MODIFICATION))
    {
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK); /* B-153, D-275 */
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);

        /* The interface first: its flags want something else. */
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(job.callback)), S_OK);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, NOTIFY_DEFAULT), S_OK);
        wait_error(&job);
    }
    job_end(&job);

    /* The flags first: they are what a new job has (B-302, D-282). */
    if (job_begin(&job, fixture, L"/missing", 1, NOTIFY_DEFAULT))
    {
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK);
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(job.callback)), S_OK);
        wait_error(&job);
    }
    job_end(&job);
}

/* B-655: silence; B-650, B-651: only what was asked for. */
static void check_silent(struct fixture *fixture)
{
    static const ULONG flags[] = {BG_NOTIFY_DISABLE, BG_NOTIFY_DISABLE | NOTIFY_DEFAULT, BG_NOTIFY_JOB_TRANSFERRED};
    struct client_job job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(flags); i++)
    {
        winetest_push_context("flags %lu", flags[i]);
        if (job_begin(&job, fixture, L"/missing", 1, flags[i]))
        {
            job_resume(&job);
            client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
            ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        }
        job_end(&job);
        winetest_pop_context();
    }
}

/* B-670: the last one registered is the one. */
static void check_replaced(struct fixture *fixture)
{
    struct callback *second = callback_create(1);
    struct client_job job;
    IUnknown *registered = NULL;
    HRESULT hr;

    if (second && job_begin(&job, fixture, L"/missing", 1, NOTIFY_DEFAULT))
    {
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(second)), S_OK);
        ok(callback_wait_released(job.callback, SOON_MS), "the first callback was not released"); /* B-153 */
        hr = IBackgroundCopyJob_GetNotifyInterface(job.job, &registered);
        ok_hr(hr, S_OK);
        ok(registered == callback_unknown(second), "got %p, registered %p", registered, callback_unknown(second));
        if (registered) IUnknown_Release(registered);
        job_resume(&job);
        ok(callback_wait(second, CALLBACK_ERROR, 1, SOON_MS), "no JobError");
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
    }
    if (second) job_end(&job);
    callback_destroy(second);
}

/* An object that is no callback. */
static HRESULT STDMETHODCALLTYPE plain_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE plain_AddRef(IUnknown *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE plain_Release(IUnknown *iface)
{
    return 1;
}

static const IUnknownVtbl plain_vtbl = {plain_QueryInterface, plain_AddRef, plain_Release};

/* B-153, B-154 */
static void check_no_callback(struct fixture *fixture)
{
    IBackgroundCopyJob *job = client_job(fixture->manager, BG_JOB_TYPE_DOWNLOAD);
    IUnknown plain = {(IUnknownVtbl *)&plain_vtbl}, *registered = &plain;
    HRESULT hr;

    if (!job) return;
    hr = IBackgroundCopyJob_SetNotifyInterface(job, &plain);
    ok_hr(hr, E_NOINTERFACE);
    hr = IBackgroundCopyJob_GetNotifyInterface(job, &registered);
    ok_hr(hr, S_OK);
    ok(!registered, "got %p", registered);
    client_drop_job(job);
}

/* --- the parts -------------------------------------------------------------------------------- */

static void new_job(void)
{
    everywhere(check_new_job, BOTH);
}
static void transferred(void)
{
    everywhere(check_transferred, BOTH);
}
static void files_first(void)
{
    everywhere(check_files_first, BOTH);
}
static void not_found(void)
{
    everywhere(check_not_found, BOTH);
}
static void forbidden(void)
{
    everywhere(check_forbidden, BOTH);
}
static void transient(void)
{
    everywhere(check_transient, BOTH);
}
static void patience_ends(void)
{
    everywhere(check_patience_ends, BITS_ONLY);
}
static void no_patience(void)
{
    everywhere(check_no_patience, BITS_ONLY);
}
static void retry(void)
{
    everywhere(check_retry, BOTH);
}
static void no_progress(void)
{
    everywhere(check_no_progress, DO_ONLY);
}
static void repair_in_error(void)
{
    everywhere(check_repair_inside, BOTH);
}
static void complete_in_error(void)
{
    everywhere(check_complete_inside, BOTH);
}
static void cancel_in_error(void)
{
    everywhere(check_cancel_inside, BOTH);
}
static void repeated(void)
{
    everywhere(check_repeated, BOTH);
}
static void repetition_ends(void)
{
    everywhere(check_repetition_ends, BOTH);
}
static void late(void)
{
    everywhere(check_late, BOTH);
}
static void silent(void)
{
    everywhere(check_silent, BOTH);
}
static void replaced(void)
{
    everywhere(check_replaced, BOTH);
}
static void no_callback(void)
{
    everywhere(check_no_callback, BOTH);
}

START_TEST(joberror)
{
    winetest_run(new_job);
    winetest_run(transferred);
    winetest_run(files_first);
    winetest_run(not_found);
    winetest_run(forbidden);
    winetest_run(transient);
    winetest_run(patience_ends);
    winetest_run(no_patience);
    winetest_run(retry);
    winetest_run(no_progress);
    winetest_run(repair_in_error);
    winetest_run(complete_in_error);
    winetest_run(cancel_in_error);
    winetest_run(repeated);
    winetest_run(repetition_ends);
    winetest_run(late);
    winetest_run(silent);
    winetest_run(replaced);
    winetest_run(no_callback);
    client_remove_directory();
}
