/*
 * Fuzzer of libs/transfer/download/range_parts.h: several ranges of a file in one answer.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The bytes that come out are those of the ranges asked for, in their order and never more of them, and how the body is
 * cut into pieces makes no difference.
 */

#include "transfer/download/range_parts.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED 4

static const struct file_range asked[ASKED] = {{0, 5}, {10, 3}, {100, 2}, {50, 1}};

struct outcome
{
    enum parts_event event;
    size_t size, done, consumed;
    char bytes[64];
};

static void feed(const char *body, size_t size, size_t piece, struct outcome *outcome)
{
    struct parts parts;
    size_t wanted = 0, i;

    memset(outcome, 0, sizeof(*outcome));
    outcome->event = PARTS_MORE;
    if (!parts_init(&parts, "multipart/byteranges; boundary=x", asked, ASKED, 1000)) abort();
    while (outcome->consumed < size && (outcome->event == PARTS_MORE || outcome->event == PARTS_DATA))
    {
        size_t left = size - outcome->consumed, part = left < piece ? left : piece, consumed, length;
        const char *payload;

        outcome->event = parts_next(&parts, body + outcome->consumed, part, &consumed, &payload, &length);
        if (consumed > part) abort();
        if (outcome->event == PARTS_MORE && consumed != part) abort();
        outcome->consumed += consumed;
        if (outcome->event != PARTS_DATA) continue;
        if (outcome->size + length > sizeof(outcome->bytes)) abort();
        memcpy(outcome->bytes + outcome->size, payload, length);
        outcome->size += length;
    }
    outcome->done = parts.done;
    if (parts.done > ASKED) abort();
    for (i = 0; i < parts.done; i++) wanted += asked[i].length;
    /* All of those that are done, and less than all of the next. */
    if (outcome->size < wanted || (parts.done < ASKED && outcome->size > wanted + asked[parts.done].length)) abort();
    if (outcome->event == PARTS_END && (parts.done != ASKED || outcome->size != wanted)) abort();
    parts_cleanup(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, pieces;

    if (!size) return 0;
    feed((const char *)data + 1, size - 1, size, &whole);
    feed((const char *)data + 1, size - 1, 1 + data[0] % 24, &pieces);
    if (whole.event != pieces.event && !(whole.event == PARTS_DATA && pieces.event == PARTS_MORE) &&
        !(whole.event == PARTS_MORE && pieces.event == PARTS_DATA))
        abort();
    if (whole.size != pieces.size || whole.done != pieces.done || memcmp(whole.bytes, pieces.bytes, whole.size))
        abort();
    return 0;
}
