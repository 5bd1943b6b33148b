/*
 * One job: its state machine and what a client may do to it.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/list.h"
#include "base/text.h"
#include "http/redact.h"
#include "store/record.h"
#include "store/store.h"
#include "transfer/jobs/certificate_check.h"
#include "transfer/jobs/commit.h"
#include "transfer/jobs/event.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/job_record.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/run.h"
#include "transfer/jobs/stream.h"

DEBUG_CHANNEL(bitsjob);

static const char *const state_names[JOB_STATE_COUNT] = {
    "QUEUED",          "CONNECTING",  "TRANSFERRING", "SUSPENDED", "ERROR",
    "TRANSIENT_ERROR", "TRANSFERRED", "ACKNOWLEDGED", "CANCELLED",
};

#define SINGLE_RETRY_MAX 30 /* seconds */

/* Which states may follow which (B-020 to B-048). */
#define TO(state) (1u << JOB_##state)
static const unsigned int transitions[JOB_STATE_COUNT] = {
    [JOB_QUEUED] = TO(CONNECTING) | TO(TRANSFERRING) | TO(SUSPENDED) | TO(TRANSIENT_ERROR) | TO(ERROR) |
                   TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_CONNECTING] = TO(TRANSFERRING) | TO(QUEUED) | TO(SUSPENDED) | TO(TRANSIENT_ERROR) | TO(ERROR) |
                       TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_TRANSFERRING] = TO(CONNECTING) | TO(QUEUED) | TO(SUSPENDED) | TO(TRANSIENT_ERROR) | TO(ERROR) |
                         TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_SUSPENDED] = TO(QUEUED) | TO(ERROR) | TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_ERROR] = TO(QUEUED) | TO(SUSPENDED) | TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_TRANSIENT_ERROR] = TO(QUEUED) | TO(SUSPENDED) | TO(ERROR) | TO(TRANSFERRED) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_TRANSFERRED] = TO(QUEUED) | TO(ERROR) | TO(ACKNOWLEDGED) | TO(CANCELLED),
    [JOB_ACKNOWLEDGED] = 0,
    [JOB_CANCELLED] = 0,
};
#undef TO

/* --- life ------------------------------------------------------------------------------ */

struct job *job_alloc(struct queue *queue, const GUID *id, enum job_type type)
{
    struct job *job;

    if (!(job = calloc(1, sizeof(*job)))) return NULL;
    job->refs = 1;
    job->id = *id;
    job->type = type;
    job->state = JOB_SUSPENDED;
    list_init(&job->entry);
    list_init(&job->hash_entry);
    list_init(&job->event_entry);
    job->queue = queue;
    queue_addref(queue);
    return job;
}

void credentials_clear(struct credentials *credentials)
{
    if (credentials->password) SecureZeroMemory(credentials->password, lstrlenW(credentials->password) * sizeof(WCHAR));
    free(credentials->user);
    free(credentials->password);
    secret_clear(&credentials->sealed);
    memset(credentials, 0, sizeof(*credentials));
}

void job_addref(struct job *job)
{
    InterlockedIncrement(&job->refs);
}

void job_release(struct job *job)
{
    struct queue *queue;
    unsigned int i, j;

    if (!job || InterlockedDecrement(&job->refs)) return;
    queue = job->queue;
    if (job->release_attachment) job->release_attachment(job->attachment);
    for (i = 0; i < job->file_count; i++) file_free(job->files[i]);
    free(job->files);
    for (i = 0; i < JOB_STRING_COUNT; i++) free(job->strings[i]);
    job_forget_notes(job);
    for (i = 0; i < JOB_SECRET_COUNT; i++) secret_clear(&job->sealed[i]);
    free(job->upload);
    file_free(job->reply);
    stream_release(job->stream);
    if (job->certificate) CertFreeCertificateContext(job->certificate);
    certificate_check_destroy(job->certificate_check);
    for (i = 0; i < CREDENTIAL_TARGETS; i++)
        for (j = 0; j < CREDENTIAL_SCHEMES; j++) credentials_clear(&job->credentials[i][j]);
    free(job);
    queue_release(queue);
}

