/*
 * Jobs in every state, and what the window of wine-bits-monitor makes of them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * driver.exe PROGRAM         runs all checks
 * driver.exe PROGRAM show    shows some jobs until a line comes from the standard input: for pictures
 */

#include <stdio.h>
#include <wchar.h>

#include "driver.h"
#include "wine/test.h"
#include "support/client.h"
#include "support/server.h"
#include "../../programs/monitor/resource.h"

#define POLL_MS 50

/* As enum column of the program. */
enum
{
    COLUMN_NAME,
    COLUMN_SERVICE,
    COLUMN_STATE,
    COLUMN_PROGRESS,
    COLUMN_SIZE,
    COLUMN_SPEED,
    COLUMN_TIME_LEFT,
    COLUMN_REASON
};

static struct server *server;
static IBackgroundCopyManager *bits;
static IDOManager *delivery;
static struct monitor monitor;

/* --- jobs ------------------------------------------------------------------------------------------ */

struct made
{
    const WCHAR *name;
    IBackgroundCopyJob *job;
    WCHAR file[MAX_PATH];
};

static BOOL make_job(struct made *made, const WCHAR *name, const WCHAR *path, BG_JOB_PRIORITY priority)
{
    WCHAR url[128];
    HRESULT hr;
    GUID id;

    made->name = name;
    client_path(made->file);
    hr = IBackgroundCopyManager_CreateJob(bits, name, BG_JOB_TYPE_DOWNLOAD, &id, &made->job);
    ok_hr(hr, S_OK);
    if (FAILED(hr)) return FALSE;
    IBackgroundCopyJob_SetPriority(made->job, priority);
    ok_hr(IBackgroundCopyJob_AddFile(made->job, server_url(server, path, url, ARRAYSIZE(url)), made->file), S_OK);
    return TRUE;
}

static void set_text_property(IDODownload *download, DODownloadProperty property, const WCHAR *text)
{
    VARIANT value = {.vt = VT_BSTR};

    V_BSTR(&value) = SysAllocString(text);
    ok_hr(IDODownload_SetProperty(download, property, &value), S_OK);
    VariantClear(&value);
}

static IDODownload *make_download(const WCHAR *name, const WCHAR *path)
{
    WCHAR url[128], file[MAX_PATH];
    IDODownload *download;

    ok_hr(IDOManager_CreateDownload(delivery, &download), S_OK);
    CoSetProxyBlanket((IUnknown *)download, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                      RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING);
    set_text_property(download, DODownloadProperty_DisplayName, name);
    set_text_property(download, DODownloadProperty_Uri, server_url(server, path, url, ARRAYSIZE(url)));
    set_text_property(download, DODownloadProperty_LocalPath, client_path(file));
    return download;
}

static DODownloadState download_state(IDODownload *download)
{
    DO_DOWNLOAD_STATUS status = {0};

    IDODownload_GetStatus(download, &status);
    return status.State;
}

/* --- waiting for the window -------------------------------------------------------------------------- */

/* Wait until a cell of a job's row is not empty and, unless it is NULL, contains a text; FALSE after a failed test. */
static BOOL wait_cell(const WCHAR *name, int column, const WCHAR *wanted)
{
    WCHAR text[1024] = L"";
    DWORD waited;
    int row;

    for (waited = 0; waited < SOON_MS; waited += POLL_MS)
    {
        if ((row = monitor_find(&monitor, name)) >= 0)
        {
            monitor_cell(&monitor, row, column, text, ARRAYSIZE(text));
            if (*text && (!wanted || wcsstr(text, wanted))) return TRUE;
        }
        Sleep(POLL_MS);
    }
    ok(0, "%ls, column %d: '%ls', expected '%ls'\n", name, column, text, wanted ? wanted : L"something");
    return FALSE;
}

static BOOL wait_state(const WCHAR *name, UINT id)
{
    return wait_cell(name, COLUMN_STATE, monitor_text(&monitor, id));
}

static BOOL wait_gone(const WCHAR *name)
{
    DWORD waited;

    for (waited = 0; waited < SOON_MS && monitor_find(&monitor, name) >= 0; waited += POLL_MS) Sleep(POLL_MS);
    ok(monitor_find(&monitor, name) < 0, "%ls is still there\n", name);
    return waited < SOON_MS;
}

static void command(const WCHAR *name, UINT id)
{
    if (monitor_select(&monitor, name)) monitor_command(&monitor, id);
}

