/*
 * Fuzzer of libs/http/message.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "message.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Feeds pieces of the same size and tells how much was taken. */
static enum http_parse_error feed(struct http_response_head *head, const char *text, size_t size, size_t piece,
                                  size_t *total)
{
    enum http_parse_error error = HTTP_PARSE_MORE;

    for (*total = 0; *total < size && error == HTTP_PARSE_MORE;)
    {
        size_t part = size - *total < piece ? size - *total : piece, consumed;
        char *copy = malloc(part);

        memcpy(copy, text + *total, part);
        error = http_response_feed(head, copy, part, &consumed);
        free(copy);
        if (consumed > part || (error == HTTP_PARSE_MORE && consumed != part)) abort();
        *total += consumed;
    }
    return error;
}

/* The first byte is the size of the pieces; the result must not depend on it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_response_head whole, pieces;
    size_t whole_total, pieces_total;
    struct http_framing framing;
    enum http_parse_error error;

    if (size < 1) return 0;
    http_response_init(&whole);
    http_response_init(&pieces);
    error = feed(&whole, (const char *)data + 1, size - 1, size, &whole_total);
    if (error != feed(&pieces, (const char *)data + 1, size - 1, 1 + data[0] % 16, &pieces_total)) abort();
    if (error == HTTP_PARSE_OK)
    {
        if (whole_total != pieces_total || whole.status != pieces.status || whole.status < 100 ||
            whole.fields.count != pieces.fields.count || whole.head_len != pieces.head_len ||
            memcmp(whole.head, pieces.head, whole.head_len) || strcmp(whole.reason, pieces.reason))
            abort();
        if (!http_response_framing(&whole, "GET", &framing)) http_response_keep_alive(&whole, &framing, true);
    }
    http_response_cleanup(&whole);
    http_response_cleanup(&pieces);
    return 0;
}
