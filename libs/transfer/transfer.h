/*
 * Jobs and their transfers: what the COM faces see of libs/transfer.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A queue holds the jobs of one service, stores them, and runs their transfers on threads of its own.  A job is
 * a reference-counted handle; references keep memory alive and nothing else: the life of a job is its state.
 * Every function may be called on any thread.  A function that changes a job returns when the change is durable.
 */

#ifndef WINE_BITS_TRANSFER_TRANSFER_H
#define WINE_BITS_TRANSFER_TRANSFER_H

#include <stdint.h>
#include <windows.h>
#include <wincrypt.h>

#include "base/caller.h"
#include "transfer/conditions/failure.h"
#include "transfer/jobs/rangeset.h"
#include "transfer/jobs/property_table.h"

struct queue;
struct job;
struct file;
struct job_stream;

/* --- the queue ------------------------------------------------------------------------ */

/* What two services that share this library do differently. */
struct queue_profile
{
    const WCHAR *temporary_prefix; /* of temporary files: "BIT", "DO" */
    const char *user_agent;
    BOOL delivery_requests;          /* requests are those of Delivery Optimization, not of BITS (D-359, D-360) */
    uint32_t default_retry_delay;    /* seconds */
    uint32_t default_no_progress;    /* seconds, for background jobs */
    uint32_t foreground_no_progress; /* seconds, for foreground jobs where that is not set (0 = as above) */
    uint32_t single_no_progress;     /* seconds, for single downloads */
    uint32_t lifetime_days;          /* since a job was made (D-253); 0 = JobInactivityTimeout (B-041) */
    BOOL all_parallel;               /* every job runs at once; else one background job at a time */
    BOOL no_connecting_state;        /* D-204 */
    unsigned int helpers;            /* connections besides its own that a file may have; needs bandwidth (D-497) */
    BOOL reports_no_progress;        /* giving up has a code of its own, else the last failure's (D-117, B-552) */

    /* Servers to ask first, a list with commas for free(), NULL = none; and for how many seconds they may fail before
     * the server of the URL is asked, UINT32_MAX = for ever.  NULL: there are never any. */
    WCHAR *(*cache_hosts)(BOOL foreground, uint32_t *patience);

    /* Bytes a second for all transfers of the foreground, or of the background, together; UINT64_MAX = no limit.
     * Asked for when a transfer begins.  NULL: the policies of BITS. */
    uint64_t (*bandwidth)(BOOL foreground);
};

struct queue_config
{
    const struct queue_profile *profile;
    const WCHAR *directory; /* of the job store; made if need be */

    /* Whether the queue has work that can progress, or soon will, and whether it has jobs at all: called without locks
     * when that changes, and once at the start. */
    void (*activity)(void *context, BOOL working, BOOL jobs);

    /* The cost state of the network (B-585), 0 = not known; called without locks, may take its time.  NULL: no job is
     * blocked for what the network costs. */
    uint32_t (*cost)(void *context);

    /* The HRESULT that programs see for a code, for the log.  NULL: the code itself. */
    uint32_t (*result)(void *context, transfer_code code);
    void *context;
};

/* Opens the store and takes up its jobs; nothing runs before scheduler_start. */
transfer_code queue_create(const struct queue_config *config, struct queue **queue);

/* Start scheduling.  ERROR_NOT_ENOUGH_MEMORY. */
transfer_code scheduler_start(struct queue *queue);

enum job_wait_reason
{
    JOB_WAITS_FOR_NOTHING,
    JOB_WAITS_FOR_TURN,    /* another job of the same or a higher priority */
    JOB_WAITS_FOR_WORKER,  /* one of too many transfers of the foreground */
    JOB_WAITS_FOR_RETRY,   /* the time of its next try */
    JOB_WAITS_FOR_NETWORK, /* any */
    JOB_WAITS_FOR_COST,    /* a network of another cost state */
    JOB_WAITS_FOR_POLICY,  /* a limit of 0 */
};

struct job_wait
{
    enum job_wait_reason reason;
    GUID job;       /* that has the turn, if it is of the same owner; else all zero */
    FILETIME until; /* of JOB_WAITS_FOR_RETRY, UTC */
};

/* What a job waits for that is QUEUED or in TRANSIENT_ERROR.  Takes the lock. */
void decide_get_wait(struct job *job, struct job_wait *wait);

