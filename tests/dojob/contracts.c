/*
 * Which interfaces there are, and what their methods answer that have no part in a transfer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dojob.h"
#include "wine/test.h"

/* The numbers of the documents, not those of our headers. */
#define HAS(object, a, b, c, ...) has((IUnknown *)(object), &(GUID){a, b, c, {__VA_ARGS__}}, __LINE__)

static void has(IUnknown *object, REFIID iid, int line)
{
    IUnknown *found = NULL;
    HRESULT hr = IUnknown_QueryInterface(object, iid, (void **)&found);

    ok(hr == S_OK && found, "line %d: QueryInterface returned %#lx", line, hr);
    if (found) IUnknown_Release(found);
}

static void has_not(void *object, REFIID iid)
{
    IUnknown *found = (IUnknown *)1;

    ok_hr(IUnknown_QueryInterface((IUnknown *)object, iid, (void **)&found), E_NOINTERFACE);
    ok(!found, "found %p", found);
}

/* D-168 to D-180; BITS' own must answer with BITS' order of methods (D-019, D-192). Each of
 * them comes through a proxy of its own (D-018, D-020, D-021, D-357). */
void check_contract(struct jobs *jobs)
{
    static const GUID internal = {0x6692fd56, 0x3b9b, 0x433a, {0xac, 0x04, 0x3f, 0xfb, 0x44, 0x25, 0x56, 0xdd}};
    struct do_job job;
    WCHAR local[MAX_PATH];
    IUnknown *file;

    if (!do_job_begin(&job, jobs)) return;
    ok_hr(do_job_add(&job, L"/file", local), S_OK);
    /* D-168 */
    HAS(jobs->manager, 0x5ce34c0d, 0x0dc9, 0x4c1f, 0x89, 0x7c, 0xda, 0xa1, 0xb7, 0x8c, 0xee, 0x7c);
    /* D-033 */
    HAS(jobs->manager, 0x400e2d4a, 0x1431, 0x4c1a, 0xa7, 0x48, 0x39, 0xca, 0x47, 0x2c, 0xfd, 0xb1);
    has_not(jobs->manager, &internal); /* D-008, ours */
    /* D-169 */
    HAS(job.job, 0x37668d37, 0x507e, 0x4160, 0x93, 0x16, 0x26, 0x30, 0x6d, 0x15, 0x0b, 0x12);
    /* D-170 */
    HAS(job.job, 0xe847030c, 0xbbba, 0x4657, 0xaf, 0x6d, 0x48, 0x4a, 0xa4, 0x2b, 0xf1, 0xfe);
    /* D-177 */
    HAS(job.job, 0xee2584cf, 0xa69c, 0x4848, 0xb6, 0x33, 0x26, 0x49, 0x96, 0x2b, 0x3e, 0xf7);
    /* D-178 */
    HAS(job.job, 0x18995a26, 0xbf59, 0x4abe, 0x9f, 0x8b, 0xd5, 0x09, 0x2d, 0x5a, 0x24, 0x05);
    /* D-356 */
    has_not(job.job, &IID_IBackgroundCopyJobHttpOptions);
    if ((file = do_job_file(&job, &IID_IUnknown)))
    {
        /* D-172 */
        HAS(file, 0x01b7bd23, 0xfb88, 0x4a77, 0x84, 0x90, 0x58, 0x91, 0xd3, 0xe4, 0x65, 0x3a);
        /* D-173 */
        HAS(file, 0x83e81b93, 0x0873, 0x474d, 0x8a, 0x8c, 0xf2, 0x01, 0x8b, 0x1a, 0x93, 0x9c);
        /* D-185: File3, File4 */
        HAS(file, 0x659cdeaa, 0x489e, 0x11d9, 0xa9, 0xcd, 0x00, 0x0d, 0x56, 0x96, 0x52, 0x51);
        HAS(file, 0xef7e0655, 0x7888, 0x4960, 0xb0, 0xe5, 0x73, 0x08, 0x46, 0xe0, 0x34, 0x92);
        /* D-174 */
        HAS(file, 0x85c1657f, 0xdafc, 0x40e8, 0x88, 0x34, 0xdf, 0x18, 0xea, 0x25, 0x71, 0x7e);
        /* D-179 */
        HAS(file, 0xb76b9699, 0xe99e, 0x4101, 0x80, 0x3f, 0xa2, 0x0e, 0x32, 0x5d, 0x93, 0xe2);
        /* D-180 */
        HAS(file, 0x3a87296f, 0x6ec2, 0x4126, 0xab, 0x29, 0xe3, 0xf8, 0xdc, 0x4c, 0xc3, 0x90);
        IUnknown_Release(file);
    }
    do_job_end(&job);
}

