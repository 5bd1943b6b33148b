/*
 * Copies of texts.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

WCHAR *string_copy(const WCHAR *string)
{
    WCHAR *copy;
    size_t size;

    if (!string) return NULL;
    size = (lstrlenW(string) + 1) * sizeof(*copy);
    if ((copy = malloc(size))) memcpy(copy, string, size);
    return copy;
}

static char *convert(const WCHAR *string, DWORD flags, int *length)
{
    int size = WideCharToMultiByte(CP_UTF8, flags, string, -1, NULL, 0, NULL, NULL);
    char *text;

    if (!size || !(text = malloc(size))) return NULL;
    WideCharToMultiByte(CP_UTF8, flags, string, -1, text, size, NULL, NULL);
    *length = size - 1;
    return text;
}

char *utf8_copy(const WCHAR *string)
{
    int length;

    return convert(string, 0, &length);
}

char *utf8_copy_valid(const WCHAR *string, int *length)
{
    return convert(string, WC_ERR_INVALID_CHARS, length);
}

WCHAR *wide_copy(const char *text)
{
    size_t i, length = strlen(text);
    WCHAR *string = malloc((length + 1) * sizeof(*string));

    for (i = 0; string && i <= length; i++) string[i] = (unsigned char)text[i];
    return string;
}
