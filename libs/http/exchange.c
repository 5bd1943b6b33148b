/*
 * One exchange: a request, and whatever it takes to get its answer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/answer.h"
#include "http/client.h"
#include "http/dial.h"
#include "http/errors.h"
#include "http/exchange_state.h"
#include "http/redact.h"
#include "http/request.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

#define REDIRECTS_MAX 10
#define ROUNDS_MAX 64            /* requests of one send, whatever the servers say */
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
    http_fields_init(&exchange->fields_behind);
    http_auth_init(&exchange->auth[HTTP_AUTH_SERVER], HTTP_AUTH_SERVER, &exchange->options);
    http_auth_init(&exchange->auth[HTTP_AUTH_PROXY], HTTP_AUTH_PROXY, &exchange->options);
    http_route_list_init(&exchange->routes);
    http_url_init(&exchange->url);
    http_url_init(&exchange->home);
    http_cookie_jar_init(&exchange->own_cookies);
    exchange->cookies = options->cookies ? options->cookies : &exchange->own_cookies;
    http_response_init(&exchange->head);
    if (!http_cancel_init(&exchange->cancel) || parse_given(&exchange->custom, options->custom_headers) ||
        parse_given(&exchange->challenge, options->challenge_headers))
    {
        http_exchange_destroy(exchange);
        return NULL;
    }
    return exchange;
}

void http_exchange_destroy(struct http_exchange *exchange)
{
    if (!exchange) return;
    http_exchange_close(exchange);
    http_answer_forget(exchange);
    http_response_cleanup(&exchange->head);
    http_url_cleanup(&exchange->url);
    http_url_cleanup(&exchange->home);
    http_cookie_jar_cleanup(&exchange->own_cookies);
    http_route_list_cleanup(&exchange->routes);
    http_auth_cleanup(&exchange->auth[HTTP_AUTH_SERVER]);
    http_auth_cleanup(&exchange->auth[HTTP_AUTH_PROXY]);
    http_fields_cleanup(&exchange->custom);
    http_fields_cleanup(&exchange->challenge);
    http_fields_cleanup(&exchange->request_fields);
    http_fields_cleanup(&exchange->fields_behind);
    http_cancel_cleanup(&exchange->cancel);
    free(exchange);
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    http_cancel_request(&exchange->cancel);
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
    send_error = http_request_send(exchange);
    exchange->sent_whole = !send_error && !exchange->early.heard;
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
    if ((error = http_answer_take(exchange, exchange->method))) return error;
    if (send_error || exchange->early.heard || is_stuck(exchange)) exchange->keeps_open = false;
    return 0;
}

/*
 * Whether a kept connection is to blame for an error: the server closed it just now, before it has seen the
 * request, or what came is still of the answer before, a body that HEAD or 204 should not have.
 */
static bool is_stale(const struct http_exchange *exchange, uint32_t error, bool started)
{
    if (!exchange->reused) return false;
    if (!http_method_is_idempotent(exchange->method) && exchange->sent_whole) return false;
    return error == HTTP_ERROR_NOT_HTTP || (error == ERROR_WINHTTP_CONNECTION_ERROR && !started);
}

