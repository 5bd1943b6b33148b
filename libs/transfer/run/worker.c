/*
 * Threads that run jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A worker runs one job at a time and waits a while for the next before it ends.
 */

#include <winsock2.h>
#include <windows.h>
#include <process.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/debug.h"
#include "base/list.h"
#include "http/cancel.h"
#include "store/store.h"
#include "transfer/attempt/http_session.h"
#include "transfer/attempt/pace.h"
#include "transfer/conditions/network.h"
#include "transfer/download/download.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/file_state.h"
#include "transfer/run/worker.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsschedule);

#define WORKER_IDLE_MS 10000
#define WORKER_STACK (256 * 1024)
#define BUFFER_SIZE (1024 * 1024)

/* How long to try to notify the server of a cancelled upload (U-179). */
#define SESSION_CANCEL_MAX_MS (24ull * 60 * 60 * 1000)

/* After a start that failed for want of something that may be there again. */
#define RETRY_START_MS 1000

/* What a worker is given. */
struct assignment
{
    struct list entry;
    struct run run;
    struct pace pace;
    struct http_cookie_jar cookies;
};

/* The transfer has ended: what becomes of the job.  Locked. */
static void finish_run(struct run *run, const struct transfer_failure *failure)
{
    struct job *job = run->job;

    queue_assert_locked(run->job->queue);
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

    queue_assert_locked(run->job->queue);
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

/* --- sessions of cancelled uploads ------------------------------------------------------------------- */

ULONGLONG worker_cancel_age(const struct job *job)
{
    ULARGE_INTEGER now;

    queue_assert_locked(job->queue);
    GetSystemTimeAsFileTime((FILETIME *)&now);
    return now.QuadPart > job->upload->cancelled_at ? (now.QuadPart - job->upload->cancelled_at) / 10000 : 0;
}

/* One attempt is over.  TRUE: there will be no other, the list's reference is the caller's.  Locked. */
static BOOL finish_session_cancel(struct run *run, BOOL done)
{
    struct job *job = run->job;
    ULONGLONG age = worker_cancel_age(job),
              limit = min(SESSION_CANCEL_MAX_MS, job->numbers[JOB_NO_PROGRESS_TIMEOUT] * 1000);

    queue_assert_locked(run->job->queue);
    job->run = NULL;
    job->queue->run_count--;
    queue_reschedule(job->queue);
    if (!done && (age < limit || run->stop))
    {
        job->retry_at = now_ms() + min(job->numbers[JOB_MINIMUM_RETRY_DELAY] * 1000, limit - min(age, limit));
        return FALSE;
    }
    if (!done) log_event("%s: the server could not be asked to drop the session", debug_guid(&job->id));
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
    /* Should this not be stored, the server is notified once more. */
    if (job_save(job, &ticket)) ticket = 0;
    LeaveCriticalSection(&queue->lock);
    if (ticket) store_wait(queue->store, ticket);
    if (done) job_release(job);
}

/* --- threads -------------------------------------------------------------------------------------------- */

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

    queue_assert_locked(queue);
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

void worker_start(struct queue *queue, struct job *job, BOOL cancels_session)
{
    struct assignment *assignment;

    queue_assert_locked(queue);
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

void worker_drop_assigned(struct queue *queue)
{
    struct assignment *assignment, *after;

    queue_assert_locked(queue);
    LIST_FOR_EACH_SAFE(assignment, after, &queue->assigned, struct assignment, entry)
    {
        list_remove(&assignment->entry);
        assignment->run.job->run = NULL;
        queue->run_count--;
        job_release(assignment->run.job);
        free(assignment);
    }
}
