/*
 * Programs that download in another way where BITS and Delivery Optimization are absent: with the services there, but
 * in trouble, each gets an answer in the time that it allows, and one on which it takes its other way.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The programs are re-enacted in doclients.c and bitsclients.c. Everything here changes the machine, so it is for
 * Wine's prefixes only. The table of docs/compatibility.md has a row for each program.
 */

#include <stdio.h>
#include "fallback.h"
#include <shlobj.h>
#include "wine/test.h"

/* Where the answer does not depend on the network: long enough for a busy machine, far below what makes users doubt. */
#define AT_ONCE_MS 10000
/* A program's own limit, and time for the rest. */
#define IN_TIME_MS (LIMIT_MS + 20000)

static BOOL any_failure(HRESULT hr)
{
    return FAILED(hr);
}

/* D-450: with these four winget gives up instead. */
static BOOL winget_falls_back(HRESULT hr)
{
    return FAILED(hr) && hr != DO_E_BLOCKED_BY_COST_TRANSFER_POLICY && hr != DO_E_BLOCKED_BY_CELLULAR_POLICY &&
           hr != DO_E_BLOCKED_BY_POWER_STATE && hr != DO_E_BLOCKED_BY_NO_NETWORK;
}

static const struct client
{
    const char *name;
    BOOL is_do;
    HRESULT (*download)(const WCHAR *url, const WCHAR *local);
    BOOL (*falls_back)(HRESULT hr);
} clients[] =
    /* clang-format off */
{
    {"winget", TRUE, winget_download, winget_falls_back},
    {"Edge set-up", TRUE, edge_download, any_failure},
    {"Omaha", FALSE, omaha_download, any_failure},
    {"Chromium", FALSE, chromium_download, any_failure},
    {"Mozilla", FALSE, mozilla_download, any_failure},
    {"WiX", FALSE, wix_download, any_failure},
};
/* clang-format on */

/* --- one client, in a thread of its own -------------------------------------------------------------------- */

struct run
{
    const struct client *client;
    struct server *server;
    WCHAR url[128], local[MAX_PATH];
    HANDLE thread;
    HRESULT hr;
    DWORD took;
};

static char *path_of(const struct client *client, char *path)
{
    sprintf(path, "/client%u", (unsigned int)(client - clients));
    return path;
}

static DWORD WINAPI run_thread(void *arg)
{
    struct run *run = arg;
    ULONGLONG started = GetTickCount64();

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    run->hr = run->client->download(run->url, run->local);
    run->took = (DWORD)(GetTickCount64() - started);
    CoUninitialize();
    return 0;
}

static void run_begin(struct run *run, const struct client *client, struct server *server, const WCHAR *url)
{
    WCHAR path[32];
    char narrow[32];

    memset(run, 0, sizeof(*run));
    run->client = client;
    run->server = server;
    client_path(run->local);
    if (url) lstrcpynW(run->url, url, ARRAYSIZE(run->url));
    else
    {
        MultiByteToWideChar(CP_ACP, 0, path_of(client, narrow), -1, path, ARRAYSIZE(path));
        server_url(server, path, run->url, ARRAYSIZE(run->url));
    }
    run->thread = CreateThread(NULL, 0, run_thread, run, 0, NULL);
}

#define MUST_FAIL 1
#define MUST_WORK 2
#define MUST_END 3

static void run_end(struct run *run, int expected, DWORD allowed_ms)
{
    winetest_push_context("%s", run->client->name);
    /* The client hangs, which is the very thing that must not be: the rest of the test would wait for it, too. */
    if (!ok(client_wait(run->thread, allowed_ms + 30000), "it hangs"))
    {
        winetest_pop_context();
        return;
    }
    CloseHandle(run->thread);
    trace("%s: %#lx after %lu ms\n", run->client->name, run->hr, run->took);
    ok(run->took <= allowed_ms, "it took %lu ms, allowed are %lu", run->took, allowed_ms);
    if (expected == MUST_FAIL) ok(FAILED(run->hr), "it downloads");
    if (expected == MUST_WORK) ok_hr(run->hr, S_OK);
    if (SUCCEEDED(run->hr)) ok(pattern_check_file(run->local, SMALL_SIZE, 0), "the file is wrong");
    else
    {
        ok(run->client->falls_back(run->hr), "it does not fall back on %#lx", run->hr);
        ok(!client_file_exists(run->local), "something stands where it will put its own download");
    }
    winetest_pop_context();
}

