/*
 * Cookies.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "http/cookies.h"
#include "http/fields.h"
#include "http/text.h"

#include <stdlib.h>
#include <string.h>

#define NEVER INT64_MAX

struct http_cookie
{
    struct http_cookie *next;
    struct http_url origin;
    int64_t expires; /* NEVER: with the jar */
    char *name, *value, *path;
};

/* A part of a text. */
struct cookie_span
{
    const char *text;
    size_t length;
};

void http_cookie_jar_init(struct http_cookie_jar *jar)
{
    jar->first = NULL;
    jar->count = 0;
}

static void destroy_cookie(struct http_cookie *cookie)
{
    if (!cookie) return;
    http_url_cleanup(&cookie->origin);
    free(cookie->name);
    free(cookie->value);
    free(cookie->path);
    free(cookie);
}

static void remove_cookie(struct http_cookie_jar *jar, struct http_cookie **link)
{
    struct http_cookie *cookie = *link;

    *link = cookie->next;
    jar->count--;
    destroy_cookie(cookie);
}

void http_cookie_jar_cleanup(struct http_cookie_jar *jar)
{
    while (jar->first) remove_cookie(jar, &jar->first);
}

/* --- parsing (RFC 6265 section 5.2) --- */

static struct cookie_span trimmed(const char *text, size_t length)
{
    while (length && http_is_blank(*text)) text++, length--;
    while (length && http_is_blank(text[length - 1])) length--;
    return (struct cookie_span){text, length};
}

static char *copy_span(struct cookie_span span)
{
    char *copy = malloc(span.length + 1);

    if (!copy) return NULL;
    memcpy(copy, span.text, span.length);
    copy[span.length] = 0;
    return copy;
}

/* Takes the next part that ends at ';' off *text: what is before and behind its '='. */
static bool next_pair(const char **text, struct cookie_span *name, struct cookie_span *value)
{
    size_t length = strcspn(*text, ";");
    const char *equals = length ? memchr(*text, '=', length) : NULL;
    size_t name_length = equals ? (size_t)(equals - *text) : length;

    if (!**text) return false;
    *name = trimmed(*text, name_length);
    *value = equals ? trimmed(equals + 1, length - name_length - 1) : (struct cookie_span){"", 0};
    *text += length + ((*text)[length] == ';');
    return true;
}

static bool is_sendable(struct cookie_span span)
{
    size_t i;

    for (i = 0; i < span.length; i++)
        if (http_is_control(span.text[i])) return false;
    return true;
}

struct attributes
{
    int64_t expires;
    bool has_max_age, secure, for_others; /* for_others: of a domain that the host is not in */
    struct cookie_span path, domain;
};

/* The host is that domain or below it; a dot before it does not count. */
static bool is_in_domain(const struct http_url *url, struct cookie_span domain)
{
    size_t length = strlen(url->host), rest;

    if (domain.length && *domain.text == '.') domain.text++, domain.length--;
    if (!domain.length) return true;
    if (domain.length > length) return false;
    rest = length - domain.length;
    if (!http_equal_nocase(url->host + rest, domain.text, domain.length)) return false;
    return !rest || (url->host[rest - 1] == '.' && url->host_kind == HTTP_HOST_NAME);
}

static int64_t max_age(struct cookie_span value, int64_t now)
{
    uint64_t seconds;

    if (value.length && *value.text == '-') return 0;
    if (http_parse_decimal(value.text, value.length, &seconds) || seconds > INT32_MAX) return NEVER;
    return seconds ? now + (int64_t)seconds : 0;
}

static void take_attribute(struct attributes *attributes, struct cookie_span name, struct cookie_span value,
                           int64_t now)
{
    char date[64];
    int64_t time;

    if (http_equal_nocase("Secure", name.text, name.length)) attributes->secure = true;
    else if (http_equal_nocase("Path", name.text, name.length)) attributes->path = value;
    else if (http_equal_nocase("Domain", name.text, name.length)) attributes->domain = value;
    else if (http_equal_nocase("Max-Age", name.text, name.length))
    {
        attributes->has_max_age = true;
        attributes->expires = max_age(value, now);
    }
    else if (http_equal_nocase("Expires", name.text, name.length) && !attributes->has_max_age &&
             value.length < sizeof(date))
    {
        memcpy(date, value.text, value.length);
        date[value.length] = 0;
        if (!http_date_parse(date, now, &time)) attributes->expires = time;
    }
}

static bool has_prefix(struct cookie_span name, const char *prefix)
{
    size_t length = strlen(prefix);

    return name.length >= length && http_equal_nocase(prefix, name.text, length);
}

static bool is_acceptable(const struct http_url *url, struct cookie_span name, struct cookie_span value,
                          const struct attributes *attributes)
{
    bool by_https = url->scheme == HTTP_SCHEME_HTTPS;

    if (!name.length || name.length + value.length > HTTP_COOKIE_SIZE_MAX) return false;
    if (!is_sendable(name) || !is_sendable(value) || !is_sendable(attributes->path)) return false;
    if (!is_in_domain(url, attributes->domain) || (attributes->secure && !by_https)) return false;
    /* The names that promise something (RFC 6265bis section 4.1.3). */
    if (has_prefix(name, "__Secure-") && !attributes->secure) return false;
    if (has_prefix(name, "__Host-") &&
        (!attributes->secure || attributes->domain.length || attributes->path.length != 1))
        return false;
    return true;
}

