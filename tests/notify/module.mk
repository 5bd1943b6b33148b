# Notifications: events, order, repetition, hostile clients.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += notify
notify_dir = tests/notify
notify_sources = notify.c hostile.c class.c security.c
notify_generated = bitsapi_i.c
notify_uses = testsupport
notify_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
