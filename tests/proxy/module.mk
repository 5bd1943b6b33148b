# Every method of every interface across processes.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += proxy
proxy_dir = tests/proxy
proxy_sources = proxy.c server.c
proxy_generated = bitsapi_i.c
proxy_ldlibs = -lole32 -loleaut32 -luuid
