/*
 * The pool of threads that calls clients' objects: a client that hangs must not keep others from being called (B-664).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The pool is linked into this program; clients are numbers, and what hangs waits for an event.
 */

#include <windows.h>
#include <objbase.h>

#include "com/call_pool.h"
#include "wine/test.h"

#define SOON_MS 30000
#define PER_CLIENT 4

/* What calls and releases do: count, wait until they are let go, end. */
struct gate
{
    HANDLE open;
    HANDLE ended; /* semaphore */
    volatile LONG begun;
    volatile DWORD thread; /* of the last one */
};

static void gate_init(struct gate *gate)
{
    memset(gate, 0, sizeof(*gate));
    gate->open = CreateEventW(NULL, TRUE, FALSE, NULL);
    gate->ended = CreateSemaphoreW(NULL, 0, 1000, NULL);
}

static void gate_cleanup(struct gate *gate)
{
    CloseHandle(gate->open);
    CloseHandle(gate->ended);
}

static void pass(void *context)
{
    struct gate *gate = context;
    APTTYPEQUALIFIER qualifier;
    APTTYPE type = -1;

    CoGetApartmentType(&type, &qualifier);
    ok(type == APTTYPE_MTA, "the call is made in apartment %d", type);
    gate->thread = GetCurrentThreadId();
    InterlockedIncrement(&gate->begun);
    WaitForSingleObject(gate->open, SOON_MS);
    ReleaseSemaphore(gate->ended, 1, NULL);
}

static void wait_ended(struct gate *gate, unsigned int count)
{
    while (count--) ok(WaitForSingleObject(gate->ended, SOON_MS) == WAIT_OBJECT_0, "%u have not ended", count + 1);
}

/* Until count have begun. */
static void wait_begun(struct gate *gate, LONG count)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;

    while (gate->begun < count && GetTickCount64() < deadline) Sleep(1);
    ok(gate->begun == count, "%ld have begun, expected %ld", gate->begun, count);
}

/* --- calls ------------------------------------------------------------------------------------------ */

static void test_limit_of_client(void)
{
    struct call_pool *pool = call_pool_create();
    struct gate hanging, other;
    unsigned int i;

    gate_init(&hanging);
    gate_init(&other);
    SetEvent(other.open);
    for (i = 0; i < PER_CLIENT; i++) ok_int(call_pool_start(pool, 1, PER_CLIENT, pass, &hanging), CALL_STARTED);
    ok_int(call_pool_start(pool, 1, PER_CLIENT, pass, &hanging), CALL_REFUSED);
    for (i = 0; i < 100; i++)
    {
        ok_int(call_pool_start(pool, 2, PER_CLIENT, pass, &other), CALL_STARTED);
        wait_ended(&other, 1);
        /* the place is free a moment after the call's own end */
        while (i < 99 && call_pool_start(pool, 3, PER_CLIENT, pass, &other) != CALL_STARTED) Sleep(1);
        if (i < 99) wait_ended(&other, 1);
    }
    wait_begun(&hanging, PER_CLIENT);
    SetEvent(hanging.open);
    wait_ended(&hanging, PER_CLIENT);
    ok(call_pool_stop(pool), "a client still holds a thread");
    ok_int(call_pool_start(pool, 2, PER_CLIENT, pass, &other), CALL_REFUSED);
    call_pool_destroy(pool);
    gate_cleanup(&hanging);
    gate_cleanup(&other);
}

/* However many clients hang: there is an end to the threads, and who is refused then learns when that is over. */
static void ended(void *context)
{
    SetEvent(context);
}

