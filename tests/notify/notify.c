/*
 * What the service tells its clients, in which order, how often, and until when.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules: docs/rules. What tests/joberror has is not here again.
 */

#include "notify/fixture.h"
#include "notify/notify.h"

/* --- checks: JobModification --------------------------------------------------------------------- */

static HRESULT note_modification(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                 IBackgroundCopyFile *file)
{
    note_time(job_of(callback));
    return E_FAIL; /* not repeated (B-652) */
}

static DWORD shortest_interval(const struct client_job *job)
{
    DWORD shortest = MAXDWORD, interval;
    unsigned int i;

    for (i = 1; i < job->calls && i < ARRAYSIZE(job->times); i++)
    {
        interval = (DWORD)(job->times[i] - job->times[i - 1]);
        shortest = min(shortest, interval);
    }
    return shortest;
}

/* Change the job all the time. */
static void modify(struct client_job *job, DWORD ms)
{
    ULONGLONG end = GetTickCount64() + ms;
    unsigned int i = 0;
    WCHAR text[16];
    HRESULT hr;

    while (GetTickCount64() < end)
    {
        _snwprintf(text, ARRAYSIZE(text), L"%u", i++);
        hr = IBackgroundCopyJob_SetDescription(job->job, text);
        ok_hr(hr, S_OK);
        client_pause(20);
    }
}

/* B-652, B-665, D-279: many changes are few calls, with 500 ms between them. */
static void check_spacing(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, BG_NOTIFY_JOB_MODIFICATION))
    {
        job.callback->hook[CALLBACK_MODIFICATION] = note_modification;
        modify(&job, 2200);
        client_pause(700);
        ok(job.calls >= 3 && job.calls <= 6, "%u calls", job.calls);
        ok(shortest_interval(&job) >= 400, "%lu ms between two calls", shortest_interval(&job));
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 0);
    }
    job_end(&job);
}

/* B-236: the interval is a property. */
static void check_spacing_property(struct fixture *fixture)
{
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 1500};
    IBackgroundCopyJob5 *job5 = NULL;
    struct client_job job;
    HRESULT hr;

    if (job_begin(&job, fixture, L"/good", 1, BG_NOTIFY_JOB_MODIFICATION))
    {
        hr = IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob5, (void **)&job5);
        ok_hr(hr, S_OK);
        hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS, value);
        ok_hr(hr, S_OK);
        IBackgroundCopyJob5_Release(job5);
        job.callback->hook[CALLBACK_MODIFICATION] = note_modification;
        modify(&job, 3500);
        ok(job.calls >= 2 && job.calls <= 4, "%u calls", job.calls);
        ok(shortest_interval(&job) >= 1300, "%lu ms between two calls", shortest_interval(&job));
    }
    job_end(&job);
}

/* A client that is slow in JobModification holds no transfer up. (Its hook waits, so this is not for a
 * single-threaded apartment.) */
static void check_slow_modification(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION))
    {
        job.callback->hook[CALLBACK_MODIFICATION] = wait_inside;
        job.callback->hook[CALLBACK_TRANSFERRED] = complete_inside;
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 0);
        SetEvent(job.go);
        if (wait_transferred(&job)) ok_hr(job.hr[0], S_OK);
        ok_int(job.callback->most_running, 1);
    }
    job_end(&job);
}

/* B-015: JobModification tells of every state but the two that have calls of their own; what came before the
 * end is not told after it. */
static void check_modification_order(struct fixture *fixture)
{
    struct client_job job;
    unsigned int calls;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION))
    {
        job_resume(&job);
        wait_transferred(&job);
        client_pause(1000);
        ok(job.callback->order_count && job.callback->order[job.callback->order_count - 1] == CALLBACK_TRANSFERRED,
           "JobModification came after JobTransferred");
        ok(callback_count(job.callback, CALLBACK_MODIFICATION) >= 1, "no JobModification");
        calls = callback_count(job.callback, CALLBACK_MODIFICATION);
        ok_hr(IBackgroundCopyJob_SetDescription(job.job, L"changed"), S_OK);
        ok(callback_wait(job.callback, CALLBACK_MODIFICATION, calls + 1, SOON_MS),
           "no JobModification for a change after the end");
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 1);
    }
    job_end(&job);
}

