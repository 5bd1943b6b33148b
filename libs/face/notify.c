/*
 * Telling clients what happened to their jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <process.h>

#include "base/debug.h"
#include "base/list.h"
#include "face/notify.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitsnotify);

/* Calls that may be out at the same time.  B-268 counts per user; all programs of a Wine session are one user, so the
 * process is what keeps a client that blocks its calls from starving others. */
#define CALLS_PER_CLIENT 4
#define CALLS_MAX 32

/* A call that failed is repeated after this, doubled each time up to the job's MinimumRetryDelay. */
#define FIRST_REPEAT_MS 1000

#define STOP_TIMEOUT_MS 1000

#define NEVER (~(ULONGLONG)0)

/* What is told, as bits of registration->pending. */
#define TELL (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR | JOB_EVENT_MODIFIED | JOB_EVENT_FILE)

struct registration
{
    struct list entry;                  /* of notifier->pending, with a reference to the job */
    struct notifier *notifier;
    struct job *job;                    /* which this is attached to */
    IUnknown *object;                   /* as the client gave it; NULL: none */
    IBackgroundCopyCallback *callback;
    IBackgroundCopyCallback2 *callback2;    /* NULL: the object has none */
    DWORD client;                       /* process */
    unsigned int generation;            /* of object */
    uint32_t pending;
    unsigned int epoch;                 /* of the state that pending speaks of */
    unsigned int failures;              /* in a row */
    ULONGLONG repeat_at;                /* JobTransferred, JobError and FileTransferred not before */
    ULONGLONG modified_at;              /* last JobModification */
    BOOL busy;                          /* a call is out */
};

struct client
{
    struct list entry;
    DWORD process;
    unsigned int calls;
};

struct notifier
{
    struct face *face;
    CRITICAL_SECTION lock;              /* of everything here and in the registrations */
    struct list pending;                /* registrations with something to tell */
    struct list clients;                /* with calls out */
    unsigned int calls;
    BOOL stopping;
    HANDLE thread;
    TP_POOL *pool;
    TP_CALLBACK_ENVIRON environment;
};

/* --- registrations ------------------------------------------------------------------------ */

static void release_objects(IUnknown *object, IBackgroundCopyCallback *callback, IBackgroundCopyCallback2 *callback2)
{
    if (callback2) IBackgroundCopyCallback2_Release(callback2);
    if (callback) IBackgroundCopyCallback_Release(callback);
    if (object) IUnknown_Release(object);
}

/* Give the client's object back.  Called without the lock: Release is a call to the client. */
static void drop_object(struct registration *registration, BOOL if_generation, unsigned int generation)
{
    struct notifier *notifier = registration->notifier;
    IBackgroundCopyCallback2 *callback2 = NULL;
    IBackgroundCopyCallback *callback = NULL;
    IUnknown *object = NULL;

    EnterCriticalSection(&notifier->lock);
    if (!if_generation || registration->generation == generation)
    {
        object = registration->object;
        callback = registration->callback;
        callback2 = registration->callback2;
        registration->object = NULL;
        registration->callback = NULL;
        registration->callback2 = NULL;
        registration->generation++;
    }
    LeaveCriticalSection(&notifier->lock);
    release_objects(object, callback, callback2);
}

/* The job goes; its last reference may be released by anybody. */
static void free_registration(void *attachment)
{
    struct registration *registration = attachment;

    release_objects(registration->object, registration->callback, registration->callback2);
    free(registration);
}

static struct registration *get_registration(struct notifier *notifier, struct job *job)
{
    struct registration *registration, *winner;

    if ((registration = job_attachment(job))) return registration;
    if (!(registration = calloc(1, sizeof(*registration)))) return NULL;
    list_init(&registration->entry);
    registration->notifier = notifier;
    registration->job = job;
    winner = job_attach(job, registration, free_registration);
    if (winner != registration) free(registration);
    return winner;
}

/* Locked. */
static void set_pending(struct registration *registration, uint32_t pending)
{
    registration->pending = pending;
    if (pending && list_empty(&registration->entry))
    {
        job_addref(registration->job);
        list_add_tail(&registration->notifier->pending, &registration->entry);
    }
}

