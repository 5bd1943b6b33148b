/*
 * The command line that a job runs when it is TRANSFERRED or in ERROR.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is run is this program itself: "cmdline.exe ran FILE CODE ..." adds its own command line, directory
 * and environment to FILE and ends with CODE. Rules: docs/rules.
 */

#include "notify/fixture.h"

#define RETRY_DELAY 5 /* seconds: the least there is (B-155) */

/* --- the program that is run --------------------------------------------------------------------- */

/* One line for each run: command line, directory, user profile. */
static BOOL ran_child(int argc, char **argv)
{
    WCHAR directory[MAX_PATH], profile[MAX_PATH], line[6000];
    HANDLE file;
    DWORD size;

    if (argc < 4 || strcmp(argv[1], "ran")) return FALSE;
    GetCurrentDirectoryW(ARRAYSIZE(directory), directory);
    if (!GetEnvironmentVariableW(L"USERPROFILE", profile, ARRAYSIZE(profile))) *profile = 0;
    _snwprintf(line, ARRAYSIZE(line), L"%s\t%s\t%s\n", GetCommandLineW(), directory, profile);
    file = CreateFileA(argv[2], FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    WriteFile(file, line, wcslen(line) * sizeof(WCHAR), &size, NULL);
    CloseHandle(file);
    ExitProcess(atoi(argv[3]));
}

/* A copy of this program that has no arguments, "something-bare.exe": its command line, in another file. */
static BOOL bare_child(void)
{
    WCHAR program[MAX_PATH + 8], line[2 * MAX_PATH];
    HANDLE file;
    DWORD size;

    GetModuleFileNameW(NULL, program, MAX_PATH);
    if (wcslen(program) < 9 || wcscmp(program + wcslen(program) - 9, L"-bare.exe")) return FALSE;
    wcscat(program, L".ran");
    file = CreateFileW(program, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_ALWAYS, 0, NULL);
    _snwprintf(line, ARRAYSIZE(line), L"%s\n", GetCommandLineW());
    WriteFile(file, line, wcslen(line) * sizeof(WCHAR), &size, NULL);
    CloseHandle(file);
    ExitProcess(0);
}

/* "cmdline.exe complete ID": what bitsadmin /COMPLETE does. */
static BOOL complete_child(int argc, char **argv)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job = NULL;
    HRESULT hr = E_FAIL;
    GUID id;

    if (argc < 3 || strcmp(argv[1], "complete")) return FALSE;
    if (client_start(COINIT_MULTITHREADED) && guid_from_text(argv[2], &id) &&
        (manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        hr = IBackgroundCopyManager_GetJob(manager, &id, &job);
        if (SUCCEEDED(hr)) hr = IBackgroundCopyJob_Complete(job);
    }
    ExitProcess(hr == S_OK ? 0 : 1);
}

/* --- what was run -------------------------------------------------------------------------------- */

static void get_program(WCHAR *program)
{
    GetModuleFileNameW(NULL, program, MAX_PATH);
}

/* The runs that a file tells of; text: of all of them, for free(), or NULL. */
static unsigned int count_runs(const WCHAR *path, WCHAR **text)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    unsigned int i, runs = 0;
    WCHAR *data;
    DWORD size = 0;

    if (text) *text = NULL;
    if (file == INVALID_HANDLE_VALUE) return 0;
    data = calloc(65536, sizeof(WCHAR));
    ReadFile(file, data, 65535 * sizeof(WCHAR), &size, NULL);
    CloseHandle(file);
    for (i = 0; i < size / sizeof(WCHAR); i++) runs += data[i] == '\n';
    if (text) *text = data;
    else free(data);
    return runs;
}

/* There is no event for what another program does, so this looks again and again. */
static BOOL wait_runs(const WCHAR *path, unsigned int count, DWORD ms)
{
    ULONGLONG deadline = GetTickCount64() + ms;

    while (count_runs(path, NULL) < count)
    {
        if (GetTickCount64() >= deadline) return FALSE;
        client_pause(50);
    }
    return TRUE;
}

/* Have a run of this program noted in a new file. */
static BOOL set_command(struct client_job *job, WCHAR *file, int code)
{
    WCHAR program[MAX_PATH], parameters[3 * MAX_PATH];
    IBackgroundCopyJob2 *job2 = NULL;
    HRESULT hr;

    get_program(program);
    client_path(file);
    _snwprintf(parameters, ARRAYSIZE(parameters), L"\"%s\" ran \"%s\" %d  two  blanks \"and quotes\" %%TEMP%% ;&|",
               program, file, code);
    hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2);
    if (!ok_hr(hr, S_OK)) return FALSE;
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters);
    IBackgroundCopyJob2_Release(job2);
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job->job, RETRY_DELAY), S_OK);
    return ok_hr(hr, S_OK);
}

