/*
 * The words of Windows for codes of the system and of WinHTTP.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_WORDING_H
#define WINE_BITS_BASE_WORDING_H

#include <windows.h>

/* What Windows says of a code in English, without a line end; NULL for codes that are not in the list.  Wine has
 * shorter texts, and scripts search the output of programs for these (B-945).  Any thread, no lock. */
const WCHAR *windows_wording(HRESULT code);

#endif
