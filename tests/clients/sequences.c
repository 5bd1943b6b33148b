/*
 * Sequences of calls that clients share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: docs/rules.
 */

#include "clients/program.h"
#include "clients/clients.h"

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

/* --- 1: transferred, completed inside ------------------------------------------------------------ */

static void check_complete_inside(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        job.hr[0] = E_PENDING;
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        job_resume(&job);
        wait_transferred(&job);
        ok_hr(job.hr[0], S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
    }
    job_end(&job);
}

/* --- 2: 404 -------------------------------------------------------------------------------------- */

struct error_seen
{
    HRESULT code;
    BG_ERROR_CONTEXT context;
    BOOL file, text, repair;
    HRESULT done;
};

static HRESULT look_at_error(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *none)
{
    struct client_job *test = job_of(callback);
    struct error_seen *seen = test->context;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile2 *file2;
    WCHAR *text = NULL, url[128];

    IBackgroundCopyError_GetError(error, &seen->context, &seen->code);
    seen->text = IBackgroundCopyError_GetErrorDescription(error, ENGLISH, &text) == S_OK && text && *text;
    CoTaskMemFree(text);
    seen->done = IBackgroundCopyError_GetFile(error, &file);
    seen->file = file != NULL;
    if (!seen->repair) { seen->done = IBackgroundCopyJob_Cancel(job); }
    else if (file && IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2) == S_OK)
    {
        server_url(test->fixture->server, L"/good", url, ARRAYSIZE(url));
        seen->done = IBackgroundCopyFile2_SetRemoteName(file2, url);
        IBackgroundCopyFile2_Release(file2);
        if (seen->done == S_OK) seen->done = IBackgroundCopyJob_Resume(job);
    }
    if (file) IBackgroundCopyFile_Release(file);
    return S_OK;
}

static void check_not_found(struct fixture *fixture)
{
    struct error_seen seen;
    struct client_job job;
    BOOL repair;

    for (repair = FALSE; repair <= TRUE; repair++)
    {
        seen = (struct error_seen){.repair = repair, .done = E_PENDING};
        if (job_begin(&job, fixture, L"/none", 1, NOTIFY_DEFAULT))
        {
            job.context = &seen;
            job.callback->hook[CALLBACK_ERROR] = look_at_error;
            job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
            job_resume(&job);
            wait_error(&job);
            ok_hr(seen.code, BG_E_HTTP_ERROR_404);
            ok_int(seen.context, BG_ERROR_CONTEXT_REMOTE_FILE);
            ok(seen.file && seen.text, "no file or text");
            ok_hr(seen.done, S_OK);
            if (repair) wait_transferred(&job);
            ok_int(client_state(job.job), repair ? BG_JOB_STATE_ACKNOWLEDGED : BG_JOB_STATE_CANCELLED);
            ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        }
        job_end(&job);
    }
}

/* --- 3: the order of registration ---------------------------------------------------------------- */

static void check_registration_order(struct fixture *fixture)
{
    struct callback *callback;
    struct client_job job;
    unsigned int i;

    /* 0: flags, then interface; 1: both after Resume; 2, 3: both when the job has ended */
    for (i = 0; i < 4; i++)
    {
        winetest_push_context("order %u", i);
        if ((callback = callback_create(1)) &&
            job_begin(&job, fixture, i == 3 ? L"/none" : L"/good", 0, BG_NOTIFY_JOB_MODIFICATION))
        {
            callback->context = &job;
            if (i >= 1) job_resume(&job);
            if (i >= 2) client_wait_state(job.job, i == 3 ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED, SOON_MS);
            ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, NOTIFY_DEFAULT), S_OK);
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(callback)), S_OK);
            if (i == 0) job_resume(&job);
            ok(callback_wait(callback, i == 3 ? CALLBACK_ERROR : CALLBACK_TRANSFERRED, 1, SOON_MS), "not told");
            job_end(&job);
            callback_destroy(callback);
        }
        winetest_pop_context();
    }
}

