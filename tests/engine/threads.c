/*
 * Threads, locks and the clock of the simulator: one thread runs at any time, and a random number says which.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each simulated thread is a thread of the system that sleeps until it is its turn.  Time passes only when nobody can
 * run: then the clock goes to the earliest end of a wait.  When nobody waits for a time either, the run hangs for ever,
 * which is reported at once.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

#define STEPS_MAX 20000000                     /* of one run: more are a loop */
#define WALL_CLOCK_START 133800000000000000ull /* FILETIME, of 2024 */

struct sim_thread
{
    struct sim_thread *next;
    unsigned int number;
    pthread_t thread;
    pthread_cond_t turn;
    const void *blocked_on; /* NULL: can run */
    uint64_t until;
    bool timed_out;
    bool ended;
    int locks; /* CRITICAL_SECTIONs held */
    DWORD last_error;
    void (*function)(void *context);
    void *context;
};

static pthread_mutex_t baton = PTHREAD_MUTEX_INITIALIZER;
static struct sim_thread *threads;
static struct sim_thread *running;
static _Thread_local struct sim_thread *self;
static struct sim_thread outside; /* without a simulation */
static uint64_t random_state, now, steps;
static int64_t shift;
static unsigned int number_next;
static bool simulating;
static struct sim_thread *exclusive;

uint64_t threads_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * 0x2545f4914f6cdd1dull >> 16;
}

uint64_t clock_ms(void)
{
    return now;
}

void clock_shift(int64_t ms)
{
    shift += ms;
}

static struct sim_thread *current(void)
{
    return self ? self : &outside;
}

static void list_threads(void)
{
    struct sim_thread *thread;

    for (thread = threads; thread; thread = thread->next)
        fprintf(stderr, "    thread %u: %s %p, until %lld\n", thread->number, thread->blocked_on ? "waits for" : "runs",
                thread->blocked_on, thread->until == UINT64_MAX ? -1ll : (long long)thread->until);
}

/* Somebody whose turn it may be. */
static struct sim_thread *choose(void)
{
    struct sim_thread *thread, *chosen = NULL;
    unsigned int candidates = 0;
    uint64_t earliest = UINT64_MAX;

    if (exclusive && exclusive->blocked_on) hopeless("a wait for others while they stand still");
    if (exclusive) return exclusive;
    for (thread = threads; thread; thread = thread->next)
        if (!thread->blocked_on && threads_random() % ++candidates == 0) chosen = thread;
    if (chosen) return chosen;
    for (thread = threads; thread; thread = thread->next)
        if (thread->until < earliest) earliest = thread->until;
    if (earliest == UINT64_MAX)
    {
        list_threads();
        hopeless("hang: every thread waits, and none for a time");
    }
    if (earliest > now) now = earliest;
    for (thread = threads; thread; thread = thread->next)
    {
        if (!thread->blocked_on || thread->until > now) continue;
        thread->blocked_on = NULL;
        thread->until = UINT64_MAX;
        thread->timed_out = true;
        if (threads_random() % ++candidates == 0) chosen = thread;
    }
    return chosen;
}

/* Let the chosen one run, and wait for the next turn unless the caller ends. */
static void pass_on(struct sim_thread *me, bool ends)
{
    struct sim_thread *next = choose();

    if (++steps > STEPS_MAX)
    {
        list_threads();
        hopeless("hang: the threads run and get nowhere");
    }
    if (next == me) return;
    running = next;
    pthread_cond_signal(&next->turn);
    if (ends) return;
    while (running != me) pthread_cond_wait(&me->turn, &baton);
}

void threads_yield(void)
{
    if (!simulating || !self) return;
    if (threads_random() % 4) return;
    pthread_mutex_lock(&baton);
    pass_on(self, false);
    pthread_mutex_unlock(&baton);
}

bool threads_block(const void *object, uint64_t until)
{
    struct sim_thread *me = self;

    if (!simulating || !me) hopeless("a wait outside of the simulation");
    pthread_mutex_lock(&baton);
    me->blocked_on = object;
    me->until = until;
    me->timed_out = false;
    pass_on(me, false);
    pthread_mutex_unlock(&baton);
    return !me->timed_out;
}

