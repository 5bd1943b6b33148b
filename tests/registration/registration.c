/*
 * What the service control manager and the registry say of the services, compared with what Windows says.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules S-001 to S-012.
 */

#include "support/client.h"
#include "wine/test.h"

#include <stdio.h>

#define BITS_APPID L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}"
#define DO_APPID L"{379001DE-7108-4A45-8A74-6CD0A9FBEF2C}"

static const struct expected_service
{
    const WCHAR *name;
    const WCHAR *display_name;
    const WCHAR *account;
} services[] = {
    {L"BITS", L"Background Intelligent Transfer Service", L"LocalSystem"},
    {L"DoSvc", L"Delivery Optimization", L"NT Authority\\NetworkService"},
};

/* --- the service control manager ------------------------------------------------------------------ */

static SC_HANDLE open_service(const WCHAR *name, DWORD access)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;

    if (manager) service = OpenServiceW(manager, name, access);
    ok(service != NULL, "%s cannot be opened: error %lu\n", wine_dbgstr_w(name), GetLastError());
    if (manager) CloseServiceHandle(manager);
    return service;
}

/* Is a name in a list of strings? */
static BOOL has_string(const WCHAR *list, const WCHAR *wanted)
{
    for (; list && *list; list += wcslen(list) + 1)
    {
        if (!_wcsicmp(list, wanted)) return TRUE;
    }
    return FALSE;
}

/* S-003, where programs find it that read the registry. */
static void check_dependencies(const WCHAR *name)
{
    WCHAR path[128], data[256] = {0};
    DWORD size = sizeof(data) - 2 * sizeof(*data);
    LONG error;

    swprintf(path, ARRAYSIZE(path), L"System\\CurrentControlSet\\Services\\%ls", name);
    error = RegGetValueW(HKEY_LOCAL_MACHINE, path, L"DependOnService", RRF_RT_REG_MULTI_SZ, NULL, data, &size);
    ok(!error && has_string(data, L"RpcSs"), "DependOnService is %s, error %ld\n", wine_dbgstr_w(data), error);
}

static BOOL is_english(void)
{
    return PRIMARYLANGID(GetSystemDefaultUILanguage()) == LANG_ENGLISH;
}

/* Display names and descriptions are in the language of the system. */
static void check_config(const struct expected_service *expected)
{
    union
    {
        QUERY_SERVICE_CONFIGW config;
        SERVICE_DESCRIPTIONW description;
        BYTE bytes[8192];
    } buffer;
    SC_HANDLE service = open_service(expected->name, SERVICE_QUERY_CONFIG);
    WCHAR image[MAX_PATH];
    DWORD size;

    if (!service) return;
    if (ok(QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size), "error %lu\n", GetLastError()))
    {
        if (is_english()) ok_str(buffer.config.lpDisplayName, expected->display_name); /* S-001, S-002 */
        /* Wine's service control manager has dependencies and does not name them. */
        if (!winetest_is_wine() || (buffer.config.lpDependencies && *buffer.config.lpDependencies))
            ok(has_string(buffer.config.lpDependencies, L"RpcSs"), "it does not depend on RpcSs\n"); /* S-003 */
        ok(!_wcsicmp(buffer.config.lpServiceStartName, expected->account), "it runs as %s\n",
           wine_dbgstr_w(buffer.config.lpServiceStartName)); /* S-004 */
        ok_int(buffer.config.dwErrorControl, SERVICE_ERROR_NORMAL);
        ok(buffer.config.dwServiceType & SERVICE_WIN32, "type %#lx\n", buffer.config.dwServiceType);
        ok(!buffer.config.lpLoadOrderGroup || !*buffer.config.lpLoadOrderGroup, "group %s\n",
           wine_dbgstr_w(buffer.config.lpLoadOrderGroup));
        lstrcpynW(image, buffer.config.lpBinaryPathName, ARRAYSIZE(image));
        ok(wcsstr(_wcslwr(image), L"\\svchost.exe -k ") != NULL, "it runs %s\n", wine_dbgstr_w(image));
    }
    ok(QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, buffer.bytes, sizeof(buffer), &size) &&
           buffer.description.lpDescription && wcslen(buffer.description.lpDescription) > 20,
       "there is no description\n"); /* S-005 */
    CloseServiceHandle(service);
}

