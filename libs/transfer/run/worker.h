/*
 * Threads that run jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_RUN_WORKER_H
#define WINE_BITS_TRANSFER_RUN_WORKER_H

#include "transfer/jobs/queue.h"

/* Jobs of the foreground that run at once; one of the background comes on top.  Each costs a thread, and in Wine a
 * thread a megabyte.  More servers than that may be slow: see yield_slot in decide.c. */
#define WORKERS_MAX 16

/* Hand a job to a worker, or to a new one.  cancels_session: it is the server of a cancelled upload that is to be told.
 * Without memory or threads nothing happens, and queue->retry_at says when to try again.  Locked. */
void worker_start(struct queue *queue, struct job *job, BOOL cancels_session);

/* Take back what no worker has yet.  Locked. */
void worker_drop_assigned(struct queue *queue);

/* Milliseconds since the job was cancelled: by the clock, which goes on while no service runs.  Locked. */
ULONGLONG worker_cancel_age(const struct job *job);

#endif
