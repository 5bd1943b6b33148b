/*
 * What has to be known before anything is scheduled: policies, the cost of the network, whether there is one.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/conditions/network.h"
#include "transfer/conditions/policy.h"
#include "transfer/run/refresh.h"

#define COST_INTERVAL_MS 60000 /* while jobs wait for it: Wine reports it by no event */

/* queue->policies_at while the policies are read */
#define READING (~(ULONGLONG)0)

/* Read them, and see what they mean now.  Locked; releases the lock meanwhile. */
static void refresh_policies(struct queue *queue)
{
    uint32_t costs[ARRAYSIZE(queue->costs)];
    uint64_t limits[2][BANDWIDTH_LEVELS], slice;
    struct bandwidth_policy policy;
    SYSTEMTIME time;
    unsigned int i;

    queue_assert_locked(queue);
    /* What changes while they are read makes this 0 again. */
    queue->policies_at = READING;
    LeaveCriticalSection(&queue->lock);
    policy_read_bandwidth(&policy);
    policy_read_costs(costs);
    slice = policy_time_slice() * 1000ull;
    GetLocalTime(&time);
    for (i = 0; i < ARRAYSIZE(limits); i++) bandwidth_evaluate(&policy, time.wDayOfWeek, time.wHour, i, limits[i]);
    EnterCriticalSection(&queue->lock);
    queue->time_slice = slice;
    if (!queue->config.profile->all_parallel) memcpy(queue->costs, costs, sizeof(queue->costs)); /* a policy of BITS */
    for (i = 0; i < ARRAYSIZE(limits); i++) memcpy(&queue->bandwidth[i][JOB_HIGH], limits[i], sizeof(limits[i]));
    /* The next hour may have another limit; counted from here, whatever becomes of the clock (B-556). */
    if (queue->policies_at == READING && (policy.simple || policy.profiles || policy.maintenance_profile))
        queue->policies_at = now_ms() + (60 - time.wMinute) * 60000ull - time.wSecond * 1000ull;
    WakeAllConditionVariable(&queue->paced);
}

/* Locked; releases the lock meanwhile. */
static void refresh_cost(struct queue *queue)
{
    uint32_t cost;

    queue_assert_locked(queue);
    queue->cost_at = now_ms() + COST_INTERVAL_MS;
    LeaveCriticalSection(&queue->lock);
    cost = queue->config.cost(queue->config.context);
    EnterCriticalSection(&queue->lock);
    queue->cost = cost;
}

/* B-032: with the network all jobs come back.  Locked; releases the lock meanwhile. */
static void refresh_network(struct queue *queue)
{
    struct job *job, *after;
    BOOL up;

    queue_assert_locked(queue);
    queue->network_at = now_ms() + NETWORK_INTERVAL_MS;
    LeaveCriticalSection(&queue->lock);
    up = network_is_up();
    EnterCriticalSection(&queue->lock);
    if (!up || !queue->network_down) return;
    log_event("the network is back");
    queue->network_down = FALSE;
    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry)
        if (job->state == JOB_TRANSIENT_ERROR) job_change_state(job, JOB_QUEUED);
}

/* Whether a job has a reason to wait for a change of what is looked at.  Locked. */
static BOOL any_job_waits(struct queue *queue, BOOL for_cost)
{
    struct job *job;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        if (for_cost && (job_cost_mask(job) & COST_STATES) != COST_STATES) return TRUE;
        if (!for_cost && job->state == JOB_TRANSIENT_ERROR) return TRUE;
    }
    return FALSE;
}

void refresh_conditions(struct queue *queue)
{
    ULONGLONG now = now_ms();

    queue_assert_locked(queue);
    if (now >= queue->policies_at) refresh_policies(queue);
    if (queue->config.cost && now >= queue->cost_at && any_job_waits(queue, TRUE)) refresh_cost(queue);
    if (queue->network_down && now >= queue->network_at && any_job_waits(queue, FALSE)) refresh_network(queue);
}

void refresh_policies_changed(void *context)
{
    struct queue *queue = context;

    EnterCriticalSection(&queue->lock);
    queue->policies_at = 0;
    queue_reschedule(queue);
    LeaveCriticalSection(&queue->lock);
}
