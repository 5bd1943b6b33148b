/*
 * A line between a client and a server on this machine: each connection has a delay, and may have a rate of its own.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Usage: relay PORT DELAY_MS [BYTES_PER_SECOND]
 *
 * Listens on a free port of 127.0.0.1, prints it, and passes on what comes to PORT until it is killed.  Every byte
 * takes DELAY_MS in each direction, and so does the start of a connection: the client's request cannot be at the server
 * earlier than twice that time after its connect, as on a line of that length.  What the server sends takes its time
 * at the given rate, connection by connection.  As much is on its way as fits on such a line; whoever sends more is
 * held back by the kernel's buffers.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 128
#define CHUNK_SIZE (64 * 1024)
/* Of one direction without a rate: for a GiB a second and 50 ms. */
#define QUEUE_MAX (64 * 1024 * 1024)

struct chunk
{
    struct chunk *next;
    uint64_t due; /* us */
    size_t size, sent;
    char data[CHUNK_SIZE];
};

/* From one socket to another. */
struct direction
{
    int from, to;
    uint64_t rate;    /* bytes a second; 0: as they come */
    uint64_t free_at; /* us; when the line has taken the last chunk */
    struct chunk *first, **last;
    size_t queued, queue_max;
    bool ended; /* from has said its last */
    bool shut;  /* to knows */
};

struct connection
{
    struct direction up, down;
};

static struct connection *connections[CONNECTIONS_MAX];
static uint64_t delay_us;
static uint64_t rate;

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void prepare_socket(int fd)
{
    int yes = 1;

    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void begin_direction(struct direction *direction, int from, int to, uint64_t limit, uint64_t free_at)
{
    memset(direction, 0, sizeof(*direction));
    direction->from = from;
    direction->to = to;
    direction->rate = limit;
    direction->free_at = free_at;
    direction->last = &direction->first;
    direction->queue_max = limit ? CHUNK_SIZE + limit * delay_us * 2 / 1000000 : QUEUE_MAX;
}

static void end_direction(struct direction *direction)
{
    struct chunk *chunk;

    while ((chunk = direction->first))
    {
        direction->first = chunk->next;
        free(chunk);
    }
}

static void end_connection(struct connection *connection)
{
    close(connection->up.from);
    close(connection->up.to);
    end_direction(&connection->up);
    end_direction(&connection->down);
    free(connection);
}

static struct connection *begin_connection(int client, unsigned int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct connection *connection = malloc(sizeof(*connection));
    int server = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!connection || server < 0 || connect(server, (struct sockaddr *)&address, sizeof(address)))
    {
        perror("relay: the server");
        free(connection);
        if (server >= 0) close(server);
        close(client);
        return NULL;
    }
    prepare_socket(client);
    prepare_socket(server);
    /* The handshake: to the server and back, before the request can be on its way. */
    begin_direction(&connection->up, client, server, 0, now_us() + 2 * delay_us);
    begin_direction(&connection->down, server, client, rate, 0);
    return connection;
}

/* Take what is there.  False: the connection is broken. */
static bool receive(struct direction *direction)
{
    struct chunk *chunk = malloc(sizeof(*chunk));
    uint64_t now = now_us();
    ssize_t got;

    if (!chunk) return false;
    got = read(direction->from, chunk->data, sizeof(chunk->data));
    if (got <= 0)
    {
        free(chunk);
        direction->ended = !got;
        return !got || errno == EAGAIN || errno == EINTR;
    }
    if (direction->free_at < now) direction->free_at = now;
    if (direction->rate) direction->free_at += (uint64_t)got * 1000000 / direction->rate;
    chunk->next = NULL;
    chunk->due = direction->free_at + delay_us;
    chunk->size = got;
    chunk->sent = 0;
    *direction->last = chunk;
    direction->last = &chunk->next;
    direction->queued += got;
    return true;
}

