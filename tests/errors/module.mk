# How jobs end: errors and their texts in all languages, and what the file looks like.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += errors
errors_dir = tests/errors
errors_sources = errors.c files.c texts.c
errors_generated = bitsapi_i.c
errors_uses = testsupport
errors_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
