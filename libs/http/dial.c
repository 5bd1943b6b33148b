/*
 * Getting a connection for a request: a kept one, or a new one, directly, by a proxy, or through a proxy's
 * tunnel.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/answer.h"
#include "http/dial.h"
#include "http/digest_hash.h"
#include "http/request.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

#define TUNNEL_ROUNDS_MAX 16 /* requests for one tunnel, whatever the proxy says */

/* --- what makes connections different --- */

static void hash_text(struct http_sha256 *hash, const WCHAR *text)
{
    http_sha256_update(hash, text ? text : L"", ((text ? wcslen(text) : 0) + 1) * sizeof(WCHAR));
}

/*
 * Schemes that authenticate a connection make it their user's: connections of different credentials never
 * mix. A tunnel is its user's by any scheme: the proxy asks when it is dug and never again. false: there are
 * none.
 */
static bool hash_identities(const struct http_exchange *exchange, bool tunnel, unsigned char digest[HTTP_SHA256_SIZE])
{
    const char *given = http_fields_get(&exchange->custom, "Proxy-Authorization");
    unsigned int target, scheme;
    struct http_sha256 hash;
    bool any = false;

    http_sha256_init(&hash);
    for (target = 0; target < HTTP_AUTH_TARGET_COUNT; target++)
    {
        if (target == HTTP_AUTH_SERVER && !exchange->may[HTTP_CARGO_CREDENTIALS]) continue;
        scheme = tunnel && target == HTTP_AUTH_PROXY ? HTTP_AUTH_BASIC : HTTP_AUTH_NTLM;
        for (; scheme <= HTTP_AUTH_NEGOTIATE; scheme++)
        {
            const struct http_credentials *credentials = &exchange->options.credentials[target][scheme];
            unsigned char kind = !credentials->set ? 0 : credentials->user ? 1 : 2;

            http_sha256_update(&hash, &kind, 1);
            if (!kind) continue;
            hash_text(&hash, credentials->user);
            hash_text(&hash, credentials->password);
            any = true;
        }
    }
    if (tunnel && given)
    {
        http_sha256_update(&hash, given, strlen(given));
        any = true;
    }
    http_sha256_final(&hash, digest);
    return any;
}

static size_t append_hex(char *text, const unsigned char *data, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) sprintf(text + 2 * i, "%02x", data[i]);
    return 2 * size;
}

/* NULL: none, or not for this server. */
static const CERT_CONTEXT *client_certificate(const struct http_exchange *exchange)
{
    return exchange->may[HTTP_CARGO_CERTIFICATE] ? exchange->options.client_certificate : NULL;
}

/* The key of connections that can carry the request in hand; allocated. */
static uint32_t build_key(const struct http_exchange *exchange, char **key)
{
    const struct http_options *options = &exchange->options;
    const struct http_url *url = &exchange->url;
    const struct http_proxy *proxy = exchange->proxy;
    unsigned char digest[HTTP_SHA256_SIZE], thumbprint[20];
    DWORD thumbprint_size = sizeof(thumbprint);
    size_t length;

    if (!(*key = malloc(2 * HTTP_URL_HOST_MAX + 256))) return ERROR_NOT_ENOUGH_MEMORY;
    length = sprintf(*key, "%s %s %u", url->scheme == HTTP_SCHEME_HTTPS ? "https" : "http", url->host, url->port);
    if (proxy) length += sprintf(*key + length, " by %s %u", proxy->host, proxy->port);
    if (url->scheme == HTTP_SCHEME_HTTPS)
    {
        length += sprintf(*key + length, " flags %x", options->tls_flags);
        if (client_certificate(exchange))
        {
            if (!CertGetCertificateContextProperty(client_certificate(exchange), CERT_SHA1_HASH_PROP_ID, thumbprint,
                                                   &thumbprint_size))
            {
                ERR("no hash of the client certificate, error %lu\n", GetLastError());
                return ERROR_WINHTTP_SECURE_FAILURE;
            }
            length += sprintf(*key + length, " as ");
            length += append_hex(*key + length, thumbprint, thumbprint_size);
        }
    }
    if (hash_identities(exchange, proxy && url->scheme == HTTP_SCHEME_HTTPS, digest))
    {
        length += sprintf(*key + length, " for ");
        append_hex(*key + length, digest, sizeof(digest));
    }
    return 0;
}

/* --- making connections --- */

/* The program's own word about the certificate (B-578), once for each connection and exchange. */
static uint32_t approve(struct http_exchange *exchange)
{
    const struct http_options *options = &exchange->options;
    struct http_connection *connection = exchange->connection;
    uint32_t result;

    if (!options->certificate_check || !connection->tls || connection->approved_by == exchange->id) return 0;
    result = options->certificate_check(options->certificate_check_context, exchange->url.host, exchange->url.port,
                                        http_tls_certificate(connection->tls));
    if (result)
    {
        WARN("the program declines the certificate of %s: %#x\n", exchange->url.host, result);
        return result;
    }
    connection->approved_by = exchange->id;
    return 0;
}

