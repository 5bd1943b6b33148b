/*
 * HTTP options of a job: headers, flags, method, client certificate (B-063, B-064, B-195 to B-206).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"
#include <wincrypt.h>

#define NULL_POINTER HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER)
#define BAD_STUB HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA)

static const struct route route_good = {.size = 1000};
static const struct route route_stall = {.flags = ROUTE_STALL, .size = 1000, .stall_at = 500};

static IBackgroundCopyJobHttpOptions3 *begin(BG_JOB_TYPE type, IBackgroundCopyJob **job)
{
    *job = client_job(manager, type);
    return *job ? query(*job, IBackgroundCopyJobHttpOptions3) : NULL;
}

static void end(IBackgroundCopyJobHttpOptions3 *http, IBackgroundCopyJob *job)
{
    if (http) IBackgroundCopyJobHttpOptions3_Release(http);
    client_drop_job(job);
}

/* --- headers ----------------------------------------------------------------------------------- */

static void check_headers(IBackgroundCopyJobHttpOptions3 *http, const WCHAR *expected)
{
    WCHAR *text = (WCHAR *)1;

    ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), expected ? S_OK : S_FALSE);
    ok_text(text, expected);
}

/* B-199, B-200, B-260, B-310, B-935 */
static void test_headers(void)
{
    WCHAR *fits = make_text(16383, 'h'), *too_long = make_text(16384, 'h');
    IBackgroundCopyJob *job;
    IBackgroundCopyJobHttpOptions3 *http = begin(BG_JOB_TYPE_DOWNLOAD, &job);

    if (http)
    {
        check_headers(http, NULL);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-One: 1\r\nX-Two: 2\r\n"), S_OK);
        check_headers(http, L"X-One: 1\r\nX-Two: 2\r\n");
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"\r\n"), S_OK);
        check_headers(http, L"\r\n");
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"no header at all"), S_OK);
        check_headers(http, L"no header at all");
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, fits), S_OK);
        check_headers(http, fits);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, too_long), BG_E_STRING_TOO_LONG);
        check_headers(http, fits);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, NULL), S_OK);
        check_headers(http, NULL);
        ok_null(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, NULL));
    }
    end(http, job);
    free(fits);
    free(too_long);
}

/* B-206, B-763 */
static void test_write_only_headers(void)
{
    IBackgroundCopyJob *job, *same = NULL;
    IBackgroundCopyJobHttpOptions3 *http = begin(BG_JOB_TYPE_DOWNLOAD, &job), *other;
    WCHAR *text = (WCHAR *)1;
    GUID id;

    if (http)
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Secret: 1\r\n"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), E_ACCESSDENIED);
        ok(!text, "got %s", wine_dbgstr_w(text));
        ok_hr(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Secret: 2\r\n"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), E_ACCESSDENIED);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, NULL), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(http, &text), E_ACCESSDENIED);

        /* for every pointer to the job */
        ok_hr(IBackgroundCopyJob_GetId(job, &id), S_OK);
        ok_hr(IBackgroundCopyManager_GetJob(manager, &id, &same), S_OK);
        if (same && (other = query(same, IBackgroundCopyJobHttpOptions3)))
        {
            ok_hr(IBackgroundCopyJobHttpOptions3_GetCustomHeaders(other, &text), E_ACCESSDENIED);
            IBackgroundCopyJobHttpOptions3_Release(other);
        }
        if (same) IBackgroundCopyJob_Release(same);
    }
    end(http, job);
}

/* What is set is sent, write-only or not (B-199); in TRANSFERRED it may still be set. */
static void test_headers_sent(void)
{
    IBackgroundCopyJobHttpOptions3 *http;
    const struct server_request *request;
    struct subject subject;
    char value[32];

    if (subject_init(&subject, &route_good) && (http = query(subject.job, IBackgroundCopyJobHttpOptions3)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-One: first\r\nX-Two: second\r\n"), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(http), S_OK);
        subject_transfer(&subject);
        request = server_request(server, "GET", subject.path, 0);
        ok(request && server_header(request, "X-One", value, sizeof(value)) && !strcmp(value, "first"),
           "X-One was not sent");
        ok(request && server_header(request, "X-Two", value, sizeof(value)) && !strcmp(value, "second"),
           "X-Two was not sent");
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, NULL), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, 0), S_OK);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    subject_cleanup(&subject);
}

