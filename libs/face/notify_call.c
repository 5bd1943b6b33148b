/*
 * One call to a client, or one run of a job's command line.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "face/command.h"
#include "face/notify_private.h"

DEBUG_CHANNEL(bitsnotify);

/* B-664 allows four calls at a time for each user.  All programs of a Wine session are one user, so counting users
 * would let one client that blocks its calls starve all others: it is counted by the client's process instead.  The
 * total only keeps the number of threads in bounds. */
#define CALLS_PER_CLIENT 4
#define CALLS_MAX 256

struct client
{
    struct list entry; /* of notifier->clients */
    DWORD process;
    unsigned int calls;
};

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

/* --- limits ------------------------------------------------------------------------------------ */

static struct client *find_client(struct notifier *notifier, DWORD process)
{
    struct client *client;

    LIST_FOR_EACH(client, &notifier->clients, struct client, entry)
        if (client->process == process) return client;
    return NULL;
}

/* Locked.  FALSE: enough calls are out; *failed: no memory. */
static BOOL begin_call(struct notifier *notifier, DWORD process, BOOL *failed)
{
    struct client *client = find_client(notifier, process);

    if (notifier->calls >= CALLS_MAX || (client && client->calls >= CALLS_PER_CLIENT)) return FALSE;
    if (!client)
    {
        if (!(client = calloc(1, sizeof(*client))))
        {
            *failed = TRUE;
            return FALSE;
        }
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
    WakeAllConditionVariable(&notifier->quiet);
    if (--client->calls) return;
    list_remove(&client->entry);
    free(client);
}

/* --- calls ------------------------------------------------------------------------------------------- */

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

    if (job_get_error(call->job, &failure, &file)) return S_OK; /* the job has just left the state */
    hr = face_error_create(face, &failure, file, &error);
    if (SUCCEEDED(hr)) hr = IBackgroundCopyCallback_JobError(call->listener->callback, job, error);
    if (error) IBackgroundCopyError_Release(error);
    file_release(file);
    return hr;
}

