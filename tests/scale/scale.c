/*
 * What a long queue costs: time per new job, time to list them, time of the service's start, memory per job.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Without WB_SCALE this makes a few jobs only, to see that it works. WB_SCALE="100 1000 10000": those
 * numbers of jobs, one after the other. It prints a table and compares the ends: what a job costs may not
 * grow with their number.
 */

#include <winsock2.h>
#include <windows.h>
#include <psapi.h>

#include "support/client.h"
#include "wine/test.h"

#define STEPS 8
#define FACTOR 3 /* by which the cost of a job may differ between two lengths of the queue */
#define START_MS 60000

struct figures
{
    unsigned int jobs;
    double create;    /* ms for each job with a file */
    double list;      /* ms for each job, to get it and its state */
    double enumerate; /* ms for EnumJobs alone */
    double cancel;    /* ms for each */
    double start;     /* ms until a service that has them answers */
    double memory;    /* KiB for each */
};

static IBackgroundCopyManager *manager;

static double now(void)
{
    LARGE_INTEGER counter, frequency;

    QueryPerformanceCounter(&counter);
    QueryPerformanceFrequency(&frequency);
    return counter.QuadPart * 1000.0 / frequency.QuadPart;
}

/* KiB that the service holds. */
static double service_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};
    HANDLE process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, client_service_process(L"BITS"));

    if (!ok(process != NULL, "the service cannot be opened: error %lu", GetLastError())) return 0;
    ok(GetProcessMemoryInfo(process, &counters, sizeof(counters)), "no memory counters: error %lu", GetLastError());
    CloseHandle(process);
    return counters.WorkingSetSize / 1024.0;
}

/* Stop the service; the next use starts it. */
static void stop_service(void)
{
    SC_HANDLE services = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
    ULONGLONG deadline = GetTickCount64() + START_MS;
    SERVICE_STATUS status;

    service = services ? OpenServiceW(services, L"BITS", SERVICE_STOP | SERVICE_QUERY_STATUS) : NULL;
    if (ok(service && ControlService(service, SERVICE_CONTROL_STOP, &status),
           "the service cannot be stopped: error %lu", GetLastError()))
    {
        while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
               GetTickCount64() < deadline)
            Sleep(10);
        ok_int(status.dwCurrentState, SERVICE_STOPPED);
    }
    if (service) CloseServiceHandle(service);
    if (services) CloseServiceHandle(services);
}

static void create_jobs(unsigned int count)
{
    IBackgroundCopyJob *job;
    WCHAR path[MAX_PATH];
    unsigned int i;
    HRESULT hr = S_OK;

    for (i = 0; i < count && hr == S_OK; i++)
    {
        if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
        hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/file", client_path(path));
        IBackgroundCopyJob_Release(job);
    }
    ok(hr == S_OK, "job %u: AddFile returned %#lx", i, hr);
}

/* Go through all jobs; with cancel, end them. Returns how many. */
static unsigned int walk(BOOL cancel, double *enumerate)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    unsigned int count = 0;
    BG_JOB_STATE state;
    double start = now();

    if (!ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK)) return 0;
    *enumerate = now() - start;
    while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        HRESULT hr = cancel ? IBackgroundCopyJob_Cancel(job) : IBackgroundCopyJob_GetState(job, &state);

        ok(hr == S_OK, "job %u: %#lx", count, hr);
        IBackgroundCopyJob_Release(job);
        count++;
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    return count;
}

static void restart(struct figures *figures)
{
    double start, ignored;

    IBackgroundCopyManager_Release(manager);
    stop_service();
    start = now();
    if (!(manager = client_manager(&CLSID_BackgroundCopyManager))) return;
    figures->start = now() - start;
    ok_int(walk(FALSE, &ignored), figures->jobs);
}

static void measure(struct figures *figures)
{
    double start, memory, ignored;
    unsigned int count = figures->jobs;

    memory = service_memory();
    start = now();
    create_jobs(count);
    figures->create = (now() - start) / count;
    figures->memory = (service_memory() - memory) / count;
    start = now();
    ok_int(walk(FALSE, &figures->enumerate), count);
    figures->list = (now() - start) / count;
    restart(figures);
    if (!manager) return;
    start = now();
    ok_int(walk(TRUE, &ignored), count);
    figures->cancel = (now() - start) / count;
    trace("%8u %10.2f %10.2f %10.1f %10.2f %10.0f %10.2f", count, figures->create, figures->list, figures->enumerate,
          figures->cancel, figures->start, figures->memory);
}

static void compare(const struct figures *few, const struct figures *many)
{
    ok(many->create < few->create * FACTOR, "a new job takes %.2f ms instead of %.2f", many->create, few->create);
    ok(many->list < few->list * FACTOR, "to list a job takes %.2f ms instead of %.2f", many->list, few->list);
    ok(many->cancel < few->cancel * FACTOR, "to cancel a job takes %.2f ms instead of %.2f", many->cancel, few->cancel);
}

START_TEST(scale)
{
    const char *wanted = getenv("WB_SCALE");
    char *end, text[128];
    struct figures figures[STEPS] = {0};
    unsigned int count = 0, i;

    snprintf(text, sizeof(text), "%s", wanted && *wanted ? wanted : "10");
    for (end = text; count < STEPS && (figures[count].jobs = strtoul(end, &end, 10)); count++)
        ;
    if (!client_start(COINIT_MULTITHREADED) || !(manager = client_manager(&CLSID_BackgroundCopyManager))) return;
    trace("%8s %10s %10s %10s %10s %10s %10s", "jobs", "create ms", "list ms", "EnumJobs ms", "cancel ms", "start ms",
          "memory KiB");
    for (i = 0; i < count && manager; i++) measure(&figures[i]);
    if (count > 1 && manager) compare(&figures[0], &figures[count - 1]);
    if (manager) IBackgroundCopyManager_Release(manager);
    client_remove_directory();
    client_stop();
}
