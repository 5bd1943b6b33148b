/*
 * Telling clients what happened to their jobs: who is to be told what, and when.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each job that has something to tell has a registration.  The notifier's thread takes the queue's events, notes
 * them there, and starts the calls that are due; it makes none itself.
 */

#include <stdlib.h>
#include <windows.h>
#include <process.h>

#include "base/debug.h"
#include "face/command.h"
#include "face/notify_private.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitsnotify);

/* Threads for calls, and for releases that clients hold up. */
#define THREADS_MAX 512

/* A call that failed is repeated after this, doubled each time up to the job's MinimumRetryDelay. */
#define FIRST_REPEAT_MS 1000

/* When something was missing on our own side. */
#define SHORTAGE_MS 1000

/* How long the end of the service waits for clients that hold a thread. */
#define STOP_TIMEOUT_MS 1000

#define NEVER (~(ULONGLONG)0)

/* --- registrations ------------------------------------------------------------------------ */

static void free_registration(void *attachment)
{
    free(attachment); /* what it held went with the end of the job, or with the notifier */
}

/* What the job wants besides an object.  Locked. */
static void read_settings(struct registration *registration)
{
    if (!job_get_blob(registration->job, JOB_NOTIFICATION_CLASS, &registration->class_id, sizeof(CLSID)))
        registration->class_id = GUID_NULL;
    registration->has_command = command_is_set(registration->job);
}

static struct registration *get_registration(struct notifier *notifier, struct job *job)
{
    struct registration *registration, *winner;

    if (!(registration = job_attachment(job)))
    {
        if (!(registration = calloc(1, sizeof(*registration)))) return NULL;
        list_init(&registration->entry);
        list_init(&registration->armed_entry);
        registration->notifier = notifier;
        registration->job = job;
        winner = job_attach(job, registration, free_registration);
        if (winner != registration) free(registration);
        registration = winner;
    }
    EnterCriticalSection(&notifier->lock);
    if (!registration->listed && !registration->ended)
    {
        registration->listed = TRUE;
        job_addref(job);
        list_add_tail(&notifier->registrations, &registration->entry);
        read_settings(registration);
    }
    LeaveCriticalSection(&notifier->lock);
    return registration;
}

/* The job has ended: nothing is told any more, and the client gets its object back. */
static void end_registration(struct registration *registration)
{
    struct notifier *notifier = registration->notifier;
    struct listener *listener;
    BOOL listed;

    EnterCriticalSection(&notifier->lock);
    listener = registration->listener;
    listed = registration->listed;
    registration->listener = NULL;
    registration->pending = 0;
    registration->ended = TRUE;
    registration->listed = FALSE;
    registration->command = NULL;
    registration->generation++;
    registration->epoch++;
    list_remove(&registration->entry);
    list_remove(&registration->armed_entry);
    LeaveCriticalSection(&notifier->lock);
    listener_release(listener);
    if (listed) job_release(registration->job);
}

void registration_arm(struct registration *registration)
{
    struct notifier *notifier = registration->notifier;

    if (registration->pending && !registration->ended && !notifier->stopping && list_empty(&registration->armed_entry))
        list_add_tail(&notifier->armed, &registration->armed_entry);
}

/* What pending speaks of is another state now.  Locked. */
static void begin_epoch(struct registration *registration)
{
    registration->epoch++;
    registration->failures = 0;
    registration->repeat_at = 0;
    registration->fallen = FALSE;
    registration->class_failed = FALSE;
    registration->command = NULL; /* it goes on, but its result is about the past */
}

/* --- what to tell next ------------------------------------------------------------------------------ */

