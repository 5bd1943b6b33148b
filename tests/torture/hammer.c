/*
 * Sixteen clients of both architectures at once, some of which are killed in a call: the service stays as it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every client works on every job, its own or not. No call may fail because of the connection, none may hang, and what
 * the service needed for all this it gives back: handles and threads are counted before and after.
 */

#include <winsock2.h>
#include <windows.h>
#include <tlhelp32.h>

#include "torture/torture.h"
#include "wine/test.h"

#define CLIENTS 16
#define WARM_CLIENTS 4
#define WARM_MS 1500
#define END_MS 60000     /* for the clients to end, on a busy machine */
#define SETTLE_MS 30000  /* idle workers stay for 10 s */
#define SPARE_HANDLES 10 /* what may differ without being a leak: caches, a thread pool */
#define SPARE_THREADS 4
#define KEPT 8 /* jobs that a client holds */
#define MAXIMUM_JOBS 60

/* --- the client ------------------------------------------------------------------------------ */

static struct torture_arguments arguments;
static uint32_t state;
static IBackgroundCopyManager *manager;
static IBackgroundCopyJob4 *kept[KEPT];
static unsigned int made;

static void forget(unsigned int index)
{
    if (kept[index]) IBackgroundCopyJob4_Release(kept[index]);
    kept[index] = NULL;
}

static void keep(IBackgroundCopyJob *job)
{
    unsigned int index = torture_random(&state, KEPT);
    HRESULT hr;

    forget(index);
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob4, (void **)&kept[index]);
    ok(hr == S_OK, "QueryInterface returned %#lx", hr);
}

static HRESULT create_job(void)
{
    IBackgroundCopyJob *job;
    WCHAR name[64];
    HRESULT hr;
    GUID id;

    _snwprintf(name, ARRAYSIZE(name), HAMMER_JOB_NAME L"%u.%u", arguments.number, made++);
    hr = IBackgroundCopyManager_CreateJob(manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job);
    if (FAILED(hr)) return hr;
    keep(job);
    IBackgroundCopyJob_Release(job);
    return S_OK;
}

/* Hold others' jobs; make some, or cancel some, so that there are neither too few nor too many. */
static HRESULT look_around(void)
{
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    ULONG count = 0, skipped;
    unsigned int i;
    HRESULT hr = IBackgroundCopyManager_EnumJobs(manager, 0, &jobs);

    if (FAILED(hr)) return hr;
    hr = IEnumBackgroundCopyJobs_GetCount(jobs, &count);
    for (i = 0; i < KEPT / 2 && SUCCEEDED(hr) && count; i++)
    {
        IEnumBackgroundCopyJobs_Reset(jobs);
        skipped = torture_random(&state, count);
        if ((hr = IEnumBackgroundCopyJobs_Skip(jobs, skipped)) != S_OK ||
            (hr = IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL)) != S_OK)
            break;
        keep(job);
        if (count > MAXIMUM_JOBS) IBackgroundCopyJob_Cancel(job);
        IBackgroundCopyJob_Release(job);
    }
    IEnumBackgroundCopyJobs_Release(jobs);
    if (count < MAXIMUM_JOBS && SUCCEEDED(hr)) hr = create_job();
    return hr;
}

static HRESULT add_file(IBackgroundCopyJob4 *job)
{
    WCHAR local[MAX_PATH], remote[128];
    static DWORD number;

    _snwprintf(remote, ARRAYSIZE(remote), L"http://127.0.0.1:%u%hs", arguments.port,
               torture_kinds[torture_random(&state, TORTURE_KINDS)].path);
    _snwprintf(local, ARRAYSIZE(local), L"%sh%u-%lu-%lu", arguments.directory, arguments.number, GetCurrentProcessId(),
               number++);
    return IBackgroundCopyJob4_AddFile(job, remote, local);
}

static HRESULT enum_files(IBackgroundCopyJob4 *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    BG_FILE_PROGRESS progress;
    WCHAR *name;
    HRESULT hr = IBackgroundCopyJob4_EnumFiles(job, &files);

    while (SUCCEEDED(hr) && (hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL)) == S_OK)
    {
        if (SUCCEEDED(hr = IBackgroundCopyFile_GetRemoteName(file, &name))) CoTaskMemFree(name);
        if (SUCCEEDED(hr)) hr = IBackgroundCopyFile_GetProgress(file, &progress);
        IBackgroundCopyFile_Release(file);
    }
    if (files) IEnumBackgroundCopyFiles_Release(files);
    return hr;
}

