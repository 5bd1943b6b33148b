/*
 * Threads, locks and the clock on those of this machine, for ThreadSanitizer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

#undef time

#define FILETIME_OF_1970 116444736000000000ull

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t waiting = PTHREAD_MUTEX_INITIALIZER; /* of events and of threads_block */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int thread_count = 1, number_next = 1;
static uint64_t random_state = 88172645463325252ull;
static _Thread_local unsigned int own_number;
static _Thread_local DWORD last_error;

void table_lock(void)
{
    pthread_mutex_lock(&table);
}

void table_unlock(void)
{
    pthread_mutex_unlock(&table);
}

uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_shift(int64_t ms) {}

/* Under the table's lock, or from one thread. */
uint64_t threads_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 8;
}

void threads_begin(unsigned int seed)
{
    random_state += seed;
}

void threads_yield(void) {}

void threads_exclusive(bool on) {}

bool threads_hold_lock(void)
{
    return false;
}

static struct timespec deadline(uint64_t until)
{
    uint64_t now = clock_ms(), ms = until > now ? until - now : 0;
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    if (ms > 1000000) ms = 1000000;
    time.tv_sec += ms / 1000;
    time.tv_nsec += ms % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000)
    {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

/* Woken by whatever happens, and then looks again. */
bool threads_block(const void *object, uint64_t until)
{
    struct timespec end = deadline(until);
    int error;

    pthread_mutex_lock(&waiting);
    error = pthread_cond_timedwait(&changed, &waiting, &end);
    pthread_mutex_unlock(&waiting);
    return error != ETIMEDOUT;
}

void threads_wake(const void *object, bool all)
{
    pthread_mutex_lock(&waiting);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&waiting);
}

struct start
{
    void (*function)(void *context);
    void *context;
};

static void *run_thread(void *context)
{
    struct start start = *(struct start *)context;

    free(context);
    own_number = __atomic_fetch_add(&number_next, 1, __ATOMIC_RELAXED);
    start.function(start.context);
    __atomic_sub_fetch(&thread_count, 1, __ATOMIC_ACQ_REL);
    return NULL;
}

bool threads_create(void (*function)(void *context), void *context)
{
    struct start *start = malloc(sizeof(*start));
    pthread_attr_t attributes;
    pthread_t thread;

    start->function = function;
    start->context = context;
    __atomic_add_fetch(&thread_count, 1, __ATOMIC_ACQ_REL);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &attributes, run_thread, start)) hopeless("pthread_create fails");
    pthread_attr_destroy(&attributes);
    return true;
}

unsigned int threads_count(void)
{
    return __atomic_load_n(&thread_count, __ATOMIC_ACQUIRE);
}

bool threads_join(void)
{
    unsigned int i;

    for (i = 0; i < 6000 && threads_count() > 1; i++) usleep(10000);
    return threads_count() == 1;
}

void threads_end(void)
{
    if (!threads_join()) hopeless("%u threads of the engine do not end", threads_count() - 1);
}

/* --- locks --------------------------------------------------------------------------------------------- */