/* End all transfers, keeping what they have, and every thread, within two seconds; and the waits for events. */
void scheduler_stop(struct queue *queue);

/* After scheduler_stop; jobs that are still referenced stay readable. NULL is fine. */
void queue_destroy(struct queue *queue);

enum job_type
{
    JOB_DOWNLOAD,
    JOB_UPLOAD,
    JOB_UPLOAD_REPLY
};

/* The numbers are BITS' own. */
enum job_state
{
    JOB_QUEUED,
    JOB_CONNECTING,
    JOB_TRANSFERRING,
    JOB_SUSPENDED,
    JOB_ERROR,
    JOB_TRANSIENT_ERROR,
    JOB_TRANSFERRED,
    JOB_ACKNOWLEDGED,
    JOB_CANCELLED,
    JOB_STATE_COUNT
};

enum job_priority
{
    JOB_FOREGROUND,
    JOB_HIGH,
    JOB_NORMAL,
    JOB_LOW
};

/* JOB_PROXY_USAGE, as BITS numbers it. */
enum job_proxy_usage
{
    JOB_PROXY_USAGE_PRECONFIG,
    JOB_PROXY_USAGE_NONE,
    JOB_PROXY_USAGE_LIST,
    JOB_PROXY_USAGE_AUTODETECT
};

/* A new suspended job, with a reference for the caller.  E_TOO_MANY_JOBS_*. */
transfer_code queue_create_job(struct queue *queue, const struct caller *owner, const WCHAR *name, enum job_type type,
                               struct job **job);

/* The job with that id that is in no final state: TRANSFER_E_NOT_FOUND.  With a reference. */
transfer_code queue_find_job(struct queue *queue, const GUID *id, struct job **job);

/* All jobs that are in no final state, oldest first; of one owner, or of everybody (NULL).  The caller releases each
 * and frees the array with free(). */
transfer_code queue_list_jobs(struct queue *queue, const WCHAR *owner_sid, struct job ***jobs, unsigned int *count);

/* Policies in the registry changed, or the network did: look again. */
void queue_reconsider(struct queue *queue);

/* --- what happened --------------------------------------------------------------------- */

#define JOB_EVENT_TRANSFERRED 0x01 /* entered TRANSFERRED */
#define JOB_EVENT_ERROR 0x02       /* entered ERROR */
#define JOB_EVENT_LEFT 0x04        /* left TRANSFERRED or ERROR */
#define JOB_EVENT_MODIFIED 0x08    /* state, property, file list or progress changed */
#define JOB_EVENT_FILE 0x10        /* a file is complete: job_next_transferred_file */
#define JOB_EVENT_RANGES 0x20      /* bytes have come: file_take_arrived */
#define JOB_EVENT_FINAL 0x40       /* entered a final state */

/* The job with the oldest event, and everything that happened to it since it was last given out (coalesced).  Waits
 * up to timeout ms; FALSE when there was none.  *job with a reference. */
BOOL queue_next_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events);

/* End a wait of queue_next_event. */
void queue_interrupt_events(struct queue *queue);

/* --- jobs: life and state ----------------------------------------------------------------- */

void job_addref(struct job *job);
void job_release(struct job *job);

/* Something the COM layer keeps with a job; freed with the job by release().  Set once, by whoever comes first: the one
 * that stays is returned. */
void *job_attach(struct job *job, void *attachment, void (*release)(void *attachment));
void *job_attachment(struct job *job);

void job_get_id(struct job *job, GUID *id);
enum job_type job_get_type(struct job *job);
enum job_state job_get_state(struct job *job);

transfer_code job_suspend(struct job *job); /* no transfer runs any more when it returns */
transfer_code job_resume(struct job *job);
transfer_code job_cancel(struct job *job);   /* TRANSFER_S_FILES_LEFT */
transfer_code job_complete(struct job *job); /* TRANSFER_S_PARTIAL, or the error of the rename that failed */
transfer_code job_take_ownership(struct job *job, const struct caller *owner);

/* Of an upload-reply job.  total: SIZE_UNKNOWN until the reply is being transferred. */
void job_get_reply_progress(struct job *job, uint64_t *total, uint64_t *transferred);

/* Name of the reply file; NULL: one in the directory of the file that is sent.  TRANSFER_E_INVALID_STATE once it is
 * being transferred, and what a local name can be refused for. */
