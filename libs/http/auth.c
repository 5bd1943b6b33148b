/*
 * Answering the challenges of servers and proxies.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <ntsecapi.h>
#include <winhttp.h>

#include "http/auth.h"
#include "http/sspi.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

/* A server that never likes a nonce is given up after so many. */
#define STALE_MAX 3

static const struct
{
    const char *name;
    const WCHAR *package; /* NULL: no matter of the system */
} schemes[HTTP_AUTH_SCHEME_COUNT] = {
    [HTTP_AUTH_BASIC] = {"Basic"},
    [HTTP_AUTH_DIGEST] = {"Digest"},
    [HTTP_AUTH_NTLM] = {"NTLM", L"NTLM"},
    [HTTP_AUTH_NEGOTIATE] = {"Negotiate", L"Negotiate"},
};

void http_auth_init(struct http_auth *auth, enum http_auth_target target, const struct http_options *options)
{
    memset(auth, 0, sizeof(*auth));
    auth->target = target;
    auth->credentials = options->credentials[target];
    auth->scheme = HTTP_AUTH_NO_SCHEME;
    http_digest_init(&auth->digest);
}

static void clear_text(char *text)
{
    if (!text) return;
    SecureZeroMemory(text, strlen(text));
    free(text);
}

static void forget_server(struct http_auth *auth)
{
    auth->scheme = HTTP_AUTH_NO_SCHEME;
    auth->sent = false;
    http_digest_cleanup(&auth->digest);
    http_digest_init(&auth->digest);
    clear_text(auth->url_user);
    clear_text(auth->url_password);
    auth->url_user = auth->url_password = NULL;
}

void http_auth_cleanup(struct http_auth *auth)
{
    forget_server(auth);
    http_digest_cleanup(&auth->digest);
}

void http_auth_begin(struct http_auth *auth)
{
    memset(auth->refused, 0, sizeof(auth->refused));
    auth->stale = 0;
    auth->fresh = false;
}

