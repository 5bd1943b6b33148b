/*
 * Several connections for one file, where a line, or a server, gives a single one less than there is.
 *
 * The download's own connection goes from the front, as it does alone.  Helpers fetch pieces from the end of the file
 * towards it, by closed ranges, on threads of the pool; where both meet, the file is complete.  There is one helper
 * more when the file was fetched faster with the last one than without, as long as all downloads have fewer than
 * CONNECTIONS_MAX connections, and never where the parts of the file could not be told from those of another version.
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
#include "transfer/download/download.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"

DEBUG_CHANNEL(bitsdownload);

#define PIECE_SIZE (1024 * 1024)
/* Of all downloads of the service (D-360). */
#define CONNECTIONS_MAX 7
#define BUFFER_SIZE (512 * 1024)

/* A request asks for the pieces of about this time, so that the wait for its answer is a small part of it. */
#define REQUEST_MS 4000
#define REQUEST_MAX (64 * PIECE_SIZE)

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

/* When only helpers are still at work: one that is silent, or takes so much longer than we would, is not waited for. */
#define SILENCE_MS 3000
#define WAIT_MS 250

struct helper
{
    struct parallel *parallel;
    unsigned int slot;   /* its place in run->helpers */
    BOOL active;         /* this and what follows: locked */
    BOOL retires;        /* after the request that it is at */
    uint64_t begin, end; /* of the pieces that it fetches, in the temporary file; empty: none now */
    uint64_t position;   /* of the next byte */
    uint64_t moved;      /* bytes */
    ULONGLONG began_at;  /* ms; the first of them */
    ULONGLONG heard_at;  /* ms; the last of them, or the request */
};

enum phase
{
    PHASE_MEASURE, /* how fast it goes with those that there are */
    PHASE_CONNECT, /* the newest helper has no byte yet */
    PHASE_TRIAL,   /* how fast it goes with the newest helper */
};

struct parallel
{
    struct download *download;
    CONDITION_VARIABLE changed; /* with the queue's lock: a helper ended, or has its pieces */
    struct helper helpers[RUN_HELPERS];
    BOOL ends;    /* nothing more is to be fetched; this and what follows: locked */
    BOOL differs; /* a helper saw another version of the file */
    BOOL waits;   /* the download's own connection fetches nothing */
    uint64_t end; /* of what helpers have written */
    enum phase phase;
    struct helper *newest; /* that is being tried */
    uint64_t moved;        /* by all connections, since */
    ULONGLONG since;       /* ms */
    uint64_t rate;         /* bytes a second before the newest came */
    ULONGLONG next_try;    /* ms */
    ULONGLONG pause;       /* ms; until the next try, after one that failed */
};

/* --- who fetches what ---------------------------------------------------------------------------------- */

/* The i-th of what is there or in the hands of a helper; FALSE: no more.  Locked. */
static BOOL nth_taken(const struct parallel *parallel, size_t i, uint64_t *begin, uint64_t *end)
{
    const struct range_set *filled = &parallel->download->file->extents->filled;

    if (i < filled->count)
    {
        *begin = filled->ranges[i].offset;
        *end = *begin + filled->ranges[i].length;
        return TRUE;
    }
    if ((i -= filled->count) >= ARRAYSIZE(parallel->helpers)) return FALSE;
    *begin = parallel->helpers[i].begin;
    *end = parallel->helpers[i].end;
    return TRUE;
}

/* The first byte from position on that is neither there nor a helper's.  Locked. */
static uint64_t skip_taken(const struct parallel *parallel, uint64_t position)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
    {
        if (begin > position || end <= position) continue;
        position = end;
        i = (size_t)-1; /* again from the first one */
    }
    return position;
}

/* The end of the gap that begins at position.  Locked. */
static uint64_t end_of_gap(const struct parallel *parallel, uint64_t position, uint64_t limit)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
        if (begin < end && begin >= position && begin < limit) limit = begin;
    return limit;
}

/* The last gap before limit.  FALSE: there is none.  Locked. */
static BOOL find_last_gap(const struct parallel *parallel, uint64_t limit, uint64_t *first, uint64_t *last)
{
    uint64_t begin, end;
    size_t i;

    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
    {
        if (begin >= limit || end < limit) continue;
        limit = begin;
        i = (size_t)-1;
    }
    *last = limit;
    *first = 0;
    for (i = 0; nth_taken(parallel, i, &begin, &end); i++)
        if (begin < end && end <= limit) *first = max(*first, end);
    return *first < limit;
}

