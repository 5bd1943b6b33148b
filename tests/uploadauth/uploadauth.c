/*
 * What stands between an upload and its server: passwords, proxies, redirects, TLS; custom headers and methods.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/upload.h"
#include <wincrypt.h>
#include "httpclient/tlsservers.h"
#include "wine/test.h"

#define SIZE (UPLOAD_FRAGMENT + 5000)
#define HTTP_ERROR(status) ((HRESULT)(0x80190000 | (status)))

/* --- passwords ------------------------------------------------------------------------------- */

static void set_credentials(struct upload *upload, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme, const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = target, .Scheme = scheme};
    IBackgroundCopyJob2 *job2;

    ok_hr(IBackgroundCopyJob_QueryInterface(upload->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    credentials.Credentials.Basic.UserName = (WCHAR *)L"user";
    credentials.Credentials.Basic.Password = (WCHAR *)password;
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

/* Everything goes through the server as a proxy, to a host that nobody knows. */
static void set_proxy(struct upload *upload)
{
    WCHAR proxy[64];

    swprintf(proxy, ARRAYSIZE(proxy), L"http=http://127.0.0.1:%u", bitsserver_port(upload->server));
    ok_hr(IBackgroundCopyJob_SetProxySettings(upload->job, BG_JOB_PROXY_USAGE_OVERRIDE, proxy, NULL), S_OK);
}

/* U-066, U-321, U-081, U-192, U-193, U-195, U-196, U-298: a Ping goes first and pays for the challenge; no
 * byte of the file does */
static void check_scheme(enum bitsserver_auth auth, BG_AUTH_SCHEME scheme, unsigned int flags, BG_JOB_TYPE type)
{
    struct upload upload = {.options = {.auth = auth,
                                        .user = "user",
                                        .password = "secret",
                                        .flags = flags,
                                        .reply = type == BG_JOB_TYPE_UPLOAD ? 0 : BITSSERVER_ECHO}};
    BOOL proxy = flags & BITSSERVER_PROXY, handshake = auth == BITSSERVER_NTLM || auth == BITSSERVER_NEGOTIATE;
    struct bitsserver_counts counts;

    winetest_push_context("scheme %u, flags %#x, type %u", scheme, flags, type);
    if (proxy) upload.url = L"http://host.invalid/dir/";
    if (upload_begin(&upload, type, SIZE))
    {
        if (proxy) set_proxy(&upload);
        set_credentials(&upload, proxy ? BG_AUTH_TARGET_PROXY : BG_AUTH_TARGET_SERVER, scheme, L"secret");
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        if (client_wait_state(upload.job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.pings, 1);
            ok_int(counts.refused, handshake ? 2 : 1);
            ok_int(counts.refused_bytes, 0);
            ok_int(counts.connections, 1);
            ok_int(counts.repeated, 0);
            if (proxy) ok_int(counts.proxied, counts.packets + counts.refused + (type == BG_JOB_TYPE_UPLOAD ? 0 : 2));
        }
    }
    upload_end(&upload);
    winetest_pop_context();
}

static void test_schemes(void)
{
    check_scheme(BITSSERVER_BASIC, BG_AUTH_SCHEME_BASIC, 0, BG_JOB_TYPE_UPLOAD);
    check_scheme(BITSSERVER_DIGEST, BG_AUTH_SCHEME_DIGEST, 0, BG_JOB_TYPE_UPLOAD);
    check_scheme(BITSSERVER_BASIC, BG_AUTH_SCHEME_BASIC, BITSSERVER_AUTH_ONCE, BG_JOB_TYPE_UPLOAD); /* U-267 */
    check_scheme(BITSSERVER_BASIC, BG_AUTH_SCHEME_BASIC, BITSSERVER_PROXY, BG_JOB_TYPE_UPLOAD);
    check_scheme(BITSSERVER_DIGEST, BG_AUTH_SCHEME_DIGEST, BITSSERVER_PROXY, BG_JOB_TYPE_UPLOAD);
}

static BOOL have_winbind(void)
{
    return GetFileAttributesW(L"\\\\?\\unix\\usr\\bin\\ntlm_auth") != INVALID_FILE_ATTRIBUTES;
}

/* U-065: authentication of connections */
static void test_handshakes(void)
{
    if (!have_winbind())
    {
        skip("ntlm_auth of the package winbind is not there\n");
        return;
    }
    check_scheme(BITSSERVER_NTLM, BG_AUTH_SCHEME_NTLM, 0, BG_JOB_TYPE_UPLOAD);
    check_scheme(BITSSERVER_NTLM, BG_AUTH_SCHEME_NTLM, BITSSERVER_PROXY, BG_JOB_TYPE_UPLOAD);
    check_scheme(BITSSERVER_NEGOTIATE, BG_AUTH_SCHEME_NEGOTIATE, 0, BG_JOB_TYPE_UPLOAD);
}

/* U-130: the reply is fetched with the same credentials */
static void test_reply(void)
{
    struct upload upload = {
        .options = {.auth = BITSSERVER_BASIC, .user = "user", .password = "secret", .reply = BITSSERVER_ECHO}};

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, SIZE))
    {
        set_credentials(&upload, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"secret");
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
    }
    upload_end(&upload);
}

