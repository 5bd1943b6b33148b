/*
 * Files: where they go, their properties, ranges, statistics and names.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stddef.h>
#include "dojob.h"
#include "wine/test.h"

static void resume_and_wait(struct do_job *job)
{
    ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
    client_wait_state(job->job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
}

/* D-233, D-239: the path comes after the file. */
void check_path_sink(struct jobs *jobs)
{
    IDeliveryOptimizationFile2 *file;
    WCHAR local[MAX_PATH], other[MAX_PATH], *text;
    IBackgroundCopyFile *plain;
    struct do_job job;
    VARIANT value;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!do_job_begin(&job, jobs) || !(file = do_job_add_sinkless(&job, L"/file"))) return;
    ok_hr(file_get(file, DOFilePropertyId_DownloadSinkFilePath, &value), E_NOT_SET);
    ok_hr(IBackgroundCopyJob_Resume(job.job), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED); /* D-243 */
    ok_int(client_state(job.job), BG_JOB_STATE_SUSPENDED);
    ok_hr(file_set_text(file, DOFilePropertyId_DownloadSinkFilePath, client_path(other)), S_OK);
    ok_hr(file_set_text(file, DOFilePropertyId_DownloadSinkFilePath, client_path(local)), S_OK);
    ok_hr(file_get(file, DOFilePropertyId_DownloadSinkFilePath, &value), S_OK);
    ok(V_VT(&value) == VT_BSTR && !wcscmp(V_BSTR(&value), local), "type %d", V_VT(&value));
    VariantClear(&value);
    resume_and_wait(&job);
    ok_hr(file_get(file, DOFilePropertyId_TotalSizeBytes, &value), S_OK); /* D-241 */
    ok(V_VT(&value) == VT_UI8 && V_UI8(&value) == SMALL_SIZE, "type %d, %llu", V_VT(&value), V_UI8(&value));
    ok(!client_file_exists(local), "the file has its name before Complete"); /* D-278 */
    ok_hr(IDeliveryOptimizationFile2_QueryInterface(file, &IID_IBackgroundCopyFile, (void **)&plain), S_OK);
    ok_hr(IBackgroundCopyFile_GetLocalName(plain, &text), S_OK);
    ok_str(text, local);
    CoTaskMemFree(text);
    IBackgroundCopyFile_Release(plain);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    pattern_check_file(local, SMALL_SIZE, 0); /* D-251 */
    IDeliveryOptimizationFile2_Release(file);
    do_job_end(&job);
}

/* D-238, D-304, C-29: a stream, with another file of the same job beside it. */
void check_stream_sink(struct jobs *jobs)
{
    struct sink_stream *stream = sink_stream_create(), *parts = sink_stream_create();
    BG_FILE_RANGE ranges[] = {{0, 100}, {200, 1000}};
    IDeliveryOptimizationFile2 *file, *second = NULL;
    WCHAR local[MAX_PATH], url[128], *text;
    IBackgroundCopyFile *plain;
    BG_FILE_PROGRESS progress;
    struct do_job job;
    VARIANT value;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(jobs->server, "/other", &(struct route){.size = 1000});
    if (!do_job_begin(&job, jobs) || !(file = do_job_add_sinkless(&job, L"/file"))) return;
    ok_hr(do_job_add(&job, L"/other", local), S_OK);
    server_url(jobs->server, L"/file", url, ARRAYSIZE(url));
    ok_hr(IDeliveryOptimizationJob2_AddFile(job.files2, L"parts", url, 2, ranges, &IID_IDeliveryOptimizationFile2,
                                            (void **)&second),
          S_OK);
    ok_hr(file_get(file, DOFilePropertyId_DownloadSinkInterface, &value), E_NOT_SET);
    ok_hr(file_set_object(file, &stream->IStream_iface), S_OK);
    ok_hr(file_set_object(second, &parts->IStream_iface), S_OK);
    ok_hr(file_get(file, DOFilePropertyId_DownloadSinkInterface, &value), S_OK);
    ok_int(V_VT(&value), VT_UNKNOWN);
    VariantClear(&value);
    resume_and_wait(&job);
    ok_int(stream->size, SMALL_SIZE);
    ok_int(parts->size, 1100);
    ok_hr(IDeliveryOptimizationFile2_QueryInterface(file, &IID_IBackgroundCopyFile, (void **)&plain), S_OK);
    ok_hr(IBackgroundCopyFile_GetLocalName(plain, &text), S_OK); /* D-348 */
    ok_str(text, L"");
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyFile_GetProgress(plain, &progress), S_OK);
    ok_int(progress.BytesTransferred, SMALL_SIZE);
    IBackgroundCopyFile_Release(plain);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    pattern_check_file(local, 1000, 0);
    IDeliveryOptimizationFile2_Release(file);
    IDeliveryOptimizationFile2_Release(second);
    do_job_end(&job);
    /* nobody holds it any more (D-147) */
    sink_stream_destroy(stream);
    sink_stream_destroy(parts);
}

