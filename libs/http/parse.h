/*
 * What the pure HTTP parsers share: their results, and classes of characters.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Contract of every module that includes this header: no I/O, no Windows header, no global state, no
 * recursion. Text is bytes (UTF-8 where it comes from a program). Nothing is read outside of what the caller
 * passed, and what is allocated is bounded by constants and by the bytes really received, never by a number
 * that was read from them. Strings documented as "allocated" are ended by NUL and are released with free().
 */

#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_parse_error
{
    HTTP_PARSE_OK = 0,      /* success; for an incremental parser: complete */
    HTTP_PARSE_MORE,        /* incremental parsers only: all input was used, the end is not reached */
    HTTP_PARSE_INVALID,     /* against the grammar, or text that must not be sent */
    HTTP_PARSE_TOO_LARGE,   /* one of the limits of the module */
    HTTP_PARSE_OVERFLOW,    /* a number that does not fit its type */
    HTTP_PARSE_CONFLICT,    /* correct pieces that contradict each other */
    HTTP_PARSE_UNSUPPORTED, /* correct, but nothing we can act on */
    HTTP_PARSE_NOT_HTTP,    /* the answer does not begin with an HTTP/1.x status line (B-435) */
    HTTP_PARSE_NO_MEMORY,
};

/* An error, neither success nor a wish for more bytes. */
static inline bool http_parse_failed(enum http_parse_error error)
{
    return error > HTTP_PARSE_MORE;
}

/* Locale-free classes of one byte. */
bool http_is_alpha(char c);
bool http_is_digit(char c);
bool http_is_tchar(char c);   /* RFC 9110 section 5.6.2 */
bool http_is_control(char c); /* 0x00-0x1f and 0x7f */
bool http_is_blank(char c);   /* SP or HTAB */
int http_hex_value(char c);   /* 0..15, or -1 */
char http_lower(char c);

/* RFC 9110 section 5.6.2: at least one character, all of them tchar. */
bool http_is_token(const char *text, size_t len);

/* Equal but for the case of ASCII letters; text is ended by NUL, span by its length. */
bool http_equal_nocase(const char *text, const char *span, size_t len);

/*
 * Reads all len bytes as decimal digits. INVALID when empty or when anything else occurs, OVERFLOW beyond 64
 * bits.
 */
enum http_parse_error http_parse_decimal(const char *text, size_t len, uint64_t *value);

#endif
