/*
 * The packets of the upload protocol as the server sees them: sections 3, 12 and 14 of the rules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "support/bitsserver_private.h"

#define PROTOCOL "{7df0354d-249b-430f-820d-3d2a9bef4931}"

#define E_ACCESS 0x80070005u
#define E_INVALID 0x80070057u
#define E_FULL 0x80070070u
#define E_NO_SESSION 0x8020001fu
#define E_TOO_MUCH 0x80200020u

#define SESSION_TIMEOUT (14 * 24 * 60 * 60) /* U-206 */
#define FIELD_MAX 4096                      /* U-012 */
#define SESSIONS_MAX 1000
#define HALVED_MIN (16 * 1024) /* BITSSERVER_LOW_OFFSET takes shorter fragments as they are */

/* --- sessions ------------------------------------------------------------------------------- */

void session_path(const struct bitsserver *server, const struct session *session, const char *suffix, char *path)
{
    snprintf(path, PATH_SIZE, "%s.bits-%u.%s", server->options.directory, session->number, suffix);
}

static void session_destroy(struct bitsserver *server, struct session *session)
{
    char path[PATH_SIZE];

    if (session->data >= 0) file_close(session->data);
    session_path(server, session, "part", path);
    remove(path);
    session_path(server, session, "reply", path);
    remove(path);
    free(session);
}

void session_forget(struct bitsserver *server, struct session *session)
{
    struct session **position;

    for (position = &server->sessions; *position != session; position = &(*position)->next)
        ;
    *position = session->next;
    server->counts.sessions--;
    if (session->user) session->gone = true;
    else session_destroy(server, session);
}

struct session *session_find(struct bitsserver *server, const char *id)
{
    struct session *session;

    for (session = server->sessions; session && strcmp(session->id, id); session = session->next)
        ;
    return session;
}

/* Forget what nobody has cared for (U-236). */
static void expire_sessions(struct bitsserver *server)
{
    uint64_t timeout = server->options.session_timeout ? server->options.session_timeout : SESSION_TIMEOUT;
    struct session *session, *next;

    for (session = server->sessions; session; session = next)
    {
        next = session->next;
        if (!session->user && milliseconds() - session->touched > timeout * 1000) session_forget(server, session);
    }
}

/* The session of a packet. Another connection that still sends for it is given up: its client has come back. */
static struct session *take_session(struct request *request)
{
    struct connection *connection = request->connection;
    struct bitsserver *server = connection->server;
    struct session *session;

    while ((session = session_find(server, request->id)) && session->user)
    {
        connection_break(session->user);
        condition_wait(&server->changed, &server->lock, 1000);
    }
    if (session && server->options.flags & BITSSERVER_PER_CONNECTION && session->connection != connection->number)
        return NULL;
    return session;
}

/* --- answers ----------------------------------------------------------------------------------- */

static void refuse(struct answer *answer, unsigned int status, uint32_t error)
{
    answer->status = status;
    answer->error = error;
}

static void add_error(const struct bitsserver *server, struct answer *answer)
{
    unsigned int flags = server->options.flags;
    const char *prefix = flags & BITSSERVER_PLAIN_HEX ? "" : "0x", *suffix = flags & BITSSERVER_SUFFIX_HEX ? "L" : "";
    char text[32];

    if (answer->status < 300 && flags & BITSSERVER_ERROR_ON_SUCCESS)
        answer_add(answer, "BITS-Error-Code", "0x80004005");
    if (!answer->error || (flags & BITSSERVER_NEW_ERROR && flags & BITSSERVER_OLD_ERROR)) return;
    snprintf(text, sizeof(text), "%s%08X%s", prefix, (unsigned int)answer->error, suffix);
    if (!(flags & BITSSERVER_NEW_ERROR)) answer_add(answer, "BITS-Error", text);
    if (!(flags & BITSSERVER_OLD_ERROR)) answer_add(answer, "BITS-Error-Code", text);
    snprintf(text, sizeof(text), "%s%X", prefix, answer->context ? answer->context : 5);
    answer_add(answer, "BITS-Error-Context", flags & BITSSERVER_EMPTY_CONTEXT ? "" : text);
}

