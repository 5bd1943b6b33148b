/*
 * What the services send, byte by byte, to whom, and what they write down of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>

#include "support/client.h"
#include "support/server.h"
#include "wine/test.h"

#define FILE_SIZE 3000

static IBackgroundCopyManager *manager;
static struct server *server, *other;

/* --- golden traces ---------------------------------------------------------------------------- */

/* B-970: the head of a request as it arrived, without what differs from run to run: the server is HOST. */
static void check_head(const struct server_request *request, const char *expected)
{
    char head[4096], host[64], *pos;

    if (!ok(request != NULL, "there was no such request")) return;
    snprintf(head, sizeof(head), "%s %s\n%s", request->method, request->target, request->headers);
    sprintf(host, "127.0.0.1:%u", server_port(server));
    while ((pos = strstr(head, host)))
    {
        memcpy(pos, "HOST", 4);
        memmove(pos + 4, pos + strlen(host), strlen(pos + strlen(host)) + 1);
    }
    while ((pos = strchr(head, '\r'))) memmove(pos, pos + 1, strlen(pos));
    ok(!strcmp(head, expected), "got\n%s\nexpected\n%s", head, expected);
}

static IBackgroundCopyJob *begin(const char *path, ULONG flags, WCHAR *local)
{
    IBackgroundCopyJobHttpOptions *options;
    IBackgroundCopyJob *job;
    WCHAR url[256], name[128];

    if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return NULL;
    swprintf(name, ARRAYSIZE(name), L"%hs", path);
    server_url(server, name, url, ARRAYSIZE(url));
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    if (flags &&
        SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return job;
}

static void finish(IBackgroundCopyJob *job, BG_JOB_PRIORITY priority)
{
    ok_hr(IBackgroundCopyJob_SetPriority(job, priority), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
    IBackgroundCopyJob_Release(job);
}

/* B-420, B-422: as captured of Windows 10.  No HEAD for a foreground job of one file is a difference on purpose:
 * servers that refuse HEAD work then. */
static void test_download(void)
{
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];

    server_route(server, "/background", &(struct route){.size = FILE_SIZE});
    if (!(job = begin("/background?a=b", 0, local))) return;
    finish(job, BG_JOB_PRIORITY_NORMAL);
    check_head(server_request(server, "HEAD", "/background", 0),
               "HEAD /background?a=b\nConnection: Keep-Alive\nAccept: */*\nAccept-Encoding: identity\n"
               "User-Agent: Microsoft BITS/7.8\nHost: HOST\n");
    check_head(server_request(server, "GET", "/background", 0),
               "GET /background?a=b\nConnection: Keep-Alive\nAccept: */*\nAccept-Encoding: identity\n"
               "If-Unmodified-Since: " SERVER_DATE "\nUser-Agent: Microsoft BITS/7.8\nHost: HOST\n");

    server_route(server, "/foreground", &(struct route){.size = FILE_SIZE});
    if (!(job = begin("/foreground", 0, local))) return;
    finish(job, BG_JOB_PRIORITY_FOREGROUND);
    ok(!server_request(server, "HEAD", "/foreground", 0), "there was a HEAD");
    check_head(server_request(server, "GET", "/foreground", 0),
               "GET /foreground\nConnection: Keep-Alive\nAccept: */*\nAccept-Encoding: identity\n"
               "User-Agent: Microsoft BITS/7.8\nHost: HOST\n");
}

/* A part of a file: the condition comes before the range. */
static void test_range(void)
{
    BG_FILE_RANGE range = {100, 200};
    IBackgroundCopyJob3 *job3;
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH], url[256];

    server_route(server, "/range", &(struct route){.size = FILE_SIZE});
    if (!(job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    server_url(server, L"/range", url, ARRAYSIZE(url));
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3)))
    {
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, url, client_path(local), 1, &range), S_OK);
        IBackgroundCopyJob3_Release(job3);
    }
    finish(job, BG_JOB_PRIORITY_FOREGROUND);
    check_head(server_request(server, "GET", "/range", 0),
               "GET /range\nConnection: Keep-Alive\nAccept: */*\nAccept-Encoding: identity\n"
               "If-Unmodified-Since: " SERVER_DATE
               "\nRange: bytes=100-299\nUser-Agent: Microsoft BITS/7.8\nHost: HOST\n");
}

/* B-563: after a redirect the next request goes to the first URL again. */
static void test_redirected(void)
{
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];

    server_route(server, "/moved", &(struct route){.redirect = "/target"});
    server_route(server, "/target", &(struct route){.size = FILE_SIZE});
    if (!(job = begin("/moved", 0, local))) return;
    finish(job, BG_JOB_PRIORITY_NORMAL);
    ok(server_request(server, "HEAD", "/moved", 0) && server_request(server, "HEAD", "/target", 0) &&
           server_request(server, "GET", "/moved", 0) && server_request(server, "GET", "/target", 0),
       "not HEAD and GET at both");
}

/* --- redirects that are not followed (B-560, B-561) --------------------------------------------- */

