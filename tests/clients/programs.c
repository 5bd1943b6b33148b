/*
 * Known programs, re-enacted: their settings, their order of calls, what they check, from their apartment.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * C5 and C6 use the other interfaces of Delivery Optimization and are tested with those; uploads (a part of C7, C11 and
 * C14) with the uploads; nothing certain is known of C16.
 */

#include "notify/fixture.h"
#include "clients/clients.h"

/* A job as a program makes it: its own name, no settings of ours. */
struct program_job
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    struct callback *callback;
    GUID id;
    WCHAR url[128];
    WCHAR local[MAX_PATH];
    HANDLE event;                         /* auto-reset: something was called */
    HRESULT inside;                       /* what the method called inside a callback returned */
    HRESULT error;                        /* seen in JobError */
    BOOL transferred, failed;
};

static BOOL program_begin(struct program_job *job, struct fixture *fixture, const CLSID *class_id, DWORD context,
                          const WCHAR *name, const WCHAR *path, BOOL with_callback)
{
    HRESULT hr;

    memset(job, 0, sizeof(*job));
    job->inside = E_PENDING;
    job->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    hr = CoCreateInstance(class_id, NULL, context, &IID_IBackgroundCopyManager, (void **)&job->manager);
    if (!ok_hr(hr, S_OK))
        return FALSE;
    server_url(fixture->server, path, job->url, ARRAYSIZE(job->url));
    client_path(job->local);
    hr = IBackgroundCopyManager_CreateJob(job->manager, name, BG_JOB_TYPE_DOWNLOAD, &job->id, &job->job);
    if (!ok_hr(hr, S_OK))
        return FALSE;
    if (with_callback && (job->callback = callback_create(1)))
        job->callback->context = job;
    return TRUE;
}

static void program_end(struct program_job *job)
{
    client_drop_job(job->job);
    callback_destroy(job->callback);
    if (job->manager)
        IBackgroundCopyManager_Release(job->manager);
    CloseHandle(job->event);
}

static void program_register(struct program_job *job, ULONG flags, BOOL flags_first)
{
    if (flags_first)
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, flags), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback)), S_OK);
    if (!flags_first)
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, flags), S_OK);
}

/* A loop over the event with a look at the state in between, as several programs have it. */
static BG_JOB_STATE program_loop(struct program_job *job, DWORD interval)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BG_JOB_STATE state;

    while ((state = client_state(job->job)) != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR &&
           state != BG_JOB_STATE_ACKNOWLEDGED && state != BG_JOB_STATE_CANCELLED && GetTickCount64() < deadline)
        client_wait(job->event, interval);
    return state;
}

/* --- hooks --------------------------------------------------------------------------------------- */

static HRESULT set_event(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                         IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;
    BG_ERROR_CONTEXT context;

    program->failed = error != NULL;
    program->transferred = !error;
    if (error)
        IBackgroundCopyError_GetError(error, &context, &program->error);
    SetEvent(program->event);
    return S_OK;
}

static HRESULT wake(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                    IBackgroundCopyFile *file)
{
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;

    IBackgroundCopyJob_GetState(job, &state);
    IBackgroundCopyJob_GetProgress(job, &progress);
    SetEvent(((struct program_job *)callback->context)->event);
    return S_OK;
}

static HRESULT complete_now(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                            IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;

    program->inside = IBackgroundCopyJob_Complete(job);
    program->transferred = TRUE;
    SetEvent(program->event);
    return program->inside == S_OK ? S_OK : program->inside;
}

/* C7: name and text of the error, in the language that the thread's locale (sic) says; then the program ends. */
static HRESULT describe_and_cancel(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                   IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;
    WCHAR *name = NULL, *text = NULL;

    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK);
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, GetThreadLocale(), &text), S_OK);
    ok(name && text && *text, "name %s, text %s", wine_dbgstr_w(name), wine_dbgstr_w(text));
    CoTaskMemFree(name);
    CoTaskMemFree(text);
    program->inside = IBackgroundCopyJob_Cancel(job);
    return set_event(callback, job, error, file);
}

/* --- C1 Chromium's component updater: polls ------------------------------------------------------ */

