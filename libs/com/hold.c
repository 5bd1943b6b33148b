/*
 * The hold of the service on the Wine session, while jobs have work.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "com/hold.h"
#include "service/session.h"

static struct session_hold *hold;

BOOL hold_init(const WCHAR *service)
{
    return (hold = session_hold_create(service)) != NULL;
}

void hold_cleanup(void)
{
    session_hold_destroy(hold);
    hold = NULL;
}

void hold_set(BOOL working)
{
    session_hold_set(hold, working);
}

void hold_ensure(void)
{
    if (hold) session_hold_ensure(hold);
}

void hold_job(struct job *job)
{
    if (job_get_state(job) == JOB_QUEUED) hold_ensure();
}

transfer_code hold_resume(struct job *job)
{
    transfer_code code = job_resume(job);

    /* Whatever its state is by now: it may have begun. */
    if (!code) hold_ensure();
    return code;
}
