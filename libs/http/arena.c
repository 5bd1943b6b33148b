/*
 * Memory that is given out piece by piece and taken back at once.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE 2048

struct http_arena_block
{
    struct http_arena_block *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

void http_arena_init(struct http_arena *arena)
{
    arena->blocks = NULL;
}

void http_arena_cleanup(struct http_arena *arena)
{
    struct http_arena_block *block, *next;

    for (block = arena->blocks; block; block = next)
    {
        next = block->next;
        free(block);
    }
    arena->blocks = NULL;
}

/* A block with room for size bytes at the head of the list. */
static struct http_arena_block *add_block(struct http_arena *arena, size_t size)
{
    struct http_arena_block *block;

    if (size < BLOCK_SIZE) size = BLOCK_SIZE;
    if (size > SIZE_MAX - sizeof(*block) || !(block = malloc(sizeof(*block) + size))) return NULL;
    block->used = 0;
    block->size = size;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *http_arena_alloc(struct http_arena *arena, size_t size)
{
    const size_t align = sizeof(max_align_t);
    struct http_arena_block *block = arena->blocks;
    void *piece;

    if (size > SIZE_MAX - align) return NULL;
    size = (size + align - 1) / align * align;
    if ((!block || block->size - block->used < size) && !(block = add_block(arena, size))) return NULL;
    piece = (char *)block->data + block->used;
    block->used += size;
    return piece;
}

char *http_arena_copy(struct http_arena *arena, const char *text, size_t len)
{
    char *copy;

    if (len == SIZE_MAX || !(copy = http_arena_alloc(arena, len + 1))) return NULL;
    if (len) memcpy(copy, text, len);
    copy[len] = 0;
    return copy;
}
