/*
 * The enumerators of jobs and of files (B-105, B-109, B-225, B-226).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"

#define FILES 5

static WCHAR names[FILES][MAX_PATH];

static IBackgroundCopyJob *job_with_files(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    unsigned int i;

    for (i = 0; job && i < FILES; i++)
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", client_path(names[i])), S_OK);
    return job;
}

/* The file with that number in the order of adding (B-014). */
static void check_file(IBackgroundCopyFile *file, unsigned int index)
{
    WCHAR *text = NULL;

    if (!ok(file != NULL, "no file %u", index)) return;
    ok_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
    ok_text(text, names[index]);
    IBackgroundCopyFile_Release(file);
}

static void test_files_next(void)
{
    IBackgroundCopyJob *job = job_with_files();
    IBackgroundCopyFile *files[FILES + 3];
    IEnumBackgroundCopyFiles *list = NULL;
    ULONG fetched = 99, i;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &list), S_OK); /* B-133 */
    ok_hr(IEnumBackgroundCopyFiles_GetCount(list, &i), S_OK);
    ok_int(i, FILES);

    files[0] = NULL;
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, files, NULL), S_OK); /* B-225: one may go uncounted */
    check_file(files[0], 0);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 2, files, &fetched), S_OK);
    ok_int(fetched, 2);
    check_file(files[0], 1);
    check_file(files[1], 2);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, FILES, files, &fetched), S_FALSE);
    ok_int(fetched, FILES - 3);
    for (i = 0; i < fetched; i++) check_file(files[i], 3 + i);
    fetched = 99;
    files[0] = NULL;
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, files, &fetched), S_FALSE);
    ok_int(fetched, 0);
    ok(!files[0], "got a file");
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, files, NULL), S_FALSE);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 2, files, NULL), E_INVALIDARG);

    ok_hr(IEnumBackgroundCopyFiles_Reset(list), S_OK); /* B-226 */
    ok_hr(IEnumBackgroundCopyFiles_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, FILES, files, &fetched), S_OK);
    ok_int(fetched, FILES);
    for (i = 0; i < fetched; i++) check_file(files[i], i);
    ok_int(IEnumBackgroundCopyFiles_Release(list), 0); /* B-109 */
    client_drop_job(job);
}

static void test_files_skip(void)
{
    IBackgroundCopyJob *job = job_with_files();
    IEnumBackgroundCopyFiles *list = NULL, *copy = NULL;
    IBackgroundCopyFile *file = NULL;
    ULONG fetched, count;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, 0), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, 2), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Clone(list, &copy), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, &fetched), S_OK);
    check_file(file, 2);
    file = NULL;
    ok_hr(IEnumBackgroundCopyFiles_Next(copy, 1, &file, &fetched), S_OK); /* the same position */
    check_file(file, 2);
    ok_hr(IEnumBackgroundCopyFiles_GetCount(copy, &count), S_OK);
    ok_int(count, FILES);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, FILES - 3), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, &fetched), S_FALSE);
    ok_hr(IEnumBackgroundCopyFiles_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, FILES), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, FILES + 1), S_FALSE);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, &fetched), S_FALSE);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, 0xffffffff), S_FALSE);
    ok_null(IEnumBackgroundCopyFiles_Clone(list, NULL));
    ok_null(IEnumBackgroundCopyFiles_GetCount(list, NULL));
    ok_int(IEnumBackgroundCopyFiles_Release(copy), 0);
    IEnumBackgroundCopyFiles_Release(list);
    client_drop_job(job);
}

/* B-105: what was there then, with the values of now. */
static void test_files_snapshot(void)
{
    IBackgroundCopyJob *job = job_with_files();
    IBackgroundCopyJob3 *job3;
    IEnumBackgroundCopyFiles *list = NULL, *later = NULL;
    IBackgroundCopyFile *file = NULL;
    WCHAR local[MAX_PATH], *text = NULL;
    ULONG count;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &list), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/b", client_path(local)), S_OK);
    if ((job3 = query(job, IBackgroundCopyJob3)))
    {
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://127.0.0.1/a", L"http://127.0.0.1/x"), S_OK);
        IBackgroundCopyJob3_Release(job3);
    }
    ok_hr(IEnumBackgroundCopyFiles_GetCount(list, &count), S_OK);
    ok_int(count, FILES);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, NULL), S_OK);
    if (file)
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
        ok_text(text, L"http://127.0.0.1/x");
        IBackgroundCopyFile_Release(file);
    }
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &later), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_GetCount(later, &count), S_OK);
    ok_int(count, FILES + 1);
    IEnumBackgroundCopyFiles_Release(later);

    /* B-011: after the end as well, and without the job */
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &later), S_OK);
    IEnumBackgroundCopyFiles_Release(later);
    IBackgroundCopyJob_Release(job);
    file = NULL;
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, NULL), S_OK);
    check_file(file, 1);
    IEnumBackgroundCopyFiles_Release(list);
}

