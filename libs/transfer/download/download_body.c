/*
 * The bytes of a download: where they go, what is remembered of them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "http/http.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* Flush what was written.  A Win32 error: what came since the last flush is lost. */
static DWORD flush_progress(struct download *download)
{
    struct queue *queue = download->job->queue;
    BOOL noted;
    DWORD error;

    EnterCriticalSection(&queue->lock);
    noted = file_begin_flush(download->file);
    LeaveCriticalSection(&queue->lock);
    if ((error = sink_flush(&download->sink))) download_parallel_end(download);
    EnterCriticalSection(&queue->lock);
    if (error) file_note_lost(download->file);
    else if (noted) file_note_flushed(download->file);
    else WARN("no memory: less is stored than is there\n");
    LeaveCriticalSection(&queue->lock);
    return error;
}

/* Have the store know how far the file is. */
static void store_progress(struct download *download)
{
    struct queue *queue = download->job->queue;
    transfer_code code;
    uint64_t ticket;

    EnterCriticalSection(&queue->lock);
    if (!(code = job_append_progress(download->file, &ticket))) code = job_wait_stored(download->job, ticket);
    LeaveCriticalSection(&queue->lock);
    if (code) WARN("%s: the progress is not stored, error %u\n", debug_guid(&download->job->id), code);
}

/* Nobody asks for the progress of others. */
static BOOL has_durable_progress(const struct download *download)
{
    return download->sink.handle != INVALID_HANDLE_VALUE && !download->job->numbers[JOB_VOLATILE] &&
           !download->job->numbers[JOB_HIGH_PERFORMANCE];
}

BOOL download_save_progress(struct download *download)
{
    DWORD error;

    if (!has_durable_progress(download)) return TRUE;
    if ((error = flush_progress(download))) return download_fail_file(download, error);
    store_progress(download);
    return TRUE;
}

void download_keep_progress(struct download *download)
{
    DWORD error;

    if (!has_durable_progress(download)) return;
    if ((error = flush_progress(download)))
        WARN("%s cannot be flushed, error %lu\n", debug_wstr(download->file->temporary), error);
}

/* What may be fetched twice after a crash, at most: bytes at line rate, time on slow lines. */
#define SAVE_INTERVAL_MS 5000
#define SAVE_INTERVAL_BYTES (64 * 1024 * 1024)

BOOL download_note_bytes(struct download *download, uint64_t position, size_t size)
{
    struct job *job = download->job;

    queue_assert_locked(download->job->queue);
    if (size && !ondemand_add_bytes(download->file, position, size)) return FALSE;
    download->unsaved += size;
    if (download->file->total != TRANSFER_SIZE_UNKNOWN && download->file->transferred > download->file->total)
        download->file->total = download->file->transferred;
    job->stalled_since = job_is_single(job) ? now_ms() : 0; /* B-552, D-133 */
    job->attempts = 0;
    if (size) job_touch(job);
    if (job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_MODIFIED) job_modified(job);
    else GetSystemTimeAsFileTime(&job->times.modification);
    return TRUE;
}

BOOL download_save_when_due(struct download *download)
{
    struct queue *queue = download->job->queue;
    BOOL due;

    EnterCriticalSection(&queue->lock);
    due = now_ms() - download->last_saved >= SAVE_INTERVAL_MS || download->unsaved >= SAVE_INTERVAL_BYTES;
    if (due) download->unsaved = 0;
    LeaveCriticalSection(&queue->lock);
    if (!due) return TRUE;
    writeback_push(download->run->writeback);
    if (!download_save_progress(download)) return FALSE;
    download->last_saved = now_ms();
    return TRUE;
}

BOOL download_note_progress(struct download *download, size_t size)
{
    struct queue *queue = download->job->queue;

    EnterCriticalSection(&queue->lock);
    if (!download_note_bytes(download, download->offset - file_base(download->file), size))
        WARN("no memory: bytes are fetched again\n");
    download->offset += size;
    LeaveCriticalSection(&queue->lock);
    return download_save_when_due(download);
}

/* Leave out what the stream has already, at the beginning of what was read. */
static size_t skip_known(struct download *download, size_t got)
{
    size_t known = got < download->skip ? got : (size_t)download->skip;

    download->skip -= known;
    return known;
}

