/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The server side of the marshalling test: dummy objects that check what arrives and return what the client
 * knows. A wrong argument makes the method return a failure that names the line. All interfaces belong to one
 * object, which lives as long as the process.
 */

#include <string.h>
#include <windows.h>

#include "proxy_test.h"

/* facility 0xabc, code = line */
#define CHECK(condition) \
    do { \
        if (!(condition)) return MAKE_HRESULT(1, 0xabc, __LINE__); \
    } while (0)
#define CHECK_STRING(string, expected) CHECK((string) && !wcscmp(string, expected))
#define CHECK_GUID(guid) CHECK(IsEqualGUID(guid, &test_guid))

static IUnknown *notify_interface;
static IUnknown *validation_interface;
static IUnknown *do_callback;

static HRESULT query_interface(REFIID iid, void **out);

#define DEFINE_UNKNOWN(type) \
    static HRESULT WINAPI type##_qi(type *iface, REFIID iid, void **out) \
    { \
        (void)iface; \
        return query_interface(iid, out); \
    } \
    static ULONG WINAPI type##_addref(type *iface) \
    { \
        (void)iface; \
        return 2; \
    } \
    static ULONG WINAPI type##_release(type *iface) \
    { \
        (void)iface; \
        return 1; \
    }

static HRESULT copy_string(const WCHAR *string, LPWSTR *out)
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

static IBackgroundCopyManager manager;
static IBackgroundCopyJob5 job;
static IBackgroundCopyFile6 file;
static IBackgroundCopyError error;
static IEnumBackgroundCopyJobs enum_jobs;
static IEnumBackgroundCopyFiles enum_files;
static IBackgroundCopyJobHttpOptions3 options;
static IBitsTokenOptions token_options;
static IBitsPeer peer;
static IEnumBitsPeers enum_peers;
static IBitsPeerCacheRecord record;
static IEnumBitsPeerCacheRecords enum_records;
static IBitsPeerCacheAdministration administration;
static IBackgroundCopyQMgr qmgr;
static IBackgroundCopyGroup group;
static IBackgroundCopyJob1 job1;
static IEnumBackgroundCopyGroups enum_groups;
static IEnumBackgroundCopyJobs1 enum_jobs1;
static IDeliveryOptimizationJob do_job;
static IDeliveryOptimizationJob2 do_job2;
static IDeliveryOptimizationFile do_file;
static IDeliveryOptimizationFile2 do_file2;
static IDOManager do_manager;
static IDODownload download;
static IEnumUnknown enum_downloads;

/* --- manager ------------------------------------------------------------------------ */

DEFINE_UNKNOWN(IBackgroundCopyManager)

static HRESULT WINAPI manager_CreateJob(IBackgroundCopyManager *iface, LPCWSTR name, BG_JOB_TYPE type, GUID *id,
                                        IBackgroundCopyJob **out)
{
    (void)iface;
    CHECK_STRING(name, TEST_STRING);
    CHECK(type == BG_JOB_TYPE_UPLOAD_REPLY);
    CHECK(!*out);
    *id = test_guid;
    *out = (IBackgroundCopyJob *)&job;
    return S_OK;
}

static HRESULT WINAPI manager_GetJob(IBackgroundCopyManager *iface, REFGUID id, IBackgroundCopyJob **out)
{
    (void)iface;
    if (IsEqualGUID(id, &GUID_NULL)) return TEST_ERROR;
    CHECK_GUID(id);
    *out = (IBackgroundCopyJob *)&job;
    return S_OK;
}

static HRESULT WINAPI manager_EnumJobs(IBackgroundCopyManager *iface, DWORD flags, IEnumBackgroundCopyJobs **out)
{
    (void)iface;
    CHECK(flags == TEST_DWORD);
    *out = &enum_jobs;
    return S_OK;
}

static HRESULT WINAPI manager_GetErrorDescription(IBackgroundCopyManager *iface, HRESULT code, DWORD language,
                                                  LPWSTR *out)
{
    (void)iface;
    if (code != TEST_ERROR) return TEST_ERROR;
    CHECK(language == 0x409);
    return copy_string(TEST_STRING, out);
}

static IBackgroundCopyManagerVtbl manager_vtbl = {
    IBackgroundCopyManager_qi,
    IBackgroundCopyManager_addref,
    IBackgroundCopyManager_release,
    manager_CreateJob,
    manager_GetJob,
    manager_EnumJobs,
    manager_GetErrorDescription,
};

/* --- job, all five versions ----------------------------------------------------------- */

DEFINE_UNKNOWN(IBackgroundCopyJob5)

static HRESULT WINAPI job_AddFileSet(IBackgroundCopyJob5 *iface, ULONG count, BG_FILE_INFO *set)
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

static HRESULT WINAPI job_AddFile(IBackgroundCopyJob5 *iface, LPCWSTR remote, LPCWSTR local)
{
    (void)iface;
    CHECK_STRING(remote, TEST_STRING);
    CHECK_STRING(local, TEST_STRING2);
    return S_OK;
}

