/*
 * Unit tests of libs/transfer/jobs/rangeset.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "transfer/jobs/rangeset.h"

#include <stdlib.h>

/* "offset+length" of each range. */
static const char *text_of(const struct range_set *set)
{
    static char text[512];
    size_t i, used = 0;

    text[0] = 0;
    for (i = 0; i < set->count && used < sizeof(text); i++)
        used += snprintf(text + used, sizeof(text) - used, "%s%llu+%llu", i ? " " : "",
                         (unsigned long long)set->ranges[i].offset, (unsigned long long)set->ranges[i].length);
    return text;
}

/* B-223: merged, sorted by offset. */
TEST(add)
{
    struct range_set set = {0};

    CHECK(range_set_add(&set, 10, 0));
    CHECK_STR(text_of(&set), "");
    CHECK(range_set_add(&set, 100, 10));
    CHECK(range_set_add(&set, 50, 10));
    CHECK(range_set_add(&set, 200, 10));
    CHECK_STR(text_of(&set), "50+10 100+10 200+10");
    CHECK(range_set_add(&set, 110, 5)); /* touches the end of one */
    CHECK(range_set_add(&set, 45, 5));  /* the beginning of another */
    CHECK_STR(text_of(&set), "45+15 100+15 200+10");
    CHECK(range_set_add(&set, 100, 3)); /* is there */
    CHECK_STR(text_of(&set), "45+15 100+15 200+10");
    CHECK(range_set_add(&set, 50, 155)); /* over three */
    CHECK_STR(text_of(&set), "45+165");
    CHECK(range_set_add(&set, 0, 1));
    CHECK(range_set_add(&set, 1, 44));
    CHECK_STR(text_of(&set), "0+210");
    CHECK_INT(range_set_total(&set), 210);
    CHECK_INT(range_set_end(&set), 210);
    CHECK(range_set_add(&set, UINT64_MAX - 5, UINT64_MAX));
    CHECK_INT(range_set_total(&set), 215);
    CHECK(range_set_end(&set) == UINT64_MAX);
    range_set_cleanup(&set);
    CHECK_INT(range_set_total(&set), 0);
    CHECK_INT(range_set_end(&set), 0);
}

static void check_gap(const struct range_set *set, uint64_t offset, uint64_t length, uint64_t gap_offset,
                      uint64_t gap_length)
{
    struct file_range gap = {0};
    bool found = range_set_gap(set, offset, length, &gap);

    CHECK_INT(found, gap_length != 0);
    if (found) CHECK(gap.offset == gap_offset && gap.length == gap_length);
}

/* B-482: what is missing, never what is there. */
TEST(gap)
{
    struct range_set set = {0};

    check_gap(&set, 5, 10, 5, 10);
    check_gap(&set, 5, 0, 0, 0);
    check_gap(&set, 5, UINT64_MAX, 5, UINT64_MAX - 5);
    range_set_add(&set, 10, 10);
    range_set_add(&set, 30, 10);
    check_gap(&set, 0, 10, 0, 10);
    check_gap(&set, 0, 15, 0, 10);
    check_gap(&set, 10, 10, 0, 0);
    check_gap(&set, 12, 3, 0, 0);
    check_gap(&set, 12, 10, 20, 2);
    check_gap(&set, 12, 30, 20, 10);
    check_gap(&set, 35, 30, 40, 25);
    check_gap(&set, 25, 1, 25, 1);
    check_gap(&set, 50, 1, 50, 1);
    range_set_cleanup(&set);
}

/* Against a map of bytes. */
TEST(random)
{
    struct range_set set = {0};
    unsigned char map[200] = {0};
    unsigned int i, j, seed = 1;

    for (i = 0; i < 20000; i++)
    {
        unsigned int offset = (seed = seed * 1103515245u + 12345u) >> 16 & 127, total = 0, first;
        unsigned int length = (seed = seed * 1103515245u + 12345u) >> 16 & 15;
        struct file_range gap = {0};

        if (i % 40 == 0)
        {
            range_set_cleanup(&set);
            memset(map, 0, sizeof(map));
        }
        range_set_add(&set, offset, length);
        memset(map + offset, 1, length);
        for (j = 0; j < sizeof(map); j++) total += map[j];
        if (range_set_total(&set) != total) break;
        for (j = 1; j < set.count; j++)
            if (set.ranges[j - 1].offset + set.ranges[j - 1].length >= set.ranges[j].offset) break;
        if (set.count && j < set.count) break;
        for (first = offset / 2; first < 180 && map[first]; first++)
            ;
        if (!range_set_gap(&set, offset / 2, 180 - offset / 2, &gap) || gap.offset != first) break;
        for (j = first; j < 180 && !map[j]; j++)
            ;
        if (gap.length != j - first) break;
    }
    CHECK_INT(i, 20000);
    range_set_cleanup(&set);
}

int main(void)
{
    RUN(add);
    RUN(gap);
    RUN(random);
    return unit_finish();
}