/* D-234 to D-243 */
void check_sink_errors(struct jobs *jobs)
{
    struct sink_stream *stream = sink_stream_create();
    IDeliveryOptimizationFile2 *file;
    IUnknown *unknown = (IUnknown *)1;
    WCHAR local[MAX_PATH];
    struct do_job job;
    VARIANT value;

    if (!do_job_begin(&job, jobs)) return;
    ok_hr(IDeliveryOptimizationJob2_AddFile(job.files2, L"id", NULL, 0, NULL, &IID_IDeliveryOptimizationFile,
                                            (void **)&unknown),
          DO_E_DOWNLOAD_NO_URI); /* D-234, ours */
    ok(!unknown, "got %p", unknown);
    ok_hr(IDeliveryOptimizationJob2_AddFile(job.files2, L"id", L"http://127.0.0.1:9/x", 0, NULL,
                                            &IID_IDeliveryOptimizationFile, (void **)&unknown),
          S_OK);
    ok_hr(IUnknown_QueryInterface(unknown, &IID_IDeliveryOptimizationFile2, (void **)&file), S_OK);
    IUnknown_Release(unknown);

    /* D-235, D-242 */
    ok_hr(file_get(file, DOFilePropertyId_DecryptionInfo, &value), DO_E_WRITE_ONLY_PROPERTY);
    /* D-236 */
    ok_hr(file_get(file, DOFilePropertyId_IntegrityCheckInfo, &value), DO_E_WRITE_ONLY_PROPERTY);
    /* D-237 */
    ok_hr(file_get(file, DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    ok(V_VT(&value) == VT_BOOL && !V_BOOL(&value), "type %d", V_VT(&value));
    ok_hr(file_get(file, DOFilePropertyId_TotalSizeBytes, &value), E_NOT_SET);
    ok_hr(file_get(file, 7, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_hr(file_get(file, DOFilePropertyId_DownloadSinkMemoryStream, &value), E_NOT_SET);
    VariantInit(&value);
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, 7, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_DownloadSinkMemoryStream, &value),
          DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED); /* D-240 */
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_DownloadSinkFilePath, &value), E_INVALIDARG);
    V_VT(&value) = VT_BOOL;
    V_BOOL(&value) = VARIANT_TRUE;
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK);
    ok_hr(file_get(file, DOFilePropertyId_IntegrityCheckMandatory, &value), S_OK); /* D-305 */
    ok_int(V_BOOL(&value), VARIANT_TRUE);
    ok_hr(file_set_text(file, DOFilePropertyId_IntegrityCheckInfo, L"no JSON"), E_INVALIDARG);
    ok_hr(file_set_text(file, DOFilePropertyId_IntegrityCheckInfo, L"{\"PiecesHashFileUrl\":\"http://x/\"}"), S_OK);
    V_VT(&value) = VT_UI8;
    V_UI8(&value) = 12345;
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_TotalSizeBytes, &value), S_OK);
    ok_hr(file_get(file, DOFilePropertyId_TotalSizeBytes, &value), S_OK);
    ok_int(V_UI8(&value), 12345);

    ok_hr(file_set_object(file, job.job), E_NOINTERFACE); /* D-148 */
    ok_hr(file_set_text(file, DOFilePropertyId_DownloadSinkFilePath, L""), E_INVALIDARG);
    ok_hr(file_set_object(file, &stream->IStream_iface), S_OK);
    ok_hr(file_set_text(file, DOFilePropertyId_DownloadSinkFilePath, client_path(local)),
          DO_E_FILE_DOWNLOADSINK_ALREADY_SET); /* D-243 */
    ok_hr(file_set_object(file, NULL), S_OK);
    ok_hr(file_set_text(file, DOFilePropertyId_DownloadSinkFilePath, local), S_OK);
    ok_hr(file_set_object(file, &stream->IStream_iface), DO_E_FILE_DOWNLOADSINK_ALREADY_SET);
    IDeliveryOptimizationFile2_Release(file);
    do_job_end(&job);
    sink_stream_destroy(stream);
}

