/*
 * The file of an upload, fragment after fragment.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/reply.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

#define FRAGMENT_QUICK_MS 2000
#define FRAGMENT_SLOW_MS 20000

/* How often within one run the server may answer without progress (U-086). */
#define STANDSTILLS_MAX 3

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
static enum upload_step take_offset(struct upload *upload, const struct packet *packet, unsigned int status,
                                    uint64_t offset)
{
    if (offset > upload->state->source_size)
        return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-075 */
    EnterCriticalSection(&upload->job->queue->lock);
    upload_set_offset(upload, offset);
    LeaveCriticalSection(&upload->job->queue->lock);
    if (offset <= packet->offset && ++upload->standstills >= STANDSTILLS_MAX)
        return upload_fail_standstill(upload, status == 416 ? TRANSFER_HTTP_STATUS(416) : TRANSFER_E_INVALID_RESPONSE);
    if (now_ms() - upload->last_saved >= UPLOAD_SAVE_INTERVAL_MS) return upload_save(upload);
    return UPLOAD_DONE;
}

/* 416 that does not say where to go on (U-087). */
static enum upload_step restart_unsynchronised(struct upload *upload, const struct packet_ack *ack)
{
    if (!attempt_count_restart(&upload->attempt, 1)) return upload_fail_ack(upload, 416, ack);
    upload_session_cancel(upload);
    if (upload->run->stop) return upload_fail_network(upload, ERROR_OPERATION_ABORTED);
    memset(upload->attempt.failure, 0, sizeof(*upload->attempt.failure));
    upload_session_forget(upload);
    return UPLOAD_AGAIN;
}

/* A fragment was refused. */
static enum upload_step refuse_fragment(struct upload *upload, const struct packet *packet, unsigned int status,
                                        const struct packet_ack *ack)
{
    if ((status == 413 || status == 408) && packet->length > FRAGMENT_MIN)
    {
        upload_session_shorten_fragments(upload, packet->length);
        if (status == 413) return upload_save(upload); /* U-104 */
    }
    if (status == 416 && ack->offset_state == PACKET_OFFSET_GIVEN)
        return take_offset(upload, packet, status, ack->offset);
    if (status == 416) return restart_unsynchronised(upload, ack);
    /* U-276: servers that do not say so when they do not know the session */
    if (status == 400 && ack->context != PACKET_CONTEXT_APPLICATION && packet->offset && !upload->moved &&
        !upload->attempt.restarts)
        return upload_session_lose(upload);
    if (status == 500 && !ack->error && ++upload->state->odd_failures >= 2)
        return upload_session_lose(upload); /* U-277 */
    return upload_session_refuse(upload, status, ack);
}

/* Note where the reply is to be found. */
static enum upload_step take_reply(struct upload *upload, const struct packet_ack *ack)
{
    char url[PACKET_URL_MAX + 1];
    transfer_code code;

    if (upload->job->type != JOB_UPLOAD_REPLY || upload->job->reply ||
        upload->file->transferred < upload->state->source_size)
        return UPLOAD_DONE; /* U-260 */
    if (!ack->reply_url[0] || !packet_resolve_reply(upload->url, ack->reply_url, url, sizeof(url)))
        return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE); /* U-131 */
    if ((code = reply_create(upload->job, url)))
        return code == TRANSFER_E_INVALID_RESPONSE ? upload_fail_network(upload, code) : upload_fail_file(upload, code);
    return upload_save(upload);
}

static enum upload_step send_fragment(struct upload *upload, struct packet *packet)
{
    struct packet_ack ack;
    unsigned int status;
    ULONGLONG began;
    enum upload_step step;

    if ((step = upload_source_check(upload)) != UPLOAD_DONE) return step;
    packet->session = upload->state->session;
    packet->name = upload->name;
    began = now_ms();
    if ((step = upload_session_send(upload, packet, &status, &ack)) != UPLOAD_DONE) return step;
    if (upload_succeeded(status) || status == 416) upload->probing = FALSE;
    if (!upload_succeeded(status)) return refuse_fragment(upload, packet, status, &ack);
    if (ack.offset_state == PACKET_OFFSET_INVALID) return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if (ack.offset_state == PACKET_OFFSET_ABSENT) ack.offset = packet->offset + packet->length; /* U-075 */
    adapt_length(upload, packet, now_ms() - began);
    if (packet->offset < upload->file->transferred) upload->repeated_end = TRUE;
    else if ((step = take_offset(upload, packet, status, ack.offset)) != UPLOAD_DONE) return step;
    return take_reply(upload, &ack);
}

enum upload_step upload_fragment_send_all(struct upload *upload)
{
    struct packet packet = {.type = PACKET_FRAGMENT};
    enum upload_step step = UPLOAD_DONE;

    while (step == UPLOAD_DONE && next_fragment(upload, &packet)) step = send_fragment(upload, &packet);
    if (step != UPLOAD_DONE) return step;
    if (upload->job->type == JOB_UPLOAD_REPLY && !upload->job->reply)
        return upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
    if ((step = upload_source_check(upload)) != UPLOAD_DONE || file_is_complete(upload->file)) return step;
    EnterCriticalSection(&upload->job->queue->lock);
    file_note_complete(upload->file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
    log_event("%s file %u is with the server, %I64u bytes", debug_guid(&upload->job->id), upload->file->index,
              upload->file->transferred);
    return upload_save(upload);
}
