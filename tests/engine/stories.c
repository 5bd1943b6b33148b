/*
 * What clients do, from the first job to the last file.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>

#include "world.h"

static void serve(const char *path, uint64_t size, unsigned int rate)
{
    server_add(path, size)->rate = rate;
}

static void serve_many(struct tracked_file *files, unsigned int count, const char *format, const char *local,
                       uint64_t size)
{
    unsigned int i;

    memset(files, 0, count * sizeof(*files));
    for (i = 0; i < count; i++)
    {
        snprintf(files[i].url, sizeof(files[i].url), format, i);
        snprintf(files[i].local, sizeof(files[i].local), local, i & 1 ? "d" : "c", files[i].url + 1);
        server_add(files[i].url, size + i);
    }
}

/* --- downloads ------------------------------------------------------------------------------------------------ */

/* One file, long enough for progress to be stored, and its connection breaks. */
static void tell_download(struct world *world)
{
    struct tracked_job *job;

    serve("/a.bin", 300000, 20);
    server_find("/a.bin")->breaks_at = 200000;
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/a.bin");
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* Suspended and resumed in the middle; a large file, which is flushed at its end. */
static void tell_resume(struct world *world)
{
    struct tracked_job *job;

    serve("/small.bin", 5000, 0);
    serve("/large.bin", 1300000, 100);
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/small.bin");
    add_file(world, job, "/large.bin");
    resume(world, job);
    wait_bytes(world, job, 700000);
    suspend(world, job);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* Old files are replaced; two directories of eight and more files, on two volumes. */
static void tell_complete(struct world *world)
{
    struct tracked_file files[20];
    struct tracked_job *job;
    unsigned int i;

    serve_many(files, 20, "/f%u.bin", "%s:\\dl\\%s", 1000);
    for (i = 0; i < 20; i += 3) disk_put(disk_in_use(), files[i].local, "old", 3);
    job = create_job(world, JOB_DOWNLOAD);
    add_files(world, job, files, 20);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* A job as large as a user's may be. */
static void tell_many(struct world *world)
{
    struct tracked_file files[200];
    struct tracked_job *job;

    serve_many(files, 200, "/m%u.bin", "%s:\\dl\\%s", 300);
    job = create_job(world, JOB_DOWNLOAD);
    add_files(world, job, files, 200);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* The service ends three times before the job does. */
static void tell_restart(struct world *world)
{
    struct tracked_job *job, *other;

    serve("/a.bin", 400000, 20);
    serve("/b.bin", 3000, 0);
    other = create_job(world, JOB_DOWNLOAD);
    add_file(world, other, "/b.bin");
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/a.bin");
    resume(world, job);
    wait_bytes(world, job, 150000);
    restart(world, false);
    wait_bytes(world, job, 300000);
    restart(world, true);
    wait_state(world, job, JOB_TRANSFERRED);
    restart(world, true);
    complete(world, job);
    resume(world, other);
    wait_state(world, other, JOB_TRANSFERRED);
    complete(world, other);
}

static void tell_cancel(struct world *world)
{
    struct tracked_job *job, *transferred;

    serve("/a.bin", 400000, 20);
    serve("/b.bin", 3000, 0);
    serve("/c.bin", 4000, 0);
    transferred = create_job(world, JOB_DOWNLOAD);
    add_file(world, transferred, "/b.bin");
    resume(world, transferred);
    wait_state(world, transferred, JOB_TRANSFERRED);
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/c.bin");
    add_file(world, job, "/a.bin");
    resume(world, job);
    wait_bytes(world, job, 100000);
    cancel(world, job);
    cancel(world, transferred);
}

/* Parts of a file, of a server that gives several at once. */
static void tell_ranges(struct world *world)
{
    struct tracked_file file = {.url = "/r.bin", .local = "C:\\dl\\r.bin", .range_count = 3};
    struct tracked_job *job;

    file.ranges[0] = (struct file_range){1000, 5000};
    file.ranges[1] = (struct file_range){50000, 20000};
    file.ranges[2] = (struct file_range){20000, 1};
    serve("/r.bin", 100000, 0);
    job = create_job(world, JOB_DOWNLOAD);
    add_files(world, job, &file, 1);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

static transfer_code request_ranges(struct tracked_job *job, uint64_t offset, uint64_t length)
{
    struct file *file = job_get_file(job->job, 0);
    struct file_range range = {offset, length};
    transfer_code code = file ? file_request_ranges(file, &range, 1) : ERROR_NOT_FOUND;

    file_release(file);
    return code;
}

/* Bytes in the order in which they are asked for; then the rest. */
static void tell_ondemand(struct world *world)
{
    struct tracked_job *job;

    serve("/o.bin", 200000, 50);
    job = create_job(world, JOB_DOWNLOAD);
    job->partial = true;
    add_file(world, job, "/o.bin");
    STEP(world, job, STEP_CHANGE, 0, job_set_number(job->job, JOB_ON_DEMAND, TRUE));
    STEP(world, job, STEP_CHANGE, 0, request_ranges(job, 100000, 30000));
    resume(world, job);
    wait_bytes(world, job, 30000);
    STEP(world, job, STEP_CHANGE, 0, request_ranges(job, 10000, 1000));
    resume(world, job);
    wait_bytes(world, job, 31000);
    suspend(world, job);
    STEP(world, job, STEP_CHANGE, 0, request_ranges(job, 0, TRANSFER_LENGTH_TO_EOF));
    job->partial = false;
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* Several connections for one file, of which one breaks; suspended and resumed while they are at work. */
static void tell_parallel(struct world *world)
{
    struct tracked_job *job;

    serve("/p.bin", 3400000, 600);
    server_find("/p.bin")->breaks_at = 700000;
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/p.bin");
    resume(world, job);
    wait_bytes(world, job, 1500000);
    suspend(world, job);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

static void tell_addfile(struct world *world)
{
    struct tracked_file files[24];
    struct tracked_job *job;
    unsigned int i;

    serve_many(files, 24, "/n%u.bin", "%s:\\dl\\%s", 50);
    job = create_job(world, JOB_DOWNLOAD);
    for (i = 0; i < 16; i++) add_files(world, job, &files[i], 1);
    add_files(world, job, &files[16], 8);
    cancel(world, job);
}

static transfer_code set_several(struct tracked_job *job)
{
    const struct job_change changes[] = {
        {.kind = JOB_CHANGE_NUMBER, .which = JOB_MINIMUM_RETRY_DELAY, .number = 77},
        {.kind = JOB_CHANGE_STRING, .which = JOB_DISPLAY_NAME, .string = L"another name"},
        {.kind = JOB_CHANGE_NOTE, .which = 2, .blob = "some bytes", .size = 10},
    };

    return job_set(job->job, changes, ARRAYSIZE(changes));
}

static transfer_code set_remote_name(struct tracked_job *job, const WCHAR *name)
{
    struct file *file = job_get_file(job->job, 0);
    transfer_code code = file ? file_set_remote_name(file, name) : ERROR_NOT_FOUND;

    file_release(file);
    return code;
}

static void tell_properties(struct world *world)
{
    static const struct caller other = {.sid = L"S-1-5-21-1-2-3-1001", .process = 8, .integrity = 0x3000};
    struct tracked_job *job;
    unsigned int matched;
    BOOL found;

    serve("/p.bin", 100, 0);
    job = create_job(world, JOB_DOWNLOAD);
    STEP(world, job, STEP_CHANGE, 0, job_set_number(job->job, JOB_PRIORITY, JOB_HIGH));
    STEP(world, job, STEP_CHANGE, 0, job_set_string(job->job, JOB_DESCRIPTION, L"what it is"));
    STEP(world, job, STEP_CHANGE, 0, set_several(job));
    STEP(world, job, STEP_CHANGE, 0, job_set_string(job->job, JOB_CUSTOM_HEADERS, L"X-Secret: 1\r\n"));
    STEP(world, job, STEP_CHANGE, 0, job_set_credentials(job->job, 1, 1, L"user", L"password"));
    add_file(world, job, "/q.bin");
    STEP(world, job, STEP_CHANGE, 0,
         job_replace_prefix(job->job, L"http://server.test/q", L"http://server.test/p", &matched));
    /* What it is already: another name is stored by the next Resume only (B-106). */
    STEP(world, job, STEP_CHANGE, 0, set_remote_name(job, L"http://server.test/p.bin"));
    snprintf(job->files[0].url, sizeof(job->files[0].url), "/p.bin");
    STEP(world, job, STEP_CHANGE, 0, job_remove_credentials(job->job, 1, 1, &found));
    STEP(world, job, STEP_CHANGE, 0, job_take_ownership(job->job, &other));
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* --- uploads
 * -------------------------------------------------------------------------------------------------------- */

static void tell_upload(struct world *world)
{
    static uint8_t data[150000];
    struct tracked_job *job;
    const uint8_t *there;
    struct tracked_file reply = {.url = "/reply.bin", .local = "C:\\dl\\reply.bin", .version = 1};
    bool closed = false;
    size_t size = 0;
    unsigned int i;

    for (i = 0; i < sizeof(data); i++) data[i] = server_byte("up", 1, i);
    disk_put(disk_in_use(), "C:\\dl\\up.bin", data, sizeof(data));
    serve("/reply.bin", 3000, 0);
    job = create_job(world, JOB_UPLOAD_REPLY);
    add_file(world, job, "/up.bin");
    STEP(world, job, STEP_CHANGE, 0, job_set_reply_file(job->job, L"C:\\dl\\reply.bin"));
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    there = server_upload("/up.bin", &size, &closed);
    if (!world->over)
        CHECK_THAT(there && closed && size == sizeof(data) && !memcmp(there, data, size),
                   "the server does not have what was uploaded");
    complete(world, job);
    if (!world->over) check_file(world, &reply, "C:\\dl\\reply.bin");
}

/* Fragments that take too long: what they were shortened to is kept over retries and restarts (U-107). */
static void tell_slowupload(struct world *world)
{
    static uint8_t data[1500000];
    struct tracked_job *job;
    const uint8_t *there;
    bool closed = false;
    size_t size = 0;
    unsigned int i;

    for (i = 0; i < sizeof(data); i++) data[i] = server_byte("slow", 1, i);
    disk_put(disk_in_use(), "C:\\dl\\slow.bin", data, sizeof(data));
    server_limit_fragments(200000);
    job = create_job(world, JOB_UPLOAD);
    add_file(world, job, "/slow.bin");
    resume(world, job);
    wait_bytes(world, job, 1); /* after 1 MiB was too long */
    if (!world->over && !disk_is_off(disk_in_use())) restart(world, true);
    wait_state(world, job, JOB_TRANSFERRED);
    there = server_upload("/slow.bin", &size, &closed);
    if (!world->over)
        CHECK_THAT(there && closed && size == sizeof(data) && !memcmp(there, data, size),
                   "the server does not have what was uploaded");
    /* 1 MiB, 512 KiB before and after the restart, 256 KiB */
    if (!world->over && !fault_has_hit())
        CHECK_THAT(server_late_fragments() <= 4, "%u fragments were too long", server_late_fragments());
    complete(world, job);
}

/* --- trouble
 * ----------------------------------------------------------------------------------------------------------- */

/* The disk is full, and later it is not. */
static void tell_diskfull(struct world *world)
{
    struct tracked_job *job;
    uint64_t began = clock_ms();

    serve("/a.bin", 400000, 20);
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/a.bin");
    resume(world, job);
    wait_bytes(world, job, 100000);
    if (world->over || !job->job) return;
    disk_set_capacity(disk_in_use(), disk_used(disk_in_use()) + 100000);
    while (job->job && job_get_state(job->job) != JOB_ERROR && !disk_is_off(disk_in_use()) &&
           job_get_state(job->job) != JOB_TRANSFERRED && clock_ms() - began < 3600 * 1000)
        Sleep(500);
    disk_set_capacity(disk_in_use(), UINT64_MAX);
    if (job->job && job_get_state(job->job) == JOB_ERROR) resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* On a full disk jobs can be completed and cancelled, though nothing else can be changed. */
static void tell_fullend(struct world *world)
{
    struct tracked_job *first, *second;
    transfer_code code;

    serve("/a.bin", 3000, 0);
    serve("/b.bin", 3000, 0);
    first = create_job(world, JOB_DOWNLOAD);
    add_file(world, first, "/a.bin");
    resume(world, first);
    wait_state(world, first, JOB_TRANSFERRED);
    second = create_job(world, JOB_DOWNLOAD);
    add_file(world, second, "/b.bin");
    /* A fault may be that there is nothing kept back. */
    if (!world->over && second->job && !fault_has_hit() && !disk_is_off(disk_in_use()))
    {
        disk_set_capacity(disk_in_use(), disk_used(disk_in_use()));
        code = job_set_string(second->job, JOB_DESCRIPTION, L"more than there is room for");
        if (fault_has_hit()) disk_set_capacity(disk_in_use(), UINT64_MAX);
        else CHECK_THAT(code == ERROR_DISK_FULL, "a property is stored on a full disk: %#x", code);
    }
    complete(world, first);
    cancel(world, second);
    disk_set_capacity(disk_in_use(), UINT64_MAX);
}

/* Nothing of a job may be lost, nor an old file be left, when Complete cannot find what it is to rename. */
static void delete_temporary(void *context, const char *path)
{
    snprintf(context, 100, "%s", path);
}

static void tell_cleaner(struct world *world)
{
    struct tracked_file file = {.url = "/a.bin", .local = "C:\\dl\\a.bin", .version = 1};
    struct tracked_job *job;
    transfer_code first, second;
    char path[100] = "";

    serve("/a.bin", 5000, 0);
    disk_put(disk_in_use(), "C:\\dl\\a.bin", "old", 3);
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/a.bin");
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    restart(world, false);
    wait_state(world, job, JOB_TRANSFERRED); /* a fault may have it fetched again */
    if (world->over || !job->job) return;
    disk_list(disk_in_use(), ".tmp", delete_temporary, path);
    if (path[0]) disk_remove(disk_in_use(), path);
    job->spoiled = true;
    first = job_complete(job->job);
    second = first ? job_complete(job->job) : first;
    if (!second) check_file(world, &file, "C:\\dl\\a.bin");
    else cancel(world, job);
    if (!second && job->job)
    {
        job_release(job->job);
        job->job = NULL;
    }
}

static transfer_code set_validation(struct tracked_job *job, BOOL valid)
{
    struct file *file = job_get_file(job->job, 0);
    transfer_code code = file ? file_set_validation(file, valid) : ERROR_NOT_FOUND;

    file_release(file);
    return code;
}

/* A file that its client has refused is fetched again, also when it had its name already. */
static void tell_validation(struct world *world)
{
    struct tracked_job *job;
    transfer_code code;

    serve("/a.bin", 5000, 0);
    serve("/b.bin", 6000, 0);
    job = create_job(world, JOB_DOWNLOAD);
    add_file(world, job, "/a.bin");
    add_file(world, job, "/b.bin");
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    if (world->over || !job->job) return;
    disk_make_directory(disk_in_use(), "C:\\dl\\b.bin");
    if (!(code = job_complete(job->job)) && !disk_is_off(disk_in_use())) wrong("Complete gives a directory's name");
    if (disk_is_off(disk_in_use()))
    {
        restart(world, true);
        disk_remove(disk_in_use(), "C:\\dl\\b.bin");
        complete(world, job);
        return;
    }
    server_find("/a.bin")->version = 2;
    code = set_validation(job, FALSE);
    /* Where the call has failed the file may be fetched again, or not: the server has what it had. */
    if (!code) job->files[0].version = 2;
    else server_find("/a.bin")->version = 1;
    disk_remove(disk_in_use(), "C:\\dl\\b.bin");
    if (!code) wait_state(world, job, JOB_ERROR);
    resume(world, job);
    wait_state(world, job, JOB_TRANSFERRED);
    complete(world, job);
}

/* What the scheduler has decided is known to the next service. */
static void tell_timeout(struct world *world)
{
    struct tracked_job *job;
    uint64_t began = clock_ms();

    serve("/a.bin", 5000, 0);
    server_find("/a.bin")->status = 503;
    job = create_job(world, JOB_DOWNLOAD);
    STEP(world, job, STEP_CHANGE, 0, job_set_number(job->job, JOB_NO_PROGRESS_TIMEOUT, 600));
    add_file(world, job, "/a.bin");
    resume(world, job);
    while (job->job && !world->over && job_get_state(job->job) != JOB_ERROR && clock_ms() - began < 7200 * 1000 &&
           !disk_is_off(disk_in_use()))
        Sleep(5000);
    if (job->job && !world->over && !disk_is_off(disk_in_use()))
    {
        if (!fault_has_hit())
            CHECK_THAT(job_get_state(job->job) == JOB_ERROR, "a job without progress is not given up");
        Sleep(5000);
        restart(world, true);
        if (job->job && !fault_has_hit())
            CHECK_THAT(job_get_state(job->job) == JOB_ERROR, "a job that was given up is not in ERROR after a restart");
    }
    cancel(world, job);
}

const struct story stories[] = {
    {"download", tell_download, true},
    {"resume", tell_resume},
    {"complete", tell_complete},
    {"restart", tell_restart},
    {"cancel", tell_cancel},
    {"ranges", tell_ranges, true},
    {"ondemand", tell_ondemand},
    {"parallel", tell_parallel, false, true},
    {"upload", tell_upload},
    {"slowupload", tell_slowupload},
    {"addfile", tell_addfile},
    {"properties", tell_properties, true},
    {"diskfull", tell_diskfull},
    {"fullend", tell_fullend},
    {"cleaner", tell_cleaner},
    {"validation", tell_validation},
    {"timeout", tell_timeout},
    {"many", tell_many},
    {NULL},
};