static void configuration(void)
{
    size_t i;

    for (i = 0; i < ARRAYSIZE(services); i++)
    {
        winetest_push_context("%s", wine_dbgstr_w(services[i].name));
        check_config(&services[i]);
        check_dependencies(services[i].name);
        winetest_pop_context();
    }
}

/* What programs find by the display name. */
static void names(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    WCHAR name[256];
    DWORD size;
    size_t i;

    for (i = 0; manager && i < ARRAYSIZE(services) && is_english(); i++)
    {
        size = ARRAYSIZE(name);
        ok(GetServiceKeyNameW(manager, services[i].display_name, name, &size) && !_wcsicmp(name, services[i].name),
           "%s is not found by its display name\n", wine_dbgstr_w(services[i].name));
        size = ARRAYSIZE(name);
        if (ok(GetServiceDisplayNameW(manager, services[i].name, name, &size), "error %lu\n", GetLastError()))
            ok_str(name, services[i].display_name);
    }
    if (manager) CloseServiceHandle(manager);
}

/* The lines that a command prints, as one text. */
static char *run_command(const char *command)
{
    static char text[65536];
    size_t used = 0, size;
    FILE *pipe = _popen(command, "rt");

    text[0] = 0;
    if (!ok(pipe != NULL, "%s cannot be run\n", command)) return text;
    while (used < sizeof(text) - 1 && (size = fread(text + used, 1, sizeof(text) - 1 - used, pipe))) used += size;
    text[used] = 0;
    _pclose(pipe);
    return text;
}

/* S-001: what scripts read. */
static void commands(void)
{
    IBackgroundCopyManager *manager;
    char *text;

    text = run_command("sc query bits");
    ok(strstr(text, "SERVICE_NAME: ") && strstr(text, "STATE "), "sc query: %s\n", text);
    if (!is_english()) return;
    if (winetest_is_wine() && !strstr(run_command("sc qc bits"), "DISPLAY_NAME"))
        skip("this sc has no qc; what it would read is compared above\n");
    else
    {
        text = run_command("sc qc bits");
        ok(strstr(text, "DISPLAY_NAME") && strstr(text, "Background Intelligent Transfer Service"), "sc qc: %s\n",
           text);
        ok(strstr(text, "RpcSs") != NULL, "sc qc: %s\n", text);
    }
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        text = run_command("net start");
        ok(strstr(text, "Background Intelligent Transfer Service") != NULL, "net start: %s\n", text);
        IBackgroundCopyManager_Release(manager);
    }
    client_stop();
}

/* --- start types ------------------------------------------------------------------------------------ */

static DWORD start_type(SC_HANDLE service)
{
    union
    {
        QUERY_SERVICE_CONFIGW config;
        BYTE bytes[8192];
    } buffer;
    DWORD size;

    return QueryServiceConfigW(service, &buffer.config, sizeof(buffer), &size) ? buffer.config.dwStartType : ~0u;
}

static void set_start_type(SC_HANDLE service, DWORD type)
{
    /* Wine forgets dependencies that are not named. */
    ok(ChangeServiceConfigW(service, SERVICE_NO_CHANGE, type, SERVICE_NO_CHANGE, NULL, NULL, NULL, L"RpcSs\0", NULL,
                            NULL, NULL),
       "error %lu\n", GetLastError());
}

/* The service changes its start type a moment after the call. */
static void wait_start_type(SC_HANDLE service, DWORD type)
{
    unsigned int i;

    for (i = 0; i < 100 && start_type(service) != type; i++) client_pause(100);
    ok_int(start_type(service), type);
}

/* S-006, S-007: disabled while it runs, it keeps serving, and stays disabled. */
static void disabled(void)
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    SC_HANDLE service;

    if (!winetest_is_wine())
    {
        skip("the service of this machine is left alone\n");
        return;
    }
    if (!client_start(COINIT_MULTITHREADED)) return;
    manager = client_manager(&CLSID_BackgroundCopyManager);
    service = open_service(L"BITS", SERVICE_QUERY_CONFIG | SERVICE_CHANGE_CONFIG);
    if (manager && service)
    {
        set_start_type(service, SERVICE_DEMAND_START);
        if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
        {
            wait_start_type(service, SERVICE_AUTO_START);
            client_drop_job(job);
            wait_start_type(service, SERVICE_DEMAND_START);
            check_dependencies(L"BITS");
        }
        set_start_type(service, SERVICE_DISABLED);
        if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
        {
            client_pause(1500);
            ok_int(start_type(service), SERVICE_DISABLED);
            client_drop_job(job);
            client_pause(1500);
            ok_int(start_type(service), SERVICE_DISABLED);
        }
        set_start_type(service, SERVICE_DEMAND_START);
    }
    if (service) CloseServiceHandle(service);
    if (manager) IBackgroundCopyManager_Release(manager);
    client_stop();
}

