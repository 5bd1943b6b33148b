/*
 * Cache servers that the administrator names are asked before the server of a URL (D-368, D-394).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_CACHESERVER_H
#define WINE_BITS_TRANSFER_DOWNLOAD_CACHESERVER_H

#include "transfer/jobs/queue.h"

#define CACHE_CONNECT_TIMEOUT_MS 3000 /* D-391 */

/* Which one a transfer asks. */
struct cache_server
{
    char *host; /* NULL: none, the URL's own server */
    char *url;  /* what it is asked */
    /* seconds before the URL's own server is asked instead; UINT32_MAX = never */
    uint32_t patience;
};

/* The first that did not fail lately, for what url names, in a structure that is all zero. */
void cache_server_choose(struct cache_server *server, struct job *job, const char *url);
void cache_server_cleanup(struct cache_server *server);

/* It failed: whether another one is to be asked now, cache_server_choose tells which; FALSE: it is to be
 * tried again. */
BOOL cache_server_failed(struct cache_server *server, struct job *job);

#endif
