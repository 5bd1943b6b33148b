/*
 * Servers in memory behind the interface of libs/http: files to download, and the BITS upload protocol.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "http/http.h"
#include "sim.h"
#include "winhttp.h"

#define FILES_MAX 512
#define SESSIONS_MAX 256
#define LATENCY_MS 5
#define LATE_MS (5 * 60 * 1000)
#define PORTION_MAX (64 * 1024)
#define SESSION_NOT_FOUND "0x8020001f"

/* --- what the servers have --------------------------------------------------------------------------------- */

struct session
{
    char id[40], path[64];
    uint8_t *data;
    size_t size, total;
    bool closed;
};

static struct server_file files[FILES_MAX];
static unsigned int file_count, session_count, client_count;
static struct session sessions[SESSIONS_MAX];
static uint64_t bytes_sent;
static uint64_t fragment_limit;
static unsigned int late_fragments;

void server_reset(void)
{
    while (session_count) free(sessions[--session_count].data);
    file_count = 0;
    bytes_sent = 0;
    fragment_limit = 0;
    late_fragments = 0;
}

struct server_file *server_find(const char *path)
{
    unsigned int i;

    for (i = 0; i < file_count; i++)
        if (!strcmp(files[i].path, path)) return &files[i];
    return NULL;
}

struct server_file *server_add(const char *path, uint64_t size)
{
    struct server_file *file = server_find(path);

    if (!file && file_count == FILES_MAX) hopeless("too many files on the server");
    if (!file) file = &files[file_count++];
    memset(file, 0, sizeof(*file));
    snprintf(file->path, sizeof(file->path), "%s", path);
    file->size = size;
    file->version = 1;
    return file;
}

uint8_t server_byte(const char *path, unsigned int version, uint64_t offset)
{
    uint32_t hash = version * 0x9e3779b9u;

    for (; *path; path++) hash = hash * 31 + (uint8_t)*path;
    hash ^= (uint32_t)(offset >> 3) * 0x85ebca6bu;
    return (uint8_t)(hash >> (offset & 7) ^ hash >> 13 ^ offset);
}

static struct session *find_session(const char *id)
{
    unsigned int i;

    for (i = 0; i < session_count; i++)
        if (!strcmp(sessions[i].id, id)) return &sessions[i];
    return NULL;
}

const uint8_t *server_upload(const char *path, size_t *size, bool *closed)
{
    const struct session *found = NULL;
    unsigned int i;

    for (i = 0; i < session_count; i++)
        if (!strcmp(sessions[i].path, path) && (!found || sessions[i].closed)) found = &sessions[i];
    if (!found) return NULL;
    *size = found->size;
    *closed = found->closed;
    return found->data;
}

unsigned int server_sessions(void)
{
    unsigned int i, open = 0;

    for (i = 0; i < session_count; i++) open += !sessions[i].closed;
    return open;
}

uint64_t server_bytes_sent(void)
{
    return bytes_sent;
}

void server_limit_fragments(uint64_t size)
{
    fragment_limit = size;
}

unsigned int server_late_fragments(void)
{
    return late_fragments;
}

unsigned int server_clients(void)
{
    return client_count;
}

/* --- the client's objects ------------------------------------------------------------------------------------ */

struct http_client
{
    unsigned int unused;
};

struct http_exchange
{
    const struct http_options *options;
    LONG cancelled;
    struct http_response response;
    char headers[1024];
    char header_value[256];
    char url[256];
    uint8_t *body; /* the test's own memory */
    size_t body_size, body_read, body_break;
    unsigned int rate;
};

struct http_client *http_client_create(void)
{
    struct http_client *client = sim_calloc(1, sizeof(*client));

    if (client) __atomic_add_fetch(&client_count, 1, __ATOMIC_RELAXED);
    return client;
}

void http_client_destroy(struct http_client *client)
{
    if (client) __atomic_sub_fetch(&client_count, 1, __ATOMIC_RELAXED);
    sim_free(client);
}

void http_client_close_idle(struct http_client *client) {}

struct http_exchange *http_exchange_create(struct http_client *client, const struct http_options *options)
{
    struct http_exchange *exchange;

    if (!client) hopeless("an exchange without a client");
    if (!(exchange = sim_calloc(1, sizeof(*exchange)))) return NULL;
    exchange->options = options;
    __atomic_add_fetch(&client_count, 1, __ATOMIC_RELAXED);
    return exchange;
}

