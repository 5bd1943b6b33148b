/*
 * Making a service's class objects reachable.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>
#include <ole2.h>
#include <rpcproxy.h>

#include "base/scm.h"
#include "base/debug.h"
#include "service/activation.h"
#include "service/rpcss.h"

DEBUG_CHANNEL(bitsservice);

struct activation
{
    HKEY key;         /* of published values; NULL: this system has no class table that we could use */
    IStream *factory; /* table-strong marshalled reference, NULL: none */
    const CLSID *const *classes;
    unsigned int class_count;
    unsigned int count; /* of cookies */
    DWORD cookies[1];   /* of CoRegisterClassObject */
};

/* --- the entry of the class table ------------------------------------------------- */

/* An object that exists to be custom-marshalled once. */
struct entry_object
{
    IMarshal IMarshal_iface;
    struct activation_entry entry;
};

static struct entry_object *impl_from_IMarshal(IMarshal *iface)
{
    return CONTAINING_RECORD(iface, struct entry_object, IMarshal_iface);
}

static HRESULT WINAPI entry_QueryInterface(IMarshal *iface, REFIID iid, void **out)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || IsEqualGUID(iid, &IID_IMarshal))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

/* Lives on the stack of its user. */
static ULONG WINAPI entry_AddRef(IMarshal *iface)
{
    return 2;
}

static ULONG WINAPI entry_Release(IMarshal *iface)
{
    return 1;
}

static HRESULT WINAPI entry_GetUnmarshalClass(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                              void *context_data, DWORD flags, CLSID *clsid)
{
    static const CLSID activator = ACTIVATOR_CLSID;

    *clsid = activator;
    return S_OK;
}

static HRESULT WINAPI entry_GetMarshalSizeMax(IMarshal *iface, REFIID iid, void *object, DWORD context,
                                              void *context_data, DWORD flags, DWORD *size)
{
    *size = sizeof(struct activation_entry);
    return S_OK;
}

static HRESULT WINAPI entry_MarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void *object, DWORD context,
                                             void *context_data, DWORD flags)
{
    struct entry_object *This = impl_from_IMarshal(iface);

    return IStream_Write(stream, &This->entry, sizeof(This->entry), NULL);
}

static HRESULT WINAPI entry_UnmarshalInterface(IMarshal *iface, IStream *stream, REFIID iid, void **out)
{
    *out = NULL;
    return E_UNEXPECTED;
}

static HRESULT WINAPI entry_ReleaseMarshalData(IMarshal *iface, IStream *stream)
{
    return S_OK;
}

static HRESULT WINAPI entry_DisconnectObject(IMarshal *iface, DWORD reserved)
{
    return S_OK;
}

/* clang-format off */
static const IMarshalVtbl entry_vtbl =
{
    entry_QueryInterface,
    entry_AddRef,
    entry_Release,
    entry_GetUnmarshalClass,
    entry_GetMarshalSizeMax,
    entry_MarshalInterface,
    entry_UnmarshalInterface,
    entry_ReleaseMarshalData,
    entry_DisconnectObject,
};
/* clang-format on */

/* The bytes a stream on memory holds up to its position. */
static HRESULT stream_bytes(IStream *stream, const void **bytes, SIZE_T *size)
{
    static const LARGE_INTEGER zero;
    ULARGE_INTEGER position;
    HGLOBAL memory;
    HRESULT hr;

    if (FAILED(hr = IStream_Seek(stream, zero, STREAM_SEEK_CUR, &position))) return hr;
    if (FAILED(hr = GetHGlobalFromStream(stream, &memory))) return hr;
    if (!(*bytes = GlobalLock(memory))) return E_OUTOFMEMORY;
    GlobalUnlock(memory); /* not movable: the pointer stays good as long as the stream */
    *size = position.QuadPart;
    return S_OK;
}

static HRESULT marshal_to_stream(IUnknown *object, REFIID iid, DWORD flags, IStream **stream)
{
    HRESULT hr;

    if (FAILED(hr = CreateStreamOnHGlobal(NULL, TRUE, stream))) return hr;
    hr = CoMarshalInterface(*stream, iid, object, MSHCTX_LOCAL, NULL, flags);
    if (FAILED(hr))
    {
        IStream_Release(*stream);
        *stream = NULL;
    }
    return hr;
}

/* --- interfaces that stay registered ------------------------------------------------------- */

/* When the last object with some interface is released, Wine unregisters that interface and waits for its calls to
 * end; one that ends at this very moment leaves it waiting for ever, and with it the client's Release.  This object,
 * which nobody ever calls, has all interfaces of our proxy DLL, so that none is unregistered while the service runs. */

static const ProxyFileInfo **proxy_files;

static BOOL is_proxied(REFIID iid)
{
    const ProxyFileInfo **file;
    unsigned int i;

    for (file = proxy_files; *file; file++)
        for (i = 0; i < (*file)->TableSize; i++)
            if (IsEqualGUID((*file)->pStubVtblList[i]->header.piid, iid)) return TRUE;
    return FALSE;
}

