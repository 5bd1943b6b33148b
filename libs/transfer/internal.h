/*
 * What the rooms of libs/transfer share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One lock, queue->lock, protects the queue and all of its jobs and files.  It is held for moments: never across
 * file or network I/O, a wait for the store, or a call to a face.  Functions whose comment says "locked" expect
 * the caller to hold it.
 */

#ifndef WINE_BITS_TRANSFER_INTERNAL_H
#define WINE_BITS_TRANSFER_INTERNAL_H

#include <stdint.h>
#include <windows.h>

#include "base/list.h"
#include "http/http.h"
#include "transfer/conditions/bandwidth.h"
#include "transfer/attempt/pace.h"
#include "transfer/upload/packet.h"
#include "transfer/jobs/rangeset.h"
#include "store/record.h"
#include "store/store.h"
#include "transfer/transfer.h"

#define JOB_HASH_SIZE 1024

struct run;
struct stream;
struct certificate_check;
struct http_cancel;

/* What only a face understands. */
struct note
{
    BYTE *data; /* NULL: none; two NULs behind it */
    size_t size;
};

struct credentials
{
    BOOL set;
    WCHAR *user; /* NULL: implicit */
    WCHAR *password;
};

/* Overwrites the password. */
void credentials_clear(struct credentials *credentials);

#define CREDENTIAL_TARGETS 2
#define CREDENTIAL_SCHEMES 5

/* B-417: the attributes that a file of this or another machine passes on to its copy, from all that it has. */
static inline DWORD carried_attributes(DWORD attributes)
{
    attributes &= FILE_ATTRIBUTE_READONLY | FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM | FILE_ATTRIBUTE_ARCHIVE |
                  FILE_ATTRIBUTE_NOT_CONTENT_INDEXED;
    return attributes ? attributes : FILE_ATTRIBUTE_NORMAL;
}

/* Nothing may be read-only before it has its name: it could be neither replaced nor deleted. */
static inline DWORD writable_attributes(DWORD attributes)
{
    attributes &= ~FILE_ATTRIBUTE_READONLY;
    return attributes ? attributes : FILE_ATTRIBUTE_NORMAL;
}

/* A file whose bytes come in no particular order (4.7). */
struct random_access
{
    struct range_set filled;    /* what is in the temporary file */
    struct range_set requested; /* everything the client has ever asked for */
    struct file_range *urgent;  /* what it asked for, the latest at the end; done with where filled */
    unsigned int urgent_count;
    uint64_t position; /* then from here on; not in on-demand mode */
};

struct file
{
    struct job *job;
    unsigned int index;
    WCHAR *remote;
    WCHAR *local;             /* NULL: its bytes go to a stream */
    struct stream *stream;    /* which then is this one; NULL: the job's */
    uint64_t stated_size;     /* by the client; 0 = not */
    WCHAR *integrity;         /* where the hashes of its pieces are (D-372); NULL: no checks */
    BOOL integrity_mandatory; /* and it is of no use without them */
    WCHAR *temporary;         /* full path; NULL until the first transfer */
    HANDLE kept;              /* of the temporary file when it is complete, to rename it by; NULL = none */
    BOOL exposed;             /* somebody may know the temporary name: nothing is kept open */
    BOOL unborn;              /* but no such file has been made yet: should there be one, it is another's */
    WCHAR *content_id;
    WCHAR *response_headers;
    WCHAR *redirection_target; /* of the last answer; NULL: it came from remote */
    char server_address[48];   /* of the last answer, "" = none */
    unsigned int http_status;  /* of the last answer, 0 = none */
    struct file_range *ranges; /* NULL: the whole file */
    unsigned int range_count;
    uint64_t total;               /* wanted bytes, TRANSFER_SIZE_UNKNOWN */
    uint64_t transferred;         /* of them, in the temporary file */
    uint64_t remote_size;         /* validators of what was transferred so far: size and */
    char last_modified[40];       /* time stamp as the server wrote it, "" = none */
    DWORD attributes;             /* of a source that is a file, for the copy once it has its name; 0 = none
                                           known */
    struct random_access *random; /* NULL: the bytes come in order */
    struct range_set arrived;     /* what the client is to be told of (B-676) */
    BOOL no_ranges;               /* the server has shown that it knows none */
    BOOL complete;                /* everything is in the temporary file */
    BOOL flushing;                /* and on its way to the disk: stored as if nothing were there */
    BOOL committed;               /* and that has its final name */
    BOOL acknowledged;            /* the face has told the client */
    BOOL valid;
};

