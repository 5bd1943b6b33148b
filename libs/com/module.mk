# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += com
com_dir = libs/com
com_sources = $(notdir $(wildcard $(srcdir)/libs/com/*.c))
