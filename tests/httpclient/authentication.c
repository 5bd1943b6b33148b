/*
 * Challenges and their answers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"
#include <wincrypt.h>

/* --- servers --- */

struct lock
{
    BOOL proxy;                   /* 407 instead of 401 */
    const char *challenge;        /* header lines */
    const char *wanted;           /* value of the field that opens; NULL: see digest */
    const char *nonce;            /* of a Digest challenge */
    unsigned int uses;            /* of a nonce, then it is stale; 0 = any number */
    BOOL closes;                  /* connections end with a refusal */
    volatile LONG refusals, bare; /* requests without credentials */
    unsigned int used;
    char last[2048]; /* credentials of the last request */
};

static void md5(const char *text, char hex[33])
{
    HCRYPTPROV provider;
    HCRYPTHASH hash;
    BYTE digest[16];
    DWORD size = sizeof(digest), i;

    CryptAcquireContextW(&provider, NULL, NULL, PROV_RSA_FULL, CRYPT_VERIFYCONTEXT);
    CryptCreateHash(provider, CALG_MD5, 0, 0, &hash);
    CryptHashData(hash, (const BYTE *)text, strlen(text), 0);
    CryptGetHashParam(hash, HP_HASHVAL, digest, &size, 0);
    CryptDestroyHash(hash);
    CryptReleaseContext(provider, 0);
    for (i = 0; i < sizeof(digest); i++) sprintf(hex + 2 * i, "%02x", digest[i]);
}

/* A parameter of Digest credentials. */
static const char *param(const char *credentials, const char *name)
{
    static __thread char values[8][256];
    static __thread unsigned int next;
    char pattern[64], *value = values[next++ % 8];
    const char *pos;

    value[0] = 0;
    snprintf(pattern, sizeof(pattern), "%s=", name);
    for (pos = credentials; (pos = strstr(pos, pattern)); pos++)
    {
        if (pos != credentials && pos[-1] != ' ' && pos[-1] != ',') continue;
        pos += strlen(pattern);
        if (*pos == '"') snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(pos + 1, "\""), pos + 1);
        else snprintf(value, sizeof(values[0]), "%.*s", (int)strcspn(pos, ", \r"), pos);
        break;
    }
    return value;
}

/* user / secret, RFC 2617 with qop=auth */
static BOOL check_digest(struct lock *lock, const struct peer_connection *connection, const char *credentials)
{
    char first[33], second[33], response[33], text[2048], method[16] = "", target[512] = "", nonce[64];

    if (strncmp(credentials, "Digest ", 7)) return FALSE;
    sscanf(connection->head, "%15s %511s", method, target);
    ok_text(param(credentials, "uri"), target);
    snprintf(nonce, sizeof(nonce), "%s%u", lock->nonce, lock->uses ? lock->used / lock->uses : 0);
    if (strcmp(param(credentials, "nonce"), nonce)) return FALSE;
    snprintf(text, sizeof(text), "user:%s:secret", param(credentials, "realm"));
    md5(text, first);
    snprintf(text, sizeof(text), "%s:%s", method, target);
    md5(text, second);
    snprintf(text, sizeof(text), "%s:%s:%s:%s:%s:%s", first, nonce, param(credentials, "nc"),
             param(credentials, "cnonce"), param(credentials, "qop"), second);
    md5(text, response);
    if (strcmp(param(credentials, "response"), response)) return FALSE;
    lock->used++;
    return TRUE;
}

static void refuse(struct peer_connection *connection, struct lock *lock, const char *credentials)
{
    char challenge[1024];

    if (lock->nonce)
        snprintf(challenge, sizeof(challenge),
                 "%s-Authenticate: Digest realm=\"realm\", qop=\"auth\", nonce=\"%s%u\"%s\r\n",
                 lock->proxy ? "Proxy" : "WWW", lock->nonce, lock->uses ? lock->used / lock->uses : 0,
                 credentials[0] && lock->uses ? ", stale=true" : "");
    else snprintf(challenge, sizeof(challenge), "%s", lock->challenge);
    peer_send_text(connection, "HTTP/1.1 %u No\r\n%s%sContent-Length: 6\r\n\r\nlocked", lock->proxy ? 407 : 401,
                   challenge, lock->closes ? "Connection: close\r\n" : "");
}

