/*
 * What happened to jobs, for whoever notifies the clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_EVENT_H
#define WINE_BITS_TRANSFER_JOBS_EVENT_H

#include "transfer/jobs/job.h"

/* Add JOB_EVENT_... to what the reader of the job's events has not taken yet.  Locked. */
void event_post(struct job *job, uint32_t events);

#endif