static void check_remote_name(IBackgroundCopyJob *job, const WCHAR *expected)
{
    IEnumBackgroundCopyFiles *files;
    IBackgroundCopyFile *file;
    WCHAR *name;

    if (FAILED(IBackgroundCopyJob_EnumFiles(job, &files))) return;
    if (IEnumBackgroundCopyFiles_Next(files, 1, &file, NULL) == S_OK)
    {
        ok_hr(IBackgroundCopyFile_GetRemoteName(file, &name), S_OK);
        ok(!wcscmp(name, expected), "the name is %s, not %s", wine_dbgstr_w(name), wine_dbgstr_w(expected));
        CoTaskMemFree(name);
        IBackgroundCopyFile_Release(file);
    }
    IEnumBackgroundCopyFiles_Release(files);
}

static void test_disallowed(void)
{
    static const struct
    {
        unsigned int status;
        const char *location;
        const WCHAR *path; /* of the name afterwards; NULL: as before */
    } redirects[] = {
        {302, "file:///C:/windows/win.ini", NULL},
        {302, "file://localhost/C:/windows/win.ini", NULL},
        {302, "C:\\windows\\win.ini", NULL},
        {302, "ftp://127.0.0.1/file", NULL},
        {302, "javascript:alert(1)", NULL},
        {302, "\\\\127.0.0.1\\share\\file", L"/\\\\127.0.0.1\\share\\file"},
        {302, "/one", L"/one"},
        {301, "two?x", L"/two?x"},
        {307, "/three", L"/three"},
        {308, "/four", L"/four"},
    };
    WCHAR url[256], before[256], local[MAX_PATH], name[64];
    IBackgroundCopyJob *job;
    BG_ERROR_CONTEXT context;
    char path[64];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(redirects); i++)
    {
        winetest_push_context("%u to %s", redirects[i].status, redirects[i].location);
        sprintf(path, "/disallowed%u", i);
        server_route(server, path, &(struct route){.redirect = redirects[i].location, .status = redirects[i].status});
        if ((job = begin(path, BG_HTTP_REDIRECT_POLICY_DISALLOW, local)))
        {
            swprintf(name, ARRAYSIZE(name), L"%hs", path);
            server_url(server, name, before, ARRAYSIZE(before));
            server_url(server, redirects[i].path ? redirects[i].path : name, url, ARRAYSIZE(url));
            ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
            ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
            if (client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS))
                ok_hr(client_job_error(job, &context), (HRESULT)(0x80190000 | redirects[i].status));
            check_remote_name(job, url);
        }
        client_drop_job(job);
        winetest_pop_context();
    }
}

/* --- secrets and other servers ------------------------------------------------------------------- */

static void set_secrets(IBackgroundCopyJob *job, ULONG flags)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};
    IBackgroundCopyJobHttpOptions *options;
    IBackgroundCopyJob2 *job2;

    credentials.Credentials.Basic.UserName = (WCHAR *)L"me";
    credentials.Credentials.Basic.Password = (WCHAR *)L"word";
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2)))
    {
        ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
        IBackgroundCopyJob2_Release(job2);
    }
    if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options)))
    {
        ok_hr(IBackgroundCopyJobHttpOptions_SetCustomHeaders(options,
                                                             L"X-Api-Key: key\r\nCookie: given=1\r\nX-Plain: yes\r\n"),
              S_OK);
        if (flags) ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags), S_OK);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
}

static void check_no_secrets(const struct server_request *request)
{
    char value[256];

    if (!ok(request != NULL, "there was no such request")) return;
    ok(!server_header(request, "Authorization", value, sizeof(value)), "Authorization: %s", value);
    ok(!server_header(request, "X-Api-Key", value, sizeof(value)), "X-Api-Key: %s", value);
    ok(!server_header(request, "Cookie", value, sizeof(value)), "Cookie: %s", value);
    ok(server_header(request, "X-Plain", value, sizeof(value)), "X-Plain is missing"); /* B-580 */
}

/* A redirect that is reported gives the file another name; what the job has is for the first server all the same, also
 * when that name is asked for anew. */
static void test_reported(void)
{
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];
    char location[128];

    sprintf(location, "http://127.0.0.1:%u/elsewhere", server_port(other));
    server_route(server, "/reported", &(struct route){.redirect = location});
    server_route(other, "/elsewhere",
                 &(struct route){.status = 503,
                                 .text = "",
                                 .times = 1,
                                 .then = &(const struct route){.size = FILE_SIZE, .user = "me", .password = "word"}});
    if (!(job = begin("/reported", 0, local))) return;
    set_secrets(job, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS); /* 401 is not answered */
        check_no_secrets(server_request(other, "GET", "/elsewhere", 0));
        check_no_secrets(server_request(other, "GET", "/elsewhere", 1));
    }
    client_drop_job(job);
}

/* --- what is written down -------------------------------------------------------------------------- */

static char *read_file(const WCHAR *path, DWORD *size)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    char *text;

    if (file == INVALID_HANDLE_VALUE) return NULL;
    *size = GetFileSize(file, NULL);
    text = calloc(1, *size + 1);
    ok(ReadFile(file, text, *size, size, NULL), "cannot read, error %lu", GetLastError());
    CloseHandle(file);
    return text;
}

