/*
 * Programs of scripts and tools, re-enacted: C13 to C18.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clients/program.h"
#include "clients/clients.h"
#include <wincrypt.h>

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* --- C13 pywin32: its test repairs the file in JobError ------------------------------------------- */

static HRESULT repair(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                      IBackgroundCopyFile *none)
{
    struct program_job *program = callback->context;
    WCHAR *remote = NULL, *local = NULL, *text = NULL, *slash;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile2 *file2;
    BG_ERROR_CONTEXT context;

    ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    if (!file) return S_OK;
    ok_hr(IBackgroundCopyError_GetError(error, &context, &program->error), S_OK);
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, LANGIDFROMLCID(GetThreadLocale()), &text), S_OK);
    ok_hr(IBackgroundCopyFile_GetLocalName(file, &local), S_OK);
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &remote), S_OK);
    ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2), S_OK);
    if (remote && (slash = wcsrchr(remote, '/')))
    {
        wcscpy(slash, L"/good"); /* as long as what was there */
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, remote), S_OK);
    }
    CoTaskMemFree(text);
    CoTaskMemFree(local);
    CoTaskMemFree(remote);
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    program->inside = IBackgroundCopyJob_Resume(job);
    return S_OK;
}

static BOOL pywin32_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path)
{
    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"bits-pywin32-test", path,
                       TRUE))
        return FALSE;
    job->callback->hook[CALLBACK_TRANSFERRED] = program_complete;
    job->callback->hook[CALLBACK_ERROR] = repair;
    job->callback->hook[CALLBACK_MODIFICATION] = program_look;
    program_register(job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
    return program_add_file(job);
}

/* All that is good at once; what is not found is repaired. */
static void check_pywin32(struct fixture *fixture)
{
    struct program_job job;
    WCHAR second[MAX_PATH];
    BOOL broken;

    for (broken = FALSE; broken <= TRUE; broken++)
    {
        if (pywin32_begin(&job, fixture, L"/good"))
        {
            wcscpy(wcsrchr(job.url, '/'), broken ? L"/none" : L"/good");
            ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, client_path(second)), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
            ok_hr(job.inside, S_OK);
            ok_int(callback_count(job.callback, CALLBACK_ERROR), broken);
            ok_hr(job.error, broken ? BG_E_HTTP_ERROR_404 : S_OK);
            ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
            ok(pattern_check_file(second, FILE_SIZE, 3), "the file is damaged");
        }
        program_end(&job);
    }
}

