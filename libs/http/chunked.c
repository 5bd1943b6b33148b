/*
 * Decoder of the chunked transfer coding.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "chunked.h"
#include "fields.h"

#include <string.h>

enum state
{
    SIZE_FIRST, /* first digit of a size */
    SIZE,       /* further digits */
    EXTENSION,  /* behind the digits, up to CR */
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START, /* first byte of a line of the trailer */
    TRAILER,       /* further bytes, up to LF */
    TRAILER_CR,    /* behind a CR within a line */
    END_LF,        /* behind a CR that began a line */
};

void http_chunked_init(struct http_chunked *chunked)
{
    memset(chunked, 0, sizeof(*chunked));
    chunked->state = SIZE_FIRST;
    chunked->result = HTTP_PARSE_MORE;
}

/* One byte behind or within the digits of a size. */
static enum http_parse_error take_size(struct http_chunked *chunked, char c)
{
    int digit = http_hex_value(c);

    if (digit >= 0)
    {
        if (chunked->remaining > UINT64_MAX >> 4) return HTTP_PARSE_OVERFLOW;
        chunked->remaining = chunked->remaining << 4 | (uint64_t)digit;
        chunked->state = SIZE;
        return HTTP_PARSE_MORE;
    }
    if (chunked->state == SIZE_FIRST) return HTTP_PARSE_INVALID;
    if (c == '\r') chunked->state = SIZE_LF;
    else if (c == ';' || http_is_blank(c)) chunked->state = EXTENSION;
    else return HTTP_PARSE_INVALID;
    return HTTP_PARSE_MORE;
}

/* One byte of a size line. */
static enum http_parse_error take_size_line(struct http_chunked *chunked, char c)
{
    if (++chunked->line_len > HTTP_CHUNK_LINE_MAX) return HTTP_PARSE_TOO_LARGE;
    if (chunked->state == SIZE_LF)
    {
        if (c != '\n') return HTTP_PARSE_INVALID;
        chunked->line_len = 0;
        chunked->state = chunked->remaining ? DATA : TRAILER_START;
        return HTTP_PARSE_MORE;
    }
    if (chunked->state != EXTENSION) return take_size(chunked, c);
    if (!c || c == '\n') return HTTP_PARSE_INVALID;
    if (c == '\r') chunked->state = SIZE_LF;
    return HTTP_PARSE_MORE;
}

/* One byte of the trailer, whose lines may end in LF alone like those of a head. */
static enum http_parse_error take_trailer(struct http_chunked *chunked, char c)
{
    if (chunked->state == END_LF || (chunked->state == TRAILER_START && c == '\n'))
        return c == '\n' ? HTTP_PARSE_OK : HTTP_PARSE_INVALID;
    if (chunked->state == TRAILER_START && c == '\r')
    {
        chunked->state = END_LF;
        return HTTP_PARSE_MORE;
    }
    if (!c || (chunked->state == TRAILER_CR && c != '\n')) return HTTP_PARSE_INVALID;
    if (++chunked->trailer_len > HTTP_CHUNK_TRAILER_MAX) return HTTP_PARSE_TOO_LARGE;
    if (chunked->state == TRAILER_START && ++chunked->trailer_lines > HTTP_FIELDS_MAX) return HTTP_PARSE_TOO_LARGE;
    if (c == '\n') chunked->state = TRAILER_START;
    else chunked->state = c == '\r' ? TRAILER_CR : TRAILER;
    return HTTP_PARSE_MORE;
}

/* One byte that is not content. */
static enum http_parse_error take_byte(struct http_chunked *chunked, char c)
{
    switch (chunked->state)
    {
    case DATA_CR: chunked->state = DATA_LF; return c == '\r' ? HTTP_PARSE_MORE : HTTP_PARSE_INVALID;
    case DATA_LF: chunked->state = SIZE_FIRST; return c == '\n' ? HTTP_PARSE_MORE : HTTP_PARSE_INVALID;
    case SIZE_FIRST:
    case SIZE:
    case EXTENSION:
    case SIZE_LF: return take_size_line(chunked, c);
    default: return take_trailer(chunked, c);
    }
}

enum http_parse_error http_chunked_next(struct http_chunked *chunked, const char *data, size_t len, size_t *consumed,
                                        const char **payload, size_t *payload_len)
{
    *consumed = 0;
    *payload = NULL;
    *payload_len = 0;
    while (*consumed < len && chunked->result == HTTP_PARSE_MORE)
    {
        if (chunked->state == DATA)
        {
            size_t span = len - *consumed;

            if (span > chunked->remaining) span = (size_t)chunked->remaining;
            *payload = data + *consumed;
            *payload_len = span;
            *consumed += span;
            chunked->remaining -= span;
            if (!chunked->remaining) chunked->state = DATA_CR;
            break;
        }
        chunked->result = take_byte(chunked, data[(*consumed)++]);
    }
    return chunked->result;
}
