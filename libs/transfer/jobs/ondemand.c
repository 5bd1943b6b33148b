/*
 * Files whose bytes come in any order: what the client wants first, and what is there.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file begins in order; the first request of its client makes it one of these (B-480 to B-483).  Its temporary file
 * has every byte at its place.
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "http/cancel.h"
#include "http/http.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

#define REQUESTS_MAX 65536

void ondemand_free(struct ondemand *ondemand)
{
    if (!ondemand) return;
    range_set_cleanup(&ondemand->requested);
    free(ondemand->urgent);
    free(ondemand);
}

BOOL ondemand_begin(struct file *file)
{
    struct ondemand *ondemand;

    if (file->ondemand || file->ranges || !file->local || !name_is_http(file->remote)) return TRUE;
    if (!file_scatter(file) || !(ondemand = calloc(1, sizeof(*ondemand)))) return FALSE;
    file->ondemand = ondemand;
    return TRUE;
}

BOOL ondemand_is_active(struct file *file)
{
    BOOL active;

    EnterCriticalSection(&file->job->queue->lock);
    active = file->ondemand != NULL;
    LeaveCriticalSection(&file->job->queue->lock);
    return active;
}

/* --- for the transfer ---------------------------------------------------------------------- */

static BOOL next_requested(const struct file *file, struct file_range *piece)
{
    const struct ondemand *ondemand = file->ondemand;
    uint64_t size = file->remote_size;
    size_t i;

    for (i = 0; i < ondemand->requested.count; i++)
    {
        const struct file_range *range = &ondemand->requested.ranges[i];

        if (range->offset < size &&
            file_find_gap(file, range->offset, range->offset + min(range->length, size - range->offset), piece))
            return TRUE;
    }
    return FALSE;
}

BOOL ondemand_has_request(const struct file *file)
{
    struct file_range piece;

    return next_requested(file, &piece);
}

/* Those of now before those of earlier (B-482), then what was ever requested, then the rest. */
BOOL ondemand_next_piece(struct file *file, struct file_range *piece)
{
    struct ondemand *ondemand = file->ondemand;

    while (ondemand->urgent_count)
    {
        const struct file_range *range = &ondemand->urgent[ondemand->urgent_count - 1];

        if (file_find_gap(file, range->offset, range->offset + min(range->length, file->remote_size - range->offset),
                          piece))
            return TRUE;
        ondemand->urgent_count--;
    }
    if (next_requested(file, piece)) return TRUE;
    if (file->job->numbers[JOB_ON_DEMAND]) return FALSE; /* B-481 */
    if (file_find_gap(file, ondemand->position, file->remote_size, piece)) return TRUE;
    return file_find_gap(file, 0, file->remote_size, piece);
}

static BOOL is_within(const struct file_range *range, uint64_t size)
{
    return range->offset < size && (range->length == TRANSFER_LENGTH_TO_EOF || range->length <= size - range->offset);
}

BOOL ondemand_check_requests(struct file *file)
{
    struct ondemand *ondemand = file->ondemand;
    unsigned int i, count = 0;
    BOOL good = TRUE;

    for (i = 0; i < ondemand->urgent_count; i++)
    {
        if (is_within(&ondemand->urgent[i], file->remote_size)) ondemand->urgent[count++] = ondemand->urgent[i];
        else good = FALSE;
    }
    ondemand->urgent_count = count;
    return good;
}

BOOL ondemand_add_bytes(struct file *file, uint64_t offset, uint64_t size)
{
    BOOL done = file_note_written(file, offset, size);

    if (done && file->job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_RANGES && !file->ranges &&
        !file->job->numbers[JOB_DYNAMIC_CONTENT] && name_is_http(file->remote))
    {
        /* What cannot be remembered is not reported: that is allowed (B-654). */
        if (range_set_add(&file->arrived, offset, size)) event_post(file->job, JOB_EVENT_RANGES);
    }
    return done;
}

/* --- for the client -------------------------------------------------------------------------- */

/* B-480.  Locked. */
static transfer_code check_eligible(const struct file *file)
{
    const struct job *job = file->job;

    queue_assert_locked(file->job->queue);
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
    if (!(code = check_eligible(file)) && !ondemand_begin(file)) code = ERROR_OUTOFMEMORY;
    if (code) job_end_change(file->job);
    return code;
}

/* Have a transfer of the file look again.  Locked. */
static transfer_code end_change(struct file *file)
{
    struct run *run = file->job->run;

    queue_assert_locked(file->job->queue);
    if (run && run->file == file && !run->redirected)
    {
        run->redirected = TRUE;
        if (run->exchange) http_exchange_cancel(run->exchange);
        if (run->waiting) http_cancel_request(run->waiting);
        WakeAllConditionVariable(&file->job->queue->paced);
    }
    file->unsaved = TRUE;
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
        job_end_change(file->job);
        return TRANSFER_E_INVALID_RANGE;
    }
    file->ondemand->position = offset;
    return end_change(file);
}

/* All or none.  Locked. */
static transfer_code add_requests(struct file *file, const struct file_range *ranges, unsigned int count)
{
    struct ondemand *ondemand = file->ondemand;
    struct file_range *urgent;
    unsigned int i;

    queue_assert_locked(file->job->queue);
    for (i = 0; i < count; i++)
    {
        BOOL overflow = ranges[i].length != TRANSFER_LENGTH_TO_EOF &&
                        ranges[i].offset + ranges[i].length < ranges[i].offset;

        if (!ranges[i].length || overflow || ranges[i].offset == TRANSFER_LENGTH_TO_EOF ||
            !is_within(&ranges[i], file->remote_size))
            return TRANSFER_E_INVALID_RANGE;
    }
    if (!count) return TRANSFER_OK;
    if (count > REQUESTS_MAX - ondemand->urgent_count) return ERROR_OUTOFMEMORY;
    if (!(urgent = realloc(ondemand->urgent, (ondemand->urgent_count + count) * sizeof(*urgent))))
        return ERROR_OUTOFMEMORY;
    ondemand->urgent = urgent;
    for (i = 0; i < count; i++)
        if (!range_set_add(&ondemand->requested, ranges[i].offset, ranges[i].length)) return ERROR_OUTOFMEMORY;
    /* The first of this call is the first to be fetched. */
    for (i = count; i; i--) ondemand->urgent[ondemand->urgent_count++] = ranges[i - 1];
    return TRANSFER_OK;
}

transfer_code file_request_ranges(struct file *file, const struct file_range *ranges, unsigned int count)
{
    transfer_code code;

    TRACE("file %u: %u ranges\n", file->index, count);
    if ((code = begin_change(file))) return code;
    if ((code = add_requests(file, ranges, count)))
    {
        job_end_change(file->job);
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
        code = copy_set(file->extents ? &file->extents->filled : &in_order, ranges, count);
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