/* show_all_jobs.py: everything about every job there is. */
static void show_all_jobs(IBackgroundCopyManager *manager)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IEnumBackgroundCopyFiles *files;
    BG_FILE_PROGRESS file_progress;
    BG_JOB_PROGRESS progress;
    IBackgroundCopyFile *file;
    IBackgroundCopyJob *job;
    BG_JOB_TIMES times;
    BG_JOB_STATE state;
    BG_JOB_TYPE type;
    WCHAR *text;
    ULONG count;
    GUID id;

    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, &jobs)))
        ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
        CoTaskMemFree(text);
        ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
        ok_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
        ok_hr(IBackgroundCopyJob_GetType(job, &type), S_OK);
        ok_hr(IBackgroundCopyJob_GetOwner(job, &text), S_OK);
        CoTaskMemFree(text);
        ok_hr(IBackgroundCopyJob_GetErrorCount(job, &count), S_OK);
        ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
        ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
        ok_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
        while (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
        {
            ok_hr(IBackgroundCopyFile_GetProgress(file, &file_progress), S_OK);
            IBackgroundCopyFile_Release(file);
        }
        IEnumBackgroundCopyFiles_Release(files);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

/* What cannot be connected shows in JobModification only. */
static void check_pywin32_transient(struct fixture *fixture)
{
    struct program_job job;

    if (pywin32_begin(&job, fixture, L"/good"))
    {
        server_refused_url(fixture->server, L"/good", job.url, ARRAYSIZE(job.url));
        ok_hr(IBackgroundCopyJob_AddFile(job.job, job.url, client_path(job.local)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        client_pause(700);
        ok(job.transient, "JobModification has not seen the error");
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        show_all_jobs(job.manager);
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
    }
    program_end(&job);
}

/* --- C14 DFIR-ORC: callback and command line ----------------------------------------------------- */

/* No ranges at the server: a foreground job does not need them. */
static HRESULT orc_error(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                         IBackgroundCopyFile *none)
{
    struct program_job *program = callback->context;
    IBackgroundCopyFile *file = NULL;
    BG_FILE_PROGRESS progress = {0};
    BG_ERROR_CONTEXT context;
    WCHAR *text = NULL;

    ok_hr(IBackgroundCopyError_GetError(error, &context, &program->error), S_OK);
    if (program->error != BG_E_INSUFFICIENT_RANGE_SUPPORT)
    {
        ok_hr(IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text), S_OK);
        CoTaskMemFree(text);
        SetEvent(program->event);
        return S_OK;
    }
    ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
    IBackgroundCopyFile_Release(file);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    program->inside = IBackgroundCopyJob_Resume(job);
    SetEvent(program->event);
    return S_OK;
}

/* Its command lines complete the job, and then do more: here they make a file whose name ends in ".done". */
static void orc_command(struct program_job *job, BOOL upload)
{
    WCHAR id[40], parameters[2 * MAX_PATH];

    StringFromGUID2(&job->id, id, ARRAYSIZE(id));
    if (upload)
        _snwprintf(parameters, ARRAYSIZE(parameters),
                   L"\"cmd\" /E:OFF /D /C bitsadmin /COMPLETE %s && echo done>%s.done", id, job->local);
    else
        _snwprintf(parameters, ARRAYSIZE(parameters), L"/C (bitsadmin /COMPLETE %s && echo done>%s.done) & del %s.none",
                   id, job->local, job->local);
    program_set_command(job, parameters);
}

static void orc_register(struct program_job *job)
{
    job->callback->hook[CALLBACK_TRANSFERRED] = program_complete;
    job->callback->hook[CALLBACK_ERROR] = orc_error;
    program_register(job, NOTIFY_DEFAULT, FALSE);
}

static BOOL orc_was_run(const struct program_job *job, DWORD timeout)
{
    WCHAR done[MAX_PATH + 8];

    _snwprintf(done, ARRAYSIZE(done), L"%s.done", job->local);
    return program_wait_file(done, timeout);
}

/* With the callback there, the command line is not run. */
static void check_orc(struct fixture *fixture)
{
    static const struct
    {
        unsigned int flags, status;
        HRESULT error;
    } cases[] = {
        {0, 0, S_OK},
        {0, 404, BG_E_HTTP_ERROR_404},
        {ROUTE_NO_RANGES, 0, BG_E_INSUFFICIENT_RANGE_SUPPORT},
    };
    BG_FILE_RANGE ranges[] = {{0, 100}, {200, FILE_SIZE - 200}};
    IBackgroundCopyJob3 *job3;
    struct program_job job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%#lx", cases[i].error);
        server_route(fixture->server, "/changing",
                     &(struct route){.size = FILE_SIZE, .seed = 3, .status = cases[i].status, .flags = cases[i].flags});
        if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager2_5, CLSCTX_ALL, L"ORC", L"/changing", TRUE))
        {
            /* Whole files are had without ranges, too: only parts are not. */
            if (cases[i].flags)
            {
                ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
                ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, job.url, job.local, ARRAYSIZE(ranges), ranges), S_OK);
                IBackgroundCopyJob3_Release(job3);
            }
            else program_add_file(&job);
            orc_register(&job);
            orc_command(&job, FALSE);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            ok(client_wait(job.event, SOON_MS), "not told");
            ok_hr(job.error, cases[i].error);
            if (cases[i].flags)
            {
                server_route(fixture->server, "/changing", &(struct route){.size = FILE_SIZE, .seed = 3});
                ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
            }
            if (!cases[i].status)
            {
                ok_hr(job.inside, S_OK);
                ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            }
            ok(!orc_was_run(&job, 1000), "the command line was run although the callback had succeeded");
        }
        program_end(&job);
        winetest_pop_context();
    }
}

static void orc_set_credentials(struct program_job *job)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};
    IBackgroundCopyJob2 *job2;

    credentials.Credentials.Basic.UserName = (WCHAR *)L"user";
    credentials.Credentials.Basic.Password = (WCHAR *)L"secret";
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

/* One job for each file; gone: the process has ended, which is here that its registration is. */
static void check_orc_upload(struct fixture *fixture)
{
    IBackgroundCopyJob *found = NULL;
    struct upload_server server;
    struct program_job job;
    BOOL gone;

    for (gone = FALSE; gone <= TRUE; gone++)
    {
        winetest_push_context(gone ? "gone" : "there");
        if (upload_server_begin(
                &server, (struct bitsserver_options){.auth = BITSSERVER_BASIC, .user = "user", .password = "secret"}) &&
            program_begin_upload(&job, server.server, L"ORC", BG_JOB_TYPE_UPLOAD, FILE_SIZE, TRUE))
        {
            orc_set_credentials(&job);
            program_add_file(&job);
            orc_register(&job);
            orc_command(&job, TRUE);
            if (gone) ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            if (gone)
            {
                ok(orc_was_run(&job, 2 * SOON_MS), "the command line was not run; the job is %s",
                   client_state_name(client_state(job.job)));
                ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &job.id, &found), BG_E_NOT_FOUND);
            }
            else
            {
                ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
                ok_hr(job.inside, S_OK);
                ok(!orc_was_run(&job, 1000), "the command line was run although the callback had completed the job");
            }
            upload_stored(&job, FILE_SIZE);
            program_end(&job);
        }
        upload_server_end(&server);
        winetest_pop_context();
    }
}

