# What Office's installer and other clients of Delivery Optimization do with their proxies and jobs.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += office
office_dir = tests/office
office_sources = office.c proxies.c installer.c ../dodownload/objects.c
office_generated = bitsapi_i.c
office_uses = testsupport
office_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