/* --- flags ------------------------------------------------------------------------------------------ */

/* B-201, B-202, B-309 */
static void test_flags(void)
{
    static const ULONG good[] = {0, 1, 2, 4, 8, 0x10, 0x1f, 0x100, 0x200, 0x800, 0x81f, 0x91f, 0xa1f};
    static const ULONG bad[] = {0x20, 0x40, 0x80, 0x300, 0x400, 0x500, 0x600, 0x700, 0x1000, 0x80000000, ~0u};
    IBackgroundCopyJob *job;
    IBackgroundCopyJobHttpOptions3 *http = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    ULONG flags = 1;
    unsigned int i;

    if (http)
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, &flags), S_OK);
        ok_int(flags, 0);
        for (i = 0; i < ARRAYSIZE(good); i++)
        {
            ok_hr(IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, good[i]), S_OK);
            ok_hr(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, &flags), S_OK);
            ok_int(flags, good[i]);
        }
        for (i = 0; i < ARRAYSIZE(bad); i++)
        {
            HRESULT hr = IBackgroundCopyJobHttpOptions3_SetSecurityFlags(http, bad[i]);

            ok(hr == E_NOTIMPL || broken(SUCCEEDED(hr)), "flags %#lx: %#lx", bad[i], hr);
            ok_hr(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, &flags), S_OK);
            ok(flags == good[ARRAYSIZE(good) - 1] || broken(TRUE), "the flags are %#lx", flags);
        }
        ok_null(IBackgroundCopyJobHttpOptions3_GetSecurityFlags(http, NULL));
    }
    end(http, job);
}

/* --- method --------------------------------------------------------------------------------------------- */

/* B-203, B-204, B-316 */
static void test_method(void)
{
    BG_JOB_PRIORITY priority = -1;
    BG_JOB_TYPE type;
    WCHAR *text = NULL;
    HRESULT hr;

    for (type = BG_JOB_TYPE_DOWNLOAD; type <= BG_JOB_TYPE_UPLOAD_REPLY; type++)
    {
        const WCHAR *preset = type == BG_JOB_TYPE_DOWNLOAD ? L"GET" : L"BITS_POST";
        IBackgroundCopyJob *job;
        IBackgroundCopyJobHttpOptions3 *http = begin(type, &job);

        if (http)
        {
            ok_hr(IBackgroundCopyJobHttpOptions3_GetHttpMethod(http, &text), S_OK);
            ok_text(text, preset);
            /* the method that it is: nothing happens */
            ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, preset), S_OK);
            ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
            ok_int(priority, BG_JOB_PRIORITY_NORMAL);
            ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_LOW), S_OK);

            ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"OTHER"), S_OK);
            ok_hr(IBackgroundCopyJobHttpOptions3_GetHttpMethod(http, &text), S_OK);
            ok_text(text, L"OTHER");
            ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
            ok_int(priority, BG_JOB_PRIORITY_FOREGROUND);
            hr = IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_NORMAL); /* B-149 */
            ok(hr == BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD || broken(FAILED(hr)), "SetPriority returned %#lx", hr);
            ok_null(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, NULL));
            ok_null(IBackgroundCopyJobHttpOptions3_GetHttpMethod(http, NULL));
        }
        end(http, job);
    }
}

