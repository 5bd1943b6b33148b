# The engine on a simulated system: native programs with sanitizers.
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# faults: stories with one fault each, threads that run one at a time; storm: many clients, on real threads; volume: what
# the store writes.
engine_http_sources = $(addprefix libs/http/,arena.c base64.c digest_hash.c field_values.c fields.c http_date.c \
	debugurl.c cookies.c message.c multipart.c origin.c parse.c range.c redact.c task.c text.c url.c)
# Who may do what is no matter of the simulator: files.c has the functions of the other parts of libs/base.
engine_sources = $(patsubst $(srcdir)/%,%,$(sort \
	$(wildcard $(srcdir)/libs/store/*.c $(srcdir)/libs/transfer/*/*.c))) \
	$(addprefix libs/base/,debug.c json.c text.c) \
	$(engine_http_sources)
engine_system_sources = $(addprefix tests/engine/,disk.c faults.c files.c server.c system.c text.c)

engine_tests = faults storm volume
faults_engine_sources = $(engine_system_sources) $(addprefix tests/engine/,main.c stories.c threads.c world.c)
faults_engine_cflags = -fsanitize=address,undefined -fno-sanitize-recover=all
storm_engine_sources = $(engine_system_sources) $(addprefix tests/engine/,storm.c threads_real.c)
storm_engine_cflags = -fsanitize=thread -DSIM_REAL_THREADS
volume_engine_sources = $(engine_system_sources) $(addprefix tests/engine/,volume.c threads_real.c)
volume_engine_cflags = -fsanitize=address,undefined -fno-sanitize-recover=all -DSIM_REAL_THREADS
