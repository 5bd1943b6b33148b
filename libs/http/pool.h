/*
 * Kept connections.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The key of a connection says everything that makes two connections different: http_route_key() in route.h.
 */

#ifndef WINE_BITS_HTTP_POOL_H
#define WINE_BITS_HTTP_POOL_H

#include "http/connection.h"

struct http_pool;

/* NULL: no memory. */
struct http_pool *http_pool_create(void);
void http_pool_destroy(struct http_pool *pool);

/*
 * A connection with that key on which nothing has arrived, now the caller's; NULL: there is none.  thorough: one
 * that the server has not closed either, as far as is known; otherwise that is looked at only after a while.
 */
struct http_connection *http_pool_take(struct http_pool *pool, const char *key, bool thorough);

/*
 * Gives a connection whose last answer was read to its end.  It is closed at once if something is left on it.
 */
void http_pool_put(struct http_pool *pool, struct http_connection *connection);

/* Closes all that is in the pool. */
void http_pool_clear(struct http_pool *pool);

#endif
