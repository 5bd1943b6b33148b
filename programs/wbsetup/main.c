/*
 * wbsetup.exe: registers wine-bits in a Wine prefix, for tools/wine-bits-setup.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first line it prints names it: Wine without 32-bit support ends a 32-bit program silently with exit
 * code 0, and only this line tells the two apart.
 */

#include <fcntl.h>
#include <io.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <shlobj.h>

#include "base/scm.h"
#include "registration.h"
#include "wbsetup.h"

#ifdef _WIN64
#define ARCHITECTURE L"x86_64"
#else
#define ARCHITECTURE L"i386"
#endif

static void write_utf8(FILE *file, const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *utf8;

    if (size <= 0 || !(utf8 = malloc(size))) return;
    WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, size, NULL, NULL);
    fputs(utf8, file);
    fflush(file);
    free(utf8);
}

static void format_text(WCHAR *text, size_t size, const WCHAR *format, va_list args)
{
    _vsnwprintf(text, size, format, args);
    text[size - 1] = 0;
}

void print(const WCHAR *format, ...)
{
    WCHAR text[1024];
    va_list args;

    va_start(args, format);
    format_text(text, ARRAYSIZE(text), format, args);
    va_end(args);
    write_utf8(stdout, text);
}

void say(const WCHAR *format, ...)
{
    WCHAR text[1024];
    va_list args;

    va_start(args, format);
    format_text(text, ARRAYSIZE(text), format, args);
    va_end(args);
    write_utf8(stderr, text);
}

DWORD complain(DWORD error, const WCHAR *format, ...)
{
    WCHAR text[1024], reason[256];
    va_list args;
    DWORD length;

    va_start(args, format);
    format_text(text, ARRAYSIZE(text), format, args);
    va_end(args);
    length = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, reason,
                            ARRAYSIZE(reason), NULL);
    while (length && (reason[length - 1] <= ' ' || reason[length - 1] == '.')) length--;
    reason[length] = 0;
    say(L"%ls: %ls%lserror %lu\n", text, reason, length ? L", " : L"", error);
    return error;
}

BOOL has_two_views(void)
{
    SYSTEM_INFO info;

    GetNativeSystemInfo(&info);
    return info.wProcessorArchitecture != PROCESSOR_ARCHITECTURE_INTEL;
}

WCHAR *unix_path(const WCHAR *path)
{
    char *(CDECL * get_unix_name)(const WCHAR *);
    char *name = NULL;
    WCHAR *wide;
    int size;

    get_unix_name = (void *)GetProcAddress(GetModuleHandleW(L"kernel32.dll"), "wine_get_unix_file_name");
    if (get_unix_name) name = get_unix_name(path);
    if (!name) return _wcsdup(path);
    size = MultiByteToWideChar(CP_UTF8, 0, name, -1, NULL, 0);
    if ((wide = malloc(size * sizeof(*wide)))) MultiByteToWideChar(CP_UTF8, 0, name, -1, wide, size);
    HeapFree(GetProcessHeap(), 0, name);
    return wide;
}

DWORD program_data(WCHAR path[MAX_PATH])
{
    HRESULT hr = SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, path);

    if (SUCCEEDED(hr)) return 0;
    return complain(hr, L"cannot find the ProgramData directory");
}

static enum result install(void)
{
    DWORD error;

    if ((error = services_stop())) return RESULT_PROBLEM;
    if ((error = settings_install()) || (error = registry_install()) || (error = services_install()))
        return RESULT_PROBLEM;
    /* A client may have activated one between the first stop and the new overrides. */
    if (services_stop()) return RESULT_PROBLEM;
    /* What is started next finds COM ready, even in a prefix that is a moment old. */
    scm_wait_for_rpcss();
    return RESULT_OK;
}

static enum result uninstall(void)
{
    BOOL ran = services_ran();
    enum result result = RESULT_OK;

    /* Whatever fails, the rest is taken back. */
    if (services_stop()) result = RESULT_PROBLEM;
    if (services_uninstall()) result = RESULT_PROBLEM;
    if (registry_uninstall()) result = RESULT_PROBLEM;
    if (settings_uninstall()) result = RESULT_PROBLEM;
    if (restore_wine_files()) result = RESULT_PROBLEM;
    if (ran && services_forget()) result = RESULT_PROBLEM;
    return result;
}

/* Is what was registered still there, and of this version? */
static enum result check_installation(void)
{
    unsigned int problems = 0;
    WCHAR version[64];

