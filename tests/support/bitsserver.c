/*
 * A BITS upload server: sections 3, 12 and 14 of the rules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifdef _WIN32
#include <winsock2.h>
#include <windows.h>
#else
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#endif
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/bitsserver.h"

#define HEAD_MAX 65536
#define BLOCK 65536
#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

#define E_ACCESS 0x80070005u
#define E_INVALID 0x80070057u
#define E_NO_SESSION 0x8020001fu
#define E_TOO_MUCH 0x80200020u

/* --- what differs between the systems ------------------------------------------------- */

#ifdef _WIN32

typedef SOCKET socket_handle;
typedef CRITICAL_SECTION mutex;
typedef CONDITION_VARIABLE condition;

#define NO_SOCKET INVALID_SOCKET
#define THREAD_RESULT DWORD WINAPI
#define close_socket closesocket
#define mutex_init InitializeCriticalSection
#define mutex_destroy DeleteCriticalSection
#define mutex_lock EnterCriticalSection
#define mutex_unlock LeaveCriticalSection
#define condition_init InitializeConditionVariable
#define condition_signal WakeAllConditionVariable

static bool thread_start(DWORD (WINAPI *function)(void *), void *argument)
{
    HANDLE thread = CreateThread(NULL, 256 * 1024, function, argument, STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);

    if (thread)
        CloseHandle(thread);
    return thread != NULL;
}

static bool condition_wait(condition *condition, mutex *mutex, unsigned int ms)
{
    return SleepConditionVariableCS(condition, mutex, ms);
}

static uint64_t milliseconds(void)
{
    return GetTickCount64();
}

#else

typedef int socket_handle;
typedef pthread_mutex_t mutex;
typedef pthread_cond_t condition;

#define NO_SOCKET (-1)
#define THREAD_RESULT void *
#define close_socket close
#define mutex_init(mutex) pthread_mutex_init(mutex, NULL)
#define mutex_destroy pthread_mutex_destroy
#define mutex_lock pthread_mutex_lock
#define mutex_unlock pthread_mutex_unlock
#define condition_init(condition) pthread_cond_init(condition, NULL)
#define condition_signal pthread_cond_broadcast

static bool thread_start(void *(*function)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, argument))
        return false;
    pthread_detach(thread);
    return true;
}

static bool condition_wait(condition *condition, mutex *mutex, unsigned int ms)
{
    struct timespec end;

    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000)
    {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    return !pthread_cond_timedwait(condition, mutex, &end);
}

static uint64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif

/* --- the server --------------------------------------------------------------------------- */

struct session
{
    struct session *next;
    char id[64];
    char name[256];                 /* of the file */
    FILE *data;
    uint64_t received, total;
    bool has_total, complete;
};

struct connection
{
    struct connection *next;
    struct bitsserver *server;
    socket_handle socket;
    unsigned int number;
    char *head;                     /* what was received and not used yet */
    size_t used;
};

struct bitsserver
{
    struct bitsserver_options options;
    mutex lock;                     /* guards everything below */
    condition changed;
    socket_handle listener;
    unsigned short port;
    bool stopping;
    unsigned int threads;
    struct connection *connections;
    struct session *sessions;
    unsigned int next_session;
    struct bitsserver_counts counts;
};

struct request
{
    struct connection *connection;
    char *head;                     /* a copy, with NULs after each line */
    char *method, *target;
    char name[256];
    uint64_t length, left;          /* of the body */
    bool has_length;
    char *type, *id;                /* BITS-Packet-Type, BITS-Session-Id */
};

struct answer
{
    unsigned int status, context;
    uint32_t error;
    char fields[1024];
};

static void path_of(const struct bitsserver *server, const char *name, const char *suffix, char *path, size_t size)
{
    snprintf(path, size, "%s%s%s", server->options.directory, name, suffix);
}

static void session_destroy(struct bitsserver *server, struct session *session)
{
    char path[1024];

    if (session->data)
        fclose(session->data);
    path_of(server, session->id, ".part", path, sizeof(path));
    remove(path);
    path_of(server, session->id, ".reply", path, sizeof(path));
    remove(path);
    free(session);
}

