/*
 * Putting requests together and sending them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/errors.h"
#include "http/request.h"
#include "http/redact.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

/* Between two of them is a look at what the server may have said already, which costs three calls of wineserver. */
#define BODY_PIECE (1024 * 1024)

/* --- methods --- */

bool http_method_is_idempotent(const char *method)
{
    static const char *const methods[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"};
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(methods); i++)
        if (!strcmp(method, methods[i])) return true;
    return false;
}

/* --- header fields --- */

static bool is_any(const char *name, const char *const *names, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (!_stricmp(name, names[i])) return true;
    return false;
}

/* Fields that have their own place in a request, wherever they come from. */
static bool has_own_place(const char *name)
{
    static const char *const names[] = {"Accept", "Accept-Encoding", "Cookie", "User-Agent"};

    return is_any(name, names, ARRAYSIZE(names));
}

/*
 * Fields that no program may contribute: they say how the message is to be read, or need an answer of their
 * own.
 */
static bool is_ours(const char *name)
{
    static const char *const names[] = {"Expect", "Host", "Proxy-Authorization"};

    return http_field_is_framing(name) || is_any(name, names, ARRAYSIZE(names));
}

static bool is_of_request(const struct http_exchange *exchange, const struct http_fields *from)
{
    return from == &exchange->request_fields || from == &exchange->fields_behind;
}

static bool is_shadowed(const struct http_exchange *exchange, const struct http_fields *from, const char *name)
{
    if (is_of_request(exchange, from)) return false;
    if (http_fields_count(&exchange->request_fields, name) || http_fields_count(&exchange->fields_behind, name))
        return true;
    if (from == &exchange->challenge) return false;
    return exchange->challenge_sent && http_fields_count(&exchange->challenge, name);
}

/* Whether a field of the options may go to this server; those of the request belong to it. */
static bool may_go(const struct http_exchange *exchange, const struct http_fields *from, const char *name)
{
    if (is_of_request(exchange, from)) return true;
    return exchange->may[http_field_is_secret(name) ? HTTP_CARGO_SECRET_FIELDS : HTTP_CARGO_FIELDS];
}

/* Appends what a program gave, without the fields that have another place. */
static enum http_parse_error add_given(const struct http_exchange *exchange, struct http_fields *fields,
                                       const struct http_fields *given, bool own_authorization)
{
    enum http_parse_error error = HTTP_PARSE_OK;
    size_t i;

    for (i = 0; !error && i < given->count; i++)
    {
        const struct http_field *field = &given->items[i];

        if (has_own_place(field->name) || is_ours(field->name) || !may_go(exchange, given, field->name)) continue;
        if (own_authorization && !_stricmp(field->name, "Authorization")) continue;
        /* RFC 9110 section 15.4: a redirect has taken the body away, and with it what was said about it. */
        if (!exchange->with_body && !_strnicmp(field->name, "Content-", 8)) continue;
        if (is_shadowed(exchange, given, field->name)) continue;
        error = http_fields_add_span(fields, field->name, field->name_len, field->value, field->value_len);
    }
    return error;
}

/* Appends a field that a program may replace, or leave out by an empty value; value may be NULL. */
static enum http_parse_error add_default(const struct http_exchange *exchange, struct http_fields *fields,
                                         const char *name, const char *value)
{
    const char *given;

    if (!(given = http_fields_get(&exchange->request_fields, name)) && exchange->may[HTTP_CARGO_FIELDS])
        given = http_fields_get(&exchange->custom, name);
    if (given) value = given;
    return value && value[0] ? http_fields_add(fields, name, value) : HTTP_PARSE_OK;
}

/* The program's own cookies, and those that the server has set. */
static enum http_parse_error add_cookies(const struct http_exchange *exchange, struct http_fields *fields)
{
    const char *given = exchange->may[HTTP_CARGO_SECRET_FIELDS] ? http_fields_get(&exchange->custom, "Cookie") : NULL;
    enum http_parse_error error;
    char *kept, *both;
    size_t size;

    if ((error = http_cookie_jar_get(exchange->cookies, exchange->named_by, &exchange->url, time(NULL), &kept)))
        return error;
    if (given && kept)
    {
        size = strlen(given) + strlen(kept) + 3;
        error = HTTP_PARSE_NO_MEMORY;
        if ((both = malloc(size)))
        {
            snprintf(both, size, "%s; %s", given, kept);
            error = http_fields_add(fields, "Cookie", both);
        }
        free(both);
    }
    else if (given || kept) error = http_fields_add(fields, "Cookie", given ? given : kept);
    free(kept);
    return error;
}

