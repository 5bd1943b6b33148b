# What bitsadmin.exe prints, and its exit codes.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += bitsadmin_cli
bitsadmin_cli_dir = tests/bitsadmin
bitsadmin_cli_sources = main.c run.c
bitsadmin_cli_generated = bitsapi_i.c
bitsadmin_cli_uses = testsupport
bitsadmin_cli_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32

# The corpus: commands and scripts as people publish them, in corpus/*.txt.
pe_tests += bitsadmin_corpus
bitsadmin_corpus_dir = tests/bitsadmin
bitsadmin_corpus_arches = x86_64
bitsadmin_corpus_sources = corpus.c run.c
bitsadmin_corpus_generated = bitsapi_i.c bitsadmin_corpus_text.c
bitsadmin_corpus_uses = testsupport
bitsadmin_corpus_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32
bitsadmin_corpus_files = $(sort $(wildcard $(srcdir)/tests/bitsadmin/corpus/*.txt))

# As one C string: backslashes and quotes escaped, a line of the files on each line.
generated/bitsadmin_corpus_text.c: $(bitsadmin_corpus_files)
	$(V_GEN)$(MKDIR_P) $(@D) && { echo 'const char bitsadmin_corpus[] ='; \
	    sed -s 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n"/; $$a "\\n"' $^; echo ';'; } >$@
