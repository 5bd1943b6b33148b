/*
 * Clients that hang, die, crash, refuse, return nonsense or let go of their objects cost nobody but
 * themselves anything.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each of them is another process: "notify.exe hostile KIND SERVICE [EVENT [JOB]]". It registers a callback
 * with the job, or with one of its own, and sets EVENT when it is registered and EVENT-in when it is inside
 * of the callback.
 */

#include "notify/fixture.h"
#include "notify/notify.h"

/* --- the other process --------------------------------------------------------------------------- */

struct hostile
{
    const char *kind;
    HANDLE registered, inside, done;
    unsigned int calls;
    IBackgroundCopyManager *manager;
};

/* References to everything that can be had, which nobody gives back. */
static void hold_all(struct hostile *hostile, IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyFile *file;
    unsigned int i;

    IBackgroundCopyJob_AddRef(job);
    for (i = 0; i < 10; i++) IBackgroundCopyManager_EnumJobs(hostile->manager, 0, &jobs);
    if (IBackgroundCopyJob_EnumFiles(job, &files) == S_OK) IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
}

/* No answers that anybody would expect. */
static HRESULT garbage(unsigned int number)
{
    static const HRESULT answers[] = {0xdeadbeef, 0x7fffffff, S_FALSE, -1, 0x80000000};

    return answers[number % ARRAYSIZE(answers)];
}

static HRESULT hostile_transferred(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                   IBackgroundCopyFile *file)
{
    struct hostile *hostile = callback->context;

    hostile->calls++;
    hold_all(hostile, job);
    SetEvent(hostile->inside);
    if (!strcmp(hostile->kind, "garbage")) return garbage(hostile->calls);
    if (!strcmp(hostile->kind, "loop")) client_pause(3000); /* its message loop */
    if (!strcmp(hostile->kind, "die")) TerminateProcess(GetCurrentProcess(), 0);
    if (!strcmp(hostile->kind, "hang") || !strcmp(hostile->kind, "killed")) Sleep(INFINITE);
    if (!strcmp(hostile->kind, "crash") && hostile->calls == 1) RaiseException(EXCEPTION_ACCESS_VIOLATION, 0, 0, NULL);
    IBackgroundCopyJob_Complete(job);
    SetEvent(hostile->done);
    return S_OK;
}

/* --- a client that takes no calls for a while ----------------------------------------------------- */

static LONG rejections = 2;

static HRESULT STDMETHODCALLTYPE filter_QueryInterface(IMessageFilter *iface, REFIID iid, void **out)
{
    *out = IsEqualIID(iid, &IID_IUnknown) || IsEqualIID(iid, &IID_IMessageFilter) ? iface : NULL;
    return *out ? S_OK : E_NOINTERFACE;
}

static ULONG STDMETHODCALLTYPE filter_AddRef(IMessageFilter *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE filter_Release(IMessageFilter *iface)
{
    return 1;
}

static DWORD STDMETHODCALLTYPE filter_HandleInComingCall(IMessageFilter *iface, DWORD type, HTASK caller, DWORD ticks,
                                                         INTERFACEINFO *info)
{
    return InterlockedDecrement(&rejections) >= 0 ? SERVERCALL_REJECTED : SERVERCALL_ISHANDLED;
}

static DWORD STDMETHODCALLTYPE filter_RetryRejectedCall(IMessageFilter *iface, HTASK task, DWORD ticks, DWORD type)
{
    return (DWORD)-1;
}

static DWORD STDMETHODCALLTYPE filter_MessagePending(IMessageFilter *iface, HTASK task, DWORD ticks, DWORD type)
{
    return PENDINGMSG_WAITDEFPROCESS;
}

/* clang-format off */
static const IMessageFilterVtbl filter_vtbl =
{
    filter_QueryInterface, filter_AddRef, filter_Release, filter_HandleInComingCall, filter_RetryRejectedCall,
    filter_MessagePending,
};
/* clang-format on */

static IMessageFilter filter = {(IMessageFilterVtbl *)&filter_vtbl};

static IBackgroundCopyJob *hostile_job(IBackgroundCopyManager *manager, const struct service *service,
                                       const char *id_text)
{
    struct fixture fixture = {.service = service, .manager = manager};
    static struct client_job own;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr;
    GUID id;

    if (id_text)
    {
        if (!ok(guid_from_text(id_text, &id), "%s is no id", id_text)) return NULL;
        hr = IBackgroundCopyManager_GetJob(manager, &id, &job);
        ok_hr(hr, S_OK);
        return job;
    }
    if (!(fixture.server = server_create())) return NULL;
    server_route(fixture.server, "/good", &(struct route){.size = FILE_SIZE});
    if (job_begin(&own, &fixture, L"/good", 0, NOTIFY_DEFAULT)) job = own.job;
    return job;
}

static void hostile_end(struct hostile *hostile, struct callback *callback)
{
    unsigned int i;

    if (!strcmp(hostile->kind, "unpumped") || !strcmp(hostile->kind, "garbage")) Sleep(INFINITE);
    if (!strcmp(hostile->kind, "disconnect"))
    {
        CoDisconnectObject(callback_unknown(callback), 0);
        SetEvent(hostile->inside);
        Sleep(INFINITE);
    }
    if (!strcmp(hostile->kind, "seldom"))
    {
        for (i = 0; i < 30 && WaitForSingleObject(hostile->done, 0); i++)
        {
            Sleep(700);
            client_pause(1);
        }
    }
    ok(client_wait(hostile->done, SOON_MS), "no JobTransferred in the other process");
    ok(strcmp(hostile->kind, "reject") || rejections < 0, "nothing was rejected");
}

static HANDLE named_event(const char *name, const char *suffix)
{
    char text[80];

    snprintf(text, sizeof(text), "%s%s", name, suffix);
    return CreateEventA(NULL, TRUE, FALSE, name[0] ? text : NULL);
}

BOOL hostile_child(int argc, char **argv)
{
    const struct service *service;
    struct hostile hostile = {0};
    IBackgroundCopyManager *manager;
    struct callback *callback;
    IBackgroundCopyJob *job;
    BOOL sta;

    if (argc < 4 || strcmp(argv[1], "hostile")) return FALSE;
    hostile.kind = argv[2];
    service = &services[!strcmp(argv[3], services[1].name)];
    hostile.registered = named_event(argc > 4 ? argv[4] : "", "");
    hostile.inside = named_event(argc > 4 ? argv[4] : "", "-in");
    hostile.done = CreateEventW(NULL, TRUE, FALSE, NULL);
    sta = !strcmp(hostile.kind, "unpumped") || !strcmp(hostile.kind, "seldom") || !strcmp(hostile.kind, "loop") ||
          !strcmp(hostile.kind, "reject");
    if (!client_start(sta ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED) ||
        !(manager = client_manager(service->class_id)) || !(callback = callback_create(1)) ||
        !(job = hostile_job(manager, service, argc > 5 ? argv[5] : NULL)))
        return TRUE;
    hostile.manager = manager;
    callback->context = &hostile;
    callback->hook[CALLBACK_TRANSFERRED] = hostile_transferred;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    if (!strcmp(hostile.kind, "reject")) ok_hr(CoRegisterMessageFilter(&filter, NULL), S_OK);
    if (argc <= 5)
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        if (strcmp(hostile.kind, "good")) client_wait(hostile.inside, SOON_MS);
    }
    SetEvent(hostile.registered);
    hostile_end(&hostile, callback);
    return TRUE;
}