static void test_no_files(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IEnumBackgroundCopyFiles *list = NULL, *copy = NULL;
    IBackgroundCopyFile *file = NULL;
    ULONG count = 1, fetched = 1;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_EnumFiles(job, &list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_GetCount(list, &count), S_OK);
    ok_int(count, 0);
    ok_hr(IEnumBackgroundCopyFiles_Next(list, 1, &file, &fetched), S_FALSE);
    ok_int(fetched, 0);
    ok_hr(IEnumBackgroundCopyFiles_Skip(list, 1), S_FALSE);
    ok_hr(IEnumBackgroundCopyFiles_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyFiles_Clone(list, &copy), S_OK);
    IEnumBackgroundCopyFiles_Release(copy);
    IEnumBackgroundCopyFiles_Release(list);
    client_drop_job(job);
}

/* --- jobs ------------------------------------------------------------------------------------------ */

#define JOBS 4

static void test_jobs(void)
{
    IBackgroundCopyJob *jobs[JOBS], *found[64] = {0};
    IEnumBackgroundCopyJobs *list = NULL, *copy = NULL;
    ULONG count = 0, fetched = 0, i, j;
    unsigned int seen = 0;
    HRESULT hr;
    GUID id, other;

    for (i = 0; i < JOBS; i++) jobs[i] = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    ok_hr(IBackgroundCopyManager_EnumJobs(manager, 0, &list), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_GetCount(list, &count), S_OK);
    if (!ok(count >= JOBS && count < ARRAYSIZE(found), "there are %lu jobs", count)) return;

    ok_hr(IEnumBackgroundCopyJobs_Next(list, count, found, &fetched), S_OK);
    ok_int(fetched, count);
    for (i = 0; i < fetched; i++)
    {
        ok_hr(IBackgroundCopyJob_GetId(found[i], &id), S_OK);
        for (j = 0; j < JOBS; j++)
        {
            ok_hr(IBackgroundCopyJob_GetId(jobs[j], &other), S_OK);
            if (IsEqualGUID(&id, &other)) seen |= 1u << j;
        }
        IBackgroundCopyJob_Release(found[i]);
    }
    ok_int(seen, (1u << JOBS) - 1);
    ok_hr(IEnumBackgroundCopyJobs_Next(list, 1, found, &fetched), S_FALSE);
    ok_int(fetched, 0);
    hr = IEnumBackgroundCopyJobs_Next(list, 2, found, NULL); /* B-225 */
    ok(FAILED(hr), "Next returned %#lx", hr);

    ok_hr(IEnumBackgroundCopyJobs_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_Reset(list), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_Skip(list, count - 1), S_OK);
    ok_hr(IEnumBackgroundCopyJobs_Clone(list, &copy), S_OK);
    found[0] = NULL;
    ok_hr(IEnumBackgroundCopyJobs_Next(copy, 1, found, NULL), S_OK);
    if (found[0]) IBackgroundCopyJob_Release(found[0]);
    ok_hr(IEnumBackgroundCopyJobs_Next(copy, 1, found, &fetched), S_FALSE);
    ok_int(IEnumBackgroundCopyJobs_Release(copy), 0);
    ok_hr(IEnumBackgroundCopyJobs_Skip(list, 2), S_FALSE);

    /* B-105: a snapshot */
    for (i = 0; i < JOBS; i++) client_drop_job(jobs[i]);
    j = 0;
    ok_hr(IEnumBackgroundCopyJobs_GetCount(list, &j), S_OK);
    ok_int(j, count);
    IEnumBackgroundCopyJobs_Release(list);
}

START_TEST(enums)
{
    if (tests_begin())
    {
        winetest_run(test_files_next);
        winetest_run(test_files_skip);
        winetest_run(test_files_snapshot);
        winetest_run(test_no_files);
        winetest_run(test_jobs);
    }
    tests_end();
}
