# A client's own check of servers' certificates. Starts httpclient/tlspeer.py.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += certcallback
certcallback_dir = tests/certcallback
certcallback_sources = certcallback.c ../httpclient/tlsservers.c
certcallback_generated = bitsapi_i.c
certcallback_uses = testsupport
certcallback_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32
