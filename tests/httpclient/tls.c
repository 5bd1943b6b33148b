/*
 * TLS: certificates good and bad, ends with and without good-bye, client certificates.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define SECURITY_WIN32
#define SCHANNEL_USE_BLACKLISTS /* for SCH_CREDENTIALS */

#include <winsock2.h>
#include <windows.h>
#include <security.h>
#include <subauth.h>
#include <schannel.h>

#include "httpclient.h"
#include "tlsservers.h"

static const char *tls_url(const char *server, const char *host, const char *path)
{
    static char urls[4][256];
    static unsigned int next;
    char *url = urls[next++ % 4];

    snprintf(url, sizeof(urls[0]), "https://%s:%u%s", host, tlsservers_port(server), path);
    return url;
}

/* --- validation (B-577) --- */

#define ALL (HTTP_TLS_IGNORE_UNKNOWN_CA | HTTP_TLS_IGNORE_NAME | HTTP_TLS_IGNORE_DATE | HTTP_TLS_IGNORE_USAGE)

static const struct
{
    const char *server, *host;
    uint32_t flags, error;
} validation[] = {
    {"good", "localhost", 0, 0},
    {"good", "LOCALHOST", 0, 0},
    {"good", "127.0.0.1", 0, 0},
    {"middled", "localhost", 0, 0},
    {"nameonly", "localhost", 0, 0},
    {"common", "localhost", 0, 0},
    {"nameonly", "127.0.0.1", 0, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
    {"nameonly", "127.0.0.1", HTTP_TLS_IGNORE_NAME, 0},
    {"wrongname", "localhost", 0, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
    {"wrongname", "127.0.0.1", 0, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
    {"wrongname", "localhost", HTTP_TLS_IGNORE_NAME, 0},
    {"wrongname", "localhost", ALL & ~HTTP_TLS_IGNORE_NAME, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
    {"old", "localhost", 0, ERROR_WINHTTP_SECURE_CERT_DATE_INVALID},
    {"old", "localhost", HTTP_TLS_IGNORE_DATE, 0},
    {"old", "localhost", ALL & ~HTTP_TLS_IGNORE_DATE, ERROR_WINHTTP_SECURE_CERT_DATE_INVALID},
    {"usage", "localhost", 0, ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE},
    {"usage", "localhost", HTTP_TLS_IGNORE_USAGE, 0},
    {"usage", "localhost", ALL & ~HTTP_TLS_IGNORE_USAGE, ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE},
    {"unknown", "localhost", 0, ERROR_WINHTTP_SECURE_INVALID_CA},
    {"unknown", "localhost", HTTP_TLS_IGNORE_UNKNOWN_CA, 0},
    {"unknown", "localhost", ALL & ~HTTP_TLS_IGNORE_UNKNOWN_CA, ERROR_WINHTTP_SECURE_INVALID_CA},
    {"partial", "localhost", 0, ERROR_WINHTTP_SECURE_INVALID_CA},
    {"partial", "localhost", HTTP_TLS_IGNORE_UNKNOWN_CA, 0},
    {"revoked", "localhost", 0, 0},
    {"revoked", "localhost", HTTP_TLS_CHECK_REVOCATION, ERROR_WINHTTP_SECURE_CERT_REVOKED},
    {"revoked", "localhost", HTTP_TLS_CHECK_REVOCATION, ERROR_WINHTTP_SECURE_CERT_REVOKED},
    {"revoked", "localhost", HTTP_TLS_CHECK_REVOCATION | ALL, ERROR_WINHTTP_SECURE_CERT_REVOKED},
    {"good", "localhost", HTTP_TLS_CHECK_REVOCATION, 0},
    /* An address is none of the names, and a wildcard covers none. */
    {"addressname", "127.0.0.1", 0, ERROR_WINHTTP_SECURE_CERT_CN_INVALID},
    {"addressname", "127.0.0.1", HTTP_TLS_IGNORE_NAME, 0},
    /* What a certificate is for, along the whole chain. */
    {"anyusage", "localhost", 0, 0},
    {"anymiddled", "localhost", 0, 0},
    {"wrongmiddled", "localhost", 0, ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE},
    {"wrongmiddled", "localhost", HTTP_TLS_IGNORE_USAGE, 0},
    /* No flag makes these strong. */
    {"rsa1024", "localhost", 0, ERROR_WINHTTP_SECURE_INVALID_CERT},
    {"rsa1024", "localhost", ALL, ERROR_WINHTTP_SECURE_INVALID_CERT},
    {"md5", "localhost", 0, ERROR_WINHTTP_SECURE_INVALID_CERT},
    {"sha1", "localhost", 0, ERROR_WINHTTP_SECURE_INVALID_CERT},
    {"sha1", "localhost", ALL, ERROR_WINHTTP_SECURE_INVALID_CERT},
    /* RFC 8996 */
    {"tls10", "localhost", ALL, ERROR_WINHTTP_SECURE_FAILURE},
    {"tls11", "localhost", ALL, ERROR_WINHTTP_SECURE_FAILURE},
    {"tls12", "localhost", 0, 0},
    {"nocrl", "localhost", 0, 0},
    {"nocrl", "localhost", HTTP_TLS_CHECK_REVOCATION, ERROR_WINHTTP_SECURE_CERT_REV_FAILED},
};

static void test_validation(void)
{
    struct http_options options = default_options();
    struct answer answer;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(validation); i++)
    {
        winetest_push_context("%s, %s, flags %#x", validation[i].server, validation[i].host, validation[i].flags);
        options.tls_flags = validation[i].flags;
        fetch_url(&options, tls_url(validation[i].server, validation[i].host, "/"), &answer);
        ok_answer(&answer, validation[i].error, validation[i].error ? 0 : 200);
        answer_free(&answer);
        winetest_pop_context();
    }

    /* Signed by somebody who is no authority: whatever the code, it must fail. */
    options.tls_flags = 0;
    fetch_url(&options, tls_url("forged", "localhost", "/"), &answer);
    ok(answer.error && !answer.status, "a forged certificate was accepted\n");
    answer_free(&answer);
}

/* Whether Schannel has TLS 1.3, by either of its structures: that of Wine 8.0 and 10.0 has not. */
static bool system_has_tls13(void)
{
    SCHANNEL_CRED older = {.dwVersion = SCHANNEL_CRED_VERSION, .grbitEnabledProtocols = SP_PROT_TLS1_3_CLIENT};
    SCH_CREDENTIALS current = {.dwVersion = SCH_CREDENTIALS_VERSION};
    void *structures[] = {&older, &current};
    SecPkgCred_SupportedProtocols supported;
    CredHandle credentials;
    bool found = false;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(structures); i++)
    {
        memset(&supported, 0, sizeof(supported));
        if (AcquireCredentialsHandleW(NULL, (WCHAR *)UNISP_NAME_W, SECPKG_CRED_OUTBOUND, NULL, structures[i], NULL,
                                      NULL, &credentials, NULL))
            continue;
        QueryCredentialsAttributesW(&credentials, SECPKG_ATTR_SUPPORTED_PROTOCOLS, &supported);
        found |= (supported.grbitProtocol & SP_PROT_TLS1_3_CLIENT) != 0;
        FreeCredentialsHandle(&credentials);
    }
    return found;
}

/* From a server that speaks nothing else. */
static void test_tls13(void)
{
    struct http_options options = default_options();
    struct answer answer;

    fetch_url(&options, tls_url("tls13", "localhost", "/"), &answer);
    if (!system_has_tls13())
    {
        ok_answer(&answer, ERROR_WINHTTP_SECURE_FAILURE, 0);
        skip("Schannel has no TLS 1.3 here\n");
    }
    else
    {
        ok_answer(&answer, 0, 200);
        answer_free(&answer);
        fetch_url(&options, tls_url("tls13", "localhost", "/big?3000000"), &answer);
        ok_answer(&answer, 0, 200);
        ok(answer.size == 3000000, "got %u bytes\n", (unsigned int)answer.size);
        answer_free(&answer);
        fetch_url(&options, tls_url("tls13", "localhost", "/goodbye"), &answer);
        ok_answer(&answer, 0, 200);
        ok_text(answer.body, "hello");
        answer_free(&answer);
        fetch_url(&options, tls_url("tls13", "localhost", "/cut"), &answer);
        ok_answer(&answer, ERROR_WINHTTP_CONNECTION_ERROR, 200);
    }
    answer_free(&answer);
}

/* What a server sends behind an answer is decrypted together with it, and must not become the next one. */
static void test_leftover_answer(void)
{
    struct http_options options = default_options();
    struct answer answer;

    fetch_url(&options, tls_url("good", "localhost", "/first"), &answer);
    ok_answer(&answer, 0, 200);
    ok(answer.size == 100000, "got %u bytes\n", (unsigned int)answer.size);
    answer_free(&answer);
    fetch_url(&options, tls_url("good", "localhost", "/second"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "GET /second 1 nobody 0");
    answer_free(&answer);
}

/* A connection made with ignored faults is not for those who care. */
static void test_separation(void)
{
    struct http_options strict = default_options(), lax = default_options();
    struct answer answer;

    lax.tls_flags = ALL;
    fetch_url(&lax, tls_url("wrongname", "localhost", "/"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    fetch_url(&strict, tls_url("wrongname", "localhost", "/"), &answer);
    ok_answer(&answer, ERROR_WINHTTP_SECURE_CERT_CN_INVALID, 0);
    answer_free(&answer);
    fetch_url(&lax, tls_url("wrongname", "localhost", "/"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "GET / 2 nobody 0");
    answer_free(&answer);
}

/* --- the program's own check (B-578) --- */

struct check
{
    unsigned int calls;
    uint32_t result;
    unsigned int port;
};

static uint32_t check_certificate(void *context, const char *host, uint16_t port, const CERT_CONTEXT *certificate)
{
    struct check *check = context;
    WCHAR name[64] = L"";

    check->calls++;
    ok_text(host, "localhost");
    ok(port == check->port, "got port %u\n", port);
    CertGetNameStringW(certificate, CERT_NAME_SIMPLE_DISPLAY_TYPE, 0, NULL, name, ARRAYSIZE(name));
    ok_str(name, L"localhost");
    return check->result;
}

static void test_check(void)
{
    struct check check = {.port = tlsservers_port("good")};
    struct http_options options = default_options(), plain = default_options();
    const char *url = tls_url("good", "localhost", "/");
    struct http_request request = {.method = "GET", .url = url};
    struct http_exchange *exchange;
    struct answer answer;

    options.certificate_check = check_certificate;
    options.certificate_check_context = &check;

    http_client_close_idle(client);
    /* The first connection exists already, but not with this program's consent. */
    fetch_url(&plain, url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "GET / 2 nobody 0");
    answer_free(&answer);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(check.calls == 1, "got %u calls\n", check.calls);
    http_exchange_destroy(exchange);

    check.result = 0x80004005;
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0x80004005, 0);
    answer_free(&answer);
    http_client_close_idle(client);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0x80004005, 0);
    answer_free(&answer);
    ok(check.calls == 3, "got %u calls\n", check.calls);

    /* Only after the system is content. */
    request.url = tls_url("unknown", "localhost", "/");
    fetch(exchange, &request, &answer);
    ok_answer(&answer, ERROR_WINHTTP_SECURE_INVALID_CA, 0);
    answer_free(&answer);
    ok(check.calls == 3, "got %u calls\n", check.calls);
    http_exchange_destroy(exchange);
}

/* --- client certificates --- */

static void test_client_certificate(void)
{
    struct http_options options = default_options();
    struct answer answer;

    /* B-537 */
    fetch_url(&options, tls_url("client", "localhost", "/"), &answer);
    ok_answer(&answer, ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED, 0);
    answer_free(&answer);
    fetch_url(&options, tls_url("optional", "localhost", "/"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "GET / 1 nobody 0");
    answer_free(&answer);

    options.client_certificate = tlsservers_client();
    fetch_url(&options, tls_url("client", "localhost", "/"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "GET / 1 client 0");
    answer_free(&answer);
    /* a connection without the certificate is waiting, but it is not this one's */
    fetch_url(&options, tls_url("optional", "localhost", "/"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "GET / 1 client 0");
    answer_free(&answer);
}

/* --- data --- */

static uint32_t give_zeros(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    memset(buffer, 0, size);
    *got = size;
    return 0;
}

static void test_data(void)
{
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.method = "GET"};
    static const unsigned int sizes[] = {0, 1, 16383, 16384, 16385, 1000000, 30000000};
    struct answer answer;
    char path[64];
    unsigned int i;
    size_t j;

    for (i = 0; i < ARRAYSIZE(sizes); i++)
    {
        winetest_push_context("%u bytes", sizes[i]);
        sprintf(path, "/big?%u", sizes[i]);
        request.url = tls_url("good", "localhost", path);
        fetch(exchange, &request, &answer);
        ok_answer(&answer, 0, 200);
        ok(answer.size == sizes[i], "got %u bytes\n", (unsigned int)answer.size);
        /* the server repeats a piece of 251 * 4096 bytes */
        for (j = 0; j < answer.size && answer.body[j] == (char)(j % 251); j++) continue;
        ok(j == answer.size, "the byte at %u is wrong\n", (unsigned int)j);
        answer_free(&answer);
        winetest_pop_context();
    }
    request.method = "PUT";
    request.url = tls_url("good", "localhost", "/up");
    request.body = give_zeros;
    request.body_length = 10000000;
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "PUT /up 8 nobody 10000000");
    answer_free(&answer);
    http_exchange_destroy(exchange);
}

static void test_ends(void)
{
    static const struct
    {
        const char *path, *body;
        uint32_t error;
    } tests[] = {
        {"/goodbye", "hello", 0},
        {"/cut", "hello", ERROR_WINHTTP_CONNECTION_ERROR},
        {"/length-cut", "hello", 0},
        {"/short", "hello", ERROR_WINHTTP_CONNECTION_ERROR},
    };
    struct answer answer;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        winetest_push_context("%s", tests[i].path);
        fetch_url(NULL, tls_url("good", "localhost", tests[i].path), &answer);
        ok_answer(&answer, tests[i].error, 200);
        ok_text(answer.body, tests[i].body);
        answer_free(&answer);
        winetest_pop_context();
    }
}

/* --- servers that do not speak TLS --- */

static void serve_plain(struct peer_connection *connection)
{
    peer_send_text(connection, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
}

static void serve_silence(struct peer_connection *connection)
{
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

static void serve_end(struct peer_connection *connection) {}

static void test_no_tls(void)
{
    struct http_options options = default_options();
    struct peer *peer;
    struct answer answer;
    char url[64];

    peer = peer_create(serve_plain, NULL);
    sprintf(url, "https://127.0.0.1:%u/", peer_port(peer));
    fetch_url(&options, url, &answer);
    ok_answer(&answer, ERROR_WINHTTP_SECURE_FAILURE, 0);
    answer_free(&answer);
    peer_destroy(peer);

    peer = peer_create(serve_end, NULL);
    sprintf(url, "https://127.0.0.1:%u/", peer_port(peer));
    fetch_url(&options, url, &answer);
    ok_answer(&answer, ERROR_WINHTTP_CONNECTION_ERROR, 0);
    answer_free(&answer);
    peer_destroy(peer);

    peer = peer_create(serve_silence, NULL);
    sprintf(url, "https://127.0.0.1:%u/", peer_port(peer));
    options.connect_timeout = 300;
    fetch_url(&options, url, &answer);
    ok_answer(&answer, ERROR_WINHTTP_TIMEOUT, 0);
    answer_free(&answer);
    peer_destroy(peer);
}

static void test_https_redirects(void)
{
    struct peer *peer = peer_create(serve_plain, NULL);
    struct http_options options = default_options();
    struct answer answer;
    char path[256];

    /* B-561 */
    snprintf(path, sizeof(path), "/redirect?%s", peer_url(peer, "/"));
    fetch_url(&options, tls_url("good", "localhost", path), &answer);
    ok_answer(&answer, 0, 302);
    answer_free(&answer);
    options.allow_https_to_http = TRUE;
    fetch_url(&options, tls_url("good", "localhost", path), &answer);
    ok_answer(&answer, 0, 400);
    answer_free(&answer);
    peer_destroy(peer);
}

/* --- through a proxy --- */

static DWORD CALLBACK copy_back(void *context)
{
    SOCKET *sockets = context;
    char buffer[16384];
    int got;

    while ((got = recv(sockets[1], buffer, sizeof(buffer), 0)) > 0 && send(sockets[0], buffer, got, 0) == got) continue;
    shutdown(sockets[0], SD_SEND);
    return 0;
}

/* A proxy that makes tunnels for those who know the password. */
static void serve_tunnel(struct peer_connection *connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET sockets[2];
    char buffer[16384];
    unsigned int port;
    HANDLE thread;
    int got;

    for (;;)
    {
        if (!peer_read_head(connection)) return;
        if (!connection->context || !strcmp(peer_header(connection, "Proxy-Authorization"), "Basic dXNlcjpzZWNyZXQ="))
            break;
        peer_send_text(connection, "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                                   "Content-Length: 4\r\n\r\nwho?");
    }
    if (sscanf(connection->head, "CONNECT localhost:%u HTTP/1.1\r\n", &port) != 1)
    {
        peer_send_text(connection, "HTTP/1.1 400 Strange\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    ok(strstr(connection->head, "\r\nHost: localhost:") != NULL, "got %s\n", connection->head);
    ok_text(peer_header(connection, "Authorization"), "");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    sockets[0] = connection->socket;
    sockets[1] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    connect(sockets[1], (struct sockaddr *)&address, sizeof(address));
    peer_send_text(connection, "HTTP/1.1 200 Connection established\r\n\r\n");
    thread = CreateThread(NULL, 0, copy_back, sockets, 0, NULL);
    while ((got = recv(connection->socket, buffer, sizeof(buffer), 0)) > 0 && send(sockets[1], buffer, got, 0) == got)
        continue;
    shutdown(sockets[1], SD_SEND);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    closesocket(sockets[1]);
}

static void test_tunnel(void)
{
    struct peer *open_proxy = peer_create(serve_tunnel, NULL), *proxy = peer_create(serve_tunnel, (void *)1);
    struct http_options options = default_options();
    const char *url = tls_url("good", "localhost", "/x");
    WCHAR list[64];
    struct answer answer;

    options.proxy_mode = HTTP_PROXY_LIST;
    options.proxy_list = list;
    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", peer_port(open_proxy));
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "GET /x 1 nobody 0");
    answer_free(&answer);
    fetch_url(&options, url, &answer);
    ok_text(answer.body ? answer.body : "", "GET /x 2 nobody 0");
    answer_free(&answer);

    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", peer_port(proxy));
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 407);
    ok_text(answer.body, "who?");
    answer_free(&answer);
    options.credentials[HTTP_AUTH_PROXY][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"secret"};
    options.custom_headers = "Authorization: mine\r\n";
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body ? answer.body : "", "GET /x 1 nobody 0");
    answer_free(&answer);
    /* The tunnel is kept for its user: nobody else gets into it. */
    options.credentials[HTTP_AUTH_PROXY][HTTP_AUTH_BASIC].password = L"wrong";
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 407);
    answer_free(&answer);
    options.credentials[HTTP_AUTH_PROXY][HTTP_AUTH_BASIC].set = FALSE;
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 407);
    answer_free(&answer);
    options.custom_headers = "Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";
    fetch_url(&options, url, &answer);
    ok_text(answer.body ? answer.body : "", "GET /x 1 nobody 0");
    answer_free(&answer);
    options.custom_headers = NULL;
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 407);
    answer_free(&answer);
    options.credentials[HTTP_AUTH_PROXY][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"secret"};
    fetch_url(&options, url, &answer);
    ok_text(answer.body ? answer.body : "", "GET /x 2 nobody 0");
    answer_free(&answer);
    http_client_close_idle(client);
    peer_destroy(proxy);
    peer_destroy(open_proxy);
}

/* Trusts the authority of the servers, or no more. */
static void trust(BOOL trusted)
{
    HCERTSTORE store = CertOpenStore(CERT_STORE_PROV_SYSTEM_W, 0, 0, CERT_SYSTEM_STORE_CURRENT_USER, L"Root");
    const CERT_CONTEXT *root;
    BOOL ret;

    if (trusted)
        ret = CertAddCertificateContextToStore(store, tlsservers_root(), CERT_STORE_ADD_REPLACE_EXISTING, NULL);
    else
    {
        root = CertFindCertificateInStore(store, X509_ASN_ENCODING, 0, CERT_FIND_EXISTING, tlsservers_root(), NULL);
        ret = root && CertDeleteCertificateFromStore(root);
    }
    ok(ret, "the root certificates were not changed, error %lu\n", GetLastError());
    CertCloseStore(store, 0);
}

void test_tls(void)
{
    const char *why;

    test_no_tls();
    if (!tlsservers_start(&why))
    {
        skip("TLS servers: %s\n", why);
        return;
    }
    trust(TRUE);
    test_validation();
    test_tls13();
    test_leftover_answer();
    test_separation();
    test_check();
    test_client_certificate();
    test_data();
    test_ends();
    test_https_redirects();
    test_tunnel();
    trust(FALSE);
    http_client_close_idle(client);
    tlsservers_stop();
}