static void forget_session(struct bitsserver *server, struct session *session)
{
    struct session **position;

    for (position = &server->sessions; *position != session; position = &(*position)->next)
        ;
    *position = session->next;
    server->counts.sessions--;
    session_destroy(server, session);
}

static struct session *find_session(struct bitsserver *server, const char *id)
{
    struct session *session;

    for (session = server->sessions; session && strcmp(session->id, id); session = session->next)
        ;
    return session;
}

/* --- reading requests ----------------------------------------------------------------------- */

static bool receive_more(struct connection *connection)
{
    int got;

    if (connection->used >= HEAD_MAX)
        return false;
    got = recv(connection->socket, connection->head + connection->used, (int)(HEAD_MAX - connection->used), 0);
    if (got <= 0)
        return false;
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

static bool same_text(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if ((*a | (*a >= 'A' && *a <= 'Z' ? 32 : 0)) != (*b | (*b >= 'A' && *b <= 'Z' ? 32 : 0)))
            return false;
    return !*a && !*b;
}

/* The value of a field, NULL if it is not there. Lines end with NUL, the last one with two. */
static char *field(const struct request *request, const char *name)
{
    char *line, *colon;

    for (line = request->head + strlen(request->head) + 1; *line; line += strlen(line) + 1)
    {
        size_t length = strlen(name), i;

        if (!(colon = strchr(line, ':')) || (size_t)(colon - line) != length)
            continue;
        for (i = 0; i < length; i++)
            if ((line[i] | 32) != (name[i] | 32))
                break;
        if (i == length)
            return colon + 1 + strspn(colon + 1, " \t");
    }
    return NULL;
}

/* Cut a copy of the head into lines, and the first of them into words. */
static bool parse_head(struct request *request, size_t length)
{
    char *from = request->connection->head, *to, *end, *slash;
    size_t i;

    if (!(request->head = malloc(length + 2)))
        return false;
    for (i = 0, to = request->head; i < length; i++)
        if (from[i] != '\r')
            *to++ = from[i] == '\n' ? 0 : from[i];
    *to = 0;
    to[1] = 0;
    request->method = request->head;
    if (!(request->target = strchr(request->head, ' ')) || !(end = strchr(request->target + 1, ' ')) ||
        strcmp(end, " HTTP/1.1"))
        return false;
    /* The first line is one text for field(): its words are copied. */
    if (!(request->method = strdup(request->head)))
        return false;
    request->method[request->target - request->head] = 0;
    request->target = request->method + (request->target - request->head) + 1;
    request->target[end - request->head - (request->target - request->method)] = 0;
    if (!(slash = strrchr(request->target, '/')))
        slash = request->target - 1;
    snprintf(request->name, sizeof(request->name), "%.*s", (int)strcspn(slash + 1, "?"), slash + 1);
    if (!strncmp(request->name, "..", 2))
        return false;
    if ((end = field(request, "Content-Length")))
    {
        request->has_length = true;
        request->length = request->left = strtoull(end, NULL, 10);
    }
    request->type = field(request, "BITS-Packet-Type");
    request->id = field(request, "BITS-Session-Id");
    return true;
}

static bool read_request(struct request *request)
{
    struct connection *connection = request->connection;
    char *end = NULL;
    size_t length;

    while (!connection->used || !(end = strstr(connection->head, "\r\n\r\n")))
        if (!receive_more(connection))
            return false;
    length = end + 4 - connection->head;
    if (!parse_head(request, length - 2))
        return false;
    consume(connection, length);
    return true;
}

/* The next bytes of the body into a file, or nowhere. */
static bool take_body(struct request *request, FILE *file, uint64_t count)
{
    struct connection *connection = request->connection;

    while (count)
    {
        size_t part;

        if (!connection->used && !receive_more(connection))
            return false;
        part = connection->used < count ? connection->used : (size_t)count;
        if (file && fwrite(connection->head, 1, part, file) != part)
            return false;
        consume(connection, part);
        request->left -= part;
        count -= part;
    }
    return true;
}

/* --- answering ---------------------------------------------------------------------------------- */

static bool send_all(struct connection *connection, const char *data, size_t size)
{
    while (size)
    {
        int sent = send(connection->socket, data, size < BLOCK ? (int)size : BLOCK, 0);

        if (sent <= 0)
            return false;
        data += sent;
        size -= sent;
    }
    return true;
}

static void add_field(struct answer *answer, const char *name, const char *value)
{
    size_t used = strlen(answer->fields);

    snprintf(answer->fields + used, sizeof(answer->fields) - used, "%s: %s\r\n", name, value);
}

static void add_number(struct answer *answer, const char *name, uint64_t value)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, value);
    add_field(answer, name, text);
}

