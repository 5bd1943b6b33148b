/*
 * The test server: start and stop, routes, the log of requests.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "support/server_private.h"
#include "support/sockets.h"
#include "wine/test.h"

/* --- start and stop ----------------------------------------------------------- */

static DWORD WINAPI connection_thread(void *arg)
{
    struct server_connection *connection = arg;
    struct server *server = connection->server;
    SOCKET socket;

    server_serve(connection);

    EnterCriticalSection(&server->lock);
    socket = connection->socket;
    connection->socket = INVALID_SOCKET;
    server->open_count--;
    WakeAllConditionVariable(&server->changed);
    LeaveCriticalSection(&server->lock);
    if (socket != INVALID_SOCKET) closesocket(socket);
    return 0;
}

static void accept_connection(struct server *server, SOCKET socket)
{
    struct server_connection *connection = calloc(1, sizeof(*connection));
    int on = 1;

    if (!connection)
    {
        closesocket(socket);
        return;
    }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (char *)&on, sizeof(on));
    connection->server = server;
    connection->socket = socket;

    /* The lock keeps the thread from leaving the list before it is in it. */
    EnterCriticalSection(&server->lock);
    connection->number = ++server->connection_count;
    connection->thread = CreateThread(NULL, 0, connection_thread, connection, 0, NULL);
    if (connection->thread)
    {
        server->open_count++;
        connection->next = server->connections;
        server->connections = connection;
    }
    LeaveCriticalSection(&server->lock);
    if (!connection->thread)
    {
        closesocket(socket);
        free(connection);
    }
}

static DWORD WINAPI accept_thread(void *arg)
{
    struct server *server = arg;
    SOCKET socket;

    while ((socket = accept(server->listener, NULL, NULL)) != INVALID_SOCKET)
    {
        if (WaitForSingleObject(server->stopping, 0) == WAIT_OBJECT_0)
        {
            closesocket(socket);
            break;
        }
        accept_connection(server, socket);
    }
    return 0;
}

/* A socket bound to a free port of the loopback interface. */
static SOCKET bind_loopback(unsigned short *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET bound = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int size = sizeof(address), on = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bound == INVALID_SOCKET) return bound;
    setsockopt(bound, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (char *)&on, sizeof(on));
    if (bind(bound, (struct sockaddr *)&address, sizeof(address)) ||
        getsockname(bound, (struct sockaddr *)&address, &size))
    {
        closesocket(bound);
        return INVALID_SOCKET;
    }
    *port = ntohs(address.sin_port);
    return bound;
}

struct server *server_create(void)
{
    struct server *server = calloc(1, sizeof(*server));
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    if (!server) return NULL;
    InitializeCriticalSection(&server->lock);
    InitializeConditionVariable(&server->changed);
    server->stopping = CreateEventW(NULL, TRUE, FALSE, NULL);
    server->listener = bind_loopback(&server->port);
    /* Bound but not listening: the port stays ours and refuses. */
    server->refused = bind_loopback(&server->refused_port);
    if (server->listener != INVALID_SOCKET && !listen(server->listener, SOMAXCONN))
        server->thread = CreateThread(NULL, 0, accept_thread, server, 0, NULL);
    if (ok(server->thread != NULL && server->refused != INVALID_SOCKET, "the test server cannot start: error %d",
           WSAGetLastError()))
        return server;
    server_destroy(server);
    return NULL;
}

static void close_connections(struct server *server)
{
    struct server_connection *connection;

    EnterCriticalSection(&server->lock);
    for (connection = server->connections; connection; connection = connection->next)
    {
        if (connection->socket != INVALID_SOCKET) socket_break(connection->socket);
    }
    LeaveCriticalSection(&server->lock);

    while ((connection = server->connections))
    {
        server->connections = connection->next;
        WaitForSingleObject(connection->thread, INFINITE);
        CloseHandle(connection->thread);
        free(connection);
    }
}

void server_request_destroy(struct server_request *request)
{
    if (!request) return;
    free(request->target);
    free(request->headers);
    free(request->body);
    free(request);
}

