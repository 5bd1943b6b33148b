/*
 * Faults of a service's own code end it at once, are counted for the job at work, and leave other exceptions alone
 * (libs/base/crash.h).  The guard is the product's; this program stands in for the service.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/crash.h"
#include "base/debug.h"
#include "wine/test.h"

DEBUG_CHANNEL(bitsservice);

#define SERVICE L"wine-bits-test"
#define ENDED_BY_US 77

static const GUID job = {0x5d1f0e37, 0x1c2a, 0x4b6d, {0x9e, 0x10, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}};
static const GUID other = {0x5d1f0e38, 0x1c2a, 0x4b6d, {0x9e, 0x10, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77}};

static void ending(DWORD exception)
{
    ok(exception == (DWORD)EXCEPTION_ACCESS_VIOLATION, "exception %#lx", exception);
}

/* Stands in for the stub of a COM method, which catches what happens below it. */
static LONG CALLBACK catch_all(EXCEPTION_POINTERS *pointers)
{
    ExitProcess(ENDED_BY_US);
}

static void fault(const GUID *at_work)
{
    static volatile int *volatile nowhere;

    crash_guard(SERVICE, ending);
    AddVectoredExceptionHandler(FALSE, catch_all);
    SetUnhandledExceptionFilter(catch_all);
    crash_set_job(at_work);
    *nowhere = 1;
    ok(FALSE, "the fault had no effect");
}

/* An exception that is no fault of this module's code goes where it went before. */
static void raise(void)
{
    crash_guard(SERVICE, ending);
    AddVectoredExceptionHandler(FALSE, catch_all);
    crash_set_job(&job);
    RaiseException(0xe0001234, 0, 0, NULL);
}

static DWORD run_child(const char *what)
{
    HANDLE child = winetest_spawn("%s", what);
    DWORD code = 0;

    if (!child) return 0;
    ok(WaitForSingleObject(child, 20000) == WAIT_OBJECT_0, "the child does not end");
    GetExitCodeProcess(child, &code);
    CloseHandle(child);
    return code;
}

static void test_fault(void)
{
    unsigned int i;

    for (i = 1; i <= CRASHES_MAX; i++)
    {
        ok_int(run_child("fault"), EXCEPTION_ACCESS_VIOLATION);
        ok_int(crash_count(&job), i);
        ok_int(crash_count(&other), 0);
    }
    crash_forget(&job);
    ok_int(crash_count(&job), 0);
}

static void test_without_job(void)
{
    ok_int(run_child("idle"), EXCEPTION_ACCESS_VIOLATION);
    ok_int(crash_count(&job), 0);
}

static void test_other_exceptions(void)
{
    ok_int(run_child("raise"), ENDED_BY_US);
    ok_int(crash_count(&job), 0);
}

START_TEST(crash)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc > 1 && !strcmp(argv[1], "fault")) fault(&job);
    else if (argc > 1 && !strcmp(argv[1], "idle")) fault(NULL);
    else if (argc > 1 && !strcmp(argv[1], "raise")) raise();
    else
    {
        crash_guard(SERVICE, ending);
        winetest_run(test_fault);
        winetest_run(test_without_job);
        winetest_run(test_other_exceptions);
    }
}
