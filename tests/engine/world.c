/*
 * A service on the simulated system: starts, power cuts, steps of a client, and the checks after each.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "world.h"

#define STORE_DIRECTORY L"C:\\ProgramData\\BITS"
#define TRIES_MAX 6
#define LIFT_AFTER 2                      /* failures of a step while calls fail for good */
#define WAIT_MAX_MS (48 * 3600 * 1000ull) /* simulated */
#define LIFT_AFTER_MS (40 * 60 * 1000ull)

static const struct queue_profile profile = {
    .temporary_prefix = L"BIT",
    .user_agent = "engine test",
    .default_retry_delay = 60,
    .default_no_progress = 14 * 24 * 3600,
};

static uint64_t no_limit(BOOL foreground)
{
    return UINT64_MAX;
}

/* The same with several connections for a file. */
static const struct queue_profile parallel_profile = {
    .temporary_prefix = L"BIT",
    .user_agent = "engine test",
    .delivery_requests = TRUE,
    .default_retry_delay = 60,
    .default_no_progress = 14 * 24 * 3600,
    .helpers = 2,
    .bandwidth = no_limit,
};

static const struct caller owner = {.sid = L"S-1-5-21-1-2-3-1000", .process = 7, .integrity = 0x2000};

static const char *const state_names[JOB_STATE_COUNT] = {
    "QUEUED",          "CONNECTING",  "TRANSFERRING", "SUSPENDED", "ERROR",
    "TRANSIENT_ERROR", "TRANSFERRED", "ACKNOWLEDGED", "CANCELLED",
};

/* --- what a job looks like ----------------------------------------------------------------------------------- */

struct text
{
    char *text;
    size_t length, capacity;
};

static void print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void print(struct text *text, const char *format, ...)
{
    va_list args;
    int length;

    if (text->length + 1000 > text->capacity)
    {
        text->capacity = text->capacity * 2 + 2000;
        text->text = realloc(text->text, text->capacity);
    }
    va_start(args, format);
    length = vsnprintf(text->text + text->length, 900, format, args);
    va_end(args);
    text->length += min(length, 899);
}

static void print_files(struct text *text, struct job *job)
{
    unsigned int i, count = job_file_count(job), range_count;
    struct file_range *ranges;
    struct file *file;
    WCHAR *string;

    for (i = 0; i < count && (file = job_get_file(job, i)); i++)
    {
        print(text, "file %u:", i);
        if (!file_get_string(file, FILE_REMOTE_NAME, &string)) print(text, " %s", narrow(string));
        sim_free(string);
        if (!file_get_string(file, FILE_LOCAL_NAME, &string)) print(text, " %s", narrow(string));
        sim_free(string);
        if (!file_get_ranges(file, &ranges, &range_count)) print(text, " %u ranges", range_count);
        sim_free(ranges);
        print(text, "\n");
        file_release(file);
    }
}

/* What only a client changes: for free(). */
static char *dump_job(struct job *job)
{
    struct text text = {0};
    WCHAR *string;
    size_t size;
    void *note;
    int i;

    fault_pause(true);
    print(&text, "type %d\n", job_get_type(job));
    for (i = 0; i < JOB_NUMBER_COUNT; i++)
        if (i != JOB_ERROR_COUNT)
            print(&text, "number %d: %llu\n", i, (unsigned long long)job_get_number(job, (enum job_number)i));
    for (i = 0; i < JOB_STRING_COUNT; i++)
    {
        /* Chosen by the engine for a job that has none. */
        if (i == JOB_REPLY_FILE || job_get_string(job, (enum job_string)i, &string)) continue;
        print(&text, "string %d: %s\n", i, narrow(string));
        sim_free(string);
    }
    for (i = 0; i < 4; i++)
    {
        if (job_get_note(job, i, &note, &size)) continue;
        if (note) print(&text, "note %d: %zu bytes, first %u\n", i, size, size ? *(BYTE *)note : 0);
        sim_free(note);
    }
    print_files(&text, job);
    fault_pause(false);
    return text.text;
}

/* The first line in which they differ, for a message. */
static const char *difference(const char *a, const char *b)
{
    static char line[400];

    while (*a && *a == *b) a++, b++;
    while (*a != '\n' && *b != '\n' && a[-1] != '\n') a--, b--;
    snprintf(line, sizeof(line), "\"%.*s\" became \"%.*s\"", (int)min(strcspn(a, "\n"), 150), a,
             (int)min(strcspn(b, "\n"), 150), b);
    return line;
}

