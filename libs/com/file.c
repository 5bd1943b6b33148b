/*
 * A file of a job as COM shows it: IBackgroundCopyFile to IBackgroundCopyFile6.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "com/com.h"
#include "http/redact.h"

DEBUG_CHANNEL(bitscom);

static struct com_file *impl_from_IBackgroundCopyFile6(IBackgroundCopyFile6 *iface)
{
    return CONTAINING_RECORD(iface, struct com_file, IBackgroundCopyFile6_iface);
}

static HRESULT give_string(struct com_file *This, enum file_string which, WCHAR **out)
{
    WCHAR *value = NULL;
    transfer_code code;

    if (!out) return E_INVALIDARG;
    code = file_get_string(This->file, which, &value);
    return com_give_string(This->service, code, value, L"", out);
}

/* --- IUnknown -------------------------------------------------------------------------------- */

static void *find_interface(struct com_file *This, REFIID iid)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyFile) ||
        IsEqualIID(iid, &IID_IBackgroundCopyFile2) || IsEqualIID(iid, &IID_IBackgroundCopyFile3) ||
        IsEqualIID(iid, &IID_IBackgroundCopyFile4) || IsEqualIID(iid, &IID_IBackgroundCopyFile5))
        return &This->IBackgroundCopyFile6_iface;
    if (IsEqualIID(iid, &IID_IBackgroundCopyFile6) && com_has(This->service, COM_FEATURE_RANDOM_ACCESS))
        return &This->IBackgroundCopyFile6_iface;
    return com_extensions_find(This->extensions, This->service->profile->file_extensions, iid);
}

static HRESULT STDMETHODCALLTYPE file_QueryInterface(IBackgroundCopyFile6 *iface, REFIID iid, void **out)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (!(*out = find_interface(This, iid))) return E_NOINTERFACE;
    IBackgroundCopyFile6_AddRef(iface);
    return S_OK;
}

static ULONG STDMETHODCALLTYPE file_AddRef(IBackgroundCopyFile6 *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyFile6(iface)->refs);
}

static ULONG STDMETHODCALLTYPE file_Release(IBackgroundCopyFile6 *iface)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        TRACE("(%p) ends\n", This);
        file_release(This->file);
        free(This);
    }
    return refs;
}

/* --- IBackgroundCopyFile ------------------------------------------------------------------------ */

static HRESULT STDMETHODCALLTYPE file_GetRemoteName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %p)\n", This, name);
    return give_string(This, FILE_REMOTE_NAME, name);
}

static HRESULT STDMETHODCALLTYPE file_GetLocalName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %p)\n", This, name);
    return give_string(This, FILE_LOCAL_NAME, name);
}

static HRESULT STDMETHODCALLTYPE file_GetProgress(IBackgroundCopyFile6 *iface, BG_FILE_PROGRESS *progress)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    struct file_progress now;

    TRACE("(%p, %p)\n", This, progress);
    if (!progress) return E_INVALIDARG;
    file_get_progress(This->file, &now);
    progress->BytesTotal = now.total; /* TRANSFER_SIZE_UNKNOWN is BG_SIZE_UNKNOWN */
    progress->BytesTransferred = now.transferred;
    progress->Completed = now.completed;
    return S_OK;
}

/* --- IBackgroundCopyFile2 ------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE file_GetFileRanges(IBackgroundCopyFile6 *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    struct file_range *found = NULL;
    unsigned int found_count = 0;
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, count, ranges);
    if (!count || !ranges) return E_INVALIDARG;
    *count = 0;
    *ranges = NULL;
    if (FAILED(hr = com_result(This->service, file_get_ranges(This->file, &found, &found_count)))) return hr;
    if (!found_count) return S_FALSE;
    if (SUCCEEDED(hr = com_give_ranges(found, found_count, ranges))) *count = found_count;
    free(found);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_SetRemoteName(IBackgroundCopyFile6 *iface, LPCWSTR name)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %s)\n", This, debug_urlw(name));
    if (!name) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (job_get_type(file_get_job(This->file)) != JOB_DOWNLOAD) return E_NOTIMPL;
    return com_result(This->service, file_set_remote_name(This->file, name));
}

/* --- IBackgroundCopyFile3 --------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE file_GetTemporaryName(IBackgroundCopyFile6 *iface, LPWSTR *name)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %p)\n", This, name);
    return give_string(This, FILE_TEMPORARY_NAME, name);
}

static HRESULT STDMETHODCALLTYPE file_SetValidationState(IBackgroundCopyFile6 *iface, BOOL valid)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %d)\n", This, valid);
    if (!com_has(This->service, COM_FEATURE_FILE_VALIDATION)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, file_set_validation(This->file, valid != FALSE));
}

static HRESULT STDMETHODCALLTYPE file_GetValidationState(IBackgroundCopyFile6 *iface, BOOL *valid)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %p)\n", This, valid);
    if (!valid) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_FILE_VALIDATION)) return E_NOTIMPL;
    *valid = file_get_validation(This->file);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE file_IsDownloadedFromPeer(IBackgroundCopyFile6 *iface, BOOL *from_peer)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %p)\n", This, from_peer);
    if (!from_peer) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_FILE_VALIDATION)) return E_NOTIMPL;
    *from_peer = FALSE;
    return S_OK;
}

/* --- IBackgroundCopyFile4 ------------------------------------------------------------------------------ */

