/*
 * How fast a run may move bytes: what policies leave, what lines leave.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "http/http.h"
#include "transfer/attempt/pace.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/conditions/network.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsschedule);

/* Bytes that are moved at once, at first, and by all transfers together. */
#define PORTION_FIRST (64 * 1024)
#define PORTIONS_TOGETHER (8 * 1024 * 1024)

#define LOOK_INTERVAL_MS 1000

void pace_begin(struct run *run, BOOL sends)
{
    struct pace *pace = run->pace;

    if (!pace->paced_at)
    {
        pace->paced_at = now_ms();
        pace->portion = PORTION_FIRST;
        idle_begin(&pace->idle);
    }
    /* A reply comes after what it answers went. */
    if (pace->sends != sends) pace->peer[0] = 0;
    pace->sends = sends;
}

/* --- the line ------------------------------------------------------------------------------------ */

static void begin_to_look(struct pace *pace)
{
    pace->looked_at = now_ms();
    pace->moved = 0;
    idle_begin(&pace->idle);
    if (pace->adapter && !network_bytes(pace->adapter, pace->sends, &pace->carried)) pace->adapter = 0;
}

/* Another server, or another way to it. */
static void follow_peer(struct pace *pace, const struct http_exchange *exchange)
{
    BOOL neighbour, proxied = FALSE;
    const char *peer = exchange ? http_exchange_peer(exchange, &proxied) : "";

    if (!strcmp(peer, pace->peer)) return;
    lstrcpynA(pace->peer, peer, sizeof(pace->peer));
    neighbour = peer[0] && network_is_on_subnet(peer);
    pace->on_subnet = neighbour && !proxied;
    /* B-583: what is as near as that does not come over the line that others use, too. */
    pace->adapter = peer[0] && !neighbour ? network_adapter(peer) : 0;
    begin_to_look(pace);
    TRACE("%s: adapter %lu%s%s\n", peer, pace->adapter, neighbour ? ", a neighbour" : "", proxied ? ", a proxy" : "");
}

/* B-583: the transfer uses what others leave. */
static void look_at_line(struct pace *pace)
{
    ULONGLONG now = now_ms(), ms = now - pace->looked_at;
    uint64_t carried, limit = pace->idle.limit;

    if (!pace->adapter || ms < LOOK_INTERVAL_MS) return;
    if (!network_bytes(pace->adapter, pace->sends, &carried) || carried < pace->carried)
    {
        begin_to_look(pace);
        return;
    }
    if (idle_look(&pace->idle, (carried - pace->carried) * 1000 / ms, pace->moved * 1000 / ms) != limit)
        TRACE("adapter %lu carried %I64u bytes in %I64u ms, %I64u of them ours: limit %I64d\n", pace->adapter,
              carried - pace->carried, ms, pace->moved, pace->idle.limit);
    pace->carried = carried;
    pace->moved = 0;
    pace->looked_at = now;
}

/* --- limits ---------------------------------------------------------------------------------------- */

/* Its part of what all transfers of its kind may take (D-422).  Locked. */
static uint64_t share_of(const struct run *run)
{
    uint64_t sharers = 0;
    const struct job *job;

    queue_assert_locked(run->job->queue);
    if (run->pace->cap == BANDWIDTH_UNLIMITED) return BANDWIDTH_UNLIMITED;
    LIST_FOR_EACH(job, &run->job->queue->jobs, struct job, entry)
        sharers += job->run && job_is_foreground(job) == job_is_foreground(run->job);
    return max(run->pace->cap / max(sharers, 1), 1);
}

/* What the run may move each second; 0: nothing, and the scheduler stops it (B-531).  Locked. */
static uint64_t limit_of(const struct run *run)
{
    const struct job *job = run->job;
    uint64_t limit;

    queue_assert_locked(run->job->queue);
    if (job->queue->config.profile->bandwidth) return share_of(run);
    if (job_is_foreground(job)) return BANDWIDTH_UNLIMITED;
    limit = job->queue->bandwidth[run->pace->on_subnet][job->numbers[JOB_PRIORITY]];
    return min(limit, run->pace->idle.limit);
}

/* The other side is held back by what we leave in the connection, or do not put into it. */
void pace_keep(struct run *run, const struct http_exchange *exchange, size_t size)
{
    struct queue *queue = run->job->queue;
    struct pace *pace = run->pace;
    uint64_t limit, earned;
    size_t portion;
    BOOL gives_way;
    ULONGLONG now;

    EnterCriticalSection(&queue->lock);
    gives_way = !queue->config.profile->bandwidth && !job_is_foreground(run->job);
    LeaveCriticalSection(&queue->lock);
    if (gives_way)
    {
        follow_peer(pace, exchange);
        look_at_line(pace);
        pace->moved += size;
    }
    EnterCriticalSection(&queue->lock);
    pace->debt += (uint64_t)size * 1000;
    run->moved += size;
    for (;;)
    {
        limit = limit_of(run);
        now = now_ms();
        earned = limit == BANDWIDTH_UNLIMITED ? pace->debt : (now - pace->paced_at) * limit;
        pace->debt = earned < pace->debt ? pace->debt - earned : 0;
        pace->paced_at = now;
        if (!pace->debt || !limit || run->stop || run->redirected) break;
        SleepConditionVariableCS(&queue->paced, &queue->lock, (DWORD)min(pace->debt / limit + 1, 1000000));
    }
    /* Portions of a quarter of a second; many transfers at once move less at once, for the sake of memory. */
    portion = PORTIONS_TOGETHER / max(queue->run_count, 1);
    if (limit / 4 < portion) portion = max((size_t)(limit / 4), 64);
    pace->portion = portion;
    LeaveCriticalSection(&queue->lock);
}
