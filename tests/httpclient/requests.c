/*
 * What the client sends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

/* Answers with the head of the request. */
static void serve_echo(struct peer_connection *connection)
{
    while (peer_read_head(connection))
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s",
                       (unsigned int)strlen(connection->head), connection->head);
}

/* The head of a request as it arrives, "PORT" in place of the port. */
static void check_head(struct peer *peer, const struct http_options *options, const struct http_request *request,
                       const char *expected)
{
    struct http_exchange *exchange = http_exchange_create(client, options);
    struct answer answer;
    char port[16], *pos;

    fetch(exchange, request, &answer);
    ok_answer(&answer, 0, 200);
    sprintf(port, "127.0.0.1:%u", peer_port(peer));
    while ((pos = strstr(answer.body, port)))
    {
        memcpy(pos, "HOST", 4);
        memmove(pos + 4, pos + strlen(port), strlen(pos + strlen(port)) + 1);
    }
    ok_text(answer.body, expected);
    answer_free(&answer);
    http_exchange_destroy(exchange);
}

static void test_heads(void)
{
    struct peer *peer = peer_create(serve_echo, NULL);
    struct http_options options = default_options();
    struct http_request request = {.method = "GET", .url = peer_url(peer, "/a%20b?c=d#e")};

    /* B-422: the order of Windows 10 */
    request.headers = "If-Unmodified-Since: now\r\nRange: bytes=0-9\r\n";
    check_head(peer, &options, &request,
               "GET /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
               "If-Unmodified-Since: now\r\nRange: bytes=0-9\r\nUser-Agent: test/1.0\r\nHost: HOST\r\n\r\n");

    /* D-359, D-360 */
    request.headers = "Range: bytes=0-9\r\n";
    request.headers_behind = "MS-CV: abc.1.0\r\n";
    request.send_length = TRUE;
    check_head(peer, &options, &request,
               "GET /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\nRange: bytes=0-9\r\n"
               "User-Agent: test/1.0\r\nMS-CV: abc.1.0\r\nContent-Length: 0\r\nHost: HOST\r\n\r\n");
    request.headers_behind = NULL;
    request.send_length = FALSE;

    /* B-580, B-199: custom fields; framing, Host and our own fields cannot be replaced, and what a line could hide is
     * not sent */
    options.custom_headers = "X-One: 1\r\nuser-agent: mine\r\nHost: elsewhere\r\nContent-Length: 7\r\n"
                             "Transfer-Encoding: chunked\r\nConnection: close\r\nExpect: 100-continue\r\n"
                             "Range: bytes=5-\r\nnonsense\r\nX-Two:2\nX-Three: a\rX-Evil: b\r\nX-Four: \x0b\r\n";
    check_head(peer, &options, &request,
               "GET /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
               "Range: bytes=0-9\r\nUser-Agent: mine\r\nX-One: 1\r\nX-Two: 2\r\nHost: HOST\r\n\r\n");
    request.headers = NULL;
    options.custom_headers = "Accept: text/plain\r\nAccept-Encoding: gzip\r\nAuthorization: mine\r\n"
                             "Cookie: a=b\r\nProxy-Authorization: secret\r\n";
    options.user_agent = NULL;
    check_head(peer, &options, &request,
               "GET /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: text/plain\r\nAccept-Encoding: gzip\r\n"
               "Authorization: mine\r\nCookie: a=b\r\nHost: HOST\r\n\r\n");

    /* B-595, and packets without a body */
    options = default_options();
    request.method = "BITS_POST";
    request.headers = "BITS-Packet-Type: Ping\r\n";
    request.send_length = TRUE;
    check_head(peer, &options, &request,
               "BITS_POST /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\n"
               "BITS-Packet-Type: Ping\r\nUser-Agent: test/1.0\r\nContent-Length: 0\r\nHost: HOST\r\n\r\n");
    request.send_length = FALSE;
    check_head(peer, &options, &request,
               "BITS_POST /a%20b?c=d HTTP/1.1\r\nConnection: Keep-Alive\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
               "BITS-Packet-Type: Ping\r\nUser-Agent: test/1.0\r\nHost: HOST\r\n\r\n");
    peer_destroy(peer);
}

static void test_injection(void)
{
    static const char *const methods[] = {"GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "GE T", "", "GET\n"};
    struct peer *peer = peer_create(serve_echo, NULL);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.url = peer_url(peer, "/")};
    struct answer answer;
    unsigned int i;
    char url[256];

    for (i = 0; i < ARRAYSIZE(methods); i++)
    {
        request.method = methods[i];
        fetch(exchange, &request, &answer);
        ok_answer(&answer, ERROR_WINHTTP_INVALID_HEADER, 0);
        answer_free(&answer);
    }
    request.method = "GET";
    snprintf(url, sizeof(url), "%s\r\nX-Evil: 1", peer_url(peer, "/"));
    request.url = url;
    fetch(exchange, &request, &answer);
    ok_answer(&answer, ERROR_WINHTTP_INVALID_URL, 0);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

/* --- bodies --- */

#define BIG (5ULL * 1024 * 1024 * 1024 + 777)

struct upload
{
    uint64_t size;
    uint64_t next; /* offset that is expected next */
    unsigned int restarts;
    uint64_t fail_at; /* the source fails there, 0 = never */
};

static uint32_t give_pattern(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct upload *upload = context;
    size_t i;

    if (offset != upload->next)
    {
        ok(!offset, "offset %llu after %llu\n", offset, upload->next);
        upload->restarts++;
    }
    if (upload->fail_at && offset >= upload->fail_at) return ERROR_CRC;
    *got = min(size, (upload->fail_at ? upload->fail_at : upload->size) - offset);
    /* Not always as much as there is room for. */
    if (*got > 1000 && (offset >> 20) % 2) *got -= 7;
    if (upload->size < 1 << 24)
        for (i = 0; i < *got; i++) ((char *)buffer)[i] = (offset + i) % 251;
    upload->next = offset + *got;
    return 0;
}

/* Tells how long the body was, and for short ones whether it was right. */
static void serve_count(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        uint64_t size = _atoi64(peer_header(connection, "Content-Length")), i;
        char *body = size < 1 << 24 ? malloc(size + 1) : NULL;

        if (!peer_read_body(connection, body, size))
        {
            free(body);
            return;
        }
        for (i = 0; body && i < size && body[i] == (char)(i % 251); i++) continue;
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s %llu",
                       !body || i == size ? "good" : "bad", size);
        free(body);
        return;
    }
}

