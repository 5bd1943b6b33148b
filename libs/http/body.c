/*
 * The body of an answer, from the connection into the caller's buffer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/body.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

void http_body_init(struct http_body *body, const struct http_framing *framing)
{
    memset(body, 0, sizeof(*body));
    body->framing = *framing;
    body->remaining = framing->kind == HTTP_BODY_LENGTH ? framing->length : 0;
    body->ended = framing->kind == HTTP_BODY_NONE || (framing->kind == HTTP_BODY_LENGTH && !framing->length);
    http_chunked_init(&body->chunked);
}

static uint32_t read_length(struct http_body *body, struct http_connection *connection, const struct http_wait *wait,
                            void *buffer, size_t size, size_t *got)
{
    uint32_t error;

    if (size > body->remaining) size = body->remaining;
    if ((error = http_connection_receive(connection, wait, buffer, size, got))) return error;
    if (!*got)
    {
        WARN("the peer ended the body early\n");
        return ERROR_WINHTTP_CONNECTION_ERROR;
    }
    body->remaining -= *got;
    body->ended = !body->remaining;
    return 0;
}

/* Moves the contents of the chunks in buffer to its start. */
static uint32_t decode_chunks(struct http_body *body, char *buffer, size_t size, size_t *got)
{
    char *pos = buffer, *end = buffer + size;

    *got = 0;
    while (pos < end)
    {
        enum http_parse_error result;
        size_t consumed, payload_size;
        const char *payload;

        result = http_chunked_next(&body->chunked, pos, end - pos, &consumed, &payload, &payload_size);
        if (http_parse_failed(result))
        {
            WARN("bad chunk, parser says %d\n", result);
            return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
        }
        if (payload_size)
        {
            memmove(buffer + *got, payload, payload_size);
            *got += payload_size;
        }
        pos += consumed;
        if (result == HTTP_PARSE_OK)
        {
            body->ended = true;
            break;
        }
    }
    /* What follows the last chunk would be an answer that nobody asked for. */
    if (pos < end) body->framing.must_close = true;
    return 0;
}

static uint32_t read_chunked(struct http_body *body, struct http_connection *connection, const struct http_wait *wait,
                             void *buffer, size_t size, size_t *got)
{
    size_t received;
    uint32_t error;

    do {
        if ((error = http_connection_receive(connection, wait, buffer, size, &received))) return error;
        if (!received)
        {
            WARN("the peer ended the chunked body early\n");
            return ERROR_WINHTTP_CONNECTION_ERROR;
        }
        if ((error = decode_chunks(body, buffer, received, got))) return error;
    } while (!*got && !body->ended);
    return 0;
}

static uint32_t read_until_close(struct http_body *body, struct http_connection *connection,
                                 const struct http_wait *wait, void *buffer, size_t size, size_t *got)
{
    uint32_t error;

    if ((error = http_connection_receive(connection, wait, buffer, size, got))) return error;
    body->ended = !*got;
    return 0;
}

uint32_t http_body_read(struct http_body *body, struct http_connection *connection, const struct http_wait *wait,
                        void *buffer, size_t size, size_t *got)
{
    *got = 0;
    if (body->ended || !size) return 0;
    switch (body->framing.kind)
    {
    case HTTP_BODY_LENGTH: return read_length(body, connection, wait, buffer, size, got);
    case HTTP_BODY_CHUNKED: return read_chunked(body, connection, wait, buffer, size, got);
    case HTTP_BODY_UNTIL_CLOSE: return read_until_close(body, connection, wait, buffer, size, got);
    case HTTP_BODY_NONE: break;
    }
    return 0;
}
