/*
 * TCP connections on Winsock: connect, send and receive, with time-outs and cancellation.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Overlapped calls, and a wait for their event and the cancel event only when they do not complete at once:
 * with large buffers that costs no more than blocking calls, and nobody has to close a socket under another
 * thread.
 */

#include <stdlib.h>
#include <string.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <winhttp.h>

#include "http/socket.h"
#include "http/task.h"

#include "base/debug.h"

DEBUG_CHANNEL(bitshttp);

/* One call of Winsock gets at most this: the send time-out is per call.  A peer that takes a piece within a second gets
 * larger ones. */
#define SEND_PIECE (256 * 1024)
#define SEND_PIECE_MAX (1024 * 1024)
#define SEND_PIECE_TIME 1000 /* ms */
#define RECEIVE_PIECE (64 * 1024 * 1024)
/* ms; how often a send that stands still looks for an answer. */
#define LOOK_INTERVAL 250

#define ADDRESSES_MAX 16
#define STAGGER 250 /* ms until the next address is tried besides (RFC 8305 section 5) */
#define GOOD_ADDRESSES 32
#define GOOD_TIME (10 * 60 * 1000) /* ms */

struct http_socket
{
    SOCKET handle;
    WSAEVENT event;
    WSAEVENT second_event; /* of receiving while a send waits for its own; made when it is needed */
    bool sending;
    char peer[INET6_ADDRSTRLEN];
    DWORD send_piece; /* of which one call gets at most so much */
};

static BOOL CALLBACK start_winsock(INIT_ONCE *once, void *parameter, void **context)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    if (error) ERR("WSAStartup failed, error %d\n", error);
    return !error;
}

static bool winsock_started(void)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

    return InitOnceExecuteOnce(&once, start_winsock, NULL, NULL);
}

/* --- names --- */

struct resolve_task
{
    struct http_task task;
    WCHAR host[256];
    WCHAR port[8];
    ADDRINFOW *addresses;
    int error;
};

static int resolve(struct resolve_task *resolve, int flags)
{
    ADDRINFOW hints = {0};

    hints.ai_flags = flags;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    return GetAddrInfoW(resolve->host, resolve->port, &hints, &resolve->addresses);
}

static void resolve_task_run(struct http_task *task)
{
    struct resolve_task *work = CONTAINING_RECORD(task, struct resolve_task, task);

    work->error = resolve(work, 0);
}

static void resolve_task_destroy(struct http_task *task)
{
    struct resolve_task *work = CONTAINING_RECORD(task, struct resolve_task, task);

    if (work->addresses) FreeAddrInfoW(work->addresses);
    free(work);
}

/* *addresses is released with FreeAddrInfoW(). */
static uint32_t resolve_host(const char *host, uint16_t port, const struct http_wait *wait, ADDRINFOW **addresses)
{
    struct resolve_task *work;
    uint32_t error;

    if (!(work = calloc(1, sizeof(*work)))) return ERROR_NOT_ENOUGH_MEMORY;
    work->task.run = resolve_task_run;
    work->task.destroy = resolve_task_destroy;
    if (!MultiByteToWideChar(CP_UTF8, 0, host, -1, work->host, ARRAYSIZE(work->host)))
    {
        free(work);
        return ERROR_WINHTTP_NAME_NOT_RESOLVED;
    }
    wsprintfW(work->port, L"%u", port);

    /* An address needs no resolver, and so no other thread. */
    if (!resolve(work, AI_NUMERICHOST))
    {
        *addresses = work->addresses;
        free(work);
        return 0;
    }
    work->addresses = NULL;
    if ((error = http_task_run(&work->task, wait->connect_timeout, wait->cancel)))
        return error == ERROR_WINHTTP_TIMEOUT ? ERROR_WINHTTP_NAME_NOT_RESOLVED : error;
    if (work->error)
    {
        WARN("%s: error %d\n", host, work->error);
        error = ERROR_WINHTTP_NAME_NOT_RESOLVED;
    }
    else
    {
        *addresses = work->addresses;
        work->addresses = NULL;
    }
    http_task_release(&work->task);
    return error;
}

/* --- addresses that worked --- */

static struct
{
    char host[256]; /* and port; "" = free */
    SOCKADDR_STORAGE address;
    ULONGLONG time;
} good_addresses[GOOD_ADDRESSES];
static SRWLOCK good_addresses_lock = SRWLOCK_INIT;

