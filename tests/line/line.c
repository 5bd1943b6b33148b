/*
 * Which addresses are near, and what an adapter has carried: libs/transfer/conditions/network.h with the machine's
 * own adapters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <iphlpapi.h>

#include "transfer/conditions/network.h"
#include "wine/test.h"

#define MEGABYTE (1024 * 1024)

/* B-583, B-820: what this machine is, and what is nobody's (RFC 5737, RFC 3849). */
static void test_subnets(void)
{
    static const struct
    {
        const char *address;
        BOOL near_us;
    } cases[] = {
        {"127.0.0.1", TRUE}, {"127.77.5.3", TRUE}, /* a subnet of 8 bits */
        {"::1", TRUE},       {"198.51.100.7", FALSE},      {"2001:db8::1", FALSE},
        {"", FALSE},         {"127.0.0.1.example", FALSE}, {"localhost", FALSE}, /* a name is no address */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
        ok(network_is_on_subnet(cases[i].address) == cases[i].near_us, "%s", cases[i].address);
}

/* Send so many bytes to a port of this machine. */
static BOOL send_here(unsigned int size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, 0), out = socket(AF_INET, SOCK_STREAM, 0), in = INVALID_SOCKET;
    static char buffer[65536];
    int length = sizeof(address), got;
    BOOL done = FALSE;

    if (!bind(listener, (struct sockaddr *)&address, sizeof(address)) && !listen(listener, 1) &&
        !getsockname(listener, (struct sockaddr *)&address, &length) &&
        !connect(out, (struct sockaddr *)&address, sizeof(address)) &&
        (in = accept(listener, NULL, NULL)) != INVALID_SOCKET)
    {
        for (done = TRUE; done && size; size -= min(size, sizeof(buffer)))
        {
            int left = min(size, sizeof(buffer));

            done = send(out, buffer, left, 0) == left;
            for (; done && left; left -= got) done = (got = recv(in, buffer, left, 0)) > 0;
        }
    }
    closesocket(in);
    closesocket(out);
    closesocket(listener);
    return done;
}

/* The index of the loopback adapter. */
static ULONG loopback(void)
{
    IP_ADAPTER_ADDRESSES *adapters, *adapter;
    ULONG size = 0, index = 0;

    GetAdaptersAddresses(AF_UNSPEC, 0, NULL, NULL, &size);
    adapters = malloc(size);
    if (!GetAdaptersAddresses(AF_UNSPEC, 0, NULL, adapters, &size))
        for (adapter = adapters; adapter; adapter = adapter->Next)
            if (adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK) index = adapter->IfIndex;
    free(adapters);
    return index;
}

/* B-583: an adapter counts what it carries. */
static void test_counters(void)
{
    uint64_t received = 0, sent = 0, received_before = 0, sent_before = 0;
    ULONG adapter = loopback();

    ok(network_bytes(adapter, FALSE, &received_before), "adapter %lu does not count", adapter);
    ok(network_bytes(adapter, TRUE, &sent_before), "adapter %lu does not count", adapter);
    ok(send_here(8 * MEGABYTE), "nothing can be sent: error %d", WSAGetLastError());
    ok(network_bytes(adapter, FALSE, &received), "adapter %lu does not count", adapter);
    ok(network_bytes(adapter, TRUE, &sent), "adapter %lu does not count", adapter);
    /* That of Windows has nothing to count. */
    if (winetest_is_wine())
    {
        ok(received - received_before >= 8 * MEGABYTE, "%llu bytes more", received - received_before);
        ok(sent - sent_before >= 8 * MEGABYTE, "%llu bytes more", sent - sent_before);
    }
    ok(!network_bytes(0x7ffffff0, FALSE, &received), "an adapter that is not there counts");
}

/* The adapter that leads to others: none without a network. */
static void test_adapter(void)
{
    ULONG adapter = network_adapter("198.51.100.7");
    uint64_t bytes;

    ok(!adapter || network_bytes(adapter, FALSE, &bytes), "adapter %lu does not count", adapter);
    ok(!network_adapter("nowhere"), "there is an adapter to what is no address");
}

START_TEST(line)
{
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    winetest_run(test_subnets);
    winetest_run(test_counters);
    winetest_run(test_adapter);
    WSACleanup();
}
