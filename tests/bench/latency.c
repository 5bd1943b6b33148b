/*
 * How long after the server's last word the client is called.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The server is a thread of the client, so that both moments are read from one clock.
 */

#include "bench.h"
#include "support/sockets.h"
#include "wine/test.h"

#define REQUEST_MAX 8192
#define BODY_SIZE 4096
#define LOADED_MS 60000

/* Lives as long as the program: so do threads of connections that are kept. */
struct peer
{
    SOCKET listener;
    HANDLE thread;
    unsigned short port;
    volatile LONG stopping;
    volatile double said; /* when the last byte of the last answer was handed to the network */
};

/* Read the head of a request; FALSE at the end of the connection. */
static BOOL read_request(SOCKET client, char *buffer)
{
    int used = 0, got;

    while (used < REQUEST_MAX - 1)
    {
        if ((got = recv(client, buffer + used, REQUEST_MAX - 1 - used, 0)) <= 0) return FALSE;
        used += got;
        buffer[used] = 0;
        if (strstr(buffer, "\r\n\r\n")) return TRUE;
    }
    return FALSE;
}

static void say(struct peer *peer, SOCKET client, const char *data, int size)
{
    peer->said = now_ms();
    send(client, data, size, 0);
}

/* "/missing": 404.  Else a body whose last byte comes a little after the others. */
static void answer(struct peer *peer, SOCKET client, const char *request)
{
    static const char missing[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    static const char body[BODY_SIZE];
    char head[256];
    int size;

    if (strstr(request, " /missing "))
    {
        say(peer, client, missing, sizeof(missing) - 1);
        return;
    }
    size = snprintf(head, sizeof(head),
                    "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n"
                    "Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT\r\n\r\n",
                    BODY_SIZE);
    send(client, head, size, 0);
    if (!strncmp(request, "HEAD ", 5)) return;
    send(client, body, BODY_SIZE - 1, 0);
    Sleep(10);
    say(peer, client, body, 1);
}

struct client
{
    struct peer *peer;
    SOCKET socket;
};

/* Threads end with the connections, which the service closes when it likes. */
static DWORD WINAPI client_thread(void *context)
{
    struct client *client = context;
    char request[REQUEST_MAX];

    while (read_request(client->socket, request)) answer(client->peer, client->socket, request);
    closesocket(client->socket);
    free(client);
    return 0;
}

static DWORD WINAPI peer_thread(void *context)
{
    struct peer *peer = context;
    BOOL no_delay = TRUE;
    struct client *client;
    HANDLE thread;
    SOCKET socket;

    while ((socket = accept(peer->listener, NULL, NULL)) != INVALID_SOCKET)
    {
        if (peer->stopping)
        {
            closesocket(socket);
            break;
        }
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&no_delay, sizeof(no_delay));
        client = malloc(sizeof(*client));
        client->peer = peer;
        client->socket = socket;
        if ((thread = CreateThread(NULL, 0, client_thread, client, 0, NULL))) CloseHandle(thread);
    }
    return 0;
}

static BOOL peer_init(struct peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int size = sizeof(address);
    WSADATA data;

    memset(peer, 0, sizeof(*peer));
    WSAStartup(MAKEWORD(2, 2), &data);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (!ok(!bind(peer->listener, (struct sockaddr *)&address, sizeof(address)) && !listen(peer->listener, 16) &&
                !getsockname(peer->listener, (struct sockaddr *)&address, &size),
            "no server: error %d", WSAGetLastError()))
        return FALSE;
    peer->port = ntohs(address.sin_port);
    peer->thread = CreateThread(NULL, 0, peer_thread, peer, 0, NULL);
    return ok(peer->thread != NULL, "no thread: error %lu", GetLastError());
}

static void peer_cleanup(struct peer *peer)
{
    InterlockedExchange(&peer->stopping, TRUE);
    listener_wake(peer->port);
    WaitForSingleObject(peer->thread, SOON_MS);
    CloseHandle(peer->thread);
    closesocket(peer->listener);
}

