/*
 * Ranges of files (AddFileWithRanges), and the properties that change how a file is fetched: dynamic content, high
 * performance, maximum size.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "ranges.h"

#define PART_HEAD "\r\nContent-Range: bytes "

BOOL check_bytes(const WCHAR *path, uint64_t position, uint64_t offset, unsigned int length)
{
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
                              OPEN_EXISTING, 0, NULL);
    char *expected = malloc(length), *got = calloc(1, length);
    LARGE_INTEGER start;
    DWORD count = 0;
    BOOL same;

    start.QuadPart = position;
    SetFilePointerEx(file, start, NULL, FILE_BEGIN);
    ReadFile(file, got, length, &count, NULL);
    CloseHandle(file);
    pattern_fill(expected, length, offset, 0);
    same = count == length && !memcmp(got, expected, length);
    free(expected);
    free(got);
    return same;
}

const char *range_of_request(const struct server_request *request)
{
    static char value[4096];

    value[0] = 0;
    if (request) server_header(request, "Range", value, sizeof(value));
    return value;
}

/* A foreground job with a file of ranges. */
static BOOL subject_init_ranges(struct subject *subject, const struct route *route, const BG_FILE_RANGE *ranges,
                                unsigned int count)
{
    IBackgroundCopyJob3 *job3;
    static LONG number;
    WCHAR path[32];
    HRESULT hr;

    memset(subject, 0, sizeof(*subject));
    snprintf(subject->path, sizeof(subject->path), "/ranges%ld", (long)InterlockedIncrement(&number));
    _snwprintf(path, ARRAYSIZE(path), L"%hs", subject->path);
    server_route(server, subject->path, route);
    server_url(server, path, subject->url, ARRAYSIZE(subject->url));
    if (!(subject->job = client_job(manager, BG_JOB_TYPE_DOWNLOAD)) ||
        !(job3 = query(subject->job, IBackgroundCopyJob3)))
        return FALSE;
    hr = IBackgroundCopyJob3_AddFileWithRanges(job3, subject->url, client_path(subject->local), count,
                                               (BG_FILE_RANGE *)ranges);
    ok_hr(hr, S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(subject->job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    IBackgroundCopyJob3_Release(job3);
    return SUCCEEDED(hr);
}

static const BG_FILE_RANGE three[] = {{100, 100}, {900, 100}, {400, 100}};

/* The file has the three ranges back to back, in that order. */
static void check_three(struct subject *subject)
{
    BG_JOB_PROGRESS progress;

    ok_hr(IBackgroundCopyJob_GetProgress(subject->job, &progress), S_OK);
    ok(progress.BytesTotal == 300 && progress.BytesTransferred == 300, "%lu of %lu bytes",
       (ULONG)progress.BytesTransferred, (ULONG)progress.BytesTotal); /* B-456 */
    ok_hr(IBackgroundCopyJob_Complete(subject->job), S_OK);
    ok(check_bytes(subject->local, 0, 100, 100), "the first range is damaged"); /* B-455 */
    ok(check_bytes(subject->local, 100, 900, 100), "the second range is damaged");
    ok(check_bytes(subject->local, 200, 400, 100), "the third range is damaged");
    ok(!check_bytes(subject->local, 201, 401, 100), "there is a byte too much");
}

/* B-455, B-456, B-420: one request for all, after a HEAD. */
static void test_multipart(void)
{
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, three, 3) && subject_transfer(&subject))
    {
        ok_int(server_count(server, "HEAD", subject.path), 1);
        ok_int(server_count(server, "GET", subject.path), 1);
        ok_chars(range_of("GET", subject.path, 0), "bytes=100-199,900-999,400-499");
        check_three(&subject);
    }
    subject_cleanup(&subject);
}

