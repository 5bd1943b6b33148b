/*
 * The job, method by method: defaults, arguments, what is kept (B-130 to B-190, B-300 to B-320).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "job/jobtest.h"
#include <sddl.h>

static const struct route route_good = {.size = 1000};
static const struct route route_missing = {.status = 404, .text = "not there"};

/* --- defaults ---------------------------------------------------------------------------------- */

/* B-920 */
static void check_defaults(BG_JOB_TYPE type)
{
    IBackgroundCopyJob *job = client_job(manager, type);
    BG_JOB_PROXY_USAGE usage = -1;
    BG_JOB_PRIORITY priority = -1;
    BG_JOB_PROGRESS progress = {1, 1, 1, 1};
    WCHAR *text = NULL, *other = NULL;
    IUnknown *object = (IUnknown *)1;
    BG_JOB_TIMES times;
    ULONG number;

    if (!job) return;
    ok_state(job, BG_JOB_STATE_SUSPENDED); /* B-300, B-142 */
    ok_hr(IBackgroundCopyJob_GetPriority(job, &priority), S_OK);
    ok_int(priority, BG_JOB_PRIORITY_NORMAL); /* B-301 */
    ok_hr(IBackgroundCopyJob_GetNotifyFlags(job, &number), S_OK);
    ok_int(number, BG_NOTIFY_JOB_TRANSFERRED | BG_NOTIFY_JOB_ERROR); /* B-302, B-152 */
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &object), S_OK);
    ok(!object, "got an object"); /* B-303, B-154 */
    ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job, &number), S_OK);
    ok_int(number, 600); /* B-304, B-156 */
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &number), S_OK);
    ok_int(number, 1209600); /* B-305, B-158 */
    ok_hr(IBackgroundCopyJob_GetProxySettings(job, &usage, &text, &other), S_OK);
    ok_int(usage, BG_JOB_PROXY_USAGE_PRECONFIG); /* B-308, B-161 */
    ok(!text && !other, "got proxies %s, %s", wine_dbgstr_w(text), wine_dbgstr_w(other));
    ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    ok_text(text, L""); /* B-312, B-148 */
    ok_hr(IBackgroundCopyJob_GetErrorCount(job, &number), S_OK);
    ok_int(number, 0); /* B-313 */
    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    ok_int(progress.BytesTotal, 0); /* B-314, B-140 */
    ok_int(progress.BytesTransferred, 0);
    ok_int(progress.FilesTotal, 0);
    ok_int(progress.FilesTransferred, 0);
    ok_hr(IBackgroundCopyJob_GetTimes(job, &times), S_OK); /* B-315 */
    ok(!CompareFileTime(&times.CreationTime, &times.ModificationTime) || broken(TRUE), "changed already");
    ok(!times.TransferCompletionTime.dwLowDateTime && !times.TransferCompletionTime.dwHighDateTime,
       "completed already");
    client_drop_job(job);
}

static void check_later_defaults(BG_JOB_TYPE type)
{
    IBackgroundCopyJob *job = client_job(manager, type);
    IBackgroundCopyJob4 *job4 = job ? query(job, IBackgroundCopyJob4) : NULL;
    WCHAR *program = NULL, *parameters = NULL;
    ULONG number = 0;
    DWORD flags = 1;
    BOOL elevated = 2;

    if (job4)
    {
        ok_hr(IBackgroundCopyJob4_GetNotifyCmdLine(job4, &program, &parameters), S_OK); /* B-303, B-171 */
        ok_text(program, L"");
        ok_text(parameters, L"");
        ok_hr(IBackgroundCopyJob4_GetFileACLFlags(job4, &flags), S_OK);
        ok_int(flags, 0); /* B-311, B-183 */
        flags = 1;
        ok_hr(IBackgroundCopyJob4_GetPeerCachingFlags(job4, &flags), S_OK);
        ok_int(flags, 0); /* B-311, B-186 */
        ok_hr(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &number), S_OK);
        ok_int(number, 7776000);                                                /* B-306, B-190 */
        ok_hr(IBackgroundCopyJob4_GetOwnerIntegrityLevel(job4, &number), S_OK); /* B-187 */
        ok(number >= 0x2000 && number <= 0x4000, "the integrity level is %#lx", number);
        ok_hr(IBackgroundCopyJob4_GetOwnerElevationState(job4, &elevated), S_OK); /* B-188 */
        ok(elevated == FALSE || elevated == TRUE, "elevated is %d", elevated);
        IBackgroundCopyJob4_Release(job4);
    }
    client_drop_job(job);
}

