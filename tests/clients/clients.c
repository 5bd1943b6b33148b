/*
 * The calls of real clients of BITS, in their order and from their kind of apartment.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clients/program.h"
#include "clients/clients.h"

START_TEST(clients)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (sequences_child(argc, argv) || again_child(argc, argv)) return;
    test_sequences();
    test_updaters();
    test_samples();
    test_scripts();
    client_remove_directory();
}
