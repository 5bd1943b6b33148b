/*
 * The states of a job: which method may be called in which (B-050 to B-067), what leads from one to another
 * (B-020 to B-048), and what goes with that.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

#define STATES 9
#define SIZE 100000

#define UNAVAILABLE BG_E_ERROR_INFORMATION_UNAVAILABLE
#define AFTER_RESUME BG_E_READ_ONLY_PROPERTY_AFTER_RESUME
#define WHEN_ACTIVE BG_E_READ_ONLY_WHEN_JOB_ACTIVE
#define BAD_STUB HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)

/* The cell is not checked: the rules leave it open. */
#define OPEN ((HRESULT)0x2fffffff)

/* --- jobs in any state -------------------------------------------------------------------------- */

static const struct route route_good = {.size = SIZE};
static const struct route route_stall = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};
static const struct route route_stall_head = {.flags = ROUTE_STALL_HEAD, .size = SIZE};
static const struct route route_500 = {.status = 500, .text = "broken"};
static const struct route route_404 = {.status = 404, .text = "not there"};

/* Keeps every background job below HIGH from running (B-621). */
static struct subject blocker;

static BOOL begin_blocking(void)
{
    if (!subject_init(&blocker, &route_stall)) return FALSE;
    ok_hr(IBackgroundCopyJob_SetPriority(blocker.job, BG_JOB_PRIORITY_HIGH), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(blocker.job), S_OK);
    return ok(server_wait_stalled(server, blocker.path, 1, SOON_MS), "the first job is not transferred");
}

static const struct route *route_for(BG_JOB_STATE state)
{
    switch (state)
    {
    case BG_JOB_STATE_CONNECTING: return &route_stall_head;
    case BG_JOB_STATE_TRANSFERRING: return &route_stall;
    case BG_JOB_STATE_TRANSIENT_ERROR: return &route_500;
    case BG_JOB_STATE_ERROR: return &route_404;
    default: return &route_good;
    }
}

/* A job with one file in that state. */
static BOOL subject_in_state(struct subject *subject, BG_JOB_STATE state)
{
    BOOL reached = subject_init(subject, route_for(state));

    if (!reached || state == BG_JOB_STATE_SUSPENDED) return reached;
    if (state == BG_JOB_STATE_CANCELLED)
    {
        ok_hr(IBackgroundCopyJob_Cancel(subject->job), S_OK);
        return ok_state(subject->job, state);
    }
    if (state == BG_JOB_STATE_QUEUED) ok_hr(IBackgroundCopyJob_SetPriority(subject->job, BG_JOB_PRIORITY_LOW), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(subject->job), S_OK);
    if (state == BG_JOB_STATE_CONNECTING || state == BG_JOB_STATE_TRANSFERRING)
        ok(server_wait_stalled(server, subject->path, 1, SOON_MS), "nothing was asked from the server");
    if (state != BG_JOB_STATE_ACKNOWLEDGED) return client_wait_state(subject->job, state, SOON_MS);
    if (!client_wait_state(subject->job, BG_JOB_STATE_TRANSFERRED, SOON_MS)) return FALSE;
    ok_hr(IBackgroundCopyJob_Complete(subject->job), S_OK);
    return ok_state(subject->job, state);
}

/* --- the methods, with harmless arguments --------------------------------------------------------- */

/* Call a method of another interface of the job and return its result. */
#define VIA(name, call) \
    do { \
        name *iface = query(s->job, name); \
        HRESULT hr; \
        if (!iface) return E_NOINTERFACE; \
        hr = call; \
        name##_Release(iface); \
        return hr; \
    } while (0)

static HRESULT call_AddFile(struct subject *s)
{
    WCHAR local[MAX_PATH];

    return IBackgroundCopyJob_AddFile(s->job, s->url, client_path(local));
}

static HRESULT call_AddFileSet(struct subject *s)
{
    WCHAR local[MAX_PATH];
    BG_FILE_INFO info = {s->url, client_path(local)};

    return IBackgroundCopyJob_AddFileSet(s->job, 1, &info);
}

static HRESULT call_AddFileWithRanges(struct subject *s)
{
    BG_FILE_RANGE range = {10, 20};
    WCHAR local[MAX_PATH];

    client_path(local);
    VIA(IBackgroundCopyJob3, IBackgroundCopyJob3_AddFileWithRanges(iface, s->url, local, 1, &range));
}

static HRESULT call_SetDisplayName(struct subject *s)
{
    return IBackgroundCopyJob_SetDisplayName(s->job, L"name");
}

static HRESULT call_SetDescription(struct subject *s)
{
    return IBackgroundCopyJob_SetDescription(s->job, L"description");
}

static HRESULT call_SetPriority(struct subject *s)
{
    BG_JOB_PRIORITY priority;

    ok_hr(IBackgroundCopyJob_GetPriority(s->job, &priority), S_OK);
    return IBackgroundCopyJob_SetPriority(s->job, priority);
}

static HRESULT call_SetNotifyFlags(struct subject *s)
{
    return IBackgroundCopyJob_SetNotifyFlags(s->job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
}

static HRESULT call_SetNotifyInterface(struct subject *s)
{
    return IBackgroundCopyJob_SetNotifyInterface(s->job, NULL);
}

static HRESULT call_SetMinimumRetryDelay(struct subject *s)
{
    return IBackgroundCopyJob_SetMinimumRetryDelay(s->job, 600);
}

static HRESULT call_SetNoProgressTimeout(struct subject *s)
{
    return IBackgroundCopyJob_SetNoProgressTimeout(s->job, 1209600);
}

static HRESULT call_SetProxySettings(struct subject *s)
{
    return IBackgroundCopyJob_SetProxySettings(s->job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, NULL);
}

static HRESULT call_TakeOwnership(struct subject *s)
{
    return IBackgroundCopyJob_TakeOwnership(s->job);
}

static HRESULT call_SetNotifyCmdLine(struct subject *s)
{
    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_SetNotifyCmdLine(iface, NULL, NULL));
}