/* B-063, B-203, B-542: never twice, and not after Resume. */
static void test_method_used(void)
{
    static const struct route route_500 = {.status = 500, .text = "broken"};
    IBackgroundCopyJobHttpOptions3 *http;
    struct subject subject;
    HRESULT hr;

    if (subject_init(&subject, &route_500) && (http = query(subject.job, IBackgroundCopyJobHttpOptions3)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"POST"), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_int(server_count(server, "POST", subject.path), 1);
        ok_int(server_count(server, NULL, subject.path), 1);
        hr = IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"GET");
        ok(hr == BG_E_READ_ONLY_PROPERTY_AFTER_RESUME || broken(FAILED(hr)), "SetHttpMethod returned %#lx", hr);
        server_route(server, subject.path, &route_good);
        subject_transfer(&subject);
        ok_int(server_count(server, "POST", subject.path), 2);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, 1000, 0), "the file is damaged");
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    subject_cleanup(&subject);
}

/* --- check of the server's certificate --------------------------------------------------------------------- */

/* B-205, B-064 */
static void test_certificate_check(void)
{
    struct callback *callback = callback_create(1);
    IBackgroundCopyJobHttpOptions3 *http;
    struct subject subject;

    if (subject_init(&subject, &route_stall) && (http = query(subject.job, IBackgroundCopyJobHttpOptions3)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(http, callback_unknown(callback)),
              E_NOINTERFACE);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(http, NULL), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        ok_hr(IBackgroundCopyJobHttpOptions3_SetServerCertificateValidationInterface(http, NULL),
              BG_E_READ_ONLY_WHEN_JOB_ACTIVE);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    subject_cleanup(&subject);
    callback_destroy(callback);
}

/* --- client certificate ---------------------------------------------------------------------------------------- */

static void check_no_certificate(IBackgroundCopyJobHttpOptions3 *http)
{
    BG_CERT_STORE_LOCATION location;
    WCHAR *store = NULL, *subject = NULL;
    BYTE *hash = NULL;

    ok_hr(IBackgroundCopyJobHttpOptions3_GetClientCertificate(http, &location, &store, &hash, &subject), BAD_STUB);
}

/* B-195, B-196, B-198, B-261 */
static void test_certificate_arguments(void)
{
    WCHAR *fits = make_text(255, 's'), *too_long = make_text(256, 's'), *subject = make_text(257, 's');
    IBackgroundCopyJob *job;
    IBackgroundCopyJobHttpOptions3 *http = begin(BG_JOB_TYPE_DOWNLOAD, &job);
    BG_CERT_STORE_LOCATION location;
    BYTE hash[20] = {1, 2, 3, 4};
    WCHAR *text = NULL;
    HRESULT hr;

    if (http)
    {
        check_no_certificate(http); /* B-310 */
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 0, NULL, hash);
        ok(hr == NULL_POINTER, "got %#lx", hr);
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 0, L"MY", NULL);
        ok(hr == NULL_POINTER, "got %#lx", hr);
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, NULL, L"x");
        ok(hr == NULL_POINTER, "got %#lx", hr);
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, L"MY", NULL);
        ok(hr == NULL_POINTER, "got %#lx", hr);
        hr = IBackgroundCopyJobHttpOptions3_GetClientCertificate(http, &location, NULL, NULL, &text);
        ok(hr == NULL_POINTER, "got %#lx", hr);

        ok_enum(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 8, L"MY", hash), E_NOTIMPL);
        ok_enum(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 8, L"MY", L"x"), E_NOTIMPL);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 0, too_long, hash), BG_E_STRING_TOO_LONG);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, too_long, L"x"), BG_E_STRING_TOO_LONG);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, L"MY", subject), BG_E_STRING_TOO_LONG);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, L"MY", L""), E_INVALIDARG);
        hr = IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 0, fits, hash);
        ok(hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND), "an unknown store: %#lx", hr);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, 0, L"MY", hash), CRYPT_E_NOT_FOUND);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, 0, L"MY", L"nobody of that name"),
              CRYPT_E_NOT_FOUND);
        ok_hr(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(http), S_FALSE); /* B-197 */
        check_no_certificate(http);
    }
    end(http, job);
    free(fits);
    free(too_long);
    free(subject);
}

