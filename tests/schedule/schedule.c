/*
 * Which jobs run at the same time, in which order, how fast, and what holds them back.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"
#include "support/upload.h"

#define SIZE 100000

static const struct route route_stall = {.flags = ROUTE_STALL, .size = SIZE, .stall_at = SIZE / 2};

/* A job of that priority with a file at a path that stands still half-way. */
static BOOL subject_begin(struct subject *subject, const struct route *route, BG_JOB_PRIORITY priority)
{
    if (!subject_init(subject, route)) return FALSE;
    ok_hr(IBackgroundCopyJob_SetPriority(subject->job, priority), S_OK);
    return ok_hr(IBackgroundCopyJob_Resume(subject->job), S_OK);
}

/* Complete, and compare. */
static void subject_end(struct subject *subject)
{
    client_wait_state(subject->job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok_hr(IBackgroundCopyJob_Complete(subject->job), S_OK);
    ok(pattern_check_file(subject->local, SIZE, 0), "the file is damaged");
}

/* How many bytes of a job are there. */
static UINT64 transferred(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.BytesTransferred;
}

/* Where a job went on after its first piece: the Range of its last GET. */
static unsigned int resumed_at(const struct subject *subject)
{
    unsigned int count = server_count(server, "GET", subject->path), start = 0;
    const struct server_request *request = server_request(server, "GET", subject->path, count - 1);
    char range[64] = "";

    if (request) server_header(request, "Range", range, sizeof(range));
    sscanf(range, "bytes=%u-", &start);
    return start;
}

/* B-620: all in the foreground, and one in the background beside them. B-624 */
static void test_together(void)
{
    struct subject foreground[3], background[2];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(foreground); i++) subject_begin(&foreground[i], &route_stall, BG_JOB_PRIORITY_FOREGROUND);
    for (i = 0; i < ARRAYSIZE(background); i++) subject_begin(&background[i], &route_stall, BG_JOB_PRIORITY_NORMAL);
    for (i = 0; i < ARRAYSIZE(foreground); i++)
    {
        ok(server_wait_stalled(server, foreground[i].path, 1, SOON_MS), "foreground job %u does not run", i);
        ok_state(foreground[i].job, BG_JOB_STATE_TRANSFERRING);
    }
    ok(server_wait_stalled(server, background[0].path, 1, SOON_MS), "the first background job does not run");
    ok_state(background[1].job, BG_JOB_STATE_QUEUED);
    ok_int(server_count(server, NULL, background[1].path), 0);

    /* B-626: in the foreground it runs at once, and the other goes on. */
    ok_hr(IBackgroundCopyJob_SetPriority(background[1].job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok(server_wait_stalled(server, background[1].path, 1, SOON_MS), "the second background job does not run");
    ok_state(background[0].job, BG_JOB_STATE_TRANSFERRING);
    /* And back: one of the two has to wait, and loses nothing. */
    ok_hr(IBackgroundCopyJob_SetPriority(background[1].job, BG_JOB_PRIORITY_LOW), S_OK);
    client_wait_state(background[1].job, BG_JOB_STATE_QUEUED, SOON_MS);
    ok_state(background[0].job, BG_JOB_STATE_TRANSFERRING);
    ok(transferred(background[1].job) == SIZE / 2, "%lu bytes are left", (ULONG)transferred(background[1].job));
    for (i = 0; i < ARRAYSIZE(background); i++) server_release(server, background[i].path);
    for (i = 0; i < ARRAYSIZE(background); i++)
    {
        subject_end(&background[i]);
        subject_cleanup(&background[i]);
    }
    ok_int(resumed_at(&background[1]), SIZE / 2);
    for (i = 0; i < ARRAYSIZE(foreground); i++) subject_cleanup(&foreground[i]);
}

/* B-621, B-027, B-445: what is preempted goes on where it was, with the condition that the file is the same (B-422). */
static void test_preemption(void)
{
    struct subject low, high;
    char value[64];

    if (subject_begin(&low, &route_stall, BG_JOB_PRIORITY_LOW))
    {
        ok(server_wait_stalled(server, low.path, 1, SOON_MS), "the job does not run");
        while (transferred(low.job) < SIZE / 2) client_pause(10);
        subject_begin(&high, &route_stall, BG_JOB_PRIORITY_HIGH);
        ok(server_wait_stalled(server, high.path, 1, SOON_MS), "the higher job does not run");
        client_wait_state(low.job, BG_JOB_STATE_QUEUED, SOON_MS);
        ok(transferred(low.job) == SIZE / 2, "%lu bytes are left", (ULONG)transferred(low.job));
        server_release(server, low.path);
        ok_int(server_count(server, "GET", low.path), 1); /* B-621: no time while the other needs it */
        server_release(server, high.path);
        subject_end(&high);
        subject_end(&low);
        ok_int(resumed_at(&low), SIZE / 2);
        server_header(server_request(server, "GET", low.path, 1), "If-Unmodified-Since", value, sizeof(value));
        ok(!strcmp(value, SERVER_DATE), "the condition is %s", value);
        subject_cleanup(&high);
    }
    subject_cleanup(&low);
}

/* B-621: a job in an error state holds up nobody. */
static void test_error_gives_way(void)
{
    static const struct route broken = {.status = 500, .text = "no"};
    struct subject high, low;

    if (subject_begin(&high, &broken, BG_JOB_PRIORITY_HIGH))
    {
        client_wait_state(high.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        if (subject_begin(&low, &(struct route){.size = SIZE}, BG_JOB_PRIORITY_LOW)) subject_end(&low);
        subject_cleanup(&low);
    }
    subject_cleanup(&high);
}

/* --- what a job waits for ------------------------------------------------------------------------ */

/* Of the interface that only wine-bits has; FALSE where there is none. */
static BOOL get_wait(IBackgroundCopyJob *job, WINEBITS_WAIT *wait, GUID *other, FILETIME *until)
{
    IWineBitsJobWait *object;

    if (FAILED(IBackgroundCopyJob_QueryInterface(job, &IID_IWineBitsJobWait, (void **)&object))) return FALSE;
    ok_hr(IWineBitsJobWait_GetWait(object, wait, other, until), S_OK);
    IWineBitsJobWait_Release(object);
    return TRUE;
}

static void test_waits(void)
{
    static const struct route broken = {.status = 500, .text = "no"};
    struct subject first, second, failing;
    FILETIME until, now;
    WINEBITS_WAIT wait;
    GUID id, other;

    if (subject_begin(&first, &route_stall, BG_JOB_PRIORITY_NORMAL))
    {
        ok(server_wait_stalled(server, first.path, 1, SOON_MS), "the job does not run");
        if (!get_wait(first.job, &wait, &other, &until)) win_skip("no IWineBitsJobWait\n");
        else
        {
            ok_int(wait, WINEBITS_WAIT_NONE);
            subject_begin(&second, &route_stall, BG_JOB_PRIORITY_LOW);
            get_wait(second.job, &wait, &other, &until);
            ok_int(wait, WINEBITS_WAIT_TURN);
            IBackgroundCopyJob_GetId(first.job, &id);
            ok(IsEqualGUID(&other, &id), "the turn is of another job\n");
            subject_cleanup(&second);

            subject_begin(&failing, &broken, BG_JOB_PRIORITY_FOREGROUND);
            client_wait_state(failing.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
            get_wait(failing.job, &wait, &other, &until);
            ok_int(wait, WINEBITS_WAIT_RETRY);
            GetSystemTimeAsFileTime(&now);
            ok(CompareFileTime(&until, &now) > 0, "the next try is over\n");
            ok(IsEqualGUID(&other, &GUID_NULL), "a retry waits for a job\n");
            subject_cleanup(&failing);
        }
    }
    subject_cleanup(&first);
}

/* --- time slices --------------------------------------------------------------------------------- */

static BOOL set_value(const WCHAR *path, const WCHAR *name, DWORD value)
{
    LSTATUS error;
    HKEY key;

    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL))
        return FALSE;
    error = RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof(value));
    RegCloseKey(key);
    return !error;
}

static void delete_tree(const WCHAR *path)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, &key)) return;
    RegDeleteTreeW(key, NULL);
    RegCloseKey(key);
}