/* U-166, U-306: none, wrong ones, then the right ones and Resume */
static void test_wrong(BOOL proxy)
{
    struct upload upload = {
        .options = {
            .auth = BITSSERVER_BASIC, .user = "user", .password = "secret", .flags = proxy ? BITSSERVER_PROXY : 0}};
    BG_AUTH_TARGET target = proxy ? BG_AUTH_TARGET_PROXY : BG_AUTH_TARGET_SERVER;
    BG_ERROR_CONTEXT context;

    winetest_push_context(proxy ? "proxy" : "server");
    if (proxy) upload.url = L"http://host.invalid/dir/";
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE))
    {
        if (proxy) set_proxy(&upload);
        if (upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, &context), HTTP_ERROR(proxy ? 407 : 401));
            ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
        }
        set_credentials(&upload, target, BG_AUTH_SCHEME_BASIC, L"wrong");
        if (upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
            ok_hr(client_job_error(upload.job, &context), HTTP_ERROR(proxy ? 407 : 401));
        set_credentials(&upload, target, BG_AUTH_SCHEME_BASIC, L"secret");
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
    }
    upload_end(&upload);
    winetest_pop_context();
}

static void test_wrong_credentials(void)
{
    test_wrong(FALSE);
    test_wrong(TRUE);
}

/* U-003: absolute URLs to a proxy that wants no password */
static void test_proxy(void)
{
    struct upload upload = {.url = L"http://host.invalid/dir/"};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE))
    {
        set_proxy(&upload);
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.proxied, counts.packets);
        ok_int(counts.connections, 1);
    }
    upload_end(&upload);
}

/* --- redirects, headers, methods ---------------------------------------------------------------- */

/* U-200, U-304, U-164: nothing is followed */
static void test_redirects(void)
{
    static const struct
    {
        const char *type;
        int status;
        BG_JOB_STATE state;
    } cases[] = {
        {"Create-Session", 301, BG_JOB_STATE_ERROR}, {"Create-Session", 302, BG_JOB_STATE_ERROR},
        {"Fragment", 303, BG_JOB_STATE_ERROR},       {"Fragment", 307, BG_JOB_STATE_ERROR},
        {"Close-Session", 308, BG_JOB_STATE_ERROR},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {1, 9, cases[i].type, cases[i].status};
        struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};

        winetest_push_context("%s %d", cases[i].type, cases[i].status);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && upload_run(&upload, cases[i].state, SOON_MS))
            ok_hr(client_job_error(upload.job, NULL), HTTP_ERROR(cases[i].status));
        upload_end(&upload);
        winetest_pop_context();
    }
}

static IBackgroundCopyJobHttpOptions3 *http_options(struct upload *upload)
{
    IBackgroundCopyJobHttpOptions3 *http = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(upload->job, &IID_IBackgroundCopyJobHttpOptions3, (void **)&http), S_OK);
    return http;
}

