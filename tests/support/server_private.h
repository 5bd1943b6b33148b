/*
 * What the files of the test server share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_SERVER_PRIVATE_H
#define WINE_BITS_TESTS_SERVER_PRIVATE_H

#include "support/server.h"

#define SERVER_MAX_STORED_BODY (16 * 1024 * 1024)
#define SERVER_MAX_HEAD (256 * 1024)

struct route_entry
{
    struct route_entry *next;
    char *path;
    struct route route;
    unsigned int served;  /* requests since the route was set */
    unsigned int stalled; /* answers that stood still so far */
    HANDLE released;      /* event, stays set after server_release */
};

struct server_connection
{
    struct server_connection *next;
    struct server *server;
    unsigned int number;
    SOCKET socket; /* INVALID_SOCKET once closed; changed under the lock */
    HANDLE thread;
};

struct server
{
    CRITICAL_SECTION lock;      /* guards everything below that changes */
    CONDITION_VARIABLE changed; /* a request, a stall, an end */
    HANDLE stopping;            /* event */
    SOCKET listener, refused;
    unsigned short port, refused_port;
    HANDLE thread;
    struct route_entry *routes;
    struct server_connection *connections;
    unsigned int connection_count, open_count;
    struct server_request **log;
    unsigned int log_count, log_size;
};

/* One request and its answer, on the connection's thread. */
struct server_exchange
{
    struct server *server;
    struct server_connection *connection;
    struct server_request *request;
    struct route_entry *entry; /* NULL: no route */
    struct route route;        /* as it was when the request came */
    BOOL keep;                 /* the connection can go on afterwards */
    BOOL gone;                 /* the client went away, or the server stops */
};

/* Serve one connection until it ends. In exchange.c. */
void server_serve(struct server_connection *connection);

/* Answer a request as its route says. In answer.c. */
void server_answer(struct server_exchange *exchange);

/* Add a complete request to the log, which then owns it, and find its route; FALSE out of memory. */
BOOL server_log(struct server_exchange *exchange);
/* Set the request's state and wake who waits for it. */
void server_log_status(struct server_exchange *exchange, unsigned int status);
void server_log_done(struct server_exchange *exchange);

void server_request_destroy(struct server_request *request);

#endif
