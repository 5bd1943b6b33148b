/*
 * Files for their owner alone.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_PRIVATE_FILE_H
#define WINE_BITS_BASE_PRIVATE_FILE_H

#include <windows.h>

/*
 * As CreateFileW with these arguments, for a file that the user of the process alone can read and write afterwards,
 * also when it was there before; under Wine that is mode 0600. INVALID_HANDLE_VALUE: GetLastError says why.
 */
HANDLE private_file_open(const WCHAR *path, DWORD access, DWORD share, DWORD disposition);

#endif
