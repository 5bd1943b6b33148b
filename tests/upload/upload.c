/*
 * Uploads and uploads with a reply (docs/rules/uploads.md).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/upload.h"
#include "wine/test.h"

#define FRAGMENT UPLOAD_FRAGMENT
#define SESSION_NOT_FOUND BG_E_SESSION_NOT_FOUND
#define HTTP_ERROR(status) ((HRESULT)(0x80190000 | (status)))

/* --- plain uploads ------------------------------------------------------------------------------ */

static void check_size(uint64_t size)
{
    struct upload upload = {0};
    BG_JOB_PROGRESS progress;
    struct bitsserver_counts counts;

    winetest_push_context("%u bytes", (unsigned int)size);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, size) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 4 * SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_GetProgress(upload.job, &progress), S_OK);
        ok_int(progress.BytesTotal, size); /* U-093 */
        ok_int(progress.BytesTransferred, size);
        ok_int(progress.FilesTransferred, 1);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 1); /* U-015, U-059, B-596 */
        ok_int(counts.pings, 0);   /* U-066 */
        ok_int(counts.closes, 1);  /* U-091 */
        ok_int(counts.cancels, 0);
        ok_int(counts.sessions, 0);
        ok_int(counts.connections, 1);                                               /* U-273 */
        ok(counts.longest_fragment <= 13 * 1024 * 1024, "a fragment is too long\n"); /* U-103 */
        upload_check(&upload);
        ok_hr(IBackgroundCopyJob_Complete(upload.job), S_OK); /* B-613 */
        ok_int(client_state(upload.job), BG_JOB_STATE_ACKNOWLEDGED);
        upload_check(&upload);
    }
    upload_end(&upload);
    winetest_pop_context();
}

static void test_sizes(void)
{
    static const unsigned int sizes[] = {
        0, 1, 4892, FRAGMENT - 1, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT, 3 * FRAGMENT + 1, 7 * FRAGMENT - 1,
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(sizes); i++) check_size(sizes[i]); /* U-326 */
}

static void test_large(void)
{
    check_size(100 * 1024 * 1024);
}

/* B-054, U-004, U-092, U-097, U-100, B-403 */
static void test_interface(void)
{
    struct upload upload = {0};
    IBackgroundCopyJob2 *job2 = NULL;
    BG_JOB_REPLY_PROGRESS progress;
    WCHAR *name = NULL;
    UINT64 size;
    BYTE *data;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 10))
    {
        ok_hr(IBackgroundCopyJob_AddFile(upload.job, L"http://127.0.0.1/b", upload.local), BG_E_TOO_MANY_FILES);
        ok_hr(IBackgroundCopyJob_Complete(upload.job), BG_E_INVALID_STATE);
        ok_hr(IBackgroundCopyJob_QueryInterface(upload.job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), E_NOTIMPL); /* U-137 */
        ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size), E_NOTIMPL);  /* U-136 */
        ok_hr(IBackgroundCopyJob2_GetReplyFileName(job2, &name), E_NOTIMPL);     /* U-135 */
        IBackgroundCopyJob2_Release(job2);
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
    }
    upload_end(&upload);
}

/* --- what servers do ------------------------------------------------------------------------------ */

/* Quirks that change nothing for the job. */
static void test_manners(void)
{
    static const unsigned int flags[] = {
        BITSSERVER_CREATED,          BITSSERVER_NO_OFFSET,   BITSSERVER_AT_CLOSE,
        BITSSERVER_ERROR_ON_SUCCESS, BITSSERVER_BODIED_ACKS, BITSSERVER_TRIM,
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(flags); i++)
    {
        struct upload upload = {.options.flags = flags[i]};

        winetest_push_context("flags %#x", flags[i]);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, FRAGMENT + 5000) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
            upload_check(&upload);
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-104 */
static void test_fragment_limit(void)
{
    struct upload upload = {.options.fragment_limit = 100000};
    struct bitsserver_counts counts;
    BG_ERROR_CONTEXT context;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000000) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        upload_check(&upload);
    bitsserver_count(upload.server, &counts);
    ok_int(counts.creates, 1);
    upload_end(&upload);

    memset(&upload, 0, sizeof(upload));
    upload.options.fragment_limit = 4000;
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000000) && upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, &context), HTTP_ERROR(413));
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    }
    upload_end(&upload);
}

