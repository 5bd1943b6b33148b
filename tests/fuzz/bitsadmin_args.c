/*
 * Fuzzer of programs/bitsadmin/args.h: the grammar of the command line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Words are what is between NULs. Every argument that comes out is one of the words, and a table is read the same way
 * twice.
 */

#include <stdlib.h>
#include <string.h>

#include "bitsadmin/args.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 64

static const struct switch_def table[] = {
    {NULL, "HELP", "", "", 0, {0}, NULL},
    {"UTIL", "VERSION", "", "", OPTION_VERBOSE, {0}, NULL},
    {"UTIL", "GETIEPROXY", "", "", OPTION_CONN, {ARG_ACCOUNT}, NULL},
    {"UTIL", "SETIEPROXY", "", "", OPTION_CONN, {ARG_ACCOUNT, ARG_IE_PROXY, ARG_OPTIONAL | ARG_REST}, NULL},
    {NULL, "LIST", "", "", OPTION_ALLUSERS | OPTION_VERBOSE, {0}, NULL},
    {NULL, "MONITOR", "", "", OPTION_ALLUSERS | OPTION_REFRESH, {0}, NULL},
    {NULL,
     "TRANSFER",
     "",
     "",
     OPTION_DOWNLOAD | OPTION_UPLOAD | OPTION_PRIORITY | OPTION_ACLFLAGS | OPTION_DYNAMIC,
     {ARG_TEXT, ARG_PAIRS},
     NULL},
    {NULL, "CREATE", "", "", OPTION_DOWNLOAD | OPTION_UPLOAD | OPTION_UPLOAD_REPLY, {ARG_TEXT}, NULL},
    {NULL, "ADDFILEWITHRANGES", "", "", 0, {ARG_JOB, ARG_TEXT, ARG_TEXT, ARG_RANGES}, NULL},
    {NULL, "SETPRIORITY", "", "", 0, {ARG_JOB, ARG_PRIORITY}, NULL},
    {NULL, "SETNOTIFYFLAGS", "", "", 0, {ARG_JOB, ARG_NUMBER}, NULL},
    {NULL,
     "SETPROXYSETTINGS",
     "",
     "",
     0,
     {ARG_JOB, ARG_PROXY_USAGE, ARG_OPTIONAL | ARG_LIST_OR_NULL, ARG_OPTIONAL | ARG_LIST_OR_NULL},
     NULL},
    {NULL, "SETNOTIFYCMDLINE", "", "", 0, {ARG_JOB, ARG_TEXT_OR_NULL, ARG_OPTIONAL | ARG_REST}, NULL},
    {NULL, "SETCREDENTIALS", "", "", 0, {ARG_JOB, ARG_TARGET, ARG_SCHEME, ARG_TEXT_OR_NULL, ARG_TEXT_OR_NULL}, NULL},
    {NULL, "SETVALIDATIONSTATE", "", "", 0, {ARG_JOB, ARG_NUMBER, ARG_BOOLEAN}, NULL},
    {NULL, "SETACLFLAGS", "", "", 0, {ARG_JOB, ARG_ACL}, NULL},
    {NULL, "SETCERTIFICATE", "", "", 0, {ARG_JOB, ARG_STORE, ARG_TEXT, ARG_HASH}, NULL},
    {NULL, "RECORD", "", "", 0, {ARG_ID}, NULL},
};

static bool is_word(const char *text, char **words, int count)
{
    int i;

    for (i = 0; i < count; i++)
        if (text >= words[i] && text <= words[i] + strlen(words[i])) return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct call call, again;
    struct parse_problem problem = {0}, problem_again = {0};
    char *text = malloc(size + 2), *words[WORDS_MAX + 1], *copies[WORDS_MAX + 1], *pos;
    enum parse_result result;
    int count = 0, i;

    memcpy(text, data, size);
    text[size] = text[size + 1] = 0;
    for (pos = text; pos < text + size && count < WORDS_MAX; pos += strlen(pos) + 1) words[count++] = pos;
    words[count] = NULL;
    memcpy(copies, words, sizeof(copies)); /* the parser sorts options out */
    memset(&call, 0, sizeof(call));
    memset(&again, 0, sizeof(again));
    result = parse_arguments(table, sizeof(table) / sizeof(table[0]), count, words, &call, &problem);
    if (parse_arguments(table, sizeof(table) / sizeof(table[0]), count, copies, &again, &problem_again) != result)
        abort();
    if (result == PARSE_OK)
    {
        for (i = 0; i < MAX_ARGS; i++)
            if (call.args[i].text && !is_word(call.args[i].text, words, count)) abort();
    }
    if (result == PARSE_VALUE && (!problem.expected || !problem.text)) abort();
    free(text);
    return 0;
}