static HRESULT call_SetCredentials(struct subject *s)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NTLM};

    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_SetCredentials(iface, &credentials));
}

static HRESULT call_RemoveCredentials(struct subject *s)
{
    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_RemoveCredentials(iface, BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_NTLM));
}

static HRESULT call_ReplaceRemotePrefix(struct subject *s)
{
    VIA(IBackgroundCopyJob3, IBackgroundCopyJob3_ReplaceRemotePrefix(iface, L"http://127.", L"http://127."));
}

static HRESULT call_SetFileACLFlags(struct subject *s)
{
    VIA(IBackgroundCopyJob3, IBackgroundCopyJob3_SetFileACLFlags(iface, 0));
}

static HRESULT call_SetPeerCachingFlags(struct subject *s)
{
    VIA(IBackgroundCopyJob4, IBackgroundCopyJob4_SetPeerCachingFlags(iface, 0));
}

static HRESULT call_SetMaximumDownloadTime(struct subject *s)
{
    VIA(IBackgroundCopyJob4, IBackgroundCopyJob4_SetMaximumDownloadTime(iface, 7776000));
}

static HRESULT call_SetProperty(struct subject *s)
{
    BITS_JOB_PROPERTY_VALUE value = {.Dword = BITS_COST_STATE_TRANSFER_ALWAYS};

    VIA(IBackgroundCopyJob5, IBackgroundCopyJob5_SetProperty(iface, BITS_JOB_PROPERTY_ID_COST_FLAGS, value));
}

static HRESULT call_GetProperty(struct subject *s)
{
    BITS_JOB_PROPERTY_VALUE value;

    VIA(IBackgroundCopyJob5, IBackgroundCopyJob5_GetProperty(iface, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value));
}

static HRESULT call_SetCustomHeaders(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_SetCustomHeaders(iface, NULL));
}

static HRESULT call_GetCustomHeaders(struct subject *s)
{
    WCHAR *text = NULL;

    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_GetCustomHeaders(iface, &text));
}

static HRESULT call_SetSecurityFlags(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_SetSecurityFlags(iface, 0));
}

static HRESULT call_GetSecurityFlags(struct subject *s)
{
    ULONG flags;

    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_GetSecurityFlags(iface, &flags));
}

/* No such certificate: the method may be called, and gets as far as looking for it. */
static HRESULT call_SetClientCertificateByID(struct subject *s)
{
    BYTE hash[20] = {1, 2, 3};

    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_SetClientCertificateByID(
                                           iface, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", hash));
}

static HRESULT call_SetClientCertificateByName(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_SetClientCertificateByName(
                                           iface, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY", L"nobody of that name"));
}

static HRESULT call_RemoveClientCertificate(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions, IBackgroundCopyJobHttpOptions_RemoveClientCertificate(iface));
}

static HRESULT call_GetClientCertificate(struct subject *s)
{
    BG_CERT_STORE_LOCATION location;
    WCHAR *store = NULL, *subject = NULL;
    BYTE *hash = NULL;

    VIA(IBackgroundCopyJobHttpOptions,
        IBackgroundCopyJobHttpOptions_GetClientCertificate(iface, &location, &store, &hash, &subject));
}

static HRESULT call_SetHttpMethod(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions2, IBackgroundCopyJobHttpOptions2_SetHttpMethod(iface, L"GET"));
}

static HRESULT call_GetHttpMethod(struct subject *s)
{
    WCHAR *text = NULL;
    HRESULT hr;
    IBackgroundCopyJobHttpOptions2 *iface = query(s->job, IBackgroundCopyJobHttpOptions2);

    if (!iface) return E_NOINTERFACE;
    hr = IBackgroundCopyJobHttpOptions2_GetHttpMethod(iface, &text);
    CoTaskMemFree(text);
    IBackgroundCopyJobHttpOptions2_Release(iface);
    return hr;
}

static HRESULT call_SetServerCertificateValidationInterface(struct subject *s)
{
    VIA(IBackgroundCopyJobHttpOptions3,
        IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(iface, NULL));
}

static HRESULT call_SetHelperTokenFlags(struct subject *s)
{
    VIA(IBitsTokenOptions, IBitsTokenOptions_SetHelperTokenFlags(iface, 0));
}

static HRESULT call_GetHelperTokenFlags(struct subject *s)
{
    DWORD flags;

    VIA(IBitsTokenOptions, IBitsTokenOptions_GetHelperTokenFlags(iface, &flags));
}

static HRESULT call_ClearHelperToken(struct subject *s)
{
    VIA(IBitsTokenOptions, IBitsTokenOptions_ClearHelperToken(iface));
}

static HRESULT call_GetError(struct subject *s)
{
    IBackgroundCopyError *error = NULL;
    HRESULT hr = IBackgroundCopyJob_GetError(s->job, &error);

    ok(!error == FAILED(hr), "result %#lx and error %p", hr, error); /* B-103 */
    if (error) IBackgroundCopyError_Release(error);
    return hr;
}

static HRESULT call_SetRemoteName(struct subject *s)
{
    IBackgroundCopyFile *file = job_file(s->job, 0);
    IBackgroundCopyFile2 *file2 = file ? query(file, IBackgroundCopyFile2) : NULL;
    HRESULT hr = file2 ? IBackgroundCopyFile2_SetRemoteName(file2, s->url) : E_FAIL;

    if (file2) IBackgroundCopyFile2_Release(file2);
    if (file) IBackgroundCopyFile_Release(file);
    return hr;
}

static HRESULT call_SetValidationState(struct subject *s)
{
    IBackgroundCopyFile *file = job_file(s->job, 0);
    IBackgroundCopyFile3 *file3 = file ? query(file, IBackgroundCopyFile3) : NULL;
    HRESULT hr = file3 ? IBackgroundCopyFile3_SetValidationState(file3, TRUE) : E_FAIL;

    if (file3) IBackgroundCopyFile3_Release(file3);
    if (file) IBackgroundCopyFile_Release(file);
    return hr;
}

