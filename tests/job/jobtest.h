/*
 * What the conformance tests of BITS' interfaces share: one manager, one server, jobs in known states.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * For test programs of one source file: START_TEST calls tests_begin, its parts with winetest_run, and
 * tests_end. Rules: docs/rules.
 */

#ifndef WINE_BITS_TESTS_JOB_JOBTEST_H
#define WINE_BITS_TESTS_JOB_JOBTEST_H

#include <stdio.h>
#include "support/server.h"
#include "support/client.h"
#include "wine/test.h"

#define ENGLISH MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)
#define POLICY_KEY L"Software\\Policies\\Microsoft\\Windows\\BITS"

static WINETEST_UNUSED IBackgroundCopyManager *manager;
static WINETEST_UNUSED struct server *server;

/* --- answers that may differ ------------------------------------------------------------------ */

/* Whether this is our service and not that of Windows: what only we do on purpose asks here. */
static WINETEST_UNUSED BOOL is_wine(void)
{
    return winetest_is_wine();
}

/* A NULL where a pointer has to be: the proxy refuses, or the service does (B-100). */
#define ok_null(hr) check_null(__FILE__, __LINE__, #hr, (hr))
static WINETEST_UNUSED void check_null(const char *file, int line, const char *what, HRESULT hr)
{
    winetest_ok(file, line,
                hr == HRESULT_FROM_WIN32(RPC_X_NULL_REF_POINTER) || hr == E_INVALIDARG || broken(hr == E_POINTER),
                "%s is %#lx", what, (unsigned long)hr);
}

/* A value outside an enumeration: what the rule says, or refused by the proxy if it does not fit the wire. */
#define ok_enum(hr, expected) check_enum(__FILE__, __LINE__, #hr, (hr), (expected))
static WINETEST_UNUSED void check_enum(const char *file, int line, const char *what, HRESULT hr, HRESULT expected)
{
    winetest_ok(file, line, hr == expected || hr == HRESULT_FROM_WIN32(RPC_X_ENUM_VALUE_OUT_OF_RANGE),
                "%s is %#lx, expected %#lx", what, (unsigned long)hr, (unsigned long)expected);
}

/* A state, by name in the message. */
#define ok_state(job, expected) check_state(__FILE__, __LINE__, (job), (expected))
static WINETEST_UNUSED BOOL check_state(const char *file, int line, IBackgroundCopyJob *job, BG_JOB_STATE expected)
{
    BG_JOB_STATE state = client_state(job);

    return winetest_ok(file, line, state == expected, "the job is %s, expected %s (error %#lx)",
                       client_state_name(state), client_state_name(expected), client_job_error(job, NULL));
}

/* A text that a method gave: compared, freed. */
#define ok_text(text, expected) check_text(__FILE__, __LINE__, (text), (expected))
static WINETEST_UNUSED void check_text(const char *file, int line, WCHAR *text, const WCHAR *expected)
{
    winetest_ok_str(file, line, "the text", text, expected);
    CoTaskMemFree(text);
}

/* --- the program -------------------------------------------------------------------------------- */

static WINETEST_UNUSED BOOL tests_begin(void)
{
    if (!client_start(COINIT_MULTITHREADED)) return FALSE;
    manager = client_manager(&CLSID_BackgroundCopyManager);
    server = server_create();
    return manager && server;
}

static WINETEST_UNUSED void tests_end(void)
{
    if (manager) IBackgroundCopyManager_Release(manager);
    server_destroy(server);
    client_remove_directory();
    client_stop();
}

/* --- objects -------------------------------------------------------------------------------------- */

/* An interface of any object, or NULL after a failed test. */
#define query(object, name) ((name *)query_interface(__FILE__, __LINE__, (IUnknown *)(object), &IID_##name, #name))
static WINETEST_UNUSED void *query_interface(const char *file, int line, IUnknown *object, REFIID iid, const char *name)
{
    void *out = NULL;
    HRESULT hr = IUnknown_QueryInterface(object, iid, &out);

    winetest_ok(file, line, hr == S_OK && out, "QueryInterface for %s returned %#lx", name, (unsigned long)hr);
    return SUCCEEDED(hr) ? out : NULL;
}

