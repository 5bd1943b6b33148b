/*
 * The queue manager of BITS 1.0 (B-900), and what the objects behind it share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "legacy.h"
#include "service/identity.h"

DEBUG_CHANNEL(qmgr);

#define NOTE_IDS 0 /* struct legacy_ids */

/* Two groups must not be made with one id at the same time. */
static SRWLOCK creation_lock = SRWLOCK_INIT;

static struct face_manager *impl_from_IBackgroundCopyQMgr(IBackgroundCopyQMgr *iface)
{
    return face_extension_object(iface);
}

/* --- shared ---------------------------------------------------------------------------------- */

HRESULT legacy_result(const struct face *face, transfer_code code)
{
    switch (code)
    {
    case TRANSFER_E_INVALID_STATE: return QM_E_INVALID_STATE;
    case TRANSFER_E_NOT_FOUND: return QM_E_ITEM_NOT_FOUND;
    case TRANSFER_S_PARTIAL:
    case TRANSFER_S_FILES_LEFT: return S_OK;
    default: return face_result(face, code);
    }
}

HRESULT legacy_get_ids(const struct face *face, struct job *job, struct legacy_ids *ids)
{
    void *note = NULL;
    size_t size = 0;
    HRESULT hr = face_result(face, job_get_note(job, NOTE_IDS, &note, &size));

    if (FAILED(hr)) return hr;
    if (note && size == sizeof(*ids)) memcpy(ids, note, sizeof(*ids));
    else hr = S_FALSE;
    free(note);
    return hr;
}

HRESULT legacy_set_ids(const struct face *face, struct job *job, const struct legacy_ids *ids)
{
    const struct job_change change = {.kind = JOB_CHANGE_NOTE, .which = NOTE_IDS, .blob = ids, .size = sizeof(*ids)};

    return legacy_result(face, job_set(job, &change, 1));
}

DWORD legacy_size(uint64_t size)
{
    if (size == TRANSFER_SIZE_UNKNOWN) return 0;
    return size > MAXDWORD ? MAXDWORD : (DWORD)size;
}

HRESULT legacy_get_progress(struct job *job, DWORD what, DWORD *progress)
{
    struct job_progress now;

    if (!progress) return E_INVALIDARG;
    *progress = 0;
    job_get_progress(job, &now);
    switch (what)
    {
    case QM_PROGRESS_PERCENT_DONE:
        if (now.total && now.total != TRANSFER_SIZE_UNKNOWN) *progress = (DWORD)(100.0 * now.transferred / now.total);
        return S_OK;
    case QM_PROGRESS_SIZE_DONE: *progress = legacy_size(now.transferred); return S_OK;
    case QM_PROGRESS_TIME_DONE: return E_NOTIMPL;
    }
    return E_INVALIDARG;
}

void legacy_get_results(const struct face *face, const struct transfer_failure *failure, DWORD *win32, DWORD *transport)
{
    DWORD code = (DWORD)face_result(face, failure->code);
    BOOL in_transport = failure->where == TRANSFER_WHERE_REMOTE_FILE || failure->where == TRANSFER_WHERE_TRANSPORT ||
                        failure->where == TRANSFER_WHERE_REMOTE_APPLICATION;

    *win32 = in_transport ? 0 : code;
    *transport = in_transport ? code : 0;
}

/* --- finding groups ------------------------------------------------------------------------------ */

