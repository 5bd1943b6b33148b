/*
 * A service manager that is busy, services that are disabled or cannot run, clients with windows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "activation/activation.h"
#include <shlobj.h>

/* What a client may wait for an answer that is certain from the beginning. */
#define AT_ONCE_MS 8000

static SC_HANDLE open_service(const WCHAR *name, DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;

    if (manager)
    {
        service = OpenServiceW(manager, name, access);
        CloseServiceHandle(manager);
    }
    return service;
}

/* --- stopping --------------------------------------------------------------------------------- */

static void stop_service(const WCHAR *name)
{
    SC_HANDLE service = open_service(name, SERVICE_STOP | SERVICE_QUERY_STATUS);
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    SERVICE_STATUS status;

    if (!ok(!!service, "%s cannot be opened: error %lu", wine_dbgstr_w(name), GetLastError())) return;
    ControlService(service, SERVICE_CONTROL_STOP, &status);
    while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
           GetTickCount64() < deadline)
        Sleep(20);
    ok(status.dwCurrentState == SERVICE_STOPPED, "%s does not stop", wine_dbgstr_w(name));
    CloseServiceHandle(service);
}

void stop_services(void)
{
    stop_service(L"BITS");
    stop_service(L"DoSvc");
}

/* --- a service that is slow to start --------------------------------------------------------------- */

static HANDLE slow_starter;
static WCHAR slow_name[64];

static void WINAPI slow_main(DWORD argc, WCHAR **argv)
{
    SERVICE_STATUS status = {.dwServiceType = SERVICE_WIN32_OWN_PROCESS, .dwCurrentState = SERVICE_STOPPED};

    SetServiceStatus(RegisterServiceCtrlHandlerW(L"", NULL), &status);
}

void slow_service(void)
{
    static WCHAR name[] = L"";
    const SERVICE_TABLE_ENTRYW table[] = {{name, slow_main}, {NULL, NULL}};

    Sleep(SLOW_START_MS);
    StartServiceCtrlDispatcherW(table);
}

static DWORD WINAPI start_slow(void *arg)
{
    SC_HANDLE service = open_service(slow_name, SERVICE_START);

    SetEvent(arg);
    if (service)
    {
        StartServiceW(service, 0, NULL);
        CloseServiceHandle(service);
    }
    return 0;
}

BOOL slow_start_begin(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE), service;
    HANDLE begun = CreateEventW(NULL, TRUE, FALSE, NULL);
    WCHAR program[MAX_PATH], command[MAX_PATH + 32];
    DWORD error = GetLastError();

    GetModuleFileNameW(NULL, program, ARRAYSIZE(program));
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" slow_service", program);
    _snwprintf(slow_name, ARRAYSIZE(slow_name), L"wb-slow-%lu", GetCurrentProcessId());
    service = manager
                  ? CreateServiceW(manager, slow_name, NULL, SERVICE_START | DELETE, SERVICE_WIN32_OWN_PROCESS,
                                   SERVICE_DEMAND_START, SERVICE_ERROR_IGNORE, command, NULL, NULL, NULL, NULL, NULL)
                  : NULL;
    if (manager && !service) error = GetLastError();
    if (manager) CloseServiceHandle(manager);
    if (!service)
    {
        skip("no service can be made (error %lu)", error);
        CloseHandle(begun);
        return FALSE;
    }
    CloseServiceHandle(service);
    slow_starter = CreateThread(NULL, 0, start_slow, begun, 0, NULL);
    WaitForSingleObject(begun, SOON_MS);
    /* There is no event for "the manager has begun". */
    Sleep(300);
    CloseHandle(begun);
    return TRUE;
}

void slow_start_end(void)
{
    SC_HANDLE service;

    ok(WaitForSingleObject(slow_starter, 3 * SOON_MS) == WAIT_OBJECT_0, "the slow service does not come up");
    CloseHandle(slow_starter);
    if (!(service = open_service(slow_name, DELETE))) return;
    ok(DeleteService(service), "error %lu", GetLastError());
    CloseServiceHandle(service);
}

/* --- disabled ----------------------------------------------------------------------------------------- */

static void set_start_type(SC_HANDLE service, DWORD type)
{
    ok(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                            NULL),
       "error %lu", GetLastError());
}

static DWORD start_type(SC_HANDLE service)
{
    BYTE buffer[8192];
    DWORD size;

    ok(QueryServiceConfigW(service, (QUERY_SERVICE_CONFIGW *)buffer, sizeof(buffer), &size), "error %lu",
       GetLastError());
    return ((QUERY_SERVICE_CONFIGW *)buffer)->dwStartType;
}

static void check_refused(const CLSID *class_id, HRESULT expected)
{
    ULONGLONG start = GetTickCount64();
    IUnknown *object = NULL;

    ok_hr(CoCreateInstance(class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object), expected);
    if (object) IUnknown_Release(object);
    ok(GetTickCount64() - start < AT_ONCE_MS, "it took %u ms", (unsigned int)(GetTickCount64() - start));
}

