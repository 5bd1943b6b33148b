# Adapters, subnets and counters of the machine; needs no service.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += line
line_dir = tests/line
line_sources = line.c
line_uses = transfer base
line_ldlibs = -lws2_32 -liphlpapi -ladvapi32
