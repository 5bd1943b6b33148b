/*
 * How much of a line a background transfer may use, so that others notice it least (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_IDLE_H
#define WINE_BITS_TRANSFER_CONDITIONS_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#define IDLE_UNLIMITED UINT64_MAX

/* Bytes a second that are moved whatever else the line carries. */
#define IDLE_LEAST (16 * 1024)

/*
 * What a line can carry is not known, and neither is whether others want more than they get.  So it is tried out: when
 * there is other traffic, the transfer takes half for a moment.  If others take what it leaves, they were in want of
 * it, and it goes on giving way; if not, it is in nobody's way.
 */
struct idle
{
    enum idle_state
    {
        IDLE_FREE,     /* no limit */
        IDLE_TRYING,   /* the limit is lower: do others take more? */
        IDLE_YIELDING, /* they did: lower still */
        IDLE_HOLDING,  /* others have what they want */
        IDLE_RAISING,  /* the limit is higher: do others get less? */
    } state;
    bool settling;         /* the limit has just changed, and what is under way still tells of the last one */
    uint64_t limit;        /* bytes a second */
    uint64_t own, others;  /* bytes a second before the limit changed */
    unsigned int wait;     /* looks until something is tried again */
    unsigned int patience; /* looks between two trials */
};

/* Nothing is known, and there is no limit. */
void idle_begin(struct idle *idle);

/*
 * Look at the line, about once a second.  all: bytes a second that it has carried since the last look in the
 * direction of the transfer; own: those of the transfer.  Returns the limit from now on, in bytes a second, or
 * IDLE_UNLIMITED (B-583).
 */
uint64_t idle_look(struct idle *idle, uint64_t all, uint64_t own);

#endif
