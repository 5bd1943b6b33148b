/*
 * Fuzzer of libs/http/proxylist.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "proxylist.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse_proxies(const char *text, size_t len)
{
    const struct http_proxy *proxy = NULL;
    struct http_proxy_list list;

    http_proxy_list_init(&list);
    if (http_proxy_list_parse(&list, text, len) && list.first) abort();
    while ((proxy = http_proxy_list_next(&list, HTTP_SCHEME_HTTPS, proxy)))
    {
        if (!proxy->port || !*proxy->host || (!proxy->for_all && proxy->scheme != HTTP_SCHEME_HTTPS)) abort();
    }
    http_proxy_list_cleanup(&list);
}

static void match_bypass(const char *text, size_t len, const struct http_url *url)
{
    struct http_proxy_bypass bypass;

    http_proxy_bypass_init(&bypass);
    if (!http_proxy_bypass_parse(&bypass, text, len)) http_proxy_bypass_match(&bypass, url);
    http_proxy_bypass_cleanup(&bypass);
}

/* The first line is a URL, the rest either list. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
    struct http_url url;

    if (!line) return 0;
    parse_proxies(line + 1, size - (line + 1 - text));
    if (http_url_parse(&url, text, line - text) && http_url_parse(&url, "http://abcabc.example/", 22)) return 0;
    match_bypass(line + 1, size - (line + 1 - text), &url);
    http_url_cleanup(&url);
    return 0;
}
