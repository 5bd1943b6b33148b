/*
 * Delivery Optimization: downloads to files, a download to a stream of this process, and what such a stream takes from
 * another process at most.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"
#include "wine/test.h"

#define LONG_MS (30 * 60 * 1000)

/* --- the end of downloads --------------------------------------------------------------- */

struct observer
{
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    LONG refs;
    struct tally *tally;
    IDODownload *download;
    double ended;
};

static struct observer *impl_from_IDODownloadStatusCallback(IDODownloadStatusCallback *iface)
{
    return CONTAINING_RECORD(iface, struct observer, IDODownloadStatusCallback_iface);
}

static HRESULT STDMETHODCALLTYPE observer_QueryInterface(IDODownloadStatusCallback *iface, REFIID iid, void **out)
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

static ULONG STDMETHODCALLTYPE observer_AddRef(IDODownloadStatusCallback *iface)
{
    return InterlockedIncrement(&impl_from_IDODownloadStatusCallback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE observer_Release(IDODownloadStatusCallback *iface)
{
    return InterlockedDecrement(&impl_from_IDODownloadStatusCallback(iface)->refs);
}

static HRESULT STDMETHODCALLTYPE observer_OnStatusChange(IDODownloadStatusCallback *iface, IDODownload *download,
                                                         const DO_DOWNLOAD_STATUS *status)
{
    struct observer *observer = impl_from_IDODownloadStatusCallback(iface);

    if (observer->ended || (status->State != DODownloadState_Transferred && SUCCEEDED(status->Error))) return S_OK;
    observer->ended = now_ms();
    if (status->State != DODownloadState_Transferred) InterlockedIncrement(&observer->tally->failed);
    if (!InterlockedDecrement(&observer->tally->left)) SetEvent(observer->tally->none_left);
    return S_OK;
}

/* clang-format off */
static const IDODownloadStatusCallbackVtbl observer_vtbl =
{
    observer_QueryInterface,
    observer_AddRef,
    observer_Release,
    observer_OnStatusChange,
};
/* clang-format on */

/* --- downloads ----------------------------------------------------------------------------- */

static HRESULT set_text(IDODownload *download, DODownloadProperty id, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDODownload_SetProperty(download, id, &value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

static HRESULT set_object(IDODownload *download, DODownloadProperty id, void *unknown)
{
    VARIANT value;

    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = unknown;
    return IDODownload_SetProperty(download, id, &value);
}

static IDOManager *create_manager(void)
{
    IDOManager *manager = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                                  (void **)&manager);

    ok(hr == S_OK, "the manager cannot be created: %#lx", hr);
    return SUCCEEDED(hr) ? manager : NULL;
}

/* A foreground download as winget makes one; into stream if that is not NULL. */
static BOOL begin_download(struct observer *observer, struct tally *tally, IDOManager *manager, unsigned int number,
                           IStream *stream)
{
    VARIANT foreground = {.vt = VT_BOOL, .boolVal = VARIANT_TRUE};
    WCHAR url[MAX_PATH], local[MAX_PATH];
    HRESULT hr;

    memset(observer, 0, sizeof(*observer));
    observer->IDODownloadStatusCallback_iface.lpVtbl = (IDODownloadStatusCallbackVtbl *)&observer_vtbl;
    observer->refs = 1;
    observer->tally = tally;
    _snwprintf(local, ARRAYSIZE(local), L"%hsdownload%u", option("dir", ""), number);
    DeleteFileW(local);
    hr = IDOManager_CreateDownload(manager, &observer->download);
    if (hr == S_OK)
        hr = set_text(observer->download, DODownloadProperty_Uri,
                      numbered(option("url", ""), number, url, ARRAYSIZE(url)));
    if (hr == S_OK)
        hr = IDODownload_SetProperty(observer->download, DODownloadProperty_ForegroundPriority, &foreground);
    if (hr == S_OK)
        hr = stream ? set_object(observer->download, DODownloadProperty_StreamInterface, stream)
                    : set_text(observer->download, DODownloadProperty_LocalPath, local);
    if (hr == S_OK)
        hr = set_object(observer->download, DODownloadProperty_CallbackInterface,
                        &observer->IDODownloadStatusCallback_iface);
    return ok(hr == S_OK, "the download cannot be set up: %#lx", hr);
}

/* The whole file, or as many ranges as the option says. */
static DO_DOWNLOAD_RANGES_INFO *make_ranges(void)
{
    unsigned int i, count = option_number("ranges", 0), length = option_number("length", 1),
                    stride = option_number("stride", 2);
    DO_DOWNLOAD_RANGES_INFO *info = calloc(1, sizeof(*info) + count * sizeof(*info->Ranges));

    info->RangeCount = count;
    for (i = 0; i < count; i++) info->Ranges[i] = (DO_DOWNLOAD_RANGE){(UINT64)i * stride, length};
    return info;
}

static BOOL start_downloads(struct observer *observers, unsigned int count)
{
    DO_DOWNLOAD_RANGES_INFO *ranges = make_ranges();
    HRESULT hr = S_OK;
    unsigned int i;

    for (i = 0; i < count && hr == S_OK; i++) hr = IDODownload_Start(observers[i].download, ranges);
    free(ranges);
    return ok(hr == S_OK, "Start returned %#lx", hr);
}

static BOOL wait_downloads(struct tally *tally)
{
    WaitForSingleObject(tally->none_left, LONG_MS);
    return ok(!tally->left && !tally->failed, "%ld downloads have not ended, %ld failed", tally->left, tally->failed);
}

static void end_downloads(struct observer *observers, unsigned int count, BOOL finalize)
{
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        HRESULT hr;

        if (!observers[i].download) continue;
        hr = finalize ? IDODownload_Finalize(observers[i].download) : IDODownload_Abort(observers[i].download);
        ok(hr == S_OK, "the download cannot be ended: %#lx", hr);
    }
}

static void release_downloads(struct observer *observers, unsigned int count)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (observers[i].download) IDODownload_Release(observers[i].download);
        while (observers[i].refs > 1 && GetTickCount64() < deadline) Sleep(1);
    }
}

