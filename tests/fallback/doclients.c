/*
 * Clients of Delivery Optimization that have another way: winget, and the SDK that Edge's and WebView2's set-up use.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fallback.h"
#include "wine/test.h"

static HRESULT new_download(DWORD authorization, DWORD capabilities, IDODownload **download)
{
    IDOManager *manager;
    HRESULT hr;

    *download = NULL;
    hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&manager);
    if (FAILED(hr)) return hr;
    hr = IDOManager_CreateDownload(manager, download);
    IDOManager_Release(manager);
    if (FAILED(hr)) return hr;
    hr = CoSetProxyBlanket((IUnknown *)*download, RPC_C_AUTHN_DEFAULT, authorization, COLE_DEFAULT_PRINCIPAL,
                           RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, capabilities);
    if (FAILED(hr))
    {
        IDODownload_Release(*download);
        *download = NULL;
    }
    return hr;
}

/* --- winget (D-442 to D-450): listens only, and gives up when no byte has come for a minute ------------------ */

/* The latest status; what the program looks at when it is woken. Index 0 is the first call. */
static BOOL latest_status(struct status_callback *callback, DO_DOWNLOAD_STATUS *status)
{
    BOOL any;

    EnterCriticalSection(&callback->lock);
    if ((any = callback->count != 0)) *status = callback->statuses[callback->count - 1];
    LeaveCriticalSection(&callback->lock);
    return any;
}

static HRESULT winget_wait(struct status_callback *callback)
{
    ULONGLONG started = GetTickCount64();
    DO_DOWNLOAD_STATUS status;

    for (;;)
    {
        if (GetTickCount64() - started >= LIMIT_MS) return DO_E_DOWNLOAD_NO_PROGRESS;
        client_wait(callback->called, 200);
        ResetEvent(callback->called);
        if (!latest_status(callback, &status)) continue;
        if (FAILED(status.Error)) return status.Error;
        if (status.State == DODownloadState_Transferred || status.State == DODownloadState_Finalized) return S_OK;
        if (status.State == DODownloadState_Aborted) return E_ABORT;
    }
}

HRESULT winget_download(const WCHAR *url, const WCHAR *local)
{
    struct status_callback *callback;
    DO_DOWNLOAD_STATUS status;
    IDODownload *download;
    HRESULT hr;

    if (FAILED(hr = new_download(RPC_C_AUTHZ_DEFAULT, EOAC_DEFAULT, &download))) return hr;
    callback = status_callback_create();
    if (SUCCEEDED(hr = set_text(download, DODownloadProperty_Uri, url)) &&
        SUCCEEDED(hr = set_bool(download, DODownloadProperty_ForegroundPriority, TRUE)) &&
        SUCCEEDED(hr = set_text(download, DODownloadProperty_LocalPath, local)) &&
        SUCCEEDED(hr = set_object(download, DODownloadProperty_CallbackInterface, callback)) &&
        SUCCEEDED(hr = download_start(download)) && SUCCEEDED(hr = winget_wait(callback)))
        hr = IDODownload_Finalize(download);
    /* Its destructor: a failure is only logged. */
    if (FAILED(hr) && SUCCEEDED(IDODownload_GetStatus(download, &status))) IDODownload_Abort(download);
    IDODownload_Release(download);
    /* A service that was killed leaves a reference behind: no status_callback_destroy. */
    return hr;
}

/* --- the SDK (D-452, D-453): polls, with a limit that its user gives ------------------------------------------ */

static HRESULT sdk_wait(IDODownload *download)
{
    ULONGLONG started = GetTickCount64();
    DWORD interval = 500;
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    for (;;)
    {
        if (GetTickCount64() - started >= LIMIT_MS) return HRESULT_FROM_WIN32(ERROR_TIMEOUT);
        client_pause(interval);
        if (interval < 5000) interval += 500;
        if (FAILED(hr = IDODownload_GetStatus(download, &status))) return hr;
        if (status.State == DODownloadState_Transferred) return S_OK;
        if (status.State == DODownloadState_Created || status.State == DODownloadState_Transferring) continue;
        if (status.State == DODownloadState_Paused && SUCCEEDED(status.Error) && FAILED(status.ExtendedError)) continue;
        return FAILED(status.Error) ? status.Error : E_ABORT;
    }
}

HRESULT edge_download(const WCHAR *url, const WCHAR *local)
{
    IDODownload *download;
    HRESULT hr;

    if (FAILED(hr = new_download(RPC_C_AUTHZ_NONE, EOAC_STATIC_CLOAKING, &download))) return hr;
    if (SUCCEEDED(hr = set_text(download, DODownloadProperty_Uri, url)) &&
        SUCCEEDED(hr = set_text(download, DODownloadProperty_LocalPath, local)) &&
        SUCCEEDED(hr = set_bool(download, DODownloadProperty_ForegroundPriority, TRUE)) &&
        SUCCEEDED(hr = download_start(download)) && SUCCEEDED(hr = sdk_wait(download)))
        hr = IDODownload_Finalize(download);
    if (FAILED(hr)) IDODownload_Abort(download);
    IDODownload_Release(download);
    return hr;
}
