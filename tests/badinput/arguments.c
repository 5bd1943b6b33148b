/*
 * Bad arguments for the methods of BITS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "badinput.h"

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)

static IBackgroundCopyManager *bits_manager(void)
{
    return client_manager(&CLSID_BackgroundCopyManager);
}

/* The interface of a job that the next check is about, or NULL after a failed test. */
static void *job_interface(IBackgroundCopyJob *job, REFIID iid)
{
    void *out = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, iid, &out);

    ok_hr(hr, S_OK);
    return SUCCEEDED(hr) ? out : NULL;
}

/* --- the manager ------------------------------------------------------------------------ */

static void check_create_job(IBackgroundCopyManager *manager)
{
    WCHAR *fits = make_text(256, 'n'), *too_long = make_text(257, 'n'), *absurd = make_text(1 << 20, 'n');
    IBackgroundCopyJob *job;
    GUID id;

    ok_null(IBackgroundCopyManager_CreateJob(manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    ok_null(IBackgroundCopyManager_CreateJob(manager, L"x", BG_JOB_TYPE_DOWNLOAD, NULL, &job));
    ok_null(IBackgroundCopyManager_CreateJob(manager, L"x", BG_JOB_TYPE_DOWNLOAD, &id, NULL));

    /* B-120, B-255 */
    job = NULL;
    ok_hr(IBackgroundCopyManager_CreateJob(manager, fits, BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    client_drop_job(job);
    job = (IBackgroundCopyJob *)1;
    ok_hr(IBackgroundCopyManager_CreateJob(manager, too_long, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ok(!job, "got a job");
    ok_hr(IBackgroundCopyManager_CreateJob(manager, absurd, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", 3, &id, &job), E_NOTIMPL);
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", 0x7fff, &id, &job), E_NOTIMPL);
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", -1, &id, &job), E_NOTIMPL);
    free(fits);
    free(too_long);
    free(absurd);
}

static void check_find_jobs(IBackgroundCopyManager *manager)
{
    static const GUID strange = {0xffffffff, 0xffff, 0xffff, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)1, *jobs[2];
    IEnumBackgroundCopyJobs *list = NULL;
    ULONG fetched;
    HRESULT hr;

    ok_hr(IBackgroundCopyManager_GetJob(manager, &GUID_NULL, &job), BG_E_NOT_FOUND); /* B-122 */
    ok(!job, "got a job");
    ok_hr(IBackgroundCopyManager_GetJob(manager, &strange, &job), BG_E_NOT_FOUND);
    ok_null(IBackgroundCopyManager_GetJob(manager, NULL, &job));
    ok_null(IBackgroundCopyManager_GetJob(manager, &strange, NULL));

    ok_null(IBackgroundCopyManager_EnumJobs(manager, 0, NULL));
    hr = IBackgroundCopyManager_EnumJobs(manager, 0x80000002, &list); /* B-123 */
    ok(hr == E_NOTIMPL || broken(FAILED(hr)), "EnumJobs returned %#lx", hr);
    hr = IBackgroundCopyManager_EnumJobs(manager, 0, &list);
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    hr = IEnumBackgroundCopyJobs_Next(list, 2, jobs, NULL); /* B-225 */
    ok(FAILED(hr), "Next returned %#lx", hr);
    fetched = 1;
    ok_hr(IEnumBackgroundCopyJobs_Next(list, 0, jobs, &fetched), S_OK);
    ok_int(fetched, 0);
    ok_null(IEnumBackgroundCopyJobs_Next(list, 1, NULL, &fetched));
    ok_hr(IEnumBackgroundCopyJobs_Skip(list, 0xffffffff), S_FALSE); /* B-226 */
    ok_null(IEnumBackgroundCopyJobs_Clone(list, NULL));
    ok_null(IEnumBackgroundCopyJobs_GetCount(list, NULL));
    IEnumBackgroundCopyJobs_Release(list);
}

static void check_descriptions(IBackgroundCopyManager *manager)
{
    WCHAR *text = (WCHAR *)1;
    HRESULT hr;

    ok_null(IBackgroundCopyManager_GetErrorDescription(manager, BG_E_NOT_FOUND, ENGLISH, NULL));
    hr = IBackgroundCopyManager_GetErrorDescription(manager, BG_E_NOT_FOUND, 0x3ff, &text); /* B-124 */
    ok_hr(hr, HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND));
    ok(!text, "got %s", wine_dbgstr_w(text));
    text = NULL;
    hr = IBackgroundCopyManager_GetErrorDescription(manager, BG_E_NOT_FOUND, 0xffffffff, &text);
    ok(FAILED(hr) || text != NULL, "no text and %#lx", hr);
    CoTaskMemFree(text);
    text = NULL;
    hr = IBackgroundCopyManager_GetErrorDescription(manager, 0xdeadbeef, ENGLISH, &text);
    ok(FAILED(hr) ? !text : text != NULL, "text %s and %#lx", wine_dbgstr_w(text), hr);
    CoTaskMemFree(text);
}

void test_manager(void)
{
    static const GUID unknown = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    IBackgroundCopyManager *manager = bits_manager();
    void *out = (void *)1;
    HRESULT hr;

    if (!manager) return;
    hr = IBackgroundCopyManager_QueryInterface(manager, &unknown, &out);
    ok_hr(hr, E_NOINTERFACE);
    ok(!out, "got an interface");
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &unknown, &out);
    ok_hr(hr, E_NOINTERFACE);
    hr = CoCreateInstance(&CLSID_BackgroundCopyManager, (IUnknown *)manager, CLSCTX_LOCAL_SERVER, &IID_IUnknown, &out);
    ok(FAILED(hr), "an aggregate was created: %#lx", hr);
    check_create_job(manager);
    check_find_jobs(manager);
    check_descriptions(manager);
    IBackgroundCopyManager_Release(manager);
}

/* --- the job ------------------------------------------------------------------------------ */

static void check_null_results(IBackgroundCopyJob *job)
{
    BG_JOB_PROXY_USAGE usage;
    WCHAR *text = NULL;

    ok_null(IBackgroundCopyJob_EnumFiles(job, NULL));
    ok_null(IBackgroundCopyJob_GetId(job, NULL));
    ok_null(IBackgroundCopyJob_GetType(job, NULL));
    ok_null(IBackgroundCopyJob_GetProgress(job, NULL));
    ok_null(IBackgroundCopyJob_GetTimes(job, NULL));
    ok_null(IBackgroundCopyJob_GetState(job, NULL));
    ok_null(IBackgroundCopyJob_GetError(job, NULL));
    ok_null(IBackgroundCopyJob_GetOwner(job, NULL));
    ok_null(IBackgroundCopyJob_GetDisplayName(job, NULL));
    ok_null(IBackgroundCopyJob_GetDescription(job, NULL));
    ok_null(IBackgroundCopyJob_GetPriority(job, NULL));
    ok_null(IBackgroundCopyJob_GetNotifyFlags(job, NULL));
    ok_null(IBackgroundCopyJob_GetNotifyInterface(job, NULL));
    ok_null(IBackgroundCopyJob_GetMinimumRetryDelay(job, NULL));
    ok_null(IBackgroundCopyJob_GetNoProgressTimeout(job, NULL));
    ok_null(IBackgroundCopyJob_GetErrorCount(job, NULL));
    ok_null(IBackgroundCopyJob_GetProxySettings(job, NULL, &text, &text)); /* B-161 */
    ok_null(IBackgroundCopyJob_GetProxySettings(job, &usage, NULL, &text));
    ok_null(IBackgroundCopyJob_GetProxySettings(job, &usage, &text, NULL));
}

static void check_texts(IBackgroundCopyJob *job)
{
    WCHAR *name = make_text(257, 'n'), *description = make_text(1025, 'd'), *absurd = make_text(1 << 20, 'a');
    HRESULT hr;

    ok_null(IBackgroundCopyJob_SetDisplayName(job, NULL));
    ok_null(IBackgroundCopyJob_SetDescription(job, NULL));
    hr = IBackgroundCopyJob_SetDisplayName(job, name); /* B-145 */
    ok(hr == BG_E_STRING_TOO_LONG || broken(hr == E_INVALIDARG), "SetDisplayName returned %#lx", hr);
    hr = IBackgroundCopyJob_SetDisplayName(job, absurd);
    ok(hr == BG_E_STRING_TOO_LONG || broken(hr == E_INVALIDARG), "SetDisplayName returned %#lx", hr);
    name[256] = 0;
    ok_hr(IBackgroundCopyJob_SetDisplayName(job, name), S_OK);
    ok_hr(IBackgroundCopyJob_SetDescription(job, description), BG_E_STRING_TOO_LONG); /* B-147 */
    ok_hr(IBackgroundCopyJob_SetDescription(job, absurd), BG_E_STRING_TOO_LONG);
    description[1024] = 0;
    ok_hr(IBackgroundCopyJob_SetDescription(job, description), S_OK);
    free(name);
    free(description);
    free(absurd);
}

static void check_values(IBackgroundCopyJob *job)
{
    WCHAR *proxies = make_text(40000, 'p');

    ok_enum(IBackgroundCopyJob_SetPriority(job, 4), E_NOTIMPL); /* B-149 */
    ok_enum(IBackgroundCopyJob_SetPriority(job, -1), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x40), E_NOTIMPL); /* B-151 */
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, ~0u), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, ~0u), S_OK); /* B-155 */
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, ~0u), S_OK);

    /* B-160 */
    ok_enum(IBackgroundCopyJob_SetProxySettings(job, 4, NULL, NULL), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, L"proxy", NULL), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, proxies, NULL),
          BG_E_PROXY_LIST_TOO_LARGE);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:80", proxies),
          BG_E_PROXY_BYPASS_LIST_TOO_LARGE);
    free(proxies);
}