/* The directory of the URL's path, where the cookie names no path of its own. */
static struct cookie_span cookie_path(const struct http_url *url, struct cookie_span path)
{
    const char *slash = strrchr(url->path, '/');

    if (path.length && *path.text == '/') return path;
    return (struct cookie_span){url->path, slash && slash > url->path ? (size_t)(slash - url->path) : 1};
}

static struct http_cookie *make_cookie(const struct http_url *url, struct cookie_span name, struct cookie_span value,
                                       const struct attributes *attributes)
{
    struct http_cookie *cookie = calloc(1, sizeof(*cookie));

    if (!cookie) return NULL;
    cookie->expires = attributes->expires;
    cookie->name = copy_span(name);
    cookie->value = copy_span(value);
    cookie->path = copy_span(cookie_path(url, attributes->path));
    if (cookie->name && cookie->value && cookie->path && !http_url_copy(&cookie->origin, url)) return cookie;
    destroy_cookie(cookie);
    return NULL;
}

static void remove_same(struct http_cookie_jar *jar, const struct http_cookie *cookie)
{
    struct http_cookie **link;

    for (link = &jar->first; *link; link = &(*link)->next)
    {
        if (strcmp((*link)->name, cookie->name) || strcmp((*link)->path, cookie->path) ||
            !http_url_same_origin(&(*link)->origin, &cookie->origin))
            continue;
        remove_cookie(jar, link);
        return;
    }
}

enum http_parse_error http_cookie_jar_set(struct http_cookie_jar *jar, const struct http_url *url, const char *value,
                                          int64_t now)
{
    struct attributes attributes = {.expires = NEVER, .path = {"", 0}, .domain = {"", 0}};
    struct cookie_span name, content, attribute, attribute_value;
    struct http_cookie *cookie, **link;

    if (!next_pair(&value, &name, &content)) return HTTP_PARSE_OK;
    while (next_pair(&value, &attribute, &attribute_value))
        take_attribute(&attributes, attribute, attribute_value, now);
    if (!is_acceptable(url, name, content, &attributes)) return HTTP_PARSE_OK;
    if (!(cookie = make_cookie(url, name, content, &attributes))) return HTTP_PARSE_NO_MEMORY;
    remove_same(jar, cookie);
    if (cookie->expires <= now)
    {
        destroy_cookie(cookie);
        return HTTP_PARSE_OK;
    }
    if (jar->first && jar->count >= HTTP_COOKIES_MAX) remove_cookie(jar, &jar->first);
    for (link = &jar->first; *link; link = &(*link)->next) continue;
    *link = cookie;
    jar->count++;
    return HTTP_PARSE_OK;
}

/* --- sending (RFC 6265 section 5.4) --- */

static bool matches_path(const struct http_cookie *cookie, const char *path)
{
    size_t length = strlen(cookie->path);

    if (strncmp(cookie->path, path, length)) return false;
    return !path[length] || path[length] == '/' || cookie->path[length - 1] == '/';
}

/* The longest path first, which is a matter of few. */
static const struct http_cookie *next_longest(const struct http_cookie_jar *jar, enum http_named_by named_by,
                                              const struct http_url *url, size_t max, size_t *longest)
{
    const struct http_cookie *cookie, *found = NULL;

    *longest = 0;
    for (cookie = jar->first; cookie; cookie = cookie->next)
    {
        size_t length = strlen(cookie->path);

        if (length >= max || length <= *longest || !matches_path(cookie, url->path) ||
            !http_may_send(HTTP_CARGO_COOKIES, named_by, &cookie->origin, url))
            continue;
        *longest = length;
        found = cookie;
    }
    return found;
}

static void add_cookies(struct http_text *text, const struct http_cookie *cookie, size_t path_length,
                        enum http_named_by named_by, const struct http_url *url)
{
    for (; cookie; cookie = cookie->next)
    {
        if (strlen(cookie->path) != path_length || !matches_path(cookie, url->path) ||
            !http_may_send(HTTP_CARGO_COOKIES, named_by, &cookie->origin, url))
            continue;
        if (text->len) http_text_add(text, "; ");
        http_text_add(text, cookie->name);
        http_text_add(text, "=");
        http_text_add(text, cookie->value);
    }
}

enum http_parse_error http_cookie_jar_get(struct http_cookie_jar *jar, enum http_named_by named_by,
                                          const struct http_url *url, int64_t now, char **value)
{
    struct http_cookie **link = &jar->first;
    const struct http_cookie *cookie;
    size_t length = SIZE_MAX;
    struct http_text text;

    *value = NULL;
    while (*link)
    {
        if ((*link)->expires <= now) remove_cookie(jar, link);
        else link = &(*link)->next;
    }
    http_text_init(&text);
    while ((cookie = next_longest(jar, named_by, url, length, &length)))
        add_cookies(&text, cookie, length, named_by, url);
    if (!text.len && !text.failed)
    {
        http_text_cleanup(&text);
        return HTTP_PARSE_OK;
    }
    *value = http_text_take(&text, NULL);
    return *value ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}