void threads_wake(const void *object, bool all)
{
    struct sim_thread *thread, *chosen = NULL;
    unsigned int candidates = 0;

    if (!simulating) return;
    for (thread = threads; thread; thread = thread->next)
    {
        if (thread->blocked_on != object) continue;
        if (all)
        {
            thread->blocked_on = NULL;
            thread->until = UINT64_MAX;
        }
        else if (threads_random() % ++candidates == 0) chosen = thread;
    }
    if (!chosen) return;
    chosen->blocked_on = NULL;
    chosen->until = UINT64_MAX;
}

static struct sim_thread *add_thread(void)
{
    struct sim_thread *thread = calloc(1, sizeof(*thread)), **end;

    thread->number = number_next++;
    thread->until = UINT64_MAX;
    pthread_cond_init(&thread->turn, NULL);
    for (end = &threads; *end; end = &(*end)->next) {}
    *end = thread;
    return thread;
}

static void remove_thread(struct sim_thread *thread)
{
    struct sim_thread **link;

    for (link = &threads; *link != thread; link = &(*link)->next) {}
    *link = thread->next;
}

void threads_begin(unsigned int seed)
{
    unsigned int i;

    random_state = seed * 0x9e3779b97f4a7c15ull + 0x7f4a7c15;
    for (i = 0; i < 4; i++) threads_random();
    now = 1000000;
    shift = 0;
    steps = 0;
    number_next = 0;
    simulating = true;
    self = running = add_thread();
}

void threads_exclusive(bool on)
{
    exclusive = on ? self : NULL;
}

bool threads_join(void)
{
    uint64_t deadline = now + 3600 * 1000;

    while (threads->next && now < deadline) threads_block(&threads, now + 1000);
    if (threads->next) list_threads();
    return !threads->next;
}

void threads_end(void)
{
    if (!threads_join()) hopeless("%u threads of the engine do not end", threads_count() - 1);
    remove_thread(self);
    pthread_cond_destroy(&self->turn);
    free(self);
    self = running = NULL;
    simulating = false;
}

unsigned int threads_count(void)
{
    struct sim_thread *thread;
    unsigned int count = 0;

    for (thread = threads; thread; thread = thread->next) count++;
    return count;
}

static void *run_thread(void *context)
{
    struct sim_thread *me = self = context;

    pthread_mutex_lock(&baton);
    while (running != me) pthread_cond_wait(&me->turn, &baton);
    pthread_mutex_unlock(&baton);
    me->function(me->context);
    if (me->locks) wrong("a thread ends and holds %d locks", me->locks);
    threads_wake(&threads, true);
    pthread_mutex_lock(&baton);
    remove_thread(me);
    pass_on(me, true);
    pthread_mutex_unlock(&baton);
    pthread_cond_destroy(&me->turn);
    free(me);
    return NULL;
}

bool threads_create(void (*function)(void *context), void *context)
{
    struct sim_thread *thread;
    pthread_attr_t attributes;

    if (!simulating) hopeless("a thread outside of the simulation");
    pthread_mutex_lock(&baton);
    thread = add_thread();
    pthread_mutex_unlock(&baton);
    thread->function = function;
    thread->context = context;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 2 * 1024 * 1024);
    if (pthread_create(&thread->thread, &attributes, run_thread, thread)) hopeless("pthread_create fails");
    pthread_attr_destroy(&attributes);
    threads_yield();
    return true;
}

bool threads_hold_lock(void)
{
    return current()->locks > 0;
}

void table_lock(void) {}

void table_unlock(void) {}

/* --- locks --------------------------------------------------------------------------------------------- */

#define SECTION_MAGIC 0x5ec7104e

void InitializeCriticalSection(CRITICAL_SECTION *section)
{
    memset(section, 0, sizeof(*section));
    section->magic = SECTION_MAGIC;
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
    if (section->magic != SECTION_MAGIC) wrong("a lock is deleted that there is not");
    if (section->owner) wrong("a lock is deleted that is held");
    section->magic = 0;
}

void EnterCriticalSection(CRITICAL_SECTION *section)
{
    if (section->magic != SECTION_MAGIC) hopeless("a lock is entered that there is not");
    threads_yield();
    while (section->owner && section->owner != current()) threads_block(section, UINT64_MAX);
    section->owner = current();
    section->OwningThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    if (!section->count++) current()->locks++;
}