void *job_attach(struct job *job, void *attachment, void (*release)(void *attachment))
{
    void *winner;

    EnterCriticalSection(&job->queue->lock);
    if (!job->attachment)
    {
        job->attachment = attachment;
        job->release_attachment = release;
    }
    winner = job->attachment;
    LeaveCriticalSection(&job->queue->lock);
    return winner;
}

void *job_attachment(struct job *job)
{
    void *attachment;

    EnterCriticalSection(&job->queue->lock);
    attachment = job->attachment;
    LeaveCriticalSection(&job->queue->lock);
    return attachment;
}

/* --- the state machine --------------------------------------------------------------------- */

static uint32_t events_of_change(enum job_state from, enum job_state to)
{
    uint32_t events = 0;

    if (from == JOB_TRANSFERRED || from == JOB_ERROR) events |= JOB_EVENT_LEFT;
    switch (to)
    {
    case JOB_TRANSFERRED: return events | JOB_EVENT_TRANSFERRED; /* B-015: these two are no modifications */
    case JOB_ERROR: return events | JOB_EVENT_ERROR;
    case JOB_ACKNOWLEDGED:
    case JOB_CANCELLED: return events | JOB_EVENT_FINAL | JOB_EVENT_MODIFIED;
    default: return events | JOB_EVENT_MODIFIED;
    }
}

static BOOL is_active(enum job_state state)
{
    return state == JOB_QUEUED || state == JOB_CONNECTING || state == JOB_TRANSFERRING;
}

BOOL job_change_state(struct job *job, enum job_state state)
{
    enum job_state from = job->state;

    queue_assert_locked(job->queue);
    if (from == state) return TRUE;
    if (!(transitions[from] & (1u << state)))
    {
        ERR("%s: %s to %s refused\n", debug_guid(&job->id), state_names[from], state_names[state]);
        return FALSE;
    }
    TRACE("%s: %s to %s\n", debug_guid(&job->id), state_names[from], state_names[state]);
    log_event("%s %s -> %s", debug_guid(&job->id), state_names[from], state_names[state]);

    job->state = state;
    /* Whether it waits, connects or transfers is no matter for the store (B-751). */
    if (!is_active(from) || !is_active(state)) job->unsaved = TRUE;
    job->notified = FALSE;
    GetSystemTimeAsFileTime(&job->times.modification);
    switch (state)
    {
    case JOB_QUEUED:
        job->turn = ++job->queue->last_turn;
        job->retry_at = 0;
        break;
    case JOB_TRANSFERRING:
        job->has_failure = FALSE; /* B-062, note 3 */
        if (job->run && !job->run->answered_at) job->run->answered_at = now_ms();
        break;
    case JOB_TRANSFERRED:
        job->times.completion = job->times.modification;
        job->has_failure = FALSE;
        job->stalled_since = 0;
        job->attempts = 0;
        break;
    case JOB_ACKNOWLEDGED:
    case JOB_CANCELLED:
        job->has_failure = FALSE;
        queue_remove(job->queue, job);
        break;
    default: break;
    }
    event_post(job, events_of_change(from, state));
    queue_reschedule(job->queue);
    return TRUE;
}

void job_modified(struct job *job)
{
    queue_assert_locked(job->queue);
    GetSystemTimeAsFileTime(&job->times.modification);
    event_post(job, JOB_EVENT_MODIFIED);
}

/* Not counted: what the network or the disk does by itself (B-159). */
static BOOL counts_as_error(const struct job *job, const struct transfer_failure *failure)
{
    if (failure->code == TRANSFER_E_NETWORK_DISCONNECTED || failure->code == TRANSFER_E_BLOCKED_BY_POLICY ||
        failure->code == TRANSFER_E_BLOCKED_BY_COST)
        return FALSE;
    return job->state == JOB_TRANSFERRING || TRANSFER_IS_HTTP_STATUS(failure->code) || job->attempts;
}

/* Seconds until a job that failed is tried again (B-550). */
static ULONGLONG retry_delay(const struct job *job)
{
    if (job_is_single(job)) return min(SINGLE_RETRY_MAX, 1u << min(job->attempts - 1, 10)); /* D-387 */
    return job->numbers[JOB_MINIMUM_RETRY_DELAY];
}

