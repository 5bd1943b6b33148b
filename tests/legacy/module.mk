# The interfaces of BITS 1.0.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += legacy
legacy_dir = tests/legacy
legacy_sources = legacy.c
legacy_generated = bitsapi_i.c
legacy_uses = testsupport
legacy_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
