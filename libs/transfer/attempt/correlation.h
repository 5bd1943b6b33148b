/*
 * The correlation vector of requests: by it Microsoft's servers tell which of them belong together.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_ATTEMPT_CORRELATION_H
#define WINE_BITS_TRANSFER_ATTEMPT_CORRELATION_H

#include <stddef.h>

struct job;

#define CORRELATION_SIZE 256

/* The header line of the job's next request, "MS-CV: vector.1.N" with its end (D-359); "" when it is too long. */
void job_next_correlation(struct job *job, char *line, size_t size);

#endif
