/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * IClientSecurity of remote objects.
 *
 * The proxy manager of Wine answers IClientSecurity but each of its methods is E_NOTIMPL, and clients of
 * Delivery Optimization treat that as fatal (D-022 to D-025). So the objects of our proxies answer it with this
 * (identity.c). The runtime is always asked first, and only its E_NOTIMPL is replaced: the day Wine has blankets,
 * they are used.
 *
 * In one Wine session there is one user and no authentication between processes, so a blanket has no effect
 * to imitate. What was set is kept per proxy pointer for QueryBlanket; a proxy that was never set gives what
 * Windows gives in a process that did not call CoInitializeSecurity. CopyProxy cannot make a second proxy and
 * returns the same pointer: the copy shares its blanket with the original.
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <objbase.h>

#include "identity.h"
#include "security.h"

#define KNOWN_CAPABILITIES \
    (EOAC_MUTUAL_AUTH | EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING | EOAC_ANY_AUTHORITY | EOAC_MAKE_FULLSIC | \
     EOAC_DEFAULT)

/* --- the table: a list, because hardly any client sets more than a few --------------- */

struct blanket
{
    struct blanket *next;
    IUnknown *proxy; /* a key, not a reference */
    DWORD authn_service;
    DWORD authz_service;
    DWORD authn_level;
    DWORD imp_level;
    DWORD capabilities;
    WCHAR principal[];
};

static SRWLOCK blankets_lock = SRWLOCK_INIT;
static struct blanket *blankets;

static struct blanket **find_blanket(IUnknown *proxy)
{
    struct blanket **link;

    for (link = &blankets; *link; link = &(*link)->next)
        if ((*link)->proxy == proxy) break;
    return link;
}

/* Put a blanket in the place of an older one of the same proxy, or just remove that. */
static void replace_blanket(IUnknown *proxy, struct blanket *blanket)
{
    struct blanket **link, *old;

    AcquireSRWLockExclusive(&blankets_lock);
    link = find_blanket(proxy);
    old = *link;
    if (blanket)
    {
        blanket->next = old ? old->next : NULL;
        *link = blanket;
    }
    else if (old) *link = old->next;
    ReleaseSRWLockExclusive(&blankets_lock);
    free(old);
}

void security_forget_proxy(IUnknown *proxy)
{
    replace_blanket(proxy, NULL);
}

/* The adopted identity of the object that a pointer belongs to, with a reference, or NULL. */
static IUnknown *get_identity(IUnknown *proxy)
{
    IUnknown *identity;

    if (!proxy || FAILED(IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity))) return NULL;
    if (identity_is_adopted(identity)) return identity;
    IUnknown_Release(identity);
    return NULL;
}

static BOOL is_our_proxy(IUnknown *proxy)
{
    IUnknown *identity = get_identity(proxy);

    if (!identity) return FALSE;
    IUnknown_Release(identity);
    return TRUE;
}

static BOOL is_known_authn_service(DWORD service)
{
    switch (service)
    {
    case RPC_C_AUTHN_NONE:
    case RPC_C_AUTHN_GSS_NEGOTIATE:
    case RPC_C_AUTHN_WINNT:
    case RPC_C_AUTHN_GSS_SCHANNEL:
    case RPC_C_AUTHN_GSS_KERBEROS:
    case RPC_C_AUTHN_DEFAULT: return TRUE;
    default: return FALSE;
    }
}

static BOOL is_known_authz_service(DWORD service)
{
    return service <= RPC_C_AUTHZ_DCE || service == RPC_C_AUTHZ_DEFAULT;
}

