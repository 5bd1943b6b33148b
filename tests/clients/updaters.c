/*
 * Updaters of browsers and installers, re-enacted: C1 to C4.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clients/program.h"
#include "clients/clients.h"

#define CHROMIUM_NAME L"Chrome Component Updater"

/* --- C1 Chromium's component updater: polls ------------------------------------------------------ */

static BOOL chromium_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path)
{
    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, CHROMIUM_NAME, path, FALSE))
        return FALSE;
    program_add_file(job);
    ok_hr(IBackgroundCopyJob_SetDescription(job->job, L"file"), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_NORMAL), S_OK);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, 60), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, 86400), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    return TRUE;
}

/* Completes, and aborts itself if the files are not complete then. */
static void chromium_complete(IBackgroundCopyJob *job)
{
    BG_FILE_PROGRESS progress = {0};
    IBackgroundCopyFile *file;
    WCHAR *local = NULL;

    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    if (!(file = program_first_file(job))) return;
    ok_hr(IBackgroundCopyFile_GetLocalName(file, &local), S_OK);
    ok(local && client_file_exists(local), "%s is not there", wine_dbgstr_w(local));
    ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    ok(progress.Completed && progress.BytesTotal == progress.BytesTransferred, "not completed");
    CoTaskMemFree(local);
    IBackgroundCopyFile_Release(file);
}

/* Once a day: jobs of its name that were made more than three days ago are cancelled. Ours are not among
 * them. */
static void chromium_clean_up(IBackgroundCopyManager *manager)
{
    IBackgroundCopyJob *job = program_find(manager, CHROMIUM_NAME, NULL);
    ULARGE_INTEGER created, now;
    BG_JOB_TIMES times;
    FILETIME time;

    if (!ok(job != NULL, "no job of that name")) return;
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    GetSystemTimeAsFileTime(&time);
    now.u.LowPart = time.dwLowDateTime;
    now.u.HighPart = time.dwHighDateTime;
    created.u.LowPart = times.CreationTime.dwLowDateTime;
    created.u.HighPart = times.CreationTime.dwHighDateTime;
    ok(created.QuadPart <= now.QuadPart && now.QuadPart - created.QuadPart < 3600 * (ULONGLONG)10000000,
       "the job is %lu s old", (ULONG)((now.QuadPart - created.QuadPart) / 10000000));
    IBackgroundCopyJob_Release(job);
}

static void again_chromium(struct again *again)
{
    struct program_job job = {0};

    chromium_clean_up(again->manager);
    if (!ok((job.job = program_find(again->manager, CHROMIUM_NAME, again->url)) != NULL, "the job is not found"))
        return;
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    SetEvent(again->found);
    ok_int(program_loop(&job, 100), BG_JOB_STATE_TRANSFERRED);
    chromium_complete(job.job);
    IBackgroundCopyJob_Release(job.job);
}

static void check_chromium(struct fixture *fixture)
{
    static const struct
    {
        const WCHAR *path;
        BG_JOB_STATE end;
        HRESULT error;
    } cases[] = {
        {L"/good", BG_JOB_STATE_TRANSFERRED, S_OK},
        {L"/none", BG_JOB_STATE_ERROR, BG_E_HTTP_ERROR_404},
        {L"/broken", BG_JOB_STATE_TRANSIENT_ERROR, BG_E_HTTP_ERROR_503}, /* final for Chromium: it cancels */
    };
    struct program_job job;
    unsigned int i;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%ls", cases[i].path);
        if (chromium_begin(&job, fixture, cases[i].path))
        {
            client_wait_state(job.job, cases[i].end, SOON_MS);
            ok_hr(client_job_error(job.job, NULL), cases[i].error);
            if (i)
            {
                ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
                ok(!program_find(job.manager, CHROMIUM_NAME, job.url), "a cancelled job is enumerated");
            }
            else chromium_complete(job.job);
        }
        program_end(&job);
        winetest_pop_context();
    }
}

/* A new process finds the job by its name and URL, and resumes it; first it is in TRANSIENT_ERROR. */
static void check_chromium_again(struct fixture *fixture)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        server_route(fixture->server, "/held", &(struct route){.status = 500});
        if (chromium_begin(&job, fixture, L"/held"))
        {
            client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
            ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_500);
            program_hold(fixture);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            program_check_again(&job, fixture, "chromium", kill);
        }
        program_end(&job);
    }
}

