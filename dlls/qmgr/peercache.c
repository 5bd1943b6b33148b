/*
 * Administration of the peer cache, as BITS 4.0 and later answer: nothing is cached, every method says
 * S_FALSE, and every out parameter is filled all the same (P-004, P-168).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "http/redact.h"
#include "bitsmsg.h"
#include "com/enumerator.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

#define DEFAULT_CACHE_PERCENT 1     /* P-128 */
#define DEFAULT_CONTENT_AGE 7776000 /* seconds, P-129 */

/* --- lists, which have no elements ------------------------------------------------------------ */

static const IEnumBitsPeerCacheRecordsVtbl enum_records_vtbl = {
    COM_ENUM_METHODS(IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord *),
    COM_ENUM_GET_COUNT(IEnumBitsPeerCacheRecords),
};

static const IEnumBitsPeersVtbl enum_peers_vtbl = {
    COM_ENUM_METHODS(IEnumBitsPeers, IBitsPeer *),
    COM_ENUM_GET_COUNT(IEnumBitsPeers),
};

static const struct com_enum_type enum_records = {
    .vtbl = &enum_records_vtbl,
    .iid = &IID_IEnumBitsPeerCacheRecords,
    .element_size = sizeof(IBitsPeerCacheRecord *),
};

static const struct com_enum_type enum_peers = {
    .vtbl = &enum_peers_vtbl,
    .iid = &IID_IEnumBitsPeers,
    .element_size = sizeof(IBitsPeer *),
};

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
    hr = com_enum_create(&enum_records, NULL, NULL, 0, (void **)records);
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
    hr = com_enum_create(&enum_peers, NULL, NULL, 0, (void **)peers);
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
    COM_EXTENSION_UNKNOWN(IBitsPeerCacheAdministration),
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
