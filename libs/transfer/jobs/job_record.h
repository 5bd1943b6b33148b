/*
 * Jobs as the store keeps them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_JOB_RECORD_H
#define WINE_BITS_TRANSFER_JOBS_JOB_RECORD_H

#include "store/record.h"
#include "transfer/jobs/queue.h"

/* The whole job.  ERROR_OUTOFMEMORY, and what encryption fails with.  Locked. */
transfer_code job_write_record(const struct job *job, struct record_writer *writer);

/* NULL: invalid, or no memory.  With a reference for the caller; in no list yet. */
struct job *job_read_record(struct queue *queue, const GUID *id, const void *data, size_t size);

/* How far its files are.  Locked. */
transfer_code job_write_progress(const struct job *job, struct record_writer *writer);
void job_read_progress(struct job *job, const void *data, size_t size);

#endif
