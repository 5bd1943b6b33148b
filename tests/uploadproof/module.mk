# Uploads that are interrupted; WB_UPLOAD_LONG, WB_UPLOAD_KILLS and WB_UPLOAD_DROPS make it long.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += uploadproof
uploadproof_dir = tests/uploadproof
uploadproof_sources = uploadproof.c
uploadproof_generated = bitsapi_i.c
uploadproof_uses = testsupport http base
uploadproof_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
