/*
 * Bytes handed to an object of the client instead of a file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The object may be slow or hang.  So a thread of its own calls it, with a copy of the bytes; whoever brings more
 * waits until that is done (D-154), and can be told to wait no longer.  Bytes that were accepted are given to the
 * object once, in order, whatever becomes of the transfer (D-151).
 */

#ifndef WINE_BITS_TRANSFER_JOBS_STREAM_H
#define WINE_BITS_TRANSFER_JOBS_STREAM_H

#include "transfer/transfer.h"

struct stream;

#define STREAM_BLOCK_SIZE (256 * 1024)

/* Takes over target, whose release is called even when there is no memory.  One reference. */
struct stream *stream_create(const struct job_stream *target);
void stream_addref(struct stream *stream);
void stream_release(struct stream *stream); /* NULL is fine; calls the object: hold no lock */

/* Hand over at most STREAM_BLOCK_SIZE bytes.  0; ERROR_OPERATION_ABORTED, with nothing taken, once *stop is
 * set; what the object answered to earlier bytes. */
transfer_code stream_write(struct stream *stream, const void *data, size_t size, const _Atomic(LONG) *stop);

/* Wait until the object has everything: results as above. */
transfer_code stream_flush(struct stream *stream, const _Atomic(LONG) *stop);

/* Of the target. */
void *stream_context(const struct stream *stream);

/* Somebody has set a *stop: look. */
void stream_wake(struct stream *stream);

#endif
