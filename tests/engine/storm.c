/*
 * Many clients at once on the same jobs while they transfer, on real threads: for ThreadSanitizer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * storm [SECONDS]: what the calls answer is not looked at; that the sanitizer finds nothing, that nobody waits for
 * ever, and that all is given back in the end is the test.
 */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sim.h"
#include "transfer/transfer.h"

#define CLIENTS 5
#define JOBS 6
#define FILES 5
#define LARGE_FILE (3 * 1024 * 1024)
#define LARGE_PATH "/s4.bin"
#define LARGE_URL L"http://server.test/s4.bin"

const char *__tsan_default_suppressions(void);

/* Texts for the log lie in a ring, and are good until a few dozen more were asked for (base/debug.h): a thread that is
 * late prints another's, which is accepted. */
const char *__tsan_default_suppressions(void)
{
    return "race:debug_guid\nrace:debug_wstr\nrace:debug_url\n";
}

static uint64_t no_limit(BOOL foreground)
{
    return UINT64_MAX;
}

/* As BITS does it, and with several connections for a file. */
static const struct queue_profile profiles[] = {
    {
        .temporary_prefix = L"BIT",
        .user_agent = "engine test",
        .default_retry_delay = 5,
        .default_no_progress = 3600,
    },
    {
        .temporary_prefix = L"DO",
        .user_agent = "engine test",
        .delivery_requests = TRUE,
        .all_parallel = TRUE,
        .default_retry_delay = 5,
        .default_no_progress = 3600,
        .helpers = 2,
        .bandwidth = no_limit,
    },
};
static const struct caller patient = {.sid = L"S-1-5-21-1-2-3-1001", .process = 8, .privileged = TRUE};
static const struct caller owner = {.sid = L"S-1-5-21-1-2-3-1000", .process = 7, .privileged = TRUE};

static struct queue *queue;
static uint64_t end_at;
static LONG clients, calls;

static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static void add_files(struct job *job, uint32_t *state, unsigned int count)
{
    WCHAR remote[64], local[64];
    struct file_spec spec = {.remote = remote, .local = local};
    static LONG number;

    while (count--)
    {
        char text[64];

        snprintf(text, sizeof(text), "http://server.test/s%u.bin", next(state) % FILES);
        wcscpy(remote, wide(text));
        snprintf(text, sizeof(text), "C:\\dl\\file%d.bin", (int)(InterlockedIncrement(&number) % 50));
        wcscpy(local, wide(text));
        job_add_files(job, &spec, 1, TRUE);
    }
}

static struct job *pick_job(uint32_t *state)
{
    struct job **jobs, *picked = NULL;
    unsigned int count, i;

    if (queue_list_jobs(queue, owner.sid, &jobs, &count)) return NULL;
    if (count) job_addref(picked = jobs[next(state) % count]);
    for (i = 0; i < count; i++) job_release(jobs[i]);
    sim_free(jobs);
    if (count >= JOBS) return picked;
    if (!picked && !queue_create_job(queue, &owner, L"a job", JOB_DOWNLOAD, &picked)) add_files(picked, state, 3);
    else if (next(state) % 4 == 0)
    {
        job_release(picked);
        picked = NULL;
        if (!queue_create_job(queue, &owner, L"a job", JOB_DOWNLOAD, &picked)) add_files(picked, state, 3);
    }
    return picked;
}

static void look_at_file(struct file *file, uint32_t *state)
{
    struct file_progress progress;
    struct file_range *ranges, range = {next(state) % 1000, 100};
    unsigned int count;
    WCHAR *string;

    switch (next(state) % 8)
    {
    case 0: file_get_progress(file, &progress); break;
    case 1:
        file_get_string(file, (enum file_string)(next(state) % (FILE_SERVER_ADDRESS + 1)), &string);
        sim_free(string);
        break;
    case 2: file_set_remote_name(file, wide("http://server.test/s1.bin")); break;
    case 3: file_set_validation(file, next(state) % 2); break;
    case 4: file_request_ranges(file, &range, 1); break;
    case 5:
        file_get_filled(file, &ranges, &count);
        sim_free(ranges);
        break;
    case 6: file_get_http_status(file); break;
    case 7: file_get_size(file); break;
    }
}