/* --- checks: FileTransferred --------------------------------------------------------------------- */

/* B-653, B-660, D-277: one after the other, each until it is accepted, and all before JobTransferred. */
static void check_files(struct fixture *fixture)
{
    struct client_job job;
    unsigned int i;

    if (job_begin(&job, fixture, L"/good", 2, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED) && job_add(&job, L"/good") &&
        job_add(&job, L"/good"))
    {
        job.refuse = 2;
        job.callback->hook[CALLBACK_FILE] = refuse_some;
        job_resume(&job);
        if (wait_transferred(&job))
        {
            ok_int(callback_count(job.callback, CALLBACK_FILE), 5);
            ok_int(job.callback->order_count, 6);
            for (i = 0; i < 5; i++) ok_int(job.callback->order[i], CALLBACK_FILE);
            ok_int(job.callback->most_running, 1);
        }
    }
    job_end(&job);
}

/* Likewise before JobError. */
static void check_files_before_error(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 2, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED) && job_add(&job, L"/none"))
    {
        job.callback->hook[CALLBACK_FILE] = wait_inside;
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
        client_pause(300);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 0);
        SetEvent(job.go);
        wait_error(&job);
        ok_int(callback_count(job.callback, CALLBACK_FILE), 1);
    }
    job_end(&job);
}

/* B-658: an object that cannot be told of files is told of the job. */
static void check_files_without_callback2(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED))
    {
        job_resume(&job);
        wait_transferred(&job);
        ok_int(callback_count(job.callback, CALLBACK_FILE), 0);
    }
    job_end(&job);
}

/* B-661: files that were there before the client came. */
static void check_files_late(struct fixture *fixture)
{
    struct callback *late = callback_create(2);
    struct client_job job;

    if (late && job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED) &&
        job_add(&job, L"/good"))
    {
        late->context = &job;
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(late)), S_OK);
        ok(callback_wait(late, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
        ok_int(callback_count(late, CALLBACK_FILE), 2);
    }
    job_end(&job);
    callback_destroy(late);
}

/* --- checks: repetition -------------------------------------------------------------------------- */

/* B-650, B-662, D-271: everything but S_OK is told again, after growing times. */
static void check_repeated(struct fixture *fixture)
{
    static const HRESULT refusals[] = {E_FAIL, S_FALSE, (HRESULT)0xdeadbeef, 0x12345678};
    struct client_job job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(refusals); i++)
    {
        winetest_push_context("%#lx", refusals[i]);
        if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
        {
            job.refuse = i ? 1 : 2;
            job.refusal = refusals[i];
            job.callback->hook[CALLBACK_TRANSFERRED] = refuse_some;
            job_resume(&job);
            wait_calls(&job, CALLBACK_TRANSFERRED, i ? 2 : 3);
            ok_int(client_state(job.job), BG_JOB_STATE_TRANSFERRED); /* B-669 */
            ok(job.times[1] - job.times[0] >= 800, "repeated after %u ms", (unsigned int)(job.times[1] - job.times[0]));
            if (!i) ok(job.times[2] - job.times[1] > job.times[1] - job.times[0], "the second interval is shorter");
            client_pause(300);
            ok_int(job.calls, i ? 2 : 3);
        }
        job_end(&job);
        winetest_pop_context();
    }
}

static HRESULT refuse_always(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                             IBackgroundCopyFile *file)
{
    note_time(job_of(callback));
    return E_FAIL;
}

