/*
 * Lists of proxies and of hosts to be reached without one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "proxylist.h"

#include <string.h>

struct proxy_span
{
    const char *text;
    size_t len;
};

static bool is_separator(char c)
{
    return http_is_blank(c) || c == '\r' || c == '\n' || c == ';' || c == ',';
}

/* Takes the next item off the front of rest; false: no more. */
static bool next_item(struct proxy_span *rest, struct proxy_span *item)
{
    while (rest->len && is_separator(*rest->text))
    {
        rest->text++;
        rest->len--;
    }
    item->text = rest->text;
    item->len = 0;
    while (item->len < rest->len && !is_separator(item->text[item->len])) item->len++;
    rest->text += item->len;
    rest->len -= item->len;
    return item->len > 0;
}

static void skip(struct proxy_span *span, size_t len)
{
    span->text += len;
    span->len -= len;
}

/* Whether the span is the name of a protocol we have. */
static bool find_scheme(struct proxy_span name, enum http_scheme *scheme)
{
    *scheme = HTTP_SCHEME_HTTP;
    if (http_equal_nocase("http", name.text, name.len)) return true;
    *scheme = HTTP_SCHEME_HTTPS;
    return http_equal_nocase("https", name.text, name.len);
}

/* Takes "protocol://" off the front of item. INVALID: a protocol that is neither http nor https. */
static enum http_parse_error take_prefix(struct proxy_span *item, bool *found, enum http_scheme *scheme)
{
    struct proxy_span name = {item->text, 0};

    *found = false;
    *scheme = HTTP_SCHEME_HTTP;
    while (name.len < item->len && http_is_alpha(name.text[name.len])) name.len++;
    if (item->len - name.len < 3 || memcmp(name.text + name.len, "://", 3)) return HTTP_PARSE_OK;
    if (!find_scheme(name, scheme)) return HTTP_PARSE_INVALID;
    skip(item, name.len + 3);
    *found = true;
    return HTTP_PARSE_OK;
}

static char *copy_lower(struct http_arena *arena, const char *text, size_t len)
{
    char *copy = http_arena_copy(arena, text, len);
    size_t i;

    for (i = 0; copy && i < len; i++) copy[i] = http_lower(copy[i]);
    return copy;
}

void http_proxy_list_init(struct http_proxy_list *list)
{
    memset(list, 0, sizeof(*list));
    http_arena_init(&list->arena);
}

void http_proxy_list_cleanup(struct http_proxy_list *list)
{
    http_arena_cleanup(&list->arena);
    http_proxy_list_init(list);
}

/* Reads an item without its "protocol=" and appends it. */
static enum http_parse_error add_proxy(struct http_proxy_list *list, struct proxy_span item, bool for_all,
                                       enum http_scheme scheme)
{
    enum http_parse_error error;
    struct http_proxy *proxy;
    enum http_scheme prefix;
    struct proxy_span host;
    bool has_prefix;

    if (!(proxy = http_arena_alloc(&list->arena, sizeof(*proxy)))) return HTTP_PARSE_NO_MEMORY;
    memset(proxy, 0, sizeof(*proxy));
    if ((error = take_prefix(&item, &has_prefix, &prefix))) return error;
    if (item.len && item.text[item.len - 1] == '/') item.len--;
    if ((error = http_host_port_parse(item.text, item.len, &host.text, &host.len, &proxy->host_kind, &proxy->port)))
        return error;
    if (!(proxy->host = copy_lower(&list->arena, host.text, host.len))) return HTTP_PARSE_NO_MEMORY;
    if (!proxy->port) proxy->port = http_scheme_default_port(prefix);
    proxy->for_all = for_all;
    proxy->scheme = scheme;
    proxy->https_prefix = prefix == HTTP_SCHEME_HTTPS;

    if (list->last) list->last->next = proxy;
    else list->first = proxy;
    list->last = proxy;
    list->count++;
    return HTTP_PARSE_OK;
}

/* [protocol=]rest; items of protocols that we do not speak are left out. */
static enum http_parse_error add_proxy_item(struct http_proxy_list *list, struct proxy_span item)
{
    const char *equals = memchr(item.text, '=', item.len);
    enum http_scheme scheme = HTTP_SCHEME_HTTP;

    if (equals)
    {
        struct proxy_span name = {item.text, (size_t)(equals - item.text)};

        if (!http_is_token(name.text, name.len)) return HTTP_PARSE_INVALID;
        if (!find_scheme(name, &scheme)) return HTTP_PARSE_OK;
        skip(&item, name.len + 1);
    }
    return add_proxy(list, item, !equals, scheme);
}

enum http_parse_error http_proxy_list_parse(struct http_proxy_list *list, const char *text, size_t len)
{
    enum http_parse_error error = len > HTTP_PROXY_LIST_MAX ? HTTP_PARSE_TOO_LARGE : HTTP_PARSE_OK;
    struct proxy_span rest = {text, len}, item;

    while (!error && next_item(&rest, &item)) error = add_proxy_item(list, item);
    if (error) http_proxy_list_cleanup(list);
    return error;
}

