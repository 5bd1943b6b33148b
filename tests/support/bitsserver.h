/*
 * A BITS upload server, for test programs and for tools/bits-upload-server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It listens on 127.0.0.1, has a thread for each connection, and stores what it gets in a directory: a URL path's last
 * segment is the file's name there. Its manners are set by options, and its misdeeds by a function that is asked before
 * each packet. It builds on Windows and on POSIX systems. Downloads of what it stored are answered too.
 */

#ifndef WINE_BITS_TESTS_BITSSERVER_H
#define WINE_BITS_TESTS_BITSSERVER_H

#include <stdbool.h>
#include <stdint.h>

struct bitsserver;

#define BITSSERVER_NO_OVERWRITE     0x0001  /* 403 if the destination exists (U-151) */
#define BITSSERVER_CONFLICT         0x0002  /* the same with 409 (U-160) */
#define BITSSERVER_DISABLED         0x0004  /* 501 (U-152) */
#define BITSSERVER_TRIM             0x0008  /* overlaps are trimmed, not 416 (U-112) */
#define BITSSERVER_OLD_ERROR        0x0010  /* BITS-Error alone (U-036) */
#define BITSSERVER_NEW_ERROR        0x0020  /* BITS-Error-Code alone; both flags: no error header */
#define BITSSERVER_PLAIN_HEX        0x0040  /* no 0x before error numbers (U-038) */
#define BITSSERVER_ERROR_ON_SUCCESS 0x0080  /* BITS-Error-Code: 1 with 200 (U-039) */
#define BITSSERVER_CREATED          0x0100  /* Create-Session answers 201 (U-053) */
#define BITSSERVER_NO_OFFSET        0x0200  /* no BITS-Received-Content-Range on success (U-075) */
#define BITSSERVER_BAD_OFFSET_NAME  0x0400  /* misspelled on 416 (U-087) */
#define BITSSERVER_NO_416_OFFSET    0x0800  /* missing on 416 */
#define BITSSERVER_AT_CLOSE         0x1000  /* the file appears with Close-Session, not with the last fragment (U-144) */
#define BITSSERVER_NO_REPLY_URL     0x2000  /* keeps silent about the reply (U-131) */
#define BITSSERVER_ABSOLUTE_REPLY   0x4000  /* names the reply by an absolute URL (U-129) */
#define BITSSERVER_HTTP10           0x8000  /* answers with HTTP/1.0 (U-170) */
#define BITSSERVER_NO_ACK          0x10000  /* 200 without BITS-Packet-Type (U-054) */
#define BITSSERVER_BAD_PROTOCOL    0x20000  /* chooses a protocol that nobody offered (U-054) */
#define BITSSERVER_BODIED_ACKS     0x40000  /* Acks have a text as body (U-010) */

/* What an application makes of an upload (U-295). */
enum bitsserver_reply { BITSSERVER_NO_APPLICATION, BITSSERVER_ECHO, BITSSERVER_EMPTY, BITSSERVER_REFUSE };

/* What goes wrong with a packet; below 1000 it is answered with that status and nothing else. */
enum bitsserver_fault
{
    BITSSERVER_NO_FAULT = 0,
    BITSSERVER_CLOSE_BEFORE = 1000, /* the connection ends, the packet is forgotten */
    BITSSERVER_CLOSE_AFTER,         /* the packet is obeyed, the connection ends without an answer (U-115) */
    BITSSERVER_LOSE_SESSIONS,       /* all sessions are forgotten, then the packet is looked at (U-289) */
    BITSSERVER_LOSE_DATA,           /* all sessions have half of their bytes left (U-111) */
};

struct bitsserver_options
{
    const char *directory;          /* with a separator at its end */
    unsigned short port;            /* 0: any */
    unsigned int flags;
    uint64_t fragment_limit;        /* 413 above; 0 = none (U-290) */
    uint64_t maximum_size;          /* BG_E_TOO_LARGE above; 0 = none (U-291) */
    const char *host_id;            /* NULL = none (U-287) */
    const char *host_timeout;       /* NULL = none */
    enum bitsserver_reply reply;
    unsigned int refuse_status;     /* of BITSSERVER_REFUSE; 0 = 403 */
    /* Asked for each packet; number counts from 1. On the connection's thread, without locks. NULL = no faults. */
    int (*fault)(void *context, unsigned int number, const char *type);
    void *context;
    bool verbose;                   /* a JSON line on stdout for each request (U-302) */
};

struct bitsserver_counts
{
    unsigned int packets, creates, pings, fragments, closes, cancels, connections, sessions, strange;
    uint64_t longest_fragment;
};

/* NULL: cannot listen, or no memory. The options' texts have to stay. */
struct bitsserver *bitsserver_create(const struct bitsserver_options *options);
/* Ends all connections. NULL is fine. */
void bitsserver_destroy(struct bitsserver *server);
unsigned short bitsserver_port(const struct bitsserver *server);
/* Requests so far; sessions: open now; strange: requests that break the protocol's spelling. */
void bitsserver_count(struct bitsserver *server, struct bitsserver_counts *counts);
/* Wait until there were so many packets of all kinds, or cancels. */
bool bitsserver_wait_packets(struct bitsserver *server, unsigned int count, unsigned int timeout_ms);
bool bitsserver_wait_cancels(struct bitsserver *server, unsigned int count, unsigned int timeout_ms);

#endif