static void add_offset(const struct bitsserver *server, struct answer *answer, const struct session *session)
{
    unsigned int flags = server->options.flags;

    if (answer->status == 416)
    {
        if (!(flags & BITSSERVER_NO_416_OFFSET))
            answer_add_number(answer,
                              flags & BITSSERVER_BAD_OFFSET_NAME ? "BITS-Recieved-Content-Range"
                                                                 : "BITS-Received-Content-Range",
                              session->received);
    }
    else if (!(flags & BITSSERVER_NO_OFFSET))
        answer_add_number(answer, "BITS-Received-Content-Range",
                          flags & BITSSERVER_HIGH_OFFSET ? session->total + 1000 : session->received);
}

/* --- Create-Session -------------------------------------------------------------------------------- */

/* FALSE: the answer says why not. */
static bool may_create(struct request *request, const char *name, struct answer *answer)
{
    const struct bitsserver *server = request->connection->server;
    unsigned int flags = server->options.flags;
    const char *protocols = http_field(request, "BITS-Supported-Protocols");
    char path[PATH_SIZE];

    path_of(server, name, path);
    if (!protocols || !strstr(protocols, PROTOCOL)) refuse(answer, 400, E_INVALID);
    else if (flags & (BITSSERVER_DISABLED | BITSSERVER_NOT_ENABLED))
        refuse(answer, flags & BITSSERVER_DISABLED ? 501 : 404, flags & BITSSERVER_DISABLED ? E_ACCESS : 0);
    else if (server->counts.sessions >= SESSIONS_MAX) refuse(answer, 503, 0);
    else if (!*name || file_is_directory(path)) refuse(answer, 400, E_INVALID);
    else if (flags & BITSSERVER_CONFLICT && file_exists(path)) refuse(answer, 409, 0);
    else if (flags & BITSSERVER_NO_OVERWRITE && file_exists(path)) refuse(answer, 403, E_ACCESS);
    else return true;
    return false;
}

/* Who knows the id may write to the session, so it cannot be guessed from the ids of others. */
static bool make_id(struct bitsserver *server, struct session *session)
{
    char *id = session->id;
    uint16_t part[8];
    uint64_t number;

    if (!random_bytes(part, sizeof(part))) return false;
    memcpy(&number, part, sizeof(number));
    part[3] = (part[3] & 0xfff) | 0x4000;
    part[4] = (part[4] & 0x3fff) | 0x8000;
    switch (server->options.session_style)
    {
    case BITSSERVER_PLAIN_GUID:
        snprintf(id, sizeof(session->id), "%04x%04x-%04x-%04x-%04x-%04x%04x%04x", part[0], part[1], part[2], part[3],
                 part[4], part[5], part[6], part[7]);
        break;
    case BITSSERVER_DECIMAL: snprintf(id, sizeof(session->id), "-%" PRIu64, number); break;
    case BITSSERVER_LONG_ID:
        snprintf(id, sizeof(session->id), "%0100" PRIu64, number);
        memset(id, '~', 20);
        break;
    default:
        snprintf(id, sizeof(session->id), "{%04X%04X-%04X-%04X-%04X-%04X%04X%04X}", part[0], part[1], part[2], part[3],
                 part[4], part[5], part[6], part[7]);
        break;
    }
    return true;
}

static const char *protocol_name(unsigned int flags)
{
    if (flags & BITSSERVER_BAD_PROTOCOL) return "{00000000-249b-430f-820d-3d2a9bef4931}";
    if (flags & BITSSERVER_PLAIN_PROTOCOL) return "7df0354d-249b-430f-820d-3d2a9bef4931";
    return flags & BITSSERVER_UPPER_PROTOCOL ? "{7DF0354D-249B-430F-820D-3D2A9BEF4931}" : PROTOCOL;
}

