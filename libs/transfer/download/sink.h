/*
 * Where the bytes of a file land.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Results are Win32 error codes.
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_SINK_H
#define WINE_BITS_TRANSFER_DOWNLOAD_SINK_H

#include <stdint.h>
#include <windows.h>

#include "transfer/jobs/file.h"

struct sink
{
    struct stream *stream;     /* in place of the file, with a reference */
    const _Atomic(LONG) *stop; /* ends a wait for the stream */
    HANDLE handle;
    uint64_t position;             /* of what is written next */
    uint64_t end;                  /* size of the file */
    FILETIME written;              /* time stamps for sink_finish; zero: leave them */
    FILETIME created;              /* zero: the same */
    struct file_identity identity; /* of the complete file, set by sink_finish */
};

void sink_init(struct sink *sink);

/* Make a hidden file (B-413) that does not exist yet; ERROR_FILE_EXISTS. */
DWORD sink_create(struct sink *sink, const WCHAR *path);

/* Open for writing at position: 0 makes the file (hidden: with that attribute, B-413); else it must exist and be at
 * least that long (ERROR_FILE_NOT_FOUND, ERROR_HANDLE_EOF). */
DWORD sink_open(struct sink *sink, const WCHAR *path, uint64_t position, BOOL hidden);

/* What is written next goes there; the file may be longer or shorter. */
void sink_seek(struct sink *sink, uint64_t position);

/* Hand bytes to a stream instead, until *stop is set; a reference to it is taken over. */
void sink_open_stream(struct sink *sink, struct stream *stream, const _Atomic(LONG) *stop);

/* A stream takes STREAM_BLOCK_SIZE bytes at most, and answers HRESULTs too. */
DWORD sink_write(struct sink *sink, const void *data, size_t size);

/* Write to a place of an open file, beside others that write to other places of it: nothing of the sink changes, and
 * whoever calls sink_finish sets its end before. */
DWORD sink_write_at(const struct sink *sink, uint64_t position, const void *data, size_t size);

/* Forget everything written; a stream cannot. */
DWORD sink_restart(struct sink *sink);

/* Onto the disk with what was written. */
DWORD sink_flush(struct sink *sink);

/* The file is complete with size bytes: cut what is beyond, set the time stamps, flush and close.  Of a small file
 * flush and close are left to the caller: *unflushed is its handle then, else INVALID_HANDLE_VALUE. */
DWORD sink_finish(struct sink *sink, uint64_t size, HANDLE *unflushed);

/* Harmless when closed. */
void sink_close(struct sink *sink);

#endif
