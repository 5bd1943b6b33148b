/*
 * Programs that use BITS and Delivery Optimization first from several threads and processes at once: all of them get
 * their objects, however long the services need to start.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first part that runs finds the services not yet used in the session; activation.sh runs each part so.
 */

#include "activation/activation.h"

#define THREADS_MAX 16
#define PROCESSES_MAX 4
#define CLIENT_MS 60000

static const CLSID *const bits_classes[] = {
    &CLSID_BackgroundCopyManager,
    &CLSID_BackgroundCopyManager5_0,
    &CLSID_BackgroundCopyManager1_5,
    &CLSID_BackgroundCopyManager10_3,
};

void activate(BOOL is_do)
{
    static LONG turn;
    IBackgroundCopyManager *bits = NULL;
    IEnumBackgroundCopyJobs *jobs = NULL;
    IDOManager *optimization = NULL;
    ULONGLONG start = GetTickCount64();
    HRESULT hr;

    if (is_do)
    {
        hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                              (void **)&optimization);
        ok(hr == S_OK, "Delivery Optimization: %#lx after %u ms", hr, (unsigned int)(GetTickCount64() - start));
        if (optimization) IDOManager_Release(optimization);
        return;
    }
    hr = CoCreateInstance(bits_classes[InterlockedIncrement(&turn) % ARRAYSIZE(bits_classes)], NULL,
                          CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager, (void **)&bits);
    ok(hr == S_OK, "BITS: %#lx after %u ms", hr, (unsigned int)(GetTickCount64() - start));
    if (!bits) return;
    ok_hr(hr = IBackgroundCopyManager_EnumJobs(bits, 0, &jobs), S_OK);
    if (SUCCEEDED(hr)) IEnumBackgroundCopyJobs_Release(jobs);
    IBackgroundCopyManager_Release(bits);
}

/* --- threads ------------------------------------------------------------------------------------ */

struct client
{
    DWORD apartment;
    BOOL is_do;
    HANDLE ready, go;
};

static DWORD WINAPI client_thread(void *arg)
{
    const struct client *client = arg;

    winetest_push_context(client->apartment == COINIT_MULTITHREADED ? "MTA" : "STA");
    ok_hr(CoInitializeEx(NULL, client->apartment), S_OK);
    ReleaseSemaphore(client->ready, 1, NULL);
    WaitForSingleObject(client->go, CLIENT_MS);
    activate(client->is_do);
    CoUninitialize();
    winetest_pop_context();
    return 0;
}

/* Each other thread asks for DO.  ready is released once by each thread before it waits for go. */
static void run_threads(DWORD apartment, unsigned int count, HANDLE ready, HANDLE go)
{
    struct client clients[THREADS_MAX];
    HANDLE threads[THREADS_MAX] = {0};
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        clients[i] = (struct client){apartment, i & 1, ready, go};
        threads[i] = CreateThread(NULL, 0, client_thread, &clients[i], 0, NULL);
        ok(!!threads[i], "no thread: error %lu", GetLastError());
    }
    ok(WaitForMultipleObjects(count, threads, TRUE, 2 * CLIENT_MS) != WAIT_TIMEOUT, "a client does not come back");
    for (i = 0; i < count; i++) CloseHandle(threads[i]);
}

/* --- processes ------------------------------------------------------------------------------------ */

static HANDLE open_gate(DWORD driver, BOOL ready)
{
    WCHAR name[64];

    _snwprintf(name, ARRAYSIZE(name), L"wb-activation-%lu-%s", driver, ready ? L"ready" : L"go");
    return ready ? CreateSemaphoreW(NULL, 0, 1000, name) : CreateEventW(NULL, TRUE, FALSE, name);
}

/* activation.exe clients DRIVER APARTMENT THREADS */
static void run_child(char **argv)
{
    DWORD driver = strtoul(argv[2], NULL, 10);
    HANDLE ready = open_gate(driver, TRUE), go = open_gate(driver, FALSE);

    winetest_push_context("process %lu", GetCurrentProcessId());
    run_threads(strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10), ready, go);
    winetest_pop_context();
    CloseHandle(ready);
    CloseHandle(go);
}

static void open_the_gate(HANDLE go, HANDLE *children, unsigned int processes)
{
    ULONGLONG start = GetTickCount64();
    unsigned int i;

    SetEvent(go);
    for (i = 0; i < processes; i++) winetest_wait_child(children[i], 3 * CLIENT_MS);
    trace("%u ms", (unsigned int)(GetTickCount64() - start));
}

/* So many processes with so many threads each, all of which ask at one moment. */
static void run_clients(unsigned int processes, unsigned int threads, DWORD apartment, BOOL slow)
{
    HANDLE ready = open_gate(GetCurrentProcessId(), TRUE), go = open_gate(GetCurrentProcessId(), FALSE);
    HANDLE children[PROCESSES_MAX] = {0};
    unsigned int i;

    winetest_push_context("%u x %u", processes, threads);
    for (i = 0; i < processes; i++)
        children[i] = winetest_spawn("clients %lu %lu %u", GetCurrentProcessId(), apartment, threads);
    for (i = 0; i < processes * threads; i++)
        ok(WaitForSingleObject(ready, CLIENT_MS) == WAIT_OBJECT_0, "a client does not start");
    if (slow) slow = slow_start_begin();
    open_the_gate(go, children, processes);
    if (slow) slow_start_end();
    CloseHandle(ready);
    CloseHandle(go);
    winetest_pop_context();
}

/* --- the parts -------------------------------------------------------------------------------------- */

static void four_threads(void)
{
    run_clients(1, 4, COINIT_MULTITHREADED, FALSE);
}
static void four_windows(void)
{
    run_clients(1, 4, COINIT_APARTMENTTHREADED, FALSE);
}
static void many_threads(void)
{
    run_clients(1, 16, COINIT_MULTITHREADED, FALSE);
}
static void processes(void)
{
    run_clients(4, 4, COINIT_MULTITHREADED, FALSE);
}
static void slow_two(void)
{
    run_clients(1, 2, COINIT_MULTITHREADED, TRUE);
}
static void slow_windows(void)
{
    run_clients(1, 4, COINIT_APARTMENTTHREADED, TRUE);
}
static void slow_processes(void)
{
    run_clients(2, 8, COINIT_MULTITHREADED, TRUE);
}

/* The classes are in the table, the services have stopped. */
static void warm(void)
{
    stop_services();
    run_clients(2, 4, COINIT_MULTITHREADED, FALSE);
    stop_services();
    run_clients(1, 16, COINIT_APARTMENTTHREADED, FALSE);
    stop_services();
    run_clients(2, 4, COINIT_MULTITHREADED, TRUE);
}

START_TEST(activation)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc == 5 && !strcmp(argv[1], "clients")) run_child(argv);
    else if (argc == 2 && !strcmp(argv[1], "slow_service")) slow_service();
    else
    {
        winetest_run(four_threads);
        winetest_run(four_windows);
        winetest_run(many_threads);
        winetest_run(processes);
        winetest_run(slow_two);
        winetest_run(slow_windows);
        winetest_run(slow_processes);
        winetest_run(warm);
        winetest_run(test_disabled);
        winetest_run(test_unusable_store);
        winetest_run(test_messages);
    }
}
