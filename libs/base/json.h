/*
 * JSON (RFC 8259; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A value is a stretch of its text, which must stay: nothing is copied before somebody asks.  Texts are
 * UTF-8, nested at most 32 deep.
 */

#ifndef WINE_BITS_BASE_JSON_H
#define WINE_BITS_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type
{
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_value
{
    enum json_type type;
    const char *text; /* from its first to its last character */
    size_t length;
};

/* The one value that text consists of; false: it is no JSON. */
bool json_parse(const char *text, size_t length, struct json_value *value);

/* The first member of an object with that name, in which only plain ASCII characters are looked for; false:
 * none. */
bool json_member(const struct json_value *object, const char *name, struct json_value *member);

/* Go through an array: element, all zero at first, becomes the next; false: there is none. */
bool json_next(const struct json_value *array, struct json_value *element);

/* The characters of a string in UTF-8, for free(); NULL: no memory, no string, or one with NUL in it. */
char *json_string(const struct json_value *value);

/* A number that is a whole one from 0 on; false: anything else. */
bool json_whole_number(const struct json_value *value, uint64_t *number);

#endif
