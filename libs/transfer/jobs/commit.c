/*
 * What becomes of temporary files: their names, or nothing (B-610 to B-616).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/exactname.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsjob);

/* --- open files ---------------------------------------------------------------------------------- */

#define KEPT_MAX 1024
#define KEEP_MS 60000

BOOL commit_keep_handle(struct file *file, HANDLE handle)
{
    struct queue *queue = file->job->queue;

    queue_assert_locked(file->job->queue);
    if (file->exposed || file->job->numbers[JOB_HIGH_PERFORMANCE] || queue->kept_count >= KEPT_MAX) return FALSE;
    file->kept = handle;
    queue->kept_count++;
    queue->kept_until = now_ms() + KEEP_MS;
    return TRUE;
}

/* What commit_keep_handle took over, for the caller to close; NULL: nothing. */
static HANDLE take_kept(struct file *file)
{
    struct queue *queue;
    HANDLE kept;

    if (!file->job) return NULL; /* being loaded */
    queue = file->job->queue;
    EnterCriticalSection(&queue->lock);
    if ((kept = file->kept)) queue->kept_count--;
    file->kept = NULL;
    LeaveCriticalSection(&queue->lock);
    return kept;
}

void commit_close_handle(struct file *file)
{
    HANDLE kept = take_kept(file);

    if (kept) CloseHandle(kept);
}

/* Take over handles that files keep; how many there were, at most max.  Locked. */
static unsigned int take_handles(struct queue *queue, HANDLE *handles, unsigned int max)
{
    unsigned int count = 0, i;
    struct job *job;

    queue_assert_locked(queue);
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
    {
        for (i = 0; i < job->file_count && count < max; i++)
            if ((handles[count] = take_kept(job->files[i]))) count++;
        if (job->reply && count < max && (handles[count] = take_kept(job->reply))) count++;
    }
    return count;
}

void commit_close_all(struct queue *queue)
{
    HANDLE handles[64];
    unsigned int count, i;

    queue_assert_locked(queue);
    queue->kept_until = ~(ULONGLONG)0;
    do {
        count = take_handles(queue, handles, ARRAYSIZE(handles));
        LeaveCriticalSection(&queue->lock);
        for (i = 0; i < count; i++) CloseHandle(handles[i]);
        EnterCriticalSection(&queue->lock);
    } while (count == ARRAYSIZE(handles));
}

BOOL commit_delete_temporary(struct file *file)
{
    DWORD error;

    commit_close_handle(file);
    if (!file->temporary || file->state == FILE_NEW || file->state == FILE_COMMITTED || DeleteFileW(file->temporary))
        return TRUE;
    error = GetLastError();
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND) return TRUE;
    WARN("cannot delete %s, error %lu\n", debug_wstr(file->temporary), error);
    return FALSE;
}

/* --- many names in one directory ------------------------------------------------------------------- */

/* To give a file a name that does not exist yet, Wine reads the whole directory: there may be one that
 * differs in capitals only.  For many files it is read once here, and those that have no such relative get
 * their names without looking. */
#define MANY_FILES 8

struct target
{
    struct file *file;
    const WCHAR *path;
    const WCHAR *name; /* in it */
    BOOL has_relative;
};

static int compare_names(const WCHAR *a, int a_length, const WCHAR *b, int b_length)
{
    return CompareStringOrdinal(a, a_length, b, b_length, TRUE) - CSTR_EQUAL;
}

static int compare_directories(const struct target *a, const struct target *b)
{
    return compare_names(a->path, a->name - a->path, b->path, b->name - b->path);
}

static int compare_targets(const void *a, const void *b)
{
    const struct target *left = a, *right = b;
    int order = compare_directories(left, right);

    return order ? order : compare_names(left->name, -1, right->name, -1);
}

static int compare_with_name(const void *name, const void *target)
{
    return compare_names(name, -1, ((const struct target *)target)->name, -1);
}

/* See which of the targets, which all lie in this directory, have relatives.  FALSE: nobody knows. */
static BOOL find_relatives(struct target *targets, size_t count, const WCHAR *directory)
{
    WCHAR pattern[MAX_PATH + 2];
    WIN32_FIND_DATAW data;
    struct target *target;
    HANDLE find;
    size_t i;

    for (i = 1; i < count; i++)
        if (!compare_targets(&targets[i - 1], &targets[i]))
            targets[i - 1].has_relative = targets[i].has_relative = TRUE;
    if (lstrlenW(directory) > MAX_PATH) return FALSE;
    lstrcpyW(pattern, directory);
    lstrcatW(pattern, L"*");
    find = FindFirstFileExW(pattern, FindExInfoBasic, &data, FindExSearchNameMatch, NULL, 0);
    if (find == INVALID_HANDLE_VALUE) return FALSE;
    do {
        target = bsearch(data.cFileName, targets, count, sizeof(*targets), compare_with_name);
        if (target && wcscmp(target->name, data.cFileName)) target->has_relative = TRUE;
    } while (FindNextFileW(find, &data));
    FindClose(find);
    return TRUE;
}

