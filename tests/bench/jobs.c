/*
 * BITS jobs: how long they take from CreateJob to the end of Complete.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench.h"
#include "wine/test.h"

#define FOREVER_MS (30 * 60 * 1000)

static BOOL set_insecure(IBackgroundCopyJob *job)
{
    IBackgroundCopyJobHttpOptions *http;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&http);

    if (hr == S_OK)
    {
        hr = IBackgroundCopyJobHttpOptions_SetSecurityFlags(http,
                                                            BG_SSL_IGNORE_UNKNOWN_CA | BG_SSL_IGNORE_CERT_CN_INVALID);
        IBackgroundCopyJobHttpOptions_Release(http);
    }
    return ok(hr == S_OK, "security flags cannot be set: %#lx", hr);
}

/* Files number first to first + count - 1 in one call, as installers add them. */
static BOOL add_files(IBackgroundCopyJob *job, unsigned int first, unsigned int count)
{
    const char *url = option("url", ""), *directory = option("dir", "");
    BG_FILE_INFO *infos = calloc(count, sizeof(*infos));
    HRESULT hr = E_OUTOFMEMORY;
    unsigned int i;

    for (i = 0; infos && i < count; i++)
    {
        infos[i].RemoteName = malloc(MAX_PATH * sizeof(WCHAR));
        infos[i].LocalName = malloc(MAX_PATH * sizeof(WCHAR));
        numbered(url, first + i, infos[i].RemoteName, MAX_PATH);
        _snwprintf(infos[i].LocalName, MAX_PATH, L"%hs%u", directory, first + i);
    }
    if (infos) hr = IBackgroundCopyJob_AddFileSet(job, count, infos);
    for (i = 0; infos && i < count; i++)
    {
        free(infos[i].RemoteName);
        free(infos[i].LocalName);
    }
    free(infos);
    return ok(hr == S_OK, "the files cannot be added: %#lx", hr);
}

/* upload=PATH: that file. */
static BOOL add_upload(IBackgroundCopyJob *job, const char *path)
{
    WCHAR url[MAX_PATH], local[MAX_PATH];
    HRESULT hr;

    hr = IBackgroundCopyJob_AddFile(job, numbered(option("url", ""), 0, url, ARRAYSIZE(url)),
                                    numbered(path, 0, local, ARRAYSIZE(local)));
    return ok(hr == S_OK, "the upload cannot be added: %#lx", hr);
}

static BOOL create_jobs(IBackgroundCopyManager *manager, struct watch *watches, struct tally *tally, unsigned int count)
{
    unsigned int i, files = option_number("files", 1);
    const char *upload = option("upload", NULL);

    for (i = 0; i < count; i++)
    {
        if (!watch_create_job(&watches[i], tally, manager, upload ? BG_JOB_TYPE_UPLOAD : BG_JOB_TYPE_DOWNLOAD))
            return FALSE;
        if (option("insecure", NULL) && !set_insecure(watches[i].job)) return FALSE;
        if (!(upload ? add_upload(watches[i].job, upload) : add_files(watches[i].job, i * files, files))) return FALSE;
    }
    return TRUE;
}

static BOOL resume_jobs(struct watch *watches, unsigned int count)
{
    HRESULT hr = S_OK;
    unsigned int i;

    for (i = 0; i < count && hr == S_OK; i++) hr = IBackgroundCopyJob_Resume(watches[i].job);
    return ok(hr == S_OK, "Resume returned %#lx", hr);
}

static void complete_jobs(struct watch *watches, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        HRESULT hr = IBackgroundCopyJob_Complete(watches[i].job);

        ok(hr == S_OK, "job %u: Complete returned %#lx", i, hr);
    }
}

/* Those that are not complete; and the watches. */
static void end_jobs(struct watch *watches, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++)
        if (watches[i].job) IBackgroundCopyJob_Cancel(watches[i].job);
    watches_destroy(watches, count);
}

/* How the jobs that ran side by side differ. */
static void report_spread(const struct watch *watches, unsigned int count, double resumed)
{
    double *times = malloc(count * sizeof(*times)), median;
    unsigned int i;

    for (i = 0; i < count; i++) times[i] = watches[i].ended - resumed;
    median = quantile(times, count, 0.5);
    result("median_ms", median);
    result("slowest_ratio", times[count - 1] / median);
    free(times);
}

