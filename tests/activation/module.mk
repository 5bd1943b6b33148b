# Many clients that need the services at once, and services that cannot be had.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += activation
activation_dir = tests/activation
activation_sources = activation.c obstacles.c
activation_generated = bitsapi_i.c
activation_uses = testsupport
activation_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lshell32 -lws2_32
