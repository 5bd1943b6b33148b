/*
 * One attempt to move a file over HTTP: the exchange with the server, and what comes of it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/text.h"
#include "http/http.h"
#include "transfer/attempt/attempt.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

/* --- the exchange ----------------------------------------------------------------------------------- */

void attempt_watch(struct attempt *attempt)
{
    struct run *run = attempt->run;

    EnterCriticalSection(&run->job->queue->lock);
    run->exchange = attempt->exchange;
    if (run->stop && run->exchange) http_exchange_cancel(run->exchange);
    LeaveCriticalSection(&run->job->queue->lock);
}

void attempt_use(struct attempt *attempt, struct http_exchange *exchange)
{
    struct http_exchange *previous = attempt->exchange;

    attempt->exchange = exchange;
    attempt_watch(attempt);
    http_exchange_destroy(previous);
}

BOOL attempt_open(struct attempt *attempt, const struct http_options *options)
{
    attempt_use(attempt, http_exchange_create(attempt->run->job->queue->http, options));
    return attempt->exchange || attempt_fail_file(attempt, ERROR_OUTOFMEMORY);
}

struct http_exchange *attempt_detach(struct attempt *attempt)
{
    struct http_exchange *exchange = attempt->exchange;

    attempt->exchange = attempt->run->exchange = NULL;
    return exchange;
}

void attempt_close(struct attempt *attempt)
{
    struct http_exchange *exchange;

    EnterCriticalSection(&attempt->run->job->queue->lock);
    exchange = attempt_detach(attempt);
    LeaveCriticalSection(&attempt->run->job->queue->lock);
    http_exchange_destroy(exchange);
}

/* --- requests --------------------------------------------------------------------------------------- */

static void note_response(struct attempt *attempt, const struct http_response *response)
{
    WCHAR *headers = wide_copy(response->raw_headers), *previous_headers;
    WCHAR *target = response->redirected ? wide_copy(response->url) : NULL, *previous_target;
    struct file *file = attempt->file;

    EnterCriticalSection(&attempt->run->job->queue->lock);
    previous_headers = file->response_headers;
    file->response_headers = headers;
    previous_target = file->redirection_target;
    file->redirection_target = target;
    file->http_status = response->status;
    lstrcpynA(file->server_address, response->server_address ? response->server_address : "",
              sizeof(file->server_address));
    LeaveCriticalSection(&attempt->run->job->queue->lock);
    free(previous_headers);
    free(previous_target);
}

transfer_code attempt_send(struct attempt *attempt, const struct http_request *request,
                           const struct http_response **response)
{
    transfer_code code = http_exchange_send(attempt->exchange, request, response);

    if (!code && attempt->file) note_response(attempt, *response);
    return code;
}

void attempt_enter_transferring(struct attempt *attempt)
{
    struct job *job = attempt->run->job;

    EnterCriticalSection(&job->queue->lock);
    if (!attempt->run->stop && (job->state == JOB_CONNECTING || job->state == JOB_QUEUED))
        job_change_state(job, JOB_TRANSFERRING);
    LeaveCriticalSection(&job->queue->lock);
}

BOOL attempt_count_restart(struct attempt *attempt, unsigned int most)
{
    return attempt->restarts++ < most;
}

/* --- failures --------------------------------------------------------------------------------------- */

static int failed_file(const struct attempt *attempt)
{
    return attempt->file ? (int)attempt->file->index : -1;
}

BOOL attempt_fail_network(struct attempt *attempt, transfer_code code)
{
    if (attempt->run->stop) code = ERROR_OPERATION_ABORTED;
    if (attempt->settings) code = settings_code(attempt->settings, code);
    *attempt->failure = transfer_failure_of_network(code, failed_file(attempt));
    return FALSE;
}

BOOL attempt_fail_status(struct attempt *attempt, unsigned int status)
{
    *attempt->failure = transfer_failure_of_status(status, failed_file(attempt));
    return FALSE;
}

BOOL attempt_fail_file(struct attempt *attempt, DWORD error)
{
    *attempt->failure = transfer_failure_of_file(error, failed_file(attempt));
    return FALSE;
}
