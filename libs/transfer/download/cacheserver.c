/*
 * Cache servers that the administrator names are asked before the server of a URL (D-368, D-394).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "http/redact.h"
#include "base/text.h"
#include "transfer/attempt/http_session.h"
#include "transfer/download/cacheserver.h"
#include "transfer/download/cacheurl.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsdownload);

#define BAN_MS (15 * 60 * 1000)

/* Locked. */
static BOOL is_banned(const struct queue *queue, const char *host, ULONGLONG now)
{
    unsigned int i;

    queue_assert_locked(queue);
    for (i = 0; i < CACHE_BANS; i++)
        if (queue->cache_bans[i].until > now && !strcmp(queue->cache_bans[i].host, host)) return TRUE;
    return FALSE;
}

/* In the place of the oldest.  Locked. */
static void ban(struct queue *queue, const char *host)
{
    struct cache_ban *oldest = queue->cache_bans;
    unsigned int i;

    queue_assert_locked(queue);
    for (i = 1; i < CACHE_BANS; i++)
        if (queue->cache_bans[i].until < oldest->until) oldest = &queue->cache_bans[i];
    lstrcpynA(oldest->host, host, sizeof(oldest->host));
    oldest->until = now_ms() + BAN_MS;
}

/* Cut the next host off *hosts, a list with commas; NULL: there is none. */
static char *next_host(char **hosts)
{
    char *host = *hosts + strspn(*hosts, ", \t"), *end = host + strcspn(host, ", \t");

    if (!*host) return NULL;
    *hosts = *end ? end + 1 : end;
    *end = 0;
    return host;
}

/* host is among those that hosts has room for and that did not fail lately. */
static BOOL may_ask(struct queue *queue, const char *host)
{
    BOOL may;

    if (strlen(host) >= sizeof(queue->cache_bans[0].host)) return FALSE;
    EnterCriticalSection(&queue->lock);
    may = !is_banned(queue, host, now_ms());
    LeaveCriticalSection(&queue->lock);
    return may;
}

void cache_server_choose(struct cache_server *server, struct job *job, const char *url)
{
    const struct queue_profile *profile = job->queue->config.profile;
    char *hosts = NULL, *rest, *host;
    WCHAR *list;

    if (!profile->cache_hosts) return;
    if (!(list = profile->cache_hosts(job_get_number(job, JOB_PRIORITY) == JOB_FOREGROUND, &server->patience))) return;
    hosts = rest = utf8_copy(list);
    while (rest && (host = next_host(&rest)))
    {
        if (!may_ask(job->queue, host) || !(server->url = cache_url_make(url, host))) continue;
        if ((server->host = _strdup(host))) break;
        free(server->url);
        server->url = NULL;
    }
    free(hosts);
    free(list);
    if (!server->host) return;
    TRACE("%s\n", debug_url(server->url));
    EnterCriticalSection(&job->queue->lock);
    if (!job->cache_since) job->cache_since = now_ms();
    LeaveCriticalSection(&job->queue->lock);
}

void cache_server_cleanup(struct cache_server *server)
{
    free(server->host);
    free(server->url);
    memset(server, 0, sizeof(*server));
}

BOOL cache_server_failed(struct cache_server *server, struct job *job)
{
    BOOL give_up;

    EnterCriticalSection(&job->queue->lock);
    give_up = server->patience != UINT32_MAX && now_ms() - job->cache_since >= (ULONGLONG)server->patience * 1000;
    if (give_up) ban(job->queue, server->host);
    LeaveCriticalSection(&job->queue->lock);
    if (give_up) log_event("the cache server %s failed", server->host);
    cache_server_cleanup(server);
    return give_up;
}
