/*
 * The class that leads a client's activation to the running service.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * See service/activation.h for the whole way.  Two objects: one that unmarshals an entry of the class table,
 * and the service provider that comes out of it, whom combase asks for the class factory.
 */

#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <servprov.h>

#include "base/debug.h"
#include "service/activation.h"
#include "activator.h"
#include "classobject.h"

DEBUG_CHANNEL(bitsservice);

/* Twice as long as combase itself waits for a local server: a busy machine may need it.  A service that cannot start
 * says so earlier. */
#define START_TIMEOUT_MS 60000
/* Between two requests to the service manager, and two looks without a sign. */
#define RETRY_MS 1000

/* --- finding, starting and reaching the service ------------------------------------- */

static BOOL is_process_alive(DWORD id, ULONGLONG started)
{
    FILETIME created, exited, kernel, user;
    HANDLE process;
    BOOL alive;

    process = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
    /* A process that we may not open exists. */
    if (!process) return GetLastError() == ERROR_ACCESS_DENIED;
    alive = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    if (alive && GetProcessTimes(process, &created, &exited, &kernel, &user))
        alive = started == (((ULONGLONG)created.dwHighDateTime << 32) | created.dwLowDateTime);
    CloseHandle(process);
    return alive;
}

/* The factory a living service has published: CO_E_SERVER_STOPPING-like failures mean "none now". */
static HRESULT connect_published(HKEY key, REFIID iid, void **out)
{
    ULONGLONG started;
    DWORD process, size;
    HGLOBAL memory = NULL;
    IStream *stream;
    void *objref;
    HRESULT hr;

    *out = NULL;
    size = sizeof(process);
    if (RegGetValueW(key, NULL, ACTIVATION_VALUE_PROCESS, RRF_RT_REG_DWORD, NULL, &process, &size))
        return CO_E_SERVER_STOPPING;
    size = sizeof(started);
    if (RegGetValueW(key, NULL, ACTIVATION_VALUE_STARTED, RRF_RT_REG_QWORD, NULL, &started, &size))
        return CO_E_SERVER_STOPPING;
    if (!is_process_alive(process, started)) return CO_E_SERVER_STOPPING;
    if (RegGetValueW(key, NULL, ACTIVATION_VALUE_FACTORY, RRF_RT_REG_BINARY, NULL, NULL, &size))
        return CO_E_SERVER_STOPPING;

    if (!(memory = GlobalAlloc(GMEM_FIXED, size))) return E_OUTOFMEMORY;
    objref = memory;
    if (RegGetValueW(key, NULL, ACTIVATION_VALUE_FACTORY, RRF_RT_REG_BINARY, NULL, objref, &size))
    {
        GlobalFree(memory);
        return CO_E_SERVER_STOPPING;
    }
    if (FAILED(hr = CreateStreamOnHGlobal(memory, TRUE, &stream)))
    {
        GlobalFree(memory);
        return hr;
    }
    hr = CoUnmarshalInterface(stream, iid, out);
    IStream_Release(stream);
    return hr;
}

/* A request to the service manager, which can take as long as another service needs to start: made by a thread of the
 * pool, since the caller's own may have windows.  Two users: that thread and who waits. */
struct start_request
{
    LONG refs;
    HANDLE done;
    DWORD error;
    HMODULE module; /* this DLL stays as long as the thread is in it */
    WCHAR service[16];
};

static DWORD start_service(const WCHAR *name)
{
    /* Two first connections of a process to the service manager at once make handles that do not fit together. */
    static SRWLOCK lock = SRWLOCK_INIT;
    SC_HANDLE manager, service = NULL;
    DWORD error = 0;

    AcquireSRWLockExclusive(&lock);
    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) error = GetLastError();
    else if (!(service = OpenServiceW(manager, name, SERVICE_START))) error = GetLastError();
    else if (!StartServiceW(service, 0, NULL) && (error = GetLastError()) == ERROR_SERVICE_ALREADY_RUNNING)
        error = 0; /* about to publish itself, or about to end: the caller looks again */
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    ReleaseSRWLockExclusive(&lock);
    TRACE("starting %s: error %lu\n", debug_wstr(name), error);
    return error;
}

