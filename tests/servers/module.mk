# Servers: those that break every rule, and (servers.sh) those that Debian has.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += servers
servers_dir = tests/servers
servers_sources = servers.c hostile.c real.c uploads.c
servers_generated = bitsapi_i.c
servers_uses = testsupport
servers_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
