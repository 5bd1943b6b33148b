/*
 * A proxy that authenticates connections, as ntlmproxy.sh has started it: NTLM and Negotiate.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * WB_SERVERS names the directory: ports are in servers.conf, what the server has is in www, and NAME.access is what
 * proxy NAME was asked, a line for each request: status, port of the client, user or -, method, URL.
 */

#include "support/server.h"
#include "support/client.h"
#include "support/realservers.h"
#include <stdio.h>
#include "wine/test.h"

#define LINES_MAX 32

static IBackgroundCopyManager *manager;

/* --- what ntlmproxy.sh has made ------------------------------------------------------------- */

/* A request as the proxy's log has it. */
struct line
{
    unsigned int status, port;
    char user[32], method[16];
};

/* What a proxy was asked about a host. Tunnels are logged when they end. */
static unsigned int read_lines(const char *proxy, const char *host, struct line *lines)
{
    char name[32], wanted[40], *text, *line;
    unsigned int count = 0;

    snprintf(name, sizeof(name), "%s.access", proxy);
    snprintf(wanted, sizeof(wanted), "%s:", host);
    if (!(text = servers_read_text(name, NULL))) return 0;
    for (line = strtok(text, "\n"); line && count < LINES_MAX; line = strtok(NULL, "\n"))
    {
        struct line *next = &lines[count];

        if (strstr(line, wanted) &&
            sscanf(line, "%u %u %31s %15s", &next->status, &next->port, next->user, next->method) == 4)
            count++;
    }
    free(text);
    return count;
}

/* Wait until there are so many; the proxy writes a line after the answer it is about. */
static unsigned int wait_lines(const char *proxy, const char *host, unsigned int count, struct line *lines)
{
    ULONGLONG deadline = GetTickCount64() + SOON_MS;
    unsigned int got;

    while ((got = read_lines(proxy, host, lines)) < count && GetTickCount64() < deadline) client_pause(20);
    return got;
}

/* --- jobs ----------------------------------------------------------------------------------- */

struct task
{
    IBackgroundCopyJob *job;
    const char *proxy;
    BOOL secure;
    char host[32]; /* that no other task has */
    WCHAR local[3][MAX_PATH];
};

static void set_proxy(struct task *task)
{
    WCHAR list[64];

    _snwprintf(list, ARRAYSIZE(list), L"127.0.0.1:%u", servers_port(task->proxy));
    ok_hr(IBackgroundCopyJob_SetProxySettings(task->job, BG_JOB_PROXY_USAGE_OVERRIDE, list, NULL), S_OK);
}

/* The certificate is nobody's, and nobody's name is in it: that is not the matter here. */
static void accept_certificate(struct task *task)
{
    IBackgroundCopyJobHttpOptions *options = NULL;

    ok_hr(IBackgroundCopyJob_QueryInterface(task->job, &IID_IBackgroundCopyJobHttpOptions, (void **)&options), S_OK);
    if (!options) return;
    ok_hr(IBackgroundCopyJobHttpOptions_SetSecurityFlags(
              options, BG_SSL_IGNORE_UNKNOWN_CA | BG_SSL_IGNORE_CERT_CN_INVALID | BG_SSL_IGNORE_CERT_WRONG_USAGE),
          S_OK);
    IBackgroundCopyJobHttpOptions_Release(options);
}