/* --- 4: apartments ------------------------------------------------------------------------------- */

static HRESULT note_thread(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                           IBackgroundCopyFile *file)
{
    job_of(callback)->calls = GetCurrentThreadId();
    return complete_inside(callback, job, error, file);
}

/* A single-threaded apartment is called on its own thread, while that handles its messages (B-672); the
 * object says E_NOINTERFACE to all but IBackgroundCopyCallback. */
static void check_apartments(struct fixture *fixture)
{
    APTTYPEQUALIFIER qualifier;
    struct client_job job;
    APTTYPE type;

    ok_hr(CoGetApartmentType(&type, &qualifier), S_OK);
    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        job.callback->hook[CALLBACK_TRANSFERRED] = note_thread;
        job_resume(&job);
        wait_transferred(&job);
        ok_hr(job.hr[0], S_OK);
        ok((job.calls == GetCurrentThreadId()) == (type != APTTYPE_MTA), "called on thread %#x", job.calls);
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
    }
    job_end(&job);
}

/* --- 5: polling ---------------------------------------------------------------------------------- */

static void check_polling(struct fixture *fixture)
{
    struct client_job job;
    BG_ERROR_CONTEXT context;
    BG_JOB_PROGRESS progress;

    server_route(fixture->server, "/broken", &(struct route){.status = 503});
    if (job_begin(&job, fixture, L"/broken", 0, NOTIFY_DEFAULT))
    {
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(job.job, &context), BG_E_HTTP_ERROR_503);
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
        ok_hr(IBackgroundCopyJob_GetProgress(job.job, &progress), S_OK);
        ok_int(progress.FilesTotal, 1);
        ok_int(progress.FilesTransferred, 0);
    }
    job_end(&job);
}

/* --- 6: no patience ------------------------------------------------------------------------------ */

static void check_no_patience(struct fixture *fixture)
{
    static const ULONG timeouts[] = {0, 5};
    struct client_job job;
    ULONGLONG start;
    unsigned int i;

    server_route(fixture->server, "/weak", &(struct route){.status = 500});
    for (i = 0; i < ARRAYSIZE(timeouts); i++)
    {
        if (job_begin(&job, fixture, L"/weak", 1, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION))
        {
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, timeouts[i]), S_OK);
            start = GetTickCount64();
            job_resume(&job);
            wait_error(&job);
            ok(GetTickCount64() - start < 5000, "it took %u ms", (unsigned int)(GetTickCount64() - start));
            ok_hr(client_job_error(job.job, NULL), BG_E_HTTP_ERROR_500);
            ok_int(client_state(job.job), BG_JOB_STATE_ERROR);
        }
        job_end(&job);
    }
}

/* --- 7: Resume from ERROR ------------------------------------------------------------------------ */

static void check_resume_from_error(struct fixture *fixture)
{
    struct client_job job;
    BG_JOB_STATE state;

    if (job_begin(&job, fixture, L"/weak", 1, NOTIFY_DEFAULT))
    {
        job_resume(&job);
        wait_error(&job);
        server_route(fixture->server, "/weak",
                     &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_STALL_HEAD});
        job_resume(&job);
        state = client_state(job.job);
        ok(state == BG_JOB_STATE_QUEUED || state == BG_JOB_STATE_CONNECTING || state == BG_JOB_STATE_TRANSFERRING,
           "the job is %s after Resume", client_state_name(state));
        server_release(fixture->server, "/weak");
        wait_transferred(&job);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    job_end(&job);
}

/* --- 8: after the end ---------------------------------------------------------------------------- */

