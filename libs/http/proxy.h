/*
 * Which proxies a URL is reached through.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_PROXY_H
#define WINE_BITS_HTTP_PROXY_H

#include "http/cancel.h"
#include "http/http.h"
#include "http/proxylist.h"
#include "http/url.h"

/* The ways to one URL, to be tried in order (B-569); no proxy at all means direct. */
struct http_route_list
{
    char *origin; /* the URL they were found for, NULL: none yet */
    struct http_proxy_list list;
    enum http_scheme scheme;
    bool direct; /* the server itself, and nothing of the list */
};

void http_route_list_init(struct http_route_list *routes);
void http_route_list_cleanup(struct http_route_list *routes);

/*
 * Finds the ways to a URL; what was found for the same server is kept, otherwise *changed is set and proxies
 * of before are gone.  ERROR_INVALID_PARAMETER: a malformed list in the options (B-534).
 * ERROR_OPERATION_ABORTED, ERROR_NOT_ENOUGH_MEMORY.
 */
uint32_t http_route_list_find(struct http_route_list *routes, const struct http_options *options,
                              const struct http_url *url, const struct http_cancel *cancel, bool *changed);

/* The proxy after previous (NULL: the first); NULL: no more, which at the first call means direct. */
const struct http_proxy *http_route_list_next(const struct http_route_list *routes, const struct http_proxy *previous);

#endif
