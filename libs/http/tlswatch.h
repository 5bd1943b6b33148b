/*
 * Whether a server asks for a client certificate, seen in what it sends before encryption begins (TLS 1.2).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Schannel does not say it: a server that insists just closes the connection (B-537).
 */

#ifndef WINE_BITS_HTTP_TLSWATCH_H
#define WINE_BITS_HTTP_TLSWATCH_H

#include <stdbool.h>
#include <stddef.h>

/* All zero at the start of a session. */
struct http_tls_watch
{
    bool requested; /* a CertificateRequest was seen */

    /* private to tlswatch.c */
    bool ended;     /* what follows is of no interest, or encrypted */
    size_t record;  /* bytes of the present record that are still to come */
    size_t message; /* the same of a handshake message */
    unsigned char record_head[5], message_head[4];
    unsigned int record_head_size, message_head_size;
};

/* Takes the next bytes from the server, however they are cut. */
void http_tls_watch_input(struct http_tls_watch *watch, const void *data, size_t size);

#endif
