/*
 * What there is of a file: the one place that changes it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/debug.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsjob);

static const char *const state_names[] = {"NEW", "PARTIAL", "FLUSHING", "COMPLETE", "COMMITTED"};

/* Which states may follow which, besides the same one. */
#define TO(state) (1u << FILE_##state)
static const unsigned int transitions[] = {
    [FILE_NEW] = TO(PARTIAL) | TO(COMPLETE), /* an upload has no temporary file */
    [FILE_PARTIAL] = TO(NEW) | TO(FLUSHING) | TO(COMPLETE),
    [FILE_FLUSHING] = TO(PARTIAL) | TO(COMPLETE),
    [FILE_COMPLETE] = TO(NEW) | TO(PARTIAL) | TO(COMMITTED),
    [FILE_COMMITTED] = TO(NEW),
};
#undef TO

/* THE function that changes the state of a file; file_restore_state sets the first. */
static void set_state(struct file *file, enum file_state state)
{
    if (file->state == state) return;
    if (!(transitions[file->state] & (1u << state)))
        ERR("%s file %u: %s to %s\n", debug_guid(&file->job->id), file->index, state_names[file->state],
            state_names[state]);
    file->state = state;
    file->unsaved = TRUE;
}

void file_begin(struct file *file)
{
    if (file->state == FILE_NEW) set_state(file, FILE_PARTIAL);
}

void extents_free(struct extents *extents)
{
    if (!extents) return;
    range_set_cleanup(&extents->filled);
    range_set_cleanup(&extents->flushing);
    range_set_cleanup(&extents->durable);
    free(extents);
}

BOOL file_scatter(struct file *file)
{
    struct extents *extents;

    if (file->extents) return TRUE;
    if (!(extents = calloc(1, sizeof(*extents)))) return FALSE;
    if (!range_set_add(&extents->filled, 0, file->transferred) || !range_set_add(&extents->durable, 0, file->durable))
    {
        extents_free(extents);
        return FALSE;
    }
    file->extents = extents;
    return TRUE;
}

BOOL file_is_scattered(struct file *file)
{
    BOOL scattered;

    EnterCriticalSection(&file->job->queue->lock);
    scattered = file->extents != NULL;
    LeaveCriticalSection(&file->job->queue->lock);
    return scattered;
}

BOOL file_note_written(struct file *file, uint64_t offset, uint64_t size)
{
    if (!file->extents) file->transferred += size;
    else if (!range_set_add(&file->extents->filled, offset, size)) return FALSE;
    else file->transferred = range_set_total(&file->extents->filled);
    return TRUE;
}

BOOL file_begin_flush(struct file *file)
{
    struct extents *extents = file->extents;

    file->flushing = file->transferred;
    if (!extents || range_set_copy(&extents->flushing, &extents->filled)) return TRUE;
    file->flushing = file->durable;
    return range_set_copy(&extents->flushing, &extents->durable);
}

void file_note_flushed(struct file *file)
{
    struct range_set durable;

    file->durable = file->flushing;
    if (!file->extents) return;
    durable = file->extents->durable;
    file->extents->durable = file->extents->flushing;
    file->extents->flushing = durable;
}

void file_note_lost(struct file *file)
{
    if (file->transferred != file->durable)
        WARN("%s file %u: %I64u bytes written, only %I64u are on the disk\n", debug_guid(&file->job->id), file->index,
             file->transferred, file->durable);
    file->transferred = file->durable;
    /* Without memory for the copy nothing is filled: more is fetched again than need be. */
    if (file->extents && !range_set_copy(&file->extents->filled, &file->extents->durable))
    {
        range_set_cleanup(&file->extents->filled);
        file->transferred = 0;
    }
    if (file->state == FILE_FLUSHING) set_state(file, FILE_PARTIAL);
}

void file_note_flushing(struct file *file)
{
    set_state(file, FILE_FLUSHING);
}

void file_note_complete(struct file *file, const struct file_identity *identity)
{
    if (file_begin_flush(file)) file_note_flushed(file);
    if (identity) file->identity = *identity;
    set_state(file, FILE_COMPLETE);
    event_post(file->job, JOB_EVENT_FILE | JOB_EVENT_MODIFIED);
}

void file_note_committed(struct file *file)
{
    set_state(file, FILE_COMMITTED);
    file->valid = TRUE; /* B-211: Complete takes it as it is */
}

void file_restore_state(struct file *file, BOOL complete, BOOL committed)
{
    if (complete) file->state = committed ? FILE_COMMITTED : FILE_COMPLETE;
    else file->state = file->temporary ? FILE_PARTIAL : FILE_NEW;
}

void file_note_uploaded(struct file *file, uint64_t bytes)
{
    file->transferred = file->durable = bytes;
    file->unsaved = TRUE;
    set_state(file, FILE_NEW);
}

void file_reset(struct file *file)
{
    commit_close_handle(file);
    if (file->state == FILE_COMMITTED)
    {
        free(file->temporary);
        file->temporary = NULL;
    }
    if (file->state != FILE_NEW) set_state(file, file->temporary ? FILE_PARTIAL : FILE_NEW);
    memset(&file->identity, 0, sizeof(file->identity));
    file->unsaved = TRUE;
    file->transferred = file->flushing = file->durable = 0;
    file->remote_size = TRANSFER_SIZE_UNKNOWN;
    file->total = TRANSFER_SIZE_UNKNOWN;
    file->last_modified[0] = file->etag[0] = 0;
    file->attributes = 0;
    if (file->ondemand)
    {
        range_set_cleanup(&file->extents->filled);
        range_set_cleanup(&file->extents->durable);
    }
    else
    {
        extents_free(file->extents);
        file->extents = NULL;
    }
    range_set_cleanup(&file->arrived);
    file->acknowledged = FALSE;
    file->valid = FALSE;
}
