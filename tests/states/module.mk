# The job's states: every method in every state, and what leads from one to another.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += states
states_dir = tests/states
states_sources = states.c
states_generated = bitsapi_i.c
states_uses = testsupport
states_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
