/*
 * A download of generation 3 (section 5 of the rules).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include "base/debug.h"
#include "clientstream.h"
#include "com/hold.h"
#include "download.h"
#include "watch.h"

DEBUG_CHANNEL(dosvc);

static struct do_download *impl_from_IDODownload(IDODownload *iface)
{
    return CONTAINING_RECORD(iface, struct do_download, IDODownload_iface);
}

static DODownloadState state_of(const struct do_download *This)
{
    DO_DOWNLOAD_STATUS status;

    download_get_status(This->service, This->job, &status);
    return status.State;
}

/* --- starting --------------------------------------------------------------------------------------- */

/* D-089, D-382.  There is no cloud that knows a content by its id alone. */
static HRESULT check_properties(struct job *job, const WCHAR *uri, const WCHAR *path, const WCHAR *integrity)
{
    WCHAR *decryption = NULL;
    HRESULT hr;

    if (!uri) return DO_E_DOWNLOAD_NO_URI;
    if (!path && !client_stream_is_set(job)) return DO_E_FILE_DOWNLOADSINK_UNSPECIFIED;
    hr = download_get_text(job, DODownloadProperty_DecryptionInfo, &decryption);
    if (SUCCEEDED(hr) && decryption) hr = E_NOTIMPL;
    free(decryption);
    if (SUCCEEDED(hr) && !integrity && download_get_number(job, DODownloadProperty_IntegrityCheckMandatory, FALSE))
        hr = DO_E_INTEGRITYCHECKINFO_UNSPECIFIED;
    return SUCCEEDED(hr) ? do_check_mode() : hr;
}

/* The range of a whole file is none: so servers without ranges will do (D-108, D-113). */
static HRESULT copy_ranges(const DO_DOWNLOAD_RANGES_INFO *from, struct file_spec *spec)
{
    struct file_range *ranges;
    UINT i;

    if (!from || !from->RangeCount) return S_OK;
    if (from->RangeCount == 1 && !from->Ranges[0].Offset && from->Ranges[0].Length == DO_LENGTH_TO_EOF) return S_OK;
    if (!(ranges = calloc(from->RangeCount, sizeof(*ranges)))) return E_OUTOFMEMORY;
    for (i = 0; i < from->RangeCount; i++)
    {
        ranges[i].offset = from->Ranges[i].Offset;
        ranges[i].length = from->Ranges[i].Length;
    }
    spec->ranges = ranges;
    spec->range_count = from->RangeCount;
    return S_OK;
}

/* Whoever comes last has the path (D-096). */
static void abort_others(struct do_download *This, const WCHAR *path)
{
    unsigned int count, i;
    WCHAR *owner, *other;
    struct job **jobs;

    if (!path || job_get_string(This->job, JOB_OWNER, &owner)) return;
    if (!queue_list_singles(This->service->queue, owner, &jobs, &count))
    {
        for (i = 0; i < count; i++)
        {
            struct job_status status;

            job_get_status(jobs[i], &status);
            if (jobs[i] != This->job && status.resumed &&
                SUCCEEDED(download_get_text(jobs[i], DODownloadProperty_LocalPath, &other)) && other)
            {
                if (!_wcsicmp(path, other)) job_cancel(jobs[i]);
                free(other);
            }
            job_release(jobs[i]);
        }
        free(jobs);
    }
    free(owner);
}

/* Everything but the resumption itself. */
static HRESULT prepare(struct do_download *This, const DO_DOWNLOAD_RANGES_INFO *ranges)
{
    WCHAR *uri = NULL, *path = NULL, *content = NULL, *integrity = NULL;
    struct file_spec spec = {0};
    HRESULT hr;

    if (SUCCEEDED(hr = download_get_text(This->job, DODownloadProperty_Uri, &uri)))
        hr = download_get_text(This->job, DODownloadProperty_LocalPath, &path);
    if (SUCCEEDED(hr)) hr = download_get_text(This->job, DODownloadProperty_ContentId, &content);
    if (SUCCEEDED(hr)) hr = download_get_text(This->job, DODownloadProperty_IntegrityCheckInfo, &integrity);
    if (SUCCEEDED(hr)) hr = check_properties(This->job, uri, path, integrity);
    if (SUCCEEDED(hr)) hr = copy_ranges(ranges, &spec);
    if (SUCCEEDED(hr)) hr = download_apply_properties(This);
    spec.remote = uri;
    spec.local = path;
    spec.content_id = content;
    spec.integrity = integrity;
    spec.integrity_mandatory = download_get_number(This->job, DODownloadProperty_IntegrityCheckMandatory, FALSE);
    if (SUCCEEDED(hr)) hr = com_result(This->service, job_set_file(This->job, &spec, !ranges));
    if (SUCCEEDED(hr)) abort_others(This, path);
    free((void *)spec.ranges);
    free(uri);
    free(path);
    free(content);
    free(integrity);
    return hr;
}

/* D-103: until the transfer has come to an end of some kind; whoever pauses or aborts it ends the wait as
 * well. */
