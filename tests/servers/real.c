/*
 * Servers of Debian, as servers.sh has started them: nginx, Apache, squid.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WB_SERVERS names their directory; real.h says what is in it.
 */

#include "real.h"
#include <stdio.h>
#include "wine/test.h"

#define SETTINGS_KEY L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

#define ERROR_CODE(number) HRESULT_FROM_WIN32(number)
#define CERT_DATE ERROR_CODE(12037)
#define CERT_NAME ERROR_CODE(12038)
#define CERT_NEEDED ERROR_CODE(12044)
#define CERT_AUTHORITY ERROR_CODE(12045)
#define CERT_REVOKED ERROR_CODE(12170)
#define CERT_USAGE ERROR_CODE(12179)

IBackgroundCopyManager *real_manager;

/* --- what servers.sh has made ----------------------------------------------------------------- */

/* Whether a proxy has been asked for something with that text in its URL. */
static BOOL was_asked(const char *proxy, const char *what)
{
    char name[64], *text;
    BOOL found;
    DWORD size;

    snprintf(name, sizeof(name), "%s.access", proxy);
    if (!(text = servers_read_text(name, &size))) return FALSE;
    found = strstr(text, what) != NULL;
    free(text);
    return found;
}

/* --- jobs ------------------------------------------------------------------------------------- */

BOOL real_begin(struct real_task *task, BG_JOB_TYPE type, const char *server, const char *host, const char *path)
{
    memset(task, 0, sizeof(*task));
    _snwprintf(task->url, ARRAYSIZE(task->url), L"%hs://%hs:%u%hs",
               !strncmp(server, "tls", 3) || !strcmp(server, "apachetls") ? "https" : "http", host ? host : "localhost",
               servers_port(server), path);
    client_path(task->local);
    return (task->job = client_job(real_manager, type)) != NULL;
}

