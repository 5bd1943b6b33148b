# What tools/bench measures with: a client of both services, and bare transfer loops. Alone it tries each of them.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += bench
bench_dir = tests/bench
bench_sources = bench.c watch.c jobs.c latency.c deliveryopt.c loops.c
bench_generated = bitsapi_i.c
bench_arches = x86_64
bench_uses = testsupport
bench_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lwinhttp
