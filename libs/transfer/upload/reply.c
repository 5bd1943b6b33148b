/*
 * The reply of an upload-reply job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What the server's application answers is downloaded like any other file, and has its name after Complete (U-130,
 * U-133).  It is no member of the job's list of files.
 */

#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "transfer/attempt/http_session.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"
#include "transfer/upload/reply.h"

DEBUG_CHANNEL(bitsupload);

/* A name beside the file that is sent.  NULL: no file yet, or no memory. */
static WCHAR *choose_name(struct job *job)
{
    struct file *file = job_get_file(job, 0);
    WCHAR *name = file ? name_choose_temporary(file->local, job->queue->config.profile->temporary_prefix) : NULL;

    file_release(file);
    return name;
}

transfer_code reply_create(struct job *job, const char *url)
{
    struct queue *queue = job->queue;
    struct file_spec spec = {0};
    WCHAR *remote = wide_copy(url), *local = NULL, *chosen = NULL;
    transfer_code code = TRANSFER_OK;
    struct file *reply = NULL;

    if (!remote) return ERROR_OUTOFMEMORY;
    if (name_check_remote(remote, FALSE)) code = TRANSFER_E_INVALID_RESPONSE;
    if (!code) code = job_get_string(job, JOB_REPLY_FILE, &local);
    if (!code && !local && !(local = chosen = choose_name(job))) code = ERROR_OUTOFMEMORY;
    if (!code)
    {
        spec.remote = remote;
        spec.local = local;
        if (!(reply = file_create(job, &spec)) || !(reply->origin = string_copy(job->files[0]->remote)))
            code = ERROR_OUTOFMEMORY;
    }
    if (!code)
    {
        EnterCriticalSection(&queue->lock);
        if (!job->reply)
        {
            job->reply = reply;
            reply = NULL;
        }
        if (chosen && !job->strings[JOB_REPLY_FILE])
        {
            job->strings[JOB_REPLY_FILE] = chosen;
            local = NULL;
        }
        LeaveCriticalSection(&queue->lock);
    }
    file_free(reply);
    free(local);
    free(remote);
    return code;
}

void reply_forget(struct job *job)
{
    struct file *reply;

    EnterCriticalSection(&job->queue->lock);
    reply = job->reply;
    job->reply = NULL;
    LeaveCriticalSection(&job->queue->lock);
    if (reply) commit_delete_temporary(reply);
    file_free(reply);
}

void job_get_reply_progress(struct job *job, uint64_t *total, uint64_t *transferred)
{
    EnterCriticalSection(&job->queue->lock);
    /* Known, if only as 0, once the upload is over: so an error is the reply's (B-602). */
    if (!job->reply) *total = TRANSFER_SIZE_UNKNOWN;
    else *total = job->reply->total == TRANSFER_SIZE_UNKNOWN ? 0 : job->reply->total;
    *transferred = job->reply ? job->reply->transferred : 0;
    LeaveCriticalSection(&job->queue->lock);
}

transfer_code job_set_reply_file(struct job *job, const WCHAR *name)
{
    WCHAR *copy = NULL, *copy_for_reply = NULL, *previous;
    transfer_code code;

    if (name && (code = name_resolve_local(name, NULL, NAME_FOR_DOWNLOAD, &copy))) return code;
    if (!name) copy = choose_name(job);
    if (copy && !(copy_for_reply = string_copy(copy)))
    {
        code = ERROR_OUTOFMEMORY;
        goto done;
    }
    if ((code = job_begin_change(job))) goto done;
    if (job->state == JOB_TRANSFERRED || (job->reply && job->reply->temporary)) /* U-134 */
    {
        job_end_change(job);
        code = TRANSFER_E_INVALID_STATE;
        goto done;
    }
    previous = job->strings[JOB_REPLY_FILE];
    job->strings[JOB_REPLY_FILE] = copy;
    copy = previous;
    if (job->reply && copy_for_reply)
    {
        previous = job->reply->local;
        job->reply->local = copy_for_reply;
        copy_for_reply = previous;
    }
    job_modified(job);
    code = job_commit(job);
done:
    free(copy);
    free(copy_for_reply);
    return code;
}

static transfer_code read_file(const WCHAR *path, void **data, uint64_t *size)
{
    HANDLE handle = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                                OPEN_EXISTING, 0, NULL);
    transfer_code code = TRANSFER_OK;
    LARGE_INTEGER length;
    DWORD got = 0;

    if (handle == INVALID_HANDLE_VALUE) return GetLastError();
    if (!GetFileSizeEx(handle, &length)) code = GetLastError();
    else if ((*size = length.QuadPart) > TRANSFER_REPLY_DATA_MAX) code = TRANSFER_E_TOO_LARGE;
    else if (!*size) code = TRANSFER_OK;
    else if (!(*data = malloc((size_t)*size))) code = ERROR_OUTOFMEMORY;
    else if (!ReadFile(handle, *data, (DWORD)*size, &got, NULL)) code = GetLastError();
    else if (got != *size) code = ERROR_HANDLE_EOF;
    CloseHandle(handle);
    if (!code) return TRANSFER_OK;
    free(*data);
    *data = NULL;
    return code;
}

transfer_code job_get_reply_data(struct job *job, void **data, uint64_t *size)
{
    const struct file *reply = NULL;
    WCHAR *path = NULL;
    transfer_code code;
    BOOL done;

    *data = NULL;
    *size = 0;
    EnterCriticalSection(&job->queue->lock);
    done = job->state == JOB_TRANSFERRED || job->state == JOB_ACKNOWLEDGED;
    if (done && (reply = job->reply))
        path = string_copy(reply->state == FILE_COMMITTED ? reply->local : reply->temporary);
    LeaveCriticalSection(&job->queue->lock);
    if (!done) return TRANSFER_E_INVALID_STATE;
    if (!reply) return TRANSFER_OK;
    if (!path) return ERROR_OUTOFMEMORY;
    code = read_file(path, data, size);
    free(path);
    return code;
}
