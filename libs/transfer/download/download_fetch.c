/*
 * A file from servers: what is asked of them, and whether the answers are of the same file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "base/text.h"
#include "http/fields.h"
#include "http/http.h"
#include "http/range.h"
#include "http/url.h"
#include "transfer/attempt/correlation.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/download/range_parts.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* How often a file that keeps changing is begun again within one run. */
#define RESTARTS_MAX 5

/* --- the remote file: is it still the same? ------------------------------------------------------------- */

static BOOL exceeds_maximum(const struct job *job, uint64_t maximum)
{
    uint64_t total = 0;
    unsigned int i;

    if (maximum == UINT64_MAX) return FALSE;
    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->total != TRANSFER_SIZE_UNKNOWN) total += job->files[i]->total;
    return total > maximum;
}

/* Does a server have another file of the same time?  What came of the first is worth nothing, and no restart helps
 * (B-432).  Delivery Optimization, which has one request for all, begins again, and so do copies of files. */
static BOOL contradicts(const struct download *download, const char *last_modified)
{
    const struct file *file = download->file;
    BOOL later = file->last_modified[0] && last_modified[0] && strcmp(file->last_modified, last_modified);

    return file->transferred && !later && !download->job->queue->config.profile->delivery_requests && download->is_http;
}

/* The ETag of an answer, if it stands for the same bytes and not only for the same meaning; "": none. */
static const char *strong_etag(struct http_exchange *exchange)
{
    const char *etag = http_exchange_header(exchange, "ETag", 0);

    return etag && *etag == '"' && strlen(etag) < sizeof(((struct file *)NULL)->etag) ? etag : "";
}

unsigned int download_compare_validators(const struct file *file, struct http_exchange *exchange,
                                         enum identity *identity)
{
    const char *etag = strong_etag(exchange), *last_modified = http_exchange_header(exchange, "Last-Modified", 0);
    unsigned int known = 0;

    queue_assert_locked(file->job->queue);
    if (file->etag[0] && *etag)
    {
        known++;
        if (strcmp(file->etag, etag)) *identity = CHANGED_FILE;
    }
    if (file->last_modified[0] && last_modified && *last_modified)
    {
        known++;
        if (strcmp(file->last_modified, last_modified)) *identity = CHANGED_FILE;
    }
    return known;
}

/* The same for the download's own answer, whose ETag counts only where parts of two versions might mix otherwise: the
 * servers of one name may have ETags of their own.  Locked. */
static BOOL etag_differs(const struct download *download, const char *etag)
{
    const struct file *file = download->file;

    queue_assert_locked(download->job->queue);
    return *etag && file->etag[0] && strcmp(file->etag, etag) && (file->extents || !file->last_modified[0]) &&
           file->transferred;
}

/* Compare with what is known, and keep what was not.  size: TRANSFER_SIZE_UNKNOWN where the answer does not say. */
enum identity download_identify(struct download *download, uint64_t size, const char *last_modified)
{
    BOOL has_etag = download->is_http && download->job->queue->config.profile->helpers;
    const char *etag = has_etag ? strong_etag(download->attempt.exchange) : "";
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
            download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
            identity = BAD_FILE;
        }
    }
    else if (file->last_modified[0] && last_modified[0] && strcmp(file->last_modified, last_modified))
        identity = CHANGED_FILE; /* B-431 */
    else if (etag_differs(download, etag)) identity = CHANGED_FILE;
    else
    {
        if (*etag) strcpy(file->etag, etag);
        if (!file->last_modified[0]) strcpy(file->last_modified, last_modified);
        if (size != TRANSFER_SIZE_UNKNOWN) file->remote_size = size;
        if (file->remote_size != TRANSFER_SIZE_UNKNOWN && !file_compute_total(file))
        {
            download_fail_network(download, TRANSFER_E_INVALID_RANGE);
            identity = BAD_FILE;
        }
        else if (exceeds_maximum(download->job, download->maximum_size)) /* B-498 */
        {
            download_fail_network(download, TRANSFER_E_MAXIMUM_SIZE);
            identity = BAD_FILE;
        }
    }
    LeaveCriticalSection(&download->job->queue->lock);
    return identity;
}

