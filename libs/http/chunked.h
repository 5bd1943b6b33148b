/*
 * Decoder of the chunked transfer coding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 9112 section 7.1. Lines of sizes and ends of chunks need CRLF; blanks around a size line's extension
 * are accepted, extensions and trailer fields are read past. Limits: one size line HTTP_CHUNK_LINE_MAX, the
 * trailer HTTP_CHUNK_TRAILER_MAX bytes and HTTP_FIELDS_MAX lines.
 */

#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "parse.h"

#define HTTP_CHUNK_LINE_MAX (16 * 1024)
#define HTTP_CHUNK_TRAILER_MAX (256 * 1024)

struct http_chunked
{
    int state; /* private to chunked.c, all of it */
    uint64_t remaining;
    size_t line_len;
    size_t trailer_len;
    size_t trailer_lines;
    enum http_parse_error result;
};

/* No clean-up is needed. */
void http_chunked_init(struct http_chunked *chunked);

/*
 * Takes a look at the next len bytes of the body. *consumed bytes of them are dealt with; *payload points
 * into data at *payload_len bytes of content (0: none) that lie within those consumed. Call again with the
 * rest:
 *
 *     while (len)
 *     {
 *         error = http_chunked_next(&chunked, data, len, &consumed, &payload, &payload_len);
 *         if (http_parse_failed(error)) ...
 *         use payload[0 .. payload_len-1]
 *         data += consumed; len -= consumed;
 *         if (error == HTTP_PARSE_OK) break;      the body ended; what is left belongs to the next message
 *     }
 *
 * MORE: not at the end; something was consumed if len > 0. (Unlike other parsers this one may leave bytes
 * with MORE.) OK: the last byte of the body was consumed. Errors stay: INVALID, OVERFLOW (a size beyond 64
 * bits), TOO_LARGE.
 */
enum http_parse_error http_chunked_next(struct http_chunked *chunked, const char *data, size_t len, size_t *consumed,
                                        const char **payload, size_t *payload_len);

#endif
