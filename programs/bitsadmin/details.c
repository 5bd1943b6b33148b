/*
 * The switches that show more than one value: the error of a job, the reply to an upload, where a file came from.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

COMMAND(cmd_get_error)
{
    HRESULT hr = show_error(session, session->job);

    return FAILED(hr) ? fail(session, L"get error", hr) : RESULT_DONE;
}

/* --- the reply -------------------------------------------------------------------------------- */

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

    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob2, &job2)))
    {
        hr = IBackgroundCopyJob2_GetReplyData(job2, &data, &size);
        IBackgroundCopyJob2_Release(job2);
    }
    if (FAILED(hr)) return fail(session, L"get reply data", hr);
    if (data) dump(data, size);
    CoTaskMemFree(data);
    return RESULT_DONE;
}

/* --- peers ------------------------------------------------------------------------------------ */

COMMAND(cmd_get_peer_stats)
{
    UINT64 origin = 0, peers = 0;
    IBackgroundCopyFile4 *file4;
    IBackgroundCopyFile *file;
    HRESULT hr;

    if (SUCCEEDED(hr = get_file(session, call->args[1].number, &file)))
    {
        hr = IBackgroundCopyFile_QueryInterface(file, &IID_IBackgroundCopyFile4, (void **)&file4);
        IBackgroundCopyFile_Release(file);
    }
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyFile4_GetPeerDownloadStats(file4, &origin, &peers);
        IBackgroundCopyFile4_Release(file4);
    }
    return give(session, L"get peer statistics", hr,
                call->raw ? L"%I64u %I64u" : L"Bytes from peers: %I64u\nBytes from origin: %I64u", peers, origin);
}
