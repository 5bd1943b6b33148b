/*
 * Plain HTTP through proxies, and where they are found.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

/* A server, or a proxy, that says its name and what it was asked for. */
static void serve_name(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        char target[512] = "", text[1024];

        if (peer_asked(connection, "/proxy.pac"))
        {
            snprintf(text, sizeof(text),
                     "function FindProxyForURL(url, host) { return host == 'direct.invalid' || "
                     "url.indexOf('secret') >= 0 ? 'DIRECT' : 'PROXY 127.0.0.1:%u'; }",
                     peer_port(connection->peer));
            peer_send_text(connection,
                           "HTTP/1.1 200 OK\r\nContent-Type: application/x-ns-proxy-autoconfig\r\n"
                           "Content-Length: %u\r\n\r\n%s",
                           (unsigned int)strlen(text), text);
            continue;
        }
        sscanf(connection->head, "%*s %511s", target);
        snprintf(text, sizeof(text), "%s %s %s%s", (const char *)connection->context, target,
                 peer_header(connection, "Host"), peer_header(connection, "Proxy-Authorization"));
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s", (unsigned int)strlen(text), text);
    }
}

static void check(const struct http_options *options, const char *url, const char *expected)
{
    struct answer answer;

    fetch_url(options, url, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, expected);
    answer_free(&answer);
}