/* Everything there is to read of a file; the first failure. */
static HRESULT call_file_getters(struct subject *s)
{
    IBackgroundCopyFile *base = job_file(s->job, 0);
    IBackgroundCopyFile5 *file = base ? query(base, IBackgroundCopyFile5) : NULL;
    BITS_FILE_PROPERTY_VALUE value;
    BG_FILE_PROGRESS progress;
    UINT64 origin, peers;
    BOOL flag;
    WCHAR *text = NULL;
    HRESULT hr = E_FAIL;

    if (!file) return hr;
    ok_hr(hr = IBackgroundCopyFile5_GetRemoteName(file, &text), S_OK);
    ok_text(text, s->url);
    ok_hr(hr = IBackgroundCopyFile5_GetLocalName(file, &text), S_OK);
    ok_text(text, s->local);
    ok_hr(hr = IBackgroundCopyFile5_GetProgress(file, &progress), S_OK);
    ok_hr(hr = IBackgroundCopyFile5_GetValidationState(file, &flag), S_OK);
    ok_hr(hr = IBackgroundCopyFile5_IsDownloadedFromPeer(file, &flag), S_OK);
    ok_hr(hr = IBackgroundCopyFile5_GetPeerDownloadStats(file, &origin, &peers), S_OK);
    ok_hr(hr = IBackgroundCopyFile5_GetProperty(file, BITS_FILE_PROPERTY_ID_HTTP_RESPONSE_HEADERS, &value), S_OK);
    CoTaskMemFree(value.String);
    IBackgroundCopyFile5_Release(file);
    IBackgroundCopyFile_Release(base);
    return hr;
}

/* The other getters of the job. */
static HRESULT call_job_getters(struct subject *s)
{
    IBackgroundCopyJob *job = s->job;
    BG_JOB_PROXY_USAGE usage;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROGRESS progress;
    BG_JOB_TIMES times;
    BG_JOB_TYPE type;
    IUnknown *object = NULL;
    WCHAR *text = NULL, *other = NULL;
    ULONG number;
    GUID id;
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    ok_hr(IBackgroundCopyJob_GetType(job, &type), S_OK);
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK);
    ok_hr(IBackgroundCopyJob_GetOwner(job, &text), S_OK);
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    ok_hr(IBackgroundCopyJob_GetNotifyFlags(job, &number), S_OK);
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &object), S_OK);
    ok(!object, "got an object");
    ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job, &number), S_OK);
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &number), S_OK);
    ok_hr(IBackgroundCopyJob_GetErrorCount(job, &number), S_OK);
    hr = IBackgroundCopyJob_GetProxySettings(job, &usage, &text, &other);
    ok_hr(hr, S_OK);
    return hr;
}

static HRESULT call_later_getters(struct subject *s)
{
    IBackgroundCopyJob4 *job = query(s->job, IBackgroundCopyJob4);
    WCHAR *program = NULL, *parameters = NULL;
    ULONG number;
    DWORD flags;
    BOOL flag;
    HRESULT hr;

    if (!job) return E_NOINTERFACE;
    ok_hr(IBackgroundCopyJob4_GetNotifyCmdLine(job, &program, &parameters), S_OK);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    ok_hr(IBackgroundCopyJob4_GetFileACLFlags(job, &flags), S_OK);
    ok_hr(IBackgroundCopyJob4_GetPeerCachingFlags(job, &flags), S_OK);
    ok_hr(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job, &number), S_OK);
    ok_hr(IBackgroundCopyJob4_GetOwnerElevationState(job, &flag), S_OK);
    hr = IBackgroundCopyJob4_GetMaximumDownloadTime(job, &number);
    IBackgroundCopyJob4_Release(job);
    return hr;
}

static HRESULT call_GetReplyProgress(struct subject *s)
{
    BG_JOB_REPLY_PROGRESS progress;

    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_GetReplyProgress(iface, &progress));
}

static HRESULT call_GetReplyData(struct subject *s)
{
    BYTE *data = NULL;
    UINT64 size;

    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_GetReplyData(iface, &data, &size));
}

static HRESULT call_GetReplyFileName(struct subject *s)
{
    WCHAR *text = NULL;

    VIA(IBackgroundCopyJob2, IBackgroundCopyJob2_GetReplyFileName(iface, &text));
}

/* --- method x state: methods that leave the state alone -------------------------------------------------- */

struct row
{
    const char *name;
    HRESULT (*call)(struct subject *s);
    HRESULT expected[STATES]; /* in the order of the table in the rules, see columns */
};

static const BG_JOB_STATE columns[STATES] = {
    BG_JOB_STATE_SUSPENDED,       /* B-004 */
    BG_JOB_STATE_QUEUED,          /* B-001 */
    BG_JOB_STATE_CONNECTING,      /* B-002 */
    BG_JOB_STATE_TRANSFERRING,    /* B-003 */
    BG_JOB_STATE_TRANSIENT_ERROR, /* B-006 */
    BG_JOB_STATE_ERROR,           /* B-005 */
    BG_JOB_STATE_TRANSFERRED,     /* B-007 */
    BG_JOB_STATE_ACKNOWLEDGED,    /* B-008 */
    BG_JOB_STATE_CANCELLED,       /* B-009 */
};

#define IS BG_E_INVALID_STATE
#define EVERYWHERE(hr) \
    { \
        hr, hr, hr, hr, hr, hr, hr, hr, hr \
    }
#define UNTIL_THE_END(hr) \
    { \
        hr, hr, hr, hr, hr, hr, hr, IS, IS \
    }

#define ROW(method, ...) \
    { \
#method, call_##method, __VA_ARGS__ \
    }

