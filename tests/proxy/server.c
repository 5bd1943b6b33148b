/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server side of the marshalling test: dummy objects that check what arrives and return what the client
 * knows. A wrong argument makes the method return a failure that names the line. All interfaces belong to one
 * object, which lives as long as the process. Here are the methods whose marshalling is not mechanical; all others, and
 * the tables of methods, are made by generate.
 */

#include "proxy/objects.h"

#define CHECK_STRING(string, expected) CHECK((string) && !wcscmp(string, expected))
#define CHECK_GUID(guid) CHECK(IsEqualGUID(guid, &test_guid))

static IUnknown *notify_interface;
static IUnknown *validation_interface;
static IUnknown *do_callback;

HRESULT copy_string(const WCHAR *string, LPWSTR *out)
{
    size_t size = (wcslen(string) + 1) * sizeof(WCHAR);

    if (!(*out = CoTaskMemAlloc(size))) return E_OUTOFMEMORY;
    memcpy(*out, string, size);
    return S_OK;
}

static HRESULT set_interface(IUnknown **place, IUnknown *value)
{
    if (*place) IUnknown_Release(*place);
    if ((*place = value)) IUnknown_AddRef(value);
    return S_OK;
}

static HRESULT make_ranges(DWORD count, BG_FILE_RANGE **out)
{
    DWORD i;

    if (!(*out = CoTaskMemAlloc(count * sizeof(**out)))) return E_OUTOFMEMORY;
    for (i = 0; i < count; i++)
    {
        (*out)[i].InitialOffset = TEST_SIZE + i;
        (*out)[i].Length = BG_LENGTH_TO_EOF - i;
    }
    return S_OK;
}

static BOOL are_test_ranges(DWORD count, const BG_FILE_RANGE *ranges)
{
    DWORD i;

    for (i = 0; i < count; i++)
        if (ranges[i].InitialOffset != TEST_SIZE + i || ranges[i].Length != BG_LENGTH_TO_EOF - i) return FALSE;
    return TRUE;
}

/* --- job, all five versions ----------------------------------------------------------- */

HRESULT WINAPI job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *set)
{
    (void)iface;
    CHECK(count == 3);
    CHECK_STRING(set[0].RemoteName, TEST_STRING);
    CHECK_STRING(set[0].LocalName, TEST_STRING2);
    CHECK(!set[1].RemoteName);
    CHECK_STRING(set[1].LocalName, TEST_STRING);
    CHECK_STRING(set[2].RemoteName, TEST_STRING2);
    CHECK(!set[2].LocalName);
    return S_OK;
}

