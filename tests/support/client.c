/*
 * Helpers of tests that are COM clients.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/client.h"
#include "wine/test.h"

/* --- apartments ------------------------------------------------------------------ */

BOOL client_start(DWORD apartment)
{
    HRESULT hr = CoInitializeEx(NULL, apartment);

    if (!ok(hr == S_OK || hr == S_FALSE, "CoInitializeEx returned %#lx", hr)) return FALSE;
    /* Once in a process; impersonation is what the service needs for some calls (B-101). */
    hr = CoInitializeSecurity(NULL, -1, NULL, NULL, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL,
                              EOAC_NONE, NULL);
    ok(hr == S_OK || hr == RPC_E_TOO_LATE, "CoInitializeSecurity returned %#lx", hr);
    return TRUE;
}

void client_stop(void)
{
    CoUninitialize();
}

struct run
{
    DWORD apartment;
    void (*function)(void *arg);
    void *arg;
    struct winetest_thread *caller;
};

static DWORD WINAPI run_thread(void *arg)
{
    struct run *run = arg;
    int i;

    for (i = 0; i < run->caller->depth && i < WINETEST_CONTEXT_DEPTH; i++)
        winetest_push_context("%s", run->caller->context[i]);
    winetest_push_context(run->apartment == COINIT_MULTITHREADED ? "MTA" : "STA");
    if (client_start(run->apartment))
    {
        run->function(run->arg);
        client_stop();
    }
    return 0;
}

void client_run(DWORD apartment, void (*function)(void *arg), void *arg)
{
    struct run run = {apartment, function, arg, winetest_thread()};
    HANDLE thread = CreateThread(NULL, 0, run_thread, &run, 0, NULL);

    if (!ok(thread != NULL, "no thread: error %lu", GetLastError())) return;
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

static BOOL is_single_threaded(void)
{
    APTTYPEQUALIFIER qualifier;
    APTTYPE type;

    return CoGetApartmentType(&type, &qualifier) == S_OK && (type == APTTYPE_STA || type == APTTYPE_MAINSTA);
}

static void pump_messages(void)
{
    MSG message;

    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
    {
        TranslateMessage(&message);
        DispatchMessageW(&message);
    }
}

BOOL client_wait(HANDLE handle, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms, now;
    DWORD count = handle ? 1 : 0, result;

    if (!is_single_threaded())
        return handle ? WaitForSingleObject(handle, timeout_ms) == WAIT_OBJECT_0 : (Sleep(timeout_ms), FALSE);

    while ((now = GetTickCount64()) < deadline)
    {
        result = MsgWaitForMultipleObjectsEx(count, &handle, (DWORD)(deadline - now), QS_ALLINPUT, MWMO_INPUTAVAILABLE);
        if (result == WAIT_OBJECT_0 + count) pump_messages();
        else return count && result == WAIT_OBJECT_0;
    }
    return handle && WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
}

void client_pause(DWORD ms)
{
    client_wait(NULL, ms);
}

/* --- managers and jobs -------------------------------------------------------------- */

IBackgroundCopyManager *client_manager(REFCLSID class_id)
{
    IBackgroundCopyManager *manager = NULL;
    HRESULT hr = CoCreateInstance(class_id, NULL, CLSCTX_LOCAL_SERVER, &IID_IBackgroundCopyManager, (void **)&manager);

    ok(hr == S_OK, "the manager cannot be created: %#lx", hr);
    return SUCCEEDED(hr) ? manager : NULL;
}

IBackgroundCopyJob *client_job(IBackgroundCopyManager *manager, BG_JOB_TYPE type)
{
    static LONG number;
    IBackgroundCopyJob *job = NULL;
    WCHAR name[64];
    HRESULT hr;
    GUID id;

    _snwprintf(name, ARRAYSIZE(name), L"wine-bits test %lu.%ld", GetCurrentProcessId(), InterlockedIncrement(&number));
    hr = IBackgroundCopyManager_CreateJob(manager, name, type, &id, &job);
    ok(hr == S_OK, "CreateJob returned %#lx", hr);
    return SUCCEEDED(hr) ? job : NULL;
}

void client_drop_job(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state;

    if (!job) return;
    if (IBackgroundCopyJob_GetState(job, &state) == S_OK && state != BG_JOB_STATE_ACKNOWLEDGED &&
        state != BG_JOB_STATE_CANCELLED)
        IBackgroundCopyJob_Cancel(job);
    IBackgroundCopyJob_Release(job);
}

BG_JOB_STATE client_state(IBackgroundCopyJob *job)
{
    BG_JOB_STATE state = -1;
    HRESULT hr = IBackgroundCopyJob_GetState(job, &state);

    ok(hr == S_OK, "GetState returned %#lx", hr);
    return SUCCEEDED(hr) ? state : (BG_JOB_STATE)-1;
}

const char *client_state_name(BG_JOB_STATE state)
{
    static const char *const names[] = {
        "QUEUED",          "CONNECTING",  "TRANSFERRING", "SUSPENDED", "ERROR",
        "TRANSIENT_ERROR", "TRANSFERRED", "ACKNOWLEDGED", "CANCELLED",
    };

    return (unsigned int)state < ARRAYSIZE(names) ? names[state] : "unknown";
}

/* There is no event for every state, so this looks again and again. */
BOOL client_wait_state(IBackgroundCopyJob *job, BG_JOB_STATE state, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    BG_JOB_STATE now;

    while ((now = client_state(job)) != state && now != (BG_JOB_STATE)-1 && GetTickCount64() < deadline)
        client_pause(10);
    return ok(now == state, "the job is %s, expected %s (error %#lx)", client_state_name(now), client_state_name(state),
              client_job_error(job, NULL));
}

HRESULT client_job_error(IBackgroundCopyJob *job, BG_ERROR_CONTEXT *context)
{
    BG_ERROR_CONTEXT where = BG_ERROR_CONTEXT_NONE;
    IBackgroundCopyError *error;
    HRESULT code = S_OK;

    if (IBackgroundCopyJob_GetError(job, &error) == S_OK)
    {
        IBackgroundCopyError_GetError(error, &where, &code);
        IBackgroundCopyError_Release(error);
    }
    if (context) *context = where;
    return code;
}

/* --- services -------------------------------------------------------------------------- */

DWORD client_service_process(const WCHAR *name)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    SERVICE_STATUS_PROCESS status = {0};
    DWORD size;

    if (manager && (service = OpenServiceW(manager, name, SERVICE_QUERY_STATUS)) &&
        !QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status), &size))
        status.dwProcessId = 0;
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return status.dwProcessId;
}

