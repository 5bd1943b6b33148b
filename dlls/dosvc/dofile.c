/*
 * What a file of Delivery Optimization has besides BITS' interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#include "base/debug.h"
#include "domsg.h"
#include "dosvc.h"

DEBUG_CHANNEL(dosvc);

#define E_NOT_SET __HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

static HRESULT give_string(struct face_file *This, enum file_string which, WCHAR **out)
{
    WCHAR *value = NULL;
    transfer_code code = file_get_string(This->file, which, &value);

    return face_give_string(This->face, code, value, L"", out);
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
static HRESULT get_stats(struct face_file *This, DOSwarmStats *stats)
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
    struct face_file *This = face_extension_object(iface);

    TRACE("(%p, %p)\n", This, stats);
    if (!stats) return E_POINTER;
    memset(stats, 0, sizeof(*stats));
    return get_stats(This, stats);
}

const IDeliveryOptimizationFileVtbl do_file_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IDeliveryOptimizationFile),
    do_file_GetStats,
    do_file_GetStats,                   /* D-190: clients differ about the slot */
};

/* --- IDeliveryOptimizationFile2 ------------------------------------------------------------------------ */

static HRESULT give_path(struct face_file *This, VARIANT *value)
{
    WCHAR *path = NULL;
    HRESULT hr = face_result(This->face, file_get_string(This->file, FILE_LOCAL_NAME, &path));

    if (FAILED(hr)) return hr;
    if (!path) return E_NOT_SET;
    V_BSTR(value) = SysAllocString(path);
    free(path);
    if (!V_BSTR(value)) return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT give_size(struct face_file *This, VARIANT *value)
{
    struct file_progress progress;

    file_get_progress(This->file, &progress);
    if (progress.total == TRANSFER_SIZE_UNKNOWN) return E_NOT_SET;
    V_VT(value) = VT_UI8;
    V_UI8(value) = progress.total;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE do_file2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                      VARIANT *value)
{
    struct face_file *This = face_extension_object(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_POINTER;
    VariantInit(value);
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo:
    case DOFilePropertyId_IntegrityCheckInfo:
        return DO_E_WRITE_ONLY_PROPERTY;
    case DOFilePropertyId_IntegrityCheckMandatory:
        V_VT(value) = VT_BOOL;
        V_BOOL(value) = VARIANT_FALSE;
        return S_OK;
    case DOFilePropertyId_DownloadSinkInterface:
    case DOFilePropertyId_DownloadSinkMemoryStream:
        return E_NOT_SET;
    case DOFilePropertyId_DownloadSinkFilePath:
        return give_path(This, value);
    case DOFilePropertyId_TotalSizeBytes:
        return give_size(This, value);
    }
    return DO_E_UNKNOWN_PROPERTY_ID;
}

/* Every file has its path from the start, which no other sink can take the place of (D-243). */
static HRESULT set_sink(struct face_file *This, VARTYPE type, const VARIANT *value)
{
    return V_VT(value) == type ? DO_E_FILE_DOWNLOADSINK_ALREADY_SET : E_INVALIDARG;
}

/* Nothing can be checked without knowing against what. */
static HRESULT set_check_mandatory(const VARIANT *value)
{
    if (V_VT(value) != VT_BOOL) return E_INVALIDARG;
    return V_BOOL(value) ? DO_E_INTEGRITYCHECKINFO_UNSPECIFIED : S_OK;
}

static HRESULT STDMETHODCALLTYPE do_file2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id,
                                                      const VARIANT *value)
{
    struct face_file *This = face_extension_object(iface);
    HRESULT hr;

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    if (This->access < FACE_ACCESS_MODIFY) return E_ACCESSDENIED;
    if ((unsigned int)id > DOFilePropertyId_TotalSizeBytes) return DO_E_UNKNOWN_PROPERTY_ID;
    if (FAILED(hr = face_check_alive(This->face, file_get_job(This->file)))) return hr;
    switch (id)
    {
    case DOFilePropertyId_DecryptionInfo:
    case DOFilePropertyId_IntegrityCheckInfo:
        return V_VT(value) == VT_BSTR ? E_NOTIMPL : E_INVALIDARG;
    case DOFilePropertyId_IntegrityCheckMandatory:
        return set_check_mandatory(value);
    case DOFilePropertyId_DownloadSinkInterface:
        return set_sink(This, VT_UNKNOWN, value);
    case DOFilePropertyId_DownloadSinkFilePath:
        return set_sink(This, VT_BSTR, value);
    case DOFilePropertyId_DownloadSinkMemoryStream:
        return DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED;
    case DOFilePropertyId_TotalSizeBytes:
        return DO_E_READ_ONLY_PROPERTY;
    }
    return DO_E_UNKNOWN_PROPERTY_ID;
}

const IDeliveryOptimizationFile2Vtbl do_file2_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IDeliveryOptimizationFile2),
    do_file2_GetProperty,
    do_file2_SetProperty,
};