static void test_defaults(void)
{
    BG_JOB_TYPE type;

    for (type = BG_JOB_TYPE_DOWNLOAD; type <= BG_JOB_TYPE_UPLOAD_REPLY; type++)
    {
        winetest_push_context("type %d", type);
        check_defaults(type);
        check_later_defaults(type);
        winetest_pop_context();
    }
}

/* --- names of files (B-130 to B-132, B-400, B-410) ------------------------------------------------ */

static unsigned int file_count(IBackgroundCopyJob *job)
{
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_GetProgress(job, &progress), S_OK);
    return progress.FilesTotal;
}

/* B-131, B-132, B-400 */
static void test_remote_names(void)
{
    static const struct
    {
        const WCHAR *name;
        HRESULT hr;
    } names[] = {
        {L"http://127.0.0.1/a", S_OK},
        {L"HTTP://127.0.0.1/a", S_OK},
        {L"https://127.0.0.1:4433/a?b=c&d", S_OK},
        {L"http://user:word@127.0.0.1/a", S_OK},
        {L"http://[::1]:80/a", S_OK},
        {L"file://c:/windows/win.ini", S_OK},
        {L"c:\\windows\\win.ini", S_OK},
        {L"\\\\server\\share\\file", S_OK},
        {L"ftp://127.0.0.1/a", E_INVALIDARG},
        {L"gopher://127.0.0.1/a", E_INVALIDARG},
        {L"", E_INVALIDARG},
        {L"a", E_INVALIDARG},
        {L"http://", E_INVALIDARG},
        {L"http:///a", E_INVALIDARG},
        {L"http://127.0.0.1:99999/a", E_INVALIDARG},
        {L"dir\\file", E_INVALIDARG},
        {L"c:\\windows\\*.ini", E_INVALIDARG},
    };
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    unsigned int i, count = 0;
    WCHAR local[MAX_PATH];
    HRESULT hr;

    if (!job) return;
    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        hr = IBackgroundCopyJob_AddFile(job, names[i].name, client_path(local));
        ok(hr == names[i].hr, "%s: %#lx, expected %#lx", wine_dbgstr_w(names[i].name), hr, names[i].hr);
        count += SUCCEEDED(hr);
        ok_int(file_count(job), count);
    }
    ok_null(IBackgroundCopyJob_AddFile(job, NULL, client_path(local)));
    client_drop_job(job);
}

static void test_local_names(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR name[MAX_PATH], drive[4] = L"c:\\";
    BG_FILE_INFO set[2];
    unsigned int i;
    HRESULT hr;

    if (!job) return;
    {
        const WCHAR *const bad[] = {
            L"",
            L"file",
            L"dir\\file",
            L"\\file",
            L"%TEMP%\\file",
            L"c:\\dir*\\file",
            L"c:\\file?",
            L"c:\\file:stream",
            L"\\\\?\\c:\\file",
            L"c:file",
        };

        for (i = 0; i < ARRAYSIZE(bad); i++)
        {
            hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", bad[i]);
            ok(hr == E_INVALIDARG, "%s: %#lx", wine_dbgstr_w(bad[i]), hr);
            ok_int(file_count(job), 0);
        }
    }
    /* B-410: the directory has to be there */
    _snwprintf(name, ARRAYSIZE(name), L"%sno such directory\\file", client_directory());
    hr = IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", name);
    ok(hr == HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND) || broken(hr == S_OK || hr == E_INVALIDARG), "got %#lx", hr);
    /* B-411: an existing file is none of its business yet */
    client_path(name);
    ok(pattern_write_file(name, 10, 1), "cannot write %s", wine_dbgstr_w(name));
    ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", name), S_OK);
    ok(pattern_check_file(name, 10, 1), "AddFile changed the file");

    /* B-130: all or none */
    i = file_count(job);
    set[0] = (BG_FILE_INFO){L"http://127.0.0.1/a", name};
    set[1] = (BG_FILE_INFO){L"http://127.0.0.1/b", drive};
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), E_INVALIDARG);
    ok_int(file_count(job), i);
    set[1] = (BG_FILE_INFO){L"nothing", name};
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), E_INVALIDARG);
    ok_int(file_count(job), i);
    set[1] = (BG_FILE_INFO){L"http://127.0.0.1/b", name};
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), S_OK);
    ok_int(file_count(job), i + 2);
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 0, set), E_INVALIDARG);
    client_drop_job(job);
    ok(pattern_check_file(name, 10, 1), "Cancel changed the file"); /* B-614 */
    DeleteFileW(name);
}

