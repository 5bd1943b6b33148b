/*
 * Fuzzer of libs/transfer/upload/packet.h.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "transfer/upload/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ack(const struct packet_ack *ack)
{
    struct packet packet = {.type = PACKET_FRAGMENT, .session = ack->session, .length = 1, .total = UINT64_MAX};
    char headers[PACKET_HEADERS_SIZE], url[2 * PACKET_URL_MAX];

    if (ack->error && !(ack->error >> 31)) abort();
    if (ack->context && ack->context != 5 && ack->context != 7) abort();
    if (strlen(ack->session) > UPLOAD_SESSION_MAX || strlen(ack->host) > UPLOAD_HOST_MAX) abort();
    if (*ack->session && (!packet_format(&packet, headers, sizeof(headers)) || strpbrk(ack->session, "\r\n"))) abort();
    if (packet_replace_host("http://u@host/path?q", ack->host, url, sizeof(url)) && strpbrk(url, "\r\n \\")) abort();
    if (packet_resolve_reply("http://host/path/x?q", ack->reply_url, url, sizeof(url)) && strpbrk(url, "\r\n {}\\"))
        abort();
}

/* The input as an answer, and as names. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), name[64], url[256];
    struct packet_ack *ack = malloc(sizeof(*ack));

    memcpy(text, data, size);
    text[size] = 0;
    packet_parse_ack(text, ack);
    check_ack(ack);
    packet_content_name(text, name, sizeof(name));
    if (strpbrk(name, "\r\n\"\\/:")) abort();
    packet_replace_host(text, "host", url, sizeof(url));
    packet_resolve_reply(text, "a/b", url, sizeof(url));
    free(ack);
    free(text);
    return 0;
}