/* --- the registry ----------------------------------------------------------------------------------- */

static BOOL read_value(const WCHAR *path, const WCHAR *name, REGSAM view, WCHAR *data, DWORD size)
{
    LONG error;
    HKEY key;

    data[0] = 0;
    if (RegOpenKeyExW(HKEY_CLASSES_ROOT, path, 0, KEY_QUERY_VALUE | view, &key)) return FALSE;
    error = RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, data, &size);
    RegCloseKey(key);
    return !error;
}

static void check_value(const WCHAR *path, const WCHAR *name, REGSAM view, const WCHAR *expected)
{
    WCHAR data[MAX_PATH];

    ok(read_value(path, name, view, data, sizeof(data)) && !_wcsicmp(data, expected), "%s %s is %s, expected %s\n",
       wine_dbgstr_w(path), name ? wine_dbgstr_w(name) : "(default)", wine_dbgstr_w(data), wine_dbgstr_w(expected));
}

/* S-008 to S-010. The last two versions are missing from some builds of Windows 10. */
static void classes(void)
{
    static const struct
    {
        const WCHAR *clsid;
        const WCHAR *appid;
        BOOL newest;
    } all[] = {
        {L"{69AD4AEE-51BE-439B-A92C-86AE490E8B30}", BITS_APPID},
        {L"{4991D34B-80A1-4291-83B6-3328366B9097}", BITS_APPID},
        {L"{F087771F-D74F-4C1A-BB8A-E16ACA9124EA}", BITS_APPID},
        {L"{6D18AD12-BDE3-4393-B311-099C346E6DF9}", BITS_APPID},
        {L"{03CA98D6-FF5D-49B8-ABC6-03DD84127020}", BITS_APPID},
        {L"{659CDEA7-489E-11D9-A9CD-000D56965251}", BITS_APPID},
        {L"{BB6DF56B-CACE-11DC-9992-0019B93A3A84}", BITS_APPID},
        {L"{1ECCA34C-E88A-44E3-8D6A-8921BDE9E452}", BITS_APPID},
        {L"{4D233817-B456-4E75-83D2-B17DEC544D12}", BITS_APPID},
        {L"{4BD3E4E1-7BD4-4A2B-9964-496400DE5193}", BITS_APPID},
        {L"{4575438F-A6C8-4976-B0FE-2F26B80D959E}", BITS_APPID, TRUE},
        {L"{5FD42AD5-C04E-4D36-ADC7-E08FF15737AD}", BITS_APPID, TRUE},
        {L"{5B99FA76-721C-423C-ADAC-56D03C8A8007}", DO_APPID},
    };
    WCHAR path[80], data[MAX_PATH];
    size_t i;

    for (i = 0; i < ARRAYSIZE(all); i++)
    {
        swprintf(path, ARRAYSIZE(path), L"CLSID\\%ls", all[i].clsid);
        if (all[i].newest && !read_value(path, L"AppID", KEY_WOW64_64KEY, data, sizeof(data)))
            win_skip("no class %s\n", wine_dbgstr_w(all[i].clsid));
        else check_value(path, L"AppID", KEY_WOW64_64KEY, all[i].appid);
    }
    check_value(L"AppID\\" BITS_APPID, L"LocalService", KEY_WOW64_64KEY, L"BITS");
    check_value(L"AppID\\BITS", L"AppID", KEY_WOW64_64KEY, BITS_APPID);
    check_value(L"AppID\\" DO_APPID, L"LocalService", KEY_WOW64_64KEY, L"dosvc");
}

