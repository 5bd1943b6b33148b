/*
 * Fuzzer of sequences: requests over kept connections to a server that leaves bytes where it should not, closes when it
 * likes, redirects, challenges and cuts its answers to pieces.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The input is the server's decisions. The model knows which bytes belong to which answer: bodies of answers consist of
 * lower-case letters that tell their number, whatever is left over has the status 299 or a capital letter. A client
 * that shows one of those, or the bytes of another answer, has taken one answer for another.
 */

#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>

#include "http/http.h"
#include "scriptedpeer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 12
#define BODY_MAX 2000

enum framing
{
    WITH_LENGTH,
    WITH_CHUNKS,
    WITH_CLOSE,
    WITH_NOTHING,
};

static struct
{
    const uint8_t *data, *end;
    unsigned int answers; /* so far */
    unsigned int status;  /* of the last one */
    char body[BODY_MAX + 1];
    size_t body_size;
    bool cut;                /* the last one is not whole */
    bool posted;             /* the request in hand is no idempotent one ... */
    unsigned int unanswered; /* ... and this often it arrived and got no answer */
} model;

static unsigned int choose(unsigned int count)
{
    return model.data < model.end ? *model.data++ % count : 0;
}

/* --- the server --- */

static void send_in_pieces(struct peer_connection *connection, const char *text, size_t size)
{
    size_t piece = size;

    switch (choose(4))
    {
    case 0: piece = 1 + choose(16); break;
    case 1: piece = 1 + choose(255); break;
    }
    for (; size; text += piece, size -= piece)
    {
        if (piece > size) piece = size;
        peer_send(connection, text, piece, PEER_NOW);
    }
}

/* What must never be seen.  Late, only what cannot be taken for an answer: nobody could tell. */
static const char *choose_waste(bool late)
{
    static const char *const waste[] = {
        "<HTML>",
        "\r\n<HTML>",
        "HTP/1.1 299 EVIL\r\n\r\n",
        "HTTP/1.1 299 Evil\r\nContent-Length: 4\r\n\r\nEVIL",
        "HTTP/1.1 299 Evil\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 299 Evil\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nEVIL\r\n0\r\n\r\n",
        "HTTP/1.1 299 Evil\r\n\r\nEVIL",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 299 Evil\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 299",
        "\r\n",
        "0\r\n\r\n",
        "H",
    };

    return waste[choose(late ? 3 : ARRAYSIZE(waste))];
}

static void make_body(void)
{
    size_t i;

    model.body_size = choose(4) ? choose(40) : choose(200) * 10;
    for (i = 0; i < model.body_size; i++) model.body[i] = 'a' + (model.answers + i) % 26;
    model.body[i] = 0;
}

static size_t add_body(char *text, size_t used, enum framing framing)
{
    size_t offset, piece;

    if (framing != WITH_CHUNKS)
    {
        memcpy(text + used, model.body, model.body_size);
        return used + model.body_size;
    }
    for (offset = 0; offset < model.body_size; offset += piece)
    {
        piece = 1 + choose(100);
        if (piece > model.body_size - offset) piece = model.body_size - offset;
        used += sprintf(text + used, "%x\r\n%.*s\r\n", (unsigned int)piece, (int)piece, model.body + offset);
    }
    return used + sprintf(text + used, "0\r\n%s\r\n", choose(4) ? "" : "Trailer: x\r\n");
}

static unsigned int choose_status(const char *target)
{
    static const unsigned int statuses[] = {200, 200, 206, 204, 304, 404, 503, 302, 307, 303, 401, 408};

    /* A redirect has to come to an end. */
    return strlen(target) > 20 ? 200 : statuses[choose(ARRAYSIZE(statuses))];
}

static size_t add_head(char *text, const char *target, enum framing framing)
{
    size_t used = 0;

    if (!choose(8)) used += sprintf(text, "HTTP/1.1 10%u Wait\r\nX: y\r\n\r\n", choose(2) ? 0 : 3);
    used += sprintf(text + used, "HTTP/1.%u %u Answer\r\n", choose(8) ? 1 : 0, model.status);
    if (model.status / 100 == 3 && model.status != 304)
        used += sprintf(text + used, "Location: %s%s-%u\r\n", choose(4) ? "" : "http://other", target,
                        model.answers % 10);
    if (model.status == 401) used += sprintf(text + used, "WWW-Authenticate: Basic realm=\"x\"\r\n");
    if (!choose(6)) used += sprintf(text + used, "Connection: %s\r\n", choose(2) ? "close" : "keep-alive");
    if (framing == WITH_LENGTH) used += sprintf(text + used, "Content-Length: %u\r\n", (unsigned int)model.body_size);
    if (framing == WITH_CHUNKS) used += sprintf(text + used, "Transfer-Encoding: chunked\r\n");
    return used + sprintf(text + used, "\r\n");
}

