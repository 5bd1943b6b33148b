/*
 * A client that wants to see the certificates of its servers: IBackgroundCopyServerCertificateValidationCallback.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The servers, and the authority that signed their certificates, are those of httpclient/tlspeer.py.
 */

#include "job/jobtest.h"
#include "httpclient/tlsservers.h"

/* The client's object, which answers what the test wants. */
struct checker
{
    IBackgroundCopyServerCertificateValidationCallback IBackgroundCopyServerCertificateValidationCallback_iface;
    LONG refs;
    LONG calls;
    HRESULT result;
    HANDLE hold; /* a call waits for this; NULL: none */
    HANDLE called;
};

static struct checker *impl_from_callback(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return CONTAINING_RECORD(iface, struct checker, IBackgroundCopyServerCertificateValidationCallback_iface);
}

static HRESULT STDMETHODCALLTYPE checker_QueryInterface(IBackgroundCopyServerCertificateValidationCallback *iface,
                                                        REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IBackgroundCopyServerCertificateValidationCallback))
        return E_NOINTERFACE;
    InterlockedIncrement(&impl_from_callback(iface)->refs);
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE checker_AddRef(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return InterlockedIncrement(&impl_from_callback(iface)->refs);
}

static ULONG STDMETHODCALLTYPE checker_Release(IBackgroundCopyServerCertificateValidationCallback *iface)
{
    return InterlockedDecrement(&impl_from_callback(iface)->refs);
}

static BOOL contains(const BYTE *data, DWORD size, const BYTE *part, DWORD part_size)
{
    DWORD i;

    for (i = 0; i + part_size <= size; i++)
        if (!memcmp(data + i, part, part_size)) return TRUE;
    return FALSE;
}

/* What the client gets: the certificate, and a serialized store with all that the server sent. (Wine 8 writes such
 * stores and reads no certificate from them, so this looks for its bytes.) */
static void check_certificate(DWORD size, const BYTE *data, DWORD encoding, DWORD store_size, const BYTE *store)
{
    const CERT_CONTEXT *certificate = CertCreateCertificateContext(encoding, data, size);
    WCHAR name[64] = L"";

    if (ok(certificate != NULL, "no certificate: error %#lx", GetLastError()))
    {
        CertGetNameStringW(certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, ARRAYSIZE(name));
        ok_str(name, L"localhost");
        CertFreeCertificateContext(certificate);
    }
    ok(contains(store, store_size, data, size), "a store of %lu bytes without the certificate", store_size);
}

static HRESULT STDMETHODCALLTYPE checker_ValidateServerCertificate(
    IBackgroundCopyServerCertificateValidationCallback *iface, IBackgroundCopyJob *job, IBackgroundCopyFile *file,
    DWORD size, const BYTE *data, DWORD encoding, DWORD store_size, const BYTE *store)
{
    struct checker *checker = impl_from_callback(iface);
    WCHAR *url = NULL;
    BG_JOB_STATE state;

    ok_hr(IBackgroundCopyJob_GetState(job, &state), S_OK);
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &url), S_OK);
    ok(url && !wcsncmp(url, L"https://localhost", 17), "the file is %s", wine_dbgstr_w(url));
    CoTaskMemFree(url);
    check_certificate(size, data, encoding, store_size, store);
    InterlockedIncrement(&checker->calls);
    SetEvent(checker->called);
    if (checker->hold) WaitForSingleObject(checker->hold, SOON_MS);
    return checker->result;
}

/* clang-format off */
static const IBackgroundCopyServerCertificateValidationCallbackVtbl checker_vtbl =
{
    checker_QueryInterface,
    checker_AddRef,
    checker_Release,
    checker_ValidateServerCertificate,
};
/* clang-format on */

static void checker_init(struct checker *checker, HRESULT result)
{
    memset(checker, 0, sizeof(*checker));
    checker->IBackgroundCopyServerCertificateValidationCallback_iface
        .lpVtbl = (IBackgroundCopyServerCertificateValidationCallbackVtbl *)&checker_vtbl;
    checker->refs = 1;
    checker->result = result;
    checker->called = CreateEventW(NULL, TRUE, FALSE, NULL);
}

/* The service gives it back when the job has ended. */
static void checker_cleanup(struct checker *checker)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (checker->refs > 1 && GetTickCount64() < deadline) client_pause(10);
    ok_int(checker->refs, 1);
    CloseHandle(checker->called);
}

static HRESULT set_checker(IBackgroundCopyJob *job, struct checker *checker)
{
    IBackgroundCopyJobHttpOptions3 *http = query(job, IBackgroundCopyJobHttpOptions3);
    HRESULT hr = E_FAIL;

    if (!http) return hr;
    hr = IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(
        http, checker ? (IUnknown *)&checker->IBackgroundCopyServerCertificateValidationCallback_iface : NULL);
    IBackgroundCopyJobHttpOptions3_Release(http);
    return hr;
}

