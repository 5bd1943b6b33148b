/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Every method of every marshallable interface, called across processes. What is mechanical in it is made by generate;
 * here are the methods that are not, and what connects the two processes.
 *
 * The program starts itself as a server and gets the marshalled root object of server.c through a pipe. What
 * arrives there is checked there: a failure of facility 0xabc names the line of server.c. "proxy.exe against
 * PATH" uses another program as the server, for example the build for the other architecture.
 */

#include <stdio.h>
#include <string.h>
#include <windows.h>
#include <ole2.h>

#include "proxy/calls.h"

/* what an [out] pointer holds before a call that has to overwrite it */
#define GARBAGE(type) ((type)(ULONG_PTR)0xdeadbee0)

static IUnknown *root;

void *query_root(const char *name, REFIID iid)
{
    void *iface = GARBAGE(void *);
    HRESULT hr = IUnknown_QueryInterface(root, iid, &iface);

    if (hr == S_OK) return iface;
    ok(iface == NULL, "%s: pointer left as %p\n", name, iface);
    win_skip("%s: no proxy, %#lx\n", name, (unsigned long)hr);
    return NULL;
}

#define QUERY(type) ((type *)query_root(#type, &IID_##type))

/* The [out] string of a call: its value, and that it can be freed. */
static void check_string_at(int line, HRESULT hr, LPWSTR string, const WCHAR *expected)
{
    winetest_push_context("line %d", line);
    ok_hr(hr, S_OK);
    if (ok(string != GARBAGE(LPWSTR), "string was not written\n"))
    {
        ok_str(string, expected);
        CoTaskMemFree(string);
    }
    winetest_pop_context();
}

#define CHECK_OUT_STRING(call, expected) \
    do { \
        LPWSTR string = GARBAGE(LPWSTR); \
        HRESULT call_hr = (call); \
        check_string_at(__LINE__, call_hr, string, expected); \
    } while (0)

void check_string(const char *name, WCHAR *string, const WCHAR *expected)
{
    if (!ok(string != UNSET, "%s was not written\n", name)) return;
    ok(string && !wcscmp(string, expected), "%s is %s\n", name, wine_dbgstr_w(string));
    CoTaskMemFree(string);
}

void check_object(const char *name, void *object, REFIID iid)
{
    void *again = NULL;

    if (!ok(object && object != UNSET, "%s is %p\n", name, object)) return;
    ok(IUnknown_QueryInterface((IUnknown *)object, iid, &again) == S_OK, "%s has not its interface\n", name);
    if (again) IUnknown_Release((IUnknown *)again);
    IUnknown_Release((IUnknown *)object);
}

static HANDLE failing;

void set_failing(BOOL fail)
{
    if (fail) SetEvent(failing);
    else ResetEvent(failing);
}

static void fill_ranges(BG_FILE_RANGE *ranges, DWORD count)
{
    DWORD i;

    for (i = 0; i < count; i++)
    {
        ranges[i].InitialOffset = TEST_SIZE + i;
        ranges[i].Length = BG_LENGTH_TO_EOF - i;
    }
}

static void check_ranges_at(int line, const BG_FILE_RANGE *ranges, DWORD got, DWORD expected)
{
    DWORD i;

    winetest_push_context("line %d", line);
    ok_int(got, expected);
    ok(ranges && ranges != GARBAGE(BG_FILE_RANGE *), "ranges are %p\n", ranges);
    for (i = 0; i < got && i < expected; i++)
    {
        ok_int(ranges[i].InitialOffset, TEST_SIZE + i);
        ok_int(ranges[i].Length, BG_LENGTH_TO_EOF - i);
    }
    winetest_pop_context();
}

#define CHECK_RANGES(ranges, got, expected) check_ranges_at(__LINE__, ranges, got, expected)

