/*
 * One enumerator for all lists (B-105, B-225, B-226, D-130).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "base/debug.h"
#include "com/enumerator.h"

DEBUG_CHANNEL(bitscom);

struct com_enum
{
    const void *vtbl;
    LONG refs;
    const struct com_enum_type *type;
    struct com_service *service;
    BYTE *items;
    ULONG count;
    ULONG position;
};

static const void *item_at(const struct com_enum *This, ULONG index)
{
    return This->items + index * This->type->item_size;
}

HRESULT STDMETHODCALLTYPE com_enum_QueryInterface(struct com_enum *This, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, This->type->iid)) return E_NOINTERFACE;
    com_enum_AddRef(This);
    *out = This;
    return S_OK;
}

ULONG STDMETHODCALLTYPE com_enum_AddRef(struct com_enum *This)
{
    return InterlockedIncrement(&This->refs);
}

static void release_items(const struct com_enum_type *type, BYTE *items, ULONG count)
{
    ULONG i;

    for (i = 0; type->release && i < count; i++) type->release(items + i * type->item_size);
    free(items);
}

ULONG STDMETHODCALLTYPE com_enum_Release(struct com_enum *This)
{
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        release_items(This->type, This->items, This->count);
        free(This);
    }
    return refs;
}

/* The first count elements from the present position; none when one cannot be made. */
static HRESULT fetch(const struct com_enum *This, ULONG count, BYTE *elements)
{
    const struct com_enum_type *type = This->type;
    HRESULT hr = S_OK;
    IUnknown **object;
    ULONG i;

    for (i = 0; i < count && SUCCEEDED(hr); i++)
        hr = type->give(This->service, item_at(This, This->position + i), elements + i * type->element_size);
    if (SUCCEEDED(hr)) return S_OK;
    while (i--)
    {
        object = (IUnknown **)(elements + i * type->element_size);
        if (*object) IUnknown_Release(*object);
        *object = NULL;
    }
    return hr;
}

HRESULT STDMETHODCALLTYPE com_enum_Next(struct com_enum *This, ULONG count, void *elements, ULONG *fetched)
{
    ULONG available = min(count, This->count - This->position);
    HRESULT hr;

    TRACE("(%p, %lu, %p, %p)\n", This, count, elements, fetched);
    if (!elements || (!fetched && count != 1)) return E_INVALIDARG;
    if (fetched) *fetched = 0;
    memset(elements, 0, count * This->type->element_size);
    if (FAILED(hr = fetch(This, available, elements))) return hr;
    This->position += available;
    if (fetched) *fetched = available;
    return available == count ? S_OK : S_FALSE;
}

HRESULT STDMETHODCALLTYPE com_enum_Skip(struct com_enum *This, ULONG count)
{
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu)\n", This, count);
    This->position += available;
    return available == count ? S_OK : S_FALSE;
}

HRESULT STDMETHODCALLTYPE com_enum_Reset(struct com_enum *This)
{
    TRACE("(%p)\n", This);
    This->position = 0;
    return S_OK;
}

HRESULT STDMETHODCALLTYPE com_enum_Clone(struct com_enum *This, void **out)
{
    size_t size = This->count * This->type->item_size;
    BYTE *items = NULL;
    HRESULT hr;
    ULONG i;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (This->count)
    {
        if (!(items = malloc(size))) return E_OUTOFMEMORY;
        memcpy(items, This->items, size);
        for (i = 0; This->type->addref && i < This->count; i++) This->type->addref(item_at(This, i));
    }
    hr = com_enum_create(This->type, This->service, items, This->count, out);
    if (SUCCEEDED(hr)) ((struct com_enum *)*out)->position = This->position;
    return hr;
}

HRESULT STDMETHODCALLTYPE com_enum_GetCount(struct com_enum *This, ULONG *count)
{
    TRACE("(%p, %p)\n", This, count);
    if (!count) return E_INVALIDARG;
    *count = This->count;
    return S_OK;
}

HRESULT com_enum_create(const struct com_enum_type *type, struct com_service *service, void *items, ULONG count,
                        void **out)
{
    struct com_enum *This;

    *out = NULL;
    if (!(This = calloc(1, sizeof(*This))))
    {
        release_items(type, items, count);
        return E_OUTOFMEMORY;
    }
    This->vtbl = type->vtbl;
    This->refs = 1;
    This->type = type;
    This->service = service;
    This->items = items;
    This->count = count;
    *out = This;
    return S_OK;
}
