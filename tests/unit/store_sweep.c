/*
 * The job store on a disk that fails and loses its power (libs/store/store.h).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The sweeps damage a journal at every byte, cut the power after every byte written, and let every single
 * operation fail. The disk is simulated (store_disk.h).
 */

#include "unit.h"
#include "store/store.h"
#include "store_disk.h"

#include <pthread.h>
#include <stdlib.h>

/* --- what was stored and what is found -------------------------------------- */

#define JOBS 20
#define RESERVE 400 /* bytes */

/* A job's history is a row of versions; odd payload sizes make frames of all lengths. */
struct payload
{
    uint8_t job;
    uint8_t version;  /* of the put; of progress: of the put it goes with */
    uint8_t progress; /* 0: this is a put */
    uint8_t filler[61];
};

struct found
{
    bool present[JOBS];
    bool stale[JOBS];
    int version[JOBS];
    int progress[JOBS];
    int count;
    int damages;
    struct journal_damage last_damage;
    bool bad;   /* something that nobody wrote */
    int refuse; /* job that the loader refuses; -1: none */
    uint32_t refuse_error;
};

static struct journal_id id_of(int job)
{
    struct journal_id id = {{(uint8_t)job, 0x5a, 0xf7, 'J'}};

    return id;
}

static size_t payload_size(int job, int version)
{
    return 3 + (size_t)(job * 7 + version * 5) % 40;
}

static void make_payload(struct payload *payload, int job, int version, int progress)
{
    size_t i;

    payload->job = (uint8_t)job;
    payload->version = (uint8_t)version;
    payload->progress = (uint8_t)progress;
    for (i = 0; i < sizeof(payload->filler); i++) payload->filler[i] = (uint8_t)(job + version + progress + (int)i);
}

static bool payload_ok(const uint8_t *data, size_t size, int job, bool progress)
{
    struct payload want;

    if (size < 3 || data[0] != job || !data[2] == progress) return false;
    make_payload(&want, job, data[1], data[2]);
    return size == payload_size(job, data[1]) && !memcmp(data, &want, size);
}

static uint32_t load(void *context, const struct store_job *job)
{
    struct found *found = context;
    int number = job->id.bytes[0];
    struct journal_id id = id_of(number);

    if (number >= JOBS || memcmp(&id, &job->id, sizeof(id)) || found->present[number] ||
        !payload_ok(job->state, job->state_size, number, false) ||
        (job->progress &&
         (!payload_ok(job->progress, job->progress_size, number, true) || job->progress[1] != job->state[1])))
    {
        found->bad = true;
        return STORE_OK;
    }
    if (number == found->refuse) return found->refuse_error;
    found->present[number] = true;
    found->stale[number] = job->stale;
    found->version[number] = job->state[1];
    found->progress[number] = job->progress ? job->progress[2] : 0;
    found->count++;
    return STORE_OK;
}

static void note_damage(void *context, const struct journal_damage *damage)
{
    struct found *found = context;

    if (holding) CHECK(!"no callback under the lock");
    found->damages++;
    found->last_damage = *damage;
}

static uint32_t open_store(struct disk *disk, struct found *found, uint64_t compact_minimum, struct store **store)
{
    struct store_callbacks callbacks = {found, load, note_damage, compact_minimum, RESERVE};
    uint32_t error;

    memset(found, 0, sizeof(*found));
    found->refuse = -1;
    error = store_open(make_os(disk), &callbacks, store);
    if (found->bad) CHECK(!"what is found was written once");
    return error;
}

/* What the user of the store did and was told. */
struct history
{
    int version[JOBS];      /* newest handed over; even a deletion is a version */
    bool deleted[JOBS][64]; /* by version */
    int progress[JOBS];
    int acknowledged[JOBS]; /* newest version acknowledged */
    int acknowledged_progress[JOBS];
    bool put_failed[JOBS];
};

/* One change that waits to be acknowledged. */
struct open_change
{
    int job;
    int version;
    int progress; /* 0: put or delete */
    uint64_t ticket;
};

static uint32_t hand_over(struct store *store, struct history *history, enum journal_kind kind, int job,
                          struct open_change *change)
{
    struct journal_id id = id_of(job);
    struct payload payload;
    size_t size = 0;

    if (kind == JOURNAL_PROGRESS) history->progress[job]++;
    else
    {
        history->version[job]++;
        history->progress[job] = 0;
        history->deleted[job][history->version[job]] = kind == JOURNAL_DELETE;
    }
    change->job = job;
    change->version = history->version[job];
    change->progress = history->progress[job];
    if (kind != JOURNAL_DELETE)
    {
        make_payload(&payload, job, change->version, change->progress);
        size = payload_size(job, change->version);
    }
    return store_append(store, kind, &id, &payload, size, &change->ticket);
}

