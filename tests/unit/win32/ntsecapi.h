/*
 * See windows.h beside this.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_WIN32_NTSECAPI_H
#define WINE_BITS_TESTS_WIN32_NTSECAPI_H

#include <windows.h>

static inline BOOL RtlGenRandom(void *buffer, ULONG size)
{
    memset(buffer, 0x5a, size);
    return TRUE;
}

#endif
