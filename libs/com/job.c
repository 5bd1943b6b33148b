/*
 * A job as COM shows it: the object, and the methods of IBackgroundCopyJob.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>

#include "base/debug.h"
#include "http/redact.h"
#include "bitsmsg.h"
#include "com/job.h"
#include "com/notify.h"
#include "com/hold.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitscom);

#define MAX_DISPLAY_NAME 256
#define MAX_DESCRIPTION 1024
#define MAX_PROXY_LIST 32000 /* B-160: what every source allows */
#define ALL_NOTIFY_FLAGS \
    (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR | BG_NOTIFY_DISABLE | BG_NOTIFY_JOB_MODIFICATION | \
     BG_NOTIFY_FILE_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED)

/* --- helpers ------------------------------------------------------------------------------ */

HRESULT com_job_set_string(struct com_job *This, enum job_string which, const WCHAR *value, size_t max)
{
    if (!value) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (wcslen(value) > max) return This->service->profile->string_too_long;
    return com_result(This->service, job_set_string(This->job, which, value));
}

HRESULT com_job_set_number(struct com_job *This, enum job_number which, uint64_t value)
{
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_set_number(This->job, which, value));
}

static HRESULT give_string(struct com_job *This, enum job_string which, const WCHAR *none, WCHAR **out)
{
    WCHAR *value = NULL;
    transfer_code code;

    if (!out) return E_INVALIDARG;
    code = job_get_string(This->job, which, &value);
    return com_give_string(This->service, code, value, none, out);
}

static HRESULT give_number(struct com_job *This, enum job_number which, ULONG *out)
{
    if (!out) return E_INVALIDARG;
    *out = (ULONG)job_get_number(This->job, which);
    return S_OK;
}

/* --- IUnknown -------------------------------------------------------------------------------- */

static void *find_interface(struct com_job *This, REFIID iid)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyJob) ||
        IsEqualIID(iid, &IID_IBackgroundCopyJob2) || IsEqualIID(iid, &IID_IBackgroundCopyJob3) ||
        IsEqualIID(iid, &IID_IBackgroundCopyJob4) || IsEqualIID(iid, &IID_IBackgroundCopyJob5))
        return &This->IBackgroundCopyJob5_iface;
    return com_extensions_find(This->extensions, This->service->profile->job_extensions, iid);
}

/* Whoever may no longer see the job gets no further interface of it (B-102). */
static HRESULT STDMETHODCALLTYPE job_QueryInterface(IBackgroundCopyJob5 *iface, REFIID iid, void **out)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    enum com_access access;
    void *found;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_POINTER;
    *out = NULL;
    if (!(found = find_interface(This, iid))) return E_NOINTERFACE;
    if (!IsEqualIID(iid, &IID_IUnknown))
    {
        if (FAILED(hr = com_access_of_caller(This->job, &access))) return hr;
        if (access == COM_ACCESS_NONE) return E_ACCESSDENIED;
    }
    IBackgroundCopyJob5_AddRef(iface);
    *out = found;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE job_AddRef(IBackgroundCopyJob5 *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyJob5(iface)->refs);
}

static ULONG STDMETHODCALLTYPE job_Release(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        TRACE("(%p) ends\n", This);
        com_jobs_remove(This);
        job_release(This->job);
        free(This);
    }
    return refs;
}

