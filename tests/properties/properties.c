/*
 * The properties of IBackgroundCopyJob5: values, when they may be set (B-230 to B-238), and what survives the
 * service (B-106, B-750, B-751, B-756).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

#define SIZE 100000

static const struct route route_good = {.size = SIZE};
static const struct route route_stall = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};
static const struct route route_500 = {.status = 500, .text = "broken"};

static HRESULT set(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value)
{
    return IBackgroundCopyJob5_SetProperty(job, id, value);
}

static HRESULT set_dword(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id, DWORD number)
{
    BITS_JOB_PROPERTY_VALUE value = {0};

    value.Dword = number;
    return set(job, id, value);
}

static HRESULT set_flag(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id, BOOL flag)
{
    BITS_JOB_PROPERTY_VALUE value = {0};

    value.Enable = flag;
    return set(job, id, value);
}

static HRESULT set_size(IBackgroundCopyJob5 *job, UINT64 size)
{
    BITS_JOB_PROPERTY_VALUE value = {0};

    value.Uint64 = size;
    return set(job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, value);
}

static BITS_JOB_PROPERTY_VALUE get(IBackgroundCopyJob5 *job, BITS_JOB_PROPERTY_ID id)
{
    BITS_JOB_PROPERTY_VALUE value = {0};
    HRESULT hr = IBackgroundCopyJob5_GetProperty(job, id, &value);

    ok(hr == S_OK, "property %d: %#lx", id, hr);
    return value;
}

static IBackgroundCopyJob5 *begin(BG_JOB_TYPE type, IBackgroundCopyJob **job)
{
    *job = client_job(manager, type);
    return *job ? query(*job, IBackgroundCopyJob5) : NULL;
}

static void end(IBackgroundCopyJob5 *job5, IBackgroundCopyJob *job)
{
    if (job5) IBackgroundCopyJob5_Release(job5);
    client_drop_job(job);
}

/* --- values ------------------------------------------------------------------------------------- */

