/*
 * The thread that talks to the services.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <wchar.h>
#include <process.h>

#include "monitor.h"
#include "bitsapi.h"

/* How often to look, and how long the thread may be busy with it: with thousands of jobs it looks less often. */
#define REFRESH_MS 1000
#define BUSY_SHARE 4
/* How long the end of the program waits for a call that is out. */
#define STOP_MS 2000
/* How much of the speed is that of the last interval, in tenths. */
#define SPEED_WEIGHT 4

struct request
{
    struct request *next;
    enum source_index source;
    GUID id;
    enum action action;
    WCHAR *name;
};

struct worker
{
    HWND window;
    HANDLE thread;
    HANDLE wake; /* event: there is a request, stop is set, or the user wants to see what is new */
    CRITICAL_SECTION lock;
    struct request *requests, **last; /* with the lock */
    bool stop;                        /* with the lock */
    struct snapshot *latest;          /* with the lock: not taken yet */
};

static struct source *const sources[SOURCE_COUNT] = {&source_bits, &source_do_jobs, &source_do_downloads};

UINT source_name(enum source_index source)
{
    return sources[source]->service;
}

/* --- the services -------------------------------------------------------------------------------- */

HRESULT source_connect(struct source *source, REFIID iid, void **manager)
{
    HRESULT hr;

    if (!source->manager)
    {
        hr = CoCreateInstance(source->class_id, NULL, CLSCTX_LOCAL_SERVER, iid, (void **)&source->manager);
        if (FAILED(hr)) source->manager = NULL;
        if (FAILED(hr)) return hr;
    }
    *manager = source->manager;
    return S_OK;
}

void source_disconnect(struct source *source)
{
    if (source->manager) IUnknown_Release(source->manager);
    source->manager = NULL;
}

/* BITS knows its own codes and those of the system; those of Delivery Optimization are in its DLL. */
WCHAR *error_description(HRESULT code)
{
    DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_FROM_SYSTEM;
    HMODULE module = LoadLibraryExW(L"dosvc.dll", NULL, LOAD_LIBRARY_AS_DATAFILE);
    IBackgroundCopyManager *manager;
    WCHAR *text = NULL, *copy;

    if (module) flags |= FORMAT_MESSAGE_FROM_HMODULE;
    if (FormatMessageW(flags, module, code, 0, (WCHAR *)&text, 0, NULL))
    {
        copy = wcsdup(text);
        LocalFree(text);
    }
    else
    {
        if (SUCCEEDED(source_connect(&source_bits, &IID_IBackgroundCopyManager, (void **)&manager)))
            IBackgroundCopyManager_GetErrorDescription(manager, code, LANGIDFROMLCID(GetUserDefaultLCID()), &text);
        copy = text ? wcsdup(text) : NULL;
        CoTaskMemFree(text);
    }
    if (module) FreeLibrary(module);
    return copy;
}

/* --- looking --------------------------------------------------------------------------------------- */

/* The speed of each job, from what it had at the time of the snapshot before. */
static void measure_speed(struct snapshot *snapshot, const struct snapshot *before, ULONGLONG elapsed_ms)
{
    unsigned int i;

    for (i = 0; before && elapsed_ms && i < snapshot->count; i++)
    {
        struct job *job = &snapshot->jobs[i];
        const struct job *old = snapshot_find(before, job->source, &job->id);
        UINT64 now;

        if (job->state != STATE_TRANSFERRING || !old || old->done > job->done) continue;
        now = (job->done - old->done) * 1000 / elapsed_ms;
        job->speed = old->speed ? (now * SPEED_WEIGHT + old->speed * (10 - SPEED_WEIGHT)) / 10 : now;
    }
}

static void look_at_source(struct source *source, struct snapshot *snapshot)
{
    HRESULT hr = source->list(source, snapshot);

    snapshot->result[source->index] = hr;
    if (SUCCEEDED(hr)) return;
    /* Perhaps the service has ended; the next look starts it again. */
    source_disconnect(source);
    snapshot->error_text[source->index] = error_description(hr);
}

static struct snapshot *look(void)
{
    struct snapshot *snapshot = snapshot_create();
    unsigned int i;

    if (!snapshot) return NULL;
    for (i = 0; i < SOURCE_COUNT; i++) look_at_source(sources[i], snapshot);
    for (i = 0; i < snapshot->count; i++) snapshot->jobs[i].actions = actions_of_state(snapshot->jobs[i].state);
    return snapshot;
}

/* What measure_speed wants to know of a snapshot, which itself goes to the window. */
static struct snapshot *copy_progress(const struct snapshot *snapshot)
{
    struct snapshot *copy = snapshot_create();
    unsigned int i;

    for (i = 0; copy && i < snapshot->count; i++)
    {
        const struct job *from = &snapshot->jobs[i];
        struct job *job = snapshot_add(copy, from->source, &from->id);

        if (!job) break;
        job->done = from->done;
        job->speed = from->speed;
    }
    return copy;
}

