/*
 * Where a file goes and what it is checked against, said after it was added.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/stream.h"

DEBUG_CHANNEL(bitsjob);

/* Lock for a change of file; TRANSFER_E_INVALID_STATE, unlocked again, while it may be on its way (D-264). */
static transfer_code begin_change(struct file *file)
{
    struct job *job = file->job;
    transfer_code code;

    if ((code = job_begin_change(job))) return code;
    switch (job->state)
    {
    case JOB_QUEUED:
    case JOB_CONNECTING:
    case JOB_TRANSFERRING: break;
    default:
        if (!job->run) return TRANSFER_OK;
        break;
    }
    job_end_change(job);
    return TRANSFER_E_INVALID_STATE;
}

static transfer_code end_change(struct file *file, transfer_code code)
{
    if (code)
    {
        job_end_change(file->job);
        return code;
    }
    file->unsaved = TRUE;
    job_modified(file->job);
    return job_commit(file->job);
}

/* --- sinks ------------------------------------------------------------------------------- */

transfer_code file_set_local_name(struct file *file, const WCHAR *name)
{
    transfer_code code;
    WCHAR *copy;

    if ((code = name_resolve_local(name, NULL, NAME_FOR_DOWNLOAD, &copy))) return code;
    if ((code = begin_change(file)))
    {
        free(copy);
        return code;
    }
    if (file->stream) code = TRANSFER_E_SINK_SET;
    else if (file->temporary || file_has_all(file)) code = TRANSFER_E_INVALID_STATE;
    else
    {
        WCHAR *previous = file->local;

        file->local = copy;
        copy = previous;
    }
    code = end_change(file, code);
    free(copy);
    return code;
}

/* Whoever brings another stream for a file that has begun gets what is still missing (D-151). */
transfer_code file_set_stream(struct file *file, const struct job_stream *target)
{
    struct stream *stream = NULL;
    transfer_code code;

    if (target && !(stream = stream_create(target))) return ERROR_OUTOFMEMORY;
    if ((code = begin_change(file)))
    {
        stream_release(stream);
        return code;
    }
    if (file->local && stream) code = TRANSFER_E_SINK_SET;
    else if (!file->local)
    {
        struct stream *previous = file->stream;

        file->stream = stream;
        stream = previous;
    }
    code = end_change(file, code);
    stream_release(stream);
    return code;
}

void *file_get_stream(struct file *file, void (*addref)(void *context))
{
    void *context;

    EnterCriticalSection(&file->job->queue->lock);
    if ((context = file->stream ? stream_context(file->stream) : NULL)) addref(context);
    LeaveCriticalSection(&file->job->queue->lock);
    return context;
}

/* The next stream of job that it still has, which the job then has no more. */
static struct stream *take_stream(struct job *job)
{
    struct stream *stream;
    unsigned int i;

    EnterCriticalSection(&job->queue->lock);
    stream = job->stream;
    job->stream = NULL;
    for (i = 0; !stream && i < job->file_count; i++)
    {
        stream = job->files[i]->stream;
        job->files[i]->stream = NULL;
    }
    LeaveCriticalSection(&job->queue->lock);
    return stream;
}

void job_release_streams(struct job *job)
{
    struct stream *stream;

    while ((stream = take_stream(job))) stream_release(stream);
}

/* --- size and integrity --------------------------------------------------------------------- */

transfer_code file_set_size(struct file *file, uint64_t size)
{
    transfer_code code;

    if ((code = begin_change(file))) return code;
    file->stated_size = size == TRANSFER_SIZE_UNKNOWN ? 0 : size;
    return end_change(file, TRANSFER_OK);
}

uint64_t file_get_size(struct file *file)
{
    uint64_t size;

    EnterCriticalSection(&file->job->queue->lock);
    size = file->remote_size;
    if (size == TRANSFER_SIZE_UNKNOWN && file->stated_size) size = file->stated_size;
    LeaveCriticalSection(&file->job->queue->lock);
    return size;
}

transfer_code file_set_integrity(struct file *file, const WCHAR *info)
{
    WCHAR *copy = string_copy(info), *previous;
    transfer_code code;

    if (info && !copy) return ERROR_OUTOFMEMORY;
    if ((code = begin_change(file)))
    {
        free(copy);
        return code;
    }
    if (file->transferred) code = TRANSFER_E_INVALID_STATE; /* what came was not checked against it */
    else
    {
        previous = file->integrity;
        file->integrity = copy;
        copy = previous;
    }
    code = end_change(file, code);
    free(copy);
    return code;
}

transfer_code file_set_integrity_mandatory(struct file *file, BOOL mandatory)
{
    transfer_code code;

    if ((code = begin_change(file))) return code;
    if (file->transferred) code = TRANSFER_E_INVALID_STATE;
    else file->integrity_mandatory = mandatory;
    return end_change(file, code);
}

BOOL file_get_integrity_mandatory(struct file *file)
{
    BOOL mandatory;

    EnterCriticalSection(&file->job->queue->lock);
    mandatory = file->integrity_mandatory;
    LeaveCriticalSection(&file->job->queue->lock);
    return mandatory;
}