static void start_request_release(struct start_request *request)
{
    if (InterlockedDecrement(&request->refs)) return;
    CloseHandle(request->done);
    free(request);
}

static void CALLBACK start_request_run(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct start_request *request = context;

    FreeLibraryWhenCallbackReturns(instance, request->module);
    request->error = start_service(request->service);
    SetEvent(request->done);
    start_request_release(request);
}

/* NULL: no memory. */
static struct start_request *start_request_create(const WCHAR *service)
{
    struct start_request *request;

    if (!(request = calloc(1, sizeof(*request)))) return NULL;
    request->refs = 2;
    lstrcpynW(request->service, service, ARRAYSIZE(request->service));
    if (!GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const WCHAR *)start_request_run,
                            &request->module) ||
        !(request->done = CreateEventW(NULL, TRUE, FALSE, NULL)) ||
        !TrySubmitThreadpoolCallback(start_request_run, request, NULL))
        goto failed;
    return request;

failed:
    if (request->done) CloseHandle(request->done);
    if (request->module) FreeLibrary(request->module);
    free(request);
    return NULL;
}

/* Errors that do not pass by themselves.  Others do: those of a service manager that is busy with the end of the last
 * service, up to exceptions in it. */
static BOOL is_start_hopeless(DWORD error)
{
    switch (error)
    {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_ACCESS_DENIED:
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_SERVICE_DISABLED:
    case ERROR_SERVICE_DOES_NOT_EXIST:
    case ERROR_SERVICE_MARKED_FOR_DELETE:
    case ERROR_SERVICE_LOGON_FAILED:
    case ERROR_SHUTDOWN_IN_PROGRESS: return TRUE;
    default: return FALSE;
    }
}

static struct activation_failure last_failure(HKEY key)
{
    struct activation_failure failure;
    DWORD size = sizeof(failure);

    if (RegGetValueW(key, NULL, ACTIVATION_VALUE_FAILURE, RRF_RT_REG_BINARY, NULL, &failure, &size) ||
        size != sizeof(failure))
        memset(&failure, 0, sizeof(failure));
    return failure;
}

/* Wait for one of the handles; a single-threaded apartment gets its messages and calls meanwhile. */
static void wait_for_change(DWORD count, HANDLE *handles)
{
    DWORD index;
    HRESULT hr = CoWaitForMultipleHandles(0, RETRY_MS, count, handles, &index);

    /* Whatever COM finds wrong: looking again at once would be a busy loop. */
    if (FAILED(hr) && hr != RPC_S_CALLPENDING) WaitForMultipleObjects(count, handles, FALSE, RETRY_MS);
}

/* A start of the service, seen by one client. */
struct start
{
    const WCHAR *service;
    HKEY key; /* where it publishes itself */
    HANDLE changed;
    BOOL watched;                  /* changed will be set */
    ULONG failures;                /* before the start */
    struct start_request *request; /* NULL: none at the moment */
    ULONGLONG next_request;
};

/* Take the result of a finished request, begin one that is due. */
static HRESULT start_step(struct start *start)
{
    DWORD error;

    if (start->request && !WaitForSingleObject(start->request->done, 0))
    {
        error = start->request->error;
        start_request_release(start->request);
        start->request = NULL;
        if (is_start_hopeless(error)) return HRESULT_FROM_WIN32(error);
    }
    if (!start->request && GetTickCount64() >= start->next_request)
    {
        /* A service that is just stopping wakes nobody once it has stopped: start it again each second. */
        start->next_request = GetTickCount64() + RETRY_MS;
        if (!(start->request = start_request_create(start->service))) return E_OUTOFMEMORY;
    }
    return S_OK;
}