/* An object that the server returned: it answers the interface. */
#define CHECK_OUT_OBJECT(iface, type) \
    do { \
        void *again = NULL; \
        ok((iface) && (void *)(iface) != GARBAGE(void *), "object is %p\n", (void *)(iface)); \
        if ((iface) && (void *)(iface) != GARBAGE(void *)) \
        { \
            ok_hr(IUnknown_QueryInterface((IUnknown *)(iface), &IID_##type, &again), S_OK); \
            if (again) IUnknown_Release((IUnknown *)again); \
            IUnknown_Release((IUnknown *)(iface)); \
        } \
    } while (0)

/* --- callback objects of the client ------------------------------------------------------ */

static LONG calls[8];

static HRESULT client_query(REFIID iid, void **out);

#define DEFINE_UNKNOWN(type) \
    static HRESULT WINAPI type##_qi(type *iface, REFIID iid, void **out) \
    { \
        (void)iface; \
        return client_query(iid, out); \
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

DEFINE_UNKNOWN(IBackgroundCopyCallback3)

static HRESULT WINAPI callback_JobTransferred(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = BG_JOB_STATE_QUEUED;

    (void)iface;
    InterlockedIncrement(&calls[0]);
    ok(SUCCEEDED(IBackgroundCopyJob_GetState(job, &state)),
       "a call from inside a callback does not reach the server\n");
    return S_OK;
}

static HRESULT WINAPI callback_JobError(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                        IBackgroundCopyError *error)
{
    BG_ERROR_CONTEXT context = BG_ERROR_CONTEXT_NONE;
    HRESULT code = S_OK;

    (void)iface;
    InterlockedIncrement(&calls[1]);
    ok(job != NULL, "no job\n");
    if (!error) return S_FALSE;
    ok(SUCCEEDED(IBackgroundCopyError_GetError(error, &context, &code)), "the error object does not answer\n");
    return S_OK;
}

static HRESULT WINAPI callback_JobModification(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job, DWORD reserved)
{
    (void)iface;
    InterlockedIncrement(&calls[2]);
    ok(job != NULL, "no job\n");
    ok_int(reserved, TEST_DWORD);
    return S_OK;
}

static HRESULT WINAPI callback_FileTransferred(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                               IBackgroundCopyFile *file)
{
    BG_FILE_PROGRESS progress;

    (void)iface;
    InterlockedIncrement(&calls[3]);
    ok(job != NULL, "no job\n");
    ok(SUCCEEDED(IBackgroundCopyFile_GetProgress(file, &progress)), "the file object does not answer\n");
    return S_OK;
}

static HRESULT WINAPI callback_FileRangesTransferred(IBackgroundCopyCallback3 *iface, IBackgroundCopyJob *job,
                                                     IBackgroundCopyFile *file, DWORD count,
                                                     const BG_FILE_RANGE ranges[])
{
    (void)iface;
    InterlockedIncrement(&calls[4]);
    ok(job && file, "job %p, file %p\n", job, file);
    CHECK_RANGES(ranges, count, 3);
    return S_OK;
}

static IBackgroundCopyCallback3Vtbl callback_vtbl = {
    IBackgroundCopyCallback3_qi,
    IBackgroundCopyCallback3_addref,
    IBackgroundCopyCallback3_release,
    callback_JobTransferred,
    callback_JobError,
    callback_JobModification,
    callback_FileTransferred,
    callback_FileRangesTransferred,
};

DEFINE_UNKNOWN(IBackgroundCopyCallback1)

static HRESULT WINAPI callback1_OnStatus(IBackgroundCopyCallback1 *iface, IBackgroundCopyGroup *group,
                                         IBackgroundCopyJob1 *job, DWORD file, DWORD status, DWORD retries, DWORD win32,
                                         DWORD transport)
{
    (void)iface;
    InterlockedIncrement(&calls[5]);
    ok(group != NULL, "no group\n");
    ok(file == 1 && status == 2 && retries == 3 && win32 == 4 && transport == 5, "got %lu %lu %lu %lu %lu\n", file,
       status, retries, win32, transport);
    return job ? S_OK : S_FALSE;
}

static HRESULT WINAPI callback1_OnProgress(IBackgroundCopyCallback1 *iface, DWORD type, IBackgroundCopyGroup *group,
                                           IBackgroundCopyJob1 *job, DWORD file, DWORD value)
{
    (void)iface;
    InterlockedIncrement(&calls[5]);
    ok(group && job && type == 1 && file == 2 && value == 3, "got %lu %lu %lu\n", type, file, value);
    return S_OK;
}

static HRESULT WINAPI callback1_OnProgressEx(IBackgroundCopyCallback1 *iface, DWORD type, IBackgroundCopyGroup *group,
                                             IBackgroundCopyJob1 *job, DWORD file, DWORD value, DWORD size, BYTE *bytes)
{
    (void)iface;
    InterlockedIncrement(&calls[5]);
    ok(group && job && type == 1 && file == 2 && value == 3, "got %lu %lu %lu\n", type, file, value);
    ok(size == 4 && !memcmp(bytes, "\4\5\6\7", 4), "wrong bytes\n");
    return S_OK;
}

static IBackgroundCopyCallback1Vtbl callback1_vtbl = {
    IBackgroundCopyCallback1_qi, IBackgroundCopyCallback1_addref, IBackgroundCopyCallback1_release, callback1_OnStatus,
    callback1_OnProgress,        callback1_OnProgressEx,
};

DEFINE_UNKNOWN(IBackgroundCopyServerCertificateValidationCallback)

static HRESULT WINAPI validation_ValidateServerCertificate(IBackgroundCopyServerCertificateValidationCallback *iface,
                                                           IBackgroundCopyJob *job, IBackgroundCopyFile *file,
                                                           DWORD size, const BYTE *certificate, DWORD encoding,
                                                           DWORD store_size, const BYTE *store)
{
    (void)iface;
    InterlockedIncrement(&calls[6]);
    ok(job && file, "job %p, file %p\n", job, file);
    ok(size == 3 && !memcmp(certificate, "\1\2\3", 3), "wrong certificate\n");
    ok_int(encoding, 7);
    ok(store_size == 5 && !memcmp(store, "\11\10\7\6\5", 5), "wrong store\n");
    return TEST_ERROR;
}

static IBackgroundCopyServerCertificateValidationCallbackVtbl validation_vtbl = {
    IBackgroundCopyServerCertificateValidationCallback_qi,
    IBackgroundCopyServerCertificateValidationCallback_addref,
    IBackgroundCopyServerCertificateValidationCallback_release,
    validation_ValidateServerCertificate,
};

DEFINE_UNKNOWN(IDODownloadStatusCallback)

static void check_do_status_at(int line, const DO_DOWNLOAD_STATUS *status)
{
    winetest_push_context("line %d", line);
    ok_int(status->BytesTotal, TEST_SIZE);
    ok_int(status->BytesTransferred, TEST_SIZE - 1);
    ok_int(status->State, DODownloadState_Paused);
    ok_hr(status->Error, TEST_ERROR);
    ok_hr(status->ExtendedError, TEST_ERROR + 1);
    winetest_pop_context();
}

static HRESULT WINAPI status_OnStatusChange(IDODownloadStatusCallback *iface, IDODownload *download,
                                            const DO_DOWNLOAD_STATUS *status)
{
    DO_DOWNLOAD_STATUS again;

    (void)iface;
    InterlockedIncrement(&calls[7]);
    check_do_status_at(__LINE__, status);
    /* D-140 */
    memset(&again, 0, sizeof(again));
    ok(SUCCEEDED(IDODownload_GetStatus(download, &again)), "the download does not answer\n");
    return S_FALSE;
}

static IDODownloadStatusCallbackVtbl status_vtbl = {
    IDODownloadStatusCallback_qi,
    IDODownloadStatusCallback_addref,
    IDODownloadStatusCallback_release,
    status_OnStatusChange,
};

static IBackgroundCopyCallback3 callback = {&callback_vtbl};
static IBackgroundCopyCallback1 callback1 = {&callback1_vtbl};
static IBackgroundCopyServerCertificateValidationCallback validation = {&validation_vtbl};
static IDODownloadStatusCallback status_callback = {&status_vtbl};

static HRESULT client_query(REFIID iid, void **out)
{
    *out = NULL;
    if (IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IBackgroundCopyCallback) ||
        IsEqualIID(iid, &IID_IBackgroundCopyCallback2) || IsEqualIID(iid, &IID_IBackgroundCopyCallback3))
        *out = &callback;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyCallback1)) *out = &callback1;
    else if (IsEqualIID(iid, &IID_IBackgroundCopyServerCertificateValidationCallback)) *out = &validation;
    else if (IsEqualIID(iid, &IID_IDODownloadStatusCallback)) *out = &status_callback;
    return *out ? S_OK : E_NOINTERFACE;
}

/* --- BITS 1.0 --------------------------------------------------------------------------- */

static void job_callbacks(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions3 *options = QUERY(IBackgroundCopyJobHttpOptions3);
    IUnknown *unknown = GARBAGE(IUnknown *);

    if (!options) return;
    memset(calls, 0, sizeof(calls));
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &unknown), S_OK);
    ok(!unknown, "interface is %p\n", unknown);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, (IUnknown *)&callback), S_OK);
    unknown = GARBAGE(IUnknown *);
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &unknown), S_OK);
    ok(unknown == (IUnknown *)&callback, "interface is %p, not %p\n", unknown, &callback);
    ok_hr(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(options, (IUnknown *)&validation),
          S_OK);

    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    ok_int(calls[0], 2);
    ok_int(calls[1], 2);
    ok_int(calls[2], 1);
    ok_int(calls[3], 2);
    ok_int(calls[4], 1);
    ok_int(calls[5], 4);
    ok_int(calls[6], 1);

    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    unknown = GARBAGE(IUnknown *);
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &unknown), S_OK);
    ok(!unknown, "interface is %p\n", unknown);
    ok_hr(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(options, NULL), S_OK);
    IBackgroundCopyJobHttpOptions3_Release(options);
}