/* B-663: what ends repetition. Who registers instead is told. */
static void check_repetition_ends(struct fixture *fixture)
{
    struct callback *second = callback_create(1);
    struct client_job job;
    unsigned int i, calls;
    HRESULT hr = E_FAIL;

    for (i = 0; second && i < 6; i++)
    {
        winetest_push_context("end %u", i);
        if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
        {
            job.callback->hook[CALLBACK_TRANSFERRED] = refuse_always;
            job_resume(&job);
            wait_transferred(&job);
            if (i == 0) hr = IBackgroundCopyJob_SetNotifyFlags(job.job, BG_NOTIFY_JOB_ERROR);
            else if (i == 1)
                hr = IBackgroundCopyJob_SetNotifyFlags(job.job, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_DISABLE);
            else if (i == 2) hr = IBackgroundCopyJob_SetNotifyInterface(job.job, NULL);
            else if (i == 3) hr = IBackgroundCopyJob_Complete(job.job);
            else if (i == 4) hr = IBackgroundCopyJob_Cancel(job.job);
            else hr = IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(second));
            ok_hr(hr, S_OK);
            if (i >= 2) ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
            calls = job.calls;
            client_pause(1500);
            ok(job.calls - calls <= (i < 2 ? 1 : 0), "%u calls more", job.calls - calls);
            if (i < 2)
            {
                /* Asked for again, it is told again. */
                calls = callback_count(job.callback, CALLBACK_TRANSFERRED);
                hr = IBackgroundCopyJob_SetNotifyFlags(job.job, NOTIFY_DEFAULT);
                ok_hr(hr, S_OK);
                wait_calls(&job, CALLBACK_TRANSFERRED, calls + 1);
            }
            if (i == 5) ok(callback_wait(second, CALLBACK_TRANSFERRED, 1, SOON_MS), "the other object was not told");
        }
        job_end(&job);
        winetest_pop_context();
    }
    callback_destroy(second);
}

/* --- checks: reentrancy -------------------------------------------------------------------------- */

static HRESULT do_much(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                       IBackgroundCopyFile *file)
{
    struct client_job *test = job_of(callback);
    IEnumBackgroundCopyFiles *files = NULL;
    BG_JOB_PROGRESS progress;
    WCHAR *name = NULL;

    client_pause(200); /* its message loop, in a single-threaded apartment */
    test->hr[1] = IBackgroundCopyJob_GetDisplayName(job, &name);
    CoTaskMemFree(name);
    test->hr[2] = IBackgroundCopyJob_EnumFiles(test->job, &files);
    if (files) IEnumBackgroundCopyFiles_Release(files);
    test->hr[3] = IBackgroundCopyJob_GetProgress(test->job, &progress);
    return complete_inside(callback, job, error, file);
}

/* B-666, D-273, D-278 */
static void check_inside(struct fixture *fixture)
{
    struct client_job job;
    unsigned int i;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        for (i = 0; i < 4; i++) job.hr[i] = E_PENDING;
        job.callback->hook[CALLBACK_TRANSFERRED] = do_much;
        job_resume(&job);
        if (wait_transferred(&job))
        {
            for (i = 0; i < 4; i++) ok_hr(job.hr[i], S_OK);
            ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
            ok(pattern_check_file(job.local, FILE_SIZE, 3), "the file is damaged");
        }
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
    }
    job_end(&job);
}

/* Another job, from its beginning to its end. */
static void do_all_with_another(struct client_job *test, struct callback *callback)
{
    IBackgroundCopyJob *job = client_job(test->fixture->manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR local[MAX_PATH];

    if (!job) return;
    ok_hr(IBackgroundCopyJob_AddFile(job, test->url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, BG_NOTIFY_DISABLE), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

static HRESULT all_in_modification(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                   IBackgroundCopyFile *file)
{
    struct client_job *test = job_of(callback);

    if (test->calls++ || client_state(job) > BG_JOB_STATE_TRANSFERRING) return S_OK;
    do_all_with_another(test, callback);
    IBackgroundCopyJob_Suspend(job); /* it may have ended in between */
    IBackgroundCopyJob_Resume(job);
    return S_OK;
}

static HRESULT all_in_file(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                           IBackgroundCopyFile *file)
{
    do_all_with_another(job_of(callback), callback);
    ok_hr(IBackgroundCopyJob_SetDescription(job, L"a file"), S_OK);
    return S_OK;
}

static HRESULT all_in_error(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                            IBackgroundCopyFile *none)
{
    struct client_job *test = job_of(callback);
    IBackgroundCopyError *same = NULL;
    IBackgroundCopyFile *file = NULL;
    IBackgroundCopyFile2 *file2;

    do_all_with_another(test, callback);
    ok_hr(IBackgroundCopyJob_GetError(job, &same), S_OK);
    IBackgroundCopyError_Release(same);
    ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK);
    ok_hr(IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile2, (void **)&file2), S_OK);
    ok_hr(IBackgroundCopyFile2_SetRemoteName(file2, test->url), S_OK);
    IBackgroundCopyFile2_Release(file2);
    IBackgroundCopyFile_Release(file);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    return S_OK;
}

static HRESULT all_in_transferred(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                  IBackgroundCopyFile *file)
{
    do_all_with_another(job_of(callback), callback);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, NOTIFY_DEFAULT), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    return complete_inside(callback, job, error, file);
}

