/*
 * What becomes of temporary files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_COMMIT_H
#define WINE_BITS_TRANSFER_JOBS_COMMIT_H

#include "transfer/jobs/job.h"

/* Complete: what is complete gets its name, what is not is deleted (B-610).  May be repeated after it was cut off at
 * any
 * point: a file whose temporary name is gone is recognised by its identity under its final one.  0 or the first error;
 * the other files have their names nevertheless (B-612).  Unlocked, while job->exclusive keeps others away. */
DWORD commit_files(struct job *job, BOOL *partial, BOOL *all_deleted);

/* B-613: of an upload only its reply is renamed. */
DWORD commit_reply(struct job *job);

BOOL commit_delete_temporary(struct file *file); /* TRUE: there is none any more */

/* Keep the handle of the temporary file, which is complete, for Complete: to open it anew costs as much under Wine as
 * to ask a server for it.  FALSE: it is the caller's to close.  Locked. */
BOOL commit_keep_handle(struct file *file, HANDLE handle);
/* Close what was kept, which is in the way of others who open the file. */
void commit_close_handle(struct file *file);
/* The same for all files: clients who have not completed their jobs by now may never do so.  Locked; releases the lock
 * meanwhile. */
void commit_close_all(struct queue *queue);

#endif