/* Locked; the caller releases the returned job without the lock. */
static struct job *take_off_list(struct registration *registration)
{
    if (registration->pending || registration->busy || list_empty(&registration->entry)) return NULL;
    list_remove(&registration->entry);
    return registration->job;
}

/* --- limits ------------------------------------------------------------------------------------ */

static struct client *find_client(struct notifier *notifier, DWORD process)
{
    struct client *client;

    LIST_FOR_EACH(client, &notifier->clients, struct client, entry)
        if (client->process == process) return client;
    return NULL;
}

/* Locked.  FALSE: enough calls are out. */
static BOOL begin_call(struct notifier *notifier, DWORD process)
{
    struct client *client = find_client(notifier, process);

    if (notifier->calls >= CALLS_MAX || (client && client->calls >= CALLS_PER_CLIENT)) return FALSE;
    if (!client)
    {
        if (!(client = calloc(1, sizeof(*client)))) return FALSE;
        client->process = process;
        list_add_tail(&notifier->clients, &client->entry);
    }
    client->calls++;
    notifier->calls++;
    return TRUE;
}

/* Locked. */
static void end_call(struct notifier *notifier, DWORD process)
{
    struct client *client = find_client(notifier, process);

    notifier->calls--;
    if (--client->calls) return;
    list_remove(&client->entry);
    free(client);
}

/* --- what to tell next ------------------------------------------------------------------------------ */

static uint32_t told_by_flags(uint32_t flags)
{
    if (flags & BG_NOTIFY_DISABLE) return 0;
    return (flags & BG_NOTIFY_JOB_TRANSFERRED ? JOB_EVENT_TRANSFERRED : 0) | (flags & BG_NOTIFY_JOB_ERROR ? JOB_EVENT_ERROR : 0) |
           (flags & BG_NOTIFY_JOB_MODIFICATION ? JOB_EVENT_MODIFIED : 0) | (flags & BG_NOTIFY_FILE_TRANSFERRED ? JOB_EVENT_FILE : 0);
}

/* The one thing that is due now, or 0 and when to look again.  Files come before the end of the job (B-660).  Locked. */
static uint32_t next_event(const struct registration *registration, ULONGLONG now, ULONGLONG *when)
{
    uint32_t wanted = told_by_flags(job_get_number(registration->job, JOB_NOTIFY_FLAGS)) & registration->pending;
    ULONGLONG spacing;

    *when = NEVER;
    if (!registration->callback || registration->busy) return 0;
    if (!registration->callback2) wanted &= ~JOB_EVENT_FILE;        /* B-658 */
    if (wanted & (JOB_EVENT_FILE | JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR))
    {
        if (now >= registration->repeat_at)
            return wanted & JOB_EVENT_FILE ? JOB_EVENT_FILE : wanted & (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR);
        *when = registration->repeat_at;
    }
    if (wanted & JOB_EVENT_MODIFIED)
    {
        spacing = job_get_number(registration->job, JOB_NOTIFY_INTERVAL);
        if (now >= registration->modified_at + spacing) return JOB_EVENT_MODIFIED;
        *when = min(*when, registration->modified_at + spacing);
    }
    return 0;
}

/* --- one call ------------------------------------------------------------------------------------------- */

struct call
{
    struct registration *registration;
    struct job *job;                    /* referenced */
    IBackgroundCopyCallback *callback;
    IBackgroundCopyCallback2 *callback2;
    uint32_t event;
    unsigned int generation;
    unsigned int epoch;
    DWORD client;
};

/* The client's process is gone, or has disconnected its object (B-670). */
static BOOL is_disconnected(HRESULT hr)
{
    return hr == RPC_E_DISCONNECTED || hr == HRESULT_FROM_WIN32(RPC_S_SERVER_UNAVAILABLE) ||
           hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED) || hr == HRESULT_FROM_WIN32(RPC_S_CALL_FAILED_DNE) ||
           hr == CO_E_OBJNOTCONNECTED || hr == RPC_E_SERVER_DIED || hr == RPC_E_SERVER_DIED_DNE;
}

