/*
 * What the parts of an upload share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "http/http.h"
#include "transfer/attempt/attempt.h"
#include "transfer/attempt/http_session.h"
#include "transfer/attempt/pace.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/upload.h"

#define SEND_TIMEOUT_MS (2 * 60 * 1000)        /* U-172 */
#define ACK_TIMEOUT_MS (5 * 60 * 1000 + 10000) /* U-173: the server's application has five minutes itself */

enum upload_step upload_fail_network(struct upload *upload, transfer_code code)
{
    attempt_fail_network(&upload->attempt, code);
    return UPLOAD_FAILED;
}

enum upload_step upload_fail_file(struct upload *upload, DWORD error)
{
    attempt_fail_file(&upload->attempt, error);
    return UPLOAD_FAILED;
}

/* U-096, B-449 */
enum upload_step upload_fail_changed(struct upload *upload)
{
    const struct transfer_failure failure = {
        .code = TRANSFER_E_LOCAL_FILE_CHANGED,
        .where = TRANSFER_WHERE_LOCAL_FILE,
        .file = upload->file->index,
    };

    *upload->attempt.failure = failure;
    return UPLOAD_FAILED;
}

/* What the server says went wrong (U-161 to U-164). */
enum upload_step upload_fail_ack(struct upload *upload, unsigned int status, const struct packet_ack *ack)
{
    attempt_fail_status(&upload->attempt, status);
    if (ack->error) upload->attempt.failure->code = ack->error;
    if (ack->context == PACKET_CONTEXT_APPLICATION) upload->attempt.failure->where = TRANSFER_WHERE_REMOTE_APPLICATION;
    return UPLOAD_FAILED;
}

/* Nothing moves any more: worth another try later (U-086). */
enum upload_step upload_fail_standstill(struct upload *upload, transfer_code code)
{
    attempt_fail_network(&upload->attempt, code);
    upload->attempt.failure->transient = TRUE;
    return UPLOAD_FAILED;
}

/* Make the state durable. */
enum upload_step upload_save(struct upload *upload)
{
    transfer_code code;

    EnterCriticalSection(&upload->job->queue->lock);
    code = job_store_change(upload->job);
    LeaveCriticalSection(&upload->job->queue->lock);
    if (code) return upload_fail_file(upload, code);
    upload->last_saved = now_ms();
    return UPLOAD_DONE;
}

/* The server has so much.  Locked. */
void upload_set_offset(struct upload *upload, uint64_t offset)
{
    struct job *job = upload->job;

    queue_assert_locked(upload->job->queue);
    file_note_uploaded(upload->file, offset);
    if (offset > upload->highest)
    {
        upload->highest = offset;
        upload->moved = TRUE;
        upload->standstills = 0;
        upload->lost = FALSE;
        upload->state->odd_failures = 0;
        job->stalled_since = 0; /* B-552 */
        job->attempts = 0;
        job_touch(job);
    }
    if (job->numbers[JOB_NOTIFY_FLAGS] & JOB_EVENT_MODIFIED) job_modified(job);
    else GetSystemTimeAsFileTime(&job->times.modification);
}

/* Locked. */
static BOOL prepare(struct upload *upload)
{
    struct job *job = upload->job;
    struct http_options *options = &upload->settings.options;
    char *local;

    queue_assert_locked(upload->job->queue);
    if (!job->upload)
    {
        if (!(job->upload = calloc(1, sizeof(*job->upload)))) return FALSE;
        job->upload->fallback = UPLOAD_NO_FALLBACK;
    }
    upload->state = job->upload;
    if (!settings_copy(&upload->settings, job)) return FALSE;
    options->cookies = upload->run->cookies;
    options->redirects = HTTP_REDIRECT_REFUSE; /* U-200 */
    options->send_timeout = SEND_TIMEOUT_MS;
    options->receive_timeout = ACK_TIMEOUT_MS;
    if (job->strings[JOB_HTTP_METHOD] && _wcsicmp(job->strings[JOB_HTTP_METHOD], L"" PACKET_METHOD) &&
        !(upload->method = string_copy(job->strings[JOB_HTTP_METHOD])))
        return FALSE;
    if (!(upload->url = utf8_copy(upload->file->remote)) || !(local = utf8_copy(upload->file->local))) return FALSE;
    packet_content_name(local, upload->name, sizeof(upload->name));
    free(local);
    return TRUE;
}

BOOL upload_init(struct upload *upload, struct run *run, struct file *file, struct transfer_failure *failure)
{
    struct queue *queue = run->job->queue;
    BOOL ready;

    memset(upload, 0, sizeof(*upload));
    memset(failure, 0, sizeof(*failure));
    upload->run = run;
    upload->job = run->job;
    upload->file = file;
    upload->attempt = (struct attempt){.run = run, .file = file, .settings = &upload->settings, .failure = failure};
    upload->source = INVALID_HANDLE_VALUE;
    upload->length = FRAGMENT_FIRST;
    upload->last_saved = now_ms();
    pace_begin(run, TRUE);
    EnterCriticalSection(&queue->lock);
    ready = prepare(upload);
    LeaveCriticalSection(&queue->lock);
    return ready;
}

BOOL upload_connect(struct upload *upload)
{
    settings_find_certificate(&upload->settings);
    return attempt_open(&upload->attempt, &upload->settings.options);
}

void upload_cleanup(struct upload *upload)
{
    attempt_close(&upload->attempt);
    if (upload->source != INVALID_HANDLE_VALUE) CloseHandle(upload->source);
    settings_cleanup(&upload->settings);
    free(upload->url);
    free(upload->method);
}
