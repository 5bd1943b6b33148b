/*
 * Downloads of Delivery Optimization over several connections: how many there are, what they ask for, and that the
 * file is right whatever becomes of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The servers give each connection so much a second and no more, so that another one brings something.  How a Windows
 * divides a file is known from captures (D-496, D-497); who adds a connection when is our own, and those checks are
 * Wine's only.
 */

#include "dodownload/dodownload.h"
#include "wine/test.h"

#define MiB (1024 * 1024)
#define SIZE (6 * MiB + 12345)
/* About 2 MiB a second for each connection: alone it would take three seconds. */
#define SLOWLY .drip_bytes = 64 * 1024, .drip_ms = 30
#define RANGES .headers = "Accept-Ranges: bytes\r\n"
#define ETAG_A .etag = "\"a\""

static BOOL begin(struct download *download, struct fixture *fixture, const WCHAR *path)
{
    if (!download_begin(download, fixture, path)) return FALSE;
    ok_hr(set_bool(download->object, DODownloadProperty_ForegroundPriority, TRUE), S_OK);
    return TRUE;
}

static void finish(struct download *download, uint32_t seed)
{
    download_wait(download->object, DODownloadState_Transferred, SOON_MS);
    ok(download_status(download->object).BytesTransferred == SIZE, "%llu bytes",
       download_status(download->object).BytesTransferred);
    ok_hr(IDODownload_Finalize(download->object), S_OK);
    pattern_check_file(download->local, SIZE, seed);
    DeleteFileW(download->local);
    download_end(download);
}

/* The Range of a request; FALSE: the whole file. */
static BOOL range_of(struct fixture *fixture, unsigned int index, uint64_t *first, uint64_t *last)
{
    const struct server_request *request = server_request(fixture->server, "GET", NULL, index);
    char text[128];

    *first = 0;
    *last = UINT64_MAX;
    if (!request || !server_header(request, "Range", text, sizeof(text))) return FALSE;
    sscanf(text, "bytes=%I64u-%I64u", first, last);
    return TRUE;
}

/* Wait until so many requests came; a busy machine may not see what another connection would bring. */
static BOOL wait_requests(struct fixture *fixture, unsigned int count)
{
    return ok(server_wait_requests(fixture->server, "GET", NULL, count, SOON_MS), "only %u requests",
              server_count(fixture->server, "GET", NULL));
}

/* D-360, D-496, D-497: closed ranges of whole pieces; never more than three connections. */
static void pieces_connections(struct fixture *fixture)
{
    unsigned int i, count, open, most = 0;
    struct download download;
    uint64_t first, last;

    server_route(fixture->server, "/file", &(struct route){.size = SIZE, SLOWLY, RANGES, ETAG_A});
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(download_start(download.object), S_OK);
    while (download_status(download.object).State == DODownloadState_Transferring)
    {
        server_connections(fixture->server, &open);
        most = max(most, open);
        client_pause(20);
    }
    finish(&download, 0);
    count = server_count(fixture->server, "GET", NULL);
    ok_int(server_count(fixture->server, "HEAD", NULL), 0);
    if (!winetest_is_wine()) return;
    ok(most >= 2 && most <= 3, "%u connections at once", most);
    ok(!range_of(fixture, 0, &first, &last), "the first request has a range");
    ok(count >= 2 && range_of(fixture, 1, &first, &last) && last == SIZE - 1, "the second one ends at %llu", last);
    for (i = 1; i < count; i++)
    {
        winetest_push_context("request %u of %u", i, count);
        if (ok(range_of(fixture, i, &first, &last) && last != UINT64_MAX, "no closed range"))
            ok(last == SIZE - 1 || !((last + 1) % MiB), "bytes %llu to %llu", first, last);
        winetest_pop_context();
    }
}