void test_job(void)
{
    IBackgroundCopyManager *manager = bits_manager();
    IBackgroundCopyJob *job = manager ? client_job(manager, BG_JOB_TYPE_DOWNLOAD) : NULL;

    if (job)
    {
        check_null_results(job);
        check_texts(job);
        check_values(job);
        ok_int(client_state(job), BG_JOB_STATE_SUSPENDED);
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
}

/* --- names of files ---------------------------------------------------------------------------- */

static unsigned int count_files(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *list = NULL;
    ULONG count = ~0u;

    if (IBackgroundCopyJob_EnumFiles(job, &list) == S_OK)
    {
        IEnumBackgroundCopyFiles_GetCount(list, &count);
        IEnumBackgroundCopyFiles_Release(list);
    }
    return count;
}

/* B-400, B-257 */
static void check_remote_names(IBackgroundCopyJob *job, const WCHAR *local)
{
    static const WCHAR *const names[] = {
        L"",
        L" ",
        L"file.bin",
        L"directory/file.bin",
        L"http:",
        L"http://",
        L"http:///file",
        L"http://:80/file",
        L"http://host:port/file",
        L"http://host:99999/file",
        L"http://ho st/file",
        L"http://host/a b",
        L"http://host/a\r\nX-Injected: yes",
        L"http://[::1/file",
        L"ftp://host/file",
        L"gopher://host/file",
        L"mailto:somebody",
        L"://host/file",
        L"\\\\.\\pipe\\name",
        L"http://host/\x01",
    };
    WCHAR *absurd = make_text(1 << 20, 'a');
    WCHAR *name = make_text(2201, 'a');
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(names[i]));
        ok_hr(IBackgroundCopyJob_AddFile(job, names[i], local), E_INVALIDARG);
        winetest_pop_context();
    }
    memcpy(absurd, L"http://host/", 12 * sizeof(WCHAR));
    ok_hr(IBackgroundCopyJob_AddFile(job, absurd, local), E_INVALIDARG);
    /* short segments, too long in all */
    memcpy(name, L"http://host/", 12 * sizeof(WCHAR));
    for (i = 100; i < 2200; i += 100) name[i] = '/';
    ok_hr(IBackgroundCopyJob_AddFile(job, name, local), E_INVALIDARG);
    name[2200] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, name, local), S_OK);
    free(name);
    free(absurd);
}

