# Uploads to servers of every dialect.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += uploaddialects
uploaddialects_dir = tests/uploaddialects
uploaddialects_sources = uploaddialects.c
uploaddialects_generated = bitsapi_i.c
uploaddialects_uses = testsupport http base
uploaddialects_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
