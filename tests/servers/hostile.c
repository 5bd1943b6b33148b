/*
 * Servers that break the rules: each gives the documented error, and nothing is left behind.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every answer is a case with a path of its own, asked for by a job of its own; all jobs run at the same
 * time. All of them run several times: afterwards the service has no more handles, threads and memory than
 * before.
 */

#include "servers.h"
#include <psapi.h>
#include <winternl.h>
#include <tlhelp32.h>
#include "wine/test.h"

#define CONNECTION_ERROR HRESULT_FROM_WIN32(12030)
#define INVALID_ANSWER HRESULT_FROM_WIN32(12152)
#define REDIRECT_FAILED HRESULT_FROM_WIN32(12156)

#define ANSWER(text) .route = {.raw = (text), .raw_size = sizeof(text) - 1}
#define OK_HEAD "HTTP/1.1 200 OK\r\nLast-Modified: " SERVER_DATE "\r\n"
#define OK_200 OK_HEAD "Content-Length: "
#define PART_HEAD "HTTP/1.1 206 Partial Content\r\nLast-Modified: " SERVER_DATE "\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define FOUND "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "

/* What a job asks for. */
enum question
{
    ASK_WHOLE,
    ASK_RANGE,   /* bytes 100 to 199 */
    ASK_DYNAMIC, /* the whole file as dynamic content (B-490) */
};

/* How the job ends: with an error, or transferred with so many bytes. */
struct hostile
{
    const char *what;
    enum question question;
    struct route route;
    HRESULT code; /* S_OK: transferred */
    BOOL transient;
    uint64_t size;
};

/* --- answers that do not end ------------------------------------------------------------------ */

#define HANDLER(name) \
    static BOOL name(struct server_exchange *exchange, const struct server_request *request, void *context)

static BOOL send_forever(struct server_exchange *exchange, const char *begin, const char *line)
{
    char block[8192];
    size_t length = strlen(line), used;

    for (used = 0; used + length <= sizeof(block); used += length) memcpy(block + used, line, length);
    if (server_send(exchange, begin, strlen(begin)))
    {
        while (server_send(exchange, block, used))
            ;
    }
    return FALSE;
}

HANDLER(endless_fields)
{
    return send_forever(exchange, OK_HEAD, "X-Field: and one more\r\n");
}

HANDLER(endless_field)
{
    return send_forever(exchange, OK_HEAD "X-Field: ", "and more");
}

HANDLER(endless_status)
{
    return send_forever(exchange, "HTTP/1.1 200 ", "OK");
}

HANDLER(endless_lines)
{
    return send_forever(exchange, "", "\r\n");
}

HANDLER(endless_continue)
{
    return send_forever(exchange, "", "HTTP/1.1 100 Continue\r\n\r\n");
}

HANDLER(endless_chunk_size)
{
    return send_forever(exchange, CHUNKED, "0");
}

HANDLER(endless_extension)
{
    return send_forever(exchange, CHUNKED "5;", "extension");
}

HANDLER(endless_trailer)
{
    return send_forever(exchange, CHUNKED "5\r\nhello\r\n0\r\n", "X-Trailer: and one more\r\n");
}

/* --- answers that change ---------------------------------------------------------------------- */

/* Another time stamp with each answer. */
HANDLER(ever_newer)
{
    static LONG minute;
    char answer[512];
    int length;

    length = snprintf(answer, sizeof(answer),
                      "HTTP/1.1 206 Partial Content\r\n"
                      "Last-Modified: Tue, 15 Nov 1994 09:%02ld:31 GMT\r\n"
                      "Content-Range: bytes 100-199/5000\r\nContent-Length: 100\r\n\r\n%100s",
                      (long)InterlockedIncrement(&minute) % 60, "");
    return server_send(exchange, answer, length);
}

/* --- the cases -------------------------------------------------------------------------------- */