/* S_FALSE: there is no file to tell of, or nobody who could be told (B-658). */
static HRESULT tell_file(struct call *call, struct face *face, IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *object = NULL;
    struct file *file;
    HRESULT hr;

    if (!call->listener->callback2 || !(file = job_next_transferred_file(call->job))) return S_FALSE;
    hr = face_file_create(face, file, &IID_IBackgroundCopyFile, (void **)&object);
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

/* What has come of one file (B-676). */
static HRESULT tell_ranges_of(struct call *call, struct face *face, IBackgroundCopyJob *job, struct file *file)
{
    IBackgroundCopyFile *object = NULL;
    struct file_range *arrived;
    BG_FILE_RANGE *ranges;
    unsigned int count;
    HRESULT hr;

    if (FAILED(hr = face_result(face, file_take_arrived(file, &arrived, &count))) || !count) return hr;
    hr = face_give_ranges(arrived, count, &ranges);
    free(arrived);
    if (FAILED(hr)) return hr;
    hr = face_file_create(face, file, &IID_IBackgroundCopyFile, (void **)&object);
    if (SUCCEEDED(hr))
        hr = IBackgroundCopyCallback3_FileRangesTransferred(call->listener->callback3, job, object, count, ranges);
    if (object) IBackgroundCopyFile_Release(object);
    CoTaskMemFree(ranges);
    return hr;
}

static HRESULT tell_ranges(struct call *call, struct face *face, IBackgroundCopyJob *job)
{
    struct file *file;
    HRESULT hr = S_OK;
    unsigned int i;

    if (!call->listener->callback3) return S_FALSE;
    for (i = 0; !is_disconnected(hr) && (file = job_get_file(call->job, i)); i++)
    {
        hr = tell_ranges_of(call, face, job, file);
        file_release(file);
    }
    return hr;
}

/* Whether the event is still true: who has resumed or ended the job is not told of what was before. */
static BOOL is_current(const struct call *call)
{
    enum job_state state = job_get_state(call->job);

    if (call->event == JOB_EVENT_TRANSFERRED) return state == JOB_TRANSFERRED;
    if (call->event == JOB_EVENT_ERROR) return state == JOB_ERROR;
    return state != JOB_ACKNOWLEDGED && state != JOB_CANCELLED;
}

static HRESULT tell(struct call *call)
{
    IBackgroundCopyCallback *callback = call->listener->callback;
    struct face *face = call->registration->notifier->face;
    IBackgroundCopyJob *job;
    HRESULT hr;

    if (FAILED(hr = face_job_create(face, call->job, &IID_IBackgroundCopyJob, (void **)&job))) return hr;
    switch (call->event)
    {
    case JOB_EVENT_TRANSFERRED: hr = IBackgroundCopyCallback_JobTransferred(callback, job); break;
    case JOB_EVENT_ERROR: hr = tell_error(call, face, job); break;
    case JOB_EVENT_MODIFIED: hr = IBackgroundCopyCallback_JobModification(callback, job, 0); break;
    case JOB_EVENT_FILE: hr = tell_file(call, face, job); break;
    case JOB_EVENT_RANGES: hr = tell_ranges(call, face, job); break;
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
        hr = listener_create(notifier, object, PROCESS_CLASS_SERVERS, TRUE, &call->listener);
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
    *hr = tell(call);
    TRACE("event %#x to process %04lx answered with %#lx\n", call->event, call->listener->process, *hr);
    if (!is_disconnected(*hr)) return TRUE;
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
    BOOL told = FALSE;

    EnterCriticalSection(&notifier->lock);
    come_back(call);
    if (reached)
        told = registration_answered(registration, call->event, hr, call->epoch, call->generation, call->process);
    else if (call->process == PROCESS_CLASS_SERVERS) registration_class_failed(registration, call->epoch);
    registration_arm(registration);
    told &= !notifier->stopping;
    LeaveCriticalSection(&notifier->lock);
    if (told) job_set_told(call->job);
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
    BOOL told = FALSE, forgotten;
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
        told = registration_command_ended(registration, code, command->epoch, command->generation);
        registration_arm(registration);
    }
    LeaveCriticalSection(&notifier->lock);
    if (forgotten) return;
    if (told) job_set_told(command->job);
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
    command->wait = CreateThreadpoolWait(command_ended, command, &call->registration->notifier->environment);
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

/* --- a call's thread ----------------------------------------------------------------------------------------- */

/* There was nothing to tell any more; the news of that is on its way, unless it has come already. */
static void finish_outdated(struct call *call)
{
    struct registration *registration = call->registration;

    EnterCriticalSection(&registration->notifier->lock);
    come_back(call);
    if (registration->epoch != call->epoch) registration_arm(registration);
    LeaveCriticalSection(&registration->notifier->lock);
}

static void CALLBACK call_thread(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct call *call = context;
    struct notifier *notifier = call->registration->notifier;
    HRESULT hr = S_FALSE;
    BOOL reached;

    CallbackMayRunLong(instance);
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (!is_current(call)) finish_outdated(call);
    else if (call->channel == CHANNEL_COMMAND) run_command(call);
    else
    {
        reached = call_object(call, &hr);
        finish_object(call, reached, hr);
    }
    listener_release(call->listener);

    EnterCriticalSection(&notifier->lock);
    if (!notifier->stopping) queue_interrupt_events(notifier->queue);
    end_call(notifier, call->process); /* the notifier may be gone after this */
    LeaveCriticalSection(&notifier->lock);
    job_release(call->job);
    free(call);
    CoUninitialize();
}

static DWORD process_of_call(const struct registration *registration, enum channel channel)
{
    if (channel == CHANNEL_COMMAND) return PROCESS_COMMANDS;
    return registration->listener ? registration->listener->process : PROCESS_CLASS_SERVERS;
}

BOOL call_start(struct registration *registration, uint32_t event, enum channel channel, BOOL *failed)
{
    struct notifier *notifier = registration->notifier;
    DWORD process = process_of_call(registration, channel);
    struct call *call;

    *failed = FALSE;
    if (!begin_call(notifier, process, failed)) return FALSE;
    if (!(call = calloc(1, sizeof(*call)))) goto failed;
    call->registration = registration;
    call->job = registration->job;
    call->channel = channel;
    call->class_id = registration->class_id;
    call->event = event;
    call->generation = registration->generation;
    call->epoch = registration->epoch;
    call->process = process;
    job_addref(call->job);
    if (channel == CHANNEL_OBJECT) call->listener = listener_addref(registration->listener);
    if (TrySubmitThreadpoolCallback(call_thread, call, &notifier->environment))
    {
        registration->out = call;
        registration->out_process = process;
        return TRUE;
    }

    /* The registration's references are left: these are not the last. */
    WARN("no thread for a notification, error %lu\n", GetLastError());
    if (call->listener) InterlockedDecrement(&call->listener->refs);
    job_release(call->job);
    free(call);
failed:
    end_call(notifier, process);
    *failed = TRUE;
    return FALSE;
}
