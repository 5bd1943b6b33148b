/*
 * Moving the file of an upload.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_UPLOAD_UPLOAD_H
#define WINE_BITS_TRANSFER_UPLOAD_UPLOAD_H

#include "transfer/jobs/job.h"

/* Transfer one file, with the reply of an upload-reply job; buffer is the run's.  Called without the lock.
 * failure->code is 0 when the server has everything, ERROR_OPERATION_ABORTED when the run was stopped. */
void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                 struct transfer_failure *failure);

/* End the session of a cancelled job with its server, or delete the partial copy on a share.  FALSE: try again. */
BOOL upload_cancel_session(struct run *run);

#endif
