/*
 * Servers without a network.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "base/debug.h"
#include "http/proxy.h"
#include "http/socket.h"
#include "http/sspi.h"
#include "http/tls.h"
#include "scriptedpeer.h"

#define TLS_BUFFER_SIZE (64 * 1024)

struct piece
{
    struct piece *next;
    bool late, end;
    size_t size, used;
    char data[];
};

struct peer_connection
{
    char host[256];
    struct piece *first, *last;
    struct peer_request request;
    size_t head_size, body_left;
    bool closed; /* by the server: what is sent to it is lost */
};

struct http_socket
{
    struct peer_connection peer;
};

struct http_tls
{
    struct http_socket *socket;
    CERT_CONTEXT certificate;
    size_t start, end;
    bool closed;
    char plain[TLS_BUFFER_SIZE];
};

ULONGLONG test_clock = 1000000;

static struct
{
    peer_script script;
    void *context;
    unsigned int count, open;
} servers;

/* --- the script's side --- */

void peer_begin(peer_script script, void *context)
{
    servers.script = script;
    servers.context = context;
    servers.count = servers.open = 0;
}

void peer_end(void)
{
    if (servers.open) abort();
}

const char *peer_host(const struct peer_connection *connection)
{
    return connection->host;
}

unsigned int peer_connections(void)
{
    return servers.count;
}

static void append(struct peer_connection *connection, const void *data, size_t size, enum peer_when when, bool end)
{
    struct piece *piece = calloc(1, sizeof(*piece) + size);

    if (!piece) abort();
    if (size) memcpy(piece->data, data, size);
    piece->size = size;
    piece->late = when == PEER_LATE;
    piece->end = end;
    if (connection->last) connection->last->next = piece;
    else connection->first = piece;
    connection->last = piece;
}

void peer_send(struct peer_connection *connection, const void *data, size_t size, enum peer_when when)
{
    if (size && !connection->closed) append(connection, data, size, when, false);
}

void peer_send_text(struct peer_connection *connection, const char *text, enum peer_when when)
{
    peer_send(connection, text, strlen(text), when);
}

void peer_close(struct peer_connection *connection, enum peer_when when)
{
    if (!connection->closed) append(connection, NULL, 0, when, true);
    connection->closed = true;
}

/* --- requests --- */

static size_t body_length(const char *head)
{
    const char *field = strstr(head, "\r\nContent-Length: ");

    return field ? strtoul(field + 18, NULL, 10) : 0;
}

static void request_done(struct peer_connection *connection)
{
    struct peer_request *request = &connection->request;

    request->number++;
    connection->head_size = 0;
    servers.script(servers.context, connection, request);
}

static size_t take_body(struct peer_connection *connection, size_t size)
{
    size = min(size, connection->body_left);
    if (!(connection->body_left -= size)) request_done(connection);
    return size;
}

/* One byte from the client. */
static void take_byte(struct peer_connection *connection, char byte)
{
    struct peer_request *request = &connection->request;

    if (connection->head_size == sizeof(request->head) - 1) abort();
    request->head[connection->head_size++] = byte;
    request->head[connection->head_size] = 0;
    if (connection->head_size < 4 || memcmp(request->head + connection->head_size - 4, "\r\n\r\n", 4)) return;
    if (sscanf(request->head, "%15s %127s", request->method, request->target) != 2) abort();
    if (!(connection->body_left = body_length(request->head))) request_done(connection);
}

/* --- socket.h --- */

uint32_t http_socket_connect(const char *host, uint16_t port, const struct http_wait *wait, struct http_socket **ret)
{
    struct http_socket *socket = calloc(1, sizeof(*socket));

    if (!socket) abort();
    snprintf(socket->peer.host, sizeof(socket->peer.host), "%s:%u", host, port);
    servers.count++;
    servers.open++;
    *ret = socket;
    return 0;
}

void http_socket_destroy(struct http_socket *socket)
{
    struct piece *piece, *next;

    if (!socket) return;
    for (piece = socket->peer.first; piece; piece = next)
    {
        next = piece->next;
        free(piece);
    }
    free(socket);
    servers.open--;
}

uint32_t http_socket_send(struct http_socket *socket, const struct http_wait *wait, const void *data, size_t size)
{
    struct peer_connection *connection = &socket->peer;
    struct piece *piece;
    size_t i;

    for (piece = connection->first; piece; piece = piece->next) piece->late = false;
    /* The system takes what it is given before it learns that nobody is there any more. */
    for (i = 0; i < size && !connection->closed;)
    {
        if (connection->body_left) i += take_body(connection, size - i);
        else take_byte(connection, ((const char *)data)[i++]);
    }
    return 0;
}

