# Uploads through authentication, proxies, redirects, custom headers and methods.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += uploadauth
uploadauth_dir = tests/uploadauth
uploadauth_sources = uploadauth.c ../httpclient/tlsservers.c
uploadauth_generated = bitsapi_i.c
uploadauth_uses = testsupport http base
uploadauth_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
