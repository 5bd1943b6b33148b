/*
 * The byte format of the job store's journal (pure): making frames, and finding what a journal still says
 * however damaged it is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The format and the rules of recovery are described in docs/journal-format.md.
 */

#ifndef LIBS_TRANSFER_JOURNAL_H
#define LIBS_TRANSFER_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_VERSION 2      /* of the format; no other is read */
#define JOURNAL_HEADER_SIZE 40 /* of the file */
#define JOURNAL_EDGE_SIZE 72   /* of a frame's head, and of its foot, which repeats the head */
#define JOURNAL_MAX_PAYLOAD 0x0fffffffu

/* A job's id: a GUID's 16 bytes in memory order. */
struct journal_id
{
    uint8_t bytes[16];
};

enum journal_kind
{
    JOURNAL_PUT = 'P',      /* the whole state of a job, replaces everything before it */
    JOURNAL_DELETE = 'D',   /* the job is no more */
    JOURNAL_PROGRESS = 'G', /* goes with one put; replaces the progress before it */
};

struct journal_header
{
    uint32_t version;
    uint64_t generation; /* random: binds the frames to this file */
    uint64_t start;      /* "previous" of the first frame */
};

struct journal_frame
{
    enum journal_kind kind;
    struct journal_id id;
    uint32_t payload_size;
    uint64_t sequence; /* grows with every frame ever written to this store */
    uint64_t previous; /* sequence of the frame before this one in the file: shows what was lost */
    uint64_t base;     /* progress: sequence of the put it goes with; else 0 */
    uint64_t generation;
};

/* CRC-64/XZ of data. Start with crc 0 and pass the result on to continue. */
uint64_t journal_crc64(uint64_t crc, const void *data, size_t size);

/* Write JOURNAL_HEADER_SIZE bytes. */
void journal_encode_header(const struct journal_header *header, uint8_t *out);

/* False when the first bytes of a file (size of them are there) are no intact header of any version. */
bool journal_decode_header(const uint8_t *data, size_t size, struct journal_header *header);

/* Size of a whole frame. */
size_t journal_frame_size(size_t payload_size);

/*
 * Write journal_frame_size(frame->payload_size) bytes. payload may be NULL when it is empty. Returns the
 * checksum of the payload.
 */
uint64_t journal_encode_frame(const struct journal_frame *frame, const void *payload, uint8_t *out);

/* Where a payload lies in the journal. sequence 0: there is none. */
struct journal_location
{
    uint64_t offset; /* of the payload */
    uint64_t crc;    /* CRC-64 of the payload */
    uint64_t sequence;
    uint32_t size;
};

/* What the journal knows of one job. */
struct journal_job
{
    struct journal_id id;
    struct journal_location put;      /* sequence 0: no such job (deleted, or its only record was lost) */
    struct journal_location progress; /* belongs to put */
    uint64_t appended;                /* for the store: sequence of the newest put that was asked for */
    uint64_t written;                 /* for the store: the same, of the newest put on its way to the disk */
    bool stale;                       /* a newer record of this job is unreadable: put is what was before it */
    bool progress_lost;               /* a newer progress of this job is unreadable */
};

/* Jobs by id. Entries are never moved to another position before journal_index_cleanup or _prune. */
struct journal_index
{
    struct journal_job *jobs;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* position + 1; 0 = free */
    size_t slot_count;
};

void journal_index_init(struct journal_index *index);
void journal_index_cleanup(struct journal_index *index);

/* NULL when the id is not there. */
struct journal_job *journal_index_find(const struct journal_index *index, const struct journal_id *id);

/* Find or add an entry (with nothing known). NULL without memory. The pointer is good until the next add. */
struct journal_job *journal_index_add(struct journal_index *index, const struct journal_id *id);

/* Drop the entries that say nothing: no put, and none asked for. */
void journal_index_prune(struct journal_index *index);

enum journal_damage_kind
{
    JOURNAL_DAMAGE_HEADER,  /* the head of the file is unreadable; the frames are read all the same */
    JOURNAL_DAMAGE_EDGE,    /* head or foot of a frame unreadable; the other one and the payload are intact */
    JOURNAL_DAMAGE_PAYLOAD, /* a frame whose job is known but whose payload is unreadable */
    JOURNAL_DAMAGE_FRAME,   /* bytes that are no frame at all; what they were is unknown */
    JOURNAL_DAMAGE_TAIL,    /* the journal ends in the middle of a frame: a write was cut off */
    JOURNAL_DAMAGE_GAP,     /* frames are missing here without a trace, or a progress has lost its put */
    JOURNAL_DAMAGE_ORDER,   /* an intact frame where it does not belong (an old one repeated): ignored */
    JOURNAL_DAMAGE_RECORD,  /* intact bytes, but the loader refused the record (from the store) */
    JOURNAL_DAMAGE_VERSION, /* written by another version: nothing was read */
};

/* What a damage cost, known after everything was read. */
enum journal_loss
{
    JOURNAL_LOSS_NONE,     /* nothing: redundant bytes, or a later record replaces what was lost */
    JOURNAL_LOSS_PROGRESS, /* a newer progress of the job */
    JOURNAL_LOSS_REVERTED, /* the job is as it was before the lost record */
    JOURNAL_LOSS_JOB,      /* the job: no other record of it exists */
    JOURNAL_LOSS_UNKNOWN,  /* it cannot be said which job this was */
    JOURNAL_LOSS_ALL,      /* every job */
};

struct journal_damage
{
    enum journal_damage_kind kind;
    enum journal_loss loss;
    uint64_t offset; /* in the file, with the length of what is damaged */
    uint64_t length;
    bool has_id;
    struct journal_id id; /* with has_id */
    uint8_t frame_kind;   /* enum journal_kind with has_id; else 0 */
};

/* What a journal says. */
struct journal_replay
{
    struct journal_index index;
    struct journal_damage *damages;
    size_t damage_count;
    size_t damage_capacity;
    struct journal_header header; /* as read; of a damaged header, as far as the frames tell it */
    uint64_t chain;               /* greatest sequence seen: "previous" of a frame to be appended */
    uint64_t frames;              /* intact ones */
};

/*
 * Read a journal of size bytes. False without memory only: damage is no error but part of the result.
 * A journal of another version gives JOURNAL_DAMAGE_VERSION and no jobs.
 */
bool journal_replay(struct journal_replay *replay, const void *data, size_t size);
void journal_replay_cleanup(struct journal_replay *replay);

/* A sentence part in English for the log. */
const char *journal_damage_text(enum journal_damage_kind kind);
const char *journal_loss_text(enum journal_loss loss);

#endif
