/*
 * Test of libs/http: the HTTP client against servers that behave well and badly.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "httpclient.h"

struct http_client *client;

struct http_options default_options(void)
{
    struct http_options options = {0};

    options.user_agent = "test/1.0";
    options.proxy_mode = HTTP_PROXY_NONE;
    options.connect_timeout = SOON_MS;
    options.send_timeout = SOON_MS;
    options.receive_timeout = SOON_MS;
    return options;
}

void fetch(struct http_exchange *exchange, const struct http_request *request, struct answer *answer)
{
    const struct http_response *response;
    size_t capacity = 65536, got;

    memset(answer, 0, sizeof(*answer));
    answer->body = calloc(1, capacity + 1);
    if ((answer->error = http_exchange_send(exchange, request, &response))) return;
    answer->status = response->status;
    while (!(answer->error = http_exchange_read(exchange, answer->body + answer->size, capacity - answer->size, &got)))
    {
        if (!got) break;
        answer->size += got;
        if (answer->size == capacity) answer->body = realloc(answer->body, (capacity *= 2) + 1);
    }
    answer->body[answer->size] = 0;
}

void fetch_url(const struct http_options *options, const char *url, struct answer *answer)
{
    struct http_options defaults = default_options();
    struct http_exchange *exchange = http_exchange_create(client, options ? options : &defaults);
    struct http_request request = {.method = "GET", .url = url};

    fetch(exchange, &request, answer);
    http_exchange_destroy(exchange);
}

void answer_free(struct answer *answer)
{
    free(answer->body);
    memset(answer, 0, sizeof(*answer));
}

START_TEST(httpclient)
{
    WSADATA data;

    WSAStartup(MAKEWORD(2, 2), &data);
    client = http_client_create();
    winetest_run(test_messages);
    winetest_run(test_connections);
    winetest_run(test_addresses);
    winetest_run(test_leftovers);
    winetest_run(test_requests);
    winetest_run(test_redirects);
    winetest_run(test_proxies);
    winetest_run(test_authentication);
    winetest_run(test_tls);
    http_client_destroy(client);
    WSACleanup();
}
