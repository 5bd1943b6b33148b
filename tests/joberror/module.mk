# What a client is told about its job.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += joberror
joberror_dir = tests/joberror
joberror_sources = joberror.c
joberror_generated = bitsapi_i.c
joberror_uses = testsupport
joberror_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
