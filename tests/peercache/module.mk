# IBitsPeerCacheAdministration.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += peercache
peercache_dir = tests/peercache
peercache_sources = peercache.c
peercache_generated = bitsapi_i.c
peercache_uses = testsupport
peercache_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