static uint32_t told_by_flags(uint32_t flags)
{
    uint32_t events = 0;

    if (flags & BG_NOTIFY_DISABLE) return 0; /* B-655 */
    if (flags & BG_NOTIFY_JOB_TRANSFERRED) events |= JOB_EVENT_TRANSFERRED;
    if (flags & BG_NOTIFY_JOB_ERROR) events |= JOB_EVENT_ERROR;
    if (flags & BG_NOTIFY_JOB_MODIFICATION) events |= JOB_EVENT_MODIFIED;
    if (flags & BG_NOTIFY_FILE_TRANSFERRED) events |= JOB_EVENT_FILE;
    if (flags & BG_NOTIFY_FILE_RANGES_TRANSFERRED) events |= JOB_EVENT_RANGES;
    return events;
}

static BOOL has_class(const struct registration *registration)
{
    return !IsEqualGUID(&registration->class_id, &GUID_NULL);
}

/* Who learns of the end of the job: the object, one of the class, or the command line.  Locked. */
static enum channel channel_of_end(const struct registration *registration)
{
    BOOL object = registration->listener || (has_class(registration) && !registration->class_failed);

    if (object && !registration->fallen) return CHANNEL_OBJECT;
    if (registration->has_command) return registration->command ? CHANNEL_NONE : CHANNEL_COMMAND;
    return object || has_class(registration) ? CHANNEL_OBJECT : CHANNEL_NONE;
}

/* When something may be told that was told last then (B-665). */
static ULONGLONG spaced(struct registration *registration, ULONGLONG last)
{
    return last ? last + job_get_number(registration->job, JOB_NOTIFY_INTERVAL) : 0;
}

/* The one thing that is due now and how to tell it, or 0 and when to look again.  Files come before the end of the job
 * (B-660).  Locked. */
static uint32_t next_event(struct registration *registration, ULONGLONG now, enum channel *channel, ULONGLONG *when)
{
    uint32_t wanted = told_by_flags(job_get_number(registration->job, JOB_NOTIFY_FLAGS)) & registration->pending;
    BOOL object = registration->listener || (has_class(registration) && !registration->class_failed);
    ULONGLONG due;

    *when = NEVER;
    *channel = CHANNEL_OBJECT;
    if (registration->out) return 0;
    if (!object || (registration->listener && !registration->listener->callback2))
        wanted &= ~JOB_EVENT_FILE; /* B-658 */
    if (!object || (registration->listener && !registration->listener->callback3)) wanted &= ~JOB_EVENT_RANGES;
    if (wanted & JOB_EVENT_RANGES)
    {
        /* Of what has come before the end is told before the end. */
        due = wanted & TELL_END ? now : spaced(registration, registration->ranges_at);
        if (now >= due) return JOB_EVENT_RANGES;
        *when = due;
    }
    if (wanted & TELL_END && !(wanted & JOB_EVENT_FILE))
    {
        *channel = channel_of_end(registration);
        if (*channel == CHANNEL_NONE) wanted &= ~TELL_END;
    }
    if (wanted & (JOB_EVENT_FILE | TELL_END))
    {
        if (now >= registration->repeat_at) return wanted & JOB_EVENT_FILE ? JOB_EVENT_FILE : wanted & TELL_END;
        *when = min(*when, registration->repeat_at);
    }
    if (wanted & JOB_EVENT_MODIFIED && object)
    {
        due = spaced(registration, registration->modified_at);
        *channel = CHANNEL_OBJECT;
        if (now >= due) return JOB_EVENT_MODIFIED;
        *when = min(*when, due);
    }
    return 0;
}

/* --- what follows from answers ------------------------------------------------------------------------ */

static ULONGLONG retry_delay(struct registration *registration)
{
    return job_get_number(registration->job, JOB_MINIMUM_RETRY_DELAY) * 1000;
}

/* Locked. */
static void repeat_later(struct registration *registration)
{
    ULONGLONG delay = (ULONGLONG)FIRST_REPEAT_MS << min(registration->failures, 20);

    registration->repeat_at = GetTickCount64() + min(delay, retry_delay(registration));
    registration->failures++;
}

