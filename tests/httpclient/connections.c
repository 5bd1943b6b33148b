/*
 * Connections: kept ones, stale ones, unreachable servers, time-outs, cancelling.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

/* Answers every request with the number of its connection. */
static void serve_number(struct peer_connection *connection)
{
    while (peer_read_head(connection))
    {
        char number[8];

        if (peer_asked(connection, "/close"))
        {
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n%u",
                           connection->number);
            return;
        }
        if (peer_asked(connection, "/old"))
        {
            peer_send_text(connection, "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n%u", connection->number);
            return;
        }
        sprintf(number, "%u", connection->number);
        if (peer_asked(connection, "/chunked"))
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
                           (unsigned int)strlen(number), number);
        else if (peer_asked(connection, "/much"))
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n%s", number);
        else
            peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s", (unsigned int)strlen(number),
                           number);
    }
}

static void test_keeping(void)
{
    struct peer *peer = peer_create(serve_number, NULL);
    struct http_options options = default_options();
    struct http_exchange *first = http_exchange_create(client, &options);
    struct http_exchange *second = http_exchange_create(client, &options);
    struct http_request request = {.method = "GET"};
    static const struct
    {
        const char *path, *body;
    } steps[] = {{"/", "1"}, {"/", "1"},    {"/chunked", "1"}, {"/", "1"}, {"/close", "1"},
                 {"/", "2"}, {"/old", "2"}, {"/chunked", "3"}, {"/", "3"}};
    const struct http_response *response;
    struct answer answer;
    unsigned int i;
    uint32_t error;

    for (i = 0; i < ARRAYSIZE(steps); i++)
    {
        winetest_push_context("step %u", i);
        request.url = peer_url(peer, steps[i].path);
        fetch(i % 2 ? first : second, &request, &answer);
        ok_answer(&answer, 0, 200);
        ok_text(answer.body, steps[i].body);
        answer_free(&answer);
        winetest_pop_context();
    }

    /* An answer that was not read to its end, or is being read, keeps its connection to itself. */
    request.url = peer_url(peer, "/much");
    error = http_exchange_send(first, &request, &response);
    ok(!error, "got error %u\n", error);
    request.url = peer_url(peer, "/");
    fetch(second, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "4");
    answer_free(&answer);
    fetch(first, &request, &answer);
    ok_answer(&answer, 0, 200);
    ok_text(answer.body, "4");
    answer_free(&answer);

    http_client_close_idle(client);
    fetch(first, &request, &answer);
    ok_text(answer.body, "5");
    answer_free(&answer);
    http_exchange_destroy(second);
    http_exchange_destroy(first);
    peer_destroy(peer);
}

/* --- stale connections --- */

struct stale
{
    HANDLE close, closed;
    BOOL reset;
    const char *scrap; /* what is said before the end */
    volatile LONG requests, bodies;
};

/* The first connection answers once and then ends when told, or at the next request. */
static void serve_stale(struct peer_connection *connection)
{
    struct stale *stale = connection->context;
    char body[5];

    while (peer_read_head(connection))
    {
        unsigned int length = atoi(peer_header(connection, "Content-Length"));

        if (connection->number == 1 && InterlockedIncrement(&stale->requests) > 1)
        {
            if (length) peer_read_body(connection, NULL, length);
            if (stale->scrap) peer_send_text(connection, "%s", stale->scrap);
            if (stale->reset) peer_reset(connection);
            return;
        }
        if (length && peer_read_body(connection, body, length) && !memcmp(body, "hello", 5))
            InterlockedIncrement(&stale->bodies);
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%u", connection->number);
        if (connection->number == 1 && stale->close)
        {
            WaitForSingleObject(stale->close, SOON_MS);
            shutdown(connection->socket, SD_SEND);
            SetEvent(stale->closed);
            return;
        }
    }
}

static uint32_t give_hello(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    *got = min(size, 5 - offset);
    memcpy(buffer, "hello" + offset, *got);
    return 0;
}