/* What an upload keeps of its session with the server and of the file it sends (U-101).  Changed by its run alone,
 * under the lock; how much the server has is the file's progress. */
struct upload_state
{
    char session[PACKET_SESSION_MAX + 1]; /* "" = none */
    char host[PACKET_HOST_MAX + 1];       /* that the server asked to use; "" = the remote name's */
    uint32_t fallback;                    /* seconds until that host is given up, PACKET_NO_FALLBACK */
    uint64_t fallback_at;                 /* FILETIME; 0 = the host is not unreachable */
    uint32_t fragment_limit;              /* bytes, 0 = the server has refused none yet */
    BOOL source_known;                    /* size and time stamp when the first packet was sent */
    uint64_t source_size;
    uint64_t source_written;
    BOOL closed;               /* the server knows that all is done */
    uint64_t cancelled_at;     /* FILETIME; the job was cancelled, its server does not know; 0 = not so */
    unsigned int odd_failures; /* one after the other; not stored */
};

struct job
{
    LONG refs;
    struct queue *queue;
    struct list entry; /* of queue->jobs while in no final state, then maybe of queue->farewells */
    struct list hash_entry;
    GUID id;
    enum job_type type;
    enum job_state state;

    uint64_t numbers[JOB_NUMBER_COUNT];
    WCHAR *strings[JOB_STRING_COUNT];
    BYTE notification_class[16];
    BYTE certificate_hash[20];
    struct credentials credentials[CREDENTIAL_TARGETS][CREDENTIAL_SCHEMES];

    struct file **files;
    unsigned int file_count;
    unsigned int file_capacity;

    struct note notes[JOB_NOTE_COUNT];
    struct upload_state *upload; /* NULL until the first transfer of an upload */
    struct file *reply;          /* of an upload-reply job, once the server has said where it is; not in files */
    struct stream *stream;       /* where the bytes of a file without a local name go */
    const CERT_CONTEXT *certificate;
    struct certificate_check *certificate_check; /* NULL: none */
    BOOL stored;                                 /* the store has a record */

    struct job_times times;
    BOOL has_failure; /* failure can be asked for */
    struct transfer_failure failure;
    transfer_code cause;    /* the failure before it became TRANSFER_E_NO_PROGRESS */
    BOOL resumed;           /* at least once */
    BOOL told;              /* the face has told a client that the job is TRANSFERRED or in ERROR */
    BOOL completing;        /* Complete has begun to rename */
    unsigned int exclusive; /* a call works on the files without the lock; others wait */

    uint64_t turn;           /* place in the round robin */
    ULONGLONG retry_at;      /* ms; TRANSIENT_ERROR: 0 = no timer */
    ULONGLONG stalled_since; /* ms; first failure since the last byte, 0 = none; of a single download the
                                           last byte or Start */
    unsigned int attempts;   /* failed ones since the last byte */
    ULONGLONG active_ms;     /* spent connecting and transferring since Resume, runs that have ended */

    ULONGLONG cache_since; /* ms; when a cache server was first asked since Resume; 0 = not yet */

    struct run *run;               /* the transfer under way */
    unsigned int settings_version; /* of what requests are made with; changes with everything a client sets */

    uint32_t events;         /* JOB_EVENT_..., not yet given out */
    struct list event_entry; /* of queue->news */
    void *attachment;
    void (*release_attachment)(void *attachment);
};

