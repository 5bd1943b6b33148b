/*
 * A service that shows a queue through COM: what BITS and Delivery Optimization have in common.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_HOST_H
#define WINE_BITS_COM_HOST_H

#include "com/com.h"

struct com_host
{
    const WCHAR *service; /* name of its key */
    const CLSID *const *classes;
    unsigned int class_count;
    const struct com_profile *profile;
    const struct queue_profile *queue_profile;
    const WCHAR *directory; /* of the job store, below the ProgramData directory */
    BOOL obeys_cost;        /* jobs are held back by what the network costs */

    /* What the service has besides; may be NULL. started may fail, stopping comes before the queue ends. */
    HRESULT (*started)(struct com_service *service);
    void (*stopping)(struct com_service *service);
};

/* The body of ServiceMain. */
void com_host_run(const struct com_host *host);

#endif
