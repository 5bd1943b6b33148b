/*
 * Keeping the Wine session alive while there is work.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "base/debug.h"
#include "service/session.h"

DEBUG_CHANNEL(bitsservice);

/* ms; work that is done sooner needs no helper: to start a program costs more than most jobs.  Wine leaves 1.5 s
 * after the last program has ended. */
#define START_DELAY 100

struct session_hold
{
    CRITICAL_SECTION lock;
    WCHAR service[16];
    BOOL active;
    BOOL starting;   /* a thread is about to set helper */
    TP_TIMER *timer; /* starts the helper */
    HANDLE release;  /* ends the helper program */
    HANDLE helper;   /* its process, NULL: not running */
};

static BOOL is_wanted(void)
{
    DWORD value, size = sizeof(value);

    if (RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits", L"HoldSession",
                     RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &value, &size))
        return TRUE;
    return value != 0;
}

/* Under Wine only: on Windows a session does not end a service. */
static BOOL is_wine(void)
{
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* NULL: it cannot be started.  Not under the lock: a process takes its time. */
static HANDLE start_helper(const struct session_hold *hold)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR directory[MAX_PATH], command[MAX_PATH + 64];

    GetSystemDirectoryW(directory, ARRAYSIZE(directory));
    swprintf(command, ARRAYSIZE(command), L"\"%s\\bitshold.exe\" %s %lu", directory, hold->service,
             GetCurrentProcessId());
    if (!CreateProcessW(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS, NULL, directory, &startup, &process))
    {
        WARN("cannot start %s, error %lu: transfers end with the last program\n", debug_wstr(command), GetLastError());
        return NULL;
    }
    CloseHandle(process.hThread);
    TRACE("the session is held\n");
    return process.hProcess;
}

/* Locked. */
static void release_helper(struct session_hold *hold)
{
    if (!hold->helper) return;
    SetEvent(hold->release);
    CloseHandle(hold->helper);
    hold->helper = NULL;
    TRACE("the session is let go\n");
}

static void CALLBACK start_due(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct session_hold *hold = context;
    HANDLE helper;

    EnterCriticalSection(&hold->lock);
    if (hold->helper && WaitForSingleObject(hold->helper, 0) == WAIT_OBJECT_0) release_helper(hold);
    if (hold->active && !hold->helper && !hold->starting && is_wanted())
    {
        hold->starting = TRUE;
        ResetEvent(hold->release);
        LeaveCriticalSection(&hold->lock);
        helper = start_helper(hold);
        EnterCriticalSection(&hold->lock);
        hold->starting = FALSE;
        hold->helper = helper;
        if (!hold->active) release_helper(hold);
    }
    LeaveCriticalSection(&hold->lock);
}

struct session_hold *session_hold_create(const WCHAR *service)
{
    struct session_hold *hold;
    WCHAR name[64];

    if (!(hold = calloc(1, sizeof(*hold)))) return NULL;
    InitializeCriticalSection(&hold->lock);
    lstrcpynW(hold->service, service, ARRAYSIZE(hold->service));
    swprintf(name, ARRAYSIZE(name), SESSION_EVENT_FORMAT, service, GetCurrentProcessId());
    hold->release = CreateEventW(NULL, TRUE, FALSE, name);
    if (is_wine() && !(hold->timer = CreateThreadpoolTimer(start_due, hold, NULL)))
        WARN("no timer, error %lu: transfers end with the last program\n", GetLastError());
    return hold;
}

void session_hold_set(struct session_hold *hold, BOOL active)
{
    LARGE_INTEGER due = {.QuadPart = -10000 * START_DELAY};
    FILETIME time = {due.LowPart, due.HighPart};

    EnterCriticalSection(&hold->lock);
    hold->active = active;
    if (hold->timer) SetThreadpoolTimer(hold->timer, active ? &time : NULL, 0, 0);
    if (!active) release_helper(hold);
    LeaveCriticalSection(&hold->lock);
}

void session_hold_destroy(struct session_hold *hold)
{
    if (!hold) return;
    session_hold_set(hold, FALSE);
    if (hold->timer)
    {
        WaitForThreadpoolTimerCallbacks(hold->timer, TRUE);
        CloseThreadpoolTimer(hold->timer);
    }
    if (hold->release) CloseHandle(hold->release);
    DeleteCriticalSection(&hold->lock);
    free(hold);
}
