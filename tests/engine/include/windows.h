/*
 * The part of the Win32 API that the engine uses, for the simulator.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Written from the public documentation of the API: names, values and meanings.  The sources of the engine include
 * this file in place of the system's; what it declares is implemented by the files of tests/engine.  WCHAR has 16
 * bits (-fshort-wchar), LONG and DWORD have 32.
 */

#ifndef SIM_WINDOWS_H
#define SIM_WINDOWS_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stdarg.h>
#ifdef SIM_REAL_THREADS
#include <pthread.h>
#endif

#define WINAPI
#define NTAPI
#define CALLBACK
#define APIENTRY
#define CDECL
#define __cdecl
#define __stdcall
#define DECLSPEC_NORETURN __attribute__((noreturn))
#define CONST const
#define VOID void
#define IN
#define OUT

typedef int BOOL, INT;
typedef unsigned int UINT;
typedef uint8_t BYTE, UCHAR, BOOLEAN;
typedef int8_t CHAR_;
typedef char CHAR;
typedef uint16_t WORD, USHORT;
typedef int16_t SHORT;
typedef uint32_t DWORD, ULONG, ULONG32;
typedef int32_t LONG, LSTATUS, HRESULT, NTSTATUS;
typedef int64_t LONGLONG, LONG64, INT64;
typedef uint64_t ULONGLONG, DWORD64, ULONG64, UINT64, DWORDLONG;
typedef intptr_t INT_PTR, LONG_PTR, SSIZE_T;
typedef uintptr_t UINT_PTR, ULONG_PTR, DWORD_PTR;
typedef size_t SIZE_T;
typedef wchar_t WCHAR;
typedef WCHAR *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWSTR, *PCWSTR;
typedef char *LPSTR;
typedef const char *LPCSTR;
typedef void *PVOID, *LPVOID, *HANDLE, *HMODULE, *HINSTANCE, *HLOCAL;
typedef struct sim_key *HKEY;
typedef DWORD *LPDWORD, *PDWORD;
typedef LONG *PLONG;
typedef int (*FARPROC)(void);

_Static_assert(sizeof(WCHAR) == 2, "compile with -fshort-wchar");

#define TRUE 1
#define FALSE 0
#define MAX_PATH 260
#define INFINITE 0xffffffffu
#define INVALID_HANDLE_VALUE ((HANDLE)(intptr_t)-1)
#define MAXDWORD 0xffffffffu

#define ARRAYSIZE(array) (sizeof(array) / sizeof((array)[0]))
#define CONTAINING_RECORD(address, type, field) ((type *)((char *)(address)-offsetof(type, field)))
#define FIELD_OFFSET(type, field) ((LONG)offsetof(type, field))
#define UNREFERENCED_PARAMETER(x) ((void)(x))
#define LOWORD(x) ((WORD)((x)&0xffff))
#define HIWORD(x) ((WORD)((x) >> 16 & 0xffff))
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif
#define ZeroMemory(p, size) memset(p, 0, size)
#define CopyMemory(to, from, size) memcpy(to, from, size)

typedef struct
{
    DWORD Data1;
    WORD Data2, Data3;
    BYTE Data4[8];
} GUID, IID, CLSID;
#define IsEqualGUID(a, b) (!memcmp(a, b, sizeof(GUID)))

typedef struct
{
    DWORD dwLowDateTime, dwHighDateTime;
} FILETIME;

