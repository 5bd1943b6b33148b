/*
 * Moving one file there: the client of the BITS upload protocol.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A session with the server goes Create-Session, Fragment after Fragment, Close-Session; an interrupted one goes on
 * after a Ping.  Which byte comes next is always the server's word: it may take back what it had acknowledged, and
 * may have forgotten the session, which then begins anew (U-063, U-064, U-071).  The file is only ever read.
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "http/http.h"
#include "transfer/attempt/http_session.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/reply.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

#define SEND_TIMEOUT_MS (2 * 60 * 1000)        /* U-172 */
#define ACK_TIMEOUT_MS (5 * 60 * 1000 + 10000) /* U-173: the server's application has five minutes itself */
#define SESSION_CANCEL_CONNECT_MS 10000
#define SESSION_CANCEL_ACK_MS 30000

/* Length of a fragment (U-103, U-107): what is lost when the connection breaks, and what the server must take at
 * once. */
#define FRAGMENT_MIN (5 * 1024)
#define FRAGMENT_FIRST (1024 * 1024)
#define FRAGMENT_MAX (4 * 1024 * 1024)
#define FRAGMENT_QUICK_MS 2000
#define FRAGMENT_SLOW_MS 20000

/* How often within one run a session may begin anew, and the server may answer without progress (U-086). */
#define RESTARTS_MAX 5
#define STANDSTILLS_MAX 3

#define SAVE_INTERVAL_MS 5000

/* The body of an answer that is no Ack: an error page, not to be read to its end when it is long. */
#define DRAIN_MAX 65536

enum step
{
    STEP_DONE,
    STEP_AGAIN, /* look at the state of the upload again: it has changed */
    STEP_FAILED,
};

struct upload
{
    struct run *run;
    struct job *job;
    struct file *file;
    struct upload_state *state;
    struct settings settings;
    struct http_exchange *exchange;
    struct transfer_failure *failure;
    void *buffer;
    size_t buffer_size;

    char *url;                      /* of the remote name */
    char name[PACKET_NAME_MAX + 1]; /* for Content-Name */
    WCHAR *method;                  /* NULL: the protocol */
    HANDLE source;
    BOOL paced;           /* what is read goes to another machine */
    uint64_t body_offset; /* in the file, of the request under way */
    DWORD source_error;   /* that made a request fail */

    BOOL pinged;              /* in this run, or the session is of this run */
    BOOL probing;             /* what the server has is not certain: only a short fragment is at stake */
    uint64_t length;          /* of the next fragment */
    uint64_t highest;         /* offset that the server acknowledged so far */
    BOOL moved;               /* in this run */
    unsigned int standstills; /* answers without progress since */
    unsigned int restarts;
    BOOL lost;         /* the session, without progress since */
    BOOL repeated_end; /* the last fragment was sent again for the URL of the reply */
    ULONGLONG last_saved;
};

/* --- failures --------------------------------------------------------------------------------- */

static enum step fail_network(struct upload *upload, transfer_code code)
{
    if (upload->run->stop) code = ERROR_OPERATION_ABORTED;
    *upload->failure = transfer_failure_of_network(settings_code(&upload->settings, code), upload->file->index);
    return STEP_FAILED;
}

static enum step fail_file(struct upload *upload, DWORD error)
{
    *upload->failure = transfer_failure_of_file(error, upload->file->index);
    return STEP_FAILED;
}

/* U-096, B-449 */
static enum step fail_changed(struct upload *upload)
{
    const struct transfer_failure failure = {
        .code = TRANSFER_E_LOCAL_FILE_CHANGED,
        .where = TRANSFER_WHERE_LOCAL_FILE,
        .file = upload->file->index,
    };

    *upload->failure = failure;
    return STEP_FAILED;
}

/* What the server says went wrong (U-161 to U-164). */
static enum step fail_ack(struct upload *upload, unsigned int status, const struct packet_ack *ack)
{
    *upload->failure = transfer_failure_of_status(status, upload->file->index);
    if (ack->error) upload->failure->code = ack->error;
    if (ack->context == PACKET_CONTEXT_APPLICATION) upload->failure->where = TRANSFER_WHERE_REMOTE_APPLICATION;
    return STEP_FAILED;
}

/* Nothing moves any more: worth another try later (U-086). */
static enum step fail_standstill(struct upload *upload, transfer_code code)
{
    *upload->failure = transfer_failure_of_network(code, upload->file->index);
    upload->failure->transient = TRUE;
    return STEP_FAILED;
}

/* --- state ---------------------------------------------------------------------------------------- */

static uint64_t filetime_now(void)
{
    ULARGE_INTEGER now;

    GetSystemTimeAsFileTime((FILETIME *)&now);
    return now.QuadPart;
}

/* Make the state durable. */
static enum step save(struct upload *upload)
{
    transfer_code code;

