pe_dlls += dosvc
dosvc_dir = dlls/dosvc
dosvc_sources = service.c profile.c dojob.c dofile.c manager.c enumdownloads.c download.c properties.c \
	clientstream.c watch.c policy.c state.c
dosvc_generated = bitsapi_i.c
dosvc_rc = dosvc.rc
dosvc_def = dosvc.def
dosvc_uses = com service transfer store http base
dosvc_ldlibs = -lole32 -loleaut32 -luuid -lrpcrt4 -ladvapi32 -lshell32 -lcrypt32 -lsecur32 -lws2_32 -lntdll
