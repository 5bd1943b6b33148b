/*
 * Unit tests of libs/http/cookies.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "unit.h"
#include "http/cookies.h"

#define NOW 1700000000

static void set(struct http_cookie_jar *jar, const char *url, const char *value)
{
    struct http_url parsed;

    CHECK_INT(http_url_parse(&parsed, url, strlen(url)), HTTP_PARSE_OK);
    CHECK_INT(http_cookie_jar_set(jar, &parsed, value, NOW), HTTP_PARSE_OK);
    http_url_cleanup(&parsed);
}

/* "" for none. */
static void check(struct http_cookie_jar *jar, const char *url, int64_t now, const char *expected)
{
    struct http_url parsed;
    char *value;

    CHECK_INT(http_url_parse(&parsed, url, strlen(url)), HTTP_PARSE_OK);
    CHECK_INT(http_cookie_jar_get(jar, HTTP_NAMED_BY_REDIRECT, &parsed, now, &value), HTTP_PARSE_OK);
    CHECK_STR(value ? value : "", expected);
    free(value);
    CHECK_INT(http_cookie_jar_get(jar, HTTP_NAMED_BY_HASHES, &parsed, now, &value), HTTP_PARSE_OK);
    CHECK_STR(value, NULL);
    http_url_cleanup(&parsed);
}

static const struct
{
    const char *set_by, *cookie, *asked, *expected;
} rows[] = {
    {"http://a/", "x=1", "http://a/", "x=1"},
    {"http://a/", "x=1", "http://A:80/any?q", "x=1"},
    {"http://a/", " x = 1 ; HttpOnly; SameSite=Lax", "http://a/", "x=1"},
    {"http://a/", "x=\"1 2\"", "http://a/", "x=\"1 2\""},
    {"http://a/", "x=1=2", "http://a/", "x=1=2"},
    {"http://a/", "x=", "http://a/", "x="},
    /* no cookies */
    {"http://a/", "", "http://a/", ""},
    {"http://a/", ";", "http://a/", ""},
    {"http://a/", "=1", "http://a/", ""},
    {"http://a/", "x=\x01", "http://a/", ""},
    {"http://a/", "x\x7f=1", "http://a/", ""},
    {"http://a/", "x=1; Path=/\x01", "http://a/", ""},
    /* to nobody else */
    {"http://a/", "x=1", "http://b/", ""},
    {"http://a/", "x=1", "http://a:8080/", ""},
    {"http://a/", "x=1", "https://a/", ""},
    {"https://a/", "x=1", "http://a/", ""},
    {"https://a/", "x=1; Secure", "https://a/", "x=1"},
    {"http://a/", "x=1; Secure", "http://a/", ""},
    {"http://a.example/", "x=1; Domain=example", "http://a.example/", "x=1"},
    {"http://a.example/", "x=1; Domain=.EXAMPLE", "http://a.example/", "x=1"},
    {"http://a.example/", "x=1; Domain=example", "http://b.example/", ""},
    {"http://a.example/", "x=1; Domain=example", "http://example/", ""},
    {"http://a.example/", "x=1; Domain=b.example", "http://a.example/", ""},
    {"http://a.example/", "x=1; Domain=b.example", "http://b.example/", ""},
    {"http://xexample/", "x=1; Domain=example", "http://xexample/", ""},
    {"http://10.0.0.1/", "x=1; Domain=0.0.1", "http://10.0.0.1/", ""},
    {"http://10.0.0.1/", "x=1; Domain=10.0.0.1", "http://10.0.0.1/", "x=1"},
    /* paths */
    {"http://a/d/f", "x=1", "http://a/d/g", "x=1"},
    {"http://a/d/f", "x=1", "http://a/d", "x=1"},
    {"http://a/d/f", "x=1", "http://a/dd/g", ""},
    {"http://a/d/f", "x=1", "http://a/", ""},
    {"http://a/d/f", "x=1; Path=/", "http://a/", "x=1"},
    {"http://a/d/f", "x=1; path=relative", "http://a/d/g", "x=1"},
    {"http://a/f", "x=1; Path=/e/", "http://a/e/f", "x=1"},
    {"http://a/f", "x=1; Path=/e/", "http://a/e", ""},
    /* names that promise something */
    {"https://a/", "__Secure-x=1; Secure", "https://a/", "__Secure-x=1"},
    {"https://a/", "__Secure-x=1", "https://a/", ""},
    {"https://a/", "__Host-x=1; Secure; Path=/", "https://a/", "__Host-x=1"},
    {"https://a/", "__Host-x=1; Secure; Path=/; Domain=a", "https://a/", ""},
    {"https://a/", "__Host-x=1; Secure", "https://a/", ""},
    /* times */
    {"http://a/", "x=1; Max-Age=0", "http://a/", ""},
    {"http://a/", "x=1; Max-Age=-5", "http://a/", ""},
    {"http://a/", "x=1; Max-Age=60", "http://a/", "x=1"},
    {"http://a/", "x=1; Max-Age=99999999999999999999", "http://a/", "x=1"},
    {"http://a/", "x=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a/", ""},
    {"http://a/", "x=1; Expires=Fri, 01 Jan 2038 00:00:00 GMT", "http://a/", "x=1"},
    {"http://a/", "x=1; Expires=whenever", "http://a/", "x=1"},
    {"http://a/", "x=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://a/", "x=1"},
};

