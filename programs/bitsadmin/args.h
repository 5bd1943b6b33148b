/*
 * The grammar of bitsadmin's command line: what a switch is, and how arguments are read by its description.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Pure: texts are UTF-8, no Windows header is needed.  The table of switches (switches.c) is data for it.
 */

#ifndef BITSADMIN_ARGS_H
#define BITSADMIN_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "values.h"

#define MAX_ARGS 6

/* What one argument may be.  The kinds from ARG_REST on take all that is left and come last. */
enum arg_kind
{
    ARG_END,
    ARG_JOB,      /* display name or {GUID} */
    ARG_NEW_NAME, /* of a job to be made; comes first, and is never an option whatever it looks like */
    ARG_TEXT,
    ARG_TEXT_OR_NULL, /* the word NULL stands for no text */
    ARG_LIST_OR_NULL, /* the same, and an empty text too */
    ARG_NUMBER,       /* 32 bits */
    ARG_BOOLEAN,
    ARG_PRIORITY,
    ARG_PROXY_USAGE,
    ARG_ACL,
    ARG_TARGET,
    ARG_SCHEME,
    ARG_STORE,
    ARG_HASH,   /* text is checked, not converted */
    ARG_RANGES, /* the same */
    ARG_ID,     /* {GUID} */
    ARG_ACCOUNT,
    ARG_IE_PROXY,
    ARG_REST,             /* one or more texts */
    ARG_PAIRS,            /* one or more pairs of texts */
    ARG_OPTIONAL = 0x100, /* flag: this argument and those after it may be missing */
};

/* Options that follow a switch; one without a value is a bit and nothing else. */
#define OPTION_ALLUSERS 0x0001
#define OPTION_VERBOSE 0x0002
#define OPTION_REFRESH 0x0004 /* seconds */
#define OPTION_FORCE 0x0008
#define OPTION_CONN 0x0010 /* name of a connection */
#define OPTION_DOWNLOAD 0x0020
#define OPTION_UPLOAD 0x0040
#define OPTION_UPLOAD_REPLY 0x0080
#define OPTION_PRIORITY 0x0100 /* word */
#define OPTION_ACLFLAGS 0x0200 /* letters */
#define OPTION_DYNAMIC 0x0400

struct session;
struct call;
struct property;

/* One switch.  Those of a group ("UTIL", "CACHE" ...) follow the switch of that name. */
struct switch_def
{
    const char *group;       /* NULL: stands for itself */
    const char *name;        /* without the slash */
    const char *syntax;      /* its arguments, for the help */
    const char *help;        /* one sentence; NULL: not in the help */
    uint32_t options;        /* OPTION_ that it takes */
    uint16_t args[MAX_ARGS]; /* arg_kind, ARG_END after the last */
    int (*run)(struct session *session, const struct call *call);
    const struct property *property; /* that is shown or set; NULL: the function knows what it does */
};

struct argument
{
    const char *text; /* NULL: the word NULL, or not given */
    uint32_t number;  /* value of a number or word */
    bool given;
};

enum wrapping
{
    WRAPPING_DEFAULT, /* as the switch likes it */
    WRAPPING_ON,
    WRAPPING_OFF,
};

/* A command line that was understood.  All texts are those of the argument vector. */
struct call
{
    bool raw; /* /RAWRETURN */
    enum wrapping wrapping;
    const char *group; /* of the switch or of the help that was asked for; NULL: none */
    const struct switch_def *def;
    uint32_t options;                      /* OPTION_ seen */
    uint32_t refresh, priority, acl_flags; /* values of options seen */
    const char *connection;
    struct argument args[MAX_ARGS];
    const char *const *rest; /* texts of ARG_REST or ARG_PAIRS */
    size_t rest_count;
};

enum parse_result
{
    PARSE_OK,
    PARSE_HELP,       /* help was asked for; of call->group if that is set */
    PARSE_NO_COMMAND, /* no such switch, or none at all */
    PARSE_COUNT,      /* too few or too many arguments */
    PARSE_VALUE,      /* *problem describes the argument, bad is its text */
};

struct parse_problem
{
    const char *expected; /* what should have been there: a phrase for "... is not %s" */
    const char *text;     /* what was there */
};

/*
 * Read the arguments (without the program's name) by a table of count switches.  The vector's pointers are
 * put in another order.  call and problem are filled as far as the result says; call->raw and call->wrapping
 * always are.
 */
enum parse_result parse_arguments(const struct switch_def *table, size_t count, int argc, char **argv,
                                  struct call *call, struct parse_problem *problem);

/* Join texts: each after the first is preceded by the separator.  For free(); NULL without memory. */
char *join_texts(const char *const *texts, size_t count, const char *separator);

#endif
