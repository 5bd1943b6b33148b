/*
 * Several connections for one file, where a line, or a server, gives a single one less than there is.
 *
 * The download's own connection goes from the front, as it does alone.  Helpers fetch pieces by closed ranges, on
 * threads of the pool: from the end of a file towards the own connection, and where both meet, the file is complete;
 * or, of a stream, the blocks that are wanted soon, which the download hands on in their turn, and fetches nothing any
 * more itself.  There is one helper more when the file was fetched faster with the last one than without, as long as
 * all downloads have fewer than CONNECTIONS_MAX connections, and never where the parts of the file could not be told
 * from those of another version.
 *
 * A helper only ever helps: whatever goes wrong with it, its piece is still missing, and the download's own connection
 * shows what the server thinks of that.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/debug.h"
#include "http/fields.h"
#include "http/http.h"
#include "http/range.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/parallel_share.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsdownload);

/* Of all downloads of the service (D-497). */
#define CONNECTIONS_MAX 7
#define BUFFER_SIZE (512 * 1024)

/* How long is measured before a helper is added, and how much must be left to be worth one. */
#define MEASURE_MS 200
#define WORTHWHILE_MS 1000
/* How long a new helper is measured, and by how many per cent the file must come faster with it; it takes less time to
 * see that it comes much faster. */
#define TRIAL_MS 300
#define GROWTH_PERCENT 10
#define SHORT_TRIAL_MS 100
#define LARGE_GROWTH_PERCENT 30
/* After a helper that brought nothing, or that the server refused; doubles each time. */
#define PAUSE_MS 10000

/* Bytes a second of a stream that need no helper: they would be there before a request for them has its answer. */
#define STREAM_RATE_MAX (10 * PIECE_SIZE)

/* When only helpers are still at work: one that is silent, or takes so much longer than we would, is not waited for. */
#define SILENCE_MS 3000
#define WAIT_MS 250

/* --- a helper ------------------------------------------------------------------------------------------------ */

/* Whether the answer is that part of the same file.  Locked. */
static BOOL is_part(struct parallel *parallel, struct http_exchange *exchange, const struct http_response *response,
                    const struct file_range *part)
{
    const char *value = http_exchange_header(exchange, "Content-Range", 0);
    const struct file *file = parallel->download->file;
    enum identity identity = SAME_FILE;
    struct http_content_range range;
    unsigned int known;

    if (response->status != 206 || !value || http_content_range_parse(value, &range) || !range.has_range ||
        range.first != part->offset || range.last - range.first + 1 != part->length ||
        (response->content_length != HTTP_LENGTH_UNKNOWN && response->content_length != part->length))
        return FALSE;
    known = download_compare_validators(file, exchange, &identity);
    if (range.has_total && range.total != file->remote_size) identity = CHANGED_FILE;
    if (identity == SAME_FILE) return known > 0;
    WARN("%s has changed\n", debug_wstr(file->remote));
    parallel->differs = TRUE;
    return FALSE;
}

/* Whether the helper goes on with its request.  Locked. */
static BOOL may_go_on(const struct helper *helper)
{
    const struct parallel *parallel = helper->parallel;

    return !parallel->ends && !parallel->differs && !parallel->download->run->stop;
}

/* Bytes of a helper are in the file, or in its block, which is no progress yet.  Locked. */
static BOOL note_bytes(struct helper *helper, size_t size)
{
    struct parallel *parallel = helper->parallel;
    struct download *download = parallel->download;
    ULONGLONG now = now_ms();

    if (!download_note_bytes(download, helper->position, helper->block ? 0 : size)) return FALSE;
    helper->position += size;
    if (!helper->block) parallel->end = max(parallel->end, helper->position);
    if (!helper->moved) helper->began_at = now;
    helper->moved += size;
    helper->heard_at = now;
    parallel->moved += size;
    return TRUE;
}

