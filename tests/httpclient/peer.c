/*
 * A server that says exactly what a test tells it to.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"
#include "support/sockets.h"

#define CONNECTIONS_MAX 4096

struct peer
{
    SOCKET listener;
    unsigned short port;
    HANDLE thread, stopping;
    CRITICAL_SECTION lock;
    peer_function function;
    void *context;
    struct peer_connection *connections[CONNECTIONS_MAX]; /* NULL once they ended */
    HANDLE threads[CONNECTIONS_MAX];
    volatile LONG count;
    char urls[8][256];
    volatile LONG next_url;
};

static void close_connection(struct peer_connection *connection)
{
    EnterCriticalSection(&connection->peer->lock);
    if (connection->socket != INVALID_SOCKET) closesocket(connection->socket);
    connection->socket = INVALID_SOCKET;
    LeaveCriticalSection(&connection->peer->lock);
}

static DWORD CALLBACK connection_thread(void *context)
{
    struct peer_connection *connection = context;
    struct peer *peer = connection->peer;
    char drain[4096];

    peer->function(connection);
    /* A close with unread bytes would be a reset. */
    if (connection->socket != INVALID_SOCKET)
    {
        DWORD timeout = 200;

        shutdown(connection->socket, SD_SEND);
        setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof(timeout));
        while (recv(connection->socket, drain, sizeof(drain), 0) > 0) continue;
    }
    close_connection(connection);
    EnterCriticalSection(&peer->lock);
    peer->connections[connection->number - 1] = NULL;
    LeaveCriticalSection(&peer->lock);
    free(connection);
    return 0;
}

static DWORD CALLBACK listen_thread(void *context)
{
    struct peer *peer = context;
    SOCKET socket;

    while ((socket = accept(peer->listener, NULL, NULL)) != INVALID_SOCKET)
    {
        struct peer_connection *connection;
        BOOL no_delay = TRUE;
        LONG number = peer->count;

        if (WaitForSingleObject(peer->stopping, 0) == WAIT_OBJECT_0)
        {
            closesocket(socket);
            break;
        }
        connection = calloc(1, sizeof(*connection));
        if (!connection || number == CONNECTIONS_MAX)
        {
            free(connection);
            closesocket(socket);
            continue;
        }
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof(no_delay));
        connection->peer = peer;
        connection->number = number + 1;
        connection->context = peer->context;
        connection->socket = socket;
        EnterCriticalSection(&peer->lock);
        peer->connections[number] = connection;
        peer->count = number + 1;
        peer->threads[number] = CreateThread(NULL, 256 * 1024, connection_thread, connection, 0, NULL);
        LeaveCriticalSection(&peer->lock);
    }
    return 0;
}

struct peer *peer_create(peer_function function, void *context)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    struct peer *peer = calloc(1, sizeof(*peer));

    peer->function = function;
    peer->context = context;
    peer->stopping = CreateEventW(NULL, TRUE, FALSE, NULL);
    InitializeCriticalSection(&peer->lock);
    peer->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) || listen(peer->listener, 64) ||
        getsockname(peer->listener, (struct sockaddr *)&address, &size))
    {
        fprintf(stderr, "no listening socket, error %d\n", WSAGetLastError());
        exit(1);
    }
    peer->port = ntohs(address.sin_port);
    peer->thread = CreateThread(NULL, 0, listen_thread, peer, 0, NULL);
    return peer;
}

void peer_destroy(struct peer *peer)
{
    LONG i;

    SetEvent(peer->stopping);
    listener_wake(peer->port);
    WaitForSingleObject(peer->thread, INFINITE);
    CloseHandle(peer->thread);
    closesocket(peer->listener);
    EnterCriticalSection(&peer->lock);
    for (i = 0; i < peer->count; i++)
    {
        struct peer_connection *connection = peer->connections[i];

        if (connection && connection->socket != INVALID_SOCKET) socket_break(connection->socket);
    }
    LeaveCriticalSection(&peer->lock);
    for (i = 0; i < peer->count; i++)
    {
        WaitForSingleObject(peer->threads[i], INFINITE);
        CloseHandle(peer->threads[i]);
    }
    DeleteCriticalSection(&peer->lock);
    CloseHandle(peer->stopping);
    free(peer);
}

