/*
 * The job store: which changes of jobs are durable.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Changes collect in "pending". A thread that waits for one of them and finds nobody writing becomes the
 * writer: it takes all of them, writes and flushes them without holding the lock, and enters the result.
 * Whatever is below "the writer's own" is touched by that thread only; the rest is protected by the lock.
 */

#include "store/store.h"
#include "store/reserve.h"

#include <stdlib.h>
#include <string.h>

#define JOURNAL_NAME "jobs.journal"
#define JOURNAL_NEW_NAME "jobs.journal.new"
#define LOCK_NAME "jobs.lock"
#define DAMAGED_NEW_NAME "jobs.damaged.new"
#define DAMAGED_KEPT 5 /* jobs.damaged-1.journal, the newest, and so on */

#define COMPACT_MINIMUM (1024 * 1024)
#define COPY_SIZE (64 * 1024)     /* bytes copied, or written by a compaction, at once */
#define SECTOR_SIZE 4096          /* what is given up when it cannot be read */
#define KEEP_BUFFER (1024 * 1024) /* buffers above this size are not kept */
#define FAILURES_KEPT 64

/* One change on its way to the disk. */
struct change
{
    enum journal_kind kind;
    struct journal_id id;
    uint64_t ticket;
    uint64_t base;
    size_t payload; /* offset in the batch's payloads */
    uint32_t size;
    bool skip; /* not written: progress of a state that is not stored */
    struct journal_location location;
};

struct batch
{
    struct change *changes;
    size_t count;
    size_t capacity;
    uint8_t *payloads;
    size_t payloads_size;
    size_t payloads_capacity;
};

/* Tickets whose changes were not written. */
struct failure
{
    uint64_t first;
    uint64_t last;
    uint32_t error;
};

/* A frame that a compaction keeps. */
struct kept
{
    struct journal_id id;
    enum journal_kind kind;
    uint64_t base;
    struct journal_location from;
    struct journal_location to;
};

/* What a new journal file contains. */
struct compaction
{
    struct kept *kept;
    size_t count;
    uint64_t generation;
    uint64_t start;
    uint64_t chain;
    uint64_t length;
};

struct store
{
    struct store_os *os;
    struct store_callbacks callbacks;
    struct store_file *lock_file;

    struct journal_index index;
    struct batch pending;
    uint64_t last_ticket; /* handed out */
    uint64_t done;        /* these and all before are on the disk or have failed */
    uint64_t ending;      /* the last one that may use the room kept back */
    bool writing;         /* somebody is the writer */
    struct failure failures[FAILURES_KEPT];
    size_t failure_count;
    struct store_statistics statistics;

    /* The writer's own. */
    struct batch batch;
    uint8_t *buffer;
    size_t buffer_capacity;
    struct store_file *file;
    uint64_t generation;
    uint64_t length;          /* end of what is valid in the file */
    uint64_t live;            /* bytes of the frames that a compaction would keep */
    uint64_t chain;           /* sequence of the last frame */
    bool loose_end;           /* bytes of a failed write may follow */
    bool rewrite;             /* the file must be rewritten before anything is appended */
    bool keep_aside;          /* and before that, be copied */
    bool replacing;           /* "compaction" may or may not have become the journal */
    uint64_t compact_blocked; /* length below which a failed compaction is not tried again */
    struct compaction compaction;
    struct reserve reserve;
};

/* --- batches ---------------------------------------------------------------- */