/* Not the clock ends the wait but what caused it (B-554). */
static BOOL waits_for_event(const struct job *job)
{
    switch (job->failure.code)
    {
    case TRANSFER_E_NETWORK_DISCONNECTED: return job->queue->network_down;
    case TRANSFER_E_BLOCKED_BY_POLICY:
    case TRANSFER_E_BLOCKED_BY_COST: return TRUE;
    default: return FALSE;
    }
}

BOOL job_is_expired(const struct job *job, ULONGLONG now)
{
    ULONGLONG timeout = job->numbers[JOB_NO_PROGRESS_TIMEOUT];

    queue_assert_locked(job->queue);
    return !timeout || (job->stalled_since && now - job->stalled_since >= timeout * 1000);
}

void job_give_up(struct job *job)
{
    queue_assert_locked(job->queue);
    if (job->queue->config.profile->reports_no_progress && job->failure.transient)
    {
        job->cause = job->failure.code;
        job->failure.code = TRANSFER_E_NO_PROGRESS;
    }
    job->failure.transient = false;
    job_change_state(job, JOB_ERROR);
}

/* With what programs see, and what people know it by. */
static void log_failure(const struct job *job, const struct transfer_failure *failure, BOOL again)
{
    const struct queue_config *config = &job->queue->config;
    const struct file *file = failure->file >= 0 && (unsigned int)failure->file < job->file_count
                                  ? job->files[failure->file]
                                  : NULL;
    uint32_t code = config->result ? config->result(config->context, failure->code) : failure->code;

    if (file)
        log_event("%s %s failed: %#x, %s, file %d from %s to %s", debug_guid(&job->id),
                  debug_wstr(job->strings[JOB_DISPLAY_NAME]), code, again ? "will be retried" : "fatal", failure->file,
                  debug_urlw(file->remote), debug_wstr(file->local));
    else
        log_event("%s %s failed: %#x, %s", debug_guid(&job->id), debug_wstr(job->strings[JOB_DISPLAY_NAME]), code,
                  again ? "will be retried" : "fatal");
}

void job_fail(struct job *job, const struct transfer_failure *failure)
{
    ULONGLONG now = now_ms();
    BOOL again;

    queue_assert_locked(job->queue);
    if (counts_as_error(job, failure)) job->numbers[JOB_ERROR_COUNT]++;
    job->attempts++;
    if (!job->stalled_since) job->stalled_since = now;
    job->failure = *failure;
    job->has_failure = TRUE;

    /* B-034, B-542, B-553 */
    again = failure->transient && !job->strings[JOB_HTTP_METHOD] && !job_is_expired(job, now) &&
            job->numbers[JOB_MINIMUM_RETRY_DELAY] <= job->numbers[JOB_NO_PROGRESS_TIMEOUT];
    log_failure(job, failure, again);
    if (again)
    {
        if (job_change_state(job, JOB_TRANSIENT_ERROR))
            job->retry_at = waits_for_event(job) ? 0 : now + retry_delay(job) * 1000;
    }
    else job_give_up(job);
}

BOOL job_needs_session_cancel(const struct job *job)
{
    queue_assert_locked(job->queue);
    if (!job->upload || job->upload->closed || !job->file_count) return FALSE;
    if (!name_is_http(job->files[0]->remote)) return !file_is_complete(job->files[0]);
    return job->upload->session[0] != 0; /* U-148 */
}

/* --- what a client does ------------------------------------------------------------------------------ */

void job_stop_run(struct job *job)
{
    struct queue *queue = job->queue;

    queue_assert_locked(job->queue);
    if (job->run) run_stop(job->run);
    while (job->run) SleepConditionVariableCS(&queue->run_ended, &queue->lock, INFINITE);
}

/* What a call that changes the state of a job may have to take back. */
struct undo
{
    enum job_state state;
    struct job_times times;
    BOOL resumed;
    ULONGLONG active_ms, stalled_since, cache_since;
    unsigned int attempts;
};

static void remember(const struct job *job, struct undo *undo)
{
    undo->state = job->state;
    undo->times = job->times;
    undo->resumed = job->resumed;
    undo->active_ms = job->active_ms;
    undo->stalled_since = job->stalled_since;
    undo->cache_since = job->cache_since;
    undo->attempts = job->attempts;
}