/* --- contents ---------------------------------------------------------------------------------------------------- */

/* The byte that a file with that content has at an offset of the local file. */
static uint8_t wanted_byte(const struct tracked_file *file, uint64_t offset)
{
    unsigned int i;

    for (i = 0; i < file->range_count && offset >= file->ranges[i].length; i++) offset -= file->ranges[i].length;
    if (file->range_count && i < file->range_count) offset += file->ranges[i].offset;
    return server_byte(file->url, file->version, offset);
}

static uint64_t wanted_size(const struct tracked_file *file)
{
    const struct server_file *remote = server_find(file->url);
    uint64_t size = 0;
    unsigned int i;

    for (i = 0; i < file->range_count; i++) size += file->ranges[i].length;
    return file->range_count ? size : remote ? remote->size : 0;
}

/* The first byte from first on, below end, that is not as it should be; UINT64_MAX: none. */
static uint64_t first_bad_byte(const struct tracked_file *file, const uint8_t *data, uint64_t first, uint64_t end)
{
    for (; first < end; first++)
        if (data[first] != wanted_byte(file, first)) return first;
    return UINT64_MAX;
}

static void check_content(const struct tracked_file *file, const struct disk *disk, const char *path, const char *what)
{
    uint64_t size = wanted_size(file), bad;
    size_t got = 0;
    uint8_t *data = disk_get(disk, path, &got, true);

    if (!data) wrong("%s: there is no %s", what, path);
    else if (got != size) wrong("%s: %s has %zu bytes instead of %llu", what, path, got, (unsigned long long)size);
    else if ((bad = first_bad_byte(file, data, 0, size)) != UINT64_MAX)
        wrong("%s: %s is wrong at byte %llu of %llu", what, path, (unsigned long long)bad, (unsigned long long)size);
    free(data);
}

void check_file(struct world *world, const struct tracked_file *file, const char *path)
{
    check_content(file, disk_in_use(), path, "a file that Complete called right");
}

/* --- looking at what a power cut would leave ------------------------------------------------------------------- */

/* Names of temporary files that have an owner. */
struct owners
{
    char names[FILES_OF_JOB_MAX * 2][96];
    unsigned int count;
    bool unknown; /* a reply has one that cannot be asked for */
};

/* ending: the file of a job that was being cancelled may be gone before the job is. */
static void check_partial(const struct tracked_file *file, struct file *engine_file, const struct disk *disk,
                          const char *path, bool ending)
{
    struct file_progress progress;
    struct file_range *filled;
    size_t size = 0;
    uint8_t *data;
    unsigned int count, i;

    file_get_progress(engine_file, &progress);
    if (ending && !disk_exists(disk, path)) return;
    if (!progress.transferred || file_get_filled(engine_file, &filled, &count)) return;
    data = disk_get(disk, path, &size, true);
    for (i = 0; i < count; i++)
    {
        uint64_t end = filled[i].offset + filled[i].length, bad;

        if (!data || end > size)
            wrong("progress of %s leads: it says %llu bytes, the disk has %zu", file->local, (unsigned long long)end,
                  size);
        else if ((bad = first_bad_byte(file, data, filled[i].offset, end)) != UINT64_MAX)
            wrong("progress of %s leads: byte %llu of the %llu that it says is wrong", file->local,
                  (unsigned long long)bad, (unsigned long long)end);
    }
    free(data);
    sim_free(filled);
}

static bool is_ending(const struct world *world, const struct tracked_job *tracked)
{
    return world->step.job == tracked && world->step.kind == STEP_END && !world->step.done;
}

static void probe_job(struct world *world, struct tracked_job *tracked, struct job *job, const struct disk *disk,
                      struct owners *owners)
{
    bool transferred = job_get_state(job) == JOB_TRANSFERRED;
    unsigned int i, count = job_file_count(job);
    struct file *file;
    WCHAR *temporary;

