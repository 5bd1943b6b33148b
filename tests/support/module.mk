# What conformance tests share: a test server, helpers of COM clients, an upload server (whose users need http, too).
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += testsupport
testsupport_dir = tests/support
testsupport_sources = server.c exchange.c answer.c pattern.c client.c callback.c realservers.c \
                      bitsserver.c bitsserver_http.c bitsserver_auth.c bitsserver_packet.c bitsserver_name.c upload.c