uint32_t http_auth_set_server(struct http_auth *auth, const char *url_user, const char *url_password)
{
    forget_server(auth);
    http_auth_begin(auth);
    if (!url_user || !url_user[0]) return 0;
    auth->url_user = _strdup(url_user);
    auth->url_password = _strdup(url_password ? url_password : "");
    return auth->url_user && auth->url_password ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

/* --- choosing --- */

/* The program's credentials for a scheme, NULL: none, or not for this server. */
static const struct http_credentials *given(const struct http_auth *auth, enum http_auth_scheme scheme)
{
    return auth->credentials[scheme].set && !auth->withheld ? &auth->credentials[scheme] : NULL;
}

static bool has_credentials(const struct http_auth *auth, enum http_auth_scheme scheme)
{
    const struct http_credentials *credentials = given(auth, scheme);

    if (schemes[scheme].package) return credentials != NULL;
    return (credentials && credentials->user) || auth->url_user;
}

/* The challenge of that scheme which can be answered, or NULL. */
static const struct http_challenge *find(const struct http_challenges *challenges, enum http_auth_scheme scheme)
{
    const struct http_challenge *challenge = NULL;

    while ((challenge = http_challenges_find(challenges, schemes[scheme].name, challenge)))
        if (scheme != HTTP_AUTH_DIGEST || http_digest_supported(challenge)) return challenge;
    return NULL;
}

static uint32_t take_digest(struct http_auth *auth, const struct http_challenge *challenge)
{
    enum http_parse_error result = http_digest_challenge(&auth->digest, challenge);

    auth->fresh = true;
    if (result == HTTP_PARSE_NO_MEMORY) return ERROR_NOT_ENOUGH_MEMORY;
    return result ? ERROR_WINHTTP_INVALID_SERVER_RESPONSE : 0;
}

/* The strongest one that has credentials and was not refused. */
static uint32_t choose(struct http_auth *auth, const struct http_challenges *challenges, bool *again)
{
    int scheme;

    for (scheme = HTTP_AUTH_SCHEME_COUNT - 1; scheme >= 0; scheme--)
    {
        const struct http_challenge *challenge;

        if (auth->refused[scheme] || !has_credentials(auth, scheme)) continue;
        if (!(challenge = find(challenges, scheme))) continue;
        TRACE("answering with %s\n", schemes[scheme].name);
        auth->scheme = scheme;
        auth->fresh = true;
        *again = true;
        return scheme == HTTP_AUTH_DIGEST ? take_digest(auth, challenge) : 0;
    }
    auth->scheme = HTTP_AUTH_NO_SCHEME;
    return 0;
}

/* Digest credentials were not accepted: *again if only their nonce was too old. */
static uint32_t retry_digest(struct http_auth *auth, const struct http_challenges *challenges, bool *again)
{
    const struct http_challenge *challenge = find(challenges, HTTP_AUTH_DIGEST);
    const char *stale = challenge ? http_challenge_param(challenge, "stale") : NULL;
    bool too_old = !auth->fresh || (stale && !_stricmp(stale, "true") && auth->stale < STALE_MAX);

    if (!challenge || !too_old) return 0;
    auth->stale++;
    *again = true;
    return take_digest(auth, challenge);
}

/* The peer's part of a handshake; *again: it goes on. */
static void continue_handshake(struct http_auth *auth, const struct http_challenges *challenges,
                               struct http_connection *connection, bool keeps_open, bool *again)
{
    const struct http_challenge *challenge = find(challenges, auth->scheme);
    struct http_sspi *sspi = connection->handshake[auth->target];

    if (!challenge || !challenge->token68 || !sspi) return;
    if (!keeps_open) WARN("the connection ends during the handshake\n");
    else *again = http_sspi_give(sspi, challenge->token68);
}

static void drop_handshake(struct http_auth *auth, struct http_connection *connection)
{
    http_sspi_destroy(connection->handshake[auth->target]);
    connection->handshake[auth->target] = NULL;
}

/* Credentials were sent, and this came back. */
static uint32_t judge_refusal(struct http_auth *auth, const struct http_challenges *challenges,
                              struct http_connection *connection, bool keeps_open, bool *again)
{
    uint32_t error = 0;

    if (schemes[auth->scheme].package) continue_handshake(auth, challenges, connection, keeps_open, again);
    else if (auth->scheme == HTTP_AUTH_DIGEST) error = retry_digest(auth, challenges, again);
    if (error || *again) return error;
    WARN("%s credentials were refused\n", schemes[auth->scheme].name);
    /* squid, for one, does not begin another handshake on that connection. */
    if (schemes[auth->scheme].package) connection->refused = true;
    auth->refused[auth->scheme] = true;
    return 0;
}

uint32_t http_auth_challenged(struct http_auth *auth, const struct http_fields *fields,
                              struct http_connection *connection, bool keeps_open, bool *again)
{
    const char *name = auth->target == HTTP_AUTH_PROXY ? "Proxy-Authenticate" : "WWW-Authenticate";
    struct http_challenges challenges;
    uint32_t error = 0;
    const char *value;
    size_t i;

    *again = false;
    http_challenges_init(&challenges);
    for (i = 0; !error && (value = http_fields_get_nth(fields, name, i)); i++)
        if (http_challenges_parse(&challenges, value, strlen(value)) == HTTP_PARSE_NO_MEMORY)
            error = ERROR_NOT_ENOUGH_MEMORY;
    if (!error && auth->sent && auth->scheme != HTTP_AUTH_NO_SCHEME)
        error = judge_refusal(auth, &challenges, connection, keeps_open, again);
    if (!error && !*again)
    {
        drop_handshake(auth, connection);
        connection->authenticated[auth->target] = false;
        error = choose(auth, &challenges, again);
    }
    http_challenges_cleanup(&challenges);
    return error;
}

/* --- credentials --- */

static char *to_utf8(const WCHAR *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *utf8 = malloc(size);

    if (utf8) WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, size, NULL, NULL);
    return utf8;
}

