/*
 * Files whose names are known letter by letter.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#include "transfer/jobs/exactname.h"

#define CP_UNIXCP 65010 /* what the names of the system below are in */

NTSTATUS NTAPI NtQueryAttributesFile(const OBJECT_ATTRIBUTES *attributes, FILE_BASIC_INFORMATION *info);
NTSTATUS NTAPI NtSetInformationFile(HANDLE file, IO_STATUS_BLOCK *io, void *info, ULONG size,
                                    FILE_INFORMATION_CLASS which);

WCHAR *exact_name_directory(const WCHAR *directory)
{
    static const WCHAR prefix[] = L"\\??\\unix";
    char *(CDECL * get_unix_name)(const WCHAR *) = (void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"),
                                                                          "wine_get_unix_file_name");
    WCHAR *name = NULL;
    char *unix_name;
    int size;

    if (!get_unix_name || !(unix_name = get_unix_name(directory))) return NULL;
    size = MultiByteToWideChar(CP_UNIXCP, MB_ERR_INVALID_CHARS, unix_name, -1, NULL, 0);
    if (size && (name = malloc(sizeof(prefix) + (size + 1) * sizeof(*name))))
    {
        wcscpy(name, prefix);
        MultiByteToWideChar(CP_UNIXCP, 0, unix_name, -1, name + wcslen(name), size);
        if (name[wcslen(name) - 1] != '/') wcscat(name, L"/");
    }
    HeapFree(GetProcessHeap(), 0, unix_name);
    return name;
}

/* Allocated; NULL: there is no such way to say it. */
static WCHAR *exact_path(const WCHAR *name)
{
    const WCHAR *p, *file = name;
    WCHAR *directory, *exact, *path = NULL;

    for (p = name; *p; p++)
        if (*p == '\\' || *p == '/') file = p + 1;
    if (!(directory = malloc((file - name + 1) * sizeof(*directory)))) return NULL;
    memcpy(directory, name, (file - name) * sizeof(*directory));
    directory[file - name] = 0;
    if ((exact = exact_name_directory(directory)) &&
        (path = malloc((wcslen(exact) + wcslen(file) + 1) * sizeof(*path))))
    {
        wcscpy(path, exact);
        wcscat(path, file);
    }
    free(exact);
    free(directory);
    return path;
}

static void init_object(OBJECT_ATTRIBUTES *object, UNICODE_STRING *string, WCHAR *path)
{
    RtlInitUnicodeString(string, path);
    InitializeObjectAttributes(object, string, 0, NULL, NULL);
}

HANDLE exact_name_create(const WCHAR *name, DWORD share, DWORD attributes)
{
    WCHAR *path = exact_path(name);
    OBJECT_ATTRIBUTES object;
    UNICODE_STRING string;
    IO_STATUS_BLOCK io;
    NTSTATUS status;
    HANDLE handle;

    if (!path) return CreateFileW(name, GENERIC_WRITE, share, NULL, CREATE_NEW, attributes, NULL);
    init_object(&object, &string, path);
    status = NtCreateFile(&handle, GENERIC_WRITE | SYNCHRONIZE | FILE_READ_ATTRIBUTES, &object, &io, NULL, attributes,
                          share, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE, NULL, 0);
    free(path);
    if (!status) return handle;
    /* The ordinary function finds out what is wrong. */
    return CreateFileW(name, GENERIC_WRITE, share, NULL, CREATE_NEW, attributes, NULL);
}

BOOL exact_name_exists(const WCHAR *name)
{
    WCHAR *path = exact_path(name);
    FILE_BASIC_INFORMATION info;
    OBJECT_ATTRIBUTES object;
    UNICODE_STRING string;
    NTSTATUS status;

    if (!path) return GetFileAttributesW(name) != INVALID_FILE_ATTRIBUTES;
    init_object(&object, &string, path);
    status = NtQueryAttributesFile(&object, &info);
    free(path);
    return !status;
}

BOOL exact_name_rename(HANDLE handle, const WCHAR *directory, const WCHAR *name)
{
    size_t length = (wcslen(directory) + wcslen(name)) * sizeof(WCHAR);
    FILE_RENAME_INFO *info = calloc(1, sizeof(*info) + length);
    IO_STATUS_BLOCK io;
    NTSTATUS status;

    if (!info) return FALSE;
    info->ReplaceIfExists = TRUE;
    info->FileNameLength = length;
    wcscpy(info->FileName, directory);
    wcscat(info->FileName, name);
    status = NtSetInformationFile(handle, &io, info, sizeof(*info) + length, FileRenameInformation);
    free(info);
    return !status;
}
