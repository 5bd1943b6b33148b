/*
 * Files whose names are known letter by letter.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * To be sure that a name does not exist in other letters either, Wine reads the whole directory. The names of
 * temporary files are our own: it is enough to look for each as it is spelled, which Wine does for the names of the
 * system below it. On Windows these are the ordinary functions.
 */

#ifndef WINE_BITS_TRANSFER_JOBS_EXACTNAME_H
#define WINE_BITS_TRANSFER_JOBS_EXACTNAME_H

#include <windows.h>

/* As CreateFileW with CREATE_NEW for writing. INVALID_HANDLE_VALUE: GetLastError says why. */
HANDLE exact_name_create(const WCHAR *name, DWORD share, DWORD attributes);
/* Whether there is such a file or directory. */
BOOL exact_name_exists(const WCHAR *name);

/* A directory (with a separator at its end) for exact_name_rename; allocated. NULL: not under Wine, or there is
 * none. */
WCHAR *exact_name_directory(const WCHAR *directory);
/* Give an open file (DELETE) a name in such a directory, replacing one that is spelled so. */
BOOL exact_name_rename(HANDLE handle, const WCHAR *directory, const WCHAR *name);

#endif