/* The call has failed: the job is as it was, except that what ran waits for its turn again.  Locked. */
static void take_back(struct job *job, const struct undo *undo)
{
    enum job_state state = undo->state == JOB_CONNECTING || undo->state == JOB_TRANSFERRING ? JOB_QUEUED : undo->state;

    queue_assert_locked(job->queue);
    if (job->state != state)
    {
        TRACE("%s: %s again\n", debug_guid(&job->id), state_names[state]);
        log_event("%s %s again: the call failed", debug_guid(&job->id), state_names[state]);
        job->state = state;
        if (state == JOB_QUEUED) job->turn = ++job->queue->last_turn;
        event_post(job, JOB_EVENT_MODIFIED);
    }
    job->times = undo->times;
    job->resumed = undo->resumed;
    job->active_ms = undo->active_ms;
    job->stalled_since = undo->stalled_since;
    job->cache_since = undo->cache_since;
    job->attempts = undo->attempts;
}

transfer_code job_suspend(struct job *job)
{
    transfer_code code;
    struct undo undo;

    TRACE("%s\n", debug_guid(&job->id));
    if ((code = job_begin_change(job))) return code;
    remember(job, &undo);

    /* B-047: what is transferred stays so, for Complete */
    if (job->state != JOB_TRANSFERRED) job_change_state(job, JOB_SUSPENDED);
    job_stop_run(job);
    GetSystemTimeAsFileTime(&job->times.modification);
    if ((code = job_store_change(job))) take_back(job, &undo);
    job_end_change(job);
    return code;
}

static BOOL job_lacks_sink(const struct job *job)
{
    unsigned int i;

    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (!file_has_all(file) && !file->local && !file->stream && !job->stream) return TRUE;
    }
    return FALSE;
}

BOOL job_has_unfinished_file(const struct job *job)
{
    unsigned int i;

    queue_assert_locked(job->queue);
    for (i = 0; i < job->file_count; i++)
        if (!file_is_complete(job->files[i])) return TRUE;
    return FALSE;
}

BOOL job_wants_more(const struct job *job)
{
    unsigned int i;

    queue_assert_locked(job->queue);
    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (file_has_all(file)) continue;
        if (!file->ondemand || !job->numbers[JOB_ON_DEMAND] || ondemand_has_request(file)) return TRUE;
    }
    return FALSE;
}

transfer_code job_resume(struct job *job)
{
    transfer_code code;
    struct undo undo;

    TRACE("%s\n", debug_guid(&job->id));
    if ((code = job_begin_change(job))) return code;
    if (!job->file_count) code = TRANSFER_E_EMPTY;
    else if (job_lacks_sink(job)) code = TRANSFER_E_NO_SINK; /* D-243 */
    if (code) goto done;

    remember(job, &undo);
    job->resumed = TRUE;
    job->active_ms = 0; /* B-135 */
    switch (job->state)
    {
    case JOB_QUEUED: /* B-046 */
    case JOB_CONNECTING:
    case JOB_TRANSFERRING: break;
    case JOB_TRANSFERRED: /* B-048: without new files there is nothing to do */
        if (!job_has_unfinished_file(job)) break;
        /* fall through */
    default:
        job->stalled_since = job_is_single(job) ? now_ms() : 0;
        job->attempts = 0;
        job->cache_since = 0;
        job_change_state(job, JOB_QUEUED);
        break;
    }
    GetSystemTimeAsFileTime(&job->times.modification);
    if ((code = job_store_change(job))) take_back(job, &undo);
done:
    job_end_change(job);
    return code;
}

/* Unlocked, while the job is the caller's. */
static BOOL delete_temporary_files(struct job *job)
{
    BOOL all_deleted = TRUE;
    unsigned int i;

    if (job->type == JOB_DOWNLOAD && !job->numbers[JOB_HIGH_PERFORMANCE]) /* B-495 */
        for (i = 0; i < job->file_count; i++) all_deleted &= commit_delete_temporary(job->files[i]);
    if (job->reply) all_deleted &= commit_delete_temporary(job->reply);
    return all_deleted;
}

/* What a job that is over gives back to its client.  Unlocked. */
static void release_client(struct job *job)
{
    job_release_streams(job);
    job_drop_certificate_check(job);
}

/* Have the store know that the job is cancelled: from here on it is, whatever becomes of the service.  Locked; releases
 * the lock meanwhile. */
