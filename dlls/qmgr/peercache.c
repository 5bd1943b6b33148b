/*
 * Administration of the peer cache, as BITS 4.0 and later answer: nothing is cached, every method says
 * S_FALSE, and every out parameter is filled all the same (P-004, P-168).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "http/redact.h"
#include "bitsmsg.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

#define DEFAULT_CACHE_PERCENT 1     /* P-128 */
#define DEFAULT_CONTENT_AGE 7776000 /* seconds, P-129 */

/* --- enumerators without elements ------------------------------------------------------------ */

/* One body for IEnumBitsPeerCacheRecords and IEnumBitsPeers: their methods differ in the elements only, and
 * there are none. */
struct empty_enum
{
    const void *vtbl;
    LONG refs;
    const IID *iid;
};

static HRESULT empty_enum_create(const void *vtbl, const IID *iid, void **out);

static HRESULT STDMETHODCALLTYPE empty_enum_QueryInterface(struct empty_enum *This, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, This->iid)) return E_NOINTERFACE;
    InterlockedIncrement(&This->refs);
    *out = This;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE empty_enum_AddRef(struct empty_enum *This)
{
    return InterlockedIncrement(&This->refs);
}

static ULONG STDMETHODCALLTYPE empty_enum_Release(struct empty_enum *This)
{
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs) free(This);
    return refs;
}

static HRESULT STDMETHODCALLTYPE empty_enum_Next(struct empty_enum *This, ULONG count, IUnknown **elements,
                                                 ULONG *fetched)
{
    TRACE("(%p, %lu, %p, %p)\n", This, count, elements, fetched);
    if (!elements || (!fetched && count != 1)) return E_INVALIDARG;
    if (fetched) *fetched = 0;
    memset(elements, 0, count * sizeof(*elements));
    return count ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE empty_enum_Skip(struct empty_enum *This, ULONG count)
{
    TRACE("(%p, %lu)\n", This, count);
    return count ? S_FALSE : S_OK;
}

static HRESULT STDMETHODCALLTYPE empty_enum_Reset(struct empty_enum *This)
{
    TRACE("(%p)\n", This);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE empty_enum_Clone(struct empty_enum *This, void **out)
{
    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_INVALIDARG;
    return empty_enum_create(This->vtbl, This->iid, out);
}

static HRESULT STDMETHODCALLTYPE empty_enum_GetCount(struct empty_enum *This, ULONG *count)
{
    TRACE("(%p, %p)\n", This, count);
    if (!count) return E_INVALIDARG;
    *count = 0;
    return S_OK;
}

#define EMPTY_ENUM_METHODS(enum_name, element_name) \
    (HRESULT(STDMETHODCALLTYPE *)(enum_name *, REFIID, void **)) empty_enum_QueryInterface, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))empty_enum_AddRef, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))empty_enum_Release, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG, element_name **, ULONG *))empty_enum_Next, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG))empty_enum_Skip, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *))empty_enum_Reset, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, enum_name **))empty_enum_Clone, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG *))empty_enum_GetCount

/* clang-format off */
static const IEnumBitsPeerCacheRecordsVtbl enum_records_vtbl =
{
    EMPTY_ENUM_METHODS(IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord)
};
/* clang-format on */

/* clang-format off */
static const IEnumBitsPeersVtbl enum_peers_vtbl =
{
    EMPTY_ENUM_METHODS(IEnumBitsPeers, IBitsPeer)
};
/* clang-format on */

static HRESULT empty_enum_create(const void *vtbl, const IID *iid, void **out)
{
    struct empty_enum *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    This->vtbl = vtbl;
    This->refs = 1;
    This->iid = iid;
    *out = This;
    return S_OK;
}

