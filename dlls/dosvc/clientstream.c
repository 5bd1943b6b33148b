/*
 * Clients' streams as destinations of downloads.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "clientstream.h"
#include "com/call_pool.h"
#include "service/identity.h"

DEBUG_CHANNEL(dosvc);

struct client_stream
{
    LONG refs;
    struct com_service *service;
    DWORD client; /* process */
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
    call_pool_release(This->service->calls, This->client, (IUnknown *)This->stream);
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

static HRESULT make_target(struct com_service *service, IUnknown *object, struct job_stream *target)
{
    struct client_stream *This;
    HRESULT hr;

    if (!(This = calloc(1, sizeof(*This)))) return E_OUTOFMEMORY;
    This->refs = 1;
    This->service = service;
    This->client = identity_caller_process();
    if (FAILED(hr = IUnknown_QueryInterface(object, &IID_IStream, (void **)&This->stream)))
    {
        free(This);
        return hr;
    }
    target->context = This;
    target->write = client_stream_write;
    target->release = client_stream_release;
    return S_OK;
}

/* The object of what the library has, and the end of our reference to that. */
static HRESULT give_object(struct client_stream *This, IUnknown **object)
{
    if (!This) return E_NOT_SET;
    *object = (IUnknown *)This->stream;
    IUnknown_AddRef(*object);
    client_stream_release(This);
    return S_OK;
}

/* --- downloads ------------------------------------------------------------------------------ */

HRESULT client_stream_set(struct com_service *service, struct job *job, IUnknown *object)
{
    struct job_stream target;
    HRESULT hr;

    if (!object)
    {
        job_set_stream(job, NULL);
        return S_OK;
    }
    if (FAILED(hr = make_target(service, object, &target))) return hr;
    return job_set_stream(job, &target) ? E_OUTOFMEMORY : S_OK;
}

HRESULT client_stream_get(struct job *job, IUnknown **object)
{
    return give_object(job_get_stream(job, client_stream_addref), object);
}

BOOL client_stream_is_set(struct job *job)
{
    struct client_stream *This = job_get_stream(job, client_stream_addref);

    if (This) client_stream_release(This);
    return !!This;
}

/* --- files of jobs ---------------------------------------------------------------------------- */

HRESULT client_stream_set_for_file(struct com_service *service, struct file *file, IUnknown *object)
{
    struct job_stream target;
    HRESULT hr;

    if (!object) return com_result(service, file_set_stream(file, NULL));
    if (FAILED(hr = make_target(service, object, &target))) return hr;
    return com_result(service, file_set_stream(file, &target));
}

HRESULT client_stream_get_of_file(struct file *file, IUnknown **object)
{
    return give_object(file_get_stream(file, client_stream_addref), object);
}