/* B-440: a server that does not want to give several at once is asked for one after the other. */
static void test_one_by_one(void)
{
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.size = SIZE, .flags = ROUTE_NO_MULTIPART}, three, 3) &&
        subject_transfer(&subject))
    {
        ok_int(server_count(server, "GET", subject.path), 4);
        ok_chars(range_of("GET", subject.path, 1), "bytes=100-199");
        ok_chars(range_of("GET", subject.path, 2), "bytes=900-999");
        ok_chars(range_of("GET", subject.path, 3), "bytes=400-499");
        check_three(&subject);
    }
    subject_cleanup(&subject);
}

/* The ranges of a request in the opposite order, or all between the first and the last as one. */
static BOOL answer_in_disorder(struct server_exchange *exchange, const struct server_request *request, void *context)
{
    static const unsigned int starts[] = {400, 900, 100};
    char range[256], body[1024], head[512], *end = body;
    unsigned int i, first = 100, last = 999;

    if (!strcmp(request->method, "HEAD"))
    {
        snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\nLast-Modified: %s\r\n\r\n", SIZE,
                 SERVER_DATE);
        return server_send(exchange, head, strlen(head));
    }
    server_header(request, "Range", range, sizeof(range));
    if (!context && strchr(range, ','))
    {
        for (i = 0; i < 3; i++)
        {
            end += sprintf(end, "\r\n--b" PART_HEAD "%u-%u/%u\r\n\r\n", starts[i], starts[i] + 99, SIZE);
            pattern_fill(end, 100, starts[i], 0);
            end += 100;
        }
        end += sprintf(end, "\r\n--b--\r\n");
        snprintf(head, sizeof(head),
                 "HTTP/1.1 206 Partial\r\nContent-Type: multipart/byteranges; boundary=b\r\n"
                 "Content-Length: %u\r\nLast-Modified: %s\r\n\r\n",
                 (unsigned int)(end - body), SERVER_DATE);
    }
    else
    {
        if (!context) sscanf(range, "bytes=%u-%u", &first, &last);
        snprintf(head, sizeof(head),
                 "HTTP/1.1 206 Partial\r\nContent-Range: bytes %u-%u/%u\r\nContent-Length: %u\r\n"
                 "Last-Modified: %s\r\n\r\n",
                 first, last, SIZE, last - first + 1, SERVER_DATE);
        pattern_fill(body, last - first + 1, first, 0);
        end += last - first + 1;
    }
    return server_send(exchange, head, strlen(head)) && server_send(exchange, body, end - body);
}

/* B-430, B-440: parts in another order are no answer. */
static void test_disorder(void)
{
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.handler = answer_in_disorder}, three, 3) &&
        subject_transfer(&subject))
    {
        ok_int(server_count(server, "GET", subject.path), 4);
        check_three(&subject);
    }
    subject_cleanup(&subject);
}

/* B-457: nor is one part for all. */
static void test_merged(void)
{
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.handler = answer_in_disorder, .context = "merge"}, three, 3))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_INVALID_SERVER_RESPONSE);
    }
    subject_cleanup(&subject);
}

/* B-457, B-433, B-546, B-547: each is final. */
static void test_errors(void)
{
    static const BG_FILE_RANGE outside[] = {{0, 10}, {SIZE - 10, 11}}, behind[] = {{SIZE, 1}};
    static const struct
    {
        const char *name;
        struct route route;
        const BG_FILE_RANGE *ranges;
        unsigned int count;
        HRESULT hr;
    } cases[] = {
        {"outside", {.size = SIZE}, outside, 2, BG_E_INVALID_RANGE},
        {"behind the end", {.size = SIZE}, behind, 1, BG_E_INVALID_RANGE},
        {"no ranges", {.size = SIZE, .flags = ROUTE_NO_RANGES}, three, 3, BG_E_INSUFFICIENT_RANGE_SUPPORT},
        {"no ranges, one", {.size = SIZE, .flags = ROUTE_NO_RANGES}, three, 1, BG_E_INSUFFICIENT_RANGE_SUPPORT},
        {"other Content-Range",
         {.size = SIZE, .content_range = "bytes 101-200/100000"},
         three,
         1,
         BG_E_INVALID_SERVER_RESPONSE},
        {"no Content-Range", {.size = SIZE, .flags = ROUTE_NO_CONTENT_RANGE}, three, 1, BG_E_INVALID_SERVER_RESPONSE},
    };
    BG_ERROR_CONTEXT context;
    struct subject subject;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        winetest_push_context("%s", cases[i].name);
        if (subject_init_ranges(&subject, &cases[i].route, cases[i].ranges, cases[i].count))
        {
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
            ok_hr(client_job_error(subject.job, &context), cases[i].hr);
            ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
        }
        subject_cleanup(&subject);
        winetest_pop_context();
    }
}

