/*
 * Moving one file here.
 *
 * A file is fetched in order, from wherever the previous attempt ended: the whole of it, or its ranges one after
 * the other, which the local file holds back to back (B-455).  Whether the remote file is still the same is seen
 * from its size and time stamp; when it is not, the file starts anew (B-431).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <time.h>
#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "http/fields.h"
#include "http/http.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/download.h"
#include "transfer/download/range_parts.h"
#include "transfer/download/writeback.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

/* --- failures --------------------------------------------------------------------------- */

BOOL download_fail_network(struct download *download, transfer_code code)
{
    return attempt_fail_network(&download->attempt, code);
}

BOOL download_fail_status(struct download *download, unsigned int status)
{
    attempt_fail_status(&download->attempt, status);
    if (job_is_single(download->job) && status / 100 == 4) download->attempt.failure->transient = FALSE; /* D-389 */
    return FALSE;
}

BOOL download_fail_file(struct download *download, DWORD error)
{
    return attempt_fail_file(&download->attempt, error);
}

/* --- settings --------------------------------------------------------------------------------- */

/* Take over what the client may change meanwhile.  Locked. */
static BOOL copy_settings(struct download *download)
{
    const struct job *job = download->job;
    BOOL foreground = job->numbers[JOB_PRIORITY] == JOB_FOREGROUND;

    queue_assert_locked(download->job->queue);
    if (job->strings[JOB_HTTP_METHOD] && !(download->method = string_copy(job->strings[JOB_HTTP_METHOD]))) return FALSE;
    if (!download->file->local) download->stream = download->file->stream ? download->file->stream : job->stream;
    if (download->stream) stream_addref(download->stream);

    download->foreground = foreground;
    download->dynamic = !!job->numbers[JOB_DYNAMIC_CONTENT];
    download->lenient = download->dynamic && (foreground || job->queue->config.profile->all_parallel);
    download->parts_next = PARTS_FIRST;
    download->parts_most = PARTS_MAX;
    download->maximum_size = job->numbers[JOB_MAXIMUM_SIZE];
    /* B-420 */
    download->ask_first = !download->method && !job->queue->config.profile->all_parallel &&
                          (!foreground || job->file_count > 1 || download->file->ranges);
    if (download->file->origin && !(download->home = utf8_copy(download->file->origin))) return FALSE;
    download->is_http = name_is_http(download->file->remote);
    if (!(download->remote = string_copy(download->file->remote))) return FALSE;
    return (download->url = utf8_copy(download->remote)) != NULL;
}

static void download_cleanup(struct download *download)
{
    integrity_cleanup(&download->integrity);
    cache_server_cleanup(&download->cache);
    stream_release(download->stream);
    free(download->url);
    free(download->remote);
    free(download->home);
    free(download->method);
}

/* --- one file ------------------------------------------------------------------------------------------- */

static BOOL open_stream(struct download *download)
{
    if (!download->stream) return download_fail_file(download, TRANSFER_E_NO_SINK);
    sink_open_stream(&download->sink, download->stream, &download->run->stop);
    download->stream = NULL;
    if (download->buffer_size > STREAM_BLOCK_SIZE) download->buffer_size = STREAM_BLOCK_SIZE;
    return TRUE;
}

static void forget_bytes(struct file *file)
{
    EnterCriticalSection(&file->job->queue->lock);
    file_reset(file);
    LeaveCriticalSection(&file->job->queue->lock);
}

/* The names of a job's files are stored all together: so that many files do not store it as often, those of some files
 * are chosen at once. */
#define NAMES_SHARE 16

static WCHAR *choose_name(const struct job *job, const struct file *file)
{
    if (job->numbers[JOB_HIGH_PERFORMANCE]) return string_copy(file->local);
    return name_choose_temporary(file->local, job->queue->config.profile->temporary_prefix);
}

/* Choose the name of a file that has none, and those of some that come after it; the reply of an upload is in no list.
 * Only the run gives names. */