static void add_error(const struct bitsserver *server, struct answer *answer)
{
    unsigned int flags = server->options.flags & (BITSSERVER_OLD_ERROR | BITSSERVER_NEW_ERROR);
    const char *prefix = server->options.flags & BITSSERVER_PLAIN_HEX ? "" : "0x";
    char text[32];

    if (answer->status == 200 && server->options.flags & BITSSERVER_ERROR_ON_SUCCESS)
        add_field(answer, "BITS-Error-Code", "0x80004005");
    if (!answer->error)
        return;
    snprintf(text, sizeof(text), "%s%08X", prefix, (unsigned int)answer->error);
    if (!(flags & BITSSERVER_NEW_ERROR))
        add_field(answer, "BITS-Error", text);
    if (!(flags & BITSSERVER_OLD_ERROR))
        add_field(answer, "BITS-Error-Code", text);
    snprintf(text, sizeof(text), "%s%X", prefix, answer->context ? answer->context : 5);
    add_field(answer, "BITS-Error-Context", text);
}

static bool send_answer(struct request *request, struct answer *answer, bool is_ack)
{
    const struct bitsserver *server = request->connection->server;
    const char *body = is_ack && server->options.flags & BITSSERVER_BODIED_ACKS ? "an Ack with a body\n" : "";
    char head[2048];

    if (is_ack)
        add_error(server, answer);
    snprintf(head, sizeof(head), "HTTP/1.%c %u Status\r\nPragma: no-cache\r\n%s%sContent-Length: %u\r\n\r\n%s",
             server->options.flags & BITSSERVER_HTTP10 ? '0' : '1', answer->status,
             is_ack && !(server->options.flags & BITSSERVER_NO_ACK) ? "BITS-Packet-Type: Ack\r\n" : "", answer->fields,
             (unsigned int)strlen(body), body);
    return send_all(request->connection, head, strlen(head));
}

static void refuse(struct answer *answer, unsigned int status, uint32_t error)
{
    answer->status = status;
    answer->error = error;
}

/* --- packets; all under the lock -------------------------------------------------------------------- */

static bool file_exists(const char *path)
{
    FILE *file = fopen(path, "rb");

    if (file)
        fclose(file);
    return file != NULL;
}

