/*
 * The client: what exchanges share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <winsock2.h>
#include <windows.h>

#include "http/client.h"

struct http_client
{
    struct http_pool *pool;
};

struct http_client *http_client_create(void)
{
    struct http_client *client;

    if (!(client = calloc(1, sizeof(*client)))) return NULL;
    if (!(client->pool = http_pool_create()))
    {
        free(client);
        return NULL;
    }
    return client;
}

void http_client_destroy(struct http_client *client)
{
    if (!client) return;
    http_pool_destroy(client->pool);
    free(client);
}

void http_client_close_idle(struct http_client *client)
{
    http_pool_clear(client->pool);
}

struct http_pool *http_client_pool(struct http_client *client)
{
    return client->pool;
}