/* --- IBackgroundCopyJob: files and life --------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *set)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct file_spec *specs;
    HRESULT hr;
    ULONG i;

    TRACE("(%p, %lu, %p)\n", This, count, set);
    if (!set || !count) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    for (i = 0; i < count; i++)
    {
        if (!set[i].RemoteName || !set[i].LocalName) return E_INVALIDARG;
    }
    if (!(specs = calloc(count, sizeof(*specs)))) return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        specs[i].remote = set[i].RemoteName;
        specs[i].local = set[i].LocalName;
    }
    hr = com_add_files(This->service, This->job, specs, count);
    free(specs);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job_AddFile(IBackgroundCopyJob5 *iface, LPCWSTR remote, LPCWSTR local)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct file_spec spec = {.remote = remote, .local = local};

    TRACE("(%p, %s, %s)\n", This, debug_urlw(remote), debug_wstr(local));
    if (!remote || !local) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_add_files(This->service, This->job, &spec, 1);
}

static HRESULT STDMETHODCALLTYPE job_EnumFiles(IBackgroundCopyJob5 *iface, IEnumBackgroundCopyFiles **files)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, files);
    if (!files) return E_INVALIDARG;
    return com_enum_files_create(This->service, This->job, This->access, files);
}

static HRESULT STDMETHODCALLTYPE job_Suspend(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_suspend(This->job));
}

static HRESULT STDMETHODCALLTYPE job_Resume(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (This->service->profile->check_resume && FAILED(hr = This->service->profile->check_resume())) return hr;
    return com_result(This->service, hold_resume(This->job));
}

static HRESULT STDMETHODCALLTYPE job_Cancel(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_cancel(This->job));
}

static HRESULT STDMETHODCALLTYPE job_Complete(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return com_result(This->service, job_complete(This->job));
}

/* --- IBackgroundCopyJob: what there is to know ----------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE job_GetId(IBackgroundCopyJob5 *iface, GUID *id)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, id);
    if (!id) return E_INVALIDARG;
    job_get_id(This->job, id);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *type)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, type);
    if (!type) return E_INVALIDARG;
    *type = (BG_JOB_TYPE)job_get_type(This->job);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetProgress(IBackgroundCopyJob5 *iface, BG_JOB_PROGRESS *progress)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct job_progress now;

    TRACE("(%p, %p)\n", This, progress);
    if (!progress) return E_INVALIDARG;
    job_get_progress(This->job, &now);
    progress->BytesTotal = now.total; /* TRANSFER_SIZE_UNKNOWN is BG_SIZE_UNKNOWN */
    progress->BytesTransferred = now.transferred;
    progress->FilesTotal = now.files;
    progress->FilesTransferred = now.files_transferred;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetTimes(IBackgroundCopyJob5 *iface, BG_JOB_TIMES *times)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct job_times now;

    TRACE("(%p, %p)\n", This, times);
    if (!times) return E_INVALIDARG;
    job_get_times(This->job, &now);
    times->CreationTime = now.creation;
    times->ModificationTime = now.modification;
    times->TransferCompletionTime = now.completion;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *state)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, state);
    if (!state) return E_INVALIDARG;
    *state = (BG_JOB_STATE)job_get_state(This->job);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_GetError(IBackgroundCopyJob5 *iface, IBackgroundCopyError **error)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct transfer_failure failure;
    struct file *file = NULL;
    transfer_code code;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, error);
    if (!error) return E_INVALIDARG;
    *error = NULL;
    if ((code = job_get_error(This->job, &failure, &file)) != TRANSFER_OK) return com_result(This->service, code);
    hr = com_error_create_with_access(This->service, &failure, file, This->access, error);
    if (file) file_release(file);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job_GetOwner(IBackgroundCopyJob5 *iface, LPWSTR *sid)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, sid);
    return give_string(This, JOB_OWNER, L"", sid);
}

