# Every method of every interface across processes; what is mechanical in it is generated from the IDL.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += proxy
proxy_dir = tests/proxy
proxy_sources = proxy.c server.c
proxy_generated = bitsapi_i.c proxy_objects.c proxy_calls.c
proxy_ldlibs = -lole32 -loleaut32 -luuid

generated/proxy_objects.c generated/proxy_calls.c: generated/proxy_%.c: $(srcdir)/tests/proxy/generate $(idl_files)
	$(V_GEN)$(MKDIR_P) $(@D) && python3 $< $* $(filter %.idl,$^) >$@.new && mv $@.new $@
