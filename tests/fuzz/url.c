/*
 * Fuzzer of libs/http/url.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "url.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was accepted must come out in a form that is accepted again and means the same. */
static void check_round_trip(const struct http_url *url)
{
    char *text = http_url_to_string(url, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT), *again;
    char *target = http_url_to_target(url, HTTP_TARGET_ORIGIN);
    char *authority = http_url_to_target(url, HTTP_TARGET_AUTHORITY);
    struct http_url copy;
    const char *c;

    if (http_url_parse(&copy, text, strlen(text)) && strlen(text) <= HTTP_URL_MAX) abort();
    if (copy.memory)
    {
        again = http_url_to_string(&copy, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
        if (strcmp(text, again) || !http_url_same_origin(url, &copy) || *url->path != '/') abort();
        free(again);
    }
    for (c = text; *c; c++)
    {
        if (http_is_control(*c) || *c == ' ' || (unsigned char)*c >= 0x80) abort();
    }
    http_url_cleanup(&copy);
    free(text);
    free(target);
    free(authority);
}

/* The first line is a base, the rest a reference. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *line = size ? memchr(text, '\n', size) : NULL;
    size_t len = line ? (size_t)(line - text) : size;
    struct http_url url, result;

    http_url_classify(text, len);
    if (http_url_parse(&url, text, len)) return 0;
    check_round_trip(&url);
    if (line && !http_url_resolve(&result, &url, line + 1, size - len - 1))
    {
        check_round_trip(&result);
        http_url_cleanup(&result);
    }
    http_url_cleanup(&url);
    return 0;
}