/* --- files ------------------------------------------------------------------------------- */

static WCHAR directory[MAX_PATH];
static INIT_ONCE directory_once = INIT_ONCE_STATIC_INIT;

static BOOL CALLBACK make_directory(INIT_ONCE *once, void *parameter, void **context)
{
    WCHAR temp[MAX_PATH];

    GetTempPathW(ARRAYSIZE(temp), temp);
    _snwprintf(directory, ARRAYSIZE(directory), L"%swine-bits-test-%lu\\", temp, GetCurrentProcessId());
    /* No check that passes: in which part of a test it would be is chance. */
    if (!CreateDirectoryW(directory, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
        ok(FALSE, "%s cannot be made: error %lu", wine_dbgstr_w(directory), GetLastError());
    return TRUE;
}

const WCHAR *client_directory(void)
{
    InitOnceExecuteOnce(&directory_once, make_directory, NULL, NULL);
    return directory;
}

WCHAR *client_path(WCHAR *buffer)
{
    static LONG number;

    _snwprintf(buffer, MAX_PATH, L"%sfile%ld", client_directory(), InterlockedIncrement(&number));
    return buffer;
}

BOOL client_file_exists(const WCHAR *path)
{
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

unsigned int client_count_files_in(const WCHAR *directory, const WCHAR *pattern)
{
    WCHAR path[2 * MAX_PATH];
    WIN32_FIND_DATAW data;
    unsigned int count = 0;
    HANDLE find;

    _snwprintf(path, ARRAYSIZE(path), L"%s%s", directory, pattern);
    if ((find = FindFirstFileW(path, &data)) == INVALID_HANDLE_VALUE) return 0;
    do count++;
    while (FindNextFileW(find, &data));
    FindClose(find);
    return count;
}

unsigned int client_count_files(const WCHAR *pattern)
{
    return client_count_files_in(client_directory(), pattern);
}

static void remove_tree(const WCHAR *path)
{
    WCHAR name[MAX_PATH];
    WIN32_FIND_DATAW data;
    HANDLE find;

    _snwprintf(name, ARRAYSIZE(name), L"%s*", path);
    if ((find = FindFirstFileW(name, &data)) != INVALID_HANDLE_VALUE)
    {
        do {
            if (!wcscmp(data.cFileName, L".") || !wcscmp(data.cFileName, L"..")) continue;
            if (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)
            {
                _snwprintf(name, ARRAYSIZE(name), L"%s%s\\", path, data.cFileName);
                remove_tree(name);
            }
            else
            {
                _snwprintf(name, ARRAYSIZE(name), L"%s%s", path, data.cFileName);
                SetFileAttributesW(name, FILE_ATTRIBUTE_NORMAL);
                DeleteFileW(name);
            }
        } while (FindNextFileW(find, &data));
        FindClose(find);
    }
    RemoveDirectoryW(path);
}

void client_remove_directory(void)
{
    if (*directory) remove_tree(directory);
}
