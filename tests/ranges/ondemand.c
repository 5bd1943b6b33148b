/*
 * Files whose bytes come in the order that the client wants (IBackgroundCopyFile6, on-demand mode), and word of the
 * bytes that have come (IBackgroundCopyCallback3).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "ranges.h"

BOOL ondemand_begin(IBackgroundCopyManager *shared)
{
    manager = shared;
    return (server = server_create()) != NULL;
}

void ondemand_end(void)
{
    server_destroy(server);
}

/* The file of a subject; released by the caller. */
static IBackgroundCopyFile6 *file6_of(struct subject *subject)
{
    IBackgroundCopyFile *file = job_file(subject->job, 0);
    IBackgroundCopyFile6 *file6 = file ? query(file, IBackgroundCopyFile6) : NULL;

    if (file) IBackgroundCopyFile_Release(file);
    return file6;
}

static void set_on_demand(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob5 *job5 = query(job, IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};

    if (job5)
    {
        ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ON_DEMAND_MODE, value), S_OK);
        IBackgroundCopyJob5_Release(job5);
    }
}

static HRESULT request(IBackgroundCopyFile6 *file6, UINT64 offset, UINT64 length)
{
    BG_FILE_RANGE range = {offset, length};

    return IBackgroundCopyFile6_RequestFileRanges(file6, 1, &range);
}

/* What is there, as "offset+length ...". */
static const char *filled(IBackgroundCopyFile6 *file6)
{
    static char text[512];
    BG_FILE_RANGE *ranges = NULL;
    DWORD count = 0, i;
    size_t used = 0;

    text[0] = 0;
    ok_hr(IBackgroundCopyFile6_GetFilledFileRanges(file6, &count, &ranges), S_OK);
    for (i = 0; i < count && used < sizeof(text); i++)
        used += snprintf(text + used, sizeof(text) - used, "%s%lu+%lu", i ? " " : "", (ULONG)ranges[i].InitialOffset,
                         (ULONG)ranges[i].Length);
    CoTaskMemFree(ranges);
    return text;
}

static BOOL check_temporary(IBackgroundCopyFile6 *file6, unsigned int offset, unsigned int length)
{
    WCHAR *name = NULL;
    BOOL same;

    ok_hr(IBackgroundCopyFile6_GetTemporaryName(file6, &name), S_OK);
    same = name && check_bytes(name, offset, offset, length);
    CoTaskMemFree(name);
    return same;
}

/* Resume, and wait until all that was asked for is there. */
static void transfer_requests(struct subject *subject)
{
    ok_hr(IBackgroundCopyJob_Resume(subject->job), S_OK);
    client_wait_state(subject->job, BG_JOB_STATE_SUSPENDED, SOON_MS);
}