static const struct row rows[] = {
    /* B-056 */
    ROW(AddFile, UNTIL_THE_END(S_OK)),
    ROW(AddFileSet, UNTIL_THE_END(S_OK)),
    ROW(AddFileWithRanges, UNTIL_THE_END(S_OK)),
    /* B-057 */
    ROW(SetDisplayName, UNTIL_THE_END(S_OK)),
    ROW(SetDescription, UNTIL_THE_END(S_OK)),
    ROW(SetPriority, UNTIL_THE_END(S_OK)),
    ROW(SetNotifyFlags, UNTIL_THE_END(S_OK)),
    ROW(SetNotifyInterface, UNTIL_THE_END(S_OK)),
    ROW(SetMinimumRetryDelay, UNTIL_THE_END(S_OK)),
    ROW(SetNoProgressTimeout, UNTIL_THE_END(S_OK)),
    ROW(SetProxySettings, UNTIL_THE_END(S_OK)),
    ROW(SetNotifyCmdLine, UNTIL_THE_END(S_OK)),
    ROW(SetCustomHeaders, UNTIL_THE_END(S_OK)),
    ROW(SetClientCertificateByID, UNTIL_THE_END(CRYPT_E_NOT_FOUND)),
    ROW(SetClientCertificateByName, UNTIL_THE_END(CRYPT_E_NOT_FOUND)),
    ROW(RemoveClientCertificate, UNTIL_THE_END(S_FALSE)),
    ROW(TakeOwnership, UNTIL_THE_END(S_OK)),
    ROW(ReplaceRemotePrefix, UNTIL_THE_END(S_OK)),
    ROW(SetRemoteName, UNTIL_THE_END(S_OK)),
    /* B-058 */
    ROW(SetSecurityFlags, UNTIL_THE_END(S_OK)),
    ROW(SetCredentials, UNTIL_THE_END(S_OK)),
    ROW(RemoveCredentials, UNTIL_THE_END(S_OK)),
    ROW(SetPeerCachingFlags, UNTIL_THE_END(S_OK)),
    ROW(SetMaximumDownloadTime, UNTIL_THE_END(S_OK)),
    ROW(SetHelperTokenFlags, UNTIL_THE_END(S_OK)),
    ROW(ClearHelperToken, UNTIL_THE_END(S_OK)),
    /* B-059 */
    ROW(SetFileACLFlags, {S_OK, S_OK, S_OK, S_OK, S_OK, S_OK, IS, IS, IS}),
    /* B-062; that an error stays readable is checked elsewhere */
    ROW(GetError,
        {UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, S_OK, S_OK, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE}),
    /* B-063: all of these but the first, and the cancelled one, were resumed */
    ROW(SetHttpMethod,
        {S_OK, AFTER_RESUME, AFTER_RESUME, AFTER_RESUME, AFTER_RESUME, AFTER_RESUME, AFTER_RESUME, IS, IS}),
    /* B-064 */
    ROW(SetServerCertificateValidationInterface,
        {S_OK, WHEN_ACTIVE, WHEN_ACTIVE, WHEN_ACTIVE, WHEN_ACTIVE, S_OK, S_OK, IS, IS}),
    /* B-065 */
    ROW(SetProperty, UNTIL_THE_END(S_OK)),
    /* B-066 */
    ROW(SetValidationState, {E_PENDING, E_PENDING, E_PENDING, E_PENDING, E_PENDING, E_PENDING, S_OK, OPEN, OPEN}),
    /* B-067, B-011 */
    ROW(job_getters, EVERYWHERE(S_OK)),
    ROW(later_getters, EVERYWHERE(S_OK)),
    ROW(file_getters, EVERYWHERE(S_OK)),
    ROW(GetProperty, EVERYWHERE(S_OK)),
    ROW(GetSecurityFlags, EVERYWHERE(S_OK)),
    ROW(GetHttpMethod, EVERYWHERE(S_OK)),
    ROW(GetHelperTokenFlags, EVERYWHERE(S_OK)),
    ROW(GetCustomHeaders, EVERYWHERE(S_FALSE)),
    ROW(GetClientCertificate, EVERYWHERE(BAD_STUB)),
    /* B-172, B-173, B-175: this is no upload */
    ROW(GetReplyProgress, EVERYWHERE(E_NOTIMPL)),
    ROW(GetReplyData, EVERYWHERE(E_NOTIMPL)),
    ROW(GetReplyFileName, EVERYWHERE(E_NOTIMPL)),
};

/* One job of that state, all methods one after the other: none changes the state. */
static void check_column(unsigned int column)
{
    BG_JOB_STATE state = columns[column];
    struct subject subject;
    unsigned int i;

    if (subject_in_state(&subject, state))
    {
        for (i = 0; i < ARRAYSIZE(rows); i++)
        {
            HRESULT hr = rows[i].call(&subject), expected = rows[i].expected[column];

            ok(expected == OPEN || hr == expected, "%s in %s returned %#lx, expected %#lx", rows[i].name,
               client_state_name(state), hr, expected);
            if (!ok(client_state(subject.job) == state, "%s in %s led to %s", rows[i].name, client_state_name(state),
                    client_state_name(client_state(subject.job))))
                break;
        }
    }
    subject_cleanup(&subject);
}

static void test_matrix(void)
{
    unsigned int i;

    for (i = 0; i < STATES; i++) check_column(i);
}

/* --- method x state: methods that change it -------------------------------------------------------------- */

static HRESULT call_Suspend(struct subject *s)
{
    return IBackgroundCopyJob_Suspend(s->job);
}

/* What is going to wait again waits behind the blocker, so that it can be seen. */
static HRESULT call_Resume(struct subject *s)
{
    BG_JOB_STATE state = client_state(s->job);

    if (state == BG_JOB_STATE_SUSPENDED || state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR)
        IBackgroundCopyJob_SetPriority(s->job, BG_JOB_PRIORITY_LOW);
    return IBackgroundCopyJob_Resume(s->job);
}

static HRESULT call_Complete(struct subject *s)
{
    return IBackgroundCopyJob_Complete(s->job);
}

static HRESULT call_Cancel(struct subject *s)
{
    return IBackgroundCopyJob_Cancel(s->job);
}

struct change
{
    const char *name;
    HRESULT (*call)(struct subject *s);
    struct
    {
        HRESULT hr;
        BG_JOB_STATE state;
    } expected[STATES];
};