static transfer_code store_cancel(struct job *job)
{
    transfer_code code;

    queue_assert_locked(job->queue);
    job->cancelled = TRUE;
    if (job_needs_session_cancel(job)) GetSystemTimeAsFileTime((FILETIME *)&job->upload->cancelled_at);
    if (!job->stored || !(code = job_store_end(job))) return TRANSFER_OK;
    job->cancelled = FALSE;
    if (job->upload) job->upload->cancelled_at = 0;
    return code;
}

transfer_code job_cancel(struct job *job)
{
    BOOL all_deleted;
    transfer_code code;
    struct undo undo;

    TRACE("%s\n", debug_guid(&job->id));
    if ((code = job_begin_change(job))) return code;

    remember(job, &undo);
    if (job->state != JOB_TRANSFERRED && job->state != JOB_ERROR) job_change_state(job, JOB_SUSPENDED);
    job_stop_run(job);
    if ((code = store_cancel(job)))
    {
        take_back(job, &undo);
        job_end_change(job);
        return code;
    }
    LeaveCriticalSection(&job->queue->lock);
    all_deleted = delete_temporary_files(job);
    EnterCriticalSection(&job->queue->lock);
    job_change_state(job, JOB_CANCELLED);
    if (job_is_cancelling_session(job)) queue_add_session_cancel(job); /* U-146 */
    else job_forget(job);
    job_end_change(job);
    release_client(job);
    return all_deleted ? TRANSFER_OK : TRANSFER_S_FILES_LEFT;
}

void job_finish_cancel(struct job *job)
{
    delete_temporary_files(job);
    EnterCriticalSection(&job->queue->lock);
    job_change_state(job, JOB_CANCELLED);
    job_forget(job);
    LeaveCriticalSection(&job->queue->lock);
}

transfer_code job_complete(struct job *job)
{
    BOOL partial = FALSE, all_deleted = TRUE;
    transfer_code code;
    struct undo undo;

    TRACE("%s\n", debug_guid(&job->id));
    if ((code = job_begin_change(job))) return code;
    if ((job->type != JOB_DOWNLOAD || job_is_single(job)) && job->state != JOB_TRANSFERRED) /* B-054, D-083 */
    {
        job_end_change(job);
        return TRANSFER_E_INVALID_STATE;
    }

    remember(job, &undo);
    if (job->state != JOB_TRANSFERRED && job->state != JOB_ERROR) job_change_state(job, JOB_SUSPENDED);
    job_stop_run(job);
    if (job->type == JOB_DOWNLOAD || job->reply)
    {
        /* The identities of the files must be in the store before the first of them has its name: what has none any
         * more is recognised by them after a crash. */
        if ((code = job_store_end(job))) goto failed;
        LeaveCriticalSection(&job->queue->lock);
        code = job->reply ? commit_reply(job) : commit_files(job, &partial, &all_deleted);
        EnterCriticalSection(&job->queue->lock);
        if (code)
        {
            undo.state = JOB_TRANSFERRED; /* B-039 */
            job_store_change(job);
            goto failed;
        }
    }
    if ((code = job_store_delete(job))) goto failed;
    job_change_state(job, JOB_ACKNOWLEDGED);
    job_end_change(job);
    release_client(job);
    if (partial) return TRANSFER_S_PARTIAL;
    return all_deleted ? TRANSFER_OK : TRANSFER_S_FILES_LEFT;

failed:
    take_back(job, &undo);
    job_end_change(job);
    return code;
}

/* What a job loses when it gets another owner, and what it has instead. */
struct ownership
{
    WCHAR *strings[JOB_STRING_COUNT];
    struct sealed headers;
    struct credentials credentials[CREDENTIAL_TARGETS][CREDENTIAL_SCHEMES];
    uint64_t integrity, elevated;
};

