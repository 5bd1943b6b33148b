/*
 * Threads that call clients' objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>
#include <process.h>

#include "base/debug.h"
#include "base/list.h"
#include "com/call_pool.h"

DEBUG_CHANNEL(bitsnotify);

/* Of all clients together; the number of threads is bounded by the two. */
#define CALLS_MAX 256
#define RELEASES_MAX 64

/* Idle threads that are kept: the next call does not wait for a thread to start. */
#define THREADS_KEPT 4
#define IDLE_TIMEOUT_MS 10000

/* How long the end of the service waits for clients that hold a thread. */
#define STOP_TIMEOUT_MS 1000

#define OBSERVERS_MAX 2

struct client
{
    struct list entry; /* of pool->clients */
    DWORD process;
    unsigned int tasks; /* of any kind and state */
    unsigned int calls; /* out */
    BOOL releasing;     /* one of its objects is being released */
};

/* Something to do for a client. */
struct task
{
    struct list entry; /* of pool->ready or pool->releases, or of none while it runs */
    struct client *client;
    void (*function)(void *context);
    void *context;
    BOOL is_release;
};

struct pool_worker
{
    struct list entry; /* of pool->workers */
    struct call_pool *pool;
    HANDLE thread;
    BOOL ended; /* does not touch the pool any more but for leaving its lock */
};

struct observer
{
    void (*ended)(void *context);
    void *context;
};

struct call_pool
{
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE work;  /* ready is not empty, or threads are to end */
    CONDITION_VARIABLE quiet; /* there are no tasks */
    struct list clients;      /* that have tasks */
    struct list ready;        /* tasks that may run */
    struct list releases;     /* tasks that wait for other releases */
    struct list workers;
    unsigned int tasks;     /* of any kind and state */
    unsigned int calls;     /* out */
    unsigned int releasing; /* ready or running */
    unsigned int ready_count;
    unsigned int idle; /* threads that wait for work */
    unsigned int threads;
    BOOL stopping; /* no call starts any more */
    BOOL ending;   /* threads end */
    BOOL held;     /* a client holds a thread: the pool stays */
    struct observer observers[OBSERVERS_MAX];
    unsigned int observer_count;
};

BOOL call_client_is_gone(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE) ||
           hr == CO_E_OBJNOTCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE;
}

/* --- tasks, under the lock ------------------------------------------------------------------- */

/* The client with a place for one more task.  NULL: no memory. */
static struct client *get_client(struct call_pool *pool, DWORD process)
{
    struct client *client;

    LIST_FOR_EACH(client, &pool->clients, struct client, entry)
        if (client->process == process) return client;
    if (!(client = calloc(1, sizeof(*client)))) return NULL;
    client->process = process;
    list_add_tail(&pool->clients, &client->entry);
    return client;
}

static void drop_unused_client(struct client *client)
{
    if (client->tasks) return;
    list_remove(&client->entry);
    free(client);
}

/* NULL: no memory. */
static struct task *add_task(struct call_pool *pool, struct client *client, void (*function)(void *context),
                             void *context, BOOL is_release)
{
    struct task *task;

    if (!(task = calloc(1, sizeof(*task)))) return NULL;
    list_init(&task->entry);
    task->client = client;
    task->function = function;
    task->context = context;
    task->is_release = is_release;
    client->tasks++;
    pool->tasks++;
    return task;
}

static void make_ready(struct call_pool *pool, struct task *task)
{
    list_remove(&task->entry);
    list_add_tail(&pool->ready, &task->entry);
    pool->ready_count++;
    WakeConditionVariable(&pool->work);
}

/* The first release of a client of which none is under way, if there is a place for one. */
static void make_release_ready(struct call_pool *pool)
{
    struct task *task;

    if (pool->releasing >= RELEASES_MAX) return;
    LIST_FOR_EACH(task, &pool->releases, struct task, entry)
    {
        if (task->client->releasing) continue;
        task->client->releasing = TRUE;
        pool->releasing++;
        make_ready(pool, task);
        return;
    }
}