#define SUS BG_JOB_STATE_SUSPENDED
#define QUE BG_JOB_STATE_QUEUED
#define CON BG_JOB_STATE_CONNECTING
#define TRG BG_JOB_STATE_TRANSFERRING
#define TRE BG_JOB_STATE_TRANSIENT_ERROR
#define ERR BG_JOB_STATE_ERROR
#define TRD BG_JOB_STATE_TRANSFERRED
#define ACK BG_JOB_STATE_ACKNOWLEDGED
#define CAN BG_JOB_STATE_CANCELLED
#define FINAL \
    {IS, ACK}, \
    { \
        IS, CAN \
    }
#define PARTIAL \
    { \
        BG_S_PARTIAL_COMPLETE, ACK \
    }

static const struct change changes[] = {
    /* B-012: in every state but the last two. B-050, B-134, B-029, B-045, B-047 */
    ROW(Suspend, {{S_OK, SUS}, {S_OK, SUS}, {S_OK, SUS}, {S_OK, SUS}, {S_OK, SUS}, {S_OK, SUS}, {S_OK, TRD}, FINAL}),
    /* B-051, B-021, B-030, B-046, B-048 */
    ROW(Resume, {{S_OK, QUE}, {S_OK, QUE}, {S_OK, CON}, {S_OK, TRG}, {S_OK, QUE}, {S_OK, QUE}, {S_OK, TRD}, FINAL}),
    /* B-053, B-038, B-137: what is not there is not kept */
    ROW(Complete, {PARTIAL, PARTIAL, PARTIAL, PARTIAL, PARTIAL, PARTIAL, {S_OK, ACK}, FINAL}),
    /* B-055, B-040 */
    ROW(Cancel, {{S_OK, CAN}, {S_OK, CAN}, {S_OK, CAN}, {S_OK, CAN}, {S_OK, CAN}, {S_OK, CAN}, {S_OK, CAN}, FINAL}),
};

/* B-010: a job in a final state is no longer found, and stays readable (B-011). */
static void check_gone(struct subject *subject)
{
    IBackgroundCopyJob *found = (IBackgroundCopyJob *)1, *listed;
    IEnumBackgroundCopyJobs *jobs = NULL;
    GUID id, other;
    HRESULT hr;

    ok_hr(IBackgroundCopyJob_GetId(subject->job, &id), S_OK);
    ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &found), BG_E_NOT_FOUND);
    ok(!found, "got a job");
    hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return;
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &listed, NULL) == S_OK)
    {
        ok_hr(IBackgroundCopyJob_GetId(listed, &other), S_OK);
        ok(!IsEqualGUID(&id, &other), "the job is still listed");
        IBackgroundCopyJob_Release(listed);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
}

static void check_change(const struct change *change, unsigned int column)
{
    BG_JOB_STATE from = columns[column], to = change->expected[column].state, state;
    HRESULT hr, expected = change->expected[column].hr;
    struct subject subject;

    if (subject_in_state(&subject, from))
    {
        hr = change->call(&subject);
        ok(hr == expected, "%s in %s returned %#lx, expected %#lx", change->name, client_state_name(from), hr,
           expected);
        /* On Windows a finished job may be transferred once more, or be suspended (B-047, B-048). */
        if (from == TRD && to == TRD && !is_wine()) client_pause(500);
        state = client_state(subject.job);
        ok(state == to || broken(from == TRD && state == SUS) || broken(from == ERR && state == ERR),
           "%s in %s led to %s, expected %s", change->name, client_state_name(from), client_state_name(state),
           client_state_name(to));
        if (to == ACK || to == CAN) check_gone(&subject);
    }
    subject_cleanup(&subject);
}

static void test_changes(void)
{
    unsigned int i, j;

    for (i = 0; i < ARRAYSIZE(changes); i++)
        for (j = 0; j < STATES; j++) check_change(&changes[i], j);
}

/* B-052, B-021, B-921: nothing to do. */
static void test_empty(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);

    if (!job) return;
    ok_state(job, SUS); /* B-020 */
    ok_hr(IBackgroundCopyJob_Resume(job), BG_E_EMPTY);
    ok_state(job, SUS);
    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK); /* B-045 */
    ok_state(job, SUS);
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), IS);
    ok_state(job, CAN);
    IBackgroundCopyJob_Release(job);

    /* Complete is for every state: there is nothing that could be incomplete. */
    if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    ok(SUCCEEDED(IBackgroundCopyJob_Complete(job)), "Complete failed");
    ok_state(job, ACK);
    ok_hr(IBackgroundCopyJob_Resume(job), IS);
    IBackgroundCopyJob_Release(job);
}

/* B-054: an upload can be completed only when it is done. B-061: the reply is there when it is done. */
static void test_uploads(void)
{
    static const BG_JOB_TYPE types[] = {BG_JOB_TYPE_UPLOAD, BG_JOB_TYPE_UPLOAD_REPLY};
    IBackgroundCopyJob2 *job2;
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH], url[128];
    BYTE *data = NULL;
    unsigned int i;
    UINT64 size;

    server_url(server, L"/upload", url, ARRAYSIZE(url));
    ok(pattern_write_file(client_path(local), 1000, 7), "cannot write %s", wine_dbgstr_w(local));
    for (i = 0; i < ARRAYSIZE(types); i++)
    {
        if (!(job = client_job(manager, types[i]))) continue;
        ok_hr(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
        ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW), S_OK);
        ok_hr(IBackgroundCopyJob_Complete(job), IS);
        ok_state(job, SUS);
        if ((job2 = query(job, IBackgroundCopyJob2)))
        {
            ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size),
                  types[i] == BG_JOB_TYPE_UPLOAD_REPLY ? IS : E_NOTIMPL);
            ok(!data, "got data");
        }
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK); /* waits behind the blocker */
        ok_state(job, QUE);
        ok_hr(IBackgroundCopyJob_Complete(job), IS);
        ok_state(job, QUE);
        if (job2)
        {
            ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size),
                  types[i] == BG_JOB_TYPE_UPLOAD_REPLY ? IS : E_NOTIMPL);
            /* B-060 */
            ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, NULL),
                  types[i] == BG_JOB_TYPE_UPLOAD_REPLY ? S_OK : E_NOTIMPL);
        }
        ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        ok_hr(IBackgroundCopyJob_Complete(job), IS);
        if (job2)
        {
            ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size),
                  types[i] == BG_JOB_TYPE_UPLOAD_REPLY ? IS : E_NOTIMPL);
            ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, NULL),
                  types[i] == BG_JOB_TYPE_UPLOAD_REPLY ? IS : E_NOTIMPL);
            IBackgroundCopyJob2_Release(job2);
        }
        IBackgroundCopyJob_Release(job);
    }
    ok(pattern_check_file(local, 1000, 7), "the source was changed");
    DeleteFileW(local);
}