static void test_defaults(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    BITS_JOB_PROPERTY_VALUE value;

    if (job5)
    {
        value = get(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS); /* B-318 */
        ok(value.Dword & BITS_COST_STATE_UNRESTRICTED, "the costs are %#lx", value.Dword);
        value = get(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
        ok(IsEqualGUID(&value.ClsID, &GUID_NULL), "there is a class");       /* B-231, B-303 */
        ok_int(get(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT).Enable, FALSE);  /* B-232 */
        ok_int(get(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE).Enable, FALSE); /* B-233 */
        ok(get(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE).Uint64 == UINT64_MAX || !is_wine(), "there is a maximum");
        ok_int(get(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS).Target, 0);            /* B-235 */
        ok_int(get(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS).Dword, 500); /* B-236, B-317 */
        ok_int(get(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE).Enable, FALSE);                /* B-237 */
    }
    end(job5, job);
}

static void test_values(void)
{
    static const CLSID class_id = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    static const DWORD costs[] = {0x800000ff, 0x8000007f, 0x8000006f, 0x80000067, 0x80000021, 0x1, 0xff};
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    BITS_JOB_PROPERTY_VALUE value = {0};
    unsigned int i;
    HRESULT hr;

    for (i = 0; job5 && i < ARRAYSIZE(costs); i++) /* B-230 */
    {
        ok_hr(set_dword(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, costs[i]), S_OK);
        ok_int(get(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS).Dword, costs[i]);
    }
    if (job5)
    {
        hr = set_dword(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, 0x100);
        ok(hr == E_INVALIDARG || broken(hr == S_OK), "unknown costs: %#lx", hr);

        value.ClsID = class_id;
        ok_hr(set(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK); /* B-231 */
        value = get(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
        ok(IsEqualGUID(&value.ClsID, &class_id), "another class");
        value.ClsID = GUID_NULL;
        ok_hr(set(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
        value = get(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
        ok(IsEqualGUID(&value.ClsID, &GUID_NULL), "another class");

        ok_hr(set_size(job5, 0), BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE); /* B-234 */
        ok_hr(set_size(job5, 1), S_OK);
        ok_int(get(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE).Uint64, 1);
        ok_hr(set_size(job5, 0x123456789abcull), S_OK);
        ok_int(get(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE).Uint64, 0x123456789abcull);

        value.Target = BG_AUTH_TARGET_PROXY;
        ok_hr(set(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value), S_OK); /* B-235 */
        ok_int(get(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS).Target, BG_AUTH_TARGET_PROXY);
        value.Target = BG_AUTH_TARGET_SERVER;
        ok_hr(set(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value), BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED);

        ok_hr(set_dword(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 1234), S_OK); /* B-236 */
        ok_int(get(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS).Dword, 1234);

        for (i = 0; i < 2; i++)
        {
            ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, !i), S_OK);
            ok_int(get(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT).Enable, !i);
            ok_hr(set_flag(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, !i), S_OK);
            ok_int(get(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE).Enable, !i);
        }
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, TRUE), S_OK);
        ok_int(get(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE).Enable, TRUE);
    }
    end(job5, job);
}

/* B-238. Which member of the union goes over the wire is decided by the id: what the proxy does not know, it refuses.
 * It knows 6 and 8. */
static void test_unknown(void)
{
    static const int ids[] = {6, 8, 0, 11, 12, 31, 32, 33, 1000};
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    BITS_JOB_PROPERTY_VALUE value = {0};
    unsigned int i;
    HRESULT hr;

    for (i = 0; job5 && i < ARRAYSIZE(ids); i++)
    {
        hr = IBackgroundCopyJob5_GetProperty(job5, ids[i], &value);
        ok(hr == BG_E_UNKNOWN_PROPERTY_ID || (i >= 2 && hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG)) ||
               broken(FAILED(hr)),
           "Get of %d: %#lx", ids[i], hr);
        hr = IBackgroundCopyJob5_SetProperty(job5, ids[i], value);
        ok(hr == BG_E_UNKNOWN_PROPERTY_ID || (i >= 2 && hr == HRESULT_FROM_WIN32(RPC_S_INVALID_TAG)) ||
               broken(FAILED(hr)),
           "Set of %d: %#lx", ids[i], hr);
    }
    end(job5, job);
}

/* --- when they may be set ----------------------------------------------------------------------------- */

static void test_after_add(void)
{
    BG_FILE_RANGE range = {0, 10};
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    WCHAR local[MAX_PATH];
    HRESULT hr;

    if (job5)
    {
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", client_path(local)), S_OK);
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, TRUE), BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE);
        ok_int(get(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE).Enable, FALSE);
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, FALSE), S_OK);
        ok_hr(set_size(job5, 1000000), S_OK);
        /* B-232: not with ranges */
        ok_hr(IBackgroundCopyJob5_AddFileWithRanges(job5, L"http://127.0.0.1/a", client_path(local), 1, &range), S_OK);
        hr = set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE);
        ok(hr == BG_E_UNSUPPORTED_JOB_CONFIGURATION || broken(hr == S_OK), "got %#lx", hr);
    }
    end(job5, job);
}

static void test_after_resume(void)
{
    IBackgroundCopyJob5 *job5;
    BITS_JOB_PROPERTY_VALUE value = {0};
    struct subject subject;
    unsigned int i;

    if (subject_init(&subject, &route_stall) && (job5 = query(subject.job, IBackgroundCopyJob5)))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        for (i = 0; i < 2; i++)
        {
            /* B-232, B-234, B-237: not even when it waits again */
            ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), BG_E_READ_ONLY_PROPERTY_AFTER_RESUME);
            ok_hr(set_size(job5, 1), BG_E_READ_ONLY_PROPERTY_AFTER_RESUME);
            ok_hr(set_flag(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, TRUE), BG_E_READ_ONLY_PROPERTY_AFTER_RESUME);
            /* B-230, B-231, B-235, B-236 */
            ok_hr(set_dword(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, BITS_COST_STATE_TRANSFER_ALWAYS), S_OK);
            ok_hr(set(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
            ok_hr(set_dword(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 700), S_OK);
            ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
        }
        value.Target = BG_AUTH_TARGET_PROXY;
        ok_hr(set(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value), S_OK);
        IBackgroundCopyJob5_Release(job5);
    }
    subject_cleanup(&subject);
}

/* B-232 to B-234, B-237 */
static void test_uploads(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_UPLOAD, &job);

    if (job5)
    {
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY);
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, TRUE), BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY);
        ok_hr(set_size(job5, 1000), BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY);
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, TRUE), BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY);
        ok_hr(set_dword(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 700), S_OK);
    }
    end(job5, job);
}