static void set_program(struct client_job *job, const WCHAR *program, const WCHAR *parameters)
{
    IBackgroundCopyJob2 *job2 = NULL;
    HRESULT hr = IBackgroundCopyJob_QueryInterface(job->job, &IID_IBackgroundCopyJob2, (void **)&job2);

    if (!ok_hr(hr, S_OK)) return;
    hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters);
    ok_hr(hr, S_OK);
    IBackgroundCopyJob2_Release(job2);
}

/* --- checks: when it runs ------------------------------------------------------------------------ */

/* B-650, B-651, B-681: after both ends; exactly what was given; in the user's directory and environment. */
static void check_ends(struct fixture *fixture)
{
    WCHAR file[MAX_PATH], expected[3 * MAX_PATH], program[MAX_PATH], profile[MAX_PATH], *text, *tab;
    struct client_job job;
    unsigned int i;

    get_program(program);
    GetEnvironmentVariableW(L"USERPROFILE", profile, ARRAYSIZE(profile));
    for (i = 0; i < 2; i++)
    {
        winetest_push_context(i ? "ERROR" : "TRANSFERRED");
        if (job_begin(&job, fixture, i ? L"/none" : L"/good", 0, NOTIFY_DEFAULT) && set_command(&job, file, 0))
        {
            job_resume(&job);
            if (ok(wait_runs(file, 1, SOON_MS), "the command line was not run; the job is %s",
                   client_state_name(client_state(job.job))))
            {
                count_runs(file, &text);
                _snwprintf(expected, ARRAYSIZE(expected),
                           L"\"%s\" ran \"%s\" 0  two  blanks \"and quotes\" %%TEMP%% ;&|", program, file);
                tab = wcschr(text, '\t');
                *tab++ = 0;
                ok_str(text, expected);
                ok(!_wcsnicmp(tab, profile, wcslen(profile)), "it ran in %s", wine_dbgstr_w(tab));
                tab = wcschr(tab, '\t');
                *wcschr(tab, '\n') = 0;
                ok(!_wcsicmp(tab + 1, profile), "its profile is %s", wine_dbgstr_w(tab + 1));
                free(text);
            }
            client_pause((RETRY_DELAY + 1) * 1000);
            ok_int(count_runs(file, NULL), 1); /* B-684 */
            ok_int(client_state(job.job), i ? BG_JOB_STATE_ERROR : BG_JOB_STATE_TRANSFERRED);
        }
        job_end(&job);
        winetest_pop_context();
    }
}

/* B-680, B-655: only what the flags ask for. */
static void check_flags(struct fixture *fixture)
{
    static const struct
    {
        ULONG flags;
        const WCHAR *path;
        unsigned int runs;
    } tests[] = {
        {BG_NOTIFY_JOB_ERROR, L"/good", 0},
        {BG_NOTIFY_JOB_TRANSFERRED, L"/none", 0},
        {BG_NOTIFY_DISABLE | NOTIFY_DEFAULT, L"/good", 0},
        {BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED, L"/good", 0},
        {BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_MODIFICATION | BG_NOTIFY_FILE_TRANSFERRED, L"/good", 1},
        {BG_NOTIFY_JOB_ERROR, L"/none", 1},
    };
    struct client_job jobs[ARRAYSIZE(tests)];
    WCHAR files[ARRAYSIZE(tests)][MAX_PATH];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        if (!job_begin(&jobs[i], fixture, tests[i].path, 0, tests[i].flags) || !set_command(&jobs[i], files[i], 0))
            return;
        job_resume(&jobs[i]);
    }
    for (i = 0; i < ARRAYSIZE(tests); i++) ok(wait_runs(files[i], tests[i].runs, SOON_MS), "test %u: not run", i);
    client_pause(500);
    for (i = 0; i < ARRAYSIZE(tests); i++)
    {
        ok(count_runs(files[i], NULL) == tests[i].runs, "test %u: run %u times", i, count_runs(files[i], NULL));
        job_end(&jobs[i]);
    }
}

/* B-661: set when the job has ended already. */
static void check_late(struct fixture *fixture)
{
    struct client_job job;
    WCHAR file[MAX_PATH];

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        job_resume(&job);
        client_wait_state(job.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
        client_pause(200);
        set_command(&job, file, 0);
        ok(wait_runs(file, 1, SOON_MS), "the command line was not run");
    }
    job_end(&job);
}

