/*
 * Networks: whether there is one, and what is near.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <winsock2.h>
#include <ws2tcpip.h>
#include <windows.h>
#include <winhttp.h>
#include <iphlpapi.h>

#include "base/debug.h"
#include "base/library.h"
#include "transfer/conditions/network.h"
#include "transfer/conditions/reach.h"

DEBUG_CHANNEL(bitsschedule);

/* All adapters with their addresses, for free(); NULL with an error where they cannot be determined. */
static IP_ADAPTER_ADDRESSES *list_adapters(ULONG *error)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    __typeof__(&GetAdaptersAddresses) get = library_function(L"iphlpapi.dll", "GetAdaptersAddresses");
    IP_ADAPTER_ADDRESSES *adapters = NULL;
    ULONG size = 16384;

    *error = get ? ERROR_BUFFER_OVERFLOW : ERROR_PROC_NOT_FOUND;
    while (*error == ERROR_BUFFER_OVERFLOW)
    {
        free(adapters);
        if (!(adapters = malloc(size))) *error = ERROR_OUTOFMEMORY;
        else *error = get(AF_UNSPEC, flags, NULL, adapters, &size);
    }
    if (!*error) return adapters;
    free(adapters);
    return NULL;
}

static const BYTE *address_bytes(const SOCKADDR *address, unsigned int *bits)
{
    *bits = address->sa_family == AF_INET ? 32 : 128;
    if (address->sa_family == AF_INET) return (const BYTE *)&((const struct sockaddr_in *)address)->sin_addr;
    return (const BYTE *)&((const struct sockaddr_in6 *)address)->sin6_addr;
}

static BOOL is_connected(const IP_ADAPTER_ADDRESSES *adapter)
{
    const IP_ADAPTER_UNICAST_ADDRESS *address;
    unsigned int bits;
    const BYTE *bytes;

    if (adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK || adapter->OperStatus != IfOperStatusUp) return FALSE;
    for (address = adapter->FirstUnicastAddress; address; address = address->Next)
    {
        bytes = address_bytes(address->Address.lpSockaddr, &bits);
        if (reach_means_network(bytes, bits / 8)) return TRUE;
    }
    return FALSE;
}

BOOL network_is_up(void)
{
    ULONG error;
    IP_ADAPTER_ADDRESSES *adapters = list_adapters(&error), *adapter;
    BOOL up = error != ERROR_NO_DATA; /* where that cannot be determined, the network is not to blame */

    if (adapters)
        for (up = FALSE, adapter = adapters; adapter && !up; adapter = adapter->Next) up = is_connected(adapter);
    free(adapters);
    TRACE("the network is %s\n", up ? "up" : "down");
    return up;
}

BOOL network_may_matter(const WCHAR *url, DWORD error)
{
    const WCHAR *host = wcsstr(url, L"://"), *at, *end, *port;

    if (error != ERROR_WINHTTP_NAME_NOT_RESOLVED && error != ERROR_WINHTTP_CANNOT_CONNECT &&
        error != ERROR_WINHTTP_CONNECTION_ERROR && error != ERROR_WINHTTP_TIMEOUT)
        return FALSE;
    if (!host) return FALSE;
    host += 3;
    end = host + wcscspn(host, L"/?#");
    for (at = host; at < end; at++)
        if (*at == '@') host = at + 1;
    /* An address in brackets has colons of its own. */
    for (port = end; port > host && port[-1] >= '0' && port[-1] <= '9';) port--;
    if (port > host && port[-1] == ':') end = port - 1;
    return !reach_is_this_machine(host, end - host);
}

/* --- where an address is --- */

static BOOL read_address(const char *text, SOCKADDR_STORAGE *address)
{
    INT size = sizeof(*address);

    memset(address, 0, sizeof(*address));
    return !WSAStringToAddressA((char *)text, strchr(text, ':') ? AF_INET6 : AF_INET, NULL, (SOCKADDR *)address, &size);
}

static BOOL has_same_prefix(const SOCKADDR *a, const SOCKADDR *b, unsigned int length)
{
    const BYTE *left, *right;
    unsigned int bits, mask;

    if (a->sa_family != b->sa_family) return FALSE;
    left = address_bytes(a, &bits);
    right = address_bytes(b, &bits);
    /* A prefix of nothing is that of an adapter that does not know. */
    if (!length || length > bits) length = bits;
    mask = 0xff00 >> length % 8;
    return !memcmp(left, right, length / 8) && !(length % 8 && (left[length / 8] ^ right[length / 8]) & mask & 0xff);
}

BOOL network_is_on_subnet(const char *address)
{
    const IP_ADAPTER_UNICAST_ADDRESS *own;
    IP_ADAPTER_ADDRESSES *adapters, *adapter;
    SOCKADDR_STORAGE there;
    BOOL found = FALSE;
    ULONG error;

    if (!read_address(address, &there) || !(adapters = list_adapters(&error))) return FALSE;
    for (adapter = adapters; adapter && !found; adapter = adapter->Next)
        for (own = adapter->FirstUnicastAddress; own && !found; own = own->Next)
            found = has_same_prefix(own->Address.lpSockaddr, (SOCKADDR *)&there, own->OnLinkPrefixLength);
    free(adapters);
    return found;
}

ULONG network_adapter(const char *address)
{
    __typeof__(&GetBestInterfaceEx) get = library_function(L"iphlpapi.dll", "GetBestInterfaceEx");
    SOCKADDR_STORAGE there;
    DWORD adapter;

    return get && read_address(address, &there) && !get((SOCKADDR *)&there, &adapter) ? adapter : 0;
}

BOOL network_bytes(ULONG adapter, BOOL sent, uint64_t *bytes)
{
    __typeof__(&GetIfEntry2) get = library_function(L"iphlpapi.dll", "GetIfEntry2");
    MIB_IF_ROW2 row;

    memset(&row, 0, sizeof(row));
    row.InterfaceIndex = adapter;
    if (!get || get(&row)) return FALSE;
    *bytes = sent ? row.OutOctets : row.InOctets;
    return TRUE;
}