static void note_result(struct history *history, const struct open_change *change, uint32_t error)
{
    int job = change->job;

    if (!change->progress)
    {
        history->put_failed[job] = error != 0;
        if (error) return;
        history->acknowledged[job] = change->version;
        history->acknowledged_progress[job] = 0;
    }
    else if (!error && !history->put_failed[job] && history->acknowledged[job] == change->version)
        history->acknowledged_progress[job] = change->progress;
}

/* The whole store is at least what was acknowledged, and nothing that was not handed over. */
static bool is_at_least(const struct found *found, const struct history *history)
{
    int job, version;

    for (job = 0; job < JOBS; job++)
    {
        if (!found->present[job])
        {
            /* Deleted, or never acknowledged: at the acknowledged version or in one handed over after it. */
            for (version = history->acknowledged[job]; version <= history->version[job]; version++)
            {
                if (!version || history->deleted[job][version]) break;
            }
            if (version > history->version[job]) return false;
            continue;
        }
        version = found->version[job];
        if (version < history->acknowledged[job] || version > history->version[job]) return false;
        if (history->deleted[job][version]) return false;
        if (version == history->acknowledged[job] && found->progress[job] < history->acknowledged_progress[job])
            return false;
    }
    return true;
}

static bool is_exactly(const struct found *found, const struct history *history)
{
    int job;

    for (job = 0; job < JOBS; job++)
    {
        bool want = history->version[job] && !history->deleted[job][history->version[job]];

        if (found->present[job] != want) return false;
        if (!want) continue;
        if (found->version[job] != history->version[job] || found->progress[job] != history->progress[job])
            return false;
    }
    return true;
}

/* The next change of a fixed, mixed sequence: what, and of which job. */
static enum journal_kind choose(const struct history *history, unsigned int step, int jobs, int *job)
{
    unsigned int random = step * 2654435761u;
    bool alive;

    random ^= random >> 15;
    random *= 2246822519u;
    random ^= random >> 13;
    *job = (int)(random % (unsigned int)jobs);
    alive = history->version[*job] && !history->deleted[*job][history->version[*job]];
    if (!alive) return JOURNAL_PUT;
    switch (random >> 8 & 7)
    {
    case 0: return JOURNAL_DELETE;
    case 1:
    case 2:
    case 3: return JOURNAL_PROGRESS;
    default: return JOURNAL_PUT;
    }
}

/* Run the sequence, waiting after every one to three changes. */
static void run_sequence(struct store *store, struct history *history, int jobs, unsigned int steps)
{
    struct open_change open[3];
    unsigned int step, count = 0, i;
    enum journal_kind kind;
    int job;

    for (step = 0; step < steps; step++)
    {
        kind = choose(history, step, jobs, &job);
        /* Progress of a job whose deletion has failed is refused. */
        if (hand_over(store, history, kind, job, &open[count])) continue;
        if (++count <= step % 3 && step + 1 < steps) continue;
        for (i = count; i--;) open[i].ticket = store_wait(store, open[i].ticket); /* now the result */
        for (i = 0; i < count; i++) note_result(history, &open[i], (uint32_t)open[i].ticket);
        count = 0;
    }
}

/* The store on this disk goes on working: everything can be changed, and is found afterwards. */
static bool goes_on(struct disk *disk, struct store *store, struct history *history)
{
    struct open_change change;
    struct found found;
    int job, failed = 0;

    for (job = 0; job < 3; job++)
    {
        failed += hand_over(store, history, JOURNAL_PUT, job, &change) != 0;
        failed += store_wait(store, change.ticket) != 0;
    }
    failed += store_close(store) != 0;
    failed += open_store(disk, &found, 0, &store) != 0;
    for (job = 0; job < 3; job++) failed += found.version[job] != history->version[job];
    if (found.damages) failed++;
    store_close(store);
    return !failed;
}

/* --- simple things ---------------------------------------------------------- */

