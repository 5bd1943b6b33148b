/*
 * Fuzzer of libs/http/range.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "range.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_content_range(const char *value)
{
    struct http_content_range range;

    if (http_content_range_parse(value, &range)) return;
    if (!range.has_range && !range.has_total) abort();
    if (range.has_range && (range.first > range.last || range.last == UINT64_MAX)) abort();
    if (range.has_range && range.has_total && range.last >= range.total) abort();
}

/* The input as a field value, and as an array of ranges. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *value;
    struct http_byte_range ranges[16];
    size_t count = size / sizeof(ranges[0]);

    memcpy(text, data, size);
    text[size] = 0;
    check_content_range(text);
    free(text);

    if (count > 16) count = 16;
    memcpy(ranges, data, count * sizeof(ranges[0]));
    if (!http_range_format(ranges, count, &value)) free(value);
    return 0;
}
