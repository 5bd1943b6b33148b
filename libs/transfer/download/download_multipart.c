/*
 * Several ranges of a file by one request.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "http/http.h"
#include "http/range.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/download/range_parts.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* The server has answered to count ranges in another way: fewer of them may do, or one at a time (B-440). */
static enum answer give_up_parts(struct download *download, size_t count)
{
    TRACE("the server does not give %Iu ranges as asked\n", count);
    download->parts_next = download->parts_most = count > PARTS_FIRST ? PARTS_FIRST : 1;
    return ANSWER_AGAIN;
}

/* The server has made one range of several: nobody can tell what it meant (B-457).  Delivery Optimization's requests
 * are for one range, and so are ours then. */
static enum answer refuse_merged(struct download *download)
{
    if (download->job->queue->config.profile->delivery_requests) return give_up_parts(download, 1);
    download_fail_network(download, TRANSFER_E_INVALID_RESPONSE);
    return ANSWER_FAILED;
}

/* A part tells the size of the file, which may not be known yet. */
static enum answer take_size(struct download *download, const struct parts *parts)
{
    switch (download_identify(download, parts->size, NULL))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return download_answer_restart(download);
    default: return ANSWER_BODY;
    }
}

/* Bytes of a multipart body.  ANSWER_BODY: go on.  What belongs to the file is moved together at their beginning: parts
 * may be small, and a call for each of them dear. */
static enum answer take_parts(struct download *download, struct parts *parts, char *data, size_t size, BOOL *ended)
{
    size_t consumed, payload_size, position = 0, kept = 0;
    enum parts_event event = PARTS_DATA;
    const char *payload;
    enum answer answer;

    while (event == PARTS_DATA)
    {
        event = parts_next(parts, data + position, size - position, &consumed, &payload, &payload_size);
        position += consumed;
        if (event == PARTS_DATA && download->file->remote_size == TRANSFER_SIZE_UNKNOWN &&
            parts->size != PARTS_SIZE_UNKNOWN && (answer = take_size(download, parts)) != ANSWER_BODY)
            return answer;
        if (event == PARTS_DATA && kept + payload_size <= position)
        {
            memmove(data + kept, payload, payload_size);
            kept += payload_size;
            continue;
        }
        /* All that was kept, and bytes of an earlier call that turned out to belong to the file. */
        if (!download_hand_on(download, (const BYTE *)data, kept)) return ANSWER_FAILED;
        kept = 0;
        if (event == PARTS_DATA && !download_hand_on(download, (const BYTE *)payload, payload_size))
            return ANSWER_FAILED;
    }
    switch (event)
    {
    case PARTS_END: *ended = TRUE; break;
    case PARTS_OTHER: return give_up_parts(download, parts->count);
    case PARTS_RESIZED: return download_answer_restart(download);
    case PARTS_MERGED: return refuse_merged(download);
    case PARTS_NO_MEMORY: download_fail_file(download, ERROR_OUTOFMEMORY); return ANSWER_FAILED;
    default: break;
    }
    return ANSWER_BODY;
}

static enum answer receive_parts(struct download *download, struct parts *parts)
{
    enum answer answer = ANSWER_BODY;
    transfer_code code;
    BOOL ended = FALSE;
    size_t got;

    attempt_enter_transferring(&download->attempt);
    while (!ended && answer == ANSWER_BODY)
    {
        code = download->run->stop
                   ? ERROR_OPERATION_ABORTED
                   : http_exchange_read(download->attempt.exchange, download->buffer, download_portion(download), &got);
        if (code)
        {
            download_fail_network(download, code);
            return ANSWER_FAILED;
        }
        if (!got) return give_up_parts(download, parts->count);
        answer = take_parts(download, parts, download->buffer, got, &ended);
        pace_keep(download->run, download->attempt.exchange, got);
    }
    return answer;
}

/* An answer to a request for several ranges. */
static enum answer accept_parts(struct download *download, const struct file_range *stretches, size_t count)
{
    const char *value = http_exchange_header(download->attempt.exchange, "Content-Range", 0);
    struct http_content_range range;
    struct parts *parts;
    enum answer answer;

    switch (download_identify(download, TRANSFER_SIZE_UNKNOWN,
                              http_exchange_header(download->attempt.exchange, "Last-Modified", 0)))
    {
    case BAD_FILE: return ANSWER_FAILED;
    case CHANGED_FILE: return download_answer_restart(download);
    case SAME_FILE: break;
    }
    if (value && !http_content_range_parse(value, &range) && range.has_range &&
        parts_are_merged(stretches, count, range.first, range.last))
        return refuse_merged(download);
    if (!(parts = malloc(sizeof(*parts))))
    {
        download_fail_file(download, ERROR_OUTOFMEMORY);
        return ANSWER_FAILED;
    }
    if (parts_init(parts, http_exchange_header(download->attempt.exchange, "Content-Type", 0), stretches, count,
                   download->file->remote_size))
    {
        answer = receive_parts(download, parts);
        if (answer == ANSWER_BODY) download->parts_next = download->parts_most;
        parts_cleanup(parts);
    }
    else answer = give_up_parts(download, count);
    free(parts);
    return answer;
}

/* GET for several ranges, with the body of the answer. */
enum answer download_fetch_parts(struct download *download, const struct file_range *stretches, size_t count)
{
    char headers[PARTS_LINE_MAX + 128] = "Range: ";
    const struct http_response *response;

    parts_format(stretches, &count, headers + strlen(headers), PARTS_LINE_MAX - strlen(headers) - strlen("\r\n"));
    strcat(headers, "\r\n");
    download_add_condition(download, headers, sizeof(headers));
    if (!download_send_request(download, "GET", headers, &response)) return ANSWER_FAILED;
    switch (response->status)
    {
    case 206: return accept_parts(download, stretches, count);
    case 412: return download_answer_restart(download);
    case 200:
    case 400: /* too many, or too long a line */
    case 413:
    case 414:
    case 416:
    case 431: return give_up_parts(download, count); /* one by one shows what the server thinks */
    default: download_fail_status(download, response->status); return ANSWER_FAILED;
    }
}
