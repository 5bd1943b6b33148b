# What the services send, byte by byte, to whom, and what they write down.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += wire
wire_dir = tests/wire
wire_sources = wire.c
wire_generated = bitsapi_i.c
wire_uses = testsupport
wire_ldlibs = -lole32 -luuid -ladvapi32 -lws2_32
