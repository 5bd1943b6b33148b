# SPDX-License-Identifier: LGPL-2.1-or-later
pe_dlls += qmgrprxy
qmgrprxy_dir = dlls/qmgrprxy
qmgrprxy_sources = callas.c factory.c identity.c security.c classobject.c activator.c
qmgrprxy_generated = bitsapi_i.c qmgrprxy_p.c dlldata.c
qmgrprxy_rc = qmgrprxy.rc
qmgrprxy_def = qmgrprxy.def
qmgrprxy_uses = base
qmgrprxy_ldlibs = -lrpcrt4 -lole32 -loleaut32 -ladvapi32 -luuid

# The proxy pass of widl sees the interfaces as they are on the wire.
qmgrprxy_widl = $(WIDL) $(WIDL_FLAGS) -DBITS_WIDL_PROXY
qmgrprxy_clsid = {0x5ce34c0d,0x0dc9,0x4c1f,{0x89,0x7c,0xda,0xa1,0xb7,0x8c,0xee,0x7c}}

generated/qmgrprxy.h: $(srcdir)/dlls/qmgrprxy/qmgrprxy.idl $(idl_files)
	$(V_GEN)$(MKDIR_P) $(@D) && $(qmgrprxy_widl) -m64 -h -o $@ $<

generated/dlldata.c: $(srcdir)/dlls/qmgrprxy/qmgrprxy.idl
	$(V_GEN)$(MKDIR_P) $(@D) && $(WIDL) --dlldata-only -o $@ qmgrprxy

define qmgrprxy_rules
generated/$(1)/qmgrprxy_p.c: $$(srcdir)/dlls/qmgrprxy/qmgrprxy.idl $$(idl_files) generated/qmgrprxy.h
	$$(V_GEN)$$(MKDIR_P) $$(@D) && $$(qmgrprxy_widl) $$(widl_arch_$(1)) -p -o $$@ $$<

$(1)-windows/qmgrprxy_p.o: extra_cflags = -I$$(srcdir)/dlls/qmgrprxy -include proxyfix.h
$(1)-windows/dlldata.o: extra_cflags = -DENTRY_PREFIX=generated_ '-DPROXY_CLSID_IS=$$(qmgrprxy_clsid)'
$(1)-windows/dlldata.o $(1)-windows/dlls/qmgrprxy/callas.o: generated/qmgrprxy.h
endef
$(foreach arch,$(PE_ARCHES),$(eval $(call qmgrprxy_rules,$(arch))))
