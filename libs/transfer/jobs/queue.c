/*
 * The set of jobs of a service.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <winsock2.h>
#include <windows.h>
#include <objbase.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/debug.h"
#include "base/list.h"
#include "base/text.h"
#include "store/store.h"
#include "http/http.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/conditions/policy.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/job_record.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"

#define FLUSHERS 4 /* threads */

DEBUG_CHANNEL(bitsjob);

/* --- membership ------------------------------------------------------------------------- */

static struct list *hash_bucket(struct queue *queue, const GUID *id)
{
    return &queue->hash[(id->Data1 ^ id->Data4[7]) % JOB_HASH_SIZE];
}

static struct job *lookup(struct queue *queue, const GUID *id)
{
    struct list *bucket = hash_bucket(queue, id);
    struct job *job;

    LIST_FOR_EACH(job, bucket, struct job, hash_entry)
        if (IsEqualGUID(&job->id, id)) return job;
    return NULL;
}

void queue_insert(struct queue *queue, struct job *job)
{
    queue_assert_locked(queue);
    job_addref(job);
    list_add_tail(&queue->jobs, &job->entry);
    list_add_tail(hash_bucket(queue, &job->id), &job->hash_entry);
    queue->job_count++;
    queue_reschedule(queue);
}

void queue_remove(struct queue *queue, struct job *job)
{
    queue_assert_locked(queue);
    if (list_empty(&job->entry)) return;
    list_remove(&job->entry);
    list_remove(&job->hash_entry);
    queue->job_count--;
    queue_reschedule(queue);
    /* Whoever changes the state holds a reference of his own: this one cannot be the last. */
    job_release(job);
}

void queue_reschedule(struct queue *queue)
{
    queue_assert_locked(queue);
    queue->reschedule = TRUE;
    WakeConditionVariable(&queue->schedule);
}

void queue_add_session_cancel(struct job *job)
{
    queue_assert_locked(job->queue);
    job->retry_at = 0;
    job_addref(job);
    list_add_tail(&job->queue->session_cancels, &job->entry);
    queue_reschedule(job->queue);
}

/* --- life ----------------------------------------------------------------------------------- */

void queue_addref(struct queue *queue)
{
    InterlockedIncrement(&queue->refs);
}

void queue_release(struct queue *queue)
{
    if (InterlockedDecrement(&queue->refs)) return;
    DeleteCriticalSection(&queue->lock);
    free(queue->directory);
    free(queue);
}

/* A service that was killed may have stored names of files it had not made yet. */
static void reserve_names(const struct job *job)
{
    unsigned int i;

    if (job->numbers[JOB_HIGH_PERFORMANCE]) return; /* those are no temporary ones (B-495) */
    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (file->temporary && !file_is_complete(file) && !file->transferred) name_reserve(file->temporary);
    }
}

/* A file whose job may still be to come. */
struct loaded_file
{
    GUID owner;
    unsigned int set_end;
    struct journal_id id;
    struct file *file;
};

struct loading
{
    struct queue *queue;
    struct loaded_file *files;
    size_t count;
    size_t capacity;
};

static uint32_t load_file(struct loading *loading, const struct store_job *stored)
{
    struct loaded_file *files = loading->files, *loaded;
    transfer_code code;

    if (loading->count == loading->capacity)
    {
        loading->capacity = max(64, loading->capacity * 2);
        if (!(files = realloc(files, loading->capacity * sizeof(*files)))) return ERROR_OUTOFMEMORY;
        loading->files = files;
    }
    loaded = &files[loading->count];
    loaded->id = stored->id;
    code = job_read_file(stored->state, stored->state_size, stored->progress, stored->progress_size, &loaded->owner,
                         &loaded->set_end, &loaded->file);
    if (code) ERR("cannot read the record of a file, error %u\n", code);
    else loading->count++;
    return code;
}

static uint32_t load_record(void *context, const struct store_job *stored)
{
    struct loading *loading = context;
    transfer_code code;
    struct job *job;
    GUID id;

    if (job_is_file_record(stored->state, stored->state_size)) return load_file(loading, stored);
    memcpy(&id, &stored->id, sizeof(id));
    if ((code = job_read_record(loading->queue, &id, stored->state, stored->state_size, &job)))
    {
        ERR("%s: cannot read its record, error %u\n", debug_guid(&id), code);
        return code;
    }
    if (stored->stale) WARN("%s: newer changes of this job were lost\n", debug_guid(&id));
    EnterCriticalSection(&loading->queue->lock);
    if (job_is_cancelling_session(job))
    {
        job->state = JOB_CANCELLED;
        job_addref(job);
        list_add_tail(&loading->queue->session_cancels, &job->entry);
    }
    else queue_insert(loading->queue, job);
    LeaveCriticalSection(&loading->queue->lock);
    job_release(job);
    return STORE_OK;
}