/* --- the jobs of the tests ----------------------------------------------------------------------------- */

static struct made ready, missing, slow, idle;
static IDODownload *depot, *broken;

static void make_jobs(void)
{
    server_route(server, "/ready", &(struct route){.size = 300000});
    server_route(server, "/slow", &(struct route){.size = 400000000, .drip_bytes = 200000, .drip_ms = 100});
    server_route(server, "/depot", &(struct route){.size = 90000000, .drip_bytes = 90000, .drip_ms = 100});
    if (!make_job(&ready, L"Browser update", L"/ready", BG_JOB_PRIORITY_FOREGROUND)) return;
    if (!make_job(&missing, L"Level pack", L"/missing", BG_JOB_PRIORITY_FOREGROUND)) return;
    if (!make_job(&slow, L"Film", L"/slow", BG_JOB_PRIORITY_FOREGROUND)) return;
    if (!make_job(&idle,
                  L"\x00dc"
                  L"bung & Co",
                  L"/ready", BG_JOB_PRIORITY_NORMAL))
        return;
    ok_hr(IBackgroundCopyJob_Resume(ready.job), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(missing.job), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(slow.job), S_OK);
    depot = make_download(L"Store app", L"/depot");
    ok_hr(IDODownload_Start(depot, NULL), S_OK);
    broken = make_download(L"Store app 2", L"/nothing");
    IDODownload_Start(broken, NULL);
}

static void drop_download(IDODownload **download)
{
    if (!*download) return;
    IDODownload_Abort(*download);
    IDODownload_Release(*download);
    *download = NULL;
}

/* The service may have been killed since the jobs were made: their pointers lead nowhere then. */
static void drop_jobs(void)
{
    struct made *all[] = {&ready, &missing, &slow, &idle};
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    IEnumBackgroundCopyJobs *jobs;
    IBackgroundCopyJob *job;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(all); i++)
        if (all[i]->job) IBackgroundCopyJob_Release(all[i]->job);
    if (manager && SUCCEEDED(IBackgroundCopyManager_EnumJobs(manager, 0, &jobs)))
    {
        while (IEnumBackgroundCopyJobs_Next(jobs, 1, &job, NULL) == S_OK)
        {
            ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
            IBackgroundCopyJob_Release(job);
        }
        IEnumBackgroundCopyJobs_Release(jobs);
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    drop_download(&depot);
    drop_download(&broken);
}

/* --- checks --------------------------------------------------------------------------------------------- */

static void test_rows(void)
{
    WCHAR text[1024], service[64];

    wait_state(ready.name, IDS_STATE_TRANSFERRED);
    wait_cell(ready.name, COLUMN_PROGRESS, L"100 %");
    wait_cell(ready.name, COLUMN_REASON, monitor_text(&monitor, IDS_REASON_TRANSFERRED));
    wait_state(missing.name, IDS_STATE_ERROR);
    wait_cell(missing.name, COLUMN_REASON, L"(0x80190194)");
    wait_state(slow.name, IDS_STATE_TRANSFERRING);
    wait_cell(slow.name, COLUMN_SPEED, L"/s");
    wait_cell(slow.name, COLUMN_TIME_LEFT, L":");
    wait_cell(slow.name, COLUMN_SIZE, L"381 MB");
    wait_state(idle.name, IDS_STATE_PAUSED);
    wait_state(L"Store app", IDS_STATE_TRANSFERRING);
    wait_cell(L"Store app", COLUMN_SPEED, L"/s");
    wait_state(L"Store app 2", IDS_STATE_ERROR);
    wait_cell(L"Store app 2", COLUMN_REASON, L"(0x80190194)");
    lstrcpyW(service, monitor_text(&monitor, IDS_SERVICE_DO));
    wait_cell(L"Store app", COLUMN_SERVICE, service);
    ok_int(monitor_rows(&monitor), 6);
    monitor_child_text(&monitor, IDC_STATUS, text, ARRAYSIZE(text));
    ok(wcsstr(text, L": 4") && wcsstr(text, L": 2") && wcsstr(text, service), "the status is '%ls'\n", text);
}

/* Wait until the details are those of a job: they show a text. */
static void wait_details(const WCHAR *wanted)
{
    WCHAR text[2048];
    DWORD waited;

    for (waited = 0; waited < SOON_MS; waited += POLL_MS)
    {
        if (wcsstr(monitor_child_text(&monitor, IDC_DETAILS, text, ARRAYSIZE(text)), wanted)) return;
        Sleep(POLL_MS);
    }
    ok(0, "the details are '%ls', expected '%ls'\n", text, wanted);
}

