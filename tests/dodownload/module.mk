# Downloads of Delivery Optimization's third generation.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += dodownload
dodownload_dir = tests/dodownload
dodownload_sources = dodownload.c objects.c properties.c transfers.c streams.c callbacks.c programs.c rules.c integrity.c \
	network.c ../httpclient/tlsservers.c
dodownload_generated = bitsapi_i.c
dodownload_uses = testsupport http base
dodownload_ldlibs = -lcrypt32 -lsecur32 -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
