/*
 * Bad arguments for the methods of Delivery Optimization.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "badinput.h"

/* --- the interfaces of BITS' shape ------------------------------------------------------ */

static void check_create_job(IBackgroundCopyManager *manager)
{
    static const GUID unknown = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    WCHAR *too_long = make_text(257, 'n'), *absurd = make_text(1 << 20, 'n');
    IBackgroundCopyJob *job = (IBackgroundCopyJob *)1;
    GUID id;

    ok_null(IBackgroundCopyManager_CreateJob(manager, NULL, BG_JOB_TYPE_DOWNLOAD, &id, &job));
    ok_null(IBackgroundCopyManager_CreateJob(manager, L"x", BG_JOB_TYPE_DOWNLOAD, NULL, &job));
    /* D-223 */
    ok_hr(IBackgroundCopyManager_CreateJob(manager, too_long, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ok_hr(IBackgroundCopyManager_CreateJob(manager, absurd, BG_JOB_TYPE_DOWNLOAD, &id, &job), E_INVALIDARG);
    ok_hr(IBackgroundCopyManager_CreateJob(manager, L"x", BG_JOB_TYPE_UPLOAD, &id, &job), E_INVALIDARG);
    ok_enum(IBackgroundCopyManager_CreateJob(manager, L"x", 99, &id, &job), E_INVALIDARG);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &unknown, &job), DO_E_JOB_NOT_FOUND); /* D-225 */
    ok_hr(IBackgroundCopyManager_GetJob(manager, &GUID_NULL, &job), DO_E_JOB_NOT_FOUND);
    ok_null(IBackgroundCopyManager_GetJob(manager, &unknown, NULL));
    free(too_long);
    free(absurd);
}

static HRESULT add_range(IDeliveryOptimizationJob *job, DWORD count, const BG_FILE_RANGE *ranges)
{
    BG_FILE_RANGE copy[2];
    WCHAR local[MAX_PATH];

    memcpy(copy, ranges, sizeof(copy));
    client_path(local);
    return IDeliveryOptimizationJob_AddFileWithRanges(job, local, L"http://127.0.0.1:1/file", local, count, copy,
                                                      DO_UNKNOWN_FILE_SIZE);
}

/* D-228, D-229 */
static void check_ranges(IDeliveryOptimizationJob *job)
{
    static const struct
    {
        const char *what;
        DWORD count;
        BG_FILE_RANGE ranges[2];
        HRESULT expected;
    } tests[] = {
        {"offset at the end", 1, {{BG_LENGTH_TO_EOF, 1}}, DO_E_INVALID_RANGE},
        {"no length", 1, {{5, 0}}, S_OK},
        {"past the largest number", 1, {{(UINT64)-2, 10}}, DO_E_INVALID_RANGE},
        {"twice", 2, {{10, 5}, {10, 5}}, DO_E_OVERLAPPING_RANGES},
        {"overlap", 2, {{10, 5}, {0, 11}}, DO_E_OVERLAPPING_RANGES},
        {"overlap, an empty one before", 2, {{100, 0}, {100, 5}}, DO_E_OVERLAPPING_RANGES},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        winetest_push_context("%s", tests[i].what);
        ok_hr(add_range(job, tests[i].count, tests[i].ranges), tests[i].expected);
        winetest_pop_context();
    }
}