static HRESULT tell_error(struct call *call, struct face *face, IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    struct transfer_failure failure;
    struct file *file = NULL;
    HRESULT hr;

    /* Somebody has resumed the job meanwhile: there is nothing to tell any more. */
    if (job_get_error(call->job, &failure, &file)) return S_OK;
    hr = face_error_create(face, &failure, file, &error);
    if (SUCCEEDED(hr)) hr = IBackgroundCopyCallback_JobError(call->callback, job, error);
    if (error) IBackgroundCopyError_Release(error);
    file_release(file);
    return hr;
}

static HRESULT tell_file(struct call *call, struct face *face, IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *object = NULL;
    struct file *file;
    HRESULT hr;

    if (!(file = job_next_transferred_file(call->job))) return S_FALSE;
    hr = face_file_create(face, file, &IID_IBackgroundCopyFile, (void **)&object);
    if (SUCCEEDED(hr)) hr = IBackgroundCopyCallback2_FileTransferred(call->callback2, job, object);
    if (object) IBackgroundCopyFile_Release(object);
    if (SUCCEEDED(hr))
    {
        job_acknowledge_file(call->job, file);
        hr = S_OK;
    }
    file_release(file);
    return hr;
}

static HRESULT tell(struct call *call)
{
    struct face *face = call->registration->notifier->face;
    IBackgroundCopyJob *job;
    HRESULT hr;

    if (FAILED(hr = face_job_create(face, call->job, &IID_IBackgroundCopyJob, (void **)&job))) return hr;
    switch (call->event)
    {
    case JOB_EVENT_TRANSFERRED: hr = IBackgroundCopyCallback_JobTransferred(call->callback, job); break;
    case JOB_EVENT_ERROR: hr = tell_error(call, face, job); break;
    case JOB_EVENT_MODIFIED: hr = IBackgroundCopyCallback_JobModification(call->callback, job, 0); break;
    case JOB_EVENT_FILE: hr = tell_file(call, face, job); break;
    }
    IBackgroundCopyJob_Release(job);
    return hr;
}

/* What follows from the client's answer.  Locked. */
static void take_answer(struct call *call, HRESULT hr)
{
    struct registration *registration = call->registration;
    ULONGLONG now = GetTickCount64(), longest;

    /* The job went on, or somebody else is to be told: the answer is about the past. */
    if (registration->epoch != call->epoch || registration->generation != call->generation) return;
    if (call->event == JOB_EVENT_MODIFIED) return;
    if (hr == S_OK)
    {
        registration->failures = 0;
        registration->repeat_at = 0;
        if (call->event != JOB_EVENT_FILE) registration->pending &= ~call->event;
        return;
    }
    if (call->event == JOB_EVENT_FILE && hr == S_FALSE)
    {
        registration->pending &= ~JOB_EVENT_FILE;       /* no file is left */
        return;
    }
    longest = job_get_number(registration->job, JOB_MINIMUM_RETRY_DELAY) * 1000;
    registration->repeat_at = now + min(longest, (ULONGLONG)FIRST_REPEAT_MS << min(registration->failures, 20));
    registration->failures++;
}

static void CALLBACK call_thread(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct call *call = context;
    struct registration *registration = call->registration;
    struct notifier *notifier = registration->notifier;
    struct job *idle;
    HRESULT hr;

    CallbackMayRunLong(instance);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    TRACE("event %#x to process %04lx\n", call->event, call->client);
    hr = tell(call);
    TRACE("event %#x answered with %#lx\n", call->event, hr);
    if (is_disconnected(hr))
    {
        WARN("the client %04lx is gone\n", call->client);
        drop_object(registration, TRUE, call->generation);
    }
    release_objects(NULL, call->callback, call->callback2);

    EnterCriticalSection(&notifier->lock);
    end_call(notifier, call->client);
    registration->busy = FALSE;
    take_answer(call, hr);
    idle = take_off_list(registration);
    LeaveCriticalSection(&notifier->lock);
    queue_interrupt_events(notifier->face->queue);
    if (idle) job_release(idle);
    job_release(call->job);
    free(call);
    CoUninitialize();
}