transfer_code job_set_reply_file(struct job *job, const WCHAR *name);

/* The whole reply, for free(); *data NULL where it is empty.  *size is set too when it is more than the limit:
 * TRANSFER_E_TOO_LARGE.  TRANSFER_E_INVALID_STATE before it is there. */
#define TRANSFER_REPLY_DATA_MAX (1024 * 1024)
transfer_code job_get_reply_data(struct job *job, void **data, uint64_t *size);

struct job_progress
{
    uint64_t total, transferred;
    uint32_t files, files_transferred;
}; /* total: SIZE_UNKNOWN */
struct job_times
{
    FILETIME creation, modification, completion;
};

#define TRANSFER_SIZE_UNKNOWN UINT64_MAX

void job_get_progress(struct job *job, struct job_progress *progress);
void job_get_times(struct job *job, struct job_times *times);

/* The last failure: TRANSFER_E_NO_ERROR_INFORMATION unless the job failed and has not transferred since. *file with a
 * reference to the job (file_release), NULL where no file is to blame. */
transfer_code job_get_error(struct job *job, struct transfer_failure *failure, struct file **file);

/* A client knows now that the job is TRANSFERRED or in ERROR: a new start of the service makes no event of it. */
void job_set_notified(struct job *job);

/* --- jobs: properties ---------------------------------------------------------------------- */

/* Which there are, with their meaning and units: the tables of property_table.h. */
#define JOB_PROPERTY_NAME(name, ...) JOB_##name,
enum job_number
{
    JOB_NUMBERS(JOB_PROPERTY_NAME, JOB_PROPERTY_NAME) JOB_NUMBER_COUNT
};

enum job_string
{
    JOB_STRINGS(JOB_PROPERTY_NAME) JOB_STRING_COUNT
};
#undef JOB_PROPERTY_NAME

enum job_blob
{
    JOB_NOTIFICATION_CLASS, /* 16 bytes, none = GUID_NULL */
    JOB_CERTIFICATE_HASH,   /* 20 bytes */
    JOB_BLOB_COUNT
};

/* One of several changes that are made together or not at all. */
struct job_change
{
    enum
    {
        JOB_CHANGE_NUMBER,
        JOB_CHANGE_STRING,
        JOB_CHANGE_BLOB,
        JOB_CHANGE_NOTE
    } kind;
    int which;
    uint64_t number;
    const WCHAR *string; /* NULL: none */
    const void *blob;    /* NULL: none */
    size_t size;
};

/* Values are checked by the COM layer (ranges, lengths); when a property may be set is checked here:
 * TRANSFER_E_INVALID_STATE, _READ_ONLY_AFTER_RESUME, _READ_ONLY_AFTER_ADD, _DOWNLOADS_ONLY, _READ_ONLY. */
transfer_code job_set(struct job *job, const struct job_change *changes, unsigned int count);
transfer_code job_set_number(struct job *job, enum job_number which, uint64_t value);
transfer_code job_set_string(struct job *job, enum job_string which, const WCHAR *value);

uint64_t job_get_number(struct job *job, enum job_number which);

/* A copy for free(); *value NULL where none is set.  ERROR_OUTOFMEMORY. */
transfer_code job_get_string(struct job *job, enum job_string which, WCHAR **value);

/* FALSE: none is set, or of another size. */
BOOL job_get_blob(struct job *job, enum job_blob which, void *value, size_t size);

/* target 1 server, 2 proxy; scheme 1 Basic ... 5 Passport (BITS' numbers).  Stored encrypted, never given back. */
transfer_code job_set_credentials(struct job *job, int target, int scheme, const WCHAR *user, const WCHAR *password);
/* *found: whether there were any. */
transfer_code job_remove_credentials(struct job *job, int target, int scheme, BOOL *found);

/* --- files ------------------------------------------------------------------------------------ */

struct file_spec
{
    const WCHAR *remote;
    const WCHAR *local;
    const struct file_range *ranges; /* NULL: the whole file */
    unsigned int range_count;
    const WCHAR *content_id;  /* Delivery Optimization's, NULL = none */
    BOOL sink_later;          /* local is NULL: file_set_local_name or file_set_stream follows */
    uint64_t size;            /* that the client expects; 0 or TRANSFER_SIZE_UNKNOWN = none */
    const WCHAR *integrity;   /* where the hashes of its pieces are, JSON (D-372); NULL = no checks */
    BOOL integrity_mandatory; /* fail without them */
    struct file **added;      /* not NULL: receives the file with a reference, NULL unless it was added */
};

