/*
 * How fast a run may move bytes.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_ATTEMPT_PACE_H
#define WINE_BITS_TRANSFER_ATTEMPT_PACE_H

#include <windows.h>

#include "transfer/conditions/idle.h"

struct http_exchange;
struct run;

/* Belongs to the thread of its run, from one file to the next; only what a limit needs is shared with helpers. */
struct pace
{
    _Atomic(size_t) portion; /* bytes to move at once, at most */
    uint64_t cap;            /* bytes a second for all transfers of its kind (D-422) */
    uint64_t debt;           /* thousandths of bytes that were moved too early (B-584), */
    ULONGLONG paced_at;      /* ms; at that time; 0: nothing was yet */
    BOOL sends;              /* bytes go away */
    BOOL on_subnet;          /* between us and a server of a subnet of ours, nothing else in between */

    /* the line there */
    char peer[64];           /* address of the server or the proxy, "" = not known */
    ULONG adapter;           /* 0: not to be looked at */
    ULONGLONG looked_at;     /* ms */
    uint64_t carried, moved; /* bytes, by the adapter and by us, until then and since then */
    struct idle idle;
};

/* Before a file is moved. */
void pace_begin(struct run *run, BOOL sends);

/* size bytes have come, or are about to go, over the exchange (NULL: otherwise): wait until they may have.  Also for
 * the threads that help a run, where limits are those of a profile. */
void pace_keep(struct run *run, const struct http_exchange *exchange, size_t size);

#endif
