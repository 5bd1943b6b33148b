/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The class object of a service as its client has it: around the remote one.
 *
 * The proxy of IClassFactory is Wine's. It refuses LockServer, and what it creates may be a bare IUnknown, which no
 * proxy of ours has been made for yet.
 */

#include <stdlib.h>
#include <windows.h>
#include <objbase.h>

#include "classobject.h"
#include "identity.h"

struct class_object
{
    IClassFactory IClassFactory_iface;
    LONG refs;
    LONG locks;
    IClassFactory *remote;
};

static struct class_object *impl_from_IClassFactory(IClassFactory *iface)
{
    return CONTAINING_RECORD(iface, struct class_object, IClassFactory_iface);
}

static HRESULT STDMETHODCALLTYPE class_object_QueryInterface(IClassFactory *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IClassFactory))
    {
        IClassFactory_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE class_object_AddRef(IClassFactory *iface)
{
    return InterlockedIncrement(&impl_from_IClassFactory(iface)->refs);
}

static ULONG STDMETHODCALLTYPE class_object_Release(IClassFactory *iface)
{
    struct class_object *This = impl_from_IClassFactory(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        IClassFactory_Release(This->remote);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE class_object_CreateInstance(IClassFactory *iface, IUnknown *outer, REFIID iid,
                                                             void **out)
{
    HRESULT hr = IClassFactory_CreateInstance(impl_from_IClassFactory(iface)->remote, outer, iid, out);

    if (SUCCEEDED(hr)) identity_adopt_of(*out);
    return hr;
}

/* Our services end with the session and not for want of clients: a lock only has to keep what it was set by, and to be
 * counted. */
static HRESULT STDMETHODCALLTYPE class_object_LockServer(IClassFactory *iface, BOOL lock)
{
    struct class_object *This = impl_from_IClassFactory(iface);

    if (lock)
    {
        IClassFactory_AddRef(iface);
        InterlockedIncrement(&This->locks);
    }
    else if (InterlockedDecrement(&This->locks) < 0) InterlockedIncrement(&This->locks);
    else IClassFactory_Release(iface);
    return S_OK;
}

/* clang-format off */
static const IClassFactoryVtbl class_object_vtbl =
{
    class_object_QueryInterface,
    class_object_AddRef,
    class_object_Release,
    class_object_CreateInstance,
    class_object_LockServer,
};
/* clang-format on */

HRESULT class_object_wrap(void **object)
{
    struct class_object *This;
    IClassFactory *remote;
    HRESULT hr;

    if (FAILED(hr = IUnknown_QueryInterface((IUnknown *)*object, &IID_IClassFactory, (void **)&remote))) goto failed;
    if (!(This = malloc(sizeof(*This))))
    {
        IClassFactory_Release(remote);
        hr = E_OUTOFMEMORY;
        goto failed;
    }
    This->IClassFactory_iface.lpVtbl = (IClassFactoryVtbl *)&class_object_vtbl;
    This->refs = 1;
    This->locks = 0;
    This->remote = remote;
    IUnknown_Release((IUnknown *)*object);
    *object = &This->IClassFactory_iface;
    return S_OK;

failed:
    IUnknown_Release((IUnknown *)*object);
    *object = NULL;
    return hr;
}
