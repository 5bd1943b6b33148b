/*
 * One connection to a server or proxy: a socket, TLS on it where the URL asks for that, and what was received
 * but not yet used.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_CONNECTION_H
#define WINE_BITS_HTTP_CONNECTION_H

#include "http/socket.h"
#include "http/tls.h"
#include "http/http.h"
#include "http/message.h"

struct http_sspi;

struct http_connection
{
    struct http_socket *socket;
    struct http_tls *tls;                       /* NULL: plain */
    char *key;                                  /* what it is good for; pool.h */
    uint64_t approved_by;                       /* the exchange whose certificate check it passed, 0 = none yet */
    bool authenticated[HTTP_AUTH_TARGET_COUNT]; /* by a scheme that belongs to the connection */
    struct http_sspi *handshake[HTTP_AUTH_TARGET_COUNT]; /* of such a scheme, when under way */
    bool refused; /* a handshake has failed: the peer may let nobody in by it any more */

    struct http_connection *next; /* in the pool */
    ULONGLONG idle_since;

    size_t start, end; /* of what is in buffer */
    char buffer[16 * 1024];
};

/* Connects the socket; TLS comes with http_connection_start_tls().  key is copied.  Errors: socket.h. */
uint32_t http_connection_open(const char *host, uint16_t port, const char *key, const struct http_wait *wait,
                              struct http_connection **connection);
void http_connection_destroy(struct http_connection *connection);

uint32_t http_connection_start_tls(struct http_connection *connection, const struct http_wait *wait, const char *host,
                                   const struct http_options *options);

/* Sends everything. */
uint32_t http_connection_send(struct http_connection *connection, const struct http_wait *wait, const void *data,
                              size_t size);

/*
 * What was received ahead, or else straight from the network into buffer; *got = 0 at the peer's proper
 * end. /
 */
uint32_t http_connection_receive(struct http_connection *connection, const struct http_wait *wait, void *buffer,
                                 size_t size, size_t *got);

/*
 * Receives one final or interim response head.  *started tells, also on failure, whether anything of it
 * arrived. ERROR_WINHTTP_CONNECTION_ERROR for an end before its end, ERROR_WINHTTP_INVALID_SERVER_RESPONSE
 * for what is no HTTP/1.x.
 */
uint32_t http_connection_receive_head(struct http_connection *connection, const struct http_wait *wait,
                                      struct http_response_head *head, bool *started);

/*
 * Receives a final response head: interim ones (1xx) are read past, a reasonable number of them.
 */
uint32_t http_connection_receive_answer(struct http_connection *connection, const struct http_wait *wait,
                                        struct http_response_head *head, bool *started);

/* Whether a receive would not wait: for bytes, an end of the connection or an error. */
bool http_connection_readable(struct http_connection *connection);

/*
 * Whether the next request can be sent over a connection whose last answer was read to its end: nothing is left
 * of that answer and nothing came unasked, in the buffer, in TLS or in the socket.  What is left would become the
 * next answer (RFC 9112 section 6.3).  thorough: look for an end of the connection too.
 */
bool http_connection_is_idle(struct http_connection *connection, bool thorough);

#endif
