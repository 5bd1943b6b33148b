/*
 * Cancel-Session when the server does not listen: the job is gone for its client, the service goes on trying.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "support/upload.h"
#include "wine/test.h"

#define RETRY_MS 5000 /* the shortest delay between attempts */


/* An upload whose second fragment is held by the server. */
static BOOL begin_held(struct upload *upload, struct gate *gate)
{
    gate_init(gate, "Fragment", 1);
    upload->options.fault = upload_gate;
    upload->options.context = gate;
    if (!upload_begin(upload, BG_JOB_TYPE_UPLOAD, 5 * UPLOAD_FRAGMENT)) return FALSE;
    ok_hr(IBackgroundCopyJob_Resume(upload->job), S_OK);
    return ok(client_wait(gate->held, SOON_MS), "no second fragment\n");
}

/* The server goes away without a word. */
static void stop_server(struct upload *upload, struct gate *gate)
{
    upload->options.port = bitsserver_port(upload->server);
    upload->options.fault = NULL;
    gate_release(gate);
    bitsserver_destroy(upload->server);
    upload->server = NULL;
}

static void start_server(struct upload *upload)
{
    upload->server = bitsserver_create(&upload->options);
    ok(upload->server != NULL, "the server does not start again\n");
}

/* U-146: what the client sees at once */
static void check_gone(struct upload *upload)
{
    IBackgroundCopyJob *job = NULL;

    ok_int(client_state(upload->job), BG_JOB_STATE_CANCELLED);
    ok_hr(IBackgroundCopyJob_Cancel(upload->job), BG_E_INVALID_STATE);
    ok_hr(IBackgroundCopyManager_GetJob(upload_manager, &upload->id, &job), BG_E_NOT_FOUND);
}

/* U-146, U-179, B-601: with the service killed in between if so wished */
static void check_told_later(BOOL kill)
{
    struct upload upload = {0};
    struct bitsserver_counts counts;
    struct gate gate;

    winetest_push_context(kill ? "killed" : "alive");
    if (begin_held(&upload, &gate))
    {
        /* The server is down when Cancel comes. */
        ok_hr(IBackgroundCopyJob_Suspend(upload.job), S_OK);
        stop_server(&upload, &gate);
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        check_gone(&upload);
        if (kill)
        {
            upload_kill_service();
            upload_find_again(&upload, BG_E_NOT_FOUND);
        }
        start_server(&upload);
        if (upload.server)
        {
            ok(bitsserver_wait_cancels(upload.server, 1, RETRY_MS + SOON_MS), "the server was not told\n");
            /* It does not know the session, which is an answer as good as any (U-141). */
            ok(!bitsserver_wait_cancels(upload.server, 2, RETRY_MS + 1500), "the server was told again\n");
            bitsserver_count(upload.server, &counts);
            ok_int(counts.packets, 1);
        }
    }
    upload_end(&upload);
    gate_cleanup(&gate);
    winetest_pop_context();
}

static void test_server_down(void)
{
    check_told_later(FALSE);
}

static void test_killed(void)
{
    check_told_later(TRUE);
}

/* U-140: which answers are no answer */
static void test_answers(void)
{
    static const struct
    {
        int fault;
        unsigned int cancels;
    } cases[] = {
        {500, 2},
        {BITSSERVER_CLOSE_BEFORE, 3},
        {404, 1},
    };
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(cases); i++)
    {
        /* A request on a kept connection that ends without an answer is said once more at once. */
        struct fault fault = {1, cases[i].cancels == 3 ? 2 : 1, "Cancel-Session", cases[i].fault};
        struct upload upload = {.options = {.fault = upload_fault, .context = &fault}};
        struct fault refusal = {2, 2, "Fragment", 503};
        struct bitsserver_counts counts;

        winetest_push_context("fault %d", cases[i].fault);
        upload.options.context = &refusal;
        if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 3 * UPLOAD_FRAGMENT) &&
            upload_run(&upload, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
        {
            refusal = fault;
            ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
            ok(bitsserver_wait_cancels(upload.server, cases[i].cancels, 2 * RETRY_MS + SOON_MS), "too few attempts\n");
            if (cases[i].cancels == 1)
                ok(!bitsserver_wait_cancels(upload.server, 2, RETRY_MS + 1000), "too many attempts\n");
            else
            {
                ULONGLONG end = GetTickCount64() + SOON_MS;

                do bitsserver_count(upload.server, &counts);
                while (counts.sessions && GetTickCount64() < end);
                ok_int(counts.sessions, 0);
            }
        }
        upload_end(&upload);
        winetest_pop_context();
    }
}

/* U-146: no longer than NoProgressTimeout */
static void test_limit(void)
{
    struct upload upload = {0};
    struct gate gate;

    if (begin_held(&upload, &gate))
    {
        ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(upload.job, 2), S_OK);
        ok_hr(IBackgroundCopyJob_Suspend(upload.job), S_OK);
        stop_server(&upload, &gate);
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        check_gone(&upload);
        /* Two attempts: at once, and at the end of the time. */
        client_pause(4500);
        start_server(&upload);
        if (upload.server) ok(!bitsserver_wait_cancels(upload.server, 1, RETRY_MS + 1000), "it does not give up\n");
    }
    upload_end(&upload);
    gate_cleanup(&gate);
}

/* U-148: without a session there is nothing to say */
static void test_no_session(void)
{
    struct upload upload = {0};
    struct bitsserver_counts counts;

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD, 1000))
    {
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        check_gone(&upload);
        ok(!bitsserver_wait_packets(upload.server, 1, 500), "there was something to say\n");
        bitsserver_count(upload.server, &counts);
        ok_int(counts.packets, 0);
    }
    upload_end(&upload);
}

/* U-149: while the reply comes; U-145: the file that arrived stays */
static void test_reply(void)
{
    struct fault fault = {1, 1, "Close-Session", 503};
    struct upload upload = {.options = {.reply = BITSSERVER_ECHO, .fault = upload_fault, .context = &fault}};

    if (upload_begin(&upload, BG_JOB_TYPE_UPLOAD_REPLY, 1000) &&
        upload_run(&upload, BG_JOB_STATE_TRANSIENT_ERROR, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Cancel(upload.job), S_OK);
        ok(bitsserver_wait_cancels(upload.server, 1, SOON_MS), "the server was not told\n");
        upload_check(&upload);
        ok_int(client_count_files(L"BIT*.tmp"), 0);
    }
    upload_end(&upload);
}

START_TEST(uploadcancel)
{
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((upload_manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_no_session);
        winetest_run(test_reply);
        winetest_run(test_answers);
        winetest_run(test_limit);
        winetest_run(test_server_down);
        winetest_run(test_killed);
        IBackgroundCopyManager_Release(upload_manager);
    }
    client_remove_directory();
    client_stop();
}
