/*
 * Kept connections.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A list with the most recently used first.  A timer runs while there is something in it.
 */

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>

#include "http/pool.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

#define IDLE_MAX 32
#define IDLE_MAX_PER_KEY 6
#define IDLE_TIME 60000 /* ms */
/* ms; whether the server has closed it is not asked of a connection that was kept for less, which would cost three
 * calls of wineserver.  The request is repeated on another one then. */
#define FRESH_TIME 100

struct http_pool
{
    CRITICAL_SECTION lock;
    struct http_connection *first;
    TP_TIMER *timer;
    bool timer_set;
};

static void destroy_list(struct http_connection *connection)
{
    struct http_connection *next;

    for (; connection; connection = next)
    {
        next = connection->next;
        http_connection_destroy(connection);
    }
}

/* With the lock held: due when the oldest connection will be too old. */
static void set_timer(struct http_pool *pool)
{
    struct http_connection *oldest = pool->first;
    ULONGLONG age;
    LARGE_INTEGER due;
    FILETIME time;

    if (pool->timer_set || !oldest) return;
    while (oldest->next) oldest = oldest->next;
    age = GetTickCount64() - oldest->idle_since;
    due.QuadPart = -10000 * (LONGLONG)(age < IDLE_TIME ? IDLE_TIME - age + 100 : 100);
    time.dwLowDateTime = due.LowPart;
    time.dwHighDateTime = due.HighPart;
    SetThreadpoolTimer(pool->timer, &time, 0, 1000);
    pool->timer_set = true;
}

static void CALLBACK expire(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct http_pool *pool = context;
    struct http_connection **link, *expired;
    ULONGLONG now = GetTickCount64();

    EnterCriticalSection(&pool->lock);
    pool->timer_set = false;
    for (link = &pool->first; *link && now - (*link)->idle_since < IDLE_TIME; link = &(*link)->next) continue;
    expired = *link;
    *link = NULL;
    set_timer(pool);
    LeaveCriticalSection(&pool->lock);
    destroy_list(expired);
}

struct http_pool *http_pool_create(void)
{
    struct http_pool *pool;

    if (!(pool = calloc(1, sizeof(*pool)))) return NULL;
    if (!(pool->timer = CreateThreadpoolTimer(expire, pool, NULL)))
    {
        ERR("no timer, error %lu\n", GetLastError());
        free(pool);
        return NULL;
    }
    InitializeCriticalSection(&pool->lock);
    return pool;
}

void http_pool_destroy(struct http_pool *pool)
{
    if (!pool) return;
    SetThreadpoolTimer(pool->timer, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(pool->timer, TRUE);
    CloseThreadpoolTimer(pool->timer);
    destroy_list(pool->first);
    DeleteCriticalSection(&pool->lock);
    free(pool);
}

struct http_connection *http_pool_take(struct http_pool *pool, const char *key, bool thorough)
{
    struct http_connection **link, *connection;
    ULONGLONG idle;

    for (;;)
    {
        EnterCriticalSection(&pool->lock);
        for (link = &pool->first; *link && strcmp((*link)->key, key); link = &(*link)->next) continue;
        if ((connection = *link)) *link = connection->next;
        LeaveCriticalSection(&pool->lock);
        if (!connection) return NULL;

        connection->next = NULL;
        idle = GetTickCount64() - connection->idle_since;
        if (idle < IDLE_TIME && http_connection_is_idle(connection, thorough || idle >= FRESH_TIME)) return connection;
        TRACE("a kept connection to %s is stale\n", http_socket_peer(connection->socket));
        http_connection_destroy(connection);
    }
}

/* Takes out the oldest connection of the key, or of all (NULL), if there are more than max. */
static struct http_connection *remove_excess(struct http_pool *pool, const char *key, unsigned int max)
{
    struct http_connection **link, **oldest = NULL, *connection;
    unsigned int count = 0;

    for (link = &pool->first; *link; link = &(*link)->next)
    {
        if (key && strcmp((*link)->key, key)) continue;
        oldest = link;
        count++;
    }
    if (count <= max) return NULL;
    connection = *oldest;
    *oldest = connection->next;
    connection->next = NULL;
    return connection;
}

void http_pool_put(struct http_pool *pool, struct http_connection *connection)
{
    struct http_connection *excess;

    if (!http_connection_is_idle(connection, false))
    {
        WARN("%s has sent more than it was asked for\n", http_socket_peer(connection->socket));
        http_connection_destroy(connection);
        return;
    }
    connection->idle_since = GetTickCount64();
    EnterCriticalSection(&pool->lock);
    connection->next = pool->first;
    pool->first = connection;
    if (!(excess = remove_excess(pool, connection->key, IDLE_MAX_PER_KEY)))
        excess = remove_excess(pool, NULL, IDLE_MAX);
    set_timer(pool);
    LeaveCriticalSection(&pool->lock);
    http_connection_destroy(excess);
}

void http_pool_clear(struct http_pool *pool)
{
    struct http_connection *list;

    EnterCriticalSection(&pool->lock);
    list = pool->first;
    pool->first = NULL;
    LeaveCriticalSection(&pool->lock);
    destroy_list(list);
}