static void job(void)
{
    BG_FILE_INFO set[3] = {
        {(LPWSTR)TEST_STRING, (LPWSTR)TEST_STRING2},
        {NULL, (LPWSTR)TEST_STRING},
        {(LPWSTR)TEST_STRING2, NULL},
    };
    IBackgroundCopyJob *job = QUERY(IBackgroundCopyJob);

    if (!job) return;
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 3, set), S_OK);
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 3, NULL), NULL_REF);
    job_callbacks(job);
    IBackgroundCopyJob_Release(job);
}

/* Next with enough, with too many and with no place for the count. */
#define TEST_ENUMERATOR(type, element) \
    do { \
        type *enumerator = QUERY(type); \
        element *items[TEST_COUNT + 2]; \
        ULONG fetched = 0, i; \
\
        if (!enumerator) break; \
        memset(items, 0xcc, sizeof(items)); \
        ok_hr(type##_Next(enumerator, 1, items, NULL), S_OK); \
        CHECK_OUT_OBJECT(items[0], element); \
        memset(items, 0xcc, sizeof(items)); \
        ok_hr(type##_Next(enumerator, TEST_COUNT, items, &fetched), S_OK); \
        ok_int(fetched, TEST_COUNT); \
        for (i = 0; i < fetched && i < TEST_COUNT; i++) CHECK_OUT_OBJECT(items[i], element); \
        memset(items, 0xcc, sizeof(items)); \
        fetched = 0; \
        ok_hr(type##_Next(enumerator, TEST_COUNT + 2, items, &fetched), S_FALSE); \
        ok_int(fetched, TEST_COUNT); \
        for (i = 0; i < fetched && i < TEST_COUNT; i++) CHECK_OUT_OBJECT(items[i], element); \
        fetched = 7; \
        ok_hr(type##_Next(enumerator, 0, items, &fetched), S_OK); \
        ok_int(fetched, 0); \
        ok_hr(type##_Next(enumerator, 1, NULL, &fetched), NULL_REF); \
        type##_Release(enumerator); \
    } while (0)

static void enumerators(void)
{
    TEST_ENUMERATOR(IEnumBackgroundCopyJobs, IBackgroundCopyJob);
    TEST_ENUMERATOR(IEnumBackgroundCopyFiles, IBackgroundCopyFile);
    TEST_ENUMERATOR(IEnumBitsPeers, IBitsPeer);
    TEST_ENUMERATOR(IEnumBitsPeerCacheRecords, IBitsPeerCacheRecord);
}

/* --- later versions of the job ------------------------------------------------------------ */

static void job2(void)
{
    IBackgroundCopyJob2 *job = QUERY(IBackgroundCopyJob2);
    BG_JOB_REPLY_PROGRESS progress = {1, 2};
    BG_AUTH_CREDENTIALS credentials;
    UINT64 length;
    byte *buffer;
    int scheme;

    if (!job) return;
    ok_hr(IBackgroundCopyJob2_GetReplyProgress(job, &progress), S_OK);
    ok_int(progress.BytesTotal, BG_SIZE_UNKNOWN);
    ok_int(progress.BytesTransferred, TEST_SIZE);

    length = 0;
    buffer = GARBAGE(byte *);
    ok_hr(IBackgroundCopyJob2_GetReplyData(job, &buffer, &length), S_OK);
    ok_int(length, 5);
    ok(buffer && buffer != GARBAGE(byte *) && !memcmp(buffer, "reply", 5), "wrong data\n");
    CoTaskMemFree(buffer);
    length = 1;
    buffer = GARBAGE(byte *);
    ok_hr(IBackgroundCopyJob2_GetReplyData(job, &buffer, &length), TEST_ERROR);
    ok_int(length, 0x100001);
    ok(!buffer, "buffer is %p\n", buffer);
    length = 2;
    buffer = GARBAGE(byte *);
    ok_hr(IBackgroundCopyJob2_GetReplyData(job, &buffer, &length), S_OK);
    ok_int(length, 0);
    ok(!buffer, "buffer is %p\n", buffer);

    for (scheme = 0; scheme <= 7; scheme++)
    {
        BOOL known = scheme >= BG_AUTH_SCHEME_BASIC && scheme <= BG_AUTH_SCHEME_PASSPORT;

        winetest_push_context("scheme %d", scheme);
        /* 0xcc: what an unknown scheme leaves in the union must not be followed */
        memset(&credentials, known ? 0 : 0xcc, sizeof(credentials));
        credentials.Target = BG_AUTH_TARGET_PROXY;
        credentials.Scheme = scheme;
        if (known && scheme != BG_AUTH_SCHEME_NEGOTIATE)
        {
            credentials.Credentials.Basic.UserName = (LPWSTR)TEST_STRING;
            credentials.Credentials.Basic.Password = (LPWSTR)TEST_STRING2;
        }
        ok_hr(IBackgroundCopyJob2_SetCredentials(job, &credentials), !known ? TEST_ERROR + scheme
                                                                     : scheme == BG_AUTH_SCHEME_NEGOTIATE ? S_FALSE
                                                                                                          : S_OK);
        winetest_pop_context();
    }
    ok_hr(IBackgroundCopyJob2_SetCredentials(job, NULL), NULL_REF);
    IBackgroundCopyJob2_Release(job);
}

/* Trap T8: no Windows or Wine proxy is known to survive it, ours refuses. Each version has its own proxy. */
static void null_lengths(void)
{
    static const IID *jobs[] = {
        &IID_IBackgroundCopyJob2,
        &IID_IBackgroundCopyJob3,
        &IID_IBackgroundCopyJob4,
        &IID_IBackgroundCopyJob5,
    };
    static const IID *files[] = {
        &IID_IBackgroundCopyFile2, &IID_IBackgroundCopyFile3, &IID_IBackgroundCopyFile4,
        &IID_IBackgroundCopyFile5, &IID_IBackgroundCopyFile6,
    };
    IBackgroundCopyFile2 *file;
    IBackgroundCopyJob2 *job;
    BG_FILE_RANGE *ranges;
    UINT64 length;
    byte *buffer;
    DWORD count;
    size_t i;

    if (!winetest_is_wine())
    {
        skip("not on Windows\n");
        return;
    }
    for (i = 0; i < ARRAYSIZE(jobs); i++)
    {
        winetest_push_context("job %d", (int)i + 2);
        if ((job = query_root("job", jobs[i])))
        {
            length = 0;
            buffer = GARBAGE(byte *);
            ok_hr(IBackgroundCopyJob2_GetReplyData(job, &buffer, &length), S_OK);
            ok_int(length, 5);
            CoTaskMemFree(buffer);
            ok_hr(IBackgroundCopyJob2_GetReplyData(job, &buffer, NULL), NULL_REF);
            ok_hr(IBackgroundCopyJob2_GetReplyData(job, NULL, &length), NULL_REF);
            IBackgroundCopyJob2_Release(job);
        }
        winetest_pop_context();
    }
    for (i = 0; i < ARRAYSIZE(files); i++)
    {
        winetest_push_context("file %d", (int)i + 2);
        if ((file = query_root("file", files[i])))
        {
            count = 0;
            ranges = GARBAGE(BG_FILE_RANGE *);
            ok_hr(IBackgroundCopyFile2_GetFileRanges(file, &count, &ranges), S_OK);
            CHECK_RANGES(ranges, count, 3);
            CoTaskMemFree(ranges);
            ok_hr(IBackgroundCopyFile2_GetFileRanges(file, NULL, &ranges), NULL_REF);
            ok_hr(IBackgroundCopyFile2_GetFileRanges(file, &count, NULL), NULL_REF);
            IBackgroundCopyFile2_Release(file);
        }
        winetest_pop_context();
    }
}

static void job3(void)
{
    IBackgroundCopyJob3 *job = QUERY(IBackgroundCopyJob3);
    BG_FILE_RANGE ranges[4];

    if (!job) return;
    fill_ranges(ranges, 4);
    ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job, TEST_STRING, TEST_STRING2, 4, ranges), S_OK);
    ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job, TEST_STRING, TEST_STRING2, 4, NULL), NULL_REF);
    IBackgroundCopyJob3_Release(job);
}

static void job5(void)
{
    IBackgroundCopyJob5 *job = QUERY(IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE in, out;
    HRESULT expected, hr;
    int id;

    if (!job) return;
    for (id = 0; id <= 12; id++)
    {
        winetest_push_context("property %d", id);
        memset(&in, 0xcc, sizeof(in));
        memset(&out, 0, sizeof(out));
        expected = S_OK;
        switch (id)
        {
        case 1:
        case 6:
        case 8:
        case 9: in.Dword = TEST_DWORD; break;
        case 2: in.ClsID = test_guid; break;
        case 3:
        case 4:
        case 10: in.Enable = TRUE; break;
        case 5: in.Uint64 = TEST_SIZE; break;
        case 7: in.Target = BG_AUTH_TARGET_PROXY; break;
        default: expected = BAD_TAG; break;
        }
        ok_hr(IBackgroundCopyJob5_SetProperty(job, id, in), expected);
        ok_hr(IBackgroundCopyJob5_GetProperty(job, id, &out), expected);
        switch (id)
        {
        case 1:
        case 6:
        case 8:
        case 9: ok_int(out.Dword, TEST_DWORD); break;
        case 2: ok(IsEqualGUID(&out.ClsID, &test_guid), "wrong class\n"); break;
        case 3:
        case 4:
        case 10: ok_int(out.Enable, TRUE); break;
        case 5: ok_int(out.Uint64, TEST_SIZE); break;
        case 7: ok_int(out.Target, BG_AUTH_TARGET_PROXY); break;
        }
        winetest_pop_context();
    }
    /* both are right, which one is noticed first is open */
    hr = IBackgroundCopyJob5_SetProperty(job, 0x8000, in);
    ok(hr == BAD_ENUM || hr == BAD_TAG, "got %#lx\n", (unsigned long)hr);
    ok_hr(IBackgroundCopyJob5_GetProperty(job, BITS_JOB_PROPERTY_ID_COST_FLAGS, NULL), NULL_REF);
    IBackgroundCopyJob5_Release(job);
}

/* --- files ---------------------------------------------------------------------------------- */

static void file2(void)
{
    IBackgroundCopyFile2 *file2 = QUERY(IBackgroundCopyFile2);
    BG_FILE_RANGE *ranges = GARBAGE(BG_FILE_RANGE *);
    DWORD count = 0;

    if (!file2) return;
    ok_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), S_OK);
    CHECK_RANGES(ranges, count, 3);
    CoTaskMemFree(ranges);
    count = 77;
    ranges = GARBAGE(BG_FILE_RANGE *);
    ok_hr(IBackgroundCopyFile2_GetFileRanges(file2, &count, &ranges), S_FALSE);
    ok_int(count, 0);
    ok(!ranges, "ranges are %p\n", ranges);
    IBackgroundCopyFile2_Release(file2);
}