/* U-107: fragments that a server does not take in time are shorter from then on, also in another service */
static void check_late_fragments(BOOL kill)
{
    struct upload upload = {.options = {.fragment_limit = 300000, .fragment_status = 408}};
    struct bitsserver_counts counts;
    BOOL there;

    winetest_push_context(kill ? "service killed" : "one service");
    there = upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 3000000) &&
            upload_run(&upload, kill ? BG_JOB_STATE_TRANSIENT_ERROR : BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS);
    if (there && kill)
    {
        upload_kill_service();
        there = upload_find_again(&upload, S_OK) &&
                client_wait_state(upload.job, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS);
    }
    if (there)
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 1);
        /* 1 MiB and 512 KiB, which come too late, two short ones that try the line, 12 of 256 KiB; and some to spare */
        ok(counts.fragments <= 18, "%u fragments\n", counts.fragments);
    }
    upload_end(&upload);
    winetest_pop_context();
}

static void test_late_fragments(void)
{
    check_late_fragments(FALSE);
    if (winetest_is_wine()) check_late_fragments(TRUE);
    else skip("services are not killed on Windows\n");
}

/* 7, 13: what the client recovers from without the job's failing (U-070, U-073, U-080) */
static void test_recovery(void)
{
    static const struct
    {
        const char *type;
        unsigned int at;
        int what;
        unsigned int flags, creates;
    } cases[] = {
        {"Fragment", 3, BITSSERVER_LOSE_SESSIONS, 0, 2},                                           /* U-116 */
        {"Fragment", 3, BITSSERVER_LOSE_SESSIONS, BITSSERVER_OLD_ERROR, 2},                        /* U-036 */
        {"Fragment", 3, BITSSERVER_LOSE_SESSIONS, BITSSERVER_NEW_ERROR | BITSSERVER_PLAIN_HEX, 2}, /* U-038 */
        {"Fragment", 3, BITSSERVER_LOSE_DATA, 0, 1},                                               /* U-110 */
        {"Fragment", 3, BITSSERVER_LOSE_DATA, BITSSERVER_BAD_OFFSET_NAME, 1},                      /* U-087 */
        {"Fragment", 3, BITSSERVER_LOSE_DATA, BITSSERVER_NO_416_OFFSET, 2},                        /* U-087 */
        {"Close-Session", 1, BITSSERVER_LOSE_SESSIONS, 0, 1},                                      /* U-141, U-325 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {cases[i].at, cases[i].at, cases[i].type, cases[i].what};
        struct upload upload = {.options = {.flags = cases[i].flags, .fault = upload_fault, .context = &fault}};
        struct bitsserver_counts counts;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 9 * FRAGMENT) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.creates, cases[i].creates);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* A connection that ends: before or after the packet is obeyed, and a server in trouble: the job tries again
 * (U-095). */
static void test_retry(void)
{
    static const struct
    {
        const char *type;
        unsigned int at, times;
        int what;
        unsigned int flags;
    } cases[] = {
        {"Create-Session", 1, 2, BITSSERVER_CLOSE_BEFORE},           /* U-117 */
        {"Fragment", 2, 2, BITSSERVER_CLOSE_BEFORE},                 /* U-114 */
        {"Fragment", 2, 2, BITSSERVER_CLOSE_AFTER},                  /* U-114, U-112 */
        {"Fragment", 2, 2, BITSSERVER_CLOSE_AFTER, BITSSERVER_TRIM}, /* U-112 */
        {"Fragment", 2, 1, 503},                                     /* U-117, U-164 */
        {"Close-Session", 1, 1, 500},                                /* U-140, U-051 */
        {"Close-Session", 1, 2, BITSSERVER_CLOSE_AFTER},             /* U-141 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {cases[i].at, cases[i].at + cases[i].times - 1, cases[i].type, cases[i].what};
        struct upload upload = {.options = {.flags = cases[i].flags, .fault = upload_fault, .context = &fault}};

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 3 * FRAGMENT + 17) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
            upload_check(&upload);
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* 10: which error, in which context, and whether the job tries again */
static void test_errors(void)
{
    static const struct
    {
        struct bitsserver_options options;
        BG_JOB_STATE state;
        HRESULT code;
        BG_ERROR_CONTEXT context;
    } cases[] = {
        {{.flags = BITSSERVER_DISABLED}, BG_JOB_STATE_ERROR, E_ACCESSDENIED, BG_ERROR_CONTEXT_REMOTE_FILE},  /* U-152 */
        {{.maximum_size = 100}, BG_JOB_STATE_TRANSIENT_ERROR, BG_E_TOO_LARGE, BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-155 */
        {{.reply = BITSSERVER_REFUSE},
         BG_JOB_STATE_ERROR,
         (HRESULT)0xa0040123,
         BG_ERROR_CONTEXT_REMOTE_APPLICATION}, /* U-158, U-018 */
        {{.reply = BITSSERVER_REFUSE, .refuse_status = 503},
         BG_JOB_STATE_TRANSIENT_ERROR,
         (HRESULT)0xa0040123,
         BG_ERROR_CONTEXT_REMOTE_APPLICATION}, /* U-163 */
        {{.flags = BITSSERVER_NO_ACK},
         BG_JOB_STATE_ERROR,
         BG_E_INVALID_SERVER_RESPONSE,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-054 */
        {{.flags = BITSSERVER_BAD_PROTOCOL},
         BG_JOB_STATE_ERROR,
         BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-054 */
        {{.flags = BITSSERVER_HTTP10},
         BG_JOB_STATE_ERROR,
         BG_E_INSUFFICIENT_HTTP_SUPPORT,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-170 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct upload upload = {.options = cases[i].options};
        BG_ERROR_CONTEXT context = 0;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && upload_run(&upload, cases[i].state, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, &context), cases[i].code);
            ok_int(context, cases[i].context);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-151, U-160: a file that is there already */
static void test_existing(void)
{
    struct upload upload = {.options.flags = BITSSERVER_NO_OVERWRITE};
    BG_ERROR_CONTEXT context;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && pattern_write_file(upload.stored, 5, 1) &&
        upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, &context), E_ACCESSDENIED);
        ok(pattern_check_file(upload.stored, 5, 1), "the file was replaced\n");
    }
    upload_end(&upload);
}

/* U-096, B-449 */
static void test_changed_source(void)
{
    struct fault fault = {2, 2, "Fragment", 503};
    struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};
    BG_ERROR_CONTEXT context;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 3 * FRAGMENT) &&
        upload_run(&upload, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
    {
        upload.size--;
        ok(pattern_write_file(upload.local, upload.size, upload.seed), "cannot write\n");
        if (upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, &context), BG_E_LOCAL_FILE_CHANGED);
            ok_int(context, BG_ERROR_CONTEXT_LOCAL_FILE);
        }
    }
    upload_end(&upload);
}

/* B-525: no source at all */
static void test_missing_source(void)
{
    struct upload upload = {0};
    BG_ERROR_CONTEXT context;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && DeleteFileW(upload.local) &&
        upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, &context), HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND));
        ok_int(context, BG_ERROR_CONTEXT_LOCAL_FILE);
    }
    ok(pattern_write_file(upload.local, upload.size, upload.seed), "cannot write\n");
    upload_end(&upload);
}