static HRESULT get_error(IBackgroundCopyJob4 *job)
{
    IBackgroundCopyError *error;
    HRESULT hr = IBackgroundCopyJob4_GetError(job, &error);

    if (SUCCEEDED(hr)) IBackgroundCopyError_Release(error);
    return hr;
}

static HRESULT set_credentials(IBackgroundCopyJob4 *job)
{
    WCHAR user[] = L"user", password[] = L"password";
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};

    credentials.Credentials.Basic.UserName = user;
    credentials.Credentials.Basic.Password = password;
    return IBackgroundCopyJob4_SetCredentials(job, &credentials);
}

static HRESULT get_texts(IBackgroundCopyJob4 *job)
{
    WCHAR *text, *more;
    HRESULT hr;

    if (SUCCEEDED(hr = IBackgroundCopyJob4_GetDisplayName(job, &text))) CoTaskMemFree(text);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IBackgroundCopyJob4_GetDescription(job, &text))) CoTaskMemFree(text);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IBackgroundCopyJob4_GetOwner(job, &text))) CoTaskMemFree(text);
    if (SUCCEEDED(hr) && SUCCEEDED(hr = IBackgroundCopyJob4_GetNotifyCmdLine(job, &text, &more)))
    {
        CoTaskMemFree(text);
        CoTaskMemFree(more);
    }
    return hr;
}

static HRESULT get_numbers(IBackgroundCopyJob4 *job)
{
    BG_JOB_PROGRESS progress;
    BG_JOB_PRIORITY priority;
    BG_JOB_STATE now;
    BG_JOB_TIMES times;
    BG_JOB_TYPE type;
    ULONG number;
    HRESULT hr;
    GUID id;

    if (FAILED(hr = IBackgroundCopyJob4_GetId(job, &id)) || FAILED(hr = IBackgroundCopyJob4_GetState(job, &now)) ||
        FAILED(hr = IBackgroundCopyJob4_GetProgress(job, &progress)) ||
        FAILED(hr = IBackgroundCopyJob4_GetTimes(job, &times)) ||
        FAILED(hr = IBackgroundCopyJob4_GetType(job, &type)) ||
        FAILED(hr = IBackgroundCopyJob4_GetPriority(job, &priority)) ||
        FAILED(hr = IBackgroundCopyJob4_GetErrorCount(job, &number)) ||
        FAILED(hr = IBackgroundCopyJob4_GetNotifyFlags(job, &number)) ||
        FAILED(hr = IBackgroundCopyJob4_GetOwnerIntegrityLevel(job, &number)) ||
        FAILED(hr = IBackgroundCopyJob4_GetPeerCachingFlags(job, &number)) ||
        FAILED(hr = IBackgroundCopyJob4_GetFileACLFlags(job, &number)))
        return hr;
    ok((unsigned int)now <= BG_JOB_STATE_CANCELLED, "the state is %u", now);
    return S_OK;
}

/* One call of the job's, at random. */
static HRESULT use_job(IBackgroundCopyJob4 *job)
{
    switch (torture_random(&state, 24))
    {
    case 0:
    case 1: return add_file(job);
    case 2:
    case 3: return IBackgroundCopyJob4_Resume(job);
    case 4: return IBackgroundCopyJob4_Suspend(job);
    case 5: return IBackgroundCopyJob4_Cancel(job);
    case 6: return IBackgroundCopyJob4_Complete(job);
    case 7: return enum_files(job);
    case 8: return get_error(job);
    case 9: return set_credentials(job);
    case 10: return IBackgroundCopyJob4_RemoveCredentials(job, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC);
    case 11: return IBackgroundCopyJob4_SetDescription(job, L"hammered");
    case 12: return IBackgroundCopyJob4_SetPriority(job, torture_random(&state, 4));
    case 13: return IBackgroundCopyJob4_SetMinimumRetryDelay(job, 60 + torture_random(&state, 60));
    case 14: return IBackgroundCopyJob4_SetNoProgressTimeout(job, 600 + torture_random(&state, 60));
    case 15: return IBackgroundCopyJob4_SetNotifyFlags(job, torture_random(&state, 8));
    case 16: return IBackgroundCopyJob4_SetMaximumDownloadTime(job, 3600 + torture_random(&state, 60));
    case 17: return IBackgroundCopyJob4_SetFileACLFlags(job, 0);
    case 18: return IBackgroundCopyJob4_ReplaceRemotePrefix(job, L"http://127.0.0.1", L"http://127.0.0.1");
    case 19: return IBackgroundCopyJob4_TakeOwnership(job);
    case 20: return IBackgroundCopyJob4_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL);
    case 21: return get_texts(job);
    default: return get_numbers(job);
    }
}

