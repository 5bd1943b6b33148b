/*
 * The rest of the simulated system: the thread pool, the registry, secrets, modules, the debug channels.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "iphlpapi.h"
#include "ntsecapi.h"
#include "objbase.h"
#include "sim.h"
#include "wincrypt.h"

/* --- the pool: a thread for each piece of work, at most so many at once ------------------------------------ */

struct sim_pool
{
    struct sim_pool *next;
    DWORD maximum;
    unsigned int busy;
    bool closed;
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
};

struct sim_work
{
    struct sim_pool *pool;
    PTP_SIMPLE_CALLBACK callback;
    void *context;
};

TP_POOL *CreateThreadpool(void *reserved)
{
    struct sim_pool *pool;

    if (fault_hits(FAULT_THREAD)) return NULL;
    pool = calloc(1, sizeof(*pool));
    pool->maximum = 500;
    InitializeSRWLock(&pool->lock);
    InitializeConditionVariable(&pool->changed);
    handles_count(1);
    return pool;
}

void SetThreadpoolThreadMaximum(TP_POOL *pool, DWORD count)
{
    pool->maximum = count;
}

BOOL SetThreadpoolThreadMinimum(TP_POOL *pool, DWORD count)
{
    return TRUE;
}

static void end_work(struct sim_pool *pool, bool closes)
{
    bool last;

    AcquireSRWLockExclusive(&pool->lock);
    if (closes) pool->closed = true;
    else pool->busy--;
    last = pool->closed && !pool->busy;
    if (!last) WakeConditionVariable(&pool->changed);
    ReleaseSRWLockExclusive(&pool->lock);
    if (!last) return;
    handles_count(-1);
    free(pool);
}

void CloseThreadpool(TP_POOL *pool)
{
    end_work(pool, true);
}

static void run_work(void *context)
{
    struct sim_work work = *(struct sim_work *)context;

    free(context);
    if (work.pool)
    {
        AcquireSRWLockExclusive(&work.pool->lock);
        while (work.pool->maximum == 0) SleepConditionVariableSRW(&work.pool->changed, &work.pool->lock, INFINITE, 0);
        work.pool->maximum--;
        ReleaseSRWLockExclusive(&work.pool->lock);
    }
    work.callback(NULL, work.context);
    if (!work.pool) return;
    AcquireSRWLockExclusive(&work.pool->lock);
    work.pool->maximum++;
    ReleaseSRWLockExclusive(&work.pool->lock);
    end_work(work.pool, false);
}