static void check_after_end(struct fixture *fixture)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    IBackgroundCopyFile5 *file5;
    BITS_FILE_PROPERTY_VALUE value = {0};
    BG_FILE_PROGRESS progress;
    struct client_job job;
    WCHAR *name;
    GUID id;

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
        ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
        ok_hr(IBackgroundCopyJob_GetId(job.job, &id), S_OK);
        ok(IsEqualGUID(&id, &job.id), "another id");
        ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
        ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
        ok_hr(IBackgroundCopyFile_GetLocalName(file, &name), S_OK);
        ok_str(name, job.local);
        CoTaskMemFree(name);
        ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
        ok(progress.Completed && progress.BytesTotal == FILE_SIZE && progress.BytesTransferred == FILE_SIZE,
           "completed %d, %lu of %lu", progress.Completed, (ULONG)progress.BytesTransferred,
           (ULONG)progress.BytesTotal);
        ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&file5), S_OK);
        ok_hr(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
        ok(value.String && wcsstr(value.String, L"200"), "the headers are %s", wine_dbgstr_w(value.String));
        CoTaskMemFree(value.String);
        IBackgroundCopyFile5_Release(file5);
        IBackgroundCopyFile_Release(file);
        IEnumBackgroundCopyFiles_Release(files);
    }
    job_end(&job);

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
        ok_int(client_state(job.job), BG_JOB_STATE_CANCELLED);
    }
    job_end(&job);
}

/* --- 9: another process -------------------------------------------------------------------------- */

static unsigned int count_named(IBackgroundCopyManager *manager, const GUID *id)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    unsigned int found = 0;
    GUID other;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (jobs && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        if (IBackgroundCopyJob_GetId(job, &other) == S_OK && IsEqualGUID(&other, id)) found++;
        IBackgroundCopyJob_Release(job);
    }
    if (jobs) IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

/* "clients.exe create PORT ID": the id is written over the description of the job ID, which the parent
 * made. */
static BOOL create_child(int argc, char **argv)
{
    struct client_job job = {0};
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *mailbox = NULL;
    WCHAR url[64], text[40];
    GUID id;

    if (argc < 4 || strcmp(argv[1], "create")) return FALSE;
    if (!client_start(COINIT_MULTITHREADED) || !(manager = client_manager(&CLSID_BackgroundCopyManager)) ||
        !guid_from_text(argv[3], &id) || !(job.job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
        return TRUE;
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &mailbox), S_OK);
    _snwprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%S/held", argv[2]);
    /* The parent's directory is not ours: the file need not be found again. */
    ok_hr(IBackgroundCopyJob_AddFile(job.job, url, client_path(job.local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_GetId(job.job, &job.id), S_OK);
    StringFromGUID2(&job.id, text, ARRAYSIZE(text));
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    ok_hr(IBackgroundCopyJob_SetDescription(mailbox, text), S_OK);
    IBackgroundCopyJob_Release(mailbox);
    IBackgroundCopyJob_Release(job.job);
    IBackgroundCopyManager_Release(manager);
    return TRUE;
}

static void check_other_process(struct fixture *fixture)
{
    struct client_job mailbox;
    IBackgroundCopyJob *job = NULL;
    WCHAR *text = NULL, *local = NULL;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    char id_text[40];
    GUID id;
    unsigned int end;

    for (end = 0; end < 2; end++)
    {
        server_route(fixture->server, "/held",
                     &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_STALL_HEAD});
        if (!job_begin(&mailbox, fixture, L"/good", 0, NOTIFY_DEFAULT)) return;
        winetest_wait_child(
            winetest_spawn("create %u %s", server_port(fixture->server), guid_text(&mailbox.id, id_text)), SOON_MS);
        ok_hr(IBackgroundCopyJob_GetDescription(mailbox.job, &text), S_OK);
        ok(CLSIDFromString(text, &id) == NOERROR, "the other process says %s", wine_dbgstr_w(text));
        CoTaskMemFree(text);
        ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &id, &job), S_OK);
        if (job)
        {
            ok_int(count_named(fixture->manager, &id), 1);
            server_release(fixture->server, "/held");
            client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
            ok_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
            ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
            ok_hr(IBackgroundCopyFile_GetLocalName(file, &local), S_OK);
            IBackgroundCopyFile_Release(file);
            IEnumBackgroundCopyFiles_Release(files);
            ok_hr(end ? IBackgroundCopyJob_Cancel(job) : IBackgroundCopyJob_Complete(job), S_OK);
            if (!end) ok(pattern_check_file(local, FILE_SIZE, 3), "the file is damaged");
            DeleteFileW(local);
            *wcsrchr(local, '\\') = 0;
            RemoveDirectoryW(local);
            CoTaskMemFree(local);
            IBackgroundCopyJob_Release(job);
            job = (IBackgroundCopyJob *)1;
            ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &id, &job), BG_E_NOT_FOUND);
            ok(!job, "got %p", job);
            ok_int(count_named(fixture->manager, &id), 0);
        }
        job_end(&mailbox);
    }
}