void hammer_client(void)
{
    unsigned int calls = 0, index;
    HANDLE stop, ready;
    HRESULT hr;

    torture_get_arguments(&arguments);
    state = torture_seed(arguments.seed, 1000 + arguments.number);
    stop = torture_event(arguments.driver, L"hammer-stop", 0);
    if (!stop || !client_start(arguments.number & 2 ? COINIT_APARTMENTTHREADED : COINIT_MULTITHREADED)) return;
    manager = client_manager(&CLSID_BackgroundCopyManager);
    if ((ready = torture_event(arguments.driver, L"hammer-ready", arguments.number))) SetEvent(ready);
    while (manager && WaitForSingleObject(stop, 0))
    {
        index = torture_random(&state, KEPT);
        hr = kept[index] && calls % 32 ? use_job(kept[index]) : look_around();
        calls++;
        if (!ok(!torture_is_lost(hr), "client %u, call %u: %#lx", arguments.number, calls, hr)) break;
        if (hr == BG_E_INVALID_STATE && !torture_random(&state, 4)) forget(index);
    }
    for (index = 0; index < KEPT; index++) forget(index);
    if (manager) IBackgroundCopyManager_Release(manager);
    client_stop();
}

/* --- what the service uses ------------------------------------------------------------------------- */

struct usage
{
    DWORD handles;
    DWORD threads;
};

static DWORD count_threads(DWORD id)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    DWORD count = 0;

    if (snapshot != INVALID_HANDLE_VALUE && Process32FirstW(snapshot, &entry))
    {
        do {
            if (entry.th32ProcessID == id) count = entry.cntThreads;
        } while (Process32NextW(snapshot, &entry));
    }
    CloseHandle(snapshot);
    return count;
}

/* What NtQuerySystemInformation gives for SYSTEM_EXTENDED_HANDLES. */
struct system_handles
{
    ULONG_PTR count;
    ULONG_PTR reserved;
    struct
    {
        void *object;
        ULONG_PTR process;
        ULONG_PTR value;
        ULONG access;
        USHORT backtrace, type;
        ULONG attributes;
        ULONG reserved;
    } handles[1];
};

#define SYSTEM_EXTENDED_HANDLES 64

/* Wine 8 answers GetProcessHandleCount with 0: all handles of the system, then. */
static DWORD count_handles(DWORD id)
{
    LONG(WINAPI * query)(ULONG, void *, ULONG, ULONG *);
    ULONG size = 1 << 18, needed;
    struct system_handles *all = NULL;
    DWORD count = 0;
    ULONG_PTR i;
    LONG status;

    query = (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation");
    do {
        free(all);
        if (!ok((all = malloc(size *= 2)) != NULL, "no memory")) return 0;
        status = query(SYSTEM_EXTENDED_HANDLES, all, size, &needed);
    } while (status == (LONG)0xc0000004); /* STATUS_INFO_LENGTH_MISMATCH */
    ok(!status, "the handles cannot be listed: status %#lx", status);
    for (i = 0; !status && i < all->count; i++) count += all->handles[i].process == id;
    free(all);
    return count;
}

static struct usage measure(DWORD id)
{
    struct usage usage = {count_handles(id), count_threads(id)};

    ok(usage.handles && usage.threads, "the service %lu has %lu handles and %lu threads", id, usage.handles,
       usage.threads);
    return usage;
}

/* Threads of transfers and connections end some time after their last use: there is no event for it. */
static struct usage measure_settled(DWORD id, const struct usage *wanted)
{
    ULONGLONG deadline = GetTickCount64() + SETTLE_MS, calm_since = GetTickCount64();
    struct usage before = measure(id), now = before;

    while (GetTickCount64() < deadline)
    {
        if (wanted ? now.handles <= wanted->handles + SPARE_HANDLES && now.threads <= wanted->threads + SPARE_THREADS
                   : GetTickCount64() - calm_since > 12000)
            break;
        Sleep(100);
        now = measure(id);
        if (now.threads != before.threads) calm_since = GetTickCount64();
        before = now;
    }
    return now;
}

/* --- the driver --------------------------------------------------------------------------------------- */

static void end_clients(HANDLE *clients, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) winetest_wait_child(clients[i], END_MS);
}