static void remember_address(const char *host, const ADDRINFOW *address)
{
    unsigned int i, oldest = 0;

    if (address->ai_addrlen > sizeof(good_addresses[0].address) || strlen(host) >= sizeof(good_addresses[0].host))
        return;
    AcquireSRWLockExclusive(&good_addresses_lock);
    for (i = 0; i < GOOD_ADDRESSES && strcmp(good_addresses[i].host, host); i++)
        if (good_addresses[i].time < good_addresses[oldest].time) oldest = i;
    if (i == GOOD_ADDRESSES) i = oldest;
    strcpy(good_addresses[i].host, host);
    memset(&good_addresses[i].address, 0, sizeof(good_addresses[i].address));
    memcpy(&good_addresses[i].address, address->ai_addr, address->ai_addrlen);
    good_addresses[i].time = GetTickCount64();
    ReleaseSRWLockExclusive(&good_addresses_lock);
}

/* Whether this is the address that has worked lately, when others did not. */
static bool is_remembered(const char *host, const ADDRINFOW *address)
{
    bool found = false;
    unsigned int i;

    AcquireSRWLockShared(&good_addresses_lock);
    for (i = 0; i < GOOD_ADDRESSES && !found; i++)
        found = !strcmp(good_addresses[i].host, host) && GetTickCount64() - good_addresses[i].time < GOOD_TIME &&
                address->ai_addrlen <= sizeof(good_addresses[i].address) &&
                !memcmp(&good_addresses[i].address, address->ai_addr, address->ai_addrlen);
    ReleaseSRWLockShared(&good_addresses_lock);
    return found;
}

/*
 * RFC 8305 section 4: the order in which to try them, families in turn, and first the one that is known to work.
 * Returns how many.
 */
static unsigned int order_addresses(const ADDRINFOW *addresses, const char *host, const ADDRINFOW **order)
{
    const ADDRINFOW *same = addresses, *other = addresses, *good;
    unsigned int count = 0;

    while (count < ADDRESSES_MAX)
    {
        while (same && same->ai_family != addresses->ai_family) same = same->ai_next;
        while (other && other->ai_family == addresses->ai_family) other = other->ai_next;
        if (!same && !other) break;
        if (same && (!other || count % 2 == 0))
        {
            order[count++] = same;
            same = same->ai_next;
        }
        else
        {
            order[count++] = other;
            other = other->ai_next;
        }
    }
    for (unsigned int i = 1; i < count; i++)
    {
        if (!is_remembered(host, order[i])) continue;
        good = order[i];
        memmove(order + 1, order, i * sizeof(*order));
        order[0] = good;
        break;
    }
    return count;
}

/* --- connecting --- */

/* Waits until the socket's event is set; 0, aborted or time-out. */
static uint32_t wait_event(WSAEVENT event, const struct http_cancel *cancel, uint32_t timeout)
{
    HANDLE handles[2] = {cancel->event, event};

    switch (WaitForMultipleObjects(2, handles, FALSE, timeout ? timeout : INFINITE))
    {
    case WAIT_OBJECT_0: return ERROR_OPERATION_ABORTED;
    case WAIT_OBJECT_0 + 1: return 0;
    case WAIT_TIMEOUT: return ERROR_WINHTTP_TIMEOUT;
    default: ERR("wait failed, error %lu\n", GetLastError()); return ERROR_WINHTTP_INTERNAL_ERROR;
    }
}

/* One address that is being tried. */
struct connect_attempt
{
    SOCKET handle;
    WSAEVENT event;
    const ADDRINFOW *address;
    bool connected; /* at once, without FD_CONNECT */
};

/* All of them.  The events of those under way are first among handles, behind the one of cancelling. */
struct race
{
    const ADDRINFOW *order[ADDRESSES_MAX];
    unsigned int count, next; /* addresses, and which is to be tried next */
    struct connect_attempt attempts[ADDRESSES_MAX];
    HANDLE handles[1 + ADDRESSES_MAX];
    unsigned int running;
    ULONGLONG last_start;
};

static void close_attempt(struct connect_attempt *attempt)
{
    if (attempt->handle != INVALID_SOCKET) closesocket(attempt->handle);
    if (attempt->event != WSA_INVALID_EVENT) WSACloseEvent(attempt->event);
}

