/*
 * What the user of the process may do.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_ACCESS_H
#define WINE_BITS_BASE_ACCESS_H

#include <windows.h>

/* Whether the access list of a directory lets the user of the process make files in it; TRUE where that cannot be
 * determined. Writes nothing. */
BOOL access_may_add_files(const WCHAR *directory);

#endif
