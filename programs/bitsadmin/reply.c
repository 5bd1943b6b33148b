/*
 * The switches about the server's reply to an upload.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

static HRESULT query_job2(struct session *session, IBackgroundCopyJob2 **job2)
{
    return query_job(session, &IID_IBackgroundCopyJob2, job2);
}

COMMAND(cmd_get_reply_file_name)
{
    IBackgroundCopyJob2 *job2;
    WCHAR *name = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_GetReplyFileName(job2, &name);
        IBackgroundCopyJob2_Release(job2);
    }
    return give_string(session, L"get reply file name", hr, name, L"NULL");
}

COMMAND(cmd_set_reply_file_name)
{
    WCHAR *name = wide(call->args[1].text);
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_SetReplyFileName(job2, name);
        IBackgroundCopyJob2_Release(job2);
    }
    return confirm(session, L"set reply file name", hr, L"Reply file name set to '%ls'.", name ? name : L"NULL");
}

COMMAND(cmd_get_reply_progress)
{
    BG_JOB_REPLY_PROGRESS progress = {BG_SIZE_UNKNOWN, 0};
    WCHAR done[SIZE_TEXT_SIZE], total[SIZE_TEXT_SIZE];
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_GetReplyProgress(job2, &progress);
        IBackgroundCopyJob2_Release(job2);
    }
    return give(session, L"get reply progress", hr, L"%ls / %ls", format_size(progress.BytesTransferred, done),
                format_size(progress.BytesTotal, total));
}

#define BYTES_PER_ROW 16

static void dump(const byte *data, UINT64 size)
{
    UINT64 i;

    for (i = 0; i < size; i++) { print(i % BYTES_PER_ROW ? L" %02X" : i ? L"\n%02X" : L"%02X", data[i]); }
    if (size) print(L"\n");
}

COMMAND(cmd_get_reply_data)
{
    IBackgroundCopyJob2 *job2;
    byte *data = NULL;
    UINT64 size = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_GetReplyData(job2, &data, &size);
        IBackgroundCopyJob2_Release(job2);
    }
    if (FAILED(hr)) return fail(session, L"get reply data", hr);
    if (data) dump(data, size);
    CoTaskMemFree(data);
    return RESULT_DONE;
}
