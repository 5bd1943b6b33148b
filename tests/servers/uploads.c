/*
 * Uploads to servers of Debian: WebDAV of nginx and Apache, an upload server behind nginx, through squid.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a server got is compared with what was sent, byte for byte, in the directory where it stores it.
 */

#include "real.h"
#include <stdio.h>
#include "wine/test.h"

#define LARGE_SIZE (12 * 1024 * 1024) /* fragments grow to their full length */
#define LIMIT_SIZE (1024 * 1024)      /* nginx's client_max_body_size, unless it is set */

/* How a job authenticates itself: to nobody, to somebody else, wrongly, rightly. */
enum logon
{
    NONE,
    OTHER_TARGET,
    OTHER_SCHEME,
    WRONG,
    RIGHT
};

/* One upload, to a directory of a server. */
struct upload_case
{
    const char *server, *path; /* path ends in / */
    const char *stored;        /* what that is in the directory of servers.sh */
    const WCHAR *method;       /* NULL: the protocol */
    uint64_t size;
    HRESULT code;
    enum logon logon;
    const char *proxy; /* which alone knows the server's name */
};

/* --- one upload ------------------------------------------------------------------------------- */

static void set_method(struct real_task *task, const WCHAR *method)
{
    IBackgroundCopyJobHttpOptions2 *options = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(task->job, &IID_IBackgroundCopyJobHttpOptions2, (void **)&options), S_OK);
    if (!options) return;
    ok_hr(IBackgroundCopyJobHttpOptions2_SetHttpMethod(options, method), S_OK);
    IBackgroundCopyJobHttpOptions2_Release(options);
}

/* The user is the server's, or the proxy's if there is one. */
static void set_logon(struct real_task *task, enum logon logon, BOOL proxy)
{
    BG_AUTH_TARGET target = proxy ? BG_AUTH_TARGET_PROXY : BG_AUTH_TARGET_SERVER;
    BG_AUTH_SCHEME scheme = logon == OTHER_SCHEME ? BG_AUTH_SCHEME_DIGEST : BG_AUTH_SCHEME_BASIC;

    if (logon == OTHER_TARGET) target = proxy ? BG_AUTH_TARGET_SERVER : BG_AUTH_TARGET_PROXY;
    if (logon != NONE) real_set_credentials(task, target, scheme, L"user", logon == WRONG ? L"wrong" : L"secret");
}

/* Where the server has what it got. */
static void stored_path(const struct upload_case *row, const char *name, WCHAR *path)
{
    _snwprintf(path, MAX_PATH, L"%hs%hs\\%hs", servers_directory(), row->stored, name);
}

/* Whether the server has what was sent, and the job says so (U-093). */
static void check_sent(struct real_task *task, const WCHAR *stored, uint64_t size, uint32_t seed)
{
    BG_JOB_PROGRESS progress = {0};

    ok_hr(IBackgroundCopyJob_GetProgress(task->job, &progress), S_OK);
    ok_int(progress.BytesTotal, size);
    ok_int(progress.BytesTransferred, size);
    ok_int(progress.FilesTransferred, 1);
    ok(pattern_check_file(stored, size, seed), "the server has something else");
    ok(pattern_check_file(task->local, size, seed), "the source has changed");
    ok_hr(IBackgroundCopyJob_Complete(task->job), S_OK);
}

/* The job for a name in the row's directory, with a file of these pattern bytes. */
static BOOL upload_begin(struct real_task *task, const struct upload_case *row, BG_JOB_TYPE type, const char *name,
                         uint32_t seed)
{
    char path[128];

    snprintf(path, sizeof(path), "%s%s", row->path, name);
    if (!real_begin(task, type, row->server, row->proxy ? "behind.example" : NULL, path)) return FALSE;
    if (!ok(pattern_write_file(task->local, row->size, seed), "the file cannot be written")) return FALSE;
    real_add_file(task);
    if (row->method) set_method(task, row->method);
    if (row->proxy) real_set_proxy(task, BG_JOB_PROXY_USAGE_OVERRIDE, row->proxy, NULL);
    set_logon(task, row->logon, row->proxy != NULL);
    return TRUE;
}