static HRESULT use_callbacks(void)
{
    static const BYTE certificate[] = {1, 2, 3}, store[] = {9, 8, 7, 6, 5};
    IBackgroundCopyServerCertificateValidationCallback *validation;
    IBackgroundCopyCallback3 *callback3;
    IBackgroundCopyCallback2 *callback2;
    IBackgroundCopyCallback *callback;
    IBackgroundCopyCallback1 *callback1;
    BG_FILE_RANGE *ranges;
    BYTE bytes[] = {4, 5, 6, 7};
    HRESULT hr;

    CHECK(notify_interface);
    hr = IUnknown_QueryInterface(notify_interface, &IID_IBackgroundCopyCallback, (void **)&callback);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback_JobTransferred(callback, (IBackgroundCopyJob *)&job);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback_JobError(callback, (IBackgroundCopyJob *)&job, &error);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback_JobError(callback, (IBackgroundCopyJob *)&job, NULL);
    CHECK(hr == S_FALSE);
    hr = IBackgroundCopyCallback_JobModification(callback, (IBackgroundCopyJob *)&job, TEST_DWORD);
    CHECK(hr == S_OK);
    IBackgroundCopyCallback_Release(callback);

    hr = IUnknown_QueryInterface(notify_interface, &IID_IBackgroundCopyCallback2, (void **)&callback2);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback2_JobTransferred(callback2, (IBackgroundCopyJob *)&job);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback2_FileTransferred(callback2, (IBackgroundCopyJob *)&job, (IBackgroundCopyFile *)&file);
    CHECK(hr == S_OK);
    IBackgroundCopyCallback2_Release(callback2);

    hr = IUnknown_QueryInterface(notify_interface, &IID_IBackgroundCopyCallback3, (void **)&callback3);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback3_FileTransferred(callback3, (IBackgroundCopyJob *)&job, (IBackgroundCopyFile *)&file);
    CHECK(hr == S_OK);
    make_ranges(3, &ranges);
    hr = IBackgroundCopyCallback3_FileRangesTransferred(callback3, (IBackgroundCopyJob *)&job,
                                                        (IBackgroundCopyFile *)&file, 3, ranges);
    CoTaskMemFree(ranges);
    CHECK(hr == S_OK);
    IBackgroundCopyCallback3_Release(callback3);

    hr = IUnknown_QueryInterface(notify_interface, &IID_IBackgroundCopyCallback1, (void **)&callback1);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback1_OnStatus(callback1, &group, &job1, 1, 2, 3, 4, 5);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback1_OnStatus(callback1, &group, NULL, 1, 2, 3, 4, 5);
    CHECK(hr == S_FALSE);
    hr = IBackgroundCopyCallback1_OnProgress(callback1, 1, &group, &job1, 2, 3);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyCallback1_OnProgressEx(callback1, 1, &group, &job1, 2, 3, sizeof(bytes), bytes);
    CHECK(hr == S_OK);
    IBackgroundCopyCallback1_Release(callback1);

    CHECK(validation_interface);
    hr = IUnknown_QueryInterface(validation_interface, &IID_IBackgroundCopyServerCertificateValidationCallback,
                                 (void **)&validation);
    CHECK(hr == S_OK);
    hr = IBackgroundCopyServerCertificateValidationCallback_ValidateServerCertificate(
        validation, (IBackgroundCopyJob *)&job, (IBackgroundCopyFile *)&file, sizeof(certificate), certificate, 7,
        sizeof(store), store);
    CHECK(hr == TEST_ERROR);
    IBackgroundCopyServerCertificateValidationCallback_Release(validation);
    return S_OK;
}

/* The four methods without arguments have to differ. Suspend also calls the client back. */
HRESULT WINAPI job_Suspend(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return use_callbacks();
}

HRESULT WINAPI job_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *value)
{
    (void)iface;
    return set_interface(&notify_interface, value);
}

HRESULT WINAPI job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **out)
{
    (void)iface;
    if ((*out = notify_interface)) IUnknown_AddRef(*out);
    return S_OK;
}

HRESULT WINAPI job_GetReplyProgress(IBackgroundCopyJob5 *iface, BG_JOB_REPLY_PROGRESS *progress)
{
    (void)iface;
    CHECK(progress->BytesTotal == 1 && progress->BytesTransferred == 2);
    progress->BytesTotal = BG_SIZE_UNKNOWN;
    progress->BytesTransferred = TEST_SIZE;
    return S_OK;
}

/* the length that comes in selects the case */
HRESULT WINAPI job_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer, UINT64 *length)
{
    (void)iface;
    CHECK(length);
    if (*length == 1)
    {
        *length = 0x100001;
        *buffer = NULL;
        return TEST_ERROR;
    }
    if (*length == 2)
    {
        *length = 0;
        *buffer = NULL;
        return S_OK;
    }
    CHECK(!*length);
    *length = 5;
    if (!(*buffer = CoTaskMemAlloc(5))) return E_OUTOFMEMORY;
    memcpy(*buffer, "reply", 5);
    return S_OK;
}

HRESULT WINAPI job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials)
{
    const BG_BASIC_CREDENTIALS *basic = &credentials->Credentials.Basic;

    (void)iface;
    CHECK(credentials->Target == BG_AUTH_TARGET_PROXY);
    if (credentials->Scheme < BG_AUTH_SCHEME_BASIC || credentials->Scheme > BG_AUTH_SCHEME_PASSPORT)
        return TEST_ERROR + (HRESULT)credentials->Scheme;
    if (credentials->Scheme == BG_AUTH_SCHEME_NEGOTIATE)
    {
        CHECK(!basic->UserName && !basic->Password);
        return S_FALSE;
    }
    CHECK_STRING(basic->UserName, TEST_STRING);
    CHECK_STRING(basic->Password, TEST_STRING2);
    return S_OK;
}