/* C-30: D-222, and what the numbers are (D-190, D-293, D-294) */
void check_stats(struct jobs *jobs)
{
    const size_t pointers = 2 * sizeof(void *);
    IDeliveryOptimizationFile *file = NULL;
    WCHAR local[MAX_PATH], url[128];
    struct do_job job;
    DOSwarmStats stats;

    ok_int(sizeof(stats), pointers + 120);
    ok_int(offsetof(DOSwarmStats, fileSize), pointers);
    ok_int(offsetof(DOSwarmStats, bytesFromHttp), pointers + 40);
    ok_int(offsetof(DOSwarmStats, httpConnectionCount), pointers + 80);
    ok_int(offsetof(DOSwarmStats, downloadDuration), pointers + 100);
    ok_int(offsetof(DOSwarmStats, isBackground), pointers + 112);

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(do_job_add(&job, L"/file", local), S_OK);
    if (!(file = do_job_file(&job, &IID_IDeliveryOptimizationFile))) return;
    memset(&stats, 0xcc, sizeof(stats));
    ok_hr(IDeliveryOptimizationFile_GetStats2(file, &stats), S_OK); /* D-190: Office's slot */
    ok_str(stats.fileId, wcsrchr(local, '\\') + 1);                 /* D-231 */
    ok_str(stats.sourceURL, server_url(jobs->server, L"/file", url, ARRAYSIZE(url)));
    ok_int(stats.status, SwarmStatus_Paused);
    ok_int(stats.totalBytesDownloaded, 0);
    ok_int(stats.isBackground, FALSE);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);

    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    server_wait_stalled(jobs->server, "/file", 1, SOON_MS);
    client_wait_state(job.job, BG_JOB_STATE_TRANSFERRING, SOON_MS);
    ok_hr(IDeliveryOptimizationFile_GetStats(file, &stats), S_OK);
    ok_int(stats.status, SwarmStatus_Downloading);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    server_release(jobs->server, "/file");
    client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_LOW), S_OK);
    ok_hr(IDeliveryOptimizationFile_GetStats(file, &stats), S_OK);
    ok_int(stats.fileSize, SMALL_SIZE);
    ok_int(stats.totalBytesDownloaded, SMALL_SIZE);
    ok_int(stats.bytesFromHttp, SMALL_SIZE);
    ok_int(stats.bytesFromLanPeers + stats.bytesFromGroupPeers + stats.bytesFromInternetPeers, 0);
    ok_int(stats.bytesFromDoinc + stats.bytesToLanPeers + stats.bytesToGroupPeers + stats.bytesToInternetPeers, 0);
    ok_int(stats.lanConnectionCount + stats.groupConnectionCount + stats.internetConnectionCount +
               stats.doincConnectionCount,
           0);
    ok_int(stats.downloadMode, 99); /* D-212 */
    ok_int(stats.status, 1);        /* D-213 */
    ok_int(stats.isBackground, TRUE);
    CoTaskMemFree(stats.fileId);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(file);
    do_job_end(&job);
}

/* The file is these bytes of the pattern, at most 16. */
static BOOL is_part(const WCHAR *path, uint64_t offset, size_t size)
{
    char expected[16], found[sizeof(expected) + 1];
    FILE *file = _wfopen(path, L"rb");
    size_t got = file ? fread(found, 1, sizeof(found), file) : 0;

    if (file) fclose(file);
    pattern_fill(expected, size, offset, 0);
    return got == size && !memcmp(found, expected, size);
}