/* --- IBitsPeerCacheAdministration --------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE peer_cache_GetMaximumCacheSize(IBitsPeerCacheAdministration *iface, DWORD *percent)
{
    TRACE("(%p, %p)\n", iface, percent);
    if (!percent) return E_INVALIDARG;
    *percent = DEFAULT_CACHE_PERCENT;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_SetMaximumCacheSize(IBitsPeerCacheAdministration *iface, DWORD percent)
{
    TRACE("(%p, %lu)\n", iface, percent);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_GetMaximumContentAge(IBitsPeerCacheAdministration *iface, ULONG *seconds)
{
    TRACE("(%p, %p)\n", iface, seconds);
    if (!seconds) return E_INVALIDARG;
    *seconds = DEFAULT_CONTENT_AGE;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_SetMaximumContentAge(IBitsPeerCacheAdministration *iface, ULONG seconds)
{
    TRACE("(%p, %lu)\n", iface, seconds);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_GetConfigurationFlags(IBitsPeerCacheAdministration *iface, DWORD *flags)
{
    TRACE("(%p, %p)\n", iface, flags);
    if (!flags) return E_INVALIDARG;
    *flags = 0;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_SetConfigurationFlags(IBitsPeerCacheAdministration *iface, DWORD flags)
{
    TRACE("(%p, %#lx)\n", iface, flags);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_EnumRecords(IBitsPeerCacheAdministration *iface,
                                                        IEnumBitsPeerCacheRecords **records)
{
    HRESULT hr;

    TRACE("(%p, %p)\n", iface, records);
    if (!records) return E_INVALIDARG;
    hr = empty_enum_create(&enum_records_vtbl, &IID_IEnumBitsPeerCacheRecords, (void **)records);
    return SUCCEEDED(hr) ? S_FALSE : hr;
}

static HRESULT STDMETHODCALLTYPE peer_cache_GetRecord(IBitsPeerCacheAdministration *iface, REFGUID id,
                                                      IBitsPeerCacheRecord **record)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(id), record);
    if (!record) return E_INVALIDARG;
    *record = NULL;
    return BG_E_NOT_FOUND;
}

static HRESULT STDMETHODCALLTYPE peer_cache_ClearRecords(IBitsPeerCacheAdministration *iface)
{
    TRACE("(%p)\n", iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_DeleteRecord(IBitsPeerCacheAdministration *iface, REFGUID id)
{
    TRACE("(%p, %s)\n", iface, debug_guid(id));
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_DeleteUrl(IBitsPeerCacheAdministration *iface, LPCWSTR url)
{
    TRACE("(%p, %s)\n", iface, debug_urlw(url));
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_EnumPeers(IBitsPeerCacheAdministration *iface, IEnumBitsPeers **peers)
{
    HRESULT hr;

    TRACE("(%p, %p)\n", iface, peers);
    if (!peers) return E_INVALIDARG;
    hr = empty_enum_create(&enum_peers_vtbl, &IID_IEnumBitsPeers, (void **)peers);
    return SUCCEEDED(hr) ? S_FALSE : hr;
}

static HRESULT STDMETHODCALLTYPE peer_cache_ClearPeers(IBitsPeerCacheAdministration *iface)
{
    TRACE("(%p)\n", iface);
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE peer_cache_DiscoverPeers(IBitsPeerCacheAdministration *iface)
{
    TRACE("(%p)\n", iface);
    return S_FALSE;
}

/* clang-format off */
const IBitsPeerCacheAdministrationVtbl peer_cache_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IBitsPeerCacheAdministration),
    peer_cache_GetMaximumCacheSize,
    peer_cache_SetMaximumCacheSize,
    peer_cache_GetMaximumContentAge,
    peer_cache_SetMaximumContentAge,
    peer_cache_GetConfigurationFlags,
    peer_cache_SetConfigurationFlags,
    peer_cache_EnumRecords,
    peer_cache_GetRecord,
    peer_cache_ClearRecords,
    peer_cache_DeleteRecord,
    peer_cache_DeleteUrl,
    peer_cache_EnumPeers,
    peer_cache_ClearPeers,
    peer_cache_DiscoverPeers,
};
/* clang-format on */