/* One transfer under way: belongs to its worker thread. */
struct run
{
    struct job *job;
    BOOL farewell;                  /* the job was cancelled: only its server is to be told */
    LONG stop;                      /* the worker shall end */
    const struct file *file;        /* being downloaded; locked */
    struct http_cancel *waiting;    /* for a client, cancelled by a stop; locked */
    BOOL redirected;                /* and something else of it is wanted first: exchange is cancelled; locked */
    struct http_exchange *exchange; /* what a stop cancels; set and read under the lock */
    struct writeback *writeback;    /* files that are complete, on their way to the disk */
    struct requester *requester;    /* from one file to the next; NULL: none yet */
    ULONGLONG started;
    struct pace pace;
    ULONGLONG answered_at; /* when the first byte of an answer came; 0: not yet */
};

/* Jobs that have news, for one reader. */
struct news
{
    struct list jobs;
    CONDITION_VARIABLE arrived;
    BOOL interrupt;
};

/* A cache server that failed. */
#define CACHE_BANS 8
struct cache_ban
{
    char host[256];
    ULONGLONG until; /* ms */
};

struct queue
{
    LONG refs; /* one of the creator, one of every job */
    CRITICAL_SECTION lock;
    struct queue_config config;
    struct store *store;
    WCHAR *directory; /* of the store */
    struct http_client *http;
    TP_POOL *flushers; /* threads of writeback.h */

    struct list jobs; /* in no final state, oldest first */
    struct list hash[JOB_HASH_SIZE];
    unsigned int job_count;

    CONDITION_VARIABLE run_ended; /* a job's run or exclusive use ended */

    /* scheduler */
    HANDLE scheduler;
    CONDITION_VARIABLE schedule;
    BOOL reschedule;
    BOOL started;
    BOOL stopping;
    BOOL working; /* as last told to config.activity */
    BOOL has_jobs;
    BOOL told;
    ULONGLONG tidy_at; /* ms; when to look for jobs that are too old */
    unsigned int worker_count;
    unsigned int idle_workers;
    unsigned int run_count; /* jobs that have a run */
    struct list assigned;   /* runs waiting for a worker: struct assignment */
    struct list farewells;  /* cancelled uploads whose servers are still to be told */
    CONDITION_VARIABLE assignment;
    CONDITION_VARIABLE workers_ended;

    unsigned int kept_count; /* handles kept by files, */
    ULONGLONG kept_until;    /* ms; for so long */

    struct cache_ban cache_bans[CACHE_BANS];

    /* what background jobs may take: bytes a second for each priority, BANDWIDTH_UNLIMITED; [TRUE]: of our subnets */
    uint64_t bandwidth[2][JOB_LOW + 1];
    CONDITION_VARIABLE paced; /* those changed, or a run shall end */
    struct policy_watch *policy_watch;
    ULONGLONG policies_at;       /* ms; when to read policies again, 0 = now */
    ULONGLONG time_slice;        /* ms */
    uint64_t last_turn;          /* the place of the job queued last */
    uint32_t costs[JOB_LOW + 1]; /* for jobs of a priority whose clients have set none */

    /* the network */
    uint32_t cost;        /* B-585; 0 = not known, nothing is blocked for it */
    ULONGLONG cost_at;    /* ms; when to ask for it again, 0 = now */
    BOOL network_down;    /* when a job last failed for want of it */
    ULONGLONG network_at; /* ms; when to look again */

    /* events */
    struct news news;
    struct news single_news; /* of single downloads */
};

static inline ULONGLONG now_ms(void)
{
    return GetTickCount64();
}

/* queue.c */
transfer_code queue_set_defaults(struct job *job, const struct caller *owner, const WCHAR *name);
void queue_addref(struct queue *queue);
void queue_release(struct queue *queue);
void queue_insert(struct queue *queue, struct job *job); /* locked */
void queue_remove(struct queue *queue, struct job *job); /* locked; when the job enters a final state */

