/*
 * What may be done in which state, errors, and times.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dojob.h"
#include "wine/test.h"

/* --- the table (D-256 to D-264) ------------------------------------------------------------------ */

/* Bring a new job with one file there; FALSE after a failed test. */
static BOOL enter(struct do_job *job, struct jobs *jobs, BG_JOB_STATE state)
{
    static const WCHAR *const paths[] = {
        [BG_JOB_STATE_TRANSFERRING] = L"/stall", [BG_JOB_STATE_SUSPENDED] = L"/file",
        [BG_JOB_STATE_ERROR] = L"/missing",      [BG_JOB_STATE_TRANSIENT_ERROR] = L"/busy",
        [BG_JOB_STATE_TRANSFERRED] = L"/file",   [BG_JOB_STATE_ACKNOWLEDGED] = L"/file",
        [BG_JOB_STATE_CANCELLED] = L"/file",
    };
    WCHAR local[MAX_PATH];
    BG_JOB_STATE target = state == BG_JOB_STATE_ACKNOWLEDGED ? BG_JOB_STATE_TRANSFERRED : state;

    if (!do_job_begin(job, jobs)) return FALSE;
    ok_hr(do_job_add(job, paths[state], local), S_OK);
    if (state == BG_JOB_STATE_CANCELLED) ok_hr(IBackgroundCopyJob_Cancel(job->job), S_OK);
    else if (state != BG_JOB_STATE_SUSPENDED)
    {
        ok_hr(IBackgroundCopyJob_Resume(job->job), S_OK);
        ok(client_state(job->job) != BG_JOB_STATE_CONNECTING, "the job is CONNECTING"); /* D-299 */
        if (!client_wait_state(job->job, target, SOON_MS)) return FALSE;
    }
    if (state == BG_JOB_STATE_ACKNOWLEDGED) ok_hr(IBackgroundCopyJob_Complete(job->job), S_OK);
    return TRUE;
}

static BOOL is_final(BG_JOB_STATE state)
{
    return state == BG_JOB_STATE_ACKNOWLEDGED || state == BG_JOB_STATE_CANCELLED;
}

/* The methods that leave the state as it is. */
static void check_setters(struct do_job *job, BG_JOB_STATE state)
{
    HRESULT expected = is_final(state) ? DO_E_INVALID_STATE : S_OK;
    IDeliveryOptimizationFile2 *file = do_job_file(job, &IID_IDeliveryOptimizationFile2);
    IBackgroundCopyFile2 *two = do_job_file(job, &IID_IBackgroundCopyFile2);
    IBackgroundCopyError *error = NULL;
    VARIANT value;

    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job->job, BG_NOTIFY_JOB_ERROR), expected); /* D-261 */
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job->job, 1000), expected);
    ok_hr(IBackgroundCopyJob_SetPriority(job->job, BG_JOB_PRIORITY_FOREGROUND), expected); /* D-262 */
    /* D-263 */
    ok_hr(IBackgroundCopyJob_GetError(job->job, &error),
          state == BG_JOB_STATE_ERROR || state == BG_JOB_STATE_TRANSIENT_ERROR ? S_OK
                                                                               : DO_E_ERROR_INFORMATION_UNAVAILABLE);
    if (error) IBackgroundCopyError_Release(error);
    /* D-264 */
    V_VT(&value) = VT_UI8;
    V_UI8(&value) = 1;
    ok_hr(IDeliveryOptimizationFile2_SetProperty(file, DOFilePropertyId_TotalSizeBytes, &value),
          state == BG_JOB_STATE_TRANSFERRING ? DO_E_INVALID_STATE : expected);
    ok_hr(IBackgroundCopyFile2_SetRemoteName(two, L"http://127.0.0.1:9/elsewhere"), expected);
    IDeliveryOptimizationFile2_Release(file);
    IBackgroundCopyFile2_Release(two);
}

