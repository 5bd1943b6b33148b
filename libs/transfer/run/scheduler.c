/*
 * Who may run now: priorities, time slices, retry timers, workers.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One thread looks at the jobs whenever something changed or a timer is due, and hands what may run to worker
 * threads.  A worker runs one job at a time and waits a while for the next before it ends.
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>
#include <process.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/debug.h"
#include "base/list.h"
#include "store/store.h"
#include "http/cancel.h"
#include "transfer/attempt/pace.h"
#include "transfer/attempt/http_session.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/conditions/network.h"
#include "transfer/conditions/policy.h"
#include "transfer/conditions/policywatch.h"
#include "transfer/download/download.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/jobs/stream.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsschedule);

/* Transfers at once.  More servers than that may be slow: see yield_slot. */
#define WORKERS_MAX 32
#define WORKER_IDLE_MS 10000
#define WORKER_STACK (256 * 1024)
#define BUFFER_SIZE (1024 * 1024)

/* A job that is tried again within this time counts as work under way. */
#define ACTIVE_RETRY_MS (15 * 60 * 1000)

#define STOP_TIMEOUT_MS 1800

/* What a run may take until its first answer while another job waits: nobody is held up for ever by a server, or a
 * client that is to judge a certificate. */
#define ANSWER_MAX_MS (5 * 60 * 1000ull)

/* How long the server of a cancelled upload is told so (U-179). */
#define SESSION_CANCEL_MAX_MS (24ull * 60 * 60 * 1000)

#define TIDY_INTERVAL_MS (60 * 60 * 1000)

/* While jobs wait for one or the other, which Wine tells by no event. */
#define NETWORK_INTERVAL_MS 3000
#define COST_INTERVAL_MS 60000

/* A transfer that moves less than that yields its worker to one that waits, when it has had it for a while. */
#define SLOW_MS 2000
#define SLOW_BYTES_PER_SECOND 1024

/* After a start, or a change in the store, that failed for want of something that may be there again. */
#define RETRY_START_MS 1000
#define RETRY_SAVE_MS 5000

#define NEVER (~(ULONGLONG)0)

/* What a worker is given. */
struct assignment
{
    struct list entry;
    struct run run;
    struct pace pace;
    struct http_cookie_jar cookies;
};

/* --- workers ------------------------------------------------------------------------------- */

/* The transfer has ended: what becomes of the job.  Locked. */
static void finish_run(struct run *run, const struct transfer_failure *failure)
{
    struct job *job = run->job;

    job->active_ms += now_ms() - run->started;
    job->run = NULL;
    job->queue->run_count--;
    switch (job->state)
    {
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING:
        if (failure->code == ERROR_OPERATION_ABORTED || run->stop) job_change_state(job, JOB_QUEUED); /* B-027 */
        else if (failure->code) job_fail(job, failure);
        else if (job->type == JOB_DOWNLOAD && job_has_unfinished_file(job))
        {
            /* B-044: on-demand mode has what was asked for; more may have been asked for, or files added, since */
            job_change_state(job, job_wants_more(job) ? JOB_QUEUED : JOB_SUSPENDED);
        }
        else
        {
            /* B-028; a job whose files were all there already passes through the state nevertheless */
            job_change_state(job, JOB_TRANSFERRING);
            job_change_state(job, JOB_TRANSFERRED);
        }
        break;
    default: break; /* whoever stopped the run has decided */
    }
    WakeAllConditionVariable(&job->queue->run_ended);
    queue_reschedule(job->queue);
}

/* A job that has everything is TRANSFERRED in the store before anybody sees it so.  TRUE: it is; FALSE: it has not
 * everything, or (*failure set) cannot be stored, which may pass.  Locked; releases the lock meanwhile. */
static BOOL store_transferred(struct run *run, struct transfer_failure *failure, FILETIME *when)
{
    struct job *job = run->job;
    enum job_state state = job->state;
    struct job_times times = job->times;
    transfer_code code;
    uint64_t ticket;

    if (run->stop || job->exclusive || (job->type == JOB_DOWNLOAD && job_has_unfinished_file(job))) return FALSE;
    if (state != JOB_QUEUED && state != JOB_CONNECTING && state != JOB_TRANSFERRING) return FALSE;
    GetSystemTimeAsFileTime(when);
    job->times.completion = job->times.modification = *when;
    job->state = JOB_TRANSFERRED;
    code = job_save(job, &ticket);
    job->state = state;
    job->times = times;
    if (!code) code = job_wait_stored(job, ticket);
    if (!code) return TRUE;
    *failure = transfer_failure_of_file(code, 0);
    failure->transient = true;
    return FALSE;
}

