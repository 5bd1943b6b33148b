/*
 * Who judges the certificates of servers for a job's client.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_CERTIFICATE_CHECK_H
#define WINE_BITS_TRANSFER_JOBS_CERTIFICATE_CHECK_H

#include "transfer/jobs/job.h"

#define CERTIFICATE_HASH_SIZE 20
#define CERTIFICATE_APPROVALS_MAX 64

/* What the client has accepted: remembered for the job, as long as the same client is registered. */
struct certificate_approval
{
    char host[256];
    uint16_t port;
    BYTE hash[CERTIFICATE_HASH_SIZE];
};

/* Of a job; protected by the queue's lock. */
struct certificate_check
{
    struct job_certificate_check client;
    unsigned int count;
    struct certificate_approval approvals[CERTIFICATE_APPROVALS_MAX];
};

/* The job is over: its client is released.  Unlocked. */
void job_drop_certificate_check(struct job *job);

/* Release the client.  NULL is fine.  Unlocked. */
void certificate_check_destroy(struct certificate_check *check);

#endif
