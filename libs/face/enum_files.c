/*
 * Enumerator of the files of a job (B-105, B-225, B-226).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "face/face.h"

DEBUG_CHANNEL(bitsface);

struct enum_files
{
    IEnumBackgroundCopyFiles IEnumBackgroundCopyFiles_iface;
    LONG refs;
    struct face *face;
    enum face_access access;
    struct file **files; /* with a reference each */
    ULONG count;
    ULONG position;
};

static HRESULT create(struct face *face, enum face_access access, ULONG capacity, struct enum_files **out);

static struct enum_files *impl_from_IEnumBackgroundCopyFiles(IEnumBackgroundCopyFiles *iface)
{
    return CONTAINING_RECORD(iface, struct enum_files, IEnumBackgroundCopyFiles_iface);
}

static HRESULT STDMETHODCALLTYPE enum_files_QueryInterface(IEnumBackgroundCopyFiles *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumBackgroundCopyFiles))
    {
        IEnumBackgroundCopyFiles_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE enum_files_AddRef(IEnumBackgroundCopyFiles *iface)
{
    return InterlockedIncrement(&impl_from_IEnumBackgroundCopyFiles(iface)->refs);
}

static ULONG STDMETHODCALLTYPE enum_files_Release(IEnumBackgroundCopyFiles *iface)
{
    struct enum_files *This = impl_from_IEnumBackgroundCopyFiles(iface);
    ULONG refs = InterlockedDecrement(&This->refs), i;

    if (!refs)
    {
        for (i = 0; i < This->count; i++) file_release(This->files[i]);
        free(This->files);
        free(This);
    }
    return refs;
}

/* The first count elements from the present position; none when one cannot be made. */
static HRESULT fetch(struct enum_files *This, ULONG count, IBackgroundCopyFile **files)
{
    HRESULT hr = S_OK;
    ULONG i;

    for (i = 0; i < count && SUCCEEDED(hr); i++)
    {
        hr = face_file_create_with_access(This->face, This->files[This->position + i], This->access,
                                          &IID_IBackgroundCopyFile, (void **)&files[i]);
    }
    if (SUCCEEDED(hr)) return S_OK;
    for (i = 0; i < count; i++)
    {
        if (files[i]) IBackgroundCopyFile_Release(files[i]);
        files[i] = NULL;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE enum_files_Next(IEnumBackgroundCopyFiles *iface, ULONG count,
                                                 IBackgroundCopyFile **files, ULONG *fetched)
{
    struct enum_files *This = impl_from_IEnumBackgroundCopyFiles(iface);
    ULONG available;
    HRESULT hr;

    TRACE("(%p, %lu, %p, %p)\n", This, count, files, fetched);
    if (!files || (!fetched && count != 1)) return E_INVALIDARG;
    if (fetched) *fetched = 0;
    memset(files, 0, count * sizeof(*files));
    available = min(count, This->count - This->position);
    if (FAILED(hr = fetch(This, available, files))) return hr;
    This->position += available;
    if (fetched) *fetched = available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_files_Skip(IEnumBackgroundCopyFiles *iface, ULONG count)
{
    struct enum_files *This = impl_from_IEnumBackgroundCopyFiles(iface);
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu)\n", This, count);
    This->position += available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_files_Reset(IEnumBackgroundCopyFiles *iface)
{
    TRACE("(%p)\n", iface);
    impl_from_IEnumBackgroundCopyFiles(iface)->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_files_Clone(IEnumBackgroundCopyFiles *iface, IEnumBackgroundCopyFiles **out)
{
    struct enum_files *This = impl_from_IEnumBackgroundCopyFiles(iface), *copy;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = create(This->face, This->access, This->count, &copy))) return hr;
    for (; copy->count < This->count; copy->count++)
    {
        copy->files[copy->count] = This->files[copy->count];
        file_addref(copy->files[copy->count]);
    }
    copy->position = This->position;
    *out = &copy->IEnumBackgroundCopyFiles_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_files_GetCount(IEnumBackgroundCopyFiles *iface, ULONG *count)
{
    TRACE("(%p, %p)\n", iface, count);
    if (!count) return E_INVALIDARG;
    *count = impl_from_IEnumBackgroundCopyFiles(iface)->count;
    return S_OK;
}

/* clang-format off */
static const IEnumBackgroundCopyFilesVtbl enum_files_vtbl =
{
    enum_files_QueryInterface,
    enum_files_AddRef,
    enum_files_Release,
    enum_files_Next,
    enum_files_Skip,
    enum_files_Reset,
    enum_files_Clone,
    enum_files_GetCount,
};
/* clang-format on */

/* An empty enumerator with room for capacity files. */
static HRESULT create(struct face *face, enum face_access access, ULONG capacity, struct enum_files **out)
{
    struct enum_files *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    if (!(This->files = calloc(capacity ? capacity : 1, sizeof(*This->files))))
    {
        free(This);
        return E_OUTOFMEMORY;
    }
    This->IEnumBackgroundCopyFiles_iface.lpVtbl = &enum_files_vtbl;
    This->refs = 1;
    This->face = face;
    This->access = access;
    *out = This;
    return S_OK;
}

HRESULT face_enum_files_create(struct face *face, struct job *job, enum face_access access,
                               IEnumBackgroundCopyFiles **out)
{
    unsigned int count = job_file_count(job);
    struct enum_files *This;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = create(face, access, count, &This))) return hr;
    while (This->count < count && (This->files[This->count] = job_get_file(job, This->count))) This->count++;
    *out = &This->IEnumBackgroundCopyFiles_iface;
    return S_OK;
}
