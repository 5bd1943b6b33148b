# The enumerators of jobs and of files.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += enums
enums_dir = tests/enums
enums_sources = enums.c
enums_generated = bitsapi_i.c
enums_uses = testsupport
enums_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
