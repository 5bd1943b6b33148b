/*
 * What happened, in order and coalesced, for what notifies the clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A job that has events is in the list once, at the place of its oldest event; what happens to it before it is
 * given out is merged.  So the list is never longer than the queue, however slow its reader.
 */

#include "base/clock.h"
#include "base/list.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/queue.h"

void event_post(struct job *job, uint32_t events)
{
    struct event_list *list = job_is_single(job) ? &job->queue->download_events : &job->queue->events;

    queue_assert_locked(job->queue);
    /* Leaving a state withdraws the event of having entered it. */
    if (events & JOB_EVENT_LEFT) job->events &= ~(JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR);
    job->events |= events;
    if (list_empty(&job->event_entry))
    {
        job_addref(job);
        list_add_tail(&list->jobs, &job->event_entry);
        WakeConditionVariable(&list->arrived);
    }
}

static BOOL next_event(struct queue *queue, struct event_list *list, DWORD timeout, struct job **job, uint32_t *events)
{
    ULONGLONG deadline = timeout == INFINITE ? 0 : now_ms() + timeout;
    BOOL found = FALSE;

    EnterCriticalSection(&queue->lock);
    while (list_empty(&list->jobs) && !list->interrupt)
    {
        DWORD wait = INFINITE;

        if (timeout != INFINITE)
        {
            ULONGLONG now = now_ms();

            if (now >= deadline) break;
            wait = deadline - now;
        }
        SleepConditionVariableCS(&list->arrived, &queue->lock, wait);
    }
    list->interrupt = FALSE;
    if (!list_empty(&list->jobs))
    {
        *job = LIST_ENTRY_OF(list->jobs.next, struct job, event_entry);
        *events = (*job)->events;
        (*job)->events = 0;
        list_remove(&(*job)->event_entry); /* its reference is the caller's now */
        found = TRUE;
    }
    LeaveCriticalSection(&queue->lock);
    return found;
}

static void interrupt_events(struct queue *queue, struct event_list *list)
{
    EnterCriticalSection(&queue->lock);
    list->interrupt = TRUE;
    WakeConditionVariable(&list->arrived);
    LeaveCriticalSection(&queue->lock);
}

BOOL queue_next_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events)
{
    return next_event(queue, &queue->events, timeout, job, events);
}

void queue_interrupt_events(struct queue *queue)
{
    interrupt_events(queue, &queue->events);
}

BOOL queue_next_single_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events)
{
    return next_event(queue, &queue->download_events, timeout, job, events);
}

void queue_interrupt_single_events(struct queue *queue)
{
    interrupt_events(queue, &queue->download_events);
}
