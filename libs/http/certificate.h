/*
 * Validation of a server's certificate.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_CERTIFICATE_H
#define WINE_BITS_HTTP_CERTIFICATE_H

#include "http/cancel.h"
#include "http/http.h"

/*
 * Whether the system trusts this certificate to be host's (a name or an address without brackets), except for
 * what flags (HTTP_TLS_*) leave out (B-577).  0, or the ERROR_WINHTTP_SECURE_* code of the weightiest fault.
 * Certificates and revocation lists may have to be fetched: ERROR_WINHTTP_TIMEOUT after timeout ms (0 =
 * none), ERROR_OPERATION_ABORTED.
 */
uint32_t http_certificate_verify(const CERT_CONTEXT *certificate, const char *host, uint32_t flags, uint32_t timeout,
                                 const struct http_cancel *cancel);

#endif