void http_socket_send_now(struct http_socket *socket, const void *data, size_t size) {}

uint32_t http_socket_receive(struct http_socket *socket, const struct http_wait *wait, void *buffer, size_t size,
                             size_t *got)
{
    struct peer_connection *connection = &socket->peer;
    struct piece *piece = connection->first;

    *got = 0;
    if (!piece || piece->late) return ERROR_WINHTTP_TIMEOUT;
    if (piece->end) return 0;
    *got = min(size, piece->size - piece->used);
    memcpy(buffer, piece->data + piece->used, *got);
    piece->used += *got;
    if (piece->used < piece->size) return 0;
    if (!(connection->first = piece->next)) connection->last = NULL;
    free(piece);
    return 0;
}

bool http_socket_has_data(struct http_socket *socket)
{
    const struct piece *piece = socket->peer.first;

    return piece && !piece->late && !piece->end;
}

bool http_socket_readable(struct http_socket *socket)
{
    const struct piece *piece = socket->peer.first;

    return piece && !piece->late;
}

const char *http_socket_peer(const struct http_socket *socket)
{
    return "192.0.2.1";
}

/* --- tls.h: no encryption, but bytes that wait in another buffer --- */

uint32_t http_tls_open(struct http_socket *socket, const struct http_wait *wait, const char *host,
                       const struct http_options *options, struct http_tls **ret)
{
    struct http_tls *tls = calloc(1, sizeof(*tls));

    if (!tls) abort();
    tls->socket = socket;
    *ret = tls;
    return 0;
}

void http_tls_destroy(struct http_tls *tls)
{
    free(tls);
}

uint32_t http_tls_send(struct http_tls *tls, const struct http_wait *wait, const void *data, size_t size)
{
    return http_socket_send(tls->socket, wait, data, size);
}

uint32_t http_tls_receive(struct http_tls *tls, const struct http_wait *wait, void *buffer, size_t size, size_t *got)
{
    uint32_t error;

    *got = 0;
    if (tls->start == tls->end)
    {
        if (tls->closed) return 0;
        tls->start = tls->end = 0;
        do {
            if ((error = http_socket_receive(tls->socket, wait, tls->plain + tls->end, sizeof(tls->plain) - tls->end,
                                             got)))
                return error;
            tls->closed = !*got;
            tls->end += *got;
        } while (!tls->closed && tls->end < sizeof(tls->plain) && http_socket_has_data(tls->socket));
    }
    *got = min(size, tls->end - tls->start);
    memcpy(buffer, tls->plain + tls->start, *got);
    tls->start += *got;
    return 0;
}

bool http_tls_pending(const struct http_tls *tls)
{
    return tls->start != tls->end || tls->closed;
}

const CERT_CONTEXT *http_tls_certificate(const struct http_tls *tls)
{
    return &tls->certificate;
}

/* --- sspi.h: there is none --- */

struct http_sspi *http_sspi_create(const WCHAR *package, const WCHAR *user, const WCHAR *password, const char *host)
{
    return NULL;
}

void http_sspi_destroy(struct http_sspi *sspi) {}

bool http_sspi_give(struct http_sspi *sspi, const char *token)
{
    return false;
}

char *http_sspi_take(struct http_sspi *sspi, bool *complete)
{
    return NULL;
}

/* --- proxy.h: always direct --- */

void http_route_list_init(struct http_route_list *routes) {}

void http_route_list_cleanup(struct http_route_list *routes) {}

uint32_t http_route_list_find(struct http_route_list *routes, const struct http_options *options,
                              const struct http_url *url, const struct http_cancel *cancel, bool *changed)
{
    *changed = false;
    return 0;
}

const struct http_proxy *http_route_list_next(const struct http_route_list *routes, const struct http_proxy *previous)
{
    return NULL;
}

/* --- debug.h --- */

BOOL debug_enabled(struct debug_channel *channel, enum debug_class class)
{
    return getenv("SCRIPTEDPEER_LOG") != NULL;
}

void debug_printf(struct debug_channel *channel, enum debug_class class, const char *function, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", function);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
}

const char *debug_wstr(const WCHAR *str)
{
    return str ? "(text)" : "(null)";
}
