/*
 * What every service of ours does between its start and its end.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <ole2.h>

#include "base/debug.h"
#include "service/activation.h"
#include "service/service.h"

DEBUG_CHANNEL(bitsservice);

/* There is one service in a process. */
static const struct service *current;
static SERVICE_STATUS_HANDLE status_handle;
static struct activation *activation;
static HANDLE stop_event;

static void report(DWORD state, DWORD error)
{
    SERVICE_STATUS status = {
        .dwServiceType = SERVICE_WIN32_OWN_PROCESS,
        .dwCurrentState = state,
        .dwControlsAccepted = state == SERVICE_RUNNING
                                  ? SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PARAMCHANGE
                                  : 0,
        .dwWin32ExitCode = error,
        .dwWaitHint = state == SERVICE_START_PENDING  ? 10000
                      : state == SERVICE_STOP_PENDING ? 2000
                                                      : 0,
    };

    SetServiceStatus(status_handle, &status);
}

static DWORD WINAPI control(DWORD code, DWORD type, void *data, void *context)
{
    switch (code)
    {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
        report(SERVICE_STOP_PENDING, 0);
        SetEvent(stop_event);
        return NO_ERROR;
    case SERVICE_CONTROL_PARAMCHANGE:
        log_configure();
        if (current->reconfigure) current->reconfigure();
        return NO_ERROR;
    case SERVICE_CONTROL_INTERROGATE: return NO_ERROR;
    default: return ERROR_CALL_NOT_IMPLEMENTED;
    }
}

/* A crash must not look like a service that runs: the next activation starts it again. */
static LONG WINAPI crashed(EXCEPTION_POINTERS *exception)
{
    ERR("exception %#lx at %p: the service ends\n", exception->ExceptionRecord->ExceptionCode,
        exception->ExceptionRecord->ExceptionAddress);
    activation_abandon(activation);
    report(SERVICE_STOPPED, ERROR_EXCEPTION_IN_SERVICE);
    TerminateProcess(GetCurrentProcess(), exception->ExceptionRecord->ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

#define RPCSS_TIMEOUT_MS 60000

/* COM needs the service RpcSs, which Wine starts when it is first needed.  That fails while the service manager starts
 * the automatic services, this one among them: it must be waited for, and nothing tells when. */
static DWORD wait_for_rpcss(void)
{
    ULONGLONG deadline = GetTickCount64() + RPCSS_TIMEOUT_MS;
    SC_HANDLE manager, rpcss;
    SERVICE_STATUS status;
    DWORD error = 0;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return GetLastError();
    if (!(rpcss = OpenServiceW(manager, L"RpcSs", SERVICE_START | SERVICE_QUERY_STATUS))) error = GetLastError();
    while (!error)
    {
        if (!QueryServiceStatus(rpcss, &status)) error = GetLastError();
        else if (status.dwCurrentState == SERVICE_RUNNING) break;
        else if (status.dwCurrentState == SERVICE_STOPPED && !StartServiceW(rpcss, 0, NULL))
        {
            error = GetLastError();
            if (error == ERROR_SERVICE_DATABASE_LOCKED || error == ERROR_SERVICE_ALREADY_RUNNING) error = 0;
        }
        if (!error && GetTickCount64() >= deadline) error = ERROR_SERVICE_REQUEST_TIMEOUT;
        if (!error) Sleep(50);
    }
    if (rpcss) CloseServiceHandle(rpcss);
    CloseServiceHandle(manager);
    return error;
}

static HRESULT initialize_com(void)
{
    DWORD error;
    HRESULT hr;

    /* Without RpcSs COM may still do: Windows does not let everybody ask. */
    if ((error = wait_for_rpcss())) WARN("RpcSs is not there, error %lu\n", error);

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED))) return hr;
    /* Clients must let us know who they are; we call them as ourselves. */
    hr = CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
                              EOAC_NONE, NULL);
    if (SUCCEEDED(hr)) return S_OK;
    CoUninitialize();
    return hr;
}

void service_set_automatic(const WCHAR *name, BOOL automatic)
{
    DWORD type = automatic ? SERVICE_AUTO_START : SERVICE_DEMAND_START;
    SC_HANDLE manager, service;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) goto failed;
    if (!(service = OpenServiceW(manager, name, SERVICE_CHANGE_CONFIG)))
    {
        CloseServiceHandle(manager);
        goto failed;
    }
    if (!ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                              NULL))
        WARN("cannot change the start type, error %lu\n", GetLastError());
    CloseServiceHandle(service);
    CloseServiceHandle(manager);
    return;

failed:
    WARN("cannot reach the service's configuration, error %lu\n", GetLastError());
}

void service_main(const struct service *service)
{
    IClassFactory *factory = NULL;
    HRESULT hr;

    log_configure();
    current = service;
    if (!(stop_event = CreateEventW(NULL, TRUE, FALSE, NULL))) return;
    if (!(status_handle = RegisterServiceCtrlHandlerExW(service->name, control, NULL))) return;
    report(SERVICE_START_PENDING, 0);
    SetUnhandledExceptionFilter(crashed);
    log_event("%ls %s starts", service->name, WINE_BITS_VERSION);

    if (activation_is_process_id_used())
    {
        /* Whoever needs the service starts it again: as another process. */
        hr = HRESULT_FROM_WIN32(ERROR_SERVICE_NEVER_STARTED);
        goto done;
    }
    if (FAILED(hr = initialize_com())) goto done;
    if (SUCCEEDED(hr = service->start(&factory)))
    {
        hr = activation_create(service->name, service->classes, service->class_count, factory, &activation);
        if (SUCCEEDED(hr))
        {
            report(SERVICE_RUNNING, 0);
            TRACE("%s runs\n", debug_wstr(service->name));
            WaitForSingleObject(stop_event, INFINITE);
            /* First of all: nobody shall reach a service that ends. */
            activation_destroy(activation);
            activation = NULL;
        }
        IClassFactory_Release(factory);
        service->stop();
    }
    CoUninitialize();

done:
    if (FAILED(hr)) ERR("%s cannot run, hr %#lx\n", debug_wstr(service->name), hr);
    log_event("%ls ends, result %#lx", service->name, hr);
    CloseHandle(stop_event);
    report(SERVICE_STOPPED, HRESULT_FACILITY(hr) == FACILITY_WIN32 ? HRESULT_CODE(hr) : (DWORD)hr);
}
