/*
 * Unit tests of libs/http/url.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "url.h"

#include <stdlib.h>

static enum http_parse_error parse(struct http_url *url, const char *text)
{
    return http_url_parse(url, text, strlen(text));
}

/* The result of parsing text, without keeping it. */
static enum http_parse_error result_of(const char *text)
{
    struct http_url url;
    enum http_parse_error error = parse(&url, text);

    http_url_cleanup(&url);
    return error;
}

static void check_kind(const char *text, enum http_url_kind want)
{
    CHECK_INT(http_url_classify(text, strlen(text)), want);
}

/* B-400, B-403 */
TEST(classify)
{
    check_kind("http://host/", HTTP_URL_KIND_HTTP);
    check_kind("HTTPS://host/", HTTP_URL_KIND_HTTPS);
    check_kind("ftp://host/a", HTTP_URL_KIND_FTP);
    check_kind("file:///C:/a", HTTP_URL_KIND_FILE);
    check_kind("file://server/share/a", HTTP_URL_KIND_FILE);
    check_kind("\\\\server\\share\\a", HTTP_URL_KIND_UNC);
    check_kind("\\\\server\\share", HTTP_URL_KIND_UNC);
    check_kind("C:\\a\\b", HTTP_URL_KIND_DRIVE);
    check_kind("c:/a", HTTP_URL_KIND_DRIVE);
    check_kind("\\\\.\\pipe\\x", HTTP_URL_KIND_DEVICE);
    check_kind("\\\\?\\C:\\x", HTTP_URL_KIND_DEVICE);
    check_kind("\\\\server\\PIPE\\x", HTTP_URL_KIND_DEVICE);
    check_kind("mailto:a@b", HTTP_URL_KIND_OTHER);
    check_kind("", HTTP_URL_KIND_INVALID);
    check_kind("a/b", HTTP_URL_KIND_INVALID);
    check_kind("host.example", HTTP_URL_KIND_INVALID);
    check_kind("C:", HTTP_URL_KIND_INVALID);
    check_kind("C:a", HTTP_URL_KIND_INVALID);
    check_kind("C:\\*.txt", HTTP_URL_KIND_INVALID);
    check_kind("\\\\server\\share\\a?", HTTP_URL_KIND_INVALID);
    check_kind("\\\\server", HTTP_URL_KIND_INVALID);
    check_kind("\\\\\\share", HTTP_URL_KIND_INVALID);
    check_kind("http:", HTTP_URL_KIND_INVALID);
    check_kind("http:/a", HTTP_URL_KIND_INVALID);
    check_kind("1http://a", HTTP_URL_KIND_INVALID);
}

TEST(components)
{
    struct http_url url;

    CHECK_INT(parse(&url, "HTTPS://us%40er:p%3Ass@ExAmple.COM:8443/a/b%20c?x=1&y=%41#frag"), HTTP_PARSE_OK);
    CHECK_INT(url.scheme, HTTP_SCHEME_HTTPS);
    CHECK_STR(url.host, "example.com");
    CHECK_INT(url.host_kind, HTTP_HOST_NAME);
    CHECK_INT(url.port, 8443);
    CHECK_STR(url.userinfo, "us%40er:p%3Ass");
    CHECK_STR(url.user, "us@er");
    CHECK_STR(url.password, "p:ss");
    CHECK_STR(url.path, "/a/b%20c");
    CHECK_STR(url.query, "x=1&y=%41");
    CHECK_STR(url.fragment, "frag");
    http_url_cleanup(&url);

    CHECK_INT(parse(&url, "http://h"), HTTP_PARSE_OK);
    CHECK_STR(url.path, "/");
    CHECK_INT(url.port, 80);
    CHECK(!url.query && !url.fragment && !url.user && !url.password && !url.userinfo);
    http_url_cleanup(&url);

    CHECK_INT(parse(&url, "http://h?"), HTTP_PARSE_OK);
    CHECK_STR(url.path, "/");
    CHECK_STR(url.query, "");
    http_url_cleanup(&url);

    CHECK_INT(parse(&url, "http://h:/?a?b#c#d"), HTTP_PARSE_OK);
    CHECK_STR(url.query, "a?b");
    CHECK_STR(url.fragment, "c#d");
    http_url_cleanup(&url);
}

