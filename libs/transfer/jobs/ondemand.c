/*
 * Files whose bytes come in any order: what the client wants first, and what is there.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file begins in order; the first request of its client makes it one of these (4.7).  Its temporary file has
 * every byte at its place.
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "http/cancel.h"
#include "transfer/internal.h"

DEBUG_CHANNEL(bitsdownload);

#define REQUESTS_MAX 65536

void random_free(struct random_access *random)
{
    if (!random) return;
    range_set_cleanup(&random->filled);
    range_set_cleanup(&random->requested);
    free(random->urgent);
    free(random);
}

BOOL random_begin(struct file *file)
{
    struct random_access *random;

    if (file->random || file->ranges || !file->local || !name_is_http(file->remote)) return TRUE;
    if (!(random = calloc(1, sizeof(*random)))) return FALSE;
    if (!range_set_add(&random->filled, 0, file->transferred))
    {
        free(random);
        return FALSE;
    }
    file->random = random;
    return TRUE;
}

/* --- for the transfer ---------------------------------------------------------------------- */

static BOOL next_requested(const struct random_access *random, uint64_t size, struct file_range *piece)
{
    size_t i;

    for (i = 0; i < random->requested.count; i++)
    {
        const struct file_range *range = &random->requested.ranges[i];

        if (range->offset < size &&
            range_set_gap(&random->filled, range->offset, min(range->length, size - range->offset), piece))
            return TRUE;
    }
    return FALSE;
}

/* Those of now before those of earlier (B-482), then what was ever requested, then the rest. */
BOOL random_next_piece(struct file *file, struct file_range *piece)
{
    struct random_access *random = file->random;

    while (random->urgent_count)
    {
        const struct file_range *range = &random->urgent[random->urgent_count - 1];

        if (range_set_gap(&random->filled, range->offset, min(range->length, file->remote_size - range->offset), piece))
            return TRUE;
        random->urgent_count--;
    }
    if (next_requested(random, file->remote_size, piece)) return TRUE;
    if (file->job->numbers[JOB_ON_DEMAND]) return FALSE; /* B-481 */
    if (random->position < file->remote_size &&
        range_set_gap(&random->filled, random->position, file->remote_size - random->position, piece))
        return TRUE;
    return range_set_gap(&random->filled, 0, file->remote_size, piece);
}

static BOOL is_within(const struct file_range *range, uint64_t size)
{
    return range->offset < size && (range->length == TRANSFER_LENGTH_TO_EOF || range->length <= size - range->offset);
}

BOOL random_check_requests(struct file *file)
{
    struct random_access *random = file->random;
    unsigned int i, count = 0;
    BOOL good = TRUE;

    for (i = 0; i < random->urgent_count; i++)
    {
        if (is_within(&random->urgent[i], file->remote_size)) random->urgent[count++] = random->urgent[i];
        else good = FALSE;
    }
    random->urgent_count = count;
    return good;
}

BOOL job_wants_more(const struct job *job)
{
    unsigned int i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];
        struct file_range piece;

        if (file->complete) continue;
        if (!file->random || !job->numbers[JOB_ON_DEMAND]) return TRUE;
        if (next_requested(file->random, file->remote_size, &piece)) return TRUE;
    }
    return FALSE;
}

BOOL file_add_bytes(struct file *file, uint64_t offset, uint64_t size)
{
    BOOL done = TRUE;

    if (file->random)
    {
        done = range_set_add(&file->random->filled, offset, size);
        file->transferred = range_set_total(&file->random->filled);
    }
    else file->transferred += size;
    if (done && file->job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_RANGES && !file->ranges &&
        !file->job->numbers[JOB_DYNAMIC_CONTENT] && name_is_http(file->remote))
    {
        /* What cannot be remembered is not told: that is allowed (B-654). */
        if (range_set_add(&file->arrived, offset, size)) event_post(file->job, JOB_EVENT_RANGES);
    }
    return done;
}

/* --- for the client -------------------------------------------------------------------------- */

/* B-480.  Locked. */
static transfer_code check_eligible(const struct file *file)
{
    const struct job *job = file->job;

    if (job->type != JOB_DOWNLOAD || job_is_single(job) || file->ranges || !file->local || file->no_ranges ||
        job->numbers[JOB_DYNAMIC_CONTENT] || job->strings[JOB_HTTP_METHOD] || !name_is_http(file->remote))
        return TRANSFER_E_NO_RANDOM_ACCESS;
    return TRANSFER_OK;
}

