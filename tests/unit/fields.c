/*
 * Unit tests of libs/http/fields.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "fields.h"

#include <stdlib.h>

/* Parses strictly and compares what is written out again. */
static void check_strict(const char *block, enum http_parse_error want, const char *written)
{
    struct http_fields fields;
    char *got;

    http_fields_init(&fields);
    CHECK_INT(http_fields_parse(&fields, block, strlen(block)), want);
    if (!want)
    {
        got = http_fields_to_block(&fields, NULL);
        CHECK_STR(got, written);
        free(got);
    }
    http_fields_cleanup(&fields);
}

static void check_tolerant(const char *block, size_t len, const char *written)
{
    struct http_fields fields;
    char *got;

    http_fields_init(&fields);
    CHECK_INT(http_fields_parse_tolerant(&fields, block, len), HTTP_PARSE_OK);
    got = http_fields_to_block(&fields, NULL);
    CHECK_STR(got, written);
    free(got);
    http_fields_cleanup(&fields);
}

TEST(list)
{
    struct http_fields fields, more;
    char *value;
    size_t len;

    http_fields_init(&fields);
    CHECK_INT(http_fields_add(&fields, "Accept", " a \t"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "Host", "h"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "aCCEPT", "b, c"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "Empty", ""), HTTP_PARSE_OK);
    CHECK_STR(http_fields_get(&fields, "accept"), "a");
    CHECK_STR(http_fields_get_nth(&fields, "accept", 1), "b, c");
    CHECK_STR(http_fields_get_nth(&fields, "accept", 2), NULL);
    CHECK_STR(http_fields_get(&fields, "empty"), "");
    CHECK_STR(http_fields_get(&fields, "accep"), NULL);
    CHECK_STR(http_fields_get(&fields, "accepts"), NULL);
    CHECK_INT(http_fields_count(&fields, "ACCEPT"), 2);
    CHECK_INT(http_fields_combined(&fields, "Accept", &value), HTTP_PARSE_OK);
    CHECK_STR(value, "a, b, c");
    free(value);
    CHECK_INT(http_fields_combined(&fields, "None", &value), HTTP_PARSE_OK);
    CHECK_STR(value, NULL);

    CHECK_INT(http_fields_set(&fields, "accept", "d"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_set(&fields, "accept", "d\n"), HTTP_PARSE_INVALID);
    value = http_fields_to_block(&fields, &len);
    CHECK_STR(value, "Host: h\r\nEmpty: \r\naccept: d\r\n");
    CHECK_INT(len, strlen(value));
    CHECK_INT(fields.bytes, len);
    free(value);

    http_fields_init(&more);
    CHECK_INT(http_fields_add_all(&more, &fields), HTTP_PARSE_OK);
    CHECK_INT(http_fields_remove(&more, "HOST"), 1);
    CHECK_INT(http_fields_remove(&more, "HOST"), 0);
    CHECK_INT(more.count, 2);
    http_fields_clear(&more);
    CHECK_INT(more.count, 0);
    value = http_fields_to_block(&more, &len);
    CHECK_STR(value, "");
    free(value);
    http_fields_cleanup(&more);
    http_fields_cleanup(&fields);
}

TEST(injection)
{
    struct http_fields fields;

    http_fields_init(&fields);
    CHECK_INT(http_fields_add(&fields, "A", "b\r\nC: d"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "A", "b\n"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "A", "\rb"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add_span(&fields, "A", 1, "b\0c", 3), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "", "b"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "A:", "b"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "A b", "b"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "A\r\nB", "b"), HTTP_PARSE_INVALID);
    CHECK_INT(http_fields_add(&fields, "\xc3\xa4", "b"), HTTP_PARSE_INVALID);
    CHECK_INT(fields.count, 0);
    CHECK_INT(http_fields_add(&fields, "A", "\xc3\xa4\tb\x01"), HTTP_PARSE_OK);
    http_fields_cleanup(&fields);
}

TEST(limits)
{
    char *big = malloc(HTTP_FIELDS_MAX_BYTES + 1);
    struct http_fields fields;
    size_t i;

    http_fields_init(&fields);
    for (i = 0; i < HTTP_FIELDS_MAX; i++) CHECK_INT(http_fields_add(&fields, "A", "b"), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "A", "b"), HTTP_PARSE_TOO_LARGE);
    http_fields_clear(&fields);
    memset(big, 'x', HTTP_FIELDS_MAX_BYTES);
    big[HTTP_FIELDS_MAX_BYTES] = 0;
    CHECK_INT(http_fields_add(&fields, "A", big), HTTP_PARSE_TOO_LARGE);
    big[HTTP_FIELDS_MAX_BYTES - 4] = 0;
    CHECK_INT(http_fields_add(&fields, "A", big), HTTP_PARSE_TOO_LARGE);
    big[HTTP_FIELDS_MAX_BYTES - 5] = 0;
    CHECK_INT(http_fields_add(&fields, "A", big), HTTP_PARSE_OK);
    CHECK_INT(http_fields_add(&fields, "B", ""), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(http_fields_remove(&fields, "A"), 1);
    CHECK_INT(http_fields_add(&fields, "B", ""), HTTP_PARSE_OK);
    http_fields_cleanup(&fields);
    free(big);
}

/* RFC 9112 section 5 */
TEST(strict)
{
    static const char nul[] = "A: b\0c\r\n";
    struct http_fields fields;

    check_strict("", HTTP_PARSE_OK, "");
    check_strict("A:b\r\nC:\r\n", HTTP_PARSE_OK, "A: b\r\nC: \r\n");
    check_strict("A: b: c \t\r\nB:\td\n", HTTP_PARSE_OK, "A: b: c\r\nB: d\r\n");
    check_strict("A: b\r\n c\r\n\t d \r\nE: f\r\n", HTTP_PARSE_OK, "A: b c d\r\nE: f\r\n");
    check_strict("A:\r\n b\r\n", HTTP_PARSE_OK, "A: b\r\n");
    check_strict("A: b\n c\n", HTTP_PARSE_OK, "A: b c\r\n");
    check_strict("A: b\r\n \r\nC: d\r\n", HTTP_PARSE_OK, "A: b\r\nC: d\r\n");
    check_strict("A: \xe9\r\n", HTTP_PARSE_OK, "A: \xe9\r\n");
    /* What is no field is left out ... */
    check_strict("A : b\r\n", HTTP_PARSE_OK, "A: b\r\n");
    check_strict("A\t: b\r\n", HTTP_PARSE_OK, "A: b\r\n");
    check_strict(": b\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("A\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("A: b\r\nC\r\n", HTTP_PARSE_OK, "A: b\r\n");
    check_strict(" A: b\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("X-Powered By: old CGI\r\n and more\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("X (weird): x\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("\xc3\xa4: x\r\nC: d\r\n", HTTP_PARSE_OK, "C: d\r\n");
    check_strict("X-Content-Length : 5\r\n", HTTP_PARSE_OK, "X-Content-Length: 5\r\n");
    /* ... but for what could be meant to frame the message. */
    check_strict("Content-Length : 5\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("Content-Length 5\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict(" Content-Length: 5\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("content-length(x): 5\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("Content\x0b-Length: 5\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("Transfer-Encoding\t: chunked\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("\"Transfer-Encoding\": chunked\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("A: b\rc\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("A: b\r\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("A: b\r\n c\rd\r\n", HTTP_PARSE_INVALID, NULL);
    check_strict("A: b", HTTP_PARSE_INVALID, NULL);
    check_strict("A: b\r\n\r\n", HTTP_PARSE_INVALID, NULL);
    http_fields_init(&fields);
    CHECK_INT(http_fields_parse(&fields, nul, sizeof(nul) - 1), HTTP_PARSE_INVALID);
    http_fields_cleanup(&fields);
}

/* D-048, B-199 */
TEST(tolerant)
{
    static const char nul[] = "A: b\0c\r\nB: d";
    struct http_fields fields;
    char *many = malloc(4 * (HTTP_FIELDS_MAX + 10) + 1), *out = many;
    int i;

    check_tolerant("", 0, "");
    check_tolerant("\r\n", 2, "");
    check_tolerant("A: b\r\nC: d\r\n", 12, "A: b\r\nC: d\r\n");
    check_tolerant("A: b\nC: d", 9, "A: b\r\nC: d\r\n");
    check_tolerant("junk\nmore junk\n\nA:b\n", 20, "A: b\r\n");
    check_tolerant(" A: b\n: c\nD e: f\nG : h\nI: j", 27, "I: j\r\n");
    check_tolerant("A: b\rC: d\nE: f\r\r\nG: h", 21, "G: h\r\n");
    check_tolerant("A: b\r\n folded\r\nC: d\r\n", 21, "A: b\r\nC: d\r\n");
    check_tolerant(nul, sizeof(nul) - 1, "B: d\r\n");

    for (i = 0; i < HTTP_FIELDS_MAX + 10; i++, out += 4) memcpy(out, "A:b\n", 4);
    http_fields_init(&fields);
    CHECK_INT(http_fields_parse_tolerant(&fields, many, out - many), HTTP_PARSE_OK);
    CHECK_INT(fields.count, HTTP_FIELDS_MAX);
    http_fields_cleanup(&fields);
    free(many);
}

TEST(framing_names)
{
    CHECK(http_field_is_framing("content-length"));
    CHECK(http_field_is_framing("TRANSFER-ENCODING"));
    CHECK(http_field_is_framing("te"));
    CHECK(!http_field_is_framing("Content-Type"));
    CHECK(!http_field_is_framing(""));
}

static void check_length(const char *block, enum http_parse_error want, bool present, uint64_t length)
{
    struct http_fields fields;
    bool got_present;
    uint64_t got;

    http_fields_init(&fields);
    CHECK_INT(http_fields_parse(&fields, block, strlen(block)), HTTP_PARSE_OK);
    CHECK_INT(http_fields_content_length(&fields, &got_present, &got), want);
    CHECK_INT(got_present, present);
    CHECK(got == length);
    http_fields_cleanup(&fields);
}

TEST(content_length)
{
    check_length("A: b\r\n", HTTP_PARSE_OK, false, 0);
    check_length("Content-Length: 0\r\n", HTTP_PARSE_OK, true, 0);
    check_length("content-LENGTH: 007\r\n", HTTP_PARSE_OK, true, 7);
    check_length("Content-Length: 18446744073709551615\r\n", HTTP_PARSE_OK, true, UINT64_MAX);
    check_length("Content-Length: 18446744073709551616\r\n", HTTP_PARSE_OVERFLOW, false, 0);
    check_length("Content-Length: 99999999999999999999999999\r\n", HTTP_PARSE_OVERFLOW, false, 0);
    check_length("Content-Length: 5\r\nContent-Length: 5\r\n", HTTP_PARSE_OK, true, 5);
    check_length("Content-Length: 5, 5\r\n", HTTP_PARSE_OK, true, 5);
    check_length("Content-Length: 5\r\nContent-Length: 6\r\n", HTTP_PARSE_CONFLICT, false, 0);
    check_length("Content-Length: 5,6\r\n", HTTP_PARSE_CONFLICT, false, 0);
    check_length("Content-Length:\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: 5\r\nContent-Length:\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: ,\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: -1\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: +1\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: 0x1\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: 1 2\r\n", HTTP_PARSE_INVALID, false, 0);
    check_length("Content-Length: 1;a\r\n", HTTP_PARSE_INVALID, false, 0);
}

static void check_coding(const char *block, enum http_parse_error want, bool present, bool chunked)
{
    bool got_present, got_chunked;
    struct http_fields fields;

    http_fields_init(&fields);
    CHECK_INT(http_fields_parse(&fields, block, strlen(block)), HTTP_PARSE_OK);
    CHECK_INT(http_fields_transfer_encoding(&fields, &got_present, &got_chunked), want);
    CHECK_INT(got_present, present);
    CHECK_INT(got_chunked, chunked);
    http_fields_cleanup(&fields);
}

TEST(transfer_encoding)
{
    check_coding("A: b\r\n", HTTP_PARSE_OK, false, false);
    check_coding("Transfer-Encoding: chunked\r\n", HTTP_PARSE_OK, true, true);
    check_coding("Transfer-Encoding: , Chunked ,\r\n", HTTP_PARSE_OK, true, true);
    check_coding("Transfer-Encoding: identity\r\n", HTTP_PARSE_OK, false, false);
    check_coding("Transfer-Encoding: gzip, chunked\r\n", HTTP_PARSE_UNSUPPORTED, false, false);
    check_coding("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", HTTP_PARSE_UNSUPPORTED, false, false);
    check_coding("Transfer-Encoding: chunked, identity\r\n", HTTP_PARSE_UNSUPPORTED, false, false);
    check_coding("Transfer-Encoding: xchunked\r\n", HTTP_PARSE_UNSUPPORTED, false, false);
    check_coding("Transfer-Encoding: chunked;a=b\r\n", HTTP_PARSE_UNSUPPORTED, false, false);
    check_coding("Transfer-Encoding: chunked, chunked\r\n", HTTP_PARSE_INVALID, false, false);
    check_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", HTTP_PARSE_INVALID, false, false);
    check_coding("Transfer-Encoding:\r\n", HTTP_PARSE_INVALID, false, false);
}

TEST(tokens)
{
    const char *block = "Connection: Keep-Alive,,TE\r\nconnection: \tClose \r\nOther: x\r\n";
    struct http_fields fields;

    http_fields_init(&fields);
    CHECK_INT(http_fields_parse(&fields, block, strlen(block)), HTTP_PARSE_OK);
    CHECK(http_fields_has_token(&fields, "Connection", "close"));
    CHECK(http_fields_has_token(&fields, "Connection", "te"));
    CHECK(http_fields_has_token(&fields, "Connection", "KEEP-ALIVE"));
    CHECK(!http_fields_has_token(&fields, "Connection", "keep"));
    CHECK(!http_fields_has_token(&fields, "Connection", "closed"));
    CHECK(!http_fields_has_token(&fields, "Connection", "x"));
    CHECK(!http_fields_has_token(&fields, "None", "x"));
    http_fields_cleanup(&fields);
}

static void check_date(const char *text, int64_t now, int64_t want)
{
    int64_t got = -1;

    CHECK_INT(http_date_parse(text, now, &got), HTTP_PARSE_OK);
    CHECK_INT(got, want);
}

TEST(dates)
{
    static const char *const bad[] = {
        "",
        "Sun",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 29 Feb 1900 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT",
        "Xxx, 06 Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 94",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "784111777",
    };
    const int64_t now = 1800000000;
    char text[HTTP_DATE_SIZE];
    int64_t seconds;
    size_t i;

    check_date("Sun, 06 Nov 1994 08:49:37 GMT", now, 784111777);
    check_date("Sunday, 06-Nov-94 08:49:37 GMT", now, 784111777);
    check_date("Sun Nov  6 08:49:37 1994", now, 784111777);
    check_date("Wed Nov 16 08:49:37 1994", now, 784975777);
    check_date("Thu, 01 Jan 1970 00:00:00 GMT", now, 0);
    check_date("Wed, 31 Dec 1969 23:59:59 GMT", now, -1);
    check_date("Tue, 29 Feb 2000 12:00:00 GMT", now, 951825600);
    check_date("Sat, 31 Dec 2016 23:59:60 GMT", now, 1483228800);
    check_date("Fri, 31 Dec 9999 23:59:59 GMT", now, 253402300799);
    check_date("Sat, 01 Jan 0000 00:00:00 GMT", now, -62167219200);
    check_date("Friday, 01-Jan-27 00:00:00 GMT", now, 1798761600);
    check_date("Friday, 01-Jan-77 00:00:00 GMT", now, 3376684800);
    check_date("Sunday, 01-Jan-78 00:00:00 GMT", now, 252460800);
    check_date("Saturday, 01-Jan-05 00:00:00 GMT", 915148800, 1104537600);
    check_date("Saturday, 01-Jan-05 00:00:00 GMT", 3502828800, 4260211200);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        if (!http_date_parse(bad[i], now, &seconds)) printf("%s\n", bad[i]);
        CHECK_INT(http_date_parse(bad[i], now, &seconds), HTTP_PARSE_INVALID);
    }

    CHECK_INT(http_date_format(784111777, text), HTTP_PARSE_OK);
    CHECK_STR(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK_INT(http_date_format(-1, text), HTTP_PARSE_OK);
    CHECK_STR(text, "Wed, 31 Dec 1969 23:59:59 GMT");
    CHECK_INT(http_date_format(253402300799, text), HTTP_PARSE_OK);
    CHECK_STR(text, "Fri, 31 Dec 9999 23:59:59 GMT");
    CHECK_INT(http_date_format(253402300800, text), HTTP_PARSE_INVALID);
    CHECK_INT(http_date_format(-62167219200, text), HTTP_PARSE_OK);
    CHECK_STR(text, "Sat, 01 Jan 0000 00:00:00 GMT");
    CHECK_INT(http_date_format(-62167219201, text), HTTP_PARSE_INVALID);
    CHECK_INT(http_date_format(INT64_MAX, text), HTTP_PARSE_INVALID);
    CHECK_INT(http_date_format(INT64_MIN, text), HTTP_PARSE_INVALID);
    for (seconds = -62167219200; seconds < 253402300800; seconds += 86400 * 11 + 3607)
    {
        int64_t again;

        if (http_date_format(seconds, text) || http_date_parse(text, now, &again) || again != seconds) break;
    }
    CHECK(seconds >= 253402300800);
}

int main(void)
{
    RUN(list);
    RUN(injection);
    RUN(limits);
    RUN(strict);
    RUN(tolerant);
    RUN(framing_names);
    RUN(content_length);
    RUN(transfer_encoding);
    RUN(tokens);
    RUN(dates);
    return unit_finish();
}
