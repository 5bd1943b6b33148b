/*
 * Downloads, and the client's objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

/* --- downloads ------------------------------------------------------------------------ */

IDODownload *download_new(struct fixture *fixture)
{
    IDODownload *object = NULL;
    HRESULT hr = IDOManager_CreateDownload(fixture->manager, &object);

    ok(hr == S_OK, "CreateDownload returned %#lx", hr);
    return SUCCEEDED(hr) ? object : NULL;
}

BOOL download_begin(struct download *download, struct fixture *fixture, const WCHAR *path)
{
    download->fixture = fixture;
    client_path(download->local);
    server_url(fixture->server, path, download->url, ARRAYSIZE(download->url));
    if (!(download->object = download_new(fixture))) return FALSE;
    ok_hr(set_text(download->object, DODownloadProperty_Uri, download->url), S_OK);
    ok_hr(set_text(download->object, DODownloadProperty_LocalPath, download->local), S_OK);
    return TRUE;
}

void download_end(struct download *download)
{
    DO_DOWNLOAD_STATUS status;

    if (!download->object) return;
    status = download_status(download->object);
    if (status.State != DODownloadState_Finalized && status.State != DODownloadState_Aborted)
        ok_hr(IDODownload_Abort(download->object), S_OK);
    IDODownload_Release(download->object);
    download->object = NULL;
}

DO_DOWNLOAD_STATUS download_status(IDODownload *object)
{
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    memset(&status, 0xcc, sizeof(status));
    hr = IDODownload_GetStatus(object, &status);
    ok(hr == S_OK, "GetStatus returned %#lx", hr);
    return status;
}

/* There is no event for whoever has no callback: Windows' own clients ask again and again as well (D-453). */
BOOL download_wait(IDODownload *object, DODownloadState state, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    DO_DOWNLOAD_STATUS status;

    while ((status = download_status(object)).State != state && GetTickCount64() < deadline) client_pause(20);
    return ok(status.State == state, "state %d instead of %d after %lu ms, %llu of %llu bytes, errors %#lx %#lx",
              status.State, state, timeout_ms, status.BytesTransferred, status.BytesTotal, status.Error,
              status.ExtendedError);
}

HRESULT download_start(IDODownload *object)
{
    const DO_DOWNLOAD_RANGES_INFO ranges = {0};

    return IDODownload_Start(object, &ranges);
}

HRESULT download_start_ranges(IDODownload *object, const DO_DOWNLOAD_RANGE *ranges, unsigned int count)
{
    DO_DOWNLOAD_RANGES_INFO *info = calloc(1, offsetof(DO_DOWNLOAD_RANGES_INFO, Ranges) + count * sizeof(*ranges));
    HRESULT hr;

    info->RangeCount = count;
    memcpy(info->Ranges, ranges, count * sizeof(*ranges));
    hr = IDODownload_Start(object, info);
    free(info);
    return hr;
}

