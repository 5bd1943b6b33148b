/*
 * The grammar of bitsadmin's command line. Pure: no Windows header.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * [/RAWRETURN] [/WRAP | /NOWRAP] /SWITCH [/GROUPSWITCH] [options and arguments in the order of the table]
 */

#include "args.h"

#include <stdlib.h>
#include <string.h>

/* --- options ---------------------------------------------------------------------------------- */

/* Is the text this switch or option? A dash does as well as a slash: whether Windows takes it is not known, and no
 * script counts on its being refused. */
static bool is_switch(const char *text, const char *name)
{
    return (text[0] == '/' || text[0] == '-') && same_word(text + 1, name);
}

static const struct option
{
    const char *name;
    uint32_t bit;
    bool value;
} options[] = {
    {"ALLUSERS", OPTION_ALLUSERS, false}, {"VERBOSE", OPTION_VERBOSE, false},
    {"REFRESH", OPTION_REFRESH, true},    {"FORCE", OPTION_FORCE, false},
    {"CONN", OPTION_CONN, true},          {"DOWNLOAD", OPTION_DOWNLOAD, false},
    {"UPLOAD", OPTION_UPLOAD, false},     {"UPLOAD-REPLY", OPTION_UPLOAD_REPLY, false},
    {"PRIORITY", OPTION_PRIORITY, true},  {"ACLFLAGS", OPTION_ACLFLAGS, true},
    {"DYNAMIC", OPTION_DYNAMIC, false},
};

static const struct option *find_option(uint32_t allowed, const char *text)
{
    size_t i;

    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
    {
        if ((options[i].bit & allowed) && is_switch(text, options[i].name)) return &options[i];
    }
    return NULL;
}

static enum parse_result bad_value(struct parse_problem *problem, const char *expected, const char *text)
{
    problem->expected = expected;
    problem->text = text;
    return PARSE_VALUE;
}

static enum parse_result parse_option_value(uint32_t bit, const char *text, struct call *call,
                                            struct parse_problem *problem)
{
    uint64_t number;

    switch (bit)
    {
    case OPTION_REFRESH:
        if (!parse_number(text, UINT32_MAX / 1000, &number) || !number)
            return bad_value(problem, "a number of seconds", text);
        call->refresh = (uint32_t)number;
        break;
    case OPTION_CONN: call->connection = text; break;
    case OPTION_PRIORITY:
        if (!parse_word(priority_words, text, &call->priority)) return bad_value(problem, "a priority", text);
        break;
    case OPTION_ACLFLAGS:
        if (!parse_acl_letters(text, &call->acl_flags))
            return bad_value(problem, "a set of the letters O, G, D and S", text);
        break;
    }
    return PARSE_OK;
}

/* Options stand between arguments *first and *last of a switch. The name of a new job, and after the first URL of
 * a transfer everything, may look like an option without being one. */
static void option_places(const struct switch_def *def, size_t *first, size_t *last)
{
    size_t i;

    *first = def->args[0] == ARG_NEW_NAME;
    *last = SIZE_MAX;
    for (i = 0; i < MAX_ARGS; i++)
    {
        if (def->args[i] == ARG_PAIRS) *last = i;
    }
}

/* Take the options out of the vector; *count becomes the number of the other arguments. */
static enum parse_result take_options(const struct switch_def *def, char **argv, size_t *count, struct call *call,
                                      struct parse_problem *problem)
{
    const struct option *option;
    size_t i, kept = 0, first, last;
    enum parse_result result;

    option_places(def, &first, &last);
    for (i = 0; i < *count; i++)
    {
        option = kept >= first && kept <= last ? find_option(def->options, argv[i]) : NULL;
        if (!option)
        {
            argv[kept++] = argv[i];
            continue;
        }
        call->options |= option->bit;
        if (!option->value) continue;
        if (++i == *count) return PARSE_COUNT;
        if ((result = parse_option_value(option->bit, argv[i], call, problem)) != PARSE_OK) return result;
    }
    *count = kept;
    return PARSE_OK;
}

/* --- arguments -------------------------------------------------------------------------------- */

/* The kinds whose values are words. */
static const struct word *kind_words(enum arg_kind kind, const char **expected)
{
    switch (kind)
    {
    case ARG_BOOLEAN: *expected = "TRUE or FALSE"; return boolean_words;
    case ARG_PRIORITY: *expected = "a priority"; return priority_words;
    case ARG_PROXY_USAGE: *expected = "a proxy usage"; return proxy_usage_words;
    case ARG_TARGET: *expected = "SERVER or PROXY"; return target_words;
    case ARG_SCHEME: *expected = "an authentication scheme"; return scheme_words;
    case ARG_STORE: *expected = "a certificate store location"; return store_words;
    case ARG_ACCOUNT: *expected = "LOCALSYSTEM, NETWORKSERVICE or LOCALSERVICE"; return account_words;
    case ARG_IE_PROXY: *expected = "a proxy usage"; return ie_proxy_words;
    default: return NULL;
    }
}

static enum parse_result parse_ranges_only(const char *text, struct parse_problem *problem)
{
    struct value_range *ranges;
    size_t count;

    if (!parse_ranges(text, &ranges, &count))
        return bad_value(problem, "a list of ranges offset:length,... where a length may be eof", text);
    free(ranges);
    return PARSE_OK;
}