/* B-456: to the end; ranges that touch are asked for as one, the whole of a file without Range (B-425). */
static void test_to_the_end(void)
{
    static const BG_FILE_RANGE ranges[] = {{90000, BG_LENGTH_TO_EOF}, {0, 10}, {10, 10}},
                               all[] = {{0, BG_LENGTH_TO_EOF}};
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, ranges, 3) && subject_transfer(&subject))
    {
        ok_chars(range_of("GET", subject.path, 0), "bytes=90000-99999,0-19");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(check_bytes(subject.local, 0, 90000, 10000) && check_bytes(subject.local, 10000, 0, 20),
           "the file is damaged");
    }
    subject_cleanup(&subject);
    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, all, 1) && subject_transfer(&subject))
    {
        ok_chars(range_of("GET", subject.path, 0), "");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* B-227: ranges of length 0 bring nothing and are not asked for. */
static void test_empty(void)
{
    static const BG_FILE_RANGE some[] = {{100, 5}, {100, 0}, {50, 0}, {SIZE - 1, 0}, {7, 3}}, none[] = {{5, 0}};
    struct subject subject;

    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, some, ARRAYSIZE(some)) &&
        subject_transfer(&subject))
    {
        ok_chars(range_of("GET", subject.path, 0), "bytes=100-104,7-9");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(check_bytes(subject.local, 0, 100, 5) && check_bytes(subject.local, 5, 7, 3), "the file is damaged");
    }
    subject_cleanup(&subject);
    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, none, 1) && subject_transfer(&subject))
    {
        ok_int(server_count(server, "GET", subject.path), 0);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, 0, 0), "the file is not empty");
    }
    subject_cleanup(&subject);
}

/* More ranges than fit into one request; every other byte. */
static void test_many(void)
{
    BG_FILE_RANGE ranges[250];
    struct subject subject;
    unsigned int i, bad = 0;

    for (i = 0; i < ARRAYSIZE(ranges); i++)
    {
        ranges[i].InitialOffset = 3 * (i ^ 1);
        ranges[i].Length = 2;
    }
    if (subject_init_ranges(&subject, &(struct route){.size = SIZE}, ranges, ARRAYSIZE(ranges)) &&
        subject_transfer(&subject))
    {
        ok(server_count(server, "GET", subject.path) <= 4, "%u requests", server_count(server, "GET", subject.path));
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        for (i = 0; i < ARRAYSIZE(ranges); i++) bad += !check_bytes(subject.local, 2 * i, 3 * (i ^ 1), 2);
        ok_int(bad, 0);
    }
    subject_cleanup(&subject);
}

