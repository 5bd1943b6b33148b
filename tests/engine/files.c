/*
 * The file calls of Win32 on the simulated disk.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "disk.h"
#include "base/access.h"
#include "base/crash.h"
#include "base/private_file.h"
#include "winternl.h"

#define UNIX_PREFIX "\\??\\unix/"
#define POWER_IS_OFF ERROR_GEN_FAILURE
#define PATH_SIZE 600

/* What a call that is to fail says: the likely cause of each. */
static const DWORD fault_errors[FAULT_KIND_COUNT] = {
    [FAULT_OPEN] = ERROR_ACCESS_DENIED,   [FAULT_READ] = ERROR_READ_FAULT,
    [FAULT_WRITE] = ERROR_DISK_FULL,      [FAULT_FLUSH] = ERROR_DISK_FULL,
    [FAULT_SIZE] = ERROR_DISK_FULL,       [FAULT_RENAME] = ERROR_ACCESS_DENIED,
    [FAULT_DELETE] = ERROR_ACCESS_DENIED, [FAULT_ATTRIBUTES] = ERROR_ACCESS_DENIED,
    [FAULT_DIRECTORY] = ERROR_DISK_FULL,
};

static BOOL fail(DWORD error)
{
    SetLastError(error);
    return FALSE;
}

/* Whether a call of this kind fails before it has done anything. */
static bool begins_badly(enum fault_kind kind)
{
    if (fault_hits(kind))
    {
        SetLastError(fault_errors[kind]);
        return true;
    }
    table_lock();
    if (!disk_in_use()->off) return false;
    table_unlock();
    SetLastError(POWER_IS_OFF);
    return true;
}

/* The end of a call that changed something: the power may go, and then nobody hears of the change. */
static BOOL end_change(void)
{
    if (fault_hits(FAULT_CUT)) disk_in_use()->off = true;
    if (disk_in_use()->off)
    {
        table_unlock();
        return fail(POWER_IS_OFF);
    }
    table_unlock();
    return TRUE;
}

static BOOL end_badly(DWORD error)
{
    table_unlock();
    return fail(error);
}

/* --- paths --------------------------------------------------------------------------------------------- */

/* "C:\dir\name" of any spelling; 0, or the error. */
static DWORD read_path(const WCHAR *name, char *path)
{
    size_t used = 0;

    if (!name || !*name) return ERROR_PATH_NOT_FOUND;
    for (; *name; name++)
    {
        if (used + 4 >= PATH_SIZE) return ERROR_FILENAME_EXCED_RANGE;
        if (*name < 0x80) path[used++] = *name == '/' ? '\\' : (char)*name;
        else
        {
            path[used++] = (char)(0xe0 | *name >> 12);
            path[used++] = (char)(0x80 | (*name >> 6 & 0x3f));
            path[used++] = (char)(0x80 | (*name & 0x3f));
        }
    }
    while (used > 3 && path[used - 1] == '\\') used--;
    path[used] = 0;
    if (path[0] == '\\' && path[1] == '\\') return ERROR_BAD_NETPATH;
    return disk_volume_of(path) < 0 ? ERROR_PATH_NOT_FOUND : 0;
}

/* Whether the directory of a path is there. */
static bool has_directory(const char *path)
{
    char directory[PATH_SIZE];
    char *last;

    strcpy(directory, path);
    if (!(last = strrchr(directory, '\\'))) return false;
    *last = 0;
    return disk_is_directory(disk_in_use(), directory);
}

/* What is wrong with a name that is not there. */
static DWORD missing(const char *path)
{
    return has_directory(path) ? ERROR_FILE_NOT_FOUND : ERROR_PATH_NOT_FOUND;
}

static const char *path_of(const struct inode *inode)
{
    const struct names *names = &disk_in_use()->now;
    size_t i;

    for (i = 0; i < names->count; i++)
        if (names->entries[i].inode == inode) return names->entries[i].path;
    return NULL;
}

/* --- opening ------------------------------------------------------------------------------------------- */