void server_destroy(struct server *server)
{
    struct route_entry *entry;
    unsigned int i;

    if (!server) return;
    SetEvent(server->stopping);
    if (server->thread)
    {
        listener_wake(server->port);
        WaitForSingleObject(server->thread, INFINITE);
        CloseHandle(server->thread);
    }
    if (server->listener != INVALID_SOCKET) closesocket(server->listener);
    if (server->refused != INVALID_SOCKET) closesocket(server->refused);
    close_connections(server);

    while ((entry = server->routes))
    {
        server->routes = entry->next;
        CloseHandle(entry->released);
        free(entry->path);
        free(entry);
    }
    for (i = 0; i < server->log_count; i++) server_request_destroy(server->log[i]);
    free(server->log);
    CloseHandle(server->stopping);
    DeleteCriticalSection(&server->lock);
    free(server);
    WSACleanup();
}

unsigned short server_port(const struct server *server)
{
    return server->port;
}

static WCHAR *loopback_url(unsigned short port, const WCHAR *path, WCHAR *buffer, size_t size)
{
    _snwprintf(buffer, size, L"http://127.0.0.1:%u%s", port, path);
    buffer[size - 1] = 0;
    return buffer;
}

WCHAR *server_url(const struct server *server, const WCHAR *path, WCHAR *buffer, size_t size)
{
    return loopback_url(server->port, path, buffer, size);
}

WCHAR *server_refused_url(struct server *server, const WCHAR *path, WCHAR *buffer, size_t size)
{
    return loopback_url(server->refused_port, path, buffer, size);
}

/* --- routes -------------------------------------------------------------------- */

/* The path of a request target: without "http://host" and without the query. */
static const char *target_path(const char *target, size_t *length)
{
    const char *path = target;

    if (!strncmp(path, "http://", 7)) path = strchr(path + 7, '/');
    if (!path) path = "/";
    *length = strcspn(path, "?");
    return path;
}

static BOOL same_path(const char *target, const char *path)
{
    size_t length;
    const char *part = target_path(target, &length);

    return strlen(path) == length && !strncmp(part, path, length);
}

static struct route_entry *find_route(struct server *server, const char *target)
{
    struct route_entry *entry;

    for (entry = server->routes; entry; entry = entry->next)
    {
        if (same_path(target, entry->path)) return entry;
    }
    return NULL;
}

/* Call with the lock held. */
static struct route_entry *add_route(struct server *server, const char *path)
{
    struct route_entry *entry = find_route(server, path);

    if (entry || !(entry = calloc(1, sizeof(*entry)))) return entry;
    entry->path = _strdup(path);
    entry->released = CreateEventW(NULL, TRUE, FALSE, NULL);
    entry->next = server->routes;
    server->routes = entry;
    return entry;
}

void server_route(struct server *server, const char *path, const struct route *route)
{
    struct route_entry *entry;

    EnterCriticalSection(&server->lock);
    if ((entry = add_route(server, path)))
    {
        entry->route = *route;
        entry->served = 0;
        ResetEvent(entry->released);
    }
    LeaveCriticalSection(&server->lock);
    ok(entry != NULL, "out of memory");
}

void server_release(struct server *server, const char *path)
{
    struct route_entry *entry;

    EnterCriticalSection(&server->lock);
    if ((entry = find_route(server, path))) SetEvent(entry->released);
    LeaveCriticalSection(&server->lock);
    ok(entry != NULL, "there is no route %s", path);
}

/* --- the log --------------------------------------------------------------------- */

static BOOL append_to_log(struct server *server, struct server_request *request)
{
    if (server->log_count == server->log_size)
    {
        unsigned int size = server->log_size ? 2 * server->log_size : 64;
        struct server_request **log = realloc(server->log, size * sizeof(*log));

        if (!log) return FALSE;
        server->log = log;
        server->log_size = size;
    }
    server->log[server->log_count++] = request;
    return TRUE;
}

static void take_route(struct server_exchange *exchange, struct route_entry *entry)
{
    const struct route *then = entry->route.then;

    if (entry->route.times && entry->served == entry->route.times && then)
    {
        entry->route = *then;
        entry->served = 0;
    }
    entry->served++;
    exchange->entry = entry;
    exchange->route = entry->route;
}

BOOL server_log(struct server_exchange *exchange)
{
    struct server *server = exchange->server;
    struct route_entry *entry;
    BOOL logged;

    EnterCriticalSection(&server->lock);
    exchange->request->time = GetTickCount64();
    logged = append_to_log(server, exchange->request);
    if (logged && (entry = find_route(server, exchange->request->target))) take_route(exchange, entry);
    WakeAllConditionVariable(&server->changed);
    LeaveCriticalSection(&server->lock);
    return logged;
}

