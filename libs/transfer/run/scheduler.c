/*
 * The scheduler's thread: looks at the jobs whenever something has changed or a timer is due.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <process.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "transfer/conditions/policywatch.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/run/decide.h"
#include "transfer/run/housekeeping.h"
#include "transfer/run/refresh.h"
#include "transfer/run/worker.h"

DEBUG_CHANNEL(bitsschedule);

#define SCHEDULER_STACK (256 * 1024)
#define STOP_TIMEOUT_MS 1800

static unsigned int __stdcall scheduler_thread(void *context)
{
    struct queue *queue = context;
    ULONGLONG next, now;
    BOOL working;

    EnterCriticalSection(&queue->lock);
    while (!queue->stopping)
    {
        queue->reschedule = FALSE;
        if (now_ms() >= queue->tidy_at) housekeeping_tidy(queue);
        refresh_conditions(queue);
        next = decide_pass(queue, &working);
        if (decide_any_unsaved(queue))
        {
            if (now_ms() < queue->save_at) decide_earliest(&next, queue->save_at);
            else
            {
                decide_save(queue);
                continue;
            }
        }
        if (queue->retry_at) decide_earliest(&next, queue->retry_at);
        if (housekeeping_report_activity(queue, working)) continue;
        /* An idle service wakes for nothing: old jobs are looked for only where there are any. */
        if (queue->job_count) decide_earliest(&next, queue->tidy_at);
        if (queue->job_count) decide_earliest(&next, queue->policies_at);
        if (queue->kept_count && now_ms() >= queue->kept_until) commit_close_all(queue);
        if (queue->kept_count) decide_earliest(&next, queue->kept_until);
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
    uintptr_t thread = _beginthreadex(NULL, SCHEDULER_STACK, scheduler_thread, queue, STACK_SIZE_PARAM_IS_A_RESERVATION,
                                      NULL);

    if (!thread) return ERROR_NOT_ENOUGH_MEMORY;
    queue->scheduler = (HANDLE)thread;
    queue->policy_watch = policy_watch_create(refresh_policies_changed, queue);
    return TRANSFER_OK;
}

void scheduler_stop(struct queue *queue)
{
    ULONGLONG deadline = now_ms() + STOP_TIMEOUT_MS, now;
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
    worker_drop_assigned(queue);
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
