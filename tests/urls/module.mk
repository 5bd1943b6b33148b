# How long URLs may be, and their parts.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += urls
urls_dir = tests/urls
urls_sources = urls.c
urls_generated = bitsapi_i.c
urls_uses = testsupport
urls_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
