/*
 * What there is of a file: the one place that changes it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All functions expect the queue's lock.  Bytes that were written may still be lost with the power, or, on a disk that
 * is full or fails, at the next flush.  So a file has two lengths: "transferred" is what was written, which clients
 * see; "durable" is what a flush has confirmed, which the store sees.  A flush that fails throws away what came after
 * the last one that did not: nothing else tells which bytes have reached the disk.
 */

#ifndef WINE_BITS_TRANSFER_JOBS_FILE_STATE_H
#define WINE_BITS_TRANSFER_JOBS_FILE_STATE_H

#include "transfer/jobs/file.h"

/* The file has a temporary file now, or a stream: bytes may be written. */
void file_begin(struct file *file);

/* From now on the bytes may come in any order.  FALSE: no memory. */
BOOL file_scatter(struct file *file);
/* Whether they do.  Takes the lock. */
BOOL file_is_scattered(struct file *file);
/* NULL is fine. */
void extents_free(struct extents *extents);

/* size more bytes were written at offset of the temporary file, which counts only where they come in no order.  FALSE:
 * no memory to note it, they are as good as not written. */
BOOL file_note_written(struct file *file, uint64_t offset, uint64_t size);

/* A flush begins, which confirms what was written up to now: others may write meanwhile.  FALSE: no memory, it confirms
 * nothing. */
BOOL file_begin_flush(struct file *file);
/* What was written when the flush began is on the disk. */
void file_note_flushed(struct file *file);

/* What was written since the last confirmed flush is lost. */
void file_note_lost(struct file *file);

/* All bytes are written; they are being flushed. */
void file_note_flushing(struct file *file);

/* All bytes are durable, and the temporary file, if there is one, is the file with that identity (NULL: none). Posts
 * the event that FileTransferred comes from: whatever the client may want to open must be closed. */
void file_note_complete(struct file *file, const struct file_identity *identity);

/* The file has its final name. */
void file_note_committed(struct file *file);

/* What the store says of a file that was just loaded. */
void file_restore_state(struct file *file, BOOL complete, BOOL committed);

/* Of an upload: the other side has so many bytes, and is the one to know.  What was complete no longer is. */
void file_note_uploaded(struct file *file, uint64_t bytes);

/* Forget what was transferred.  A temporary file that is there is used again from its beginning; of a file that has
 * its final name nothing temporary is left. */
void file_reset(struct file *file);

/* All bytes were written: complete, or about to be. */
static inline BOOL file_has_all(const struct file *file)
{
    return file->state >= FILE_FLUSHING;
}

/* All bytes are durable. */
static inline BOOL file_is_complete(const struct file *file)
{
    return file->state >= FILE_COMPLETE;
}

/* Where the bytes come in no order: whether any of the temporary file is missing from byte first on, but before end. */
static inline BOOL file_find_gap(const struct file *file, uint64_t first, uint64_t end, struct file_range *gap)
{
    return first < end && range_set_gap(&file->extents->filled, first, end - first, gap);
}

/* A temporary name was chosen, but no such file has been made yet: should there be one, it is somebody else's. */
static inline BOOL file_is_only_named(const struct file *file)
{
    return file->state == FILE_NEW && file->temporary;
}

#endif