static void test_conflicts(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJob5 *job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    IBackgroundCopyJobHttpOptions2 *http;
    HRESULT hr;

    if (job5)
    {
        ok_hr(set_flag(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        hr = set_flag(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, TRUE); /* B-237 */
        ok(hr == BG_E_UNSUPPORTED_JOB_CONFIGURATION || broken(hr == S_OK), "got %#lx", hr);
        if ((http = query(job, IBackgroundCopyJobHttpOptions2)))
        {
            hr = IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L"POST"); /* B-203 */
            ok(hr == BG_E_UNSUPPORTED_JOB_CONFIGURATION || broken(hr == BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD),
               "got %#lx", hr);
            IBackgroundCopyJobHttpOptions2_Release(http);
        }
    }
    end(job5, job);
}

/* The same the other way round. */
static void test_conflicts_with_method(void)
{
    static const BITS_JOB_PROPERTY_ID ids[] = {BITS_JOB_PROPERTY_DYNAMIC_CONTENT, BITS_JOB_PROPERTY_ON_DEMAND_MODE};
    IBackgroundCopyJobHttpOptions2 *http;
    IBackgroundCopyJob5 *job5;
    IBackgroundCopyJob *job;
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(ids); i++)
    {
        if (!(job5 = begin(BG_JOB_TYPE_DOWNLOAD, &job))) continue;
        if ((http = query(job, IBackgroundCopyJobHttpOptions2)))
        {
            ok_hr(IBackgroundCopyJobHttpOptions2_SetHttpMethod(http, L"POST"), S_OK);
            IBackgroundCopyJobHttpOptions2_Release(http);
        }
        hr = set_flag(job5, ids[i], TRUE); /* B-203, B-207 */
        ok(hr == BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD || broken(hr == BG_E_UNSUPPORTED_JOB_CONFIGURATION),
           "property %d: %#lx", ids[i], hr);
        ok_int(get(job5, ids[i]).Enable, FALSE);
        ok_hr(set_flag(job5, ids[i], FALSE), S_OK);
        end(job5, job);
    }
}

/* --- persistence -------------------------------------------------------------------------------------- */

static const CLSID class_id = {0x1a2b3c4d, 0x1234, 0x5678, {8, 7, 6, 5, 4, 3, 2, 1}};
static const BG_FILE_RANGE ranges[] = {{100, 50}, {0, 100}, {1000, BG_LENGTH_TO_EOF}};