static void create_session(struct request *request, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    char path[PATH_SIZE], name[NAME_SIZE];
    struct session *session;

    if (!bitsserver_name(request->target, name, sizeof(name))) *name = 0;
    if (!may_create(request, name, answer)) return;
    if (!(session = calloc(1, sizeof(*session))))
    {
        refuse(answer, 500, 0);
        return;
    }
    session->number = ++server->next_session;
    session->connection = request->connection->number;
    session->touched = milliseconds();
    strcpy(session->name, name);
    session_path(server, session, "part", path);
    if (!make_id(server, session) || (session->data = file_create(path)) < 0)
    {
        free(session);
        refuse(answer, 500, E_FULL);
        return;
    }
    session->next = server->sessions;
    server->sessions = session;
    server->counts.sessions++;
    if (server->options.flags & BITSSERVER_CREATED) answer->status = 201;
    answer_add(answer, "BITS-Protocol", protocol_name(server->options.flags));
    answer_add(answer, "BITS-Session-Id", session->id);
    answer_add(answer, "Accept-encoding", "identity");
    if (server->options.host_id) answer_add(answer, "BITS-Host-Id", server->options.host_id);
    if (server->options.host_timeout) answer_add(answer, "BITS-Host-Id-Fallback-Timeout", server->options.host_timeout);
}

/* --- the application ------------------------------------------------------------------------------------ */

static bool copy_data(int from, uint64_t size, const char *path)
{
    int to = file_create(path);
    char *block = malloc(BLOCK);
    bool good = to >= 0 && block && file_seek(from, 0) != -1;

    while (good && size)
    {
        int got = file_read(from, block, size < BLOCK ? (unsigned int)size : BLOCK);

        good = got > 0 && file_write(to, block, got) == got;
        size -= got;
    }
    if (to >= 0) good &= !file_close(to);
    free(block);
    return good;
}

/* The file gets its name. */
static bool publish(struct bitsserver *server, struct session *session, struct answer *answer)
{
    bool fixed = server->options.flags & (BITSSERVER_NO_OVERWRITE | BITSSERVER_CONFLICT);
    char path[PATH_SIZE], part[PATH_SIZE];

    if (session->published) return true;
    path_of(server, session->name, path);
    session_path(server, session, "part", part);
    file_close(session->data);
    session->data = -1;
    if (!file_rename(part, path, !fixed))
    {
        refuse(answer, fixed ? 403 : 500, fixed ? E_ACCESS : E_FULL);
        return false;
    }
    session->published = true;
    transcript_file(server, session->name);
    return true;
}

static void add_reply_url(const struct bitsserver *server, const struct session *session, struct answer *answer)
{
    char url[4096], id[320], *to = id;
    const char *from;
    int length, i;

    /* As a URL: braces are no part of one. */
    for (from = session->id; *from; from++) to += sprintf(to, strchr("{}", *from) ? "%%%02X" : "%c", *from);
    *to = 0;
    switch (server->options.reply_url)
    {
    case BITSSERVER_SLASHES: snprintf(url, sizeof(url), "BITS-Sessions/Replies/%s/responsefile.bin", id); break;
    case BITSSERVER_PATH: snprintf(url, sizeof(url), "/elsewhere/BITS-Sessions/Replies/%s/responsefile.bin", id); break;
    case BITSSERVER_ABSOLUTE:
        snprintf(url, sizeof(url), "http://127.0.0.1:%u/BITS-Sessions/Replies/%s/responsefile.bin", server->port, id);
        break;
    case BITSSERVER_SIGNED:
        length = snprintf(url, sizeof(url),
                          "http://127.0.0.1:%u/BITS-Sessions/Replies/%s/responsefile.bin?signature=", server->port, id);
        for (i = 0; i < 400; i++) url[length + i] = i % 100 == 99 ? '/' : 'a' + i % 26;
        url[length + 400] = 0;
        break;
    case BITSSERVER_MISSING: return;
    case BITSSERVER_TOO_LONG:
        memset(url, 'x', 2201);
        url[2201] = 0;
        break;
    default: snprintf(url, sizeof(url), "BITS-Sessions\\Replies\\%s\\responsefile.bin", session->id); break;
    }
    if (server->options.reply == BITSSERVER_STATIC) snprintf(url, sizeof(url), "%s", server->options.static_url);
    answer_add(answer, "BITS-Reply-URL", url);
}