/* An answer that breaks off in the middle of a part is gone on with, there; a file that changes begins anew. B-458 */
static void test_interrupted(void)
{
    static const BG_FILE_RANGE ranges[] = {{0, 20000}, {40000, 20000}, {80000, 20000}};
    struct route good = {.size = SIZE},
                 cut = {.size = SIZE, .flags = ROUTE_CUT, .cut_at = 30000, .times = 2, .then = &good};
    struct route changed = {.size = SIZE, .last_modified = "Wed, 16 Nov 1994 08:12:31 GMT"};
    struct subject subject;

    if (subject_init_ranges(&subject, &cut, ranges, 3))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok(subject_transfer(&subject), "not transferred");
        ok(strncmp(range_of("GET", subject.path, 1), "bytes=4", 7) == 0, "the second request is for %s",
           range_of("GET", subject.path, 1));
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(check_bytes(subject.local, 0, 0, 20000) && check_bytes(subject.local, 20000, 40000, 20000) &&
               check_bytes(subject.local, 40000, 80000, 20000),
           "the file is damaged");
    }
    subject_cleanup(&subject);

    cut.then = &changed;
    if (subject_init_ranges(&subject, &cut, ranges, 3))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS);
        ok(subject_transfer(&subject), "not transferred");
        ok_chars(range_of("GET", subject.path, server_count(server, "GET", subject.path) - 1),
                 "bytes=0-19999,40000-59999,80000-99999");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(check_bytes(subject.local, 0, 0, 20000) && check_bytes(subject.local, 40000, 80000, 20000),
           "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* --- properties ----------------------------------------------------------------------------------- */

static HRESULT set_property(IBackgroundCopyJob *job, BITS_JOB_PROPERTY_ID id, UINT64 number)
{
    IBackgroundCopyJob5 *job5 = query(job, IBackgroundCopyJob5);
    BITS_JOB_PROPERTY_VALUE value = {.Uint64 = number};
    HRESULT hr = job5 ? IBackgroundCopyJob5_SetProperty(job5, id, value) : E_FAIL;

    if (job5) IBackgroundCopyJob5_Release(job5);
    return hr;
}

/* B-421, B-434, B-490, B-491, B-492 */
static void test_dynamic(void)
{
    static const struct route no_length = {.size = SIZE, .flags = ROUTE_NO_LENGTH | ROUTE_NO_HEAD};
    struct subject subject;
    BG_FILE_PROGRESS progress;
    IBackgroundCopyFile *file;

    if (subject_init(&subject, &no_length))
    {
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_MISSING_FILE_SIZE);
    }
    subject_cleanup(&subject);

    if (subject_init(&subject, &no_length))
    {
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        ok(subject_transfer(&subject), "not transferred");
        if ((file = job_file(subject.job, 0)))
        {
            ok_hr(IBackgroundCopyFile_GetProgress(file, &progress), S_OK);
            ok(progress.BytesTotal == SIZE, "%lu bytes", (ULONG)progress.BytesTotal);
            IBackgroundCopyFile_Release(file);
        }
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);

    /* Not in the background. */
    if (subject_init(&subject, &no_length))
    {
        ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_NORMAL), S_OK);
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
    }
    subject_cleanup(&subject);
}

/* An interruption of dynamic content means the beginning (B-490). */
static void test_dynamic_restart(void)
{
    struct route stall = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = SIZE / 2};
    struct subject subject;

    if (subject_init(&subject, &stall))
    {
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
        ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
        server_release(server, subject.path);
        ok(subject_transfer(&subject), "not transferred");
        ok_chars(range_of("GET", subject.path, 1), "");
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    }
    subject_cleanup(&subject);
}

/* B-495: the bytes are where they belong at once, and stay there. B-214: which is the temporary name. */
static void test_high_performance(void)
{
    static const struct route stall = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = SIZE / 2};
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file;
    BG_FILE_PROGRESS progress;
    struct subject subject;
    WCHAR *name = NULL;

    memset(&subject, 0, sizeof(subject));
    strcpy(subject.path, "/fast");
    server_route(server, subject.path, &stall);
    server_url(server, L"/fast", subject.url, ARRAYSIZE(subject.url));
    if (!(subject.job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return;
    ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_HIGH_PERFORMANCE, TRUE), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(subject.job, subject.url, client_path(subject.local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(subject.job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
    ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
    ok(client_file_exists(subject.local), "there is no file");
    ok_int(client_count_files(L"BIT*.tmp"), 0);
    server_release(server, subject.path);
    client_wait_state(subject.job, BG_JOB_STATE_TRANSFERRED, SOON_MS);
    ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    if ((file = job_file(subject.job, 0)))
    {
        file3 = query(file, IBackgroundCopyFile3);
        IBackgroundCopyFile_Release(file);
    }
    if (file3)
    {
        ok_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &name), S_OK);
        ok_text(name, subject.local);
        ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
        ok_hr(IBackgroundCopyFile3_GetProgress(file3, &progress), S_OK);
        ok_int(progress.Completed, TRUE); /* B-211 */
        IBackgroundCopyFile3_Release(file3);
    }
    ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    subject_cleanup(&subject);
}

/* B-498 */
static void test_maximum_size(void)
{
    struct subject subject;

    if (subject_init(&subject, &(struct route){.size = SIZE}))
    {
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, SIZE - 1), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    }
    subject_cleanup(&subject);
    if (subject_init(&subject, &(struct route){.size = SIZE}))
    {
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, SIZE), S_OK);
        ok(subject_transfer(&subject), "not transferred");
    }
    subject_cleanup(&subject);
    /* Also where the server does not say how much there is. */
    if (subject_init(&subject, &(struct route){.size = 50 * SIZE, .flags = ROUTE_NO_LENGTH}))
    {
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_DYNAMIC_CONTENT, TRUE), S_OK);
        ok_hr(set_property(subject.job, BITS_JOB_PROPERTY_MAX_DOWNLOAD_SIZE, SIZE), S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED);
    }
    subject_cleanup(&subject);
}

