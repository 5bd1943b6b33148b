/*
 * What a cache server is asked (D-368; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_CACHEURL_H
#define WINE_BITS_TRANSFER_DOWNLOAD_CACHEURL_H

/* The URL for what url names on a cache server, a host with or without a port: the same path, and the server
 * that url names as the parameter cacheHostOrigin.  For free().  NULL: no memory, no http URL (what is
 * encrypted on its way stays so), no host. */
char *cache_url_make(const char *url, const char *host);

#endif