TEST(basics)
{
    struct disk *disk = disk_create();
    struct history history = {0};
    struct store_statistics statistics;
    struct open_change change;
    struct journal_id id = id_of(77);
    struct store *store;
    struct found found;
    uint64_t ticket;

    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK_INT(found.damages, 0);
    CHECK(disk_get(disk, "jobs.journal") && disk_get(disk, "jobs.journal")->size == JOURNAL_HEADER_SIZE);
    run_sequence(store, &history, JOBS, 60);
    CHECK(!memcmp(history.acknowledged, history.version, sizeof(history.version)));
    CHECK_INT(store_append(store, JOURNAL_PROGRESS, &id, "x", 1, &ticket), STORE_NOT_FOUND);
    CHECK_INT(store_append(store, JOURNAL_DELETE, &id, "x", 1, &ticket), STORE_INVALID_PARAMETER);
    CHECK_INT(store_append(store, JOURNAL_PUT, &id, "", (size_t)JOURNAL_MAX_PAYLOAD + 1, &ticket),
              STORE_INVALID_PARAMETER);
    CHECK_INT(store_wait(store, 1000), STORE_INVALID_PARAMETER);
    CHECK_INT(store_wait(store, 0), 0);
    CHECK_INT(store_append(store, JOURNAL_DELETE, &id, NULL, 0, &ticket), 0); /* unknown: harmless */
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 3, &change), 0);
    store_get_statistics(store, &statistics);
    CHECK(statistics.commits >= 20 && statistics.commits <= 30); /* one for one to three changes */
    CHECK_INT(statistics.appends, 60);
    CHECK_INT(statistics.compactions, 1); /* the first file */
    CHECK_INT(statistics.file_size, disk_get(disk, "jobs.journal")->size);
    CHECK_INT(store_close(store), 0); /* writes what nobody waited for */

    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK_INT(found.damages, 0);
    CHECK(is_exactly(&found, &history));
    store_get_statistics(store, &statistics);
    CHECK_INT(statistics.jobs, found.count);
    CHECK_INT(store_close(store), 0);
    CHECK_INT(store_close(NULL), 0);

    disk->locked_out = true;
    CHECK_INT(open_store(disk, &found, 0, &store), STORE_SHARING_VIOLATION);
    CHECK(!store);
    disk_destroy(disk);
}

TEST(compaction)
{
    struct disk *disk = disk_create();
    struct history history = {0};
    struct store_statistics statistics;
    struct open_change change;
    struct store *store;
    struct found found;
    int i;

    CHECK_INT(open_store(disk, &found, 4096, &store), 0);
    for (i = 0; i < 5; i++) CHECK_INT(hand_over(store, &history, JOURNAL_PUT, i, &change), 0);
    for (i = 0; i < 250; i++)
    {
        CHECK_INT(hand_over(store, &history, JOURNAL_PROGRESS, i % 5, &change), 0);
        CHECK_INT(store_wait(store, change.ticket), 0);
        CHECK(disk_get(disk, "jobs.journal")->size < 4096 + 5 * 2 * 260 + JOURNAL_HEADER_SIZE);
    }
    store_get_statistics(store, &statistics);
    CHECK(statistics.compactions >= 5);
    CHECK(!disk_get(disk, "jobs.journal.new"));
    CHECK_INT(statistics.file_size, disk_get(disk, "jobs.journal")->size);
    CHECK(statistics.live_size <= statistics.file_size);
    CHECK_INT(store_close(store), 0);
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(is_exactly(&found, &history) && !found.damages);
    store_close(store);
    disk_destroy(disk);
}

/* Nothing is appended to a journal after a failure that nobody could clean up. */
TEST(full_disk)
{
    struct disk *disk = disk_create();
    struct history history = {0};
    struct open_change change, other;
    struct store *store;
    struct found found;
    size_t size;

    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), 0);
    note_result(&history, &change, 0);
    size = disk_get(disk, "jobs.journal")->size;

    disk->fail_at = disk->operations;
    disk->fail_count = 1; /* the write, half of it */
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 2, &other), 0);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL);
    CHECK_INT(store_wait(store, other.ticket), STORE_DISK_FULL);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL); /* as often as one asks */
    CHECK_INT(disk_get(disk, "jobs.journal")->size, size);
    CHECK_INT(hand_over(store, &history, JOURNAL_PROGRESS, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), 0);
    CHECK_INT(disk_get(disk, "jobs.journal")->size, size); /* it went with the state that was not stored */

    disk->fail_at = disk->operations;
    disk->fail_count = 2; /* and the truncation */
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL);
    CHECK(disk_get(disk, "jobs.journal")->size > size);
    disk->fail_at = disk->operations;
    disk->fail_count = 1; /* and when it is tried again */
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL);

    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 2, &change), 0);
    CHECK_INT(hand_over(store, &history, JOURNAL_PROGRESS, 2, &change), 0);
    CHECK_INT(store_flush(store), 0);
    CHECK_INT(store_close(store), 0);
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(is_exactly(&found, &history) && !found.damages);
    store_close(store);
    disk_destroy(disk);
}

/* A journal that nobody can read completely, written to the disk by the store itself. */
struct image
{
    struct bytes bytes;
    struct history history;
    size_t ends[80]; /* of the frames */
    int jobs[80];
    int count;
};

