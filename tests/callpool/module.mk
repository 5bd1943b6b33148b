# The pool of threads that calls clients' objects.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += callpool
callpool_dir = tests/callpool
callpool_sources = callpool.c
callpool_uses = com base
callpool_ldlibs = -lole32 -luuid -ladvapi32