static transfer_code choose_names(struct job *job, struct file *file)
{
    unsigned int count = 1, i, first = file->index;
    transfer_code code = ERROR_OUTOFMEMORY;
    BOOL reserve = name_may_repeat(), listed;
    WCHAR **names = NULL;
    struct file *other;

    EnterCriticalSection(&job->queue->lock);
    listed = file != job->reply;
    if (listed && !job->numbers[JOB_HIGH_PERFORMANCE])
        count = min(max(job->file_count / NAMES_SHARE, 1), job->file_count - first);
    LeaveCriticalSection(&job->queue->lock);
    if (!(names = calloc(count, sizeof(*names)))) return code;
    for (i = 0; i < count; i++)
    {
        if (!listed) file_addref(other = file);
        else if (!(other = job_get_file(job, first + i))) break;
        if (other->local && !other->temporary && !file_has_all(other)) names[i] = choose_name(job, other);
        file_release(other);
        if (!names[0]) goto done;
    }

    EnterCriticalSection(&job->queue->lock);
    for (i = 0; i < count; i++)
    {
        if (!names[i]) continue;
        other = listed ? job->files[first + i] : file;
        other->temporary = names[i];
        other->unsaved = TRUE;
        /* A reserved name has its file at once, and the final name of a file needs none. */
        if (reserve || job->numbers[JOB_HIGH_PERFORMANCE]) file_begin(other);
    }
    code = job_store_change(job);
    LeaveCriticalSection(&job->queue->lock);
    if (code) goto done;
    for (i = 0; i < count && reserve; i++)
        if (names[i]) name_reserve(names[i]);
done:
    free(names);
    return code;
}

/* The file that has just got its name.  Somebody may have taken the name meanwhile: then another one is chosen. */
static DWORD make_file(struct download *download)
{
    struct job *job = download->job;
    struct file *file = download->file;
    transfer_code code;
    DWORD error;

    for (;;)
    {
        if ((error = sink_create(&download->sink, file->temporary)) && error != ERROR_FILE_EXISTS) return error;
        EnterCriticalSection(&job->queue->lock);
        if (!error) file_begin(file);
        else
        {
            free(file->temporary);
            file->temporary = NULL;
        }
        LeaveCriticalSection(&job->queue->lock);
        if (!error) return 0;
        if ((code = choose_names(job, file))) return code;
    }
}

BOOL download_make_file(struct download *download)
{
    if (download->unmade) download->make_error = make_file(download);
    download->unmade = FALSE;
    return !download->make_error || download_fail_file(download, download->make_error);
}

/* The temporary file: its name is durable before it exists, so that none is ever orphaned. */
static BOOL open_sink(struct download *download)
{
    struct job *job = download->job;
    struct file *file = download->file;
    BOOL direct = !!job->numbers[JOB_HIGH_PERFORMANCE]; /* B-495 */
    uint64_t position;
    transfer_code code;
    DWORD error;

    if (!file->local) return open_stream(download);
    if (!file->temporary)
    {
        if (job_is_single(job) && (error = name_prepare_local(file->local))) return download_fail_file(download, error);
        if ((code = choose_names(job, file))) return download_fail_file(download, code);
    }
    if (file_is_only_named(file))
    {
        download->unmade = TRUE;
        return (download->ask_first && download->is_http) || download_make_file(download);
    }
    if (direct) forget_bytes(file);
    EnterCriticalSection(&job->queue->lock);
    position = file->extents ? range_set_end(&file->extents->filled) : file->transferred;
    LeaveCriticalSection(&job->queue->lock);
    error = sink_open(&download->sink, file->temporary, position, !direct);
    if ((error == ERROR_FILE_NOT_FOUND || error == ERROR_HANDLE_EOF) && !job_is_single(job)) /* D-095 */
    {
        /* What was transferred is gone. */
        forget_bytes(file);
        error = sink_open(&download->sink, file->temporary, 0, !direct);
    }
    return error ? download_fail_file(download, error) : TRUE;
}

