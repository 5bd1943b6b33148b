/*
 * An HTTP/1.1 server inside a test program, whose manners the test decides path by path.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * It listens on 127.0.0.1 on a free port, has a thread for each connection, and keeps a log of what was
 * asked. A path that has no route answers 404. Every function may be called from every thread. Waiting
 * functions take milliseconds and return whether what they waited for happened.
 *
 *     struct server *server = server_create();
 *     server_route(server, "/file", &(struct route){.size = 100000});
 *     ... job downloads server_url(server, L"/file", url, ARRAYSIZE(url)) ...
 *     ok(pattern_check_file(local, 100000, 0), "the file is damaged\n");
 *     server_destroy(server);
 *
 * Winsock's header has to precede windows.h: include this file, or winsock2.h, first.
 */

#ifndef WINE_BITS_TESTS_SERVER_H
#define WINE_BITS_TESTS_SERVER_H

#include <winsock2.h>
#include <windows.h>
#include <stdint.h>

struct server;
struct server_exchange;

/* What was asked. Stays valid and unchanged until server_destroy, except for what is marked. */
struct server_request
{
    unsigned int connection; /* number of its connection, from 1 */
    char method[32];
    char *target;        /* as sent: "/path?query" or, to a proxy, "http://host/path" */
    char *headers;       /* the header lines, each with its CR LF */
    unsigned char *body; /* at most 16 MiB of it; NULL if there was none */
    size_t body_stored;
    uint64_t body_size;   /* all of it */
    ULONGLONG time;       /* GetTickCount64 of its arrival */
    volatile LONG status; /* status sent; 0 while there is none. Changes. */
    volatile LONG64 sent; /* bytes of answer body sent so far. Changes. */
    volatile LONG done;   /* 1: answered as the route wants it, 2: the client went away. Changes. */
};

/*
 * An answer of the test's own making, for what routes cannot say. Called on the connection's thread once the
 * request is read completely; sends with server_send what shall be sent, status line included. Returns
 * whether the connection may be kept.
 */
typedef BOOL (*server_handler)(struct server_exchange *exchange, const struct server_request *request, void *context);

#define ROUTE_NO_RANGES 0x0001        /* whole file and 200 whatever Range says */
#define ROUTE_NO_MULTIPART 0x0002     /* the same if Range names several */
#define ROUTE_NO_HEAD 0x0004          /* HEAD gives 501 */
#define ROUTE_CHUNKED 0x0008          /* Transfer-Encoding: chunked, no Content-Length */
#define ROUTE_BAD_CHUNKS 0x0010       /* the same, second chunk's size is no number */
#define ROUTE_NO_LENGTH 0x0020        /* no Content-Length, the end of the connection ends the body */
#define ROUTE_CLOSE 0x0040            /* Connection: close, and closes */
#define ROUTE_HTTP10 0x0080           /* answers with HTTP/1.0 and closes */
#define ROUTE_NO_CONTENT_RANGE 0x0100 /* 206 without Content-Range */
#define ROUTE_STALL 0x0200            /* waits at stall_at bytes of the body until server_release */
#define ROUTE_STALL_HEAD 0x0400       /* waits before the status line until server_release */
#define ROUTE_RESET 0x0800            /* what closes the connection early does it by a reset (RST) */
#define ROUTE_CUT 0x1000              /* closes after cut_at bytes of the body */

/* How a path answers. Zero everywhere = 200, an empty body, ranges supported, connection kept. What the
 * pointers point at must live as long as the server. */