static HRESULT set_own_blanket(IUnknown *proxy, DWORD authn_service, DWORD authz_service, const OLECHAR *principal,
                               DWORD authn_level, DWORD imp_level, DWORD capabilities)
{
    const DWORD both_cloakings = EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING;
    struct blanket *blanket;
    size_t length;

    if (!is_our_proxy(proxy) || !is_known_authn_service(authn_service) || !is_known_authz_service(authz_service) ||
        authn_level > RPC_C_AUTHN_LEVEL_PKT_PRIVACY || imp_level > RPC_C_IMP_LEVEL_DELEGATE ||
        (capabilities & ~KNOWN_CAPABILITIES) || (capabilities & both_cloakings) == both_cloakings)
        return E_INVALIDARG;

    if (!principal || principal == COLE_DEFAULT_PRINCIPAL) principal = L"";
    length = wcslen(principal) + 1;
    if (!(blanket = malloc(sizeof(*blanket) + length * sizeof(WCHAR)))) return E_OUTOFMEMORY;
    blanket->proxy = proxy;
    blanket->authn_service = authn_service == RPC_C_AUTHN_DEFAULT ? RPC_C_AUTHN_WINNT : authn_service;
    blanket->authz_service = authz_service == RPC_C_AUTHZ_DEFAULT ? RPC_C_AUTHZ_NONE : authz_service;
    blanket->authn_level = authn_level ? authn_level : RPC_C_AUTHN_LEVEL_CONNECT;
    blanket->imp_level = imp_level ? imp_level : RPC_C_IMP_LEVEL_IDENTIFY;
    blanket->capabilities = capabilities & ~EOAC_DEFAULT;
    memcpy(blanket->principal, principal, length * sizeof(WCHAR));
    replace_blanket(proxy, blanket);
    return S_OK;
}

static HRESULT query_own_blanket(IUnknown *proxy, DWORD *authn_service, DWORD *authz_service, OLECHAR **principal,
                                 DWORD *authn_level, DWORD *imp_level, void **auth_info, DWORD *capabilities)
{
    static const struct blanket unset = {
        .authn_service = RPC_C_AUTHN_WINNT,
        .authz_service = RPC_C_AUTHZ_NONE,
        .authn_level = RPC_C_AUTHN_LEVEL_CONNECT,
        .imp_level = RPC_C_IMP_LEVEL_IDENTIFY,
        .capabilities = EOAC_NONE,
    };
    const struct blanket *blanket;
    HRESULT hr = S_OK;
    size_t size;

    if (principal) *principal = NULL;
    /* The caller's own memory is not kept: it may be gone by now. */
    if (auth_info) *auth_info = NULL;
    if (!is_our_proxy(proxy)) return E_INVALIDARG;

    AcquireSRWLockShared(&blankets_lock);
    if (!(blanket = *find_blanket(proxy))) blanket = &unset;
    if (principal && blanket != &unset && blanket->principal[0])
    {
        size = (wcslen(blanket->principal) + 1) * sizeof(WCHAR);
        if ((*principal = CoTaskMemAlloc(size))) memcpy(*principal, blanket->principal, size);
        else hr = E_OUTOFMEMORY;
    }
    if (authn_service) *authn_service = blanket->authn_service;
    if (authz_service) *authz_service = blanket->authz_service;
    if (authn_level) *authn_level = blanket->authn_level;
    if (imp_level) *imp_level = blanket->imp_level;
    if (capabilities) *capabilities = blanket->capabilities;
    ReleaseSRWLockShared(&blankets_lock);
    return hr;
}

/* --- IClientSecurity: one small object per QueryInterface ------------------------------ */

struct client_security
{
    IClientSecurity IClientSecurity_iface;
    LONG refs;
    IUnknown *identity;
};

static struct client_security *impl_from_IClientSecurity(IClientSecurity *iface)
{
    return CONTAINING_RECORD(iface, struct client_security, IClientSecurity_iface);
}

/* The runtime's own implementation for a proxy, or NULL. */
static IClientSecurity *get_runtime_security(IUnknown *proxy)
{
    IUnknown *identity = get_identity(proxy);
    void *security;
    HRESULT hr;

    if (!identity) return NULL;
    hr = identity_query_runtime(identity, &IID_IClientSecurity, &security);
    IUnknown_Release(identity);
    return SUCCEEDED(hr) ? security : NULL;
}

