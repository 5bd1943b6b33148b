/*
 * Unit tests of libs/http/message.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "message.h"

#include <stdlib.h>

/*
 * Feeds text at once, in two pieces with the cut at every place, and byte by byte; the result must always be
 * the same, and for a complete head as many bytes must be consumed.
 */
static void check_feed(const char *text, size_t len, enum http_parse_error want, size_t want_consumed)
{
    struct http_response_head head;
    size_t cut, consumed, total;

    http_response_init(&head);
    for (cut = 0; cut <= len; cut++)
    {
        enum http_parse_error got = http_response_feed(&head, text, cut, &consumed);

        total = consumed;
        if (got == HTTP_PARSE_MORE)
        {
            CHECK_INT(consumed, cut);
            got = http_response_feed(&head, text + cut, len - cut, &consumed);
            total += consumed;
        }
        CHECK_INT(got, want);
        if (got == HTTP_PARSE_OK) CHECK_INT(total, want_consumed);
        CHECK_INT(http_response_feed(&head, "x", 0, &consumed), want);
        http_response_reset(&head);
    }
    for (total = 0; total < len && http_response_feed(&head, text + total, 1, &consumed) == HTTP_PARSE_MORE; total++)
        CHECK_INT(consumed, 1);
    CHECK_INT(head.result, want);
    http_response_cleanup(&head);
}

static void check_complete(const char *text, size_t extra)
{
    check_feed(text, strlen(text), HTTP_PARSE_OK, strlen(text) - extra);
}

static void check_error(const char *text, enum http_parse_error want)
{
    check_feed(text, strlen(text), want, 0);
}

