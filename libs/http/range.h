/*
 * Byte ranges in header fields: Content-Range and Range.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 9110 section 14.
 */

#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "parse.h"

struct http_content_range
{
    bool has_range; /* false: a star in its place, as in answers to unsatisfiable ranges */
    bool has_total; /* false: a star in place of the size */
    uint64_t first; /* with has_range; first <= last < total, last < UINT64_MAX */
    uint64_t last;
    uint64_t total; /* with has_total */
};

/* "To the end of the file" as the last byte of a range. */
#define HTTP_RANGE_TO_END UINT64_MAX

struct http_byte_range
{
    uint64_t first;
    uint64_t last; /* inclusive */
};

/*
 * Parses the value of a Content-Range field. INVALID: grammar, first > last, last >= total, neither range nor
 * total. OVERFLOW: beyond 64 bits. UNSUPPORTED: a unit other than bytes.
 */
enum http_parse_error http_content_range_parse(const char *value, struct http_content_range *range);

/*
 * Value of a Range field: "bytes=0-99,200-". *value is allocated. INVALID: no range at all, or first > last.
 * NO_MEMORY. Ranges are kept in the order given.
 */
enum http_parse_error http_range_format(const struct http_byte_range *ranges, size_t count, char **value);

#endif