static void file5_and_6(void)
{
    IBackgroundCopyFile5 *file5 = QUERY(IBackgroundCopyFile5);
    IBackgroundCopyFile6 *file = QUERY(IBackgroundCopyFile6);
    BG_FILE_RANGE *filled = GARBAGE(BG_FILE_RANGE *), ranges[2];
    BITS_FILE_PROPERTY_VALUE value;
    DWORD count = 0;

    if (file5)
    {
        value.String = (LPWSTR)TEST_STRING;
        ok_hr(IBackgroundCopyFile5_SetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value), S_OK);
        value.String = NULL;
        ok_hr(IBackgroundCopyFile5_SetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, value), S_FALSE);
        ok_hr(IBackgroundCopyFile5_SetProperty(file5, 2, value), BAD_TAG);
        value.String = GARBAGE(LPWSTR);
        ok_hr(IBackgroundCopyFile5_GetProperty(file5, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
        if (ok(value.String != GARBAGE(LPWSTR), "string was not written\n"))
        {
            ok_str(value.String, TEST_STRING);
            CoTaskMemFree(value.String);
        }
        ok_hr(IBackgroundCopyFile5_GetProperty(file5, 2, &value), BAD_TAG);
        ok_hr(IBackgroundCopyFile5_GetProperty(file5, 1, NULL), NULL_REF);
        IBackgroundCopyFile5_Release(file5);
    }
    if (file)
    {
        fill_ranges(ranges, 2);
        ok_hr(IBackgroundCopyFile6_RequestFileRanges(file, 2, ranges), S_OK);
        ok_hr(IBackgroundCopyFile6_GetFilledFileRanges(file, &count, &filled), S_OK);
        CHECK_RANGES(filled, count, 5);
        CoTaskMemFree(filled);
        ok_hr(IBackgroundCopyFile6_GetFilledFileRanges(file, NULL, &filled), NULL_REF);
        IBackgroundCopyFile6_Release(file);
    }
}

/* --- options, tokens, peers ------------------------------------------------------------------- */

