# Killed services and many clients at once.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += torture
torture_dir = tests/torture
torture_sources = torture.c torture_client.c model.c hammer.c
torture_generated = bitsapi_i.c
torture_uses = testsupport
torture_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