static void test_details(void)
{
    monitor_select(&monitor, missing.name);
    wait_details(L"/missing");
    wait_details(missing.file);
    wait_details(L"0x80190194");
    monitor_select(&monitor, slow.name);
    wait_details(L"/slow");
}

static void wait_clipboard(const WCHAR *wanted)
{
    WCHAR found[256] = L"";
    HANDLE data;
    DWORD waited;

    for (waited = 0; waited < SOON_MS && wcscmp(found, wanted); waited += POLL_MS)
    {
        Sleep(POLL_MS);
        if (!OpenClipboard(NULL)) continue;
        if ((data = GetClipboardData(CF_UNICODETEXT)))
        {
            lstrcpynW(found, GlobalLock(data), ARRAYSIZE(found));
            GlobalUnlock(data);
        }
        CloseClipboard();
    }
    ok_str(found, wanted);
}

static void test_commands(void)
{
    WCHAR url[128], text[1024];

    command(slow.name, IDM_PAUSE);
    wait_state(slow.name, IDS_STATE_PAUSED);
    ok_int(client_state(slow.job), BG_JOB_STATE_SUSPENDED);
    command(slow.name, IDM_RESUME);
    wait_state(slow.name, IDS_STATE_TRANSFERRING);

    command(slow.name, IDM_COPY_URL);
    wait_clipboard(server_url(server, L"/slow", url, ARRAYSIZE(url)));

    server_route(server, "/missing", &(struct route){.size = 1000});
    command(missing.name, IDM_RETRY);
    wait_state(missing.name, IDS_STATE_TRANSFERRED);

    ok(!client_file_exists(ready.file), "the file is there before the job is completed\n");
    command(ready.name, IDM_COMPLETE);
    wait_gone(ready.name);
    ok(client_file_exists(ready.file), "the file is not there\n");

    command(slow.name, IDM_CANCEL);
    if (monitor_answer(&monitor, IDNO, text, ARRAYSIZE(text)))
        ok(wcsstr(text, slow.name) != NULL, "the question is '%ls'\n", text);
    ok_int(client_state(slow.job), BG_JOB_STATE_TRANSFERRING);
    command(slow.name, IDM_CANCEL);
    monitor_answer(&monitor, IDYES, text, ARRAYSIZE(text));
    wait_gone(slow.name);
    ok_int(client_state(slow.job), BG_JOB_STATE_CANCELLED);
}

static void test_delivery_commands(void)
{
    WCHAR text[1024];

    command(L"Store app", IDM_PAUSE);
    wait_state(L"Store app", IDS_STATE_PAUSED);
    ok_int(download_state(depot), DODownloadState_Paused);
    command(L"Store app", IDM_RESUME);
    wait_state(L"Store app", IDS_STATE_TRANSFERRING);

    server_route(server, "/nothing", &(struct route){.size = 1000});
    command(L"Store app 2", IDM_RETRY);
    wait_state(L"Store app 2", IDS_STATE_TRANSFERRED);
    command(L"Store app 2", IDM_COMPLETE);
    wait_gone(L"Store app 2");
    ok_int(download_state(broken), DODownloadState_Finalized);

    command(L"Store app", IDM_CANCEL);
    monitor_answer(&monitor, IDYES, text, ARRAYSIZE(text));
    wait_gone(L"Store app");
    ok_int(download_state(depot), DODownloadState_Aborted);
}

/* What somebody else does in the meantime fails the user's command: the reason is shown. */
static void test_failed_command(void)
{
    WCHAR text[1024];

    DeleteFileW(idle.file);
    CreateDirectoryW(idle.file, NULL); /* in the way of the finished file */
    ok_hr(IBackgroundCopyJob_Resume(idle.job), S_OK);
    if (!client_wait_state(idle.job, BG_JOB_STATE_TRANSFERRED, SOON_MS)) return;
    wait_state(idle.name, IDS_STATE_TRANSFERRED);
    command(idle.name, IDM_COMPLETE);
    if (!monitor_answer(&monitor, IDOK, text, ARRAYSIZE(text))) return;
    ok(wcsstr(text, idle.name) && wcsstr(text, L"(0x8"), "the message is '%ls'\n", text);
    RemoveDirectoryW(idle.file);
}