/* The row's upload under a name; what comes of it stays. */
static void upload(const struct upload_case *row, const char *name, uint32_t seed)
{
    struct real_task task;
    WCHAR stored[MAX_PATH];

    stored_path(row, name, stored);
    if (upload_begin(&task, row, BG_JOB_TYPE_UPLOAD, name, seed) && real_run(&task, row->code))
    {
        if (row->code == S_OK) check_sent(&task, stored, row->size, seed);
        else ok(!client_file_exists(stored), "the server has a file");
    }
    real_end(&task);
}

static void upload_rows(const struct upload_case *rows, unsigned int count)
{
    static unsigned int number;
    WCHAR stored[MAX_PATH];
    char name[32];
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        winetest_push_context("%s%s, %s, %lu bytes, logon %u, proxy %s", rows[i].server, rows[i].path,
                              wine_dbgstr_w(rows[i].method), (unsigned long)rows[i].size, rows[i].logon,
                              rows[i].proxy ? rows[i].proxy : "none");
        snprintf(name, sizeof(name), "upload%u.bin", ++number);
        stored_path(&rows[i], name, stored);
        DeleteFileW(stored);
        upload(&rows[i], name, number);
        DeleteFileW(stored);
        winetest_pop_context();
    }
}

/* --- one request for a file (U-201, U-202) ------------------------------------------------------ */

static void test_webdav(void)
{
    static const struct upload_case rows[] = {
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", 1},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", 0},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", 0},
        {"apache", "/dav/", "apache", L"PUT", REAL_FILE_SIZE},
        {"apache", "/dav/", "apache", L"PUT", 1},
        {"apache", "/dav/", "apache", L"PUT", 0},
        /* The upload server takes both methods, and nginx passes them on. */
        {"nginx", "/bits/", "bits", L"PUT", REAL_FILE_SIZE},
        {"nginx", "/bits/", "bits", L"PUT", 0},
        {"nginx", "/bits/", "bits", L"POST", REAL_FILE_SIZE},
        {"nginx", "/bits/", "bits", L"POST", 0},
        {"tlsgood", "/bits/", "bits", L"POST", REAL_FILE_SIZE},
    };

    upload_rows(rows, ARRAYSIZE(rows));
}

/* Servers answer 204 instead of 201 when there is such a file. */
static void test_replacing(void)
{
    static const struct upload_case rows[] = {
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", 1000},
        {"apache", "/dav/", "apache", L"PUT", REAL_FILE_SIZE},
        {"apache", "/dav/", "apache", L"PUT", 1000},
    };
    WCHAR stored[MAX_PATH];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(rows); i++)
    {
        winetest_push_context("%s, %lu bytes", rows[i].server, (unsigned long)rows[i].size);
        upload(&rows[i], "replaced.bin", 100 + i);
        winetest_pop_context();
        if (i + 1 < ARRAYSIZE(rows) && !strcmp(rows[i].server, rows[i + 1].server)) continue;
        stored_path(&rows[i], "replaced.bin", stored);
        ok(DeleteFileW(stored), "there is no file: error %lu", GetLastError());
    }
}

/* U-162 to U-164, and U-201: what is transient is an error as well. */
static void test_refused(void)
{
    static const struct upload_case rows[] = {
        /* Not for uploads at all, or not of that kind (U-055). What is POSTed nginx looks for first. */
        {"nginx", "/", "www", L"PUT", LIMIT_SIZE, BG_E_HTTP_ERROR_405},
        {"nginx", "/", "www", L"POST", LIMIT_SIZE, BG_E_HTTP_ERROR_404},
        {"nginx", "/dav/", "nginx\\dav", L"POST", REAL_FILE_SIZE, BG_E_HTTP_ERROR_404},
        {"nginx", "/", "www", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_405},
        {"nginx", "/dav/", "nginx\\dav", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_405},
        {"tlsgood", "/", "www", L"PUT", LIMIT_SIZE, BG_E_HTTP_ERROR_405},
        {"tlsgood", "/", "www", L"PUT", 0, BG_E_HTTP_ERROR_405},
        {"apache", "/", "www", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_405},
        {"apache", "/", "www", L"PUT", 0, BG_E_HTTP_ERROR_405},
        {"apache", "/", "www", L"OTHER", REAL_FILE_SIZE, BG_E_HTTP_ERROR_501},
        {"apache", "/", "www", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_501},
        /* No such collection: RFC 4918 wants 409, nginx says something else. */
        {"nginx", "/dav/none/", "nginx\\dav\\none", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_500},
        {"apache", "/dav/none/", "apache\\none", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_409},
        /* nginx's limit: it answers before it has the body. */
        {"nginx", "/dav-small/", "nginx\\dav-small", L"PUT", LIMIT_SIZE},
        {"nginx", "/dav-small/", "nginx\\dav-small", L"PUT", LIMIT_SIZE + 1, BG_E_HTTP_ERROR_413},
        {"nginx", "/dav-small/", "nginx\\dav-small", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_413},
        {"tlsgood", "/dav-small/", "nginx\\dav-small", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_413},
    };

    upload_rows(rows, ARRAYSIZE(rows));
}