/* Locked.  FALSE: not now. */
static BOOL start_call(struct registration *registration, uint32_t event)
{
    struct notifier *notifier = registration->notifier;
    struct call *call;

    if (!(call = calloc(1, sizeof(*call)))) return FALSE;
    if (!begin_call(notifier, registration->client))
    {
        free(call);
        return FALSE;
    }
    call->registration = registration;
    call->job = registration->job;
    call->callback = registration->callback;
    call->callback2 = registration->callback2;
    call->event = event;
    call->generation = registration->generation;
    call->epoch = registration->epoch;
    call->client = registration->client;
    if (!TrySubmitThreadpoolCallback(call_thread, call, &notifier->environment))
    {
        WARN("no thread for a notification, error %lu\n", GetLastError());
        end_call(notifier, registration->client);
        free(call);
        return FALSE;
    }
    job_addref(call->job);
    IBackgroundCopyCallback_AddRef(call->callback);
    if (call->callback2) IBackgroundCopyCallback2_AddRef(call->callback2);
    registration->busy = TRUE;
    /* A change that comes while the call is out is another one. */
    if (event == JOB_EVENT_MODIFIED)
    {
        registration->pending &= ~JOB_EVENT_MODIFIED;
        registration->modified_at = GetTickCount64();
    }
    return TRUE;
}

/* --- the notifier's own thread ------------------------------------------------------------------------------ */

/* Start what is due; returns when to look again. */
static ULONGLONG start_due_calls(struct notifier *notifier)
{
    ULONGLONG now = GetTickCount64(), next = NEVER, when;
    struct registration *registration;
    uint32_t event;

    EnterCriticalSection(&notifier->lock);
    LIST_FOR_EACH(registration, &notifier->pending, struct registration, entry)
    {
        if ((event = next_event(registration, now, &when))) start_call(registration, event);
        else next = min(next, when);
    }
    LeaveCriticalSection(&notifier->lock);
    return next;
}

static void take_events(struct notifier *notifier, struct job *job, uint32_t events)
{
    struct registration *registration;
    uint32_t pending;

    if (!(registration = get_registration(notifier, job)))
    {
        ERR("no memory to remember an event\n");
        return;
    }
    EnterCriticalSection(&notifier->lock);
    pending = registration->pending;
    if (events & (JOB_EVENT_LEFT | JOB_EVENT_FINAL))
    {
        pending &= ~(JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR);
        registration->failures = 0;
        registration->repeat_at = 0;
        registration->epoch++;
    }
    pending |= events & TELL;
    if (events & (JOB_EVENT_TRANSFERRED | JOB_EVENT_ERROR)) registration->epoch++;
    if (events & JOB_EVENT_FINAL) pending = 0;
    set_pending(registration, pending);
    LeaveCriticalSection(&notifier->lock);
    if (events & JOB_EVENT_FINAL) drop_object(registration, FALSE, 0);
}

static unsigned int __stdcall notifier_thread(void *context)
{
    struct notifier *notifier = context;
    struct queue *queue = notifier->face->queue;
    struct registration *registration;
    ULONGLONG next = NEVER, now;
    struct job *job;
    uint32_t events;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (!notifier->stopping)
    {
        now = GetTickCount64();
        if (queue_next_event(queue, next == NEVER ? INFINITE : next <= now ? 0 : min(next - now, 0x7fffffff), &job, &events))
        {
            take_events(notifier, job, events);
            job_release(job);
        }
        next = start_due_calls(notifier);
    }

    /* Clients that wait for the last reference to their object get it. */
    for (;;)
    {
        EnterCriticalSection(&notifier->lock);
        registration = list_empty(&notifier->pending) ? NULL : LIST_ENTRY_OF(notifier->pending.next, struct registration, entry);
        if (registration) list_remove(&registration->entry);
        LeaveCriticalSection(&notifier->lock);
        if (!registration) break;
        drop_object(registration, FALSE, 0);
        job_release(registration->job);
    }
    CoUninitialize();
    return 0;
}

HRESULT notifier_create(struct face *face)
{
    struct notifier *notifier;
    HRESULT hr = E_OUTOFMEMORY;

    if (!(notifier = calloc(1, sizeof(*notifier)))) return E_OUTOFMEMORY;
    notifier->face = face;
    InitializeCriticalSection(&notifier->lock);
    list_init(&notifier->pending);
    list_init(&notifier->clients);
    InitializeThreadpoolEnvironment(&notifier->environment);
    if (!(notifier->pool = CreateThreadpool(NULL))) goto failed;
    SetThreadpoolThreadMaximum(notifier->pool, CALLS_MAX);
    SetThreadpoolCallbackPool(&notifier->environment, notifier->pool);
    face->notifier = notifier;
    notifier->thread = (HANDLE)_beginthreadex(NULL, 0, notifier_thread, notifier, 0, NULL);
    if (notifier->thread) return S_OK;
    hr = HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY);

