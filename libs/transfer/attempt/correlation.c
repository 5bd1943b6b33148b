/*
 * The correlation vector of requests.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <ntsecapi.h>

#include "base/text.h"
#include "transfer/attempt/correlation.h"
#include "transfer/jobs/queue.h"

/* 16 random bytes in base64, without what fills it up. */
static void make_vector(char *vector, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    BYTE random[22];
    unsigned int i;

    if (!RtlGenRandom(random, sizeof(random))) memset(random, 0, sizeof(random)); /* no secret: it need not be unique */
    for (i = 0; i < sizeof(random) && i < size - 1; i++) vector[i] = digits[random[i] % 64];
    vector[i] = 0;
}

void job_next_correlation(struct job *job, char *line, size_t size)
{
    char *given = NULL;
    unsigned int number;

    EnterCriticalSection(&job->queue->lock);
    number = job->correlation_count++;
    if (job->strings[JOB_CORRELATION_VECTOR]) given = utf8_copy(job->strings[JOB_CORRELATION_VECTOR]);
    else if (!job->correlation[0]) make_vector(job->correlation, sizeof(job->correlation));
    LeaveCriticalSection(&job->queue->lock);
    if ((size_t)snprintf(line, size, "MS-CV: %s.1.%u\r\n", given ? given : job->correlation, number) >= size)
        line[0] = 0;
    free(given);
}