/* B-666: with its own and with other jobs, in every kind of call. */
static void check_all_inside(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 2,
                  NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED) &&
        job_add(&job, L"/none"))
    {
        job.hr[0] = E_PENDING;
        job.callback->hook[CALLBACK_MODIFICATION] = all_in_modification;
        job.callback->hook[CALLBACK_FILE] = all_in_file;
        job.callback->hook[CALLBACK_ERROR] = all_in_error;
        job.callback->hook[CALLBACK_TRANSFERRED] = all_in_transferred;
        job_resume(&job);
        wait_transferred(&job);
        ok_hr(job.hr[0], S_OK);
        ok_int(callback_count(job.callback, CALLBACK_FILE), 2);
        ok_int(callback_count(job.callback, CALLBACK_ERROR), 1);
        ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
        ok_int(job.callback->most_running, 1);
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
    }
    job_end(&job);
}

static HRESULT register_again(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                              IBackgroundCopyFile *file)
{
    struct client_job *test = job_of(callback);

    test->hr[0] = IBackgroundCopyJob_SetNotifyInterface(job, test->context);
    return S_OK;
}

/* A client that registers anew, or nothing, in the call has been told all the same. */
static void check_register_inside(struct fixture *fixture)
{
    struct callback *second = callback_create(1);
    struct client_job job;

    if (second && job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        second->context = &job;
        job.context = callback_unknown(second);
        job.callback->hook[CALLBACK_TRANSFERRED] = register_again;
        job_resume(&job);
        wait_transferred(&job);
        ok_hr(job.hr[0], S_OK);
        ok(callback_wait_released(job.callback, SOON_MS), "the callback was not released");
        client_pause(300);
        ok_int(callback_count(second, CALLBACK_TRANSFERRED), 0);
        ok_int(callback_count(job.callback, CALLBACK_TRANSFERRED), 1);
    }
    job_end(&job);
    callback_destroy(second);
}

/* --- checks: four at a time ---------------------------------------------------------------------- */

static LONG inside, most_inside;
static HANDLE let_go;

static HRESULT count_inside(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                            IBackgroundCopyFile *file)
{
    LONG now = InterlockedIncrement(&inside), most;

    while ((most = most_inside) < now) InterlockedCompareExchange(&most_inside, now, most);
    WaitForSingleObject(let_go, 2 * SOON_MS);
    InterlockedDecrement(&inside);
    return S_OK;
}