static void check_chromium(struct fixture *fixture)
{
    IEnumBackgroundCopyFiles *files;
    BG_FILE_PROGRESS progress;
    IBackgroundCopyFile *file;
    struct program_job job;
    unsigned int i;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    for (i = 0; i < 3; i++)
    {
        static const WCHAR *const paths[] = {L"/good", L"/none", L"/broken"};
        static const BG_JOB_STATE ends[] = {BG_JOB_STATE_TRANSFERRED, BG_JOB_STATE_ERROR, BG_JOB_STATE_TRANSIENT_ERROR};

        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"Chrome Component Updater", paths[i],
                          FALSE))
        {
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
            ok_hr(IBackgroundCopyJob_SetDescription(job.job, L"file"), S_OK);
            ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_NORMAL), S_OK);
            ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 60), S_OK);
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 86400), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            client_wait_state(job.job, ends[i], SOON_MS);
            if (i)
                ok_hr(client_job_error(job.job, NULL), i == 1 ? BG_E_HTTP_ERROR_404 : BG_E_HTTP_ERROR_503);
            else
            {
                ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
                ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
                ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
                ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
                ok(progress.Completed && progress.BytesTotal == progress.BytesTransferred, "not completed");
                IBackgroundCopyFile_Release(file);
                IEnumBackgroundCopyFiles_Release(files);
            }
        }
        program_end(&job);
    }
}

/* --- C2 Omaha ------------------------------------------------------------------------------------ */

static void omaha_set_up(struct program_job *job)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_PROXY, .Scheme = BG_AUTH_SCHEME_NEGOTIATE};
    IBackgroundCopyJobHttpOptions *options;
    IBackgroundCopyJob2 *job2;
    ULONG flags;

    ok_hr(IBackgroundCopyJob_AddFile(job->job, job->url, job->local), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, 0), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-Update: 1"), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags | BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job->job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
    job->callback->hook[CALLBACK_TRANSFERRED] = job->callback->hook[CALLBACK_ERROR] = set_event;
    job->callback->hook[CALLBACK_MODIFICATION] = wake;
    program_register(job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
}

static void check_omaha(struct fixture *fixture)
{
    struct program_job job;
    char header[32];
    BG_JOB_STATE state;

    server_route(fixture->server, "/proxied", &(struct route){.status = 407});
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"setup.exe", L"/proxied", TRUE))
    {
        omaha_set_up(&job);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok_int(program_loop(&job, 1000), BG_JOB_STATE_ERROR);
        ok(FAILED(client_job_error(job.job, NULL)), "no error");
        /* The next scheme, and on: the state has to change at once. */
        server_route(fixture->server, "/proxied", &(struct route){.size = FILE_SIZE, .seed = 3});
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        state = client_state(job.job);
        ok(state != BG_JOB_STATE_ERROR, "still in ERROR");
        ok_int(program_loop(&job, 1000), BG_JOB_STATE_TRANSFERRED);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(server_header(server_request(fixture->server, "GET", "/proxied", 0), "X-Update", header, sizeof(header)),
           "no custom header");
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
    }
    program_end(&job);

    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"setup.exe", L"/none", TRUE))
    {
        omaha_set_up(&job);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok_int(program_loop(&job, 1000), BG_JOB_STATE_ERROR);
        ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_404);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK);
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
    }
    program_end(&job);
}

/* --- C3 Mozilla ---------------------------------------------------------------------------------- */

/* Connects anew for every look. */
static HRESULT mozilla_look(const GUID *id, BG_JOB_STATE *state)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job = NULL;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    ULONG errors;
    HRESULT hr;

    *state = -1;
    if (!manager)
        return E_FAIL;
    if (SUCCEEDED(hr = IBackgroundCopyManager_GetJob(manager, id, &job)))
    {
        ok_hr(IBackgroundCopyJob_GetState(job, state), S_OK);
        ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
        ok_hr(IBackgroundCopyJob_GetErrorCount(job, &errors), S_OK);
        ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    return hr;
}

static void check_mozilla(struct fixture *fixture)
{
    IBackgroundCopyJobHttpOptions *options;
    struct program_job job;
    BG_JOB_STATE state;
    unsigned int i;

    server_route(fixture->server, "/weak", &(struct route){.status = 500});
    for (i = 0; i < 3; i++)
    {
        static const WCHAR *const paths[] = {L"/good", L"/none", L"/weak"};
        ULONGLONG deadline = GetTickCount64() + SOON_MS;

        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MozillaUpdate", paths[i], TRUE))
        {
            ok_hr(IBackgroundCopyJob_SetProxySettings(job.job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL), S_OK);
            ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 60), S_OK);
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, i == 2 ? 5 : 3600), S_OK);
            ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
            ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT), S_OK);
            IBackgroundCopyJobHttpOptions_Release(options);
            ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
            job.callback->hook[CALLBACK_TRANSFERRED] = job.callback->hook[CALLBACK_ERROR] = set_event;
            program_register(&job, NOTIFY_DEFAULT, FALSE);
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            do
                client_wait(job.event, 200);
            while (mozilla_look(&job.id, &state) == S_OK && state != BG_JOB_STATE_TRANSFERRED &&
                   state != BG_JOB_STATE_ERROR && GetTickCount64() < deadline);
            ok_int(state, i ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED);
            ok_hr(i ? IBackgroundCopyJob_Cancel(job.job) : IBackgroundCopyJob_Complete(job.job), S_OK);
            ok_hr(mozilla_look(&job.id, &state), BG_E_NOT_FOUND);
            /* Nobody unregisters: the service lets go by itself. */
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        }
        program_end(&job);
    }
}

