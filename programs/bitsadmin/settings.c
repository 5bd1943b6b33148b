/*
 * The switches that set what has more than one part: proxies, credentials, headers, command line, helper token.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "commands.h"
#include "output.h"
#include "session.h"

/* --- proxies ---------------------------------------------------------------------------------- */

COMMAND(cmd_set_proxy_settings)
{
    BG_JOB_PROXY_USAGE usage = call->args[1].number;
    WCHAR *list = wide(call->args[2].text), *bypass = wide(call->args[3].text);
    bool override = usage == BG_JOB_PROXY_USAGE_OVERRIDE;
    HRESULT hr;

    if (override && !call->args[3].given)
    {
        print(L"OVERRIDE must be followed by a proxy list and a proxy bypass list\n");
        return RESULT_USAGE;
    }
    if (!override && call->args[2].given)
    {
        print(L"Invalid number of arguments.\n");
        return RESULT_USAGE;
    }
    hr = IBackgroundCopyJob_SetProxySettings(session->job, usage, list, bypass);
    if (SUCCEEDED(hr) && override)
        return confirm(session, L"", hr,
                       L"Proxy usage set to OVERRIDE.\nProxy list set to %ls.\n"
                       L"Proxy bypass list set to %ls.",
                       list ? list : L"NULL", bypass ? bypass : L"NULL");
    return confirm(session, L"set proxy settings", hr, L"Proxy usage set to %hs.", word_text(proxy_usage_words, usage));
}

/* --- credentials ------------------------------------------------------------------------------ */

static HRESULT query_job2(struct session *session, IBackgroundCopyJob2 **job2)
{
    return query_job(session, &IID_IBackgroundCopyJob2, job2);
}

COMMAND(cmd_set_credentials)
{
    BG_AUTH_CREDENTIALS credentials = {.Target = call->args[1].number, .Scheme = call->args[2].number};
    WCHAR *password = wide(call->args[4].text);
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    credentials.Credentials.Basic.UserName = wide(call->args[3].text);
    credentials.Credentials.Basic.Password = password;
    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_SetCredentials(job2, &credentials);
        IBackgroundCopyJob2_Release(job2);
    }
    if (password) SecureZeroMemory(password, wcslen(password) * sizeof(*password));
    return confirm(session, L"set credentials", hr, L"Credentials set for %hs, scheme %hs.",
                   word_text(target_words, credentials.Target), word_text(scheme_words, credentials.Scheme));
}

COMMAND(cmd_remove_credentials)
{
    BG_AUTH_TARGET target = call->args[1].number;
    BG_AUTH_SCHEME scheme = call->args[2].number;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job2(session, &job2)))
    {
        hr = IBackgroundCopyJob2_RemoveCredentials(job2, target, scheme);
        IBackgroundCopyJob2_Release(job2);
    }
    if (hr == S_FALSE)
        return refuse(L"The job has no credentials for %hs, scheme %hs.", word_text(target_words, target),
                      word_text(scheme_words, scheme));
    return confirm(session, L"remove credentials", hr, L"Credentials removed for %hs, scheme %hs.",
                   word_text(target_words, target), word_text(scheme_words, scheme));
}

/* --- HTTP ------------------------------------------------------------------------------------- */

static HRESULT query_options(struct session *session, IBackgroundCopyJobHttpOptions **options)
{
    return query_job(session, &IID_IBackgroundCopyJobHttpOptions, options);
}

COMMAND(cmd_set_custom_headers)
{
    WCHAR *headers = rest_text(call, "\r\n");
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_SetCustomHeaders(options, headers);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return confirm(session, L"set custom headers", hr, headers ? L"Custom headers set." : L"Custom headers removed.");
}

COMMAND(cmd_make_custom_headers_write_only)
{
    IBackgroundCopyJobHttpOptions3 *options;
    HRESULT hr = query_job(session, &IID_IBackgroundCopyJobHttpOptions3, &options);

    if (SUCCEEDED(hr))
    {
        hr = IBackgroundCopyJobHttpOptions3_MakeCustomHeadersWriteOnly(options);
        IBackgroundCopyJobHttpOptions3_Release(options);
    }
    return confirm(session, L"make custom headers write-only", hr, L"Custom headers are write-only now.");
}

/* --- notification ----------------------------------------------------------------------------- */

COMMAND(cmd_set_notify_cmd_line)
{
    WCHAR *program = wide(call->args[1].text), *parameters = rest_text(call, " ");
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob2, &job2)))
    {
        hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters);
        IBackgroundCopyJob2_Release(job2);
    }
    return confirm(session, L"set notification command line", hr, L"notification command line set to '%ls' '%ls'.",
                   program ? program : L"NULL", parameters ? parameters : L"NULL");
}

/* --- helper token ----------------------------------------------------------------------------- */

COMMAND(cmd_set_helper_token)
{
    IBitsTokenOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_job(session, &IID_IBitsTokenOptions, &options)))
    {
        hr = IBitsTokenOptions_SetHelperToken(options);
        IBitsTokenOptions_Release(options);
    }
    return confirm(session, L"set helper token", hr, L"Helper token set.");
}
