/*
 * Which job runs now, which one makes room for it, and which one has to wait for what.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "transfer/conditions/policy.h"
#include "transfer/jobs/run.h"
#include "transfer/run/decide.h"
#include "transfer/run/worker.h"

DEBUG_CHANNEL(bitsschedule);

/* A job that is tried again within this time counts as work under way. */
#define ACTIVE_RETRY_MS (15 * 60 * 1000)

/* What a run may take until its first answer while another job waits: nobody is held up for ever by a server, or a
 * client that is to judge a certificate. */
#define ANSWER_MAX_MS (5 * 60 * 1000ull)

/* A transfer that moves less than that yields its worker to one that waits, when it has had it for a while. */
#define SLOW_MS 2000
#define SLOW_BYTES_PER_SECOND 1024

/* After a change in the store that failed for want of something that may be there again. */
#define RETRY_SAVE_MS 5000

static BOOL is_background(const struct queue *queue, const struct job *job)
{
    return !queue->config.profile->all_parallel && job->numbers[JOB_PRIORITY] != JOB_FOREGROUND;
}

/* Does a run before b? (B-621, B-622) */
static BOOL goes_before(const struct job *a, const struct job *b)
{
    if (a->numbers[JOB_PRIORITY] != b->numbers[JOB_PRIORITY])
        return a->numbers[JOB_PRIORITY] < b->numbers[JOB_PRIORITY];
    return a->turn < b->turn;
}

/* A server that sends nothing, seen while the transfer still waits for it (D-133).  Locked. */
static void check_progress(struct job *job, ULONGLONG now, ULONGLONG *next)
{
    const struct transfer_failure failure = {
        .code = job->attempts ? job->failure.code : ERROR_WINHTTP_TIMEOUT,
        .where = TRANSFER_WHERE_REMOTE_FILE,
        .transient = TRUE,
    };

    queue_assert_locked(job->queue);
    if (!job_is_expired(job, now))
    {
        decide_earliest(next, job->stalled_since + job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000);
        return;
    }
    run_stop(job->run);
    job_fail(job, &failure);
}

/* Why a job may not run now; 0: it may.  Locked. */
static transfer_code blocked_by(const struct queue *queue, const struct job *job)
{
    queue_assert_locked(queue);
    if (queue->cost && !(job_cost_mask(job) & queue->cost)) return TRANSFER_E_BLOCKED_BY_COST; /* B-532 */
    if (is_background(queue, job) && !queue->bandwidth[FALSE][job->numbers[JOB_PRIORITY]])
        return TRANSFER_E_BLOCKED_BY_POLICY;
    return TRANSFER_OK;
}

/* Stop what may not run any more, let go what may run again (B-531, B-532).  Locked. */
static void check_blocks(struct queue *queue, struct job *job)
{
    const struct transfer_failure failure = {
        .code = blocked_by(queue, job), .where = TRANSFER_WHERE_QUEUE, .transient = TRUE, .file = -1};

    queue_assert_locked(queue);
    switch (job->state)
    {
    case JOB_TRANSIENT_ERROR:
        if (job->failure.code != TRANSFER_E_BLOCKED_BY_COST && job->failure.code != TRANSFER_E_BLOCKED_BY_POLICY) break;
        if (!failure.code) job_change_state(job, JOB_QUEUED);
        break;
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING:
        if (!failure.code || (job->run && job->run->stop)) break;
        if (job->run) run_stop(job->run);
        job_fail(job, &failure);
        break;
    default: break;
    }
}

/* Of a job that does not run in every cost state, or waits for the network: when to look again.  Locked. */
static void check_conditions(struct queue *queue, const struct job *job, ULONGLONG *next)
{
    queue_assert_locked(queue);
    if (queue->config.cost && (job_cost_mask(job) & COST_STATES) != COST_STATES) decide_earliest(next, queue->cost_at);
    if (queue->network_down && job->state == JOB_TRANSIENT_ERROR) decide_earliest(next, queue->network_at);
}

/* Timers of one job.  Locked. */
static void check_timers(struct job *job, ULONGLONG now, ULONGLONG *next)
{
    queue_assert_locked(job->queue);
    if (job->state == JOB_TRANSIENT_ERROR)
    {
        ULONGLONG expiry = job->stalled_since + job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000;

        if (job_is_expired(job, now)) job_give_up(job);                                    /* B-034, B-552 */
        else if (job->retry_at && now >= job->retry_at) job_change_state(job, JOB_QUEUED); /* B-031 */
        else
        {
            if (job->retry_at) decide_earliest(next, job->retry_at);
            decide_earliest(next, expiry);
        }
    }
    if (job->run && !job->run->stop && job_is_single(job)) check_progress(job, now, next);
    if (job->run && !job->run->stop)
    {
        /* B-557: connecting and transferring count, waiting does not */
        ULONGLONG end = job->run->started + job->numbers[JOB_MAXIMUM_DOWNLOAD_TIME] * 1000 - job->active_ms;

        if (now >= end)
        {
            const struct transfer_failure failure = {
                .code = TRANSFER_E_MAXIMUM_TIME, .where = TRANSFER_WHERE_QUEUE, .file = -1};

            run_stop(job->run);
            job_fail(job, &failure);
        }
        else decide_earliest(next, end);
    }
}