/* Without a network that is what failed, whatever showed it (B-033, B-522, B-628). */
static void check_network(struct job *job, struct transfer_failure *failure)
{
    struct queue *queue = job->queue;
    struct file *file;
    WCHAR *url = NULL;

    if (!failure->code || !failure->transient || queue->config.profile->all_parallel || failure->file < 0 ||
        job->numbers[JOB_PROXY_USAGE] == JOB_PROXY_USAGE_LIST || !(file = job_get_file(job, failure->file)))
        return;
    if (!file_get_string(file, FILE_REMOTE_NAME, &url) && url && network_may_matter(url, failure->code) &&
        !network_is_up())
    {
        *failure = transfer_failure_of_network(TRANSFER_E_NETWORK_DISCONNECTED, failure->file);
        EnterCriticalSection(&queue->lock);
        queue->network_down = TRUE;
        queue->network_at = now_ms() + NETWORK_INTERVAL_MS;
        LeaveCriticalSection(&queue->lock);
    }
    free(url);
    file_release(file);
}

/* Files one after the other, in order; the first failure ends it (B-014). */
static void run_job(struct run *run, void *buffer)
{
    struct transfer_failure failure = {0}, not_flushed;
    struct job *job = run->job;
    struct queue *queue = job->queue;
    struct writeback writeback;
    struct file *file;
    uint64_t ticket;
    unsigned int i;
    FILETIME when;
    BOOL stored;

    writeback_init(&writeback, queue);
    run->writeback = &writeback;

    EnterCriticalSection(&queue->lock);
    if (!run->stop && !queue->config.profile->no_connecting_state) job_change_state(job, JOB_CONNECTING);
    LeaveCriticalSection(&queue->lock);

    for (i = 0; !failure.code && (file = job_get_file(job, i)); i++)
    {
        if (run->stop) failure.code = ERROR_OPERATION_ABORTED;
        else if (job->type != JOB_DOWNLOAD) upload_file(run, file, buffer, BUFFER_SIZE, &failure);
        else if (!file_has_all(file)) download_file(run, file, buffer, BUFFER_SIZE, &failure);
        file_release(file);
    }
    if (!writeback_wait(&writeback, &not_flushed) && !failure.code) failure = not_flushed;
    run->writeback = NULL;
    requester_destroy(run->requester);
    run->requester = NULL;
    check_network(job, &failure);

    EnterCriticalSection(&queue->lock);
    stored = !failure.code && store_transferred(run, &failure, &when);
    finish_run(run, &failure);
    if (stored && job->state == JOB_TRANSFERRED)
    {
        job->times.completion = job->times.modification = when;
        job->unsaved = FALSE;
    }
    /* Whoever has stopped the run for a call of his stores the job himself. */
    else if (!job->exclusive && (job_save(job, &ticket) || job_wait_stored(job, ticket)))
        WARN("%s is not stored\n", debug_guid(&job->id));
    LeaveCriticalSection(&queue->lock);
}

/* --- session_cancels ----------------------------------------------------------------------------- */

/* Milliseconds since the job was cancelled: by the clock, which goes on while no service runs.  Locked. */
static ULONGLONG cancel_age(const struct job *job)
{
    ULARGE_INTEGER now;

    GetSystemTimeAsFileTime((FILETIME *)&now);
    return now.QuadPart > job->upload->cancelled_at ? (now.QuadPart - job->upload->cancelled_at) / 10000 : 0;
}

/* One attempt is over.  TRUE: there will be no other, the list's reference is the caller's.  Locked. */
static BOOL finish_session_cancel(struct run *run, BOOL done)
{
    struct job *job = run->job;
    ULONGLONG age = cancel_age(job), limit = min(SESSION_CANCEL_MAX_MS, job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000);

    job->run = NULL;
    job->queue->run_count--;
    queue_reschedule(job->queue);
    if (!done && (age < limit || run->stop))
    {
        job->retry_at = now_ms() + min(job->numbers[JOB_MINIMUM_RETRY_DELAY] * 1000, limit - min(age, limit));
        return FALSE;
    }
    if (!done) log_event("%s: the server cannot be told to drop the session", debug_guid(&job->id));
    list_remove(&job->entry);
    job->upload->cancelled_at = 0;
    return TRUE;
}

