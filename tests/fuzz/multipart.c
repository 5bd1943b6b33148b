/*
 * Fuzzer of libs/http/multipart.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "multipart.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result
{
    enum http_multipart_event last;
    enum http_parse_error error;
    size_t parts, ended, body_len;
    char *body;
};

static void add(struct result *result, const struct http_multipart *multipart, const char *payload, size_t len,
                size_t size)
{
    if (!len || result->body_len + len > size) abort();
    memcpy(result->body + result->body_len, payload, len);
    result->body_len += len;
    if (multipart->range.last < multipart->range.first) abort();
}

static void decode(const char *text, size_t size, size_t piece, const char *boundary, struct result *result)
{
    struct http_multipart *multipart = malloc(sizeof(*multipart));
    size_t at = 0;

    memset(result, 0, sizeof(*result));
    result->body = malloc(size + 1);
    http_multipart_init(multipart, boundary);
    for (;;)
    {
        size_t part = size - at < piece ? size - at : piece, consumed, payload_len;
        const char *payload;

        result->last = http_multipart_next(multipart, text + at, part, &consumed, &payload, &payload_len);
        if (consumed > part) abort();
        at += consumed;
        if (result->last == HTTP_MULTIPART_DATA) add(result, multipart, payload, payload_len, size);
        result->parts += result->last == HTTP_MULTIPART_PART;
        result->ended += result->last == HTTP_MULTIPART_PART_END;
        if (result->last == HTTP_MULTIPART_MORE && consumed != part) abort();
        if (result->last >= HTTP_MULTIPART_END || (result->last == HTTP_MULTIPART_MORE && at == size)) break;
    }
    result->error = multipart->error;
    http_multipart_cleanup(multipart);
    free(multipart);
}

/*
 * The first byte is the size of the pieces, the first line a Content-Type; the result must not depend on the
 * size.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char boundary[HTTP_MULTIPART_BOUNDARY_MAX + 1], *type;
    const char *text = (const char *)data + 1, *line;
    struct result whole, pieces;
    size_t len;

    if (size < 1 || !(line = memchr(text, '\n', size - 1))) return 0;
    len = (size_t)(line - text);
    type = malloc(len + 1);
    memcpy(type, text, len);
    type[len] = 0;
    if (http_multipart_boundary(type, boundary)) strcpy(boundary, "B");
    free(type);

    size -= len + 2;
    decode(line + 1, size, size + 1, boundary, &whole);
    decode(line + 1, size, 1 + data[0] % 32, boundary, &pieces);
    if (whole.last != pieces.last || whole.error != pieces.error || whole.parts != pieces.parts ||
        whole.ended != pieces.ended || whole.body_len > size)
        abort();
    /* Bytes that may still turn out to be a delimiter are held back alike. */
    if (whole.body_len != pieces.body_len || memcmp(whole.body, pieces.body, whole.body_len)) abort();
    free(whole.body);
    free(pieces.body);
    return 0;
}
