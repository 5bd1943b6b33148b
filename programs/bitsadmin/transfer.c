/*
 * /TRANSFER: a job from its creation to its end.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * On a console two lines show the progress and are written over.  In a file or pipe there are no such lines,
 * only how it ended.
 */

#include <stdlib.h>

#include "base/debug.h"
#include "bitsmsg.h"
#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

DEBUG_CHANNEL(bitsadmin);

/* How often the progress is looked at.  The end is seen by the same look. */
#define LOOK_MS 200

struct transfer
{
    const WCHAR *name;
    BG_JOB_TYPE type;
    BG_JOB_PRIORITY priority;
    GUID id;
    bool drawn;
};

/* --- the job ---------------------------------------------------------------------------------- */

static HRESULT set_acl_flags(IBackgroundCopyJob *job, DWORD flags)
{
    IBackgroundCopyJob3 *job3;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3);

    if (FAILED(hr)) return hr;
    hr = IBackgroundCopyJob3_SetFileACLFlags(job3, flags);
    IBackgroundCopyJob3_Release(job3);
    return hr;
}

static HRESULT set_dynamic(IBackgroundCopyJob *job)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    IBackgroundCopyJob5 *job5;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5);

    if (FAILED(hr)) return hr;
    hr = IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value);
    IBackgroundCopyJob5_Release(job5);
    return hr;
}

/* Make the job ready to run; reports an error itself. */
static bool prepare(struct session *session, const struct call *call, struct transfer *transfer)
{
    IBackgroundCopyJob *job = session->job;
    WCHAR *url, *local;
    HRESULT hr;
    size_t i;

    if (FAILED(hr = IBackgroundCopyJob_SetPriority(job, transfer->priority))) fail(session, L"set priority", hr);
    else if ((call->options & OPTION_ACLFLAGS) && FAILED(hr = set_acl_flags(job, call->acl_flags)))
        fail(session, L"set ACL flags", hr);
    else if ((call->options & OPTION_DYNAMIC) && FAILED(hr = set_dynamic(job)))
        fail(session, L"set dynamic content", hr);
    if (FAILED(hr)) return false;

    for (i = 0; SUCCEEDED(hr) && i < call->rest_count; i += 2)
    {
        url = wide(call->rest[i]);
        local = wide(call->rest[i + 1]);
        hr = IBackgroundCopyJob_AddFile(job, url, local);
        free(url);
        free(local);
    }
    if (FAILED(hr)) fail(session, L"add file", hr);
    else if (FAILED(hr = IBackgroundCopyJob_Resume(job))) fail(session, L"resume job", hr);
    return SUCCEEDED(hr);
}

/* --- progress --------------------------------------------------------------------------------- */

static WCHAR *format_line(const WCHAR *format, ...)
{
    va_list args;
    WCHAR *line;

    va_start(args, format);
    line = format_text(format, args);
    va_end(args);
    return line;
}

static void draw(struct session *session, struct transfer *transfer, BG_JOB_STATE state)
{
    WCHAR done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE];
    BG_JOB_PROGRESS progress;
    WCHAR *lines[2];
    unsigned int percent;

    if (!output_is_console() || FAILED(IBackgroundCopyJob_GetProgress(session->job, &progress))) return;
    percent = percentage(progress.BytesTransferred, progress.BytesTotal);
    lines[0] = format_line(L"DISPLAY: '%ls' TYPE: %hs STATE: %hs", transfer->name,
                           word_text(type_words, transfer->type), word_text(state_words, state));
    lines[1] = format_line(L"PRIORITY: %hs FILES: %lu / %lu BYTES: %ls / %ls (%u%%)",
                           word_text(priority_words, transfer->priority), progress.FilesTransferred,
                           progress.FilesTotal, format_size(progress.BytesTransferred, done),
                           format_size(progress.BytesTotal, total), percent);
    output_redraw((const WCHAR *const *)lines, 2, &transfer->drawn);
    free(lines[0]);
    free(lines[1]);
}