static uint32_t open_connection(struct http_exchange *exchange, const char *key)
{
    const struct http_proxy *proxy = exchange->proxy;

    exchange->reused = false;
    return http_connection_open(proxy ? proxy->host : exchange->url.host, proxy ? proxy->port : exchange->url.port, key,
                                &exchange->wait, &exchange->connection);
}

/* What the proxy said to CONNECT.  *again: say it again, maybe on a new connection. */
static uint32_t judge_tunnel(struct http_exchange *exchange, bool *answered, bool *again)
{
    struct http_auth *auth = &exchange->auth[HTTP_AUTH_PROXY];
    uint32_t error;

    if ((error = http_answer_take(exchange, "CONNECT"))) return error;
    if (exchange->head.status == 407)
    {
        if ((error = http_auth_challenged(auth, &exchange->head.fields, exchange->connection, exchange->keeps_open,
                                          again)))
            return error;
        if (*again) return http_answer_skip(exchange);
    }
    else
    {
        http_auth_accepted(auth, &exchange->head.fields, exchange->connection);
        if (exchange->head.status < 300)
        {
            exchange->answered = false;
            return 0;
        }
    }
    /* The refusal is the answer; this connection never became what its key says. */
    TRACE("the proxy makes no tunnel, status %d\n", exchange->head.status);
    exchange->from_proxy = true;
    exchange->keeps_open = false;
    *answered = true;
    return 0;
}

static uint32_t open_tunnel(struct http_exchange *exchange, const char *key, bool *answered)
{
    unsigned int round;
    bool started;
    uint32_t error;

    for (round = 0; round < TUNNEL_ROUNDS_MAX; round++)
    {
        bool again = false;

        if (exchange->connection && !http_connection_is_idle(exchange->connection, false))
            http_exchange_close(exchange);
        if (!exchange->connection && (error = open_connection(exchange, key))) return error;
        if ((error = http_request_send_connect(exchange))) return error;
        if ((error = http_connection_receive_answer(exchange->connection, &exchange->wait, &exchange->head, &started)))
            return error;
        if ((error = judge_tunnel(exchange, answered, &again)) || !again) return error;
    }
    WARN("more than %u requests for one tunnel\n", TUNNEL_ROUNDS_MAX);
    return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
}

static uint32_t open_way(struct http_exchange *exchange, const char *key, bool *answered)
{
    bool secure = exchange->url.scheme == HTTP_SCHEME_HTTPS;
    struct http_options options = exchange->options;
    uint32_t error;

    if ((error = open_connection(exchange, key))) return error;
    if (!secure) return 0;
    if (exchange->proxy && ((error = open_tunnel(exchange, key, answered)) || *answered)) return error;
    options.client_certificate = client_certificate(exchange);
    if ((error = http_connection_start_tls(exchange->connection, &exchange->wait, exchange->url.host, &options)))
        return error;
    return approve(exchange);
}

/*
 * Takes the exchange's own connection if it is the right one, or a kept one.  A request that must not be repeated
 * deserves a closer look.
 */
static bool take_kept(struct http_exchange *exchange, const char *key)
{
    bool thorough = !http_method_is_idempotent(exchange->method);

    exchange->reused = true;
    if (exchange->connection && !strcmp(exchange->connection->key, key))
    {
        if (http_connection_is_idle(exchange->connection, thorough)) return true;
        http_exchange_close(exchange);
    }
    if (exchange->connection) http_pool_put(exchange->pool, exchange->connection);
    exchange->connection = http_pool_take(exchange->pool, key, thorough);
    return exchange->connection != NULL;
}

static uint32_t dial_one(struct http_exchange *exchange, bool fresh, bool *answered)
{
    uint32_t error;
    char *key;

    if (!(error = build_key(exchange, &key)))
    {
        if (fresh) http_exchange_close(exchange);
        if (!fresh && take_kept(exchange, key)) error = approve(exchange);
        else error = open_way(exchange, key, answered);
        if (error) http_exchange_close(exchange);
    }
    free(key);
    return error;
}

uint32_t http_exchange_dial(struct http_exchange *exchange, bool fresh, bool *answered)
{
    bool changed = false;
    uint32_t error;

    *answered = false;
    error = http_route_list_find(&exchange->routes, &exchange->options, &exchange->url, &exchange->cancel, &changed);
    if (changed) exchange->proxy = NULL;
    if (error) return error;
    /* Stay with the way that worked before, challenges and connections go with it. */
    if (!exchange->proxy) exchange->proxy = http_route_list_next(&exchange->routes, NULL);
    for (;;)
    {
        const struct http_proxy *next;

        error = dial_one(exchange, fresh, answered);
        if (error != ERROR_WINHTTP_CANNOT_CONNECT && error != ERROR_WINHTTP_NAME_NOT_RESOLVED) return error;
        if (!exchange->proxy || !(next = http_route_list_next(&exchange->routes, exchange->proxy))) break;
        WARN("proxy %s port %u: error %u, trying the next\n", exchange->proxy->host, exchange->proxy->port, error);
        exchange->proxy = next;
    }
    /* The next request begins with the first proxy again. */
    exchange->proxy = NULL;
    return error;
}
