/*
 * A handshake of NTLM or Negotiate, which belongs to one connection.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_SSPI_H
#define WINE_BITS_HTTP_SSPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <winsock2.h>
#include <windows.h>

struct http_sspi;

/*
 * Begins one with that security package towards host.  user may be "DOMAIN\name"; NULL is the identity of the
 * process.  NULL: the system cannot do that.
 */
struct http_sspi *http_sspi_create(const WCHAR *package, const WCHAR *user, const WCHAR *password, const char *host);
void http_sspi_destroy(struct http_sspi *sspi);

/* What the peer said, base64; false: nonsense. */
bool http_sspi_give(struct http_sspi *sspi, const char *token);

/*
 * What to say next, base64, allocated; NULL: nothing, it failed.  *complete: the peer has to say no more.
 */
char *http_sspi_take(struct http_sspi *sspi, bool *complete);

#endif
