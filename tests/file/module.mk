# IBackgroundCopyFile to IBackgroundCopyFile6, and what becomes of files.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += file
file_dir = tests/file
file_sources = file.c
file_generated = bitsapi_i.c
file_uses = testsupport
file_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
