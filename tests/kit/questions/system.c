/*
 * Questions about registration, uploads, peer caching and Delivery Optimization.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

#include "support/bitsserver.h"

#include <stdio.h>

/* --- what is registered --------------------------------------------------------------------------------------- */

static const char *registered(const WCHAR *path, const WCHAR *name)
{
    WCHAR data[256];
    DWORD size = sizeof(data);
    LONG error;
    HKEY key;

    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) return "no key";
    error = RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, data, &size);
    RegCloseKey(key);
    return error ? "no value" : narrow(data);
}

/* Wine's service control manager does not name them. */
static const char *first_dependency(const WCHAR *service)
{
    WCHAR path[128], data[256] = {0};
    DWORD size = sizeof(data) - 2 * sizeof(*data);

    swprintf(path, ARRAYSIZE(path), L"System\\CurrentControlSet\\Services\\%ls", service);
    if (RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, data, &size))
        return "none";
    return narrow(data);
}

static void ask_services(void)
{
    static const WCHAR *const names[] = {L"BITS", L"DoSvc"};
    SC_HANDLE control = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192];
    } buffer;
    unsigned int i;
    DWORD size;

    for (i = 0; control && i < ARRAYSIZE(names); i++)
    {
        if (!(service = OpenServiceW(control, names[i], SERVICE_QUERY_CONFIG))) continue;
        if (QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size))
        {
            answer("S-001", text("display name of %s", narrow(names[i])), "%s", narrow(buffer.config.lpDisplayName));
            answer("S-003", text("first dependency of %s", narrow(names[i])), "%s", first_dependency(names[i]));
            answer("S-004", text("account of %s", narrow(names[i])), "%s", narrow(buffer.config.lpServiceStartName));
        }
        CloseServiceHandle(service);
    }
    if (control) CloseServiceHandle(control);
}

static void ask_registry(void)
{
    static const WCHAR *const classes[] = {
        L"{4D233817-B456-4E75-83D2-B17DEC544D12}", L"{4BD3E4E1-7BD4-4A2B-9964-496400DE5193}",
        L"{4575438F-A6C8-4976-B0FE-2F26B80D959E}", L"{5FD42AD5-C04E-4D36-ADC7-E08FF15737AD}"};
    static const WCHAR *const interfaces[] = {
        L"{37668D37-507E-4160-9316-26306D150B12}", L"{E847030C-BBBA-4657-AF6D-484AA42BF1FE}",
        L"{CA29D251-B4BB-4679-A3D9-AE8006119D54}", L"{29CFBBF7-09E4-4B97-B0BC-F2287E3D8EB3}",
        L"{400E2D4A-1431-4C1A-A748-39CA472CFDB1}"};
    WCHAR path[120];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(classes); i++)
    {
        swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls", classes[i]);
        answer("S-008", text("AppID of the class %s", narrow(classes[i])), "%s", registered(path, L"AppID"));
    }
    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        swprintf(path, ARRAYSIZE(path), L"Interface\\%ls", interfaces[i]);
        answer("S-011", text("name of the interface %s", narrow(interfaces[i])), "%s", registered(path, NULL));
        wcscat(path, L"\\NumMethods");
        answer("S-011", text("methods of the interface %s", narrow(interfaces[i])), "%s", registered(path, NULL));
    }
}

