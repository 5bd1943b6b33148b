/*
 * /CREATE, the switches that add files, and those that move a job on.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "base/debug.h"
#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

DEBUG_CHANNEL(bitsadmin);

/* --- /CREATE ---------------------------------------------------------------------------------- */

COMMAND(cmd_create)
{
    BG_JOB_TYPE type = BG_JOB_TYPE_DOWNLOAD;
    WCHAR text[GUID_TEXT_SIZE];
    HRESULT hr;
    GUID id;

    if (call->options & OPTION_UPLOAD) type = BG_JOB_TYPE_UPLOAD;
    if (call->options & OPTION_UPLOAD_REPLY) type = BG_JOB_TYPE_UPLOAD_REPLY;
    if (!session_open(session)) return RESULT_FAILED;
    hr = IBackgroundCopyManager_CreateJob(session->manager, wide(call->args[0].text), type, &id, &session->job);
    if (FAILED(hr))
    {
        session->job = NULL;
        return fail(session, L"create job", hr);
    }
    StringFromGUID2(&id, text, ARRAYSIZE(text));
    return give(session, L"create job", hr, call->raw ? L"%ls" : L"Created job %ls.", text);
}

/* --- files ------------------------------------------------------------------------------------ */

COMMAND(cmd_add_file)
{
    WCHAR *url = wide(call->args[1].text), *local = wide(call->args[2].text);
    HRESULT hr = IBackgroundCopyJob_AddFile(session->job, url, local);

    return confirm(session, L"add file to job", hr, L"Added %ls -> %ls to job.", url, local);
}

/* The bytes of a file with a 0 behind them, for free(). */
static DWORD read_file(const WCHAR *path, char **bytes, DWORD *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    DWORD error = ERROR_SUCCESS;
    LARGE_INTEGER length;

    *bytes = NULL;
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    if (!GetFileSizeEx(file, &length)) error = GetLastError();
    else if (length.QuadPart > MAXLONG / 4) error = ERROR_FILE_TOO_LARGE;
    else
    {
        *bytes = allocate(length.QuadPart + 2);
        if (!ReadFile(file, *bytes, length.QuadPart, size, NULL)) error = GetLastError();
        else (*bytes)[*size] = (*bytes)[*size + 1] = 0;
    }
    CloseHandle(file);
    if (!error) return ERROR_SUCCESS;
    free(*bytes);
    *bytes = NULL;
    return error;
}

/* A text file as UTF-8: UTF-16 and UTF-8 are known by their first bytes, all else is ANSI. */
static char *decode_text(const char *bytes, DWORD size)
{
    const WCHAR *text = (const WCHAR *)bytes;
    WCHAR *decoded = NULL;
    char *utf8;
    int length;

    if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
    {
        utf8 = allocate(size - 2);
        return memcpy(utf8, bytes + 3, size - 2);
    }
    if (size >= 2 && !memcmp(bytes, "\xff\xfe", 2)) text++;
    else
    {
        length = MultiByteToWideChar(CP_ACP, 0, bytes, -1, NULL, 0);
        text = decoded = allocate(length * sizeof(*decoded));
        MultiByteToWideChar(CP_ACP, 0, bytes, -1, decoded, length);
    }
    length = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    utf8 = allocate(length);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, length, NULL, NULL);
    free(decoded);
    return utf8;
}

/* Fill the set from the lines of a text, which is cut up.  Returns the number of files, or the number of the
 * line that is wrong as a negative number. */
static int parse_file_set(char *text, BG_FILE_INFO *set)
{
    char *line, *next, *remote, *local;
    int count = 0, number = 1;

    for (line = text; line; line = next, number++)
    {
        if ((next = strchr(line, '\n'))) *next++ = 0;
        switch (split_file_line(line, &remote, &local))
        {
        case FILE_LINE_FILE:
            set[count].RemoteName = wide(remote);
            set[count++].LocalName = wide(local);
            break;
        case FILE_LINE_BAD: return -number;
        case FILE_LINE_EMPTY: break;
        }
    }
    return count;
}

