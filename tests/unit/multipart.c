/*
 * Unit tests of libs/http/multipart.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "multipart.h"

#include <stdlib.h>

/* What happened, as text: "(first-last/total)content;" for each part, and "." at the end. */
struct run
{
    struct http_multipart multipart;
    enum http_multipart_event last;
    size_t log_len;
    char log[8192];
};

static void start(struct run *run, const char *boundary)
{
    http_multipart_init(&run->multipart, boundary);
    run->last = HTTP_MULTIPART_MORE;
    run->log_len = 0;
    run->log[0] = 0;
}

static void note(struct run *run, const char *text, size_t len)
{
    if (run->log_len + len >= sizeof(run->log)) return;
    memcpy(run->log + run->log_len, text, len);
    run->log_len += len;
    run->log[run->log_len] = 0;
}

static void note_event(struct run *run, enum http_multipart_event event, const char *payload, size_t len)
{
    const struct http_content_range *range = &run->multipart.range;
    char text[100];

    if (event == HTTP_MULTIPART_PART)
    {
        snprintf(text, sizeof(text), "(%llu-%llu/%llu)", (unsigned long long)range->first,
                 (unsigned long long)range->last, (unsigned long long)range->total);
        note(run, text, strlen(text));
    }
    else if (event == HTTP_MULTIPART_DATA)
    {
        CHECK(len > 0);
        note(run, payload, len);
    }
    else if (event == HTTP_MULTIPART_PART_END) note(run, ";", 1);
    else if (event == HTTP_MULTIPART_END) note(run, ".", 1);
}

/* Works through one piece of input as a caller would; false when no more input is wanted. */
static bool feed(struct run *run, const char *data, size_t len)
{
    const char *payload;
    size_t consumed, payload_len;

    do {
        run->last = http_multipart_next(&run->multipart, data, len, &consumed, &payload, &payload_len);
        CHECK(consumed <= len);
        note_event(run, run->last, payload, payload_len);
        data += consumed;
        len -= consumed;
        if (run->last == HTTP_MULTIPART_END || run->last == HTTP_MULTIPART_ERROR) return false;
    } while (run->last != HTTP_MULTIPART_MORE);
    CHECK_INT(len, 0);
    return true;
}

/* At once, with the cut at every place, and byte by byte. On success *want is the whole log. */
static void check(const char *text, size_t len, enum http_multipart_event last, enum http_parse_error error,
                  const char *want)
{
    struct run run;
    size_t cut, i;

    for (cut = 0; cut <= len + 1; cut++)
    {
        start(&run, "BOUND");
        if (cut <= len)
        {
            if (feed(&run, text, cut)) feed(&run, text + cut, len - cut);
        }
        else
        {
            for (i = 0; i < len && feed(&run, text + i, 1); i++)
                ;
        }
        CHECK_INT(run.last, last);
        CHECK_INT(run.multipart.error, error);
        CHECK_STR(run.log, want);
        http_multipart_cleanup(&run.multipart);
    }
}

static void check_parts(const char *text, const char *want)
{
    check(text, strlen(text), HTTP_MULTIPART_END, HTTP_PARSE_OK, want);
}

static void check_error(const char *text, enum http_parse_error error, const char *want)
{
    check(text, strlen(text), HTTP_MULTIPART_ERROR, error, want);
}

#define PART(range) "--BOUND\r\nContent-Type: a/b\r\nContent-Range: bytes " range "\r\n\r\n"

TEST(parts)
{
    check_parts(PART("0-4/10") "hello\r\n--BOUND--", "(0-4/10)hello;.");
    check_parts("\r\n\r\n" PART("0-4/10") "hello\r\n" PART("6-9/10") "worl\r\n--BOUND--\r\n",
                "(0-4/10)hello;(6-9/10)worl;.");
    check_parts("preamble\r\n--BOUN\r\n-x\n" PART("0-0/1") "x\r\n--BOUND--epilogue", "(0-0/1)x;.");
    check_parts("--BOUND \t\r\nContent-Range: bytes 1-1/*\n\nx\r\n--BOUND--", "(1-1/0)x;.");
    check_parts("--BOUND--\r\n", ".");
    check_parts("--BOUND\nA: b\r\n c\r\ncontent-range: bytes 0-0/1\n\r\nx\r\n--BOUND--", "(0-0/1)x;.");
}

