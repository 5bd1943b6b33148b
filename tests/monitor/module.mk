# The monitor's window, driven from another program: see monitor.sh.
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Not a conformance test: it is about a program of ours, and needs a screen.
monitor_driver_sources = driver.c remote.c languages.c
monitor_driver_objects = $(patsubst %.c,$(1)-windows/tests/monitor/%.o,$(monitor_driver_sources)) \
                         $(1)-windows/bitsapi_i.o
monitor_drivers = $(patsubst %,%-windows/monitor/driver.exe,$(PE_ARCHES))
pe_objects += $(foreach arch,$(PE_ARCHES),$(call monitor_driver_objects,$(arch)))

define monitor_driver_rules
$(1)-windows/monitor/driver.exe: $(call monitor_driver_objects,$(1)) $(1)-windows/libtestsupport.a
	$$(V_LINK)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_ldflags) -o $$@ $$^ -lole32 -loleaut32 -luuid -ladvapi32 \
	    -lcrypt32 -lws2_32 -luser32
endef
$(foreach arch,$(PE_ARCHES),$(eval $(call monitor_driver_rules,$(arch))))

pe-tests: $(monitor_drivers)