/* The directory of all these targets as exact_name_rename wants it, allocated; NULL: it is of no use. */
static WCHAR *open_directory(struct target *targets, size_t count)
{
    size_t length = targets[0].name - targets[0].path;
    WCHAR *directory, *exact = NULL;

    if (count < MANY_FILES || !(directory = malloc((length + 1) * sizeof(*directory)))) return NULL;
    memcpy(directory, targets[0].path, length * sizeof(*directory));
    directory[length] = 0;
    if ((exact = exact_name_directory(directory)) && !find_relatives(targets, count, directory))
    {
        free(exact);
        exact = NULL;
    }
    free(directory);
    return exact;
}

/* --- one file ------------------------------------------------------------------------------------------ */

static BOOL set_attributes(HANDLE handle, DWORD attributes)
{
    FILE_BASIC_INFO basic = {.FileAttributes = attributes};

    return SetFileInformationByHandle(handle, FileBasicInfo, &basic, sizeof(basic));
}

static BOOL rename_handle(HANDLE handle, const WCHAR *path, BOOL replace)
{
    size_t length = lstrlenW(path) * sizeof(WCHAR), size = sizeof(FILE_RENAME_INFO) + length;
    FILE_RENAME_INFO *info = calloc(1, size);
    BOOL done;

    if (!info) return FALSE;
    info->ReplaceIfExists = replace;
    info->FileNameLength = length;
    memcpy(info->FileName, path, length);
    done = SetFileInformationByHandle(handle, FileRenameInfo, info, size);
    free(info);
    return done;
}

/* The attributes of the finished file: those of the source (B-417), or else of the temporary file, which only its
 * being temporary has hidden (B-413). */
static DWORD final_attributes(const struct file *file, DWORD temporary)
{
    if (file->attributes) return file->attributes;
    temporary &= ~FILE_ATTRIBUTE_HIDDEN;
    return temporary ? temporary : FILE_ATTRIBUTE_NORMAL;
}

/* Attributes and name by one handle, which is closed: each call that takes a name opens the file anew.  directory: the
 * target's, without relatives of it, or NULL.  FALSE: MoveFileEx may know better. */
static BOOL rename_by_handle(const struct target *target, HANDLE handle, const WCHAR *directory, BOOL replace)
{
    FILE_BASIC_INFO basic;
    DWORD attributes = 0;
    BOOL done = GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof(basic));

    if (done)
    {
        attributes = final_attributes(target->file, basic.FileAttributes);
        done = set_attributes(handle, writable_attributes(attributes)) &&
               ((directory && replace && exact_name_rename(handle, directory, target->name)) ||
                rename_handle(handle, target->path, replace));
    }
    if (done && attributes & FILE_ATTRIBUTE_READONLY && !set_attributes(handle, attributes))
        WARN("%s cannot be made read-only, error %lu\n", debug_wstr(target->path), GetLastError());
    CloseHandle(handle);
    return done;
}

static HANDLE open_temporary(const struct file *file)
{
    return CreateFileW(file->temporary, DELETE | FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE,
                       FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING,
                       FILE_FLAG_OPEN_REPARSE_POINT, NULL);
}

/* For a file that has its name. */
static void make_read_only(const struct file *file)
{
    if (!(file->attributes & FILE_ATTRIBUTE_READONLY) || SetFileAttributesW(file->local, file->attributes)) return;
    WARN("%s cannot be made read-only, error %lu\n", debug_wstr(file->local), GetLastError());
}

/* Whether the file has its name already: renamed before a service was killed in the middle of Complete. */
static BOOL is_in_place(const struct file *file)
{
    HANDLE handle = CreateFileW(file->local, FILE_READ_ATTRIBUTES,
                                FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, OPEN_EXISTING, 0, NULL);
    BY_HANDLE_FILE_INFORMATION info;
    BOOL same;

    if (handle == INVALID_HANDLE_VALUE) return FALSE;
    same = GetFileInformationByHandle(handle, &info) && file_identity_is(&file->identity, &info);
    CloseHandle(handle);
    return same;
}

/* A read-only file is not replaced (B-612); Wine would do it. */
static BOOL is_protected(const WCHAR *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_READONLY;
}

