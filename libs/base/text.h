/*
 * Copies of texts.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All of them are for free(); NULL means no memory unless a comment says more.
 */

#ifndef WINE_BITS_BASE_TEXT_H
#define WINE_BITS_BASE_TEXT_H

#include <windows.h>

/* NULL for NULL. */
WCHAR *string_copy(const WCHAR *string);

/* In UTF-8; lone surrogates become U+FFFD. */
char *utf8_copy(const WCHAR *string);

/* In UTF-8 where the string is well-formed UTF-16; NULL where it is not as well.  *length without the terminator. */
char *utf8_copy_valid(const WCHAR *string, int *length);

/* From header fields, which are bytes: each becomes the character with its number. */
WCHAR *wide_copy(const char *text);

#endif