/* U-199: on every packet and with the reply */
static void test_custom_headers(void)
{
    struct upload upload = {.options.reply = BITSSERVER_ECHO};
    IBackgroundCopyJobHttpOptions3 *http;
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, SIZE) && (http = http_options(&upload)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetCustomHeaders(http, L"X-Mark: here\r\nX-Other: there\r\n"), S_OK);
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok(counts.marked > counts.packets, "%u of more than %u requests\n", counts.marked, counts.packets);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    upload_end(&upload);
}

/* U-201, U-202: one plain request */
static void check_method(const WCHAR *method, unsigned int flags, BG_JOB_TYPE type, BG_JOB_STATE state, HRESULT code)
{
    struct upload upload = {.options.flags = flags};
    IBackgroundCopyJobHttpOptions3 *http;
    struct bitsserver_counts counts;
    BG_JOB_PRIORITY priority;
    BG_JOB_PROGRESS progress;

    winetest_push_context("%s, type %u", wine_dbgstr_w(method), type);
    if (upload_begin(&upload, type, SIZE) && (http = http_options(&upload)))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(upload.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, method), S_OK);
        ok_hr(IBackgroundCopyJob_GetPriority(upload.job, &priority), S_OK);
        ok_int(priority, BG_JOB_PRIORITY_FOREGROUND);
        if (state != BG_JOB_STATE_TRANSFERRED) pattern_write_file(upload.stored, 5, 1);
        if (upload_run(&upload, state, SOON_MS))
        {
            if (code) ok_hr(client_job_error(upload.job, NULL), code);
            else
            {
                upload_check(&upload);
                ok_hr(IBackgroundCopyJob_GetProgress(upload.job, &progress), S_OK);
                ok_int(progress.BytesTransferred, SIZE);
                ok_hr(IBackgroundCopyJob_Complete(upload.job), S_OK);
            }
        }
        bitsserver_count(upload.server, &counts);
        ok_int(counts.packets, 0);
        ok_int(counts.plain, 1);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    upload_end(&upload);
    winetest_pop_context();
}

static void test_methods(void)
{
    struct upload upload = {0};
    IBackgroundCopyJobHttpOptions3 *http;
    struct bitsserver_counts counts;

    check_method(L"PUT", 0, BG_JOB_TYPE_UPLOAD, BG_JOB_STATE_TRANSFERRED, S_OK);
    check_method(L"POST", 0, BG_JOB_TYPE_UPLOAD, BG_JOB_STATE_TRANSFERRED, S_OK);
    check_method(L"PUT", BITSSERVER_NO_OVERWRITE, BG_JOB_TYPE_UPLOAD, BG_JOB_STATE_ERROR, HTTP_ERROR(403));
    /* What would be tried again otherwise */
    check_method(L"PUT", BITSSERVER_CONFLICT, BG_JOB_TYPE_UPLOAD, BG_JOB_STATE_ERROR, HTTP_ERROR(409));
    check_method(L"OTHER", BITSSERVER_NO_OVERWRITE, BG_JOB_TYPE_UPLOAD, BG_JOB_STATE_ERROR, HTTP_ERROR(501));
    check_method(L"PUT", 0, BG_JOB_TYPE_UPLOAD_REPLY, BG_JOB_STATE_ERROR, BG_E_INVALID_SERVER_RESPONSE);

    /* The default's name changes nothing */
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE) && (http = http_options(&upload)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions3_SetHttpMethod(http, L"BITS_POST"), S_OK);
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 1);
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    upload_end(&upload);
}

/* --- TLS -------------------------------------------------------------------------------------------- */

static HCERTSTORE open_store(const WCHAR *name)
{
    return CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, name);
}

/* Into one of the user's stores, for other processes too, or out of it again. */
static BOOL put_certificate(const WCHAR *name, const CERT_CONTEXT *certificate, BOOL present)
{
    HCERTSTORE store = open_store(name);
    const CERT_CONTEXT *found;
    BOOL ret;

    if (present) ret = CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    else
    {
        found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, certificate, NULL);
        ret = found && CertDeleteCertificateFromStore(found);
    }
    ret &= CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
    CertCloseStore(store, 0);
    return ret;
}