static void create_session(struct request *request, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    unsigned int flags = server->options.flags;
    const char *protocols = field(request, "BITS-Supported-Protocols");
    struct session *session;
    char path[1024];

    path_of(server, request->name, "", path, sizeof(path));
    if (!protocols || !strstr(protocols, PROTOCOL))
        refuse(answer, 400, E_INVALID);
    else if (flags & BITSSERVER_DISABLED)
        refuse(answer, 501, E_ACCESS);
    else if (!*request->name)
        refuse(answer, 400, E_INVALID);
    else if (flags & (BITSSERVER_NO_OVERWRITE | BITSSERVER_CONFLICT) && file_exists(path))
        refuse(answer, flags & BITSSERVER_CONFLICT ? 409 : 403, flags & BITSSERVER_CONFLICT ? 0 : E_ACCESS);
    else if (!(session = calloc(1, sizeof(*session))))
        refuse(answer, 500, 0);
    else
    {
        snprintf(session->id, sizeof(session->id), "{%08X-0000-4000-8000-00000000B175}", ++server->next_session);
        strcpy(session->name, request->name);
        path_of(server, session->id, ".part", path, sizeof(path));
        session->data = fopen(path, "wb+");
        session->next = server->sessions;
        server->sessions = session;
        server->counts.sessions++;
        if (flags & BITSSERVER_CREATED)
            answer->status = 201;
        add_field(answer, "BITS-Protocol",
                  flags & BITSSERVER_BAD_PROTOCOL ? "{00000000-249b-430f-820d-3d2a9bef4931}" : PROTOCOL);
        add_field(answer, "BITS-Session-Id", session->id);
        add_field(answer, "Accept-encoding", "identity");
        if (server->options.host_id)
            add_field(answer, "BITS-Host-Id", server->options.host_id);
        if (server->options.host_timeout)
            add_field(answer, "BITS-Host-Id-Fallback-Timeout", server->options.host_timeout);
    }
}

static bool copy_file(FILE *from, const char *path)
{
    FILE *to = fopen(path, "wb");
    char *block = malloc(BLOCK);
    bool good = to && block;
    size_t got;

    rewind(from);
    while (good && (got = fread(block, 1, BLOCK, from)))
        good = fwrite(block, 1, got, to) == got;
    if (to)
        good &= !fclose(to);
    free(block);
    return good;
}

/* The upload is complete: the application has its say, the file its place (U-225 to U-231). */
static void notify(struct request *request, struct session *session, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    char path[1024], url[512];

    session->complete = true;
    if (server->options.reply == BITSSERVER_REFUSE)
    {
        refuse(answer, server->options.refuse_status ? server->options.refuse_status : 403, 0xa0040123);
        answer->context = 7;
        return;
    }
    if (!(server->options.flags & BITSSERVER_AT_CLOSE))
    {
        path_of(server, session->name, "", path, sizeof(path));
        if (!copy_file(session->data, path))
            refuse(answer, 500, 0x80070070);
    }
    if (server->options.reply == BITSSERVER_NO_APPLICATION)
        return;
    path_of(server, session->id, ".reply", path, sizeof(path));
    if (server->options.reply == BITSSERVER_ECHO)
        copy_file(session->data, path);
    else
        fclose(fopen(path, "wb"));
    if (server->options.flags & BITSSERVER_NO_REPLY_URL)
        return;
    if (server->options.flags & BITSSERVER_ABSOLUTE_REPLY)
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/replies/%%7B%.36s%%7D.reply", server->port, session->id + 1);
    else
        snprintf(url, sizeof(url), "BITS-Sessions\\Replies\\%s.reply", session->id);
    add_field(answer, "BITS-Reply-URL", url);
}

static void add_offset(const struct bitsserver *server, struct answer *answer, uint64_t offset)
{
    if (answer->status == 416 && server->options.flags & BITSSERVER_BAD_OFFSET_NAME)
        add_number(answer, "BITS-Recieved-Content-Range", offset);
    else if (!(server->options.flags & (answer->status == 416 ? BITSSERVER_NO_416_OFFSET : BITSSERVER_NO_OFFSET)))
        add_number(answer, "BITS-Received-Content-Range", offset);
}

