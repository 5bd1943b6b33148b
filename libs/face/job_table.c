/*
 * The job objects that somebody holds: a job has one object, and so one identity, for all who may do the same with it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "face/job.h"

static struct face_job **bucket_of(struct face *face, const struct job *job)
{
    return &face->jobs.buckets[((ULONG_PTR)job >> 6) % FACE_JOB_BUCKETS];
}

/* A further reference, unless the last one has just been given back. */
static BOOL addref_living(struct face_job *object)
{
    LONG refs, seen;

    for (refs = object->refs; refs; refs = seen)
    {
        seen = InterlockedCompareExchange(&object->refs, refs + 1, refs);
        if (seen == refs) return TRUE;
    }
    return FALSE;
}

struct face_job *face_jobs_find(struct face *face, const struct job *job, enum face_access access)
{
    struct face_job *object;

    for (object = *bucket_of(face, job); object; object = object->next)
        if (object->job == job && object->access == access && addref_living(object)) return object;
    return NULL;
}

void face_jobs_add(struct face_job *object)
{
    struct face_job **bucket = bucket_of(object->face, object->job);

    object->next = *bucket;
    *bucket = object;
}

void face_jobs_remove(struct face_job *object)
{
    struct face_job **link;

    AcquireSRWLockExclusive(&object->face->jobs.lock);
    for (link = bucket_of(object->face, object->job); *link != object; link = &(*link)->next) ;
    *link = object->next;
    ReleaseSRWLockExclusive(&object->face->jobs.lock);
}
