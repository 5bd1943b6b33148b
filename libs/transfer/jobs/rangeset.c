/*
 * Sets of byte ranges (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "transfer/jobs/rangeset.h"

static uint64_t end_of(const struct file_range *range)
{
    return range->offset + range->length;
}

/* As much of length as there are numbers for. */
static uint64_t end_within(uint64_t offset, uint64_t length)
{
    return length > UINT64_MAX - offset ? UINT64_MAX : offset + length;
}

void range_set_cleanup(struct range_set *set)
{
    free(set->ranges);
    memset(set, 0, sizeof(*set));
}

static bool reserve(struct range_set *set, size_t count)
{
    size_t capacity = set->capacity ? set->capacity : 4;
    struct file_range *ranges;

    if (count <= set->capacity) return true;
    while (capacity < count) capacity *= 2;
    if (!(ranges = realloc(set->ranges, capacity * sizeof(*ranges)))) return false;
    set->ranges = ranges;
    set->capacity = capacity;
    return true;
}

bool range_set_add(struct range_set *set, uint64_t offset, uint64_t length)
{
    uint64_t end = end_within(offset, length);
    size_t first = 0, last;

    if (offset == end) return true;
    /* Those from first to last (excluded) touch the new one and become part of it. */
    while (first < set->count && end_of(&set->ranges[first]) < offset) first++;
    for (last = first; last < set->count && set->ranges[last].offset <= end; last++)
    {
        if (set->ranges[last].offset < offset) offset = set->ranges[last].offset;
        if (end_of(&set->ranges[last]) > end) end = end_of(&set->ranges[last]);
    }
    if (first == last && !reserve(set, set->count + 1)) return false;
    memmove(set->ranges + first + 1, set->ranges + last, (set->count - last) * sizeof(*set->ranges));
    set->count = set->count - (last - first) + 1;
    set->ranges[first].offset = offset;
    set->ranges[first].length = end - offset;
    return true;
}

bool range_set_copy(struct range_set *set, const struct range_set *from)
{
    struct file_range *ranges;

    if (from->count > set->capacity)
    {
        if (!(ranges = realloc(set->ranges, from->count * sizeof(*ranges)))) return false;
        set->ranges = ranges;
        set->capacity = from->count;
    }
    if (from->count) memcpy(set->ranges, from->ranges, from->count * sizeof(*set->ranges));
    set->count = from->count;
    return true;
}

uint64_t range_set_total(const struct range_set *set)
{
    uint64_t total = 0;
    size_t i;

    for (i = 0; i < set->count; i++) total += set->ranges[i].length;
    return total;
}

uint64_t range_set_end(const struct range_set *set)
{
    return set->count ? end_of(&set->ranges[set->count - 1]) : 0;
}

bool range_set_gap(const struct range_set *set, uint64_t offset, uint64_t length, struct file_range *gap)
{
    uint64_t end = end_within(offset, length);
    size_t i;

    for (i = 0; i < set->count && offset < end; i++)
    {
        if (end_of(&set->ranges[i]) <= offset) continue;
        if (set->ranges[i].offset > offset)
        {
            if (set->ranges[i].offset < end) end = set->ranges[i].offset;
            break;
        }
        offset = end_of(&set->ranges[i]);
    }
    if (offset >= end) return false;
    gap->offset = offset;
    gap->length = end - offset;
    return true;
}
