/*
 * What known programs do, call by call, and what concerns the whole machine.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

/* --- winget (D-442, D-446, D-449) ----------------------------------------------------------------- */

/* How long it waits for a first change of the number of bytes, in ms (D-135, D-446). */
#define WINGET_PATIENCE 60000

struct winget
{
    ULONGLONG begun;
    ULONGLONG first_change; /* 0: none yet */
    UINT64 first_bytes;
    HANDLE end;   /* event */
    BOOL waiting; /* it has begun to wait */
    HRESULT error;
    BOOL done, progress;
};

/* Looks at the status only when it waits already: an earlier wake-up is lost (D-144). It never asks (D-138), and goes
 * by the error first, then by the state (D-139). */
static void winget_status(struct status_callback *callback, IDODownload *download, const DO_DOWNLOAD_STATUS *status)
{
    struct winget *winget = callback->context;

    if (status->State == DODownloadState_Transferring)
    {
        if (!winget->progress) winget->first_bytes = status->BytesTransferred;
        else if (!winget->first_change && status->BytesTransferred != winget->first_bytes)
            winget->first_change = GetTickCount64();
        winget->progress = TRUE;
    }
    if (!winget->waiting) return;
    if (FAILED(status->Error)) winget->error = status->Error;
    else if (status->State == DODownloadState_Transferred || status->State == DODownloadState_Finalized)
        winget->done = TRUE;
    else return;
    SetEvent(winget->end);
}

static IDODownload *winget_begin(struct fixture *fixture, struct download *download, const WCHAR *path,
                                 struct status_callback *callback)
{
    IDODownload *object;

    client_path(download->local);
    server_url(fixture->server, path, download->url, ARRAYSIZE(download->url));
    if (!(object = download_new(fixture))) return NULL;
    ok_hr(CoSetProxyBlanket((IUnknown *)object, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_DEFAULT, COLE_DEFAULT_PRINCIPAL,
                            RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_DEFAULT),
          S_OK);
    ok_hr(set_text(object, DODownloadProperty_Uri, download->url), S_OK);
    ok_hr(set_bool(object, DODownloadProperty_ForegroundPriority, TRUE), S_OK);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, download->local), S_OK);
    ok_hr(set_object(object, DODownloadProperty_CallbackInterface, &callback->IDODownloadStatusCallback_iface), S_OK);
    ok_hr(set_text(object, DODownloadProperty_DisplayName, L"Some Installer"), S_OK);
    ok_hr(set_text(object, DODownloadProperty_ContentId,
                   L"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
          S_OK);
    ok_hr(set_text(object, DODownloadProperty_HttpCustomHeaders, L"X-Test: 1\r\n"), S_OK);
    return object;
}

/* A long download: the number of bytes changes between two calls while it is on its way, well before the patience of
 * winget ends (D-446). Takes a few seconds, not a minute: what counts is that callbacks bring news each second. */