static void run_session_cancel(struct run *run)
{
    struct job *job = run->job;
    struct queue *queue = job->queue;
    BOOL done = upload_cancel_session(run);
    uint64_t ticket;

    EnterCriticalSection(&queue->lock);
    done = finish_session_cancel(run, done);
    /* Should this not be stored, the server is told once more. */
    if (job_save(job, &ticket)) ticket = 0;
    LeaveCriticalSection(&queue->lock);
    if (ticket) store_wait(queue->store, ticket);
    if (done) job_release(job);
}

/* What a worker begins with: that it can work is known before a job is assigned to it. */
struct worker
{
    struct queue *queue;
    void *buffer; /* BUFFER_SIZE bytes */
};

static void worker_destroy(struct worker *worker)
{
    queue_release(worker->queue);
    if (worker->buffer) VirtualFree(worker->buffer, 0, MEM_RELEASE);
    free(worker);
}

static struct worker *worker_create(struct queue *queue)
{
    struct worker *worker;

    if (!(worker = malloc(sizeof(*worker)))) return NULL;
    queue_addref(queue);
    worker->queue = queue;
    worker->buffer = VirtualAlloc(NULL, BUFFER_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (worker->buffer) return worker;
    worker_destroy(worker);
    return NULL;
}

static unsigned int __stdcall worker_thread(void *context)
{
    struct worker *worker = context;
    struct queue *queue = worker->queue;
    struct assignment *assignment;

    EnterCriticalSection(&queue->lock);
    for (;;)
    {
        if (list_empty(&queue->assigned))
        {
            if (queue->stopping) break;
            queue->idle_workers++;
            SleepConditionVariableCS(&queue->assignment, &queue->lock, WORKER_IDLE_MS);
            queue->idle_workers--;
            if (list_empty(&queue->assigned)) break;
        }
        assignment = LIST_ENTRY_OF(queue->assigned.next, struct assignment, entry);
        list_remove(&assignment->entry);
        LeaveCriticalSection(&queue->lock);

        crash_set_job(&assignment->run.job->id);
        if (assignment->run.cancels_session) run_session_cancel(&assignment->run);
        else run_job(&assignment->run, worker->buffer);
        crash_set_job(NULL);
        if (assignment->run.job->crashed) crash_forget(&assignment->run.job->id);
        job_release(assignment->run.job);
        http_cookie_jar_cleanup(&assignment->cookies);
        free(assignment);
        EnterCriticalSection(&queue->lock);
    }
    queue->worker_count--;
    WakeAllConditionVariable(&queue->workers_ended);
    LeaveCriticalSection(&queue->lock);
    worker_destroy(worker);
    return 0;
}

/* Make sure that somebody takes what was assigned.  Locked. */
static BOOL provide_worker(struct queue *queue)
{
    unsigned int waiting = 0;
    struct worker *worker;
    struct list *entry;
    uintptr_t thread = 0;

    for (entry = queue->assigned.next; entry != &queue->assigned; entry = entry->next) waiting++;
    if (waiting <= queue->idle_workers)
    {
        WakeConditionVariable(&queue->assignment);
        return TRUE;
    }
    if ((worker = worker_create(queue)))
        thread = _beginthreadex(NULL, WORKER_STACK, worker_thread, worker, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread)
    {
        queue->worker_count++;
        CloseHandle((HANDLE)thread);
        return TRUE;
    }
    ERR("cannot make a worker thread\n");
    if (worker) worker_destroy(worker);
    return queue->worker_count > 0; /* one that is at work will take it */
}

/* Locked. */
static void start_job(struct queue *queue, struct job *job, BOOL cancels_session)
{
    struct assignment *assignment;

    /* Without memory or threads it is tried again in a moment. */
    queue->retry_at = now_ms() + RETRY_START_MS;
    if (!(assignment = calloc(1, sizeof(*assignment)))) return;
    assignment->run.job = job;
    assignment->run.pace = &assignment->pace;
    http_cookie_jar_init(&assignment->cookies);
    assignment->run.cookies = &assignment->cookies;
    assignment->run.cancels_session = cancels_session;
    assignment->run.started = now_ms();
    list_add_tail(&queue->assigned, &assignment->entry);
    if (!provide_worker(queue))
    {
        list_remove(&assignment->entry);
        free(assignment);
        return;
    }
    job_addref(job);
    job->run = &assignment->run;
    queue->run_count++;
    queue->retry_at = 0;
    TRACE("%s starts\n", debug_guid(&job->id));
}

/* --- decisions ------------------------------------------------------------------------------------ */

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

static void earliest(ULONGLONG *next, ULONGLONG time)
{
    if (time < *next) *next = time;
}

/* A server that sends nothing, seen while the transfer still waits for it (D-133).  Locked. */
static void check_progress(struct job *job, ULONGLONG now, ULONGLONG *next)
{
    const struct transfer_failure failure = {
        .code = job->attempts ? job->failure.code : ERROR_WINHTTP_TIMEOUT,
        .where = TRANSFER_WHERE_REMOTE_FILE,
        .transient = TRUE,
    };

    if (!job_is_expired(job, now))
    {
        earliest(next, job->stalled_since + job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000);
        return;
    }
    run_stop(job->run);
    job_fail(job, &failure);
}

/* Why a job may not run now; 0: it may.  Locked. */
static transfer_code blocked_by(const struct queue *queue, const struct job *job)
{
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
    if (queue->config.cost && (job_cost_mask(job) & COST_STATES) != COST_STATES) earliest(next, queue->cost_at);
    if (queue->network_down && job->state == JOB_TRANSIENT_ERROR) earliest(next, queue->network_at);
}

/* Timers of one job.  Locked. */
static void check_timers(struct job *job, ULONGLONG now, ULONGLONG *next)
{
    if (job->state == JOB_TRANSIENT_ERROR)
    {
        ULONGLONG expiry = job->stalled_since + job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000;

        if (job_is_expired(job, now)) job_give_up(job);                                    /* B-034, B-552 */
        else if (job->retry_at && now >= job->retry_at) job_change_state(job, JOB_QUEUED); /* B-031 */
        else
        {
            if (job->retry_at) earliest(next, job->retry_at);
            earliest(next, expiry);
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
        else earliest(next, end);
    }
}

/* Servers that are to be told of a Cancel.  For a while this counts as work; then the service may end, and the next one
 * goes on with it.  Locked. */
static BOOL check_session_cancels(struct queue *queue, ULONGLONG now, ULONGLONG *next)
{
    BOOL working = FALSE;
    struct job *job;

    LIST_FOR_EACH(job, &queue->session_cancels, struct job, entry)
    {
        if (!job->run && now < job->retry_at) earliest(next, job->retry_at);
        else if (!job->run && queue->run_count < WORKERS_MAX + 1) start_job(queue, job, TRUE);
        if (job->run || cancel_age(job) < ACTIVE_RETRY_MS) working = TRUE;
    }
    return working;
}

/* Of two background jobs that run since somebody changed a priority, the one that may go on.  Locked. */
static struct job *one_of_two(struct job *running, struct job *job)
{
    struct job *loser;

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

/* What was decided since the last time is stored, whoever decided it; what a call or a run works on is stored by them.
 * What cannot be stored is tried again, for as long as it takes.  Locked; releases the lock meanwhile. */
static void save_decisions(struct queue *queue)
{
    struct job *job;
    uint64_t ticket;

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

static BOOL any_unsaved(const struct queue *queue)
{
    const struct job *job;

    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (job->unsaved && !job->exclusive && !job->run) return TRUE;
    return FALSE;
}

/* Who looks into the log finds why a job is QUEUED.  Locked. */
static void note_waits(struct queue *queue, const struct job *running)
{
    struct job *job;

    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (job->state != JOB_QUEUED || job->run || !is_background(queue, job)) continue;
        if (IsEqualGUID(&job->waits_for, &running->id)) continue;
        job->waits_for = running->id;
        log_event("%s is QUEUED: %s has the turn", debug_guid(&job->id), debug_guid(&running->id));
    }
}

/* One look at everything: start what may run.  Returns when to look again at the latest, and whether there is work. */
static ULONGLONG schedule_pass(struct queue *queue, BOOL *working)
{
    struct job *job, *after, *running = NULL, *best = NULL, *foreground = NULL;
    ULONGLONG now = now_ms(), next = ~(ULONGLONG)0;

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
            else if (!foreground || job->turn < foreground->turn) foreground = job;
        }
        if (job->state == JOB_QUEUED || job->state == JOB_CONNECTING || job->state == JOB_TRANSFERRING ||
            (job->state == JOB_TRANSIENT_ERROR && job->retry_at && job->retry_at - now < ACTIVE_RETRY_MS))
            *working = TRUE;
    }

    if (foreground)
    {
        /* One after the other, in their turns: the start of one is a change that leads here again. */
        if (queue->run_count < WORKERS_MAX + 1)
        {
            start_job(queue, foreground, FALSE);
            queue_reschedule(queue);
        }
        else if (!yield_slot(queue, now)) earliest(&next, now + SLOW_MS / 4);
    }
    if (best && !running) start_job(queue, best, FALSE);
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
        else if (best->numbers[JOB_PRIORITY] == running->numbers[JOB_PRIORITY]) earliest(&next, slice_end);
    }
    if (running) note_waits(queue, running);
    return next;
}

