/*
 * Redirects.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

/*
 * /STATUS?LOCATION redirects; anything else answers with the request's method, path, authorization and length
 * of body.
 */
static void serve_redirects(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        char method[16] = "", target[2048] = "", text[4096];
        uint64_t length = _atoi64(peer_header(connection, "Content-Length"));
        const char *location;

        sscanf(connection->head, "%15s %2047s", method, target);
        if (length && !peer_read_body(connection, NULL, length)) return;
        if ((location = strchr(target, '?')) && target[1] == '3')
        {
            peer_send_text(connection, "HTTP/1.1 %.3s Moved\r\nLocation: %s\r\nContent-Length: 5\r\n\r\n%s", target + 1,
                           location + 1, strcmp(method, "HEAD") && memcmp(target, "/304", 4) ? "moved" : "");
            continue;
        }
        snprintf(text, sizeof(text), "%s %s %s %llu %s", method, target, peer_header(connection, "Authorization"),
                 length, peer_header(connection, "X-Custom"));
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s", (unsigned int)strlen(text),
                       strcmp(method, "HEAD") ? text : "");
    }
}

static uint32_t give_hello(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    *got = min(size, 5 - offset);
    memcpy(buffer, "hello" + offset, *got);
    return 0;
}

static const struct
{
    const char *method, *path;
    unsigned int status;
    const char *body;  /* of the last answer */
    const char *final; /* path of the last answer, NULL: not redirected */
} cases[] = {
    {"GET", "/301?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/302?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/303?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/307?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/308?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/300?/new", 300, "moved", NULL},
    {"GET", "/304?/new", 304, "", NULL},
    {"GET", "/305?/new", 305, "moved", NULL},
    {"HEAD", "/302?/new", 200, "", "/new"},
    {"HEAD", "/303?/new", 200, "", "/new"},
    {"POST", "/301?/new", 200, "GET /new mine 0 yes", "/new"},
    {"POST", "/302?/new", 200, "GET /new mine 0 yes", "/new"},
    {"POST", "/303?/new", 200, "GET /new mine 0 yes", "/new"},
    {"POST", "/307?/new", 200, "POST /new mine 5 yes", "/new"},
    {"POST", "/308?/new", 200, "POST /new mine 5 yes", "/new"},
    {"PUT", "/301?/new", 200, "PUT /new mine 5 yes", "/new"},
    {"PUT", "/303?/new", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/302?relative/./x/../y", 200, "GET /relative/y mine 0 yes", "/relative/y"},
    {"GET", "/302?/302?/302?/deep", 200, "GET /deep mine 0 yes", "/deep"},
    {"GET", "/302?/new#part", 200, "GET /new mine 0 yes", "/new"},
    {"GET", "/302?file:///etc/passwd", 302, "moved", NULL},
    {"GET", "/302?ftp://127.0.0.1/x", 302, "moved", NULL},
    {"GET", "/302?\\\\server\\share", 200, "GET /\\\\server\\share mine 0 yes", "/\\\\server\\share"},
    {"GET", "/302?http://[bad/", 302, "moved", NULL},
    {"GET", "/302?", 302, "moved", NULL},
};

static void test_cases(void)
{
    struct peer *peer = peer_create(serve_redirects, NULL);
    struct http_options options = default_options();
    struct http_exchange *exchange;
    unsigned int i;

    options.custom_headers = "Authorization: mine\r\nX-Custom: yes\r\n";
    exchange = http_exchange_create(client, &options);
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct http_request request = {.method = cases[i].method, .url = peer_url(peer, cases[i].path)};
        const struct http_response *response;
        char body[1024] = "";
        uint32_t error;
        size_t got;

        winetest_push_context("%s %s", cases[i].method, cases[i].path);
        if (!strcmp(request.method, "POST") || !strcmp(request.method, "PUT"))
        {
            request.body = give_hello;
            request.body_length = 5;
        }
        error = http_exchange_send(exchange, &request, &response);
        ok(!error, "got error %u\n", error);
        if (!error)
        {
            ok(response->status == cases[i].status, "got status %u\n", response->status);
            ok(response->redirected == (cases[i].final != NULL), "redirected %d\n", response->redirected);
            if (cases[i].final) ok_text(response->url, peer_url(peer, cases[i].final));
            error = http_exchange_read(exchange, body, sizeof(body) - 1, &got);
            ok(!error, "got error %u\n", error);
            ok_text(body, cases[i].body);
        }
        winetest_pop_context();
    }
    ok(peer_count(peer) == 1, "%u connections were needed\n", peer_count(peer));
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

/* What is meant for one server does not reach another one. */
static void test_other_server(void)
{
    struct peer *peer = peer_create(serve_redirects, NULL), *other = peer_create(serve_redirects, NULL);
    struct http_options options = default_options();
    struct answer answer;
    char path[256];

    options.custom_headers = "Authorization: mine\r\nX-Custom: yes\r\n";
    snprintf(path, sizeof(path), "/302?%s", peer_url(other, "/new"));
    fetch_url(&options, peer_url(peer, path), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "GET /new  0 yes");
    answer_free(&answer);

    /* ... nor does it come back to the first by another's word */
    snprintf(path, sizeof(path), "/302?%s", peer_url(other, "/302?"));
    snprintf(path + strlen(path), sizeof(path) - strlen(path), "%s", peer_url(peer, "/back"));
    fetch_url(&options, peer_url(peer, path), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "GET /back  0 yes");
    answer_free(&answer);
    peer_destroy(other);
    peer_destroy(peer);
}

static void serve_loop(struct peer_connection *connection)
{
    unsigned int count;

    for (count = 0; peer_read_head(connection); count++)
    {
        if (peer_asked(connection, "/10") && count == 10)
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else
            peer_send_text(connection, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
                           peer_asked(connection, "/10") ? "/10" : "/loop");
    }
}

static void test_limits(void)
{
    struct peer *peer = peer_create(serve_loop, NULL);
    struct http_options options = default_options();
    struct answer answer;

    fetch_url(NULL, peer_url(peer, "/10"), &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    http_client_close_idle(client);
    fetch_url(NULL, peer_url(peer, "/loop"), &answer);
    ok_answer(&answer, ERROR_WINHTTP_REDIRECT_FAILED, 0);
    answer_free(&answer);

    /* B-560 */
    options.redirects = HTTP_REDIRECT_REFUSE;
    fetch_url(&options, peer_url(peer, "/loop"), &answer);
    ok_answer(&answer, 0, 302);
    answer_free(&answer);
    peer_destroy(peer);
}

void test_redirects(void)
{
    test_cases();
    test_other_server();
    test_limits();
}
