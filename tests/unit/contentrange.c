/*
 * Unit tests of libs/http/range.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "range.h"

#include <stdlib.h>

static void check(const char *value, bool has_range, uint64_t first, uint64_t last, bool has_total, uint64_t total)
{
    struct http_content_range range;

    CHECK_INT(http_content_range_parse(value, &range), HTTP_PARSE_OK);
    CHECK_INT(range.has_range, has_range);
    CHECK_INT(range.has_total, has_total);
    CHECK(range.first == first && range.last == last && range.total == total);
}

static void check_error(const char *value, enum http_parse_error want)
{
    struct http_content_range range;
    enum http_parse_error got = http_content_range_parse(value, &range);

    if (got != want) printf("%s\n", value);
    CHECK_INT(got, want);
}

/* RFC 9110 section 14.4 */
TEST(content_range)
{
    static const char *const bad[] = {
        "",
        " ",
        "bytes",
        "bytes ",
        "bytes 0-9",
        "bytes 0-9/",
        "bytes /10",
        "bytes -9/10",
        "bytes 0-/10",
        "bytes 9/10",
        "bytes 5-4/10",
        "bytes 0-10/10",
        "bytes 0-0/0",
        "bytes */*",
        "bytes */",
        "bytes **/1",
        "bytes 0-9/**",
        "bytes 0 -9/10",
        "bytes 0- 9/10",
        "bytes 0-9 /10",
        "bytes 0-9/ 10",
        "bytes 0-9/10, 20-29/30",
        "bytes 0-9/10 x",
        "bytes=0-9/10",
        "bytes: 0-9/10",
        "bytes +0-9/10",
        "bytes 0--9/10",
        "bytes 0x0-9/10",
        "0-9/10",
        "bytes 0-9/-1",
        "bytes 0-9/1e1",
    };
    size_t i;

    check("bytes 0-9/10", true, 0, 9, true, 10);
    check("BYTES  5-5/*  ", true, 5, 5, false, 0);
    check("\tbytes\t*/0", false, 0, 0, true, 0);
    check("bytes */1234", false, 0, 0, true, 1234);
    check("bytes 007-009/0010", true, 7, 9, true, 10);
    check("bytes 0-18446744073709551614/18446744073709551615", true, 0, UINT64_MAX - 1, true, UINT64_MAX);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) check_error(bad[i], HTTP_PARSE_INVALID);
    check_error("bytes 0-18446744073709551615/*", HTTP_PARSE_OVERFLOW);
    check_error("bytes 0-9/18446744073709551616", HTTP_PARSE_OVERFLOW);
    check_error("bytes 0-99999999999999999999999/*", HTTP_PARSE_OVERFLOW);
    check_error("bytes 18446744073709551616-0/1", HTTP_PARSE_OVERFLOW);
    check_error("items 0-9/10", HTTP_PARSE_UNSUPPORTED);
    check_error("byte 0-9/10", HTTP_PARSE_UNSUPPORTED);
    check_error("bytess 0-9/10", HTTP_PARSE_UNSUPPORTED);
}

TEST(range)
{
    const struct http_byte_range ranges[] = {
        {0, 0}, {100, 199}, {0, HTTP_RANGE_TO_END}, {UINT64_MAX - 1, UINT64_MAX - 1}, {5, 4},
    };
    char *value;

    CHECK_INT(http_range_format(ranges, 1, &value), HTTP_PARSE_OK);
    CHECK_STR(value, "bytes=0-0");
    free(value);
    CHECK_INT(http_range_format(ranges, 4, &value), HTTP_PARSE_OK);
    CHECK_STR(value, "bytes=0-0,100-199,0-,18446744073709551614-18446744073709551614");
    free(value);
    CHECK_INT(http_range_format(ranges, 0, &value), HTTP_PARSE_INVALID);
    CHECK_INT(http_range_format(ranges, 5, &value), HTTP_PARSE_INVALID);
    CHECK_STR(value, NULL);
}

TEST(many_ranges)
{
    struct http_byte_range ranges[2000];
    char *value, *comma;
    size_t i, commas = 0;

    for (i = 0; i < 2000; i++)
    {
        ranges[i].first = UINT64_MAX - 4000 + 2 * i;
        ranges[i].last = ranges[i].first;
    }
    CHECK_INT(http_range_format(ranges, 2000, &value), HTTP_PARSE_OK);
    for (comma = value; (comma = strchr(comma, ',')); comma++) commas++;
    CHECK_INT(commas, 1999);
    CHECK_INT(strlen(value), 6 + 2000 * 41 + 1999);
    free(value);
}

int main(void)
{
    RUN(content_range);
    RUN(range);
    RUN(many_ranges);
    return unit_finish();
}