static int compare_loaded(const void *a, const void *b)
{
    const struct loaded_file *left = a, *right = b;
    int order = memcmp(&left->owner, &right->owner, sizeof(left->owner));

    if (order) return order;
    return left->file->index < right->file->index ? -1 : left->file->index > right->file->index;
}

/* Files of one job, by their places: how many of them are the job's.  What was added by one call is there as a whole or
 * not at all. */
static unsigned int count_files(const struct loaded_file *files, unsigned int count)
{
    unsigned int whole = 0, set_end;

    while (whole < count && files[whole].file->index == whole) whole++;
    while (whole && (set_end = files[whole - 1].set_end) > whole)
        while (whole && files[whole - 1].set_end == set_end) whole--;
    return whole;
}

/* Give a job its files. */
static transfer_code attach_files(struct job *job, struct loaded_file *files, unsigned int count)
{
    unsigned int whole = count_files(files, count), i;

    if (whole && !(job->files = malloc(whole * sizeof(*job->files)))) return ERROR_OUTOFMEMORY;
    for (i = 0; i < whole; i++)
    {
        job->files[i] = files[i].file;
        job->files[i]->job = job;
        files[i].file = NULL;
    }
    job->file_count = job->file_capacity = whole;
    return TRANSFER_OK;
}

static struct job *find_loaded(struct queue *queue, const GUID *id)
{
    struct job *job;

    if ((job = lookup(queue, id))) return job;
    LIST_FOR_EACH(job, &queue->session_cancels, struct job, entry)
        if (IsEqualGUID(&job->id, id)) return job;
    return NULL;
}

/* Distribute what was loaded.  What belongs to no job, or came with a call that was cut off, stays behind.  Locked. */
static transfer_code attach_loaded(struct loading *loading)
{
    transfer_code code = TRANSFER_OK;
    struct job *job;
    size_t i, next;

    if (loading->count) qsort(loading->files, loading->count, sizeof(*loading->files), compare_loaded);
    for (i = 0; i < loading->count && !code; i = next)
    {
        const GUID owner = loading->files[i].owner;

        for (next = i + 1; next < loading->count && IsEqualGUID(&loading->files[next].owner, &owner);) next++;
        if ((job = find_loaded(loading->queue, &owner))) code = attach_files(job, &loading->files[i], next - i);
    }
    return code;
}

/* What stayed behind goes; from the store too, when all the others have their jobs. */
static void drop_loaded(struct loading *loading, BOOL from_store)
{
    uint64_t ticket;
    size_t i;

    for (i = 0; i < loading->count; i++)
    {
        if (!loading->files[i].file) continue;
        file_free(loading->files[i].file);
        if (!from_store) continue;
        TRACE("a file without its job\n");
        store_append(loading->queue->store, JOURNAL_DELETE, &loading->files[i].id, NULL, 0, &ticket);
    }
    free(loading->files);
}

/* What becomes of a job that an earlier service has left.  Locked. */
static void resume_loaded(struct job *job)
{
    static const struct transfer_failure crash_failure = {
        .code = ERROR_EXCEPTION_IN_SERVICE, .where = TRANSFER_WHERE_QUEUE, .file = -1};
    unsigned int crashes;

    queue_assert_locked(job->queue);
    reserve_names(job);
    if (!job->touched)
        job->touched = (uint64_t)job->times.modification.dwHighDateTime << 32 | job->times.modification.dwLowDateTime;
    /* B-751: what ran waits for its turn again */
    if (job->state == JOB_CONNECTING || job->state == JOB_TRANSFERRING) job->state = JOB_QUEUED;
    /* D-132: paused */
    if (job_is_single(job) && (job->state == JOB_QUEUED || job->state == JOB_TRANSIENT_ERROR))
        job->state = JOB_SUSPENDED;
    /* The time without progress goes on; the next try is now. */
    if (job->state == JOB_TRANSIENT_ERROR)
    {
        job->retry_at = now_ms();
        if (!job->stalled_since) job->stalled_since = now_ms();
    }
    /* One that ends the service whenever it is worked for is put aside; the others go on. */
    if ((crashes = crash_count(&job->id)) >= CRASHES_MAX)
    {
        crash_forget(&job->id);
        job->state = JOB_QUEUED;
        job_fail(job, &crash_failure);
    }
    job->crashed = crashes && crashes < CRASHES_MAX;
    /* What no client knows yet; those that come back and register are notified in any case. */
    if (job->state == JOB_TRANSFERRED && !job->notified) event_post(job, JOB_EVENT_TRANSFERRED);
    if (job->state == JOB_ERROR && !job->notified) event_post(job, JOB_EVENT_ERROR);
}

