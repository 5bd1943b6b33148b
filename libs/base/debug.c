/*
 * Debug channels of Wine and the log file, for plain PE modules.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <windows.h>

#include "base/debug.h"
#include "base/private_file.h"

enum
{
    LOG_EVENTS,
    LOG_WARNINGS,
    LOG_TRACES
};

#define MESSAGE_MAX 2048

/* Size at which a new log file begins; the one before it is kept. */
#define LOG_LIMIT (16 * 1024 * 1024)
#define LOG_CHECK_LINES 256
#define LOG_LOCK_MS 1000 /* another process may have been stopped while it had the lock */

/* Exports of Wine's ntdll; NULL on Windows. */
static unsigned char(__cdecl *wine_get_channel_flags)(struct debug_channel *channel);
static int(__cdecl *wine_header)(enum debug_class class, struct debug_channel *channel, const char *function);
static int(__cdecl *wine_output)(const char *str);

static INIT_ONCE wine_once = INIT_ONCE_STATIC_INIT;

static SRWLOCK log_lock = SRWLOCK_INIT;
static HANDLE log_file = INVALID_HANDLE_VALUE;
static LONG log_level = -1;
static WCHAR log_path[MAX_PATH];
static ULONGLONG log_limit;
static unsigned int log_lines; /* since the size was last looked at */

static BOOL CALLBACK find_wine_exports(INIT_ONCE *once, void *parameter, void **context)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");

    wine_get_channel_flags = (void *)GetProcAddress(ntdll, "__wine_dbg_get_channel_flags");
    wine_header = (void *)GetProcAddress(ntdll, "__wine_dbg_header");
    wine_output = (void *)GetProcAddress(ntdll, "__wine_dbg_output");
    return TRUE;
}

static BOOL wine_enabled(struct debug_channel *channel, enum debug_class class)
{
    InitOnceExecuteOnce(&wine_once, find_wine_exports, NULL, NULL);
    if (!wine_get_channel_flags || !wine_header || !wine_output) return FALSE;
    return (wine_get_channel_flags(channel) >> class) & 1;
}

static BOOL log_wants(enum debug_class class)
{
    LONG level = InterlockedOr(&log_level, 0);

    return level >= (class == DEBUG_CLASS_TRACE ? LOG_TRACES : LOG_WARNINGS);
}

BOOL debug_enabled(struct debug_channel *channel, enum debug_class class)
{
    return wine_enabled(channel, class) || log_wants(class);
}

static HANDLE open_log(const WCHAR *path)
{
    return private_file_open(path, FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
                             FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, OPEN_ALWAYS);
}

static BOOL is_too_large(HANDLE file)
{
    LARGE_INTEGER size;

    return GetFileSizeEx(file, &size) && (ULONGLONG)size.QuadPart >= log_limit;
}

/* A log that has become too large gets another name, and a new one begins.  The other service may have done that, or be
 * about to: under the lock of both, only a file that still has the name is renamed.  Under log_lock. */
static void rotate_log(void)
{
    WCHAR previous[MAX_PATH + 2];
    HANDLE mutex, file;

    log_lines = 0;
    if (!is_too_large(log_file) || !(mutex = CreateMutexW(NULL, FALSE, L"Global\\wine-bits-log"))) return;
    if (WaitForSingleObject(mutex, LOG_LOCK_MS) == WAIT_TIMEOUT)
    {
        CloseHandle(mutex);
        return;
    }
    file = open_log(log_path);
    if (file != INVALID_HANDLE_VALUE && is_too_large(file))
    {
        CloseHandle(file);
        lstrcpyW(previous, log_path);
        lstrcatW(previous, L".1");
        MoveFileExW(log_path, previous, MOVEFILE_REPLACE_EXISTING);
        file = open_log(log_path);
    }
    ReleaseMutex(mutex);
    CloseHandle(mutex);
    if (file == INVALID_HANDLE_VALUE) return; /* go on with the old one */
    CloseHandle(log_file);
    log_file = file;
}

