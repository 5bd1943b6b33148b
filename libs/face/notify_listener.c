/*
 * Clients' callback objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "face/notify_private.h"

DEBUG_CHANNEL(bitsnotify);

static void free_listener(struct listener *listener)
{
    if (listener->callback3) IBackgroundCopyCallback3_Release(listener->callback3);
    if (listener->callback2) IBackgroundCopyCallback2_Release(listener->callback2);
    if (listener->callback) IBackgroundCopyCallback_Release(listener->callback);
    IUnknown_Release(listener->object);
    free(listener);
}

HRESULT listener_create(struct notifier *notifier, IUnknown *object, DWORD process, BOOL from_class,
                        struct listener **out)
{
    struct listener *listener;
    HRESULT hr;

    *out = NULL;
    if (!(listener = calloc(1, sizeof(*listener)))) return E_OUTOFMEMORY;
    hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback, (void **)&listener->callback);
    if (FAILED(hr) && from_class && notifier->face->dialect->adapt_callback)
        hr = notifier->face->dialect->adapt_callback(notifier->face, object, &listener->callback); /* B-904 */
    if (FAILED(hr))
    {
        WARN("the object of %04lx cannot be called, hr %#lx\n", process, hr);
        free(listener);
        return hr;
    }
    if (FAILED(IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback2, (void **)&listener->callback2)))
        listener->callback2 = NULL;
    if (FAILED(IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback3, (void **)&listener->callback3)))
        listener->callback3 = NULL;
    IUnknown_AddRef(object);
    listener->object = object;
    listener->refs = 1;
    listener->notifier = notifier;
    listener->process = process;
    listener->from_class = from_class;
    *out = listener;
    return S_OK;
}

struct listener *listener_addref(struct listener *listener)
{
    if (listener) InterlockedIncrement(&listener->refs);
    return listener;
}

static void release_ended(struct notifier *notifier)
{
    EnterCriticalSection(&notifier->lock);
    notifier->releases--;
    WakeAllConditionVariable(&notifier->quiet);
    LeaveCriticalSection(&notifier->lock);
}

/* The last Release is a call to the client, who may hang. */
static void CALLBACK release_thread(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct listener *listener = context;
    struct notifier *notifier = listener->notifier;

    CallbackMayRunLong(instance);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    free_listener(listener);
    CoUninitialize();
    release_ended(notifier);
}

void listener_release(struct listener *listener)
{
    struct notifier *notifier;

    if (!listener || InterlockedDecrement(&listener->refs)) return;
    notifier = listener->notifier;
    EnterCriticalSection(&notifier->lock);
    notifier->releases++;
    LeaveCriticalSection(&notifier->lock);
    if (TrySubmitThreadpoolCallback(release_thread, listener, &notifier->environment)) return;
    WARN("no thread for a release, error %lu\n", GetLastError());
    free_listener(listener);
    release_ended(notifier);
}
