/*
 * JSON (RFC 8259; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define DEPTH_MAX 32

struct scanner
{
    const char *position;
    const char *end;
};

static bool scan_value(struct scanner *scanner, unsigned int depth, struct json_value *value);

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->position < scanner->end && (*scanner->position == ' ' || *scanner->position == '\t' ||
                                                *scanner->position == '\r' || *scanner->position == '\n'))
        scanner->position++;
}

static bool take(struct scanner *scanner, char character)
{
    if (scanner->position == scanner->end || *scanner->position != character) return false;
    scanner->position++;
    return true;
}

static bool take_word(struct scanner *scanner, const char *word)
{
    for (; *word; word++)
        if (!take(scanner, *word)) return false;
    return true;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool take_digits(struct scanner *scanner)
{
    const char *start = scanner->position;

    while (scanner->position < scanner->end && is_digit(*scanner->position)) scanner->position++;
    return scanner->position > start;
}

static int hex_value(char character)
{
    if (is_digit(character)) return character - '0';
    if (character >= 'a' && character <= 'f') return character - 'a' + 10;
    if (character >= 'A' && character <= 'F') return character - 'A' + 10;
    return -1;
}

/* Four digits. */
static bool take_unit(struct scanner *scanner, uint32_t *unit)
{
    unsigned int i;
    int digit;

    if (scanner->end - scanner->position < 4) return false;
    for (i = 0, *unit = 0; i < 4; i++)
    {
        if ((digit = hex_value(*scanner->position++)) < 0) return false;
        *unit = *unit << 4 | (unsigned int)digit;
    }
    return true;
}