/* B-481, B-044, B-482, B-222, B-223 */
void test_requests(void)
{
    static const BG_FILE_RANGE more[] = {{45000, 10000}, {0, 1000}};
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;

    if (subject_init(&subject, &(struct route){.size = SIZE}) && (file6 = file6_of(&subject)))
    {
        set_on_demand(subject.job);
        ok_chars(filled(file6), "");
        ok_hr(request(file6, 0, 0), BG_E_INVALID_RANGE);
        ok_hr(request(file6, 50000, 1000), S_OK);
        ok_hr(request(file6, 20000, 1000), S_OK);
        transfer_requests(&subject);
        ok_chars(filled(file6), "20000+1000 50000+1000");
        ok_chars(range_of("GET", subject.path, 0), "bytes=20000-20999"); /* the latest first */
        ok_chars(range_of("GET", subject.path, 1), "bytes=50000-50999");
        ok(check_temporary(file6, 20000, 1000) && check_temporary(file6, 50000, 1000), "the bytes are damaged");
        ok_hr(request(file6, SIZE - 10, 11), BG_E_INVALID_RANGE);
        ok_hr(request(file6, SIZE, 1), BG_E_INVALID_RANGE);

        /* Without a request nothing comes; overlapping ones bring what is missing. */
        transfer_requests(&subject);
        ok_int(server_count(server, "GET", subject.path), 2);
        ok_hr(IBackgroundCopyFile6_RequestFileRanges(file6, 2, more), S_OK);
        transfer_requests(&subject);
        ok_chars(filled(file6), "0+1000 20000+1000 45000+10000");
        ok_chars(range_of("GET", subject.path, 2), "bytes=45000-49999");
        ok_chars(range_of("GET", subject.path, 3), "bytes=51000-54999");
        ok_chars(range_of("GET", subject.path, 4), "bytes=0-999");

        ok_hr(request(file6, 0, BG_LENGTH_TO_EOF), S_OK);
        ok(subject_transfer(&subject), "not transferred");
        ok_int(server_count(server, "GET", subject.path), 8);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    if (file6) IBackgroundCopyFile6_Release(file6);
    subject_cleanup(&subject);
}

/* While the job runs, and without the property: first what is asked for, then the rest. B-480, B-482 */
void test_running(void)
{
    static const struct route good = {.size = SIZE};
    const struct route stall = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = 30000, .times = 1, .then = &good};
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;

    if (subject_init(&subject, &stall) && (file6 = file6_of(&subject)))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        ok_hr(request(file6, 60000, 10000), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        ok_chars(range_of("GET", subject.path, 1), "bytes=60000-69999");
        ok_chars(range_of("GET", subject.path, 3), "bytes=70000-99999");
        ok_chars(filled(file6), "0+100000");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    if (file6) IBackgroundCopyFile6_Release(file6);
    subject_cleanup(&subject);
}

/* B-221 */
void test_position(void)
{
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;

    if (subject_init(&subject, &(struct route){.size = SIZE}) && (file6 = file6_of(&subject)))
    {
        ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, 40000), S_OK);
        ok(subject_transfer(&subject), "not transferred");
        ok_chars(range_of("GET", subject.path, 0), "bytes=40000-99999");
        ok_chars(range_of("GET", subject.path, 1), "bytes=0-39999");
        ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, SIZE), BG_E_INVALID_RANGE);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
        ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, 0), BG_E_INVALID_STATE);
    }
    if (file6) IBackgroundCopyFile6_Release(file6);
    subject_cleanup(&subject);
}

static void check_not_eligible(IBackgroundCopyJob *job)
{
    BG_FILE_RANGE *ranges = (BG_FILE_RANGE *)1;
    IBackgroundCopyFile *file = job_file(job, 0);
    IBackgroundCopyFile6 *file6 = file ? query(file, IBackgroundCopyFile6) : NULL;
    DWORD count = 1;

    if (file6)
    {
        ok_hr(IBackgroundCopyFile6_UpdateDownloadPosition(file6, 100), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        ok_hr(request(file6, 0, 1), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        ok_hr(IBackgroundCopyFile6_GetFilledFileRanges(file6, &count, &ranges), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        IBackgroundCopyFile6_Release(file6);
    }
    if (file) IBackgroundCopyFile_Release(file);
}

/* B-480 */
void test_eligible(void)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    BG_FILE_RANGE range = {0, 10};
    IBackgroundCopyJob3 *job3;
    IBackgroundCopyJob5 *job5;
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH], source[MAX_PATH];

    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) && (job3 = query(job, IBackgroundCopyJob3)))
    {
        winetest_push_context("ranges");
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local), 1, &range), S_OK);
        IBackgroundCopyJob3_Release(job3);
        check_not_eligible(job);
        winetest_pop_context();
    }
    client_drop_job(job);
    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) && (job5 = query(job, IBackgroundCopyJob5)))
    {
        winetest_push_context("dynamic");
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value), S_OK);
        IBackgroundCopyJob5_Release(job5);
        check_not_eligible(job);
        winetest_pop_context();
    }
    client_drop_job(job);
    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
    {
        winetest_push_context("file");
        ok_hr(IBackgroundCopyJob_AddFile(job, client_path(source), client_path(local)), S_OK);
        check_not_eligible(job);
        winetest_pop_context();
    }
    client_drop_job(job);
}