/* B-268, B-664: four calls are out at the same time, the others wait for them; other programs do not. */
static void check_four(struct fixture *fixture)
{
    struct client_job jobs[7];
    unsigned int i;

    inside = most_inside = 0;
    let_go = CreateEventW(NULL, TRUE, FALSE, NULL);
    for (i = 0; i < ARRAYSIZE(jobs); i++)
    {
        if (!job_begin(&jobs[i], fixture, L"/good", 1, NOTIFY_DEFAULT)) return;
        jobs[i].callback->hook[CALLBACK_TRANSFERRED] = count_inside;
        job_resume(&jobs[i]);
    }
    for (i = 0; i < ARRAYSIZE(jobs); i++) client_wait_state(jobs[i].job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    client_pause(500);
    ok_int(inside, 4);
    winetest_wait_child(winetest_spawn("hostile good %s", fixture->service->name), 2 * SOON_MS);
    SetEvent(let_go);
    for (i = 0; i < ARRAYSIZE(jobs); i++)
    {
        wait_transferred(&jobs[i]);
        job_end(&jobs[i]);
    }
    ok_int(most_inside, 4);
    CloseHandle(let_go);
}

/* --- checks: registration ------------------------------------------------------------------------ */

/* An object that refuses. */
struct refusing
{
    IUnknown IUnknown_iface;
    HRESULT hr;
};

static HRESULT STDMETHODCALLTYPE refusing_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    struct refusing *refusing = CONTAINING_RECORD(iface, struct refusing, IUnknown_iface);

    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown) && !IsEqualIID(iid, &IID_IMarshal)) return refusing->hr;
    if (IsEqualIID(iid, &IID_IMarshal)) return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE refusing_AddRef(IUnknown *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE refusing_Release(IUnknown *iface)
{
    return 1;
}

static const IUnknownVtbl refusing_vtbl = {refusing_QueryInterface, refusing_AddRef, refusing_Release};

/* B-153, B-671, D-275 */
static void check_refusing(struct fixture *fixture)
{
    static const HRESULT refusals[] = {E_ACCESSDENIED, E_NOINTERFACE};
    IBackgroundCopyJob *job = client_job(fixture->manager, BG_JOB_TYPE_DOWNLOAD);
    struct refusing object = {{(IUnknownVtbl *)&refusing_vtbl}, S_OK};
    IUnknown *registered = NULL;
    unsigned int i;
    HRESULT hr;

    for (i = 0; job && i < ARRAYSIZE(refusals); i++)
    {
        object.hr = refusals[i];
        hr = IBackgroundCopyJob_SetNotifyInterface(job, &object.IUnknown_iface);
        /* Wine's COM tells of every refusal as E_NOINTERFACE. */
        ok(hr == refusals[i] || (winetest_is_wine() && hr == E_NOINTERFACE), "got %#lx for %#lx", hr, refusals[i]);
        hr = IBackgroundCopyJob_GetNotifyInterface(job, &registered);
        ok_hr(hr, S_OK);
        ok(!registered, "got %p", registered);
    }
    client_drop_job(job);
}

/* B-655: nothing at all is told as long as notification is off; what was not told comes afterwards
 * (B-661). */
static void check_disabled(struct fixture *fixture)
{
    struct client_job job;
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        if (job_begin(&job, fixture, L"/good", 2,
                      BG_NOTIFY_DISABLE | NOTIFY_DEFAULT | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED) &&
            (!i || job_add(&job, L"/none")))
        {
            job_resume(&job);
            client_wait_state(job.job, i ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED, SOON_MS);
            client_pause(300);
            ok_int(job.callback->order_count, 0);
            ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, NOTIFY_DEFAULT | BG_NOTIFY_FILE_TRANSFERRED), S_OK);
            wait_calls(&job, i ? CALLBACK_ERROR : CALLBACK_TRANSFERRED, 1);
            ok_int(callback_count(job.callback, CALLBACK_FILE), 1);
            ok_int(callback_count(job.callback, CALLBACK_MODIFICATION), 0);
        }
        job_end(&job);
    }
}

/* B-670: references go when the registration is replaced or cleared, and when the job ends. */
static void check_references(struct fixture *fixture)
{
    struct callback *second = callback_create(1);
    struct client_job job;
    unsigned int i;

    for (i = 0; second && i < 2; i++)
    {
        if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
        {
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(second)), S_OK);
            ok(callback_wait_released(job.callback, SOON_MS), "the replaced callback was not released");
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK);
            ok(callback_wait_released(second, SOON_MS), "the cleared callback was not released");
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(second)), S_OK);
            if (i) ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
            else IBackgroundCopyJob_Complete(job.job);
            ok(callback_wait_released(second, SOON_MS), "the callback of a job that ended was not released");
            ok(FAILED(IBackgroundCopyJob_SetNotifyInterface(job.job, callback_unknown(second))),
               "an object was registered with a job that has ended");
            ok(callback_wait_released(second, SOON_MS), "the refused callback was not released");
        }
        job_end(&job);
    }
    callback_destroy(second);
}

/* --- checks: the end of the service -------------------------------------------------------------- */

static WINETEST_UNUSED IBackgroundCopyJob *find_again(struct fixture *fixture, const GUID *id)
{
    IBackgroundCopyManager *manager = client_manager(fixture->service->class_id);
    IBackgroundCopyJob *job = NULL;

    if (!manager) return NULL;
    ok_hr(IBackgroundCopyManager_GetJob(manager, id, &job), S_OK);
    IBackgroundCopyManager_Release(manager);
    return job;
}

/* A service that stops gives the objects back, whoever hangs; what was not told is told by the next one, and
 * by nobody when there is nobody to be told. */
