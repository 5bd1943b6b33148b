/*
 * Transfers into files: states, failures, ranges.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "dodownload.h"
#include "wine/test.h"

#define STALL_AT 20000

static void route_stalling(struct fixture *fixture, const char *path)
{
    server_route(fixture->server, path,
                 &(struct route){.flags = ROUTE_STALL, .size = SMALL_SIZE, .stall_at = STALL_AT});
}

/* Wait until a stalling transfer has so many bytes that it can be resumed from there. */
static void wait_bytes(IDODownload *object, UINT64 bytes)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    DO_DOWNLOAD_STATUS status;

    while ((status = download_status(object)).BytesTransferred < bytes && GetTickCount64() < deadline) client_pause(20);
    ok(status.BytesTransferred >= bytes, "%llu of %llu bytes", status.BytesTransferred, bytes);
}

/* C-04, C-06 and the answers of the server. */
void check_transfer(struct fixture *fixture)
{
    static const DODownloadProperty answers[] = {DODownloadProperty_HttpResponseHeaders,
                                                 DODownloadProperty_HttpServerIPAddress};
    struct download download;
    DO_DOWNLOAD_STATUS status;
    VARIANT value;
    WCHAR url[128];

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE, .headers = "X-Test: answer\r\n"});
    server_route(fixture->server, "/moved", &(struct route){.redirect = "/file"});
    if (!download_begin(&download, fixture, L"/moved")) return;
    ok_hr(IDODownload_Finalize(download.object), DO_E_INVALID_STATE); /* D-083 */
    ok_hr(IDODownload_Pause(download.object), S_OK);                  /* D-082 */
    ok_int(download_status(download.object).State, DODownloadState_Created);
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS); /* D-102 */
    status = download_status(download.object);
    ok_int(status.BytesTotal, SMALL_SIZE); /* D-091 */
    ok_int(status.BytesTransferred, SMALL_SIZE);
    ok_hr(status.Error, S_OK);
    ok_hr(status.ExtendedError, S_OK);
    ok(!client_file_exists(download.local), "the file has its name before Finalize"); /* D-092 */
    ok_hr(IDODownload_Pause(download.object), S_OK);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK); /* D-081 */
    ok_int(download_status(download.object).State, DODownloadState_Transferred);

    ok(wcsstr(get_text(download.object, answers[0]), L"X-Test: answer") != NULL, "headers %ls",
       get_text(download.object, answers[0]));                   /* D-070 */
    ok_str(get_text(download.object, answers[1]), L"127.0.0.1"); /* D-071 */
    ok_str(get_text(download.object, DODownloadProperty_HttpRedirectionTarget),
           server_url(fixture->server, L"/file", url, ARRAYSIZE(url))); /* D-069 */
    VariantInit(&value);
    ok_hr(IDODownload_GetProperty(download.object, DODownloadProperty_HttpStatusCode, &value), S_OK);
    /* D-072 */
    ok(V_VT(&value) == VT_UI4 && V_UI4(&value) == 200, "type %d, value %lu", V_VT(&value), V_UI4(&value));
    ok_hr(IDODownload_GetProperty(download.object, DODownloadProperty_TotalSizeBytes, &value), S_OK);
    ok(V_VT(&value) == VT_UI8 && V_UI8(&value) == SMALL_SIZE, "type %d", V_VT(&value)); /* D-064 */

    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    ok_int(download_status(download.object).State, DODownloadState_Finalized);
    ok_hr(IDODownload_Start(download.object, NULL), DO_E_INVALID_STATE);
    ok_hr(IDODownload_Abort(download.object), DO_E_INVALID_STATE); /* D-084 */
    ok_hr(IDODownload_Pause(download.object), DO_E_INVALID_STATE);
    download_end(&download);
}