/* The program has ended, and the service is another: the command line completes the job. */
static void check_orc_again(struct fixture *fixture)
{
    IBackgroundCopyJob *found = NULL;
    struct program_job job;

    program_hold(fixture);
    if (!may_stop_service(L"BITS")) return;
    if (program_begin(&job, fixture, &CLSID_BackgroundCopyManager2_5, CLSCTX_ALL, L"ORC", L"/held", FALSE))
    {
        program_add_file(&job);
        orc_command(&job, FALSE);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        ok(server_wait_stalled(fixture->server, "/held", 1, SOON_MS), "nothing is transferred");
        program_kill_service(fixture);
        server_release(fixture->server, "/held");
        ok(orc_was_run(&job, 2 * SOON_MS), "the command line was not run");
        ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &job.id, &found), BG_E_NOT_FOUND);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        IBackgroundCopyJob_Release(job.job);
        job.job = NULL;
    }
    program_end(&job);
}

/* --- C15 .NET wrappers, C17: casts and classes --------------------------------------------------- */

static void cast(IBackgroundCopyJob *job)
{
    static const IID *const interfaces[] = {
        &IID_IBackgroundCopyJob,
        &IID_IBackgroundCopyJob2,
        &IID_IBackgroundCopyJob3,
        &IID_IBackgroundCopyJob4,
    };
    /* In old wrappers, in the place of IBackgroundCopyJob4's. */
    static const IID wrong = {0xbc2c92df, 0x4972, 0x4fa7, {0xb8, 0xa0, 0x44, 0x4e, 0x12, 0x7b, 0xa6, 0x70}};
    IUnknown *unknown = NULL;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(job, interfaces[i], (void **)&unknown), S_OK);
        IUnknown_Release(unknown);
    }
    ok_hr(IBackgroundCopyJob_QueryInterface(job, &wrong, (void **)&unknown), E_NOINTERFACE);
}

/* GetNotifyInterface, cast to what was registered. */
static void cast_back(struct program_job *job)
{
    IBackgroundCopyCallback *callback = NULL;
    IUnknown *registered = NULL;

    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job->job, &registered), S_OK);
    if (!registered) return;
    ok_hr(IUnknown_QueryInterface(registered, &IID_IBackgroundCopyCallback, (void **)&callback), S_OK);
    ok((IUnknown *)callback == callback_unknown(job->callback), "another object came back");
    IBackgroundCopyCallback_Release(callback);
    IUnknown_Release(registered);
}

/* Reset, GetCount, and Next with all its arguments; whether a job is among them. */
static BOOL list_jobs(IBackgroundCopyManager *manager, const GUID *id)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    ULONG count = 0, fetched, i;
    BOOL found = FALSE;
    GUID other;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_Reset(jobs), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    for (i = 0; i < count; i++)
    {
        fetched = 0;
        ok_hr(IEnumBackgroundCopyJobs_Next(jobs, 1, &job, &fetched), S_OK);
        if (!ok(fetched == 1, "%lu jobs", fetched)) break;
        /* It may be another's, which ends meanwhile. */
        if (IBackgroundCopyJob_GetId(job, &other) == S_OK && IsEqualGUID(&other, id)) found = TRUE;
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

static void list_files(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file;
    ULONG count = 0, fetched = 0;

    ok_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Reset(files), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    ok_int(count, 1);
    ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, &fetched), S_OK);
    ok_int(fetched, 1);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

/* The text in the language of an LCID, with a sort order that no language has. */
static HRESULT describe_by_lcid(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                IBackgroundCopyFile *file)
{
    WCHAR *text = NULL;

    ok_hr(IBackgroundCopyError_GetErrorDescription(error, GetUserDefaultLCID(), &text), S_OK);
    ok(text && *text, "no text");
    CoTaskMemFree(text);
    return program_told(callback, job, error, file);
}

