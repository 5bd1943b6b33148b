/*
 * One call to a client, or one run of a job's command line.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "com/command.h"
#include "com/notify_call.h"

DEBUG_CHANNEL(bitsnotify);

/* At a time (B-664). */
#define CALLS_PER_CLIENT 4

/* In the place of a client's process: what class servers, and starts of command lines, count as.  No process has
 * such an id. */
#define PROCESS_CLASS_SERVERS 1
#define PROCESS_COMMANDS 2

struct call
{
    struct registration *registration;
    struct job *job; /* referenced */
    enum channel channel;
    struct listener *listener; /* referenced; NULL: make one of class_id */
    CLSID class_id;
    uint32_t event;
    unsigned int generation;
    unsigned int epoch;
    DWORD process;
};

struct command
{
    struct list entry; /* of notifier->commands; in none: somebody is about to free it */
    struct registration *registration;
    struct job *job; /* referenced */
    unsigned int generation;
    unsigned int epoch;
    HANDLE process;
    TP_WAIT *wait;
};

/* --- calls ------------------------------------------------------------------------------------------- */

static HRESULT report_error(struct call *call, struct com_service *service, IBackgroundCopyJob *job)
{
    IBackgroundCopyError *error = NULL;
    struct transfer_failure failure;
    struct file *file = NULL;
    HRESULT hr;

    if (job_get_error(call->job, &failure, &file)) return S_OK; /* the job has just left the state */
    hr = com_error_create(service, &failure, file, &error);
    if (SUCCEEDED(hr)) hr = IBackgroundCopyCallback_JobError(call->listener->callback, job, error);
    if (error) IBackgroundCopyError_Release(error);
    file_release(file);
    return hr;
}

/* S_FALSE: there is no such file, or the client does not want to know (B-658). */
static HRESULT report_file(struct call *call, struct com_service *service, IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *object = NULL;
    struct file *file;
    HRESULT hr;

    if (!call->listener->callback2 || !(file = job_next_transferred_file(call->job))) return S_FALSE;
    hr = com_file_create(service, file, &IID_IBackgroundCopyFile, (void **)&object);
    if (SUCCEEDED(hr)) hr = IBackgroundCopyCallback2_FileTransferred(call->listener->callback2, job, object);
    if (object) IBackgroundCopyFile_Release(object);
    if (SUCCEEDED(hr))
    {
        job_acknowledge_file(call->job, file);
        hr = S_OK;
    }
    file_release(file);
    return hr;
}

/* The ranges of one file that have arrived (B-676). */
static HRESULT report_ranges_of(struct call *call, struct com_service *service, IBackgroundCopyJob *job,
                                struct file *file)
{
    IBackgroundCopyFile *object = NULL;
    struct file_range *arrived;
    BG_FILE_RANGE *ranges;
    unsigned int count;
    HRESULT hr;

    if (FAILED(hr = com_result(service, file_take_arrived(file, &arrived, &count))) || !count) return hr;
    hr = com_give_ranges(arrived, count, &ranges);
    free(arrived);
    if (FAILED(hr)) return hr;
    hr = com_file_create(service, file, &IID_IBackgroundCopyFile, (void **)&object);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyCallback3_FileRangesTransferred(call->listener->callback3, job, object, count, ranges);
    if (object) IBackgroundCopyFile_Release(object);
    CoTaskMemFree(ranges);
    return hr;
}

static HRESULT report_ranges(struct call *call, struct com_service *service, IBackgroundCopyJob *job)
{
    struct file *file;
    HRESULT hr = S_OK;
    unsigned int i;

    if (!call->listener->callback3) return S_FALSE;
    for (i = 0; !call_client_is_gone(hr) && (file = job_get_file(call->job, i)); i++)
    {
        hr = report_ranges_of(call, service, job, file);
        file_release(file);
    }
    return hr;
}

/* Whether the event is still true: a client that has resumed or ended the job is not called for what was before. */
static BOOL is_current(const struct call *call)
{
    enum job_state state = job_get_state(call->job);

    if (call->event == JOB_EVENT_TRANSFERRED) return state == JOB_TRANSFERRED;
    if (call->event == JOB_EVENT_ERROR) return state == JOB_ERROR;
    return state != JOB_ACKNOWLEDGED && state != JOB_CANCELLED;
}

