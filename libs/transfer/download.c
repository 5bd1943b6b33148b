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
#include "transfer/settings.h"
#include "transfer/sink.h"
#include "transfer/stream.h"

DEBUG_CHANNEL(bitsdownload);

/* How often a file that keeps changing is begun again within one run. */
#define RESTARTS_MAX 5

#define REDIRECT_REPORT     0x0100
#define REDIRECT_DISALLOW   0x0200
#define REDIRECT_MASK       0x0700
#define REDIRECT_TO_HTTP    0x0800

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
    struct settings settings;
    BOOL dynamic;
    BOOL ask_first;                     /* HEAD before GET */
    uint64_t maximum_size;
    ULONGLONG last_saved;
    unsigned int restarts;
    uint64_t skip;                      /* bytes of the body that the stream has already */

    struct http_exchange *exchange;
    struct transfer_failure *failure;
};

/* --- failures --------------------------------------------------------------------------- */

static BOOL fail_network(struct download *download, transfer_code code)
{
    if (download->run->stop) code = ERROR_OPERATION_ABORTED;
    *download->failure = transfer_failure_of_network(code, download->file->index);
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
    struct http_options *options = &download->settings.options;
    uint64_t flags = job->numbers[JOB_SECURITY_FLAGS];

    if (!settings_copy(&download->settings, job)) return FALSE;
    options->redirects = (flags & REDIRECT_MASK) == REDIRECT_DISALLOW ? HTTP_REDIRECT_REFUSE : HTTP_REDIRECT_FOLLOW;
    options->allow_https_to_http = !!(flags & REDIRECT_TO_HTTP);
    if (job->strings[JOB_HTTP_METHOD] && !(download->method = string_copy(job->strings[JOB_HTTP_METHOD]))) return FALSE;
    if (!download->file->local && job->stream) stream_addref(download->stream = job->stream);

    download->dynamic = !!job->numbers[JOB_DYNAMIC_CONTENT];
    download->maximum_size = job->numbers[JOB_MAXIMUM_SIZE];
    /* B-420 */
    download->ask_first = !download->dynamic && !download->method && !job->queue->config.profile->all_parallel &&
                          (job->numbers[JOB_PRIORITY] != JOB_FOREGROUND || job->file_count > 1 || download->file->ranges);
    return (download->url = utf8_copy(download->file->remote)) != NULL;
}

static void download_cleanup(struct download *download)
{
    stream_release(download->stream);
    free(download->url);
    free(download->method);
    settings_cleanup(&download->settings);
}

/* --- what is still missing ------------------------------------------------------------------------ */

struct piece
{
    uint64_t offset;                    /* in the remote file */
    uint64_t length;                    /* TRANSFER_LENGTH_TO_EOF where the size of the file is unknown */
    BOOL whole;                         /* the file from its beginning to its end: no Range needed */
};

