/*
 * Calling the clients of downloads when their status changes (D-132 to D-150).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A watch belongs to each download that somebody asks about.  It remembers every new status in order, so that the
 * client hears of each (D-136), and calls it in between while bytes come.  A status at which a client may stop
 * waiting is repeated, because the client need not have begun to wait when it first comes (D-144).  Clients are
 * called on the service's call pool, one call at a time for each download, without any lock.
 *
 * Lock order: the watcher's, then those of the queue and the call pool.
 */

#include <stdlib.h>
#include <windows.h>
#include <process.h>

#include "base/debug.h"
#include "base/list.h"
#include "com/call_pool.h"
#include "state.h"
#include "watch.h"
#include "service/identity.h"

DEBUG_CHANNEL(dosvc);

/* At a time. */
#define CALLS_PER_CLIENT 16

/* When memory or a thread was missing. */
#define SHORTAGE_MS 1000

/* New statuses that wait for a slow client; of more than that the last one counts. */
#define PENDING_MAX 8

/* How often, and at which distance at least, the last status is repeated. */
#define REPEATS_MAX 60
#define REPEAT_MINIMUM_MS 1000

#define STOP_TIMEOUT_MS 1000

#define NEVER (~(ULONGLONG)0)

struct watch
{
    struct list entry; /* of watcher.watches while there is a callback; refers to the job */
    struct job *job;   /* which this is attached to */
    IDODownloadStatusCallback *callback;
    unsigned int generation; /* of callback */
    DWORD client;            /* process */
    ULONGLONG period;        /* ms, 0 = none */
    unsigned int percent;    /* 0 = none */

    DO_DOWNLOAD_STATUS noted;                /* the newest status, as far as state and errors go */
    DO_DOWNLOAD_STATUS pending[PENDING_MAX]; /* not reported yet, oldest first */
    unsigned int pending_count;
    BOOL starting;            /* between watch_begin_start and its Transferring */
    DO_DOWNLOAD_STATUS start; /* that status */

    BOOL busy; /* a call is out */
    ULONGLONG reported_at;
    UINT64 reported_bytes;
    unsigned int repeats; /* of noted */
};

static struct
{
    struct com_service *service;
    watch_make_object *make_object;
    CRITICAL_SECTION lock;      /* of everything here and in the watches */
    CONDITION_VARIABLE changed; /* some status */
    struct list watches;
    BOOL stopping;
    HANDLE thread;
} watcher;

/* --- statuses --------------------------------------------------------------------------------- */

static BOOL is_same(const DO_DOWNLOAD_STATUS *a, const DO_DOWNLOAD_STATUS *b)
{
    return a->State == b->State && a->Error == b->Error && a->ExtendedError == b->ExtendedError;
}

/* The client may stop waiting. */
static BOOL is_end(const DO_DOWNLOAD_STATUS *status)
{
    if (status->State == DODownloadState_Transferred) return TRUE;
    return status->State == DODownloadState_Paused && FAILED(status->Error);
}

static BOOL is_final(const DO_DOWNLOAD_STATUS *status)
{
    return status->State == DODownloadState_Finalized || status->State == DODownloadState_Aborted;
}

/* Locked. */
static void add_pending(struct watch *watch, const DO_DOWNLOAD_STATUS *status)
{
    watch->noted = *status;
    watch->repeats = 0;
    if (!watch->callback) return;
    if (watch->pending_count == PENDING_MAX) watch->pending_count--;
    watch->pending[watch->pending_count++] = *status;
}

/* Look at the download; remember what is new.  Locked. */
static void note(struct watch *watch, DO_DOWNLOAD_STATUS *status)
{
    download_get_status(watcher.service, watch->job, status);
    if (is_same(status, &watch->noted)) return;
    if (watch->starting && status->State != DODownloadState_Transferring) add_pending(watch, &watch->start);
    watch->starting = FALSE;
    if (!is_same(status, &watch->noted)) add_pending(watch, status);
}

/* --- watches ------------------------------------------------------------------------------------- */

/* The job goes; a watch with a callback keeps it. */
static void free_watch(void *attachment)
{
    free(attachment);
}

static void read_settings(struct watch *watch)
{
    watch->period = 1000;
    watch->period *= download_get_number(watch->job, DODownloadProperty_CallbackFreqSeconds, 1);
    watch->percent = download_get_number(watch->job, DODownloadProperty_CallbackFreqPercent, 0);
}

static struct watch *get_watch(struct job *job)
{
    struct watch *watch, *winner;