static HRESULT report(struct call *call)
{
    IBackgroundCopyCallback *callback = call->listener->callback;
    struct com_service *service = call->registration->notifier->service;
    IBackgroundCopyJob *job;
    HRESULT hr;

    if (FAILED(hr = com_job_create(service, call->job, &IID_IBackgroundCopyJob, (void **)&job))) return hr;
    switch (call->event)
    {
    case JOB_EVENT_TRANSFERRED: hr = IBackgroundCopyCallback_JobTransferred(callback, job); break;
    case JOB_EVENT_ERROR: hr = report_error(call, service, job); break;
    case JOB_EVENT_MODIFIED: hr = IBackgroundCopyCallback_JobModification(callback, job, 0); break;
    case JOB_EVENT_FILE: hr = report_file(call, service, job); break;
    case JOB_EVENT_RANGES: hr = report_ranges(call, service, job); break;
    }
    IBackgroundCopyJob_Release(job);
    return hr;
}

/* An object of the notification class, which serves the calls that follow as well (B-674). */
static HRESULT make_listener(struct call *call)
{
    struct registration *registration = call->registration;
    struct notifier *notifier = registration->notifier;
    IUnknown *object;
    HRESULT hr;

    hr = CoCreateInstance(&call->class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&object);
    if (SUCCEEDED(hr))
    {
        hr = listener_create(notifier->service, object, PROCESS_CLASS_SERVERS, TRUE, &call->listener);
        IUnknown_Release(object);
    }
    if (FAILED(hr))
    {
        WARN("no object of class %s, hr %#lx\n", debug_guid(&call->class_id), hr);
        return hr;
    }
    EnterCriticalSection(&notifier->lock);
    if (registration->generation == call->generation && !registration->ended && !registration->listener)
        registration->listener = listener_addref(call->listener);
    LeaveCriticalSection(&notifier->lock);
    return S_OK;
}

/* Forget an object that is gone. */
static void drop_listener(struct call *call)
{
    struct registration *registration = call->registration;
    struct notifier *notifier = registration->notifier;
    struct listener *dropped = NULL;

    EnterCriticalSection(&notifier->lock);
    if (registration->listener == call->listener)
    {
        dropped = registration->listener;
        registration->listener = NULL;
    }
    LeaveCriticalSection(&notifier->lock);
    listener_release(dropped);
}

/* TRUE: the client was reached, with its answer in *hr. */
static BOOL call_object(struct call *call, HRESULT *hr)
{
    if (!call->listener && FAILED(make_listener(call))) return FALSE;
    *hr = report(call);
    TRACE("event %#x to process %04lx answered with %#lx\n", call->event, call->listener->process, *hr);
    if (!call_client_is_gone(*hr)) return TRUE;
    WARN("the client %04lx is gone\n", call->listener->process);
    drop_listener(call);
    return FALSE;
}

/* Locked. */
static void come_back(struct call *call)
{
    if (call->registration->out == call) call->registration->out = NULL;
}

/* Back from the client: what follows, and the end of the call. */
static void finish_object(struct call *call, BOOL reached, HRESULT hr)
{
    struct registration *registration = call->registration;
    struct notifier *notifier = registration->notifier;
    BOOL notified = FALSE;

    EnterCriticalSection(&notifier->lock);
    come_back(call);
    if (reached)
        notified = registration_answered(registration, call->event, hr, call->epoch, call->generation, call->process);
    else if (call->process == PROCESS_CLASS_SERVERS) registration_class_failed(registration, call->epoch);
    registration_arm(registration);
    notified &= !notifier->stopping;
    LeaveCriticalSection(&notifier->lock);
    if (notified) job_set_notified(call->job);
}

/* --- the command line ---------------------------------------------------------------------------------- */

static void free_command(struct command *command)
{
    CloseThreadpoolWait(command->wait);
    CloseHandle(command->process);
    job_release(command->job);
    free(command);
}

static void CALLBACK command_ended(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait, TP_WAIT_RESULT result)
{
    struct command *command = context;
    struct registration *registration = command->registration;
    struct notifier *notifier = registration->notifier;
    BOOL notified = FALSE, forgotten;
    DWORD code = ~0u;
    GUID id;

    GetExitCodeProcess(command->process, &code);
    job_get_id(command->job, &id);
    log_event("%s command line ended with %lu", debug_guid(&id), code);
    EnterCriticalSection(&notifier->lock);
    if (!(forgotten = list_empty(&command->entry)))
    {
        list_remove(&command->entry);
        if (registration->command == command) registration->command = NULL;
        notified = registration_command_ended(registration, code, command->epoch, command->generation);
        registration_arm(registration);
    }
    LeaveCriticalSection(&notifier->lock);
    if (forgotten) return;
    if (notified) job_set_notified(command->job);
    queue_interrupt_events(notifier->queue);
    free_command(command);
}