static void make_image(struct image *image, unsigned int frames)
{
    struct disk *disk = disk_create();
    struct open_change change;
    enum journal_kind kind;
    struct store *store;
    struct found found;
    int job;

    memset(image, 0, sizeof(*image));
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    for (job = 0; job < JOBS && (unsigned int)image->count < frames; job++)
    {
        hand_over(store, &image->history, JOURNAL_PUT, job, &change);
        CHECK_INT(store_wait(store, change.ticket), 0);
        image->jobs[image->count] = job;
        image->ends[image->count++] = disk_get(disk, "jobs.journal")->size;
    }
    while ((unsigned int)image->count < frames)
    {
        kind = choose(&image->history, (unsigned int)image->count, JOBS, &job);
        hand_over(store, &image->history, kind, job, &change);
        CHECK_INT(store_wait(store, change.ticket), 0);
        image->jobs[image->count] = job;
        image->ends[image->count++] = disk_get(disk, "jobs.journal")->size;
    }
    store_close(store);
    bytes_copy(&image->bytes, disk_get(disk, "jobs.journal"));
    disk_destroy(disk);
}

TEST(loader_refuses)
{
    struct disk *disk = disk_create();
    struct store_callbacks callbacks;
    struct found found = {0};
    struct store *store;
    struct image image;

    make_image(&image, 20);
    disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size);
    found.refuse = 5;
    found.refuse_error = STORE_FILE_CORRUPT;
    callbacks = (struct store_callbacks){&found, load, note_damage, 0};
    CHECK_INT(store_open(make_os(disk), &callbacks, &store), 0);
    CHECK_INT(found.damages, 1);
    CHECK_INT(found.last_damage.kind, JOURNAL_DAMAGE_RECORD);
    CHECK_INT(found.last_damage.id.bytes[0], 5);
    CHECK(disk_get(disk, "jobs.damaged-1.journal"));
    store_close(store);
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(!found.present[5] && found.count == 19 && !found.damages);
    store_close(store);
    free(image.bytes.data);
    disk_destroy(disk);
}

/* A loader without memory: nothing is opened, nothing is lost. */
TEST(loader_fails)
{
    struct disk *disk = disk_create();
    struct found found = {.refuse = 5, .refuse_error = STORE_NO_MEMORY};
    const struct store_callbacks callbacks = {&found, load, note_damage, 0};
    struct store *store;
    struct image image;

    make_image(&image, 20);
    disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size);
    CHECK_INT(store_open(make_os(disk), &callbacks, &store), STORE_NO_MEMORY);
    CHECK(!store && !found.damages);
    CHECK_INT(disk_get(disk, "jobs.journal")->size, image.bytes.size);
    CHECK(!memcmp(disk_get(disk, "jobs.journal")->data, image.bytes.data, image.bytes.size));
    CHECK(!disk_get(disk, "jobs.damaged-1.journal"));
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(found.count == 20 && !found.damages);
    store_close(store);
    free(image.bytes.data);
    disk_destroy(disk);
}

/* On a full disk jobs can end, and nothing else can be stored; what is kept back for that comes back. */
TEST(full_disk_ends_jobs)
{
    struct disk *disk = disk_create();
    struct history history = {0};
    struct open_change change;
    struct store *store;
    struct found found;
    int i;

    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    for (i = 1; i < 4; i++)
    {
        CHECK_INT(hand_over(store, &history, JOURNAL_PUT, i, &change), 0);
        CHECK_INT(store_wait(store, change.ticket), 0);
    }
    CHECK(disk_get(disk, "jobs.reserve") && disk_get(disk, "jobs.reserve")->size == RESERVE);

    disk->capacity = disk_used(disk);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL);
    CHECK_INT(disk_get(disk, "jobs.reserve")->size, RESERVE);
    CHECK_INT(hand_over(store, &history, JOURNAL_DELETE, 1, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), 0);
    /* What is left of the room is taken again at once, before anything else takes it. */
    CHECK_INT(disk_used(disk), disk->capacity);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 2, &change), 0);
    CHECK_INT(store_wait(store, change.ticket), STORE_DISK_FULL);
    CHECK_INT(hand_over(store, &history, JOURNAL_PUT, 2, &change), 0);
    store_allow_reserve(store, change.ticket);
    CHECK_INT(store_wait(store, change.ticket), 0);
    CHECK_INT(store_close(store), 0);

    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(!found.present[1] && found.present[2] && found.present[3]);
    disk->capacity = UINT64_MAX;
    for (i = 0; i < 200; i++)
    {
        CHECK_INT(hand_over(store, &history, JOURNAL_PROGRESS, 3, &change), 0);
        CHECK_INT(store_wait(store, change.ticket), 0);
    }
    CHECK_INT(disk_get(disk, "jobs.reserve")->size, RESERVE);
    CHECK_INT(store_close(store), 0);
    disk_destroy(disk);
}

