pe_libs += service
service_dir = libs/service
service_sources = activation.c rpcss.c identity.c session.c service.c