    EnterCriticalSection(&upload->job->queue->lock);
    code = job_store_change(upload->job);
    LeaveCriticalSection(&upload->job->queue->lock);
    if (code) return fail_file(upload, code);
    upload->last_saved = now_ms();
    return STEP_DONE;
}

/* The server does not know the session any more, or never did. */
static void forget_session(struct upload *upload)
{
    struct upload_state *state = upload->state;

    reply_forget(upload->job);
    EnterCriticalSection(&upload->job->queue->lock);
    state->session[0] = state->host[0] = 0;
    state->fallback = UPLOAD_NO_FALLBACK;
    state->fallback_at = 0;
    state->closed = FALSE;
    state->odd_failures = 0;
    file_note_uploaded(upload->file, 0);
    job_modified(upload->job);
    LeaveCriticalSection(&upload->job->queue->lock);
    upload->highest = 0;
    upload->repeated_end = FALSE;
}

/* U-116 */
static enum step lose_session(struct upload *upload)
{
    log_event("%s: the server has lost the session", debug_guid(&upload->job->id));
    forget_session(upload);
    if (upload->lost || upload->restarts++ >= RESTARTS_MAX)
        return fail_standstill(upload, TRANSFER_E_SESSION_NOT_FOUND);
    upload->lost = TRUE;
    return STEP_AGAIN;
}

static void set_host_deadline(struct upload *upload, uint64_t deadline)
{
    EnterCriticalSection(&upload->job->queue->lock);
    upload->state->fallback_at = deadline;
    LeaveCriticalSection(&upload->job->queue->lock);
}

/* Whether the host that the server named was out of reach for too long; then it is forgotten (U-118 to U-120). */
static BOOL host_has_expired(struct upload *upload)
{
    struct upload_state *state = upload->state;

    if (!state->host[0] || !state->fallback_at || filetime_now() < state->fallback_at) return FALSE;
    log_event("%s: going back from host %s", debug_guid(&upload->job->id), state->host);
    EnterCriticalSection(&upload->job->queue->lock);
    state->host[0] = 0;
    state->fallback_at = 0;
    LeaveCriticalSection(&upload->job->queue->lock);
    return TRUE;
}

/* The server has answered: CONNECTING is over (B-023). */
static void enter_transferring(struct upload *upload)
{
    EnterCriticalSection(&upload->job->queue->lock);
    if (!upload->run->stop && (upload->job->state == JOB_CONNECTING || upload->job->state == JOB_QUEUED))
        job_change_state(upload->job, JOB_TRANSFERRING);
    LeaveCriticalSection(&upload->job->queue->lock);
}

/* The server has so much.  Locked. */
static void set_offset(struct upload *upload, uint64_t offset)
{
    struct job *job = upload->job;

    file_note_uploaded(upload->file, offset);
    if (offset > upload->highest)
    {
        upload->highest = offset;
        upload->moved = TRUE;
        upload->standstills = 0;
        upload->lost = FALSE;
        upload->state->odd_failures = 0;
        job->stalled_since = 0; /* B-552 */
        job->attempts = 0;
        job_touch(job);
    }
    if (job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_MODIFIED) job_modified(job);
    else GetSystemTimeAsFileTime(&job->times.modification);
}

/* --- the source --------------------------------------------------------------------------------------- */

static BOOL source_identity(HANDLE source, uint64_t *size, uint64_t *written)
{
    LARGE_INTEGER length;
    FILETIME time;

    if (!GetFileSizeEx(source, &length) || !GetFileTime(source, NULL, NULL, &time)) return FALSE;
    *size = length.QuadPart;
    *written = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return TRUE;
}

/* Is it still the file that was begun with? (U-096) */
static enum step check_source(struct upload *upload)
{
    struct upload_state *state = upload->state;
    uint64_t size, written;

    if (!source_identity(upload->source, &size, &written)) return fail_file(upload, GetLastError());
    if (state->source_known)
        return size == state->source_size && written == state->source_written ? STEP_DONE : fail_changed(upload);
    EnterCriticalSection(&upload->job->queue->lock);
    state->source_known = TRUE;
    state->source_size = size;
    state->source_written = written;
    upload->file->total = size;
    LeaveCriticalSection(&upload->job->queue->lock);
    return STEP_DONE;
}