/* C-28 */
void check_job_ranges(struct jobs *jobs)
{
    static BG_FILE_RANGE two[] = {{30000, 2000}, {10, 1000}}, overlapping[] = {{10, 5}, {12, 9}};
    static BG_FILE_RANGE descending[] = {{10, 9}, {10, 5}}, bad[] = {{BG_LENGTH_TO_EOF, 5}},
                         rest[] = {{49000, BG_LENGTH_TO_EOF}}, empty[] = {{100, 5}, {100, 0}};
    WCHAR local[MAX_PATH], url[128];
    IBackgroundCopyFile2 *file;
    BG_FILE_PROGRESS progress;
    BG_FILE_RANGE *ranges;
    struct do_job job;
    DWORD count;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_url(jobs->server, L"/file", url, ARRAYSIZE(url));
    if (!do_job_begin(&job, jobs)) return;
#define ADD(ranges, count) \
    IDeliveryOptimizationJob_AddFileWithRanges(job.files, L"id", url, client_path(local), count, ranges, \
                                               DO_UNKNOWN_FILE_SIZE)
    ok_hr(ADD(bad, 1), DO_E_INVALID_RANGE);              /* D-228, D-314 */
    ok_hr(ADD(overlapping, 2), DO_E_OVERLAPPING_RANGES); /* D-315 */
    ok_hr(ADD(descending, 2), DO_E_OVERLAPPING_RANGES);  /* D-229 */
    ok_hr(ADD(two, 2), S_OK);
    if ((file = do_job_file(&job, &IID_IBackgroundCopyFile2)))
    {
        ok_hr(IBackgroundCopyFile2_GetFileRanges(file, &count, &ranges), S_OK);
        ok_int(count, 2);
        CoTaskMemFree(ranges);
        resume_and_wait(&job);
        ok_hr(IBackgroundCopyFile2_GetProgress(file, &progress), S_OK); /* D-286 */
        ok_int(progress.BytesTotal, 3000);
        ok_int(progress.BytesTransferred, 3000);
        IBackgroundCopyFile2_Release(file);
    }
    /* Files may be added to what is transferred already (D-256). */
    ok_hr(ADD(rest, 1), S_OK);
    ok_hr(ADD(NULL, 0), S_OK); /* D-230 */
    resume_and_wait(&job);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    pattern_check_file(local, SMALL_SIZE, 0);
    do_job_end(&job);

    /* B-227: a range of length 0 brings nothing, also when it is all that there is. */
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(ADD(empty, 2), S_OK);
    resume_and_wait(&job);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    ok(is_part(local, 100, 5), "the file is not the five bytes");
    do_job_end(&job);
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(ADD(empty + 1, 1), S_OK);
    resume_and_wait(&job);
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    ok(pattern_check_file(local, 0, 0), "the file is not empty");
    do_job_end(&job);

    if (!do_job_begin(&job, jobs)) return;
    ok_hr(ADD(NULL, 0), S_OK);
    if ((file = do_job_file(&job, &IID_IBackgroundCopyFile2)))
    {
        ranges = (BG_FILE_RANGE *)1;
        ok_hr(IBackgroundCopyFile2_GetFileRanges(file, &count, &ranges), S_FALSE); /* D-290 */
        ok(!count && !ranges, "%lu ranges at %p", count, ranges);
        ok_hr(IBackgroundCopyFile2_GetProgress(file, &progress), S_OK);
        ok(progress.BytesTotal == BG_SIZE_UNKNOWN, "size %llu", progress.BytesTotal); /* D-221, D-232 */
        IBackgroundCopyFile2_Release(file);
    }
    do_job_end(&job);
#undef ADD
}

/* D-289, D-291, D-349, D-351 */
void check_remote_name(struct jobs *jobs)
{
    WCHAR local[MAX_PATH], url[128], *text, absurd[2300] = L"http://127.0.0.1/";
    BITS_FILE_PROPERTY_VALUE value;
    IBackgroundCopyFile5 *file;
    struct do_job job;
    unsigned int i;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE, .headers = "X-Test: answer\r\n"});
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(do_job_add(&job, L"/missing", local), S_OK);
    if (!(file = do_job_file(&job, &IID_IBackgroundCopyFile5))) return;
    for (i = lstrlenW(absurd); i < 2201; i++) absurd[i] = 'x';
    ok_hr(IBackgroundCopyFile5_SetRemoteName(file, absurd), E_INVALIDARG);
    ok_hr(IBackgroundCopyFile5_SetRemoteName(file, L"nonsense"), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
    ok_hr(IBackgroundCopyFile5_SetRemoteName(file, server_url(jobs->server, L"/file", url, ARRAYSIZE(url))), S_OK);
    ok_hr(IBackgroundCopyFile5_GetRemoteName(file, &text), S_OK);
    ok_str(text, url);
    CoTaskMemFree(text);
    resume_and_wait(&job); /* D-247, D-273 */
    value.String = NULL;
    /* D-208 */
    ok_hr(IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    ok(value.String && wcsstr(value.String, L"X-Test: answer"), "headers %s", wine_dbgstr_w(value.String));
    CoTaskMemFree(value.String);
    value.String = absurd;
    ok(FAILED(IBackgroundCopyFile5_SetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value)),
       "headers can be set"); /* D-201 */
    ok_hr(IBackgroundCopyJob_Complete(job.job), S_OK);
    pattern_check_file(local, SMALL_SIZE, 0);
    IBackgroundCopyFile5_Release(file);
    do_job_end(&job);
}
