/*
 * A BITS upload server: its life, its connections, its transcript.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "support/bitsserver_private.h"
#ifdef _WIN32
#include "support/sockets.h"
#endif
#include "http/digest_hash.h"

#define CONNECTIONS_MAX 256

void path_of(const struct bitsserver *server, const char *name, char *path)
{
    snprintf(path, PATH_SIZE, "%s%s", server->options.directory, name);
}

/* --- transcript --------------------------------------------------------------------------- */

static void put_text(FILE *file, const char *text, size_t length)
{
    size_t i;

    fputc('"', file);
    for (i = 0; i < length; i++)
    {
        unsigned char c = text[i];

        if (c < ' ' || c >= 0x7f) fprintf(file, "\\u%04x", c);
        else fprintf(file, strchr("\"\\", c) ? "\\%c" : "%c", c);
    }
    fputc('"', file);
}

void transcript_request(const struct request *request, unsigned int packet, unsigned int status)
{
    const struct bitsserver *server = request->connection->server;
    const char *line, *separator = "";
    FILE *file = server->options.transcript;

    if (!file) return;
    fprintf(file, "{\"ms\":%" PRIu64 ",\"connection\":%u,\"packet\":%u,\"method\":", milliseconds() - server->started,
            request->connection->number, packet);
    put_text(file, request->method, strlen(request->method));
    fprintf(file, ",\"target\":");
    put_text(file, request->target, strlen(request->target));
    fprintf(file, ",\"status\":%u,\"length\":%" PRIu64 ",\"headers\":[", status, request->length);
    for (line = request->head + strlen(request->head) + 1; *line; line += strlen(line) + 1)
    {
        size_t name = strcspn(line, ":");
        const char *value = line + name + (line[name] == ':');

        value += strspn(value, " \t");
        fprintf(file, "%s[", separator);
        put_text(file, line, name);
        fputc(',', file);
        /* Who reads a transcript need not know passwords. */
        if (strstr(line, "uthorization:") && strstr(line, "uthorization:") < value) put_text(file, "...", 3);
        else put_text(file, value, strlen(value));
        fputc(']', file);
        separator = ",";
    }
    fprintf(file, "]}\n");
    fflush(file);
}

void transcript_file(struct bitsserver *server, const char *name)
{
    static const char *const manners[] = {"by reference", "by value"};
    FILE *transcript = server->options.transcript;
    unsigned char block[16384], digest[HTTP_SHA256_SIZE];
    struct http_sha256 sha256;
    char path[PATH_SIZE];
    uint64_t size = 0;
    int file, got;
    unsigned int i;

    path_of(server, name, path);
    if (!transcript || (file = file_open(path)) < 0) return;
    http_sha256_init(&sha256);
    while ((got = file_read(file, block, sizeof(block))) > 0)
    {
        http_sha256_update(&sha256, block, got);
        size += got;
    }
    http_sha256_final(&sha256, digest);
    file_close(file);
    fprintf(transcript, "{\"ms\":%" PRIu64 ",\"stored\":", milliseconds() - server->started);
    put_text(transcript, name, strlen(name));
    fprintf(transcript, ",\"size\":%" PRIu64 ",\"sha256\":\"", size);
    for (i = 0; i < sizeof(digest); i++) fprintf(transcript, "%02x", digest[i]);
    fprintf(transcript, "\"%s%s%s}\n", server->options.reply ? ",\"notified\":\"" : "",
            server->options.reply ? manners[server->options.notification] : "", server->options.reply ? "\"" : "");
    fflush(transcript);
}

/* --- connections --------------------------------------------------------------------------- */

static bool refuse_stranger(struct request *request, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    bool bad;

    mutex_lock(&server->lock);
    server->counts.refused++;
    server->counts.refused_bytes += request->length;
    transcript_request(request, 0, answer->status);
    mutex_unlock(&server->lock);
    return http_take_body(request, -1, request->left, &bad) && answer_send(request, answer, "", false);
}

static bool serve_request(struct connection *connection)
{
    struct bitsserver *server = connection->server;
    struct request request = {.connection = connection};
    struct answer answer = {.status = 200};
    bool good = false;

    if (http_read_request(&request))
    {
        mutex_lock(&server->lock);
        server->counts.proxied += *request.target != '/';
        server->counts.marked += http_field(&request, "X-Mark") != NULL;
        mutex_unlock(&server->lock);
        if (!auth_check(&request, &answer)) good = refuse_stranger(&request, &answer);
        else if (!strcmp(request.method, "GET") || !strcmp(request.method, "HEAD")) good = http_serve_file(&request);
        else if (request.type) good = packet_serve(&request);
        else good = http_serve_plain_upload(&request);
    }
    http_free_request(&request);
    return good && !(server->options.flags & BITSSERVER_HTTP10);
}

