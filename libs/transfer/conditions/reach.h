/*
 * Which hosts and addresses have to do with a network (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_REACH_H
#define WINE_BITS_TRANSFER_CONDITIONS_REACH_H

#include <windows.h>

/* Whether the host of a URL, without user and port, is this machine: "localhost", with or without the final dot, or a
 * name in it (RFC 6761), 127.0.0.0/8, [::1].  host is not terminated: length characters. */
BOOL reach_is_this_machine(const WCHAR *host, size_t length);

/* Whether an address of an adapter means that there is a network: an adapter has link-local ones without any.  bytes:
 * as on the wire; size: 4 or 16. */
BOOL reach_means_network(const BYTE *bytes, size_t size);

#endif