/* B-534: what is wrong with a list of proxies shows in the transfer. B-160, B-567 */
static void test_bad_proxies(void)
{
    struct subject subject;

    if (subject_init(&subject, &(struct route){.size = SIZE}))
    {
        ok_hr(IBackgroundCopyJob_SetProxySettings(subject.job, BG_JOB_PROXY_USAGE_OVERRIDE,
                                                  L"http=http://proxy:no_port", NULL),
              S_OK);
        ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
        client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(subject.job, NULL), BG_E_INVALID_PROXY_INFO);
        ok_hr(IBackgroundCopyJob_SetProxySettings(subject.job, BG_JOB_PROXY_USAGE_NO_PROXY, NULL, NULL), S_OK);
        ok(subject_transfer(&subject), "not transferred");
    }
    subject_cleanup(&subject);
}

/* B-446, B-422, B-423: a foreground job that was interrupted asks for the rest, under the condition that it is the
 * same file. B-414: others may read meanwhile. B-447: the rest may come from somewhere else. B-558 */
static void test_resume(void)
{
    static const struct route stall = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = SIZE / 2};
    const struct server_request *request;
    IBackgroundCopyFile3 *file3 = NULL;
    IBackgroundCopyFile *file;
    struct subject subject;
    WCHAR *name = NULL, url[128];
    char value[256];
    HANDLE handle;

    if (!subject_init(&subject, &stall) || !(file = job_file(subject.job, 0))) return;
    file3 = query(file, IBackgroundCopyFile3);
    IBackgroundCopyFile_Release(file);
    ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
    ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
    ok_hr(IBackgroundCopyFile3_GetTemporaryName(file3, &name), S_OK);
    handle = CreateFileW(name, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    ok(handle != INVALID_HANDLE_VALUE, "the temporary file cannot be read: error %lu", GetLastError());
    CloseHandle(handle);
    CoTaskMemFree(name);
    ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
    server_route(server, "/mirror", &(struct route){.size = SIZE});
    ok_hr(IBackgroundCopyFile3_SetRemoteName(file3, server_url(server, L"/mirror", url, ARRAYSIZE(url))), S_OK);
    ok(subject_transfer(&subject), "not transferred");
    request = server_request(server, "GET", "/mirror", 0);
    ok_chars(range_of("GET", "/mirror", 0), "bytes=50000-99999");
    server_header(request, "If-Unmodified-Since", value, sizeof(value));
    ok_chars(value, SERVER_DATE);
    server_header(request, "User-Agent", value, sizeof(value));
    ok_chars(value, "Microsoft BITS/7.8");
    server_header(request, "Accept-Encoding", value, sizeof(value));
    ok_chars(value, "identity");
    ok_int(server_header(request, "Cookie", value, sizeof(value)), FALSE); /* B-427 */
    ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
    ok(pattern_check_file(subject.local, SIZE, 0), "the file is damaged");
    IBackgroundCopyFile3_Release(file3);
    subject_cleanup(&subject);
}

