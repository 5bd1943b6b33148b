/*
 * What the two services and the generations see of each other, and what becomes of jobs when the service
 * ends.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dojob.h"
#include "wine/test.h"

static BOOL lists(IBackgroundCopyManager *manager, const GUID *id)
{
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;
    BOOL found = FALSE;
    GUID got;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (jobs && !found && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_GetId(job, &got);
        found = IsEqualGUID(&got, id);
        IBackgroundCopyJob_Release(job);
    }
    if (jobs) IEnumBackgroundCopyJobs_Release(jobs);
    return found;
}

static IDOManager *do_manager(void)
{
    IDOManager *manager = NULL;

    ok_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&manager),
          S_OK);
    return manager;
}

static void job_id(IBackgroundCopyJob *job, WCHAR *text, GUID *id)
{
    ok_hr(IBackgroundCopyJob_GetId(job, id), S_OK);
    StringFromGUID2(id, text, 39);
}

static HRESULT find_download(IDOManager *manager, const WCHAR *id, IEnumUnknown **found)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id, id};

    *found = NULL;
    return IDOManager_EnumDownloads(manager, &category, found);
}

/* D-007, D-475: three worlds, one engine. */
void check_worlds(struct jobs *jobs)
{
    IBackgroundCopyManager *bits = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *bits_job = NULL, *other;
    IDOManager *manager = do_manager();
    IDODownload *download = NULL;
    GUID id, bits_id, download_id;
    WCHAR text[39], bits_text[39];
    IEnumUnknown *found;
    struct do_job job;

    if (!bits || !manager || !do_job_begin(&job, jobs)) return;
    bits_job = client_job(bits, BG_JOB_TYPE_DOWNLOAD);
    ok_hr(IDOManager_CreateDownload(manager, &download), S_OK);
    job_id(job.job, text, &id);
    job_id(bits_job, bits_text, &bits_id);
    ok_hr(CLSIDFromString((WCHAR *)get_text(download, DODownloadProperty_Id), &download_id), S_OK);

    ok(lists(bits, &bits_id), "BITS does not list its own job");
    ok(!lists(bits, &id) && !lists(bits, &download_id), "BITS lists what is not its own");
    ok_hr(IBackgroundCopyManager_GetJob(bits, &id, &other), BG_E_NOT_FOUND);
    ok(lists(jobs->manager, &id), "Delivery Optimization does not list its own job");
    ok(!lists(jobs->manager, &bits_id) && !lists(jobs->manager, &download_id), "a job of another world is listed");
    ok_hr(IBackgroundCopyManager_GetJob(jobs->manager, &bits_id, &other), DO_E_JOB_NOT_FOUND);
    ok_hr(IBackgroundCopyManager_GetJob(jobs->manager, &download_id, &other), DO_E_JOB_NOT_FOUND);
    ok_hr(find_download(manager, text, &found), DO_E_NO_DOWNLOADS);
    ok_hr(find_download(manager, bits_text, &found), DO_E_NO_DOWNLOADS);

    ok_hr(IDODownload_Abort(download), S_OK);
    IDODownload_Release(download);
    IDOManager_Release(manager);
    client_drop_job(bits_job);
    IBackgroundCopyManager_Release(bits);
    do_job_end(&job);
}

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\DeliveryOptimization"

/* D-429, ours for jobs: the policy's code for a service that is switched off. */
void check_bypass(struct jobs *jobs)
{
    WCHAR local[MAX_PATH];
    struct do_job job;
    DWORD mode = 100;
    HKEY key;

    /* On Windows it could be somebody's own. */
    if (!winetest_is_wine() ||
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, POLICIES, 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL))
    {
        skip("no right to set policies");
        return;
    }
    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (do_job_begin(&job, jobs))
    {
        ok_hr(do_job_add(&job, L"/file", local), S_OK);
        RegSetValueExW(key, L"DODownloadMode", 0, REG_DWORD, (BYTE *)&mode, sizeof(mode));
        ok_hr(IBackgroundCopyJob_Resume(job.job), DO_E_NO_DOWNLOAD_EXTSETTINGS);
        ok_int(client_state(job.job), BG_JOB_STATE_SUSPENDED);
        RegDeleteValueW(key, L"DODownloadMode");
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        do_job_end(&job);
    }
    RegCloseKey(key);
}

static BOOL kill_service(void)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, client_service_process(L"DoSvc"));
    BOOL killed;

    if (!process && GetLastError() == ERROR_ACCESS_DENIED)
    {
        skip("no right to kill the service");
        return FALSE;
    }
    if (!ok(process != NULL, "no process: error %lu", GetLastError())) return FALSE;
    killed = TerminateProcess(process, 1) && client_wait(process, 5000);
    CloseHandle(process);
    return ok(killed, "the service is not killed");
}