static void run_clients(const struct server *server, unsigned int count, DWORD milliseconds, unsigned int kills,
                        uint32_t *chance)
{
    HANDLE stop = torture_event(GetCurrentProcessId(), L"hammer-stop", 0), clients[CLIENTS], ready[CLIENTS];
    unsigned int i, killed;
    ULONGLONG end;

    ResetEvent(stop);
    for (i = 0; i < count; i++)
    {
        ready[i] = torture_event(GetCurrentProcessId(), L"hammer-ready", i);
        ResetEvent(ready[i]);
        clients[i] = torture_spawn("hammer_client", i, *chance, server);
    }
    ok(WaitForMultipleObjects(count, ready, TRUE, END_MS) != WAIT_TIMEOUT, "a client does not start");
    end = GetTickCount64() + milliseconds;
    for (killed = 0; killed < kills; killed++)
    {
        Sleep(milliseconds / (kills + 1) / 2 + torture_random(chance, milliseconds / (kills + 1)));
        i = torture_random(chance, count);
        TerminateProcess(clients[i], 9);
        ok(!WaitForSingleObject(clients[i], SOON_MS), "client %u does not end", i);
        CloseHandle(clients[i]);
        clients[i] = torture_spawn("hammer_client", i, *chance, server);
    }
    if (GetTickCount64() < end) Sleep((DWORD)(end - GetTickCount64()));
    SetEvent(stop);
    end_clients(clients, count);
    for (i = 0; i < count; i++) CloseHandle(ready[i]);
    CloseHandle(stop);
}

/* Every job answers and can be cancelled; none is left then. */
static unsigned int cancel_all(void)
{
    IBackgroundCopyManager *service = client_manager(&CLSID_BackgroundCopyManager);
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    unsigned int cancelled = 0;
    ULONG left = 1;
    HRESULT hr;

    if (!service) return 0;
    if (ok_hr(IBackgroundCopyManager_EnumJobs(service, 0, &jobs), S_OK))
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        {
            ok(client_state(job) <= BG_JOB_STATE_TRANSFERRED, "an ended job is listed");
            hr = IBackgroundCopyJob_Cancel(job);
            ok(hr == S_OK, "Cancel returned %#lx", hr);
            cancelled++;
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    if (ok_hr(IBackgroundCopyManager_EnumJobs(service, 0, &jobs), S_OK))
    {
        IEnumBackgroundCopyJobs_GetCount(jobs, &left);
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    ok(!left, "%lu jobs are left", left);
    IBackgroundCopyManager_Release(service);
    ok(!client_count_files(L"BIT*.tmp"), "%u temporary files are left", client_count_files(L"BIT*.tmp"));
    return cancelled;
}

void hammer(void)
{
    const char *seconds = getenv("WB_HAMMER_SECONDS");
    DWORD milliseconds = (seconds && *seconds ? strtoul(seconds, NULL, 10) : 10) * 1000, service;
    uint32_t chance = torture_seed(GetTickCount(), CLIENTS);
    struct server *server = torture_server();
    struct usage before, after;
    unsigned int left;

    if (!server || !client_start(COINIT_MULTITHREADED)) return;
    run_clients(server, WARM_CLIENTS, WARM_MS, 0, &chance);
    cancel_all();
    service = client_service_process(L"BITS");
    before = measure_settled(service, NULL);

    run_clients(server, CLIENTS, milliseconds, milliseconds / 2500, &chance);
    ok_int(client_service_process(L"BITS"), service);
    left = cancel_all();
    after = measure_settled(service, &before);
    trace("%u jobs at the end; handles %lu before, %lu after; threads %lu before, %lu after", left, before.handles,
          after.handles, before.threads, after.threads);
    ok(after.handles <= before.handles + SPARE_HANDLES, "%lu handles, %lu before", after.handles, before.handles);
    ok(after.threads <= before.threads + SPARE_THREADS, "%lu threads, %lu before", after.threads, before.threads);
    server_destroy(server);
    client_remove_directory();
    client_stop();
}
