/*
 * Answers: framing, heads, servers that do not keep to the rules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

/* --- answers given as text --- */

enum ending
{
    ENDS_CLOSED,
    ENDS_RESET,
    STAYS_OPEN
};

struct text_case
{
    const char *name;
    const char *method;
    const char *text; /* all that the server says */
    enum ending ending;
    uint32_t error;
    unsigned int status; /* 0: no head arrives */
    const char *body;    /* what can be read before the end or the error */
};

/* One request, the text, the ending. */
static void serve_text(struct peer_connection *connection)
{
    const struct text_case *test = connection->context;
    HANDLE stopping = peer_stopping(connection->peer);

    if (!peer_read_head(connection)) return;
    peer_send(connection, test->text, strlen(test->text));
    if (test->ending == STAYS_OPEN) WaitForSingleObject(stopping, INFINITE);
    else if (test->ending == ENDS_RESET) peer_reset(connection);
}

/* The same, a byte at a time. */
static void serve_bytes(struct peer_connection *connection)
{
    const struct text_case *test = connection->context;
    const char *pos;

    if (!peer_read_head(connection)) return;
    for (pos = test->text; *pos && peer_send(connection, pos, 1); pos++) continue;
    if (test->ending == STAYS_OPEN) WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
    else if (test->ending == ENDS_RESET) peer_reset(connection);
}

#define INVALID ERROR_WINHTTP_INVALID_SERVER_RESPONSE
#define NOT_HTTP HTTP_ERROR_NOT_HTTP /* B-435 */
#define BROKEN ERROR_WINHTTP_CONNECTION_ERROR

