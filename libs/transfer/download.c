/*
 * Moving one file here.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A file is fetched in order, from wherever the previous attempt ended: the whole of it, or its ranges one after
 * the other, which the local file holds back to back (B-455).  Whether the remote file is still the same is seen
 * from its size and time stamp; when it is not, the file starts anew (B-431).
 */

#include <stdio.h>
#include <time.h>
#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "http/fields.h"
#include "http/http.h"
#include "http/range.h"
#include "http/url.h"
#include "transfer/cacheserver.h"
#include "transfer/integrity.h"
#include "transfer/parts.h"
#include "transfer/settings.h"
#include "transfer/sink.h"
#include "transfer/stream.h"
#include "transfer/writeback.h"

DEBUG_CHANNEL(bitsdownload);

/* How often a file that keeps changing is begun again within one run. */
#define RESTARTS_MAX 5

/* Bytes that are read at once: at first, and by all transfers together. */
#define PORTION_FIRST (64 * 1024)
#define PORTIONS_TOGETHER (8 * 1024 * 1024)

struct download
{
    struct run *run;
    struct job *job;
    struct file *file;
    struct sink sink;
    void *buffer;
    size_t buffer_size;

    /* copies made under the lock */
    char *url;
    struct stream *stream;              /* where the file has no local name */
    WCHAR *method;
    const struct settings *settings;    /* of the run's requester */
    BOOL dynamic;
    BOOL lenient;                       /* and nothing is asked of the server for that (B-490) */
    BOOL one_by_one;                    /* a request asks for one range only (B-440) */
    BOOL size_asked;
    BOOL ask_first;                     /* HEAD before GET */
    uint64_t maximum_size;
    ULONGLONG last_saved;
    unsigned int restarts;
    uint64_t offset;                    /* in the remote file, of what comes next; not of ranges */
    uint64_t debt;                      /* thousandths of bytes that came too early (B-583), */
    ULONGLONG paced_at;                 /* ms; at that time */
    size_t portion;                     /* how much to read at once */
    uint64_t skip;                      /* bytes of the body that the stream has already */
    uint64_t cap;                       /* bytes a second for all transfers of its kind */
    struct integrity integrity;
    struct cache_server cache;
    DWORD attributes;                   /* of a source that is a file (B-417) */

    struct http_exchange *exchange;
    struct transfer_failure *failure;
};

/* --- failures --------------------------------------------------------------------------- */

static BOOL fail_network(struct download *download, transfer_code code)
{
    if (download->run->stop) code = ERROR_OPERATION_ABORTED;
    *download->failure = transfer_failure_of_network(settings_code(download->settings, code), download->file->index);
    return FALSE;
}

static BOOL fail_status(struct download *download, unsigned int status)
{
    *download->failure = transfer_failure_of_status(status, download->file->index);
    if (job_is_single(download->job) && status / 100 == 4) download->failure->transient = FALSE;    /* D-389 */
    return FALSE;
}

static BOOL fail_file(struct download *download, DWORD error)
{
    *download->failure = transfer_failure_of_file(error, download->file->index);
    return FALSE;
}

/* --- settings --------------------------------------------------------------------------------- */

/* Take over what the client may change meanwhile.  Locked. */
static BOOL copy_settings(struct download *download)
{
    const struct job *job = download->job;
    BOOL foreground = job->numbers[JOB_PRIORITY] == JOB_FOREGROUND;

    if (job->strings[JOB_HTTP_METHOD] && !(download->method = string_copy(job->strings[JOB_HTTP_METHOD]))) return FALSE;
    if (!download->file->local) download->stream = download->file->stream ? download->file->stream : job->stream;
    if (download->stream) stream_addref(download->stream);

    download->dynamic = !!job->numbers[JOB_DYNAMIC_CONTENT];
    download->lenient = download->dynamic && (foreground || job->queue->config.profile->all_parallel);
    download->one_by_one = job->queue->config.profile->all_parallel;
    download->maximum_size = job->numbers[JOB_MAXIMUM_SIZE];
    /* B-420 */
    download->ask_first = !download->method && !job->queue->config.profile->all_parallel &&
                          (!foreground || job->file_count > 1 || download->file->ranges);
    return (download->url = utf8_copy(download->file->remote)) != NULL;
}

static void download_cleanup(struct download *download)
{
    integrity_cleanup(&download->integrity);
    cache_server_cleanup(&download->cache);
    stream_release(download->stream);
    free(download->url);
    free(download->method);
}

/* --- what is still missing ------------------------------------------------------------------------ */

struct piece
{
    uint64_t offset;                    /* in the remote file */
    uint64_t length;                    /* TRANSFER_LENGTH_TO_EOF where the size of the file is unknown */
    BOOL whole;                         /* the file from its beginning to its end: no Range needed */
};