    if ((watch = job_attachment(job))) return watch;
    if (!(watch = calloc(1, sizeof(*watch)))) return NULL;
    list_init(&watch->entry);
    watch->job = job;
    read_settings(watch);
    download_get_status(watcher.service, job, &watch->noted);
    winner = job_attach(job, watch, free_watch);
    if (winner != watch) free(watch);
    return winner;
}

/* Put callback, whose reference is taken over, in the place of the present one.  The caller holds a reference to
 * the job. */
static void replace_callback(struct watch *watch, IDODownloadStatusCallback *callback)
{
    IDODownloadStatusCallback *previous;
    DWORD client;
    BOOL was_listed, is_listed = callback != NULL;

    EnterCriticalSection(&watcher.lock);
    previous = watch->callback;
    client = watch->client;
    was_listed = !list_empty(&watch->entry);
    watch->callback = callback;
    watch->generation++;
    watch->client = identity_caller_process();
    watch->pending_count = 0;
    watch->repeats = 0;
    if (is_listed && !was_listed) list_add_tail(&watcher.watches, &watch->entry);
    if (!is_listed && was_listed) list_remove(&watch->entry);
    LeaveCriticalSection(&watcher.lock);
    if (is_listed && !was_listed) job_addref(watch->job);
    call_pool_release(watcher.service->calls, client, (IUnknown *)previous);
    if (!is_listed && was_listed) job_release(watch->job);
}

/* The same with none, if the callback is still the one of that generation. */
static void drop_callback(struct watch *watch, unsigned int generation)
{
    BOOL current;

    EnterCriticalSection(&watcher.lock);
    current = watch->generation == generation;
    LeaveCriticalSection(&watcher.lock);
    if (current) replace_callback(watch, NULL);
}

/* --- one call ---------------------------------------------------------------------------------------- */

struct status_call
{
    struct watch *watch;
    struct job *job; /* referenced: keeps the watch */
    DO_DOWNLOAD_STATUS status;
    DWORD client;
};

static HRESULT report(struct status_call *call, IDODownloadStatusCallback *callback)
{
    IDODownload *download;
    HRESULT hr;

    hr = watcher.make_object(watcher.service, call->job, &IID_IDODownload, (void **)&download);
    if (FAILED(hr)) return hr;
    TRACE("state %d, %I64u of %I64u bytes, errors %#lx %#lx to process %04lx\n", call->status.State,
          call->status.BytesTransferred, call->status.BytesTotal, call->status.Error, call->status.ExtendedError,
          call->client);
    hr = IDODownloadStatusCallback_OnStatusChange(callback, download, &call->status);
    IDODownload_Release(download);
    return hr;
}

static void run_call(void *context)
{
    IDODownloadStatusCallback *callback;
    struct status_call *call = context;
    struct watch *watch = call->watch;
    unsigned int generation;
    HRESULT hr = S_OK;
    BOOL gone;

    /* The one that is registered now: an older one gets no more calls (D-143). */
    EnterCriticalSection(&watcher.lock);
    generation = watch->generation;
    if ((callback = watcher.stopping ? NULL : watch->callback)) IDODownloadStatusCallback_AddRef(callback);
    LeaveCriticalSection(&watcher.lock);

    if (callback)
    {
        hr = report(call, callback);
        call_pool_release(watcher.service->calls, call->client, (IUnknown *)callback);
    }
    gone = call_client_is_gone(hr);
    if (gone) WARN("the client %04lx is gone\n", call->client);
    if (gone || is_final(&call->status)) drop_callback(watch, generation);

    EnterCriticalSection(&watcher.lock);
    watch->busy = FALSE;
    LeaveCriticalSection(&watcher.lock);
    job_release(call->job);
    free(call);
}

/* Locked. */
static enum call_start start_call(struct watch *watch, const DO_DOWNLOAD_STATUS *status)
{
    enum call_start started;
    struct status_call *call;

    if (!(call = calloc(1, sizeof(*call)))) return CALL_SHORTAGE;
    call->watch = watch;
    call->job = watch->job;
    call->status = *status;
    call->client = watch->client;
    job_addref(call->job);
    started = call_pool_start(watcher.service->calls, call->client, CALLS_PER_CLIENT, run_call, call);
    if (started != CALL_STARTED)
    {
        job_release(call->job); /* not the last: the watch has one */
        free(call);
        return started;
    }
    watch->busy = TRUE;
    watch->reported_at = GetTickCount64();
    watch->reported_bytes = status->BytesTransferred;
    return CALL_STARTED;
}