BOOL TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK callback, void *context, TP_CALLBACK_ENVIRON *environment)
{
    struct sim_pool *pool = environment ? environment->pool : NULL;
    struct sim_work *work;

    if (fault_hits(FAULT_THREAD))
    {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    work = calloc(1, sizeof(*work));
    work->pool = pool;
    work->callback = callback;
    work->context = context;
    if (pool)
    {
        AcquireSRWLockExclusive(&pool->lock);
        pool->busy++;
        ReleaseSRWLockExclusive(&pool->lock);
    }
    threads_create(run_work, work);
    return TRUE;
}

BOOL CallbackMayRunLong(TP_CALLBACK_INSTANCE *instance)
{
    return TRUE;
}

/* --- waits of the pool ------------------------------------------------------------------------------------- */

struct sim_wait
{
    struct sim_wait *next;
    PTP_WAIT_CALLBACK callback;
    void *context;
    HANDLE armed; /* NULL: for nothing */
    unsigned int running;
    SRWLOCK lock;
    CONDITION_VARIABLE ended;
};

static struct sim_wait *waits;

TP_WAIT *CreateThreadpoolWait(PTP_WAIT_CALLBACK callback, void *context, TP_CALLBACK_ENVIRON *environment)
{
    struct sim_wait *wait;

    if (fault_hits(FAULT_THREAD)) return NULL;
    wait = calloc(1, sizeof(*wait));
    wait->callback = callback;
    wait->context = context;
    InitializeSRWLock(&wait->lock);
    InitializeConditionVariable(&wait->ended);
    table_lock();
    wait->next = waits;
    waits = wait;
    table_unlock();
    handles_count(1);
    return wait;
}

void SetThreadpoolWait(TP_WAIT *wait, HANDLE handle, FILETIME *timeout)
{
    AcquireSRWLockExclusive(&wait->lock);
    wait->armed = handle;
    ReleaseSRWLockExclusive(&wait->lock);
}

void WaitForThreadpoolWaitCallbacks(TP_WAIT *wait, BOOL cancel)
{
    AcquireSRWLockExclusive(&wait->lock);
    while (wait->running) SleepConditionVariableSRW(&wait->ended, &wait->lock, INFINITE, 0);
    ReleaseSRWLockExclusive(&wait->lock);
}

void CloseThreadpoolWait(TP_WAIT *wait)
{
    struct sim_wait **link;

    table_lock();
    for (link = &waits; *link != wait; link = &(*link)->next) {}
    *link = wait->next;
    table_unlock();
    handles_count(-1);
    free(wait);
}

static void run_wait(void *context)
{
    struct sim_wait *wait = context;

    wait->callback(NULL, wait->context, wait, 0);
    AcquireSRWLockExclusive(&wait->lock);
    wait->running--;
    WakeAllConditionVariable(&wait->ended);
    ReleaseSRWLockExclusive(&wait->lock);
}

/* The event has been set: whoever waits for it is called. */
static void fire_waits(HANDLE event)
{
    struct sim_wait *wait;

    for (wait = waits; wait; wait = wait->next)
    {
        if (wait->armed != event) continue;
        wait->armed = NULL;
        wait->running++;
        threads_create(run_wait, wait);
    }
}

/* --- handles ------------------------------------------------------------------------------------------------ */

static int open_count;

unsigned int handles_open(void)
{
    return open_count;
}

void handles_count(int change)
{
    __atomic_add_fetch(&open_count, change, __ATOMIC_RELAXED);
}

/* --- the registry: numbers under HKEY_LOCAL_MACHINE ---------------------------------------------------------- */

#define VALUES_MAX 32

static struct
{
    char key[128], name[64];
    DWORD value;
} values[VALUES_MAX];
static unsigned int value_count, open_keys;
static HANDLE watching;

struct sim_key
{
    char name[256];
};

void registry_reset(void)
{
    value_count = 0;
    watching = NULL;
}

void registry_set_number(const char *key, const char *name, DWORD value)
{
    snprintf(values[value_count].key, sizeof(values[0].key), "%s", key);
    snprintf(values[value_count].name, sizeof(values[0].name), "%s", name);
    values[value_count++].value = value;
    if (!watching) return;
    SetEvent(watching);
    fire_waits(watching);
}

unsigned int registry_open_keys(void)
{
    return open_keys;
}

static LSTATUS open_key(const WCHAR *name, HKEY *opened, bool create)
{
    const char *text = narrow(name);
    unsigned int i;

    *opened = NULL;
    if (fault_hits(FAULT_REGISTRY)) return ERROR_NO_SYSTEM_RESOURCES;
    for (i = 0; i < value_count && !create; i++) create = !strncmp(values[i].key, text, strlen(text));
    if (!create) return ERROR_FILE_NOT_FOUND;
    *opened = calloc(1, sizeof(**opened));
    snprintf((*opened)->name, sizeof((*opened)->name), "%s", text);
    __atomic_add_fetch(&open_keys, 1, __ATOMIC_RELAXED);
    return 0;
}

LSTATUS RegOpenKeyExW(HKEY key, const WCHAR *name, DWORD options, DWORD access, HKEY *opened)
{
    return open_key(name, opened, false);
}

LSTATUS RegCreateKeyExW(HKEY key, const WCHAR *name, DWORD reserved, WCHAR *class, DWORD options, DWORD access,
                        void *security, HKEY *opened, DWORD *disposition)
{
    return open_key(name, opened, true);
}

LSTATUS RegCloseKey(HKEY key)
{
    __atomic_sub_fetch(&open_keys, 1, __ATOMIC_RELAXED);
    free(key);
    return 0;
}

LSTATUS RegGetValueW(HKEY key, const WCHAR *name, const WCHAR *value, DWORD flags, DWORD *type, void *data, DWORD *size)
{
    const char *key_text = name ? narrow(name) : key->name, *value_text = narrow(value);
    unsigned int i;

    if (fault_hits(FAULT_REGISTRY)) return ERROR_NO_SYSTEM_RESOURCES;
    for (i = value_count; i; i--)
    {
        if (strcmp(values[i - 1].key, key_text) || strcmp(values[i - 1].name, value_text)) continue;
        if (*size < sizeof(DWORD)) return ERROR_MORE_DATA;
        memcpy(data, &values[i - 1].value, sizeof(DWORD));
        *size = sizeof(DWORD);
        return 0;
    }
    return ERROR_FILE_NOT_FOUND;
}

LSTATUS RegNotifyChangeKeyValue(HKEY key, BOOL subtree, DWORD filter, HANDLE event, BOOL asynchronous)
{
    if (fault_hits(FAULT_REGISTRY)) return ERROR_NO_SYSTEM_RESOURCES;
    watching = event;
    return 0;
}

/* --- secrets: no secret here, but no plain text either ------------------------------------------------------- */

static BOOL scramble(const DATA_BLOB *in, DATA_BLOB *out)
{
    DWORD i;

    if (fault_hits(FAULT_CRYPT))
    {
        SetLastError(ERROR_NOT_READY);
        return FALSE;
    }
    if (!(out->pbData = sim_malloc(in->cbData + 1)))
    {
        SetLastError(ERROR_OUTOFMEMORY);
        return FALSE;
    }
    out->cbData = in->cbData;
    for (i = 0; i < in->cbData; i++) out->pbData[i] = in->pbData[i] ^ 0x5a;
    return TRUE;
}

BOOL CryptProtectData(DATA_BLOB *in, const WCHAR *description, DATA_BLOB *entropy, void *reserved, void *prompt,
                      DWORD flags, DATA_BLOB *out)
{
    return scramble(in, out);
}

BOOL CryptUnprotectData(DATA_BLOB *in, WCHAR **description, DATA_BLOB *entropy, void *reserved, void *prompt,
                        DWORD flags, DATA_BLOB *out)
{
    return scramble(in, out);
}

HLOCAL LocalFree(HLOCAL memory)
{
    sim_free(memory);
    return NULL;
}

/* No job of the stories has a certificate. */
const CERT_CONTEXT *CertDuplicateCertificateContext(const CERT_CONTEXT *certificate)
{
    return certificate;
}

BOOL CertFreeCertificateContext(const CERT_CONTEXT *certificate)
{
    return TRUE;
}

BOOL CertGetCertificateContextProperty(const CERT_CONTEXT *certificate, DWORD property, void *data, DWORD *size)
{
    SetLastError(ERROR_NOT_FOUND);
    return FALSE;
}

HCERTSTORE CertOpenStore(const char *provider, DWORD encoding, UINT_PTR cryptographic, DWORD flags, const void *what)
{
    SetLastError(ERROR_FILE_NOT_FOUND);
    return NULL;
}

BOOL CertCloseStore(HCERTSTORE store, DWORD flags)
{
    return TRUE;
}

const CERT_CONTEXT *CertFindCertificateInStore(HCERTSTORE store, DWORD encoding, DWORD flags, DWORD type,
                                               const void *what, const CERT_CONTEXT *previous)
{
    SetLastError(ERROR_NOT_FOUND);
    return NULL;
}

BOOLEAN RtlGenRandom(void *buffer, ULONG size)
{
    BYTE *bytes = buffer;

    table_lock();
    while (size--) *bytes++ = (BYTE)threads_random();
    table_unlock();
    return TRUE;
}

HRESULT CoCreateGuid(GUID *guid)
{
    static LONG number;
    GUID made = {0xb1750000, 0x1234, 0x4321, {0x80, 1, 2, 3, 4, 5, 6, 7}};
    uint32_t count;

    if (fault_hits(FAULT_ALLOC)) return E_OUTOFMEMORY;
    /* Ids are random: they differ everywhere. */
    count = (uint32_t)InterlockedIncrement(&number);
    made.Data1 ^= count * 0x9e3779b9u;
    made.Data2 ^= (WORD)(count * 40503u);
    memcpy(made.Data4 + 4, &count, sizeof(count));
    *guid = made;
    return S_OK;
}

/* --- memory in pages -------------------------------------------------------------------------------------- */

void *VirtualAlloc(void *address, SIZE_T size, DWORD type, DWORD protection)
{
    return sim_calloc(1, size);
}

BOOL VirtualFree(void *address, SIZE_T size, DWORD type)
{
    sim_free(address);
    return TRUE;
}

HANDLE GetProcessHeap(void)
{
    return NULL;
}

void *HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size)
{
    return flags & HEAP_ZERO_MEMORY ? sim_calloc(1, size) : sim_malloc(size);
}

