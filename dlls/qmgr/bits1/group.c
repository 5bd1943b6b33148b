/*
 * A group of BITS 1.0: IBackgroundCopyGroup (B-901, B-902).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <windows.h>
#include <oleauto.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "com/notify.h"
#include "bits1.h"
#include "com/hold.h"

DEBUG_CHANNEL(qmgr);

#define ONLY_PRIORITY 1
#define MAX_DISPLAY_NAME 256
#define MAX_DESCRIPTION 1024

struct bits1_group
{
    IBackgroundCopyGroup IBackgroundCopyGroup_iface;
    LONG refs;
    struct com_service *service;
    struct job *job;
    enum com_access access;
};

static struct bits1_group *impl_from_IBackgroundCopyGroup(IBackgroundCopyGroup *iface)
{
    return CONTAINING_RECORD(iface, struct bits1_group, IBackgroundCopyGroup_iface);
}

/* --- IUnknown -------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE group_QueryInterface(IBackgroundCopyGroup *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyGroup))
    {
        IBackgroundCopyGroup_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE group_AddRef(IBackgroundCopyGroup *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyGroup(iface)->refs);
}

static ULONG STDMETHODCALLTYPE group_Release(IBackgroundCopyGroup *iface)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    ULONG refs = InterlockedDecrement(&This->refs);

    if (!refs)
    {
        job_release(This->job);
        free(This);
    }
    return refs;
}

/* --- properties ----------------------------------------------------------------------------------- */

static HRESULT give_bstr(const WCHAR *text, VARIANT *value)
{
    if (!(V_BSTR(value) = SysAllocString(text))) return E_OUTOFMEMORY;
    V_VT(value) = VT_BSTR;
    return S_OK;
}

static HRESULT give_number(LONG number, VARIANT *value)
{
    V_VT(value) = VT_I4;
    V_I4(value) = number;
    return S_OK;
}

static HRESULT give_string(struct bits1_group *This, enum job_string which, VARIANT *value)
{
    WCHAR *text = NULL;
    HRESULT hr = bits1_result(This->service, job_get_string(This->job, which, &text));

    if (SUCCEEDED(hr)) hr = give_bstr(text ? text : L"", value);
    free(text);
    return hr;
}

static HRESULT give_class(struct bits1_group *This, VARIANT *value)
{
    CLSID clsid = CLSID_NULL;
    WCHAR text[39];

    job_get_blob(This->job, JOB_NOTIFICATION_CLASS, &clsid, sizeof(clsid));
    StringFromGUID2(&clsid, text, ARRAYSIZE(text));
    return give_bstr(text, value);
}

/* Errors are always reported; only the good end must be asked for (B-904). */
static LONG notify_flags_of(uint64_t flags)
{
    return (flags & BG_NOTIFY_JOB_TRANSFERRED ? QM_NOTIFY_GROUP_DONE : 0) |
           (flags & BG_NOTIFY_DISABLE ? QM_NOTIFY_DISABLE_NOTIFY : 0);
}

static HRESULT STDMETHODCALLTYPE group_GetProp(IBackgroundCopyGroup *iface, GROUPPROP id, VARIANT *value)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    VariantInit(value);
    switch (id)
    {
    case GROUPPROP_PRIORITY: return give_number(ONLY_PRIORITY, value);
    case GROUPPROP_PROTOCOLFLAGS: return give_number(QM_PROTOCOL_HTTP, value);
    case GROUPPROP_NOTIFYFLAGS: return give_number(notify_flags_of(job_get_number(This->job, JOB_NOTIFY_FLAGS)), value);
    case GROUPPROP_NOTIFYCLSID: return give_class(This, value);
    case GROUPPROP_DISPLAYNAME: return give_string(This, JOB_DISPLAY_NAME, value);
    case GROUPPROP_DESCRIPTION: return give_string(This, JOB_DESCRIPTION, value);
    default: return E_NOTIMPL;
    }
}

static BOOL take_number(const VARIANT *value, LONG *number)
{
    switch (V_VT(value))
    {
    case VT_I2: *number = V_I2(value); return TRUE;
    case VT_UI2: *number = V_UI2(value); return TRUE;
    case VT_I4:
    case VT_UI4:
    case VT_INT:
    case VT_UINT: *number = V_I4(value); return TRUE;
    default: return FALSE;
    }
}

static HRESULT set_only_number(const VARIANT *value, LONG only)
{
    LONG number;

    if (!take_number(value, &number)) return E_INVALIDARG;
    return number == only ? S_OK : E_NOTIMPL;
}

