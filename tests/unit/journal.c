/*
 * Unit tests of libs/store/journal.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "unit.h"
#include "store/journal.h"

#include <stdlib.h>

#define GENERATION UINT64_C(0x1122334455667788)

/* A journal in the making. */
struct made
{
    uint8_t data[64 * 1024];
    size_t size;
    uint64_t chain;
    size_t frames[64]; /* offsets */
    size_t frame_count;
};

static struct journal_id id_of(unsigned int number)
{
    struct journal_id id = {{0}};

    id.bytes[0] = (uint8_t)number;
    id.bytes[15] = 0xee;
    return id;
}

static void begin(struct made *made)
{
    struct journal_header header = {JOURNAL_VERSION, GENERATION, 7};

    memset(made, 0, sizeof(*made));
    journal_encode_header(&header, made->data);
    made->size = JOURNAL_HEADER_SIZE;
    made->chain = header.start;
}

static uint64_t add(struct made *made, enum journal_kind kind, unsigned int job, uint64_t base, const char *text)
{
    struct journal_frame frame = {
        .kind = kind,
        .id = id_of(job),
        .payload_size = (uint32_t)strlen(text),
        .sequence = made->chain + 1,
        .previous = made->chain,
        .base = base,
        .generation = GENERATION,
    };

    journal_encode_frame(&frame, text, made->data + made->size);
    made->frames[made->frame_count++] = made->size;
    made->size += journal_frame_size(frame.payload_size);
    return ++made->chain;
}

static uint64_t put(struct made *made, unsigned int job, const char *text)
{
    return add(made, JOURNAL_PUT, job, 0, text);
}

/* Whether the place in the journal says text (NULL: that there is none). */
static int says(const struct made *made, const struct journal_location *location, const char *text)
{
    if (!text || !location->sequence) return !text && !location->sequence;
    return location->size == strlen(text) && !memcmp(made->data + location->offset, text, location->size);
}

static int job_is(const struct made *made, const struct journal_replay *replay, unsigned int number, const char *state,
                  const char *progress)
{
    struct journal_id id = id_of(number);
    const struct journal_job *job = journal_index_find(&replay->index, &id);

    if (!job) return !state && !progress;
    return says(made, &job->put, state) && says(made, &job->progress, progress);
}

static void replay_made(struct journal_replay *replay, const struct made *made)
{
    CHECK(journal_replay(replay, made->data, made->size));
}

/* Exactly one damage, of this kind and cost, and of this job (-1: of none). */
static void check_damage(const struct journal_replay *replay, enum journal_damage_kind kind, enum journal_loss loss,
                         int job)
{
    struct journal_id id = id_of(job < 0 ? 0 : (unsigned int)job);

    CHECK_INT(replay->damage_count, 1);
    if (replay->damage_count != 1) return;
    CHECK_STR(journal_damage_text(replay->damages[0].kind), journal_damage_text(kind));
    CHECK_STR(journal_loss_text(replay->damages[0].loss), journal_loss_text(loss));
    CHECK_INT(replay->damages[0].has_id, job >= 0);
    if (job >= 0) CHECK(!memcmp(&replay->damages[0].id, &id, sizeof(id)));
}

TEST(checksum)
{
    /* The check value of CRC-64/XZ. */
    CHECK(journal_crc64(0, "123456789", 9) == UINT64_C(0x995dc9bbdf1939fa));
    CHECK(journal_crc64(journal_crc64(0, "1234", 4), "56789", 5) == UINT64_C(0x995dc9bbdf1939fa));
    CHECK(journal_crc64(0, NULL, 0) == 0);
}