static void report_damage(void *context, const struct journal_damage *damage)
{
    ERR("the job store is damaged at %I64u (%I64u bytes): %s, %s\n", damage->offset, damage->length,
        journal_damage_text(damage->kind), journal_loss_text(damage->loss));
    log_event("the job store is damaged at %I64u (%I64u bytes): %s, %s; the file is kept aside", damage->offset,
              damage->length, journal_damage_text(damage->kind), journal_loss_text(damage->loss));
}

/* Make the directory with its parents. */
static DWORD make_directory(const WCHAR *path)
{
    WCHAR buffer[MAX_PATH];
    WCHAR *p;

    if (lstrlenW(path) >= MAX_PATH) return ERROR_FILENAME_EXCED_RANGE;
    lstrcpyW(buffer, path);
    for (p = buffer + 3; *p; p++)
    {
        if (*p != '\\') continue;
        *p = 0;
        CreateDirectoryW(buffer, NULL);
        *p = '\\';
    }
    if (CreateDirectoryW(buffer, NULL) || GetLastError() == ERROR_ALREADY_EXISTS) return 0;
    return GetLastError();
}

/* Jobs whose Cancel was cut off between the store and their files. */
static void finish_cancels(struct queue *queue)
{
    struct job *job, *after;

    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry)
    {
        if (!job->cancelled) continue;
        job_addref(job);
        job_finish_cancel(job);
        job_release(job);
    }
}

/* Volatile downloads end with their service; what a killed one could not delete is deleted now. */
static void drop_volatile(struct queue *queue)
{
    struct job *job, *after;
    uint64_t ticket;
    unsigned int i;

    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry)
    {
        if (!job->numbers[JOB_VOLATILE]) continue;
        for (i = 0; i < job->file_count; i++)
        {
            const WCHAR *name = job->files[i]->temporary;

            if (!name || DeleteFileW(name) || GetLastError() == ERROR_FILE_NOT_FOUND) continue;
            WARN("cannot delete %s, error %lu\n", debug_wstr(name), GetLastError());
        }
        job_addref(job);
        EnterCriticalSection(&queue->lock);
        job_change_state(job, JOB_CANCELLED);
        /* Nobody waits: should it not be stored, it is done again next time. */
        if (job_save(job, &ticket)) WARN("%s stays in the store\n", debug_guid(&job->id));
        LeaveCriticalSection(&queue->lock);
        job_release(job);
    }
}