/* Lock for a change to the order of bytes, or fail unlocked. */
static transfer_code begin_change(struct file *file)
{
    transfer_code code;

    if ((code = job_begin_change(file->job))) return code;
    if (!(code = check_eligible(file)) && !random_begin(file)) code = ERROR_OUTOFMEMORY;
    if (code) LeaveCriticalSection(&file->job->queue->lock);
    return code;
}

/* Have a transfer of the file look again.  Locked. */
static transfer_code end_change(struct file *file)
{
    struct run *run = file->job->run;

    if (run && run->file == file && !run->redirected)
    {
        run->redirected = TRUE;
        if (run->exchange) http_exchange_cancel(run->exchange);
        if (run->waiting) http_cancel_request(run->waiting);
        WakeAllConditionVariable(&file->job->queue->paced);
    }
    job_modified(file->job);
    return job_commit(file->job);
}

transfer_code file_set_position(struct file *file, uint64_t offset)
{
    transfer_code code;

    TRACE("file %u: %I64u\n", file->index, offset);
    if ((code = begin_change(file))) return code;
    if (file->remote_size != TRANSFER_SIZE_UNKNOWN && offset >= file->remote_size && offset)
    {
        LeaveCriticalSection(&file->job->queue->lock);
        return TRANSFER_E_INVALID_RANGE;
    }
    file->random->position = offset;
    return end_change(file);
}

/* All or none.  Locked. */
static transfer_code add_requests(struct file *file, const struct file_range *ranges, unsigned int count)
{
    struct random_access *random = file->random;
    struct file_range *urgent;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        BOOL overflow = ranges[i].length != TRANSFER_LENGTH_TO_EOF &&
                        ranges[i].offset + ranges[i].length < ranges[i].offset;

        if (!ranges[i].length || overflow || ranges[i].offset == TRANSFER_LENGTH_TO_EOF ||
            !is_within(&ranges[i], file->remote_size))
            return TRANSFER_E_INVALID_RANGE;
    }
    if (count > REQUESTS_MAX - random->urgent_count) return ERROR_OUTOFMEMORY;
    if (!(urgent = realloc(random->urgent, (random->urgent_count + count) * sizeof(*urgent)))) return ERROR_OUTOFMEMORY;
    random->urgent = urgent;
    for (i = 0; i < count; i++)
        if (!range_set_add(&random->requested, ranges[i].offset, ranges[i].length)) return ERROR_OUTOFMEMORY;
    /* The first of this call is the first to be fetched. */
    for (i = count; i; i--) random->urgent[random->urgent_count++] = ranges[i - 1];
    return TRANSFER_OK;
}

transfer_code file_request_ranges(struct file *file, const struct file_range *ranges, unsigned int count)
{
    transfer_code code;

    TRACE("file %u: %u ranges\n", file->index, count);
    if ((code = begin_change(file))) return code;
    if ((code = add_requests(file, ranges, count)))
    {
        LeaveCriticalSection(&file->job->queue->lock);
        return code;
    }
    return end_change(file);
}

static transfer_code copy_set(const struct range_set *set, struct file_range **ranges, unsigned int *count)
{
    *ranges = NULL;
    *count = 0;
    if (!set->count) return TRANSFER_OK;
    if (!(*ranges = malloc(set->count * sizeof(**ranges)))) return ERROR_OUTOFMEMORY;
    memcpy(*ranges, set->ranges, set->count * sizeof(**ranges));
    *count = set->count;
    return TRANSFER_OK;
}

transfer_code file_get_filled(struct file *file, struct file_range **ranges, unsigned int *count)
{
    struct file_range beginning = {0, 0};
    struct range_set in_order = {&beginning, 0, 0};
    transfer_code code;

    *ranges = NULL;
    *count = 0;
    EnterCriticalSection(&file->job->queue->lock);
    if (!(code = check_eligible(file)))
    {
        beginning.length = file->transferred;
        in_order.count = file->transferred ? 1 : 0;
        code = copy_set(file->random ? &file->random->filled : &in_order, ranges, count);
    }
    LeaveCriticalSection(&file->job->queue->lock);
    return code;
}

transfer_code file_take_arrived(struct file *file, struct file_range **ranges, unsigned int *count)
{
    transfer_code code;

    EnterCriticalSection(&file->job->queue->lock);
    if (!(code = copy_set(&file->arrived, ranges, count))) range_set_cleanup(&file->arrived);
    LeaveCriticalSection(&file->job->queue->lock);
    return code;
}
