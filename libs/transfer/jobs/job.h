/*
 * One job: its state machine and what a client may do to it, for the rest of this library.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_JOB_H
#define WINE_BITS_TRANSFER_JOBS_JOB_H

#include "base/list.h"
#include "transfer/conditions/policy.h"
#include "transfer/jobs/file.h"
#include "transfer/jobs/run.h"
#include "transfer/jobs/secret.h"
#include "transfer/jobs/upload_state.h"
#include "transfer/transfer.h"

struct certificate_check;
struct run;
struct stream;

/* What only the COM layer understands. */
struct note
{
    BYTE *data; /* NULL: none; two NULs behind it */
    size_t size;
};

struct credentials
{
    BOOL set;    /* FALSE with a sealed pair: one that cannot be decrypted */
    WCHAR *user; /* NULL: implicit */
    WCHAR *password;
    struct sealed sealed; /* both, as they are stored; none where they are implicit */
};

/* What else is stored encrypted. */
enum job_secret
{
    SECRET_HEADERS, /* of JOB_CUSTOM_HEADERS */
    SECRET_NOTES,   /* all of them in one */
    JOB_SECRET_COUNT
};

/* Overwrites the password. */
void credentials_clear(struct credentials *credentials);

#define CREDENTIAL_TARGETS 2
#define CREDENTIAL_SCHEMES 5

/*
 * Without the lock: refs (atomic); queue, id and type, which stay the same.  The files themselves, their number, and
 * their names are changed by a call that owns the job (exclusive), under the lock; so the call that owns it, and the
 * run, which such a call stops first, may read them without.  Everything else is protected by queue->lock.
 */
struct job
{
    LONG refs;
    struct queue *queue;
    struct list entry; /* of queue->jobs while in no final state, then maybe of queue->session_cancels */
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
    struct sealed sealed[JOB_SECRET_COUNT];
    struct upload_state *upload; /* NULL until the first transfer of an upload */
    struct file *reply;          /* of an upload-reply job, once the server has said where it is; not in files */
    struct stream *stream;       /* where the bytes of a file without a local name go */
    const CERT_CONTEXT *certificate;
    struct certificate_check *certificate_check; /* NULL: none */
    BOOL stored;                                 /* the store has a record */
    BOOL crashed;                                /* the service has ended at work for it (crash_count) */
    BOOL cancelled;                              /* stored so; its temporary files are being deleted */
    BOOL unsaved;                                /* something changed that the store is to know */
    BOOL helper_token;                           /* the client has lent its token (B-240); not stored */

    struct job_times times;
    BOOL has_failure; /* failure can be asked for */
    struct transfer_failure failure;
    transfer_code cause;    /* the failure before it became TRANSFER_E_NO_PROGRESS */
    BOOL resumed;           /* at least once */
    BOOL notified;          /* a client knows that the job is TRANSFERRED or in ERROR */
    unsigned int exclusive; /* a call works on the files without the lock; others wait */

    GUID waits_for;          /* the job that the log last named as the one that runs instead */
    uint64_t turn;           /* place in the round robin */
    ULONGLONG retry_at;      /* ms; TRANSIENT_ERROR: 0 = no timer */
    ULONGLONG stalled_since; /* ms; first failure since the last byte, 0 = none; of a single download the
                                           last byte or Start */
    unsigned int attempts;   /* failed ones since the last byte */
    uint64_t touched;        /* FILETIME; when a client last changed something, or a byte came (B-041) */
    ULONGLONG active_ms;     /* spent connecting and transferring since Resume, runs that have ended */

    ULONGLONG cache_since; /* ms; when a cache server was first asked since Resume; 0 = not yet */

    struct run *run;                /* the transfer under way */
    char correlation[24];           /* the job's own vector, "" until it is needed; not stored */
    unsigned int correlation_count; /* requests that had an MS-CV */
    unsigned int settings_version;  /* of what requests are made with; changes with everything a client sets */

    uint32_t events;         /* JOB_EVENT_..., not yet given out */
    struct list event_entry; /* of queue->events */
    void *attachment;
    void (*release_attachment)(void *attachment);
};


struct job *job_alloc(struct queue *queue, const GUID *id, enum job_type type);

