/*
 * The program that holds the session: there when a call that starts work returns, brings back a service that dies at
 * work, and never left behind.  All of it is about Wine.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "lifetime.h"
#include <tlhelp32.h>

#define SIZE 300000
#define STALL_AT 100000
#define DEATHS 4
#define TORN_STARTS 16
#define TORN_STEP_MS 6 /* the deaths are spread over the time that a program needs to start */

static unsigned int count_holders(void)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    unsigned int count = 0;
    BOOL more;

    for (more = Process32FirstW(snapshot, &entry); more; more = Process32NextW(snapshot, &entry))
        count += !lstrcmpiW(entry.szExeFile, L"bitshold.exe");
    CloseHandle(snapshot);
    return count;
}

/* The process that has published itself as the service; 0: none, or the one given. */
static DWORD published_process(DWORD other_than)
{
    DWORD process, size = sizeof(process);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits\\Running\\BITS", L"ProcessId",
                     RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &process, &size))
        return 0;
    return process == other_than ? 0 : process;
}

static DWORD wait_published(DWORD other_than)
{
    ULONGLONG start = GetTickCount64();
    DWORD process;

    while (!(process = published_process(other_than)) && GetTickCount64() - start < SOON_MS) client_pause(20);
    ok(!!process, "the service does not come back");
    if (other_than) trace("the service is back after %u ms", (unsigned int)(GetTickCount64() - start));
    return process;
}

static void kill_process(DWORD id)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id);

    if (!process) return;
    TerminateProcess(process, 1);
    ok(WaitForSingleObject(process, SOON_MS) == WAIT_OBJECT_0, "process %lu does not end", id);
    CloseHandle(process);
}

static struct server *stalling_server(WCHAR *url, unsigned int size)
{
    struct route route = {.size = SIZE, .seed = 9, .flags = ROUTE_STALL, .stall_at = STALL_AT};
    struct server *server = server_create();

    if (server)
    {
        server_route(server, "/file", &route);
        server_url(server, L"/file", url, size);
    }
    return server;
}

static void cancel_jobs(void)
{
    IBackgroundCopyManager *manager = client_manager(services[0].class_id);
    IEnumBackgroundCopyJobs *jobs = NULL;
    IBackgroundCopyJob *job;

    if (!manager) return;
    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs), S_OK);
    while (jobs && IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
    {
        IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    if (jobs) IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(manager);
}

static void check_let_go(void)
{
    ULONGLONG start = GetTickCount64();

    while (count_holders() && GetTickCount64() - start < SOON_MS) client_pause(100);
    ok_int(count_holders(), 0);
}

/* --- at work ------------------------------------------------------------------------------------- */

static void check_deaths(struct server *server, const WCHAR *url)
{
    IBackgroundCopyManager *manager = client_manager(services[0].class_id);
    IBackgroundCopyJob *job = NULL;
    WCHAR local[MAX_PATH];
    DWORD process;
    unsigned int i;
    GUID id;

    if (!manager || !(job = service_job(&services[0], manager, url, client_path(local), &id))) return;
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    ok(count_holders() > 0, "nothing holds the session when Resume has returned");
    ok(server_wait_stalled(server, "/file", 1, SOON_MS), "the transfer does not get there");
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);

    /* Nobody asks for the service: the guardian brings it back each time. */
    process = wait_published(0);
    for (i = 0; i < DEATHS && process; i++)
    {
        kill_process(process);
        process = wait_published(process);
        ok(count_holders() > 0, "nothing holds the session");
    }
}

/* --- in the middle of its start --------------------------------------------------------------------- */

static DWORD WINAPI resume_job(void *arg)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    IBackgroundCopyJob_Resume((IBackgroundCopyJob *)arg); /* fails when the service is killed first */
    CoUninitialize();
    return 0;
}

static void check_torn_start(const WCHAR *url, DWORD delay)
{
    IBackgroundCopyManager *manager = client_manager(services[0].class_id);
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];
    DWORD process;
    HANDLE thread;
    GUID id;

    if (!manager || !(job = service_job(&services[0], manager, url, client_path(local), &id))) return;
    process = wait_published(0);
    thread = CreateThread(NULL, 0, resume_job, job, 0, NULL);
    Sleep(delay);
    kill_process(process);
    ok(WaitForSingleObject(thread, SOON_MS) == WAIT_OBJECT_0, "Resume does not return");
    CloseHandle(thread);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
    cancel_jobs();
}

void test_guardian(void)
{
    struct server *server;
    unsigned int i;
    WCHAR url[128];

    if (!winetest_is_wine())
    {
        skip("Windows does not end services with the last program");
        return;
    }
    if (!(server = stalling_server(url, ARRAYSIZE(url)))) return;
    cancel_jobs();
    winetest_push_context("at work");
    check_deaths(server, url);
    cancel_jobs();
    check_let_go();
    winetest_pop_context();
    for (i = 0; i < TORN_STARTS; i++)
    {
        winetest_push_context("killed after %u ms", i * TORN_STEP_MS);
        check_torn_start(url, i * TORN_STEP_MS);
        winetest_pop_context();
    }
    winetest_push_context("at the end");
    check_let_go();
    winetest_pop_context();
    server_destroy(server);
}