/* B-410, B-258 */
static void check_local_names(IBackgroundCopyJob *job)
{
    static const WCHAR *const names[] = {
        L"",
        L"file.bin",
        L"directory\\file.bin",
        L"C:file.bin",
        L"C:\\directory\\*.bin",
        L"C:\\file?.bin",
        L"\\\\?\\C:\\file.bin",
        L"C:\\file.bin:stream",
        L"%TEMP%\\file.bin",
        L"http://host/file",
    };
    const WCHAR *url = L"http://127.0.0.1:1/file";
    WCHAR *absurd = make_text(1 << 20, 'a'), missing[MAX_PATH];
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(names[i]));
        ok_hr(IBackgroundCopyJob_AddFile(job, url, names[i]), E_INVALIDARG);
        winetest_pop_context();
    }
    memcpy(absurd, L"C:\\", 3 * sizeof(WCHAR));
    ok_hr(IBackgroundCopyJob_AddFile(job, url, absurd), E_INVALIDARG);
    absurd[MAX_PATH + 1] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, absurd), E_INVALIDARG);
    free(absurd);

    _snwprintf(missing, ARRAYSIZE(missing), L"%smissing\\file", client_directory());
    hr = IBackgroundCopyJob_AddFile(job, url, missing);
    ok(hr == HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) || broken(FAILED(hr)), "AddFile returned %#lx", hr);
}