unsigned short peer_port(const struct peer *peer)
{
    return peer->port;
}

unsigned int peer_count(const struct peer *peer)
{
    return peer->count;
}

HANDLE peer_stopping(struct peer *peer)
{
    return peer->stopping;
}

const char *peer_url(struct peer *peer, const char *path)
{
    char *url = peer->urls[InterlockedIncrement(&peer->next_url) % 8];

    snprintf(url, sizeof(peer->urls[0]), "http://127.0.0.1:%u%s", peer->port, path);
    return url;
}

BOOL peer_read_head(struct peer_connection *connection)
{
    size_t used = connection->ahead;

    memcpy(connection->head, connection->rest, used);
    connection->ahead = 0;
    for (;;)
    {
        char *end;
        int got;

        connection->head[used] = 0;
        if ((end = strstr(connection->head, "\r\n\r\n")))
        {
            end += 4;
            connection->ahead = connection->head + used - end;
            memcpy(connection->rest, end, connection->ahead);
            *end = 0;
            return TRUE;
        }
        if (used == sizeof(connection->head) - 1) return FALSE;
        got = recv(connection->socket, connection->head + used, sizeof(connection->head) - 1 - used, 0);
        if (got <= 0) return FALSE;
        used += got;
    }
}

BOOL peer_read_body(struct peer_connection *connection, void *buffer, uint64_t size)
{
    static const size_t piece = 1024 * 1024;
    char *memory = NULL, *pos = buffer;
    size_t part = min(size, connection->ahead);

    if (pos)
    {
        memcpy(pos, connection->rest, part);
        pos += part;
    }
    connection->ahead -= part;
    memmove(connection->rest, connection->rest + part, connection->ahead);
    size -= part;
    if (size && !pos) memory = malloc(piece);
    while (size)
    {
        int got = recv(connection->socket, pos ? pos : memory, min(size, piece), 0);

        if (got <= 0) break;
        size -= got;
        if (pos) pos += got;
    }
    free(memory);
    return !size;
}

BOOL peer_send(struct peer_connection *connection, const void *data, size_t size)
{
    const char *pos = data;

    while (size)
    {
        int sent = send(connection->socket, pos, min(size, 1 << 20), 0);

        if (sent <= 0) return FALSE;
        pos += sent;
        size -= sent;
    }
    return TRUE;
}

BOOL peer_send_text(struct peer_connection *connection, const char *format, ...)
{
    char text[8192];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return peer_send(connection, text, size);
}

BOOL peer_wait_closed(struct peer_connection *connection, DWORD timeout)
{
    char byte;

    setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, (const char *)&timeout, sizeof(timeout));
    if (connection->ahead) return FALSE;
    return recv(connection->socket, &byte, 1, 0) == 0 || WSAGetLastError() == WSAECONNRESET;
}

void peer_reset(struct peer_connection *connection)
{
    struct linger linger = {1, 0};

    setsockopt(connection->socket, SOL_SOCKET, SO_LINGER, (const char *)&linger, sizeof(linger));
    close_connection(connection);
}

BOOL peer_asked(const struct peer_connection *connection, const char *path)
{
    const char *target = strchr(connection->head, ' ');

    return target && !strncmp(target + 1, path, strlen(path));
}

const char *peer_header(const struct peer_connection *connection, const char *name)
{
    static __thread char values[4][2048];
    static __thread unsigned int next;
    const char *line = strstr(connection->head, "\r\n");
    size_t length = strlen(name);

    while (line && line[2] && line[2] != '\r')
    {
        line += 2;
        if (!_strnicmp(line, name, length) && line[length] == ':')
        {
            char *value = values[next++ % 4];

            line += length + 1;
            while (*line == ' ') line++;
            snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(line, "\r"), line);
            return value;
        }
        line = strstr(line, "\r\n");
    }
    return "";
}
