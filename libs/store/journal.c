/*
 * The byte format of the job store's journal (pure).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * docs/journal-format.md describes the format and the rules of recovery.
 */

#include "store/journal.h"

#include <stdlib.h>
#include <string.h>

/* --- bytes and checksums ---------------------------------------------------- */

#define MARKER 0xf7 /* first byte of every head and foot; no ASCII, and no start of a UTF-8 character */

static void put_le(uint8_t *out, uint64_t value, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_le(const uint8_t *in, size_t size)
{
    uint64_t value = 0;

    while (size--) value = value << 8 | in[size];
    return value;
}

#define CRC64_POLYNOMIAL UINT64_C(0xc96c5795d7870f42) /* ECMA-182, bits reversed */

/* What a byte contributes that so many others follow, up to seven: eight bytes are then taken in one step. */
struct crc64_tables
{
    uint64_t by_distance[8][256];
};

static struct crc64_tables *make_crc64_tables(void)
{
    struct crc64_tables *tables = malloc(sizeof(*tables));
    unsigned int byte, bit, distance;

    for (byte = 0; tables && byte < 256; byte++)
    {
        uint64_t crc = byte;

        for (bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (crc & 1 ? CRC64_POLYNOMIAL : 0);
        tables->by_distance[0][byte] = crc;
    }
    for (distance = 1; tables && distance < 8; distance++)
    {
        const uint64_t *nearer = tables->by_distance[distance - 1];

        for (byte = 0; byte < 256; byte++)
            tables->by_distance[distance][byte] = (nearer[byte] >> 8) ^ tables->by_distance[0][(uint8_t)nearer[byte]];
    }
    return tables;
}

/* Made once and kept; no thread sees them half made. NULL: no memory. */
static const struct crc64_tables *crc64_tables(void)
{
    static struct crc64_tables *made;
    struct crc64_tables *tables = __atomic_load_n(&made, __ATOMIC_ACQUIRE), *none = NULL;

    if (tables || !(tables = make_crc64_tables())) return tables;
    if (__atomic_compare_exchange_n(&made, &none, tables, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return tables;
    free(tables);
    return none;
}

uint64_t journal_crc64(uint64_t crc, const void *data, size_t size)
{
    const struct crc64_tables *tables = crc64_tables();
    const uint8_t *bytes = data;
    unsigned int i;

    crc = ~crc;
    for (; tables && size >= 8; size -= 8, bytes += 8)
    {
        uint64_t word = crc ^ get_le(bytes, 8);

        for (crc = 0, i = 0; i < 8; i++) crc ^= tables->by_distance[7 - i][(uint8_t)(word >> (8 * i))];
    }
    for (; size; size--)
    {
        crc ^= *bytes++;
        for (i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? CRC64_POLYNOMIAL : 0);
    }
    return ~crc;
}

/* --- the head of the file --------------------------------------------------- */

static const uint8_t header_magic[8] = {'W', 'B', 'J', 'O', 'B', 'S', 0x1a, '\n'};

#define HEADER_MIN 24 /* magic, version, size, checksum: the part that every version has */
#define HEADER_MAX 4096

void journal_encode_header(const struct journal_header *header, uint8_t *out)
{
    memcpy(out, header_magic, sizeof(header_magic));
    put_le(out + 8, header->version, 4);
    put_le(out + 12, JOURNAL_HEADER_SIZE, 4);
    put_le(out + 16, header->generation, 8);
    put_le(out + 24, header->start, 8);
    put_le(out + 32, journal_crc64(0, out, 32), 8);
}

/* As journal_decode_header; also where the frames begin. */
static bool decode_header(const uint8_t *data, size_t size, struct journal_header *header, size_t *header_size)
{
    if (size < HEADER_MIN || memcmp(data, header_magic, sizeof(header_magic))) return false;
    *header_size = (size_t)get_le(data + 12, 4);
    if (*header_size < HEADER_MIN || *header_size > HEADER_MAX || *header_size > size) return false;
    if (get_le(data + *header_size - 8, 8) != journal_crc64(0, data, *header_size - 8)) return false;

    memset(header, 0, sizeof(*header));
    header->version = (uint32_t)get_le(data + 8, 4);
    if (!header->version) return false;
    if (header->version != JOURNAL_VERSION) return true;
    if (*header_size < JOURNAL_HEADER_SIZE) return false;
    header->generation = get_le(data + 16, 8);
    header->start = get_le(data + 24, 8);
    return true;
}

bool journal_decode_header(const uint8_t *data, size_t size, struct journal_header *header)
{
    size_t header_size;

    return decode_header(data, size, header, &header_size);
}

/* --- frames ----------------------------------------------------------------- */

size_t journal_frame_size(size_t payload_size)
{
    return payload_size + 2 * JOURNAL_EDGE_SIZE;
}

static void encode_edge(const struct journal_frame *frame, uint64_t payload_crc, char side, uint8_t *out)
{
    out[0] = MARKER;
    out[1] = 'J';
    out[2] = (uint8_t)side;
    out[3] = (uint8_t)frame->kind;
    put_le(out + 4, frame->payload_size, 4);
    put_le(out + 8, frame->sequence, 8);
    put_le(out + 16, frame->previous, 8);
    put_le(out + 24, frame->base, 8);
    put_le(out + 32, frame->generation, 8);
    memcpy(out + 40, frame->id.bytes, 16);
    put_le(out + 56, payload_crc, 8);
    put_le(out + 64, journal_crc64(0, out, 64), 8);
}

uint64_t journal_encode_frame(const struct journal_frame *frame, const void *payload, uint8_t *out)
{
    uint64_t crc = journal_crc64(0, payload, frame->payload_size);

    encode_edge(frame, crc, 'H', out);
    if (frame->payload_size) memcpy(out + JOURNAL_EDGE_SIZE, payload, frame->payload_size);
    encode_edge(frame, crc, 'F', out + JOURNAL_EDGE_SIZE + frame->payload_size);
    return crc;
}

/* --- the index -------------------------------------------------------------- */

void journal_index_init(struct journal_index *index)
{
    memset(index, 0, sizeof(*index));
}

void journal_index_cleanup(struct journal_index *index)
{
    free(index->jobs);
    free(index->slots);
    journal_index_init(index);
}

/* The slot where the id is, or the free one where it belongs. Ids are random, but need not be all over. */
static uint32_t *find_slot(uint32_t *slots, size_t slot_count, const struct journal_job *jobs,
                           const struct journal_id *id)
{
    uint64_t hash = (get_le(id->bytes, 8) ^ get_le(id->bytes + 8, 8)) * UINT64_C(0x9e3779b97f4a7c15);
    size_t slot = (size_t)(hash >> 32) & (slot_count - 1);

    while (slots[slot] && memcmp(&jobs[slots[slot] - 1].id, id, sizeof(*id))) slot = (slot + 1) & (slot_count - 1);
    return &slots[slot];
}

struct journal_job *journal_index_find(const struct journal_index *index, const struct journal_id *id)
{
    uint32_t position;

    if (!index->slot_count) return NULL;
    position = *find_slot(index->slots, index->slot_count, index->jobs, id);
    return position ? &index->jobs[position - 1] : NULL;
}

static uint32_t *make_slots(const struct journal_job *jobs, size_t count, size_t slot_count)
{
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    size_t i;

    if (!slots) return NULL;
    for (i = 0; i < count; i++) *find_slot(slots, slot_count, jobs, &jobs[i].id) = (uint32_t)i + 1;
    return slots;
}

/* Room for one more job; the table of slots is kept at most half full. */
static bool grow_index(struct journal_index *index)
{
    if (index->count == index->capacity)
    {
        size_t capacity = index->capacity ? index->capacity * 2 : 64;
        struct journal_job *jobs = realloc(index->jobs, capacity * sizeof(*jobs));

        if (!jobs) return false;
        index->jobs = jobs;
        index->capacity = capacity;
    }
    if ((index->count + 1) * 2 > index->slot_count)
    {
        size_t slot_count = index->slot_count ? index->slot_count * 2 : 128;
        uint32_t *slots = make_slots(index->jobs, index->count, slot_count);

        if (!slots) return false;
        free(index->slots);
        index->slots = slots;
        index->slot_count = slot_count;
    }
    return true;
}

struct journal_job *journal_index_add(struct journal_index *index, const struct journal_id *id)
{
    struct journal_job *job = journal_index_find(index, id);

    if (job) return job;
    if (!grow_index(index)) return NULL;
    job = &index->jobs[index->count++];
    memset(job, 0, sizeof(*job));
    job->id = *id;
    *find_slot(index->slots, index->slot_count, index->jobs, id) = (uint32_t)index->count;
    return job;
}

void journal_index_prune(struct journal_index *index)
{
    size_t i, kept = 0;

    if (!index->count) return;
    for (i = 0; i < index->count; i++)
    {
        const struct journal_job *job = &index->jobs[i];

        if (job->put.sequence || job->appended || job->written) index->jobs[kept++] = *job;
    }
    index->count = kept;
    memset(index->slots, 0, index->slot_count * sizeof(*index->slots));
    for (i = 0; i < kept; i++)
        *find_slot(index->slots, index->slot_count, index->jobs, &index->jobs[i].id) = (uint32_t)i + 1;
}

/* --- reading a journal ------------------------------------------------------ */

struct scan
{
    const uint8_t *data;
    size_t size;
    size_t position;
    bool any_generation; /* the head of the file is unreadable: the first frame tells the generation */
    bool any_chain;      /* ... and the order begins with it */
    bool explained;      /* damage was reported since the last intact frame: a gap has been reported already */
    bool failed;         /* no memory */
    struct journal_replay *replay;
};

/* A decoded head or foot. */
struct edge
{
    struct journal_frame frame;
    uint64_t payload_crc;
};

static bool known_kind(uint8_t kind)
{
    return kind == JOURNAL_PUT || kind == JOURNAL_DELETE || kind == JOURNAL_PROGRESS;
}

/* Whether an intact head ('H') or foot ('F') of this journal is at the position. */
static bool decode_edge(struct scan *scan, size_t position, uint8_t side, struct edge *edge)
{
    const uint8_t *in = scan->data + position;

    if (scan->size - position < JOURNAL_EDGE_SIZE) return false;
    if (in[0] != MARKER || in[1] != 'J' || in[2] != side || !known_kind(in[3])) return false;
    if (get_le(in + JOURNAL_EDGE_SIZE - 8, 8) != journal_crc64(0, in, JOURNAL_EDGE_SIZE - 8)) return false;

    memset(edge, 0, sizeof(*edge));
    edge->frame.kind = (enum journal_kind)in[3];
    edge->frame.payload_size = (uint32_t)get_le(in + 4, 4);
    if (edge->frame.payload_size > JOURNAL_MAX_PAYLOAD) return false;
    if (edge->frame.kind == JOURNAL_DELETE && edge->frame.payload_size) return false;
    edge->frame.sequence = get_le(in + 8, 8);
    edge->frame.previous = get_le(in + 16, 8);
    edge->frame.base = get_le(in + 24, 8);
    edge->frame.generation = get_le(in + 32, 8);
    memcpy(edge->frame.id.bytes, in + 40, 16);
    edge->payload_crc = get_le(in + 56, 8);
    if (scan->any_generation)
    {
        scan->any_generation = false;
        scan->replay->header.generation = edge->frame.generation;
    }
    return edge->frame.generation == scan->replay->header.generation;
}

/* Whether an intact foot that belongs to the head is at the position. */
static bool has_foot_of(struct scan *scan, size_t position, const struct edge *head)
{
    struct edge foot;

    return position <= scan->size && decode_edge(scan, position, 'F', &foot) &&
           foot.frame.sequence == head->frame.sequence && foot.frame.payload_size == head->frame.payload_size;
}

static bool payload_intact(const struct scan *scan, size_t position, const struct edge *edge)
{
    size_t size = edge->frame.payload_size;

    return scan->size - position >= size && journal_crc64(0, scan->data + position, size) == edge->payload_crc;
}

static struct journal_damage *add_damage(struct scan *scan, enum journal_damage_kind kind, size_t start, size_t end)
{
    struct journal_replay *replay = scan->replay;
    struct journal_damage *damage;

    if (replay->damage_count == replay->damage_capacity)
    {
        size_t capacity = replay->damage_capacity ? replay->damage_capacity * 2 : 8;

        if (!(damage = realloc(replay->damages, capacity * sizeof(*damage))))
        {
            scan->failed = true;
            return NULL;
        }
        replay->damages = damage;
        replay->damage_capacity = capacity;
    }
    damage = &replay->damages[replay->damage_count++];
    memset(damage, 0, sizeof(*damage));
    damage->kind = kind;
    damage->offset = start;
    damage->length = end - start;
    return damage;
}

/* Damage of which the job is known. */
static void add_job_damage(struct scan *scan, enum journal_damage_kind kind, size_t start, size_t end,
                           const struct journal_frame *frame)
{
    struct journal_damage *damage = add_damage(scan, kind, start, end);

    if (!damage) return;
    damage->has_id = true;
    damage->id = frame->id;
    damage->frame_kind = (uint8_t)frame->kind;
}

/* Remember that a record of this job could not be read. */
static void lose_frame(struct scan *scan, enum journal_damage_kind kind, size_t start, size_t end,
                       const struct edge *edge)
{
    struct journal_job *job = journal_index_add(&scan->replay->index, &edge->frame.id);

    add_job_damage(scan, kind, start, end, &edge->frame);
    if (!job)
    {
        scan->failed = true;
        return;
    }
    if (edge->frame.sequence <= scan->replay->chain && !scan->any_chain) return; /* an old one, repeated */
    if (edge->frame.kind == JOURNAL_PROGRESS && edge->frame.base == job->put.sequence) job->progress_lost = true;
    else job->stale = true;
    scan->replay->chain = edge->frame.sequence;
    scan->any_chain = false;
}

static void apply_progress(struct scan *scan, struct journal_job *job, size_t position,
                           const struct journal_location *location, const struct journal_frame *frame)
{
    if (!frame->base || frame->base != job->put.sequence)
    {
        /* The put that it goes with is gone, whatever is left of the job is older. */
        if (!job->stale) add_job_damage(scan, JOURNAL_DAMAGE_GAP, position, position, frame);
        job->stale = true;
        return;
    }
    job->progress = *location;
    job->progress_lost = false;
}

/* An intact record: its payload is at the position. */
static void apply_frame(struct scan *scan, size_t position, const struct edge *edge)
{
    const struct journal_frame *frame = &edge->frame;
    struct journal_location location = {position, edge->payload_crc, frame->sequence, frame->payload_size};
    struct journal_job *job = journal_index_add(&scan->replay->index, &frame->id);

    if (!job)
    {
        scan->failed = true;
        return;
    }
    if (frame->kind == JOURNAL_PROGRESS)
    {
        apply_progress(scan, job, position, &location, frame);
        return;
    }
    memset(&job->put, 0, sizeof(job->put));
    memset(&job->progress, 0, sizeof(job->progress));
    job->stale = job->progress_lost = false;
    if (frame->kind == JOURNAL_PUT) job->put = location;
}

/* An intact record in the frame from start to end: apply it if it is in its place in the order. */
static void accept_frame(struct scan *scan, size_t start, size_t end, const struct edge *edge)
{
    struct journal_replay *replay = scan->replay;
    const struct journal_frame *frame = &edge->frame;

    if (!frame->sequence || (!scan->any_chain && frame->sequence <= replay->chain))
    {
        add_job_damage(scan, JOURNAL_DAMAGE_ORDER, start, end, frame);
        scan->explained = true;
        return;
    }
    if (!scan->any_chain && !scan->explained && frame->previous != replay->chain)
        add_damage(scan, JOURNAL_DAMAGE_GAP, start, start);
    scan->any_chain = scan->explained = false;
    replay->chain = frame->sequence;
    replay->frames++;
    apply_frame(scan, start + JOURNAL_EDGE_SIZE, edge);
}

/* Read the frame at the position if its head is intact, and either its payload or its foot. */
static bool read_frame(struct scan *scan)
{
    size_t start = scan->position, payload = start + JOURNAL_EDGE_SIZE, foot, end;
    bool payload_ok, foot_ok;
    struct edge edge;

    if (!decode_edge(scan, start, 'H', &edge)) return false;
    payload_ok = payload_intact(scan, payload, &edge);
    foot = payload + edge.frame.payload_size;
    foot_ok = has_foot_of(scan, foot, &edge);
    /* Without a foot to confirm it, the length in the head says nothing about where the next frame is. */
    if (!payload_ok && !foot_ok) return false;

    end = foot + JOURNAL_EDGE_SIZE;
    if (end > scan->size) end = scan->size;
    if (!payload_ok) lose_frame(scan, JOURNAL_DAMAGE_PAYLOAD, start, end, &edge);
    else accept_frame(scan, start, end, &edge);
    if (payload_ok && !foot_ok) add_job_damage(scan, JOURNAL_DAMAGE_EDGE, foot, end, &edge.frame);
    scan->position = end;
    return true;
}

/* The frame whose intact foot is at the position, and whose head is not intact. */
static void read_backwards(struct scan *scan, size_t foot, size_t start, const struct edge *edge)
{
    size_t payload = start + JOURNAL_EDGE_SIZE, end = foot + JOURNAL_EDGE_SIZE;

    if (payload_intact(scan, payload, edge))
    {
        accept_frame(scan, start, end, edge);
        add_job_damage(scan, JOURNAL_DAMAGE_EDGE, start, payload, &edge->frame);
    }
    else lose_frame(scan, JOURNAL_DAMAGE_PAYLOAD, start, end, edge);
    scan->position = end;
}

/* Where a frame can be read again after the region that starts at the position: at an intact head, or at a
   foot whose frame begins within the region (then *edge is the foot's and *foot where it is). */
static size_t find_frame(struct scan *scan, size_t from, struct edge *edge, size_t *foot)
{
    const uint8_t *found;
    size_t position, before;

    *foot = 0;
    for (position = from; position < scan->size; position++)
    {
        if (!(found = memchr(scan->data + position, MARKER, scan->size - position))) break;
        position = (size_t)(found - scan->data);
        if (decode_edge(scan, position, 'H', edge)) return position;
        if (!decode_edge(scan, position, 'F', edge)) continue;
        before = JOURNAL_EDGE_SIZE + edge->frame.payload_size;
        if (before > position - scan->position) continue;
        *foot = position;
        return position - before;
    }
    return scan->size;
}

/* Nothing can be read at the position: report what is damaged, and go on behind it. */
static void skip_damage(struct scan *scan)
{
    size_t start = scan->position, next, foot;
    struct edge edge, found;
    bool known = decode_edge(scan, start, 'H', &edge);
    enum journal_damage_kind kind = JOURNAL_DAMAGE_FRAME;

    next = find_frame(scan, start + (known ? JOURNAL_EDGE_SIZE : 1), &found, &foot);
    if (next == scan->size) kind = JOURNAL_DAMAGE_TAIL;
    else if (known) kind = JOURNAL_DAMAGE_PAYLOAD;

    if (known) lose_frame(scan, kind, start, next, &edge);
    else if (next > start) add_damage(scan, kind, start, next);
    if (next > start) scan->explained = true;
    scan->position = next;
    if (foot) read_backwards(scan, foot, next, &found);
}

static void scan_frames(struct scan *scan)
{
    while (scan->position < scan->size && !scan->failed)
    {
        if (!read_frame(scan)) skip_damage(scan);
    }
}

/* Read what follows a head of the file that is damaged. */
static void scan_without_header(struct scan *scan)
{
    scan->any_generation = scan->any_chain = true;
    scan->position = scan->size < JOURNAL_HEADER_SIZE ? scan->size : JOURNAL_HEADER_SIZE;
    scan->replay->header.version = JOURNAL_VERSION;
    if (add_damage(scan, JOURNAL_DAMAGE_HEADER, 0, scan->position)) scan_frames(scan);
}

static enum journal_loss loss_of(const struct journal_replay *replay, const struct journal_damage *damage)
{
    const struct journal_job *job;

    switch (damage->kind)
    {
    case JOURNAL_DAMAGE_VERSION: return JOURNAL_LOSS_ALL;
    case JOURNAL_DAMAGE_HEADER: return replay->frames ? JOURNAL_LOSS_NONE : JOURNAL_LOSS_ALL;
    case JOURNAL_DAMAGE_EDGE:
    case JOURNAL_DAMAGE_ORDER: return JOURNAL_LOSS_NONE;
    default: break;
    }
    if (!damage->has_id) return JOURNAL_LOSS_UNKNOWN;
    job = journal_index_find(&replay->index, &damage->id);
    if (job && job->stale) return job->put.sequence ? JOURNAL_LOSS_REVERTED : JOURNAL_LOSS_JOB;
    if (job && job->progress_lost) return JOURNAL_LOSS_PROGRESS;
    return JOURNAL_LOSS_NONE;
}

bool journal_replay(struct journal_replay *replay, const void *data, size_t size)
{
    struct scan scan = {.data = data, .size = size, .replay = replay};
    size_t i, header_size;

    memset(replay, 0, sizeof(*replay));
    if (!decode_header(data, size, &replay->header, &header_size)) scan_without_header(&scan);
    else if (replay->header.version != JOURNAL_VERSION) add_damage(&scan, JOURNAL_DAMAGE_VERSION, 0, size);
    else
    {
        replay->chain = replay->header.start;
        scan.position = header_size;
        scan_frames(&scan);
    }
    for (i = 0; i < replay->damage_count; i++) replay->damages[i].loss = loss_of(replay, &replay->damages[i]);
    if (!scan.failed) journal_index_prune(&replay->index);
    else journal_replay_cleanup(replay);
    return !scan.failed;
}

void journal_replay_cleanup(struct journal_replay *replay)
{
    journal_index_cleanup(&replay->index);
    free(replay->damages);
    memset(replay, 0, sizeof(*replay));
}

/* --- words ------------------------------------------------------------------ */

const char *journal_damage_text(enum journal_damage_kind kind)
{
    switch (kind)
    {
    case JOURNAL_DAMAGE_HEADER: return "the head of the journal is unreadable";
    case JOURNAL_DAMAGE_EDGE: return "the head or the foot of a frame is unreadable";
    case JOURNAL_DAMAGE_PAYLOAD: return "a record is unreadable";
    case JOURNAL_DAMAGE_FRAME: return "there are bytes that belong to no frame";
    case JOURNAL_DAMAGE_TAIL: return "the last record is cut off";
    case JOURNAL_DAMAGE_GAP: return "records are missing";
    case JOURNAL_DAMAGE_ORDER: return "a record is out of its order and was ignored";
    case JOURNAL_DAMAGE_RECORD: return "a record makes no sense";
    case JOURNAL_DAMAGE_VERSION: return "the journal was written by another version";
    }
    return "unknown damage";
}

const char *journal_loss_text(enum journal_loss loss)
{
    switch (loss)
    {
    case JOURNAL_LOSS_NONE: return "nothing was lost";
    case JOURNAL_LOSS_PROGRESS: return "the job continues from an earlier progress";
    case JOURNAL_LOSS_REVERTED: return "the job is as it was before";
    case JOURNAL_LOSS_JOB: return "the job is lost";
    case JOURNAL_LOSS_UNKNOWN: return "whose record it was is not known";
    case JOURNAL_LOSS_ALL: return "no job could be read";
    }
    return "unknown loss";
}
