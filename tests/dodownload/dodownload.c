/*
 * Delivery Optimization's third generation: IDOManager, IDODownload, IDODownloadStatusCallback.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This program is the client, the service is another process. The checks run from a multi- and from a
 * single-threaded apartment at the same time; those that change the machine come last, alone. Rules: D-
 * delivery-optimization.
 */

#include "dodownload.h"
#include "wine/test.h"

static IDOManager *create_manager(void)
{
    IDOManager *manager = NULL;
    HRESULT hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                                  (void **)&manager);

    ok(hr == S_OK, "the manager cannot be created: %#lx", hr); /* C-01: D-001, D-003 */
    return SUCCEEDED(hr) ? manager : NULL;
}

static void run_check(void *arg)
{
    void (*check)(struct fixture * fixture) = arg;
    struct fixture fixture = {0};

    if ((fixture.manager = create_manager()))
    {
        if ((fixture.server = server_create()))
        {
            check(&fixture);
            server_destroy(fixture.server);
        }
        IDOManager_Release(fixture.manager);
    }
}

struct run
{
    DWORD apartment;
    void (*check)(struct fixture *fixture);
    struct winetest_thread *caller;
};

static DWORD WINAPI run_thread(void *arg)
{
    struct run *run = arg;

    winetest_push_context("%s", run->caller->context[0]);
    client_run(run->apartment, run_check, run->check);
    return 0;
}

/* Run a check from both apartments at the same time (D-146). */
static void everywhere(void (*check)(struct fixture *fixture))
{
    struct run runs[2] = {
        {COINIT_MULTITHREADED, check, winetest_thread()},
        {COINIT_APARTMENTTHREADED, check, winetest_thread()},
    };
    HANDLE threads[2];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(runs); i++) threads[i] = CreateThread(NULL, 0, run_thread, &runs[i], 0, NULL);
    WaitForMultipleObjects(ARRAYSIZE(threads), threads, TRUE, INFINITE);
    for (i = 0; i < ARRAYSIZE(threads); i++) CloseHandle(threads[i]);
}

#define EVERYWHERE(name) \
    static void name(void) \
    { \
        everywhere(check_##name); \
    }
#define ALONE(name) \
    static void name(void) \
    { \
        client_run(COINIT_MULTITHREADED, run_check, check_##name); \
    }

EVERYWHERE(properties)
EVERYWHERE(certificate)
EVERYWHERE(interfaces)
EVERYWHERE(transfer)
EVERYWHERE(start_errors)
EVERYWHERE(pause)
EVERYWHERE(aborted)
EVERYWHERE(same_path)
EVERYWHERE(lost_file)
EVERYWHERE(failures)
EVERYWHERE(existing_file)
EVERYWHERE(headers)
EVERYWHERE(ranges)
EVERYWHERE(retry)
EVERYWHERE(blocking)
EVERYWHERE(enumeration)
EVERYWHERE(stream)
/* in a single-threaded apartment Write would hold up the test itself */
ALONE(stream_resume)
EVERYWHERE(stream_failure)
EVERYWHERE(callback)
EVERYWHERE(callback_replaced)
EVERYWHERE(callback_calls)
EVERYWHERE(callback_repeated)
EVERYWHERE(winget)
EVERYWHERE(sdk)
ALONE(no_progress)
EVERYWHERE(rules)
EVERYWHERE(integrity)
EVERYWHERE(integrity_ranges)
ALONE(cache)
ALONE(delay)
ALONE(bandwidth)
ALONE(tls)
ALONE(policy)
ALONE(restart)

/* C-01: both shapes of the class (D-005, D-006). */
static void activation_body(void *arg)
{
    IBackgroundCopyManager *jobs = client_manager(&CLSID_DeliveryOptimization);
    IUnknown *unknown = NULL;
    IDOManager *manager;

    if (jobs)
    {
        ok_hr(IBackgroundCopyManager_QueryInterface(jobs, &IID_IDOManager, (void **)&manager), S_OK);
        IDOManager_Release(manager);
        IBackgroundCopyManager_Release(jobs);
    }
    ok_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IUnknown, (void **)&unknown),
          S_OK);
    if (unknown) IUnknown_Release(unknown);
}

static void activation(void)
{
    client_run(COINIT_MULTITHREADED, activation_body, NULL);
}

static DWORD WINAPI slow_thread(void *arg)
{
    winetest_run(no_progress);
    return 0;
}

START_TEST(dodownload)
{
    HANDLE slow;

    /* Alone: two threads of a program that are the first to reach Wine's service manager may confuse it for good. */
    winetest_run(activation);
    /* It waits for a minute: the others run meanwhile. */
    slow = CreateThread(NULL, 0, slow_thread, NULL, 0, NULL);
    winetest_run(properties);
    winetest_run(certificate);
    winetest_run(interfaces);
    winetest_run(transfer);
    winetest_run(start_errors);
    winetest_run(pause);
    winetest_run(aborted);
    winetest_run(same_path);
    winetest_run(lost_file);
    winetest_run(failures);
    winetest_run(existing_file);
    winetest_run(headers);
    winetest_run(ranges);
    winetest_run(retry);
    winetest_run(blocking);
    winetest_run(stream);
    winetest_run(stream_resume);
    winetest_run(stream_failure);
    winetest_run(callback);
    winetest_run(callback_replaced);
    winetest_run(callback_calls);
    winetest_run(callback_repeated);
    winetest_run(winget);
    winetest_run(sdk);
    winetest_run(rules);
    winetest_run(integrity);
    winetest_run(integrity_ranges);
    winetest_run(tls);
    WaitForSingleObject(slow, INFINITE);
    CloseHandle(slow);
    winetest_run(enumeration);
    winetest_run(cache);
    winetest_run(delay);
    winetest_run(bandwidth);
    winetest_run(policy);
    winetest_run(restart);
    client_remove_directory();
}
