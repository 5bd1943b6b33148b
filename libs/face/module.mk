# SPDX-License-Identifier: LGPL-2.1-or-later
pe_libs += face
face_dir = libs/face
face_sources = command.c cost.c dialect.c enum_files.c enum_jobs.c error.c face.c file.c host.c job.c job_later.c \
               job_table.c manager.c notify.c notify_call.c notify_listener.c text.c
