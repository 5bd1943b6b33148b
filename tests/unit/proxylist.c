/*
 * Unit tests of libs/http/proxylist.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "proxylist.h"

#include <stdlib.h>

/* The proxies for a scheme written out as "host:port host:port". */
static void describe(const struct http_proxy_list *list, enum http_scheme scheme, char *out, size_t size)
{
    const struct http_proxy *proxy = NULL;
    size_t used = 0;

    *out = 0;
    while ((proxy = http_proxy_list_next(list, scheme, proxy)))
        used += snprintf(out + used, size - used, "%s%s%s:%u", used ? " " : "", proxy->https_prefix ? "!" : "",
                         proxy->host, proxy->port);
}

static void check_list(const char *text, const char *http, const char *https)
{
    struct http_proxy_list list;
    char got[500];

    http_proxy_list_init(&list);
    CHECK_INT(http_proxy_list_parse(&list, text, strlen(text)), HTTP_PARSE_OK);
    describe(&list, HTTP_SCHEME_HTTP, got, sizeof(got));
    CHECK_STR(got, http);
    describe(&list, HTTP_SCHEME_HTTPS, got, sizeof(got));
    CHECK_STR(got, https);
    http_proxy_list_cleanup(&list);
}

static void check_bad_list(const char *text)
{
    struct http_proxy_list list;

    http_proxy_list_init(&list);
    if (!http_proxy_list_parse(&list, text, strlen(text))) printf("%s\n", text);
    CHECK(!list.first && !list.count);
    CHECK_INT(http_proxy_list_parse(&list, text, strlen(text)), HTTP_PARSE_INVALID);
    CHECK(!list.first && !list.count);
    http_proxy_list_cleanup(&list);
}

/* B-567, B-569 */
TEST(proxies)
{
    check_list("", "", "");
    check_list(" ;\r\n", "", "");
    check_list("proxy", "proxy:80", "proxy:80");
    check_list("Proxy.Example:8080", "proxy.example:8080", "proxy.example:8080");
    check_list("http://p:1/", "p:1", "p:1");
    check_list("https://p", "!p:443", "!p:443");
    check_list("a b:2 c", "a:80 b:2 c:80", "a:80 b:2 c:80");
    check_list("a:1,b:2;c:3\tHTTP://d:4", "a:1 b:2 c:3 d:4", "a:1 b:2 c:3 d:4");
    check_list("http=http://p1:80 https=https://p2:443", "p1:80", "!p2:443");
    check_list("http=p1:8080;https=p2:8081", "p1:8080", "p2:8081");
    check_list("HTTP=p1 p3", "p1:80", "p3:80");
    check_list("p3 https=p1 https=p2", "p3:80", "p1:80 p2:80");
    check_list("http=p1", "p1:80", "");
    check_list("ftp=f:21;socks=s:1080;http=p:1", "p:1", "");
    check_list("socks=socks://s:1080 p", "p:80", "p:80");
    check_list("[::1]:3128 10.0.0.1:8080", "::1:3128 10.0.0.1:8080", "::1:3128 10.0.0.1:8080");
    check_list("http=[2001:DB8::1]", "2001:db8::1:80", "");
}

TEST(bad_proxies)
{
    check_bad_list("=p");
    check_bad_list("http=");
    check_bad_list("http://");
    check_bad_list("http=p:99999");
    check_bad_list("p:0");
    check_bad_list("p:port");
    check_bad_list("p/path");
    check_bad_list("p//");
    check_bad_list("socks://p");
    check_bad_list("user@p");
    check_bad_list("::1");
    check_bad_list("[::1");
    check_bad_list("good:1 *bad*");
    check_bad_list("http=https=p");
    check_bad_list("p\x01q");
}