/* Nobody is asked twice who cannot, or may not, give parts. */
static void pieces_one_connection(struct fixture *fixture)
{
    static const struct
    {
        const char *path;
        struct route route;
    } servers[] = {
        {"/says-nothing", {.size = SIZE, .flags = ROUTE_NO_RANGES, ETAG_A}},
        {"/says-none", {.size = SIZE, .headers = "Accept-Ranges: none\r\n", ETAG_A}},
        {"/no-validator", {.size = SIZE, RANGES, .last_modified = ""}},
        {"/weak-validator", {.size = SIZE, RANGES, .last_modified = "", .etag = "W/\"a\""}},
    };
    struct download downloads[ARRAYSIZE(servers)];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(servers); i++)
    {
        struct route route = servers[i].route;
        WCHAR path[32];

        route.drip_bytes = 64 * 1024;
        route.drip_ms = 15;
        server_route(fixture->server, servers[i].path, &route);
        wsprintfW(path, L"%hs", servers[i].path);
        if (!begin(&downloads[i], fixture, path)) return;
        ok_hr(download_start(downloads[i].object), S_OK);
    }
    for (i = 0; i < ARRAYSIZE(servers); i++)
    {
        winetest_push_context("%s", servers[i].path);
        finish(&downloads[i], 0);
        ok_int(server_count(fixture->server, "GET", servers[i].path), 1);
        winetest_pop_context();
    }
}

/* What a second connection is refused stays a matter of that connection. */
static void pieces_refused(struct fixture *fixture)
{
    static const struct route busy = {.status = 503, .text = "busy"}, gone = {.status = 404, .text = "gone"},
                              whole = {.size = SIZE, .flags = ROUTE_NO_RANGES, ETAG_A, SLOWLY},
                              closed = {.size = SIZE, ETAG_A, RANGES, .flags = ROUTE_CUT, .cut_at = 0},
                              cut = {.size = SIZE, ETAG_A, RANGES, .flags = ROUTE_CUT | ROUTE_RESET, .cut_at = 300000},
                              silent = {.size = SIZE, ETAG_A, RANGES, .flags = ROUTE_STALL, .stall_at = 300000},
                              other = {.size = SIZE, ETAG_A, RANGES, .content_range = "bytes 0-99/100"};
    static const struct
    {
        const char *path;
        const struct route *then;
    } servers[] = {{"/busy", &busy}, {"/gone", &gone},     {"/whole", &whole}, {"/closed", &closed},
                   {"/cut", &cut},   {"/silent", &silent}, {"/other", &other}};
    struct download download;
    WCHAR path[32];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(servers); i++)
    {
        struct route good = {.size = SIZE, SLOWLY, RANGES, ETAG_A}, first = good, second = *servers[i].then;

        /* One bad answer, and good ones after it. */
        second.times = 1;
        second.then = &good;
        first.times = 1;
        first.then = &second;
        winetest_push_context("%s", servers[i].path);
        server_route(fixture->server, servers[i].path, &first);
        wsprintfW(path, L"%hs", servers[i].path);
        if (begin(&download, fixture, path))
        {
            ok_hr(download_start(download.object), S_OK);
            finish(&download, 0);
        }
        server_release(fixture->server, servers[i].path);
        winetest_pop_context();
    }
}

/* B-431: a part of another version is no part; the file is that version, and of one piece. */
static void pieces_changed(struct fixture *fixture)
{
    static const struct route versions[] = {
        {.size = SIZE, .seed = 2, .etag = "\"b\"", RANGES, SLOWLY},
        {.size = SIZE, .seed = 2, RANGES, SLOWLY, .last_modified = "Wed, 16 Nov 1994 08:12:31 GMT"},
    };
    struct download download;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(versions); i++)
    {
        struct route old = {.size = SIZE, .seed = 1, RANGES, SLOWLY, ETAG_A, .times = 1, .then = &versions[i]};

        winetest_push_context("version %u", i);
        server_route(fixture->server, "/file", &old);
        if (begin(&download, fixture, L"/file"))
        {
            ok_hr(download_start(download.object), S_OK);
            finish(&download, 2);
        }
        winetest_pop_context();
    }
}

/* The index of the first request after now that asks for the whole file, or count. */
static BOOL asked_for_all(struct fixture *fixture, unsigned int from)
{
    unsigned int i, count = server_count(fixture->server, "GET", NULL);
    uint64_t first, last;

    for (i = from; i < count; i++)
        if (!range_of(fixture, i, &first, &last)) return TRUE;
    return FALSE;
}

