/*
 * The upload server asks who is there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Basic (RFC 7617) and Digest with MD5 (RFC 7616). NTLM and Negotiate are handshakes whose proof nobody looks at: they
 * show whether a client keeps to its connection, and are for tests alone.
 */

#include <stdlib.h>
#include <string.h>

#include "support/bitsserver_private.h"
#include "http/digest_hash.h"

#define NONCE "b1750000000000000000000000000001"

static const char *const names[] = {NULL, "Basic", "Digest", "NTLM", "Negotiate"};

/* --- base64 ----------------------------------------------------------------------------- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(const unsigned char *data, size_t size, char *text)
{
    size_t i;

    for (i = 0; i < size; i += 3)
    {
        unsigned int bits = data[i] << 16 | (i + 1 < size ? data[i + 1] << 8 : 0) | (i + 2 < size ? data[i + 2] : 0);

        *text++ = alphabet[bits >> 18];
        *text++ = alphabet[bits >> 12 & 63];
        *text++ = i + 1 < size ? alphabet[bits >> 6 & 63] : '=';
        *text++ = i + 2 < size ? alphabet[bits & 63] : '=';
    }
    *text = 0;
}

static size_t decode(const char *text, unsigned char *data, size_t size)
{
    unsigned int bits = 0, count = 0;
    size_t used = 0;
    const char *digit;

    for (; *text && (digit = strchr(alphabet, *text)) && used < size; text++)
    {
        bits = bits << 6 | (unsigned int)(digit - alphabet);
        if ((count += 6) < 8) continue;
        count -= 8;
        data[used++] = bits >> count;
    }
    return used;
}

/* --- schemes ------------------------------------------------------------------------------ */

static bool check_basic(const struct bitsserver *server, const char *credentials)
{
    unsigned char given[512];
    char wanted[512];
    size_t length = decode(credentials, given, sizeof(given) - 1);

    given[length] = 0;
    snprintf(wanted, sizeof(wanted), "%s:%s", server->options.user, server->options.password);
    return !strcmp((char *)given, wanted);
}

