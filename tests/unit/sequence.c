/*
 * Requests one after the other over connections on which a server leaves more, or less, than the answer: what is left
 * of one answer must not become another.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/http.h"
#include "scriptedpeer.h"
#include "unit.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
#define EVIL "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nEVIL"
#define HTML "<html><p>Moved</p>"
#define LARGE 100000

struct row
{
    const char *name;
    const char *method; /* of the first request */
    const char *answer; /* to it */
    const char *left;   /* what the server says besides: with the answer, then */
    enum
    {
        SAME_PIECE,
        NEXT_PIECE,
        LATE_PIECE,
    } when;
    unsigned int status; /* of the first answer, as it is seen */
    const char *body;    /* NULL: none */
    unsigned int connections;
};

static const struct row rows[] = {
    {"redirect + text", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", HTML, SAME_PIECE,
     200, "good", 2},
    {"redirect + text", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", HTML, NEXT_PIECE,
     200, "good", 2},
    {"redirect + late text", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", HTML,
     LATE_PIECE, 200, "good", 2},
    {"redirect + answer", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", EVIL,
     SAME_PIECE, 200, "good", 2},
    {"redirect + answer", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 0\r\n\r\n", EVIL,
     NEXT_PIECE, 200, "good", 2},
    {"redirect with body + answer", "GET", "HTTP/1.1 302 Found\r\nLocation: /target\r\nContent-Length: 5\r\n\r\nmoved",
     EVIL, NEXT_PIECE, 200, "good", 2},
    {"redirect with chunks + answer", "GET",
     "HTTP/1.1 302 Found\r\nLocation: /target\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nmoved\r\n0\r\n\r\n", EVIL,
     SAME_PIECE, 200, "good", 2},
    {"challenge + answer", "GET",
     "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", EVIL, SAME_PIECE, 200,
     "good", 2},
    {"challenge + answer", "GET",
     "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", EVIL, NEXT_PIECE, 200,
     "good", 2},
    {"body + answer", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", EVIL, SAME_PIECE, 200, "one", 2},
    {"body + answer", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", EVIL, NEXT_PIECE, 200, "one", 2},
    {"chunks + answer", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n", EVIL,
     SAME_PIECE, 200, "one", 2},
    {"chunks + answer", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n", EVIL,
     NEXT_PIECE, 200, "one", 2},
    {"body of HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n", HTML, SAME_PIECE, 200, NULL, 2},
    {"body of HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n", HTML, NEXT_PIECE, 200, NULL, 2},
    {"late body of HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n", HTML, LATE_PIECE, 200, NULL, 2},
    {"204 + body", "GET", "HTTP/1.1 204 None\r\n\r\n", HTML, SAME_PIECE, 204, NULL, 2},
    {"204 + body", "GET", "HTTP/1.1 204 None\r\n\r\n", HTML, NEXT_PIECE, 204, NULL, 2},
    {"late body of 204", "GET", "HTTP/1.1 204 None\r\n\r\n", HTML, LATE_PIECE, 204, NULL, 2},
    {"304 + body", "GET", "HTTP/1.1 304 Same\r\nContent-Length: 18\r\n\r\n", HTML, NEXT_PIECE, 304, NULL, 2},
    {"204 + answer", "GET", "HTTP/1.1 204 None\r\n\r\n", EVIL, NEXT_PIECE, 204, NULL, 2},
    {"unasked 408", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none",
     "HTTP/1.1 408 Slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", NEXT_PIECE, 200, "one", 2},
    {"interim answer unasked", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", "HTTP/1.1 100 Go\r\n\r\n",
     NEXT_PIECE, 200, "one", 2},
    {"empty line", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", "\r\n", NEXT_PIECE, 200, "one", 2},
    {"nothing", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", "", NEXT_PIECE, 200, "one", 1},
    {"nothing", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "", NEXT_PIECE, 200, NULL, 1},
};

static void serve_row(void *context, struct peer_connection *connection, const struct peer_request *request)
{
    const struct row *row = context;
    char text[1024];

    if (strcmp(request->target, "/first") || strstr(request->head, "Authorization"))
    {
        peer_send_text(connection, OK, PEER_NOW);
        return;
    }
    if (row->when == SAME_PIECE)
    {
        snprintf(text, sizeof(text), "%s%s", row->answer, row->left);
        peer_send_text(connection, text, PEER_NOW);
        return;
    }
    peer_send_text(connection, row->answer, PEER_NOW);
    peer_send_text(connection, row->left, row->when == LATE_PIECE ? PEER_LATE : PEER_NOW);
}

struct answer
{
    uint32_t error;
    unsigned int status;
    char body[2 * LARGE];
};

static struct answer fetch(struct http_exchange *exchange, const char *method, const char *url)
{
    struct http_request request = {.method = method, .url = url};
    const struct http_response *response;
    struct answer answer = {0};
    size_t size = 0, got;

    if ((answer.error = http_exchange_send(exchange, &request, &response))) return answer;
    answer.status = response->status;
    while (!(answer.error = http_exchange_read(exchange, answer.body + size, sizeof(answer.body) - 1 - size, &got)) &&
           got)
        size += got;
    answer.body[size] = 0;
    return answer;
}

static void check_row(const struct row *row, const char *scheme)
{
    struct http_options options = {.user_agent = "test"};
    struct http_client *client = http_client_create();
    struct http_exchange *exchange;
    struct answer answer;
    char url[64];

    peer_begin(serve_row, (void *)row);
    options.credentials[HTTP_AUTH_SERVER][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"password"};
    exchange = http_exchange_create(client, &options);
    snprintf(url, sizeof(url), "%s://server/first", scheme);
    answer = fetch(exchange, row->method, url);
    CHECK_INT(answer.error, 0);
    CHECK_INT(answer.status, row->status);
    CHECK_STR(answer.body, row->body ? row->body : "");
    snprintf(url, sizeof(url), "%s://server/second", scheme);
    answer = fetch(exchange, "GET", url);
    CHECK_INT(answer.error, 0);
    CHECK_INT(answer.status, 200);
    CHECK_STR(answer.body, "good");
    CHECK_INT(peer_connections(), row->connections);
    http_exchange_destroy(exchange);
    http_client_destroy(client);
    peer_end();
}

TEST(rows)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(rows); i++)
    {
        CASE(i);
        check_row(&rows[i], "http");
        check_row(&rows[i], "https");
    }
}

/* --- a large body, and an answer behind it --- */

static void serve_large(void *context, struct peer_connection *connection, const struct peer_request *request)
{
    static char body[LARGE + sizeof(EVIL)];

    if (strcmp(request->target, "/first"))
    {
        peer_send_text(connection, OK, PEER_NOW);
        return;
    }
    memset(body, 'x', LARGE);
    memcpy(body + LARGE, EVIL, sizeof(EVIL));
    peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", PEER_NOW);
    peer_send(connection, body, LARGE + strlen(EVIL), PEER_NOW);
}

TEST(large)
{
    static const char *const schemes[] = {"http", "https"};
    struct http_options options = {.user_agent = "test"};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(schemes); i++)
    {
        struct http_client *client = http_client_create();
        struct http_exchange *exchange = http_exchange_create(client, &options);
        static struct answer answer;
        char url[64];

        CASE(i);
        peer_begin(serve_large, NULL);
        snprintf(url, sizeof(url), "%s://server/first", schemes[i]);
        answer = fetch(exchange, "GET", url);
        CHECK_INT(answer.error, 0);
        CHECK_INT(strlen(answer.body), LARGE);
        snprintf(url, sizeof(url), "%s://server/second", schemes[i]);
        answer = fetch(exchange, "GET", url);
        CHECK_STR(answer.body, "good");
        http_exchange_destroy(exchange);
        http_client_destroy(client);
        peer_end();
    }
}

/* --- ends --- */

/* The first connection is closed behind its first answer, when the context says. */
static void serve_end(void *context, struct peer_connection *connection, const struct peer_request *request)
{
    peer_send_text(connection, OK, PEER_NOW);
    if (peer_connections() == 1 && request->number == 1) peer_close(connection, *(enum peer_when *)context);
    if (peer_connections() == 1 && request->number == 2) abort();
}

static void check_end(enum peer_when when, const char *method, uint32_t error)
{
    struct http_options options = {.user_agent = "test"};
    struct http_client *client = http_client_create();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct answer answer;

    peer_begin(serve_end, &when);
    answer = fetch(exchange, "GET", "http://server/first");
    CHECK_INT(answer.error, 0);
    answer = fetch(exchange, method, "http://server/second");
    CHECK_INT(answer.error, error);
    if (!error) CHECK_STR(answer.body, "good");
    CHECK_INT(peer_connections(), error ? 1 : 2);
    http_exchange_destroy(exchange);
    http_client_destroy(client);
    peer_end();
}

/* A request that is not idempotent is not sent twice; an end that can be seen before costs nothing. */
TEST(ends)
{
    check_end(PEER_NOW, "GET", 0);
    check_end(PEER_LATE, "GET", 0);
    check_end(PEER_NOW, "BITS_POST", 0);
    check_end(PEER_LATE, "BITS_POST", ERROR_WINHTTP_CONNECTION_ERROR);
}

int main(void)
{
    RUN(rows);
    RUN(large);
    RUN(ends);
    return unit_finish();
}
