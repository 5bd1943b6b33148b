/*
 * What has to be known before anything is scheduled: policies, the cost of the network, whether there is one.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_RUN_REFRESH_H
#define WINE_BITS_TRANSFER_RUN_REFRESH_H

#include "transfer/jobs/queue.h"

/* Look at what may have changed.  Locked; releases the lock meanwhile. */
void refresh_conditions(struct queue *queue);

/* For policy_watch_create: the policies of this queue have changed.  Takes the lock. */
void refresh_policies_changed(void *queue);

#endif