/* A service that hangs does not stop the window. */
static void test_hanging_service(void)
{
    LONG(WINAPI * suspend)(HANDLE), (WINAPI * resume)(HANDLE);
    DWORD process = client_service_process(L"BITS");
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    DWORD_PTR result;
    HANDLE service;

    suspend = (void *)GetProcAddress(ntdll, "NtSuspendProcess");
    resume = (void *)GetProcAddress(ntdll, "NtResumeProcess");
    service = OpenProcess(PROCESS_ALL_ACCESS, FALSE, process);
    ok(service && suspend && resume, "cannot suspend process %lx, error %lu\n", process, GetLastError());
    if (!service || !suspend || !resume) return;
    suspend(service);
    monitor_command(&monitor, IDM_REFRESH);
    Sleep(2000); /* the worker is in a call now, whatever it did before */
    ok(SendMessageTimeoutW(monitor.window, WM_NULL, 0, 0, SMTO_NORMAL, 1500, &result), "the window hangs, too\n");
    resume(service);
    CloseHandle(service);
    wait_state(idle.name, IDS_STATE_TRANSFERRED);
}

/* One that is killed comes back, with its jobs. */
static void test_killed_service(void)
{
    DWORD process = client_service_process(L"BITS"), waited, now = 0;
    HANDLE service = OpenProcess(PROCESS_TERMINATE, FALSE, process);

    ok(service != NULL, "cannot open process %lx, error %lu\n", process, GetLastError());
    TerminateProcess(service, 1);
    CloseHandle(service);
    for (waited = 0; waited < SOON_MS; waited += POLL_MS)
    {
        now = client_service_process(L"BITS");
        if (now && now != process) break;
        Sleep(POLL_MS);
    }
    ok(now && now != process, "the service was not started again\n");
    wait_state(idle.name, IDS_STATE_TRANSFERRED);
}

static void test_second_start(const WCHAR *program)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    WCHAR command_line[MAX_PATH + 2];
    PROCESS_INFORMATION process;

    swprintf(command_line, ARRAYSIZE(command_line), L"\"%ls\"", program);
    if (!CreateProcessW(NULL, command_line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &process)) return;
    ok(WaitForSingleObject(process.hProcess, SOON_MS) == WAIT_OBJECT_0, "a second window opens\n");
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
}

static void show(void)
{
    wait_state(ready.name, IDS_STATE_TRANSFERRED);
    wait_state(missing.name, IDS_STATE_ERROR);
    wait_state(L"Store app 2", IDS_STATE_ERROR);
    monitor_select(&monitor, missing.name);
    wait_details(L"0x80190194");
    wait_cell(slow.name, COLUMN_TIME_LEFT, NULL);
    wait_cell(L"Store app", COLUMN_TIME_LEFT, NULL);
    printf("shown\n");
    fflush(stdout);
    getchar();
}

static void run_all(const WCHAR *program)
{
    test_languages(monitor.module);
    winetest_push_context("rows");
    test_rows();
    winetest_pop_context();
    winetest_push_context("details");
    test_details();
    winetest_pop_context();
    winetest_push_context("commands");
    test_commands();
    winetest_pop_context();
    winetest_push_context("delivery");
    test_delivery_commands();
    winetest_pop_context();
    winetest_push_context("failure");
    test_failed_command();
    winetest_pop_context();
    winetest_push_context("service");
    test_hanging_service();
    test_killed_service();
    winetest_pop_context();
    test_second_start(program);
}

START_TEST(driver)
{
    WCHAR program[MAX_PATH];
    char **argv;
    HRESULT hr;
    int argc;

    argc = winetest_get_mainargs(&argv);
    if (argc < 2)
    {
        ok(0, "usage: driver PROGRAM [show]\n");
        return;
    }
    MultiByteToWideChar(CP_ACP, 0, argv[1], -1, program, ARRAYSIZE(program));
    client_start(COINIT_MULTITHREADED);
    server = server_create();
    bits = client_manager(&CLSID_BackgroundCopyManager);
    hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&delivery);
    ok_hr(hr, S_OK);
    if (server && bits && SUCCEEDED(hr))
    {
        make_jobs();
        if (monitor_start(&monitor, program))
        {
            if (argc > 2) show();
            else run_all(program);
        }
        monitor_stop(&monitor);
        drop_jobs();
        IDOManager_Release(delivery);
        IBackgroundCopyManager_Release(bits);
    }
    server_destroy(server);
    client_remove_directory();
    client_stop();
}