static enum http_parse_error add_length(const struct http_exchange *exchange, struct http_fields *fields,
                                        bool send_body)
{
    const struct http_request *request = exchange->request;
    char length[24];

    if (!exchange->with_body || (!request->body && !request->send_length)) return HTTP_PARSE_OK;
    snprintf(length, sizeof(length), "%" PRIu64, send_body && request->body ? request->body_length : 0);
    return http_fields_add(fields, "Content-Length", length);
}

/* The order is that of Windows 10 and 11 (B-422, D-360). */
static uint32_t build_fields(const struct http_exchange *exchange, const char *authorization,
                             const char *proxy_authorization, bool send_body, struct http_fields *fields)
{
    bool upload = exchange->with_body && (exchange->request->body || exchange->request->send_length);
    enum http_parse_error error;
    char *host;

    if (!(host = http_url_to_host(&exchange->url))) return ERROR_NOT_ENOUGH_MEMORY;
    error = http_fields_add(fields, "Connection", "Keep-Alive");
    if (!error) error = add_default(exchange, fields, "Accept", "*/*");
    if (!error) error = add_default(exchange, fields, "Accept-Encoding", upload ? NULL : "identity");
    if (!error) error = add_given(exchange, fields, &exchange->request_fields, authorization != NULL);
    if (!error) error = add_default(exchange, fields, "User-Agent", exchange->options.user_agent);
    if (!error) error = add_given(exchange, fields, &exchange->fields_behind, authorization != NULL);
    if (!error) error = add_given(exchange, fields, &exchange->custom, authorization != NULL);
    if (!error && exchange->challenge_sent)
        error = add_given(exchange, fields, &exchange->challenge, authorization != NULL);
    if (!error) error = add_cookies(exchange, fields);
    if (!error && authorization) error = http_fields_add(fields, "Authorization", authorization);
    if (!error && proxy_authorization) error = http_fields_add(fields, "Proxy-Authorization", proxy_authorization);
    if (!error) error = add_length(exchange, fields, send_body);
    if (!error) error = http_fields_add(fields, "Host", host);
    free(host);
    return http_win32_error(error, ERROR_WINHTTP_INVALID_HEADER);
}

