/*
 * The set of jobs of a service and the lock that protects them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_QUEUE_H
#define WINE_BITS_TRANSFER_JOBS_QUEUE_H

#include <assert.h>

#include "base/list.h"
#include "transfer/jobs/job.h"

#define JOB_HASH_SIZE 1024

struct http_client;
struct policy_watch;
struct store;

/* Jobs with events that their one reader has not taken yet. */
struct event_list
{
    struct list jobs;
    CONDITION_VARIABLE arrived;
    BOOL interrupt;
};

/* A cache server that failed. */
#define CACHE_BANS 8
struct cache_ban
{
    char host[256];
    ULONGLONG until; /* ms */
};

/*
 * Without the lock: refs (atomic); what stays the same from queue_create to queue_destroy, which are config, store,
 * directory, http, flushers, and from scheduler_start to scheduler_stop scheduler and policy_watch; the condition
 * variables.  Everything else is protected by lock, and so is everything of jobs, files and runs but what is said
 * there.
 */
struct queue
{
    LONG refs; /* one of the creator, one of every job */
    CRITICAL_SECTION lock;
    struct queue_config config;
    struct store *store;
    WCHAR *directory; /* of the store */
    struct http_client *http;
    TP_POOL *flushers; /* threads that flush small files */

    struct list jobs; /* in no final state, oldest first */
    struct list hash[JOB_HASH_SIZE];
    unsigned int job_count;

    CONDITION_VARIABLE run_ended; /* a job's run or exclusive use ended */

    /* scheduler */
    HANDLE scheduler;
    CONDITION_VARIABLE schedule;
    BOOL reschedule;
    BOOL started;
    BOOL stopping;
    BOOL working; /* as last reported to config.activity */
    BOOL has_jobs;
    BOOL activity_reported;
    ULONGLONG retry_at; /* ms; to start jobs that could not be, 0 = none */
    ULONGLONG save_at;  /* ms; not before, jobs that could not be stored are tried again */
    ULONGLONG tidy_at;  /* ms; when to look for jobs that are too old */
    unsigned int worker_count;
    unsigned int idle_workers;
    unsigned int run_count;      /* jobs that have a run */
    unsigned int helper_count;   /* connections that help with the file of a run */
    BOOL prefer_newest;          /* the last free worker went to the newest job: see decide_pass */
    struct list assigned;        /* runs waiting for a worker: of the scheduler */
    struct list session_cancels; /* cancelled uploads whose servers still have a session */
    CONDITION_VARIABLE assignment;
    CONDITION_VARIABLE workers_ended;

    unsigned int kept_count; /* handles kept by files, */
    ULONGLONG kept_until;    /* ms; for so long */

    struct cache_ban cache_bans[CACHE_BANS];

    /* what background jobs may take: bytes a second for each priority, BANDWIDTH_UNLIMITED; [TRUE]: of our subnets */
    uint64_t bandwidth[2][JOB_LOW + 1];
    CONDITION_VARIABLE paced; /* those changed, or a run shall end */
    struct policy_watch *policy_watch;
    ULONGLONG policies_at;       /* ms; when to read policies again, 0 = now */
    ULONGLONG time_slice;        /* ms */
    uint64_t last_turn;          /* the place of the job queued last */
    uint32_t costs[JOB_LOW + 1]; /* for jobs of a priority whose clients have set none */

    /* the network */
    uint32_t cost;        /* B-585; 0 = not known, nothing is blocked for it */
    ULONGLONG cost_at;    /* ms; when to ask for it again, 0 = now */
    BOOL network_down;    /* when a job last failed for want of it */
    ULONGLONG network_at; /* ms; when to look again */

    /* events */
    struct event_list events;
    struct event_list download_events; /* of downloads of the IDOManager API */
};

/* What the comment of a function calls "Locked" begins with this.  Checked where CHECK_LOCKS is defined: the native
 * tests of the engine do, and a build that is made with CPPFLAGS=-DCHECK_LOCKS. */
static inline void queue_assert_locked(const struct queue *queue)
{
#ifdef CHECK_LOCKS
    assert((DWORD)(ULONG_PTR)queue->lock.OwningThread == GetCurrentThreadId());
#endif
}

/* Defaults of a new job (B-920). ERROR_OUTOFMEMORY. */
transfer_code queue_set_defaults(struct job *job, const struct caller *owner, const WCHAR *name);
void queue_addref(struct queue *queue);
void queue_release(struct queue *queue);
void queue_insert(struct queue *queue, struct job *job); /* locked */
void queue_remove(struct queue *queue, struct job *job); /* locked; when the job enters a final state */

/* Have the scheduler look at all jobs again.  Locked. */
void queue_reschedule(struct queue *queue);

/* Keep a cancelled upload until its server knows.  Locked. */
void queue_add_session_cancel(struct job *job);

/* Remove volatile jobs that an earlier service has left in the store. */
void queue_drop_volatile(struct queue *queue);

#endif