/* Everything that can be set gets a value of its own. */
static void set_everything(IBackgroundCopyJob *job, WCHAR *first, WCHAR *second)
{
    IBackgroundCopyJobHttpOptions3 *http = query(job, IBackgroundCopyJobHttpOptions3);
    IBackgroundCopyJob5 *job5 = query(job, IBackgroundCopyJob5);
    IBitsTokenOptions *token = query(job, IBitsTokenOptions);
    BG_AUTH_CREDENTIALS credentials = {
        BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, {{(WCHAR *)L"user", (WCHAR *)L"word"}}};
    BITS_JOB_PROPERTY_VALUE value = {0};

    if (!http || !job5 || !token) return;
    ok_hr(set_flag(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, TRUE), S_OK);
    ok_hr(IBackgroundCopyJob5_AddFile(job5, L"http://127.0.0.1/one?x=%20y", client_path(first)), S_OK);
    ok_hr(IBackgroundCopyJob5_AddFileWithRanges(job5, L"https://127.0.0.1/tw\u00f6", client_path(second), 3,
                                                (BG_FILE_RANGE *)ranges),
          S_OK);
    ok_hr(IBackgroundCopyJob5_SetDisplayName(job5, L"na\u00efve \u4e2d"), S_OK);
    ok_hr(IBackgroundCopyJob5_SetDescription(job5, L"line\r\nline"), S_OK);
    ok_hr(IBackgroundCopyJob5_SetPriority(job5, BG_JOB_PRIORITY_LOW), S_OK);
    ok_hr(IBackgroundCopyJob5_SetNotifyFlags(job5, BG_NOTIFY_JOB_ERROR | BG_NOTIFY_DISABLE), S_OK);
    ok_hr(IBackgroundCopyJob5_SetMinimumRetryDelay(job5, 77), S_OK);
    ok_hr(IBackgroundCopyJob5_SetNoProgressTimeout(job5, 7777), S_OK);
    ok_hr(IBackgroundCopyJob5_SetProxySettings(job5, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy:1", L"<local>"), S_OK);
    ok_hr(IBackgroundCopyJob5_SetNotifyCmdLine(job5, L"c:\\x.exe", L"a \"b\""), S_OK);
    ok_hr(IBackgroundCopyJob5_SetFileACLFlags(job5, 5), S_OK);
    ok_hr(IBackgroundCopyJob5_SetPeerCachingFlags(job5, 6), S_OK);
    ok_hr(IBackgroundCopyJob5_SetMaximumDownloadTime(job5, 88888), S_OK);
    ok_hr(IBackgroundCopyJob5_SetCredentials(job5, &credentials), S_OK);
    ok_hr(set_dword(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, 0x80000021), S_OK);
    value.ClsID = class_id;
    ok_hr(set(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    ok_hr(set_size(job5, 0x100000000ull), S_OK);
    value.Target = BG_AUTH_TARGET_PROXY;
    ok_hr(set(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS, value), S_OK);
    ok_hr(set_dword(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, 901), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-One: 1\r\nX-Two: 2\r\n"), S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0x20a), S_OK);
    ok_hr(IBitsTokenOptions_SetHelperTokenFlags(token, BG_TOKEN_NETWORK), S_OK); /* B-241 */
    IBitsTokenOptions_Release(token);
    IBackgroundCopyJob5_Release(job5);
    IBackgroundCopyJobHttpOptions3_Release(http);
}

static void check_job(IBackgroundCopyJob5 *job5)
{
    WCHAR *text = NULL, *other = NULL;
    BG_JOB_PROXY_USAGE usage = -1;
    BG_JOB_PRIORITY priority = -1;
    BG_JOB_TYPE type = -1;
    ULONG number = 0;
    DWORD flags = 0;

    ok_hr(IBackgroundCopyJob5_GetType(job5, &type), S_OK);
    ok_int(type, BG_JOB_TYPE_DOWNLOAD);
    ok_hr(IBackgroundCopyJob5_GetDisplayName(job5, &text), S_OK);
    ok_text(text, L"na\u00efve \u4e2d");
    ok_hr(IBackgroundCopyJob5_GetDescription(job5, &text), S_OK);
    ok_text(text, L"line\r\nline");
    ok_hr(IBackgroundCopyJob5_GetPriority(job5, &priority), S_OK);
    ok_int(priority, BG_JOB_PRIORITY_LOW);
    ok_hr(IBackgroundCopyJob5_GetNotifyFlags(job5, &number), S_OK);
    ok_int(number, BG_NOTIFY_JOB_ERROR | BG_NOTIFY_DISABLE);
    ok_hr(IBackgroundCopyJob5_GetMinimumRetryDelay(job5, &number), S_OK);
    ok_int(number, 77);
    ok_hr(IBackgroundCopyJob5_GetNoProgressTimeout(job5, &number), S_OK);
    ok_int(number, 7777);
    ok_hr(IBackgroundCopyJob5_GetProxySettings(job5, &usage, &text, &other), S_OK);
    ok_int(usage, BG_JOB_PROXY_USAGE_OVERRIDE);
    ok_text(text, L"proxy:1");
    ok_text(other, L"<local>");
    ok_hr(IBackgroundCopyJob5_GetNotifyCmdLine(job5, &text, &other), S_OK);
    ok_text(text, L"c:\\x.exe");
    ok_text(other, L"a \"b\"");
    ok_hr(IBackgroundCopyJob5_GetFileACLFlags(job5, &flags), S_OK);
    ok_int(flags, 5);
    ok_hr(IBackgroundCopyJob5_GetPeerCachingFlags(job5, &flags), S_OK);
    ok_int(flags, 6);
    ok_hr(IBackgroundCopyJob5_GetMaximumDownloadTime(job5, &number), S_OK);
    ok_int(number, 88888);
    ok_hr(IBackgroundCopyJob5_RemoveCredentials(job5, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST), S_FALSE);
    ok_hr(IBackgroundCopyJob5_RemoveCredentials(job5, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), S_OK);
}

static void check_properties(IBackgroundCopyJob5 *job5)
{
    IBackgroundCopyJobHttpOptions3 *http = query(job5, IBackgroundCopyJobHttpOptions3);
    IBitsTokenOptions *token = query(job5, IBitsTokenOptions);
    BITS_JOB_PROPERTY_VALUE value;
    WCHAR *text = NULL;
    ULONG number = 0;
    DWORD flags = 0;

    ok_int(get(job5, BITS_JOB_PROPERTY_HIGH_PERFORMANCE).Enable, TRUE);
    ok_int(get(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS).Dword, 0x80000021);
    value = get(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID);
    ok(IsEqualGUID(&value.ClsID, &class_id), "another class");
    ok_int(get(job5, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE).Uint64, 0x100000000ull);
    ok_int(get(job5, BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS).Target, BG_AUTH_TARGET_PROXY);
    ok_int(get(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS).Dword, 901);
    ok_int(get(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT).Enable, FALSE);
    ok_int(get(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE).Enable, FALSE);
    if (http)
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), S_OK);
        ok_text(text, L"X-One: 1\r\nX-Two: 2\r\n");
        ok_hr(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, &number), S_OK);
        ok_int(number, 0x20a);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    if (token)
    {
        ok_hr(IBitsTokenOptions_GetHelperTokenFlags(token, &flags), S_OK);
        ok_int(flags, BG_TOKEN_NETWORK);
        IBitsTokenOptions_Release(token);
    }
}

static void check_files(IBackgroundCopyJob5 *job5, const WCHAR *first, const WCHAR *second)
{
    IBackgroundCopyFile *file = job_file((IBackgroundCopyJob *)job5, 0);
    IBackgroundCopyFile2 *file2;
    BG_FILE_RANGE *got = NULL;
    WCHAR *text = NULL;
    DWORD count = 0;

    if (file)
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
        ok_text(text, L"http://127.0.0.1/one?x=%20y");
        ok_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
        ok_text(text, first);
        IBackgroundCopyFile_Release(file);
    }
    if (!(file = job_file((IBackgroundCopyJob *)job5, 1))) return;
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    ok_text(text, L"https://127.0.0.1/tw\u00f6");
    ok_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    ok_text(text, second);
    if ((file2 = query(file, IBackgroundCopyFile2)))
    {
        ok_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &got), S_OK);
        ok_int(count, ARRAYSIZE(ranges));
        ok(got && !memcmp(got, ranges, sizeof(ranges)), "other ranges");
        CoTaskMemFree(got);
        IBackgroundCopyFile2_Release(file2);
    }
    IBackgroundCopyFile_Release(file);
}