TEST(sizes)
{
    char *text = malloc(HTTP_PROXY_LIST_MAX + 1);
    struct http_proxy_bypass bypass;
    struct http_proxy_list list;
    size_t i;

    for (i = 0; i <= HTTP_PROXY_LIST_MAX; i++) text[i] = i % 2 ? ' ' : 'p';
    http_proxy_list_init(&list);
    CHECK_INT(http_proxy_list_parse(&list, text, HTTP_PROXY_LIST_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(http_proxy_list_parse(&list, text, HTTP_PROXY_LIST_MAX), HTTP_PARSE_OK);
    CHECK_INT(list.count, HTTP_PROXY_LIST_MAX / 2);
    http_proxy_list_cleanup(&list);
    http_proxy_bypass_init(&bypass);
    CHECK_INT(http_proxy_bypass_parse(&bypass, text, HTTP_PROXY_LIST_MAX + 1), HTTP_PARSE_TOO_LARGE);
    CHECK_INT(http_proxy_bypass_parse(&bypass, text, HTTP_PROXY_LIST_MAX), HTTP_PARSE_OK);
    http_proxy_bypass_cleanup(&bypass);
    free(text);
}

static bool bypassed(const char *text, const char *url_text)
{
    struct http_proxy_bypass bypass;
    struct http_url url;
    bool match;

    http_proxy_bypass_init(&bypass);
    CHECK_INT(http_proxy_bypass_parse(&bypass, text, strlen(text)), HTTP_PARSE_OK);
    CHECK_INT(http_url_parse(&url, url_text, strlen(url_text)), HTTP_PARSE_OK);
    match = http_proxy_bypass_match(&bypass, &url);
    http_url_cleanup(&url);
    http_proxy_bypass_cleanup(&bypass);
    return match;
}

/* B-567 */
TEST(bypass)
{
    CHECK(!bypassed("", "http://h/"));
    CHECK(bypassed("h", "http://H:81/"));
    CHECK(!bypassed("h", "http://hh/"));
    CHECK(!bypassed("h", "http://h.example/"));
    CHECK(bypassed("a;b c", "http://c/"));
    CHECK(bypassed("*.Example.com", "http://a.b.example.COM/"));
    CHECK(!bypassed("*.example.com", "http://example.com/"));
    CHECK(bypassed("*example.com", "http://myexample.com/"));
    CHECK(bypassed("*", "http://h/"));
    CHECK(bypassed("192.168.*", "http://192.168.7.1/"));
    CHECK(!bypassed("192.168.*", "http://10.192.168.1/"));
    CHECK(bypassed("a*b*c", "http://a-b-b-c/"));
    CHECK(!bypassed("a*b*c", "http://a-c-b/"));
    CHECK(bypassed("*a*a*a*", "http://xaxaxax/"));
    CHECK(bypassed("<local>", "http://server/"));
    CHECK(bypassed("x <LOCAL>", "http://server:8080/"));
    CHECK(!bypassed("<local>", "http://server.example/"));
    CHECK(!bypassed("<local>", "http://10.0.0.1/"));
    CHECK(!bypassed("<local>", "http://[::1]/"));
    CHECK(!bypassed("<-loopback>", "http://localhost/"));
    CHECK(bypassed("h:81", "http://h:81/"));
    CHECK(!bypassed("h:81", "http://h/"));
    CHECK(bypassed("h:80", "http://h/"));
    CHECK(bypassed("*:443", "https://h/"));
    CHECK(bypassed("https://h", "https://h/"));
    CHECK(!bypassed("https://h/", "http://h/"));
    CHECK(bypassed("[::1]", "http://[::1]:99/"));
    CHECK(bypassed("::1", "http://[::1]/"));
    CHECK(bypassed("[FE80::1]:81", "http://[fe80::1]:81/"));
    CHECK(!bypassed("[fe80::1]:81", "http://[fe80::1]:82/"));
}

TEST(bad_bypass)
{
    static const char *const bad[] = {
        "<remote>", "a/b", "h:0", "h:x", "h:", "http://", "ftp://h", "/", "[::1", "a?b", "h:99999", ":80", "h ok<",
    };
    struct http_proxy_bypass bypass;
    size_t i;

    http_proxy_bypass_init(&bypass);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        CHECK_INT(http_proxy_bypass_parse(&bypass, bad[i], strlen(bad[i])), HTTP_PARSE_INVALID);
        CHECK(!bypass.first);
    }
    http_proxy_bypass_cleanup(&bypass);
}

int main(void)
{
    RUN(proxies);
    RUN(bad_proxies);
    RUN(sizes);
    RUN(bypass);
    RUN(bad_bypass);
    return unit_finish();
}
