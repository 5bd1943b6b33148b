/*
 * Enumerators of BITS 1.0: ids of groups, or of jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "legacy.h"

DEBUG_CHANNEL(qmgr);

/* The two interfaces differ in their names only. */
struct enum_ids
{
    const void *vtbl;
    LONG refs;
    const IID *iid;
    GUID *ids;
    ULONG count;
    ULONG position;
};

static HRESULT create(const void *vtbl, const IID *iid, const GUID *ids, ULONG count, struct enum_ids **out);

static HRESULT STDMETHODCALLTYPE enum_ids_QueryInterface(struct enum_ids *This, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, This->iid)) return E_NOINTERFACE;
    InterlockedIncrement(&This->refs);
    *out = This;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE enum_ids_AddRef(struct enum_ids *This)
{
    return InterlockedIncrement(&This->refs);
}

static ULONG STDMETHODCALLTYPE enum_ids_Release(struct enum_ids *This)
{
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        free(This->ids);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE enum_ids_Next(struct enum_ids *This, ULONG count, GUID *ids, ULONG *fetched)
{
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu, %p, %p)\n", This, count, ids, fetched);
    if (!ids || !fetched) return E_INVALIDARG;
    memcpy(ids, This->ids + This->position, available * sizeof(*ids));
    This->position += available;
    *fetched = available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_ids_Skip(struct enum_ids *This, ULONG count)
{
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu)\n", This, count);
    This->position += available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_ids_Reset(struct enum_ids *This)
{
    TRACE("(%p)\n", This);
    This->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_ids_Clone(struct enum_ids *This, struct enum_ids **out)
{
    HRESULT hr;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_INVALIDARG;
    hr = create(This->vtbl, This->iid, This->ids, This->count, out);
    if (SUCCEEDED(hr)) (*out)->position = This->position;
    return hr;
}

static HRESULT STDMETHODCALLTYPE enum_ids_GetCount(struct enum_ids *This, ULONG *count)
{
    TRACE("(%p, %p)\n", This, count);
    if (!count) return E_INVALIDARG;
    *count = This->count;
    return S_OK;
}

#define ENUM_METHODS(enum_name) \
    (HRESULT(STDMETHODCALLTYPE *)(enum_name *, REFIID, void **)) enum_ids_QueryInterface, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))enum_ids_AddRef, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))enum_ids_Release, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG, GUID *, ULONG *))enum_ids_Next, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG))enum_ids_Skip, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *))enum_ids_Reset, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, enum_name **))enum_ids_Clone, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG *))enum_ids_GetCount

static const IEnumBackgroundCopyGroupsVtbl enum_groups_vtbl = {ENUM_METHODS(IEnumBackgroundCopyGroups)};
static const IEnumBackgroundCopyJobs1Vtbl enum_jobs_vtbl = {ENUM_METHODS(IEnumBackgroundCopyJobs1)};

static HRESULT create(const void *vtbl, const IID *iid, const GUID *ids, ULONG count, struct enum_ids **out)
{
    struct enum_ids *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    if (!(This->ids = calloc(count ? count : 1, sizeof(*This->ids))))
    {
        free(This);
        return E_OUTOFMEMORY;
    }
    if (count) memcpy(This->ids, ids, count * sizeof(*ids));
    This->vtbl = vtbl;
    This->refs = 1;
    This->iid = iid;
    This->count = count;
    *out = This;
    return S_OK;
}

HRESULT legacy_enum_groups_create(const GUID *ids, ULONG count, IEnumBackgroundCopyGroups **out)
{
    return create(&enum_groups_vtbl, &IID_IEnumBackgroundCopyGroups, ids, count, (struct enum_ids **)out);
}

HRESULT legacy_enum_jobs_create(const GUID *ids, ULONG count, IEnumBackgroundCopyJobs1 **out)
{
    return create(&enum_jobs_vtbl, &IID_IEnumBackgroundCopyJobs1, ids, count, (struct enum_ids **)out);
}