static void winget_long(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    struct winget winget = {.end = CreateEventW(NULL, FALSE, FALSE, NULL)};
    struct download download;
    IDODownload *object;

    server_route(fixture->server, "/long.exe", &(struct route){.size = SMALL_SIZE, .drip_bytes = 5000, .drip_ms = 400});
    callback->hook = winget_status;
    callback->context = &winget;
    if (!(object = winget_begin(fixture, &download, L"/long.exe", callback))) return;
    winget.begun = GetTickCount64();
    ok_hr(download_start(object), S_OK);
    winget.waiting = TRUE;
    ok(client_wait(winget.end, WINGET_PATIENCE), "the end is not told");
    ok(winget.first_change && winget.first_change - winget.begun < WINGET_PATIENCE / 10,
       "the first change came after %lld ms", winget.first_change - winget.begun);
    ok_hr(IDODownload_Finalize(object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    IDODownload_Release(object);
    status_callback_destroy(callback);
    CloseHandle(winget.end);
}

void check_winget(struct fixture *fixture)
{
    struct status_callback *callback = status_callback_create();
    struct winget winget = {.end = CreateEventW(NULL, FALSE, FALSE, NULL)};
    struct download download;
    IDODownload *object;

    server_route(fixture->server, "/setup.exe", &(struct route){.size = SMALL_SIZE});
    callback->hook = winget_status;
    callback->context = &winget;
    if (!(object = winget_begin(fixture, &download, L"/setup.exe", callback))) return;
    ok_hr(download_start(object), S_OK);
    /* Late, so that a small file is there already. */
    client_pause(500);
    winget.waiting = TRUE;
    ok(client_wait(winget.end, SOON_MS), "the end is not told");
    ok(winget.done && winget.progress, "done %d, progress %d, error %#lx", winget.done, winget.progress, winget.error);
    ok(*get_text(object, DODownloadProperty_HttpResponseHeaders), "no headers");
    ok_hr(IDODownload_Finalize(object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    ok_int(download_status(object).State, DODownloadState_Finalized);
    IDODownload_Release(object);
    status_callback_destroy(callback);

    callback = status_callback_create();
    winget = (struct winget){.end = winget.end};
    ResetEvent(winget.end);
    callback->hook = winget_status;
    callback->context = &winget;
    if (!(object = winget_begin(fixture, &download, L"/missing.exe", callback))) return;
    ok_hr(download_start(object), S_OK);
    winget.waiting = TRUE;
    ok(client_wait(winget.end, SOON_MS), "the error is not told");
    ok_hr(winget.error, 0x80190194);
    ok_int(download_status(object).State, DODownloadState_Paused);
    ok_hr(IDODownload_Abort(object), S_OK);
    IDODownload_Release(object);
    status_callback_destroy(callback);
    CloseHandle(winget.end);
    winget_long(fixture);
}

/* --- the do-client SDK (D-452, D-453, D-456) --------------------------------------------------------- */

/* Its blocking helper; the first pauses are shorter here. */
static HRESULT sdk_wait(IDODownload *object)
{
    DO_DOWNLOAD_STATUS status;
    unsigned int i;

    for (i = 1; i <= 40; i++)
    {
        client_pause(i * 20);
        status = download_status(object);
        if (status.State == DODownloadState_Created || status.State == DODownloadState_Transferring ||
            (status.State == DODownloadState_Paused && SUCCEEDED(status.Error) && FAILED(status.ExtendedError)))
            continue;
        break;
    }
    if (status.State == DODownloadState_Transferred) return IDODownload_Finalize(object);
    ok_hr(IDODownload_Abort(object), S_OK);
    return status.Error;
}

static IDODownload *sdk_create(struct fixture *fixture, const WCHAR *path)
{
    IDODownload *object = download_new(fixture);
    WCHAR url[128];

    if (!object) return NULL;
    ok_hr(CoSetProxyBlanket((IUnknown *)object, RPC_C_AUTHN_DEFAULT, RPC_C_AUTHZ_NONE, COLE_DEFAULT_PRINCIPAL,
                            RPC_C_AUTHN_LEVEL_DEFAULT, RPC_C_IMP_LEVEL_IMPERSONATE, NULL, EOAC_STATIC_CLOAKING),
          S_OK);
    ok_hr(set_text(object, DODownloadProperty_Uri, server_url(fixture->server, path, url, ARRAYSIZE(url))), S_OK);
    return object;
}

void check_sdk(struct fixture *fixture)
{
    static const DO_DOWNLOAD_RANGE whole[] = {{0, DO_LENGTH_TO_EOF}};
    struct sink_stream *stream;
    WCHAR local[MAX_PATH];
    IDODownload *object;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!(object = sdk_create(fixture, L"/file"))) return;
    client_path(local);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, local), S_OK);
    ok_hr(set_text(object, DODownloadProperty_DisplayName, L"caller"), S_OK);
    /* D-378 */
    ok_hr(set_bool(object, DODownloadProperty_IntegrityCheckMandatory, FALSE), S_OK);
    ok_hr(set_text(object, DODownloadProperty_IntegrityCheckInfo,
                   L"{\"PiecesHashFileUrl\":\"http://127.0.0.1:9/\",\"HashOfHashes\":\"AAAA\"}"),
          S_OK);
    ok_hr(set_text(object, DODownloadProperty_CorrelationVector, L"vector.0"), S_OK);
    ok_hr(set_number(object, DODownloadProperty_NoProgressTimeoutSeconds, 60), S_OK);
    ok_hr(download_start(object), S_OK);
    ok_hr(sdk_wait(object), S_OK);
    pattern_check_file(local, SMALL_SIZE, 0);
    IDODownload_Release(object);

    if (!(object = sdk_create(fixture, L"/missing"))) return;
    client_path(local);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, local), S_OK);
    ok_hr(download_start(object), S_OK);
    ok_hr(sdk_wait(object), 0x80190194);
    ok(!client_file_exists(local), "the file exists");
    IDODownload_Release(object);

    stream = sink_stream_create();
    if (!(object = sdk_create(fixture, L"/file"))) return;
    ok_hr(set_object(object, DODownloadProperty_StreamInterface, &stream->IStream_iface), S_OK);
    ok_hr(download_start_ranges(object, whole, 1), S_OK);
    ok_hr(sdk_wait(object), S_OK);
    ok_int(stream->size, SMALL_SIZE);
    IDODownload_Release(object);
    sink_stream_destroy(stream);
}

/* --- the machine ----------------------------------------------------------------------------------- */

#define POLICIES L"Software\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
#define SETTINGS L"Software\\Microsoft\\Windows\\CurrentVersion\\DeliveryOptimization\\Config"

/* HTTP only, and no Delivery Optimization at all. */
#define MODE_HTTP 0
#define MODE_BYPASS 100

static HKEY open_key(const WCHAR *path)
{
    HKEY key = NULL;

    RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL);
    return key;
}

static void set_mode(HKEY key, DWORD mode)
{
    ok(!RegSetValueExW(key, L"DODownloadMode", 0, REG_DWORD, (BYTE *)&mode, sizeof(mode)), "cannot set the mode");
}