/* A port where nobody listens. */
static unsigned int dead_port(SOCKET *bound)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);

    *bound = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(*bound, (struct sockaddr *)&address, sizeof(address));
    getsockname(*bound, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

static void test_lists(struct peer *proxy, struct peer *server)
{
    struct http_options options = default_options();
    unsigned int port = peer_port(proxy), dead;
    char expected[256];
    struct answer answer;
    WCHAR list[256];
    SOCKET bound;

    options.proxy_mode = HTTP_PROXY_LIST;
    options.proxy_list = list;
    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", port);
    check(&options, "http://host.invalid/path?query", "proxy http://host.invalid/path?query host.invalid");
    check(&options, "http://u:p@host.invalid:81/#f", "proxy http://host.invalid:81/ host.invalid:81");

    /* B-567 */
    swprintf(list, ARRAYSIZE(list), L"https=https://127.0.0.1:1 http=http://127.0.0.1:%u", port);
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    options.proxy_bypass = L"other.invalid 127.0.0.1 <local>";
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    snprintf(expected, sizeof(expected), "server / 127.0.0.1:%u", peer_port(server));
    check(&options, peer_url(server, "/"), expected);
    options.proxy_bypass = NULL;

    /* B-569 */
    dead = dead_port(&bound);
    swprintf(list, ARRAYSIZE(list), L"no-proxy.invalid:%u 127.0.0.1:%u 127.0.0.1:%u", dead, dead, port);
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", dead);
    fetch_url(&options, "http://host.invalid/", &answer);
    ok_answer(&answer, ERROR_WINHTTP_CANNOT_CONNECT, 0);
    answer_free(&answer);
    closesocket(bound);

    /* B-534 */
    wcscpy(list, L"127.0.0.1:nonsense");
    fetch_url(&options, "http://host.invalid/", &answer);
    ok_answer(&answer, ERROR_INVALID_PARAMETER, 0);
    answer_free(&answer);

    /* A custom field for the proxy does not reach the server. */
    options.custom_headers = "Proxy-Authorization: secret\r\n";
    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", port);
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalidsecret");
    options.proxy_mode = HTTP_PROXY_NONE;
    check(&options, peer_url(server, "/"), expected);
}

static void test_exchange_keeps_proxy(struct peer *proxy)
{
    struct http_options options = default_options();
    struct http_request request = {.method = "GET", .url = "http://one.invalid/"};
    struct http_exchange *exchange;
    const struct http_response *response;
    unsigned int before = peer_count(proxy), i;
    WCHAR list[64];
    SOCKET bound;
    uint32_t error;
    char body[256];
    size_t got;

    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u 127.0.0.1:%u", dead_port(&bound), peer_port(proxy));
    options.proxy_mode = HTTP_PROXY_LIST;
    options.proxy_list = list;
    http_client_close_idle(client);
    exchange = http_exchange_create(client, &options);
    for (i = 0; i < 4; i++)
    {
        request.url = i < 2 ? "http://one.invalid/" : "http://two.invalid/";
        error = http_exchange_send(exchange, &request, &response);
        ok(!error, "got error %u\n", error);
        if (error) continue;
        ok_text(response->server_address, "127.0.0.1");
        while (!http_exchange_read(exchange, body, sizeof(body), &got) && got) continue;
    }
    ok(peer_count(proxy) == before + 2, "%u connections\n", peer_count(proxy) - before);
    http_exchange_destroy(exchange);
    closesocket(bound);
}

/* --- uploads --- */

/* Like squid: refuses when it has the head, says that the connection is kept, and reads no more of it. */
static void serve_stuck(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        if (strcmp(peer_header(connection, "Proxy-Authorization"), "Basic dXNlcjpzZWNyZXQ="))
        {
            peer_send_text(connection, "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                                       "Content-Length: 0\r\nConnection: keep-alive\r\n\r\n");
            WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
            return;
        }
        if (!peer_read_body(connection, NULL, atoi(peer_header(connection, "Content-Length")))) return;
        peer_send_text(connection, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    }
}

static uint32_t give_zeros(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    memset(buffer, 0, size);
    *got = size;
    return 0;
}

static void test_uploads(void)
{
    static const struct
    {
        unsigned int size;
        const WCHAR *password;
        unsigned int status;
    } uploads[] = {
        {100000, L"secret", 201},  {100000, L"wrong", 407},  {100000, L"secret", 201},
        {3000000, L"secret", 201}, {3000000, L"wrong", 407}, {3000000, L"secret", 201},
    };
    struct peer *proxy = peer_create(serve_stuck, NULL);
    struct http_options options = default_options();
    struct http_request request = {.method = "PUT", .url = "http://host.invalid/", .body = give_zeros};
    struct http_exchange *exchange;
    struct answer answer;
    WCHAR list[64];
    unsigned int i;

    swprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", peer_port(proxy));
    options.proxy_mode = HTTP_PROXY_LIST;
    options.proxy_list = list;
    options.send_timeout = options.receive_timeout = SOON_MS;
    for (i = 0; i < ARRAYSIZE(uploads); i++)
    {
        options.credentials[HTTP_AUTH_PROXY][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user",
                                                                                          uploads[i].password};
        request.body_length = uploads[i].size;
        winetest_push_context("upload %u", i);
        exchange = http_exchange_create(client, &options);
        fetch(exchange, &request, &answer);
        ok_answer(&answer, 0, uploads[i].status);
        answer_free(&answer);
        http_exchange_destroy(exchange);
        winetest_pop_context();
    }
    http_client_close_idle(client);
    peer_destroy(proxy);
}

/* --- the user's settings --- */

static const WCHAR settings_key[] = L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings";

struct saved_value
{
    const WCHAR *name;
    DWORD type, size;
    LONG result;
    BYTE data[2048];
};

static void set_text(HKEY key, const WCHAR *name, const WCHAR *text)
{
    if (text) RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)text, (wcslen(text) + 1) * sizeof(*text));
    else RegDeleteValueW(key, name);
}

static void set_number(HKEY key, const WCHAR *name, DWORD number)
{
    RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&number, sizeof(number));
}

