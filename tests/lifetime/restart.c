/*
 * A service that is stopped or killed: what its clients see, and that the next activation brings it back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lifetime.h"

#define FILE_SIZE 300000
#define STALL_AT 100000
#define STOP_MS 2000
#define COME_BACK_MS 5000

/* --- a job that is being transferred ------------------------------------------------------------- */

struct transfer
{
    const struct service *service;
    struct server *server;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    GUID id;
    WCHAR local[MAX_PATH];
};

/* Start a transfer that stands still in the middle because of the server. */
static BOOL begin_transfer(struct transfer *transfer, const struct service *service, unsigned int flags)
{
    struct route route = {.size = FILE_SIZE, .seed = 9, .flags = flags, .stall_at = STALL_AT};
    WCHAR url[128];

    memset(transfer, 0, sizeof(*transfer));
    transfer->service = service;
    if (!(transfer->server = server_create()) || !(transfer->manager = client_manager(service->class_id))) return FALSE;
    server_route(transfer->server, "/file", &route);
    server_url(transfer->server, L"/file", url, ARRAYSIZE(url));
    transfer->job = service_job(service, transfer->manager, url, client_path(transfer->local), &transfer->id);
    if (!transfer->job) return FALSE;
    ok_hr(IBackgroundCopyJob_Resume(transfer->job), S_OK);
    return ok(server_wait_stalled(transfer->server, "/file", 1, SOON_MS), "the transfer does not get there");
}

/* An answer of the way to the service, not of the service. */
static BOOL is_rpc_error(HRESULT hr)
{
    return hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE) || hr == HRESULT_FROM_WIN32(RPC_S_UNKNOWN_IF) ||
           hr == RPC_E_DISCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE ||
           hr == CO_E_OBJNOTCONNECTED;
}

/* B-756: pointers into the service that has gone fail, at once. */
static void check_dead_pointers(struct transfer *transfer)
{
    ULONGLONG start = GetTickCount64();
    IBackgroundCopyJob *job = NULL;
    BG_JOB_STATE state;
    HRESULT hr;

    hr = IBackgroundCopyJob_GetState(transfer->job, &state);
    ok(is_rpc_error(hr), "GetState returned %#lx", hr);
    hr = IBackgroundCopyManager_GetJob(transfer->manager, &transfer->id, &job);
    ok(is_rpc_error(hr), "GetJob returned %#lx", hr);
    IBackgroundCopyJob_Release(transfer->job);
    IBackgroundCopyManager_Release(transfer->manager);
    transfer->job = NULL;
    transfer->manager = NULL;
    ok(GetTickCount64() - start < COME_BACK_MS, "the calls took %u ms", (unsigned int)(GetTickCount64() - start));
}

/* The next activation: within the time, in another process. */
static void check_comes_back(struct transfer *transfer, DWORD old_process)
{
    ULONGLONG start = GetTickCount64();
    DWORD process;

    transfer->manager = client_manager(transfer->service->class_id);
    ok(GetTickCount64() - start < COME_BACK_MS, "the activation took %u ms", (unsigned int)(GetTickCount64() - start));
    process = client_service_process(transfer->service->name);
    ok(process && process != old_process, "the service was process %lu and is %lu", old_process, process);
}

/* B-750, B-756: the job is there again and goes on by itself. */
static void finish_transfer(struct transfer *transfer)
{
    if (!transfer->manager) return;
    ok_hr(IBackgroundCopyManager_GetJob(transfer->manager, &transfer->id, &transfer->job), S_OK);
    if (!transfer->job) return;
    server_release(transfer->server, "/file");
    if (client_wait_state(transfer->job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Complete(transfer->job), S_OK);
        ok(pattern_check_file(transfer->local, FILE_SIZE, 9), "the file is damaged");
    }
}

static void end_transfer(struct transfer *transfer)
{
    client_drop_job(transfer->job);
    if (transfer->manager) IBackgroundCopyManager_Release(transfer->manager);
    server_destroy(transfer->server);
}

