/*
 * The files of a job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "transfer/conditions/policy.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/stream.h"

DEBUG_CHANNEL(bitsjob);

void file_free(struct file *file)
{
    if (!file) return;
    commit_close_handle(file);
    free(file->remote);
    free(file->origin);
    free(file->local);
    free(file->temporary);
    free(file->content_id);
    free(file->response_headers);
    free(file->redirection_target);
    free(file->integrity);
    free(file->ranges);
    ondemand_free(file->ondemand);
    extents_free(file->extents);
    range_set_cleanup(&file->arrived);
    stream_release(file->stream);
    free(file);
}

void file_identity_of(const BY_HANDLE_FILE_INFORMATION *info, struct file_identity *identity)
{
    identity->index = (uint64_t)info->nFileIndexHigh << 32 | info->nFileIndexLow;
    identity->size = (uint64_t)info->nFileSizeHigh << 32 | info->nFileSizeLow;
    identity->written = (uint64_t)info->ftLastWriteTime.dwHighDateTime << 32 | info->ftLastWriteTime.dwLowDateTime;
    identity->volume = info->dwVolumeSerialNumber;
}

BOOL file_identity_is(const struct file_identity *identity, const BY_HANDLE_FILE_INFORMATION *info)
{
    struct file_identity other;

    file_identity_of(info, &other);
    return identity->index && identity->index == other.index && identity->size == other.size &&
           identity->written == other.written && identity->volume == other.volume;
}

struct file *file_create(struct job *job, const struct file_spec *spec)
{
    struct file *file;

    if (!(file = calloc(1, sizeof(*file)))) return NULL;
    file->job = job;
    file_reset(file);
    file->remote = string_copy(spec->remote);
    file->local = string_copy(spec->local);
    if (spec->content_id && !(file->content_id = string_copy(spec->content_id))) goto failed;
    if (spec->integrity && !(file->integrity = string_copy(spec->integrity))) goto failed;
    if (!file->remote || (spec->local && !file->local)) goto failed;
    file->integrity_mandatory = spec->integrity_mandatory;
    file->stated_size = spec->size == TRANSFER_SIZE_UNKNOWN ? 0 : spec->size;
    if (spec->ranges)
    {
        if (!(file->ranges = malloc(spec->range_count * sizeof(*file->ranges)))) goto failed;
        memcpy(file->ranges, spec->ranges, spec->range_count * sizeof(*file->ranges));
        file->range_count = spec->range_count;
    }
    return file;

failed:
    file_free(file);
    return NULL;
}

/* --- checks ------------------------------------------------------------------------------- */

/* By offset, then by place from behind, so that an empty range in front of another one with its offset overlaps that,
 * and one behind it does not (B-227). */
static int compare_ranges(const void *a, const void *b)
{
    const struct file_range *const *left = a, *const *right = b;

    if ((*left)->offset != (*right)->offset) return (*left)->offset < (*right)->offset ? -1 : 1;
    return *left > *right ? -1 : *left < *right;
}

static transfer_code check_overlaps(const struct file_range *ranges, unsigned int count)
{
    const struct file_range **sorted;
    transfer_code code = TRANSFER_OK;
    unsigned int i;

    if (!(sorted = malloc(count * sizeof(*sorted)))) return ERROR_OUTOFMEMORY;
    for (i = 0; i < count; i++) sorted[i] = &ranges[i];
    qsort(sorted, count, sizeof(*sorted), compare_ranges);
    for (i = 1; i < count && !code; i++)
    {
        if (sorted[i - 1]->length == TRANSFER_LENGTH_TO_EOF ||
            sorted[i - 1]->offset + sorted[i - 1]->length > sorted[i]->offset)
            code = TRANSFER_E_OVERLAPPING_RANGES;
    }
    free(sorted);
    return code;
}