/* All of them one after the other, or all at the same time. */
static void run_each(struct server *server, BOOL do_only, int expected, DWORD allowed_ms)
{
    struct run run;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(clients); i++)
    {
        if (do_only && !clients[i].is_do) continue;
        run_begin(&run, &clients[i], server, NULL);
        run_end(&run, expected, allowed_ms);
    }
}

static void run_together(struct server *server, int expected, DWORD allowed_ms)
{
    struct run runs[ARRAYSIZE(clients)];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(clients); i++) run_begin(&runs[i], &clients[i], server, NULL);
    for (i = 0; i < ARRAYSIZE(clients); i++) run_end(&runs[i], expected, allowed_ms);
}

static struct server *make_server(const struct route *route)
{
    struct server *server = server_create();
    unsigned int i;
    char path[32];

    for (i = 0; server && i < ARRAYSIZE(clients); i++) server_route(server, path_of(&clients[i], path), route);
    return server;
}

/* --- the services -------------------------------------------------------------------------------------------- */

static const WCHAR *const services[] = {L"BITS", L"DoSvc"};

static SC_HANDLE open_service(const WCHAR *name, DWORD rights)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;

    if (manager)
    {
        service = OpenServiceW(manager, name, rights);
        CloseServiceHandle(manager);
    }
    ok(service != NULL, "%ls cannot be opened: %lu", name, GetLastError());
    return service;
}

/* Wine's service manager notices only at the next start that a service was killed: its process tells. */
static BOOL is_running(const WCHAR *name)
{
    DWORD id = client_service_process(name);
    HANDLE process = id ? OpenProcess(SYNCHRONIZE, FALSE, id) : NULL;
    BOOL running;

    if (!process) return FALSE;
    running = WaitForSingleObject(process, 0) == WAIT_TIMEOUT;
    CloseHandle(process);
    return running;
}

static void stop_services(void)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    SERVICE_STATUS status;
    SC_HANDLE service;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        if (!(service = open_service(services[i], SERVICE_STOP))) continue;
        ControlService(service, SERVICE_CONTROL_STOP, &status);
        while (is_running(services[i]) && GetTickCount64() < deadline) client_pause(50);
        ok(!is_running(services[i]), "%ls does not stop", services[i]);
        CloseServiceHandle(service);
    }
}

static DWORD set_start_type(const WCHAR *name, DWORD type)
{
    SC_HANDLE service = open_service(name, SERVICE_CHANGE_CONFIG | SERVICE_QUERY_CONFIG);
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192];
    } buffer;
    DWORD size, before = SERVICE_DEMAND_START;

    if (!service) return before;
    if (QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size)) before = buffer.config.dwStartType;
    ok(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, NULL, NULL, NULL,
                            NULL),
       "the start type of %ls cannot be set: %lu", name, GetLastError());
    CloseServiceHandle(service);
    return before;
}

static void kill_services(void)
{
    HANDLE process;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, client_service_process(services[i]));
        if (!ok(process != NULL, "%ls does not run", services[i])) continue;
        ok(TerminateProcess(process, 1), "%ls cannot be killed: %lu", services[i], GetLastError());
        client_wait(process, SOON_MS);
        CloseHandle(process);
    }
}

/* --- the conditions -------------------------------------------------------------------------------------------- */