/* B-062, note 3: an error can be read until the next attempt moves bytes. */
static void test_error_stays(void)
{
    struct subject subject;

    if (subject_in_state(&subject, ERR))
    {
        ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
        ok_hr(client_job_error(subject.job, NULL), BG_E_HTTP_ERROR_404); /* B-275 */
        ok_hr(call_Resume(&subject), S_OK);
        ok_state(subject.job, QUE);
        ok_hr(client_job_error(subject.job, NULL), BG_E_HTTP_ERROR_404);
        server_route(server, subject.path, &route_stall);
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        client_wait_state(subject.job, TRG, SOON_MS);
        ok_hr(call_GetError(&subject), UNAVAILABLE);
    }
    subject_cleanup(&subject);
}

/* --- transitions ------------------------------------------------------------------------------------------ */

/* B-022, B-023, B-024, B-028: the good way, seen step by step. B-013. */
static void test_good_way(void)
{
    static const struct route stall_then = {.flags = ROUTE_STALL_HEAD, .size = SIZE};
    struct subject subject;
    BG_JOB_TIMES times;

    if (subject_init(&subject, &stall_then))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(client_state(subject.job) != SUS, "Resume had no effect when it returned");
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "nothing was asked");
        client_wait_state(subject.job, CON, SOON_MS);
        server_route(server, subject.path, &route_stall);
        server_release(server, subject.path);
        client_wait_state(subject.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &times), S_OK);
        ok(times.TransferCompletionTime.dwHighDateTime, "there is no completion time");
    }
    subject_cleanup(&subject);

    /* B-023 */
    if (subject_in_state(&subject, TRG))
    {
        server_release(server, subject.path);
        client_wait_state(subject.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* B-024, B-159: no connection. */
static void test_no_connection(void)
{
    BG_ERROR_CONTEXT context;
    struct subject subject;
    WCHAR url[128];

    if (subject_init(&subject, &route_good))
    {
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, server_refused_url(server, L"/x", url, ARRAYSIZE(url)),
                                         client_path(subject.local)),
              S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRE, SOON_MS);
        ok_hr(client_job_error(subject.job, &context), HRESULT_FROM_WIN32(12029)); /* ERROR_WINHTTP_CANNOT_CONNECT */
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    }
    subject_cleanup(&subject);
}

/* B-026, B-043 of the progress: the transfer breaks off in the middle, what is there is kept. */
static void test_broken_off(void)
{
    static const struct route cut = {.flags = ROUTE_CUT, .size = SIZE, .cut_at = SIZE / 2};
    BG_JOB_PROGRESS progress;
    struct subject subject;
    ULONG errors;

    if (subject_init(&subject, &cut))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRE, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetErrorCount(subject.job, &errors), S_OK);
        ok_int(errors, 1); /* B-159 */
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.BytesTotal, SIZE);
        ok_int(progress.BytesTransferred, SIZE / 2);
        ok_int(progress.FilesTransferred, 0);
        ok(!client_file_exists(subject.local), "a part of the file has its name");
        server_route(server, subject.path, &route_good);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK); /* B-030 */
        client_wait_state(subject.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetErrorCount(subject.job, &errors), S_OK);
        ok_int(errors, 1); /* never reset */
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* B-027, B-621: a more important job takes the place; the progress stays. */
static void test_preemption(void)
{
    struct subject first, second;
    BG_JOB_PROGRESS progress;

    subject_cleanup(&blocker);
    if (subject_init(&first, &route_stall) && subject_init(&second, &route_stall))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(first.job, BG_JOB_PRIORITY_LOW), S_OK);
        ok_hr(IBackgroundCopyJob_SetPriority(second.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(first.job), S_OK);
        ok(server_wait_stalled(server, first.path, 1, SOON_MS), "the first job does not run");
        client_wait_state(first.job, TRG, SOON_MS);
        ok_hr(IBackgroundCopyJob_Resume(second.job), S_OK);
        client_wait_state(first.job, QUE, SOON_MS);
        client_wait_state(second.job, TRG, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetProgress(first.job, &progress), S_OK);
        ok_int(progress.BytesTotal, SIZE);
        ok(progress.BytesTransferred <= SIZE / 2, "%llu bytes", progress.BytesTransferred);
        server_release(server, second.path);
        client_wait_state(second.job, TRD, SOON_MS);
        server_release(server, first.path);
        client_wait_state(first.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_Complete(first.job), S_OK);
        ok(pattern_check_file(first.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&second);
    subject_cleanup(&first);
    begin_blocking();
}

/* B-031, B-155: tried again by itself, after the shortest delay there is. */
static void test_retry(void)
{
    static const struct route once = {.status = 500, .text = "broken", .times = 1, .then = &route_good};
    struct subject subject;
    ULONGLONG start;

    if (subject_init(&subject, &once))
    {
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(subject.job, 1), S_OK); /* becomes 5 */
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRE, SOON_MS);
        start = GetTickCount64();
        client_wait_state(subject.job, TRD, SOON_MS);
        ok(GetTickCount64() - start > 3000 || !is_wine(), "tried again after %llu ms", GetTickCount64() - start);
    }
    subject_cleanup(&subject);
}

