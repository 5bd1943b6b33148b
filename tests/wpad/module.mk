# Proxies that are detected: a name server, a proxy script and squid, in a network of their own (wpad.sh).
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += wpad
wpad_dir = tests/wpad
wpad_sources = wpad.c
wpad_generated = bitsapi_i.c
wpad_uses = testsupport
wpad_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
