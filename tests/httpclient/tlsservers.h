/*
 * The TLS servers of tlspeer.py.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_TLSSERVERS_H
#define WINE_BITS_TESTS_TLSSERVERS_H

#include <winsock2.h>
#include <windows.h>
#include <wincrypt.h>

/*
 * Starts them and waits until they are ready. FALSE: they cannot be had here (a native program, Python and
 * openssl are needed); *why says so.
 */
BOOL tlsservers_start(const char **why);
void tlsservers_stop(void);

/* Port of a server by the name that the script gives it. */
unsigned int tlsservers_port(const char *name);

/* The authority that signed most of the certificates, and the certificate for clients. */
const CERT_CONTEXT *tlsservers_root(void);
const CERT_CONTEXT *tlsservers_client(void);

#endif