HRESULT set_text(IDODownload *object, DODownloadProperty id, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDODownload_SetProperty(object, id, &value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

HRESULT set_number(IDODownload *object, DODownloadProperty id, ULONG number)
{
    VARIANT value;

    V_VT(&value) = VT_UI4;
    V_UI4(&value) = number;
    return IDODownload_SetProperty(object, id, &value);
}

HRESULT set_bool(IDODownload *object, DODownloadProperty id, BOOL set)
{
    VARIANT value;

    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = set ? VARIANT_TRUE : VARIANT_FALSE;
    return IDODownload_SetProperty(object, id, &value);
}

HRESULT set_object(IDODownload *object, DODownloadProperty id, void *unknown)
{
    VARIANT value;

    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = unknown;
    return IDODownload_SetProperty(object, id, &value);
}

const WCHAR *get_text(IDODownload *object, DODownloadProperty id)
{
    static __thread WCHAR buffers[4][2048];
    static __thread unsigned int next;
    WCHAR *buffer = buffers[next++ % ARRAYSIZE(buffers)];
    VARIANT value;
    HRESULT hr;

    *buffer = 0;
    VariantInit(&value);
    hr = IDODownload_GetProperty(object, id, &value);
    if (ok(hr == S_OK && V_VT(&value) == VT_BSTR, "GetProperty(%d) returned %#lx, type %d", id, hr, V_VT(&value)))
        lstrcpynW(buffer, V_BSTR(&value) ? V_BSTR(&value) : L"", ARRAYSIZE(buffers[0]));
    VariantClear(&value);
    return buffer;
}

HRESULT get_result(IDODownload *object, DODownloadProperty id)
{
    VARIANT value;
    HRESULT hr;

    VariantInit(&value);
    hr = IDODownload_GetProperty(object, id, &value);
    VariantClear(&value);
    return hr;
}

/* --- the callback ------------------------------------------------------------------------------- */

static struct status_callback *impl_from_IDODownloadStatusCallback(IDODownloadStatusCallback *iface)
{
    return CONTAINING_RECORD(iface, struct status_callback, IDODownloadStatusCallback_iface);
}

static HRESULT STDMETHODCALLTYPE status_callback_QueryInterface(IDODownloadStatusCallback *iface, REFIID iid,
                                                                void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IDODownloadStatusCallback))
    {
        IDODownloadStatusCallback_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE status_callback_AddRef(IDODownloadStatusCallback *iface)
{
    return InterlockedIncrement(&impl_from_IDODownloadStatusCallback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE status_callback_Release(IDODownloadStatusCallback *iface)
{
    return InterlockedDecrement(&impl_from_IDODownloadStatusCallback(iface)->refs);
}

static HRESULT STDMETHODCALLTYPE status_callback_OnStatusChange(IDODownloadStatusCallback *iface, IDODownload *download,
                                                                const DO_DOWNLOAD_STATUS *status)
{
    struct status_callback *callback = impl_from_IDODownloadStatusCallback(iface);
    LONG running = InterlockedIncrement(&callback->running);

    EnterCriticalSection(&callback->lock);
    callback->most_running = max(callback->most_running, running);
    if (callback->count < STATUSES_MAX)
    {
        callback->times[callback->count] = GetTickCount64();
        callback->statuses[callback->count++] = *status;
    }
    LeaveCriticalSection(&callback->lock);
    if (callback->hook) callback->hook(callback, download, status);
    InterlockedDecrement(&callback->running);
    SetEvent(callback->called);
    return S_OK;
}

/* clang-format off */
static const IDODownloadStatusCallbackVtbl status_callback_vtbl =
{
    status_callback_QueryInterface,
    status_callback_AddRef,
    status_callback_Release,
    status_callback_OnStatusChange,
};
/* clang-format on */

struct status_callback *status_callback_create(void)
{
    struct status_callback *callback = calloc(1, sizeof(*callback));

    callback->IDODownloadStatusCallback_iface.lpVtbl = (IDODownloadStatusCallbackVtbl *)&status_callback_vtbl;
    callback->refs = 1;
    InitializeCriticalSection(&callback->lock);
    callback->called = CreateEventW(NULL, FALSE, FALSE, NULL);
    return callback;
}

unsigned int status_callback_count(struct status_callback *callback)
{
    unsigned int count;

    EnterCriticalSection(&callback->lock);
    count = callback->count;
    LeaveCriticalSection(&callback->lock);
    return count;
}

static BOOL find_state(struct status_callback *callback, DODownloadState state, unsigned int *index)
{
    unsigned int i, count = status_callback_count(callback);

    for (i = 0; i < count; i++)
    {
        if (callback->statuses[i].State != state) continue;
        if (index) *index = i;
        return TRUE;
    }
    return FALSE;
}

BOOL status_callback_wait(struct status_callback *callback, DODownloadState state, DWORD timeout_ms,
                          unsigned int *index)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms, now;

    while (!find_state(callback, state, index))
    {
        if ((now = GetTickCount64()) >= deadline)
            return ok(FALSE, "state %d was not told in %lu ms, %u calls", state, timeout_ms,
                      status_callback_count(callback));
        client_wait(callback->called, (DWORD)(deadline - now));
    }
    return TRUE;
}

void status_callback_destroy(struct status_callback *callback)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (callback->refs > 1 && GetTickCount64() < deadline) client_pause(20);
    if (!ok(callback->refs == 1, "%ld references are left (D-147)", callback->refs - 1)) return;
    CloseHandle(callback->called);
    DeleteCriticalSection(&callback->lock);
    free(callback);
}

/* --- the stream ------------------------------------------------------------------------------------- */

static struct sink_stream *impl_from_IStream(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct sink_stream, IStream_iface);
}

static HRESULT STDMETHODCALLTYPE sink_QueryInterface(IStream *iface, REFIID iid, void **out)
{
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_ISequentialStream) || IsEqualIID(iid, &IID_IStream))
    {
        IStream_AddRef(iface);
        *out = iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE sink_AddRef(IStream *iface)
{
    return InterlockedIncrement(&impl_from_IStream(iface)->refs);
}

static ULONG STDMETHODCALLTYPE sink_Release(IStream *iface)
{
    return InterlockedDecrement(&impl_from_IStream(iface)->refs);
}

static HRESULT STDMETHODCALLTYPE sink_Read(IStream *iface, void *data, ULONG size, ULONG *read)
{
    return E_NOTIMPL;
}

/* Leaves *written alone, as the SDK does (D-149). */
static HRESULT STDMETHODCALLTYPE sink_Write(IStream *iface, const void *data, ULONG size, ULONG *written)
{
    struct sink_stream *stream = impl_from_IStream(iface);
    HRESULT hr = S_OK;

    SetEvent(stream->enter);
    if (stream->gate) client_wait(stream->gate, SOON_MS);
    EnterCriticalSection(&stream->lock);
    stream->writes++;
    if (stream->fail_at && stream->size >= stream->fail_at) hr = stream->failure;
    else
    {
        if (stream->size + size > stream->capacity)
        {
            stream->capacity = 2 * (stream->size + size);
            stream->data = realloc(stream->data, stream->capacity);
        }
        memcpy(stream->data + stream->size, data, size);
        stream->size += size;
    }
    LeaveCriticalSection(&stream->lock);
    return hr;
}

static HRESULT STDMETHODCALLTYPE sink_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin, ULARGE_INTEGER *position)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_CopyTo(IStream *iface, IStream *other, ULARGE_INTEGER size, ULARGE_INTEGER *read,
                                             ULARGE_INTEGER *written)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_Commit(IStream *iface, DWORD flags)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_Revert(IStream *iface)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_LockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size, DWORD type)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_UnlockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size,
                                                   DWORD type)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_Stat(IStream *iface, STATSTG *statistics, DWORD flags)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE sink_Clone(IStream *iface, IStream **out)
{
    return E_NOTIMPL;
}

/* clang-format off */
static const IStreamVtbl sink_vtbl =
{
    sink_QueryInterface,
    sink_AddRef,
    sink_Release,
    sink_Read,
    sink_Write,
    sink_Seek,
    sink_SetSize,
    sink_CopyTo,
    sink_Commit,
    sink_Revert,
    sink_LockRegion,
    sink_UnlockRegion,
    sink_Stat,
    sink_Clone,
};
/* clang-format on */

struct sink_stream *sink_stream_create(void)
{
    struct sink_stream *stream = calloc(1, sizeof(*stream));

    stream->IStream_iface.lpVtbl = (IStreamVtbl *)&sink_vtbl;
    stream->refs = 1;
    InitializeCriticalSection(&stream->lock);
    stream->enter = CreateEventW(NULL, FALSE, FALSE, NULL);
    return stream;
}

void sink_stream_destroy(struct sink_stream *stream)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (stream->refs > 1 && GetTickCount64() < deadline) client_pause(20);
    if (!ok(stream->refs == 1, "%ld references are left (D-147)", stream->refs - 1)) return;
    CloseHandle(stream->enter);
    DeleteCriticalSection(&stream->lock);
    free(stream->data);
    free(stream);
}
