# The command-line tool of BITS.
# SPDX-License-Identifier: LGPL-2.1-or-later
pe_exes += bitsadmin
bitsadmin_dir = programs/bitsadmin
bitsadmin_sources = main.c args.c values.c switches.c help.c output.c session.c message.c show.c listing.c transfer.c \
	control.c property.c details.c settings.c certificate.c peercache.c util.c ieproxy.c
bitsadmin_generated = bitsapi_i.c
bitsadmin_rc = bitsadmin.rc
bitsadmin_uses = base
bitsadmin_ldlibs = -lole32 -luuid -ladvapi32 -lversion
bitsadmin_ldflags = -municode
