/*
 * The inside of an exchange, shared by the files that make it up.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_EXCHANGE_H
#define WINE_BITS_HTTP_EXCHANGE_H

#include "http/auth.h"
#include "http/body.h"
#include "http/connection.h"
#include "http/http.h"
#include "http/pool.h"
#include "http/proxy.h"
#include "http/url.h"

struct http_exchange
{
    struct http_pool *pool;
    struct http_options options;
    struct http_cancel cancel;
    struct http_wait wait;
    uint64_t id;                  /* unique in this process, never 0 */
    struct http_fields custom;    /* of options.custom_headers */
    struct http_fields challenge; /* of options.challenge_headers */
    struct http_auth auth[HTTP_AUTH_TARGET_COUNT];
    struct http_route_list routes;

    /* The request in hand, as redirects and challenges have changed it. */
    const struct http_request *request;
    struct http_fields request_fields;
    struct http_url url;
    const char *method;
    bool with_body;
    bool trusted;        /* still the server that credentials are meant for */
    bool challenge_sent; /* options.challenge_headers go along */
    bool redirected;
    const struct http_proxy *proxy; /* the way taken, NULL: direct */

    /* The answer, and the connection it comes from until it was read. */
    struct http_connection *connection;
    bool reused;     /* the connection had carried another request before this one */
    bool from_proxy; /* a proxy refused to make a tunnel: not the server's answer */
    struct
    {
        bool heard;     /* before all of the body was sent: a final answer, in head, or an end */
        bool started;   /* the answer has */
        uint32_t error; /* why there is none */
    } early;
    bool keeps_open; /* the connection can be used again after the body */
    struct http_response_head head;
    struct http_body body;
    uint32_t body_error; /* sticky */
    bool answered;       /* head and body are those of an answer */
    struct http_response response;
    char peer[64]; /* response.server_address */
    char *url_text;
    char *raw_headers;
};

/*
 * dial.c: takes or makes a connection for the request in hand.  fresh: not a kept one.  *answered: a proxy
 * answered instead of making a tunnel; the answer is in place, with from_proxy set.
 */
uint32_t http_exchange_dial(struct http_exchange *exchange, bool fresh, bool *answered);

/* request.c: sends the request in hand.  Stops, with exchange->early set, when the server does not want all of it. */
uint32_t http_exchange_send_request(struct http_exchange *exchange);

/* request.c: sends the request for a tunnel. */
uint32_t http_exchange_send_connect(struct http_exchange *exchange);

/* exchange.c: makes what has arrived in head the answer to a request of that method. */
uint32_t http_exchange_take_answer(struct http_exchange *exchange, const char *method);

/*
 * exchange.c: gets rid of the body of an answer that is not the last one.  The connection is kept in the
 * exchange if it can carry the next request, otherwise closed.
 */
uint32_t http_exchange_skip_body(struct http_exchange *exchange);

/* exchange.c: closes the connection. */
void http_exchange_hang_up(struct http_exchange *exchange);

static inline uint32_t http_win32_error(enum http_parse_error error, uint32_t otherwise)
{
    if (error == HTTP_PARSE_OK) return 0;
    return error == HTTP_PARSE_NO_MEMORY ? ERROR_NOT_ENOUGH_MEMORY : otherwise;
}

#endif
