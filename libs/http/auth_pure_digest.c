/*
 * Credentials of Digest authentication.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "auth_pure.h"
#include "digest_hash.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A digest in hexadecimal, with its NUL. */
#define HEX_SIZE (2 * HTTP_SHA256_SIZE + 1)

static const struct
{
    const char *name;
    enum http_digest_algorithm algorithm;
} algorithms[] = {
    {"MD5", HTTP_DIGEST_MD5},
    {"MD5-sess", HTTP_DIGEST_MD5_SESS},
    {"SHA-256", HTTP_DIGEST_SHA256},
    {"SHA-256-sess", HTTP_DIGEST_SHA256_SESS},
};

static bool is_session(enum http_digest_algorithm algorithm)
{
    return algorithm == HTTP_DIGEST_MD5_SESS || algorithm == HTTP_DIGEST_SHA256_SESS;
}

/* No name stands for MD5. */
static bool find_algorithm(const char *name, enum http_digest_algorithm *algorithm)
{
    size_t i;

    *algorithm = HTTP_DIGEST_MD5;
    for (i = 0; name && i < sizeof(algorithms) / sizeof(algorithms[0]); i++)
    {
        if (!http_equal_nocase(algorithms[i].name, name, strlen(name))) continue;
        *algorithm = algorithms[i].algorithm;
        return true;
    }
    return !name;
}

/* Whether the comma-separated list of qop values has "auth". */
static bool offers_auth(const char *qop)
{
    while (*qop)
    {
        size_t len;

        qop += strspn(qop, ", \t");
        len = strcspn(qop, ", \t");
        if (http_equal_nocase("auth", qop, len)) return true;
        qop += len;
    }
    return false;
}

static enum http_parse_error check(const struct http_challenge *challenge)
{
    const char *realm = http_challenge_param(challenge, "realm");
    const char *qop = http_challenge_param(challenge, "qop");
    const char *nonce = http_challenge_param(challenge, "nonce");
    enum http_digest_algorithm algorithm;

    if (!http_equal_nocase("Digest", challenge->scheme, strlen(challenge->scheme)) || !realm || !nonce)
        return HTTP_PARSE_INVALID;
    if (!find_algorithm(http_challenge_param(challenge, "algorithm"), &algorithm)) return HTTP_PARSE_UNSUPPORTED;
    if (qop && !offers_auth(qop)) return HTTP_PARSE_UNSUPPORTED;
    return HTTP_PARSE_OK;
}

void http_digest_init(struct http_digest *digest)
{
    memset(digest, 0, sizeof(*digest));
    http_arena_init(&digest->arena);
}

void http_digest_cleanup(struct http_digest *digest)
{
    http_arena_cleanup(&digest->arena);
    http_digest_init(digest);
}

bool http_digest_supported(const struct http_challenge *challenge)
{
    return check(challenge) == HTTP_PARSE_OK;
}

/* Moves a string into another arena; false: no memory. */
static bool move(struct http_arena *arena, const char **text)
{
    return !*text || (*text = http_arena_copy(arena, *text, strlen(*text)));
}

/*
 * Puts *replacement, whose strings may belong to anybody, in the place of *digest. Everything is copied into
 * a new arena, so that a server that keeps changing its nonce does not make the old one grow.
 */
static enum http_parse_error replace(struct http_digest *digest, struct http_digest *replacement)
{
    struct http_arena *arena = &replacement->arena;