static size_t count_lines(const char *text)
{
    size_t lines = 1;

    while ((text = strchr(text, '\n'))) text++, lines++;
    return lines;
}

static int add_file_set(struct session *session, BG_FILE_INFO *set, int count)
{
    HRESULT hr = IBackgroundCopyJob_AddFileSet(session->job, count, set);
    int i;

    if (FAILED(hr)) return fail(session, L"add file to job", hr);
    for (i = 0; i < count; i++) print(L"Added %ls -> %ls to job.\n", set[i].RemoteName, set[i].LocalName);
    return RESULT_DONE;
}

COMMAND(cmd_add_file_set)
{
    WCHAR *path = wide(call->args[1].text);
    char *bytes, *text;
    BG_FILE_INFO *set;
    DWORD error, size;
    int count, result;

    if ((error = read_file(path, &bytes, &size))) return fail(session, L"read file set", HRESULT_FROM_WIN32(error));
    text = decode_text(bytes, size);
    free(bytes);
    set = allocate(count_lines(text) * sizeof(*set));
    count = parse_file_set(text, set);
    if (count < 0) result = refuse(L"Line %d of '%ls' has no local name.", -count, path);
    else if (!count) result = refuse(L"'%ls' has no files.", path);
    else result = add_file_set(session, set, count);
    free(set);
    free(text);
    return result;
}

COMMAND(cmd_add_file_with_ranges)
{
    WCHAR *url = wide(call->args[1].text), *local = wide(call->args[2].text);
    struct value_range *parsed;
    IBackgroundCopyJob3 *job3;
    BG_FILE_RANGE *ranges;
    size_t i, count;
    HRESULT hr;

    if (!parse_ranges(call->args[3].text, &parsed, &count))
        return fail(session, L"add file to job", E_OUTOFMEMORY); /* the grammar has checked the text */
    ranges = allocate(count * sizeof(*ranges));
    for (i = 0; i < count; i++)
    {
        ranges[i].InitialOffset = parsed[i].offset;
        ranges[i].Length = parsed[i].length == RANGE_TO_END ? BG_LENGTH_TO_EOF : parsed[i].length;
    }
    hr = query_job(session, &IID_IBackgroundCopyJob3, &job3);
    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, url, local, count, ranges);
        IBackgroundCopyJob3_Release(job3);
    }
    free(ranges);
    free(parsed);
    return confirm(session, L"add file to job", hr, L"Added %ls -> %ls to job.", url, local);
}

COMMAND(cmd_replace_remote_prefix)
{
    WCHAR *old = wide(call->args[1].text), *new = wide(call->args[2].text);
    IBackgroundCopyJob3 *job3;
    HRESULT hr = query_job(session, &IID_IBackgroundCopyJob3, &job3);

    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJob3_ReplaceRemotePrefix(job3, old, new);
        IBackgroundCopyJob3_Release(job3);
    }
    return confirm(session, L"replace remote prefix", hr, L"Replaced remote prefix %ls by %ls.", old, new);
}

/* --- control ---------------------------------------------------------------------------------- */

COMMAND(cmd_suspend)
{
    return confirm(session, L"suspend job", IBackgroundCopyJob_Suspend(session->job), L"Job suspended.");
}

COMMAND(cmd_resume)
{
    return confirm(session, L"resume job", IBackgroundCopyJob_Resume(session->job), L"Job resumed.");
}

COMMAND(cmd_cancel)
{
    return confirm(session, L"cancel job", IBackgroundCopyJob_Cancel(session->job), L"Job canceled.");
}

COMMAND(cmd_complete)
{
    return confirm(session, L"complete job", IBackgroundCopyJob_Complete(session->job), L"Job completed.");
}

COMMAND(cmd_take_ownership)
{
    return confirm(session, L"take ownership of job", IBackgroundCopyJob_TakeOwnership(session->job),
                   L"Took ownership of the job.");
}