/* The rest of the range at which the file stands; FALSE when nothing is missing.  Locked. */
static BOOL next_piece(const struct file *file, struct piece *piece)
{
    uint64_t position = file->transferred;
    unsigned int i;

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

/* Wanted bytes, once the size of the remote file is known; FALSE: a range lies outside (B-457).  Locked. */
static BOOL compute_total(struct file *file)
{
    uint64_t total = 0;
    unsigned int i;

    if (!file->ranges)
    {
        file->total = file->remote_size;
        return TRUE;
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

/* Compare with what is known, and keep what was not.  size: TRANSFER_SIZE_UNKNOWN where the answer does not say. */
static enum identity identify(struct download *download, uint64_t size, const char *last_modified)
{
    struct file *file = download->file;
    enum identity identity = SAME_FILE;

    if (!last_modified || strlen(last_modified) >= sizeof(file->last_modified)) last_modified = "";
    EnterCriticalSection(&download->job->queue->lock);
    if (file->remote_size != TRANSFER_SIZE_UNKNOWN && size != TRANSFER_SIZE_UNKNOWN && size != file->remote_size)
        identity = CHANGED_FILE;                                                        /* B-432 */
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
    struct http_request request = {.method = method, .url = download->url, .headers = headers};
    transfer_code code;

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
    if (response->content_length == HTTP_LENGTH_UNKNOWN && !download->dynamic)          /* B-434 */
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
        fail_network(download, TRANSFER_E_NO_RANGE_SUPPORT);            /* B-433 */
        return ANSWER_FAILED;
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
    if (download->sink.stream || download->job->numbers[JOB_VOLATILE]) return;
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
    download->file->transferred += size;
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

/* Take the body of an answer; length: what must come, HTTP_LENGTH_UNKNOWN for whatever does. */
static BOOL receive_body(struct download *download, uint64_t length)
{
    uint64_t left = length;
    transfer_code code;
    DWORD error;
    size_t got;

    enter_transferring(download);
    while (left)
    {
        size_t want = left < download->buffer_size ? left : download->buffer_size, known;

        if (download->run->stop) return fail_network(download, ERROR_OPERATION_ABORTED);
        if ((code = http_exchange_read(download->exchange, download->buffer, want, &got))) return fail_network(download, code);
        if (!got) break;
        known = skip_known(download, got);
        if (got > known && (error = sink_write(&download->sink, (char *)download->buffer + known, got - known)))
            return fail_file(download, error);
        note_progress(download, got - known);
        if (length != HTTP_LENGTH_UNKNOWN) left -= got;
    }
    if (length != HTTP_LENGTH_UNKNOWN && left) return fail_network(download, TRANSFER_E_INVALID_RESPONSE);
    if (length == HTTP_LENGTH_UNKNOWN)
    {
        /* The end of dynamic content is where the server ended it (B-492). */
        EnterCriticalSection(&download->job->queue->lock);
        download->file->remote_size = download->file->total = download->file->transferred;
        LeaveCriticalSection(&download->job->queue->lock);
    }
    else if (!http_exchange_read(download->exchange, download->buffer, 1, &got) && got)
        return fail_network(download, TRANSFER_E_INVALID_RESPONSE);
    return TRUE;
}

static BOOL fetch_http(struct download *download)
{
    struct file *file = download->file;
    struct piece piece;
    uint64_t length;
    BOOL more;

    if (download->dynamic && file->transferred && !restart(download)) return FALSE;    /* B-490 */
    if (download->ask_first && !ask_for_size(download)) return FALSE;
    for (;;)
    {
        EnterCriticalSection(&download->job->queue->lock);
        more = next_piece(file, &piece);
        LeaveCriticalSection(&download->job->queue->lock);
        if (!more) return TRUE;
        switch (ask_for_piece(download, &piece, &length))
        {
        case ANSWER_FAILED: return FALSE;
        case ANSWER_AGAIN: continue;
        case ANSWER_BODY: break;
        }
        if (!receive_body(download, length)) return FALSE;
        if (!file->ranges) return TRUE;
    }
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

static BOOL copy_source(struct download *download, HANDLE source)
{
    LARGE_INTEGER size, position;
    FILETIME written;
    char stamp[20];
    DWORD error, got;

    if (!GetFileSizeEx(source, &size) || !GetFileTime(source, NULL, NULL, &written))
        return fail_remote_file(download, GetLastError());
    format_filetime(&written, stamp, sizeof(stamp));
    for (;;)
    {
        enum identity identity = identify(download, size.QuadPart, stamp);

        if (identity == BAD_FILE || (identity == CHANGED_FILE && !restart(download))) return FALSE;
        if (identity == SAME_FILE) break;
    }
    position.QuadPart = download->file->transferred;
    if (!SetFilePointerEx(source, position, NULL, FILE_BEGIN)) return fail_remote_file(download, GetLastError());

    enter_transferring(download);
    while (download->file->transferred < download->file->total)
    {
        if (download->run->stop) return fail_network(download, ERROR_OPERATION_ABORTED);
        if (!ReadFile(source, download->buffer, download->buffer_size, &got, NULL)) return fail_remote_file(download, GetLastError());
        if (!got) return fail_remote_file(download, ERROR_HANDLE_EOF);
        if ((error = sink_write(&download->sink, download->buffer, got))) return fail_file(download, error);
        note_progress(download, got);
    }
    download->sink.written = written;       /* B-417 */
    return TRUE;
}

static BOOL fetch_file(struct download *download)
{
    WCHAR *path = name_path_of_remote(download->file->remote);
    HANDLE source;
    BOOL done;

    if (!path) return fail_file(download, ERROR_OUTOFMEMORY);
    source = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    free(path);
    if (source == INVALID_HANDLE_VALUE) return fail_remote_file(download, GetLastError());
    done = copy_source(download, source);
    CloseHandle(source);
    return done;
}

/* --- one file -------------------------------------------------------------------------------------------------------- */

static BOOL open_stream(struct download *download)
{
    if (!download->stream) return fail_file(download, ERROR_INVALID_HANDLE);
    sink_open_stream(&download->sink, download->stream, &download->run->stop);
    download->stream = NULL;
    if (download->buffer_size > STREAM_BLOCK_SIZE) download->buffer_size = STREAM_BLOCK_SIZE;
    return TRUE;
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
        WCHAR *name;

        if (job_is_single(job) && (error = name_prepare_local(file->local))) return fail_file(download, error);
        name = direct ? string_copy(file->local)
                      : name_choose_temporary(file->local, job->queue->config.profile->temporary_prefix);
        if (!name) return fail_file(download, ERROR_OUTOFMEMORY);
        EnterCriticalSection(&job->queue->lock);
        file->temporary = name;
        if ((code = job_commit(job))) return fail_file(download, code);
    }
    if (direct && file->transferred && !restart(download)) return FALSE;
    error = sink_open(&download->sink, file->temporary, file->transferred, !direct);
    if ((error == ERROR_FILE_NOT_FOUND || error == ERROR_HANDLE_EOF) && !job_is_single(job))    /* D-095 */
    {
        /* What was transferred is gone. */
        EnterCriticalSection(&job->queue->lock);
        file_reset(file);
        LeaveCriticalSection(&job->queue->lock);
        error = sink_open(&download->sink, file->temporary, 0, !direct);
    }
    return error ? fail_file(download, error) : TRUE;
}

/* Time stamps of the server, data on the disk: then the file is complete. */
static BOOL finish_file(struct download *download)
{
    struct file *file = download->file;
    struct queue *queue = download->job->queue;
    int64_t seconds;
    DWORD error;

    if (!download->sink.written.dwHighDateTime && file->last_modified[0] &&
        !http_date_parse(file->last_modified, time(NULL), &seconds))
    {
        ULONGLONG stamp = (seconds + 11644473600ll) * 10000000;

        download->sink.written.dwLowDateTime = (DWORD)stamp;
        download->sink.written.dwHighDateTime = stamp >> 32;
    }
    if ((error = sink_finish(&download->sink, file->transferred))) return fail_file(download, error);

    EnterCriticalSection(&queue->lock);
    file->total = file->transferred;
    file->complete = TRUE;
    event_post(download->job, JOB_EVENT_FILE | JOB_EVENT_MODIFIED);
    LeaveCriticalSection(&queue->lock);
    log_event("%s file %u complete, %I64u bytes", debug_guid(&download->job->id), file->index, file->transferred);
    return TRUE;
}

void download_file(struct run *run, struct file *file, void *buffer, size_t buffer_size, struct transfer_failure *failure)
{
    struct download download =
    {
        .run = run, .job = run->job, .file = file, .buffer = buffer, .buffer_size = buffer_size, .failure = failure,
        .last_saved = now_ms(),
    };
    struct queue *queue = run->job->queue;
    BOOL ready, done = FALSE;

    memset(failure, 0, sizeof(*failure));
    sink_init(&download.sink);
    EnterCriticalSection(&queue->lock);
    ready = copy_settings(&download);
    LeaveCriticalSection(&queue->lock);
    if (ready) ready = !!(download.exchange = http_exchange_create(queue->http, &download.settings.options));
    if (!ready)
    {
        fail_file(&download, ERROR_OUTOFMEMORY);
        goto done;
    }

    EnterCriticalSection(&queue->lock);
    run->exchange = download.exchange;
    if (run->stop) http_exchange_cancel(download.exchange);
    LeaveCriticalSection(&queue->lock);

    if (!open_sink(&download)) goto done;
    done = name_is_http(file->remote) ? fetch_http(&download) : fetch_file(&download);
    if (done) finish_file(&download);

done:
    EnterCriticalSection(&queue->lock);
    run->exchange = NULL;
    LeaveCriticalSection(&queue->lock);
    if (failure->code && failure->code != ERROR_OPERATION_ABORTED)
        WARN("%s, file %u: code %#x, %s\n", debug_guid(&run->job->id), file->index, failure->code,
             failure->transient ? "transient" : "fatal");
    http_exchange_destroy(download.exchange);
    sink_close(&download.sink);
    download_cleanup(&download);
}
