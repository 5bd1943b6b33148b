/*
 * What a cache server is asked (D-368; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/url.h"
#include "transfer/download/cacheurl.h"

static bool is_host(const char *text)
{
    enum http_host_kind kind;
    const char *host;
    size_t length;
    uint16_t port;

    return *text && !http_host_port_parse(text, strlen(text), &host, &length, &kind, &port);
}

char *cache_url_make(const char *url, const char *host)
{
    char *origin = NULL, *target = NULL, *result = NULL;
    struct http_url parsed;
    size_t size;

    if (!is_host(host) || http_url_parse(&parsed, url, strlen(url))) return NULL;
    if (parsed.scheme == HTTP_SCHEME_HTTP)
    {
        origin = http_url_to_host(&parsed);
        target = http_url_to_target(&parsed, HTTP_TARGET_ORIGIN);
    }
    if (origin && target)
    {
        size = strlen("http://?cacheHostOrigin=") + strlen(host) + strlen(target) + strlen(origin) + 1;
        if ((result = malloc(size)))
            snprintf(result, size, "http://%s%s%ccacheHostOrigin=%s", host, target, parsed.query ? '&' : '?', origin);
    }
    free(origin);
    free(target);
    http_url_cleanup(&parsed);
    return result;
}