static void serve_locked(struct peer_connection *connection)
{
    struct lock *lock = connection->context;

    while (peer_read_head(connection))
    {
        const char *credentials = peer_header(connection, lock->proxy ? "Proxy-Authorization" : "Authorization");
        uint64_t length = _atoi64(peer_header(connection, "Content-Length"));

        if (length && !peer_read_body(connection, NULL, length)) return;
        snprintf(lock->last, sizeof(lock->last), "%s", credentials);
        if (!credentials[0]) InterlockedIncrement(&lock->bare);
        if (lock->nonce ? check_digest(lock, connection, credentials) : !strcmp(credentials, lock->wanted))
        {
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen");
            continue;
        }
        InterlockedIncrement(&lock->refusals);
        refuse(connection, lock, credentials);
        if (lock->closes) return;
    }
}

static void set_credentials(struct http_options *options, enum http_auth_target target, enum http_auth_scheme scheme,
                            const WCHAR *user, const WCHAR *password)
{
    options->credentials[target][scheme] = (struct http_credentials){TRUE, user, password};
}

/* --- Basic and Digest --- */

#define BASIC "Basic dXNlcjpzZWNyZXQ=" /* user, secret */

static void test_basic(void)
{
    struct lock lock = {.challenge = "WWW-Authenticate: Basic realm=\"x\"\r\n", .wanted = BASIC};
    struct peer *peer = peer_create(serve_locked, &lock);
    struct http_options options = default_options();
    struct http_exchange *exchange;
    struct http_request request = {.method = "GET", .url = peer_url(peer, "/")};
    struct answer answer;
    char url[128];

    /* nothing to say */
    fetch_url(&options, request.url, &answer);
    ok_answer(&answer, 0, 401);
    ok_text(answer.body, "locked");
    answer_free(&answer);
    set_credentials(&options, HTTP_AUTH_PROXY, HTTP_AUTH_BASIC, L"user", L"secret");
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, L"user", L"secret");
    fetch_url(&options, request.url, &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    ok(lock.refusals == 2 && lock.bare == 2, "%ld refusals, %ld without credentials\n", lock.refusals, lock.bare);

    /* B-572: after a challenge, then for all requests of this exchange */
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, L"user", L"secret");
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "open");
    answer_free(&answer);
    ok(lock.refusals == 3 && lock.bare == 3, "%ld refusals, %ld without credentials\n", lock.refusals, lock.bare);
    request.url = peer_url(peer, "/other");
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(lock.refusals == 3, "%ld refusals\n", lock.refusals);
    http_exchange_destroy(exchange);

    /* refused credentials are tried once */
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, L"user", L"wrong");
    fetch_url(&options, request.url, &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    ok(lock.refusals == 5, "%ld refusals\n", lock.refusals);
    ok_text(lock.last, "Basic dXNlcjp3cm9uZw==");

    /* beyond ASCII: UTF-8 */
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, L"\x00e4", L"\x20ac");
    fetch_url(&options, request.url, &answer);
    answer_free(&answer);
    ok_text(lock.last, "Basic w6Q64oKs");

    /* B-402 */
    options = default_options();
    snprintf(url, sizeof(url), "http://user:secret@%s", peer_url(peer, "/") + 7);
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);

    /* connections that do not survive a challenge */
    lock.closes = TRUE;
    fetch_url(&options, url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    peer_destroy(peer);
}

static void test_digest(void)
{
    struct lock lock = {.nonce = "abc"};
    struct peer *peer = peer_create(serve_locked, &lock);
    struct http_options options = default_options();
    struct http_exchange *exchange;
    struct http_request request = {.method = "GET", .url = peer_url(peer, "/a?b")};
    struct answer answer;
    unsigned int i;

    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, L"user", L"secret");
    exchange = http_exchange_create(client, &options);
    for (i = 1; i <= 3; i++)
    {
        char count[16];

        fetch(exchange, &request, &answer);
        ok_answer(&answer, 0, 200);
        answer_free(&answer);
        sprintf(count, "%08x", i);
        ok_text(param(lock.last, "nc"), count);
    }
    ok(lock.refusals == 1, "%ld refusals\n", lock.refusals);

    /* another nonce every two requests */
    lock.uses = 2;
    lock.used = 0;
    for (i = 0; i < 6; i++)
    {
        fetch(exchange, &request, &answer);
        ok_answer(&answer, 0, 200);
        answer_free(&answer);
    }
    ok(lock.refusals == 3, "%ld refusals\n", lock.refusals);

    /* A nonce of an earlier request that is not called stale is not held against the password. */
    lock.uses = lock.used = 0;
    lock.nonce = "other";
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    http_exchange_destroy(exchange);

    lock.refusals = 0;
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, L"user", L"wrong");
    fetch_url(&options, request.url, &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    ok(lock.refusals == 2, "%ld refusals\n", lock.refusals);
    peer_destroy(peer);
}