/* The task has been run: others may have its place. */
static void give_place_back(struct call_pool *pool, struct task *task)
{
    struct client *client = task->client;

    if (task->is_release)
    {
        client->releasing = FALSE;
        pool->releasing--;
        make_release_ready(pool);
    }
    else
    {
        client->calls--;
        pool->calls--;
    }
}

static void free_task(struct call_pool *pool, struct task *task)
{
    task->client->tasks--;
    drop_unused_client(task->client);
    free(task);
    if (!--pool->tasks) WakeAllConditionVariable(&pool->quiet);
}

/* --- threads --------------------------------------------------------------------------------- */

/* Locked.  NULL: the thread is to end. */
static struct task *wait_for_task(struct call_pool *pool)
{
    struct task *task;
    BOOL in_time = TRUE;

    while (list_empty(&pool->ready))
    {
        if (pool->ending || (!in_time && pool->threads > THREADS_KEPT)) return NULL;
        pool->idle++;
        in_time = SleepConditionVariableCS(&pool->work, &pool->lock,
                                           pool->threads > THREADS_KEPT ? IDLE_TIMEOUT_MS : INFINITE);
        pool->idle--;
    }
    task = LIST_ENTRY_OF(pool->ready.next, struct task, entry);
    list_remove(&task->entry);
    pool->ready_count--;
    return task;
}

static void announce_end(struct call_pool *pool)
{
    unsigned int i;

    for (i = 0; i < pool->observer_count; i++) pool->observers[i].ended(pool->observers[i].context);
}

static unsigned int __stdcall worker_thread(void *context)
{
    struct pool_worker *worker = context;
    struct call_pool *pool = worker->pool;
    struct task *task;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    EnterCriticalSection(&pool->lock);
    while ((task = wait_for_task(pool)))
    {
        LeaveCriticalSection(&pool->lock);
        task->function(task->context);
        EnterCriticalSection(&pool->lock);
        give_place_back(pool, task);
        if (!task->is_release && !pool->stopping)
        {
            LeaveCriticalSection(&pool->lock);
            announce_end(pool);
            EnterCriticalSection(&pool->lock);
        }
        free_task(pool, task); /* not before: who stops the pool waits for the announcement as well */
    }
    LeaveCriticalSection(&pool->lock);
    CoUninitialize();

    EnterCriticalSection(&pool->lock);
    worker->ended = TRUE;
    pool->threads--;
    LeaveCriticalSection(&pool->lock);
    return 0;
}

/* Locked. */
static void forget_ended_workers(struct call_pool *pool)
{
    struct pool_worker *worker, *next;

    LIST_FOR_EACH_SAFE(worker, next, &pool->workers, struct pool_worker, entry)
    {
        if (!worker->ended || WaitForSingleObject(worker->thread, 0)) continue;
        list_remove(&worker->entry);
        CloseHandle(worker->thread);
        free(worker);
    }
}

/* Locked.  A thread for the ready task that came last, unless one waits for it.  FALSE: there is no thread, and none
 * can be had. */
static BOOL have_thread(struct call_pool *pool)
{
    struct pool_worker *worker;

    if (pool->idle >= pool->ready_count) return TRUE;
    forget_ended_workers(pool);
    if (!(worker = calloc(1, sizeof(*worker)))) return pool->threads != 0;
    worker->pool = pool;
    worker->thread = (HANDLE)_beginthreadex(NULL, 0, worker_thread, worker, 0, NULL);
    if (!worker->thread)
    {
        WARN("no thread for calls to clients beside %u\n", pool->threads);
        free(worker);
        return pool->threads != 0;
    }
    list_add_tail(&pool->workers, &worker->entry);
    pool->threads++;
    return TRUE;
}

/* --- calls and releases ---------------------------------------------------------------------------- */

/* Locked. */
static enum call_start start_call(struct call_pool *pool, struct client *client, unsigned int limit,
                                  void (*function)(void *context), void *context)
{
    struct task *task;

    if (pool->calls >= CALLS_MAX || client->calls >= limit) return CALL_REFUSED;
    if (!(task = add_task(pool, client, function, context, FALSE))) return CALL_SHORTAGE;
    client->calls++;
    pool->calls++;
    make_ready(pool, task);
    if (have_thread(pool)) return CALL_STARTED;
    list_remove(&task->entry);
    pool->ready_count--;
    give_place_back(pool, task);
    free_task(pool, task);
    return CALL_SHORTAGE;
}

