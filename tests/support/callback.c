/*
 * A callback object for tests: remembers its calls, does what the test wants inside them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/client.h"
#include "wine/test.h"

static struct callback *impl_from_IBackgroundCopyCallback3(IBackgroundCopyCallback3 *iface)
{
    return CONTAINING_RECORD(iface, struct callback, IBackgroundCopyCallback3_iface);
}

static HRESULT STDMETHODCALLTYPE callback_QueryInterface(IBackgroundCopyCallback3 *iface, REFIID iid, void **out)
{
    struct callback *callback = impl_from_IBackgroundCopyCallback3(iface);

    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback) ||
        (callback->version >= 2 && IsEqualIID(iid, &IID_IBackgroundCopyCallback2)) ||
        (callback->version >= 3 && IsEqualIID(iid, &IID_IBackgroundCopyCallback3)))
    {
        IBackgroundCopyCallback3_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE callback_AddRef(IBackgroundCopyCallback3 *iface)
{
    struct callback *callback = impl_from_IBackgroundCopyCallback3(iface);
    ULONG refs;

    EnterCriticalSection(&callback->lock);
    refs = ++callback->refs;
    ResetEvent(callback->released);
    LeaveCriticalSection(&callback->lock);
    return refs;
}

static ULONG STDMETHODCALLTYPE callback_Release(IBackgroundCopyCallback3 *iface)
{
    struct callback *callback = impl_from_IBackgroundCopyCallback3(iface);
    ULONG refs;

    EnterCriticalSection(&callback->lock);
    refs = --callback->refs;
    if (refs == 1) SetEvent(callback->released);
    LeaveCriticalSection(&callback->lock);
    if (!refs)
    {
        CloseHandle(callback->called);
        CloseHandle(callback->released);
        DeleteCriticalSection(&callback->lock);
        free(callback);
    }
    return refs;
}

static void note_call(struct callback *callback, enum callback_kind kind, IBackgroundCopyJob *job)
{
    GUID id;
    HRESULT hr = IBackgroundCopyJob_GetId(job, &id);

    EnterCriticalSection(&callback->lock);
    if (SUCCEEDED(hr)) callback->job_id = id;
    callback->thread = GetCurrentThreadId();
    if (++callback->running > callback->most_running) callback->most_running = callback->running;
    LeaveCriticalSection(&callback->lock);
}

/* Counted at the end: who waits for a call finds its effects. */
static void note_end(struct callback *callback, enum callback_kind kind)
{
    EnterCriticalSection(&callback->lock);
    callback->running--;
    callback->count[kind]++;
    if (callback->order_count < CALLBACK_ORDER_SIZE) callback->order[callback->order_count++] = kind;
    SetEvent(callback->called);
    LeaveCriticalSection(&callback->lock);
}

static HRESULT handle_call(struct callback *callback, enum callback_kind kind, IBackgroundCopyJob *job,
                           IBackgroundCopyError *error, IBackgroundCopyFile *file)
{
    HRESULT hr = callback->result[kind];

    note_call(callback, kind, job);
    if (callback->hook[kind]) hr = callback->hook[kind](callback, job, error, file);
    note_end(callback, kind);
    return hr;
}

static HRESULT STDMETHODCALLTYPE callback_JobTransferred(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job)
{
    return handle_call(impl_from_IBackgroundCopyCallback3(iface), CALLBACK_TRANSFERRED, job, NULL, NULL);
}

static HRESULT STDMETHODCALLTYPE callback_JobError(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                                   IBackgroundCopyError *error)
{
    return handle_call(impl_from_IBackgroundCopyCallback3(iface), CALLBACK_ERROR, job, error, NULL);
}

static HRESULT STDMETHODCALLTYPE callback_JobModification(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                                          DWORD reserved)
{
    ok(!reserved, "JobModification got %lu", reserved); /* B-656 */
    return handle_call(impl_from_IBackgroundCopyCallback3(iface), CALLBACK_MODIFICATION, job, NULL, NULL);
}

static HRESULT STDMETHODCALLTYPE callback_FileTransferred(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                                          IBackgroundCopyFile *file)
{
    return handle_call(impl_from_IBackgroundCopyCallback3(iface), CALLBACK_FILE, job, NULL, file);
}

static HRESULT STDMETHODCALLTYPE callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface,
                                                                IBackgroundCopyJob *job, IBackgroundCopyFile *file,
                                                                DWORD count, const BG_FILE_RANGE *ranges)
{
    return handle_call(impl_from_IBackgroundCopyCallback3(iface), CALLBACK_RANGES, job, NULL, file);
}

/* clang-format off */
static const IBackgroundCopyCallback3Vtbl callback_vtbl =
{
    callback_QueryInterface,
    callback_AddRef,
    callback_Release,
    callback_JobTransferred,
    callback_JobError,
    callback_JobModification,
    callback_FileTransferred,
    callback_FileRangesTransferred,
};
/* clang-format on */

struct callback *callback_create(int version)
{
    struct callback *callback = calloc(1, sizeof(*callback));

    if (!ok(callback != NULL, "out of memory")) return NULL;
    callback->IBackgroundCopyCallback3_iface.lpVtbl = (IBackgroundCopyCallback3Vtbl *)&callback_vtbl;
    callback->refs = 1;
    callback->version = version;
    InitializeCriticalSection(&callback->lock);
    callback->called = CreateEventW(NULL, TRUE, FALSE, NULL);
    callback->released = CreateEventW(NULL, TRUE, TRUE, NULL);
    return callback;
}

IUnknown *callback_unknown(struct callback *callback)
{
    return (IUnknown *)&callback->IBackgroundCopyCallback3_iface;
}

unsigned int callback_count(struct callback *callback, enum callback_kind kind)
{
    unsigned int count;

    EnterCriticalSection(&callback->lock);
    count = callback->count[kind];
    LeaveCriticalSection(&callback->lock);
    return count;
}

BOOL callback_wait(struct callback *callback, enum callback_kind kind, unsigned int count, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms, now = 0;
    unsigned int calls;

    do {
        EnterCriticalSection(&callback->lock);
        calls = callback->count[kind];
        ResetEvent(callback->called);
        LeaveCriticalSection(&callback->lock);
        if (calls >= count) return TRUE;
        now = GetTickCount64();
    } while (now < deadline && client_wait(callback->called, (DWORD)(deadline - now)));
    return callback_count(callback, kind) >= count;
}

BOOL callback_wait_released(struct callback *callback, DWORD timeout_ms)
{
    return client_wait(callback->released, timeout_ms);
}

void callback_destroy(struct callback *callback)
{
    if (!callback) return;
    ok(callback_wait_released(callback, SOON_MS), "%ld references to the callback object are left",
       (long)callback->refs - 1);
    IBackgroundCopyCallback3_Release(&callback->IBackgroundCopyCallback3_iface);
}
