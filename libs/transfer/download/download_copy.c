/*
 * A copy of a file of this or another machine (B-590 to B-592).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>

#include "base/debug.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

static BOOL fail_remote_file(struct download *download, DWORD error)
{
    /* B-530 */
    *download->attempt.failure = transfer_failure_of_network(error, download->file->index);
    download->attempt.failure->transient = error == ERROR_SHARING_VIOLATION || error == ERROR_NETNAME_DELETED;
    return FALSE;
}

static void format_filetime(const FILETIME *time, char *text, size_t size)
{
    snprintf(text, size, "%08lx%08lx", time->dwHighDateTime, time->dwLowDateTime);
}

/* What the copy shall look like, and whether what is there of it already is of the same file (B-431). */
static BOOL examine_source(struct download *download, HANDLE source)
{
    BY_HANDLE_FILE_INFORMATION info;
    enum identity identity;
    char stamp[20];

    if (!GetFileInformationByHandle(source, &info)) return fail_remote_file(download, GetLastError());
    format_filetime(&info.ftLastWriteTime, stamp, sizeof(stamp));
    /* What came in no order, from a server, is of no use to a copy that is made from the beginning to the end. */
    if (file_is_scattered(download->file) && download->file->transferred && !download_restart(download)) return FALSE;
    while ((identity = download_identify(download, (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow, stamp)) !=
           SAME_FILE)
        if (identity == BAD_FILE || !download_restart(download)) return FALSE;
    download->sink.written = info.ftLastWriteTime; /* B-417 */
    download->sink.created = info.ftCreationTime;
    download->attributes = carried_attributes(info.dwFileAttributes);
    return TRUE;
}

/* remote: on another machine, so that its bytes need bandwidth (B-583). */
static BOOL copy_source(struct download *download, HANDLE source, BOOL remote)
{
    LARGE_INTEGER position;
    DWORD error, got;

    if (!examine_source(download, source)) return FALSE;
    position.QuadPart = download->offset = download->file->transferred;
    if (!SetFilePointerEx(source, position, NULL, FILE_BEGIN)) return fail_remote_file(download, GetLastError());

    attempt_enter_transferring(&download->attempt);
    while (download->file->transferred < download->file->total)
    {
        DWORD want = remote ? download_portion(download) : download->buffer_size;

        if (download->run->stop) return download_fail_network(download, ERROR_OPERATION_ABORTED);
        if (!ReadFile(source, download->buffer, want, &got, NULL)) return fail_remote_file(download, GetLastError());
        if (!got) return fail_remote_file(download, ERROR_HANDLE_EOF);
        if ((error = sink_write(&download->sink, download->buffer, got))) return download_fail_file(download, error);
        if (!download_note_progress(download, got)) return FALSE;
        if (remote) pace_keep(download->run, NULL, got);
    }
    return TRUE;
}

BOOL download_copy_file(struct download *download)
{
    WCHAR *path = name_path_of_remote(download->remote);
    BOOL done, remote;
    HANDLE source;

    if (!path) return download_fail_file(download, ERROR_OUTOFMEMORY);
    remote = path[1] != ':';
    source = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    free(path);
    if (source == INVALID_HANDLE_VALUE) return fail_remote_file(download, GetLastError());
    done = copy_source(download, source, remote);
    CloseHandle(source);
    return done;
}
