/*
 * Several ranges of a file in one answer: multipart/byteranges that must be what was asked for (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "transfer/download/range_parts.h"

bool parts_init(struct parts *parts, const char *content_type, const struct file_range *ranges, size_t count,
                uint64_t size)
{
    char boundary[HTTP_MULTIPART_BOUNDARY_MAX + 1];

    if (!content_type || http_multipart_boundary(content_type, boundary)) return false;
    parts->ranges = ranges;
    parts->count = count;
    parts->size = size;
    parts->done = 0;
    http_multipart_init(&parts->multipart, boundary);
    return true;
}

void parts_cleanup(struct parts *parts)
{
    http_multipart_cleanup(&parts->multipart);
}

static uint64_t last_of(const struct file_range *range)
{
    return range->offset + range->length - 1;
}

void parts_format(const struct file_range *ranges, size_t *count, char *text, size_t size)
{
    char range[48];
    size_t i, used = sprintf(text, "bytes="), length;

    for (i = 0; i < *count; i++)
    {
        length = sprintf(range, "%s%" PRIu64 "-%" PRIu64, i ? "," : "", ranges[i].offset, last_of(&ranges[i]));
        if (used + length >= size) break;
        memcpy(text + used, range, length + 1);
        used += length;
    }
    *count = i;
}

bool parts_are_merged(const struct file_range *ranges, size_t count, uint64_t first, uint64_t last)
{
    size_t i, covered = 0;

    for (i = 0; i < count; i++)
        if (ranges[i].offset >= first && last_of(&ranges[i]) <= last) covered++;
    return covered > 1;
}

/* A part begins: it must be the next range, and nothing else. */
static enum parts_event check_part(struct parts *parts)
{
    const struct http_content_range *range = &parts->multipart.range;
    const struct file_range *wanted = &parts->ranges[parts->done];

    if (range->has_total && parts->size == PARTS_SIZE_UNKNOWN) parts->size = range->total;
    if (range->has_total && range->total != parts->size) return PARTS_RESIZED;
    if (parts->done == parts->count) return PARTS_OTHER;
    if (range->first == wanted->offset && range->last == last_of(wanted)) return PARTS_MORE;
    if (parts_are_merged(parts->ranges, parts->count, range->first, range->last)) return PARTS_MERGED;
    return PARTS_OTHER;
}

enum parts_event parts_next(struct parts *parts, const char *data, size_t size, size_t *consumed, const char **payload,
                            size_t *payload_size)
{
    enum parts_event event;
    size_t used;

    *consumed = 0;
    for (;;)
    {
        enum http_multipart_event what = http_multipart_next(&parts->multipart, data + *consumed, size - *consumed,
                                                             &used, payload, payload_size);

        *consumed += used;
        switch (what)
        {
        case HTTP_MULTIPART_MORE: return PARTS_MORE;
        case HTTP_MULTIPART_DATA: return PARTS_DATA;
        case HTTP_MULTIPART_PART:
            if ((event = check_part(parts)) != PARTS_MORE) return event;
            break;
        case HTTP_MULTIPART_PART_END: parts->done++; break;
        case HTTP_MULTIPART_END: return parts->done == parts->count ? PARTS_END : PARTS_OTHER;
        case HTTP_MULTIPART_ERROR:
            return parts->multipart.error == HTTP_PARSE_NO_MEMORY ? PARTS_NO_MEMORY : PARTS_OTHER;
        }
    }
}
