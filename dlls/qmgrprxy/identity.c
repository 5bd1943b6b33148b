/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The IUnknown of a remote object, which combase makes, answers IClientSecurity as Windows' does.
 *
 * Each remote object has one identity in an apartment, an IMultiQI of combase, and every interface proxy passes
 * QueryInterface on to it. That of Wine 8 to 10 offers IClientSecurity with methods that are E_NOTIMPL, and clients
 * set blankets on the identity itself. A wrapper around it would be a second identity of the same object wherever
 * combase hands out its own. So the object stays what it is and its QueryInterface becomes ours: its vtable pointer
 * is set to a copy of combase's vtable with one other entry. IMultiQI has four methods, so the copy is complete.
 * An identity that is no IMultiQI, or has another vtable than the first one seen, is left alone.
 */

#include <windows.h>
#include <objbase.h>

#include "identity.h"
#include "security.h"

static SRWLOCK lock = SRWLOCK_INIT;
static IMultiQIVtbl own_vtbl;
static const IMultiQIVtbl *runtime_vtbl; /* combase's, of which own_vtbl is a copy; set once */

static HRESULT STDMETHODCALLTYPE identity_QueryInterface(IMultiQI *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IClientSecurity)) return client_security_create((IUnknown *)iface, out);
    return runtime_vtbl->QueryInterface(iface, iid, out);
}

/* The DLL has to stay as long as an identity lives that calls it; none tells its end. */
static BOOL stay_loaded(void)
{
    HMODULE module;

    return GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                              (const WCHAR *)&own_vtbl, &module);
}

/* Whether this vtable is the one that own_vtbl is a copy of; the first one seen is. Needs the lock. */
static BOOL is_vtbl_of_runtime(const IMultiQIVtbl *vtbl)
{
    if (!runtime_vtbl && stay_loaded())
    {
        own_vtbl = *vtbl;
        own_vtbl.QueryInterface = identity_QueryInterface;
        runtime_vtbl = vtbl;
    }
    return vtbl == runtime_vtbl;
}

void identity_adopt(IUnknown *identity)
{
    IMultiQI *multi;

    if (identity_is_adopted(identity)) return;
    if (FAILED(IUnknown_QueryInterface(identity, &IID_IMultiQI, (void **)&multi))) return;
    AcquireSRWLockExclusive(&lock);
    if ((IUnknown *)multi == identity && is_vtbl_of_runtime(multi->lpVtbl))
    {
        /* It is new: what was set for another one at this address is not for it. */
        security_forget_proxy(identity);
        InterlockedExchangePointer((void **)&multi->lpVtbl, &own_vtbl);
    }
    ReleaseSRWLockExclusive(&lock);
    IMultiQI_Release(multi);
}

void identity_adopt_of(IUnknown *object)
{
    IUnknown *identity;

    if (FAILED(IUnknown_QueryInterface(object, &IID_IUnknown, (void **)&identity))) return;
    identity_adopt(identity);
    IUnknown_Release(identity);
}

BOOL identity_is_adopted(IUnknown *identity)
{
    return (void *)identity->lpVtbl == &own_vtbl;
}

HRESULT identity_query_runtime(IUnknown *identity, REFIID iid, void **out)
{
    return runtime_vtbl->QueryInterface((IMultiQI *)identity, iid, out);
}
