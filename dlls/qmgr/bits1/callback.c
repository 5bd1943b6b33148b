/*
 * A client's IBackgroundCopyCallback1 in the place of an IBackgroundCopyCallback (B-904).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "bits1.h"

DEBUG_CHANNEL(qmgr);

#define NO_FILE MAXDWORD

struct bits1_callback
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    LONG refs;
    struct com_service *service;
    IBackgroundCopyCallback1 *client;
};

static struct bits1_callback *impl_from_IBackgroundCopyCallback(IBackgroundCopyCallback *iface)
{
    return CONTAINING_RECORD(iface, struct bits1_callback, IBackgroundCopyCallback_iface);
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback))
    {
        IBackgroundCopyCallback_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyCallback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback *iface)
{
    struct bits1_callback *This = impl_from_IBackgroundCopyCallback(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        IBackgroundCopyCallback1_Release(This->client);
        free(This);
    }
    return refs;
}

/* The library's job behind an object of ours; it has ended when it is not found. */
static HRESULT find_job(struct bits1_callback *This, IBackgroundCopyJob *object, struct job **job)
{
    GUID id;
    HRESULT hr;

    if (FAILED(hr = IBackgroundCopyJob_GetId(object, &id))) return hr;
    return bits1_result(This->service, queue_find_job(This->service->queue, &id, job));
}

static HRESULT tell_client(struct bits1_callback *This, struct job *job, DWORD file, DWORD status, DWORD win32,
                           DWORD transport)
{
    DWORD retries = (DWORD)job_get_number(job, JOB_ERROR_COUNT);
    IBackgroundCopyJob1 *job1 = NULL;
    IBackgroundCopyGroup *group;
    HRESULT hr;

    if (FAILED(hr = bits1_group_create(This->service, job, COM_ACCESS_MODIFY, &group))) return hr;
    if (SUCCEEDED(hr = bits1_job_create(This->service, job, COM_ACCESS_MODIFY, &job1)))
    {
        hr = IBackgroundCopyCallback1_OnStatus(This->client, group, job1, file, status, retries, win32, transport);
        IBackgroundCopyJob1_Release(job1);
    }
    IBackgroundCopyGroup_Release(group);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *object)
{
    struct bits1_callback *This = impl_from_IBackgroundCopyCallback(iface);
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, object);
    if (FAILED(hr = find_job(This, object, &job))) return hr;
    hr = tell_client(This, job, NO_FILE, QM_STATUS_JOB_COMPLETE | QM_STATUS_GROUP_COMPLETE, 0, 0);
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *object,
                                                   IBackgroundCopyError *error)
{
    const DWORD status = QM_STATUS_FILE_INCOMPLETE | QM_STATUS_JOB_INCOMPLETE | QM_STATUS_JOB_ERROR |
                         QM_STATUS_GROUP_INCOMPLETE | QM_STATUS_GROUP_ERROR;
    struct bits1_callback *This = impl_from_IBackgroundCopyCallback(iface);
    struct transfer_failure failure;
    DWORD win32 = 0, transport = 0;
    struct file *file = NULL;
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %p, %p)\n", This, object, error);
    if (FAILED(hr = find_job(This, object, &job))) return hr;
    if (job_get_error(job, &failure, &file) == TRANSFER_OK)
    {
        bits1_get_results(This->service, &failure, &win32, &transport);
        hr = tell_client(This, job, failure.file < 0 ? NO_FILE : (DWORD)failure.file, status, win32, transport);
        if (file) file_release(file);
    }
    job_release(job);
    return hr;
}

/* There is nothing like it in BITS 1.0. */
static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *object,
                                                          DWORD reserved)
{
    TRACE("(%p, %p)\n", iface, object);
    return S_OK;
}

/* clang-format off */
static const IBackgroundCopyCallbackVtbl callback_vtbl =
{
    callback_QueryInterface,
    callback_AddRef,
    callback_Release,
    callback_JobTransferred,
    callback_JobError,
    callback_JobModification,
};
/* clang-format on */

HRESULT bits1_callback_create(struct com_service *service, IUnknown *object, IBackgroundCopyCallback **out)
{
    struct bits1_callback *This;
    HRESULT hr;

    *out = NULL;
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    if (FAILED(hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback1, (void **)&This->client)))
    {
        free(This);
        return hr;
    }
    This->IBackgroundCopyCallback_iface.lpVtbl = &callback_vtbl;
    This->refs = 1;
    This->service = service;
    *out = &This->IBackgroundCopyCallback_iface;
    return S_OK;
}