/* FALSE: the connection broke while the body came. */
static bool take_fragment(struct request *request, struct session *session, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    const char *range = field(request, "Content-Range");
    uint64_t first, last, total, skip;
    bool good;

    if (!range || sscanf(range, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, &first, &last, &total) != 3 || first > last ||
        last >= total || last - first + 1 != request->length || (session->has_total && session->total != total))
    {
        refuse(answer, 400, E_INVALID);
        return true;
    }
    if (request->length > server->counts.longest_fragment)
        server->counts.longest_fragment = request->length;
    if (server->options.fragment_limit && request->length > server->options.fragment_limit)
        refuse(answer, 413, 0);
    else if (server->options.maximum_size && total > server->options.maximum_size)
        refuse(answer, 500, E_TOO_MUCH);
    else if (!session->complete && (first > session->received ||
             (first < session->received && !(server->options.flags & BITSSERVER_TRIM))))
    {
        answer->status = 416;
        add_offset(server, answer, session->received);
    }
    if (answer->status != 200)
        return true;
    session->total = total;
    session->has_total = true;
    if (!session->complete && last + 1 > session->received)
    {
        skip = session->received - first;
        /* The body may take long: others wait, which a test server can afford. */
        if (!take_body(request, NULL, skip))
            return false;
        fseek(session->data, 0, SEEK_END);
        good = take_body(request, session->data, request->left);
        session->received += request->length - skip - request->left;
        if (!good)
            return false;
    }
    if (session->received == total)
        notify(request, session, answer);
    add_offset(server, answer, session->received);
    return true;
}

static void close_session(struct request *request, struct session *session, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    char path[1024];

    path_of(server, session->name, "", path, sizeof(path));
    /* U-109: nothing needs no fragment */
    if (((session->complete && server->options.flags & BITSSERVER_AT_CLOSE) || !session->has_total) &&
        !copy_file(session->data, path))
        refuse(answer, 500, 0x80070070);
    forget_session(server, session);
}

/* What breaks U-272. */
static bool is_strange(const struct request *request)
{
    bool fragment = !strcmp(request->type, "Fragment");

    if (strcmp(request->method, "BITS_POST") || !request->has_length || (!fragment && request->length))
        return true;
    if (field(request, "Transfer-Encoding") || field(request, "Expect") || field(request, "Content-Encoding"))
        return true;
    if (!strcmp(request->type, "Create-Session"))
        return request->id || strcmp(field(request, "BITS-Supported-Protocols") ? field(request, "BITS-Supported-Protocols")
                                                                                : "", PROTOCOL);
    if (!strcmp(request->type, "Ping"))
        return request->id || field(request, "Content-Range");
    return !request->id || fragment != (field(request, "Content-Range") != NULL);
}

static void lose(struct bitsserver *server, int fault)
{
    struct session *session;

    if (fault == BITSSERVER_LOSE_SESSIONS)
        while (server->sessions)
            forget_session(server, server->sessions);
    if (fault != BITSSERVER_LOSE_DATA)
        return;
    for (session = server->sessions; session; session = session->next)
    {
        char path[1024], *data = malloc((size_t)session->received + 1);
        size_t keep = (size_t)session->received / 2;

        rewind(session->data);
        keep = data ? fread(data, 1, keep, session->data) : 0;
        fclose(session->data);
        path_of(server, session->id, ".part", path, sizeof(path));
        session->data = fopen(path, "wb+");
        fwrite(data, 1, keep, session->data);
        session->received = keep;
        session->complete = false;
        free(data);
    }
}

static unsigned int count_packet(struct request *request)
{
    struct bitsserver_counts *counts = &request->connection->server->counts;

    if (same_text(request->type, "Create-Session"))
        counts->creates++;
    else if (same_text(request->type, "Ping"))
        counts->pings++;
    else if (same_text(request->type, "Fragment"))
        counts->fragments++;
    else if (same_text(request->type, "Close-Session"))
        counts->closes++;
    else if (same_text(request->type, "Cancel-Session"))
        counts->cancels++;
    if (is_strange(request))
        counts->strange++;
    return ++counts->packets;
}

/* FALSE: the connection broke. */
static bool handle_packet(struct request *request, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    struct session *session = NULL;

    if (same_text(request->type, "Ping"))
        return true;
    if (same_text(request->type, "Create-Session"))
    {
        create_session(request, answer);
        return true;
    }
    if (!request->id || !(session = find_session(server, request->id)))
    {
        refuse(answer, 500, E_NO_SESSION);
        return true;
    }
    if (same_text(request->type, "Fragment"))
        return take_fragment(request, session, answer);
    if (same_text(request->type, "Close-Session"))
        close_session(request, session, answer);
    else if (same_text(request->type, "Cancel-Session"))
        forget_session(server, session);
    else
        refuse(answer, 400, E_INVALID);
    return true;
}