/* U-195, U-166 */
static void test_upload_logons(void)
{
    static const struct upload_case rows[] = {
        {"apache", "/dav-basic/", "apache", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, NONE},
        {"apache", "/dav-basic/", "apache", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, WRONG},
        {"apache", "/dav-basic/", "apache", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, OTHER_SCHEME},
        {"apache", "/dav-basic/", "apache", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, OTHER_TARGET},
        {"apache", "/dav-basic/", "apache", L"PUT", REAL_FILE_SIZE, S_OK, RIGHT},
        {"apache", "/dav-basic/", "apache", L"PUT", 0, BG_E_HTTP_ERROR_401, NONE},
        {"apache", "/dav-basic/", "apache", L"PUT", 0, S_OK, RIGHT},
        {"apache", "/dav/", "apache", L"PUT", REAL_FILE_SIZE, S_OK, RIGHT},
        /* The protocol's packets as well: nginx asks in the upload server's place. */
        {"nginx", "/bits-basic/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, NONE},
        {"nginx", "/bits-basic/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, WRONG},
        {"nginx", "/bits-basic/", "bits", NULL, REAL_FILE_SIZE, S_OK, RIGHT},
        {"tlsgood", "/bits-basic/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_401, WRONG},
        {"tlsgood", "/bits-basic/", "bits", NULL, REAL_FILE_SIZE, S_OK, RIGHT},
    };

    upload_rows(rows, ARRAYSIZE(rows));
}

/* --- the protocol behind nginx -------------------------------------------------------------------- */

/* U-059, U-109; U-104: fragments that nginx refuses come again, shorter. */
static void test_protocol(void)
{
    static const struct upload_case rows[] = {
        {"nginx", "/bits/", "bits", NULL, 1},
        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE},
        {"nginx", "/bits/", "bits", NULL, LARGE_SIZE},
        {"nginx", "/bits/", "bits", NULL, 0},
        {"tlsgood", "/bits/", "bits", NULL, REAL_FILE_SIZE},
        {"tlsgood", "/bits/", "bits", NULL, LARGE_SIZE},
        {"tlsgood", "/bits/", "bits", NULL, 0},
        {"nginx", "/bits-small/", "bits", NULL, REAL_FILE_SIZE},
        {"nginx", "/bits-small/", "bits", NULL, LARGE_SIZE},
        {"tlsgood", "/bits-small/", "bits", NULL, REAL_FILE_SIZE},
        {"tlsgood", "/bits-small/", "bits", NULL, LARGE_SIZE},
        {"nginx", "/bits-tiny/", "bits", NULL, 100000}, /* the first one already */
        {"tlsgood", "/bits-tiny/", "bits", NULL, 100000},
        {"nginx", "/bits-none/", "bits", NULL, 100000, BG_E_HTTP_ERROR_413}, /* less than the shortest */
        {"tlsgood", "/bits-none/", "bits", NULL, 100000, BG_E_HTTP_ERROR_413},
    };

    upload_rows(rows, ARRAYSIZE(rows));
}

/* The reply is what was uploaded; it is fetched from below the upload's directory (U-126). */
static void check_reply(const struct upload_case *row, const char *name, uint32_t seed)
{
    IBackgroundCopyJob2 *job2 = NULL;
    WCHAR stored[MAX_PATH], reply[MAX_PATH];
    struct real_task task;

    stored_path(row, name, stored);
    client_path(reply);
    if (upload_begin(&task, row, BG_JOB_TYPE_UPLOAD_REPLY, name, seed) &&
        ok_hr(IBackgroundCopyJob_QueryInterface(task.job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK))
    {
        ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, reply), S_OK);
        if (real_run(&task, row->code) && row->code == S_OK)
        {
            check_sent(&task, stored, row->size, seed);
            ok(pattern_check_file(reply, row->size, seed), "the reply is something else"); /* U-092 */
        }
        IBackgroundCopyJob2_Release(job2);
    }
    real_end(&task);
    DeleteFileW(reply);
    DeleteFileW(stored);
}

/* U-060 */
static void test_replies(void)
{
    static const struct upload_case rows[] = {
        {"nginx", "/reply/", "reply", NULL, 1},
        {"nginx", "/reply/", "reply", NULL, REAL_FILE_SIZE},
        {"tlsgood", "/reply/", "reply", NULL, REAL_FILE_SIZE},
        {"nginx", "/reply-small/", "reply", NULL, LARGE_SIZE},
        {"tlsgood", "/reply-small/", "reply", NULL, LARGE_SIZE},
        {"nginx", "/reply/", "reply", NULL, REAL_FILE_SIZE, S_OK, NONE, "squid"},
        {"tlsgood", "/reply/", "reply", NULL, REAL_FILE_SIZE, S_OK, NONE, "squid"},
        {"nginx", "/reply/", "reply", NULL, REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        {"tlsgood", "/reply/", "reply", NULL, REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        /* An upload server without an application has no reply (U-131). */
        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_INVALID_SERVER_RESPONSE},
    };
    char name[32];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(rows); i++)
    {
        winetest_push_context("%s%s, %lu bytes, proxy %s", rows[i].server, rows[i].path, (unsigned long)rows[i].size,
                              rows[i].proxy ? rows[i].proxy : "none");
        snprintf(name, sizeof(name), "reply%u.bin", i);
        check_reply(&rows[i], name, 200 + i);
        winetest_pop_context();
    }
}

/* --- through squid ------------------------------------------------------------------------------------ */

/* U-003, U-081, U-195: as requests to the proxy, and in tunnels that it digs. */
static void test_upload_proxies(void)
{
    static const struct upload_case rows[] = {
        {"nginx", "/bits/", "bits", NULL, LARGE_SIZE, S_OK, NONE, "squid"},
        {"nginx", "/bits-small/", "bits", NULL, LARGE_SIZE, S_OK, NONE, "squid"},
        {"nginx", "/bits/", "bits", NULL, 0, S_OK, NONE, "squid"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, S_OK, NONE, "squid"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", 0, S_OK, NONE, "squid"},
        {"nginx", "/dav-small/", "nginx\\dav-small", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_413, NONE, "squid"},
        {"apache", "/dav/", "apache", L"PUT", REAL_FILE_SIZE, S_OK, NONE, "squid"},
        {"tlsgood", "/bits/", "bits", NULL, LARGE_SIZE, S_OK, NONE, "squid"},
        {"tlsgood", "/bits-small/", "bits", NULL, LARGE_SIZE, S_OK, NONE, "squid"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, S_OK, NONE, "squid"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", 0, S_OK, NONE, "squid"},
        {"tlsgood", "/dav-small/", "nginx\\dav-small", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_413, NONE, "squid"},

        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, NONE, "squidauth"},
        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, WRONG, "squidauth"},
        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, OTHER_TARGET, "squidauth"},
        {"nginx", "/bits/", "bits", NULL, REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        {"nginx", "/bits-small/", "bits", NULL, LARGE_SIZE, S_OK, RIGHT, "squidauth"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, NONE, "squidauth"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, WRONG, "squidauth"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        {"nginx", "/dav/", "nginx\\dav", L"PUT", 0, S_OK, RIGHT, "squidauth"},
        {"tlsgood", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, NONE, "squidauth"},
        {"tlsgood", "/bits/", "bits", NULL, REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, WRONG, "squidauth"},
        {"tlsgood", "/bits/", "bits", NULL, REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        {"tlsgood", "/bits-small/", "bits", NULL, LARGE_SIZE, S_OK, RIGHT, "squidauth"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, NONE, "squidauth"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, BG_E_HTTP_ERROR_407, WRONG, "squidauth"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", REAL_FILE_SIZE, S_OK, RIGHT, "squidauth"},
        {"tlsgood", "/dav/", "nginx\\dav", L"PUT", 0, S_OK, RIGHT, "squidauth"},
    };

    upload_rows(rows, ARRAYSIZE(rows));
}

void test_real_uploads(void)
{
    winetest_run(test_webdav);
    winetest_run(test_replacing);
    winetest_run(test_refused);
    winetest_run(test_upload_logons);
    winetest_run(test_protocol);
    winetest_run(test_replies);
    winetest_run(test_upload_proxies);
}