void http_exchange_destroy(struct http_exchange *exchange)
{
    if (!exchange) return;
    free(exchange->body);
    __atomic_sub_fetch(&client_count, 1, __ATOMIC_RELAXED);
    sim_free(exchange);
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    InterlockedExchange(&exchange->cancelled, TRUE);
    threads_wake(exchange, true);
}

void http_exchange_abandon(struct http_exchange *exchange)
{
    exchange->body_size = exchange->body_read;
}

const char *http_exchange_peer(const struct http_exchange *exchange, BOOL *proxied)
{
    *proxied = FALSE;
    return "";
}

/* Value of a field of a header block, into a buffer; false: there is none. */
static bool find_field(const char *headers, const char *name, char *value, size_t size)
{
    size_t length = strlen(name);
    const char *line = headers, *end;

    for (; line && *line; line = end ? end + 2 : NULL)
    {
        end = strstr(line, "\r\n");
        if (strncasecmp(line, name, length) || line[length] != ':') continue;
        line += length + 1;
        while (*line == ' ') line++;
        snprintf(value, size, "%.*s", (int)(end ? (size_t)(end - line) : strlen(line)), line);
        return true;
    }
    return false;
}

const char *http_exchange_header(struct http_exchange *exchange, const char *name, unsigned int index)
{
    if (index || !find_field(exchange->headers, name, exchange->header_value, sizeof(exchange->header_value)))
        return NULL;
    return exchange->header_value;
}

/* Wait; an error when the exchange is cancelled or the machine is off. */
static uint32_t pass_time(struct http_exchange *exchange, uint64_t ms)
{
    uint64_t until = clock_ms() + ms;

    threads_yield();
    while (!InterlockedOr(&exchange->cancelled, 0) && clock_ms() < until)
        if (!threads_block(exchange, until)) break;
    if (InterlockedOr(&exchange->cancelled, 0)) return ERROR_OPERATION_ABORTED;
    return disk_is_off(disk_in_use()) ? ERROR_WINHTTP_CANNOT_CONNECT : 0;
}

/* --- answers -------------------------------------------------------------------------------------------------- */

static void answer(struct http_exchange *exchange, unsigned int status, const char *fields)
{
    snprintf(exchange->headers, sizeof(exchange->headers), "HTTP/1.1 %u Whatever\r\n%s\r\n", status, fields);
    memset(&exchange->response, 0, sizeof(exchange->response));
    exchange->response.status = status;
    exchange->response.version = 11;
    exchange->response.content_length = 0;
    exchange->response.url = exchange->url;
    exchange->response.raw_headers = exchange->headers;
    exchange->response.server_address = "192.0.2.1";
    free(exchange->body);
    exchange->body = NULL;
    exchange->body_size = exchange->body_read = exchange->body_break = 0;
}

static void add_bytes(struct http_exchange *exchange, const struct server_file *file, uint64_t first, uint64_t size)
{
    uint64_t i;

    exchange->body = realloc(exchange->body, exchange->body_size + size + 1);
    for (i = 0; i < size; i++)
        exchange->body[exchange->body_size++] = server_byte(file->path, file->version, first + i);
}

static void add_text(struct http_exchange *exchange, const char *text)
{
    size_t size = strlen(text);

    exchange->body = realloc(exchange->body, exchange->body_size + size + 1);
    memcpy(exchange->body + exchange->body_size, text, size);
    exchange->body_size += size;
}

static void last_modified(const struct server_file *file, char *text, size_t size)
{
    snprintf(text, size, "Tue, 02 Jan 2024 00:00:%02u GMT", file->version % 60);
}

/* The next "a-b" or "a-"; false: none that the file has. */
static bool next_range(const char **text, uint64_t size, uint64_t *first, uint64_t *last)
{
    char *end;

    *first = strtoull(*text, &end, 10);
    if (*end != '-') return false;
    *text = end + 1;
    *last = **text >= '0' && **text <= '9' ? strtoull(*text, &end, 10) : size - 1;
    *text = end + (*end == '-');
    while (**text == ',' || **text == ' ') ++*text;
    return *first < size && *first <= *last && (*last = min(*last, size - 1)) < size;
}

