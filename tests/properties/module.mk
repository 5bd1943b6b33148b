# The properties of IBackgroundCopyJob5, and what of a job survives the service.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += properties
properties_dir = tests/properties
properties_sources = properties.c
properties_generated = bitsapi_i.c
properties_uses = testsupport
properties_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