/* Content that looks like a delimiter to some extent. */
TEST(alike)
{
    check_parts(PART("0-1/2") "\r\n\r\n--BOUND--", "(0-1/2)\r\n;.");
    check_parts(PART("0-5/9") "\r\r\r\n\r\n\r\n--BOUND--", "(0-5/9)\r\r\r\n\r\n;.");
    check_parts(PART("0-7/9") "\r\n--BOUN\r\n--BOUND--", "(0-7/9)\r\n--BOUN;.");
    check_parts(PART("0-8/9") "\r\n--BOUNX\r\n--BOUND--", "(0-8/9)\r\n--BOUNX;.");
    check_parts(PART("0-15/16") "\r\n--BOUN\r\n--BOUN\r\n--BOUND--", "(0-15/16)\r\n--BOUN\r\n--BOUN;.");
    check_parts(PART("0-6/9") "--BOUND\r\n--BOUND--", "(0-6/9)--BOUND;.");
    check_parts(PART("0-7/9") "\n--BOUND\r\n--BOUND--", "(0-7/9)\n--BOUND;.");
    check_parts(PART("0-9/9999") "a\r\nb\r\nc\r\nd\r\n--BOUND--", "(0-9/9999)a\r\nb\r\nc\r\nd;.");
    check_parts(PART("0-0/1") "\r\r\n--BOUND--", "(0-0/1)\r;.");
}

/* B-436: what a part announces and what it has must agree, and no delimiter is ever given out as content. */
TEST(disagreement)
{
    check_error(PART("0-9/10") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-9/10)hello");
    check_error(PART("0-5/10") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-5/10)hello");
    check_error(PART("0-6/10") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-6/10)hello");
    check_error(PART("0-12/19") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-12/19)hello");
    check_error(PART("0-13/19") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-13/19)hello");
    check_error(PART("0-14/19") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-14/19)hello");
    check_error(PART("0-3/10") "hello\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-3/10)hell");
    check_error(PART("0-4/10") "hello\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-4/10)hello");
    check_error(PART("0-4/10") "hello\r\n--BOUNX--", HTTP_PARSE_CONFLICT, "(0-4/10)hello");
    check_error(PART("0-1/2") "\r\nX", HTTP_PARSE_CONFLICT, "(0-1/2)\r\n");
    check_error(PART("0-4/10") "\r\n--BOUND--", HTTP_PARSE_CONFLICT, "(0-4/10)");
}

TEST(malformed)
{
    check_error("--BOUND\r\nContent-Type: a/b\r\n\r\n", HTTP_PARSE_INVALID, "");
    check_error("--BOUND\r\n\r\n", HTTP_PARSE_INVALID, "");
    check_error(PART("*/10"), HTTP_PARSE_INVALID, "");
    check_error(PART("5-4/10"), HTTP_PARSE_INVALID, "");
    check_error(PART("0-18446744073709551615/*"), HTTP_PARSE_OVERFLOW, "");
    check_error("--BOUND\r\nContent-Range: rows 0-1/2\r\n\r\n", HTTP_PARSE_UNSUPPORTED, "");
    check_error("--BOUND\r\nContent-Range: bytes 0-1/2\r\nContent-Range: bytes 0-1/2\r\n\r\n", HTTP_PARSE_INVALID, "");
    check_error("--BOUND\r\nContent-Range : bytes 0-1/2\r\n\r\n", HTTP_PARSE_INVALID, "");
    check_error("--BOUNDX\r\n", HTTP_PARSE_INVALID, "");
    check_error("--BOUND\rX", HTTP_PARSE_INVALID, "");
    check_error("--BOUND-X", HTTP_PARSE_INVALID, "");
    check_error("--BOUND --", HTTP_PARSE_INVALID, "");
    check_error(PART("0-0/2") "x\r\n--BOUNDX", HTTP_PARSE_INVALID, "(0-0/2)x;");
}

TEST(truncated)
{
    const char *text = "\r\n" PART("0-4/10") "hello\r\n" PART("6-9/10") "worl\r\n--BOUND--";
    struct run run;
    size_t len;

    for (len = 0; len < strlen(text); len++)
    {
        start(&run, "BOUND");
        CHECK(feed(&run, text, len));
        CHECK_INT(run.last, HTTP_MULTIPART_MORE);
        http_multipart_cleanup(&run.multipart);
    }
}

/* The last event after start_text and count copies of piece. */
static enum http_parse_error many(const char *start_text, const char *piece, size_t count)
{
    enum http_parse_error error;
    struct run run;

    start(&run, "BOUND");
    feed(&run, start_text, strlen(start_text));
    while (count-- && feed(&run, piece, strlen(piece)))
        ;
    error = run.multipart.error;
    http_multipart_cleanup(&run.multipart);
    return error;
}

