/*
 * Small files on their way to the disk.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "transfer/writeback.h"

DEBUG_CHANNEL(bitsdownload);

#define MAXIMUM_PENDING 32

struct task
{
    struct writeback *writeback;
    struct file *file;
    HANDLE handle;
};

void writeback_init(struct writeback *writeback, struct queue *queue)
{
    memset(writeback, 0, sizeof(*writeback));
    writeback->queue = queue;
    InitializeConditionVariable(&writeback->ended);
}

static void flush(const struct task *task)
{
    struct writeback *writeback = task->writeback;
    struct file *file = task->file;
    DWORD error = FlushFileBuffers(task->handle) ? 0 : GetLastError();
    BOOL kept;

    EnterCriticalSection(&writeback->queue->lock);
    kept = !error && file_keep(file, task->handle);
    LeaveCriticalSection(&writeback->queue->lock);
    /* Before anybody learns that the file is complete: it would be in his way. */
    if (!kept) CloseHandle(task->handle);

    EnterCriticalSection(&writeback->queue->lock);
    file->flushing = FALSE;
    if (error)
    {
        WARN("cannot flush %s, error %lu\n", debug_wstr(file->temporary), error);
        file_reset(file);
        if (!writeback->failed)
        {
            writeback->failed = file;
            writeback->error = error;
        }
    }
    /* The last one wakes who then does away with the list: nothing of it may be touched without the lock. */
    writeback->pending--;
    WakeAllConditionVariable(&writeback->ended);
    LeaveCriticalSection(&writeback->queue->lock);
}

static void CALLBACK flush_callback(TP_CALLBACK_INSTANCE *instance, void *context)
{
    flush(context);
    free(context);
}

void writeback_add(struct writeback *writeback, struct file *file, HANDLE handle)
{
    struct queue *queue = writeback->queue;
    struct task task = {writeback, file, handle}, *queued;
    TP_CALLBACK_ENVIRON environment;

    EnterCriticalSection(&queue->lock);
    while (writeback->pending >= MAXIMUM_PENDING)
        SleepConditionVariableCS(&writeback->ended, &queue->lock, INFINITE);
    writeback->pending++;
    LeaveCriticalSection(&queue->lock);

    InitializeThreadpoolEnvironment(&environment);
    SetThreadpoolCallbackPool(&environment, queue->flushers);
    if (queue->flushers && (queued = malloc(sizeof(*queued))))
    {
        *queued = task;
        if (TrySubmitThreadpoolCallback(flush_callback, queued, &environment)) return;
        free(queued);
    }
    flush(&task);
}

BOOL writeback_wait(struct writeback *writeback, struct transfer_failure *failure)
{
    struct queue *queue = writeback->queue;

    EnterCriticalSection(&queue->lock);
    while (writeback->pending) SleepConditionVariableCS(&writeback->ended, &queue->lock, INFINITE);
    if (writeback->failed) *failure = transfer_failure_of_file(writeback->error, writeback->failed->index);
    LeaveCriticalSection(&queue->lock);
    return !writeback->failed;
}
