# Ranges of files, parts of files in any order, and the properties that change how a file is fetched.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += ranges
ranges_dir = tests/ranges
ranges_sources = ranges.c ondemand.c
ranges_generated = bitsapi_i.c
ranges_uses = testsupport
ranges_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
