/*
 * Servers without a network: takes the place of libs/http/socket.c, tls.c, sspi.c and proxy.c, so that exchanges, the
 * pool and connections run natively against what a test scripts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All is on one thread.  A request that has arrived whole calls the script, which puts the answer, and whatever else it
 * likes, on the connection, piece by piece: each piece is one receive of the client.  A client that waits for more than
 * there is gets ERROR_WINHTTP_TIMEOUT at once.
 */

#ifndef WINE_BITS_TESTS_SCRIPTEDPEER_H
#define WINE_BITS_TESTS_SCRIPTEDPEER_H

#include <stdbool.h>
#include <stddef.h>

struct peer_connection;

struct peer_request
{
    char method[16];
    char target[128];
    char head[8192];     /* all of it, with a NUL */
    unsigned int number; /* of the requests on this connection, from 1 */
};

enum peer_when
{
    PEER_NOW,  /* the client can see it at once */
    PEER_LATE, /* it arrives when the client sends its next request, just before the answer to that */
};

/* The script of all servers; host and port are those that the client connected to. */
typedef void (*peer_script)(void *context, struct peer_connection *connection, const struct peer_request *request);

void peer_begin(peer_script script, void *context);
/* Every connection is closed by now, or this aborts. */
void peer_end(void);

const char *peer_host(const struct peer_connection *connection);
/* Connections so far. */
unsigned int peer_connections(void);

void peer_send(struct peer_connection *connection, const void *data, size_t size, enum peer_when when);
void peer_send_text(struct peer_connection *connection, const char *text, enum peer_when when);
/* The end, behind everything that was sent. */
void peer_close(struct peer_connection *connection, enum peer_when when);

#endif