/* At most five damaged journals are kept, the newest first. */
TEST(damaged_files_kept)
{
    struct disk *disk = disk_create();
    char name[] = "jobs.damaged-1.journal";
    struct store *store;
    struct image image;
    struct found found;
    int i;

    make_image(&image, 20);
    for (i = 0; i < 8; i++)
    {
        disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size - 1 - (size_t)i);
        CHECK_INT(open_store(disk, &found, 0, &store), 0);
        CHECK_INT(found.damages, 1);
        store_close(store);
    }
    for (i = 0; i < 5; i++)
    {
        name[13] = (char)('1' + i);
        CHECK(disk_get(disk, name) && disk_get(disk, name)->size == image.bytes.size - 8 + (size_t)i);
    }
    CHECK(!disk_get(disk, "jobs.damaged-6.journal") && !disk_get(disk, "jobs.damaged.new"));
    free(image.bytes.data);
    disk_destroy(disk);
}

static void seal_header(uint8_t *data, size_t size)
{
    uint64_t crc = journal_crc64(0, data, size - 8);
    size_t i;

    for (i = 0; i < 8; i++) data[size - 8 + i] = (uint8_t)(crc >> (8 * i));
}

/* B-752 */
static void check_version(uint8_t version)
{
    struct disk *disk = disk_create();
    struct history history = {0};
    struct store *store;
    struct image image;
    struct found found;

    make_image(&image, 20);
    image.bytes.data[8] = version;
    seal_header(image.bytes.data, JOURNAL_HEADER_SIZE);
    disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size);
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK_INT(found.count, 0);
    CHECK_INT(found.damages, 1);
    CHECK_INT(found.last_damage.kind, JOURNAL_DAMAGE_VERSION);
    CHECK_INT(disk_get(disk, "jobs.damaged-1.journal")->size, image.bytes.size);
    CHECK(!memcmp(disk_get(disk, "jobs.damaged-1.journal")->data, image.bytes.data, image.bytes.size));
    CHECK(goes_on(disk, store, &history));
    free(image.bytes.data);
    disk_destroy(disk);
}

TEST(other_versions)
{
    check_version(JOURNAL_VERSION - 1);
    check_version(JOURNAL_VERSION + 1);
}

/* --- damage at every byte --------------------------------------------------- */

/* The jobs whose frames overlap a range of the image. */
static void jobs_in(const struct image *image, size_t start, size_t end, bool *touched)
{
    size_t begin = JOURNAL_HEADER_SIZE;
    int i;

    memset(touched, 0, JOBS * sizeof(*touched));
    for (i = 0; i < image->count; i++)
    {
        if (begin < end && start < image->ends[i]) touched[image->jobs[i]] = true;
        begin = image->ends[i];
    }
}

/* Every job that was not touched is as it was; a touched one is an earlier version of itself. */
static bool others_unharmed(const struct found *found, const struct history *history, const bool *touched)
{
    int job;

    for (job = 0; job < JOBS; job++)
    {
        bool want = !history->deleted[job][history->version[job]];

        if (touched[job])
        {
            if (found->present[job] && found->version[job] > history->version[job]) return false;
        }
        else if (found->present[job] != want) return false;
        else if (want && (found->version[job] != history->version[job] ||
                          found->progress[job] != history->progress[job] || found->stale[job]))
            return false;
    }
    return true;
}

static bool same(const struct bytes *bytes, const uint8_t *data, size_t size)
{
    return bytes->size == size && (!size || !memcmp(bytes->data, data, size));
}

/* Open a damaged image. False with the reason on stdout. */
static bool survives_damage(const struct image *image, const uint8_t *data, size_t size, const bool *touched,
                            bool must_report)
{
    struct disk *disk = disk_create();
    struct history history = image->history;
    const struct bytes *aside;
    const char *fault = NULL;
    struct store *store;
    struct found found;
    int job;

    disk_put(disk, "jobs.journal", data, size);
    if (open_store(disk, &found, 0, &store)) fault = "does not open";
    else
    {
        aside = disk_get(disk, "jobs.damaged-1.journal");
        if (!others_unharmed(&found, &history, touched)) fault = "another job is affected";
        else if (must_report && !found.damages) fault = "not reported";
        else if (found.damages && !aside) fault = "not kept";
        else if (aside && !same(aside, data, size)) fault = "kept badly";
        for (job = 0; job < JOBS; job++) history.progress[job] = 0;
        if (!goes_on(disk, store, &history) && !fault) fault = "does not go on";
    }
    if (fault) printf("    %s\n", fault);
    disk_destroy(disk);
    return !fault;
}