/* B-257, B-258 */
static void test_lengths(void)
{
    static const WCHAR host[] = L"http://127.0.0.1/";
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[2300], name[400], local[MAX_PATH];
    unsigned int i, directory;

    if (!job) return;
    client_path(local);
    wcscpy(url, host);
    for (i = wcslen(url); i < 2200; i++) url[i] = i % 100 ? 'a' : '/';
    url[2200] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
    url[2200] = 'a';
    url[2201] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, local), E_INVALIDARG);

    /* one segment of 260 and of 261 characters */
    wcscpy(url, host);
    for (i = wcslen(host); i < wcslen(host) + 260; i++) url[i] = 's';
    url[i] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, local), S_OK);
    url[i++] = 's';
    url[i] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, url, local), E_INVALIDARG);

    wcscpy(name, client_directory());
    directory = wcslen(name);
    for (i = directory; i < 261; i++) name[i] = 'l';
    name[261] = 0;
    ok_hr(IBackgroundCopyJob_AddFile(job, host, name), E_INVALIDARG);
    client_drop_job(job);
}

/* B-130, B-265: an upload has one file. */
static void test_upload_files(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_UPLOAD);
    WCHAR local[MAX_PATH];
    BG_FILE_INFO set[2] = {{L"http://127.0.0.1/a", local}, {L"http://127.0.0.1/b", local}};
    BG_FILE_RANGE range = {0, 10};
    IBackgroundCopyJob3 *job3;

    if (!job) return;
    ok(pattern_write_file(client_path(local), 100, 3), "cannot write %s", wine_dbgstr_w(local));
    ok_hr(IBackgroundCopyJob_AddFileSet(job, 2, set), BG_E_TOO_MANY_FILES);
    ok_int(file_count(job), 0);
    ok_hr(IBackgroundCopyJob_AddFile(job, set[0].RemoteName, local), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, set[1].RemoteName, local), BG_E_TOO_MANY_FILES);
    ok_int(file_count(job), 1);
    if ((job3 = query(job, IBackgroundCopyJob3)))
    {
        /* B-180, B-181: for downloads */
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http:", L"https:"), E_NOTIMPL);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, set[0].RemoteName, local, 1, &range), E_NOTIMPL);
        IBackgroundCopyJob3_Release(job3);
    }
    client_drop_job(job);
    ok(pattern_check_file(local, 100, 3), "the source was changed");
    DeleteFileW(local);
}

/* --- settings ----------------------------------------------------------------------------------------- */

/* B-145, B-146, B-147, B-148, B-255, B-256 */
static void test_texts(void)
{
    static const WCHAR odd[] = L"  \"t\u00e4xt\"\r\n\u4e2d\u6587 %PATH% ";
    WCHAR *name = make_text(257, 'n'), *description = make_text(1025, 'd'), *text = NULL;
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    HRESULT hr;

    if (!job) return;
    hr = IBackgroundCopyJob_SetDisplayName(job, name);
    ok(hr == BG_E_STRING_TOO_LONG || broken(hr == E_INVALIDARG), "SetDisplayName returned %#lx", hr);
    ok_hr(IBackgroundCopyJob_SetDescription(job, description), BG_E_STRING_TOO_LONG);
    name[256] = description[1024] = 0;
    ok_hr(IBackgroundCopyJob_SetDisplayName(job, name), S_OK);
    ok_hr(IBackgroundCopyJob_SetDescription(job, description), S_OK);
    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    ok_text(text, name);
    ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    ok_text(text, description);
    ok_hr(IBackgroundCopyJob_SetDisplayName(job, odd), S_OK);
    ok_hr(IBackgroundCopyJob_SetDescription(job, odd), S_OK);
    ok_hr(IBackgroundCopyJob_GetDisplayName(job, &text), S_OK);
    ok_text(text, odd);
    ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    ok_text(text, odd);
    ok_hr(IBackgroundCopyJob_SetDescription(job, L""), S_OK);
    ok_hr(IBackgroundCopyJob_GetDescription(job, &text), S_OK);
    ok_text(text, L"");
    ok_null(IBackgroundCopyJob_SetDisplayName(job, NULL));
    ok_null(IBackgroundCopyJob_SetDescription(job, NULL));
    client_drop_job(job);
    free(name);
    free(description);
}