static void answer_ranges(struct http_exchange *exchange, const struct server_file *file, const char *ranges)
{
    char fields[400], date[64], part[200];
    const char *text = ranges;
    uint64_t first, last;

    last_modified(file, date, sizeof(date));
    if (!next_range(&text, file->size, &first, &last))
    {
        answer(exchange, 416, "");
        return;
    }
    if (!*text)
    {
        snprintf(fields, sizeof(fields), "Last-Modified: %s\r\nContent-Range: bytes %llu-%llu/%llu\r\n", date,
                 (unsigned long long)first, (unsigned long long)last, (unsigned long long)file->size);
        answer(exchange, 206, fields);
        add_bytes(exchange, file, first, last - first + 1);
        return;
    }
    snprintf(fields, sizeof(fields), "Last-Modified: %s\r\nContent-Type: multipart/byteranges; boundary=frontier\r\n",
             date);
    answer(exchange, 206, fields);
    do {
        snprintf(part, sizeof(part), "\r\n--frontier\r\nContent-Range: bytes %llu-%llu/%llu\r\n\r\n",
                 (unsigned long long)first, (unsigned long long)last, (unsigned long long)file->size);
        add_text(exchange, part);
        add_bytes(exchange, file, first, last - first + 1);
    } while (*text && next_range(&text, file->size, &first, &last));
    add_text(exchange, "\r\n--frontier--\r\n");
}

static void answer_download(struct http_exchange *exchange, const struct http_request *request, const char *path)
{
    const struct server_file *file = server_find(path);
    const char *headers = request->headers ? request->headers : "";
    char value[256], date[64], fields[200];
    bool head = !strcmp(request->method, "HEAD");

    if (!file || file->status)
    {
        answer(exchange, file ? file->status : 404, "");
        return;
    }
    last_modified(file, date, sizeof(date));
    if (find_field(headers, "If-Unmodified-Since", value, sizeof(value)) && strcmp(value, date))
    {
        answer(exchange, 412, "");
        return;
    }
    exchange->rate = file->rate;
    if (!head && !file->no_ranges && find_field(headers, "Range", value, sizeof(value)) && !strncmp(value, "bytes=", 6))
        answer_ranges(exchange, file, value + 6);
    else
    {
        snprintf(fields, sizeof(fields), "Last-Modified: %s\r\n%s", date,
                 file->no_ranges ? "" : "Accept-Ranges: bytes\r\n");
        answer(exchange, 200, fields);
        if (!head) add_bytes(exchange, file, 0, file->size);
        exchange->response.content_length = file->size;
    }
    if (!head) exchange->response.content_length = exchange->body_size;
    if (file->no_length) exchange->response.content_length = HTTP_LENGTH_UNKNOWN;
    if (!head) exchange->body_break = file->breaks_at;
}

/* --- uploads ----------------------------------------------------------------------------------------------- */

static void acknowledge(struct http_exchange *exchange, unsigned int status, const char *fields)
{
    char all[600];

    snprintf(all, sizeof(all), "BITS-Packet-Type: Ack\r\n%s", fields);
    answer(exchange, status, all);
}

static void create_session(struct http_exchange *exchange, const char *path)
{
    struct session *session;
    char fields[200];

    if (session_count == SESSIONS_MAX) hopeless("too many sessions with the server");
    session = &sessions[session_count];
    memset(session, 0, sizeof(*session));
    snprintf(session->id, sizeof(session->id), "{session-%u}", ++session_count);
    snprintf(session->path, sizeof(session->path), "%s", path);
    snprintf(fields, sizeof(fields), "BITS-Protocol: {7df0354d-249b-430f-820d-3d2a9bef4931}\r\nBITS-Session-Id: %s\r\n",
             session->id);
    acknowledge(exchange, 200, fields);
}

static uint32_t take_fragment(struct http_exchange *exchange, const struct http_request *request,
                              struct session *session)
{
    unsigned long long first, last, total;
    bool late = fragment_limit && request->body_length > fragment_limit;
    char value[128], fields[300];
    uint32_t error;
    size_t got, done;

