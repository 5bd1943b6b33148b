# Limits, and the policies that set them.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += limits
limits_dir = tests/limits
limits_sources = limits.c
limits_generated = bitsapi_i.c
limits_uses = testsupport
limits_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