/* D-092, D-093: Pause keeps what came over all connections, Abort ends them all. */
static void pieces_pause(struct fixture *fixture)
{
    unsigned int requests, open = 1;
    struct download download;
    ULONGLONG deadline;
    UINT64 before;

    server_route(fixture->server, "/file", &(struct route){.size = SIZE, SLOWLY, RANGES, ETAG_A});
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(download_start(download.object), S_OK);
    wait_requests(fixture, 2);
    client_pause(300);
    ok_hr(IDODownload_Pause(download.object), S_OK);
    before = download_status(download.object).BytesTransferred;
    requests = server_count(fixture->server, "GET", NULL);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    wait_requests(fixture, requests + 1);
    ok(download_status(download.object).BytesTransferred >= before, "bytes were forgotten");
    finish(&download, 0);
    ok(!asked_for_all(fixture, requests), "all was fetched again");

    requests = server_count(fixture->server, "GET", NULL);
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(download_start(download.object), S_OK);
    wait_requests(fixture, requests + 2);
    ok_hr(IDODownload_Abort(download.object), S_OK);
    for (deadline = GetTickCount64() + SOON_MS; open && GetTickCount64() < deadline; client_pause(20))
        server_connections(fixture->server, &open);
    ok(!open, "%u connections are still open", open);
    ok(!client_file_exists(download.local), "the file exists");
    ok_int(client_count_files(L"DO*.tmp"), 0);
    download_end(&download);
}

