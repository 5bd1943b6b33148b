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

static enum answer give_up_parts(struct download *download)
{
    TRACE("the server does not give several ranges as asked\n");
    download->one_by_one = TRUE; /* B-440 */
    return ANSWER_AGAIN;
}

/* Bytes of a multipart body.  ANSWER_BODY: go on. */
static enum answer take_parts(struct download *download, struct parts *parts, const char *data, size_t size,
                              BOOL *ended)
{
    size_t consumed, payload_size;
    const char *payload;

    for (;;)
    {
        switch (parts_next(parts, data, size, &consumed, &payload, &payload_size))
        {
        case PARTS_MORE: return ANSWER_BODY;
        case PARTS_DATA:
            if (!download_hand_on(download, (const BYTE *)payload, payload_size)) return ANSWER_FAILED;
            break;
        case PARTS_END: *ended = TRUE; return ANSWER_BODY;
        case PARTS_OTHER: return give_up_parts(download);
        case PARTS_RESIZED: return download_answer_restart(download);
        case PARTS_MERGED:
            download_fail_network(download, TRANSFER_E_INVALID_RESPONSE); /* B-457 */
            return ANSWER_FAILED;
        case PARTS_NO_MEMORY: download_fail_file(download, ERROR_OUTOFMEMORY); return ANSWER_FAILED;
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
        if (!got) return give_up_parts(download);
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
    {
        download_fail_network(download, TRANSFER_E_INVALID_RESPONSE); /* B-457 */
        return ANSWER_FAILED;
    }
    if (!(parts = malloc(sizeof(*parts))))
    {
        download_fail_file(download, ERROR_OUTOFMEMORY);
        return ANSWER_FAILED;
    }
    if (parts_init(parts, http_exchange_header(download->attempt.exchange, "Content-Type", 0), stretches, count,
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
enum answer download_fetch_parts(struct download *download, const struct file_range *stretches, size_t count)
{
    char headers[PARTS_MAX * 42 + 128] = "Range: bytes=";
    const struct http_response *response;
    size_t i, length = strlen(headers);

    for (i = 0; i < count; i++)
        length += sprintf(headers + length, "%s%I64u-%I64u", i ? "," : "", stretches[i].offset,
                          stretches[i].offset + stretches[i].length - 1);
    strcpy(headers + length, "\r\n");
    download_add_condition(download, headers, sizeof(headers));
    if (!download_send_request(download, "GET", headers, &response)) return ANSWER_FAILED;
    switch (response->status)
    {
    case 206: return accept_parts(download, stretches, count);
    case 412: return download_answer_restart(download);
    case 200:
    case 416: return give_up_parts(download); /* one by one shows what the server thinks */
    default: download_fail_status(download, response->status); return ANSWER_FAILED;
    }
}
