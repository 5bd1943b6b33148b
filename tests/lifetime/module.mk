# How the services start, stop, die and come back.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += lifetime
lifetime_dir = tests/lifetime
lifetime_sources = lifetime.c classes.c restart.c guardian.c
lifetime_generated = bitsapi_i.c
lifetime_uses = testsupport
lifetime_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
