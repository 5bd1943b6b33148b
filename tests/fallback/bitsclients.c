/*
 * Clients of BITS that have another way: Omaha, Chromium's component updater, Mozilla's updater, WiX 3 bundles.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fallback.h"
#include "wine/test.h"

struct bits_client
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    GUID id;
};

/* Manager, job, settings; what the program does first, in its order. */
static HRESULT begin(struct bits_client *client, DWORD context, const WCHAR *name)
{
    HRESULT hr;

    memset(client, 0, sizeof(*client));
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, context, &IID_IBackgroundCopyManager,
                          (void **)&client->manager);
    if (FAILED(hr)) return hr;
    return IBackgroundCopyManager_CreateJob(client->manager, name, BG_JOB_TYPE_DOWNLOAD, &client->id, &client->job);
}

static HRESULT set(struct bits_client *client, BG_JOB_PRIORITY priority, ULONG retry, ULONG no_progress)
{
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyJob_SetPriority(client->job, priority))) return hr;
    if (retry && FAILED(hr = IBackgroundCopyJob_SetMinimumRetryDelay(client->job, retry))) return hr;
    return IBackgroundCopyJob_SetNoProgressTimeout(client->job, no_progress);
}

/* A program that fails cancels its job, and does not look at the answer. */
static HRESULT end(struct bits_client *client, HRESULT hr)
{
    if (FAILED(hr) && client->job) IBackgroundCopyJob_Cancel(client->job);
    if (client->job) IBackgroundCopyJob_Release(client->job);
    if (client->manager) IBackgroundCopyManager_Release(client->manager);
    return hr;
}

static HRESULT code_of(IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    HRESULT hr, code = E_FAIL;

    if (FAILED(hr = IBackgroundCopyJob_GetError(job, &error))) return hr;
    if (FAILED(hr = IBackgroundCopyError_GetError(error, &context, &code))) code = hr;
    IBackgroundCopyError_Release(error);
    return code;
}

static HRESULT complete(IBackgroundCopyJob *job)
{
    HRESULT hr = IBackgroundCopyJob_Complete(job);

    return hr == BG_S_PARTIAL_COMPLETE ? E_FAIL : hr;
}

/* --- Omaha (C2): no retries at all, a callback and a look each second --------------------------------------- */

static HRESULT omaha_settings(struct bits_client *client)
{
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    if (FAILED(hr = set(client, BG_JOB_PRIORITY_FOREGROUND, 0, 0))) return hr;
    hr = IBackgroundCopyJob_QueryInterface(client->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options);
    if (FAILED(hr)) return hr;
    hr = IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, 0x100);
    IBackgroundCopyJobHttpOptions_Release(options);
    if (FAILED(hr)) return hr;
    return IBackgroundCopyJob_SetProxySettings(client->job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL);
}

/* Looks at the state when it is called, at the latest after a second. */
static HRESULT loop(IBackgroundCopyJob *job, struct callback *callback)
{
    BG_JOB_STATE state;
    HRESULT hr;

    for (;;)
    {
        if (FAILED(hr = IBackgroundCopyJob_GetState(job, &state))) return hr;
        if (state == BG_JOB_STATE_TRANSFERRED) return S_OK;
        if (state == BG_JOB_STATE_ERROR) return code_of(job);
        client_wait(callback->called, 1000);
        ResetEvent(callback->called);
    }
}

HRESULT omaha_download(const WCHAR *url, const WCHAR *local)
{
    struct bits_client client;
    struct callback *callback;
    HRESULT hr;

    if (FAILED(hr = begin(&client, CLSCTX_ALL, L"omaha"))) return end(&client, hr);
    callback = callback_create(1);
    if (SUCCEEDED(hr = IBackgroundCopyJob_AddFile(client.job, url, local)) && SUCCEEDED(hr = omaha_settings(&client)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyInterface(client.job, callback_unknown(callback))) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyFlags(client.job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                                                         BG_NOTIFY_JOB_MODIFICATION)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_Resume(client.job)) && SUCCEEDED(hr = loop(client.job, callback)))
        hr = complete(client.job);
    IBackgroundCopyJob_SetNotifyInterface(client.job, NULL);
    /* A service that was killed leaves a reference behind: no callback_destroy. */
    return end(&client, hr);
}

/* --- Chromium (C1): polls, patient with transient errors other than 5xx -------------------------------------- */