/* Servers that are to be told of a Cancel.  For a while this counts as work; then the service may end, and the next one
 * goes on with it.  Locked. */
static BOOL check_session_cancels(struct queue *queue, ULONGLONG now, ULONGLONG *next)
{
    BOOL working = FALSE;
    struct job *job;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->session_cancels, struct job, entry)
    {
        if (!job->run && now < job->retry_at) decide_earliest(next, job->retry_at);
        else if (!job->run && queue->run_count < WORKERS_MAX) worker_start(queue, job, TRUE);
        if (job->run || worker_cancel_age(job) < ACTIVE_RETRY_MS) working = TRUE;
    }
    return working;
}

/* Of two background jobs that run since somebody changed a priority, the one that may go on.  Locked. */
static struct job *one_of_two(struct job *running, struct job *job)
{
    struct job *loser;

    queue_assert_locked(job->queue);
    if (!running || running->run->stop) return job;
    if (job->run->stop) return running;
    loser = goes_before(job, running) ? running : job;
    run_stop(loser->run);
    return loser == job ? running : job;
}

/* Whether the run has moved next to nothing for a while.  Locked. */
static BOOL is_slow(struct run *run, ULONGLONG now)
{
    ULONGLONG since = run->marked_at ? run->marked_at : run->started;

    queue_assert_locked(run->job->queue);
    if (now - since < SLOW_MS) return FALSE;
    if ((run->moved - run->marked) * 1000 / (now - since) < SLOW_BYTES_PER_SECOND) return TRUE;
    run->marked = run->moved;
    run->marked_at = now;
    return FALSE;
}

/* All workers are taken, and a job of the foreground waits: one that waits for a slow server goes to the end of the
 * line.
 * So servers that send nothing, however many, take turns, and do not keep others from being asked.  FALSE: nobody is
 * slow.  Locked. */
static BOOL yield_slot(struct queue *queue, ULONGLONG now)
{
    struct job *job, *oldest = NULL;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (!job->run || is_background(queue, job)) continue;
        if (job->run->stop) return TRUE; /* one is about to go */
        if ((!oldest || job->turn < oldest->turn) && is_slow(job->run, now)) oldest = job;
    }
    if (!oldest) return FALSE;
    TRACE("%s yields its worker\n", debug_guid(&oldest->id));
    run_stop(oldest->run);
    return TRUE;
}

void decide_save(struct queue *queue)
{
    struct job *job;
    uint64_t ticket;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (!job->unsaved || job->exclusive || job->run || now_ms() < queue->save_at) continue;
        job_addref(job);
        if (job_save(job, &ticket) || job_wait_stored(job, ticket))
        {
            job_not_saved(job);
            queue->save_at = now_ms() + RETRY_SAVE_MS;
            WARN("%s is not stored\n", debug_guid(&job->id));
        }
        /* The job may have ended during the wait, and the list may be another: the next look begins anew. */
        LeaveCriticalSection(&queue->lock);
        job_release(job);
        EnterCriticalSection(&queue->lock);
        return;
    }
}

BOOL decide_any_unsaved(const struct queue *queue)
{
    const struct job *job;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (job->unsaved && !job->exclusive && !job->run) return TRUE;
    return FALSE;
}

/* Who looks into the log finds why a job is QUEUED.  Locked. */
static void note_waits(struct queue *queue, const struct job *running)
{
    struct job *job;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (job->state != JOB_QUEUED || job->run || !is_background(queue, job)) continue;
        if (IsEqualGUID(&job->waits_for, &running->id)) continue;
        job->waits_for = running->id;
        log_event("%s is QUEUED: %s has the turn", debug_guid(&job->id), debug_guid(&running->id));
    }
}

