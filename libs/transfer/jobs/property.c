/*
 * The properties of jobs: which there are, when they may be set, and the setting.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "transfer/conditions/policy.h"
#include "transfer/jobs/job_record.h"
#include "transfer/jobs/names.h"
#include "transfer/jobs/queue.h"

DEBUG_CHANNEL(bitsjob);

/* When a property may be set, besides never in a final state. */
#define ANY_TIME 0
#define READ_ONLY 0x01
#define BEFORE_RESUME 0x02 /* BG_E_READ_ONLY_PROPERTY_AFTER_RESUME */
#define BEFORE_FILES 0x04  /* BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE */
#define BEFORE_TRANSFERRED 0x08
#define DOWNLOADS_ONLY 0x10

/* What else a change of a number does. */
#define NONE FALSE
#define RESCHEDULES TRUE

#define RULES(name, tag, when, ...) [JOB_##name] = (when),
#define EFFECT(name, tag, when, initial, effect, ...) [JOB_##name] = (effect),

static const unsigned char number_rules[JOB_NUMBER_COUNT] = {JOB_NUMBERS(RULES, RULES)};
static const unsigned char string_rules[JOB_STRING_COUNT] = {JOB_STRINGS(RULES)};
static const unsigned char number_effects[JOB_NUMBER_COUNT] = {JOB_NUMBERS(EFFECT, EFFECT)};

static transfer_code check_rules(const struct job *job, unsigned int rules)
{
    if (rules & READ_ONLY) return TRANSFER_E_READ_ONLY;
    if (rules & DOWNLOADS_ONLY && job->type != JOB_DOWNLOAD) return TRANSFER_E_DOWNLOADS_ONLY;
    if (rules & BEFORE_FILES && job->file_count) return TRANSFER_E_READ_ONLY_AFTER_ADD;
    if (rules & BEFORE_RESUME && job->resumed) return TRANSFER_E_READ_ONLY_AFTER_RESUME;
    if (rules & BEFORE_TRANSFERRED && job->state == JOB_TRANSFERRED) return TRANSFER_E_INVALID_STATE;
    return TRANSFER_OK;
}

static BOOL has_ranges(const struct job *job)
{
    unsigned int i;

    for (i = 0; i < job->file_count; i++)
        if (job->files[i]->ranges) return TRUE;
    return FALSE;
}

/* Properties that exclude one another. */
static transfer_code check_number(const struct job *job, enum job_number which, uint64_t value)
{
    transfer_code code;

    if ((code = check_rules(job, number_rules[which]))) return code;
    switch (which)
    {
    case JOB_PRIORITY:
        if (job->strings[JOB_HTTP_METHOD]) return TRANSFER_E_CUSTOM_METHOD; /* B-149, B-203 */
        break;
    case JOB_DYNAMIC_CONTENT:
        if (value && job->strings[JOB_HTTP_METHOD]) return TRANSFER_E_CUSTOM_METHOD; /* B-203 */
        if (value && (job->numbers[JOB_ON_DEMAND] || has_ranges(job))) return TRANSFER_E_CONFLICTING_SETTINGS;
        break;
    case JOB_ON_DEMAND:
        if (value && job->strings[JOB_HTTP_METHOD]) return TRANSFER_E_CUSTOM_METHOD; /* B-203 */
        if (value && job->numbers[JOB_DYNAMIC_CONTENT]) return TRANSFER_E_CONFLICTING_SETTINGS;
        break;
    default: break;
    }
    return TRANSFER_OK;
}

static transfer_code check_change(const struct job *job, const struct job_change *change)
{
    transfer_code code;

    switch (change->kind)
    {
    case JOB_CHANGE_NUMBER: return check_number(job, change->which, change->number);
    case JOB_CHANGE_STRING:
        if ((code = check_rules(job, string_rules[change->which]))) return code;
        if (change->which == JOB_HTTP_METHOD && change->string &&
            (job->numbers[JOB_DYNAMIC_CONTENT] || job->numbers[JOB_ON_DEMAND]))
            return TRANSFER_E_CONFLICTING_SETTINGS;
        return TRANSFER_OK;
    default: return TRANSFER_OK;
    }
}