/* Until the service has published its factory, or cannot. */
static HRESULT start_wait(struct start *start, REFIID iid, void **out)
{
    ULONGLONG deadline = GetTickCount64() + START_TIMEOUT_MS;
    struct activation_failure failure;
    HRESULT hr, connected;
    HANDLE handles[2];
    LONG error;

    do {
        /* Watch before looking, so that no change falls between the two. */
        if (!start->watched || !WaitForSingleObject(start->changed, 0))
        {
            ResetEvent(start->changed);
            error = RegNotifyChangeKeyValue(start->key, TRUE, REG_NOTIFY_CHANGE_LAST_SET, start->changed, TRUE);
            if (error) return HRESULT_FROM_WIN32(error);
            start->watched = TRUE;
        }
        connected = connect_published(start->key, iid, out);
        if (SUCCEEDED(connected) || connected == E_OUTOFMEMORY) return connected;
        failure = last_failure(start->key);
        if (failure.count != start->failures) return failure.hr;
        if (FAILED(hr = start_step(start))) return hr;

        handles[0] = start->changed;
        if (start->request) handles[1] = start->request->done;
        wait_for_change(start->request ? 2 : 1, handles);
    } while (GetTickCount64() < deadline);
    /* One that has published itself and cannot be reached is another matter than one that does not come. */
    return connected == CO_E_SERVER_STOPPING ? HRESULT_FROM_WIN32(ERROR_SERVICE_REQUEST_TIMEOUT) : connected;
}

static HRESULT start_and_connect(const WCHAR *service, HKEY key, REFIID iid, void **out)
{
    struct start start = {.service = service, .key = key, .failures = last_failure(key).count};
    HRESULT hr;

    /* Of manual reset: COM's wait must not take away what the loop looks at. */
    if (!(start.changed = CreateEventW(NULL, TRUE, FALSE, NULL))) return HRESULT_FROM_WIN32(GetLastError());
    hr = start_wait(&start, iid, out);
    if (start.request) start_request_release(start.request);
    CloseHandle(start.changed);
    return hr;
}

static HRESULT connect_service(const WCHAR *service, REFIID iid, void **out)
{
    WCHAR path[64];
    HRESULT hr;
    LONG error;
    HKEY key;

    *out = NULL;
    swprintf(path, ARRAYSIZE(path), L"%s\\%s", ACTIVATION_KEY, service);
    if ((error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, REG_OPTION_VOLATILE,
                                 KEY_QUERY_VALUE | KEY_NOTIFY | KEY_WOW64_64KEY, NULL, &key, NULL)))
        return HRESULT_FROM_WIN32(error);
    hr = connect_published(key, iid, out);
    if (FAILED(hr) && hr != E_OUTOFMEMORY && hr != E_NOINTERFACE) hr = start_and_connect(service, key, iid, out);
    RegCloseKey(key);
    return hr;
}

/* --- the service provider ------------------------------------------------------------- */

struct provider
{
    IServiceProvider IServiceProvider_iface;
    LONG refs;
    WCHAR service[16];
};

static struct provider *impl_from_IServiceProvider(IServiceProvider *iface)
{
    return CONTAINING_RECORD(iface, struct provider, IServiceProvider_iface);
}

