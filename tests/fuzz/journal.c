/*
 * Fuzzer of the journal's reader (libs/store/journal.h) and of the record reader (libs/store/record.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The first byte says what the rest is: 0 a journal, 1 a record, else a script: it makes a journal with valid
 * checksums, then damages it, since chance alone would hardly get past them.
 */

#include "store/journal.h"
#include "store/record.h"

#include <stdlib.h>
#include <string.h>

#define DEMAND(condition) \
    do { \
        if (!(condition)) abort(); \
    } while (0)
#define SCRIPT_SIZE 16384

static void walk_record(struct record_reader *reader, unsigned int depth)
{
    struct record_reader group;
    struct record_field field;
    uint8_t guid[RECORD_GUID_SIZE];
    size_t size;

    while (record_next(reader, &field))
    {
        DEMAND(field.data >= reader->data && field.size <= reader->size);
        DEMAND(field.data + field.size <= reader->data + reader->size);
        switch (field.type)
        {
        case RECORD_U8: record_u8(reader, &field); break;
        case RECORD_U32: record_u32(reader, &field); break;
        case RECORD_U64: record_u64(reader, &field); break;
        case RECORD_BYTES: record_bytes(reader, &field, &size); break;
        case RECORD_UTF16: free(record_utf16(reader, &field, &size)); break;
        case RECORD_GUID: record_guid(reader, &field, guid); break;
        case RECORD_GROUP:
            if (depth >= RECORD_MAX_DEPTH) break;
            record_group(reader, &field, &group);
            walk_record(&group, depth + 1);
            break;
        default: break;
        }
    }
}

static void check_location(const struct journal_location *location, const uint8_t *data, size_t size)
{
    struct record_reader reader;

    if (!location->sequence) return;
    DEMAND(location->offset <= size && location->size <= size - location->offset);
    DEMAND(journal_crc64(0, data + location->offset, location->size) == location->crc);
    record_reader_init(&reader, data + location->offset, location->size);
    walk_record(&reader, 0);
}

static void read_journal(const uint8_t *data, size_t size)
{
    struct journal_replay replay;
    size_t i;

    if (!journal_replay(&replay, data, size)) return;
    for (i = 0; i < replay.index.count; i++)
    {
        const struct journal_job *job = &replay.index.jobs[i];

        DEMAND(job->put.sequence && job->put.sequence <= replay.chain);
        DEMAND(!job->progress.sequence || job->progress.sequence > job->put.sequence);
        DEMAND(journal_index_find(&replay.index, &job->id) == job);
        check_location(&job->put, data, size);
        check_location(&job->progress, data, size);
    }
    for (i = 0; i < replay.damage_count; i++)
    {
        const struct journal_damage *damage = &replay.damages[i];

        DEMAND(damage->offset <= size && damage->length <= size - damage->offset);
        DEMAND(journal_damage_text(damage->kind) && journal_loss_text(damage->loss));
    }
    DEMAND(replay.header.version || replay.damage_count);
    journal_replay_cleanup(&replay);
}

struct script
{
    const uint8_t *next;
    size_t left;
    uint8_t *out;
    size_t size;
    uint64_t sequence;
    uint64_t puts[4];
};

static uint8_t take(struct script *script)
{
    if (!script->left) return 0;
    script->left--;
    return *script->next++;
}

static void add_frame(struct script *script, enum journal_kind kind)
{
    uint8_t flags = take(script), job = flags & 3;
    struct journal_frame frame = {
        .kind = kind,
        .id = {{job}},
        .payload_size = kind == JOURNAL_DELETE ? 0 : take(script),
        .sequence = script->sequence + 1,
        .previous = script->sequence,
        .base = script->puts[job],
        .generation = 1,
    };

    if (frame.payload_size > script->left) frame.payload_size = (uint32_t)script->left;
    if (flags & 0x10) frame.previous++;
    if (flags & 0x20) frame.base++;
    if (flags & 0x40) frame.sequence -= 2;
    if (flags & 0x80) frame.generation++;
    if (script->size + journal_frame_size(frame.payload_size) > SCRIPT_SIZE) return;
    journal_encode_frame(&frame, script->next, script->out + script->size);
    script->size += journal_frame_size(frame.payload_size);
    script->next += frame.payload_size;
    script->left -= frame.payload_size;
    script->sequence = frame.sequence;
    if (kind != JOURNAL_PROGRESS) script->puts[job] = kind == JOURNAL_PUT ? frame.sequence : 0;
}

/* Overwrite, cut out, or repeat a part of what was made so far. */
static void damage(struct script *script, uint8_t how)
{
    size_t offset = take(script) | (size_t)take(script) << 8, length = 1 + (size_t)take(script);

    if (!script->size) return;
    offset %= script->size;
    if (length > script->size - offset) length = script->size - offset;
    switch (how & 3)
    {
    case 0: script->out[offset] ^= (uint8_t)length; break;
    case 1: memset(script->out + offset, how, length); break;
    case 2:
        memmove(script->out + offset, script->out + offset + length, script->size - offset - length);
        script->size -= length;
        break;
    default:
        if (script->size + length > SCRIPT_SIZE) break;
        memmove(script->out + script->size, script->out + offset, length);
        script->size += length;
        break;
    }
}

static void run_script(const uint8_t *data, size_t size)
{
    struct journal_header header = {JOURNAL_VERSION, 1, 0};
    struct script script = {.next = data, .left = size, .out = malloc(SCRIPT_SIZE), .sequence = 10};
    uint8_t *exact;

    if (!script.out) return;
    header.start = script.sequence;
    journal_encode_header(&header, script.out);
    script.size = JOURNAL_HEADER_SIZE;
    while (script.left)
    {
        uint8_t operation = take(&script);

        switch (operation & 7)
        {
        case 0:
        case 1:
        case 2: add_frame(&script, JOURNAL_PUT); break;
        case 3:
        case 4: add_frame(&script, JOURNAL_PROGRESS); break;
        case 5: add_frame(&script, JOURNAL_DELETE); break;
        default: damage(&script, operation >> 3); break;
        }
    }
    /* Without spare room behind it, so that the sanitizer sees the end. */
    if ((exact = malloc(script.size + 1)))
    {
        memcpy(exact + 1, script.out, script.size);
        read_journal(exact + 1, script.size);
    }
    free(exact);
    free(script.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record_reader reader;

    if (!size) return 0;
    if (data[0] == 0) read_journal(data + 1, size - 1);
    else if (data[0] == 1)
    {
        record_reader_init(&reader, data + 1, size - 1);
        walk_record(&reader, 0);
    }
    else run_script(data + 1, size - 1);
    return 0;
}