void server_log_status(struct server_exchange *exchange, unsigned int status)
{
    InterlockedExchange(&exchange->request->status, status);
}

void server_log_done(struct server_exchange *exchange)
{
    struct server *server = exchange->server;

    EnterCriticalSection(&server->lock);
    InterlockedExchange(&exchange->request->done, exchange->gone ? 2 : 1);
    WakeAllConditionVariable(&server->changed);
    LeaveCriticalSection(&server->lock);
}

static BOOL request_matches(const struct server_request *request, const char *method, const char *path)
{
    return (!method || !strcmp(request->method, method)) && (!path || same_path(request->target, path));
}

/* Call with the lock held. */
static unsigned int count_requests(struct server *server, const char *method, const char *path)
{
    unsigned int i, count = 0;

    for (i = 0; i < server->log_count; i++) count += request_matches(server->log[i], method, path);
    return count;
}

unsigned int server_count(struct server *server, const char *method, const char *path)
{
    unsigned int count;

    EnterCriticalSection(&server->lock);
    count = count_requests(server, method, path);
    LeaveCriticalSection(&server->lock);
    return count;
}

const struct server_request *server_request(struct server *server, const char *method, const char *path,
                                            unsigned int index)
{
    const struct server_request *found = NULL;
    unsigned int i;

    EnterCriticalSection(&server->lock);
    for (i = 0; i < server->log_count && !found; i++)
    {
        if (request_matches(server->log[i], method, path) && !index--) found = server->log[i];
    }
    LeaveCriticalSection(&server->lock);
    return found;
}

BOOL server_header(const struct server_request *request, const char *name, char *buffer, size_t size)
{
    size_t name_length = strlen(name), length;
    const char *line = request->headers;

    buffer[0] = 0;
    while (*line)
    {
        length = strcspn(line, "\r\n");
        if (length > name_length && !_strnicmp(line, name, name_length) && line[name_length] == ':')
        {
            line += name_length + 1;
            length -= name_length + 1;
            while (length && (*line == ' ' || *line == '\t'))
            {
                line++;
                length--;
            }
            if (length >= size) length = size - 1;
            memcpy(buffer, line, length);
            buffer[length] = 0;
            return TRUE;
        }
        line += length;
        line += strspn(line, "\r\n");
    }
    return FALSE;
}

/* --- waiting ---------------------------------------------------------------------- */

/* Call with the lock held: sleep until something changed or the deadline; FALSE at the deadline. */
static BOOL wait_change(struct server *server, ULONGLONG deadline)
{
    ULONGLONG now = GetTickCount64();

    if (now >= deadline) return FALSE;
    SleepConditionVariableCS(&server->changed, &server->lock, (DWORD)(deadline - now));
    return TRUE;
}

BOOL server_wait_requests(struct server *server, const char *method, const char *path, unsigned int count,
                          DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    BOOL arrived;

    EnterCriticalSection(&server->lock);
    while (!(arrived = count_requests(server, method, path) >= count) && wait_change(server, deadline))
        ;
    LeaveCriticalSection(&server->lock);
    return arrived;
}

BOOL server_wait_stalled(struct server *server, const char *path, unsigned int count, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    struct route_entry *entry;
    BOOL stalled = FALSE;

    EnterCriticalSection(&server->lock);
    if ((entry = find_route(server, path)))
    {
        while (!(stalled = entry->stalled >= count) && wait_change(server, deadline))
            ;
    }
    LeaveCriticalSection(&server->lock);
    return stalled;
}

BOOL server_wait_done(struct server *server, const struct server_request *request, DWORD timeout_ms)
{
    ULONGLONG deadline = GetTickCount64() + timeout_ms;
    BOOL done;

    EnterCriticalSection(&server->lock);
    while (!(done = request->done != 0) && wait_change(server, deadline))
        ;
    LeaveCriticalSection(&server->lock);
    return done;
}

unsigned int server_connections(struct server *server, unsigned int *open)
{
    unsigned int count;

    EnterCriticalSection(&server->lock);
    count = server->connection_count;
    if (open) *open = server->open_count;
    LeaveCriticalSection(&server->lock);
    return count;
}
