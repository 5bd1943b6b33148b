/*
 * Changes of jobs on their way to the store.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A job has one record, and one for each of its files: what is small stays small.  A call of a client owns the job from
 * job_begin_change to its end, so that what it has to undo when the store fails is as it left it.
 */

#include <windows.h>

#include "base/crash.h"
#include "base/debug.h"
#include "store/record.h"
#include "store/store.h"
#include "transfer/jobs/job_record.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsjob);

/* Whether the job is to be found again by the next service: as it is, or (volatile) for its temporary file's sake,
 * which that one deletes. */
static BOOL belongs_in_store(const struct job *job)
{
    if (job_is_cancelling_session(job) || job->cancelled) return TRUE;
    if (job_state_is_final(job->state)) return FALSE;
    if (job_is_single(job) && (job->stream || (job->file_count && !job->files[0]->local))) return FALSE;
    return !job->numbers[JOB_VOLATILE] || (job->file_count && job->files[0]->temporary);
}

/* The store knows a file by its job's id and its place. */
static void file_record_id(const struct file *file, struct journal_id *id)
{
    uint32_t number;

    memcpy(id, &file->job->id, sizeof(*id));
    memcpy(&number, id->bytes, sizeof(number));
    number ^= file->index + 1;
    memcpy(id->bytes, &number, sizeof(number));
}

static transfer_code append(struct store *store, enum journal_kind kind, const struct journal_id *id,
                            struct record_writer *writer, uint64_t *ticket)
{
    const uint8_t *data;
    size_t size;

    if (!record_writer_finish(writer, &data, &size)) return ERROR_OUTOFMEMORY;
    return store_append(store, kind, id, data, size, ticket);
}

transfer_code job_append_file(struct file *file, unsigned int set_end, uint64_t *ticket)
{
    struct record_writer writer;
    struct journal_id id;
    transfer_code code;

    queue_assert_locked(file->job->queue);
    record_writer_init(&writer);
    file_record_id(file, &id);
    job_write_file(file, set_end, &writer);
    code = append(file->job->queue->store, JOURNAL_PUT, &id, &writer, ticket);
    record_writer_cleanup(&writer);
    return code;
}

transfer_code job_append_progress(struct file *file, uint64_t *ticket)
{
    struct record_writer writer;
    struct journal_id id;
    transfer_code code;

    queue_assert_locked(file->job->queue);
    *ticket = 0;
    if (!file->job->queue->store) return ERROR_SHUTDOWN_IN_PROGRESS;
    /* What has another state in the store than its progress belongs to is stored whole. */
    if (file->unsaved || file->job->reply == file) return job_save(file->job, ticket);
    record_writer_init(&writer);
    file_record_id(file, &id);
    job_write_progress(file, &writer);
    code = append(file->job->queue->store, JOURNAL_PROGRESS, &id, &writer, ticket);
    record_writer_cleanup(&writer);
    return code;
}

/* What the store has of the job goes: the job's own record first, without which the others are nothing. */
static transfer_code append_delete(struct job *job, uint64_t *ticket)
{
    struct store *store = job->queue->store;
    struct journal_id id;
    transfer_code code;
    unsigned int i;
    uint64_t later;

    if ((code = store_append(store, JOURNAL_DELETE, (const struct journal_id *)&job->id, NULL, 0, ticket))) return code;
    job->stored = FALSE;
    for (i = 0; i < job->file_count; i++)
    {
        file_record_id(job->files[i], &id);
        if (store_append(store, JOURNAL_DELETE, &id, NULL, 0, &later)) break; /* found without a job later */
    }
    return TRANSFER_OK;
}