failed:
    notifier_destroy(notifier);
    face->notifier = NULL;
    return hr;
}

void notifier_destroy(struct notifier *notifier)
{
    BOOL ended = TRUE;

    if (!notifier) return;
    notifier->stopping = TRUE;
    if (notifier->thread)
    {
        queue_interrupt_events(notifier->face->queue);
        ended = WaitForSingleObject(notifier->thread, STOP_TIMEOUT_MS) == WAIT_OBJECT_0;
        CloseHandle(notifier->thread);
    }
    /* Where a client holds a thread of ours, what it uses must stay; the process is about to end. */
    if (!ended || notifier->calls) return;
    DestroyThreadpoolEnvironment(&notifier->environment);
    if (notifier->pool) CloseThreadpool(notifier->pool);
    DeleteCriticalSection(&notifier->lock);
    free(notifier);
}

/* --- what jobs ask for ----------------------------------------------------------------------------------------- */

/* What the job's state says must be told, for an object that comes late (B-661). */
static uint32_t events_of_state(struct job *job)
{
    struct file *file;
    uint32_t events = 0;

    switch (job_get_state(job))
    {
    case JOB_TRANSFERRED: events = JOB_EVENT_TRANSFERRED; break;
    case JOB_ERROR: events = JOB_EVENT_ERROR; break;
    default: break;
    }
    if ((file = job_next_transferred_file(job))) events |= JOB_EVENT_FILE;
    file_release(file);
    return events;
}

HRESULT notifier_set_interface(struct notifier *notifier, struct job *job, IUnknown *object)
{
    struct registration *registration;
    IBackgroundCopyCallback2 *callback2 = NULL;
    IBackgroundCopyCallback *callback = NULL;
    struct face *face = notifier->face;
    IUnknown *previous;
    uint32_t events;
    HRESULT hr;

    if (FAILED(hr = face_check_alive(face, job))) return hr;
    if (!(registration = get_registration(notifier, job))) return E_OUTOFMEMORY;
    if (!object)
    {
        drop_object(registration, FALSE, 0);
        return S_OK;
    }

    if (FAILED(hr = IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback, (void **)&callback)))
    {
        WARN("the object cannot be called, hr %#lx\n", hr);
        return hr;
    }
    if (FAILED(IUnknown_QueryInterface(object, &IID_IBackgroundCopyCallback2, (void **)&callback2))) callback2 = NULL;
    IUnknown_AddRef(object);
    events = events_of_state(job);

    EnterCriticalSection(&notifier->lock);
    previous = registration->object;
    registration->object = object;
    object = previous;
    {
        IBackgroundCopyCallback *previous_callback = registration->callback;
        IBackgroundCopyCallback2 *previous_callback2 = registration->callback2;

        registration->callback = callback;
        registration->callback2 = callback2;
        callback = previous_callback;
        callback2 = previous_callback2;
    }
    registration->generation++;
    registration->client = identity_caller_process();
    registration->failures = 0;
    registration->repeat_at = 0;
    set_pending(registration, registration->pending | events);
    LeaveCriticalSection(&notifier->lock);
    release_objects(object, callback, callback2);

    /* The job may have ended meanwhile, unseen by the notifier because nothing was registered then. */
    if (FAILED(hr = face_check_alive(face, job))) drop_object(registration, FALSE, 0);
    queue_interrupt_events(face->queue);
    return hr;
}

HRESULT notifier_get_interface(struct notifier *notifier, struct job *job, IUnknown **object)
{
    struct registration *registration = job_attachment(job);

    *object = NULL;
    if (!registration) return S_OK;
    EnterCriticalSection(&notifier->lock);
    if ((*object = registration->object)) IUnknown_AddRef(*object);
    LeaveCriticalSection(&notifier->lock);
    return S_OK;
}

void notifier_settings_changed(struct notifier *notifier, struct job *job)
{
    queue_interrupt_events(notifier->face->queue);
}
