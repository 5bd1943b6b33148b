/*
 * One attempt to move a file over HTTP: the exchange with the server, and what comes of it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Downloads, uploads, replies and piece hash files have one each.  It belongs to the thread of its run; all functions
 * are called without the queue's lock, unless they say "Locked".
 */

#ifndef WINE_BITS_TRANSFER_ATTEMPT_ATTEMPT_H
#define WINE_BITS_TRANSFER_ATTEMPT_ATTEMPT_H

#include "http/http.h"
#include "transfer/attempt/http_session.h"
#include "transfer/jobs/job.h"

struct attempt
{
    struct run *run;
    struct file *file;               /* what is moved; NULL: no file of the job */
    const struct settings *settings; /* that the exchange is made with; NULL: not known yet */
    struct http_exchange *exchange;  /* NULL: none yet; changed by attempt.c alone */
    struct transfer_failure *failure;
    unsigned int restarts; /* of the file, from its beginning */
};

/* Make another exchange with these options and use it from now on.  FALSE: no memory, which is the failure. */
BOOL attempt_open(struct attempt *attempt, const struct http_options *options);
/* Use an exchange, which becomes the attempt's.  A stop of the run cancels it. */
void attempt_use(struct attempt *attempt, struct http_exchange *exchange);
/* Have a stop of the run cancel the exchange again, after another attempt of the run has ended. */
void attempt_watch(struct attempt *attempt);
/* Give the exchange away, NULL where there is none; a stop of the run cancels it no more.  Locked. */
struct http_exchange *attempt_detach(struct attempt *attempt);
/* End the exchange, if there is one. */
void attempt_close(struct attempt *attempt);

/* Send a request, and keep what the client can ask for about the answer to it.  *response: until the next request.  An
 * error is none of the attempt's failures yet. */
transfer_code attempt_send(struct attempt *attempt, const struct http_request *request,
                           const struct http_response **response);
/* The first byte of an answer has come: CONNECTING is over (B-023). */
void attempt_enter_transferring(struct attempt *attempt);
/* Count that the file begins anew.  FALSE: that was done too often. */
BOOL attempt_count_restart(struct attempt *attempt, unsigned int most);

/* Say why it failed.  All of them return FALSE. */
BOOL attempt_fail_network(struct attempt *attempt, transfer_code code);
BOOL attempt_fail_status(struct attempt *attempt, unsigned int status);
BOOL attempt_fail_file(struct attempt *attempt, DWORD error);

#endif
