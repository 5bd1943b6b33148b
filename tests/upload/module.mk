# Uploads, against the upload server of tests/support.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += upload
upload_dir = tests/upload
upload_sources = upload.c
upload_generated = bitsapi_i.c
upload_uses = testsupport http base
upload_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
