/*
 * What the job store keeps of a job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Tags are for ever: a tag that was once written is never used for anything else.  Lists of the tags:
 * docs/journal-format.md.
 */

#include <windows.h>

#include "base/clock.h"
#include "base/debug.h"
#include "base/text.h"
#include "store/record.h"
#include "transfer/jobs/file_state.h"
#include "transfer/jobs/job_record.h"
#include "transfer/jobs/ondemand.h"
#include "transfer/jobs/queue.h"
#include "transfer/jobs/secret.h"

DEBUG_CHANNEL(bitsjob);

enum job_tag
{
    TAG_TYPE = 1,
    TAG_STATE = 2,
    TAG_RESUMED = 3,
    TAG_TIME_CREATION = 5,
    TAG_TIME_MODIFICATION = 6,
    TAG_TIME_COMPLETION = 7,
    TAG_FAILURE_CODE = 8,
    TAG_FAILURE_WHERE = 9,
    TAG_FAILURE_TRANSIENT = 10,
    TAG_FAILURE_FILE = 11,
    TAG_NOTIFICATION_CLASS = 12,
    TAG_CERTIFICATE_HASH = 13,
    TAG_FILE = 14,           /* group: the file of a file's record */
    TAG_SECRET_HEADERS = 15, /* encrypted UTF-16 */
    TAG_CREDENTIALS = 16,    /* group */
    TAG_NOTES = 17,          /* encrypted: for each its number and size (u32), and its bytes */
    TAG_NOTIFIED = 18,
    TAG_STALLED_SINCE = 19, /* FILETIME */
    TAG_ATTEMPTS = 20,
    TAG_ACTIVE_MS = 21,
    TAG_TOUCHED = 22,  /* FILETIME */
    TAG_RETRY_AT = 23, /* FILETIME */
    TAG_CAUSE = 24,
    TAG_CANCELLED = 25, /* present: cancelled, its temporary files may be there */
    TAG_OWNER = 26,     /* of a file's record: its job's id, */
    TAG_INDEX = 27,     /* its place, */
    TAG_SET_END = 28,   /* and the place behind the last file that was added with it */
    TAG_REPLY = 30,     /* group, as TAG_FILE: the reply of an upload-reply job */
    TAG_UPLOAD = 31,    /* group */

    /* 100 to 299: property_table.h */
};

#define PROPERTY_TAG(name, tag, ...) [JOB_##name] = (tag),

static const uint16_t number_tags[JOB_NUMBER_COUNT] = {JOB_NUMBERS(PROPERTY_TAG, PROPERTY_TAG)};
static const uint16_t string_tags[JOB_STRING_COUNT] = {JOB_STRINGS(PROPERTY_TAG)};