/* A server without ranges: the job fails, and the methods say so from then on. B-480 */
void test_no_support(void)
{
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;

    if (subject_init(&subject, &(struct route){.size = SIZE, .flags = ROUTE_NO_RANGES}) && (file6 = file6_of(&subject)))
    {
        ok_hr(request(file6, 10, 10), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_RANDOM_ACCESS_NOT_SUPPORTED);
        check_not_eligible(subject.job);
    }
    if (file6) IBackgroundCopyFile6_Release(file6);
    subject_cleanup(&subject);
}

/* --- word of what has come ------------------------------------------------------------------------------ */

/* B-654, B-676, B-483, B-660: before the end is told. */
void test_ranges_event(void)
{
    struct callback *callback = callback_create(3);
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;
    unsigned int i;

    if (subject_init(&subject, &(struct route){.size = SIZE}) && (file6 = file6_of(&subject)))
    {
        set_on_demand(subject.job);
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(subject.job, callback_unknown(callback)), S_OK);
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(subject.job,
                                                BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_FILE_RANGES_TRANSFERRED),
              S_OK);
        ok_hr(request(file6, 1000, 1000), S_OK);
        ok_hr(request(file6, 3000, 1000), S_OK);
        transfer_requests(&subject);
        ok(callback_wait(callback, CALLBACK_RANGES, 1, SOON_MS), "FileRangesTransferred was not called");
        i = callback_count(callback, CALLBACK_RANGES);
        ok_hr(request(file6, 0, SIZE), S_OK);
        ok(subject_transfer(&subject), "not transferred");
        ok(callback_wait(callback, CALLBACK_TRANSFERRED, 1, SOON_MS), "JobTransferred was not called");
        ok(callback_count(callback, CALLBACK_RANGES) > i, "FileRangesTransferred was not called for the rest");
        ok_int(callback->order[callback->order_count - 1], CALLBACK_TRANSFERRED);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    if (file6) IBackgroundCopyFile6_Release(file6);
    subject_cleanup(&subject);
    callback_destroy(callback);
}

/* What is there, and what was asked for, is there again with a new service. B-445 */
void test_restart(void)
{
    IBackgroundCopyManager *again = NULL;
    IBackgroundCopyFile6 *file6 = NULL;
    struct subject subject;
    GUID id;

    if (!subject_init(&subject, &(struct route){.size = SIZE}) || !(file6 = file6_of(&subject))) return;
    set_on_demand(subject.job);
    ok_hr(IBackgroundCopyJob_GetId(subject.job, &id), S_OK);
    ok_hr(request(file6, 5000, 1000), S_OK);
    transfer_requests(&subject);
    ok_hr(request(file6, 70000, 1000), S_OK);
    IBackgroundCopyFile6_Release(file6);
    IBackgroundCopyJob_Release(subject.job);
    subject.job = NULL;
    ok(stop_service() || !is_wine(), "the service does not stop"); /* on Windows not everybody may */
    if ((again = client_manager(&CLSID_BackgroundCopyManager)) &&
        ok_hr(IBackgroundCopyManager_GetJob(again, &id, &subject.job), S_OK) && (file6 = file6_of(&subject)))
    {
        ok_chars(filled(file6), "5000+1000");
        transfer_requests(&subject);
        ok_chars(filled(file6), "5000+1000 70000+1000");
        ok(check_temporary(file6, 5000, 1000) && check_temporary(file6, 70000, 1000), "the bytes are damaged");
        IBackgroundCopyFile6_Release(file6);
    }
    subject_cleanup(&subject);
    if (again) IBackgroundCopyManager_Release(again);
}
