/*
 * An upload by the BITS upload protocol.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A session with the server goes Create-Session, Fragment after Fragment, Close-Session; an interrupted one goes on
 * after a Ping.
 */

#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "transfer/attempt/http_session.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

static enum upload_step create_session(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CREATE};
    struct upload_state *state = upload->state;
    struct packet_ack ack;
    unsigned int status;
    enum upload_step step;

    if ((step = upload_session_send(upload, &packet, &status, &ack)) != UPLOAD_DONE) return step;
    if (!upload_succeeded(status)) return upload_fail_ack(upload, status, &ack);
    if (ack.bad_session || !ack.session[0]) return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-054 */
    if (ack.has_protocol && !ack.known_protocol)
    {
        upload_fail_network(upload, TRANSFER_E_PROTOCOL_MISMATCH);
        upload->attempt.failure->transient = FALSE; /* B-549 */
        return UPLOAD_FAILED;
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
    return upload_save(upload);
}

static enum upload_step ping(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_PING};
    struct packet_ack ack;
    unsigned int status;
    enum upload_step step;

    if ((step = upload_session_send(upload, &packet, &status, &ack)) != UPLOAD_DONE) return step;
    if (!upload_succeeded(status)) return upload_session_refuse(upload, status, &ack);
    upload->pinged = TRUE;
    return UPLOAD_DONE;
}

/* The last word, before the job is TRANSFERRED (U-091). */
static enum upload_step close_session(struct upload *upload)
{
    const struct packet packet = {.type = PACKET_CLOSE, .session = upload->state->session};
    struct packet_ack ack;
    unsigned int status;
    enum upload_step step;

    if ((step = upload_session_send(upload, &packet, &status, &ack)) != UPLOAD_DONE) return step;
    /* U-141: what it has forgotten was delivered, unless there was nothing to deliver */
    if (!upload_succeeded(status) && !(ack.error == PACKET_E_SESSION_NOT_FOUND && upload->state->source_size))
        return upload_session_refuse(upload, status, &ack);
    EnterCriticalSection(&upload->job->queue->lock);
    upload->state->closed = TRUE;
    LeaveCriticalSection(&upload->job->queue->lock);
    return upload_save(upload);
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

static enum upload_step run_session(struct upload *upload)
{
    enum upload_step step;

    /* U-066: a Ping costs less than anything else that has to be said twice */
    if (!upload->state->session[0] && !upload->pinged && expects_challenge(upload) &&
        (step = ping(upload)) != UPLOAD_DONE)
        return step;
    if (!upload->state->session[0] && (step = create_session(upload)) != UPLOAD_DONE) return step;
    if (!upload->pinged && (step = ping(upload)) != UPLOAD_DONE) return step; /* U-085 */
    if ((step = upload_fragment_send_all(upload)) != UPLOAD_DONE) return step;
    if ((step = upload_reply_fetch(upload)) != UPLOAD_DONE) return step;
    return close_session(upload);
}

void upload_protocol_run(struct upload *upload)
{
    enum upload_step step;

    if (upload->state->closed && !file_is_complete(upload->file)) upload_session_forget(upload);
    if (upload->state->closed || upload_source_open(upload) != UPLOAD_DONE) return;
    upload->highest = upload->file->transferred;
    /* What was acknowledged last may not be stored, and what came last may not be acknowledged. */
    upload->probing = upload->state->session[0] != 0;
    do {
        step = run_session(upload);
    } while (step == UPLOAD_AGAIN);
}