/* Locked. */
static unsigned int count_helpers(const struct parallel *parallel)
{
    unsigned int i, count = 0;

    for (i = 0; i < ARRAYSIZE(parallel->helpers); i++) count += parallel->helpers[i].active;
    return count;
}

/* Give the helper the last pieces that are missing: as many as it gets in a while, and no more than its part of them,
 * so that all connections end at about the same time.  FALSE: there are none for it.  Locked. */
static BOOL take_pieces(struct helper *helper)
{
    struct parallel *parallel = helper->parallel;
    struct download *download = parallel->download;
    const struct file *file = download->file;
    uint64_t own = download->offset - file_base(file), rate = parallel->rate, first, last, size;
    ULONGLONG now = now_ms();

    if (!find_last_gap(parallel, file->total, &first, &last)) return FALSE;
    if (helper->moved && now > helper->began_at) rate = helper->moved * 1000 / (now - helper->began_at);
    size = min(max(rate * REQUEST_MS / 1000, PIECE_SIZE), REQUEST_MAX);
    if (!parallel->waits && own >= first && own < last)
    {
        size = max(min(size, (last - own) / (count_helpers(parallel) + 1)), PIECE_SIZE);
        first = own + PIECE_SIZE; /* what is on its way */
    }
    if (first < last && last - first > size) first = last - size;
    /* Whole pieces: the last one of the file alone may be shorter. */
    first = (first + PIECE_SIZE - 1) / PIECE_SIZE * PIECE_SIZE;
    if (first >= last) return FALSE;
    helper->begin = helper->position = first;
    helper->end = last;
    helper->heard_at = now;
    return TRUE;
}

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

/* Bytes of a helper are in the file.  Locked. */
static BOOL note_bytes(struct helper *helper, size_t size)
{
    struct parallel *parallel = helper->parallel;
    struct download *download = parallel->download;
    ULONGLONG now = now_ms();

    if (!download_note_bytes(download, helper->position, size)) return FALSE;
    helper->position += size;
    parallel->end = max(parallel->end, helper->position);
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

        if (http_exchange_read(exchange, buffer, want, &got) || !got) return FALSE;
        if (sink_write_at(&download->sink, position, buffer, got)) return FALSE;
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

/* Take the next pieces, if there are any and nobody else needs the connection more.  Locked. */
static BOOL next_pieces(struct helper *helper)
{
    const struct queue *queue = helper->parallel->download->job->queue;

    helper->begin = helper->end = 0;
    WakeAllConditionVariable(&helper->parallel->changed);
    return may_go_on(helper) && !helper->retires && queue->run_count + queue->helper_count <= CONNECTIONS_MAX &&
           take_pieces(helper);
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
    helper->begin = helper->end = 0;
    helper->active = FALSE;
    queue->helper_count--;
    WakeAllConditionVariable(&parallel->changed);
    LeaveCriticalSection(&queue->lock);
    queue_release(queue);
}

/* --- how many there are ------------------------------------------------------------------------------------- */

/* NULL: as many as may be are at work.  Locked. */
static struct helper *free_helper(struct parallel *parallel)
{
    const struct queue *queue = parallel->download->job->queue;
    unsigned int i;

    if (queue->run_count + queue->helper_count >= CONNECTIONS_MAX) return NULL;
    for (i = 0; i < min(queue->config.profile->helpers, RUN_HELPERS); i++)
        if (!parallel->helpers[i].active) return &parallel->helpers[i];
    return NULL;
}

/* Locked. */
static BOOL start_helper(struct parallel *parallel, struct helper *helper)
{
    struct download *download = parallel->download;
    struct queue *queue = download->job->queue;
    unsigned int slot = helper - parallel->helpers;

    if (!file_scatter(download->file)) return FALSE;
    *helper = (struct helper){.parallel = parallel, .slot = slot, .active = TRUE};
    if (!take_pieces(helper))
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
        file->total - file->transferred < rate * WORTHWHILE_MS / 1000)
        return;
    parallel->rate = rate / (count_helpers(parallel) + 1);
    if (!start_helper(parallel, helper)) return;
    parallel->rate = rate;
    parallel->newest = helper;
    begin_phase(parallel, PHASE_CONNECT, now);
}

