/*
 * The switches about one file of a job, which is named by its index.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

/* The file of the second argument as some interface. */
static HRESULT query_file(struct session *session, REFIID iid, void **out)
{
    IBackgroundCopyFile *file;
    HRESULT hr;

    *out = NULL;
    if (FAILED(hr = get_file(session, session->call->args[1].number, &file))) return hr;
    hr = IBackgroundCopyFile_QueryInterface(file, iid, out);
    IBackgroundCopyFile_Release(file);
    return hr;
}

COMMAND(cmd_get_validation_state)
{
    IBackgroundCopyFile3 *file;
    BOOL valid = FALSE;
    HRESULT hr;

    if (SUCCEEDED(hr = query_file(session, &IID_IBackgroundCopyFile3, (void **)&file)))
    {
        hr = IBackgroundCopyFile3_GetValidationState(file, &valid);
        IBackgroundCopyFile3_Release(file);
    }
    return give_word(session, L"get validation state", hr, boolean_words, !!valid);
}

COMMAND(cmd_set_validation_state)
{
    BOOL valid = call->args[2].number;
    IBackgroundCopyFile3 *file;
    HRESULT hr;

    if (SUCCEEDED(hr = query_file(session, &IID_IBackgroundCopyFile3, (void **)&file)))
    {
        hr = IBackgroundCopyFile3_SetValidationState(file, valid);
        IBackgroundCopyFile3_Release(file);
    }
    return confirm(session, L"set validation state", hr, L"Validation state set to %hs.",
                   word_text(boolean_words, valid));
}

COMMAND(cmd_get_temporary_name)
{
    IBackgroundCopyFile3 *file;
    WCHAR *name = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_file(session, &IID_IBackgroundCopyFile3, (void **)&file)))
    {
        hr = IBackgroundCopyFile3_GetTemporaryName(file, &name);
        IBackgroundCopyFile3_Release(file);
    }
    return give_string(session, L"get temporary name", hr, name, L"NULL");
}

COMMAND(cmd_get_peer_stats)
{
    UINT64 origin = 0, peers = 0;
    IBackgroundCopyFile4 *file;
    HRESULT hr;

    if (SUCCEEDED(hr = query_file(session, &IID_IBackgroundCopyFile4, (void **)&file)))
    {
        hr = IBackgroundCopyFile4_GetPeerDownloadStats(file, &origin, &peers);
        IBackgroundCopyFile4_Release(file);
    }
    return give(session, L"get peer statistics", hr,
                call->raw ? L"%I64u %I64u" : L"Bytes from peers: %I64u\nBytes from origin: %I64u", peers, origin);
}
