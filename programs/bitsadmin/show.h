/*
 * Jobs, files and errors as bitsadmin's listings show them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef BITSADMIN_SHOW_H
#define BITSADMIN_SHOW_H

#include <windows.h>

#include "session.h"

#define GUID_TEXT_SIZE 39
#define SIZE_TEXT_SIZE 24
#define TIME_TEXT_SIZE 160

/* Decimal, or UNKNOWN for BG_SIZE_UNKNOWN.  Returns the buffer. */
WCHAR *format_size(UINT64 size, WCHAR text[SIZE_TEXT_SIZE]);

/* The user's short date and time of day, or UNKNOWN for no time.  Returns the buffer. */
WCHAR *format_time(const FILETIME *time, WCHAR text[TIME_TEXT_SIZE]);

/* DOMAIN\user, or the SID where it belongs to nobody known.  For free(). */
WCHAR *format_owner(const WCHAR *sid);

/* What a notification command line is shown as: none, or program and parameters in quotes.  For free(). */
WCHAR *format_command(const WCHAR *program, const WCHAR *parameters);

/* A text of a format of print, for free(). */
WCHAR *join_format(const WCHAR *format, ...);

/* {GUID} 'name' STATE files / files bytes / bytes */
HRESULT show_summary(struct session *session, IBackgroundCopyJob *job);

/* The block of many lines. */
HRESULT show_verbose(struct session *session, IBackgroundCopyJob *job);

/* The three lines about an error.  BG_E_ERROR_INFORMATION_UNAVAILABLE when there is none. */
HRESULT show_error(struct session *session, IBackgroundCopyJob *job);

/* One line for each file, each with the prefix before it. */
HRESULT show_files(struct session *session, IBackgroundCopyJob *job, const WCHAR *prefix);

/* The two lines about peer caching. */
void show_peercaching_flags(DWORD flags);

#endif