/* One request and the head of its answer; repeated on a new connection if a kept one was stale. */
static uint32_t perform(struct http_exchange *exchange)
{
    bool fresh = false, answered, started;
    uint32_t error;

    for (;;)
    {
        if ((error = http_exchange_dial(exchange, fresh, &answered)) || answered) break;
        if (!(error = talk(exchange, &started))) break;
        http_exchange_close(exchange);
        if (fresh || !is_stale(exchange, error, started)) break;
        TRACE("the kept connection was stale\n");
        fresh = true;
    }
    if (error) http_exchange_close(exchange);
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

/* What is withheld from one server is not given to those that it names. */
static void limit_cargo(struct http_exchange *exchange, const struct http_url *to)
{
    enum http_cargo cargo;

    for (cargo = 0; cargo < HTTP_CARGO_COUNT; cargo++)
        exchange->may[cargo] = exchange->may[cargo] && http_may_send(cargo, exchange->named_by, &exchange->home, to);
}

/* Takes a URL over as the one to ask.  redirected: by the server of the one before. */
static uint32_t set_url(struct http_exchange *exchange, struct http_url *url, bool redirected)
{
    struct http_auth *auth = &exchange->auth[HTTP_AUTH_SERVER];
    bool same = exchange->url.memory && http_url_same_origin(&exchange->url, url);
    bool keep_user = redirected && exchange->may[HTTP_CARGO_URL_USER];
    uint32_t error = 0;

    /* What this server asked for before is remembered, unless the URL brings something else. */
    if (!same || url->user || (auth->url_user && !keep_user))
        error = http_auth_set_server(auth, url->user, url->password);
    auth->withheld = !exchange->may[HTTP_CARGO_CREDENTIALS];
    http_url_cleanup(&exchange->url);
    exchange->url = *url;
    http_url_init(url);
    return error;
}

/* *again: the answer is a redirect that was followed. */
static uint32_t follow_redirect(struct http_exchange *exchange, unsigned int *count, bool *again)
{
    const char *location = http_fields_get(&exchange->head.fields, "Location");
    enum http_parse_error result;
    struct http_url url;
    uint32_t error;

    if (!is_redirect(exchange->head.status) || exchange->from_proxy || !location || !location[0]) return 0;
    if (exchange->options.redirects == HTTP_REDIRECT_REFUSE) return 0;
    if ((result = http_redirect_target(&url, &exchange->url, location, exchange->options.allow_https_to_http)))
    {
        if (result == HTTP_PARSE_NO_MEMORY) return ERROR_NOT_ENOUGH_MEMORY;
        WARN("a redirect to %s is not followed\n", debug_url(location));
        return 0;
    }
    if (++*count > REDIRECTS_MAX)
    {
        WARN("too many redirects\n");
        error = ERROR_WINHTTP_REDIRECT_FAILED;
    }
    else if (!(error = http_answer_skip(exchange)))
    {
        TRACE("redirected to %s\n", debug_url(location));
        exchange->named_by = HTTP_NAMED_BY_REDIRECT;
        limit_cargo(exchange, &url);
        change_method(exchange, exchange->head.status);
        exchange->redirected = true;
        *again = true;
        error = set_url(exchange, &url, true);
    }
    http_url_cleanup(&url);
    return error;
}

/* --- cookies --- */

static uint32_t take_cookies(struct http_exchange *exchange)
{
    const char *value;
    size_t i;

    if (exchange->from_proxy) return 0;
    for (i = 0; (value = http_fields_get_nth(&exchange->head.fields, "Set-Cookie", i)); i++)
        if (http_cookie_jar_set(exchange->cookies, &exchange->url, value, time(NULL))) return ERROR_NOT_ENOUGH_MEMORY;
    return 0;
}

/* --- challenges --- */

/* With the program's credentials, or those of the URL, whoever named it. */
static bool may_authenticate(const struct http_exchange *exchange)
{
    return exchange->may[HTTP_CARGO_CREDENTIALS] || exchange->auth[HTTP_AUTH_SERVER].url_user;
}

/* *again: the answer is a challenge that has an answer itself. */
static uint32_t answer_challenge(struct http_exchange *exchange, bool *again)
{
    int status = exchange->head.status;
    uint32_t error = 0;

    if (exchange->from_proxy) return 0;
    if (status == 407 && exchange->proxy && !exchange->connection->tls)
        error = http_auth_challenged(&exchange->auth[HTTP_AUTH_PROXY], &exchange->head.fields, exchange->connection,
                                     exchange->keeps_open, again);
    else if (status == 401 && exchange->challenge.count && !exchange->challenge_sent &&
             exchange->may[HTTP_CARGO_CHALLENGE_FIELDS])
        *again = exchange->challenge_sent = true;
    else if (status == 401 && may_authenticate(exchange))
        error = http_auth_challenged(&exchange->auth[HTTP_AUTH_SERVER], &exchange->head.fields, exchange->connection,
                                     exchange->keeps_open, again);
    if (status != 407 && exchange->proxy && !exchange->connection->tls)
        http_auth_accepted(&exchange->auth[HTTP_AUTH_PROXY], &exchange->head.fields, exchange->connection);
    if (status != 401 && status != 407)
        http_auth_accepted(&exchange->auth[HTTP_AUTH_SERVER], &exchange->head.fields, exchange->connection);
    if (error || !*again) return error;
    return http_answer_skip(exchange);
}

/* --- the public side --- */

/* What the options' secrets are meant for, and which of them may go to url. */
static uint32_t set_home(struct http_exchange *exchange, const struct http_request *request, const struct http_url *url)
{
    enum http_parse_error result;
    enum http_cargo cargo;

    http_url_cleanup(&exchange->home);
    if (request->home) result = http_url_parse(&exchange->home, request->home, strlen(request->home));
    else result = http_url_copy(&exchange->home, url);
    if (result) return http_win32_error(result, ERROR_WINHTTP_INVALID_URL);
    exchange->named_by = request->named_by;
    for (cargo = 0; cargo < HTTP_CARGO_COUNT; cargo++) exchange->may[cargo] = true;
    limit_cargo(exchange, url);
    return 0;
}

static uint32_t begin(struct http_exchange *exchange, const struct http_request *request)
{
    enum http_parse_error result;
    struct http_url url;
    uint32_t error;

    if (http_cancel_requested(&exchange->cancel)) return ERROR_OPERATION_ABORTED;
    if ((result = http_url_parse(&url, request->url, strlen(request->url))))
    {
        WARN("%s is no usable URL\n", debug_url(request->url));
        return http_win32_error(result, result == HTTP_PARSE_UNSUPPORTED ? ERROR_WINHTTP_UNRECOGNIZED_SCHEME
                                                                         : ERROR_WINHTTP_INVALID_URL);
    }
    if (!(error = set_home(exchange, request, &url))) error = set_url(exchange, &url, false);
    http_url_cleanup(&url);
    if (error) return error;
    http_fields_clear(&exchange->request_fields);
    http_fields_clear(&exchange->fields_behind);
    if (parse_given(&exchange->request_fields, request->headers) ||
        parse_given(&exchange->fields_behind, request->headers_behind))
        return ERROR_NOT_ENOUGH_MEMORY;
    http_auth_begin(&exchange->auth[HTTP_AUTH_SERVER]);
    http_auth_begin(&exchange->auth[HTTP_AUTH_PROXY]);
    exchange->request = request;
    exchange->method = request->method;
    exchange->with_body = true;
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
        if (!(error = take_cookies(exchange))) error = answer_challenge(exchange, &again);
        if (!error && !again) error = follow_redirect(exchange, &redirects, &again);
        if (error || !again) return error;
    }
    WARN("more than %u requests for one answer\n", ROUNDS_MAX);
    return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
}

uint32_t http_exchange_send(struct http_exchange *exchange, const struct http_request *request,
                            const struct http_response **response)
{
    uint32_t error;

    *response = NULL;
    http_exchange_close(exchange);
    http_answer_forget(exchange);
    if (!(error = begin(exchange, request)) && !(error = run(exchange))) error = http_answer_describe(exchange);
    exchange->request = NULL;
    if (error)
    {
        http_exchange_close(exchange);
        http_answer_forget(exchange);
        return error;
    }
    http_answer_release(exchange);
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
    if (exchange->body_error) http_exchange_close(exchange);
    else http_answer_release(exchange);
    return exchange->body_error;
}

void http_exchange_abandon(struct http_exchange *exchange)
{
    if (!exchange->answered || exchange->body.ended || exchange->body_error) return;
    exchange->body_error = ERROR_WINHTTP_CONNECTION_ERROR;
    http_exchange_close(exchange);
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
