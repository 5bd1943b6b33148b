# What real clients do, step by step.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += clients
clients_dir = tests/clients
clients_sources = clients.c sequences.c program.c updaters.c samples.c scripts.c
clients_generated = bitsapi_i.c
clients_uses = testsupport http base
clients_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