/* The strongest scheme that has credentials, then the next one. */
static void test_choice(void)
{
    struct lock lock = {
        .challenge = "WWW-Authenticate: Basic realm=\"x\", Digest realm=\"x\", nonce=\"n\", qop=\"auth\"\r\n"
                     "WWW-Authenticate: Unheard of=\"it\"\r\n",
        .wanted = BASIC};
    struct peer *peer = peer_create(serve_locked, &lock);
    struct http_options options = default_options();
    struct answer answer;

    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, L"user", L"secret");
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(lock.refusals == 1, "%ld refusals\n", lock.refusals);
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, L"user", L"secret");
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(lock.refusals == 3, "%ld refusals\n", lock.refusals);
    peer_destroy(peer);
}

static uint32_t give_hello(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    *got = min(size, 5 - offset);
    memcpy(buffer, "hello" + offset, *got);
    return 0;
}

static void test_proxy_authentication(void)
{
    struct lock lock = {.proxy = TRUE, .nonce = "abc"};
    struct peer *peer = peer_create(serve_locked, &lock);
    struct http_options options = default_options();
    struct http_request request = {
        .method = "PUT", .url = "http://host.invalid/x", .body = give_hello, .body_length = 5};
    struct http_exchange *exchange;
    struct answer answer;
    WCHAR list[64];

    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", peer_port(peer));
    options.proxy_mode = HTTP_PROXY_LIST;
    options.proxy_list = list;
    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_DIGEST, L"user", L"secret");
    fetch_url(&options, request.url, &answer);
    ok_answer(&answer, 0, 407);
    answer_free(&answer);
    set_credentials(&options, HTTP_AUTH_PROXY, HTTP_AUTH_DIGEST, L"user", L"secret");
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(peer_count(peer) == 1, "%u connections\n", peer_count(peer));
    /* a server must not make us say the proxy's password to it */
    options.proxy_mode = HTTP_PROXY_NONE;
    lock.bare = 0;
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 407);
    answer_free(&answer);
    ok(lock.bare == 1, "%ld requests without credentials\n", lock.bare);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

/* D-066 */
static void test_challenge_headers(void)
{
    struct lock lock = {.challenge = "", .wanted = "Bearer token"};
    struct peer *peer = peer_create(serve_locked, &lock);
    struct http_options options = default_options();
    struct answer answer;

    options.challenge_headers = "Authorization: Bearer token\r\nX-Other: 1\r\n";
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(lock.bare == 1, "%ld requests without credentials\n", lock.bare);
    options.custom_headers = "Authorization: else\r\n";
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    lock.refusals = 0;
    options.challenge_headers = "Authorization: Bearer wrong\r\n";
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    ok(lock.refusals == 2, "%ld refusals\n", lock.refusals);
    peer_destroy(peer);
}

/* --- credentials stay with their server --- */

static void serve_redirect(struct peer_connection *connection)
{
    while (peer_read_head(connection))
        peer_send_text(connection, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                       (const char *)connection->context);
}

static void test_redirected_challenge(void)
{
    struct lock lock = {.challenge = "WWW-Authenticate: Basic realm=\"x\"\r\n", .wanted = BASIC};
    struct peer *locked = peer_create(serve_locked, &lock);
    struct peer *peer = peer_create(serve_redirect, (void *)peer_url(locked, "/"));
    struct http_options options = default_options();
    struct answer answer;

    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_BASIC, L"user", L"secret");
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    ok(lock.bare == 1 && lock.refusals == 1, "another server got the password\n");
    peer_destroy(peer);
    peer_destroy(locked);
}

/* --- NTLM --- */

struct ntlm
{
    volatile LONG first, third, wrong; /* messages */
    uint64_t bodies;                   /* bytes of bodies with the first message */
};

