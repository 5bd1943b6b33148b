/*
 * Origins: what may go to which server, and where a redirect may lead.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "http/origin.h"

#include <string.h>

/* The same server, now with TLS. */
static bool is_upgrade(const struct http_url *from, const struct http_url *to)
{
    return !strcmp(from->host, to->host) && from->scheme == HTTP_SCHEME_HTTP && from->port == 80 &&
           to->scheme == HTTP_SCHEME_HTTPS && to->port == 443;
}

static bool is_downgrade(const struct http_url *from, const struct http_url *to)
{
    return from->scheme == HTTP_SCHEME_HTTPS && to->scheme == HTTP_SCHEME_HTTP;
}

bool http_may_send(enum http_cargo cargo, enum http_named_by named_by, const struct http_url *home,
                   const struct http_url *to)
{
    if (named_by == HTTP_NAMED_BY_HASHES) return false;
    if (http_url_same_origin(home, to)) return true;
    switch (cargo)
    {
    case HTTP_CARGO_FIELDS: return true;
    case HTTP_CARGO_CREDENTIALS:
    case HTTP_CARGO_CHALLENGE_FIELDS:
    case HTTP_CARGO_SECRET_FIELDS:
    case HTTP_CARGO_CERTIFICATE:
        if (named_by == HTTP_NAMED_BY_REDIRECT) return is_upgrade(home, to);
        return named_by == HTTP_NAMED_BY_UPLOAD_SERVER && !is_downgrade(home, to);
    case HTTP_CARGO_URL_USER:
    case HTTP_CARGO_COOKIES:
    case HTTP_CARGO_COUNT: break;
    }
    return false;
}

enum http_parse_error http_redirect_target(struct http_url *target, const struct http_url *from, const char *location,
                                           bool allow_https_to_http)
{
    enum http_parse_error error;

    if ((error = http_url_resolve(target, from, location, strlen(location)))) return error;
    if (!is_downgrade(from, target) || allow_https_to_http) return HTTP_PARSE_OK;
    http_url_cleanup(target);
    return HTTP_PARSE_UNSUPPORTED;
}

static bool contains(const char *name, const char *part)
{
    size_t length = strlen(part), i, size = strlen(name);

    for (i = 0; i + length <= size; i++)
        if (http_equal_nocase(part, name + i, length)) return true;
    return false;
}

bool http_field_is_secret(const char *name)
{
    /* Names that services have chosen: X-Api-Key, PRIVATE-TOKEN, X-Amz-Security-Token, Ocp-Apim-Subscription-Key ... */
    static const char *const parts[] = {"auth",       "cookie",    "token",  "secret", "passw",
                                        "credential", "signature", "apikey", "-key",   "session"};
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (contains(name, parts[i])) return true;
    return false;
}
