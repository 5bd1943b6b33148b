# IBitsTokenOptions, owners and ownership.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += tokens
tokens_dir = tests/tokens
tokens_sources = tokens.c
tokens_generated = bitsapi_i.c
tokens_uses = testsupport
tokens_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