/* --- 10: redirection ----------------------------------------------------------------------------- */

static void check_redirect(struct fixture *fixture)
{
    IBackgroundCopyJobHttpOptions *options = NULL;
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    WCHAR target[128], *name = NULL;
    struct client_job job;
    ULONG flags = 0;

    server_route(fixture->server, "/moved", &(struct route){.redirect = "/good"});
    server_url(fixture->server, L"/good", target, ARRAYSIZE(target));
    if (job_begin(&job, fixture, L"/moved", 1, NOTIFY_DEFAULT))
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags), S_OK);
        flags |= BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT;
        ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
        job_resume(&job);
        wait_transferred(&job);
        ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
        ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
        ok_str(name, target);
        CoTaskMemFree(name);
        IBackgroundCopyFile_Release(file);
        IEnumBackgroundCopyFiles_Release(files);
    }
    job_end(&job);
}

/* --- 11: the command line of a job whose maker is gone ------------------------------------------- */

/* "clients.exe command URL LOCAL VERB": a job of the name "command LOCAL", with a command line that has
 * bitsadmin do VERB with it and then writes LOCAL.done. */
static BOOL command_child(int argc, char **argv)
{
    WCHAR name[MAX_PATH + 16], parameters[3 * MAX_PATH], id[40];
    struct program_job job = {0};
    HRESULT hr;

    if (argc < 5 || strcmp(argv[1], "command")) return FALSE;
    if (!client_start(COINIT_MULTITHREADED) || !(job.manager = client_manager(&CLSID_BackgroundCopyManager)))
        return TRUE;
    MultiByteToWideChar(CP_ACP, 0, argv[2], -1, job.url, ARRAYSIZE(job.url));
    MultiByteToWideChar(CP_ACP, 0, argv[3], -1, job.local, ARRAYSIZE(job.local));
    _snwprintf(name, ARRAYSIZE(name), L"command %s", job.local);
    hr = IBackgroundCopyManager_CreateJob(job.manager, name, BG_JOB_TYPE_DOWNLOAD, &job.id, &job.job);
    if (!ok_hr(hr, S_OK)) return TRUE;
    StringFromGUID2(&job.id, id, ARRAYSIZE(id));
    _snwprintf(parameters, ARRAYSIZE(parameters), L"\"cmd\" /D /C bitsadmin /%S %s && echo done>%s.done", argv[4], id,
               job.local);
    program_add_file(&job);
    program_set_command(&job, parameters);
    ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    return TRUE; /* without Release of anything */
}