static void test_stale_case(struct stale *stale, const char *expected)
{
    struct peer *peer = peer_create(serve_stale, stale);
    struct http_options options = default_options();
    struct http_exchange *exchange = http_exchange_create(client, &options);
    struct http_request get = {.method = "GET", .url = peer_url(peer, "/")};
    struct http_request put = {.method = "PUT", .url = get.url, .body = give_hello, .body_length = 5};
    struct answer answer;

    fetch(exchange, &get, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    if (stale->close)
    {
        SetEvent(stale->close);
        WaitForSingleObject(stale->closed, SOON_MS);
    }
    fetch(exchange, &put, &answer);
    if (expected)
    {
        ok_answer(&answer, 0, 200);
        ok_text(answer.body, expected);
        ok(stale->bodies == 1, "%ld bodies arrived\n", stale->bodies);
    }
    else ok_answer(&answer, ERROR_WINHTTP_CONNECTION_ERROR, 0);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
}

static void test_stale(void)
{
    struct stale closed = {.close = CreateEventW(NULL, TRUE, FALSE, NULL),
                           .closed = CreateEventW(NULL, TRUE, FALSE, NULL)};
    struct stale at_request = {0}, reset = {.reset = TRUE}, scrap = {.scrap = "HTTP/1.1 2"};

    winetest_push_context("closed before");
    test_stale_case(&closed, "2");
    winetest_pop_context();
    winetest_push_context("closed at the request");
    test_stale_case(&at_request, "2");
    winetest_pop_context();
    winetest_push_context("reset at the request");
    test_stale_case(&reset, "2");
    winetest_pop_context();
    /* Something of an answer came: the server has seen the request. */
    winetest_push_context("half an answer");
    test_stale_case(&scrap, NULL);
    winetest_pop_context();
    CloseHandle(closed.close);
    CloseHandle(closed.closed);
}

static void serve_hangup(struct peer_connection *connection)
{
    peer_read_head(connection);
}

static void test_fresh_failure(void)
{
    struct peer *peer = peer_create(serve_hangup, NULL);
    struct answer answer;

    fetch_url(NULL, peer_url(peer, "/"), &answer);
    ok_answer(&answer, ERROR_WINHTTP_CONNECTION_ERROR, 0);
    ok(peer_count(peer) == 1, "a new connection was tried again: %u\n", peer_count(peer));
    answer_free(&answer);
    peer_destroy(peer);
}

/* --- no connection --- */

static void test_unreachable(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET bound = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    int size = sizeof(address);
    struct answer answer;
    char url[64];

    /* A port that is taken, but where nobody listens. */
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(bound, (struct sockaddr *)&address, sizeof(address));
    getsockname(bound, (struct sockaddr *)&address, &size);
    sprintf(url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    fetch_url(NULL, url, &answer);
    ok_answer(&answer, ERROR_WINHTTP_CANNOT_CONNECT, 0);
    answer_free(&answer);
    closesocket(bound);

    fetch_url(NULL, "http://no-such-host.invalid/", &answer);
    ok_answer(&answer, ERROR_WINHTTP_NAME_NOT_RESOLVED, 0);
    answer_free(&answer);
    fetch_url(NULL, "ftp://127.0.0.1/", &answer);
    ok_answer(&answer, ERROR_WINHTTP_UNRECOGNIZED_SCHEME, 0);
    answer_free(&answer);
    fetch_url(NULL, "http://127.0.0.1:99999/", &answer);
    ok_answer(&answer, ERROR_WINHTTP_INVALID_URL, 0);
    answer_free(&answer);
}

/* localhost may be ::1 first, where nobody listens: the next address is tried. */
static void test_name(void)
{
    struct peer *peer = peer_create(serve_number, NULL);
    struct answer answer;
    char url[64];

    sprintf(url, "http://localhost:%u/", peer_port(peer));
    fetch_url(NULL, url, &answer);
    ok_answer(&answer, 0, 200);
    answer_free(&answer);
    peer_destroy(peer);
}

static void test_ipv6(void)
{
    SOCKADDR_STORAGE storage = {0};
    SOCKET listener = socket(AF_INET6, SOCK_STREAM, IPPROTO_TCP), accepted;
    struct http_options options = default_options();
    struct http_exchange *exchange;
    const struct http_response *response;
    struct http_request request = {.method = "HEAD"};
    int size = 28;
    char url[64], expected[64], text[1024];
    uint32_t error;

    /* sockaddr_in6 of ::1 */
    storage.ss_family = AF_INET6;
    ((char *)&storage)[23] = 1;
    if (listener == INVALID_SOCKET || bind(listener, (struct sockaddr *)&storage, size) || listen(listener, 1) ||
        getsockname(listener, (struct sockaddr *)&storage, &size))
    {
        skip("no IPv6 on this machine\n");
        if (listener != INVALID_SOCKET) closesocket(listener);
        return;
    }
    /* The listening socket alone is enough: the request is looked at afterwards. */
    sprintf(url, "http://[::1]:%u/x", ntohs(*(unsigned short *)((char *)&storage + 2)));
    options.receive_timeout = 200;
    exchange = http_exchange_create(client, &options);
    request.url = url;
    error = http_exchange_send(exchange, &request, &response);
    ok(error == ERROR_WINHTTP_TIMEOUT, "got error %u\n", error);
    accepted = accept(listener, NULL, NULL);
    size = recv(accepted, text, sizeof(text) - 1, 0);
    text[max(size, 0)] = 0;
    sprintf(expected, "Host: [::1]:%u\r\n", ntohs(*(unsigned short *)((char *)&storage + 2)));
    ok(strstr(text, expected) != NULL, "got %s\n", text);
    closesocket(accepted);
    closesocket(listener);
    http_exchange_destroy(exchange);
}

/* --- time-outs and cancelling --- */

struct stall
{
    HANDLE stalled;
    const char *text; /* what is said before falling silent, NULL: requests are not read either */
};

static void serve_stall(struct peer_connection *connection)
{
    struct stall *stall = connection->context;

    if (stall->text)
    {
        if (!peer_read_head(connection)) return;
        peer_send_text(connection, "%s", stall->text);
    }
    SetEvent(stall->stalled);
    WaitForSingleObject(peer_stopping(connection->peer), INFINITE);
}

static uint32_t give_zeros(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    memset(buffer, 0, size);
    *got = size;
    return 0;
}

static const struct stall_case
{
    const char *name;
    const char *text;
    const char *method;
    unsigned int status;
} stall_cases[] = {
    {"no answer", "", "GET", 0},
    {"half a head", "HTTP/1.1 200 O", "GET", 0},
    {"no body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "GET", 200},
    {"half a body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "GET", 200},
    {"until close", "HTTP/1.1 200 OK\r\n\r\nhel", "GET", 200},
    {"upload", NULL, "PUT", 0},
};

static void test_timeout(const struct stall_case *test)
{
    struct stall stall = {CreateEventW(NULL, TRUE, FALSE, NULL), test->text};
    struct peer *peer = peer_create(serve_stall, &stall);
    struct http_options options = default_options();
    struct http_request request = {.method = test->method, .url = peer_url(peer, "/")};
    struct http_exchange *exchange;
    ULONGLONG start, elapsed;
    struct answer answer;

    if (!test->text)
    {
        request.body = give_zeros;
        request.body_length = 1ULL << 40;
    }
    options.receive_timeout = options.send_timeout = 300;
    exchange = http_exchange_create(client, &options);
    start = GetTickCount64();
    fetch(exchange, &request, &answer);
    elapsed = GetTickCount64() - start;
    ok_answer(&answer, ERROR_WINHTTP_TIMEOUT, test->status);
    ok(elapsed >= 250 && elapsed < 5000, "it took %llu ms\n", elapsed);
    answer_free(&answer);
    http_exchange_destroy(exchange);
    peer_destroy(peer);
    CloseHandle(stall.stalled);
}

/* Those that took 100 ms or more; one of them is forgiven, machines are busy at times. */
static unsigned int slow_cancels;

struct cancel_work
{
    struct http_exchange *exchange;
    struct http_request request;
    struct answer answer;
    LARGE_INTEGER end;
};

static DWORD CALLBACK fetch_thread(void *context)
{
    struct cancel_work *work = context;

    fetch(work->exchange, &work->request, &work->answer);
    QueryPerformanceCounter(&work->end);
    return 0;
}

static void check_cancel(struct cancel_work *work, HANDLE ready, DWORD settle)
{
    LARGE_INTEGER start, frequency;
    HANDLE thread = CreateThread(NULL, 0, fetch_thread, work, 0, NULL);
    double elapsed;

    if (ready) WaitForSingleObject(ready, SOON_MS);
    /* For the client to get where it cannot go on; nothing tells when it is there. */
    Sleep(settle);
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&start);
    http_exchange_cancel(work->exchange);
    ok(WaitForSingleObject(thread, SOON_MS) == WAIT_OBJECT_0, "it does not end\n");
    CloseHandle(thread);
    elapsed = 1000.0 * (work->end.QuadPart - start.QuadPart) / frequency.QuadPart;
    ok(work->answer.error == ERROR_OPERATION_ABORTED, "got error %u\n", work->answer.error);
    ok(elapsed < 2000, "it took %.1f ms\n", elapsed);
    if (elapsed >= 100) slow_cancels++;
}

static void test_cancel(const struct stall_case *test)
{
    struct stall stall = {CreateEventW(NULL, TRUE, FALSE, NULL), test->text};
    struct peer *peer = peer_create(serve_stall, &stall);
    struct http_options options = default_options();
    struct cancel_work work = {.request = {.method = test->method, .url = peer_url(peer, "/")}};
    const struct http_response *response;
    struct answer answer;

    if (!test->text)
    {
        work.request.body = give_zeros;
        work.request.body_length = 1ULL << 40;
    }
    options.receive_timeout = options.send_timeout = 0;
    work.exchange = http_exchange_create(client, &options);
    check_cancel(&work, stall.stalled, 20);
    answer = work.answer;
    ok(answer.status == test->status, "got status %u\n", answer.status);
    answer_free(&work.answer);

    /* Cancelled is cancelled. */
    ok(http_exchange_send(work.exchange, &work.request, &response) == ERROR_OPERATION_ABORTED, "it goes on\n");
    http_exchange_destroy(work.exchange);
    peer_destroy(peer);
    CloseHandle(stall.stalled);
}

/* A server whose queue of connections is full does not even answer a connect. */
static void test_connect_timeout(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    SOCKET listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP), fillers[64];
    struct http_options options = default_options();
    struct cancel_work work = {.request = {.method = "GET"}};
    unsigned int i;
    int size = sizeof(address);
    struct answer answer;
    ULONGLONG start;
    char url[64];

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, (struct sockaddr *)&address, sizeof(address));
    listen(listener, 0);
    getsockname(listener, (struct sockaddr *)&address, &size);
    for (i = 0; i < ARRAYSIZE(fillers); i++)
    {
        u_long non_blocking = 1;

        fillers[i] = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
        ioctlsocket(fillers[i], FIONBIO, &non_blocking);
        connect(fillers[i], (struct sockaddr *)&address, sizeof(address));
    }
    sprintf(url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    options.connect_timeout = 300;
    options.receive_timeout = 2000;
    start = GetTickCount64();
    fetch_url(&options, url, &answer);
    if (answer.error == ERROR_WINHTTP_TIMEOUT) skip("the system accepts any number of connections\n");
    else
    {
        ok_answer(&answer, ERROR_WINHTTP_CANNOT_CONNECT, 0);
        ok(GetTickCount64() - start >= 250, "too early\n");
        options.connect_timeout = 0;
        work.exchange = http_exchange_create(client, &options);
        work.request.url = url;
        check_cancel(&work, NULL, 50);
        answer_free(&work.answer);
        http_exchange_destroy(work.exchange);
    }
    answer_free(&answer);
    for (i = 0; i < ARRAYSIZE(fillers); i++) closesocket(fillers[i]);
    closesocket(listener);
}

/* --- all at once --- */

#define WORKERS 8
#define ROUNDS 100

struct worker
{
    CRITICAL_SECTION lock;
    struct http_exchange *exchange; /* under the lock, for the one who cancels */
    const char *url;
    volatile LONG done, cancelled;
};

static void set_exchange(struct worker *worker, struct http_exchange *exchange)
{
    struct http_exchange *old;

    EnterCriticalSection(&worker->lock);
    old = worker->exchange;
    worker->exchange = exchange;
    LeaveCriticalSection(&worker->lock);
    http_exchange_destroy(old);
}

static DWORD CALLBACK worker_thread(void *context)
{
    struct http_options options = default_options();
    struct worker *worker = context;
    struct http_request request = {.method = "GET", .url = worker->url};
    struct answer answer;
    unsigned int i;

    for (i = 0; i < ROUNDS; i++)
    {
        if (!worker->exchange) set_exchange(worker, http_exchange_create(client, &options));
        fetch(worker->exchange, &request, &answer);
        if (answer.error == ERROR_OPERATION_ABORTED)
        {
            InterlockedIncrement(&worker->cancelled);
            set_exchange(worker, NULL);
        }
        else
        {
            ok_answer(&answer, 0, 200);
            ok(answer.size == 300000, "got %u bytes\n", (unsigned int)answer.size);
        }
        answer_free(&answer);
    }
    set_exchange(worker, NULL);
    InterlockedExchange(&worker->done, 1);
    return 0;
}

static void serve_megabytes(struct peer_connection *connection)
{
    static char zeros[100000];
    int i;

    while (peer_read_head(connection))
    {
        peer_send_text(connection, "HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n");
        for (i = 0; i < 3; i++)
            if (!peer_send(connection, zeros, sizeof(zeros))) return;
    }
}

/* Exchanges on many threads, cancelled at any moment: what is cancelled is that exchange and nothing else. */
static void test_many(void)
{
    struct peer *peer = peer_create(serve_megabytes, NULL);
    struct worker workers[WORKERS] = {{{0}}};
    HANDLE threads[WORKERS];
    unsigned int i, cancelled = 0;

    for (i = 0; i < WORKERS; i++)
    {
        InitializeCriticalSection(&workers[i].lock);
        workers[i].url = peer_url(peer, "/");
        threads[i] = CreateThread(NULL, 0, worker_thread, &workers[i], 0, NULL);
    }
    for (i = 0; WaitForMultipleObjects(WORKERS, threads, TRUE, 10) == WAIT_TIMEOUT; i++)
    {
        struct worker *worker = &workers[i % WORKERS];

        EnterCriticalSection(&worker->lock);
        if (worker->exchange) http_exchange_cancel(worker->exchange);
        LeaveCriticalSection(&worker->lock);
    }
    for (i = 0; i < WORKERS; i++)
    {
        ok(workers[i].done, "worker %u did not finish\n", i);
        cancelled += workers[i].cancelled;
        CloseHandle(threads[i]);
        DeleteCriticalSection(&workers[i].lock);
    }
    trace("%u of %u requests were cancelled\n", cancelled, WORKERS * ROUNDS);
    http_client_close_idle(client);
    peer_destroy(peer);
}

void test_connections(void)
{
    unsigned int i;

    test_keeping();
    test_stale();
    test_fresh_failure();
    test_unreachable();
    test_name();
    test_ipv6();
    test_connect_timeout();
    test_many();
    for (i = 0; i < ARRAYSIZE(stall_cases); i++)
    {
        winetest_push_context("%s", stall_cases[i].name);
        test_timeout(&stall_cases[i]);
        test_cancel(&stall_cases[i]);
        winetest_pop_context();
    }
    ok(slow_cancels <= 1, "%u cancellations were slow\n", slow_cancels);
}