/* B-034: no progress for too long. */
static void test_no_progress(void)
{
    struct subject at_once, never, later;
    ULONGLONG start = GetTickCount64();
    ULONG errors;

    if (subject_init(&at_once, &route_500) && subject_init(&never, &route_500) && subject_init(&later, &route_500))
    {
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(later.job, 5), S_OK);
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(later.job, 6), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(later.job), S_OK);

        /* the delay is longer than the time there is */
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(at_once.job, 120), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(at_once.job), S_OK);
        client_wait_state(at_once.job, ERR, SOON_MS);
        /* no retries at all (B-157, B-929) */
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(never.job, 60), S_OK);
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(never.job, 0), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(never.job), S_OK);
        client_wait_state(never.job, ERR, SOON_MS);
        ok_hr(client_job_error(never.job, NULL), BG_E_HTTP_ERROR_500);

        client_wait_state(later.job, ERR, SOON_MS);
        ok(GetTickCount64() - start > 5000, "given up after %llu ms", GetTickCount64() - start);
        ok_hr(client_job_error(later.job, NULL), BG_E_HTTP_ERROR_500);
        ok_hr(IBackgroundCopyJob_GetErrorCount(later.job, &errors), S_OK);
        ok(errors >= 2, "%lu errors", errors); /* B-159: each failed retry */
    }
    subject_cleanup(&later);
    subject_cleanup(&never);
    subject_cleanup(&at_once);
}

/* B-035, B-928, B-931 */
static void test_no_more_retries(void)
{
    ULONGLONG start, taken = SOON_MS;
    struct subject subject;
    unsigned int i;

    /* At once, unless the machine itself stands still. */
    for (i = 0; i < 3 && taken >= 500; i++)
    {
        if (subject_in_state(&subject, TRE))
        {
            start = GetTickCount64();
            ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(subject.job, 0), S_OK);
            client_wait_state(subject.job, ERR, SOON_MS);
            taken = GetTickCount64() - start;
        }
        subject_cleanup(&subject);
    }
    ok(taken < 500, "it took %llu ms, three times", taken);

    if (subject_in_state(&subject, TRG))
    {
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(subject.job, 0), S_OK);
        ok_state(subject.job, TRG);
        server_release(server, subject.path);
        client_wait_state(subject.job, TRD, SOON_MS);
    }
    subject_cleanup(&subject);
}

/* B-036, B-544, B-135, B-557: the time for the whole job is over; Resume gives it as much once more. */
static void test_maximum_time(void)
{
    struct subject subject;
    IBackgroundCopyJob4 *job4;

    if (subject_init(&subject, &route_stall) && (job4 = query(subject.job, IBackgroundCopyJob4)))
    {
        ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 1), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, ERR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_MAXDOWNLOAD_TIMEOUT);
        server_release(server, subject.path);
        ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 1000), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRD, SOON_MS);
        IBackgroundCopyJob4_Release(job4);
    }
    subject_cleanup(&subject);
}

/* B-039, B-612: one of two files cannot get its name. */
static void test_failing_rename(void)
{
    struct subject subject;
    WCHAR second[MAX_PATH];
    BG_JOB_PROGRESS progress;
    HRESULT hr;

    if (subject_init(&subject, &route_good))
    {
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(second)), S_OK);
        subject_transfer(&subject);
        ok(CreateDirectoryW(subject.local, NULL), "cannot make a directory: error %lu", GetLastError());
        hr = IBackgroundCopyJob_Complete(subject.job);
        ok(FAILED(hr) && HRESULT_FACILITY(hr) == FACILITY_WIN32, "Complete returned %#lx", hr);
        ok_state(subject.job, TRD);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.FilesTransferred, 2);
        RemoveDirectoryW(subject.local);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok_state(subject.job, ACK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
        ok(pattern_check_file(second, SIZE, 0), "the file is damaged");
        DeleteFileW(second);
    }
    subject_cleanup(&subject);
}

/* B-042: more files for a job that was done. */
static void test_more_files(void)
{
    struct subject subject;
    WCHAR second[MAX_PATH];
    BG_JOB_PROGRESS progress;

    if (subject_in_state(&subject, TRD))
    {
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(second)), S_OK);
        ok_state(subject.job, TRD);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.FilesTotal, 2);
        ok_int(progress.FilesTransferred, 2);
        ok_int(progress.BytesTransferred, 2 * SIZE);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(second, SIZE, 0), "the file is damaged");
        DeleteFileW(second);
    }
    subject_cleanup(&subject);
}

/* B-043, B-545, B-215: the client does not like what came. */
static void test_validation(void)
{
    struct subject subject;
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file;
    BG_FILE_PROGRESS progress;
    BOOL valid = TRUE;

    if (subject_in_state(&subject, TRD) && (file = job_file(subject.job, 0)))
    {
        if ((file3 = query(file, IBackgroundCopyFile3)))
        {
            ok_hr(IBackgroundCopyFile3_SetValidationState(file3, FALSE), S_OK);
            client_wait_state(subject.job, ERR, SOON_MS);
            ok_hr(client_job_error(subject.job, NULL), BG_E_VALIDATION_FAILED);
            ok_hr(IBackgroundCopyFile3_GetProgress(file3, &progress), S_OK);
            ok_int(progress.BytesTransferred, 0);
            ok_int(progress.Completed, FALSE);
            ok_hr(IBackgroundCopyFile3_GetValidationState(file3, &valid), S_OK);
            ok_int(valid, FALSE); /* B-216 */
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            client_wait_state(subject.job, TRD, SOON_MS);
            ok_hr(IBackgroundCopyFile3_SetValidationState(file3, TRUE), S_OK);
            ok_hr(IBackgroundCopyFile3_GetValidationState(file3, &valid), S_OK);
            ok_int(valid, TRUE);
            ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
            ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
            IBackgroundCopyFile3_Release(file3);
        }
        IBackgroundCopyFile_Release(file);
    }
    subject_cleanup(&subject);
}

