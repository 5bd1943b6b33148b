/*
 * Fuzzer of libs/http/fields.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fields.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was accepted must be written so that the strict parser reads the same again. */
static void check_round_trip(const struct http_fields *fields)
{
    size_t len, again_len, i;
    char *block = http_fields_to_block(fields, &len), *again;
    struct http_fields copy;

    http_fields_init(&copy);
    if (len != fields->bytes || http_fields_parse(&copy, block, len) || copy.count != fields->count) abort();
    again = http_fields_to_block(&copy, &again_len);
    if (again_len != len || memcmp(block, again, len)) abort();
    for (i = 0; i < fields->count; i++)
    {
        if (strlen(fields->items[i].value) != fields->items[i].value_len) abort();
    }
    http_fields_cleanup(&copy);
    free(block);
    free(again);
}

static void read_values(const struct http_fields *fields)
{
    bool present, chunked;
    uint64_t length;
    int64_t seconds;
    char *combined;
    size_t i;

    http_fields_content_length(fields, &present, &length);
    http_fields_transfer_encoding(fields, &present, &chunked);
    http_fields_has_token(fields, "Connection", "close");
    for (i = 0; i < fields->count; i++)
    {
        char text[HTTP_DATE_SIZE];
        int64_t again;

        if (http_date_parse(fields->items[i].value, 1800000000, &seconds)) continue;
        /* The year 9999 may end with a leap second. */
        if (!http_date_format(seconds, text) && (http_date_parse(text, 0, &again) || again != seconds)) abort();
    }
    if (fields->count && !http_fields_combined(fields, fields->items[0].name, &combined)) free(combined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct http_fields fields;

    http_fields_init(&fields);
    if (!http_fields_parse(&fields, text, size)) check_round_trip(&fields);
    read_values(&fields);
    http_fields_clear(&fields);
    if (http_fields_parse_tolerant(&fields, text, size)) abort();
    check_round_trip(&fields);
    if (fields.count)
    {
        char *name = strdup(fields.items[0].name);

        if (!http_fields_set(&fields, name, "x") && http_fields_count(&fields, name) != 1) abort();
        http_fields_remove(&fields, name);
        check_round_trip(&fields);
        free(name);
    }
    http_fields_cleanup(&fields);
    return 0;
}
