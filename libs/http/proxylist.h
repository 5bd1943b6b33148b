/*
 * Lists of proxies and of hosts to be reached without one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * B-567 and the form of Internet Explorer's and WinHTTP's static settings: items separated by blanks, line
 * ends, ';' or ','. Proxy items: [protocol=][protocol://]server[:port][/]. An item for a protocol other than
 * http and https is left out. Bypass items: [protocol://]host[:port] with '*' for any characters (B-567 knows
 * it leftmost only, Internet Explorer anywhere), and <local>.
 */

#ifndef HTTP_PROXYLIST_H
#define HTTP_PROXYLIST_H

#include "parse.h"
#include "arena.h"
#include "url.h"

#define HTTP_PROXY_LIST_MAX 32768 /* characters of either list, B-263 */

struct http_proxy
{
    struct http_proxy *next;
    const char *host; /* lower case, IPv6 without brackets */
    enum http_host_kind host_kind;
    uint16_t port;           /* never 0; when not given 80, or 443 with https:// */
    bool for_all;            /* no "protocol=": serves the protocols that have no item of their own */
    enum http_scheme scheme; /* unless for_all: of the URLs it serves */
    bool https_prefix;       /* written with https://; Windows speaks plain to it all the same */
};

struct http_proxy_list
{
    struct http_proxy *first;
    struct http_proxy *last;
    size_t count;
    struct http_arena arena;
};

void http_proxy_list_init(struct http_proxy_list *list);
void http_proxy_list_cleanup(struct http_proxy_list *list);

/*
 * Appends the proxies of text in order. INVALID: a malformed item (B-534). TOO_LARGE, NO_MEMORY. On error the
 * list is empty.
 */
enum http_parse_error http_proxy_list_parse(struct http_proxy_list *list, const char *text, size_t len);

/*
 * The proxies to try for URLs of that scheme, in order (B-569): the first after previous (NULL: from the
 * start). Those for this scheme if there are any, otherwise those for all. NULL: no more; when already the
 * first call says so the connection is direct.
 */
const struct http_proxy *http_proxy_list_next(const struct http_proxy_list *list, enum http_scheme scheme,
                                              const struct http_proxy *previous);

struct http_proxy_bypass_item
{
    struct http_proxy_bypass_item *next;
    bool local; /* <local>: names without a dot */
    bool has_scheme;
    enum http_scheme scheme;
    uint16_t port;       /* 0: any */
    const char *pattern; /* lower case, IPv6 without brackets */
};

struct http_proxy_bypass
{
    struct http_proxy_bypass_item *first;
    struct http_proxy_bypass_item *last;
    struct http_arena arena;
};

void http_proxy_bypass_init(struct http_proxy_bypass *bypass);
void http_proxy_bypass_cleanup(struct http_proxy_bypass *bypass);

/* Appends the items of text. INVALID: a malformed item. TOO_LARGE, NO_MEMORY. On error the list is empty. */
enum http_parse_error http_proxy_bypass_parse(struct http_proxy_bypass *bypass, const char *text, size_t len);

/* Whether this URL is to be reached without proxy. */
bool http_proxy_bypass_match(const struct http_proxy_bypass *bypass, const struct http_url *url);

#endif