static HRESULT WINAPI job_EnumFiles(IBackgroundCopyJob5 *iface, IEnumBackgroundCopyFiles **out)
{
    (void)iface;
    *out = &enum_files;
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
static HRESULT WINAPI job_Suspend(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return use_callbacks();
}

static HRESULT WINAPI job_Resume(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static HRESULT WINAPI job_Cancel(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return TEST_ERROR + 2;
}

static HRESULT WINAPI job_Complete(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return 0x00200017; /* BG_S_PARTIAL_COMPLETE: success codes come through too */
}

static HRESULT WINAPI job_GetId(IBackgroundCopyJob5 *iface, GUID *out)
{
    (void)iface;
    *out = test_guid;
    return S_OK;
}

static HRESULT WINAPI job_GetType(IBackgroundCopyJob5 *iface, BG_JOB_TYPE *out)
{
    (void)iface;
    *out = BG_JOB_TYPE_UPLOAD_REPLY;
    return S_OK;
}

static HRESULT WINAPI job_GetProgress(IBackgroundCopyJob5 *iface, BG_JOB_PROGRESS *out)
{
    (void)iface;
    out->BytesTotal = BG_SIZE_UNKNOWN;
    out->BytesTransferred = TEST_SIZE;
    out->FilesTotal = 3;
    out->FilesTransferred = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI job_GetTimes(IBackgroundCopyJob5 *iface, BG_JOB_TIMES *out)
{
    (void)iface;
    memset(out, 0, sizeof(*out));
    out->CreationTime.dwLowDateTime = 1;
    out->ModificationTime.dwHighDateTime = 2;
    out->TransferCompletionTime.dwLowDateTime = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI job_GetState(IBackgroundCopyJob5 *iface, BG_JOB_STATE *out)
{
    (void)iface;
    *out = BG_JOB_STATE_CANCELLED;
    return S_OK;
}

static HRESULT WINAPI job_GetError(IBackgroundCopyJob5 *iface, IBackgroundCopyError **out)
{
    (void)iface;
    *out = &error;
    return S_OK;
}

static HRESULT WINAPI job_GetOwner(IBackgroundCopyJob5 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(L"S-1-5-18", out);
}

static HRESULT WINAPI job_SetDisplayName(IBackgroundCopyJob5 *iface, LPCWSTR value)
{
    (void)iface;
    CHECK_STRING(value, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI job_GetDisplayName(IBackgroundCopyJob5 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI job_SetDescription(IBackgroundCopyJob5 *iface, LPCWSTR value)
{
    (void)iface;
    CHECK_STRING(value, L"");
    return S_OK;
}

/* fails and leaves *out alone: the stub has to have made it NULL */
static HRESULT WINAPI job_GetDescription(IBackgroundCopyJob5 *iface, LPWSTR *out)
{
    (void)iface;
    CHECK(!*out);
    return TEST_ERROR;
}

static HRESULT WINAPI job_SetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY value)
{
    (void)iface;
    if (value == BG_JOB_PRIORITY_LOW) return S_OK;
    return value == 0x7fff ? E_NOTIMPL : E_UNEXPECTED;
}

static HRESULT WINAPI job_GetPriority(IBackgroundCopyJob5 *iface, BG_JOB_PRIORITY *out)
{
    (void)iface;
    *out = BG_JOB_PRIORITY_LOW;
    return S_OK;
}

#define SET_ULONG(name, expected) \
    static HRESULT WINAPI job_##name(IBackgroundCopyJob5 *iface, ULONG value) \
    { \
        (void)iface; \
        CHECK(value == (expected)); \
        return S_OK; \
    }

#define GET_ULONG(name, result) \
    static HRESULT WINAPI job_##name(IBackgroundCopyJob5 *iface, ULONG *out) \
    { \
        (void)iface; \
        *out = (result); \
        return S_OK; \
    }

SET_ULONG(SetNotifyFlags, 101)
GET_ULONG(GetNotifyFlags, 102)

static HRESULT WINAPI job_SetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown *value)
{
    (void)iface;
    return set_interface(&notify_interface, value);
}

static HRESULT WINAPI job_GetNotifyInterface(IBackgroundCopyJob5 *iface, IUnknown **out)
{
    (void)iface;
    if ((*out = notify_interface)) IUnknown_AddRef(*out);
    return S_OK;
}

SET_ULONG(SetMinimumRetryDelay, 103)
GET_ULONG(GetMinimumRetryDelay, 104)
SET_ULONG(SetNoProgressTimeout, 105)
GET_ULONG(GetNoProgressTimeout, 106)
GET_ULONG(GetErrorCount, 107)

static HRESULT WINAPI job_SetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE usage, const WCHAR *list,
                                           const WCHAR *bypass)
{
    (void)iface;
    if (usage == BG_JOB_PROXY_USAGE_OVERRIDE)
    {
        CHECK_STRING(list, TEST_STRING);
        CHECK_STRING(bypass, TEST_STRING2);
        return S_OK;
    }
    CHECK(usage == BG_JOB_PROXY_USAGE_AUTODETECT);
    CHECK(!list && !bypass);
    return S_FALSE;
}

static HRESULT WINAPI job_GetProxySettings(IBackgroundCopyJob5 *iface, BG_JOB_PROXY_USAGE *usage, LPWSTR *list,
                                           LPWSTR *bypass)
{
    (void)iface;
    *usage = BG_JOB_PROXY_USAGE_OVERRIDE;
    *bypass = NULL;
    return copy_string(TEST_STRING, list);
}

static HRESULT WINAPI job_TakeOwnership(IBackgroundCopyJob5 *iface)
{
    (void)iface;
    return TEST_ERROR + 4;
}

static HRESULT WINAPI job_SetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPCWSTR program, LPCWSTR parameters)
{
    (void)iface;
    if (!program && !parameters) return S_FALSE;
    CHECK_STRING(program, TEST_STRING);
    CHECK_STRING(parameters, TEST_STRING2);
    return S_OK;
}

static HRESULT WINAPI job_GetNotifyCmdLine(IBackgroundCopyJob5 *iface, LPWSTR *program, LPWSTR *parameters)
{
    HRESULT hr;

    (void)iface;
    if (FAILED(hr = copy_string(TEST_STRING, program))) return hr;
    return copy_string(TEST_STRING2, parameters);
}

static HRESULT WINAPI job_GetReplyProgress(IBackgroundCopyJob5 *iface, BG_JOB_REPLY_PROGRESS *progress)
{
    (void)iface;
    CHECK(progress->BytesTotal == 1 && progress->BytesTransferred == 2);
    progress->BytesTotal = BG_SIZE_UNKNOWN;
    progress->BytesTransferred = TEST_SIZE;
    return S_OK;
}

/* the length that comes in selects the case */
static HRESULT WINAPI job_GetReplyData(IBackgroundCopyJob5 *iface, byte **buffer, UINT64 *length)
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

static HRESULT WINAPI job_SetReplyFileName(IBackgroundCopyJob5 *iface, LPCWSTR name)
{
    (void)iface;
    if (!name) return S_FALSE;
    CHECK_STRING(name, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI job_GetReplyFileName(IBackgroundCopyJob5 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING2, out);
}

static HRESULT WINAPI job_SetCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_CREDENTIALS *credentials)
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

static HRESULT WINAPI job_RemoveCredentials(IBackgroundCopyJob5 *iface, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme)
{
    (void)iface;
    CHECK(target == BG_AUTH_TARGET_SERVER && scheme == BG_AUTH_SCHEME_PASSPORT);
    return S_OK;
}

static HRESULT WINAPI job_ReplaceRemotePrefix(IBackgroundCopyJob5 *iface, LPCWSTR from, LPCWSTR to)
{
    (void)iface;
    CHECK_STRING(from, TEST_STRING);
    CHECK_STRING(to, TEST_STRING2);
    return S_OK;
}

static HRESULT WINAPI job_AddFileWithRanges(IBackgroundCopyJob5 *iface, LPCWSTR remote, LPCWSTR local, DWORD count,
                                            BG_FILE_RANGE ranges[])
{
    (void)iface;
    CHECK_STRING(remote, TEST_STRING);
    CHECK_STRING(local, TEST_STRING2);
    CHECK(count == 4 && are_test_ranges(count, ranges));
    return S_OK;
}

static HRESULT WINAPI job_SetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD value)
{
    (void)iface;
    CHECK(value == BG_COPY_FILE_ALL);
    return S_OK;
}

static HRESULT WINAPI job_GetFileACLFlags(IBackgroundCopyJob5 *iface, DWORD *out)
{
    (void)iface;
    *out = BG_COPY_FILE_SACL;
    return S_OK;
}

SET_ULONG(SetPeerCachingFlags, 108)
GET_ULONG(GetPeerCachingFlags, 109)
GET_ULONG(GetOwnerIntegrityLevel, 0x2000)

static HRESULT WINAPI job_GetOwnerElevationState(IBackgroundCopyJob5 *iface, BOOL *out)
{
    (void)iface;
    *out = TRUE;
    return S_OK;
}

SET_ULONG(SetMaximumDownloadTime, 110)
GET_ULONG(GetMaximumDownloadTime, 111)

static HRESULT WINAPI job_SetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                      BITS_JOB_PROPERTY_VALUE value)
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

static HRESULT WINAPI job_GetProperty(IBackgroundCopyJob5 *iface, BITS_JOB_PROPERTY_ID id,
                                      BITS_JOB_PROPERTY_VALUE *value)
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

static IBackgroundCopyJob5Vtbl job_vtbl = {
    IBackgroundCopyJob5_qi,
    IBackgroundCopyJob5_addref,
    IBackgroundCopyJob5_release,
    job_AddFileSet,
    job_AddFile,
    job_EnumFiles,
    job_Suspend,
    job_Resume,
    job_Cancel,
    job_Complete,
    job_GetId,
    job_GetType,
    job_GetProgress,
    job_GetTimes,
    job_GetState,
    job_GetError,
    job_GetOwner,
    job_SetDisplayName,
    job_GetDisplayName,
    job_SetDescription,
    job_GetDescription,
    job_SetPriority,
    job_GetPriority,
    job_SetNotifyFlags,
    job_GetNotifyFlags,
    job_SetNotifyInterface,
    job_GetNotifyInterface,
    job_SetMinimumRetryDelay,
    job_GetMinimumRetryDelay,
    job_SetNoProgressTimeout,
    job_GetNoProgressTimeout,
    job_GetErrorCount,
    job_SetProxySettings,
    job_GetProxySettings,
    job_TakeOwnership,
    job_SetNotifyCmdLine,
    job_GetNotifyCmdLine,
    job_GetReplyProgress,
    job_GetReplyData,
    job_SetReplyFileName,
    job_GetReplyFileName,
    job_SetCredentials,
    job_RemoveCredentials,
    job_ReplaceRemotePrefix,
    job_AddFileWithRanges,
    job_SetFileACLFlags,
    job_GetFileACLFlags,
    job_SetPeerCachingFlags,
    job_GetPeerCachingFlags,
    job_GetOwnerIntegrityLevel,
    job_GetOwnerElevationState,
    job_SetMaximumDownloadTime,
    job_GetMaximumDownloadTime,
    job_SetProperty,
    job_GetProperty,
};

/* --- file, all six versions --------------------------------------------------------------- */

DEFINE_UNKNOWN(IBackgroundCopyFile6)

static HRESULT WINAPI file_GetRemoteName(IBackgroundCopyFile6 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI file_GetLocalName(IBackgroundCopyFile6 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING2, out);
}

static HRESULT WINAPI file_GetProgress(IBackgroundCopyFile6 *iface, BG_FILE_PROGRESS *out)
{
    (void)iface;
    out->BytesTotal = TEST_SIZE;
    out->BytesTransferred = 7;
    out->Completed = TRUE;
    return S_OK;
}

static HRESULT WINAPI file_GetFileRanges(IBackgroundCopyFile6 *iface, DWORD *count, BG_FILE_RANGE **ranges)
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

static HRESULT WINAPI file_SetRemoteName(IBackgroundCopyFile6 *iface, LPCWSTR value)
{
    (void)iface;
    CHECK_STRING(value, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI file_GetTemporaryName(IBackgroundCopyFile6 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI file_SetValidationState(IBackgroundCopyFile6 *iface, BOOL value)
{
    (void)iface;
    CHECK(value == TRUE);
    return S_OK;
}

static HRESULT WINAPI file_GetValidationState(IBackgroundCopyFile6 *iface, BOOL *out)
{
    (void)iface;
    *out = TRUE;
    return S_OK;
}

static HRESULT WINAPI file_IsDownloadedFromPeer(IBackgroundCopyFile6 *iface, BOOL *out)
{
    (void)iface;
    *out = 2;
    return S_OK;
}

static HRESULT WINAPI file_GetPeerDownloadStats(IBackgroundCopyFile6 *iface, UINT64 *origin, UINT64 *peers)
{
    (void)iface;
    *origin = TEST_SIZE;
    *peers = TEST_SIZE + 1;
    return S_OK;
}

static HRESULT WINAPI file_SetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
                                       BITS_FILE_PROPERTY_VALUE value)
{
    (void)iface;
    CHECK(id == BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS);
    if (!value.String) return S_FALSE;
    CHECK_STRING(value.String, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI file_GetProperty(IBackgroundCopyFile6 *iface, BITS_FILE_PROPERTY_ID id,
                                       BITS_FILE_PROPERTY_VALUE *value)
{
    (void)iface;
    if (id != BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS) return S_OK;
    return copy_string(TEST_STRING, &value->String);
}

static HRESULT WINAPI file_UpdateDownloadPosition(IBackgroundCopyFile6 *iface, UINT64 offset)
{
    (void)iface;
    CHECK(offset == TEST_SIZE);
    return S_OK;
}

static HRESULT WINAPI file_RequestFileRanges(IBackgroundCopyFile6 *iface, DWORD count, const BG_FILE_RANGE ranges[])
{
    (void)iface;
    CHECK(count == 2 && are_test_ranges(count, ranges));
    return S_OK;
}

static HRESULT WINAPI file_GetFilledFileRanges(IBackgroundCopyFile6 *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    (void)iface;
    *count = 5;
    return make_ranges(5, ranges);
}

static IBackgroundCopyFile6Vtbl file_vtbl = {
    IBackgroundCopyFile6_qi,
    IBackgroundCopyFile6_addref,
    IBackgroundCopyFile6_release,
    file_GetRemoteName,
    file_GetLocalName,
    file_GetProgress,
    file_GetFileRanges,
    file_SetRemoteName,
    file_GetTemporaryName,
    file_SetValidationState,
    file_GetValidationState,
    file_IsDownloadedFromPeer,
    file_GetPeerDownloadStats,
    file_SetProperty,
    file_GetProperty,
    file_UpdateDownloadPosition,
    file_RequestFileRanges,
    file_GetFilledFileRanges,
};

/* --- error -------------------------------------------------------------------------------- */

DEFINE_UNKNOWN(IBackgroundCopyError)

static HRESULT WINAPI error_GetError(IBackgroundCopyError *iface, BG_ERROR_CONTEXT *context, HRESULT *code)
{
    (void)iface;
    *context = BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK;
    *code = TEST_ERROR;
    return S_OK;
}

static HRESULT WINAPI error_GetFile(IBackgroundCopyError *iface, IBackgroundCopyFile **out)
{
    (void)iface;
    *out = (IBackgroundCopyFile *)&file;
    return S_OK;
}

static HRESULT WINAPI error_GetErrorDescription(IBackgroundCopyError *iface, DWORD language, LPWSTR *out)
{
    (void)iface;
    if (!language) return E_INVALIDARG;
    CHECK(language == 0x409);
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI error_GetErrorContextDescription(IBackgroundCopyError *iface, DWORD language, LPWSTR *out)
{
    (void)iface;
    CHECK(language == 0x409);
    return copy_string(TEST_STRING2, out);
}

static HRESULT WINAPI error_GetProtocol(IBackgroundCopyError *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(L"http", out);
}

static IBackgroundCopyErrorVtbl error_vtbl = {
    IBackgroundCopyError_qi, IBackgroundCopyError_addref, IBackgroundCopyError_release,     error_GetError,
    error_GetFile,           error_GetErrorDescription,   error_GetErrorContextDescription, error_GetProtocol,
};

/* --- enumerators: each has TEST_COUNT elements left ----------------------------------------- */

#define DEFINE_ENUMERATOR(prefix, type, element, pointer) \
    DEFINE_UNKNOWN(type) \
    static HRESULT WINAPI prefix##_Next(type *iface, ULONG count, element **items, ULONG *fetched) \
    { \
        ULONG i, got = min(count, TEST_COUNT); \
        (void)iface; \
        CHECK(fetched || count == 1); \
        for (i = 0; i < got; i++) items[i] = (element *)(pointer); \
        if (fetched) *fetched = got; \
        return got == count ? S_OK : S_FALSE; \
    } \
    static HRESULT WINAPI prefix##_Skip(type *iface, ULONG count) \
    { \
        (void)iface; \
        CHECK(count == TEST_DWORD); \
        return S_FALSE; \
    } \
    static HRESULT WINAPI prefix##_Reset(type *iface) \
    { \
        (void)iface; \
        return TEST_ERROR + 1; \
    } \
    static HRESULT WINAPI prefix##_Clone(type *iface, type **out) \
    { \
        *out = iface; \
        return S_OK; \
    }

#define DEFINE_COUNTED_ENUMERATOR(prefix, type, element, pointer) \
    DEFINE_ENUMERATOR(prefix, type, element, pointer) \
    static HRESULT WINAPI prefix##_GetCount(type *iface, ULONG *out) \
    { \
        (void)iface; \
        *out = TEST_DWORD; \
        return S_OK; \
    } \
    static type##Vtbl prefix##_vtbl = { \
        type##_qi,     type##_addref,  type##_release, prefix##_Next, \
        prefix##_Skip, prefix##_Reset, prefix##_Clone, prefix##_GetCount, \
    };

DEFINE_COUNTED_ENUMERATOR(enum_jobs, IEnumBackgroundCopyJobs, IBackgroundCopyJob, &job)
DEFINE_COUNTED_ENUMERATOR(enum_files, IEnumBackgroundCopyFiles, IBackgroundCopyFile, &file)
DEFINE_COUNTED_ENUMERATOR(enum_peers, IEnumBitsPeers, IBitsPeer, &peer)
DEFINE_COUNTED_ENUMERATOR(enum_records, IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord, &record)

DEFINE_ENUMERATOR(enum_downloads, IEnumUnknown, IUnknown, &download)

static IEnumUnknownVtbl enum_downloads_vtbl = {
    IEnumUnknown_qi,     IEnumUnknown_addref,  IEnumUnknown_release, enum_downloads_Next,
    enum_downloads_Skip, enum_downloads_Reset, enum_downloads_Clone,
};

/* the legacy ones enumerate identifiers */
#define DEFINE_GUID_ENUMERATOR(prefix, type) \
    DEFINE_UNKNOWN(type) \
    static HRESULT WINAPI prefix##_Next(type *iface, ULONG count, GUID *items, ULONG *fetched) \
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
    } \
    static HRESULT WINAPI prefix##_Skip(type *iface, ULONG count) \
    { \
        (void)iface; \
        CHECK(count == TEST_DWORD); \
        return S_FALSE; \
    } \
    static HRESULT WINAPI prefix##_Reset(type *iface) \
    { \
        (void)iface; \
        return TEST_ERROR + 1; \
    } \
    static HRESULT WINAPI prefix##_Clone(type *iface, type **out) \
    { \
        *out = iface; \
        return S_OK; \
    } \
    static HRESULT WINAPI prefix##_GetCount(type *iface, ULONG *out) \
    { \
        (void)iface; \
        *out = TEST_DWORD; \
        return S_OK; \
    } \
    static type##Vtbl prefix##_vtbl = { \
        type##_qi,     type##_addref,  type##_release, prefix##_Next, \
        prefix##_Skip, prefix##_Reset, prefix##_Clone, prefix##_GetCount, \
    };

DEFINE_GUID_ENUMERATOR(enum_groups, IEnumBackgroundCopyGroups)
DEFINE_GUID_ENUMERATOR(enum_jobs1, IEnumBackgroundCopyJobs1)

/* --- HTTP options, all three versions ---------------------------------------------------------- */

DEFINE_UNKNOWN(IBackgroundCopyJobHttpOptions3)

static HRESULT WINAPI options_SetClientCertificateByID(IBackgroundCopyJobHttpOptions3 *iface,
                                                       BG_CERT_STORE_LOCATION location, LPCWSTR store, byte *hash)
{
    int i;

    (void)iface;
    CHECK(location == BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE);
    CHECK_STRING(store, TEST_STRING);
    for (i = 0; i < 20; i++) CHECK(hash[i] == 200 + i);
    return S_OK;
}

static HRESULT WINAPI options_SetClientCertificateByName(IBackgroundCopyJobHttpOptions3 *iface,
                                                         BG_CERT_STORE_LOCATION location, LPCWSTR store,
                                                         LPCWSTR subject)
{
    (void)iface;
    CHECK(location == BG_CERT_STORE_LOCATION_USERS);
    CHECK_STRING(store, TEST_STRING);
    CHECK_STRING(subject, TEST_STRING2);
    return S_OK;
}

static BOOL no_certificate;

/* from now on GetClientCertificate has nothing to give */
static HRESULT WINAPI options_RemoveClientCertificate(IBackgroundCopyJobHttpOptions3 *iface)
{
    (void)iface;
    no_certificate = !no_certificate;
    return S_OK;
}

static HRESULT WINAPI options_GetClientCertificate(IBackgroundCopyJobHttpOptions3 *iface,
                                                   BG_CERT_STORE_LOCATION *location, LPWSTR *store, byte **hash,
                                                   LPWSTR *subject)
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

static HRESULT WINAPI options_SetCustomHeaders(IBackgroundCopyJobHttpOptions3 *iface, LPCWSTR headers)
{
    (void)iface;
    if (!headers) return S_FALSE;
    CHECK_STRING(headers, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI options_GetCustomHeaders(IBackgroundCopyJobHttpOptions3 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI options_SetSecurityFlags(IBackgroundCopyJobHttpOptions3 *iface, ULONG flags)
{
    (void)iface;
    CHECK(flags == BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP);
    return S_OK;
}

static HRESULT WINAPI options_GetSecurityFlags(IBackgroundCopyJobHttpOptions3 *iface, ULONG *out)
{
    (void)iface;
    *out = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI options_SetHttpMethod(IBackgroundCopyJobHttpOptions3 *iface, LPCWSTR method)
{
    (void)iface;
    CHECK_STRING(method, L"PUT");
    return S_OK;
}

static HRESULT WINAPI options_GetHttpMethod(IBackgroundCopyJobHttpOptions3 *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(L"POST", out);
}

static HRESULT WINAPI options_SetServerCertificateValidationInterface(IBackgroundCopyJobHttpOptions3 *iface,
                                                                      IUnknown *callback)
{
    (void)iface;
    return set_interface(&validation_interface, callback);
}

static HRESULT WINAPI options_MakeCustomHeadersWriteOnly(IBackgroundCopyJobHttpOptions3 *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static IBackgroundCopyJobHttpOptions3Vtbl options_vtbl = {
    IBackgroundCopyJobHttpOptions3_qi,
    IBackgroundCopyJobHttpOptions3_addref,
    IBackgroundCopyJobHttpOptions3_release,
    options_SetClientCertificateByID,
    options_SetClientCertificateByName,
    options_RemoveClientCertificate,
    options_GetClientCertificate,
    options_SetCustomHeaders,
    options_GetCustomHeaders,
    options_SetSecurityFlags,
    options_GetSecurityFlags,
    options_SetHttpMethod,
    options_GetHttpMethod,
    options_SetServerCertificateValidationInterface,
    options_MakeCustomHeadersWriteOnly,
};

/* --- helper token ------------------------------------------------------------------------------ */

DEFINE_UNKNOWN(IBitsTokenOptions)

static HRESULT WINAPI token_SetHelperTokenFlags(IBitsTokenOptions *iface, DWORD flags)
{
    (void)iface;
    CHECK(flags == BG_TOKEN_NETWORK);
    return S_OK;
}

static HRESULT WINAPI token_GetHelperTokenFlags(IBitsTokenOptions *iface, DWORD *out)
{
    (void)iface;
    *out = BG_TOKEN_LOCAL_FILE;
    return S_OK;
}

static HRESULT WINAPI token_SetHelperToken(IBitsTokenOptions *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static HRESULT WINAPI token_ClearHelperToken(IBitsTokenOptions *iface)
{
    (void)iface;
    return TEST_ERROR + 2;
}

/* S_OK without a string */
static HRESULT WINAPI token_GetHelperTokenSid(IBitsTokenOptions *iface, LPWSTR *out)
{
    (void)iface;
    *out = NULL;
    return S_OK;
}

static IBitsTokenOptionsVtbl token_vtbl = {
    IBitsTokenOptions_qi,      IBitsTokenOptions_addref, IBitsTokenOptions_release, token_SetHelperTokenFlags,
    token_GetHelperTokenFlags, token_SetHelperToken,     token_ClearHelperToken,    token_GetHelperTokenSid,
};

/* --- peer caching ---------------------------------------------------------------------------------- */

DEFINE_UNKNOWN(IBitsPeer)

static HRESULT WINAPI peer_GetPeerName(IBitsPeer *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI peer_IsAuthenticated(IBitsPeer *iface, BOOL *out)
{
    (void)iface;
    *out = TRUE;
    return S_OK;
}

static HRESULT WINAPI peer_IsAvailable(IBitsPeer *iface, BOOL *out)
{
    (void)iface;
    *out = 2;
    return S_OK;
}

static IBitsPeerVtbl peer_vtbl = {
    IBitsPeer_qi, IBitsPeer_addref, IBitsPeer_release, peer_GetPeerName, peer_IsAuthenticated, peer_IsAvailable,
};

DEFINE_UNKNOWN(IBitsPeerCacheRecord)

static HRESULT WINAPI record_GetId(IBitsPeerCacheRecord *iface, GUID *out)
{
    (void)iface;
    *out = test_guid;
    return S_OK;
}

static HRESULT WINAPI record_GetOriginUrl(IBitsPeerCacheRecord *iface, LPWSTR *out)
{
    (void)iface;
    return copy_string(TEST_STRING, out);
}

static HRESULT WINAPI record_GetFileSize(IBitsPeerCacheRecord *iface, UINT64 *out)
{
    (void)iface;
    *out = TEST_SIZE;
    return S_OK;
}

static HRESULT WINAPI record_GetFileModificationTime(IBitsPeerCacheRecord *iface, FILETIME *out)
{
    (void)iface;
    out->dwLowDateTime = TEST_DWORD;
    out->dwHighDateTime = 1;
    return S_OK;
}

static HRESULT WINAPI record_GetLastAccessTime(IBitsPeerCacheRecord *iface, FILETIME *out)
{
    (void)iface;
    out->dwLowDateTime = 2;
    out->dwHighDateTime = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI record_IsFileValidated(IBitsPeerCacheRecord *iface)
{
    (void)iface;
    return S_FALSE;
}

static HRESULT WINAPI record_GetFileRanges(IBitsPeerCacheRecord *iface, DWORD *count, BG_FILE_RANGE **ranges)
{
    (void)iface;
    *count = 2;
    return make_ranges(2, ranges);
}

static IBitsPeerCacheRecordVtbl record_vtbl = {
    IBitsPeerCacheRecord_qi, IBitsPeerCacheRecord_addref, IBitsPeerCacheRecord_release,   record_GetId,
    record_GetOriginUrl,     record_GetFileSize,          record_GetFileModificationTime, record_GetLastAccessTime,
    record_IsFileValidated,  record_GetFileRanges,
};

DEFINE_UNKNOWN(IBitsPeerCacheAdministration)

#define ADMINISTRATION_GET(name, result) \
    static HRESULT WINAPI administration_##name(IBitsPeerCacheAdministration *iface, DWORD *out) \
    { \
        (void)iface; \
        *out = (result); \
        return S_OK; \
    }

#define ADMINISTRATION_SET(name, expected) \
    static HRESULT WINAPI administration_##name(IBitsPeerCacheAdministration *iface, DWORD value) \
    { \
        (void)iface; \
        CHECK(value == (expected)); \
        return S_FALSE; \
    }

#define ADMINISTRATION_DO(name, result) \
    static HRESULT WINAPI administration_##name(IBitsPeerCacheAdministration *iface) \
    { \
        (void)iface; \
        return result; \
    }

ADMINISTRATION_GET(GetMaximumCacheSize, 201)
ADMINISTRATION_SET(SetMaximumCacheSize, 202)
ADMINISTRATION_GET(GetMaximumContentAge, 203)
ADMINISTRATION_SET(SetMaximumContentAge, 204)
ADMINISTRATION_GET(GetConfigurationFlags, 205)
ADMINISTRATION_SET(SetConfigurationFlags, 206)

static HRESULT WINAPI administration_EnumRecords(IBitsPeerCacheAdministration *iface, IEnumBitsPeerCacheRecords **out)
{
    (void)iface;
    *out = &enum_records;
    return S_FALSE;
}

static HRESULT WINAPI administration_GetRecord(IBitsPeerCacheAdministration *iface, REFGUID id,
                                               IBitsPeerCacheRecord **out)
{
    (void)iface;
    CHECK_GUID(id);
    *out = &record;
    return S_OK;
}

ADMINISTRATION_DO(ClearRecords, TEST_ERROR + 1)

static HRESULT WINAPI administration_DeleteRecord(IBitsPeerCacheAdministration *iface, REFGUID id)
{
    (void)iface;
    CHECK_GUID(id);
    return S_OK;
}

static HRESULT WINAPI administration_DeleteUrl(IBitsPeerCacheAdministration *iface, LPCWSTR url)
{
    (void)iface;
    CHECK_STRING(url, TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI administration_EnumPeers(IBitsPeerCacheAdministration *iface, IEnumBitsPeers **out)
{
    (void)iface;
    *out = &enum_peers;
    return S_FALSE;
}

ADMINISTRATION_DO(ClearPeers, TEST_ERROR + 2)
ADMINISTRATION_DO(DiscoverPeers, TEST_ERROR + 3)

static IBitsPeerCacheAdministrationVtbl administration_vtbl = {
    IBitsPeerCacheAdministration_qi,
    IBitsPeerCacheAdministration_addref,
    IBitsPeerCacheAdministration_release,
    administration_GetMaximumCacheSize,
    administration_SetMaximumCacheSize,
    administration_GetMaximumContentAge,
    administration_SetMaximumContentAge,
    administration_GetConfigurationFlags,
    administration_SetConfigurationFlags,
    administration_EnumRecords,
    administration_GetRecord,
    administration_ClearRecords,
    administration_DeleteRecord,
    administration_DeleteUrl,
    administration_EnumPeers,
    administration_ClearPeers,
    administration_DiscoverPeers,
};

/* --- legacy queue manager ------------------------------------------------------------------------------ */

DEFINE_UNKNOWN(IBackgroundCopyQMgr)

static HRESULT WINAPI qmgr_CreateGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **out)
{
    (void)iface;
    CHECK_GUID(&id);
    *out = &group;
    return S_OK;
}

static HRESULT WINAPI qmgr_GetGroup(IBackgroundCopyQMgr *iface, GUID id, IBackgroundCopyGroup **out)
{
    (void)iface;
    CHECK_GUID(&id);
    *out = NULL;
    return TEST_ERROR;
}

static HRESULT WINAPI qmgr_EnumGroups(IBackgroundCopyQMgr *iface, DWORD flags, IEnumBackgroundCopyGroups **out)
{
    (void)iface;
    CHECK(flags == TEST_DWORD);
    *out = &enum_groups;
    return S_OK;
}

static IBackgroundCopyQMgrVtbl qmgr_vtbl = {
    IBackgroundCopyQMgr_qi, IBackgroundCopyQMgr_addref, IBackgroundCopyQMgr_release, qmgr_CreateGroup, qmgr_GetGroup,
    qmgr_EnumGroups,
};

DEFINE_UNKNOWN(IBackgroundCopyGroup)

static HRESULT WINAPI group_GetProp(IBackgroundCopyGroup *iface, GROUPPROP property, VARIANT *value)
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

static HRESULT WINAPI group_SetProp(IBackgroundCopyGroup *iface, GROUPPROP property, VARIANT *value)
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

static HRESULT WINAPI group_GetProgress(IBackgroundCopyGroup *iface, DWORD flags, DWORD *out)
{
    (void)iface;
    CHECK(flags == QM_PROGRESS_SIZE_DONE);
    *out = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI group_GetStatus(IBackgroundCopyGroup *iface, DWORD *status, DWORD *index)
{
    (void)iface;
    *status = QM_STATUS_GROUP_FOREGROUND;
    *index = 1;
    return S_OK;
}

static HRESULT WINAPI group_GetJob(IBackgroundCopyGroup *iface, GUID id, IBackgroundCopyJob1 **out)
{
    (void)iface;
    CHECK_GUID(&id);
    *out = &job1;
    return S_OK;
}

#define GROUP_DO(name, result) \
    static HRESULT WINAPI group_##name(IBackgroundCopyGroup *iface) \
    { \
        (void)iface; \
        return result; \
    }

GROUP_DO(SuspendGroup, TEST_ERROR + 1)
GROUP_DO(ResumeGroup, TEST_ERROR + 2)
GROUP_DO(CancelGroup, TEST_ERROR + 3)

static HRESULT WINAPI group_get_Size(IBackgroundCopyGroup *iface, DWORD *out)
{
    (void)iface;
    *out = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI group_get_GroupID(IBackgroundCopyGroup *iface, GUID *out)
{
    (void)iface;
    *out = test_guid;
    return S_OK;
}

static HRESULT WINAPI group_CreateJob(IBackgroundCopyGroup *iface, GUID id, IBackgroundCopyJob1 **out)
{
    (void)iface;
    CHECK_GUID(&id);
    *out = &job1;
    return S_OK;
}

static HRESULT WINAPI group_EnumJobs(IBackgroundCopyGroup *iface, DWORD flags, IEnumBackgroundCopyJobs1 **out)
{
    (void)iface;
    CHECK(!flags);
    *out = &enum_jobs1;
    return S_OK;
}

GROUP_DO(SwitchToForeground, TEST_ERROR + 4)

static HRESULT WINAPI group_QueryNewJobInterface(IBackgroundCopyGroup *iface, REFIID iid, IUnknown **out)
{
    (void)iface;
    return query_interface(iid, (void **)out);
}

static HRESULT WINAPI group_SetNotificationPointer(IBackgroundCopyGroup *iface, REFIID iid, IUnknown *pointer)
{
    (void)iface;
    CHECK_GUID(iid);
    return pointer ? S_OK : S_FALSE;
}

static IBackgroundCopyGroupVtbl group_vtbl = {
    IBackgroundCopyGroup_qi,
    IBackgroundCopyGroup_addref,
    IBackgroundCopyGroup_release,
    group_GetProp,
    group_SetProp,
    group_GetProgress,
    group_GetStatus,
    group_GetJob,
    group_SuspendGroup,
    group_ResumeGroup,
    group_CancelGroup,
    group_get_Size,
    group_get_GroupID,
    group_CreateJob,
    group_EnumJobs,
    group_SwitchToForeground,
    group_QueryNewJobInterface,
    group_SetNotificationPointer,
};

DEFINE_UNKNOWN(IBackgroundCopyJob1)

static HRESULT WINAPI job1_CancelJob(IBackgroundCopyJob1 *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static HRESULT WINAPI job1_GetProgress(IBackgroundCopyJob1 *iface, DWORD flags, DWORD *out)
{
    (void)iface;
    CHECK(flags == QM_PROGRESS_PERCENT_DONE);
    *out = 99;
    return S_OK;
}

static HRESULT WINAPI job1_GetStatus(IBackgroundCopyJob1 *iface, DWORD *status, DWORD *win32, DWORD *transport,
                                     DWORD *retries)
{
    (void)iface;
    *status = 1;
    *win32 = 2;
    *transport = 3;
    *retries = 4;
    return S_OK;
}

static HRESULT WINAPI job1_AddFiles(IBackgroundCopyJob1 *iface, ULONG count, FILESETINFO **set)
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

static HRESULT WINAPI job1_GetFile(IBackgroundCopyJob1 *iface, ULONG index, FILESETINFO *out)
{
    (void)iface;
    CHECK(index == TEST_DWORD);
    out->bstrRemoteFile = SysAllocString(TEST_STRING);
    out->bstrLocalFile = SysAllocString(TEST_STRING2);
    out->dwSizeHint = 5;
    return S_OK;
}

static HRESULT WINAPI job1_GetFileCount(IBackgroundCopyJob1 *iface, DWORD *out)
{
    (void)iface;
    *out = TEST_DWORD;
    return S_OK;
}

static HRESULT WINAPI job1_SwitchToForeground(IBackgroundCopyJob1 *iface)
{
    (void)iface;
    return TEST_ERROR + 2;
}

static HRESULT WINAPI job1_get_JobID(IBackgroundCopyJob1 *iface, GUID *out)
{
    (void)iface;
    *out = test_guid;
    return S_OK;
}

static IBackgroundCopyJob1Vtbl job1_vtbl = {
    IBackgroundCopyJob1_qi,
    IBackgroundCopyJob1_addref,
    IBackgroundCopyJob1_release,
    job1_CancelJob,
    job1_GetProgress,
    job1_GetStatus,
    job1_AddFiles,
    job1_GetFile,
    job1_GetFileCount,
    job1_SwitchToForeground,
    job1_get_JobID,
};

/* --- Delivery Optimization, first generation -------------------------------------------------------- */

DEFINE_UNKNOWN(IDeliveryOptimizationJob)

static HRESULT WINAPI do_job_AddFileWithRanges(IDeliveryOptimizationJob *iface, LPCWSTR id, LPCWSTR remote,
                                               LPCWSTR local, DWORD count, BG_FILE_RANGE *ranges, UINT64 size)
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

static IDeliveryOptimizationJobVtbl do_job_vtbl = {
    IDeliveryOptimizationJob_qi,
    IDeliveryOptimizationJob_addref,
    IDeliveryOptimizationJob_release,
    do_job_AddFileWithRanges,
};

DEFINE_UNKNOWN(IDeliveryOptimizationJob2)

static HRESULT WINAPI do_job2_AddFile(IDeliveryOptimizationJob2 *iface, LPCWSTR id, LPCWSTR remote, DWORD count,
                                      BG_FILE_RANGE *ranges, REFIID iid, void **out)
{
    (void)iface;
    CHECK_STRING(id, L"id");
    if (remote) CHECK_STRING(remote, TEST_STRING);
    if (!count) CHECK(!ranges);
    else CHECK(count == 2 && are_test_ranges(count, ranges));
    return query_interface(iid, out);
}

static HRESULT WINAPI do_job2_GetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id, VARIANT *value)
{
    (void)iface;
    CHECK(id == DOJobPropertyId_ExtendedErrorInfo);
    V_VT(value) = VT_BSTR;
    V_BSTR(value) = SysAllocString(TEST_STRING);
    return S_OK;
}

static HRESULT WINAPI do_job2_SetProperty(IDeliveryOptimizationJob2 *iface, DOJobPropertyId id, const VARIANT *value)
{
    (void)iface;
    CHECK((int)id == 17);
    if (!value) return S_FALSE;
    CHECK(V_VT(value) == VT_UI8 && V_UI8(value) == TEST_SIZE);
    return S_OK;
}

static IDeliveryOptimizationJob2Vtbl do_job2_vtbl = {
    IDeliveryOptimizationJob2_qi,
    IDeliveryOptimizationJob2_addref,
    IDeliveryOptimizationJob2_release,
    do_job2_AddFile,
    do_job2_GetProperty,
    do_job2_SetProperty,
};

DEFINE_UNKNOWN(IDeliveryOptimizationFile)

static HRESULT WINAPI do_file_GetStats(IDeliveryOptimizationFile *iface, DOSwarmStats *out)
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

static HRESULT WINAPI do_file_GetStats2(IDeliveryOptimizationFile *iface, DOSwarmStats *out)
{
    (void)iface;
    memset(out, 0, sizeof(*out));
    copy_string(TEST_STRING2, &out->sourceURL);
    return S_FALSE;
}

static IDeliveryOptimizationFileVtbl do_file_vtbl = {
    IDeliveryOptimizationFile_qi,
    IDeliveryOptimizationFile_addref,
    IDeliveryOptimizationFile_release,
    do_file_GetStats,
    do_file_GetStats2,
};

DEFINE_UNKNOWN(IDeliveryOptimizationFile2)

static HRESULT WINAPI do_file2_GetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id, VARIANT *value)
{
    (void)iface;
    CHECK(id == DOFilePropertyId_TotalSizeBytes);
    V_VT(value) = VT_UI8;
    V_UI8(value) = TEST_SIZE;
    return S_OK;
}

static HRESULT WINAPI do_file2_SetProperty(IDeliveryOptimizationFile2 *iface, DOFilePropertyId id, const VARIANT *value)
{
    (void)iface;
    if (!value) return S_FALSE;
    CHECK(id == DOFilePropertyId_DownloadSinkFilePath);
    CHECK(V_VT(value) == VT_BSTR);
    CHECK_STRING(V_BSTR(value), TEST_STRING);
    return S_OK;
}

static IDeliveryOptimizationFile2Vtbl do_file2_vtbl = {
    IDeliveryOptimizationFile2_qi,
    IDeliveryOptimizationFile2_addref,
    IDeliveryOptimizationFile2_release,
    do_file2_GetProperty,
    do_file2_SetProperty,
};

/* --- Delivery Optimization, third generation --------------------------------------------------------- */

DEFINE_UNKNOWN(IDOManager)

static HRESULT WINAPI do_manager_CreateDownload(IDOManager *iface, IDODownload **out)
{
    (void)iface;
    *out = &download;
    return S_OK;
}

static HRESULT WINAPI do_manager_EnumDownloads(IDOManager *iface, const DO_DOWNLOAD_ENUM_CATEGORY *category,
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

static IDOManagerVtbl do_manager_vtbl = {
    IDOManager_qi, IDOManager_addref, IDOManager_release, do_manager_CreateDownload, do_manager_EnumDownloads,
};

DEFINE_UNKNOWN(IDODownload)

static HRESULT WINAPI download_Start(IDODownload *iface, const DO_DOWNLOAD_RANGES_INFO *ranges)
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
static HRESULT WINAPI download_Pause(IDODownload *iface)
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

static HRESULT WINAPI download_Abort(IDODownload *iface)
{
    (void)iface;
    return TEST_ERROR + 1;
}

static HRESULT WINAPI download_Finalize(IDODownload *iface)
{
    (void)iface;
    return TEST_ERROR + 2;
}

static HRESULT WINAPI download_GetStatus(IDODownload *iface, DO_DOWNLOAD_STATUS *out)
{
    (void)iface;
    fill_status(out);
    return S_OK;
}

static HRESULT WINAPI download_GetProperty(IDODownload *iface, DODownloadProperty id, VARIANT *value)
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

static HRESULT WINAPI download_SetProperty(IDODownload *iface, DODownloadProperty id, const VARIANT *value)
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

static IDODownloadVtbl download_vtbl = {
    IDODownload_qi, IDODownload_addref, IDODownload_release, download_Start,       download_Pause,
    download_Abort, download_Finalize,  download_GetStatus,  download_GetProperty, download_SetProperty,
};

/* --- the object as a whole -------------------------------------------------------------------------- */

static IBackgroundCopyManager manager = {&manager_vtbl};
static IBackgroundCopyJob5 job = {&job_vtbl};
static IBackgroundCopyFile6 file = {&file_vtbl};
static IBackgroundCopyError error = {&error_vtbl};
static IEnumBackgroundCopyJobs enum_jobs = {&enum_jobs_vtbl};
static IEnumBackgroundCopyFiles enum_files = {&enum_files_vtbl};
static IBackgroundCopyJobHttpOptions3 options = {&options_vtbl};
static IBitsTokenOptions token_options = {&token_vtbl};
static IBitsPeer peer = {&peer_vtbl};
static IEnumBitsPeers enum_peers = {&enum_peers_vtbl};
static IBitsPeerCacheRecord record = {&record_vtbl};
static IEnumBitsPeerCacheRecords enum_records = {&enum_records_vtbl};
static IBitsPeerCacheAdministration administration = {&administration_vtbl};
static IBackgroundCopyQMgr qmgr = {&qmgr_vtbl};
static IBackgroundCopyGroup group = {&group_vtbl};
static IBackgroundCopyJob1 job1 = {&job1_vtbl};
static IEnumBackgroundCopyGroups enum_groups = {&enum_groups_vtbl};
static IEnumBackgroundCopyJobs1 enum_jobs1 = {&enum_jobs1_vtbl};
static IDeliveryOptimizationJob do_job = {&do_job_vtbl};
static IDeliveryOptimizationJob2 do_job2 = {&do_job2_vtbl};
static IDeliveryOptimizationFile do_file = {&do_file_vtbl};
static IDeliveryOptimizationFile2 do_file2 = {&do_file2_vtbl};
static IDOManager do_manager = {&do_manager_vtbl};
static IDODownload download = {&download_vtbl};
static IEnumUnknown enum_downloads = {&enum_downloads_vtbl};

/* an older version of an interface is the beginning of the newest one */
static const struct
{
    const IID *iid;
    void *iface;
} interfaces[] = {
    {&IID_IUnknown, &manager},
    {&IID_IBackgroundCopyManager, &manager},
    {&IID_IBackgroundCopyJob, &job},
    {&IID_IBackgroundCopyJob2, &job},
    {&IID_IBackgroundCopyJob3, &job},
    {&IID_IBackgroundCopyJob4, &job},
    {&IID_IBackgroundCopyJob5, &job},
    {&IID_IBackgroundCopyFile, &file},
    {&IID_IBackgroundCopyFile2, &file},
    {&IID_IBackgroundCopyFile3, &file},
    {&IID_IBackgroundCopyFile4, &file},
    {&IID_IBackgroundCopyFile5, &file},
    {&IID_IBackgroundCopyFile6, &file},
    {&IID_IBackgroundCopyError, &error},
    {&IID_IEnumBackgroundCopyJobs, &enum_jobs},
    {&IID_IEnumBackgroundCopyFiles, &enum_files},
    {&IID_IBackgroundCopyJobHttpOptions, &options},
    {&IID_IBackgroundCopyJobHttpOptions2, &options},
    {&IID_IBackgroundCopyJobHttpOptions3, &options},
    {&IID_IBitsTokenOptions, &token_options},
    {&IID_IBitsPeer, &peer},
    {&IID_IEnumBitsPeers, &enum_peers},
    {&IID_IBitsPeerCacheRecord, &record},
    {&IID_IEnumBitsPeerCacheRecords, &enum_records},
    {&IID_IBitsPeerCacheAdministration, &administration},
    {&IID_IBackgroundCopyQMgr, &qmgr},
    {&IID_IBackgroundCopyGroup, &group},
    {&IID_IBackgroundCopyJob1, &job1},
    {&IID_IEnumBackgroundCopyGroups, &enum_groups},
    {&IID_IEnumBackgroundCopyJobs1, &enum_jobs1},
    {&IID_IDeliveryOptimizationJob, &do_job},
    {&IID_IDeliveryOptimizationJob2, &do_job2},
    {&IID_IDeliveryOptimizationFile, &do_file},
    {&IID_IDeliveryOptimizationFile2, &do_file2},
    {&IID_IDOManager, &do_manager},
    {&IID_IDODownload, &download},
    {&IID_IEnumUnknown, &enum_downloads},
};

static HRESULT query_interface(REFIID iid, void **out)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(interfaces); i++)
    {
        if (!IsEqualIID(iid, interfaces[i].iid)) continue;
        *out = interfaces[i].iface;
        return S_OK;
    }
    *out = NULL;
    return E_NOINTERFACE;
}

IUnknown *server_get_root(void)
{
    return (IUnknown *)&manager;
}
