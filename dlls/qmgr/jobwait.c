/*
 * What a job waits for: IWineBitsJobWait.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "qmgr.h"

DEBUG_CHANNEL(qmgr);

static HRESULT STDMETHODCALLTYPE wait_GetWait(IWineBitsJobWait *iface, WINEBITS_WAIT *reason, GUID *job,
                                              FILETIME *until)
{
    static const WINEBITS_WAIT reasons[] = {
        [JOB_WAITS_FOR_NOTHING] = WINEBITS_WAIT_NONE,    [JOB_WAITS_FOR_TURN] = WINEBITS_WAIT_TURN,
        [JOB_WAITS_FOR_WORKER] = WINEBITS_WAIT_WORKER,   [JOB_WAITS_FOR_RETRY] = WINEBITS_WAIT_RETRY,
        [JOB_WAITS_FOR_NETWORK] = WINEBITS_WAIT_NETWORK, [JOB_WAITS_FOR_COST] = WINEBITS_WAIT_COST,
        [JOB_WAITS_FOR_POLICY] = WINEBITS_WAIT_POLICY,
    };
    struct com_job *This = com_extension_object(iface);
    struct job_wait wait;

    TRACE("(%p, %p, %p, %p)\n", This, reason, job, until);
    if (!reason || !job || !until) return E_INVALIDARG;
    decide_get_wait(This->job, &wait);
    *reason = reasons[wait.reason];
    *job = wait.job;
    *until = wait.until;
    return S_OK;
}

/* clang-format off */
const IWineBitsJobWaitVtbl job_wait_vtbl =
{
    COM_EXTENSION_UNKNOWN(IWineBitsJobWait),
    wait_GetWait,
};
/* clang-format on */