void InitializeCriticalSection(CRITICAL_SECTION *section)
{
    pthread_mutexattr_t attributes;

    section->count = 0;
    section->OwningThread = NULL;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&section->mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

BOOL InitializeCriticalSectionEx(CRITICAL_SECTION *section, DWORD spins, DWORD flags)
{
    InitializeCriticalSection(section);
    return TRUE;
}

BOOL InitializeCriticalSectionAndSpinCount(CRITICAL_SECTION *section, DWORD spins)
{
    InitializeCriticalSection(section);
    return TRUE;
}

void DeleteCriticalSection(CRITICAL_SECTION *section)
{
    if (pthread_mutex_destroy(&section->mutex)) wrong("a lock is deleted that is held");
}

void EnterCriticalSection(CRITICAL_SECTION *section)
{
    pthread_mutex_lock(&section->mutex);
    section->count++;
    section->OwningThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
}

BOOL TryEnterCriticalSection(CRITICAL_SECTION *section)
{
    if (pthread_mutex_trylock(&section->mutex)) return FALSE;
    section->count++;
    section->OwningThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    return TRUE;
}

void LeaveCriticalSection(CRITICAL_SECTION *section)
{
    if (!--section->count) section->OwningThread = NULL;
    if (pthread_mutex_unlock(&section->mutex)) wrong("a lock is left by a thread that does not hold it");
}

void InitializeSRWLock(SRWLOCK *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
}

void AcquireSRWLockExclusive(SRWLOCK *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void ReleaseSRWLockExclusive(SRWLOCK *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void AcquireSRWLockShared(SRWLOCK *lock)
{
    pthread_mutex_lock(&lock->mutex);
}

void ReleaseSRWLockShared(SRWLOCK *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

void InitializeConditionVariable(CONDITION_VARIABLE *variable)
{
    pthread_cond_init(&variable->cond, NULL);
}

static BOOL wait_for(pthread_cond_t *cond, pthread_mutex_t *mutex, DWORD timeout)
{
    struct timespec end;

    if (timeout == INFINITE) return !pthread_cond_wait(cond, mutex);
    end = deadline(clock_ms() + timeout);
    if (!pthread_cond_timedwait(cond, mutex, &end)) return TRUE;
    last_error = ERROR_TIMEOUT;
    return FALSE;
}

BOOL SleepConditionVariableCS(CONDITION_VARIABLE *variable, CRITICAL_SECTION *section, DWORD timeout)
{
    int count = section->count;
    BOOL woken;

    section->count = 0;
    section->OwningThread = NULL;
    woken = wait_for(&variable->cond, &section->mutex, timeout);
    section->count = count;
    section->OwningThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    return woken;
}

BOOL SleepConditionVariableSRW(CONDITION_VARIABLE *variable, SRWLOCK *lock, DWORD timeout, ULONG flags)
{
    return wait_for(&variable->cond, &lock->mutex, timeout);
}

void WakeConditionVariable(CONDITION_VARIABLE *variable)
{
    pthread_cond_signal(&variable->cond);
}

void WakeAllConditionVariable(CONDITION_VARIABLE *variable)
{
    pthread_cond_broadcast(&variable->cond);
}

BOOL InitOnceExecuteOnce(INIT_ONCE *once, PINIT_ONCE_FN function, void *parameter, void **context)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    pthread_mutex_lock(&lock);
    if (!once->state) once->state = function(once, parameter, context);
    pthread_mutex_unlock(&lock);
    return TRUE;
}

/* --- events, waits -------------------------------------------------------------------------------------- */

struct event
{
    struct handle handle;
    bool manual, set;
    int references;
};

static struct event *make_event(enum handle_type type, BOOL manual, BOOL set, int references)
{
    struct event *event = calloc(1, sizeof(*event));

    event->handle.type = type;
    event->manual = manual;
    event->set = set;
    event->references = references;
    handles_count(references);
    return event;
}

HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const WCHAR *name)
{
    return make_event(HANDLE_EVENT, manual, set, 1);
}

void event_close(struct handle *handle)
{
    struct event *event = (struct event *)handle;

    handles_count(-1);
    if (!__atomic_sub_fetch(&event->references, 1, __ATOMIC_ACQ_REL)) free(event);
}

static void set_event(struct event *event, bool set)
{
    pthread_mutex_lock(&waiting);
    event->set = set;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&waiting);
}

BOOL SetEvent(HANDLE handle)
{
    set_event(handle, true);
    return TRUE;
}

BOOL ResetEvent(HANDLE handle)
{
    set_event(handle, false);
    return TRUE;
}

DWORD WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout)
{
    struct timespec end = deadline(timeout == INFINITE ? UINT64_MAX : clock_ms() + timeout);
    DWORD result = WAIT_TIMEOUT, i;
    int error = 0;

    pthread_mutex_lock(&waiting);
    for (;;)
    {
        for (i = 0; i < count && result == WAIT_TIMEOUT; i++)
        {
            struct event *event = handles[i];

            if (!event->set) continue;
            event->set = event->manual;
            result = WAIT_OBJECT_0 + i;
        }
        if (result != WAIT_TIMEOUT || (error && timeout != INFINITE)) break;
        error = pthread_cond_timedwait(&changed, &waiting, &end) == ETIMEDOUT;
    }
    pthread_mutex_unlock(&waiting);
    return result;
}

DWORD WaitForSingleObject(HANDLE handle, DWORD timeout)
{
    return WaitForMultipleObjects(1, &handle, FALSE, timeout);
}

void Sleep(DWORD ms)
{
    usleep(ms * 1000);
}

struct thread_start
{
    unsigned int (*function)(void *context);
    void *context;
    struct event *ended;
};

static void start_thread(void *context)
{
    struct thread_start start = *(struct thread_start *)context;

    free(context);
    start.function(start.context);
    SetEvent(start.ended);
    CloseHandle(start.ended);
}

uintptr_t _beginthreadex(void *security, unsigned int stack, unsigned int (*function)(void *context), void *context,
                         unsigned int flags, unsigned int *id)
{
    struct thread_start *start = calloc(1, sizeof(*start));
    struct event *ended = make_event(HANDLE_THREAD, TRUE, FALSE, 2);

    start->function = function;
    start->context = context;
    start->ended = ended;
    threads_create(start_thread, start);
    return (uintptr_t)ended;
}

HANDLE CreateThread(void *security, SIZE_T stack, LPTHREAD_START_ROUTINE function, void *parameter, DWORD flags,
                    DWORD *id)
{
    return (HANDLE)_beginthreadex(security, 0, (unsigned int (*)(void *))function, parameter, flags, id);
}

BOOL CloseHandle(HANDLE handle)
{
    struct handle *object = handle;

    if (object->type == HANDLE_FILE) file_close(object);
    else event_close(object);
    return TRUE;
}

DWORD GetLastError(void)
{
    return last_error;
}

void SetLastError(DWORD error)
{
    last_error = error;
}

DWORD GetCurrentThreadId(void)
{
    return 100 + own_number;
}

HANDLE GetCurrentThread(void)
{
    return NULL;
}

BOOL SetThreadPriority(HANDLE thread, int priority)
{
    return TRUE;
}

DWORD GetTickCount(void)
{
    return (DWORD)clock_ms();
}

ULONGLONG GetTickCount64(void)
{
    return clock_ms();
}

void GetSystemTimeAsFileTime(FILETIME *filetime)
{
    struct timespec now;
    uint64_t stamp;

    clock_gettime(CLOCK_REALTIME, &now);
    stamp = FILETIME_OF_1970 + (uint64_t)now.tv_sec * 10000000 + now.tv_nsec / 100;
    filetime->dwLowDateTime = (DWORD)stamp;
    filetime->dwHighDateTime = stamp >> 32;
}
