/*
 * Ending what another thread does with a socket.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_SOCKETS_H
#define WINE_BITS_TESTS_SOCKETS_H

#include <winsock2.h>
#include <windows.h>

/*
 * Ends the call that another thread makes on a connected socket, and all that it will make; that thread is the one
 * to close it. To close it under the other's call would be shorter, but a call that has just been answered still
 * holds the descriptor, and an event for it then ends wineserver (8.0 to 10.0: the assertion of sock_poll_event).
 */
static inline void socket_break(SOCKET socket)
{
    shutdown(socket, SD_BOTH);
    /* Under Wine a shutdown does not end a call under way. */
    CancelIoEx((HANDLE)socket, NULL);
}

/* Ends the accept of another thread, for the same reason: with a connection. */
static inline void listener_wake(unsigned short port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET handle = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connect(handle, (struct sockaddr *)&address, sizeof(address));
    closesocket(handle);
}

#endif