/* The end is known where it has to be.  Locked. */
static void end_is_told(struct registration *registration)
{
    registration->failures = 0;
    registration->repeat_at = 0;
    registration->pending &= ~TELL_END;
}

BOOL registration_answered(struct registration *registration, uint32_t event, HRESULT hr, unsigned int epoch,
                           unsigned int generation, DWORD process)
{
    struct listener *listener = registration->listener;

    if (event == JOB_EVENT_MODIFIED)
    {
        registration->modified_at = GetTickCount64(); /* the spacing begins where the client is done */
        return FALSE;
    }
    if (event == JOB_EVENT_RANGES)
    {
        registration->ranges_at = GetTickCount64();
        return FALSE;
    }
    /* The job went on: the answer is about the past.  So is that of an object which another client has replaced; but a
     * client that registers another object of its own in the call, or none, has been told. */
    if (registration->epoch != epoch) return FALSE;
    if (registration->generation != generation && (hr != S_OK || (listener && listener->process != process)))
        return FALSE;

    if (event == JOB_EVENT_FILE)
    {
        if (hr == S_FALSE) registration->pending &= ~JOB_EVENT_FILE; /* there is none left */
        else if (FAILED(hr)) repeat_later(registration);
        else registration->failures = registration->repeat_at = 0;
        return FALSE;
    }
    if (hr == S_OK)
    {
        end_is_told(registration);
        return TRUE;
    }
    if (registration->has_command) registration->fallen = TRUE; /* B-682, B-683 */
    else repeat_later(registration);                            /* B-662 */
    return FALSE;
}

void registration_class_failed(struct registration *registration, unsigned int epoch)
{
    if (registration->epoch != epoch) return;
    registration->class_failed = TRUE;
    if (!registration->has_command) repeat_later(registration);
}

void registration_command_not_started(struct registration *registration, unsigned int epoch)
{
    if (registration->epoch != epoch) return;
    registration->fallen = FALSE; /* B-685: from the beginning */
    registration->class_failed = FALSE;
    registration->repeat_at = GetTickCount64() + retry_delay(registration);
}

BOOL registration_command_ended(struct registration *registration, DWORD code, unsigned int epoch,
                                unsigned int generation)
{
    /* Where another object was registered meanwhile, perhaps by the command, that one is told. */
    if (registration->epoch != epoch || registration->generation != generation) return FALSE;
    if (code)
    {
        registration->repeat_at = GetTickCount64() + retry_delay(registration); /* B-684 */
        return FALSE;
    }
    end_is_told(registration);
    return TRUE;
}

/* --- the notifier's own thread ------------------------------------------------------------------------------ */

/* TRUE: there may be more to do for it at *when.  Locked. */
static BOOL start_due_call(struct registration *registration, ULONGLONG now, ULONGLONG *when)
{
    enum channel channel;
    uint32_t event;
    BOOL failed;

    if (!(event = next_event(registration, now, &channel, when))) return *when != NEVER;
    if (!call_start(registration, event, channel, &failed))
    {
        /* Some call's end brings us here again; a shortage ends by itself. */
        *when = failed ? now + SHORTAGE_MS : NEVER;
        return TRUE;
    }
    /* Who is told now sees what was before; what comes while the call is out is another change. */
    if (event == JOB_EVENT_RANGES) registration->pending &= ~JOB_EVENT_RANGES;
    else if (event != JOB_EVENT_FILE && channel == CHANNEL_OBJECT) registration->pending &= ~JOB_EVENT_MODIFIED;
    return FALSE;
}

/* Start what is due; returns when to look again. */
static ULONGLONG start_due_calls(struct notifier *notifier)
{
    ULONGLONG now = GetTickCount64(), next = NEVER, when;
    struct registration *registration, *after;

    EnterCriticalSection(&notifier->lock);
    LIST_FOR_EACH_SAFE(registration, after, &notifier->armed, struct registration, armed_entry)
    {
        if (start_due_call(registration, now, &when)) next = min(next, when);
        else list_remove(&registration->armed_entry);
    }
    LeaveCriticalSection(&notifier->lock);
    return next;
}

