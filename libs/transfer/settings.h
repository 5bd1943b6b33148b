/*
 * How a job's requests are made.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_SETTINGS_H
#define WINE_BITS_TRANSFER_SETTINGS_H

#include "transfer/internal.h"

/* Copies, since the client may change the job's own meanwhile. */
struct settings
{
    char *custom_headers;
    char *challenge_headers;
    const CERT_CONTEXT *certificate;
    WCHAR *proxy_list;
    WCHAR *proxy_bypass;
    struct credentials credentials[CREDENTIAL_TARGETS][CREDENTIAL_SCHEMES];
    struct http_options options;        /* points to all of them; redirects are followed */
};

/* Fill a structure that is all zero.  FALSE: no memory, clean up nevertheless.  Locked. */
BOOL settings_copy(struct settings *settings, const struct job *job);
void settings_cleanup(struct settings *settings);

/* Copies for free(), NULL: no memory. */
char *utf8_copy(const WCHAR *string);
WCHAR *wide_copy(const char *text);     /* of header fields, which are bytes: each is a character below 256 */

#endif