/* The application makes its reply, once. */
static bool make_reply(struct bitsserver *server, struct session *session)
{
    char path[PATH_SIZE];

    if (session->notified || server->options.reply == BITSSERVER_STATIC) return true;
    session_path(server, session, "reply", path);
    session->replied = milliseconds();
    return copy_data(session->data, server->options.reply == BITSSERVER_ECHO ? session->total : 0, path);
}

/* The upload is complete: the application has its say, the file its place (U-225 to U-231). */
static void notify(struct request *request, struct session *session, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    bool copy = !(server->options.flags & BITSSERVER_NO_COPY) || server->options.reply == BITSSERVER_NO_APPLICATION;
    uint64_t end = milliseconds() + server->options.reply_delay, now;

    session->complete = true;
    while (server->options.reply && !session->notified && !server->stopping && (now = milliseconds()) < end)
        condition_wait(&server->changed, &server->lock, (unsigned int)(end - now));
    if (server->options.reply == BITSSERVER_REFUSE)
    {
        refuse(answer, server->options.refuse_status ? server->options.refuse_status : 403, 0xa0040123);
        answer->context = 7;
        return;
    }
    if (server->options.reply && !make_reply(server, session)) refuse(answer, 500, E_FULL);
    else if (copy && !(server->options.flags & BITSSERVER_AT_CLOSE) && !publish(server, session, answer)) return;
    else
    {
        session->notified = server->options.reply != BITSSERVER_NO_APPLICATION;
        if (session->notified) add_reply_url(server, session, answer);
    }
}

/* --- Fragment ---------------------------------------------------------------------------------------------- */

/* What stands in Content-Range; false: refused. */
static bool check_fragment(struct request *request, struct session *session, struct answer *answer, uint64_t *first,
                           uint64_t *total)
{
    struct bitsserver *server = request->connection->server;
    const char *range = http_field(request, "Content-Range");
    uint64_t last;
    char end;

    if (!range || sscanf(range, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64 "%c", first, &last, total, &end) != 3 ||
        *first > last || last >= *total || last - *first + 1 != request->length ||
        (session->has_total && session->total != *total))
        refuse(answer, 400, E_INVALID);
    else if (server->options.fragment_limit && request->length > server->options.fragment_limit)
        refuse(answer, server->options.fragment_status ? (int)server->options.fragment_status : 413, 0);
    else if (server->options.maximum_size && *total > server->options.maximum_size) refuse(answer, 500, E_TOO_MUCH);
    else if (!session->complete &&
             (*first > session->received || (*first < session->received && !(server->options.flags & BITSSERVER_TRIM))))
    {
        answer->status = 416;
        add_offset(server, answer, session);
    }
    return answer->status == 200;
}

/* Bytes that came twice although the client could know. */
static void count_fragment(struct bitsserver *server, struct session *session, uint64_t first, uint64_t length)
{
    if (length > server->counts.longest_fragment) server->counts.longest_fragment = length;
    if (!session->complete && first < session->told)
        server->counts.repeated += (first + length < session->told ? first + length : session->told) - first;
}

/* The body goes to where the session ends, others may use the server meanwhile. 0: good, else the fault's status. */
static bool store_fragment(struct request *request, struct session *session, uint64_t skip, uint64_t limit,
                           struct answer *answer)
{
    struct connection *connection = request->connection;
    struct bitsserver *server = connection->server;
    uint64_t before, wanted;
    bool good, bad, gone;

    session->user = connection;
    mutex_unlock(&server->lock);
    good = http_take_body(request, -1, skip < limit ? skip : limit, &bad);
    before = request->left;
    wanted = limit > skip ? limit - skip : 0;
    if (good)
        good = file_seek(session->data, session->received) != -1 &&
               http_take_body(request, session->data, wanted, &bad);
    mutex_lock(&server->lock);
    session->received += before - request->left;
    if (!file_resize(session->data, session->received)) bad = true;
    session->user = NULL;
    session->touched = milliseconds();
    if ((gone = session->gone)) session_destroy(server, session);
    condition_signal(&server->changed);
    if (bad && !gone) refuse(answer, 500, E_FULL);
    return (good || bad) && !gone;
}