static enum step open_source(struct upload *upload)
{
    upload->source = CreateFileW(upload->file->local, GENERIC_READ,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                 FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (upload->source == INVALID_HANDLE_VALUE) return fail_file(upload, GetLastError());
    if (check_source(upload) != STEP_DONE) return STEP_FAILED;
    EnterCriticalSection(&upload->job->queue->lock);
    upload->file->total = upload->state->source_size;
    LeaveCriticalSection(&upload->job->queue->lock);
    return STEP_DONE;
}

/* Bytes for the body of a request; http_body_source. */
static uint32_t read_source(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct upload *upload = context;
    DWORD wanted = size < FRAGMENT_MAX ? (DWORD)size : FRAGMENT_MAX, read = 0;
    OVERLAPPED position = {0};

    if (upload->paced) wanted = min(wanted, upload->run->pace->portion);
    offset += upload->body_offset;
    position.Offset = (DWORD)offset;
    position.OffsetHigh = offset >> 32;
    *got = 0;
    if (!ReadFile(upload->source, buffer, wanted, &read, &position)) upload->source_error = GetLastError();
    else if (!read) upload->source_error = ERROR_HANDLE_EOF;
    *got = read;
    if (read && upload->paced) pace_keep(upload->run, upload->exchange, read);
    return upload->source_error;
}

/* --- packets -------------------------------------------------------------------------------------------- */

/* Keep what the client can ask for about the answer. */
static void note_response(struct upload *upload, const struct http_response *response)
{
    WCHAR *headers = wide_copy(response->raw_headers), *previous;
    struct file *file = upload->file;

    EnterCriticalSection(&upload->job->queue->lock);
    previous = file->response_headers;
    file->response_headers = headers;
    file->http_status = response->status;
    lstrcpynA(file->server_address, response->server_address ? response->server_address : "",
              sizeof(file->server_address));
    LeaveCriticalSection(&upload->job->queue->lock);
    free(previous);
}

/* The rest of the answer, so that the connection can be kept (U-010, U-273). */
static void drain(struct upload *upload)
{
    char rest[1024];
    size_t got, total = 0;

    while (total < DRAIN_MAX && !http_exchange_read(upload->exchange, rest, sizeof(rest), &got) && got) total += got;
}

/* A request failed on the way. */
static enum step fail_request(struct upload *upload, transfer_code code)
{
    struct upload_state *state = upload->state;

    if (upload->source_error == ERROR_HANDLE_EOF) return fail_changed(upload);
    if (upload->source_error) return fail_file(upload, upload->source_error);
    if (state->host[0] && !upload->run->stop)
    {
        if (!state->fallback_at && state->fallback != UPLOAD_NO_FALLBACK)
            set_host_deadline(upload, filetime_now() + (uint64_t)state->fallback * 10000000);
        if (host_has_expired(upload)) return STEP_AGAIN;
    }
    if (code == ERROR_WINHTTP_TIMEOUT) upload->length /= 2;
    return fail_network(upload, code);
}

static BOOL succeeded(unsigned int status)
{
    return status == 200 || status == 201; /* U-053 */
}

/* Send a packet and read its Ack.  STEP_DONE: there is an answer, which may be an error. */
static enum step send_packet(struct upload *upload, const struct packet *packet, unsigned int *status,
                             struct packet_ack *ack)
{
    char headers[PACKET_HEADERS_SIZE], url[PACKET_URL_MAX * 3 + UPLOAD_HOST_MAX];
    struct http_request request = {
        .method = PACKET_METHOD, .url = upload->url, .headers = headers, .send_length = TRUE};
    const struct http_response *response;
    transfer_code code;

    if (upload->run->stop) return fail_network(upload, ERROR_OPERATION_ABORTED);
    host_has_expired(upload);
    if (!packet_format(packet, headers, sizeof(headers))) return fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if (upload->state->host[0])
    {
        if (!packet_replace_host(upload->url, upload->state->host, url, sizeof(url)))
            return fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
        request.url = url;
        request.home = upload->url;
        request.named_by = HTTP_NAMED_BY_UPLOAD_SERVER;
    }
    if (packet->type == PACKET_FRAGMENT)
    {
        request.body = read_source;
        request.body_context = upload;
        request.body_length = packet->length;
        upload->body_offset = packet->offset;
        upload->source_error = 0;
    }
    if ((code = http_exchange_send(upload->exchange, &request, &response))) return fail_request(upload, code);
    *status = response->status;
    packet_parse_ack(response->raw_headers, ack);
    TRACE("%s packet %u: status %u, error %#x\n", debug_guid(&upload->job->id), packet->type, *status, ack->error);
    note_response(upload, response);
    if (response->version < 11) return fail_network(upload, TRANSFER_E_NO_HTTP_SUPPORT); /* U-170 */
    drain(upload);
    set_host_deadline(upload, 0);
    if (succeeded(*status) && !ack->is_ack) return fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-054 */
    if (succeeded(*status)) enter_transferring(upload);
    return STEP_DONE;
}

/* What an answer that is no success means for any packet. */
static enum step refuse(struct upload *upload, unsigned int status, const struct packet_ack *ack)
{
    if (ack->error == PACKET_E_SESSION_NOT_FOUND) return lose_session(upload);
    return fail_ack(upload, status, ack);
}

static enum step create_session(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CREATE};
    struct upload_state *state = upload->state;
    struct packet_ack ack;
    unsigned int status;
    enum step step;

