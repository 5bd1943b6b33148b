/*
 * A BITS upload server, for test programs and for tools/bits-upload-server.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It listens on 127.0.0.1 unless told otherwise, has a thread for each connection, and stores what it gets in one
 * directory: a URL path's last segment is the file's name there, whatever stands before it. Names that could mean
 * anything else than a new file in that directory are refused (bitsserver_name). What is not complete yet lies beside
 * under names that begin with a dot, which no client can give. Its manners are set by options, and its misdeeds by a
 * function that is asked before each packet. It builds on Windows and on POSIX systems. Downloads of what it stored are
 * answered too, and plain uploads by PUT and POST.
 */

#ifndef WINE_BITS_TESTS_BITSSERVER_H
#define WINE_BITS_TESTS_BITSSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct bitsserver;

#define BITSSERVER_NO_OVERWRITE 0x0001      /* 403 if the destination exists (U-151) */
#define BITSSERVER_CONFLICT 0x0002          /* the same with 409 (U-160) */
#define BITSSERVER_DISABLED 0x0004          /* 501 (U-152) */
#define BITSSERVER_NOT_ENABLED 0x0008       /* the same with 404 (U-159) */
#define BITSSERVER_TRIM 0x0010              /* overlaps are trimmed, not 416 (U-112) */
#define BITSSERVER_OLD_ERROR 0x0020         /* BITS-Error alone (U-036) */
#define BITSSERVER_NEW_ERROR 0x0040         /* BITS-Error-Code alone; both flags: no error header (U-040) */
#define BITSSERVER_PLAIN_HEX 0x0080         /* no 0x before error numbers (U-038) */
#define BITSSERVER_SUFFIX_HEX 0x0100        /* an L behind them */
#define BITSSERVER_EMPTY_CONTEXT 0x0200     /* BITS-Error-Context without a value */
#define BITSSERVER_ERROR_ON_SUCCESS 0x0400  /* BITS-Error-Code with 200 (U-039) */
#define BITSSERVER_CREATED 0x0800           /* Create-Session answers 201 (U-053) */
#define BITSSERVER_SESSION_IN_ACKS 0x1000   /* every Ack repeats the session id (U-024) */
#define BITSSERVER_NO_OFFSET 0x2000         /* no BITS-Received-Content-Range on success (U-075) */
#define BITSSERVER_HIGH_OFFSET 0x4000       /* more than the size there */
#define BITSSERVER_LOW_OFFSET 0x8000        /* half of each longer fragment is dropped, and so it says (U-111) */
#define BITSSERVER_BAD_OFFSET_NAME 0x10000  /* misspelled on 416 (U-087) */
#define BITSSERVER_NO_416_OFFSET 0x20000    /* missing on 416 */
#define BITSSERVER_AT_CLOSE 0x40000         /* the file appears with Close-Session, not the last fragment (U-144) */
#define BITSSERVER_HTTP10 0x80000           /* answers with HTTP/1.0 (U-170) */
#define BITSSERVER_NO_ACK 0x100000          /* 200 without BITS-Packet-Type (U-054) */
#define BITSSERVER_BAD_PROTOCOL 0x200000    /* chooses a protocol that nobody offered (U-054) */
#define BITSSERVER_PLAIN_PROTOCOL 0x400000  /* names the protocol without braces (U-305) */
#define BITSSERVER_UPPER_PROTOCOL 0x800000  /* names it in capitals */
#define BITSSERVER_BODIED_ACKS 0x1000000    /* Acks have a text as body (U-010) */
#define BITSSERVER_CHUNKED_ACKS 0x2000000   /* the same in chunks */
#define BITSSERVER_PER_CONNECTION 0x4000000 /* sessions are known on their connection only (U-300) */
#define BITSSERVER_STRICT 0x8000000         /* what breaks the protocol's spelling gets 400 (U-301) */
#define BITSSERVER_NO_COPY 0x10000000       /* the application does not ask for the file to be placed (U-254) */
#define BITSSERVER_AUTH_ONCE 0x20000000     /* who was let in on a connection stays so (U-267) */
#define BITSSERVER_PROXY 0x40000000         /* it is the proxy that authenticates: 407 */

enum bitsserver_session_style
{
    BITSSERVER_GUID,
    BITSSERVER_PLAIN_GUID,
    BITSSERVER_DECIMAL,
    BITSSERVER_LONG_ID
};

/* What an application makes of an upload (U-295). It is part of the server: nothing is posted. */
enum bitsserver_reply
{
    BITSSERVER_NO_APPLICATION,
    BITSSERVER_ECHO,
    BITSSERVER_EMPTY,
    BITSSERVER_STATIC, /* the reply is at static_url (U-253) */
    BITSSERVER_REFUSE,
};

/* How the application is told, which shows in the transcript. */
enum bitsserver_notification
{
    BITSSERVER_BY_REFERENCE,
    BITSSERVER_BY_VALUE
};