/* Each of the others on a job of its own. */
static void check_movers(struct jobs *jobs, BG_JOB_STATE state)
{
    HRESULT expected = is_final(state) ? DO_E_INVALID_STATE : S_OK;
    IUnknown *file = NULL;
    WCHAR local[MAX_PATH];
    struct do_job job;
    unsigned int i;
    HRESULT hr;

    for (i = 0; i < 5; i++)
    {
        if (!enter(&job, jobs, state)) return;
        switch (i)
        {
        case 0: /* D-256 */
            hr = IDeliveryOptimizationJob2_AddFile(job.files2, L"id", L"http://127.0.0.1:9/x", 0, NULL,
                                                   &IID_IDeliveryOptimizationFile, (void **)&file);
            ok_hr(hr, expected);
            if (SUCCEEDED(hr)) IUnknown_Release(file);
            ok_hr(do_job_add(&job, L"/file", local), expected);
            break;
        case 1: /* D-257 */
            ok_hr(IBackgroundCopyJob_Resume(job.job), expected);
            if (state == BG_JOB_STATE_TRANSFERRED) ok_int(client_state(job.job), BG_JOB_STATE_TRANSFERRED);
            break;
        case 2: /* D-248, D-258, D-325 */ ok_hr(IBackgroundCopyJob_Suspend(job.job), expected); break;
        case 3: /* D-259 */ ok_hr(IBackgroundCopyJob_Cancel(job.job), expected); break;
        case 4: /* D-260, D-302, D-326 */
            ok_hr(IBackgroundCopyJob_Complete(job.job), expected);
            if (!is_final(state)) ok_int(client_state(job.job), BG_JOB_STATE_ACKNOWLEDGED);
            break;
        }
        do_job_end(&job);
    }
}

void check_states(struct jobs *jobs)
{
    static const BG_JOB_STATE states[] = {
        BG_JOB_STATE_SUSPENDED,   BG_JOB_STATE_TRANSFERRING, BG_JOB_STATE_ERROR,     BG_JOB_STATE_TRANSIENT_ERROR,
        BG_JOB_STATE_TRANSFERRED, BG_JOB_STATE_ACKNOWLEDGED, BG_JOB_STATE_CANCELLED,
    };
    struct do_job job;
    unsigned int i;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(jobs->server, "/busy", &(struct route){.status = 503});
    server_route(jobs->server, "/stall", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    for (i = 0; i < ARRAYSIZE(states); i++) /* D-204 */
    {
        winetest_push_context("%s", client_state_name(states[i]));
        if (enter(&job, jobs, states[i]))
        {
            check_setters(&job, states[i]);
            do_job_end(&job);
        }
        check_movers(jobs, states[i]);
        winetest_pop_context();
    }
}

/* --- errors ------------------------------------------------------------------------------------------ */

/* D-244 */
static void check_extended(struct do_job *job, BOOL has_error)
{
    VARIANT value;

    VariantInit(&value);
    ok_hr(IDeliveryOptimizationJob2_GetProperty(job->files2, DOJobPropertyId_ExtendedErrorInfo, &value), S_OK);
    ok_int(V_VT(&value), VT_BSTR);
    ok(!SysStringLen(V_BSTR(&value)) == !has_error, "text %s", wine_dbgstr_w(V_BSTR(&value)));
    VariantClear(&value);
}

/* What tests/joberror leaves open: C-22, D-266, D-269, D-274, D-345, D-346, D-347, codes. */
void check_errors(struct jobs *jobs)
{
    static const struct
    {
        const WCHAR *path;
        HRESULT code;
        BG_ERROR_CONTEXT context;
    } cases[] = {
        {L"/forbidden", 0x80190193, BG_ERROR_CONTEXT_REMOTE_FILE},            /* C-23, D-206, D-300 */
        {L"/missing", 0x80190194, BG_ERROR_CONTEXT_NONE},                     /* C-24 */
        {L"/unknown-size", HRESULT_FROM_WIN32(12150), BG_ERROR_CONTEXT_NONE}, /* D-318, D-491 */
    };
    IBackgroundCopyError *error;
    IBackgroundCopyFile *file;
    BG_ERROR_CONTEXT context;
    WCHAR local[MAX_PATH], *text;
    struct do_job job;
    unsigned int i;
    HRESULT code;

    server_route(jobs->server, "/forbidden", &(struct route){.status = 403});
    server_route(jobs->server, "/unknown-size", &(struct route){.size = 1000, .flags = ROUTE_NO_LENGTH});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%ls", cases[i].path);
        if (!do_job_begin(&job, jobs)) return;
        check_extended(&job, FALSE);
        ok_hr(do_job_add(&job, cases[i].path, local), S_OK);
        /* D-311, D-328 */
        ok_hr(IBackgroundCopyJob_GetError(job.job, &error), DO_E_ERROR_INFORMATION_UNAVAILABLE);
        ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
        client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
        check_extended(&job, TRUE);
        if (ok_hr(IBackgroundCopyJob_GetError(job.job, &error), S_OK))
        {
            ok_hr(IBackgroundCopyError_GetError(error, &context, &code), S_OK); /* D-184, D-295 */
            ok_int(context, cases[i].context);
            ok_hr(code, cases[i].code);
            /* D-270, D-310: in any context */
            if (ok_hr(IBackgroundCopyError_GetFile(error, &file), S_OK))
            {
                ok_hr(IBackgroundCopyFile_GetLocalName(file, &text), S_OK);
                ok_str(text, local);
                CoTaskMemFree(text);
                IBackgroundCopyFile_Release(file);
            }
            ok_hr(IBackgroundCopyError_GetErrorDescription(error, 0x409, &text), S_OK);
            ok(text && *text, "no description");
            CoTaskMemFree(text);
            ok_hr(IBackgroundCopyError_GetErrorContextDescription(error, 0x409, &text), S_OK);
            CoTaskMemFree(text);
            ok_hr(IBackgroundCopyError_GetProtocol(error, &text), S_OK);
            ok_str(text, L"http");
            CoTaskMemFree(text);
            IBackgroundCopyError_Release(error);
        }
        /* Failing calls make no error and take none away. */
        ok_hr(do_job_add(&job, L"/file", local), S_OK);
        ok_hr(IBackgroundCopyJob_SetPriority(job.job, 17), E_INVALIDARG);
        if (ok_hr(IBackgroundCopyJob_GetError(job.job, &error), S_OK)) IBackgroundCopyError_Release(error);
        do_job_end(&job);
        winetest_pop_context();
    }
}