BOOL TryEnterCriticalSection(CRITICAL_SECTION *section)
{
    if (section->owner && section->owner != current()) return FALSE;
    EnterCriticalSection(section);
    return TRUE;
}

void LeaveCriticalSection(CRITICAL_SECTION *section)
{
    if (section->owner != current())
    {
        wrong("a lock is left by a thread that does not hold it");
        return;
    }
    if (--section->count) return;
    section->owner = NULL;
    section->OwningThread = NULL;
    current()->locks--;
    threads_wake(section, false);
    threads_yield();
}

void InitializeSRWLock(SRWLOCK *lock)
{
    lock->owner = NULL;
}

void AcquireSRWLockExclusive(SRWLOCK *lock)
{
    threads_yield();
    if (lock->owner == current()) hopeless("hang: a thread waits for its own lock");
    while (lock->owner) threads_block(lock, UINT64_MAX);
    lock->owner = current();
}

void ReleaseSRWLockExclusive(SRWLOCK *lock)
{
    if (lock->owner != current()) wrong("a lock is left by a thread that does not hold it");
    lock->owner = NULL;
    threads_wake(lock, false);
    threads_yield();
}

void AcquireSRWLockShared(SRWLOCK *lock)
{
    AcquireSRWLockExclusive(lock);
}

void ReleaseSRWLockShared(SRWLOCK *lock)
{
    ReleaseSRWLockExclusive(lock);
}

void InitializeConditionVariable(CONDITION_VARIABLE *variable)
{
    variable->unused = 0;
}

static uint64_t end_of(DWORD timeout)
{
    return timeout == INFINITE ? UINT64_MAX : now + timeout;
}

BOOL SleepConditionVariableCS(CONDITION_VARIABLE *variable, CRITICAL_SECTION *section, DWORD timeout)
{
    int count = section->count;
    bool woken;

    if (section->owner != current()) hopeless("a wait with a lock that is not held");
    section->owner = NULL;
    section->OwningThread = NULL;
    section->count = 0;
    current()->locks--;
    threads_wake(section, false);
    woken = threads_block(variable, end_of(timeout));
    while (section->owner) threads_block(section, UINT64_MAX);
    section->owner = current();
    section->OwningThread = (HANDLE)(ULONG_PTR)GetCurrentThreadId();
    section->count = count;
    current()->locks++;
    if (!woken) SetLastError(ERROR_TIMEOUT);
    return woken;
}

BOOL SleepConditionVariableSRW(CONDITION_VARIABLE *variable, SRWLOCK *lock, DWORD timeout, ULONG flags)
{
    bool woken;

    if (lock->owner != current()) hopeless("a wait with a lock that is not held");
    lock->owner = NULL;
    threads_wake(lock, false);
    woken = threads_block(variable, end_of(timeout));
    while (lock->owner) threads_block(lock, UINT64_MAX);
    lock->owner = current();
    if (!woken) SetLastError(ERROR_TIMEOUT);
    return woken;
}

void WakeConditionVariable(CONDITION_VARIABLE *variable)
{
    threads_wake(variable, false);
}

void WakeAllConditionVariable(CONDITION_VARIABLE *variable)
{
    threads_wake(variable, true);
}

BOOL InitOnceExecuteOnce(INIT_ONCE *once, PINIT_ONCE_FN function, void *parameter, void **context)
{
    if (!once->state) once->state = function(once, parameter, context);
    return once->state;
}

/* --- events, waits -------------------------------------------------------------------------------------- */

struct event
{
    struct handle handle;
    bool manual, set;
};

HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const WCHAR *name)
{
    struct event *event;

    if (fault_hits(FAULT_EVENT))
    {
        SetLastError(ERROR_NO_SYSTEM_RESOURCES);
        return NULL;
    }
    event = calloc(1, sizeof(*event));
    event->handle.type = HANDLE_EVENT;
    event->manual = manual;
    event->set = set;
    handles_count(1);
    return event;
}

void event_close(struct handle *handle)
{
    handles_count(-1);
    free(handle);
}

BOOL SetEvent(HANDLE handle)
{
    struct event *event = handle;

    event->set = true;
    threads_wake(event, true);
    return TRUE;
}