    if ((step = send_packet(upload, &packet, &status, &ack)) != STEP_DONE) return step;
    if (!succeeded(status)) return fail_ack(upload, status, &ack);
    if (ack.bad_session || !ack.session[0]) return fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-054 */
    if (ack.has_protocol && !ack.known_protocol)
    {
        fail_network(upload, TRANSFER_E_PROTOCOL_MISMATCH);
        upload->failure->transient = FALSE; /* B-549 */
        return STEP_FAILED;
    }
    EnterCriticalSection(&upload->job->queue->lock);
    strcpy(state->session, ack.session);
    strcpy(state->host, ack.host);
    state->fallback = ack.fallback;
    state->fallback_at = 0;
    file_note_uploaded(upload->file, 0);
    LeaveCriticalSection(&upload->job->queue->lock);
    upload->pinged = !ack.host[0]; /* U-068 */
    upload->probing = FALSE;
    log_event("%s has a session with the server%s%s", debug_guid(&upload->job->id), *ack.host ? " at " : "", ack.host);
    return save(upload);
}

static enum step ping(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_PING};
    struct packet_ack ack;
    unsigned int status;
    enum step step;

    if ((step = send_packet(upload, &packet, &status, &ack)) != STEP_DONE) return step;
    if (!succeeded(status)) return refuse(upload, status, &ack);
    upload->pinged = TRUE;
    return STEP_DONE;
}

/* Tell the server to drop the session.  FALSE: it has to be told again (U-140, U-141). */
static BOOL cancel_session(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CANCEL, .session = upload->state->session};
    struct packet_ack ack;
    unsigned int status;
    enum step step;

    do step = send_packet(upload, &packet, &status, &ack);
    while (step == STEP_AGAIN);
    if (step != STEP_DONE) return !upload->failure->transient;
    log_event("%s: the server was told to drop the session: %u", debug_guid(&upload->job->id), status);
    return status / 100 != 5 || ack.error == PACKET_E_SESSION_NOT_FOUND;
}

/* --- fragments ---------------------------------------------------------------------------------------------- */

/* The next piece of the file.  FALSE: nothing is missing. */
static BOOL next_fragment(struct upload *upload, struct packet *packet)
{
    uint64_t limit = upload->state->fragment_limit ? min(upload->length, upload->state->fragment_limit)
                                                   : upload->length;

    packet->total = upload->state->source_size;
    packet->offset = upload->file->transferred;
    if (limit < FRAGMENT_MIN || upload->probing) limit = FRAGMENT_MIN;
    if (packet->offset >= packet->total)
    {
        /* U-132: the server says again where the reply is when the end comes again */
        if (upload->job->type != JOB_UPLOAD_REPLY || upload->job->reply || !packet->total) return FALSE;
        packet->offset = packet->total - min(packet->total, FRAGMENT_MIN);
    }
    packet->length = min(packet->total - packet->offset, limit);
    return TRUE;
}

/* Longer fragments while the line carries them. */
static void adapt_length(struct upload *upload, const struct packet *packet, ULONGLONG duration)
{
    if (duration < FRAGMENT_QUICK_MS && packet->length >= upload->length) upload->length *= 2;
    else if (duration > FRAGMENT_SLOW_MS) upload->length /= 2;
    upload->length = max(FRAGMENT_MIN, min(upload->length, FRAGMENT_MAX));
}

/* Go on where the server says (U-071). */
static enum step take_offset(struct upload *upload, const struct packet *packet, unsigned int status, uint64_t offset)
{
    if (offset > upload->state->source_size) return fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-075 */
    EnterCriticalSection(&upload->job->queue->lock);
    set_offset(upload, offset);
    LeaveCriticalSection(&upload->job->queue->lock);
    if (offset <= packet->offset && ++upload->standstills >= STANDSTILLS_MAX)
        return fail_standstill(upload, status == 416 ? TRANSFER_HTTP_STATUS(416) : TRANSFER_E_INVALID_RESPONSE);
    if (now_ms() - upload->last_saved >= SAVE_INTERVAL_MS) return save(upload);
    return STEP_DONE;
}

/* 416 that does not say where to go on (U-087). */
static enum step restart_unsynchronised(struct upload *upload, const struct packet_ack *ack)
{
    if (upload->restarts++ >= 1) return fail_ack(upload, 416, ack);
    cancel_session(upload);
    if (upload->run->stop) return fail_network(upload, ERROR_OPERATION_ABORTED);
    memset(upload->failure, 0, sizeof(*upload->failure));
    forget_session(upload);
    return STEP_AGAIN;
}

/* U-104 */
static enum step shorten_fragments(struct upload *upload, const struct packet *packet, const struct packet_ack *ack)
{
    if (packet->length <= FRAGMENT_MIN) return fail_ack(upload, 413, ack);
    EnterCriticalSection(&upload->job->queue->lock);
    upload->state->fragment_limit = (uint32_t)max(FRAGMENT_MIN, packet->length / 2);
    LeaveCriticalSection(&upload->job->queue->lock);
    return save(upload);
}