/* What BITS has and no page of Delivery Optimization names. */
void check_undocumented(struct jobs *jobs)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC};
    BG_JOB_PROXY_USAGE usage;
    IBackgroundCopyFile4 *file;
    IBackgroundCopyJob5 *five;
    struct do_job job;
    WCHAR local[MAX_PATH], *text, *bypass;
    BG_FILE_RANGE range = {0, 10};
    DWORD number;
    BOOL set;

    if (!do_job_begin(&job, jobs)) return;
    IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob5, (void **)&five);
    /* D-323, D-227: files without an id, and D-341 */
    ok_hr(IBackgroundCopyJob_AddFile(job.job, L"http://127.0.0.1:9/x", client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob5_AddFileWithRanges(five, L"http://127.0.0.1:9/x", client_path(local), 1, &range), S_OK);
    /* D-329 */
    ok_hr(IBackgroundCopyJob_GetOwner(job.job, &text), S_OK);
    ok(text && !wcsncmp(text, L"S-1-", 4), "owner %s", wine_dbgstr_w(text));
    CoTaskMemFree(text);
    /* D-330, D-331 */
    ok_hr(IBackgroundCopyJob_SetDisplayName(job.job, L"another"), S_OK);
    ok_hr(IBackgroundCopyJob_GetDisplayName(job.job, &text), S_OK);
    ok_str(text, L"another");
    CoTaskMemFree(text);
    ok_hr(IBackgroundCopyJob_SetDescription(job.job, L"words"), S_OK);
    ok_hr(IBackgroundCopyJob_GetDescription(job.job, &text), S_OK);
    ok_str(text, L"words");
    CoTaskMemFree(text);
    /* D-335, D-337 */
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, 77), S_OK);
    ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job.job, &number), S_OK);
    ok_int(number, 77);
    ok_hr(IBackgroundCopyJob_GetErrorCount(job.job, &number), S_OK);
    ok_int(number, 0);
    /* D-338, D-339, D-340 */
    ok_hr(IBackgroundCopyJob_SetProxySettings(job.job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_GetProxySettings(job.job, &usage, &text, &bypass), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_TakeOwnership(job.job), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_SetNotifyCmdLine(five, L"C:\\x.exe", NULL), E_NOTIMPL);
    credentials.Credentials.Basic.UserName = credentials.Credentials.Basic.Password = local;
    ok_hr(IBackgroundCopyJob5_SetCredentials(five, &credentials), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_RemoveCredentials(five, BG_AUTH_TARGET_SERVER, BG_AUTH_SCHEME_BASIC), E_NOTIMPL);
    /* D-342, D-343 */
    ok_hr(IBackgroundCopyJob5_ReplaceRemotePrefix(five, L"http://a", L"http://b"), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_SetFileACLFlags(five, 0), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_GetFileACLFlags(five, &number), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_SetPeerCachingFlags(five, 0), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_GetOwnerIntegrityLevel(five, &number), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_GetOwnerElevationState(five, &set), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob5_SetMaximumDownloadTime(five, 100), S_OK);     /* Office does */
    ok_hr(IBackgroundCopyJob5_GetMaximumDownloadTime(five, &number), S_OK);
    ok_int(number, 100);
    /* D-350 */
    if ((file = do_job_file(&job, &IID_IBackgroundCopyFile4)))
    {
        UINT64 a, b;

        ok_hr(IBackgroundCopyFile4_SetValidationState(file, TRUE), E_NOTIMPL);
        ok_hr(IBackgroundCopyFile4_GetValidationState(file, &set), E_NOTIMPL);
        ok_hr(IBackgroundCopyFile4_IsDownloadedFromPeer(file, &set), E_NOTIMPL);
        ok_hr(IBackgroundCopyFile4_GetPeerDownloadStats(file, &a, &b), E_NOTIMPL);
        IBackgroundCopyFile4_Release(file);
    }
    IBackgroundCopyJob5_Release(five);
    do_job_end(&job);
}