ULONGLONG decide_pass(struct queue *queue, BOOL *working)
{
    struct job *job, *after, *running = NULL, *best = NULL, *foreground = NULL, *newest = NULL;
    ULONGLONG now = now_ms(), next = ~(ULONGLONG)0;

    queue_assert_locked(queue);
    *working = check_session_cancels(queue, now, &next);
    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry)
    {
        check_timers(job, now, &next);
        check_blocks(queue, job);
        check_conditions(queue, job, &next);
        if (job->run && is_background(queue, job)) running = one_of_two(running, job);
        if (job->state == JOB_QUEUED && !job->run && !job->exclusive)
        {
            if (is_background(queue, job))
            {
                if (!best || goes_before(job, best)) best = job;
            }
            else
            {
                if (!foreground || job->turn < foreground->turn) foreground = job;
                if (!job->active_ms && (!newest || job->turn > newest->turn)) newest = job;
            }
        }
        if (job->state == JOB_QUEUED || job->state == JOB_CONNECTING || job->state == JOB_TRANSFERRING ||
            (job->state == JOB_TRANSIENT_ERROR && job->retry_at && job->retry_at - now < ACTIVE_RETRY_MS))
            *working = TRUE;
    }

    if (foreground)
    {
        /* One after the other, in their turns: the start of one is a change that leads here again.  Where slow servers
         * hold all workers but this one, every other goes to the newest job, which nobody has tried yet: it does not
         * wait until all of them have had their turns. */
        if (queue->run_count < WORKERS_MAX)
        {
            if (newest && queue->run_count == WORKERS_MAX - 1 && (queue->prefer_newest = !queue->prefer_newest))
                foreground = newest;
            worker_start(queue, foreground, FALSE);
            queue_reschedule(queue);
        }
        else if (!yield_slot(queue, now)) decide_earliest(&next, now + SLOW_MS / 4);
    }
    if (best && !running) worker_start(queue, best, FALSE);
    else if (best && running && !running->run->stop)
    {
        /* A run ends for another job only when that one really waits.  Its slice begins with the first answer:
         * with a disk or a server slower than the slice no job would get anywhere otherwise. */
        ULONGLONG answered_at = running->run->answered_at;
        ULONGLONG slice_end = answered_at ? answered_at + queue->time_slice
                                          : running->run->started + max(queue->time_slice, ANSWER_MAX_MS);
        BOOL outranked = best->numbers[JOB_PRIORITY] < running->numbers[JOB_PRIORITY];

        if (outranked || (best->numbers[JOB_PRIORITY] == running->numbers[JOB_PRIORITY] && now >= slice_end))
        {
            TRACE("%s gives way to %s\n", debug_guid(&running->id), debug_guid(&best->id));
            run_stop(running->run);
        }
        else if (best->numbers[JOB_PRIORITY] == running->numbers[JOB_PRIORITY]) decide_earliest(&next, slice_end);
    }
    if (running) note_waits(queue, running);
    return next;
}

/* --- what a job waits for ------------------------------------------------------------------------------ */

/* The job that has the turn before this one: the one that runs, or the first of those that wait.  Locked. */
static const struct job *find_turn(const struct queue *queue, const struct job *job)
{
    const struct job *other, *first = NULL;

    queue_assert_locked(queue);
    LIST_FOR_EACH(other, &queue->jobs, struct job, entry)
    {
        if (other == job || !is_background(queue, other)) continue;
        if (other->run) return other;
        if (other->state == JOB_QUEUED && goes_before(other, first ? first : job)) first = other;
    }
    return first;
}

static enum job_wait_reason wait_of_failure(const struct job *job)
{
    if (job->failure.code == TRANSFER_E_BLOCKED_BY_COST) return JOB_WAITS_FOR_COST;
    if (job->failure.code == TRANSFER_E_BLOCKED_BY_POLICY) return JOB_WAITS_FOR_POLICY;
    return job->retry_at ? JOB_WAITS_FOR_RETRY : JOB_WAITS_FOR_NETWORK;
}

void decide_get_wait(struct job *job, struct job_wait *wait)
{
    struct queue *queue = job->queue;
    const struct job *other;
    ULARGE_INTEGER until;

    memset(wait, 0, sizeof(*wait));
    EnterCriticalSection(&queue->lock);
    if (job->state == JOB_TRANSIENT_ERROR) wait->reason = wait_of_failure(job);
    else if (job->state != JOB_QUEUED || job->run) wait->reason = JOB_WAITS_FOR_NOTHING;
    else if (!is_background(queue, job))
        wait->reason = queue->run_count >= WORKERS_MAX ? JOB_WAITS_FOR_WORKER : JOB_WAITS_FOR_NOTHING;
    else if ((other = find_turn(queue, job)))
    {
        wait->reason = JOB_WAITS_FOR_TURN;
        if (!lstrcmpiW(other->strings[JOB_OWNER], job->strings[JOB_OWNER])) wait->job = other->id;
    }
    if (wait->reason == JOB_WAITS_FOR_RETRY)
    {
        GetSystemTimeAsFileTime((FILETIME *)&until);
        until.QuadPart += (LONGLONG)(job->retry_at - now_ms()) * 10000;
        wait->until.dwLowDateTime = until.LowPart;
        wait->until.dwHighDateTime = until.HighPart;
    }
    LeaveCriticalSection(&queue->lock);
}
