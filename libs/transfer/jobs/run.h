/*
 * One transfer of a job under way.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_RUN_H
#define WINE_BITS_TRANSFER_JOBS_RUN_H

#include <windows.h>

struct file;
struct http_cancel;
struct http_cookie_jar;
struct http_exchange;
struct job;
struct pace;
struct requester;
struct writeback;

/* Connections that a file may have besides the run's own, or in its place. */
#define RUN_HELPERS 3

/* One transfer under way: belongs to its worker thread. */
struct run
{
    struct job *job;
    BOOL cancels_session;           /* the job is cancelled: only its session with the server is to be ended */
    _Atomic(LONG) stop;             /* the worker shall end */
    const struct file *file;        /* being downloaded; locked */
    struct http_cancel *waiting;    /* for a client, cancelled by a stop; locked */
    _Atomic(BOOL) redirected;       /* and something else of it is wanted first: exchange is cancelled; locked */
    struct http_exchange *exchange; /* what a stop cancels; set and read under the lock */
    struct http_exchange *helpers[RUN_HELPERS]; /* and so are these, for other parts of the file */
    struct writeback *writeback;                /* files that are complete, on their way to the disk */
    struct requester *requester;                /* from one file to the next; NULL: none yet */
    struct http_cookie_jar *cookies;            /* that servers have set during this run (B-427) */
    ULONGLONG started;
    uint64_t moved;      /* bytes so far, by pace_keep; this and what follows: locked */
    uint64_t marked;     /* of them, those of before */
    ULONGLONG marked_at; /* ms; this moment, 0 = the start */
    struct pace *pace;
    ULONGLONG answered_at; /* when the first byte of an answer came; 0: not yet */
};


/* Have a run end soon: its waits and its exchange are cancelled.  Locked. */
void run_stop(struct run *run);

#endif
