pe_libs += base
base_dir = libs/base
base_sources = debug.c json.c text.c
