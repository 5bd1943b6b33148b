/*
 * The native calls that the engine uses for names below Win32.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_WINTERNL_H
#define SIM_WINTERNL_H

#include <windows.h>

typedef struct
{
    USHORT Length, MaximumLength;
    WCHAR *Buffer;
} UNICODE_STRING;

typedef struct
{
    ULONG Length;
    HANDLE RootDirectory;
    UNICODE_STRING *ObjectName;
    ULONG Attributes;
    void *SecurityDescriptor, *SecurityQualityOfService;
} OBJECT_ATTRIBUTES;

typedef struct
{
    NTSTATUS Status;
    ULONG_PTR Information;
} IO_STATUS_BLOCK;

typedef FILE_BASIC_INFO FILE_BASIC_INFORMATION;
typedef enum
{
    FileRenameInformation = 10
} FILE_INFORMATION_CLASS;

#define OBJ_CASE_INSENSITIVE 0x40
#define FILE_OPEN 1
#define FILE_CREATE 2
#define FILE_SYNCHRONOUS_IO_NONALERT 0x20
#define FILE_NON_DIRECTORY_FILE 0x40
#define STATUS_SUCCESS ((NTSTATUS)0)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xc0000001)
#define STATUS_OBJECT_NAME_NOT_FOUND ((NTSTATUS)0xc0000034)
#define STATUS_OBJECT_NAME_COLLISION ((NTSTATUS)0xc0000035)

#define InitializeObjectAttributes(object, name, flags, root, security) \
    ((object)->Length = sizeof(*(object)), (object)->RootDirectory = (root), (object)->ObjectName = (name), \
     (object)->Attributes = (flags), (object)->SecurityDescriptor = (security), \
     (object)->SecurityQualityOfService = NULL)

void RtlInitUnicodeString(UNICODE_STRING *string, const WCHAR *text);
NTSTATUS NtCreateFile(HANDLE *handle, DWORD access, OBJECT_ATTRIBUTES *object, IO_STATUS_BLOCK *io,
                      LARGE_INTEGER *allocation, ULONG attributes, ULONG share, ULONG disposition, ULONG options,
                      void *extended, ULONG extended_size);
ULONG RtlNtStatusToDosError(NTSTATUS status);

#endif
