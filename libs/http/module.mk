# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += http
http_dir = libs/http
http_sources = $(notdir $(wildcard $(srcdir)/libs/http/*.c))