static HRESULT STDMETHODCALLTYPE client_security_QueryInterface(IClientSecurity *iface, REFIID iid, void **out)
{
    struct client_security *This = impl_from_IClientSecurity(iface);

    if (IsEqualIID(iid, &IID_IClientSecurity))
    {
        IClientSecurity_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    return IUnknown_QueryInterface(This->identity, iid, out);
}

static ULONG STDMETHODCALLTYPE client_security_AddRef(IClientSecurity *iface)
{
    return InterlockedIncrement(&impl_from_IClientSecurity(iface)->refs);
}

static ULONG STDMETHODCALLTYPE client_security_Release(IClientSecurity *iface)
{
    struct client_security *This = impl_from_IClientSecurity(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        IUnknown_Release(This->identity);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE client_security_QueryBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                              DWORD *authn_service, DWORD *authz_service,
                                                              OLECHAR **principal, DWORD *authn_level, DWORD *imp_level,
                                                              void **auth_info, DWORD *capabilities)
{
    IClientSecurity *runtime;
    HRESULT hr = E_NOTIMPL;

    (void)iface;
    if (!proxy) return E_INVALIDARG;
    if ((runtime = get_runtime_security(proxy)))
    {
        hr = IClientSecurity_QueryBlanket(runtime, proxy, authn_service, authz_service, principal, authn_level,
                                          imp_level, auth_info, capabilities);
        IClientSecurity_Release(runtime);
    }
    if (hr != E_NOTIMPL) return hr;
    return query_own_blanket(proxy, authn_service, authz_service, principal, authn_level, imp_level, auth_info,
                             capabilities);
}

static HRESULT STDMETHODCALLTYPE client_security_SetBlanket(IClientSecurity *iface, IUnknown *proxy,
                                                            DWORD authn_service, DWORD authz_service,
                                                            OLECHAR *principal, DWORD authn_level, DWORD imp_level,
                                                            void *auth_info, DWORD capabilities)
{
    IClientSecurity *runtime;
    HRESULT hr = E_NOTIMPL;

    (void)iface;
    if (!proxy) return E_INVALIDARG;
    if ((runtime = get_runtime_security(proxy)))
    {
        hr = IClientSecurity_SetBlanket(runtime, proxy, authn_service, authz_service, principal, authn_level, imp_level,
                                        auth_info, capabilities);
        IClientSecurity_Release(runtime);
    }
    if (hr != E_NOTIMPL) return hr;
    return set_own_blanket(proxy, authn_service, authz_service, principal, authn_level, imp_level, capabilities);
}

static HRESULT STDMETHODCALLTYPE client_security_CopyProxy(IClientSecurity *iface, IUnknown *proxy, IUnknown **copy)
{
    IClientSecurity *runtime;
    HRESULT hr = E_NOTIMPL;

    (void)iface;
    if (!copy) return E_INVALIDARG;
    *copy = NULL;
    if (!proxy) return E_INVALIDARG;
    if ((runtime = get_runtime_security(proxy)))
    {
        hr = IClientSecurity_CopyProxy(runtime, proxy, copy);
        IClientSecurity_Release(runtime);
    }
    if (hr != E_NOTIMPL) return hr;
    *copy = NULL;
    if (!is_our_proxy(proxy)) return E_INVALIDARG;
    IUnknown_AddRef(proxy);
    *copy = proxy;
    return S_OK;
}

/* clang-format off */
static const IClientSecurityVtbl client_security_vtbl =
{
    client_security_QueryInterface,
    client_security_AddRef,
    client_security_Release,
    client_security_QueryBlanket,
    client_security_SetBlanket,
    client_security_CopyProxy,
};
/* clang-format on */

HRESULT client_security_create(IUnknown *identity, void **out)
{
    struct client_security *security;

    *out = NULL;
    if (!(security = malloc(sizeof(*security)))) return E_OUTOFMEMORY;
    security->IClientSecurity_iface.lpVtbl = (IClientSecurityVtbl *)&client_security_vtbl;
    security->refs = 1;
    security->identity = identity;
    IUnknown_AddRef(identity);
    *out = &security->IClientSecurity_iface;
    return S_OK;
}
