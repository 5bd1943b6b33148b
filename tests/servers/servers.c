/*
 * Jobs and servers: alone, those that break the rules; started by servers.sh, nginx, Apache and squid.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "servers.h"
#include "support/realservers.h"
#include "wine/test.h"

START_TEST(servers)
{
    IBackgroundCopyManager *manager;

    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        if (servers_directory()) test_real_servers(manager);
        else test_hostile_servers(manager);
        IBackgroundCopyManager_Release(manager);
    }
    client_remove_directory();
    client_stop();
}