/* U-057, U-068, U-069, U-118, U-120: a host that the server names */
static void test_host(void)
{
    struct upload upload = {0};
    struct bitsserver_counts counts;
    char host[64];

    upload.options.host_id = host;
    strcpy(host, "localhost");
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 2 * FRAGMENT))
    {
        sprintf(host, "localhost:%u", bitsserver_port(upload.server));
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.pings, 1);
    }
    upload_end(&upload);

    /* A dead one that may be given up at once */
    memset(&upload, 0, sizeof(upload));
    upload.options.host_id = "127.0.0.1:1";
    upload.options.host_timeout = "0";
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 2 * FRAGMENT) &&
        upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        upload_check(&upload);
    upload_end(&upload);
}

/* --- pause, cancel, restart -------------------------------------------------------------------------- */

/* U-063, U-079, U-085, U-090 */
static void test_suspend(void)
{
    struct gate gate;
    struct upload upload = {.options = {.fault = upload_gate, .context = &gate}};
    struct bitsserver_counts counts;
    BG_JOB_PROGRESS progress;

    gate_init(&gate, "Fragment", 2);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 5 * FRAGMENT))
    {
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        ok(client_wait(gate.held, SOON_MS), "no third fragment\n");
        ok_int(client_state(upload.job), BG_JOB_STATE_TRANSFERRING);
        ok_hr(IBackgroundCopyJob_Suspend(upload.job), S_OK);
        gate_release(&gate);
        ok_hr(IBackgroundCopyJob_GetProgress(upload.job, &progress), S_OK);
        ok_int(progress.BytesTransferred, 3 * FRAGMENT); /* one of 1 MiB, one of 2 */
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS)) upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 1);
        ok_int(counts.pings, 1);
    }
    upload_end(&upload);
    gate_cleanup(&gate);
}

