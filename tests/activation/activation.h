/*
 * What the parts of the activation test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_ACTIVATION_H
#define WINE_BITS_TESTS_ACTIVATION_H

#include "support/client.h"
#include "wine/test.h"

/* Longer than Wine's service manager lets others wait for a start that is under way (3 s), shorter than a service may
 * need to come up (10 s). */
#define SLOW_START_MS 6000

/* Start a service that takes so long to come up: nobody else can start one meanwhile.  FALSE: it cannot be had, and a
 * test was skipped or has failed.  In between, the services of ours do not run. */
BOOL slow_start_begin(void);
void slow_start_end(void);
/* The body of that service. */
void slow_service(void);

/* End BITS and Delivery Optimization, whose classes then stay in the table of the session. */
void stop_services(void);

/* Activate the manager of BITS or DO, use it, release it.  The thread is in an apartment. */
void activate(BOOL is_do);

void test_disabled(void);
void test_unusable_store(void);
void test_messages(void);

#endif
