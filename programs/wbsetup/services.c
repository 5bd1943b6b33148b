/*
 * The services of wine-bits in the service control manager.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>
#include <tlhelp32.h>

#include "registration.h"
#include "wbsetup.h"

#define SVCHOST_KEY L"Software\\Microsoft\\Windows NT\\CurrentVersion\\SvcHost"
#define PARAMETERS_KEY L"System\\CurrentControlSet\\Services\\%ls\\Parameters"

/* Wine's own BITS looks at a stop request up to half a minute later. */
#define STOP_TIMEOUT_MS 40000
#define STOP_CHECK_MS 100

/* The configuration of a service with room for its strings. */
struct service_config
{
    QUERY_SERVICE_CONFIGW config;
    BYTE strings[2048];
};

static DWORD open_service(const WCHAR *name, DWORD access, SC_HANDLE *service)
{
    DWORD error = 0;
    SC_HANDLE manager;

    *service = NULL;
    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT))) return GetLastError();
    if (!(*service = OpenServiceW(manager, name, access))) error = GetLastError();
    CloseServiceHandle(manager);
    return error;
}

/* --- svchost groups ---------------------------------------------------------------- */

/* The names of a group as a double-terminated list, with room for one more; the caller frees it. */
static WCHAR *read_group(const WCHAR *group)
{
    WCHAR *names;
    DWORD size = 0;
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SVCHOST_KEY, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) key = NULL;
    if (key && RegQueryValueExW(key, group, NULL, NULL, NULL, &size)) size = 0;
    /* Zeroes behind it: the value may lack its terminators. */
    names = calloc(1, size + 64 * sizeof(*names));
    if (names && key && size && RegQueryValueExW(key, group, NULL, NULL, (BYTE *)names, &size)) names[0] = 0;
    if (key) RegCloseKey(key);
    return names;
}

static WCHAR *find_in_group(WCHAR *names, const WCHAR *service)
{
    for (; *names; names += lstrlenW(names) + 1)
        if (!lstrcmpiW(names, service)) return names;
    return NULL;
}

static WCHAR *group_end(WCHAR *names)
{
    while (*names) names += lstrlenW(names) + 1;
    return names;
}

static DWORD write_group(const WCHAR *group, WCHAR *names)
{
    DWORD error;
    HKEY key;

    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, SVCHOST_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key,
                            NULL);
    if (!error)
    {
        if (*names)
            error = RegSetValueExW(key, group, 0, REG_MULTI_SZ, (BYTE *)names,
                                   (group_end(names) + 1 - names) * sizeof(*names));
        else error = RegDeleteValueW(key, group);
        RegCloseKey(key);
    }
    if (error == ERROR_FILE_NOT_FOUND) error = 0;
    if (error) complain(error, L"cannot change the svchost group %ls", group);
    return error;
}

static DWORD join_group(const struct service_registration *service)
{
    WCHAR *names;
    DWORD error = 0;

    if (!(names = read_group(service->group))) return complain(ERROR_OUTOFMEMORY, L"cannot read svchost groups");
    if (!find_in_group(names, service->name))
    {
        lstrcpyW(group_end(names), service->name);
        error = write_group(service->group, names);
    }
    free(names);
    return error;
}

static DWORD leave_group(const struct service_registration *service)
{
    WCHAR *names, *name, *next;
    DWORD error = 0;

    if (!(names = read_group(service->group))) return complain(ERROR_OUTOFMEMORY, L"cannot read svchost groups");
    if ((name = find_in_group(names, service->name)))
    {
        next = name + lstrlenW(name) + 1;
        memmove(name, next, (group_end(next) + 1 - next) * sizeof(*next));
        error = write_group(service->group, names);
    }
    free(names);
    return error;
}

static BOOL is_in_group(const struct service_registration *service)
{
    WCHAR *names = read_group(service->group);
    BOOL found = names && find_in_group(names, service->name);

    free(names);
    return found;
}

/* --- the DLL of a service -------------------------------------------------------------- */

static BOOL is_service_dll_right(const struct service_registration *service)
{
    WCHAR path[128], data[MAX_PATH], wanted[MAX_PATH];
    DWORD size = sizeof(data);
    HKEY key;
    LONG error;

    swprintf(path, ARRAYSIZE(path), PARAMETERS_KEY, service->name);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_QUERY_VALUE, &key)) return FALSE;
    error = RegGetValueW(key, NULL, L"ServiceDll", RRF_RT_REG_SZ, NULL, data, &size); /* expanded */
    RegCloseKey(key);
    ExpandEnvironmentStringsW(service->dll, wanted, ARRAYSIZE(wanted));
    return !error && !lstrcmpiW(data, wanted);
}

