/*
 * A server that says exactly what a test tells it to: one function of the test for each connection.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_HTTPCLIENT_PEER_H
#define WINE_BITS_TESTS_HTTPCLIENT_PEER_H

#include <stdint.h>
#include <winsock2.h>
#include <windows.h>

struct peer;

struct peer_connection
{
    struct peer *peer;
    unsigned int number; /* from 1, in the order of arrival */
    void *context;
    SOCKET socket;
    char head[64 * 1024]; /* of the last request, with a NUL */
    size_t ahead;         /* bytes received behind it */
    char rest[64 * 1024];
};

/* Serves one connection on a thread of its own; it is closed when this returns. */
typedef void (*peer_function)(struct peer_connection *connection);

/* Listens on 127.0.0.1 at a free port. */
struct peer *peer_create(peer_function function, void *context);
/* Waits for all connections' functions; they are made to fail before. */
void peer_destroy(struct peer *peer);
unsigned short peer_port(const struct peer *peer);
/* Connections so far. */
unsigned int peer_count(const struct peer *peer);
/* "http://127.0.0.1:port" and the path; a buffer that belongs to the peer, good for a few calls. */
const char *peer_url(struct peer *peer, const char *path);
/* Set when the peer is being destroyed; what a function waits for besides its own events. */
HANDLE peer_stopping(struct peer *peer);

/* FALSE: the client went away, or the head is too large. The head is in connection->head then. */
BOOL peer_read_head(struct peer_connection *connection);
/* Reads that many bytes of a request's body; buffer may be NULL. */
BOOL peer_read_body(struct peer_connection *connection, void *buffer, uint64_t size);
BOOL peer_send(struct peer_connection *connection, const void *data, size_t size);
BOOL peer_send_text(struct peer_connection *connection, const char *format, ...)
    __attribute__((format(gnu_printf, 2, 3)));
/* TRUE: the client closed its side; FALSE: it did not within that time, or said more. */
BOOL peer_wait_closed(struct peer_connection *connection, DWORD timeout);
/* Ends with a reset instead of a proper end. */
void peer_reset(struct peer_connection *connection);
/* The path of the last request begins with this. */
BOOL peer_asked(const struct peer_connection *connection, const char *path);
/* Value of a header field of the last request, "" when absent; a buffer of the calling thread. */
const char *peer_header(const struct peer_connection *connection, const char *name);

#endif