static void check_certificate(IBackgroundCopyJobHttpOptions *options, HRESULT expected)
{
    LPWSTR store = GARBAGE(LPWSTR), subject = GARBAGE(LPWSTR);
    BG_CERT_STORE_LOCATION location = 0;
    byte *hash = GARBAGE(byte *);
    int i;

    ok_hr(IBackgroundCopyJobHttpOptions_GetClientCertificate(options, &location, &store, &hash, &subject), expected);
    if (expected != S_OK)
    {
        ok(!store && !hash && !subject, "got %p, %p, %p\n", store, hash, subject);
        return;
    }
    ok_int(location, BG_CERT_STORE_LOCATION_SERVICES);
    ok_str(store, TEST_STRING);
    ok_str(subject, TEST_STRING2);
    for (i = 0; i < 20; i++) ok_int(hash[i], 100 + i);
    CoTaskMemFree(store);
    CoTaskMemFree(subject);
    CoTaskMemFree(hash);
}

static void http_options(void)
{
    IBackgroundCopyJobHttpOptions *options = QUERY(IBackgroundCopyJobHttpOptions);
    byte hash[20];
    int i;

    if (!options) return;
    for (i = 0; i < 20; i++) hash[i] = 200 + i;
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(
              options, BG_CERT_STORE_LOCATION_LOCAL_MACHINE_ENTERPRISE, TEST_STRING, hash),
          S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, 0, NULL, hash), NULL_REF);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, 0, TEST_STRING, NULL), NULL_REF);
    ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, 0x8000, TEST_STRING, hash), BAD_ENUM);
    check_certificate(options, S_OK);
    ok_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options), S_OK);
    check_certificate(options, HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA));
    ok_hr(IBackgroundCopyJobHttpOptions_RemoveClientCertificate(options), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
}

/* A text that is missing although the call succeeds. */
static void token_options(void)
{
    IBitsTokenOptions *token = QUERY(IBitsTokenOptions);

    if (!token) return;
    CHECK_OUT_STRING(IBitsTokenOptions_GetHelperTokenSid(token, &string), NULL);
    IBitsTokenOptions_Release(token);
}

static void peers(void)
{
    IBitsPeerCacheRecord *record = QUERY(IBitsPeerCacheRecord);
    BG_FILE_RANGE *ranges = GARBAGE(BG_FILE_RANGE *);
    DWORD count = 0;

    if (!record) return;
    ok_hr(IBitsPeerCacheRecord_GetFileRanges(record, &count, &ranges), S_OK);
    CHECK_RANGES(ranges, count, 2);
    CoTaskMemFree(ranges);
    IBitsPeerCacheRecord_Release(record);
}

/* --- legacy queue manager --------------------------------------------------------------------- */

static void legacy_group(void)
{
    IBackgroundCopyGroup *group = QUERY(IBackgroundCopyGroup);
    IUnknown *unknown = GARBAGE(IUnknown *);
    VARIANT var;

    if (!group) return;
    VariantInit(&var);
    ok_hr(IBackgroundCopyGroup_GetProp(group, GROUPPROP_PROTOCOLFLAGS, &var), S_OK);
    ok(V_VT(&var) == VT_I4 && V_I4(&var) == QM_PROTOCOL_HTTP, "wrong value\n");
    VariantInit(&var);
    ok_hr(IBackgroundCopyGroup_GetProp(group, GROUPPROP_DESCRIPTION, &var), S_OK);
    ok_int(V_VT(&var), VT_BSTR);
    if (V_VT(&var) == VT_BSTR) ok_str(V_BSTR(&var), TEST_STRING);
    VariantClear(&var);

    V_VT(&var) = VT_I4;
    V_I4(&var) = QM_NOTIFY_GROUP_DONE;
    ok_hr(IBackgroundCopyGroup_SetProp(group, GROUPPROP_NOTIFYFLAGS, &var), S_OK);
    V_VT(&var) = VT_BSTR;
    V_BSTR(&var) = SysAllocString(TEST_STRING);
    ok_hr(IBackgroundCopyGroup_SetProp(group, GROUPPROP_DISPLAYNAME, &var), S_OK);
    VariantClear(&var);

    ok_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, &IID_IBackgroundCopyJob5, &unknown), S_OK);
    CHECK_OUT_OBJECT(unknown, IBackgroundCopyJob5);
    unknown = GARBAGE(IUnknown *);
    ok_hr(IBackgroundCopyGroup_QueryNewJobInterface(group, &test_guid, &unknown), E_NOINTERFACE);
    ok(!unknown, "object is %p\n", unknown);
    ok_hr(IBackgroundCopyGroup_SetNotificationPointer(group, &test_guid, (IUnknown *)&callback), S_OK);
    ok_hr(IBackgroundCopyGroup_SetNotificationPointer(group, &test_guid, NULL), S_FALSE);
    IBackgroundCopyGroup_Release(group);
}

static void legacy_job(void)
{
    IBackgroundCopyJob1 *job = QUERY(IBackgroundCopyJob1);
    FILESETINFO first = {NULL, NULL, 1}, third = {NULL, NULL, 3}, *set[3] = {&first, NULL, &third};
    FILESETINFO info;

    if (!job) return;
    first.bstrRemoteFile = SysAllocString(TEST_STRING);
    first.bstrLocalFile = SysAllocString(TEST_STRING2);
    third.bstrLocalFile = SysAllocString(TEST_STRING);
    ok_hr(IBackgroundCopyJob1_AddFiles(job, 3, set), S_OK);
    memset(&info, 0xcc, sizeof(info));
    ok_hr(IBackgroundCopyJob1_GetFile(job, TEST_DWORD, &info), S_OK);
    ok_str(info.bstrRemoteFile, TEST_STRING);
    ok_str(info.bstrLocalFile, TEST_STRING2);
    ok_int(info.dwSizeHint, 5);
    SysFreeString(info.bstrRemoteFile);
    SysFreeString(info.bstrLocalFile);
    SysFreeString(first.bstrRemoteFile);
    SysFreeString(first.bstrLocalFile);
    SysFreeString(third.bstrLocalFile);
    IBackgroundCopyJob1_Release(job);
}