    owners->unknown |= tracked->type == JOB_UPLOAD_REPLY;
    for (i = 0; i < count && (file = job_get_file(job, i)); i++)
    {
        file_get_string(file, FILE_TEMPORARY_NAME, &temporary);
        if (temporary && owners->count < ARRAYSIZE(owners->names))
            snprintf(owners->names[owners->count++], sizeof(owners->names[0]), "%s", narrow(temporary));
        if (tracked->type == JOB_DOWNLOAD && i < tracked->file_count && temporary)
        {
            /* In the middle of Complete it may have its name already. */
            if (transferred && !tracked->partial && disk_exists(disk, narrow(temporary)))
                check_content(&tracked->files[i], disk, narrow(temporary), "a file of a TRANSFERRED job");
            else if (transferred && !tracked->partial)
                check_content(&tracked->files[i], disk, tracked->files[i].local, "a named file of a TRANSFERRED job");
            else check_partial(&tracked->files[i], file, disk, narrow(temporary), is_ending(world, tracked));
        }
        else if (tracked->type == JOB_DOWNLOAD && transferred && i < tracked->file_count)
            check_content(&tracked->files[i], disk, tracked->files[i].local, "a named file of a TRANSFERRED job");
        sim_free(temporary);
        file_release(file);
    }
}

static void check_owner(void *context, const char *path)
{
    const struct owners *owners = context;
    unsigned int i;

    for (i = 0; i < owners->count; i++)
        if (!strcasecmp(owners->names[i], path)) return;
    if (!owners->unknown) wrong("a temporary file without an owner: %s", path);
}

/* Start a service on a copy of what is left of the disk, and see what it knows.  transferred: that job must be so. */
static void probe(struct world *world, enum survival survival, unsigned int metadata, struct tracked_job *transferred)
{
    struct queue_config config = {.profile = world->profile, .directory = STORE_DIRECTORY};
    struct disk *before = disk_in_use(), *copy = disk_after_cut(before, survival, metadata);
    struct owners *owners = calloc(1, sizeof(*owners));
    struct queue *queue = NULL;
    struct job *job;
    transfer_code code;
    unsigned int i;

    fault_pause(true);
    threads_exclusive(true);
    disk_use(copy);
    if ((code = queue_create(&config, &queue))) wrong("after a power cut the store does not open: %#x", code);
    for (i = 0; queue && i < world->job_count; i++)
    {
        struct tracked_job *tracked = &world->jobs[i];

        if (!tracked->job || tracked->spoiled || queue_find_job(queue, &tracked->id, &job)) continue;
        if (tracked == transferred && job_get_state(job) != JOB_TRANSFERRED)
            wrong("a job is seen TRANSFERRED, and after a power cut it is %s", state_names[job_get_state(job)]);
        probe_job(world, tracked, job, copy, owners);
        job_release(job);
    }
    if (queue) disk_list(copy, ".tmp", check_owner, owners);
    queue_destroy(queue);
    disk_use(before);
    threads_exclusive(false);
    fault_pause(false);
    disk_destroy(copy);
    free(owners);
}

/* --- the service
 * ---------------------------------------------------------------------------------------------------- */

static void cut_disk(struct world *world, enum survival survival)
{
    struct disk *before = disk_in_use();

    disk_use(disk_after_cut(before, survival, world->metadata));
    disk_destroy(before);
    fault_lift();
}

/* Jobs that the service has, against those that it must have. */
static void find_jobs(struct world *world)
{
    unsigned int i, j, count;
    struct job **jobs;
    GUID id;

    fault_pause(true);
    if (queue_list_jobs(world->queue, NULL, &jobs, &count)) hopeless("jobs cannot be listed");
    for (i = 0; i < world->job_count; i++)
    {
        struct tracked_job *tracked = &world->jobs[i];
        bool ending = is_ending(world, tracked);

        if (!tracked->job) continue;
        tracked->job = NULL;
        for (j = 0; j < count; j++)
        {
            job_get_id(jobs[j], &id);
            if (!IsEqualGUID(&id, &tracked->id)) continue;
            if (tracked->job) wrong("a job is there twice");
            tracked->job = jobs[j];
            job_addref(jobs[j]);
        }
        if (!tracked->job && !ending)
        {
            wrong("a job is lost");
            world->over = true;
        }
    }
    for (j = 0; j < count; j++) job_release(jobs[j]);
    sim_free(jobs);
    fault_pause(false);
}

