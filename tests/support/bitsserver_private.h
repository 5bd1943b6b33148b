/*
 * What the files of the upload server share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_BITSSERVER_PRIVATE_H
#define WINE_BITS_TESTS_BITSSERVER_PRIVATE_H

#include "support/bitsserver_os.h"
#include "support/bitsserver.h"

#define NAME_SIZE 256
#define PATH_SIZE 4096
#define BLOCK 65536

struct connection;

struct session
{
    struct session *next;
    unsigned int number;     /* of its files */
    unsigned int connection; /* where it was created */
    struct connection *user; /* that a fragment is coming from */
    bool gone;               /* forgotten meanwhile: the user frees it */
    char id[104];
    char name[NAME_SIZE]; /* of the file */
    int data;             /* -1: published */
    uint64_t received, total;
    uint64_t told;    /* offset that the client knows */
    uint64_t touched; /* ms */
    uint64_t replied; /* ms; when the reply was made */
    bool has_total, complete, notified, published;
};

struct connection
{
    struct connection *next;
    struct bitsserver *server;
    socket_handle socket;
    unsigned int number;
    bool let_in;     /* somebody was authenticated on it */
    bool challenged; /* an NTLM handshake is under way */
    char *head;      /* what was received and not used yet */
    size_t used;
};

struct bitsserver
{
    struct bitsserver_options options;
    mutex lock; /* guards everything below */
    condition changed;
    socket_handle listener;
    unsigned short port;
    bool stopping;
    unsigned int threads;
    uint64_t started;
    struct connection *connections;
    struct session *sessions;
    unsigned int next_session, next_plain;
    struct bitsserver_counts counts;
};

struct request
{
    struct connection *connection;
    char *head; /* a copy, with NULs after each line */
    char *method, *target;
    uint64_t length, left; /* of the body */
    bool has_length;
    char *type, *id; /* BITS-Packet-Type, BITS-Session-Id */
};

struct answer
{
    unsigned int status, context;
    uint32_t error;
    char fields[8192];
};

/* bitsserver_http.c */
bool http_read_request(struct request *request); /* false: the connection ends */
void http_free_request(struct request *request);
char *http_field(const struct request *request, const char *name); /* NULL: not there */
bool http_same_text(const char *a, const char *b);                 /* in any case */
/* The next bytes of the body into a file, or nowhere (-1). Runs of zeros become holes. False: the connection broke,
 * or the file cannot be written, which *bad tells. */
bool http_take_body(struct request *request, int file, uint64_t count, bool *bad);
bool http_send(struct connection *connection, const char *data, size_t size);
void answer_add(struct answer *answer, const char *name, const char *value);
void answer_add_number(struct answer *answer, const char *name, uint64_t value);
/* type: "Ack" or NULL. */
bool answer_send(struct request *request, struct answer *answer, const char *body, bool chunked);
bool http_serve_file(struct request *request);
bool http_serve_plain_upload(struct request *request);

/* bitsserver_auth.c: whether the request may go on; else *answer is the refusal. */
bool auth_check(struct request *request, struct answer *answer);

/* bitsserver_packet.c */
bool packet_serve(struct request *request);                              /* false: the connection ends */
struct session *session_find(struct bitsserver *server, const char *id); /* locked */
void session_forget(struct bitsserver *server, struct session *session); /* locked */
void session_path(const struct bitsserver *server, const struct session *session, const char *suffix, char *path);

/* bitsserver.c */
void connection_break(struct connection *connection); /* it waits for nothing more; locked */
void path_of(const struct bitsserver *server, const char *name, char *path);
/* One line; locked. */
void transcript_request(const struct request *request, unsigned int packet, unsigned int status);
void transcript_file(struct bitsserver *server, const char *name);

#endif
