/*
 * Sets of byte ranges (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_RANGESET_H
#define WINE_BITS_TRANSFER_JOBS_RANGESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_range
{
    uint64_t offset, length;
}; /* length: TRANSFER_LENGTH_TO_EOF */

#define TRANSFER_LENGTH_TO_EOF UINT64_MAX

/* Sorted, none empty, none touching the next.  All zero is the empty set. */
struct range_set
{
    struct file_range *ranges;
    size_t count;
    size_t capacity;
};

/* Leaves the empty set. */
void range_set_cleanup(struct range_set *set);

/* Add the bytes from offset on, as many of length as there are numbers for.  False: no memory, nothing was added. */
bool range_set_add(struct range_set *set, uint64_t offset, uint64_t length);

/* Make set the same as from.  False: no memory, set is as it was. */
bool range_set_copy(struct range_set *set, const struct range_set *from);

/* Number of bytes in it. */
uint64_t range_set_total(const struct range_set *set);

/* First byte behind everything in it. */
uint64_t range_set_end(const struct range_set *set);

/* The first stretch of bytes from offset on, within length, that are not in the set.  False: there is none. */
bool range_set_gap(const struct range_set *set, uint64_t offset, uint64_t length, struct file_range *gap);

#endif
