/*
 * Test macros of the conformance tests: the names that Wine's own tests use, in one header.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A test program has one START_TEST(name) { ... } and any number of source files that include this. What it
 * prints and the line at its end look like Wine's, and its exit code is the number of failures (255 at most).
 * It runs on Windows as well.
 *
 *   ok(condition, format, ...)          a check; the text says what was found when it fails
 *   ok_hr(hr, expected)                 the same for an HRESULT
 *   ok_int(got, expected)               the same for integers of up to 64 bits
 *   ok_str(got, expected)               the same for wide strings (NULL is allowed)
 *   skip(format, ...)                   something cannot be tested here; say what and why
 *   win_skip(format, ...)               old Windows lacks something; a failure on Wine
 *   broken(condition)                   an answer that some Windows gives and that is wrong on Wine
 *   trace(format, ...)                  a remark
 *   winetest_push_context(format, ...)  puts a text before all messages of this thread until popped
 *   winetest_run(function)              runs a function as a named part; "name.exe part" runs only that part
 *   winetest_spawn(...)                 starts this program again as another process
 *
 * All of it may be used from several threads.
 *
 * With the environment variable WINETEST_RECORD, the path of a directory, each process writes what came of
 * every check it made to a file there, "PROCESS.txt": lines of "pass", "fail" or "skip", the check, and what
 * was found when it failed, separated by tabs. Each line is written at once, so that the end of a process
 * takes none along.
 */

#ifndef WINE_BITS_TEST_H
#define WINE_BITS_TEST_H

#include <windows.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define WINETEST_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#define WINETEST_UNUSED __attribute__((unused))
#else
#define WINETEST_PRINTF(text, first)
#define WINETEST_UNUSED
#endif

#define WINETEST_CONTEXT_DEPTH 8
#define WINETEST_CONTEXT_SIZE 96

struct winetest_thread
{
    int depth;
    char context[WINETEST_CONTEXT_DEPTH][WINETEST_CONTEXT_SIZE];
    unsigned int next_text;
    char text[8][512];
};

struct winetest_state
{
    const char *name;
    int argc;
    char **argv;
    LONG successes;
    LONG failures;
    LONG skipped;
    HANDLE record; /* see WINETEST_RECORD above; NULL or invalid: none */
    DWORD tls;
    CRITICAL_SECTION output;
    struct winetest_thread no_memory;
};

/* one for all source files of a test program that include this */
__declspec(selectany) struct winetest_state winetest = {0};

static struct winetest_thread *winetest_thread(void)
{
    struct winetest_thread *thread = TlsGetValue(winetest.tls);

    if (thread) return thread;
    if (!(thread = calloc(1, sizeof(*thread)))) return &winetest.no_memory;
    TlsSetValue(winetest.tls, thread);
    return thread;
}

/* Whether this is Wine: what differs on purpose between Wine and Windows asks here. */
static WINETEST_UNUSED BOOL winetest_is_wine(void)
{
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");

    return ntdll && GetProcAddress(ntdll, "wine_get_version") != NULL;
}

static WINETEST_UNUSED BOOL winetest_broken(BOOL condition)
{
    return !winetest_is_wine() && condition;
}

/* The arguments of the program; the first two are the program and, for a child, its part. */
static WINETEST_UNUSED int winetest_get_mainargs(char ***argv)
{
    *argv = winetest.argv;
    return winetest.argc;
}

static WINETEST_UNUSED const char *winetest_base_name(const char *file)
{
    const char *slash = strrchr(file, '/'), *backslash = strrchr(file, '\\');

    if (backslash && (!slash || backslash > slash)) slash = backslash;
    return slash ? slash + 1 : file;
}

static void winetest_print(const char *file, int line, const char *kind, const char *format, va_list args)
{
    struct winetest_thread *thread = winetest_thread();
    int i;

    EnterCriticalSection(&winetest.output);
    printf("%s:%d: %s", winetest_base_name(file), line, kind);
    for (i = 0; i < thread->depth && i < WINETEST_CONTEXT_DEPTH; i++) printf("%s: ", thread->context[i]);
    vprintf(format, args);
    if (!*format || format[strlen(format) - 1] != '\n') putchar('\n');
    fflush(stdout);
    LeaveCriticalSection(&winetest.output);
}

static WINETEST_UNUSED BOOL winetest_records(void)
{
    return winetest.record && winetest.record != INVALID_HANDLE_VALUE;
}

