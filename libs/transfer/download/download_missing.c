/*
 * What is still missing of a file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "transfer/download/download.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/ondemand.h"

/* The rest of the range at which the file stands; FALSE when nothing is missing.  Locked. */
BOOL file_next_piece(struct file *file, struct piece *piece)
{
    uint64_t position = file->transferred;
    unsigned int i;

    queue_assert_locked(file->job->queue);
    if (file->ondemand)
    {
        struct file_range range;

        if (!ondemand_next_piece(file, &range)) return FALSE;
        piece->offset = range.offset;
        piece->length = range.length;
        piece->whole = range.length == file->remote_size;
        return TRUE;
    }
    if (file->extents)
    {
        struct file_range gap;

        if (!file_find_gap(file, 0, file->total, &gap)) return FALSE;
        piece->offset = file_base(file) + gap.offset;
        piece->length = gap.length;
        piece->whole = !file->ranges && gap.length == file->remote_size;
        return TRUE;
    }
    if (!file->ranges)
    {
        piece->whole = !position;
        piece->offset = position;
        piece->length = file->remote_size == TRANSFER_SIZE_UNKNOWN ? TRANSFER_LENGTH_TO_EOF
                                                                   : file->remote_size - position;
        return piece->whole || piece->length;
    }
    piece->whole = FALSE;
    for (i = 0; i < file->range_count; i++)
    {
        uint64_t length = file->ranges[i].length;

        if (length == TRANSFER_LENGTH_TO_EOF && file->remote_size != TRANSFER_SIZE_UNKNOWN)
            length = file->remote_size > file->ranges[i].offset ? file->remote_size - file->ranges[i].offset : 0;
        if (length != TRANSFER_LENGTH_TO_EOF && position >= length)
        {
            position -= length;
            continue;
        }
        piece->offset = file->ranges[i].offset + position;
        piece->length = length == TRANSFER_LENGTH_TO_EOF ? length : length - position;
        return TRUE;
    }
    return FALSE;
}

/* What is missing, up to max stretches in the order of the file's ranges, as far as they have an end: one to the end of
 * the file has it once its size is known.  Locked. */
size_t file_next_stretches(const struct file *file, struct file_range *stretches, size_t max)
{
    uint64_t position = file->transferred;
    size_t count = 0;
    unsigned int i;

    queue_assert_locked(file->job->queue);
    for (i = 0; i < file->range_count && count < max; i++)
    {
        struct file_range range = file->ranges[i];

        if (range.length == TRANSFER_LENGTH_TO_EOF)
        {
            if (file->remote_size == TRANSFER_SIZE_UNKNOWN) break;
            range.length = file->remote_size - range.offset;
        }
        if (position >= range.length)
        {
            position -= range.length;
            continue;
        }
        range.offset += position;
        range.length -= position;
        position = 0;
        /* A server may make one of what touches: so do we. */
        if (count && stretches[count - 1].offset + stretches[count - 1].length == range.offset)
            stretches[count - 1].length += range.length;
        else stretches[count++] = range;
    }
    return count;
}

/* Wanted bytes, once the size of the remote file is known; FALSE: a range lies outside (B-457).  Locked. */
BOOL file_compute_total(struct file *file)
{
    uint64_t total = 0;
    unsigned int i;

    queue_assert_locked(file->job->queue);
    if (!file->ranges)
    {
        file->total = file->remote_size;
        return !file->ondemand || ondemand_check_requests(file);
    }
    for (i = 0; i < file->range_count; i++)
    {
        uint64_t offset = file->ranges[i].offset, length = file->ranges[i].length;

        if (offset >= file->remote_size) return FALSE;
        if (length == TRANSFER_LENGTH_TO_EOF) length = file->remote_size - offset;
        if (length > file->remote_size - offset) return FALSE;
        total += length;
    }
    file->total = total;
    return TRUE;
}