#define TEST_GUID_ENUMERATOR(type) \
    do { \
        type *enumerator = QUERY(type); \
        GUID items[TEST_COUNT + 2], expected = test_guid; \
        ULONG fetched = 0; \
\
        if (!enumerator) break; \
        memset(items, 0xcc, sizeof(items)); \
        ok_hr(type##_Next(enumerator, TEST_COUNT + 2, items, &fetched), S_FALSE); \
        ok_int(fetched, TEST_COUNT); \
        ok(IsEqualGUID(&items[0], &expected), "wrong first item\n"); \
        expected.Data1++; \
        ok(IsEqualGUID(&items[1], &expected), "wrong second item\n"); \
        ok_hr(type##_Next(enumerator, 1, items, &fetched), S_OK); \
        ok_int(fetched, 1); \
        ok_hr(type##_Next(enumerator, 1, items, NULL), NULL_REF); \
        type##_Release(enumerator); \
    } while (0)

static void legacy_enumerators(void)
{
    TEST_GUID_ENUMERATOR(IEnumBackgroundCopyGroups);
    TEST_GUID_ENUMERATOR(IEnumBackgroundCopyJobs1);
}

/* --- Delivery Optimization ------------------------------------------------------------------------ */

static void do_first_generation(void)
{
    IDeliveryOptimizationFile2 *file2 = QUERY(IDeliveryOptimizationFile2);
    IDeliveryOptimizationJob2 *job2 = QUERY(IDeliveryOptimizationJob2);
    IDeliveryOptimizationFile *file = QUERY(IDeliveryOptimizationFile);
    IDeliveryOptimizationJob *job = QUERY(IDeliveryOptimizationJob);
    void *object = GARBAGE(void *);
    BG_FILE_RANGE ranges[3];
    DOSwarmStats stats;
    VARIANT var;

    if (!file2 || !job2 || !file || !job) return;
    fill_ranges(ranges, 3);
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", TEST_STRING, TEST_STRING2, 3, ranges,
                                                     DO_UNKNOWN_FILE_SIZE),
          S_OK);
    ok_hr(IDeliveryOptimizationJob_AddFileWithRanges(job, L"id", TEST_STRING, TEST_STRING2, 0, NULL,
                                                     DO_UNKNOWN_FILE_SIZE),
          S_FALSE);
    IDeliveryOptimizationJob_Release(job);

    ok_hr(
        IDeliveryOptimizationJob2_AddFile(job2, L"id", TEST_STRING, 2, ranges, &IID_IDeliveryOptimizationFile, &object),
        S_OK);
    CHECK_OUT_OBJECT(object, IDeliveryOptimizationFile);
    object = GARBAGE(void *);
    ok_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", NULL, 0, NULL, &IID_IDeliveryOptimizationFile2, &object),
          S_OK);
    CHECK_OUT_OBJECT(object, IDeliveryOptimizationFile2);
    object = GARBAGE(void *);
    ok_hr(IDeliveryOptimizationJob2_AddFile(job2, L"id", NULL, 0, NULL, &test_guid, &object), E_NOINTERFACE);
    ok(!object, "object is %p\n", object);
    VariantInit(&var);
    ok_hr(IDeliveryOptimizationJob2_GetProperty(job2, DOJobPropertyId_ExtendedErrorInfo, &var), S_OK);
    ok_int(V_VT(&var), VT_BSTR);
    if (V_VT(&var) == VT_BSTR) ok_str(V_BSTR(&var), TEST_STRING);
    VariantClear(&var);
    V_VT(&var) = VT_UI8;
    V_UI8(&var) = TEST_SIZE;
    ok_hr(IDeliveryOptimizationJob2_SetProperty(job2, 17, &var), S_OK);
    ok_hr(IDeliveryOptimizationJob2_SetProperty(job2, 17, NULL), S_FALSE);
    IDeliveryOptimizationJob2_Release(job2);

    memset(&stats, 0xcc, sizeof(stats));
    ok_hr(IDeliveryOptimizationFile_GetStats(file, &stats), S_OK);
    ok_str(stats.fileId, TEST_STRING);
    ok_str(stats.sourceURL, NULL);
    ok_int(stats.fileSize, TEST_SIZE);
    ok_int(stats.bytesToInternetPeers, TEST_SIZE + 1);
    ok_int(stats.httpConnectionCount, TEST_DWORD);
    ok_int(stats.downloadDuration, 2);
    ok_int(stats.downloadMode, DownloadMode_Bypass);
    ok_int(stats.status, SwarmStatus_Paused);
    ok_int(stats.isBackground, TRUE);
    CoTaskMemFree(stats.fileId);
    memset(&stats, 0xcc, sizeof(stats));
    ok_hr(IDeliveryOptimizationFile_GetStats2(file, &stats), S_FALSE);
    ok_str(stats.sourceURL, TEST_STRING2);
    CoTaskMemFree(stats.sourceURL);
    IDeliveryOptimizationFile_Release(file);

    VariantInit(&var);
    ok_hr(IDeliveryOptimizationFile2_GetProperty(file2, DOFilePropertyId_TotalSizeBytes, &var), S_OK);
    ok(V_VT(&var) == VT_UI8 && V_UI8(&var) == TEST_SIZE, "wrong value\n");
    V_VT(&var) = VT_BSTR;
    V_BSTR(&var) = SysAllocString(TEST_STRING);
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file2, DOFilePropertyId_DownloadSinkFilePath, &var), S_OK);
    VariantClear(&var);
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file2, DOFilePropertyId_DownloadSinkFilePath, NULL), S_FALSE);
    IDeliveryOptimizationFile2_Release(file2);
}

static void do_properties(IDODownload *download)
{
    VARIANT var;
    BYTE *bytes;

    V_VT(&var) = VT_BSTR;
    V_BSTR(&var) = SysAllocString(TEST_STRING);
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_Uri, &var), S_OK);
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_HttpStatusCode, &var), TEST_ERROR);
    ok_hr(IDODownload_SetProperty(download, 0x8000, &var), BAD_ENUM);
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_Uri, NULL), NULL_REF);
    VariantClear(&var);
    V_VT(&var) = VT_BOOL;
    V_BOOL(&var) = VARIANT_TRUE;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_ForegroundPriority, &var), S_OK);
    V_VT(&var) = VT_UI4;
    V_UI4(&var) = TEST_DWORD;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_CostPolicy, &var), S_OK);
    V_VT(&var) = VT_ARRAY | VT_UI1;
    V_ARRAY(&var) = SafeArrayCreateVector(VT_UI1, 0, 3);
    ok_hr(SafeArrayAccessData(V_ARRAY(&var), (void **)&bytes), S_OK);
    memcpy(bytes, "abc", 3);
    SafeArrayUnaccessData(V_ARRAY(&var));
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_SecurityContext, &var), S_OK);
    VariantClear(&var);

    memset(&var, 0xcc, sizeof(var));
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_Id, &var), S_OK);
    ok_int(V_VT(&var), VT_BSTR);
    if (V_VT(&var) == VT_BSTR) ok_str(V_BSTR(&var), TEST_STRING);
    VariantClear(&var);
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_BlockingMode, &var), S_OK);
    ok(V_VT(&var) == VT_BOOL && V_BOOL(&var) == VARIANT_TRUE, "wrong value\n");
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_TotalSizeBytes, &var), S_OK);
    ok(V_VT(&var) == VT_UI8 && V_UI8(&var) == TEST_SIZE, "wrong value\n");
    VariantInit(&var);
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_Uri, &var), TEST_ERROR);
    ok_int(V_VT(&var), VT_EMPTY);
}