static void check_add_file(IDeliveryOptimizationJob *job)
{
    const WCHAR *url = L"http://127.0.0.1:1/file";
    const UINT64 size = DO_UNKNOWN_FILE_SIZE;
    WCHAR local[MAX_PATH];
    HRESULT hr;

    client_path(local);
    ok_null(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", url, NULL, 0, NULL, size));
    ok_null(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", NULL, local, 0, NULL, size));
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", url, L"", 0, NULL, size), E_INVALIDARG);
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", url, L"nonsense", 0, NULL, size), E_INVALIDARG);
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", L"nonsense", local, 0, NULL, size), E_INVALIDARG);
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", L"ftp://host/x", local, 0, NULL, size), E_INVALIDARG);
    hr = IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", url, local, 1, NULL, size);
    ok_null(hr);
    check_ranges(job);
}

/* D-233, D-244 */
static void check_job2(IDeliveryOptimizationJob2 *job)
{
    static const GUID unknown = {0x12345678, 0x1234, 0x5678, {1, 2, 3, 4, 5, 6, 7, 8}};
    VARIANT value;
    void *file = (void *)1;

    VariantInit(&value);
    ok_hr(IDeliveryOptimizationJob2_AddFile(job, L"id", L"http://127.0.0.1:1/x", 0, NULL, &unknown, &file),
          E_NOINTERFACE);
    ok(!file, "got a file");
    ok_enum(IDeliveryOptimizationJob2_GetProperty(job, 77, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_enum(IDeliveryOptimizationJob2_SetProperty(job, 77, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_hr(IDeliveryOptimizationJob2_SetProperty(job, DOJobPropertyId_ExtendedErrorInfo, &value),
          DO_E_READ_ONLY_PROPERTY);
    ok_null(IDeliveryOptimizationJob2_GetProperty(job, DOJobPropertyId_ExtendedErrorInfo, NULL));
}

void test_do_job(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_DeliveryOptimization);
    IDeliveryOptimizationJob2 *job2;
    IDeliveryOptimizationJob *do_job;
    IBackgroundCopyJob *job = NULL;

    if (manager)
    {
        check_create_job(manager);
        job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    }
    if (job)
    {
        ok_hr(IBackgroundCopyJob_Resume(job), DO_E_JOB_EMPTY);         /* D-246 */
        ok_enum(IBackgroundCopyJob_SetPriority(job, 4), E_INVALIDARG); /* D-284 */
        ok_null(IBackgroundCopyJob_GetDisplayName(job, NULL));         /* D-285 */
        ok_null(IBackgroundCopyJob_GetState(job, NULL));
        ok_null(IBackgroundCopyJob_GetError(job, NULL));
    }
    if (job && IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&do_job) == S_OK)
    {
        check_add_file(do_job);
        IDeliveryOptimizationJob_Release(do_job);
    }
    if (job && IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob2, (void **)&job2) == S_OK)
    {
        check_job2(job2);
        IDeliveryOptimizationJob2_Release(job2);
    }
    client_drop_job(job);
    if (manager) IBackgroundCopyManager_Release(manager);
}

/* --- IDOManager --------------------------------------------------------------------------- */

static HRESULT set_text(IDODownload *download, DODownloadProperty property, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDODownload_SetProperty(download, property, &value);
    VariantClear(&value);
    return hr;
}

static HRESULT set_number(IDODownload *download, DODownloadProperty property, UINT number)
{
    VARIANT value;

    V_VT(&value) = VT_UI4;
    V_UI4(&value) = number;
    return IDODownload_SetProperty(download, property, &value);
}

/* D-074 ... D-076 */
static void check_properties(IDODownload *download)
{
    VARIANT value;

    VariantInit(&value);
    ok_enum(IDODownload_GetProperty(download, 99, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_enum(IDODownload_SetProperty(download, 99, &value), DO_E_UNKNOWN_PROPERTY_ID);
    ok_null(IDODownload_GetProperty(download, DODownloadProperty_Uri, NULL));
    ok_null(IDODownload_SetProperty(download, DODownloadProperty_Uri, NULL));
    ok_hr(set_text(download, DODownloadProperty_Id, L"{00000000-0000-0000-0000-000000000000}"),
          DO_E_READ_ONLY_PROPERTY);
    ok_hr(set_number(download, DODownloadProperty_HttpStatusCode, 200), DO_E_READ_ONLY_PROPERTY);
    ok_hr(set_number(download, DODownloadProperty_Uri, 5), E_INVALIDARG);
    ok_hr(set_text(download, DODownloadProperty_ForegroundPriority, L"yes"), E_INVALIDARG);
    V_VT(&value) = VT_DISPATCH;
    V_DISPATCH(&value) = NULL;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_CallbackInterface, &value), E_INVALIDARG); /* D-056 */
    VariantInit(&value);
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_SecurityFlags, &value), DO_E_WRITE_ONLY_PROPERTY);
}

/* D-058: bytes that are no certificate */
static void check_certificate(IDODownload *download)
{
    SAFEARRAY *array = SafeArrayCreateVector(VT_UI1, 0, 100);
    VARIANT value;

    V_VT(&value) = VT_ARRAY | VT_UI1;
    V_ARRAY(&value) = array;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_SecurityContext, &value), CRYPT_E_FILE_ERROR);
    SafeArrayDestroy(array);
}

static void check_download(IDODownload *download)
{
    DO_DOWNLOAD_RANGES_INFO none = {0};
    HRESULT hr;

    check_properties(download);
    check_certificate(download);
    ok_null(IDODownload_GetStatus(download, NULL));
    ok_hr(IDODownload_Start(download, &none), DO_E_DOWNLOAD_NO_URI);
    ok_hr(IDODownload_Abort(download), S_OK);
    hr = IDODownload_Abort(download);
    ok(hr == S_OK || hr == DO_E_INVALID_STATE, "Abort returned %#lx", hr); /* D-084 */
    ok_hr(IDODownload_Start(download, &none), DO_E_INVALID_STATE);
}

void test_do_download(void)
{
    IDODownload *download = NULL;
    IDOManager *manager;
    HRESULT hr;

    hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&manager);
    if (hr == E_NOINTERFACE)
    {
        win_skip("IDOManager is missing");
        return;
    }
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    ok_null(IDOManager_CreateDownload(manager, NULL));
    ok_null(IDOManager_EnumDownloads(manager, NULL, NULL));
    hr = IDOManager_CreateDownload(manager, &download);
    ok_hr(hr, S_OK);
    if (SUCCEEDED(hr))
    {
        check_download(download);
        IDODownload_Release(download);
    }
    IDOManager_Release(manager);
}
