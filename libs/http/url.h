/*
 * URLs: classification, parsing, resolution of references, and the forms in which a request carries them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 3986 for http and https, with these decisions:
 *  - A URL is used as given (B-401): bytes beyond ASCII in path, query and fragment become %XX, nothing else
 *    is escaped, unescaped or normalised. Control characters and spaces are refused.
 *  - A host is a name in ASCII (letters, digits, '-', '_', '.'; not percent-encoded; no empty label but for a
 *    final dot), an IPv4 address, or an IPv6 address in brackets without zone. Names beyond ASCII must come
 *    in IDN form (B-401).
 *  - User information ends at the last '@' of the authority.
 *  - Longer than HTTP_URL_MAX bytes, or a host beyond HTTP_URL_HOST_MAX: TOO_LARGE.
 */

#ifndef HTTP_URL_H
#define HTTP_URL_H

#include "parse.h"

#define HTTP_URL_MAX 65536
#define HTTP_URL_HOST_MAX 255

/*
 * What a remote name is (B-400, B-403). Only the shape is looked at: a name classified as HTTP can still fail
 * to parse.
 */
enum http_url_kind
{
    HTTP_URL_KIND_INVALID, /* empty, relative, wild: none of the others */
    HTTP_URL_KIND_HTTP,    /* http://... */
    HTTP_URL_KIND_HTTPS,   /* https://... */
    HTTP_URL_KIND_FTP,     /* ftp://... */
    HTTP_URL_KIND_FILE,    /* file:... */
    HTTP_URL_KIND_UNC,     /* \\server\share... */
    HTTP_URL_KIND_DRIVE,   /* C:\path or C:/path */
    HTTP_URL_KIND_DEVICE,  /* \\.\..., \\?\..., \\server\pipe\... */
    HTTP_URL_KIND_OTHER,   /* any other scheme with a colon */
};

enum http_scheme
{
    HTTP_SCHEME_HTTP,
    HTTP_SCHEME_HTTPS,
};

enum http_host_kind
{
    HTTP_HOST_NAME,
    HTTP_HOST_IPV4,
    HTTP_HOST_IPV6,
};

/*
 * A parsed URL. All strings belong to the structure (one allocation), are ended by NUL and are not to be
 * written to.
 */
struct http_url
{
    char *memory;
    enum http_scheme scheme;
    enum http_host_kind host_kind;
    const char *host;     /* lower case, IPv6 without brackets: ready for getaddrinfo and for SNI */
    uint16_t port;        /* never 0; the scheme's default when the URL has none */
    const char *userinfo; /* as written, NULL when absent */
    const char *user;     /* percent-decoded, NULL when there is no userinfo */
    const char *password; /* percent-decoded, NULL when there is no ':' in the userinfo */
    const char *path;     /* begins with '/', never empty */
    const char *query;    /* without '?'; NULL when absent, "" when empty */
    const char *fragment; /* without '#'; NULL when absent */
};

/* Forms of a request target, RFC 9112 section 3.2. */
enum http_target_form
{
    HTTP_TARGET_ORIGIN,    /* /path?query */
    HTTP_TARGET_ABSOLUTE,  /* http://host[:port]/path?query: to a proxy; without user information */
    HTTP_TARGET_AUTHORITY, /* host:port: CONNECT */
};

/* Flags of http_url_to_string(). */
#define HTTP_URL_WITH_USERINFO 1u
#define HTTP_URL_WITH_FRAGMENT 2u

/* Never fails; text need not be ended by NUL. */
enum http_url_kind http_url_classify(const char *text, size_t len);

/* Makes the structure empty: all zero. Only needed when clean-up may come before a successful parse. */
void http_url_init(struct http_url *url);
void http_url_cleanup(struct http_url *url);

/*
 * Parses an absolute http or https URL. The previous content of *url is not released. On any error *url is
 * empty. UNSUPPORTED: another scheme. INVALID, TOO_LARGE, NO_MEMORY.
 */
enum http_parse_error http_url_parse(struct http_url *url, const char *text, size_t len);

/* Copies; *copy is overwritten. NO_MEMORY. */
enum http_parse_error http_url_copy(struct http_url *copy, const struct http_url *url);

/*
 * RFC 3986 section 5.2: the URL that reference means when it is found in base, dot segments removed. For the
 * Location field servers are met half-way: surrounding blanks are dropped and spaces within become %20. The
 * fragment is the reference's alone. Errors as http_url_parse(); UNSUPPORTED when the result is neither http
 * nor https. *result must not be base.
 */
enum http_parse_error http_url_resolve(struct http_url *result, const struct http_url *base, const char *reference,
                                       size_t len);

/* Same scheme, host and port. */
bool http_url_same_origin(const struct http_url *a, const struct http_url *b);

/* 80 or 443. */
uint16_t http_scheme_default_port(enum http_scheme scheme);

/*
 * Value of the Host field: host, in brackets if IPv6, with the port unless it is the default. Allocated;
 * NULL: no memory.
 */
char *http_url_to_host(const struct http_url *url);

/* The request target. Allocated; NULL: no memory. */
char *http_url_to_target(const struct http_url *url, enum http_target_form form);

/*
 * scheme://[userinfo@]host[:port]/path[?query][#fragment], default port left out. Allocated; NULL: no memory.
 */
char *http_url_to_string(const struct http_url *url, unsigned int flags);

/*
 * "host", "host:" or "host:port" by the rules above, for others who read authorities. *host points into text;
 * IPv6 addresses have lost their brackets. *port is 0 when not given. INVALID, TOO_LARGE.
 */
enum http_parse_error http_host_port_parse(const char *text, size_t len, const char **host, size_t *host_len,
                                           enum http_host_kind *kind, uint16_t *port);

/* A strict dotted IPv4 address, or an IPv6 address without brackets and zone. */
bool http_is_ipv4(const char *text, size_t len);
bool http_is_ipv6(const char *text, size_t len);

#endif