BOOL ResetEvent(HANDLE handle)
{
    ((struct event *)handle)->set = false;
    return TRUE;
}

static bool take_signal(struct event *event)
{
    if (!event->set) return false;
    if (!event->manual) event->set = false;
    return true;
}

DWORD WaitForSingleObject(HANDLE handle, DWORD timeout)
{
    uint64_t until = end_of(timeout);
    struct event *event = handle;

    threads_yield();
    while (!take_signal(event))
        if (now >= until || !threads_block(event, until)) return take_signal(event) ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
    return WAIT_OBJECT_0;
}

DWORD WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout)
{
    uint64_t until = end_of(timeout);
    DWORD i;

    threads_yield();
    for (;;)
    {
        for (i = 0; i < count; i++)
            if (take_signal(handles[i])) return WAIT_OBJECT_0 + i;
        if (now >= until) return WAIT_TIMEOUT;
        /* Several objects are looked at again and again: such waits are rare here. */
        threads_block(handles, min(until, now + 1));
    }
}

void Sleep(DWORD ms)
{
    if (ms) threads_block(current(), now + ms);
    else threads_yield();
}

/* A thread's handle is an event that is set when it has ended. Two handles: the caller's and the thread's. */
struct shared_event
{
    struct event event;
    int references;
};

struct start
{
    unsigned int (*function)(void *context);
    void *context;
    struct event *ended;
};

static void start_thread(void *context)
{
    struct start start = *(struct start *)context;

    free(context);
    start.function(start.context);
    SetEvent(start.ended);
    CloseHandle(start.ended);
}

uintptr_t _beginthreadex(void *security, unsigned int stack, unsigned int (*function)(void *context), void *context,
                         unsigned int flags, unsigned int *id)
{
    struct shared_event *ended;
    struct start *start;

    if (fault_hits(FAULT_THREAD))
    {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return 0;
    }
    ended = calloc(1, sizeof(*ended));
    ended->event.handle.type = HANDLE_THREAD;
    ended->event.manual = true;
    ended->references = 2;
    start = calloc(1, sizeof(*start));
    start->function = function;
    start->context = context;
    start->ended = &ended->event;
    handles_count(2);
    threads_create(start_thread, start);
    return (uintptr_t)ended;
}

HANDLE CreateThread(void *security, SIZE_T stack, LPTHREAD_START_ROUTINE function, void *parameter, DWORD flags,
                    DWORD *id)
{
    return (HANDLE)_beginthreadex(security, 0, (unsigned int (*)(void *))function, parameter, flags, id);
}

static void thread_close(struct handle *handle)
{
    struct shared_event *ended = CONTAINING_RECORD(handle, struct shared_event, event.handle);

    handles_count(-1);
    if (!--ended->references) free(ended);
}

BOOL CloseHandle(HANDLE handle)
{
    struct handle *object = handle;

    if (!handle || handle == INVALID_HANDLE_VALUE)
    {
        SetLastError(ERROR_INVALID_HANDLE);
        return FALSE;
    }
    switch (object->type)
    {
    case HANDLE_FILE: file_close(object); break;
    case HANDLE_EVENT: event_close(object); break;
    case HANDLE_THREAD: thread_close(object); break;
    default: wrong("CloseHandle of something else");
    }
    return TRUE;
}

DWORD GetLastError(void)
{
    return current()->last_error;
}

void SetLastError(DWORD error)
{
    current()->last_error = error;
}

DWORD GetCurrentThreadId(void)
{
    return 100 + current()->number;
}

HANDLE GetCurrentThread(void)
{
    return NULL;
}

BOOL SetThreadPriority(HANDLE thread, int priority)
{
    return TRUE;
}

/* --- the clock -------------------------------------------------------------------------------------------- */

DWORD GetTickCount(void)
{
    return (DWORD)now;
}

ULONGLONG GetTickCount64(void)
{
    return now;
}

void GetSystemTimeAsFileTime(FILETIME *time)
{
    uint64_t stamp = WALL_CLOCK_START + (uint64_t)((int64_t)now + shift) * 10000;

    time->dwLowDateTime = (DWORD)stamp;
    time->dwHighDateTime = stamp >> 32;
}