TEST(limits)
{
    CHECK_INT(many("", "x\r\n", HTTP_MULTIPART_PREAMBLE_MAX / 3), HTTP_PARSE_OK);
    CHECK_INT(many("", "x\r\n", HTTP_MULTIPART_PREAMBLE_MAX / 3 + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("--BOUND\r\nA: ", "x", HTTP_MULTIPART_HEAD_MAX - 3), HTTP_PARSE_OK);
    CHECK_INT(many("--BOUND\r\nA: ", "x", HTTP_MULTIPART_HEAD_MAX - 2), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("--BOUND", " ", HTTP_MULTIPART_PADDING_MAX), HTTP_PARSE_OK);
    CHECK_INT(many("--BOUND", " ", HTTP_MULTIPART_PADDING_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(many("--BOUND", "\r\nContent-Range: bytes 0-0/1\r\n\r\nx\r\n--BOUND", 1000), HTTP_PARSE_OK);
}

TEST(in_place)
{
    const char *head = PART("0-99999/100000"), *data = "0123456789\r\nabc\r";
    struct http_multipart multipart;
    size_t consumed, len;
    const char *payload;

    http_multipart_init(&multipart, "BOUND");
    CHECK_INT(http_multipart_next(&multipart, head, strlen(head), &consumed, &payload, &len), HTTP_MULTIPART_PART);
    CHECK_INT(consumed, strlen(head));
    CHECK_STR(http_fields_get(&multipart.fields, "content-type"), "a/b");
    CHECK_INT(http_multipart_next(&multipart, data, 16, &consumed, &payload, &len), HTTP_MULTIPART_DATA);
    CHECK(payload == data);
    CHECK_INT(len, 15);
    CHECK_INT(consumed, 15);
    CHECK_INT(http_multipart_next(&multipart, data + 15, 1, &consumed, &payload, &len), HTTP_MULTIPART_MORE);
    CHECK_INT(consumed, 1);
    CHECK_INT(http_multipart_next(&multipart, "x", 1, &consumed, &payload, &len), HTTP_MULTIPART_DATA);
    CHECK_INT(consumed, 0);
    CHECK(len == 1 && *payload == '\r');
    http_multipart_cleanup(&multipart);
}

TEST(after_the_end)
{
    struct run run;
    size_t consumed, len;
    const char *payload;

    start(&run, "BOUND");
    CHECK(!feed(&run, "--BOUND--", 9));
    CHECK_INT(http_multipart_next(&run.multipart, "--BOUND\r\n", 9, &consumed, &payload, &len), HTTP_MULTIPART_END);
    CHECK_INT(consumed, 9);
    http_multipart_cleanup(&run.multipart);
    start(&run, "BOUND");
    CHECK(!feed(&run, "--BOUNDX", 8));
    CHECK_INT(http_multipart_next(&run.multipart, "\r\n", 2, &consumed, &payload, &len), HTTP_MULTIPART_ERROR);
    CHECK_INT(consumed, 0);
    http_multipart_cleanup(&run.multipart);
}

static void check_boundary(const char *content_type, enum http_parse_error want, const char *boundary)
{
    char got[HTTP_MULTIPART_BOUNDARY_MAX + 1];

    CHECK_INT(http_multipart_boundary(content_type, got), want);
    CHECK_STR(got, boundary);
}

#define SEVENTY "0123456789012345678901234567890123456789012345678901234567890123456789"

TEST(boundaries)
{
    check_boundary("multipart/byteranges; boundary=abc", HTTP_PARSE_OK, "abc");
    check_boundary(" Multipart/BYTERANGES;charset=x ; Boundary=a'()+_,-./:=? ; x=y", HTTP_PARSE_OK, "a'()+_,-./:=?");
    check_boundary("multipart/byteranges; x=\"; boundary=no\\\"\"; boundary=\"a b\\\"c\"", HTTP_PARSE_OK, "a b\"c");
    check_boundary("multipart/byteranges;boundary=" SEVENTY, HTTP_PARSE_OK, SEVENTY);
    check_boundary("multipart/byteranges;boundary=" SEVENTY "0", HTTP_PARSE_TOO_LARGE, "");
    check_boundary("multipart/byteranges;boundary=\"" SEVENTY "0\"", HTTP_PARSE_TOO_LARGE, "");
    check_boundary("multipart/byteranges", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges;", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=\"\"", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=\"abc", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=\"abc\\", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=\"abc \"", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=a\tb", HTTP_PARSE_OK, "a");
    check_boundary("multipart/byteranges; boundary=\"a\tb\"", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; boundary=a\xe9", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; x=\"abc", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byteranges; x=\"abc\\", HTTP_PARSE_INVALID, "");
    check_boundary("multipart/byterangesx; boundary=abc", HTTP_PARSE_UNSUPPORTED, "");
    check_boundary("multipart/mixed; boundary=abc", HTTP_PARSE_UNSUPPORTED, "");
    check_boundary("", HTTP_PARSE_UNSUPPORTED, "");
}

int main(void)
{
    RUN(parts);
    RUN(alike);
    RUN(disagreement);
    RUN(malformed);
    RUN(truncated);
    RUN(limits);
    RUN(in_place);
    RUN(after_the_end);
    RUN(boundaries);
    return unit_finish();
}