static HRESULT WINAPI keeper_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    if (IsEqualGUID(iid, &IID_IUnknown) || is_proxied(iid))
    {
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

/* Stays as long as the process. */
static ULONG WINAPI keeper_AddRef(IUnknown *iface)
{
    return 2;
}

static ULONG WINAPI keeper_Release(IUnknown *iface)
{
    return 1;
}

/* clang-format off */
static const IUnknownVtbl keeper_vtbl =
{
    keeper_QueryInterface,
    keeper_AddRef,
    keeper_Release,
};
/* clang-format on */

static IUnknown keeper = {(IUnknownVtbl *)&keeper_vtbl};

static void keep_interface(REFIID iid)
{
    IStream *stream;
    HRESULT hr = marshal_to_stream(&keeper, iid, MSHLFLAGS_TABLESTRONG, &stream);

    if (SUCCEEDED(hr)) IStream_Release(stream); /* what was marshalled stays */
    else TRACE("%s cannot be kept, hr %#lx\n", debug_guid(iid), hr);
}

static void keep_interfaces(void)
{
    void(RPC_ENTRY * get_info)(const ProxyFileInfo ***files, const CLSID **clsid);
    HMODULE proxies = LoadLibraryW(L"qmgrprxy.dll");
    const ProxyFileInfo **file;
    const CLSID *clsid;
    unsigned int i;

    if (!proxies || !(get_info = (void *)GetProcAddress(proxies, "GetProxyDllInfo")))
    {
        WARN("no qmgrprxy.dll of ours, error %lu\n", GetLastError());
        return;
    }
    get_info(&proxy_files, &clsid);
    for (file = proxy_files; *file; file++)
        for (i = 0; i < (*file)->TableSize; i++) keep_interface((*file)->pStubVtblList[i]->header.piid);
    keep_interface(&IID_IUnknown);
}

HRESULT activation_register(const WCHAR *service, const CLSID *const *classes, unsigned int count)
{
    struct entry_object object = {{&entry_vtbl}, {ACTIVATION_ENTRY_VERSION, {0}}};
    IStream *stream = NULL;
    const void *objref;
    SIZE_T size;
    unsigned int i;
    HRESULT hr;

    /* Without RpcSs COM may still do: Windows does not let everybody ask. */
    if (FAILED(hr = scm_wait_for_rpcss())) WARN("RpcSs is not there, hr %#lx\n", hr);
    lstrcpynW(object.entry.service, service, ARRAYSIZE(object.entry.service));
    if (FAILED(hr = marshal_to_stream((IUnknown *)&object.IMarshal_iface, &IID_IServiceProvider, MSHLFLAGS_TABLESTRONG,
                                      &stream)))
        return hr;
    hr = stream_bytes(stream, &objref, &size);
    for (i = 0; i < count && SUCCEEDED(hr); i++) hr = rpcss_register_class(classes[i], objref, size);
    IStream_Release(stream);
    return hr;
}

/* --- who serves ------------------------------------------------------------------------------ */

extern IMAGE_DOS_HEADER __ImageBase;

#define WIDE_TEXT(text) L##text
#define WIDE(text) WIDE_TEXT(text)

static LONG set_string(HKEY key, const WCHAR *name, const WCHAR *value)
{
    return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (lstrlenW(value) + 1) * sizeof(WCHAR));
}

static LONG publish_module(HKEY key)
{
    WCHAR path[MAX_PATH];
    LONG error;

    if (!GetModuleFileNameW((HMODULE)&__ImageBase, path, ARRAYSIZE(path))) return GetLastError();
    if ((error = set_string(key, ACTIVATION_VALUE_MODULE, path))) return error;
    return set_string(key, ACTIVATION_VALUE_VERSION, WIDE(WINE_BITS_VERSION));
}

/* --- used process ids --------------------------------------------------------------- */

/* Wine names the endpoint of a process after its id.  A client that has a proxy of a dead process still shares an RPC
 * association with that endpoint, which a new process under the same name refuses, for as long as the proxy exists. */

#define USED_MAX 1024
#define USED_LOCK_MS 5000 /* the other service may have been stopped while it had the lock */

BOOL activation_is_process_id_used(void)
{
    DWORD used[USED_MAX + 1], size = USED_MAX * sizeof(*used), process = GetCurrentProcessId(), count, i;
    BOOL found = FALSE;
    BOOL locked = FALSE;
    HANDLE mutex;
    HKEY key;

    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, ACTIVATION_KEY, 0, NULL, REG_OPTION_VOLATILE,
                        KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL))
        return FALSE;
    /* Both services write the list. */
    if ((mutex = CreateMutexW(NULL, FALSE, L"Global\\wine-bits-used")))
        locked = WaitForSingleObject(mutex, USED_LOCK_MS) != WAIT_TIMEOUT;
    if (RegQueryValueExW(key, ACTIVATION_VALUE_USED, NULL, NULL, (BYTE *)used, &size)) size = 0;
    count = size / sizeof(*used);
    for (i = 0; i < count && !found; i++)
    {
        if (used[i] != process) continue;
        found = TRUE;
        memmove(used + i, used + i + 1, (--count - i) * sizeof(*used));
    }
    /* What is found goes, lest a session with few ids has no service at all. */
    if (!found) used[count++] = process;
    i = count > USED_MAX;
    RegSetValueExW(key, ACTIVATION_VALUE_USED, 0, REG_BINARY, (BYTE *)(used + i), (count - i) * sizeof(*used));
    if (locked) ReleaseMutex(mutex);
    if (mutex) CloseHandle(mutex);
    RegCloseKey(key);
    return found;
}

