pe_libs += transfer
transfer_dir = libs/transfer
transfer_sources = queue.c job.c property.c file.c job_record.c event.c scheduler.c commit.c \
	download.c download_pieces.c download_fetch.c download_body.c download_parts.c download_copy.c \
	upload.c packet.c reply.c settings.c sink.c writeback.c stream.c single.c target.c integrity.c piecehash.c json.c \
	cacheserver.c cacheurl.c random.c rangeset.c parts.c certcheck.c bandwidth.c pace.c idle.c policywatch.c network.c \
	failure.c names.c exactname.c policy.c secret.c record.c journal.c store.c store_win32.c
