# A proxy that authenticates connections: NTLM and Negotiate, by squid (ntlmproxy.sh).
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += ntlmproxy
ntlmproxy_dir = tests/ntlmproxy
ntlmproxy_sources = ntlmproxy.c
ntlmproxy_generated = bitsapi_i.c
ntlmproxy_uses = testsupport
ntlmproxy_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
