/*
 * The jobs of BITS, and those of Delivery Optimization that are made with BITS' interfaces.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "monitor.h"
#include "bitsapi.h"

/* Strings of the service are COM's, those of a snapshot the C library's. */
static WCHAR *take_string(WCHAR *text)
{
    WCHAR *copy = text ? wcsdup(text) : NULL;

    CoTaskMemFree(text);
    return copy;
}

static enum state state_of(BG_JOB_STATE state)
{
    switch (state)
    {
    case BG_JOB_STATE_QUEUED: return STATE_QUEUED;
    case BG_JOB_STATE_CONNECTING: return STATE_CONNECTING;
    case BG_JOB_STATE_TRANSFERRING: return STATE_TRANSFERRING;
    case BG_JOB_STATE_SUSPENDED: return STATE_PAUSED;
    case BG_JOB_STATE_ERROR: return STATE_ERROR;
    case BG_JOB_STATE_TRANSIENT_ERROR: return STATE_RETRYING;
    case BG_JOB_STATE_TRANSFERRED: return STATE_TRANSFERRED;
    case BG_JOB_STATE_ACKNOWLEDGED: return STATE_COMPLETED;
    case BG_JOB_STATE_CANCELLED: break;
    }
    return STATE_CANCELLED;
}

/* The error object is there in the two error states only. */
static void read_error(IBackgroundCopyJob *object, struct job *job)
{
    DWORD language = LANGIDFROMLCID(GetUserDefaultLCID());
    IBackgroundCopyError *error;
    BG_ERROR_CONTEXT context;
    WCHAR *text = NULL;

    if (FAILED(IBackgroundCopyJob_GetError(object, &error))) return;
    IBackgroundCopyError_GetError(error, &context, &job->error);
    if (FAILED(IBackgroundCopyError_GetErrorDescription(error, language, &text)))
        IBackgroundCopyError_GetErrorDescription(error, MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), &text);
    job->error_text = take_string(text);
    IBackgroundCopyError_Release(error);
}

/* A job without files is fine: it has just been made. */
static void read_first_file(IBackgroundCopyJob *object, struct job *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    WCHAR *text;

    if (FAILED(IBackgroundCopyJob_EnumFiles(object, &files))) return;
    if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &text))) job->url = take_string(text);
        if (SUCCEEDED(IBackgroundCopyFile_GetLocalName(file, &text))) job->path = take_string(text);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

static HRESULT read_job(IBackgroundCopyJob *object, struct job *job)
{
    BG_JOB_PROGRESS progress;
    BG_JOB_STATE state;
    WCHAR *name;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyJob_GetState(object, &state))) return hr;
    if (FAILED(hr = IBackgroundCopyJob_GetProgress(object, &progress))) return hr;
    if (FAILED(hr = IBackgroundCopyJob_GetDisplayName(object, &name))) return hr;
    job->name = take_string(name);
    job->state = state_of(state);
    job->done = progress.BytesTransferred;
    job->total = progress.BytesTotal; /* BG_SIZE_UNKNOWN is UNKNOWN_SIZE */
    job->files = progress.FilesTotal;
    if (job->state == STATE_ERROR || job->state == STATE_RETRYING) read_error(object, job);
    read_first_file(object, job);
    return S_OK;
}

static HRESULT list_jobs(struct source *source, struct snapshot *snapshot)
{
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *object;
    struct job *job;
    HRESULT hr;
    GUID id;

    if (FAILED(hr = source_connect(source, &IID_IBackgroundCopyManager, (void **)&manager))) return hr;
    if (FAILED(hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs))) return hr;
    while ((hr = IEnumBackgroundCopyJobs_Next(jobs, 1, &object, NULL)) == S_OK)
    {
        if (SUCCEEDED(hr = IBackgroundCopyJob_GetId(object, &id)))
        {
            job = snapshot_add(snapshot, source->index, &id);
            if (!job) hr = E_OUTOFMEMORY;
            /* One that has gone in the meantime is no failure. */
            else if (FAILED(read_job(object, job))) snapshot_drop_last(snapshot);
        }
        IBackgroundCopyJob_Release(object);
        if (hr == E_OUTOFMEMORY) break;
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return FAILED(hr) ? hr : S_OK;
}

static HRESULT act_on_job(struct source *source, const GUID *id, enum action action)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    HRESULT hr;

    if (FAILED(hr = source_connect(source, &IID_IBackgroundCopyManager, (void **)&manager))) return hr;
    if (FAILED(hr = IBackgroundCopyManager_GetJob(manager, id, &job))) return hr;
    switch (action)
    {
    case ACTION_PAUSE: hr = IBackgroundCopyJob_Suspend(job); break;
    case ACTION_RESUME:
    case ACTION_RETRY: hr = IBackgroundCopyJob_Resume(job); break;
    case ACTION_COMPLETE: hr = IBackgroundCopyJob_Complete(job); break;
    case ACTION_CANCEL: hr = IBackgroundCopyJob_Cancel(job); break;
    case ACTION_COUNT: hr = E_INVALIDARG; break;
    }
    IBackgroundCopyJob_Release(job);
    return hr;
}

struct source source_bits = {
    SOURCE_BITS, IDS_SERVICE_BITS, &CLSID_BackgroundCopyManager, NULL, list_jobs, act_on_job,
};

struct source source_do_jobs = {
    SOURCE_DO_JOBS, IDS_SERVICE_DO, &CLSID_DeliveryOptimization, NULL, list_jobs, act_on_job,
};