/* --- stopped -------------------------------------------------------------------------------------- */

static SC_HANDLE open_service(const WCHAR *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;

    if (manager)
    {
        service = OpenServiceW(manager, name, SERVICE_STOP | SERVICE_QUERY_STATUS);
        CloseServiceHandle(manager);
    }
    return service;
}

/* Stop and wait until it has; the control manager gives no event for it that Wine has too. */
static void stop_service(SC_HANDLE service)
{
    ULONGLONG start = GetTickCount64();
    SERVICE_STATUS status = {0};

    if (!ok(ControlService(service, SERVICE_CONTROL_STOP, &status), "it cannot be stopped: error %lu", GetLastError()))
        return;
    while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
           GetTickCount64() - start < 5 * STOP_MS)
        client_pause(10);
    ok_int(status.dwCurrentState, SERVICE_STOPPED);
    ok_int(status.dwWin32ExitCode, 0);
    ok(GetTickCount64() - start < STOP_MS, "stopping took %u ms", (unsigned int)(GetTickCount64() - start));
}

static void check_stop(const struct service *service, unsigned int flags)
{
    struct transfer transfer;
    SC_HANDLE handle = NULL;
    DWORD process;

    if (begin_transfer(&transfer, service, flags) && !(handle = open_service(service->name)))
        skip("%s may not be stopped by this user: error %lu", service->label, GetLastError());
    if (handle)
    {
        process = client_service_process(service->name);
        stop_service(handle);
        check_dead_pointers(&transfer);
        check_comes_back(&transfer, process);
        finish_transfer(&transfer);
        CloseServiceHandle(handle);
    }
    end_transfer(&transfer);
}

void test_stop(void)
{
    static const struct
    {
        const char *what;
        unsigned int flags;
    } stalls[] = {{"body stalls", ROUTE_STALL}, {"head stalls", ROUTE_STALL_HEAD}};
    unsigned int i, j;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        for (j = 0; j < ARRAYSIZE(stalls); j++)
        {
            winetest_push_context("%s: %s", services[i].label, stalls[j].what);
            check_stop(&services[i], stalls[j].flags);
            winetest_pop_context();
        }
    }
}

/* --- killed ---------------------------------------------------------------------------------------- */

static BOOL kill_service(DWORD id)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id);

    if (!ok(process != NULL, "process %lu cannot be opened: error %lu", id, GetLastError())) return FALSE;
    ok(TerminateProcess(process, 1), "process %lu cannot be killed: error %lu", id, GetLastError());
    ok(WaitForSingleObject(process, SOON_MS) == WAIT_OBJECT_0, "process %lu does not end", id);
    CloseHandle(process);
    return TRUE;
}

static void check_kill(const struct service *service)
{
    struct transfer transfer;
    DWORD process;

    if (begin_transfer(&transfer, service, ROUTE_STALL) && (process = client_service_process(service->name)) &&
        kill_service(process))
    {
        check_dead_pointers(&transfer);
        check_comes_back(&transfer, process);
        finish_transfer(&transfer);
    }
    end_transfer(&transfer);
}

/* The same when another program is the first to ask. */
static void check_kill_other_client(void)
{
    DWORD process = client_service_process(L"BITS");
    HANDLE child;

    if (!process || !kill_service(process)) return;
    if ((child = winetest_spawn("activate")))
        ok(WaitForSingleObject(child, COME_BACK_MS + 1000) == WAIT_OBJECT_0, "the activation takes too long");
    winetest_wait_child(child, SOON_MS);
    ok(client_service_process(L"BITS") != process, "it still is process %lu", process);
}

/* Wine only: killing a service's process is nothing a program of Windows may do. */
void test_kill(void)
{
    unsigned int i, round;

    if (!winetest_is_wine())
    {
        skip("services are not killed on Windows");
        return;
    }
    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        for (round = 1; round <= 3; round++)
        {
            winetest_push_context("%s: round %u", services[i].label, round);
            check_kill(&services[i]);
            winetest_pop_context();
        }
    }
    check_kill_other_client();
}