static BOOL wrapper_begin(struct program_job *job, struct fixture *fixture, const CLSID *class_id, const WCHAR *path)
{
    BG_FILE_INFO file;

    if (!program_begin(job, fixture, class_id, CLSCTX_ALL, L"wrapper", path, TRUE)) return FALSE;
    cast(job->job);
    file.RemoteName = job->url;
    file.LocalName = job->local;
    ok_hr(IBackgroundCopyJob_AddFileSet(job->job, 1, &file), S_OK);
    job->callback->hook[CALLBACK_TRANSFERRED] = program_told;
    job->callback->hook[CALLBACK_ERROR] = describe_by_lcid;
    job->callback->hook[CALLBACK_MODIFICATION] = program_look;
    program_register(job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
    cast_back(job);
    ok(list_jobs(job->manager, &job->id), "the job is not enumerated");
    list_files(job->job);
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    return TRUE;
}

static void check_wrapper_class(struct fixture *fixture, const CLSID *class_id)
{
    struct program_job job;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    if (wrapper_begin(&job, fixture, class_id, L"/good"))
    {
        ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        ok(!list_jobs(job.manager, &job.id), "a completed job is enumerated");
    }
    program_end(&job);
    if (wrapper_begin(&job, fixture, class_id, L"/none"))
    {
        ok(callback_wait(job.callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError");
        ok_hr(job.error, BG_E_HTTP_ERROR_404);
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
    }
    program_end(&job);
    if (wrapper_begin(&job, fixture, class_id, L"/broken"))
    {
        client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_503);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
    }
    program_end(&job);
}

static void check_sharpbits(struct fixture *fixture)
{
    /* The result does not matter to it: there was a call before, in this process. */
    CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE,
                         NULL);
    check_wrapper_class(fixture, &CLSID_BackgroundCopyManager);
}

static void check_pswindowsupdate(struct fixture *fixture)
{
    check_wrapper_class(fixture, &CLSID_BackgroundCopyManager4_0);
}

/* A wrapper that is started again lists the jobs, and takes its own. */
static void again_wrapper(struct again *again)
{
    struct program_job job = {0};

    ok(list_jobs(again->manager, &again->id), "the job is not enumerated");
    if (!ok_hr(IBackgroundCopyManager_GetJob(again->manager, &again->id, &job.job), S_OK) ||
        !(job.callback = callback_create(1)))
        return;
    job.event = CreateEventW(NULL, FALSE, FALSE, NULL);
    job.callback->context = &job;
    job.callback->hook[CALLBACK_TRANSFERRED] = program_told;
    job.callback->hook[CALLBACK_MODIFICATION] = program_look;
    program_register(&job, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION, FALSE);
    cast_back(&job);
    SetEvent(again->found);
    ok(callback_wait(job.callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    program_end(&job);
}

static void check_wrapper_again(struct fixture *fixture, const CLSID *class_id, const char *client)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        program_hold(fixture);
        if (wrapper_begin(&job, fixture, class_id, L"/held")) program_check_again(&job, fixture, client, kill);
        program_end(&job);
    }
}

static void check_sharpbits_again(struct fixture *fixture)
{
    check_wrapper_again(fixture, &CLSID_BackgroundCopyManager, "sharpbits");
}

static void check_pswindowsupdate_again(struct fixture *fixture)
{
    check_wrapper_again(fixture, &CLSID_BackgroundCopyManager4_0, "pswindowsupdate");
}

/* --- C16 PowerShell: Start-BitsTransfer and its kin ---------------------------------------------- */

static IBackgroundCopyJob5 *job5_of(struct program_job *job)
{
    IBackgroundCopyJob5 *job5 = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob5, (void **)&job5);

    ok_hr(hr, S_OK);
    return job5;
}

static IBackgroundCopyJobHttpOptions3 *http_of(struct program_job *job)
{
    IBackgroundCopyJobHttpOptions3 *http = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&http);

    ok_hr(hr, S_OK);
    return http;
}

/* The defaults of the command. */
static BOOL powershell_begin(struct program_job *job, struct fixture *fixture, const WCHAR *path, ULONG retry,
                             ULONG timeout)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_NEGOTIATE};
    IBackgroundCopyJob4 *job4;

    if (!program_begin(job, fixture, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, L"BITS Transfer", path, FALSE))
        return FALSE;
    ok_hr(IBackgroundCopyJob_SetDescription(job->job, L"This is a file transfer that uses BITS."), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job->job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, retry), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, timeout), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, NOTIFY_DEFAULT), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob4, (void **)&job4), S_OK);
    ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 7776000), S_OK);
    ok_hr(IBackgroundCopyJob4_SetCredentials(job4, &credentials), S_OK);
    IBackgroundCopyJob4_Release(job4);
    program_add_file(job);
    return TRUE;
}