transfer_code job_save(struct job *job, uint64_t *ticket)
{
    struct store *store = job->queue->store;
    struct record_writer writer;
    transfer_code code = TRANSFER_OK;
    unsigned int i;

    queue_assert_locked(job->queue);
    *ticket = 0;
    if (!store) return ERROR_SHUTDOWN_IN_PROGRESS;
    if (!belongs_in_store(job))
    {
        job->unsaved = FALSE;
        return job->stored ? append_delete(job, ticket) : TRANSFER_OK;
    }

    for (i = 0; i < job->file_count && !code; i++)
    {
        if (!job->files[i]->unsaved && job->stored) continue;
        if (!(code = job_append_file(job->files[i], i + 1, ticket))) job->files[i]->unsaved = FALSE;
    }
    record_writer_init(&writer);
    if (!code) code = job_write_record(job, &writer);
    if (!code) code = append(store, JOURNAL_PUT, (const struct journal_id *)&job->id, &writer, ticket);
    record_writer_cleanup(&writer);
    if (code) job_not_saved(job);
    else job->stored = TRUE;
    job->unsaved = code != TRANSFER_OK;
    return code;
}

void job_not_saved(struct job *job)
{
    unsigned int i;

    queue_assert_locked(job->queue);
    job->unsaved = TRUE;
    for (i = 0; i < job->file_count; i++) job->files[i]->unsaved = TRUE;
}

/* Wait until nobody else works on the job.  Locked. */
static void wait_exclusive(struct job *job)
{
    queue_assert_locked(job->queue);
    while (job->exclusive) SleepConditionVariableCS(&job->queue->run_ended, &job->queue->lock, INFINITE);
}

transfer_code job_begin_change(struct job *job)
{
    EnterCriticalSection(&job->queue->lock);
    wait_exclusive(job);
    if (!job_state_is_final(job->state))
    {
        job->exclusive = TRUE;
        crash_set_job(&job->id);
        job_touch(job);
        return TRANSFER_OK;
    }
    LeaveCriticalSection(&job->queue->lock);
    return TRANSFER_E_INVALID_STATE;
}

void job_end_change(struct job *job)
{
    job->exclusive = FALSE;
    crash_set_job(NULL);
    WakeAllConditionVariable(&job->queue->run_ended);
    queue_reschedule(job->queue);
    LeaveCriticalSection(&job->queue->lock);
}

transfer_code job_wait_stored(struct job *job, uint64_t ticket)
{
    struct queue *queue = job->queue;
    transfer_code code;

    queue_assert_locked(job->queue);
    if (!ticket) return TRANSFER_OK;
    LeaveCriticalSection(&queue->lock);
    code = store_wait(queue->store, ticket);
    EnterCriticalSection(&queue->lock);
    if (code) job_not_saved(job);
    return code;
}

static transfer_code store_change(struct job *job, BOOL ending)
{
    transfer_code code;
    uint64_t ticket;

    if (!(code = job_save(job, &ticket)))
    {
        if (ending) store_allow_reserve(job->queue->store, ticket);
        code = job_wait_stored(job, ticket);
    }
    if (code)
    {
        ERR("%s: the change is not stored, error %u\n", debug_guid(&job->id), code);
        log_event("%s cannot be stored: error %u", debug_guid(&job->id), code);
    }
    return code;
}

transfer_code job_store_change(struct job *job)
{
    queue_assert_locked(job->queue);
    return store_change(job, FALSE);
}

transfer_code job_store_end(struct job *job)
{
    return store_change(job, TRUE);
}

void job_forget(struct job *job)
{
    uint64_t ticket;

    queue_assert_locked(job->queue);
    if (job->queue->store && job->stored && append_delete(job, &ticket))
        WARN("%s stays in the store\n", debug_guid(&job->id));
}

transfer_code job_store_delete(struct job *job)
{
    transfer_code code;
    uint64_t ticket;

    queue_assert_locked(job->queue);
    if (!job->queue->store) return ERROR_SHUTDOWN_IN_PROGRESS;
    if (!job->stored) return TRANSFER_OK;
    if (!(code = append_delete(job, &ticket)) && (code = job_wait_stored(job, ticket))) job->stored = TRUE;
    if (code) log_event("%s cannot be deleted from the store: error %u", debug_guid(&job->id), code);
    return code;
}

transfer_code job_commit(struct job *job)
{
    transfer_code code = job_store_change(job);

    job_end_change(job);
    return code;
}