/* The first proxy from this one on that was written for the scheme, or (for_all) without protocol. */
static const struct http_proxy *find_proxy(const struct http_proxy *proxy, enum http_scheme scheme, bool for_all)
{
    while (proxy && (proxy->for_all != for_all || (!for_all && proxy->scheme != scheme))) proxy = proxy->next;
    return proxy;
}

const struct http_proxy *http_proxy_list_next(const struct http_proxy_list *list, enum http_scheme scheme,
                                              const struct http_proxy *previous)
{
    bool for_all = !find_proxy(list->first, scheme, false);

    return find_proxy(previous ? previous->next : list->first, scheme, for_all);
}

void http_proxy_bypass_init(struct http_proxy_bypass *bypass)
{
    memset(bypass, 0, sizeof(*bypass));
    http_arena_init(&bypass->arena);
}

void http_proxy_bypass_cleanup(struct http_proxy_bypass *bypass)
{
    http_arena_cleanup(&bypass->arena);
    http_proxy_bypass_init(bypass);
}

static bool is_pattern(struct proxy_span text)
{
    size_t i;

    for (i = 0; i < text.len; i++)
    {
        char c = text.text[i];

        if (!http_is_alpha(c) && !http_is_digit(c) && c != '-' && c != '_' && c != '.' && c != '*') return false;
    }
    return text.len > 0;
}

/* "host", "host:port", "[IPv6]" or "[IPv6]:port", with wildcards in the host. */
static enum http_parse_error read_pattern(struct http_proxy_bypass *bypass, struct proxy_span text,
                                          struct http_proxy_bypass_item *item)
{
    const char *colon = memchr(text.text, ':', text.len);
    struct proxy_span host = {text.text, colon ? (size_t)(colon - text.text) : text.len};
    enum http_host_kind kind;
    uint64_t port = 0;

    if (http_is_ipv6(text.text, text.len)) host = text;
    else if (*text.text == '[')
    {
        if (http_host_port_parse(text.text, text.len, &host.text, &host.len, &kind, &item->port))
            return HTTP_PARSE_INVALID;
    }
    else
    {
        if (!is_pattern(host)) return HTTP_PARSE_INVALID;
        if (colon && (http_parse_decimal(colon + 1, text.len - host.len - 1, &port) || !port || port > 65535))
            return HTTP_PARSE_INVALID;
        item->port = (uint16_t)port;
    }
    item->pattern = copy_lower(&bypass->arena, host.text, host.len);
    return item->pattern ? HTTP_PARSE_OK : HTTP_PARSE_NO_MEMORY;
}

static enum http_parse_error add_bypass_item(struct http_proxy_bypass *bypass, struct proxy_span text)
{
    struct http_proxy_bypass_item *item = http_arena_alloc(&bypass->arena, sizeof(*item));
    enum http_parse_error error;

    if (!item) return HTTP_PARSE_NO_MEMORY;
    memset(item, 0, sizeof(*item));
    /*
     * Internet Explorer's wish for a proxy even on the way to this machine, which nothing here contradicts.
     */
    if (http_equal_nocase("<-loopback>", text.text, text.len)) return HTTP_PARSE_OK;
    if (http_equal_nocase("<local>", text.text, text.len)) item->local = true;
    else
    {
        if ((error = take_prefix(&text, &item->has_scheme, &item->scheme))) return error;
        if (text.len && text.text[text.len - 1] == '/') text.len--;
        if (!text.len) return HTTP_PARSE_INVALID;
        if ((error = read_pattern(bypass, text, item))) return error;
    }
    if (bypass->last) bypass->last->next = item;
    else bypass->first = item;
    bypass->last = item;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_proxy_bypass_parse(struct http_proxy_bypass *bypass, const char *text, size_t len)
{
    enum http_parse_error error = len > HTTP_PROXY_LIST_MAX ? HTTP_PARSE_TOO_LARGE : HTTP_PARSE_OK;
    struct proxy_span rest = {text, len}, item;

    while (!error && next_item(&rest, &item)) error = add_bypass_item(bypass, item);
    if (error) http_proxy_bypass_cleanup(bypass);
    return error;
}

/* '*' stands for any characters. On a mismatch only the last star has to take one character more. */
static bool match_pattern(const char *pattern, const char *host)
{
    const char *star = NULL, *resume = NULL;

    while (*host)
    {
        if (*pattern == '*')
        {
            star = ++pattern;
            resume = host;
        }
        else if (*pattern == *host)
        {
            pattern++;
            host++;
        }
        else if (star)
        {
            pattern = star;
            host = ++resume;
        }
        else return false;
    }
    while (*pattern == '*') pattern++;
    return !*pattern;
}

static bool match_item(const struct http_proxy_bypass_item *item, const struct http_url *url)
{
    if (item->local) return url->host_kind == HTTP_HOST_NAME && !strchr(url->host, '.');
    if ((item->has_scheme && item->scheme != url->scheme) || (item->port && item->port != url->port)) return false;
    return match_pattern(item->pattern, url->host);
}

bool http_proxy_bypass_match(const struct http_proxy_bypass *bypass, const struct http_url *url)
{
    const struct http_proxy_bypass_item *item;

    for (item = bypass->first; item; item = item->next)
    {
        if (match_item(item, url)) return true;
    }
    return false;
}