/* --- housekeeping ---------------------------------------------------------------------------------- */

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

    GetSystemTimeAsFileTime((FILETIME *)&now);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (is_too_old(job, now.QuadPart, days)) return job;
    return NULL;
}

/* Cancel what nobody has cared for.  Locked; releases the lock meanwhile. */
static void tidy(struct queue *queue)
{
    ULONGLONG days;
    struct job *job;

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

/* Tell the service about changes of what it has to do.  Locked; releases the lock meanwhile. TRUE: told something. */
static BOOL tell_activity(struct queue *queue, BOOL working)
{
    BOOL jobs = queue->job_count > 0 || !list_empty(&queue->session_cancels);

    if (queue->told && working == queue->working && jobs == queue->has_jobs) return FALSE;
    queue->told = TRUE;
    queue->working = working;
    queue->has_jobs = jobs;
    LeaveCriticalSection(&queue->lock);
    if (queue->config.activity) queue->config.activity(queue->config.context, working, jobs);
    EnterCriticalSection(&queue->lock);
    return TRUE;
}

/* --- policies and the network ------------------------------------------------------------------------ */

/* Read them, and see what they mean now.  Locked; releases the lock meanwhile. */
static void refresh_policies(struct queue *queue)
{
    uint32_t costs[ARRAYSIZE(queue->costs)];
    uint64_t limits[2][BANDWIDTH_LEVELS], slice;
    struct bandwidth_policy policy;
    SYSTEMTIME time;
    unsigned int i;

    /* What changes while they are read makes this 0 again. */
    queue->policies_at = NEVER;
    LeaveCriticalSection(&queue->lock);
    policy_read_bandwidth(&policy);
    policy_read_costs(costs);
    slice = policy_time_slice() * 1000ull;
    GetLocalTime(&time);
    for (i = 0; i < ARRAYSIZE(limits); i++) bandwidth_evaluate(&policy, time.wDayOfWeek, time.wHour, i, limits[i]);
    EnterCriticalSection(&queue->lock);
    queue->time_slice = slice;
    if (!queue->config.profile->all_parallel) memcpy(queue->costs, costs, sizeof(queue->costs)); /* a policy of BITS */
    for (i = 0; i < ARRAYSIZE(limits); i++) memcpy(&queue->bandwidth[i][JOB_HIGH], limits[i], sizeof(limits[i]));
    /* The next hour may have another limit; counted from here, whatever becomes of the clock (B-556). */
    if (queue->policies_at == NEVER && (policy.simple || policy.profiles || policy.maintenance_profile))
        queue->policies_at = now_ms() + (60 - time.wMinute) * 60000ull - time.wSecond * 1000ull;
    WakeAllConditionVariable(&queue->paced);
}

/* Locked; releases the lock meanwhile. */
static void refresh_cost(struct queue *queue)
{
    uint32_t cost;

    queue->cost_at = now_ms() + COST_INTERVAL_MS;
    LeaveCriticalSection(&queue->lock);
    cost = queue->config.cost(queue->config.context);
    EnterCriticalSection(&queue->lock);
    queue->cost = cost;
}

/* B-032: with the network all jobs come back.  Locked; releases the lock meanwhile. */
static void refresh_network(struct queue *queue)
{
    struct job *job, *after;
    BOOL up;

    queue->network_at = now_ms() + NETWORK_INTERVAL_MS;
    LeaveCriticalSection(&queue->lock);
    up = network_is_up();
    EnterCriticalSection(&queue->lock);
    if (!up || !queue->network_down) return;
    log_event("the network is back");
    queue->network_down = FALSE;
    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry)
        if (job->state == JOB_TRANSIENT_ERROR) job_change_state(job, JOB_QUEUED);
}

