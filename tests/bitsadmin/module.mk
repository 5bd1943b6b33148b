# What bitsadmin.exe prints, and its exit codes.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += bitsadmin_cli
bitsadmin_cli_dir = tests/bitsadmin
bitsadmin_cli_sources = main.c run.c
bitsadmin_cli_generated = bitsapi_i.c
bitsadmin_cli_uses = testsupport
bitsadmin_cli_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