/* S-011, S-012: name and number of methods; which DLL marshals is the system's own business. */
static void interfaces(void)
{
    static const struct
    {
        const WCHAR *iid, *name, *methods;
        BOOL server; /* of the server extension, which a client Windows may lack */
    } all[] = {
        {L"{5CE34C0D-0DC9-4C1F-897C-DAA1B78CEE7C}", L"IBackgroundCopyManager", L"7"},
        {L"{37668D37-507E-4160-9316-26306D150B12}", L"IBackgroundCopyJob", L"35"},
        {L"{54B50739-686F-45EB-9DFF-D6A9A0FAA9AF}", L"IBackgroundCopyJob2", L"43"},
        {L"{443C8934-90FF-48ED-BCDE-26F5C7450042}", L"IBackgroundCopyJob3", L"47"},
        {L"{659CDEAE-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyJob4", L"53"},
        {L"{E847030C-BBBA-4657-AF6D-484AA42BF1FE}", L"IBackgroundCopyJob5", L"55"},
        {L"{01B7BD23-FB88-4A77-8490-5891D3E4653A}", L"IBackgroundCopyFile", L"6"},
        {L"{83E81B93-0873-474D-8A8C-F2018B1A939C}", L"IBackgroundCopyFile2", L"8"},
        {L"{659CDEAA-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyFile3", L"12"},
        {L"{EF7E0655-7888-4960-B0E5-730846E03492}", L"IBackgroundCopyFile4", L"13"},
        {L"{85C1657F-DAFC-40E8-8834-DF18EA25717E}", L"IBackgroundCopyFile5", L"15"},
        {L"{CF6784F7-D677-49FD-9368-CB47AEE9D1AD}", L"IBackgroundCopyFile6", L"18"},
        {L"{19C613A0-FCB8-4F28-81AE-897C3D078F81}", L"IBackgroundCopyError", L"8"},
        {L"{97EA99C7-0186-4AD4-8DF9-C5B4E0ED6B22}", L"IBackgroundCopyCallback", L"6"},
        {L"{659CDEAC-489E-11D9-A9CD-000D56965251}", L"IBackgroundCopyCallback2", L"7"},
        {L"{98C97BD2-E32B-4AD8-A528-95FD8B16BD42}", L"IBackgroundCopyCallback3", L"8"},
        {L"{F1BD1079-9F01-4BDC-8036-F09B70095066}", L"IBackgroundCopyJobHttpOptions", L"11"},
        {L"{9A2584C3-F7D2-457A-9A5E-22B67BFFC7D2}", L"IBitsTokenOptions", L"8"},
        {L"{CA29D251-B4BB-4679-A3D9-AE8006119D54}", L"AsyncIBackgroundCopyCallback", L"9"},
        {L"{29CFBBF7-09E4-4B97-B0BC-F2287E3D8EB3}", L"IBITSExtensionSetup", L"11", TRUE},
        {L"{D5D2D542-5503-4E64-8B48-72EF91A32EE1}", L"IBITSExtensionSetupFactory", L"8", TRUE},
        {L"{400E2D4A-1431-4C1A-A748-39CA472CFDB1}", L"IDOManager", L"5"},
        {L"{FBBD7FC0-C147-4727-A38D-827EF071EE77}", L"IDODownload", L"10"},
        {L"{D166E8E3-A90E-4392-8E87-05E996D3747D}", L"IDODownloadStatusCallback", L"4"},
    };
    static const REGSAM views[] = {KEY_WOW64_64KEY, KEY_WOW64_32KEY};
    WCHAR path[100], data[MAX_PATH];
    size_t i, v;

    for (v = 0; v < ARRAYSIZE(views); v++)
    {
        winetest_push_context("%s-bit view", v ? "32" : "64");
        for (i = 0; i < ARRAYSIZE(all); i++)
        {
            swprintf(path, ARRAYSIZE(path), L"Interface\\%ls", all[i].iid);
            if (all[i].server && !read_value(path, NULL, views[v], data, sizeof(data)))
            {
                win_skip("no interface %s\n", wine_dbgstr_w(all[i].name));
                continue;
            }
            check_value(path, NULL, views[v], all[i].name);
            wcscat(path, L"\\NumMethods");
            check_value(path, NULL, views[v], all[i].methods);
            swprintf(path, ARRAYSIZE(path), L"Interface\\%ls\\ProxyStubClsid32", all[i].iid);
            ok(read_value(path, NULL, views[v], data, sizeof(data)) && data[0] == '{', "%s has no proxy\n",
               wine_dbgstr_w(all[i].name));
        }
        winetest_pop_context();
    }
}

START_TEST(registration)
{
    winetest_run(configuration);
    winetest_run(names);
    winetest_run(commands);
    winetest_run(disabled);
    winetest_run(classes);
    winetest_run(interfaces);
}