HRESULT WINAPI job_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote, LPCWSTR local, DWORD count,
                                     BG_FILE_RANGE ranges[])
{
    (void)iface;
    CHECK_STRING(remote, TEST_STRING);
    CHECK_STRING(local, TEST_STRING2);
    CHECK(count == 4 && are_test_ranges(count, ranges));
    return S_OK;
}

HRESULT WINAPI job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE value)
{
    (void)iface;
    switch ((int)id)
    {
    case 1:
    case 6:
    case 8:
    case 9: CHECK(value.Dword == TEST_DWORD); return S_OK;
    case 2: CHECK_GUID(&value.ClsID); return S_OK;
    case 3:
    case 4:
    case 10: CHECK(value.Enable == TRUE); return S_OK;
    case 5: CHECK(value.Uint64 == TEST_SIZE); return S_OK;
    case 7: CHECK(value.Target == BG_AUTH_TARGET_PROXY); return S_OK;
    default: return E_UNEXPECTED;
    }
}

HRESULT WINAPI job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id, BITS_JOB_PROPERTY_VALUE *value)
{
    (void)iface;
    switch ((int)id)
    {
    case 1:
    case 6:
    case 8:
    case 9: value->Dword = TEST_DWORD; break;
    case 2: value->ClsID = test_guid; break;
    case 3:
    case 4:
    case 10: value->Enable = TRUE; break;
    case 5: value->Uint64 = TEST_SIZE; break;
    case 7: value->Target = BG_AUTH_TARGET_PROXY; break;
    }
    return S_OK;
}

/* --- file, all six versions --------------------------------------------------------------- */

HRESULT WINAPI file_GetFileRanges(IBackgroundCopyFile6 *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    (void)iface;
    CHECK(count);
    if (*count == 77)
    {
        *count = 0;
        *ranges = NULL;
        return S_FALSE;
    }
    *count = 3;
    return make_ranges(3, ranges);
}

HRESULT WINAPI file_SetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id, BITS_FILE_PROPERTY_VALUE value)
{
    (void)iface;
    CHECK(id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS);
    if (!value.String) return S_FALSE;
    CHECK_STRING(value.String, TEST_STRING);
    return S_OK;
}

HRESULT WINAPI file_GetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id, BITS_FILE_PROPERTY_VALUE *value)
{
    (void)iface;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS) return S_OK;
    return copy_string(TEST_STRING, &value->String);
}

HRESULT WINAPI file_RequestFileRanges(IBackgroundCopyFile6 *iface, DWORD count, const BG_FILE_RANGE ranges[])
{
    (void)iface;
    CHECK(count == 2 && are_test_ranges(count, ranges));
    return S_OK;
}

HRESULT WINAPI file_GetFilledFileRanges(IBackgroundCopyFile6 *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    (void)iface;
    *count = 5;
    return make_ranges(5, ranges);
}

/* --- enumerators: each has TEST_COUNT elements left ----------------------------------------- */

/* Next is a wrapper of RemoteNext on both sides. */
#define DEFINE_NEXT(prefix, type, element, pointer) \
    HRESULT WINAPI prefix##_Next(type *iface, ULONG count, element **items, ULONG *fetched) \
    { \
        ULONG i, got = min(count, TEST_COUNT); \
        (void)iface; \
        CHECK(fetched || count == 1); \
        for (i = 0; i < got; i++) items[i] = (element *)(pointer); \
        if (fetched) *fetched = got; \
        return got == count ? S_OK : S_FALSE; \
    }

DEFINE_NEXT(enum_jobs, IEnumBackgroundCopyJobs, IBackgroundCopyJob, &job)
DEFINE_NEXT(enum_files, IEnumBackgroundCopyFiles, IBackgroundCopyFile, &file)
DEFINE_NEXT(enum_peers, IEnumBitsPeers, IBitsPeer, &peer)
DEFINE_NEXT(enum_records, IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord, &record)