static void hash_text(const char *text, char hex[33])
{
    unsigned char digest[HTTP_MD5_SIZE];
    struct http_md5 md5;
    unsigned int i;

    http_md5_init(&md5);
    http_md5_update(&md5, text, strlen(text));
    http_md5_final(&md5, digest);
    for (i = 0; i < sizeof(digest); i++) snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

/* A parameter of Digest credentials. */
static const char *parameter(const char *credentials, const char *name, char value[256])
{
    size_t length = strlen(name);
    const char *p;

    value[0] = 0;
    for (p = credentials; (p = strstr(p, name)); p++)
    {
        if ((p != credentials && !strchr(" ,", p[-1])) || p[length] != '=') continue;
        p += length + 1;
        if (*p == '"') snprintf(value, 256, "%.*s", (int)strcspn(p + 1, "\""), p + 1);
        else snprintf(value, 256, "%.*s", (int)strcspn(p, ", "), p);
        break;
    }
    return value;
}

static bool check_digest(const struct request *request, const char *credentials)
{
    const struct bitsserver_options *options = &request->connection->server->options;
    char first[33], second[33], wanted[33], text[2048], values[5][256];

    if (strcmp(parameter(credentials, "nonce", values[0]), NONCE) ||
        strcmp(parameter(credentials, "username", values[0]), options->user) ||
        strcmp(parameter(credentials, "uri", values[0]), request->target))
        return false;
    snprintf(text, sizeof(text), "%s:uploads:%s", options->user, options->password);
    hash_text(text, first);
    snprintf(text, sizeof(text), "%s:%s", request->method, request->target);
    hash_text(text, second);
    snprintf(text, sizeof(text), "%s:" NONCE ":%s:%s:%s:%s", first, parameter(credentials, "nc", values[1]),
             parameter(credentials, "cnonce", values[2]), parameter(credentials, "qop", values[3]), second);
    hash_text(text, wanted);
    return !strcmp(parameter(credentials, "response", values[4]), wanted);
}

/* MS-NLMP 2.2.1.2: a challenge with the target name "D". */
static const unsigned char challenge_message[] = {
    'N',  'T',  'L',  'M',  'S', 'S', 'P', 0, 2,   0, 0, 0, 2, 0, 2,   0, 48, 0, 0, 0,
    0x05, 0x82, 0x89, 0xa2, 8,   7,   6,   5, 4,   3, 2, 1, 0, 0, 0,   0, 0,  0, 0, 0,
    10,   0,    10,   0,    50,  0,   0,   0, 'D', 0, 2, 0, 2, 0, 'D', 0, 0,  0, 0, 0,
};

/* Does the last message of a handshake name the user? MS-NLMP 2.2.1.3 */
static bool names_user(const unsigned char *message, size_t size, const char *user)
{
    size_t length, offset, i;

    if (size < 44) return false;
    length = message[36] | message[37] << 8;
    offset = message[40] | message[41] << 8 | (size_t)message[42] << 16 | (size_t)message[43] << 24;
    if (offset > size || length > size - offset || length != 2 * strlen(user)) return false;
    for (i = 0; i < length; i += 2)
        if (message[offset + i] != (unsigned char)user[i / 2] || message[offset + i + 1]) return false;
    return true;
}

/* *token: what the server says next. */
static bool check_handshake(struct request *request, const char *credentials, char *token)
{
    struct connection *connection = request->connection;
    unsigned char message[2048];
    size_t size = decode(credentials, message, sizeof(message));

    if (size <= 12 || memcmp(message, "NTLMSSP", 8)) return false;
    if (message[8] == 1)
    {
        encode(challenge_message, sizeof(challenge_message), token);
        connection->challenged = true;
        return false;
    }
    if (message[8] != 3 || !connection->challenged) return false;
    connection->challenged = false;
    return connection->let_in = names_user(message, size, connection->server->options.user);
}

/* --- all together -------------------------------------------------------------------------- */

static bool check_credentials(struct request *request, const char *credentials, char *token)
{
    struct connection *connection = request->connection;
    enum bitsserver_auth auth = connection->server->options.auth;
    bool handshake = auth == BITSSERVER_NTLM || auth == BITSSERVER_NEGOTIATE, good = false;
    size_t length = strlen(names[auth]);

    if (connection->let_in && (handshake || connection->server->options.flags & BITSSERVER_AUTH_ONCE)) return true;
    if (!credentials || strncmp(credentials, names[auth], length) || credentials[length] != ' ') return false;
    credentials += length + 1;
    if (handshake) return check_handshake(request, credentials, token);
    good = auth == BITSSERVER_BASIC ? check_basic(connection->server, credentials) : check_digest(request, credentials);
    connection->let_in |= good;
    return good;
}

bool auth_check(struct request *request, struct answer *answer)
{
    const struct bitsserver_options *options = &request->connection->server->options;
    bool proxy = options->flags & BITSSERVER_PROXY;
    char token[128] = "", challenge[256];

    if (options->auth == BITSSERVER_OPEN || (proxy && *request->target == '/') ||
        check_credentials(request, http_field(request, proxy ? "Proxy-Authorization" : "Authorization"), token))
        return true;
    answer->status = proxy ? 407 : 401;
    switch (options->auth)
    {
    case BITSSERVER_BASIC: snprintf(challenge, sizeof(challenge), "Basic realm=\"uploads\""); break;
    case BITSSERVER_DIGEST:
        snprintf(challenge, sizeof(challenge), "Digest realm=\"uploads\", qop=\"auth\", nonce=\"" NONCE "\"");
        break;
    default: snprintf(challenge, sizeof(challenge), "%s%s%s", names[options->auth], *token ? " " : "", token); break;
    }
    answer_add(answer, proxy ? "Proxy-Authenticate" : "WWW-Authenticate", challenge);
    return false;
}
