/*
 * An upload by another method than that of the BITS upload protocol (U-202).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "http/http.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/upload/upload.h"

/* The whole file as the body of one request, for servers that do not know the protocol. */
void upload_plain(struct upload *upload)
{
    char method[64] = "", rest[1024];
    struct http_request request = {.method = method, .url = upload->url, .send_length = TRUE};
    const struct http_response *response;
    struct file *file = upload->file;
    transfer_code code;
    size_t got;

    if (file_is_complete(file) || upload_source_open(upload) != UPLOAD_DONE) return;
    WideCharToMultiByte(CP_UTF8, 0, upload->method, -1, method, sizeof(method), NULL, NULL);
    if (upload->state->source_size)
    {
        request.body = upload_source_read;
        request.body_context = upload;
        request.body_length = upload->state->source_size;
    }
    if ((code = attempt_send(&upload->attempt, &request, &response)))
    {
        upload_session_fail_request(upload, code);
        return;
    }
    while (!http_exchange_read(upload->attempt.exchange, rest, sizeof(rest), &got) && got) {}
    if (response->status / 100 != 2)
    {
        *upload->attempt.failure = transfer_failure_of_status(response->status, file->index);
        return;
    }
    attempt_enter_transferring(&upload->attempt);
    if (upload->job->type == JOB_UPLOAD_REPLY)
    {
        upload_fail_network(upload, TRANSFER_E_INVALID_RESPONSE);
        return;
    }
    if (upload_source_check(upload) != UPLOAD_DONE) return;
    EnterCriticalSection(&upload->job->queue->lock);
    upload_set_offset(upload, upload->state->source_size);
    file_note_complete(file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
}