static bool serve_packet(struct request *request)
{
    struct bitsserver *server = request->connection->server;
    struct answer answer = {.status = 200};
    unsigned int number;
    bool good = true;
    int fault = 0;

    mutex_lock(&server->lock);
    number = count_packet(request);
    mutex_unlock(&server->lock);
    if (server->options.fault)
        fault = server->options.fault(server->options.context, number, request->type);

    mutex_lock(&server->lock);
    if (fault > 0 && fault < 1000)
        answer.status = fault;
    else if (fault != BITSSERVER_CLOSE_BEFORE)
    {
        lose(server, fault);
        good = handle_packet(request, &answer);
    }
    if (server->options.verbose)
        printf("{\"connection\":%u,\"packet\":%u,\"type\":\"%s\",\"target\":\"%s\",\"length\":%" PRIu64 ",\"status\":%u}\n",
               request->connection->number, number, request->type, request->target, request->length, answer.status);
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    fflush(stdout);
    if (!good || fault == BITSSERVER_CLOSE_BEFORE || fault == BITSSERVER_CLOSE_AFTER)
        return false;
    return take_body(request, NULL, request->left) && send_answer(request, &answer, fault <= 0 || fault >= 1000);
}

/* --- downloads -------------------------------------------------------------------------------------- */

/* Undo %7B and %7D, all that names of ours need. */
static void unescape(char *name)
{
    char *to = name, *from = name;

    for (; *from; from++)
    {
        if (!strncmp(from, "%7B", 3) || !strncmp(from, "%7D", 3))
        {
            *to++ = from[2] == 'B' ? '{' : '}';
            from += 2;
        }
        else
            *to++ = *from;
    }
    *to = 0;
}

static bool serve_file(struct request *request)
{
    struct bitsserver *server = request->connection->server;
    const char *range = field(request, "Range");
    uint64_t first = 0, last, size;
    char path[1024], head[512], *block = malloc(BLOCK);
    bool good = true, part = false;
    FILE *file;
    size_t got;

    unescape(request->name);
    path_of(server, request->name, "", path, sizeof(path));
    if (!block || !(file = fopen(path, "rb")))
    {
        struct answer answer = {.status = 404};

        free(block);
        return send_answer(request, &answer, false);
    }
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    last = size - 1;
    if (range && size && sscanf(range, "bytes=%" SCNu64 "-%" SCNu64, &first, &last) >= 1 && first < size)
        part = true;
    else
        first = 0;
    if (last >= size)
        last = size - 1;
    snprintf(head, sizeof(head), "HTTP/1.1 %u Status\r\nContent-Length: %" PRIu64 "\r\nAccept-Ranges: bytes\r\n", part ? 206 : 200,
             last - first + 1);
    if (part)
        snprintf(head + strlen(head), sizeof(head) - strlen(head), "Content-Range: bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64 "\r\n",
                 first, last, size);
    strcat(head, "\r\n");
    good = send_all(request->connection, head, strlen(head));
    fseek(file, (long)first, SEEK_SET);
    for (size = last - first + 1; good && size && strcmp(request->method, "HEAD"); size -= got)
    {
        got = fread(block, 1, size < BLOCK ? (size_t)size : BLOCK, file);
        good = got && send_all(request->connection, block, got);
    }
    fclose(file);
    free(block);
    return good;
}

/* --- connections --------------------------------------------------------------------------------------- */

/* A method of its own that carries a whole file (U-202). */
static bool serve_plain_upload(struct request *request)
{
    struct answer answer = {.status = 201};
    char path[1024];
    FILE *file;
    bool good;

    path_of(request->connection->server, request->name, "", path, sizeof(path));
    if (!(file = fopen(path, "wb")))
        return false;
    good = take_body(request, file, request->left);
    return !fclose(file) && good && send_answer(request, &answer, false);
}

