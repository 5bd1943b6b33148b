/*
 * The job store's files and lock on Win32.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <ntsecapi.h>

#include "base/private_file.h"
#include "store/store.h"

#define PART_SIZE (64 * 1024 * 1024) /* bytes read or written by one call */
#define NAME_SIZE 32                 /* of the longest name in the directory, with its end */

struct win32_os
{
    struct store_os os;
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
    WCHAR directory[1]; /* as long as it is */
};

/* A struct store_file is a HANDLE under another name. */
static HANDLE handle_of(struct store_file *file)
{
    return (HANDLE)file;
}

static struct win32_os *impl_from_os(struct store_os *os)
{
    return CONTAINING_RECORD(os, struct win32_os, os);
}

/* directory\name, for free(). */
static WCHAR *make_path(struct store_os *os, const char *name)
{
    const WCHAR *directory = impl_from_os(os)->directory;
    size_t length = wcslen(directory), i;
    WCHAR *path = malloc((length + 1 + NAME_SIZE) * sizeof(*path));

    if (!path) return NULL;
    memcpy(path, directory, length * sizeof(*path));
    path[length++] = '\\';
    for (i = 0; name[i] && i < NAME_SIZE - 1; i++) path[length + i] = (unsigned char)name[i];
    path[length + i] = 0;
    return path;
}

static uint32_t win32_open(struct store_os *os, const char *name, enum store_open_mode mode, struct store_file **file)
{
    static const DWORD dispositions[] = {
        [STORE_OPEN_LOCK] = OPEN_ALWAYS,
        [STORE_OPEN_EXISTING] = OPEN_EXISTING,
        [STORE_OPEN_NEW] = CREATE_ALWAYS,
    };
    WCHAR *path = make_path(os, name);
    DWORD share = mode == STORE_OPEN_LOCK ? 0 : FILE_SHARE_READ;
    uint32_t error = ERROR_SUCCESS;
    HANDLE handle;

    *file = NULL;
    if (!path) return ERROR_OUTOFMEMORY;
    handle = private_file_open(path, GENERIC_READ | GENERIC_WRITE, share, dispositions[mode]);
    if (handle == INVALID_HANDLE_VALUE) error = GetLastError();
    else *file = (struct store_file *)handle;
    free(path);
    return error;
}

static void win32_close(struct store_os *os, struct store_file *file)
{
    CloseHandle(handle_of(file));
}

static uint32_t win32_get_size(struct store_os *os, struct store_file *file, uint64_t *size)
{
    LARGE_INTEGER length;

    if (!GetFileSizeEx(handle_of(file), &length)) return GetLastError();
    *size = length.QuadPart;
    return ERROR_SUCCESS;
}

static OVERLAPPED at_offset(uint64_t offset)
{
    OVERLAPPED overlapped = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};

    return overlapped;
}

static uint32_t win32_read(struct store_os *os, struct store_file *file, uint64_t offset, void *data, size_t size)
{
    DWORD part, count;

    while (size)
    {
        OVERLAPPED overlapped = at_offset(offset);

        part = size < PART_SIZE ? (DWORD)size : PART_SIZE;
        if (!ReadFile(handle_of(file), data, part, &count, &overlapped)) return GetLastError();
        if (!count) return ERROR_HANDLE_EOF;
        data = (char *)data + count;
        offset += count;
        size -= count;
    }
    return ERROR_SUCCESS;
}

static uint32_t win32_write(struct store_os *os, struct store_file *file, uint64_t offset, const void *data,
                            size_t size)
{
    DWORD part, count;

    while (size)
    {
        OVERLAPPED overlapped = at_offset(offset);

        part = size < PART_SIZE ? (DWORD)size : PART_SIZE;
        if (!WriteFile(handle_of(file), data, part, &count, &overlapped)) return GetLastError();
        if (!count) return ERROR_DISK_FULL;
        data = (const char *)data + count;
        offset += count;
        size -= count;
    }
    return ERROR_SUCCESS;
}

static uint32_t win32_set_size(struct store_os *os, struct store_file *file, uint64_t size)
{
    LARGE_INTEGER position = {.QuadPart = (LONGLONG)size};

    if (!SetFilePointerEx(handle_of(file), position, NULL, FILE_BEGIN)) return GetLastError();
    return SetEndOfFile(handle_of(file)) ? ERROR_SUCCESS : GetLastError();
}

static uint32_t win32_flush(struct store_os *os, struct store_file *file)
{
    return FlushFileBuffers(handle_of(file)) ? ERROR_SUCCESS : GetLastError();
}

static uint32_t win32_rename(struct store_os *os, const char *from, const char *to)
{
    WCHAR *old_path = make_path(os, from), *new_path = make_path(os, to);
    uint32_t error = ERROR_SUCCESS;

    if (!old_path || !new_path) error = ERROR_OUTOFMEMORY;
    else if (!MoveFileExW(old_path, new_path, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
        error = GetLastError();
    free(old_path);
    free(new_path);
    return error;
}

static uint32_t win32_remove(struct store_os *os, const char *name)
{
    WCHAR *path = make_path(os, name);
    uint32_t error = ERROR_SUCCESS;

    if (!path) return ERROR_OUTOFMEMORY;
    if (!DeleteFileW(path)) error = GetLastError();
    free(path);
    return error;
}

static uint64_t win32_random(struct store_os *os)
{
    LARGE_INTEGER counter;
    uint64_t value;

    if (RtlGenRandom(&value, sizeof(value))) return value;
    /* Only different from file to file, then, and not hard to guess. */
    QueryPerformanceCounter(&counter);
    return (uint64_t)counter.QuadPart * 0x9e3779b97f4a7c15u ^ GetCurrentProcessId();
}

static void win32_lock(struct store_os *os)
{
    AcquireSRWLockExclusive(&impl_from_os(os)->lock);
}

static void win32_unlock(struct store_os *os)
{
    ReleaseSRWLockExclusive(&impl_from_os(os)->lock);
}

static void win32_wait(struct store_os *os)
{
    SleepConditionVariableSRW(&impl_from_os(os)->changed, &impl_from_os(os)->lock, INFINITE, 0);
}

static void win32_wake_all(struct store_os *os)
{
    WakeAllConditionVariable(&impl_from_os(os)->changed);
}

static void win32_destroy(struct store_os *os)
{
    free(impl_from_os(os));
}

uint32_t store_open_directory(const wchar_t *directory, const struct store_callbacks *callbacks, struct store **store)
{
    static const struct store_os functions = {
        win32_open,     win32_close,  win32_get_size, win32_read,     win32_write,
        win32_set_size, win32_flush,  win32_rename,   win32_remove,   win32_random,
        win32_lock,     win32_unlock, win32_wait,     win32_wake_all, win32_destroy,
    };
    size_t size = (wcslen(directory) + 1) * sizeof(*directory);
    struct win32_os *os = calloc(1, sizeof(*os) + size);

    *store = NULL;
    if (!os) return ERROR_OUTOFMEMORY;
    os->os = functions;
    InitializeSRWLock(&os->lock);
    InitializeConditionVariable(&os->changed);
    memcpy(os->directory, directory, size);
    return store_open(&os->os, callbacks, store);
}
