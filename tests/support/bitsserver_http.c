/*
 * HTTP as the upload server speaks it: requests, answers, downloads, plain uploads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "support/bitsserver_private.h"

#define HEAD_MAX 65536

/* --- reading requests ----------------------------------------------------------------------- */

static bool receive_more(struct connection *connection)
{
    int got;

    if (!connection->head && !(connection->head = malloc(HEAD_MAX + 1))) return false;
    if (connection->used >= HEAD_MAX) return false;
    got = recv(connection->socket, connection->head + connection->used, (int)(HEAD_MAX - connection->used), 0);
    if (got <= 0) return false;
    connection->used += got;
    connection->head[connection->used] = 0;
    return true;
}

static void consume(struct connection *connection, size_t count)
{
    connection->used -= count;
    memmove(connection->head, connection->head + count, connection->used);
    connection->head[connection->used] = 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

bool http_same_text(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return !*a && !*b;
}

/* Lines end with NUL, the last one with two. */
char *http_field(const struct request *request, const char *name)
{
    size_t length = strlen(name), i;
    char *line, *colon;

    for (line = request->head + strlen(request->head) + 1; *line; line += strlen(line) + 1)
    {
        if (!(colon = strchr(line, ':')) || (size_t)(colon - line) != length) continue;
        for (i = 0; i < length && lower(line[i]) == lower(name[i]); i++)
            ;
        if (i == length) return colon + 1 + strspn(colon + 1, " \t");
    }
    return NULL;
}

static bool parse_length(struct request *request)
{
    const char *text = http_field(request, "Content-Length");
    char *end;

    if (http_field(request, "Transfer-Encoding")) return false;
    if (!text) return true;
    request->has_length = true;
    errno = 0;
    request->length = request->left = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && !*end && !errno && request->length <= INT64_MAX;
}

/* Cut a copy of the head into lines, and the first of them into words. */
static bool parse_head(struct request *request, size_t length)
{
    char *from = request->connection->head, *to, *end;
    size_t i;

    if (memchr(from, 0, length) || !(request->head = malloc(length + 2))) return false;
    for (i = 0, to = request->head; i < length; i++)
        if (from[i] != '\r') *to++ = from[i] == '\n' ? 0 : from[i];
    *to = 0;
    to[1] = 0;
    /* The first line is one text for http_field(): its words are copied. */
    if (!(request->method = malloc(strlen(request->head) + 1))) return false;
    strcpy(request->method, request->head);
    if (!(request->target = strchr(request->method, ' ')) || !(end = strchr(request->target + 1, ' ')) ||
        strcmp(end, " HTTP/1.1"))
        return false;
    *request->target++ = 0;
    *end = 0;
    request->type = http_field(request, "BITS-Packet-Type");
    request->id = http_field(request, "BITS-Session-Id");
    return parse_length(request);
}

bool http_read_request(struct request *request)
{
    static const char refusal[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    struct connection *connection = request->connection;
    char *end = NULL;
    size_t length;

    while (!connection->used || !(end = strstr(connection->head, "\r\n\r\n")))
    {
        if ((connection->used && memchr(connection->head, 0, connection->used)) || !receive_more(connection))
            return false;
    }
    length = end + 4 - connection->head;
    if (!parse_head(request, length - 2))
    {
        http_send(connection, refusal, sizeof(refusal) - 1);
        return false;
    }
    consume(connection, length);
    return true;
}

void http_free_request(struct request *request)
{
    free(request->method);
    free(request->head);
}

static bool is_zero(const char *data, size_t size)
{
    return !size || (!*data && !memcmp(data, data + 1, size - 1));
}

/* file's position is where the bytes belong. */
static bool store(int file, const char *data, size_t size)
{
    size_t done;

    if (file < 0) return true;
    if (size >= 4096 && is_zero(data, size))
    {
#ifdef _WIN32
        return _lseeki64(file, size, SEEK_CUR) != -1;
#else
        return lseek(file, size, SEEK_CUR) != -1;
#endif
    }
    while (size)
    {
        int written = file_write(file, data, (unsigned int)size);

        if (written <= 0) return false;
        done = written;
        data += done;
        size -= done;
    }
    return true;
}

bool http_take_body(struct request *request, int file, uint64_t count, bool *bad)
{
    struct connection *connection = request->connection;

    *bad = false;
    while (count)
    {
        size_t part;

        if (!connection->used && !receive_more(connection)) return false;
        part = connection->used < count ? connection->used : (size_t)count;
        if (!store(file, connection->head, part))
        {
            *bad = true;
            return false;
        }
        consume(connection, part);
        request->left -= part;
        count -= part;
    }
    return true;
}

/* --- answering ---------------------------------------------------------------------------------- */

bool http_send(struct connection *connection, const char *data, size_t size)
{
    while (size)
    {
        int sent = send(connection->socket, data, size < BLOCK ? (int)size : BLOCK, SEND_FLAGS);

        if (sent <= 0) return false;
        data += sent;
        size -= sent;
    }
    return true;
}

void answer_add(struct answer *answer, const char *name, const char *value)
{
    size_t used = strlen(answer->fields);

    snprintf(answer->fields + used, sizeof(answer->fields) - used, "%s: %s\r\n", name, value);
}

void answer_add_number(struct answer *answer, const char *name, uint64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    answer_add(answer, name, text);
}

bool answer_send(struct request *request, struct answer *answer, const char *body, bool chunked)
{
    const struct bitsserver *server = request->connection->server;
    char head[sizeof(answer->fields) + 512], framing[64];
    unsigned int length = strlen(body);

    if (chunked) snprintf(framing, sizeof(framing), "Transfer-Encoding: chunked\r\n\r\n%x\r\n", length);
    else snprintf(framing, sizeof(framing), "Content-Length: %u\r\n\r\n", length);
    snprintf(head, sizeof(head), "HTTP/1.%c %u Status\r\nPragma: no-cache\r\n%s%s%s%s",
             server->options.flags & BITSSERVER_HTTP10 ? '0' : '1', answer->status, answer->fields, framing, body,
             chunked ? "\r\n0\r\n\r\n" : "");
    return http_send(request->connection, head, strlen(head));
}

static bool send_status(struct request *request, unsigned int status)
{
    struct answer answer = {.status = status};

    return answer_send(request, &answer, "", false);
}

/* --- downloads -------------------------------------------------------------------------------------- */

/* The reply of a session, whose URL contains its id: ".../BITS-Sessions/Replies/ID". False: another URL. */
static bool find_reply(struct request *request, char *path)
{
    struct bitsserver *server = request->connection->server;
    const char *from = strstr(request->target, "/BITS-Sessions/Replies/");
    struct session *session;
    char id[512], *to = id;

    *path = 0;
    if (!from) return false;
    for (from += 23; *from && *from != '/' && to < id + sizeof(id) - 1; from++)
    {
        unsigned int c;

        *to++ = *from;
        if (*from != '%' || sscanf(from + 1, "%2x", &c) != 1) continue;
        to[-1] = c;
        from += 2;
    }
    *to = 0;
    mutex_lock(&server->lock);
    if ((session = session_find(server, id)) && session->notified &&
        (!server->options.reply_lifetime || milliseconds() < session->replied + server->options.reply_lifetime))
        session_path(server, session, "reply", path);
    mutex_unlock(&server->lock);
    return true;
}

static bool send_part(struct request *request, int file, uint64_t first, uint64_t count)
{
    char *block = malloc(BLOCK);
    bool good = block && file_seek(file, first) != -1;

    while (good && count)
    {
        int got = file_read(file, block, count < BLOCK ? (unsigned int)count : BLOCK);

        good = got > 0 && http_send(request->connection, block, got);
        count -= got;
    }
    free(block);
    return good;
}

bool http_serve_file(struct request *request)
{
    struct bitsserver *server = request->connection->server;
    const char *range = http_field(request, "Range");
    uint64_t first = 0, last, size = 0;
    char path[PATH_SIZE], name[NAME_SIZE], head[512];
    bool good = true, part = false;
    int file = -1;

    if (!find_reply(request, path) && bitsserver_name(request->target, name, sizeof(name))) path_of(server, name, path);
    if (!*path || (file = file_open(path)) < 0 || !file_size(file, &size))
    {
        if (file >= 0) file_close(file);
        return send_status(request, 404);
    }
    last = size - 1;
    if (range && size && sscanf(range, "bytes=%" SCNu64 "-%" SCNu64, &first, &last) >= 1 && first < size &&
        first <= last)
        part = true;
    else first = 0;
    if (!part || last >= size) last = size - 1;
    snprintf(head, sizeof(head), "HTTP/1.1 %u Status\r\nContent-Length: %" PRIu64 "\r\nAccept-Ranges: bytes\r\n",
             part ? 206 : 200, last - first + 1);
    if (part)
        snprintf(head + strlen(head), sizeof(head) - strlen(head),
                 "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n", first, last, size);
    strcat(head, "\r\n");
    good = http_send(request->connection, head, strlen(head));
    if (good && strcmp(request->method, "HEAD")) good = send_part(request, file, first, last - first + 1);
    file_close(file);
    return good;
}

/* --- plain uploads -------------------------------------------------------------------------------------- */

/* Into a file of its own first: what is cut off leaves no trace. */
static bool receive_plain(struct request *request, const char *part, unsigned int *status)
{
    bool good, bad = true;
    int file;

    *status = 500;
    if ((file = file_create(part)) < 0) return true;
    good = http_take_body(request, file, request->left, &bad) && file_resize(file, request->length);
    file_close(file);
    if (good) *status = 201;
    return good || bad;
}

/* A method of its own that carries a whole file (U-202). */
/* To close with unread bytes would be a reset, which may reach the client before the answer does: they are read away
 * until it has understood, for a while. */
static void linger(struct request *request)
{
    socket_handle socket = request->connection->socket;
    uint64_t deadline = milliseconds() + 2000;
    struct timeval timeout = {.tv_usec = 100000};
    char buffer[BLOCK];
    fd_set set;
    int ready;

    shutdown(socket, SHUT_WR);
    while (milliseconds() < deadline && !request->connection->server->stopping)
    {
        struct timeval time = timeout;

        FD_ZERO(&set);
        FD_SET(socket, &set);
        ready = select((int)socket + 1, &set, NULL, NULL, &time);
        if (ready < 0 || (ready > 0 && recv(socket, buffer, sizeof(buffer), 0) <= 0)) return;
    }
}

bool http_serve_plain_upload(struct request *request)
{
    struct bitsserver *server = request->connection->server;
    bool fixed = server->options.flags & (BITSSERVER_NO_OVERWRITE | BITSSERVER_CONFLICT), good = true;
    char path[PATH_SIZE], part[PATH_SIZE], name[NAME_SIZE];
    unsigned int status = 0, number;

    mutex_lock(&server->lock);
    number = ++server->next_plain;
    server->counts.plain++;
    mutex_unlock(&server->lock);
    if (strcmp(request->method, "PUT") && strcmp(request->method, "POST")) status = 501;
    else if (!bitsserver_name(request->target, name, sizeof(name))) status = 400;
    else if (!request->has_length) status = 411;
    else if (server->options.maximum_size && request->length > server->options.maximum_size) status = 413;
    else
    {
        path_of(server, name, path);
        if (file_is_directory(path) || (fixed && file_exists(path)))
            status = server->options.flags & BITSSERVER_CONFLICT ? 409 : 403;
    }
    if (!status)
    {
        snprintf(part, sizeof(part), "%s.bits-plain-%u.part", server->options.directory, number);
        good = receive_plain(request, part, &status);
        mutex_lock(&server->lock);
        if (status == 201 && !file_rename(part, path, !fixed)) status = 403;
        else if (status == 201) transcript_file(server, name);
        mutex_unlock(&server->lock);
        remove(part);
    }
    mutex_lock(&server->lock);
    transcript_request(request, 0, status);
    mutex_unlock(&server->lock);
    /* What is not wanted is not read either, unless it is short. */
    if (request->left && request->left < BLOCK)
    {
        bool bad;

        good = good && http_take_body(request, -1, request->left, &bad);
    }
    if (!good || !send_status(request, status)) return false;
    if (request->left) linger(request);
    return !request->left;
}
