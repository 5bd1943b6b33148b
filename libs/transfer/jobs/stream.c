/*
 * Bytes handed to an object of the client instead of a file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/debug.h"
#include "transfer/jobs/stream.h"

DEBUG_CHANNEL(bitsdownload);

struct stream
{
    LONG refs; /* one of a call under way */
    struct job_stream target;
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE changed;
    BOOL busy;             /* the object is being called with the block */
    transfer_code failure; /* its last answer, until it has been reported */
    size_t size;
    BYTE block[STREAM_BLOCK_SIZE];
};

struct stream *stream_create(const struct job_stream *target)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    if (!stream)
    {
        target->release(target->context);
        return NULL;
    }
    stream->refs = 1;
    stream->target = *target;
    InitializeCriticalSection(&stream->lock);
    InitializeConditionVariable(&stream->changed);
    return stream;
}

void stream_addref(struct stream *stream)
{
    InterlockedIncrement(&stream->refs);
}

void stream_release(struct stream *stream)
{
    if (!stream || InterlockedDecrement(&stream->refs)) return;
    stream->target.release(stream->target.context);
    DeleteCriticalSection(&stream->lock);
    free(stream);
}

static void CALLBACK write_block(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct stream *stream = context;
    transfer_code code;

    CallbackMayRunLong(instance);
    code = stream->target.write(stream->target.context, stream->block, stream->size);
    if (code) WARN("the stream refuses %Iu bytes: %#x\n", stream->size, code);
    EnterCriticalSection(&stream->lock);
    stream->busy = FALSE;
    stream->failure = code;
    WakeAllConditionVariable(&stream->changed);
    LeaveCriticalSection(&stream->lock);
    stream_release(stream);
}

/* Locked. */
static transfer_code wait_idle(struct stream *stream, const _Atomic(LONG) *stop)
{
    transfer_code code;

    while (stream->busy && !*stop) SleepConditionVariableCS(&stream->changed, &stream->lock, INFINITE);
    if (stream->busy) return ERROR_OPERATION_ABORTED;
    code = stream->failure;
    stream->failure = TRANSFER_OK;
    return code;
}

transfer_code stream_write(struct stream *stream, const void *data, size_t size, const _Atomic(LONG) *stop)
{
    transfer_code code;

    EnterCriticalSection(&stream->lock);
    if (!(code = wait_idle(stream, stop)))
    {
        memcpy(stream->block, data, size);
        stream->size = size;
        stream->busy = TRUE;
        stream_addref(stream);
        if (!TrySubmitThreadpoolCallback(write_block, stream, NULL))
        {
            code = GetLastError();
            stream->busy = FALSE;
            InterlockedDecrement(&stream->refs); /* the caller has one */
        }
    }
    LeaveCriticalSection(&stream->lock);
    return code;
}

transfer_code stream_flush(struct stream *stream, const _Atomic(LONG) *stop)
{
    transfer_code code;

    EnterCriticalSection(&stream->lock);
    code = wait_idle(stream, stop);
    LeaveCriticalSection(&stream->lock);
    return code;
}

void *stream_context(const struct stream *stream)
{
    return stream->target.context;
}

void stream_wake(struct stream *stream)
{
    EnterCriticalSection(&stream->lock);
    WakeAllConditionVariable(&stream->changed);
    LeaveCriticalSection(&stream->lock);
}