/* The time without progress that a priority stands for, as long as nobody has set another (D-283). */
static void adapt_no_progress(struct job *job, uint64_t priority)
{
    const struct queue_profile *profile = job->queue->config.profile;
    const uint32_t presets[] = {profile->default_no_progress, profile->foreground_no_progress};
    uint64_t *timeout = &job->numbers[JOB_NO_PROGRESS_TIMEOUT];

    if (!profile->foreground_no_progress || job_is_single(job)) return;
    if (*timeout == presets[job->numbers[JOB_PRIORITY] == JOB_FOREGROUND])
        *timeout = presets[priority == JOB_FOREGROUND];
}

static void set_number(struct job *job, enum job_number which, uint64_t value)
{
    if (which == JOB_MINIMUM_RETRY_DELAY && value < 5) value = 5; /* B-155 */
    if (which == JOB_PRIORITY) adapt_no_progress(job, value);
    job->numbers[which] = value;
    /* B-035: a job that waits for its next try gives up at once */
    if (which == JOB_NO_PROGRESS_TIMEOUT && job->state == JOB_TRANSIENT_ERROR && job_is_expired(job, now_ms()))
        job_give_up(job);
    if (number_effects[which] == RESCHEDULES) queue_reschedule(job->queue);
}

static void set_blob(struct job *job, enum job_blob which, const void *data, size_t size)
{
    BYTE *blob = which == JOB_NOTIFICATION_CLASS ? job->notification_class : job->certificate_hash;
    size_t capacity = which == JOB_NOTIFICATION_CLASS ? sizeof(job->notification_class) : sizeof(job->certificate_hash);

    memset(blob, 0, capacity);
    if (data) memcpy(blob, data, min(size, capacity));
}

static BYTE *copy_note(const struct job_change *change)
{
    BYTE *copy = calloc(1, change->size + sizeof(WCHAR));

    if (copy) memcpy(copy, change->blob, change->size);
    return copy;
}

/* The value of a change, as the job keeps it. */
struct prepared
{
    WCHAR *string;
    BYTE *note;
    struct sealed sealed; /* of headers; nothing for a note: all of them are encrypted together, when they are stored */
};

/* Copies, what needs a look at the disk, and what takes long, before the lock is taken. */
static transfer_code prepare(const struct job_change *change, struct prepared *prepared)
{
    if (change->kind == JOB_CHANGE_NOTE && change->blob && !(prepared->note = copy_note(change)))
        return ERROR_OUTOFMEMORY;
    if (change->kind != JOB_CHANGE_STRING || !change->string) return TRANSFER_OK;
    if (change->which == JOB_REPLY_FILE) /* B-174 */
        return name_resolve_local(change->string, NULL, NAME_FOR_DOWNLOAD, &prepared->string);
    if (!(prepared->string = string_copy(change->string))) return ERROR_OUTOFMEMORY;
    if (change->which != JOB_CUSTOM_HEADERS) return TRANSFER_OK;
    return secret_seal(&prepared->sealed, change->string, (lstrlenW(change->string) + 1) * sizeof(WCHAR));
}

/* Exchange the strings or bytes of the job for those of a change: once for the change, once more to take it back.
 * Locked. */
static void exchange(struct job *job, const struct job_change *change, size_t *note_size, struct prepared *prepared)
{
    enum job_secret secret = JOB_SECRET_COUNT;
    struct sealed sealed;
    struct note *note;
    WCHAR *string;
    BYTE *data;
    size_t size;

    queue_assert_locked(job->queue);
    if (change->kind == JOB_CHANGE_STRING)
    {
        if (change->which == JOB_CUSTOM_HEADERS) secret = SECRET_HEADERS;
        string = job->strings[change->which];
        job->strings[change->which] = prepared->string;
        prepared->string = string;
    }
    else if (change->kind == JOB_CHANGE_NOTE)
    {
        secret = SECRET_NOTES;
        note = &job->notes[change->which];
        data = note->data;
        size = note->size;
        note->data = prepared->note;
        note->size = *note_size;
        prepared->note = data;
        *note_size = size;
    }
    if (secret == JOB_SECRET_COUNT) return;
    sealed = job->sealed[secret];
    job->sealed[secret] = prepared->sealed;
    prepared->sealed = sealed;
}

