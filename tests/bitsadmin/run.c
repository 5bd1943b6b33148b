/*
 * Runs bitsadmin.exe and compares what it prints.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bitsadmin/run.h"

#include "wine/test.h"

#define RUN_TIMEOUT 60000
#define OUTPUT_SIZE 65536

static char printed[OUTPUT_SIZE];
static char command[2048];

const char *output(void)
{
    return printed;
}

/* Read until all who may write have ended; CR goes. */
static void read_output(HANDLE pipe)
{
    size_t used = 0, i;
    char buffer[4096];
    DWORD size;

    while (ReadFile(pipe, buffer, sizeof(buffer), &size, NULL) && size)
    {
        for (i = 0; i < size && used < sizeof(printed) - 1; i++)
        {
            if (buffer[i] != '\r') printed[used++] = buffer[i];
        }
    }
    printed[used] = 0;
}

/* End a process that does not end: who reads its output would wait for ever. */
static DWORD WINAPI watch(void *process)
{
    if (WaitForSingleObject(process, RUN_TIMEOUT)) TerminateProcess(process, ~0u);
    return 0;
}

static HANDLE start(HANDLE out)
{
    STARTUPINFOA startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;

    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = startup.hStdError = out;
    if (!CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &startup, &process)) return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

DWORD run(const char *format, ...)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    HANDLE in, out, process, watcher;
    DWORD code = ~0u;
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    printed[0] = 0;
    if (!ok(CreatePipe(&in, &out, &inherit, 0), "no pipe: error %lu", GetLastError())) return code;
    SetHandleInformation(in, HANDLE_FLAG_INHERIT, 0);
    process = start(out);
    CloseHandle(out);
    if (ok(process != NULL, "cannot start: error %lu: %s", GetLastError(), command))
    {
        watcher = CreateThread(NULL, 0, watch, process, 0, NULL);
        read_output(in);
        WaitForSingleObject(watcher, INFINITE);
        CloseHandle(watcher);
        GetExitCodeProcess(process, &code);
        ok(code != ~0u, "does not end: %s", command);
        CloseHandle(process);
    }
    CloseHandle(in);
    return code;
}

/* A blank line, three lines of text, a blank line.  The third names who wrote it. */
const char *after_banner(void)
{
    static const char start[] = "\nBITSADMIN version 3.0\nBITS administration utility.\n(C) Copyright ";
    const char *end;

    if (strncmp(printed, start, sizeof(start) - 1) || !(end = strstr(printed + sizeof(start) - 1, "\n\n")))
    {
        ok(FALSE, "no banner: %s", command);
        return printed;
    }
    return end + 2;
}

static BOOL match_here(const char *text, const char *pattern)
{
    for (; *pattern; text++, pattern++)
    {
        if (*pattern == '*')
        {
            do {
                if (match_here(text, pattern + 1)) return TRUE;
            } while (*text && *text++ != '\n');
            return FALSE;
        }
        if (*pattern != *text) return FALSE;
    }
    return !*text;
}

BOOL matches(const char *text, const char *pattern)
{
    return match_here(text, pattern);
}

void check_result(int line, DWORD code, DWORD expected, BOOL banner, const char *pattern)
{
    const char *text = banner ? after_banner() : printed;

    ok(code == expected, "line %d: exit code %lu, expected %lu: %s", line, code, expected, command);
    if (!matches(text, pattern)) ok(FALSE, "line %d: %s\nprints:\n%s\nexpected:\n%s", line, command, text, pattern);
    else ok(TRUE, "matches");
}
