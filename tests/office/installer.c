/*
 * The installer's job, and what other clients of Delivery Optimization do.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "office.h"
#include "wine/test.h"

#define RANGES 2576
#define RANGE_LENGTH 300
#define RANGE_STRIDE 700
#define ALL_OF_THEM ((UINT64)RANGES * RANGE_LENGTH)

struct installer
{
    struct server *server;
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    IDeliveryOptimizationJob *files;
    IDeliveryOptimizationJob2 *files2;
    struct callback *callback;
};

/* The manager's and the job's identities get their blankets before anything else is asked of them. */
static BOOL installer_begin(struct installer *installer, struct server *server)
{
    IBackgroundCopyJob4 *four;
    IUnknown *identity = NULL;
    GUID id;

    memset(installer, 0, sizeof(*installer));
    installer->server = server;
    installer->callback = callback_create(1);
    if (!ok_hr(
            CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&identity),
            S_OK))
        return FALSE;
    office_blankets(identity);
    ok_hr(IUnknown_QueryInterface(identity, &IID_IBackgroundCopyManager, (void **)&installer->manager), S_OK);
    IUnknown_Release(identity);
    office_blankets(installer->manager);
    ok_hr(IBackgroundCopyManager_CreateJob(installer->manager, L"wine-bits test: installer", BG_JOB_TYPE_DOWNLOAD, &id,
                                           &installer->job),
          S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(installer->job, &IID_IUnknown, (void **)&identity), S_OK);
    office_blankets(identity);
    IUnknown_Release(identity);
    ok_hr(IBackgroundCopyJob_SetPriority(installer->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(installer->job, &IID_IBackgroundCopyJob4, (void **)&four), S_OK);
    ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(four, 14 * 24 * 3600), S_OK);
    IBackgroundCopyJob4_Release(four);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(installer->job, 600), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(installer->job, &IID_IDeliveryOptimizationJob, (void **)&installer->files),
          S_OK);
    ok_hr(
        IBackgroundCopyJob_QueryInterface(installer->job, &IID_IDeliveryOptimizationJob2, (void **)&installer->files2),
        S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(installer->job, callback_unknown(installer->callback)), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(installer->job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR |
                                                                BG_NOTIFY_JOB_MODIFICATION),
          S_OK);
    return TRUE;
}

static void installer_end(struct installer *installer)
{
    if (installer->files) IDeliveryOptimizationJob_Release(installer->files);
    if (installer->files2) IDeliveryOptimizationJob2_Release(installer->files2);
    client_drop_job(installer->job);
    if (installer->manager) IBackgroundCopyManager_Release(installer->manager);
    callback_destroy(installer->callback);
}

static BG_FILE_RANGE *make_ranges(void)
{
    BG_FILE_RANGE *ranges = malloc(RANGES * sizeof(*ranges));
    unsigned int i;

    for (i = 0; i < RANGES; i++)
    {
        ranges[i].InitialOffset = (UINT64)i * RANGE_STRIDE;
        ranges[i].Length = RANGE_LENGTH;
    }
    return ranges;
}

/* Whether data are the ranges, one after the other. */
static void check_ranges_data(const BYTE *data, size_t size)
{
    BYTE expected[RANGE_LENGTH];
    unsigned int i;

    ok(size == ALL_OF_THEM, "%u bytes", (unsigned int)size);
    for (i = 0; i < RANGES && (i + 1) * RANGE_LENGTH <= size; i++)
    {
        pattern_fill(expected, RANGE_LENGTH, (UINT64)i * RANGE_STRIDE, 0);
        if (memcmp(data + i * RANGE_LENGTH, expected, RANGE_LENGTH)) break;
    }
    ok(i == RANGES, "range %u is wrong", i);
}

static void check_ranges_file(const WCHAR *path)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    BYTE *data = malloc(ALL_OF_THEM + 1);
    DWORD got = 0;

    ok(file != INVALID_HANDLE_VALUE, "the file is not there: %lu", GetLastError());
    if (file != INVALID_HANDLE_VALUE)
    {
        ok(ReadFile(file, data, ALL_OF_THEM + 1, &got, NULL), "it cannot be read: %lu", GetLastError());
        check_ranges_data(data, got);
        CloseHandle(file);
    }
    free(data);
}

