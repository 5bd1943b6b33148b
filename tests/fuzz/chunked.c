/*
 * Fuzzer of libs/http/chunked.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "chunked.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result
{
    enum http_parse_error error;
    size_t consumed, body_len;
    char *body;
};

static void decode(const char *text, size_t size, size_t piece, struct result *result)
{
    struct http_chunked chunked;

    http_chunked_init(&chunked);
    result->error = HTTP_PARSE_MORE;
    result->consumed = result->body_len = 0;
    result->body = malloc(size + 1);
    while (result->consumed < size && result->error == HTTP_PARSE_MORE)
    {
        const char *at = text + result->consumed, *payload;
        size_t left = size - result->consumed, part = left < piece ? left : piece, consumed, payload_len;

        result->error = http_chunked_next(&chunked, at, part, &consumed, &payload, &payload_len);
        if (!consumed || consumed > part) abort();
        if (payload_len)
        {
            if (payload < at || payload + payload_len > at + consumed) abort();
            memcpy(result->body + result->body_len, payload, payload_len);
        }
        result->body_len += payload_len;
        result->consumed += consumed;
    }
}

/* The first byte is the size of the pieces; the result must not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct result whole, pieces;

    if (size < 1) return 0;
    decode((const char *)data + 1, size - 1, size, &whole);
    decode((const char *)data + 1, size - 1, 1 + data[0] % 16, &pieces);
    if (whole.error != pieces.error || whole.consumed != pieces.consumed || whole.body_len != pieces.body_len ||
        memcmp(whole.body, pieces.body, whole.body_len))
        abort();
    free(whole.body);
    free(pieces.body);
    return 0;
}
