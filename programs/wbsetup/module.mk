# SPDX-License-Identifier: LGPL-2.1-or-later
pe_exes += wbsetup
wbsetup_dir = programs/wbsetup
wbsetup_sources = main.c registration.c registry.c services.c ask.c log.c restore.c wait.c
wbsetup_generated = bitsapi_i.c
wbsetup_rc = wbsetup.rc
wbsetup_uses = base
wbsetup_ldlibs = -lole32 -luuid -lversion -lshell32 -ladvapi32
