/*
 * Incremental parser of multipart/byteranges bodies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 9110 section 14.6, RFC 2046 section 5.1. The end of a part is known twice, from its Content-Range and
 * from the delimiter: the two must agree. Bytes are handed out only when it is sure that they are content, so
 * that a part which is shorter than it says never leaves a delimiter in somebody's file.
 */

#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "parse.h"
#include "fields.h"
#include "range.h"

#define HTTP_MULTIPART_BOUNDARY_MAX 70
#define HTTP_MULTIPART_HEAD_MAX 8192     /* header fields of one part; B-430 asks for far less */
#define HTTP_MULTIPART_PREAMBLE_MAX 8192 /* before the first boundary; B-430: two CRLF */
#define HTTP_MULTIPART_PADDING_MAX 256   /* blanks behind a boundary */

enum http_multipart_event
{
    HTTP_MULTIPART_MORE,     /* all input was used; give more */
    HTTP_MULTIPART_PART,     /* a part begins: see range and fields */
    HTTP_MULTIPART_DATA,     /* content of the part: see *payload, *payload_len (never 0) */
    HTTP_MULTIPART_PART_END, /* the part is complete, all bytes of its range came */
    HTTP_MULTIPART_END,      /* the closing delimiter was seen; the rest of the body is to be ignored */
    HTTP_MULTIPART_ERROR,    /* see error; stays */
};

struct http_multipart
{
    struct http_content_range range; /* of the current part, has_range is always true */
    struct http_fields fields;       /* of the current part */
    enum http_parse_error error;

    /* private to multipart.c */
    int state;
    char delimiter[4 + HTTP_MULTIPART_BOUNDARY_MAX + 1];
    size_t delimiter_len;
    size_t matched;     /* bytes of the delimiter that were seen and not given out */
    uint64_t remaining; /* content not given out yet, the matched bytes included */
    size_t counted;     /* against the limit of the current state */
    char head[HTTP_MULTIPART_HEAD_MAX];
};

/*
 * The boundary in the value of a Content-Type field, with NUL. UNSUPPORTED: another media type than
 * multipart/byteranges. INVALID: no boundary, or one that RFC 2046 does not allow. TOO_LARGE: beyond 70
 * characters.
 */
enum http_parse_error http_multipart_boundary(const char *content_type, char boundary[HTTP_MULTIPART_BOUNDARY_MAX + 1]);

/* boundary as returned above. */
void http_multipart_init(struct http_multipart *multipart, const char *boundary);
void http_multipart_cleanup(struct http_multipart *multipart);

/*
 * Looks at the next len bytes of the body up to the next event. *consumed bytes are dealt with: call again
 * with the rest until MORE, END or ERROR. With DATA, *payload points into data or into the parser (bytes held
 * back at the end of earlier input, then *consumed can be 0) and is valid until the next call. If the body
 * ends before END was seen it was truncated. Errors: INVALID, OVERFLOW, TOO_LARGE, UNSUPPORTED (unit),
 * NO_MEMORY, CONFLICT: a delimiter within the announced range, or none behind it.
 */
enum http_multipart_event http_multipart_next(struct http_multipart *multipart, const char *data, size_t len,
                                              size_t *consumed, const char **payload, size_t *payload_len);

#endif
