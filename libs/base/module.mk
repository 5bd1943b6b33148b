pe_libs += base
base_dir = libs/base
base_sources = debug.c json.c private_file.c text.c
