/*
 * Questions about what methods accept and return.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

#include <wchar.h>


static void ask_create(void)
{
    IBackgroundCopyJob *job = NULL;
    WCHAR name[300];
    GUID id;
    HRESULT hr;

    hr = IBackgroundCopyManager_CreateJob(manager, L"wine-bits type", 3, &id, &job);
    answer_hr("B-120", "CreateJob with type 3", hr);
    if (SUCCEEDED(hr)) drop(job);
    hr = IBackgroundCopyManager_CreateJob(manager, L"", BG_JOB_TYPE_DOWNLOAD, &id, &job);
    answer_hr("B-120", "CreateJob with an empty name", hr);
    if (SUCCEEDED(hr)) drop(job);
    wmemset(name, 'x', 299);
    name[257] = 0;
    hr = IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    answer_hr("B-120", "CreateJob with a name of 257 characters", hr);
    if (SUCCEEDED(hr)) drop(job);
    if (!(job = new_job(BG_JOB_TYPE_DOWNLOAD))) return;
    answer_hr("B-145", "SetDisplayName with 257 characters", IBackgroundCopyJob_SetDisplayName(job, name));
    drop(job);
    memset(&id, 0, sizeof(id));
    job = (IBackgroundCopyJob *)(ULONG_PTR)0xdeadbee0;
    hr = IBackgroundCopyManager_GetJob(manager, &id, &job);
    answer("B-103", "GetJob of an unknown id: result, out pointer", "%s %s", hr_text(hr), job ? "not NULL" : "NULL");
}

static void ask_enumerations(void)
{
    static const DWORD flags[] = {1, 2, 4, 0x80000000};
    IEnumBackgroundCopyJobs *jobs;
    unsigned int i;
    ULONG count = 0;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(flags); i++)
    {
        hr = IBackgroundCopyManager_EnumJobs(manager, flags[i], &jobs);
        answer_hr("B-123", text("EnumJobs with flags %#lx", flags[i]), hr);
        if (SUCCEEDED(hr)) IEnumBackgroundCopyJobs_Release(jobs);
    }
    if (FAILED(hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs))) return;
    IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    answer("B-123", "EnumJobs when the user has no jobs", "%s, %lu jobs", hr_text(hr), count);
    IEnumBackgroundCopyJobs_Release(jobs);
}

static ULONG file_count(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    IBackgroundCopyJob_GetProgress(job, &progress);
    return progress.FilesTotal;
}

static void ask_add(void)
{
    WCHAR path[MAX_PATH], missing[MAX_PATH + 16], url[300];
    BG_FILE_INFO set[2] = {{(WCHAR *)L"http://127.0.0.1/a", path},
                           {(WCHAR *)L"http://127.0.0.1/b", (WCHAR *)L"relative"}};
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    static const WCHAR *const urls[] = {L"ftp://127.0.0.1/f",
                                        L"gopher://127.0.0.1/f",
                                        L"http:///f",
                                        L"127.0.0.1/f",
                                        L"c:\\windows\\win.ini",
                                        L"file://c:/windows/win.ini",
                                        L"file:///c:/windows/win.ini"};
    unsigned int i;
    HRESULT hr;

    if (!job) return;
    client_path(path);
    hr = IBackgroundCopyJob_AddFileSet(job, 2, set);
    answer("B-130", "AddFileSet of a good and a bad file: result, files added", "%s, %lu", hr_text(hr),
           file_count(job));
    answer_hr("B-130", "AddFileSet of no files", IBackgroundCopyJob_AddFileSet(job, 0, set));
    swprintf(missing, ARRAYSIZE(missing), L"%lsno\\such\\f", client_directory());
    answer_hr("B-410", "AddFile into a directory that does not exist",
              IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", missing));
    swprintf(missing, ARRAYSIZE(missing), L"\\\\?\\%ls", path);
    answer_hr("B-410", "AddFile with a local name \\\\?\\C:\\...",
              IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", missing));
    swprintf(missing, ARRAYSIZE(missing), L"%ls:stream", path);
    answer_hr("B-410", "AddFile with a local name of a stream",
              IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", missing));
    for (i = 0; i < ARRAYSIZE(urls); i++)
        answer_hr("B-400", text("AddFile of %s", narrow(urls[i])),
                  IBackgroundCopyJob_AddFile(job, urls[i], client_path(path)));
    wcscpy(url, L"http://127.0.0.1/");
    wmemset(url + 17, 'x', 261);
    url[17 + 261] = 0;
    answer_hr("B-132", "AddFile of a URL with a path segment of 261",
              IBackgroundCopyJob_AddFile(job, url, client_path(path)));
    wcscpy(url, L"http://127.0.0.1/f?");
    wmemset(url + 19, 'x', 270);
    url[19 + 270] = 0;
    answer_hr("B-132", "AddFile of a URL with a query of 270", IBackgroundCopyJob_AddFile(job, url, client_path(path)));
    drop(job);
}

static void ask_defaults(void)
{
    BITS_JOB_PROPERTY_VALUE value = {.Uint64 = 0};
    IBackgroundCopyJob5 *job5;
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR *description = NULL;
    BG_JOB_TIMES times = {{0}};
    FILETIME now;

    if (!job) return;
    IBackgroundCopyJob_GetDescription(job, &description);
    answer("B-148", "description of a new job", "\"%s\"", narrow(description));
    CoTaskMemFree(description);
    IBackgroundCopyJob_GetTimes(job, &times);
    GetSystemTimeAsFileTime(&now);
    answer("B-315", "creation and modification time of a new job are equal", "%s",
           CompareFileTime(&times.CreationTime, &times.ModificationTime) ? "no" : "yes");
    answer("B-141", "times of jobs are UTC", "%s",
           now.dwHighDateTime - times.CreationTime.dwHighDateTime <= 1 ? "yes" : "no");
    if ((job5 = query(job, &IID_IBackgroundCopyJob5)))
    {
        if (SUCCEEDED(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value)))
            answer("B-318", "cost flags of a new job", "%#lx", value.Dword);
        value.Uint64 = 0;
        if (SUCCEEDED(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, &value)))
            answer("B-234", "maximum download size of a new job", "%#llx", (unsigned long long)value.Uint64);
        IBackgroundCopyJob5_Release(job5);
    }
    drop(job);
}

static void ask_setters(void)
{
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    static const DWORD flags[] = {0, 0x3f, 0x40, 0x80};
    IBackgroundCopyJob2 *job2;
    IBackgroundCopyJob3 *job3;
    IBackgroundCopyJob4 *job4;
    struct callback *callback;
    IUnknown *sink;
    unsigned int i;

    if (!job) return;
    answer_hr("B-149", "SetPriority(4)", IBackgroundCopyJob_SetPriority(job, 4));
    for (i = 0; i < ARRAYSIZE(flags); i++)
        answer_hr("B-151", text("SetNotifyFlags(%#lx)", flags[i]), IBackgroundCopyJob_SetNotifyFlags(job, flags[i]));
    answer_hr("B-153", "SetNotifyInterface with an object that is no callback",
              IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)manager));
    if ((callback = callback_create(1)))
    {
        sink = callback_unknown(callback);
        answer_hr("B-657", "SetNotifyInterface with an object of the first version",
                  IBackgroundCopyJob_SetNotifyInterface(job, sink));
        IBackgroundCopyJob_SetNotifyInterface(job, NULL);
        callback_destroy(callback);
    }
    answer_hr("B-160", "SetProxySettings(PRECONFIG) with a list",
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_PRECONFIG, L"proxy:80", NULL));
    answer_hr("B-160", "SetProxySettings(OVERRIDE) without a list",
              IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL));
    answer_hr("B-160", "SetProxySettings(4)", IBackgroundCopyJob_SetProxySettings(job, 4, NULL, NULL));
    answer_hr("B-162", "TakeOwnership of one's own job", IBackgroundCopyJob_TakeOwnership(job));
    if ((job2 = query(job, &IID_IBackgroundCopyJob2)))
    {
        answer_hr("B-170", "SetNotifyCmdLine(NULL, parameters)",
                  IBackgroundCopyJob2_SetNotifyCmdLine(job2, NULL, L"x"));
        answer_hr("B-170", "SetNotifyCmdLine of a program that does not exist",
                  IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"c:\\no such\\program.exe", NULL));
        answer_hr("B-174", "SetReplyFileName of a download", IBackgroundCopyJob2_SetReplyFileName(job2, L"c:\\reply"));
        answer_hr("B-177", "RemoveCredentials(3, BASIC)",
                  IBackgroundCopyJob2_RemoveCredentials(job2, 3, BG_AUTH_SCHEME_BASIC));
        answer_hr("B-177", "RemoveCredentials(SERVER, 6)",
                  IBackgroundCopyJob2_RemoveCredentials(job2, BG_AUTH_TARGET_SERVER, 6));
        IBackgroundCopyJob2_Release(job2);
    }
    if ((job3 = query(job, &IID_IBackgroundCopyJob3)))
    {
        IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a/1", client_path(local_path));
        answer_hr("B-180", "ReplaceRemotePrefix that nothing has",
                  IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://none/", L"http://other/"));
        answer_hr("B-180", "ReplaceRemotePrefix by something that is no URL",
                  IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://127.0.0.1/a", L"nonsense"));
        IBackgroundCopyJob3_Release(job3);
    }
    if ((job4 = query(job, &IID_IBackgroundCopyJob4)))
    {
        answer_hr("B-185", "SetPeerCachingFlags(4)", IBackgroundCopyJob4_SetPeerCachingFlags(job4, 4));
        answer_hr("B-185", "SetPeerCachingFlags(8)", IBackgroundCopyJob4_SetPeerCachingFlags(job4, 8));
        IBackgroundCopyJob4_Release(job4);
    }
    drop(job);
}

static void ask_ranges(void)
{
    static const BG_FILE_RANGE empty[] = {{0, 0}}, before[] = {{100, 0}, {100, 5}},
                               behind[] = {{100, 5}, {100, 0}}, good[] = {{0, 10}};
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = query(job, &IID_IBackgroundCopyJob3);
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};

    if (job3)
    {
        answer_hr("B-227", "AddFileWithRanges of length 0",
                  IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local_path), 1,
                                                        (BG_FILE_RANGE *)empty));
        answer_hr("B-227", "AddFileWithRanges of 100:0 and 100:5",
                  IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local_path), 2,
                                                        (BG_FILE_RANGE *)before));
        answer_hr("B-227", "AddFileWithRanges of 100:5 and 100:0",
                  IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local_path), 2,
                                                        (BG_FILE_RANGE *)behind));
        answer_hr("B-181", "AddFileWithRanges from a share",
                  IBackgroundCopyJob3_AddFileWithRanges(job3, L"\\\\127.0.0.1\\c$\\a", client_path(local_path), 1,
                                                        (BG_FILE_RANGE *)good));
        IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local_path), 1,
                                              (BG_FILE_RANGE *)good);
        if (job5)
            answer_hr("B-232", "DYNAMIC_CONTENT of a job with ranges",
                      IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value));
        IBackgroundCopyJob3_Release(job3);
    }
    if (job5) IBackgroundCopyJob5_Release(job5);
    drop(job);
}

static void ask_http_options(void)
{
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJobHttpOptions *options = query(job, &IID_IBackgroundCopyJobHttpOptions);
    IBackgroundCopyJobHttpOptions2 *options2 = query(job, &IID_IBackgroundCopyJobHttpOptions2);
    IBackgroundCopyJobHttpOptions3 *options3 = query(job, &IID_IBackgroundCopyJobHttpOptions3);
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    WCHAR *headers = NULL;

    if (options)
    {
        answer_hr("B-196", "SetClientCertificateByName with an empty subject",
                  IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, 0, L"MY", L""));
        answer_hr("B-201", "SetSecurityFlags(0x300)", IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, 0x300));
        answer_hr("B-201", "SetSecurityFlags(0x1000)", IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, 0x1000));
        answer_hr("B-200", "GetCustomHeaders when there are none",
                  IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers));
        CoTaskMemFree(headers);
    }
    if (options3)
    {
        IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(options3);
        answer_hr("B-206", "SetCustomHeaders after MakeCustomHeadersWriteOnly",
                  IBackgroundCopyJobHttpOptions3_SetCustomHeaders(options3, L"A: b"));
        IBackgroundCopyJobHttpOptions3_Release(options3);
    }
    if (options2)
    {
        IBackgroundCopyJobHttpOptions2_SetHttpMethod(options2, L"POST");
        answer_hr("B-149", "SetPriority of a job with a custom method",
                  IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_NORMAL));
        if (job5)
        {
            answer_hr("B-203", "DYNAMIC_CONTENT of a job with a custom method",
                      IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value));
            answer_hr("B-203", "ON_DEMAND_MODE of a job with a custom method",
                      IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, value));
        }
        IBackgroundCopyJobHttpOptions2_Release(options2);
    }
    if (options) IBackgroundCopyJobHttpOptions_Release(options);
    if (job5) IBackgroundCopyJob5_Release(job5);
    drop(job);
}

static void ask_properties(void)
{
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob5 *job5 = query(job, &IID_IBackgroundCopyJob5);
    IBackgroundCopyJobHttpOptions2 *options2 = query(job, &IID_IBackgroundCopyJobHttpOptions2);
    BITS_JOB_PROPERTY_VALUE on = {.Enable = TRUE}, value = {.Dword = 0};
    int id;

    if (job5)
    {
        value.Dword = 0x12345678;
        answer_hr("B-230", "COST_FLAGS of 0x12345678",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
        value.Dword = 0;
        answer_hr("B-230", "COST_FLAGS of 0",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
        value.Uint64 = 0;
        answer_hr("B-234", "MAX_DOWNLOAD_SIZE of 0",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value));
        value.Target = BG_AUTH_TARGET_SERVER;
        answer_hr("B-235", "USE_STORED_CREDENTIALS of SERVER",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value));
        for (id = 6; id <= 8; id += 2)
            answer_hr("B-238", text("GetProperty(%d)", id), IBackgroundCopyJob5_GetProperty(job5, id, &value));
        IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, on);
        answer_hr("B-237", "ON_DEMAND_MODE of a dynamic job",
                  IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, on));
        if (options2)
            answer_hr("B-203", "SetHttpMethod of a dynamic job",
                      IBackgroundCopyJobHttpOptions2_SetHttpMethod(options2, L"POST"));
        IBackgroundCopyJob5_Release(job5);
    }
    if (options2) IBackgroundCopyJobHttpOptions2_Release(options2);
    drop(job);
}

static void ask_other_interfaces(void)
{
    static const IID old_job4 = {0xbc2c92df, 0x4972, 0x4fa7, {0xb8, 0xa0, 0x44, 0x4e, 0x12, 0x7b, 0xa6, 0x70}};
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD), *again = NULL;
    IUnknown *identity, *other;
    void *found = NULL;
    GUID id;

    if (!job) return;
    answer_hr("B-107", "QueryInterface for the IBackgroundCopyJob4 of old .NET wrappers",
              IBackgroundCopyJob_QueryInterface(job, &old_job4, &found));
    IBackgroundCopyJob_GetId(job, &id);
    if (SUCCEEDED(IBackgroundCopyManager_GetJob(manager, &id, &again)))
    {
        identity = query(job, &IID_IUnknown);
        other = query(again, &IID_IUnknown);
        answer("B-122", "CreateJob and GetJob give one object", "%s", identity == other ? "yes" : "no");
        IUnknown_Release(identity);
        IUnknown_Release(other);
        IBackgroundCopyJob_Release(again);
    }
    drop(job);
}

void ask_methods(void)
{
    ask_create();
    ask_enumerations();
    ask_add();
    ask_defaults();
    ask_setters();
    ask_ranges();
    ask_http_options();
    ask_properties();
    ask_other_interfaces();
}