/* The rest of the range at which the file stands; FALSE when nothing is missing.  Locked. */
static BOOL next_piece(struct file *file, struct piece *piece)
{
    uint64_t position = file->transferred;
    unsigned int i;

    if (file->random)
    {
        struct file_range range;

        if (!random_next_piece(file, &range)) return FALSE;
        piece->offset = range.offset;
        piece->length = range.length;
        piece->whole = range.length == file->remote_size;
        return TRUE;
    }
    if (!file->ranges)
    {
        piece->whole = !position;
        piece->offset = position;
        piece->length = file->remote_size == TRANSFER_SIZE_UNKNOWN ? TRANSFER_LENGTH_TO_EOF : file->remote_size - position;
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

/* All that is missing of a file of known size, up to max stretches in the order of its ranges.  Locked. */
static size_t next_stretches(const struct file *file, struct file_range *stretches, size_t max)
{
    uint64_t position = file->transferred;
    size_t count = 0;
    unsigned int i;

    for (i = 0; i < file->range_count && count < max; i++)
    {
        struct file_range range = file->ranges[i];

        if (range.length == TRANSFER_LENGTH_TO_EOF) range.length = file->remote_size - range.offset;
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
static BOOL compute_total(struct file *file)
{
    uint64_t total = 0;
    unsigned int i;

    if (!file->ranges)
    {
        file->total = file->remote_size;
        return !file->random || random_check_requests(file);
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

/* --- the remote file: is it still the same? ------------------------------------------------------------- */

enum identity { SAME_FILE, CHANGED_FILE, BAD_FILE };

static BOOL exceeds_maximum(const struct job *job, uint64_t maximum)
{
    uint64_t total = 0;
    unsigned int i;

    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->total != TRANSFER_SIZE_UNKNOWN) total += job->files[i]->total;
    return total > maximum;
}

/* Is it another file of the same time?  What came of the first is worth nothing, and no restart helps (B-432).  Delivery
 * Optimization, which has one request for all, begins again. */
static BOOL contradicts(const struct download *download, const char *last_modified)
{
    const struct file *file = download->file;
    BOOL later = file->last_modified[0] && last_modified[0] && strcmp(file->last_modified, last_modified);

    return file->transferred && !later && !download->one_by_one;
}

/* Compare with what is known, and keep what was not.  size: TRANSFER_SIZE_UNKNOWN where the answer does not say. */
static enum identity identify(struct download *download, uint64_t size, const char *last_modified)
{
    struct file *file = download->file;
    enum identity identity = SAME_FILE;

    if (!last_modified || strlen(last_modified) >= sizeof(file->last_modified)) last_modified = "";
    EnterCriticalSection(&download->job->queue->lock);
    if (file->remote_size != TRANSFER_SIZE_UNKNOWN && size != TRANSFER_SIZE_UNKNOWN && size != file->remote_size)
    {
        identity = CHANGED_FILE;
        if (contradicts(download, last_modified))
        {
            file_reset(file);
            fail_network(download, TRANSFER_E_INVALID_RESPONSE);
            identity = BAD_FILE;
        }
    }
    else if (file->last_modified[0] && last_modified[0] && strcmp(file->last_modified, last_modified))
        identity = CHANGED_FILE;                                                        /* B-431 */
    else
    {
        if (!file->last_modified[0]) strcpy(file->last_modified, last_modified);
        if (size != TRANSFER_SIZE_UNKNOWN) file->remote_size = size;
        if (file->remote_size != TRANSFER_SIZE_UNKNOWN && !compute_total(file))
        {
            fail_network(download, TRANSFER_E_INVALID_RANGE);
            identity = BAD_FILE;
        }
        else if (exceeds_maximum(download->job, download->maximum_size))                /* B-498 */
        {
            fail_network(download, TRANSFER_E_MAXIMUM_SIZE);
            identity = BAD_FILE;
        }
    }
    LeaveCriticalSection(&download->job->queue->lock);
    return identity;
}

/* Begin the file anew; FALSE when that was done too often. */
static BOOL restart(struct download *download)
{
    struct file *file = download->file;
    DWORD error;

    TRACE("%s has changed, starting again\n", debug_wstr(file->local));
    log_event("%s file %u has changed on the server: started again", debug_guid(&download->job->id), file->index);
    if (download->sink.stream && file->transferred) return fail_network(download, TRANSFER_E_REMOTE_FILE_CHANGED);
    if (download->restarts++ >= RESTARTS_MAX) return fail_network(download, TRANSFER_E_INVALID_RESPONSE);
    EnterCriticalSection(&download->job->queue->lock);
    file_reset(file);
    job_modified(download->job);
    LeaveCriticalSection(&download->job->queue->lock);
    if ((error = sink_restart(&download->sink))) return fail_file(download, error);
    return TRUE;
}

/* --- requests ---------------------------------------------------------------------------------------------- */

/* The first byte of an answer has come: CONNECTING is over (B-023). */
static void enter_transferring(struct download *download)
{
    EnterCriticalSection(&download->job->queue->lock);
    if (!download->run->stop && (download->job->state == JOB_CONNECTING || download->job->state == JOB_QUEUED))
        job_change_state(download->job, JOB_TRANSFERRING);
    LeaveCriticalSection(&download->job->queue->lock);
}

/* Keep what the client can ask for about the answer. */
static void note_response(struct download *download, const struct http_response *response)
{
    WCHAR *headers = wide_copy(response->raw_headers), *url = NULL, *previous_headers, *previous_url = NULL;
    WCHAR *target = response->redirected ? wide_copy(response->url) : NULL, *previous_target;
    struct file *file = download->file;
    uint64_t policy = download->job->numbers[JOB_SECURITY_FLAGS] & REDIRECT_MASK;
    const char *location;

    if (response->redirected && policy == REDIRECT_REPORT) url = wide_copy(response->url);      /* B-560 */
    else if (response->status / 100 == 3 && policy == REDIRECT_DISALLOW &&
             (location = http_exchange_header(download->exchange, "Location", 0))) url = wide_copy(location);

    EnterCriticalSection(&download->job->queue->lock);
    previous_headers = file->response_headers;
    file->response_headers = headers;
    previous_target = file->redirection_target;
    file->redirection_target = target;
    file->http_status = response->status;
    lstrcpynA(file->server_address, response->server_address ? response->server_address : "",
              sizeof(file->server_address));
    if (url)
    {
        previous_url = download->file->remote;
        download->file->remote = url;
        job_modified(download->job);
    }
    LeaveCriticalSection(&download->job->queue->lock);
    free(previous_headers);
    free(previous_target);
    free(previous_url);
}

/* Time stamp condition, so that parts of two versions never mix (B-422).  HTTP knows it only with a date. */
static void add_condition(const struct download *download, char *headers, size_t size)
{
    size_t length = strlen(headers);

    if (download->file->last_modified[0])
        snprintf(headers + length, size - length, "If-Unmodified-Since: %s\r\n", download->file->last_modified);
}

static BOOL send_request(struct download *download, const char *method, const char *headers,
                         const struct http_response **response)
{
    struct http_request request = {.method = method, .headers = headers};
    transfer_code code;

    request.url = download->cache.url ? download->cache.url : download->url;
    if ((code = http_exchange_send(download->exchange, &request, response))) return fail_network(download, code);
    note_response(download, *response);
    return TRUE;
}

/* HEAD: size and time stamp (B-421). */
static BOOL ask_for_size(struct download *download)
{
    const struct http_response *response;
    char headers[128] = "";
    unsigned int status;

    do
    {
        add_condition(download, headers, sizeof(headers));
        if (!send_request(download, "HEAD", headers, &response)) return FALSE;
        status = response->status;
        if (status == 412) goto changed;
        /* B-421 */
        if (download->lenient && (status != 200 || response->content_length == HTTP_LENGTH_UNKNOWN)) return TRUE;
        if (status != 200) return fail_status(download, status);
        if (response->content_length == HTTP_LENGTH_UNKNOWN) return fail_network(download, TRANSFER_E_MISSING_SIZE);
        switch (identify(download, response->content_length, http_exchange_header(download->exchange, "Last-Modified", 0)))
        {
        case SAME_FILE: return TRUE;
        case BAD_FILE: return FALSE;
        case CHANGED_FILE: break;
        }
    changed:
        headers[0] = 0;
    } while (restart(download));
    return FALSE;
}

enum answer { ANSWER_BODY, ANSWER_AGAIN, ANSWER_FAILED };

static enum answer answer_restart(struct download *download)
{
    return restart(download) ? ANSWER_AGAIN : ANSWER_FAILED;
}

/* A whole file was asked for and is given. */
static enum answer accept_whole(struct download *download, const struct http_response *response, uint64_t *length)
{
    if (response->content_length == HTTP_LENGTH_UNKNOWN && !download->lenient)          /* B-434 */
    {
        fail_network(download, TRANSFER_E_MISSING_SIZE);
        return ANSWER_FAILED;
    }
    switch (identify(download, response->content_length, http_exchange_header(download->exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return answer_restart(download);
    case SAME_FILE: break;
    }
    *length = response->content_length;
    return ANSWER_BODY;
}

/* The whole file came instead of the rest of it, from a server that knows no ranges (D-113). */
static enum answer accept_again(struct download *download, const struct http_response *response, uint64_t *length)
{
    if (download->sink.stream) download->skip = download->file->transferred;
    else if (!restart(download)) return ANSWER_FAILED;
    return accept_whole(download, response, length);
}

/* A part: it must be the one that was asked for (B-436). */
static enum answer accept_part(struct download *download, const struct http_response *response, const struct piece *piece,
                               uint64_t *length)
{
    const char *value = http_exchange_header(download->exchange, "Content-Range", 0);
    struct http_content_range range;

    if (!value || http_content_range_parse(value, &range) || !range.has_range || range.first != piece->offset)
    {
        fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    switch (identify(download, range.has_total ? range.total : TRANSFER_SIZE_UNKNOWN,
                     http_exchange_header(download->exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return answer_restart(download);
    case SAME_FILE: break;
    }
    *length = range.last - range.first + 1;
    if ((piece->length != TRANSFER_LENGTH_TO_EOF && *length != piece->length) ||
        (response->content_length != HTTP_LENGTH_UNKNOWN && response->content_length != *length))
    {
        fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    return ANSWER_BODY;
}

/* B-433, B-480 */
static enum answer fail_no_ranges(struct download *download)
{
    BOOL random;

    EnterCriticalSection(&download->job->queue->lock);
    random = download->file->random != NULL;
    download->file->no_ranges = TRUE;
    LeaveCriticalSection(&download->job->queue->lock);
    fail_network(download, random ? TRANSFER_E_NO_RANDOM_ACCESS : TRANSFER_E_NO_RANGE_SUPPORT);
    return ANSWER_FAILED;
}

/* GET for one piece; *length: how much of a body to expect. */
static enum answer ask_for_piece(struct download *download, const struct piece *piece, uint64_t *length)
{
    char headers[256] = "", method[64] = "GET";
    const struct http_response *response;

    download->skip = 0;
    if (download->method) WideCharToMultiByte(CP_UTF8, 0, download->method, -1, method, sizeof(method), NULL, NULL);
    if (!piece->whole)
    {
        if (piece->length == TRANSFER_LENGTH_TO_EOF)
            snprintf(headers, sizeof(headers), "Range: bytes=%I64u-\r\n", piece->offset);
        else
            snprintf(headers, sizeof(headers), "Range: bytes=%I64u-%I64u\r\n", piece->offset, piece->offset + piece->length - 1);
    }
    add_condition(download, headers, sizeof(headers));
    if (!send_request(download, method, headers, &response)) return ANSWER_FAILED;

    switch (response->status)
    {
    case 200:
        if (piece->whole) return accept_whole(download, response, length);
        if (job_is_single(download->job) && !download->file->ranges) return accept_again(download, response, length);
        return fail_no_ranges(download);
    case 206:
        if (!piece->whole) return accept_part(download, response, piece, length);
        fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    case 412:
        return answer_restart(download);                                /* B-431 */
    case 416:
        if (!download->file->ranges && download->file->transferred) return answer_restart(download);
        if (download->file->ranges)
        {
            fail_network(download, TRANSFER_E_INVALID_RANGE);           /* B-457 */
            return ANSWER_FAILED;
        }
        /* fall through */
    default:
        fail_status(download, response->status);
        return ANSWER_FAILED;
    }
}

/* --- bodies ---------------------------------------------------------------------------------------------------- */

/* How far the file is, for the store: the data first, then the word about it. */
static void save_progress(struct download *download)
{
    struct queue *queue = download->job->queue;
    struct record_writer writer;
    const uint8_t *data;
    uint64_t ticket = 0;
    size_t size;

    /* Nobody would ask for it. */
    if (download->sink.stream || download->job->numbers[JOB_VOLATILE] || download->job->numbers[JOB_HIGH_PERFORMANCE]) return;
    if (sink_flush(&download->sink)) return;
    record_writer_init(&writer);
    EnterCriticalSection(&queue->lock);
    if (!job_write_progress(download->job, &writer) && record_writer_finish(&writer, &data, &size))
        store_append(queue->store, JOURNAL_PROGRESS, (const struct journal_id *)&download->job->id, data, size, &ticket);
    LeaveCriticalSection(&queue->lock);
    if (ticket) store_wait(queue->store, ticket);
    record_writer_cleanup(&writer);
}

#define SAVE_INTERVAL_MS 5000

static void note_progress(struct download *download, size_t size)
{
    struct job *job = download->job;

    EnterCriticalSection(&job->queue->lock);
    if (size && !file_add_bytes(download->file, download->offset, size)) WARN("no memory: bytes are fetched again\n");
    download->offset += size;
    if (download->file->total != TRANSFER_SIZE_UNKNOWN && download->file->transferred > download->file->total)
        download->file->total = download->file->transferred;
    job->stalled_since = job_is_single(job) ? now_ms() : 0;      /* B-552, D-133 */
    job->attempts = 0;
    if (job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_MODIFIED) job_modified(job);
    else GetSystemTimeAsFileTime(&job->times.modification);
    LeaveCriticalSection(&job->queue->lock);

    if (now_ms() - download->last_saved < SAVE_INTERVAL_MS) return;
    save_progress(download);
    download->last_saved = now_ms();
}

/* Leave out what the stream has already, at the beginning of what was read. */
static size_t skip_known(struct download *download, size_t got)
{
    size_t known = got < download->skip ? got : (size_t)download->skip;

    download->skip -= known;
    return known;
}

static BOOL hand_on(struct download *download, const BYTE *data, size_t size)
{
    DWORD error;

    while (size)
    {
        size_t part = min(size, download->buffer_size);         /* a stream takes no more at once */

        if ((error = sink_write(&download->sink, data, part))) return fail_file(download, error);
        note_progress(download, part);
        data += part;
        size -= part;
    }
    return TRUE;
}

/* The hashes are of another file (D-375). */
static BOOL fail_hashes(struct download *download)
{
    fail_network(download, TRANSFER_E_PIECE_HASHES + PIECE_HASH_LENGTH);
    download->failure->transient = false;
    return FALSE;
}

static BOOL fail_piece(struct download *download)
{
    fail_network(download, TRANSFER_E_BAD_PIECE);
    download->failure->transient = false;
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
            note_progress(download, 0);         /* none yet, but the server is at work (D-133) */
            break;
        case INTEGRITY_PIECE:
            if (!hand_on(download, integrity->piece, integrity->filled)) return ANSWER_FAILED;
            integrity_restart(integrity);
            break;
        case INTEGRITY_AGAIN:
            return ANSWER_AGAIN;
        case INTEGRITY_BAD:
            fail_piece(download);
            return ANSWER_FAILED;
        case INTEGRITY_OTHER:
            if (integrity->mandatory)
            {
                fail_hashes(download);
                return ANSWER_FAILED;
            }
            integrity->active = FALSE;
            break;
        }
    }
    return hand_on(download, data, size) ? ANSWER_BODY : ANSWER_FAILED;
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
    else if (!http_exchange_read(download->exchange, download->buffer, 1, &got) && got)
    {
        fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    return ANSWER_BODY;
}

static BOOL is_foreground(const struct job *job)
{
    return job->numbers[JOB_PRIORITY] == JOB_FOREGROUND;
}

/* Its part of what all transfers of its kind may take (D-422).  Locked. */
static uint64_t share_of(const struct download *download)
{
    const struct job *job;
    uint64_t sharers = 0;

    if (download->cap == BANDWIDTH_UNLIMITED) return BANDWIDTH_UNLIMITED;
    LIST_FOR_EACH(job, &download->job->queue->jobs, struct job, entry)
        sharers += job->run && is_foreground(job) == is_foreground(download->job);
    return max(download->cap / max(sharers, 1), 1);
}

/* What the job may take each second (B-583, B-584).  Locked. */
static uint64_t bandwidth_of(const struct download *download)
{
    const struct job *job = download->job;

    if (job->queue->config.profile->bandwidth) return share_of(download);
    if (job->numbers[JOB_PRIORITY] == JOB_FOREGROUND) return BANDWIDTH_UNLIMITED;
    return job->queue->bandwidth[job->numbers[JOB_PRIORITY]];
}

/* size bytes have come: wait until they may have.  The sender is held back by what we leave in its connection. */
static void keep_pace(struct download *download, size_t size)
{
    struct queue *queue = download->job->queue;
    uint64_t limit, earned;
    ULONGLONG now;

    EnterCriticalSection(&queue->lock);
    download->debt += (uint64_t)size * 1000;
    for (;;)
    {
        limit = bandwidth_of(download);
        now = now_ms();
        earned = limit == BANDWIDTH_UNLIMITED ? download->debt : (now - download->paced_at) * limit;
        download->debt = earned < download->debt ? download->debt - earned : 0;
        download->paced_at = now;
        if (!download->debt || !limit || download->run->stop || download->run->redirected) break;
        SleepConditionVariableCS(&queue->paced, &queue->lock, (DWORD)min(download->debt / limit + 1, 1000000));
    }
    /* Portions of a quarter of a second; many transfers at once read less at once, for the sake of memory. */
    download->portion = min(download->buffer_size, PORTIONS_TOGETHER / max(queue->run_count, 1));
    if (limit / 4 < download->portion) download->portion = max((size_t)(limit / 4), 64);
    LeaveCriticalSection(&queue->lock);
}

/* Take the body of an answer; length: what must come, HTTP_LENGTH_UNKNOWN for whatever does. */
static enum answer receive_body(struct download *download, uint64_t length)
{
    uint64_t left = length;
    transfer_code code = TRANSFER_OK;
    enum answer answer;
    size_t got;

    enter_transferring(download);
    while (left && !code)
    {
        size_t want = left < download->portion ? left : download->portion, known;

        if (download->run->stop || download->run->redirected) code = ERROR_OPERATION_ABORTED;
        else if (!(code = http_exchange_read(download->exchange, download->buffer, want, &got)))
        {
            if (!got) break;
            known = skip_known(download, got);
            if ((answer = take_bytes(download, (BYTE *)download->buffer + known, got - known)) != ANSWER_BODY) return answer;
            if (length != HTTP_LENGTH_UNKNOWN) left -= got;
            else if (download->file->transferred > download->maximum_size) code = TRANSFER_E_MAXIMUM_SIZE;  /* B-498 */
            keep_pace(download, got);
        }
    }
    if (!code && length != HTTP_LENGTH_UNKNOWN && left) code = TRANSFER_E_INVALID_RESPONSE;
    if (!code) return end_body(download, length);
    fail_network(download, code);
    return ANSWER_FAILED;
}

/* With the options for who is asked now, and known to whoever stops the run. */
static BOOL open_exchange(struct download *download)
{
    struct queue *queue = download->job->queue;
    struct requester *requester = download->run->requester;
    struct http_options options = requester->settings.options;
    struct http_exchange *previous = download->exchange;

    if (download->cache.url) options.connect_timeout = CACHE_CONNECT_TIMEOUT_MS;
    if (!download->cache.url && requester->exchange)
    {
        download->exchange = requester->exchange;
        requester->exchange = NULL;
    }
    else download->exchange = http_exchange_create(queue->http, &options);
    EnterCriticalSection(&queue->lock);
    download->run->exchange = download->exchange;
    if (download->run->stop && download->exchange) http_exchange_cancel(download->exchange);
    LeaveCriticalSection(&queue->lock);
    http_exchange_destroy(previous);
    return download->exchange || fail_file(download, ERROR_OUTOFMEMORY);
}

/* --- several ranges at once ------------------------------------------------------------------------------------ */

static enum answer give_up_parts(struct download *download)
{
    TRACE("the server does not give several ranges as asked\n");
    download->one_by_one = TRUE;        /* B-440 */
    return ANSWER_AGAIN;
}

/* Bytes of a multipart body.  ANSWER_BODY: go on. */
static enum answer take_parts(struct download *download, struct parts *parts, const char *data, size_t size, BOOL *ended)
{
    size_t consumed, payload_size;
    const char *payload;

    for (;;)
    {
        switch (parts_next(parts, data, size, &consumed, &payload, &payload_size))
        {
        case PARTS_MORE: return ANSWER_BODY;
        case PARTS_DATA:
            if (!hand_on(download, (const BYTE *)payload, payload_size)) return ANSWER_FAILED;
            break;
        case PARTS_END:
            *ended = TRUE;
            return ANSWER_BODY;
        case PARTS_OTHER: return give_up_parts(download);
        case PARTS_RESIZED: return answer_restart(download);
        case PARTS_MERGED:
            fail_network(download, TRANSFER_E_INVALID_RESPONSE);        /* B-457 */
            return ANSWER_FAILED;
        case PARTS_NO_MEMORY:
            fail_file(download, ERROR_OUTOFMEMORY);
            return ANSWER_FAILED;
        }
        data += consumed;
        size -= consumed;
    }
}

static enum answer receive_parts(struct download *download, struct parts *parts)
{
    enum answer answer = ANSWER_BODY;
    transfer_code code;
    BOOL ended = FALSE;
    size_t got;

    enter_transferring(download);
    while (!ended && answer == ANSWER_BODY)
    {
        code = download->run->stop ? ERROR_OPERATION_ABORTED
                                   : http_exchange_read(download->exchange, download->buffer, download->portion, &got);
        if (code)
        {
            fail_network(download, code);
            return ANSWER_FAILED;
        }
        if (!got) return give_up_parts(download);
        answer = take_parts(download, parts, download->buffer, got, &ended);
        keep_pace(download, got);
    }
    return answer;
}

/* An answer to a request for several ranges. */
static enum answer accept_parts(struct download *download, const struct file_range *stretches, size_t count)
{
    const char *value = http_exchange_header(download->exchange, "Content-Range", 0);
    struct http_content_range range;
    struct parts *parts;
    enum answer answer;

    switch (identify(download, TRANSFER_SIZE_UNKNOWN, http_exchange_header(download->exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return answer_restart(download);
    case SAME_FILE: break;
    }
    if (value && !http_content_range_parse(value, &range) && range.has_range &&
        parts_are_merged(stretches, count, range.first, range.last))
    {
        fail_network(download, TRANSFER_E_INVALID_RESPONSE);            /* B-457 */
        return ANSWER_FAILED;
    }
    if (!(parts = malloc(sizeof(*parts))))
    {
        fail_file(download, ERROR_OUTOFMEMORY);
        return ANSWER_FAILED;
    }
    if (parts_init(parts, http_exchange_header(download->exchange, "Content-Type", 0), stretches, count,
                   download->file->remote_size))
    {
        answer = receive_parts(download, parts);
        parts_cleanup(parts);
    }
    else answer = give_up_parts(download);
    free(parts);
    return answer;
}

/* GET for several ranges, with the body of the answer. */
static enum answer fetch_parts(struct download *download, const struct file_range *stretches, size_t count)
{
    char headers[PARTS_MAX * 42 + 128] = "Range: bytes=";
    const struct http_response *response;
    size_t i, length = strlen(headers);

    for (i = 0; i < count; i++)
        length += sprintf(headers + length, "%s%I64u-%I64u", i ? "," : "", stretches[i].offset,
                          stretches[i].offset + stretches[i].length - 1);
    strcpy(headers + length, "\r\n");
    add_condition(download, headers, sizeof(headers));
    if (!send_request(download, "GET", headers, &response)) return ANSWER_FAILED;
    switch (response->status)
    {
    case 206: return accept_parts(download, stretches, count);
    case 412: return answer_restart(download);
    case 200:
    case 416: return give_up_parts(download);       /* one by one shows what the server thinks */
    default:
        fail_status(download, response->status);
        return ANSWER_FAILED;
    }
}

/* --- the whole of it --------------------------------------------------------------------------------------------- */

static enum answer fetch_piece(struct download *download, const struct piece *piece)
{
    enum answer answer;
    uint64_t length;
    DWORD error;

    if (download->file->random && (error = sink_seek(&download->sink, piece->offset)))
    {
        fail_file(download, error);
        return ANSWER_FAILED;
    }
    download->offset = piece->offset;
    integrity_restart(&download->integrity);
    if ((answer = ask_for_piece(download, piece, &length)) != ANSWER_BODY) return answer;
    return receive_body(download, length);
}

/* What is to be fetched next, after a look at the size where that is needed.  *more: FALSE when nothing is missing. */
static enum answer fetch_next(struct download *download, BOOL *more)
{
    struct file *file = download->file;
    struct queue *queue = download->job->queue;
    struct file_range stretches[PARTS_MAX];
    struct piece piece = {0};
    size_t count = 0;
    BOOL redirected;

    EnterCriticalSection(&queue->lock);
    redirected = download->run->redirected;
    download->run->redirected = FALSE;
    download->ask_first |= file->random != NULL;
    LeaveCriticalSection(&queue->lock);
    if (redirected && !open_exchange(download)) return ANSWER_FAILED;
    if (download->ask_first && !download->size_asked && !ask_for_size(download)) return ANSWER_FAILED;
    download->size_asked = TRUE;

    EnterCriticalSection(&queue->lock);
    *more = next_piece(file, &piece);
    if (*more && file->ranges && !download->one_by_one && file->remote_size != TRANSFER_SIZE_UNKNOWN)
        count = next_stretches(file, stretches, PARTS_MAX);
    LeaveCriticalSection(&queue->lock);
    if (!*more) return ANSWER_BODY;
    if (count > 1) return fetch_parts(download, stretches, count);
    if (count)
    {
        piece.offset = stretches[0].offset;
        piece.length = stretches[0].length;
        piece.whole = piece.length == file->remote_size;        /* B-425 */
    }
    return fetch_piece(download, &piece);
}

/* Whether a failure only means that something else is wanted first. */
static BOOL is_redirected(struct download *download)
{
    BOOL redirected;

    EnterCriticalSection(&download->job->queue->lock);
    redirected = download->run->redirected && !download->run->stop;
    LeaveCriticalSection(&download->job->queue->lock);
    if (redirected) memset(download->failure, 0, sizeof(*download->failure));
    return redirected;
}

static BOOL fetch_http(struct download *download)
{
    struct file *file = download->file;
    BOOL more = TRUE;

    if (download->dynamic && file->transferred && !restart(download)) return FALSE;    /* B-490 */
    for (;;)
    {
        switch (fetch_next(download, &more))
        {
        case ANSWER_FAILED:
            if (!is_redirected(download)) return FALSE;
            break;
        case ANSWER_AGAIN: break;
        case ANSWER_BODY:
            if (!more || (!file->ranges && !file->random)) return TRUE;
            break;
        }
    }
}

/* Whether the failure is that of a cache server, which is not asked any more. */
static BOOL fall_back(struct download *download)
{
    if (!download->cache.url || download->run->stop || download->failure->where == TRANSFER_WHERE_LOCAL_FILE ||
        !cache_server_failed(&download->cache, download->job)) return FALSE;
    memset(download->failure, 0, sizeof(*download->failure));
    download->integrity.tries = 0;
    cache_server_choose(&download->cache, download->job, download->url);
    return TRUE;
}

/* From the servers that may have it, one after the other. */
static BOOL fetch_from_servers(struct download *download)
{
    const struct queue_profile *profile = download->job->queue->config.profile;

    if (profile->bandwidth) download->cap = profile->bandwidth(is_foreground(download->job));
    cache_server_choose(&download->cache, download->job, download->url);
    if (!integrity_begin(&download->integrity, download->run, download->file, &download->settings->options,
                         download->failure)) return FALSE;
    do
    {
        if (!open_exchange(download)) return FALSE;
        if (!fetch_http(download)) continue;
        if (!download->integrity.active || !download->integrity.mandatory ||
            download->file->transferred == download->integrity.pieces.content_length) return TRUE;
        fail_hashes(download);
    } while (fall_back(download));
    return FALSE;
}

/* --- files of this or another machine (4.20) ----------------------------------------------------------------------- */

static BOOL fail_remote_file(struct download *download, DWORD error)
{
    /* B-530 */
    *download->failure = transfer_failure_of_network(error, download->file->index);
    download->failure->transient = error == ERROR_SHARING_VIOLATION || error == ERROR_NETNAME_DELETED;
    return FALSE;
}

static void format_filetime(const FILETIME *time, char *text, size_t size)
{
    snprintf(text, size, "%08lx%08lx", time->dwHighDateTime, time->dwLowDateTime);
}

/* What the copy shall look like, and whether what is there of it already is of the same file (B-431). */
static BOOL examine_source(struct download *download, HANDLE source)
{
    BY_HANDLE_FILE_INFORMATION info;
    enum identity identity;
    char stamp[20];

    if (!GetFileInformationByHandle(source, &info)) return fail_remote_file(download, GetLastError());
    format_filetime(&info.ftLastWriteTime, stamp, sizeof(stamp));
    /* What came in no order, from a server, is of no use to a copy that is made from the beginning to the end. */
    if (download->file->random && download->file->transferred && !restart(download)) return FALSE;
    while ((identity = identify(download, (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow, stamp)) != SAME_FILE)
        if (identity == BAD_FILE || !restart(download)) return FALSE;
    download->sink.written = info.ftLastWriteTime;      /* B-417 */
    download->sink.created = info.ftCreationTime;
    download->attributes = carried_attributes(info.dwFileAttributes);
    return TRUE;
}

/* remote: on another machine, so that its bytes need bandwidth (B-583). */
static BOOL copy_source(struct download *download, HANDLE source, BOOL remote)
{
    LARGE_INTEGER position;
    DWORD error, got;

    if (!examine_source(download, source)) return FALSE;
    position.QuadPart = download->offset = download->file->transferred;
    if (!SetFilePointerEx(source, position, NULL, FILE_BEGIN)) return fail_remote_file(download, GetLastError());

    enter_transferring(download);
    while (download->file->transferred < download->file->total)
    {
        DWORD want = remote ? download->portion : download->buffer_size;

        if (download->run->stop) return fail_network(download, ERROR_OPERATION_ABORTED);
        if (!ReadFile(source, download->buffer, want, &got, NULL)) return fail_remote_file(download, GetLastError());
        if (!got) return fail_remote_file(download, ERROR_HANDLE_EOF);
        if ((error = sink_write(&download->sink, download->buffer, got))) return fail_file(download, error);
        note_progress(download, got);
        if (remote) keep_pace(download, got);
    }
    return TRUE;
}

static BOOL fetch_file(struct download *download)
{
    WCHAR *path = name_path_of_remote(download->file->remote);
    BOOL done, remote;
    HANDLE source;

    if (!path) return fail_file(download, ERROR_OUTOFMEMORY);
    remote = path[1] != ':';
    source = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    free(path);
    if (source == INVALID_HANDLE_VALUE) return fail_remote_file(download, GetLastError());
    done = copy_source(download, source, remote);
    CloseHandle(source);
    return done;
}

/* --- one file -------------------------------------------------------------------------------------------------------- */

static BOOL open_stream(struct download *download)
{
    if (!download->stream) return fail_file(download, TRANSFER_E_NO_SINK);
    sink_open_stream(&download->sink, download->stream, &download->run->stop);
    download->stream = NULL;
    if (download->buffer_size > STREAM_BLOCK_SIZE) download->buffer_size = STREAM_BLOCK_SIZE;
    download->portion = min(download->portion, download->buffer_size);
    return TRUE;
}

static void forget_bytes(struct file *file)
{
    EnterCriticalSection(&file->job->queue->lock);
    file_reset(file);
    LeaveCriticalSection(&file->job->queue->lock);
}

/* The names of a job's files are stored all together: so that many files do not store it as often, those of some files
 * are chosen at once. */
#define NAMES_SHARE 16

static WCHAR *choose_name(const struct job *job, const struct file *file)
{
    if (job->numbers[JOB_HIGH_PERFORMANCE]) return string_copy(file->local);
    return name_choose_temporary(file->local, job->queue->config.profile->temporary_prefix);
}

/* Choose the name of a file that has none, and those of some that come after it; the reply of an upload is in no list.
 * Only the run gives names. */
static transfer_code choose_names(struct job *job, struct file *file)
{
    unsigned int count = 1, i, first = file->index;
    transfer_code code = ERROR_OUTOFMEMORY;
    BOOL reserve = name_may_repeat(), listed;
    WCHAR **names = NULL;
    struct file *other;

    EnterCriticalSection(&job->queue->lock);
    listed = file != job->reply;
    if (listed && !job->numbers[JOB_HIGH_PERFORMANCE]) count = min(max(job->file_count / NAMES_SHARE, 1), job->file_count - first);
    LeaveCriticalSection(&job->queue->lock);
    if (!(names = calloc(count, sizeof(*names)))) return code;
    for (i = 0; i < count; i++)
    {
        if (!listed) file_addref(other = file);
        else if (!(other = job_get_file(job, first + i))) break;
        if (other->local && !other->temporary && !other->complete) names[i] = choose_name(job, other);
        file_release(other);
        if (!names[0]) goto done;
    }

    EnterCriticalSection(&job->queue->lock);
    for (i = 0; i < count; i++)
    {
        if (!names[i]) continue;
        other = listed ? job->files[first + i] : file;
        other->temporary = names[i];
        other->unborn = !reserve && !job->numbers[JOB_HIGH_PERFORMANCE];
    }
    if ((code = job_commit(job))) goto done;
    for (i = 0; i < count && reserve; i++)
        if (names[i]) name_reserve(names[i]);
done:
    free(names);
    return code;
}

/* The file that has just got its name.  Somebody may have taken the name meanwhile: then another one is chosen. */
static DWORD make_file(struct download *download)
{
    struct job *job = download->job;
    struct file *file = download->file;
    transfer_code code;
    DWORD error;

    for (;;)
    {
        if ((error = sink_create(&download->sink, file->temporary)) && error != ERROR_FILE_EXISTS) return error;
        EnterCriticalSection(&job->queue->lock);
        file->unborn = FALSE;
        if (error)
        {
            free(file->temporary);
            file->temporary = NULL;
        }
        LeaveCriticalSection(&job->queue->lock);
        if (!error) return 0;
        if ((code = choose_names(job, file))) return code;
    }
}

/* The temporary file: its name is durable before it exists, so that none is ever orphaned. */
static BOOL open_sink(struct download *download)
{
    struct job *job = download->job;
    struct file *file = download->file;
    BOOL direct = !!job->numbers[JOB_HIGH_PERFORMANCE];     /* B-495 */
    transfer_code code;
    DWORD error;

    if (!file->local) return open_stream(download);
    if (!file->temporary)
    {
        if (job_is_single(job) && (error = name_prepare_local(file->local))) return fail_file(download, error);
        if ((code = choose_names(job, file))) return fail_file(download, code);
    }
    if (file->unborn) return (error = make_file(download)) ? fail_file(download, error) : TRUE;
    if (direct) forget_bytes(file);
    error = sink_open(&download->sink, file->temporary, file->random ? range_set_end(&file->random->filled) : file->transferred,
                      !direct);
    if ((error == ERROR_FILE_NOT_FOUND || error == ERROR_HANDLE_EOF) && !job_is_single(job))    /* D-095 */
    {
        /* What was transferred is gone. */
        forget_bytes(file);
        error = sink_open(&download->sink, file->temporary, 0, !direct);
    }
    return error ? fail_file(download, error) : TRUE;
}

/* Time stamps of the server, data on the disk: then the file is complete. */
static BOOL finish_file(struct download *download)
{
    struct file *file = download->file;
    struct queue *queue = download->job->queue;
    HANDLE unflushed;
    int64_t seconds;
    DWORD error;

    if (!download->sink.written.dwHighDateTime && file->last_modified[0] &&
        !http_date_parse(file->last_modified, time(NULL), &seconds))
    {
        ULONGLONG stamp = (seconds + 11644473600ll) * 10000000;

        download->sink.written.dwLowDateTime = (DWORD)stamp;
        download->sink.written.dwHighDateTime = stamp >> 32;
    }
    if ((error = sink_finish(&download->sink, file->transferred, &unflushed))) return fail_file(download, error);

    EnterCriticalSection(&queue->lock);
    file->total = file->transferred;
    file->attributes = download->attributes;
    file->complete = TRUE;
    file->flushing = unflushed != INVALID_HANDLE_VALUE;
    event_post(download->job, JOB_EVENT_FILE | JOB_EVENT_MODIFIED);
    LeaveCriticalSection(&queue->lock);
    if (unflushed != INVALID_HANDLE_VALUE) writeback_add(download->run->writeback, file, unflushed);
    log_event("%s file %u complete, %I64u bytes", debug_guid(&download->job->id), file->index, file->transferred);
    return TRUE;
}

/* B-481: all that was asked for is there, and more was not. */
static BOOL lacks_bytes(struct file *file)
{
    BOOL lacks;

    EnterCriticalSection(&file->job->queue->lock);
    lacks = file->random && file->transferred < file->total;
    LeaveCriticalSection(&file->job->queue->lock);
    return lacks;
}

/* For the next file: an exchange that was made for any server and which nobody has cancelled.  Locked. */
static BOOL may_keep(const struct download *download)
{
    return download->exchange && !download->cache.url && !download->run->stop && !download->run->redirected &&
           !download->settings->challenge_headers;
}

void download_file(struct run *run, struct file *file, void *buffer, size_t buffer_size, struct transfer_failure *failure)
{
    struct download download =
    {
        .run = run, .job = run->job, .file = file, .buffer = buffer, .buffer_size = buffer_size, .failure = failure,
        .last_saved = now_ms(), .paced_at = now_ms(), .portion = min(buffer_size, PORTION_FIRST),
    };
    struct queue *queue = run->job->queue;
    struct requester *stale;
    BOOL ready, done = FALSE;

    memset(failure, 0, sizeof(*failure));
    sink_init(&download.sink);
    EnterCriticalSection(&queue->lock);
    /* B-481: nothing without a request */
    ready = requester_prepare(run, &stale) && copy_settings(&download) &&
            (!run->job->numbers[JOB_ON_DEMAND] || random_begin(file));
    run->file = file;
    run->redirected = FALSE;
    LeaveCriticalSection(&queue->lock);
    requester_destroy(stale);
    if (!ready)
    {
        fail_file(&download, ERROR_OUTOFMEMORY);
        goto done;
    }

    settings_find_certificate(&run->requester->settings);
    download.settings = &run->requester->settings;
    if (!open_sink(&download)) goto done;
    done = name_is_http(file->remote) ? fetch_from_servers(&download) : fetch_file(&download);
    if (done && lacks_bytes(file)) save_progress(&download);
    else if (done) finish_file(&download);

done:
    EnterCriticalSection(&queue->lock);
    if (done && may_keep(&download))
    {
        run->requester->exchange = download.exchange;
        download.exchange = NULL;
    }
    run->exchange = NULL;
    run->file = NULL;
    run->redirected = FALSE;
    LeaveCriticalSection(&queue->lock);
    if (failure->code && failure->code != ERROR_OPERATION_ABORTED)
        WARN("%s, file %u: code %#x, %s\n", debug_guid(&run->job->id), file->index, failure->code,
             failure->transient ? "transient" : "fatal");
    http_exchange_destroy(download.exchange);
    sink_close(&download.sink);
    download_cleanup(&download);
}
