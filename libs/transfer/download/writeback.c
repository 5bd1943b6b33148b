/*
 * Small files on their way to the disk.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsdownload);

#define MAXIMUM_PENDING 32

/* What a thread gets. */
struct flush_batch
{
    struct writeback *writeback;
    unsigned int count;
    struct writeback_file files[WRITEBACK_BATCH];
};

void writeback_init(struct writeback *writeback, struct queue *queue)
{
    memset(writeback, 0, sizeof(*writeback));
    writeback->queue = queue;
    InitializeConditionVariable(&writeback->ended);
}

static void flush(struct writeback *writeback, const struct writeback_file *task)
{
    struct file *file = task->file;
    DWORD error = FlushFileBuffers(task->handle) ? 0 : GetLastError();
    BOOL kept;

    EnterCriticalSection(&writeback->queue->lock);
    kept = !error && commit_keep_handle(file, task->handle);
    LeaveCriticalSection(&writeback->queue->lock);
    /* Before anybody learns that the file is complete: it would be in his way. */
    if (!kept) CloseHandle(task->handle);

    EnterCriticalSection(&writeback->queue->lock);
    if (!error) file_note_complete(file, &task->identity);
    else
    {
        WARN("cannot flush %s, error %lu\n", debug_wstr(file->temporary), error);
        file_note_lost(file);
        if (!writeback->failed)
        {
            writeback->failed = file;
            writeback->error = error;
        }
    }
    LeaveCriticalSection(&writeback->queue->lock);
}

static void CALLBACK flush_batch(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct flush_batch *batch = context;
    struct queue *queue = batch->writeback->queue;
    unsigned int i;

    for (i = 0; i < batch->count; i++) flush(batch->writeback, &batch->files[i]);
    EnterCriticalSection(&queue->lock);
    /* The last one wakes who then does away with the list: nothing of it may be touched without the lock. */
    batch->writeback->pending -= batch->count;
    WakeAllConditionVariable(&batch->writeback->ended);
    LeaveCriticalSection(&queue->lock);
    free(batch);
}

/* Give what was added to a thread. */
static BOOL submit(struct writeback *writeback)
{
    struct queue *queue = writeback->queue;
    TP_CALLBACK_ENVIRON environment;
    struct flush_batch *batch;

    if (!queue->flushers || !(batch = malloc(sizeof(*batch)))) return FALSE;
    batch->writeback = writeback;
    batch->count = writeback->added_count;
    memcpy(batch->files, writeback->added, sizeof(batch->files));
    EnterCriticalSection(&queue->lock);
    while (writeback->pending >= MAXIMUM_PENDING) SleepConditionVariableCS(&writeback->ended, &queue->lock, INFINITE);
    writeback->pending += batch->count;
    LeaveCriticalSection(&queue->lock);

    InitializeThreadpoolEnvironment(&environment);
    SetThreadpoolCallbackPool(&environment, queue->flushers);
    if (TrySubmitThreadpoolCallback(flush_batch, batch, &environment)) return TRUE;

    EnterCriticalSection(&queue->lock);
    writeback->pending -= batch->count;
    LeaveCriticalSection(&queue->lock);
    free(batch);
    return FALSE;
}

static void flush_added(struct writeback *writeback)
{
    unsigned int i;

    for (i = 0; i < writeback->added_count; i++) flush(writeback, &writeback->added[i]);
    writeback->added_count = 0;
}

void writeback_push(struct writeback *writeback)
{
    if (!writeback->added_count) return;
    if (submit(writeback)) writeback->added_count = 0;
    else flush_added(writeback);
}

void writeback_add(struct writeback *writeback, struct file *file, HANDLE handle, const struct file_identity *identity)
{
    BOOL idle;

    writeback->added[writeback->added_count].file = file;
    writeback->added[writeback->added_count].identity = *identity;
    writeback->added[writeback->added_count++].handle = handle;
    /* The client learns of the file when it is flushed: while nothing else is, that is at once. */
    EnterCriticalSection(&writeback->queue->lock);
    idle = !writeback->pending;
    LeaveCriticalSection(&writeback->queue->lock);
    if (idle || writeback->added_count == ARRAYSIZE(writeback->added)) writeback_push(writeback);
}

BOOL writeback_wait(struct writeback *writeback, struct transfer_failure *failure)
{
    struct queue *queue = writeback->queue;

    flush_added(writeback);
    EnterCriticalSection(&queue->lock);
    while (writeback->pending) SleepConditionVariableCS(&writeback->ended, &queue->lock, INFINITE);
    if (writeback->failed) *failure = transfer_failure_of_file(writeback->error, writeback->failed->index);
    LeaveCriticalSection(&queue->lock);
    return !writeback->failed;
}