/* B-149 to B-158 */
static void test_numbers(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    BG_JOB_PRIORITY priority, got;
    ULONG flags, number;

    if (!job) return;
    for (priority = BG_JOB_PRIORITY_FOREGROUND; priority <= BG_JOB_PRIORITY_LOW; priority++)
    {
        ok_hr(IBackgroundCopyJob_SetPriority(job, priority), S_OK); /* B-149 */
        ok_hr(IBackgroundCopyJob_GetPriority(job, &got), S_OK);     /* B-150 */
        ok_int(got, priority);
    }
    ok_enum(IBackgroundCopyJob_SetPriority(job, 4), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_GetPriority(job, &got), S_OK);
    ok_int(got, BG_JOB_PRIORITY_LOW);

    for (flags = 0; flags < 0x40; flags++)
    {
        ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, flags), S_OK);   /* B-151, B-925 */
        ok_hr(IBackgroundCopyJob_GetNotifyFlags(job, &number), S_OK); /* B-152 */
        ok_int(number, flags);
    }
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x40), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_SetNotifyFlags(job, 0x80000001), E_NOTIMPL);
    ok_hr(IBackgroundCopyJob_GetNotifyFlags(job, &number), S_OK);
    ok_int(number, 0x3f);

    for (flags = 0; flags < 8; flags++)
    {
        ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, flags), S_OK);   /* B-155 */
        ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job, &number), S_OK); /* B-156 */
        ok_int(number, max(flags, 5));
    }
    ok_hr(IBackgroundCopyJob_SetMinimumRetryDelay(job, 0xffffffff), S_OK);
    ok_hr(IBackgroundCopyJob_GetMinimumRetryDelay(job, &number), S_OK);
    ok_int(number, 0xffffffff);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK);       /* B-157 */
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &number), S_OK); /* B-158 */
    ok_int(number, 0);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0xffffffff), S_OK);
    ok_hr(IBackgroundCopyJob_GetNoProgressTimeout(job, &number), S_OK);
    ok_int(number, 0xffffffff);
    client_drop_job(job);
}

static void check_proxy(IBackgroundCopyJob *job, BG_JOB_PROXY_USAGE usage, const WCHAR *list, const WCHAR *bypass)
{
    WCHAR *got_list = (WCHAR *)1, *got_bypass = (WCHAR *)1;
    BG_JOB_PROXY_USAGE got = -1;

    ok_hr(IBackgroundCopyJob_GetProxySettings(job, &got, &got_list, &got_bypass), S_OK);
    ok_int(got, usage);
    ok_text(got_list, list);
    ok_text(got_bypass, bypass);
}

/* B-160, B-161, B-263 */
static void test_proxy(void)
{
    WCHAR *fits = make_text(4000, 'p'), *too_long = make_text(40000, 'p');
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);

    if (!job) return;
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"http=http://proxy:3128 other",
                                              L"*.local <local>"),
          S_OK);
    check_proxy(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"http=http://proxy:3128 other", L"*.local <local>");
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy", NULL), S_OK);
    check_proxy(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy", NULL);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, fits, fits), S_OK);
    check_proxy(job, BG_JOB_PROXY_USAGE_OVERRIDE, fits, fits);

    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, too_long, NULL),
          BG_E_PROXY_LIST_TOO_LARGE);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, L"proxy", too_long),
          BG_E_PROXY_BYPASS_LIST_TOO_LARGE);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_OVERRIDE, NULL, NULL), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, L"proxy", NULL), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_PRECONFIG, NULL, L"x"), E_INVALIDARG);
    ok_enum(IBackgroundCopyJob_SetProxySettings(job, 4, NULL, NULL), E_NOTIMPL);
    check_proxy(job, BG_JOB_PROXY_USAGE_OVERRIDE, fits, fits);

    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL), S_OK);
    check_proxy(job, BG_JOB_PROXY_USAGE_AUTODETECT, NULL, NULL);
    ok_hr(IBackgroundCopyJob_SetProxySettings(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL), S_OK);
    check_proxy(job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL);
    client_drop_job(job);
    free(fits);
    free(too_long);
}