/* What the first half leaves for the second. */
enum
{
    EVERYTHING,
    RUNNING,
    FAILED_ONCE,
    FAILED,
    DONE,
    SECRET,
    WAITING,
    CASES
};

struct survivor
{
    GUID id;
    BG_JOB_TIMES times;
    WCHAR *owner;
};

static void remember(struct survivor *survivor, IBackgroundCopyJob *job)
{
    ok_hr(IBackgroundCopyJob_GetId(job, &survivor->id), S_OK);
    ok_hr(IBackgroundCopyJob_GetTimes(job, &survivor->times), S_OK);
    ok_hr(IBackgroundCopyJob_GetOwner(job, &survivor->owner), S_OK);
}

/* The same job from the new service, with what every job keeps. */
static IBackgroundCopyJob *find_again(struct survivor *survivor)
{
    IBackgroundCopyJob *job = NULL;
    BG_JOB_TIMES times;
    WCHAR *owner = NULL;

    ok_hr(IBackgroundCopyManager_GetJob(manager, &survivor->id, &job), S_OK);
    if (!job) return NULL;
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    ok(!CompareFileTime(&times.CreationTime, &survivor->times.CreationTime), "created at another time");
    ok(CompareFileTime(&times.ModificationTime, &survivor->times.ModificationTime) >= 0, "changed earlier");
    ok_hr(IBackgroundCopyJob_GetOwner(job, &owner), S_OK);
    ok_text(owner, survivor->owner);
    CoTaskMemFree(survivor->owner);
    return job;
}

static BOOL restart(void)
{
    IBackgroundCopyManager *old = manager;
    IEnumBackgroundCopyJobs *jobs = NULL;
    HRESULT hr;

    if (!stop_service()) return FALSE;
    hr = IBackgroundCopyManager_EnumJobs(old, 0, &jobs); /* B-756 */
    ok(FAILED(hr), "the service that has ended answers");
    IBackgroundCopyManager_Release(old);
    manager = client_manager(&CLSID_BackgroundCopyManager);
    return manager != NULL;
}