/* the legacy ones enumerate identifiers */
#define DEFINE_GUID_NEXT(prefix, type) \
    HRESULT WINAPI prefix##_Next(type *iface, ULONG count, GUID *items, ULONG *fetched) \
    { \
        ULONG i, got = min(count, TEST_COUNT); \
        (void)iface; \
        for (i = 0; i < got; i++) \
        { \
            items[i] = test_guid; \
            items[i].Data1 += i; \
        } \
        *fetched = got; \
        return got == count ? S_OK : S_FALSE; \
    }

DEFINE_GUID_NEXT(enum_groups, IEnumBackgroundCopyGroups)
DEFINE_GUID_NEXT(enum_jobs1, IEnumBackgroundCopyJobs1)

/* the system's enumerator, with the system's proxy */
DEFINE_NEXT(enum_downloads, IEnumUnknown, IUnknown, &download)

static HRESULT WINAPI enum_downloads_Skip(IEnumUnknown *iface, ULONG count)
{
    (void)iface;
    CHECK(count == TEST_DWORD);
    return S_FALSE;
}

static HRESULT WINAPI enum_downloads_Reset(IEnumUnknown *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static HRESULT WINAPI enum_downloads_Clone(IEnumUnknown *iface, IEnumUnknown **out)
{
    *out = iface;
    return S_OK;
}

static IEnumUnknownVtbl enum_downloads_vtbl = {
    (void *)server_query_interface,
    (void *)server_add_ref,
    (void *)server_release,
    enum_downloads_Next,
    enum_downloads_Skip,
    enum_downloads_Reset,
    enum_downloads_Clone,
};
static IEnumUnknown enum_downloads = {&enum_downloads_vtbl};

/* --- HTTP options, all three versions ---------------------------------------------------------- */

HRESULT WINAPI options_SetClientCertificateByID(IBackgroundCopyJobHttpOptions3 *iface, BG_CERT_STORE_LOCATION location,
                                                LPCWSTR store, byte *hash)
{
    int i;

    (void)iface;
    CHECK(location == BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE);
    CHECK_STRING(store, TEST_STRING);
    for (i = 0; i < 20; i++) CHECK(hash[i] == 200 + i);
    return S_OK;
}

static BOOL no_certificate;

/* from now on GetClientCertificate has nothing to give */
HRESULT WINAPI options_RemoveClientCertificate(IBackgroundCopyJobHttpOptions3 *iface)
{
    (void)iface;
    no_certificate = !no_certificate;
    return S_OK;
}

HRESULT WINAPI options_GetClientCertificate(IBackgroundCopyJobHttpOptions3 *iface, BG_CERT_STORE_LOCATION *location,
                                            LPWSTR *store, byte **hash, LPWSTR *subject)
{
    int i;

    (void)iface;
    *store = NULL;
    *hash = NULL;
    *subject = NULL;
    if (no_certificate)
    {
        *location = 0;
        return HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA);
    }
    *location = BG_CERT_STORE_LOCATION_SERVICES;
    copy_string(TEST_STRING, store);
    copy_string(TEST_STRING2, subject);
    if (!(*hash = CoTaskMemAlloc(20))) return E_OUTOFMEMORY;
    for (i = 0; i < 20; i++) (*hash)[i] = 100 + i;
    return S_OK;
}

HRESULT WINAPI options_SetServerCertificateValidationInterface(IBackgroundCopyJobHttpOptions3 *iface,
                                                               IUnknown *callback)
{
    (void)iface;
    return set_interface(&validation_interface, callback);
}

/* --- helper token ------------------------------------------------------------------------------ */

/* S_OK without a string */
HRESULT WINAPI token_options_GetHelperTokenSid(IBitsTokenOptions *iface, LPWSTR *out)
{
    (void)iface;
    *out = NULL;
    return S_OK;
}

/* --- peer caching ---------------------------------------------------------------------------------- */

