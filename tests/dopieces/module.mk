# Downloads of Delivery Optimization over several connections.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += dopieces
dopieces_dir = tests/dopieces
dopieces_sources = dopieces.c ../dodownload/objects.c
dopieces_generated = bitsapi_i.c
dopieces_uses = testsupport base
dopieces_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
