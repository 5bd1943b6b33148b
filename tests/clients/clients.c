/*
 * The calls of real clients of BITS, in their order and from their kind of apartment.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "notify/fixture.h"
#include "clients/clients.h"

START_TEST(clients)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (sequences_child(argc, argv) || programs_child(argc, argv))
        return;
    test_sequences();
    test_programs();
    client_remove_directory();
}
