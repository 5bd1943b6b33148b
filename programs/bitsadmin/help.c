/*
 * Banner and help of bitsadmin. The help is made from the table of switches.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "commands.h"
#include "output.h"
#include "session.h"

/* Scripts count these lines: a blank one, three of text, a blank one. */
void print_banner(void)
{
    print(L"\nBITSADMIN version 3.0\n"
          L"BITS administration utility.\n"
          L"(C) Copyright the wine-bits project\n\n");
}

static void print_switch(const struct switch_def *def)
{
    if (def->group) print(L"/%hs ", def->group);
    print(L"/%hs%hs%hs\n    %hs.\n", def->name, *def->syntax ? " " : "", def->syntax, def->help);
}

static void print_group(const char *group)
{
    size_t i;

    for (i = 0; i < switch_count; i++)
    {
        if (switch_table[i].group && !strcmp(switch_table[i].group, group)) print_switch(&switch_table[i]);
    }
}

static void print_everything(void)
{
    const char *group = NULL;
    size_t i;

    print(L"USAGE: BITSADMIN [/RAWRETURN] [/WRAP | /NOWRAP] command\n"
          L"The following commands are available:\n\n");
    for (i = 0; i < switch_count; i++)
    {
        if (!switch_table[i].group) print_switch(&switch_table[i]);
        else if (!group || strcmp(group, switch_table[i].group))
        {
            group = switch_table[i].group;
            print(L"/%hs /?\n    Shows the commands that start with /%hs.\n", group, group);
        }
    }
    print(L"\nA job is a display name or a GUID in braces; if several jobs have the name, use the GUID.\n"
          L"A url starts with http:, https: or file:, or is a path \\\\server\\share\\file.\n"
          L"\nOptions before the command:\n\n"
          L"/RAWRETURN\n    Prints only data, for scripts: with /CREATE and commands that start with /GET.\n"
          L"/WRAP\n    Lets long lines go on in the next row of the console, as usual except for /MONITOR.\n"
          L"/NOWRAP\n    Cuts long lines at the edge of the console.\n");
}

void print_help(const char *group)
{
    if (!group)
    {
        print_everything();
        return;
    }
    print(L"USAGE: BITSADMIN /%hs command\nThe following commands are available:\n\n", group);
    print_group(group);
}

COMMAND(cmd_help)
{
    print_help(NULL);
    return RESULT_DONE;
}
