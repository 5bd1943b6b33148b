# Who may run when: priorities, time slices, policies.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += schedule
schedule_dir = tests/schedule
schedule_sources = schedule.c
schedule_generated = bitsapi_i.c
schedule_uses = testsupport http base
schedule_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