/* B-622: jobs of one level take turns, but a job that waits for nobody goes on. The slice is ours to set. */
static void test_time_slices(void)
{
    struct subject first, second;
    unsigned int i;

    if (!is_wine())
    {
        skip("the length of a slice cannot be set");
        return;
    }
    ok(set_value(L"Software\\wine-bits", L"TimeSlice", 1), "the registry cannot be written");
    set_policy(L"JobInactivityTimeout", 90); /* any change makes the service read again (B-824) */
    if (subject_begin(&first, &route_stall, BG_JOB_PRIORITY_NORMAL))
    {
        ok(server_wait_stalled(server, first.path, 1, SOON_MS), "the job does not run");
        client_pause(2500);
        ok_state(first.job, BG_JOB_STATE_TRANSFERRING);
        ok_int(server_count(server, "GET", first.path), 1);
        subject_begin(&second, &route_stall, BG_JOB_PRIORITY_NORMAL);
        /* Its request stays; it may stand still, for a second, before Resume comes back. */
        ok(server_wait_requests(server, "GET", second.path, 1, SOON_MS), "the second job gets no slice");
        ok(server_wait_requests(server, "GET", first.path, 2, SOON_MS), "the first job gets no other slice");
        server_release(server, first.path);
        server_release(server, second.path);
        subject_end(&first);
        subject_end(&second);
        /* B-027: nothing was fetched twice. */
        for (i = 1; i < server_count(server, "GET", first.path); i++)
        {
            char range[64] = "";

            server_header(server_request(server, "GET", first.path, i), "Range", range, sizeof(range));
            ok(!strncmp(range, "bytes=50000-", 12), "request %u is for %s", i, range);
        }
        subject_cleanup(&second);
    }
    subject_cleanup(&first);
    set_value(L"Software\\wine-bits", L"TimeSlice", 300);
    set_policy(L"JobInactivityTimeout", 0);
}

