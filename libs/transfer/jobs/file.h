/*
 * One file of a job.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_JOBS_FILE_H
#define WINE_BITS_TRANSFER_JOBS_FILE_H

#include "transfer/jobs/rangeset.h"
#include "transfer/transfer.h"

struct stream;

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

/* Which bytes a file has whose bytes come in no particular order; offsets are those of the temporary file. */
struct extents
{
    struct range_set filled;   /* what was written, */
    struct range_set flushing; /* of that, what the flush under way is to confirm, */
    struct range_set durable;  /* and what a flush has confirmed */
};

/* What the client of a file wants of it first (B-480 to B-483); such a file has extents. */
struct ondemand
{
    struct range_set requested; /* everything the client has ever asked for */
    struct file_range *urgent;  /* what it asked for, the latest at the end; done with where filled */
    unsigned int urgent_count;
    uint64_t position; /* then from here on; not in on-demand mode */
};

/* What there is of it. */
enum file_state
{
    FILE_NEW,       /* nothing; a temporary name may be chosen, but no such file is made yet */
    FILE_PARTIAL,   /* a temporary file, or a stream has begun; bytes are missing */
    FILE_FLUSHING,  /* all bytes are written and on their way to the disk */
    FILE_COMPLETE,  /* all bytes are durable */
    FILE_COMMITTED, /* and have their final name */
};

/* Tells a file from all others that had or have its name.  All zero: not known. */
struct file_identity
{
    uint64_t index; /* of the file system */
    uint64_t size;
    uint64_t written; /* FILETIME */
    uint32_t volume;
};

/*
 * Without the lock: job and index, once it is part of a job; in a run, what only runs change: kept, temporary,
 * content_id, attributes.  Everything else is protected by queue->lock; state and what is said to go with it changes
 * in file_state.c.
 */
struct file
{
    struct job *job;
    unsigned int index;
    WCHAR *remote;
    WCHAR *origin;            /* the last name that the client gave, if a server has given another since; else NULL */
    WCHAR *local;             /* NULL: its bytes go to a stream */
    struct stream *stream;    /* which then is this one; NULL: the job's */
    uint64_t stated_size;     /* by the client; 0 = not */
    WCHAR *integrity;         /* where the hashes of its pieces are (D-372); NULL: no checks */
    BOOL integrity_mandatory; /* and it is of no use without them */
    WCHAR *temporary;         /* full path; NULL until the first transfer */
    HANDLE kept;              /* of the temporary file when it is complete, to rename it by; NULL = none */
    BOOL unsaved;             /* something changed that the store is to know */
    BOOL exposed;             /* somebody may know the temporary name: nothing is kept open */
    WCHAR *content_id;
    WCHAR *response_headers;
    WCHAR *redirection_target; /* of the last answer; NULL: it came from remote */
    char server_address[48];   /* of the last answer, "" = none */
    unsigned int http_status;  /* of the last answer, 0 = none */
    struct file_range *ranges; /* NULL: the whole file */
    unsigned int range_count;
    uint64_t total;                /* wanted bytes, TRANSFER_SIZE_UNKNOWN */
    enum file_state state;         /* changed by file_state.c alone, as are: */
    uint64_t transferred;          /* wanted bytes in the temporary file */
    uint64_t flushing;             /* of them, those that the flush under way is to confirm */
    uint64_t durable;              /* and those that a flush has confirmed; what is stored */
    struct extents *extents;       /* where these bytes are; NULL: at the beginning, they come in order */
    struct file_identity identity; /* of the complete temporary file, by which it is known under its final name */
    uint64_t remote_size;          /* validators of what was transferred so far: size and */
    char last_modified[40];        /* time stamp as the server wrote it, "" = none */
    char etag[80];                 /* the strong one, where a file may have several connections; "" = none */
    DWORD attributes;              /* of a source that is a file, for the copy once it has its name; 0 = none
                                           known */
    struct ondemand *ondemand;     /* NULL: the client wants all of it and no part first */
    struct range_set arrived;      /* what the client is to be notified of (B-676) */
    BOOL no_ranges;                /* the server has shown that it knows none */
    BOOL one_connection;           /* and this one, that it does not always give the same file */
    BOOL acknowledged;             /* the client has been notified of it */
    BOOL valid;
};

/* The remote file has the bytes of the temporary one from here on, unless it has several ranges. */
static inline uint64_t file_base(const struct file *file)
{
    return file->ranges ? file->ranges[0].offset : 0;
}

/* What tells the file from all others. */
void file_identity_of(const BY_HANDLE_FILE_INFORMATION *info, struct file_identity *identity);
/* Whether it is that file; one that is not known is none. */
BOOL file_identity_is(const struct file_identity *identity, const BY_HANDLE_FILE_INFORMATION *info);

/* A file of job with the names, ranges and hashes of spec; it is in no list yet.  NULL: no memory. */
struct file *file_create(struct job *job, const struct file_spec *spec);

/* NULL is fine.  The temporary file stays. */
void file_free(struct file *file);

/* B-181, B-227: TRANSFER_E_INVALID_RANGE, TRANSFER_E_OVERLAPPING_RANGES, ERROR_INVALID_PARAMETER, ERROR_OUTOFMEMORY. */
transfer_code file_check_ranges(const struct file_spec *spec);

/* Give it another remote name, which becomes the file's; returns one to free without the lock, or NULL.  by_client:
 * what
 * the job has for servers is meant for the new one, otherwise still for the last one that the client named.  Locked. */
WCHAR *file_exchange_remote(struct file *file, WCHAR *name, BOOL by_client);

#endif