static HRESULT chromium_wait(IBackgroundCopyJob *job)
{
    ULONGLONG stuck = GetTickCount64();
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    HRESULT hr;

    for (;;)
    {
        if (FAILED(hr = IBackgroundCopyJob_GetState(job, &state))) return hr;
        switch (state)
        {
        case BG_JOB_STATE_TRANSFERRED: return S_OK;
        case BG_JOB_STATE_ERROR: return code_of(job);
        case BG_JOB_STATE_TRANSIENT_ERROR:
            hr = code_of(job);
            if (hr >= (HRESULT)0x801901f4 && hr <= (HRESULT)0x801901f9) return hr;
            break;
        case BG_JOB_STATE_TRANSFERRING:
            if (FAILED(hr = IBackgroundCopyJob_GetProgress(job, &progress))) return hr;
            stuck = GetTickCount64();
            break;
        default: break;
        }
        if (GetTickCount64() - stuck >= LIMIT_MS) return E_ABORT;
        client_pause(300);
    }
}

HRESULT chromium_download(const WCHAR *url, const WCHAR *local)
{
    struct bits_client client;
    HRESULT hr;

    if (SUCCEEDED(hr = begin(&client, CLSCTX_ALL, L"Chrome Component Updater")) &&
        SUCCEEDED(hr = IBackgroundCopyJob_AddFile(client.job, url, local)) &&
        SUCCEEDED(hr = set(&client, BG_JOB_PRIORITY_NORMAL, 60, 86400)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_Resume(client.job)) && SUCCEEDED(hr = chromium_wait(client.job)))
        hr = complete(client.job);
    return end(&client, hr);
}

/* --- Mozilla (C3): a new manager and the job by its id for every look ------------------------------------------- */

static HRESULT mozilla_look(const GUID *id, BG_JOB_STATE *state, HRESULT *code)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = IBackgroundCopyManager_GetJob(manager, id, &job)))
    {
        hr = IBackgroundCopyJob_GetState(job, state);
        if (SUCCEEDED(hr) && *state == BG_JOB_STATE_ERROR) *code = code_of(job);
        if (SUCCEEDED(hr) && *state == BG_JOB_STATE_TRANSFERRED) hr = complete(job);
        IBackgroundCopyJob_Release(job);
    }
    IBackgroundCopyManager_Release(manager);
    return hr;
}

static HRESULT mozilla_wait(const GUID *id)
{
    HRESULT hr, code = S_OK;
    BG_JOB_STATE state;

    for (;;)
    {
        if (FAILED(hr = mozilla_look(id, &state, &code))) return hr;
        if (state == BG_JOB_STATE_TRANSFERRED) return S_OK;
        if (state == BG_JOB_STATE_ERROR) return code;
        client_pause(200);
    }
}

HRESULT mozilla_download(const WCHAR *url, const WCHAR *local)
{
    struct bits_client client;
    HRESULT hr;

    if (SUCCEEDED(hr = begin(&client, CLSCTX_LOCAL_SERVER, L"MozillaUpdate")) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetProxySettings(client.job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL)) &&
        SUCCEEDED(hr = set(&client, BG_JOB_PRIORITY_FOREGROUND, 60, NO_PROGRESS_S)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_AddFile(client.job, url, local)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_Resume(client.job)))
        hr = mozilla_wait(&client.id);
    return end(&client, hr);
}

/* --- WiX 3 (C4): waits for JobTransferred or JobError; asks for the state each second, and fails if it cannot ----- */

static HRESULT wix_wait(IBackgroundCopyJob *job, struct callback *callback)
{
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    HRESULT hr;

    for (;;)
    {
        client_wait(callback->called, 1000);
        ResetEvent(callback->called);
        if (callback_count(callback, CALLBACK_TRANSFERRED)) return S_OK;
        if (callback_count(callback, CALLBACK_ERROR)) return code_of(job);
        if (FAILED(hr = IBackgroundCopyJob_GetState(job, &state))) return hr;
        if (FAILED(hr = IBackgroundCopyJob_GetProgress(job, &progress))) return hr;
    }
}

HRESULT wix_download(const WCHAR *url, const WCHAR *local)
{
    struct bits_client client;
    struct callback *callback;
    HRESULT hr;

    if (FAILED(hr = begin(&client, CLSCTX_ALL, L"WixBurn"))) return end(&client, hr);
    callback = callback_create(1);
    if (SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyFlags(client.job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                                                         BG_NOTIFY_JOB_MODIFICATION)) &&
        SUCCEEDED(hr = set(&client, BG_JOB_PRIORITY_FOREGROUND, 0, NO_PROGRESS_S)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_AddFile(client.job, url, local)) &&
        SUCCEEDED(hr = IBackgroundCopyJob_SetNotifyInterface(client.job, callback_unknown(callback))) &&
        SUCCEEDED(hr = IBackgroundCopyJob_Resume(client.job)) && SUCCEEDED(hr = wix_wait(client.job, callback)))
        hr = complete(client.job);
    if (FAILED(hr)) IBackgroundCopyJob_SetNotifyInterface(client.job, NULL);
    return end(&client, hr);
}
