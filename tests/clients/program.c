/*
 * What the re-enactments of known programs share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clients/program.h"

/* --- jobs ---------------------------------------------------------------------------------------- */

static BOOL begin(struct program_job *job, const CLSID *class_id, DWORD context, const WCHAR *name, BG_JOB_TYPE type,
                  BOOL with_callback)
{
    HRESULT hr;

    memset(job, 0, sizeof(*job));
    job->inside = E_PENDING;
    job->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    hr = CoCreateInstance(class_id, NULL, context, &IID_IBackgroundCopyManager, (void **)&job->manager);
    if (!ok_hr(hr, S_OK)) return FALSE;
    hr = IBackgroundCopyManager_CreateJob(job->manager, name, type, &job->id, &job->job);
    if (!ok_hr(hr, S_OK)) return FALSE;
    if (with_callback && (job->callback = callback_create(1))) job->callback->context = job;
    client_path(job->local);
    return TRUE;
}

BOOL program_begin(struct program_job *job, struct fixture *fixture, const CLSID *class_id, DWORD context,
                   const WCHAR *name, const WCHAR *path, BOOL with_callback)
{
    if (!begin(job, class_id, context, name, BG_JOB_TYPE_DOWNLOAD, with_callback)) return FALSE;
    server_url(fixture->server, path, job->url, ARRAYSIZE(job->url));
    return TRUE;
}

BOOL program_begin_upload(struct program_job *job, struct bitsserver *server, const WCHAR *name, BG_JOB_TYPE type,
                          uint64_t size, BOOL with_callback)
{
    if (!begin(job, &CLSID_BackgroundCopyManager, CLSCTX_LOCAL_SERVER, name, type, with_callback)) return FALSE;
    _snwprintf(job->url, ARRAYSIZE(job->url), L"http://127.0.0.1:%u/dir%s-stored", bitsserver_port(server),
               wcsrchr(job->local, '\\'));
    *wcsrchr(job->url, '\\') = '/';
    return ok(pattern_write_file(job->local, size, 3), "the file cannot be written");
}

void program_end(struct program_job *job)
{
    client_drop_job(job->job);
    callback_destroy(job->callback);
    if (job->manager) IBackgroundCopyManager_Release(job->manager);
    CloseHandle(job->event);
}

void program_register(struct program_job *job, ULONG flags, BOOL flags_first)
{
    if (flags_first) ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, flags), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback)), S_OK);
    if (!flags_first) ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, flags), S_OK);
}

BG_JOB_STATE program_loop(struct program_job *job, DWORD interval)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BG_JOB_STATE state;

    while ((state = client_state(job->job)) != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR &&
           state != BG_JOB_STATE_ACKNOWLEDGED && state != BG_JOB_STATE_CANCELLED && GetTickCount64() < deadline)
        client_wait(job->event, interval);
    return state;
}

BOOL program_add_file(struct program_job *job)
{
    HRESULT hr = IBackgroundCopyJob_AddFile(job->job, job->url, job->local);

    return ok_hr(hr, S_OK);
}

BOOL program_set_command(struct program_job *job, const WCHAR *parameters)
{
    WCHAR interpreter[MAX_PATH];
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    GetEnvironmentVariableW(L"ComSpec", interpreter, ARRAYSIZE(interpreter));
    hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2);
    if (!ok_hr(hr, S_OK)) return FALSE;
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, interpreter, parameters);
    IBackgroundCopyJob2_Release(job2);
    return ok_hr(hr, S_OK);
}

BOOL program_wait_file(const WCHAR *path, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;

    while (!client_file_exists(path) && GetTickCount64() < deadline) client_pause(50);
    return client_file_exists(path);
}

/* --- enumeration --------------------------------------------------------------------------------- */

IBackgroundCopyFile *program_first_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;

    ok_hr(IBackgroundCopyJob_EnumFiles(job, &files), S_OK);
    if (files)
    {
        ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
        IEnumBackgroundCopyFiles_Release(files);
    }
    return file;
}

static BOOL has_url(IBackgroundCopyJob *job, const WCHAR *url)
{
    IBackgroundCopyFile *file;
    WCHAR *remote = NULL;
    BOOL same = FALSE;

    if (!url) return TRUE;
    if (!(file = program_first_file(job))) return FALSE;
    if (IBackgroundCopyFile_GetRemoteName(file, &remote) == S_OK) same = !wcscmp(remote, url);
    CoTaskMemFree(remote);
    IBackgroundCopyFile_Release(file);
    return same;
}

