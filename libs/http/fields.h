/*
 * Header fields: an ordered list, and the fields whose meaning the message itself depends on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Contract: a list never holds a name that is not a token, nor a value with CR, LF or NUL in it, so that
 * whatever is written out again cannot inject a field. Names and values stay where they are until the list is
 * cleared or cleaned up, even when fields are added or removed. Limits over one list: HTTP_FIELDS_MAX fields,
 * HTTP_FIELDS_MAX_BYTES bytes as written on the wire.
 */

#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "parse.h"
#include "arena.h"

#define HTTP_FIELDS_MAX 5000
#define HTTP_FIELDS_MAX_BYTES (256 * 1024)

struct http_field
{
    const char *name;  /* as received; both ended by NUL */
    const char *value; /* without surrounding blanks */
    size_t name_len;
    size_t value_len;
};

struct http_fields
{
    struct http_field *items; /* items[0 .. count-1] in order; the array moves when fields are added */
    size_t count;
    size_t capacity;
    size_t bytes;
    struct http_arena arena;
};

void http_fields_init(struct http_fields *fields);
void http_fields_cleanup(struct http_fields *fields);

/* Empties the list; it stays usable. */
void http_fields_clear(struct http_fields *fields);

/*
 * Appends a field; value is trimmed of blanks. INVALID: see the contract. TOO_LARGE, NO_MEMORY. On error
 * nothing changes.
 */
enum http_parse_error http_fields_add(struct http_fields *fields, const char *name, const char *value);
enum http_parse_error http_fields_add_span(struct http_fields *fields, const char *name, size_t name_len,
                                           const char *value, size_t value_len);

/* Appends all fields of another list. On error some may have been added. */
enum http_parse_error http_fields_add_all(struct http_fields *fields, const struct http_fields *others);

/* Removes every field of that name, then appends this one. On error nothing changes. */
enum http_parse_error http_fields_set(struct http_fields *fields, const char *name, const char *value);

/* Removes every field of that name; returns how many there were. */
size_t http_fields_remove(struct http_fields *fields, const char *name);

/* Number of fields of that name. */
size_t http_fields_count(const struct http_fields *fields, const char *name);

/* Value of the first, or of the n-th (from 0) field of that name; NULL when there is none. */
const char *http_fields_get(const struct http_fields *fields, const char *name);
const char *http_fields_get_nth(const struct http_fields *fields, const char *name, size_t n);

/*
 * All values of that name joined with ", " (RFC 9110 section 5.3); *value is allocated, NULL when there is
 * none. NO_MEMORY.
 */
enum http_parse_error http_fields_combined(const struct http_fields *fields, const char *name, char **value);

/*
 * Whether the comma-separated members of all fields of that name contain this token, case-insensitively
 * (Connection: close).
 */
bool http_fields_has_token(const struct http_fields *fields, const char *name, const char *token);

/*
 * Parse of received field lines (RFC 9112 section 5): each ended by CRLF or LF, without the empty line; appends to
 * fields. A folded line is joined with one SP. What is no field does not make the others worthless: blanks before the
 * colon are dropped, lines without a colon or with another name than a token are left out. INVALID, since the frame of
 * the message depends on it: such a line that begins like Content-Length, Content-Range or Transfer-Encoding, CR or
 * NUL inside, last line not ended.
 */
enum http_parse_error http_fields_parse(struct http_fields *fields, const char *block, size_t len);

/*
 * Parse of "Name: value" lines that a program supplied (D-048, B-199): ended by CRLF, LF or the end of the
 * text. Lines that are no header field are left out, and so are lines with control characters and whatever
 * exceeds the limits. Only NO_MEMORY can fail.
 */
enum http_parse_error http_fields_parse_tolerant(struct http_fields *fields, const char *block, size_t len);

/*
 * "Name: value\r\n" for each field, in order; "" for an empty list. Allocated; NULL: no memory. len may be
 * NULL.
 */
char *http_fields_to_block(const struct http_fields *fields, size_t *len);

/*
 * Fields with which a message is framed or its connection ruled; a program's custom headers must not
 * contribute them.
 */
bool http_field_is_framing(const char *name);

/*
 * Content-Length (RFC 9110 section 8.6). *present is false and the result OK when there is none. Repeated
 * equal values, in one field or several, are one value. INVALID: not digits. OVERFLOW. CONFLICT: different
 * values.
 */
enum http_parse_error http_fields_content_length(const struct http_fields *fields, bool *present, uint64_t *length);

/*
 * Transfer-Encoding (RFC 9112 section 6.1). *chunked tells whether the body is chunked, *present whether the
 * field says anything (a lone "identity" of RFC 2616 does not). UNSUPPORTED: any other coding. INVALID:
 * chunked more than once, no member.
 */
enum http_parse_error http_fields_transfer_encoding(const struct http_fields *fields, bool *present, bool *chunked);

/*
 * HTTP-date in its three forms (RFC 9110 section 5.6.7) as seconds since 1970-01-01 00:00 UTC. now (same
 * clock) decides the century of a two-digit year. INVALID: anything else; the name of the weekday must be
 * one, but need not be right.
 */
enum http_parse_error http_date_parse(const char *text, int64_t now, int64_t *seconds);

#define HTTP_DATE_SIZE 30

/* IMF-fixdate with its NUL: exactly HTTP_DATE_SIZE bytes. INVALID: not within the years 0 to 9999. */
enum http_parse_error http_date_format(int64_t seconds, char text[HTTP_DATE_SIZE]);

#endif