static HRESULT WINAPI provider_QueryInterface(IServiceProvider *iface, REFIID iid, void **out)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IServiceProvider))
    {
        *out = iface;
        IServiceProvider_AddRef(iface);
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI provider_AddRef(IServiceProvider *iface)
{
    return InterlockedIncrement(&impl_from_IServiceProvider(iface)->refs);
}

static ULONG WINAPI provider_Release(IServiceProvider *iface)
{
    struct provider *This = impl_from_IServiceProvider(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs) free(This);
    return refs;
}

static HRESULT WINAPI provider_QueryService(IServiceProvider *iface, REFGUID clsid, REFIID iid, void **out)
{
    struct provider *This = impl_from_IServiceProvider(iface);
    HRESULT hr;

    TRACE("%s, class %s\n", debug_wstr(This->service), debug_guid(clsid));
    if (FAILED(hr = connect_service(This->service, iid, out))) return hr;
    return class_object_wrap(out);
}

/* clang-format off */
static const IServiceProviderVtbl provider_vtbl =
{
    provider_QueryInterface,
    provider_AddRef,
    provider_Release,
    provider_QueryService,
};
/* clang-format on */

static HRESULT provider_create(const WCHAR *service, REFIID iid, void **out)
{
    struct provider *provider;
    HRESULT hr;

    *out = NULL;
    if (!(provider = calloc(1, sizeof(*provider)))) return E_OUTOFMEMORY;
    provider->IServiceProvider_iface.lpVtbl = &provider_vtbl;
    provider->refs = 1;
    lstrcpynW(provider->service, service, ARRAYSIZE(provider->service));
    hr = IServiceProvider_QueryInterface(&provider->IServiceProvider_iface, iid, out);
    IServiceProvider_Release(&provider->IServiceProvider_iface);
    return hr;
}

/* --- the unmarshaler: without state, hence one static object ---------------------------- */

static HRESULT WINAPI unmarshaler_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IMarshal))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI unmarshaler_AddRef(IMarshal *iface)
{
    return 2;
}

static ULONG WINAPI unmarshaler_Release(IMarshal *iface)
{
    return 1;
}

static HRESULT WINAPI unmarshaler_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                                    void *context_data, DWORD flags, CLSID *clsid)
{
    return E_UNEXPECTED;
}

static HRESULT WINAPI unmarshaler_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                                    void *context_data, DWORD flags, DWORD *size)
{
    return E_UNEXPECTED;
}

static HRESULT WINAPI unmarshaler_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void *object,
                                                   DWORD context, void *context_data, DWORD flags)
{
    return E_UNEXPECTED;
}

static HRESULT WINAPI unmarshaler_UnmarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void **out)
{
    struct activation_entry entry;
    ULONG got;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = IStream_Read(stream, &entry, sizeof(entry), &got))) return hr;
    if (got != sizeof(entry) || entry.version != ACTIVATION_ENTRY_VERSION) return RPC_E_INVALID_DATA;
    entry.service[ARRAYSIZE(entry.service) - 1] = 0;
    return provider_create(entry.service, iid, out);
}

static HRESULT WINAPI unmarshaler_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    return S_OK;
}

static HRESULT WINAPI unmarshaler_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    return S_OK;
}

/* clang-format off */
static const IMarshalVtbl unmarshaler_vtbl =
{
    unmarshaler_QueryInterface,
    unmarshaler_AddRef,
    unmarshaler_Release,
    unmarshaler_GetUnmarshalClass,
    unmarshaler_GetMarshalSizeMax,
    unmarshaler_MarshalInterface,
    unmarshaler_UnmarshalInterface,
    unmarshaler_ReleaseMarshalData,
    unmarshaler_DisconnectObject,
};
/* clang-format on */

static IMarshal unmarshaler = {(IMarshalVtbl *)&unmarshaler_vtbl};

static HRESULT WINAPI factory_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IClassFactory))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG WINAPI factory_AddRef(IClassFactory *iface)
{
    return 2;
}

static ULONG WINAPI factory_Release(IClassFactory *iface)
{
    return 1;
}

static HRESULT WINAPI factory_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid, void **out)
{
    *out = NULL;
    if (outer) return CLASS_E_NOAGGREGATION;
    return IMarshal_QueryInterface(&unmarshaler, iid, out);
}

static HRESULT WINAPI factory_LockServer(IClassFactory *iface, BOOL lock)
{
    return S_OK;
}

/* clang-format off */
static const IClassFactoryVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateInstance,
    factory_LockServer,
};
/* clang-format on */

static IClassFactory factory = {(IClassFactoryVtbl *)&factory_vtbl};

HRESULT activator_get_class_object(REFCLSID clsid, REFIID iid, void **out)
{
    static const CLSID activator = ACTIVATOR_CLSID;

    *out = NULL;
    if (!IsEqualGUID(clsid, &activator)) return CLASS_E_CLASSNOTAVAILABLE;
    return IClassFactory_QueryInterface(&factory, iid, out);
}
