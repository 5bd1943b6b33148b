/*
 * Runs the tests of the conformance kit and writes one result file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: runner.exe KIT_DIRECTORY [--result FILE] [--limit SECONDS] [--time SECONDS] [TEST...]
 *
 * Runs KIT_DIRECTORY\ARCH\*.exe of its own architecture, or those named, one after the other, the questions first, and
 * appends what they found to the result file (default: result.txt in the kit's directory, or in %TEMP% where that
 * cannot be written). A test that is not done within the limit (default 900 s) is ended, and after so many seconds in
 * all (default: no limit) nothing more is run. Exit code: 0 when all that were started ran to their end, whatever they
 * found; 1 else; 2 wrong usage.
 */

#include "kit/kit.h"

#include <stdlib.h>
#include <string.h>

struct options
{
    const char *directory;
    const char *result;
    DWORD limit_ms;
    ULONGLONG time_ms; /* for all tests; 0: as long as it takes */
    ULONGLONG end;     /* GetTickCount64 when that is over */
    char **names;
    int name_count;
};

static BOOL parse(int argc, char **argv, struct options *options)
{
    int i;

    *options = (struct options){.limit_ms = 900000};
    for (i = 1; i < argc && (!options->directory || !strncmp(argv[i], "--", 2)); i++)
    {
        if (!strcmp(argv[i], "--result") && i + 1 < argc) options->result = argv[++i];
        else if (!strcmp(argv[i], "--limit") && i + 1 < argc && atoi(argv[i + 1]) > 0)
            options->limit_ms = 1000 * atoi(argv[++i]);
        else if (!strcmp(argv[i], "--time") && i + 1 < argc && atoi(argv[i + 1]) > 0)
            options->time_ms = 1000 * (ULONGLONG)atoi(argv[++i]);
        else if (!strncmp(argv[i], "--", 2)) return FALSE;
        else options->directory = argv[i];
    }
    options->names = argv + i;
    options->name_count = argc - i;
    return options->directory != NULL;
}

/* --- the head of the result file -------------------------------------------------------------------- */

static void write_system(FILE *out)
{
    const char *(CDECL * wine_version)(void);
    LONG(WINAPI * get_version)(OSVERSIONINFOW *);
    OSVERSIONINFOW version = {.dwOSVersionInfoSize = sizeof(version)};
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    DWORD revision = 0, size = sizeof(revision);

    get_version = (void *)GetProcAddress(ntdll, "RtlGetVersion");
    wine_version = (void *)GetProcAddress(ntdll, "wine_get_version");
    if (get_version) get_version(&version);
    RegGetValueA(HKEY_LOCAL_MACHINE, "Software\\Microsoft\\Windows NT\\CurrentVersion", "UBR", RRF_RT_REG_DWORD, NULL,
                 &revision, &size);
    fprintf(out, "# system: Windows %lu.%lu.%lu.%lu%s%s\n", version.dwMajorVersion, version.dwMinorVersion,
            version.dwBuildNumber, revision, wine_version ? ", that is Wine " : "", wine_version ? wine_version() : "");
}

/* The version of the service's DLL tells which BITS this is. */
static void write_service(FILE *out, const char *name)
{
    char path[MAX_PATH], *data = NULL;
    VS_FIXEDFILEINFO *info;
    DWORD size, unused;
    UINT length;

    GetWindowsDirectoryA(path, MAX_PATH - 40);
    strcat(path, "\\system32\\");
    strcat(path, name);
    if ((size = GetFileVersionInfoSizeA(path, &unused)) && (data = malloc(size)) &&
        GetFileVersionInfoA(path, 0, size, data) && VerQueryValueA(data, "\\", (void **)&info, &length))
        fprintf(out, "# %s: %u.%u.%u.%u\n", name, HIWORD(info->dwFileVersionMS), LOWORD(info->dwFileVersionMS),
                HIWORD(info->dwFileVersionLS), LOWORD(info->dwFileVersionLS));
    else fprintf(out, "# %s: none\n", name);
    free(data);
}

static void write_rights(FILE *out)
{
    TOKEN_ELEVATION elevation = {0};
    HANDLE token;
    DWORD size;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return;
    if (GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size))
        fprintf(out, "# administrator: %s\n", elevation.TokenIsElevated ? "yes" : "no");
    CloseHandle(token);
}

/* The kit's own id, which tells whether two results are of the same tests. */
static void write_kit(FILE *out, const char *directory)
{
    char path[MAX_PATH], id[128] = "unknown";
    FILE *file;

    snprintf(path, sizeof(path), "%s\\kit-id.txt", directory);
    if ((file = fopen(path, "r")))
    {
        if (fgets(id, sizeof(id), file)) id[strcspn(id, "\r\n")] = 0;
        fclose(file);
    }
    fprintf(out, "# kit: %s\n", id);
}

