/*
 * Whether a text is JSON (RFC 8259; pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "json.h"

#define DEPTH_MAX 32

struct scanner
{
    const uint16_t *position;
    const uint16_t *end;
};

static bool scan_value(struct scanner *scanner, unsigned int depth);

static void skip_blanks(struct scanner *scanner)
{
    while (scanner->position < scanner->end && (*scanner->position == ' ' || *scanner->position == '\t' ||
                                                *scanner->position == '\r' || *scanner->position == '\n'))
        scanner->position++;
}

static bool take(struct scanner *scanner, char character)
{
    if (scanner->position == scanner->end || *scanner->position != (unsigned char)character) return false;
    scanner->position++;
    return true;
}

static bool take_word(struct scanner *scanner, const char *word)
{
    for (; *word; word++)
        if (!take(scanner, *word)) return false;
    return true;
}

static bool is_digit(uint16_t unit)
{
    return unit >= '0' && unit <= '9';
}

static bool is_hex(uint16_t unit)
{
    return is_digit(unit) || (unit >= 'a' && unit <= 'f') || (unit >= 'A' && unit <= 'F');
}

static bool take_digits(struct scanner *scanner)
{
    const uint16_t *start = scanner->position;

    while (scanner->position < scanner->end && is_digit(*scanner->position)) scanner->position++;
    return scanner->position > start;
}

static bool take_escape(struct scanner *scanner)
{
    static const char simple[] = "\"\\/bfnrt";
    unsigned int i;

    for (i = 0; simple[i]; i++)
        if (take(scanner, simple[i])) return true;
    if (!take(scanner, 'u') || scanner->end - scanner->position < 4) return false;
    for (i = 0; i < 4; i++)
        if (!is_hex(*scanner->position++)) return false;
    return true;
}

static bool scan_string(struct scanner *scanner)
{
    if (!take(scanner, '"')) return false;
    while (scanner->position < scanner->end)
    {
        uint16_t unit = *scanner->position++;

        if (unit == '"') return true;
        if (unit < ' ' || (unit == '\\' && !take_escape(scanner))) return false;
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

static bool scan_member(struct scanner *scanner, unsigned int depth)
{
    skip_blanks(scanner);
    if (!scan_string(scanner)) return false;
    skip_blanks(scanner);
    return take(scanner, ':') && scan_value(scanner, depth);
}

/* After the opening bracket. */
static bool scan_list(struct scanner *scanner, char end, bool members, unsigned int depth)
{
    if (!depth) return false;
    skip_blanks(scanner);
    if (take(scanner, end)) return true;
    do
    {
        if (!(members ? scan_member(scanner, depth - 1) : scan_value(scanner, depth - 1))) return false;
        skip_blanks(scanner);
    } while (take(scanner, ','));
    return take(scanner, end);
}

static bool scan_value(struct scanner *scanner, unsigned int depth)
{
    skip_blanks(scanner);
    if (scanner->position == scanner->end) return false;
    switch (*scanner->position)
    {
    case '{': return take(scanner, '{') && scan_list(scanner, '}', true, depth);
    case '[': return take(scanner, '[') && scan_list(scanner, ']', false, depth);
    case '"': return scan_string(scanner);
    case 't': return take_word(scanner, "true");
    case 'f': return take_word(scanner, "false");
    case 'n': return take_word(scanner, "null");
    default: return scan_number(scanner);
    }
}

bool json_is_object(const uint16_t *text, size_t length)
{
    struct scanner scanner = {text, text + length};

    skip_blanks(&scanner);
    if (!take(&scanner, '{') || !scan_list(&scanner, '}', true, DEPTH_MAX)) return false;
    skip_blanks(&scanner);
    return scanner.position == scanner.end;
}