/* In the foreground the command waits, and ends with the text of the error. */
static void powershell_end(struct program_job *job, BG_JOB_STATE end, HRESULT expected)
{
    IBackgroundCopyError *error = NULL;
    WCHAR *text = NULL;

    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    client_wait_state(job->job, end, SOON_MS);
    ok_hr(client_job_error(job->job, NULL), expected);
    if (end == BG_JOB_STATE_TRANSFERRED)
    {
        ok_hr(IBackgroundCopyJob_Complete(job->job), S_OK);
        return;
    }
    ok_hr(IBackgroundCopyJob_GetError(job->job, &error), S_OK);
    ok_hr(IBackgroundCopyError_GetErrorDescription(error, LANGIDFROMLCID(GetThreadLocale()), &text), S_OK);
    ok(text && *text, "no text");
    CoTaskMemFree(text);
    IBackgroundCopyError_Release(error);
    if (end == BG_JOB_STATE_ERROR) ok_hr(IBackgroundCopyJob_Cancel(job->job), S_OK);
}

static void check_powershell(struct fixture *fixture)
{
    static const struct
    {
        const WCHAR *path;
        ULONG retry, timeout;
        BG_JOB_STATE end;
        HRESULT error;
    } cases[] = {
        {L"/good", 600, 1209600, BG_JOB_STATE_TRANSFERRED, S_OK},
        {L"/none", 600, 1209600, BG_JOB_STATE_ERROR, BG_E_HTTP_ERROR_404},
        {L"/endless", 600, 1209600, BG_JOB_STATE_ERROR, BG_E_MISSING_FILE_SIZE},
        {L"/broken", 600, 1209600, BG_JOB_STATE_TRANSIENT_ERROR, BG_E_HTTP_ERROR_503},
        {L"/broken", 600, 300, BG_JOB_STATE_ERROR, BG_E_HTTP_ERROR_503},
        {L"/broken", 60, 0, BG_JOB_STATE_ERROR, BG_E_HTTP_ERROR_503},
    };
    struct program_job job;
    unsigned int i;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    server_route(fixture->server, "/endless", &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_CHUNKED});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("case %u", i);
        if (powershell_begin(&job, fixture, cases[i].path, cases[i].retry, cases[i].timeout))
            powershell_end(&job, cases[i].end, cases[i].error);
        program_end(&job);
        winetest_pop_context();
    }
}

/* -TransferPolicy: its words are masks of cost states. */
static void check_powershell_policy(struct fixture *fixture)
{
    static const DWORD masks[] = {
        0x80000021, 0x80000067, 0x8000006f, 0x8000007f, 0x800000ff,                         /* the words */
        0x1,        0x2,        0x4,        0x8,        0x10,       0x20, 0x40, 0x80, 0x21, /* cost states */
    };
    BITS_JOB_PROPERTY_VALUE value;
    struct program_job job;
    IBackgroundCopyJob5 *job5;
    unsigned int i;

    if (powershell_begin(&job, fixture, L"/good", 600, 1209600) && (job5 = job5_of(&job)))
    {
        for (i = 0; i < ARRAYSIZE(masks); i++)
        {
            value.Dword = masks[i];
            ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
            value.Dword = 0;
            ok_hr(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value), S_OK);
            ok(value.Dword == masks[i], "%#lx instead of %#lx", value.Dword, masks[i]);
        }
        IBackgroundCopyJob5_Release(job5);
        powershell_end(&job, BG_JOB_STATE_TRANSFERRED, S_OK);
    }
    program_end(&job);
}

/* -HttpMethod, -CustomHeaders with -CustomHeadersWriteOnly */
static void check_powershell_http(struct fixture *fixture)
{
    IBackgroundCopyJobHttpOptions3 *http;
    BG_JOB_PRIORITY priority = -1;
    struct program_job job;
    char header[32] = "";
    WCHAR *text = NULL;

    if (powershell_begin(&job, fixture, L"/good", 600, 1209600) && (http = http_of(&job)))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_LOW), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"POST"), S_OK);
        ok_hr(IBackgroundCopyJob_GetPriority(job.job, &priority), S_OK);
        ok_int(priority, BG_JOB_PRIORITY_FOREGROUND); /* B-203 */
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Token: secret\r\n"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), E_ACCESSDENIED);
        IBackgroundCopyJobHttpOptions3_Release(http);
        powershell_end(&job, BG_JOB_STATE_TRANSFERRED, S_OK);
        if (ok(server_count(fixture->server, "POST", "/good") == 1, "no POST"))
            server_header(server_request(fixture->server, "POST", "/good", 0), "X-Token", header, sizeof(header));
        ok(!strcmp(header, "secret"), "the header is %s", header);
    }
    program_end(&job);
}