/* User and password for Basic and Digest; allocated. */
static uint32_t get_login(const struct http_auth *auth, char **user, char **password)
{
    const struct http_credentials *credentials = given(auth, auth->scheme);

    if (credentials && credentials->user)
    {
        *user = to_utf8(credentials->user);
        *password = to_utf8(credentials->password ? credentials->password : L"");
    }
    else
    {
        *user = _strdup(auth->url_user);
        *password = _strdup(auth->url_password);
    }
    return *user && *password ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

static bool make_cnonce(char text[33])
{
    BYTE random[16];
    unsigned int i;

    if (!RtlGenRandom(random, sizeof(random)))
    {
        ERR("the system gives no random numbers, so no Digest credentials are sent\n");
        return false;
    }
    for (i = 0; i < sizeof(random); i++) sprintf(text + 2 * i, "%02x", random[i]);
    return true;
}

/* It cannot be used; the peer will ask again, and another scheme gets its turn. */
static void give_up_scheme(struct http_auth *auth)
{
    auth->refused[auth->scheme] = true;
    auth->scheme = HTTP_AUTH_NO_SCHEME;
}

static uint32_t text_value(struct http_auth *auth, const char *method, const char *target, char **value)
{
    char *user = NULL, *password = NULL, cnonce[33];
    enum http_parse_error result;
    uint32_t error;

    if (!(error = get_login(auth, &user, &password)))
    {
        if (auth->scheme == HTTP_AUTH_BASIC) result = http_basic_credentials(user, password, value);
        else if (!make_cnonce(cnonce)) result = HTTP_PARSE_UNSUPPORTED;
        else result = http_digest_credentials(&auth->digest, method, target, user, password, cnonce, value);
        if (result == HTTP_PARSE_NO_MEMORY) error = ERROR_NOT_ENOUGH_MEMORY;
        else if (result)
        {
            WARN("credentials that cannot be sent\n");
            give_up_scheme(auth);
        }
    }
    clear_text(user);
    clear_text(password);
    return error;
}

static uint32_t handshake_value(struct http_auth *auth, struct http_connection *connection, const char *host,
                                char **value, bool *unfinished)
{
    const struct http_credentials *credentials = &auth->credentials[auth->scheme];
    struct http_sspi **sspi = &connection->handshake[auth->target];
    bool first = !*sspi, complete = false;
    size_t size;
    char *token;

    if (connection->authenticated[auth->target]) return 0;
    if (!*sspi) *sspi = http_sspi_create(schemes[auth->scheme].package, credentials->user, credentials->password, host);
    if (!*sspi || !(token = http_sspi_take(*sspi, &complete)))
    {
        if (!first) connection->refused = true;
        drop_handshake(auth, connection);
        give_up_scheme(auth);
        return 0;
    }
    size = strlen(schemes[auth->scheme].name) + strlen(token) + 2;
    if ((*value = malloc(size))) snprintf(*value, size, "%s %s", schemes[auth->scheme].name, token);
    free(token);
    if (!*value) return ERROR_NOT_ENOUGH_MEMORY;
    if (first && !complete && auth->scheme == HTTP_AUTH_NTLM) *unfinished = true;
    return 0;
}

uint32_t http_auth_value(struct http_auth *auth, struct http_connection *connection, const char *method,
                         const char *target, const char *host, char **value, bool *unfinished)
{
    uint32_t error;

    *value = NULL;
    auth->sent = false;
    if (auth->scheme == HTTP_AUTH_NO_SCHEME) return 0;
    if (schemes[auth->scheme].package) error = handshake_value(auth, connection, host, value, unfinished);
    else error = text_value(auth, method, target, value);
    auth->sent = *value != NULL;
    return error;
}

void http_auth_accepted(struct http_auth *auth, const struct http_fields *fields, struct http_connection *connection)
{
    const char *name = auth->target == HTTP_AUTH_PROXY ? "Proxy-Authentication-Info" : "Authentication-Info";
    const char *info;

    if (!auth->sent || auth->scheme == HTTP_AUTH_NO_SCHEME) return;
    if (schemes[auth->scheme].package)
    {
        connection->authenticated[auth->target] = true;
        drop_handshake(auth, connection);
    }
    else if (auth->scheme == HTTP_AUTH_DIGEST && (info = http_fields_get(fields, name)) &&
             http_digest_authentication_info(&auth->digest, info))
        WARN("%s could not be used\n", name);
}
