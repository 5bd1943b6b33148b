/*
 * Networks: whether there is one, and what is near.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_NETWORK_H
#define WINE_BITS_TRANSFER_CONDITIONS_NETWORK_H

#include <stdint.h>
#include <windows.h>

/* How long to wait before looking again: Wine reports changes by no event. */
#define NETWORK_INTERVAL_MS 3000

/* Whether an adapter besides the loopback one is up and has an address.  Takes its time. */
BOOL network_is_up(void);

/* Whether a transfer from the URL that failed with this Win32 error may have failed for want of a network. */
BOOL network_may_matter(const WCHAR *url, DWORD error);

/* Whether an address ("192.0.2.1", "2001:db8::1") is one of this machine or of a subnet that an adapter is on. */
BOOL network_is_on_subnet(const char *address);

/* The adapter that packets to the address leave by; 0: it cannot be determined. */
ULONG network_adapter(const char *address);

/* Bytes that the adapter has received or sent so far.  FALSE: it does not count, or is gone. */
BOOL network_bytes(ULONG adapter, BOOL sent, uint64_t *bytes);

#endif
