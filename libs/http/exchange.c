/*
 * One exchange: a request, and whatever it takes to get its answer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/exchange.h"
#include "http/client.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

#define REDIRECTS_MAX 10
#define ROUNDS_MAX 64            /* requests of one send, whatever the servers say */
#define SKIP_MAX (256 * 1024)    /* bytes of a body that are read for the sake of keeping the connection */
#define SKIP_TIMEOUT 5000        /* ms without a byte, then another connection is better */
#define SKIPPED_BODY (16 * 1024) /* a body of a refused request that every proxy reads to its end */

/* --- creation --- */

static enum http_parse_error parse_given(struct http_fields *fields, const char *text)
{
    return text ? http_fields_parse_tolerant(fields, text, strlen(text)) : HTTP_PARSE_OK;
}

struct http_exchange *http_exchange_create(struct http_client *client, const struct http_options *options)
{
    static volatile LONG64 last_id;
    struct http_exchange *exchange;

    if (!(exchange = calloc(1, sizeof(*exchange)))) return NULL;
    exchange->pool = http_client_pool(client);
    exchange->options = *options;
    exchange->id = InterlockedIncrement64(&last_id);
    exchange->wait.cancel = &exchange->cancel;
    exchange->wait.connect_timeout = options->connect_timeout;
    exchange->wait.send_timeout = options->send_timeout;
    exchange->wait.receive_timeout = options->receive_timeout;
    http_fields_init(&exchange->custom);
    http_fields_init(&exchange->challenge);
    http_fields_init(&exchange->request_fields);
    http_auth_init(&exchange->auth[HTTP_AUTH_SERVER], HTTP_AUTH_SERVER, &exchange->options);
    http_auth_init(&exchange->auth[HTTP_AUTH_PROXY], HTTP_AUTH_PROXY, &exchange->options);
    http_route_list_init(&exchange->routes);
    http_url_init(&exchange->url);
    http_response_init(&exchange->head);
    if (!http_cancel_init(&exchange->cancel) || parse_given(&exchange->custom, options->custom_headers) ||
        parse_given(&exchange->challenge, options->challenge_headers))
    {
        http_exchange_destroy(exchange);
        return NULL;
    }
    return exchange;
}

void http_exchange_hang_up(struct http_exchange *exchange)
{
    http_connection_destroy(exchange->connection);
    exchange->connection = NULL;
}

static void forget_answer(struct http_exchange *exchange)
{
    exchange->answered = false;
    exchange->from_proxy = false;
    exchange->body_error = 0;
    memset(&exchange->response, 0, sizeof(exchange->response));
    free(exchange->url_text);
    free(exchange->raw_headers);
    exchange->url_text = exchange->raw_headers = NULL;
}

void http_exchange_destroy(struct http_exchange *exchange)
{
    if (!exchange) return;
    http_exchange_hang_up(exchange);
    forget_answer(exchange);
    http_response_cleanup(&exchange->head);
    http_url_cleanup(&exchange->url);
    http_route_list_cleanup(&exchange->routes);
    http_auth_cleanup(&exchange->auth[HTTP_AUTH_SERVER]);
    http_auth_cleanup(&exchange->auth[HTTP_AUTH_PROXY]);
    http_fields_cleanup(&exchange->custom);
    http_fields_cleanup(&exchange->challenge);
    http_fields_cleanup(&exchange->request_fields);
    http_cancel_cleanup(&exchange->cancel);
    free(exchange);
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    http_cancel_request(&exchange->cancel);
}

/* --- answers --- */

uint32_t http_exchange_take_answer(struct http_exchange *exchange, const char *method)
{
    bool plain_proxy = exchange->proxy && !exchange->connection->tls;
    enum http_parse_error result;
    struct http_framing framing;

    if ((result = http_response_framing(&exchange->head, method, &framing)))
    {
        WARN("bad framing, parser says %d\n", result);
        return http_win32_error(result, ERROR_WINHTTP_INVALID_SERVER_RESPONSE);
    }
    exchange->keeps_open = http_response_keep_alive(&exchange->head, &framing, plain_proxy);
    http_body_init(&exchange->body, &framing);
    exchange->body_error = 0;
    exchange->answered = true;
    return 0;
}

/* Once the body was read: the connection goes into the pool, or away. */
static void release_connection(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;

    if (!connection || !exchange->body.ended) return;
    if (exchange->keeps_open && !connection->refused && !exchange->body.framing.must_close &&
        connection->start == connection->end)
    {
        exchange->connection = NULL;
        http_pool_put(exchange->pool, connection);
    }
    else http_exchange_hang_up(exchange);
}

