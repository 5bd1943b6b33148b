pe_libs += transfer
transfer_dir = libs/transfer
transfer_sources = queue.c job.c property.c file.c job_record.c event.c scheduler.c download.c upload.c packet.c reply.c settings.c \
	sink.c stream.c single.c \
	failure.c names.c policy.c secret.c record.c journal.c store.c store_win32.c