static void look_at_job(struct job *job, uint32_t *state)
{
    struct transfer_failure failure;
    struct job_progress progress;
    struct job_times times;
    struct job_status status;
    struct file *file;
    WCHAR *string;

    switch (next(state) % 6)
    {
    case 0: job_get_progress(job, &progress); break;
    case 1: job_get_times(job, &times); break;
    case 2:
        if (job_get_error(job, &failure, &file)) break;
        file_release(file);
        break;
    case 3:
        job_get_string(job, JOB_DISPLAY_NAME, &string);
        sim_free(string);
        break;
    case 4: job_get_number(job, JOB_PRIORITY); break;
    case 5: job_get_status(job, &status); break;
    }
}

static void call(struct job *job, uint32_t *state)
{
    unsigned int what = next(state) % 24, matched;
    struct file *file;
    BOOL found;

    InterlockedIncrement(&calls);
    switch (what)
    {
    case 0: job_suspend(job); break;
    case 1:
    case 2:
    case 3:
    case 4: job_resume(job); break;
    case 5: job_complete(job); break;
    case 6:
        if (next(state) % 3 == 0) job_cancel(job);
        break;
    case 7: add_files(job, state, 1); break;
    case 8: job_set_number(job, JOB_PRIORITY, next(state) % 4); break;
    case 9: job_set_string(job, JOB_DISPLAY_NAME, wide("another name")); break;
    case 10: job_set_string(job, JOB_CUSTOM_HEADERS, wide("X: y\r\n")); break;
    case 11: job_set_credentials(job, 1, 1, wide("user"), wide("password")); break;
    case 12: job_remove_credentials(job, 1, 1, &found); break;
    case 13: job_replace_prefix(job, wide("http://server.test/s1"), wide("http://server.test/s2"), &matched); break;
    case 14: job_take_ownership(job, &owner); break;
    case 15: job_set_number(job, JOB_NOTIFY_FLAGS, next(state) % 128); break;
    case 16: job_set_notified(job); break;
    case 17: queue_reconsider(queue); break;
    default:
        if (what < 21) look_at_job(job, state);
        else if ((file = job_get_file(job, next(state) % FILES)))
        {
            look_at_file(file, state);
            file_release(file);
        }
    }
}

static void run_client(void *context)
{
    uint32_t state = (uint32_t)(uintptr_t)context * 7919;
    struct job *job;

    while (clock_ms() < end_at)
    {
        if (!(job = pick_job(&state))) continue;
        call(job, &state);
        job_release(job);
    }
    InterlockedDecrement(&clients);
}

static void read_events(void *context)
{
    struct job *job;
    struct file *file;
    uint32_t events;

    while (InterlockedOr(&clients, 0) > 1)
    {
        if (!queue_next_event(queue, 100, &job, &events)) continue;
        if ((file = job_next_transferred_file(job)))
        {
            job_acknowledge_file(job, file);
            file_release(file);
        }
        job_release(job);
    }
    InterlockedDecrement(&clients);
}


/* Until the job is in that state, or the time is over. */
static void wait_for(struct job *job, enum job_state state, uint64_t ms)
{
    uint64_t until = min(clock_ms() + ms, end_at);

    while (job_get_state(job) != state && clock_ms() < until) usleep(10000);
}

/* One who lets a transfer take its time, so that others may help with it. */
static void run_patient(void *context)
{
    const WCHAR *local = L"C:\\dl\\patient.bin";
    struct file_spec spec = {.remote = LARGE_URL, .local = local};
    struct job *job;

    while (clock_ms() < end_at)
    {
        if (queue_create_job(queue, &patient, L"a job", JOB_DOWNLOAD, &job)) continue;
        job_set_number(job, JOB_PRIORITY, JOB_FOREGROUND);
        if (!job_add_files(job, &spec, 1, TRUE) && !job_resume(job))
        {
            wait_for(job, JOB_TRANSFERRED, 1200);
            job_suspend(job);
            job_resume(job);
            wait_for(job, JOB_TRANSFERRED, 10000);
            job_complete(job);
        }
        job_cancel(job);
        job_release(job);
    }
    InterlockedDecrement(&clients);
}

/* What a client gets into its stream: in order, each byte once. */
struct received
{
    uint64_t bytes;
    bool wrong;
    LONG released;
};

