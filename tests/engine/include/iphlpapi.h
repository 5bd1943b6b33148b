/*
 * Adapters, as far as the engine looks at them.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef SIM_IPHLPAPI_H
#define SIM_IPHLPAPI_H

#include <winsock2.h>

typedef struct
{
    SOCKADDR *lpSockaddr;
    INT iSockaddrLength;
} SOCKET_ADDRESS;

typedef struct sim_unicast_address
{
    struct sim_unicast_address *Next;
    SOCKET_ADDRESS Address;
    UCHAR OnLinkPrefixLength;
} IP_ADAPTER_UNICAST_ADDRESS;

typedef enum
{
    IfOperStatusUp = 1,
    IfOperStatusDown
} IF_OPER_STATUS;

typedef struct sim_adapter
{
    struct sim_adapter *Next;
    IP_ADAPTER_UNICAST_ADDRESS *FirstUnicastAddress;
    DWORD IfType;
    IF_OPER_STATUS OperStatus;
    DWORD IfIndex;
} IP_ADAPTER_ADDRESSES;

typedef struct
{
    DWORD InterfaceIndex;
    ULONG64 InOctets, OutOctets;
} MIB_IF_ROW2;

#define IF_TYPE_SOFTWARE_LOOPBACK 24
#define GAA_FLAG_SKIP_ANYCAST 0x2
#define GAA_FLAG_SKIP_MULTICAST 0x4
#define GAA_FLAG_SKIP_DNS_SERVER 0x8

ULONG GetAdaptersAddresses(ULONG family, ULONG flags, void *reserved, IP_ADAPTER_ADDRESSES *adapters, ULONG *size);
DWORD GetBestInterfaceEx(SOCKADDR *address, DWORD *index);
DWORD GetIfEntry2(MIB_IF_ROW2 *row);

#endif