/* -Dynamic, -NotifyCmdLine */
static void check_powershell_dynamic(struct fixture *fixture)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    WCHAR mark[MAX_PATH], parameters[2 * MAX_PATH];
    struct program_job job;
    IBackgroundCopyJob5 *job5;

    client_path(mark);
    _snwprintf(parameters, ARRAYSIZE(parameters), L"\"cmd\" /D /C echo done>%s", mark);
    server_route(fixture->server, "/endless", &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_CHUNKED});
    if (powershell_begin(&job, fixture, L"/endless", 600, 1209600) && (job5 = job5_of(&job)))
    {
        ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value), S_OK);
        IBackgroundCopyJob5_Release(job5);
        program_set_command(&job, parameters);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok(program_wait_file(mark, SOON_MS), "the command line was not run");
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    program_end(&job);
}

static const CERT_CONTEXT *make_certificate(HCERTSTORE store)
{
    const CERT_CONTEXT *made, *stored = NULL;
    BYTE encoded[256];
    CERT_NAME_BLOB blob = {sizeof(encoded), encoded};

    if (!CertStrToNameW(X509_ASN_ENCODING, L"CN=powershell re-enacted", CERT_X500_NAME_STR, NULL, encoded, &blob.cbData,
                        NULL) ||
        !(made = CertCreateSelfSignCertificate(0, &blob, 0, NULL, NULL, NULL, NULL, NULL)))
        return NULL;
    if (!CertAddCertificateContextToStore(store, made, CERT_STORE_ADD_REPLACE_EXISTING, &stored)) stored = NULL;
    CertFreeCertificateContext(made);
    CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
    return stored;
}

/* -CertStoreLocation, -CertStoreName, -CertSubjectName or -CertHash */
static void check_powershell_certificate(struct fixture *fixture)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    const CERT_CONTEXT *certificate = store ? make_certificate(store) : NULL;
    const BG_CERT_STORE_LOCATION own = BG_CERT_STORE_LOCATION_CURRENT_USER;
    BG_CERT_STORE_LOCATION location = -1;
    WCHAR *store_name = NULL, *subject = NULL;
    IBackgroundCopyJobHttpOptions3 *http;
    struct program_job job;
    BYTE hash[20], *got = NULL;
    DWORD size = sizeof(hash);
    HRESULT hr;

    if (!certificate || !CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, hash, &size))
    {
        skip("no certificate can be made: error %#lx", GetLastError());
        return;
    }
    if (powershell_begin(&job, fixture, L"/good", 600, 1209600) && (http = http_of(&job)))
    {
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, own, L"MY", L"nobody at all");
        ok_hr(hr, CRYPT_E_NOT_FOUND);
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, own, L"MY", L"powershell");
        ok_hr(hr, S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_GetClientCertificate(http, &location, &store_name, &got, &subject), S_OK);
        ok(got && !memcmp(got, hash, sizeof(hash)), "another certificate");
        CoTaskMemFree(store_name);
        CoTaskMemFree(subject);
        CoTaskMemFree(got);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, own, L"MY", hash), S_OK);
        IBackgroundCopyJobHttpOptions3_Release(http);
        powershell_end(&job, BG_JOB_STATE_TRANSFERRED, S_OK);
    }
    program_end(&job);
    CertDeleteCertificateFromStore(certificate);
    CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(store, 0);
}

/* -Asynchronous leaves the job to a later session: Get-BitsTransfer, Set-, Suspend-, Resume-,
 * Complete-BitsTransfer. */