transfer_code queue_create(const struct queue_config *config, struct queue **out)
{
    struct store_callbacks callbacks = {.load = load_record, .damage = report_damage};
    struct loading loading = {0};
    struct queue *queue;
    struct job *job;
    transfer_code code;
    unsigned int i;

    *out = NULL;
    if (!(queue = calloc(1, sizeof(*queue)))) return ERROR_OUTOFMEMORY;
    queue->refs = 1;
    queue->config = *config;
    for (i = 0; i < ARRAYSIZE(queue->costs); i++) queue->costs[i] = COST_ALWAYS;
    InitializeCriticalSection(&queue->lock);
    InitializeConditionVariable(&queue->run_ended);
    InitializeConditionVariable(&queue->schedule);
    InitializeConditionVariable(&queue->assignment);
    InitializeConditionVariable(&queue->workers_ended);
    InitializeConditionVariable(&queue->paced);
    InitializeConditionVariable(&queue->events.arrived);
    InitializeConditionVariable(&queue->download_events.arrived);
    list_init(&queue->jobs);
    list_init(&queue->events.jobs);
    list_init(&queue->download_events.jobs);
    list_init(&queue->assigned);
    list_init(&queue->session_cancels);
    for (i = 0; i < JOB_HASH_SIZE; i++) list_init(&queue->hash[i]);
    for (i = 0; i < ARRAYSIZE(queue->bandwidth[0]); i++)
        queue->bandwidth[FALSE][i] = queue->bandwidth[TRUE][i] = BANDWIDTH_UNLIMITED;

    code = ERROR_OUTOFMEMORY;
    if (!(queue->directory = string_copy(config->directory))) goto failed;
    if (!(queue->http = http_client_create())) goto failed;
    /* Without them, who has a file to flush does it. */
    if ((queue->flushers = CreateThreadpool(NULL))) SetThreadpoolThreadMaximum(queue->flushers, FLUSHERS);
    if ((code = make_directory(config->directory)))
    {
        ERR("cannot make the directory %s of the job store, error %u\n", debug_wstr(config->directory), code);
        goto failed;
    }
    callbacks.context = &loading;
    loading.queue = queue;
    if ((code = store_open_directory(config->directory, &callbacks, &queue->store)))
    {
        ERR("cannot open the job store in %s, error %u\n", debug_wstr(config->directory), code);
        goto failed_loading;
    }
    EnterCriticalSection(&queue->lock);
    if (!(code = attach_loaded(&loading)))
    {
        drop_loaded(&loading, TRUE);
        LIST_FOR_EACH(job, &queue->jobs, struct job, entry) resume_loaded(job);
    }
    LeaveCriticalSection(&queue->lock);
    if (code) goto failed_loading;
    finish_cancels(queue);
    drop_volatile(queue);
    TRACE("%u jobs in %s\n", queue->job_count, debug_wstr(config->directory));
    *out = queue;
    return TRANSFER_OK;

failed_loading:
    drop_loaded(&loading, FALSE);
failed:
    queue_destroy(queue);
    return code;
}

/* Locked. */
static void drop_session_cancels(struct queue *queue)
{
    struct job *job, *after;

    queue_assert_locked(queue);
    LIST_FOR_EACH_SAFE(job, after, &queue->session_cancels, struct job, entry)
    {
        list_remove(&job->entry);
        job_release(job);
    }
}

/* Locked. */
static void drop_events(struct event_list *list)
{
    struct job *job, *after;

    LIST_FOR_EACH_SAFE(job, after, &list->jobs, struct job, event_entry)
    {
        list_remove(&job->event_entry);
        job_release(job);
    }
}

/* A store without jobs says nothing: leave no trace of it, nor of the directories that were made for it. */
static void remove_store(const WCHAR *directory)
{
    static const WCHAR *const names[] = {L"jobs.journal", L"jobs.reserve", L"jobs.lock"};
    WCHAR path[MAX_PATH];
    unsigned int i;

    for (i = 0; i < ARRAYSIZE(names); i++)
    {
        swprintf(path, ARRAYSIZE(path), L"%s\\%s", directory, names[i]);
        DeleteFileW(path);
    }
    /* Whatever else is in them stays, and so do they. */
    if (!RemoveDirectoryW(directory)) return;
    lstrcpyW(path, directory);
    *wcsrchr(path, '\\') = 0;
    RemoveDirectoryW(path);
}

void queue_destroy(struct queue *queue)
{
    struct job *job, *after;
    BOOL empty;

    if (!queue) return;
    EnterCriticalSection(&queue->lock);
    drop_events(&queue->events);
    drop_events(&queue->download_events);
    empty = queue->store && !queue->job_count && list_empty(&queue->session_cancels);
    drop_session_cancels(queue);
    LIST_FOR_EACH_SAFE(job, after, &queue->jobs, struct job, entry) queue_remove(queue, job);
    LeaveCriticalSection(&queue->lock);
    if (!store_close(queue->store) && empty) remove_store(queue->directory);
    queue->store = NULL;
    http_client_destroy(queue->http);
    if (queue->flushers) CloseThreadpool(queue->flushers);
    queue->http = NULL;
    queue_release(queue);
}

/* --- jobs --------------------------------------------------------------------------------------- */

/* B-120, B-121.  Locked. */
static transfer_code check_job_limits(struct queue *queue, const struct caller *owner)
{
    struct policy_limits limits;
    unsigned int of_user = 0;
    struct job *job;

    queue_assert_locked(queue);
    if (owner->privileged) return TRANSFER_OK;
    policy_read_limits(&limits);
    if (queue->job_count >= limits.jobs_per_machine) return TRANSFER_E_TOO_MANY_JOBS;
    LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        if (!job_is_single(job) && !lstrcmpiW(job->strings[JOB_OWNER], owner->sid)) of_user++;
    return of_user >= limits.jobs_per_user ? TRANSFER_E_TOO_MANY_JOBS_OF_USER : TRANSFER_OK;
}