/* Give a finished file its name.  directory: as above.  Unlocked. */
static DWORD commit_file(const struct target *target, const WCHAR *directory)
{
    BOOL replace = !job_is_single(target->file->job); /* D-098 */
    DWORD present, attributes, error, how = MOVEFILE_WRITE_THROUGH;
    struct file *file = target->file;
    HANDLE handle;

    if (is_protected(file->local))
    {
        /* Ours is, where the source was. */
        if (!is_in_place(file)) return ERROR_ACCESS_DENIED;
        return 0;
    }
    if ((handle = take_kept(file)) && rename_by_handle(target, handle, directory, replace)) return 0;
    present = GetFileAttributesW(file->temporary);
    if (present == INVALID_FILE_ATTRIBUTES)
    {
        error = GetLastError();
        if ((error != ERROR_FILE_NOT_FOUND && error != ERROR_PATH_NOT_FOUND) || !is_in_place(file)) return error;
        make_read_only(file);
        return 0;
    }
    if (replace) how |= MOVEFILE_REPLACE_EXISTING;
    if ((attributes = final_attributes(file, present)) != present)
    {
        handle = open_temporary(file);
        if (handle != INVALID_HANDLE_VALUE && rename_by_handle(target, handle, directory, replace)) return 0;
        SetFileAttributesW(file->temporary, writable_attributes(attributes));
    }
    if (MoveFileExW(file->temporary, file->local, how))
    {
        make_read_only(file);
        return 0;
    }
    error = GetLastError();
    WARN("cannot rename %s to %s, error %lu\n", debug_wstr(file->temporary), debug_wstr(file->local), error);
    return error;
}

static BOOL is_disk_error(DWORD error)
{
    switch (error)
    {
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_WRITE_FAULT:
    case ERROR_IO_DEVICE:
    case ERROR_CRC: return TRUE;
    default: return FALSE;
    }
}

/* Names reach the disk with their directory.  The job's record goes afterwards: it may lie on another disk.  0, or the
 * error of the disk; a file system that does not flush directories has them safe in another way, or in none. */
static DWORD flush_directory(const struct target *target)
{
    DWORD error = 0;
    size_t length = target->name - target->path;
    WCHAR *directory = malloc((length + 1) * sizeof(*directory));
    HANDLE handle;

    if (!directory) return ERROR_OUTOFMEMORY;
    memcpy(directory, target->path, length * sizeof(*directory));
    directory[length] = 0;
    handle = CreateFileW(directory, FILE_ADD_FILE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                         OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (handle == INVALID_HANDLE_VALUE || !FlushFileBuffers(handle))
    {
        error = GetLastError();
        WARN("%s cannot be flushed, error %lu\n", debug_wstr(directory), error);
    }
    if (handle != INVALID_HANDLE_VALUE) CloseHandle(handle);
    free(directory);
    return is_disk_error(error) ? error : 0;
}

static struct target target_of(struct file *file)
{
    struct target target = {.file = file, .path = file->local, .name = name_file_part(file->local)};

    if (!target.name) target.name = target.path;
    return target;
}

/* --- Complete ---------------------------------------------------------------------------------------------- */

static void set_committed(struct file *file)
{
    EnterCriticalSection(&file->job->queue->lock);
    file_note_committed(file);
    LeaveCriticalSection(&file->job->queue->lock);
}

/* Files of one directory.  B-612: the others get their names even if one does not. */
static DWORD commit_directory(struct target *targets, size_t count)
{
    WCHAR *directory = open_directory(targets, count);
    DWORD error, first_error = 0;
    size_t i;

    for (i = 0; i < count; i++)
    {
        if (!(error = commit_file(&targets[i], targets[i].has_relative ? NULL : directory)))
            set_committed(targets[i].file);
        else if (!first_error) first_error = error;
    }
    if ((error = flush_directory(&targets[0])) && !first_error) first_error = error;
    free(directory);
    return first_error;
}

DWORD commit_reply(struct job *job)
{
    struct target target = target_of(job->reply);

    return job->reply->state == FILE_COMPLETE ? commit_directory(&target, 1) : 0;
}

DWORD commit_files(struct job *job, BOOL *partial, BOOL *all_deleted)
{
    DWORD error, first_error = 0;
    struct target *targets;
    size_t count = 0, i, next;

    if (!(targets = calloc(job->file_count + 1, sizeof(*targets)))) return ERROR_OUTOFMEMORY;
    for (i = 0; i < job->file_count; i++)
    {
        struct file *file = job->files[i];

        if (!file_is_complete(file)) *partial = TRUE;
        else if (file->state == FILE_COMMITTED) continue;
        else if (file->temporary) targets[count++] = target_of(file);
        else set_committed(file); /* it went to a stream */
    }
    qsort(targets, count, sizeof(*targets), compare_targets);
    for (i = 0; i < count; i = next)
    {
        for (next = i + 1; next < count && !compare_directories(&targets[i], &targets[next]);) next++;
        if ((error = commit_directory(&targets[i], next - i)) && !first_error) first_error = error;
    }
    free(targets);
    for (i = 0; !first_error && i < job->file_count; i++)
        if (!file_is_complete(job->files[i]) && !job->numbers[JOB_HIGH_PERFORMANCE])
            *all_deleted &= commit_delete_temporary(job->files[i]);
    return first_error;
}