void commands_forget(struct notifier *notifier)
{
    struct command *command;

    for (;;)
    {
        EnterCriticalSection(&notifier->lock);
        command = NULL;
        if (!list_empty(&notifier->commands))
        {
            command = LIST_ENTRY_OF(notifier->commands.next, struct command, entry);
            list_remove(&command->entry);
        }
        LeaveCriticalSection(&notifier->lock);
        if (!command) break;
        SetThreadpoolWait(command->wait, NULL, NULL);
        WaitForThreadpoolWaitCallbacks(command->wait, TRUE);
        free_command(command);
    }
}

static struct command *alloc_command(const struct call *call)
{
    struct command *command;

    if (!(command = calloc(1, sizeof(*command)))) return NULL;
    command->registration = call->registration;
    command->epoch = call->epoch;
    command->generation = call->generation;
    command->wait = CreateThreadpoolWait(command_ended, command, NULL);
    if (command->wait)
    {
        job_addref(command->job = call->job);
        return command;
    }
    free(command);
    return NULL;
}

/* Run it, and leave a watch on its end. */
static void run_command(struct call *call)
{
    struct registration *registration = call->registration;
    struct notifier *notifier = registration->notifier;
    struct command *command = alloc_command(call);
    BOOL started = command && !command_start(call->job, &command->process), watch;

    EnterCriticalSection(&notifier->lock);
    come_back(call);
    if ((watch = started && !notifier->stopping))
    {
        list_add_tail(&notifier->commands, &command->entry);
        if (registration->epoch == call->epoch) registration->command = command;
        SetThreadpoolWait(command->wait, command->process, NULL);
    }
    else if (!started) registration_command_not_started(registration, call->epoch);
    registration_arm(registration);
    LeaveCriticalSection(&notifier->lock);
    if (command && !watch) free_command(command);
}

/* --- the call ----------------------------------------------------------------------------------------- */

/* There was nothing to report any more; the event that says so is on its way, unless it has come already. */
static void finish_outdated(struct call *call)
{
    struct registration *registration = call->registration;

    EnterCriticalSection(&registration->notifier->lock);
    come_back(call);
    if (registration->epoch != call->epoch) registration_arm(registration);
    LeaveCriticalSection(&registration->notifier->lock);
}

static void run_call(void *context)
{
    struct call *call = context;
    HRESULT hr = S_FALSE;
    BOOL reached;

    if (!is_current(call)) finish_outdated(call);
    else if (call->channel == CHANNEL_COMMAND) run_command(call);
    else
    {
        reached = call_object(call, &hr);
        finish_object(call, reached, hr);
    }
    listener_release(call->listener);
    job_release(call->job);
    free(call);
}

static DWORD process_of_call(const struct registration *registration, enum channel channel)
{
    if (channel == CHANNEL_COMMAND) return PROCESS_COMMANDS;
    return registration->listener ? registration->listener->process : PROCESS_CLASS_SERVERS;
}

enum call_start notify_client(struct registration *registration, uint32_t event, enum channel channel)
{
    enum call_start started;
    struct call *call;

    if (!(call = calloc(1, sizeof(*call)))) return CALL_SHORTAGE;
    call->registration = registration;
    call->job = registration->job;
    call->channel = channel;
    call->class_id = registration->class_id;
    call->event = event;
    call->generation = registration->generation;
    call->epoch = registration->epoch;
    call->process = process_of_call(registration, channel);
    job_addref(call->job);
    if (channel == CHANNEL_OBJECT) call->listener = listener_addref(registration->listener);
    started = call_pool_start(registration->notifier->service->calls, call->process, CALLS_PER_CLIENT, run_call, call);
    if (started == CALL_STARTED)
    {
        registration->out = call;
        registration->out_process = call->process;
        return started;
    }
    listener_release(call->listener);
    job_release(call->job);
    free(call);
    return started;
}
