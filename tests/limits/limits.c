/*
 * Limits, the policies that set them, and to whom they apply (B-121, B-264 to B-266, B-801 to B-805).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Administrators and service accounts are exempt from all of these limits, other users are not: what is expected
 * depends on who runs this.
 */

#include "job/jobtest.h"

/* Whether the limits are not for this user. */
static BOOL is_exempt(void)
{
    SID_IDENTIFIER_AUTHORITY authority = {SECURITY_NT_AUTHORITY};
    BOOL member = FALSE;
    PSID group;

    if (AllocateAndInitializeSid(&authority, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0,
                                 &group))
    {
        if (!CheckTokenMembership(NULL, group, &member)) member = FALSE;
        FreeSid(group);
    }
    return member;
}

/* How many of count files can be added, and what the first that cannot gets. */
static unsigned int add_files(unsigned int count, HRESULT *refusal)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR local[MAX_PATH];
    unsigned int i = 0;

    *refusal = S_OK;
    if (!job) return 0;
    client_path(local);
    while (i < count && (*refusal = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", local)) == S_OK) i++;
    client_drop_job(job);
    return i;
}

/* B-265, B-804 */
static void test_files(void)
{
    HRESULT refusal;
    unsigned int count = add_files(201, &refusal);

    if (is_exempt())
    {
        ok_int(count, 201);
        ok_hr(refusal, S_OK);
    }
    else
    {
        ok_int(count, 200);
        ok_hr(refusal, BG_E_TOO_MANY_FILES_IN_JOB);
    }
    if (!set_policy(L"MaxFilesPerJob", 3))
    {
        skip("this user cannot set policies");
        return;
    }
    count = add_files(4, &refusal);
    ok_int(count, is_exempt() ? 4 : 3);
    ok_hr(refusal, is_exempt() ? S_OK : BG_E_TOO_MANY_FILES_IN_JOB);
    ok(set_policy(L"MaxFilesPerJob", 0), "the policy stays");
}

/* B-266, B-805 */
static void test_ranges(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = job ? query(job, IBackgroundCopyJob3) : NULL;
    BG_FILE_RANGE *ranges = calloc(501, sizeof(*ranges));
    WCHAR local[MAX_PATH];
    unsigned int i;

    for (i = 0; i < 501; i++) ranges[i] = (BG_FILE_RANGE){10 * i, 5};
    if (job3)
    {
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local), 500, ranges),
              S_OK);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local), 501, ranges),
              is_exempt() ? S_OK : BG_E_TOO_MANY_RANGES_IN_FILE);
        IBackgroundCopyJob3_Release(job3);
    }
    client_drop_job(job);
    free(ranges);
}

#define MANY 62

/* B-121, B-264, B-803 */
static void test_jobs(void)
{
    IEnumBackgroundCopyJobs *list = NULL;
    IBackgroundCopyJob *jobs[MANY] = {0};
    ULONG count = 0, there = 0;
    HRESULT hr = S_OK;
    GUID id;

    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &list), S_OK);
    if (list)
    {
        ok_hr(IEnumBackgroundCopyJobs_GetCount(list, &there), S_OK);
        IEnumBackgroundCopyJobs_Release(list);
    }
    while (count < MANY && SUCCEEDED(hr = IBackgroundCopyManager_CreateJob(manager, L"one of many",
                                                                           BG_JOB_TYPE_DOWNLOAD, &id, &jobs[count])))
        count++;
    if (is_exempt()) { ok_int(count, MANY); }
    else
    {
        ok_int(count + there, 60);
        ok_hr(hr, BG_E_TOO_MANY_JOBS_PER_USER);
        ok(!jobs[count], "got a job");
    }
    while (count) client_drop_job(jobs[--count]);

    /* a job that has ended does not count */
    hr = IBackgroundCopyManager_CreateJob(manager, L"one more", BG_JOB_TYPE_DOWNLOAD, &id, &jobs[0]);
    ok_hr(hr, S_OK);
    client_drop_job(jobs[0]);
}

/* B-306, B-801: the policy is what a new job starts with; its own setting goes before. */
static void test_download_time(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJob4 *job4;
    ULONG seconds = 0;

    if (!is_wine() || !set_policy(L"MaxDownloadTime", 5000))
    {
        skip("policies cannot be changed, or Windows would not notice at once");
        return;
    }
    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) && (job4 = query(job, IBackgroundCopyJob4)))
    {
        ok_hr(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &seconds), S_OK);
        ok_int(seconds, 5000);
        ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 6000), S_OK); /* B-189 */
        ok_hr(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &seconds), S_OK);
        ok_int(seconds, 6000);
        IBackgroundCopyJob4_Release(job4);
    }
    client_drop_job(job);
    ok(set_policy(L"MaxDownloadTime", 0), "the policy stays");

    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) && (job4 = query(job, IBackgroundCopyJob4)))
    {
        ok_hr(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &seconds), S_OK);
        ok_int(seconds, 7776000);
        IBackgroundCopyJob4_Release(job4);
    }
    client_drop_job(job);
}

/* B-265: uploads have one file, whoever asks. */
static void test_uploads(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_UPLOAD);
    WCHAR local[MAX_PATH];

    if (!job) return;
    ok(pattern_write_file(client_path(local), 100, 3), "cannot write %s", wine_dbgstr_w(local));
    ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", local), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", local), BG_E_TOO_MANY_FILES);
    client_drop_job(job);
    DeleteFileW(local);
}

START_TEST(limits)
{
    if (tests_begin())
    {
        winetest_run(test_files);
        winetest_run(test_ranges);
        winetest_run(test_jobs);
        winetest_run(test_download_time);
        winetest_run(test_uploads);
    }
    tests_end();
}