/* --- C4 Burn ------------------------------------------------------------------------------------- */

static void check_burn(struct fixture *fixture)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_PROXY, .Scheme = BG_AUTH_SCHEME_NTLM};
    IBackgroundCopyJob2 *job2;
    struct program_job job;

    server_route(fixture->server, "/changing", &(struct route){.status = 404});
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"WixBurn", L"/changing", TRUE))
    {
        job.callback->hook[CALLBACK_TRANSFERRED] = job.callback->hook[CALLBACK_ERROR] = set_event;
        job.callback->hook[CALLBACK_MODIFICATION] = wake;
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION), S_OK);
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 120), S_OK);
        ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
        ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
        credentials.Scheme = BG_AUTH_SCHEME_NEGOTIATE;
        ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
        IBackgroundCopyJob2_Release(job2);
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(job.callback)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        /* It knows of an error by JobError only. */
        ok(callback_wait(job.callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError: Burn would wait for ever");
        ok_hr(job.error, BG_E_HTTP_ERROR_404);
        server_route(fixture->server, "/changing", &(struct route){.size = FILE_SIZE, .seed = 3});
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
}

/* --- C7, C8: samples that download with a message loop ------------------------------------------- */

static void sample(struct fixture *fixture, const WCHAR *path, ULONG flags)
{
    IBackgroundCopyJobHttpOptions *options;
    struct program_job job;
    BOOL good = !wcscmp(path, L"/good");

    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJobName", path, TRUE))
    {
        IBackgroundCopyManager_Release(job.manager);
        job.manager = NULL;
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_now;
        job.callback->hook[CALLBACK_ERROR] = describe_and_cancel;
        program_register(&job, flags, FALSE);
        if (flags & BG_NOTIFY_FILE_TRANSFERRED)
        {
            ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
            ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"Accept-Encoding: gzip, deflate\r\n"), S_OK);
            IBackgroundCopyJobHttpOptions_Release(options);
        }
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(client_wait(job.event, SOON_MS), "the message loop does not end");
        ok_hr(job.inside, S_OK);
        ok(good ? job.transferred : job.failed, "not told");
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        ok(!good || pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
}

static void check_sample_downloads(struct fixture *fixture)
{
    sample(fixture, L"/good", NOTIFY_DEFAULT);
    sample(fixture, L"/none", NOTIFY_DEFAULT);
}

static void check_sample_httpheader(struct fixture *fixture)
{
    sample(fixture, L"/good", NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED);
}

/* --- C9: peer cache administration --------------------------------------------------------------- */

static void check_sample_peercaching(struct fixture *fixture)
{
    IBitsPeerCacheAdministration *peers = NULL;
    IEnumBitsPeers *list = NULL;
    ULONG count = 1;
    HRESULT hr;

    hr = IBackgroundCopyManager_QueryInterface(fixture->manager, &IID_IBitsPeerCacheAdministration, (void **)&peers);
    if (!ok_hr(hr, S_OK))
        return;
    hr = IBitsPeerCacheAdministration_EnumPeers(peers, &list);
    ok(SUCCEEDED(hr) && list, "EnumPeers returned %#lx", hr);
    if (list)
    {
        ok_hr(IEnumBitsPeers_GetCount(list, &count), S_OK);
        ok_int(count, 0);
        IEnumBitsPeers_Release(list);
    }
    IBitsPeerCacheAdministration_Release(peers);
    sample(fixture, L"/good", NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED);
}

/* --- C10 bits_ie: modifications only, a timer, another process that goes on ---------------------- */

/* "clients.exe resumejob ID EVENT" */
BOOL programs_child(int argc, char **argv)
{
    struct program_job job = {0};
    GUID id;

    if (argc < 4 || strcmp(argv[1], "resumejob"))
        return FALSE;
    if (!client_start(COINIT_APARTMENTTHREADED) || !guid_from_text(argv[2], &id) ||
        !(job.manager = client_manager(&CLSID_BackgroundCopyManager)) || !(job.callback = callback_create(1)))
        return TRUE;
    ok_hr(IBackgroundCopyManager_GetJob(job.manager, &id, &job.job), S_OK);
    if (!job.job)
        return TRUE;
    job.callback->context = &job;
    job.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    job.callback->hook[CALLBACK_MODIFICATION] = wake;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(job.callback)), S_OK);
    SetEvent(CreateEventA(NULL, TRUE, FALSE, argv[3]));
    ok_int(program_loop(&job, 1000), BG_JOB_STATE_TRANSFERRED);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    return TRUE;                          /* without Release of anything */
}