static void check_disabled(const WCHAR *name, const CLSID *class_id, BOOL is_do)
{
    SC_HANDLE service = open_service(name, SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG);

    if (!service)
    {
        skip("the configuration of %s cannot be changed (error %lu)", wine_dbgstr_w(name), GetLastError());
        return;
    }
    stop_service(name);
    set_start_type(service, SERVICE_DISABLED);
    check_refused(class_id, HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED));
    check_refused(class_id, HRESULT_FROM_WIN32(ERROR_SERVICE_DISABLED));
    ok_int(start_type(service), SERVICE_DISABLED);
    set_start_type(service, SERVICE_DEMAND_START);
    activate(is_do);
    CloseServiceHandle(service);
}

/* What an administrator disables while the service runs stays disabled when jobs come and go. */
static void check_disabled_at_work(void)
{
    SC_HANDLE service = open_service(L"BITS", SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG);
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job;

    if (!service || !manager) return;
    set_start_type(service, SERVICE_DISABLED);
    job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    client_pause(1000);
    ok_int(start_type(service), SERVICE_DISABLED);
    client_drop_job(job);
    client_pause(1000);
    ok_int(start_type(service), SERVICE_DISABLED);
    set_start_type(service, SERVICE_DEMAND_START);
    IBackgroundCopyManager_Release(manager);
    CloseServiceHandle(service);
}

static void disabled(void *arg)
{
    check_disabled(L"BITS", &CLSID_BackgroundCopyManager, FALSE);
    check_disabled(L"DoSvc", &CLSID_DeliveryOptimization, TRUE);
    check_disabled_at_work();
}

void test_disabled(void)
{
    client_run(COINIT_MULTITHREADED, disabled, NULL);
}

/* --- a store that cannot be used -------------------------------------------------------------------------- */

static void unusable_store(void *arg)
{
    WCHAR store[MAX_PATH], aside[MAX_PATH];

    SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, store);
    lstrcatW(store, L"\\Microsoft\\Network\\Downloader");
    stop_service(L"BITS");
    SHCreateDirectoryExW(NULL, store, NULL);
    lstrcatW(store, L"\\jobs.journal");
    lstrcpyW(aside, store);
    lstrcatW(aside, L".aside");
    MoveFileW(store, aside);
    if (ok(CreateDirectoryW(store, NULL), "error %lu", GetLastError()))
    {
        /* At the first time the class may be unknown in the session, at the second it is not. */
        check_refused(&CLSID_BackgroundCopyManager, HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
        check_refused(&CLSID_BackgroundCopyManager, HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED));
        activate(TRUE);
        ok(RemoveDirectoryW(store), "error %lu", GetLastError());
    }
    MoveFileW(aside, store);
    activate(FALSE);
}

void test_unusable_store(void)
{
    if (!winetest_is_wine())
    {
        skip("the store of Windows is not touched");
        return;
    }
    client_run(COINIT_MULTITHREADED, unusable_store, NULL);
}

/* --- messages while a client waits ---------------------------------------------------------------------------- */

struct pinger
{
    HWND window;
    HANDLE stop;
    unsigned int answered, missed;
};

static DWORD WINAPI ping(void *arg)
{
    struct pinger *pinger = arg;
    DWORD_PTR result;

    while (WaitForSingleObject(pinger->stop, 100) == WAIT_TIMEOUT)
    {
        if (SendMessageTimeoutW(pinger->window, WM_NULL, 0, 0, SMTO_NORMAL, 2500, &result)) pinger->answered++;
        else pinger->missed++;
    }
    return 0;
}

/* A broadcast SendMessage must not wait for a thread that waits for the service. */
static void messages(void *arg)
{
    struct pinger pinger = {0};
    HANDLE thread;

    pinger.window = CreateWindowExW(0, L"Static", NULL, 0, 0, 0, 0, 0, HWND_MESSAGE, NULL, NULL, NULL);
    pinger.stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!ok(!!pinger.window, "no window: error %lu", GetLastError())) return;
    /* COM itself asks the service manager where the class is not yet in the table, and does not pump meanwhile. */
    activate(FALSE);
    stop_services();
    if (slow_start_begin())
    {
        thread = CreateThread(NULL, 0, ping, &pinger, 0, NULL);
        activate(FALSE);
        SetEvent(pinger.stop);
        client_wait(thread, SOON_MS);
        CloseHandle(thread);
        ok(pinger.answered > 5, "only %u messages were answered", pinger.answered);
        ok(!pinger.missed, "%u messages were not answered", pinger.missed);
        slow_start_end();
    }
    DestroyWindow(pinger.window);
    CloseHandle(pinger.stop);
}

void test_messages(void)
{
    client_run(COINIT_APARTMENTTHREADED, messages, NULL);
}
