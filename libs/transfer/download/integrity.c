/*
 * Checking what comes against a piece hash file (D-371 to D-379).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "http/http.h"
#include "http/redact.h"
#include "transfer/attempt/attempt.h"
#include "transfer/download/integrity.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* Of a piece hash file: enough for half a terabyte in pieces of 1 MiB. */
#define HASH_FILE_MAX (32 * 1024 * 1024)
#define READ_STEP (64 * 1024)

/* How often a piece is fetched before it is bad (D-377). */
#define PIECE_TRIES 3

/* --- the piece hash file --------------------------------------------------------------------- */

/* All of a body, for free(). */
static transfer_code read_body(struct http_exchange *exchange, BYTE **data, size_t *size)
{
    size_t capacity = 0, got = 0;
    transfer_code code;
    BYTE *more;

    *data = NULL;
    *size = 0;
    for (;;)
    {
        if (*size == capacity)
        {
            if (capacity >= HASH_FILE_MAX) return TRANSFER_E_PIECE_HASHES + PIECE_HASH_FILE_SIZE;
            capacity = capacity ? capacity * 2 : READ_STEP;
            if (!(more = realloc(*data, capacity))) return ERROR_OUTOFMEMORY;
            *data = more;
        }
        if ((code = http_exchange_read(exchange, *data + *size, capacity - *size, &got))) return code;
        if (!got) return TRANSFER_OK;
        *size += got;
    }
}

/* home: the URL of the file; what the client has for its server is not for that of the hashes. */
static transfer_code fetch(struct run *run, const struct http_options *options, const char *url, const char *home,
                           BYTE **data, size_t *size)
{
    struct http_request request = {.method = "GET", .url = url, .home = home, .named_by = HTTP_NAMED_BY_HASHES};
    const struct http_response *response;
    struct transfer_failure failure;
    struct attempt attempt = {.run = run, .failure = &failure};
    transfer_code code;

    *data = NULL;
    if (!attempt_open(&attempt, options)) return failure.code;
    code = attempt_send(&attempt, &request, &response);
    if (!code && response->status != 200) code = TRANSFER_HTTP_STATUS(response->status);
    if (!code) code = read_body(attempt.exchange, data, size);
    attempt_close(&attempt);
    return run->stop ? ERROR_OPERATION_ABORTED : code;
}

/* Whatever keeps the hashes away has one code (D-376). */
static transfer_code get_hashes(struct integrity *integrity, struct run *run, const struct http_options *options,
                                const char *text, const char *home)
{
    struct piece_hash_info info;
    enum piece_hash_error error;
    transfer_code code;
    BYTE *data = NULL;
    size_t size = 0;

    if (piece_hash_info_parse(&info, text, strlen(text))) return TRANSFER_E_NO_PIECE_HASHES;
    code = fetch(run, options, info.url, home, &data, &size);
    if (!code && (error = piece_hashes_parse(&integrity->pieces, &info, data, size)))
        code = TRANSFER_E_PIECE_HASHES + error;
    else if (code && code != ERROR_OPERATION_ABORTED && code != TRANSFER_E_PIECE_HASHES + PIECE_HASH_FILE_SIZE)
    {
        WARN("%s: error %#x\n", debug_url(info.url), code);
        code = TRANSFER_E_NO_PIECE_HASHES;
    }
    free(data);
    piece_hash_info_cleanup(&info);
    return code;
}

BOOL integrity_begin(struct integrity *integrity, struct run *run, struct file *file, const char *url,
                     const struct http_options *options, struct transfer_failure *failure)
{
    transfer_code code = TRANSFER_OK;
    char *text = NULL;

    EnterCriticalSection(&run->job->queue->lock);
    integrity->mandatory = file->integrity_mandatory;
    if (file->integrity && !(text = utf8_copy(file->integrity))) code = ERROR_OUTOFMEMORY;
    LeaveCriticalSection(&run->job->queue->lock);
    if (!text && !code) return TRUE;

    if (!code && file->ranges) code = TRANSFER_E_RANGES_UNEXPECTED;
    if (!code) code = get_hashes(integrity, run, options, text, url);
    if (!code && !(integrity->piece = malloc(integrity->pieces.piece_size))) code = ERROR_OUTOFMEMORY;
    free(text);
    if (!code)
    {
        /* Without the hashes an earlier attempt may have ended in the middle of a piece. */
        integrity->active = !file_is_scattered(file) && !(file->transferred % integrity->pieces.piece_size);
        return TRUE;
    }
    WARN("%s: no piece hashes, code %#x\n", debug_guid(&run->job->id), code);
    log_event("%s file %u: no piece hashes, code %#x", debug_guid(&run->job->id), file->index, code);
    if (!integrity->mandatory && code != ERROR_OPERATION_ABORTED) return TRUE;
    *failure = (struct transfer_failure){.code = code, .where = TRANSFER_WHERE_REMOTE_FILE, .file = file->index};
    return FALSE;
}

void integrity_cleanup(struct integrity *integrity)
{
    piece_hashes_cleanup(&integrity->pieces);
    free(integrity->piece);
}

/* --- pieces -------------------------------------------------------------------------------------- */

static enum integrity_result check_piece(struct integrity *integrity, uint64_t offset)
{
    if (piece_hashes_check(&integrity->pieces, offset, integrity->piece, integrity->filled))
    {
        integrity->tries = 0;
        return INTEGRITY_PIECE;
    }
    WARN("the piece at %I64u is bad\n", offset);
    log_event("the piece at %I64u is bad", offset);
    if (++integrity->tries < PIECE_TRIES)
    {
        integrity->filled = 0;
        return INTEGRITY_AGAIN;
    }
    if (integrity->mandatory) return INTEGRITY_BAD;
    integrity->active = FALSE; /* better this than nothing, says the client */
    return INTEGRITY_PIECE;
}

enum integrity_result integrity_take(struct integrity *integrity, uint64_t offset, uint64_t total, const BYTE **data,
                                     size_t *size)
{
    size_t length = piece_hashes_length(&integrity->pieces, offset), part;

    if (!length || total != integrity->pieces.content_length) return INTEGRITY_OTHER;
    part = min(*size, length - integrity->filled);
    memcpy(integrity->piece + integrity->filled, *data, part);
    integrity->filled += part;
    *data += part;
    *size -= part;
    return integrity->filled < length ? INTEGRITY_MORE : check_piece(integrity, offset);
}

void integrity_restart(struct integrity *integrity)
{
    integrity->filled = 0;
}
