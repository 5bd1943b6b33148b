/*
 * Which call fails, the memory of the engine, and what is said when something is wrong.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim.h"

const char *const fault_names[FAULT_KIND_COUNT] = {
    "none",   "alloc",      "open",      "read",     "write", "flush",  "size",  "rename",
    "delete", "attributes", "directory", "registry", "crypt", "thread", "event", "http",
    "cut",
};

static enum fault_kind planned;
static long planned_number;
static bool planned_for_good, hit;
static long counts[FAULT_KIND_COUNT];
static int paused;
bool tracing;

void fault_plan(enum fault_kind kind, long number, bool for_good)
{
    planned = kind;
    planned_number = number;
    planned_for_good = for_good;
    hit = false;
    memset(counts, 0, sizeof(counts));
}

void fault_lift(void)
{
    planned_number = 0;
}

bool fault_has_hit(void)
{
    return hit;
}

long fault_count(enum fault_kind kind)
{
    return counts[kind];
}

void fault_pause(bool pause)
{
    paused += pause ? 1 : -1;
}

bool fault_hits(enum fault_kind kind)
{
    long number;

    if (paused) return false;
    if (kind != FAULT_ALLOC && kind != FAULT_CUT) threads_yield();
    number = __atomic_add_fetch(&counts[kind], 1, __ATOMIC_RELAXED);
    if (kind != planned || !planned_number) return false;
    if (number != planned_number && !(planned_for_good && number > planned_number)) return false;
    if (!hit) trace("%s %ld fails", fault_names[kind], number);
    hit = true;
    return true;
}

/* --- memory ------------------------------------------------------------------------------------------ */

/* Before each block: where it was asked for, in a list, so that what leaks can be named. */
struct block
{
    struct block *next, *prev;
    size_t size;
    void *caller;
};

static struct block blocks = {&blocks, &blocks, 0, NULL};
static size_t block_count;

static void *add_block(struct block *block, size_t size, void *caller)
{
    if (!block) hopeless("the machine has no memory");
    block->size = size;
    block->caller = caller;
    table_lock();
    block->next = &blocks;
    block->prev = blocks.prev;
    block->prev->next = block;
    blocks.prev = block;
    block_count++;
    table_unlock();
    return block + 1;
}

static struct block *take_block(void *memory)
{
    struct block *block = (struct block *)memory - 1;

    table_lock();
    block->next->prev = block->prev;
    block->prev->next = block->next;
    block_count--;
    table_unlock();
    return block;
}

void *sim_malloc(size_t size)
{
    void *memory;

    if (fault_hits(FAULT_ALLOC)) return NULL;
    memory = add_block(malloc(sizeof(struct block) + size), size, __builtin_return_address(0));
    memset(memory, 0xcd, size);
    return memory;
}

void *sim_calloc(size_t count, size_t size)
{
    if (fault_hits(FAULT_ALLOC)) return NULL;
    return add_block(calloc(1, sizeof(struct block) + count * size), count * size, __builtin_return_address(0));
}

void *sim_realloc(void *memory, size_t size)
{
    void *grown;

    if (fault_hits(FAULT_ALLOC)) return NULL;
    grown = add_block(malloc(sizeof(struct block) + size), size, __builtin_return_address(0));
    memset(grown, 0xcd, size);
    if (memory)
    {
        memcpy(grown, memory, min(((struct block *)memory - 1)->size, size));
        free(take_block(memory));
    }
    return grown;
}

void sim_free(void *memory)
{
    if (memory) free(take_block(memory));
}

size_t memory_blocks(void)
{
    return block_count;
}

void memory_report(size_t allowed)
{
    const struct block *block;
    size_t said = 0, number = 0;

    for (block = blocks.next; block != &blocks; block = block->next)
        if (number++ >= allowed && said++ < 8)
            fprintf(stderr, "    %zu bytes, asked for at %p\n", block->size, block->caller);
}

/* --- messages ------------------------------------------------------------------------------------------- */

static unsigned int wrongs;

unsigned int wrong_count(void)
{
    return wrongs;
}

void wrong(const char *format, ...)
{
    va_list args;

    wrongs++;
    fprintf(stderr, "WRONG: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
}

void hopeless(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "WRONG: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    fflush(stderr);
    _exit(3);
}

void trace(const char *format, ...)
{
    va_list args;

    if (!tracing) return;
    fprintf(stderr, "%10llu %u ", (unsigned long long)clock_ms(), (unsigned int)GetCurrentThreadId());
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
}
