# User names and passwords of jobs.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += credentials
credentials_dir = tests/credentials
credentials_sources = credentials.c
credentials_generated = bitsapi_i.c
credentials_uses = testsupport
credentials_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