static FILE *open_result(const struct options *options, char *path)
{
    char temp[MAX_PATH];
    FILE *out;

    snprintf(path, MAX_PATH, options->result ? "%s" : "%s\\result.txt",
             options->result ? options->result : options->directory);
    out = fopen(path, "ab");
    if (!out && !options->result)
    {
        GetTempPathA(sizeof(temp), temp);
        snprintf(path, MAX_PATH, "%swine-bits-result.txt", temp);
        out = fopen(path, "ab");
    }
    if (!out) return NULL;
    fseek(out, 0, SEEK_END);
    if (!ftell(out))
    {
        fprintf(out, "# wine-bits conformance result 1\n");
        write_kit(out, options->directory);
        write_system(out);
        write_service(out, "qmgr.dll");
        write_service(out, "dosvc.dll");
        write_rights(out);
        fprintf(out, "# test, architecture, check, result, what was found; separated by tabs\n");
    }
    return out;
}

/* --- the directory that the tests work in ------------------------------------------------------------ */

static void remove_tree(const char *path)
{
    char name[MAX_PATH];
    WIN32_FIND_DATAA data;
    HANDLE find;

    snprintf(name, sizeof(name), "%s\\*", path);
    if ((find = FindFirstFileA(name, &data)) != INVALID_HANDLE_VALUE)
    {
        do {
            snprintf(name, sizeof(name), "%s\\%s", path, data.cFileName);
            if (!(data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))
            {
                SetFileAttributesA(name, FILE_ATTRIBUTE_NORMAL);
                DeleteFileA(name);
            }
            else if (strcmp(data.cFileName, ".") && strcmp(data.cFileName, "..")) { remove_tree(name); }
        } while (FindNextFileA(find, &data));
        FindClose(find);
    }
    RemoveDirectoryA(path);
}

/* Make our directory among the temporary files, with one for records and one that is %TEMP% for the tests. */
static BOOL make_directories(char *directory, char *records, char *temp)
{
    GetTempPathA(MAX_PATH - 60, temp);
    snprintf(directory, MAX_PATH, "%swine-bits-kit-%lu", temp, GetCurrentProcessId());
    snprintf(records, MAX_PATH, "%s\\records", directory);
    snprintf(temp, MAX_PATH, "%s\\temp", directory);
    return CreateDirectoryA(directory, NULL) && CreateDirectoryA(records, NULL) && CreateDirectoryA(temp, NULL) &&
           SetEnvironmentVariableA("WINETEST_RECORD", records);
}

/* --- one test ---------------------------------------------------------------------------------------- */

/* Start a program whose output nobody reads, as the first of a job object: its children end with it. */
static HANDLE start(const char *program, HANDLE job)
{
    SECURITY_ATTRIBUTES inherit = {sizeof(inherit), NULL, TRUE};
    STARTUPINFOA startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    char command[MAX_PATH + 2];
    HANDLE nothing;
    BOOL started;

    nothing = CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherit,
                          OPEN_EXISTING, 0, NULL);
    startup.hStdInput = startup.hStdOutput = startup.hStdError = nothing;
    snprintf(command, sizeof(command), "\"%s\"", program);
    started = CreateProcessA(NULL, command, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &startup, &process);
    CloseHandle(nothing);
    if (!started) return NULL;
    AssignProcessToJobObject(job, process.hProcess);
    ResumeThread(process.hThread);
    CloseHandle(process.hThread);
    return process.hProcess;
}

/* Run a program. Returns how it ended: "ended", "did not end", "did not start"; and its exit code. */
static const char *run(const char *program, DWORD limit_ms, DWORD *code)
{
    HANDLE job = CreateJobObjectA(NULL, NULL), process;
    const char *how = "ended";

    *code = 0;
    if (!(process = start(program, job)))
    {
        *code = GetLastError();
        how = "did not start";
    }
    else if (WaitForSingleObject(process, limit_ms))
    {
        how = "did not end";
        TerminateProcess(process, 1);
    }
    else { GetExitCodeProcess(process, code); }
    TerminateJobObject(job, 1);
    CloseHandle(job);
    if (process) CloseHandle(process);
    return how;
}

/* How long the next test may take: its limit, and no longer than there is time. */
static DWORD time_left(const struct options *options)
{
    ULONGLONG now = GetTickCount64();

    if (!options->time_ms) return options->limit_ms;
    if (now >= options->end) return 0;
    return options->end - now < options->limit_ms ? (DWORD)(options->end - now) : options->limit_ms;
}