/* U-047, U-052, U-062, U-078, U-146 */
static void test_cancel(void)
{
    struct gate gate;
    struct upload upload = {.options = {.fault = upload_gate, .context = &gate}};
    struct bitsserver_counts counts;
    ULONGLONG deadline;

    gate_init(&gate, "Fragment", 1);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 5 * FRAGMENT))
    {
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        ok(client_wait(gate.held, SOON_MS), "no second fragment\n");
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        ok_int(client_state(upload.job), BG_JOB_STATE_CANCELLED);
        gate_release(&gate);
        ok(bitsserver_wait_cancels(upload.server, 1, SOON_MS), "the server was not told\n");
        /* A packet is counted when it comes; the session ends a moment later. */
        deadline = GetTickCount64() + SOON_MS;
        do bitsserver_count(upload.server, &counts);
        while (counts.sessions && GetTickCount64() < deadline);
        ok_int(counts.sessions, 0);
        ok(!client_file_exists(upload.stored), "the server has a file\n");
    }
    upload_end(&upload);
    gate_cleanup(&gate);

    /* B-603: what is there stays there */
    memset(&upload, 0, sizeof(upload));
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        upload_check(&upload);
    }
    upload_end(&upload);
}

/* U-056, U-101, U-306: the service is killed at a packet */
static void check_killed(const char *type, unsigned int open, BG_JOB_TYPE job_type)
{
    struct gate gate;
    struct upload upload = {.options = {.fault = upload_gate,
                                        .context = &gate,
                                        .reply = job_type == BG_JOB_TYPE_UPLOAD ? 0 : BITSSERVER_ECHO}};
    struct bitsserver_counts counts;

    winetest_push_context("killed at %s %u", type, open + 1);
    gate_init(&gate, type, open);
    if (upload_begin(&upload, job_type, 5 * FRAGMENT))
    {
        ok_hr(IBackgroundCopyJob_Resume(upload.job), S_OK);
        ok(client_wait(gate.held, SOON_MS), "the packet does not come\n");
        upload_kill_service();
        gate_release(&gate);
        if (upload_find_again(&upload, S_OK) && client_wait_state(upload.job, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok(counts.sessions <= 1, "%u sessions are left\n", counts.sessions);
            if (strcmp(type, "Create-Session")) ok_int(counts.creates, 1);
        }
    }
    upload_end(&upload);
    gate_cleanup(&gate);
    winetest_pop_context();
}

static void test_killed(void)
{
    if (!winetest_is_wine())
    {
        skip("services are not killed on Windows");
        return;
    }
    check_killed("Create-Session", 0, BG_JOB_TYPE_UPLOAD);
    check_killed("Fragment", 0, BG_JOB_TYPE_UPLOAD);
    check_killed("Fragment", 2, BG_JOB_TYPE_UPLOAD);
    check_killed("Close-Session", 0, BG_JOB_TYPE_UPLOAD);
    check_killed("Close-Session", 0, BG_JOB_TYPE_UPLOAD_REPLY);
}

/* --- replies ---------------------------------------------------------------------------------------------- */

static void check_reply(enum bitsserver_reply_url form, enum bitsserver_reply kind, uint64_t size, BOOL named)
{
    struct upload upload = {.options = {.reply_url = form, .reply = kind}};
    uint64_t reply_size = kind == BITSSERVER_ECHO ? size : 0;
    BG_JOB_REPLY_PROGRESS progress = {0};
    WCHAR reply[MAX_PATH], *name = NULL;
    IBackgroundCopyJob2 *job2 = NULL;
    UINT64 length = 1;
    BYTE *data = NULL, *expected;
    HRESULT hr;

    winetest_push_context("form %u, %u bytes", form, (unsigned int)size);
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, size))
    {
        ok_hr(IBackgroundCopyJob_QueryInterface(upload.job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), S_OK);
        ok_int(progress.BytesTotal, BG_SIZE_UNKNOWN);                                      /* U-137 */
        ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &length), BG_E_INVALID_STATE); /* U-136 */
        ok_hr(IBackgroundCopyJob2_GetReplyFileName(job2, &name), S_OK);
        ok(name && !wcsncmp(name, client_directory(), wcslen(client_directory())), "%s\n",
           wine_dbgstr_w(name)); /* U-133 */
        if (named) ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, client_path(reply)), S_OK);
        else wcscpy(reply, name ? name : L"");
        CoTaskMemFree(name);
        if (upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            upload_check(&upload);
            ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), S_OK);
            ok_int(progress.BytesTotal, reply_size);
            ok_int(progress.BytesTransferred, reply_size);
            ok_hr(IBackgroundCopyJob2_SetReplyFileName(job2, reply), BG_E_INVALID_STATE); /* U-134 */
            hr = IBackgroundCopyJob2_GetReplyData(job2, &data, &length);
            ok_hr(hr, reply_size > 1024 * 1024 ? BG_E_TOO_LARGE : S_OK);
            ok_int(length, reply_size);
            ok(SUCCEEDED(hr) && reply_size ? data != NULL : !data, "data %p\n", data);
            if (data && (expected = malloc((size_t)reply_size)))
            {
                pattern_fill(expected, (size_t)reply_size, 0, upload.seed);
                ok(!memcmp(data, expected, (size_t)reply_size), "the reply is damaged\n");
                free(expected);
            }
            CoTaskMemFree(data);
            ok(!client_file_exists(reply), "the reply has its name already\n");
            ok_hr(IBackgroundCopyJob_Complete(upload.job), S_OK);
            ok(pattern_check_file(reply, reply_size, upload.seed), "the reply file is damaged\n"); /* B-613 */
            DeleteFileW(reply);
        }
        IBackgroundCopyJob2_Release(job2);
    }
    upload_end(&upload);
    winetest_pop_context();
}