/* C-21 */
void check_new_job(struct jobs *jobs)
{
    IBackgroundCopyJob *job, *same;
    BG_JOB_PROGRESS progress;
    BG_JOB_PRIORITY priority;
    WCHAR name[300], *text;
    BG_JOB_TYPE type;
    ULONG flags, seconds;
    GUID id, again;
    unsigned int i;

    for (i = 0; i < 256; i++) name[i] = 'n';
    name[256] = 0;
    /* D-223 */
    ok_hr(IBackgroundCopyManager_CreateJob(jobs->manager, name, BG_JOB_TYPE_DOWNLOAD, &id, &job), S_OK);
    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    ok_str(text, name);
    CoTaskMemFree(text);
    ok_int(client_state(job), BG_JOB_STATE_SUSPENDED); /* D-224, D-245 */
    ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    ok_int(priority, BG_JOB_PRIORITY_NORMAL);
    ok_hr(IBackgroundCopyJob_GetType(job, &type), S_OK); /* D-203, D-327 */
    ok_int(type, BG_JOB_TYPE_DOWNLOAD);
    ok_hr(IBackgroundCopyJob_GetId(job, &again), S_OK);
    ok(IsEqualGUID(&id, &again), "another id");
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_int(progress.FilesTotal, 0);
    ok_hr(IBackgroundCopyJob_GetNotifyFlags(job, &flags), S_OK); /* D-282 */
    ok_int(flags, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR);
    /* D-283, D-301, D-336 */
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds), S_OK);
    ok_int(seconds, 86400);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK); /* D-205 */
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &seconds), S_OK);
    ok_int(seconds, 3600);
    ok_hr(IBackgroundCopyManager_GetJob(jobs->manager, &id, &same), S_OK);
    IBackgroundCopyJob_Release(same);
    ok_hr(IBackgroundCopyJob_Resume(job), DO_E_JOB_EMPTY); /* D-246, D-032, D-309 */
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok_hr(IBackgroundCopyJob_Cancel(job), DO_E_INVALID_STATE); /* D-249, D-308 */
    /* D-307, D-320 */
    ok_hr(IBackgroundCopyManager_GetJob(jobs->manager, &id, &same), DO_E_JOB_NOT_FOUND);
    IBackgroundCopyJob_Release(job);
    /* D-296, D-319 */
    ok_hr(IBackgroundCopyManager_CreateJob(jobs->manager, L"x", BG_JOB_TYPE_UPLOAD, &id, &job), E_INVALIDARG);
}

