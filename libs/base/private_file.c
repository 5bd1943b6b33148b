/*
 * Files for their owner alone.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "base/private_file.h"

#define RIGHTS (FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE | READ_CONTROL | WRITE_DAC | WRITE_OWNER)

struct access_list
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

static BOOL init_list(struct access_list *access, PSID sid)
{
    return InitializeAcl(&access->acl.list, sizeof(access->acl), ACL_REVISION) &&
           AddAccessAllowedAce(&access->acl.list, ACL_REVISION, RIGHTS, sid) &&
           InitializeSecurityDescriptor(&access->descriptor, SECURITY_DESCRIPTOR_REVISION) &&
           SetSecurityDescriptorDacl(&access->descriptor, TRUE, &access->acl.list, FALSE) &&
           SetSecurityDescriptorControl(&access->descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
}

/* The user of the process and nobody else. */
static BOOL init_owner_only(struct access_list *access)
{
    DWORD size = sizeof(access->token);
    HANDLE token;
    BOOL known;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return FALSE;
    known = GetTokenInformation(token, TokenUser, &access->token, size, &size);
    CloseHandle(token);
    return known && init_list(access, access->token.user.User.Sid);
}

/*
 * Wine gives what its user may do to the file's group as well, but what another owner may do to the owner alone.
 * Windows does not know that owner and refuses.
 */
static BOOL exclude_group(HANDLE file)
{
    SID owner_rights = {SID_REVISION, 1, {SECURITY_CREATOR_SID_AUTHORITY}, {SECURITY_CREATOR_OWNER_RIGHTS_RID}};
    struct access_list access;

    return init_list(&access, &owner_rights) && SetSecurityDescriptorOwner(&access.descriptor, &owner_rights, FALSE) &&
           SetKernelObjectSecurity(file, OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &access.descriptor);
}

HANDLE private_file_open(const WCHAR *path, DWORD access, DWORD share, DWORD disposition)
{
    struct access_list list;
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), &list.descriptor, FALSE};
    HANDLE file;
    DWORD error;

    if (!init_owner_only(&list)) return INVALID_HANDLE_VALUE;
    file = CreateFileW(path, access | WRITE_DAC | WRITE_OWNER, share, &attributes, disposition, FILE_ATTRIBUTE_NORMAL,
                       NULL);
    /* One that was there has kept the rights it had. */
    if (file == INVALID_HANDLE_VALUE || exclude_group(file) ||
        SetKernelObjectSecurity(file, DACL_SECURITY_INFORMATION, &list.descriptor))
        return file;
    error = GetLastError();
    CloseHandle(file);
    SetLastError(error);
    return INVALID_HANDLE_VALUE;
}