/* What the job's state says must be told, for who comes late (B-661). */
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

static void take_events(struct notifier *notifier, struct job *job, uint32_t events)
{
    struct registration *registration;

    if (events & JOB_EVENT_FINAL)
    {
        if ((registration = job_attachment(job))) end_registration(registration);
        return;
    }
    if (!(registration = get_registration(notifier, job)))
    {
        ERR("no memory to remember an event\n");
        return;
    }
    if (events & TELL_END) events |= events_of_state(job) & JOB_EVENT_FILE; /* those of before a restart */
    EnterCriticalSection(&notifier->lock);
    if (events & JOB_EVENT_LEFT) registration->pending &= ~TELL_END;
    if (events & (JOB_EVENT_LEFT | TELL_END)) begin_epoch(registration);
    registration->pending |= events & TELL;
    registration_arm(registration);
    LeaveCriticalSection(&notifier->lock);
}

static unsigned int __stdcall notifier_thread(void *context)
{
    struct notifier *notifier = context;
    ULONGLONG next = 0, now;
    struct job *job;
    uint32_t events;
    DWORD timeout;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    while (!notifier->stopping)
    {
        now = GetTickCount64();
        timeout = next == NEVER ? INFINITE : next <= now ? 0 : min(next - now, 0x7fffffff);
        if (queue_next_event(notifier->queue, timeout, &job, &events))
        {
            take_events(notifier, job, events);
            job_release(job);
        }
        next = start_due_calls(notifier);
    }
    CoUninitialize();
    return 0;
}

/* --- start and stop ------------------------------------------------------------------------------------- */