void measure_files(void)
{
    unsigned int count = option_number("jobs", 1);
    struct watch *watches = watches_create(count);
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    double created, resumed, ended, completed;
    struct tally tally;

    if (!manager || !watches || !tally_init(&tally, count)) return;
    created = now_ms();
    if (create_jobs(manager, watches, &tally, count))
    {
        resumed = now_ms();
        if (resume_jobs(watches, count) && tally_wait(&tally, watches, count, FOREVER_MS) &&
            ok(!tally.failed, "%ld jobs failed, the first with %#lx", tally.failed,
               client_job_error(watches[0].job, NULL)))
        {
            ended = now_ms();
            complete_jobs(watches, count);
            completed = now_ms();
            result("total_ms", completed - created);
            result("setup_ms", resumed - created);
            result("transfer_ms", ended - resumed);
            result("complete_ms", completed - ended);
            if (count > 1) report_spread(watches, count, resumed);
        }
    }
    end_jobs(watches, count);
    tally_cleanup(&tally);
    IBackgroundCopyManager_Release(manager);
}

/* --- resume ------------------------------------------------------------------------- */

static UINT64 transferred(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    IBackgroundCopyJob_GetProgress(job, &progress);
    return progress.BytesTransferred;
}

/* The server sends the first half at once and then hardly anything; asked for the rest it sends that at once. */
void measure_resume(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    UINT64 half = option_number("half", 0);
    ULONGLONG deadline = GetTickCount64() + FOREVER_MS;
    struct watch *watch = watches_create(1);
    struct tally tally;
    double start;

    if (!manager || !watch || !tally_init(&tally, 1)) return;
    if (watch_create_job(watch, &tally, manager, BG_JOB_TYPE_DOWNLOAD) && add_files(watch->job, 0, 1))
    {
        ok_hr(IBackgroundCopyJob_Resume(watch->job), S_OK);
        while (transferred(watch->job) < half && GetTickCount64() < deadline) Sleep(5);
        start = now_ms();
        ok_hr(IBackgroundCopyJob_Suspend(watch->job), S_OK);
        result("suspend_ms", now_ms() - start);
        result("kept_bytes", (double)transferred(watch->job));
        start = now_ms();
        ok_hr(IBackgroundCopyJob_Resume(watch->job), S_OK);
        if (tally_wait(&tally, watch, 1, FOREVER_MS) && ok(!watch->failed, "the job failed"))
        {
            ok_hr(IBackgroundCopyJob_Complete(watch->job), S_OK);
            result("total_ms", now_ms() - start);
        }
    }
    end_jobs(watch, 1);
    tally_cleanup(&tally);
    IBackgroundCopyManager_Release(manager);
}

/* --- many callbacks --------------------------------------------------------------------- */

void measure_callbacks(void)
{
    unsigned int count = option_number("jobs", 1000), i;
    struct watch *watches = watches_create(count);
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    double first, last, *ends = calloc(count, sizeof(*ends));
    struct tally tally;

    set_option("files", "1");
    if (!manager || !watches || !tally_init(&tally, count)) return;
    if (create_jobs(manager, watches, &tally, count))
    {
        first = now_ms();
        if (resume_jobs(watches, count))
        {
            last = now_ms();
            tally_wait(&tally, watches, count, FOREVER_MS);
            for (i = 0; i < count; i++) ends[i] = watches[i].ended;
            quantile(ends, count, 0.5);
            result("resume_ms", last - first);
            result("total_ms", ends[count - 1] - first);
            result("after_last_resume_ms", ends[count - 1] - last);
        }
    }
    end_jobs(watches, count);
    tally_cleanup(&tally);
    IBackgroundCopyManager_Release(manager);
    free(ends);
}

/* --- a service that runs ------------------------------------------------------------------ */

void measure_activate(void)
{
    BOOL delivery = !strcmp(option("class", "bits"), "do");
    double start = now_ms();
    IUnknown *object = NULL;
    HRESULT hr;

    hr = CoCreateInstance(delivery ? &CLSID_DeliveryOptimization : &CLSID_BackgroundCopyManager, NULL,
                          CLSCTX_LOCAL_SERVER, delivery ? &IID_IDOManager : &IID_IBackgroundCopyManager,
                          (void **)&object);
    if (!ok(hr == S_OK, "the service cannot be activated: %#lx", hr)) return;
    result("total_ms", now_ms() - start);
    IUnknown_Release(object);
}

/* A job that fails for a while, and one that waits for Resume: neither is work. */
void measure_suspended(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IBackgroundCopyJob *job;
    unsigned int i;

    for (i = 0; manager && i < 2; i++)
    {
        if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) break;
        add_files(job, i, 1);
        if (!i) ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        if (!i) client_wait_state(job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        IBackgroundCopyJob_Release(job);
    }
    if (manager) IBackgroundCopyManager_Release(manager);
}