TEST(bytes)
{
    /* docs/journal-format.md, all but the checksums */
    static const uint8_t head[] = {'W',  'B',  'J',  'O',  'B',  'S',  0x1a, '\n', 2, 0, 0, 0, 40, 0, 0, 0,
                                   0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 7, 0, 0, 0, 0,  0, 0, 0};
    static const uint8_t edge[] = {0xf7, 'J',  'H', 'P', 3, 0, 0, 0, 8, 0, 0, 0, 0, 0,    0,    0,    7,    0,    0,
                                   0,    0,    0,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33,
                                   0x22, 0x11, 1,   0,   0, 0, 0, 0, 0, 0, 0, 0, 0, 0,    0,    0,    0,    0xee};
    struct made made;

    begin(&made);
    put(&made, 1, "abc");
    CHECK(!memcmp(made.data, head, sizeof(head)));
    CHECK(!memcmp(made.data + 40, edge, sizeof(edge)));
    CHECK(!memcmp(made.data + 40 + 72, "abc\xf7JFP", 7));
    CHECK(!memcmp(made.data + 40 + 4, made.data + 40 + 75 + 4, 60));
    CHECK_INT(made.size, 40 + 72 + 3 + 72);
}

TEST(plain)
{
    struct journal_replay replay;
    struct made made;
    uint64_t base;

    begin(&made);
    replay_made(&replay, &made);
    CHECK(!replay.index.count && !replay.damage_count && replay.chain == 7);
    journal_replay_cleanup(&replay);

    put(&made, 1, "one");
    base = put(&made, 2, "two");
    add(&made, JOURNAL_PROGRESS, 2, base, "10%");
    put(&made, 3, "three");
    add(&made, JOURNAL_PROGRESS, 2, base, "20%");
    add(&made, JOURNAL_DELETE, 3, 0, "");
    put(&made, 1, "ONE");
    base = put(&made, 4, "");
    add(&made, JOURNAL_PROGRESS, 4, base, "x");
    put(&made, 4, "four"); /* takes the progress with it */
    replay_made(&replay, &made);
    CHECK_INT(replay.damage_count, 0);
    CHECK_INT(replay.frames, 10);
    CHECK_INT(replay.index.count, 3);
    CHECK_INT(replay.chain, made.chain);
    CHECK(replay.header.generation == GENERATION && replay.header.version == JOURNAL_VERSION);
    CHECK(job_is(&made, &replay, 1, "ONE", NULL));
    CHECK(job_is(&made, &replay, 2, "two", "20%"));
    CHECK(job_is(&made, &replay, 3, NULL, NULL));
    CHECK(job_is(&made, &replay, 4, "four", NULL));
    journal_replay_cleanup(&replay);
}

/* Damage to the payload of one record, in every role that the record can have. */
TEST(damaged_payload)
{
    struct journal_replay replay;
    struct made made;
    uint64_t base;

    begin(&made);
    put(&made, 1, "only");
    put(&made, 2, "other");
    made.data[made.frames[0] + JOURNAL_EDGE_SIZE] ^= 1;
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_JOB, 1);
    CHECK_INT(replay.index.count, 1);
    CHECK(job_is(&made, &replay, 2, "other", NULL));
    journal_replay_cleanup(&replay);

    put(&made, 1, "later"); /* what was lost does not matter any more */
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_NONE, 1);
    CHECK(job_is(&made, &replay, 1, "later", NULL));
    journal_replay_cleanup(&replay);

    begin(&made);
    put(&made, 1, "old");
    base = put(&made, 1, "new");
    add(&made, JOURNAL_PROGRESS, 1, base, "50%"); /* must not be taken for progress of "old" */
    made.data[made.frames[1] + JOURNAL_EDGE_SIZE] ^= 1;
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_REVERTED, 1);
    CHECK(job_is(&made, &replay, 1, "old", NULL));
    CHECK(replay.index.count == 1 && replay.index.jobs[0].stale);
    journal_replay_cleanup(&replay);

    begin(&made);
    base = put(&made, 1, "state");
    add(&made, JOURNAL_PROGRESS, 1, base, "10%");
    add(&made, JOURNAL_PROGRESS, 1, base, "20%");
    made.data[made.frames[2] + JOURNAL_EDGE_SIZE] ^= 1;
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_PROGRESS, 1);
    CHECK(job_is(&made, &replay, 1, "state", "10%"));
    CHECK(!replay.index.jobs[0].stale);
    journal_replay_cleanup(&replay);
}