HRESULT WINAPI record_GetFileRanges(IBitsPeerCacheRecord *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    (void)iface;
    *count = 2;
    return make_ranges(2, ranges);
}

/* --- legacy queue manager ------------------------------------------------------------------------------ */

HRESULT WINAPI group_GetProp(IBackgroundCopyGroup *iface, GROUPPROP property, VARIANT *value)
{
    (void)iface;
    if (property == GROUPPROP_PROTOCOLFLAGS)
    {
        V_VT(value) = VT_I4;
        V_I4(value) = QM_PROTOCOL_HTTP;
        return S_OK;
    }
    CHECK(property == GROUPPROP_DESCRIPTION);
    V_VT(value) = VT_BSTR;
    V_BSTR(value) = SysAllocString(TEST_STRING);
    return S_OK;
}

HRESULT WINAPI group_SetProp(IBackgroundCopyGroup *iface, GROUPPROP property, VARIANT *value)
{
    (void)iface;
    if (property == GROUPPROP_NOTIFYFLAGS)
    {
        CHECK(V_VT(value) == VT_I4 && V_I4(value) == QM_NOTIFY_GROUP_DONE);
        return S_OK;
    }
    CHECK(property == GROUPPROP_DISPLAYNAME);
    CHECK(V_VT(value) == VT_BSTR);
    CHECK_STRING(V_BSTR(value), TEST_STRING);
    return S_OK;
}

HRESULT WINAPI group_QueryNewJobInterface(IBackgroundCopyGroup *iface, REFIID iid, IUnknown **out)
{
    (void)iface;
    return server_query_interface(iface, iid, (void **)out);
}

HRESULT WINAPI group_SetNotificationPointer(IBackgroundCopyGroup *iface, REFIID iid, IUnknown *pointer)
{
    (void)iface;
    CHECK_GUID(iid);
    return pointer ? S_OK : S_FALSE;
}

HRESULT WINAPI job1_AddFiles(IBackgroundCopyJob1 *iface, ULONG count, FILESETINFO **set)
{
    (void)iface;
    CHECK(count == 3);
    CHECK(set[0] && set[0]->dwSizeHint == 1);
    CHECK_STRING(set[0]->bstrRemoteFile, TEST_STRING);
    CHECK_STRING(set[0]->bstrLocalFile, TEST_STRING2);
    CHECK(!set[1]);
    CHECK(set[2] && set[2]->dwSizeHint == 3 && !set[2]->bstrRemoteFile);
    CHECK_STRING(set[2]->bstrLocalFile, TEST_STRING);
    return S_OK;
}

HRESULT WINAPI job1_GetFile(IBackgroundCopyJob1 *iface, ULONG index, FILESETINFO *out)
{
    (void)iface;
    CHECK(index == TEST_DWORD);
    out->bstrRemoteFile = SysAllocString(TEST_STRING);
    out->bstrLocalFile = SysAllocString(TEST_STRING2);
    out->dwSizeHint = 5;
    return S_OK;
}

/* --- Delivery Optimization, first generation -------------------------------------------------------- */

HRESULT WINAPI do_job_AddFileWithRanges(IDeliveryOptimizationJob *iface, LPCWSTR id, LPCWSTR remote, LPCWSTR local,
                                        DWORD count, BG_FILE_RANGE *ranges, UINT64 size)
{
    (void)iface;
    CHECK_STRING(id, L"id");
    CHECK_STRING(remote, TEST_STRING);
    CHECK_STRING(local, TEST_STRING2);
    CHECK(size == DO_UNKNOWN_FILE_SIZE);
    if (!count)
    {
        CHECK(!ranges);
        return S_FALSE;
    }
    CHECK(count == 3 && are_test_ranges(count, ranges));
    return S_OK;
}

HRESULT WINAPI do_job2_AddFile(IDeliveryOptimizationJob2 *iface, LPCWSTR id, LPCWSTR remote, DWORD count,
                               BG_FILE_RANGE *ranges, REFIID iid, void **out)
{
    (void)iface;
    CHECK_STRING(id, L"id");
    if (remote) CHECK_STRING(remote, TEST_STRING);
    if (!count) CHECK(!ranges);
    else CHECK(count == 2 && are_test_ranges(count, ranges));
    return server_query_interface(iface, iid, out);
}