/* The certificates of this user. Changes reach other processes when they are committed. */
static HCERTSTORE open_store(void)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
}

static BOOL commit_store(HCERTSTORE store)
{
    return CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
}

/* Put a certificate made for the occasion into the store; NULL: it cannot be made here. */
static const CERT_CONTEXT *make_certificate(HCERTSTORE store, const WCHAR *name, BYTE *hash)
{
    const CERT_CONTEXT *made, *stored = NULL;
    BYTE encoded[256];
    CERT_NAME_BLOB blob = {sizeof(encoded), encoded};
    DWORD size = 20;

    if (!CertStrToNameW(X509_ASN_ENCODING, name, CERT_X500_NAME_STR, NULL, encoded, &blob.cbData, NULL) ||
        !(made = CertCreateSelfSignCertificate(0, &blob, 0, NULL, NULL, NULL, NULL, NULL)))
        return NULL;
    if (!CertAddCertificateContextToStore(store, made, CERT_STORE_ADD_REPLACE_EXISTING, &stored)) stored = NULL;
    CertFreeCertificateContext(made);
    if (stored &&
        (!CertGetCertificateContextProperty(stored, CERT_SHA1_HASH_PROP_ID, hash, &size) || !commit_store(store)))
    {
        CertDeleteCertificateFromStore(stored);
        stored = NULL;
    }
    return stored;
}

static void check_certificate(IBackgroundCopyJobHttpOptions3 *http, const BYTE *hash)
{
    BG_CERT_STORE_LOCATION location = -1;
    WCHAR *store = NULL, *subject = NULL;
    BYTE *got = NULL;
    HRESULT hr;

    hr = IBackgroundCopyJobHttpOptions3_GetClientCertificate(http, &location, &store, &got, &subject);
    ok_hr(hr, S_OK);
    ok_int(location, BG_CERT_STORE_LOCATION_CURRENT_USER);
    ok(store && !_wcsicmp(store, L"MY"), "the store is %s", wine_dbgstr_w(store));
    ok(got && !memcmp(got, hash, 20), "another certificate");
    ok(subject && wcsstr(subject, L"wine-bits test"), "the subject is %s", wine_dbgstr_w(subject));
    CoTaskMemFree(store);
    CoTaskMemFree(got);
    CoTaskMemFree(subject);
}

/* B-195 to B-198 with a certificate; B-057 */
static void test_certificate(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJobHttpOptions3 *http;
    const CERT_CONTEXT *certificate;
    HCERTSTORE store = open_store();
    BYTE hash[20];

    if (!store || !(certificate = make_certificate(store, L"CN=wine-bits test certificate, O=wine-bits", hash)))
    {
        skip("no certificate can be made: error %#lx", GetLastError());
        return;
    }
    if ((http = begin(BG_JOB_TYPE_DOWNLOAD, &job)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY",
                                                                      hash),
              S_OK);
        check_certificate(http, hash);
        ok_hr(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(http), S_OK);
        check_no_certificate(http);
        ok_hr(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(http), S_FALSE);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByName(http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                        L"MY", L"test certificate"),
              S_OK);
        check_certificate(http, hash);
        ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_RemoveClientCertificate(http), BG_E_INVALID_STATE);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, BG_CERT_STORE_LOCATION_CURRENT_USER, L"MY",
                                                                      hash),
              BG_E_INVALID_STATE);
    }
    end(http, job);
    CertDeleteCertificateFromStore(certificate);
    commit_store(store);
    CertCloseStore(store, 0);
}

START_TEST(httpoptions)
{
    if (tests_begin())
    {
        winetest_run(test_headers);
        winetest_run(test_write_only_headers);
        winetest_run(test_headers_sent);
        winetest_run(test_flags);
        winetest_run(test_method);
        winetest_run(test_method_used);
        winetest_run(test_certificate_check);
        winetest_run(test_certificate_arguments);
        winetest_run(test_certificate);
    }
    tests_end();
}