BOOL HeapFree(HANDLE heap, DWORD flags, void *memory)
{
    sim_free(memory);
    return TRUE;
}

void *SecureZeroMemory(void *memory, SIZE_T size)
{
    return memset(memory, 0, size);
}

/* --- the process, its modules ------------------------------------------------------------------------------- */

DWORD GetCurrentProcessId(void)
{
    return 42;
}

HANDLE GetCurrentProcess(void)
{
    return INVALID_HANDLE_VALUE;
}

BOOL IsDebuggerPresent(void)
{
    return FALSE;
}

void OutputDebugStringA(const char *text) {}

/* Only the log file wants one between processes, and here is no log file. */
HANDLE CreateMutexW(void *security, BOOL owned, const WCHAR *name)
{
    return NULL;
}

BOOL ReleaseMutex(HANDLE mutex)
{
    return FALSE;
}

HMODULE GetModuleHandleW(const WCHAR *name)
{
    return (HMODULE)1;
}

HMODULE LoadLibraryW(const WCHAR *name)
{
    return NULL;
}

/* What Wine's ntdll exports for its debug channels; used when the test traces. */
static unsigned char channel_flags(void *channel)
{
    return tracing ? 0xff : 0;
}

static int channel_header(int class, const void *channel, const char *function)
{
    static const char *const names[] = {"fixme", "err", "warn", "trace"};

    if (!tracing) return -1;
    fprintf(stderr, "%10llu %u %s:%s:%s ", (unsigned long long)clock_ms(), (unsigned int)GetCurrentThreadId(),
            names[class & 3], (const char *)channel + 1, function);
    return 0;
}