static void start_service(struct world *world)
{
    struct queue_config config = {.profile = world->profile, .directory = STORE_DIRECTORY};
    unsigned int tries;
    transfer_code code = 0;

    for (tries = 0; tries < TRIES_MAX; tries++)
    {
        if (disk_is_off(disk_in_use())) cut_disk(world, world->survival);
        if (tries >= LIFT_AFTER) fault_lift();
        world->queue = NULL;
        if (!(code = queue_create(&config, &world->queue)) && !(code = scheduler_start(world->queue)) &&
            !disk_is_off(disk_in_use()))
            break;
        if (!fault_has_hit()) break;
        if (world->queue) scheduler_stop(world->queue);
        queue_destroy(world->queue);
        world->queue = NULL;
        threads_join();
    }
    if (!world->queue || code) hopeless("the service does not start: %#x", code);
    find_jobs(world);
}

static void stop_service(struct world *world)
{
    uint64_t began = clock_ms();
    unsigned int i;

    scheduler_stop(world->queue);
    if (clock_ms() - began > 2000) wrong("the service needs %llu ms to stop", (unsigned long long)(clock_ms() - began));
    for (i = 0; i < world->job_count; i++)
        if (world->jobs[i].job) job_release(world->jobs[i].job);
    queue_destroy(world->queue);
    world->queue = NULL;
    if (!threads_join()) hopeless("threads of the engine do not end");
    if (disk_open_handles(disk_in_use())) wrong("%u files are left open", disk_open_handles(disk_in_use()));
}

/* The state of each job after a restart, against what its client was told. */
static void check_acknowledged(struct world *world)
{
    unsigned int i;

    for (i = 0; i < world->job_count; i++)
    {
        struct tracked_job *tracked = &world->jobs[i];
        enum job_state state;
        char *dump;

        if (!tracked->job) continue;
        state = job_get_state(tracked->job);
        if (world->step.job == tracked && !world->step.done) continue;
        dump = dump_job(tracked->job);
        if (tracked->acknowledged && strcmp(dump, tracked->acknowledged))
            wrong("a restart takes back what was acknowledged: %s", difference(tracked->acknowledged, dump));
        if (tracked->resumed && !tracked->partial && state == JOB_SUSPENDED)
            wrong("a job that was resumed is SUSPENDED after a restart");
        free(dump);
    }
}

/* After a power cut: the next service, on what is left. */
static void start_again(struct world *world)
{
    world->restart_count++;
    trace("the service starts again");
    stop_service(world);
    probe(world, world->survival, world->metadata, NULL);
    start_service(world);
    check_acknowledged(world);
}

void restart(struct world *world, bool kill)
{
    if (world->over) return;
    trace("%s", kill ? "the service is killed" : "the service is stopped");
    world->restart_count++;
    if (kill)
    {
        struct disk *before = disk_in_use(), *after;

        /* What it writes from here on goes to a disk that nobody looks at. */
        threads_exclusive(true);
        after = disk_after_cut(before, SURVIVES_ALL, 1);
        threads_exclusive(false);
        if (disk_is_off(before))
        {
            disk_destroy(after);
            start_again(world);
            return;
        }
        stop_service(world);
        disk_destroy(before);
        disk_use(after);
        probe(world, SURVIVES_ALL, 1, NULL);
    }
    else
    {
        stop_service(world);
        if (disk_is_off(disk_in_use()))
        {
            cut_disk(world, world->survival);
            probe(world, SURVIVES_ALL, 1, NULL);
        }
    }
    start_service(world);
    check_acknowledged(world);
}

/* --- steps
 * ----------------------------------------------------------------------------------------------------------- */

static bool is_at_rest(enum job_state state)
{
    return state == JOB_SUSPENDED || state == JOB_ERROR || state == JOB_TRANSFERRED;
}

void step_begin(struct world *world, struct tracked_job *job, enum step_kind kind, unsigned int adds, const char *text)
{
    struct step *step = &world->step;

    memset(step, 0, sizeof(*step));
    if (world->over || !job->job) return;
    if (disk_is_off(disk_in_use())) start_again(world);
    trace("step %s", text);
    step->job = job;
    step->text = text;
    step->kind = kind;
    step->adds = adds;
    step->before = dump_job(job->job);
    step->state_before = job_get_state(job->job);
}

bool step_again(struct world *world)
{
    struct step *step = &world->step;

    if (step->job && !step->done && !world->over) return true;
    free(step->before);
    free(step->after_restart);
    step->before = step->after_restart = NULL;
    return false;
}