static HRESULT wait_for_end(struct do_download *This)
{
    DO_DOWNLOAD_STATUS status;
    HRESULT hr = watch_wait(This->job, &status);

    if (FAILED(hr)) return hr;
    if (status.State == DODownloadState_Transferred || status.State == DODownloadState_Finalized) return S_OK;
    return FAILED(status.Error) ? status.Error : E_ABORT;
}

static HRESULT start(struct do_download *This, const DO_DOWNLOAD_RANGES_INFO *ranges)
{
    HRESULT hr;

    if (FAILED(hr = prepare(This, ranges))) return hr;
    if (FAILED(hr = watch_begin_start(This->job))) return hr;
    hr = com_result(This->service, hold_resume(This->job));
    watch_end_start(This->job, SUCCEEDED(hr));
    if (FAILED(hr) || !download_get_number(This->job, DODownloadProperty_BlockingMode, FALSE)) return hr;
    return wait_for_end(This);
}

/* --- IUnknown -------------------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE download_QueryInterface(IDODownload *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IDODownload))
    {
        IDODownload_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE download_AddRef(IDODownload *iface)
{
    return InterlockedIncrement(&impl_from_IDODownload(iface)->refs);
}

/* The download itself goes on (D-094). */
static ULONG STDMETHODCALLTYPE download_Release(IDODownload *iface)
{
    struct do_download *This = impl_from_IDODownload(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        job_release(This->job);
        free(This);
    }
    return refs;
}

/* --- IDODownload ------------------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE download_Start(IDODownload *iface, const DO_DOWNLOAD_RANGES_INFO *ranges)
{
    struct do_download *This = impl_from_IDODownload(iface);

    TRACE("(%p, %p: %u)\n", This, ranges, ranges ? ranges->RangeCount : 0);
    switch (state_of(This)) /* D-081 */
    {
    case DODownloadState_Transferring: return S_OK;
    case DODownloadState_Transferred: return ranges ? start(This, ranges) : S_OK;
    case DODownloadState_Finalized:
    case DODownloadState_Aborted: return DO_E_INVALID_STATE;
    default: return start(This, ranges);
    }
}

static HRESULT STDMETHODCALLTYPE download_Pause(IDODownload *iface)
{
    struct do_download *This = impl_from_IDODownload(iface);
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    TRACE("(%p)\n", This);
    download_get_status(This->service, This->job, &status);
    switch (status.State) /* D-082 */
    {
    case DODownloadState_Finalized:
    case DODownloadState_Aborted: return DO_E_INVALID_STATE;
    case DODownloadState_Transferring: break;
    default:
        if (!download_is_transient(status.ExtendedError) || FAILED(status.Error)) return S_OK;
        break;
    }
    hr = com_result(This->service, job_suspend(This->job));
    if (SUCCEEDED(hr)) watch_note(This->job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE download_Abort(IDODownload *iface)
{
    struct do_download *This = impl_from_IDODownload(iface);
    HRESULT hr;

    TRACE("(%p)\n", This);
    switch (state_of(This)) /* D-084 */
    {
    case DODownloadState_Finalized: return DO_E_INVALID_STATE;
    case DODownloadState_Aborted: return S_OK;
    default: break;
    }
    hr = com_result(This->service, job_cancel(This->job));
    if (SUCCEEDED(hr)) watch_note(This->job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE download_Finalize(IDODownload *iface)
{
    struct do_download *This = impl_from_IDODownload(iface);
    HRESULT hr;

    TRACE("(%p)\n", This);
    switch (state_of(This)) /* D-083 */
    {
    case DODownloadState_Transferred: break;
    case DODownloadState_Finalized: return S_OK;
    default: return DO_E_INVALID_STATE;
    }
    hr = com_result(This->service, job_complete(This->job));
    if (SUCCEEDED(hr)) watch_note(This->job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE download_GetStatus(IDODownload *iface, DO_DOWNLOAD_STATUS *status)
{
    struct do_download *This = impl_from_IDODownload(iface);

    TRACE("(%p, %p)\n", This, status);
    if (!status) return E_POINTER;
    download_get_status(This->service, This->job, status);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE download_GetProperty(IDODownload *iface, DODownloadProperty id, VARIANT *value)
{
    struct do_download *This = impl_from_IDODownload(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_POINTER;
    VariantInit(value);
    return download_get_property(This, id, value);
}

static HRESULT STDMETHODCALLTYPE download_SetProperty(IDODownload *iface, DODownloadProperty id, const VARIANT *value)
{
    struct do_download *This = impl_from_IDODownload(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    return download_set_property(This, id, value);
}

/* clang-format off */
static const IDODownloadVtbl download_vtbl =
{
    download_QueryInterface,
    download_AddRef,
    download_Release,
    download_Start,
    download_Pause,
    download_Abort,
    download_Finalize,
    download_GetStatus,
    download_GetProperty,
    download_SetProperty,
};
/* clang-format on */

HRESULT download_create(struct com_service *service, struct job *job, REFIID iid, void **out)
{
    struct do_download *This;
    HRESULT hr;

    *out = NULL;
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->IDODownload_iface.lpVtbl = &download_vtbl;
    This->refs = 1;
    This->service = service;
    job_addref(This->job = job);
    hr = IDODownload_QueryInterface(&This->IDODownload_iface, iid, out);
    IDODownload_Release(&This->IDODownload_iface);
    return hr;
}