/* D-089 */
void check_start_errors(struct fixture *fixture)
{
    struct download download;
    IDODownload *object = download_new(fixture);
    WCHAR path[MAX_PATH];

    if (!object) return;
    client_path(path);
    ok_hr(set_text(object, DODownloadProperty_LocalPath, path), S_OK);
    ok_hr(download_start(object), DO_E_DOWNLOAD_NO_URI);
    IDODownload_Abort(object);
    IDODownload_Release(object);

    if (!(object = download_new(fixture))) return;
    ok_hr(set_text(object, DODownloadProperty_Uri, L"http://127.0.0.1:9/"), S_OK);
    ok_hr(download_start(object), DO_E_FILE_DOWNLOADSINK_UNSPECIFIED);
    ok_int(download_status(object).State, DODownloadState_Created);
    IDODownload_Abort(object);
    IDODownload_Release(object);

    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(set_bool(download.object, DODownloadProperty_IntegrityCheckMandatory, TRUE), S_OK);
    ok_hr(download_start(download.object), DO_E_INTEGRITYCHECKINFO_UNSPECIFIED);
    ok_hr(set_bool(download.object, DODownloadProperty_IntegrityCheckMandatory, FALSE), S_OK);
    ok_hr(set_text(download.object, DODownloadProperty_DecryptionInfo, L"{\"KeyData\":\"00\"}"), S_OK);
    ok_hr(download_start(download.object), E_NOTIMPL); /* D-382, ours */
    download_end(&download);
}

/* C-05 */
void check_pause(struct fixture *fixture)
{
    struct download download;
    DO_DOWNLOAD_STATUS status;
    char range[64];

    route_stalling(fixture, "/file");
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(download_start(download.object), S_OK);
    ok_hr(IDODownload_Pause(download.object), S_OK);
    status = download_status(download.object);
    ok_int(status.State, DODownloadState_Paused); /* D-090 */
    ok_hr(status.Error, S_OK);                    /* D-120 */
    ok_hr(status.ExtendedError, S_OK);
    ok_hr(IDODownload_Pause(download.object), S_OK);
    ok_hr(IDODownload_Finalize(download.object), DO_E_INVALID_STATE);
    /* D-078 */
    ok_hr(set_text(download.object, DODownloadProperty_LocalPath, L"C:\\other"), DO_E_INVALID_STATE);
    ok_hr(set_text(download.object, DODownloadProperty_Uri, download.url), S_OK);

    ok_hr(IDODownload_Start(download.object, NULL), S_OK); /* D-106 */
    ok_hr(set_text(download.object, DODownloadProperty_Uri, download.url), DO_E_INVALID_STATE);
    wait_bytes(download.object, STALL_AT);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    ok_hr(IDODownload_Pause(download.object), S_OK);
    server_release(fixture->server, "/file");
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    server_header(server_request(fixture->server, "GET", "/file", server_count(fixture->server, "GET", "/file") - 1),
                  "Range", range, sizeof(range));
    ok(!strncmp(range, "bytes=20000-", 12), "the rest was asked for with \"%s\"", range);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    download_end(&download);
}

/* C-07 */
void check_aborted(struct fixture *fixture)
{
    struct download download;

    route_stalling(fixture, "/file");
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(IDODownload_Abort(download.object), S_OK);
    ok_int(download_status(download.object).State, DODownloadState_Aborted);
    ok_hr(download_start(download.object), DO_E_INVALID_STATE);
    ok_hr(IDODownload_Pause(download.object), DO_E_INVALID_STATE);
    ok_hr(IDODownload_Finalize(download.object), DO_E_INVALID_STATE);
    ok_hr(IDODownload_Abort(download.object), S_OK);
    download_end(&download);

    if (!download_begin(&download, fixture, L"/file")) return;
    /* D-047: a directory that does not exist yet, so that the temporary file is alone. */
    lstrcatW(download.local, L".dir\\deeper\\file");
    ok_hr(set_text(download.object, DODownloadProperty_LocalPath, download.local), S_OK);
    ok_hr(download_start(download.object), S_OK);
    wait_bytes(download.object, STALL_AT);
    ok_hr(IDODownload_Abort(download.object), S_OK);
    ok(!client_file_exists(download.local), "the file exists"); /* D-093 */
    download.local[lstrlenW(download.local) - 5] = 0;
    ok(RemoveDirectoryW(download.local), "the directory is not empty: error %lu", GetLastError());
    *wcsrchr(download.local, '\\') = 0;
    RemoveDirectoryW(download.local);
    download_end(&download);
}