static void check_sample_bits_ie(struct fixture *fixture)
{
    struct program_job job;
    HANDLE registered, child;
    char name[64], id[40];

    server_route(fixture->server, "/held", &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_STALL_HEAD});
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"http://127.0.0.1/held", L"/held",
                      TRUE))
    {
        job.callback->hook[CALLBACK_MODIFICATION] = wake;
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        program_register(&job, BG_NOTIFY_JOB_MODIFICATION, TRUE);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(callback_wait(job.callback, CALLBACK_MODIFICATION, 1, SOON_MS), "no JobModification");
        registered = shared_event(name);
        child = winetest_spawn("resumejob %s %s", guid_text(&job.id, id), name);
        ok(client_wait(registered, SOON_MS), "the other process has not registered");
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        server_release(fixture->server, "/held");
        winetest_wait_child(child, 2 * SOON_MS);
        ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        CloseHandle(registered);
    }
    program_end(&job);
}

/* --- C11: registers after Resume, waits for its object ------------------------------------------- */

static void check_sample_upload(struct fixture *fixture)
{
    struct program_job job;
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"sample", i ? L"/none" : L"/good",
                          TRUE))
        {
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 60), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            client_wait_state(job.job, i ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED, SOON_MS);
            job.callback->hook[CALLBACK_TRANSFERRED] = complete_now;
            job.callback->hook[CALLBACK_ERROR] = describe_and_cancel;
            job.callback->hook[CALLBACK_MODIFICATION] = wake;
            program_register(&job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released: the sample waits for ever");
            ok_hr(job.inside, S_OK);
        }
        program_end(&job);
    }
}

/* --- C12: several files, polls ------------------------------------------------------------------- */

static void check_sample_properties(struct fixture *fixture)
{
    BITS_FILE_PROPERTY_VALUE value;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile5 *file5;
    IBackgroundCopyFile *file;
    struct program_job job;
    WCHAR local[MAX_PATH];
    unsigned int i;

    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"MyJob", L"/good", FALSE))
    {
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        for (i = 0; i < 2; i++)
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
        ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
        for (i = 0; i < 3 && IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK; i++)
        {
            value.String = NULL;
            ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&file5), S_OK);
            ok_hr(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
            ok(value.String && *value.String, "no headers");
            CoTaskMemFree(value.String);
            IBackgroundCopyFile5_Release(file5);
            IBackgroundCopyFile_Release(file);
        }
        ok_int(i, 3);
        IEnumBackgroundCopyFiles_Release(files);
    }
    program_end(&job);
}

/* --- C13 pywin32's test: repairs the file in JobError -------------------------------------------- */

static HRESULT repair(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                      IBackgroundCopyFile *none)
{
    struct program_job *program = callback->context;
    IBackgroundCopyFile2 *file2;
    IBackgroundCopyFile *file = NULL;
    WCHAR *remote = NULL, *slash;

    ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    if (!file)
        return S_OK;
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &remote), S_OK);
    ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2), S_OK);
    if (remote && (slash = wcsrchr(remote, '/')))
    {
        wcscpy(slash, L"/good");          /* shorter than what was there, or as long */
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, remote), S_OK);
    }
    CoTaskMemFree(remote);
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    program->inside = IBackgroundCopyJob_Resume(job);
    return S_OK;
}

static void check_pywin32(struct fixture *fixture)
{
    struct program_job job;
    WCHAR second[MAX_PATH];

    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"bits-pywin32-test", L"/good", TRUE))
    {
        job.callback->hook[CALLBACK_ERROR] = repair;
        job.callback->hook[CALLBACK_MODIFICATION] = wake;
        program_register(&job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        wcscpy(wcsrchr(job.url, '/'), L"/none");
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, client_path(second)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(job.inside, S_OK);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(second, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
}

/* --- C14 DFIR-ORC: callback and command line ----------------------------------------------------- */

static void check_orc(struct fixture *fixture)
{
    WCHAR interpreter[MAX_PATH], mark[MAX_PATH], parameters[2 * MAX_PATH];
    IBackgroundCopyJob2 *job2;
    struct program_job job;

    client_path(mark);
    GetEnvironmentVariableW(L"ComSpec", interpreter, ARRAYSIZE(interpreter));
    _snwprintf(parameters, ARRAYSIZE(parameters), L"\"cmd\" /E:OFF /D /C echo run>%s", mark);
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager2_5, CLSCTX_ALL, L"ORC", L"/good", TRUE))
    {
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_now;
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, job.local), S_OK);
        program_register(&job, NOTIFY_DEFAULT, FALSE);
        ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, interpreter, parameters), S_OK);
        IBackgroundCopyJob2_Release(job2);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(job.inside, S_OK);
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        client_pause(1000);
        ok(!client_file_exists(mark), "the command line was run although the callback had completed the job");
    }
    program_end(&job);
}