/* Write a line to the record: a check is its place in the source and the contexts it was made in. */
static WINETEST_UNUSED void winetest_record(const char *file, int line, const char *result, const char *format,
                                            va_list args)
{
    struct winetest_thread *thread = winetest_thread();
    char text[2048], *p = text, *end = text + sizeof(text) - 1;
    DWORD written;
    int i;

    p += snprintf(p, end - p, "%s\t%s:%d", result, winetest_base_name(file), line);
    for (i = 0; i < thread->depth && i < WINETEST_CONTEXT_DEPTH; i++)
        p += snprintf(p, end - p, " [%s]", thread->context[i]);
    *p++ = '\t';
    if (format && (i = vsnprintf(p, end - p, format, args)) != 0)
    {
        for (end = i < 0 || i >= end - p ? end - 1 : p + i; p < end; p++)
            if (*p == '\t' || *p == '\r' || *p == '\n') *p = ' ';
    }
    *p++ = '\n';
    EnterCriticalSection(&winetest.output);
    WriteFile(winetest.record, text, (DWORD)(p - text), &written, NULL);
    LeaveCriticalSection(&winetest.output);
}

static WINETEST_UNUSED void winetest_record_pass(const char *file, int line, ...)
{
    va_list none;

    va_start(none, line);
    winetest_record(file, line, "pass", NULL, none);
    va_end(none);
}

static WINETEST_UNUSED void winetest_open_record(void)
{
    char directory[MAX_PATH], path[MAX_PATH + 16];
    DWORD size = GetEnvironmentVariableA("WINETEST_RECORD", directory, sizeof(directory));

    if (!size || size >= sizeof(directory)) return;
    snprintf(path, sizeof(path), "%s\\%lu.txt", directory, GetCurrentProcessId());
    winetest.record = CreateFileA(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS,
                                  FILE_ATTRIBUTE_NORMAL, NULL);
}

static WINETEST_UNUSED BOOL WINETEST_PRINTF(4, 5)
    winetest_ok(const char *file, int line, BOOL condition, const char *format, ...)
{
    va_list args;

    if (condition)
    {
        InterlockedIncrement(&winetest.successes);
        if (winetest_records()) winetest_record_pass(file, line);
        return TRUE;
    }
    InterlockedIncrement(&winetest.failures);
    va_start(args, format);
    winetest_print(file, line, "Test failed: ", format, args);
    va_end(args);
    if (winetest_records())
    {
        va_start(args, format);
        winetest_record(file, line, "fail", format, args);
        va_end(args);
    }
    return FALSE;
}

static WINETEST_UNUSED void WINETEST_PRINTF(3, 4) winetest_skip(const char *file, int line, const char *format, ...)
{
    va_list args;

    InterlockedIncrement(&winetest.skipped);
    va_start(args, format);
    winetest_print(file, line, "Tests skipped: ", format, args);
    va_end(args);
    if (winetest_records())
    {
        va_start(args, format);
        winetest_record(file, line, "skip", format, args);
        va_end(args);
    }
}

static WINETEST_UNUSED void WINETEST_PRINTF(3, 4) winetest_win_skip(const char *file, int line, const char *format, ...)
{
    BOOL wine = winetest_is_wine();
    va_list args;

    InterlockedIncrement(wine ? &winetest.failures : &winetest.skipped);
    va_start(args, format);
    winetest_print(file, line, wine ? "Test failed: " : "Tests skipped: ", format, args);
    va_end(args);
    if (winetest_records())
    {
        va_start(args, format);
        winetest_record(file, line, wine ? "fail" : "skip", format, args);
        va_end(args);
    }
}

static WINETEST_UNUSED void WINETEST_PRINTF(3, 4) winetest_trace(const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    winetest_print(file, line, "", format, args);
    va_end(args);
}

static WINETEST_UNUSED void WINETEST_PRINTF(1, 2) winetest_push_context(const char *format, ...)
{
    struct winetest_thread *thread = winetest_thread();
    va_list args;

    if (thread->depth < WINETEST_CONTEXT_DEPTH)
    {
        va_start(args, format);
        vsnprintf(thread->context[thread->depth], WINETEST_CONTEXT_SIZE, format, args);
        thread->context[thread->depth][WINETEST_CONTEXT_SIZE - 1] = 0;
        va_end(args);
    }
    thread->depth++;
}

static WINETEST_UNUSED void winetest_pop_context(void)
{
    struct winetest_thread *thread = winetest_thread();

    if (thread->depth) thread->depth--;
}

/* A wide string as text for a message; good until the eighth next call of the same thread. */
static WINETEST_UNUSED const char *wine_dbgstr_w(const WCHAR *str)
{
    struct winetest_thread *thread = winetest_thread();
    char *text = thread->text[thread->next_text++ % 8], *p = text;
    const char *end = text + sizeof(thread->text[0]) - 12;

    if (!str) return "(null)";
    *p++ = 'L';
    *p++ = '"';
    for (; *str && p < end; str++)
    {
        if (*str == '\r' || *str == '\n' || *str == '"' || *str == '\\')
        {
            *p++ = '\\';
            *p++ = *str == '\r' ? 'r' : *str == '\n' ? 'n' : (char)*str;
        }
        else if (*str < ' ' || *str > '~') { p += snprintf(p, 7, "\\x%04x", *str); }
        else { *p++ = (char)*str; }
    }
    *p++ = '"';
    if (*str) p += snprintf(p, 4, "...");
    *p = 0;
    return text;
}