    if (!find_field(request->headers, "Content-Range", value, sizeof(value)) ||
        sscanf(value, "bytes %llu-%llu/%llu", &first, &last, &total) != 3 || last - first + 1 != request->body_length)
    {
        acknowledge(exchange, 400, "");
        return 0;
    }
    if (first > session->size)
    {
        snprintf(fields, sizeof(fields), "BITS-Received-Content-Range: %zu\r\n", session->size);
        acknowledge(exchange, 416, fields);
        return 0;
    }
    session->data = realloc(session->data, total + 1);
    session->total = total;
    late_fragments += late;
    for (done = 0; done < request->body_length; done += got)
    {
        if (fault_hits(FAULT_HTTP)) return ERROR_WINHTTP_CONNECTION_ERROR;
        if ((error = pass_time(exchange, 1))) return error;
        if (request->body(request->body_context, done, session->data + first + done,
                          min(request->body_length - done, PORTION_MAX), &got) ||
            !got)
            return ERROR_WINHTTP_CONNECTION_ERROR;
        if (late) return (error = pass_time(exchange, LATE_MS)) ? error : ERROR_WINHTTP_TIMEOUT;
        if (session->size < first + done + got) session->size = first + done + got;
    }
    snprintf(fields, sizeof(fields), "BITS-Session-Id: %s\r\nBITS-Received-Content-Range: %zu\r\n%s", session->id,
             session->size, session->size == total ? "BITS-Reply-URL: /reply.bin\r\n" : "");
    acknowledge(exchange, 200, fields);
    return 0;
}

static uint32_t answer_upload(struct http_exchange *exchange, const struct http_request *request, const char *path)
{
    char type[64], id[64];
    struct session *session;

    if (!find_field(request->headers, "BITS-Packet-Type", type, sizeof(type))) type[0] = 0;
    if (!strcasecmp(type, "Ping")) acknowledge(exchange, 200, "");
    else if (!strcasecmp(type, "Create-Session")) create_session(exchange, path);
    else if (!find_field(request->headers, "BITS-Session-Id", id, sizeof(id)) || !(session = find_session(id)) ||
             session->closed)
        acknowledge(exchange, 500, "BITS-Error-Code: " SESSION_NOT_FOUND "\r\nBITS-Error-Context: 0x5\r\n");
    else if (!strcasecmp(type, "Fragment")) return take_fragment(exchange, request, session);
    else if (!strcasecmp(type, "Cancel-Session"))
    {
        session->id[0] = 0;
        session->closed = true;
        session->path[0] = 0;
        acknowledge(exchange, 200, "");
    }
    else
    {
        if (session->size != session->total) wrong("an upload is closed before all of it is there");
        session->closed = true;
        acknowledge(exchange, 200, "");
    }
    return 0;
}

/* --- requests ------------------------------------------------------------------------------------------------ */

uint32_t http_exchange_send(struct http_exchange *exchange, const struct http_request *request,
                            const struct http_response **response)
{
    const char *path = strstr(request->url, "://");
    uint32_t error;

    if (!path || !(path = strchr(path + 3, '/'))) return ERROR_WINHTTP_INVALID_URL;
    if (fault_hits(FAULT_HTTP)) return ERROR_WINHTTP_CANNOT_CONNECT;
    if ((error = pass_time(exchange, LATENCY_MS))) return error;
    trace("%s %s %s", request->method, request->url, request->headers ? request->headers : "");
    if (request->sent) request->sent(request->sent_context);
    snprintf(exchange->url, sizeof(exchange->url), "%s", request->url);
    if ((error = pass_time(exchange, LATENCY_MS))) return error;
    table_lock();
    if (!strcmp(request->method, "BITS_POST"))
    {
        table_unlock();
        error = answer_upload(exchange, request, path);
    }
    else
    {
        answer_download(exchange, request, path);
        table_unlock();
    }
    /* What the server has done is done, whether or not its answer arrives. */
    if (!error && fault_hits(FAULT_HTTP)) error = ERROR_WINHTTP_CONNECTION_ERROR;
    *response = &exchange->response;
    return error;
}

uint32_t http_exchange_read(struct http_exchange *exchange, void *buffer, size_t size, size_t *got)
{
    uint32_t error;

    *got = 0;
    size = min(min(size, PORTION_MAX), exchange->body_size - exchange->body_read);
    if (fault_hits(FAULT_HTTP)) return ERROR_WINHTTP_CONNECTION_ERROR;
    if (exchange->body_break && exchange->body_read + size >= exchange->body_break)
    {
        struct server_file *file = server_find(strchr(strstr(exchange->url, "://") + 3, '/'));

        if (file) file->breaks_at = 0;
        return ERROR_WINHTTP_CONNECTION_ERROR;
    }
    if (size && (error = pass_time(exchange, exchange->rate ? size / exchange->rate + 1 : 0))) return error;
    if (size) memcpy(buffer, exchange->body + exchange->body_read, size);
    exchange->body_read += size;
    *got = size;
    __atomic_add_fetch(&bytes_sent, size, __ATOMIC_RELAXED);
    return 0;
}
