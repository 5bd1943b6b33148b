/*
 * TCP connections on Winsock: connect, send and receive, with time-outs and cancellation.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Overlapped calls, and a wait for their event and the cancel event only when they do not complete at once:
 * with large buffers that costs no more than blocking calls, and nobody has to close a socket under another
 * thread.
 */

#include <stdlib.h>
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

static uint32_t wait_connected(struct http_socket *socket, uint32_t timeout, const struct http_cancel *cancel)
{
    WSANETWORKEVENTS events;
    uint32_t error;

    if ((error = wait_event(socket->event, cancel, timeout))) return error;
    if (WSAEnumNetworkEvents(socket->handle, socket->event, &events)) return ERROR_WINHTTP_CANNOT_CONNECT;
    if (!(events.lNetworkEvents & FD_CONNECT) || events.iErrorCode[FD_CONNECT_BIT])
    {
        TRACE("%s: error %d\n", socket->peer, events.iErrorCode[FD_CONNECT_BIT]);
        return ERROR_WINHTTP_CANNOT_CONNECT;
    }
    return 0;
}

static uint32_t connect_address(struct http_socket *socket, const ADDRINFOW *address, uint32_t timeout,
                                const struct http_cancel *cancel)
{
    u_long non_blocking = 0;
    BOOL no_delay = TRUE;
    uint32_t error = 0;

    socket->handle = WSASocketW(address->ai_family, address->ai_socktype, address->ai_protocol, NULL, 0,
                                WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (socket->handle == INVALID_SOCKET) return ERROR_WINHTTP_CANNOT_CONNECT;
    if (getnameinfo(address->ai_addr, address->ai_addrlen, socket->peer, sizeof(socket->peer), NULL, 0, NI_NUMERICHOST))
        socket->peer[0] = 0;

    /* FD_CONNECT makes the socket non-blocking; afterwards it is a plain overlapped one. */
    WSAResetEvent(socket->event);
    if (WSAEventSelect(socket->handle, socket->event, FD_CONNECT)) error = ERROR_WINHTTP_CANNOT_CONNECT;
    else if (connect(socket->handle, address->ai_addr, address->ai_addrlen))
        error = WSAGetLastError() == WSAEWOULDBLOCK ? wait_connected(socket, timeout, cancel)
                                                    : ERROR_WINHTTP_CANNOT_CONNECT;
    if (!error && (WSAEventSelect(socket->handle, NULL, 0) || ioctlsocket(socket->handle, FIONBIO, &non_blocking)))
        error = ERROR_WINHTTP_CANNOT_CONNECT;
    if (!error)
    {
        if (setsockopt(socket->handle, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof(no_delay)))
            WARN("TCP_NODELAY not set, error %d\n", WSAGetLastError());
        return 0;
    }
    closesocket(socket->handle);
    socket->handle = INVALID_SOCKET;
    return error;
}

static unsigned int address_count(const ADDRINFOW *address)
{
    unsigned int count;

    for (count = 0; address; address = address->ai_next) count++;
    return count;
}

/* The time is shared among the addresses, so that a silent first one leaves some for the others. */
static uint32_t connect_addresses(struct http_socket *socket, const ADDRINFOW *address, ULONGLONG start,
                                  const struct http_wait *wait)
{
    uint32_t error = ERROR_WINHTTP_CANNOT_CONNECT;

    for (; address; address = address->ai_next)
    {
        uint32_t timeout = 0;

        if (wait->connect_timeout)
        {
            ULONGLONG elapsed = GetTickCount64() - start;

            if (elapsed >= wait->connect_timeout) break;
            timeout = (wait->connect_timeout - (uint32_t)elapsed) / address_count(address);
            if (!timeout) timeout = 1;
        }
        if (!(error = connect_address(socket, address, timeout, wait->cancel))) return 0;
        if (error == ERROR_OPERATION_ABORTED) return error;
    }
    return error == ERROR_WINHTTP_TIMEOUT ? ERROR_WINHTTP_CANNOT_CONNECT : error;
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
    if ((socket->event = WSACreateEvent()) == WSA_INVALID_EVENT) goto done;
    error = connect_addresses(socket, addresses, start, wait);

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

bool http_socket_readable(struct http_socket *socket)
{
    struct timeval none = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    FD_SET(socket->handle, &set);
    return select(0, &set, NULL, NULL, &none) != 0;
}