/* --- the watcher's own thread ------------------------------------------------------------------------------ */

static BOOL has_grown(const struct watch *watch, const DO_DOWNLOAD_STATUS *status)
{
    UINT64 step = status->BytesTotal / 100 * watch->percent;

    return watch->percent && step && status->BytesTransferred >= watch->reported_bytes + step;
}

/* Call the client if there is a reason to; returns when there will be the next.  Locked. */
static ULONGLONG look_at(struct watch *watch, ULONGLONG now)
{
    DO_DOWNLOAD_STATUS status;
    ULONGLONG due = NEVER;
    enum call_start started;

    note(watch, &status);
    if (watch->busy) return NEVER;
    if (watch->pending_count)
    {
        started = start_call(watch, &watch->pending[0]);
        if (started == CALL_STARTED)
            memmove(watch->pending, watch->pending + 1, --watch->pending_count * sizeof(*watch->pending));
        return started == CALL_SHORTAGE ? now + SHORTAGE_MS : NEVER;
    }
    if (status.State == DODownloadState_Transferring && watch->period) due = watch->reported_at + watch->period;
    else if (is_end(&status) && watch->repeats < REPEATS_MAX)
        due = watch->reported_at + max(watch->period, REPEAT_MINIMUM_MS);
    if (now < due && !(status.State == DODownloadState_Transferring && has_grown(watch, &status))) return due;
    if (due == NEVER && status.State != DODownloadState_Transferring) return NEVER;
    started = start_call(watch, &status);
    if (started == CALL_STARTED) watch->repeats++;
    return started == CALL_SHORTAGE ? now + SHORTAGE_MS : NEVER; /* the end of a call brings us here again */
}

static ULONGLONG look_at_all(void)
{
    ULONGLONG now = GetTickCount64(), next = NEVER;
    struct watch *watch;

    EnterCriticalSection(&watcher.lock);
    LIST_FOR_EACH(watch, &watcher.watches, struct watch, entry) next = min(next, look_at(watch, now));
    LeaveCriticalSection(&watcher.lock);
    return next;
}

static void take_events(struct job *job, uint32_t events)
{
    struct watch *watch = job_attachment(job);
    DO_DOWNLOAD_STATUS status;

    EnterCriticalSection(&watcher.lock);
    if (watch) note(watch, &status);
    WakeAllConditionVariable(&watcher.changed);
    LeaveCriticalSection(&watcher.lock);
}

/* Takes jobs. */
static void give_streams_of(struct job **jobs, unsigned int count)
{
    while (count--)
    {
        job_release_streams(jobs[count]);
        job_release(jobs[count]);
    }
    free(jobs);
}

static void give_streams_back(void)
{
    unsigned int count;
    struct job **jobs;

    if (!queue_list_singles(watcher.service->queue, NULL, &jobs, &count)) give_streams_of(jobs, count);
    if (!queue_list_jobs(watcher.service->queue, NULL, &jobs, &count)) give_streams_of(jobs, count);
}

static void give_callbacks_back(void)
{
    struct watch *watch;
    struct job *job;

    for (;;)
    {
        EnterCriticalSection(&watcher.lock);
        watch = NULL;
        if (!list_empty(&watcher.watches)) watch = LIST_ENTRY_OF(watcher.watches.next, struct watch, entry);
        if (watch) job_addref(job = watch->job);
        LeaveCriticalSection(&watcher.lock);
        if (!watch) break;
        replace_callback(watch, NULL);
        job_release(job);
    }
}

static unsigned int __stdcall watcher_thread(void *context)
{
    struct queue *queue = watcher.service->queue;
    ULONGLONG next = NEVER, now;
    struct job *job;
    uint32_t events;
    DWORD wait;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (!watcher.stopping)
    {
        now = GetTickCount64();
        wait = next == NEVER ? INFINITE : next <= now ? 0 : (DWORD)min(next - now, 0x7fffffff);
        if (queue_next_single_event(queue, wait, &job, &events))
        {
            take_events(job, events);
            job_release(job);
        }
        next = look_at_all();
    }
    give_callbacks_back();
    give_streams_back();
    CoUninitialize();
    return 0;
}

/* A call has ended: those that were refused may be started. */
static void call_ended(void *context)
{
    queue_interrupt_single_events(watcher.service->queue);
}

