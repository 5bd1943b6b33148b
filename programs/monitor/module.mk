# The window that shows the jobs of both services, and a first example of a client.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_exes += wine-bits-monitor
wine-bits-monitor_dir = programs/monitor
wine-bits-monitor_sources = main.c window.c joblist.c text.c worker.c snapshot.c bits.c delivery.c
wine-bits-monitor_generated = bitsapi_i.c
wine-bits-monitor_rc = monitor.rc
wine-bits-monitor_ldlibs = -lcomctl32 -lole32 -loleaut32 -luuid -lshell32 -lshlwapi -luser32 -lgdi32
wine-bits-monitor_ldflags = -municode -mwindows

# What the resource script includes.
$(foreach arch,$(PE_ARCHES),$(arch)-windows/programs/monitor/monitor.res.o): \
    $(srcdir)/programs/monitor/resource.h $(srcdir)/programs/monitor/monitor.manifest \
    $(wildcard $(srcdir)/programs/monitor/*.ico) $(wildcard $(srcdir)/programs/monitor/languages/*.rc)