void real_add_file(struct real_task *task)
{
    ok_hr(IBackgroundCopyJob_AddFile(task->job, task->url, task->local), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(task->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    /* What is transient must not wait for another try. */
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(task->job, 0), S_OK);
}

/* A foreground job for a path of a server; host NULL = localhost. */
static BOOL download_begin(struct real_task *task, const char *server, const char *host, const char *path)
{
    if (!real_begin(task, BG_JOB_TYPE_DOWNLOAD, server, host, path)) return FALSE;
    real_add_file(task);
    return TRUE;
}

static void check_size(const WCHAR *local, uint64_t size)
{
    WIN32_FILE_ATTRIBUTE_DATA data = {0};

    ok(GetFileAttributesExW(local, GetFileExInfoStandard, &data), "there is no file: error %lu", GetLastError());
    ok_int((uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow, size);
}

/* Wait until the job has ended, either way. */
static BG_JOB_STATE real_wait(struct real_task *task)
{
    ULONGLONG deadline = GetTickCount64() + 2 * SOON_MS;
    BG_JOB_STATE state;

    while ((state = client_state(task->job)) != BG_JOB_STATE_TRANSFERRED && state != BG_JOB_STATE_ERROR &&
           GetTickCount64() < deadline)
        client_pause(10);
    return state;
}

BOOL real_run(struct real_task *task, HRESULT code)
{
    BG_JOB_STATE state, expected = code == S_OK ? BG_JOB_STATE_TRANSFERRED : BG_JOB_STATE_ERROR;
    BG_ERROR_CONTEXT context;

    ok_hr(IBackgroundCopyJob_Resume(task->job), S_OK);
    state = real_wait(task);
    if (!ok(state == expected, "the job is %s, expected %s (error %#lx)", client_state_name(state),
            client_state_name(expected), client_job_error(task->job, NULL)))
        return FALSE;
    if (code != S_OK)
    {
        ok_hr(client_job_error(task->job, &context), code);
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    }
    return TRUE;
}

/* How the job ends: code S_OK for a file of so many bytes. */
static void download_expect(struct real_task *task, HRESULT code, uint64_t size)
{
    if (!real_run(task, code) || code != S_OK) return;
    ok_hr(IBackgroundCopyJob_Complete(task->job), S_OK);
    check_size(task->local, size);
}

void real_end(struct real_task *task)
{
    client_drop_job(task->job);
    DeleteFileW(task->local);
}

void real_set_credentials(struct real_task *task, BG_AUTH_TARGET target, BG_AUTH_SCHEME scheme, const WCHAR *user,
                          const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {target, scheme};
    IBackgroundCopyJob2 *job2 = NULL;

    credentials.Credentials.Basic.UserName = (WCHAR *)user;
    credentials.Credentials.Basic.Password = (WCHAR *)password;
    ok_hr(IBackgroundCopyJob_QueryInterface(task->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    if (!job2) return;
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

static IBackgroundCopyJobHttpOptions *http_options(struct real_task *task)
{
    IBackgroundCopyJobHttpOptions *options = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(task->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    return options;
}

static void set_flags(struct real_task *task, ULONG flags)
{
    IBackgroundCopyJobHttpOptions *options = http_options(task);

    if (!options) return;
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
}

static void check_remote_name(struct real_task *task, const char *server, const char *path)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    WCHAR expected[256], *name = NULL;

    _snwprintf(expected, ARRAYSIZE(expected), L"http://localhost:%u%hs", servers_port(server), path);
    ok_hr(IBackgroundCopyJob_EnumFiles(task->job, &files), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
    ok_str(name, expected);
    CoTaskMemFree(name);
    IBackgroundCopyFile_Release(file);
    IEnumBackgroundCopyFiles_Release(files);
}

/* --- files ------------------------------------------------------------------------------------ */

static void test_files(void)
{
    static const struct
    {
        const char *server, *path;
        uint64_t size;
    } files[] = {
        {"nginx", "/file", REAL_FILE_SIZE},
        {"nginx", "/empty", 0},
        {"apache", "/file", REAL_FILE_SIZE},
        {"apache", "/empty", 0},
    };
    static const BG_JOB_PRIORITY priorities[] = {BG_JOB_PRIORITY_FOREGROUND, BG_JOB_PRIORITY_NORMAL};
    struct real_task task;
    unsigned int i, j;

    for (i = 0; i < ARRAYSIZE(files); i++)
    {
        for (j = 0; j < ARRAYSIZE(priorities); j++)
        {
            /* Apache says no length of an empty file when asked by HEAD (B-434). */
            if (!files[i].size && files[i].server[0] == 'a' && priorities[j] != BG_JOB_PRIORITY_FOREGROUND) continue;
            winetest_push_context("%s%s, priority %u", files[i].server, files[i].path, priorities[j]);
            if (download_begin(&task, files[i].server, NULL, files[i].path))
            {
                ok_hr(IBackgroundCopyJob_SetPriority(task.job, priorities[j]), S_OK);
                download_expect(&task, S_OK, files[i].size); /* B-418 */
            }
            real_end(&task);
            winetest_pop_context();
        }
    }
}

/* B-405: only where there is time and room for it. */
static void test_huge_file(void)
{
    struct real_task task;

    if (!getenv("WB_LONG"))
    {
        trace("no file beyond 4 GiB without WB_LONG=1\n");
        return;
    }
    if (download_begin(&task, "nginx", NULL, "/huge"))
    {
        ok_hr(IBackgroundCopyJob_Resume(task.job), S_OK);
        client_wait_state(task.job, BG_JOB_STATE_TRANSFERRED, 180000);
        ok_hr(IBackgroundCopyJob_Complete(task.job), S_OK);
        check_size(task.local, 4500ull << 20);
    }
    real_end(&task);
}

/* B-527: a file system with less room than the file needs; the job can be resumed when there is more. */
static void test_disk_full(void)
{
    WCHAR path[MAX_PATH], url[128];
    IBackgroundCopyJob *job;
    BG_ERROR_CONTEXT context;

    if (!getenv("WB_SMALL_DISK"))
    {
        skip("no small file system could be mounted");
        return;
    }
    _snwprintf(path, ARRAYSIZE(path), L"%hssmall\\file", servers_directory());
    _snwprintf(url, ARRAYSIZE(url), L"http://localhost:%u/file", servers_port("nginx"));
    if (!(job = client_job(real_manager, BG_JOB_TYPE_DOWNLOAD))) return;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, path), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(job, &context), HRESULT_FROM_WIN32(ERROR_DISK_FULL));
        ok_int(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    }
    ok(!client_file_exists(path), "there is a file");
    client_drop_job(job);
}

/* --- redirects -------------------------------------------------------------------------------- */

/* B-560, B-561, B-502 */
static void test_redirects(void)
{
    static const struct
    {
        const char *server, *path;
        ULONG flags;
        HRESULT code;
        const char *name_server, *name_path; /* remote name afterwards; NULL = as it was */
    } redirects[] = {
        {"apache", "/moved", 0, S_OK},
        {"apache", "/found", 0, S_OK},
        {"apache", "/chain", 0, S_OK},
        {"apache", "/moved", BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, S_OK, "apache", "/file"},
        {"apache", "/found", BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, S_OK, "nginx", "/file"},
        {"apache", "/chain", BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT, S_OK, "apache", "/file"},
        {"apache", "/moved", BG_HTTP_REDIRECT_POLICY_DISALLOW, BG_E_HTTP_ERROR_301, "apache", "/file"},
        {"apache", "/found", BG_HTTP_REDIRECT_POLICY_DISALLOW, BG_E_HTTP_ERROR_302, "nginx", "/file"},
        {"apache", "/chain", BG_HTTP_REDIRECT_POLICY_DISALLOW, BG_E_HTTP_ERROR_307, "apache", "/moved"},
        {"tlsgood", "/to-http", 0, BG_E_HTTP_ERROR_302},
        {"tlsgood", "/to-http", BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP, S_OK},
        {"tlsgood", "/to-http", BG_HTTP_REDIRECT_POLICY_ALLOW_HTTPS_TO_HTTP | BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT,
         S_OK, "nginx", "/file"},
    };
    struct real_task task;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(redirects); i++)
    {
        winetest_push_context("%s%s, flags %#lx", redirects[i].server, redirects[i].path, redirects[i].flags);
        if (download_begin(&task, redirects[i].server, NULL, redirects[i].path))
        {
            set_flags(&task, redirects[i].flags);
            download_expect(&task, redirects[i].code, REAL_FILE_SIZE);
            if (redirects[i].name_server) check_remote_name(&task, redirects[i].name_server, redirects[i].name_path);
            else if (redirects[i].server[0] == 'a') check_remote_name(&task, redirects[i].server, redirects[i].path);
        }
        real_end(&task);
        winetest_pop_context();
    }
}

/* --- authentication --------------------------------------------------------------------------- */

/* B-572, B-505, B-264: credentials belong to a target and a scheme. */
static void test_authentication(void)
{
    static const struct
    {
        const char *path;
        BG_AUTH_TARGET target;
        BG_AUTH_SCHEME scheme; /* 0: no credentials */
        const WCHAR *password;
        HRESULT code;
    } logons[] = {
        {"/basic/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"secret", S_OK},
        {"/basic/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"wrong", BG_E_HTTP_ERROR_401},
        {"/basic/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, L"secret", BG_E_HTTP_ERROR_401},
        {"/basic/file", BG_AUTH_TARGET_PROXY, BG_AUTH_SCHEME_BASIC, L"secret", BG_E_HTTP_ERROR_401},
        {"/basic/file", 0, 0, NULL, BG_E_HTTP_ERROR_401},
        {"/to-basic", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"secret", S_OK},
        {"/digest/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, L"secret", S_OK},
        {"/digest/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_DIGEST, L"wrong", BG_E_HTTP_ERROR_401},
        {"/digest/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"secret", BG_E_HTTP_ERROR_401},
        {"/digest/file", 0, 0, NULL, BG_E_HTTP_ERROR_401},
        {"/file", BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC, L"secret", S_OK},
    };
    struct real_task task;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(logons); i++)
    {
        winetest_push_context("%s, target %u, scheme %u, %s", logons[i].path, logons[i].target, logons[i].scheme,
                              wine_dbgstr_w(logons[i].password));
        if (download_begin(&task, "apache", NULL, logons[i].path))
        {
            if (logons[i].scheme)
                real_set_credentials(&task, logons[i].target, logons[i].scheme, L"user", logons[i].password);
            download_expect(&task, logons[i].code, REAL_FILE_SIZE);
        }
        real_end(&task);
        winetest_pop_context();
    }
}

/* --- TLS -------------------------------------------------------------------------------------- */

/* Trust the authority, or not any more. */
static BOOL trust_authority(BOOL trust)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    const CERT_CONTEXT *root, *found;
    DWORD size;
    char *data = servers_read_text("root.der", &size);
    BOOL done = FALSE;

    root = data ? CertCreateCertificateContext(X509_ASN_ENCODING, (BYTE *)data, size) : NULL;
    if (root && trust) done = CertAddCertificateContextToStore(store, root, CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    else if (root && (found = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, root, NULL)))
        done = CertDeleteCertificateFromStore(found);
    CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
    if (root) CertFreeCertificateContext(root);
    CertCloseStore(store, 0);
    free(data);
    return done;
}

#define IGNORE_NAME BG_SSL_IGNORE_CERT_CN_INVALID
#define IGNORE_DATE BG_SSL_IGNORE_CERT_DATE_INVALID
#define IGNORE_CA BG_SSL_IGNORE_UNKNOWN_CA
#define IGNORE_USAGE BG_SSL_IGNORE_CERT_WRONG_USAGE
#define CHECK_CRL BG_SSL_ENABLE_CRL_CHECK

/* B-577, B-535, B-536, B-201: each flag takes back one check and no other. */
static void test_certificates(void)
{
    static const struct
    {
        const char *server, *host;
        ULONG flags;
        HRESULT code;
    } checks[] = {
        {"tlsgood", "localhost", 0, S_OK},
        {"tlsgood", "127.0.0.1", 0, S_OK},
        {"tlsunknown", "localhost", 0, CERT_AUTHORITY},
        {"tlsunknown", "localhost", IGNORE_NAME | IGNORE_DATE | IGNORE_USAGE, CERT_AUTHORITY},
        {"tlsunknown", "localhost", IGNORE_CA, S_OK},
        {"tlsname", "localhost", 0, CERT_NAME},
        {"tlsname", "localhost", IGNORE_CA | IGNORE_DATE | IGNORE_USAGE, CERT_NAME},
        {"tlsname", "localhost", IGNORE_NAME, S_OK},
        {"tlsexpired", "localhost", 0, CERT_DATE},
        {"tlsexpired", "localhost", IGNORE_CA | IGNORE_NAME | IGNORE_USAGE, CERT_DATE},
        {"tlsexpired", "localhost", IGNORE_DATE, S_OK},
        {"tlsusage", "localhost", 0, CERT_USAGE},
        {"tlsusage", "localhost", IGNORE_CA | IGNORE_NAME | IGNORE_DATE, CERT_USAGE},
        {"tlsusage", "localhost", IGNORE_USAGE, S_OK},
        {"tlsrevoked", "localhost", 0, S_OK},
        {"tlsrevoked", "localhost", CHECK_CRL, CERT_REVOKED},
        {"tlsgood", "localhost", CHECK_CRL, S_OK},
    };
    struct real_task task;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(checks); i++)
    {
        winetest_push_context("%s at %s, flags %#lx", checks[i].server, checks[i].host, checks[i].flags);
        if (download_begin(&task, checks[i].server, checks[i].host, "/file"))
        {
            set_flags(&task, checks[i].flags);
            download_expect(&task, checks[i].code, REAL_FILE_SIZE);
        }
        real_end(&task);
        winetest_pop_context();
    }
}

/* Wine imports a key for both uses and says so, which its Schannel does not understand. */
static void name_key_use(const CERT_CONTEXT *certificate)
{
    CRYPT_KEY_PROV_INFO *info;
    DWORD size = 0;

    if (!CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, NULL, &size) ||
        !(info = malloc(size)))
        return;
    if (CertGetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, info, &size) &&
        info->dwKeySpec == (AT_KEYEXCHANGE | AT_SIGNATURE))
    {
        info->dwKeySpec = AT_KEYEXCHANGE;
        CertSetCertificateContextProperty(certificate, CERT_KEY_PROV_INFO_PROP_ID, 0, info);
    }
    free(info);
}

/* The client's certificate with its key goes to the user's own. */
static const CERT_CONTEXT *import_client(HCERTSTORE store)
{
    const CERT_CONTEXT *certificate = NULL, *stored = NULL;
    CRYPT_DATA_BLOB blob;
    HCERTSTORE imported;

    if (!(blob.pbData = (BYTE *)servers_read_text("client.pfx", &blob.cbData))) return NULL;
    imported = PFXImportCertStore(&blob, L"test", CRYPT_USER_KEYSET | CRYPT_EXPORTABLE);
    free(blob.pbData);
    if (!imported) return NULL;
    if ((certificate = CertFindCertificateInStore(imported, X509_ASN_ENCODING, 0, CERT_FIND_ANY, NULL, NULL)))
    {
        name_key_use(certificate);
        CertAddCertificateContextToStore(store, certificate, CERT_STORE_ADD_REPLACE_EXISTING, &stored);
        CertControlStore(store, CERT_STORE_CTRL_COMMIT_FORCE_FLAG, CERT_STORE_CTRL_COMMIT, NULL);
        CertFreeCertificateContext(certificate);
    }
    CertCloseStore(imported, 0);
    return stored;
}

static void check_client_certificate(const char *server, const CERT_CONTEXT *certificate, BOOL by_name)
{
    IBackgroundCopyJobHttpOptions *options;
    struct real_task task;
    BYTE hash[20];
    DWORD size = sizeof(hash);

    winetest_push_context("%s, %s", server, by_name ? "by name" : "by id");
    if (download_begin(&task, server, NULL, "/file") && (options = http_options(&task)))
    {
        CertGetCertificateContextProperty(certificate, CERT_SHA1_HASH_PROP_ID, hash, &size);
        if (by_name)
            ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByName(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                           L"MY", L"servers client"),
                  S_OK);
        else
            ok_hr(IBackgroundCopyJobHttpOptions_SetClientCertificateByID(options, BG_CERT_STORE_LOCATION_CURRENT_USER,
                                                                         L"MY", hash),
                  S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
        download_expect(&task, S_OK, REAL_FILE_SIZE);
    }
    real_end(&task);
    winetest_pop_context();
}

/* B-537, B-195, B-196, B-579 */
static void test_client_certificates(void)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"MY");
    const CERT_CONTEXT *certificate = import_client(store);
    struct real_task task;

    if (download_begin(&task, "apachetls", NULL, "/file")) download_expect(&task, CERT_NEEDED, 0);
    real_end(&task);
    if (ok(certificate != NULL, "the client certificate cannot be imported: error %#lx", GetLastError()))
    {
        check_client_certificate("apachetls", certificate, FALSE);
        check_client_certificate("apachetls", certificate, TRUE);
        check_client_certificate("tlsclient", certificate, FALSE);
        CertDeleteCertificateFromStore(certificate);
    }
    CertCloseStore(store, 0);
}

/* --- proxies ---------------------------------------------------------------------------------- */

void real_set_proxy(struct real_task *task, BG_JOB_PROXY_USAGE usage, const char *proxy, const WCHAR *bypass)
{
    WCHAR list[64];

    if (proxy) _snwprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", servers_port(proxy));
    ok_hr(IBackgroundCopyJob_SetProxySettings(task->job, usage, proxy ? list : NULL, bypass), S_OK);
}

/* A job through a proxy, which alone knows the server's name, or past it, which the proxy's log tells. */
static void check_proxy(const char *server, const char *proxy, const WCHAR *bypass, BG_AUTH_SCHEME scheme,
                        const WCHAR *password, HRESULT code, BOOL through)
{
    static unsigned int number;
    char path[64], mark[32];
    struct real_task task;

    snprintf(mark, sizeof(mark), "job=%u.", ++number);
    snprintf(path, sizeof(path), "/file?%s", mark);
    winetest_push_context("%s by %s, scheme %u, %s", server, proxy, scheme, wine_dbgstr_w(password));
    if (download_begin(&task, server, through ? "behind.example" : "localhost", path))
    {
        real_set_proxy(&task, BG_JOB_PROXY_USAGE_OVERRIDE, proxy, bypass);
        if (scheme) real_set_credentials(&task, BG_AUTH_TARGET_PROXY, scheme, L"user", password);
        download_expect(&task, code, REAL_FILE_SIZE);
        ok(through || !was_asked(proxy, mark), "the proxy was asked");
    }
    real_end(&task);
    winetest_pop_context();
}

/* B-566, B-567, B-509, B-572 */
static void test_proxies(void)
{
    check_proxy("nginx", "squid", NULL, 0, NULL, S_OK, TRUE);
    check_proxy("nginx", "squid", L"localhost", 0, NULL, S_OK, FALSE);
    check_proxy("nginx", "squid", L"<local>", 0, NULL, S_OK, FALSE);
    check_proxy("nginx", "squid", L"*.invalid other", 0, NULL, S_OK, TRUE);
    check_proxy("tlsgood", "squid", NULL, 0, NULL, S_OK, TRUE);

    check_proxy("nginx", "squidauth", NULL, 0, NULL, BG_E_HTTP_ERROR_407, TRUE);
    check_proxy("nginx", "squidauth", NULL, BG_AUTH_SCHEME_BASIC, L"wrong", BG_E_HTTP_ERROR_407, TRUE);
    check_proxy("nginx", "squidauth", NULL, BG_AUTH_SCHEME_BASIC, L"secret", S_OK, TRUE);
    check_proxy("tlsgood", "squidauth", NULL, 0, NULL, BG_E_HTTP_ERROR_407, TRUE);
    check_proxy("tlsgood", "squidauth", NULL, BG_AUTH_SCHEME_BASIC, L"wrong", BG_E_HTTP_ERROR_407, TRUE);
    check_proxy("tlsgood", "squidauth", NULL, BG_AUTH_SCHEME_BASIC, L"secret", S_OK, TRUE);
}

static void set_setting(const WCHAR *name, const char *text)
{
    WCHAR value[128];
    DWORD enabled = text != NULL;

    _snwprintf(value, ARRAYSIZE(value), L"%hs", text ? text : "");
    if (text)
        RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS_KEY, name, REG_SZ, value, (wcslen(value) + 1) * sizeof(WCHAR));
    else RegDeleteKeyValueW(HKEY_CURRENT_USER, SETTINGS_KEY, name);
    if (!wcscmp(name, L"ProxyServer"))
        RegSetKeyValueW(HKEY_CURRENT_USER, SETTINGS_KEY, L"ProxyEnable", REG_DWORD, &enabled, sizeof(enabled));
}

/* Which way a job with these settings takes; mark is unique. */
static void check_way(BG_JOB_PROXY_USAGE usage, const char *mark, BOOL through)
{
    struct real_task task;
    char path[64];

    winetest_push_context("usage %u, %s", usage, mark);
    snprintf(path, sizeof(path), "/file?%s", mark);
    if (download_begin(&task, "nginx", through ? "behind.example" : "localhost", path))
    {
        real_set_proxy(&task, usage, NULL, NULL);
        download_expect(&task, S_OK, REAL_FILE_SIZE);
        ok(through || !was_asked("squid", mark), "the proxy was asked");
    }
    real_end(&task);
    winetest_pop_context();
}

/* B-565, B-566: the user's settings, with a list and with a script. */
static void test_settings(void)
{
    char text[128];

    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "nothing-set", FALSE);
    snprintf(text, sizeof(text), "127.0.0.1:%u", servers_port("squid"));
    set_setting(L"ProxyServer", text);
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "list-set", TRUE);
    check_way(BG_JOB_PROXY_USAGE_NO_PROXY, "list-set-but-none-wanted", FALSE);
    check_way(BG_JOB_PROXY_USAGE_AUTODETECT, "nothing-detected", FALSE);
    set_setting(L"ProxyOverride", "localhost");
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "bypass-set", FALSE);
    set_setting(L"ProxyOverride", NULL);
    set_setting(L"ProxyServer", NULL);

    snprintf(text, sizeof(text), "http://127.0.0.1:%u/proxy.pac", servers_port("pac"));
    set_setting(L"AutoConfigURL", text);
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "by-script", TRUE);
    check_way(BG_JOB_PROXY_USAGE_PRECONFIG, "direct-by-script", FALSE);
    check_way(BG_JOB_PROXY_USAGE_NO_PROXY, "script-set-but-none-wanted", FALSE);
    set_setting(L"AutoConfigURL", NULL);
}

void test_real_servers(IBackgroundCopyManager *service)
{
    real_manager = service;
    winetest_run(test_files);
    winetest_run(test_huge_file);
    winetest_run(test_disk_full);
    if (ok(trust_authority(TRUE), "the authority cannot be trusted: error %#lx", GetLastError()))
    {
        winetest_run(test_redirects);
        winetest_run(test_authentication);
        winetest_run(test_certificates);
        winetest_run(test_client_certificates);
        winetest_run(test_proxies);
        winetest_run(test_settings);
        test_real_uploads();
        trust_authority(FALSE);
    }
}
