/*
 * Servers that answer nonsense: the job fails, the service stays.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "badinput.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static const struct
{
    const char *what, *answer;
} answers[] = {
    {"nothing", ""},
    {"no HTTP", "220 mail.example ESMTP\r\n"},
    {"HTTP/0.9", "<html>old</html>"},
    {"HTTP/2", "HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx"},
    {"a status of letters", "HTTP/1.1 abc OK\r\nContent-Length: 1\r\n\r\nx"},
    {"a status of one digit", "HTTP/1.1 2\r\nContent-Length: 1\r\n\r\nx"},
    {"a huge status", "HTTP/1.1 99999999999999999999 OK\r\nContent-Length: 1\r\n\r\nx"},
    {"half a head", OK_HEAD "Content-Le"},
    {"a negative length", OK_HEAD "Content-Length: -5\r\n\r\nhello"},
    {"an absurd length", OK_HEAD "Content-Length: 99999999999999999999999999\r\n\r\nhello"},
    {"two lengths", OK_HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"},
    {"a length of letters", OK_HEAD "Content-Length: five\r\n\r\nhello"},
    {"a field without colon", OK_HEAD "Content-Length 5\r\n\r\nhello"},
    {"too short a body", OK_HEAD "Content-Length: 100\r\n\r\nhello"},
    {"an unknown coding", OK_HEAD "Transfer-Encoding: gzip, x\r\nContent-Length: 5\r\n\r\nhello"},
    {"a redirect nowhere", "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
    {"a redirect to nonsense", "HTTP/1.1 302 Found\r\nLocation: http://[:\r\nContent-Length: 0\r\n\r\n"},
    {"a redirect to a file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
    {"a part that was not asked for", "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 7-9/5\r\n"
                                      "Content-Length: 3\r\n\r\nabc"},
};

/* A head that does not end. */
static BOOL endless_head(struct server_exchange *exchange, const struct server_request *request, void *context)
{
    char line[128];

    memset(line, 'x', sizeof(line));
    memcpy(line, "X-Field: ", 9);
    memcpy(line + sizeof(line) - 2, "\r\n", 2);
    if (server_send(exchange, OK_HEAD, strlen(OK_HEAD)))
    {
        while (server_send(exchange, line, sizeof(line)))
            ;
    }
    return FALSE;
}

/* A status line that does not end. */
static BOOL endless_line(struct server_exchange *exchange, const struct server_request *request, void *context)
{
    char block[4096];

    memset(block, 'O', sizeof(block));
    if (server_send(exchange, "HTTP/1.1 200 ", 13))
    {
        while (server_send(exchange, block, sizeof(block)))
            ;
    }
    return FALSE;
}

/* The job must not wait for better times, so that it ends either way; success is wrong (B-435, B-436). */
static void check_answer(IBackgroundCopyManager *manager, struct server *server, const char *what)
{
    IBackgroundCopyJob *job = client_job(manager, BG_JOB_TYPE_DOWNLOAD);
    WCHAR url[128], local[MAX_PATH];
    HRESULT code;

    if (!job) return;
    winetest_push_context("%s", what);
    server_url(server, L"/file", url, ARRAYSIZE(url));
    ok_hr(IBackgroundCopyJob_AddFile(job, url, client_path(local)), S_OK);
    ok_hr(IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_FOREGROUND), S_OK);
    ok_hr(IBackgroundCopyJob_SetNoProgressTimeout(job, 0), S_OK);
    ok_hr(IBackgroundCopyJob_Resume(job), S_OK);
    if (client_wait_state(job, BG_JOB_STATE_ERROR, SOON_MS))
    {
        code = client_job_error(job, NULL);
        ok(FAILED(code), "the error is %#lx", code);
    }
    client_drop_job(job);
    ok(!client_file_exists(local), "there is a file");
    check_services();
    winetest_pop_context();
}

void test_hostile_servers(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    struct server *server = server_create();
    unsigned int i;

    if (manager && server)
    {
        for (i = 0; i < ARRAYSIZE(answers); i++)
        {
            server_route(server, "/file",
                         &(struct route){.raw = answers[i].answer, .raw_size = strlen(answers[i].answer)});
            check_answer(manager, server, answers[i].what);
        }
        server_route(server, "/file", &(struct route){.handler = endless_head});
        check_answer(manager, server, "an endless head");
        server_route(server, "/file", &(struct route){.handler = endless_line});
        check_answer(manager, server, "an endless status line");
        server_route(server, "/file", &(struct route){.size = 5000, .flags = ROUTE_BAD_CHUNKS});
        check_answer(manager, server, "bad chunks");
        server_route(server, "/file", &(struct route){.size = 5000, .flags = ROUTE_CUT | ROUTE_RESET, .cut_at = 9});
        check_answer(manager, server, "a reset");
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    server_destroy(server);
}