static void check_stop(struct fixture *fixture)
{
    struct client_job idle, ended, hanging;
    IBackgroundCopyJob *job;
    struct callback *late;
    HANDLE child, ready;
    char name[64];
    DWORD took;

    if (!may_stop_service(fixture->service->service_name)) return;
    memset(&hanging, 0, sizeof(hanging));
    ready = shared_event(name);
    child = winetest_spawn("hostile hang %s %s", fixture->service->name, name);
    ok(client_wait(ready, 2 * SOON_MS), "the other process is not in its callback");
    if (job_begin(&idle, fixture, L"/good", 1, NOTIFY_DEFAULT) && job_begin(&ended, fixture, L"/good", 1, 0))
    {
        job_resume(&ended);
        client_wait_state(ended.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        took = stop_service(fixture->service->service_name);
        ok(took < 2500, "the service took %lu ms to stop", took);
        ok(callback_wait_released(idle.callback, SOON_MS), "the callback was not released");
        ok(callback_wait_released(ended.callback, SOON_MS), "the callback was not released");

        if ((job = find_again(fixture, &ended.id)) && (late = callback_create(1)))
        {
            late->context = &ended;
            late->hook[CALLBACK_TRANSFERRED] = complete_inside;
            ok_int(client_state(job), BG_JOB_STATE_TRANSFERRED);
            ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(late)), S_OK);
            ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, NOTIFY_DEFAULT), S_OK);
            ok(callback_wait(late, CALLBACK_TRANSFERRED, 1, SOON_MS), "no JobTransferred");
            IBackgroundCopyJob_Release(job);
            callback_destroy(late);
        }
        if ((job = find_again(fixture, &idle.id))) client_drop_job(job);
    }
    TerminateProcess(child, 0);
    winetest_wait_child(child, SOON_MS);
    job_end(&idle);
    job_end(&ended);
    CloseHandle(ready);
}

/* --- the parts ----------------------------------------------------------------------------------- */

static void modification(void)
{
    everywhere(check_spacing, EVERYWHERE);
}
static void interval_property(void)
{
    everywhere(check_spacing_property, BITS_ONLY | MTA);
}
static void slow_modification(void)
{
    everywhere(check_slow_modification, BOTH | MTA);
}
static void modification_order(void)
{
    everywhere(check_modification_order, EVERYWHERE);
}
static void files(void)
{
    everywhere(check_files, EVERYWHERE);
}
static void files_before_error(void)
{
    everywhere(check_files_before_error, BOTH | MTA);
}
static void files_without_callback2(void)
{
    everywhere(check_files_without_callback2, EVERYWHERE);
}
static void files_late(void)
{
    everywhere(check_files_late, EVERYWHERE);
}
static void repeated(void)
{
    everywhere(check_repeated, BOTH | MTA);
}
static void repetition_ends(void)
{
    everywhere(check_repetition_ends, BOTH | STA);
}
static void inside_calls(void)
{
    everywhere(check_inside, EVERYWHERE);
}
static void all_inside(void)
{
    everywhere(check_all_inside, BITS_ONLY | MTA | STA);
}
static void register_inside(void)
{
    everywhere(check_register_inside, EVERYWHERE);
}
static void four_at_a_time(void)
{
    everywhere(check_four, BITS_ONLY | MTA);
    everywhere(check_four, DO_ONLY | MTA);
}
static void refusing(void)
{
    everywhere(check_refusing, EVERYWHERE);
}
static void disabled(void)
{
    everywhere(check_disabled, EVERYWHERE);
}
static void references(void)
{
    everywhere(check_references, EVERYWHERE);
}
static void stop(void)
{
    everywhere(check_stop, BOTH | MTA);
}

START_TEST(notify)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (hostile_child(argc, argv) || class_child(argc, argv) || security_child(argc, argv)) return;
    winetest_run(modification);
    winetest_run(interval_property);
    winetest_run(slow_modification);
    winetest_run(modification_order);
    winetest_run(files);
    winetest_run(files_before_error);
    winetest_run(files_without_callback2);
    winetest_run(files_late);
    winetest_run(repeated);
    winetest_run(repetition_ends);
    winetest_run(inside_calls);
    winetest_run(all_inside);
    winetest_run(register_inside);
    winetest_run(four_at_a_time);
    winetest_run(refusing);
    winetest_run(disabled);
    winetest_run(references);
    winetest_run(test_hostile);
    winetest_run(test_class);
    winetest_run(test_security);
    winetest_run(stop);
    client_remove_directory();
}