/* Whether a job has a reason to wait for a change of what is looked at.  Locked. */
static BOOL any_job_waits(struct queue *queue, BOOL for_cost)
{
    struct job *job;

    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (for_cost && (job_cost_mask(job) & COST_STATES) != COST_STATES) return TRUE;
        if (!for_cost && job->state == JOB_TRANSIENT_ERROR) return TRUE;
    }
    return FALSE;
}

/* What has to be known before anything is scheduled.  Locked; releases the lock meanwhile. */
static void refresh(struct queue *queue)
{
    ULONGLONG now = now_ms();

    if (now >= queue->policies_at) refresh_policies(queue);
    if (queue->config.cost && now >= queue->cost_at && any_job_waits(queue, TRUE)) refresh_cost(queue);
    if (queue->network_down && now >= queue->network_at && any_job_waits(queue, FALSE)) refresh_network(queue);
}

static void policies_changed(void *context)
{
    struct queue *queue = context;

    EnterCriticalSection(&queue->lock);
    queue->policies_at = 0;
    queue_reschedule(queue);
    LeaveCriticalSection(&queue->lock);
}

static unsigned int __stdcall scheduler_thread(void *context)
{
    struct queue *queue = context;
    ULONGLONG next, now;
    BOOL working;

    EnterCriticalSection(&queue->lock);
    while (!queue->stopping)
    {
        queue->reschedule = FALSE;
        if (now_ms() >= queue->tidy_at) tidy(queue);
        refresh(queue);
        next = schedule_pass(queue, &working);
        if (any_unsaved(queue))
        {
            if (now_ms() < queue->save_at) earliest(&next, queue->save_at);
            else
            {
                save_decisions(queue);
                continue;
            }
        }
        if (queue->retry_at) earliest(&next, queue->retry_at);
        if (tell_activity(queue, working)) continue;
        /* An idle service wakes for nothing: old jobs are looked for only where there are any. */
        if (queue->job_count) earliest(&next, queue->tidy_at);
        if (queue->job_count) earliest(&next, queue->policies_at);
        if (queue->kept_count && now_ms() >= queue->kept_until) commit_close_all(queue);
        if (queue->kept_count) earliest(&next, queue->kept_until);
        if (queue->reschedule || queue->stopping) continue;
        now = now_ms();
        SleepConditionVariableCS(&queue->schedule, &queue->lock,
                                 next == ~(ULONGLONG)0 ? INFINITE
                                 : next <= now         ? 0
                                                       : min(next - now, 0x7fffffff));
    }
    LeaveCriticalSection(&queue->lock);
    return 0;
}

