/*
 * Files whose bytes come in the order in which the client asks for them (B-480 to B-483).  All functions expect the
 * lock.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_ONDEMAND_H
#define WINE_BITS_TRANSFER_JOBS_ONDEMAND_H

#include "transfer/jobs/job.h"

/* Begin to keep such a file.  FALSE: no memory. */
BOOL ondemand_begin(struct file *file);
/* NULL is fine. */
void ondemand_free(struct ondemand *ondemand);

/* Whether the file is kept so.  Takes the lock. */
BOOL ondemand_is_active(struct file *file);

/* What to fetch now.  FALSE: nothing that is wanted is missing. */
BOOL ondemand_next_piece(struct file *file, struct file_range *piece);
/* Whether anything that was ever asked for is missing; the file is kept so. */
BOOL ondemand_has_request(const struct file *file);
/* Once the size of the file is known.  FALSE: a request was outside, and is forgotten. */
BOOL ondemand_check_requests(struct file *file);

/* Note that bytes were written at offset of the temporary file, as file_note_written does, and tell the client if it
 * wants to know.  FALSE: no memory. */
BOOL ondemand_add_bytes(struct file *file, uint64_t offset, uint64_t size);

#endif