static int channel_output(const char *text)
{
    return fprintf(stderr, "%s", text);
}

char *wine_get_unix_file_name(const WCHAR *name);

FARPROC GetProcAddress(HMODULE module, const char *name)
{
    if (!strcmp(name, "wine_get_unix_file_name")) return (FARPROC)wine_get_unix_file_name;
    if (!strcmp(name, "__wine_dbg_get_channel_flags")) return (FARPROC)channel_flags;
    if (!strcmp(name, "__wine_dbg_header")) return (FARPROC)channel_header;
    if (!strcmp(name, "__wine_dbg_output")) return (FARPROC)channel_output;
    SetLastError(ERROR_PROC_NOT_FOUND);
    return NULL;
}

INT WSAStringToAddressA(char *text, INT family, void *info, SOCKADDR *address, INT *size)
{
    return -1;
}

/* --- dates --------------------------------------------------------------------------------------------------- */

#define FILETIME_OF_1970 116444736000000000ull

static uint64_t filetime_now(void)
{
    FILETIME now;

    GetSystemTimeAsFileTime(&now);
    return (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
}

time_t sim_time(time_t *now)
{
    time_t seconds = (filetime_now() - FILETIME_OF_1970) / 10000000;

    if (now) *now = seconds;
    return seconds;
}

void GetSystemTime(SYSTEMTIME *time)
{
    time_t seconds = sim_time(NULL);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    memset(time, 0, sizeof(*time));
    time->wYear = parts.tm_year + 1900;
    time->wMonth = parts.tm_mon + 1;
    time->wDayOfWeek = parts.tm_wday;
    time->wDay = parts.tm_mday;
    time->wHour = parts.tm_hour;
    time->wMinute = parts.tm_min;
    time->wSecond = parts.tm_sec;
}

void GetLocalTime(SYSTEMTIME *time)
{
    GetSystemTime(time);
}

BOOL QueryPerformanceCounter(LARGE_INTEGER *counter)
{
    counter->QuadPart = clock_ms() * 1000;
    return TRUE;
}

BOOL QueryPerformanceFrequency(LARGE_INTEGER *frequency)
{
    frequency->QuadPart = 1000000;
    return TRUE;
}