/* --- C2 Omaha ------------------------------------------------------------------------------------ */

/* At every start of a download, for a job that was found as well. */
static void omaha_set_up(struct program_job *job, BOOL proxy)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_PROXY, .Scheme = BG_AUTH_SCHEME_NEGOTIATE};
    IBackgroundCopyJobHttpOptions *options;
    IBackgroundCopyJob2 *job2;
    ULONG flags = 0;

    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, 60), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, 0), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-Update: 1"), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags | BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job->job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL), S_OK);
    if (proxy)
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
        IBackgroundCopyJob2_Release(job2);
    }
    job->callback->hook[CALLBACK_TRANSFERRED] = job->callback->hook[CALLBACK_ERROR] = program_told;
    job->callback->hook[CALLBACK_MODIFICATION] = program_look;
    program_register(job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
}

/* A job that is QUEUED after it was TRANSFERRING means to Omaha that the user has logged off: it gives up. */
static BG_JOB_STATE omaha_loop(struct program_job *job)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BG_JOB_STATE state, last = BG_JOB_STATE_QUEUED;
    IBackgroundCopyFile *file;

    while ((state = client_state(job->job)) != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR &&
           GetTickCount64() < deadline)
    {
        ok(last != BG_JOB_STATE_TRANSFERRING || state != BG_JOB_STATE_QUEUED, "QUEUED after TRANSFERRING");
        last = state;
        if ((file = program_first_file(job->job))) IBackgroundCopyFile_Release(file);
        client_wait(job->event, 1000);
    }
    return state;
}

static BOOL omaha_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path)
{
    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"setup.exe", path, TRUE)) return FALSE;
    /* It leaks the manager where this module is not there. */
    ok(GetModuleHandleW(L"qmgrprxy.dll") != NULL, "the proxies have another name");
    program_add_file(job);
    ok_hr(IBackgroundCopyJob_SetDescription(job->job, L"the application"), S_OK);
    omaha_set_up(job, TRUE);
    return TRUE;
}

static void omaha_complete(struct program_job *job)
{
    BG_JOB_PROGRESS progress;

    ok_hr(IBackgroundCopyJob_GetProgress(job->job, &progress), S_OK);
    ok_int(progress.FilesTotal, 1);
    ok_hr(IBackgroundCopyJob_Complete(job->job), S_OK);
}

static void again_omaha(struct again *again)
{
    struct program_job job = {0};

    job.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!ok((job.job = program_find(again->manager, L"setup.exe", again->url)) != NULL, "the job is not found") ||
        !(job.callback = callback_create(1)))
        return;
    job.callback->context = &job;
    omaha_set_up(&job, FALSE);
    SetEvent(again->found);
    ok_int(omaha_loop(&job), BG_JOB_STATE_TRANSFERRED);
    omaha_complete(&job);
    program_end(&job);
}

/* No patience with the proxy, or with the server: ERROR at once, then the next attempt in the same job. */
static void check_omaha_errors(struct fixture *fixture)
{
    static const unsigned int statuses[] = {407, 503};
    struct program_job job;
    BG_JOB_STATE state;
    char header[32];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(statuses); i++)
    {
        winetest_push_context("%u", statuses[i]);
        server_route(fixture->server, "/proxied", &(struct route){.status = statuses[i]});
        if (omaha_begin(&job, fixture, L"/proxied"))
        {
            ok_int(omaha_loop(&job), BG_JOB_STATE_ERROR);
            ok(FAILED(client_job_error(job.job, NULL)), "no error");
            ok(!job.transient, "there was a TRANSIENT_ERROR");
            server_route(fixture->server, "/proxied", &(struct route){.size = FILE_SIZE, .seed = 3});
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            state = client_state(job.job);
            ok(state != BG_JOB_STATE_ERROR, "still in ERROR");
            ok_int(omaha_loop(&job), BG_JOB_STATE_TRANSFERRED);
            omaha_complete(&job);
            ok(server_header(server_request(fixture->server, "GET", "/proxied", 0), "X-Update", header, sizeof(header)),
               "no custom header");
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        }
        program_end(&job);
        winetest_pop_context();
    }
}

