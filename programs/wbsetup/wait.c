/*
 * Waiting until the queue of BITS has nothing left to do.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program that waits keeps the Wine session alive, whatever HoldSession says.  There is no event for "nothing left",
 * so this looks once a second.
 */

#include <stdlib.h>
#include <windows.h>
#include <ole2.h>

#include "base/scm.h"
#include "bitsapi.h"
#include "wbsetup.h"

#define INTERVAL_MS 1000

/* A service that was killed is activated again; what cannot be activated for so long is out of order. */
#define ATTEMPTS 30

struct tally
{
    unsigned int working; /* jobs that go on by themselves */
    unsigned int failed;  /* jobs in ERROR */
};

static void count_job(IBackgroundCopyJob *job, struct tally *tally)
{
    BG_JOB_STATE state;

    /* What ended since it was listed is of no interest. */
    if (FAILED(IBackgroundCopyJob_GetState(job, &state))) return;
    switch (state)
    {
    case BG_JOB_STATE_QUEUED:
    case BG_JOB_STATE_CONNECTING:
    case BG_JOB_STATE_TRANSFERRING:
    case BG_JOB_STATE_TRANSIENT_ERROR: tally->working++; break;
    case BG_JOB_STATE_ERROR: tally->failed++; break;
    default: break;
    }
}

/* The jobs of everybody, where the user may see them. */
static HRESULT list_jobs(IBackgroundCopyManager *manager, IEnumBackgroundCopyJobs **jobs)
{
    HRESULT hr = IBackgroundCopyManager_EnumJobs(manager, BG_JOB_ENUM_ALL_USERS, jobs);

    return hr == E_ACCESSDENIED ? IBackgroundCopyManager_EnumJobs(manager, 0, jobs) : hr;
}

/* Connected anew each time: the service may have been killed since. */
static HRESULT count_jobs(struct tally *tally)
{
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    HRESULT hr;

    memset(tally, 0, sizeof(*tally));
    scm_wait_for_rpcss(); /* where this fails, the next call says so */
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                          (void **)&manager);
    if (FAILED(hr)) return hr;
    if (SUCCEEDED(hr = list_jobs(manager, &jobs)))
    {
        while ((hr = IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL)) == S_OK)
        {
            count_job(job, tally);
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    IBackgroundCopyManager_Release(manager);
    return FAILED(hr) ? hr : S_OK;
}

/* "12", or NULL for no limit: milliseconds, ~0 = none. */
static BOOL read_timeout(const char *text, ULONGLONG *timeout)
{
    unsigned long seconds;
    char *end;

    *timeout = ~(ULONGLONG)0;
    if (!text) return TRUE;
    seconds = strtoul(text, &end, 10);
    if (end == text || *end || *text < '0' || *text > '9') return FALSE;
    *timeout = seconds * 1000ull;
    return TRUE;
}

enum result wait_for_jobs(const char *argument)
{
    ULONGLONG start = GetTickCount64(), timeout, passed;
    unsigned int attempts = 0;
    struct tally tally;
    HRESULT hr;

    if (!read_timeout(argument, &timeout)) return RESULT_USAGE;
    for (;;)
    {
        if (SUCCEEDED(hr = count_jobs(&tally)))
        {
            attempts = 0;
            if (!tally.working) break;
        }
        else if (++attempts == ATTEMPTS || hr == REGDB_E_CLASSNOTREG)
        {
            complain(hr, L"BITS cannot be reached");
            return RESULT_NOT_INSTALLED;
        }
        passed = GetTickCount64() - start;
        if (passed >= timeout)
        {
            say(L"The time is over: %u jobs are not done.\n", tally.working);
            return RESULT_TIME_IS_OVER;
        }
        Sleep((DWORD)min(INTERVAL_MS, timeout - passed));
    }
    if (tally.failed) say(L"Nothing is left to do, but %u jobs are in error.\n", tally.failed);
    return tally.failed ? RESULT_PROBLEM : RESULT_OK;
}