static void test_limit_of_all(void)
{
    HANDLE announced = CreateEventW(NULL, FALSE, FALSE, NULL);
    struct call_pool *pool = call_pool_create();
    enum call_start started = CALL_STARTED;
    struct gate hanging;
    unsigned int client, calls = 0;

    gate_init(&hanging);
    call_pool_add_observer(pool, ended, announced);
    for (client = 1; client < 1000 && started == CALL_STARTED; client++)
        while ((started = call_pool_start(pool, client, PER_CLIENT, pass, &hanging)) == CALL_STARTED)
            if (++calls % PER_CLIENT == 0) break;
    ok_int(started, CALL_REFUSED);
    ok(calls >= 64 && calls <= 512, "%u calls are out", calls);
    wait_begun(&hanging, calls);
    ok_int(WaitForSingleObject(announced, 0), WAIT_TIMEOUT);
    SetEvent(hanging.open);
    wait_ended(&hanging, calls);
    ok_int(WaitForSingleObject(announced, SOON_MS), WAIT_OBJECT_0);
    ok(call_pool_stop(pool), "a client still holds a thread");
    call_pool_destroy(pool);
    gate_cleanup(&hanging);
    CloseHandle(announced);
}

/* The next call finds a thread that the last one has left. */
static void test_threads_are_kept(void)
{
    struct call_pool *pool = call_pool_create();
    struct gate gate;
    DWORD thread = 0;
    unsigned int i;

    gate_init(&gate);
    SetEvent(gate.open);
    for (i = 0; i < 20; i++)
    {
        while (call_pool_start(pool, 1, PER_CLIENT, pass, &gate) != CALL_STARTED) Sleep(1);
        wait_ended(&gate, 1);
        Sleep(20); /* it goes back to wait */
        if (!thread) thread = gate.thread;
        ok(gate.thread == thread, "call %u is made by thread %#lx, the first one by %#lx", i, gate.thread, thread);
    }
    ok(call_pool_stop(pool), "a client still holds a thread");
    call_pool_destroy(pool);
    gate_cleanup(&gate);
}

/* --- releases ------------------------------------------------------------------------------------------ */

/* Releases of one client come one at a time, those of others do not wait for it, nor do calls to the same. */
static void test_releases(void)
{
    struct call_pool *pool = call_pool_create();
    struct gate hanging, other;
    unsigned int i;

    gate_init(&hanging);
    gate_init(&other);
    SetEvent(other.open);
    for (i = 0; i < 50; i++) call_pool_run_release(pool, 1, pass, &hanging);
    for (i = 0; i < 50; i++) call_pool_run_release(pool, 2, pass, &other);
    wait_ended(&other, 50);
    ok_int(call_pool_start(pool, 1, PER_CLIENT, pass, &other), CALL_STARTED);
    wait_ended(&other, 1);
    ok(hanging.begun == 1, "%ld releases of one client are under way", hanging.begun);
    SetEvent(hanging.open);
    wait_ended(&hanging, 50);
    ok(call_pool_stop(pool), "a client still holds a thread");
    call_pool_run_release(pool, 2, pass, &other); /* such as those of jobs that end with the service */
    call_pool_destroy(pool);
    wait_ended(&other, 1);
    gate_cleanup(&hanging);
    gate_cleanup(&other);
}

static void test_stop_while_held(void)
{
    struct call_pool *pool = call_pool_create();
    ULONGLONG begin;
    struct gate hanging;

    gate_init(&hanging);
    ok_int(call_pool_start(pool, 1, PER_CLIENT, pass, &hanging), CALL_STARTED);
    begin = GetTickCount64();
    ok(!call_pool_stop(pool), "no client holds a thread");
    call_pool_destroy(pool);
    ok(GetTickCount64() - begin >= 900, "the pool did not wait");
    SetEvent(hanging.open);
    wait_ended(&hanging, 1);
    call_pool_destroy(NULL);
    gate_cleanup(&hanging);
}

START_TEST(callpool)
{
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    winetest_run(test_limit_of_client);
    winetest_run(test_limit_of_all);
    winetest_run(test_threads_are_kept);
    winetest_run(test_releases);
    winetest_run(test_stop_while_held);
    CoUninitialize();
}