static void test_settings(struct peer *proxy, struct peer *server)
{
    struct saved_value saved[] = {{L"ProxyEnable"}, {L"ProxyServer"}, {L"ProxyOverride"}, {L"AutoConfigURL"}};
    struct http_options options = default_options();
    struct answer answer;
    char expected[256];
    HMODULE loaded;
    unsigned int i;
    WCHAR text[256];
    DWORD size;
    HKEY key;

    /* B-565.  On Windows the values alone are not what counts. */
    if (!winetest_is_wine())
    {
        skip("the user's settings are left alone on Windows\n");
        return;
    }
    if (RegCreateKeyExW(HKEY_CURRENT_USER, settings_key, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL)) return;
    for (i = 0; i < ARRAYSIZE(saved); i++)
    {
        saved[i].size = sizeof(saved[i].data);
        saved[i].result = RegQueryValueExW(key, saved[i].name, NULL, &saved[i].type, saved[i].data, &saved[i].size);
        RegDeleteValueW(key, saved[i].name);
    }

    options.proxy_mode = HTTP_PROXY_PRECONFIG;
    snprintf(expected, sizeof(expected), "server / 127.0.0.1:%u", peer_port(server));
    loaded = GetModuleHandleW(L"winhttp.dll");
    size = ARRAYSIZE(text);
    check(&options, peer_url(server, "/"), expected);
    /* Nothing is set, and nothing can be detected: that costs nothing. */
    if (loaded || !GetComputerNameExW(ComputerNamePhysicalDnsDomain, text, &size) || text[0])
        skip("a proxy could be detected here\n");
    else ok(!GetModuleHandleW(L"winhttp.dll"), "the network was searched\n");
    swprintf(text, ARRAYSIZE(text), L"http=127.0.0.1:%u;https=127.0.0.1:1", peer_port(proxy));
    set_text(key, L"ProxyServer", text);
    check(&options, peer_url(server, "/"), expected);
    set_number(key, L"ProxyEnable", 1);
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    set_text(key, L"ProxyOverride", L"*.else;127.0.0.*;<local>");
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    check(&options, peer_url(server, "/"), expected);
    set_number(key, L"ProxyEnable", 0);
    swprintf(text, ARRAYSIZE(text), L"http://127.0.0.1:%u/proxy.pac", peer_port(proxy));
    set_text(key, L"AutoConfigURL", text);
    check(&options, "http://host.invalid/", "proxy http://host.invalid/ host.invalid");
    /* it learns no password, and of https no path */
    check(&options, "http://bob:secret@other.invalid/", "proxy http://other.invalid/ other.invalid");
    fetch_url(&options, "https://bob:secret@another.invalid/secret?secret", &answer);
    ok_answer(&answer, ERROR_WINHTTP_INVALID_SERVER_RESPONSE, 0); /* what it says after 200 is no TLS */
    answer_free(&answer);
    /* a script that cannot be had counts for nothing */
    swprintf(text, ARRAYSIZE(text), L"http://127.0.0.1:%u/nothing", peer_port(proxy));
    set_text(key, L"AutoConfigURL", text);
    check(&options, peer_url(server, "/"), expected);

    for (i = 0; i < ARRAYSIZE(saved); i++)
    {
        RegDeleteValueW(key, saved[i].name);
        if (!saved[i].result) RegSetValueExW(key, saved[i].name, 0, saved[i].type, saved[i].data, saved[i].size);
    }
    RegCloseKey(key);
}

static void test_detection(struct peer *server)
{
    struct http_options options = default_options();
    char expected[256];

    /* Where nothing can be detected the connection is direct. */
    options.proxy_mode = HTTP_PROXY_AUTODETECT;
    snprintf(expected, sizeof(expected), "server / 127.0.0.1:%u", peer_port(server));
    check(&options, peer_url(server, "/"), expected);
}

void test_proxies(void)
{
    struct peer *proxy = peer_create(serve_name, (void *)"proxy"), *server = peer_create(serve_name, (void *)"server");

    test_lists(proxy, server);
    test_exchange_keeps_proxy(proxy);
    test_uploads();
    test_settings(proxy, server);
    test_detection(server);
    http_client_close_idle(client);
    peer_destroy(server);
    peer_destroy(proxy);
}