/* B-448: what is there stays, however it looks at the server now; only the file under way begins anew (B-431). */
static void test_changed_file(void)
{
    static const struct route cut = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = SIZE / 2};
    struct route changed = {.size = SIZE, .seed = 7, .last_modified = "Wed, 16 Nov 1994 08:12:31 GMT"};
    struct subject subject;
    WCHAR url[128], local[MAX_PATH];

    if (!subject_init(&subject, &(struct route){.size = SIZE})) return;
    server_route(server, "/second", &cut);
    ok_hr(IBackgroundCopyJob_AddFile(subject.job, server_url(server, L"/second", url, ARRAYSIZE(url)),
                                     client_path(local)),
          S_OK);
    ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
    ok(server_wait_stalled(server, "/second", 1, SOON_MS), "the job does not run");
    ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
    server_route(server, subject.path, &changed);
    server_route(server, "/second", &changed);
    ok(subject_transfer(&subject), "not transferred");
    ok_int(server_count(server, "GET", subject.path), 1);
    ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
    ok(pattern_check_file(subject.local, SIZE, 0), "the first file is damaged");
    ok(pattern_check_file(local, SIZE, 7), "the second file is damaged");
    subject_cleanup(&subject);
}

static BOOL has_nothing(const struct subject *subject)
{
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_GetProgress(subject->job, &progress), S_OK);
    return !progress.BytesTransferred;
}

/* B-432: another size at another time is a file to begin anew; at the same time it is an error, and then to begin
 * anew. */
static void test_changed_size(void)
{
    static const struct route cut = {.size = SIZE, .flags = ROUTE_STALL, .stall_at = SIZE / 2};
    struct route changed = {.size = SIZE + 1, .seed = 7};
    struct subject subject;
    unsigned int later;

    for (later = 0; later < 2; later++)
    {
        winetest_push_context(later ? "later" : "at the same time");
        if (subject_init(&subject, &cut))
        {
            ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
            ok(server_wait_stalled(server, subject.path, 1, SOON_MS), "the job does not run");
            while (has_nothing(&subject)) client_pause(10);
            ok_hr(IBackgroundCopyJob_Suspend(subject.job), S_OK);
            if (later) changed.last_modified = "Wed, 16 Nov 1994 08:12:31 GMT";
            server_route(server, subject.path, &changed);
            if (!later)
            {
                ok_hr(IBackgroundCopyJob_Resume(subject.job), S_OK);
                client_wait_state(subject.job, BG_JOB_STATE_ERROR, SOON_MS);
                ok_hr(client_job_error(subject.job, NULL), BG_E_INVALID_SERVER_RESPONSE);
            }
            ok(subject_transfer(&subject), "not transferred");
            ok_hr(IBackgroundCopyJob_Complete(subject.job), S_OK);
            ok(pattern_check_file(subject.local, SIZE + 1, 7), "the file is damaged");
        }
        subject_cleanup(&subject);
        winetest_pop_context();
    }
}

START_TEST(ranges)
{
    if (tests_begin())
    {
        winetest_run(test_multipart);
        winetest_run(test_one_by_one);
        winetest_run(test_disorder);
        winetest_run(test_merged);
        winetest_run(test_errors);
        winetest_run(test_to_the_end);
        winetest_run(test_empty);
        winetest_run(test_many);
        winetest_run(test_interrupted);
        winetest_run(test_dynamic);
        winetest_run(test_dynamic_restart);
        winetest_run(test_high_performance);
        winetest_run(test_maximum_size);
        winetest_run(test_bad_proxies);
        winetest_run(test_resume);
        winetest_run(test_changed_file);
        winetest_run(test_changed_size);
        if (ondemand_begin(manager))
        {
            winetest_run(test_requests);
            winetest_run(test_running);
            winetest_run(test_position);
            winetest_run(test_eligible);
            winetest_run(test_no_support);
            winetest_run(test_ranges_event);
            winetest_run(test_restart);
        }
        ondemand_end();
    }
    tests_end();
}