static void serve(void *context, struct peer_connection *connection, const struct peer_request *request)
{
    static char text[65536];
    bool no_body, head = !strcmp(request->method, "HEAD");
    enum framing framing;
    size_t used;

    if (model.posted && !strcmp(request->method, "POST")) model.unanswered++;
    if (!choose(10))
    {
        peer_close(connection, PEER_NOW);
        return;
    }
    model.unanswered = 0;
    model.answers++;
    model.status = choose_status(request->target);
    no_body = model.status == 204 || model.status == 304 || head;
    framing = choose(WITH_NOTHING);
    make_body();
    model.cut = !choose(20);
    used = add_head(text, request->target, framing);
    if (no_body) model.body_size = 0;
    else used = add_body(text, used, framing);
    if (model.cut) used -= 1 + choose(used < 255 ? used : 255);
    send_in_pieces(connection, text, used);
    if (model.cut || (framing == WITH_CLOSE && !no_body)) peer_close(connection, PEER_NOW);
    else
    {
        switch (choose(6))
        {
        case 0: peer_send_text(connection, choose_waste(false), PEER_NOW); break;
        case 1: peer_send_text(connection, choose_waste(true), PEER_LATE); break;
        case 2: peer_close(connection, choose(2) ? PEER_NOW : PEER_LATE); break;
        }
    }
}

/* --- the client --- */

static uint32_t give_zeros(void *context, uint64_t offset, void *buffer, size_t size, size_t *got)
{
    memset(buffer, 'z', size);
    *got = size;
    return 0;
}

static void check(const char *body, size_t size, bool whole)
{
    size_t i;

    if (size > model.body_size || (whole && size != model.body_size && !model.cut)) abort();
    for (i = 0; i < size; i++)
        if (body[i] != model.body[i]) abort();
}

static void run_request(struct http_exchange *exchange, unsigned int number)
{
    static const char *const methods[] = {"GET", "GET", "HEAD", "POST", "PUT"};
    struct http_request request = {.method = methods[choose(ARRAYSIZE(methods))]};
    const struct http_response *response;
    static char buffer[BODY_MAX + 64];
    size_t size = 0, got, part;
    char url[64];
    uint32_t error;

    snprintf(url, sizeof(url), "http%s://%s/%u", choose(4) ? "" : "s", choose(4) ? "server" : "other", number);
    request.url = url;
    if (request.method[0] == 'P')
    {
        request.body = give_zeros;
        request.body_length = choose(16) == 15 ? 1500000 : choose(100);
    }
    model.posted = !strcmp(request.method, "POST");
    model.unanswered = 0;
    error = http_exchange_send(exchange, &request, &response);
    if (model.posted && model.unanswered > 1) abort();
    if (error) return;
    if (response->status != model.status) abort();
    if (!choose(8)) return; /* the caller has seen enough */
    part = choose(2) ? 1 + choose(100) : sizeof(buffer);
    do {
        if (size + part > sizeof(buffer)) part = sizeof(buffer) - size;
        error = http_exchange_read(exchange, buffer + size, part, &got);
        size += got;
    } while (!error && got && size < sizeof(buffer));
    check(buffer, size, !error);
    test_clock += choose(3) * 70;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_options options = {.user_agent = "test"};
    struct http_client *client = http_client_create();
    struct http_exchange *exchanges[2];
    unsigned int i, count;

    memset(&model, 0, sizeof(model));
    model.data = data;
    model.end = data + size;
    peer_begin(serve, NULL);
    if (choose(2))
        options.credentials[HTTP_AUTH_SERVER][HTTP_AUTH_BASIC] = (struct http_credentials){TRUE, L"user", L"password"};
    for (i = 0; i < ARRAYSIZE(exchanges); i++) exchanges[i] = http_exchange_create(client, &options);
    count = 1 + choose(REQUESTS_MAX);
    for (i = 0; i < count && model.data < model.end; i++) run_request(exchanges[choose(ARRAYSIZE(exchanges))], i);
    for (i = 0; i < ARRAYSIZE(exchanges); i++) http_exchange_destroy(exchanges[i]);
    http_client_destroy(client);
    peer_end();
    return 0;
}