static DWORD write_service_dll(const struct service_registration *service)
{
    WCHAR path[128];
    DWORD error;
    HKEY key;

    if (is_service_dll_right(service)) return 0;
    swprintf(path, ARRAYSIZE(path), PARAMETERS_KEY, service->name);
    error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL);
    if (!error)
    {
        error = RegSetValueExW(key, L"ServiceDll", 0, REG_EXPAND_SZ, (const BYTE *)service->dll,
                               (lstrlenW(service->dll) + 1) * sizeof(WCHAR));
        RegCloseKey(key);
    }
    if (error) complain(error, L"cannot write the registry key HKLM\\%ls", path);
    return error;
}

/* --- installing ---------------------------------------------------------------------------- */

/* What people see of a service, and on what it depends. Wine forgets the dependencies in every change that does not
 * name them, so this is the last one. */
static DWORD describe_service(SC_HANDLE handle, const WCHAR *display_name, const WCHAR *description,
                              const WCHAR *dependencies)
{
    SERVICE_DESCRIPTIONW text = {(WCHAR *)description};

    if (!ChangeServiceConfigW(handle, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, NULL, NULL, NULL,
                              dependencies, NULL, NULL, display_name))
        return GetLastError();
    return ChangeServiceConfig2W(handle, SERVICE_CONFIG_DESCRIPTION, &text) ? 0 : GetLastError();
}

/* Bring an existing service up to date; whether it starts by itself is its own business, and the user's. */
static DWORD update_service(const struct service_registration *service)
{
    SC_HANDLE handle;
    DWORD error;

    if ((error = open_service(service->name, SERVICE_CHANGE_CONFIG, &handle))) return error;
    if (!service->wines &&
        !ChangeServiceConfigW(handle, SERVICE_WIN32_OWN_PROCESS, SERVICE_NO_CHANGE, SERVICE_NO_CHANGE, service->image,
                              NULL, NULL, NULL, service->account, NULL, NULL))
        error = GetLastError();
    if (!error) error = describe_service(handle, service->display_name, service->description, service->dependencies);
    CloseServiceHandle(handle);
    return error;
}

static DWORD create_service(const struct service_registration *service)
{
    SC_HANDLE manager, handle;
    DWORD error = 0;

    if (!(manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CREATE_SERVICE))) return GetLastError();
    handle = CreateServiceW(manager, service->name, service->display_name, SERVICE_CHANGE_CONFIG,
                            SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, service->image, NULL,
                            NULL, service->dependencies, service->account, NULL);
    if (!handle) error = GetLastError();
    else error = describe_service(handle, NULL, service->description, service->dependencies);
    if (handle) CloseServiceHandle(handle);
    CloseServiceHandle(manager);
    return error;
}

static DWORD install_service(const struct service_registration *service)
{
    DWORD error = update_service(service);

    if (error == ERROR_SERVICE_DOES_NOT_EXIST) error = create_service(service);
    if (error) return complain(error, L"cannot register the service %ls", service->name);
    if ((error = write_service_dll(service))) return error;
    return join_group(service);
}

DWORD services_install(void)
{
    DWORD error = 0;
    size_t i;

    for (i = 0; i < registered_service_count && !error; i++) error = install_service(&registered_services[i]);
    return error;
}

static DWORD query_config(const WCHAR *name, struct service_config *config)
{
    SC_HANDLE service;
    DWORD error, size;

    if ((error = open_service(name, SERVICE_QUERY_CONFIG, &service))) return error;
    if (!QueryServiceConfigW(service, &config->config, sizeof(*config), &size)) error = GetLastError();
    CloseServiceHandle(service);
    return error;
}

/* Wine's own service has its own name again, and starts on demand: it has no jobs to resume. One that somebody has
 * disabled stays disabled. */
static DWORD reset_service(const struct service_registration *service)
{
    struct service_config config;
    SC_HANDLE handle;
    DWORD error;

    error = query_config(service->name, &config);
    if (error == ERROR_SERVICE_DOES_NOT_EXIST) return 0;
    if (!error) error = open_service(service->name, SERVICE_CHANGE_CONFIG, &handle);
    if (!error)
    {
        if (config.config.dwStartType != SERVICE_DISABLED &&
            !ChangeServiceConfigW(handle, SERVICE_NO_CHANGE, SERVICE_DEMAND_START, SERVICE_NO_CHANGE, NULL, NULL, NULL,
                                  NULL, NULL, NULL, NULL))
            error = GetLastError();
        else error = describe_service(handle, service->wines, service->wines, L"\0");
        CloseServiceHandle(handle);
    }
    if (error) complain(error, L"cannot change the service %ls", service->name);
    return error;
}