TEST(rows)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
    {
        struct http_cookie_jar jar;

        CASE(i);
        http_cookie_jar_init(&jar);
        set(&jar, rows[i].set_by, rows[i].cookie);
        check(&jar, rows[i].asked, NOW, rows[i].expected);
        http_cookie_jar_cleanup(&jar);
    }
}

TEST(several)
{
    struct http_cookie_jar jar;

    http_cookie_jar_init(&jar);
    set(&jar, "http://a/d/e", "one=1; Path=/");
    set(&jar, "http://a/d/e", "two=2");
    set(&jar, "http://a/d/e", "three=3; Path=/d/e");
    set(&jar, "http://a/d/e", "four=4; Max-Age=10");
    check(&jar, "http://a/d/e", NOW, "three=3; two=2; four=4; one=1");
    check(&jar, "http://a/", NOW, "one=1");
    set(&jar, "http://a/d/e", "two=changed");
    check(&jar, "http://a/d/f", NOW, "four=4; two=changed; one=1");
    set(&jar, "http://a/d/e", "two=; Max-Age=0");
    check(&jar, "http://a/d/f", NOW, "four=4; one=1");
    check(&jar, "http://a/d/f", NOW + 10, "one=1");
    /* Another server's of the same name changes nothing. */
    set(&jar, "http://b/", "one=evil; Path=/");
    check(&jar, "http://a/", NOW, "one=1");
    http_cookie_jar_cleanup(&jar);
}

TEST(limits)
{
    static char large[HTTP_COOKIE_SIZE_MAX + 10];
    struct http_cookie_jar jar;
    unsigned int i;
    char text[32];

    http_cookie_jar_init(&jar);
    for (i = 0; i < HTTP_COOKIES_MAX + 5; i++)
    {
        snprintf(text, sizeof(text), "c%u=1; Path=/%u", i, i);
        set(&jar, "http://a/", text);
    }
    CHECK_INT(jar.count, HTTP_COOKIES_MAX);
    check(&jar, "http://a/4", NOW, "");
    check(&jar, "http://a/5", NOW, "c5=1");
    memset(large, 'x', sizeof(large) - 1);
    large[1] = '=';
    set(&jar, "http://b/", large);
    check(&jar, "http://b/", NOW, "");
    large[HTTP_COOKIE_SIZE_MAX] = 0;
    set(&jar, "http://b/", large);
    check(&jar, "http://b/", NOW, large);
    http_cookie_jar_cleanup(&jar);
}

int main(void)
{
    RUN(rows);
    RUN(several);
    RUN(limits);
    return unit_finish();
}