/* A test's exit code is the number of its failures, up to 255; anything else is a crash. */
static BOOL run_test(const struct options *options, const char *name, const char *records, const char *temp, FILE *out)
{
    ULONGLONG start_ms = GetTickCount64();
    struct record_counts counts;
    unsigned int answers;
    char program[MAX_PATH], crash[32] = "";
    const char *how;
    BOOL complete;
    DWORD code;

    CreateDirectoryA(temp, NULL);
    printf("%-16s %-7s ", name, KIT_ARCH);
    fflush(stdout);
    snprintf(program, sizeof(program), "%s\\%s\\%s.exe", options->directory, KIT_ARCH, name);
    how = run(program, time_left(options), &code);
    record_write(records, name, out, &counts);
    answers = record_answers(records, out);
    if (code > 255) snprintf(crash, sizeof(crash), "%#lx", code);
    complete = !strcmp(how, "ended") && code <= 255 && counts.checks;
    fprintf(out, "%s\t%s\tend\t%s\t%s\n", name, KIT_ARCH, how, crash);
    printf("%5u checks %4u failed %3u skipped %4lu s%s%s %s\n", counts.checks, counts.failed, counts.skipped,
           (unsigned long)((GetTickCount64() - start_ms) / 1000), complete ? "" : "  ", complete ? "" : how, crash);
    if (answers) printf("  %u questions answered\n", answers);
    if ((code = jobs_cancel_left()))
    {
        printf("  %lu jobs were left behind and have been cancelled\n", code);
        fprintf(out, "# %s %s: %lu jobs left behind, cancelled\n", name, KIT_ARCH, code);
    }
    remove_tree(temp);
    fflush(out);
    fflush(stdout);
    return complete;
}

/* --- all of them ------------------------------------------------------------------------------------- */

static BOOL is_wanted(const struct options *options, const char *name)
{
    int i;

    for (i = 0; i < options->name_count; i++)
    {
        if (!_stricmp(options->names[i], name)) return TRUE;
    }
    return !options->name_count;
}

/* What only Windows knows is asked first. */
static int rank(const char *name)
{
    return !strcmp(name, "questions") ? 0 : !strcmp(name, "bitsadmin_corpus") ? 1 : 2;
}

static int compare_names(const void *a, const void *b)
{
    return rank(a) != rank(b) ? rank(a) - rank(b) : strcmp(a, b);
}

#define TESTS_MAX 200
#define NAME_SIZE 64

static unsigned int list_tests(const struct options *options, char (*names)[NAME_SIZE])
{
    char pattern[MAX_PATH], *dot;
    unsigned int count = 0;
    WIN32_FIND_DATAA data;
    HANDLE find;

    snprintf(pattern, sizeof(pattern), "%s\\%s\\*.exe", options->directory, KIT_ARCH);
    if ((find = FindFirstFileA(pattern, &data)) == INVALID_HANDLE_VALUE) return 0;
    do {
        if ((dot = strrchr(data.cFileName, '.'))) *dot = 0;
        if (strlen(data.cFileName) < NAME_SIZE && is_wanted(options, data.cFileName))
            strcpy(names[count++], data.cFileName);
    } while (count < TESTS_MAX && FindNextFileA(find, &data));
    FindClose(find);
    qsort(names, count, sizeof(*names), compare_names);
    return count;
}

int main(int argc, char **argv)
{
    static char names[TESTS_MAX][NAME_SIZE];
    char path[MAX_PATH] = "", directory[MAX_PATH], records[MAX_PATH], temp[MAX_PATH];
    struct options options;
    unsigned int count, i;
    BOOL complete = TRUE;
    FILE *out;

    if (!parse(argc, argv, &options))
    {
        fprintf(stderr,
                "usage: runner.exe KIT_DIRECTORY [--result FILE] [--limit SECONDS] [--time SECONDS] [TEST...]\n");
        return 2;
    }
    if (!make_directories(directory, records, temp) || !(out = open_result(&options, path)))
    {
        fprintf(stderr, "nothing can be written to %s\n", *path ? path : directory);
        remove_tree(directory);
        return 1;
    }
    /* A test that crashes must not ask what to do about it. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    SetEnvironmentVariableA("TEMP", temp);
    SetEnvironmentVariableA("TMP", temp);
    jobs_remember();
    count = list_tests(&options, names);
    options.end = GetTickCount64() + options.time_ms;
    for (i = 0; i < count && time_left(&options); i++)
        complete = run_test(&options, names[i], records, temp, out) && complete;
    if (i < count)
        fprintf(out, "# no time for %u of the %u tests of %s, from %s on\n", count - i, count, KIT_ARCH, names[i]);
    count = i;
    complete = !fclose(out) && complete;
    remove_tree(directory);
    printf("%u tests of %s; the result is in %s\n", count, KIT_ARCH, path);
    return !complete;
}