/* C-08 */
void check_same_path(struct fixture *fixture)
{
    struct download first, second;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE, .seed = 7});
    route_stalling(fixture, "/slow");
    if (!download_begin(&first, fixture, L"/slow") || !download_begin(&second, fixture, L"/file")) return;
    ok_hr(set_text(second.object, DODownloadProperty_LocalPath, first.local), S_OK);
    ok_hr(download_start(first.object), S_OK);
    wait_bytes(first.object, STALL_AT);
    ok_hr(IDODownload_Pause(first.object), S_OK);
    ok_hr(download_start(second.object), S_OK);
    ok_int(download_status(first.object).State, DODownloadState_Aborted); /* D-096 */
    download_wait(second.object, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(second.object), S_OK);
    pattern_check_file(first.local, SMALL_SIZE, 7);
    download_end(&first);
    download_end(&second);
}

/* C-09 */
void check_lost_file(struct fixture *fixture)
{
    struct download download;
    WCHAR pattern[MAX_PATH], name[MAX_PATH];
    DO_DOWNLOAD_STATUS status;
    WIN32_FIND_DATAW found;
    HANDLE find;

    route_stalling(fixture, "/file");
    if (!download_begin(&download, fixture, L"/file")) return;
    lstrcatW(download.local, L".lost");
    CreateDirectoryW(download.local, NULL);
    wsprintfW(pattern, L"%s\\DO*.tmp", download.local);
    lstrcatW(download.local, L"\\file");
    ok_hr(set_text(download.object, DODownloadProperty_LocalPath, download.local), S_OK);
    ok_hr(download_start(download.object), S_OK);
    wait_bytes(download.object, STALL_AT);
    ok_hr(IDODownload_Pause(download.object), S_OK);

    find = FindFirstFileW(pattern, &found); /* D-092 */
    if (ok(find != INVALID_HANDLE_VALUE, "there is no %ls", pattern))
    {
        FindClose(find);
        lstrcpyW(name, download.local);
        lstrcpyW(wcsrchr(name, '\\') + 1, found.cFileName);
        ok(DeleteFileW(name), "error %lu", GetLastError());
    }
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    download_wait(download.object, DODownloadState_Paused, SOON_MS);
    status = download_status(download.object);                     /* D-095 */
    ok_hr(status.Error, HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)); /* D-029 */
    download_end(&download);
    *wcsrchr(download.local, '\\') = 0;
    RemoveDirectoryW(download.local);
}

static void check_failure(struct fixture *fixture, const WCHAR *path, HRESULT error)
{
    struct download download;
    DO_DOWNLOAD_STATUS status;

    winetest_push_context("%ls", path);
    if (download_begin(&download, fixture, path))
    {
        ok_hr(download_start(download.object), S_OK); /* D-088 */
        download_wait(download.object, DODownloadState_Paused, SOON_MS);
        status = download_status(download.object); /* D-115 */
        ok_hr(status.Error, error);
        ok_hr(IDODownload_Finalize(download.object), DO_E_INVALID_STATE);
        download_end(&download);
        ok(!client_file_exists(download.local), "the file exists");
    }
    winetest_pop_context();
}

/* D-099: it may be found out at once, in the transfer, or not before the server has said that there is no such file. */
static void check_malformed_path(struct fixture *fixture, const WCHAR *path)
{
    struct download download;
    HRESULT hr;

    winetest_push_context("%s", wine_dbgstr_w(path));
    if (download_begin(&download, fixture, L"/missing"))
    {
        ok_hr(set_text(download.object, DODownloadProperty_LocalPath, path), S_OK);
        wcscpy(download.local, path);
        if (SUCCEEDED(hr = download_start(download.object)))
        {
            download_wait(download.object, DODownloadState_Paused, SOON_MS);
            hr = download_status(download.object).Error;
        }
        ok(hr == E_ACCESSDENIED || hr == HRESULT_FROM_WIN32(ERROR_INVALID_NAME) || hr == (HRESULT)0x80190194,
           "error %#lx", hr);
        download_end(&download);
    }
    winetest_pop_context();
}