static HRESULT STDMETHODCALLTYPE plain_QueryInterface(IUnknown *iface, REFIID iid, void **out)
{
    *out = NULL;
    if (!IsEqualIID(iid, &IID_IUnknown)) return E_NOINTERFACE;
    *out = iface;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE plain_AddRef(IUnknown *iface)
{
    return 2;
}

static ULONG STDMETHODCALLTYPE plain_Release(IUnknown *iface)
{
    return 1;
}

static const IUnknownVtbl plain_vtbl = {plain_QueryInterface, plain_AddRef, plain_Release};

/* B-153, B-154: the last one counts, the one before is released. */
static void test_notify_interface(void)
{
    struct callback *first = callback_create(1), *second = callback_create(2);
    IUnknown plain = {(IUnknownVtbl *)&plain_vtbl}, *object = NULL;
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyCallback *callback;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(first)), S_OK);
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &object), S_OK);
    ok(object != NULL, "no object");
    if (object)
    {
        callback = query(object, IBackgroundCopyCallback);
        ok((void *)callback == (void *)&first->IBackgroundCopyCallback3_iface, "another object");
        if (callback) IBackgroundCopyCallback_Release(callback);
        IUnknown_Release(object);
    }
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, callback_unknown(second)), S_OK);
    ok(callback_wait_released(first, SOON_MS), "the first object is still held");
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, &plain), E_NOINTERFACE);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), S_OK);
    ok(callback_wait_released(second, SOON_MS), "the second object is still held");
    ok_hr(IBackgroundCopyJob_GetNotifyInterface(job, &object), S_OK);
    ok(!object, "got an object");
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok_hr(IBackgroundCopyJob_SetNotifyInterface(job, NULL), BG_E_INVALID_STATE); /* B-924 */
    IBackgroundCopyJob_Release(job);
    callback_destroy(first);
    callback_destroy(second);
}

/* B-144 */
static void test_owner(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    union
    {
        TOKEN_USER user;
        BYTE bytes[256];
    } buffer;
    WCHAR *text = NULL, *own = NULL;
    HANDLE token;
    DWORD size;

    if (!job) return;
    ok(OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token), "no token");
    ok(GetTokenInformation(token, TokenUser, &buffer, sizeof(buffer), &size), "no user");
    ok(ConvertSidToStringSidW(buffer.user.User.Sid, &own), "no SID");
    ok_hr(IBackgroundCopyJob_GetOwner(job, &text), S_OK);
    ok(text && !wcsncmp(text, L"S-1-5-", 6), "the owner is %s", wine_dbgstr_w(text));
    ok_text(text, own);
    LocalFree(own);
    CloseHandle(token);
    client_drop_job(job);
}

/* B-143: what a method answers is no error of the job. */
static void test_no_error(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyError *error = (IBackgroundCopyError *)1;
    ULONG number;

    if (!job) return;
    ok_hr(IBackgroundCopyJob_AddFile(job, L"nothing", L"nothing"), E_INVALIDARG);
    ok_hr(IBackgroundCopyJob_Resume(job), BG_E_EMPTY);
    ok_hr(IBackgroundCopyJob_GetError(job, &error), BG_E_ERROR_INFORMATION_UNAVAILABLE);
    ok(!error, "got an error object");
    ok_hr(IBackgroundCopyJob_GetErrorCount(job, &number), S_OK); /* B-159 */
    ok_int(number, 0);
    client_drop_job(job);
}

/* --- IBackgroundCopyJob2 -------------------------------------------------------------------------------- */

static void check_command(IBackgroundCopyJob2 *job2, const WCHAR *program, const WCHAR *parameters)
{
    WCHAR *got_program = NULL, *got_parameters = NULL;

    ok_hr(IBackgroundCopyJob2_GetNotifyCmdLine(job2, &got_program, &got_parameters), S_OK);
    ok_text(got_program, program);
    ok_text(got_parameters, parameters);
}

/* B-170, B-171, B-259 */
static void test_command_line(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob2 *job2 = job ? query(job, IBackgroundCopyJob2) : NULL;
    WCHAR *program = make_text(261, 'c'), *parameters = make_text(4001, 'p');

    if (job2)
    {
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, NULL), BG_E_STRING_TOO_LONG);
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"c:\\x.exe", parameters), BG_E_STRING_TOO_LONG);
        check_command(job2, L"", L"");
        program[260] = parameters[4000] = 0;
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters), S_OK);
        check_command(job2, program, parameters);
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"%windir%\\x \"y\".exe", L"\"a b\" %TEMP%"), S_OK);
        check_command(job2, L"%windir%\\x \"y\".exe", L"\"a b\" %TEMP%");
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, L"c:\\x.exe", NULL), S_OK);
        check_command(job2, L"c:\\x.exe", L"");
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, NULL, L"alone"), E_INVALIDARG);
        check_command(job2, L"c:\\x.exe", L"");
        ok_hr(IBackgroundCopyJob2_SetNotifyCmdLine(job2, NULL, NULL), S_OK);
        check_command(job2, L"", L"");
        IBackgroundCopyJob2_Release(job2);
    }
    client_drop_job(job);
    free(program);
    free(parameters);
}