static void log_write(const char *channel, const char *format, va_list args)
{
    char line[MESSAGE_MAX];
    SYSTEMTIME now;
    int length;
    DWORD written;

    GetLocalTime(&now);
    length = snprintf(line, sizeof(line), "%04u-%02u-%02u %02u:%02u:%02u.%03u %04lx:%04lx %s ", now.wYear, now.wMonth,
                      now.wDay, now.wHour, now.wMinute, now.wSecond, now.wMilliseconds, GetCurrentProcessId(),
                      GetCurrentThreadId(), channel);
    vsnprintf(line + length, sizeof(line) - length - 2, format, args);
    length = strlen(line);
    while (length && line[length - 1] == '\n') length--;
    line[length++] = '\r';
    line[length++] = '\n';

    AcquireSRWLockExclusive(&log_lock);
    /* One line, one write at the end of the file: both services may share it. */
    if (log_file != INVALID_HANDLE_VALUE)
    {
        if (++log_lines >= LOG_CHECK_LINES) rotate_log();
        WriteFile(log_file, line, length, &written, NULL);
    }
    ReleaseSRWLockExclusive(&log_lock);
}

void debug_printf(struct debug_channel *channel, enum debug_class class, const char *function, const char *format, ...)
{
    va_list args;

    if (wine_enabled(channel, class) && wine_header(class, channel, function) != -1)
    {
        char line[MESSAGE_MAX];

        va_start(args, format);
        vsnprintf(line, sizeof(line), format, args);
        va_end(args);
        wine_output(line);
    }
    if (log_wants(class))
    {
        va_start(args, format);
        log_write(channel->name, format, args);
        va_end(args);
    }
}

void log_event(const char *format, ...)
{
    va_list args;

    if (InterlockedOr(&log_level, 0) < LOG_EVENTS) return;
    va_start(args, format);
    log_write("event", format, args);
    va_end(args);
}

void log_configure(void)
{
    WCHAR path[MAX_PATH] = L"";
    DWORD size = sizeof(path), level = LOG_EVENTS, level_size = sizeof(level);
    DWORD limit = LOG_LIMIT, limit_size = sizeof(limit);
    HANDLE file = INVALID_HANDLE_VALUE, previous;
    HKEY key;

    if (!RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits", 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key))
    {
        if (!RegGetValueW(key, NULL, L"LogFile", RRF_RT_REG_SZ, NULL, path, &size) && path[0]) file = open_log(path);
        RegGetValueW(key, NULL, L"LogLevel", RRF_RT_REG_DWORD, NULL, &level, &level_size);
        RegGetValueW(key, NULL, L"LogLimit", RRF_RT_REG_DWORD, NULL, &limit, &limit_size);
        RegCloseKey(key);
    }

    AcquireSRWLockExclusive(&log_lock);
    previous = log_file;
    log_file = file;
    lstrcpyW(log_path, path);
    log_limit = limit;
    log_lines = LOG_CHECK_LINES;
    InterlockedExchange(&log_level, file == INVALID_HANDLE_VALUE ? -1 : (LONG)level);
    ReleaseSRWLockExclusive(&log_lock);
    if (previous != INVALID_HANDLE_VALUE) CloseHandle(previous);
}

/* --- texts for messages --------------------------------------------------------- */

static char *text_buffer(void)
{
    static char buffers[32][300];
    static LONG next;

    return buffers[(ULONG)InterlockedIncrement(&next) % ARRAYSIZE(buffers)];
}

const char *debug_wstr(const WCHAR *str)
{
    char *text = text_buffer(), *end = text + 290;
    char *out = text;

    if (!str) return "(null)";
    *out++ = '"';
    for (; *str && out < end - 8; str++)
    {
        if (*str >= ' ' && *str < 0x7f) *out++ = *str;
        else out += sprintf(out, "\\x%04x", *str);
    }
    if (*str)
    {
        *out++ = '.';
        *out++ = '.';
    }
    *out++ = '"';
    *out = 0;
    return text;
}

const char *debug_guid(const GUID *guid)
{
    char *text = text_buffer();

    if (!guid) return "(null)";
    sprintf(text, "{%08lx-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x}", guid->Data1, guid->Data2, guid->Data3,
            guid->Data4[0], guid->Data4[1], guid->Data4[2], guid->Data4[3], guid->Data4[4], guid->Data4[5],
            guid->Data4[6], guid->Data4[7]);
    return text;
}