/* How the server says where the reply is (U-296). */
enum bitsserver_reply_url
{
    BITSSERVER_BACKSLASHES,
    BITSSERVER_SLASHES,
    BITSSERVER_PATH,
    BITSSERVER_ABSOLUTE,
    BITSSERVER_MISSING,
    BITSSERVER_TOO_LONG,
    BITSSERVER_SIGNED, /* absolute, with a query of 400 characters */
};

/* NTLM and Negotiate look at the user's name only: they are for tests. */
enum bitsserver_auth
{
    BITSSERVER_OPEN,
    BITSSERVER_BASIC,
    BITSSERVER_DIGEST,
    BITSSERVER_NTLM,
    BITSSERVER_NEGOTIATE
};

/* What goes wrong with a packet; below 1000 it is answered with that status and nothing else (3xx: with a Location). */
enum bitsserver_fault
{
    BITSSERVER_NO_FAULT = 0,
    BITSSERVER_CLOSE_BEFORE = 1000,  /* the connection ends, the packet is forgotten */
    BITSSERVER_CLOSE_AFTER,          /* the packet is obeyed, the connection ends without an answer (U-115) */
    BITSSERVER_LOSE_SESSIONS,        /* all sessions are forgotten, then the packet is looked at (U-289) */
    BITSSERVER_LOSE_DATA,            /* all sessions have half of their bytes left (U-111) */
    BITSSERVER_CUT_HEAD,             /* the packet is obeyed, the answer ends in its head */
    BITSSERVER_LOSE_FILE,            /* the file that was uploaded is deleted (U-242) */
    BITSSERVER_STALL = 2000,         /* + seconds: that long nothing happens */
    BITSSERVER_CUT_BODY = 0x1000000, /* + bytes: of the body so many are taken, then the connection ends */
};

struct bitsserver_options
{
    const char *directory; /* with a separator at its end */
    const char *address;   /* IPv4 to listen on; NULL: 127.0.0.1 */
    unsigned short port;   /* 0: any */
    unsigned int flags;
    uint64_t fragment_limit;      /* fragment_status above; 0 = none (U-290) */
    unsigned int fragment_status; /* 0 = 413 */
    uint64_t maximum_size;        /* BG_E_TOO_LARGE above; 0 = none (U-291) */
    unsigned int session_timeout; /* seconds without progress; 0 = 14 days (U-206) */
    enum bitsserver_session_style session_style;
    const char *host_id;      /* NULL = none (U-287) */
    const char *host_timeout; /* NULL = none */
    enum bitsserver_reply reply;
    enum bitsserver_notification notification;
    enum bitsserver_reply_url reply_url;
    const char *static_url;
    unsigned int reply_delay;    /* ms that the application takes */
    unsigned int reply_lifetime; /* ms; 0 = until Close-Session (U-297) */
    unsigned int refuse_status;  /* of BITSSERVER_REFUSE; 0 = 403 */
    enum bitsserver_auth auth;
    const char *user, *password;
    /* Asked for each packet; number counts from 1. On the connection's thread, without locks. NULL = no faults. */
    int (*fault)(void *context, unsigned int number, const char *type);
    void *context;
    FILE *transcript; /* a JSON line for each request and each stored file (U-302); NULL = none */
};

struct bitsserver_counts
{
    unsigned int packets, creates, pings, fragments, closes, cancels, connections;
    unsigned int sessions; /* open now */
    unsigned int strange;  /* requests that break the protocol's spelling */
    unsigned int plain;    /* uploads without the protocol */
    unsigned int refused;  /* 401 and 407 */
    unsigned int proxied;  /* requests as to a proxy */
    unsigned int marked;   /* requests with a field X-Mark */
    uint64_t longest_fragment;
    uint64_t repeated;      /* bytes that came although an answer had said that they are there */
    uint64_t refused_bytes; /* of bodies that came with requests answered by 401 or 407 */
};

/* NULL: cannot listen, or no memory. The options' texts have to stay. */
struct bitsserver *bitsserver_create(const struct bitsserver_options *options);
/* Ends all connections. NULL is fine. */
void bitsserver_destroy(struct bitsserver *server);
unsigned short bitsserver_port(const struct bitsserver *server);
/* What came so far. */
void bitsserver_count(struct bitsserver *server, struct bitsserver_counts *counts);
/* Wait until there were so many packets of all kinds, or cancels. */
bool bitsserver_wait_packets(struct bitsserver *server, unsigned int count, unsigned int timeout_ms);
bool bitsserver_wait_cancels(struct bitsserver *server, unsigned int count, unsigned int timeout_ms);

/* The name of the file that a request target means, percent escapes undone. False: none that is safe on every
 * system. */
bool bitsserver_name(const char *target, char *name, size_t size);

#endif
