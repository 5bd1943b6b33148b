/*
 * The session of an upload with its server: the packets, and what makes a session end or move to another host.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Which byte comes next is always the server's word: it may take back what it had acknowledged, and may have forgotten
 * the session, which then begins anew (U-063, U-064, U-071).
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "base/debug.h"
#include "http/http.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/reply.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

/* How often within one run a session may begin anew (U-086). */
#define RESTARTS_MAX 5

/* The body of an answer that is no Ack: an error page, not to be read to its end when it is long. */
#define DRAIN_MAX 65536

static uint64_t filetime_now(void)
{
    ULARGE_INTEGER now;

    GetSystemTimeAsFileTime((FILETIME *)&now);
    return now.QuadPart;
}

/* The server does not know the session any more, or never did. */
void upload_session_forget(struct upload *upload)
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
enum upload_step upload_session_lose(struct upload *upload)
{
    log_event("%s: the server has lost the session", debug_guid(&upload->job->id));
    upload_session_forget(upload);
    if (upload->lost || !attempt_count_restart(&upload->attempt, RESTARTS_MAX))
        return upload_fail_standstill(upload, TRANSFER_E_SESSION_NOT_FOUND);
    upload->lost = TRUE;
    return UPLOAD_AGAIN;
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

/* The rest of the answer, so that the connection can be kept (U-010, U-273). */
static void drain(struct upload *upload)
{
    char rest[1024];
    size_t got, total = 0;

    while (total < DRAIN_MAX && !http_exchange_read(upload->attempt.exchange, rest, sizeof(rest), &got) && got)
        total += got;
}

void upload_session_shorten_fragments(struct upload *upload, uint64_t length)
{
    EnterCriticalSection(&upload->job->queue->lock);
    upload->state->fragment_limit = (uint32_t)max(FRAGMENT_MIN, length / 2);
    LeaveCriticalSection(&upload->job->queue->lock);
    log_event("%s: fragments have at most %u bytes from now on", debug_guid(&upload->job->id),
              upload->state->fragment_limit);
}

/* A request failed on the way. */
enum upload_step upload_session_fail_request(struct upload *upload, transfer_code code)
{
    struct upload_state *state = upload->state;

    if (upload->source_error == ERROR_HANDLE_EOF) return upload_fail_changed(upload);
    if (upload->source_error) return upload_fail_file(upload, upload->source_error);
    if (state->host[0] && !upload->run->stop)
    {
        if (!state->fallback_at && state->fallback != UPLOAD_NO_FALLBACK)
            set_host_deadline(upload, filetime_now() + (uint64_t)state->fallback * 10000000);
        if (host_has_expired(upload)) return UPLOAD_AGAIN;
    }
    return upload_fail_network(upload, code);
}

/* Send a packet and read its Ack.  UPLOAD_DONE: there is an answer, which may be an error. */
enum upload_step upload_session_send(struct upload *upload, const struct packet *packet, unsigned int *status,
                                     struct packet_ack *ack)
{
    char headers[PACKET_HEADERS_SIZE], url[PACKET_URL_MAX * 3 + UPLOAD_HOST_MAX];
    struct http_request request = {
        .method = PACKET_METHOD, .url = upload->url, .headers = headers, .send_length = TRUE};
    const struct http_response *response;
    transfer_code code;

    if (upload->run->stop) return upload_fail_network(upload, ERROR_OPERATION_ABORTED);
    host_has_expired(upload);
    if (!packet_format(packet, headers, sizeof(headers)))
        return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if (upload->state->host[0])
    {
        if (!packet_replace_host(upload->url, upload->state->host, url, sizeof(url)))
            return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
        request.url = url;
        request.home = upload->url;
        request.named_by = HTTP_NAMED_BY_UPLOAD_SERVER;
    }
    if (packet->type == PACKET_FRAGMENT)
    {
        request.body = upload_source_read;
        request.body_context = upload;
        request.body_length = packet->length;
        upload->body_offset = packet->offset;
        upload->source_error = 0;
    }
    upload->body_read = 0;
    if ((code = attempt_send(&upload->attempt, &request, &response)))
    {
        /* Not where nothing of it was sent: then it is the server that is away. */
        if (code == ERROR_WINHTTP_TIMEOUT && upload->body_read)
            upload_session_shorten_fragments(upload, packet->length);
        return upload_session_fail_request(upload, code);
    }
    *status = response->status;
    packet_parse_ack(response->raw_headers, ack);
    TRACE("%s packet %u: status %u, error %#x\n", debug_guid(&upload->job->id), packet->type, *status, ack->error);
    if (response->version < 11) return upload_fail_network(upload, TRANSFER_E_NO_HTTP_SUPPORT); /* U-170 */
    drain(upload);
    set_host_deadline(upload, 0);
    if (upload_succeeded(*status) && !ack->is_ack)
        return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-054 */
    if (upload_succeeded(*status)) attempt_enter_transferring(&upload->attempt);
    return UPLOAD_DONE;
}

/* What an answer that is no success means for any packet. */
enum upload_step upload_session_refuse(struct upload *upload, unsigned int status, const struct packet_ack *ack)
{
    if (ack->error == PACKET_E_SESSION_NOT_FOUND) return upload_session_lose(upload);
    return upload_fail_ack(upload, status, ack);
}

/* Tell the server to drop the session.  FALSE: it has to be told again (U-140, U-141). */
BOOL upload_session_cancel(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CANCEL, .session = upload->state->session};
    struct packet_ack ack;
    unsigned int status = 0;
    enum upload_step step;

    do step = upload_session_send(upload, &packet, &status, &ack);
    while (step == UPLOAD_AGAIN);
    if (step != UPLOAD_DONE) return !upload->attempt.failure->transient;
    log_event("%s: the server was told to drop the session: %u", debug_guid(&upload->job->id), status);
    return status / 100 != 5 || ack.error == PACKET_E_SESSION_NOT_FOUND;
}