TEST(sweep_flips)
{
    static const uint8_t patterns[] = {0x01, 0x80, 0xff};
    struct image image;
    size_t offset, pattern, failed = 0, reverted = 0;
    bool touched[JOBS];

    make_image(&image, 60);
    for (offset = 0; offset < image.bytes.size && failed < 10; offset++)
    {
        jobs_in(&image, offset, offset + 1, touched);
        for (pattern = 0; pattern < sizeof(patterns); pattern++)
        {
            image.bytes.data[offset] ^= patterns[pattern];
            if (!survives_damage(&image, image.bytes.data, image.bytes.size, touched, true))
            {
                printf("    offset %zu, flipped by %02x\n", offset, patterns[pattern]);
                failed++;
            }
            image.bytes.data[offset] ^= patterns[pattern];
            reverted++;
        }
    }
    CHECK_INT(failed, 0);
    printf("%zu flips of a journal of %zu bytes, %d frames\n", reverted, image.bytes.size, image.count);
    free(image.bytes.data);
}

TEST(sweep_cuts)
{
    struct history history = {0};
    struct image image;
    size_t size, begin, failed = 0;
    bool touched[JOBS];
    int frame = 0;

    /* The history is taken along as far as the cut journal goes. */
    make_image(&image, 60);
    for (size = 0; size < image.bytes.size && failed < 10; size++)
    {
        struct image cut = image;
        struct disk *disk = disk_create();
        struct found found;
        struct store *store;
        bool boundary;

        while (size >= image.ends[frame]) frame++;
        begin = frame ? image.ends[frame - 1] : JOURNAL_HEADER_SIZE;
        boundary = size == begin;
        if (boundary)
        {
            /* Whatever the whole frames say is what any cut in the next frame must leave. */
            disk_put(disk, "jobs.journal", image.bytes.data, size);
            CHECK_INT(open_store(disk, &found, 0, &store), 0);
            CHECK_INT(found.damages, 0);
            store_close(store);
            for (int job = 0; job < JOBS; job++)
            {
                history.version[job] = found.version[job];
                history.progress[job] = found.progress[job];
                history.deleted[job][history.version[job]] = !found.present[job];
                if (found.present[job]) history.deleted[job][history.version[job]] = false;
            }
        }
        disk_destroy(disk);
        cut.history = history;
        for (int job = 0; job < JOBS; job++) cut.history.deleted[job][0] = true;
        if (boundary || size < JOURNAL_HEADER_SIZE) memset(touched, 0, sizeof(touched));
        else jobs_in(&image, size, size + 1, touched);
        if (!boundary && size >= JOURNAL_HEADER_SIZE)
        {
            /* The record that is cut may be complete but for its foot: then it counts. */
            cut.history.version[image.jobs[frame]] = image.history.version[image.jobs[frame]];
        }
        if (!survives_damage(&cut, image.bytes.data, size, touched, !boundary))
        {
            printf("    cut at %zu\n", size);
            failed++;
        }
    }
    CHECK_INT(failed, 0);
    free(image.bytes.data);
}

