/*
 * Cookies: what a server has set is sent back to it (RFC 6265), and to no other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A cookie belongs to the origin that has set it, scheme, host and port, whatever its Domain says. None is ever stored
 * outside memory. A jar is used by one thread at a time.
 */

#ifndef WINE_BITS_HTTP_COOKIES_H
#define WINE_BITS_HTTP_COOKIES_H

#include "http/origin.h"

#define HTTP_COOKIES_MAX 64       /* in one jar; the oldest makes room */
#define HTTP_COOKIE_SIZE_MAX 4096 /* of name and value */

struct http_cookie;

struct http_cookie_jar
{
    struct http_cookie *first; /* the oldest */
    unsigned int count;
};

void http_cookie_jar_init(struct http_cookie_jar *jar);
void http_cookie_jar_cleanup(struct http_cookie_jar *jar);

/*
 * Takes the value of a Set-Cookie field of an answer to url; what is none, or not for that URL, is left out. now: in
 * seconds since 1970. NO_MEMORY.
 */
enum http_parse_error http_cookie_jar_set(struct http_cookie_jar *jar, const struct http_url *url, const char *value,
                                          int64_t now);

/*
 * The value of a Cookie field for a request to url, who named that is what http_may_send() is asked with; allocated,
 * NULL when there is none. NO_MEMORY.
 */
enum http_parse_error http_cookie_jar_get(struct http_cookie_jar *jar, enum http_named_by named_by,
                                          const struct http_url *url, int64_t now, char **value);

#endif
