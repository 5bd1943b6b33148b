/*
 * Authentication as far as it is text: challenges, Basic and Digest credentials.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * RFC 9110 section 11, RFC 7617 (Basic), RFC 7616 (Digest).
 */

#ifndef HTTP_AUTH_PURE_H
#define HTTP_AUTH_PURE_H

#include "parse.h"
#include "arena.h"

#define HTTP_CHALLENGES_MAX 32
#define HTTP_AUTH_PARAMS_MAX 32 /* of one challenge */

struct http_auth_param
{
    struct http_auth_param *next;
    const char *name;
    const char *value; /* without quotes and escapes */
};

struct http_challenge
{
    struct http_challenge *next; /* in the order of arrival */
    const char *scheme;          /* as received */
    const char *token68;         /* data of Negotiate and NTLM; NULL when there is none */
    struct http_auth_param *params;
};

/* Strings and members belong to the list. */
struct http_challenges
{
    struct http_challenge *first;
    struct http_challenge *last;
    size_t count;
    struct http_arena arena;
};

void http_challenges_init(struct http_challenges *challenges);
void http_challenges_cleanup(struct http_challenges *challenges);

/*
 * Appends the challenges of one WWW-Authenticate or Proxy-Authenticate field value; call it for each such
 * field. Errors: INVALID, TOO_LARGE, NO_MEMORY; challenges that were complete before the fault are kept, so
 * that one bad neighbour does not hide them.
 */
enum http_parse_error http_challenges_parse(struct http_challenges *challenges, const char *value, size_t len);

/*
 * The first challenge of that scheme (any case) after previous (NULL: from the start); NULL when there is
 * none.
 */
const struct http_challenge *http_challenges_find(const struct http_challenges *challenges, const char *scheme,
                                                  const struct http_challenge *previous);

/* Value of a parameter (any case), NULL when absent. */
const char *http_challenge_param(const struct http_challenge *challenge, const char *name);

/*
 * Value of (Proxy-)Authorization for Basic: "Basic " and base64. Bytes of user and password go as they are
 * (UTF-8). *value is allocated. INVALID: a colon in user, a control character in either. NO_MEMORY.
 */
enum http_parse_error http_basic_credentials(const char *user, const char *password, char **value);

enum http_digest_algorithm
{
    HTTP_DIGEST_MD5,
    HTTP_DIGEST_MD5_SESS,
    HTTP_DIGEST_SHA256,
    HTTP_DIGEST_SHA256_SESS,
};

/*
 * What is remembered of one server's (or proxy's) Digest challenge between requests. Read-only for callers.
 */
struct http_digest
{
    enum http_digest_algorithm algorithm;
    const char *algorithm_name; /* as received, NULL when absent */
    const char *realm;
    const char *nonce;          /* NULL: no challenge yet */
    const char *opaque;         /* NULL when absent */
    bool qop_auth;              /* qop=auth; false: the form of RFC 2069 */
    bool stale;                 /* the last challenge only asks for a new nonce: same credentials again */
    bool utf8;                  /* charset=UTF-8 was given */
    uint32_t count;             /* nc of the last request with this nonce */
    const char *session_cnonce; /* -sess: sent with every request of this nonce; NULL before the first */
    struct http_arena arena;
};

void http_digest_init(struct http_digest *digest);
void http_digest_cleanup(struct http_digest *digest);

/* Whether http_digest_challenge() would accept it, without changing anything: for choosing among several. */
bool http_digest_supported(const struct http_challenge *challenge);

/*
 * Takes a challenge in. INVALID: not Digest, no realm or no nonce. UNSUPPORTED: another algorithm than MD5
 * and SHA-256 (and -sess), or qop without auth. NO_MEMORY. On error *digest is unchanged.
 */
enum http_parse_error http_digest_challenge(struct http_digest *digest, const struct http_challenge *challenge);

/*
 * Value of (Proxy-)Authorization for the next request, counting nc up. target is the request target exactly
 * as sent. cnonce: fresh random text of the caller (hex or base64), it is the caller's duty that it cannot be
 * guessed; with a -sess algorithm the first one is kept for the life of the nonce. user and password are
 * hashed as the bytes they are. *value is allocated. INVALID: no challenge was taken in, or a control
 * character in user, target or cnonce. NO_MEMORY.
 */
enum http_parse_error http_digest_credentials(struct http_digest *digest, const char *method, const char *target,
                                              const char *user, const char *password, const char *cnonce, char **value);

/*
 * Takes the value of an Authentication-Info field: nextnonce replaces the nonce. Other contents are ignored.
 * NO_MEMORY.
 */
enum http_parse_error http_digest_authentication_info(struct http_digest *digest, const char *value);

#endif
