/*
 * Servers that leave bytes on a connection behind an answer: they must not become the next one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
#define EVIL "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
#define HTML "<html><p>Moved</p>"

static const struct leftover
{
    const char *name;
    const char *method; /* of the first request */
    const char *answer; /* to it */
    const char *left;
    BOOL apart;          /* in a packet of its own */
    unsigned int status; /* of the first answer */
    const char *body;
} leftovers[] = {
    {"text behind a redirect", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", HTML,
     FALSE, 200, "good"},
    {"text apart behind a redirect", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n",
     HTML, TRUE, 200, "good"},
    {"an answer behind a redirect", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", EVIL,
     FALSE, 200, "good"},
    {"an answer behind a challenge", "GET",
     "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", EVIL, FALSE, 200, "good"},
    {"an answer behind a body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", EVIL, FALSE, 200, "one"},
    {"an answer apart behind a body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", EVIL, TRUE, 200, "one"},
    {"an answer behind chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n",
     EVIL, FALSE, 200, "one"},
    {"a body to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n", HTML, FALSE, 200, ""},
    {"a body apart to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n", HTML, TRUE, 200, ""},
    {"a body with 204", "GET", "HTTP/1.1 204 None\r\n\r\n", HTML, FALSE, 204, ""},
    {"a body apart with 204", "GET", "HTTP/1.1 204 None\r\n\r\n", HTML, TRUE, 204, ""},
    {"a body with 304", "GET", "HTTP/1.1 304 Same\r\nContent-Length: 18\r\n\r\n", HTML, TRUE, 304, ""},
    {"408 unasked", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
     "HTTP/1.1 408 Slow\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", TRUE, 200, "one"},
};

struct serving
{
    const struct leftover *leftover;
    HANDLE said; /* all of the first answer and what is left */
};

static void serve_leftover(struct peer_connection *connection)
{
    struct serving *serving = connection->context;
    const struct leftover *leftover = serving->leftover;

    while (peer_read_head(connection))
    {
        if (!peer_asked(connection, "/first") || *peer_header(connection, "Authorization"))
        {
            peer_send_text(connection, OK);
            continue;
        }
        if (leftover->apart)
        {
            peer_send_text(connection, "%s", leftover->answer);
            peer_send_text(connection, "%s", leftover->left);
        }
        else peer_send_text(connection, "%s%s", leftover->answer, leftover->left);
        SetEvent(serving->said);
    }
}

static void test_leftover(const struct leftover *leftover)
{
    struct serving serving = {leftover, CreateEventW(NULL, TRUE, FALSE, NULL)};
    struct peer *peer = peer_create(serve_leftover, &serving);
    struct http_options options = default_options();
    struct http_request request = {.method = leftover->method, .url = peer_url(peer, "/first")};
    struct http_exchange *exchange;
    struct answer answer;

    options.credentials[HTTP_AUTH_SERVER][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"password"};
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, leftover->status);
    ok_text(answer.body, leftover->body);
    answer_free(&answer);

    WaitForSingleObject(serving.said, SOON_MS);
    request.method = "GET";
    request.url = peer_url(peer, "/second");
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "good");
    answer_free(&answer);
    /* The connection was not used again. */
    ok(peer_count(peer) == 2, "%u connections\n", peer_count(peer));
    http_exchange_destroy(exchange);
    http_client_close_idle(client);
    peer_destroy(peer);
    CloseHandle(serving.said);
}

/* --- heads and bodies that take their time --- */

/* A head, or the body of a redirect, a byte at a time and for ever. */
static void serve_dribble(struct peer_connection *connection)
{
    if (!peer_read_head(connection)) return;
    if (peer_asked(connection, "/head")) peer_send_text(connection, "HTTP/1.1 200 OK\r\nX: ");
    else if (peer_asked(connection, "/skipped"))
        peer_send_text(connection, "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 100000\r\n\r\n");
    else
    {
        peer_send_text(connection, OK);
        return;
    }
    while (WaitForSingleObject(peer_stopping(connection->peer), 50) == WAIT_TIMEOUT && peer_send(connection, "x", 1))
        continue;
}

static void test_dribble(void)
{
    struct peer *peer = peer_create(serve_dribble, NULL);
    struct http_options options = default_options();
    ULONGLONG start = GetTickCount64();
    struct answer answer;

    options.receive_timeout = 1000;
    fetch_url(&options, peer_url(peer, "/head"), &answer);
    ok_answer(&answer, ERROR_WINHTTP_TIMEOUT, 0);
    ok(GetTickCount64() - start >= 900, "too early\n");
    answer_free(&answer);

    /* What nobody wants to read is not waited for as long as the server likes. */
    options.receive_timeout = SOON_MS;
    fetch_url(&options, peer_url(peer, "/skipped"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "good");
    answer_free(&answer);
    peer_destroy(peer);
}

/* --- cookies (B-427) --- */

/* Redirects to the same place, or to another server, until the cookie comes back. */
static void serve_cookies(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        const char *cookie = peer_header(connection, "Cookie");

        if (peer_asked(connection, "/login") && !strstr(cookie, "session=1"))
            peer_send_text(connection,
                           "HTTP/1.1 302 Found\r\nLocation: /login\r\nSet-Cookie: session=1; Path=/; HttpOnly\r\n"
                           "Set-Cookie: other=2; Domain=localhost\r\nContent-Length: 0\r\n\r\n");
        else
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s", (unsigned int)strlen(cookie),
                           cookie);
    }
}

static void test_cookies(void)
{
    struct peer *peer = peer_create(serve_cookies, NULL), *other = peer_create(serve_cookies, NULL);
    struct http_options options = default_options();
    struct http_cookie_jar jar;
    struct answer answer;

    /* An exchange has its own ... */
    fetch_url(&options, peer_url(peer, "/login"), &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "session=1");
    answer_free(&answer);
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_text(answer.body, "");
    answer_free(&answer);

    /* ... or shares them. */
    http_cookie_jar_init(&jar);
    options.cookies = &jar;
    options.custom_headers = "Cookie: mine=3\r\n";
    fetch_url(&options, peer_url(peer, "/login"), &answer);
    ok_text(answer.body, "mine=3; session=1");
    answer_free(&answer);
    options.custom_headers = NULL;
    fetch_url(&options, peer_url(peer, "/"), &answer);
    ok_text(answer.body, "session=1");
    answer_free(&answer);
    fetch_url(&options, peer_url(other, "/"), &answer);
    ok_text(answer.body, "");
    answer_free(&answer);
    http_cookie_jar_cleanup(&jar);
    http_client_close_idle(client);
    peer_destroy(other);
    peer_destroy(peer);
}

void test_leftovers(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(leftovers); i++)
    {
        winetest_push_context("%s", leftovers[i].name);
        test_leftover(&leftovers[i]);
        winetest_pop_context();
    }
    test_dribble();
    test_cookies();
}