/* A fragment was refused. */
static enum step refuse_fragment(struct upload *upload, const struct packet *packet, unsigned int status,
                                 const struct packet_ack *ack)
{
    if (status == 413) return shorten_fragments(upload, packet, ack);
    if (status == 416 && ack->offset_state == PACKET_OFFSET_GIVEN)
        return take_offset(upload, packet, status, ack->offset);
    if (status == 416) return restart_unsynchronised(upload, ack);
    if (status == 408) upload->length = max(FRAGMENT_MIN, upload->length / 2);
    /* U-276: servers that do not say so when they do not know the session */
    if (status == 400 && ack->context != 7 && packet->offset && !upload->moved && !upload->restarts)
        return lose_session(upload);
    if (status == 500 && !ack->error && ++upload->state->odd_failures >= 2) return lose_session(upload); /* U-277 */
    return refuse(upload, status, ack);
}

/* Note where the reply is to be found. */
static enum step take_reply(struct upload *upload, const struct packet_ack *ack)
{
    char url[PACKET_URL_MAX + 1];
    transfer_code code;

    if (upload->job->type != JOB_UPLOAD_REPLY || upload->job->reply ||
        upload->file->transferred < upload->state->source_size)
        return STEP_DONE; /* U-260 */
    if (!ack->reply_url[0] || !packet_resolve_reply(upload->url, ack->reply_url, url, sizeof(url)))
        return fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-131 */
    if ((code = reply_create(upload->job, url)))
        return code == TRANSFER_E_INVALID_RESPONSE ? fail_network(upload, code) : fail_file(upload, code);
    return save(upload);
}

static enum step send_fragment(struct upload *upload, struct packet *packet)
{
    struct packet_ack ack;
    unsigned int status;
    ULONGLONG began;
    enum step step;

    if ((step = check_source(upload)) != STEP_DONE) return step;
    packet->session = upload->state->session;
    packet->name = upload->name;
    began = now_ms();
    if ((step = send_packet(upload, packet, &status, &ack)) != STEP_DONE) return step;
    if (succeeded(status) || status == 416) upload->probing = FALSE;
    if (!succeeded(status)) return refuse_fragment(upload, packet, status, &ack);
    if (ack.offset_state == PACKET_OFFSET_INVALID) return fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if (ack.offset_state == PACKET_OFFSET_ABSENT) ack.offset = packet->offset + packet->length; /* U-075 */
    adapt_length(upload, packet, now_ms() - began);
    if (packet->offset < upload->file->transferred) upload->repeated_end = TRUE;
    else if ((step = take_offset(upload, packet, status, ack.offset)) != STEP_DONE) return step;
    return take_reply(upload, &ack);
}

static enum step send_file(struct upload *upload)
{
    struct packet packet = {.type = PACKET_FRAGMENT};
    enum step step = STEP_DONE;

    while (step == STEP_DONE && next_fragment(upload, &packet)) step = send_fragment(upload, &packet);
    if (step != STEP_DONE) return step;
    if (upload->job->type == JOB_UPLOAD_REPLY && !upload->job->reply)
        return fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if ((step = check_source(upload)) != STEP_DONE || file_is_complete(upload->file)) return step;
    EnterCriticalSection(&upload->job->queue->lock);
    file_note_complete(upload->file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
    log_event("%s file %u is with the server, %I64u bytes", debug_guid(&upload->job->id), upload->file->index,
              upload->file->transferred);
    return save(upload);
}

/* --- the reply -------------------------------------------------------------------------------------------------- */

static void set_exchange(struct upload *upload, struct http_exchange *exchange)
{
    EnterCriticalSection(&upload->job->queue->lock);
    upload->run->exchange = exchange;
    if (exchange && upload->run->stop) http_exchange_cancel(exchange);
    LeaveCriticalSection(&upload->job->queue->lock);
}

static BOOL download_reply(struct upload *upload)
{
    download_file(upload->run, upload->job->reply, upload->buffer, upload->buffer_size, upload->failure);
    set_exchange(upload, upload->exchange);
    return !upload->failure->code;
}

/* The reply may be at the host that the server named, though where it lies was said relative to the other (U-128). */
static char *other_reply_url(struct upload *upload)
{
    const char *authority = strstr(upload->url, "://");
    size_t same = authority ? authority + 3 + strcspn(authority + 3, "/?#") - upload->url : 0;
    size_t size = PACKET_URL_MAX + UPLOAD_HOST_MAX;
    char *url, *other = NULL;

    if (!upload->state->host[0] || !same || !(url = utf8_copy(upload->job->reply->remote))) return NULL;
    if (!strncmp(url, upload->url, same) && (other = malloc(size)) &&
        !packet_replace_host(url, upload->state->host, other, size))
    {
        free(other);
        other = NULL;
    }
    free(url);
    return other;
}

/* Together with the name that says what it may get: none for another machine of the same service. */
static void swap_reply_name(struct upload *upload, WCHAR **name, WCHAR **origin)
{
    struct file *reply = upload->job->reply;
    WCHAR *previous = reply->remote, *previous_origin = reply->origin;

    EnterCriticalSection(&upload->job->queue->lock);
    reply->remote = *name;
    reply->origin = *origin;
    LeaveCriticalSection(&upload->job->queue->lock);
    *name = previous;
    *origin = previous_origin;
}

static enum step fetch_reply(struct upload *upload)
{
    struct transfer_failure first;
    WCHAR *name, *origin = NULL;
    char *url;