/* Head and foot stand in for each other; a deletion survives the loss of either. */
TEST(damaged_edge)
{
    struct journal_replay replay;
    struct made made;
    size_t i;

    for (i = 0; i < 2 * JOURNAL_EDGE_SIZE; i++)
    {
        begin(&made);
        put(&made, 1, "one");
        put(&made, 2, "two");
        add(&made, JOURNAL_DELETE, 1, 0, "");
        put(&made, 3, "three");
        made.data[made.frames[2] + i] ^= 0x55;
        replay_made(&replay, &made);
        check_damage(&replay, JOURNAL_DAMAGE_EDGE, JOURNAL_LOSS_NONE, 1);
        CHECK(replay.damages[0].offset == made.frames[2] + (i < JOURNAL_EDGE_SIZE ? 0 : JOURNAL_EDGE_SIZE));
        CHECK(job_is(&made, &replay, 1, NULL, NULL));
        CHECK(job_is(&made, &replay, 2, "two", NULL));
        CHECK(job_is(&made, &replay, 3, "three", NULL));
        journal_replay_cleanup(&replay);
    }
}

/* Head and payload, or payload and foot: the job is known all the same. Everything: it is not. */
TEST(damaged_region)
{
    struct journal_replay replay;
    struct made made;

    begin(&made);
    put(&made, 1, "one");
    put(&made, 2, "two");
    put(&made, 3, "three");
    memset(made.data + made.frames[1], 0, JOURNAL_EDGE_SIZE + 3);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_JOB, 2);
    CHECK(job_is(&made, &replay, 3, "three", NULL));
    journal_replay_cleanup(&replay);

    begin(&made);
    put(&made, 1, "one");
    put(&made, 2, "two");
    put(&made, 3, "three");
    memset(made.data + made.frames[1] + JOURNAL_EDGE_SIZE, 0, JOURNAL_EDGE_SIZE + 3);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_JOB, 2);
    CHECK(job_is(&made, &replay, 3, "three", NULL));
    journal_replay_cleanup(&replay);

    memset(made.data + made.frames[1], 0, made.frames[2] - made.frames[1]);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_FRAME, JOURNAL_LOSS_UNKNOWN, -1);
    CHECK_INT(replay.damages[0].length, made.frames[2] - made.frames[1]);
    CHECK(job_is(&made, &replay, 1, "one", NULL) && job_is(&made, &replay, 3, "three", NULL));
    CHECK_INT(replay.index.count, 2);
    journal_replay_cleanup(&replay);

    /* From the middle of the first to the middle of the last: the first has its head, the last is whole. */
    begin(&made);
    put(&made, 1, "one");
    put(&made, 2, "two");
    put(&made, 3, "three");
    memset(made.data + made.frames[0] + JOURNAL_EDGE_SIZE, 0, made.frames[2] - made.frames[0]);
    memcpy(made.data + made.frames[2] + JOURNAL_EDGE_SIZE, "three", 5);
    replay_made(&replay, &made);
    CHECK_INT(replay.damage_count, 2);
    CHECK(job_is(&made, &replay, 3, "three", NULL));
    CHECK_INT(replay.index.count, 1);
    journal_replay_cleanup(&replay);
}

static void cut_out(struct made *made, size_t start, size_t end)
{
    memmove(made->data + start, made->data + end, made->size - end);
    made->size -= end - start;
}

TEST(missing_frames)
{
    struct journal_replay replay;
    struct made made;
    uint64_t base;

    begin(&made);
    put(&made, 1, "one");
    put(&made, 2, "two");
    put(&made, 3, "three");
    cut_out(&made, made.frames[1], made.frames[2]);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_GAP, JOURNAL_LOSS_UNKNOWN, -1);
    CHECK_INT(replay.index.count, 2);
    journal_replay_cleanup(&replay);

    begin(&made); /* the first one */
    put(&made, 1, "one");
    put(&made, 2, "two");
    cut_out(&made, made.frames[0], made.frames[1]);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_GAP, JOURNAL_LOSS_UNKNOWN, -1);
    journal_replay_cleanup(&replay);

    begin(&made); /* progress tells whose put is missing */
    put(&made, 1, "old");
    base = put(&made, 1, "new");
    add(&made, JOURNAL_PROGRESS, 1, base, "50%");
    memset(made.data + made.frames[1], 0, made.frames[2] - made.frames[1]);
    replay_made(&replay, &made);
    CHECK_INT(replay.damage_count, 2);
    CHECK_INT(replay.damages[1].loss, JOURNAL_LOSS_REVERTED);
    CHECK(job_is(&made, &replay, 1, "old", NULL) && replay.index.jobs[0].stale);
    journal_replay_cleanup(&replay);
}