static void drop_attempt(struct race *race, unsigned int i)
{
    close_attempt(&race->attempts[i]);
    race->running--;
    memmove(race->attempts + i, race->attempts + i + 1, (race->running - i) * sizeof(*race->attempts));
    memmove(race->handles + 1 + i, race->handles + 2 + i, (race->running - i) * sizeof(*race->handles));
}

/* FD_CONNECT makes the socket non-blocking. */
static bool begin_attempt(struct connect_attempt *attempt, const ADDRINFOW *address)
{
    attempt->address = address;
    attempt->event = WSACreateEvent();
    attempt->handle = WSASocketW(address->ai_family, address->ai_socktype, address->ai_protocol, NULL, 0,
                                 WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (attempt->event != WSA_INVALID_EVENT && attempt->handle != INVALID_SOCKET &&
        !WSAEventSelect(attempt->handle, attempt->event, FD_CONNECT))
    {
        attempt->connected = !connect(attempt->handle, address->ai_addr, address->ai_addrlen);
        if (attempt->connected) WSASetEvent(attempt->event);
        if (attempt->connected || WSAGetLastError() == WSAEWOULDBLOCK) return true;
    }
    close_attempt(attempt);
    return false;
}

/* The next address that can be tried at all, if there is one. */
static void start_next(struct race *race)
{
    while (race->next < race->count)
    {
        struct connect_attempt *attempt = &race->attempts[race->running];

        if (!begin_attempt(attempt, race->order[race->next++])) continue;
        race->handles[1 + race->running++] = attempt->event;
        race->last_start = GetTickCount64();
        return;
    }
}

static bool is_connected(const struct connect_attempt *attempt)
{
    WSANETWORKEVENTS events;

    if (attempt->connected) return true;
    if (WSAEnumNetworkEvents(attempt->handle, attempt->event, &events)) return false;
    if ((events.lNetworkEvents & FD_CONNECT) && !events.iErrorCode[FD_CONNECT_BIT]) return true;
    TRACE("error %d\n", events.iErrorCode[FD_CONNECT_BIT]);
    return false;
}

/* ms until something else is to be done than to wait: 0 at the end of the time for connecting. */
static DWORD time_to_wait(const struct race *race, ULONGLONG start, const struct http_wait *wait)
{
    ULONGLONG now = GetTickCount64(), elapsed = now - start, since = now - race->last_start;
    DWORD timeout = INFINITE;

    if (wait->connect_timeout) timeout = elapsed < wait->connect_timeout ? wait->connect_timeout - (DWORD)elapsed : 0;
    if (race->next < race->count) timeout = min(timeout, since < STAGGER ? STAGGER - (DWORD)since : 1);
    return timeout;
}

/* Runs until one attempt has succeeded, which is *winner then. */
static uint32_t run_race(struct race *race, ULONGLONG start, const struct http_wait *wait, unsigned int *winner)
{
    for (start_next(race); race->running;)
    {
        DWORD timeout = time_to_wait(race, start, wait), result;

        if (!timeout) break;
        result = WaitForMultipleObjects(1 + race->running, race->handles, FALSE, timeout);
        if (result == WAIT_OBJECT_0) return ERROR_OPERATION_ABORTED;
        if (result == WAIT_TIMEOUT)
        {
            if (GetTickCount64() - race->last_start >= STAGGER) start_next(race);
            continue;
        }
        if (result > WAIT_OBJECT_0 + race->running)
        {
            ERR("wait failed, error %lu\n", GetLastError());
            return ERROR_WINHTTP_INTERNAL_ERROR;
        }
        *winner = result - WAIT_OBJECT_0 - 1;
        if (is_connected(&race->attempts[*winner])) return 0;
        drop_attempt(race, *winner);
        start_next(race);
    }
    return ERROR_WINHTTP_CANNOT_CONNECT;
}

/* Makes the socket a plain overlapped one and socket's. */
static uint32_t take_winner(struct http_socket *socket, struct connect_attempt *attempt)
{
    const ADDRINFOW *address = attempt->address;
    u_long non_blocking = 0;
    BOOL no_delay = TRUE;

    if (WSAEventSelect(attempt->handle, NULL, 0) || ioctlsocket(attempt->handle, FIONBIO, &non_blocking))
        return ERROR_WINHTTP_CANNOT_CONNECT;
    if (setsockopt(attempt->handle, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof(no_delay)))
        WARN("TCP_NODELAY not set, error %d\n", WSAGetLastError());
    if (getnameinfo(address->ai_addr, address->ai_addrlen, socket->peer, sizeof(socket->peer), NULL, 0, NI_NUMERICHOST))
        socket->peer[0] = 0;
    socket->handle = attempt->handle;
    socket->event = attempt->event;
    attempt->handle = INVALID_SOCKET;
    attempt->event = WSA_INVALID_EVENT;
    return 0;
}

/* RFC 8305: an address that does not answer at once does not keep the others waiting. */
static uint32_t connect_addresses(struct http_socket *socket, const ADDRINFOW *addresses, const char *host,
                                  ULONGLONG start, const struct http_wait *wait)
{
    unsigned int winner = 0;
    struct race race = {0};
    uint32_t error;

    race.count = order_addresses(addresses, host, race.order);
    race.handles[0] = wait->cancel->event;
    if (!(error = run_race(&race, start, wait, &winner)))
    {
        if (race.attempts[winner].address != race.order[0]) remember_address(host, race.attempts[winner].address);
        error = take_winner(socket, &race.attempts[winner]);
    }
    while (race.running) drop_attempt(&race, race.running - 1);
    return error;
}

uint32_t http_socket_connect(const char *host, uint16_t port, const struct http_wait *wait, struct http_socket **ret)
{
    struct http_socket *socket = NULL;
    ULONGLONG start = GetTickCount64();
    ADDRINFOW *addresses = NULL;
    uint32_t error;

    if (http_cancel_requested(wait->cancel)) return ERROR_OPERATION_ABORTED;
    if (!winsock_started()) return ERROR_WINHTTP_INTERNAL_ERROR;
    if ((error = resolve_host(host, port, wait, &addresses))) return error;

    error = ERROR_NOT_ENOUGH_MEMORY;
    if (!(socket = calloc(1, sizeof(*socket)))) goto done;
    socket->handle = INVALID_SOCKET;
    socket->send_piece = SEND_PIECE;
    error = connect_addresses(socket, addresses, host, start, wait);

done:
    FreeAddrInfoW(addresses);
    if (error)
    {
        TRACE("%s port %u: error %u\n", host, port, error);
        http_socket_destroy(socket);
        return error;
    }
    TRACE("%s port %u: connected to %s\n", host, port, socket->peer);
    *ret = socket;
    return 0;
}

void http_socket_destroy(struct http_socket *socket)
{
    if (!socket) return;
    if (socket->handle != INVALID_SOCKET) closesocket(socket->handle);
    if (socket->event != WSA_INVALID_EVENT) WSACloseEvent(socket->event);
    if (socket->second_event != WSA_INVALID_EVENT) WSACloseEvent(socket->second_event);
    free(socket);
}

const char *http_socket_peer(const struct http_socket *socket)
{
    return socket->peer;
}

/* --- sending and receiving --- */

/*
 * Ends an overlapped call that did not complete at once; error is what waiting for it gave.  A call that is
 * given up is cancelled, and its buffer is ours again when this returns.
 */
static uint32_t finish(struct http_socket *socket, WSAOVERLAPPED *overlapped, uint32_t error, DWORD *bytes)
{
    DWORD flags;

    if (error) CancelIoEx((HANDLE)socket->handle, overlapped);
    if (!WSAGetOverlappedResult(socket->handle, overlapped, bytes, error != 0, &flags))
    {
        TRACE("%s: error %d\n", socket->peer, WSAGetLastError());
        return error ? error : ERROR_WINHTTP_CONNECTION_ERROR;
    }
    /* It completed while it was being given up. */
    return error == ERROR_WINHTTP_TIMEOUT ? 0 : error;
}

/* Whether a send that stands still is to be given up. */
static bool is_given_up(struct http_socket *socket, const struct http_wait *wait)
{
    bool given_up;

    if (!http_socket_readable(socket)) return false;
    socket->sending = true;
    given_up = wait->heard(wait->heard_context);
    socket->sending = false;
    return given_up;
}

/* Waits until a send is done, or given up. */
static uint32_t wait_sent(struct http_socket *socket, const struct http_wait *wait)
{
    uint32_t waited = 0, slice, error;

    if (!wait->heard) return wait_event(socket->event, wait->cancel, wait->send_timeout);
    for (;;)
    {
        slice = wait->send_timeout ? min(wait->send_timeout - waited, LOOK_INTERVAL) : LOOK_INTERVAL;
        error = wait_event(socket->event, wait->cancel, slice);
        if (error != ERROR_WINHTTP_TIMEOUT) return error;
        if (is_given_up(socket, wait)) return ERROR_WINHTTP_CONNECTION_ERROR;
        if (wait->send_timeout && (waited += slice) >= wait->send_timeout) return error;
    }
}

static uint32_t send_piece(struct http_socket *socket, const struct http_wait *wait, const char *data, size_t size,
                           DWORD *sent)
{
    WSAOVERLAPPED overlapped = {0};
    WSABUF buffer;

    buffer.buf = (char *)data;
    buffer.len = min(size, socket->send_piece);
    overlapped.hEvent = socket->event;
    if (!WSASend(socket->handle, &buffer, 1, sent, 0, &overlapped, NULL)) return 0;
    if (WSAGetLastError() == WSA_IO_PENDING) return finish(socket, &overlapped, wait_sent(socket, wait), sent);
    TRACE("%s: error %d\n", socket->peer, WSAGetLastError());
    return ERROR_WINHTTP_CONNECTION_ERROR;
}

uint32_t http_socket_send(struct http_socket *socket, const struct http_wait *wait, const void *data, size_t size)
{
    const char *pos = data;

    while (size)
    {
        ULONGLONG start = GetTickCount64();
        DWORD sent = 0;
        uint32_t error;

        if (http_cancel_requested(wait->cancel)) return ERROR_OPERATION_ABORTED;
        if ((error = send_piece(socket, wait, pos, size, &sent))) return error;
        if (!sent) return ERROR_WINHTTP_CONNECTION_ERROR;
        if (GetTickCount64() - start > SEND_PIECE_TIME) socket->send_piece = SEND_PIECE;
        else if (sent == socket->send_piece) socket->send_piece = min(2 * sent, SEND_PIECE_MAX);
        pos += sent;
        size -= sent;
    }
    return 0;
}

void http_socket_send_now(struct http_socket *socket, const void *data, size_t size)
{
    WSAOVERLAPPED overlapped = {0};
    DWORD sent, flags;
    WSABUF buffer;

    buffer.buf = (char *)data;
    buffer.len = size;
    overlapped.hEvent = socket->event;
    if (!WSASend(socket->handle, &buffer, 1, &sent, 0, &overlapped, NULL)) return;
    if (WSAGetLastError() != WSA_IO_PENDING) return;
    CancelIoEx((HANDLE)socket->handle, &overlapped);
    WSAGetOverlappedResult(socket->handle, &overlapped, &sent, TRUE, &flags);
}

uint32_t http_socket_receive(struct http_socket *socket, const struct http_wait *wait, void *data, size_t size,
                             size_t *got)
{
    WSAOVERLAPPED overlapped = {0};
    DWORD received = 0, flags = 0;
    WSAEVENT event = socket->event;
    uint32_t error = 0;
    WSABUF buffer;

    *got = 0;
    if (http_cancel_requested(wait->cancel)) return ERROR_OPERATION_ABORTED;
    if (socket->sending)
    {
        if (socket->second_event == WSA_INVALID_EVENT) socket->second_event = WSACreateEvent();
        if ((event = socket->second_event) == WSA_INVALID_EVENT) return ERROR_NOT_ENOUGH_MEMORY;
    }
    buffer.buf = data;
    buffer.len = min(size, RECEIVE_PIECE);
    overlapped.hEvent = event;
    if (WSARecv(socket->handle, &buffer, 1, &received, &flags, &overlapped, NULL))
    {
        if (WSAGetLastError() == WSA_IO_PENDING)
        {
            error = wait_event(event, wait->cancel, wait->receive_timeout);
            error = finish(socket, &overlapped, error, &received);
        }
        else
        {
            TRACE("%s: error %d\n", socket->peer, WSAGetLastError());
            error = ERROR_WINHTTP_CONNECTION_ERROR;
        }
    }
    if (!error) *got = received;
    return error;
}

bool http_socket_has_data(struct http_socket *socket)
{
    u_long size = 0;

    return ioctlsocket(socket->handle, FIONREAD, &size) || size;
}

bool http_socket_readable(struct http_socket *socket)
{
    struct timeval none = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(socket->handle, &set);
    return select(0, &set, NULL, NULL, &none) != 0;
}