static THREAD_RESULT connection_thread(void *argument)
{
    struct connection *connection = argument, **position;
    struct bitsserver *server = connection->server;

    while (serve_request(connection))
        ;
    mutex_lock(&server->lock);
    for (position = &server->connections; *position != connection; position = &(*position)->next)
        ;
    *position = connection->next;
    if (connection->socket != NO_SOCKET) close_socket(connection->socket);
    free(connection->head);
    free(connection);
    server->threads--;
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    return 0;
}

/* Locked. */
static struct connection *add_connection(struct bitsserver *server, socket_handle socket)
{
    struct connection *connection = NULL;

    if (!server->stopping && server->threads < CONNECTIONS_MAX) connection = calloc(1, sizeof(*connection));
    if (!connection) return NULL;
    connection->server = server;
    connection->socket = socket;
    connection->number = ++server->counts.connections;
    connection->next = server->connections;
    server->connections = connection;
    server->threads++;
    if (thread_start(connection_thread, connection)) return connection;
    server->threads--;
    server->connections = connection->next;
    free(connection);
    return NULL;
}

static THREAD_RESULT listener_thread(void *argument)
{
    struct bitsserver *server = argument;
    socket_handle socket;
    bool stopping, taken;

    while ((socket = accept(server->listener, NULL, NULL)) != NO_SOCKET)
    {
        mutex_lock(&server->lock);
        taken = add_connection(server, socket) != NULL;
        stopping = server->stopping;
        mutex_unlock(&server->lock);
        if (!taken) close_socket(socket);
        if (stopping) break;
    }
    mutex_lock(&server->lock);
    server->threads--;
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    return 0;
}

void connection_break(struct connection *connection)
{
#ifdef _WIN32
    socket_break(connection->socket);
#else
    shutdown(connection->socket, SHUT_RDWR);
#endif
}

/* --- life -------------------------------------------------------------------------------------- */

/* Nothing ends an accept on every system, except for what it waits for. */
static void wake_listener(const struct bitsserver *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socket_handle handle = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = server->options.address ? inet_addr(server->options.address) : htonl(INADDR_LOOPBACK);
    if (address.sin_addr.s_addr == htonl(INADDR_ANY)) address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server->port);
    connect(handle, (struct sockaddr *)&address, sizeof(address));
    close_socket(handle);
}

static bool start_listening(struct bitsserver *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socket_length size = sizeof(address);
#ifndef _WIN32
    int on = 1;
#endif

    address.sin_addr.s_addr = server->options.address ? inet_addr(server->options.address) : htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server->options.port);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener == NO_SOCKET) return false;
#ifndef _WIN32
    setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
#endif
    if (bind(server->listener, (struct sockaddr *)&address, sizeof(address)) || listen(server->listener, 50) ||
        getsockname(server->listener, (struct sockaddr *)&address, &size))
        return false;
    server->port = ntohs(address.sin_port);
    server->threads = 1;
    return thread_start(listener_thread, server);
}

struct bitsserver *bitsserver_create(const struct bitsserver_options *options)
{
    struct bitsserver *server = calloc(1, sizeof(*server));
#ifdef _WIN32
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
#endif
    if (!server) return NULL;
    server->options = *options;
    server->started = milliseconds();
    mutex_init(&server->lock);
    condition_init(&server->changed);
    if (start_listening(server)) return server;
    if (server->listener != NO_SOCKET) close_socket(server->listener);
    mutex_destroy(&server->lock);
    free(server);
    return NULL;
}

void bitsserver_destroy(struct bitsserver *server)
{
    struct connection *connection;

    if (!server) return;
    mutex_lock(&server->lock);
    server->stopping = true;
    condition_signal(&server->changed);
    wake_listener(server);
    for (connection = server->connections; connection; connection = connection->next) connection_break(connection);
    while (server->threads) condition_wait(&server->changed, &server->lock, 1000);
    while (server->sessions) session_forget(server, server->sessions);
    mutex_unlock(&server->lock);
    close_socket(server->listener);
    mutex_destroy(&server->lock);
    free(server);
}

unsigned short bitsserver_port(const struct bitsserver *server)
{
    return server->port;
}

void bitsserver_count(struct bitsserver *server, struct bitsserver_counts *counts)
{
    mutex_lock(&server->lock);
    *counts = server->counts;
    mutex_unlock(&server->lock);
}

static bool wait_count(struct bitsserver *server, const unsigned int *value, unsigned int count,
                       unsigned int timeout_ms)
{
    uint64_t end = milliseconds() + timeout_ms, now;
    bool reached;

    mutex_lock(&server->lock);
    while (*value < count && (now = milliseconds()) < end)
        condition_wait(&server->changed, &server->lock, (unsigned int)(end - now));
    reached = *value >= count;
    mutex_unlock(&server->lock);
    return reached;
}

bool bitsserver_wait_packets(struct bitsserver *server, unsigned int count, unsigned int timeout_ms)
{
    return wait_count(server, &server->counts.packets, count, timeout_ms);
}

bool bitsserver_wait_cancels(struct bitsserver *server, unsigned int count, unsigned int timeout_ms)
{
    return wait_count(server, &server->counts.cancels, count, timeout_ms);
}
