pe_libs += base
base_dir = libs/base
base_sources = access.c crash.c debug.c json.c private_file.c scm.c text.c wording.c