uint32_t http_exchange_skip_body(struct http_exchange *exchange)
{
    bool worth_it = exchange->keeps_open && exchange->connection && !exchange->connection->refused &&
                    (exchange->body.framing.kind != HTTP_BODY_LENGTH || exchange->body.framing.length <= SKIP_MAX);
    struct http_wait wait = exchange->wait;
    size_t total = 0, got = 0;
    uint32_t error = 0;
    char *buffer;

    exchange->answered = false;
    if (!exchange->connection) return 0;
    if (!wait.receive_timeout || wait.receive_timeout > SKIP_TIMEOUT) wait.receive_timeout = SKIP_TIMEOUT;
    if (worth_it && !exchange->body.ended)
    {
        if (!(buffer = malloc(SKIP_MAX))) return ERROR_NOT_ENOUGH_MEMORY;
        while (!error && !exchange->body.ended && total < SKIP_MAX)
        {
            error = http_body_read(&exchange->body, exchange->connection, &wait, buffer, SKIP_MAX, &got);
            total += got;
        }
        free(buffer);
    }
    if (error || !worth_it || !exchange->body.ended || exchange->body.framing.must_close)
        http_exchange_hang_up(exchange);
    return error == ERROR_OPERATION_ABORTED ? error : 0;
}

/* The text of the header as http.h promises it. */
static char *write_raw_headers(const struct http_response_head *head)
{
    size_t reason = strlen(head->reason), block_size, used;
    char *block, *text;

    if (!(block = http_fields_to_block(&head->fields, &block_size))) return NULL;
    if ((text = malloc(32 + reason + block_size)))
    {
        used = sprintf(text, "HTTP/1.%d %d%s", head->minor_version, head->status, reason ? " " : "");
        memcpy(text + used, head->reason, reason);
        used += reason;
        used += sprintf(text + used, "\r\n");
        memcpy(text + used, block, block_size);
        memcpy(text + used + block_size, "\r\n", 3);
    }
    free(block);
    return text;
}

/* Of this body; for HEAD of the one that GET would have brought. */
static uint64_t answer_length(const struct http_exchange *exchange)
{
    const struct http_framing *framing = &exchange->body.framing;
    uint64_t length;
    bool present;

    switch (framing->kind)
    {
    case HTTP_BODY_LENGTH: return framing->length;
    case HTTP_BODY_NONE:
        if (strcmp(exchange->method, "HEAD")) return 0;
        if (http_fields_content_length(&exchange->head.fields, &present, &length) || !present) break;
        return length;
    default: break;
    }
    return HTTP_LENGTH_UNKNOWN;
}

static uint32_t fill_response(struct http_exchange *exchange)
{
    struct http_response *response = &exchange->response;

    exchange->url_text = http_url_to_string(&exchange->url, HTTP_URL_WITH_USERINFO | HTTP_URL_WITH_FRAGMENT);
    exchange->raw_headers = write_raw_headers(&exchange->head);
    if (!exchange->url_text || !exchange->raw_headers) return ERROR_NOT_ENOUGH_MEMORY;
    response->status = exchange->head.status;
    response->version = exchange->head.minor_version ? 11 : 10;
    response->content_length = answer_length(exchange);
    response->url = exchange->url_text;
    response->raw_headers = exchange->raw_headers;
    lstrcpynA(exchange->peer, http_socket_peer(exchange->connection->socket), sizeof(exchange->peer));
    response->server_address = exchange->peer;
    response->redirected = exchange->redirected;
    TRACE("status %u, %I64d bytes from %s\n", response->status, response->content_length, exchange->peer);
    return 0;
}

/* --- one round --- */

/*
 * Whether a proxy may have answered without reading the body: squid refuses a request when it has the head,
 * says that the connection is kept, and never reads more than 64 KiB of the body. Handshakes need the
 * connection, and are mostly without a body.
 */
static bool is_stuck(const struct http_exchange *exchange)
{
    const struct http_connection *connection = exchange->connection;

    return exchange->proxy && !connection->tls && exchange->head.status >= 400 && exchange->with_body &&
           exchange->request->body && exchange->request->body_length > SKIPPED_BODY &&
           !connection->handshake[HTTP_AUTH_SERVER] && !connection->handshake[HTTP_AUTH_PROXY];
}

