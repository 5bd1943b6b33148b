/*
 * The body of an answer, from the connection into the caller's buffer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_BODY_H
#define WINE_BITS_HTTP_BODY_H

#include "http/connection.h"
#include "http/chunked.h"
#include "http/message.h"

struct http_body
{
    struct http_framing framing;
    uint64_t remaining; /* of HTTP_BODY_LENGTH */
    struct http_chunked chunked;
    bool ended;
};

/* No clean-up is needed. */
void http_body_init(struct http_body *body, const struct http_framing *framing);

/*
 * Reads at least one byte, or *got = 0 at the proper end.  ERROR_WINHTTP_CONNECTION_ERROR: the peer ended it
 * before. ERROR_WINHTTP_INVALID_SERVER_RESPONSE: broken chunks.  The connection is lost after any error.
 */
uint32_t http_body_read(struct http_body *body, struct http_connection *connection, const struct http_wait *wait,
                        void *buffer, size_t size, size_t *got);

#endif