typedef union
{
    struct
    {
        DWORD LowPart;
        LONG HighPart;
    };
    struct
    {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER;

typedef union
{
    struct
    {
        DWORD LowPart, HighPart;
    };
    struct
    {
        DWORD LowPart, HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER;

typedef struct
{
    WORD wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds;
} SYSTEMTIME;

/* --- errors ------------------------------------------------------------------------------------------ */

#define ERROR_SUCCESS 0
#define ERROR_INVALID_FUNCTION 1
#define ERROR_FILE_NOT_FOUND 2
#define ERROR_PATH_NOT_FOUND 3
#define ERROR_TOO_MANY_OPEN_FILES 4
#define ERROR_ACCESS_DENIED 5
#define ERROR_INVALID_HANDLE 6
#define ERROR_NOT_ENOUGH_MEMORY 8
#define ERROR_OUTOFMEMORY 14
#define ERROR_NOT_SAME_DEVICE 17
#define ERROR_NO_MORE_FILES 18
#define ERROR_NOT_READY 21
#define ERROR_CRC 23
#define ERROR_WRITE_FAULT 29
#define ERROR_READ_FAULT 30
#define ERROR_GEN_FAILURE 31
#define ERROR_SHARING_VIOLATION 32
#define ERROR_LOCK_VIOLATION 33
#define ERROR_HANDLE_DISK_FULL 39
#define ERROR_EXCEPTION_IN_SERVICE 1064
#define ERROR_IO_DEVICE 1117
#define ERROR_HANDLE_EOF 38
#define ERROR_NOT_SUPPORTED 50
#define ERROR_BAD_NETPATH 53
#define ERROR_NETNAME_DELETED 64
#define ERROR_BAD_NET_NAME 67
#define ERROR_FILE_EXISTS 80
#define ERROR_INVALID_PARAMETER 87
#define ERROR_CALL_NOT_IMPLEMENTED 120
#define ERROR_DISK_FULL 112
#define ERROR_INSUFFICIENT_BUFFER 122
#define ERROR_INVALID_NAME 123
#define ERROR_PROC_NOT_FOUND 127
#define ERROR_DIR_NOT_EMPTY 145
#define ERROR_ALREADY_EXISTS 183
#define ERROR_FILENAME_EXCED_RANGE 206
#define ERROR_BUFFER_OVERFLOW 111
#define ERROR_NO_DATA 232
#define ERROR_MORE_DATA 234
#define WAIT_TIMEOUT 258
#define ERROR_DIRECTORY 267
#define ERROR_OPERATION_ABORTED 995
#define ERROR_SHUTDOWN_IN_PROGRESS 1115
#define ERROR_NOT_FOUND 1168
#define ERROR_PROTOCOL_UNREACHABLE 1233
#define ERROR_NO_SYSTEM_RESOURCES 1450
#define ERROR_TIMEOUT 1460
#define ERROR_FILE_CORRUPT 1392
#define ERROR_NO_UNICODE_TRANSLATION 1113

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_FAIL ((HRESULT)0x80004005)
#define E_OUTOFMEMORY ((HRESULT)0x8007000e)
#define SUCCEEDED(hr) ((HRESULT)(hr) >= 0)
#define FAILED(hr) ((HRESULT)(hr) < 0)

DWORD GetLastError(void);
void SetLastError(DWORD error);

/* --- atomics ------------------------------------------------------------------------------------------- */

#define InterlockedIncrement(p) __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST)
#define InterlockedDecrement(p) __atomic_sub_fetch(p, 1, __ATOMIC_SEQ_CST)
#define InterlockedExchangeAdd(p, v) __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST)
#define InterlockedExchange(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define InterlockedOr(p, v) __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST)
#define InterlockedAnd(p, v) __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST)
#define InterlockedIncrement64(p) InterlockedIncrement(p)
#define InterlockedExchange64(p, v) InterlockedExchange(p, v)
#define InterlockedExchangePointer(p, v) InterlockedExchange(p, v)
#define InterlockedCompareExchange(p, exchange, comparand) \
    __extension__({ \
        __typeof__(*(p)) sim_old = (comparand); \
        __atomic_compare_exchange_n(p, &sim_old, exchange, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
        sim_old; \
    })
#define InterlockedCompareExchange64(p, e, c) InterlockedCompareExchange(p, e, c)
#define InterlockedCompareExchangePointer(p, e, c) InterlockedCompareExchange(p, e, c)
#define ReadAcquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define ReadNoFence(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define WriteRelease(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define WriteNoFence(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define MemoryBarrier() __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* --- threads ------------------------------------------------------------------------------------------- */

#ifdef SIM_REAL_THREADS
typedef struct
{
    pthread_mutex_t mutex; /* recursive */
    int count;
    HANDLE OwningThread;
} CRITICAL_SECTION;
typedef struct
{
    pthread_mutex_t mutex;
} SRWLOCK;
typedef struct
{
    pthread_cond_t cond;
} CONDITION_VARIABLE;
#define SRWLOCK_INIT \
    { \
        PTHREAD_MUTEX_INITIALIZER \
    }
#define CONDITION_VARIABLE_INIT \
    { \
        PTHREAD_COND_INITIALIZER \
    }
#else
typedef struct
{
    struct sim_thread *owner;
    HANDLE OwningThread;
    int count;
    unsigned int magic;
} CRITICAL_SECTION;
typedef struct
{
    struct sim_thread *owner;
} SRWLOCK;
typedef struct
{
    int unused;
} CONDITION_VARIABLE;
#define SRWLOCK_INIT \
    { \
        0 \
    }
#define CONDITION_VARIABLE_INIT \
    { \
        0 \
    }
#endif
typedef struct
{
    LONG state;
} INIT_ONCE;
#define INIT_ONCE_STATIC_INIT \
    { \
        0 \
    }

void InitializeCriticalSection(CRITICAL_SECTION *section);
BOOL InitializeCriticalSectionEx(CRITICAL_SECTION *section, DWORD spins, DWORD flags);
BOOL InitializeCriticalSectionAndSpinCount(CRITICAL_SECTION *section, DWORD spins);
void DeleteCriticalSection(CRITICAL_SECTION *section);
void EnterCriticalSection(CRITICAL_SECTION *section);
BOOL TryEnterCriticalSection(CRITICAL_SECTION *section);
void LeaveCriticalSection(CRITICAL_SECTION *section);
void InitializeSRWLock(SRWLOCK *lock);
void AcquireSRWLockExclusive(SRWLOCK *lock);
void ReleaseSRWLockExclusive(SRWLOCK *lock);
void AcquireSRWLockShared(SRWLOCK *lock);
void ReleaseSRWLockShared(SRWLOCK *lock);
void InitializeConditionVariable(CONDITION_VARIABLE *variable);
BOOL SleepConditionVariableCS(CONDITION_VARIABLE *variable, CRITICAL_SECTION *section, DWORD timeout);
BOOL SleepConditionVariableSRW(CONDITION_VARIABLE *variable, SRWLOCK *lock, DWORD timeout, ULONG flags);
void WakeConditionVariable(CONDITION_VARIABLE *variable);
void WakeAllConditionVariable(CONDITION_VARIABLE *variable);
typedef BOOL(CALLBACK *PINIT_ONCE_FN)(INIT_ONCE *once, void *parameter, void **context);
BOOL InitOnceExecuteOnce(INIT_ONCE *once, PINIT_ONCE_FN function, void *parameter, void **context);

#define WAIT_OBJECT_0 0
#define WAIT_FAILED 0xffffffffu
#define STACK_SIZE_PARAM_IS_A_RESERVATION 0x10000
#define MAXIMUM_WAIT_OBJECTS 64

HANDLE CreateEventW(void *security, BOOL manual, BOOL set, const WCHAR *name);
BOOL SetEvent(HANDLE event);
BOOL ResetEvent(HANDLE event);
DWORD WaitForSingleObject(HANDLE handle, DWORD timeout);
HANDLE CreateMutexW(void *security, BOOL owned, const WCHAR *name);
BOOL ReleaseMutex(HANDLE mutex);
DWORD WaitForMultipleObjects(DWORD count, const HANDLE *handles, BOOL all, DWORD timeout);
typedef DWORD(WINAPI *LPTHREAD_START_ROUTINE)(void *parameter);
HANDLE CreateThread(void *security, SIZE_T stack, LPTHREAD_START_ROUTINE function, void *parameter, DWORD flags,
                    DWORD *id);
DWORD GetCurrentThreadId(void);
DWORD GetCurrentProcessId(void);
HANDLE GetCurrentProcess(void);
HANDLE GetCurrentThread(void);
void Sleep(DWORD ms);
BOOL CloseHandle(HANDLE handle);
#define THREAD_PRIORITY_BELOW_NORMAL (-1)
BOOL SetThreadPriority(HANDLE thread, int priority);

typedef struct sim_instance TP_CALLBACK_INSTANCE;
typedef struct sim_pool TP_POOL;
typedef struct sim_wait TP_WAIT;
typedef struct sim_work TP_WORK;
typedef DWORD TP_WAIT_RESULT;
typedef struct
{
    TP_POOL *pool;
} TP_CALLBACK_ENVIRON;
typedef void(CALLBACK *PTP_SIMPLE_CALLBACK)(TP_CALLBACK_INSTANCE *instance, void *context);
typedef void(CALLBACK *PTP_WAIT_CALLBACK)(TP_CALLBACK_INSTANCE *instance, void *context, TP_WAIT *wait,
                                          TP_WAIT_RESULT result);

TP_POOL *CreateThreadpool(void *reserved);
void SetThreadpoolThreadMaximum(TP_POOL *pool, DWORD count);
BOOL SetThreadpoolThreadMinimum(TP_POOL *pool, DWORD count);
void CloseThreadpool(TP_POOL *pool);
static inline void InitializeThreadpoolEnvironment(TP_CALLBACK_ENVIRON *environment)
{
    environment->pool = NULL;
}
static inline void SetThreadpoolCallbackPool(TP_CALLBACK_ENVIRON *environment, TP_POOL *pool)
{
    environment->pool = pool;
}
#define DestroyThreadpoolEnvironment(environment) ((void)(environment))
BOOL TrySubmitThreadpoolCallback(PTP_SIMPLE_CALLBACK callback, void *context, TP_CALLBACK_ENVIRON *environment);
BOOL CallbackMayRunLong(TP_CALLBACK_INSTANCE *instance);
TP_WAIT *CreateThreadpoolWait(PTP_WAIT_CALLBACK callback, void *context, TP_CALLBACK_ENVIRON *environment);
void SetThreadpoolWait(TP_WAIT *wait, HANDLE handle, FILETIME *timeout);
void WaitForThreadpoolWaitCallbacks(TP_WAIT *wait, BOOL cancel);
void CloseThreadpoolWait(TP_WAIT *wait);

/* --- time ------------------------------------------------------------------------------------------------ */

DWORD GetTickCount(void);
ULONGLONG GetTickCount64(void);
void GetSystemTimeAsFileTime(FILETIME *time);
void GetSystemTime(SYSTEMTIME *time);
void GetLocalTime(SYSTEMTIME *time);
BOOL QueryPerformanceCounter(LARGE_INTEGER *counter);
BOOL QueryPerformanceFrequency(LARGE_INTEGER *frequency);

/* --- memory ---------------------------------------------------------------------------------------------- */

#define MEM_COMMIT 0x1000
#define MEM_RESERVE 0x2000
#define MEM_RELEASE 0x8000
#define PAGE_READWRITE 4
#define HEAP_ZERO_MEMORY 8
void *VirtualAlloc(void *address, SIZE_T size, DWORD type, DWORD protection);
BOOL VirtualFree(void *address, SIZE_T size, DWORD type);
HANDLE GetProcessHeap(void);
void *HeapAlloc(HANDLE heap, DWORD flags, SIZE_T size);
BOOL HeapFree(HANDLE heap, DWORD flags, void *memory);
HLOCAL LocalFree(HLOCAL memory);
void *SecureZeroMemory(void *memory, SIZE_T size);

/* --- files ----------------------------------------------------------------------------------------------- */

#define DELETE 0x00010000u
#define SYNCHRONIZE 0x00100000u
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000u
#define FILE_READ_DATA 0x1
#define FILE_WRITE_DATA 0x2
#define FILE_ADD_FILE 0x2
#define FILE_LIST_DIRECTORY 0x1
#define FILE_APPEND_DATA 0x4
#define FILE_READ_ATTRIBUTES 0x80
#define FILE_WRITE_ATTRIBUTES 0x100
#define FILE_SHARE_READ 1
#define FILE_SHARE_WRITE 2
#define FILE_SHARE_DELETE 4
#define CREATE_NEW 1
#define CREATE_ALWAYS 2
#define OPEN_EXISTING 3
#define OPEN_ALWAYS 4
#define TRUNCATE_EXISTING 5
#define FILE_ATTRIBUTE_READONLY 0x1
#define FILE_ATTRIBUTE_HIDDEN 0x2
#define FILE_ATTRIBUTE_SYSTEM 0x4
#define FILE_ATTRIBUTE_DIRECTORY 0x10
#define FILE_ATTRIBUTE_ARCHIVE 0x20
#define FILE_ATTRIBUTE_NORMAL 0x80
#define FILE_ATTRIBUTE_TEMPORARY 0x100
#define FILE_ATTRIBUTE_REPARSE_POINT 0x400
#define FILE_ATTRIBUTE_NOT_CONTENT_INDEXED 0x2000
#define FILE_FLAG_BACKUP_SEMANTICS 0x02000000
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000
#define FILE_FLAG_OPEN_REPARSE_POINT 0x00200000
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000
#define FILE_FLAG_WRITE_THROUGH 0x80000000u
#define INVALID_FILE_ATTRIBUTES 0xffffffffu
#define INVALID_FILE_SIZE 0xffffffffu
#define FILE_BEGIN 0
#define FILE_CURRENT 1
#define FILE_END 2
#define MOVEFILE_REPLACE_EXISTING 1
#define MOVEFILE_COPY_ALLOWED 2
#define MOVEFILE_WRITE_THROUGH 8
#define DRIVE_FIXED 3
#define DRIVE_REMOTE 4

typedef struct
{
    ULONG_PTR Internal, InternalHigh;
    DWORD Offset, OffsetHigh;
    HANDLE hEvent;
} OVERLAPPED;

typedef struct
{
    DWORD dwFileAttributes;
    FILETIME ftCreationTime, ftLastAccessTime, ftLastWriteTime;
    DWORD dwVolumeSerialNumber, nFileSizeHigh, nFileSizeLow, nNumberOfLinks, nFileIndexHigh, nFileIndexLow;
} BY_HANDLE_FILE_INFORMATION;

typedef struct
{
    DWORD dwFileAttributes;
    FILETIME ftCreationTime, ftLastAccessTime, ftLastWriteTime;
    DWORD nFileSizeHigh, nFileSizeLow;
} WIN32_FILE_ATTRIBUTE_DATA;

typedef struct
{
    DWORD dwFileAttributes;
    FILETIME ftCreationTime, ftLastAccessTime, ftLastWriteTime;
    DWORD nFileSizeHigh, nFileSizeLow, dwReserved0, dwReserved1;
    WCHAR cFileName[MAX_PATH];
    WCHAR cAlternateFileName[14];
} WIN32_FIND_DATAW;

typedef struct
{
    LARGE_INTEGER CreationTime, LastAccessTime, LastWriteTime, ChangeTime;
    DWORD FileAttributes;
} FILE_BASIC_INFO;

typedef struct
{
    LARGE_INTEGER AllocationSize, EndOfFile;
    DWORD NumberOfLinks;
    BOOLEAN DeletePending, Directory;
} FILE_STANDARD_INFO;

typedef struct
{
    BOOLEAN ReplaceIfExists;
    HANDLE RootDirectory;
    DWORD FileNameLength;
    WCHAR FileName[1];
} FILE_RENAME_INFO;

typedef struct
{
    BOOLEAN DeleteFile;
} FILE_DISPOSITION_INFO;

typedef struct
{
    LARGE_INTEGER EndOfFile;
} FILE_END_OF_FILE_INFO;

typedef struct
{
    BYTE Identifier[16];
} FILE_ID_128;

typedef struct
{
    ULONGLONG VolumeSerialNumber;
    FILE_ID_128 FileId;
} FILE_ID_INFO;

typedef enum
{
    FileBasicInfo,
    FileStandardInfo,
    FileNameInfo,
    FileRenameInfo,
    FileDispositionInfo,
    FileAllocationInfo,
    FileEndOfFileInfo,
    FileIdInfo = 18,
} FILE_INFO_BY_HANDLE_CLASS;

typedef enum
{
    FindExInfoStandard,
    FindExInfoBasic
} FINDEX_INFO_LEVELS;
typedef enum
{
    FindExSearchNameMatch
} FINDEX_SEARCH_OPS;
typedef enum
{
    GetFileExInfoStandard
} GET_FILEEX_INFO_LEVELS;

HANDLE CreateFileW(const WCHAR *name, DWORD access, DWORD share, void *security, DWORD disposition, DWORD flags,
                   HANDLE pattern);
BOOL ReadFile(HANDLE file, void *buffer, DWORD size, DWORD *got, OVERLAPPED *overlapped);
BOOL WriteFile(HANDLE file, const void *buffer, DWORD size, DWORD *written, OVERLAPPED *overlapped);
BOOL FlushFileBuffers(HANDLE file);
BOOL SetFilePointerEx(HANDLE file, LARGE_INTEGER distance, LARGE_INTEGER *position, DWORD method);
BOOL SetEndOfFile(HANDLE file);
BOOL GetFileSizeEx(HANDLE file, LARGE_INTEGER *size);
BOOL GetFileTime(HANDLE file, FILETIME *created, FILETIME *accessed, FILETIME *written);
BOOL SetFileTime(HANDLE file, const FILETIME *created, const FILETIME *accessed, const FILETIME *written);
BOOL GetFileInformationByHandle(HANDLE file, BY_HANDLE_FILE_INFORMATION *info);
BOOL GetFileInformationByHandleEx(HANDLE file, FILE_INFO_BY_HANDLE_CLASS which, void *info, DWORD size);
BOOL SetFileInformationByHandle(HANDLE file, FILE_INFO_BY_HANDLE_CLASS which, void *info, DWORD size);
DWORD GetFileAttributesW(const WCHAR *name);
BOOL GetFileAttributesExW(const WCHAR *name, GET_FILEEX_INFO_LEVELS level, void *info);
BOOL SetFileAttributesW(const WCHAR *name, DWORD attributes);
BOOL DeleteFileW(const WCHAR *name);
BOOL MoveFileExW(const WCHAR *from, const WCHAR *to, DWORD flags);
BOOL CreateDirectoryW(const WCHAR *name, void *security);
BOOL RemoveDirectoryW(const WCHAR *name);
HANDLE FindFirstFileExW(const WCHAR *pattern, FINDEX_INFO_LEVELS level, void *data, FINDEX_SEARCH_OPS search,
                        void *filter, DWORD flags);
#define FindFirstFileW(pattern, data) \
    FindFirstFileExW(pattern, FindExInfoStandard, data, FindExSearchNameMatch, NULL, 0)
BOOL FindNextFileW(HANDLE find, WIN32_FIND_DATAW *data);
BOOL FindClose(HANDLE find);
BOOL GetDiskFreeSpaceExW(const WCHAR *directory, ULARGE_INTEGER *available, ULARGE_INTEGER *total,
                         ULARGE_INTEGER *free_bytes);
DWORD GetFullPathNameW(const WCHAR *name, DWORD size, WCHAR *buffer, WCHAR **part);
UINT GetDriveTypeW(const WCHAR *root);

/* --- text ------------------------------------------------------------------------------------------------ */

#define CP_ACP 0
#define CP_UTF8 65001
#define MB_ERR_INVALID_CHARS 8
#define WC_ERR_INVALID_CHARS 0x80
#define CSTR_LESS_THAN 1
#define CSTR_EQUAL 2
#define CSTR_GREATER_THAN 3

int MultiByteToWideChar(UINT code_page, DWORD flags, const char *text, int length, WCHAR *string, int size);
int WideCharToMultiByte(UINT code_page, DWORD flags, const WCHAR *string, int length, char *text, int size,
                        const char *preset, BOOL *used);
int CompareStringOrdinal(const WCHAR *a, int a_length, const WCHAR *b, int b_length, BOOL ignore_case);

#define lstrlenW(s) ((int)sim_wcslen(s))
#define lstrcpyW sim_wcscpy
#define lstrcatW sim_wcscat
#define lstrcmpW sim_wcscmp
#define lstrcmpiW sim_wcsicmp
#define wcslen sim_wcslen
#define wcscpy sim_wcscpy
#define wcscat sim_wcscat
#define wcscmp sim_wcscmp
#define wcsncmp sim_wcsncmp
#define wcschr sim_wcschr
#define wcsrchr sim_wcsrchr
#define wcsstr sim_wcsstr
#define wcspbrk sim_wcspbrk
#define wcscspn sim_wcscspn
#define wcsspn sim_wcsspn
#define wcsncpy sim_wcsncpy
#define _wcsicmp sim_wcsicmp
#define _wcsnicmp sim_wcsnicmp
#define _wcsdup sim_wcsdup
#define swprintf sim_swprintf
#define _snwprintf sim_swprintf
#define towupper sim_towupper
#define towlower sim_towlower
size_t sim_wcslen(const WCHAR *s);
WCHAR *sim_wcscpy(WCHAR *to, const WCHAR *from);
WCHAR *sim_wcscat(WCHAR *to, const WCHAR *from);
int sim_wcscmp(const WCHAR *a, const WCHAR *b);
int sim_wcsncmp(const WCHAR *a, const WCHAR *b, size_t count);
int sim_wcsicmp(const WCHAR *a, const WCHAR *b);
int sim_wcsnicmp(const WCHAR *a, const WCHAR *b, size_t count);
WCHAR *sim_wcschr(const WCHAR *s, WCHAR c);
WCHAR *sim_wcsrchr(const WCHAR *s, WCHAR c);
WCHAR *sim_wcsstr(const WCHAR *s, const WCHAR *part);
WCHAR *sim_wcspbrk(const WCHAR *s, const WCHAR *set);
size_t sim_wcscspn(const WCHAR *s, const WCHAR *set);
size_t sim_wcsspn(const WCHAR *s, const WCHAR *set);
WCHAR *sim_wcsncpy(WCHAR *to, const WCHAR *from, size_t count);
WCHAR *sim_wcsdup(const WCHAR *s);
int sim_swprintf(WCHAR *to, size_t size, const WCHAR *format, ...);
WCHAR sim_towupper(WCHAR c);
WCHAR sim_towlower(WCHAR c);
char *lstrcpynA(char *to, const char *from, int size);
WCHAR *lstrcpynW(WCHAR *to, const WCHAR *from, int size);
char *_strdup(const char *s);
int _stricmp(const char *a, const char *b);
int _strnicmp(const char *a, const char *b, size_t count);

/* --- registry, modules ------------------------------------------------------------------------------------ */

#define HKEY_LOCAL_MACHINE ((HKEY)(uintptr_t)0x80000002u)
#define HKEY_CURRENT_USER ((HKEY)(uintptr_t)0x80000001u)
#define KEY_QUERY_VALUE 0x1
#define KEY_SET_VALUE 0x2
#define KEY_NOTIFY 0x10
#define KEY_READ 0x20019
#define KEY_WRITE 0x20006
#define KEY_WOW64_64KEY 0x100
#define REG_SZ 1
#define REG_BINARY 3
#define REG_DWORD 4
#define RRF_RT_REG_SZ 0x2
#define RRF_RT_REG_BINARY 0x8
#define RRF_RT_REG_DWORD 0x10
#define RRF_SUBKEY_WOW6464KEY 0x10000
#define REG_NOTIFY_CHANGE_NAME 1
#define REG_NOTIFY_CHANGE_LAST_SET 4
#define REG_NOTIFY_THREAD_AGNOSTIC 0x10000000

LSTATUS RegOpenKeyExW(HKEY key, const WCHAR *name, DWORD options, DWORD access, HKEY *opened);
LSTATUS RegCreateKeyExW(HKEY key, const WCHAR *name, DWORD reserved, WCHAR *class, DWORD options, DWORD access,
                        void *security, HKEY *opened, DWORD *disposition);
LSTATUS RegGetValueW(HKEY key, const WCHAR *name, const WCHAR *value, DWORD flags, DWORD *type, void *data,
                     DWORD *size);
LSTATUS RegSetValueExW(HKEY key, const WCHAR *value, DWORD reserved, DWORD type, const BYTE *data, DWORD size);
LSTATUS RegDeleteValueW(HKEY key, const WCHAR *value);
LSTATUS RegNotifyChangeKeyValue(HKEY key, BOOL subtree, DWORD filter, HANDLE event, BOOL asynchronous);
LSTATUS RegCloseKey(HKEY key);

HMODULE GetModuleHandleW(const WCHAR *name);
#define LOAD_LIBRARY_SEARCH_SYSTEM32 0x00000800
#define LoadLibraryExW(name, file, flags) LoadLibraryW(name)
HMODULE LoadLibraryW(const WCHAR *name);
FARPROC GetProcAddress(HMODULE module, const char *name);
BOOL IsDebuggerPresent(void);
void OutputDebugStringA(const char *text);

#endif