/* Sends the request in hand over the connection in hand and receives the head of the answer. */
static uint32_t talk(struct http_exchange *exchange, bool *started)
{
    uint32_t error, send_error;

    *started = false;
    send_error = http_exchange_send_request(exchange);
    if (exchange->early.heard)
    {
        *started = exchange->early.started;
        error = exchange->early.error;
    }
    else
    {
        /* A server may answer and close without taking all of the body: then its answer is what matters. */
        if (send_error &&
            (send_error != ERROR_WINHTTP_CONNECTION_ERROR || !http_connection_readable(exchange->connection)))
            return send_error;
        if (exchange->request->sent) exchange->request->sent(exchange->request->sent_context);
        error = http_connection_receive_answer(exchange->connection, &exchange->wait, &exchange->head, started);
    }
    if (error) return send_error ? send_error : error;
    if ((error = http_exchange_take_answer(exchange, exchange->method))) return error;
    if (send_error || exchange->early.heard || is_stuck(exchange)) exchange->keeps_open = false;
    return 0;
}

/*
 * One request and the head of its answer.  A kept connection may have been closed by the server just now: if
 * nothing of an answer came the request is said once more on a new one.
 */
static uint32_t perform(struct http_exchange *exchange)
{
    bool fresh = false, answered, started;
    uint32_t error;

    for (;;)
    {
        if ((error = http_exchange_dial(exchange, fresh, &answered)) || answered) break;
        if (!(error = talk(exchange, &started))) break;
        http_exchange_hang_up(exchange);
        if (error != ERROR_WINHTTP_CONNECTION_ERROR || started || fresh || !exchange->reused) break;
        TRACE("the kept connection was stale\n");
        fresh = true;
    }
    if (error) http_exchange_hang_up(exchange);
    return error;
}

/* --- redirects --- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/*
 * RFC 9110 section 15.4: what becomes of the method.  Like everybody else only POST changes with 301 and
 * 302.
 */
static void change_method(struct http_exchange *exchange, int status)
{
    bool get = !strcmp(exchange->method, "GET") || !strcmp(exchange->method, "HEAD");

    if ((status == 303 && !get) || ((status == 301 || status == 302) && !strcmp(exchange->method, "POST")))
    {
        exchange->method = "GET";
        exchange->with_body = false;
    }
}

/* Credentials may follow from http to https of the same server, otherwise nowhere else. */
static bool stays_trusted(const struct http_url *from, const struct http_url *to)
{
    if (http_url_same_origin(from, to)) return true;
    return !strcmp(from->host, to->host) && from->scheme == HTTP_SCHEME_HTTP && from->port == 80 &&
           to->scheme == HTTP_SCHEME_HTTPS && to->port == 443;
}

/* Takes a URL over as the one to ask. */
static uint32_t set_url(struct http_exchange *exchange, struct http_url *url)
{
    struct http_auth *auth = &exchange->auth[HTTP_AUTH_SERVER];
    bool same = exchange->url.memory && http_url_same_origin(&exchange->url, url);
    uint32_t error = 0;

    /* What this server asked for before is remembered, unless the URL brings something else. */
    if (!same || url->user || auth->url_user) error = http_auth_set_server(auth, url->user, url->password);
    http_url_cleanup(&exchange->url);
    exchange->url = *url;
    http_url_init(url);
    return error;
}

/* *again: the answer is a redirect that was followed. */
static uint32_t follow_redirect(struct http_exchange *exchange, unsigned int *count, bool *again)
{
    const char *location = http_fields_get(&exchange->head.fields, "Location");
    int status = exchange->head.status;
    enum http_parse_error result;
    struct http_url url;
    uint32_t error;

    if (!is_redirect(status) || exchange->from_proxy || !location || !location[0]) return 0;
    if (exchange->options.redirects == HTTP_REDIRECT_REFUSE) return 0;
    if ((result = http_url_resolve(&url, &exchange->url, location, strlen(location))))
    {
        if (result == HTTP_PARSE_NO_MEMORY) return ERROR_NOT_ENOUGH_MEMORY;
        WARN("a redirect to %s is not followed\n", location);
        return 0;
    }
    if (exchange->url.scheme == HTTP_SCHEME_HTTPS && url.scheme == HTTP_SCHEME_HTTP &&
        !exchange->options.allow_https_to_http)
    {
        WARN("a redirect from https to http is not followed\n");
        http_url_cleanup(&url);
        return 0;
    }
    if (++*count > REDIRECTS_MAX)
    {
        WARN("too many redirects\n");
        error = ERROR_WINHTTP_REDIRECT_FAILED;
    }
    else if (!(error = http_exchange_skip_body(exchange)))
    {
        TRACE("redirected to %s\n", location);
        if (exchange->trusted) exchange->trusted = stays_trusted(&exchange->url, &url);
        change_method(exchange, status);
        exchange->redirected = true;
        *again = true;
        error = set_url(exchange, &url);
    }
    http_url_cleanup(&url);
    return error;
}

/* --- challenges --- */

