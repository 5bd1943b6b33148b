# Rules for the cross-compiled libraries, DLLs and programs (GNU make).
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Each module.mk adds its name to one of
#   pe_libs   static libraries                  NAME_dir NAME_sources
#   pe_dlls   DLLs                              + NAME_def NAME_rc NAME_uses NAME_ldlibs
#   pe_exes   programs that are installed       + NAME_rc NAME_uses NAME_ldlibs NAME_ldflags
#   pe_tests  conformance tests, one exe each   like pe_exes, never installed
#   unit_tests  native tests of pure parts      NAME_unit_sources (paths from the top)
#   engine_tests  native tests of the engine    NAME_engine_sources, NAME_engine_cflags
# NAME_uses names our static libraries, dependants first.  NAME_arches limits the
# architectures; NAME_generated names generated C files (of generated/ARCH or generated/).

.SUFFIXES:
.DELETE_ON_ERROR:

pe_version := $(PACKAGE_VERSION)
WIDL_FLAGS = -I$(srcdir)/include -I$(WINE_IDL) -Oicf
idl_files = $(wildcard $(srcdir)/include/*.idl)

widl_arch_x86_64 = -m64
widl_arch_i386 = -m32

V_CC = $(if $(filter 1,$(V)),,@echo "  CC       $@";)
V_GEN = $(if $(filter 1,$(V)),,@echo "  GEN      $@";)
V_LINK = $(if $(filter 1,$(V)),,@echo "  LINK     $@";)

pe-default: all

include $(sort $(wildcard $(srcdir)/libs/*/module.mk $(srcdir)/dlls/*/module.mk \
                          $(srcdir)/programs/*/module.mk $(srcdir)/tests/*/module.mk))

cc_x86_64 = $(CC64)
cc_i386 = $(CC32)
ar_x86_64 = $(AR64)
ar_i386 = $(AR32)
windres_x86_64 = $(WINDRES64)
windres_i386 = $(WINDRES32)

# __USE_MINGW_ANSI_STDIO=0: msvcrt's printf, as in every other Windows program of ours.
pe_cppflags = -Igenerated -I$(srcdir)/include -I$(srcdir)/libs -I$(srcdir)/tests -D_WIN32_WINNT=0x0A00 -DWINVER=0x0A00 \
              -DNTDDI_VERSION=0x0A000000 -DUNICODE -D_UNICODE -DCOBJMACROS -DCONST_VTABLE -D__USE_MINGW_ANSI_STDIO=0 \
              -DWINE_BITS_VERSION='"$(pe_version)"'
pe_prefix_map = -ffile-prefix-map=$(srcdir)=. -ffile-prefix-map=$(abspath $(srcdir))=. -ffile-prefix-map=$(CURDIR)=.
pe_warnings = -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Wno-cast-function-type $(WERROR)
pe_cflags = -std=gnu11 $(PE_CFLAGS) $(pe_warnings) $(pe_prefix_map) -fno-strict-aliasing -MMD -MP
pe_ldflags = -static-libgcc -Wl,--no-insert-timestamp

# --- generated headers and sources -------------------------------------------

gen_headers = generated/bitsapi.h generated/bitsmsg.h generated/domsg.h
gen_idl_sources = generated/bitsapi_i.c

generated/bitsapi.h: $(idl_files)
	$(V_GEN)$(MKDIR_P) $(@D) && $(WIDL) -m64 $(WIDL_FLAGS) -h -o $@ $(srcdir)/include/bitsapi.idl

generated/bitsapi_i.c: $(idl_files)
	$(V_GEN)$(MKDIR_P) $(@D) && $(WIDL) -m64 $(WIDL_FLAGS) -u -o $@ $(srcdir)/include/bitsapi.idl

# windmc writes the header and the .rc together; the .rc names its .bin files without a directory.  Lines of
# message tables end in CR LF, as those of the source then have to.
generated/%msg.h generated/%msg.rc: $(srcdir)/include/%msg.mc
	$(V_GEN)$(MKDIR_P) generated/crlf && sed 's/$$/\r/' $< > generated/crlf/$(<F) && \
	    $(WINDMC) -C 65001 -U -h generated -r generated generated/crlf/$(<F)

# --- compiling -----------------------------------------------------------------

define pe_compile_rules
$(1)-windows/%.o: $$(srcdir)/%.c | $$(gen_headers)
	$$(V_CC)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_cppflags) $$(pe_cflags) $$(extra_cflags) -c -o $$@ $$<

$(1)-windows/%.o: generated/$(1)/%.c | $$(gen_headers)
	$$(V_CC)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_cppflags) $$(pe_cflags) $$(extra_cflags) -c -o $$@ $$<

$(1)-windows/%.o: generated/%.c | $$(gen_headers)
	$$(V_CC)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_cppflags) $$(pe_cflags) $$(extra_cflags) -c -o $$@ $$<

$(1)-windows/%.res.o: $$(srcdir)/%.rc $$(srcdir)/include/version.rcinc $$(filter %msg.h,$$(gen_headers)) | $$(gen_headers)
	$$(V_GEN)$$(MKDIR_P) $$(@D) && $$(windres_$(1)) -I$$(srcdir)/include -Igenerated -I$$(<D) \
	    -DPACKAGE_VERSION_TEXT='\"$$(pe_version)\"' -i $$< -O coff -o $$@
endef
$(foreach arch,$(PE_ARCHES),$(eval $(call pe_compile_rules,$(arch))))

# objects NAME ARCH
objects = $(patsubst %.c,$(2)-windows/$($(1)_dir)/%.o,$($(1)_sources)) \
          $(patsubst %.c,$(2)-windows/%.o,$($(1)_generated)) \
          $(patsubst %.rc,$(2)-windows/$($(1)_dir)/%.res.o,$($(1)_rc))
arches_of = $(filter $(or $($(1)_arches),$(PE_ARCHES)),$(PE_ARCHES))
lib_files = $(patsubst %,$(2)-windows/lib%.a,$($(1)_uses))

define lib_rules
$(2)-windows/lib$(1).a: $(call objects,$(1),$(2))
	$$(V_LINK)rm -f $$@ && $$(ar_$(2)) rcsD $$@ $$(filter %.o,$$^)
pe_objects += $(call objects,$(1),$(2))
endef

define dll_rules
$(2)-windows/$(1).dll: $(call objects,$(1),$(2)) $(call lib_files,$(1),$(2)) $$(srcdir)/$($(1)_dir)/$($(1)_def)
	$$(V_LINK)$$(cc_$(2)) -shared $$(pe_ldflags) -Wl,--enable-stdcall-fixup $(if $($(1)_dllmain),,-Wl,--exclude-all-symbols) \
	    -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $$(filter %.def,$$^) $($(1)_ldlibs)
pe_objects += $(call objects,$(1),$(2))
pe_products += $(2)-windows/$(1).dll
endef

define exe_rules
$(2)-windows/$(3)$(1).exe: $(call objects,$(1),$(2)) $(call lib_files,$(1),$(2))
	$$(V_LINK)$$(MKDIR_P) $$(@D) && $$(cc_$(2)) $$(pe_ldflags) $($(1)_ldflags) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) $($(1)_ldlibs)
pe_objects += $(call objects,$(1),$(2))
$(if $(3),pe_test_products,pe_products) += $(2)-windows/$(3)$(1).exe
endef

$(foreach name,$(pe_libs),$(foreach arch,$(call arches_of,$(name)),$(eval $(call lib_rules,$(name),$(arch)))))
$(foreach name,$(pe_dlls),$(foreach arch,$(call arches_of,$(name)),$(eval $(call dll_rules,$(name),$(arch)))))
$(foreach name,$(pe_exes),$(foreach arch,$(call arches_of,$(name)),$(eval $(call exe_rules,$(name),$(arch),))))
$(foreach name,$(pe_tests),$(foreach arch,$(call arches_of,$(name)),$(eval $(call exe_rules,$(name),$(arch),tests/))))

-include $(pe_objects:.o=.d)

pe-all: $(pe_products)
pe-tests: $(pe_test_products)

pe-clean:
	rm -rf generated native x86_64-windows i386-windows

pe-install: $(pe_products)
	@test -n "$(PE_ARCHES)" || { echo "configured with --disable-pe: there is nothing to install" >&2; exit 1; }
	for product in $(pe_products); do \
	    $(MKDIR_P) "$(DESTDIR)$(pkglibdir)/$${product%/*}" && \
	    $(INSTALL_PROGRAM) "$$product" "$(DESTDIR)$(pkglibdir)/$$product" || exit 1; \
	done

pe-uninstall:
	for product in $(pe_products); do rm -f "$(DESTDIR)$(pkglibdir)/$$product"; done

# --- native tools -----------------------------------------------------------------

upload_server_sources = $(srcdir)/tests/upload/server_main.c $(sort $(wildcard $(srcdir)/tests/support/bitsserver*.c)) \
                        $(srcdir)/libs/http/digest_hash.c

native/bits-upload-server: $(upload_server_sources) $(wildcard $(srcdir)/tests/support/bitsserver*.h)
	$(V_LINK)$(MKDIR_P) $(@D) && $(CC) $(CPPFLAGS) -D_FILE_OFFSET_BITS=64 $(CFLAGS) -std=gnu11 -Wall -Wextra \
	    -Wno-unused-parameter -Wno-missing-field-initializers $(WERROR) $(pe_prefix_map) -I$(srcdir)/tests \
	    -I$(srcdir)/libs $(LDFLAGS) -o $@ $(upload_server_sources) -lpthread

# What tools/bench measures lines with.
native/relay: $(srcdir)/tests/bench/relay.c
	$(V_LINK)$(MKDIR_P) $(@D) && $(CC) $(CPPFLAGS) $(CFLAGS) -std=gnu11 -Wall -Wextra $(WERROR) $(pe_prefix_map) \
	    $(LDFLAGS) -o $@ $<

native-tools: native/bits-upload-server

# --- native unit tests of the pure parts ----------------------------------------

# tools/coverage has its own.
unit_instrumentation = -fsanitize=address,undefined -fno-sanitize-recover=all

unit_cflags = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers $(WERROR) \
              $(unit_instrumentation) \
              -I$(srcdir)/libs -I$(srcdir)/tests -I$(srcdir)/tests/unit -MMD -MP

define unit_rules
native/unit/$(1): $(patsubst %,$$(srcdir)/%,tests/unit/$(1).c $($(1)_unit_sources))
	$$(V_LINK)$$(MKDIR_P) $$(@D) && $$(CC) $$(unit_cflags) $($(1)_unit_cflags) -o $$@ $$(filter %.c,$$^) -lm -lpthread
endef
$(foreach name,$(unit_tests),$(eval $(call unit_rules,$(name))))

unit-tests: $(patsubst %,native/unit/%,$(unit_tests))

unit-check: unit-tests
	@failed=0; for name in $(unit_tests); do native/unit/$$name || failed=1; done; exit $$failed

# --- native tests of the engine on a simulated system ------------------------------

# The engine's sources find the simulator's headers in place of the system's; what they allocate and print with is the
# simulator's, too. Formats have the lengths of Windows.
engine_common_flags = -std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers \
                      -Wno-cast-function-type $(WERROR) -fno-strict-aliasing -fshort-wchar -D_WIN32 -DUNICODE \
                      -DCHECK_LOCKS \
                      -I$(srcdir)/tests/engine/include -I$(srcdir)/libs -MMD -MP
engine_names = malloc calloc realloc free snprintf vsnprintf sprintf
engine_product_flags = $(engine_common_flags) -Wno-format -Wno-format-extra-args -I$(srcdir)/libs/http \
                       $(foreach name,$(engine_names),-D$(name)=sim_$(name))
engine_system_flags = $(engine_common_flags) -D_GNU_SOURCE -I$(srcdir)/tests/engine

define engine_rules
native/engine/$(1).objects/libs/%.o: $$(srcdir)/libs/%.c
	$$(V_CC)$$(MKDIR_P) $$(@D) && $$(CC) $$(engine_product_flags) $$($(1)_engine_cflags) -c -o $$@ $$<

native/engine/$(1).objects/tests/%.o: $$(srcdir)/tests/%.c
	$$(V_CC)$$(MKDIR_P) $$(@D) && $$(CC) $$(engine_system_flags) $$($(1)_engine_cflags) -c -o $$@ $$<

native/engine/$(1): $(patsubst %.c,native/engine/$(1).objects/%.o,$(engine_sources) $($(1)_engine_sources))
	$$(V_LINK)$$(CC) $$($(1)_engine_cflags) -o $$@ $$^ -lm -lpthread
-include $(patsubst %.c,native/engine/$(1).objects/%.d,$(engine_sources) $($(1)_engine_sources))
endef
$(foreach name,$(engine_tests),$(eval $(call engine_rules,$(name))))

engine-tests: $(patsubst %,native/engine/%,$(engine_tests))

.PHONY: engine-tests native-tools pe-all pe-tests pe-clean pe-install pe-uninstall unit-tests unit-check
