/*
 * Memory that is given out piece by piece and taken back at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef HTTP_ARENA_H
#define HTTP_ARENA_H

#include <stddef.h>

struct http_arena
{
    struct http_arena_block *blocks;
};

void http_arena_init(struct http_arena *arena);

/* Releases everything; the arena is empty and usable afterwards. */
void http_arena_cleanup(struct http_arena *arena);

/*
 * Memory for size bytes, aligned for any type, not cleared; stays where it is until clean-up. NULL: no
 * memory.
 */
void *http_arena_alloc(struct http_arena *arena, size_t size);

/* Copy of len bytes with a NUL behind them; NULL: no memory. */
char *http_arena_copy(struct http_arena *arena, const char *text, size_t len);

#endif
