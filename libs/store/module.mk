# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += store
store_dir = libs/store
store_sources = $(notdir $(wildcard $(srcdir)/libs/store/*.c))