/* D-398, D-399, D-403, D-429: the policy, the local setting, and which of them counts. */
void check_policy(struct fixture *fixture)
{
    struct download download;
    HKEY policies, settings;

    /* On Windows they could be somebody's own. */
    if (!winetest_is_wine() || !(policies = open_key(POLICIES)))
    {
        skip("no right to set policies");
        return;
    }
    settings = open_key(SETTINGS);
    if (download_begin(&download, fixture, L"/file"))
    {
        set_mode(policies, MODE_BYPASS);
        ok_hr(download_start(download.object), DO_E_NO_DOWNLOAD_EXTSETTINGS);
        RegDeleteValueW(policies, L"DODownloadMode");
        set_mode(settings, MODE_BYPASS);
        ok_hr(download_start(download.object), DO_E_NO_DOWNLOAD_EXTSETTINGS);
        set_mode(policies, MODE_HTTP);
        ok_hr(download_start(download.object), S_OK);
        RegDeleteValueW(policies, L"DODownloadMode");
        RegDeleteValueW(settings, L"DODownloadMode");
        download_end(&download);
    }
    RegCloseKey(policies);
    RegCloseKey(settings);
}

static BOOL stop_service(void)
{
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = OpenServiceW(manager, L"DoSvc", SERVICE_STOP | SERVICE_QUERY_STATUS);
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, client_service_process(L"DoSvc"));
    SERVICE_STATUS status;
    BOOL stopped = FALSE;

    if (!service || !process) skip("this user may not stop the service: error %lu", GetLastError());
    if (service && process && ok(ControlService(service, SERVICE_CONTROL_STOP, &status), "error %lu", GetLastError()))
        stopped = ok(client_wait(process, 5000), "the service does not stop");
    if (process) CloseHandle(process);
    if (service) CloseServiceHandle(service);
    if (manager) CloseServiceHandle(manager);
    return stopped;
}

static IDODownload *find(struct fixture *fixture, const WCHAR *id)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id, id};
    IEnumUnknown *downloads = NULL;
    IDODownload *object = NULL;
    IUnknown *unknown;
    HRESULT hr = IDOManager_EnumDownloads(fixture->manager, &category, &downloads);

    ok(hr == S_OK || hr == DO_E_NO_DOWNLOADS, "EnumDownloads returned %#lx", hr);
    if (hr != S_OK) return NULL;
    if (IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
    {
        IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&object);
        IUnknown_Release(unknown);
    }
    IEnumUnknown_Release(downloads);
    return object;
}

/* D-132: what is not volatile comes back, paused and with its properties, and goes on. */
void check_restart(struct fixture *fixture)
{
    struct download kept, lost;
    WCHAR kept_id[64], lost_id[64];
    IDOManager *manager;
    HRESULT hr;

    server_route(fixture->server, "/file",
                 &(struct route){.size = SMALL_SIZE, .flags = ROUTE_STALL, .stall_at = 20000});
    if (!download_begin(&kept, fixture, L"/file") || !download_begin(&lost, fixture, L"/file")) return;
    lstrcpyW(kept_id, get_text(kept.object, DODownloadProperty_Id));
    lstrcpyW(lost_id, get_text(lost.object, DODownloadProperty_Id));
    ok_hr(set_bool(kept.object, DODownloadProperty_NonVolatile, TRUE), S_OK);
    ok_hr(set_text(kept.object, DODownloadProperty_DisplayName, L"kept"), S_OK);
    ok_hr(set_text(kept.object, DODownloadProperty_HttpCustomHeaders, L"X-Kept: yes\r\n"), S_OK);
    ok_hr(download_start(kept.object), S_OK);
    ok_hr(download_start(lost.object), S_OK);
    server_wait_stalled(fixture->server, "/file", 2, SOON_MS);
    client_pause(200);

    if (!stop_service()) return;
    server_release(fixture->server, "/file");
    IDODownload_Release(kept.object);
    IDODownload_Release(lost.object);
    IDOManager_Release(fixture->manager);
    hr = CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager, (void **)&manager);
    ok(hr == S_OK, "the manager cannot be created again: %#lx", hr);
    fixture->manager = manager;
    if (FAILED(hr)) return;
    ok(!find(fixture, lost_id), "a volatile download came back");
    ok_int(client_count_files(L"DO*.tmp"), 1);
    if (ok((kept.object = find(fixture, kept_id)) != NULL, "the download is lost"))
    {
        ok_int(download_status(kept.object).State, DODownloadState_Paused);
        ok_str(get_text(kept.object, DODownloadProperty_DisplayName), L"kept");
        ok_str(get_text(kept.object, DODownloadProperty_LocalPath), kept.local);
        ok_hr(IDODownload_Start(kept.object, NULL), S_OK);
        download_wait(kept.object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(kept.object), S_OK);
        pattern_check_file(kept.local, SMALL_SIZE, 0);
        download_end(&kept);
    }
}
