/*
 * What a file of Delivery Optimization has besides BITS' interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#include "base/debug.h"
#include "clientstream.h"
#include "domsg.h"
#include "dosvc.h"

DEBUG_CHANNEL(dosvc);

static HRESULT give_string(struct com_file *This, enum file_string which, WCHAR **out)
{
    WCHAR *value = NULL;
    transfer_code code = file_get_string(This->file, which, &value);

    return com_give_string(This->service, code, value, L"", out);
}

/* --- IDeliveryOptimizationFile ------------------------------------------------------------------- */

static ULONGLONG ticks(const FILETIME *time)
{
    return (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

/* Milliseconds from the making of the job to its transfer's end, or to now. */
static UINT duration_of(struct job *job)
{
    struct job_times times;
    FILETIME end;

    job_get_times(job, &times);
    end = times.completion;
    if (!ticks(&end)) GetSystemTimeAsFileTime(&end);
    return ticks(&end) > ticks(&times.creation) ? (UINT)((ticks(&end) - ticks(&times.creation)) / 10000) : 0;
}

static SwarmStatus status_of(enum job_state state)
{
    switch (state)
    {
    case JOB_TRANSFERRED:
    case JOB_ACKNOWLEDGED: return SwarmStatus_Complete;
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING: return SwarmStatus_Downloading;
    default: return SwarmStatus_Paused;
    }
}

/* Everything comes from the server: there are no peers (D-293, D-294). */
static HRESULT get_stats(struct com_file *This, DOSwarmStats *stats)
{
    struct job *job = file_get_job(This->file);
    enum job_state state = job_get_state(job);
    struct file_progress progress;
    HRESULT hr;

    if (FAILED(hr = give_string(This, FILE_CONTENT_ID, &stats->fileId))) return hr;
    if (FAILED(hr = give_string(This, FILE_REMOTE_NAME, &stats->sourceURL)))
    {
        CoTaskMemFree(stats->fileId);
        stats->fileId = NULL;
        return hr;
    }
    file_get_progress(This->file, &progress);
    stats->fileSize = progress.total;
    stats->totalBytesDownloaded = progress.transferred;
    stats->bytesFromHttp = progress.transferred;
    stats->httpConnectionCount = state == JOB_TRANSFERRING && progress.transferred != progress.total;
    stats->downloadDuration = duration_of(job);
    stats->downloadMode = DownloadMode_Simple;
    stats->status = status_of(state);
    stats->isBackground = job_get_number(job, JOB_PRIORITY) != JOB_FOREGROUND;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE do_file_GetStats(IDeliveryOptimizationFile *iface, DOSwarmStats *stats)
{
    struct com_file *This = com_extension_object(iface);

    TRACE("(%p, %p)\n", This, stats);
    if (!stats) return E_POINTER;
    memset(stats, 0, sizeof(*stats));
    return get_stats(This, stats);
}

/* clang-format off */
const IDeliveryOptimizationFileVtbl do_file_vtbl =
{
    COM_EXTENSION_UNKNOWN(IDeliveryOptimizationFile),
    do_file_GetStats,
    do_file_GetStats,                   /* D-190: clients differ about the slot */
};
/* clang-format on */

/* --- IDeliveryOptimizationFile2 ------------------------------------------------------------------------ */

static HRESULT give_path(struct com_file *This, VARIANT *value)
{
    WCHAR *path = NULL;
    HRESULT hr = com_result(This->service, file_get_string(This->file, FILE_LOCAL_NAME, &path));

    if (FAILED(hr)) return hr;
    if (!path) return E_NOT_SET;
    V_BSTR(value) = SysAllocString(path);
    free(path);
    if (!V_BSTR(value)) return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT give_size(struct com_file *This, VARIANT *value)
{
    uint64_t size = file_get_size(This->file);

    if (size == TRANSFER_SIZE_UNKNOWN) return E_NOT_SET;
    V_VT(value) = VT_UI8;
    V_UI8(value) = size;
    return S_OK;
}

static HRESULT give_stream(struct com_file *This, VARIANT *value)
{
    HRESULT hr = client_stream_get_of_file(This->file, &V_UNKNOWN(value));

    if (SUCCEEDED(hr)) V_VT(value) = VT_UNKNOWN;
    return hr;
}

static HRESULT STDMETHODCALLTYPE do_file2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                      VARIANT *value)
{
    struct com_file *This = com_extension_object(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_POINTER;
    VariantInit(value);
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo:
    case DOFilePropertyId_IntegrityCheckInfo: return DO_E_WRITE_ONLY_PROPERTY;
    case DOFilePropertyId_IntegrityCheckMandatory:
        V_VT(value) = VT_BOOL;
        V_BOOL(value) = file_get_integrity_mandatory(This->file) ? VARIANT_TRUE : VARIANT_FALSE;
        return S_OK;
    case DOFilePropertyId_DownloadSinkInterface: return give_stream(This, value);
    case DOFilePropertyId_DownloadSinkMemoryStream: return E_NOT_SET;
    case DOFilePropertyId_DownloadSinkFilePath: return give_path(This, value);
    case DOFilePropertyId_TotalSizeBytes: return give_size(This, value);
    }
    return DO_E_UNKNOWN_PROPERTY_ID;
}

static HRESULT set_path(struct com_file *This, BSTR path)
{
    if (!SysStringLen(path)) return E_INVALIDARG;
    return com_result(This->service, file_set_local_name(This->file, path));
}

static HRESULT set_integrity(struct com_file *This, BSTR info)
{
    if (!do_is_json(info, SysStringLen(info))) return E_INVALIDARG;
    return com_result(This->service, file_set_integrity(This->file, info));
}

static HRESULT set_property(struct com_file *This, DOFilePropertyId id, const VARIANT *value)
{
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo: return E_NOTIMPL; /* D-382: what came would not be what the client expects */
    case DOFilePropertyId_IntegrityCheckInfo: return set_integrity(This, V_BSTR(value));
    case DOFilePropertyId_IntegrityCheckMandatory:
        return com_result(This->service, file_set_integrity_mandatory(This->file, V_BOOL(value) != VARIANT_FALSE));
    case DOFilePropertyId_DownloadSinkInterface:
        return client_stream_set_for_file(This->service, This->file, V_VT(value) == VT_EMPTY ? NULL : V_UNKNOWN(value));
    case DOFilePropertyId_DownloadSinkFilePath: return set_path(This, V_BSTR(value));
    case DOFilePropertyId_TotalSizeBytes: return com_result(This->service, file_set_size(This->file, V_UI8(value)));
    default: return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED; /* D-240 */
    }
}

static HRESULT STDMETHODCALLTYPE do_file2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                      const VARIANT *value)
{
    static const VARTYPE types[] = {
        [DOFilePropertyId_DecryptionInfo] = VT_BSTR,
        [DOFilePropertyId_IntegrityCheckInfo] = VT_BSTR,
        [DOFilePropertyId_IntegrityCheckMandatory] = VT_BOOL,
        [DOFilePropertyId_DownloadSinkInterface] = VT_UNKNOWN,
        [DOFilePropertyId_DownloadSinkFilePath] = VT_BSTR,
        [DOFilePropertyId_DownloadSinkMemoryStream] = VT_EMPTY, /* any */
        [DOFilePropertyId_TotalSizeBytes] = VT_UI8,
    };
    struct com_file *This = com_extension_object(iface);
    HRESULT hr;

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if ((unsigned int)id >= ARRAYSIZE(types)) return DO_E_UNKNOWN_PROPERTY_ID;
    if (FAILED(hr = com_check_alive(This->service, file_get_job(This->file)))) return hr;
    if (types[id] && V_VT(value) != types[id] && !(types[id] == VT_UNKNOWN && V_VT(value) == VT_EMPTY))
        return E_INVALIDARG;
    return set_property(This, id, value);
}

/* clang-format off */
const IDeliveryOptimizationFile2Vtbl do_file2_vtbl =
{
    COM_EXTENSION_UNKNOWN(IDeliveryOptimizationFile2),
    do_file2_GetProperty,
    do_file2_SetProperty,
};
/* clang-format on */