/* D-145: the callback travels in a VARIANT */
static void do_callback(IDODownload *download)
{
    VARIANT var;

    memset(calls, 0, sizeof(calls));
    V_VT(&var) = VT_UNKNOWN;
    V_UNKNOWN(&var) = (IUnknown *)&status_callback;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_CallbackInterface, &var), S_OK);
    ok_hr(IDODownload_Pause(download), S_FALSE);
    ok_int(calls[7], 1);
    VariantInit(&var);
    ok_hr(IDODownload_GetProperty(download, DODownloadProperty_CallbackInterface, &var), S_OK);
    ok_int(V_VT(&var), VT_UNKNOWN);
    /* its IUnknown is that of all callbacks here */
    if (V_VT(&var) == VT_UNKNOWN) ok(V_UNKNOWN(&var) == (IUnknown *)&callback, "wrong object\n");
    VariantClear(&var);
    V_VT(&var) = VT_EMPTY;
    ok_hr(IDODownload_SetProperty(download, DODownloadProperty_CallbackInterface, &var), S_OK);
}

static void do_third_generation(void)
{
    DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_LocalPath, TEST_STRING};
    IEnumUnknown *downloads = GARBAGE(IEnumUnknown *);
    IDODownload *download = GARBAGE(IDODownload *);
    IDOManager *manager = QUERY(IDOManager);
    DO_DOWNLOAD_RANGES_INFO *ranges;
    IUnknown *items[2];
    ULONG fetched = 0;
    UINT i;

    if (!manager) return;
    ok_hr(IDOManager_EnumDownloads(manager, NULL, &downloads), S_OK);
    ok_hr(IEnumUnknown_Next(downloads, 2, items, &fetched), S_OK);
    ok_int(fetched, 2);
    for (i = 0; i < fetched; i++) CHECK_OUT_OBJECT(items[i], IDODownload);
    IEnumUnknown_Release(downloads);
    downloads = GARBAGE(IEnumUnknown *);
    ok_hr(IDOManager_EnumDownloads(manager, &category, &downloads), S_OK);
    CHECK_OUT_OBJECT(downloads, IEnumUnknown);
    category.Property = DODownloadProperty_Uri;
    category.Value = NULL;
    downloads = GARBAGE(IEnumUnknown *);
    ok_hr(IDOManager_EnumDownloads(manager, &category, &downloads), TEST_ERROR);
    ok(!downloads, "enumerator is %p\n", downloads);
    ok(SUCCEEDED(IDOManager_CreateDownload(manager, &download)), "no download\n");
    IDOManager_Release(manager);

    ranges = calloc(1, sizeof(*ranges) + 4 * sizeof(ranges->Ranges[0]));
    for (i = 0; i < 5; i++)
    {
        ranges->Ranges[i].Offset = TEST_SIZE + i;
        ranges->Ranges[i].Length = DO_LENGTH_TO_EOF - i;
    }
    for (i = 0; i <= 5; i++)
    {
        ranges->RangeCount = i;
        ok_hr(IDODownload_Start(download, ranges), TEST_ERROR + (HRESULT)i);
    }
    free(ranges);
    ok_hr(IDODownload_Start(download, NULL), S_FALSE);
    do_properties(download);
    do_callback(download);
    IDODownload_Release(download);
}

/* --- security blankets ----------------------------------------------------------------------------- */

static void check_blanket_at(int line, IUnknown *proxy, DWORD authz, DWORD level, DWORD imp, DWORD capabilities,
                             const WCHAR *principal)
{
    DWORD got_authn = 77, got_authz = 77, got_level = 77, got_imp = 77, got_capabilities = 77;
    OLECHAR *got_principal = GARBAGE(OLECHAR *);

    winetest_push_context("line %d", line);
    ok_hr(CoQueryProxyBlanket(proxy, &got_authn, &got_authz, &got_principal, &got_level, &got_imp, NULL,
                              &got_capabilities),
          S_OK);
    ok_int(got_authn, RPC_C_AUTHN_WINNT);
    ok_int(got_authz, authz);
    ok_int(got_level, level);
    ok_int(got_imp, imp);
    ok_int(got_capabilities, capabilities);
    if (got_principal != GARBAGE(OLECHAR *))
    {
        ok_str(got_principal, principal);
        CoTaskMemFree(got_principal);
    }
    winetest_pop_context();
}

/* D-022, D-023: what winget, the SDK of do-client and the C# sample set, and dynamic cloaking */
static void blankets(void)
{
    static const struct
    {
        DWORD authz;
        OLECHAR *principal;
        DWORD level;
        DWORD imp;
        DWORD capabilities;
        DWORD got_capabilities;
    } tests[] = {
        {RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
         EOAC_DEFAULT, EOAC_NONE},
        {RPC_C_AUTHZ_NONE, COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
         EOAC_STATIC_CLOAKING, EOAC_STATIC_CLOAKING},
        {RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL, RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE,
         EOAC_STATIC_CLOAKING, EOAC_STATIC_CLOAKING},
        {RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_DYNAMIC_CLOAKING,
         EOAC_DYNAMIC_CLOAKING},
        {RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, EOAC_NONE, EOAC_NONE},
    };
    IDOManager *manager = QUERY(IDOManager);
    IBackgroundCopyJob *job = QUERY(IBackgroundCopyJob);
    IClientSecurity *security;
    IUnknown *proxy, *copy, *identity, *again;
    size_t i;

    if (!manager || !job) return;
    proxy = (IUnknown *)manager;
    /* nothing is left of a proxy that had the same address before, in the first apartment */
    if (winetest_is_wine())
        check_blanket_at(__LINE__, proxy, RPC_C_AUTHZ_NONE, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IDENTIFY,
                         EOAC_NONE, NULL);
    else skip("on Windows the values after setting depend on the account\n");
    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        winetest_push_context("blanket %d", (int)i);
        ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_DEFAULT, tests[i].authz, tests[i].principal, tests[i].level,
                                tests[i].imp, NULL, tests[i].capabilities),
              S_OK);
        if (winetest_is_wine())
            check_blanket_at(__LINE__, proxy, RPC_C_AUTHZ_NONE, RPC_C_AUTHN_LEVEL_CONNECT, tests[i].imp,
                             tests[i].got_capabilities, NULL);
        winetest_pop_context();
    }

    if (winetest_is_wine())
    {
        ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NAME, (OLECHAR *)TEST_STRING,
                                RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_DELEGATE, NULL, EOAC_MUTUAL_AUTH),
              S_OK);
        check_blanket_at(__LINE__, proxy, RPC_C_AUTHZ_NAME, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_DELEGATE,
                         EOAC_MUTUAL_AUTH, TEST_STRING);
        /* each proxy has its own */
        check_blanket_at(__LINE__, (IUnknown *)job, RPC_C_AUTHZ_NONE, RPC_C_AUTHN_LEVEL_CONNECT,
                         RPC_C_IMP_LEVEL_IDENTIFY, EOAC_NONE, NULL);
    }
    ok_hr(CoQueryProxyBlanket(proxy, NULL, NULL, NULL, NULL, NULL, NULL, NULL), S_OK);

    ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, 7, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                            EOAC_NONE),
          E_INVALIDARG);
    ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_CONNECT, 5, NULL,
                            EOAC_NONE),
          E_INVALIDARG);
    ok_hr(CoSetProxyBlanket(proxy, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL, RPC_C_AUTHN_LEVEL_CONNECT,
                            RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING | EOAC_DYNAMIC_CLOAKING),
          E_INVALIDARG);

    copy = GARBAGE(IUnknown *);
    ok_hr(CoCopyProxy(proxy, &copy), S_OK);
    CHECK_OUT_OBJECT(copy, IDOManager);

    /* IClientSecurity is part of the object: same identity, and back to the interface */
    ok_hr(IUnknown_QueryInterface(proxy, &IID_IClientSecurity, (void **)&security), S_OK);
    ok_hr(IUnknown_QueryInterface(proxy, &IID_IUnknown, (void **)&identity), S_OK);
    ok_hr(IClientSecurity_QueryInterface(security, &IID_IUnknown, (void **)&again), S_OK);
    ok(identity == again, "identity is %p, not %p\n", again, identity);
    IUnknown_Release(again);
    IUnknown_Release(identity);
    ok_hr(IClientSecurity_QueryInterface(security, &IID_IDOManager, (void **)&again), S_OK);
    ok(again == proxy, "proxy is %p, not %p\n", again, proxy);
    IUnknown_Release(again);
    ok_hr(IClientSecurity_SetBlanket(security, NULL, RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, NULL,
                                     RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_NONE),
          E_INVALIDARG);
    ok_hr(IClientSecurity_QueryBlanket(security, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), E_INVALIDARG);
    IDOManager_Release(manager);
    IClientSecurity_Release(security);
    IBackgroundCopyJob_Release(job);
}

