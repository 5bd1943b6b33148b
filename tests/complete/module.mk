# Which file has which name after Complete, whatever happened to it before.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += complete
complete_dir = tests/complete
complete_sources = complete.c
complete_generated = bitsapi_i.c
complete_uses = testsupport
complete_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
