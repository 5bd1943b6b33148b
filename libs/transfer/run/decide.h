/*
 * Which job runs now, which one makes room for it, and which one has to wait for what.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_RUN_DECIDE_H
#define WINE_BITS_TRANSFER_RUN_DECIDE_H

#include "transfer/jobs/queue.h"

/* One look at everything: start what may run.  Returns when to look again at the latest, and whether there is work.
 * Locked. */
ULONGLONG decide_pass(struct queue *queue, BOOL *working);

/* What was decided since the last time is stored, whoever decided it; what a call or a run works on is stored by them.
 * What cannot be stored is tried again, for as long as it takes.  Locked; releases the lock meanwhile. */
void decide_save(struct queue *queue);

/* Whether there is something for decide_save.  Locked. */
BOOL decide_any_unsaved(const struct queue *queue);

/* A time to look again that may be earlier than the one known. */
static inline void decide_earliest(ULONGLONG *next, ULONGLONG time)
{
    if (time < *next) *next = time;
}

#endif