/* Both slots, and the numbers at the end. */
static void check_stats(IUnknown *object)
{
    IDeliveryOptimizationFile *file = NULL;
    DOSwarmStats stats;
    unsigned int i;

    ok_hr(IUnknown_QueryInterface(object, &IID_IDeliveryOptimizationFile, (void **)&file), S_OK);
    if (!file) return;
    for (i = 0; i < 2; i++)
    {
        memset(&stats, 0xcc, sizeof(stats));
        ok_hr(i ? IDeliveryOptimizationFile_GetStats2(file, &stats) : IDeliveryOptimizationFile_GetStats(file, &stats),
              S_OK);
        ok_int(stats.totalBytesDownloaded, ALL_OF_THEM);
        ok_int(stats.status, SwarmStatus_Complete);
        ok(stats.fileId && stats.sourceURL, "a text is missing");
        CoTaskMemFree(stats.fileId);
        CoTaskMemFree(stats.sourceURL);
    }
    IDeliveryOptimizationFile_Release(file);
}

/* Thousands of ranges in one call each, into a file and into a stream. */
void check_installer(struct server *server)
{
    struct sink_stream *stream = sink_stream_create();
    IDeliveryOptimizationFile2 *streamed = NULL;
    BG_FILE_RANGE *ranges = make_ranges();
    struct installer installer;
    WCHAR local[MAX_PATH], url[128];
    BG_JOB_PROGRESS progress;
    VARIANT value;

    server_route(server, "/image", &(struct route){.size = (UINT64)RANGES * RANGE_STRIDE});
    server_url(server, L"/image", url, ARRAYSIZE(url));
    if (installer_begin(&installer, server))
    {
        ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(installer.files, L"image", url, client_path(local), RANGES,
                                                         ranges, (UINT64)RANGES * RANGE_STRIDE),
              S_OK);
        ok_hr(IDeliveryOptimizationJob2_AddFile(installer.files2, L"stream", url, RANGES, ranges,
                                                &IID_IDeliveryOptimizationFile2, (void **)&streamed),
              S_OK);
        V_VT(&value) = VT_UNKNOWN;
        V_UNKNOWN(&value) = (IUnknown *)&stream->IStream_iface;
        ok_hr(IDeliveryOptimizationFile2_SetProperty(streamed, DOFilePropertyId_DownloadSinkInterface, &value), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(installer.job), S_OK);
        callback_wait(installer.callback, CALLBACK_TRANSFERRED, 1, 3 * SOON_MS);
        /* A few hundred ranges in each request; how many is our own. */
        if (winetest_is_wine())
            ok(server_count(server, "GET", "/image") <= 2 * (RANGES / 200 + 1), "%u requests for twice %u ranges",
               server_count(server, "GET", "/image"), RANGES);
        ok_hr(IBackgroundCopyJob_GetProgress(installer.job, &progress), S_OK);
        ok_int(progress.BytesTransferred, 2 * ALL_OF_THEM);
        check_stats((IUnknown *)streamed);
        ok_hr(IBackgroundCopyJob_Complete(installer.job), S_OK);
        check_ranges_file(local);
        check_ranges_data(stream->data, stream->size);
        IDeliveryOptimizationFile2_Release(streamed);
    }
    installer_end(&installer);
    free(ranges);
    sink_stream_destroy(stream);
}

static HRESULT remember_code(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *file)
{
    BG_ERROR_CONTEXT context;

    (void)job;
    (void)file;
    return IBackgroundCopyError_GetError(error, &context, callback->context);
}