transfer_code file_check_ranges(const struct file_spec *spec)
{
    unsigned int i;

    if (!spec->ranges) return TRANSFER_OK;
    if (!spec->range_count) return ERROR_INVALID_PARAMETER;
    for (i = 0; i < spec->range_count; i++)
    {
        const struct file_range *range = &spec->ranges[i];

        if (range->offset == TRANSFER_LENGTH_TO_EOF) return TRANSFER_E_INVALID_RANGE;
        if (range->length != TRANSFER_LENGTH_TO_EOF && range->offset + range->length < range->offset)
            return TRANSFER_E_INVALID_RANGE;
    }
    return check_overlaps(spec->ranges, spec->range_count);
}

/* beside: the local name of the file before it, or NULL.  *local: what the spec's stands for, for free(). */
static transfer_code check_spec(const struct job *job, const struct file_spec *spec, const WCHAR *beside, WCHAR **local)
{
    transfer_code code;

    *local = NULL;
    if (!spec->remote || !spec->local == !spec->sink_later) return ERROR_INVALID_PARAMETER;
    /* B-403: ranges and replies are for HTTP alone */
    if ((code = name_check_remote(spec->remote, !spec->ranges && job->type != JOB_UPLOAD_REPLY))) return code;
    if ((code = file_check_ranges(spec))) return code;
    if (!spec->local) return TRANSFER_OK;
    return name_resolve_local(spec->local, beside, job->type == JOB_DOWNLOAD ? NAME_FOR_DOWNLOAD : NAME_FOR_UPLOAD,
                              local);
}

/* Limits that depend on what the job has already.  Locked. */
static transfer_code check_counts(const struct job *job, const struct file_spec *specs, unsigned int count,
                                  BOOL privileged)
{
    struct policy_limits limits;
    unsigned int i;

    queue_assert_locked(job->queue);
    if (job_state_is_final(job->state)) return TRANSFER_E_INVALID_STATE;
    if (job->type != JOB_DOWNLOAD)
    {
        if (job->file_count + count > 1) return TRANSFER_E_TOO_MANY_FILES;
        if (specs[0].ranges) return TRANSFER_E_NOT_SUPPORTED;
    }
    if (privileged) return TRANSFER_OK; /* B-265, B-266 */
    policy_read_limits(&limits);
    if (job->file_count + count > limits.files_per_job) return TRANSFER_E_TOO_MANY_FILES_IN_JOB;
    for (i = 0; i < count; i++)
        if (specs[i].range_count > limits.ranges_per_file) return TRANSFER_E_TOO_MANY_RANGES;
    return TRANSFER_OK;
}

static BOOL reserve_files(struct job *job, unsigned int count)
{
    unsigned int capacity = max(8, job->file_capacity);
    struct file **files;

    if (job->file_count + count <= job->file_capacity) return TRUE;
    while (capacity < job->file_count + count) capacity *= 2;
    if (!(files = realloc(job->files, capacity * sizeof(*files)))) return FALSE;
    job->files = files;
    job->file_capacity = capacity;
    return TRUE;
}

/* The local name of the last file: most files of a job are in one directory. */
static WCHAR *last_local_name(struct job *job)
{
    WCHAR *name = NULL;

    EnterCriticalSection(&job->queue->lock);
    if (job->file_count) name = string_copy(job->files[job->file_count - 1]->local);
    LeaveCriticalSection(&job->queue->lock);
    return name;
}

/* Check all specs, and make files of them. */
static transfer_code create_files(struct job *job, const struct file_spec *specs, unsigned int count,
                                  struct file **files)
{
    WCHAR *beside = last_local_name(job), *local;
    transfer_code code = TRANSFER_OK;
    unsigned int i;

    for (i = 0; i < count && !code; i++)
    {
        struct file_spec spec = specs[i];

        if ((code = check_spec(job, &spec, beside, &local))) break;
        spec.local = local;
        if (!(files[i] = file_create(job, &spec))) code = ERROR_OUTOFMEMORY;
        if (local)
        {
            free(beside);
            beside = local;
        }
    }
    free(beside);
    return code;
}