/* B-014: in the order of adding; the first failure ends it. B-025. */
static void test_order(void)
{
    static const char *const paths[] = {"/order1", "/order2", "/order3"};
    static const WCHAR *const wide[] = {L"/order1", L"/order2", L"/order3"};
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[128], local[MAX_PATH];
    const struct server_request *one, *three;
    BG_JOB_PROGRESS progress;
    unsigned int i;

    if (!job) return;
    server_route(server, paths[0], &route_good);
    server_route(server, paths[1], &route_404);
    server_route(server, paths[2], &route_good);
    for (i = 0; i < ARRAYSIZE(paths); i++)
        ok_hr(IBackgroundCopyJob_AddFile(job, server_url(server, wide[i], url, ARRAYSIZE(url)), client_path(local)),
              S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    client_wait_state(job, ERR, SOON_MS);
    ok_int(server_count(server, NULL, paths[2]), 0);
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_int(progress.FilesTransferred, 1);
    ok(progress.BytesTotal == BG_SIZE_UNKNOWN, "the total is %llu", progress.BytesTotal); /* B-140 */

    server_route(server, paths[1], &route_good);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    client_wait_state(job, TRD, SOON_MS);
    one = server_request(server, NULL, paths[1], 0);
    three = server_request(server, NULL, paths[2], 0);
    ok(one && three && one->time <= three->time, "the third file came before the second");
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok_int(client_count_files(L"BIT*.tmp"), 1); /* the blocker's; B-614 */
    IBackgroundCopyJob_Release(job);
}

static ULONGLONG time_of(const FILETIME *time)
{
    return (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

/* Call a method a moment later and see whether the time of modification has moved on. */
#define ok_modifies(call) \
    do { \
        BG_JOB_TIMES before, after; \
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &before), S_OK); \
        client_pause(30); \
        ok_hr(call, S_OK); \
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &after), S_OK); \
        ok(time_of(&after.ModificationTime) > time_of(&before.ModificationTime), "%s is no modification", #call); \
        ok_int(time_of(&after.CreationTime), time_of(&before.CreationTime)); \
    } while (0)

/* B-016, B-141, B-315 */
static void test_times(void)
{
    FILETIME before, now;
    struct subject subject;
    BG_JOB_TIMES times;

    GetSystemTimeAsFileTime(&before);
    if (subject_init(&subject, &route_good))
    {
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &times), S_OK);
        GetSystemTimeAsFileTime(&now);
        ok(time_of(&times.CreationTime) + 10000000 > time_of(&before), "created too early");
        ok(time_of(&times.CreationTime) <= time_of(&now) + 10000000, "created too late");
        ok(time_of(&times.ModificationTime) >= time_of(&times.CreationTime), "changed before it was there");
        ok_int(time_of(&times.TransferCompletionTime), 0);

        ok_modifies(IBackgroundCopyJob_SetDisplayName(subject.job, L"times"));
        ok_modifies(IBackgroundCopyJob_SetDescription(subject.job, L"times"));
        ok_modifies(call_AddFile(&subject));
        ok_modifies(IBackgroundCopyJob_Suspend(subject.job));
        ok_modifies(IBackgroundCopyJob_Resume(subject.job));
        client_wait_state(subject.job, TRD, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &times), S_OK);
        ok(time_of(&times.TransferCompletionTime) > time_of(&times.CreationTime), "no completion time");
        ok_modifies(call_SetCustomHeaders(&subject));
        ok_modifies(IBackgroundCopyJob_Complete(subject.job));
        ok_hr(IBackgroundCopyJob_GetTimes(subject.job, &times), S_OK);
        ok(time_of(&times.TransferCompletionTime) > time_of(&times.CreationTime), "no completion time");
    }
    subject_cleanup(&subject);
    if (subject_init(&subject, &route_good)) ok_modifies(IBackgroundCopyJob_Cancel(subject.job));
    subject_cleanup(&subject);
}

/* B-015, B-936: which changes are told as modifications. */
static void test_modifications(void)
{
    struct callback *callback = callback_create(1);
    struct subject subject;

    if (callback && subject_init(&subject, &route_500))
    {
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(subject.job, callback_unknown(callback)), S_OK);
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(subject.job, BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_JOB_ERROR |
                                                                 BG_NOTIFY_JOB_TRANSFERRED),
              S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, TRE, SOON_MS);
        ok(callback_wait(callback, CALLBACK_MODIFICATION, 1, SOON_MS), "no JobModification");
        ok_int(callback_count(callback, CALLBACK_ERROR), 0);
        server_route(server, subject.path, &route_good);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(callback_wait(callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_int(callback_count(callback, CALLBACK_ERROR), 0);
    }
    subject_cleanup(&subject);
    callback_destroy(callback);
}

/* B-932: a server that says nothing does not hold the caller up. */
static void test_stalled_server(void)
{
    static const BG_JOB_STATE states[] = {CON, TRG};
    struct subject subject;
    ULONGLONG start;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(states); i++)
    {
        if (subject_in_state(&subject, states[i]))
        {
            start = GetTickCount64();
            ok_hr(IBackgroundCopyJob_Cancel(subject.job), S_OK);
            ok(GetTickCount64() - start < 3000, "Cancel took %llu ms", GetTickCount64() - start);
            check_gone(&subject);
        }
        subject_cleanup(&subject);
    }
}

START_TEST(states)
{
    if (tests_begin() && begin_blocking())
    {
        winetest_run(test_empty);
        winetest_run(test_matrix);
        winetest_run(test_changes);
        winetest_run(test_uploads);
        winetest_run(test_error_stays);
        winetest_run(test_good_way);
        winetest_run(test_no_connection);
        winetest_run(test_broken_off);
        winetest_run(test_preemption);
        winetest_run(test_retry);
        winetest_run(test_no_progress);
        winetest_run(test_no_more_retries);
        winetest_run(test_maximum_time);
        winetest_run(test_failing_rename);
        winetest_run(test_more_files);
        winetest_run(test_validation);
        winetest_run(test_order);
        winetest_run(test_times);
        winetest_run(test_modifications);
        winetest_run(test_stalled_server);
    }
    subject_cleanup(&blocker);
    tests_end();
}