    settings_version(version, ARRAYSIZE(version));
    if (!version[0])
    {
        print(L"wine-bits:     not installed (this is %hs)\n", WINE_BITS_VERSION);
        return RESULT_NOT_INSTALLED;
    }
    print(L"wine-bits:     %ls installed, this is %hs\n", version, WINE_BITS_VERSION);
    if (wcscmp(version, L"" WINE_BITS_VERSION)) problems++;
    problems += registry_check();
    problems += services_check();
    return problems ? RESULT_PROBLEM : RESULT_OK;
}

static enum result status(void)
{
    enum result installation, use;

    installation = check_installation();
    services_print();
    log_print();
    use = ask_services();
    if (installation == RESULT_OK && use != RESULT_OK) return RESULT_PROBLEM;
    return installation;
}

/* Directories with user data, one per line, as Unix paths. */
static enum result print_data_directories(void)
{
    WCHAR data[MAX_PATH], path[2 * MAX_PATH], *name;
    size_t i;

    if (program_data(data)) return RESULT_PROBLEM;
    for (i = 0; i < data_directory_count; i++)
    {
        swprintf(path, ARRAYSIZE(path), L"%ls\\%ls", data, data_directories[i]);
        if (GetFileAttributesW(path) == INVALID_FILE_ATTRIBUTES) continue;
        if (!(name = unix_path(path))) return RESULT_PROBLEM;
        print(L"%ls\n", name);
        free(name);
    }
    return RESULT_OK;
}

static enum result list(void)
{
    registry_list();
    return RESULT_OK;
}

/* The settings that a log command needs are missing, or something else failed. */
static enum result log_result(DWORD error)
{
    if (!error) return RESULT_OK;
    return error == ERROR_FILE_NOT_FOUND ? RESULT_NOT_INSTALLED : RESULT_PROBLEM;
}

static enum result switch_log_on(void)
{
    return log_result(log_on(FALSE));
}

static enum result switch_log_verbose(void)
{
    return log_result(log_on(TRUE));
}

static enum result switch_log_off(void)
{
    return log_result(log_off());
}

static enum result print_log_path(void)
{
    return log_result(log_path());
}

static const char *argument; /* of the command, NULL: none */

static enum result wait_until_done(void)
{
    return wait_for_jobs(argument);
}

static const struct
{
    const char *name;
    enum result (*run)(void);
    BOOL services; /* uses them */
    const char *help;
} commands[] = {
    {"install", install, TRUE, "register classes, proxies and services"},
    {"uninstall", uninstall, TRUE, "take that back, and have Wine install its own DLLs again"},
    {"status", status, TRUE, "check what is registered, and ask the services which DLLs they run"},
    {"proxies", ask_proxies, FALSE, "tell which qmgrprxy.dll programs of this bitness use"},
    {"data", print_data_directories, FALSE, "print the directories that hold jobs and logs"},
    {"list", list, FALSE, "print every registry value that install writes"},
    {"log-on", switch_log_on, FALSE, "write events and warnings to the log file"},
    {"log-verbose", switch_log_verbose, FALSE, "write traces as well"},
    {"log-off", switch_log_off, FALSE, "stop writing it"},
    {"log-path", print_log_path, FALSE, "print where it is"},
    {"wait", wait_until_done, TRUE, "wait until no job goes on by itself; with a number: that many seconds at most"},
};

static enum result usage(void)
{
    size_t i;

    fputs("Usage: wbsetup.exe COMMAND    (normally run by wine-bits-setup)\n", stderr);
    for (i = 0; i < ARRAYSIZE(commands); i++) fprintf(stderr, "  %-12s %s\n", commands[i].name, commands[i].help);
    return RESULT_USAGE;
}

int main(int argc, char **argv)
{
    enum result result = RESULT_USAGE;
    size_t i;

    /* Read by a Unix script. */
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    print(L"wbsetup %hs %ls\n", WINE_BITS_VERSION, ARCHITECTURE);

    for (i = 0; i < ARRAYSIZE(commands); i++)
        if (argc >= 2 && !strcmp(argv[1], commands[i].name)) break;
    if (i == ARRAYSIZE(commands) || argc > (commands[i].run == wait_until_done ? 3 : 2)) return usage();
    argument = argv[2]; /* NULL behind the last one */

    if (FAILED(CoInitializeEx(NULL, COINIT_MULTITHREADED))) return RESULT_PROBLEM;
    result = commands[i].services ? services_check_session() : RESULT_OK;
    if (!result) result = commands[i].run();
    CoUninitialize();
    return result;
}
