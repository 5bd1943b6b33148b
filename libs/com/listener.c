/*
 * Clients' callback objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "com/call_pool.h"
#include "com/listener.h"

DEBUG_CHANNEL(bitsnotify);

static void free_listener(void *context)
{
    struct listener *listener = context;

    if (listener->callback3) IBackgroundCopyCallback3_Release(listener->callback3);
    if (listener->callback2) IBackgroundCopyCallback2_Release(listener->callback2);
    if (listener->callback) IBackgroundCopyCallback_Release(listener->callback);
    IUnknown_Release(listener->object);
    free(listener);
}

HRESULT listener_create(struct com_service *service, IUnknown *object, DWORD process, BOOL from_class,
                        struct listener **out)
{
    struct listener *listener;
    HRESULT hr;

    *out = NULL;
    if (!(listener = calloc(1, sizeof(*listener)))) return E_OUTOFMEMORY;
    hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback, (void **)&listener->callback);
    if (FAILED(hr) && from_class && service->profile->adapt_callback)
        hr = service->profile->adapt_callback(service, object, &listener->callback); /* B-904 */
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
    listener->service = service;
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

void listener_release(struct listener *listener)
{
    if (!listener || InterlockedDecrement(&listener->refs)) return;
    call_pool_run_release(listener->service->calls, listener->process, free_listener, listener);
}
