/*
 * Waiting for the end of jobs, with as little work in the client as possible.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"
#include "wine/test.h"

/* How often jobs are asked that were not heard of: Wine's own service reports no errors. */
#define ASK_INTERVAL_MS 2000

static struct watch *impl_from_IBackgroundCopyCallback(IBackgroundCopyCallback *iface)
{
    return CONTAINING_RECORD(iface, struct watch, IBackgroundCopyCallback_iface);
}

static HRESULT STDMETHODCALLTYPE watch_QueryInterface(IBackgroundCopyCallback *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback))
    {
        IBackgroundCopyCallback_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE watch_AddRef(IBackgroundCopyCallback *iface)
{
    return InterlockedIncrement(&impl_from_IBackgroundCopyCallback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE watch_Release(IBackgroundCopyCallback *iface)
{
    return InterlockedDecrement(&impl_from_IBackgroundCopyCallback(iface)->refs);
}

static void note_end(struct watch *watch, double when, BOOL failed)
{
    if (watch->ended) return;
    watch->ended = when;
    watch->failed = failed;
    if (failed) InterlockedIncrement(&watch->tally->failed);
    if (!InterlockedDecrement(&watch->tally->left)) SetEvent(watch->tally->none_left);
}

static HRESULT STDMETHODCALLTYPE watch_JobTransferred(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job)
{
    note_end(impl_from_IBackgroundCopyCallback(iface), now_ms(), FALSE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE watch_JobError(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                IBackgroundCopyError *error)
{
    note_end(impl_from_IBackgroundCopyCallback(iface), now_ms(), TRUE);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE watch_JobModification(IBackgroundCopyCallback *iface, IBackgroundCopyJob *job,
                                                       DWORD reserved)
{
    return S_OK;
}

/* clang-format off */
static const IBackgroundCopyCallbackVtbl watch_vtbl =
{
    watch_QueryInterface,
    watch_AddRef,
    watch_Release,
    watch_JobTransferred,
    watch_JobError,
    watch_JobModification,
};
/* clang-format on */

BOOL tally_init(struct tally *tally, unsigned int count)
{
    tally->left = count;
    tally->failed = 0;
    tally->none_left = CreateEventW(NULL, TRUE, !count, NULL);
    return ok(tally->none_left != NULL, "no event: error %lu", GetLastError());
}

void tally_cleanup(struct tally *tally)
{
    CloseHandle(tally->none_left);
}

static void ask_states(struct watch *watches, unsigned int count)
{
    BG_JOB_STATE state;
    unsigned int i;

    for (i = 0; i < count; i++)
        if (!watches[i].ended && IBackgroundCopyJob_GetState(watches[i].job, &state) == S_OK &&
            state == BG_JOB_STATE_ERROR)
            note_end(&watches[i], now_ms(), TRUE);
}

BOOL tally_wait(struct tally *tally, struct watch *watches, unsigned int count, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;

    while (WaitForSingleObject(tally->none_left, ASK_INTERVAL_MS) == WAIT_TIMEOUT && GetTickCount64() < deadline)
        ask_states(watches, count);
    return ok(!tally->left, "%ld of %u jobs have not ended", tally->left, count);
}

BOOL watch_create_job(struct watch *watch, struct tally *tally, IBackgroundCopyManager *manager, BG_JOB_TYPE type)
{
    HRESULT hr;

    memset(watch, 0, sizeof(*watch));
    watch->IBackgroundCopyCallback_iface.lpVtbl = (IBackgroundCopyCallbackVtbl *)&watch_vtbl;
    watch->refs = 1;
    watch->tally = tally;
    if (!(watch->job = client_job(manager, type))) return FALSE;
    hr = IBackgroundCopyJob_SetPriority(watch->job, option_number("priority", BG_JOB_PRIORITY_FOREGROUND));
    if (hr == S_OK) hr = IBackgroundCopyJob_SetNotifyFlags(watch->job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    if (hr == S_OK)
        hr = IBackgroundCopyJob_SetNotifyInterface(watch->job, (IUnknown *)&watch->IBackgroundCopyCallback_iface);
    return ok(hr == S_OK, "the job cannot be set up: %#lx", hr);
}

struct watch *watches_create(unsigned int count)
{
    struct watch *watches = calloc(count, sizeof(*watches));

    ok(watches != NULL, "no memory");
    return watches;
}

void watches_destroy(struct watch *watches, unsigned int count)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    BOOL held = FALSE;
    unsigned int i;

    for (i = 0; watches && i < count; i++)
    {
        if (watches[i].job) IBackgroundCopyJob_Release(watches[i].job);
        /* Wine's own service never gives it back. */
        while (watches[i].refs > 1 && !option("builtin", NULL) && GetTickCount64() < deadline) Sleep(1);
        held = held || watches[i].refs > 1;
    }
    if (!held) free(watches);
}
