/*
 * The test server: one connection, its requests one after the other.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "support/server_private.h"
#include "wine/test.h"

/* What was received and not used yet. */
struct reader
{
    SOCKET socket;
    char *data;
    size_t used, size;
};

static BOOL receive_more(struct reader *reader)
{
    int got;

    if (reader->used + 1 >= reader->size)
    {
        size_t size = reader->size ? 2 * reader->size : 16384;
        char *data;

        if (size > SERVER_MAX_HEAD || !(data = realloc(reader->data, size))) return FALSE;
        reader->data = data;
        reader->size = size;
    }
    got = recv(reader->socket, reader->data + reader->used, (int)(reader->size - reader->used - 1), 0);
    if (got <= 0) return FALSE;
    reader->used += got;
    reader->data[reader->used] = 0;
    return TRUE;
}

static void consume(struct reader *reader, size_t count)
{
    reader->used -= count;
    memmove(reader->data, reader->data + count, reader->used);
    reader->data[reader->used] = 0;
}

static char *copy_text(const char *text, size_t length)
{
    char *copy = malloc(length + 1);

    if (copy)
    {
        memcpy(copy, text, length);
        copy[length] = 0;
    }
    return copy;
}

/* Read "METHOD target HTTP/1.1" and the header lines. The end of the connection is just FALSE. */
static BOOL read_head(struct reader *reader, struct server_request *request, BOOL *keep)
{
    char *end = NULL, *line_end, *target, *version;
    size_t method_length;

    while (!reader->used || !(end = strstr(reader->data, "\r\n\r\n")))
    {
        if (!receive_more(reader)) return FALSE;
    }
    line_end = strstr(reader->data, "\r\n");
    method_length = strcspn(reader->data, " \r\n");
    target = reader->data + method_length + 1;
    version = target + strcspn(target, " \r\n") + 1;
    if (method_length >= sizeof(request->method) || version > line_end) return FALSE;
    memcpy(request->method, reader->data, method_length);
    request->target = copy_text(target, version - target - 1);
    request->headers = copy_text(line_end + 2, end + 2 - (line_end + 2));
    *keep = !strncmp(version, "HTTP/1.1", 8);
    consume(reader, end + 4 - reader->data);
    return request->target && request->headers;
}

static BOOL store_body(struct server_request *request, size_t *capacity, const char *data, size_t size)
{
    request->body_size += size;
    if (size > SERVER_MAX_STORED_BODY - request->body_stored) size = SERVER_MAX_STORED_BODY - request->body_stored;
    if (!size) return TRUE;
    if (request->body_stored + size > *capacity)
    {
        size_t grown = 2 * (request->body_stored + size);
        unsigned char *body = realloc(request->body, grown);

        if (!body) return FALSE;
        request->body = body;
        *capacity = grown;
    }
    memcpy(request->body + request->body_stored, data, size);
    request->body_stored += size;
    return TRUE;
}

static BOOL read_body(struct server_exchange *exchange, struct reader *reader)
{
    struct server_request *request = exchange->request;
    char text[64];
    uint64_t left;
    size_t capacity = 0;

    if (!server_header(request, "Content-Length", text, sizeof(text))) return TRUE;
    left = _strtoui64(text, NULL, 10);
    if (left && server_header(request, "Expect", text, sizeof(text)) && !_stricmp(text, "100-continue") &&
        !server_send(exchange, "HTTP/1.1 100 Continue\r\n\r\n", 25))
        return FALSE;

    while (left)
    {
        size_t part;

        if (!reader->used && !receive_more(reader)) return FALSE;
        part = reader->used < left ? reader->used : (size_t)left;
        if (!store_body(request, &capacity, reader->data, part)) return FALSE;
        consume(reader, part);
        left -= part;
    }
    return TRUE;
}

static BOOL serve_request(struct server_connection *connection, struct reader *reader)
{
    struct server_exchange exchange = {.server = connection->server, .connection = connection};
    char text[64];

    if (!(exchange.request = calloc(1, sizeof(*exchange.request)))) return FALSE;
    exchange.request->connection = connection->number;
    if (!read_head(reader, exchange.request, &exchange.keep) || !read_body(&exchange, reader) || !server_log(&exchange))
    {
        server_request_destroy(exchange.request);
        return FALSE;
    }
    if (server_header(exchange.request, "Connection", text, sizeof(text)) && !_stricmp(text, "close"))
        exchange.keep = FALSE;

    server_answer(&exchange);
    server_log_done(&exchange);
    return exchange.keep && !exchange.gone;
}

void server_serve(struct server_connection *connection)
{
    struct reader reader = {.socket = connection->socket};

    while (serve_request(connection, &reader))
        ;
    free(reader.data);
}

BOOL server_send(struct server_exchange *exchange, const void *data, size_t size)
{
    const char *bytes = data;

    while (size && !exchange->gone)
    {
        int sent = send(exchange->connection->socket, bytes, size < 0x100000 ? (int)size : 0x100000, 0);

        if (sent <= 0)
        {
            exchange->gone = TRUE;
            break;
        }
        bytes += sent;
        size -= sent;
    }
    return !exchange->gone;
}

BOOL server_stall(struct server_exchange *exchange)
{
    struct server *server = exchange->server;
    SOCKET socket = exchange->connection->socket;
    WSAEVENT closed = WSACreateEvent();
    HANDLE events[] = {server->stopping, exchange->entry->released, closed};
    u_long blocking = 0;

    EnterCriticalSection(&server->lock);
    exchange->entry->stalled++;
    WakeAllConditionVariable(&server->changed);
    LeaveCriticalSection(&server->lock);

    WSAEventSelect(socket, closed, FD_CLOSE);
    if (WaitForMultipleObjects(ARRAYSIZE(events), events, FALSE, INFINITE) != WAIT_OBJECT_0 + 1) exchange->gone = TRUE;
    WSAEventSelect(socket, NULL, 0);
    ioctlsocket(socket, FIONBIO, &blocking);
    WSACloseEvent(closed);
    return !exchange->gone;
}
