/*
 * What a job's clients are to be notified of, and what follows from their answers.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "com/command.h"
#include "com/registration.h"

/* A call that failed is repeated after this, doubled each time up to the job's MinimumRetryDelay. */
#define FIRST_REPEAT_MS 1000

/* --- registrations ------------------------------------------------------------------------ */

static void free_registration(void *attachment)
{
    free(attachment); /* what it held went with the end of the job, or with the notifier */
}

void registration_read_settings(struct registration *registration)
{
    if (!job_get_blob(registration->job, JOB_NOTIFICATION_CLASS, &registration->class_id, sizeof(CLSID)))
        registration->class_id = GUID_NULL;
    registration->has_command = command_is_set(registration->job);
}

struct registration *registration_get(struct notifier *notifier, struct job *job)
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
        registration_read_settings(registration);
    }
    LeaveCriticalSection(&notifier->lock);
    return registration;
}

void registration_end(struct registration *registration)
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

void registration_begin_epoch(struct registration *registration)
{
    registration->epoch++;
    registration->failures = 0;
    registration->repeat_at = 0;
    registration->object_failed = FALSE;
    registration->class_failed = FALSE;
    registration->command = NULL; /* it goes on, but its result is about the past */
}

/* --- what is due ------------------------------------------------------------------------------ */

static uint32_t events_of_flags(uint32_t flags)
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

    if (object && !registration->object_failed) return CHANNEL_OBJECT;
    if (registration->has_command) return registration->command ? CHANNEL_NONE : CHANNEL_COMMAND;
    return object || has_class(registration) ? CHANNEL_OBJECT : CHANNEL_NONE;
}

/* When the client may be called again that was called last at that time (B-665). */
static ULONGLONG spaced(struct registration *registration, ULONGLONG last)
{
    return last ? last + job_get_number(registration->job, JOB_NOTIFY_INTERVAL) : 0;
}

/* Files come before the end of the job (B-660). */
uint32_t registration_next_event(struct registration *registration, ULONGLONG now, enum channel *channel,
                                 ULONGLONG *when)
{
    uint32_t wanted = events_of_flags(job_get_number(registration->job, JOB_NOTIFY_FLAGS)) & registration->pending;
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
        /* Ranges that came before the end are reported before the end. */
        due = wanted & NOTIFY_END ? now : spaced(registration, registration->ranges_at);
        if (now >= due) return JOB_EVENT_RANGES;
        *when = due;
    }
    if (wanted & NOTIFY_END && !(wanted & JOB_EVENT_FILE))
    {
        *channel = channel_of_end(registration);
        if (*channel == CHANNEL_NONE) wanted &= ~NOTIFY_END;
    }
    if (wanted & (JOB_EVENT_FILE | NOTIFY_END))
    {
        if (now >= registration->repeat_at) return wanted & JOB_EVENT_FILE ? JOB_EVENT_FILE : wanted & NOTIFY_END;
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

/* Whoever had to be notified of the end has been.  Locked. */
static void note_end_notified(struct registration *registration)
{
    registration->failures = 0;
    registration->repeat_at = 0;
    registration->pending &= ~NOTIFY_END;
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
     * client that registers another object of its own in the call, or none, has been notified. */
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
        note_end_notified(registration);
        return TRUE;
    }
    if (registration->has_command) registration->object_failed = TRUE; /* B-682, B-683 */
    else repeat_later(registration);                                   /* B-662 */
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
    registration->object_failed = FALSE; /* B-685: from the beginning */
    registration->class_failed = FALSE;
    registration->repeat_at = GetTickCount64() + retry_delay(registration);
}

BOOL registration_command_ended(struct registration *registration, DWORD code, unsigned int epoch,
                                unsigned int generation)
{
    /* Where another object was registered meanwhile, perhaps by the command, that one is called. */
    if (registration->epoch != epoch || registration->generation != generation) return FALSE;
    if (code)
    {
        registration->repeat_at = GetTickCount64() + retry_delay(registration); /* B-684 */
        return FALSE;
    }
    note_end_notified(registration);
    return TRUE;
}
