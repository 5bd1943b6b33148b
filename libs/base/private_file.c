/*
 * Files for their owner alone.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/private_file.h"

#define RIGHTS (FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE | READ_CONTROL | WRITE_DAC)

struct owner_only
{
    SECURITY_DESCRIPTOR descriptor;
    union
    {
        ACL list;
        BYTE bytes[256];
    } acl;
    union
    {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } token;
};

static BOOL init_owner_only(struct owner_only *owner)
{
    DWORD size = sizeof(owner->token);
    HANDLE token;
    BOOL known;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return FALSE;
    known = GetTokenInformation(token, TokenUser, &owner->token, size, &size);
    CloseHandle(token);
    return known && InitializeAcl(&owner->acl.list, sizeof(owner->acl), ACL_REVISION) &&
           AddAccessAllowedAce(&owner->acl.list, ACL_REVISION, RIGHTS, owner->token.user.User.Sid) &&
           InitializeSecurityDescriptor(&owner->descriptor, SECURITY_DESCRIPTOR_REVISION) &&
           SetSecurityDescriptorDacl(&owner->descriptor, TRUE, &owner->acl.list, FALSE) &&
           SetSecurityDescriptorControl(&owner->descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
}

HANDLE private_file_open(const WCHAR *path, DWORD access, DWORD share, DWORD disposition)
{
    struct owner_only owner;
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &owner.descriptor, FALSE};
    HANDLE file;

    if (!init_owner_only(&owner)) return INVALID_HANDLE_VALUE;
    file = CreateFileW(path, access | WRITE_DAC, share, &attributes, disposition, FILE_ATTRIBUTE_NORMAL, NULL);
    /* One that was there keeps the rights it had. */
    if (file != INVALID_HANDLE_VALUE && !SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, &owner.descriptor))
    {
        DWORD error = GetLastError();

        CloseHandle(file);
        SetLastError(error);
        return INVALID_HANDLE_VALUE;
    }
    return file;
}