/* False: the connection ends. cut: after so many bytes (UINT64_MAX: never). */
static bool take_fragment(struct request *request, struct session *session, uint64_t cut, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    uint64_t first, total;

    if (!check_fragment(request, session, answer, &first, &total))
    {
        if (answer->status == 416) count_fragment(server, session, first, request->length);
        return true;
    }
    count_fragment(server, session, first, request->length);
    session->total = total;
    session->has_total = true;
    if (!session->complete && first + request->length > session->received)
    {
        uint64_t limit = request->length;

        if (server->options.flags & BITSSERVER_LOW_OFFSET && limit > HALVED_MIN) limit /= 2;
        if (!store_fragment(request, session, session->received - first, cut < limit ? cut : limit, answer) ||
            cut < limit)
            return false;
    }
    if (answer->status == 200 && session->received == total) notify(request, session, answer);
    add_offset(server, answer, session);
    return true;
}

/* --- the others ---------------------------------------------------------------------------------------------- */

static void close_session(struct request *request, struct session *session, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    char path[PATH_SIZE];

    path_of(server, session->name, path);
    if (session->published && !file_exists(path)) refuse(answer, 404, 0); /* U-242 */
    /* U-109: nothing needs no fragment */
    else if ((session->complete && server->options.flags & BITSSERVER_AT_CLOSE) || !session->has_total)
        publish(server, session, answer);
    session_forget(server, session);
}

/* What breaks U-272. */
static bool is_strange(const struct request *request)
{
    const char *protocols = http_field(request, "BITS-Supported-Protocols"),
               *range = http_field(request, "Content-Range");
    bool fragment = !strcmp(request->type, "Fragment");

    if (strcmp(request->method, "BITS_POST") || !request->has_length || (!fragment && request->length)) return true;
    if (http_field(request, "Transfer-Encoding") || http_field(request, "Expect") ||
        http_field(request, "Content-Encoding"))
        return true;
    if (!strcmp(request->type, "Create-Session"))
        return request->id || range || !protocols || strcmp(protocols, PROTOCOL);
    if (!strcmp(request->type, "Ping")) return request->id || range;
    if (!fragment && strcmp(request->type, "Close-Session") && strcmp(request->type, "Cancel-Session")) return true;
    return !request->id || protocols || fragment != (range && !strncmp(range, "bytes ", 6));
}

static bool has_long_field(const struct request *request)
{
    const char *line;

    for (line = request->head + strlen(request->head) + 1; *line; line += strlen(line) + 1)
        if (strlen(line) > FIELD_MAX) return true;
    return false;
}

/* What happens to all sessions at once. */
static void lose(struct bitsserver *server, int fault)
{
    struct session *session;
    char path[PATH_SIZE];

    if (fault == BITSSERVER_LOSE_SESSIONS)
        while (server->sessions) session_forget(server, server->sessions);
    for (session = server->sessions; session; session = session->next)
    {
        path_of(server, session->name, path);
        if (fault == BITSSERVER_LOSE_FILE) remove(path);
        if (fault != BITSSERVER_LOSE_DATA || session->user || session->published) continue;
        session->received /= 2;
        file_resize(session->data, session->received);
        session->complete = false;
    }
}

static unsigned int count_packet(struct request *request)
{
    struct bitsserver_counts *counts = &request->connection->server->counts;

    if (http_same_text(request->type, "Create-Session")) counts->creates++;
    else if (http_same_text(request->type, "Ping")) counts->pings++;
    else if (http_same_text(request->type, "Fragment")) counts->fragments++;
    else if (http_same_text(request->type, "Close-Session")) counts->closes++;
    else if (http_same_text(request->type, "Cancel-Session")) counts->cancels++;
    if (is_strange(request)) counts->strange++;
    return ++counts->packets;
}

