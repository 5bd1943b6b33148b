/*
 * Fuzzer of libs/base/json.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every part of a good text is good itself, and lies within it. */
static void walk(const struct json_value *value)
{
    struct json_value part = {0}, again;
    uint64_t number;
    char *text;

    if (!json_parse(value->text, value->length, &again) || again.type != value->type || again.length != value->length)
        abort();
    while (json_next(value, &part))
    {
        if (part.text <= value->text || part.text + part.length >= value->text + value->length) abort();
        walk(&part);
    }
    if (json_member(value, "a", &part)) walk(&part);
    if ((text = json_string(value)) && strlen(text) >= value->length) abort();
    free(text);
    if (json_whole_number(value, &number) && value->type != JSON_NUMBER) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_value value;

    if (json_parse((const char *)data, size, &value)) walk(&value);
    return 0;
}