static bool serve_request(struct connection *connection)
{
    struct request request = {.connection = connection};
    bool good = false;

    if (read_request(&request))
    {
        if (!strcmp(request.method, "GET") || !strcmp(request.method, "HEAD"))
            good = serve_file(&request);
        else if (request.type)
            good = serve_packet(&request);
        else
            good = serve_plain_upload(&request);
    }
    if (request.method != request.head)
        free(request.method);
    free(request.head);
    return good && !(connection->server->options.flags & BITSSERVER_HTTP10);
}

static THREAD_RESULT connection_thread(void *argument)
{
    struct connection *connection = argument, **position;
    struct bitsserver *server = connection->server;

    if ((connection->head = malloc(HEAD_MAX + 1)))
        while (serve_request(connection))
            ;
    mutex_lock(&server->lock);
    for (position = &server->connections; *position != connection; position = &(*position)->next)
        ;
    *position = connection->next;
    if (connection->socket != NO_SOCKET)
        close_socket(connection->socket);
    free(connection->head);
    free(connection);
    server->threads--;
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    return 0;
}

static THREAD_RESULT listener_thread(void *argument)
{
    struct bitsserver *server = argument;
    struct connection *connection;
    socket_handle socket;
    bool stopping;

    while ((socket = accept(server->listener, NULL, NULL)) != NO_SOCKET)
    {
        mutex_lock(&server->lock);
        connection = server->stopping ? NULL : calloc(1, sizeof(*connection));
        if (connection)
        {
            connection->server = server;
            connection->socket = socket;
            connection->number = ++server->counts.connections;
            connection->next = server->connections;
            server->connections = connection;
            server->threads++;
            if (!thread_start(connection_thread, connection))
            {
                server->threads--;
                server->connections = connection->next;
                free(connection);
                connection = NULL;
            }
        }
        stopping = server->stopping;
        mutex_unlock(&server->lock);
        if (!connection)
            close_socket(socket);
        if (stopping)
            break;
    }
    mutex_lock(&server->lock);
    server->threads--;
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    return 0;
}

/* Have a connection's thread wait no longer; under the lock. */
static void end_receive(struct connection *connection)
{
#ifdef _WIN32
    closesocket(connection->socket);    /* a shutdown does not end a recv there */
    connection->socket = INVALID_SOCKET;
#else
    shutdown(connection->socket, SHUT_RDWR);
#endif
}

/* Nothing ends an accept on every system, except for what it waits for. */
static void wake_listener(const struct bitsserver *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socket_handle handle = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server->port);
    connect(handle, (struct sockaddr *)&address, sizeof(address));
    close_socket(handle);
}

static bool start_listening(struct bitsserver *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
#ifdef _WIN32
    int size = sizeof(address);
#else
    socklen_t size = sizeof(address);
#endif

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(server->options.port);
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener == NO_SOCKET || bind(server->listener, (struct sockaddr *)&address, sizeof(address)) ||
        listen(server->listener, 50) || getsockname(server->listener, (struct sockaddr *)&address, &size))
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
    if (!server)
        return NULL;
    server->options = *options;
    mutex_init(&server->lock);
    condition_init(&server->changed);
    if (start_listening(server))
        return server;
    if (server->listener != NO_SOCKET)
        close_socket(server->listener);
    mutex_destroy(&server->lock);
    free(server);
    return NULL;
}

void bitsserver_destroy(struct bitsserver *server)
{
    struct connection *connection;

    if (!server)
        return;
    mutex_lock(&server->lock);
    server->stopping = true;
    wake_listener(server);
    for (connection = server->connections; connection; connection = connection->next)
        end_receive(connection);
    while (server->threads)
        condition_wait(&server->changed, &server->lock, 1000);
    while (server->sessions)
        forget_session(server, server->sessions);
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

static bool wait_count(struct bitsserver *server, const unsigned int *value, unsigned int count, unsigned int timeout_ms)
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