static void test_bodies(void)
{
    static const uint64_t sizes[] = {
        0,       1,  1000, 256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1,
        3000000, BIG};
    struct peer *peer = peer_create(serve_count, NULL);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request request = {.method = "PUT", .url = peer_url(peer, "/"), .body = give_pattern};
    struct answer answer;
    struct upload upload;
    char expected[64];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(sizes); i++)
    {
        memset(&upload, 0, sizeof(upload));
        upload.size = request.body_length = sizes[i];
        request.body_context = &upload;
        fetch(exchange, &request, &answer);
        ok_answer(&answer, 0, 200);
        sprintf(expected, "good %llu", sizes[i]);
        ok_text(answer.body, expected);
        answer_free(&answer);
    }

    /* The error of the source is the error of the request. */
    upload.size = request.body_length = 1000000;
    upload.next = 0;
    upload.fail_at = 500000;
    fetch(exchange, &request, &answer);
    ok_answer(&answer, ERROR_CRC, 0);
    answer_free(&answer);
    request.body_length = 2000000;
    upload.fail_at = upload.next = 0;
    fetch(exchange, &request, &answer);
    ok_answer(&answer, ERROR_HANDLE_EOF, 0);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

/* Answers when a little of the body has come, and takes no more. */
static void serve_refusal(struct peer_connection *connection)
{
    if (!peer_read_head(connection) || !peer_read_body(connection, NULL, 1000)) return;
    peer_send_text(connection, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nstop");
    if (connection->context) return;
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

/* Answers when the client has sent as much as fits between them and stands still, most probably. */
static void serve_late_refusal(struct peer_connection *connection)
{
    if (!peer_read_head(connection)) return;
    WaitForSingleObject(peer_stopping(connection->peer), 500);
    peer_send_text(connection, "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nstop");
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

static void test_early_answer(peer_function serve, void *closes, uint32_t send_timeout)
{
    struct peer *peer = peer_create(serve, closes);
    struct http_options options = default_options();
    struct http_exchange *exchange;
    struct upload upload = {.size = 1ULL << 40};
    struct http_request request = {.method = "PUT",
                                   .url = peer_url(peer, "/"),
                                   .body = give_pattern,
                                   .body_context = &upload,
                                   .body_length = 1ULL << 40};
    struct answer answer;

    options.send_timeout = send_timeout;
    exchange = http_exchange_create(client, &options);
    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 413);
    ok_text(answer.body, "stop");
    ok(upload.next < 1ULL << 36, "%llu bytes were sent\n", upload.next);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

/* More than fits between client and server. */
#define INTERIM_BODY (64ULL * 1024 * 1024)
#define INTERIM "HTTP/1.1 100 Continue\r\n\r\n"

/* Says to go on, lets the client stand still, and then takes everything, with more such words between. */
static void serve_encouragement(struct peer_connection *connection)
{
    uint64_t left;

    if (!peer_read_head(connection)) return;
    peer_send_text(connection, INTERIM);
    WaitForSingleObject(peer_stopping(connection->peer), 600);
    for (left = _atoi64(peer_header(connection, "Content-Length")); left; left -= min(left, 4000000))
    {
        if (!peer_read_body(connection, NULL, min(left, 4000000))) return;
        peer_send_text(connection, "HTTP/1.1 103 Early Hints\r\nLink: none\r\n\r\n");
    }
    peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

/* Says to go on, and at once that this is not wanted. */
static void serve_change_of_mind(struct peer_connection *connection)
{
    if (!peer_read_head(connection)) return;
    WaitForSingleObject(peer_stopping(connection->peer), 500);
    peer_send_text(connection, INTERIM INTERIM "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nstop");
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

/* RFC 9110 section 15.2: interim answers that nobody has asked for change nothing. */
static void test_interim_answers(void)
{
    struct peer *peer = peer_create(serve_encouragement, NULL);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct upload upload = {.size = INTERIM_BODY};
    struct http_request request = {.method = "PUT",
                                   .url = peer_url(peer, "/"),
                                   .body = give_pattern,
                                   .body_context = &upload,
                                   .body_length = INTERIM_BODY};
    struct answer answer;

    fetch(exchange, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "good");
    ok(upload.next == INTERIM_BODY, "%llu bytes were sent\n", upload.next);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

void test_requests(void)
{
    test_heads();
    test_injection();
    test_bodies();
    test_interim_answers();
    test_early_answer(serve_change_of_mind, NULL, SOON_MS);
    test_early_answer(serve_refusal, (void *)1, 500);
    test_early_answer(serve_refusal, NULL, 500);
    test_early_answer(serve_late_refusal, NULL, SOON_MS);
}