/* Sectors of zeros, and of garbage. */
TEST(sweep_regions)
{
    static const size_t lengths[] = {2, 64, 144, 512};
    struct image image;
    size_t offset, i, end, failed = 0;
    bool touched[JOBS];
    uint8_t *copy;

    make_image(&image, 60);
    copy = malloc(image.bytes.size);
    for (i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
    {
        for (offset = 0; offset < image.bytes.size && failed < 10; offset += 5)
        {
            end = offset + lengths[i] < image.bytes.size ? offset + lengths[i] : image.bytes.size;
            memcpy(copy, image.bytes.data, image.bytes.size);
            memset(copy + offset, offset & 1 ? 0xf7 : 0, end - offset);
            jobs_in(&image, offset, end, touched);
            if (survives_damage(&image, copy, image.bytes.size, touched,
                                memcmp(copy, image.bytes.data, image.bytes.size) != 0))
                continue;
            printf("    %zu bytes at %zu\n", lengths[i], offset);
            failed++;
        }
    }
    CHECK_INT(failed, 0);
    free(copy);
    free(image.bytes.data);
}

/* --- power cuts ------------------------------------------------------------- */

#define CUT_JOBS 6
#define CUT_STEPS 45
#define CUT_COMPACT 900

/* Run the sequence until the power goes after so many units. Returns the units used. */
static long run_until_power_cut(struct disk *disk, long power, struct history *history,
                                struct store_statistics *statistics)
{
    struct store *store;
    struct found found;

    memset(history, 0, sizeof(*history));
    disk->power = power;
    if (!open_store(disk, &found, CUT_COMPACT, &store))
    {
        run_sequence(store, history, CUT_JOBS, CUT_STEPS);
        if (statistics) store_get_statistics(store, statistics);
        store_close(store);
    }
    return disk->units;
}

static bool recovers(struct disk *after, struct history *history)
{
    const char *fault = NULL;
    struct store *store;
    struct found found;

    if (open_store(after, &found, 0, &store)) fault = "does not open";
    else
    {
        if (!is_at_least(&found, history)) fault = "an acknowledged change is lost";
        if (!goes_on(after, store, history) && !fault) fault = "does not go on";
    }
    if (fault) printf("    %s\n", fault);
    disk_destroy(after);
    return !fault;
}

TEST(sweep_power_cuts)
{
    struct store_statistics statistics;
    struct history history, copy;
    struct disk *disk = disk_create();
    long units, power, failed = 0, starts = 0;
    int survival;

    units = run_until_power_cut(disk, -1, &history, &statistics);
    CHECK(!memcmp(history.acknowledged, history.version, sizeof(history.version)));
    CHECK(statistics.compactions >= 4);
    disk_destroy(disk);
    for (power = 0; power <= units && failed < 10; power++)
    {
        disk = disk_create();
        run_until_power_cut(disk, power, &history, NULL);
        for (survival = 0; survival < 2 * SURVIVALS; survival++)
        {
            copy = history;
            starts++;
            if (recovers(disk_after_power_cut(disk, survival / 2, survival & 1), &copy)) continue;
            printf("    power cut after %ld of %ld, survival %d\n", power, units, survival);
            failed++;
        }
        disk_destroy(disk);
    }
    CHECK_INT(failed, 0);
    printf("%ld power cuts, %ld starts after them, %llu compactions in the sequence\n", units + 1, starts,
           (unsigned long long)statistics.compactions);
}

static bool is_kept(struct disk *disk, const struct bytes *damaged)
{
    const struct bytes *aside = disk_get(disk, "jobs.damaged-1.journal");

    return aside && same(aside, damaged->data, damaged->size);
}

/* The power goes again while the store repairs what the first cut, and damage, has left. */
TEST(sweep_power_cuts_in_repair)
{
    struct image image;
    struct disk *disk, *after;
    struct store *store;
    struct found found;
    long power, failed = 0;
    bool touched[JOBS];
    bool off = true;
    int survival;

    make_image(&image, 30);
    image.bytes.data[image.ends[24] + JOURNAL_EDGE_SIZE] ^= 1;
    jobs_in(&image, image.ends[24], image.ends[24] + JOURNAL_EDGE_SIZE, touched);
    for (power = 0; off && failed < 10; power++)
    {
        disk = disk_create();
        disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size);
        disk->power = power;
        if (!open_store(disk, &found, 0, &store)) store_close(store);
        off = disk->off;
        for (survival = 0; survival < 2 * SURVIVALS; survival++)
        {
            after = disk_after_power_cut(disk, survival / 2, survival & 1);
            if (open_store(after, &found, 0, &store) || !others_unharmed(&found, &image.history, touched) ||
                !is_kept(after, &image.bytes))
            {
                printf("    power cut after %ld, survival %d\n", power, survival);
                failed++;
            }
            store_close(store);
            disk_destroy(after);
        }
        disk_destroy(disk);
    }
    CHECK_INT(failed, 0);
    CHECK(power > 2000);
    free(image.bytes.data);
}

/* --- operations that fail --------------------------------------------------- */

/* Let operations fail from the first on, so many in a row; what was acknowledged must always be there. */
static bool survives_failure(long first, long count, bool reads, uint32_t error, bool *more)
{
    struct disk *disk = disk_create();
    struct history history = {0}, copy;
    struct store *store;
    struct found found;
    bool ok = true;

    CHECK_INT(open_store(disk, &found, CUT_COMPACT, &store), 0);
    disk->operations = 0;
    disk->fail_reads = reads;
    disk->fail_at = first;
    disk->fail_count = count;
    disk->fail_error = error;
    run_sequence(store, &history, CUT_JOBS, CUT_STEPS);
    *more = disk->operations > first;
    disk->fail_at = -1;

    copy = history;
    ok &= recovers(disk_after_power_cut(disk, SURVIVES_ALL, true), &copy);
    copy = history;
    ok &= recovers(disk_after_power_cut(disk, SURVIVES_NOTHING, false), &copy);
    ok &= goes_on(disk, store, &history); /* and this very process recovers */
    disk_destroy(disk);
    return ok;
}