/* A copy of an old frame at the end (a misdirected write) does not bring the old state back. */
TEST(repeated_frame)
{
    struct journal_replay replay;
    struct made made;

    begin(&made);
    put(&made, 1, "old");
    put(&made, 1, "new");
    memcpy(made.data + made.size, made.data + made.frames[0], journal_frame_size(3));
    made.size += journal_frame_size(3);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_ORDER, JOURNAL_LOSS_NONE, 1);
    CHECK(job_is(&made, &replay, 1, "new", NULL));
    journal_replay_cleanup(&replay);
}

/* Frames of another file, which a file system may show after a power cut, and frames within payloads. */
TEST(foreign_frames)
{
    struct journal_frame foreign = {
        .kind = JOURNAL_PUT,
        .id = id_of(1),
        .payload_size = 4,
        .sequence = 100,
        .previous = 9,
        .generation = 5,
    };
    struct journal_replay replay;
    struct made made;

    begin(&made);
    put(&made, 1, "one");
    put(&made, 2, "two");
    journal_encode_frame(&foreign, "evil", made.data + made.size);
    made.size += journal_frame_size(4);
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_TAIL, JOURNAL_LOSS_UNKNOWN, -1);
    CHECK(job_is(&made, &replay, 1, "one", NULL));
    journal_replay_cleanup(&replay);

    begin(&made); /* the damaged payload of job 2 contains a frame, even with the right generation */
    put(&made, 1, "one");
    foreign.generation = GENERATION;
    foreign.payload_size = 400;
    made.frames[1] = made.size;
    {
        static uint8_t payload[1000];
        struct journal_frame frame = {
            .kind = JOURNAL_PUT,
            .id = id_of(2),
            .payload_size = sizeof(payload),
            .sequence = made.chain + 1,
            .previous = made.chain,
            .generation = GENERATION,
        };

        journal_encode_frame(&foreign, made.data, payload + 8);
        journal_encode_frame(&frame, payload, made.data + made.size);
        made.size += journal_frame_size(sizeof(payload));
    }
    made.data[made.frames[1] + JOURNAL_EDGE_SIZE] ^= 1;
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_PAYLOAD, JOURNAL_LOSS_JOB, 2);
    CHECK(job_is(&made, &replay, 1, "one", NULL));
    journal_replay_cleanup(&replay);
}

TEST(torn_tail)
{
    struct journal_replay replay;
    struct made made;
    size_t size;

    begin(&made);
    put(&made, 1, "one");
    put(&made, 1, "two");
    for (size = made.frames[1]; size < made.size; size++)
    {
        CHECK(journal_replay(&replay, made.data, size));
        if (size == made.frames[1]) CHECK_INT(replay.damage_count, 0);
        else if (size < made.frames[1] + JOURNAL_EDGE_SIZE)
            check_damage(&replay, JOURNAL_DAMAGE_TAIL, JOURNAL_LOSS_UNKNOWN, -1);
        else if (size < made.frames[1] + JOURNAL_EDGE_SIZE + 3)
            check_damage(&replay, JOURNAL_DAMAGE_TAIL, JOURNAL_LOSS_REVERTED, 1);
        else check_damage(&replay, JOURNAL_DAMAGE_EDGE, JOURNAL_LOSS_NONE, 1);
        CHECK(job_is(&made, &replay, 1, size < made.frames[1] + JOURNAL_EDGE_SIZE + 3 ? "one" : "two", NULL));
        journal_replay_cleanup(&replay);
    }
}

