/*
 * What happened, in order and coalesced, for whoever tells the clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A job that has news is in the list once, at the place of its oldest news; what happens to it before it is
 * given out is merged.  So the list is never longer than the queue, however slow its reader.
 */

#include "transfer/internal.h"

void event_post(struct job *job, uint32_t events)
{
    struct news *news = job_is_single(job) ? &job->queue->single_news : &job->queue->news;

    /* Leaving a state takes back the news of having entered it. */
    if (events & JOB_EVENT_LEFT) job->events &= ~(JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR);
    job->events |= events;
    if (list_empty(&job->event_entry))
    {
        job_addref(job);
        list_add_tail(&news->jobs, &job->event_entry);
        WakeConditionVariable(&news->arrived);
    }
}

static BOOL next_event(struct queue *queue, struct news *news, DWORD timeout, struct job **job, uint32_t *events)
{
    ULONGLONG deadline = timeout == INFINITE ? 0 : now_ms() + timeout;
    BOOL found = FALSE;

    EnterCriticalSection(&queue->lock);
    while (list_empty(&news->jobs) && !news->interrupt)
    {
        DWORD wait = INFINITE;

        if (timeout != INFINITE)
        {
            ULONGLONG now = now_ms();

            if (now >= deadline) break;
            wait = deadline - now;
        }
        SleepConditionVariableCS(&news->arrived, &queue->lock, wait);
    }
    news->interrupt = FALSE;
    if (!list_empty(&news->jobs))
    {
        *job = LIST_ENTRY_OF(news->jobs.next, struct job, event_entry);
        *events = (*job)->events;
        (*job)->events = 0;
        list_remove(&(*job)->event_entry); /* its reference is the caller's now */
        found = TRUE;
    }
    LeaveCriticalSection(&queue->lock);
    return found;
}

static void interrupt_events(struct queue *queue, struct news *news)
{
    EnterCriticalSection(&queue->lock);
    news->interrupt = TRUE;
    WakeConditionVariable(&news->arrived);
    LeaveCriticalSection(&queue->lock);
}

BOOL queue_next_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events)
{
    return next_event(queue, &queue->news, timeout, job, events);
}

void queue_interrupt_events(struct queue *queue)
{
    interrupt_events(queue, &queue->news);
}

BOOL queue_next_single_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events)
{
    return next_event(queue, &queue->single_news, timeout, job, events);
}

void queue_interrupt_single_events(struct queue *queue)
{
    interrupt_events(queue, &queue->single_news);
}