TEST(sweep_failures)
{
    static const long counts[] = {1, 2, 5, 1000};
    long first, failed = 0, runs = 0;
    bool more;
    size_t i;

    for (i = 0; i < sizeof(counts) / sizeof(*counts); i++)
    {
        more = true;
        for (first = 0; more && failed < 10; first++, runs++)
        {
            if (survives_failure(first, counts[i], i & 1, i & 2 ? STORE_DISK_FULL : 5, &more)) continue;
            printf("    %ld failures from operation %ld on\n", counts[i], first);
            failed++;
        }
    }
    CHECK_INT(failed, 0);
    printf("%ld runs with failing operations\n", runs);
}

/* Opening a damaged journal with operations that fail: it opens or says why, and nothing is lost by that. */
TEST(sweep_failures_of_open)
{
    struct history history;
    struct image image;
    struct store *store;
    struct found found;
    struct disk *disk;
    bool touched[JOBS], more = true;
    long first, count, failed = 0;

    make_image(&image, 30);
    image.bytes.data[image.ends[24] + JOURNAL_EDGE_SIZE] ^= 1;
    jobs_in(&image, image.ends[24], image.ends[24] + JOURNAL_EDGE_SIZE, touched);
    for (first = 0; more; first++)
    {
        for (count = 1; count <= 3; count++)
        {
            disk = disk_create();
            disk_put(disk, "jobs.journal", image.bytes.data, image.bytes.size);
            disk->fail_at = first;
            disk->fail_count = count;
            history = image.history;
            if (!open_store(disk, &found, 0, &store))
            {
                if (!others_unharmed(&found, &image.history, touched)) failed++;
                disk->fail_at = -1;
                if (!goes_on(disk, store, &history)) failed++;
            }
            else disk->fail_at = -1;
            more = disk->operations > first;
            if (open_store(disk, &found, 0, &store)) failed++;
            touched[0] = touched[1] = touched[2] = true; /* changed by goes_on */
            if (!others_unharmed(&found, &history, touched)) failed++;
            if (!disk_get(disk, "jobs.damaged-1.journal")) failed++;
            jobs_in(&image, image.ends[24], image.ends[24] + JOURNAL_EDGE_SIZE, touched);
            store_close(store);
            disk_destroy(disk);
        }
    }
    CHECK_INT(failed, 0);
    free(image.bytes.data);
}

/* --- many threads ----------------------------------------------------------- */

#define THREADS 8
#define CHANGES 400

struct worker
{
    pthread_t thread;
    struct store *store;
    pthread_mutex_t *order; /* what the job queue's lock is to the store */
    struct history *history;
    int number;
    int failed;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct open_change change;
    enum journal_kind kind;
    int i, job;

    for (i = 0; i < CHANGES; i++)
    {
        job = worker->number * 2 + (i & 1);
        pthread_mutex_lock(worker->order);
        kind = i % 20 < 2 ? JOURNAL_PUT : JOURNAL_PROGRESS;
        worker->failed += hand_over(worker->store, worker->history, kind, job, &change) != 0;
        pthread_mutex_unlock(worker->order);
        if (i % 3 == 0) worker->failed += store_wait(worker->store, change.ticket) != 0;
    }
    return NULL;
}

TEST(threads)
{
    pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
    struct worker workers[THREADS];
    struct store_statistics statistics;
    struct disk *disk = disk_create();
    struct history history = {0};
    struct store *store;
    struct found found;
    int i;

    CHECK_INT(open_store(disk, &found, 64 * 1024, &store), 0);
    for (i = 0; i < THREADS; i++)
    {
        workers[i] = (struct worker){.store = store, .order = &order, .history = &history, .number = i};
        CHECK(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
    }
    for (i = 0; i < THREADS; i++)
    {
        pthread_join(workers[i].thread, NULL);
        CHECK_INT(workers[i].failed, 0);
    }
    CHECK_INT(store_flush(store), 0);
    store_get_statistics(store, &statistics);
    CHECK_INT(statistics.appends, THREADS * CHANGES);
    CHECK(statistics.commits < statistics.appends); /* some were written together */
    CHECK(statistics.compactions > 1);
    store_close(store);
    CHECK_INT(open_store(disk, &found, 0, &store), 0);
    CHECK(is_exactly(&found, &history) && !found.damages);
    store_close(store);
    disk_destroy(disk);
}

int main(void)
{
    RUN(basics);
    RUN(compaction);
    RUN(full_disk);
    RUN(full_disk_ends_jobs);
    RUN(loader_refuses);
    RUN(loader_fails);
    RUN(damaged_files_kept);
    RUN(other_versions);
    RUN(sweep_flips);
    RUN(sweep_cuts);
    RUN(sweep_regions);
    RUN(sweep_power_cuts);
    RUN(sweep_power_cuts_in_repair);
    RUN(sweep_failures);
    RUN(sweep_failures_of_open);
    RUN(threads);
    return unit_finish();
}