/* --- IBackgroundCopyJob: settings --------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE job_SetDisplayName(IBackgroundCopyJob5 *iface, LPCWSTR name)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %s)\n", This, debug_wstr(name));
    return com_job_set_string(This, JOB_DISPLAY_NAME, name, MAX_DISPLAY_NAME);
}

static HRESULT STDMETHODCALLTYPE job_GetDisplayName(IBackgroundCopyJob5 *iface, LPWSTR *name)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, name);
    return give_string(This, JOB_DISPLAY_NAME, L"", name);
}

static HRESULT STDMETHODCALLTYPE job_SetDescription(IBackgroundCopyJob5 *iface, LPCWSTR description)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %s)\n", This, debug_wstr(description));
    return com_job_set_string(This, JOB_DESCRIPTION, description, MAX_DESCRIPTION);
}

static HRESULT STDMETHODCALLTYPE job_GetDescription(IBackgroundCopyJob5 *iface, LPWSTR *description)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, description);
    return give_string(This, JOB_DESCRIPTION, L"", description);
}

static HRESULT STDMETHODCALLTYPE job_SetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY priority)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %d)\n", This, priority);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if ((unsigned int)priority > BG_JOB_PRIORITY_LOW) return This->service->profile->unsupported_value;
    return com_job_set_number(This, JOB_PRIORITY, priority);
}

static HRESULT STDMETHODCALLTYPE job_GetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY *priority)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, priority);
    if (!priority) return E_INVALIDARG;
    *priority = (BG_JOB_PRIORITY)job_get_number(This->job, JOB_PRIORITY);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_SetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    TRACE("(%p, %#lx)\n", This, flags);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (flags & ~ALL_NOTIFY_FLAGS) return This->service->profile->unsupported_value;
    if (SUCCEEDED(hr = com_job_set_number(This, JOB_NOTIFY_FLAGS, flags)))
        notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE job_GetNotifyFlags(IBackgroundCopyJob5 *iface, ULONG *flags)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, flags);
    return give_number(This, JOB_NOTIFY_FLAGS, flags);
}

static HRESULT STDMETHODCALLTYPE job_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *object)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, object);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return notifier_set_interface(This->service->notifier, This->job, object);
}

static HRESULT STDMETHODCALLTYPE job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **object)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, object);
    if (!object) return E_INVALIDARG;
    *object = NULL;
    return notifier_get_interface(This->service->notifier, This->job, object);
}

static HRESULT STDMETHODCALLTYPE job_SetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %lu)\n", This, seconds);
    return com_job_set_number(This, JOB_MINIMUM_RETRY_DELAY, seconds);
}

static HRESULT STDMETHODCALLTYPE job_GetMinimumRetryDelay(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, seconds);
    return give_number(This, JOB_MINIMUM_RETRY_DELAY, seconds);
}

static HRESULT STDMETHODCALLTYPE job_SetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG seconds)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %lu)\n", This, seconds);
    return com_job_set_number(This, JOB_NO_PROGRESS_TIMEOUT, seconds);
}

static HRESULT STDMETHODCALLTYPE job_GetNoProgressTimeout(IBackgroundCopyJob5 *iface, ULONG *seconds)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, seconds);
    return give_number(This, JOB_NO_PROGRESS_TIMEOUT, seconds);
}

static HRESULT STDMETHODCALLTYPE job_GetErrorCount(IBackgroundCopyJob5 *iface, ULONG *errors)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);

    TRACE("(%p, %p)\n", This, errors);
    return give_number(This, JOB_ERROR_COUNT, errors);
}

static HRESULT check_proxy_lists(BG_JOB_PROXY_USAGE usage, const WCHAR *list, const WCHAR *bypass)
{
    if (usage == BG_JOB_PROXY_USAGE_OVERRIDE ? !list : list || bypass) return E_INVALIDARG;
    if (list && wcslen(list) > MAX_PROXY_LIST) return BG_E_PROXY_LIST_TOO_LARGE;
    if (bypass && wcslen(bypass) > MAX_PROXY_LIST) return BG_E_PROXY_BYPASS_LIST_TOO_LARGE;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE job_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage,
                                                      const WCHAR *list, const WCHAR *bypass)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    const struct job_change changes[] = {
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_PROXY_USAGE, .number = usage},
        {.kind = JOB_CHANGE_STRING, .which = JOB_PROXY_LIST, .string = list},
        {.kind = JOB_CHANGE_STRING, .which = JOB_PROXY_BYPASS, .string = bypass},
    };
    HRESULT hr;

    TRACE("(%p, %d, %s, %s)\n", This, usage, debug_urlw(list), debug_wstr(bypass));
    if (!com_has(This->service, COM_FEATURE_PROXY)) return E_NOTIMPL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if ((unsigned int)usage > BG_JOB_PROXY_USAGE_AUTODETECT) return This->service->profile->unsupported_value;
    if (FAILED(hr = check_proxy_lists(usage, list, bypass))) return hr;
    return com_result(This->service, job_set(This->job, changes, ARRAYSIZE(changes)));
}

static HRESULT STDMETHODCALLTYPE job_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage,
                                                      LPWSTR *list, LPWSTR *bypass)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    HRESULT hr;

    TRACE("(%p, %p, %p, %p)\n", This, usage, list, bypass);
    if (!usage || !list || !bypass) return E_INVALIDARG;
    *list = *bypass = NULL;
    if (!com_has(This->service, COM_FEATURE_PROXY)) return E_NOTIMPL;
    if (FAILED(hr = give_string(This, JOB_PROXY_LIST, NULL, list))) return hr;
    if (FAILED(hr = give_string(This, JOB_PROXY_BYPASS, NULL, bypass)))
    {
        CoTaskMemFree(*list);
        *list = NULL;
        return hr;
    }
    *usage = (BG_JOB_PROXY_USAGE)job_get_number(This->job, JOB_PROXY_USAGE);
    return S_OK;
}

/* B-162: for administrators only, even where the job is theirs already. */
static HRESULT STDMETHODCALLTYPE job_TakeOwnership(IBackgroundCopyJob5 *iface)
{
    struct com_job *This = impl_from_IBackgroundCopyJob5(iface);
    struct caller caller;
    HRESULT hr;

    TRACE("(%p)\n", This);
    if (!com_has(This->service, COM_FEATURE_OWNERSHIP)) return E_NOTIMPL;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    if (!caller.privileged) hr = E_ACCESSDENIED;
    else hr = com_result(This->service, job_take_ownership(This->job, &caller));
    caller_cleanup(&caller);
    if (SUCCEEDED(hr)) notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

/* clang-format off */
static const IBackgroundCopyJob5Vtbl job_vtbl =
{
    job_QueryInterface,
    job_AddRef,
    job_Release,
    job_AddFileSet,
    job_AddFile,
    job_EnumFiles,
    job_Suspend,
    job_Resume,
    job_Cancel,
    job_Complete,
    job_GetId,
    job_GetType,
    job_GetProgress,
    job_GetTimes,
    job_GetState,
    job_GetError,
    job_GetOwner,
    job_SetDisplayName,
    job_GetDisplayName,
    job_SetDescription,
    job_GetDescription,
    job_SetPriority,
    job_GetPriority,
    job_SetNotifyFlags,
    job_GetNotifyFlags,
    job_SetNotifyInterface,
    job_GetNotifyInterface,
    job_SetMinimumRetryDelay,
    job_GetMinimumRetryDelay,
    job_SetNoProgressTimeout,
    job_GetNoProgressTimeout,
    job_GetErrorCount,
    job_SetProxySettings,
    job_GetProxySettings,
    job_TakeOwnership,
    job_SetNotifyCmdLine,
    job_GetNotifyCmdLine,
    job_GetReplyProgress,
    job_GetReplyData,
    job_SetReplyFileName,
    job_GetReplyFileName,
    job_SetCredentials,
    job_RemoveCredentials,
    job_ReplaceRemotePrefix,
    job_AddFileWithRanges,
    job_SetFileACLFlags,
    job_GetFileACLFlags,
    job_SetPeerCachingFlags,
    job_GetPeerCachingFlags,
    job_GetOwnerIntegrityLevel,
    job_GetOwnerElevationState,
    job_SetMaximumDownloadTime,
    job_GetMaximumDownloadTime,
    job_SetProperty,
    job_GetProperty,
};
/* clang-format on */

static struct com_job *make_object(struct com_service *service, struct job *job, enum com_access access)
{
    struct com_job *This = calloc(1, sizeof(*This));

    if (!This) return NULL;
    This->IBackgroundCopyJob5_iface.lpVtbl = &job_vtbl;
    This->refs = 1;
    This->service = service;
    This->job = job;
    This->access = access;
    com_extensions_init(This->extensions, service->profile->job_extensions, This);
    job_addref(job);
    com_jobs_add(This);
    return This;
}

HRESULT com_job_create_with_access(struct com_service *service, struct job *job, enum com_access access, REFIID iid,
                                   void **out)
{
    struct com_job *This;

    *out = NULL;
    AcquireSRWLockExclusive(&service->jobs.lock);
    if (!(This = com_jobs_find(service, job, access))) This = make_object(service, job, access);
    ReleaseSRWLockExclusive(&service->jobs.lock);
    if (!This) return E_OUTOFMEMORY;
    if (!(*out = find_interface(This, iid)))
    {
        IBackgroundCopyJob5_Release(&This->IBackgroundCopyJob5_iface);
        return E_NOINTERFACE;
    }
    return S_OK;
}

HRESULT com_job_create(struct com_service *service, struct job *job, REFIID iid, void **out)
{
    return com_job_create_with_access(service, job, COM_ACCESS_MODIFY, iid, out);
}
