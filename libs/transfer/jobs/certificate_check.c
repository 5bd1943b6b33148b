/*
 * Who judges the certificates of servers for a job's client.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "transfer/jobs/certificate_check.h"
#include "transfer/jobs/queue.h"

void certificate_check_destroy(struct certificate_check *check)
{
    if (!check) return;
    check->client.release(check->client.context);
    free(check);
}

void job_drop_certificate_check(struct job *job)
{
    struct certificate_check *check;

    EnterCriticalSection(&job->queue->lock);
    check = job->certificate_check;
    job->certificate_check = NULL;
    LeaveCriticalSection(&job->queue->lock);
    certificate_check_destroy(check);
}

transfer_code job_set_certificate_check(struct job *job, const struct job_certificate_check *client)
{
    struct certificate_check *check = NULL, *previous;
    transfer_code code;

    if (client && !(check = calloc(1, sizeof(*check))))
    {
        client->release(client->context);
        return ERROR_OUTOFMEMORY;
    }
    if (check) check->client = *client;
    if ((code = job_begin_change(job))) goto failed;
    if (job->state != JOB_SUSPENDED && job->state != JOB_ERROR && job->state != JOB_TRANSFERRED) /* B-064 */
    {
        job_end_change(job);
        code = TRANSFER_E_READ_ONLY_WHEN_ACTIVE;
        goto failed;
    }
    previous = job->certificate_check;
    job->certificate_check = check;
    job->numbers[JOB_CERTIFICATE_CHECKED] = check != NULL;
    job_modified(job);
    code = job_commit(job);
    certificate_check_destroy(previous);
    return code;

failed:
    certificate_check_destroy(check);
    return code;
}
