/*
 * The reply of an upload-reply job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_UPLOAD_REPLY_H
#define WINE_BITS_TRANSFER_UPLOAD_REPLY_H

#include "transfer/jobs/job.h"

/* The server has said where the reply is.  TRANSFER_E_INVALID_RESPONSE, ERROR_OUTOFMEMORY.  Unlocked. */
transfer_code reply_create(struct job *job, const char *url);

/* That is no longer true: delete what came of it.  Unlocked. */
void reply_forget(struct job *job);

#endif