HRESULT watcher_start(struct com_service *service, watch_make_object *make_object)
{
    watcher.service = service;
    watcher.make_object = make_object;
    watcher.stopping = FALSE;
    InitializeCriticalSection(&watcher.lock);
    InitializeConditionVariable(&watcher.changed);
    list_init(&watcher.watches);
    call_pool_add_observer(service->calls, call_ended, NULL);
    watcher.thread = (HANDLE)_beginthreadex(NULL, 0, watcher_thread, NULL, 0, NULL);
    return watcher.thread ? S_OK : E_OUTOFMEMORY;
}

void watcher_stop(struct com_service *service)
{
    if (!watcher.thread) return;
    EnterCriticalSection(&watcher.lock);
    watcher.stopping = TRUE;
    WakeAllConditionVariable(&watcher.changed);
    LeaveCriticalSection(&watcher.lock);
    queue_interrupt_single_events(service->queue);
    if (WaitForSingleObject(watcher.thread, STOP_TIMEOUT_MS)) WARN("the watcher does not end\n");
    CloseHandle(watcher.thread);
    watcher.thread = NULL;
}

/* --- what downloads ask for ---------------------------------------------------------------------------------- */

HRESULT watch_set_callback(struct job *job, IUnknown *object)
{
    IDODownloadStatusCallback *callback = NULL;
    struct watch *watch;
    HRESULT hr;

    if (!(watch = get_watch(job))) return E_OUTOFMEMORY;
    if (object && FAILED(hr = IUnknown_QueryInterface(object, &IID_IDODownloadStatusCallback, (void **)&callback)))
    {
        WARN("the object cannot be called, hr %#lx\n", hr);
        return hr;
    }
    replace_callback(watch, callback);
    queue_interrupt_single_events(watcher.service->queue);
    return S_OK;
}

HRESULT watch_get_callback(struct job *job, IUnknown **object)
{
    struct watch *watch = job_attachment(job);

    if (!watch) return E_NOT_SET;
    EnterCriticalSection(&watcher.lock);
    if ((*object = (IUnknown *)watch->callback)) IUnknown_AddRef(*object);
    LeaveCriticalSection(&watcher.lock);
    return *object ? S_OK : E_NOT_SET;
}

void watch_settings_changed(struct job *job)
{
    struct watch *watch = job_attachment(job);

    if (!watch) return;
    EnterCriticalSection(&watcher.lock);
    read_settings(watch);
    LeaveCriticalSection(&watcher.lock);
    queue_interrupt_single_events(watcher.service->queue);
}

HRESULT watch_begin_start(struct job *job)
{
    struct watch *watch;

    if (!(watch = get_watch(job))) return E_OUTOFMEMORY;
    EnterCriticalSection(&watcher.lock);
    download_get_status(watcher.service, job, &watch->start);
    watch->start.State = DODownloadState_Transferring;
    watch->start.Error = watch->start.ExtendedError = S_OK;
    watch->starting = TRUE;
    LeaveCriticalSection(&watcher.lock);
    return S_OK;
}

void watch_end_start(struct job *job, BOOL started)
{
    struct watch *watch = job_attachment(job);
    DO_DOWNLOAD_STATUS status;

    EnterCriticalSection(&watcher.lock);
    /* A start that ended at once as the one before it has not been seen to be another. */
    if (started && watch->starting) add_pending(watch, &watch->start);
    watch->starting = FALSE;
    note(watch, &status);
    LeaveCriticalSection(&watcher.lock);
    queue_interrupt_single_events(watcher.service->queue);
}

void watch_note(struct job *job)
{
    struct watch *watch = job_attachment(job);
    DO_DOWNLOAD_STATUS status;

    if (!watch) return;
    EnterCriticalSection(&watcher.lock);
    note(watch, &status);
    LeaveCriticalSection(&watcher.lock);
    queue_interrupt_single_events(watcher.service->queue);
}

/* Transfers, or waits for conditions to do so. */
static BOOL is_under_way(const DO_DOWNLOAD_STATUS *status)
{
    return status->State == DODownloadState_Transferring ||
           (status->State == DODownloadState_Paused && SUCCEEDED(status->Error) && FAILED(status->ExtendedError));
}

HRESULT watch_wait(struct job *job, DO_DOWNLOAD_STATUS *status)
{
    HRESULT hr = S_OK;

    EnterCriticalSection(&watcher.lock);
    for (;;)
    {
        download_get_status(watcher.service, job, status);
        if (!is_under_way(status)) break;
        if (watcher.stopping)
        {
            hr = DO_E_NO_SERVICE;
            break;
        }
        SleepConditionVariableCS(&watcher.changed, &watcher.lock, INFINITE);
    }
    LeaveCriticalSection(&watcher.lock);
    return hr;
}
