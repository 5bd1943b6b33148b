/*
 * Jobs as the store keeps them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_JOB_RECORD_H
#define WINE_BITS_TRANSFER_JOBS_JOB_RECORD_H

#include "store/record.h"
#include "transfer/jobs/queue.h"

/* The whole job.  ERROR_OUTOFMEMORY, and what encryption fails with.  Locked. */
transfer_code job_write_record(struct job *job, struct record_writer *writer);

/* Encrypt credentials that nobody has yet; otherwise job_write_record does it.  Errors of secret_seal.  Takes its time:
 * better without the lock. */
transfer_code job_seal_credentials(struct credentials *credentials);

/* *job: with a reference for the caller; in no list yet.  STORE_FILE_CORRUPT: the record makes no sense;
 * ERROR_OUTOFMEMORY. */
transfer_code job_read_record(struct queue *queue, const GUID *id, const void *data, size_t size, struct job **job);

/* One file.  set_end: the place behind the last one that was added with it.  Errors are the writer's.  Locked. */
void job_write_file(const struct file *file, unsigned int set_end, struct record_writer *writer);

/* How far it is.  Locked. */
void job_write_progress(const struct file *file, struct record_writer *writer);

/* Whether a record is of a file rather than of a job. */
BOOL job_is_file_record(const void *data, size_t size);

/* The file of such a record and its progress (NULL: none), of no job yet, for file_free.  Errors as above. */
transfer_code job_read_file(const void *data, size_t size, const void *progress, size_t progress_size, GUID *owner,
                            unsigned int *set_end, struct file **file);

#endif
