/*
 * Packets of the BITS upload protocol: what is said, and what an answer says (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A packet is an HTTP request with the method BITS_POST; the answer to each is an Ack.  Sizes of buffers are bytes with
 * the terminator.
 */

#ifndef WINE_BITS_TRANSFER_UPLOAD_PACKET_H
#define WINE_BITS_TRANSFER_UPLOAD_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/jobs/upload_state.h"

#define PACKET_METHOD "BITS_POST"

#define PACKET_URL_MAX 2200 /* U-180 */
#define PACKET_NAME_MAX 260 /* U-184 */

/* Room for the header lines of any packet. */
#define PACKET_HEADERS_SIZE 640

#define PACKET_E_INVALIDARG 0x80070057
#define PACKET_E_SESSION_NOT_FOUND 0x8020001f

enum packet_type
{
    PACKET_PING,
    PACKET_CREATE,
    PACKET_FRAGMENT,
    PACKET_CLOSE,
    PACKET_CANCEL
};

struct packet
{
    enum packet_type type;
    const char *session;            /* Fragment, Close, Cancel */
    const char *name;               /* Fragment: Content-Name; "" = none */
    uint64_t offset, length, total; /* Fragment: length > 0 */
};

/* Header lines of a request; FALSE: a session or name with characters that no field may have, or too long. */
bool packet_format(const struct packet *packet, char *buffer, size_t size);

enum packet_offset
{
    PACKET_OFFSET_ABSENT,
    PACKET_OFFSET_INVALID,
    PACKET_OFFSET_GIVEN
};

/* What a server answered.  Only what it said well-formed: everything else is absent. */
/* Where the server says that it failed (U-162): itself, or the application behind it. */
#define PACKET_CONTEXT_SERVER 5
#define PACKET_CONTEXT_APPLICATION 7

struct packet_ack
{
    bool is_ack;                          /* says that it comes from a BITS server */
    bool bad_session;                     /* a session id was given that cannot be one */
    char session[UPLOAD_SESSION_MAX + 1]; /* "" = none */
    bool has_protocol, known_protocol;
    char host[UPLOAD_HOST_MAX + 1]; /* "" = none */
    uint32_t fallback;              /* seconds, UPLOAD_NO_FALLBACK */
    enum packet_offset offset_state;
    uint64_t offset;
    uint32_t error;                     /* an HRESULT that is one, 0 = none */
    unsigned int context;               /* PACKET_CONTEXT_..., 0 = not said */
    bool bad_reply_url;                 /* too long */
    char reply_url[PACKET_URL_MAX + 1]; /* as sent, "" = none */
};

/* Read "HTTP/1.1 200 OK\r\nName: value\r\n...". */
void packet_parse_ack(const char *raw_headers, struct packet_ack *ack);

/* The last part of a path for Content-Name; "" for names that a field cannot carry (U-031). */
void packet_content_name(const char *path, char *name, size_t size);

/* url with another host, which may have a port (U-025), and without user name and password, which were the first one's;
 * FALSE: too long, or no such host can be. */
bool packet_replace_host(const char *url, const char *host, char *result, size_t size);

/* Where the reply is, seen from the remote name of the upload (U-127); FALSE: too long. */
bool packet_resolve_reply(const char *url, const char *reply, char *result, size_t size);

#endif
