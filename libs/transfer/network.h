/*
 * Whether there is a network.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_NETWORK_H
#define WINE_BITS_TRANSFER_NETWORK_H

#include <windows.h>

/* Whether an adapter besides the loopback one is up and has an address.  Takes its time. */
BOOL network_is_up(void);

/* Whether a transfer from the URL that failed with this Win32 error may have failed for want of a network. */
BOOL network_may_matter(const WCHAR *url, DWORD error);

#endif
