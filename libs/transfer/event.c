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
    struct queue *queue = job->queue;

    /* Leaving a state takes back the news of having entered it. */
    if (events & JOB_EVENT_LEFT) job->events &= ~(JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR);
    job->events |= events;
    if (list_empty(&job->event_entry))
    {
        job_addref(job);
        list_add_tail(&queue->news, &job->event_entry);
        WakeConditionVariable(&queue->news_arrived);
    }
}

BOOL queue_next_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events)
{
    ULONGLONG deadline = timeout == INFINITE ? 0 : now_ms() + timeout;
    BOOL found = FALSE;

    EnterCriticalSection(&queue->lock);
    while (list_empty(&queue->news) && !queue->interrupt_news)
    {
        DWORD wait = INFINITE;

        if (timeout != INFINITE)
        {
            ULONGLONG now = now_ms();

            if (now >= deadline) break;
            wait = deadline - now;
        }
        SleepConditionVariableCS(&queue->news_arrived, &queue->lock, wait);
    }
    queue->interrupt_news = FALSE;
    if (!list_empty(&queue->news))
    {
        *job = LIST_ENTRY_OF(queue->news.next, struct job, event_entry);
        *events = (*job)->events;
        (*job)->events = 0;
        list_remove(&(*job)->event_entry);      /* its reference is the caller's now */
        found = TRUE;
    }
    LeaveCriticalSection(&queue->lock);
    return found;
}

void queue_interrupt_events(struct queue *queue)
{
    EnterCriticalSection(&queue->lock);
    queue->interrupt_news = TRUE;
    WakeConditionVariable(&queue->news_arrived);
    LeaveCriticalSection(&queue->lock);
}
