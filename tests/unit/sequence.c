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

/* --- what goes where --- */

struct visit
{
    const char *location;         /* of the first answer; NULL: it is none */
    const char *cookies;          /* Set-Cookie fields of it, or "" */
    char first[8192], last[8192]; /* heads of requests: to "home", to another server or again */
    bool challenged;
};

static void serve_visit(void *context, struct peer_connection *connection, const struct peer_request *request)
{
    struct visit *visit = context;
    char text[1024];

    if (!visit->first[0] && visit->location)
    {
        strcpy(visit->first, request->head);
        snprintf(text, sizeof(text), "HTTP/1.1 302 Found\r\nLocation: %s\r\n%sContent-Length: 0\r\n\r\n",
                 visit->location, visit->cookies);
        peer_send_text(connection, text, PEER_NOW);
        return;
    }
    strcpy(visit->last, request->head);
    if (!visit->challenged)
        peer_send_text(connection,
                       "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                       "Content-Length: 0\r\n\r\n",
                       PEER_NOW);
    else peer_send_text(connection, OK, PEER_NOW);
    visit->challenged = true;
}

enum
{
    PASSWORD = 1, /* of the program, by Basic */
    CHALLENGE = 2,
    SECRET = 4,
    PLAIN = 8,
    GIVEN_COOKIE = 16,
    SET_COOKIE = 32,
    URL_PASSWORD = 64,
};

static unsigned int contents(const char *head)
{
    return (strstr(head, "Basic dXNlcjpwYXNzd29yZA==") ? PASSWORD : 0) |
           (strstr(head, "X-Challenge:") ? CHALLENGE : 0) | (strstr(head, "X-Token:") ? SECRET : 0) |
           (strstr(head, "X-Plain:") ? PLAIN : 0) | (strstr(head, "given=1") ? GIVEN_COOKIE : 0) |
           (strstr(head, "set=1") ? SET_COOKIE : 0) | (strstr(head, "Basic Ym9iOnB3") ? URL_PASSWORD : 0);
}

static const struct
{
    const char *url, *home, *location;
    enum http_named_by named_by;
    unsigned int last; /* contents of the last request */
} visits[] = {
    /* a challenge is answered with the custom fields for it first, and once */
    {"http://home/", NULL, NULL, 0, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE},
    {"http://home/", NULL, "/next", 0, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE | SET_COOKIE},
    {"http://home/", NULL, "http://HOME:80/next", 0, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE | SET_COOKIE},
    {"http://home/", NULL, "https://home/next", 0, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE},
    {"http://home/", NULL, "http://other/next", 0, PLAIN},
    {"http://home/", NULL, "https://other/next", 0, PLAIN},
    {"http://home/", NULL, "http://home:8080/next", 0, PLAIN},
    {"http://home/", NULL, "http://eve:evil@other/next", 0, PLAIN},
    /* a name that a redirect has left: asked at once */
    {"http://other/", "http://home/", NULL, HTTP_NAMED_BY_REDIRECT, PLAIN},
    {"http://home/", "http://home/", NULL, HTTP_NAMED_BY_REDIRECT, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE},
    {"http://other/", "http://home/", "http://home/", HTTP_NAMED_BY_REDIRECT, PLAIN},
    /* BITS-Host-Id, cache servers, files of hashes */
    {"http://other/", "http://home/", NULL, HTTP_NAMED_BY_UPLOAD_SERVER, CHALLENGE | SECRET | PLAIN | GIVEN_COOKIE},
    {"http://other/", "https://home/", NULL, HTTP_NAMED_BY_UPLOAD_SERVER, PLAIN},
    {"http://cache/", "http://home/", NULL, HTTP_NAMED_BY_ADMINISTRATOR, PLAIN},
    {"http://hashes/", "http://home/", NULL, HTTP_NAMED_BY_HASHES, 0},
    {"http://home/", "http://home/", NULL, HTTP_NAMED_BY_HASHES, 0},
};

static void check_visit(const struct http_options *options, const char *url, const char *home, const char *location,
                        enum http_named_by named_by, unsigned int last)
{
    struct http_request request = {.method = "GET", .url = url, .home = home, .named_by = named_by};
    struct visit visit = {.location = location, .cookies = "Set-Cookie: set=1; Path=/\r\n"};
    struct http_client *client = http_client_create();
    struct http_exchange *exchange = http_exchange_create(client, options);
    const struct http_response *response;

    peer_begin(serve_visit, &visit);
    CHECK_INT(http_exchange_send(exchange, &request, &response), 0);
    CHECK_INT(contents(visit.last), last);
    http_exchange_destroy(exchange);
    http_client_destroy(client);
    peer_end();
}

TEST(secrets)
{
    struct http_options options = {
        .user_agent = "test",
        .custom_headers = "X-Token: 1\r\nX-Plain: 1\r\nCookie: given=1\r\n",
        .challenge_headers = "X-Challenge: 1\r\n",
        .allow_https_to_http = TRUE,
    };
    unsigned int i;

    options.credentials[HTTP_AUTH_SERVER][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"password"};
    for (i = 0; i < ARRAYSIZE(visits); i++)
    {
        unsigned int last = visits[i].last;

        CASE(i);
        options.challenge_headers = "X-Challenge: 1\r\n";
        check_visit(&options, visits[i].url, visits[i].home, visits[i].location, visits[i].named_by, last);
        /* without such fields the credentials are the answer, and go where those went */
        options.challenge_headers = NULL;
        if (last & CHALLENGE) last = (last & ~CHALLENGE) | PASSWORD;
        CASE(100 + i);
        check_visit(&options, visits[i].url, visits[i].home, visits[i].location, visits[i].named_by, last);
    }

    /* A URL's password stays with its server, and the program's does not go in its place. */
    CASE(200);
    memset(options.credentials, 0, sizeof(options.credentials));
    options.custom_headers = NULL;
    check_visit(&options, "http://bob:pw@home/", NULL, NULL, 0, URL_PASSWORD);
    check_visit(&options, "http://bob:pw@home/", NULL, "/next", 0, URL_PASSWORD | SET_COOKIE);
    check_visit(&options, "http://bob:pw@home/", NULL, "http://home/next", 0, URL_PASSWORD | SET_COOKIE);
    check_visit(&options, "http://bob:pw@home/", NULL, "http://other/next", 0, 0);
    check_visit(&options, "http://bob:pw@home/", NULL, "https://home/next", 0, 0);
}

/* RFC 9110 section 15.4: what was said of a body goes with it. */
TEST(content_fields)
{
    struct http_options options = {.user_agent = "test", .custom_headers = "Content-Language: en\r\nX-Plain: 1\r\n"};
    struct http_request request = {
        .method = "POST", .url = "http://home/", .headers = "Content-Type: text/plain\r\n", .send_length = TRUE};
    struct visit visit = {.location = "/next", .cookies = "", .challenged = true};
    struct http_client *client = http_client_create();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    const struct http_response *response;

    peer_begin(serve_visit, &visit);
    CHECK_INT(http_exchange_send(exchange, &request, &response), 0);
    CHECK(strstr(visit.first, "POST / ") && strstr(visit.first, "Content-Type: text/plain\r\n"));
    CHECK(strstr(visit.last, "GET /next ") && strstr(visit.last, "X-Plain:") && !strstr(visit.last, "Content-"));
    http_exchange_destroy(exchange);
    http_client_destroy(client);
    peer_end();
}

int main(void)
{
    RUN(rows);
    RUN(large);
    RUN(ends);
    RUN(secrets);
    RUN(content_fields);
    return unit_finish();
}
