/*
 * Room on the disk that is kept back for the records which end jobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On a full disk jobs have to be completed and cancelled all the same, as that is what makes room again.  A file beside
 * the journal keeps some; it is given up when such a record would not fit otherwise, and made again as soon as it can
 * be.  No locks: the caller is the store's writer.
 */

#ifndef LIBS_STORE_RESERVE_H
#define LIBS_STORE_RESERVE_H

#include <stdbool.h>
#include <stdint.h>
#include "store/store_os.h"

#define RESERVE_NAME "jobs.reserve"
#define RESERVE_SIZE (256 * 1024) /* bytes: the records of about a thousand files */

struct reserve
{
    uint64_t wanted;   /* bytes to be kept back */
    uint64_t size;     /* bytes that are, at least */
    unsigned int skip; /* calls of reserve_keep that do nothing, after one that got too little */
};

/* Find out what is kept back already.  wanted: bytes, 0 for RESERVE_SIZE. */
void reserve_init(struct reserve *reserve, struct store_os *os, uint64_t wanted);

/* Keep back what is wanted, or what there is.  No error: where there is no room, there is nothing to keep. */
void reserve_keep(struct reserve *reserve, struct store_os *os);

/* Give the room up.  False: there was none. */
bool reserve_give_up(struct reserve *reserve, struct store_os *os);

#endif
