/*
 * Text that is put together piece by piece.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "text.h"

#include <stdlib.h>
#include <string.h>

void http_text_init(struct http_text *text)
{
    memset(text, 0, sizeof(*text));
}

void http_text_cleanup(struct http_text *text)
{
    free(text->data);
    http_text_init(text);
}

/* Makes room for len more bytes and a NUL. */
static bool reserve(struct http_text *text, size_t len)
{
    size_t size = text->size ? text->size : 128;
    char *data;

    if (text->failed || len >= SIZE_MAX / 2 - text->len)
    {
        text->failed = true;
        return false;
    }
    while (size <= text->len + len) size *= 2;
    if (size == text->size) return true;
    if (!(data = realloc(text->data, size)))
    {
        text->failed = true;
        return false;
    }
    text->data = data;
    text->size = size;
    return true;
}

void http_text_add_span(struct http_text *text, const char *span, size_t len)
{
    if (!reserve(text, len)) return;
    if (len) memcpy(text->data + text->len, span, len);
    text->len += len;
}

void http_text_add(struct http_text *text, const char *string)
{
    http_text_add_span(text, string, strlen(string));
}

void http_text_add_char(struct http_text *text, char c)
{
    http_text_add_span(text, &c, 1);
}

void http_text_add_number(struct http_text *text, uint64_t number)
{
    char digits[20];
    size_t i = sizeof(digits);

    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    http_text_add_span(text, digits + i, sizeof(digits) - i);
}

char *http_text_take(struct http_text *text, size_t *len)
{
    char *data = NULL;

    if (len) *len = 0;
    if (reserve(text, 0))
    {
        data = text->data;
        data[text->len] = 0;
        if (len) *len = text->len;
        text->data = NULL;
    }
    http_text_cleanup(text);
    return data;
}