/* job.c */
struct job *job_alloc(struct queue *queue, const GUID *id, enum job_type type);

/* THE function that changes a job's state, with everything that follows from the change: times, events, the queue.
 * Locked.  FALSE, and nothing changed, for a transition that 1.3 does not have. */
BOOL job_change_state(struct job *job, enum job_state state);

static inline BOOL job_state_is_final(enum job_state state)
{
    return state == JOB_ACKNOWLEDGED || state == JOB_CANCELLED;
}

static inline BOOL job_is_single(const struct job *job)
{
    return job->numbers[JOB_SINGLE] != 0;
}

/* Lock for a call that changes the job's state, waiting for those that work on its files; TRANSFER_E_INVALID_STATE in
 * final states, unlocked again. */
transfer_code job_begin_change(struct job *job);

/* Note a change that is not one of state: modification time, event.  Locked. */
void job_modified(struct job *job);

/* End a call that changed the job: hand its state to the store, unlock, wait until it is there. */
transfer_code job_commit(struct job *job);

/* Without the wait: *ticket for store_wait.  Locked. */
transfer_code job_save(struct job *job, uint64_t *ticket);

/* Whether a file is not complete.  Locked. */
BOOL has_unfinished_file(const struct job *job);

/* Tell a run to end.  Locked. */
void run_stop(struct run *run);

/* Stop the job's run and wait until it has ended.  Locked; releases the lock meanwhile. */
void job_stop_run(struct job *job);

/* No further try after a transient failure: ERROR (B-034).  Locked. */
void job_give_up(struct job *job);

/* Take a failure: error object, counters, state.  Locked. */
void job_fail(struct job *job, const struct transfer_failure *failure);

/* file.c */
struct file *file_create(struct job *job, const struct file_spec *spec);
transfer_code file_check_ranges(const struct file_spec *spec); /* B-181 */
void file_free(struct file *file);
void file_reset(struct file *file); /* forget what was transferred; locked */

/* certcheck.c: an http_certificate_check for a job (context). */
uint32_t job_check_certificate(void *context, const char *host, uint16_t port, const CERT_CONTEXT *certificate);
void job_drop_certificate_check(struct job *job);

/* random.c: files whose bytes come in any order.  Locked. */
BOOL random_next_piece(struct file *file, struct file_range *piece); /* what to fetch now; FALSE: nothing */
BOOL random_check_requests(struct file *file); /* once the size is known; FALSE: one was outside, and is forgotten */
BOOL random_begin(struct file *file);          /* where the file can be had so; FALSE: no memory */
void random_free(struct random_access *random);
BOOL job_wants_more(const struct job *job); /* whether there is something to fetch that is wanted */

/* Note that bytes have come.  FALSE: no memory. */
BOOL file_add_bytes(struct file *file, uint64_t offset, uint64_t size);

/* record */
transfer_code job_write_record(const struct job *job, struct record_writer *writer);
struct job *job_read_record(struct queue *queue, const GUID *id, const void *data, size_t size);
transfer_code job_write_progress(const struct job *job, struct record_writer *writer);
void job_read_progress(struct job *job, const void *data, size_t size);

/* scheduler.c */
transfer_code scheduler_start(struct queue *queue);
void scheduler_stop(struct queue *queue);
void scheduler_wake(struct queue *queue);     /* locked */
void scheduler_say_farewell(struct job *job); /* have upload_farewell called until it succeeds; locked */
BOOL scheduler_expired(const struct job *job, ULONGLONG now); /* NoProgressTimeout is over; locked */

/* event.c */
void event_post(struct job *job, uint32_t events); /* locked */

/* download.c: transfer one file.  Called without the lock; *failure.code is 0 when the file is complete, and
 * ERROR_OPERATION_ABORTED when the run was stopped. */
void download_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                   struct transfer_failure *failure);