/* --- C15 .NET wrappers, C17, C18: casts and classes ---------------------------------------------- */

static void check_wrappers(struct fixture *fixture)
{
    static const IID *const interfaces[] =
    {
        &IID_IBackgroundCopyJob, &IID_IBackgroundCopyJob2, &IID_IBackgroundCopyJob3, &IID_IBackgroundCopyJob4,
    };
    static const CLSID *const classes[] =
    {
        &CLSID_BackgroundCopyManager, &CLSID_BackgroundCopyManager4_0, &CLSID_BackgroundCopyManager10_3,
    };
    IBackgroundCopyCallback *callback = NULL;
    IUnknown *registered = NULL, *unknown;
    struct program_job job;
    unsigned int i, j;
    BG_FILE_INFO file;

    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        if (program_begin(&job, fixture, classes[i], CLSCTX_ALL, L"wrapper", L"/good", TRUE))
        {
            for (j = 0; j < ARRAYSIZE(interfaces); j++)
            {
                ok_hr(IBackgroundCopyJob_QueryInterface(job.job, interfaces[j], (void **)&unknown), S_OK);
                IUnknown_Release(unknown);
            }
            file.RemoteName = job.url;
            file.LocalName = job.local;
            ok_hr(IBackgroundCopyJob_AddFileSet(job.job, 1, &file), S_OK);
            program_register(&job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
            ok_hr(IBackgroundCopyJob_GetNotifyInterface(job.job, &registered), S_OK);
            if (registered)
            {
                ok_hr(IUnknown_QueryInterface(registered, &IID_IBackgroundCopyCallback, (void **)&callback), S_OK);
                ok((IUnknown *)callback == callback_unknown(job.callback), "another object came back");
                IBackgroundCopyCallback_Release(callback);
                IUnknown_Release(registered);
            }
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
            ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        }
        program_end(&job);
    }
}

/* --- the parts ----------------------------------------------------------------------------------- */

static void c01_chromium(void)           { everywhere(check_chromium, BITS_ONLY | MTA); }
static void c02_omaha(void)              { everywhere(check_omaha, BITS_ONLY | MTA | STA); }
static void c03_mozilla(void)            { everywhere(check_mozilla, BITS_ONLY | MTA); }
static void c04_burn(void)               { everywhere(check_burn, BITS_ONLY | MTA | STA); }
static void c07_sample_downloads(void)   { everywhere(check_sample_downloads, BITS_ONLY | STA); }
static void c08_sample_httpheader(void)  { everywhere(check_sample_httpheader, BITS_ONLY | STA); }
static void c09_sample_peercaching(void) { everywhere(check_sample_peercaching, BITS_ONLY | STA); }
static void c10_sample_bits_ie(void)     { everywhere(check_sample_bits_ie, BITS_ONLY | STA); }
static void c11_sample_upload(void)      { everywhere(check_sample_upload, BITS_ONLY | MTA); }
static void c12_sample_properties(void)  { everywhere(check_sample_properties, BITS_ONLY | STA); }
static void c13_pywin32(void)            { everywhere(check_pywin32, BITS_ONLY | STA | MTA); }
static void c14_dfir_orc(void)           { everywhere(check_orc, BITS_ONLY | MTA); }
static void c15_c17_c18_wrappers(void)   { everywhere(check_wrappers, BITS_ONLY | STA); }

void test_programs(void)
{
    winetest_run(c01_chromium);
    winetest_run(c02_omaha);
    winetest_run(c03_mozilla);
    winetest_run(c04_burn);
    winetest_run(c07_sample_downloads);
    winetest_run(c08_sample_httpheader);
    winetest_run(c09_sample_peercaching);
    winetest_run(c10_sample_bits_ie);
    winetest_run(c11_sample_upload);
    winetest_run(c12_sample_properties);
    winetest_run(c13_pywin32);
    winetest_run(c14_dfir_orc);
    winetest_run(c15_c17_c18_wrappers);
}