/* What follows a backslash, as a character; a surrogate stays one. */
static bool take_escape(struct scanner *scanner, uint32_t *character)
{
    static const char simple[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    unsigned int i;

    for (i = 0; simple[i]; i++)
    {
        *character = (unsigned char)meaning[i];
        if (take(scanner, simple[i])) return true;
    }
    return take(scanner, 'u') && take_unit(scanner, character);
}

static bool scan_string(struct scanner *scanner)
{
    uint32_t character;

    if (!take(scanner, '"')) return false;
    while (scanner->position < scanner->end)
    {
        char byte = *scanner->position++;

        if (byte == '"') return true;
        if ((unsigned char)byte < ' ' || (byte == '\\' && !take_escape(scanner, &character))) return false;
    }
    return false;
}

static bool scan_number(struct scanner *scanner)
{
    take(scanner, '-');
    if (!take(scanner, '0') && !take_digits(scanner)) return false;
    if (take(scanner, '.') && !take_digits(scanner)) return false;
    if (!take(scanner, 'e') && !take(scanner, 'E')) return true;
    if (!take(scanner, '+')) take(scanner, '-');
    return take_digits(scanner);
}

/* The name of a member, and its value. */
static bool scan_member(struct scanner *scanner, unsigned int depth, struct json_value *name, struct json_value *value)
{
    skip_blanks(scanner);
    if (scanner->position == scanner->end || *scanner->position != '"' || !scan_value(scanner, 1, name)) return false;
    skip_blanks(scanner);
    return take(scanner, ':') && scan_value(scanner, depth, value);
}

/* From its opening bracket on. */
static bool scan_list(struct scanner *scanner, char end, bool members, unsigned int depth)
{
    struct json_value name, value;

    scanner->position++;
    skip_blanks(scanner);
    if (take(scanner, end)) return true;
    do {
        if (!(members ? scan_member(scanner, depth, &name, &value) : scan_value(scanner, depth, &value))) return false;
        skip_blanks(scanner);
    } while (take(scanner, ','));
    return take(scanner, end);
}

static bool scan_plain(struct scanner *scanner, unsigned int depth, enum json_type *type)
{
    switch (*scanner->position)
    {
    case '{': *type = JSON_OBJECT; return scan_list(scanner, '}', true, depth);
    case '[': *type = JSON_ARRAY; return scan_list(scanner, ']', false, depth);
    case '"': *type = JSON_STRING; return scan_string(scanner);
    case 't': *type = JSON_TRUE; return take_word(scanner, "true");
    case 'f': *type = JSON_FALSE; return take_word(scanner, "false");
    case 'n': *type = JSON_NULL; return take_word(scanner, "null");
    default: *type = JSON_NUMBER; return scan_number(scanner);
    }
}

/* depth: how many levels there may be, this one included. */
static bool scan_value(struct scanner *scanner, unsigned int depth, struct json_value *value)
{
    skip_blanks(scanner);
    if (!depth || scanner->position == scanner->end) return false;
    value->text = scanner->position;
    if (!scan_plain(scanner, depth - 1, &value->type)) return false;
    value->length = scanner->position - value->text;
    return true;
}

bool json_parse(const char *text, size_t length, struct json_value *value)
{
    struct scanner scanner = {text, text + length};

    if (!scan_value(&scanner, DEPTH_MAX, value)) return false;
    skip_blanks(&scanner);
    return scanner.position == scanner.end;
}

/* --- looking into values -------------------------------------------------------------------- */

bool json_member(const struct json_value *object, const char *name, struct json_value *member)
{
    struct scanner scanner = {object->text + 1, object->text + object->length - 1};
    size_t length = strlen(name);
    struct json_value found;

    if (object->type != JSON_OBJECT) return false;
    while (scan_member(&scanner, DEPTH_MAX, &found, member))
    {
        if (found.length == length + 2 && !memcmp(found.text + 1, name, length)) return true;
        skip_blanks(&scanner);
        if (!take(&scanner, ',')) break;
    }
    return false;
}

bool json_next(const struct json_value *array, struct json_value *element)
{
    struct scanner scanner = {array->text + 1, array->text + array->length - 1};

    if (array->type != JSON_ARRAY) return false;
    if (element->text)
    {
        scanner.position = element->text + element->length;
        skip_blanks(&scanner);
        if (!take(&scanner, ',')) return false;
    }
    return scan_value(&scanner, DEPTH_MAX, element);
}

static char *put_utf8(char *out, uint32_t character)
{
    if (character < 0x80) *out++ = (char)character;
    else if (character < 0x800)
    {
        *out++ = (char)(0xc0 | character >> 6);
        *out++ = (char)(0x80 | (character & 0x3f));
    }
    else if (character < 0x10000)
    {
        *out++ = (char)(0xe0 | character >> 12);
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
        *out++ = (char)(0x80 | (character & 0x3f));
    }
    else
    {
        *out++ = (char)(0xf0 | character >> 18);
        *out++ = (char)(0x80 | (character >> 12 & 0x3f));
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
        *out++ = (char)(0x80 | (character & 0x3f));
    }
    return out;
}

/* A character beyond 16 bits comes as two escapes; half of one is replaced. */
static uint32_t join_surrogates(struct scanner *scanner, uint32_t character)
{
    struct scanner ahead = *scanner;
    uint32_t low;

    if (character < 0xd800 || character > 0xdfff) return character;
    if (character < 0xdc00 && take(&ahead, '\\') && take(&ahead, 'u') && take_unit(&ahead, &low) && low >= 0xdc00 &&
        low <= 0xdfff)
    {
        *scanner = ahead;
        return 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    }
    return 0xfffd;
}

char *json_string(const struct json_value *value)
{
    struct scanner scanner = {value->text + 1, value->text + value->length - 1};
    uint32_t character;
    char *text, *out;

    /* no escape is shorter than what it stands for */
    if (value->type != JSON_STRING || !(out = text = malloc(value->length))) return NULL;
    while (scanner.position < scanner.end)
    {
        char byte = *scanner.position++;

        if (byte != '\\')
        {
            *out++ = byte;
            continue;
        }
        if (!take_escape(&scanner, &character) || !character)
        {
            free(text);
            return NULL;
        }
        out = put_utf8(out, join_surrogates(&scanner, character));
    }
    *out = 0;
    return text;
}

bool json_whole_number(const struct json_value *value, uint64_t *number)
{
    size_t i;

    if (value->type != JSON_NUMBER) return false;
    for (i = 0, *number = 0; i < value->length; i++)
    {
        unsigned int digit;

        if (!is_digit(value->text[i])) return false;
        digit = value->text[i] - '0';
        if (*number > (UINT64_MAX - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return true;
}
