/*
 * Upload jobs against the upload server: what the tests of uploads share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_UPLOAD_H
#define WINE_BITS_TESTS_UPLOAD_H

#include "support/server.h"
#include "support/client.h"
#include "support/bitsserver.h"

#define UPLOAD_FRAGMENT (1024 * 1024) /* the first one of a session */
#define UPLOAD_PROBE (5 * 1024)       /* the first one after an interruption, at most */

/* Of the tests; made anew after the service was killed. */
extern IBackgroundCopyManager *upload_manager;

/* A job with one file of the pattern, and the server it goes to. */
struct upload
{
    struct bitsserver *server;
    struct bitsserver_options options;
    char directory[MAX_PATH];
    IBackgroundCopyJob *job;
    GUID id;
    WCHAR local[MAX_PATH], stored[MAX_PATH];
    WCHAR name[32];     /* on the server */
    const WCHAR *url;   /* up to the name; NULL = the server's, in a directory */
    const WCHAR *query; /* NULL = one that has to stay */
    uint64_t size;
    uint32_t seed;
};

/* Server, file, job in foreground with the shortest delay between attempts. Whether all is there; upload_end in any
 * case. */
BOOL upload_begin(struct upload *upload, BG_JOB_TYPE type, uint64_t size);
/* Without the server, which is there already. */
BOOL upload_add(struct upload *upload, BG_JOB_TYPE type, uint64_t size);
void upload_end(struct upload *upload);
/* The server once more at its port, with nothing that it knew. */
void upload_restart_server(struct upload *upload);

/* Resume and wait. */
BOOL upload_run(struct upload *upload, BG_JOB_STATE state, DWORD timeout);
/* The server has what was sent. */
void upload_check(struct upload *upload);

/* Which packets have a fault, and what it is. */
struct fault
{
    unsigned int first, last; /* among the packets of that type */
    const char *type;         /* NULL = any */
    int what;
    LONG seen;
};

/* A fault function; its context is a struct fault. */
int upload_fault(void *context, unsigned int number, const char *type);

/* Lets the packets of a type pass up to a number, and holds the next ones; when released their connections end. */
struct gate
{
    const char *type;
    LONG open; /* so many pass */
    LONG seen;
    HANDLE held, released;
};

int upload_gate(void *context, unsigned int number, const char *type);
void gate_init(struct gate *gate, const char *type, LONG open);
void gate_release(struct gate *gate); /* from now on everything passes */
void gate_cleanup(struct gate *gate);

/* End the service's process as a crash would. */
void upload_kill_service(void);
/* Manager and job in a new service; without a job (it is expected to be gone) hr says which answer is right. */
BOOL upload_find_again(struct upload *upload, HRESULT expected);

#endif
