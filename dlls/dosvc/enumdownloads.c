/*
 * Enumerator of downloads (D-122 to D-131).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include "base/debug.h"
#include "download.h"
#include "service/identity.h"

DEBUG_CHANNEL(dosvc);

struct enum_downloads
{
    IEnumUnknown IEnumUnknown_iface;
    LONG refs;
    struct face *face;
    struct job **jobs; /* with references */
    ULONG count;
    ULONG position;
};

static HRESULT create(struct face *face, struct job **jobs, ULONG count, struct enum_downloads **out);

static struct enum_downloads *impl_from_IEnumUnknown(IEnumUnknown *iface)
{
    return CONTAINING_RECORD(iface, struct enum_downloads, IEnumUnknown_iface);
}

static HRESULT STDMETHODCALLTYPE enum_downloads_QueryInterface(IEnumUnknown *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumUnknown))
    {
        IEnumUnknown_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE enum_downloads_AddRef(IEnumUnknown *iface)
{
    return InterlockedIncrement(&impl_from_IEnumUnknown(iface)->refs);
}

static ULONG STDMETHODCALLTYPE enum_downloads_Release(IEnumUnknown *iface)
{
    struct enum_downloads *This = impl_from_IEnumUnknown(iface);
    ULONG refs = InterlockedDecrement(&This->refs), i;

    if (!refs)
    {
        for (i = 0; i < This->count; i++) job_release(This->jobs[i]);
        free(This->jobs);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE enum_downloads_Next(IEnumUnknown *iface, ULONG count, IUnknown **out, ULONG *fetched)
{
    struct enum_downloads *This = impl_from_IEnumUnknown(iface);
    ULONG available, i;
    HRESULT hr = S_OK;

    TRACE("(%p, %lu, %p, %p)\n", This, count, out, fetched);
    if (!out || (!fetched && count != 1)) return E_INVALIDARG;
    if (fetched) *fetched = 0;
    memset(out, 0, count * sizeof(*out));
    available = min(count, This->count - This->position);
    for (i = 0; i < available && SUCCEEDED(hr); i++)
        hr = download_create(This->face, This->jobs[This->position + i], &IID_IUnknown, (void **)&out[i]);
    if (FAILED(hr))
    {
        for (i = 0; i < available; i++)
        {
            if (out[i]) IUnknown_Release(out[i]);
            out[i] = NULL;
        }
        return hr;
    }
    This->position += available;
    if (fetched) *fetched = available;
    return available == count ? S_OK : S_FALSE; /* D-130 */
}

static HRESULT STDMETHODCALLTYPE enum_downloads_Skip(IEnumUnknown *iface, ULONG count)
{
    struct enum_downloads *This = impl_from_IEnumUnknown(iface);
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu)\n", This, count);
    This->position += available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_downloads_Reset(IEnumUnknown *iface)
{
    TRACE("(%p)\n", iface);
    impl_from_IEnumUnknown(iface)->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_downloads_Clone(IEnumUnknown *iface, IEnumUnknown **out)
{
    struct enum_downloads *This = impl_from_IEnumUnknown(iface), *copy;
    struct job **jobs;
    HRESULT hr;
    ULONG i;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!(jobs = calloc(This->count, sizeof(*jobs)))) return E_OUTOFMEMORY;
    for (i = 0; i < This->count; i++) job_addref(jobs[i] = This->jobs[i]);
    if (FAILED(hr = create(This->face, jobs, This->count, &copy))) return hr;
    copy->position = This->position;
    *out = &copy->IEnumUnknown_iface;
    return S_OK;
}

/* clang-format off */
static const IEnumUnknownVtbl enum_downloads_vtbl =
{
    enum_downloads_QueryInterface,
    enum_downloads_AddRef,
    enum_downloads_Release,
    enum_downloads_Next,
    enum_downloads_Skip,
    enum_downloads_Reset,
    enum_downloads_Clone,
};
/* clang-format on */

static void release_jobs(struct job **jobs, ULONG count)
{
    ULONG i;

    for (i = 0; i < count; i++) job_release(jobs[i]);
    free(jobs);
}

/* Takes jobs over, with the references. */
static HRESULT create(struct face *face, struct job **jobs, ULONG count, struct enum_downloads **out)
{
    struct enum_downloads *This = calloc(1, sizeof(*This));

    *out = This;
    if (!This)
    {
        release_jobs(jobs, count);
        return E_OUTOFMEMORY;
    }
    This->IEnumUnknown_iface.lpVtbl = (IEnumUnknownVtbl *)&enum_downloads_vtbl;
    This->refs = 1;
    This->face = face;
    This->jobs = jobs;
    This->count = count;
    return S_OK;
}

/* --- categories (D-124) ------------------------------------------------------------------------ */

static BOOL is_category(DODownloadProperty id)
{
    return id == DODownloadProperty_Id || id == DODownloadProperty_Uri || id == DODownloadProperty_ContentId ||
           id == DODownloadProperty_DisplayName || id == DODownloadProperty_LocalPath;
}

/* With braces or without. */
static BOOL is_id(struct job *job, const WCHAR *value)
{
    WCHAR text[39];
    GUID id;

    job_get_id(job, &id);
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    if (*value == '{') return !_wcsicmp(value, text);
    return wcslen(value) == 36 && !_wcsnicmp(value, text + 1, 36);
}

static BOOL matches(struct job *job, const DO_DOWNLOAD_ENUM_CATEGORY *category)
{
    WCHAR *text;
    BOOL equal;

    if (!category) return TRUE;
    if (category->Property == DODownloadProperty_Id) return is_id(job, category->Value);
    if (FAILED(download_get_text(job, category->Property, &text)) || !text) return FALSE;
    equal = category->Property == DODownloadProperty_LocalPath ? !_wcsicmp(text, category->Value)
                                                               : !wcscmp(text, category->Value);
    free(text);
    return equal;
}

HRESULT download_enum_create(struct face *face, const DO_DOWNLOAD_ENUM_CATEGORY *category, IEnumUnknown **out)
{
    struct enum_downloads *This;
    unsigned int count, kept = 0, i;
    struct caller caller;
    struct job **jobs;
    HRESULT hr;

    if (category && (!is_category(category->Property) || !category->Value)) return E_INVALIDARG;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = face_result(face, queue_list_singles(face->queue, caller.sid, &jobs, &count)); /* D-125 */
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    for (i = 0; i < count; i++)
    {
        if (matches(jobs[i], category)) jobs[kept++] = jobs[i];
        else job_release(jobs[i]);
    }
    if (!kept)
    {
        free(jobs);
        return DO_E_NO_DOWNLOADS; /* D-126 */
    }
    if (SUCCEEDED(hr = create(face, jobs, kept, &This))) *out = &This->IEnumUnknown_iface;
    return hr;
}
