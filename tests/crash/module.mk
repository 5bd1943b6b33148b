# Faults of a service's own code end it (libs/base/crash.h).
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += crash
crash_dir = tests/crash
crash_sources = crash.c
crash_uses = testsupport base
crash_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
