/*
 * What the tests of notifications share: services, jobs with a callback, other processes as clients.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every check gets a struct fixture: a service, its manager in the apartment of the present thread, and an
 * HTTP server.
 */

#ifndef WINE_BITS_TESTS_NOTIFY_FIXTURE_H
#define WINE_BITS_TESTS_NOTIFY_FIXTURE_H

#include <stdio.h>
#include "support/server.h"
#include "support/client.h"
#include "domsg.h"
#include "wine/test.h"

#define FILE_SIZE 50000
#define NOTIFY_DEFAULT (BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR)

struct service
{
    const char *name;
    const WCHAR *service_name;
    const CLSID *class_id;
    BOOL is_do;
};

static const struct service services[] = {
    {"BITS", L"BITS", &CLSID_BackgroundCopyManager, FALSE},
    {"DO", L"DoSvc", &CLSID_DeliveryOptimization, TRUE},
};

#define BITS_ONLY 1
#define DO_ONLY 2
#define BOTH 3
#define MTA 4
#define STA 8
#define EVERYWHERE (BOTH | MTA | STA)

struct fixture
{
    const struct service *service;
    void (*check)(struct fixture *fixture);
    struct server *server;
    IBackgroundCopyManager *manager;
};

static void fixture_run_check(void *arg)
{
    struct fixture *fixture = arg;

    if (!(fixture->server = server_create())) return;
    server_route(fixture->server, "/good", &(struct route){.size = FILE_SIZE, .seed = 3});
    if ((fixture->manager = client_manager(fixture->service->class_id)))
    {
        fixture->check(fixture);
        if (fixture->manager) /* a check that ends the service has another one, or none */
            IBackgroundCopyManager_Release(fixture->manager);
    }
    server_destroy(fixture->server);
}

struct fixture_run
{
    struct fixture fixture;
    DWORD apartment;
    struct winetest_thread *caller;
};

static DWORD WINAPI fixture_thread(void *arg)
{
    struct fixture_run *run = arg;

    winetest_push_context("%s: %s", run->caller->context[0], run->fixture.service->name);
    client_run(run->apartment, fixture_run_check, &run->fixture);
    return 0;
}

/* Run a check for the services and from the apartments chosen, all at the same time. */
static WINETEST_UNUSED void everywhere(void (*check)(struct fixture *fixture), unsigned int which)
{
    static const DWORD apartments[] = {COINIT_MULTITHREADED, COINIT_APARTMENTTHREADED};
    struct fixture_run runs[4];
    HANDLE threads[4];
    unsigned int i, j, count = 0;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        for (j = 0; j < ARRAYSIZE(apartments); j++)
        {
            if (!(which & 1u << i) || !(which & MTA << j)) continue;
            runs[count] = (struct fixture_run){{&services[i], check}, apartments[j], winetest_thread()};
            threads[count] = CreateThread(NULL, 0, fixture_thread, &runs[count], 0, NULL);
            count++;
        }
    }
    WaitForMultipleObjects(count, threads, TRUE, INFINITE);
    while (count) CloseHandle(threads[--count]);
}

/* --- jobs ---------------------------------------------------------------------------------------- */

/* A job with one file and a callback. */
struct client_job
{
    struct fixture *fixture;
    IBackgroundCopyJob *job;
    GUID id;
    struct callback *callback; /* NULL where version is 0 */
    WCHAR url[128];
    WCHAR local[MAX_PATH];
    HRESULT hr[4];       /* what methods called inside a callback returned */
    HANDLE go;           /* manual event for hooks that wait */
    unsigned int refuse; /* so many more calls answer refusal */
    HRESULT refusal;
    unsigned int calls;
    ULONGLONG times[16]; /* of the calls */
    void *context;
};

static WINETEST_UNUSED HRESULT add_file(struct fixture *fixture, IBackgroundCopyJob *job, const WCHAR *url,
                                        const WCHAR *local)
{
    IDeliveryOptimizationJob *do_job;
    HRESULT hr;

    if (!fixture->service->is_do) return IBackgroundCopyJob_AddFile(job, url, local);
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&do_job);
    if (FAILED(hr)) return hr;
    hr = IDeliveryOptimizationJob_AddFileWithRanges(do_job, local, url, local, 0, NULL, DO_UNKNOWN_FILE_SIZE);
    IDeliveryOptimizationJob_Release(do_job);
    return hr;
}

/* A foreground job with one file of the server, not resumed; with a registered callback of that version
 * unless it is 0. */
static WINETEST_UNUSED BOOL job_begin(struct client_job *job, struct fixture *fixture, const WCHAR *path, int version,
                                      ULONG flags)
{
    HRESULT hr;

    memset(job, 0, sizeof(*job));
    job->fixture = fixture;
    job->refusal = E_FAIL;
    job->go = CreateEventW(NULL, TRUE, FALSE, NULL);
    server_url(fixture->server, path, job->url, ARRAYSIZE(job->url));
    if (!(job->job = client_job(fixture->manager, BG_JOB_TYPE_DOWNLOAD))) return FALSE;
    hr = IBackgroundCopyJob_GetId(job->job, &job->id);
    ok_hr(hr, S_OK);
    hr = add_file(fixture, job->job, job->url, client_path(job->local));
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND);
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetNotifyFlags(job->job, flags);
    ok_hr(hr, S_OK);
    if (!version) return TRUE;
    if (!(job->callback = callback_create(version))) return FALSE;
    job->callback->context = job;
    hr = IBackgroundCopyJob_SetNotifyInterface(job->job, callback_unknown(job->callback));
    ok_hr(hr, S_OK);
    return TRUE;
}