/* upload.c: the same for the file of an upload, which is only ever read; with the reply of an upload-reply job. */
void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                 struct transfer_failure *failure);
BOOL upload_needs_farewell(const struct job *job); /* locked */
BOOL upload_farewell(struct run *run); /* tell the server of a cancelled job to forget it; FALSE: try again */

/* Whether a job is cancelled for its client, and kept only until its server knows (U-146).  Locked. */
static inline BOOL upload_is_leaving(const struct job *job)
{
    return job->upload && job->upload->cancelled_at;
}

/* reply.c */
transfer_code reply_create(struct job *job, const char *url); /* the server has said where the reply is */
void reply_forget(struct job *job);                           /* and what was said is no longer true */

/* single.c */
void job_forget_notes(struct job *job);
void queue_drop_volatile(struct queue *queue); /* what an earlier service has left behind */

/* names.c */
/* JOB_COST_FLAGS of a job whose client has set none; and in every cost state. */
#define COST_BY_POLICY (1ull << 32)
#define COST_ALWAYS 0x800000ff
/* The cost states in which the job may run (B-586).  Locked. */
uint32_t job_cost_mask(const struct job *job);
BOOL job_is_foreground(const struct job *job);

/* What becomes of temporary files; 0 or the first error.  Unlocked, while job->exclusive keeps others away.  again: an
 * earlier service may have begun. */
DWORD job_commit_files(struct job *job, BOOL again, BOOL *partial, BOOL *all_deleted); /* B-610: names, or deleted */
DWORD job_commit_reply(struct job *job, BOOL again); /* B-613: of an upload only its reply is renamed */
BOOL file_delete_temporary(struct file *file);       /* TRUE: there is none any more */

/* Keep the handle of the temporary file, which is complete, for Complete: to open it anew costs as much under Wine as
 * to ask a server for it.  FALSE: it is the caller's to close.  Locked. */
BOOL file_keep(struct file *file, HANDLE handle);
/* Close what was kept, which is in the way of others who open the file. */
void file_close(struct file *file);
/* The same for all files: clients who have not completed their jobs by now may never do so.  Locked; releases the lock
 * meanwhile. */
void queue_close_files(struct queue *queue);

transfer_code name_check_remote(const WCHAR *name, BOOL allow_files);
transfer_code name_check_local(const WCHAR *name, const WCHAR *good); /* good: one just found so, or NULL */
const WCHAR *name_file_part(const WCHAR *name); /* where the file name begins; NULL: no fully qualified path */
DWORD name_prepare_local(const WCHAR *name);    /* make its directories; ERROR_INVALID_NAME, ... */
BOOL name_is_http(const WCHAR *name);
WCHAR *name_path_of_remote(const WCHAR *remote); /* file:///C:/dir/x, file://server/share/x, or a path, as a path */
WCHAR *name_choose_temporary(const WCHAR *local, const WCHAR *prefix);
/* Whether so many were chosen that a name which no file has yet may be chosen once more. */
BOOL name_may_repeat(void);
/* Make the empty file, so that nobody else chooses its name.  What cannot be made now fails when its turn comes. */
void name_reserve(const WCHAR *name);

/* policy.c */
struct policy_limits
{
    uint32_t jobs_per_user, jobs_per_machine, files_per_job, ranges_per_file;
};
void policy_read_limits(struct policy_limits *limits);
uint32_t policy_inactivity_days(void);
uint32_t policy_maximum_download_time(void);
uint32_t policy_time_slice(void); /* seconds */
void policy_read_bandwidth(struct bandwidth_policy *policy);
void policy_read_costs(uint32_t costs[JOB_LOW + 1]); /* B-822 */

/* secret.c: what is stored encrypted */
transfer_code secret_protect(const void *data, size_t size, DATA_BLOB *out); /* free with LocalFree(out->pbData) */
transfer_code secret_unprotect(const void *data, size_t size, DATA_BLOB *out);

WCHAR *string_copy(const WCHAR *string);

#endif
