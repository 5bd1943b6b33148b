/*
 * An upload to a file of this or another machine (B-590 to B-592).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/debug.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/upload.h"

DEBUG_CHANNEL(bitsupload);

/* What is copied has this name until it is complete: the same one after a restart of the service. */
static WCHAR *copy_name(const struct job *job, const WCHAR *target)
{
    size_t size = lstrlenW(target) + 16, directory;
    WCHAR *name = malloc(size * sizeof(*name));
    const WCHAR *p, *last = target;

    if (!name) return NULL;
    for (p = target; *p; p++)
        if (*p == '\\') last = p + 1;
    directory = last - target;
    memcpy(name, target, directory * sizeof(*name));
    swprintf(name + directory, size - directory, L"%s%08lX.tmp", job->queue->config.profile->temporary_prefix,
             job->id.Data1);
    return name;
}

static enum upload_step fail_target(struct upload *upload, DWORD error)
{
    /* B-530 */
    *upload->attempt.failure = transfer_failure_of_network(error, upload->file->index);
    upload->attempt.failure->transient = error == ERROR_SHARING_VIOLATION || error == ERROR_NETNAME_DELETED;
    return UPLOAD_FAILED;
}

static enum upload_step copy_bytes(struct upload *upload, HANDLE target)
{
    struct file *file = upload->file;
    LARGE_INTEGER size;
    DWORD written;
    size_t got;

    if (!GetFileSizeEx(target, &size)) return fail_target(upload, GetLastError());
    EnterCriticalSection(&upload->job->queue->lock);
    if ((uint64_t)size.QuadPart < file->transferred) file_note_uploaded(file, size.QuadPart);
    size.QuadPart = file->transferred;
    LeaveCriticalSection(&upload->job->queue->lock);
    if (!SetFilePointerEx(target, size, NULL, FILE_BEGIN) || !SetEndOfFile(target))
        return fail_target(upload, GetLastError());
    attempt_enter_transferring(&upload->attempt);
    while (file->transferred < upload->state->source_size)
    {
        if (upload->run->stop) return upload_fail_network(upload, ERROR_OPERATION_ABORTED);
        if (upload_source_read(upload, file->transferred, upload->buffer, upload->buffer_size, &got))
            return upload->source_error == ERROR_HANDLE_EOF ? upload_fail_changed(upload)
                                                            : upload_fail_file(upload, upload->source_error);
        if (!WriteFile(target, upload->buffer, (DWORD)got, &written, NULL)) return fail_target(upload, GetLastError());
        if (written != got) return fail_target(upload, ERROR_DISK_FULL);
        EnterCriticalSection(&upload->job->queue->lock);
        upload_set_offset(upload, file->transferred + got);
        LeaveCriticalSection(&upload->job->queue->lock);
        if (now_ms() - upload->last_saved >= UPLOAD_SAVE_INTERVAL_MS && FlushFileBuffers(target)) upload_save(upload);
    }
    return UPLOAD_DONE;
}

static enum upload_step copy_to(struct upload *upload, const WCHAR *name)
{
    HANDLE target = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_ALWAYS,
                                FILE_ATTRIBUTE_HIDDEN, NULL);
    FILETIME created, written;
    enum upload_step step;

    if (target == INVALID_HANDLE_VALUE) return fail_target(upload, GetLastError());
    if ((step = copy_bytes(upload, target)) == UPLOAD_DONE && (step = upload_source_check(upload)) == UPLOAD_DONE)
    {
        if (GetFileTime(upload->source, &created, NULL, &written))
            SetFileTime(target, &created, NULL, &written); /* B-417 */
        if (!FlushFileBuffers(target)) step = fail_target(upload, GetLastError());
    }
    CloseHandle(target);
    return step;
}

/* B-417: the copy has its name and gets the attributes of the source. */
static void carry_attributes(const WCHAR *source, const WCHAR *target)
{
    DWORD attributes = GetFileAttributesW(source);

    if (attributes == INVALID_FILE_ATTRIBUTES || !SetFileAttributesW(target, carried_attributes(attributes)))
        WARN("%s does not get the attributes of %s, error %lu\n", debug_wstr(target), debug_wstr(source),
             GetLastError());
}

/* The copy is complete: give it its name. */
static enum upload_step name_copy(struct upload *upload, const WCHAR *name, const WCHAR *target)
{
    struct file *file = upload->file;
    enum upload_step step;

    SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
    if (!MoveFileExW(name, target, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        return fail_target(upload, GetLastError());
    EnterCriticalSection(&upload->job->queue->lock);
    file_note_complete(file, NULL);
    LeaveCriticalSection(&upload->job->queue->lock);
    /* Once it is read-only nobody can do this again. */
    if ((step = upload_save(upload)) == UPLOAD_DONE) carry_attributes(file->local, target);
    return step;
}

void upload_copy(struct upload *upload)
{
    struct file *file = upload->file;
    WCHAR *target, *name = NULL;

    if (!(target = name_path_of_remote(file->remote)) || !(name = copy_name(upload->job, target)))
        upload_fail_file(upload, ERROR_OUTOFMEMORY);
    else if (file_is_complete(file))
        carry_attributes(file->local, target); /* the service may have ended before it did */
    else
    {
        upload->paced = target[1] != ':';
        if (upload_source_open(upload) == UPLOAD_DONE && copy_to(upload, name) == UPLOAD_DONE)
            name_copy(upload, name, target);
    }
    free(name);
    free(target);
}

/* Take away what was copied so far.  FALSE: it is still there. */
BOOL upload_copy_delete(const struct job *job, const struct file *file)
{
    WCHAR *target = name_path_of_remote(file->remote), *name = target ? copy_name(job, target) : NULL;
    BOOL gone = name && (DeleteFileW(name) || GetLastError() == ERROR_FILE_NOT_FOUND);

    if (!gone) WARN("cannot delete %s, error %lu\n", debug_wstr(name), GetLastError());
    free(name);
    free(target);
    return gone;
}
