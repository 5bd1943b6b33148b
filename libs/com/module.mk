# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += com
com_dir = libs/com
com_sources = call_pool.c com.c command.c cost.c enum_files.c enum_jobs.c enumerator.c error.c file.c host.c job.c \
	job_later.c job_table.c manager.c notify.c notify_call.c listener.c registration.c profile.c text.c