/* B-750, B-751: a clean end of the service, and a new start. */
static void test_persistence(void)
{
    struct survivor survivors[CASES] = {0};
    struct subject running, once, failed, done, waiting;
    IBackgroundCopyJob *jobs[CASES] = {0}, *job;
    IBackgroundCopyJobHttpOptions3 *http;
    IBackgroundCopyJob5 *job5;
    BG_JOB_PROGRESS progress;
    WCHAR first[MAX_PATH], second[MAX_PATH], *text = NULL;
    BG_JOB_STATE state;
    BG_JOB_TIMES times;
    ULONG number = 0;
    unsigned int i;

    if (!(jobs[EVERYTHING] = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) ||
        !(jobs[SECRET] = client_job(manager, BG_JOB_TYPE_UPLOAD_REPLY)) || !subject_init(&running, &route_stall) ||
        !subject_init(&once, &route_500) || !subject_init(&failed, NULL) || !subject_init(&done, &route_good) ||
        !subject_init(&waiting, &route_good))
        return;
    set_everything(jobs[EVERYTHING], first, second);
    if ((http = query(jobs[SECRET], IBackgroundCopyJobHttpOptions3)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Secret: 1\r\n"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"PUT"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http), S_OK);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    jobs[RUNNING] = running.job;
    jobs[FAILED_ONCE] = once.job;
    jobs[FAILED] = failed.job;
    jobs[DONE] = done.job;
    jobs[WAITING] = waiting.job;
    ok_hr(IBackgroundCopyJob_SetPriority(running.job, BG_JOB_PRIORITY_HIGH), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(waiting.job, BG_JOB_PRIORITY_LOW), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(running.job), S_OK);
    ok(server_wait_stalled(server, running.path, 1, SOON_MS), "the job does not run");
    client_wait_state(running.job, BG_JOB_STATE_TRANSFERRING, SOON_MS);
    ok_hr(IBackgroundCopyJob_Resume(waiting.job), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(once.job), S_OK);
    client_wait_state(once.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
    ok_hr(IBackgroundCopyJob_Resume(failed.job), S_OK);
    client_wait_state(failed.job, BG_JOB_STATE_ERROR, SOON_MS);
    subject_transfer(&done);
    for (i = 0; i < CASES; i++)
        if (jobs[i]) remember(&survivors[i], jobs[i]);

    if (!restart())
    {
        skip("this user cannot stop the service");
        for (i = 0; i < CASES; i++) client_drop_job(jobs[i]);
        return;
    }
    for (i = 0; i < CASES; i++)
        if (jobs[i]) IBackgroundCopyJob_Release(jobs[i]);

    winetest_push_context("everything");
    if ((job = find_again(&survivors[EVERYTHING])))
    {
        ok_state(job, BG_JOB_STATE_SUSPENDED);
        if ((job5 = query(job, IBackgroundCopyJob5)))
        {
            check_job(job5);
            check_properties(job5);
            check_files(job5, first, second);
            IBackgroundCopyJob5_Release(job5);
        }
        client_drop_job(job);
    }
    winetest_pop_context();

    winetest_push_context("secret");
    if ((job = find_again(&survivors[SECRET])))
    {
        BG_JOB_TYPE type = -1;

        ok_hr(IBackgroundCopyJob_GetType(job, &type), S_OK);
        ok_int(type, BG_JOB_TYPE_UPLOAD_REPLY);
        if ((http = query(job, IBackgroundCopyJobHttpOptions3)))
        {
            ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), E_ACCESSDENIED); /* B-206 */
            ok_hr(IBackgroundCopyJobHttpOptions3_GetHttpMethod(http, &text), S_OK);
            ok_text(text, L"PUT");
            IBackgroundCopyJobHttpOptions3_Release(http);
        }
        client_drop_job(job);
    }
    winetest_pop_context();

    winetest_push_context("failed once");
    if ((job = find_again(&survivors[FAILED_ONCE])))
    {
        client_wait_state(job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(job, NULL), BG_E_HTTP_ERROR_500);
        ok_hr(IBackgroundCopyJob_GetErrorCount(job, &number), S_OK);
        ok(number >= 1, "%lu errors", number);
        client_drop_job(job);
    }
    winetest_pop_context();

    winetest_push_context("failed");
    if ((job = find_again(&survivors[FAILED])))
    {
        ok_state(job, BG_JOB_STATE_ERROR);
        ok_hr(client_job_error(job, NULL), BG_E_HTTP_ERROR_404);
        ok_hr(IBackgroundCopyJob_GetErrorCount(job, &number), S_OK);
        ok_int(number, 1);
        client_drop_job(job);
    }
    winetest_pop_context();

    winetest_push_context("done");
    if ((job = find_again(&survivors[DONE])))
    {
        ok_state(job, BG_JOB_STATE_TRANSFERRED);
        ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
        ok_int(progress.BytesTransferred, SIZE);
        ok_int(progress.FilesTransferred, 1);
        ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
        ok(!CompareFileTime(&times.TransferCompletionTime, &survivors[DONE].times.TransferCompletionTime),
           "done at another time");
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok(pattern_check_file(done.local, SIZE, 0), "the file is damaged");
        IBackgroundCopyJob_Release(job);
        DeleteFileW(done.local);
    }
    winetest_pop_context();

    /* What ran goes on, from where it was. */
    winetest_push_context("running");
    server_release(server, running.path);
    if ((job = find_again(&survivors[RUNNING])))
    {
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok(pattern_check_file(running.local, SIZE, 0), "the file is damaged");
        IBackgroundCopyJob_Release(job);
        DeleteFileW(running.local);
    }
    winetest_pop_context();

    winetest_push_context("waiting");
    if ((job = find_again(&survivors[WAITING])))
    {
        state = client_state(job);
        ok(state != BG_JOB_STATE_SUSPENDED && state != BG_JOB_STATE_ERROR, "the job is %s", client_state_name(state));
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        client_drop_job(job);
    }
    winetest_pop_context();
    ok_int(client_count_files(L"BIT*.tmp"), 0);
}

/* B-010: what has ended does not come back. B-106: what SetRemoteName said is kept by Resume. */
static void test_not_persistent(void)
{
    struct subject cancelled, completed, renamed;
    IBackgroundCopyFile2 *file2 = NULL;
    IBackgroundCopyFile *file;
    IBackgroundCopyJob *job = NULL;
    WCHAR *text = NULL;
    GUID ids[3];

    if (!subject_init(&cancelled, &route_good) || !subject_init(&completed, &route_good) ||
        !subject_init(&renamed, NULL))
        return;
    ok_hr(IBackgroundCopyJob_GetId(cancelled.job, &ids[0]), S_OK);
    ok_hr(IBackgroundCopyJob_GetId(completed.job, &ids[1]), S_OK);
    ok_hr(IBackgroundCopyJob_GetId(renamed.job, &ids[2]), S_OK);
    ok_hr(IBackgroundCopyJob_Cancel(cancelled.job), S_OK);
    subject_transfer(&completed);
    ok_hr(IBackgroundCopyJob_Complete(completed.job), S_OK);
    if ((file = job_file(renamed.job, 0)))
    {
        if ((file2 = query(file, IBackgroundCopyFile2)))
        {
            ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, L"http://127.0.0.1:1/new"), S_OK);
            IBackgroundCopyFile2_Release(file2);
        }
        IBackgroundCopyFile_Release(file);
    }
    ok_hr(IBackgroundCopyJob_Resume(renamed.job), S_OK);
    IBackgroundCopyJob_Release(cancelled.job);
    IBackgroundCopyJob_Release(completed.job);
    IBackgroundCopyJob_Release(renamed.job);
    DeleteFileW(completed.local);
    if (!restart())
    {
        skip("this user cannot stop the service");
        return;
    }
    ok_hr(IBackgroundCopyManager_GetJob(manager, &ids[0], &job), BG_E_NOT_FOUND);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &ids[1], &job), BG_E_NOT_FOUND);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &ids[2], &job), S_OK);
    if (job && (file = job_file(job, 0)))
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
        ok_text(text, L"http://127.0.0.1:1/new");
        IBackgroundCopyFile_Release(file);
    }
    client_drop_job(job);
}

START_TEST(properties)
{
    if (tests_begin())
    {
        winetest_run(test_defaults);
        winetest_run(test_values);
        winetest_run(test_unknown);
        winetest_run(test_after_add);
        winetest_run(test_after_resume);
        winetest_run(test_uploads);
        winetest_run(test_conflicts);
        winetest_run(test_conflicts_with_method);
        winetest_run(test_persistence);
        winetest_run(test_not_persistent);
    }
    tests_end();
}
