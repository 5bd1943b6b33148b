/*
 * Text that is put together piece by piece.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A lack of memory is remembered and shows once, when the text is taken.
 */

#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include "parse.h"

struct http_text
{
    char *data;
    size_t len;
    size_t size;
    bool failed;
};

void http_text_init(struct http_text *text);
void http_text_cleanup(struct http_text *text);

/* Appends len bytes, a string, a character, a number in decimal. */
void http_text_add_span(struct http_text *text, const char *span, size_t len);
void http_text_add(struct http_text *text, const char *string);
void http_text_add_char(struct http_text *text, char c);
void http_text_add_number(struct http_text *text, uint64_t number);

/*
 * Hands over the text, allocated and ended by NUL, and cleans up. NULL: no memory. len may be NULL; it does
 * not count the NUL.
 */
char *http_text_take(struct http_text *text, size_t *len);

#endif
