/*
 * Questions about requests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "kit/questions/ask.h"

#include <stdio.h>

/* The names of a request's header fields, in their order. */
static const char *field_names(const struct server_request *request)
{
    char names[400] = "";
    const char *line, *colon;
    size_t used = 0, length;

    if (!request) return "no request";
    for (line = request->headers; line && *line && (colon = strchr(line, ':'));
         line = strchr(line, '\n'), line += !!line)
    {
        length = colon - line;
        if (used + length + 3 > sizeof(names)) break;
        memcpy(names + used, line, length);
        used += length;
        names[used++] = ' ';
        names[used] = 0;
    }
    return text("%s", names);
}

static const char *field(const struct server_request *request, const char *name)
{
    char value[256];

    if (!request) return "no request";
    return server_header(request, name, value, sizeof(value)) ? text("%s", value) : "none";
}

static void set_headers(IBackgroundCopyJob *job, const WCHAR *headers)
{
    IBackgroundCopyJobHttpOptions *options = query(job, &IID_IBackgroundCopyJobHttpOptions);

    if (!options) return;
    IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, headers);
    IBackgroundCopyJobHttpOptions_Release(options);
}

static void ask_plain_request(void)
{
    IBackgroundCopyJob *job;

    server_route(server, "/plain", &(struct route){.size = 10000});
    job = run_path(L"/plain");
    answer("B-422", "fields of the HEAD of a foreground file, in order", "%s",
           field_names(server_request(server, "HEAD", "/plain", 0)));
    answer("B-422", "fields of the GET of a foreground file, in order", "%s",
           field_names(server_request(server, "GET", "/plain", 0)));
    answer("B-421", "HEAD and GET requests of a small foreground file", "%u %u", server_count(server, "HEAD", "/plain"),
           server_count(server, "GET", "/plain"));
    answer("B-423", "User-Agent", "%s", field(server_request(server, NULL, "/plain", 0), "User-Agent"));
    drop(job);

    server_route(server, "/background", &(struct route){.size = 10000});
    if ((job = job_of(L"/background")))
    {
        IBackgroundCopyJob_SetPriority(job, BG_JOB_PRIORITY_HIGH);
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer("B-421", "HEAD and GET requests of a small background file", "%u %u",
               server_count(server, "HEAD", "/background"), server_count(server, "GET", "/background"));
        answer("B-422", "fields of the GET of a background file, in order", "%s",
               field_names(server_request(server, "GET", "/background", 0)));
    }
    drop(job);
}

static void ask_custom_requests(void)
{
    IBackgroundCopyJob *job;
    IBackgroundCopyJobHttpOptions2 *options;

    server_route(server, "/custom", &(struct route){.size = 1000});
    if ((job = job_of(L"/custom")))
    {
        set_headers(job, L"User-Agent: mine\r\nAccept: text/plain\r\nX-Own: 1\r\n");
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer("B-423", "User-Agent with an own header of that name", "%s",
               field(server_request(server, "GET", "/custom", 0), "User-Agent"));
        answer("B-199", "Accept with an own header of that name", "%s",
               field(server_request(server, "GET", "/custom", 0), "Accept"));
        answer("B-199", "fields of a GET with own headers, in order", "%s",
               field_names(server_request(server, "GET", "/custom", 0)));
    }
    drop(job);

    server_route(server, "/posted", &(struct route){.size = 1000});
    if ((job = job_of(L"/posted")))
    {
        if ((options = query(job, &IID_IBackgroundCopyJobHttpOptions2)))
        {
            IBackgroundCopyJobHttpOptions2_SetHttpMethod(options, L"POST");
            IBackgroundCopyJobHttpOptions2_Release(options);
        }
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer("B-581", "requests of a job with the method POST: HEAD, POST, Range of the POST", "%u, %u, %s",
               server_count(server, "HEAD", "/posted"), server_count(server, "POST", "/posted"),
               field(server_request(server, "POST", "/posted", 0), "Range"));
    }
    drop(job);
}

