/*
 * Programs with another way to download, as they use the services.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each function downloads url to local as its program does, with that program's settings and its way of waiting, and
 * returns what the program makes of it: S_OK when it has the file, else the failure that makes it take its other way.
 * Limits of minutes are those of the program, in seconds (LIMIT_MS), so that a test can wait for them.
 */

#ifndef WINE_BITS_TESTS_FALLBACK_H
#define WINE_BITS_TESTS_FALLBACK_H

#include "../dodownload/dodownload.h"

/* Stands for: winget 60 s without a byte, the set-up of Edge 60 s in all, Chromium 15 min without TRANSFERRING. */
#define LIMIT_MS 15000
/* Stands for the no-progress timeouts of WiX (120 s) and Mozilla (5 s). */
#define NO_PROGRESS_S 5

HRESULT winget_download(const WCHAR *url, const WCHAR *local);
HRESULT edge_download(const WCHAR *url, const WCHAR *local);
HRESULT omaha_download(const WCHAR *url, const WCHAR *local);
HRESULT chromium_download(const WCHAR *url, const WCHAR *local);
HRESULT mozilla_download(const WCHAR *url, const WCHAR *local);
HRESULT wix_download(const WCHAR *url, const WCHAR *local);

#endif