/* --- policies -------------------------------------------------------------------------------------- */

/* B-702, B-703: an error that is about no file and no protocol. */
static void check_fileless_error(IBackgroundCopyJob *job)
{
    IBackgroundCopyFile *file = (IBackgroundCopyFile *)1;
    WCHAR *protocol = (WCHAR *)1;
    IBackgroundCopyError *error;

    if (ok_hr(IBackgroundCopyJob_GetError(job, &error), S_OK))
    {
        ok_hr(IBackgroundCopyError_GetFile(error, &file), BG_E_FILE_NOT_AVAILABLE);
        ok(!file, "got a file");
        ok_hr(IBackgroundCopyError_GetProtocol(error, &protocol), BG_E_PROTOCOL_NOT_AVAILABLE);
        ok(!protocol, "got a protocol");
        IBackgroundCopyError_Release(error);
    }
}

/* B-531, B-554, B-584, B-806, B-807, B-809, B-824: no bandwidth, no background. */
static void test_blocked(void)
{
    struct subject background, foreground;
    BG_ERROR_CONTEXT context;
    ULONG errors = 1;

    if (!is_wine())
    {
        skip("the policies of this machine are left alone");
        return;
    }
    if (!subject_begin(&background, &route_stall, BG_JOB_PRIORITY_NORMAL)) return;
    ok(server_wait_stalled(server, background.path, 1, SOON_MS), "the job does not run");
    set_value(POLICY_KEY, L"MaxTransferRateOnSchedule", 0);
    set_value(POLICY_KEY, L"MaxBandwidthValidFrom", 5);
    set_value(POLICY_KEY, L"MaxBandwidthValidTo", 5);
    set_value(POLICY_KEY, L"EnableBITSMaxBandwidth", 1);
    client_wait_state(background.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
    ok_hr(client_job_error(background.job, &context), BG_E_BLOCKED_BY_POLICY);
    ok_int(context, BG_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER);
    check_fileless_error(background.job);
    ok_hr(IBackgroundCopyJob_GetErrorCount(background.job, &errors), S_OK); /* B-159 */
    ok_int(errors, 0);
    if (subject_begin(&foreground, &(struct route){.size = SIZE}, BG_JOB_PRIORITY_FOREGROUND)) /* B-583 */
        subject_end(&foreground);
    subject_cleanup(&foreground);
    ok_state(background.job, BG_JOB_STATE_TRANSIENT_ERROR);
    server_release(server, background.path);
    delete_tree(POLICY_KEY);
    subject_end(&background);
    subject_cleanup(&background);
}

/* How long a job takes. */
static DWORD time_job(BG_JOB_PRIORITY priority)
{
    ULONGLONG start = GetTickCount64();
    struct subject subject;

    if (subject_begin(&subject, &(struct route){.size = SIZE}, priority)) subject_end(&subject);
    subject_cleanup(&subject);
    return (DWORD)(GetTickCount64() - start);
}

/* The same of an upload. */
static DWORD time_upload(BG_JOB_PRIORITY priority)
{
    ULONGLONG start = GetTickCount64();
    struct upload upload = {0};

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(upload.job, priority), S_OK);
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
    }
    upload_end(&upload);
    return (DWORD)(GetTickCount64() - start);
}

