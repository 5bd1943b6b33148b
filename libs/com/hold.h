/*
 * The hold of the service on the Wine session, while jobs have work.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_HOLD_H
#define WINE_BITS_COM_HOLD_H

#include "transfer/transfer.h"

/* For the one service of this process, by its name.  FALSE: no memory. */
BOOL hold_init(const WCHAR *service);
void hold_cleanup(void);

/* The queue has work, or none.  Does not wait. */
void hold_set(BOOL working);

/* Be sure that the session is held.  May take as long as a program needs to start; not under a lock. */
void hold_ensure(void);

/* Before a call returns that may have started work on job: the program that called may end, and the work goes on.  As
 * hold_ensure. */
void hold_job(struct job *job);

/* job_resume, with the session held. */
transfer_code hold_resume(struct job *job);

#endif
