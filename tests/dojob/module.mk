# Jobs of Delivery Optimization's first generation.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += dojob
dojob_dir = tests/dojob
dojob_sources = dojob.c layout.c contracts.c sinks.c states.c worlds.c ../dodownload/objects.c
dojob_generated = bitsapi_i.c
dojob_uses = testsupport
dojob_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
