/*
 * The switches for what a job's owner may set: names, priority, time limits, ACL and peer caching flags.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

COMMAND(cmd_get_display_name)
{
    WCHAR *name = NULL;
    HRESULT hr = IBackgroundCopyJob_GetDisplayName(session->job, &name);

    return give_string(session, L"get display name", hr, name, L"");
}

COMMAND(cmd_set_display_name)
{
    WCHAR *name = wide(call->args[1].text);
    HRESULT hr = IBackgroundCopyJob_SetDisplayName(session->job, name);

    return confirm(session, L"set display name", hr, L"Display name set to '%ls'.", name);
}

COMMAND(cmd_get_description)
{
    WCHAR *description = NULL;
    HRESULT hr = IBackgroundCopyJob_GetDescription(session->job, &description);

    return give_string(session, L"get description", hr, description, L"");
}

COMMAND(cmd_set_description)
{
    WCHAR *description = wide(call->args[1].text);
    HRESULT hr = IBackgroundCopyJob_SetDescription(session->job, description);

    return confirm(session, L"set description", hr, L"Description set to '%ls'.", description);
}

COMMAND(cmd_get_priority)
{
    BG_JOB_PRIORITY priority = 0;
    HRESULT hr = IBackgroundCopyJob_GetPriority(session->job, &priority);

    return give_word(session, L"get priority", hr, priority_words, priority);
}

COMMAND(cmd_set_priority)
{
    BG_JOB_PRIORITY priority = call->args[1].number;
    HRESULT hr = IBackgroundCopyJob_SetPriority(session->job, priority);

    return confirm(session, L"set priority", hr, L"Priority set to %hs.", word_text(priority_words, priority));
}

/* --- ACL flags -------------------------------------------------------------------------------- */

COMMAND(cmd_get_acl_flags)
{
    char letters[ACL_LETTERS_SIZE] = "";
    IBackgroundCopyJob3 *job3;
    DWORD flags = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob3, &job3)))
    {
        hr = IBackgroundCopyJob3_GetFileACLFlags(job3, &flags);
        IBackgroundCopyJob3_Release(job3);
    }
    format_acl_letters(flags, letters);
    return give(session, L"get ACL flags", hr, L"%hs", letters);
}

COMMAND(cmd_set_acl_flags)
{
    DWORD flags = call->args[1].number;
    char letters[ACL_LETTERS_SIZE];
    IBackgroundCopyJob3 *job3;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob3, &job3)))
    {
        hr = IBackgroundCopyJob3_SetFileACLFlags(job3, flags);
        IBackgroundCopyJob3_Release(job3);
    }
    format_acl_letters(flags, letters);
    return confirm(session, L"set ACL flags", hr, L"ACL flags set to %hs.", letters);
}

/* --- times ------------------------------------------------------------------------------------ */

COMMAND(cmd_get_min_retry_delay)
{
    ULONG seconds = 0;
    HRESULT hr = IBackgroundCopyJob_GetMinimumRetryDelay(session->job, &seconds);

    return give_number(session, L"get minimum retry delay", hr, seconds);
}

COMMAND(cmd_set_min_retry_delay)
{
    ULONG seconds = call->args[1].number;
    HRESULT hr = IBackgroundCopyJob_SetMinimumRetryDelay(session->job, seconds);

    return confirm(session, L"set minimum retry delay", hr, L"Minimum retry delay set to %lu.", seconds);
}

COMMAND(cmd_get_no_progress_timeout)
{
    ULONG seconds = 0;
    HRESULT hr = IBackgroundCopyJob_GetNoProgressTimeout(session->job, &seconds);

    return give_number(session, L"get no progress timeout", hr, seconds);
}

COMMAND(cmd_set_no_progress_timeout)
{
    ULONG seconds = call->args[1].number;
    HRESULT hr = IBackgroundCopyJob_SetNoProgressTimeout(session->job, seconds);

    return confirm(session, L"set no progress timeout", hr, L"No progress timeout set to %lu.", seconds);
}

static HRESULT query_job4(struct session *session, IBackgroundCopyJob4 **job4)
{
    return query_job(session, &IID_IBackgroundCopyJob4, job4);
}

COMMAND(cmd_get_max_download_time)
{
    IBackgroundCopyJob4 *job4;
    ULONG seconds = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job4(session, &job4)))
    {
        hr = IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &seconds);
        IBackgroundCopyJob4_Release(job4);
    }
    return give_number(session, L"get maximum download time", hr, seconds);
}

COMMAND(cmd_set_max_download_time)
{
    ULONG seconds = call->args[1].number;
    IBackgroundCopyJob4 *job4;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job4(session, &job4)))
    {
        hr = IBackgroundCopyJob4_SetMaximumDownloadTime(job4, seconds);
        IBackgroundCopyJob4_Release(job4);
    }
    return confirm(session, L"set maximum download time", hr, L"Maximum download time set to %lu.", seconds);
}

/* --- peer caching ----------------------------------------------------------------------------- */

COMMAND(cmd_get_peercaching_flags)
{
    IBackgroundCopyJob4 *job4;
    DWORD flags = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job4(session, &job4)))
    {
        hr = IBackgroundCopyJob4_GetPeerCachingFlags(job4, &flags);
        IBackgroundCopyJob4_Release(job4);
    }
    if (FAILED(hr) || call->raw) return give_number(session, L"get peer caching flags", hr, flags);
    show_peercaching_flags(flags);
    return RESULT_DONE;
}

COMMAND(cmd_set_peercaching_flags)
{
    DWORD flags = call->args[1].number;
    IBackgroundCopyJob4 *job4;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job4(session, &job4)))
    {
        hr = IBackgroundCopyJob4_SetPeerCachingFlags(job4, flags);
        IBackgroundCopyJob4_Release(job4);
    }
    return confirm(session, L"set peer caching flags", hr, L"Peer caching flags set to %lu.", flags);
}
