/*
 * Delivery Optimization's first generation: BITS' manager, job, file and error, and what it adds to them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * This program is the client, the service is another process. The checks run from a multi- and from a
 * single-threaded apartment at the same time; those that change the machine come last, alone. What is told
 * about errors and ends is tests/joberror's matter. Rules: docs/rules.
 */

#include "dojob.h"
#include "wine/test.h"

/* --- jobs and files ------------------------------------------------------------------------- */

BOOL do_job_begin(struct do_job *job, struct jobs *jobs)
{
    memset(job, 0, sizeof(*job));
    job->jobs = jobs;
    if (!(job->job = client_job(jobs->manager, BG_JOB_TYPE_DOWNLOAD))) return FALSE;
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IDeliveryOptimizationJob, (void **)&job->files), S_OK);
    ok_hr(IBackgroundCopyJob_QueryInterface(job->job, &IID_IDeliveryOptimizationJob2, (void **)&job->files2), S_OK);
    return job->files && job->files2;
}

void do_job_end(struct do_job *job)
{
    IDeliveryOptimizationJob_Release(job->files);
    IDeliveryOptimizationJob2_Release(job->files2);
    client_drop_job(job->job);
}

HRESULT do_job_add(struct do_job *job, const WCHAR *path, WCHAR *local)
{
    WCHAR url[128];

    client_path(local);
    server_url(job->jobs->server, path, url, ARRAYSIZE(url));
    return IDeliveryOptimizationJob_AddFileWithRanges(job->files, wcsrchr(local, '\\') + 1, url, local, 0, NULL,
                                                      DO_UNKNOWN_FILE_SIZE);
}

IDeliveryOptimizationFile2 *do_job_add_sinkless(struct do_job *job, const WCHAR *path)
{
    IDeliveryOptimizationFile2 *file = NULL;
    WCHAR url[128];
    HRESULT hr;

    server_url(job->jobs->server, path, url, ARRAYSIZE(url));
    hr = IDeliveryOptimizationJob2_AddFile(job->files2, L"an id", url, 0, NULL, &IID_IDeliveryOptimizationFile2,
                                           (void **)&file);
    ok(hr == S_OK && file, "AddFile returned %#lx", hr); /* D-233 */
    return file;
}

void *do_job_file(struct do_job *job, REFIID iid)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file = NULL;
    void *out = NULL;

    if (ok_hr(IBackgroundCopyJob_EnumFiles(job->job, &files), S_OK))
    {
        ok_hr(IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL), S_OK);
        IEnumBackgroundCopyFiles_Release(files);
    }
    if (!file) return NULL;
    ok_hr(IBackgroundCopyFile_QueryInterface(file, iid, &out), S_OK);
    IBackgroundCopyFile_Release(file);
    return out;
}

HRESULT file_set_text(IDeliveryOptimizationFile2 *file, DOFilePropertyId id, const WCHAR *text)
{
    VARIANT value;
    HRESULT hr;

    V_VT(&value) = VT_BSTR;
    V_BSTR(&value) = SysAllocString(text);
    hr = IDeliveryOptimizationFile2_SetProperty(file, id, &value);
    SysFreeString(V_BSTR(&value));
    return hr;
}

HRESULT file_set_object(IDeliveryOptimizationFile2 *file, void *unknown)
{
    VARIANT value;

    V_VT(&value) = VT_UNKNOWN;
    V_UNKNOWN(&value) = unknown;
    return IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_DownloadSinkInterface, &value);
}

HRESULT file_get(IDeliveryOptimizationFile2 *file, DOFilePropertyId id, VARIANT *value)
{
    VariantInit(value);
    return IDeliveryOptimizationFile2_GetProperty(file, id, value);
}

/* --- running the checks ---------------------------------------------------------------------------- */

static void run_check(void *arg)
{
    void (*check)(struct jobs * jobs) = arg;
    struct jobs jobs = {0};

    if ((jobs.manager = client_manager(&CLSID_DeliveryOptimization)))
    {
        if ((jobs.server = server_create()))
        {
            check(&jobs);
            server_destroy(jobs.server);
        }
        IBackgroundCopyManager_Release(jobs.manager);
    }
}

struct run
{
    DWORD apartment;
    void (*check)(struct jobs *jobs);
    struct winetest_thread *caller;
};

static DWORD WINAPI run_thread(void *arg)
{
    struct run *run = arg;

    winetest_push_context("%s", run->caller->context[0]);
    client_run(run->apartment, run_check, run->check);
    return 0;
}

static void everywhere(void (*check)(struct jobs *jobs))
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

ALONE(layout)
EVERYWHERE(contract)
EVERYWHERE(undocumented)
EVERYWHERE(new_job)
EVERYWHERE(settings)
EVERYWHERE(enumerators)
EVERYWHERE(states)
EVERYWHERE(errors)
EVERYWHERE(error_without_file)
EVERYWHERE(times)
EVERYWHERE(path_sink)
EVERYWHERE(stream_sink)
EVERYWHERE(sink_errors)
EVERYWHERE(stats)
EVERYWHERE(job_ranges)
EVERYWHERE(remote_name)
ALONE(worlds)
ALONE(bypass)
ALONE(killed)

START_TEST(dojob)
{
    winetest_run(layout);
    winetest_run(contract);
    winetest_run(undocumented);
    winetest_run(new_job);
    winetest_run(settings);
    winetest_run(enumerators);
    winetest_run(states);
    winetest_run(errors);
    winetest_run(error_without_file);
    winetest_run(times);
    winetest_run(path_sink);
    winetest_run(stream_sink);
    winetest_run(sink_errors);
    winetest_run(stats);
    winetest_run(job_ranges);
    winetest_run(remote_name);
    winetest_run(worlds);
    winetest_run(bypass);
    winetest_run(killed);
    client_remove_directory();
}