/* *again: the answer is a challenge that has an answer itself. */
static uint32_t answer_challenge(struct http_exchange *exchange, bool *again)
{
    int status = exchange->head.status;
    uint32_t error = 0;

    if (exchange->from_proxy) return 0;
    if (status == 407 && exchange->proxy && !exchange->connection->tls)
        error = http_auth_challenged(&exchange->auth[HTTP_AUTH_PROXY], &exchange->head.fields, exchange->connection,
                                     exchange->keeps_open, again);
    else if (status == 401 && exchange->challenge.count && !exchange->challenge_sent)
        *again = exchange->challenge_sent = true;
    else if (status == 401 && exchange->trusted)
        error = http_auth_challenged(&exchange->auth[HTTP_AUTH_SERVER], &exchange->head.fields, exchange->connection,
                                     exchange->keeps_open, again);
    if (status != 407 && exchange->proxy && !exchange->connection->tls)
        http_auth_accepted(&exchange->auth[HTTP_AUTH_PROXY], &exchange->head.fields, exchange->connection);
    if (status != 401 && status != 407)
        http_auth_accepted(&exchange->auth[HTTP_AUTH_SERVER], &exchange->head.fields, exchange->connection);
    if (error || !*again) return error;
    return http_exchange_skip_body(exchange);
}

/* --- the public side --- */

static uint32_t begin(struct http_exchange *exchange, const struct http_request *request)
{
    enum http_parse_error result;
    struct http_url url;
    uint32_t error;

    if (http_cancel_requested(&exchange->cancel)) return ERROR_OPERATION_ABORTED;
    if ((result = http_url_parse(&url, request->url, strlen(request->url))))
    {
        WARN("%s is no usable URL\n", request->url);
        return http_win32_error(result, result == HTTP_PARSE_UNSUPPORTED ? ERROR_WINHTTP_UNRECOGNIZED_SCHEME
                                                                         : ERROR_WINHTTP_INVALID_URL);
    }
    error = set_url(exchange, &url);
    http_url_cleanup(&url);
    if (error) return error;
    http_fields_clear(&exchange->request_fields);
    if (parse_given(&exchange->request_fields, request->headers)) return ERROR_NOT_ENOUGH_MEMORY;
    http_auth_begin(&exchange->auth[HTTP_AUTH_SERVER]);
    http_auth_begin(&exchange->auth[HTTP_AUTH_PROXY]);
    exchange->request = request;
    exchange->method = request->method;
    exchange->with_body = true;
    exchange->trusted = true;
    exchange->redirected = false;
    return 0;
}

static uint32_t run(struct http_exchange *exchange)
{
    unsigned int redirects = 0, round;
    uint32_t error;
    bool again;

    for (round = 0; round < ROUNDS_MAX; round++)
    {
        again = false;
        if ((error = perform(exchange))) return error;
        error = answer_challenge(exchange, &again);
        if (!error && !again) error = follow_redirect(exchange, &redirects, &again);
        if (error || !again) return error;
    }
    WARN("the servers want no end of requests\n");
    return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
}

uint32_t http_exchange_send(struct http_exchange *exchange, const struct http_request *request,
                            const struct http_response **response)
{
    uint32_t error;

    *response = NULL;
    http_exchange_hang_up(exchange);
    forget_answer(exchange);
    if (!(error = begin(exchange, request)) && !(error = run(exchange))) error = fill_response(exchange);
    exchange->request = NULL;
    if (error)
    {
        http_exchange_hang_up(exchange);
        forget_answer(exchange);
        return error;
    }
    release_connection(exchange);
    *response = &exchange->response;
    return 0;
}

uint32_t http_exchange_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *got)
{
    *got = 0;
    if (!exchange->answered) return ERROR_WINHTTP_INCORRECT_HANDLE_STATE;
    if (exchange->body_error) return exchange->body_error;
    if (exchange->body.ended) return 0;
    if (http_cancel_requested(&exchange->cancel)) exchange->body_error = ERROR_OPERATION_ABORTED;
    else
        exchange->body_error = http_body_read(&exchange->body, exchange->connection, &exchange->wait, buffer, size,
                                              got);
    if (exchange->body_error) http_exchange_hang_up(exchange);
    else release_connection(exchange);
    return exchange->body_error;
}

const char *http_exchange_peer(const struct http_exchange *exchange, BOOL *proxied)
{
    *proxied = exchange->proxy != NULL;
    return exchange->connection ? http_socket_peer(exchange->connection->socket) : exchange->peer;
}

const char *http_exchange_header(struct http_exchange *exchange, const char *name, unsigned int index)
{
    return exchange->answered ? http_fields_get_nth(&exchange->head.fields, name, index) : NULL;
}
