/*
 * Errors of the pure parts as those of the client.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_ERRORS_H
#define WINE_BITS_HTTP_ERRORS_H

#include <windows.h>

#include "http/parse.h"

/* 0, ERROR_NOT_ENOUGH_MEMORY, or for any other error of a parser the Win32 code that the caller chooses. */
static inline uint32_t http_win32_error(enum http_parse_error error, uint32_t otherwise)
{
    if (error == HTTP_PARSE_OK) return 0;
    return error == HTTP_PARSE_NO_MEMORY ? ERROR_NOT_ENOUGH_MEMORY : otherwise;
}

#endif