struct route
{
    unsigned int flags;         /* ROUTE_ */
    unsigned int status;        /* 0 = 200 or 206 */
    const char *headers;        /* more header lines, each with CR LF */
    uint64_t size;              /* body of pattern bytes ... */
    uint32_t seed;              /* ... that start from this; see pattern_fill */
    const char *text;           /* this body instead */
    const char *last_modified;  /* NULL = SERVER_DATE, "" = no such field */
    const char *etag;           /* NULL or "" = no such field */
    const char *content_length; /* text of that field instead of the truth */
    const char *content_range;  /* text of that field in 206 instead of the truth */
    uint64_t cut_at, stall_at;
    unsigned int drip_bytes;                 /* not 0: so many bytes ... */
    unsigned int drip_ms;                    /* ... each so many milliseconds */
    const char *redirect;                    /* Location, with status 302 unless status says otherwise */
    const char *user, *password;             /* Basic authentication: 401 without these */
    const char *proxy_user, *proxy_password; /* the same as a proxy: 407 */
    const void *raw;                         /* these bytes are the whole answer, the connection is closed after them */
    size_t raw_size;
    server_handler handler;
    void *context;
    unsigned int times;       /* not 0: after so many requests "then" takes over */
    const struct route *then; /* copied when its time comes */
};

#define SERVER_DATE "Tue, 15 Nov 1994 08:12:31 GMT"

/* Start a server; NULL after a failed test. */
struct server *server_create(void);
/* Stop it: closes all connections, waits for its threads. NULL is fine. */
void server_destroy(struct server *server);

unsigned short server_port(const struct server *server);
/* "http://127.0.0.1:port" + path into a buffer of size characters; returns the buffer. */
WCHAR *server_url(const struct server *server, const WCHAR *path, WCHAR *buffer, size_t size);
/* Like server_url on a port of 127.0.0.1 where a connection is refused as long as the server lives. */
WCHAR *server_refused_url(struct server *server, const WCHAR *path, WCHAR *buffer, size_t size);

/* Set or replace the answer of a path (compared without the query). Answers under way go on as they were. */
void server_route(struct server *server, const char *path, const struct route *route);
/* Let the answers of this path that wait because of ROUTE_STALL or ROUTE_STALL_HEAD go on, and all later
 * ones. */
void server_release(struct server *server, const char *path);

/* How many requests came so far; method or path NULL = any. */
unsigned int server_count(struct server *server, const char *method, const char *path);
/* The index-th such request (from 0), or NULL. */
const struct server_request *server_request(struct server *server, const char *method, const char *path,
                                            unsigned int index);
/* The value of a header field of a request into a buffer ("" if it has none); returns whether it has it. */
BOOL server_header(const struct server_request *request, const char *name, char *buffer, size_t size);

/* Wait until count such requests came. */
BOOL server_wait_requests(struct server *server, const char *method, const char *path, unsigned int count,
                          DWORD timeout_ms);
/* Wait until count answers of this path stand still because of a stall flag, or did so. */
BOOL server_wait_stalled(struct server *server, const char *path, unsigned int count, DWORD timeout_ms);
/* Wait until the request was answered to the end, or its client went away (request->done tells). */
BOOL server_wait_done(struct server *server, const struct server_request *request, DWORD timeout_ms);
/* Connections opened so far, and those that are open now. */
unsigned int server_connections(struct server *server, unsigned int *open);

/* For handlers: send bytes; FALSE when the client is gone. */
BOOL server_send(struct server_exchange *exchange, const void *data, size_t size);
/* For handlers: status line, header lines (each with CR LF, may be NULL), Content-Length, and a text as
 * body. */
BOOL server_reply(struct server_exchange *exchange, unsigned int status, const char *headers, const char *body);
/* For handlers: wait for server_release of the request's path; FALSE when the client or the server went
 * away. */
BOOL server_stall(struct server_exchange *exchange);

/* Bytes offset ... offset+size-1 of the endless pattern with this seed. Any part can be made on its own. */
void pattern_fill(void *buffer, size_t size, uint64_t offset, uint32_t seed);
/* Whether a file is exactly the first size bytes of the pattern; says where it is not in a message. */
BOOL pattern_check_file(const WCHAR *path, uint64_t size, uint32_t seed);
/* Write such a file; for uploads. */
BOOL pattern_write_file(const WCHAR *path, uint64_t size, uint32_t seed);

#endif