    if (upload->job->type != JOB_UPLOAD_REPLY || upload->job->reply->state >= FILE_COMPLETE) return STEP_DONE;
    if (download_reply(upload)) return save(upload);
    first = *upload->failure;
    if (upload->run->stop || upload->job->reply->transferred || first.where == TRANSFER_WHERE_LOCAL_FILE)
        return STEP_FAILED;
    if (TRANSFER_IS_HTTP_STATUS(first.code) && first.code != TRANSFER_HTTP_STATUS(404)) return STEP_FAILED;
    if (!(url = other_reply_url(upload))) return STEP_FAILED;
    name = wide_copy(url);
    free(url);
    if (!name) return STEP_FAILED;
    swap_reply_name(upload, &name, &origin);
    if (!download_reply(upload))
    {
        swap_reply_name(upload, &name, &origin);
        *upload->failure = first;
    }
    free(name);
    free(origin);
    return upload->failure->code ? STEP_FAILED : save(upload);
}

/* --- one session ---------------------------------------------------------------------------------------- */

/* The last word, before the job is TRANSFERRED (U-091). */
static enum step close_session(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CLOSE, .session = upload->state->session};
    struct packet_ack ack;
    unsigned int status;
    enum step step;

    if ((step = send_packet(upload, &packet, &status, &ack)) != STEP_DONE) return step;
    /* U-141: what it has forgotten was delivered, unless there was nothing to deliver */
    if (!succeeded(status) && !(ack.error == PACKET_E_SESSION_NOT_FOUND && upload->state->source_size))
        return refuse(upload, status, &ack);
    EnterCriticalSection(&upload->job->queue->lock);
    upload->state->closed = TRUE;
    LeaveCriticalSection(&upload->job->queue->lock);
    return save(upload);
}

/* Whether the job has credentials: then somebody will probably ask for them. */
static BOOL expects_challenge(const struct upload *upload)
{
    unsigned int target, scheme;

    for (target = 0; target < HTTP_AUTH_TARGET_COUNT; target++)
        for (scheme = 0; scheme < HTTP_AUTH_SCHEME_COUNT; scheme++)
            if (upload->settings.options.credentials[target][scheme].set) return TRUE;
    return FALSE;
}

static enum step run_session(struct upload *upload)
{
    enum step step;

    /* U-066: a Ping costs less than anything else that has to be said twice */
    if (!upload->state->session[0] && !upload->pinged && expects_challenge(upload) &&
        (step = ping(upload)) != STEP_DONE)
        return step;
    if (!upload->state->session[0] && (step = create_session(upload)) != STEP_DONE) return step;
    if (!upload->pinged && (step = ping(upload)) != STEP_DONE) return step; /* U-085 */
    if ((step = send_file(upload)) != STEP_DONE) return step;
    if ((step = fetch_reply(upload)) != STEP_DONE) return step;
    return close_session(upload);
}

static void upload_http(struct upload *upload)
{
    enum step step;

    if (upload->state->closed && !file_is_complete(upload->file)) forget_session(upload);
    if (upload->state->closed || open_source(upload) != STEP_DONE) return;
    upload->highest = upload->file->transferred;
    /* What was acknowledged last may not be stored, and what came last may not be acknowledged. */
    upload->probing = upload->state->session[0] != 0;
    do {
        step = run_session(upload);
    } while (step == STEP_AGAIN);
}

/* --- other methods (U-202) ------------------------------------------------------------------------------ */