static const struct hostile cases[] = {
    /* nothing that HTTP/1.x knows (B-435) */
    {"an answer of HTTP/0.9", ASK_WHOLE, ANSWER("<html>old</html>\r\n"), BG_E_INSUFFICIENT_HTTP_SUPPORT},
    {"an answer of HTTP/2", ASK_WHOLE, ANSWER("HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx"),
     BG_E_INSUFFICIENT_HTTP_SUPPORT},
    {"bytes", ASK_WHOLE, ANSWER("\0\1\2\3\4\5\6\7\377\376"), BG_E_INSUFFICIENT_HTTP_SUPPORT},
    {"empty lines for ever", ASK_WHOLE, {.handler = endless_lines}, BG_E_INSUFFICIENT_HTTP_SUPPORT},

    /* HTTP/1.0 is enough where it says what is needed (B-424, B-437) */
    {"HTTP/1.0", ASK_WHOLE, {.size = 3000, .flags = ROUTE_HTTP10}, S_OK, FALSE, 3000},
    {"HTTP/1.0 without a length", ASK_WHOLE, ANSWER("HTTP/1.0 200 OK\r\n\r\nhello"), BG_E_MISSING_FILE_SIZE},
    {"only a length", ASK_WHOLE, ANSWER("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), S_OK, FALSE, 5},

    /* 100 Continue, unasked for */
    {"100 first", ASK_WHOLE, ANSWER("HTTP/1.1 100 Continue\r\n\r\n" OK_200 "5\r\n\r\nhello"), S_OK, FALSE, 5},
    {"100 only", ASK_WHOLE, ANSWER("HTTP/1.1 100 Continue\r\n\r\n"), CONNECTION_ERROR, TRUE},
    {"100 for ever", ASK_WHOLE, {.handler = endless_continue}, INVALID_ANSWER, TRUE},
    {"another protocol", ASK_WHOLE, ANSWER("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), INVALID_ANSWER,
     TRUE},

    /* heads that do not end, or break the grammar (B-521) */
    {"fields for ever", ASK_WHOLE, {.handler = endless_fields}, INVALID_ANSWER, TRUE},
    {"a field for ever", ASK_WHOLE, {.handler = endless_field}, INVALID_ANSWER, TRUE},
    {"a status line for ever", ASK_WHOLE, {.handler = endless_status}, INVALID_ANSWER, TRUE},
    {"half a head", ASK_WHOLE, ANSWER(OK_HEAD "Content-Le"), CONNECTION_ERROR, TRUE},
    {"nothing at all", ASK_WHOLE, ANSWER(""), CONNECTION_ERROR, TRUE},
    {"a field without a colon", ASK_WHOLE, ANSWER(OK_HEAD "Content-Length 5\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    {"a length with a blank before its colon", ASK_WHOLE, ANSWER(OK_HEAD "Content-Length : 5\r\n\r\nhello"),
     INVALID_ANSWER, TRUE},
    /* what does not say how the message is framed does not end it (RFC 9112 section 5.1 asks servers to be strict) */
    {"a name with a blank", ASK_WHOLE, ANSWER(OK_200 "5\r\nX-Powered By: old CGI\r\n\r\nhello"), S_OK, FALSE, 5},
    {"a blank before a colon", ASK_WHOLE, ANSWER(OK_200 "5\r\nX-Foo : bar\r\n\r\nhello"), S_OK, FALSE, 5},
    {"no name", ASK_WHOLE, ANSWER(OK_200 "5\r\n: x\r\n\r\nhello"), S_OK, FALSE, 5},
    {"a name in brackets", ASK_WHOLE, ANSWER(OK_200 "5\r\nX (weird): x\r\n\r\nhello"), S_OK, FALSE, 5},
    {"a line of words", ASK_WHOLE, ANSWER(OK_200 "5\r\nand more\r\n\r\nhello"), S_OK, FALSE, 5},
    {"a name beyond ASCII", ASK_WHOLE, ANSWER(OK_200 "5\r\n\xc3\xa4: x\r\n\r\nhello"), S_OK, FALSE, 5},
    {"a folded first line", ASK_WHOLE, ANSWER("HTTP/1.1 200 OK\r\n folded\r\nContent-Length: 5\r\n\r\nhello"), S_OK,
     FALSE, 5},
    {"NUL in a field", ASK_WHOLE, ANSWER(OK_HEAD "X: a\0b\r\nContent-Length: 5\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    {"CR in a field", ASK_WHOLE, ANSWER(OK_HEAD "X: a\rContent-Length: 3\r\nContent-Length: 5\r\n\r\nhello"),
     INVALID_ANSWER, TRUE},

    /* lengths */
    {"a negative length", ASK_WHOLE, ANSWER(OK_200 "-5\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    {"a length beyond 64 bits", ASK_WHOLE, ANSWER(OK_200 "18446744073709551616\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    {"two lengths", ASK_WHOLE, ANSWER(OK_200 "5\r\nContent-Length: 6\r\n\r\nhello!"), INVALID_ANSWER, TRUE},
    {"a length of letters", ASK_WHOLE, ANSWER(OK_200 "five\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    {"a terabyte", ASK_WHOLE, ANSWER(OK_200 "1099511627776\r\n\r\nhello"), CONNECTION_ERROR, TRUE},
    {"an exabyte", ASK_WHOLE, ANSWER(OK_200 "9223372036854775807\r\n\r\nhello"), CONNECTION_ERROR, TRUE},
    {"too short a body", ASK_WHOLE, ANSWER(OK_200 "10\r\n\r\nhello"), CONNECTION_ERROR, TRUE},
    {"a body that goes on", ASK_WHOLE, ANSWER(OK_200 "5\r\n\r\nhello and more"), S_OK, FALSE, 5},
    /* B-434 */
    {"no length", ASK_WHOLE, ANSWER(OK_HEAD "\r\nhello"), BG_E_MISSING_FILE_SIZE},

    /* resets (B-521) */
    {"a reset at the first byte", ASK_WHOLE, {.size = 3000, .flags = ROUTE_CUT | ROUTE_RESET}, CONNECTION_ERROR, TRUE},
    {"a reset at byte 1",
     ASK_WHOLE,
     {.size = 3000, .flags = ROUTE_CUT | ROUTE_RESET, .cut_at = 1},
     CONNECTION_ERROR,
     TRUE},
    {"a reset at the last byte",
     ASK_WHOLE,
     {.size = 3000, .flags = ROUTE_CUT | ROUTE_RESET, .cut_at = 2999},
     CONNECTION_ERROR,
     TRUE},

    /* parts of files (B-433, B-436) */
    {"a good part", ASK_RANGE, {.size = 5000}, S_OK, FALSE, 100},
    {"200 to a part", ASK_RANGE, {.size = 5000, .flags = ROUTE_NO_RANGES}, BG_E_INSUFFICIENT_RANGE_SUPPORT},
    {"a part without Content-Range",
     ASK_RANGE,
     {.size = 5000, .flags = ROUTE_NO_CONTENT_RANGE},
     BG_E_INVALID_SERVER_RESPONSE},
    {"the part before", ASK_RANGE, {.size = 5000, .content_range = "bytes 99-198/5000"}, BG_E_INVALID_SERVER_RESPONSE},
    {"a part that is too short",
     ASK_RANGE,
     {.size = 5000, .content_range = "bytes 100-198/5000"},
     BG_E_INVALID_SERVER_RESPONSE},
    {"a part that is too long",
     ASK_RANGE,
     {.size = 5000, .content_range = "bytes 100-300/5000"},
     BG_E_INVALID_SERVER_RESPONSE},
    {"a part that ends before it begins",
     ASK_RANGE,
     {.size = 5000, .content_range = "bytes 199-100/5000"},
     BG_E_INVALID_SERVER_RESPONSE},
    {"a part outside the file",
     ASK_RANGE,
     {.size = 5000, .content_range = "bytes 100-199/150"},
     BG_E_INVALID_SERVER_RESPONSE},
    {"a part of lines", ASK_RANGE, {.size = 5000, .content_range = "lines 100-199/5000"}, BG_E_INVALID_SERVER_RESPONSE},
    {"a part of nonsense",
     ASK_RANGE,
     {.size = 5000, .content_range = "bytes -1-199/5000"},
     BG_E_INVALID_SERVER_RESPONSE},
    {"another length than the part's",
     ASK_RANGE,
     {.size = 5000, .times = 1, .then = &(const struct route){.size = 5000, .content_length = "99"}},
     BG_E_INVALID_SERVER_RESPONSE},
    /* B-441 */
    {"all as a part, unasked", ASK_WHOLE,
     ANSWER(PART_HEAD "Content-Range: bytes 0-4/5\r\nContent-Length: 5\r\n\r\nhello"), S_OK, FALSE, 5},
    {"less than all, unasked", ASK_WHOLE,
     ANSWER(PART_HEAD "Content-Range: bytes 0-4/6\r\nContent-Length: 5\r\n\r\nhello"), BG_E_INVALID_SERVER_RESPONSE},
    {"a part of unknown size, unasked", ASK_WHOLE,
     ANSWER(PART_HEAD "Content-Range: bytes 0-4/*\r\nContent-Length: 5\r\n\r\nhello"), BG_E_INVALID_SERVER_RESPONSE},
    {"416 to a part",
     ASK_RANGE,
     {.size = 5000, .times = 1, .then = &(const struct route){.status = 416, .text = ""}},
     BG_E_INVALID_RANGE},
    /* B-457 */
    {"a range outside the file", ASK_RANGE, {.size = 50}, BG_E_INVALID_RANGE},
    {"a file that is ever newer",
     ASK_RANGE,
     {.size = 5000, .times = 1, .then = &(const struct route){.handler = ever_newer}},
     S_OK,
     FALSE,
     100},

    /* codings */
    {"gzip", ASK_WHOLE,
     ANSWER(OK_200 "5\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08"
                   "ab"),
     S_OK, FALSE, 5},
    {"an unknown coding", ASK_WHOLE, ANSWER(OK_HEAD "Transfer-Encoding: gzip\r\n\r\nhello"), INVALID_ANSWER, TRUE},
    /* B-434 */
    {"chunks", ASK_WHOLE, {.size = 3000, .flags = ROUTE_CHUNKED}, BG_E_MISSING_FILE_SIZE},
    /* RFC 9112 section 6.3: the chunks count, the length is what is expected of them */
    {"chunks with a length", ASK_WHOLE,
     ANSWER(OK_200 "5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"), S_OK, FALSE, 5},
    {"chunks with less than their length", ASK_WHOLE,
     ANSWER(OK_200 "6\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"),
     BG_E_INVALID_SERVER_RESPONSE},
    /* B-490 */
    {"dynamic chunks", ASK_DYNAMIC, {.size = 3000, .flags = ROUTE_CHUNKED}, S_OK, FALSE, 3000},
    {"bad chunks", ASK_DYNAMIC, {.size = 300000, .flags = ROUTE_BAD_CHUNKS}, INVALID_ANSWER, TRUE},
    {"a negative chunk", ASK_DYNAMIC, ANSWER(CHUNKED "-5\r\nhello\r\n0\r\n\r\n"), INVALID_ANSWER, TRUE},
    {"a chunk beyond 64 bits", ASK_DYNAMIC, ANSWER(CHUNKED "10000000000000000\r\nhello\r\n"), INVALID_ANSWER, TRUE},
    {"a chunk without an end", ASK_DYNAMIC, ANSWER(CHUNKED "5\r\nhelloX\r\n0\r\n\r\n"), INVALID_ANSWER, TRUE},
    {"no last chunk", ASK_DYNAMIC, ANSWER(CHUNKED "5\r\nhello\r\n"), CONNECTION_ERROR, TRUE},
    {"a size of a chunk for ever", ASK_DYNAMIC, {.handler = endless_chunk_size}, INVALID_ANSWER, TRUE},
    {"an extension for ever", ASK_DYNAMIC, {.handler = endless_extension}, INVALID_ANSWER, TRUE},
    {"a trailer for ever", ASK_DYNAMIC, {.handler = endless_trailer}, INVALID_ANSWER, TRUE},

    /* redirects: not HTTP, not followed, and the status is the error (B-502, B-561) */
    {"a redirect to a file", ASK_WHOLE, ANSWER(FOUND "file:///C:/windows/win.ini\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect to a share", ASK_WHOLE, ANSWER(FOUND "file://server/share/file\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect to a path of Windows", ASK_WHOLE, ANSWER(FOUND "C:\\windows\\win.ini\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect to ftp", ASK_WHOLE, ANSWER(FOUND "ftp://127.0.0.1/file\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect to a script", ASK_WHOLE, ANSWER(FOUND "javascript:alert(1)\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect to nonsense", ASK_WHOLE, ANSWER(FOUND "http://[:\r\n\r\n"), BG_E_HTTP_ERROR_302},
    {"a redirect nowhere", ASK_WHOLE, {.status = 302}, BG_E_HTTP_ERROR_302},
    {"a redirect to itself", ASK_WHOLE, {.redirect = ""}, REDIRECT_FAILED},
    {"two that redirect", ASK_WHOLE, {.redirect = "/ping"}, REDIRECT_FAILED},
    {"fields in a redirect", ASK_WHOLE, {.redirect = "/injected?%0d%0aX-Injected:%20yes%0d%0a"}, S_OK, FALSE, 700},

    /* slow, but right */
    {"drops", ASK_WHOLE, {.size = 200, .drip_bytes = 1, .drip_ms = 5}, S_OK, FALSE, 200},
};

/* --- one job per case ------------------------------------------------------------------------- */

struct client
{
    IBackgroundCopyJob *job;
    WCHAR local[MAX_PATH];
};

static void set_dynamic(IBackgroundCopyJob *job)
{
    BITS_JOB_PROPERTY_VALUE value = {.Enable = TRUE};
    IBackgroundCopyJob5 *job5 = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob5, (void **)&job5), S_OK);
    if (!job5) return;
    ok_hr(IBackgroundCopyJob5_SetProperty(job5, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, value), S_OK);
    IBackgroundCopyJob5_Release(job5);
}

static void add_range(IBackgroundCopyJob *job, const WCHAR *url, const WCHAR *local)
{
    BG_FILE_RANGE range = {100, 100};
    IBackgroundCopyJob3 *job3 = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(job, &IID_IBackgroundCopyJob3, (void **)&job3), S_OK);
    if (!job3) return;
    ok_hr(IBackgroundCopyJob3_AddFileWithRanges(job3, url, local, 1, &range), S_OK);
    IBackgroundCopyJob3_Release(job3);
}

static void begin(struct client *client, IBackgroundCopyManager *manager, struct server *server, unsigned int index)
{
    WCHAR path[32], url[128];

    if (!(client->job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    _snwprintf(path, ARRAYSIZE(path), L"/case%u", index);
    server_url(server, path, url, ARRAYSIZE(url));
    client_path(client->local);
    ok_hr(IBackgroundCopyJob_SetPriority(client->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    if (cases[index].question == ASK_DYNAMIC) set_dynamic(client->job);
    if (cases[index].question == ASK_RANGE) add_range(client->job, url, client->local);
    else ok_hr(IBackgroundCopyJob_AddFile(client->job, url, client->local), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(client->job), S_OK);
}

static void check_transferred(struct client *client, const struct hostile *hostile)
{
    WIN32_FILE_ATTRIBUTE_DATA data = {0};

    if (!client_wait_state(client->job, BG_JOB_STATE_TRANSFERRED, SOON_MS)) return;
    ok_hr(IBackgroundCopyJob_Complete(client->job), S_OK);
    ok(GetFileAttributesExW(client->local, GetFileExInfoStandard, &data), "there is no file: error %lu",
       GetLastError());
    ok_int(data.nFileSizeLow, hostile->size);
}

static void check_failed(struct client *client, const struct hostile *hostile)
{
    BG_JOB_STATE state = hostile->transient ? BG_JOB_STATE_TRANSIENT_ERROR : BG_JOB_STATE_ERROR;
    BG_ERROR_CONTEXT context;

    if (!client_wait_state(client->job, state, SOON_MS)) return;
    ok_hr(client_job_error(client->job, &context), hostile->code);
    ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    ok(!client_file_exists(client->local), "there is a file");
}

/* Who is redirected must not say what the redirect wants it to say. */
static void check_injection(struct server *server)
{
    const struct server_request *request = server_request(server, "GET", "/injected", 0);
    char value[16];

    if (ok(request != NULL, "the redirect was not followed"))
        ok(!server_header(request, "X-Injected", value, sizeof(value)), "a field was injected");
}

static void run_all(IBackgroundCopyManager *manager, struct server *server)
{
    struct client clients[ARRAYSIZE(cases)];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%s", cases[i].what);
        begin(&clients[i], manager, server, i);
        winetest_pop_context();
    }
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%s", cases[i].what);
        if (clients[i].job && cases[i].code == S_OK) check_transferred(&clients[i], &cases[i]);
        else if (clients[i].job) check_failed(&clients[i], &cases[i]);
        client_drop_job(clients[i].job);
        DeleteFileW(clients[i].local);
        winetest_pop_context();
    }
    check_injection(server);
    ok_int(client_count_files(L"*.*"), 2); /* . and .. */
}

static void set_routes(struct server *server)
{
    char path[32];
    unsigned int i;

    server_route(server, "/ping", &(struct route){.redirect = "/pong"});
    server_route(server, "/pong", &(struct route){.redirect = "/ping"});
    server_route(server, "/injected", &(struct route){.size = 700});
    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct route route = cases[i].route;

        snprintf(path, sizeof(path), "/case%u", i);
        if (route.redirect && !*route.redirect) route.redirect = _strdup(path);
        server_route(server, path, &route);
    }
}

/* --- what the service holds ------------------------------------------------------------------- */

struct holdings
{
    DWORD process, handles, threads;
    SIZE_T memory;
};

static DWORD count_threads(DWORD process)
{
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    DWORD count = 0;
    BOOL more;

    for (more = Thread32First(snapshot, &entry); more; more = Thread32Next(snapshot, &entry))
        count += entry.th32OwnerProcessID == process;
    CloseHandle(snapshot);
    return count;
}

/* GetProcessHandleCount of another process says 0 under Wine. */
static DWORD count_handles(DWORD process)
{
    __typeof__(&NtQuerySystemInformation) query = (void *)GetProcAddress(GetModuleHandleW(L"ntdll.dll"),
                                                                         "NtQuerySystemInformation");
    ULONG size = 1024 * 1024;
    BYTE *data = malloc(size);
    SYSTEM_PROCESS_INFORMATION *info = (SYSTEM_PROCESS_INFORMATION *)data;
    DWORD count = 0;

    if (data && !query(SystemProcessInformation, data, size, NULL))
    {
        while ((DWORD)(DWORD_PTR)info->UniqueProcessId != process && info->NextEntryOffset)
            info = (SYSTEM_PROCESS_INFORMATION *)((BYTE *)info + info->NextEntryOffset);
        count = info->HandleCount;
    }
    free(data);
    return count;
}

static void take_stock(struct holdings *holdings)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};
    HANDLE process;

    memset(holdings, 0, sizeof(*holdings));
    holdings->process = client_service_process(L"BITS");
    process = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, holdings->process);
    if (!ok(process != NULL, "the service cannot be opened: error %lu", GetLastError())) return;
    if (K32GetProcessMemoryInfo(process, &counters, sizeof(counters))) holdings->memory = counters.PagefileUsage;
    CloseHandle(process);
    holdings->threads = count_threads(holdings->process);
    holdings->handles = count_handles(holdings->process);
}

/* Threads end some seconds later than the jobs they worked for: until there are as few as before. */
static void take_settled_stock(struct holdings *holdings, DWORD threads)
{
    ULONGLONG deadline = GetTickCount64() + 2 * SOON_MS;

    take_stock(holdings);
    while (holdings->threads > threads && GetTickCount64() < deadline)
    {
        client_pause(250);
        take_stock(holdings);
    }
    ok(holdings->threads <= threads, "the service has %lu threads, before it had %lu", holdings->threads, threads);
}

/* What a thread of a call takes under Wine: its stack is committed as a whole. */
#define THREAD_MEMORY (5 * 256 * 1024)

/* Wine counts the places of the table of handles, which grows in steps and never shrinks. */
static void check_holdings(const struct holdings *before, DWORD threads)
{
    DWORD handles = winetest_is_wine() ? 2 * before->handles : before->handles + 16;
    SIZE_T memory = before->memory + 4 * 1024 * 1024;
    struct holdings now;

    take_settled_stock(&now, threads);
    trace("%lu handles, %lu threads, %lu KiB; before: %lu, %lu, %lu", now.handles, now.threads,
          (unsigned long)(now.memory / 1024), before->handles, before->threads, (unsigned long)(before->memory / 1024));
    ok_int(now.process, before->process);
    ok(now.handles <= handles, "the service has %lu handles, before it had %lu", now.handles, before->handles);
    if (now.threads > before->threads) memory += (now.threads - before->threads) * THREAD_MEMORY;
    ok(now.memory <= memory, "the service has %lu KiB, before it had %lu", (unsigned long)(now.memory / 1024),
       (unsigned long)(before->memory / 1024));
}

/* --- a server that says nothing --------------------------------------------------------------- */

/* A stalled transfer ends when its job is told to, and not later (B-029). */
static void check_stalled(IBackgroundCopyManager *manager, struct server *server, const WCHAR *path,
                          const char *narrow_path)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[128], local[MAX_PATH];
    ULONGLONG before;

    if (!job) return;
    server_url(server, path, url, ARRAYSIZE(url));
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    ok(server_wait_stalled(server, narrow_path, 1, SOON_MS), "nothing was asked for");
    before = GetTickCount64();
    ok_hr(IBackgroundCopyJob_Suspend(job), S_OK);
    client_wait_state(job, BG_JOB_STATE_SUSPENDED, SOON_MS);
    ok_hr(IBackgroundCopyJob_Cancel(job), S_OK);
    ok(GetTickCount64() - before < 5000, "it took %lu ms to stop", (DWORD)(GetTickCount64() - before));
    IBackgroundCopyJob_Release(job);
    ok(!client_file_exists(local), "there is a file");
}

void test_hostile_servers(IBackgroundCopyManager *manager)
{
    struct server *server = server_create();
    struct holdings idle, before;
    unsigned int i;

    if (!server) return;
    take_stock(&idle);
    idle.threads += 8; /* for calls, which have threads of their own */
    set_routes(server);
    server_route(server, "/stall", &(struct route){.size = 1000, .flags = ROUTE_STALL, .stall_at = 500});
    server_route(server, "/stall-head", &(struct route){.size = 1000, .flags = ROUTE_STALL_HEAD});
    run_all(manager, server);
    take_settled_stock(&before, idle.threads);
    for (i = 0; i < 2; i++)
    {
        set_routes(server);
        run_all(manager, server);
    }
    check_stalled(manager, server, L"/stall", "/stall");
    check_stalled(manager, server, L"/stall-head", "/stall-head");
    check_holdings(&before, idle.threads);
    server_destroy(server);
}