BOOL download_hand_on(struct download *download, const BYTE *data, size_t size)
{
    DWORD error;

    while (size)
    {
        size_t part = min(size, download->buffer_size); /* a stream takes no more at once */

        if ((error = sink_write(&download->sink, data, part))) return download_fail_file(download, error);
        if (!download_note_progress(download, part)) return FALSE;
        data += part;
        size -= part;
    }
    return TRUE;
}

/* The hashes are of another file (D-375). */
BOOL download_fail_hashes(struct download *download)
{
    download_fail_network(download, TRANSFER_E_PIECE_HASHES + PIECE_HASH_LENGTH);
    download->attempt.failure->transient = false;
    return FALSE;
}

static BOOL fail_piece(struct download *download)
{
    download_fail_network(download, TRANSFER_E_BAD_PIECE);
    download->attempt.failure->transient = false;
    return FALSE;
}

/* Bytes that came, in order: piece by piece where there is something to check them against. */
static enum answer take_bytes(struct download *download, const BYTE *data, size_t size)
{
    struct integrity *integrity = &download->integrity;
    const struct file *file = download->file;

    while (size && integrity->active)
    {
        switch (integrity_take(integrity, file->transferred, file->total, &data, &size))
        {
        case INTEGRITY_MORE:
            /* none yet, but the server is at work (D-133) */
            if (!download_note_progress(download, 0)) return ANSWER_FAILED;
            break;
        case INTEGRITY_PIECE:
            if (!download_hand_on(download, integrity->piece, integrity->filled)) return ANSWER_FAILED;
            integrity_restart(integrity);
            break;
        case INTEGRITY_AGAIN: return ANSWER_AGAIN;
        case INTEGRITY_BAD: fail_piece(download); return ANSWER_FAILED;
        case INTEGRITY_OTHER:
            if (integrity->mandatory)
            {
                download_fail_hashes(download);
                return ANSWER_FAILED;
            }
            integrity->active = FALSE;
            break;
        }
    }
    return download_hand_on(download, data, size) ? ANSWER_BODY : ANSWER_FAILED;
}

/* The end of a body that is all there. */
static enum answer end_body(struct download *download, uint64_t length)
{
    size_t got;

    if (length == HTTP_LENGTH_UNKNOWN)
    {
        /* The end of dynamic content is where the server ended it (B-492). */
        EnterCriticalSection(&download->job->queue->lock);
        download->file->remote_size = download->file->total = download->file->transferred;
        LeaveCriticalSection(&download->job->queue->lock);
    }
    else if (!http_exchange_read(download->attempt.exchange, download->buffer, 1, &got) && got)
    {
        download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    return ANSWER_BODY;
}

/* Take the body of an answer; length: what must come, HTTP_LENGTH_UNKNOWN for whatever does. */
enum answer download_receive_body(struct download *download, uint64_t length)
{
    uint64_t left = length;
    transfer_code code = TRANSFER_OK;
    enum answer answer;
    size_t got;

    attempt_enter_transferring(&download->attempt);
    while (left && !code)
    {
        uint64_t room = download_parallel_room(download, left);
        size_t want = min(room, download_portion(download)), known;

        if (!room) return ANSWER_BODY; /* others have what comes next */
        if (download->run->stop || download->run->redirected) code = ERROR_OPERATION_ABORTED;
        else if (!(code = http_exchange_read(download->attempt.exchange, download->buffer, want, &got)))
        {
            if (!got) break;
            known = skip_known(download, got);
            if ((answer = take_bytes(download, (BYTE *)download->buffer + known, got - known)) != ANSWER_BODY)
                return answer;
            if (length != HTTP_LENGTH_UNKNOWN) left -= got;
            else if (download->file->transferred > download->maximum_size) code = TRANSFER_E_MAXIMUM_SIZE; /* B-498 */
            pace_keep(download->run, download->attempt.exchange, got);
            download_parallel_look(download, got);
        }
    }
    if (!code && length != HTTP_LENGTH_UNKNOWN && left) code = TRANSFER_E_INVALID_RESPONSE;
    if (!code) return end_body(download, length);
    download_fail_network(download, code);
    return ANSWER_FAILED;
}