/* D-310: the error of a job whose time is over is about none of its files. */
void check_error_without_file(struct jobs *jobs)
{
    IBackgroundCopyFile *file = (IBackgroundCopyFile *)1;
    IBackgroundCopyError *error;
    IBackgroundCopyJob4 *four;
    WCHAR local[MAX_PATH];
    struct do_job job;

    server_route(jobs->server, "/stall", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(do_job_add(&job, L"/stall", local), S_OK);
    if (ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob4, (void **)&four), S_OK))
    {
        ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(four, 1), S_OK);
        IBackgroundCopyJob4_Release(four);
    }
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    client_wait_state(job.job, BG_JOB_STATE_ERROR, SOON_MS);
    if (ok_hr(IBackgroundCopyJob_GetError(job.job, &error), S_OK))
    {
        ok_hr(IBackgroundCopyError_GetFile(error, &file), DO_E_FILE_NOT_AVAILABLE);
        ok(!file, "got a file");
        IBackgroundCopyError_Release(error);
    }
    server_release(jobs->server, "/stall");
    do_job_end(&job);
}

/* --- times ---------------------------------------------------------------------------------------------- */

static ULONGLONG ticks(const FILETIME *time)
{
    return (ULONGLONG)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

/* D-218, D-287 */
void check_times(struct jobs *jobs)
{
    BG_JOB_TIMES before, now;
    WCHAR local[MAX_PATH];
    struct do_job job;
    unsigned int i;

    server_route(jobs->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!do_job_begin(&job, jobs)) return;
    ok_hr(IBackgroundCopyJob_GetTimes(job.job, &before), S_OK);
    ok(ticks(&before.CreationTime) && !ticks(&before.TransferCompletionTime), "wrong times");
    for (i = 0; i < 6; i++)
    {
        client_pause(30);
        switch (i)
        {
        case 0: ok_hr(do_job_add(&job, L"/file", local), S_OK); break;
        case 1: ok_hr(IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_HIGH), S_OK); break;
        case 2: ok_hr(IBackgroundCopyJob_SetNotifyFlags(job.job, BG_NOTIFY_JOB_ERROR), S_OK); break;
        case 3: ok_hr(IBackgroundCopyJob_Suspend(job.job), S_OK); break;
        case 4: ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK); break;
        case 5: client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS); break;
        }
        ok_hr(IBackgroundCopyJob_GetTimes(job.job, &now), S_OK);
        ok(i == 5 || ticks(&now.ModificationTime) > ticks(&before.ModificationTime), "step %u did not count", i);
        before = now;
    }
    ok(ticks(&now.TransferCompletionTime) > ticks(&now.CreationTime), "no time of completion");
    do_job_end(&job);
}
