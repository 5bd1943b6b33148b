# The HTTP client against servers that behave well and badly; needs no service. The TLS part starts tlspeer.py.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += httpclient
httpclient_dir = tests/httpclient
httpclient_sources = httpclient.c messages.c connections.c addresses.c leftovers.c requests.c redirects.c proxies.c \
                     authentication.c tls.c tlsservers.c peer.c
httpclient_uses = http base
httpclient_ldlibs = -lws2_32 -lcrypt32 -lsecur32 -ladvapi32