static const struct text_case text_cases[] = {
    {"length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS_OPEN, 0, 200, "hello"},
    {"length, HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS_OPEN, 0, 200, "hello"},
    {"empty", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAYS_OPEN, 0, 200, ""},
    {"until close", "GET", "HTTP/1.1 200 OK\r\n\r\nhello", ENDS_CLOSED, 0, 200, "hello"},
    {"until close, 1.0", "GET", "HTTP/1.0 200 OK\r\n\r\nhello", ENDS_CLOSED, 0, 200, "hello"},
    {"chunked", "GET",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nTrailer: x\r\n\r\n",
     STAYS_OPEN, 0, 200, "hello world"},
    {"chunked wins over length", "GET",
     "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n0\r\n\r\n",
     STAYS_OPEN, 0, 200, "hello"},
    /* What is no field, and no frame of the message, does no harm. */
    {"name with a blank", "GET", "HTTP/1.1 200 OK\r\nX-Powered By: old CGI\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN,
     0, 200, "ok"},
    {"blank before a colon", "GET", "HTTP/1.1 200 OK\r\nX-Foo : bar\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200,
     "ok"},
    {"no name", "GET", "HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"brackets", "GET", "HTTP/1.1 200 OK\r\nX (weird): x\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"words", "GET", "HTTP/1.1 200 OK\r\nand more\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"beyond ASCII", "GET", "HTTP/1.1 200 OK\r\n\xc3\xa4: x\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", STAYS_OPEN, 0, 200, ""},
    {"HEAD chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", STAYS_OPEN, 0, 200, ""},
    {"204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", STAYS_OPEN, 0, 204, ""},
    {"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", STAYS_OPEN, 0, 304, ""},
    {"interim", "GET",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
     "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
     STAYS_OPEN, 0, 200, "ok"},
    {"no reason", "GET", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"bare LF", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", STAYS_OPEN, 0, 200, "ok"},
    {"folded field", "GET", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0, 200, "ok"},
    {"same length twice", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", STAYS_OPEN, 0,
     200, "ok"},
    {"more than announced", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", STAYS_OPEN,
     0, 200, "ok"},

    {"nothing", "GET", "", ENDS_CLOSED, BROKEN, 0, NULL},
    {"reset", "GET", "", ENDS_RESET, BROKEN, 0, NULL},
    {"half a status line", "GET", "HTTP/1.1 20", ENDS_CLOSED, BROKEN, 0, NULL},
    {"half a head", "GET", "HTTP/1.1 200 OK\r\nContent-Le", ENDS_CLOSED, BROKEN, 0, NULL},
    {"only interim", "GET", "HTTP/1.1 100 Continue\r\n\r\n", ENDS_CLOSED, BROKEN, 0, NULL},
    {"truncated", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", ENDS_CLOSED, BROKEN, 200, "hello"},
    {"reset within", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ENDS_RESET, BROKEN, 200, NULL},
    {"truncated in chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\nhello", ENDS_CLOSED,
     BROKEN, 200, "hello"},
    {"no last chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ENDS_CLOSED, BROKEN,
     200, "hello"},
    {"no end of trailer", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
     ENDS_CLOSED, BROKEN, 200, "hello"},

    {"HTTP/0.9", "GET", "<html>hello</html>\n", ENDS_CLOSED, NOT_HTTP, 0, NULL},
    {"HTTP/2", "GET", "HTTP/2.0 200 OK\r\n\r\n", ENDS_CLOSED, NOT_HTTP, 0, NULL},
    {"status of two digits", "GET", "HTTP/1.1 20 OK\r\n\r\n", ENDS_CLOSED, INVALID, 0, NULL},
    {"status no number", "GET", "HTTP/1.1 abc OK\r\n\r\n", ENDS_CLOSED, INVALID, 0, NULL},
    {"garbage", "GET", "\x01\x02\x03\x04garbage\r\n\r\n", STAYS_OPEN, NOT_HTTP, 0, NULL},
    {"no colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length 5\r\n\r\nhello", STAYS_OPEN, INVALID, 0, NULL},
    {"blank before colon", "GET", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", STAYS_OPEN, INVALID, 0, NULL},
    {"CR within", "GET", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n", STAYS_OPEN, INVALID, 0, NULL},
    {"switching protocols", "GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", STAYS_OPEN, INVALID, 0,
     NULL},
    {"different lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", STAYS_OPEN,
     INVALID, 0, NULL},
    {"negative length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", STAYS_OPEN, INVALID, 0, NULL},
    {"huge length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551617\r\n\r\nhello", STAYS_OPEN, INVALID,
     0, NULL},
    {"strange coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", STAYS_OPEN,
     INVALID, 0, NULL},
    {"chunk size no number", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n",
     STAYS_OPEN, INVALID, 200, NULL},
    {"chunk size negative", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n", STAYS_OPEN,
     INVALID, 200, NULL},
    {"chunk size too large", "GET",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
     "10000000000000000\r\nhello",
     STAYS_OPEN, INVALID, 200, NULL},
    {"chunk without end", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld", STAYS_OPEN,
     INVALID, 200, NULL},
};

static void test_text(const struct text_case *test, peer_function serve)
{
    struct peer *peer = peer_create(serve, (void *)test);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.method = test->method, .url = peer_url(peer, "/")};
    struct answer answer;
    size_t got;

    fetch(exchange, &request, &answer);
    /* With a reset it is a matter of luck whether the head was still read. */
    if (test->ending != ENDS_RESET || answer.status) ok_answer(&answer, test->error, test->status);
    else ok(answer.error == test->error, "got error %u\n", answer.error);
    if (test->body && answer.body) ok_text(answer.body, test->body);
    if (test->status && test->error)
        ok(http_exchange_read(exchange, answer.body, 1, &got) == test->error, "the error did not stay\n");
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

static void test_texts(void)
{
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(text_cases); i++)
    {
        winetest_push_context("%s", text_cases[i].name);
        test_text(&text_cases[i], serve_text);
        if (text_cases[i].ending != ENDS_RESET) test_text(&text_cases[i], serve_bytes);
        winetest_pop_context();
    }
}

/* --- what the head says --- */

static void test_head(void)
{
    static const struct text_case text = {
        "", "GET", "\r\nHTTP/1.0 206 Partial\nA: 1\r\nContent-Length: 5\r\nb:  2 \r\na:\tthree\r\n\r\nhello",
        ENDS_CLOSED};
    struct peer *peer = peer_create(serve_text, (void *)&text);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.method = "GET", .url = peer_url(peer, "/path?query")};
    const struct http_response *response;
    uint32_t error;

    error = http_exchange_send(exchange, &request, &response);
    ok(!error, "got error %u\n", error);
    if (!error)
    {
        ok(response->status == 206, "got status %u\n", response->status);
        ok(response->version == 10, "got version %u\n", response->version);
        ok(response->content_length == 5, "got %llu bytes\n", response->content_length);
        ok(!response->redirected, "redirected\n");
        ok_text(response->url, request.url);
        ok_text(response->server_address, "127.0.0.1");
        ok_text(response->raw_headers, "HTTP/1.0 206 Partial\r\nA: 1\r\nContent-Length: 5\r\nb: 2\r\na: three\r\n\r\n");
        ok_text(http_exchange_header(exchange, "a", 0), "1");
        ok_text(http_exchange_header(exchange, "A", 1), "three");
        ok(!http_exchange_header(exchange, "A", 2), "a third field\n");
        ok(!http_exchange_header(exchange, "C", 0), "a field\n");
    }
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

static void test_lengths(void)
{
    static const struct
    {
        struct text_case text;
        uint64_t length;
    } tests[] = {
        {{"", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n"}, 5000000000},
        {{"", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n"}, 5000000000},
        {{"", "HEAD", "HTTP/1.1 200 OK\r\n\r\n"}, HTTP_LENGTH_UNKNOWN},
        {{"", "GET", "HTTP/1.1 200 OK\r\n\r\n"}, HTTP_LENGTH_UNKNOWN},
        {{"", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, HTTP_LENGTH_UNKNOWN},
        {{"", "GET", "HTTP/1.1 204 OK\r\n\r\n"}, 0},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        struct peer *peer = peer_create(serve_text, (void *)&tests[i].text);
        struct http_options options = default_options();
        struct http_exchange *exchange = http_exchange_create(client, &options);
        struct http_request request = {.method = tests[i].text.method, .url = peer_url(peer, "/")};
        const struct http_response *response;
        uint32_t error = http_exchange_send(exchange, &request, &response);

        ok(!error, "%u: got error %u\n", i, error);
        if (!error) ok(response->content_length == tests[i].length, "%u: got %llu\n", i, response->content_length);
        http_exchange_destroy(exchange);
        peer_destroy(peer);
    }
}

/* --- servers without end --- */

static void serve_endless(struct peer_connection *connection)
{
    const char *line = connection->context;
    char block[4096];
    size_t used;

    if (!peer_read_head(connection)) return;
    if (strncmp(line, "HTTP/", 5)) peer_send_text(connection, "HTTP/1.1 200 OK\r\n");
    for (used = 0; used + strlen(line) <= sizeof(block); used += strlen(line)) memcpy(block + used, line, strlen(line));
    while (peer_send(connection, block, used)) continue;
}

static void test_endless(void)
{
    static const char *const lines[] = {"X-Field: value\r\n", "xxxxxxxxxxxxxxxx", " folded\r\n",
                                        "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 "};
    struct answer answer;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(lines); i++)
    {
        struct peer *peer = peer_create(serve_endless, (void *)lines[i]);

        winetest_push_context("endless %.10s", lines[i]);
        fetch_url(NULL, peer_url(peer, "/"), &answer);
        ok_answer(&answer, INVALID, 0);
        answer_free(&answer);
        winetest_pop_context();
        peer_destroy(peer);
    }
}

/* --- much --- */

#define MUCH (5ULL * 1024 * 1024 * 1024 + 12345)

static void serve_much(struct peer_connection *connection)
{
    static const size_t piece = 1 << 20;
    BOOL chunked = connection->context != NULL;
    char *zeros = calloc(1, piece);
    uint64_t left = MUCH;

    if (peer_read_head(connection))
    {
        if (chunked) peer_send_text(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%llX\r\n", MUCH);
        else peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n", MUCH);
        while (left && peer_send(connection, zeros, min(left, piece))) left -= min(left, piece);
        if (chunked) peer_send_text(connection, "\r\n0\r\n\r\n");
    }
    free(zeros);
}

static void test_much(void *chunked)
{
    static const size_t size = 1 << 20;
    struct peer *peer = peer_create(serve_much, chunked);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.method = "GET", .url = peer_url(peer, "/")};
    const struct http_response *response;
    char *buffer = malloc(size);
    uint64_t total = 0;
    uint32_t error;
    size_t got;

    error = http_exchange_send(exchange, &request, &response);
    while (!error && !(error = http_exchange_read(exchange, buffer, size, &got)) && got) total += got;
    ok(!error, "got error %u\n", error);
    ok(total == MUCH, "got %llu bytes\n", total);
    free(buffer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

void test_messages(void)
{
    test_texts();
    test_head();
    test_lengths();
    test_endless();
    test_much(NULL);
    test_much((void *)1);
}