static WINETEST_UNUSED BOOL job_add(struct client_job *job, const WCHAR *path)
{
    WCHAR url[128], local[MAX_PATH];
    HRESULT hr;

    server_url(job->fixture->server, path, url, ARRAYSIZE(url));
    hr = add_file(job->fixture, job->job, url, client_path(local));
    return ok_hr(hr, S_OK);
}

static WINETEST_UNUSED void job_resume(struct client_job *job)
{
    HRESULT hr = IBackgroundCopyJob_Resume(job->job);

    ok_hr(hr, S_OK);
}

/* End the job if it has not ended; nothing may hold the callback afterwards. */
static WINETEST_UNUSED void job_end(struct client_job *job)
{
    if (job->go) SetEvent(job->go);
    client_drop_job(job->job);
    callback_destroy(job->callback);
    CloseHandle(job->go);
}

static WINETEST_UNUSED struct client_job *job_of(struct callback *callback)
{
    return callback->context;
}

static WINETEST_UNUSED BOOL wait_calls(struct client_job *job, enum callback_kind kind, unsigned int count)
{
    return ok(callback_wait(job->callback, kind, count, SOON_MS),
              "%u calls of kind %d instead of %u; the job is %s, its error %#lx", callback_count(job->callback, kind),
              kind, count, client_state_name(client_state(job->job)), client_job_error(job->job, NULL));
}

static WINETEST_UNUSED BOOL wait_transferred(struct client_job *job)
{
    return wait_calls(job, CALLBACK_TRANSFERRED, 1);
}

static WINETEST_UNUSED BOOL wait_error(struct client_job *job)
{
    return wait_calls(job, CALLBACK_ERROR, 1);
}

/* --- hooks --------------------------------------------------------------------------------------- */

static WINETEST_UNUSED HRESULT complete_inside(struct callback *callback, IBackgroundCopyJob *job,
                                               IBackgroundCopyError *error, IBackgroundCopyFile *file)
{
    job_of(callback)->hr[0] = IBackgroundCopyJob_Complete(job);
    return S_OK;
}

static WINETEST_UNUSED HRESULT cancel_inside(struct callback *callback, IBackgroundCopyJob *job,
                                             IBackgroundCopyError *error, IBackgroundCopyFile *file)
{
    job_of(callback)->hr[0] = IBackgroundCopyJob_Cancel(job);
    return S_OK;
}

static WINETEST_UNUSED void note_time(struct client_job *test)
{
    if (test->calls < ARRAYSIZE(test->times)) test->times[test->calls] = GetTickCount64();
    test->calls++;
}

static WINETEST_UNUSED HRESULT refuse_some(struct callback *callback, IBackgroundCopyJob *job,
                                           IBackgroundCopyError *error, IBackgroundCopyFile *file)
{
    struct client_job *test = job_of(callback);

    note_time(test);
    if (!test->refuse) return S_OK;
    test->refuse--;
    return test->refusal;
}

static WINETEST_UNUSED HRESULT wait_inside(struct callback *callback, IBackgroundCopyJob *job,
                                           IBackgroundCopyError *error, IBackgroundCopyFile *file)
{
    client_wait(job_of(callback)->go, 3 * SOON_MS);
    return S_OK;
}

/* --- other processes ----------------------------------------------------------------------------- */

/* Text of a GUID for a command line. */
static WINETEST_UNUSED const char *guid_text(const GUID *id, char *buffer)
{
    WCHAR text[40];
    int i;

    StringFromGUID2(id, text, ARRAYSIZE(text));
    for (i = 0; text[i]; i++) buffer[i] = (char)text[i];
    buffer[i] = 0;
    return buffer;
}

static WINETEST_UNUSED BOOL guid_from_text(const char *text, GUID *id)
{
    WCHAR wide[40];
    int i;

    for (i = 0; text[i] && i < 39; i++) wide[i] = text[i];
    wide[i] = 0;
    return CLSIDFromString(wide, id) == NOERROR;
}

/* An event that processes share by name, unlike that of any other call. */
static WINETEST_UNUSED HANDLE shared_event(char *name)
{
    static LONG number;

    sprintf(name, "wine-bits-test-%lu-%ld", (unsigned long)GetCurrentProcessId(), (long)InterlockedIncrement(&number));
    return CreateEventA(NULL, TRUE, FALSE, name);
}

/* --- services ------------------------------------------------------------------------------------ */

/* Whether this user may stop a service: without an administrator's rights not on Windows. */
static WINETEST_UNUSED BOOL may_stop_service(const WCHAR *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, name, SERVICE_QUERY_STATUS | SERVICE_STOP) : NULL;

    if (!service) skip("this user may not stop the service: error %lu", GetLastError());
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return service != NULL;
}

/* Stop a service; the time that took in ms. */
static WINETEST_UNUSED DWORD stop_service(const WCHAR *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    ULONGLONG start = GetTickCount64();
    SERVICE_STATUS status = {0};
    BOOL known = FALSE;

    if (manager && (service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS | SERVICE_STOP)) &&
        ControlService(service, SERVICE_CONTROL_STOP, &status))
    {
        /* The service control manager of Wine 10 may fail to answer while a service ends. */
        while ((!(known = QueryServiceStatus(service, &status)) || status.dwCurrentState != SERVICE_STOPPED) &&
               GetTickCount64() - start < SOON_MS)
            client_pause(20);
    }
    ok(known && status.dwCurrentState == SERVICE_STOPPED, "the service is in state %lu, error %lu",
       status.dwCurrentState, known ? 0 : GetLastError());
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return (DWORD)(GetTickCount64() - start);
}

#endif