static enum parse_result parse_argument(enum arg_kind kind, const char *text, struct argument *argument,
                                        struct parse_problem *problem)
{
    const struct word *words;
    const char *expected;
    uint8_t hash[HASH_SIZE];
    uint64_t number;
    struct id id;

    argument->given = true;
    argument->text = text;
    if ((words = kind_words(kind, &expected)))
        return parse_word(words, text, &argument->number) ? PARSE_OK : bad_value(problem, expected, text);
    switch (kind)
    {
    case ARG_LIST_OR_NULL:
        if (!*text) argument->text = NULL;
        /* fall through */
    case ARG_TEXT_OR_NULL:
        if (same_word(text, "NULL")) argument->text = NULL;
        return PARSE_OK;
    case ARG_NUMBER:
        if (!parse_number(text, UINT32_MAX, &number)) return bad_value(problem, "a number", text);
        argument->number = (uint32_t)number;
        return PARSE_OK;
    case ARG_ACL:
        if (parse_acl_letters(text, &argument->number)) return PARSE_OK;
        return bad_value(problem, "a set of the letters O, G, D and S", text);
    case ARG_HASH:
        if (parse_hash(text, hash)) return PARSE_OK;
        return bad_value(problem, "a hash of 40 hexadecimal digits", text);
    case ARG_RANGES: return parse_ranges_only(text, problem);
    case ARG_ID: return parse_id(text, &id) ? PARSE_OK : bad_value(problem, "a GUID in braces", text);
    default: return PARSE_OK;
    }
}

static enum parse_result take_arguments(const struct switch_def *def, char **argv, size_t count, struct call *call,
                                        struct parse_problem *problem)
{
    enum parse_result result;
    bool optional = false;
    size_t i, used = 0;
    unsigned int kind;

    for (i = 0; i < MAX_ARGS && def->args[i]; i++)
    {
        optional |= !!(def->args[i] & ARG_OPTIONAL);
        kind = def->args[i] & ~ARG_OPTIONAL;
        if (kind == ARG_REST || kind == ARG_PAIRS)
        {
            if (used == count && !optional) return PARSE_COUNT;
            if (kind == ARG_PAIRS && (count - used) % 2) return PARSE_COUNT;
            call->rest = (const char *const *)argv + used;
            call->rest_count = count - used;
            return PARSE_OK;
        }
        if (used == count)
        {
            if (!optional) return PARSE_COUNT;
            break;
        }
        if ((result = parse_argument(kind, argv[used++], &call->args[i], problem)) != PARSE_OK) return result;
    }
    return used == count ? PARSE_OK : PARSE_COUNT;
}

/* --- the line --------------------------------------------------------------------------------- */

/* The options before the switch.  Returns how many there are. */
static int take_modifiers(int argc, char **argv, struct call *call)
{
    int i;

    for (i = 0; i < argc; i++)
    {
        if (is_switch(argv[i], "RAWRETURN")) call->raw = true;
        else if (is_switch(argv[i], "WRAP")) call->wrapping = WRAPPING_ON;
        else if (is_switch(argv[i], "NOWRAP")) call->wrapping = WRAPPING_OFF;
        else break;
    }
    return i;
}

static bool asks_help(const char *text)
{
    return is_switch(text, "?") || is_switch(text, "HELP");
}

static const struct switch_def *find_switch(const struct switch_def *table, size_t count, const char *group,
                                            const char *text)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        if (!table[i].group != !group || (group && !same_word(group, table[i].group))) continue;
        if (is_switch(text, table[i].name)) return &table[i];
    }
    return NULL;
}

/* The name of the group that text asks for, or NULL. */
static const char *find_group(const struct switch_def *table, size_t count, const char *text)
{
    size_t i;

    for (i = 0; i < count; i++)
    {
        if (table[i].group && is_switch(text, table[i].group)) return table[i].group;
    }
    return NULL;
}

enum parse_result parse_arguments(const struct switch_def *table, size_t count, int argc, char **argv,
                                  struct call *call, struct parse_problem *problem)
{
    enum parse_result result;
    size_t left;
    int next;

    memset(call, 0, sizeof(*call));
    memset(problem, 0, sizeof(*problem));
    next = take_modifiers(argc, argv, call);
    if (next == argc) return PARSE_NO_COMMAND;
    if (asks_help(argv[next])) return PARSE_HELP;
    if ((call->group = find_group(table, count, argv[next])))
    {
        if (++next == argc) return PARSE_NO_COMMAND;
        if (asks_help(argv[next])) return PARSE_HELP;
    }
    if (!(call->def = find_switch(table, count, call->group, argv[next]))) return PARSE_NO_COMMAND;
    next++;
    argv += next;
    left = argc - next;
    if ((result = take_options(call->def, argv, &left, call, problem)) != PARSE_OK) return result;
    return take_arguments(call->def, argv, left, call, problem);
}

char *join_texts(const char *const *texts, size_t count, const char *separator)
{
    size_t i, size = 1, length;
    char *joined, *p;

    for (i = 0; i < count; i++) size += strlen(texts[i]) + (i ? strlen(separator) : 0);
    if (!(joined = p = malloc(size))) return NULL;
    for (i = 0; i < count; i++)
    {
        if (i)
        {
            length = strlen(separator);
            memcpy(p, separator, length);
            p += length;
        }
        length = strlen(texts[i]);
        memcpy(p, texts[i], length);
        p += length;
    }
    *p = 0;
    return joined;
}
