/*
 * Enumerator of jobs (B-105, B-225, B-226).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "face/face.h"

DEBUG_CHANNEL(bitsface);

struct entry
{
    struct job *job;         /* with a reference */
    enum face_access access; /* of whoever asked for the list */
};

struct enum_jobs
{
    IEnumBackgroundCopyJobs IEnumBackgroundCopyJobs_iface;
    LONG refs;
    struct face *face;
    struct entry *entries;
    ULONG count;
    ULONG position;
};

static HRESULT create(struct face *face, ULONG capacity, struct enum_jobs **out);

static struct enum_jobs *impl_from_IEnumBackgroundCopyJobs(IEnumBackgroundCopyJobs *iface)
{
    return CONTAINING_RECORD(iface, struct enum_jobs, IEnumBackgroundCopyJobs_iface);
}

static HRESULT STDMETHODCALLTYPE enum_jobs_QueryInterface(IEnumBackgroundCopyJobs *iface, REFIID iid, void **out)
{
    TRACE("(%p, %s, %p)\n", iface, debug_guid(iid), out);
    if (!out) return E_POINTER;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IEnumBackgroundCopyJobs))
    {
        IEnumBackgroundCopyJobs_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE enum_jobs_AddRef(IEnumBackgroundCopyJobs *iface)
{
    return InterlockedIncrement(&impl_from_IEnumBackgroundCopyJobs(iface)->refs);
}

static ULONG STDMETHODCALLTYPE enum_jobs_Release(IEnumBackgroundCopyJobs *iface)
{
    struct enum_jobs *This = impl_from_IEnumBackgroundCopyJobs(iface);
    ULONG refs = InterlockedDecrement(&This->refs), i;

    if (!refs)
    {
        for (i = 0; i < This->count; i++) job_release(This->entries[i].job);
        free(This->entries);
        free(This);
    }
    return refs;
}

/* The first count elements from the present position; none when one cannot be made. */
static HRESULT fetch(struct enum_jobs *This, ULONG count, IBackgroundCopyJob **jobs)
{
    const struct entry *entry = This->entries + This->position;
    HRESULT hr = S_OK;
    ULONG i;

    for (i = 0; i < count && SUCCEEDED(hr); i++)
    {
        hr = face_job_create_with_access(This->face, entry[i].job, entry[i].access, &IID_IBackgroundCopyJob,
                                         (void **)&jobs[i]);
    }
    if (SUCCEEDED(hr)) return S_OK;
    for (i = 0; i < count; i++)
    {
        if (jobs[i]) IBackgroundCopyJob_Release(jobs[i]);
        jobs[i] = NULL;
    }
    return hr;
}

static HRESULT STDMETHODCALLTYPE enum_jobs_Next(IEnumBackgroundCopyJobs *iface, ULONG count, IBackgroundCopyJob **jobs,
                                                ULONG *fetched)
{
    struct enum_jobs *This = impl_from_IEnumBackgroundCopyJobs(iface);
    ULONG available;
    HRESULT hr;

    TRACE("(%p, %lu, %p, %p)\n", This, count, jobs, fetched);
    if (!jobs || (!fetched && count != 1)) return E_INVALIDARG;
    if (fetched) *fetched = 0;
    memset(jobs, 0, count * sizeof(*jobs));
    available = min(count, This->count - This->position);
    if (FAILED(hr = fetch(This, available, jobs))) return hr;
    This->position += available;
    if (fetched) *fetched = available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_jobs_Skip(IEnumBackgroundCopyJobs *iface, ULONG count)
{
    struct enum_jobs *This = impl_from_IEnumBackgroundCopyJobs(iface);
    ULONG available = min(count, This->count - This->position);

    TRACE("(%p, %lu)\n", This, count);
    This->position += available;
    return available == count ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE enum_jobs_Reset(IEnumBackgroundCopyJobs *iface)
{
    TRACE("(%p)\n", iface);
    impl_from_IEnumBackgroundCopyJobs(iface)->position = 0;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_jobs_Clone(IEnumBackgroundCopyJobs *iface, IEnumBackgroundCopyJobs **out)
{
    struct enum_jobs *This = impl_from_IEnumBackgroundCopyJobs(iface), *copy;
    HRESULT hr;

    TRACE("(%p, %p)\n", This, out);
    if (!out) return E_INVALIDARG;
    *out = NULL;
    if (FAILED(hr = create(This->face, This->count, &copy))) return hr;
    for (; copy->count < This->count; copy->count++)
    {
        copy->entries[copy->count] = This->entries[copy->count];
        job_addref(copy->entries[copy->count].job);
    }
    copy->position = This->position;
    *out = &copy->IEnumBackgroundCopyJobs_iface;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE enum_jobs_GetCount(IEnumBackgroundCopyJobs *iface, ULONG *count)
{
    TRACE("(%p, %p)\n", iface, count);
    if (!count) return E_INVALIDARG;
    *count = impl_from_IEnumBackgroundCopyJobs(iface)->count;
    return S_OK;
}

/* clang-format off */
static const IEnumBackgroundCopyJobsVtbl enum_jobs_vtbl =
{
    enum_jobs_QueryInterface,
    enum_jobs_AddRef,
    enum_jobs_Release,
    enum_jobs_Next,
    enum_jobs_Skip,
    enum_jobs_Reset,
    enum_jobs_Clone,
    enum_jobs_GetCount,
};
/* clang-format on */

/* An empty enumerator with room for capacity jobs. */
static HRESULT create(struct face *face, ULONG capacity, struct enum_jobs **out)
{
    struct enum_jobs *This = calloc(1, sizeof(*This));

    *out = NULL;
    if (!This) return E_OUTOFMEMORY;
    if (!(This->entries = calloc(capacity ? capacity : 1, sizeof(*This->entries))))
    {
        free(This);
        return E_OUTOFMEMORY;
    }
    This->IEnumBackgroundCopyJobs_iface.lpVtbl = &enum_jobs_vtbl;
    This->refs = 1;
    This->face = face;
    *out = This;
    return S_OK;
}

/* Take over what caller may see of jobs, releasing the others. */
static HRESULT take_visible(struct enum_jobs *This, const struct caller *caller, struct job **jobs, unsigned int count)
{
    enum face_access access;
    HRESULT hr = S_OK, result = S_OK;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (FAILED(hr = face_access_of(caller, jobs[i], &access))) result = hr;
        if (access == FACE_ACCESS_NONE)
        {
            job_release(jobs[i]);
            continue;
        }
        This->entries[This->count].job = jobs[i];
        This->entries[This->count++].access = access;
    }
    return result;
}

HRESULT face_enum_jobs_create(struct face *face, const struct caller *caller, BOOL all_users,
                              IEnumBackgroundCopyJobs **out)
{
    struct enum_jobs *This;
    unsigned int count = 0, i;
    struct job **jobs = NULL;
    HRESULT hr;

    *out = NULL;
    hr = face_result(face, queue_list_jobs(face->queue, all_users ? NULL : caller->sid, &jobs, &count));
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = create(face, count, &This)))
    {
        hr = take_visible(This, caller, jobs, count);
        if (SUCCEEDED(hr)) *out = &This->IEnumBackgroundCopyJobs_iface;
        else IEnumBackgroundCopyJobs_Release(&This->IEnumBackgroundCopyJobs_iface);
    }
    else
    {
        for (i = 0; i < count; i++) job_release(jobs[i]);
    }
    free(jobs);
    return hr;
}
