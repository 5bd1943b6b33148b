/*
 * Names of remote and local files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_NAMES_H
#define WINE_BITS_TRANSFER_JOBS_NAMES_H

#include "transfer/transfer.h"

transfer_code name_check_remote(const WCHAR *name, BOOL allow_files);
enum name_use
{
    NAME_FOR_UPLOAD,   /* the file is read */
    NAME_FOR_DOWNLOAD, /* the file is written: its directory must let us, and it must not be one itself */
};

/* What a local name stands for by the rules of Win32, for free(): the one string by which the file is made, renamed and
 * asked for.  beside: a path that was found good a moment ago, or NULL; what lies in its directory is not checked
 * again.
 * ERROR_INVALID_PARAMETER, ERROR_PATH_NOT_FOUND, ERROR_ACCESS_DENIED, ... (B-255 to B-260).  Looks at the disk. */
transfer_code name_resolve_local(const WCHAR *name, const WCHAR *beside, enum name_use use, WCHAR **resolved);
const WCHAR *name_file_part(const WCHAR *name); /* where the file name begins; NULL: no fully qualified path */
DWORD name_prepare_local(const WCHAR *name);    /* make its directories; ERROR_INVALID_NAME, ... */
BOOL name_is_http(const WCHAR *name);
/* file:///C:/dir/a%20b, file://server/share/x (B-593), or a path, as a path; it may be none that can be opened.  For
 * free(); NULL: no memory, or a URL with an escaped NUL. */
WCHAR *name_path_of_remote(const WCHAR *remote);
WCHAR *name_choose_temporary(const WCHAR *local, const WCHAR *prefix);
/* Whether so many were chosen that a name which no file has yet may be chosen once more. */
BOOL name_may_repeat(void);
/* Make the empty file, so that nobody else chooses its name.  What cannot be made now fails when its turn comes. */
void name_reserve(const WCHAR *name);

#endif