/* B-681: no parameters, and nothing added, neither the job nor its state; the program's name says what it is
 * to do. */
static void check_no_parameters(struct fixture *fixture)
{
    WCHAR program[MAX_PATH], copy[MAX_PATH], note[MAX_PATH + 8], *text = NULL;
    struct client_job job;

    get_program(program);
    client_path(copy);
    wcscat(copy, L"-bare.exe");
    _snwprintf(note, ARRAYSIZE(note), L"%s.ran", copy);
    ok(CopyFileW(program, copy, FALSE), "the program cannot be copied: error %lu", GetLastError());
    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT))
    {
        set_program(&job, copy, NULL);
        job_resume(&job);
        ok(wait_runs(note, 1, SOON_MS), "the program was not run");
        count_runs(note, &text);
        ok(text && !wcschr(text, '{') &&
               (!wcsstr(text, L".exe") || wcslen(wcsstr(text, L".exe")) <= wcslen(L".exe\" \n")),
           "the command line is %s", wine_dbgstr_w(text));
        free(text);
    }
    job_end(&job);
}

/* --- checks: object and command line ------------------------------------------------------------- */

/* B-682, B-683: the object goes first; refused there, the command line is run and the object left alone. */
static void check_object(struct fixture *fixture)
{
    struct client_job job;
    WCHAR file[MAX_PATH];
    unsigned int i;

    for (i = 0; i < 4; i++)
    {
        winetest_push_context("%s, %s", i & 1 ? "refused" : "accepted", i & 2 ? "ERROR" : "TRANSFERRED");
        if (job_begin(&job, fixture, i & 2 ? L"/none" : L"/good", 1, NOTIFY_DEFAULT) && set_command(&job, file, 0))
        {
            job.refuse = i & 1 ? 100 : 0;
            job.callback->hook[CALLBACK_TRANSFERRED] = job.callback->hook[CALLBACK_ERROR] = refuse_some;
            job_resume(&job);
            if (i & 2) wait_error(&job);
            else wait_transferred(&job);
            if (i & 1) ok(wait_runs(file, 1, SOON_MS), "the command line was not run");
            client_pause(2500);
            ok_int(count_runs(file, NULL), i & 1);
            ok_int(job.calls, 1);
        }
        job_end(&job);
        winetest_pop_context();
    }
}

/* B-670, B-674, B-682: object, class, command line; here the first two are not there. */
static void check_no_class(struct fixture *fixture)
{
    static const CLSID nobody_serves = {0x5d3c1c1e, 0x6a0f, 0x4f43, {0x9a, 0x5e, 0x0d, 0x7e, 0x21, 0x44, 0x8b, 0x33}};
    BITS_JOB_PROPERTY_VALUE value = {.ClsID = nobody_serves};
    IBackgroundCopyJob5 *job5;
    struct client_job job;
    WCHAR file[MAX_PATH];
    unsigned int i;

    for (i = 0; i < 2; i++)
    {
        if (job_begin(&job, fixture, i ? L"/none" : L"/good", 0, NOTIFY_DEFAULT) && set_command(&job, file, 0))
        {
            ok_hr(IBackgroundCopyJob_QueryInterface(job.job, &IID_IBackgroundCopyJob5, (void **)&job5), S_OK);
            ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_NOTIFICATION_CLSID, value), S_OK);
            IBackgroundCopyJob5_Release(job5);
            job_resume(&job);
            ok(wait_runs(file, 1, 2 * SOON_MS), "the command line was not run");
        }
        job_end(&job);
    }
}

/* "cmdline.exe register ID EVENT": register with a job and wait to be killed. */
static BOOL register_child(int argc, char **argv)
{
    IBackgroundCopyManager *manager;
    struct callback *callback;
    IBackgroundCopyJob *job = NULL;
    GUID id;

    if (argc < 4 || strcmp(argv[1], "register")) return FALSE;
    if (client_start(COINIT_MULTITHREADED) && guid_from_text(argv[2], &id) && (callback = callback_create(1)) &&
        (manager = client_manager(&CLSID_BackgroundCopyManager)) &&
        IBackgroundCopyManager_GetJob(manager, &id, &job) == S_OK)
        ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(callback)), S_OK);
    SetEvent(CreateEventA(NULL, TRUE, FALSE, argv[3]));
    Sleep(INFINITE);
    return TRUE;
}