static bool grow(void **array, size_t *capacity, size_t needed, size_t item_size, size_t first)
{
    size_t wanted = *capacity ? *capacity : first;
    void *grown;

    if (needed <= *capacity) return true;
    while (wanted < needed)
    {
        if (wanted > SIZE_MAX / 2 / item_size) return false;
        wanted *= 2;
    }
    if (!(grown = realloc(*array, wanted * item_size))) return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static void batch_cleanup(struct batch *batch)
{
    free(batch->changes);
    free(batch->payloads);
    memset(batch, 0, sizeof(*batch));
}

static void batch_empty(struct batch *batch)
{
    if (batch->payloads_capacity > KEEP_BUFFER) batch_cleanup(batch);
    batch->count = batch->payloads_size = 0;
}

/* A copy of the payload and room for the change, which is counted only by the caller. NULL without memory. */
static struct change *batch_add(struct batch *batch, const void *payload, size_t size)
{
    struct change *change;

    if (!grow((void **)&batch->changes, &batch->capacity, batch->count + 1, sizeof(*change), 16)) return NULL;
    if (!grow((void **)&batch->payloads, &batch->payloads_capacity, batch->payloads_size + size, 1, 4096)) return NULL;
    change = &batch->changes[batch->count];
    memset(change, 0, sizeof(*change));
    change->payload = batch->payloads_size;
    change->size = (uint32_t)size;
    if (size) memcpy(batch->payloads + batch->payloads_size, payload, size);
    return change;
}

/* --- files ------------------------------------------------------------------ */

static void close_file(struct store *store)
{
    if (store->file) store->os->close(store->os, store->file);
    store->file = NULL;
}

/* Read as much as can be read, and zeros for the rest, which then counts as damaged.  An error: nothing can be read. */
static uint32_t read_readable(struct store *store, struct store_file *file, uint64_t offset, uint8_t *data, size_t size)
{
    uint32_t error = store->os->read(store->os, file, offset, data, size);
    bool any = false;
    size_t done, part;

    if (!error) return STORE_OK;
    for (done = 0; done < size; done += part)
    {
        part = size - done < SECTOR_SIZE ? size - done : SECTOR_SIZE;
        if (store->os->read(store->os, file, offset + done, data + done, part)) memset(data + done, 0, part);
        else any = true;
    }
    return any ? STORE_OK : error;
}

/* The whole file in memory, for free(). */
static uint32_t read_file(struct store *store, struct store_file *file, uint8_t **data, size_t *size)
{
    uint64_t file_size, offset;
    uint32_t error, part_error;
    bool any = false;
    size_t part;

    if ((error = store->os->get_size(store->os, file, &file_size))) return error;
    if (file_size > SIZE_MAX / 2 || !(*data = malloc((size_t)file_size + 1))) return STORE_NO_MEMORY;
    *size = (size_t)file_size;
    for (offset = 0; offset < file_size; offset += part)
    {
        part = file_size - offset < COPY_SIZE ? (size_t)(file_size - offset) : COPY_SIZE;
        if ((part_error = read_readable(store, file, offset, *data + offset, part))) error = part_error;
        else any = true;
    }
    /* A disk that gives nothing at all is no damaged journal: it may give it all at the next start. */
    if (any || !file_size) return STORE_OK;
    free(*data);
    *data = NULL;
    return error;
}

/* Copy the open journal to a new file. */
static uint32_t copy_journal(struct store *store, const char *name)
{
    struct store_os *os = store->os;
    struct store_file *copy = NULL;
    uint64_t size, offset;
    uint8_t *part = NULL;
    uint32_t error;
    size_t length;

    if ((error = os->get_size(os, store->file, &size))) goto done;
    if ((error = os->open(os, name, STORE_OPEN_NEW, &copy))) goto done;
    if (!(part = malloc(COPY_SIZE))) error = STORE_NO_MEMORY;
    for (offset = 0; !error && offset < size; offset += length)
    {
        length = size - offset < COPY_SIZE ? (size_t)(size - offset) : COPY_SIZE;
        read_readable(store, store->file, offset, part, length);
        error = os->write(os, copy, offset, part, length);
    }
    if (!error) error = os->flush(os, copy);

done:
    free(part);
    if (copy) os->close(os, copy);
    if (copy && error) os->remove(os, name);
    return error;
}

static const char *damaged_name(unsigned int number, char *name)
{
    memcpy(name, "jobs.damaged-0.journal", sizeof("jobs.damaged-0.journal"));
    name[sizeof("jobs.damaged-") - 1] = (char)('0' + number);
    return name;
}

/* Keep a copy of the journal for whoever wants to look at it; the oldest of the copies goes. */
static uint32_t keep_aside(struct store *store)
{
    struct store_os *os = store->os;
    char from[32], to[32];
    uint32_t error;
    unsigned int i;

    if (!store->file) return STORE_OK;
    if ((error = copy_journal(store, DAMAGED_NEW_NAME))) return error;
    for (i = DAMAGED_KEPT - 1; i; i--)
    {
        error = os->rename(os, damaged_name(i, from), damaged_name(i + 1, to));
        if (error && error != STORE_FILE_NOT_FOUND) return error;
    }
    return os->rename(os, DAMAGED_NEW_NAME, damaged_name(1, to));
}

/* --- compaction: a new file with nothing but what is valid ------------------- */

static void compaction_cleanup(struct compaction *compaction)
{
    free(compaction->kept);
    memset(compaction, 0, sizeof(*compaction));
}

static int compare_kept(const void *left, const void *right)
{
    const struct kept *a = left, *b = right;

    return a->from.offset < b->from.offset ? -1 : a->from.offset > b->from.offset;
}

static void add_kept(struct compaction *compaction, const struct journal_job *job, enum journal_kind kind)
{
    struct kept *kept = &compaction->kept[compaction->count++];

    memset(kept, 0, sizeof(*kept));
    kept->id = job->id;
    kept->kind = kind;
    kept->from = kind == JOURNAL_PUT ? job->put : job->progress;
    kept->base = kind == JOURNAL_PUT ? 0 : job->put.sequence;
}

/* List what the new file is to contain, in the order of the old one. Under the lock. */
static uint32_t plan_compaction(struct store *store, struct compaction *compaction)
{
    const struct journal_index *index = &store->index;
    size_t i;

    memset(compaction, 0, sizeof(*compaction));
    compaction->kept = malloc((2 * index->count + 1) * sizeof(*compaction->kept));
    if (!compaction->kept) return STORE_NO_MEMORY;
    for (i = 0; i < index->count; i++)
    {
        if (index->jobs[i].put.sequence) add_kept(compaction, &index->jobs[i], JOURNAL_PUT);
        if (index->jobs[i].progress.sequence) add_kept(compaction, &index->jobs[i], JOURNAL_PROGRESS);
    }
    qsort(compaction->kept, compaction->count, sizeof(*compaction->kept), compare_kept);
    /* All that is kept has a greater sequence than the start; without anything, the next one has. */
    compaction->start = compaction->count ? compaction->kept[0].from.sequence - 1 : store->chain;
    compaction->chain = compaction->start;
    compaction->length = JOURNAL_HEADER_SIZE;
    while (!compaction->generation || compaction->generation == store->generation)
        compaction->generation = store->os->random(store->os);
    return STORE_OK;
}

static void report_unreadable(struct store *store, const struct kept *kept)
{
    struct journal_damage damage = {
        .kind = JOURNAL_DAMAGE_PAYLOAD,
        .loss = JOURNAL_LOSS_NONE,
        .offset = kept->from.offset,
        .length = kept->from.size,
        .has_id = true,
        .id = kept->id,
        .frame_kind = (uint8_t)kept->kind,
    };

    if (store->callbacks.damage) store->callbacks.damage(store->callbacks.context, &damage);
}

/* Encode one kept frame to out. */
static uint32_t copy_kept(struct store *store, struct compaction *compaction, struct kept *kept, uint8_t *payload,
                          uint8_t *out)
{
    struct journal_frame frame = {
        .kind = kept->kind,
        .id = kept->id,
        .payload_size = kept->from.size,
        .sequence = kept->from.sequence,
        .previous = compaction->chain,
        .base = kept->base,
        .generation = compaction->generation,
    };
    uint32_t error = STORE_FILE_NOT_FOUND;

    if (store->file) error = store->os->read(store->os, store->file, kept->from.offset, payload, kept->from.size);
    if (!error && journal_crc64(0, payload, kept->from.size) != kept->from.crc) error = STORE_CRC;
    if (error)
    {
        report_unreadable(store, kept);
        return error;
    }
    kept->to = kept->from;
    kept->to.offset = compaction->length + JOURNAL_EDGE_SIZE;
    journal_encode_frame(&frame, payload, out);
    compaction->chain = frame.sequence;
    compaction->length += journal_frame_size(frame.payload_size);
    return STORE_OK;
}

static size_t largest_kept(const struct compaction *compaction)
{
    size_t i, largest = 0;

    for (i = 0; i < compaction->count; i++)
    {
        if (compaction->kept[i].from.size > largest) largest = compaction->kept[i].from.size;
    }
    return largest;
}

/* Write the planned file to its end, and flush it. */
static uint32_t write_compaction(struct store *store, struct compaction *compaction, struct store_file *file)
{
    size_t largest = largest_kept(compaction), used = JOURNAL_HEADER_SIZE, i, size;
    struct journal_header header = {JOURNAL_VERSION, compaction->generation, compaction->start};
    uint8_t *payload = malloc(largest + 1), *buffer = malloc(COPY_SIZE + journal_frame_size(largest));
    uint32_t error = payload && buffer ? STORE_OK : STORE_NO_MEMORY;
    struct store_os *os = store->os;
    uint64_t written = 0;

    if (!error) journal_encode_header(&header, buffer);
    for (i = 0; !error && i < compaction->count; i++)
    {
        size = journal_frame_size(compaction->kept[i].from.size);
        error = copy_kept(store, compaction, &compaction->kept[i], payload, buffer + used);
        used += size;
        if (error || used < COPY_SIZE) continue;
        error = os->write(os, file, written, buffer, used);
        written += used;
        used = 0;
    }
    if (!error && used) error = os->write(os, file, written, buffer, used);
    if (!error) error = os->flush(os, file);
    free(payload);
    free(buffer);
    return error;
}

/* The new file is the journal: what the index says of the old one is replaced. Takes the lock. */
static void adopt_compaction(struct store *store)
{
    struct compaction *compaction = &store->compaction;
    struct journal_job *job;
    size_t i;

    store->os->lock(store->os);
    for (i = 0; i < compaction->count; i++)
    {
        const struct kept *kept = &compaction->kept[i];

        if (!(job = journal_index_find(&store->index, &kept->id))) continue;
        if (kept->kind == JOURNAL_PUT) job->put = kept->to;
        else job->progress = kept->to;
    }
    journal_index_prune(&store->index);
    store->statistics.compactions++;
    store->generation = compaction->generation;
    store->length = compaction->length;
    store->live = compaction->length - JOURNAL_HEADER_SIZE;
    store->chain = compaction->chain;
    store->loose_end = store->rewrite = store->keep_aside = false;
    store->compact_blocked = 0;
    store->os->unlock(store->os);
}

/* Open the journal again and find out which one it is: the old one, or the one that was to replace it. */
static uint32_t reopen(struct store *store)
{
    struct store_os *os = store->os;
    uint8_t data[JOURNAL_HEADER_SIZE];
    struct journal_header header;
    uint64_t size = 0;
    uint32_t error;

    if ((error = os->open(os, JOURNAL_NAME, STORE_OPEN_EXISTING, &store->file))) return error;
    if ((error = os->get_size(os, store->file, &size))) goto failed;
    error = os->read(os, store->file, 0, data, sizeof(data));
    if (error && !store->rewrite) goto failed;
    if (error || !journal_decode_header(data, sizeof(data), &header)) header.generation = 0;

    error = STORE_OK;
    if (store->replacing && header.generation == store->compaction.generation) adopt_compaction(store);
    else if (!store->rewrite && header.generation != store->generation) error = STORE_FILE_CORRUPT;
    if (!error && !store->rewrite && size < store->length) error = STORE_FILE_CORRUPT;
    if (error) goto failed;

    if (size != store->length) store->loose_end = true;
    store->replacing = false;
    compaction_cleanup(&store->compaction);
    return STORE_OK;

failed:
    close_file(store);
    return error;
}

/* Replace the journal by a new file. After an error the old one is the journal still, or there is none. */
static uint32_t compact(struct store *store)
{
    struct store_os *os = store->os;
    struct compaction compaction;
    struct store_file *file;
    uint64_t generation;
    uint32_t error, reopened;

    os->lock(os);
    error = plan_compaction(store, &compaction);
    os->unlock(os);
    if (error) return error;
    generation = compaction.generation;

    if (!(error = os->open(os, JOURNAL_NEW_NAME, STORE_OPEN_NEW, &file)))
    {
        error = write_compaction(store, &compaction, file);
        os->close(os, file);
        if (error) os->remove(os, JOURNAL_NEW_NAME);
    }
    if (error)
    {
        compaction_cleanup(&compaction);
        return error;
    }

    /* Windows replaces no open file. From here to reopen, only the file itself can tell which one it is. */
    close_file(store);
    compaction_cleanup(&store->compaction);
    store->compaction = compaction;
    store->replacing = true;
    if ((error = os->rename(os, JOURNAL_NEW_NAME, JOURNAL_NAME))) os->remove(os, JOURNAL_NEW_NAME);
    reopened = reopen(store);
    if (!reopened && store->generation == generation) return STORE_OK;
    return error ? error : reopened ? reopened : STORE_FILE_CORRUPT;
}

static bool compaction_due(const struct store *store)
{
    uint64_t garbage = store->length - JOURNAL_HEADER_SIZE - store->live;
    uint64_t minimum = store->callbacks.compact_minimum ? store->callbacks.compact_minimum : COMPACT_MINIMUM;

    return garbage > minimum && garbage > store->length / 2 && store->length >= store->compact_blocked;
}

/* --- writing ---------------------------------------------------------------- */

/* Make the file one that can be appended to, whatever failed before. */
static uint32_t prepare(struct store *store)
{
    uint32_t error;

    if (!store->file && (error = reopen(store)) && !(store->rewrite && error == STORE_FILE_NOT_FOUND)) return error;
    if (store->rewrite)
    {
        if (store->keep_aside && (error = keep_aside(store))) return error;
        store->keep_aside = false;
        if ((error = compact(store))) return error;
        if (!store->file) return STORE_FILE_NOT_FOUND;
    }
    if (store->loose_end)
    {
        if ((error = store->os->set_size(store->os, store->file, store->length))) return error;
        store->loose_end = false;
    }
    return STORE_OK;
}

/* Encode the batch as it will follow the journal's end. */
static uint32_t encode_batch(struct store *store, size_t *size, uint64_t *chain)
{
    struct batch *batch = &store->batch;
    size_t i, used = 0;

    *size = 0;
    *chain = store->chain;
    for (i = 0; i < batch->count; i++)
    {
        if (!batch->changes[i].skip) *size += journal_frame_size(batch->changes[i].size);
    }
    if (!grow((void **)&store->buffer, &store->buffer_capacity, *size, 1, 4096)) return STORE_NO_MEMORY;
    for (i = 0; i < batch->count; i++)
    {
        struct change *change = &batch->changes[i];
        struct journal_frame frame = {
            .kind = change->kind,
            .id = change->id,
            .payload_size = change->size,
            .sequence = change->ticket,
            .previous = *chain,
            .base = change->base,
            .generation = store->generation,
        };

        if (change->skip) continue;
        change->location.crc = journal_encode_frame(&frame, batch->payloads + change->payload, store->buffer + used);
        change->location.offset = store->length + used + JOURNAL_EDGE_SIZE;
        change->location.size = change->size;
        change->location.sequence = change->ticket;
        used += journal_frame_size(change->size);
        *chain = change->ticket;
    }
    return STORE_OK;
}

/* Write and flush the batch. After an error the file is as before, or that is done before the next batch. */
static uint32_t write_batch(struct store *store)
{
    struct store_os *os = store->os;
    uint64_t chain;
    uint32_t error;
    size_t size;

    if ((error = prepare(store)) || (error = encode_batch(store, &size, &chain)) || !size) return error;
    error = os->write(os, store->file, store->length, store->buffer, size);
    if (!error) error = os->flush(os, store->file);
    if (error)
    {
        store->loose_end = os->set_size(os, store->file, store->length) != 0;
        return error;
    }
    store->length += size;
    store->chain = chain;
    if (store->buffer_capacity > KEEP_BUFFER)
    {
        free(store->buffer);
        store->buffer = NULL;
        store->buffer_capacity = 0;
    }
    return STORE_OK;
}

/* Mark progress whose put is not stored and not in the batch before it. Under the lock. */
static void select_changes(struct store *store)
{
    struct journal_job *job;
    size_t i;

    for (i = 0; i < store->batch.count; i++)
    {
        struct change *change = &store->batch.changes[i];

        job = journal_index_find(&store->index, &change->id);
        if (change->kind == JOURNAL_PROGRESS) change->skip = !job || job->written != change->base;
        else if (job) job->written = change->kind == JOURNAL_PUT ? change->ticket : 0;
    }
}

static void forget_location(struct store *store, struct journal_location *location)
{
    if (location->sequence) store->live -= journal_frame_size(location->size);
    memset(location, 0, sizeof(*location));
}

/* Enter a written change into the index. Under the lock. */
static void settle_change(struct store *store, const struct change *change)
{
    struct journal_job *job = journal_index_find(&store->index, &change->id);

    if (!job || change->skip) return;
    if (change->kind != JOURNAL_PROGRESS) forget_location(store, &job->put);
    forget_location(store, &job->progress);
    if (change->kind == JOURNAL_DELETE) return;
    if (change->kind == JOURNAL_PUT) job->put = change->location;
    else job->progress = change->location;
    store->live += journal_frame_size(change->size);
}

static void add_failure(struct store *store, uint64_t first, uint64_t last, uint32_t error)
{
    struct failure *failures = store->failures;
    struct failure *newest = store->failure_count ? &failures[store->failure_count - 1] : NULL;

    if (newest && newest->error == error && newest->last + 1 == first)
    {
        newest->last = last;
        return;
    }
    if (store->failure_count == FAILURES_KEPT)
    {
        /* Whoever has slept that long may hear of a failure that was none: the safe side. */
        failures[1].first = failures[0].first;
        memmove(failures, failures + 1, (FAILURES_KEPT - 1) * sizeof(*failures));
        store->failure_count--;
    }
    failures[store->failure_count++] = (struct failure){first, last, error};
}

/* Enter the result of the batch. Under the lock. */
static void settle_batch(struct store *store, uint32_t error)
{
    struct batch *batch = &store->batch;
    struct journal_job *job;
    size_t i;

    for (i = 0; i < batch->count; i++)
    {
        if (!error) settle_change(store, &batch->changes[i]);
        else if ((job = journal_index_find(&store->index, &batch->changes[i].id))) job->written = job->put.sequence;
    }
    store->done = batch->changes[batch->count - 1].ticket;
    if (error) add_failure(store, batch->changes[0].ticket, store->done, error);
    if (error) store->statistics.failures += batch->count;
    else store->statistics.appends += batch->count;
    if (!error) store->statistics.commits++;
    batch_empty(batch);
}

static bool is_disk_full(uint32_t error)
{
    return error == STORE_DISK_FULL || error == STORE_HANDLE_DISK_FULL;
}

/* Be the writer for everything that is pending. Under the lock, which is released meanwhile. */
static void commit(struct store *store)
{
    struct batch batch = store->pending;
    struct store_os *os = store->os;
    bool ending = batch.changes[0].ticket <= store->ending;
    uint32_t error;

    store->writing = true;
    store->pending = store->batch;
    store->batch = batch;
    select_changes(store);
    os->unlock(os);
    error = write_batch(store);
    if (is_disk_full(error) && ending && reserve_give_up(&store->reserve, os)) error = write_batch(store);
    os->lock(os);
    settle_batch(store, error);
    os->wake_all(os);

    if (!error)
    {
        os->unlock(os);
        if (compaction_due(store) && compact(store)) store->compact_blocked = store->length + store->length / 2;
        reserve_keep(&store->reserve, os);
        os->lock(os);
    }
    store->statistics.file_size = store->length;
    store->statistics.live_size = store->live;
    store->writing = false;
    os->wake_all(os);
}

/* --- for the users of the store --------------------------------------------- */

uint32_t store_append(struct store *store, enum journal_kind kind, const struct journal_id *id, const void *payload,
                      size_t size, uint64_t *ticket)
{
    struct journal_job *job;
    struct change *change;
    uint32_t error = STORE_OK;

    *ticket = 0;
    if (size > JOURNAL_MAX_PAYLOAD || (kind == JOURNAL_DELETE && size)) return STORE_INVALID_PARAMETER;

    store->os->lock(store->os);
    job = kind == JOURNAL_PUT ? journal_index_add(&store->index, id) : journal_index_find(&store->index, id);
    if (kind == JOURNAL_PROGRESS && (!job || !job->appended)) error = STORE_NOT_FOUND;
    else if (kind == JOURNAL_PUT && !job) error = STORE_NO_MEMORY;
    else if (!(change = batch_add(&store->pending, payload, size))) error = STORE_NO_MEMORY;
    else
    {
        store->pending.count++;
        store->pending.payloads_size += size;
        change->kind = kind;
        change->id = *id;
        change->ticket = *ticket = ++store->last_ticket;
        if (kind == JOURNAL_PROGRESS) change->base = job->appended;
        else if (job) job->appended = kind == JOURNAL_PUT ? change->ticket : 0;
        if (kind == JOURNAL_DELETE) store->ending = change->ticket;
    }
    store->os->unlock(store->os);
    return error;
}

void store_allow_reserve(struct store *store, uint64_t ticket)
{
    store->os->lock(store->os);
    if (ticket > store->ending) store->ending = ticket;
    store->os->unlock(store->os);
}

static uint32_t error_of(const struct store *store, uint64_t ticket)
{
    size_t i;

    for (i = 0; i < store->failure_count; i++)
    {
        if (ticket >= store->failures[i].first && ticket <= store->failures[i].last) return store->failures[i].error;
    }
    return STORE_OK;
}

uint32_t store_wait(struct store *store, uint64_t ticket)
{
    struct store_os *os = store->os;
    uint32_t error = STORE_INVALID_PARAMETER;

    os->lock(os);
    if (ticket <= store->last_ticket)
    {
        while (ticket > store->done)
        {
            if (store->writing) os->wait(os);
            else commit(store);
        }
        error = error_of(store, ticket);
    }
    os->unlock(os);
    return error;
}

uint32_t store_flush(struct store *store)
{
    uint64_t ticket;

    store->os->lock(store->os);
    ticket = store->last_ticket;
    store->os->unlock(store->os);
    return store_wait(store, ticket);
}

void store_get_statistics(struct store *store, struct store_statistics *statistics)
{
    size_t i;

    store->os->lock(store->os);
    *statistics = store->statistics;
    statistics->jobs = 0;
    for (i = 0; i < store->index.count; i++) statistics->jobs += store->index.jobs[i].put.sequence != 0;
    store->os->unlock(store->os);
}

/* --- opening and closing ---------------------------------------------------- */

static void report(struct store *store, const struct journal_damage *damage)
{
    store->rewrite = store->keep_aside = true;
    if (store->callbacks.damage) store->callbacks.damage(store->callbacks.context, damage);
}

/* The loader refused a job: it goes, and the file is kept. */
static void refuse_job(struct store *store, struct journal_job *job)
{
    struct journal_damage damage = {
        .kind = JOURNAL_DAMAGE_RECORD,
        .loss = JOURNAL_LOSS_JOB,
        .offset = job->put.offset,
        .length = job->put.size,
        .has_id = true,
        .id = job->id,
        .frame_kind = JOURNAL_PUT,
    };

    memset(&job->put, 0, sizeof(job->put));
    memset(&job->progress, 0, sizeof(job->progress));
    report(store, &damage);
}

static uint32_t load_job(struct store *store, const struct journal_job *job, const uint8_t *data)
{
    struct store_job loaded = {
        .id = job->id,
        .state = data + job->put.offset,
        .state_size = job->put.size,
        .progress = job->progress.sequence ? data + job->progress.offset : NULL,
        .progress_size = job->progress.size,
        .stale = job->stale,
    };

    return store->callbacks.load(store->callbacks.context, &loaded);
}

/* Hand over the jobs, then what is wrong with the file. */
static uint32_t load_jobs(struct store *store, const struct journal_replay *replay, const uint8_t *data)
{
    uint32_t error;
    size_t i;

    for (i = 0; i < store->index.count; i++)
    {
        struct journal_job *job = &store->index.jobs[i];

        error = load_job(store, job, data);
        if (error == STORE_FILE_CORRUPT) refuse_job(store, job);
        else if (error) return error;
        job->appended = job->written = job->put.sequence;
        if (job->put.sequence) store->live += journal_frame_size(job->put.size);
        if (job->progress.sequence) store->live += journal_frame_size(job->progress.size);
    }
    journal_index_prune(&store->index);
    for (i = 0; i < replay->damage_count; i++) report(store, &replay->damages[i]);
    return STORE_OK;
}

static uint32_t load_journal(struct store *store)
{
    struct journal_replay replay;
    uint8_t *data = NULL;
    uint32_t error;
    size_t size;

    error = store->os->open(store->os, JOURNAL_NAME, STORE_OPEN_EXISTING, &store->file);
    if (error == STORE_FILE_NOT_FOUND)
    {
        store->rewrite = true;
        return STORE_OK;
    }
    if (error || (error = read_file(store, store->file, &data, &size))) return error;
    if (!journal_replay(&replay, data, size))
    {
        free(data);
        return STORE_NO_MEMORY;
    }
    store->index = replay.index;
    journal_index_init(&replay.index);
    store->generation = replay.header.generation;
    store->length = size;
    store->chain = store->last_ticket = store->done = replay.chain;
    error = load_jobs(store, &replay, data);
    journal_replay_cleanup(&replay);
    free(data);
    return error;
}

uint32_t store_open(struct store_os *os, const struct store_callbacks *callbacks, struct store **opened)
{
    struct store *store = calloc(1, sizeof(*store));
    uint32_t error;

    *opened = NULL;
    if (!store)
    {
        os->destroy(os);
        return STORE_NO_MEMORY;
    }
    store->os = os;
    store->callbacks = *callbacks;
    if ((error = os->open(os, LOCK_NAME, STORE_OPEN_LOCK, &store->lock_file))) goto failed;
    /* Left behind by a process that was killed while it wrote them. */
    os->remove(os, JOURNAL_NEW_NAME);
    os->remove(os, DAMAGED_NEW_NAME);
    reserve_init(&store->reserve, os, callbacks->reserve_size);
    if ((error = load_journal(store))) goto failed;

    /* An error is reported by the first change that cannot be made durable because of it. */
    if (store->rewrite) prepare(store);
    store->statistics.file_size = store->length;
    store->statistics.live_size = store->live;
    *opened = store;
    return STORE_OK;

failed:
    store_close(store);
    return error;
}

uint32_t store_close(struct store *store)
{
    uint32_t error = STORE_OK;

    if (!store) return STORE_OK;
    if (store->last_ticket > store->done) error = store_flush(store);
    close_file(store);
    if (store->lock_file) store->os->close(store->os, store->lock_file);
    store->os->destroy(store->os);
    journal_index_cleanup(&store->index);
    compaction_cleanup(&store->compaction);
    batch_cleanup(&store->pending);
    batch_cleanup(&store->batch);
    free(store->buffer);
    free(store);
    return error;
}