/* Call visit for each group of an owner, or of everybody, until it answers FALSE. */
static HRESULT visit_groups(struct face *face, const WCHAR *owner_sid,
                            BOOL (*visit)(struct job *job, const struct legacy_ids *ids, void *context), void *context)
{
    struct job **jobs = NULL;
    unsigned int count = 0, i;
    struct legacy_ids ids;
    BOOL going_on = TRUE;
    HRESULT hr;

    hr = face_result(face, queue_list_jobs(face->queue, owner_sid, &jobs, &count));
    if (FAILED(hr)) return hr;
    for (i = 0; i < count; i++)
    {
        if (going_on && SUCCEEDED(hr) && (hr = legacy_get_ids(face, jobs[i], &ids)) == S_OK)
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

static BOOL compare_group(struct job *job, const struct legacy_ids *ids, void *context)
{
    struct search *search = context;

    if (!IsEqualGUID(&ids->group, search->wanted)) return TRUE;
    job_addref(job);
    search->found = job;
    return FALSE;
}

/* QM_E_ITEM_NOT_FOUND, or *job with a reference. */
static HRESULT find_group(struct face *face, const GUID *id, struct job **job)
{
    struct search search = {.wanted = id};
    HRESULT hr = visit_groups(face, NULL, compare_group, &search);

    *job = search.found;
    if (FAILED(hr)) return hr;
    return *job ? S_OK : QM_E_ITEM_NOT_FOUND;
}

/* --- IBackgroundCopyQMgr ------------------------------------------------------------------------------ */

static HRESULT create_group(struct face *face, const GUID *id, IBackgroundCopyGroup **out)
{
    struct legacy_ids ids = {.group = *id};
    struct caller caller;
    struct job *job;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = legacy_result(face, queue_create_job(face->queue, &caller, L"", JOB_DOWNLOAD, &job));
    caller_cleanup(&caller);
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = legacy_set_ids(face, job, &ids))) hr = legacy_group_create(face, job, FACE_ACCESS_MODIFY, out);
    if (FAILED(hr)) job_cancel(job);
    job_release(job);
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_CreateGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **group)
{
    struct face_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    struct job *existing;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), group);
    if (!group) return E_INVALIDARG;
    *group = NULL;
    if (IsEqualGUID(&id, &GUID_NULL)) return E_INVALIDARG;
    AcquireSRWLockExclusive(&creation_lock);
    if (SUCCEEDED(hr = find_group(This->face, &id, &existing)))
    {
        job_release(existing);
        hr = E_INVALIDARG;
    }
    else if (hr == QM_E_ITEM_NOT_FOUND) hr = create_group(This->face, &id, group);
    ReleaseSRWLockExclusive(&creation_lock);
    return hr;
}

/* Who asks for somebody else's group becomes its owner. */
static HRESULT take_group(struct face *face, struct job *job, enum face_access *access)
{
    struct caller caller;
    HRESULT hr;

    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    if (SUCCEEDED(hr = face_access_of(&caller, job, access)))
    {
        if (*access == FACE_ACCESS_NONE) hr = E_ACCESSDENIED;
        else if (face_check_owner(job) == E_ACCESSDENIED) hr = legacy_result(face, job_take_ownership(job, &caller));
    }
    caller_cleanup(&caller);
    return hr;
}

static HRESULT STDMETHODCALLTYPE qmgr_GetGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **group)
{
    struct face_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    enum face_access access;
    struct job *job;
    HRESULT hr;

    TRACE("(%p, %s, %p)\n", This, debug_guid(&id), group);
    if (!group) return E_INVALIDARG;
    *group = NULL;
    if (FAILED(hr = find_group(This->face, &id, &job))) return hr;
    if (SUCCEEDED(hr = take_group(This->face, job, &access))) hr = legacy_group_create(This->face, job, access, group);
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

static BOOL collect_group(struct job *job, const struct legacy_ids *ids, void *context)
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
    struct face_manager *This = impl_from_IBackgroundCopyQMgr(iface);
    struct id_list list = {0};
    struct caller caller;
    HRESULT hr;

    TRACE("(%p, %#lx, %p)\n", This, flags, groups);
    if (!groups) return E_INVALIDARG;
    *groups = NULL;
    if (flags) return E_NOTIMPL;
    if (FAILED(hr = identity_of_caller(&caller))) return hr;
    hr = visit_groups(This->face, caller.privileged ? NULL : caller.sid, collect_group, &list);
    caller_cleanup(&caller);
    if (list.failed) hr = E_OUTOFMEMORY;
    if (SUCCEEDED(hr)) hr = legacy_enum_groups_create(list.ids, list.count, groups);
    free(list.ids);
    return hr;
}

/* clang-format off */
const IBackgroundCopyQMgrVtbl legacy_manager_vtbl =
{
    FACE_EXTENSION_UNKNOWN(IBackgroundCopyQMgr),
    qmgr_CreateGroup,
    qmgr_GetGroup,
    qmgr_EnumGroups,
};
/* clang-format on */
