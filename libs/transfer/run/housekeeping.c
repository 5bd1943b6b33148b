/*
 * What else the scheduler does: old jobs, and whether the service is needed.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "transfer/conditions/policy.h"
#include "transfer/run/housekeeping.h"

#define TIDY_INTERVAL_MS (60 * 60 * 1000)

/* Has the job outlived its use? (B-041, B-754, D-253)  days: of inactivity. */
static BOOL is_too_old(const struct job *job, ULONGLONG now, ULONGLONG days)
{
    const struct queue_profile *profile = job->queue->config.profile;
    const FILETIME *creation = &job->times.creation;
    ULONGLONG since = job->touched;

    if (profile->lifetime_days)
    {
        since = (ULONGLONG)creation->dwHighDateTime << 32 | creation->dwLowDateTime;
        days = profile->lifetime_days;
    }
    return now > since + days * 24 * 3600 * 10000000;
}

/* Locked. */
static struct job *find_old_job(struct queue *queue, ULONGLONG days)
{
    ULARGE_INTEGER now;
    struct job *job;

    queue_assert_locked(queue);
    GetSystemTimeAsFileTime((FILETIME *)&now);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (is_too_old(job, now.QuadPart, days)) return job;
    return NULL;
}

void housekeeping_tidy(struct queue *queue)
{
    ULONGLONG days;
    struct job *job;

    queue_assert_locked(queue);
    queue->tidy_at = now_ms() + TIDY_INTERVAL_MS;
    LeaveCriticalSection(&queue->lock);
    days = policy_inactivity_days();
    EnterCriticalSection(&queue->lock);
    while (!queue->stopping && (job = find_old_job(queue, days)))
    {
        job_addref(job);
        LeaveCriticalSection(&queue->lock);
        log_event("%s cancelled: inactivity timeout", debug_guid(&job->id));
        job_cancel(job);
        job_release(job);
        EnterCriticalSection(&queue->lock);
    }
}

BOOL housekeeping_report_activity(struct queue *queue, BOOL working)
{
    BOOL jobs = queue->job_count > 0 || !list_empty(&queue->session_cancels);

    queue_assert_locked(queue);
    if (queue->activity_reported && working == queue->working && jobs == queue->has_jobs) return FALSE;
    queue->activity_reported = TRUE;
    queue->working = working;
    queue->has_jobs = jobs;
    LeaveCriticalSection(&queue->lock);
    if (queue->config.activity) queue->config.activity(queue->config.context, working, jobs);
    EnterCriticalSection(&queue->lock);
    return TRUE;
}
