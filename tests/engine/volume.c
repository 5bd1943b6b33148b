/*
 * How much the store writes for a job of many files.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A job has one record and one for each of its files, so that what changes little writes little, however large the job.
 */

#include <stdio.h>
#include <stdlib.h>

#include "sim.h"
#include "transfer/transfer.h"

#define FILES 10000

static const struct queue_profile profile = {
    .temporary_prefix = L"BIT",
    .user_agent = "engine test",
    .default_retry_delay = 5,
    .default_no_progress = 3600,
};
static const struct caller owner = {.sid = L"S-1-5-21-1-2-3-1000", .process = 7, .privileged = TRUE};

static struct queue *queue;
static uint64_t mark;

/* Bytes written since the last call. */
static uint64_t written(void)
{
    uint64_t now = disk_bytes_written(disk_in_use()), since = now - mark;

    mark = now;
    return since;
}

static void expect_at_most(uint64_t bytes, uint64_t most, const char *what)
{
    printf("%s: %llu bytes, at most %llu\n", what, (unsigned long long)bytes, (unsigned long long)most);
    if (bytes > most) wrong("%s wrote %llu bytes", what, (unsigned long long)bytes);
}

static struct job *create_job(void)
{
    struct job *job;

    if (queue_create_job(queue, &owner, L"a large job", JOB_DOWNLOAD, &job)) hopeless("no job can be created");
    return job;
}

/* Remote and local name of a file, for free(). */
static void make_names(unsigned int number, WCHAR **remote, WCHAR **local)
{
    char text[100];

    snprintf(text, sizeof(text), "http://server.test/packages/x86_64/component-%05u.cab", number);
    *remote = malloc((strlen(text) + 1) * sizeof(WCHAR));
    wcscpy(*remote, wide(text));
    snprintf(text, sizeof(text), "C:\\dl\\component-%05u.cab", number);
    *local = malloc((strlen(text) + 1) * sizeof(WCHAR));
    wcscpy(*local, wide(text));
}

static void add_one_by_one(struct job *job)
{
    unsigned int i;

    for (i = 0; i < FILES; i++)
    {
        struct file_spec spec = {0};
        WCHAR *remote, *local;

        make_names(i, &remote, &local);
        spec.remote = remote;
        spec.local = local;
        if (job_add_files(job, &spec, 1, TRUE)) wrong("file %u cannot be added", i);
        free(remote);
        free(local);
    }
}

static void add_at_once(struct job *job)
{
    struct file_spec *specs = calloc(FILES, sizeof(*specs));
    WCHAR *remote, *local;
    unsigned int i;

    for (i = 0; i < FILES; i++)
    {
        make_names(i, &remote, &local);
        specs[i].remote = remote;
        specs[i].local = local;
    }
    if (job_add_files(job, specs, FILES, TRUE)) wrong("the files cannot be added at once");
    for (i = 0; i < FILES; i++)
    {
        free((void *)specs[i].remote);
        free((void *)specs[i].local);
    }
    free(specs);
}

static void change_properties(struct job *job)
{
    unsigned int i;

    written();
    for (i = 0; i < 100; i++) job_set_number(job, JOB_MINIMUM_RETRY_DELAY, 100 + i);
    expect_at_most(written() / 100, 1024, "a change of a property");
}

int main(void)
{
    struct queue_config config = {.profile = &profile, .directory = L"C:\\ProgramData\\BITS"};
    struct disk *disk = disk_create();
    struct job *one_by_one, *at_once;

    disk_use(disk);
    disk_make_directory(disk, "C:\\ProgramData");
    disk_make_directory(disk, "C:\\dl");
    threads_begin(1);
    if (queue_create(&config, &queue) || scheduler_start(queue)) hopeless("the service does not start");

    one_by_one = create_job();
    written();
    add_one_by_one(one_by_one);
    expect_at_most(written(), 20000000, "10000 calls of AddFile");
    change_properties(one_by_one);

    at_once = create_job();
    written();
    add_at_once(at_once);
    expect_at_most(written(), 20000000, "AddFileSet of 10000 files");
    change_properties(at_once);

    written();
    if (job_cancel(one_by_one) || job_cancel(at_once)) wrong("a job cannot be cancelled");
    expect_at_most(written(), 20000000, "two times Cancel");
    job_release(one_by_one);
    job_release(at_once);
    scheduler_stop(queue);
    queue_destroy(queue);
    threads_end();
    disk_destroy(disk);
    printf("%u passed, %u failed\n", !wrong_count(), wrong_count());
    return wrong_count() != 0;
}