/* Nobody but the owner, the system and administrators is named. */
static void check_private(const WCHAR *path)
{
    BYTE buffer[4096], world[SECURITY_MAX_SID_SIZE];
    SECURITY_DESCRIPTOR *descriptor = (SECURITY_DESCRIPTOR *)buffer;
    DWORD size = sizeof(world), i;
    BOOL present, defaulted;
    ACCESS_ALLOWED_ACE *ace;
    ACL *list;

    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    if (!ok(GetFileSecurityW(path, DACL_SECURITY_INFORMATION, descriptor, sizeof(buffer), &size),
            "no rights of %s, error %lu", wine_dbgstr_w(path), GetLastError()))
        return;
    ok(GetSecurityDescriptorDacl(descriptor, &present, &list, &defaulted) && present && list, "everybody may");
    for (i = 0; list && i < list->AceCount && GetAce(list, i, (void **)&ace); i++)
        ok(!EqualSid(&ace->SidStart, world) || ace->Header.AceType != ACCESS_ALLOWED_ACE_TYPE ||
               !(ace->Mask & (FILE_READ_DATA | FILE_WRITE_DATA)),
           "everybody may open %s", wine_dbgstr_w(path));
}

static void stop_service(void)
{
    SC_HANDLE scm = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT), service;
    SERVICE_STATUS status;

    if ((service = OpenServiceW(scm, L"BITS", SERVICE_STOP | SERVICE_QUERY_STATUS)))
    {
        ControlService(service, SERVICE_CONTROL_STOP, &status);
        while (QueryServiceStatus(service, &status) && status.dwCurrentState != SERVICE_STOPPED) Sleep(50);
        CloseServiceHandle(service);
    }
    CloseServiceHandle(scm);
}

/* The most that the log can say. */
static void test_log(void)
{
    static const char *const secrets[] = {"SECRET", "U0VDUkVU"}; /* the second is base64 */
    WCHAR path[MAX_PATH], local[MAX_PATH], url[256], store[MAX_PATH];
    IBackgroundCopyJob2 *job2;
    IBackgroundCopyJob *job;
    DWORD level = 2, size;
    unsigned int i;
    char *log;
    HKEY key;

    if (!winetest_is_wine())
    {
        skip("Windows has another log\n");
        return;
    }
    client_path(path);
    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, L"Software\\wine-bits", 0, NULL, 0, KEY_ALL_ACCESS | KEY_WOW64_64KEY, NULL,
                        &key, NULL))
        return;
    RegSetValueExW(key, L"LogFile", 0, REG_SZ, (const BYTE *)path, (wcslen(path) + 1) * sizeof(*path));
    RegSetValueExW(key, L"LogLevel", 0, REG_DWORD, (const BYTE *)&level, sizeof(level));
    stop_service();
    IBackgroundCopyManager_Release(manager);
    manager = client_manager(&CLSID_BackgroundCopyManager);

    server_route(server, "/logged", &(struct route){.redirect = "/logged2?sig=SECRET"});
    server_route(server, "/logged2", &(struct route){.size = FILE_SIZE, .user = "SECRET", .password = "SECRET"});
    if ((job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)))
    {
        swprintf(url, ARRAYSIZE(url), L"http://SECRET:SECRET@127.0.0.1:%u/logged?sig=SECRET#SECRET",
                 server_port(server));
        ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
        set_secrets(job, BG_HTTP_REDIRECT_POLICY_ALLOW_REPORT);
        if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob2, (void **)&job2)))
        {
            ok_hr(
                IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"C:\\windows\\system32\\cmd.exe", L"cmd.exe /c rem SECRET"),
                S_OK);
            IBackgroundCopyJob2_Release(job2);
        }
        ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
        client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS); /* the job's credentials are wrong ones */
    }
    client_drop_job(job);
    if (ok((log = read_file(path, &size)) != NULL, "there is no log"))
    {
        ok(strstr(log, "/logged") != NULL, "the log says nothing of the request");
        for (i = 0; i < ARRAYSIZE(secrets); i++)
        {
            const char *found = strstr(log, secrets[i]);

            ok(!found, "the log has %.80s", found ? (found - log > 60 ? found - 60 : log) : "");
        }
        free(log);
        check_private(path);
    }
    if (ok(GetEnvironmentVariableW(L"ProgramData", store, ARRAYSIZE(store) - 64) > 0, "no ProgramData"))
    {
        wcscat(store, L"\\Microsoft\\Network\\Downloader\\jobs.journal");
        check_private(store);
    }
    RegDeleteValueW(key, L"LogFile");
    RegDeleteValueW(key, L"LogLevel");
    RegCloseKey(key);
}

START_TEST(wire)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    server = server_create();
    other = server_create();
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_download);
        winetest_run(test_range);
        winetest_run(test_redirected);
        winetest_run(test_disallowed);
        winetest_run(test_reported);
        winetest_run(test_log);
        if (manager) IBackgroundCopyManager_Release(manager);
    }
    server_destroy(other);
    server_destroy(server);
    client_remove_directory();
    client_stop();
}
