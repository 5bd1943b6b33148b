/*
 * One enumerator for all lists: jobs, files, downloads, ids.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_ENUMERATOR_H
#define WINE_BITS_COM_ENUMERATOR_H

#include <windows.h>
#include <objbase.h>

struct com_service;

/* What a list consists of.  An item is what the enumerator keeps, an element what its Next gives to the client. */
struct com_enum_type
{
    const void *vtbl; /* made of COM_ENUM_METHODS */
    const IID *iid;
    size_t item_size;    /* bytes */
    size_t element_size; /* bytes */

    /* Make an element of an item.  Elements that are no interface pointers must not fail. */
    HRESULT (*give)(struct com_service *service, const void *item, void *element);

    /* The references that an item holds; both NULL: none. */
    void (*addref)(const void *item);
    void (*release)(const void *item);
};

/* An enumerator of count items at its beginning.  Takes over items (from malloc, NULL where count is 0) and what they
 * refer to, also when it fails: E_OUTOFMEMORY, *out is NULL then. */
HRESULT com_enum_create(const struct com_enum_type *type, struct com_service *service, void *items, ULONG count,
                        void **out);

/* --- vtables ------------------------------------------------------------------------------------ */

struct com_enum;

HRESULT STDMETHODCALLTYPE com_enum_QueryInterface(struct com_enum *This, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE com_enum_AddRef(struct com_enum *This);
ULONG STDMETHODCALLTYPE com_enum_Release(struct com_enum *This);
HRESULT STDMETHODCALLTYPE com_enum_Next(struct com_enum *This, ULONG count, void *elements, ULONG *fetched);
HRESULT STDMETHODCALLTYPE com_enum_Skip(struct com_enum *This, ULONG count);
HRESULT STDMETHODCALLTYPE com_enum_Reset(struct com_enum *This);
HRESULT STDMETHODCALLTYPE com_enum_Clone(struct com_enum *This, void **out);
HRESULT STDMETHODCALLTYPE com_enum_GetCount(struct com_enum *This, ULONG *count);

/* The methods that every enumerator has, for a vtable of enum_name whose Next gives element_name. */
#define COM_ENUM_METHODS(enum_name, element_name) \
    (HRESULT(STDMETHODCALLTYPE *)(enum_name *, REFIID, void **)) com_enum_QueryInterface, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))com_enum_AddRef, \
        (ULONG(STDMETHODCALLTYPE *)(enum_name *))com_enum_Release, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG, element_name *, ULONG *))com_enum_Next, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG))com_enum_Skip, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *))com_enum_Reset, \
        (HRESULT(STDMETHODCALLTYPE *)(enum_name *, enum_name **))com_enum_Clone

/* GetCount, which BITS' enumerators have after those. */
#define COM_ENUM_GET_COUNT(enum_name) (HRESULT(STDMETHODCALLTYPE *)(enum_name *, ULONG *)) com_enum_GetCount

#endif