/* And of a job with many files. */
static DWORD time_small_files(void)
{
    ULONGLONG start = GetTickCount64();
    struct subject subject;
    WCHAR local[MAX_PATH];
    unsigned int i;

    if (subject_init(&subject, &(struct route){.size = SIZE / 20}))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        for (i = 1; i < 20; i++) ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    }
    subject_cleanup(&subject);
    return (DWORD)(GetTickCount64() - start);
}

/* B-583, B-584, B-820, B-821 */
static void test_limits(void)
{
    static const WCHAR throttling[] = POLICY_KEY L"\\Throttling", work[] = POLICY_KEY L"\\Throttling\\WorkSchedule";
    static const WCHAR *const types[] = {L"HighBandwidthType", L"NormalBandwidthType", L"LowBandwidthType"};
    DWORD one, many, up;
    unsigned int i;

    if (!is_wine())
    {
        skip("the policies of this machine are left alone");
        return;
    }
    set_value(work, L"StartDay", 0);
    set_value(work, L"EndDay", 6);
    set_value(work, L"StartHour", 0);
    set_value(work, L"EndHour", 0);
    for (i = 0; i < ARRAYSIZE(types); i++) set_value(work, types[i], i ? 1 : 3);
    set_value(work, L"NormalBandwidthLimit", 400);
    set_value(work, L"LowBandwidthLimit", 400);
    set_value(throttling, L"EnableBandwidthLimits", 1);
    client_pause(500); /* the service learns of it in its own time */
    one = time_job(BG_JOB_PRIORITY_NORMAL);
    many = time_small_files();
    up = time_upload(BG_JOB_PRIORITY_NORMAL);
    trace("one file %lu ms, many files %lu ms, upload %lu ms", one, many, up);
    /* 100,000 bytes with 400 kbit/s take two seconds. */
    ok(one >= 1500, "%lu ms with a limit of 50,000 bytes a second", one);
    ok(many >= 1500, "many files took %lu ms", many);
    ok(up >= 1500, "the upload took %lu ms", up);

    /* With a hundredth of that nothing arrives that is not exempt. */
    set_value(work, L"NormalBandwidthLimit", 4);
    client_pause(500);
    time_job(BG_JOB_PRIORITY_HIGH);
    time_job(BG_JOB_PRIORITY_FOREGROUND);
    time_upload(BG_JOB_PRIORITY_FOREGROUND);
    /* B-820: this machine is on a subnet of its own. */
    set_value(throttling, L"IgnoreBandwidthLimitsOnLan", 1);
    client_pause(500);
    time_job(BG_JOB_PRIORITY_NORMAL);
    time_small_files();
    time_upload(BG_JOB_PRIORITY_NORMAL);
    delete_tree(POLICY_KEY);
}

/* B-230, B-532, B-585, B-586: a network that costs nothing is no network for a job that wants another one. */
static void test_cost(void)
{
    IBackgroundCopyJob5 *job5 = NULL;
    BITS_JOB_PROPERTY_VALUE value;
    struct subject subject;

    if (subject_begin(&subject, &route_stall, BG_JOB_PRIORITY_FOREGROUND) &&
        (job5 = query(subject.job, IBackgroundCopyJob5)))
    {
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        value.Dword = BITS_COST_STATE_ROAMING;
        ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_BLOCKED_BY_COST_TRANSFER_POLICY);
        server_release(server, subject.path);
        value.Dword = BITS_COST_STATE_TRANSFER_UNRESTRICTED;
        ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
        subject_end(&subject);
        IBackgroundCopyJob5_Release(job5);
    }
    subject_cleanup(&subject);
}

static DWORD cost_flags(IBackgroundCopyJob *job)
{
    IBackgroundCopyJob5 *job5 = query(job, IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.Dword = 0};

    if (!job5) return 0;
    ok_hr(IBackgroundCopyJob5_GetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, &value), S_OK);
    IBackgroundCopyJob5_Release(job5);
    return value.Dword;
}

/* Policies are read a little after they have changed. */
static void wait_cost_flags(IBackgroundCopyJob *job, DWORD flags)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (cost_flags(job) != flags && GetTickCount64() < deadline) client_pause(10);
    ok(cost_flags(job) == flags, "the mask is %#lx, expected %#lx", cost_flags(job), flags);
}