/* The whole file as the body of one request, for servers that do not know the protocol. */
static void upload_plainly(struct upload *upload)
{
    char method[64] = "", rest[1024];
    struct http_request request = {.method = method, .url = upload->url, .send_length = TRUE};
    const struct http_response *response;
    struct file *file = upload->file;
    transfer_code code;
    size_t got;

    if (file_is_complete(file) || open_source(upload) != STEP_DONE) return;
    WideCharToMultiByte(CP_UTF8, 0, upload->method, -1, method, sizeof(method), NULL, NULL);
    if (upload->state->source_size)
    {
        request.body = read_source;
        request.body_context = upload;
        request.body_length = upload->state->source_size;
    }
    if ((code = http_exchange_send(upload->exchange, &request, &response)))
    {
        fail_request(upload, code);
        return;
    }
    note_response(upload, response);
    while (!http_exchange_read(upload->exchange, rest, sizeof(rest), &got) && got) {}
    if (response->status / 100 != 2)
    {
        *upload->failure = transfer_failure_of_status(response->status, file->index);
        return;
    }
    enter_transferring(upload);
    if (upload->job->type == JOB_UPLOAD_REPLY)
    {
        fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
        return;
    }
    if (check_source(upload) != STEP_DONE) return;
    EnterCriticalSection(&upload->job->queue->lock);
    set_offset(upload, upload->state->source_size);
    file_note_complete(file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
}

/* --- files of this or another machine (4.20) ------------------------------------------------------------ */

/* What is copied has this name until it is complete: the same one after a restart of the service. */
static WCHAR *copy_name(const struct job *job, const WCHAR *target)
{
    size_t size = lstrlenW(target) + 16, directory;
    WCHAR *name = malloc(size * sizeof(*name));
    const WCHAR *p, *last = target;

    if (!name) return NULL;
    for (p = target; *p; p++)
        if (*p == '\\') last = p + 1;
    directory = last - target;
    memcpy(name, target, directory * sizeof(*name));
    swprintf(name + directory, size - directory, L"%s%08lX.tmp", job->queue->config.profile->temporary_prefix,
             job->id.Data1);
    return name;
}

static enum step fail_target(struct upload *upload, DWORD error)
{
    /* B-530 */
    *upload->failure = transfer_failure_of_network(error, upload->file->index);
    upload->failure->transient = error == ERROR_SHARING_VIOLATION || error == ERROR_NETNAME_DELETED;
    return STEP_FAILED;
}

static enum step copy_bytes(struct upload *upload, HANDLE target)
{
    struct file *file = upload->file;
    LARGE_INTEGER size;
    DWORD written;
    size_t got;

    if (!GetFileSizeEx(target, &size)) return fail_target(upload, GetLastError());
    EnterCriticalSection(&upload->job->queue->lock);
    if ((uint64_t)size.QuadPart < file->transferred) file_note_uploaded(file, size.QuadPart);
    size.QuadPart = file->transferred;
    LeaveCriticalSection(&upload->job->queue->lock);
    if (!SetFilePointerEx(target, size, NULL, FILE_BEGIN) || !SetEndOfFile(target))
        return fail_target(upload, GetLastError());
    enter_transferring(upload);
    while (file->transferred < upload->state->source_size)
    {
        if (upload->run->stop) return fail_network(upload, ERROR_OPERATION_ABORTED);
        if (read_source(upload, file->transferred, upload->buffer, upload->buffer_size, &got))
            return upload->source_error == ERROR_HANDLE_EOF ? fail_changed(upload)
                                                            : fail_file(upload, upload->source_error);
        if (!WriteFile(target, upload->buffer, (DWORD)got, &written, NULL)) return fail_target(upload, GetLastError());
        if (written != got) return fail_target(upload, ERROR_DISK_FULL);
        EnterCriticalSection(&upload->job->queue->lock);
        set_offset(upload, file->transferred + got);
        LeaveCriticalSection(&upload->job->queue->lock);
        if (now_ms() - upload->last_saved >= SAVE_INTERVAL_MS && FlushFileBuffers(target)) save(upload);
    }
    return STEP_DONE;
}

static enum step copy_to(struct upload *upload, const WCHAR *name)
{
    HANDLE target = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
                                FILE_ATTRIBUTE_HIDDEN, NULL);
    FILETIME created, written;
    enum step step;

    if (target == INVALID_HANDLE_VALUE) return fail_target(upload, GetLastError());
    if ((step = copy_bytes(upload, target)) == STEP_DONE && (step = check_source(upload)) == STEP_DONE)
    {
        if (GetFileTime(upload->source, &created, NULL, &written))
            SetFileTime(target, &created, NULL, &written); /* B-417 */
        if (!FlushFileBuffers(target)) step = fail_target(upload, GetLastError());
    }
    CloseHandle(target);
    return step;
}

/* B-417: the copy has its name and gets the attributes of the source. */
static void carry_attributes(const WCHAR *source, const WCHAR *target)
{
    DWORD attributes = GetFileAttributesW(source);

    if (attributes == INVALID_FILE_ATTRIBUTES || !SetFileAttributesW(target, carried_attributes(attributes)))
        WARN("%s does not get the attributes of %s, error %lu\n", debug_wstr(target), debug_wstr(source),
             GetLastError());
}

/* The copy is complete: give it its name. */
static enum step name_copy(struct upload *upload, const WCHAR *name, const WCHAR *target)
{
    struct file *file = upload->file;
    enum step step;

    SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
    if (!MoveFileExW(name, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return fail_target(upload, GetLastError());
    EnterCriticalSection(&upload->job->queue->lock);
    file_note_complete(file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
    /* Once it is read-only nobody can do this again. */
    if ((step = save(upload)) == STEP_DONE) carry_attributes(file->local, target);
    return step;
}

static void upload_copy(struct upload *upload)
{
    struct file *file = upload->file;
    WCHAR *target, *name = NULL;

    if (!(target = name_path_of_remote(file->remote)) || !(name = copy_name(upload->job, target)))
        fail_file(upload, ERROR_OUTOFMEMORY);
    else if (file_is_complete(file))
        carry_attributes(file->local, target); /* the service may have ended before it did */
    else
    {
        upload->paced = target[1] != ':';
        if (open_source(upload) == STEP_DONE && copy_to(upload, name) == STEP_DONE) name_copy(upload, name, target);
    }
    free(name);
    free(target);
}

/* --- one file ------------------------------------------------------------------------------------------- */

/* Locked. */
static BOOL prepare(struct upload *upload)
{
    struct job *job = upload->job;
    struct http_options *options = &upload->settings.options;
    char *local;

    if (!job->upload)
    {
        if (!(job->upload = calloc(1, sizeof(*job->upload)))) return FALSE;
        job->upload->fallback = UPLOAD_NO_FALLBACK;
    }
    upload->state = job->upload;
    if (!settings_copy(&upload->settings, job)) return FALSE;
    options->cookies = upload->run->cookies;
    options->redirects = HTTP_REDIRECT_REFUSE; /* U-200 */
    options->send_timeout = SEND_TIMEOUT_MS;
    options->receive_timeout = ACK_TIMEOUT_MS;
    if (job->strings[JOB_HTTP_METHOD] && _wcsicmp(job->strings[JOB_HTTP_METHOD], L"" PACKET_METHOD) &&
        !(upload->method = string_copy(job->strings[JOB_HTTP_METHOD])))
        return FALSE;
    if (!(upload->url = utf8_copy(upload->file->remote)) || !(local = utf8_copy(upload->file->local))) return FALSE;
    packet_content_name(local, upload->name, sizeof(upload->name));
    free(local);
    return TRUE;
}

static BOOL upload_init(struct upload *upload, struct run *run, struct file *file, struct transfer_failure *failure)
{
    struct queue *queue = run->job->queue;
    BOOL ready;

    memset(upload, 0, sizeof(*upload));
    memset(failure, 0, sizeof(*failure));
    upload->run = run;
    upload->job = run->job;
    upload->file = file;
    upload->failure = failure;
    upload->source = INVALID_HANDLE_VALUE;
    upload->length = FRAGMENT_FIRST;
    upload->last_saved = now_ms();
    pace_begin(run, TRUE);
    EnterCriticalSection(&queue->lock);
    ready = prepare(upload);
    LeaveCriticalSection(&queue->lock);
    return ready;
}

static BOOL upload_connect(struct upload *upload)
{
    settings_find_certificate(&upload->settings);
    upload->exchange = http_exchange_create(upload->job->queue->http, &upload->settings.options);
    if (upload->exchange) set_exchange(upload, upload->exchange);
    return upload->exchange != NULL;
}

static void upload_cleanup(struct upload *upload)
{
    set_exchange(upload, NULL);
    http_exchange_destroy(upload->exchange);
    if (upload->source != INVALID_HANDLE_VALUE) CloseHandle(upload->source);
    settings_cleanup(&upload->settings);
    free(upload->url);
    free(upload->method);
}

void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size, struct transfer_failure *failure)
{
    struct upload upload;

    if (!upload_init(&upload, run, file, failure) || !upload_connect(&upload)) fail_file(&upload, ERROR_OUTOFMEMORY);
    else
    {
        upload.buffer = buffer;
        upload.buffer_size = buffer_size;
        upload.paced = name_is_http(file->remote);
        if (!name_is_http(file->remote)) upload_copy(&upload);
        else if (upload.method) upload_plainly(&upload);
        else upload_http(&upload);
    }
    if (failure->code && failure->code != ERROR_OPERATION_ABORTED)
        WARN("%s: code %#x, %s\n", debug_guid(&run->job->id), failure->code,
             failure->transient ? "transient" : "fatal");
    upload_cleanup(&upload);
}

/* --- farewell ------------------------------------------------------------------------------------------- */

/* Take away what was copied so far.  FALSE: it is still there. */
static BOOL delete_copy(const struct job *job, const struct file *file)
{
    WCHAR *target = name_path_of_remote(file->remote), *name = target ? copy_name(job, target) : NULL;
    BOOL gone = name && (DeleteFileW(name) || GetLastError() == ERROR_FILE_NOT_FOUND);

    if (!gone) WARN("cannot delete %s, error %lu\n", debug_wstr(name), GetLastError());
    free(name);
    free(target);
    return gone;
}

BOOL upload_cancel_session(struct run *run)
{
    struct transfer_failure failure;
    struct upload upload;
    BOOL done = FALSE;

    if (!name_is_http(run->job->files[0]->remote)) return delete_copy(run->job, run->job->files[0]);
    if (upload_init(&upload, run, run->job->files[0], &failure))
    {
        upload.settings.options.connect_timeout = SESSION_CANCEL_CONNECT_MS;
        upload.settings.options.receive_timeout = SESSION_CANCEL_ACK_MS;
        if (upload_connect(&upload)) done = cancel_session(&upload);
    }
    upload_cleanup(&upload);
    return done;
}