/* A text of length characters that all are c; freed by the caller. */
static WINETEST_UNUSED WCHAR *make_text(size_t length, WCHAR c)
{
    WCHAR *text = malloc((length + 1) * sizeof(*text));
    size_t i;

    for (i = 0; i < length; i++) text[i] = c;
    text[length] = 0;
    return text;
}

/* The first file of a job, or NULL after a failed test. */
static WINETEST_UNUSED IBackgroundCopyFile *job_file(IBackgroundCopyJob *job, unsigned int index)
{
    IEnumBackgroundCopyFiles *files = NULL;
    IBackgroundCopyFile *file = NULL;
    HRESULT hr = IBackgroundCopyJob_EnumFiles(job, &files);

    ok_hr(hr, S_OK);
    if (FAILED(hr)) return NULL;
    if (index) IEnumBackgroundCopyFiles_Skip(files, index);
    hr = IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL);
    ok(hr == S_OK && file, "there is no file %u: %#lx", index, hr);
    IEnumBackgroundCopyFiles_Release(files);
    return file;
}

/* --- jobs of this program ----------------------------------------------------------------------------- */

/* A foreground download of one file with a path of its own on the server. */
struct subject
{
    IBackgroundCopyJob *job;
    char path[32];
    WCHAR url[128];
    WCHAR local[MAX_PATH];
};

/* route NULL: the path answers 404. */
static WINETEST_UNUSED BOOL subject_init(struct subject *subject, const struct route *route)
{
    static const struct route not_found = {.status = 404, .text = "not there"};
    static LONG number;
    WCHAR path[32];
    HRESULT hr;

    memset(subject, 0, sizeof(*subject));
    snprintf(subject->path, sizeof(subject->path), "/subject%ld", (long)InterlockedIncrement(&number));
    _snwprintf(path, ARRAYSIZE(path), L"%hs", subject->path);
    server_route(server, subject->path, route ? route : &not_found);
    server_url(server, path, subject->url, ARRAYSIZE(subject->url));
    if (!(subject->job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return FALSE;
    hr = IBackgroundCopyJob_AddFile(subject->job, subject->url, client_path(subject->local));
    ok_hr(hr, S_OK);
    hr = IBackgroundCopyJob_SetPriority(subject->job, BG_JOB_PRIORITY_FOREGROUND);
    ok_hr(hr, S_OK);
    return TRUE;
}

static WINETEST_UNUSED void subject_cleanup(struct subject *subject)
{
    client_drop_job(subject->job);
    subject->job = NULL;
    server_release(server, subject->path);
    DeleteFileW(subject->local);
}

/* Resume and wait for the end of the transfer. */
static WINETEST_UNUSED BOOL subject_transfer(struct subject *subject)
{
    HRESULT hr = IBackgroundCopyJob_Resume(subject->job);

    ok_hr(hr, S_OK);
    return client_wait_state(subject->job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
}

/* --- policies --------------------------------------------------------------------------------------------- */

/* Set a policy, or take it back (value 0). FALSE: this process may not; on Windows it could be somebody's own. */
static WINETEST_UNUSED BOOL set_policy(const WCHAR *name, DWORD value)
{
    LSTATUS error;
    HKEY key;

    if (!is_wine() ||
        RegCreateKeyExW(HKEY_LOCAL_MACHINE, POLICY_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL))
        return FALSE;
    if (value) error = RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof(value));
    else error = RegDeleteValueW(key, name);
    RegCloseKey(key);
    return !error;
}

/* --- the service --------------------------------------------------------------------------------------- */

/* Stop the service and wait until it has stopped. FALSE: this process may not, or it does not stop. */
static WINETEST_UNUSED BOOL stop_service(void)
{
    SC_HANDLE scm = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service = NULL;
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    SERVICE_STATUS status = {0};

    if (scm && (service = OpenServiceW(scm, L"BITS", SERVICE_STOP | SERVICE_QUERY_STATUS)) &&
        ControlService(service, SERVICE_CONTROL_STOP, &status))
    {
        /* The SCM tells nobody when a service has stopped. */
        while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED &&
               GetTickCount64() < deadline)
            client_pause(20);
    }
    if (service) CloseServiceHandle(service);
    if (scm) CloseServiceHandle(scm);
    return status.dwCurrentState == SERVICE_STOPPED;
}

#endif
