# IBackgroundCopyJobHttpOptions to IBackgroundCopyJobHttpOptions3.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_tests += httpoptions
httpoptions_dir = tests/httpoptions
httpoptions_sources = httpoptions.c
httpoptions_generated = bitsapi_i.c
httpoptions_uses = testsupport
httpoptions_ldlibs = -lole32 -loleaut32 -luuid -ladvapi32 -lcrypt32 -lws2_32