/* B-172, B-173, B-174, B-175, B-060, B-061 */
static void test_reply(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_UPLOAD_REPLY);
    IBackgroundCopyJob2 *job2 = job ? query(job, IBackgroundCopyJob2) : NULL;
    WCHAR *text = NULL, *too_long = make_text(300, 'r'), local[MAX_PATH], reply[MAX_PATH];
    BG_JOB_REPLY_PROGRESS progress = {0, 1};
    BYTE *data = (BYTE *)1;
    UINT64 size;

    memcpy(too_long, L"c:\\", 3 * sizeof(WCHAR));
    if (job2)
    {
        ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), S_OK);
        ok(progress.BytesTotal == BG_SIZE_UNKNOWN, "the total is %llu", progress.BytesTotal);
        ok_int(progress.BytesTransferred, 0);
        ok_null(IBackgroundCopyJob2_GetReplyProgress(job2, NULL));
        ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size), BG_E_INVALID_STATE);
        ok(!data, "got data");
        ok_hr(IBackgroundCopyJob2_GetReplyFileName(job2, &text), S_OK);
        ok_text(text, NULL);
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, too_long), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, L"relative"), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, client_path(reply)), S_OK);
        ok_hr(IBackgroundCopyJob2_GetReplyFileName(job2, &text), S_OK);
        ok_text(text, reply);
        ok(!client_file_exists(reply), "the reply is there already");
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, L""), S_OK);
        ok(pattern_write_file(client_path(local), 100, 3), "cannot write %s", wine_dbgstr_w(local));
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://127.0.0.1/a", local), S_OK);
        ok_hr(IBackgroundCopyJob_AddFile(job, L"\\\\server\\share\\a", local), BG_E_TOO_MANY_FILES);
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, NULL), S_OK);
        IBackgroundCopyJob2_Release(job2);
        DeleteFileW(local);
    }
    client_drop_job(job);
    free(too_long);
}

static void test_no_reply(void)
{
    static const BG_JOB_TYPE types[] = {BG_JOB_TYPE_DOWNLOAD, BG_JOB_TYPE_UPLOAD};
    BG_JOB_REPLY_PROGRESS progress;
    WCHAR *text = NULL;
    BYTE *data = NULL;
    unsigned int i;
    UINT64 size;

    for (i = 0; i < ARRAYSIZE(types); i++)
    {
        IBackgroundCopyJob *job = client_job(manager, types[i]);
        IBackgroundCopyJob2 *job2 = job ? query(job, IBackgroundCopyJob2) : NULL;

        if (job2)
        {
            ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), E_NOTIMPL);
            ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size), E_NOTIMPL);
            ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, L"c:\\reply"), E_NOTIMPL);
            ok_hr(IBackgroundCopyJob2_GetReplyFileName(job2, &text), E_NOTIMPL);
            IBackgroundCopyJob2_Release(job2);
        }
        client_drop_job(job);
    }
}

/* --- IBackgroundCopyJob3 ------------------------------------------------------------------------------------ */

static void check_remote(IBackgroundCopyJob *job, unsigned int index, const WCHAR *expected)
{
    IBackgroundCopyFile *file = job_file(job, index);
    WCHAR *text = NULL;

    if (!file) return;
    ok_hr(IBackgroundCopyFile_GetRemoteName(file, &text), S_OK);
    ok_text(text, expected);
    IBackgroundCopyFile_Release(file);
}