HRESULT WINAPI do_job2_GetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id, VARIANT *value)
{
    (void)iface;
    CHECK(id == DOJobPropertyId_ExtendedErrorInfo);
    V_VT(value) = VT_BSTR;
    V_BSTR(value) = SysAllocString(TEST_STRING);
    return S_OK;
}

HRESULT WINAPI do_job2_SetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id, const VARIANT *value)
{
    (void)iface;
    CHECK((int)id == 17);
    if (!value) return S_FALSE;
    CHECK(V_VT(value) == VT_UI8 && V_UI8(value) == TEST_SIZE);
    return S_OK;
}

HRESULT WINAPI do_file_GetStats(IDeliveryOptimizationFile *iface, DOSwarmStats *out)
{
    (void)iface;
    memset(out, 0, sizeof(*out));
    copy_string(TEST_STRING, &out->fileId);
    out->fileSize = TEST_SIZE;
    out->bytesToInternetPeers = TEST_SIZE + 1;
    out->httpConnectionCount = TEST_DWORD;
    out->downloadDuration = 2;
    out->downloadMode = DownloadMode_Bypass;
    out->status = SwarmStatus_Paused;
    out->isBackground = TRUE;
    return S_OK;
}

HRESULT WINAPI do_file_GetStats2(IDeliveryOptimizationFile *iface, DOSwarmStats *out)
{
    (void)iface;
    memset(out, 0, sizeof(*out));
    copy_string(TEST_STRING2, &out->sourceURL);
    return S_FALSE;
}

HRESULT WINAPI do_file2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id, VARIANT *value)
{
    (void)iface;
    CHECK(id == DOFilePropertyId_TotalSizeBytes);
    V_VT(value) = VT_UI8;
    V_UI8(value) = TEST_SIZE;
    return S_OK;
}

HRESULT WINAPI do_file2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id, const VARIANT *value)
{
    (void)iface;
    if (!value) return S_FALSE;
    CHECK(id == DOFilePropertyId_DownloadSinkFilePath);
    CHECK(V_VT(value) == VT_BSTR);
    CHECK_STRING(V_BSTR(value), TEST_STRING);
    return S_OK;
}

/* --- Delivery Optimization, third generation --------------------------------------------------------- */

HRESULT WINAPI do_manager_EnumDownloads(IDOManager *iface, const DO_DOWNLOAD_ENUM_CATEGORY *category,
                                        IEnumUnknown **out)
{
    (void)iface;
    *out = &enum_downloads;
    if (!category) return S_OK;
    if (category->Property == DODownloadProperty_Uri)
    {
        CHECK(!category->Value);
        *out = NULL;
        return TEST_ERROR;
    }
    CHECK(category->Property == DODownloadProperty_LocalPath);
    CHECK_STRING(category->Value, TEST_STRING);
    return S_OK;
}

HRESULT WINAPI download_Start(IDODownload *iface, const DO_DOWNLOAD_RANGES_INFO *ranges)
{
    UINT i;

    (void)iface;
    if (!ranges) return S_FALSE;
    for (i = 0; i < ranges->RangeCount; i++)
        CHECK(ranges->Ranges[i].Offset == TEST_SIZE + i && ranges->Ranges[i].Length == DO_LENGTH_TO_EOF - i);
    return TEST_ERROR + (HRESULT)ranges->RangeCount;
}

static void fill_status(DO_DOWNLOAD_STATUS *status)
{
    status->BytesTotal = TEST_SIZE;
    status->BytesTransferred = TEST_SIZE - 1;
    status->State = DODownloadState_Paused;
    status->Error = TEST_ERROR;
    status->ExtendedError = TEST_ERROR + 1;
}