static void acknowledge(struct world *world)
{
    struct step *step = &world->step;
    struct tracked_job *job = step->job;

    step->done = true;
    if (step->kind == STEP_END)
    {
        if (job->job)
        {
            struct job *found;

            fault_pause(true);
            if (!queue_find_job(world->queue, &job->id, &found))
            {
                wrong("a job is still there after %s", step->text);
                job_release(found);
            }
            fault_pause(false);
            job_release(job->job);
        }
        job->job = NULL;
        return;
    }
    job->file_count += step->adds;
    free(job->acknowledged);
    job->acknowledged = dump_job(job->job);
    if (step->after_restart && strcmp(step->after_restart, step->before) &&
        strcmp(step->after_restart, job->acknowledged))
        wrong("%s failed, and after a restart the job is neither as before nor as after it: %s", step->text,
              difference(step->before, step->after_restart));
}

/* After a power cut in the middle of a step. */
static void step_interrupted(struct world *world)
{
    struct step *step = &world->step;

    step->interrupted = true;
    start_again(world);
    if (world->over) return;
    if (!step->job->job)
    {
        /* Only a step that ends the job may have done so. */
        step->done = true;
        return;
    }
    if (step->kind == STEP_ADD && job_file_count(step->job->job) == step->job->file_count + step->adds)
        acknowledge(world);
    free(step->before);
    step->before = dump_job(step->job->job);
    step->state_before = job_get_state(step->job->job);
}

/* A step has failed: nothing may have changed. */
static void check_unchanged(struct world *world, transfer_code code)
{
    struct step *step = &world->step;
    enum job_state state = job_get_state(step->job->job);
    struct job *found;
    char *dump;

    fault_pause(true);
    if (queue_find_job(world->queue, &step->job->id, &found))
        wrong("%s failed (%#x), and the job is gone", step->text, code);
    else job_release(found);
    fault_pause(false);
    dump = dump_job(step->job->job);
    if (strcmp(dump, step->before))
        wrong("%s failed (%#x), and the job has changed: %s", step->text, code, difference(step->before, dump));
    if (is_at_rest(step->state_before) ? state != step->state_before : state == JOB_SUSPENDED && !step->job->partial)
        wrong("%s failed (%#x), and the job is %s instead of %s", step->text, code, state_names[state],
              state_names[step->state_before]);
    free(dump);
}

void step_end(struct world *world, transfer_code code)
{
    struct step *step = &world->step;

    trace("step %s: %#x", step->text, code);
    if (disk_is_off(disk_in_use())) step_interrupted(world);
    else if (!TRANSFER_IS_ERROR(code))
    {
        step->code = code;
        world->files_left |= code == TRANSFER_S_FILES_LEFT;
        acknowledge(world);
    }
    else if (!fault_has_hit())
    {
        wrong("%s fails without a fault: %#x", step->text, code);
        world->over = true;
    }
    else
    {
        check_unchanged(world, code);
        if (++step->tries >= LIFT_AFTER) fault_lift();
        if (step->tries == 1 && world->restarts)
        {
            restart(world, world->seed & 2);
            if (!step->job->job)
            {
                step->done = true;
                return;
            }
            step->after_restart = dump_job(step->job->job);
            step->state_before = job_get_state(step->job->job);
            if (step->kind == STEP_ADD && job_file_count(step->job->job) == step->job->file_count + step->adds)
                acknowledge(world);
        }
        if (step->tries < TRIES_MAX) return;
        wrong("%s fails although nothing is wrong any more: %#x", step->text, code);
        world->over = true;
    }
}

/* --- what stories do
 * ---------------------------------------------------------------------------------------------------- */

/* After an interrupted call of queue_create_job there may be a job that nobody knows. */
static struct job *find_unknown_job(struct world *world)
{
    struct job **jobs, *unknown = NULL;
    unsigned int i, j, count;
    GUID id;

    fault_pause(true);
    if (queue_list_jobs(world->queue, NULL, &jobs, &count)) hopeless("jobs cannot be listed");
    for (j = 0; j < count; j++)
    {
        job_get_id(jobs[j], &id);
        for (i = 0; i < world->job_count && !IsEqualGUID(&world->jobs[i].id, &id); i++) {}
        if (i == world->job_count && !unknown) unknown = jobs[j];
        else
        {
            if (i == world->job_count) wrong("more than one unknown job");
            job_release(jobs[j]);
        }
    }
    sim_free(jobs);
    fault_pause(false);
    return unknown;
}

