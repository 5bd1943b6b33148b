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
    WCHAR *certificate_store;           /* where it still has to be looked up, NULL = nowhere */
    unsigned int certificate_location;
    BYTE certificate_hash[20];
    WCHAR *proxy_list;
    WCHAR *proxy_bypass;
    struct credentials credentials[CREDENTIAL_TARGETS][CREDENTIAL_SCHEMES];
    struct http_options options;        /* points to all of them; redirects are followed */
};

/* Fill a structure that is all zero.  FALSE: no memory, clean up nevertheless.  Locked. */
BOOL settings_copy(struct settings *settings, const struct job *job);
void settings_cleanup(struct settings *settings);

/* Look up the client certificate that the job names (B-195).  One that is not there any more is left out: the server says
 * whether it matters.  Not under the lock. */
void settings_find_certificate(struct settings *settings);

/* What an error of the HTTP client means for a job with these settings. */
transfer_code settings_code(const struct settings *settings, transfer_code code);

/* Copies for free(), NULL: no memory. */
char *utf8_copy(const WCHAR *string);
WCHAR *wide_copy(const char *text);     /* of header fields, which are bytes: each is a character below 256 */

#endif
