/*
 * The local file of an upload.  It is only ever read.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "transfer/attempt/pace.h"
#include "transfer/jobs/queue.h"
#include "transfer/upload/upload.h"

static BOOL source_identity(HANDLE source, uint64_t *size, uint64_t *written)
{
    LARGE_INTEGER length;
    FILETIME time;

    if (!GetFileSizeEx(source, &length) || !GetFileTime(source, NULL, NULL, &time)) return FALSE;
    *size = length.QuadPart;
    *written = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return TRUE;
}

/* Is it still the file that was begun with? (U-096) */
enum upload_step upload_source_check(struct upload *upload)
{
    struct upload_state *state = upload->state;
    uint64_t size, written;

    if (!source_identity(upload->source, &size, &written)) return upload_fail_file(upload, GetLastError());
    if (state->source_known)
        return size == state->source_size && written == state->source_written ? UPLOAD_DONE
                                                                              : upload_fail_changed(upload);
    EnterCriticalSection(&upload->job->queue->lock);
    state->source_known = TRUE;
    state->source_size = size;
    state->source_written = written;
    upload->file->total = size;
    LeaveCriticalSection(&upload->job->queue->lock);
    return UPLOAD_DONE;
}

enum upload_step upload_source_open(struct upload *upload)
{
    upload->source = CreateFileW(upload->file->local, GENERIC_READ,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                                 FILE_FLAG_SEQUENTIAL_SCAN, NULL);
    if (upload->source == INVALID_HANDLE_VALUE) return upload_fail_file(upload, GetLastError());
    if (upload_source_check(upload) != UPLOAD_DONE) return UPLOAD_FAILED;
    EnterCriticalSection(&upload->job->queue->lock);
    upload->file->total = upload->state->source_size;
    LeaveCriticalSection(&upload->job->queue->lock);
    return UPLOAD_DONE;
}

/* Bytes for the body of a request; http_body_source. */
uint32_t upload_source_read(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    struct upload *upload = context;
    DWORD wanted = size < FRAGMENT_MAX ? (DWORD)size : FRAGMENT_MAX, read = 0;
    OVERLAPPED position = {0};

    if (upload->paced) wanted = min(wanted, upload->run->pace->portion);
    offset += upload->body_offset;
    position.Offset = (DWORD)offset;
    position.OffsetHigh = offset >> 32;
    *got = 0;
    if (!ReadFile(upload->source, buffer, wanted, &read, &position)) upload->source_error = GetLastError();
    else if (!read) upload->source_error = ERROR_HANDLE_EOF;
    *got = read;
    upload->body_read += read;
    if (read && upload->paced) pace_keep(upload->run, upload->attempt.exchange, read);
    return upload->source_error;
}