/* B-130: all or nothing */
static void check_file_set(IBackgroundCopyJob *job, WCHAR *local)
{
    BG_FILE_INFO set[] = {{L"http://127.0.0.1:1/file", local}, {L"nonsense", local}};
    unsigned int before = count_files(job);
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), E_INVALIDARG);
    ok_int(count_files(job), before);
    hr = IBackgroundCopyJob_AddFileSet(job, 0, set);
    ok(hr == E_INVALIDARG || broken(hr == S_OK), "AddFileSet returned %#lx", hr);
    ok_null(IBackgroundCopyJob_AddFileSet(job, 1, NULL));
    set[1] = (BG_FILE_INFO){NULL, NULL};
    hr = IBackgroundCopyJob_AddFileSet(job, 2, set);
    ok_null(hr);
    ok_int(count_files(job), before);
}

void test_names(void)
{
    IBackgroundCopyManager *manager = bits_manager();
    IBackgroundCopyJob *job = manager ? client_job(manager, BG_JOB_TYPE_DOWNLOAD) : NULL;
    WCHAR local[MAX_PATH];

    if (job)
    {
        ok_null(IBackgroundCopyJob_AddFile(job, NULL, client_path(local)));
        ok_null(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/file", NULL));
        check_remote_names(job, local);
        check_local_names(job);
        check_file_set(job, client_path(local));
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
}

/* --- the later interfaces of a job ------------------------------------------------------------------ */

static BG_AUTH_CREDENTIALS credentials(BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme, WCHAR *user, WCHAR *password)
{
    BG_AUTH_CREDENTIALS result = {target, scheme};

    result.Credentials.Basic.UserName = user;
    result.Credentials.Basic.Password = password;
    return result;
}

/* B-176, B-177 */
static void check_credentials(IBackgroundCopyJob2 *job)
{
    WCHAR *user = make_text(301, 'u'), *password = make_text(65537, 'p');
    WCHAR name[] = L"user", secret[] = L"secret";
    BG_AUTH_CREDENTIALS bad;

    ok_null(IBackgroundCopyJob2_SetCredentials(job, NULL));
    bad = credentials(0, BG_AUTH_SCHEME_BASIC, name, secret);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_INVALID_AUTH_TARGET);
    bad = credentials(3, BG_AUTH_SCHEME_BASIC, name, secret);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_INVALID_AUTH_TARGET);
    bad = credentials(BG_AUTH_TARGET_SERVER, 0, name, secret);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_INVALID_AUTH_SCHEME);
    bad = credentials(BG_AUTH_TARGET_SERVER, 6, name, secret);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_INVALID_AUTH_SCHEME);
    bad = credentials(BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, user, secret);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_USERNAME_TOO_LARGE);
    bad = credentials(BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, name, password);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), BG_E_PASSWORD_TOO_LARGE);
    bad = credentials(BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, NULL, NULL);
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, &bad), E_INVALIDARG);
    ok_enum(IBackgroundCopyJob2_RemoveCredentials(job, 0, BG_AUTH_SCHEME_BASIC), BG_E_INVALID_AUTH_TARGET);
    ok_enum(IBackgroundCopyJob2_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, 0), BG_E_INVALID_AUTH_SCHEME);
    free(user);
    free(password);
}