/* C-10, D-389 and their relatives. */
void check_failures(struct fixture *fixture)
{
    static const WCHAR *const malformed[] = {L"C:\\bad|name?\\file", L"?f3091d8e-18ad///  ///.1", L"C:\\a\\\"b\"",
                                             L"\\\\server\\share\\<a>"};
    struct download download;
    DO_DOWNLOAD_STATUS status;
    unsigned int i;

    server_route(fixture->server, "/forbidden", &(struct route){.status = 403});
    server_route(fixture->server, "/unknown-size", &(struct route){.size = 1000, .flags = ROUTE_NO_LENGTH});
    server_route(fixture->server, "/nothing", &(struct route){.status = 204});
    check_failure(fixture, L"/missing", 0x80190194); /* D-100, D-028 */
    check_failure(fixture, L"/forbidden", 0x80190193);
    check_failure(fixture, L"/unknown-size", DO_E_FILE_SIZE_UNKNOWN_HTTP_200); /* D-362 */

    if (download_begin(&download, fixture, L"/nothing")) /* D-116, D-362 */
    {
        ok_hr(download_start(download.object), S_OK);
        download_wait(download.object, DODownloadState_Paused, SOON_MS);
        status = download_status(download.object);
        ok_hr(status.Error, S_OK);
        ok_hr(status.ExtendedError, DO_E_UNEXPECTED_HTTP_STATUS_2XX);
        server_route(fixture->server, "/nothing", &(struct route){.size = SMALL_SIZE});
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        download_end(&download);
    }
    for (i = 0; i < ARRAYSIZE(malformed); i++) check_malformed_path(fixture, malformed[i]);
    if (download_begin(&download, fixture, L"/missing"))
    {
        ok_hr(download_start(download.object), S_OK);
        download_wait(download.object, DODownloadState_Paused, SOON_MS);
        server_route(fixture->server, "/missing", &(struct route){.size = SMALL_SIZE});
        ok_hr(IDODownload_Start(download.object, NULL), S_OK); /* D-118 */
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        status = download_status(download.object);
        ok_hr(status.Error, S_OK);
        download_end(&download);
    }
}

/* D-098, ours */
void check_existing_file(struct fixture *fixture)
{
    struct download download;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    if (!download_begin(&download, fixture, L"/file")) return;
    pattern_write_file(download.local, 1000, 5);
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Paused, SOON_MS);
    ok_hr(download_status(download.object).Error, HRESULT_FROM_WIN32(ERROR_FILE_EXISTS));
    pattern_check_file(download.local, 1000, 5);
    DeleteFileW(download.local);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);

    pattern_write_file(download.local, 1000, 5);
    ok(FAILED(IDODownload_Finalize(download.object)), "the file was overwritten");
    ok_int(download_status(download.object).State, DODownloadState_Transferred);
    pattern_check_file(download.local, 1000, 5);
    DeleteFileW(download.local);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    download_end(&download);
}

/* C-19 and the other headers. */
void check_headers(struct fixture *fixture)
{
    const struct server_request *request;
    struct download download;
    char value[128];

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/secret", &(struct route){.size = SMALL_SIZE, .user = "me", .password = "word"});
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(set_text(download.object, DODownloadProperty_HttpCustomHeaders, L"no colon\nX-One: 1\nX-Two: 2\n"), S_OK);
    ok_hr(set_text(download.object, DODownloadProperty_CorrelationVector, L"abc.1"), S_OK);
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS); /* D-048 */
    if ((request = server_request(fixture->server, "GET", "/file", 0)))
    {
        ok(server_header(request, "X-One", value, sizeof(value)) && !strcmp(value, "1"), "X-One: %s", value);
        ok(server_header(request, "X-Two", value, sizeof(value)) && !strcmp(value, "2"), "X-Two: %s", value);
        /* D-359 */
        ok(server_header(request, "MS-CV", value, sizeof(value)) && !strcmp(value, "abc.1.1.0"), "MS-CV: %s", value);
        server_header(request, "User-Agent", value, sizeof(value));
        /* D-358 */
        ok(!strncmp(value, "Microsoft-Delivery-Optimization/10", 34), "User-Agent: %s", value);
    }
    download_end(&download);

    if (!download_begin(&download, fixture, L"/secret")) return;
    ok_hr(set_text(download.object, DODownloadProperty_HttpCustomAuthHeaders, L"Authorization: Basic bWU6d29yZA==\r\n"),
          S_OK);
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    if ((request = server_request(fixture->server, "GET", "/secret", 0))) /* D-066 */
        ok(!server_header(request, "Authorization", value, sizeof(value)), "sent without being asked: %s", value);
    download_end(&download);
}

