/*
 * Notifying clients: the thread that takes the queue's events, and what jobs ask for.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each job with something to report has a registration.  The notifier's thread takes the queue's events, notes them
 * there, and starts the calls that are due; it makes none itself.
 */

#include <stdlib.h>
#include <windows.h>
#include <process.h>

#include "base/debug.h"
#include "com/call_pool.h"
#include "com/notify.h"
#include "com/notify_call.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitsnotify);

/* When memory or a thread was missing. */
#define SHORTAGE_MS 1000

/* --- the notifier's own thread ------------------------------------------------------------------------------ */

/* TRUE: there may be more to do for it at *when.  Locked. */
static BOOL start_due_call(struct registration *registration, ULONGLONG now, ULONGLONG *when)
{
    enum channel channel;
    uint32_t event;
    enum call_start started;

    if (!(event = registration_next_event(registration, now, &channel, when))) return *when != NEVER;
    if ((started = notify_client(registration, event, channel)) != CALL_STARTED)
    {
        /* Some call's end brings us here again; a shortage ends by itself. */
        *when = started == CALL_SHORTAGE ? now + SHORTAGE_MS : NEVER;
        return TRUE;
    }
    /* The client sees everything up to now in this call; what changes while it is out needs another. */
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

/* What the job's state says that a client which registers late is to be notified of (B-661). */
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
        if ((registration = job_attachment(job))) registration_end(registration);
        return;
    }
    if (!(registration = registration_get(notifier, job)))
    {
        ERR("no memory to remember an event\n");
        return;
    }
    if (events & NOTIFY_END) events |= events_of_state(job) & JOB_EVENT_FILE; /* those of before a restart */
    EnterCriticalSection(&notifier->lock);
    if (events & JOB_EVENT_LEFT) registration->pending &= ~NOTIFY_END;
    if (events & (JOB_EVENT_LEFT | NOTIFY_END)) registration_begin_epoch(registration);
    registration->pending |= events & NOTIFY_ALL;
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

/* A call has ended: those that were refused may be started. */
static void call_ended(void *context)
{
    struct notifier *notifier = context;

    queue_interrupt_events(notifier->queue);
}

HRESULT notifier_create(struct com_service *service)
{
    struct notifier *notifier;

    if (!(notifier = calloc(1, sizeof(*notifier)))) return E_OUTOFMEMORY;
    notifier->service = service;
    notifier->queue = service->queue;
    InitializeCriticalSection(&notifier->lock);
    list_init(&notifier->registrations);
    list_init(&notifier->armed);
    list_init(&notifier->commands);
    call_pool_add_observer(service->calls, call_ended, notifier);
    service->notifier = notifier;
    notifier->thread = (HANDLE)_beginthreadex(NULL, 0, notifier_thread, notifier, 0, NULL);
    if (notifier->thread) return S_OK;
    notifier_destroy(notifier);
    service->notifier = NULL;
    return HRESULT_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY);
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
        registration_end(registration);
    }
}

void notifier_stop(struct notifier *notifier)
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
        notifier->thread = NULL;
    }
    end_registrations(notifier);
    commands_forget(notifier);
}

void notifier_destroy(struct notifier *notifier)
{
    if (!notifier) return;
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
        return com_result(registration->notifier->service, TRANSFER_E_INVALID_STATE);
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
    registration->object_failed = FALSE;
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

    if (FAILED(hr = com_check_alive(notifier->service, job))) return hr;
    if (!(registration = registration_get(notifier, job))) return E_OUTOFMEMORY;
    if (object)
    {
        if (FAILED(hr = listener_create(notifier->service, object, process, FALSE, &listener))) return hr;
        events = events_of_state(job);
    }
    EnterCriticalSection(&notifier->lock);
    hr = replace_listener(registration, &listener, process, events);
    LeaveCriticalSection(&notifier->lock);
    listener_release(listener);

    /* The job may have ended meanwhile, unseen by the notifier because nothing was registered then. */
    if (SUCCEEDED(hr) && FAILED(hr = com_check_alive(notifier->service, job))) registration_end(registration);
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
    struct registration *registration = registration_get(notifier, job);
    struct listener *outdated = NULL;
    CLSID class_id;

    if (!registration) return;
    EnterCriticalSection(&notifier->lock);
    if (!registration->ended)
    {
        class_id = registration->class_id;
        registration_read_settings(registration);
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
    if (FAILED(com_check_alive(notifier->service, job))) registration_end(registration);
    queue_interrupt_events(notifier->queue);
}
