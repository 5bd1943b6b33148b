pe_dlls += qmgr
qmgr_dir = dlls/qmgr
qmgr_sources = service.c dialect.c certificate.c certcallback.c httpoptions.c peercache.c tokenoptions.c \
	legacy.c legacy_callback.c legacy_enum.c legacy_group.c legacy_job.c
qmgr_generated = bitsapi_i.c
qmgr_rc = qmgr.rc
qmgr_def = qmgr.def
qmgr_uses = face service transfer store http base
qmgr_ldlibs = -lole32 -loleaut32 -luuid -lrpcrt4 -ladvapi32 -lshell32 -lcrypt32 -lsecur32 -lws2_32 -lntdll
