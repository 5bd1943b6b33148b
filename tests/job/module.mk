# IBackgroundCopyJob to IBackgroundCopyJob4, method by method.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += job
job_dir = tests/job
job_sources = job.c
job_generated = bitsapi_i.c
job_uses = testsupport
job_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
