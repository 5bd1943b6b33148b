/*
 * Who calls.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>
#include <rpc.h>
#include <rpcdcep.h>
#include <sddl.h>

#include "base/debug.h"
#include "service/identity.h"

DEBUG_CHANNEL(bitsservice);

DWORD identity_caller_process(void)
{
    unsigned long process;

    return I_RpcBindingInqLocalClientPID(NULL, &process) ? GetCurrentProcessId() : process;
}

static HANDLE open_token(DWORD id)
{
    HANDLE process, token = NULL;

    if (id == GetCurrentProcessId()) process = GetCurrentProcess();
    else if (!(process = OpenProcess(PROCESS_QUERY_INFORMATION, FALSE, id)))
        process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id);
    if (!process) return NULL;
    if (!OpenProcessToken(process, TOKEN_QUERY | TOKEN_DUPLICATE, &token)) token = NULL;
    if (process != GetCurrentProcess()) CloseHandle(process);
    return token;
}

static WCHAR *sid_of_token(HANDLE token)
{
    union
    {
        TOKEN_USER user;
        BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } buffer;
    WCHAR *text, *copy;
    DWORD size;

    if (!GetTokenInformation(token, TokenUser, &buffer, sizeof(buffer), &size)) return NULL;
    if (!ConvertSidToStringSidW(buffer.user.User.Sid, &text)) return NULL;
    copy = _wcsdup(text);
    LocalFree(text);
    return copy;
}

static DWORD integrity_of_token(HANDLE token)
{
    union
    {
        TOKEN_MANDATORY_LABEL label;
        BYTE bytes[sizeof(TOKEN_MANDATORY_LABEL) + SECURITY_MAX_SID_SIZE];
    } buffer;
    DWORD size;

    if (!GetTokenInformation(token, TokenIntegrityLevel, &buffer, sizeof(buffer), &size))
        return SECURITY_MANDATORY_MEDIUM_RID;
    return *GetSidSubAuthority(buffer.label.Label.Sid, *GetSidSubAuthorityCount(buffer.label.Label.Sid) - 1);
}

/* Administrator (with the rights of one) or service account. */
static BOOL is_privileged(HANDLE token, const WCHAR *sid)
{
    static const WCHAR *const accounts[] = {L"S-1-5-18", L"S-1-5-19", L"S-1-5-20"};
    BYTE administrators[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(administrators);
    BOOL member = FALSE;
    HANDLE impersonation;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(accounts); i++)
        if (!lstrcmpiW(sid, accounts[i])) return TRUE;
    if (!CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, administrators, &size)) return FALSE;
    if (!DuplicateToken(token, SecurityIdentification, &impersonation)) return FALSE;
    if (!CheckTokenMembership(impersonation, administrators, &member)) member = FALSE;
    CloseHandle(impersonation);
    return member;
}

HRESULT identity_of_caller(struct caller *caller)
{
    TOKEN_ELEVATION elevation = {0};
    HANDLE token;
    DWORD size;

    memset(caller, 0, sizeof(*caller));
    caller->process = identity_caller_process();
    if (!(token = open_token(caller->process)))
    {
        WARN("process %04lx has no readable token, error %lu\n", caller->process, GetLastError());
        return E_ACCESSDENIED;
    }
    if ((caller->sid = sid_of_token(token)))
    {
        caller->integrity = integrity_of_token(token);
        if (GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size))
            caller->elevated = !!elevation.TokenIsElevated;
        caller->privileged = is_privileged(token, caller->sid);
    }
    CloseHandle(token);
    return caller->sid ? S_OK : E_ACCESSDENIED;
}

void caller_cleanup(struct caller *caller)
{
    free(caller->sid);
    caller->sid = NULL;
}

BOOL caller_may_modify(const struct caller *caller, const WCHAR *owner_sid, DWORD owner_integrity, BOOL owner_elevated)
{
    if (caller->integrity < owner_integrity) return FALSE;            /* B-765 */
    if (lstrcmpiW(caller->sid, owner_sid)) return caller->privileged; /* B-761, B-762 */
    return caller->elevated || !owner_elevated || caller->privileged; /* B-760, B-764 */
}
