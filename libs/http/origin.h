/*
 * Origins: what may go to which server, and where a redirect may lead.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A program gives its secrets to the server of the URL it asks for, its home. Other URLs come from servers and
 * administrators; http_may_send() is the only place that says what goes along to them. An origin is scheme, host and
 * port (RFC 6454).
 */

#ifndef WINE_BITS_HTTP_ORIGIN_H
#define WINE_BITS_HTTP_ORIGIN_H

#include "http/url.h"

/* What a request can carry that is not for everybody. */
enum http_cargo
{
    HTTP_CARGO_CREDENTIALS,      /* for Basic, Digest, NTLM and Negotiate */
    HTTP_CARGO_URL_USER,         /* user name and password of the home's URL */
    HTTP_CARGO_CHALLENGE_FIELDS, /* custom fields that wait for a challenge (D-066) */
    HTTP_CARGO_SECRET_FIELDS,    /* custom fields that identify somebody: http_field_is_secret() */
    HTTP_CARGO_FIELDS,           /* the other custom fields (B-580) */
    HTTP_CARGO_COOKIES,          /* set by the home */
    HTTP_CARGO_CERTIFICATE,      /* of the client */
    HTTP_CARGO_COUNT
};

/* Who says that the URL is to be asked. */
enum http_named_by
{
    HTTP_NAMED_BY_PROGRAM,       /* its URL is its home */
    HTTP_NAMED_BY_REDIRECT,      /* also one that a redirect has left as a remote name, or an absolute reply URL */
    HTTP_NAMED_BY_UPLOAD_SERVER, /* BITS-Host-Id: another machine of the same service */
    HTTP_NAMED_BY_ADMINISTRATOR, /* a cache server */
    HTTP_NAMED_BY_HASHES,        /* where the program says that hashes of a file are: none of the home's business */
    HTTP_NAMED_BY_COUNT
};

/* Whether that may go to a server when the program meant it for home. */
bool http_may_send(enum http_cargo cargo, enum http_named_by named_by, const struct http_url *home,
                   const struct http_url *to);

/*
 * Where a Location field leads (B-561): the reference resolved, an http or https URL in any case. *target is
 * overwritten, and empty on errors. UNSUPPORTED: another scheme, or from https to http without leave. INVALID,
 * TOO_LARGE, NO_MEMORY.
 */
enum http_parse_error http_redirect_target(struct http_url *target, const struct http_url *from, const char *location,
                                           bool allow_https_to_http);

/* Whether a field of that name tells by its value who sends it: Authorization, Cookie, X-Auth-Token ... */
bool http_field_is_secret(const char *name);

#endif