static BOOL receive(struct helper *helper, struct http_exchange *exchange, BYTE *buffer, uint64_t left)
{
    struct download *download = helper->parallel->download;
    struct queue *queue = download->job->queue;
    BOOL goes_on = TRUE;
    size_t got;

    while (left && goes_on)
    {
        size_t want = min(min(left, BUFFER_SIZE), download->run->pace->portion);
        uint64_t position = helper->position;
        BYTE *data = helper->block ? helper->block->data + (position - helper->block->begin) : buffer;

        if (http_exchange_read(exchange, data, want, &got) || !got) return FALSE;
        if (!helper->block && sink_write_at(&download->sink, position, data, got)) return FALSE;
        left -= got;
        EnterCriticalSection(&queue->lock);
        goes_on = note_bytes(helper, got) && may_go_on(helper);
        LeaveCriticalSection(&queue->lock);
        if (goes_on) pace_keep(download->run, exchange, got);
    }
    return goes_on && !http_exchange_read(exchange, buffer, 1, &got) && !got;
}

/* The pieces that the helper has taken.  FALSE: it cannot get them. */
static BOOL fetch(struct helper *helper, struct http_exchange *exchange, BYTE *buffer)
{
    struct download *download = helper->parallel->download;
    struct queue *queue = download->job->queue;
    const struct http_response *response;
    struct file_range part;
    char headers[80];
    BOOL good;

    EnterCriticalSection(&queue->lock);
    part.offset = file_base(download->file) + helper->begin;
    part.length = helper->end - helper->begin;
    LeaveCriticalSection(&queue->lock);
    snprintf(headers, sizeof(headers), "Range: bytes=%I64u-%I64u\r\n", part.offset, part.offset + part.length - 1);
    if (download_ask(download, exchange, "GET", headers, &response)) return FALSE;
    EnterCriticalSection(&queue->lock);
    helper->heard_at = now_ms();
    good = is_part(helper->parallel, exchange, response, &part);
    LeaveCriticalSection(&queue->lock);
    if (!good) TRACE("status %u to a helper\n", response->status);
    return good && receive(helper, exchange, buffer, part.length);
}

/* Whether the helper fetches more, and nobody else needs the connection more.  Locked. */
static BOOL may_take_more(const struct helper *helper)
{
    const struct queue *queue = helper->parallel->download->job->queue;

    return may_go_on(helper) && !helper->retires && queue->run_count + queue->helper_count <= CONNECTIONS_MAX;
}

/* Take the next pieces, if there are any; for those of a stream there may have to be room first.  Locked; releases the
 * lock meanwhile. */
static BOOL next_pieces(struct helper *helper)
{
    struct parallel *parallel = helper->parallel;

    if (helper->block)
    {
        helper->block->next = parallel->ready;
        parallel->ready = helper->block;
        helper->block = NULL;
    }
    helper->begin = helper->end = 0;
    WakeAllConditionVariable(&parallel->changed);
    while (may_take_more(helper))
    {
        if (parallel_take(helper)) return TRUE;
        if (!parallel->streams || parallel_all_taken(parallel)) break;
        SleepConditionVariableCS(&parallel->changed, &parallel->download->job->queue->lock, WAIT_MS);
    }
    return FALSE;
}

static struct http_exchange *open_helper(struct helper *helper)
{
    struct download *download = helper->parallel->download;
    struct http_options options = download->attempt.settings->options;
    struct queue *queue = download->job->queue;
    struct http_exchange *exchange;

    options.cookies = NULL; /* those of the run are its thread's */
    if (!(exchange = http_exchange_create(queue->http, &options))) return NULL;
    EnterCriticalSection(&queue->lock);
    download->run->helpers[helper->slot] = exchange;
    if (!may_go_on(helper)) http_exchange_cancel(exchange);
    LeaveCriticalSection(&queue->lock);
    return exchange;
}

