/*
 * Fetching the reply of an upload-reply job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <winsock2.h>
#include <windows.h>

#include "base/text.h"
#include "http/http.h"
#include "transfer/download/download.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/upload/packet.h"
#include "transfer/upload/upload.h"

static BOOL download_reply(struct upload *upload)
{
    download_file(upload->run, upload->job->reply, upload->buffer, upload->buffer_size, upload->attempt.failure);
    attempt_watch(&upload->attempt);
    /* The server forgets the reply when the session is closed: it must be on the disk before. */
    if (!upload->attempt.failure->code) writeback_wait(upload->run->writeback, upload->attempt.failure);
    return !upload->attempt.failure->code;
}

/* The reply may be at the host that the server named, though where it lies was said relative to the other (U-128). */
static char *other_reply_url(struct upload *upload)
{
    const char *authority = strstr(upload->url, "://");
    size_t same = authority ? authority + 3 + strcspn(authority + 3, "/?#") - upload->url : 0;
    size_t size = PACKET_URL_MAX + UPLOAD_HOST_MAX;
    char *url, *other = NULL;

    if (!upload->state->host[0] || !same || !(url = utf8_copy(upload->job->reply->remote))) return NULL;
    if (!strncmp(url, upload->url, same) && (other = malloc(size)) &&
        !packet_replace_host(url, upload->state->host, other, size))
    {
        free(other);
        other = NULL;
    }
    free(url);
    return other;
}

/* Together with the name that says what it may get: none for another machine of the same service. */
static void swap_reply_name(struct upload *upload, WCHAR **name, WCHAR **origin)
{
    struct file *reply = upload->job->reply;
    WCHAR *previous = reply->remote, *previous_origin = reply->origin;

    EnterCriticalSection(&upload->job->queue->lock);
    reply->remote = *name;
    reply->origin = *origin;
    LeaveCriticalSection(&upload->job->queue->lock);
    *name = previous;
    *origin = previous_origin;
}

enum upload_step upload_reply_fetch(struct upload *upload)
{
    struct transfer_failure first;
    WCHAR *name, *origin = NULL;
    char *url;

    if (upload->job->type != JOB_UPLOAD_REPLY || upload->job->reply->state >= FILE_COMPLETE) return UPLOAD_DONE;
    if (download_reply(upload)) return upload_save(upload);
    first = *upload->attempt.failure;
    if (upload->run->stop || upload->job->reply->transferred || first.where == TRANSFER_WHERE_LOCAL_FILE)
        return UPLOAD_FAILED;
    if (TRANSFER_IS_HTTP_STATUS(first.code) && first.code != TRANSFER_HTTP_STATUS(404)) return UPLOAD_FAILED;
    if (!(url = other_reply_url(upload))) return UPLOAD_FAILED;
    name = wide_copy(url);
    free(url);
    if (!name) return UPLOAD_FAILED;
    swap_reply_name(upload, &name, &origin);
    if (!download_reply(upload))
    {
        swap_reply_name(upload, &name, &origin);
        *upload->attempt.failure = first;
    }
    free(name);
    free(origin);
    return upload->attempt.failure->code ? UPLOAD_FAILED : upload_save(upload);
}