/* U-060, U-061, U-074, U-076, U-077, U-187: the server deletes the reply when the session is closed */
static void test_replies(void)
{
    check_reply(0, BITSSERVER_ECHO, 1, FALSE);
    check_reply(0, BITSSERVER_ECHO, 10240, TRUE);
    check_reply(BITSSERVER_ABSOLUTE, BITSSERVER_ECHO, 1024 * 1024, FALSE);
    check_reply(0, BITSSERVER_ECHO, 1024 * 1024 + 1, TRUE); /* B-267 */
    check_reply(0, BITSSERVER_EMPTY, 100, FALSE);
}

/* U-131, U-132, U-226 */
static void test_lost_reply(void)
{
    struct fault fault = {1, 2, "Fragment", BITSSERVER_CLOSE_AFTER};
    struct upload upload = {.options = {.reply_url = BITSSERVER_MISSING, .reply = BITSSERVER_ECHO}};
    BG_ERROR_CONTEXT context;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 1000) && upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, &context), BG_E_INVALID_SERVER_RESPONSE);
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    }
    upload_end(&upload);

    /* The Ack with the URL gets lost: the last fragment is sent again */
    memset(&upload, 0, sizeof(upload));
    upload.options.reply = BITSSERVER_ECHO;
    upload.options.fault = upload_fault;
    upload.options.context = &fault;
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 1000) &&
        upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
        upload_check(&upload);
    upload_end(&upload);
}