/* THE function that changes a job's state, with everything that follows from the change: times, events, the queue.
 * Locked.  FALSE, and nothing changed, for a transition that there is not (B-010 to B-040). */
BOOL job_change_state(struct job *job, enum job_state state);

static inline BOOL job_state_is_final(enum job_state state)
{
    return state == JOB_ACKNOWLEDGED || state == JOB_CANCELLED;
}

static inline BOOL job_is_single(const struct job *job)
{
    return job->numbers[JOB_SINGLE] != 0;
}

/* A call of a client: lock, wait for other calls that work on the job, and own it until job_end_change or job_commit.
 * Nothing of it begins to run meanwhile.  TRANSFER_E_INVALID_STATE in final states, unlocked again. */
transfer_code job_begin_change(struct job *job);

/* Somebody cares for the job, or it moves: its inactivity ends (B-041).  Locked. */
static inline void job_touch(struct job *job)
{
    GetSystemTimeAsFileTime((FILETIME *)&job->touched);
}

/* Give the job back, and unlock. */
void job_end_change(struct job *job);

/* Note a change that is not one of state: modification time, event.  Locked. */
void job_modified(struct job *job);

/* Store the job as it is now, and wait for it.  After an error the store has what it had before, and so must the caller
 * see to it that the job has.  Locked; releases the lock meanwhile. */
transfer_code job_store_change(struct job *job);

/* The same for what Complete and Cancel have to store first: it may use the room kept back on a full disk. */
transfer_code job_store_end(struct job *job);

/* job_store_change and job_end_change, for changes that stay when they cannot be stored. */
transfer_code job_commit(struct job *job);

/* Hand what has changed of the job and its files to the store, without a wait; *ticket for job_wait_stored or
 * store_wait, 0 where there is nothing to wait for.  Locked. */
transfer_code job_save(struct job *job, uint64_t *ticket);

/* Wait for a ticket.  Locked; releases the lock meanwhile. */
transfer_code job_wait_stored(struct job *job, uint64_t ticket);

/* Have the store forget the job, and wait for it.  After an error it still has it.  Locked; releases the lock
 * meanwhile. */
transfer_code job_store_delete(struct job *job);

/* The same without a wait: should the store not learn of it, it is found without use at the next start.  Locked. */
void job_forget(struct job *job);

/* End the Cancel of a job that a service has left half cancelled: its files, its record.  Unlocked. */
void job_finish_cancel(struct job *job);

/* What was handed to the store may not be there: everything is stored again by the next job_save.  Locked. */
void job_not_saved(struct job *job);

/* Hand one file to the store, which is new, or has changed.  set_end: it counts only if the files up to that place,
 * which were added by the same call, are there as well.  Locked. */
transfer_code job_append_file(struct file *file, unsigned int set_end, uint64_t *ticket);

/* Hand to the store how far a file is.  Locked. */
transfer_code job_append_progress(struct file *file, uint64_t *ticket);

/* Whether a file is not complete.  Locked. */
BOOL job_has_unfinished_file(const struct job *job);

/* Stop the job's run and wait until it has ended.  Locked; releases the lock meanwhile. */
void job_stop_run(struct job *job);

/* No further try after a transient failure: ERROR (B-034).  Locked. */
void job_give_up(struct job *job);

/* Take a failure: error object, counters, state.  Locked. */
void job_fail(struct job *job, const struct transfer_failure *failure);


/* No progress for longer than the job's NoProgressTimeout.  Locked. */
BOOL job_is_expired(const struct job *job, ULONGLONG now);

/* The cost states in which the job may run (B-586).  Locked. */
uint32_t job_cost_mask(const struct job *job);
BOOL job_is_foreground(const struct job *job);

/* Whether there is something to fetch that is wanted: in on-demand mode, what was asked for.  Locked. */
BOOL job_wants_more(const struct job *job);

/* Whether the server of a job that is cancelled has a session, or a share a partial copy, that is to be cancelled
 * too (U-148).  Locked. */
BOOL job_needs_session_cancel(const struct job *job);

/* Whether the job is cancelled for its client and kept only until its server knows (U-146).  Locked. */
static inline BOOL job_is_cancelling_session(const struct job *job)
{
    return job->upload && job->upload->cancelled_at;
}

/* Free the values that only the COM layer understands. */
void job_forget_notes(struct job *job);

#endif
