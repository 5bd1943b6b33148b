/*
 * How services start, stop, die and come back, and what their clients see of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Without arguments this is a test. tests/lifetime/lifetime.sh uses it as a client that goes away:
 *   lifetime start URL FILE     make a job, resume it, print its id, and leave without releasing anything
 *   lifetime suspended URL FILE the same, but not resumed
 *   lifetime finish ID          complete the job, which has to be TRANSFERRED already
 */

#include <stdio.h>
#include "lifetime.h"

const struct service services[2] = {
    {L"BITS", "BITS", &CLSID_BackgroundCopyManager, FALSE},
    {L"DoSvc", "DO", &CLSID_DeliveryOptimization, TRUE},
};

HRESULT service_add_file(const struct service *service, IBackgroundCopyJob *job, const WCHAR *url, const WCHAR *local)
{
    IDeliveryOptimizationJob *do_job;
    HRESULT hr;

    if (!service->is_do) return IBackgroundCopyJob_AddFile(job, url, local);
    hr = IBackgroundCopyJob_QueryInterface(job, &IID_IDeliveryOptimizationJob, (void **)&do_job);
    if (FAILED(hr)) return hr;
    hr = IDeliveryOptimizationJob_AddFileWithRanges(do_job, local, url, local, 0, NULL, DO_UNKNOWN_FILE_SIZE);
    IDeliveryOptimizationJob_Release(do_job);
    return hr;
}

IBackgroundCopyJob *service_job(const struct service *service, IBackgroundCopyManager *manager, const WCHAR *url,
                                const WCHAR *local, GUID *id)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);

    if (!job) return NULL;
    ok_hr(IBackgroundCopyJob_GetId(job, id), S_OK);
    ok_hr(service_add_file(service, job, url, local), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    return job;
}

/* --- the client of the script --------------------------------------------------------------- */

static void widen(const char *text, WCHAR *buffer, int size)
{
    MultiByteToWideChar(CP_ACP, 0, text, -1, buffer, size);
}

static void start_and_leave(const char *url, const char *file, BOOL resume)
{
    IBackgroundCopyManager *manager = client_manager(services[0].class_id);
    WCHAR wide_url[512], wide_file[MAX_PATH], text[40];
    IBackgroundCopyJob *job;
    GUID id;

    if (!manager) return;
    widen(url, wide_url, ARRAYSIZE(wide_url));
    widen(file, wide_file, ARRAYSIZE(wide_file));
    if (!(job = service_job(&services[0], manager, wide_url, wide_file, &id))) return;
    if (resume) ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    printf("job %ls\n", text);
}

static void finish_job(const char *id)
{
    IBackgroundCopyManager *manager = client_manager(services[0].class_id);
    IBackgroundCopyJob *job = NULL;
    WCHAR text[64];
    GUID guid;

    widen(id, text, ARRAYSIZE(text));
    if (!manager || !ok(CLSIDFromString(text, &guid) == S_OK, "%s is no id", id)) return;
    ok_hr(IBackgroundCopyManager_GetJob(manager, &guid, &job), S_OK);
    if (!job) return;
    ok_int(client_state(job), BG_JOB_STATE_TRANSFERRED);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
    IBackgroundCopyManager_Release(manager);
}

/* --- the test ---------------------------------------------------------------------------------- */

START_TEST(lifetime)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if (winetest.argc == 4 && !strcmp(winetest.argv[1], "start"))
    {
        start_and_leave(winetest.argv[2], winetest.argv[3], TRUE);
        return;
    }
    if (winetest.argc == 4 && !strcmp(winetest.argv[1], "suspended"))
    {
        start_and_leave(winetest.argv[2], winetest.argv[3], FALSE);
        return;
    }
    if (winetest.argc == 3 && !strcmp(winetest.argv[1], "finish"))
    {
        finish_job(winetest.argv[2]);
        return;
    }
    if (winetest.argc == 2 && !strcmp(winetest.argv[1], "activate"))
    {
        IBackgroundCopyManager *manager = client_manager(services[0].class_id);

        if (manager) IBackgroundCopyManager_Release(manager);
        return;
    }
    winetest_run(test_classes);
    winetest_run(test_blankets);
    winetest_run(test_stop);
    winetest_run(test_kill);
    client_remove_directory();
    client_stop();
}