static void check_omaha(struct fixture *fixture)
{
    struct program_job job;

    if (omaha_begin(&job, fixture, L"/good"))
    {
        ok_int(omaha_loop(&job), BG_JOB_STATE_TRANSFERRED);
        omaha_complete(&job);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
    if (omaha_begin(&job, fixture, L"/none"))
    {
        ok_int(omaha_loop(&job), BG_JOB_STATE_ERROR);
        ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_404);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK); /* B-673 */
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
    }
    program_end(&job);
    check_omaha_errors(fixture);
}

static void check_omaha_again(struct fixture *fixture)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        program_hold(fixture);
        if (omaha_begin(&job, fixture, L"/held")) program_check_again(&job, fixture, "omaha", kill);
        program_end(&job);
    }
}

/* --- C3 Mozilla ---------------------------------------------------------------------------------- */

#define MOZILLA_NAME L"MozillaUpdate"

/* Connects anew for every operation. */
static HRESULT mozilla_job(const GUID *id, IBackgroundCopyJob **job)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    HRESULT hr = E_FAIL;

    *job = NULL;
    if (!manager) return E_FAIL;
    hr = IBackgroundCopyManager_GetJob(manager, id, job);
    IBackgroundCopyManager_Release(manager);
    return hr;
}

/* Code, context and texts of an error, which may be there no more. */
static void mozilla_look_at_error(IBackgroundCopyJob *job)
{
    LANGID language = LANGIDFROMLCID(GetThreadLocale());
    IBackgroundCopyError *error = NULL;
    BG_ERROR_CONTEXT context;
    WCHAR *text = NULL;
    HRESULT code = S_OK;

    if (IBackgroundCopyJob_GetError(job, &error) != S_OK) return;
    ok_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK);
    ok(FAILED(code), "the error is %#lx", code);
    ok_hr(IBackgroundCopyError_GetErrorContextDescription(error, language, &text), S_OK);
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, language, &text), S_OK);
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
}

static HRESULT mozilla_look(const GUID *id, BG_JOB_STATE *state)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyFile *file;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    ULONG errors;
    WCHAR *name;
    HRESULT hr = mozilla_job(id, &job);

    *state = -1;
    if (FAILED(hr)) return hr;
    ok_hr(IBackgroundCopyJob_GetState(job, state), S_OK);
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_hr(IBackgroundCopyJob_GetErrorCount(job, &errors), S_OK);
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    if (*state == BG_JOB_STATE_ERROR || *state == BG_JOB_STATE_TRANSIENT_ERROR) mozilla_look_at_error(job);
    if ((file = program_first_file(job)))
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
        CoTaskMemFree(name);
        IBackgroundCopyFile_Release(file);
    }
    IBackgroundCopyJob_Release(job);
    return hr;
}

static BG_JOB_STATE mozilla_wait(const GUID *id, HANDLE event, BG_JOB_STATE also)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BG_JOB_STATE state;

    do client_wait(event, 200);
    while (mozilla_look(id, &state) == S_OK && state != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR &&
           state != also && GetTickCount64() < deadline);
    return state;
}

static BOOL mozilla_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path, ULONG timeout)
{
    IBackgroundCopyJobHttpOptions *options;

    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, MOZILLA_NAME, path, TRUE))
        return FALSE;
    ok_hr(IBackgroundCopyJob_SetProxySettings(job->job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, 60), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, timeout), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, L"X-Update: 1"), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    job->callback->hook[CALLBACK_TRANSFERRED] = job->callback->hook[CALLBACK_ERROR] = program_told;
    program_register(job, NOTIFY_DEFAULT, FALSE);
    program_add_file(job);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    return TRUE;
}

