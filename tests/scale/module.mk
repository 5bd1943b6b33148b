# What a long queue costs.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += scale
scale_dir = tests/scale
scale_sources = scale.c
scale_generated = bitsapi_i.c
scale_uses = testsupport
scale_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lpsapi
