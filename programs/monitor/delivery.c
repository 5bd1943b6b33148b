/*
 * The downloads of Delivery Optimization that are made with IDOManager.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "monitor.h"
#include "bitsapi.h"
#include "domsg.h"

/* A property that is a string, for free(); NULL if it is not set. */
static WCHAR *read_string(IDODownload *download, DODownloadProperty property)
{
    WCHAR *text = NULL;
    VARIANT value;

    VariantInit(&value);
    if (SUCCEEDED(IDODownload_GetProperty(download, property, &value)) && V_VT(&value) == VT_BSTR && V_BSTR(&value))
        text = wcsdup(V_BSTR(&value));
    VariantClear(&value);
    return text;
}

static HRESULT read_id(IDODownload *download, GUID *id)
{
    WCHAR *text = read_string(download, DODownloadProperty_Id);
    HRESULT hr = text ? CLSIDFromString(text, id) : E_UNEXPECTED;

    free(text);
    return hr;
}

/* Paused stands for four things: somebody has paused it, it failed, it will be tried again, it is waiting. */
static enum state state_of(const DO_DOWNLOAD_STATUS *status)
{
    switch (status->State)
    {
    case DODownloadState_Created: return STATE_CREATED;
    case DODownloadState_Transferring: return status->BytesTransferred ? STATE_TRANSFERRING : STATE_CONNECTING;
    case DODownloadState_Transferred: return STATE_TRANSFERRED;
    case DODownloadState_Finalized: return STATE_COMPLETED;
    case DODownloadState_Aborted: return STATE_CANCELLED;
    case DODownloadState_Paused: break;
    }
    if (FAILED(status->Error)) return STATE_ERROR;
    return FAILED(status->ExtendedError) ? STATE_RETRYING : STATE_PAUSED;
}

static HRESULT read_download(IDODownload *download, struct job *job)
{
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    if (FAILED(hr = IDODownload_GetStatus(download, &status))) return hr;
    job->state = state_of(&status);
    job->done = status.BytesTransferred;
    /* 0 until the server has sent it. */
    job->total = status.BytesTotal || job->state == STATE_TRANSFERRED ? status.BytesTotal : UNKNOWN_SIZE;
    if (job->state == STATE_ERROR || job->state == STATE_RETRYING)
    {
        job->error = FAILED(status.Error) ? status.Error : status.ExtendedError;
        job->error_text = error_description(job->error);
    }
    job->name = read_string(download, DODownloadProperty_DisplayName);
    job->url = read_string(download, DODownloadProperty_Uri);
    job->path = read_string(download, DODownloadProperty_LocalPath);
    job->files = 1;
    return S_OK;
}

/* The service does what it does as the user, and asks every proxy for leave. */
static HRESULT allow_impersonation(IDODownload *download)
{
    return CoSetProxyBlanket((IUnknown *)download, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                             RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING);
}

/* The next download of an enumeration: S_OK, S_FALSE at the end. */
static HRESULT next_download(IEnumUnknown *downloads, IDODownload **download)
{
    IUnknown *unknown;
    HRESULT hr = IEnumUnknown_Next(downloads, 1, &unknown, NULL);

    if (hr != S_OK) return hr;
    hr = IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)download);
    IUnknown_Release(unknown);
    if (SUCCEEDED(hr) && FAILED(hr = allow_impersonation(*download))) IDODownload_Release(*download);
    return hr;
}

static HRESULT list_downloads(struct source *source, struct snapshot *snapshot)
{
    IEnumUnknown *downloads;
    IDODownload *download;
    IDOManager *manager;
    struct job *job;
    HRESULT hr;
    GUID id;

    if (FAILED(hr = source_connect(source, &IID_IDOManager, (void **)&manager))) return hr;
    hr = IDOManager_EnumDownloads(manager, NULL, &downloads);
    if (hr == DO_E_NO_DOWNLOADS) return S_OK; /* no enumeration, then */
    if (FAILED(hr)) return hr;
    while ((hr = next_download(downloads, &download)) == S_OK)
    {
        if (SUCCEEDED(read_id(download, &id)))
        {
            job = snapshot_add(snapshot, source->index, &id);
            if (!job) hr = E_OUTOFMEMORY;
            else if (FAILED(read_download(download, job))) snapshot_drop_last(snapshot);
        }
        IDODownload_Release(download);
        if (FAILED(hr)) break;
    }
    IEnumUnknown_Release(downloads);
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT find_download(IDOManager *manager, const GUID *id, IDODownload **download)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id};
    IEnumUnknown *downloads;
    WCHAR text[39];
    HRESULT hr;

    StringFromGUID2(id, text, ARRAYSIZE(text));
    category.Value = text;
    if (FAILED(hr = IDOManager_EnumDownloads(manager, &category, &downloads))) return hr;
    hr = next_download(downloads, download);
    IEnumUnknown_Release(downloads);
    return hr == S_FALSE ? DO_E_NO_DOWNLOADS : hr;
}

static HRESULT act_on_download(struct source *source, const GUID *id, enum action action)
{
    IDODownload *download;
    IDOManager *manager;
    HRESULT hr;

    if (FAILED(hr = source_connect(source, &IID_IDOManager, (void **)&manager))) return hr;
    if (FAILED(hr = find_download(manager, id, &download))) return hr;
    switch (action)
    {
    case ACTION_PAUSE: hr = IDODownload_Pause(download); break;
    case ACTION_RESUME:
    case ACTION_RETRY: hr = IDODownload_Start(download, NULL); break;
    case ACTION_COMPLETE: hr = IDODownload_Finalize(download); break;
    case ACTION_CANCEL: hr = IDODownload_Abort(download); break;
    case ACTION_COUNT: hr = E_INVALIDARG; break;
    }
    IDODownload_Release(download);
    return hr;
}

struct source source_do_downloads = {
    SOURCE_DO_DOWNLOADS, IDS_SERVICE_DO, &CLSID_DeliveryOptimization, NULL, list_downloads, act_on_download,
};