/* False: the connection ends. */
static bool handle_packet(struct request *request, uint64_t cut, struct answer *answer)
{
    struct bitsserver *server = request->connection->server;
    struct session *session = NULL;

    expire_sessions(server);
    if (!request->has_length || has_long_field(request) ||
        (server->options.flags & BITSSERVER_STRICT && is_strange(request)))
        refuse(answer, 400, E_INVALID); /* U-238 */
    else if (http_same_text(request->type, "Ping")) return true;
    else if (http_same_text(request->type, "Create-Session")) create_session(request, answer);
    else if (!http_same_text(request->type, "Fragment") && !http_same_text(request->type, "Close-Session") &&
             !http_same_text(request->type, "Cancel-Session"))
        refuse(answer, 400, E_INVALID);
    else if (!request->id || !(session = take_session(request))) refuse(answer, 500, E_NO_SESSION);
    else
    {
        session->touched = milliseconds();
        if (server->options.flags & BITSSERVER_SESSION_IN_ACKS) answer_add(answer, "BITS-Session-Id", session->id);
        if (http_same_text(request->type, "Fragment")) return take_fragment(request, session, cut, answer);
        if (http_same_text(request->type, "Close-Session")) close_session(request, session, answer);
        else session_forget(server, session);
    }
    return true;
}

static bool send_ack(struct request *request, struct answer *answer, int fault)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nBITS-Packet-Ty";
    struct bitsserver *server = request->connection->server;
    bool bodied = server->options.flags & (BITSSERVER_BODIED_ACKS | BITSSERVER_CHUNKED_ACKS);
    struct session *session;

    if (fault == BITSSERVER_CUT_HEAD)
    {
        http_send(request->connection, half, sizeof(half) - 1);
        return false;
    }
    if (fault > 0 && fault < BITSSERVER_CLOSE_BEFORE)
    {
        if (fault / 100 == 3) answer_add(answer, "Location", "/dir/elsewhere");
        return answer_send(request, answer, "", false);
    }
    add_error(server, answer);
    if (!(server->options.flags & BITSSERVER_NO_ACK)) answer_add(answer, "BITS-Packet-Type", "Ack");
    mutex_lock(&server->lock);
    if (request->id && (session = session_find(server, request->id)) &&
        (answer->status == 200 || answer->status == 416))
        session->told = session->received;
    mutex_unlock(&server->lock);
    return answer_send(request, answer, bodied ? "an Ack with a body\n" : "",
                       server->options.flags & BITSSERVER_CHUNKED_ACKS);
}

/* Wait without holding anybody up. */
static void stall(struct bitsserver *server, int fault)
{
    uint64_t end = milliseconds() + (fault - BITSSERVER_STALL) * 1000, now;

    mutex_lock(&server->lock);
    while (!server->stopping && (now = milliseconds()) < end)
        condition_wait(&server->changed, &server->lock, (unsigned int)(end - now));
    mutex_unlock(&server->lock);
}

bool packet_serve(struct request *request)
{
    struct bitsserver *server = request->connection->server;
    struct answer answer = {.status = 200};
    uint64_t cut = UINT64_MAX;
    bool good = true, bad;
    unsigned int number;
    int fault = 0;

    mutex_lock(&server->lock);
    number = count_packet(request);
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    if (server->options.fault) fault = server->options.fault(server->options.context, number, request->type);
    if (fault >= BITSSERVER_CUT_BODY) cut = fault - BITSSERVER_CUT_BODY;
    else if (fault >= BITSSERVER_STALL) stall(server, fault);

    mutex_lock(&server->lock);
    if (fault > 0 && fault < BITSSERVER_CLOSE_BEFORE) answer.status = fault;
    else if (fault != BITSSERVER_CLOSE_BEFORE)
    {
        lose(server, fault);
        good = handle_packet(request, cut, &answer);
    }
    transcript_request(request, number, answer.status);
    condition_signal(&server->changed);
    mutex_unlock(&server->lock);
    if (!good || fault == BITSSERVER_CLOSE_BEFORE || fault == BITSSERVER_CLOSE_AFTER) return false;
    return http_take_body(request, -1, request->left, &bad) && send_ack(request, &answer, fault);
}
