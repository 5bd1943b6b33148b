/*
 * Whether there is a network.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>
#include <iphlpapi.h>

#include "base/debug.h"
#include "transfer/network.h"

DEBUG_CHANNEL(bitsschedule);

typedef ULONG (WINAPI *get_adapters)(ULONG, ULONG, void *, IP_ADAPTER_ADDRESSES *, ULONG *);

/* Link-local addresses are there without a network, too. */
static BOOL is_global(const SOCKET_ADDRESS *address)
{
    const struct sockaddr_in *in = (const struct sockaddr_in *)address->lpSockaddr;
    ULONG number;

    if (in->sin_family != AF_INET) return address->lpSockaddr->sa_family == AF_INET6 &&
                                          (((const BYTE *)address->lpSockaddr)[8] & 0xe0) == 0x20;
    number = ntohl(in->sin_addr.s_addr);
    return number >> 16 != 0xa9fe && number >> 24 != 127;
}

static BOOL is_connected(const IP_ADAPTER_ADDRESSES *adapter)
{
    const IP_ADAPTER_UNICAST_ADDRESS *address;

    if (adapter->IfType == IF_TYPE_SOFTWARE_LOOPBACK || adapter->OperStatus != IfOperStatusUp) return FALSE;
    for (address = adapter->FirstUnicastAddress; address; address = address->Next)
        if (is_global(&address->Address)) return TRUE;
    return FALSE;
}

BOOL network_is_up(void)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER;
    HMODULE module = LoadLibraryW(L"iphlpapi.dll");
    get_adapters get = module ? (get_adapters)(void *)GetProcAddress(module, "GetAdaptersAddresses") : NULL;
    IP_ADAPTER_ADDRESSES *adapters = NULL, *adapter;
    ULONG size = 16384, result = ERROR_BUFFER_OVERFLOW;
    BOOL up = TRUE;

    while (get && result == ERROR_BUFFER_OVERFLOW)
    {
        free(adapters);
        if (!(adapters = malloc(size))) break;
        result = get(AF_UNSPEC, flags, NULL, adapters, &size);
    }
    /* Where that cannot be told, the network is not to blame. */
    if (!result && adapters)
        for (up = FALSE, adapter = adapters; adapter && !up; adapter = adapter->Next) up = is_connected(adapter);
    else if (result == ERROR_NO_DATA) up = FALSE;
    free(adapters);
    if (module) FreeLibrary(module);
    TRACE("the network is %s\n", up ? "up" : "down");
    return up;
}

/* A host that can be reached without a network. */
static BOOL is_this_machine(const WCHAR *host)
{
    return !_wcsnicmp(host, L"localhost", 9) || !wcsncmp(host, L"127.", 4) || !wcsncmp(host, L"[::1]", 5);
}

BOOL network_may_matter(const WCHAR *url, DWORD error)
{
    const WCHAR *host = wcsstr(url, L"://"), *at, *end;

    if (error != ERROR_WINHTTP_NAME_NOT_RESOLVED && error != ERROR_WINHTTP_CANNOT_CONNECT &&
        error != ERROR_WINHTTP_CONNECTION_ERROR && error != ERROR_WINHTTP_TIMEOUT) return FALSE;
    if (!host) return FALSE;
    host += 3;
    end = host + wcscspn(host, L"/?#");
    for (at = host; at < end; at++)
        if (*at == '@') host = at + 1;
    return !is_this_machine(host);
}
