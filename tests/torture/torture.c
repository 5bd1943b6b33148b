/*
 * The service is killed at any moment while clients work: what they were told stays true (B-750 to B-755).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WB_TORTURE_ROUNDS: how often the service is killed (default 5); WB_TORTURE_SEED: what chance starts from (default:
 * the time; it is printed); WB_HAMMER_SECONDS: length of the second part (default 10). The seed decides what the
 * clients do and when the service is killed, not how the machine shares its time.
 */

#include "torture/torture.h"
#include "wine/test.h"

#define PAUSE_MS 90000
#define KILL_WITHIN_MS 700 /* of the start of a round */
#define KILL_AGAIN_MS 250  /* after the service is there again */
#define WORK_ON_MS 300     /* after the last kill of a round */
#define RUNS_CODE 77       /* of "torture.exe runs" */

const struct torture_kind torture_kinds[TORTURE_KINDS] = {
    {"/empty", 0, 1},       {"/byte", 1, 2},        {"/small", 5000, 3},
    {"/middle", 200000, 4}, {"/large", 3000000, 5}, {"/slow", 60000, 6, 4000, 15},
};

/* --- processes -------------------------------------------------------------------------------- */

HANDLE torture_event(DWORD driver, const WCHAR *purpose, unsigned int client)
{
    WCHAR name[64];

    _snwprintf(name, ARRAYSIZE(name), L"wb-torture-%lu-%s-%u", driver, purpose, client);
    return CreateEventW(NULL, TRUE, FALSE, name);
}

/* Whether a program runs here.  GetBinaryTypeW knows 32-bit programs where none can run, and Wine may start one in
 * vain and give 0 for its exit code. */
static BOOL program_runs(const WCHAR *program)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION process;
    WCHAR command[MAX_PATH + 16];
    DWORD code = 0;

    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" runs", program);
    if (!client_file_exists(program) ||
        !CreateProcessW(program, command, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process))
        return FALSE;
    if (WaitForSingleObject(process.hProcess, PAUSE_MS) != WAIT_OBJECT_0) TerminateProcess(process.hProcess, 1);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    return code == RUNS_CODE;
}

/* The path of the same program of the other architecture; empty where that does not exist or run. */
static const WCHAR *other_program(const WCHAR *own)
{
    static const WCHAR names[2][20] = {L"\\x86_64-windows\\", L"\\i386-windows\\"};
    static WCHAR path[MAX_PATH];
    static BOOL known;
    const WCHAR *found;
    unsigned int i;

    for (i = 0; !known && i < 2; i++)
    {
        if (!(found = wcsstr(own, names[i]))) continue;
        _snwprintf(path, MAX_PATH, L"%.*s%s%s", (int)(found - own), own, names[!i], found + lstrlenW(names[i]));
        if (!program_runs(path)) path[0] = 0;
        break;
    }
    if (!known) trace("clients of the other architecture: %s", path[0] ? "yes" : "no, they do not run");
    known = TRUE;
    return path;
}

static void choose_program(WCHAR *path, BOOL other)
{
    const WCHAR *found;

    GetModuleFileNameW(NULL, path, MAX_PATH);
    if (other && (found = other_program(path))[0]) lstrcpyW(path, found);
}

HANDLE torture_spawn(const char *part, unsigned int number, uint32_t seed, const struct server *server)
{
    WCHAR program[MAX_PATH], command[3 * MAX_PATH];
    STARTUPINFOW startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;

    choose_program(program, number & 1);
    _snwprintf(command, ARRAYSIZE(command), L"\"%s\" %hs %lu %u %u %u \"%s\\\"", program, part, GetCurrentProcessId(),
               number, seed, server_port(server), client_directory());
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    fflush(stdout);
    if (!ok(CreateProcessW(program, command, NULL, NULL, TRUE, 0, NULL, NULL, &startup, &process), "%s: error %lu",
            wine_dbgstr_w(command), GetLastError()))
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

void torture_get_arguments(struct torture_arguments *arguments)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    memset(arguments, 0, sizeof(*arguments));
    if (!ok(argc == 7, "%d arguments", argc)) return;
    arguments->driver = strtoul(argv[2], NULL, 10);
    arguments->number = strtoul(argv[3], NULL, 10);
    arguments->seed = strtoul(argv[4], NULL, 10);
    arguments->port = strtoul(argv[5], NULL, 10);
    MultiByteToWideChar(CP_ACP, 0, argv[6], -1, arguments->directory, ARRAYSIZE(arguments->directory));
}

DWORD torture_service(void)
{
    DWORD process, size = sizeof(process);

    if (!RegGetValueW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits\\Running\\BITS", L"ProcessId",
                      RRF_RT_REG_DWORD | RRF_SUBKEY_WOW6464KEY, NULL, &process, &size))
        return process;
    return client_service_process(L"BITS");
}

/* --- killing ------------------------------------------------------------------------------------- */

/* TRUE when it ran and was killed. */
static BOOL kill_service(DWORD id)
{
    HANDLE process = id ? OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, id) : NULL;
    BOOL killed;

    if (!process) return FALSE;
    killed = TerminateProcess(process, 9);
    ok(!killed || !WaitForSingleObject(process, SOON_MS), "the service does not end");
    CloseHandle(process);
    return killed;
}