#define NUMBER_TAG_IS_VALID(name, tag, ...) \
    _Static_assert((tag) >= 100 && (tag) < 200, "the tag of JOB_" #name " is none of a number");
#define STRING_TAG_IS_VALID(name, tag, ...) \
    _Static_assert((tag) >= 200 && (tag) < 300, "the tag of JOB_" #name " is none of a text");

JOB_NUMBERS(NUMBER_TAG_IS_VALID, NUMBER_TAG_IS_VALID)
JOB_STRINGS(STRING_TAG_IS_VALID)

/* A retry is never further away. */
#define RETRY_AHEAD_MS (14ull * 24 * 3600 * 1000)

enum file_tag
{
    FILE_TAG_REMOTE = 1,
    FILE_TAG_LOCAL = 2,
    FILE_TAG_TEMPORARY = 3,
    FILE_TAG_CONTENT_ID = 4,
    FILE_TAG_RANGES = 5, /* pairs of u64 */
    FILE_TAG_TOTAL = 6,
    FILE_TAG_TRANSFERRED = 7,
    FILE_TAG_REMOTE_SIZE = 8,
    FILE_TAG_LAST_MODIFIED = 9, /* bytes */
    FILE_TAG_FLAGS = 10,        /* FILE_FLAG_... */
    FILE_TAG_RESPONSE_HEADERS = 11,
    FILE_TAG_INDEX = 12, /* in progress records only */
    FILE_TAG_STATED_SIZE = 13,
    FILE_TAG_INTEGRITY = 14,
    FILE_TAG_INTEGRITY_MANDATORY = 15,
    FILE_TAG_ATTRIBUTES = 16, /* absent: none to be carried over */
    FILE_TAG_IDENTITY = 17,   /* bytes: struct file_identity; absent: not complete */
    FILE_TAG_ORIGIN = 18,     /* absent: the remote name is the client's own */
    FILE_TAG_FILLED = 20,     /* pairs of u64: present where the bytes come in no order */
    FILE_TAG_REQUESTED = 21,  /* pairs of u64 */
    FILE_TAG_ETAG = 22,       /* bytes; absent: none */
};

#define FILE_FLAG_COMPLETE 0x1
#define FILE_FLAG_COMMITTED 0x2
#define FILE_FLAG_ACKNOWLEDGED 0x4
#define FILE_FLAG_VALID 0x8

enum upload_tag
{
    UPLOAD_TAG_SESSION = 1, /* bytes */
    UPLOAD_TAG_HOST = 2,    /* bytes */
    UPLOAD_TAG_FALLBACK = 3,
    UPLOAD_TAG_FALLBACK_AT = 4,
    UPLOAD_TAG_FRAGMENT_LIMIT = 5,
    UPLOAD_TAG_SOURCE_SIZE = 6,
    UPLOAD_TAG_SOURCE_WRITTEN = 7, /* present: both are known */
    UPLOAD_TAG_CLOSED = 8,
    UPLOAD_TAG_CANCELLED_AT = 9, /* see job_write_record */
};

enum credentials_tag
{
    CREDENTIALS_TAG_TARGET = 1,
    CREDENTIALS_TAG_SCHEME = 2,
    CREDENTIALS_TAG_SECRET = 3, /* encrypted: user NUL password NUL, UTF-16; absent: implicit */
};

/* --- writing ---------------------------------------------------------------------------- */

static uint64_t filetime_number(const FILETIME *time)
{
    return (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;
}

static void number_filetime(uint64_t number, FILETIME *time)
{
    time->dwLowDateTime = (DWORD)number;
    time->dwHighDateTime = number >> 32;
}

/* Times of the timers count from the start of the system; what is stored has to mean the same after the next one. */
static void write_ticks(struct record_writer *writer, uint16_t tag, ULONGLONG ticks)
{
    ULARGE_INTEGER now;

    if (!ticks) return;
    GetSystemTimeAsFileTime((FILETIME *)&now);
    record_write_u64(writer, tag, now.QuadPart + (LONGLONG)(ticks - now_ms()) * 10000);
}

/* A clock that was set back must not keep a job waiting: what lies too far ahead, or in an impossible past, is now. */
static ULONGLONG read_ticks(uint64_t time, ULONGLONG ahead)
{
    ULARGE_INTEGER now;
    LONGLONG ms;

    GetSystemTimeAsFileTime((FILETIME *)&now);
    ms = (LONGLONG)(time - now.QuadPart) / 10000;
    if (ms > (LONGLONG)ahead || ms < -(LONGLONG)CLOCK_START_MS) return now_ms();
    return now_ms() + ms;
}

static void write_string(struct record_writer *writer, uint16_t tag, const WCHAR *string)
{
    record_write_utf16(writer, tag, (const uint16_t *)string);
}

static void write_set(struct record_writer *writer, uint16_t tag, const struct range_set *set)
{
    record_write_bytes(writer, tag, set->ranges, set->count * sizeof(*set->ranges));
}

static void write_file_progress(struct record_writer *writer, const struct file *file)
{
    uint32_t flags = (file_is_complete(file) ? FILE_FLAG_COMPLETE : 0) |
                     (file->state == FILE_COMMITTED ? FILE_FLAG_COMMITTED : 0) |
                     (file->acknowledged ? FILE_FLAG_ACKNOWLEDGED : 0) | (file->valid ? FILE_FLAG_VALID : 0);

    record_write_u64(writer, FILE_TAG_TOTAL, file->total);
    record_write_u64(writer, FILE_TAG_TRANSFERRED, file->durable);
    record_write_u64(writer, FILE_TAG_REMOTE_SIZE, file->remote_size);
    record_write_bytes(writer, FILE_TAG_LAST_MODIFIED, file->last_modified, strlen(file->last_modified));
    if (file->etag[0]) record_write_bytes(writer, FILE_TAG_ETAG, file->etag, strlen(file->etag));
    record_write_u32(writer, FILE_TAG_FLAGS, flags);
    if (file->attributes) record_write_u32(writer, FILE_TAG_ATTRIBUTES, file->attributes);
    if (file->identity.index) record_write_bytes(writer, FILE_TAG_IDENTITY, &file->identity, sizeof(file->identity));
    if (file->extents) write_set(writer, FILE_TAG_FILLED, &file->extents->durable);
    if (file->ondemand) write_set(writer, FILE_TAG_REQUESTED, &file->ondemand->requested);
}

static void write_file(struct record_writer *writer, uint16_t tag, const struct file *file)
{
    record_begin_group(writer, tag);
    write_string(writer, FILE_TAG_REMOTE, file->remote);
    write_string(writer, FILE_TAG_ORIGIN, file->origin);
    write_string(writer, FILE_TAG_LOCAL, file->local);
    write_string(writer, FILE_TAG_TEMPORARY, file->temporary);
    write_string(writer, FILE_TAG_CONTENT_ID, file->content_id);
    write_string(writer, FILE_TAG_RESPONSE_HEADERS, file->response_headers);
    write_string(writer, FILE_TAG_INTEGRITY, file->integrity);
    if (file->stated_size) record_write_u64(writer, FILE_TAG_STATED_SIZE, file->stated_size);
    if (file->integrity_mandatory) record_write_u8(writer, FILE_TAG_INTEGRITY_MANDATORY, TRUE);
    if (file->ranges)
        record_write_bytes(writer, FILE_TAG_RANGES, file->ranges, file->range_count * sizeof(*file->ranges));
    write_file_progress(writer, file);
    record_end_group(writer);
}

static void write_upload(struct record_writer *writer, const struct upload_state *upload)
{
    record_begin_group(writer, TAG_UPLOAD);
    record_write_bytes(writer, UPLOAD_TAG_SESSION, upload->session, strlen(upload->session));
    record_write_bytes(writer, UPLOAD_TAG_HOST, upload->host, strlen(upload->host));
    record_write_u32(writer, UPLOAD_TAG_FALLBACK, upload->fallback);
    record_write_u64(writer, UPLOAD_TAG_FALLBACK_AT, upload->fallback_at);
    record_write_u32(writer, UPLOAD_TAG_FRAGMENT_LIMIT, upload->fragment_limit);
    if (upload->source_known)
    {
        record_write_u64(writer, UPLOAD_TAG_SOURCE_SIZE, upload->source_size);
        record_write_u64(writer, UPLOAD_TAG_SOURCE_WRITTEN, upload->source_written);
    }
    record_write_u8(writer, UPLOAD_TAG_CLOSED, upload->closed);
    if (upload->cancelled_at) record_write_u64(writer, UPLOAD_TAG_CANCELLED_AT, upload->cancelled_at);
    record_end_group(writer);
}

static void write_sealed(struct record_writer *writer, uint16_t tag, const struct sealed *sealed)
{
    if (sealed->data) record_write_bytes(writer, tag, sealed->data, sealed->size);
}

static void write_credentials(struct record_writer *writer, int target, int scheme,
                              const struct credentials *credentials)
{
    record_begin_group(writer, TAG_CREDENTIALS);
    record_write_u32(writer, CREDENTIALS_TAG_TARGET, target);
    record_write_u32(writer, CREDENTIALS_TAG_SCHEME, scheme);
    write_sealed(writer, CREDENTIALS_TAG_SECRET, &credentials->sealed);
    record_end_group(writer);
}

transfer_code job_seal_credentials(struct credentials *credentials)
{
    const WCHAR *user = credentials->user ? credentials->user : L"";
    const WCHAR *password = credentials->password ? credentials->password : L"";
    size_t user_size = (lstrlenW(user) + 1) * sizeof(WCHAR), password_size = (lstrlenW(password) + 1) * sizeof(WCHAR);
    transfer_code code;
    BYTE *pair;

    if (credentials->sealed.data || (!credentials->user && !credentials->password)) return TRANSFER_OK;
    if (!(pair = malloc(user_size + password_size))) return ERROR_OUTOFMEMORY;
    memcpy(pair, user, user_size);
    memcpy(pair + user_size, password, password_size);
    code = secret_seal(&credentials->sealed, pair, user_size + password_size);
    SecureZeroMemory(pair, user_size + password_size);
    free(pair);
    return code;
}

static transfer_code seal_notes(struct job *job)
{
    BYTE *all, *position;
    transfer_code code;
    size_t size = 0;
    unsigned int i;

    if (job->sealed[SECRET_NOTES].data) return TRANSFER_OK;
    for (i = 0; i < JOB_NOTE_COUNT; i++)
        if (job->notes[i].data) size += 2 * sizeof(uint32_t) + job->notes[i].size;
    if (!size) return TRANSFER_OK;
    if (!(all = malloc(size))) return ERROR_OUTOFMEMORY;
    position = all;
    for (i = 0; i < JOB_NOTE_COUNT; i++)
    {
        const uint32_t head[2] = {i, job->notes[i].size};

        if (!job->notes[i].data) continue;
        memcpy(position, head, sizeof(head));
        memcpy(position + sizeof(head), job->notes[i].data, job->notes[i].size);
        position += sizeof(head) + job->notes[i].size;
    }
    code = secret_seal(&job->sealed[SECRET_NOTES], all, size);
    SecureZeroMemory(all, size);
    free(all);
    return code;
}

/* Encrypt the secrets that were set since the job was last stored. */
static transfer_code seal_secrets(struct job *job)
{
    const WCHAR *headers = job->strings[JOB_CUSTOM_HEADERS];
    transfer_code code = TRANSFER_OK;
    unsigned int i, j;

    if (headers) code = secret_seal(&job->sealed[SECRET_HEADERS], headers, (lstrlenW(headers) + 1) * sizeof(WCHAR));
    if (!code) code = seal_notes(job);
    for (i = 0; i < CREDENTIAL_TARGETS; i++)
        for (j = 0; j < CREDENTIAL_SCHEMES && !code; j++) code = job_seal_credentials(&job->credentials[i][j]);
    return code;
}

transfer_code job_write_record(struct job *job, struct record_writer *writer)
{
    queue_assert_locked(job->queue);
    /* What is cancelled already looks to versions that do not know UPLOAD_TAG_CANCELLED_AT like a volatile job of an
     * earlier service: nobody sees it, and it is deleted. */
    BOOL leaving = job_is_cancelling_session(job);
    transfer_code code;
    unsigned int i, j;

    if ((code = seal_secrets(job))) return code;
    record_write_u32(writer, TAG_TYPE, job->type);
    record_write_u32(writer, TAG_STATE, leaving ? JOB_SUSPENDED : job->state);
    record_write_u8(writer, TAG_RESUMED, job->resumed);
    if (job->cancelled) record_write_u8(writer, TAG_CANCELLED, TRUE);
    record_write_u8(writer, TAG_NOTIFIED, job->notified);
    record_write_u64(writer, TAG_TIME_CREATION, filetime_number(&job->times.creation));
    record_write_u64(writer, TAG_TIME_MODIFICATION, filetime_number(&job->times.modification));
    record_write_u64(writer, TAG_TIME_COMPLETION, filetime_number(&job->times.completion));
    write_ticks(writer, TAG_STALLED_SINCE, job->stalled_since);
    write_ticks(writer, TAG_RETRY_AT, job->retry_at);
    record_write_u32(writer, TAG_ATTEMPTS, job->attempts);
    record_write_u64(writer, TAG_ACTIVE_MS, job->active_ms);
    record_write_u64(writer, TAG_TOUCHED, job->touched);
    if (job->cause) record_write_u32(writer, TAG_CAUSE, job->cause);
    if (job->has_failure)
    {
        record_write_u32(writer, TAG_FAILURE_CODE, job->failure.code);
        record_write_u32(writer, TAG_FAILURE_WHERE, job->failure.where);
        record_write_u8(writer, TAG_FAILURE_TRANSIENT, job->failure.transient);
        record_write_u32(writer, TAG_FAILURE_FILE, job->failure.file);
    }
    for (i = 0; i < JOB_NUMBER_COUNT; i++)
        record_write_u64(writer, number_tags[i], leaving && i == JOB_VOLATILE ? TRUE : job->numbers[i]);
    for (i = 0; i < JOB_STRING_COUNT; i++)
        if (i != JOB_CUSTOM_HEADERS && i != JOB_CHALLENGE_HEADERS)
            write_string(writer, string_tags[i], job->strings[i]);
    write_sealed(writer, TAG_SECRET_HEADERS, &job->sealed[SECRET_HEADERS]);
    write_sealed(writer, TAG_NOTES, &job->sealed[SECRET_NOTES]);
    record_write_bytes(writer, TAG_NOTIFICATION_CLASS, job->notification_class, sizeof(job->notification_class));
    record_write_bytes(writer, TAG_CERTIFICATE_HASH, job->certificate_hash, sizeof(job->certificate_hash));
    for (i = 0; i < CREDENTIAL_TARGETS; i++)
        for (j = 0; j < CREDENTIAL_SCHEMES; j++)
            if (job->credentials[i][j].set || job->credentials[i][j].sealed.data)
                write_credentials(writer, i, j, &job->credentials[i][j]);
    if (job->upload) write_upload(writer, job->upload);
    if (job->reply) write_file(writer, TAG_REPLY, job->reply);
    return TRANSFER_OK;
}

void job_write_file(const struct file *file, unsigned int set_end, struct record_writer *writer)
{
    queue_assert_locked(file->job->queue);
    record_write_bytes(writer, TAG_OWNER, &file->job->id, sizeof(file->job->id));
    record_write_u32(writer, TAG_INDEX, file->index);
    record_write_u32(writer, TAG_SET_END, set_end);
    write_file(writer, TAG_FILE, file);
}

void job_write_progress(const struct file *file, struct record_writer *writer)
{
    queue_assert_locked(file->job->queue);
    write_file_progress(writer, file);
}

/* --- reading -------------------------------------------------------------------------------- */

static WCHAR *read_string(struct record_reader *reader, const struct record_field *field)
{
    return (WCHAR *)record_utf16(reader, field, NULL);
}

static void replace_string(WCHAR **string, struct record_reader *reader, const struct record_field *field)
{
    free(*string);
    *string = read_string(reader, field);
}

/* Into a buffer of max characters and the terminator. */
static void read_text(struct record_reader *reader, const struct record_field *field, char *text, size_t max)
{
    const uint8_t *data;
    size_t size;

    if (!(data = record_bytes(reader, field, &size)) || size > max) return;
    memcpy(text, data, size);
    text[size] = 0;
}

static void read_ranges(struct record_reader *reader, const struct record_field *field, struct file *file)
{
    const uint8_t *data;
    size_t size;

    if (!(data = record_bytes(reader, field, &size))) return;
    free(file->ranges);
    file->ranges = NULL;
    file->range_count = 0;
    if (!size || size % sizeof(*file->ranges))
    {
        record_reader_fail(reader);
        return;
    }
    if (!(file->ranges = malloc(size)))
    {
        record_reader_no_memory(reader);
        return;
    }
    memcpy(file->ranges, data, size);
    file->range_count = size / sizeof(*file->ranges);
}

/* filled: into that set, else into the requested one. */
static void read_set(struct record_reader *reader, const struct record_field *field, struct file *file, BOOL filled)
{
    struct file_range range;
    struct range_set *set;
    const uint8_t *data;
    size_t size, i;

    if (!(data = record_bytes(reader, field, &size))) return;
    if (size % sizeof(range))
    {
        record_reader_fail(reader);
        return;
    }
    if (!(filled ? file_scatter(file) : ondemand_begin(file)))
    {
        record_reader_no_memory(reader);
        return;
    }
    if (!filled && !file->ondemand) /* of a file that cannot be transferred so */
    {
        record_reader_fail(reader);
        return;
    }
    set = filled ? &file->extents->filled : &file->ondemand->requested;
    range_set_cleanup(set);
    for (i = 0; i < size; i += sizeof(range))
    {
        memcpy(&range, data + i, sizeof(range));
        if (!range_set_add(set, range.offset, range.length)) record_reader_no_memory(reader);
    }
    if (!filled) return;
    if (range_set_copy(&file->extents->durable, set)) file->transferred = file->durable = range_set_total(set);
    else record_reader_no_memory(reader);
}

static void read_file_field(struct record_reader *reader, const struct record_field *field, struct file *file)
{
    const uint8_t *data;
    uint32_t flags;
    size_t size;

    switch (field->tag)
    {
    case FILE_TAG_REMOTE: replace_string(&file->remote, reader, field); break;
    case FILE_TAG_ORIGIN: replace_string(&file->origin, reader, field); break;
    case FILE_TAG_LOCAL: replace_string(&file->local, reader, field); break;
    case FILE_TAG_TEMPORARY:
        replace_string(&file->temporary, reader, field);
        file->exposed = TRUE; /* for all we know */
        file_begin(file);
        break;
    case FILE_TAG_CONTENT_ID: replace_string(&file->content_id, reader, field); break;
    case FILE_TAG_RESPONSE_HEADERS: replace_string(&file->response_headers, reader, field); break;
    case FILE_TAG_INTEGRITY: replace_string(&file->integrity, reader, field); break;
    case FILE_TAG_INTEGRITY_MANDATORY: file->integrity_mandatory = record_u8(reader, field); break;
    case FILE_TAG_STATED_SIZE: file->stated_size = record_u64(reader, field); break;
    case FILE_TAG_RANGES: read_ranges(reader, field, file); break;
    case FILE_TAG_FILLED: read_set(reader, field, file, TRUE); break;
    case FILE_TAG_REQUESTED: read_set(reader, field, file, FALSE); break;
    case FILE_TAG_TOTAL: file->total = record_u64(reader, field); break;
    case FILE_TAG_TRANSFERRED:
        if (!file->extents) file->transferred = file->durable = record_u64(reader, field);
        break;
    case FILE_TAG_ATTRIBUTES: file->attributes = record_u32(reader, field); break;
    case FILE_TAG_IDENTITY:
        if ((data = record_bytes(reader, field, &size)) && size == sizeof(file->identity))
            memcpy(&file->identity, data, size);
        break;
    case FILE_TAG_REMOTE_SIZE: file->remote_size = record_u64(reader, field); break;
    case FILE_TAG_LAST_MODIFIED: read_text(reader, field, file->last_modified, sizeof(file->last_modified) - 1); break;
    case FILE_TAG_ETAG: read_text(reader, field, file->etag, sizeof(file->etag) - 1); break;
    case FILE_TAG_FLAGS:
        flags = record_u32(reader, field);
        file_restore_state(file, !!(flags & FILE_FLAG_COMPLETE), !!(flags & FILE_FLAG_COMMITTED));
        file->acknowledged = !!(flags & FILE_FLAG_ACKNOWLEDGED);
        file->valid = !!(flags & FILE_FLAG_VALID);
        break;
    }
}

static void read_reply(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    struct record_reader group;
    struct record_field member;
    struct file *file;

    if (!(file = calloc(1, sizeof(*file))))
    {
        record_reader_no_memory(reader);
        return;
    }
    file->job = job;
    file_reset(file);
    record_group(reader, field, &group);
    while (record_next(&group, &member)) read_file_field(&group, &member, file);
    if (!file->remote || !file->local || job->reply)
    {
        file_free(file);
        record_reader_fail(reader);
    }
    else job->reply = file;
}

static void read_upload(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    struct upload_state *upload = job->upload;
    struct record_reader group;
    struct record_field member;

    if (!upload && !(upload = job->upload = calloc(1, sizeof(*upload))))
    {
        record_reader_no_memory(reader);
        return;
    }
    upload->fallback = UPLOAD_NO_FALLBACK;
    record_group(reader, field, &group);
    while (record_next(&group, &member))
    {
        switch (member.tag)
        {
        case UPLOAD_TAG_SESSION: read_text(&group, &member, upload->session, UPLOAD_SESSION_MAX); break;
        case UPLOAD_TAG_HOST: read_text(&group, &member, upload->host, UPLOAD_HOST_MAX); break;
        case UPLOAD_TAG_FALLBACK: upload->fallback = record_u32(&group, &member); break;
        case UPLOAD_TAG_FALLBACK_AT: upload->fallback_at = record_u64(&group, &member); break;
        case UPLOAD_TAG_FRAGMENT_LIMIT: upload->fragment_limit = record_u32(&group, &member); break;
        case UPLOAD_TAG_SOURCE_SIZE: upload->source_size = record_u64(&group, &member); break;
        case UPLOAD_TAG_SOURCE_WRITTEN:
            upload->source_written = record_u64(&group, &member);
            upload->source_known = TRUE;
            break;
        case UPLOAD_TAG_CLOSED: upload->closed = record_u8(&group, &member); break;
        case UPLOAD_TAG_CANCELLED_AT: upload->cancelled_at = record_u64(&group, &member); break;
        }
    }
}

/* Secrets of another user, or of before a change of the key, are lost to the transfer, not to the store. */
static BOOL read_sealed(struct record_reader *reader, const struct record_field *field, struct sealed *sealed,
                        DATA_BLOB *plain)
{
    const uint8_t *data;
    size_t size;

    if (sealed->data || !(data = record_bytes(reader, field, &size))) return FALSE;
    if (secret_set_sealed(sealed, data, size)) return !secret_open(sealed, plain);
    record_reader_no_memory(reader);
    return FALSE;
}

static void free_plain(DATA_BLOB *plain)
{
    SecureZeroMemory(plain->pbData, plain->cbData);
    LocalFree(plain->pbData);
}

static void read_secret_headers(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    WCHAR **headers = &job->strings[JOB_CUSTOM_HEADERS];
    DATA_BLOB plain;

    if (!read_sealed(reader, field, &job->sealed[SECRET_HEADERS], &plain)) return;
    if (plain.cbData >= sizeof(WCHAR) && !((WCHAR *)plain.pbData)[plain.cbData / sizeof(WCHAR) - 1])
    {
        free(*headers);
        if (!(*headers = string_copy((WCHAR *)plain.pbData))) record_reader_no_memory(reader);
    }
    free_plain(&plain);
}

static void read_notes(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    const BYTE *position;
    uint32_t head[2];
    DATA_BLOB plain;
    size_t left;

    if (!read_sealed(reader, field, &job->sealed[SECRET_NOTES], &plain)) return;
    position = plain.pbData;
    left = plain.cbData;
    while (left >= sizeof(head))
    {
        struct note *note;

        memcpy(head, position, sizeof(head));
        position += sizeof(head);
        left -= sizeof(head);
        if (head[0] >= JOB_NOTE_COUNT || head[1] > left) break;
        note = &job->notes[head[0]];
        if (!note->data)
        {
            if ((note->data = calloc(1, head[1] + sizeof(WCHAR))))
            {
                memcpy(note->data, position, head[1]);
                note->size = head[1];
            }
            else record_reader_no_memory(reader);
        }
        position += head[1];
        left -= head[1];
    }
    free_plain(&plain);
}

/* user NUL password NUL */
static void read_pair(struct record_reader *reader, const DATA_BLOB *plain, struct credentials *value)
{
    const WCHAR *pair = (const WCHAR *)plain->pbData;
    size_t size = plain->cbData / sizeof(WCHAR);

    if (size < 2 || pair[size - 1] || (size_t)lstrlenW(pair) + 1 >= size) return;
    value->user = string_copy(pair);
    value->password = string_copy(pair + lstrlenW(pair) + 1);
    if (!value->user || !value->password) record_reader_no_memory(reader);
}

static void read_credentials(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    unsigned int target = CREDENTIAL_TARGETS, scheme = CREDENTIAL_SCHEMES;
    struct credentials value = {.set = TRUE}, *slot;
    struct record_reader group;
    struct record_field member;
    DATA_BLOB plain;

    record_group(reader, field, &group);
    while (record_next(&group, &member))
    {
        if (member.tag == CREDENTIALS_TAG_TARGET) target = record_u32(&group, &member);
        else if (member.tag == CREDENTIALS_TAG_SCHEME) scheme = record_u32(&group, &member);
        else if (member.tag == CREDENTIALS_TAG_SECRET && !value.sealed.data)
        {
            if ((value.set = read_sealed(&group, &member, &value.sealed, &plain)))
            {
                read_pair(&group, &plain, &value);
                free_plain(&plain);
            }
        }
    }
    slot = target < CREDENTIAL_TARGETS && scheme < CREDENTIAL_SCHEMES ? &job->credentials[target][scheme] : NULL;
    if (slot && !slot->set && !slot->sealed.data) *slot = value;
    else credentials_clear(&value);
}

#define READ_NUMBER(name, tag, ...) \
    case tag: \
        job->numbers[JOB_##name] = record_u64(reader, field); \
        break;
#define READ_STRING(name, tag, ...) \
    case tag: replace_string(&job->strings[JOB_##name], reader, field); break;

/* Two properties with one tag do not compile. */
static void read_property(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    switch (field->tag)
    {
        JOB_NUMBERS(READ_NUMBER, READ_NUMBER)
        JOB_STRINGS(READ_STRING)
    }
}

static void read_fixed_bytes(struct record_reader *reader, const struct record_field *field, void *out, size_t expected)
{
    const uint8_t *data;
    size_t size;

    if (!(data = record_bytes(reader, field, &size))) return;
    if (size == expected) memcpy(out, data, size);
    else record_reader_fail(reader);
}

static void read_field(struct record_reader *reader, const struct record_field *field, struct job *job)
{
    switch (field->tag)
    {
    case TAG_TYPE: job->type = record_u32(reader, field); break;
    case TAG_STATE: job->state = record_u32(reader, field); break;
    case TAG_CANCELLED: job->cancelled = record_u8(reader, field) != 0; break;
    case TAG_RESUMED: job->resumed = record_u8(reader, field); break;
    case TAG_NOTIFIED: job->notified = record_u8(reader, field); break;
    case TAG_TIME_CREATION: number_filetime(record_u64(reader, field), &job->times.creation); break;
    case TAG_TIME_MODIFICATION: number_filetime(record_u64(reader, field), &job->times.modification); break;
    case TAG_TIME_COMPLETION: number_filetime(record_u64(reader, field), &job->times.completion); break;
    case TAG_STALLED_SINCE: job->stalled_since = read_ticks(record_u64(reader, field), 0); break;
    case TAG_RETRY_AT: job->retry_at = read_ticks(record_u64(reader, field), RETRY_AHEAD_MS); break;
    case TAG_ATTEMPTS: job->attempts = record_u32(reader, field); break;
    case TAG_ACTIVE_MS: job->active_ms = record_u64(reader, field); break;
    case TAG_TOUCHED: job->touched = record_u64(reader, field); break;
    case TAG_CAUSE: job->cause = record_u32(reader, field); break;
    case TAG_FAILURE_CODE:
        job->failure.code = record_u32(reader, field);
        job->has_failure = TRUE;
        break;
    case TAG_FAILURE_WHERE: job->failure.where = record_u32(reader, field); break;
    case TAG_FAILURE_TRANSIENT: job->failure.transient = record_u8(reader, field); break;
    case TAG_FAILURE_FILE: job->failure.file = (int)record_u32(reader, field); break;
    case TAG_NOTIFICATION_CLASS:
        read_fixed_bytes(reader, field, job->notification_class, sizeof(job->notification_class));
        break;
    case TAG_CERTIFICATE_HASH:
        read_fixed_bytes(reader, field, job->certificate_hash, sizeof(job->certificate_hash));
        break;
    case TAG_REPLY: read_reply(reader, field, job); break;
    case TAG_UPLOAD: read_upload(reader, field, job); break;
    case TAG_SECRET_HEADERS: read_secret_headers(reader, field, job); break;
    case TAG_NOTES: read_notes(reader, field, job); break;
    case TAG_CREDENTIALS: read_credentials(reader, field, job); break;
    default: read_property(reader, field, job); break;
    }
}

transfer_code job_read_record(struct queue *queue, const GUID *id, const void *data, size_t size, struct job **out)
{
    struct record_reader reader;
    struct record_field field;
    struct job *job;

    if (!(job = job_alloc(queue, id, JOB_DOWNLOAD))) return ERROR_OUTOFMEMORY;
    record_reader_init(&reader, data, size);
    while (record_next(&reader, &field)) read_field(&reader, &field, job);
    if (!job->strings[JOB_OWNER] || !job->strings[JOB_DISPLAY_NAME] || !job->strings[JOB_DESCRIPTION] ||
        (unsigned int)job->type > JOB_UPLOAD_REPLY || (unsigned int)job->state >= JOB_ACKNOWLEDGED)
        record_reader_fail(&reader);
    if (record_reader_error(&reader)) job_release(job);
    else
    {
        job->stored = TRUE;
        *out = job;
    }
    return record_reader_error(&reader);
}

BOOL job_is_file_record(const void *data, size_t size)
{
    struct record_reader reader;
    struct record_field field;

    record_reader_init(&reader, data, size);
    return record_next(&reader, &field) && field.tag == TAG_OWNER;
}

transfer_code job_read_file(const void *data, size_t size, const void *progress, size_t progress_size, GUID *owner,
                            unsigned int *set_end, struct file **out)
{
    struct record_reader reader, group, further;
    struct record_field field, member;
    struct file *file;

    if (!(file = calloc(1, sizeof(*file)))) return ERROR_OUTOFMEMORY;
    file_reset(file);
    memset(owner, 0, sizeof(*owner));
    *set_end = 0;
    record_reader_init(&reader, data, size);
    while (record_next(&reader, &field))
    {
        switch (field.tag)
        {
        case TAG_OWNER: read_fixed_bytes(&reader, &field, owner, sizeof(*owner)); break;
        case TAG_INDEX: file->index = record_u32(&reader, &field); break;
        case TAG_SET_END: *set_end = record_u32(&reader, &field); break;
        case TAG_FILE:
            record_group(&reader, &field, &group);
            while (record_next(&group, &member)) read_file_field(&group, &member, file);
            break;
        }
    }
    if (!file->remote) record_reader_fail(&reader);
    record_reader_init(&further, progress, progress ? progress_size : 0);
    further.parent = &reader;
    while (record_next(&further, &field)) read_file_field(&further, &field, file);
    if (record_reader_error(&reader))
    {
        file_free(file);
        return record_reader_error(&reader);
    }
    /* Its stream went with the client: another one gets everything. */
    if (!file->local && !file_is_complete(file)) file_reset(file);
    file->unsaved = FALSE;
    *out = file;
    return TRANSFER_OK;
}