struct tracked_job *create_job(struct world *world, enum job_type type)
{
    struct tracked_job *tracked = &world->jobs[world->job_count];
    struct job *job = NULL, *unknown;
    transfer_code code = 0;
    unsigned int tries;

    memset(&world->step, 0, sizeof(world->step));
    for (tries = 0; tries < TRIES_MAX && !job; tries++)
    {
        if (disk_is_off(disk_in_use())) start_again(world);
        if ((job = find_unknown_job(world))) break;
        if (tries >= LIFT_AFTER) fault_lift();
        code = queue_create_job(world->queue, &owner, L"a job", type, &job);
        trace("queue_create_job: %#x", code);
        if (disk_is_off(disk_in_use()))
        {
            if (job) job_release(job);
            job = NULL;
            continue;
        }
        if (!code) break;
        if (!fault_has_hit()) hopeless("no job can be made: %#x", code);
        if ((unknown = find_unknown_job(world)))
        {
            wrong("queue_create_job failed (%#x), and the job is there", code);
            job_release(unknown);
        }
    }
    if (!job) hopeless("no job can be made although nothing is wrong any more: %#x", code);
    tracked->job = job;
    tracked->type = type;
    job_get_id(job, &tracked->id);
    world->job_count++;
    tracked->acknowledged = dump_job(job);
    return tracked;
}

void add_files(struct world *world, struct tracked_job *job, const struct tracked_file *files, unsigned int count)
{
    static const char host[] = "http://server.test";
    static WCHAR remotes[FILES_OF_JOB_MAX][100], locals[FILES_OF_JOB_MAX][100];
    struct file_spec *specs = calloc(count, sizeof(*specs));
    unsigned int i;
    char url[100];

    for (i = 0; i < count; i++)
    {
        snprintf(url, sizeof(url), "%s%s", host, files[i].url);
        wcscpy(remotes[i], wide(url));
        wcscpy(locals[i], wide(files[i].local));
        specs[i].remote = remotes[i];
        specs[i].local = locals[i];
        specs[i].ranges = files[i].range_count ? files[i].ranges : NULL;
        specs[i].range_count = files[i].range_count;
        job->files[job->file_count + i] = files[i];
        if (!job->files[job->file_count + i].version) job->files[job->file_count + i].version = 1;
    }
    STEP(world, job, STEP_ADD, count, job_add_files(job->job, specs, count, FALSE));
    free(specs);
}

void add_file(struct world *world, struct tracked_job *job, const char *url)
{
    struct tracked_file file = {0};

    snprintf(file.url, sizeof(file.url), "%s", url);
    snprintf(file.local, sizeof(file.local), "C:\\dl\\%s", url + 1);
    add_files(world, job, &file, 1);
}

void resume(struct world *world, struct tracked_job *job)
{
    STEP(world, job, STEP_CHANGE, 0, job_resume(job->job));
    job->resumed = true;
}

void suspend(struct world *world, struct tracked_job *job)
{
    STEP(world, job, STEP_CHANGE, 0, job_suspend(job->job));
    job->resumed = false;
}

/* Let time pass, and see to what only a fault can have caused.  False: the story is over. */
static bool wait_on(struct world *world, struct tracked_job *job, uint64_t began, unsigned int *resumes)
{
    enum job_state state;

    if (disk_is_off(disk_in_use())) start_again(world);
    if (world->over || !job->job) return false;
    if (clock_ms() - began > LIFT_AFTER_MS && fault_has_hit()) fault_lift();
    if (clock_ms() - began > WAIT_MAX_MS)
    {
        wrong("a job gets nowhere: it is %s", state_names[job_get_state(job->job)]);
        world->over = true;
        return false;
    }
    state = job_get_state(job->job);
    if (state == JOB_ERROR || (state == JOB_SUSPENDED && job->resumed && !job->partial))
    {
        if (state == JOB_SUSPENDED) wrong("a job is SUSPENDED, and nobody has done that");
        if (!fault_has_hit() || ++*resumes > TRIES_MAX)
        {
            struct transfer_failure failure = {0};
            struct file *file = NULL;

            job_get_error(job->job, &failure, &file);
            file_release(file);
            wrong("a job fails without a fault: %#x", failure.code);
            world->over = true;
            return false;
        }
        if (*resumes > 1) fault_lift();
        resume(world, job);
    }
    Sleep(clock_ms() - began < 30000 ? 100 : 2000);
    return true;
}