#define READS (GENERIC_READ | FILE_READ_DATA)
#define WRITES (GENERIC_WRITE | FILE_WRITE_DATA | FILE_APPEND_DATA)

static bool conflicts(DWORD access, DWORD share)
{
    return (access & READS && !(share & FILE_SHARE_READ)) || (access & WRITES && !(share & FILE_SHARE_WRITE)) ||
           (access & DELETE && !(share & FILE_SHARE_DELETE));
}

static bool is_shared(const struct inode *inode, DWORD access, DWORD share)
{
    const struct file_handle *other;

    for (other = disk_in_use()->handles; other; other = other->next)
        if (other->inode == inode && (conflicts(access, other->share) || conflicts(other->access, share))) return false;
    return true;
}

static HANDLE add_handle(struct inode *inode, DWORD access, DWORD share)
{
    struct file_handle *handle = calloc(1, sizeof(*handle));

    handle->handle.type = HANDLE_FILE;
    handle->disk = disk_in_use();
    handle->inode = inode;
    handle->access = access;
    handle->share = share;
    handle->next = handle->disk->handles;
    handle->disk->handles = handle;
    handles_count(1);
    return handle;
}

void file_close(struct handle *handle)
{
    struct file_handle *file = (struct file_handle *)handle, **link;

    table_lock();
    for (link = &file->disk->handles; *link != file; link = &(*link)->next) {}
    *link = file->next;
    if (file->deletes && !file->disk->off && path_of(file->inode)) disk_unlink(file->disk, path_of(file->inode));
    table_unlock();
    handles_count(-1);
    free(file);
}

static struct file_handle *file_of(HANDLE handle)
{
    struct file_handle *file = handle;

    if (!handle || handle == INVALID_HANDLE_VALUE || file->handle.type != HANDLE_FILE)
        hopeless("a call with a handle that is none of a file");
    if (file->disk != disk_in_use()) hopeless("a handle outlives its service");
    return file;
}

/* Under the table's lock, which is released. */
static HANDLE open_path(const char *path, DWORD access, DWORD share, DWORD disposition, DWORD flags)
{
    struct disk *disk = disk_in_use();
    struct entry *entry = disk_find(&disk->now, path);
    struct inode *inode = entry ? entry->inode : NULL;
    DWORD error = 0;
    HANDLE handle;
    bool changed = false;

    if (!inode && disk_is_directory(disk, path))
    {
        handle = flags & FILE_FLAG_BACKUP_SEMANTICS ? add_handle(NULL, access, share) : INVALID_HANDLE_VALUE;
        end_badly(handle == INVALID_HANDLE_VALUE ? ERROR_ACCESS_DENIED : 0);
        return handle;
    }
    if (inode && inode->directory && !(flags & FILE_FLAG_BACKUP_SEMANTICS)) error = ERROR_ACCESS_DENIED;
    else if (inode && disposition == CREATE_NEW) error = ERROR_FILE_EXISTS;
    else if (!inode && (disposition == OPEN_EXISTING || disposition == TRUNCATE_EXISTING)) error = missing(path);
    else if (!inode && !has_directory(path)) error = ERROR_PATH_NOT_FOUND;
    else if (inode && access & WRITES && inode->attributes & FILE_ATTRIBUTE_READONLY) error = ERROR_ACCESS_DENIED;
    else if (inode && !is_shared(inode, access, share)) error = ERROR_SHARING_VIOLATION;
    if (error)
    {
        end_badly(error);
        return INVALID_HANDLE_VALUE;
    }
    if (!inode)
    {
        inode = disk_add(disk, path, false);
        changed = true;
    }
    else if (disposition == CREATE_ALWAYS || disposition == TRUNCATE_EXISTING)
    {
        disk_resize(disk, inode, 0);
        changed = true;
    }
    if (changed && flags & 0xffff) inode->attributes = flags & 0xffff;
    handle = add_handle(inode, access, share);
    ((struct file_handle *)handle)->deletes = flags & FILE_FLAG_DELETE_ON_CLOSE;
    SetLastError(entry && (disposition == CREATE_ALWAYS || disposition == OPEN_ALWAYS) ? ERROR_ALREADY_EXISTS : 0);
    if (!changed)
    {
        table_unlock();
        return handle;
    }
    if (end_change()) return handle;
    CloseHandle(handle);
    SetLastError(POWER_IS_OFF);
    return INVALID_HANDLE_VALUE;
}

