/*
 * bitshold.exe: an ordinary program that runs as long as a service of ours has work (service/session.h).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Arguments: the name of the service and the id of its process.  Ends when the service says so; when the process
 * ends without a word, starts the service again, so that its transfers go on.
 */

#include <stdio.h>
#include <windows.h>

#include "base/debug.h"
#include "service/session.h"

DEBUG_CHANNEL(bitsservice);

/* Time for the new process to start a helper of its own, before this one goes. */
#define HANDOVER_MS 5000

static void start_service(const WCHAR *name)
{
    SC_HANDLE manager, service;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return;
    if ((service = OpenServiceW(manager, name, SERVICE_START)))
    {
        if (!StartServiceW(service, 0, NULL))
            ERR("cannot start %s again, error %lu\n", debug_wstr(name), GetLastError());
        CloseServiceHandle(service);
    }
    CloseServiceHandle(manager);
}

int wmain(int argc, WCHAR **argv)
{
    HANDLE waits[2];
    WCHAR name[64];

    if (argc != 3)
    {
        fputs("usage: bitshold SERVICE PROCESS-ID\n"
              "Keeps the Wine session alive while the service has work. Started by the service itself.\n",
              stderr);
        return 2;
    }
    swprintf(name, ARRAYSIZE(name), SESSION_EVENT_FORMAT, argv[1], wcstoul(argv[2], NULL, 10));
    waits[0] = OpenEventW(SYNCHRONIZE, FALSE, name);
    waits[1] = OpenProcess(SYNCHRONIZE, FALSE, wcstoul(argv[2], NULL, 10));
    if (!waits[0] || !waits[1]) return 1; /* the service is gone already */

    if (WaitForMultipleObjects(2, waits, FALSE, INFINITE) == WAIT_OBJECT_0) return 0;
    /* Both at once: the service has ended in order. */
    if (WaitForSingleObject(waits[0], 0) == WAIT_OBJECT_0) return 0;
    WARN("%s has died at work\n", debug_wstr(argv[1]));
    start_service(argv[1]);
    Sleep(HANDOVER_MS);
    return 0;
}
