/*
 * Single downloads: jobs of one file, whose parts are set one after the other (generation 3 of Delivery
 * Optimization).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What they have of their own: the file comes with the start, may go to a stream, and can be started over with
 * other ranges; they are volatile unless somebody says otherwise; what only the COM layer understands is kept as notes.
 */

#include <winsock2.h>
#include <windows.h>
#include <objbase.h>

#include "base/debug.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/stream.h"

DEBUG_CHANNEL(bitsjob);

transfer_code queue_create_single(struct queue *queue, const struct caller *owner, struct job **out)
{
    transfer_code code;
    struct job *job;
    GUID id;

    *out = NULL;
    if (CoCreateGuid(&id)) return ERROR_OUTOFMEMORY;
    if (!(job = job_alloc(queue, &id, JOB_DOWNLOAD))) return ERROR_OUTOFMEMORY;
    if ((code = queue_set_defaults(job, owner, L"")))
    {
        job_release(job);
        return code;
    }
    job->numbers[JOB_SINGLE] = TRUE;
    job->numbers[JOB_VOLATILE] = TRUE;
    job->numbers[JOB_NOTIFY_FLAGS] = 0;
    job->numbers[JOB_MINIMUM_RETRY_DELAY] = 1;
    job->numbers[JOB_NO_PROGRESS_TIMEOUT] = queue->config.profile->single_no_progress;
    EnterCriticalSection(&queue->lock);
    queue_insert(queue, job);
    LeaveCriticalSection(&queue->lock);
    log_event("%s created, process %04lx", debug_guid(&id), owner->process);
    *out = job;
    return TRANSFER_OK;
}

/* --- the file --------------------------------------------------------------------------- */

static BOOL same_ranges(const struct file *file, const struct file_spec *spec)
{
    if (file->range_count != spec->range_count) return FALSE;
    return !file->range_count || !memcmp(file->ranges, spec->ranges, file->range_count * sizeof(*file->ranges));
}

/* Take over from fresh what may differ; fresh gets what is not needed any more.  Locked. */
static void adapt_file(struct file *file, struct file *fresh, BOOL new_ranges)
{
    struct file_range *ranges = file->ranges;

    queue_assert_locked(file->job->queue);
    fresh->remote = file_exchange_remote(file, fresh->remote, TRUE);
    if (!new_ranges) return;
    file->ranges = fresh->ranges;
    file->range_count = fresh->range_count;
    fresh->ranges = ranges;
    file_reset(file);
}

/* Locked. */
static BOOL insert_file(struct job *job, struct file *file)
{
    queue_assert_locked(job->queue);
    if (!(job->files = calloc(1, sizeof(*job->files)))) return FALSE;
    job->file_capacity = 1;
    job->files[0] = file;
    job->file_count = 1;
    return TRUE;
}

static BOOL has_empty_range(const struct file_spec *spec)
{
    unsigned int i;

    for (i = 0; i < spec->range_count; i++)
        if (!spec->ranges[i].length) return TRUE;
    return FALSE;
}

transfer_code job_set_file(struct job *job, const struct file_spec *spec, BOOL keep_ranges)
{
    struct file *fresh, *old;
    transfer_code code;

    if (!transfer_is_http_url(spec->remote)) return ERROR_INVALID_PARAMETER;
    if ((code = file_check_ranges(spec))) return code;
    if (has_empty_range(spec)) return TRANSFER_E_INVALID_RANGE; /* D-112 */
    if (!(fresh = file_create(job, spec))) return ERROR_OUTOFMEMORY;

    if ((code = job_begin_change(job)))
    {
        file_free(fresh);
        return code;
    }
    old = job->file_count ? job->files[0] : NULL;
    if (job->run) code = TRANSFER_E_INVALID_STATE;
    else if (!old)
    {
        if (insert_file(job, fresh)) fresh = NULL;
        else code = ERROR_OUTOFMEMORY;
    }
    else if (!job->resumed) /* nothing was done with it yet */
    {
        job->files[0] = fresh;
        fresh = old;
    }
    else adapt_file(old, fresh, !keep_ranges && !same_ranges(old, spec));

    if (code) job_end_change(job);
    else
    {
        if (job->file_count) job->files[0]->unsaved = TRUE;
        job_modified(job);
        code = job_commit(job);
    }
    file_free(fresh);
    return code;
}

/* --- what is not stored ------------------------------------------------------------------------ */

transfer_code job_set_stream(struct job *job, const struct job_stream *target)
{
    struct stream *stream = NULL, *previous;

    if (target && !(stream = stream_create(target))) return ERROR_OUTOFMEMORY;
    EnterCriticalSection(&job->queue->lock);
    previous = job->stream;
    job->stream = stream;
    LeaveCriticalSection(&job->queue->lock);
    stream_release(previous);
    return TRANSFER_OK;
}

void *job_get_stream(struct job *job, void (*addref)(void *context))
{
    void *context;

    EnterCriticalSection(&job->queue->lock);
    if ((context = job->stream ? stream_context(job->stream) : NULL)) addref(context);
    LeaveCriticalSection(&job->queue->lock);
    return context;
}

void job_set_certificate(struct job *job, const CERT_CONTEXT *certificate)
{
    const CERT_CONTEXT *previous;

    if (certificate) certificate = CertDuplicateCertificateContext(certificate);
    EnterCriticalSection(&job->queue->lock);
    previous = job->certificate;
    job->certificate = certificate;
    LeaveCriticalSection(&job->queue->lock);
    if (previous) CertFreeCertificateContext(previous);
}

/* --- status ------------------------------------------------------------------------------------------- */

void job_get_status(struct job *job, struct job_status *status)
{
    memset(status, 0, sizeof(*status));
    status->total = status->remote_size = TRANSFER_SIZE_UNKNOWN;
    EnterCriticalSection(&job->queue->lock);
    status->state = job->state;
    status->resumed = job->resumed;
    if (job->file_count)
    {
        status->total = job->files[0]->total;
        status->transferred = job->files[0]->transferred;
        status->remote_size = job->files[0]->remote_size;
    }
    if (job->has_failure && (job->state == JOB_ERROR || job->state == JOB_TRANSIENT_ERROR))
    {
        status->error = job->failure.code;
        if (job->failure.code == TRANSFER_E_NO_PROGRESS) status->cause = job->cause;
    }
    LeaveCriticalSection(&job->queue->lock);
}
