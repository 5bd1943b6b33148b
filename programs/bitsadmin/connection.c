/*
 * The switches about how a job reaches its servers: proxies, credentials, HTTP headers, method and checks.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "commands.h"
#include "output.h"
#include "session.h"

/* --- proxies ---------------------------------------------------------------------------------- */

struct proxy_settings
{
    BG_JOB_PROXY_USAGE usage;
    WCHAR *list, *bypass;
    HRESULT hr;
};

static struct proxy_settings get_settings(struct session *session)
{
    struct proxy_settings settings = {0};

    settings.hr = IBackgroundCopyJob_GetProxySettings(session->job, &settings.usage, &settings.list, &settings.bypass);
    return settings;
}

COMMAND(cmd_get_proxy_usage)
{
    struct proxy_settings settings = get_settings(session);

    CoTaskMemFree(settings.list);
    CoTaskMemFree(settings.bypass);
    return give_word(session, L"get proxy usage", settings.hr, proxy_usage_words, settings.usage);
}

COMMAND(cmd_get_proxy_list)
{
    struct proxy_settings settings = get_settings(session);

    CoTaskMemFree(settings.bypass);
    return give_string(session, L"get proxy list", settings.hr, settings.list, L"NULL");
}

COMMAND(cmd_get_proxy_bypass_list)
{
    struct proxy_settings settings = get_settings(session);

    CoTaskMemFree(settings.list);
    return give_string(session, L"get proxy bypass list", settings.hr, settings.bypass, L"NULL");
}

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

static WCHAR *cut_line_ends(WCHAR *text)
{
    size_t length = text ? wcslen(text) : 0;

    while (length && (text[length - 1] == '\r' || text[length - 1] == '\n')) text[--length] = 0;
    return text;
}

/* Headers are separated by CR LF; the output makes that of LF. */
static WCHAR *drop_carriage_returns(WCHAR *text)
{
    WCHAR *from, *to;

    if (!text) return NULL;
    for (from = to = text; *from; from++)
    {
        if (*from != '\r') *to++ = *from;
    }
    *to = 0;
    return text;
}

COMMAND(cmd_get_custom_headers)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *headers = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_GetCustomHeaders(options, &headers);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    if (FAILED(hr)) headers = NULL;
    headers = drop_carriage_returns(cut_line_ends(headers));
    return give_string(session, L"get custom headers", hr, headers, L"NULL");
}

COMMAND(cmd_set_custom_headers)
{
    IBackgroundCopyJobHttpOptions *options;
    WCHAR *headers = NULL;
    char *joined;
    HRESULT hr;

    if (!(joined = join_texts(call->rest, call->rest_count, "\r\n")))
        return fail(session, L"set custom headers", E_OUTOFMEMORY);
    if (*joined && !same_word(joined, "NULL")) headers = wide(joined);
    free(joined);
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

static HRESULT query_options2(struct session *session, IBackgroundCopyJobHttpOptions2 **options)
{
    return query_job(session, &IID_IBackgroundCopyJobHttpOptions2, options);
}

COMMAND(cmd_get_http_method)
{
    IBackgroundCopyJobHttpOptions2 *options;
    WCHAR *method = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options2(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions2_GetHttpMethod(options, &method);
        IBackgroundCopyJobHttpOptions2_Release(options);
    }
    return give_string(session, L"get HTTP method", hr, method, L"NULL");
}

COMMAND(cmd_set_http_method)
{
    WCHAR *method = wide(call->args[1].text);
    IBackgroundCopyJobHttpOptions2 *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options2(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions2_SetHttpMethod(options, method);
        IBackgroundCopyJobHttpOptions2_Release(options);
    }
    return confirm(session, L"set HTTP method", hr, L"HTTP method set to %ls.", method);
}

COMMAND(cmd_get_security_flags)
{
    IBackgroundCopyJobHttpOptions *options;
    ULONG flags = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_GetSecurityFlags(options, &flags);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return give(session, L"get security flags", hr, L"0x%04lx", flags);
}

COMMAND(cmd_set_security_flags)
{
    ULONG flags = call->args[1].number;
    IBackgroundCopyJobHttpOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBackgroundCopyJobHttpOptions_SetSecurityFlags(options, flags);
        IBackgroundCopyJobHttpOptions_Release(options);
    }
    return confirm(session, L"set security flags", hr, L"Security flags set to 0x%04lx.", flags);
}