TEST(userinfo)
{
    struct http_url url;

    CHECK_INT(parse(&url, "http://u@h/"), HTTP_PARSE_OK);
    CHECK_STR(url.user, "u");
    CHECK_STR(url.password, NULL);
    http_url_cleanup(&url);
    CHECK_INT(parse(&url, "http://u:p@ss:w@h/"), HTTP_PARSE_OK);
    CHECK_STR(url.host, "h");
    CHECK_STR(url.user, "u");
    CHECK_STR(url.password, "p@ss:w");
    http_url_cleanup(&url);
    CHECK_INT(parse(&url, "http://@h/"), HTTP_PARSE_OK);
    CHECK_STR(url.user, "");
    http_url_cleanup(&url);
    CHECK_INT(parse(&url, "http://u:\xc3\xa9%zz%4@h/"), HTTP_PARSE_OK);
    CHECK_STR(url.userinfo, "u:%C3%A9%zz%4");
    CHECK_STR(url.password, "\xc3\xa9%zz%4");
    http_url_cleanup(&url);
    CHECK_INT(result_of("http://u%00:p@h/"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http://u:p%0d%0a@h/"), HTTP_PARSE_INVALID);
}

TEST(hosts)
{
    static const char *const good[] = {
        "http://a-b_c.example./",
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::]:1/",
        "http://1.2.3/",
        "http://[1:2:3:4:5:6:7:8]/",
        "http://[::ffff:1.2.3.4]/",
        "http://[1::]/",
        "http://[1:2:3:4:5:6:1.2.3.4]/",
        "http://[1::3:4:5:6:7:8]/",
        "http://xn--bcher-kva.example/",
        "http://h:65535/",
        "http://h:00080/",
    };
    static const char *const bad[] = {
        "http:///a",
        "http://",
        "http://:80/",
        "http://u@/",
        "http://.a/",
        "http://a..b/",
        "http://a b/",
        "http://b\xc3\xbc"
        "cher.example/",
        "http://a%41/",
        "http://a,b/",
        "http://h:65536/",
        "http://h:0/",
        "http://h:-1/",
        "http://h:+80/",
        "http://h:8a/",
        "http://h:99999999999999999999999/",
        "http://h:80:80/",
        "http://[::1/",
        "http://[]/",
        "http://[::1]x/",
        "http://::1/",
        "http://[:::]/",
        "http://[1::2::3]/",
        "http://[1:2:3:4:5:6:7]/",
        "http://[1:2:3:4:5:6:7:8:9]/",
        "http://[12345::]/",
        "http://[::g]/",
        "http://[::1.2.3]/",
        "http://[::1.2.3.256]/",
        "http://[::01.2.3.4]/",
        "http://[1:2:3:4:5:6:7::8]/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://[1:]/",
        "http://[:1]/",
        "http://h\\@x/",
        "http://[1:2:3:4:5:6:7:1.2.3.4]/",
        "http://[::1]]/",
    };
    struct http_url url;
    size_t i;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
    {
        if (result_of(good[i])) printf("%s\n", good[i]);
        CHECK_INT(result_of(good[i]), HTTP_PARSE_OK);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        if (!result_of(bad[i])) printf("%s\n", bad[i]);
        CHECK_INT(result_of(bad[i]), HTTP_PARSE_INVALID);
    }
    CHECK_INT(parse(&url, "http://[FE80::A]:81/"), HTTP_PARSE_OK);
    CHECK_STR(url.host, "fe80::a");
    CHECK_INT(url.host_kind, HTTP_HOST_IPV6);
    http_url_cleanup(&url);
    CHECK_INT(parse(&url, "http://10.0.0.255"), HTTP_PARSE_OK);
    CHECK_INT(url.host_kind, HTTP_HOST_IPV4);
    http_url_cleanup(&url);
    CHECK_INT(parse(&url, "http://256.0.0.1"), HTTP_PARSE_OK);
    CHECK_INT(url.host_kind, HTTP_HOST_NAME);
    http_url_cleanup(&url);
}

TEST(refused)
{
    static const char with_nul[] = "http://h/a\0b";

    CHECK_INT(result_of("ftp://h/"), HTTP_PARSE_UNSUPPORTED);
    CHECK_INT(result_of("httpx://h/"), HTTP_PARSE_UNSUPPORTED);
    CHECK_INT(result_of("htt://h/"), HTTP_PARSE_UNSUPPORTED);
    CHECK_INT(result_of(""), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("//h/"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http:h"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http:/h"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of(" http://h/"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http://h/a b"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http://h/a\tb"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http://h/?a\r\nX: y"), HTTP_PARSE_INVALID);
    CHECK_INT(result_of("http://h/#\x7f"), HTTP_PARSE_INVALID);
    {
        struct http_url url;

        CHECK_INT(http_url_parse(&url, with_nul, sizeof(with_nul) - 1), HTTP_PARSE_INVALID);
        CHECK(!url.memory && !url.host);
    }
}

TEST(sizes)
{
    char *text = malloc(HTTP_URL_MAX + 2);

    memset(text, 'a', HTTP_URL_MAX + 2);
    memcpy(text, "http://h/", 9);
    text[HTTP_URL_MAX + 1] = 0;
    CHECK_INT(result_of(text), HTTP_PARSE_TOO_LARGE);
    text[HTTP_URL_MAX] = 0;
    CHECK_INT(result_of(text), HTTP_PARSE_OK);
    memset(text + 9, '\xe9', HTTP_URL_MAX - 9);
    CHECK_INT(result_of(text), HTTP_PARSE_OK);
    memset(text + 7, 'a', HTTP_URL_HOST_MAX + 1);
    text[7 + HTTP_URL_HOST_MAX + 1] = 0;
    CHECK_INT(result_of(text), HTTP_PARSE_TOO_LARGE);
    text[7 + HTTP_URL_HOST_MAX] = 0;
    CHECK_INT(result_of(text), HTTP_PARSE_OK);
    free(text);
}

/* B-401 */
TEST(non_ascii)
{
    struct http_url url;

    CHECK_INT(parse(&url, "http://h/\xc3\xa4/%e4/a+b'(\"<>\\^`{|}?q=\xe2\x82\xac#\xc3\x9f"), HTTP_PARSE_OK);
    CHECK_STR(url.path, "/%C3%A4/%e4/a+b'(\"<>\\^`{|}");
    CHECK_STR(url.query, "q=%E2%82%AC");
    CHECK_STR(url.fragment, "%C3%9F");
    http_url_cleanup(&url);
}

static void check_forms(const char *text, const char *host, const char *origin, const char *absolute,
                        const char *authority, const char *full)
{
    struct http_url url;
    char *got;

    CHECK_INT(parse(&url, text), HTTP_PARSE_OK);
    got = http_url_to_host(&url);
    CHECK_STR(got, host);
    free(got);
    got = http_url_to_target(&url, HTTP_TARGET_ORIGIN);
    CHECK_STR(got, origin);
    free(got);
    got = http_url_to_target(&url, HTTP_TARGET_ABSOLUTE);
    CHECK_STR(got, absolute);
    free(got);
    got = http_url_to_target(&url, HTTP_TARGET_AUTHORITY);
    CHECK_STR(got, authority);
    free(got);
    got = http_url_to_string(&url, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
    CHECK_STR(got, full);
    free(got);
    http_url_cleanup(&url);
}

TEST(forms)
{
    check_forms("HTTP://u:p@H:80?q#f", "h", "/?q", "http://h/?q", "h:80", "http://u:p@h/?q#f");
    check_forms("https://h:80/a//b", "h:80", "/a//b", "https://h:80/a//b", "h:80", "https://h:80/a//b");
    check_forms("https://[::A]/./x", "[::a]", "/./x", "https://[::a]/./x", "[::a]:443", "https://[::a]/./x");
    check_forms("http://h/?#", "h", "/?", "http://h/?", "h:80", "http://h/?#");
}

TEST(copy_and_origin)
{
    struct http_url a, b, c;

    CHECK_INT(parse(&a, "http://u:%41\xc3\xa9@H/x?y#z"), HTTP_PARSE_OK);
    CHECK_INT(http_url_copy(&b, &a), HTTP_PARSE_OK);
    CHECK_STR(b.password, "A\xc3\xa9");
    CHECK_STR(b.path, "/x");
    CHECK_STR(b.fragment, "z");
    CHECK(http_url_same_origin(&a, &b));
    CHECK_INT(parse(&c, "http://h:81/"), HTTP_PARSE_OK);
    CHECK(!http_url_same_origin(&a, &c));
    http_url_cleanup(&c);
    CHECK_INT(parse(&c, "https://h:80/"), HTTP_PARSE_OK);
    CHECK(!http_url_same_origin(&a, &c));
    http_url_cleanup(&a);
    http_url_cleanup(&b);
    http_url_cleanup(&c);
}

static void check_resolve(const char *base_text, const char *reference, const char *want)
{
    struct http_url base, result;
    char *got = NULL;

    CHECK_INT(parse(&base, base_text), HTTP_PARSE_OK);
    if (!http_url_resolve(&result, &base, reference, strlen(reference)))
        got = http_url_to_string(&result, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
    CHECK_STR(got, want);
    free(got);
    http_url_cleanup(&base);
    http_url_cleanup(&result);
}

/* RFC 3986 section 5.4, as far as the results are http. */
TEST(resolve_rfc)
{
    static const char *const cases[][2] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"g:h", NULL},
        {"http:g", NULL},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        check_resolve("http://a/b/c/d;p?q", cases[i][0], cases[i][1]);
}

TEST(resolve_more)
{
    struct http_url base, result;
    char *long_reference = malloc(HTTP_URL_MAX + 1);

    check_resolve("http://u:p@a:81/x", "y", "http://u:p@a:81/y");
    check_resolve("http://u:p@a:81/x", "//b/y", "http://b/y");
    check_resolve("https://[::1]:8443/x", "?y", "https://[::1]:8443/x?y");
    check_resolve("http://a/x", "https://b:443/c/../d", "https://b/d");
    check_resolve("http://a/x", " /a b?c d \t", "http://a/a%20b?c%20d");
    check_resolve("http://a/x", "/\xc3\xa4", "http://a/%C3%A4");
    check_resolve("http://a", "b", "http://a/b");
    check_resolve("http://a?q", "?r", "http://a/?r");
    check_resolve("http://a/b/../c", "", "http://a/b/../c");
    check_resolve("http://a/x", "/a\r\nb", NULL);
    check_resolve("http://a/x", "//", NULL);
    check_resolve("http://a/x", "/..", "http://a/");
    check_resolve("http://a/x", "/a/b/../../../c/.", "http://a/c/");
    check_resolve("http://a/x", "//b/..//c", "http://b//c");

    CHECK_INT(parse(&base, "http://a/x"), HTTP_PARSE_OK);
    CHECK_INT(http_url_resolve(&result, &base, "ftp://b/", 8), HTTP_PARSE_UNSUPPORTED);
    CHECK_INT(http_url_resolve(&result, &base, "\\\\server\\share", 14), HTTP_PARSE_OK);
    CHECK_STR(result.path, "/\\\\server\\share");
    http_url_cleanup(&result);
    memset(long_reference, ' ', HTTP_URL_MAX + 1);
    long_reference[0] = long_reference[HTTP_URL_MAX] = 'a';
    CHECK_INT(http_url_resolve(&result, &base, long_reference, HTTP_URL_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(http_url_resolve(&result, &base, long_reference, HTTP_URL_MAX - 1), HTTP_PARSE_OK);
    CHECK_STR(result.path, "/a");
    http_url_cleanup(&result);
    long_reference[40000] = 'a';
    CHECK_INT(http_url_resolve(&result, &base, long_reference, 40001), HTTP_PARSE_TOO_LARGE);
    free(long_reference);
    http_url_cleanup(&base);
}

int main(void)
{
    RUN(classify);
    RUN(components);
    RUN(userinfo);
    RUN(hosts);
    RUN(refused);
    RUN(sizes);
    RUN(non_ascii);
    RUN(forms);
    RUN(copy_and_origin);
    RUN(resolve_rfc);
    RUN(resolve_more);
    return unit_finish();
}
