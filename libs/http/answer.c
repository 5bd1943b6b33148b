/*
 * The answer of an exchange: taken over, skipped, and its connection afterwards.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/answer.h"
#include "http/errors.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

#define SKIP_MAX (256 * 1024) /* bytes of a body that are read for the sake of keeping the connection */
#define SKIP_TIMEOUT 5000     /* ms for all of it, then another connection is better */

void http_exchange_close(struct http_exchange *exchange)
{
    http_connection_destroy(exchange->connection);
    exchange->connection = NULL;
}

void http_answer_forget(struct http_exchange *exchange)
{
    exchange->answered = false;
    exchange->from_proxy = false;
    exchange->body_error = 0;
    memset(&exchange->response, 0, sizeof(exchange->response));
    free(exchange->url_text);
    free(exchange->raw_headers);
    exchange->url_text = exchange->raw_headers = NULL;
}

uint32_t http_answer_take(struct http_exchange *exchange, const char *method)
{
    bool plain_proxy = exchange->proxy && !exchange->connection->tls;
    enum http_parse_error result;
    struct http_framing framing;

    if ((result = http_response_framing(&exchange->head, method, &framing)))
    {
        WARN("bad framing, parser says %d\n", result);
        return http_win32_error(result, ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
    }
    exchange->keeps_open = http_response_keep_alive(&exchange->head, &framing, plain_proxy);
    http_body_init(&exchange->body, &framing);
    exchange->body_error = 0;
    exchange->answered = true;
    return 0;
}

void http_answer_release(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    if (!connection || !exchange->body.ended) return;
    if (exchange->keeps_open && !connection->refused && !exchange->body.framing.must_close)
    {
        exchange->connection = NULL;
        http_pool_put(exchange->pool, connection);
    }
    else http_exchange_close(exchange);
}

uint32_t http_answer_skip(struct http_exchange *exchange)
{
    bool worth_it = exchange->keeps_open && exchange->connection && !exchange->connection->refused &&
                    (exchange->body.framing.kind != HTTP_BODY_LENGTH || exchange->body.framing.length <= SKIP_MAX);
    ULONGLONG start = GetTickCount64();
    struct http_wait wait;
    size_t total = 0, got = 0;
    uint32_t error = 0;
    char *buffer;

    exchange->answered = false;
    if (!exchange->connection) return 0;
    if (worth_it && !exchange->body.ended)
    {
        if (!(buffer = malloc(SKIP_MAX))) return ERROR_NOT_ENOUGH_MEMORY;
        while (!error && !exchange->body.ended && total < SKIP_MAX)
        {
            if ((error = http_wait_limit(&exchange->wait, start, SKIP_TIMEOUT, &wait))) break;
            error = http_body_read(&exchange->body, exchange->connection, &wait, buffer, SKIP_MAX, &got);
            total += got;
        }
        free(buffer);
    }
    if (error || !worth_it || !exchange->body.ended || exchange->body.framing.must_close) http_exchange_close(exchange);
    return error == ERROR_OPERATION_ABORTED ? error : 0;
}

/* The text of the header as http.h promises it. */
static char *write_raw_headers(const struct http_response_head *head)
{
    size_t reason = strlen(head->reason), block_size, used;
    char *block, *text;

    if (!(block = http_fields_to_block(&head->fields, &block_size))) return NULL;
    if ((text = malloc(32 + reason + block_size)))
    {
        used = sprintf(text, "HTTP/1.%d %d%s", head->minor_version, head->status, reason ? " " : "");
        memcpy(text + used, head->reason, reason);
        used += reason;
        used += sprintf(text + used, "\r\n");
        memcpy(text + used, block, block_size);
        memcpy(text + used + block_size, "\r\n", 3);
    }
    free(block);
    return text;
}

/* Of this body; for HEAD of the one that GET would have brought.  Beside chunks it is no more than a hint. */
static uint64_t answer_length(const struct http_exchange *exchange)
{
    const struct http_framing *framing = &exchange->body.framing;
    uint64_t length;
    bool present;

    if (framing->kind == HTTP_BODY_LENGTH) return framing->length;
    if (framing->kind == HTTP_BODY_NONE && strcmp(exchange->method, "HEAD")) return 0;
    if (http_fields_content_length(&exchange->head.fields, &present, &length) || !present) return HTTP_LENGTH_UNKNOWN;
    return length;
}

uint32_t http_answer_describe(struct http_exchange *exchange)
{
    struct http_response *response = &exchange->response;

    exchange->url_text = http_url_to_string(&exchange->url, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
    exchange->raw_headers = write_raw_headers(&exchange->head);
    if (!exchange->url_text || !exchange->raw_headers) return ERROR_NOT_ENOUGH_MEMORY;
    response->status = exchange->head.status;
    response->version = exchange->head.minor_version ? 11 : 10;
    response->content_length = answer_length(exchange);
    response->url = exchange->url_text;
    response->raw_headers = exchange->raw_headers;
    lstrcpynA(exchange->peer, http_socket_peer(exchange->connection->socket), sizeof(exchange->peer));
    response->server_address = exchange->peer;
    response->redirected = exchange->redirected;
    TRACE("status %u, %I64d bytes from %s\n", response->status, response->content_length, exchange->peer);
    return 0;
}