static void publish(struct worker *worker, struct snapshot *snapshot)
{
    struct snapshot *old;

    EnterCriticalSection(&worker->lock);
    old = worker->latest;
    worker->latest = snapshot;
    LeaveCriticalSection(&worker->lock);
    /* If the window has not taken the last one, it has a message waiting. */
    if (old) snapshot_destroy(old);
    else PostMessageW(worker->window, WM_MONITOR_SNAPSHOT, 0, 0);
}

/* --- acting ---------------------------------------------------------------------------------------- */

static void carry_out(struct worker *worker, struct request *request)
{
    struct source *source = sources[request->source];
    HRESULT hr = source->act(source, &request->id, request->action);
    WCHAR *text, *error, *message;

    if (FAILED(hr))
    {
        text = error_description(hr);
        error = format_error(hr, text);
        message = format_text(IDS_FAILED_PAUSE + request->action, request->name, error);
        if (!PostMessageW(worker->window, WM_MONITOR_FAILED, 0, (LPARAM)message)) free(message);
        free(error);
        free(text);
    }
    free(request->name);
    free(request);
}

/* The next request, or NULL. */
static struct request *next_request(struct worker *worker)
{
    struct request *request;

    EnterCriticalSection(&worker->lock);
    if ((request = worker->requests) && !(worker->requests = request->next)) worker->last = &worker->requests;
    LeaveCriticalSection(&worker->lock);
    return request;
}

/* --- the thread ------------------------------------------------------------------------------------ */

/* Wait until something is to be done: a look, or a request. Returns whether to go on. */
static bool wait_for_work(struct worker *worker, DWORD milliseconds)
{
    bool stop;

    WaitForSingleObject(worker->wake, milliseconds);
    EnterCriticalSection(&worker->lock);
    stop = worker->stop;
    LeaveCriticalSection(&worker->lock);
    return !stop;
}

static unsigned int WINAPI worker_thread(void *context)
{
    struct snapshot *snapshot, *progress = NULL;
    struct worker *worker = context;
    ULONGLONG before = 0, now;
    struct request *request;
    DWORD interval = 0;
    unsigned int i;

    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED))) return 1;
    while (wait_for_work(worker, interval))
    {
        while ((request = next_request(worker))) carry_out(worker, request);
        now = GetTickCount64();
        if (!(snapshot = look())) continue;
        measure_speed(snapshot, progress, now - before);
        snapshot_destroy(progress);
        progress = copy_progress(snapshot);
        publish(worker, snapshot);
        before = now;
        interval = max(REFRESH_MS, (DWORD)(GetTickCount64() - now) * BUSY_SHARE);
    }
    snapshot_destroy(progress);
    for (i = 0; i < SOURCE_COUNT; i++) source_disconnect(sources[i]);
    CoUninitialize();
    return 0;
}

/* --- for the window ---------------------------------------------------------------------------------- */

static void worker_free(struct worker *worker)
{
    struct request *request;

    while ((request = next_request(worker)))
    {
        free(request->name);
        free(request);
    }
    snapshot_destroy(worker->latest);
    if (worker->wake) CloseHandle(worker->wake);
    DeleteCriticalSection(&worker->lock);
    free(worker);
}

struct worker *worker_create(HWND window)
{
    struct worker *worker;

    if (!(worker = calloc(1, sizeof(*worker)))) return NULL;
    InitializeCriticalSection(&worker->lock);
    worker->window = window;
    worker->last = &worker->requests;
    if ((worker->wake = CreateEventW(NULL, FALSE, FALSE, NULL)))
        worker->thread = (HANDLE)_beginthreadex(NULL, 0, worker_thread, worker, 0, NULL);
    if (worker->thread) return worker;
    worker_free(worker);
    return NULL;
}

void worker_destroy(struct worker *worker)
{
    if (!worker) return;
    EnterCriticalSection(&worker->lock);
    worker->stop = true;
    LeaveCriticalSection(&worker->lock);
    SetEvent(worker->wake);
    /* A thread that hangs in a call keeps its memory. */
    if (WaitForSingleObject(worker->thread, STOP_MS) != WAIT_OBJECT_0) return;
    CloseHandle(worker->thread);
    worker_free(worker);
}

struct snapshot *worker_take_snapshot(struct worker *worker)
{
    struct snapshot *snapshot;

    EnterCriticalSection(&worker->lock);
    snapshot = worker->latest;
    worker->latest = NULL;
    LeaveCriticalSection(&worker->lock);
    return snapshot;
}

void worker_refresh(struct worker *worker)
{
    SetEvent(worker->wake);
}

void worker_act(struct worker *worker, const struct job *job, enum action action)
{
    struct request *request;

    if (!(request = calloc(1, sizeof(*request)))) return;
    request->source = job->source;
    request->id = job->id;
    request->action = action;
    request->name = wcsdup(job->name ? job->name : L"");
    EnterCriticalSection(&worker->lock);
    *worker->last = request;
    worker->last = &request->next;
    LeaveCriticalSection(&worker->lock);
    SetEvent(worker->wake);
}