static void check_job2(IBackgroundCopyJob2 *job)
{
    WCHAR *program = make_text(261, 'p'), *parameters = make_text(4001, 'a'), *text;
    BG_JOB_REPLY_PROGRESS progress;
    byte *data = NULL;
    UINT64 size = 0;

    /* B-170 */
    ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job, NULL, L"parameters"), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job, program, NULL), BG_E_STRING_TOO_LONG);
    ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job, L"C:\\program.exe", parameters), BG_E_STRING_TOO_LONG);
    ok_null(IBackgroundCopyJob2_GetNotifyCmdLine(job, NULL, &text));
    ok_null(IBackgroundCopyJob2_GetNotifyCmdLine(job, &text, NULL));

    /* B-172 ... B-175: a download has no reply */
    ok_null(IBackgroundCopyJob2_GetReplyProgress(job, NULL));
    ok_hr(IBackgroundCopyJob2_GetReplyProgress(job, &progress), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob2_GetReplyData(job, &data, &size), E_NOTIMPL);
    ok_null(IBackgroundCopyJob2_GetReplyData(job, &data, NULL));
    ok_null(IBackgroundCopyJob2_GetReplyData(job, NULL, &size));
    ok_hr(IBackgroundCopyJob2_SetReplyFileName(job, L"C:\\reply"), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob2_GetReplyFileName(job, &text), E_NOTIMPL);
    check_credentials(job);
    free(program);
    free(parameters);
}

/* B-181, B-227 */
static void check_ranges(IBackgroundCopyJob3 *job)
{
    static const struct
    {
        const char *what;
        DWORD count;
        BG_FILE_RANGE ranges[2];
        HRESULT expected;
    } tests[] = {
        {"none", 0, {{0}}, E_INVALIDARG},
        {"offset at the end", 1, {{BG_LENGTH_TO_EOF, 1}}, BG_E_INVALID_RANGE},
        {"no length", 1, {{5, 0}}, S_OK},
        {"past the largest number", 1, {{(UINT64)-2, 10}}, BG_E_INVALID_RANGE},
        {"twice", 2, {{10, 5}, {10, 5}}, BG_E_OVERLAPPING_RANGES},
        {"overlap", 2, {{10, 5}, {0, 11}}, BG_E_OVERLAPPING_RANGES},
        {"overlap to the end", 2, {{10, 5}, {0, BG_LENGTH_TO_EOF}}, BG_E_OVERLAPPING_RANGES},
    };
    const WCHAR *url = L"http://127.0.0.1:1/file";
    BG_FILE_RANGE ranges[2], good = {0, 10};
    WCHAR local[MAX_PATH];
    unsigned int i;

    client_path(local);
    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        winetest_push_context("%s", tests[i].what);
        memcpy(ranges, tests[i].ranges, sizeof(ranges));
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job, url, local, tests[i].count, ranges), tests[i].expected);
        winetest_pop_context();
    }
    ok_null(IBackgroundCopyJob3_AddFileWithRanges(job, NULL, local, 1, &good));
    ok_null(IBackgroundCopyJob3_AddFileWithRanges(job, url, NULL, 1, &good));
    ok_null(IBackgroundCopyJob3_AddFileWithRanges(job, url, local, 1, NULL));
    ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job, L"nonsense", local, 1, &good), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job, url, L"nonsense", 1, &good), E_INVALIDARG);
}