/* Nothing wrong: the re-enactments download, or the rest would prove nothing. */
static void test_healthy(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});

    if (!server) return;
    run_each(server, FALSE, MUST_WORK, IN_TIME_MS);
    server_destroy(server);
}

static void test_disabled(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});
    DWORD types[ARRAYSIZE(services)];
    unsigned int i;

    if (!server) return;
    stop_services();
    for (i = 0; i < ARRAYSIZE(services); i++) types[i] = set_start_type(services[i], SERVICE_DISABLED);
    run_each(server, FALSE, MUST_FAIL, AT_ONCE_MS);
    for (i = 0; i < ARRAYSIZE(services); i++) set_start_type(services[i], types[i]);
    ok_int(server_count(server, NULL, NULL), 0);
    server_destroy(server);
}

/* They start it again. */
static void test_stopped(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});

    if (!server) return;
    stop_services();
    run_each(server, FALSE, MUST_WORK, IN_TIME_MS);
    server_destroy(server);
}

/* Killed while the clients wait, before a byte has come. winget is not told and has its own limit; whoever looks for
 * his job again may well find it done. */
static void test_killed(void)
{
    static const struct route good = {.size = SMALL_SIZE};
    struct server *server = make_server(
        &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL_HEAD, .times = 1, .then = &good});
    struct run runs[ARRAYSIZE(clients)];
    unsigned int i;
    char path[32];

    if (!server) return;
    for (i = 0; i < ARRAYSIZE(clients); i++) run_begin(&runs[i], &clients[i], server, NULL);
    for (i = 0; i < ARRAYSIZE(clients); i++)
        ok(server_wait_stalled(server, path_of(&clients[i], path), 1, SOON_MS), "%s has no request", clients[i].name);
    kill_services();
    for (i = 0; i < ARRAYSIZE(clients); i++) run_end(&runs[i], MUST_END, IN_TIME_MS);
    server_destroy(server);
}

static const WCHAR *const stores[] = {
    L"\\Microsoft\\Network\\Downloader\\",
    L"\\Microsoft\\Windows\\DeliveryOptimization\\State\\",
};

/* Where a store's file belongs, and where it is meanwhile. */
static void store_paths(unsigned int i, WCHAR *path, WCHAR *away)
{
    WCHAR directory[MAX_PATH];

    SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, directory);
    lstrcatW(directory, stores[i]);
    SHCreateDirectoryExW(NULL, directory, NULL);
    swprintf(path, MAX_PATH, L"%lsjobs.journal", directory);
    swprintf(away, MAX_PATH, L"%lsaway", directory);
}

/* There may be no file: a service makes it when it needs it. */
static BOOL spoil_store(unsigned int i)
{
    WCHAR path[MAX_PATH], away[MAX_PATH];
    BOOL done;

    store_paths(i, path, away);
    done = MoveFileExW(path, away, MOVEFILE_REPLACE_EXISTING) || GetLastError() == ERROR_FILE_NOT_FOUND;
    done = done && CreateDirectoryW(path, NULL);
    ok(done, "%ls cannot be made a directory: error %lu", path, GetLastError());
    return done;
}

static void mend_store(unsigned int i)
{
    WCHAR path[MAX_PATH], away[MAX_PATH];
    BOOL done;

    store_paths(i, path, away);
    done = RemoveDirectoryW(path) && (MoveFileW(away, path) || GetLastError() == ERROR_FILE_NOT_FOUND);
    ok(done, "%ls cannot be put back: error %lu", path, GetLastError());
}

/* Where the store's file belongs there is a directory. */
static void test_unusable_store(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});
    BOOL spoilt[ARRAYSIZE(stores)];
    unsigned int i;

    if (!server) return;
    stop_services();
    for (i = 0; i < ARRAYSIZE(stores); i++) spoilt[i] = spoil_store(i);
    if (spoilt[0] && spoilt[1]) run_each(server, FALSE, MUST_FAIL, AT_ONCE_MS);
    for (i = 0; i < ARRAYSIZE(stores); i++)
        if (spoilt[i]) mend_store(i);
    ok_int(server_count(server, NULL, NULL), 0);
    server_destroy(server);
}