/* Time stamps of the server, data on the disk: then the file is complete. */
static BOOL finish_file(struct download *download)
{
    struct file *file = download->file;
    struct queue *queue = download->job->queue;
    HANDLE unflushed;
    int64_t seconds;
    DWORD error;

    if (!download->sink.written.dwHighDateTime && file->last_modified[0] &&
        !http_date_parse(file->last_modified, time(NULL), &seconds))
    {
        ULONGLONG stamp = (seconds + 11644473600ll) * 10000000;

        download->sink.written.dwLowDateTime = (DWORD)stamp;
        download->sink.written.dwHighDateTime = stamp >> 32;
    }
    error = sink_finish(&download->sink, file->transferred, &unflushed);
    EnterCriticalSection(&queue->lock);
    if (error) file_note_lost(file);
    else
    {
        file->total = file->transferred;
        file->attributes = download->attributes;
        if (unflushed != INVALID_HANDLE_VALUE) file_note_flushing(file);
        else file_note_complete(file, &download->sink.identity);
    }
    LeaveCriticalSection(&queue->lock);
    if (error) return download_fail_file(download, error);
    if (unflushed != INVALID_HANDLE_VALUE)
        writeback_add(download->run->writeback, file, unflushed, &download->sink.identity);
    log_event("%s file %u complete, %I64u bytes", debug_guid(&download->job->id), file->index, file->transferred);
    return TRUE;
}

/* B-481: all that was asked for is there, and more was not. */
static BOOL lacks_bytes(struct file *file)
{
    BOOL lacks;

    EnterCriticalSection(&file->job->queue->lock);
    lacks = file->ondemand && file->transferred < file->total;
    LeaveCriticalSection(&file->job->queue->lock);
    return lacks;
}

/* For the next file: an exchange that was made for any server and which nobody has cancelled.  Locked. */
static BOOL may_keep(const struct download *download)
{
    queue_assert_locked(download->job->queue);
    return !download->cache.url && !download->run->stop && !download->run->redirected &&
           !download->attempt.settings->challenge_headers;
}

void download_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                   struct transfer_failure *failure)
{
    struct download download = {
        .run = run,
        .job = run->job,
        .file = file,
        .buffer = buffer,
        .buffer_size = buffer_size,
        .attempt = {.run = run, .file = file, .failure = failure},
        .last_saved = now_ms(),
    };
    struct queue *queue = run->job->queue;
    struct http_exchange *exchange;
    struct requester *stale;
    BOOL ready, done = FALSE;

    memset(failure, 0, sizeof(*failure));
    sink_init(&download.sink);
    pace_begin(run, FALSE);
    EnterCriticalSection(&queue->lock);
    /* B-481: nothing without a request */
    ready = requester_prepare(run, &stale) && copy_settings(&download) &&
            (!run->job->numbers[JOB_ON_DEMAND] || ondemand_begin(file));
    run->file = file;
    run->redirected = FALSE;
    LeaveCriticalSection(&queue->lock);
    requester_destroy(stale);
    if (!ready)
    {
        download_fail_file(&download, ERROR_OUTOFMEMORY);
        goto done;
    }

    settings_find_certificate(&run->requester->settings);
    download.attempt.settings = &run->requester->settings;
    if (!open_sink(&download)) goto done;
    done = download.is_http ? download_fetch(&download) : download_copy_file(&download);
    if (done) done = lacks_bytes(file) ? download_save_progress(&download) : finish_file(&download);
    else download_keep_progress(&download);

done:
    EnterCriticalSection(&queue->lock);
    exchange = attempt_detach(&download.attempt);
    if (done && may_keep(&download))
    {
        run->requester->exchange = exchange;
        exchange = NULL;
    }
    run->file = NULL;
    run->redirected = FALSE;
    LeaveCriticalSection(&queue->lock);
    if (failure->code && failure->code != ERROR_OPERATION_ABORTED)
        WARN("%s, file %u: code %#x, %s\n", debug_guid(&run->job->id), file->index, failure->code,
             failure->transient ? "transient" : "fatal");
    http_exchange_destroy(exchange);
    sink_close(&download.sink);
    download_cleanup(&download);
}
