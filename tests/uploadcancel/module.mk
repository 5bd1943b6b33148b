# Cancelled uploads whose servers do not listen.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += uploadcancel
uploadcancel_dir = tests/uploadcancel
uploadcancel_sources = uploadcancel.c
uploadcancel_generated = bitsapi_i.c
uploadcancel_uses = testsupport http base
uploadcancel_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lws2_32 -lcrypt32 -lsecur32