static void CALLBACK help(TP_CALLBACK_INSTANCE *instance, void *context)
{
    struct helper *helper = context;
    struct parallel *parallel = helper->parallel;
    struct download *download = parallel->download;
    struct queue *queue = download->job->queue;
    BYTE *buffer = VirtualAlloc(NULL, BUFFER_SIZE, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    struct http_exchange *exchange = buffer ? open_helper(helper) : NULL;
    BOOL more = exchange != NULL;

    CallbackMayRunLong(instance);
    crash_set_job(&download->job->id);
    while (more)
    {
        /* The first pieces were taken by whoever started the helper. */
        more = fetch(helper, exchange, buffer);
        EnterCriticalSection(&queue->lock);
        if (!more && may_go_on(helper)) parallel->next_try = now_ms() + parallel->pause;
        more = more && next_pieces(helper);
        LeaveCriticalSection(&queue->lock);
    }
    EnterCriticalSection(&queue->lock);
    download->run->helpers[helper->slot] = NULL;
    LeaveCriticalSection(&queue->lock);
    http_exchange_destroy(exchange);
    if (buffer) VirtualFree(buffer, 0, MEM_RELEASE);
    crash_set_job(NULL);

    EnterCriticalSection(&queue->lock);
    free(helper->block);
    helper->block = NULL;
    helper->begin = helper->end = 0;
    helper->active = FALSE;
    queue->helper_count--;
    WakeAllConditionVariable(&parallel->changed);
    LeaveCriticalSection(&queue->lock);
    queue_release(queue);
}

/* --- how many there are ------------------------------------------------------------------------------------- */

/* Connections that fetch.  Locked. */
static unsigned int count_connections(const struct parallel *parallel)
{
    return parallel_count_helpers(parallel) + !parallel->waits;
}

/* NULL: as many as may be are at work.  Locked. */
static struct helper *free_helper(struct parallel *parallel)
{
    const struct queue *queue = parallel->download->job->queue;
    unsigned int i, most = queue->config.profile->helpers;

    if (queue->run_count + queue->helper_count >= CONNECTIONS_MAX) return NULL;
    if (parallel->streams && parallel->waits) most++; /* in the place of its own */
    for (i = 0; i < min(most, RUN_HELPERS); i++)
        if (!parallel->helpers[i].active) return &parallel->helpers[i];
    return NULL;
}

/* Locked. */
static BOOL start_helper(struct parallel *parallel, struct helper *helper)
{
    struct download *download = parallel->download;
    struct queue *queue = download->job->queue;
    unsigned int slot = helper - parallel->helpers;

    if (!parallel->streams && !file_scatter(download->file)) return FALSE;
    *helper = (struct helper){.parallel = parallel, .slot = slot, .active = TRUE};
    if (!parallel_take(helper))
    {
        helper->active = FALSE;
        return FALSE;
    }
    if (TrySubmitThreadpoolCallback(help, helper, NULL))
    {
        queue->helper_count++;
        queue_addref(queue);
        return TRUE;
    }
    WARN("no thread for a helper, error %lu\n", GetLastError());
    free(helper->block);
    helper->block = NULL;
    helper->active = FALSE;
    helper->begin = helper->end = 0;
    return FALSE;
}

/* Measure from now on.  Locked. */
static void begin_phase(struct parallel *parallel, enum phase phase, ULONGLONG now)
{
    parallel->phase = phase;
    parallel->since = now;
    parallel->moved = 0;
}

/* Add a helper to a file that comes at that rate.  Locked. */
static void try_helper(struct parallel *parallel, uint64_t rate, ULONGLONG now)
{
    const struct file *file = parallel->download->file;
    struct helper *helper = free_helper(parallel);

    begin_phase(parallel, PHASE_MEASURE, now);
    if (!helper || !rate || now < parallel->next_try || parallel->differs || file->total == TRANSFER_SIZE_UNKNOWN ||
        file->total - file->transferred < rate * WORTHWHILE_MS / 1000 || (parallel->streams && rate > STREAM_RATE_MAX))
        return;
    parallel->rate = rate / max(count_connections(parallel), 1);
    if (!start_helper(parallel, helper)) return;
    if (count_connections(parallel) <= parallel->accepted) return; /* in the place of another */
    parallel->rate = rate;
    parallel->newest = helper;
    begin_phase(parallel, PHASE_CONNECT, now);
}

/* Whether the newest helper stays, and then whether one more would help.  Locked. */
static void judge_helper(struct parallel *parallel, uint64_t rate, ULONGLONG elapsed, ULONGLONG now)
{
    uint64_t growth = rate > parallel->rate ? (rate - parallel->rate) * 100 / parallel->rate : 0;

    if (growth >= (elapsed < TRIAL_MS ? LARGE_GROWTH_PERCENT : GROWTH_PERCENT))
        parallel->accepted = max(parallel->accepted, count_connections(parallel));
    else if (elapsed < TRIAL_MS) return;
    else
    {
        parallel->newest->retires = TRUE;
        parallel->next_try = now + parallel->pause;
        parallel->pause *= 2;
    }
    TRACE("%I64u bytes a second instead of %I64u with %u helpers\n", rate, parallel->rate,
          parallel_count_helpers(parallel));
    try_helper(parallel, rate, now);
}

void download_parallel_look(struct download *download, size_t size)
{
    struct parallel *parallel = download->parallel;
    ULONGLONG now = now_ms(), elapsed;
    uint64_t rate;

    if (!parallel) return;
    EnterCriticalSection(&download->job->queue->lock);
    parallel->moved += size;
    elapsed = now - parallel->since;
    rate = elapsed ? parallel->moved * 1000 / elapsed : 0;
    /* One that has ended was refused, or had nothing left to do. */
    if (parallel->phase != PHASE_MEASURE && !parallel->newest->active) begin_phase(parallel, PHASE_MEASURE, now);
    else if (parallel->phase == PHASE_MEASURE && elapsed >= MEASURE_MS) try_helper(parallel, rate, now);
    else if (parallel->phase == PHASE_CONNECT && parallel->newest->moved) begin_phase(parallel, PHASE_TRIAL, now);
    else if (parallel->phase == PHASE_TRIAL && elapsed >= SHORT_TRIAL_MS) judge_helper(parallel, rate, elapsed, now);
    LeaveCriticalSection(&download->job->queue->lock);
}

/* --- for the download ------------------------------------------------------------------------------------------- */

/* Whether the answer is of a file whose parts can be had, and told from those of another version.  Locked. */
static BOOL may_help(const struct download *download, const struct http_response *response)
{
    const struct file *file = download->file;
    const char *units = http_exchange_header(download->attempt.exchange, "Accept-Ranges", 0);

    queue_assert_locked(download->job->queue);
    if (response->status != 206 && (response->status != 200 || !units || _stricmp(units, "bytes"))) return FALSE;
    return (file->last_modified[0] || file->etag[0]) && !file->one_connection && file->range_count <= 1 &&
           !download->integrity.active && !download->cache.url && !download->dynamic && !download->method &&
           !download->attempt.settings->options.certificate_check;
}

void download_parallel_offer(struct download *download, const struct http_response *response)
{
    struct parallel *parallel = download->parallel;
    BOOL may;

    if (!download->job->queue->config.profile->helpers) return;
    EnterCriticalSection(&download->job->queue->lock);
    may = may_help(download, response);
    if (parallel && may)
    {
        parallel->waits = FALSE;
        begin_phase(parallel, PHASE_MEASURE, now_ms());
    }
    LeaveCriticalSection(&download->job->queue->lock);
    if (parallel || !may || !(parallel = calloc(1, sizeof(*parallel)))) return;
    parallel->download = download;
    InitializeConditionVariable(&parallel->changed);
    parallel->pause = PAUSE_MS;
    parallel->streams = download->sink.stream != NULL;
    parallel->accepted = 1;
    begin_phase(parallel, PHASE_MEASURE, now_ms());
    download->parallel = parallel;
}

/* Whether others have parts of the file, or had.  Locked. */
static BOOL divides(const struct parallel *parallel)
{
    if (!parallel->streams) return parallel->download->file->extents != NULL;
    return parallel->ready || parallel_count_helpers(parallel);
}

BOOL download_parallel_divides(struct download *download)
{
    BOOL result;

    if (!download->parallel) return FALSE;
    EnterCriticalSection(&download->job->queue->lock);
    result = divides(download->parallel);
    LeaveCriticalSection(&download->job->queue->lock);
    return result;
}

uint64_t download_parallel_room(struct download *download, uint64_t size)
{
    struct parallel *parallel = download->parallel;
    uint64_t position;

    if (!parallel) return size;
    EnterCriticalSection(&download->job->queue->lock);
    if (parallel->differs && !parallel->streams) size = 0;
    else if (divides(parallel))
    {
        position = download->offset - file_base(download->file);
        if (parallel_skip_taken(parallel, position) != position) size = 0;
        else size = min(size, parallel_end_of_gap(parallel, position, download->file->total) - position);
    }
    LeaveCriticalSection(&download->job->queue->lock);
    return size;
}

/* One that is silent, or much slower than we are, is not waited for.  Locked. */
static void hurry(struct parallel *parallel)
{
    struct run *run = parallel->download->run;
    ULONGLONG now = now_ms(), rest;
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(parallel->helpers); i++)
    {
        struct helper *helper = &parallel->helpers[i];

        if (!helper->active || helper->begin == helper->end || !run->helpers[i]) continue;
        rest = helper->end - helper->position;
        if (now - helper->heard_at < SILENCE_MS &&
            (parallel->streams || !helper->moved || now - helper->began_at < SILENCE_MS ||
             rest * (now - helper->began_at) / helper->moved < SILENCE_MS))
            continue;
        WARN("a helper is slow with its last %I64u bytes\n", rest);
        helper->retires = TRUE;
        http_exchange_cancel(run->helpers[i]);
    }
}

