# Bad input at every boundary.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += badinput
badinput_dir = tests/badinput
badinput_sources = badinput.c arguments.c deliveryopt.c clients.c servers.c
badinput_generated = bitsapi_i.c
badinput_uses = testsupport
badinput_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