/* Locked. */
static void apply(struct job *job, const struct job_change *change)
{
    queue_assert_locked(job->queue);
    if (change->kind == JOB_CHANGE_NUMBER) set_number(job, change->which, change->number);
    else if (change->kind == JOB_CHANGE_BLOB) set_blob(job, change->which, change->blob, change->size);
    /* B-203: such a job runs in the foreground, once */
    else if (change->kind == JOB_CHANGE_STRING && change->which == JOB_HTTP_METHOD && change->string)
        job->numbers[JOB_PRIORITY] = JOB_FOREGROUND;
}

/* What is copied in whole to take a change back. */
struct values
{
    uint64_t numbers[JOB_NUMBER_COUNT];
    BYTE notification_class[16];
    BYTE certificate_hash[20];
    FILETIME modification;
};

static void copy_values(const struct job *job, struct values *values)
{
    memcpy(values->numbers, job->numbers, sizeof(values->numbers));
    memcpy(values->notification_class, job->notification_class, sizeof(values->notification_class));
    memcpy(values->certificate_hash, job->certificate_hash, sizeof(values->certificate_hash));
    values->modification = job->times.modification;
}

static void restore_values(struct job *job, const struct values *values)
{
    uint64_t errors = job->numbers[JOB_ERROR_COUNT]; /* the transfer goes on counting meanwhile */

    memcpy(job->numbers, values->numbers, sizeof(values->numbers));
    job->numbers[JOB_ERROR_COUNT] = errors;
    memcpy(job->notification_class, values->notification_class, sizeof(values->notification_class));
    memcpy(job->certificate_hash, values->certificate_hash, sizeof(values->certificate_hash));
    job->times.modification = values->modification;
}

transfer_code job_set(struct job *job, const struct job_change *changes, unsigned int count)
{
    struct prepared *prepared = calloc(count, sizeof(*prepared));
    size_t *sizes = calloc(count, sizeof(*sizes));
    transfer_code code = TRANSFER_OK;
    struct values values;
    unsigned int i;

    if (!prepared || !sizes) code = ERROR_OUTOFMEMORY;
    for (i = 0; i < count && !code; i++)
    {
        sizes[i] = changes[i].size;
        code = prepare(&changes[i], &prepared[i]);
    }
    if (code || (code = job_begin_change(job))) goto done;

    for (i = 0; i < count && !code; i++) code = check_change(job, &changes[i]);
    if (!code)
    {
        copy_values(job, &values);
        for (i = 0; i < count; i++)
        {
            exchange(job, &changes[i], &sizes[i], &prepared[i]);
            apply(job, &changes[i]);
        }
        job->settings_version++;
        job_modified(job);
        if ((code = job_store_change(job)))
        {
            for (i = count; i; i--) exchange(job, &changes[i - 1], &sizes[i - 1], &prepared[i - 1]);
            restore_values(job, &values);
            job->settings_version++;
        }
    }
    job_end_change(job);

done:
    for (i = 0; prepared && i < count; i++)
    {
        free(prepared[i].string);
        free(prepared[i].note);
        secret_clear(&prepared[i].sealed);
    }
    free(prepared);
    free(sizes);
    return code;
}

transfer_code job_set_number(struct job *job, enum job_number which, uint64_t value)
{
    const struct job_change change = {.kind = JOB_CHANGE_NUMBER, .which = which, .number = value};

    return job_set(job, &change, 1);
}

transfer_code job_set_string(struct job *job, enum job_string which, const WCHAR *value)
{
    const struct job_change change = {.kind = JOB_CHANGE_STRING, .which = which, .string = value};

    return job_set(job, &change, 1);
}

uint32_t job_cost_mask(const struct job *job)
{
    uint64_t mask = job->numbers[JOB_COST_FLAGS];

    queue_assert_locked(job->queue);
    return mask == COST_BY_POLICY ? job->queue->costs[job->numbers[JOB_PRIORITY]] : mask;
}

BOOL job_is_foreground(const struct job *job)
{
    queue_assert_locked(job->queue);
    return job->numbers[JOB_PRIORITY] == JOB_FOREGROUND;
}

uint64_t job_get_number(struct job *job, enum job_number which)
{
    uint64_t value;

    EnterCriticalSection(&job->queue->lock);
    value = which == JOB_COST_FLAGS ? job_cost_mask(job) : job->numbers[which];
    LeaveCriticalSection(&job->queue->lock);
    return value;
}