/* B-180 */
static void test_prefix(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = job ? query(job, IBackgroundCopyJob3) : NULL;
    WCHAR *absurd = make_text(2200, 'x'), local[MAX_PATH];

    memcpy(absurd, L"http://a/", 9 * sizeof(WCHAR));
    if (job3)
    {
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://one/dir/a", client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://one/dir/b", client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob_AddFile(job, L"http://two/http://one/dir", client_path(local)), S_OK);
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://ONE/", L"http://x/"), S_FALSE);
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"one", L"x"), S_FALSE);
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"http://one/dir/", L"https://other/"), S_OK);
        check_remote(job, 0, L"https://other/a");
        check_remote(job, 1, L"https://other/b");
        check_remote(job, 2, L"http://two/http://one/dir");
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"", L"x"), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"https", L""), E_INVALIDARG);
        ok_null(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, NULL, L"x"));
        ok_null(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"x", NULL));
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"https://other/", L"ftp://x/"), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_ReplaceRemotePrefix(job3, L"https://other/", absurd), E_INVALIDARG);
        check_remote(job, 0, L"https://other/a");
        IBackgroundCopyJob3_Release(job3);
    }
    client_drop_job(job);
    free(absurd);
}

/* B-181, B-227 */
static void test_ranges(void)
{
    static const struct
    {
        const char *name;
        unsigned int count;
        BG_FILE_RANGE ranges[3];
        HRESULT hr;
    } cases[] = {
        {"one", 1, {{0, 10}}, S_OK},
        {"to the end", 1, {{5, BG_LENGTH_TO_EOF}}, S_OK},
        {"two, not in order", 2, {{100, 10}, {0, 100}}, S_OK},
        {"none", 0, {{0, 0}}, E_INVALIDARG},
        {"empty", 1, {{5, 0}}, S_OK},
        {"at the end of all", 1, {{BG_LENGTH_TO_EOF, 1}}, BG_E_INVALID_RANGE},
        {"twice", 2, {{5, 10}, {5, 10}}, BG_E_OVERLAPPING_RANGES},
        {"overlap", 2, {{5, 10}, {14, 10}}, BG_E_OVERLAPPING_RANGES},
        {"overlap, not in order", 2, {{14, 10}, {5, 10}}, BG_E_OVERLAPPING_RANGES},
        {"an empty one behind", 2, {{100, 5}, {100, 0}}, S_OK},
        {"overlap, an empty one before", 2, {{100, 0}, {100, 5}}, BG_E_OVERLAPPING_RANGES},
        {"overlap, an empty one inside", 2, {{100, 5}, {102, 0}}, BG_E_OVERLAPPING_RANGES},
        {"beyond the end", 2, {{5, BG_LENGTH_TO_EOF}, {100, 1}}, BG_E_OVERLAPPING_RANGES},
    };
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = job ? query(job, IBackgroundCopyJob3) : NULL;
    WCHAR local[MAX_PATH];
    unsigned int i, count = 0;
    HRESULT hr;

    for (i = 0; job3 && i < ARRAYSIZE(cases); i++)
    {
        hr = IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", client_path(local), cases[i].count,
                                                   (BG_FILE_RANGE *)cases[i].ranges);
        ok(hr == cases[i].hr, "%s: %#lx, expected %#lx", cases[i].name, hr, cases[i].hr);
        count += SUCCEEDED(hr);
        ok_int(file_count(job), count);
    }
    if (job3)
    {
        BG_FILE_RANGE range = {0, 10};

        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"\\\\server\\share\\a", local, 1, &range), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", L"a", 1, &range), E_INVALIDARG);
        ok_null(IBackgroundCopyJob3_AddFileWithRanges(job3, L"http://127.0.0.1/a", local, 1, NULL));
        IBackgroundCopyJob3_Release(job3);
    }
    client_drop_job(job);
}

/* B-182, B-183, B-185, B-186, B-189, B-190 */
static void test_flags(void)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob4 *job4 = job ? query(job, IBackgroundCopyJob4) : NULL;
    DWORD flags, got;
    ULONG number;

    for (flags = 0; job4 && flags < 16; flags++)
    {
        ok_hr(IBackgroundCopyJob4_SetFileACLFlags(job4, flags), S_OK);
        ok_hr(IBackgroundCopyJob4_GetFileACLFlags(job4, &got), S_OK);
        ok_int(got, flags);
    }
    for (flags = 0; job4 && flags < 8; flags++)
    {
        ok_hr(IBackgroundCopyJob4_SetPeerCachingFlags(job4, flags), S_OK);
        ok_hr(IBackgroundCopyJob4_GetPeerCachingFlags(job4, &got), S_OK);
        ok_int(got, flags);
    }
    if (job4)
    {
        ok_hr(IBackgroundCopyJob4_SetFileACLFlags(job4, 0x10), E_INVALIDARG);
        ok_hr(IBackgroundCopyJob4_GetFileACLFlags(job4, &got), S_OK);
        ok_int(got, 15);
        ok_hr(IBackgroundCopyJob4_SetFileACLFlags(job4, 0), S_OK);
        ok_hr(IBackgroundCopyJob4_SetPeerCachingFlags(job4, 8), E_NOTIMPL);
        ok_hr(IBackgroundCopyJob4_GetPeerCachingFlags(job4, &got), S_OK);
        ok_int(got, 7);
        ok_hr(IBackgroundCopyJob4_SetMaximumDownloadTime(job4, 12345), S_OK);
        ok_hr(IBackgroundCopyJob4_GetMaximumDownloadTime(job4, &number), S_OK);
        ok_int(number, 12345);
        IBackgroundCopyJob4_Release(job4);
    }
    client_drop_job(job);
}

