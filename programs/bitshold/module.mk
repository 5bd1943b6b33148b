pe_exes += bitshold
bitshold_dir = programs/bitshold
bitshold_sources = main.c
bitshold_rc = bitshold.rc
bitshold_uses = service base
bitshold_ldlibs = -lole32 -lrpcrt4 -ladvapi32 -luuid
bitshold_ldflags = -municode