/* --- two processes ------------------------------------------------------------------------------------ */

struct server
{
    HANDLE process;
    HANDLE to;   /* its standard input: it ends when this is closed */
    HANDLE from; /* its standard output */
};

static BOOL start_server(const char *program, struct server *server)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    HANDLE child_input, child_output;
    PROCESS_INFORMATION process;
    char command[MAX_PATH + 16];
    BOOL started;

    CreatePipe(&child_input, &server->to, &inherit, 0);
    CreatePipe(&server->from, &child_output, &inherit, 0);
    SetHandleInformation(server->to, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(server->from, HANDLE_FLAG_INHERIT, 0);
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = child_input;
    startup.hStdOutput = child_output;
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    snprintf(command, sizeof(command), "\"%s\" server", program);
    started = CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    ok(started, "could not start %s: error %lu\n", command, GetLastError());
    CloseHandle(child_input);
    CloseHandle(child_output);
    if (!started) return FALSE;
    CloseHandle(process.hThread);
    server->process = process.hProcess;
    return TRUE;
}

static void stop_server(struct server *server)
{
    CloseHandle(server->to);
    CloseHandle(server->from);
    winetest_wait_child(server->process, 10000);
}

static BOOL read_all(HANDLE file, void *data, DWORD size)
{
    char *p = data;
    DWORD got;

    for (; size; p += got, size -= got)
        if (!ReadFile(file, p, size, &got, NULL) || !got) return FALSE;
    return TRUE;
}

static BOOL connect_server(struct server *server)
{
    IStream *stream;
    HGLOBAL memory;
    DWORD size;
    HRESULT hr;

    if (!ok(read_all(server->from, &size, sizeof(size)), "the server said nothing\n")) return FALSE;
    memory = GlobalAlloc(GMEM_FIXED, size);
    ok(read_all(server->from, memory, size), "no root object\n");
    ok_hr(CreateStreamOnHGlobal(memory, TRUE, &stream), S_OK);
    hr = CoUnmarshalInterface(stream, &IID_IUnknown, (void **)&root);
    ok_hr(hr, S_OK);
    IStream_Release(stream);
    return SUCCEEDED(hr);
}

/* In the server process: hand out the root object, then serve until the parent closes our input. */
static void run_server(void)
{
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE);
    DWORD size, written;
    IStream *stream;
    HGLOBAL memory;
    STATSTG stat;
    char byte;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (FAILED(CreateStreamOnHGlobal(NULL, TRUE, &stream)) ||
        FAILED(CoMarshalInterface(stream, &IID_IUnknown, server_get_root(), MSHCTX_LOCAL, NULL, MSHLFLAGS_NORMAL)) ||
        FAILED(IStream_Stat(stream, &stat, STATFLAG_NONAME)) || FAILED(GetHGlobalFromStream(stream, &memory)))
        ExitProcess(1);
    size = stat.cbSize.LowPart;
    WriteFile(output, &size, sizeof(size), &written, NULL);
    WriteFile(output, GlobalLock(memory), size, &written, NULL);
    read_all(GetStdHandle(STD_INPUT_HANDLE), &byte, 1);
    /* not through main: standard output is no place for a summary here */
    ExitProcess(0);
}

static void run_client(const char *program, DWORD apartment)
{
    struct server server;

    CoInitializeEx(NULL, apartment);
    if (start_server(program, &server))
    {
        if (connect_server(&server))
        {
            generated_calls();
            job();
            enumerators();
            job2();
            null_lengths();
            job3();
            job5();
            file2();
            file5_and_6();
            http_options();
            token_options();
            peers();
            legacy_group();
            legacy_job();
            legacy_enumerators();
            do_first_generation();
            do_third_generation();
            blankets();
            IUnknown_Release(root);
            CoDisconnectObject((IUnknown *)&callback, 0);
        }
        stop_server(&server);
    }
    CoUninitialize();
}

START_TEST(proxy)
{
    char **argv, program[MAX_PATH], event[40];
    int argc = winetest_get_mainargs(&argv);

    if (argc > 1 && !strcmp(argv[1], "server"))
    {
        run_server();
        return;
    }
    if (argc > 2 && !strcmp(argv[1], "against")) lstrcpynA(program, argv[2], sizeof(program));
    else GetModuleFileNameA(NULL, program, sizeof(program));
    snprintf(event, sizeof(event), "wine-bits-proxy-%lu", GetCurrentProcessId());
    failing = CreateEventA(NULL, TRUE, FALSE, event);
    SetEnvironmentVariableA(FAILING_EVENT, event);

    winetest_push_context("MTA");
    run_client(program, COINIT_MULTITHREADED);
    winetest_pop_context();
    winetest_push_context("STA");
    run_client(program, COINIT_APARTMENTTHREADED);
    winetest_pop_context();
}
