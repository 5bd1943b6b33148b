/*
 * What the measures of tools/bench share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A measure gets its options as NAME=VALUE arguments and prints "result NAME NUMBER" lines. Times are milliseconds of
 * QueryPerformanceCounter. What goes wrong is a failed test.
 */

#ifndef WINE_BITS_TESTS_BENCH_H
#define WINE_BITS_TESTS_BENCH_H

#include <winsock2.h>
#include <windows.h>

#include "support/client.h"

/* The value of an option; what to take without it. */
const char *option(const char *name, const char *otherwise);
unsigned int option_number(const char *name, unsigned int otherwise);
/* Make as if an option had been given: for the program's own trial. Both stay the caller's. */
void set_option(const char *name, const char *value);

double now_ms(void);
void result(const char *name, double value);
/* Sorts the values. rank: 0.5 for the median, 0.99 for the 99th percentile. */
double quantile(double *values, unsigned int count, double rank);
/* text with its %u replaced by a number; a buffer of size characters, which is returned. */
WCHAR *numbered(const char *text, unsigned int number, WCHAR *buffer, size_t size);

/* --- a job and who waits for its end --- */

struct tally
{
    LONG left; /* jobs that have not ended */
    LONG failed;
    HANDLE none_left; /* event */
};

/* Calls nothing itself: what it notes is the moment of the call. */
struct watch
{
    IBackgroundCopyCallback IBackgroundCopyCallback_iface;
    LONG refs;
    struct tally *tally;
    IBackgroundCopyJob *job;
    double ended; /* when JobTransferred or JobError was entered; 0 = not yet */
    BOOL failed;  /* it was JobError */
};

BOOL tally_init(struct tally *tally, unsigned int count);
void tally_cleanup(struct tally *tally);
/* Wait until each job was heard of. Jobs of a service that does not report errors are asked now and then. */
BOOL tally_wait(struct tally *tally, struct watch *watches, unsigned int count, DWORD timeout_ms);

/* A new job that tells watch of its end; its priority is the option "priority", FOREGROUND without it. */
BOOL watch_create_job(struct watch *watch, struct tally *tally, IBackgroundCopyManager *manager, BG_JOB_TYPE type);
/* Watches without jobs; NULL after a failed test. */
struct watch *watches_create(unsigned int count);
/* Release the jobs, and wait until the service has released the watches. */
void watches_destroy(struct watch *watches, unsigned int count);

/* --- the measures --- */

void measure_files(void);     /* jobs= files= url= dir= insecure= upload= method= */
void measure_resume(void);    /* url= dir= half= */
void measure_latency(void);   /* count= load= url= dir= */
void measure_callbacks(void); /* jobs= url= dir= */
void measure_activate(void);  /* class=: the service runs afterwards */
void measure_suspended(void); /* url= dir=: leaves a job that waits */
void measure_downloads(void); /* jobs= url= dir= ranges= length= stride= */
void measure_stream(void);    /* url= size= */
void measure_rpc(void);       /* size= block= */
void measure_rpc_child(void); /* file= size= block= */
void measure_winsock(void);   /* port= path= file= block= */
void measure_winhttp(void);   /* port= path= file= block= secure= */

#endif
