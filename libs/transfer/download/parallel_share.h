/*
 * What the connections of one file share; for download_parallel.c and its parts only.  All functions expect the lock.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_PARALLEL_SHARE_H
#define WINE_BITS_TRANSFER_DOWNLOAD_PARALLEL_SHARE_H

#include "transfer/download/download.h"
#include "transfer/jobs/run.h"

#define PIECE_SIZE (1024 * 1024)

/* Pieces of a stream that came before their turn. */
struct block
{
    struct block *next;
    uint64_t begin, end;
    BYTE data[];
};

struct helper
{
    struct parallel *parallel;
    unsigned int slot;   /* its place in run->helpers */
    BOOL active;         /* this and what follows: locked */
    BOOL retires;        /* after the request that it is at */
    uint64_t begin, end; /* of the pieces that it fetches, in the temporary file; empty: none now */
    uint64_t position;   /* of the next byte */
    struct block *block; /* of a stream: where they go */
    uint64_t moved;      /* bytes */
    ULONGLONG began_at;  /* ms; the first of them */
    ULONGLONG heard_at;  /* ms; the last of them, or the request */
};

enum phase
{
    PHASE_MEASURE, /* how fast it goes with those that there are */
    PHASE_CONNECT, /* the newest helper has no byte yet */
    PHASE_TRIAL,   /* how fast it goes with the newest helper */
};

struct parallel
{
    struct download *download;
    CONDITION_VARIABLE changed; /* with the queue's lock: a helper ended, or has its pieces */
    struct helper helpers[RUN_HELPERS];
    BOOL streams;          /* the bytes go to a stream, in order */
    BOOL ends;             /* nothing more is to be fetched; this and what follows: locked */
    BOOL differs;          /* a helper saw another version of the file */
    BOOL waits;            /* the download's own connection fetches nothing */
    uint64_t end;          /* of what helpers have written to a file */
    struct block *ready;   /* of a stream: in no order */
    unsigned int accepted; /* connections that have proved useful */
    enum phase phase;
    struct helper *newest; /* that is being tried */
    uint64_t moved;        /* by all connections, since */
    ULONGLONG since;       /* ms */
    uint64_t rate;         /* bytes a second before the newest came */
    ULONGLONG next_try;    /* ms */
    ULONGLONG pause;       /* ms; until the next try, after one that failed */
};

/* The first byte from position on that is neither there nor in the hands of a helper. */
uint64_t parallel_skip_taken(const struct parallel *parallel, uint64_t position);
/* The end of the gap that begins at position, at most limit. */
uint64_t parallel_end_of_gap(const struct parallel *parallel, uint64_t position, uint64_t limit);
/* Helpers at work. */
unsigned int parallel_count_helpers(const struct parallel *parallel);

/* Give the helper what it is to fetch next.  FALSE: there is nothing for it, for now. */
BOOL parallel_take(struct helper *helper);
/* Whether there is nothing left of a stream that nobody has taken. */
BOOL parallel_all_taken(const struct parallel *parallel);

#endif
