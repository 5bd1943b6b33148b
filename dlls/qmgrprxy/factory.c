/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entry points of the proxy DLL, and the factory that tells when one of its proxies goes away. */

#include <stdlib.h>
#include <windows.h>
#include <objbase.h>
#include <rpcproxy.h>

#include "activator.h"
#include "identity.h"
#include "security.h"

/* dlldata.c, compiled with ENTRY_PREFIX=generated_ */
extern HRESULT WINAPI generated_DllGetClassObject(REFCLSID clsid, REFIID iid, void **out);
extern HRESULT WINAPI generated_DllCanUnloadNow(void);
extern void RPC_ENTRY GetProxyDllInfo(const ProxyFileInfo ***files, const CLSID **clsid);

extern IMAGE_DOS_HEADER __ImageBase;

static LONG factory_refs;

/* --- the wrapper around a generated proxy ---------------------------------------------- */

struct proxy_buffer
{
    IRpcProxyBuffer IRpcProxyBuffer_iface;
    LONG refs;
    IRpcProxyBuffer *generated;
    IUnknown *proxy; /* the interface that clients hold, part of generated */
};

static struct proxy_buffer *impl_from_IRpcProxyBuffer(IRpcProxyBuffer *iface)
{
    return CONTAINING_RECORD(iface, struct proxy_buffer, IRpcProxyBuffer_iface);
}

static HRESULT STDMETHODCALLTYPE proxy_buffer_QueryInterface(IRpcProxyBuffer *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IRpcProxyBuffer))
    {
        IRpcProxyBuffer_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE proxy_buffer_AddRef(IRpcProxyBuffer *iface)
{
    return InterlockedIncrement(&impl_from_IRpcProxyBuffer(iface)->refs);
}

static ULONG STDMETHODCALLTYPE proxy_buffer_Release(IRpcProxyBuffer *iface)
{
    struct proxy_buffer *This = impl_from_IRpcProxyBuffer(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        security_forget_proxy(This->proxy);
        IRpcProxyBuffer_Release(This->generated);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE proxy_buffer_Connect(IRpcProxyBuffer *iface, IRpcChannelBuffer *channel)
{
    return IRpcProxyBuffer_Connect(impl_from_IRpcProxyBuffer(iface)->generated, channel);
}

static void STDMETHODCALLTYPE proxy_buffer_Disconnect(IRpcProxyBuffer *iface)
{
    IRpcProxyBuffer_Disconnect(impl_from_IRpcProxyBuffer(iface)->generated);
}

/* clang-format off */
static const IRpcProxyBufferVtbl proxy_buffer_vtbl =
{
    proxy_buffer_QueryInterface,
    proxy_buffer_AddRef,
    proxy_buffer_Release,
    proxy_buffer_Connect,
    proxy_buffer_Disconnect,
};
/* clang-format on */

/* --- IPSFactoryBuffer --------------------------------------------------------------------- */

/* A generated proxy holds the generated factory, which keeps the DLL loaded as long as one is in use. */
static HRESULT get_generated_factory(IPSFactoryBuffer **factory)
{
    const ProxyFileInfo **files;
    const CLSID *clsid;

    GetProxyDllInfo(&files, &clsid);
    return generated_DllGetClassObject(clsid, &IID_IPSFactoryBuffer, (void **)factory);
}

static HRESULT STDMETHODCALLTYPE factory_QueryInterface(IPSFactoryBuffer *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IPSFactoryBuffer))
    {
        IPSFactoryBuffer_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE factory_AddRef(IPSFactoryBuffer *iface)
{
    (void)iface;
    return InterlockedIncrement(&factory_refs);
}

static ULONG STDMETHODCALLTYPE factory_Release(IPSFactoryBuffer *iface)
{
    (void)iface;
    return InterlockedDecrement(&factory_refs);
}

static HRESULT STDMETHODCALLTYPE factory_CreateProxy(IPSFactoryBuffer *iface, IUnknown *outer, REFIID iid,
                                                     IRpcProxyBuffer **proxy, void **out)
{
    struct proxy_buffer *buffer;
    IPSFactoryBuffer *generated;
    HRESULT hr;

    (void)iface;
    *proxy = NULL;
    *out = NULL;
    if (FAILED(hr = get_generated_factory(&generated))) return hr;
    if (!(buffer = malloc(sizeof(*buffer)))) hr = E_OUTOFMEMORY;
    else hr = IPSFactoryBuffer_CreateProxy(generated, outer, iid, &buffer->generated, out);
    IPSFactoryBuffer_Release(generated);
    if (FAILED(hr))
    {
        free(buffer);
        return hr;
    }
    buffer->IRpcProxyBuffer_iface.lpVtbl = (IRpcProxyBufferVtbl *)&proxy_buffer_vtbl;
    buffer->refs = 1;
    buffer->proxy = *out;
    if (outer) identity_adopt(outer);
    *proxy = &buffer->IRpcProxyBuffer_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE factory_CreateStub(IPSFactoryBuffer *iface, REFIID iid, IUnknown *server,
                                                    IRpcStubBuffer **stub)
{
    IPSFactoryBuffer *generated;
    HRESULT hr;

    (void)iface;
    *stub = NULL;
    if (FAILED(hr = get_generated_factory(&generated))) return hr;
    hr = IPSFactoryBuffer_CreateStub(generated, iid, server, stub);
    IPSFactoryBuffer_Release(generated);
    return hr;
}

/* clang-format off */
static const IPSFactoryBufferVtbl factory_vtbl =
{
    factory_QueryInterface,
    factory_AddRef,
    factory_Release,
    factory_CreateProxy,
    factory_CreateStub,
};
/* clang-format on */

static IPSFactoryBuffer factory = {(IPSFactoryBufferVtbl *)&factory_vtbl};

/* --- exports ---------------------------------------------------------------------------------- */

HRESULT WINAPI DllGetClassObject(REFCLSID clsid, REFIID iid, void **out)
{
    const ProxyFileInfo **files;
    const CLSID *proxy_clsid;

    *out = NULL;
    GetProxyDllInfo(&files, &proxy_clsid);
    if (IsEqualCLSID(clsid, proxy_clsid)) return IPSFactoryBuffer_QueryInterface(&factory, iid, out);
    return activator_get_class_object(clsid, iid, out);
}

HRESULT WINAPI DllCanUnloadNow(void)
{
    if (factory_refs) return S_FALSE;
    return generated_DllCanUnloadNow();
}

/* The handle of the DLL is its address, so that no DllMain is needed to learn it. */
HRESULT WINAPI DllRegisterServer(void)
{
    const ProxyFileInfo **files;
    const CLSID *clsid;

    GetProxyDllInfo(&files, &clsid);
    return NdrDllRegisterProxy((HMODULE)&__ImageBase, files, clsid);
}

HRESULT WINAPI DllUnregisterServer(void)
{
    const ProxyFileInfo **files;
    const CLSID *clsid;

    GetProxyDllInfo(&files, &clsid);
    return NdrDllUnregisterProxy((HMODULE)&__ImageBase, files, clsid);
}