/* Names are checked here (B-400 to B-405, B-410 to B-418): ERROR_INVALID_PARAMETER, ERROR_ACCESS_DENIED,
 * ERROR_PATH_NOT_FOUND, TRANSFER_E_TOO_MANY_*, _INVALID_RANGE, _OVERLAPPING_RANGES, _INVALID_STATE.  All files are
 * added or none. */
transfer_code job_add_files(struct job *job, const struct file_spec *files, unsigned int count, BOOL privileged);

/* B-180; *matched: how many names changed. */
transfer_code job_replace_prefix(struct job *job, const WCHAR *from, const WCHAR *to, unsigned int *matched);

unsigned int job_file_count(struct job *job);

/* The file with that number in the order of adding, NULL when there are fewer.  With a reference. */
struct file *job_get_file(struct job *job, unsigned int index);

/* The first complete file that was not yet acknowledged by job_acknowledge_file, or NULL.  With a reference. */
struct file *job_next_transferred_file(struct job *job);
void job_acknowledge_file(struct job *job, struct file *file);

/* A file's references are its job's. */
void file_addref(struct file *file);
void file_release(struct file *file);
struct job *file_get_job(struct file *file); /* without a reference */

struct file_progress
{
    uint64_t total, transferred;
    BOOL completed;
}; /* completed: it has its final name */

void file_get_progress(struct file *file, struct file_progress *progress);

enum file_string
{
    FILE_REMOTE_NAME,
    FILE_LOCAL_NAME,
    FILE_TEMPORARY_NAME,
    FILE_RESPONSE_HEADERS,
    FILE_CONTENT_ID,
    FILE_REDIRECTION_TARGET, /* of the last answer, where it came from somewhere else */
    FILE_SERVER_ADDRESS,     /* of the last answer */
};

/* A copy for free(); NULL where there is none. */
transfer_code file_get_string(struct file *file, enum file_string which, WCHAR **value);
transfer_code file_set_remote_name(struct file *file, const WCHAR *name);

/* What is said of a file after it was added (target.c), while the job does not transfer: TRANSFER_E_INVALID_STATE.  A
 * sink of another kind than the one there is: TRANSFER_E_SINK_SET (D-243). */
transfer_code file_set_local_name(struct file *file, const WCHAR *name);           /* and what a name is refused for */
transfer_code file_set_stream(struct file *file, const struct job_stream *stream); /* takes it over; NULL: none */
void *file_get_stream(struct file *file, void (*addref)(void *context));           /* as job_get_stream */
transfer_code file_set_size(struct file *file, uint64_t size);
transfer_code file_set_integrity(struct file *file, const WCHAR *info); /* NULL: none */
transfer_code file_set_integrity_mandatory(struct file *file, BOOL mandatory);
BOOL file_get_integrity_mandatory(struct file *file);
/* On the server, or else what the client said; TRANSFER_SIZE_UNKNOWN. */
uint64_t file_get_size(struct file *file);

/* A copy for free(); *count 0 and *ranges NULL for a whole file. */
transfer_code file_get_ranges(struct file *file, struct file_range **ranges, unsigned int *count);

/* Bytes of a file in any order (B-480 to B-483): TRANSFER_E_NO_RANDOM_ACCESS for files that cannot be had so. */

/* Go on with what is missing from offset on.  TRANSFER_E_INVALID_RANGE behind the end of the file. */
transfer_code file_set_position(struct file *file, uint64_t offset);
/* Fetch these before what was asked for earlier.  TRANSFER_E_INVALID_RANGE. */
transfer_code file_request_ranges(struct file *file, const struct file_range *ranges, unsigned int count);
/* What is there: a copy for free(), NULL where that is nothing. */
transfer_code file_get_filled(struct file *file, struct file_range **ranges, unsigned int *count);

/* What has come since this was last asked, while the notify flags of the job wanted to know (B-676); as above. */
transfer_code file_take_arrived(struct file *file, struct file_range **ranges, unsigned int *count);

transfer_code file_set_validation(struct file *file, BOOL valid); /* TRANSFER_E_PENDING until it is complete */
BOOL file_get_validation(struct file *file);

/* HTTP status of the last answer, 0 = there was none. */
unsigned int file_get_http_status(struct file *file);