/* A program's own Proxy-Authorization field is for the proxy and for nobody else. */
static uint32_t proxy_credentials(struct http_exchange *exchange, const char *method, const char *target, char **value,
                                  bool *unfinished)
{
    const char *given;
    uint32_t error;

    if ((error = http_auth_value(&exchange->auth[HTTP_AUTH_PROXY], exchange->connection, method, target,
                                 exchange->proxy->host, value, unfinished)))
        return error;
    if (*value || !(given = http_fields_get(&exchange->custom, "Proxy-Authorization"))) return 0;
    return (*value = _strdup(given)) ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

/* --- sending --- */

/*
 * Whether the server has made up its mind before it has all of the body: there is no point in going on then
 * (RFC 9112 section 9.5). Interim answers, which nobody has asked for, say nothing.
 */
static bool has_answered(void *context)
{
    struct http_exchange *exchange = context;
    struct http_connection *connection = exchange->connection;

    do {
        exchange->early.error = http_connection_receive_head(connection, &exchange->wait, &exchange->head,
                                                             &exchange->early.started);
        exchange->early.heard = exchange->early.error || exchange->head.status >= 200;
    } while (!exchange->early.heard && connection->start != connection->end);
    return exchange->early.heard;
}

/* Sends the head and the body behind it, the first of which goes along with the head. */
static uint32_t send_body(struct http_exchange *exchange, const char *head, size_t head_size)
{
    const struct http_request *request = exchange->request;
    uint64_t offset = 0;
    size_t used = head_size;
    uint32_t error = 0;
    char *buffer;

    if (!(buffer = malloc(head_size + BODY_PIECE))) return ERROR_NOT_ENOUGH_MEMORY;
    memcpy(buffer, head, head_size);
    /* With TLS what can be read need not be an answer. */
    exchange->wait.heard = exchange->connection->tls ? NULL : has_answered;
    exchange->wait.heard_context = exchange;
    while (offset < request->body_length)
    {
        size_t size = min(request->body_length - offset, BODY_PIECE), got = 0;

        if ((error = request->body(request->body_context, offset, buffer + used, size, &got))) break;
        if (!got || got > size)
        {
            WARN("the source of the body ended at %I64u of %I64u\n", offset, request->body_length);
            error = ERROR_HANDLE_EOF;
            break;
        }
        if ((error = http_connection_send(exchange->connection, &exchange->wait, buffer, used + got))) break;
        offset += got;
        used = 0;
        if (offset < request->body_length && exchange->wait.heard && http_connection_readable(exchange->connection) &&
            has_answered(exchange))
            break;
    }
    exchange->wait.heard = NULL;
    free(buffer);
    return error;
}

/* Both credentials for the request in hand; allocated or NULL. */
static uint32_t get_credentials(struct http_exchange *exchange, const char *target, char **authorization,
                                char **proxy_authorization, bool *unfinished)
{
    bool proxied = exchange->proxy && !exchange->connection->tls;
    uint32_t error;

    if (proxied && (error = proxy_credentials(exchange, exchange->method, target, proxy_authorization, unfinished)))
        return error;
    return http_auth_value(&exchange->auth[HTTP_AUTH_SERVER], exchange->connection, exchange->method, target,
                           exchange->url.host, authorization, unfinished);
}

uint32_t http_request_send(struct http_exchange *exchange)
{
    bool proxied = exchange->proxy && !exchange->connection->tls, unfinished = false, body;
    char *target, *head = NULL, *authorization = NULL, *proxy_authorization = NULL;
    struct http_fields fields;
    uint32_t error;
    size_t size;

    memset(&exchange->early, 0, sizeof(exchange->early));
    http_fields_init(&fields);
    if (!(target = http_url_to_target(&exchange->url, proxied ? HTTP_TARGET_ABSOLUTE : HTTP_TARGET_ORIGIN)))
        return ERROR_NOT_ENOUGH_MEMORY;
    if ((error = get_credentials(exchange, target, &authorization, &proxy_authorization, &unfinished))) goto done;
    body = exchange->with_body && exchange->request->body && exchange->request->body_length && !unfinished;
    if ((error = build_fields(exchange, authorization, proxy_authorization, body, &fields))) goto done;
    error = http_win32_error(http_request_build(exchange->method, target, &fields, &head, &size),
                             ERROR_WINHTTP_INVALID_HEADER);
    if (error) goto done;
    TRACE("%s %s to %s\n", exchange->method, debug_url(target), http_socket_peer(exchange->connection->socket));
    if (body) error = send_body(exchange, head, size);
    else error = http_connection_send(exchange->connection, &exchange->wait, head, size);

done:
    http_fields_cleanup(&fields);
    free(proxy_authorization);
    free(authorization);
    free(target);
    free(head);
    return error;
}

uint32_t http_request_send_connect(struct http_exchange *exchange)
{
    char *target, *head = NULL, *authorization = NULL;
    enum http_parse_error result;
    struct http_fields fields;
    bool unfinished;
    uint32_t error;
    size_t size;

    http_fields_init(&fields);
    if (!(target = http_url_to_target(&exchange->url, HTTP_TARGET_AUTHORITY))) return ERROR_NOT_ENOUGH_MEMORY;
    if ((error = proxy_credentials(exchange, "CONNECT", target, &authorization, &unfinished))) goto done;
    result = authorization ? http_fields_add(&fields, "Proxy-Authorization", authorization) : HTTP_PARSE_OK;
    if (!result) result = add_default(exchange, &fields, "User-Agent", exchange->options.user_agent);
    if (!result) result = http_fields_add(&fields, "Host", target);
    if (!result) result = http_fields_add(&fields, "Proxy-Connection", "Keep-Alive");
    if (!result) result = http_request_build("CONNECT", target, &fields, &head, &size);
    if ((error = http_win32_error(result, ERROR_WINHTTP_INVALID_HEADER))) goto done;
    TRACE("CONNECT %s by %s\n", target, http_socket_peer(exchange->connection->socket));
    error = http_connection_send(exchange->connection, &exchange->wait, head, size);

done:
    http_fields_cleanup(&fields);
    free(authorization);
    free(target);
    free(head);
    return error;
}