TEST(damaged_header)
{
    struct journal_replay replay;
    struct made made;
    size_t i;

    for (i = 0; i < JOURNAL_HEADER_SIZE; i++)
    {
        begin(&made);
        put(&made, 1, "one");
        put(&made, 2, "two");
        made.data[i] ^= 0xff;
        replay_made(&replay, &made);
        check_damage(&replay, JOURNAL_DAMAGE_HEADER, JOURNAL_LOSS_NONE, -1);
        CHECK(job_is(&made, &replay, 1, "one", NULL) && job_is(&made, &replay, 2, "two", NULL));
        CHECK(replay.header.generation == GENERATION);
        journal_replay_cleanup(&replay);
    }
    for (i = 0; i < JOURNAL_HEADER_SIZE; i++)
    {
        CHECK(journal_replay(&replay, made.data, i));
        CHECK(replay.damage_count >= 1 && replay.damages[0].loss == JOURNAL_LOSS_ALL);
        CHECK_INT(replay.index.count, 0);
        journal_replay_cleanup(&replay);
    }
}

static void seal_header(uint8_t *data, size_t size)
{
    uint64_t crc = journal_crc64(0, data, size - 8);
    size_t i;

    for (i = 0; i < 8; i++) data[size - 8 + i] = (uint8_t)(crc >> (8 * i));
}

/* B-752 */
TEST(other_versions)
{
    static const uint8_t versions[] = {1, JOURNAL_VERSION + 1, 255};
    struct journal_replay replay;
    struct made made;
    unsigned int i;

    for (i = 0; i < sizeof(versions); i++)
    {
        begin(&made);
        put(&made, 1, "one");
        made.data[8] = versions[i];
        seal_header(made.data, JOURNAL_HEADER_SIZE);
        replay_made(&replay, &made);
        check_damage(&replay, JOURNAL_DAMAGE_VERSION, JOURNAL_LOSS_ALL, -1);
        CHECK_INT(replay.index.count, 0);
        journal_replay_cleanup(&replay);
    }
}

/* Of another version only the first 24 bytes are as here. */
TEST(short_header)
{
    struct journal_replay replay;
    struct made made;

    memset(&made, 0, sizeof(made));
    memcpy(made.data, "WBJOBS\x1a\n\1\0\0\0\x18\0\0\0", 16);
    seal_header(made.data, 24);
    made.size = 24;
    replay_made(&replay, &made);
    check_damage(&replay, JOURNAL_DAMAGE_VERSION, JOURNAL_LOSS_ALL, -1);
    journal_replay_cleanup(&replay);
}

TEST(index)
{
    struct journal_index index;
    struct journal_job *job;
    struct journal_id id;
    uint32_t i, wrong = 0;

    journal_index_init(&index);
    memset(&id, 0, sizeof(id));
    CHECK(!journal_index_find(&index, &id));
    for (i = 0; i < 20000; i++)
    {
        memcpy(id.bytes + 4, &i, sizeof(i));
        if (!(job = journal_index_add(&index, &id))) continue;
        job->put.sequence = i % 3; /* every third one says nothing */
        wrong += journal_index_add(&index, &id) != job;
    }
    CHECK_INT(index.count, 20000);
    journal_index_prune(&index);
    CHECK_INT(index.count, 20000 - 6667);
    for (i = 0; i < 20000; i++)
    {
        memcpy(id.bytes + 4, &i, sizeof(i));
        job = journal_index_find(&index, &id);
        wrong += i % 3 ? !job || job->put.sequence != i % 3 : job != NULL;
    }
    CHECK_INT(wrong, 0);
    journal_index_cleanup(&index);
}

int main(void)
{
    RUN(checksum);
    RUN(bytes);
    RUN(plain);
    RUN(damaged_payload);
    RUN(damaged_edge);
    RUN(damaged_region);
    RUN(missing_frames);
    RUN(repeated_frame);
    RUN(foreign_frames);
    RUN(torn_tail);
    RUN(damaged_header);
    RUN(other_versions);
    RUN(short_header);
    RUN(index);
    return unit_finish();
}
