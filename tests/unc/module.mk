# Files of shares, and of this machine: as sources, as destinations, as targets of uploads.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += unc
unc_dir = tests/unc
unc_sources = unc.c
unc_generated = bitsapi_i.c
unc_uses = testsupport
unc_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
