# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += transfer
transfer_dir = libs/transfer
transfer_sources = $(patsubst $(srcdir)/libs/transfer/%,%,$(sort $(wildcard $(srcdir)/libs/transfer/*/*.c)))
