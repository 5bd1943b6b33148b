/*
 * One transfer of a job under way.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "http/cancel.h"
#include "http/http.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/jobs/stream.h"

void run_stop(struct run *run)
{
    unsigned int i;

    queue_assert_locked(run->job->queue);
    run->stop = TRUE;
    if (run->exchange) http_exchange_cancel(run->exchange);
    for (i = 0; i < RUN_HELPERS; i++)
        if (run->helpers[i]) http_exchange_cancel(run->helpers[i]);
    if (run->waiting) http_cancel_request(run->waiting);
    WakeAllConditionVariable(&run->job->queue->paced);
    if (run->job->stream) stream_wake(run->job->stream);
    for (i = 0; i < run->job->file_count; i++)
        if (run->job->files[i]->stream) stream_wake(run->job->files[i]->stream);
}
