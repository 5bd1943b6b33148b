/*
 * Answering the challenges of servers and proxies.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Credentials are sent only after a challenge (B-572), the strongest offered scheme that has some first.
 * Basic and Digest, once asked for, go with every request to the same server; NTLM and Negotiate authenticate
 * a connection.
 */

#ifndef WINE_BITS_HTTP_AUTH_H
#define WINE_BITS_HTTP_AUTH_H

#include "http/auth_pure.h"
#include "http/connection.h"
#include "http/http.h"
#include "http/message.h"

#define HTTP_AUTH_NO_SCHEME HTTP_AUTH_SCHEME_COUNT

/* One exchange's dealings with one target. */
struct http_auth
{
    enum http_auth_target target;
    const struct http_credentials *credentials; /* by scheme; of the options */
    bool withheld;                              /* these credentials are not meant for the server */
    char *url_user, *url_password;              /* of the URL (B-402), for schemes without credentials */
    enum http_auth_scheme scheme;               /* in use, or HTTP_AUTH_NO_SCHEME */
    bool refused[HTTP_AUTH_SCHEME_COUNT];       /* during this send */
    bool sent;                                  /* the last request had credentials of that scheme */
    unsigned int stale;                         /* how often the server only wanted another nonce */
    bool fresh;                                 /* they answered a challenge of this send */
    struct http_digest digest;
};

void http_auth_init(struct http_auth *auth, enum http_auth_target target, const struct http_options *options);
void http_auth_cleanup(struct http_auth *auth);

/* A new request begins: what was refused may be tried again. */
void http_auth_begin(struct http_auth *auth);

/*
 * Another server: nothing of the old one is sent to it.  With user name and password of the URL, or NULL, which are
 * copied.
 */
uint32_t http_auth_set_server(struct http_auth *auth, const char *url_user, const char *url_password);

/*
 * Looks at a 401 or 407.  *again: the request shall be repeated, http_auth_value() has something new to say;
 * on the same connection if that stays open and no handshake was refused on it.  Otherwise the answer is the caller's.
 */
uint32_t http_auth_challenged(struct http_auth *auth, const struct http_fields *fields,
                              struct http_connection *connection, bool keeps_open, bool *again);

/*
 * Value of Authorization or Proxy-Authorization for the next request, or NULL; allocated.  host: of the
 * server or proxy.  *unfinished: a further leg will follow for sure, the body may be left out.
 */
uint32_t http_auth_value(struct http_auth *auth, struct http_connection *connection, const char *method,
                         const char *target, const char *host, char **value, bool *unfinished);

/* Any other answer arrived. */
void http_auth_accepted(struct http_auth *auth, const struct http_fields *fields, struct http_connection *connection);

#endif
