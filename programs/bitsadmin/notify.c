/*
 * The switches about notifications: flags, interface, command line.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "commands.h"
#include "output.h"
#include "session.h"
#include "show.h"

COMMAND(cmd_get_notify_flags)
{
    ULONG flags = 0;
    HRESULT hr = IBackgroundCopyJob_GetNotifyFlags(session->job, &flags);

    return give_number(session, L"get notification flags", hr, flags);
}

COMMAND(cmd_set_notify_flags)
{
    ULONG flags = call->args[1].number;
    HRESULT hr = IBackgroundCopyJob_SetNotifyFlags(session->job, flags);

    return confirm(session, L"set notification flags", hr, L"Notification flags set to %lu.", flags);
}

COMMAND(cmd_get_notify_interface)
{
    IUnknown *sink = NULL;
    HRESULT hr = IBackgroundCopyJob_GetNotifyInterface(session->job, &sink);

    if (SUCCEEDED(hr) && sink) IUnknown_Release(sink);
    return give(session, L"get notification interface", hr, sink ? L"REGISTERED" : L"UNREGISTERED");
}

COMMAND(cmd_get_notify_cmd_line)
{
    WCHAR *program = NULL, *parameters = NULL, *command;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;
    int result;

    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob2, &job2)))
    {
        hr = IBackgroundCopyJob2_GetNotifyCmdLine(job2, &program, &parameters);
        IBackgroundCopyJob2_Release(job2);
    }
    command = format_command(program, parameters);
    result = give(session, L"get notification command line", hr, L"%ls", command);
    CoTaskMemFree(program);
    CoTaskMemFree(parameters);
    free(command);
    return result;
}

/* What the user left unquoted comes in pieces.  False for an empty argument, which counts as none. */
static bool join_parameters(const struct call *call, WCHAR **parameters)
{
    char *joined;

    *parameters = NULL;
    if (!call->rest_count) return true;
    if (!(joined = join_texts(call->rest, call->rest_count, " "))) return false;
    if (*joined && !same_word(joined, "NULL")) *parameters = wide(joined);
    free(joined);
    return *parameters || call->rest[0][0];
}

COMMAND(cmd_set_notify_cmd_line)
{
    WCHAR *program = wide(call->args[1].text), *parameters;
    IBackgroundCopyJob2 *job2;
    HRESULT hr;

    if (!join_parameters(call, &parameters))
    {
        print(L"Invalid number of arguments.\n");
        return RESULT_USAGE;
    }
    if (SUCCEEDED(hr = query_job(session, &IID_IBackgroundCopyJob2, &job2)))
    {
        hr = IBackgroundCopyJob2_SetNotifyCmdLine(job2, program, parameters);
        IBackgroundCopyJob2_Release(job2);
    }
    return confirm(session, L"set notification command line", hr, L"notification command line set to '%ls' '%ls'.",
                   program ? program : L"NULL", parameters ? parameters : L"NULL");
}