static HRESULT set_notify_flags(struct bits1_group *This, const VARIANT *value)
{
    DWORD flags = BG_NOTIFY_JOB_ERROR;
    LONG number;
    HRESULT hr;

    if (!take_number(value, &number)) return E_INVALIDARG;
    if (number & ~(QM_NOTIFY_GROUP_DONE | QM_NOTIFY_DISABLE_NOTIFY)) return E_NOTIMPL;
    if (number & QM_NOTIFY_GROUP_DONE) flags |= BG_NOTIFY_JOB_TRANSFERRED;
    if (number & QM_NOTIFY_DISABLE_NOTIFY) flags |= BG_NOTIFY_DISABLE;
    hr = bits1_result(This->service, job_set_number(This->job, JOB_NOTIFY_FLAGS, flags));
    if (SUCCEEDED(hr)) notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

static HRESULT set_class(struct bits1_group *This, const VARIANT *value)
{
    CLSID clsid = CLSID_NULL;
    struct job_change change = {.kind = JOB_CHANGE_BLOB, .which = JOB_NOTIFICATION_CLASS};
    HRESULT hr;

    if (V_VT(value) != VT_BSTR) return E_INVALIDARG;
    if (V_BSTR(value) && *V_BSTR(value) && FAILED(IIDFromString(V_BSTR(value), &clsid))) return E_INVALIDARG;
    if (!IsEqualGUID(&clsid, &CLSID_NULL))
    {
        change.blob = &clsid;
        change.size = sizeof(clsid);
    }
    hr = bits1_result(This->service, job_set(This->job, &change, 1));
    if (SUCCEEDED(hr)) notifier_settings_changed(This->service->notifier, This->job);
    return hr;
}

static HRESULT set_string(struct bits1_group *This, enum job_string which, const VARIANT *value, size_t max)
{
    if (V_VT(value) != VT_BSTR || SysStringLen(V_BSTR(value)) > max) return E_INVALIDARG;
    return bits1_result(This->service, job_set_string(This->job, which, V_BSTR(value) ? V_BSTR(value) : L""));
}

static HRESULT STDMETHODCALLTYPE group_SetProp(IBackgroundCopyGroup *iface, GROUPPROP id, VARIANT *value)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p, %d, %p)\n", This, id, value);
    if (!value) return E_INVALIDARG;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    switch (id)
    {
    case GROUPPROP_PRIORITY: return set_only_number(value, ONLY_PRIORITY);
    case GROUPPROP_PROTOCOLFLAGS: return set_only_number(value, QM_PROTOCOL_HTTP);
    case GROUPPROP_NOTIFYFLAGS: return set_notify_flags(This, value);
    case GROUPPROP_NOTIFYCLSID: return set_class(This, value);
    case GROUPPROP_DISPLAYNAME: return set_string(This, JOB_DISPLAY_NAME, value, MAX_DISPLAY_NAME);
    case GROUPPROP_DESCRIPTION: return set_string(This, JOB_DESCRIPTION, value, MAX_DESCRIPTION);
    default: return E_NOTIMPL;
    }
}

/* --- state --------------------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE group_GetProgress(IBackgroundCopyGroup *iface, DWORD what, DWORD *progress)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p, %lu, %p)\n", This, what, progress);
    return bits1_get_progress(This->job, what, progress);
}

static DWORD status_of(enum job_state state)
{
    switch (state)
    {
    case JOB_TRANSFERRED:
    case JOB_ACKNOWLEDGED: return QM_STATUS_GROUP_COMPLETE;
    case JOB_ERROR: return QM_STATUS_GROUP_INCOMPLETE | QM_STATUS_GROUP_ERROR;
    case JOB_SUSPENDED: return QM_STATUS_GROUP_INCOMPLETE | QM_STATUS_GROUP_SUSPENDED;
    default: return QM_STATUS_GROUP_INCOMPLETE;
    }
}

static HRESULT STDMETHODCALLTYPE group_GetStatus(IBackgroundCopyGroup *iface, DWORD *status, DWORD *index)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p, %p, %p)\n", This, status, index);
    if (!status || !index) return E_INVALIDARG;
    *status = status_of(job_get_state(This->job));
    if (job_get_number(This->job, JOB_PRIORITY) == JOB_FOREGROUND) *status |= QM_STATUS_GROUP_FOREGROUND;
    *index = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_GetJob(IBackgroundCopyGroup *iface, GUID id, IBackgroundCopyJob1 **job)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    struct bits1_ids ids;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), job);
    if (!job) return E_INVALIDARG;
    *job = NULL;
    if (FAILED(hr = bits1_get_ids(This->service, This->job, &ids))) return hr;
    if (IsEqualGUID(&ids.job, &GUID_NULL) || !IsEqualGUID(&ids.job, &id)) return QM_E_ITEM_NOT_FOUND;
    return bits1_job_create(This->service, This->job, This->access, job);
}

static HRESULT STDMETHODCALLTYPE group_SuspendGroup(IBackgroundCopyGroup *iface)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return bits1_result(This->service, job_suspend(This->job));
}

static HRESULT STDMETHODCALLTYPE group_ResumeGroup(IBackgroundCopyGroup *iface)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return bits1_result(This->service, hold_resume(This->job));
}

/* The end of a group keeps the files that are complete, which is what today's Complete does. */
static HRESULT STDMETHODCALLTYPE group_CancelGroup(IBackgroundCopyGroup *iface)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return bits1_result(This->service, job_complete(This->job));
}

