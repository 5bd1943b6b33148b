/*
 * TCP connections on Winsock: connect, send and receive, with time-outs and cancellation.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results are 0 or Win32 codes: ERROR_OPERATION_ABORTED when cancelled, ERROR_WINHTTP_TIMEOUT,
 * ERROR_WINHTTP_CONNECTION_ERROR when the connection broke.  A socket belongs to one thread at a time.
 */

#ifndef WINE_BITS_HTTP_SOCKET_H
#define WINE_BITS_HTTP_SOCKET_H

#include "http/cancel.h"

struct http_socket;

/*
 * Connects to host (name, IPv4, or IPv6 without brackets), to that of its addresses which answers first (RFC 8305); the
 * next time it is tried first.  The connect time-out of wait is for all of it.  ERROR_WINHTTP_NAME_NOT_RESOLVED;
 * ERROR_WINHTTP_CANNOT_CONNECT also on time-out.
 */
uint32_t http_socket_connect(const char *host, uint16_t port, const struct http_wait *wait,
                             struct http_socket **socket);
void http_socket_destroy(struct http_socket *socket);

/* Sends everything. ERROR_WINHTTP_CONNECTION_ERROR also when wait->heard gives it up. */
uint32_t http_socket_send(struct http_socket *socket, const struct http_wait *wait, const void *data, size_t size);

/* Sends as much as the system takes at once; for close_notify. */
void http_socket_send_now(struct http_socket *socket, const void *data, size_t size);

/* Receives what there is, at least one byte; *got = 0 when the peer closed properly. wait->heard may call it. */
uint32_t http_socket_receive(struct http_socket *socket, const struct http_wait *wait, void *buffer, size_t size,
                             size_t *got);

/* Whether bytes have arrived; an end is not seen.  Costs no call of wineserver. */
bool http_socket_has_data(struct http_socket *socket);

/* Whether a receive would not wait: for data, an end or an error.  Costs three calls of wineserver. */
bool http_socket_readable(struct http_socket *socket);

/* "127.0.0.1" or "::1"; belongs to the socket. */
const char *http_socket_peer(const struct http_socket *socket);

#endif
