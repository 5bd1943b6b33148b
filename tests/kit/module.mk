# The conformance kit: the tests in a folder that a person can take to a real Windows, with a program that
# runs them. SPDX-License-Identifier: LGPL-2.1-or-later
#
# "make conformance" makes conformance/wine-bits-conformance-VERSION and a zip of it in the build directory.
#
# Not in it: httpclient and line, which test parts of our own and no service; torture and scale, which kill and
# stop the service of the machine; bench, which measures; uploadproof, which is about killing.
kit_left_out = httpclient line torture scale bench uploadproof
kit_name = wine-bits-conformance-$(PACKAGE_VERSION)
kit_tests = $(foreach arch,$(PE_ARCHES),$(foreach name,$(filter-out $(kit_left_out),$(pe_tests)),\
            $(filter $(arch)-windows/tests/$(name).exe,$(pe_test_products))))

kit_runner_objects = $(1)-windows/tests/kit/runner.o $(1)-windows/tests/kit/record.o \
                     $(1)-windows/tests/kit/jobs.o $(1)-windows/bitsapi_i.o
# The questions: a test program of the kit that is no conformance test, since every answer is right.
kit_question_objects = $(patsubst %,$(1)-windows/tests/kit/questions/%.o,ask methods states requests transfers system) \
                       $(1)-windows/bitsapi_i.o $(1)-windows/libtestsupport.a $(1)-windows/libhttp.a
kit_questions = $(patsubst %,%-windows/kit/questions.exe,$(PE_ARCHES))
pe_objects += $(foreach arch,$(PE_ARCHES),$(filter %.o,$(call kit_question_objects,$(arch))))

kit_runners = $(patsubst %,%-windows/kit/runner.exe,$(PE_ARCHES))
pe_objects += $(foreach arch,$(PE_ARCHES),$(call kit_runner_objects,$(arch)))

define kit_rules
$(1)-windows/kit/runner.exe: $(call kit_runner_objects,$(1))
	$$(V_LINK)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_ldflags) -o $$@ $$^ -lole32 -luuid -lversion

$(1)-windows/kit/questions.exe: $(call kit_question_objects,$(1))
	$$(V_LINK)$$(MKDIR_P) $$(@D) && $$(cc_$(1)) $$(pe_ldflags) -o $$@ $$(filter %.o,$$^) $$(filter %.a,$$^) \
	    -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
endef
$(foreach arch,$(PE_ARCHES),$(eval $(call kit_rules,$(arch))))

conformance: pe-tests $(kit_runners) $(kit_questions)
	$(srcdir)/tools/make-conformance-kit --output conformance --name $(kit_name) $(kit_runners) $(kit_questions) \
	    $(kit_tests)

pe-clean: kit-clean
kit-clean:
	rm -rf conformance

.PHONY: conformance kit-clean