/* Begin the file anew; FALSE when that was done too often. */
BOOL download_restart(struct download *download)
{
    struct file *file = download->file;
    DWORD error;

    TRACE("%s has changed, starting again\n", debug_wstr(file->local));
    log_event("%s file %u has changed on the server: started again", debug_guid(&download->job->id), file->index);
    download_parallel_end(download);
    if (download->sink.stream && file->transferred)
        return download_fail_network(download, TRANSFER_E_REMOTE_FILE_CHANGED);
    if (!attempt_count_restart(&download->attempt, RESTARTS_MAX))
        return download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
    EnterCriticalSection(&download->job->queue->lock);
    file_reset(file);
    job_modified(download->job);
    LeaveCriticalSection(&download->job->queue->lock);
    if ((error = sink_restart(&download->sink))) return download_fail_file(download, error);
    return TRUE;
}

/* --- requests ---------------------------------------------------------------------------------------------- */

/* The name that a redirect gives to the file, as the job's policy has it (B-560, B-561); NULL: none. */
static WCHAR *redirected_name(struct download *download, const struct http_response *response)
{
    uint64_t flags = download->job->numbers[JOB_SECURITY_FLAGS];
    const char *location = http_exchange_header(download->attempt.exchange, "Location", 0);
    struct http_url from, target;
    WCHAR *name = NULL;
    char *text = NULL;

    if ((flags & REDIRECT_MASK) == REDIRECT_REPORT) return response->redirected ? wide_copy(response->url) : NULL;
    if ((flags & REDIRECT_MASK) != REDIRECT_DISALLOW || response->status / 100 != 3 || !location) return NULL;
    if (http_url_parse(&from, response->url, strlen(response->url))) return NULL;
    if (!http_redirect_target(&target, &from, location, !!(flags & REDIRECT_TO_HTTP)))
    {
        text = http_url_to_string(&target, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
        http_url_cleanup(&target);
    }
    http_url_cleanup(&from);
    if (text) name = wide_copy(text);
    free(text);
    return name;
}

/* The file has the name that a redirect gave it, for this attempt's next requests and for the client. */
static void follow_redirect(struct download *download, const struct http_response *response)
{
    WCHAR *url = redirected_name(download, response);

    if (!url) return;
    EnterCriticalSection(&download->job->queue->lock);
    url = file_exchange_remote(download->file, url, FALSE);
    job_modified(download->job);
    LeaveCriticalSection(&download->job->queue->lock);
    free(url);
}

void download_add_condition(const struct download *download, char *headers, size_t size)
{
    static const char format[] = "If-Unmodified-Since: %s\r\n";
    size_t length = strlen(headers), added;
    char field[sizeof(format) + sizeof(download->file->last_modified)];

    if (!download->file->last_modified[0] || download->job->queue->config.profile->delivery_requests) return;
    added = snprintf(field, sizeof(field), format, download->file->last_modified);
    if (length + added >= size) return;
    memmove(headers + added, headers, length + 1);
    memcpy(headers, field, added);
}

/* A failure shows when the answer is there. */
static void make_file_meanwhile(void *context)
{
    struct download *download = context;

    if (download->unmade) download_make_file(download);
}

transfer_code download_ask(struct download *download, struct http_exchange *helper, const char *method,
                           const char *headers, const struct http_response **response)
{
    struct http_request request = {.method = method, .headers = headers};
    char correlation[CORRELATION_SIZE];

    if (download->job->queue->config.profile->delivery_requests)
    {
        job_next_correlation(download->job, correlation, sizeof(correlation));
        request.headers_behind = correlation;
        request.send_length = TRUE; /* D-360 */
    }
    request.url = download->url;
    request.home = download->home;
    request.named_by = download->home ? HTTP_NAMED_BY_REDIRECT : HTTP_NAMED_BY_PROGRAM;
    if (download->cache.url)
    {
        request.url = download->cache.url;
        request.home = download->home ? download->home : download->url;
        request.named_by = HTTP_NAMED_BY_ADMINISTRATOR;
    }
    if (helper) return http_exchange_send(helper, &request, response);
    request.sent = make_file_meanwhile;
    request.sent_context = download;
    return attempt_send(&download->attempt, &request, response);
}

BOOL download_send_request(struct download *download, const char *method, const char *headers,
                           const struct http_response **response)
{
    transfer_code code = download_ask(download, NULL, method, headers, response);

    if (code) return download_fail_network(download, code);
    follow_redirect(download, *response);
    return TRUE;
}

/* The size that an answer to HEAD tells; with 206, which nobody asked for, that of the part counts for nothing. */
static uint64_t told_size(struct download *download, const struct http_response *response)
{
    const char *value = http_exchange_header(download->attempt.exchange, "Content-Range", 0);
    struct http_content_range range;

    if (response->status == 206 && value)
        return http_content_range_parse(value, &range) || !range.has_total ? HTTP_LENGTH_UNKNOWN : range.total;
    return response->content_length;
}

/* HEAD: size and time stamp (B-421). */
static BOOL ask_for_size(struct download *download)
{
    const struct http_response *response;
    char headers[128] = "";
    unsigned int status;
    uint64_t size;

    do {
        download_add_condition(download, headers, sizeof(headers));
        if (!download_send_request(download, "HEAD", headers, &response)) return FALSE;
        status = response->status;
        if (status == 412) goto changed;
        /* B-421 */
        size = told_size(download, response);
        if (download->lenient && (status != 200 || size == HTTP_LENGTH_UNKNOWN)) return TRUE;
        if (status != 200 && status != 206) return download_fail_status(download, status); /* B-441 */
        if (size == HTTP_LENGTH_UNKNOWN) return download_fail_network(download, TRANSFER_E_MISSING_SIZE);
        switch (download_identify(download, size, http_exchange_header(download->attempt.exchange, "Last-Modified", 0)))
        {
        case SAME_FILE: return TRUE;
        case BAD_FILE: return FALSE;
        case CHANGED_FILE: break;
        }
changed:
        headers[0] = 0;
    } while (download_restart(download));
    return FALSE;
}

enum answer download_answer_restart(struct download *download)
{
    return download_restart(download) ? ANSWER_AGAIN : ANSWER_FAILED;
}

/* A whole file was asked for and is given. */
static enum answer accept_whole(struct download *download, const struct http_response *response, uint64_t *length)
{
    if (response->content_length == HTTP_LENGTH_UNKNOWN && !download->lenient) /* B-434 */
    {
        download_fail_network(download, TRANSFER_E_MISSING_SIZE);
        return ANSWER_FAILED;
    }
    switch (download_identify(download, response->content_length,
                              http_exchange_header(download->attempt.exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return download_answer_restart(download);
    case SAME_FILE: break;
    }
    *length = response->content_length;
    return ANSWER_BODY;
}

/* The whole file came instead of the rest of it, from a server that knows no ranges (D-113). */
static enum answer accept_again(struct download *download, const struct http_response *response, uint64_t *length)
{
    if (download->sink.stream) download->skip = download->file->transferred;
    else if (!download_restart(download)) return ANSWER_FAILED;
    return accept_whole(download, response, length);
}

/* A part: it must be the one that was asked for (B-436). */
static enum answer accept_part(struct download *download, const struct http_response *response,
                               const struct piece *piece, uint64_t *length)
{
    const char *value = http_exchange_header(download->attempt.exchange, "Content-Range", 0);
    struct http_content_range range;

    if (!value || http_content_range_parse(value, &range) || !range.has_range || range.first != piece->offset ||
        (piece->whole && (!range.has_total || range.last + 1 != range.total)))
    {
        download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    switch (download_identify(download, range.has_total ? range.total : TRANSFER_SIZE_UNKNOWN,
                              http_exchange_header(download->attempt.exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return download_answer_restart(download);
    case SAME_FILE: break;
    }
    *length = range.last - range.first + 1;
    if ((piece->length != TRANSFER_LENGTH_TO_EOF && *length != piece->length) ||
        (response->content_length != HTTP_LENGTH_UNKNOWN && response->content_length != *length))
    {
        download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
        return ANSWER_FAILED;
    }
    return ANSWER_BODY;
}

/* B-433, B-480 */
static enum answer fail_no_ranges(struct download *download)
{
    BOOL on_demand;

    EnterCriticalSection(&download->job->queue->lock);
    on_demand = download->file->ondemand != NULL;
    download->file->no_ranges = TRUE;
    LeaveCriticalSection(&download->job->queue->lock);
    download_fail_network(download, on_demand ? TRANSFER_E_NO_RANDOM_ACCESS : TRANSFER_E_NO_RANGE_SUPPORT);
    return ANSWER_FAILED;
}

/* *length: how much of a body to expect. */
static enum answer accept_answer(struct download *download, const struct http_response *response,
                                 const struct piece *piece, uint64_t *length)
{
    switch (response->status)
    {
    case 200:
        if (piece->whole) return accept_whole(download, response, length);
        if (job_is_single(download->job) && !download->file->ranges) return accept_again(download, response, length);
        return fail_no_ranges(download);
    case 206: return accept_part(download, response, piece, length); /* of a whole file too (B-441) */
    case 412: return download_answer_restart(download);              /* B-431 */
    case 416:
        if (!download->file->ranges && piece->offset) return download_answer_restart(download);
        if (download->file->ranges)
        {
            download_fail_network(download, TRANSFER_E_INVALID_RANGE); /* B-457 */
            return ANSWER_FAILED;
        }
        /* fall through */
    default: download_fail_status(download, response->status); return ANSWER_FAILED;
    }
}

/* GET for one piece; *length: how much of a body to expect. */
static enum answer ask_for_piece(struct download *download, const struct piece *piece, uint64_t *length)
{
    char headers[256] = "", method[64] = "GET";
    const struct http_response *response;
    enum answer answer;

    download->skip = 0;
    if (download->method) WideCharToMultiByte(CP_UTF8, 0, download->method, -1, method, sizeof(method), NULL, NULL);
    if (!piece->whole)
    {
        if (piece->length == TRANSFER_LENGTH_TO_EOF)
            snprintf(headers, sizeof(headers), "Range: bytes=%I64u-\r\n", piece->offset);
        else
            snprintf(headers, sizeof(headers), "Range: bytes=%I64u-%I64u\r\n", piece->offset,
                     piece->offset + piece->length - 1);
    }
    download_add_condition(download, headers, sizeof(headers));
    if (!download_send_request(download, method, headers, &response)) return ANSWER_FAILED;
    answer = accept_answer(download, response, piece, length);
    if (answer == ANSWER_BODY) download_parallel_offer(download, response);
    return answer;
}

/* With the options for who is asked now. */
static BOOL open_exchange(struct download *download)
{
    struct requester *requester = download->run->requester;
    struct http_options options = requester->settings.options;
    struct http_exchange *kept = requester->exchange;

    if (download->cache.url) options.connect_timeout = CACHE_CONNECT_TIMEOUT_MS;
    if (download->cache.url || !kept) return attempt_open(&download->attempt, &options);
    requester->exchange = NULL;
    attempt_use(&download->attempt, kept);
    return TRUE;
}

/* --- the whole of it --------------------------------------------------------------------------------------------- */

static enum answer fetch_piece(struct download *download, const struct piece *piece)
{
    struct queue *queue = download->job->queue;
    enum answer answer;
    uint64_t length = 0;

    EnterCriticalSection(&queue->lock);
    if (download->file->extents) sink_seek(&download->sink, piece->offset - file_base(download->file));
    download->offset = piece->offset;
    LeaveCriticalSection(&queue->lock);
    integrity_restart(&download->integrity);
    if ((answer = ask_for_piece(download, piece, &length)) != ANSWER_BODY) return answer;
    return download_receive_body(download, length);
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
    download->ask_first |= ondemand_is_active(file);
    LeaveCriticalSection(&queue->lock);
    if (redirected && !open_exchange(download)) return ANSWER_FAILED;
    if (download->ask_first && !download->size_asked)
    {
        BOOL known = ask_for_size(download);

        /* What is wrong with the destination counts more than what is wrong with the server. */
        if (!download_make_file(download) || !known) return ANSWER_FAILED;
    }
    download->size_asked = TRUE;
    if (download_parallel_divides(download))
    {
        enum answer answer = download_parallel_next(download, &piece, more);

        return answer == ANSWER_BODY && *more ? fetch_piece(download, &piece) : answer;
    }

    EnterCriticalSection(&queue->lock);
    *more = file_next_piece(file, &piece);
    /* BITS knows the size from HEAD; Delivery Optimization learns it from the first answer. */
    if (*more && file->ranges && !file->extents && download->parts_next > 1 &&
        (file->remote_size != TRANSFER_SIZE_UNKNOWN || queue->config.profile->delivery_requests))
        count = file_next_stretches(file, stretches, download->parts_next);
    LeaveCriticalSection(&queue->lock);
    if (!*more) return ANSWER_BODY;
    if (count > 1) return download_fetch_parts(download, stretches, count);
    if (count)
    {
        piece.offset = stretches[0].offset;
        piece.length = stretches[0].length;
        piece.whole = piece.length == file->remote_size; /* B-425 */
    }
    return fetch_piece(download, &piece);
}

/* Whether a file without ranges may lack something although a body has ended: others have parts of it, or had. */
static BOOL may_lack(struct download *download)
{
    const struct file *file = download->file;
    BOOL lacks;

    EnterCriticalSection(&download->job->queue->lock);
    lacks = file->extents || (download->parallel && file->transferred < file->total);
    LeaveCriticalSection(&download->job->queue->lock);
    return lacks;
}

/* Whether a failure only means that something else is wanted first. */
static BOOL is_redirected(struct download *download)
{
    BOOL redirected;

    EnterCriticalSection(&download->job->queue->lock);
    redirected = download->run->redirected && !download->run->stop;
    LeaveCriticalSection(&download->job->queue->lock);
    if (redirected) memset(download->attempt.failure, 0, sizeof(*download->attempt.failure));
    return redirected;
}

static BOOL fetch_http(struct download *download)
{
    struct file *file = download->file;
    BOOL more = TRUE;

    if (download->dynamic && file->transferred && !download_restart(download)) return FALSE; /* B-490 */
    for (;;)
    {
        switch (fetch_next(download, &more))
        {
        case ANSWER_FAILED:
            if (!is_redirected(download)) return FALSE;
            break;
        case ANSWER_AGAIN: break;
        case ANSWER_BODY:
            if (!more || (!file->ranges && !may_lack(download))) return TRUE;
            break;
        }
    }
}

/* Whether the failure is that of a cache server, which is not asked any more. */
static BOOL fall_back(struct download *download)
{
    if (!download->cache.url || download->run->stop || download->attempt.failure->where == TRANSFER_WHERE_LOCAL_FILE ||
        !cache_server_failed(&download->cache, download->job))
        return FALSE;
    memset(download->attempt.failure, 0, sizeof(*download->attempt.failure));
    download->integrity.tries = 0;
    cache_server_choose(&download->cache, download->job, download->url);
    return TRUE;
}

/* From the servers that may have it, one after the other. */
BOOL download_fetch(struct download *download)
{
    const struct queue_profile *profile = download->job->queue->config.profile;
    BOOL done;

    if (profile->bandwidth) download->run->pace->cap = profile->bandwidth(download->foreground);
    cache_server_choose(&download->cache, download->job, download->url);
    if (!integrity_begin(&download->integrity, download->run, download->file, download->url,
                         &download->attempt.settings->options, download->attempt.failure))
        return FALSE;
    do {
        if (!open_exchange(download)) return FALSE;
        done = fetch_http(download);
        download_parallel_end(download);
        if (!done) continue;
        if (!download->integrity.active || !download->integrity.mandatory ||
            download->file->transferred == download->integrity.pieces.content_length)
            return TRUE;
        download_fail_hashes(download);
    } while (fall_back(download));
    return FALSE;
}