static WINETEST_UNUSED BOOL winetest_ok_str(const char *file, int line, const char *what, const WCHAR *got,
                                            const WCHAR *expected)
{
    BOOL equal = got && expected ? !wcscmp(got, expected) : got == expected;

    return winetest_ok(file, line, equal, "%s is %s, expected %s", what, wine_dbgstr_w(got), wine_dbgstr_w(expected));
}

static WINETEST_UNUSED BOOL winetest_ok_hr(const char *file, int line, const char *what, HRESULT got, HRESULT expected)
{
    return winetest_ok(file, line, got == expected, "%s is %#lx, expected %#lx", what, (unsigned long)got,
                       (unsigned long)expected);
}

static WINETEST_UNUSED BOOL winetest_ok_int(const char *file, int line, const char *what, LONGLONG got,
                                            LONGLONG expected)
{
    return winetest_ok(file, line, got == expected, "%s is %lld (%#llx), expected %lld (%#llx)", what, (long long)got,
                       (unsigned long long)got, (long long)expected, (unsigned long long)expected);
}

#define ok(condition, ...) winetest_ok(__FILE__, __LINE__, (condition) != 0, __VA_ARGS__)
#define ok_hr(got, expected) winetest_ok_hr(__FILE__, __LINE__, #got, (got), (expected))
#define ok_int(got, expected) winetest_ok_int(__FILE__, __LINE__, #got, (LONGLONG)(got), (LONGLONG)(expected))
#define ok_str(got, expected) winetest_ok_str(__FILE__, __LINE__, #got, (got), (expected))
#define skip(...) winetest_skip(__FILE__, __LINE__, __VA_ARGS__)
#define win_skip(...) winetest_win_skip(__FILE__, __LINE__, __VA_ARGS__)
#define trace(...) winetest_trace(__FILE__, __LINE__, __VA_ARGS__)
#define broken(condition) winetest_broken((condition) != 0)

/* Run a part unless another one was asked for on the command line. */
#define winetest_run(function) winetest_run_part(#function, function)
static WINETEST_UNUSED void winetest_run_part(const char *name, void (*function)(void))
{
    if (winetest.argc > 1 && strcmp(winetest.argv[1], name)) return;
    winetest_push_context("%s", name);
    function();
    winetest_pop_context();
}

/*
 * Start this program again with the arguments given, stdout and stderr shared. Returns its process handle,
 * NULL on failure (which is a failed test). The caller waits for it with winetest_wait_child or closes the
 * handle.
 */
static WINETEST_UNUSED HANDLE WINETEST_PRINTF(1, 2) winetest_spawn(const char *format, ...)
{
    char program[MAX_PATH], arguments[1024], command[MAX_PATH + 1100];
    STARTUPINFOA startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    va_list args;
    BOOL started;

    va_start(args, format);
    vsnprintf(arguments, sizeof(arguments), format, args);
    arguments[sizeof(arguments) - 1] = 0;
    va_end(args);
    GetModuleFileNameA(NULL, program, sizeof(program));
    snprintf(command, sizeof(command), "\"%s\" %s", program, arguments);

    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    fflush(stdout);
    started = CreateProcessA(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process);
    if (!ok(started, "could not start %s: error %lu", command, GetLastError())) return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Wait for a child, count its failures as one of ours, close the handle. NULL is fine. */
static WINETEST_UNUSED void winetest_wait_child(HANDLE process, DWORD timeout_ms)
{
    DWORD code = ~0u;

    if (!process) return;
    if (ok(WaitForSingleObject(process, timeout_ms) == WAIT_OBJECT_0, "the child process is still running"))
    {
        GetExitCodeProcess(process, &code);
        ok(!code, "the child process ended with %lu", code);
    }
    else { TerminateProcess(process, 1); }
    CloseHandle(process);
}

static WINETEST_UNUSED int winetest_main(const char *name, void (*test)(void), int argc, char **argv)
{
    LONG failures;

    winetest.name = name;
    winetest.argc = argc;
    winetest.argv = argv;
    winetest.tls = TlsAlloc();
    InitializeCriticalSection(&winetest.output);
    winetest_open_record();

    test();

    EnterCriticalSection(&winetest.output);
    failures = winetest.failures;
    printf("%04lx:%s: %ld tests executed (0 marked as todo, %ld failure%s), %ld skipped.\n",
           (unsigned long)GetCurrentProcessId(), name, (long)(winetest.successes + failures), (long)failures,
           failures == 1 ? "" : "s", (long)winetest.skipped);
    fflush(stdout);
    LeaveCriticalSection(&winetest.output);
    return failures > 255 ? 255 : (int)failures;
}

#define START_TEST(name) \
    static void winetest_func_##name(void); \
    int main(int argc, char **argv) \
    { \
        return winetest_main(#name, winetest_func_##name, argc, argv); \
    } \
    static void winetest_func_##name(void)

#endif
