/*
 * Delivery Optimization as Office's installer uses it, from public descriptions, and what other clients do.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The installer takes the first generation's interfaces: one file with thousands of ranges, files and streams as sinks,
 * blankets on the identities of objects, calls that are cancelled. Its sources are not public; what it calls is known
 * from projects that made it run on changed Wines. Rules: D- delivery-optimization.
 */

#include "office.h"
#include "wine/test.h"

static void run_check(void *arg)
{
    void (*check)(struct server * server) = arg;
    struct server *server;

    if (!(server = server_create())) return;
    check(server);
    server_destroy(server);
}

static void both(void (*check)(struct server *server))
{
    client_run(COINIT_MULTITHREADED, run_check, check);
    client_run(COINIT_APARTMENTTHREADED, run_check, check);
}

static void test_proxies(void)
{
    both(check_identities);
    both(check_one_job);
    both(check_class_objects);
}

static void test_installer(void)
{
    both(check_installer);
    both(check_failing_ranges);
}

static void test_other_clients(void)
{
    both(check_other_clients);
}

/* A call can be cancelled from another thread only where it leaves its apartment by RPC: from an MTA. */
static void test_cancel(void)
{
    client_run(COINIT_MULTITHREADED, run_check, check_cancelled_call);
}

START_TEST(office)
{
    winetest_run(test_proxies);
    winetest_run(test_installer);
    winetest_run(test_other_clients);
    winetest_run(test_cancel);
    client_remove_directory();
}
