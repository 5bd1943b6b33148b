/*
 * What else the scheduler does: old jobs, and whether the service is needed.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_RUN_HOUSEKEEPING_H
#define WINE_BITS_TRANSFER_RUN_HOUSEKEEPING_H

#include "transfer/jobs/queue.h"

/* Cancel what nobody has cared for.  Locked; releases the lock meanwhile. */
void housekeeping_tidy(struct queue *queue);

/* Let the service know about changes of what it has to do.  TRUE: there were some.  Locked; releases the lock
 * meanwhile. */
BOOL housekeeping_report_activity(struct queue *queue, BOOL working);

#endif