/* B-822, B-586, B-230: the mask of a job is the policy's for its priority until its client sets another. */
static void test_cost_policy(void)
{
    static const struct
    {
        DWORD policy, mask;
    } cases[] = {
        {1, BITS_COST_STATE_TRANSFER_ALWAYS},       {2, BITS_COST_STATE_TRANSFER_NOT_ROAMING},
        {3, BITS_COST_STATE_TRANSFER_NO_SURCHARGE}, {4, BITS_COST_STATE_TRANSFER_STANDARD},
        {5, BITS_COST_STATE_TRANSFER_UNRESTRICTED}, {0x80000043, 0x80000043},
        {0x100, BITS_COST_STATE_TRANSFER_ALWAYS},
    };
    static const WCHAR key[] = POLICY_KEY L"\\TransferPolicy";
    BITS_JOB_PROPERTY_VALUE value = {.Dword = BITS_COST_STATE_TRANSFER_STANDARD};
    IBackgroundCopyJob5 *job5 = NULL;
    struct subject subject;
    unsigned int i;

    if (!is_wine())
    {
        skip("policies are not ours to set");
        return;
    }
    if (subject_init(&subject, &route_stall))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        ok_int(cost_flags(subject.job), BITS_COST_STATE_TRANSFER_ALWAYS);
        for (i = 0; i < ARRAYSIZE(cases); i++)
        {
            ok(set_value(key, L"NormalTransferPolicy", cases[i].policy), "the registry cannot be written");
            wait_cost_flags(subject.job, cases[i].mask);
        }
        set_value(key, L"NormalTransferPolicy", 5);
        wait_cost_flags(subject.job, BITS_COST_STATE_TRANSFER_UNRESTRICTED);
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_HIGH), S_OK);
        ok_int(cost_flags(subject.job), BITS_COST_STATE_TRANSFER_ALWAYS);
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        if ((job5 = query(subject.job, IBackgroundCopyJob5)))
        {
            ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_ID_COST_FLAGS, value), S_OK);
            ok_int(cost_flags(subject.job), BITS_COST_STATE_TRANSFER_STANDARD);
            IBackgroundCopyJob5_Release(job5);
        }
    }
    subject_cleanup(&subject);
    delete_tree(key);
}

#define SLOW_JOBS 120 /* several times what the service transfers at once */

/* How many of them have been asked for something. */
static unsigned int count_asked(const struct subject *subjects, unsigned int count)
{
    unsigned int i, asked = 0;

    for (i = 0; i < count; i++) asked += server_count(server, "GET", subjects[i].path) != 0;
    return asked;
}

/* Servers that send nothing, however many, keep no job of the foreground from a server that does. */
static void test_slow_servers(void)
{
    static const struct route stalled = {.flags = ROUTE_STALL, .size = 100000, .stall_at = 1000};
    static const struct route good = {.size = 100000};
    struct subject *slow = calloc(SLOW_JOBS, sizeof(*slow)), healthy;
    unsigned int i, count = 0, asked = 0;

    if (!slow) return;
    for (; count < SLOW_JOBS && subject_init(&slow[count], &stalled); count++)
        ok_hr(IBackgroundCopyJob_Resume(slow[count].job), S_OK);
    ok_int(count, SLOW_JOBS);
    ok(server_wait_stalled(server, slow[0].path, 1, SOON_MS), "the first server is not asked");
    asked = count_asked(slow, count);
    if (subject_init(&healthy, &good) && subject_transfer(&healthy))
        ok_hr(IBackgroundCopyJob_Complete(healthy.job), S_OK);
    subject_cleanup(&healthy);
    asked = count_asked(slow, count) - asked;
    ok(asked < SLOW_JOBS / 3, "%u slow servers are asked before the healthy one", asked);
    /* The others get their turns as well. */
    ok(server_wait_stalled(server, slow[SLOW_JOBS - 1].path, 1, SOON_MS), "the last server is not asked");
    for (i = 0; i < count; i++) subject_cleanup(&slow[i]);
    free(slow);
}

START_TEST(schedule)
{
    if (tests_begin())
    {
        upload_manager = manager;
        winetest_run(test_slow_servers);
        winetest_run(test_together);
        winetest_run(test_preemption);
        winetest_run(test_error_gives_way);
        winetest_run(test_waits);
        winetest_run(test_time_slices);
        winetest_run(test_blocked);
        winetest_run(test_limits);
        winetest_run(test_cost);
        winetest_run(test_cost_policy);
    }
    tests_end();
}
