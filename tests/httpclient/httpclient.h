/*
 * What the parts of the HTTP client's test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_HTTPCLIENT_H
#define WINE_BITS_TESTS_HTTPCLIENT_H

#include <stdint.h>
#include <winsock2.h>
#include <windows.h>
#include <winhttp.h>
#include "wine/test.h"
#include "http/http.h"
#include "peer.h"

#define SOON_MS 20000

/* For all tests; has no connections of one test when the next begins. */
extern struct http_client *client;

/* Direct, patient. */
struct http_options default_options(void);

/* A whole answer. */
struct answer
{
    uint32_t error; /* of send, or of read when status is set */
    unsigned int status;
    char *body; /* with a NUL */
    size_t size;
};

/* Sends a request and reads the answer into memory. Release with answer_free(). */
void fetch(struct http_exchange *exchange, const struct http_request *request, struct answer *answer);
/* The same for a GET with an exchange of its own. */
void fetch_url(const struct http_options *options, const char *url, struct answer *answer);
void answer_free(struct answer *answer);

#define ok_answer(answer, error_, status_) \
    winetest_ok(__FILE__, __LINE__, (answer)->error == (error_) && (answer)->status == (status_), \
                "got error %u, status %u; expected error %u, status %u\n", (unsigned int)(answer)->error, \
                (answer)->status, (unsigned int)(error_), (unsigned int)(status_))

#define ok_text(got, expected) \
    winetest_ok(__FILE__, __LINE__, !strcmp(got, expected), "got \"%s\", expected \"%s\"\n", got, expected)

void test_messages(void);    /* messages.c: framing, heads, broken servers */
void test_connections(void); /* connections.c: keeping, cancelling, time-outs */
void test_addresses(void);   /* addresses.c: hosts of several addresses */
void test_leftovers(void);   /* leftovers.c: what a server says besides its answers */
void test_requests(void);    /* requests.c: what is sent */
void test_redirects(void);   /* redirects.c */

void test_proxies(void);        /* proxies.c: plain ones */
void test_authentication(void); /* authentication.c */
void test_tls(void);            /* tls.c: needs native programs */

#endif