IBackgroundCopyJob *program_find(IBackgroundCopyManager *manager, const WCHAR *name, const WCHAR *url)
{
    IBackgroundCopyJob *job, *found = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    ULONG count = 0, i;
    WCHAR *display;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    if (!jobs) return NULL;
    ok_hr(IEnumBackgroundCopyJobs_GetCount(jobs, &count), S_OK);
    for (i = 0; i < count && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK; i++)
    {
        display = NULL;
        ok_hr(IBackgroundCopyJob_GetDisplayName(job, &display), S_OK);
        if (!found && display && !wcscmp(display, name) && has_url(job, url))
        {
            IBackgroundCopyJob_AddRef(job);
            found = job;
        }
        CoTaskMemFree(display);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

/* --- upload server ------------------------------------------------------------------------------- */

static int answer_status(void *context, unsigned int number, const char *type)
{
    return ((struct upload_fault *)context)->status;
}

BOOL upload_server_begin(struct upload_server *upload, struct bitsserver_options options)
{
    WideCharToMultiByte(CP_ACP, 0, client_directory(), -1, upload->directory, sizeof(upload->directory), NULL, NULL);
    upload->fault.status = 0;
    options.directory = upload->directory;
    options.fault = answer_status;
    options.context = &upload->fault;
    upload->server = bitsserver_create(&options);
    return ok(upload->server != NULL, "no upload server");
}

void upload_server_end(struct upload_server *upload)
{
    bitsserver_destroy(upload->server);
}

BOOL upload_stored(const struct program_job *job, uint64_t size)
{
    WCHAR stored[MAX_PATH];

    _snwprintf(stored, ARRAYSIZE(stored), L"%s-stored", job->local);
    return ok(pattern_check_file(stored, size, 3), "the server has something else");
}

/* --- hooks --------------------------------------------------------------------------------------- */

HRESULT program_told(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                     IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;
    BG_ERROR_CONTEXT context;
    BG_JOB_PROGRESS progress;

    if (error) ok_hr(IBackgroundCopyError_GetError(error, &context, &program->error), S_OK);
    else ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    program->failed = error != NULL;
    program->transferred = !error;
    SetEvent(program->event);
    return S_OK;
}

/* A call may be under way when the service is killed. */
static BOOL answers(HRESULT hr)
{
    return hr != HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) && hr != HRESULT_FROM_WIN32(RPC_S_CALL_FAILED);
}

HRESULT program_look(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *none,
                     IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;
    IBackgroundCopyError *error = NULL;
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state = -1;
    HRESULT hr;

    if (answers(hr = IBackgroundCopyJob_GetState(job, &state))) ok_hr(hr, S_OK);
    if (answers(hr = IBackgroundCopyJob_GetProgress(job, &progress))) ok_hr(hr, S_OK);
    if (state == BG_JOB_STATE_TRANSIENT_ERROR && IBackgroundCopyJob_GetError(job, &error) == S_OK)
    {
        program->transient = TRUE;
        IBackgroundCopyError_Release(error);
    }
    SetEvent(program->event);
    return S_OK;
}

HRESULT program_complete(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                         IBackgroundCopyFile *file)
{
    struct program_job *program = callback->context;

    program->inside = IBackgroundCopyJob_Complete(job);
    program->transferred = TRUE;
    SetEvent(program->event);
    return program->inside;
}

HRESULT program_describe_and_cancel(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
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
    return program_told(callback, job, error, file);
}

/* --- restart ------------------------------------------------------------------------------------- */

/* As a crash would end it. On Windows the process may be that of other services, too. */
static void end_process(const WCHAR *service_name)
{
    DWORD id = client_service_process(service_name);
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id);

    if (!ok(process != NULL, "the service's process %lu cannot be opened: error %lu", id, GetLastError())) return;
    ok(TerminateProcess(process, 1), "it cannot be ended: error %lu", GetLastError());
    ok(client_wait(process, SOON_MS), "it does not end");
    CloseHandle(process);
}

void program_kill_service(struct fixture *fixture)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    HRESULT hr;

    if (winetest_is_wine()) end_process(fixture->service->service_name);
    else stop_service(fixture->service->service_name);
    IBackgroundCopyManager_Release(fixture->manager);
    /* Until the service manager has noticed, an activation may still go to the dead one. */
    do {
        fixture->manager = NULL;
        hr = CoCreateInstance(fixture->service->class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&fixture->manager);
        if (FAILED(hr)) client_pause(200);
    } while (FAILED(hr) && GetTickCount64() < deadline);
    ok_hr(hr, S_OK);
}

void program_hold(struct fixture *fixture)
{
    server_route(fixture->server, "/held",
                 &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_STALL, .stall_at = FILE_SIZE / 2});
}

void program_check_again(struct program_job *job, struct fixture *fixture, const char *client, BOOL kill)
{
    IBackgroundCopyJob *gone = NULL;
    char name[64], id[40];
    HANDLE found, child;

    ok(server_wait_stalled(fixture->server, "/held", 1, SOON_MS), "nothing is transferred");
    if (kill && may_stop_service(fixture->service->service_name))
    {
        program_kill_service(fixture);
        job->callback = NULL; /* what a dead service held stays held */
    }
    found = shared_event(name);
    child = winetest_spawn("again %s %s %ls %s", client, guid_text(&job->id, id), job->url, name);
    ok(client_wait(found, SOON_MS), "the program has not found its job");
    server_release(fixture->server, "/held");
    winetest_wait_child(child, 2 * SOON_MS);
    CloseHandle(found);
    if (fixture->manager) ok_hr(IBackgroundCopyManager_GetJob(fixture->manager, &job->id, &gone), BG_E_NOT_FOUND);
    client_drop_job(gone);
    ok(pattern_check_file(job->local, FILE_SIZE, 3), "the file is damaged");
    /* The proxies of a killed service's job say nothing any more. */
    IBackgroundCopyJob_Release(job->job);
    job->job = NULL;
}

static const struct again_program *find_program(const char *name)
{
    static const struct again_program *const lists[] = {updaters_again, samples_again, scripts_again};
    const struct again_program *program;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(lists); i++)
        for (program = lists[i]; program->name; program++)
            if (!strcmp(program->name, name)) return program;
    ok(FALSE, "no program %s", name);
    return NULL;
}

BOOL again_child(int argc, char **argv)
{
    const struct again_program *program;
    struct again again = {0};

    if (argc < 6 || strcmp(argv[1], "again")) return FALSE;
    if (!(program = find_program(argv[2])) || !client_start(program->apartment) ||
        !guid_from_text(argv[3], &again.id) || !(again.manager = client_manager(program->class_id)))
        return TRUE;
    again.client = argv[2];
    MultiByteToWideChar(CP_ACP, 0, argv[4], -1, again.url, ARRAYSIZE(again.url));
    again.found = CreateEventA(NULL, TRUE, FALSE, argv[5]);
    program->function(&again);
    IBackgroundCopyManager_Release(again.manager);
    return TRUE;
}
