/*
 * What the user of the process may do.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <windows.h>

#include "base/access.h"

#define PARTS (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION)

/* For free(); NULL: there is none. */
static SECURITY_DESCRIPTOR *get_descriptor(const WCHAR *name)
{
    SECURITY_DESCRIPTOR *descriptor;
    DWORD size = 0;

    GetFileSecurityW(name, PARTS, NULL, 0, &size);
    if (!size || !(descriptor = malloc(size))) return NULL;
    if (GetFileSecurityW(name, PARTS, descriptor, size, &size)) return descriptor;
    free(descriptor);
    return NULL;
}

/* A token that AccessCheck takes; NULL: there is none. */
static HANDLE impersonation_token(void)
{
    HANDLE token, duplicate;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token)) return NULL;
    if (!DuplicateToken(token, SecurityImpersonation, &duplicate)) duplicate = NULL;
    CloseHandle(token);
    return duplicate;
}

BOOL access_may_add_files(const WCHAR *directory)
{
    GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS};
    SECURITY_DESCRIPTOR *descriptor = get_descriptor(directory);
    HANDLE token = descriptor ? impersonation_token() : NULL;
    union
    {
        PRIVILEGE_SET set;
        BYTE bytes[256];
    } privileges;
    DWORD size = sizeof(privileges), granted;
    BOOL allowed = TRUE;

    if (token && !AccessCheck(descriptor, token, FILE_ADD_FILE, &mapping, &privileges.set, &size, &granted, &allowed))
        allowed = TRUE;
    if (token) CloseHandle(token);
    free(descriptor);
    return allowed;
}