static void check_job3(IBackgroundCopyJob3 *job)
{
    check_ranges(job);
    ok_null(IBackgroundCopyJob3_ReplaceRemotePrefix(job, NULL, L"http://other/"));
    ok_null(IBackgroundCopyJob3_ReplaceRemotePrefix(job, L"http://", NULL));
    ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job, L"", L"http://other/"), E_INVALIDARG); /* B-180 */
    ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job, L"http://", L""), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob3_SetFileACLFlags(job, 0x10), E_INVALIDARG); /* B-182 */
    ok_null(IBackgroundCopyJob3_GetFileACLFlags(job, NULL));
}

static void check_job4(IBackgroundCopyJob4 *job)
{
    ok_hr(IBackgroundCopyJob4_SetPeerCachingFlags(job, 0x80), E_NOTIMPL); /* B-185 */
    ok_null(IBackgroundCopyJob4_GetPeerCachingFlags(job, NULL));
    ok_null(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job, NULL));
    ok_null(IBackgroundCopyJob4_GetOwnerElevationState(job, NULL));
    ok_null(IBackgroundCopyJob4_GetMaximumDownloadTime(job, NULL));
}

/* B-234, B-235, B-238 */
static void check_job5(IBackgroundCopyJob5 *job)
{
    BITS_JOB_PROPERTY_VALUE value = {0};

    ok_property(IBackgroundCopyJob5_SetProperty(job, 6, value), BG_E_UNKNOWN_PROPERTY_ID);
    ok_property(IBackgroundCopyJob5_SetProperty(job, 0, value), BG_E_UNKNOWN_PROPERTY_ID);
    ok_property(IBackgroundCopyJob5_SetProperty(job, 0x7fff, value), BG_E_UNKNOWN_PROPERTY_ID);
    ok_property(IBackgroundCopyJob5_GetProperty(job, 0x7fff, &value), BG_E_UNKNOWN_PROPERTY_ID);
    ok_null(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, NULL));
    value.Uint64 = 0;
    ok_hr(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value),
          BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE);
    value.Target = BG_AUTH_TARGET_SERVER;
    ok_hr(IBackgroundCopyJob5_SetProperty(job, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value),
          BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED);
}

/* B-195 ... B-201 */
static void check_http_options(IBackgroundCopyJobHttpOptions *job)
{
    BG_CERT_STORE_LOCATION location;
    WCHAR *headers = make_text(16384, 'h'), *name = make_text(300, 'n'), *text;
    byte hash[20] = {1, 2, 3}, *got;

    ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(job, headers), BG_E_STRING_TOO_LONG);
    ok_null(IBackgroundCopyJobHttpOptions_GetCustomHeaders(job, NULL));
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(job, 0x300), E_NOTIMPL);
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(job, 0x80000000), E_NOTIMPL);
    ok_null(IBackgroundCopyJobHttpOptions_GetSecurityFlags(job, NULL));

    ok_null(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(job, 0, NULL, hash));
    ok_null(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(job, 0, L"MY", NULL));
    ok_enum(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(job, 8, L"MY", hash), E_NOTIMPL);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(job, 0, name, hash), BG_E_STRING_TOO_LONG);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(job, 0, L"MY", hash), CRYPT_E_NOT_FOUND);
    ok_enum(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(job, 8, L"MY", L"x"), E_NOTIMPL);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(job, 0, L"MY", name), BG_E_STRING_TOO_LONG);
    ok_null(IBackgroundCopyJobHttpOptions_GetClientCertificate(job, NULL, &text, &got, &text));
    ok_null(IBackgroundCopyJobHttpOptions_GetClientCertificate(job, &location, NULL, &got, &text));
    free(headers);
    free(name);
}

