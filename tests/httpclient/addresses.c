/*
 * Hosts of several addresses, one of which does not answer (RFC 8305).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * addresses.sh runs this on a machine of its own, where names have the addresses that the test needs, and sets
 * WB_SERVERS.  Elsewhere localhost may have 127.0.0.1 and ::1.
 */

#include <winsock2.h>

#include "httpclient.h"
#include "peer.h"

#define ROUNDS 3
#define STAGGER 250 /* ms until the next address is tried (RFC 8305 section 5) */

struct place
{
    const char *address;
    SOCKADDR_STORAGE name;
    int size;
    SOCKET listener;
};

static void set_port(struct place *place, unsigned short port)
{
    ((struct sockaddr_in *)&place->name)->sin_port = htons(port); /* it is there in IPv6 as well */
}

/* Listens there, at *port or, if that is 0, at any. */
static bool place_open(struct place *place, const char *address, unsigned short *port)
{
    int family = strchr(address, ':') ? AF_INET6 : AF_INET;
    char text[64];

    place->address = address;
    place->size = sizeof(place->name);
    if (WSAStringToAddressA(strcpy(text, address), family, NULL, (struct sockaddr *)&place->name, &place->size))
        return false;
    set_port(place, *port);
    place->listener = socket(family, SOCK_STREAM, IPPROTO_TCP);
    if (place->listener != INVALID_SOCKET &&
        !bind(place->listener, (struct sockaddr *)&place->name, place->size) && !listen(place->listener, 0) &&
        !getsockname(place->listener, (struct sockaddr *)&place->name, &place->size))
    {
        *port = ntohs(((struct sockaddr_in *)&place->name)->sin_port);
        return true;
    }
    if (place->listener != INVALID_SOCKET) closesocket(place->listener);
    return false;
}

/* Answers with its address whoever asks there, until somebody says "end". */
static DWORD CALLBACK place_answer(void *context)
{
    const struct place *place = context;
    char buffer[4096], text[128];
    SOCKET accepted;
    bool end = false;
    int size;

    sprintf(text, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %u\r\n\r\n%s",
            (unsigned int)strlen(place->address), place->address);
    while (!end && (accepted = accept(place->listener, NULL, NULL)) != INVALID_SOCKET)
    {
        size = recv(accepted, buffer, sizeof(buffer), 0);
        end = size >= 3 && !memcmp(buffer, "end", 3);
        if (size > 0 && !end) send(accepted, text, strlen(text), 0);
        shutdown(accepted, SD_SEND);
        while (size > 0 && recv(accepted, buffer, sizeof(buffer), 0) > 0) continue;
        closesocket(accepted);
    }
    return 0;
}

static void place_close(struct place *place, HANDLE thread)
{
    SOCKET connection = socket(place->name.ss_family, SOCK_STREAM, IPPROTO_TCP);

    ok(!connect(connection, (struct sockaddr *)&place->name, place->size), "%s: error %u\n", place->address,
       WSAGetLastError());
    send(connection, "end", 3, 0);
    closesocket(connection);
    WaitForSingleObject(thread, SOON_MS);
    CloseHandle(thread);
    closesocket(place->listener);
}

/* Connections there are neither accepted nor refused while these are: the queue is full. */
static void fill(const struct place *place, SOCKET *fillers, unsigned int count)
{
    u_long non_blocking = 1;
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        fillers[i] = socket(place->name.ss_family, SOCK_STREAM, IPPROTO_TCP);
        ioctlsocket(fillers[i], FIONBIO, &non_blocking);
        connect(fillers[i], (const struct sockaddr *)&place->name, place->size);
    }
}

/* ms that the request took; 0: the host has not that address. */
static ULONGLONG ask(const char *host, unsigned short port, const char *expected)
{
    ULONGLONG start = GetTickCount64(), time;
    struct answer answer;
    char url[64];

    sprintf(url, "http://%s:%u/", host, port);
    fetch_url(NULL, url, &answer);
    time = GetTickCount64() - start + 1;
    if (answer.error == ERROR_WINHTTP_CANNOT_CONNECT) time = 0;
    else
    {
        ok_answer(&answer, 0, 200);
        ok_text(answer.body, expected);
    }
    answer_free(&answer);
    return time;
}

/* An address that does not answer does not keep the other one waiting, and the one that has answered is remembered: it
 * is asked as well when both answer.  Returns the ms that the first request took; 0: this machine lacks something. */
static ULONGLONG check_pair(const char *host, const char *dead_address, const char *live_address)
{
    struct place dead, live;
    HANDLE threads[2];
    SOCKET fillers[64];
    unsigned short port = 0;
    ULONGLONG first, time;
    unsigned int i;

    if (!place_open(&live, live_address, &port)) return 0;
    if (!place_open(&dead, dead_address, &port))
    {
        closesocket(live.listener);
        return 0;
    }
    fill(&dead, fillers, ARRAYSIZE(fillers));
    threads[0] = CreateThread(NULL, 0, place_answer, &live, 0, NULL);
    first = ask(host, port, live_address);
    ok(first < SOON_MS / 4, "%s: the first took %llu ms\n", host, first); /* one after the other it is the half */

    for (i = 0; i < ARRAYSIZE(fillers); i++) closesocket(fillers[i]);
    threads[1] = CreateThread(NULL, 0, place_answer, &dead, 0, NULL);
    /* Who was asked second is asked first now; who was asked first still is. */
    for (i = 1; first && i < ROUNDS; i++)
    {
        time = ask(host, port, live_address);
        trace("%s without %s: %llu ms, then %llu ms\n", host, dead_address, first, time);
    }
    place_close(&live, threads[0]);
    place_close(&dead, threads[1]);
    return first;
}

/* Each of the two addresses once as the one that does not answer. */
static void check_host(const char *host, const char *one, const char *other)
{
    ULONGLONG times[2];

    times[0] = check_pair(host, one, other);
    times[1] = check_pair(host, other, one);
    if (!times[0] || !times[1])
    {
        skip("%s has not the addresses %s and %s\n", host, one, other);
        return;
    }
    ok(times[0] >= STAGGER || times[1] >= STAGGER, "%s: neither address was waited for: %llu and %llu ms\n", host,
       times[0], times[1]);
}

void test_addresses(void)
{
    if (!getenv("WB_SERVERS"))
    {
        check_host("localhost", "127.0.0.1", "::1");
        return;
    }
    check_host("pair.test", "127.0.0.2", "127.0.0.1");
    check_host("mixed.test", "::1", "127.0.0.1");
}