enum call_start call_pool_start(struct call_pool *pool, DWORD process, unsigned int limit,
                                void (*function)(void *context), void *context)
{
    enum call_start started = CALL_SHORTAGE;
    struct client *client;

    EnterCriticalSection(&pool->lock);
    if (pool->stopping) started = CALL_REFUSED;
    else if ((client = get_client(pool, process)))
    {
        client->tasks++; /* stays until it is known whether it is needed */
        started = start_call(pool, client, limit, function, context);
        client->tasks--;
        drop_unused_client(client);
    }
    LeaveCriticalSection(&pool->lock);
    return started;
}

/* Locked.  FALSE: it cannot be put off. */
static BOOL start_release(struct call_pool *pool, DWORD process, void (*function)(void *context), void *context)
{
    struct client *client;
    struct task *task;

    if (!(client = get_client(pool, process))) return FALSE;
    if (!(task = add_task(pool, client, function, context, TRUE)))
    {
        drop_unused_client(client);
        return FALSE;
    }
    list_add_tail(&pool->releases, &task->entry);
    make_release_ready(pool);
    have_thread(pool); /* where there is none, the next task tries again */
    return TRUE;
}

void call_pool_run_release(struct call_pool *pool, DWORD client, void (*function)(void *context), void *context)
{
    BOOL started;

    EnterCriticalSection(&pool->lock);
    started = start_release(pool, client, function, context);
    LeaveCriticalSection(&pool->lock);
    if (started) return;
    WARN("no memory to put off a release\n");
    function(context);
}

static void release_object(void *context)
{
    IUnknown_Release((IUnknown *)context);
}

void call_pool_release(struct call_pool *pool, DWORD client, IUnknown *object)
{
    if (object) call_pool_run_release(pool, client, release_object, object);
}

/* --- life ----------------------------------------------------------------------------------------- */

struct call_pool *call_pool_create(void)
{
    struct call_pool *pool;

    if (!(pool = calloc(1, sizeof(*pool)))) return NULL;
    InitializeCriticalSection(&pool->lock);
    InitializeConditionVariable(&pool->work);
    InitializeConditionVariable(&pool->quiet);
    list_init(&pool->clients);
    list_init(&pool->ready);
    list_init(&pool->releases);
    list_init(&pool->workers);
    return pool;
}

void call_pool_add_observer(struct call_pool *pool, void (*ended)(void *context), void *context)
{
    struct observer *observer = &pool->observers[pool->observer_count++];

    observer->ended = ended;
    observer->context = context;
}

BOOL call_pool_stop(struct call_pool *pool)
{
    ULONGLONG now, deadline = GetTickCount64() + STOP_TIMEOUT_MS;

    EnterCriticalSection(&pool->lock);
    pool->stopping = TRUE;
    while (pool->tasks && (now = GetTickCount64()) < deadline)
        SleepConditionVariableCS(&pool->quiet, &pool->lock, deadline - now);
    pool->held = pool->tasks != 0;
    LeaveCriticalSection(&pool->lock);
    return !pool->held;
}

/* Nothing adds tasks any more. */
static void join_workers(struct call_pool *pool)
{
    struct pool_worker *worker;

    EnterCriticalSection(&pool->lock);
    pool->ending = TRUE;
    WakeAllConditionVariable(&pool->work);
    LeaveCriticalSection(&pool->lock);
    while (!list_empty(&pool->workers))
    {
        worker = LIST_ENTRY_OF(pool->workers.next, struct pool_worker, entry);
        WaitForSingleObject(worker->thread, INFINITE);
        list_remove(&worker->entry);
        CloseHandle(worker->thread);
        free(worker);
    }
}

void call_pool_destroy(struct call_pool *pool)
{
    if (!pool) return;
    if (pool->held || !call_pool_stop(pool)) return;
    join_workers(pool);
    DeleteCriticalSection(&pool->lock);
    free(pool);
}