TEST(heads)
{
    static const char nul[] = "HTTP/1.1 200 O\0K\r\n\r\n";

    check_complete("HTTP/1.1 200 OK\r\n\r\n", 0);
    check_complete("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\nbody", 4);
    check_complete("HTTP/1.0 404\r\n\r\n", 0);
    check_complete("HTTP/1.1 404 \r\n\r\n", 0);
    check_complete("HTTP/1.9 200 \xe9t\xe9 a b\nA: b\n\nHTTP", 4);
    check_complete("\r\n\nHTTP/1.1 200 OK\r\n\r\n\r\n", 2);
    check_complete("\n\n\n\nHTTP/1.1 200 OK\n\n", 0);
    check_complete("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 0);
    check_error("\n\n\n\n\nHTTP/1.1 200 OK\n\n", HTTP_PARSE_NOT_HTTP);
    check_error("\rHTTP/1.1 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("\r\r\nHTTP/1.1 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("<html>", HTTP_PARSE_NOT_HTTP);
    check_error(" HTTP/1.1 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("http/1.1 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP/2.0 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP/1 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP/1.\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP/1.x 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("ICY 200 OK\r\n\r\n", HTTP_PARSE_NOT_HTTP);
    check_error("HTTP/1.10 200 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 \r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1  200 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 20 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 2000 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 099 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 -20 OK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 200\tOK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 200 O\rK\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 200 OK\r\n Content-Length: 5\r\n\r\n", HTTP_PARSE_INVALID);
    check_error("HTTP/1.1 200 OK\r\nA: b\r\n\r", HTTP_PARSE_MORE);
    check_error("HTTP/1.", HTTP_PARSE_MORE);
    check_error("", HTTP_PARSE_MORE);
    check_error("\r", HTTP_PARSE_MORE);
    check_feed(nul, sizeof(nul) - 1, HTTP_PARSE_INVALID, 0);
}

TEST(contents)
{
    const char *text = "\r\nHTTP/1.0 301 Moved  on\r\nLocation: /x\r\nA: b\r\n c\r\n\r\nbody";
    struct http_response_head head;
    size_t consumed;

    http_response_init(&head);
    CHECK(!http_response_started(&head));
    CHECK_INT(http_response_feed(&head, text, 1, &consumed), HTTP_PARSE_MORE);
    CHECK(http_response_started(&head));
    CHECK_INT(http_response_feed(&head, text + 1, strlen(text) - 1, &consumed), HTTP_PARSE_OK);
    CHECK_STR(text + 1 + consumed, "body");
    CHECK_INT(head.minor_version, 0);
    CHECK_INT(head.status, 301);
    CHECK_STR(head.reason, "Moved  on");
    CHECK_STR(http_fields_get(&head.fields, "location"), "/x");
    CHECK_STR(http_fields_get(&head.fields, "a"), "b c");
    CHECK_STR(head.head, "HTTP/1.0 301 Moved  on\r\nLocation: /x\r\nA: b\r\n c\r\n\r\n");
    CHECK_INT(head.head_len, strlen(head.head));
    http_response_reset(&head);
    CHECK(!http_response_started(&head));
    CHECK_STR(head.reason, "");
    CHECK_INT(http_response_feed(&head, "HTTP/1.1 200\n\n", 14, &consumed), HTTP_PARSE_OK);
    CHECK_INT(head.status, 200);
    CHECK_STR(head.reason, "");
    http_response_cleanup(&head);
}

/* Feeds count copies of piece after start; what comes out first that is not MORE. */
static enum http_parse_error feed_many(const char *start, const char *piece, size_t count)
{
    enum http_parse_error error;
    struct http_response_head head;
    size_t consumed;

    http_response_init(&head);
    error = http_response_feed(&head, start, strlen(start), &consumed);
    while (count-- && error == HTTP_PARSE_MORE) error = http_response_feed(&head, piece, strlen(piece), &consumed);
    if (error == HTTP_PARSE_MORE) error = http_response_feed(&head, "\r\n\r\n", 4, &consumed);
    http_response_cleanup(&head);
    return error;
}

TEST(limits)
{
    CHECK_INT(feed_many("HTTP/1.1 200 OK", "x", HTTP_STATUS_LINE_MAX - 17), HTTP_PARSE_OK);
    CHECK_INT(feed_many("HTTP/1.1 200 OK", "x", HTTP_STATUS_LINE_MAX - 15), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(feed_many("HTTP/1.1 200 OK", "x", HTTP_STATUS_LINE_MAX), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(feed_many("junk", "x", 2 * HTTP_STATUS_LINE_MAX), HTTP_PARSE_NOT_HTTP);
    CHECK_INT(feed_many("HTTP/1.1 200 OK\r\nA: ", "x", HTTP_FIELDS_MAX_BYTES - 10), HTTP_PARSE_OK);
    CHECK_INT(feed_many("HTTP/1.1 200 OK\r\nA: ", "x", HTTP_FIELDS_MAX_BYTES), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(feed_many("HTTP/1.1 200 OK", "\r\nA: b", HTTP_FIELDS_MAX), HTTP_PARSE_OK);
    CHECK_INT(feed_many("HTTP/1.1 200 OK", "\r\nA: b", HTTP_FIELDS_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(feed_many("HTTP/1.1 200 OK\r\nA: b", "\r\n ", 50000), HTTP_PARSE_OK);
}

static void check_framing(const char *method, const char *text, enum http_parse_error want, enum http_body_kind kind,
                          uint64_t length, bool keep_alive, bool keep_alive_proxy)
{
    struct http_response_head head;
    struct http_framing framing;
    size_t consumed;

    http_response_init(&head);
    CHECK_INT(http_response_feed(&head, text, strlen(text), &consumed), HTTP_PARSE_OK);
    CHECK_INT(http_response_framing(&head, method, &framing), want);
    if (!want)
    {
        CHECK_INT(framing.kind, kind);
        CHECK(framing.length == length);
        CHECK_INT(http_response_keep_alive(&head, &framing, false), keep_alive);
        CHECK_INT(http_response_keep_alive(&head, &framing, true), keep_alive_proxy);
    }
    http_response_cleanup(&head);
}

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define OLD_HEAD "HTTP/1.0 200 OK\r\n"

/* RFC 9112 section 6.3 and 9.3 */
TEST(framing)
{
    check_framing("GET", OK_HEAD "Content-Length: 5\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, true, true);
    check_framing("GET", OK_HEAD "Content-Length: 0\r\n\r\n", 0, HTTP_BODY_LENGTH, 0, true, true);
    check_framing("GET", OK_HEAD "\r\n", 0, HTTP_BODY_UNTIL_CLOSE, 0, false, false);
    check_framing("GET", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", 0, HTTP_BODY_CHUNKED, 0, true, true);
    check_framing("GET", OK_HEAD "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_CHUNKED, 0,
                  false, false);
    check_framing("GET", OLD_HEAD "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n", 0, HTTP_BODY_CHUNKED,
                  0, false, false);
    check_framing("HEAD", OK_HEAD "Content-Length: 5\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("HEAD", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("HEAD", OK_HEAD "Content-Length: 5\r\nConnection: close\r\n\r\n", 0, HTTP_BODY_NONE, 0, false, false);
    check_framing("head", OK_HEAD "Content-Length: 5\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, true, true);
    check_framing("GET", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("GET", "HTTP/1.1 304 No\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("GET", "HTTP/1.1 100 Go\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("CONNECT", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n", 0, HTTP_BODY_NONE, 0, true, true);
    check_framing("CONNECT", "HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, true, true);
    check_framing("GET", OK_HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", HTTP_PARSE_CONFLICT, 0, 0, 0, 0);
    check_framing("GET", OK_HEAD "Content-Length: x\r\n\r\n", HTTP_PARSE_INVALID, 0, 0, 0, 0);
    check_framing("GET", OK_HEAD "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", HTTP_PARSE_UNSUPPORTED, 0, 0,
                  0, 0);
    check_framing("GET", OK_HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_PARSE_INVALID,
                  0, 0, 0, 0);
    check_framing("GET", OK_HEAD "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n", 0, HTTP_BODY_LENGTH, 5,
                  true, true);
    check_framing("GET", OLD_HEAD "Content-Length: 5\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, false, false);
    check_framing("GET", OLD_HEAD "Content-Length: 5\r\nConnection: Keep-Alive\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, true,
                  true);
    check_framing("GET", OLD_HEAD "Content-Length: 5\r\nProxy-Connection: Keep-Alive\r\n\r\n", 0, HTTP_BODY_LENGTH, 5,
                  false, true);
    check_framing("GET", OK_HEAD "Content-Length: 5\r\nConnection: x, CLOSE\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, false,
                  false);
    check_framing("GET", OK_HEAD "Content-Length: 5\r\nProxy-Connection: close\r\n\r\n", 0, HTTP_BODY_LENGTH, 5, true,
                  false);
}

TEST(request)
{
    struct http_fields fields;
    char *head;
    size_t len;

    http_fields_init(&fields);
    CHECK_INT(http_request_build("GET", "/", &fields, &head, &len), HTTP_PARSE_OK);
    CHECK_STR(head, "GET / HTTP/1.1\r\n\r\n");
    free(head);
    CHECK_INT(http_fields_add(&fields, "Host", "h"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "A", ""), HTTP_PARSE_OK);
    CHECK_INT(http_request_build("BITS_POST", "/a?b", &fields, &head, &len), HTTP_PARSE_OK);
    CHECK_STR(head, "BITS_POST /a?b HTTP/1.1\r\nHost: h\r\nA: \r\n\r\n");
    CHECK_INT(len, strlen(head));
    free(head);
    CHECK_INT(http_request_build("GE T", "/", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("", "/", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET\r\n", "/", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET", "", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET", "/ b", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET", "/\r\nA: b", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET", "/\x7f", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK_INT(http_request_build("GET", "/\xc3\xa4", &fields, &head, &len), HTTP_PARSE_INVALID);
    CHECK(!head && !len);
    http_fields_cleanup(&fields);
}

int main(void)
{
    RUN(heads);
    RUN(contents);
    RUN(limits);
    RUN(framing);
    RUN(request);
    return unit_finish();
}