/* A foreground job with files from that server. */
static IBackgroundCopyJob *tls_job(const char *name, unsigned int count)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[128], local[MAX_PATH];
    unsigned int i;

    for (i = 0; job && i < count; i++)
    {
        _snwprintf(url, ARRAYSIZE(url), L"https://localhost:%u/?%u", tlsservers_port(name), i);
        ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    }
    if (job) ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    return job;
}

/* B-578, B-205: asked after the system, before the request, once for a server and its certificate. */
static void test_accept(void)
{
    IBackgroundCopyJob *job = tls_job("good", 3);
    struct checker checker;

    checker_init(&checker, S_OK);
    if (job && ok_hr(set_checker(job, &checker), S_OK))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_int(checker.calls, 1);
        ok_hr(set_checker(job, &checker), S_OK); /* allowed here (B-064) */
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok_hr(set_checker(job, &checker), BG_E_INVALID_STATE);
    }
    client_drop_job(job);
    checker_cleanup(&checker);

    /* What the system refuses is not shown. */
    checker_init(&checker, S_OK);
    if ((job = tls_job("wrongname", 1)) && ok_hr(set_checker(job, &checker), S_OK))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_int(checker.calls, 0);
    }
    client_drop_job(job);
    checker_cleanup(&checker);
}

/* B-540; a refusal is not remembered. */
static void test_decline(void)
{
    IBackgroundCopyJob *job = tls_job("good", 1);
    BG_ERROR_CONTEXT context;
    struct checker checker;

    checker_init(&checker, MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x1234));
    if (job && ok_hr(set_checker(job, &checker), S_OK))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(job, &context), MAKE_HRESULT(SEVERITY_ERROR, FACILITY_ITF, 0x1234));
        ok_int(context, BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK);
        ok_int(checker.calls, 1);
        ok_hr(set_checker(job, NULL), BG_E_READ_ONLY_WHEN_JOB_ACTIVE);
        checker.result = S_OK;
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_int(checker.calls, 2);
    }
    client_drop_job(job);
    checker_cleanup(&checker);
}

/* A client that does not answer holds up its own job, and that only until somebody wants it to end. */
static void test_hang(void)
{
    IBackgroundCopyJob *job = tls_job("good", 1);
    struct checker checker;
    ULONGLONG start;

    checker_init(&checker, S_OK);
    checker.hold = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (job && ok_hr(set_checker(job, &checker), S_OK))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        ok(client_wait(checker.called, SOON_MS), "the client was not asked");
        start = GetTickCount64();
        ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
        ok(GetTickCount64() - start < 5000, "Suspend took %lu ms", (ULONG)(GetTickCount64() - start));
        SetEvent(checker.hold);
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    }
    client_drop_job(job);
    checker_cleanup(&checker);
    CloseHandle(checker.hold);
}

/* B-541: the object is gone with the service that knew it (B-106); nothing is fetched until there is another,
 * or none. */
static void test_restart(void)
{
    IBackgroundCopyJob *job = tls_job("good", 1);
    /* The service that held it went without giving it back: it is released when COM ends. */
    static struct checker checker;
    IBackgroundCopyManager *again = NULL;
    BG_ERROR_CONTEXT context;
    GUID id;

    checker_init(&checker, S_OK);
    if (!job || !ok_hr(set_checker(job, &checker), S_OK)) return;
    ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
    IBackgroundCopyJob_Release(job);
    job = NULL;
    ok(stop_service(), "the service does not stop");
    if ((again = client_manager(&CLSID_BackgroundCopyManager)) &&
        ok_hr(IBackgroundCopyManager_GetJob(again, &id, &job), S_OK))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(job, &context), BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED);
        ok_int(context, BG_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK);
        ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
        ok_hr(set_checker(job, NULL), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    }
    client_drop_job(job);
    if (again) IBackgroundCopyManager_Release(again);
}

/* Whether the service trusts the servers' authority, of which every start of theirs has another one. */
static BOOL trust_root(BOOL trusted)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    const CERT_CONTEXT *root;
    BOOL done;

    if (trusted)
        done = CertAddCertificateContextToStore(store, tlsservers_root(), CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    else
    {
        root = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, tlsservers_root(), NULL);
        done = root && CertDeleteCertificateFromStore(root);
    }
    CertCloseStore(store, 0);
    return done;
}

START_TEST(certcallback)
{
    const char *why;

    if (tests_begin())
    {
        if (!tlsservers_start(&why)) skip("no TLS servers: %s", why);
        else if (ok(trust_root(TRUE), "the authority cannot be made one: error %lu", GetLastError()))
        {
            winetest_run(test_accept);
            winetest_run(test_decline);
            winetest_run(test_hang);
            winetest_run(test_restart);
            ok(trust_root(FALSE), "the authority cannot be taken away: error %lu", GetLastError());
        }
        tlsservers_stop();
    }
    tests_end();
}