static void check_job_properties(IBackgroundCopyJob *job)
{
    static const BITS_JOB_PROPERTY_ID unknown[] = {
        BITS_JOB_PROPERTY_DYNAMIC_CONTENT,
        BITS_JOB_PROPERTY_HIGH_PERFORMANCE,
        BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE,
        BITS_JOB_PROPERTY_USE_STORED_CREDENTIALS,
        BITS_JOB_PROPERTY_MINIMUM_NOTIFICATION_INTERVAL_MS,
        BITS_JOB_PROPERTY_ON_DEMAND_MODE,
    };
    /* D-209 */
    static const DWORD policies[] = {0x800000ff, 0x8000007f, 0x8000006f, 0x80000067, 0x80000021};
    BITS_JOB_PROPERTY_VALUE value, back;
    IBackgroundCopyJob5 *five;
    unsigned int i;

    ok_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&five), S_OK);
    ok_int(sizeof(value), 16);                /* D-219 */
    for (i = 0; i < ARRAYSIZE(policies); i++) /* D-288, C-29 */
    {
        memset(&value, 0, sizeof(value));
        value.Dword = policies[i];
        ok_hr(IBackgroundCopyJob5_SetProperty(five, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
        ok_hr(IBackgroundCopyJob5_GetProperty(five, BITS_JOB_PROPERTY_ID_COST_FLAGS, &back), S_OK);
        ok_int(back.Dword, policies[i]);
    }
    value.ClsID = CLSID_DeliveryOptimization; /* D-281, D-200 */
    ok_hr(IBackgroundCopyJob5_SetProperty(five, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    ok_hr(IBackgroundCopyJob5_GetProperty(five, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, &back), S_OK);
    ok(IsEqualGUID(&back.ClsID, &value.ClsID), "another class");
    value.ClsID = GUID_NULL;
    ok_hr(IBackgroundCopyJob5_SetProperty(five, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
    /* D-207, D-344; the code is ours */
    for (i = 0; i < ARRAYSIZE(unknown); i++)
    {
        ok_hr(IBackgroundCopyJob5_SetProperty(five, unknown[i], value), E_NOTIMPL);
        ok_hr(IBackgroundCopyJob5_GetProperty(five, unknown[i], &back), E_NOTIMPL);
    }
    IBackgroundCopyJob5_Release(five);
}

void check_settings(struct jobs *jobs)
{
    ULONG flags, seconds;
    BG_JOB_PRIORITY priority;
    struct do_job job;
    unsigned int i;
    IUnknown *none = (IUnknown *)1;

    if (!do_job_begin(&job, jobs)) return;
    for (i = BG_JOB_PRIORITY_FOREGROUND; i <= BG_JOB_PRIORITY_LOW; i++) /* D-284, D-332, D-298 */
    {
        ok_hr(IBackgroundCopyJob_SetPriority(job.job, i), S_OK);
        ok_hr(IBackgroundCopyJob_GetPriority(job.job, &priority), S_OK);
        ok_int(priority, i);
    }
    for (i = 1; i <= 0x20; i *= 2) /* D-214, D-276, D-333 */
    {
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, i), S_OK);
        ok_hr(IBackgroundCopyJob_GetNotifyFlags(job.job, &flags), S_OK);
        ok_int(flags, i);
    }
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, 0x1000), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job.job, NULL), S_OK); /* D-334 */
    ok(IBackgroundCopyJob_GetNotifyInterface(job.job, &none) == S_OK && !none, "there is a callback");
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job.job, 100), S_OK);
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job.job, &seconds), S_OK);
    ok_int(seconds, 100);
    check_job_properties(job.job);
    do_job_end(&job);
}

/* D-186, D-292, D-324, D-352, D-353; D-226, D-321, D-322 */
void check_enumerators(struct jobs *jobs)
{
    IEnumBackgroundCopyFiles *files = NULL, *copy;
    IEnumBackgroundCopyJobs *all = NULL;
    IBackgroundCopyFile *got[3];
    WCHAR local[MAX_PATH], *text;
    struct do_job job;
    ULONG count;

    if (!do_job_begin(&job, jobs)) return;
    ok_hr(do_job_add(&job, L"/one", local), S_OK);
    ok_hr(do_job_add(&job, L"/two", local), S_OK);
    ok_hr(IBackgroundCopyJob_EnumFiles(job.job, &files), S_OK);
    ok_hr(do_job_add(&job, L"/three", local), S_OK); /* too late for this one */
    ok_hr(IEnumBackgroundCopyFiles_GetCount(files, &count), S_OK);
    ok_int(count, 2);
    ok_hr(IEnumBackgroundCopyFiles_Next(files, 3, got, &count), S_FALSE);
    ok_int(count, 2);
    IBackgroundCopyFile_Release(got[0]);
    IBackgroundCopyFile_Release(got[1]);
    ok_hr(IEnumBackgroundCopyFiles_Reset(files), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Skip(files, 1), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Clone(files, &copy), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Next(copy, 1, got, NULL), S_OK);
    IBackgroundCopyFile_Release(got[0]);
    IEnumBackgroundCopyFiles_Release(copy);
    ok_hr(IEnumBackgroundCopyFiles_Skip(files, 2), S_FALSE);
    ok(FAILED(IEnumBackgroundCopyFiles_Next(files, 2, got, NULL)), "two elements without a count");
    IEnumBackgroundCopyFiles_Release(files);

    ok_hr(IBackgroundCopyManager_EnumJobs(jobs->manager, 0, &all), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_GetCount(all, &count), S_OK);
    ok(count >= 1, "%lu jobs", count);
    IEnumBackgroundCopyJobs_Release(all);
    ok_hr(IBackgroundCopyManager_GetErrorDescription(jobs->manager, DO_E_JOB_EMPTY, 0x409, &text), S_OK);
    ok(text && *text, "no text");
    CoTaskMemFree(text);
    ok(FAILED(IBackgroundCopyManager_GetErrorDescription(jobs->manager, 0x80d0ffff, 0x409, &text)),
       "a text for anything");
    do_job_end(&job);
}