/* One job; how long after the server's last word its client was called, negative after a failed test. */
static double measure_one(struct peer *peer, IBackgroundCopyManager *manager, const WCHAR *path, unsigned int number)
{
    WCHAR url[128], local[MAX_PATH];
    struct watch *watch = watches_create(1);
    struct tally tally;
    double late = -1;

    if (!watch || !tally_init(&tally, 1)) return late;
    _snwprintf(url, ARRAYSIZE(url), L"http://127.0.0.1:%u%s", peer->port, path);
    _snwprintf(local, ARRAYSIZE(local), L"%hslatency%u", option("dir", ""), number);
    if (watch_create_job(watch, &tally, manager, BG_JOB_TYPE_DOWNLOAD) &&
        ok_hr(IBackgroundCopyJob_AddFile(watch->job, url, local), S_OK) &&
        ok_hr(IBackgroundCopyJob_Resume(watch->job), S_OK) && tally_wait(&tally, watch, 1, SOON_MS))
        late = watch->ended - peer->said;
    if (watch->job) IBackgroundCopyJob_Cancel(watch->job);
    watches_destroy(watch, 1);
    tally_cleanup(&tally);
    return late;
}

static void measure_path(struct peer *peer, IBackgroundCopyManager *manager, const WCHAR *path, const char *name)
{
    unsigned int count = option_number("count", 100), i;
    double *times = calloc(count, sizeof(*times));
    char text[64];

    for (i = 0; times && i < count; i++)
        if ((times[i] = measure_one(peer, manager, path, i)) < 0) break;
    if (times && ok(i == count, "%ls: run %u failed", path, i))
    {
        snprintf(text, sizeof(text), "%s_median_ms", name);
        result(text, quantile(times, count, 0.5));
        snprintf(text, sizeof(text), "%s_p99_ms", name);
        result(text, quantile(times, count, 0.99));
    }
    free(times);
}

static BOOL start_load(IBackgroundCopyManager *manager, IBackgroundCopyJob **jobs, unsigned int count)
{
    WCHAR url[MAX_PATH], local[MAX_PATH];
    unsigned int i;

    for (i = 0; i < count; i++)
    {
        if (!(jobs[i] = client_job(manager, BG_JOB_TYPE_DOWNLOAD))) return FALSE;
        _snwprintf(local, ARRAYSIZE(local), L"%hsload%u", option("dir", ""), i);
        IBackgroundCopyJob_SetPriority(jobs[i], BG_JOB_PRIORITY_FOREGROUND);
        if (!ok_hr(IBackgroundCopyJob_AddFile(jobs[i], numbered(option("url", ""), i, url, ARRAYSIZE(url)), local),
                   S_OK) ||
            !ok_hr(IBackgroundCopyJob_Resume(jobs[i]), S_OK))
            return FALSE;
    }
    for (i = 0; i < count; i++)
        if (!client_wait_state(jobs[i], BG_JOB_STATE_TRANSFERRING, LOADED_MS)) return FALSE;
    return TRUE;
}

void measure_latency(void)
{
    IBackgroundCopyManager *manager = client_manager(&CLSID_BackgroundCopyManager);
    unsigned int load = option_number("load", 0), i;
    IBackgroundCopyJob **jobs = calloc(load + 1, sizeof(*jobs));
    static struct peer peer;

    if (manager && jobs && peer_init(&peer))
    {
        if (start_load(manager, jobs, load))
        {
            /* Wine's own service does not call JobError. */
            if (!option("builtin", NULL)) measure_path(&peer, manager, L"/missing", "error");
            measure_path(&peer, manager, L"/file", "transferred");
        }
        for (i = 0; i < load; i++) client_drop_job(jobs[i]);
        peer_cleanup(&peer);
    }
    if (manager) IBackgroundCopyManager_Release(manager);
    free(jobs);
}