static void ask_names(void)
{
    static const WCHAR *const names[] = {L"/n1#fragment", L"/n2?a=b#c", L"/n3/\x00e4",
                                         L"/n4/a b",      L"/n5/%41",   L"/n6/a/../b"};
    static const char *const wanted[] = {"/n1", "/n2", "/n3", "/n4", "/n5", "/n6"};
    IBackgroundCopyJob *job;
    const struct server_request *request;
    unsigned int i, k, before;
    HRESULT hr;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        if (!(job = new_job(BG_JOB_TYPE_DOWNLOAD))) return;
        before = server_count(server, NULL, NULL);
        if (SUCCEEDED(hr = add_path(job, names[i])))
        {
            IBackgroundCopyJob_Resume(job);
            settle(job);
        }
        for (k = before, request = NULL; k < server_count(server, NULL, NULL); k++)
        {
            request = server_request(server, NULL, NULL, k);
            if (request && !strncmp(request->target, wanted[i], 3)) break;
            request = NULL;
        }
        answer("B-401", text("what is asked for the URL path %s", narrow(names[i])), "%s",
               request ? request->target : hr_text(hr));
        drop(job);
    }
}

static void ask_cookies(void)
{
    IBackgroundCopyJob *job;

    server_route(server, "/cookie",
                 &(struct route){.status = 302, .redirect = "/cookie2", .headers = "Set-Cookie: a=b; path=/\r\n"});
    server_route(server, "/cookie2", &(struct route){.size = 1000});
    job = run_path(L"/cookie");
    answer("B-427", "Cookie sent after a redirect that set one", "%s",
           field(server_request(server, "GET", "/cookie2", 0), "Cookie"));
    answer("B-560", "requests at the original URL and at the target of a redirect", "%u %u",
           server_count(server, NULL, "/cookie"), server_count(server, NULL, "/cookie2"));
    drop(job);
}

/* Whether the second range is asked for where the first was found. */
static void ask_redirected_ranges(void)
{
    BG_FILE_RANGE ranges[] = {{100, 50}, {900, 50}};
    IBackgroundCopyJob *job = new_job(BG_JOB_TYPE_DOWNLOAD);
    IBackgroundCopyJob3 *job3 = query(job, &IID_IBackgroundCopyJob3);
    WCHAR url[256];

    server_route(server, "/from", &(struct route){.redirect = "/to"});
    server_route(server, "/to", &(struct route){.size = 10000, .flags = ROUTE_NO_MULTIPART});
    if (job3)
    {
        IBackgroundCopyJob3_AddFileWithRanges(job3, server_url(server, L"/from", url, ARRAYSIZE(url)),
                                              client_path(local_path), 2, ranges);
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer("B-563", "GET requests at the original URL and at the target, of two ranges one at a time", "%u %u",
               server_count(server, "GET", "/from"), server_count(server, "GET", "/to"));
        IBackgroundCopyJob3_Release(job3);
    }
    drop(job);
}

/* Basic authentication without a name. */
static void ask_null_credentials(void)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = BG_AUTH_TARGET_SERVER, .Scheme = BG_AUTH_SCHEME_BASIC};
    IBackgroundCopyJob *job;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    server_route(server, "/nobody", &(struct route){.size = 100, .user = "user", .password = "secret"});
    job = job_of(L"/nobody");
    if ((job2 = query(job, &IID_IBackgroundCopyJob2)))
    {
        hr = IBackgroundCopyJob2_SetCredentials(job2, &credentials);
        IBackgroundCopyJob_Resume(job);
        settle(job);
        answer("B-524", "SetCredentials without a name for Basic: result, outcome", "%s %s", hr_text(hr), outcome(job));
        IBackgroundCopyJob2_Release(job2);
    }
    drop(job);
}

void ask_requests(void)
{
    ask_redirected_ranges();
    ask_null_credentials();
    ask_plain_request();
    ask_custom_requests();
    ask_names();
    ask_cookies();
}