/* B-602: the progress of the reply tells which part of the job has failed */
static void check_failed_part(struct upload *upload, HRESULT error, UINT64 total)
{
    BG_JOB_REPLY_PROGRESS progress = {0, 1};
    IBackgroundCopyJob2 *job2 = NULL;
    BG_ERROR_CONTEXT context;

    if (upload_begin(upload, BG_JOB_TYPE_UPLOAD_REPLY, 1000) && upload_run(upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload->job, &context), error);
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
        ok_hr(IBackgroundCopyJob_QueryInterface(upload->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
        ok_hr(IBackgroundCopyJob2_GetReplyProgress(job2, &progress), S_OK);
        ok_int(progress.BytesTotal, total);
        ok_int(progress.BytesTransferred, 0);
        IBackgroundCopyJob2_Release(job2);
    }
    upload_end(upload);
}

static void test_failed_part(void)
{
    struct fault refused = {1, 1, "Fragment", 403};
    struct upload upload = {.options = {.reply = BITSSERVER_ECHO, .fault = upload_fault, .context = &refused}};
    struct upload lost = {.options = {.reply = BITSSERVER_ECHO, .reply_lifetime = 1, .flags = BITSSERVER_NO_COPY}};
    struct server *other = server_create();
    struct upload empty = {.options = {.reply = BITSSERVER_STATIC}};
    char url[64];

    winetest_push_context("upload");
    check_failed_part(&upload, HTTP_ERROR(403), BG_SIZE_UNKNOWN);
    winetest_pop_context();
    winetest_push_context("reply gone");
    check_failed_part(&lost, HTTP_ERROR(404), 0);
    winetest_pop_context();

    server_route(other, "/reply", &(struct route){.status = 403});
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/reply", server_port(other));
    empty.options.static_url = url;
    winetest_push_context("reply refused");
    check_failed_part(&empty, HTTP_ERROR(403), 0);
    winetest_pop_context();
    server_destroy(other);
}

/* U-147, B-614: the reply goes, what was sent stays */
static void test_cancelled_reply(void)
{
    struct upload upload = {.options.reply = BITSSERVER_ECHO};
    unsigned int before = client_count_files(L"BIT*.tmp");

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 1000) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_int(client_count_files(L"BIT*.tmp"), before + 1);
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        ok_int(client_count_files(L"BIT*.tmp"), before);
        upload_check(&upload);
    }
    upload_end(&upload);
}

/* --- without HTTP --------------------------------------------------------------------------------------------- */

/* U-098, B-590 */
static void test_copy(void)
{
    IBackgroundCopyJob *job = client_job(upload_manager, BG_JOB_TYPE_UPLOAD);
    WCHAR local[MAX_PATH], target[MAX_PATH];

    client_path(local);
    client_path(target);
    ok(pattern_write_file(local, 3 * FRAGMENT + 1, 5), "cannot write\n");
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_AddFile(job, target, local), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok(pattern_check_file(target, 3 * FRAGMENT + 1, 5), "the copy is damaged\n");
        ok_hr(IBackgroundCopyJob_Complete(job), S_OK);
        ok(pattern_check_file(target, 3 * FRAGMENT + 1, 5), "the copy is damaged\n");
    }
    ok(pattern_check_file(local, 3 * FRAGMENT + 1, 5), "the source has changed\n");
    ok_int(client_count_files(L"BIT*.tmp"), 0);
    client_drop_job(job);
    DeleteFileW(local);
    DeleteFileW(target);
}

START_TEST(upload)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((upload_manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_sizes);
        winetest_run(test_interface);
        winetest_run(test_manners);
        winetest_run(test_fragment_limit);
        winetest_run(test_late_fragments);
        winetest_run(test_recovery);
        winetest_run(test_retry);
        winetest_run(test_errors);
        winetest_run(test_existing);
        winetest_run(test_changed_source);
        winetest_run(test_missing_source);
        winetest_run(test_host);
        winetest_run(test_suspend);
        winetest_run(test_cancel);
        winetest_run(test_replies);
        winetest_run(test_lost_reply);
        winetest_run(test_failed_part);
        winetest_run(test_cancelled_reply);
        winetest_run(test_copy);
        winetest_run(test_large);
        winetest_run(test_killed);
        IBackgroundCopyManager_Release(upload_manager);
    }
    client_remove_directory();
    client_stop();
}
