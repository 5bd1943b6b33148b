/*
 * The inside of an exchange, shared by the files that make it up: answer.h, request.h, dial.h and exchange.c.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_HTTP_EXCHANGE_STATE_H
#define WINE_BITS_HTTP_EXCHANGE_STATE_H

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
    struct http_cookie_jar own_cookies;
    struct http_cookie_jar *cookies; /* own_cookies, or those of the options */

    /* The request in hand, as redirects and challenges have changed it. */
    const struct http_request *request;
    struct http_fields request_fields, fields_behind; /* of the request */
    struct http_url url;
    const char *method;
    bool with_body;
    struct http_url home; /* what the secrets of the options are meant for */
    enum http_named_by named_by;
    bool may[HTTP_CARGO_COUNT]; /* what all servers asked so far were trusted with */
    bool challenge_sent;        /* options.challenge_headers go along */
    bool redirected;
    const struct http_proxy *proxy; /* the way taken, NULL: direct */

    /* The answer, and the connection it comes from until it was read. */
    struct http_connection *connection;
    bool reused;     /* the connection had carried another request before this one */
    bool sent_whole; /* the server has the whole request, so far as the system took it */
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

#endif
