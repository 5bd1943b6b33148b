/*
 * The queue manager of BITS 1.0 (B-900).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "bits1.h"
#include "service/identity.h"

DEBUG_CHANNEL(qmgr);

/* Two groups must not be made with one id at the same time. */
static SRWLOCK creation_lock = SRWLOCK_INIT;

static struct com_manager *impl_from_IBackgroundCopyQMgr(IBackgroundCopyQMgr *iface)
{
    return com_extension_object(iface);
}

/* --- finding groups ------------------------------------------------------------------------------ */

/* Call visit for each group of an owner, or of everybody, until it answers FALSE. */
static HRESULT visit_groups(struct com_service *service, const WCHAR *owner_sid,
                            BOOL (*visit)(struct job *job, const struct bits1_ids *ids, void *context), void *context)
{
    struct job **jobs = NULL;
    unsigned int count = 0, i;
    struct bits1_ids ids;
    BOOL going_on = TRUE;
    HRESULT hr;

    hr = com_result(service, queue_list_jobs(service->queue, owner_sid, &jobs, &count));
    if (FAILED(hr)) return hr;
    for (i = 0; i < count; i++)
    {
        if (going_on && SUCCEEDED(hr) && (hr = bits1_get_ids(service, jobs[i], &ids)) == S_OK)
            going_on = visit(jobs[i], &ids, context);
        job_release(jobs[i]);
    }
    free(jobs);
    return FAILED(hr) ? hr : S_OK;
}

struct search
{
    const GUID *wanted;
    struct job *found; /* with a reference */
};

static BOOL compare_group(struct job *job, const struct bits1_ids *ids, void *context)
{
    struct search *search = context;

    if (!IsEqualGUID(&ids->group, search->wanted)) return TRUE;
    job_addref(job);
    search->found = job;
    return FALSE;
}

/* QM_E_ITEM_NOT_FOUND, or *job with a reference. */
static HRESULT find_group(struct com_service *service, const GUID *id, struct job **job)
{
    struct search search = {.wanted = id};
    HRESULT hr = visit_groups(service, NULL, compare_group, &search);

    *job = search.found;
    if (FAILED(hr)) return hr;
    return *job ? S_OK : QM_E_ITEM_NOT_FOUND;
}

/* --- IBackgroundCopyQMgr ------------------------------------------------------------------------------ */

static HRESULT create_group(struct com_service *service, const GUID *id, IBackgroundCopyGroup **out)
{
    struct bits1_ids ids = {.group = *id};
    struct caller caller;
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = bits1_result(service, queue_create_job(service->queue, &caller, L"", JOB_DOWNLOAD, &job));
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = bits1_set_ids(service, job, &ids)))
        hr = bits1_group_create(service, job, COM_ACCESS_MODIFY, out);
    if (FAILED(hr)) job_cancel(job);
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_CreateGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **group)
{
    struct com_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    struct job *existing;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), group);
    if (!group) return E_INVALIDARG;
    *group = NULL;
    if (IsEqualGUID(&id, &GUID_NULL)) return E_INVALIDARG;
    AcquireSRWLockExclusive(&creation_lock);
    if (SUCCEEDED(hr = find_group(This->service, &id, &existing)))
    {
        job_release(existing);
        hr = E_INVALIDARG;
    }
    else if (hr == QM_E_ITEM_NOT_FOUND) hr = create_group(This->service, &id, group);
    ReleaseSRWLockExclusive(&creation_lock);
    return hr;
}

/* Who asks for somebody else's group becomes its owner. */
static HRESULT take_group(struct com_service *service, struct job *job, enum com_access *access)
{
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    if (SUCCEEDED(hr = com_access_of(&caller, job, access)))
    {
        if (*access == COM_ACCESS_NONE) hr = E_ACCESSDENIED;
        else if (com_check_owner(job) == E_ACCESSDENIED) hr = bits1_result(service, job_take_ownership(job, &caller));
    }
    caller_cleanup(&caller);
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_GetGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **group)
{
    struct com_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    enum com_access access;
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), group);
    if (!group) return E_INVALIDARG;
    *group = NULL;
    if (FAILED(hr = find_group(This->service, &id, &job))) return hr;
    if (SUCCEEDED(hr = take_group(This->service, job, &access)))
        hr = bits1_group_create(This->service, job, access, group);
    job_release(job);
    return hr;
}

struct id_list
{
    GUID *ids;
    ULONG count;
    ULONG capacity;
    BOOL failed;
};

static BOOL collect_group(struct job *job, const struct bits1_ids *ids, void *context)
{
    struct id_list *list = context;
    ULONG capacity = list->capacity ? 2 * list->capacity : 16;
    GUID *grown;

    if (list->count == list->capacity)
    {
        if (!(grown = realloc(list->ids, capacity * sizeof(*grown))))
        {
            list->failed = TRUE;
            return FALSE;
        }
        list->ids = grown;
        list->capacity = capacity;
    }
    list->ids[list->count++] = ids->group;
    return TRUE;
}

static HRESULT STDMETHODCALLTYPE qmgr_EnumGroups(IBackgroundCopyQMgr *iface, DWORD flags,
                                                 IEnumBackgroundCopyGroups **groups)
{
    struct com_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    struct id_list list = {0};
    struct caller caller;
    HRESULT hr;

    TRACE("(%p, %#lx, %p)\n", This, flags, groups);
    if (!groups) return E_INVALIDARG;
    *groups = NULL;
    if (flags) return E_NOTIMPL;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = visit_groups(This->service, caller.privileged ? NULL : caller.sid, collect_group, &list);
    caller_cleanup(&caller);
    if (list.failed) hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) hr = bits1_enum_groups_create(list.ids, list.count, groups);
    free(list.ids);
    return hr;
}

/* clang-format off */
const IBackgroundCopyQMgrVtbl bits1_manager_vtbl =
{
    COM_EXTENSION_UNKNOWN(IBackgroundCopyQMgr),
    qmgr_CreateGroup,
    qmgr_GetGroup,
    qmgr_EnumGroups,
};
/* clang-format on */