HRESULT notifier_create(struct face *face)
{
    struct notifier *notifier;
    HRESULT hr = E_OUTOFMEMORY;

    if (!(notifier = calloc(1, sizeof(*notifier)))) return E_OUTOFMEMORY;
    notifier->face = face;
    notifier->queue = face->queue;
    InitializeCriticalSection(&notifier->lock);
    InitializeConditionVariable(&notifier->quiet);
    list_init(&notifier->registrations);
    list_init(&notifier->armed);
    list_init(&notifier->clients);
    list_init(&notifier->commands);
    InitializeThreadpoolEnvironment(&notifier->environment);
    if (!(notifier->pool = CreateThreadpool(NULL))) goto failed;
    SetThreadpoolThreadMaximum(notifier->pool, THREADS_MAX);
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

/* Every client gets its object back. */
static void end_registrations(struct notifier *notifier)
{
    struct registration *registration;

    for (;;)
    {
        EnterCriticalSection(&notifier->lock);
        registration = list_empty(&notifier->registrations)
                           ? NULL
                           : LIST_ENTRY_OF(notifier->registrations.next, struct registration, entry);
        LeaveCriticalSection(&notifier->lock);
        if (!registration) break;
        end_registration(registration);
    }
}

/* Wait until no client has a thread of ours; FALSE: one does not let go of it. */
static BOOL wait_quiet(struct notifier *notifier)
{
    ULONGLONG now, deadline = GetTickCount64() + STOP_TIMEOUT_MS;
    BOOL quiet;

    EnterCriticalSection(&notifier->lock);
    while (!(quiet = !notifier->calls && !notifier->releases) && (now = GetTickCount64()) < deadline)
        SleepConditionVariableCS(&notifier->quiet, &notifier->lock, deadline - now);
    LeaveCriticalSection(&notifier->lock);
    return quiet;
}

void notifier_destroy(struct notifier *notifier)
{
    if (!notifier) return;
    EnterCriticalSection(&notifier->lock);
    notifier->stopping = TRUE;
    LeaveCriticalSection(&notifier->lock);
    if (notifier->thread)
    {
        /* It never waits for a client. */
        queue_interrupt_events(notifier->queue);
        WaitForSingleObject(notifier->thread, INFINITE);
        CloseHandle(notifier->thread);
    }
    end_registrations(notifier);
    commands_forget(notifier);
    /* Where a client holds a thread, what that uses must stay; the process is about to end. */
    if (!wait_quiet(notifier)) return;
    DestroyThreadpoolEnvironment(&notifier->environment);
    if (notifier->pool) CloseThreadpool(notifier->pool);
    DeleteCriticalSection(&notifier->lock);
    free(notifier);
}

/* --- what jobs ask for ----------------------------------------------------------------------------------------- */

/* Put listener, NULL for none, in the place of the present one, which is given back.  Locked. */
static HRESULT replace_listener(struct registration *registration, struct listener **listener, DWORD process,
                                uint32_t events)
{
    struct listener *previous = registration->listener;

    if (registration->ended || registration->notifier->stopping)
        return face_result(registration->notifier->face, TRANSFER_E_INVALID_STATE);
    registration->listener = *listener;
    *listener = previous;
    registration->generation++;
    /* Who takes over does not wait for another client, who may hang. */
    if (registration->out_process != process) registration->out = NULL;
    if (!registration->listener)
    {
        registration_arm(registration);
        return S_OK;
    }
    registration->fallen = FALSE;
    registration->failures = 0;
    registration->repeat_at = 0;
    registration->modified_at = 0;
    registration->pending |= events;
    registration_arm(registration);
    return S_OK;
}

HRESULT notifier_set_interface(struct notifier *notifier, struct job *job, IUnknown *object)
{
    struct registration *registration;
    DWORD process = identity_caller_process();
    struct listener *listener = NULL;
    uint32_t events = 0;
    HRESULT hr;

    if (FAILED(hr = face_check_alive(notifier->face, job))) return hr;
    if (!(registration = get_registration(notifier, job))) return E_OUTOFMEMORY;
    if (object)
    {
        if (FAILED(hr = listener_create(notifier, object, process, FALSE, &listener))) return hr;
        events = events_of_state(job);
    }
    EnterCriticalSection(&notifier->lock);
    hr = replace_listener(registration, &listener, process, events);
    LeaveCriticalSection(&notifier->lock);
    listener_release(listener);

    /* The job may have ended meanwhile, unseen by the notifier because nothing was registered then. */
    if (SUCCEEDED(hr) && FAILED(hr = face_check_alive(notifier->face, job))) end_registration(registration);
    queue_interrupt_events(notifier->queue);
    return hr;
}

HRESULT notifier_get_interface(struct notifier *notifier, struct job *job, IUnknown **object)
{
    struct registration *registration = job_attachment(job);

    *object = NULL;
    if (!registration) return S_OK;
    EnterCriticalSection(&notifier->lock);
    if (registration->listener && !registration->listener->from_class)
    {
        *object = registration->listener->object;
        IUnknown_AddRef(*object);
    }
    LeaveCriticalSection(&notifier->lock);
    return S_OK;
}

void notifier_settings_changed(struct notifier *notifier, struct job *job)
{
    struct registration *registration = get_registration(notifier, job);
    struct listener *outdated = NULL;
    CLSID class_id;

    if (!registration) return;
    EnterCriticalSection(&notifier->lock);
    if (!registration->ended)
    {
        class_id = registration->class_id;
        read_settings(registration);
        if (!IsEqualGUID(&class_id, &registration->class_id))
        {
            registration->class_failed = FALSE;
            if (registration->listener && registration->listener->from_class)
            {
                outdated = registration->listener;
                registration->listener = NULL;
            }
        }
        registration_arm(registration);
    }
    LeaveCriticalSection(&notifier->lock);
    listener_release(outdated);
    if (FAILED(face_check_alive(notifier->face, job))) end_registration(registration);
    queue_interrupt_events(notifier->queue);
}