/* No name can be resolved, nobody listens. */
static void test_offline(void)
{
    struct run runs[2][ARRAYSIZE(clients)];
    struct server *server = server_create();
    WCHAR url[128];
    unsigned int i;

    if (!server) return;
    server_refused_url(server, L"/file", url, ARRAYSIZE(url));
    for (i = 0; i < ARRAYSIZE(clients); i++)
    {
        run_begin(&runs[0][i], &clients[i], server, L"http://nowhere.invalid/file");
        run_begin(&runs[1][i], &clients[i], server, url);
    }
    for (i = 0; i < 2 * ARRAYSIZE(clients); i++)
        run_end(&runs[i / ARRAYSIZE(clients)][i % ARRAYSIZE(clients)], MUST_FAIL, IN_TIME_MS);
    server_destroy(server);
}

#define INTERNET_SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

/* The user's proxy is one where nobody listens. */
static void test_dead_proxy(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});
    WCHAR refused[128], proxy[64];
    DWORD on = 1, off = 0;
    HKEY key;

    if (!server) return;
    server_refused_url(server, L"", refused, ARRAYSIZE(refused));
    lstrcpynW(proxy, refused + wcslen(L"http://"), ARRAYSIZE(proxy));
    if (!ok(!RegCreateKeyExW(HKEY_CURRENT_USER, INTERNET_SETTINGS, 0, NULL, 0, KEY_WRITE, NULL, &key, NULL),
            "the proxy cannot be set"))
        return;
    RegSetValueExW(key, L"ProxyServer", 0, REG_SZ, (BYTE *)proxy, (wcslen(proxy) + 1) * sizeof(WCHAR));
    RegSetValueExW(key, L"ProxyEnable", 0, REG_DWORD, (BYTE *)&on, sizeof(on));
    run_together(server, MUST_END, IN_TIME_MS);
    RegSetValueExW(key, L"ProxyEnable", 0, REG_DWORD, (BYTE *)&off, sizeof(off));
    RegDeleteValueW(key, L"ProxyServer");
    RegCloseKey(key);
    server_destroy(server);
}

static void test_forbidden(void)
{
    struct server *server = make_server(&(struct route){.status = 403, .text = "no"});

    if (!server) return;
    run_together(server, MUST_FAIL, IN_TIME_MS);
    server_destroy(server);
}

#define POLICIES L"SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"

/* Bypass: Delivery Optimization is not to be used. */
static void test_bypass(void)
{
    struct server *server = make_server(&(struct route){.size = SMALL_SIZE});
    DWORD mode = 100;
    HKEY key;

    if (!server) return;
    if (ok(!RegCreateKeyExW(HKEY_LOCAL_MACHINE, POLICIES, 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL),
           "the policy cannot be set"))
    {
        RegSetValueExW(key, L"DODownloadMode", 0, REG_DWORD, (BYTE *)&mode, sizeof(mode));
        run_each(server, TRUE, MUST_FAIL, AT_ONCE_MS);
        RegDeleteValueW(key, L"DODownloadMode");
        RegCloseKey(key);
    }
    ok_int(server_count(server, NULL, NULL), 0);
    server_destroy(server);
}

START_TEST(fallback)
{
    if (!winetest_is_wine())
    {
        skip("this changes the machine\n");
        return;
    }
    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    winetest_run(test_healthy);
    winetest_run(test_forbidden);
    winetest_run(test_bypass);
    winetest_run(test_offline);
    winetest_run(test_dead_proxy);
    winetest_run(test_stopped);
    winetest_run(test_killed);
    winetest_run(test_disabled);
    winetest_run(test_unusable_store);
    CoUninitialize();
    client_remove_directory();
}
