/*
 * The list of jobs that a caller may see.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "com/com.h"
#include "com/enumerator.h"

struct job_item
{
    struct job *job;
    enum com_access access; /* of whoever asked for the list */
};

static HRESULT give(struct com_service *service, const void *context, void *element)
{
    const struct job_item *item = context;

    return com_job_create_with_access(service, item->job, item->access, &IID_IBackgroundCopyJob, element);
}

static void addref(const void *item)
{
    job_addref(((const struct job_item *)item)->job);
}

static void release(const void *item)
{
    job_release(((const struct job_item *)item)->job);
}

static const IEnumBackgroundCopyJobsVtbl vtbl = {
    COM_ENUM_METHODS(IEnumBackgroundCopyJobs, IBackgroundCopyJob *),
    COM_ENUM_GET_COUNT(IEnumBackgroundCopyJobs),
};

static const struct com_enum_type type = {
    .vtbl = &vtbl,
    .iid = &IID_IEnumBackgroundCopyJobs,
    .item_size = sizeof(struct job_item),
    .element_size = sizeof(IBackgroundCopyJob *),
    .give = give,
    .addref = addref,
    .release = release,
};

/* Move what caller may see of jobs to items, releasing the others. */
static HRESULT take_visible(const struct caller *caller, struct job **jobs, unsigned int count, struct job_item *items,
                            ULONG *visible)
{
    enum com_access access;
    HRESULT hr, result = S_OK;
    unsigned int i;

    for (*visible = i = 0; i < count; i++)
    {
        if (FAILED(hr = com_access_of(caller, jobs[i], &access))) result = hr;
        if (access == COM_ACCESS_NONE)
        {
            job_release(jobs[i]);
            continue;
        }
        items[*visible].job = jobs[i];
        items[(*visible)++].access = access;
    }
    return result;
}

HRESULT com_enum_jobs_create(struct com_service *service, const struct caller *caller, BOOL all_users,
                             IEnumBackgroundCopyJobs **out)
{
    struct job_item *items = NULL;
    struct job **jobs = NULL;
    unsigned int count = 0, i;
    ULONG visible;
    HRESULT hr;

    *out = NULL;
    hr = com_result(service, queue_list_jobs(service->queue, all_users ? NULL : caller->sid, &jobs, &count));
    if (FAILED(hr)) return hr;
    if (count && !(items = calloc(count, sizeof(*items))))
    {
        for (i = 0; i < count; i++) job_release(jobs[i]);
        free(jobs);
        return E_OUTOFMEMORY;
    }
    hr = take_visible(caller, jobs, count, items, &visible);
    free(jobs);
    if (SUCCEEDED(hr)) return com_enum_create(&type, service, items, visible, (void **)out);
    for (i = 0; i < visible; i++) release(&items[i]);
    free(items);
    return hr;
}
