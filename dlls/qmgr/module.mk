pe_dlls += qmgr
qmgr_dir = dlls/qmgr
qmgr_sources = service.c profile.c certificate.c certcallback.c httpoptions.c jobwait.c peercache.c tokenoptions.c \
	bits1/manager.c bits1/common.c bits1/callback.c bits1/enum.c bits1/group.c bits1/job.c
qmgr_generated = bitsapi_i.c
qmgr_rc = qmgr.rc
qmgr_def = qmgr.def
qmgr_uses = com service transfer store http base
qmgr_ldlibs = -lole32 -loleaut32 -luuid -lrpcrt4 -ladvapi32 -lshell32 -lcrypt32 -lsecur32 -lws2_32 -lntdll
