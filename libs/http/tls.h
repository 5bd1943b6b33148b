/*
 * TLS on Schannel, and the validation of the server's certificate.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_TLS_H
#define WINE_BITS_HTTP_TLS_H

#include "http/socket.h"
#include "http/http.h"

struct http_tls;

/*
 * Makes a TLS session over a connected socket, within the connect time-out of wait, and validates the certificate
 * with the flags of options.  host is what the certificate must name.  The socket stays the caller's and must
 * outlive the session.  ERROR_WINHTTP_SECURE_* and ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED besides the socket's
 * errors.
 */
uint32_t http_tls_open(struct http_socket *socket, const struct http_wait *wait, const char *host,
                       const struct http_options *options, struct http_tls **tls);

/* Sends close_notify as far as that needs no waiting. */
void http_tls_destroy(struct http_tls *tls);

/*
 * As their namesakes of the socket; *got = 0 is the peer's close_notify, an end without it a connection
 * error.
 */
uint32_t http_tls_send(struct http_tls *tls, const struct http_wait *wait, const void *data, size_t size);
uint32_t http_tls_receive(struct http_tls *tls, const struct http_wait *wait, void *buffer, size_t size, size_t *got);

/* Whether something has arrived that was not read: plain bytes, a record or a part of one, an end, an error. */
bool http_tls_pending(const struct http_tls *tls);

/* The server's certificate; belongs to the session. */
const CERT_CONTEXT *http_tls_certificate(const struct http_tls *tls);

#endif
