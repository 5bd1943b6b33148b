# The command line that a job runs.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += cmdline
cmdline_dir = tests/cmdline
cmdline_sources = cmdline.c
cmdline_generated = bitsapi_i.c
cmdline_uses = testsupport
cmdline_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