/* Get the job from the service once more: it may have been started again since. */
static HRESULT find_again(struct session *session, struct transfer *transfer)
{
    HRESULT hr;

    IBackgroundCopyJob_Release(session->job);
    session->job = NULL;
    IBackgroundCopyManager_Release(session->manager);
    if (FAILED(hr = create_manager(&session->manager))) return hr;
    return IBackgroundCopyManager_GetJob(session->manager, &transfer->id, &session->job);
}

static HRESULT get_state(struct session *session, struct transfer *transfer, BG_JOB_STATE *state)
{
    HRESULT hr = IBackgroundCopyJob_GetState(session->job, state);

    if (SUCCEEDED(hr)) return hr;
    WARN("GetState returned %#lx, looking for the job again\n", (unsigned long)hr);
    if (FAILED(hr = find_again(session, transfer))) return hr;
    return IBackgroundCopyJob_GetState(session->job, state);
}

/* --- the ends --------------------------------------------------------------------------------- */

static int finish(struct session *session)
{
    HRESULT hr = IBackgroundCopyJob_Complete(session->job);

    if (FAILED(hr))
    {
        fail(session, L"complete job", hr);
        IBackgroundCopyJob_Cancel(session->job);
        return RESULT_FAILED;
    }
    print(L"Transfer complete.\n");
    return RESULT_DONE;
}

static int give_up(struct session *session)
{
    HRESULT hr;

    print(L"Unable to complete transfer.\n");
    show_error(session, session->job);
    if (FAILED(hr = IBackgroundCopyJob_Cancel(session->job))) fail(session, L"cancel job", hr);
    return RESULT_FAILED;
}

static int interrupted(struct session *session)
{
    HRESULT hr = IBackgroundCopyJob_Cancel(session->job);

    if (FAILED(hr)) fail(session, L"cancel job", hr);
    else print(L"Transfer canceled.\n");
    return RESULT_FAILED;
}

static int wait_for_end(struct session *session, struct transfer *transfer, HANDLE interrupt)
{
    BG_JOB_STATE state;
    HRESULT hr;

    do {
        if (FAILED(hr = get_state(session, transfer, &state))) return fail(session, L"get job state", hr);
        draw(session, transfer, state);
        switch (state)
        {
        case BG_JOB_STATE_TRANSFERRED: return finish(session);
        case BG_JOB_STATE_ERROR: return give_up(session);
        case BG_JOB_STATE_ACKNOWLEDGED: /* somebody else completed it */
            print(L"Transfer complete.\n");
            return RESULT_DONE;
        case BG_JOB_STATE_CANCELLED: /* somebody else canceled it */ return refuse(L"Unable to complete transfer.");
        default: break;
        }
    } while (WaitForSingleObject(interrupt, LOOK_MS) == WAIT_TIMEOUT);
    return interrupted(session);
}

COMMAND(cmd_transfer)
{
    struct transfer transfer = {
        .name = wide(call->args[0].text),
        .type = call->options & OPTION_UPLOAD ? BG_JOB_TYPE_UPLOAD : BG_JOB_TYPE_DOWNLOAD,
        .priority = call->options & OPTION_PRIORITY ? call->priority : BG_JOB_PRIORITY_NORMAL,
    };
    HANDLE interrupt = watch_interrupt();
    HRESULT hr;

    if (!session_open(session)) return RESULT_FAILED;
    hr = IBackgroundCopyManager_CreateJob(session->manager, transfer.name, transfer.type, &transfer.id, &session->job);
    if (FAILED(hr))
    {
        session->job = NULL;
        return fail(session, L"create job", hr);
    }
    if (!prepare(session, call, &transfer))
    {
        if (FAILED(hr = IBackgroundCopyJob_Cancel(session->job))) fail(session, L"cancel job", hr);
        return RESULT_FAILED;
    }
    return wait_for_end(session, &transfer, interrupt);
}
