/*
 * Which connection fetches what of a file.
 *
 * Into a file, helpers fetch from its end, where they are in nobody's way.  A stream takes its bytes in order: helpers
 * fetch blocks of it ahead of its end, as far as there is room for them until they are handed on.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "transfer/download/parallel_share.h"
#include "transfer/jobs/file.h"

/* A request asks for the pieces of about this time, so that the wait for its answer is a small part of it. */
#define REQUEST_MS 4000
#define REQUEST_MAX (64 * PIECE_SIZE)

/* Of a stream: blocks, how far they may be ahead, and how far the download's own connection goes on by itself. */
#define BLOCK_SIZE (2 * PIECE_SIZE)
#define BLOCK_MS 2000
#define WINDOW_SIZE (10 * PIECE_SIZE)
#define AHEAD_MS 1000

/* The i-th of what is there or in the hands of a helper; FALSE: no more. */
static BOOL nth_taken(const struct parallel *parallel, size_t i, uint64_t *begin, uint64_t *end)
{
    const struct file *file = parallel->download->file;
    struct file_range beginning = {0, file->transferred};
    size_t filled = parallel->streams ? 1 : file->extents->filled.count;
    const struct block *block;

    if (i < filled)
    {
        const struct file_range *range = parallel->streams ? &beginning : &file->extents->filled.ranges[i];

        *begin = range->offset;
        *end = range->offset + range->length;
        return TRUE;
    }
    if ((i -= filled) < ARRAYSIZE(parallel->helpers))
    {
        *begin = parallel->helpers[i].begin;
        *end = parallel->helpers[i].end;
        return TRUE;
    }
    i -= ARRAYSIZE(parallel->helpers);
    for (block = parallel->ready; block && i; block = block->next) i--;
    if (!block) return FALSE;
    *begin = block->begin;
    *end = block->end;
    return TRUE;
}

/* The first byte from position on that is neither there nor a helper's. */
uint64_t parallel_skip_taken(const struct parallel *parallel, uint64_t position)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
    {
        if (begin > position || end <= position) continue;
        position = end;
        i = (size_t)-1; /* again from the first one */
    }
    return position;
}

/* The end of the gap that begins at position. */
uint64_t parallel_end_of_gap(const struct parallel *parallel, uint64_t position, uint64_t limit)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
        if (begin < end && begin >= position && begin < limit) limit = begin;
    return limit;
}

/* The last gap before limit.  FALSE: there is none. */
static BOOL find_last_gap(const struct parallel *parallel, uint64_t limit, uint64_t *first, uint64_t *last)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
    {
        if (begin >= limit || end < limit) continue;
        limit = begin;
        i = (size_t)-1;
    }
    *last = limit;
    *first = 0;
    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
        if (begin < end && end <= limit) *first = max(*first, end);
    return *first < limit;
}

unsigned int parallel_count_helpers(const struct parallel *parallel)
{
    unsigned int i, count = 0;

    for (i = 0; i < ARRAYSIZE(parallel->helpers); i++) count += parallel->helpers[i].active;
    return count;
}

/* How much a single connection gets a second. */
static uint64_t rate_of(const struct helper *helper, ULONGLONG now)
{
    if (!helper->moved || now <= helper->began_at) return helper->parallel->rate;
    return helper->moved * 1000 / (now - helper->began_at);
}

static uint64_t round_up(uint64_t offset)
{
    return (offset + PIECE_SIZE - 1) / PIECE_SIZE * PIECE_SIZE;
}

/* Give the helper the last pieces that are missing: as many as it gets in a while, and no more than its part of them,
 * so that all connections end at about the same time.  FALSE: there are none for it. */
static BOOL take_pieces(struct helper *helper)
{
    struct parallel *parallel = helper->parallel;
    struct download *download = parallel->download;
    const struct file *file = download->file;
    uint64_t own = download->offset - file_base(file), first, last, size;
    ULONGLONG now = now_ms();
    uint64_t rate = rate_of(helper, now);

    if (!find_last_gap(parallel, file->total, &first, &last)) return FALSE;
    size = min(max(rate * REQUEST_MS / 1000, PIECE_SIZE), REQUEST_MAX);
    if (!parallel->waits && own >= first && own < last)
    {
        size = max(min(size, (last - own) / (parallel_count_helpers(parallel) + 1)), PIECE_SIZE);
        first = own + PIECE_SIZE; /* what is on its way */
    }
    if (first < last && last - first > size) first = last - size;
    /* Whole pieces: the last one of the file alone may be shorter. */
    first = round_up(first);
    if (first >= last) return FALSE;
    helper->begin = helper->position = first;
    helper->end = last;
    helper->heard_at = now;
    return TRUE;
}

/* The next block of a stream: after what the download's own connection will have come to, or right after the others.
 * FALSE: there is none, or too much waits to be handed on. */
static BOOL take_block(struct helper *helper)
{
    struct parallel *parallel = helper->parallel;
    const struct file *file = parallel->download->file;
    uint64_t own = parallel->download->offset - file_base(file), first = file->transferred, last;
    uint64_t rate = rate_of(helper, now_ms());

    if (!parallel->waits && (first = parallel_end_of_gap(parallel, own, file->total)) == file->total)
        first = round_up(own + max(rate * AHEAD_MS / 1000, PIECE_SIZE));
    first = parallel_skip_taken(parallel, first);
    if (first >= file->total || first + BLOCK_SIZE > file->transferred + WINDOW_SIZE) return FALSE;
    last = first + min(max(rate * BLOCK_MS / 1000 / PIECE_SIZE * PIECE_SIZE, PIECE_SIZE), BLOCK_SIZE);
    last = parallel_end_of_gap(parallel, first, min(last, file->total));
    if (!(helper->block = malloc(sizeof(*helper->block) + (size_t)(last - first)))) return FALSE;
    helper->block->begin = helper->begin = helper->position = first;
    helper->block->end = helper->end = last;
    helper->heard_at = now_ms();
    return TRUE;
}

BOOL parallel_take(struct helper *helper)
{
    return helper->parallel->streams ? take_block(helper) : take_pieces(helper);
}

BOOL parallel_all_taken(const struct parallel *parallel)
{
    const struct file *file = parallel->download->file;
    uint64_t position = parallel_skip_taken(parallel, file->transferred);

    /* Its own connection takes a gap only when it comes to it. */
    return position >= file->total;
}
