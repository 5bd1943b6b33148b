/*
 * The switches about the helper token of a job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "commands.h"
#include "output.h"
#include "session.h"

static HRESULT query_options(struct session *session, IBitsTokenOptions **options)
{
    return query_job(session, &IID_IBitsTokenOptions, options);
}

COMMAND(cmd_set_helper_token)
{
    IBitsTokenOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBitsTokenOptions_SetHelperToken(options);
        IBitsTokenOptions_Release(options);
    }
    return confirm(session, L"set helper token", hr, L"Helper token set.");
}

COMMAND(cmd_get_helper_token_sid)
{
    IBitsTokenOptions *options;
    WCHAR *sid = NULL;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBitsTokenOptions_GetHelperTokenSid(options, &sid);
        IBitsTokenOptions_Release(options);
    }
    return give_string(session, L"get helper token SID", hr, sid, L"NULL");
}

COMMAND(cmd_get_helper_token_flags)
{
    IBitsTokenOptions *options;
    DWORD flags = 0;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBitsTokenOptions_GetHelperTokenFlags(options, &flags);
        IBitsTokenOptions_Release(options);
    }
    return give_number(session, L"get helper token flags", hr, flags);
}

COMMAND(cmd_set_helper_token_flags)
{
    DWORD flags = call->args[1].number;
    IBitsTokenOptions *options;
    HRESULT hr;

    if (SUCCEEDED(hr = query_options(session, &options)))
    {
        hr = IBitsTokenOptions_SetHelperTokenFlags(options, flags);
        IBitsTokenOptions_Release(options);
    }
    return confirm(session, L"set helper token flags", hr, L"Helper token flags set to %lu.", flags);
}