/* --- progress ------------------------------------------------------------------------------------------------- */

/* B-140: the wanted bytes; unknown as soon as one is. */
static void test_progress(void)
{
    static const struct route route = {.size = 5000};
    BG_FILE_RANGE ranges[] = {{0, 100}, {1000, 200}};
    IBackgroundCopyJob3 *job3;
    BG_JOB_PROGRESS progress;
    struct subject subject;
    WCHAR second[MAX_PATH];

    if (subject_init(&subject, &route) && (job3 = query(subject.job, IBackgroundCopyJob3)))
    {
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok(progress.BytesTotal == BG_SIZE_UNKNOWN, "the total is %llu", progress.BytesTotal);
        ok_int(progress.FilesTotal, 1);
        ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, subject.url, client_path(second), 2, ranges), S_OK);
        IBackgroundCopyJob3_Release(job3);
        subject_transfer(&subject);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.BytesTotal, 5300);
        ok_int(progress.BytesTransferred, 5300);
        ok_int(progress.FilesTotal, 2);
        ok_int(progress.FilesTransferred, 2);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK); /* B-011 */
        ok_int(progress.BytesTransferred, 5300);
        ok(pattern_check_file(subject.local, 5000, 0), "the file is damaged");
        DeleteFileW(second);
    }
    subject_cleanup(&subject);
}

/* B-137, B-610: what is there is kept, the rest is not. */
static void test_partial(void)
{
    BG_JOB_PROGRESS progress;
    struct subject subject;
    WCHAR second[MAX_PATH], url[128];

    server_route(server, "/missing", &route_missing);
    if (subject_init(&subject, &route_good))
    {
        ok_hr(IBackgroundCopyJob_AddFile(subject.job, server_url(server, L"/missing", url, ARRAYSIZE(url)),
                                         client_path(second)),
              S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(IBackgroundCopyJob_GetProgress(subject.job, &progress), S_OK);
        ok_int(progress.FilesTransferred, 1);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), BG_S_PARTIAL_COMPLETE);
        ok_state(subject.job, BG_JOB_STATE_ACKNOWLEDGED);
        ok(pattern_check_file(subject.local, 1000, 0), "the file is damaged");
        ok(!client_file_exists(second), "a file that did not come is there");
        ok_int(client_count_files(L"BIT*.tmp"), 0);
    }
    subject_cleanup(&subject);
}

/* B-136: nothing is left. */
static void test_cancel(void)
{
    struct subject subject;

    if (subject_init(&subject, &route_good))
    {
        subject_transfer(&subject);
        ok_int(client_count_files(L"BIT*.tmp"), 1);
        ok_hr(IBackgroundCopyJob_Cancel(subject.job), S_OK);
        ok_int(client_count_files(L"*"), 2); /* "." and ".." */
    }
    subject_cleanup(&subject);
}

START_TEST(job)
{
    if (tests_begin())
    {
        winetest_run(test_defaults);
        winetest_run(test_remote_names);
        winetest_run(test_local_names);
        winetest_run(test_lengths);
        winetest_run(test_upload_files);
        winetest_run(test_texts);
        winetest_run(test_numbers);
        winetest_run(test_proxy);
        winetest_run(test_notify_interface);
        winetest_run(test_owner);
        winetest_run(test_no_error);
        winetest_run(test_command_line);
        winetest_run(test_reply);
        winetest_run(test_no_reply);
        winetest_run(test_prefix);
        winetest_run(test_ranges);
        winetest_run(test_flags);
        winetest_run(test_progress);
        winetest_run(test_partial);
        winetest_run(test_cancel);
    }
    tests_end();
}
