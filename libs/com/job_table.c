/*
 * The job objects that somebody holds: a job has one object, and so one identity, for all who may do the same with it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "com/job.h"

static struct com_job **bucket_of(struct com_service *service, const struct job *job)
{
    return &service->jobs.buckets[((ULONG_PTR)job >> 6) % COM_JOB_BUCKETS];
}

/* A further reference, unless the last one has just been given back. */
static BOOL addref_living(struct com_job *object)
{
    LONG refs, seen;

    for (refs = object->refs; refs; refs = seen)
    {
        seen = InterlockedCompareExchange(&object->refs, refs + 1, refs);
        if (seen == refs) return TRUE;
    }
    return FALSE;
}

struct com_job *com_jobs_find(struct com_service *service, const struct job *job, enum com_access access)
{
    struct com_job *object;

    for (object = *bucket_of(service, job); object; object = object->next)
        if (object->job == job && object->access == access && addref_living(object)) return object;
    return NULL;
}

void com_jobs_add(struct com_job *object)
{
    struct com_job **bucket = bucket_of(object->service, object->job);

    object->next = *bucket;
    *bucket = object;
}

void com_jobs_remove(struct com_job *object)
{
    struct com_job **link;

    AcquireSRWLockExclusive(&object->service->jobs.lock);
    for (link = bucket_of(object->service, object->job); *link != object; link = &(*link)->next)
        ;
    *link = object->next;
    ReleaseSRWLockExclusive(&object->service->jobs.lock);
}