void wait_state(struct world *world, struct tracked_job *job, enum job_state state)
{
    uint64_t began = clock_ms();
    unsigned int resumes = 0;

    if (world->over || !job->job) return;
    memset(&world->step, 0, sizeof(world->step));
    while (job->job && job_get_state(job->job) != state)
        if (!wait_on(world, job, began, &resumes)) return;
    trace("the job is %s", state_names[state]);
    if (state == JOB_TRANSFERRED && !disk_is_off(disk_in_use())) probe(world, SURVIVES_NOTHING, 0, job);
}

void wait_bytes(struct world *world, struct tracked_job *job, uint64_t bytes)
{
    struct job_progress progress;
    uint64_t began = clock_ms();
    unsigned int resumes = 0;

    if (world->over || !job->job) return;
    memset(&world->step, 0, sizeof(world->step));
    for (;;)
    {
        job_get_progress(job->job, &progress);
        if (progress.transferred >= bytes || job_get_state(job->job) == JOB_TRANSFERRED) return;
        if (!wait_on(world, job, began, &resumes)) return;
    }
}

static void check_files(struct world *world, struct tracked_job *job)
{
    unsigned int i;

    for (i = 0; i < job->file_count && job->type == JOB_DOWNLOAD; i++)
        check_file(world, &job->files[i], job->files[i].local);
}

void complete(struct world *world, struct tracked_job *job)
{
    if (!job->job) return;
    /* A fault may have the job fetched again, or Complete may be repeated before it is. */
    if (job_get_state(job->job) != JOB_TRANSFERRED) wait_state(world, job, JOB_TRANSFERRED);
    STEP(world, job, STEP_END, 0, job_complete(job->job));
    if (!world->over && world->step.code != TRANSFER_S_PARTIAL) check_files(world, job);
}

void cancel(struct world *world, struct tracked_job *job)
{
    STEP(world, job, STEP_END, 0, job_cancel(job->job));
}

/* --- a whole run
 * ------------------------------------------------------------------------------------------------------------ */

static void count_leftover(void *context, const char *path)
{
    wrong("a temporary file is left when all is over: %s", path);
}

static void begin(struct world *world)
{
    struct disk *disk = disk_create();

    disk_use(disk);
    server_reset();
    registry_reset();
    fault_pause(true);
    disk_make_directory(disk, "C:\\ProgramData");
    disk_make_directory(disk, "C:\\dl");
    disk_make_directory(disk, "D:\\dl");
    fault_pause(false);
}

static void end(struct world *world)
{
    unsigned int i;

    if (disk_is_off(disk_in_use())) start_again(world);
    fault_lift();
    for (i = 0; i < world->job_count && !world->over; i++)
        if (world->jobs[i].job) wrong("a job is left when all is over");
    if (!world->over)
    {
        struct job *unknown = find_unknown_job(world);

        if (unknown) wrong("there is a job that nobody has made");
        if (unknown) job_release(unknown);
    }
    stop_service(world);
    if (!world->over && !world->files_left) disk_list(disk_in_use(), ".tmp", count_leftover, NULL);
    for (i = 0; i < world->job_count; i++) free(world->jobs[i].acknowledged);
}

unsigned int world_run(const struct story *story, enum fault_kind kind, long number, bool for_good, unsigned int seed)
{
    unsigned int wrongs = wrong_count(), handles = handles_open(), keys = registry_open_keys();
    struct world *world = calloc(1, sizeof(*world));
    size_t blocks = memory_blocks();

    world->seed = seed;
    world->profile = story->parallel ? &parallel_profile : &profile;
    world->restarts = seed & 1;
    world->survival = (enum survival)(seed % SURVIVAL_COUNT);
    world->metadata = seed / SURVIVAL_COUNT % 3;
    threads_begin(seed);
    begin(world);
    fault_plan(kind, number, for_good);
    start_service(world);
    story->tell(world);
    end(world);
    threads_end();
    disk_destroy(disk_in_use());
    if (handles_open() != handles) wrong("%d handles are left open", (int)(handles_open() - handles));
    if (registry_open_keys() != keys) wrong("keys of the registry are left open");
    if (server_clients()) wrong("%u objects of the HTTP client are left", server_clients());
    if (memory_blocks() != blocks)
    {
        wrong("%zd blocks of memory are left", (ssize_t)(memory_blocks() - blocks));
        memory_report(blocks);
    }
    free(world);
    return wrong_count() - wrongs;
}