static void again_mozilla(struct again *again)
{
    IBackgroundCopyJob *job;
    WCHAR *name = NULL;

    if (!ok_hr(mozilla_job(&again->id, &job), S_OK)) return;
    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &name), S_OK);
    ok_str(name, MOZILLA_NAME);
    CoTaskMemFree(name);
    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 5), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    SetEvent(again->found);
    ok_int(mozilla_wait(&again->id, NULL, -1), BG_JOB_STATE_TRANSFERRED);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static void check_mozilla(struct fixture *fixture)
{
    static const struct
    {
        const WCHAR *path;
        ULONG timeout;
        BG_JOB_STATE end;
    } cases[] = {
        {L"/good", 3600, BG_JOB_STATE_TRANSFERRED},
        {L"/none", 3600, BG_JOB_STATE_ERROR},
        {L"/weak", 5, BG_JOB_STATE_ERROR},
        {L"/weak", 3600, BG_JOB_STATE_TRANSIENT_ERROR},
    };
    struct program_job job;
    BG_JOB_STATE state;
    unsigned int i;

    server_route(fixture->server, "/weak", &(struct route){.status = 500});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("case %u", i);
        if (mozilla_begin(&job, fixture, cases[i].path, cases[i].timeout))
        {
            ok_int(mozilla_wait(&job.id, job.event, cases[i].end), cases[i].end);
            if (cases[i].end == BG_JOB_STATE_TRANSIENT_ERROR)
            {
                /* Now the user watches. */
                ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 5), S_OK);
                ok_int(mozilla_wait(&job.id, job.event, -1), BG_JOB_STATE_ERROR);
            }
            ok_hr(i ? IBackgroundCopyJob_Cancel(job.job) : IBackgroundCopyJob_Complete(job.job), S_OK);
            ok_hr(mozilla_look(&job.id, &state), BG_E_NOT_FOUND);
            /* Nobody unregisters: the service lets go by itself. */
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        }
        program_end(&job);
        winetest_pop_context();
    }
}

static void check_mozilla_again(struct fixture *fixture)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        program_hold(fixture);
        if (mozilla_begin(&job, fixture, L"/held", 3600)) program_check_again(&job, fixture, "mozilla", kill);
        program_end(&job);
    }
}

/* --- C4 Burn ------------------------------------------------------------------------------------- */

static BOOL burn_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_PROXY, .Scheme = BG_AUTH_SCHEME_NTLM};
    IBackgroundCopyJob2 *job2;

    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_ALL, L"WixBurn", path, TRUE)) return FALSE;
    job->callback->hook[CALLBACK_TRANSFERRED] = job->callback->hook[CALLBACK_ERROR] = program_told;
    job->callback->hook[CALLBACK_MODIFICATION] = program_look;
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, 120), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    credentials.Scheme = BG_AUTH_SCHEME_NEGOTIATE;
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
    program_add_file(job);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback)), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    return TRUE;
}

/* The default delay of ten minutes is longer than its patience, so that a transient error is the end at once
 * (B-553). It knows of errors by JobError only; its user may try again in the same job. Nothing of it
 * outlives a restart. */
static void check_burn(struct fixture *fixture)
{
    static const struct
    {
        unsigned int status;
        HRESULT error;
    } cases[] = {
        {404, BG_E_HTTP_ERROR_404},
        {503, BG_E_HTTP_ERROR_503},
    };
    struct program_job job;
    unsigned int i;

    if (burn_begin(&job, fixture, L"/good"))
    {
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%u", cases[i].status);
        server_route(fixture->server, "/changing", &(struct route){.status = cases[i].status});
        if (burn_begin(&job, fixture, L"/changing"))
        {
            ok(callback_wait(job.callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError: Burn would wait for ever");
            ok_hr(job.error, cases[i].error);
            if (i)
            {
                ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK);
                ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
                ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            }
            else
            {
                server_route(fixture->server, "/changing", &(struct route){.size = FILE_SIZE, .seed = 3});
                ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
                ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
                ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
                ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
            }
        }
        program_end(&job);
        winetest_pop_context();
    }
}

/* --- the parts ----------------------------------------------------------------------------------- */

const struct again_program updaters_again[] = {
    {"chromium", COINIT_MULTITHREADED, &CLSID_BackgroundCopyManager, again_chromium},
    {"omaha", COINIT_MULTITHREADED, &CLSID_BackgroundCopyManager, again_omaha},
    {"mozilla", COINIT_MULTITHREADED, &CLSID_BackgroundCopyManager, again_mozilla},
    {NULL}};

static void c01_chromium(void)
{
    everywhere(check_chromium, BITS_ONLY | MTA);
    everywhere(check_chromium_again, BITS_ONLY | MTA);
}

static void c02_omaha(void)
{
    everywhere(check_omaha, BITS_ONLY | MTA | STA);
    everywhere(check_omaha_again, BITS_ONLY | MTA);
}

static void c03_mozilla(void)
{
    everywhere(check_mozilla, BITS_ONLY | MTA);
    everywhere(check_mozilla_again, BITS_ONLY | MTA);
}

static void c04_burn(void)
{
    everywhere(check_burn, BITS_ONLY | MTA | STA);
}

void test_updaters(void)
{
    winetest_run(c01_chromium);
    winetest_run(c02_omaha);
    winetest_run(c03_mozilla);
    winetest_run(c04_burn);
}
