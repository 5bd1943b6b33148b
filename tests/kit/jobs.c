/*
 * The conformance kit leaves no jobs behind: what a test that failed or was ended has left is cancelled.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Other programs of the same user may make jobs meanwhile. Theirs must stay, so only what bears a mark of our
 * tests is touched.
 */

#include "bitsapi.h"

#include "kit/kit.h"

#define JOBS_MAX 1000
#define AGE_MIN (3 * 10000000ull) /* of a job without files, in 100 ns */

static GUID remembered[JOBS_MAX];
static unsigned int remembered_count;
static FILETIME begun;

static IEnumBackgroundCopyJobs *list_jobs(void)
{
    static BOOL prepared;
    IBackgroundCopyManager *manager;
    IEnumBackgroundCopyJobs *list = NULL;

    if (!prepared)
    {
        CoInitializeEx(NULL, COINIT_MULTITHREADED);
        CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                             EOAC_NONE, NULL);
        prepared = TRUE;
    }
    if (FAILED(CoCreateInstance(&CLSID_BackgroundCopyManager, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager,
                                (void **)&manager)))
        return NULL;
    if (FAILED(IBackgroundCopyManager_EnumJobs(manager, 0, &list))) list = NULL;
    IBackgroundCopyManager_Release(manager);
    return list;
}

void jobs_remember(void)
{
    IEnumBackgroundCopyJobs *list = list_jobs();
    IBackgroundCopyJob *job;

    GetSystemTimeAsFileTime(&begun);
    while (list && remembered_count < JOBS_MAX && IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK)
    {
        if (SUCCEEDED(IBackgroundCopyJob_GetId(job, &remembered[remembered_count]))) remembered_count++;
        IBackgroundCopyJob_Release(job);
    }
    if (list) IEnumBackgroundCopyJobs_Release(list);
}

static BOOL is_remembered(const GUID *id)
{
    unsigned int i;

    for (i = 0; i < remembered_count; i++)
    {
        if (IsEqualGUID(id, &remembered[i])) return TRUE;
    }
    return FALSE;
}

static BOOL has_test_name(IBackgroundCopyJob *job)
{
    WCHAR *name;
    BOOL found;

    if (FAILED(IBackgroundCopyJob_GetDisplayName(job, &name))) return FALSE;
    found = !wcsncmp(name, L"wine-bits", 9);
    CoTaskMemFree(name);
    return found;
}

static BOOL is_test_file(IBackgroundCopyFile *file)
{
    WCHAR *remote = NULL, *local = NULL;
    BOOL found = FALSE;

    if (SUCCEEDED(IBackgroundCopyFile_GetRemoteName(file, &remote)))
        found = wcsstr(remote, L"//127.0.0.1") || wcsstr(remote, L"//localhost");
    if (SUCCEEDED(IBackgroundCopyFile_GetLocalName(file, &local))) found = found || wcsstr(local, L"\\wine-bits-test-");
    CoTaskMemFree(remote);
    CoTaskMemFree(local);
    return found;
}

static BOOL is_old_enough(IBackgroundCopyJob *job)
{
    BG_JOB_TIMES times;
    ULONGLONG created, now;
    FILETIME time;

    if (FAILED(IBackgroundCopyJob_GetTimes(job, &times))) return FALSE;
    GetSystemTimeAsFileTime(&time);
    created = (ULONGLONG)times.CreationTime.dwHighDateTime << 32 | times.CreationTime.dwLowDateTime;
    now = (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return CompareFileTime(&times.CreationTime, &begun) >= 0 && now - created >= AGE_MIN;
}

/* Whether the first file is of our tests. A job without any is most likely theirs, if not made just now. */
static BOOL has_test_file(IBackgroundCopyJob *job)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    BOOL found;

    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files))) return FALSE;
    if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        found = is_test_file(file);
        IBackgroundCopyFile_Release(file);
    }
    else { found = is_old_enough(job); }
    IEnumBackgroundCopyFiles_Release(files);
    return found;
}

unsigned int jobs_cancel_left(void)
{
    IEnumBackgroundCopyJobs *list = list_jobs();
    unsigned int cancelled = 0;
    IBackgroundCopyJob *job;
    GUID id;

    while (list && IEnumBackgroundCopyJobs_Next(list, 1, &job, NULL) == S_OK)
    {
        if (SUCCEEDED(IBackgroundCopyJob_GetId(job, &id)) && !is_remembered(&id) &&
            (has_test_name(job) || has_test_file(job)) && SUCCEEDED(IBackgroundCopyJob_Cancel(job)))
            cancelled++;
        IBackgroundCopyJob_Release(job);
    }
    if (list) IEnumBackgroundCopyJobs_Release(list);
    return cancelled;
}