/* --- the published factory -------------------------------------------------------- */

static HRESULT publish_factory(struct activation *activation)
{
    FILETIME created, exited, kernel, user;
    DWORD process = GetCurrentProcessId();
    const void *objref;
    SIZE_T size;
    HRESULT hr;
    LONG error;

    if (FAILED(hr = stream_bytes(activation->factory, &objref, &size))) return hr;
    if (!GetProcessTimes(GetCurrentProcess(), &created, &exited, &kernel, &user))
        return HRESULT_FROM_WIN32(GetLastError());

    error = publish_module(activation->key);
    if (!error) error = RegSetValueExW(activation->key, ACTIVATION_VALUE_FACTORY, 0, REG_BINARY, objref, size);
    if (!error)
        error = RegSetValueExW(activation->key, ACTIVATION_VALUE_STARTED, 0, REG_QWORD, (BYTE *)&created,
                               sizeof(created));
    /* The id is written last and taken away first: who finds it finds the rest. */
    if (!error)
        error = RegSetValueExW(activation->key, ACTIVATION_VALUE_PROCESS, 0, REG_DWORD, (BYTE *)&process,
                               sizeof(process));
    return HRESULT_FROM_WIN32(error);
}

void activation_publish_failure(struct activation *activation, HRESULT hr)
{
    struct activation_failure failure = {0};
    DWORD size = sizeof(failure);
    LONG error;

    if (!activation->key) return;
    if (RegQueryValueExW(activation->key, ACTIVATION_VALUE_FAILURE, NULL, NULL, (BYTE *)&failure, &size) ||
        size != sizeof(failure))
        failure.count = 0;
    failure.count++;
    failure.hr = hr;
    if ((error = RegSetValueExW(activation->key, ACTIVATION_VALUE_FAILURE, 0, REG_BINARY, (BYTE *)&failure,
                                sizeof(failure))))
        WARN("the failure cannot be published, error %ld\n", error);
}

struct activation *activation_create(const WCHAR *service, const CLSID *const *classes, unsigned int count)
{
    struct activation *activation;
    WCHAR path[64];
    HRESULT hr;
    LONG error;

    if (!(activation = calloc(1, sizeof(*activation) + count * sizeof(*activation->cookies)))) return NULL;
    activation->classes = classes;
    activation->class_count = count;
    if (FAILED(hr = activation_register(service, classes, count)))
    {
        /* CoRegisterClassObject is enough then. */
        WARN("no entries in the class table, hr %#lx\n", hr);
        return activation;
    }
    swprintf(path, ARRAYSIZE(path), L"%s\\%s", ACTIVATION_KEY, service);
    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, REG_OPTION_VOLATILE,
                            KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &activation->key, NULL);
    if (error) ERR("cannot make the key %s, error %ld\n", debug_wstr(path), error);
    return activation;
}

HRESULT activation_publish(struct activation *activation, IClassFactory *factory)
{
    HRESULT hr;

    keep_interfaces();
    if (FAILED(hr = marshal_to_stream((IUnknown *)factory, &IID_IClassFactory, MSHLFLAGS_TABLESTRONG,
                                      &activation->factory)))
        goto failed;
    if (activation->key && FAILED(hr = publish_factory(activation))) goto failed;
    while (activation->count < activation->class_count)
    {
        if (FAILED(hr = CoRegisterClassObject(activation->classes[activation->count], (IUnknown *)factory,
                                              CLSCTX_LOCAL_SERVER, REGCLS_MULTIPLEUSE,
                                              &activation->cookies[activation->count])))
            goto failed;
        activation->count++;
    }
    return S_OK;

failed:
    ERR("cannot make the classes reachable, hr %#lx\n", hr);
    activation_abandon(activation);
    return hr;
}

void activation_abandon(struct activation *activation)
{
    unsigned int i;

    if (!activation) return;
    if (activation->key) RegDeleteValueW(activation->key, ACTIVATION_VALUE_PROCESS);
    for (i = 0; i < activation->count; i++) CoRevokeClassObject(activation->cookies[i]);
    activation->count = 0;
}

void activation_destroy(struct activation *activation)
{
    static const LARGE_INTEGER zero;

    if (!activation) return;
    activation_abandon(activation);
    if (activation->key) RegCloseKey(activation->key);
    if (activation->factory)
    {
        IStream_Seek(activation->factory, zero, STREAM_SEEK_SET, NULL);
        CoReleaseMarshalData(activation->factory);
        IStream_Release(activation->factory);
    }
    free(activation);
}