static DWORD delete_service(const struct service_registration *service)
{
    SC_HANDLE handle;
    DWORD error;

    error = open_service(service->name, DELETE, &handle);
    if (error == ERROR_SERVICE_DOES_NOT_EXIST) return leave_group(service);
    if (!error)
    {
        if (!DeleteService(handle)) error = GetLastError();
        CloseServiceHandle(handle);
    }
    if (error) return complain(error, L"cannot remove the service %ls", service->name);
    return leave_group(service);
}

DWORD services_uninstall(void)
{
    DWORD error, first_error = 0;
    size_t i;

    for (i = 0; i < registered_service_count; i++)
    {
        if (registered_services[i].wines) error = reset_service(&registered_services[i]);
        else error = delete_service(&registered_services[i]);
        if (!first_error) first_error = error;
    }
    return first_error;
}

/* --- running services ------------------------------------------------------------------------ */

static DWORD query_status(SC_HANDLE service, SERVICE_STATUS_PROCESS *status)
{
    DWORD size;

    return QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)status, sizeof(*status), &size)
               ? 0
               : GetLastError();
}

DWORD service_process(const WCHAR *name)
{
    SERVICE_STATUS_PROCESS status;
    SC_HANDLE service;
    DWORD process = 0;

    if (open_service(name, SERVICE_QUERY_STATUS, &service)) return 0;
    if (!query_status(service, &status) && status.dwCurrentState != SERVICE_STOPPED) process = status.dwProcessId;
    CloseServiceHandle(service);
    return process;
}

/* Is the service stopped, or its process gone without the service control manager having noticed? */
static BOOL has_stopped(SC_HANDLE service, DWORD *error)
{
    SERVICE_STATUS_PROCESS status;
    HANDLE process;
    BOOL gone;

    if ((*error = query_status(service, &status))) return TRUE;
    if (status.dwCurrentState == SERVICE_STOPPED) return TRUE;
    if (!status.dwProcessId || !(process = OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId))) return FALSE;
    gone = WaitForSingleObject(process, STOP_CHECK_MS) == WAIT_OBJECT_0;
    CloseHandle(process);
    return gone;
}

/* Ask once, then wait: a second request would make the service control manager kill the service. */
static DWORD stop_and_wait(SC_HANDLE service)
{
    ULONGLONG deadline = GetTickCount64() + STOP_TIMEOUT_MS;
    SERVICE_STATUS status;
    BOOL asked = FALSE;
    DWORD error = 0;

    while (!has_stopped(service, &error))
    {
        if (GetTickCount64() > deadline) return ERROR_SERVICE_REQUEST_TIMEOUT;
        if (!asked)
        {
            asked = ControlService(service, SERVICE_CONTROL_STOP, &status);
            /* It may just be starting. */
            if (!asked && GetLastError() != ERROR_SERVICE_CANNOT_ACCEPT_CTRL) asked = TRUE;
        }
        if (!asked) Sleep(STOP_CHECK_MS);
    }
    return error;
}

DWORD services_stop(void)
{
    SC_HANDLE service;
    DWORD error;
    size_t i;

    for (i = 0; i < registered_service_count; i++)
    {
        error = open_service(registered_services[i].name, SERVICE_STOP | SERVICE_QUERY_STATUS, &service);
        if (error == ERROR_SERVICE_DOES_NOT_EXIST) continue;
        if (!error)
        {
            error = stop_and_wait(service);
            CloseServiceHandle(service);
        }
        if (error)
            return complain(error,
                            L"the service %ls does not stop; close the programs that run in this prefix and "
                            L"try again",
                            registered_services[i].name);
    }
    return 0;
}

DWORD services_notify(void)
{
    DWORD error, first_error = 0;
    SERVICE_STATUS status;
    SC_HANDLE service;
    size_t i;

    for (i = 0; i < registered_service_count; i++)
    {
        if (!service_process(registered_services[i].name)) continue;
        if (!(error = open_service(registered_services[i].name, SERVICE_PAUSE_CONTINUE, &service)))
        {
            if (!ControlService(service, SERVICE_CONTROL_PARAMCHANGE, &status)) error = GetLastError();
            CloseServiceHandle(service);
        }
        if (error == ERROR_SERVICE_NOT_ACTIVE) error = 0; /* has just ended, and reads them when it starts */
        if (error)
            complain(error, L"the running service %ls does not take the change before it is started again",
                     registered_services[i].name);
        if (!first_error) first_error = error;
    }
    return first_error;
}

/* --- state ------------------------------------------------------------------------------------ */

static const WCHAR *start_name(DWORD start)
{
    switch (start)
    {
    case SERVICE_AUTO_START: return L"starts with the prefix";
    case SERVICE_DEMAND_START: return L"starts on demand";
    case SERVICE_DISABLED: return L"DISABLED";
    }
    return L"strange start type";
}

