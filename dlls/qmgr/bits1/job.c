/*
 * The one job of a group of BITS 1.0: IBackgroundCopyJob1 (B-903).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "bits1.h"

DEBUG_CHANNEL(qmgr);

struct bits1_job
{
    IBackgroundCopyJob1 IBackgroundCopyJob1_iface;
    LONG refs;
    struct com_service *service;
    struct job *job;
    enum com_access access;
};

static struct bits1_job *impl_from_IBackgroundCopyJob1(IBackgroundCopyJob1 *iface)
{
    return CONTAINING_RECORD(iface, struct bits1_job, IBackgroundCopyJob1_iface);
}

static HRESULT STDMETHODCALLTYPE job1_QueryInterface(IBackgroundCopyJob1 *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyJob1))
    {
        IBackgroundCopyJob1_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE job1_AddRef(IBackgroundCopyJob1 *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyJob1(iface)->refs);
}

static ULONG STDMETHODCALLTYPE job1_Release(IBackgroundCopyJob1 *iface)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        job_release(This->job);
        free(This);
    }
    return refs;
}

static HRESULT STDMETHODCALLTYPE job1_CancelJob(IBackgroundCopyJob1 *iface)
{
    TRACE("(%p)\n", iface);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE job1_GetProgress(IBackgroundCopyJob1 *iface, DWORD what, DWORD *progress)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);

    TRACE("(%p, %lu, %p)\n", This, what, progress);
    return bits1_get_progress(This->job, what, progress);
}

static DWORD status_of(enum job_state state)
{
    switch (state)
    {
    case JOB_TRANSFERRED:
    case JOB_ACKNOWLEDGED: return QM_STATUS_JOB_COMPLETE;
    case JOB_ERROR: return QM_STATUS_JOB_INCOMPLETE | QM_STATUS_JOB_ERROR;
    default: return QM_STATUS_JOB_INCOMPLETE;
    }
}

static HRESULT STDMETHODCALLTYPE job1_GetStatus(IBackgroundCopyJob1 *iface, DWORD *status, DWORD *win32,
                                                DWORD *transport, DWORD *retries)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);
    struct transfer_failure failure;
    struct file *file = NULL;

    TRACE("(%p, %p, %p, %p, %p)\n", This, status, win32, transport, retries);
    if (!status || !win32 || !transport || !retries) return E_INVALIDARG;
    *status = status_of(job_get_state(This->job));
    *win32 = *transport = 0;
    *retries = (DWORD)job_get_number(This->job, JOB_ERROR_COUNT);
    if (job_get_error(This->job, &failure, &file) == TRANSFER_OK)
    {
        bits1_get_results(This->service, &failure, win32, transport);
        if (file) file_release(file);
    }
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job1_AddFiles(IBackgroundCopyJob1 *iface, ULONG count, FILESETINFO **set)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);
    struct file_spec *specs;
    HRESULT hr;
    ULONG i;

    TRACE("(%p, %lu, %p)\n", This, count, set);
    if (!count || !set) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    for (i = 0; i < count; i++)
    {
        if (!set[i] || !set[i]->bstrRemoteFile || !set[i]->bstrLocalFile) return E_INVALIDARG;
    }
    if (!(specs = calloc(count, sizeof(*specs)))) return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        specs[i].remote = set[i]->bstrRemoteFile;
        specs[i].local = set[i]->bstrLocalFile;
    }
    hr = com_add_files(This->service, This->job, specs, count);
    free(specs);
    return hr;
}

static HRESULT give_bstr(const struct com_service *service, struct file *file, enum file_string which, BSTR *out)
{
    WCHAR *value = NULL;
    HRESULT hr = com_result(service, file_get_string(file, which, &value));

    *out = NULL;
    if (FAILED(hr)) return hr;
    *out = SysAllocString(value ? value : L"");
    free(value);
    return *out ? S_OK : E_OUTOFMEMORY;
}

static HRESULT STDMETHODCALLTYPE job1_GetFile(IBackgroundCopyJob1 *iface, ULONG index, FILESETINFO *info)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);
    struct file_progress progress;
    struct file *file;
    HRESULT hr;

    TRACE("(%p, %lu, %p)\n", This, index, info);
    if (!info) return E_INVALIDARG;
    memset(info, 0, sizeof(*info));
    if (!(file = job_get_file(This->job, index))) return QM_E_ITEM_NOT_FOUND;
    if (SUCCEEDED(hr = give_bstr(This->service, file, FILE_REMOTE_NAME, &info->bstrRemoteFile)))
    {
        hr = give_bstr(This->service, file, FILE_LOCAL_NAME, &info->bstrLocalFile);
        if (FAILED(hr))
        {
            SysFreeString(info->bstrRemoteFile);
            info->bstrRemoteFile = NULL;
        }
    }
    file_get_progress(file, &progress);
    info->dwSizeHint = bits1_size(progress.total);
    file_release(file);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job1_GetFileCount(IBackgroundCopyJob1 *iface, DWORD *count)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);

    TRACE("(%p, %p)\n", This, count);
    if (!count) return E_INVALIDARG;
    *count = job_file_count(This->job);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job1_SwitchToForeground(IBackgroundCopyJob1 *iface)
{
    TRACE("(%p)\n", iface);
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE job1_get_JobID(IBackgroundCopyJob1 *iface, GUID *id)
{
    struct bits1_job *This = impl_from_IBackgroundCopyJob1(iface);
    struct bits1_ids ids;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, id);
    if (!id) return E_INVALIDARG;
    if (FAILED(hr = bits1_get_ids(This->service, This->job, &ids))) return hr;
    *id = ids.job;
    return S_OK;
}

/* clang-format off */
static const IBackgroundCopyJob1Vtbl job1_vtbl =
{
    job1_QueryInterface,
    job1_AddRef,
    job1_Release,
    job1_CancelJob,
    job1_GetProgress,
    job1_GetStatus,
    job1_AddFiles,
    job1_GetFile,
    job1_GetFileCount,
    job1_SwitchToForeground,
    job1_get_JobID,
};
/* clang-format on */

HRESULT bits1_job_create(struct com_service *service, struct job *job, enum com_access access,
                         IBackgroundCopyJob1 **out)
{
    struct bits1_job *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    This->IBackgroundCopyJob1_iface.lpVtbl = &job1_vtbl;
    This->refs = 1;
    This->service = service;
    This->job = job;
    This->access = access;
    job_addref(job);
    *out = &This->IBackgroundCopyJob1_iface;
    return S_OK;
}
