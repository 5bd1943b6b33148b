pe_exes += bitshold
bitshold_dir = programs/bitshold
bitshold_sources = main.c
bitshold_rc = bitshold.rc
bitshold_uses = base
bitshold_ldlibs = -ladvapi32
bitshold_ldflags = -municode