/* A server without ranges: the code from which Office makes its 30088-2056. */
void check_failing_ranges(struct server *server)
{
    BG_FILE_RANGE ranges[] = {{0, 100}, {5000, 100}};
    struct installer installer;
    WCHAR local[MAX_PATH], url[128];
    HRESULT code = S_OK;

    server_route(server, "/whole", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_NO_RANGES});
    server_url(server, L"/whole", url, ARRAYSIZE(url));
    if (installer_begin(&installer, server))
    {
        installer.callback->context = &code;
        installer.callback->hook[CALLBACK_ERROR] = remember_code;
        ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(installer.files, L"whole", url, client_path(local), 2, ranges,
                                                         DO_UNKNOWN_FILE_SIZE),
              S_OK);
        ok_hr(IBackgroundCopyJob_Resume(installer.job), S_OK);
        callback_wait(installer.callback, CALLBACK_ERROR, 1, SOON_MS);
        ok_hr(code, DO_E_INSUFFICIENT_RANGE_SUPPORT);
        ok_hr(IBackgroundCopyJob_Cancel(installer.job), S_OK);
        ok(!client_file_exists(local), "something is left");
    }
    installer_end(&installer);
}

/* --- other clients ------------------------------------------------------------------------------------ */

static void finalize_inside(struct status_callback *callback, IDODownload *download, const DO_DOWNLOAD_STATUS *status)
{
    if (status->State == DODownloadState_Transferred) *(HRESULT *)callback->context = IDODownload_Finalize(download);
}

/* Id before Start, Start(NULL), Finalize inside OnStatusChange. */
static void finalizing_client(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    struct download download = {0};
    HRESULT finalized = E_PENDING;
    unsigned int index;

    callback->context = &finalized;
    callback->hook = finalize_inside;
    if (download_begin(&download, fixture, L"/small"))
    {
        ok(wcslen(get_text(download.object, DODownloadProperty_Id)) >= 36, "no Id before Start");
        ok_hr(set_object(download.object, DODownloadProperty_CallbackInterface, callback), S_OK);
        ok_hr(IDODownload_Start(download.object, NULL), S_OK);
        status_callback_wait(callback, DODownloadState_Transferred, SOON_MS, &index);
        download_wait(download.object, DODownloadState_Finalized, SOON_MS);
        ok_hr(finalized, S_OK);
        pattern_check_file(download.local, SMALL_SIZE, 0);
        ok_hr(set_object(download.object, DODownloadProperty_CallbackInterface, NULL), DO_E_INVALID_STATE);
        download_end(&download);
    }
    status_callback_destroy(callback);
}

/* Reads what the server answered while bytes still come; RangeCount 0; dynamic cloaking. */
static void reading_client(struct fixture *fixture)
{
    struct download download = {0};
    VARIANT value;

    if (!download_begin(&download, fixture, L"/held")) return;
    office_blankets(download.object);
    ok_hr(download_start(download.object), S_OK);
    server_wait_stalled(fixture->server, "/held", 1, SOON_MS);
    download_wait(download.object, DODownloadState_Transferring, SOON_MS);
    VariantInit(&value);
    ok_hr(IDODownload_GetProperty(download.object, DODownloadProperty_HttpStatusCode, &value), S_OK);
    ok(V_VT(&value) == VT_UI4 && (V_UI4(&value) == 200 || V_UI4(&value) == 206), "status: type %d, %lu", V_VT(&value),
       V_UI4(&value));
    VariantClear(&value);
    ok_str(get_text(download.object, DODownloadProperty_HttpServerIPAddress), L"127.0.0.1");
    ok(wcsstr(get_text(download.object, DODownloadProperty_HttpResponseHeaders), L"Content-") != NULL, "headers: %s",
       wine_dbgstr_w(get_text(download.object, DODownloadProperty_HttpResponseHeaders)));
    server_release(fixture->server, "/held");
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    download_end(&download);
}

void check_other_clients(struct server *server)
{
    struct fixture fixture = {server};

    server_route(server, "/small", &(struct route){.size = SMALL_SIZE});
    server_route(server, "/held", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 1000});
    if (!ok_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                                (void **)&fixture.manager),
               S_OK))
        return;
    finalizing_client(&fixture);
    reading_client(&fixture);
    IDOManager_Release(fixture.manager);
}
