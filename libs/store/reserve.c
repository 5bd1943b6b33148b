/*
 * Room on the disk that is kept back for the records which end jobs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "store/reserve.h"

#include <stdlib.h>

#define PART_SIZE (64 * 1024)
#define SKIPPED 64 /* commits without another attempt */

void reserve_init(struct reserve *reserve, struct store_os *os, uint64_t wanted)
{
    struct store_file *file;

    reserve->wanted = wanted ? wanted : RESERVE_SIZE;
    reserve->size = reserve->skip = 0;
    if (os->open(os, RESERVE_NAME, STORE_OPEN_EXISTING, &file)) return;
    if (os->get_size(os, file, &reserve->size)) reserve->size = 0;
    os->close(os, file);
}

/* Bytes that no file system makes smaller. */
static void fill(uint8_t *part, size_t size, uint64_t *state)
{
    size_t i;

    for (i = 0; i < size; i++)
    {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        part[i] = (uint8_t)(*state >> 56);
    }
}

void reserve_keep(struct reserve *reserve, struct store_os *os)
{
    struct store_file *file;
    uint64_t state, size;
    uint8_t *part;

    if (reserve->size >= reserve->wanted) return;
    if (reserve->skip)
    {
        reserve->skip--;
        return;
    }
    reserve->skip = SKIPPED;
    if (!(part = malloc(PART_SIZE))) return;
    reserve->size = 0;
    if (!os->open(os, RESERVE_NAME, STORE_OPEN_NEW, &file))
    {
        state = os->random(os) | 1;
        while ((size = reserve->wanted - reserve->size))
        {
            if (size > PART_SIZE) size = PART_SIZE;
            fill(part, size, &state);
            if (os->write(os, file, reserve->size, part, size)) break;
            reserve->size += size;
        }
        os->close(os, file);
    }
    free(part);
}

bool reserve_give_up(struct reserve *reserve, struct store_os *os)
{
    reserve->size = reserve->skip = 0;
    return !os->remove(os, RESERVE_NAME); /* whatever a write that failed has left is worth a try, too */
}