void test_job_extensions(void)
{
    IBackgroundCopyManager *manager = bits_manager();
    IBackgroundCopyJob *job = manager ? client_job(manager, BG_JOB_TYPE_DOWNLOAD) : NULL;
    IBackgroundCopyJobHttpOptions *options;
    IBackgroundCopyJob5 *job5;

    if (job && (job5 = job_interface(job, &IID_IBackgroundCopyJob5)))
    {
        check_job2((IBackgroundCopyJob2 *)job5);
        check_job3((IBackgroundCopyJob3 *)job5);
        check_job4((IBackgroundCopyJob4 *)job5);
        check_job5(job5);
        IBackgroundCopyJob5_Release(job5);
    }
    if (job && (options = job_interface(job, &IID_IBackgroundCopyJobHttpOptions)))
    {
        check_http_options(options);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
}

/* --- files --------------------------------------------------------------------------------------------- */

static void check_file(IBackgroundCopyFile *file)
{
    WCHAR *name = make_text(2300, 'a');
    IBackgroundCopyFile2 *file2;
    BG_FILE_RANGE *ranges;
    DWORD count;

    ok_null(IBackgroundCopyFile_GetRemoteName(file, NULL));
    ok_null(IBackgroundCopyFile_GetLocalName(file, NULL));
    ok_null(IBackgroundCopyFile_GetProgress(file, NULL));
    if (IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2) == S_OK)
    {
        memcpy(name, L"http://host/", 12 * sizeof(WCHAR));
        ok_null(IBackgroundCopyFile2_SetRemoteName(file2, NULL));
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L""), E_INVALIDARG); /* B-213 */
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"nonsense"), E_INVALIDARG);
        ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, name), E_INVALIDARG);
        ok_null(IBackgroundCopyFile2_GetFileRanges(file2, NULL, &ranges));
        ok_null(IBackgroundCopyFile2_GetFileRanges(file2, &count, NULL));
        IBackgroundCopyFile2_Release(file2);
    }
    else { win_skip("IBackgroundCopyFile2 is missing"); }
    free(name);
}

static void check_properties(IBackgroundCopyFile *file)
{
    BITS_FILE_PROPERTY_VALUE value = {NULL};
    IBackgroundCopyFile5 *file5;

    if (IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile5, (void **)&file5) != S_OK)
    {
        win_skip("IBackgroundCopyFile5 is missing");
        return;
    }
    ok_null(IBackgroundCopyFile5_GetTemporaryName(file5, NULL));
    ok_hr(IBackgroundCopyFile5_SetValidationState(file5, FALSE), E_PENDING); /* B-215 */
    ok_null(IBackgroundCopyFile5_GetValidationState(file5, NULL));
    ok_null(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, NULL));
    ok_property(IBackgroundCopyFile5_GetProperty(file5, 99, &value), BG_E_UNKNOWN_PROPERTY_ID); /* B-219 */
    ok_property(IBackgroundCopyFile5_SetProperty(file5, 99, value), BG_E_UNKNOWN_PROPERTY_ID);  /* B-220 */
    IBackgroundCopyFile5_Release(file5);
}

void test_files(void)
{
    IBackgroundCopyManager *manager = bits_manager();
    IBackgroundCopyJob *job = manager ? client_job(manager, BG_JOB_TYPE_DOWNLOAD) : NULL;
    IEnumBackgroundCopyFiles *list = NULL;
    IBackgroundCopyFile *file = NULL, *files[2];
    WCHAR local[MAX_PATH];

    if (job)
    {
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1:1/file", client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob_EnumFiles(job, &list), S_OK);
    }
    if (list)
    {
        ok_hr(IEnumBackgroundCopyFiles_Next(list, 2, files, NULL), E_INVALIDARG); /* B-225 */
        ok_null(IEnumBackgroundCopyFiles_Clone(list, NULL));
        ok_null(IEnumBackgroundCopyFiles_GetCount(list, NULL));
        ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, NULL), S_OK);
        ok_hr(IEnumBackgroundCopyFiles_Skip(list, 0xffffffff), S_FALSE);
        IEnumBackgroundCopyFiles_Release(list);
    }
    if (file)
    {
        check_file(file);
        check_properties(file);
        IBackgroundCopyFile_Release(file);
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
}
