/*
 * What the parts of the servers test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_SERVERS_H
#define WINE_BITS_TESTS_SERVERS_H

#include "support/server.h"
#include "support/client.h"

/* Servers that break the rules; all of the parts. */
void test_hostile_servers(IBackgroundCopyManager *manager);

/* Servers that servers.sh has started, and which the environment describes. */
void test_real_servers(IBackgroundCopyManager *manager);

#endif
