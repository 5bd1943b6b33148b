/*
 * One connection to a server or proxy.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/connection.h"
#include "http/sspi.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

/* A server that sends nothing but interim answers is given up after so many. */
#define INTERIM_MAX 32
/* ms from the first byte of a head to its last, however the server dribbles; less if the receive time-out is. */
#define HEAD_TIME 60000

uint32_t http_connection_open(const char *host, uint16_t port, const char *key, const struct http_wait *wait,
                              struct http_connection **ret)
{
    struct http_connection *connection;
    uint32_t error;

    if (!(connection = calloc(1, sizeof(*connection)))) return ERROR_NOT_ENOUGH_MEMORY;
    if (!(connection->key = _strdup(key))) error = ERROR_NOT_ENOUGH_MEMORY;
    else error = http_socket_connect(host, port, wait, &connection->socket);
    if (error)
    {
        http_connection_destroy(connection);
        return error;
    }
    *ret = connection;
    return 0;
}

void http_connection_destroy(struct http_connection *connection)
{
    unsigned int target;

    if (!connection) return;
    for (target = 0; target < HTTP_AUTH_TARGET_COUNT; target++) http_sspi_destroy(connection->handshake[target]);
    http_tls_destroy(connection->tls);
    http_socket_destroy(connection->socket);
    free(connection->key);
    free(connection);
}

uint32_t http_connection_start_tls(struct http_connection *connection, const struct http_wait *wait, const char *host,
                                   const struct http_options *options)
{
    /* A proxy must not put words into the server's mouth. */
    if (connection->start != connection->end) return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
    return http_tls_open(connection->socket, wait, host, options, &connection->tls);
}

uint32_t http_connection_send(struct http_connection *connection, const struct http_wait *wait, const void *data,
                              size_t size)
{
    if (connection->tls) return http_tls_send(connection->tls, wait, data, size);
    return http_socket_send(connection->socket, wait, data, size);
}

static uint32_t receive(struct http_connection *connection, const struct http_wait *wait, void *buffer, size_t size,
                        size_t *got)
{
    if (connection->tls) return http_tls_receive(connection->tls, wait, buffer, size, got);
    return http_socket_receive(connection->socket, wait, buffer, size, got);
}

uint32_t http_connection_receive(struct http_connection *connection, const struct http_wait *wait, void *buffer,
                                 size_t size, size_t *got)
{
    if (connection->start == connection->end) return receive(connection, wait, buffer, size, got);
    *got = min(size, connection->end - connection->start);
    memcpy(buffer, connection->buffer + connection->start, *got);
    connection->start += *got;
    return 0;
}

static uint32_t fill(struct http_connection *connection, const struct http_wait *wait)
{
    size_t got;
    uint32_t error;

    if (connection->start != connection->end) return 0;
    connection->start = connection->end = 0;
    if ((error = receive(connection, wait, connection->buffer, sizeof(connection->buffer), &got))) return error;
    if (!got) return ERROR_WINHTTP_CONNECTION_ERROR;
    connection->end = got;
    return 0;
}

uint32_t http_connection_receive_head(struct http_connection *connection, const struct http_wait *wait,
                                      struct http_response_head *head, bool *started)
{
    uint32_t limit = wait->receive_timeout ? min(wait->receive_timeout, HEAD_TIME) : HEAD_TIME;
    enum http_parse_error result;
    ULONGLONG begun = 0;

    http_response_reset(head);
    do {
        struct http_wait limited = *wait;
        size_t consumed = 0;
        uint32_t error = 0;

        if (begun) error = http_wait_limit(wait, begun, limit, &limited);
        if (!error) error = fill(connection, &limited);
        if (error) return error;
        if (!begun) begun = GetTickCount64();
        *started = true;
        result = http_response_feed(head, connection->buffer + connection->start, connection->end - connection->start,
                                    &consumed);
        connection->start += consumed;
    } while (result == HTTP_PARSE_MORE);

    if (result == HTTP_PARSE_OK) return 0;
    WARN("bad response head, parser says %d\n", result);
    if (result == HTTP_PARSE_NOT_HTTP) return HTTP_ERROR_NOT_HTTP;
    return result == HTTP_PARSE_NO_MEMORY ? ERROR_NOT_ENOUGH_MEMORY : ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
}

uint32_t http_connection_receive_answer(struct http_connection *connection, const struct http_wait *wait,
                                        struct http_response_head *head, bool *started)
{
    unsigned int interim;
    uint32_t error;

    *started = false;
    for (interim = 0; interim < INTERIM_MAX; interim++)
    {
        if ((error = http_connection_receive_head(connection, wait, head, started))) return error;
        if (head->status >= 200) return 0;
        /* Nobody asked for another protocol. */
        if (head->status == 101) break;
    }
    WARN("no final answer\n");
    return ERROR_WINHTTP_INVALID_SERVER_RESPONSE;
}

/* Whether bytes have left the socket that nobody has asked for. */
static bool has_unread(const struct http_connection *connection)
{
    return connection->start != connection->end || (connection->tls && http_tls_pending(connection->tls));
}

bool http_connection_readable(struct http_connection *connection)
{
    return has_unread(connection) || http_socket_readable(connection->socket);
}

bool http_connection_is_idle(struct http_connection *connection, bool thorough)
{
    if (has_unread(connection)) return false;
    return thorough ? !http_socket_readable(connection->socket) : !http_socket_has_data(connection->socket);
}
