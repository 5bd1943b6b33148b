/*
 * The client, as the inside of libs/http sees it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_CLIENT_H
#define WINE_BITS_HTTP_CLIENT_H

#include "http/http.h"
#include "http/pool.h"

struct http_pool *http_client_pool(struct http_client *client);

#endif