static void again_powershell(struct again *again)
{
    IBackgroundCopyJob *job = NULL;

    ok(list_jobs(again->manager, &again->id), "the job is not enumerated");
    if (!ok_hr(IBackgroundCopyManager_GetJob(again->manager, &again->id, &job), S_OK)) return;
    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    ok_hr(IBackgroundCopyJob_SetDisplayName(job, L"another name"), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    SetEvent(again->found);
    client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static void check_powershell_again(struct fixture *fixture)
{
    struct program_job job;
    BOOL kill;

    for (kill = FALSE; kill <= TRUE; kill++)
    {
        program_hold(fixture);
        if (powershell_begin(&job, fixture, L"/held", 600, 1209600))
        {
            ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
            program_check_again(&job, fixture, "powershell", kill);
        }
        program_end(&job);
    }
}

/* --- C18 AutoIt: the table of methods by index --------------------------------------------------- */

/* All arguments of the methods are pointers or 32 bits. */
#define METHOD(object, index, ...) \
    ((HRESULT(STDMETHODCALLTYPE *)())(*(void ***)(object))[index])((void *)(object), ##__VA_ARGS__)
#define NUMBER(n) ((ULONG_PTR)(n))

static void *autoit_manager(void)
{
    void *manager = NULL;

    ok_hr(CoCreateInstance(&CLSID_BackgroundCopyManager10_3, NULL, CLSCTX_ALL, &IID_IBackgroundCopyManager, &manager),
          S_OK);
    return manager;
}

static void autoit_free(WCHAR **text)
{
    CoTaskMemFree(*text);
    *text = NULL;
}

/* Every method that sets, and what gets it back. */
static void autoit_settings(void *job, const GUID *id)
{
    WCHAR *text = NULL, *bypass = NULL;
    ULONG number = 0;
    BYTE buffer[64];
    GUID other;

    ok_hr(METHOD(job, 10, &other), S_OK); /* GetId */
    ok(IsEqualGUID(&other, id), "another id");
    ok_hr(METHOD(job, 11, &number), S_OK); /* GetType */
    ok_int(number, BG_JOB_TYPE_DOWNLOAD);
    ok_hr(METHOD(job, 12, buffer), S_OK); /* GetProgress */
    ok_hr(METHOD(job, 13, buffer), S_OK); /* GetTimes */
    ok_hr(METHOD(job, 16, &text), S_OK);  /* GetOwner */
    autoit_free(&text);
    ok_hr(METHOD(job, 17, L"another name"), S_OK); /* SetDisplayName */
    ok_hr(METHOD(job, 18, &text), S_OK);
    ok_str(text, L"another name");
    autoit_free(&text);
    ok_hr(METHOD(job, 19, L"a description"), S_OK); /* SetDescription */
    ok_hr(METHOD(job, 20, &text), S_OK);
    ok_str(text, L"a description");
    autoit_free(&text);
    ok_hr(METHOD(job, 21, NUMBER(BG_JOB_PRIORITY_FOREGROUND)), S_OK); /* SetPriority */
    ok_hr(METHOD(job, 22, &number), S_OK);
    ok_int(number, BG_JOB_PRIORITY_FOREGROUND);
    ok_hr(METHOD(job, 23, NUMBER(NOTIFY_DEFAULT)), S_OK); /* SetNotifyFlags */
    ok_hr(METHOD(job, 24, &number), S_OK);
    ok_int(number, NOTIFY_DEFAULT);
    ok_hr(METHOD(job, 27, NUMBER(60)), S_OK); /* SetMinimumRetryDelay */
    ok_hr(METHOD(job, 28, &number), S_OK);
    ok_int(number, 60);
    ok_hr(METHOD(job, 29, NUMBER(120)), S_OK); /* SetNoProgressTimeout */
    ok_hr(METHOD(job, 30, &number), S_OK);
    ok_int(number, 120);
    ok_hr(METHOD(job, 31, &number), S_OK); /* GetErrorCount */
    ok_int(number, 0);
    ok_hr(METHOD(job, 32, NUMBER(BG_JOB_PROXY_USAGE_NO_PROXY), NULL, NULL), S_OK); /* SetProxySettings */
    ok_hr(METHOD(job, 33, &number, &text, &bypass), S_OK);
    ok_int(number, BG_JOB_PROXY_USAGE_NO_PROXY);
    autoit_free(&text);
    autoit_free(&bypass);
    ok_hr(METHOD(job, 34), S_OK); /* TakeOwnership */
}

/* The callback is user's code; the end is one of TRANSFERRED, ERROR and TRANSIENT_ERROR. */
static void autoit_run(struct fixture *fixture, const WCHAR *path, BG_JOB_STATE end)
{
    struct callback *callback = callback_create(1);
    void *manager = autoit_manager(), *job = NULL, *unknown = NULL, *files = NULL;
    WCHAR url[128], local[MAX_PATH];
    GUID id;

    if (!callback || !manager || !ok_hr(METHOD(manager, 3, L"AutoIt", NUMBER(BG_JOB_TYPE_DOWNLOAD), &id, &job), S_OK))
        return;
    server_url(fixture->server, path, url, ARRAYSIZE(url));
    ok_hr(METHOD(job, 4, url, client_path(local)), S_OK); /* AddFile */
    ok_hr(METHOD(job, 5, &files), S_OK);                  /* EnumFiles */
    METHOD(files, 2);
    autoit_settings(job, &id);
    ok_hr(METHOD(job, 25, callback_unknown(callback)), S_OK); /* SetNotifyInterface */
    ok_hr(METHOD(job, 26, &unknown), S_OK);
    ok(unknown == callback_unknown(callback), "another object came back");
    METHOD(unknown, 2);
    ok_hr(METHOD(job, 7), S_OK); /* Resume */
    ok_hr(METHOD(job, 6), S_OK); /* Suspend */
    ok_hr(METHOD(job, 7), S_OK);
    client_wait_state(job, end, SOON_MS);
    if (end == BG_JOB_STATE_TRANSFERRED)
    {
        ok(callback_wait(callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(METHOD(job, 9), S_OK); /* Complete */
        ok(pattern_check_file(local, FILE_SIZE, 3), "the file is damaged");
    }
    else
    {
        if (end == BG_JOB_STATE_ERROR) ok(callback_wait(callback, CALLBACK_ERROR, 1, SOON_MS), "no JobError");
        ok_hr(METHOD(job, 15, &unknown), S_OK); /* GetError */
        METHOD(unknown, 2);
        ok_hr(METHOD(job, 8), S_OK); /* Cancel */
    }
    METHOD(job, 2); /* Release */
    METHOD(manager, 2);
    callback_destroy(callback);
}

static void check_autoit(struct fixture *fixture)
{
    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    autoit_run(fixture, L"/good", BG_JOB_STATE_TRANSFERRED);
    autoit_run(fixture, L"/none", BG_JOB_STATE_ERROR);
    autoit_run(fixture, L"/broken", BG_JOB_STATE_TRANSIENT_ERROR);
}

static void again_autoit(struct again *again)
{
    void *job = NULL;

    if (!ok_hr(METHOD(again->manager, 4, &again->id, &job), S_OK)) /* GetJob */
        return;
    SetEvent(again->found);
    client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok_hr(METHOD(job, 9), S_OK);
    METHOD(job, 2);
}

static void check_autoit_again(struct fixture *fixture)
{
    check_wrapper_again(fixture, &CLSID_BackgroundCopyManager10_3, "autoit");
}

/* --- the parts ----------------------------------------------------------------------------------- */

const struct again_program scripts_again[] = {
    {"sharpbits", COINIT_APARTMENTTHREADED, &CLSID_BackgroundCopyManager, again_wrapper},
    {"pswindowsupdate", COINIT_APARTMENTTHREADED, &CLSID_BackgroundCopyManager4_0, again_wrapper},
    {"powershell", COINIT_APARTMENTTHREADED, &CLSID_BackgroundCopyManager, again_powershell},
    {"autoit", COINIT_APARTMENTTHREADED, &CLSID_BackgroundCopyManager10_3, again_autoit},
    {NULL}};

static void c13_pywin32(void)
{
    everywhere(check_pywin32, BITS_ONLY | STA | MTA);
    everywhere(check_pywin32_transient, BITS_ONLY | STA | MTA);
}

static void c14_dfir_orc(void)
{
    everywhere(check_orc, BITS_ONLY | MTA);
    everywhere(check_orc_upload, BITS_ONLY | MTA);
    everywhere(check_orc_again, BITS_ONLY | MTA);
}

static void c15_sharpbits(void)
{
    everywhere(check_sharpbits, BITS_ONLY | STA);
    everywhere(check_sharpbits_again, BITS_ONLY | STA);
}

static void c16_powershell(void)
{
    everywhere(check_powershell, BITS_ONLY | STA);
    everywhere(check_powershell_policy, BITS_ONLY | STA);
    everywhere(check_powershell_http, BITS_ONLY | STA);
    everywhere(check_powershell_dynamic, BITS_ONLY | STA);
    everywhere(check_powershell_certificate, BITS_ONLY | STA);
    everywhere(check_powershell_again, BITS_ONLY | STA);
}

static void c17_pswindowsupdate(void)
{
    everywhere(check_pswindowsupdate, BITS_ONLY | STA);
    everywhere(check_pswindowsupdate_again, BITS_ONLY | STA);
}

static void c18_autoit(void)
{
    everywhere(check_autoit, BITS_ONLY | STA);
    everywhere(check_autoit_again, BITS_ONLY | STA);
}

void test_scripts(void)
{
    winetest_run(c13_pywin32);
    winetest_run(c14_dfir_orc);
    winetest_run(c15_sharpbits);
    winetest_run(c16_powershell);
    winetest_run(c17_pswindowsupdate);
    winetest_run(c18_autoit);
}
