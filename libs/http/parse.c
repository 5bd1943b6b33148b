/*
 * What the pure HTTP parsers share: classes of characters, decimal numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parse.h"

#include <string.h>

bool http_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool http_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool http_is_tchar(char c)
{
    if (http_is_alpha(c) || http_is_digit(c)) return true;
    return c && strchr("!#$%&'*+-.^_`|~", c);
}

bool http_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

bool http_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

int http_hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

char http_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool http_is_token(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
    {
        if (!http_is_tchar(text[i])) return false;
    }
    return len > 0;
}

bool http_equal_nocase(const char *text, const char *span, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
    {
        if (!text[i] || http_lower(text[i]) != http_lower(span[i])) return false;
    }
    return !text[len];
}

enum http_parse_error http_parse_decimal(const char *text, size_t len, uint64_t *value)
{
    bool overflow = false;
    uint64_t sum = 0;
    size_t i;

    if (!len) return HTTP_PARSE_INVALID;
    for (i = 0; i < len; i++)
    {
        unsigned int digit = (unsigned char)text[i] - '0';

        if (!http_is_digit(text[i])) return HTTP_PARSE_INVALID;
        if (sum > (UINT64_MAX - digit) / 10) overflow = true;
        sum = sum * 10 + digit;
    }
    if (overflow) return HTTP_PARSE_OVERFLOW;
    *value = sum;
    return HTTP_PARSE_OK;
}