/* One range of a file, and one to its end, are divided as the whole of it is. */
static void pieces_range(struct fixture *fixture)
{
    static const DO_DOWNLOAD_RANGE part = {100, SIZE - 1000}, rest = {0, DO_LENGTH_TO_EOF};
    struct download download;
    BYTE *data, *want;
    DWORD got = 0;
    HANDLE file;

    server_route(fixture->server, "/file", &(struct route){.size = SIZE, SLOWLY, RANGES, ETAG_A});
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(download_start_ranges(download.object, &rest, 1), S_OK);
    finish(&download, 0);
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(download_start_ranges(download.object, &part, 1), S_OK);
    download_wait(download.object, DODownloadState_Transferred, SOON_MS);
    ok_hr(IDODownload_Finalize(download.object), S_OK);
    file = CreateFileW(download.local, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    data = malloc(SIZE);
    want = malloc(SIZE);
    pattern_fill(want, SIZE, 0, 0);
    ok(ReadFile(file, data, SIZE, &got, NULL) && got == part.Length, "%lu bytes", got); /* D-109 */
    ok(!memcmp(data, want + part.Offset, got), "the bytes are wrong");
    free(data);
    free(want);
    CloseHandle(file);
    DeleteFileW(download.local);
    download_end(&download);
}

static BOOL has_pattern(const struct sink_stream *stream, uint32_t seed)
{
    BYTE *want = malloc(SIZE);
    BOOL equal;

    pattern_fill(want, SIZE, 0, seed);
    equal = stream->size == SIZE && !memcmp(stream->data, want, SIZE);
    free(want);
    return equal;
}

/* D-151: a stream has its bytes in order, each of them once, whoever fetched them and whatever happens meanwhile. */
static void pieces_stream(struct fixture *fixture)
{
    static const struct route
        good = {.size = SIZE, SLOWLY, RANGES, ETAG_A},
        gone = {.status = 404, .text = "gone", .times = 1, .then = &good},
        cut = {.size = SIZE, ETAG_A, RANGES, .flags = ROUTE_CUT, .cut_at = 300000, .times = 1, .then = &good},
        changed = {.size = SIZE, .seed = 2, .etag = "\"b\"", RANGES, SLOWLY};
    static const struct
    {
        const char *path;
        const struct route *then; /* after the first request */
        BOOL pauses;
    } servers[] = {
        {"/good", &good}, {"/paused", &good, TRUE}, {"/gone", &gone}, {"/cut", &cut}, {"/changed", &changed}};
    static const DO_DOWNLOAD_RANGE whole = {0, DO_LENGTH_TO_EOF};
    struct sink_stream *stream;
    struct download download;
    unsigned int i, open, most;
    WCHAR path[32], url[128];

    for (i = 0; i < ARRAYSIZE(servers); i++)
    {
        struct route first = {.size = SIZE, SLOWLY, RANGES, ETAG_A, .times = 1, .then = servers[i].then};

        winetest_push_context("%s", servers[i].path);
        server_route(fixture->server, servers[i].path, &first);
        wsprintfW(path, L"%hs", servers[i].path);
        stream = sink_stream_create();
        if (!(download.object = download_new(fixture))) return;
        set_text(download.object, DODownloadProperty_Uri, server_url(fixture->server, path, url, ARRAYSIZE(url)));
        set_object(download.object, DODownloadProperty_StreamInterface, &stream->IStream_iface);
        set_bool(download.object, DODownloadProperty_ForegroundPriority, TRUE);
        ok_hr(download_start_ranges(download.object, &whole, 1), S_OK);
        for (most = 0; download_status(download.object).State == DODownloadState_Transferring; client_pause(20))
        {
            server_connections(fixture->server, &open);
            most = max(most, open);
            if (!servers[i].pauses || most < 2 || download_status(download.object).BytesTransferred < 3 * MiB) continue;
            ok_hr(IDODownload_Pause(download.object), S_OK);
            ok_hr(IDODownload_Start(download.object, NULL), S_OK);
            most = 0;
        }
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        ok(download_status(download.object).BytesTransferred == SIZE, "%llu bytes", /* D-152 */
           download_status(download.object).BytesTransferred);
        ok(has_pattern(stream, 0), "the bytes are wrong");
        if (winetest_is_wine() && servers[i].then == &good && !servers[i].pauses)
            ok(most >= 2 && most <= 3, "%u connections at once", most);
        ok_hr(IDODownload_Finalize(download.object), S_OK);
        IDODownload_Release(download.object);
        sink_stream_destroy(stream);
        winetest_pop_context();
    }
}

#define MANY 900
#define MANY_STRIDE 1000
#define MANY_LENGTH 10

/* Many ranges come by a few requests, or one at a time, as the server likes. */
static void pieces_many_ranges(struct fixture *fixture)
{
    static const struct route good = {.size = MANY * MANY_STRIDE},
                              long_line = {.status = 431, .times = 1, .then = &good},
                              second_long = {.size = MANY * MANY_STRIDE, .times = 1, .then = &long_line},
                              whole = {.size = MANY * MANY_STRIDE, .flags = ROUTE_NO_MULTIPART},
                              merged = {.size = MANY * MANY_STRIDE,
                                        .status = 206,
                                        .times = 1,
                                        .then = &good,
                                        .headers = "Content-Range: bytes 0-5000/900000\r\n"};
    static const struct
    {
        const char *path;
        const struct route *route;
        unsigned int most; /* requests */
    } servers[] = {{"/good", &good, 4},
                   {"/long", &long_line, MANY + 1},
                   {"/second-long", &second_long, 6},
                   {"/whole", &whole, MANY + 1},
                   {"/merged", &merged, MANY + 1}};
    DO_DOWNLOAD_RANGE ranges[MANY];
    BYTE want[MANY_LENGTH], got[MANY_LENGTH];
    struct download download;
    unsigned int i, server;
    WCHAR path[32];
    HANDLE file;
    DWORD read;

    for (i = 0; i < MANY; i++) ranges[i] = (DO_DOWNLOAD_RANGE){(UINT64)i * MANY_STRIDE, MANY_LENGTH};
    for (server = 0; server < ARRAYSIZE(servers); server++)
    {
        winetest_push_context("%s", servers[server].path);
        server_route(fixture->server, servers[server].path, servers[server].route);
        wsprintfW(path, L"%hs", servers[server].path);
        if (!begin(&download, fixture, path)) return;
        ok_hr(download_start_ranges(download.object, ranges, MANY), S_OK);
        download_wait(download.object, DODownloadState_Transferred, SOON_MS);
        ok_hr(IDODownload_Finalize(download.object), S_OK);
        file = CreateFileW(download.local, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        for (i = 0; i < MANY; i++)
        {
            pattern_fill(want, MANY_LENGTH, ranges[i].Offset, 0);
            if (!ReadFile(file, got, MANY_LENGTH, &read, NULL) || read != MANY_LENGTH || memcmp(got, want, read)) break;
        }
        ok(i == MANY, "range %u is wrong", i); /* D-109 */
        CloseHandle(file);
        if (winetest_is_wine())
            ok(server_count(fixture->server, "GET", servers[server].path) <= servers[server].most, "%u requests",
               server_count(fixture->server, "GET", servers[server].path));
        download_end(&download);
        winetest_pop_context();
    }
}

static BOOL kill_service(void)
{
    HANDLE process = OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, client_service_process(L"DoSvc"));
    BOOL killed;

    if (!ok(process != NULL, "no process: error %lu", GetLastError())) return FALSE;
    killed = TerminateProcess(process, 1) && client_wait(process, SOON_MS);
    CloseHandle(process);
    return ok(killed, "the service is not killed");
}

static IDODownload *find(struct fixture *fixture, const WCHAR *id)
{
    const DO_DOWNLOAD_ENUM_CATEGORY category = {DODownloadProperty_Id, id};
    IEnumUnknown *downloads = NULL;
    IDODownload *object = NULL;
    IUnknown *unknown;

    ok_hr(IDOManager_EnumDownloads(fixture->manager, &category, &downloads), S_OK);
    if (!downloads) return NULL;
    if (IEnumUnknown_Next(downloads, 1, &unknown, NULL) == S_OK)
    {
        IUnknown_QueryInterface(unknown, &IID_IDODownload, (void **)&object);
        IUnknown_Release(unknown);
    }
    IEnumUnknown_Release(downloads);
    return object;
}

/* D-132: a service that is killed in the middle has what was confirmed before, wherever in the file that is. */
static void pieces_killed(struct fixture *fixture)
{
    struct download download;
    unsigned int requests;
    UINT64 stored;
    WCHAR id[64];

    if (!winetest_is_wine())
    {
        skip("services are not killed on Windows");
        return;
    }
    server_route(fixture->server, "/file", &(struct route){.size = SIZE, SLOWLY, RANGES, ETAG_A});
    if (!begin(&download, fixture, L"/file")) return;
    ok_hr(set_bool(download.object, DODownloadProperty_NonVolatile, TRUE), S_OK);
    lstrcpyW(id, get_text(download.object, DODownloadProperty_Id));
    ok_hr(download_start(download.object), S_OK);
    wait_requests(fixture, 2);
    client_pause(500);
    ok_hr(IDODownload_Pause(download.object), S_OK);
    stored = download_status(download.object).BytesTransferred;
    requests = server_count(fixture->server, "GET", NULL);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    wait_requests(fixture, requests + 1);
    client_pause(300);
    if (!kill_service()) return;

    requests = server_count(fixture->server, "GET", NULL);
    IDODownload_Release(download.object);
    IDOManager_Release(fixture->manager);
    ok_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                           (void **)&fixture->manager),
          S_OK);
    if (!ok((download.object = find(fixture, id)) != NULL, "the download is lost")) return;
    ok(download_status(download.object).BytesTransferred >= stored, "%llu bytes of %llu are there",
       download_status(download.object).BytesTransferred, stored);
    ok_hr(IDODownload_Start(download.object, NULL), S_OK);
    finish(&download, 0);
    ok(!asked_for_all(fixture, requests), "all was fetched again");
}