static void run_downloads(unsigned int count, IStream *stream)
{
    struct observer *observers = calloc(count, sizeof(*observers));
    IDOManager *manager = create_manager();
    BOOL ready = manager != NULL, done = FALSE;
    struct tally tally;
    double start;
    unsigned int i;

    tally_init(&tally, count);
    start = now_ms();
    for (i = 0; i < count && ready; i++) ready = begin_download(&observers[i], &tally, manager, i, stream);
    if (ready && start_downloads(observers, count)) done = wait_downloads(&tally);
    end_downloads(observers, count, done);
    if (done) result("total_ms", now_ms() - start);
    release_downloads(observers, count);
    if (manager) IDOManager_Release(manager);
    tally_cleanup(&tally);
    free(observers);
}

void measure_downloads(void)
{
    run_downloads(option_number("jobs", 1), NULL);
}

/* --- the stream ------------------------------------------------------------------------------ */

/* Counts what it gets. */
struct counter
{
    IStream IStream_iface;
    LONG refs;
    ULONGLONG bytes;
    unsigned int calls;
};

static struct counter *impl_from_IStream(IStream *iface)
{
    return CONTAINING_RECORD(iface, struct counter, IStream_iface);
}

static HRESULT STDMETHODCALLTYPE counter_QueryInterface(IStream *iface, REFIID iid, void **out)
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

static ULONG STDMETHODCALLTYPE counter_AddRef(IStream *iface)
{
    return InterlockedIncrement(&impl_from_IStream(iface)->refs);
}

static ULONG STDMETHODCALLTYPE counter_Release(IStream *iface)
{
    return InterlockedDecrement(&impl_from_IStream(iface)->refs);
}

static HRESULT STDMETHODCALLTYPE counter_Read(IStream *iface, void *data, ULONG size, ULONG *got)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_Write(IStream *iface, const void *data, ULONG size, ULONG *written)
{
    struct counter *counter = impl_from_IStream(iface);

    counter->bytes += size;
    counter->calls++;
    if (written) *written = size;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE counter_Seek(IStream *iface, LARGE_INTEGER move, DWORD origin,
                                              ULARGE_INTEGER *position)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_SetSize(IStream *iface, ULARGE_INTEGER size)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_CopyTo(IStream *iface, IStream *target, ULARGE_INTEGER size,
                                                ULARGE_INTEGER *got, ULARGE_INTEGER *written)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_Commit(IStream *iface, DWORD flags)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_Revert(IStream *iface)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_LockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size,
                                                    DWORD type)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_UnlockRegion(IStream *iface, ULARGE_INTEGER offset, ULARGE_INTEGER size,
                                                      DWORD type)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_Stat(IStream *iface, STATSTG *stat, DWORD flags)
{
    return E_NOTIMPL;
}

