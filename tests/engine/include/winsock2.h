/*
 * Winsock, as far as the engine uses it in the simulator: the system's own structures have the same members.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_WINSOCK2_H
#define SIM_WINSOCK2_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <windows.h>

typedef struct sockaddr SOCKADDR;
typedef struct sockaddr_storage SOCKADDR_STORAGE;
typedef uintptr_t SOCKET;
#define INVALID_SOCKET ((SOCKET)-1)

INT WSAStringToAddressA(char *text, INT family, void *info, SOCKADDR *address, INT *size);

#endif