/* B-670, B-682: the program that had registered is dead. */
static void check_dead_object(struct fixture *fixture)
{
    struct client_job job;
    HANDLE child, ready;
    char name[64], id[40];
    WCHAR file[MAX_PATH];

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT) && set_command(&job, file, 0))
    {
        ready = shared_event(name);
        child = winetest_spawn("register %s %s", guid_text(&job.id, id), name);
        ok(client_wait(ready, SOON_MS), "the other process has not registered");
        TerminateProcess(child, 0);
        winetest_wait_child(child, SOON_MS);
        CloseHandle(ready);
        job_resume(&job);
        ok(wait_runs(file, 1, SOON_MS), "the command line was not run");
    }
    job_end(&job);
}

/* --- checks: repetition -------------------------------------------------------------------------- */

/* B-684: a program that ends with an error is run again after MinimumRetryDelay, as long as the job waits. */
static void check_exit_code(struct fixture *fixture)
{
    struct client_job job;
    ULONGLONG first;
    WCHAR file[MAX_PATH];
    unsigned int runs;

    if (job_begin(&job, fixture, L"/good", 0, NOTIFY_DEFAULT) && set_command(&job, file, 3))
    {
        job_resume(&job);
        ok(wait_runs(file, 1, SOON_MS), "the command line was not run");
        first = GetTickCount64();
        ok(wait_runs(file, 2, SOON_MS), "the command line was not run again");
        ok(GetTickCount64() - first > RETRY_DELAY * 1000 - 700, "run again after %u ms",
           (unsigned int)(GetTickCount64() - first));
        ok_hr(IBackgroundCopyJob_Cancel(job.job), S_OK);
        runs = count_runs(file, NULL);
        client_pause((RETRY_DELAY + 1) * 1000);
        ok_int(count_runs(file, NULL), runs);
    }
    job_end(&job);
}

/* B-685: where the program cannot be started, everything begins anew after MinimumRetryDelay. */
static void check_cannot_start(struct fixture *fixture)
{
    struct client_job job;

    if (job_begin(&job, fixture, L"/good", 1, NOTIFY_DEFAULT))
    {
        job.refuse = 1;
        job.callback->hook[CALLBACK_TRANSFERRED] = refuse_some;
        set_program(&job, L"C:\\no such\\program.exe", L"program");
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job.job, RETRY_DELAY), S_OK);
        job_resume(&job);
        wait_calls(&job, CALLBACK_TRANSFERRED, 2);
        ok(job.times[1] - job.times[0] > RETRY_DELAY * 1000 - 300, "called again after %u ms",
           (unsigned int)(job.times[1] - job.times[0]));
        ok_int(client_state(job.job), BG_JOB_STATE_TRANSFERRED); /* B-669 */
    }
    job_end(&job);
}

/* --- checks: the creator is gone ----------------------------------------------------------------- */

