/*
 * Whether a server asks for a client certificate.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "http/tlswatch.h"

/* RFC 5246 sections 6.2.1 and 7.4 */
#define RECORD_HANDSHAKE 22
#define MESSAGE_CERTIFICATE_REQUEST 13
#define MESSAGE_SERVER_HELLO_DONE 14

/* One byte of a handshake message. */
static void take_byte(struct http_tls_watch *watch, unsigned char byte)
{
    if (watch->message)
    {
        watch->message--;
        return;
    }
    watch->message_head[watch->message_head_size++] = byte;
    if (watch->message_head_size < sizeof(watch->message_head)) return;
    watch->message_head_size = 0;
    watch->message = (size_t)watch->message_head[1] << 16 | watch->message_head[2] << 8 | watch->message_head[3];
    if (watch->message_head[0] == MESSAGE_CERTIFICATE_REQUEST) watch->requested = true;
    if (watch->message_head[0] == MESSAGE_SERVER_HELLO_DONE) watch->ended = true;
}

void http_tls_watch_input(struct http_tls_watch *watch, const void *data, size_t size)
{
    const unsigned char *pos = data;

    for (; size && !watch->ended; pos++, size--)
    {
        if (watch->record)
        {
            watch->record--;
            take_byte(watch, *pos);
            continue;
        }
        watch->record_head[watch->record_head_size++] = *pos;
        if (watch->record_head_size < sizeof(watch->record_head)) continue;
        watch->record_head_size = 0;
        watch->record = watch->record_head[3] << 8 | watch->record_head[4];
        if (watch->record_head[0] != RECORD_HANDSHAKE) watch->ended = true;
    }
}