/* Have the store know them, before anybody else does: the job's own record does not change.  Locked; releases the lock
 * meanwhile. */
static transfer_code store_files(struct job *job, struct file **files, unsigned int count)
{
    transfer_code code = TRANSFER_OK;
    uint64_t ticket = 0;
    unsigned int i;

    queue_assert_locked(job->queue);
    /* A job without a record, or with a reply file to note, is stored as a whole afterwards. */
    if (!job->stored) return TRANSFER_OK;
    for (i = 0; i < count; i++) files[i]->index = job->file_count + i;
    for (i = 0; i < count && !code; i++)
        if (!(code = job_append_file(files[i], job->file_count + count, &ticket))) files[i]->unsaved = FALSE;
    if (!code) code = job_wait_stored(job, ticket);
    return code;
}

/* Locked. */
static void publish_files(struct job *job, const struct file_spec *specs, struct file **files, unsigned int count)
{
    unsigned int i;

    queue_assert_locked(job->queue);
    for (i = 0; i < count; i++)
    {
        files[i]->index = job->file_count;
        job->files[job->file_count++] = files[i];
        if (specs[i].added) file_addref(*specs[i].added = files[i]);
        files[i] = NULL;
    }
    job_modified(job);
}

transfer_code job_add_files(struct job *job, const struct file_spec *specs, unsigned int count, BOOL privileged)
{
    struct file **files;
    transfer_code code;
    WCHAR *reply = NULL;
    unsigned int i;

    if (!count) return ERROR_INVALID_PARAMETER;
    EnterCriticalSection(&job->queue->lock);
    code = check_counts(job, specs, count, privileged);
    LeaveCriticalSection(&job->queue->lock);
    if (code) return code;
    if (!(files = calloc(count, sizeof(*files)))) return ERROR_OUTOFMEMORY;
    if ((code = create_files(job, specs, count, files))) goto done;
    if (job->type == JOB_UPLOAD_REPLY) /* B-175 */
        reply = name_choose_temporary(files[0]->local, job->queue->config.profile->temporary_prefix);

    if ((code = job_begin_change(job))) goto done;
    /* Others may have added some meanwhile. */
    if (!(code = check_counts(job, specs, count, privileged)) && !reserve_files(job, count)) code = ERROR_OUTOFMEMORY;
    if (!code) code = store_files(job, files, count);
    if (!code && reply && !job->strings[JOB_REPLY_FILE])
    {
        job->strings[JOB_REPLY_FILE] = reply;
        if ((code = job_store_change(job))) job->strings[JOB_REPLY_FILE] = NULL;
        else reply = NULL;
    }
    if (!code) publish_files(job, specs, files, count);
    job_end_change(job);

done:
    for (i = 0; i < count; i++) file_free(files[i]);
    free(files);
    free(reply);
    return code;
}

/* --- names ---------------------------------------------------------------------------------- */

WCHAR *file_exchange_remote(struct file *file, WCHAR *name, BOOL by_client)
{
    WCHAR *previous = file->remote;

    queue_assert_locked(file->job->queue);
    file->remote = name;
    file->unsaved = TRUE;
    if (by_client)
    {
        free(file->origin);
        file->origin = NULL;
    }
    else if (!file->origin)
    {
        file->origin = previous;
        return NULL;
    }
    return previous;
}

transfer_code file_set_remote_name(struct file *file, const WCHAR *name)
{
    struct job *job = file->job;
    transfer_code code;
    WCHAR *copy;

    if (job->type != JOB_DOWNLOAD) return TRANSFER_E_NOT_SUPPORTED;
    if ((code = name_check_remote(name, !file->ranges))) return code;
    if (!(copy = string_copy(name))) return ERROR_OUTOFMEMORY;

    EnterCriticalSection(&job->queue->lock);
    if (job_state_is_final(job->state)) code = TRANSFER_E_INVALID_STATE;
    else
    {
        copy = file_exchange_remote(file, copy, TRUE);
        file->no_ranges = FALSE;
        file->unsaved = TRUE;
        job_modified(job); /* stored by the next Resume (B-106) */
    }
    LeaveCriticalSection(&job->queue->lock);
    free(copy);
    return code;
}

