/*
 * Upload jobs against the upload server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/upload.h"
#include "wine/test.h"

IBackgroundCopyManager *upload_manager;

/* --- one upload ----------------------------------------------------------------------------- */

BOOL upload_add(struct upload *upload, BG_JOB_TYPE type, uint64_t size)
{
    static unsigned int name_counter;
    WCHAR url[MAX_PATH];

    upload->size = size;
    upload->seed = (uint32_t)(size + 7);
    client_path(upload->local);
    if (!ok(pattern_write_file(upload->local, size, upload->seed), "cannot write the file\n")) return FALSE;
    swprintf(upload->name, ARRAYSIZE(upload->name), L"stored%u.bin", ++name_counter);
    swprintf(upload->stored, ARRAYSIZE(upload->stored), L"%s%s", client_directory(), upload->name);
    DeleteFileW(upload->stored);
    if (upload->url)
        swprintf(url, ARRAYSIZE(url), L"%s%s%s", upload->url, upload->name, upload->query ? upload->query : L"?x=1");
    else
        swprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%u/dir/%s%s", bitsserver_port(upload->server), upload->name,
                 upload->query ? upload->query : L"?x=1");
    if (!(upload->job = client_job(upload_manager, type))) return FALSE;
    ok_hr(IBackgroundCopyJob_GetId(upload->job, &upload->id), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(upload->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(upload->job, 5), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(upload->job, url, upload->local), S_OK);
    return TRUE;
}

BOOL upload_begin(struct upload *upload, BG_JOB_TYPE type, uint64_t size)
{
    WideCharToMultiByte(CP_ACP, 0, client_directory(), -1, upload->directory, sizeof(upload->directory), NULL, NULL);
    upload->options.directory = upload->directory;
    upload->server = bitsserver_create(&upload->options);
    return ok(upload->server != NULL, "no server\n") && upload_add(upload, type, size);
}

void upload_restart_server(struct upload *upload)
{
    struct bitsserver_options options = upload->options;

    options.port = bitsserver_port(upload->server);
    bitsserver_destroy(upload->server);
    upload->server = bitsserver_create(&options);
    ok(upload->server != NULL, "the server does not start again\n");
}

void upload_end(struct upload *upload)
{
    struct bitsserver_counts counts = {0};
    BG_JOB_STATE state = upload->job ? client_state(upload->job) : BG_JOB_STATE_CANCELLED;

    if (upload->server) bitsserver_count(upload->server, &counts);
    client_drop_job(upload->job);
    /* What is cancelled is told to the server, or to whoever has its port next. */
    if (counts.sessions && state != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ACKNOWLEDGED &&
        state != BG_JOB_STATE_CANCELLED)
        bitsserver_wait_cancels(upload->server, counts.cancels + 1, 3000);
    if (upload->server)
    {
        bitsserver_count(upload->server, &counts);
        ok_int(counts.strange, 0); /* U-272 */
    }
    bitsserver_destroy(upload->server);
    /* The source is never touched, whatever becomes of the job. */
    ok(pattern_check_file(upload->local, upload->size, upload->seed), "the source has changed\n");
    DeleteFileW(upload->local);
    DeleteFileW(upload->stored);
}

BOOL upload_run(struct upload *upload, BG_JOB_STATE state, DWORD timeout)
{
    ok_hr(IBackgroundCopyJob_Resume(upload->job), S_OK);
    return client_wait_state(upload->job, state, timeout);
}

void upload_check(struct upload *upload)
{
    ok(pattern_check_file(upload->stored, upload->size, upload->seed), "the server has something else\n");
}

/* --- faults ------------------------------------------------------------------------------------ */

int upload_fault(void *context, unsigned int number, const char *type)
{
    struct fault *fault = context;
    unsigned int seen;

    if (fault->type && strcmp(fault->type, type)) return 0;
    seen = InterlockedIncrement(&fault->seen);
    return seen >= fault->first && seen <= fault->last ? fault->what : 0;
}

int upload_gate(void *context, unsigned int number, const char *type)
{
    struct gate *gate = context;

    if (strcmp(type, gate->type) || InterlockedIncrement(&gate->seen) <= gate->open) return 0;
    SetEvent(gate->held);
    WaitForSingleObject(gate->released, SOON_MS);
    return BITSSERVER_CLOSE_BEFORE;
}

void gate_init(struct gate *gate, const char *type, LONG open)
{
    gate->type = type;
    gate->open = open;
    gate->seen = 0;
    gate->held = CreateEventW(NULL, TRUE, FALSE, NULL);
    gate->released = CreateEventW(NULL, TRUE, FALSE, NULL);
}

void gate_release(struct gate *gate)
{
    gate->open = 0x7fffffff;
    SetEvent(gate->released);
}

void gate_cleanup(struct gate *gate)
{
    CloseHandle(gate->held);
    CloseHandle(gate->released);
}

/* --- the service ---------------------------------------------------------------------------------- */

/* Not on Windows: what is tested after that has to hold without it as well. */
void upload_kill_service(void)
{
    DWORD id = client_service_process(L"BITS");
    HANDLE process;

    if (!winetest_is_wine())
    {
        skip("services are not killed on Windows\n");
        return;
    }
    process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id);
    if (!ok(process != NULL, "cannot open the service's process %lu\n", id)) return;
    ok(TerminateProcess(process, 1), "cannot end it: %lu\n", GetLastError());
    ok(client_wait(process, SOON_MS), "it does not end\n");
    CloseHandle(process);
}

BOOL upload_find_again(struct upload *upload, HRESULT expected)
{
    ULONGLONG end = GetTickCount64() + SOON_MS;
    HRESULT hr = E_FAIL;

    if (upload->job) IBackgroundCopyJob_Release(upload->job);
    IBackgroundCopyManager_Release(upload_manager);
    upload->job = NULL;
    upload_manager = NULL;
    /* Until the service manager has noticed, an activation may still go to the dead one. */
    while (FAILED(hr) && GetTickCount64() < end)
    {
        hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                              (void **)&upload_manager);
        if (FAILED(hr)) client_pause(200);
    }
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return FALSE;
    ok_hr(hr = IBackgroundCopyManager_GetJob(upload_manager, &upload->id, &upload->job), expected);
    return hr == expected;
}
