/*
 * Which texts are JSON objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "../../dlls/dosvc/json.h"
#include "unit.h"

/* The text as UTF-16, in a block of its exact size so that a sanitizer sees every byte read beyond. */
static bool check(const char *text)
{
    size_t length = strlen(text), i;
    uint16_t *units = malloc(length * sizeof(*units) + 1);
    bool result;

    for (i = 0; i < length; i++) units[i] = (unsigned char)text[i];
    result = json_is_object(units, length);
    free(units);
    return result;
}

TEST(objects)
{
    CHECK(check("{}"));
    CHECK(check(" \t\r\n{ } "));
    CHECK(check("{\"PiecesHashFileUrl\":\"http://server/file\",\"HashOfHashes\":\"AAAA\"}"));
    CHECK(check("{\"a\":[1,-0.5,2e10,3E-7,true,false,null,{\"b\":[]}],\"c\":\"\\u00e9\\n\\\"\"}"));
}

TEST(others)
{
    static const char *const texts[] =
    {
        "", " ", "text", "[]", "\"a\"", "1", "{", "}", "{}{}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
        "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":-}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"",
        "{\"a\":tru}",
        "{\"a\":\"\n\"}", "{\"a\":[1 2]}", "{'a':1}", "{\"a\":1]",
    };
    unsigned int i;

    for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) CHECK(!check(texts[i]));
}

TEST(depth)
{
    char text[400] = "{\"a\":";
    unsigned int i;

    for (i = 0; i < 100; i++) strcat(text, "[");
    for (i = 0; i < 100; i++) strcat(text, "]");
    strcat(text, "}");
    CHECK(!check(text));
}

int main(void)
{
    RUN(objects);
    RUN(others);
    RUN(depth);
    return unit_finish();
}
