/*
 * bitshold.exe: the ordinary program that the services of ours need beside them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 *   bitshold hold SERVICE PROCESS-ID      keeps the session while the service has work (service/session.h).  Ends when
 *                                         the service says so; when the service's process ends without a word, starts
 *                                         it again, so that its transfers go on.
 *   bitshold start SERVICE CLSID          puts the entry of a class into COM's table, from which clients find their
 *                                         way to the service (service/activation.h).  COM starts this and appends
 *                                         " -Embedding".
 */

#include <stdio.h>
#include <windows.h>
#include <ole2.h>

#include "base/debug.h"
#include "service/activation.h"
#include "service/session.h"

DEBUG_CHANNEL(bitsservice);

/* --- start ------------------------------------------------------------------------------- */

/* COM gives up when the program ends within its first second, as COM measures it. */
#define STAY_MS 10000

static int start(const WCHAR *service, const WCHAR *class)
{
    const CLSID *classes[1];
    HRESULT hr;
    CLSID clsid;

    if (FAILED(hr = CoInitializeEx(NULL, COINIT_MULTITHREADED))) return 1;
    if (SUCCEEDED(hr = CLSIDFromString(class, &clsid)))
    {
        classes[0] = &clsid;
        hr = activation_register(service, classes, 1);
    }
    CoUninitialize();
    if (FAILED(hr))
    {
        ERR("the class %s of %s cannot be registered, hr %#lx\n", debug_wstr(class), debug_wstr(service), hr);
        return 1;
    }
    Sleep(STAY_MS);
    return 0;
}

/* --- hold -------------------------------------------------------------------------------- */

/* A service that dies again and again is started again later and later, but so that its jobs are not long without it.
 * */
#define SHORT_LIFE_MS 60000
#define FIRST_DELAY_MS 250
#define LAST_DELAY_MS 4000
#define SHORT_LIVES_MAX 20
#define START_TIMEOUT_MS 60000
#define START_CHECK_MS 100

/* In the service's volatile key: how many of its lives in a row were short.  REG_DWORD. */
#define SHORT_LIVES L"ShortLives"

static HKEY open_key(const WCHAR *service)
{
    WCHAR path[64];
    HKEY key;

    swprintf(path, ARRAYSIZE(path), L"%s\\%s", ACTIVATION_KEY, service);
    return RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_WOW64_64KEY, &key) ? NULL
                                                                                                               : key;
}

static DWORD read_number(HKEY key, const WCHAR *name)
{
    DWORD value, size = sizeof(value);

    return RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, &value, &size) ? 0 : value;
}

/* How long the process lived that has just ended. */
static ULONGLONG lifetime_ms(HANDLE process)
{
    FILETIME created, exited, kernel, user;
    ULARGE_INTEGER from, to;

    if (!GetProcessTimes(process, &created, &exited, &kernel, &user)) return 0;
    from.LowPart = created.dwLowDateTime;
    from.HighPart = created.dwHighDateTime;
    to.LowPart = exited.dwLowDateTime;
    to.HighPart = exited.dwHighDateTime;
    return to.QuadPart > from.QuadPart ? (to.QuadPart - from.QuadPart) / 10000 : 0;
}

/* Count one more life; FALSE: it is not to be started again. */
static BOOL count_life(HKEY key, HANDLE process, DWORD *delay)
{
    DWORD lives = read_number(key, SHORT_LIVES);

    lives = lifetime_ms(process) < SHORT_LIFE_MS ? lives + 1 : 0;
    RegSetValueExW(key, SHORT_LIVES, 0, REG_DWORD, (BYTE *)&lives, sizeof(lives));
    *delay = 0;
    if (lives > 1) *delay = lives > 6 ? LAST_DELAY_MS : min(LAST_DELAY_MS, FIRST_DELAY_MS << (lives - 2));
    return lives <= SHORT_LIVES_MAX;
}

static DWORD start_service(const WCHAR *name)
{
    SC_HANDLE manager, service = NULL;
    DWORD error = 0;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) error = GetLastError();
    else if (!(service = OpenServiceW(manager, name, SERVICE_START))) error = GetLastError();
    else if (!StartServiceW(service, 0, NULL)) error = GetLastError();
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return error;
}

/* Until a process other than previous is the service, which then has a helper of its own if it has work; or until it
 * has said that it cannot. */
static void bring_back(const WCHAR *name, HKEY key, DWORD previous)
{
    struct activation_failure before = {0}, failure;
    ULONGLONG deadline = GetTickCount64() + START_TIMEOUT_MS;
    DWORD process, error, size = sizeof(before);

    RegGetValueW(key, NULL, ACTIVATION_VALUE_FAILURE, RRF_RT_REG_BINARY, NULL, &before, &size);
    do {
        /* Again and again: the service manager may be busy, or not yet know that the old process is gone. */
        error = start_service(name);
        if (error == ERROR_SERVICE_DISABLED || error == ERROR_SERVICE_DOES_NOT_EXIST) break;
        Sleep(START_CHECK_MS);
        process = read_number(key, ACTIVATION_VALUE_PROCESS);
        if (process && process != previous) return;
        size = sizeof(failure);
        if (!RegGetValueW(key, NULL, ACTIVATION_VALUE_FAILURE, RRF_RT_REG_BINARY, NULL, &failure, &size) &&
            failure.count != before.count)
            return;
    } while (GetTickCount64() < deadline);
    ERR("cannot start %s again, error %lu\n", debug_wstr(name), error);
}

static int hold(const WCHAR *service, DWORD process)
{
    HANDLE waits[2], job, ready;
    WCHAR name[64];
    DWORD delay;
    HKEY key;

    /* A handle of our own to the job object, which would end this program together with the service. */
    swprintf(name, ARRAYSIZE(name), SESSION_JOB_FORMAT, service, process);
    job = OpenJobObjectW(JOB_OBJECT_QUERY, FALSE, name);
    swprintf(name, ARRAYSIZE(name), SESSION_EVENT_FORMAT, service, process);
    waits[0] = OpenEventW(SYNCHRONIZE, FALSE, name);
    waits[1] = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, process);
    swprintf(name, ARRAYSIZE(name), SESSION_READY_FORMAT, service, process);
    ready = OpenEventW(EVENT_MODIFY_STATE, FALSE, name);
    if (!job || !ready || !waits[0] || !waits[1]) return 1; /* the service is gone already */
    SetEvent(ready);

    if (WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0) return 0;
    /* Both at once: the service has ended in order. */
    if (WaitForSingleObject(waits[0], 0) == WAIT_OBJECT_0) return 0;
    if (!(key = open_key(service))) return 1;
    if (count_life(key, waits[1], &delay))
    {
        WARN("%s has died at work; it is started again in %lu ms\n", debug_wstr(service), delay);
        Sleep(delay);
        bring_back(service, key, process);
    }
    else ERR("%s dies again and again; it is not started any more\n", debug_wstr(service));
    RegCloseKey(key);
    return 0;
}

int wmain(int argc, WCHAR **argv)
{
    if (argc == 4 && !wcscmp(argv[1], L"hold")) return hold(argv[2], wcstoul(argv[3], NULL, 10));
    if (argc >= 4 && !wcscmp(argv[1], L"start")) return start(argv[2], argv[3]);
    fputs("usage: bitshold hold SERVICE PROCESS-ID\n"
          "       bitshold start SERVICE CLSID\n"
          "Keeps the Wine session alive while a service of wine-bits has work, or leads COM to the service.\n"
          "Started by the "
          "service and by COM, not by people.\n",
          stderr);
    return 2;
}
