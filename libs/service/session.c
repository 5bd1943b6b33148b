/*
 * Keeping the Wine session alive while there is work.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <windows.h>

#include "base/debug.h"
#include "service/session.h"

DEBUG_CHANNEL(bitsservice);

/* After the last work, in ms: to start a program costs more than most jobs, and often one follows another. */
#define LINGER_MS 2000
/* After a promise that work goes on, until the work is seen: the scheduler may have to wait for a busy machine. */
#define PROMISE_MS 5000

/* A program that does not get to work in this time is as good as none. */
#define READY_TIMEOUT_MS 20000

struct session_hold
{
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE started; /* starting is over */
    WCHAR service[16];
    BOOL active;
    BOOL starting;   /* a thread is about to set helper */
    TP_TIMER *timer; /* starts the helper, or lets it go; NULL: not under Wine */
    HANDLE release;  /* ends the helper program */
    HANDLE ready;    /* event: it is at work */
    HANDLE job;      /* the helper is in it, and dies with this process before it is at work */
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

/* A job object that ends what is in it with its last handle.  The helper, once at work, has one, too. */
static HANDLE create_job(const WCHAR *service)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    WCHAR name[64];
    HANDLE job;

    swprintf(name, ARRAYSIZE(name), SESSION_JOB_FORMAT, service, GetCurrentProcessId());
    if (!(job = CreateJobObjectW(NULL, name))) return NULL;
    if (SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof(limits))) return job;
    CloseHandle(job);
    return NULL;
}

/* Start command in the job from its first moment: a service that dies in the middle of CreateProcess would otherwise
 * leave a suspended program, with which the session never ends. */
static HANDLE create_process_in_job(HANDLE job, WCHAR *command, const WCHAR *directory)
{
    STARTUPINFOEXW startup = {.StartupInfo.cb = sizeof(startup)};
    PROCESS_INFORMATION process = {0};
    SIZE_T size = 0;

    InitializeProcThreadAttributeList(NULL, 1, 0, &size);
    if (!(startup.lpAttributeList = malloc(size))) return NULL;
    if (InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size))
    {
        if (UpdateProcThreadAttribute(startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_JOB_LIST, &job, sizeof(job),
                                      NULL, NULL) &&
            CreateProcessW(NULL, command, NULL, NULL, FALSE, DETACHED_PROCESS | EXTENDED_STARTUPINFO_PRESENT, NULL,
                           directory, &startup.StartupInfo, &process))
            CloseHandle(process.hThread);
        DeleteProcThreadAttributeList(startup.lpAttributeList);
    }
    free(startup.lpAttributeList);
    return process.hProcess;
}

/* NULL: it cannot be started.  Not under the lock: a process takes its time. */
static HANDLE start_helper(const struct session_hold *hold)
{
    WCHAR directory[MAX_PATH], command[MAX_PATH + 64];
    HANDLE process, waits[2];

    GetSystemDirectoryW(directory, ARRAYSIZE(directory));
    swprintf(command, ARRAYSIZE(command), L"\"%s\\bitshold.exe\" hold %s %lu", directory, hold->service,
             GetCurrentProcessId());
    if (!(process = create_process_in_job(hold->job, command, directory)))
    {
        WARN("cannot start %s, error %lu: transfers end with the last program\n", debug_wstr(command), GetLastError());
        return NULL;
    }
    waits[0] = hold->ready;
    waits[1] = process;
    if (WaitForMultipleObjects(2, waits, FALSE, READY_TIMEOUT_MS) == WAIT_OBJECT_0) TRACE("the session is held\n");
    else WARN("%s does not get to work: transfers may end with the last program\n", debug_wstr(command));
    return process;
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

/* Locked; left and taken again while the helper starts. */
static void keep_helper(struct session_hold *hold)
{
    HANDLE helper;

    while (hold->starting) SleepConditionVariableCS(&hold->started, &hold->lock, INFINITE);
    if (hold->helper && WaitForSingleObject(hold->helper, 0) == WAIT_OBJECT_0) release_helper(hold);
    if (hold->helper || !is_wanted()) return;
    hold->starting = TRUE;
    ResetEvent(hold->release);
    ResetEvent(hold->ready);
    LeaveCriticalSection(&hold->lock);
    helper = start_helper(hold);
    EnterCriticalSection(&hold->lock);
    hold->starting = FALSE;
    hold->helper = helper;
    WakeAllConditionVariable(&hold->started);
}

/* Locked. */
static void set_timer(struct session_hold *hold, DWORD delay)
{
    LARGE_INTEGER due = {.QuadPart = -10000ll * delay};
    FILETIME time = {due.LowPart, due.HighPart};

    SetThreadpoolTimer(hold->timer, &time, 0, 0);
}

static void CALLBACK timer_due(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer)
{
    struct session_hold *hold = context;

    EnterCriticalSection(&hold->lock);
    if (hold->active) keep_helper(hold);
    else if (!hold->starting) release_helper(hold);
    LeaveCriticalSection(&hold->lock);
}

struct session_hold *session_hold_create(const WCHAR *service)
{
    struct session_hold *hold;
    WCHAR name[64];

    if (!(hold = calloc(1, sizeof(*hold)))) return NULL;
    InitializeCriticalSection(&hold->lock);
    InitializeConditionVariable(&hold->started);
    lstrcpynW(hold->service, service, ARRAYSIZE(hold->service));
    if (!is_wine()) return hold;

    swprintf(name, ARRAYSIZE(name), SESSION_EVENT_FORMAT, service, GetCurrentProcessId());
    hold->release = CreateEventW(NULL, TRUE, FALSE, name);
    swprintf(name, ARRAYSIZE(name), SESSION_READY_FORMAT, service, GetCurrentProcessId());
    hold->ready = CreateEventW(NULL, TRUE, FALSE, name);
    if (hold->release && hold->ready && (hold->job = create_job(service)))
        hold->timer = CreateThreadpoolTimer(timer_due, hold, NULL);
    if (!hold->timer) WARN("error %lu: transfers end with the last program\n", GetLastError());
    return hold;
}

void session_hold_set(struct session_hold *hold, BOOL active)
{
    if (!hold->timer) return;
    EnterCriticalSection(&hold->lock);
    hold->active = active;
    set_timer(hold, active ? 0 : LINGER_MS);
    LeaveCriticalSection(&hold->lock);
}

void session_hold_ensure(struct session_hold *hold)
{
    if (!hold->timer) return;
    EnterCriticalSection(&hold->lock);
    keep_helper(hold);
    if (!hold->active) set_timer(hold, PROMISE_MS);
    LeaveCriticalSection(&hold->lock);
}

void session_hold_destroy(struct session_hold *hold)
{
    if (!hold) return;
    if (hold->timer)
    {
        SetThreadpoolTimer(hold->timer, NULL, 0, 0);
        WaitForThreadpoolTimerCallbacks(hold->timer, TRUE);
        CloseThreadpoolTimer(hold->timer);
        release_helper(hold);
    }
    if (hold->job) CloseHandle(hold->job);
    if (hold->ready) CloseHandle(hold->ready);
    if (hold->release) CloseHandle(hold->release);
    DeleteCriticalSection(&hold->lock);
    free(hold);
}
