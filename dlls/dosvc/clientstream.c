/*
 * The client's stream as the library knows it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "download.h"

DEBUG_CHANNEL(dosvc);

struct client_stream
{
    LONG refs;
    IStream *stream;
};

static void client_stream_addref(void *context)
{
    struct client_stream *This = context;

    InterlockedIncrement(&This->refs);
}

static void client_stream_release(void *context)
{
    struct client_stream *This = context;

    if (InterlockedDecrement(&This->refs)) return;
    release_later((IUnknown *)This->stream);
    free(This);
}

/* How much the client says that it took does not matter: success means everything (D-149). */
static transfer_code client_stream_write(void *context, const void *data, size_t size)
{
    struct client_stream *This = context;
    ULONG written = 0;
    HRESULT hr = IStream_Write(This->stream, data, size, &written);

    return SUCCEEDED(hr) ? TRANSFER_OK : (transfer_code)hr;
}

HRESULT download_set_stream(struct job *job, IUnknown *object)
{
    struct job_stream target = {.write = client_stream_write, .release = client_stream_release};
    struct client_stream *This;
    HRESULT hr;

    if (!object)
    {
        job_set_stream(job, NULL);
        return S_OK;
    }
    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->refs = 1;
    if (FAILED(hr = IUnknown_QueryInterface(object, &IID_IStream, (void **)&This->stream)))     /* D-148 */
    {
        free(This);
        return hr;
    }
    target.context = This;
    return job_set_stream(job, &target) ? E_OUTOFMEMORY : S_OK;
}

HRESULT download_get_stream(struct job *job, IUnknown **object)
{
    struct client_stream *This = job_get_stream(job, client_stream_addref);

    if (!This) return E_NOT_SET;
    *object = (IUnknown *)This->stream;
    IUnknown_AddRef(*object);
    client_stream_release(This);
    return S_OK;
}

BOOL download_has_stream(struct job *job)
{
    struct client_stream *This = job_get_stream(job, client_stream_addref);

    if (This) client_stream_release(This);
    return !!This;
}
