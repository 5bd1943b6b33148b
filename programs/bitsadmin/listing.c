/*
 * /LIST, /MONITOR, /RESET, /INFO, /LISTFILES.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/debug.h"
#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

DEBUG_CHANNEL(bitsadmin);

#define DEFAULT_REFRESH 5 /* seconds */

static DWORD enum_flags(const struct call *call)
{
    return call->options & OPTION_ALLUSERS ? BG_JOB_ENUM_ALL_USERS : 0;
}

static bool list_job(struct session *session, IBackgroundCopyJob *job, void *context)
{
    bool verbose = session->call->options & OPTION_VERBOSE;
    HRESULT hr = verbose ? show_verbose(session, job) : show_summary(session, job);
    unsigned int *count = context;

    /* A job of another user may not let itself be looked at; the others are still listed. */
    if (FAILED(hr)) fail(session, L"get job", hr);
    else ++*count;
    if (verbose) print(L"\n");
    return true;
}

/* Reports an error itself. */
static HRESULT list_jobs(struct session *session, const struct call *call, unsigned int *count)
{
    HRESULT hr = visit_jobs(session, enum_flags(call), list_job, count);

    if (FAILED(hr)) fail(session, L"enum jobs", hr);
    return hr;
}

COMMAND(cmd_list)
{
    unsigned int count = 0;

    if (!session_open(session) || FAILED(list_jobs(session, call, &count))) return RESULT_FAILED;
    /* Blocks end with a blank line already, and so does the banner. */
    if (!(call->options & OPTION_VERBOSE) && count) print(L"\n");
    print(L"Listed %u job(s).\n", count);
    return RESULT_DONE;
}

COMMAND(cmd_monitor)
{
    DWORD seconds = call->refresh ? call->refresh : DEFAULT_REFRESH;
    HANDLE interrupt = watch_interrupt();
    unsigned int count;

    if (!session_open(session)) return RESULT_FAILED;
    output_cut_lines(call->wrapping != WRAPPING_ON);
    do {
        count = 0;
        output_clear();
        print(L"MONITORING BACKGROUND COPY MANAGER(%lu second refresh)\n", seconds);
        if (FAILED(list_jobs(session, call, &count)) || output_is_lost()) return RESULT_FAILED;
    } while (WaitForSingleObject(interrupt, seconds * 1000) == WAIT_TIMEOUT);
    return RESULT_DONE;
}

struct reset
{
    unsigned int canceled, total;
};

static bool reset_job(struct session *session, IBackgroundCopyJob *job, void *context)
{
    struct reset *reset = context;
    WCHAR text[GUID_TEXT_SIZE];
    GUID id;
    HRESULT hr;

    reset->total++;
    if (FAILED(hr = IBackgroundCopyJob_GetId(job, &id)) || FAILED(hr = IBackgroundCopyJob_Cancel(job)))
    {
        fail(session, L"cancel job", hr);
        return true;
    }
    reset->canceled++;
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    print(L"%ls canceled.\n", text);
    return true;
}

COMMAND(cmd_reset)
{
    struct reset reset = {0};
    HRESULT hr;

    if (!session_open(session)) return RESULT_FAILED;
    if (FAILED(hr = visit_jobs(session, enum_flags(call), reset_job, &reset))) return fail(session, L"enum jobs", hr);
    print(L"%u out of %u jobs canceled.\n", reset.canceled, reset.total);
    return reset.canceled == reset.total ? RESULT_DONE : RESULT_FAILED;
}

COMMAND(cmd_info)
{
    HRESULT hr = call->options & OPTION_VERBOSE ? show_verbose(session, session->job)
                                                : show_summary(session, session->job);

    return FAILED(hr) ? fail(session, L"get job", hr) : RESULT_DONE;
}

COMMAND(cmd_list_files)
{
    HRESULT hr = show_files(session, session->job, L"");

    return FAILED(hr) ? fail(session, L"enum files", hr) : RESULT_DONE;
}