/* --- checks -------------------------------------------------------------------------------------- */

/* A job of ours that is told at once, whatever the others do. */
static void check_own_job(struct fixture *fixture)
{
    struct client_job job;
    ULONGLONG start = GetTickCount64();

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        job_resume(&job);
        if (wait_transferred(&job)) ok_hr(job.hr[0], S_OK);
        ok(GetTickCount64() - start < 5000, "it took %u ms", (unsigned int)(GetTickCount64() - start));
    }
    job_end(&job);
}

/* Another client registers with the job in place of the one that is gone or hangs. */
static void take_over(struct client_job *job)
{
    ULONGLONG start = GetTickCount64();

    if (!(job->callback = callback_create(1))) return;
    job->callback->context = job;
    job->callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback)), S_OK);
    ok(GetTickCount64() - start < 2000, "SetNotifyInterface took %u ms", (unsigned int)(GetTickCount64() - start));
    if (wait_transferred(job)) ok_hr(job->hr[0], S_OK);
    ok(pattern_check_file(job->local, FILE_SIZE, 3), "the file is damaged");
}

struct kind
{
    const char *name;
    BOOL reaches_callback; /* and stays there */
    BOOL ends;             /* the process, by itself */
    BOOL recovers;         /* completes the job in the end */
};

static const struct kind kinds[] = {
    {"hang", TRUE, FALSE, FALSE},   {"unpumped", FALSE, FALSE, FALSE},   {"die", FALSE, TRUE, FALSE},
    {"killed", TRUE, FALSE, FALSE}, {"disconnect", FALSE, FALSE, FALSE}, {"crash", FALSE, TRUE, TRUE},
    {"seldom", FALSE, TRUE, TRUE},  {"garbage", TRUE, FALSE, FALSE},     {"loop", TRUE, TRUE, TRUE},
    {"reject", FALSE, TRUE, TRUE},
};

static void wait_gone(struct client_job *job)
{
    IUnknown *registered = (IUnknown *)1;
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (IBackgroundCopyJob_GetNotifyInterface(job->job, &registered) != S_OK || registered)
    {
        if (registered && registered != (IUnknown *)1) IUnknown_Release(registered);
        registered = (IUnknown *)1;
        if (!ok(GetTickCount64() < deadline, "the object is still registered")) return;
        client_pause(20);
    }
}

static void check_kind(struct fixture *fixture, const struct kind *kind)
{
    HANDLE child, registered, inside;
    struct client_job job;
    char name[64], id[40];

    if (!job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT)) return;
    registered = shared_event(name);
    inside = named_event(name, "-in");
    child = winetest_spawn("hostile %s %s %s %s", kind->name, fixture->service->name, name, guid_text(&job.id, id));
    ok(client_wait(registered, SOON_MS), "the other process has not registered");
    job_resume(&job);
    if (kind->reaches_callback) ok(client_wait(inside, SOON_MS), "the other process is not in its callback");
    else if (!kind->recovers) client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    if (!strcmp(kind->name, "killed")) TerminateProcess(child, 0);
    check_own_job(fixture);
    if (kind->recovers) client_wait_state(job.job, BG_JOB_STATE_ACKNOWLEDGED, SOON_MS);
    else
    {
        if (kind->ends || !strcmp(kind->name, "killed") || !strcmp(kind->name, "disconnect"))
            wait_gone(&job); /* B-670 */
        take_over(&job);
    }
    if (!kind->ends) TerminateProcess(child, 0);
    winetest_wait_child(child, 2 * SOON_MS);
    job_end(&job);
    CloseHandle(registered);
    CloseHandle(inside);
}

static unsigned int present;

static void check_present(struct fixture *fixture)
{
    winetest_push_context("%s", kinds[present].name);
    check_kind(fixture, &kinds[present]);
    winetest_pop_context();
}

/* B-670, D-275 */
void test_hostile(void)
{
    for (present = 0; present < ARRAYSIZE(kinds); present++) everywhere(check_present, BOTH | MTA);
}