#define SET_INITIAL(name, tag, when, initial, ...) job->numbers[JOB_##name] = (initial);

transfer_code queue_set_defaults(struct job *job, const struct caller *owner, const WCHAR *name)
{
    const struct queue_profile *profile = job->queue->config.profile;

    JOB_NUMBERS(SET_INITIAL, SET_INITIAL)
    job->strings[JOB_DISPLAY_NAME] = string_copy(name);
    job->strings[JOB_DESCRIPTION] = string_copy(L"");
    job->strings[JOB_OWNER] = string_copy(owner->sid);
    if (!job->strings[JOB_DISPLAY_NAME] || !job->strings[JOB_DESCRIPTION] || !job->strings[JOB_OWNER])
        return ERROR_OUTOFMEMORY;
    GetSystemTimeAsFileTime(&job->times.creation);
    job->times.modification = job->times.creation;
    job->touched = (uint64_t)job->times.creation.dwHighDateTime << 32 | job->times.creation.dwLowDateTime;
    return TRANSFER_OK;
}

transfer_code queue_create_job(struct queue *queue, const struct caller *owner, const WCHAR *name, enum job_type type,
                               struct job **out)
{
    transfer_code code;
    struct job *job;
    GUID id;

    *out = NULL;
    if (CoCreateGuid(&id)) return ERROR_OUTOFMEMORY;
    if (!(job = job_alloc(queue, &id, type))) return ERROR_OUTOFMEMORY;
    if ((code = queue_set_defaults(job, owner, name))) goto failed;

    EnterCriticalSection(&queue->lock);
    /* A job that is not stored does not exist either. */
    if (!(code = check_job_limits(queue, owner)) && !(code = job_store_change(job))) queue_insert(queue, job);
    LeaveCriticalSection(&queue->lock);
    if (code) goto failed;
    TRACE("%s created, %s\n", debug_guid(&id), debug_wstr(name));
    log_event("%s created, process %04lx", debug_guid(&id), owner->process);
    *out = job;
    return TRANSFER_OK;

failed:
    job_release(job);
    return code;
}

transfer_code queue_find_job(struct queue *queue, const GUID *id, struct job **job)
{
    EnterCriticalSection(&queue->lock);
    if ((*job = lookup(queue, id)) && job_is_single(*job)) *job = NULL;
    if (*job) job_addref(*job);
    LeaveCriticalSection(&queue->lock);
    return *job ? TRANSFER_OK : TRANSFER_E_NOT_FOUND;
}

static transfer_code list_jobs(struct queue *queue, const WCHAR *owner_sid, BOOL singles, struct job ***jobs,
                               unsigned int *count)
{
    transfer_code code = TRANSFER_OK;
    struct job *job;

    *count = 0;
    EnterCriticalSection(&queue->lock);
    if (!(*jobs = malloc((queue->job_count + 1) * sizeof(**jobs)))) code = ERROR_OUTOFMEMORY;
    else
        LIST_FOR_EACH(job, &queue->jobs, struct job, entry)
        {
            if (job_is_single(job) != singles || (owner_sid && lstrcmpiW(job->strings[JOB_OWNER], owner_sid))) continue;
            job_addref(job);
            (*jobs)[(*count)++] = job;
        }
    LeaveCriticalSection(&queue->lock);
    return code;
}

transfer_code queue_list_jobs(struct queue *queue, const WCHAR *owner_sid, struct job ***jobs, unsigned int *count)
{
    return list_jobs(queue, owner_sid, FALSE, jobs, count);
}

transfer_code queue_list_singles(struct queue *queue, const WCHAR *owner_sid, struct job ***jobs, unsigned int *count)
{
    return list_jobs(queue, owner_sid, TRUE, jobs, count);
}

void queue_reconsider(struct queue *queue)
{
    http_client_close_idle(queue->http);
    EnterCriticalSection(&queue->lock);
    queue->policies_at = queue->cost_at = queue->network_at = 0;
    queue_reschedule(queue);
    LeaveCriticalSection(&queue->lock);
}