/* --- start and stop ------------------------------------------------------------------------------------ */

transfer_code scheduler_start(struct queue *queue)
{
    uintptr_t thread = _beginthreadex(NULL, WORKER_STACK, scheduler_thread, queue, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                      NULL);

    if (!thread) return ERROR_NOT_ENOUGH_MEMORY;
    queue->scheduler = (HANDLE)thread;
    queue->policy_watch = policy_watch_create(policies_changed, queue);
    return TRANSFER_OK;
}

void scheduler_stop(struct queue *queue)
{
    ULONGLONG deadline = now_ms() + STOP_TIMEOUT_MS, now;
    struct assignment *assignment, *after;
    struct job *job;

    policy_watch_destroy(queue->policy_watch);
    queue->policy_watch = NULL;
    EnterCriticalSection(&queue->lock);
    queue->stopping = TRUE;
    queue_reschedule(queue);
    LeaveCriticalSection(&queue->lock);
    if (queue->scheduler)
    {
        WaitForSingleObject(queue->scheduler, INFINITE);
        CloseHandle(queue->scheduler);
        queue->scheduler = NULL;
    }

    EnterCriticalSection(&queue->lock);
    LIST_FOR_EACH_SAFE(assignment, after, &queue->assigned, struct assignment, entry)
    {
        /* No worker has it yet. */
        list_remove(&assignment->entry);
        assignment->run.job->run = NULL;
        queue->run_count--;
        job_release(assignment->run.job);
        free(assignment);
    }
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (job->run) run_stop(job->run);
    LIST_FOR_EACH(job, &queue->session_cancels, struct job, entry)
        if (job->run) run_stop(job->run);
    WakeAllConditionVariable(&queue->assignment);
    WakeAllConditionVariable(&queue->run_ended);
    while (queue->worker_count && (now = now_ms()) < deadline)
        SleepConditionVariableCS(&queue->workers_ended, &queue->lock, deadline - now);
    if (queue->worker_count) WARN("%u workers do not end\n", queue->worker_count);
    LeaveCriticalSection(&queue->lock);
    queue_interrupt_events(queue);
    queue_interrupt_single_events(queue);
}