static BOOL check_parts(const WCHAR *path, const DO_DOWNLOAD_RANGE *ranges, unsigned int count)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    BYTE got[4096], want[4096];
    BOOL equal = file != INVALID_HANDLE_VALUE;
    unsigned int i;
    DWORD read;

    for (i = 0; i < count && equal; i++)
    {
        pattern_fill(want, ranges[i].Length, ranges[i].Offset, 0);
        equal = ReadFile(file, got, ranges[i].Length, &read, NULL) && read == ranges[i].Length &&
                !memcmp(got, want, ranges[i].Length);
    }
    equal = equal && ReadFile(file, got, 1, &read, NULL) && !read;
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
    return equal;
}

void check_ranges(struct fixture *fixture)
{
    static const DO_DOWNLOAD_RANGE two[] = {{10, 1000}, {30000, 2000}}, other[] = {{5, 500}};
    static const DO_DOWNLOAD_RANGE all[] = {{0, DO_LENGTH_TO_EOF}};
    static const struct
    {
        DO_DOWNLOAD_RANGE ranges[2];
        unsigned int count;
        HRESULT hr;
    } bad[] = /* D-112 */
        {
            {{{0, 0}}, 1, DO_E_INVALID_RANGE},
            {{{DO_LENGTH_TO_EOF, 1}}, 1, DO_E_INVALID_RANGE},
            {{{0, 100}, {50, 100}}, 2, DO_E_OVERLAPPING_RANGES},
            {{{0, 100}, {0, 100}}, 2, DO_E_OVERLAPPING_RANGES},
        };
    struct download download;
    unsigned int i;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    server_route(fixture->server, "/plain", &(struct route){.size = SMALL_SIZE, .flags = ROUTE_NO_RANGES});
    if (!download_begin(&download, fixture, L"/file")) return;
    for (i = 0; i < ARRAYSIZE(bad); i++)
        ok_hr(download_start_ranges(download.object, bad[i].ranges, bad[i].count), bad[i].hr);
    ok_int(download_status(download.object).State, DODownloadState_Created);
    ok_hr(download_start_ranges(download.object, other, ARRAYSIZE(other)), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_int(download_status(download.object).BytesTotal, 500); /* D-111 */

    ok_hr(download_start_ranges(download.object, two, ARRAYSIZE(two)), S_OK); /* D-081 */
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_int(download_status(download.object).BytesTransferred, 3000);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    ok(check_parts(download.local, two, ARRAYSIZE(two)), "the parts are wrong"); /* D-109 */
    download_end(&download);

    if (!download_begin(&download, fixture, L"/plain")) /* D-113 */
        return;
    ok_hr(download_start_ranges(download.object, two, ARRAYSIZE(two)), S_OK);
    download_wait(download.object, DODownloadState_Paused, SOON_MS);
    ok_hr(download_status(download.object).Error, DO_E_INSUFFICIENT_RANGE_SUPPORT);
    ok_hr(download_start_ranges(download.object, all, ARRAYSIZE(all)), S_OK); /* D-107 */
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    download_end(&download);
}

/* What passes is tried again soon and without an error for the client (D-119, D-387); a server without ranges begins
 * anew (D-113). */
void check_retry(struct fixture *fixture)
{
    static const struct route good = {.size = SMALL_SIZE, .flags = ROUTE_NO_RANGES};
    struct download download;
    DO_DOWNLOAD_STATUS status;

    server_route(fixture->server, "/busy", &(struct route){.status = 503, .times = 1, .then = &good});
    server_route(
        fixture->server, "/cut",
        &(struct route){
            .size = SMALL_SIZE, .flags = ROUTE_CUT | ROUTE_NO_RANGES, .cut_at = 30000, .times = 1, .then = &good});
    if (!download_begin(&download, fixture, L"/busy")) return;
    ok_hr(download_start(download.object), S_OK);
    server_wait_requests(fixture->server, "GET", "/busy", 1, SOON_MS);
    status = download_status(download.object);
    ok_int(status.State == DODownloadState_Transferring || status.State == DODownloadState_Transferred, TRUE);
    ok_hr(status.Error, S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    download_end(&download);

    if (!download_begin(&download, fixture, L"/cut")) return;
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    pattern_check_file(download.local, SMALL_SIZE, 0);
    download_end(&download);
}

/* C-20 */
void check_no_progress(struct fixture *fixture)
{
    struct download download;
    DO_DOWNLOAD_STATUS status;
    ULONGLONG start;

    route_stalling(fixture, "/file");
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(set_number(download.object, DODownloadProperty_NoProgressTimeoutSeconds, 60), S_OK);
    start = GetTickCount64();
    ok_hr(download_start(download.object), S_OK);
    download_wait(download.object, DODownloadState_Paused, 90000);
    status = download_status(download.object);
    ok_hr(status.Error, DO_E_DOWNLOAD_NO_PROGRESS); /* D-117, D-133 */
    ok(FAILED(status.ExtendedError), "extended error %#lx", status.ExtendedError);
    ok(GetTickCount64() - start >= 58000, "after %llu ms", GetTickCount64() - start);
    server_release(fixture->server, "/file");
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    download_end(&download);
}

struct helper
{
    struct fixture *fixture;
    IDODownload *object;
    IStream *marshalled;
};

/* Abort from another thread. */
static DWORD WINAPI abort_thread(void *arg)
{
    struct helper *helper = arg;
    IDODownload *object;

    CoInitializeEx(NULL, COINIT_MULTITHREADED);
    if (SUCCEEDED(CoGetInterfaceAndReleaseStream(helper->marshalled, &IID_IDODownload, (void **)&object)))
    {
        server_wait_stalled(helper->fixture->server, "/slow", 1, SOON_MS);
        IDODownload_Abort(object);
        IDODownload_Release(object);
    }
    CoUninitialize();
    return 0;
}

/* D-103 */
void check_blocking(struct fixture *fixture)
{
    struct helper helper = {fixture};
    struct download download;
    HANDLE thread;

    server_route(fixture->server, "/file", &(struct route){.size = SMALL_SIZE});
    route_stalling(fixture, "/slow");
    if (!download_begin(&download, fixture, L"/file")) return;
    ok_hr(set_bool(download.object, DODownloadProperty_BlockingMode, TRUE), S_OK);
    ok_hr(download_start(download.object), S_OK);
    ok_int(download_status(download.object).State, DODownloadState_Transferred);
    download_end(&download);

    if (!download_begin(&download, fixture, L"/missing")) return;
    ok_hr(set_bool(download.object, DODownloadProperty_BlockingMode, TRUE), S_OK);
    ok_hr(download_start(download.object), 0x80190194);
    download_end(&download);

    if (!download_begin(&download, fixture, L"/slow")) return;
    ok_hr(set_bool(download.object, DODownloadProperty_BlockingMode, TRUE), S_OK);
    ok_hr(CoMarshalInterThreadInterfaceInStream(&IID_IDODownload, (IUnknown *)download.object, &helper.marshalled),
          S_OK);
    thread = CreateThread(NULL, 0, abort_thread, &helper, 0, NULL);
    ok(FAILED(download_start(download.object)), "an aborted download succeeds");
    client_wait(thread, SOON_MS);
    CloseHandle(thread);
    ok_int(download_status(download.object).State, DODownloadState_Aborted);
    download_end(&download);
}
