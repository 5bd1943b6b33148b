/*
 * The switches that show what a job is and how far it is.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "bitsmsg.h"
#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

COMMAND(cmd_get_type)
{
    BG_JOB_TYPE type = 0;
    HRESULT hr = IBackgroundCopyJob_GetType(session->job, &type);

    return give_word(session, L"get job type", hr, type_words, type);
}

COMMAND(cmd_get_state)
{
    BG_JOB_STATE state = 0;
    HRESULT hr = IBackgroundCopyJob_GetState(session->job, &state);

    return give_word(session, L"get job state", hr, state_words, state);
}

/* --- progress --------------------------------------------------------------------------------- */

static HRESULT get_progress(struct session *session, BG_JOB_PROGRESS *progress)
{
    memset(progress, 0, sizeof(*progress));
    return IBackgroundCopyJob_GetProgress(session->job, progress);
}

COMMAND(cmd_get_bytes_total)
{
    WCHAR text[SIZE_TEXT_SIZE];
    BG_JOB_PROGRESS progress;
    HRESULT hr = get_progress(session, &progress);

    return give(session, L"get job progress", hr, L"%ls", format_size(progress.BytesTotal, text));
}

COMMAND(cmd_get_bytes_transferred)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = get_progress(session, &progress);

    return give_number(session, L"get job progress", hr, progress.BytesTransferred);
}

COMMAND(cmd_get_files_total)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = get_progress(session, &progress);

    return give_number(session, L"get job progress", hr, progress.FilesTotal);
}

COMMAND(cmd_get_files_transferred)
{
    BG_JOB_PROGRESS progress;
    HRESULT hr = get_progress(session, &progress);

    return give_number(session, L"get job progress", hr, progress.FilesTransferred);
}

/* --- times ------------------------------------------------------------------------------------ */

static int give_time(struct session *session, size_t offset)
{
    WCHAR text[TIME_TEXT_SIZE];
    BG_JOB_TIMES times = {{0}};
    HRESULT hr = IBackgroundCopyJob_GetTimes(session->job, &times);

    format_time((FILETIME *)((char *)&times + offset), text);
    return give(session, L"get job times", hr, L"%ls", text);
}

COMMAND(cmd_get_creation_time)
{
    return give_time(session, offsetof(BG_JOB_TIMES, CreationTime));
}

COMMAND(cmd_get_modification_time)
{
    return give_time(session, offsetof(BG_JOB_TIMES, ModificationTime));
}

COMMAND(cmd_get_completion_time)
{
    return give_time(session, offsetof(BG_JOB_TIMES, TransferCompletionTime));
}

/* --- the rest --------------------------------------------------------------------------------- */

COMMAND(cmd_get_error)
{
    HRESULT hr = show_error(session, session->job);

    return FAILED(hr) ? fail(session, L"get error", hr) : RESULT_DONE;
}

COMMAND(cmd_get_error_count)
{
    ULONG count = 0;
    HRESULT hr = IBackgroundCopyJob_GetErrorCount(session->job, &count);

    return give_number(session, L"get error count", hr, count);
}

COMMAND(cmd_get_owner)
{
    WCHAR *sid = NULL, *owner;
    HRESULT hr = IBackgroundCopyJob_GetOwner(session->job, &sid);
    int result;

    owner = format_owner(sid);
    result = give(session, L"get job owner", hr, L"%ls", owner);
    CoTaskMemFree(sid);
    free(owner);
    return result;
}