/* The new name of a file when the prefix is replaced; NULL: does not match, or (code set) failed. */
static WCHAR *replaced_name(const struct file *file, const WCHAR *from, const WCHAR *to, transfer_code *code)
{
    size_t length = lstrlenW(from);
    WCHAR *name;

    if (wcsncmp(file->remote, from, length)) return NULL;
    if (!(name = malloc((lstrlenW(file->remote) - length + lstrlenW(to) + 1) * sizeof(*name))))
    {
        *code = ERROR_OUTOFMEMORY;
        return NULL;
    }
    lstrcpyW(name, to);
    lstrcatW(name, file->remote + length);
    if (!(*code = name_check_remote(name, !file->ranges))) return name;
    free(name);
    return NULL;
}

/* A remote name and the one that it comes from. */
struct remote_name
{
    WCHAR *remote, *origin;
};

/* Exchange the names of the files for those that are given; how many there were.  Locked. */
static unsigned int exchange_remote_names(struct job *job, struct remote_name *names)
{
    unsigned int i, count = 0;

    queue_assert_locked(job->queue);
    for (i = 0; i < job->file_count; i++)
    {
        struct file *file = job->files[i];
        const struct remote_name previous = {file->remote, file->origin};

        if (!names[i].remote) continue;
        file->remote = names[i].remote;
        file->origin = names[i].origin;
        file->unsaved = TRUE;
        names[i] = previous;
        count++;
    }
    return count;
}

transfer_code job_replace_prefix(struct job *job, const WCHAR *from, const WCHAR *to, unsigned int *matched)
{
    struct remote_name *names = NULL;
    transfer_code code;
    unsigned int i, count;

    *matched = 0;
    if (!*from || !*to) return ERROR_INVALID_PARAMETER;
    if (job->type != JOB_DOWNLOAD) return TRANSFER_E_NOT_SUPPORTED;

    if ((code = job_begin_change(job))) return code;
    count = job->file_count;
    if (!(names = calloc(count + 1, sizeof(*names)))) code = ERROR_OUTOFMEMORY;
    for (i = 0; i < count && !code; i++) names[i].remote = replaced_name(job->files[i], from, to, &code);
    if (!code && (*matched = exchange_remote_names(job, names)))
    {
        job_modified(job);
        if ((code = job_store_change(job)))
        {
            exchange_remote_names(job, names);
            *matched = 0;
        }
    }
    job_end_change(job);
    for (i = 0; names && i < count; i++)
    {
        free(names[i].remote);
        free(names[i].origin);
    }
    free(names);
    return code;
}

/* --- reading ---------------------------------------------------------------------------------- */

unsigned int job_file_count(struct job *job)
{
    unsigned int count;

    EnterCriticalSection(&job->queue->lock);
    count = job->file_count;
    LeaveCriticalSection(&job->queue->lock);
    return count;
}

struct file *job_get_file(struct job *job, unsigned int index)
{
    struct file *file = NULL;

    EnterCriticalSection(&job->queue->lock);
    if (index < job->file_count) file_addref(file = job->files[index]);
    LeaveCriticalSection(&job->queue->lock);
    return file;
}

struct file *job_next_transferred_file(struct job *job)
{
    struct file *file = NULL;
    unsigned int i;

    EnterCriticalSection(&job->queue->lock);
    for (i = 0; i < job->file_count && !file; i++)
        if (file_is_complete(job->files[i]) && !job->files[i]->acknowledged) file_addref(file = job->files[i]);
    LeaveCriticalSection(&job->queue->lock);
    return file;
}

void job_acknowledge_file(struct job *job, struct file *file)
{
    EnterCriticalSection(&job->queue->lock);
    file->acknowledged = TRUE;
    file->unsaved = TRUE;
    LeaveCriticalSection(&job->queue->lock);
}