/* Exchange them: once for the new owner, once more to take that back.  Locked. */
static void exchange_ownership(struct job *job, struct ownership *other)
{
    static const enum job_string strings[] = {
        JOB_OWNER,
        JOB_CUSTOM_HEADERS,
        JOB_COMMAND_PROGRAM,
        JOB_COMMAND_PARAMETERS,
        JOB_CERTIFICATE_STORE,
        JOB_CERTIFICATE_SUBJECT,
    };
    struct ownership previous = *other;
    unsigned int i;

    queue_assert_locked(job->queue);
    for (i = 0; i < ARRAYSIZE(strings); i++)
    {
        other->strings[strings[i]] = job->strings[strings[i]];
        job->strings[strings[i]] = previous.strings[strings[i]];
    }
    other->headers = job->sealed[SECRET_HEADERS];
    job->sealed[SECRET_HEADERS] = previous.headers;
    memcpy(other->credentials, job->credentials, sizeof(other->credentials));
    memcpy(job->credentials, previous.credentials, sizeof(job->credentials));
    other->integrity = job->numbers[JOB_OWNER_INTEGRITY];
    other->elevated = job->numbers[JOB_OWNER_ELEVATED];
    job->numbers[JOB_OWNER_INTEGRITY] = previous.integrity;
    job->numbers[JOB_OWNER_ELEVATED] = previous.elevated;
    job->settings_version++;
}

transfer_code job_take_ownership(struct job *job, const struct caller *owner)
{
    struct ownership other = {.integrity = owner->integrity, .elevated = owner->elevated};
    transfer_code code;
    unsigned int i, j;

    if (!(other.strings[JOB_OWNER] = string_copy(owner->sid))) return ERROR_OUTOFMEMORY;
    if ((code = job_begin_change(job))) goto done;
    if (lstrcmpiW(job->strings[JOB_OWNER], owner->sid))
    {
        exchange_ownership(job, &other);
        job_modified(job);
        if ((code = job_store_change(job))) exchange_ownership(job, &other);
    }
    job_end_change(job);

done:
    for (i = 0; i < JOB_STRING_COUNT; i++) free(other.strings[i]);
    secret_clear(&other.headers);
    for (i = 0; i < CREDENTIAL_TARGETS; i++)
        for (j = 0; j < CREDENTIAL_SCHEMES; j++) credentials_clear(&other.credentials[i][j]);
    return code;
}

/* --- reading -------------------------------------------------------------------------------------------- */

void job_get_id(struct job *job, GUID *id)
{
    *id = job->id;
}

enum job_type job_get_type(struct job *job)
{
    return job->type;
}

enum job_state job_get_state(struct job *job)
{
    enum job_state state;

    EnterCriticalSection(&job->queue->lock);
    state = job->state;
    LeaveCriticalSection(&job->queue->lock);
    return state;
}

void job_get_progress(struct job *job, struct job_progress *progress)
{
    unsigned int i;

    memset(progress, 0, sizeof(*progress));
    EnterCriticalSection(&job->queue->lock);
    progress->files = job->file_count;
    for (i = 0; i < job->file_count; i++)
    {
        const struct file *file = job->files[i];

        if (file->total == TRANSFER_SIZE_UNKNOWN) progress->total = TRANSFER_SIZE_UNKNOWN;
        else if (progress->total != TRANSFER_SIZE_UNKNOWN) progress->total += file->total;
        progress->transferred += file->transferred;
        progress->files_transferred += file_is_complete(file);
    }
    LeaveCriticalSection(&job->queue->lock);
}

void job_get_times(struct job *job, struct job_times *times)
{
    EnterCriticalSection(&job->queue->lock);
    *times = job->times;
    LeaveCriticalSection(&job->queue->lock);
}

transfer_code job_get_error(struct job *job, struct transfer_failure *failure, struct file **file)
{
    transfer_code code = TRANSFER_E_NO_ERROR_INFORMATION;

    *file = NULL;
    EnterCriticalSection(&job->queue->lock);
    if (job->has_failure)
    {
        *failure = job->failure;
        if (failure->file >= 0 && (unsigned int)failure->file < job->file_count)
        {
            *file = job->files[failure->file];
            file_addref(*file);
        }
        code = TRANSFER_OK;
    }
    LeaveCriticalSection(&job->queue->lock);
    return code;
}

void job_set_notified(struct job *job)
{
    uint64_t ticket;

    EnterCriticalSection(&job->queue->lock);
    if (job->state == JOB_TRANSFERRED || job->state == JOB_ERROR)
    {
        job->notified = TRUE;
        if (job_save(job, &ticket)) WARN("%s: not stored\n", debug_guid(&job->id));
    }
    LeaveCriticalSection(&job->queue->lock);
}