/* B-650, B-651, B-681: after TRANSFERRED and after ERROR. */
static void check_command(struct fixture *fixture)
{
    WCHAR url[128], local[MAX_PATH], done[MAX_PATH + 8], name[MAX_PATH + 16];
    IBackgroundCopyJob *job;
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        winetest_push_context(i ? "ERROR" : "TRANSFERRED");
        server_route(fixture->server, "/held",
                     &(struct route){.size = FILE_SIZE, .seed = 3, .status = i ? 404 : 0, .flags = ROUTE_STALL_HEAD});
        server_url(fixture->server, L"/held", url, ARRAYSIZE(url));
        client_path(local);
        _snwprintf(done, ARRAYSIZE(done), L"%s.done", local);
        _snwprintf(name, ARRAYSIZE(name), L"command %s", local);
        winetest_wait_child(winetest_spawn("command %ls \"%ls\" %s", url, local, i ? "cancel" : "complete"), SOON_MS);
        ok(server_wait_stalled(fixture->server, "/held", 1, SOON_MS), "nothing is transferred");
        server_release(fixture->server, "/held");
        ok(program_wait_file(done, 2 * SOON_MS), "the command line was not run");
        if ((job = program_find(fixture->manager, name, NULL)))
            ok(FALSE, "the job is %s", client_state_name(client_state(job)));
        client_drop_job(job);
        if (i) ok(!client_file_exists(local), "a cancelled job has left its file");
        else ok(pattern_check_file(local, FILE_SIZE, 3), "the file is damaged");
        winetest_pop_context();
    }
}

/* --- 12: refused, and dead ----------------------------------------------------------------------- */

static void check_refused(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        job.refuse = 1;
        job.callback->hook[CALLBACK_TRANSFERRED] = refuse_some;
        job_resume(&job);
        wait_calls(&job, CALLBACK_TRANSFERRED, 2);
        ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    }
    job_end(&job);
}

/* "clients.exe register ID EVENT": register with a job and wait for the end. */
static BOOL register_child(int argc, char **argv)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job = NULL;
    struct callback *callback;
    GUID id;

    if (argc < 4 || strcmp(argv[1], "register")) return FALSE;
    if (!client_start(COINIT_MULTITHREADED) || !guid_from_text(argv[2], &id) || !(callback = callback_create(1)) ||
        !(manager = client_manager(&CLSID_BackgroundCopyManager)) ||
        !ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &job), S_OK))
        return TRUE;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    SetEvent(CreateEventA(NULL, TRUE, FALSE, argv[3]));
    Sleep(INFINITE);
    return TRUE;
}

/* Nobody is there to be told: the job is transferred all the same, and waits for who comes (B-661, B-670). */
static void check_dead(struct fixture *fixture)
{
    struct callback *late = callback_create(1);
    struct client_job job;
    HANDLE ready, child;
    char name[64], id[40];

    if (late && job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        ready = shared_event(name);
        child = winetest_spawn("register %s %s", guid_text(&job.id, id), name);
        ok(client_wait(ready, SOON_MS), "the other process has not registered");
        TerminateProcess(child, 0);
        winetest_wait_child(child, SOON_MS);
        CloseHandle(ready);
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        late->context = &job;
        late->hook[CALLBACK_TRANSFERRED] = complete_inside;
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(late)), S_OK);
        ok(callback_wait(late, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_hr(job.hr[0], S_OK);
        ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
    }
    job_end(&job);
    callback_destroy(late);
}

/* --- 13, 14: classes and proxies ----------------------------------------------------------------- */

static void check_classes(struct fixture *fixture)
{
    static const CLSID *const classes[] = {
        &CLSID_BackgroundCopyManager,     &CLSID_BackgroundCopyManager1_5,  &CLSID_BackgroundCopyManager2_0,
        &CLSID_BackgroundCopyManager2_5,  &CLSID_BackgroundCopyManager3_0,  &CLSID_BackgroundCopyManager4_0,
        &CLSID_BackgroundCopyManager5_0,  &CLSID_BackgroundCopyManager10_0, &CLSID_BackgroundCopyManager10_1,
        &CLSID_BackgroundCopyManager10_2, &CLSID_BackgroundCopyManager10_3,
    };
    static const DWORD contexts[] = {CLSCTX_LOCAL_SERVER, CLSCTX_ALL};
    IBackgroundCopyManager *manager;
    unsigned int i, j;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        for (j = 0; j < ARRAYSIZE(contexts); j++)
        {
            manager = NULL;
            hr = CoCreateInstance(classes[i], NULL, contexts[j], &IID_IBackgroundCopyManager, (void **)&manager);
            ok(hr == S_OK && manager, "class %u, context %#lx: %#lx", i, contexts[j], hr);
            if (!manager) continue;
            ok_int(count_named(manager, &GUID_NULL), 0);
            IBackgroundCopyManager_Release(manager);
        }
    }
}