/* MS-NLMP section 2.2.1.2: a challenge with target name "D" and target information */
static const BYTE challenge_message[] = {
    'N',  'T',  'L',  'M',  'S', 'S', 'P', 0, 2,   0, 0, 0, 2, 0, 2,   0, 48, 0, 0, 0,
    0x05, 0x82, 0x89, 0xa2, 1,   2,   3,   4, 5,   6, 7, 8, 0, 0, 0,   0, 0,  0, 0, 0,
    10,   0,    10,   0,    50,  0,   0,   0, 'D', 0, 2, 0, 2, 0, 'D', 0, 0,  0, 0, 0,
};

static void serve_ntlm(struct peer_connection *connection)
{
    struct ntlm *ntlm = connection->context;
    BOOL open = FALSE, challenged = FALSE;

    while (peer_read_head(connection))
    {
        const char *credentials = peer_header(connection, "Authorization");
        uint64_t length = _atoi64(peer_header(connection, "Content-Length"));
        char text[512];
        BYTE data[2048];
        DWORD size = sizeof(data);

        if (length && !peer_read_body(connection, NULL, length)) return;
        if (!strncmp(credentials, "NTLM ", 5) &&
            CryptStringToBinaryA(credentials + 5, 0, CRYPT_STRING_BASE64, data, &size, NULL, NULL) && size > 12 &&
            !memcmp(data, "NTLMSSP", 8))
        {
            open = FALSE;
            if (data[8] == 1)
            {
                InterlockedIncrement(&ntlm->first);
                ntlm->bodies += length;
                size = sizeof(text);
                CryptBinaryToStringA(challenge_message, sizeof(challenge_message),
                                     CRYPT_STRING_BASE64 | CRYPT_STRING_NOCRLF, text, &size);
                peer_send_text(connection,
                               "HTTP/1.1 401 Go on\r\nWWW-Authenticate: NTLM %s\r\nContent-Length: 0\r\n\r\n", text);
                challenged = TRUE;
                continue;
            }
            if (data[8] == 3 && challenged)
            {
                InterlockedIncrement(&ntlm->third);
                open = TRUE;
            }
            else InterlockedIncrement(&ntlm->wrong);
        }
        if (open) peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nopen");
        else
            peer_send_text(connection, "HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM\r\nWWW-Authenticate: Basic "
                                       "realm=\"x\"\r\n"
                                       "Content-Length: 6\r\n\r\nlocked");
    }
}

static void test_ntlm(void)
{
    struct ntlm ntlm = {0};
    struct peer *peer = peer_create(serve_ntlm, &ntlm);
    struct http_options options = default_options(), other = default_options(), none = default_options();
    struct http_request put = {.method = "PUT", .url = peer_url(peer, "/"), .body = give_hello, .body_length = 5};
    struct http_exchange *exchange;
    struct answer answer;

    set_credentials(&options, HTTP_AUTH_SERVER, HTTP_AUTH_NTLM, L"D\\user", L"secret");
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &put, &answer);
    if (!answer.error && answer.status == 401 && !ntlm.first)
    {
        skip("NTLM: the system has none (package winbind)\n");
        answer_free(&answer);
        http_exchange_destroy(exchange);
        peer_destroy(peer);
        return;
    }
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(peer_count(peer) == 1, "%u connections\n", peer_count(peer));
    ok(ntlm.first == 1 && ntlm.third == 1 && !ntlm.wrong, "%ld, %ld, %ld messages\n", ntlm.first, ntlm.third,
       ntlm.wrong);
    ok(!ntlm.bodies, "a body that could not be accepted was sent\n");
    /* the connection is open now */
    fetch(exchange, &put, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(ntlm.first == 1, "%ld first messages\n", ntlm.first);
    /* not for others */
    fetch_url(&none, put.url, &answer);
    ok_answer(&answer, 0, 401);
    answer_free(&answer);
    set_credentials(&other, HTTP_AUTH_SERVER, HTTP_AUTH_NTLM, L"D\\other", L"secret");
    fetch_url(&other, put.url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(ntlm.first == 2 && ntlm.third == 2, "%ld, %ld messages\n", ntlm.first, ntlm.third);
    /* but for the same user in another exchange */
    fetch_url(&options, put.url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    ok(ntlm.first == 2, "%ld first messages\n", ntlm.first);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

void test_authentication(void)
{
    test_basic();
    test_digest();
    test_choice();
    test_proxy_authentication();
    test_challenge_headers();
    test_redirected_challenge();
    test_ntlm();
}
