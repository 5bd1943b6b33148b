/*
 * JSON texts and what is in them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "unit.h"

/* In a block of its exact size, so that a sanitizer sees every byte read beyond; the text stays until
 * release(). */
static char *block;

static bool parse(const char *text, struct json_value *value)
{
    size_t length = strlen(text);

    free(block);
    block = malloc(length + !length);
    memcpy(block, text, length);
    return json_parse(block, length, value);
}

static bool is_json(const char *text)
{
    struct json_value value;

    return parse(text, &value);
}

TEST(texts)
{
    CHECK(is_json("{}"));
    CHECK(is_json(" \t\r\n{ } "));
    CHECK(is_json("[]"));
    CHECK(is_json(" 1 "));
    CHECK(is_json("{\"PiecesHashFileUrl\":\"http://server/file\",\"HashOfHashes\":\"AAAA\"}"));
    CHECK(is_json("{\"a\":[1,-0.5,2e10,3E-7,0,true,false,null,{\"b\":[]}],\"c\":\"\\u00e9\\n\\\"\"}"));
}

TEST(no_texts)
{
    static const char *const texts[] = {
        "",
        " ",
        "text",
        "{",
        "}",
        "[",
        "{}{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,\"a\":1}",
        "[1,]",
        "{a:1}",
        "{1:2}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"",
        "{\"a\":tru}",
        "{\"a\":\"\n\"}",
        "{\"a\":[1 2]}",
        "{'a':1}",
        "{\"a\":1]",
        "{[]:1}",
    };
    unsigned int i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) CHECK(!is_json(texts[i]));
}

static bool is_nested(unsigned int depth)
{
    char text[100] = "";

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = 0;
    return is_json(text);
}

TEST(depth)
{
    CHECK(is_nested(32));
    CHECK(!is_nested(33));
}

TEST(members)
{
    struct json_value object, member;

    CHECK(parse(" { \"one\" : [1, {\"two\": 3}] , \"two\":\"x\",\"two\":4, \"\": null }", &object));
    CHECK_INT(object.type, JSON_OBJECT);
    CHECK(json_member(&object, "one", &member) && member.type == JSON_ARRAY && member.length == 15);
    CHECK(json_member(&object, "two", &member) && member.type == JSON_STRING);
    CHECK(json_member(&object, "", &member) && member.type == JSON_NULL);
    CHECK(!json_member(&object, "three", &member));
    CHECK(!json_member(&object, "on", &member));
    CHECK(parse("[]", &object) && !json_member(&object, "one", &member));
    CHECK(parse("{}", &object) && !json_member(&object, "one", &member));
}

TEST(elements)
{
    struct json_value array, element = {0};
    unsigned int count = 0;

    CHECK(parse("[ 1, [2,3] ,\"4,5\",{\"a\":[]}]", &array));
    while (json_next(&array, &element))
    {
        static const enum json_type types[] = {JSON_NUMBER, JSON_ARRAY, JSON_STRING, JSON_OBJECT};

        CHECK(count < 4 && element.type == types[count]);
        count++;
    }
    CHECK_INT(count, 4);
    memset(&element, 0, sizeof(element));
    CHECK(parse("[ ]", &array) && !json_next(&array, &element));
    memset(&element, 0, sizeof(element));
    CHECK(parse("{}", &array) && !json_next(&array, &element));
}

static void check_string(const char *text, const char *want)
{
    struct json_value value;
    char *got = NULL;

    CHECK(parse(text, &value));
    got = json_string(&value);
    CHECK_STR(got, want);
    free(got);
}

TEST(strings)
{
    check_string("\"\"", "");
    check_string("\"a b\"", "a b");
    check_string("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
    check_string("\"\\u0041\\u00e9\\u20AC\"", "A\xc3\xa9\xe2\x82\xac");
    check_string("\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80");
    check_string("\"\\ud83d\"", "\xef\xbf\xbd"); /* halves of a character */
    check_string("\"\\ude00x\"", "\xef\xbf\xbdx");
    check_string("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                       "A");
    check_string("\"\xc3\xa9\"", "\xc3\xa9");
    check_string("\"a\\u0000b\"", NULL);
    check_string("1", NULL);
}

static bool number(const char *text, uint64_t *value)
{
    struct json_value parsed;

    return parse(text, &parsed) && json_whole_number(&parsed, value);
}

TEST(numbers)
{
    uint64_t value;

    CHECK(number("0", &value) && value == 0);
    CHECK(number("18446744073709551615", &value) && value == UINT64_MAX);
    CHECK(!number("18446744073709551616", &value));
    CHECK(!number("-1", &value));
    CHECK(!number("1.0", &value));
    CHECK(!number("1e3", &value));
    CHECK(!number("\"1\"", &value));
}

int main(void)
{
    RUN(texts);
    RUN(no_texts);
    RUN(depth);
    RUN(members);
    RUN(elements);
    RUN(strings);
    RUN(numbers);
    free(block);
    return unit_finish();
}