/* A job more to the same server. */
static void check_tls(struct upload *first, const char *relay, BOOL certificate, HRESULT code)
{
    struct upload upload = {.server = first->server};
    IBackgroundCopyJobHttpOptions3 *http;
    WCHAR url[64];
    BYTE hash[20];
    DWORD size = sizeof(hash);
    HRESULT hr;

    winetest_push_context("%s%s", relay, certificate ? " with certificate" : "");
    swprintf(url, ARRAYSIZE(url), L"https://127.0.0.1:%u/dir/", tlsservers_port(relay));
    upload.url = url;
    if (upload_add(&upload, BG_JOB_TYPE_UPLOAD, SIZE) && (http = http_options(&upload)))
    {
        if (certificate)
        {
            CertGetCertificateContextProperty(tlsservers_client(), CERT_SHA1_HASH_PROP_ID, hash, &size);
            ok_hr(IBackgroundCopyJobHttpOptions3_SetClientCertificateByID(http, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                          L"MY", hash),
                  S_OK);
        }
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        if (!code && client_wait_state(upload.job, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        else if (code && client_wait_state(upload.job, BG_JOB_STATE_ERROR, SOON_MS))
        {
            hr = client_job_error(upload.job, NULL);
            ok(hr == code, "the job's error is %#lx\n", hr);
        }
        IBackgroundCopyJobHttpOptions3_Release(http);
    }
    upload.server = NULL;
    upload_end(&upload);
    winetest_pop_context();
}

/* tlsrelay.py as a path of the native system. */
static BOOL find_script(char *path, size_t size)
{
    char *(CDECL * get_unix_name)(const WCHAR *) = (void *)GetProcAddress(GetModuleHandleA("kernel32.dll"),
                                                                          "wine_get_unix_file_name");
    static const WCHAR name[] = L"tests\\uploadauth\\tlsrelay.py";
    char *unix_name;

    if (GetEnvironmentVariableA("TLSRELAY", path, size)) return TRUE;
    if (!get_unix_name || GetFileAttributesW(name) == INVALID_FILE_ATTRIBUTES || !(unix_name = get_unix_name(name)))
        return FALSE;
    snprintf(path, size, "%s", unix_name);
    HeapFree(GetProcessHeap(), 0, unix_name);
    return TRUE;
}

/* U-192: servers are checked; U-197: clients may have to show a certificate (B-195, B-537) */
static void test_tls(void)
{
    struct upload upload = {0};
    char command[MAX_PATH + 16], script[MAX_PATH];
    const char *why;

    if (!upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1)) goto done;
    if (!find_script(script, sizeof(script)))
    {
        skip("tlsrelay.py not found (environment variable TLSRELAY)\n");
        goto done;
    }
    snprintf(command, sizeof(command), "%s %u", script, bitsserver_port(upload.server));
    SetEnvironmentVariableA("TLSPEER", command);
    if (!tlsservers_start(&why))
    {
        skip("TLS: %s\n", why);
        goto done;
    }
    check_tls(&upload, "open", FALSE, HRESULT_FROM_WIN32(12045)); /* B-535: nobody trusts its authority */
    ok(put_certificate(L"Root", tlsservers_root(), TRUE), "the root cannot be trusted\n");
    ok(put_certificate(L"MY", tlsservers_client(), TRUE), "the certificate cannot be stored\n");
    /* Under Wine a process that has looked at the stores sees no change of them. */
    upload_kill_service();
    if (!upload_find_again(&upload, S_OK)) goto done;
    check_tls(&upload, "open", FALSE, S_OK);
    check_tls(&upload, "client", TRUE, S_OK);
    check_tls(&upload, "client", FALSE, HRESULT_FROM_WIN32(12044));
    put_certificate(L"MY", tlsservers_client(), FALSE);
    put_certificate(L"Root", tlsservers_root(), FALSE);
    tlsservers_stop();
done:
    upload_end(&upload);
}

START_TEST(uploadauth)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((upload_manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_schemes);
        winetest_run(test_handshakes);
        winetest_run(test_reply);
        winetest_run(test_wrong_credentials);
        winetest_run(test_proxy);
        winetest_run(test_redirects);
        winetest_run(test_custom_headers);
        winetest_run(test_methods);
        winetest_run(test_tls);
        IBackgroundCopyManager_Release(upload_manager);
    }
    client_remove_directory();
    client_stop();
}
