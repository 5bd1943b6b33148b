/*
 * The command line that a job runs when no client can be called.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Under Wine the service and all clients are one user, so the token that Windows keeps from the caller of
 * SetNotifyCmdLine is the service's own.  What starts is an ordinary program: it keeps the session alive while it
 * runs, and does not end with the service.
 */

#include <stdlib.h>
#include <windows.h>

#include "base/debug.h"
#include "com/command.h"

DEBUG_CHANNEL(bitsnotify);

static BOOL is_service_account(const WCHAR *sid)
{
    static const WCHAR *const accounts[] = {L"S-1-5-18", L"S-1-5-19", L"S-1-5-20"};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(accounts); i++)
        if (!lstrcmpiW(sid, accounts[i])) return TRUE;
    return FALSE;
}

BOOL command_is_set(struct job *job)
{
    WCHAR *program = NULL, *owner = NULL;
    BOOL set = FALSE;

    if (!job_get_string(job, JOB_COMMAND_PROGRAM, &program) && program && *program)
        set = !job_get_string(job, JOB_OWNER, &owner) && owner && !is_service_account(owner);
    free(program);
    free(owner);
    return set;
}

/* The user's environment, free with destroy_environment; NULL: the service's own will do. */
static void *create_environment(HMODULE userenv)
{
    BOOL(WINAPI * create)(void **, HANDLE, BOOL) = (void *)GetProcAddress(userenv, "CreateEnvironmentBlock");
    void *environment = NULL;
    HANDLE token;

    if (!create || !OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, &token)) return NULL;
    if (!create(&environment, token, FALSE)) environment = NULL;
    CloseHandle(token);
    return environment;
}

static void destroy_environment(HMODULE userenv, void *environment)
{
    BOOL(WINAPI * destroy)(void *) = (void *)GetProcAddress(userenv, "DestroyEnvironmentBlock");

    if (environment && destroy) destroy(environment);
}

/* Program and parameters go as they are: nothing is added, expanded or searched (B-681). */
static DWORD start(const WCHAR *program, WCHAR *parameters, HANDLE *process)
{
    static WCHAR desktop[] = L"WinSta0\\Default";
    STARTUPINFOW startup = {.cb = sizeof(startup), .lpDesktop = desktop};
    HMODULE userenv = LoadLibraryW(L"userenv.dll");
    WCHAR profile[MAX_PATH];
    PROCESS_INFORMATION information;
    void *environment = NULL;
    DWORD size, error = 0;

    if (userenv) environment = create_environment(userenv);
    size = GetEnvironmentVariableW(L"USERPROFILE", profile, ARRAYSIZE(profile));
    /* No window: a console program has nobody in front of it. */
    if (CreateProcessW(program, parameters, NULL, NULL, FALSE, CREATE_UNICODE_ENVIRONMENT | CREATE_NO_WINDOW,
                       environment, size && size < ARRAYSIZE(profile) ? profile : NULL, &startup, &information))
    {
        CloseHandle(information.hThread);
        *process = information.hProcess;
    }
    else error = GetLastError();
    if (userenv)
    {
        destroy_environment(userenv, environment);
        FreeLibrary(userenv);
    }
    return error;
}

DWORD command_start(struct job *job, HANDLE *process)
{
    WCHAR *program = NULL, *parameters = NULL;
    DWORD error;
    GUID id;

    *process = NULL;
    error = job_get_string(job, JOB_COMMAND_PROGRAM, &program);
    if (!error) error = job_get_string(job, JOB_COMMAND_PARAMETERS, &parameters);
    if (!error && !program) error = ERROR_FILE_NOT_FOUND;
    if (!error) error = start(program, parameters, process);

    job_get_id(job, &id);
    /* Its arguments may be secrets. */
    TRACE("%s: %s: error %lu\n", debug_guid(&id), debug_wstr(program), error);
    if (error)
        log_event("%s command line %ls cannot be started, error %lu", debug_guid(&id), program ? program : L"", error);
    free(program);
    free(parameters);
    return error;
}