/* "cmdline.exe create URL FILE": make a job that completes itself by its command line, and end. */
static BOOL create_child(int argc, char **argv)
{
    WCHAR program[MAX_PATH], parameters[4 * MAX_PATH], local[MAX_PATH], url[256], interpreter[MAX_PATH], id_text[40];
    struct client_job job = {0};
    IBackgroundCopyManager *manager;
    HRESULT hr;

    if (argc < 5 || strcmp(argv[1], "create")) return FALSE;
    if (!client_start(COINIT_MULTITHREADED) || !(manager = client_manager(&CLSID_BackgroundCopyManager)) ||
        !(job.job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
        return TRUE;
    MultiByteToWideChar(CP_ACP, 0, argv[2], -1, url, ARRAYSIZE(url));
    MultiByteToWideChar(CP_ACP, 0, argv[4], -1, local, ARRAYSIZE(local));
    hr = IBackgroundCopyJob_AddFile(job.job, url, local);
    ok_hr(hr, S_OK);
    IBackgroundCopyJob_SetPriority(job.job, BG_JOB_PRIORITY_FOREGROUND);
    IBackgroundCopyJob_GetId(job.job, &job.id);
    StringFromGUID2(&job.id, id_text, ARRAYSIZE(id_text));
    get_program(program);
    GetEnvironmentVariableW(L"ComSpec", interpreter, ARRAYSIZE(interpreter));
    _snwprintf(parameters, ARRAYSIZE(parameters), L"\"cmd\" /D /C \"\"%s\" complete %s && \"%s\" ran %S 0\"", program,
               id_text, program, argv[3]);
    set_program(&job, interpreter, parameters);
    ok_hr(IBackgroundCopyJob_Resume(job.job), S_OK);
    IBackgroundCopyJob_Release(job.job);
    IBackgroundCopyManager_Release(manager);
    return TRUE;
}

/* C14: cmd /C completes the job and goes on, long after the job's maker has ended. */
static void check_creator_gone(struct fixture *fixture)
{
    WCHAR file[MAX_PATH], local[MAX_PATH], url[256];
    char narrow[3][MAX_PATH];

    client_path(file);
    client_path(local);
    server_route(fixture->server, "/held", &(struct route){.size = FILE_SIZE, .seed = 3, .flags = ROUTE_STALL_HEAD});
    server_url(fixture->server, L"/held", url, ARRAYSIZE(url));
    WideCharToMultiByte(CP_ACP, 0, url, -1, narrow[0], MAX_PATH, NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, file, -1, narrow[1], MAX_PATH, NULL, NULL);
    WideCharToMultiByte(CP_ACP, 0, local, -1, narrow[2], MAX_PATH, NULL, NULL);
    winetest_wait_child(winetest_spawn("create %s \"%s\" \"%s\"", narrow[0], narrow[1], narrow[2]), SOON_MS);
    ok(server_wait_stalled(fixture->server, "/held", 1, SOON_MS), "nothing is transferred");
    server_release(fixture->server, "/held");
    ok(wait_runs(file, 1, SOON_MS), "the command line was not run");
    ok(pattern_check_file(local, FILE_SIZE, 3), "the file is damaged");
}

/* B-687: a new service goes on where the old one ended, and does not run again what has succeeded. */
static void check_restart(struct fixture *fixture)
{
    struct client_job failed, succeeded;
    WCHAR files[2][MAX_PATH];
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    unsigned int runs;

    if (!may_stop_service(L"BITS")) return;
    if (job_begin(&failed, fixture, L"/good", 0, NOTIFY_DEFAULT) && set_command(&failed, files[0], 1) &&
        job_begin(&succeeded, fixture, L"/good", 0, NOTIFY_DEFAULT) && set_command(&succeeded, files[1], 0))
    {
        IBackgroundCopyJob_SetMinimumRetryDelay(failed.job, 600);
        job_resume(&failed);
        job_resume(&succeeded);
        ok(wait_runs(files[0], 1, SOON_MS) && wait_runs(files[1], 1, SOON_MS), "the command lines were not run");
        client_pause(500);
        runs = count_runs(files[0], NULL);
        stop_service(L"BITS");
        if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
        {
            ok(wait_runs(files[0], runs + 1, SOON_MS), "the command line was not run again");
            ok_int(count_runs(files[1], NULL), 1);
            if (IBackgroundCopyManager_GetJob(manager, &failed.id, &job) == S_OK) client_drop_job(job);
            if (IBackgroundCopyManager_GetJob(manager, &succeeded.id, &job) == S_OK) client_drop_job(job);
            IBackgroundCopyManager_Release(manager);
        }
    }
    job_end(&failed);
    job_end(&succeeded);
}

/* --- the parts ----------------------------------------------------------------------------------- */

static void ends(void)
{
    everywhere(check_ends, BITS_ONLY | MTA);
}
static void flags(void)
{
    everywhere(check_flags, BITS_ONLY | STA);
}
static void late(void)
{
    everywhere(check_late, BITS_ONLY | MTA);
}
static void no_parameters(void)
{
    everywhere(check_no_parameters, BITS_ONLY | MTA);
}
static void object_first(void)
{
    everywhere(check_object, BITS_ONLY | MTA);
}
static void no_class(void)
{
    everywhere(check_no_class, BITS_ONLY | MTA);
}
static void dead_object(void)
{
    everywhere(check_dead_object, BITS_ONLY | MTA);
}
static void exit_code(void)
{
    everywhere(check_exit_code, BITS_ONLY | MTA);
}
static void cannot_start(void)
{
    everywhere(check_cannot_start, BITS_ONLY | MTA);
}
static void creator_gone(void)
{
    everywhere(check_creator_gone, BITS_ONLY | MTA);
}
static void restart(void)
{
    everywhere(check_restart, BITS_ONLY | MTA);
}

START_TEST(cmdline)
{
    char **argv;
    int argc = winetest_get_mainargs(&argv);

    if (bare_child() || ran_child(argc, argv) || complete_child(argc, argv) || register_child(argc, argv) ||
        create_child(argc, argv))
        return;
    winetest_run(ends);
    winetest_run(flags);
    winetest_run(late);
    winetest_run(no_parameters);
    winetest_run(object_first);
    winetest_run(no_class);
    winetest_run(dead_object);
    winetest_run(exit_code);
    winetest_run(cannot_start);
    winetest_run(creator_gone);
    winetest_run(restart);
    client_remove_directory();
}