    http_arena_init(arena);
    if (!move(arena, &replacement->algorithm_name) || !move(arena, &replacement->realm) ||
        !move(arena, &replacement->nonce) || !move(arena, &replacement->opaque) ||
        !move(arena, &replacement->session_cnonce))
    {
        http_arena_cleanup(arena);
        return HTTP_PARSE_NO_MEMORY;
    }
    http_digest_cleanup(digest);
    *digest = *replacement;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_digest_challenge(struct http_digest *digest, const struct http_challenge *challenge)
{
    const char *stale = http_challenge_param(challenge, "stale");
    const char *charset = http_challenge_param(challenge, "charset");
    struct http_digest replacement;
    enum http_parse_error error;

    if ((error = check(challenge))) return error;
    http_digest_init(&replacement);
    replacement.algorithm_name = http_challenge_param(challenge, "algorithm");
    find_algorithm(replacement.algorithm_name, &replacement.algorithm);
    replacement.realm = http_challenge_param(challenge, "realm");
    replacement.nonce = http_challenge_param(challenge, "nonce");
    replacement.opaque = http_challenge_param(challenge, "opaque");
    replacement.qop_auth = http_challenge_param(challenge, "qop") != NULL;
    replacement.stale = stale && http_equal_nocase("true", stale, strlen(stale));
    replacement.utf8 = charset && http_equal_nocase("UTF-8", charset, strlen(charset));
    if (digest->nonce && !strcmp(digest->nonce, replacement.nonce))
    {
        /* Counting goes on, or the server would take the next request for a replay. */
        replacement.count = digest->count;
        replacement.session_cnonce = digest->session_cnonce;
    }
    return replace(digest, &replacement);
}

/* Either hash. */
struct hash
{
    bool is_md5;
    struct http_md5 md5;
    struct http_sha256 sha256;
};

static void hash_update(struct hash *hash, const char *text)
{
    if (hash->is_md5) http_md5_update(&hash->md5, text, strlen(text));
    else http_sha256_update(&hash->sha256, text, strlen(text));
}

static void hash_final(struct hash *hash, char hex[HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t i, size = hash->is_md5 ? HTTP_MD5_SIZE : HTTP_SHA256_SIZE;
    unsigned char result[HTTP_SHA256_SIZE];

    if (hash->is_md5) http_md5_final(&hash->md5, result);
    else http_sha256_final(&hash->sha256, result);
    for (i = 0; i < size; i++)
    {
        hex[2 * i] = digits[result[i] >> 4];
        hex[2 * i + 1] = digits[result[i] & 15];
    }
    hex[2 * size] = 0;
}

/* The hash, in lower-case hexadecimal, of count strings with colons between them. hex may be one of them. */
static void hash_joined(enum http_digest_algorithm algorithm, const char *const *strings, size_t count,
                        char hex[HEX_SIZE])
{
    struct hash hash;
    size_t i;

    hash.is_md5 = algorithm == HTTP_DIGEST_MD5 || algorithm == HTTP_DIGEST_MD5_SESS;
    http_md5_init(&hash.md5);
    http_sha256_init(&hash.sha256);
    for (i = 0; i < count; i++)
    {
        if (i) hash_update(&hash, ":");
        hash_update(&hash, strings[i]);
    }
    hash_final(&hash, hex);
}

/* RFC 7616 section 3.4.1; nc and cnonce matter with qop and -sess only. */
static void compute_response(const struct http_digest *digest, const char *method, const char *target, const char *user,
                             const char *password, const char *nc, const char *cnonce, char response[HEX_SIZE])
{
    char key[HEX_SIZE], action[HEX_SIZE];
    const char *credentials[] = {user, digest->realm, password};
    const char *session[] = {key, digest->nonce, cnonce};
    const char *request[] = {method, target};
    const char *with_qop[] = {key, digest->nonce, nc, cnonce, "auth", action};
    const char *without_qop[] = {key, digest->nonce, action};

    hash_joined(digest->algorithm, credentials, 3, key);
    if (is_session(digest->algorithm)) hash_joined(digest->algorithm, session, 3, key);
    hash_joined(digest->algorithm, request, 2, action);
    if (digest->qop_auth) hash_joined(digest->algorithm, with_qop, 6, response);
    else hash_joined(digest->algorithm, without_qop, 3, response);
}

static bool is_printable(const char *text)
{
    for (; *text; text++)
    {
        if (http_is_control(*text)) return false;
    }
    return true;
}

/* name="value", escaped. */
static void add_quoted(struct http_text *text, const char *name, const char *value)
{
    http_text_add(text, name);
    http_text_add(text, "=\"");
    for (; *value; value++)
    {
        if (*value == '"' || *value == '\\') http_text_add_char(text, '\\');
        http_text_add_char(text, *value);
    }
    http_text_add_char(text, '"');
}

static char *build_value(const struct http_digest *digest, const char *target, const char *user, const char *nc,
                         const char *cnonce, const char *response)
{
    struct http_text text;

    http_text_init(&text);
    add_quoted(&text, "Digest username", user);
    add_quoted(&text, ", realm", digest->realm);
    add_quoted(&text, ", nonce", digest->nonce);
    add_quoted(&text, ", uri", target);
    if (digest->algorithm_name)
    {
        http_text_add(&text, ", algorithm=");
        http_text_add(&text, digest->algorithm_name);
    }
    add_quoted(&text, ", response", response);
    if (digest->opaque) add_quoted(&text, ", opaque", digest->opaque);
    if (digest->qop_auth)
    {
        http_text_add(&text, ", qop=auth, nc=");
        http_text_add(&text, nc);
    }
    if (digest->qop_auth || is_session(digest->algorithm)) add_quoted(&text, ", cnonce", cnonce);
    return http_text_take(&text, NULL);
}

enum http_parse_error http_digest_credentials(struct http_digest *digest, const char *method, const char *target,
                                              const char *user, const char *password, const char *cnonce, char **value)
{
    char nc[9], response[HEX_SIZE];

    *value = NULL;
    if (!digest->nonce || !is_printable(user) || !is_printable(target) || !is_printable(cnonce))
        return HTTP_PARSE_INVALID;
    if (is_session(digest->algorithm))
    {
        if (!digest->session_cnonce &&
            !(digest->session_cnonce = http_arena_copy(&digest->arena, cnonce, strlen(cnonce))))
            return HTTP_PARSE_NO_MEMORY;
        cnonce = digest->session_cnonce;
    }
    snprintf(nc, sizeof(nc), "%08x", (unsigned int)(digest->count + 1));
    compute_response(digest, method, target, user, password, nc, cnonce, response);
    if (!(*value = build_value(digest, target, user, nc, cnonce, response))) return HTTP_PARSE_NO_MEMORY;
    digest->count++;
    return HTTP_PARSE_OK;
}

enum http_parse_error http_digest_authentication_info(struct http_digest *digest, const char *value)
{
    struct http_challenges params;
    enum http_parse_error error;
    struct http_digest replacement = *digest;
    struct http_text text;
    const char *nonce;
    char *challenge;
    size_t len;

    if (!digest->nonce) return HTTP_PARSE_OK;
    /* The field is a list of parameters like those of a challenge, without the name of a scheme. */
    http_text_init(&text);
    http_text_add(&text, "Digest ");
    http_text_add(&text, value);
    if (!(challenge = http_text_take(&text, &len))) return HTTP_PARSE_NO_MEMORY;
    http_challenges_init(&params);
    error = http_challenges_parse(&params, challenge, len);
    if (error != HTTP_PARSE_NO_MEMORY)
    {
        error = HTTP_PARSE_OK;
        nonce = params.first ? http_challenge_param(params.first, "nextnonce") : NULL;
        if (nonce && strcmp(nonce, digest->nonce))
        {
            replacement.nonce = nonce;
            replacement.session_cnonce = NULL;
            replacement.count = 0;
            error = replace(digest, &replacement);
        }
    }
    http_challenges_cleanup(&params);
    free(challenge);
    return error;
}