/* --- all of them ------------------------------------------------------------------------------------ */

static void run_check(void *arg)
{
    void (*check)(struct fixture * fixture) = arg;
    struct fixture fixture = {0};

    ok_hr(CoCreateInstance(&CLSID_DeliveryOptimization, NULL, CLSCTX_LOCAL_SERVER, &IID_IDOManager,
                           (void **)&fixture.manager),
          S_OK);
    if (!fixture.manager) return;
    if ((fixture.server = server_create()))
    {
        check(&fixture);
        server_destroy(fixture.server);
    }
    IDOManager_Release(fixture.manager);
}

#define CHECK(name) \
    static void name(void) \
    { \
        client_run(COINIT_MULTITHREADED, run_check, pieces_##name); \
    }

CHECK(connections)
CHECK(one_connection)
CHECK(refused)
CHECK(changed)
CHECK(pause)
CHECK(range)
CHECK(stream)
CHECK(many_ranges)
CHECK(killed)

static DWORD WINAPI others_thread(void *arg)
{
    winetest_run(changed);
    winetest_run(range);
    winetest_run(stream);
    return 0;
}

START_TEST(dopieces)
{
    HANDLE others;

    winetest_run(connections);
    /* Servers take their time, and two of these at once have fewer connections than all may have. */
    others = CreateThread(NULL, 0, others_thread, NULL, 0, NULL);
    winetest_run(one_connection);
    winetest_run(refused);
    winetest_run(many_ranges);
    WaitForSingleObject(others, INFINITE);
    CloseHandle(others);
    /* Alone: one looks for files that are left, the other ends the service. */
    winetest_run(pause);
    winetest_run(killed);
    client_remove_directory();
}