/* The first gap that is nobody's, and whose turn it is; FALSE: there is none.  Locked. */
static BOOL next_gap(struct parallel *parallel, struct piece *piece)
{
    struct download *download = parallel->download;
    const struct file *file = download->file;
    uint64_t position = parallel_skip_taken(parallel, 0);

    parallel->waits = position >= file->total || (parallel->streams && position != file->transferred);
    if (parallel->waits) return FALSE;
    piece->offset = download->offset = file_base(file) + position;
    piece->length = parallel_end_of_gap(parallel, position, file->total) - position;
    piece->whole = FALSE;
    return TRUE;
}

/* The block of a stream whose turn it is; NULL: it has not come yet.  Locked. */
static struct block *next_block(struct parallel *parallel)
{
    const struct file *file = parallel->download->file;
    struct block **link, *block;

    for (link = &parallel->ready; (block = *link) && block->begin != file->transferred; link = &block->next) continue;
    if (!block) return NULL;
    *link = block->next;
    parallel->waits = TRUE;
    parallel->download->offset = file_base(file) + block->begin;
    return block;
}

static BOOL hand_on(struct download *download, struct block *block)
{
    BOOL done = download_hand_on(download, block->data, (size_t)(block->end - block->begin));

    free(block);
    WakeAllConditionVariable(&download->parallel->changed); /* there is room for another one */
    return done;
}

