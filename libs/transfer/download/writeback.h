/*
 * Small files on their way to the disk.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A flush of a small file takes longer than its transfer.  So the files of a run are flushed by a few threads while the
 * next ones come; until a file is on the disk its job is stored as if it had none of it.  The run waits for all of them
 * before the job is TRANSFERRED: what a client was told to be there survives a power cut.
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_WRITEBACK_H
#define WINE_BITS_TRANSFER_DOWNLOAD_WRITEBACK_H

#include "transfer/jobs/queue.h"

/* Files that one thread flushes: to wake one costs a good part of a small file, too. */
#define WRITEBACK_BATCH 4

struct writeback_file
{
    struct file *file;
    HANDLE handle;
    struct file_identity identity;
};

struct writeback
{
    struct queue *queue;
    struct writeback_file added[WRITEBACK_BATCH]; /* for the next thread */
    unsigned int added_count;
    unsigned int pending;     /* files with a thread; this and what follows: under the queue's lock */
    CONDITION_VARIABLE ended; /* one of them is done */
    struct file *failed;      /* the first that cannot be flushed, and */
    DWORD error;              /* why */
};

void writeback_init(struct writeback *writeback, struct queue *queue);

/* Have a file flushed that is FILE_FLUSHING; it is complete then, or FILE_PARTIAL again.  The handle is taken over, and
 * kept or closed; the file must stay until writeback_wait.  Unlocked; waits while many are under way. */
void writeback_add(struct writeback *writeback, struct file *file, HANDLE handle, const struct file_identity *identity);

/* No other file comes for a while: do not wait for it.  Unlocked. */
void writeback_push(struct writeback *writeback);

/* Wait until all files are on the disk.  FALSE: one is not, *failure tells which; it is not complete any more.
 * Unlocked. */
BOOL writeback_wait(struct writeback *writeback, struct transfer_failure *failure);

#endif
