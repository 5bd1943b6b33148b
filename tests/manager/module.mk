# IBackgroundCopyManager, its classes, and what its objects can be asked for.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += manager
manager_dir = tests/manager
manager_sources = manager.c
manager_generated = bitsapi_i.c
manager_uses = testsupport
manager_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