unsigned int services_check(void)
{
    const struct service_registration *service;
    struct service_config config;
    unsigned int wrong = 0;
    const WCHAR *reason;
    size_t i;

    for (i = 0; i < registered_service_count; i++)
    {
        service = &registered_services[i];
        reason = NULL;
        if (query_config(service->name, &config)) reason = L"is not registered: install again";
        else if (config.config.dwStartType == SERVICE_DISABLED) reason = L"is disabled: somebody has to enable it";
        else if (!is_service_dll_right(service)) reason = L"has another DLL: install again";
        else if (!is_in_group(service)) reason = L"is missing from its svchost group: install again";
        if (!reason) continue;
        print(L"               the service %ls %ls\n", service->name, reason);
        wrong++;
    }
    return wrong;
}

void services_print(void)
{
    struct service_config config;
    const WCHAR *label = L"Services:      ";
    DWORD process;
    size_t i;

    for (i = 0; i < registered_service_count; i++)
    {
        if (query_config(registered_services[i].name, &config)) continue;
        process = service_process(registered_services[i].name);
        print(L"%ls%ls %ls, %ls\n", label, registered_services[i].name, start_name(config.config.dwStartType),
              process ? L"runs" : L"does not run at the moment");
        label = L"               ";
    }
}

/* --- Wine's class table --------------------------------------------------------------------- */

BOOL services_ran(void)
{
    HKEY key;

    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, SETTINGS_RUNNING, 0, KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key)) return FALSE;
    RegCloseKey(key);
    return TRUE;
}

/* Processes that belong to a Wine session, or are ours. */
static BOOL is_wines_process(const WCHAR *name)
{
    static const WCHAR *const names[] = {L"services.exe",   L"svchost.exe",  L"rpcss.exe",    L"plugplay.exe",
                                         L"winedevice.exe", L"explorer.exe", L"conhost.exe",  L"start.exe",
                                         L"wineboot.exe",   L"rundll32.exe", L"bitshold.exe", L"wbsetup.exe"};
    size_t i;

    for (i = 0; i < ARRAYSIZE(names); i++)
        if (!lstrcmpiW(name, names[i])) return TRUE;
    return FALSE;
}

/* A program besides us, or NULL.  The name is valid until the next call. */
static const WCHAR *find_program(void)
{
    static PROCESSENTRY32W entry;
    const WCHAR *found = NULL;
    HANDLE snapshot;
    BOOL more;

    entry.dwSize = sizeof(entry);
    if ((snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)) == INVALID_HANDLE_VALUE) return NULL;
    for (more = Process32FirstW(snapshot, &entry); more && !found; more = Process32NextW(snapshot, &entry))
        if (!is_wines_process(entry.szExeFile)) found = entry.szExeFile;
    CloseHandle(snapshot);
    return found;
}

static unsigned int count_processes(const WCHAR *name)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof(entry)};
    unsigned int count = 0;
    HANDLE snapshot;
    BOOL more;

    if ((snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0)) == INVALID_HANDLE_VALUE) return 0;
    for (more = Process32FirstW(snapshot, &entry); more; more = Process32NextW(snapshot, &entry))
        if (!lstrcmpiW(entry.szExeFile, name)) count++;
    CloseHandle(snapshot);
    return count;
}

/* "wine wineboot" in a new prefix starts two service managers: Wine's loader makes the prefix, and starts one, before
 * it runs the program that was asked for.  Each knows half of the services, and takes half of the calls. */
enum result services_check_session(void)
{
    const WCHAR *program;

    if (count_processes(L"services.exe") < 2) return RESULT_OK;
    if (!(program = find_program())) return RESULT_OTHER_SESSION;
    say(L"Two service managers run in this session of Wine, as the prefix is new. Close %ls, then try again.\n",
        program);
    return RESULT_PROBLEM;
}

DWORD services_forget(void)
{
    const WCHAR *program = find_program();
    SC_HANDLE service;
    DWORD error;

    if (program)
    {
        print(L"Programs still run in this prefix (%ls). BITS is not available to them until all of them "
              L"have ended.\n",
              program);
        return 0;
    }
    /* The table is that of the RPC service, which starts again when it is needed. */
    if ((error = open_service(L"RpcSs", SERVICE_STOP | SERVICE_QUERY_STATUS, &service)) == 0)
    {
        error = stop_and_wait(service);
        CloseServiceHandle(service);
    }
    if (error == ERROR_SERVICE_DOES_NOT_EXIST) error = 0;
    if (error) complain(error, L"the service RpcSs does not stop; BITS is available again when this session has ended");
    return error;
}
