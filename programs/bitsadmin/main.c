/*
 * bitsadmin.exe: the command-line tool of BITS.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Reads the command line by the table of switches and runs the function of the switch.  Everything it does to
 * jobs goes through the COM interfaces of BITS.
 */

#include <stdlib.h>

#include "base/debug.h"
#include "commands.h"
#include "output.h"
#include "session.h"

DEBUG_CHANNEL(bitsadmin);

static char *narrow(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *copy = allocate(size);

    WideCharToMultiByte(CP_UTF8, 0, text, -1, copy, size, NULL, NULL);
    return copy;
}

static int run(struct session *session, const struct call *call)
{
    if (call->def->args[0] == ARG_JOB && !session_find_job(session, call->args[0].text)) return RESULT_FAILED;
    return call->def->run(session, call);
}

static int report_problem(enum parse_result parsed, const struct call *call, const struct parse_problem *problem)
{
    switch (parsed)
    {
    case PARSE_COUNT: print(L"Invalid number of arguments.\n"); break;
    case PARSE_VALUE: print(L"Invalid argument: '%ls' is not %hs.\n", wide(problem->text), problem->expected); break;
    default:
        print(L"Invalid command\n");
        print_help(call->group);
        break;
    }
    return RESULT_USAGE;
}

int wmain(int argc, WCHAR **argv)
{
    char **texts = allocate(argc * sizeof(*texts));
    struct parse_problem problem;
    struct session session = {0};
    enum parse_result parsed;
    int i, result = RESULT_DONE;
    struct call call;

    output_init();
    for (i = 1; i < argc; i++) texts[i - 1] = narrow(argv[i]);
    parsed = parse_arguments(switch_table, switch_count, argc ? argc - 1 : 0, texts, &call, &problem);
    session.call = &call;
    output_cut_lines(call.wrapping == WRAPPING_OFF);
    if (!call.raw) print_banner();

    if (parsed == PARSE_HELP) print_help(call.group);
    else if (parsed == PARSE_OK) result = run(&session, &call);
    else result = report_problem(parsed, &call, &problem);

    session_close(&session);
    if (output_is_lost() && result == RESULT_DONE) result = RESULT_FAILED;
    TRACE("exit code %d\n", result);
    for (i = 1; i < argc; i++) free(texts[i - 1]);
    free(texts);
    return result;
}
