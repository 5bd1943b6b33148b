/*
 * One call to a client, or one run of a job's command line.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_NOTIFY_CALL_H
#define WINE_BITS_COM_NOTIFY_CALL_H

#include "com/call_pool.h"
#include "com/registration.h"

/* Report event to channel, on a thread of the service's call pool.  Locked. */
enum call_start notify_client(struct registration *registration, uint32_t event, enum channel channel);

/* Forget the commands that run; they go on. */
void commands_forget(struct notifier *notifier);

#endif