static HRESULT STDMETHODCALLTYPE group_get_Size(IBackgroundCopyGroup *iface, DWORD *size)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    struct job_progress progress;

    TRACE("(%p, %p)\n", This, size);
    if (!size) return E_INVALIDARG;
    job_get_progress(This->job, &progress);
    *size = bits1_size(progress.total);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE group_get_GroupID(IBackgroundCopyGroup *iface, GUID *id)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    struct bits1_ids ids;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, id);
    if (!id) return E_INVALIDARG;
    if (FAILED(hr = bits1_get_ids(This->service, This->job, &ids))) return hr;
    *id = ids.group;
    return S_OK;
}

/* --- the job of the group ------------------------------------------------------------------------------- */

static HRESULT STDMETHODCALLTYPE group_CreateJob(IBackgroundCopyGroup *iface, GUID id, IBackgroundCopyJob1 **job)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    struct bits1_ids ids;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), job);
    if (!job) return E_INVALIDARG;
    *job = NULL;
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    if (IsEqualGUID(&id, &GUID_NULL)) return E_INVALIDARG;
    if (job_get_state(This->job) != JOB_SUSPENDED) return QM_E_INVALID_STATE;
    if (FAILED(hr = bits1_get_ids(This->service, This->job, &ids))) return hr;
    if (!IsEqualGUID(&ids.job, &GUID_NULL)) return E_NOTIMPL;
    ids.job = id;
    if (FAILED(hr = bits1_set_ids(This->service, This->job, &ids))) return hr;
    return bits1_job_create(This->service, This->job, This->access, job);
}

static HRESULT STDMETHODCALLTYPE group_EnumJobs(IBackgroundCopyGroup *iface, DWORD flags,
                                                IEnumBackgroundCopyJobs1 **jobs)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);
    struct bits1_ids ids;
    HRESULT hr;

    TRACE("(%p, %#lx, %p)\n", This, flags, jobs);
    if (!jobs) return E_INVALIDARG;
    *jobs = NULL;
    if (flags) return E_NOTIMPL;
    if (FAILED(hr = bits1_get_ids(This->service, This->job, &ids))) return hr;
    return bits1_enum_jobs_create(&ids.job, !IsEqualGUID(&ids.job, &GUID_NULL), jobs);
}

static HRESULT STDMETHODCALLTYPE group_SwitchToForeground(IBackgroundCopyGroup *iface)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p)\n", This);
    if (This->access < COM_ACCESS_MODIFY) return E_ACCESSDENIED;
    return bits1_result(This->service, job_set_number(This->job, JOB_PRIORITY, JOB_FOREGROUND));
}

/* The bridge to the interfaces of later versions. */
static HRESULT STDMETHODCALLTYPE group_QueryNewJobInterface(IBackgroundCopyGroup *iface, REFIID iid, IUnknown **out)
{
    struct bits1_group *This = impl_from_IBackgroundCopyGroup(iface);

    TRACE("(%p, %s, %p)\n", This, debug_guid(iid), out);
    if (!out) return E_INVALIDARG;
    return com_job_create_with_access(This->service, This->job, This->access, iid, (void **)out);
}

static HRESULT STDMETHODCALLTYPE group_SetNotificationPointer(IBackgroundCopyGroup *iface, REFIID iid, IUnknown *object)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), object);
    return E_NOTIMPL;
}

/* clang-format off */
static const IBackgroundCopyGroupVtbl group_vtbl =
{
    group_QueryInterface,
    group_AddRef,
    group_Release,
    group_GetProp,
    group_SetProp,
    group_GetProgress,
    group_GetStatus,
    group_GetJob,
    group_SuspendGroup,
    group_ResumeGroup,
    group_CancelGroup,
    group_get_Size,
    group_get_GroupID,
    group_CreateJob,
    group_EnumJobs,
    group_SwitchToForeground,
    group_QueryNewJobInterface,
    group_SetNotificationPointer,
};
/* clang-format on */

HRESULT bits1_group_create(struct com_service *service, struct job *job, enum com_access access,
                           IBackgroundCopyGroup **out)
{
    struct bits1_group *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    This->IBackgroundCopyGroup_iface.lpVtbl = &group_vtbl;
    This->refs = 1;
    This->service = service;
    This->job = job;
    This->access = access;
    job_addref(job);
    *out = &This->IBackgroundCopyGroup_iface;
    return S_OK;
}
