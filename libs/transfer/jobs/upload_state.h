/*
 * What an upload keeps of its session with the server (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_UPLOAD_STATE_H
#define WINE_BITS_TRANSFER_JOBS_UPLOAD_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define UPLOAD_SESSION_MAX 100        /* characters (U-182) */
#define UPLOAD_HOST_MAX 300           /* U-183 */
#define UPLOAD_NO_FALLBACK UINT32_MAX /* never go back from the host that the server named (U-119) */

/* What an upload keeps of its session with the server and of the file it sends (U-101).  Changed by its run alone,
 * under the lock; how much the server has is the file's progress. */
struct upload_state
{
    char session[UPLOAD_SESSION_MAX + 1]; /* "" = none */
    char host[UPLOAD_HOST_MAX + 1];       /* that the server asked to use; "" = the remote name's */
    uint32_t fallback;                    /* seconds until that host is given up, UPLOAD_NO_FALLBACK */
    uint64_t fallback_at;                 /* FILETIME; 0 = the host is not unreachable */
    uint32_t fragment_limit;              /* bytes: longer ones were refused or took too long; 0 = none was yet */
    bool source_known;                    /* size and time stamp when the first packet was sent */
    uint64_t source_size;
    uint64_t source_written;
    bool closed;               /* the server knows that all is done */
    uint64_t cancelled_at;     /* FILETIME; the job was cancelled, its server does not know; 0 = not so */
    unsigned int odd_failures; /* one after the other; not stored */
};

#endif