static void check_blanket(struct fixture *fixture)
{
    static const DWORD capabilities[] = {EOAC_DEFAULT, EOAC_NONE, EOAC_STATIC_CLOAKING, EOAC_DYNAMIC_CLOAKING};
    struct client_job job;
    unsigned int i;

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        for (i = 0; i < ARRAYSIZE(capabilities); i++)
        {
            ok_hr(CoSetProxyBlanket((IUnknown *)fixture->manager, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT,
                                    COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
                                    NULL, capabilities[i]),
                  S_OK);
            ok_hr(CoSetProxyBlanket((IUnknown *)job.job, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NONE, NULL,
                                    RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, capabilities[i]),
                  S_OK);
            client_state(job.job);
        }
    }
    job_end(&job);
}

/* --- the parts ----------------------------------------------------------------------------------- */

#define BITS_EVERYWHERE (BITS_ONLY | MTA | STA)

static void sequence_01_complete_inside(void)
{
    everywhere(check_complete_inside, BITS_EVERYWHERE);
}
static void sequence_02_not_found(void)
{
    everywhere(check_not_found, BITS_EVERYWHERE);
}
static void sequence_03_any_order(void)
{
    everywhere(check_registration_order, BITS_EVERYWHERE);
}
static void sequence_04_apartments(void)
{
    everywhere(check_apartments, BITS_EVERYWHERE);
}
static void sequence_05_polling(void)
{
    everywhere(check_polling, BITS_EVERYWHERE);
}
static void sequence_06_no_patience(void)
{
    everywhere(check_no_patience, BITS_EVERYWHERE);
}
static void sequence_07_resume_from_error(void)
{
    everywhere(check_resume_from_error, BITS_EVERYWHERE);
}
static void sequence_08_after_the_end(void)
{
    everywhere(check_after_end, BITS_EVERYWHERE);
}
static void sequence_09_other_process(void)
{
    everywhere(check_other_process, BITS_ONLY | MTA);
}
static void sequence_10_redirect(void)
{
    everywhere(check_redirect, BITS_EVERYWHERE);
}
static void sequence_11_command_line(void)
{
    everywhere(check_command, BITS_ONLY | MTA);
}

static void sequence_12_refused_and_dead(void)
{
    everywhere(check_refused, BITS_EVERYWHERE);
    everywhere(check_dead, BITS_EVERYWHERE);
}

static void sequence_13_classes(void)
{
    everywhere(check_classes, BITS_EVERYWHERE);
}
static void sequence_14_blanket(void)
{
    everywhere(check_blanket, BITS_EVERYWHERE);
}

BOOL sequences_child(int argc, char **argv)
{
    return create_child(argc, argv) || command_child(argc, argv) || register_child(argc, argv);
}

void test_sequences(void)
{
    winetest_run(sequence_01_complete_inside);
    winetest_run(sequence_02_not_found);
    winetest_run(sequence_03_any_order);
    winetest_run(sequence_04_apartments);
    winetest_run(sequence_05_polling);
    winetest_run(sequence_06_no_patience);
    winetest_run(sequence_07_resume_from_error);
    winetest_run(sequence_08_after_the_end);
    winetest_run(sequence_09_other_process);
    winetest_run(sequence_10_redirect);
    winetest_run(sequence_11_command_line);
    winetest_run(sequence_12_refused_and_dead);
    winetest_run(sequence_13_classes);
    winetest_run(sequence_14_blanket);
}