void file_addref(struct file *file)
{
    job_addref(file->job);
}

void file_release(struct file *file)
{
    if (file) job_release(file->job);
}

struct job *file_get_job(struct file *file)
{
    return file->job;
}

void file_get_progress(struct file *file, struct file_progress *progress)
{
    EnterCriticalSection(&file->job->queue->lock);
    progress->total = file->total;
    progress->transferred = file->transferred;
    /* B-211, D-286: of what is fetched, what the client can use */
    progress->completed = file->job->type == JOB_DOWNLOAD ? file->state == FILE_COMMITTED : file_is_complete(file);
    LeaveCriticalSection(&file->job->queue->lock);
}

transfer_code file_get_string(struct file *file, enum file_string which, WCHAR **value)
{
    transfer_code code = TRANSFER_OK;
    const WCHAR *string = NULL;
    WCHAR address[ARRAYSIZE(file->server_address)];

    EnterCriticalSection(&file->job->queue->lock);
    switch (which)
    {
    case FILE_REMOTE_NAME: string = file->remote; break;
    case FILE_LOCAL_NAME: string = file->local; break;
    case FILE_TEMPORARY_NAME:
        string = file->state == FILE_COMMITTED || file->state == FILE_NEW ? NULL : file->temporary;
        file->exposed = TRUE;
        commit_close_handle(file);
        break;
    case FILE_RESPONSE_HEADERS: string = file->response_headers; break;
    case FILE_CONTENT_ID: string = file->content_id; break;
    case FILE_REDIRECTION_TARGET: string = file->redirection_target; break;
    case FILE_SERVER_ADDRESS:
        MultiByteToWideChar(CP_ACP, 0, file->server_address, -1, address, ARRAYSIZE(address));
        string = *address ? address : NULL;
        break;
    }
    *value = string_copy(string);
    if (string && !*value) code = ERROR_OUTOFMEMORY;
    LeaveCriticalSection(&file->job->queue->lock);
    return code;
}

transfer_code file_get_ranges(struct file *file, struct file_range **ranges, unsigned int *count)
{
    *ranges = NULL;
    *count = 0;
    /* Ranges never change once the file is added: no lock. */
    if (!file->ranges) return TRANSFER_OK;
    if (!(*ranges = malloc(file->range_count * sizeof(**ranges)))) return ERROR_OUTOFMEMORY;
    memcpy(*ranges, file->ranges, file->range_count * sizeof(**ranges));
    *count = file->range_count;
    return TRANSFER_OK;
}

unsigned int file_get_http_status(struct file *file)
{
    unsigned int status;

    EnterCriticalSection(&file->job->queue->lock);
    status = file->http_status;
    LeaveCriticalSection(&file->job->queue->lock);
    return status;
}

/* --- validation ----------------------------------------------------------------------------------- */

transfer_code file_set_validation(struct file *file, BOOL valid)
{
    struct job *job = file->job;
    transfer_code code;

    if ((code = job_begin_change(job))) return code;
    if (!file_is_complete(file))
    {
        job_end_change(job);
        return TRANSFER_E_PENDING; /* B-066 */
    }
    if (!valid)
    {
        /* B-043: what came from the origin is of no use: the file starts anew when the client resumes */
        const struct transfer_failure failure = {
            .code = TRANSFER_E_VALIDATION_FAILED,
            .where = TRANSFER_WHERE_REMOTE_FILE,
            .file = file->index,
        };

        job_stop_run(job);
        file_reset(file);
        job_fail(job, &failure);
    }
    file->valid = valid;
    file->unsaved = TRUE;
    job_modified(job);
    return job_commit(job);
}

BOOL file_get_validation(struct file *file)
{
    BOOL valid;

    EnterCriticalSection(&file->job->queue->lock);
    valid = file->valid || file->state == FILE_COMMITTED; /* Complete validates (B-216) */
    LeaveCriticalSection(&file->job->queue->lock);
    return valid;
}
