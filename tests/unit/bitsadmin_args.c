/*
 * The command line of bitsadmin: its grammar and the values in it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Section numbers are those of the specification sheet of bitsadmin.
 */

#include <stdlib.h>

#include "bitsadmin/args.h"
#include "unit.h"

/* A table with one switch of each shape. */
static const struct switch_def table[] = {
    {NULL, "HELP", "", "", 0, {0}, NULL},
    {"UTIL", "VERSION", "", "", OPTION_VERBOSE, {0}, NULL},
    {"UTIL", "GETIEPROXY", "", "", OPTION_CONN, {ARG_ACCOUNT}, NULL},
    {"CACHE", "LIST", "", "", OPTION_VERBOSE, {0}, NULL},
    {NULL, "LIST", "", "", OPTION_ALLUSERS | OPTION_VERBOSE, {0}, NULL},
    {NULL, "MONITOR", "", "", OPTION_ALLUSERS | OPTION_REFRESH, {0}, NULL},
    {NULL,
     "TRANSFER",
     "",
     "",
     OPTION_DOWNLOAD | OPTION_UPLOAD | OPTION_PRIORITY | OPTION_ACLFLAGS | OPTION_DYNAMIC,
     {ARG_NEW_NAME, ARG_PAIRS},
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
    {NULL, "SETNOTIFYCMDLINE", "", "", 0, {ARG_JOB, ARG_LIST_OR_NULL, ARG_REST}, NULL},
    {NULL, "SETCUSTOMHEADERS", "", "", 0, {ARG_JOB, ARG_REST}, NULL},
    {NULL, "SETCREDENTIALS", "", "", 0, {ARG_JOB, ARG_TARGET, ARG_SCHEME, ARG_TEXT_OR_NULL, ARG_TEXT_OR_NULL}, NULL},
    {NULL, "SETVALIDATIONSTATE", "", "", 0, {ARG_JOB, ARG_NUMBER, ARG_BOOLEAN}, NULL},
    {NULL, "SETACLFLAGS", "", "", 0, {ARG_JOB, ARG_ACL}, NULL},
    {NULL, "SETCERTIFICATE", "", "", 0, {ARG_JOB, ARG_STORE, ARG_TEXT, ARG_HASH}, NULL},
    {NULL, "RECORD", "", "", 0, {ARG_ID}, NULL},
};

#define MAX_WORDS 16

static struct call call;
static struct parse_problem problem;

/* Parse words that are separated by '|'. They live until the next call. */
static enum parse_result parse(const char *line)
{
    static char buffer[512];
    char *words[MAX_WORDS], *p = buffer;
    static char *kept[MAX_WORDS];
    int count = 0;

    strcpy(buffer, line);
    while (*line && p)
    {
        words[count++] = p;
        if ((p = strchr(p, '|'))) *p++ = 0;
    }
    memcpy(kept, words, count * sizeof(*words));
    return parse_arguments(table, sizeof(table) / sizeof(table[0]), count, kept, &call, &problem);
}

/* Nothing, nonsense, help. */
TEST(commands)
{
    CHECK_INT(parse(""), PARSE_NO_COMMAND);
    CHECK_INT(parse("/nosuchswitch"), PARSE_NO_COMMAND);
    CHECK_INT(parse("list"), PARSE_NO_COMMAND);
    CHECK_INT(parse("/"), PARSE_NO_COMMAND);
    CHECK_INT(parse("-"), PARSE_NO_COMMAND);
    CHECK_INT(parse("--list"), PARSE_NO_COMMAND);
    CHECK_INT(parse("-rawreturn|-List|-verbose"), PARSE_OK);
    CHECK(call.raw);
    CHECK_INT(call.options, OPTION_VERBOSE);
    CHECK_INT(parse("-?"), PARSE_HELP);
    CHECK_INT(parse("-transfer|-download|-priority|high|u|l"), PARSE_OK);
    CHECK_STR(call.args[0].text, "-download");
    CHECK_INT(call.options, OPTION_PRIORITY);
    CHECK_INT(parse("/version"), PARSE_NO_COMMAND); /* only in its group */
    CHECK_INT(parse("/util|/list"), PARSE_NO_COMMAND);
    CHECK_STR(call.group, "UTIL");
    CHECK_INT(parse("/util"), PARSE_NO_COMMAND);
    CHECK_INT(parse("/?"), PARSE_HELP);
    CHECK(!call.group);
    CHECK_INT(parse("/rawreturn|/HELP"), PARSE_HELP);
    CHECK_INT(parse("/Cache|/?"), PARSE_HELP);
    CHECK_STR(call.group, "CACHE");
    CHECK_INT(parse("/util|/help"), PARSE_HELP);
    CHECK_INT(parse("/List"), PARSE_OK);
    CHECK(!call.group);
    CHECK_INT(parse("/cache|/LIST|/verbose"), PARSE_OK);
    CHECK_STR(call.def->group, "CACHE");
    CHECK_INT(call.options, OPTION_VERBOSE);
}

/* Sections 1 and 3: the options before the switch. */
TEST(modifiers)
{
    CHECK_INT(parse("/rawreturn|/nowrap|/list"), PARSE_OK);
    CHECK(call.raw);
    CHECK_INT(call.wrapping, WRAPPING_OFF);
    CHECK_INT(parse("/WRAP|/list"), PARSE_OK);
    CHECK(!call.raw);
    CHECK_INT(call.wrapping, WRAPPING_ON);
    CHECK_INT(parse("/list"), PARSE_OK);
    CHECK_INT(call.wrapping, WRAPPING_DEFAULT);
    CHECK_INT(parse("/rawreturn"), PARSE_NO_COMMAND);
    CHECK(call.raw);
    CHECK_INT(parse("/list|/rawreturn"), PARSE_COUNT); /* they must precede */
}

TEST(options)
{
    CHECK_INT(parse("/list|/AllUsers|/verbose"), PARSE_OK);
    CHECK_INT(call.options, OPTION_ALLUSERS | OPTION_VERBOSE);
    CHECK_INT(parse("/list|/refresh|5"), PARSE_COUNT);
    CHECK_INT(parse("/monitor|/refresh|0x10|/allusers"), PARSE_OK);
    CHECK_INT(call.refresh, 16);
    CHECK_INT(parse("/monitor|/refresh"), PARSE_COUNT);
    CHECK_INT(parse("/monitor|/refresh|0"), PARSE_VALUE);
    CHECK_INT(parse("/monitor|/refresh|soon"), PARSE_VALUE);
    CHECK_STR(problem.text, "soon");
    CHECK_INT(parse("/util|/getieproxy|localsystem|/conn|my line"), PARSE_OK);
    CHECK_STR(call.connection, "my line");
    CHECK_INT(call.args[0].number, ACCOUNT_LOCALSYSTEM);
    CHECK_INT(parse("/create|/upload-reply|name"), PARSE_OK);
    CHECK_INT(call.options, OPTION_UPLOAD_REPLY);
    CHECK_STR(call.args[0].text, "name");
    CHECK_INT(parse("/create|/download"), PARSE_COUNT);
}

/* Jobs and files. */
TEST(transfer)
{
    CHECK_INT(parse("/transfer|name|/download|/priority|foreground|http://h/f|c:\\f"), PARSE_OK);
    CHECK_STR(call.args[0].text, "name");
    CHECK_INT(call.options, OPTION_DOWNLOAD | OPTION_PRIORITY);
    CHECK_INT(call.priority, 0);
    CHECK_INT(call.rest_count, 2);
    CHECK_STR(call.rest[0], "http://h/f");
    CHECK_STR(call.rest[1], "c:\\f");
    CHECK_INT(parse("/transfer|name|/dynamic|/aclflags|sd|/upload|u|l|/dynamic|l2"), PARSE_OK);
    CHECK_INT(call.options, OPTION_DYNAMIC | OPTION_ACLFLAGS | OPTION_UPLOAD);
    CHECK_INT(call.acl_flags, 12);
    CHECK_INT(call.rest_count, 4); /* after a URL nothing is an option */
    CHECK_STR(call.rest[2], "/dynamic");
    CHECK_INT(parse("/transfer|name"), PARSE_COUNT);
    CHECK_INT(parse("/transfer|name|url"), PARSE_COUNT);
    CHECK_INT(parse("/transfer|name|url|local|url2"), PARSE_COUNT);
    CHECK_INT(parse("/transfer|name|/upload-reply|url|local"), PARSE_COUNT);
    CHECK_INT(parse("/transfer|name|/priority|urgent|url|local"), PARSE_VALUE);
    CHECK_STR(problem.text, "urgent");
    CHECK_INT(parse("/transfer|name|/priority"), PARSE_COUNT);

    /* The first word is the job's name, whatever it looks like. */
    CHECK_INT(parse("/transfer|/Download|/priority|Foreground|http://h/f|c:\\f"), PARSE_OK);
    CHECK_STR(call.args[0].text, "/Download");
    CHECK_INT(call.options, OPTION_PRIORITY);
    CHECK_INT(call.rest_count, 2);
    CHECK_STR(call.rest[0], "http://h/f");
    CHECK_INT(parse("/transfer|/upload|/download|u|l"), PARSE_OK);
    CHECK_STR(call.args[0].text, "/upload");
    CHECK_INT(call.options, OPTION_DOWNLOAD);
    CHECK_INT(parse("/transfer|/priority|foreground|u"), PARSE_OK); /* nothing of it is an option */
    CHECK_STR(call.args[0].text, "/priority");
    CHECK_INT(call.rest_count, 2);
    CHECK_INT(parse("/transfer|/download|name|u|l"), PARSE_COUNT); /* which would be name to u, and l to nothing */
    CHECK_INT(parse("/transfer|/download"), PARSE_COUNT);
}

TEST(arguments)
{
    CHECK_INT(parse("/setpriority|job|High"), PARSE_OK);
    CHECK_STR(call.args[0].text, "job");
    CHECK_INT(call.args[1].number, 1);
    CHECK_INT(parse("/setpriority|job"), PARSE_COUNT);
    CHECK_INT(parse("/setpriority|job|high|low"), PARSE_COUNT);
    CHECK_INT(parse("/setnotifyflags|job|0xB"), PARSE_OK);
    CHECK_INT(call.args[1].number, 11);
    CHECK_INT(parse("/setnotifyflags|job|4294967295"), PARSE_OK);
    CHECK_INT(call.args[1].number, UINT32_MAX);
    CHECK_INT(parse("/setnotifyflags|job|4294967296"), PARSE_VALUE);
    CHECK_INT(parse("/setnotifyflags|job|-1"), PARSE_VALUE);
    CHECK_INT(parse("/setnotifyflags|job|1x"), PARSE_VALUE);
    CHECK_INT(parse("/setnotifyflags|job|"), PARSE_VALUE);
    CHECK_INT(parse("/setvalidationstate|job|0|True"), PARSE_OK);
    CHECK_INT(call.args[2].number, 1);
    CHECK_INT(parse("/setvalidationstate|job|0|yes"), PARSE_VALUE);
    CHECK_INT(parse("/setaclflags|job|osgd"), PARSE_OK);
    CHECK_INT(call.args[1].number, 15);
    CHECK_INT(parse("/setaclflags|job|x"), PARSE_VALUE);
    CHECK_INT(parse("/setcertificate|job|BG_CERT_STORE_LOCATION_CURRENT_USER|MY|"
                    "000102030405060708090a0B0C0D0E0F10111213"),
              PARSE_OK);
    CHECK_INT(call.args[1].number, 0);
    CHECK_INT(parse("/setcertificate|job|8|MY|00"), PARSE_VALUE);
    CHECK_INT(call.args[1].number, 7);
    CHECK_INT(parse("/setcertificate|job|0|MY|00"), PARSE_VALUE);
    CHECK_INT(parse("/record|{00112233-4455-6677-8899-aabbccddeeff}"), PARSE_OK);
    CHECK_INT(parse("/record|00112233-4455-6677-8899-aabbccddeeff"), PARSE_VALUE);
    CHECK_INT(parse("/addfilewithranges|job|u|l|0:100,5000:eof"), PARSE_OK);
    CHECK_INT(parse("/addfilewithranges|job|u|l|0-100"), PARSE_VALUE);
}

/* NULL and empty arguments. */
TEST(null_arguments)
{
    CHECK_INT(parse("/setcredentials|job|server|negotiate|null|NULL"), PARSE_OK);
    CHECK(call.args[3].given && !call.args[3].text);
    CHECK(!call.args[4].text);
    CHECK_INT(parse("/setcredentials|job|proxy|basic||pass"), PARSE_OK);
    CHECK_STR(call.args[3].text, "");
    CHECK_INT(parse("/setproxysettings|job|override|proxy:80|"), PARSE_OK);
    CHECK(call.args[3].given && !call.args[3].text);
    CHECK_INT(parse("/setproxysettings|job|override|proxy:80|Null"), PARSE_OK);
    CHECK(call.args[3].given && !call.args[3].text);
    CHECK_INT(parse("/setproxysettings|job|no_proxy"), PARSE_OK);
    CHECK(!call.args[2].given);
    CHECK_INT(parse("/setnotifycmdline|job|NULL|null"), PARSE_OK);
    CHECK(!call.args[1].text);
    CHECK_INT(call.rest_count, 1);
    CHECK_INT(parse("/setnotifycmdline|job|cmd.exe|"), PARSE_OK);
    CHECK_STR(call.args[1].text, "cmd.exe");
    CHECK_INT(call.rest_count, 1);
    CHECK_STR(call.rest[0], "");
    CHECK_INT(parse("/setnotifycmdline|job|NULL"), PARSE_COUNT);
    CHECK_INT(parse("/setnotifycmdline|job|cmd.exe"), PARSE_COUNT);
    CHECK_INT(parse("/setnotifycmdline|job|cmd.exe|cmd|/c|dir"), PARSE_OK);
    CHECK_INT(call.rest_count, 3);
    CHECK_INT(parse("/setcustomheaders|job"), PARSE_COUNT);
    CHECK_INT(parse("/setcustomheaders|NULL|A:b"), PARSE_OK);
    CHECK_STR(call.args[0].text, "NULL"); /* a job may be called so */
}

TEST(joining)
{
    const char *const texts[] = {"A: b", "", "C: d"};
    char *joined;

    CHECK_STR(joined = join_texts(texts, 3, "\r\n"), "A: b\r\n\r\nC: d");
    free(joined);
    CHECK_STR(joined = join_texts(texts, 1, " "), "A: b");
    free(joined);
    CHECK_STR(joined = join_texts(texts, 0, " "), "");
    free(joined);
}

TEST(words)
{
    char letters[ACL_LETTERS_SIZE];
    uint32_t value = 77;

    CHECK(parse_word(type_words, "upload-Reply", &value));
    CHECK_INT(value, 2);
    CHECK(!parse_word(type_words, "upload-", &value));
    CHECK(!parse_word(type_words, "uploads", &value));
    CHECK_INT(value, 2);
    CHECK_STR(word_text(state_words, 5), "TRANSIENT_ERROR");
    CHECK_STR(word_text(state_words, 9), "UNKNOWN");
    CHECK_STR(word_text(store_words, 7), "LOCAL_MACHINE_ENTERPRISE");
    CHECK_STR(word_text(boolean_words, 1), "true");
    format_acl_letters(0, letters);
    CHECK_STR(letters, "");
    format_acl_letters(15, letters);
    CHECK_STR(letters, "OGDS");
    CHECK(!parse_acl_letters("", &value));
    CHECK_STR(integrity_text(0x2000), "MEDIUM");
    CHECK_STR(integrity_text(0x2100), "MEDIUM");
    CHECK_STR(integrity_text(0x4000), "SYSTEM");
    CHECK_STR(integrity_text(0x5000), "UNKNOWN");
}

TEST(numbers)
{
    uint64_t value = 5;

    CHECK(parse_number("18446744073709551615", UINT64_MAX, &value));
    CHECK(value == UINT64_MAX);
    CHECK(!parse_number("18446744073709551616", UINT64_MAX, &value));
    CHECK(parse_number("0XfF", 255, &value));
    CHECK_INT(value, 255);
    CHECK(!parse_number("256", 255, &value));
    CHECK(!parse_number("0x", 255, &value));
    CHECK(!parse_number(" 1", 255, &value));
    CHECK(!parse_number("", 255, &value));
    CHECK_INT(value, 255);
    CHECK(!parse_number("9", 5, &value));
    CHECK_INT(percentage(0, 0), 0); /* a transcript of an empty file */
    CHECK_INT(percentage(50, UINT64_MAX), 0);
    CHECK_INT(percentage(1, 3), 33);
    CHECK_INT(percentage(58251264, 58251264), 100);
    CHECK_INT(percentage(UINT64_MAX - 2, UINT64_MAX - 1), 99);
    CHECK_INT(percentage(UINT64_MAX / 2, UINT64_MAX - 1), 50);
    CHECK_INT(percentage(999, 1000), 99);
}

TEST(ids)
{
    uint8_t hash[HASH_SIZE];
    struct id id;

    CHECK(parse_id("{00112233-4455-6677-8899-AABBccddeeff}", &id));
    CHECK_INT(id.data1, 0x00112233);
    CHECK_INT(id.data2, 0x4455);
    CHECK_INT(id.data3, 0x6677);
    CHECK_INT(id.data4[0], 0x88);
    CHECK_INT(id.data4[7], 0xff);
    CHECK(!parse_id("{00112233-4455-6677-8899-AABBccddeeff} ", &id));
    CHECK(!parse_id("{00112233-4455-6677-8899-AABBccddeeff", &id));
    CHECK(!parse_id("{00112233-4455-6677-8899+AABBccddeeff}", &id));
    CHECK(!parse_id("{", &id));
    CHECK(!parse_id("", &id));
    CHECK(parse_hash("00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10 11 12 13", hash));
    CHECK_INT(hash[19], 0x13);
    CHECK(!parse_hash("000102030405060708090a0b0c0d0e0f101112", hash));
    CHECK(!parse_hash("000102030405060708090a0b0c0d0e0f1011121314", hash));
    CHECK(!parse_hash("000102030405060708090a0b0c0d0e0f1011121", hash));
    CHECK(!parse_hash("000102030405060708090a0b0c0d0e0f10111213 ", hash));
    CHECK(!parse_hash("", hash));
}

/* /ADDFILEWITHRANGES. */
TEST(ranges)
{
    struct value_range *ranges;
    size_t count, i;
    static const char *const bad[] = {"",      "1",     "1:",     ":1",   "1:2,", ",1:2", "1:2,,3:4",
                                      "1:2:3", "eof:1", "1:eofx", "1: 2", "-1:2", "1:eo"};

    CHECK(parse_ranges("0:100,2000:100,5000:eof", &ranges, &count));
    CHECK_INT(count, 3);
    CHECK_INT(ranges[1].offset, 2000);
    CHECK_INT(ranges[1].length, 100);
    CHECK(ranges[2].length == RANGE_TO_END);
    free(ranges);
    CHECK(parse_ranges("100:5,100:0", &ranges, &count));
    CHECK_INT(ranges[1].length, 0);
    free(ranges);
    CHECK(parse_ranges("0x10:EOF", &ranges, &count));
    CHECK_INT(ranges[0].offset, 16);
    free(ranges);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    {
        CHECK(!parse_ranges(bad[i], &ranges, &count));
        CHECK(!ranges);
    }
}

/* /ADDFILESET. */
TEST(file_sets)
{
    char *remote, *local, line[128];

#define SPLIT(text) (strcpy(line, text), split_file_line(line, &remote, &local))
    CHECK_INT(SPLIT("http://h/f c:\\f"), FILE_LINE_FILE);
    CHECK_STR(remote, "http://h/f");
    CHECK_STR(local, "c:\\f");
    CHECK_INT(SPLIT("  http://h/f \t c:\\a file.txt \r"), FILE_LINE_FILE);
    CHECK_STR(local, "c:\\a file.txt");
    CHECK_INT(SPLIT("\"\\\\server\\a share\\f\" \"c:\\b c\""), FILE_LINE_FILE);
    CHECK_STR(remote, "\\\\server\\a share\\f");
    CHECK_STR(local, "c:\\b c");
    CHECK_INT(SPLIT("# a remark"), FILE_LINE_EMPTY);
    CHECK_INT(SPLIT(" \r"), FILE_LINE_EMPTY);
    CHECK_INT(SPLIT(""), FILE_LINE_EMPTY);
    CHECK_INT(SPLIT("http://h/f"), FILE_LINE_BAD);
    CHECK_INT(SPLIT("http://h/f \r"), FILE_LINE_BAD);
    CHECK_INT(SPLIT("\"\" c:\\f"), FILE_LINE_BAD);
    CHECK_INT(SPLIT("\"open c:\\f"), FILE_LINE_FILE);
#undef SPLIT
}

int main(void)
{
    RUN(commands);
    RUN(modifiers);
    RUN(options);
    RUN(transfer);
    RUN(arguments);
    RUN(null_arguments);
    RUN(joining);
    RUN(words);
    RUN(numbers);
    RUN(ids);
    RUN(ranges);
    RUN(file_sets);
    return unit_finish();
}
