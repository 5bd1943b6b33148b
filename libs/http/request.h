/*
 * Putting requests together and sending them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_REQUEST_H
#define WINE_BITS_HTTP_REQUEST_H

#include "http/exchange_state.h"

/*
 * Sends the request in hand over the connection in hand.  Stops, with exchange->early set, when the server does not
 * want
 * all of it.  The errors of http_connection_send(); ERROR_WINHTTP_INVALID_HEADER; what the source of the body gives.
 */
uint32_t http_request_send(struct http_exchange *exchange);

/* Sends the request for a tunnel. */
uint32_t http_request_send_connect(struct http_exchange *exchange);

/* RFC 9110 section 9.2.2: whether it does no harm that a server sees a request of that method twice. */
bool http_method_is_idempotent(const char *method);

#endif
