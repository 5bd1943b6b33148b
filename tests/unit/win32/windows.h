/*
 * As much of the Windows API as the middle of libs/http needs: for the test that runs it natively against a scripted
 * server (tests/unit/scriptedpeer.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_WIN32_WINDOWS_H
#define WINE_BITS_TESTS_WIN32_WINDOWS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
typedef uint32_t DWORD, ULONG;
typedef int32_t LONG;
typedef int64_t LONGLONG, LONG64;
typedef uint64_t ULONGLONG;
typedef wchar_t WCHAR;
typedef void *HANDLE;

typedef union
{
    struct
    {
        DWORD LowPart;
        LONG HighPart;
    };
    LONGLONG QuadPart;
} LARGE_INTEGER;

typedef struct
{
    DWORD dwLowDateTime, dwHighDateTime;
} FILETIME;

typedef struct
{
    DWORD Data1;
    WORD Data2, Data3;
    BYTE Data4[8];
} GUID;

#define TRUE 1
#define FALSE 0
#define CALLBACK
#define CP_UTF8 65001
#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define CONTAINING_RECORD(address, type, field) ((type *)((char *)(address)-offsetof(type, field)))

#define ERROR_SUCCESS 0
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_HANDLE_EOF 38
#define ERROR_INVALID_PARAMETER 87
#define ERROR_OPERATION_ABORTED 995
#define ERROR_PROTOCOL_UNREACHABLE 1233

/* One thread, and a clock that the test moves. */
extern ULONGLONG test_clock;

typedef struct
{
    int unused;
} CRITICAL_SECTION;
typedef struct
{
    int unused;
} TP_TIMER, TP_CALLBACK_INSTANCE;
typedef void (*PTP_TIMER_CALLBACK)(TP_CALLBACK_INSTANCE *instance, void *context, TP_TIMER *timer);

static inline ULONGLONG GetTickCount64(void)
{
    return test_clock;
}

static inline DWORD GetLastError(void)
{
    return 0;
}

static inline void InitializeCriticalSection(CRITICAL_SECTION *section)
{
    section->unused = 0;
}

#define DeleteCriticalSection(section) ((void)(section))
#define EnterCriticalSection(section) ((void)(section))
#define LeaveCriticalSection(section) ((void)(section))

static inline TP_TIMER *CreateThreadpoolTimer(PTP_TIMER_CALLBACK callback, void *context, void *environment)
{
    static TP_TIMER timer;

    (void)callback, (void)context, (void)environment;
    return &timer;
}

#define SetThreadpoolTimer(timer, due, period, window) ((void)(timer), (void)(due))
#define WaitForThreadpoolTimerCallbacks(timer, cancel) ((void)(timer))
#define CloseThreadpoolTimer(timer) ((void)(timer))

static inline HANDLE CreateEventW(void *attributes, BOOL manual, BOOL initial, const WCHAR *name)
{
    static int event;

    (void)attributes, (void)manual, (void)initial, (void)name;
    return &event;
}

#define SetEvent(event) ((void)(event))
#define CloseHandle(handle) ((void)(handle))
#define InterlockedExchange(target, value) (*(target) = (value))
#define InterlockedIncrement64(target) (++*(target))
#define InterlockedIncrement(target) (++*(target))
#define SecureZeroMemory(memory, size) memset(memory, 0, size)

#define _strdup strdup
#define _wcsdup wcsdup
#define _stricmp strcasecmp
#define _strnicmp strncasecmp

static inline char *lstrcpynA(char *to, const char *from, int size)
{
    snprintf(to, size, "%s", from);
    return to;
}

/* ASCII is all that the test has. */
static inline int WideCharToMultiByte(DWORD page, DWORD flags, const WCHAR *from, int length, char *to, int size,
                                      const char *unknown, BOOL *used)
{
    int i, count = (int)wcslen(from) + 1;

    (void)page, (void)flags, (void)length, (void)size, (void)unknown, (void)used;
    for (i = 0; to && i < count; i++) to[i] = (char)from[i];
    return count;
}

#endif
