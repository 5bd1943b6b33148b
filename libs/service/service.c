/*
 * What every service of ours does between its start and its end.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <ole2.h>
#include <wchar.h>

#include "base/crash.h"
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
static void end_crashed(DWORD exception)
{
    activation_abandon(activation);
    report(SERVICE_STOPPED, ERROR_EXCEPTION_IN_SERVICE);
}

/* Faults of others on our threads. */
static LONG WINAPI crashed(EXCEPTION_POINTERS *exception)
{
    ERR("exception %#lx at %p: the service ends\n", exception->ExceptionRecord->ExceptionCode,
        exception->ExceptionRecord->ExceptionAddress);
    end_crashed(exception->ExceptionRecord->ExceptionCode);
    TerminateProcess(GetCurrentProcess(), exception->ExceptionRecord->ExceptionCode);
    return EXCEPTION_EXECUTE_HANDLER;
}

static HRESULT initialize_com(void)
{
    HRESULT hr;

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED))) return hr;
    /* Clients must let us know who they are; we call them as ourselves. */
    hr = CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY, NULL,
                              EOAC_NONE, NULL);
    if (SUCCEEDED(hr)) return S_OK;
    CoUninitialize();
    return hr;
}

static DWORD open_service(const WCHAR *name, DWORD access, SC_HANDLE *service)
{
    SC_HANDLE manager;
    DWORD error = 0;

    *service = NULL;
    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return GetLastError();
    if (!(*service = OpenServiceW(manager, name, access))) error = GetLastError();
    CloseServiceHandle(manager);
    return error;
}

static DWORD get_start_type(SC_HANDLE service, DWORD *type)
{
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192]; /* the most there can be */
    } current;
    DWORD size;

    if (!QueryServiceConfigW(service, &current.config, sizeof(current), &size)) return GetLastError();
    *type = current.config.dwStartType;
    return 0;
}

BOOL service_is_automatic(const WCHAR *name)
{
    DWORD type = SERVICE_DEMAND_START, error;
    SC_HANDLE service;

    if (!(error = open_service(name, SERVICE_QUERY_CONFIG, &service)))
    {
        error = get_start_type(service, &type);
        CloseServiceHandle(service);
    }
    if (error) WARN("cannot read the start type of %s, error %lu\n", debug_wstr(name), error);
    return type == SERVICE_AUTO_START;
}

/* Wine forgets the dependencies of a service in a change that does not name them, and its query does not have them. */
static void read_dependencies(const WCHAR *name, WCHAR *names, DWORD size)
{
    WCHAR path[128];

    swprintf(path, ARRAYSIZE(path), L"System\\CurrentControlSet\\Services\\%ls", name);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, names, &size))
        names[0] = names[1] = 0;
}

void service_set_automatic(const WCHAR *name, BOOL automatic)
{
    WCHAR dependencies[256];
    DWORD type, wanted = automatic ? SERVICE_AUTO_START : SERVICE_DEMAND_START, error;
    SC_HANDLE service;

    if (!(error = open_service(name, SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG, &service)))
    {
        read_dependencies(name, dependencies, sizeof(dependencies));
        /* What an administrator has disabled stays so. */
        if (!(error = get_start_type(service, &type)) && type != SERVICE_DISABLED && type != wanted &&
            !ChangeServiceConfigW(service, SERVICE_NO_CHANGE, wanted, SERVICE_NO_CHANGE, NULL, NULL, NULL, dependencies,
                                  NULL, NULL, NULL))
            error = GetLastError();
        CloseServiceHandle(service);
    }
    if (error) WARN("cannot change the start type of %s, error %lu\n", debug_wstr(name), error);
}

/* From the start to the request to stop, or to the failure of the start. */
static HRESULT run(const struct service *service)
{
    IClassFactory *factory;
    HRESULT hr;

    /* The classes have entries before the service can fail: they lead to who says why. */
    if (!(activation = activation_create(service->name, service->classes, service->class_count))) return E_OUTOFMEMORY;
    if (SUCCEEDED(hr = service->start(&factory)))
    {
        if (SUCCEEDED(hr = activation_publish(activation, factory)))
        {
            report(SERVICE_RUNNING, 0);
            TRACE("%s runs\n", debug_wstr(service->name));
            WaitForSingleObject(stop_event, INFINITE);
        }
        else activation_publish_failure(activation, hr);
        /* First of all: nobody shall reach a service that ends. */
        activation_destroy(activation);
        activation = NULL;
        IClassFactory_Release(factory);
        service->stop();
        return hr;
    }
    activation_publish_failure(activation, hr);
    activation_destroy(activation);
    activation = NULL;
    return hr;
}

void service_main(const struct service *service)
{
    HRESULT hr;

    log_configure();
    current = service;
    if (!(stop_event = CreateEventW(NULL, TRUE, FALSE, NULL))) return;
    if (!(status_handle = RegisterServiceCtrlHandlerExW(service->name, control, NULL))) return;
    report(SERVICE_START_PENDING, 0);
    SetUnhandledExceptionFilter(crashed);
    crash_guard(service->name, end_crashed);
    log_event("%ls %s starts", service->name, WINE_BITS_VERSION);

    if (activation_is_process_id_used())
    {
        /* Whoever needs the service starts it again: as another process. */
        hr = HRESULT_FROM_WIN32(ERROR_SERVICE_NEVER_STARTED);
        goto done;
    }
    if (FAILED(hr = initialize_com())) goto done;
    hr = run(service);
    CoUninitialize();

done:
    if (FAILED(hr)) ERR("%s cannot run, hr %#lx\n", debug_wstr(service->name), hr);
    log_event("%ls ends, result %#lx", service->name, hr);
    CloseHandle(stop_event);
    report(SERVICE_STOPPED, HRESULT_FACILITY(hr) == FACILITY_WIN32 ? HRESULT_CODE(hr) : (DWORD)hr);
}