enum answer download_parallel_next(struct download *download, struct piece *piece, BOOL *more)
{
    struct parallel *parallel = download->parallel;
    struct queue *queue = download->job->queue;
    BOOL differs, stops, waits;
    struct block *block;

    http_exchange_abandon(download->attempt.exchange);
    do {
        EnterCriticalSection(&queue->lock);
        stops = download->run->stop;
        differs = parallel->differs;
        block = stops || differs ? NULL : next_block(parallel);
        *more = !stops && !differs && !block && next_gap(parallel, piece);
        if ((waits = !stops && !differs && !block && !*more && parallel_count_helpers(parallel)))
        {
            hurry(parallel);
            SleepConditionVariableCS(&parallel->changed, &queue->lock, WAIT_MS);
        }
        LeaveCriticalSection(&queue->lock);
        if (block && !hand_on(download, block)) return ANSWER_FAILED;
        if (waits && !download_save_when_due(download)) return ANSWER_FAILED;
        if (waits || block) download_parallel_look(download, 0);
    } while (waits || block);
    if (differs && !parallel->streams) return download_answer_restart(download);
    if (differs)
    {
        /* What was handed on cannot be taken back: the rest comes as it does alone. */
        download_parallel_end(download);
        return ANSWER_AGAIN;
    }
    if (!stops) return ANSWER_BODY;
    download_fail_network(download, ERROR_OPERATION_ABORTED);
    return ANSWER_FAILED;
}

void download_parallel_end(struct download *download)
{
    struct parallel *parallel = download->parallel;
    struct queue *queue = download->job->queue;
    struct block *block;
    unsigned int i;

    if (!parallel) return;
    EnterCriticalSection(&queue->lock);
    parallel->ends = TRUE;
    for (i = 0; i < ARRAYSIZE(parallel->helpers); i++)
        if (download->run->helpers[i]) http_exchange_cancel(download->run->helpers[i]);
    WakeAllConditionVariable(&queue->paced);
    WakeAllConditionVariable(&parallel->changed);
    while (parallel_count_helpers(parallel)) SleepConditionVariableCS(&parallel->changed, &queue->lock, INFINITE);
    /* Servers that differ are asked one after the other, as ever. */
    if (parallel->differs) download->file->one_connection = TRUE;
    LeaveCriticalSection(&queue->lock);
    while ((block = parallel->ready))
    {
        parallel->ready = block->next;
        free(block);
    }
    download->sink.end = max(download->sink.end, parallel->end);
    download->parallel = NULL;
    free(parallel);
}