/* D-255, D-132: jobs and downloads that are not volatile survive the death of the service, in whose middle
 * they were. */
void check_killed(struct jobs *jobs)
{
    static const WCHAR info[] = L"{\"PiecesHashFileUrl\":\"http://127.0.0.1:9/\"}";
    struct sink_stream *stream = sink_stream_create();
    IBackgroundCopyManager *manager;
    WCHAR local[MAX_PATH], target[MAX_PATH], id_text[64], url[128];
    IDeliveryOptimizationFile2 *file;
    IBackgroundCopyJob *again = NULL;
    IDODownload *download = NULL;
    IDOManager *downloads = do_manager();
    IEnumUnknown *found;
    IUnknown *unknown;
    struct do_job job, streaming;
    GUID id, streaming_id;

    server_route(jobs->server, "/stall", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    if (!winetest_is_wine()) skip("services are not killed on Windows");
    if (!winetest_is_wine() || !downloads || !do_job_begin(&job, jobs) || !do_job_begin(&streaming, jobs)) return;
    ok_hr(do_job_add(&job, L"/stall", local), S_OK);
    ok_hr(IBackgroundCopyJob_GetId(job.job, &id), S_OK);
    ok_hr(IBackgroundCopyJob_GetId(streaming.job, &streaming_id), S_OK);
    file = do_job_add_sinkless(&streaming, L"/stall");
    ok_hr(file_set_object(file, &stream->IStream_iface), S_OK);
    ok_hr(file_set_text(file, DOFilePropertyId_IntegrityCheckInfo, info), S_OK);
    ok_hr(IDOManager_CreateDownload(downloads, &download), S_OK);
    ok_hr(set_text(download, DODownloadProperty_Uri, server_url(jobs->server, L"/stall", url, ARRAYSIZE(url))), S_OK);
    ok_hr(set_text(download, DODownloadProperty_LocalPath, client_path(target)), S_OK);
    ok_hr(set_bool(download, DODownloadProperty_NonVolatile, TRUE), S_OK);
    lstrcpyW(id_text, get_text(download, DODownloadProperty_Id));
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(streaming.job), S_OK);
    ok_hr(download_start(download), S_OK);
    server_wait_stalled(jobs->server, "/stall", 3, SOON_MS);

    if (!kill_service()) return;
    server_release(jobs->server, "/stall");
    if (!(manager = client_manager(&CLSID_DeliveryOptimization))) return;
    /* The activation has started the service (D-015); the job goes on by itself. */
    if (ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &again), S_OK))
    {
        client_wait_state(again, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(again), S_OK);
        pattern_check_file(local, SMALL_SIZE, 0);
        IBackgroundCopyJob_Release(again);
    }
    /* One whose stream died with the service is left without a sink. */
    if (ok_hr(IBackgroundCopyManager_GetJob(manager, &streaming_id, &again), S_OK))
    {
        client_wait_state(again, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(again, NULL), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
        ok_hr(IBackgroundCopyJob_Cancel(again), S_OK);
        IBackgroundCopyJob_Release(again);
    }
    /* The download waits for its client. */
    IDOManager_Release(downloads);
    downloads = do_manager();
    if (ok_hr(find_download(downloads, id_text, &found), S_OK))
    {
        IDODownload *same;

        ok_hr(IEnumUnknown_Next(found, 1, &unknown, NULL), S_OK);
        ok_hr(IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&same), S_OK);
        IUnknown_Release(unknown);
        IEnumUnknown_Release(found);
        ok_int(download_status(same).State, DODownloadState_Paused);
        ok_hr(IDODownload_Start(same, NULL), S_OK);
        download_wait(same, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(same), S_OK);
        pattern_check_file(target, SMALL_SIZE, 0);
        IDODownload_Release(same);
    }
    IDOManager_Release(downloads);
    IDODownload_Release(download);
    IDeliveryOptimizationFile2_Release(file);
    IBackgroundCopyManager_Release(manager);
    IBackgroundCopyJob_Release(job.job);
    IBackgroundCopyJob_Release(streaming.job);
    IDeliveryOptimizationJob_Release(job.files);
    IDeliveryOptimizationJob2_Release(job.files2);
    IDeliveryOptimizationJob_Release(streaming.files);
    IDeliveryOptimizationJob2_Release(streaming.files2);
    /* The dead service still counts among those who hold the stream: it is never freed here. */
}
