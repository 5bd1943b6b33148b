/*
 * Noticing changes of policies in the registry.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_POLICYWATCH_H
#define WINE_BITS_TRANSFER_CONDITIONS_POLICYWATCH_H

struct policy_watch;

/* changed is called on a thread of the pool after every change (B-824).  NULL: there is nothing to watch. */
struct policy_watch *policy_watch_create(void (*changed)(void *context), void *context);

/* No call of changed is under way afterwards.  NULL is fine. */
void policy_watch_destroy(struct policy_watch *watch);

#endif