static BOOL task_begin(struct task *task, const char *proxy, BOOL secure, BG_JOB_PRIORITY priority, unsigned int files)
{
    static unsigned int number;
    unsigned int i;
    WCHAR url[128];

    memset(task, 0, sizeof(*task));
    task->proxy = proxy;
    task->secure = secure;
    snprintf(task->host, sizeof(task->host), "job%u.w%u.example", ++number, (unsigned int)sizeof(void *) * 8);
    if (!(task->job = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return FALSE;
    for (i = 0; i < files; i++)
    {
        _snwprintf(url, ARRAYSIZE(url), L"%hs://%hs:%u/file", secure ? "https" : "http", task->host,
                   servers_port(secure ? "tls" : "plain"));
        ok_hr(IBackgroundCopyJob_AddFile(task->job, url, client_path(task->local[i])), S_OK);
    }
    ok_hr(IBackgroundCopyJob_SetPriority(task->job, priority), S_OK);
    set_proxy(task);
    if (secure) accept_certificate(task);
    return TRUE;
}

static void set_credentials(struct task *task, BG_AUTH_SCHEME scheme, const WCHAR *user, const WCHAR *password)
{
    BG_AUTH_CREDENTIALS credentials = {BG_AUTH_TARGET_PROXY, scheme};
    IBackgroundCopyJob2 *job2 = NULL;

    credentials.Credentials.Basic.UserName = (WCHAR *)user;
    credentials.Credentials.Basic.Password = (WCHAR *)password;
    ok_hr(IBackgroundCopyJob_QueryInterface(task->job, &IID_IBackgroundCopyJob2, (void **)&job2), S_OK);
    if (!job2) return;
    ok_hr(IBackgroundCopyJob2_SetCredentials(job2, &credentials), S_OK);
    IBackgroundCopyJob2_Release(job2);
}

/* Resume, and see how it ends; S_OK: with so many files. */
static void task_run(struct task *task, HRESULT code, unsigned int files)
{
    BG_ERROR_CONTEXT context;
    unsigned int i;

    ok_hr(IBackgroundCopyJob_Resume(task->job), S_OK);
    if (code != S_OK)
    {
        client_wait_state(task->job, BG_JOB_STATE_ERROR, SOON_MS);
        ok_hr(client_job_error(task->job, &context), code);
        ok_int(context, BG_ERROR_CONTEXT_REMOTE_FILE);
    }
    else if (client_wait_state(task->job, BG_JOB_STATE_TRANSFERRED, SOON_MS))
    {
        ok_hr(IBackgroundCopyJob_Complete(task->job), S_OK);
        for (i = 0; i < files; i++) servers_check_file(task->local[i], "www\\file");
    }
}

static void task_end(struct task *task)
{
    unsigned int i;

    client_drop_job(task->job);
    for (i = 0; i < ARRAYSIZE(task->local); i++)
        if (task->local[i][0]) DeleteFileW(task->local[i]);
}

/* The handshake of a job that has come through: a challenge, the peer's token, and no more of them, however many
 * requests follow; all by one connection. Of a tunnel that is still open the last step is not logged. */
static void check_handshake(struct task *task, unsigned int requests)
{
    struct line lines[LINES_MAX] = {{0}};
    unsigned int count, i;

    count = wait_lines(task->proxy, task->host, task->secure ? 2 : 2 + requests, lines);
    ok(task->secure ? count == 2 || count == 3 : count == 2 + requests, "%u requests", count);
    for (i = 0; i < count; i++)
    {
        winetest_push_context("request %u", i);
        ok_int(lines[i].status, i < 2 ? 407 : 200);
        ok_int(lines[i].port, lines[0].port);
        ok(!strcmp(lines[i].user, i < 2 ? "-" : "TEST\\user"), "the user is %s", lines[i].user);
        winetest_pop_context();
    }
}

/* --- checks --------------------------------------------------------------------------------- */

/* B-572, B-509, B-264: with whom each of the proxies lets a job through, to a server and into a tunnel. */
static void test_schemes(void)
{
    static const struct
    {
        const char *proxy;
        BG_AUTH_SCHEME scheme; /* 0: no credentials */
        const WCHAR *user, *password;
        HRESULT code;
    } checks[] = {
        {"ntlm", 0, NULL, NULL, BG_E_HTTP_ERROR_407},
        {"ntlm", BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"secret", S_OK},
        {"ntlm", BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"wrong", BG_E_HTTP_ERROR_407},
        {"ntlm", BG_AUTH_SCHEME_BASIC, L"TEST\\user", L"secret", BG_E_HTTP_ERROR_407},
        {"ntlm", BG_AUTH_SCHEME_NEGOTIATE, L"TEST\\user", L"secret", BG_E_HTTP_ERROR_407},
        {"negotiate", 0, NULL, NULL, BG_E_HTTP_ERROR_407},
        {"negotiate", BG_AUTH_SCHEME_NEGOTIATE, L"TEST\\user", L"secret", S_OK},
        {"negotiate", BG_AUTH_SCHEME_NEGOTIATE, L"TEST\\user", L"wrong", BG_E_HTTP_ERROR_407},
        {"negotiate", BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"secret", BG_E_HTTP_ERROR_407},
        {"both", BG_AUTH_SCHEME_NEGOTIATE, L"TEST\\user", L"secret", S_OK},
        {"both", BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"secret", S_OK},
        {"both", BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"wrong", BG_E_HTTP_ERROR_407},
    };
    struct task task;
    unsigned int i;

    for (i = 0; i < 2 * ARRAYSIZE(checks); i++)
    {
        BOOL secure = i % 2;

        winetest_push_context("%s, proxy %s, scheme %u, %s %s", secure ? "https" : "http", checks[i / 2].proxy,
                              checks[i / 2].scheme, wine_dbgstr_w(checks[i / 2].user),
                              wine_dbgstr_w(checks[i / 2].password));
        if (task_begin(&task, checks[i / 2].proxy, secure, BG_JOB_PRIORITY_FOREGROUND, 1))
        {
            if (checks[i / 2].scheme)
                set_credentials(&task, checks[i / 2].scheme, checks[i / 2].user, checks[i / 2].password);
            task_run(&task, checks[i / 2].code, 1);
            if (checks[i / 2].code == S_OK) check_handshake(&task, 1);
        }
        task_end(&task);
        winetest_pop_context();
    }
}

/* B-572: a weaker scheme has its turn when the proxy does not take the stronger one's credentials. */
static void check_second_scheme(BOOL secure)
{
    struct task task;

    winetest_push_context(secure ? "https" : "http");
    if (task_begin(&task, "both", secure, BG_JOB_PRIORITY_FOREGROUND, 1))
    {
        set_credentials(&task, BG_AUTH_SCHEME_NEGOTIATE, L"TEST\\user", L"wrong");
        set_credentials(&task, BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"secret");
        task_run(&task, S_OK, 1);
    }
    task_end(&task);
    winetest_pop_context();
}

static void test_second_scheme(void)
{
    check_second_scheme(FALSE);
    check_second_scheme(TRUE);
}

/* Who has brought the wrong password can bring the right one. */
static void test_other_password(void)
{
    struct task task;

    if (task_begin(&task, "ntlm", TRUE, BG_JOB_PRIORITY_FOREGROUND, 1))
    {
        set_credentials(&task, BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"wrong");
        task_run(&task, BG_E_HTTP_ERROR_407, 1);
        set_credentials(&task, BG_AUTH_SCHEME_NTLM, L"TEST\\user", L"secret");
        task_run(&task, S_OK, 1);
    }
    task_end(&task);
}

/* One handshake for all requests of a job: HEAD and GET of each file (B-420). */
static void test_many_requests(BG_AUTH_SCHEME scheme, const char *proxy)
{
    struct task task;

    winetest_push_context("proxy %s", proxy);
    if (task_begin(&task, proxy, FALSE, BG_JOB_PRIORITY_HIGH, 3))
    {
        set_credentials(&task, scheme, L"TEST\\user", L"secret");
        task_run(&task, S_OK, 3);
        check_handshake(&task, 6);
    }
    task_end(&task);
    if (task_begin(&task, proxy, TRUE, BG_JOB_PRIORITY_HIGH, 3))
    {
        set_credentials(&task, scheme, L"TEST\\user", L"secret");
        task_run(&task, S_OK, 3);
        check_handshake(&task, 1);
    }
    task_end(&task);
    winetest_pop_context();
}

static void test_kept_connections(void)
{
    test_many_requests(BG_AUTH_SCHEME_NTLM, "ntlm");
    test_many_requests(BG_AUTH_SCHEME_NEGOTIATE, "negotiate");
}

START_TEST(ntlmproxy)
{
    if (!servers_directory())
    {
        skip("the servers are those of ntlmproxy.sh");
        return;
    }
    if (!client_start(COINIT_MULTITHREADED)) return;
    if ((manager = client_manager(&CLSID_BackgroundCopyManager)))
    {
        winetest_run(test_schemes);
        winetest_run(test_second_scheme);
        winetest_run(test_other_password);
        winetest_run(test_kept_connections);
        IBackgroundCopyManager_Release(manager);
    }
    client_remove_directory();
    client_stop();
}