/* --- notes: what only the COM layer understands of a job, stored with it -------------------------------- */

#define JOB_NOTE_COUNT 32

/* Notes are set by job_set (JOB_CHANGE_NOTE; blob NULL takes one away) and stored encrypted.  A copy for free(), *value
 * NULL where there is none; a NUL character of 16 bits, not counted, follows it. */
transfer_code job_get_note(struct job *job, unsigned int which, void **value, size_t *size);

/* --- single downloads: one file each, generation 3 of Delivery Optimization ------------------------ */

/* The other functions know neither these jobs nor their events: queue_find_job, queue_list_jobs, queue_next_event. */

/* A new volatile download without its file, with a reference for the caller. */
transfer_code queue_create_single(struct queue *queue, const struct caller *owner, struct job **job);

/* As queue_list_jobs, queue_next_event and queue_interrupt_events. */
transfer_code queue_list_singles(struct queue *queue, const WCHAR *owner_sid, struct job ***jobs, unsigned int *count);
BOOL queue_next_single_event(struct queue *queue, DWORD timeout, struct job **job, uint32_t *events);
void queue_interrupt_single_events(struct queue *queue);

/* The file of a download that does not run: made by the first call, adapted by later ones (remote name and ranges
 * only).  Where the ranges differ, what was transferred is forgotten.  keep_ranges: spec says nothing of ranges.
 * spec->local NULL: for the stream.  What is wrong with the local name turns up in the transfer.
 * ERROR_INVALID_PARAMETER, TRANSFER_E_INVALID_STATE, _INVALID_RANGE, _OVERLAPPING_RANGES. */
transfer_code job_set_file(struct job *job, const struct file_spec *spec, BOOL keep_ranges);

/* Whether name is an http or https URL with a host, of any length. */
BOOL transfer_is_http_url(const WCHAR *name);

/* Where bytes go instead of a file.  write: 0, or an HRESULT, which ends the transfer; called in order, one at a
 * time, on a thread that nobody waits for.  A download with a stream is never stored. */
struct job_stream
{
    void *context;
    transfer_code (*write)(void *context, const void *data, size_t size);
    void (*release)(void *context);
};

/* Takes stream over, in place of any other; NULL: none.  ERROR_OUTOFMEMORY. */
transfer_code job_set_stream(struct job *job, const struct job_stream *stream);
/* Its context with a reference, or NULL; addref is called with the lock and does nothing but count. */
void *job_get_stream(struct job *job, void (*addref)(void *context));

/* Give all streams of a job back, those of its files included. */
void job_release_streams(struct job *job);

/* The client certificate for TLS, duplicated; NULL: none.  Not stored. */
void job_set_certificate(struct job *job, const CERT_CONTEXT *certificate);

/* Lend the transfer the token of the caller, or take it back; lost with the service (B-240, B-242).
 * TRANSFER_E_INVALID_STATE in final states. */
transfer_code job_set_helper_token(struct job *job, BOOL set);
BOOL job_has_helper_token(struct job *job);

/* A client's own check of the certificates of servers, after the system's (B-578).  check: 0, or what the transfer
 * fails with; may take its time.  addref is called with the lock and does nothing but count; release is not. */
struct job_certificate_check
{
    void *context;
    transfer_code (*check)(void *context, struct file *file, const CERT_CONTEXT *certificate);
    void (*addref)(void *context);
    void (*release)(void *context);
};

/* Takes over the reference of *check, in place of any other; NULL: none.  Nothing is stored but that there was one: a
 * new service cannot ask, and so transfers nothing over TLS (B-541).  TRANSFER_E_READ_ONLY_WHEN_ACTIVE. */
transfer_code job_set_certificate_check(struct job *job, const struct job_certificate_check *check);

/* Everything about a download at one moment. */
struct job_status
{
    enum job_state state;
    BOOL resumed;   /* at least once */
    uint64_t total; /* wanted bytes, TRANSFER_SIZE_UNKNOWN */
    uint64_t transferred;
    uint64_t remote_size; /* of the file on the server, TRANSFER_SIZE_UNKNOWN */
    transfer_code error;  /* in ERROR and TRANSIENT_ERROR */
    transfer_code cause;  /* what was behind it when that is TRANSFER_E_NO_PROGRESS */
};

void job_get_status(struct job *job, struct job_status *status);

#endif
