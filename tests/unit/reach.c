/*
 * Which hosts and addresses have to do with a network (libs/transfer/conditions/reach.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "transfer/conditions/reach.h"

#include <arpa/inet.h>
#include <string.h>

static BOOL local(const char *host)
{
    WCHAR wide[64];
    size_t length;

    for (length = 0; host[length]; length++) wide[length] = (unsigned char)host[length];
    return reach_is_this_machine(wide, length);
}

TEST(hosts)
{
    static const char *const here[] = {"localhost", "LocalHost",   "localhost.", "files.localhost",
                                       "127.0.0.1", "127.255.0.7", "[::1]"};
    static const char *const elsewhere[] = {
        "",      "localhost.example.com", "localhost2", "notlocalhost", "127.example.com", "127.0.0", "128.0.0.1",
        "[::2]", "example.com",           "."};
    size_t i;

    for (i = 0; i < sizeof(here) / sizeof(here[0]); i++)
        if (!local(here[i])) CHECK(!here[i]);
    for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
        if (local(elsewhere[i])) CHECK(!elsewhere[i]);
}

static BOOL means_network(const char *text)
{
    BYTE bytes[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;

    CHECK_INT(inet_pton(family, text, bytes), 1);
    return reach_means_network(bytes, family == AF_INET ? 4 : 16);
}

TEST(addresses)
{
    CHECK(means_network("192.0.2.1"));
    CHECK(means_network("10.0.0.1"));
    CHECK(means_network("2001:db8::1"));
    CHECK(means_network("fd12:3456::1")); /* a network that is not part of the Internet */
    CHECK(means_network("64:ff9b::1"));
    CHECK(!means_network("0.0.0.0"));
    CHECK(!means_network("127.0.0.1"));
    CHECK(!means_network("169.254.3.4"));
    CHECK(!means_network("::"));
    CHECK(!means_network("::1"));
    CHECK(!means_network("fe80::1"));
    CHECK(!means_network("ff02::1"));
}

int main(void)
{
    RUN(hosts);
    RUN(addresses);
    return unit_finish();
}