/* Wait until another process is the service. */
static DWORD wait_service(DWORD previous)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    DWORD id;

    while (((id = client_service_process(L"BITS")) == previous || !id) && GetTickCount64() < deadline) Sleep(5);
    return id;
}

/* One service, or sometimes its successor as well, while that starts. */
static unsigned int kill_some(uint32_t *state)
{
    unsigned int killed;
    DWORD id;

    Sleep(torture_random(state, KILL_WITHIN_MS));
    killed = kill_service(id = torture_service());
    if (killed && !torture_random(state, 3))
    {
        id = wait_service(id);
        Sleep(torture_random(state, KILL_AGAIN_MS));
        killed += kill_service(id);
    }
    Sleep(torture_random(state, WORK_ON_MS));
    return killed;
}

/* --- the rounds ------------------------------------------------------------------------------------- */

struct server *torture_server(void)
{
    struct server *server = server_create();
    unsigned int i;

    for (i = 0; server && i < TORTURE_KINDS; i++)
    {
        struct route route = {0};

        route.size = torture_kinds[i].size;
        route.seed = torture_kinds[i].seed;
        route.drip_bytes = torture_kinds[i].drip_bytes;
        route.drip_ms = torture_kinds[i].drip_ms;
        server_route(server, torture_kinds[i].path, &route);
    }
    return server;
}

static unsigned int setting(const char *name, unsigned int normal)
{
    const char *value = getenv(name);

    return value && *value ? strtoul(value, NULL, 10) : normal;
}

static uint32_t choose_seed(void)
{
    static uint32_t seed;

    if (seed) return seed;
    seed = setting("WB_TORTURE_SEED", GetTickCount() ^ GetCurrentProcessId() << 16);
    if (!seed) seed = 1;
    trace("WB_TORTURE_SEED=%u", seed);
    return seed;
}

static BOOL wait_paused(HANDLE *paused)
{
    return ok(WaitForMultipleObjects(TORTURE_CLIENTS, paused, TRUE, PAUSE_MS) != WAIT_TIMEOUT,
              "a client does not come back from its call");
}

static void run_rounds(struct model *model, HANDLE go, HANDLE *paused, uint32_t *state)
{
    unsigned int rounds = setting("WB_TORTURE_ROUNDS", 5), round, kills = 0, i, acknowledged, lost, jobs;
    LONG failures = winetest.failures;

    for (round = 0; round < rounds && wait_paused(paused); round++)
    {
        winetest_push_context("round %u", round);
        for (i = 0; i < TORTURE_CLIENTS; i++) ResetEvent(paused[i]);
        SetEvent(go);
        kills += kill_some(state);
        ResetEvent(go);
        if (wait_paused(paused))
        {
            model_read(model);
            model_verify(model);
        }
        winetest_pop_context();
        if (winetest.failures != failures)
        {
            trace("stopped at the first round that went wrong");
            break;
        }
    }
    model_count(model, &acknowledged, &lost, &jobs);
    trace("%u rounds, %u kills, %u jobs, %u acknowledged calls, %u lost in a kill", round, kills, jobs, acknowledged,
          lost);
    ok(kills >= round / 2, "only %u kills in %u rounds", kills, round);
}

static void kills(void)
{
    HANDLE go = torture_event(GetCurrentProcessId(), L"go", 0), stop = torture_event(GetCurrentProcessId(), L"stop", 0);
    HANDLE paused[TORTURE_CLIENTS], clients[TORTURE_CLIENTS];
    struct model *model = model_create(TORTURE_CLIENTS);
    struct server *server = torture_server();
    uint32_t seed = choose_seed(), state = torture_seed(seed, TORTURE_CLIENTS);
    WCHAR directory[MAX_PATH];
    unsigned int i;

    if (!model || !server || !client_start(COINIT_MULTITHREADED)) return;
    for (i = 0; i < TORTURE_CLIENTS; i++)
    {
        _snwprintf(directory, ARRAYSIZE(directory), L"%sc%u", client_directory(), i);
        ok(CreateDirectoryW(directory, NULL), "%s: error %lu", wine_dbgstr_w(directory), GetLastError());
        paused[i] = torture_event(GetCurrentProcessId(), L"paused", i);
        clients[i] = torture_spawn("client", i, seed, server);
    }
    run_rounds(model, go, paused, &state);
    SetEvent(stop);
    for (i = 0; i < TORTURE_CLIENTS; i++)
    {
        winetest_wait_child(clients[i], PAUSE_MS);
        CloseHandle(paused[i]);
    }
    model_read(model);
    model_finish(model);
    model_destroy(model);
    server_destroy(server);
    client_remove_directory();
    client_stop();
    CloseHandle(go);
    CloseHandle(stop);
}

START_TEST(torture)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (argc == 2 && !strcmp(argv[1], "runs")) ExitProcess(RUNS_CODE);
    if (argc > 2 && !strcmp(argv[1], "client")) torture_client();
    else if (argc > 2 && !strcmp(argv[1], "hammer_client")) hammer_client();
    else
    {
        winetest_run(kills);
        winetest_run(hammer);
    }
}