static HRESULT STDMETHODCALLTYPE counter_Clone(IStream *iface, IStream **clone)
{
    return E_NOTIMPL;
}

static IStreamVtbl counter_vtbl = {
    counter_QueryInterface, counter_AddRef,       counter_Release, counter_Read,   counter_Write,
    counter_Seek,           counter_SetSize,      counter_CopyTo,  counter_Commit, counter_Revert,
    counter_LockRegion,     counter_UnlockRegion, counter_Stat,    counter_Clone,
};

static struct counter counter = {{&counter_vtbl}, 1};

static ULONGLONG wanted_size(void)
{
    return strtoull(option("size", "0"), NULL, 10);
}

void measure_stream(void)
{
    counter.bytes = counter.calls = 0;
    run_downloads(1, &counter.IStream_iface);
    ok(counter.bytes == wanted_size(), "%llu bytes came instead of %llu", counter.bytes, wanted_size());
    result("calls", counter.calls);
}

/* --- the limit -------------------------------------------------------------------------------- */

/* What another process needs to call the stream, in a file. */
static BOOL write_reference(const WCHAR *path)
{
    IStream *memory = NULL;
    HGLOBAL block = NULL;
    BOOL done = FALSE;
    HANDLE file;
    DWORD written;
    HRESULT hr;

    hr = CreateStreamOnHGlobal(NULL, TRUE, &memory);
    if (hr == S_OK)
        hr = CoMarshalInterface(memory, &IID_IStream, (IUnknown *)&counter.IStream_iface, MSHCTX_LOCAL, NULL,
                                MSHLFLAGS_NORMAL);
    if (hr == S_OK) hr = GetHGlobalFromStream(memory, &block);
    file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (hr == S_OK) done = WriteFile(file, GlobalLock(block), GlobalSize(block), &written, NULL);
    ok(done, "the stream cannot be handed over: %#lx", hr);
    CloseHandle(file);
    if (memory) IStream_Release(memory);
    return done;
}

void measure_rpc(void)
{
    WCHAR path[MAX_PATH];
    HANDLE child;

    counter.bytes = counter.calls = 0;
    if (!write_reference(client_path(path))) return;
    child = winetest_spawn("rpc-child file=%ls size=%llu block=%u", path, wanted_size(),
                           option_number("block", 256 * 1024));
    if (!child) return;
    WaitForSingleObject(child, LONG_MS);
    CloseHandle(child);
    ok(counter.bytes == wanted_size(), "%llu bytes came instead of %llu", counter.bytes, wanted_size());
    DeleteFileW(path);
}

static IStream *read_reference(const WCHAR *path)
{
    IStream *memory = NULL, *stream = NULL;
    HRESULT hr = E_FAIL;
    HGLOBAL block;
    HANDLE file;
    DWORD size;

    file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    block = GlobalAlloc(GMEM_MOVEABLE, GetFileSize(file, NULL));
    if (ReadFile(file, GlobalLock(block), GlobalSize(block), &size, NULL) &&
        (hr = CreateStreamOnHGlobal(block, TRUE, &memory)) == S_OK)
    {
        hr = CoUnmarshalInterface(memory, &IID_IStream, (void **)&stream);
        IStream_Release(memory);
    }
    CloseHandle(file);
    ok(hr == S_OK, "the stream cannot be reached: %#lx", hr);
    return stream;
}

/* As the service writes to a client: one call after the other. */
void measure_rpc_child(void)
{
    ULONGLONG left = wanted_size();
    ULONG block = option_number("block", 256 * 1024), written;
    char *data = calloc(block, 1);
    WCHAR path[MAX_PATH];
    HRESULT hr = S_OK;
    IStream *stream;
    double start;

    if (!(stream = read_reference(numbered(option("file", ""), 0, path, ARRAYSIZE(path))))) return;
    start = now_ms();
    while (left && hr == S_OK)
    {
        ULONG size = left < block ? (ULONG)left : block;

        hr = IStream_Write(stream, data, size, &written);
        left -= size;
    }
    ok(hr == S_OK, "Write returned %#lx", hr);
    result("total_ms", now_ms() - start);
    IStream_Release(stream);
    free(data);
}
