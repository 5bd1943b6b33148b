# Programs that have another way to download: they must never be worse off for our services.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += fallback
fallback_dir = tests/fallback
fallback_sources = fallback.c bitsclients.c doclients.c ../dodownload/objects.c
fallback_generated = bitsapi_i.c
fallback_uses = testsupport
fallback_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lshell32 -lws2_32