HANDLE CreateFileW(const WCHAR *name, DWORD access, DWORD share, void *security, DWORD disposition, DWORD flags,
                   HANDLE pattern)
{
    char path[PATH_SIZE];
    DWORD error = read_path(name, path);

    if (error)
    {
        SetLastError(error);
        return INVALID_HANDLE_VALUE;
    }
    if (begins_badly(FAULT_OPEN)) return INVALID_HANDLE_VALUE;
    return open_path(path, access, share, disposition, flags);
}

/* Nobody else is there who could read it. */
HANDLE private_file_open(const WCHAR *path, DWORD access, DWORD share, DWORD disposition)
{
    return CreateFileW(path, access, share, NULL, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
}

BOOL access_may_add_files(const WCHAR *directory)
{
    return TRUE;
}

/* A fault here is the test's to find. */
void crash_set_job(const GUID *id) {}

unsigned int crash_count(const GUID *id)
{
    return 0;
}

void crash_forget(const GUID *id) {}

/* --- data ---------------------------------------------------------------------------------------------- */

BOOL ReadFile(HANDLE handle, void *buffer, DWORD size, DWORD *got, OVERLAPPED *overlapped)
{
    struct file_handle *file = file_of(handle);
    uint64_t position = overlapped ? (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset : file->position;
    const struct bytes *bytes = &file->inode->now;

    if (got) *got = 0;
    if (begins_badly(FAULT_READ)) return FALSE;
    if (position >= bytes->size)
    {
        table_unlock();
        return overlapped ? fail(ERROR_HANDLE_EOF) : TRUE;
    }
    size = (DWORD)min((uint64_t)size, bytes->size - position);
    memcpy(buffer, bytes->data + position, size);
    file->position = position + size;
    if (got) *got = size;
    table_unlock();
    return TRUE;
}

BOOL WriteFile(HANDLE handle, const void *buffer, DWORD size, DWORD *written, OVERLAPPED *overlapped)
{
    struct file_handle *file = file_of(handle);
    struct disk *disk = file->disk;
    uint64_t position = overlapped ? (uint64_t)overlapped->OffsetHigh << 32 | overlapped->Offset : file->position, end;
    uint64_t used;
    bool fails = fault_hits(FAULT_WRITE);

    if (written) *written = 0;
    if (!(file->access & WRITES)) return fail(ERROR_ACCESS_DENIED);
    table_lock();
    if (disk->off) return end_badly(POWER_IS_OFF);
    if (file->access & FILE_APPEND_DATA && !(file->access & (GENERIC_WRITE | FILE_WRITE_DATA)))
        position = file->inode->now.size;
    /* A write that fails may have written something. */
    if (fails) size /= 2;
    if (disk->capacity != UINT64_MAX)
    {
        used = disk_used(disk);
        end = file->inode->now.size + (disk->capacity > used ? disk->capacity - used : 0);
        if (position + size > end) size = end > position ? (DWORD)(end - position) : 0;
    }
    if (!size) return end_badly(ERROR_DISK_FULL);
    disk_write(disk, file->inode, position, buffer, size);
    if (fails)
    {
        end_change();
        return fail(ERROR_DISK_FULL);
    }
    file->position = position + size;
    if (written) *written = size;
    return end_change();
}

BOOL FlushFileBuffers(HANDLE handle)
{
    struct file_handle *file = file_of(handle);

    if (fault_hits(FAULT_FLUSH))
    {
        table_lock();
        if (file->inode) disk_lose(file->inode);
        return end_badly(fault_errors[FAULT_FLUSH]);
    }
    table_lock();
    if (file->disk->off) return end_badly(POWER_IS_OFF);
    if (file->inode) disk_flush(file->disk, file->inode);
    return end_change();
}

BOOL SetFilePointerEx(HANDLE handle, LARGE_INTEGER distance, LARGE_INTEGER *position, DWORD method)
{
    struct file_handle *file = file_of(handle);
    uint64_t base = method == FILE_BEGIN ? 0 : method == FILE_CURRENT ? file->position : file->inode->now.size;

    if (begins_badly(FAULT_SIZE)) return FALSE;
    file->position = base + distance.QuadPart;
    if (position) position->QuadPart = file->position;
    table_unlock();
    return TRUE;
}

BOOL SetEndOfFile(HANDLE handle)
{
    struct file_handle *file = file_of(handle);

    if (begins_badly(FAULT_SIZE)) return FALSE;
    disk_resize(file->disk, file->inode, file->position);
    return end_change();
}

BOOL GetFileSizeEx(HANDLE handle, LARGE_INTEGER *size)
{
    struct file_handle *file = file_of(handle);

    if (begins_badly(FAULT_SIZE)) return FALSE;
    size->QuadPart = file->inode->now.size;
    table_unlock();
    return TRUE;
}

/* --- attributes and names of open files ----------------------------------------------------------------- */

BOOL GetFileTime(HANDLE handle, FILETIME *created, FILETIME *accessed, FILETIME *written)
{
    struct file_handle *file = file_of(handle);

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    if (created) *created = file->inode->created;
    if (accessed) *accessed = file->inode->written;
    if (written) *written = file->inode->written;
    table_unlock();
    return TRUE;
}

BOOL SetFileTime(HANDLE handle, const FILETIME *created, const FILETIME *accessed, const FILETIME *written)
{
    struct file_handle *file = file_of(handle);

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    if (created) file->inode->created = *created;
    if (written) file->inode->written = *written;
    table_unlock();
    return TRUE;
}

BOOL GetFileInformationByHandle(HANDLE handle, BY_HANDLE_FILE_INFORMATION *info)
{
    struct file_handle *file = file_of(handle);

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    memset(info, 0, sizeof(*info));
    if (!file->inode) return end_badly(ERROR_INVALID_FUNCTION);
    info->dwFileAttributes = file->inode->attributes;
    info->ftCreationTime = file->inode->created;
    info->ftLastAccessTime = info->ftLastWriteTime = file->inode->written;
    info->dwVolumeSerialNumber = 0x1000 + file->inode->volume;
    info->nFileSizeHigh = (uint64_t)file->inode->now.size >> 32;
    info->nFileSizeLow = (DWORD)file->inode->now.size;
    info->nNumberOfLinks = 1;
    info->nFileIndexLow = file->inode->id;
    table_unlock();
    return TRUE;
}

BOOL GetFileInformationByHandleEx(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *data, DWORD size)
{
    struct file_handle *file = file_of(handle);
    FILE_STANDARD_INFO *standard = data;
    FILE_BASIC_INFO *basic = data;
    FILE_ID_INFO *id = data;

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    memset(data, 0, size);
    switch (which)
    {
    case FileBasicInfo:
        basic->FileAttributes = file->inode->attributes;
        basic->CreationTime.LowPart = file->inode->created.dwLowDateTime;
        basic->CreationTime.HighPart = file->inode->created.dwHighDateTime;
        basic->LastWriteTime.LowPart = file->inode->written.dwLowDateTime;
        basic->LastWriteTime.HighPart = file->inode->written.dwHighDateTime;
        break;
    case FileStandardInfo:
        standard->EndOfFile.QuadPart = file->inode->now.size;
        standard->NumberOfLinks = 1;
        standard->Directory = file->inode->directory;
        break;
    case FileIdInfo:
        id->VolumeSerialNumber = 0x1000 + file->inode->volume;
        memcpy(id->FileId.Identifier, &file->inode->id, sizeof(file->inode->id));
        break;
    default: return end_badly(ERROR_INVALID_PARAMETER);
    }
    table_unlock();
    return TRUE;
}

/* What is wrong with a rename; 0: nothing. */
static DWORD check_rename(const struct inode *inode, const char *to, bool replace)
{
    struct entry *target = disk_find(&disk_in_use()->now, to);

    if (!path_of(inode)) return ERROR_FILE_NOT_FOUND;
    if (!has_directory(to)) return ERROR_PATH_NOT_FOUND;
    if (disk_volume_of(to) != inode->volume) return ERROR_NOT_SAME_DEVICE;
    if (disk_is_directory(disk_in_use(), to)) return ERROR_ACCESS_DENIED;
    if (!target || target->inode == inode) return 0;
    if (!replace) return ERROR_ALREADY_EXISTS;
    return is_shared(target->inode, DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)
               ? 0
               : ERROR_ACCESS_DENIED;
}

/* Under the table's lock, which is released. */
static BOOL rename_inode(struct inode *inode, const char *to, bool replace, bool write_through)
{
    struct disk *disk = disk_in_use();
    DWORD error = check_rename(inode, to, replace);
    char from[PATH_SIZE];

    if (error) return end_badly(error);
    snprintf(from, sizeof(from), "%s", path_of(inode));
    disk_rename(disk, inode, from, to);
    if (write_through) disk_commit(disk, inode->volume);
    return end_change();
}

/* Win32's own form, or the one below it that Wine has: "\??\unix/c/dir/name". */
static DWORD read_rename_path(const FILE_RENAME_INFO *info, char *path)
{
    WCHAR name[PATH_SIZE];
    size_t length = info->FileNameLength / sizeof(WCHAR);

    if (length >= PATH_SIZE) return ERROR_FILENAME_EXCED_RANGE;
    memcpy(name, info->FileName, length * sizeof(WCHAR));
    name[length] = 0;
    return read_path(name, path);
}

BOOL SetFileInformationByHandle(HANDLE handle, FILE_INFO_BY_HANDLE_CLASS which, void *data, DWORD size)
{
    struct file_handle *file = file_of(handle);
    const FILE_RENAME_INFO *rename = data;
    const FILE_BASIC_INFO *basic = data;
    char path[PATH_SIZE];
    DWORD error;

    switch (which)
    {
    case FileBasicInfo:
        if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
        if (basic->FileAttributes) file->inode->attributes = basic->FileAttributes;
        return end_change();
    case FileRenameInfo:
        if ((error = read_rename_path(rename, path))) return fail(error);
        if (begins_badly(FAULT_RENAME)) return FALSE;
        if (!is_shared(file->inode, 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE))
            return end_badly(ERROR_SHARING_VIOLATION);
        return rename_inode(file->inode, path, rename->ReplaceIfExists, false);
    case FileDispositionInfo:
        if (begins_badly(FAULT_DELETE)) return FALSE;
        if (((FILE_DISPOSITION_INFO *)data)->DeleteFile && path_of(file->inode))
            disk_unlink(file->disk, path_of(file->inode));
        return end_change();
    case FileEndOfFileInfo:
        if (begins_badly(FAULT_SIZE)) return FALSE;
        disk_resize(file->disk, file->inode, ((FILE_END_OF_FILE_INFO *)data)->EndOfFile.QuadPart);
        return end_change();
    default: return fail(ERROR_INVALID_PARAMETER);
    }
}

/* --- by name ---------------------------------------------------------------------------------------------- */

/* The file of a name, under the table's lock; NULL, and unlocked: failed. */
static struct inode *begin_by_name(enum fault_kind kind, const WCHAR *name, char *path)
{
    DWORD error = read_path(name, path);
    struct entry *entry;

    if (error)
    {
        SetLastError(error);
        return NULL;
    }
    if (begins_badly(kind)) return NULL;
    if ((entry = disk_find(&disk_in_use()->now, path))) return entry->inode;
    end_badly(missing(path));
    return NULL;
}

DWORD GetFileAttributesW(const WCHAR *name)
{
    char path[PATH_SIZE];
    struct inode *inode;
    DWORD attributes;

    if (!read_path(name, path) && strlen(path) <= 3 && !disk_in_use()->off) return FILE_ATTRIBUTE_DIRECTORY;
    if (!(inode = begin_by_name(FAULT_ATTRIBUTES, name, path))) return INVALID_FILE_ATTRIBUTES;
    attributes = inode->attributes;
    table_unlock();
    return attributes;
}

BOOL GetFileAttributesExW(const WCHAR *name, GET_FILEEX_INFO_LEVELS level, void *data)
{
    WIN32_FILE_ATTRIBUTE_DATA *info = data;
    char path[PATH_SIZE];
    struct inode *inode = begin_by_name(FAULT_ATTRIBUTES, name, path);

    if (!inode) return FALSE;
    memset(info, 0, sizeof(*info));
    info->dwFileAttributes = inode->attributes;
    info->ftCreationTime = inode->created;
    info->ftLastWriteTime = inode->written;
    info->nFileSizeLow = (DWORD)inode->now.size;
    info->nFileSizeHigh = (uint64_t)inode->now.size >> 32;
    table_unlock();
    return TRUE;
}

BOOL SetFileAttributesW(const WCHAR *name, DWORD attributes)
{
    char path[PATH_SIZE];
    struct inode *inode = begin_by_name(FAULT_ATTRIBUTES, name, path);

    if (!inode) return FALSE;
    inode->attributes = attributes | (inode->directory ? FILE_ATTRIBUTE_DIRECTORY : 0);
    return end_change();
}

BOOL DeleteFileW(const WCHAR *name)
{
    char path[PATH_SIZE];
    struct inode *inode = begin_by_name(FAULT_DELETE, name, path);

    if (!inode) return FALSE;
    if (inode->directory || inode->attributes & FILE_ATTRIBUTE_READONLY) return end_badly(ERROR_ACCESS_DENIED);
    if (!is_shared(inode, DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE))
        return end_badly(ERROR_SHARING_VIOLATION);
    disk_unlink(disk_in_use(), path);
    return end_change();
}

BOOL MoveFileExW(const WCHAR *from, const WCHAR *to, DWORD flags)
{
    char path[PATH_SIZE], target[PATH_SIZE];
    struct inode *inode;
    DWORD error = read_path(to, target);

    if (error) return fail(error);
    if (!(inode = begin_by_name(FAULT_RENAME, from, path))) return FALSE;
    if (!is_shared(inode, DELETE, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE))
        return end_badly(ERROR_SHARING_VIOLATION);
    return rename_inode(inode, target, flags & MOVEFILE_REPLACE_EXISTING, flags & MOVEFILE_WRITE_THROUGH);
}

BOOL CreateDirectoryW(const WCHAR *name, void *security)
{
    char path[PATH_SIZE];
    DWORD error = read_path(name, path);

    if (error) return fail(error);
    if (begins_badly(FAULT_DIRECTORY)) return FALSE;
    if (disk_is_directory(disk_in_use(), path) || disk_find(&disk_in_use()->now, path))
        return end_badly(ERROR_ALREADY_EXISTS);
    if (!has_directory(path)) return end_badly(ERROR_PATH_NOT_FOUND);
    disk_add(disk_in_use(), path, true);
    return end_change();
}

BOOL RemoveDirectoryW(const WCHAR *name)
{
    char path[PATH_SIZE];
    struct inode *inode = begin_by_name(FAULT_DIRECTORY, name, path);
    const struct names *names = &disk_in_use()->now;
    size_t i, length = strlen(path);

    if (!inode) return FALSE;
    if (!inode->directory) return end_badly(ERROR_DIRECTORY);
    for (i = 0; i < names->count; i++)
        if (!strncasecmp(names->entries[i].path, path, length) && names->entries[i].path[length] == '\\')
            return end_badly(ERROR_DIR_NOT_EMPTY);
    disk_unlink(disk_in_use(), path);
    return end_change();
}

/* --- listing ------------------------------------------------------------------------------------------------ */

struct find
{
    struct handle handle;
    size_t next;
    char directory[PATH_SIZE]; /* with a separator at its end */
};

BOOL FindNextFileW(HANDLE handle, WIN32_FIND_DATAW *data)
{
    const struct names *names = &disk_in_use()->now;
    struct find *find = handle;
    size_t length = strlen(find->directory), i;

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    for (; find->next < names->count; find->next++)
    {
        const struct entry *entry = &names->entries[find->next];

        if (strncasecmp(entry->path, find->directory, length) || strchr(entry->path + length, '\\')) continue;
        memset(data, 0, sizeof(*data));
        data->dwFileAttributes = entry->inode->attributes;
        data->nFileSizeLow = (DWORD)entry->inode->now.size;
        for (i = 0; entry->path[length + i] && i < MAX_PATH - 1; i++)
            data->cFileName[i] = (unsigned char)entry->path[length + i];
        find->next++;
        table_unlock();
        return TRUE;
    }
    return end_badly(ERROR_NO_MORE_FILES);
}

HANDLE FindFirstFileExW(const WCHAR *pattern, FINDEX_INFO_LEVELS level, void *data, FINDEX_SEARCH_OPS search,
                        void *filter, DWORD flags)
{
    struct find *find = calloc(1, sizeof(*find));
    DWORD error = read_path(pattern, find->directory);
    char *last = strrchr(find->directory, '\\');

    find->handle.type = HANDLE_FIND;
    if (error || !last || strcmp(last, "\\*"))
    {
        free(find);
        SetLastError(error ? error : ERROR_INVALID_NAME);
        return INVALID_HANDLE_VALUE;
    }
    last[1] = 0;
    if (!FindNextFileW(find, data))
    {
        if (GetLastError() == ERROR_NO_MORE_FILES) SetLastError(ERROR_FILE_NOT_FOUND);
        free(find);
        return INVALID_HANDLE_VALUE;
    }
    handles_count(1);
    return find;
}

BOOL FindClose(HANDLE find)
{
    handles_count(-1);
    free(find);
    return TRUE;
}

BOOL GetDiskFreeSpaceExW(const WCHAR *directory, ULARGE_INTEGER *available, ULARGE_INTEGER *total,
                         ULARGE_INTEGER *free_bytes)
{
    uint64_t used, left;

    if (begins_badly(FAULT_ATTRIBUTES)) return FALSE;
    used = disk_used(disk_in_use());
    left = disk_in_use()->capacity > used ? disk_in_use()->capacity - used : 0;
    if (available) available->QuadPart = left;
    if (free_bytes) free_bytes->QuadPart = left;
    if (total) total->QuadPart = disk_in_use()->capacity;
    table_unlock();
    return TRUE;
}

DWORD GetFullPathNameW(const WCHAR *name, DWORD size, WCHAR *buffer, WCHAR **part)
{
    DWORD length = (DWORD)wcslen(name);
    WCHAR *p;

    if (length >= size) return length + 1;
    wcscpy(buffer, name);
    for (p = buffer; *p; p++)
        if (*p == '/') *p = '\\';
    while (length > 3 && (buffer[length - 1] == ' ' || buffer[length - 1] == '.')) buffer[--length] = 0;
    if (part) *part = wcsrchr(buffer, '\\') ? wcsrchr(buffer, '\\') + 1 : NULL;
    return length;
}

UINT GetDriveTypeW(const WCHAR *root)
{
    return DRIVE_FIXED;
}

/* --- below Win32 -------------------------------------------------------------------------------------------- */

/* "C:\dir\name" of "\??\unix/c/dir/name"; false: another kind of name. */
static bool read_native(const WCHAR *name, size_t length, char *path)
{
    size_t i, prefix = strlen(UNIX_PREFIX);

    if (length <= prefix + 1 || length >= PATH_SIZE) return false;
    for (i = 0; i < prefix; i++)
        if (name[i] != (unsigned char)UNIX_PREFIX[i]) return false;
    path[0] = (char)(name[prefix] - 0x20);
    path[1] = ':';
    for (i = prefix + 1; i < length; i++) path[i - prefix + 1] = name[i] == '/' ? '\\' : (char)name[i];
    path[length - prefix + 1] = 0;
    return disk_volume_of(path) >= 0;
}

/* An export of Wine's kernel32: the name of a file in the system below, to be freed with HeapFree. */
char *wine_get_unix_file_name(const WCHAR *name);

char *wine_get_unix_file_name(const WCHAR *name)
{
    char path[PATH_SIZE], *text;
    size_t i;

    if (read_path(name, path) || !(text = sim_malloc(strlen(path) + 2))) return NULL;
    text[0] = '/';
    text[1] = (char)(path[0] | 0x20);
    for (i = 2; path[i]; i++) text[i] = path[i] == '\\' ? '/' : path[i];
    if (text[i - 1] == '/') i--;
    text[i] = 0;
    return text;
}

void RtlInitUnicodeString(UNICODE_STRING *string, const WCHAR *text)
{
    string->Buffer = (WCHAR *)text;
    string->Length = (USHORT)(wcslen(text) * sizeof(WCHAR));
    string->MaximumLength = string->Length + sizeof(WCHAR);
}

static bool read_object(const OBJECT_ATTRIBUTES *object, char *path)
{
    return read_native(object->ObjectName->Buffer, object->ObjectName->Length / sizeof(WCHAR), path);
}

NTSTATUS NtCreateFile(HANDLE *handle, DWORD access, OBJECT_ATTRIBUTES *object, IO_STATUS_BLOCK *io,
                      LARGE_INTEGER *allocation, ULONG attributes, ULONG share, ULONG disposition, ULONG options,
                      void *extended, ULONG extended_size)
{
    char path[PATH_SIZE];

    if (!read_object(object, path) || begins_badly(FAULT_OPEN)) return STATUS_UNSUCCESSFUL;
    *handle = open_path(path, access, share, disposition == FILE_CREATE ? CREATE_NEW : OPEN_EXISTING, attributes);
    return *handle == INVALID_HANDLE_VALUE ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS;
}

NTSTATUS NtQueryAttributesFile(const OBJECT_ATTRIBUTES *object, FILE_BASIC_INFORMATION *info);

NTSTATUS NtQueryAttributesFile(const OBJECT_ATTRIBUTES *object, FILE_BASIC_INFORMATION *info)
{
    char path[PATH_SIZE];
    bool found;

    if (!read_object(object, path) || begins_badly(FAULT_ATTRIBUTES)) return STATUS_UNSUCCESSFUL;
    found = disk_exists(disk_in_use(), path);
    table_unlock();
    return found ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

NTSTATUS NtSetInformationFile(HANDLE handle, IO_STATUS_BLOCK *io, void *data, ULONG size, FILE_INFORMATION_CLASS which);

NTSTATUS NtSetInformationFile(HANDLE handle, IO_STATUS_BLOCK *io, void *data, ULONG size, FILE_INFORMATION_CLASS which)
{
    const FILE_RENAME_INFO *info = data;
    struct file_handle *file = file_of(handle);
    char path[PATH_SIZE];

    if (which != FileRenameInformation || !read_native(info->FileName, info->FileNameLength / sizeof(WCHAR), path))
        return STATUS_UNSUCCESSFUL;
    if (begins_badly(FAULT_RENAME)) return STATUS_UNSUCCESSFUL;
    return rename_inode(file->inode, path, info->ReplaceIfExists, false) ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL;
}

ULONG RtlNtStatusToDosError(NTSTATUS status)
{
    switch (status)
    {
    case STATUS_SUCCESS: return 0;
    case STATUS_OBJECT_NAME_NOT_FOUND: return ERROR_FILE_NOT_FOUND;
    case STATUS_OBJECT_NAME_COLLISION: return ERROR_ALREADY_EXISTS;
    default: return GetLastError();
    }
}