static transfer_code take_bytes(void *context, const void *data, size_t size)
{
    struct received *received = context;
    const uint8_t *bytes = data;
    size_t i;

    for (i = 0; i < size; i++)
        if (bytes[i] != server_byte(LARGE_PATH, 1, received->bytes + i)) received->wrong = true;
    received->bytes += size;
    return 0;
}

static void release_stream(void *context)
{
    struct received *received = context;

    InterlockedIncrement(&received->released);
}

/* One who has a stream, and interrupts its transfer. */
static void run_stream(void *context)
{
    struct file_spec spec = {.remote = LARGE_URL};
    struct job *job;

    while (clock_ms() < end_at)
    {
        struct received received = {0};
        struct job_stream stream = {&received, take_bytes, release_stream};

        if (queue_create_single(queue, &patient, &job)) continue;
        job_set_number(job, JOB_PRIORITY, JOB_FOREGROUND);
        if (!job_set_stream(job, &stream) && !job_set_file(job, &spec, FALSE) && !job_resume(job))
        {
            wait_for(job, JOB_TRANSFERRED, 1200);
            job_suspend(job);
            job_resume(job);
            wait_for(job, JOB_TRANSFERRED, 10000);
            if (job_get_state(job) == JOB_TRANSFERRED && received.bytes != LARGE_FILE)
                wrong("%llu bytes came into a stream", (unsigned long long)received.bytes);
        }
        job_cancel(job);
        job_set_stream(job, NULL);
        while (!InterlockedOr(&received.released, 0)) usleep(10000); /* a call may be under way */
        if (received.wrong) wrong("wrong bytes came into a stream");
        job_release(job);
    }
    InterlockedDecrement(&clients);
}

static void end_jobs(void)
{
    struct job **jobs;
    unsigned int count;

    queue_list_jobs(queue, NULL, &jobs, &count);
    while (count--)
    {
        job_cancel(jobs[count]);
        job_release(jobs[count]);
    }
    sim_free(jobs);
}

static void storm(const struct queue_profile *profile, unsigned int seconds)
{
    struct queue_config config = {.profile = profile, .directory = L"C:\\ProgramData\\BITS"};
    struct disk *disk = disk_create();
    uintptr_t i;
    char path[32];

    disk_use(disk);
    disk_make_directory(disk, "C:\\ProgramData");
    disk_make_directory(disk, "C:\\dl");
    server_reset();
    for (i = 0; i < FILES; i++)
    {
        snprintf(path, sizeof(path), "/s%u.bin", (unsigned int)i);
        /* The last one is worth a second connection. */
        server_add(path, i == FILES - 1 ? LARGE_FILE : 20000 + i * 30000)->rate = LARGE_FILE / 2500;
    }
    threads_begin(1);
    if (queue_create(&config, &queue) || scheduler_start(queue)) hopeless("the service does not start");
    end_at = clock_ms() + seconds * 1000;
    clients = CLIENTS + 2 + (profile->helpers > 0);
    for (i = 0; i < CLIENTS; i++) threads_create(run_client, (void *)(i + 1));
    threads_create(read_events, NULL);
    threads_create(run_patient, NULL);
    if (profile->helpers) threads_create(run_stream, NULL);
    while (InterlockedOr(&clients, 0)) usleep(10000);
    end_jobs();
    scheduler_stop(queue);
    queue_destroy(queue);
    threads_end();
    if (disk_open_handles(disk)) wrong("%u files are left open", disk_open_handles(disk));
    if (handles_open()) wrong("%u handles are left open", handles_open());
    if (server_clients()) wrong("%u objects of the HTTP client are left", server_clients());
    disk_destroy(disk);
}

int main(int argc, char **argv)
{
    unsigned int seconds = argc > 1 ? (unsigned int)atoi(argv[1]) : 10, i;

    alarm(seconds + 120);
    for (i = 0; i < sizeof(profiles) / sizeof(*profiles); i++) storm(&profiles[i], (seconds + i) / 2);
    printf("%d calls of %d clients in %u s\n", (int)calls, CLIENTS, seconds);
    printf("%u passed, %u failed\n", !wrong_count(), wrong_count());
    return wrong_count() != 0;
}
