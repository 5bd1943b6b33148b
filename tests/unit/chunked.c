/*
 * Unit tests of libs/http/chunked.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "chunked.h"
#include "fields.h"

#include <stdlib.h>

struct run
{
    struct http_chunked chunked;
    enum http_parse_error result;
    size_t consumed;
    size_t body_len;
    char body[4096];
};

static void start(struct run *run)
{
    http_chunked_init(&run->chunked);
    run->result = HTTP_PARSE_MORE;
    run->consumed = run->body_len = 0;
}

/* Decodes one piece of input as a caller would. */
static void feed(struct run *run, const char *data, size_t len)
{
    const char *payload;
    size_t consumed, payload_len;

    while (len && run->result == HTTP_PARSE_MORE)
    {
        run->result = http_chunked_next(&run->chunked, data, len, &consumed, &payload, &payload_len);
        CHECK(consumed > 0 && consumed <= len);
        CHECK(!payload_len || (payload >= data && payload + payload_len <= data + consumed));
        if (payload_len) memcpy(run->body + run->body_len, payload, payload_len);
        run->body_len += payload_len;
        run->consumed += consumed;
        data += consumed;
        len -= consumed;
    }
}

/* At once, with the cut at every place, and byte by byte. */
static void check(const char *text, size_t len, enum http_parse_error want, const char *body, size_t extra)
{
    struct run run;
    size_t cut;

    for (cut = 0; cut <= len + 1; cut++)
    {
        start(&run);
        if (cut <= len)
        {
            feed(&run, text, cut);
            feed(&run, text + cut, len - cut);
        }
        else
        {
            size_t i;

            for (i = 0; i < len; i++) feed(&run, text + i, 1);
        }
        run.body[run.body_len] = 0;
        CHECK_INT(run.result, want);
        if (body) CHECK_STR(run.body, body);
        if (want == HTTP_PARSE_OK) CHECK_INT(run.consumed, len - extra);
    }
}

static void check_text(const char *text, enum http_parse_error want, const char *body, size_t extra)
{
    check(text, strlen(text), want, body, extra);
}

/* RFC 9112 section 7.1 */
TEST(bodies)
{
    check_text("0\r\n\r\n", HTTP_PARSE_OK, "", 0);
    check_text("5\r\nhello\r\n0\r\n\r\nHTTP", HTTP_PARSE_OK, "hello", 4);
    check_text("5\r\nhello\r\n6\r\n world\r\n00000\r\n\r\n", HTTP_PARSE_OK, "hello world", 0);
    check_text("a\r\n0123456789\r\nA;x=\"y\";z\r\nabcdefghij\r\n0 ; end\r\n\r\n", HTTP_PARSE_OK, "0123456789abcdefghij",
               0);
    check_text("00000000000000000000003  \t\r\n\r\n\n\r\n0\r\n\r\n", HTTP_PARSE_OK, "\r\n\n", 0);
    check_text("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\n..", HTTP_PARSE_OK, "x", 2);
    check_text("1\r\nx\r\n0\r\nA: b\n\nrest", HTTP_PARSE_OK, "x", 4);
    check_text("0\r\nanything: \xff\r\n\r\n", HTTP_PARSE_OK, "", 0);
}

TEST(truncated)
{
    const char *text = "5;x\r\nhello\r\n0\r\nA: b\r\n\r\n";
    struct run run;
    size_t len;

    for (len = 0; len < strlen(text); len++)
    {
        start(&run);
        feed(&run, text, len);
        CHECK_INT(run.result, HTTP_PARSE_MORE);
    }
}

TEST(malformed)
{
    static const char *const bad[] = {
        "\r\n",
        "x\r\n",
        " 5\r\nhello\r\n",
        "-5\r\nhello\r\n",
        "+5\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        ";a\r\n",
        "5\nhello\r\n",
        "5\rhello",
        "5\r\r\nhello\r\n",
        "5;a\nhello",
        "5;a\rb\r\n",
        "5\r\nhello0\r\n",
        "5\r\nhello\n0\r\n",
        "5\r\nhello\rx",
        "5\r\nhello\r\n\r\n",
        "5g\r\n",
        "0\r\n\rx",
        "0\r\nA\rb\r\n",
        "5,\r\n",
        "5\"\r\n",
    };
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) check_text(bad[i], HTTP_PARSE_INVALID, NULL, 0);
    check("5;\0\r\n", 5, HTTP_PARSE_INVALID, NULL, 0);
    check("0\r\n\0\r\n", 6, HTTP_PARSE_INVALID, NULL, 0);
    check("0\r\na\0\r\n", 7, HTTP_PARSE_INVALID, NULL, 0);
    check_text("ffffffffffffffff\r\n", HTTP_PARSE_MORE, "", 0);
    check_text("10000000000000000\r\n", HTTP_PARSE_OVERFLOW, "", 0);
    check_text("fffffffffffffffff\r\n", HTTP_PARSE_OVERFLOW, "", 0);
}

/* The result of start, count copies of piece, and end. */
static enum http_parse_error many(const char *start_text, const char *piece, size_t count, const char *end)
{
    struct run run;

    start(&run);
    feed(&run, start_text, strlen(start_text));
    while (count--) feed(&run, piece, strlen(piece));
    feed(&run, end, strlen(end));
    return run.result;
}

TEST(limits)
{
    CHECK_INT(many("0;", "x", HTTP_CHUNK_LINE_MAX - 4, "\r\n\r\n"), HTTP_PARSE_OK);
    CHECK_INT(many("0;", "x", HTTP_CHUNK_LINE_MAX - 3, "\r\n\r\n"), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("0", "0", HTTP_CHUNK_LINE_MAX, "\r\n\r\n"), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("0\r\n", "x", HTTP_CHUNK_TRAILER_MAX - 2, "\r\n\r\n"), HTTP_PARSE_OK);
    CHECK_INT(many("0\r\n", "x", HTTP_CHUNK_TRAILER_MAX - 1, "\r\n\r\n"), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("0\r\n", "A: b\r\n", HTTP_FIELDS_MAX, "\r\n"), HTTP_PARSE_OK);
    CHECK_INT(many("0\r\n", "A: b\r\n", HTTP_FIELDS_MAX + 1, "\r\n"), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("", "1;0123456789\r\nx\r\n", 4000, "0\r\n\r\n"), HTTP_PARSE_OK);
}

TEST(in_place)
{
    const char *text = "1000\r\nabcdef";
    struct http_chunked chunked;
    const char *payload;
    size_t consumed, len;

    http_chunked_init(&chunked);
    CHECK_INT(http_chunked_next(&chunked, text, 12, &consumed, &payload, &len), HTTP_PARSE_MORE);
    CHECK_INT(consumed, 12);
    CHECK(payload == text + 6);
    CHECK_INT(len, 6);
    CHECK_INT(http_chunked_next(&chunked, text, 0, &consumed, &payload, &len), HTTP_PARSE_MORE);
    CHECK(!consumed && !len);
}

int main(void)
{
    RUN(bodies);
    RUN(truncated);
    RUN(malformed);
    RUN(limits);
    RUN(in_place);
    return unit_finish();
}