/* There are no peers: all that came is from the origin (P-170). */
static HRESULT STDMETHODCALLTYPE file_GetPeerDownloadStats(IBackgroundCopyFile6 *iface, UINT64 *from_origin,
                                                           UINT64 *from_peers)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    struct file_progress now;

    TRACE("(%p, %p, %p)\n", This, from_origin, from_peers);
    if (!from_origin || !from_peers) return E_INVALIDARG;
    if (!com_has(This->service, COM_FEATURE_FILE_VALIDATION)) return E_NOTIMPL;
    file_get_progress(This->file, &now);
    *from_origin = now.transferred;
    *from_peers = 0;
    return S_OK;
}

/* --- IBackgroundCopyFile5 -------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE file_SetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
                                                  BITS_FILE_PROPERTY_VALUE value)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %d)\n", This, id);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS) return This->service->profile->read_only_property;
    return This->service->profile->unknown_file_property;
}

static HRESULT STDMETHODCALLTYPE file_GetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
                                                  BITS_FILE_PROPERTY_VALUE *value)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    value->String = NULL;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS) return This->service->profile->unknown_file_property;
    return give_string(This, FILE_RESPONSE_HEADERS, &value->String);
}

/* --- IBackgroundCopyFile6 -------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE file_UpdateDownloadPosition(IBackgroundCopyFile6 *iface, UINT64 offset)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);

    TRACE("(%p, %I64u)\n", This, offset);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, file_set_position(This->file, offset));
}

static HRESULT STDMETHODCALLTYPE file_RequestFileRanges(IBackgroundCopyFile6 *iface, DWORD count,
                                                        const BG_FILE_RANGE *ranges)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    struct file_range *copy;
    HRESULT hr;

    TRACE("(%p, %lu, %p)\n", This, count, ranges);
    if (!count || !ranges) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (FAILED(hr = com_copy_ranges(ranges, count, &copy))) return hr;
    hr = com_result(This->service, file_request_ranges(This->file, copy, count));
    free(copy);
    return hr;
}

static HRESULT STDMETHODCALLTYPE file_GetFilledFileRanges(IBackgroundCopyFile6 *iface, DWORD *count,
                                                          BG_FILE_RANGE **ranges)
{
    struct com_file *This = impl_from_IBackgroundCopyFile6(iface);
    unsigned int found_count = 0;
    struct file_range *found;
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, count, ranges);
    if (!count || !ranges) return E_INVALIDARG;
    *count = 0;
    *ranges = NULL;
    if (FAILED(hr = com_result(This->service, file_get_filled(This->file, &found, &found_count)))) return hr;
    if (SUCCEEDED(hr = com_give_ranges(found, found_count, ranges))) *count = found_count;
    free(found);
    return hr;
}

/* clang-format off */
static const IBackgroundCopyFile6Vtbl file_vtbl =
{
    file_QueryInterface,
    file_AddRef,
    file_Release,
    file_GetRemoteName,
    file_GetLocalName,
    file_GetProgress,
    file_GetFileRanges,
    file_SetRemoteName,
    file_GetTemporaryName,
    file_SetValidationState,
    file_GetValidationState,
    file_IsDownloadedFromPeer,
    file_GetPeerDownloadStats,
    file_SetProperty,
    file_GetProperty,
    file_UpdateDownloadPosition,
    file_RequestFileRanges,
    file_GetFilledFileRanges,
};
/* clang-format on */

HRESULT com_file_create_with_access(struct com_service *service, struct file *file, enum com_access access, REFIID iid,
                                    void **out)
{
    struct com_file *This;

    *out = NULL;
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->IBackgroundCopyFile6_iface.lpVtbl = &file_vtbl;
    This->refs = 1;
    This->service = service;
    This->file = file;
    This->access = access;
    com_extensions_init(This->extensions, service->profile->file_extensions, This);
    if (!(*out = find_interface(This, iid)))
    {
        free(This);
        return E_NOINTERFACE;
    }
    file_addref(file);
    return S_OK;
}

BOOL com_file_answers(const struct com_service *service, REFIID iid)
{
    struct com_file probe = {.service = (struct com_service *)service};

    return find_interface(&probe, iid) != NULL;
}

HRESULT com_file_create(struct com_service *service, struct file *file, REFIID iid, void **out)
{
    return com_file_create_with_access(service, file, COM_ACCESS_MODIFY, iid, out);
}
