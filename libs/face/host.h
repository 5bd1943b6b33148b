/*
 * A service that shows a queue through COM: what BITS and Delivery Optimization have in common.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_FACE_HOST_H
#define WINE_BITS_FACE_HOST_H

#include "face/face.h"

struct face_host
{
    const WCHAR *service; /* name of its key */
    const CLSID *const *classes;
    unsigned int class_count;
    const struct dialect *dialect;
    const struct queue_profile *profile;
    const WCHAR *directory; /* of the job store, below the ProgramData directory */
    BOOL obeys_cost;        /* jobs are held back by what the network costs */

    /* What the service has besides; may be NULL. started may fail, stopping comes before the queue ends. */
    HRESULT (*started)(struct face *face);
    void (*stopping)(struct face *face);
};

/* Before a call returns that may have started work on job: the program that called may end, and the work goes on.  May
 * take as long as a program needs to start; not under a lock. */
void face_hold_session(struct job *job);

/* job_resume, with the session held. */
transfer_code face_resume(struct job *job);

/* The body of ServiceMain. */
void face_host_run(const struct face_host *host);

#endif