static void ask_peer_caching(void)
{
    IBitsPeerCacheAdministration *administration = query(manager, &IID_IBitsPeerCacheAdministration);
    IEnumBitsPeerCacheRecords *records = NULL;
    IBitsPeerCacheRecord *record = NULL;
    IEnumBitsPeers *peers = NULL;
    DWORD value = 0xcccc;
    ULONG count = 0;
    GUID id = {1};
    HRESULT hr;

    if (!administration) return;
    hr = IBitsPeerCacheAdministration_GetMaximumCacheSize(administration, &value);
    answer("P-004", "GetMaximumCacheSize", "%s %lu", hr_text(hr), value);
    hr = IBitsPeerCacheAdministration_GetMaximumContentAge(administration, &value);
    answer("P-004", "GetMaximumContentAge", "%s %lu", hr_text(hr), value);
    hr = IBitsPeerCacheAdministration_GetConfigurationFlags(administration, &value);
    answer("P-004", "GetConfigurationFlags", "%s %lu", hr_text(hr), value);
    hr = IBitsPeerCacheAdministration_EnumRecords(administration, &records);
    if (records) IEnumBitsPeerCacheRecords_GetCount(records, &count);
    answer("P-007", "EnumRecords: result, enumerator, its count", "%s %s %lu", hr_text(hr), records ? "yes" : "no",
           count);
    hr = IBitsPeerCacheAdministration_EnumPeers(administration, &peers);
    answer("P-007", "EnumPeers: result, enumerator", "%s %s", hr_text(hr), peers ? "yes" : "no");
    answer_hr("P-131", "GetRecord of an unknown id",
              IBitsPeerCacheAdministration_GetRecord(administration, &id, &record));
    if (records) IEnumBitsPeerCacheRecords_Release(records);
    if (peers) IEnumBitsPeers_Release(peers);
    IBitsPeerCacheAdministration_Release(administration);
}

void ask_system(void)
{
    ask_services();
    ask_registry();
    ask_peer_caching();
}

/* --- uploads -------------------------------------------------------------------------------------------------- */

/* One upload: the counts of its packets and the outcome. */
static void ask_upload(const char *rule, const char *question, unsigned int size, unsigned int flags,
                       const WCHAR *method, BG_JOB_TYPE type)
{
    char directory[MAX_PATH];
    struct bitsserver_options options = {.directory = directory, .flags = flags};
    IBackgroundCopyJob *job = new_job(type);
    IBackgroundCopyJobHttpOptions2 *http;
    struct bitsserver_counts counts = {0};
    struct bitsserver *upload_server;
    WCHAR url[128];

    WideCharToMultiByte(CP_ACP, 0, client_directory(), -1, directory, sizeof(directory), NULL, NULL);
    if (job && (upload_server = bitsserver_create(&options)))
    {
        client_path(local_path);
        pattern_write_file(local_path, size, 1);
        swprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%u/dir/up%u", bitsserver_port(upload_server), size);
        IBackgroundCopyJob_AddFile(job, url, local_path);
        if (method && (http = query(job, &IID_IBackgroundCopyJobHttpOptions2)))
        {
            IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, method);
            IBackgroundCopyJobHttpOptions2_Release(http);
        }
        IBackgroundCopyJob_Resume(job);
        settle(job);
        bitsserver_count(upload_server, &counts);
        answer(rule, question, "%s; %u ping, %u create, %s fragment, %u close; %u plain", outcome(job), counts.pings,
               counts.creates,
               counts.fragments > 1 ? "several"
               : counts.fragments   ? "one"
                                    : "no",
               counts.closes, counts.plain);
        drop(job);
        bitsserver_destroy(upload_server);
        return;
    }
    drop(job);
}

void ask_uploads(void)
{
    ask_upload("U-091", "upload of 10000 bytes", 10000, 0, NULL, BG_JOB_TYPE_UPLOAD);
    ask_upload("U-107", "upload of 3000000 bytes", 3000000, 0, NULL, BG_JOB_TYPE_UPLOAD);
    ask_upload("U-109", "upload of an empty file", 0, 0, NULL, BG_JOB_TYPE_UPLOAD);
    ask_upload("U-202", "upload with the method PUT", 10001, 0, L"PUT", BG_JOB_TYPE_UPLOAD);
    ask_upload("U-010", "upload when answers have a body", 10002, BITSSERVER_BODIED_ACKS, NULL, BG_JOB_TYPE_UPLOAD);
    ask_upload("U-024", "upload when every answer repeats the session", 10003, BITSSERVER_SESSION_IN_ACKS, NULL,
               BG_JOB_TYPE_UPLOAD);
    ask_upload("U-054", "upload when answers are no acknowledgements", 10004, BITSSERVER_NO_ACK, NULL,
               BG_JOB_TYPE_UPLOAD);
    ask_upload("U-075", "upload when answers name no offset", 10005, BITSSERVER_NO_OFFSET, NULL, BG_JOB_TYPE_UPLOAD);
    ask_upload("U-131", "upload with reply when there is none", 10006, 0, NULL, BG_JOB_TYPE_UPLOAD_REPLY);
    ask_upload("U-170", "upload when the server answers with HTTP/1.0", 10007, BITSSERVER_HTTP10, NULL,
               BG_JOB_TYPE_UPLOAD);
    ask_upload("U-152", "upload to a server where uploads are disabled", 10008, BITSSERVER_DISABLED, NULL,
               BG_JOB_TYPE_UPLOAD);
}

