/*
 * Uploads to servers of every dialect: each switch of the upload server (section 14 of the upload rules).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/upload.h"
#include "wine/test.h"

#define SIZE (UPLOAD_FRAGMENT + 5000)
#define HTTP_ERROR(status) ((HRESULT)(0x80190000 | (status)))

/* Peculiarities that change nothing: one session, one connection, nothing twice (U-005). Every
 * answer has a field that means nothing to the client (U-011, U-041). */
static void test_harmless(void)
{
    static const struct bitsserver_options cases[] = {
        {.flags = BITSSERVER_STRICT},             /* U-301, U-272, U-017, U-043, U-044, U-045, U-046, B-595 */
        {.flags = BITSSERVER_CREATED},            /* U-283, U-049, U-053 */
        {.flags = BITSSERVER_NO_OFFSET},          /* U-286, U-075 */
        {.flags = BITSSERVER_AT_CLOSE},           /* U-294, U-144, U-320 */
        {.flags = BITSSERVER_ERROR_ON_SUCCESS},   /* U-280, U-039 */
        {.flags = BITSSERVER_SESSION_IN_ACKS},    /* U-282, U-024 */
        {.flags = BITSSERVER_BODIED_ACKS},        /* U-303, U-010 */
        {.flags = BITSSERVER_CHUNKED_ACKS},       /* U-303 */
        {.flags = BITSSERVER_PER_CONNECTION},     /* U-300, U-273 */
        {.flags = BITSSERVER_PLAIN_PROTOCOL},     /* U-305, U-021 */
        {.flags = BITSSERVER_UPPER_PROTOCOL},     /* U-305 */
        {.session_style = BITSSERVER_PLAIN_GUID}, /* U-281, U-022 */
        {.session_style = BITSSERVER_DECIMAL},    /* U-281 */
        {.session_style = BITSSERVER_LONG_ID},    /* U-281, U-182 */
        {.reply = BITSSERVER_EMPTY, .notification = BITSSERVER_BY_VALUE}, /* U-260, U-295 */
        {.flags = BITSSERVER_STRICT | BITSSERVER_PER_CONNECTION | BITSSERVER_SESSION_IN_ACKS | BITSSERVER_NO_OFFSET},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct upload upload = {.options = cases[i]};
        struct bitsserver_counts counts;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.creates, 1);
            ok_int(counts.connections, 1);
            ok_int(counts.repeated, 0);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* How a server says that it has lost the session (U-116, U-064, U-080, U-123): understood in every spelling (B-599). */
static void test_error_spellings(void)
{
    static const struct
    {
        unsigned int flags, creates;
    } cases[] = {
        {0, 2},                    /* U-278 */
        {BITSSERVER_OLD_ERROR, 2}, /* U-036 */
        {BITSSERVER_NEW_ERROR, 2},
        {BITSSERVER_PLAIN_HEX, 2},     /* U-279, U-038 */
        {BITSSERVER_SUFFIX_HEX, 2},    /* U-279 */
        {BITSSERVER_EMPTY_CONTEXT, 2}, /* U-279 */
        {BITSSERVER_PLAIN_HEX | BITSSERVER_OLD_ERROR | BITSSERVER_EMPTY_CONTEXT, 2},
        {BITSSERVER_OLD_ERROR | BITSSERVER_NEW_ERROR, 2}, /* U-040, U-277: said by no field at all */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {2, 2, "Fragment", BITSSERVER_LOSE_SESSIONS};
        struct upload upload = {.options = {.flags = cases[i].flags, .fault = upload_fault, .context = &fault}};
        struct bitsserver_counts counts;

        winetest_push_context("flags %#x", cases[i].flags);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.creates, cases[i].creates);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* What the job says when the server refuses (U-161, U-163, U-084). */
static void test_refusals(void)
{
    static const struct
    {
        struct bitsserver_options options;
        BG_JOB_STATE state;
        HRESULT code;
        BG_ERROR_CONTEXT context;
    } cases[] = {
        {{.flags = BITSSERVER_DISABLED},
         BG_JOB_STATE_ERROR,
         E_ACCESSDENIED,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-292, U-152 */
        {{.flags = BITSSERVER_DISABLED | BITSSERVER_PLAIN_HEX | BITSSERVER_OLD_ERROR},
         BG_JOB_STATE_ERROR,
         E_ACCESSDENIED,
         BG_ERROR_CONTEXT_REMOTE_FILE},
        {{.flags = BITSSERVER_DISABLED | BITSSERVER_SUFFIX_HEX | BITSSERVER_EMPTY_CONTEXT},
         BG_JOB_STATE_ERROR,
         E_ACCESSDENIED,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-161 */
        {{.flags = BITSSERVER_DISABLED | BITSSERVER_OLD_ERROR | BITSSERVER_NEW_ERROR},
         BG_JOB_STATE_ERROR,
         HTTP_ERROR(501),
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-162 */
        {{.flags = BITSSERVER_NOT_ENABLED},
         BG_JOB_STATE_ERROR,
         HTTP_ERROR(404),
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-159 */
        {{.maximum_size = 100},
         BG_JOB_STATE_TRANSIENT_ERROR,
         BG_E_TOO_LARGE,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-291, U-323 */
        {{.flags = BITSSERVER_HIGH_OFFSET},
         BG_JOB_STATE_ERROR,
         BG_E_INVALID_SERVER_RESPONSE,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-286, U-075 */
        {{.flags = BITSSERVER_BAD_PROTOCOL},
         BG_JOB_STATE_ERROR,
         BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-305, U-054 */
        {{.flags = BITSSERVER_HTTP10},
         BG_JOB_STATE_ERROR,
         BG_E_INSUFFICIENT_HTTP_SUPPORT,
         BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-299, U-170, U-001 */
        {{.reply = BITSSERVER_REFUSE, .flags = BITSSERVER_PLAIN_HEX},
         BG_JOB_STATE_ERROR,
         (HRESULT)0xa0040123,
         BG_ERROR_CONTEXT_REMOTE_APPLICATION}, /* U-295, U-037 */
        {{.reply = BITSSERVER_REFUSE, .refuse_status = 408},
         BG_JOB_STATE_TRANSIENT_ERROR,
         (HRESULT)0xa0040123,
         BG_ERROR_CONTEXT_REMOTE_APPLICATION}, /* U-157, U-164 */
        {{.reply = BITSSERVER_REFUSE, .refuse_status = 409},
         BG_JOB_STATE_TRANSIENT_ERROR,
         (HRESULT)0xa0040123,
         BG_ERROR_CONTEXT_REMOTE_APPLICATION},                                                         /* U-329 */
        {{.fragment_limit = 4000}, BG_JOB_STATE_ERROR, HTTP_ERROR(413), BG_ERROR_CONTEXT_REMOTE_FILE}, /* U-104 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct upload upload = {.options = cases[i].options};
        BG_ERROR_CONTEXT context = 0;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 10000) && upload_run(&upload, cases[i].state, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, &context), cases[i].code);
            ok_int(context, cases[i].context);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-293, U-151, U-160, U-329: a file that is there already */
static void test_existing(void)
{
    static const struct
    {
        unsigned int flag;
        BG_JOB_STATE state;
        HRESULT code;
    } cases[] = {
        {BITSSERVER_NO_OVERWRITE, BG_JOB_STATE_ERROR, E_ACCESSDENIED},
        {BITSSERVER_CONFLICT, BG_JOB_STATE_TRANSIENT_ERROR, HTTP_ERROR(409)},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct upload upload = {.options.flags = cases[i].flag};

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && pattern_write_file(upload.stored, 5, 1) &&
            upload_run(&upload, cases[i].state, SOON_MS))
        {
            ok_hr(client_job_error(upload.job, NULL), cases[i].code);
            ok(pattern_check_file(upload.stored, 5, 1), "the file was replaced\n");
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* Where to go on is the server's word (U-034, U-071, U-072, U-153, B-597). */
static void test_offsets(void)
{
    static const struct
    {
        unsigned int flags;
        int what;
        unsigned int creates;
    } cases[] = {
        {BITSSERVER_LOW_OFFSET, 0, 1},                         /* U-286, U-111 */
        {BITSSERVER_LOW_OFFSET | BITSSERVER_TRIM, 0, 1},       /* U-284, U-319 */
        {0, BITSSERVER_LOSE_DATA, 1},                          /* U-110, U-113 */
        {BITSSERVER_TRIM, BITSSERVER_LOSE_DATA, 1},            /* U-112 */
        {BITSSERVER_BAD_OFFSET_NAME, BITSSERVER_LOSE_DATA, 1}, /* U-285, U-087 */
        {BITSSERVER_NO_416_OFFSET, BITSSERVER_LOSE_DATA, 2},   /* U-285 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {2, 2, "Fragment", cases[i].what};
        struct upload upload = {.options = {.flags = cases[i].flags, .fault = upload_fault, .context = &fault}};
        struct bitsserver_counts counts;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 4 * UPLOAD_FRAGMENT) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.creates, cases[i].creates);
            ok_int(counts.repeated, 0);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-290, U-104, U-082, U-121, U-186: shorter fragments, remembered */
static void test_fragment_limit(void)
{
    struct upload upload = {.options.fragment_limit = 5 * 1024};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 200000) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 1);
        ok(counts.fragments < 60, "%u fragments\n", counts.fragments);
    }
    upload_end(&upload);
}

/* Answers for packets of a type in turn, beginning with the first. */
struct sequence
{
    const char *type;
    int answers[6];
    LONG seen;
};

static int in_turn(void *context, unsigned int number, const char *type)
{
    struct sequence *sequence = context;
    LONG seen;

    if (strcmp(type, sequence->type) ||
        (seen = InterlockedIncrement(&sequence->seen)) > (LONG)ARRAYSIZE(sequence->answers))
        return 0;
    return sequence->answers[seen - 1];
}

/* U-276: 400 right after an interruption means that the session is not known */
static void test_unknown_session(void)
{
    struct sequence sequence = {"Fragment", {0, 503, 400}};
    struct upload upload = {.options = {.fault = in_turn, .context = &sequence}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 4 * UPLOAD_FRAGMENT) &&
        upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 2);
    }
    upload_end(&upload);
}

/* U-086: a server that loses one session after the other is left alone for a while */
static void test_no_livelock(void)
{
    struct fault fault = {1, 100, "Fragment", BITSSERVER_LOSE_SESSIONS};
    struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 5000) && upload_run(&upload, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, NULL), BG_E_SESSION_NOT_FOUND); /* U-150 */
        bitsserver_count(upload.server, &counts);
        ok(counts.creates <= 3, "%u sessions\n", counts.creates);
    }
    upload_end(&upload);
}

/* U-123, U-206: a session that nobody cared for is gone */
static void test_expired_session(void)
{
    struct fault fault = {2, 2, "Fragment", 503};
    struct upload upload = {.options = {.fault = upload_fault, .context = &fault, .session_timeout = 1}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 2 * UPLOAD_FRAGMENT) &&
        upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
    {
        upload_check(&upload);
        bitsserver_count(upload.server, &counts);
        ok_int(counts.creates, 2);
    }
    upload_end(&upload);
}

/* U-122, U-164, U-055, U-275: an HTTP status alone, without anything that a BITS server says */
static void test_statuses(void)
{
    static const struct
    {
        int status;
        BG_JOB_STATE state;
    } cases[] = {
        {400, BG_JOB_STATE_ERROR},           {403, BG_JOB_STATE_ERROR},           {404, BG_JOB_STATE_ERROR},
        {408, BG_JOB_STATE_TRANSIENT_ERROR}, {409, BG_JOB_STATE_TRANSIENT_ERROR}, {412, BG_JOB_STATE_ERROR},
        {500, BG_JOB_STATE_TRANSIENT_ERROR}, {501, BG_JOB_STATE_ERROR},           {503, BG_JOB_STATE_TRANSIENT_ERROR},
        {505, BG_JOB_STATE_ERROR},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {1, 1, "Fragment", cases[i].status};
        struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};

        winetest_push_context("%d", cases[i].status);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && upload_run(&upload, cases[i].state, SOON_MS))
            ok_hr(client_job_error(upload.job, NULL), HTTP_ERROR(cases[i].status));
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-288: what can go wrong with one packet; the job recovers by itself. */
static void test_faults(void)
{
    static const struct
    {
        const char *type;
        unsigned int at, last;
        int what;
    } cases[] = {
        {"Fragment", 2, 2, BITSSERVER_STALL + 2},                                                /* U-173: patience */
        {"Create-Session", 1, 1, BITSSERVER_CUT_HEAD},  {"Fragment", 2, 2, BITSSERVER_CUT_HEAD}, /* U-114 */
        {"Fragment", 2, 2, BITSSERVER_CUT_BODY + 3000}, {"Fragment", 1, 1, 408},                 /* U-107 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct fault fault = {cases[i].at, cases[i].last, cases[i].type, cases[i].what};
        struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};
        struct bitsserver_counts counts;

        winetest_push_context("case %u", i);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 2 * SIZE) &&
            upload_run(&upload, BG_JOB_STATE_TRANSFERRED, 2 * SOON_MS))
        {
            upload_check(&upload);
            bitsserver_count(upload.server, &counts);
            ok_int(counts.repeated, 0);
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-051, U-242: the file has vanished before Close-Session; U-142: which is not tried again */
static void test_vanished(void)
{
    struct fault fault = {1, 1, "Close-Session", BITSSERVER_LOSE_FILE};
    struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000) && upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
        ok_hr(client_job_error(upload.job, NULL), HTTP_ERROR(404));
    upload_end(&upload);
}

/* U-287, U-118, U-119, U-083, U-175, B-598 */
static void test_hosts(void)
{
    struct upload upload = {.options = {.host_id = "127.0.0.1:1", .host_timeout = "0"}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        upload_check(&upload);
    upload_end(&upload);

    /* Without a time the client never comes back. */
    memset(&upload, 0, sizeof(upload));
    upload.options.host_id = "127.0.0.1:1";
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, SIZE) && upload_run(&upload, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
    {
        bitsserver_count(upload.server, &counts);
        ok_int(counts.packets, 1);
    }
    upload_end(&upload);
}

/* U-296, U-127, U-035, U-125, B-600: where the reply is */
static void test_reply_urls(void)
{
    static const struct
    {
        enum bitsserver_reply_url form;
        BG_JOB_STATE state;
    } cases[] = {
        {BITSSERVER_BACKSLASHES, BG_JOB_STATE_TRANSFERRED}, /* U-126 */
        {BITSSERVER_SLASHES, BG_JOB_STATE_TRANSFERRED},     {BITSSERVER_PATH, BG_JOB_STATE_TRANSFERRED},
        {BITSSERVER_ABSOLUTE, BG_JOB_STATE_TRANSFERRED}, /* U-129 */
        {BITSSERVER_SIGNED, BG_JOB_STATE_TRANSFERRED},   /* B-257 */
        {BITSSERVER_MISSING, BG_JOB_STATE_ERROR},        /* U-131, U-322 */
        {BITSSERVER_TOO_LONG, BG_JOB_STATE_ERROR},       /* U-180 */
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        struct upload upload = {
            .options = {.reply = BITSSERVER_ECHO, .reply_url = cases[i].form, .reply_delay = i * 100}};
        IBackgroundCopyJob2 *job2;
        UINT64 size = 0;
        BYTE *data;

        winetest_push_context("form %u", cases[i].form);
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 3000) && upload_run(&upload, cases[i].state, SOON_MS))
        {
            if (cases[i].state == BG_JOB_STATE_ERROR)
                ok_hr(client_job_error(upload.job, NULL), BG_E_INVALID_SERVER_RESPONSE);
            else if (SUCCEEDED(IBackgroundCopyJob_QueryInterface(upload.job, &IID_IBackgroundCopyJob2, (void **)&job2)))
            {
                ok_hr(IBackgroundCopyJob2_GetReplyData(job2, &data, &size), S_OK);
                ok_int(size, 3000);
                CoTaskMemFree(data);
                IBackgroundCopyJob2_Release(job2);
            }
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-297, U-139: the reply is gone before it is fetched; what was sent is not sent again by Resume */
static void test_reply_gone(void)
{
    struct upload upload = {.options = {.reply = BITSSERVER_ECHO, .reply_lifetime = 1, .flags = BITSSERVER_NO_COPY}};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 300000) && upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
    {
        ok_hr(client_job_error(upload.job, NULL), HTTP_ERROR(404));
        ok(!client_file_exists(upload.stored), "the application did not ask for the file\n"); /* U-254 */
        if (upload_run(&upload, BG_JOB_STATE_ERROR, SOON_MS))
        {
            bitsserver_count(upload.server, &counts);
            ok_int(counts.creates, 1);
            ok_int(counts.fragments, 1);
        }
    }
    upload_end(&upload);
}

/* U-253, U-295: the reply is on another server */
static void test_static_reply(void)
{
    struct server *other = server_create();
    struct upload upload = {.options.reply = BITSSERVER_STATIC};
    char url[64];

    server_route(other, "/reply", &(struct route){.size = 5000, .seed = 3});
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/reply", server_port(other));
    upload.options.static_url = url;
    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 100) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
        ok(server_count(other, NULL, "/reply") > 0, "nobody asked for it\n");
    upload_end(&upload);
    server_destroy(other);
}

/* U-302: what a client says is on record, in order and spelling */
static void test_transcript(void)
{
    WCHAR path[MAX_PATH];
    FILE *file = _wfopen(client_path(path), L"w+b");
    struct upload upload = {.options.transcript = file};
    char *text = calloc(1, 65536);
    size_t size = 0;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 3000) && upload_run(&upload, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        rewind(file);
        size = fread(text, 1, 65535, file);
        ok(size > 0, "no transcript\n");
        ok(strstr(text, "\"method\":\"BITS_POST\"") != NULL, "%s\n", text);                  /* U-002 */
        ok(strstr(text, "[\"BITS-Packet-Type\",\"Create-Session\"]") != NULL, "%s\n", text); /* U-006, U-007, U-019 */
        ok(strstr(text, "[\"BITS-Supported-Protocols\",\"{7df0354d-249b-430f-820d-3d2a9bef4931}\"]") != NULL, "%s\n",
           text);                                                                            /* U-009, U-020 */
        ok(strstr(text, "[\"Content-Range\",\"bytes 0-2999/3000\"]") != NULL, "%s\n", text); /* U-033 */
        ok(strstr(text, "[\"Content-Length\",\"3000\"]") != NULL, "%s\n", text);             /* U-032, U-045 */
        ok(strstr(text, "[\"Content-Length\",\"0\"]") != NULL, "%s\n", text);                /* U-044 */
        ok(strstr(text, "[\"Content-Name\",\"") != NULL, "%s\n", text);                      /* U-029, U-030 */
        ok(strstr(text, "[\"Connection\",\"Keep-Alive\"]") != NULL, "%s\n", text);           /* U-042 */
        ok(strstr(text, "[\"User-Agent\",\"Microsoft BITS/") != NULL, "%s\n", text);
        ok(strstr(text, "?x=1\"") != NULL, "%s\n", text);    /* U-003 */
        ok(!strstr(text, "Expect"), "%s\n", text);           /* U-016 */
        ok(!strstr(text, "Content-Encoding"), "%s\n", text); /* U-028 */
        ok(!strstr(text, "Last-Modified"), "%s\n", text);    /* U-099 */
        ok(strstr(text, "\"size\":3000,\"sha256\":\"") != NULL, "%s\n", text);
    }
    upload_end(&upload);
    free(text);
    fclose(file);
    DeleteFileW(path);
}

START_TEST(uploaddialects)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((upload_manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_harmless);
        winetest_run(test_error_spellings);
        winetest_run(test_refusals);
        winetest_run(test_existing);
        winetest_run(test_offsets);
        winetest_run(test_fragment_limit);
        winetest_run(test_unknown_session);
        winetest_run(test_no_livelock);
        winetest_run(test_expired_session);
        winetest_run(test_statuses);
        winetest_run(test_faults);
        winetest_run(test_vanished);
        winetest_run(test_hosts);
        winetest_run(test_reply_urls);
        winetest_run(test_reply_gone);
        winetest_run(test_static_reply);
        winetest_run(test_transcript);
        IBackgroundCopyManager_Release(upload_manager);
    }
    client_remove_directory();
    client_stop();
}