/* Hand on what has arrived.  False: the connection is broken. */
static bool deliver(struct direction *direction, uint64_t now)
{
    struct chunk *chunk;
    ssize_t sent;

    while ((chunk = direction->first) && chunk->due <= now)
    {
        sent = send(direction->to, chunk->data + chunk->sent, chunk->size - chunk->sent, MSG_NOSIGNAL);
        if (sent < 0) return errno == EAGAIN || errno == EINTR;
        direction->queued -= sent;
        chunk->sent += sent;
        if (chunk->sent < chunk->size) return true;
        if (!(direction->first = chunk->next)) direction->last = &direction->first;
        free(chunk);
    }
    if (!direction->first && direction->ended && !direction->shut)
    {
        shutdown(direction->to, SHUT_WR);
        direction->shut = true;
    }
    return true;
}

/* What is waited for; the time of the next chunk that is not due yet. */
static void watch(const struct direction *direction, struct pollfd *from, struct pollfd *to, uint64_t now,
                  uint64_t *next)
{
    if (!direction->ended && direction->queued < direction->queue_max) from->events |= POLLIN;
    if (!direction->first) return;
    if (direction->first->due <= now) to->events |= POLLOUT;
    else if (direction->first->due < *next) *next = direction->first->due;
}

static bool serve(struct connection *connection, const struct pollfd *client, const struct pollfd *server, uint64_t now)
{
    if (client->revents & (POLLERR | POLLNVAL) || server->revents & (POLLERR | POLLNVAL)) return false;
    if (client->revents & (POLLIN | POLLHUP) && client->events & POLLIN && !receive(&connection->up)) return false;
    if (server->revents & (POLLIN | POLLHUP) && server->events & POLLIN && !receive(&connection->down)) return false;
    if (!deliver(&connection->up, now) || !deliver(&connection->down, now)) return false;
    /* Whoever has closed wants nothing more. */
    return !(connection->down.shut || (connection->up.shut && client->revents & POLLHUP));
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, CONNECTIONS_MAX) ||
        getsockname(fd, (struct sockaddr *)&address, &size))
    {
        perror("relay");
        exit(1);
    }
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* One wait, and what it brought. */
static void turn(int listener, unsigned int port)
{
    struct pollfd fds[1 + 2 * CONNECTIONS_MAX];
    uint64_t now = now_us(), next = UINT64_MAX;
    unsigned int i, count = 0;
    struct timespec timeout;
    int client;

    fds[0] = (struct pollfd){.fd = listener, .events = POLLIN};
    while (count < CONNECTIONS_MAX && connections[count])
    {
        struct pollfd *pair = &fds[1 + 2 * count];

        pair[0] = (struct pollfd){.fd = connections[count]->up.from};
        pair[1] = (struct pollfd){.fd = connections[count]->up.to};
        watch(&connections[count]->up, &pair[0], &pair[1], now, &next);
        watch(&connections[count]->down, &pair[1], &pair[0], now, &next);
        count++;
    }
    if (count == CONNECTIONS_MAX) fds[0].events = 0;
    next = next > now ? next - now : 0;
    timeout = (struct timespec){.tv_sec = next / 1000000, .tv_nsec = next % 1000000 * 1000};
    if (ppoll(fds, 1 + 2 * count, next < 3600u * 1000000 ? &timeout : NULL, NULL) < 0) return;
    now = now_us();
    for (i = count; i--;)
    {
        if (serve(connections[i], &fds[1 + 2 * i], &fds[2 + 2 * i], now)) continue;
        end_connection(connections[i]);
        connections[i] = connections[--count];
        connections[count] = NULL;
    }
    if (fds[0].revents && (client = accept(listener, NULL, NULL)) >= 0)
        connections[count] = begin_connection(client, port);
}

int main(int argc, char **argv)
{
    unsigned int port;
    int listener;

    if (argc < 3)
    {
        fprintf(stderr, "Usage: relay PORT DELAY_MS [BYTES_PER_SECOND]\n");
        return 64;
    }
    port = atoi(argv[1]);
    delay_us = strtoull(argv[2], NULL, 10) * 1000;
    rate = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    listener = listen_somewhere();
    for (;;) turn(listener, port);
}