/* --- Delivery Optimization -------------------------------------------------------------------------------------- */

static void ask_do_job(IBackgroundCopyManager *delivery)
{
    IBackgroundCopyJob *job = NULL;
    IDeliveryOptimizationJob *own;
    ULONG value = 0;
    GUID id;
    HRESULT hr;

    hr = IBackgroundCopyManager_CreateJob(delivery, L"wine-bits question", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    answer_hr("D-019", "CreateJob", hr);
    if (FAILED(hr)) return;
    hr = IBackgroundCopyJob_GetNotifyFlags(job, &value);
    answer("D-282", "default notification flags", "%s %lu", hr_text(hr), value);
    hr = IBackgroundCopyJob_GetNoProgressTimeout(job, &value);
    answer("D-283", "default no progress timeout", "%s %lu", hr_text(hr), value);
    hr = IBackgroundCopyJob_GetMinimumRetryDelay(job, &value);
    answer("D-254", "default minimum retry delay", "%s %lu", hr_text(hr), value);
    own = query(job, &IID_IDeliveryOptimizationJob);
    answer("D-189", "QueryInterface for IDeliveryOptimizationJob", "%s", own ? "yes" : "no");
    if (own) IDeliveryOptimizationJob_Release(own);
    answer_hr("D-243", "Resume without files", IBackgroundCopyJob_Resume(job));
    IBackgroundCopyJob_Cancel(job);
    answer_hr("D-256", "Resume after Cancel", IBackgroundCopyJob_Resume(job));
    IBackgroundCopyJob_Release(job);
}

void ask_delivery_optimization(void)
{
    static const CLSID class_id = {0x5b99fa76, 0x721c, 0x423c, {0xad, 0xac, 0x56, 0xd0, 0x3c, 0x8a, 0x80, 0x07}};
    IBackgroundCopyManager *delivery = NULL;
    IDODownload *download = NULL;
    IDOManager *downloads = NULL;
    DO_DOWNLOAD_STATUS status = {0};
    HRESULT hr;

    hr = CoCreateInstance(&class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager, (void **)&delivery);
    answer_hr("D-019", "CoCreateInstance for IBackgroundCopyManager", hr);
    if (SUCCEEDED(hr))
    {
        ask_do_job(delivery);
        IBackgroundCopyManager_Release(delivery);
    }
    hr = CoCreateInstance(&class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&downloads);
    answer_hr("D-019", "CoCreateInstance for IDOManager", hr);
    if (FAILED(hr)) return;
    hr = IDOManager_CreateDownload(downloads, &download);
    answer_hr("D-122", "CreateDownload", hr);
    if (SUCCEEDED(hr))
    {
        hr = IDODownload_GetStatus(download, &status);
        answer("D-140", "state of a new download", "%s %d", hr_text(hr), status.State);
        answer_hr("D-104", "Start of a download without a source", IDODownload_Start(download, NULL));
        answer_hr("D-120", "Pause of a download that was not started", IDODownload_Pause(download));
        answer_hr("D-128", "Finalize of a download that was not started", IDODownload_Finalize(download));
        IDODownload_Release(download);
    }
    IDOManager_Release(downloads);
}