/* calls the client back */
HRESULT WINAPI download_Pause(IDODownload *iface)
{
    IDODownloadStatusCallback *callback;
    DO_DOWNLOAD_STATUS status;
    HRESULT hr;

    CHECK(do_callback);
    hr = IUnknown_QueryInterface(do_callback, &IID_IDODownloadStatusCallback, (void **)&callback);
    CHECK(hr == S_OK);
    fill_status(&status);
    hr = IDODownloadStatusCallback_OnStatusChange(callback, iface, &status);
    IDODownloadStatusCallback_Release(callback);
    return hr;
}

HRESULT WINAPI download_GetProperty(IDODownload *iface, DODownloadProperty id, VARIANT *value)
{
    (void)iface;
    switch (id)
    {
    case DODownloadProperty_Id:
        V_VT(value) = VT_BSTR;
        V_BSTR(value) = SysAllocString(TEST_STRING);
        return S_OK;
    case DODownloadProperty_BlockingMode:
        V_VT(value) = VT_BOOL;
        V_BOOL(value) = VARIANT_TRUE;
        return S_OK;
    case DODownloadProperty_TotalSizeBytes:
        V_VT(value) = VT_UI8;
        V_UI8(value) = TEST_SIZE;
        return S_OK;
    case DODownloadProperty_CallbackInterface:
        V_VT(value) = VT_UNKNOWN;
        V_UNKNOWN(value) = do_callback;
        if (do_callback) IUnknown_AddRef(do_callback);
        return S_OK;
    default: return TEST_ERROR;
    }
}

HRESULT WINAPI download_SetProperty(IDODownload *iface, DODownloadProperty id, const VARIANT *value)
{
    BYTE *bytes;
    LONG upper;

    (void)iface;
    switch (id)
    {
    case DODownloadProperty_Uri:
        CHECK(V_VT(value) == VT_BSTR);
        CHECK_STRING(V_BSTR(value), TEST_STRING);
        return S_OK;
    case DODownloadProperty_ForegroundPriority:
        CHECK(V_VT(value) == VT_BOOL && V_BOOL(value) == VARIANT_TRUE);
        return S_OK;
    case DODownloadProperty_CostPolicy: CHECK(V_VT(value) == VT_UI4 && V_UI4(value) == TEST_DWORD); return S_OK;
    case DODownloadProperty_SecurityContext:
        CHECK(V_VT(value) == (VT_ARRAY | VT_UI1));
        CHECK(SafeArrayGetUBound(V_ARRAY(value), 1, &upper) == S_OK && upper == 2);
        CHECK(SafeArrayAccessData(V_ARRAY(value), (void **)&bytes) == S_OK);
        CHECK(!memcmp(bytes, "abc", 3));
        SafeArrayUnaccessData(V_ARRAY(value));
        return S_OK;
    case DODownloadProperty_CallbackInterface:
        if (V_VT(value) == VT_EMPTY) return set_interface(&do_callback, NULL);
        CHECK(V_VT(value) == VT_UNKNOWN);
        return set_interface(&do_callback, V_UNKNOWN(value));
    default: return TEST_ERROR;
    }
}

/* --- the object as a whole -------------------------------------------------------------------------- */

HRESULT WINAPI server_query_interface(void *iface, REFIID iid, void **out)
{
    const struct server_interface *entry;

    (void)iface;
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown)) *out = &manager;
    if (IsEqualIID(iid, &IID_IEnumUnknown)) *out = &enum_downloads;
    for (entry = server_interfaces; entry->iid && !*out; entry++)
    {
        if (IsEqualIID(iid, entry->iid)) *out = entry->iface;
    }
    return *out ? S_OK : E_NOINTERFACE;
}

ULONG WINAPI server_add_ref(void *iface)
{
    (void)iface;
    return 2;
}

ULONG WINAPI server_release(void *iface)
{
    (void)iface;
    return 1;
}

BOOL server_fails(void)
{
    static HANDLE event;

    if (!event) event = OpenEventA(SYNCHRONIZE, FALSE, getenv(FAILING_EVENT));
    return event && !WaitForSingleObject(event, 0);
}

IUnknown *server_get_root(void)
{
    return (IUnknown *)&manager;
}