transfer_code job_get_string(struct job *job, enum job_string which, WCHAR **value)
{
    transfer_code code = TRANSFER_OK;

    *value = NULL;
    EnterCriticalSection(&job->queue->lock);
    if (job->strings[which] && !(*value = string_copy(job->strings[which]))) code = ERROR_OUTOFMEMORY;
    LeaveCriticalSection(&job->queue->lock);
    return code;
}

BOOL job_get_blob(struct job *job, enum job_blob which, void *value, size_t size)
{
    static const BYTE none[20];
    const BYTE *blob = which == JOB_NOTIFICATION_CLASS ? job->notification_class : job->certificate_hash;
    size_t length = which == JOB_NOTIFICATION_CLASS ? sizeof(job->notification_class) : sizeof(job->certificate_hash);
    BOOL set;

    if (size != length) return FALSE;
    EnterCriticalSection(&job->queue->lock);
    memcpy(value, blob, size);
    LeaveCriticalSection(&job->queue->lock);
    set = memcmp(value, none, size) != 0;
    return set;
}

/* --- what only the COM layer understands --- */

void job_forget_notes(struct job *job)
{
    unsigned int i;

    for (i = 0; i < JOB_NOTE_COUNT; i++)
    {
        if (job->notes[i].data) SecureZeroMemory(job->notes[i].data, job->notes[i].size);
        free(job->notes[i].data);
        job->notes[i].data = NULL;
    }
}

transfer_code job_get_note(struct job *job, unsigned int which, void **value, size_t *size)
{
    transfer_code code = TRANSFER_OK;
    const struct note *note = &job->notes[which];

    *value = NULL;
    *size = 0;
    EnterCriticalSection(&job->queue->lock);
    if (note->data)
    {
        if ((*value = malloc(note->size + sizeof(WCHAR))))
        {
            memcpy(*value, note->data, note->size + sizeof(WCHAR));
            *size = note->size;
        }
        else code = ERROR_OUTOFMEMORY;
    }
    LeaveCriticalSection(&job->queue->lock);
    return code;
}

/* --- credentials -------------------------------------------------------------------------- */

static struct credentials *credentials_slot(struct job *job, int target, int scheme)
{
    if (target < 1 || target > CREDENTIAL_TARGETS || scheme < 1 || scheme > CREDENTIAL_SCHEMES) return NULL;
    return &job->credentials[target - 1][scheme - 1];
}

static transfer_code replace_credentials(struct job *job, struct credentials *slot, struct credentials *value,
                                         BOOL *found)
{
    struct credentials previous;
    transfer_code code;

    if ((code = job_seal_credentials(value)) || (code = job_begin_change(job))) return code;
    previous = *slot;
    *slot = *value;
    *value = previous;
    if (found) *found = previous.set;
    job->settings_version++;
    job_modified(job);
    if ((code = job_store_change(job)))
    {
        previous = *slot;
        *slot = *value;
        *value = previous;
        job->settings_version++;
    }
    job_end_change(job);
    return code;
}

transfer_code job_set_credentials(struct job *job, int target, int scheme, const WCHAR *user, const WCHAR *password)
{
    struct credentials *slot = credentials_slot(job, target, scheme), value = {.set = TRUE};
    transfer_code code;

    if (!slot) return ERROR_INVALID_PARAMETER;
    value.user = string_copy(user);
    value.password = string_copy(password);
    if ((user && !value.user) || (password && !value.password)) code = ERROR_OUTOFMEMORY;
    else code = replace_credentials(job, slot, &value, NULL);
    credentials_clear(&value);
    return code;
}

transfer_code job_remove_credentials(struct job *job, int target, int scheme, BOOL *found)
{
    struct credentials *slot = credentials_slot(job, target, scheme), value = {.set = FALSE};
    transfer_code code;

    *found = FALSE;
    if (!slot) return ERROR_INVALID_PARAMETER;
    code = replace_credentials(job, slot, &value, found);
    credentials_clear(&value);
    return code;
}

/* --- what is not stored ------------------------------------------------------------------------ */

transfer_code job_set_helper_token(struct job *job, BOOL set)
{
    transfer_code code;

    if ((code = job_begin_change(job))) return code;
    job->helper_token = set;
    job_end_change(job);
    return TRANSFER_OK;
}

BOOL job_has_helper_token(struct job *job)
{
    BOOL set;

    EnterCriticalSection(&job->queue->lock);
    set = job->helper_token;
    LeaveCriticalSection(&job->queue->lock);
    return set;
}