/* Whether the newest helper stays, and then whether one more would help.  Locked. */
static void judge_helper(struct parallel *parallel, uint64_t rate, ULONGLONG elapsed, ULONGLONG now)
{
    uint64_t growth = rate > parallel->rate ? (rate - parallel->rate) * 100 / parallel->rate : 0;

    if (growth < (elapsed < TRIAL_MS ? LARGE_GROWTH_PERCENT : GROWTH_PERCENT))
    {
        if (elapsed < TRIAL_MS) return;
        parallel->newest->retires = TRUE;
        parallel->next_try = now + parallel->pause;
        parallel->pause *= 2;
    }
    TRACE("%I64u bytes a second instead of %I64u with %u helpers\n", rate, parallel->rate, count_helpers(parallel));
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

    if (response->status != 206 && (response->status != 200 || !units || _stricmp(units, "bytes"))) return FALSE;
    return (file->last_modified[0] || file->etag[0]) && !file->one_connection && file->range_count <= 1 &&
           !download->integrity.active && !download->cache.url && !download->dynamic && !download->method &&
           !download->attempt.settings->options.certificate_check && download->sink.handle != INVALID_HANDLE_VALUE;
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
    begin_phase(parallel, PHASE_MEASURE, now_ms());
    download->parallel = parallel;
}

uint64_t download_parallel_room(struct download *download, uint64_t size)
{
    struct parallel *parallel = download->parallel;
    uint64_t position;

    if (!parallel) return size;
    EnterCriticalSection(&download->job->queue->lock);
    if (parallel->differs) size = 0;
    else if (download->file->extents)
    {
        position = download->offset - file_base(download->file);
        if (skip_taken(parallel, position) != position) size = 0;
        else size = min(size, end_of_gap(parallel, position, download->file->total) - position);
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
        if (now - helper->heard_at < SILENCE_MS && (!helper->moved || now - helper->began_at < SILENCE_MS ||
                                                    rest * (now - helper->began_at) / helper->moved < SILENCE_MS))
            continue;
        WARN("a helper is slow with its last %I64u bytes\n", rest);
        helper->retires = TRUE;
        http_exchange_cancel(run->helpers[i]);
    }
}

/* The first gap that is nobody's; FALSE: there is none.  Locked. */
static BOOL next_gap(struct parallel *parallel, struct piece *piece)
{
    struct download *download = parallel->download;
    const struct file *file = download->file;
    uint64_t position = skip_taken(parallel, 0);

    parallel->waits = position >= file->total;
    if (parallel->waits) return FALSE;
    piece->offset = download->offset = file_base(file) + position;
    piece->length = end_of_gap(parallel, position, file->total) - position;
    piece->whole = FALSE;
    return TRUE;
}

enum answer download_parallel_next(struct download *download, struct piece *piece, BOOL *more)
{
    struct parallel *parallel = download->parallel;
    struct queue *queue = download->job->queue;
    BOOL differs, stops, waits;

    do {
        EnterCriticalSection(&queue->lock);
        stops = download->run->stop;
        differs = parallel->differs;
        *more = !stops && !differs && next_gap(parallel, piece);
        if ((waits = !stops && !differs && !*more && count_helpers(parallel)))
        {
            hurry(parallel);
            SleepConditionVariableCS(&parallel->changed, &queue->lock, WAIT_MS);
        }
        LeaveCriticalSection(&queue->lock);
        if (waits && !download_save_when_due(download)) return ANSWER_FAILED;
    } while (waits);
    if (differs) return download_answer_restart(download);
    if (!stops) return ANSWER_BODY;
    download_fail_network(download, ERROR_OPERATION_ABORTED);
    return ANSWER_FAILED;
}

void download_parallel_end(struct download *download)
{
    struct parallel *parallel = download->parallel;
    struct queue *queue = download->job->queue;
    unsigned int i;

    if (!parallel) return;
    EnterCriticalSection(&queue->lock);
    parallel->ends = TRUE;
    for (i = 0; i < ARRAYSIZE(parallel->helpers); i++)
        if (download->run->helpers[i]) http_exchange_cancel(download->run->helpers[i]);
    WakeAllConditionVariable(&queue->paced);
    while (count_helpers(parallel)) SleepConditionVariableCS(&parallel->changed, &queue->lock, INFINITE);
    /* Servers that differ are asked one after the other, as ever. */
    if (parallel->differs) download->file->one_connection = TRUE;
    LeaveCriticalSection(&queue->lock);
    download->sink.end = max(download->sink.end, parallel->end);
    download->parallel = NULL;
    free(parallel);
}
