/*
 * What the parts of a download share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TRANSFER_DOWNLOAD_DOWNLOAD_H
#define WINE_BITS_TRANSFER_DOWNLOAD_DOWNLOAD_H

#include "transfer/attempt/attempt.h"
#include "transfer/attempt/pace.h"
#include "transfer/download/cacheserver.h"
#include "transfer/download/integrity.h"
#include "transfer/download/sink.h"
#include "transfer/jobs/stream.h"

/* One file on its way here; belongs to the thread of its run. */
struct download
{
    struct run *run;
    struct job *job;
    struct file *file;
    struct sink sink;
    void *buffer;
    size_t buffer_size;

    /* copies made under the lock */
    char *url;
    WCHAR *remote; /* the same name, which may be a path */
    BOOL is_http;
    BOOL foreground;
    struct stream *stream; /* where the file has no local name */
    WCHAR *method;
    char *home; /* URL of the server that the job's secrets are for; NULL: url's */
    BOOL dynamic;
    BOOL lenient;            /* and nothing is asked of the server for that (B-490) */
    unsigned int parts_next; /* ranges that the next request may ask for; 1: one at a time (B-440) */
    unsigned int parts_most; /* what that may become */
    BOOL size_asked;
    BOOL ask_first;   /* HEAD before GET */
    BOOL unmade;      /* the temporary file is still to be made, while the server answers to HEAD */
    DWORD make_error; /* why that failed */
    uint64_t maximum_size;
    ULONGLONG last_saved; /* ms */
    uint64_t unsaved;     /* bytes since then; locked */
    uint64_t offset;      /* in the remote file, of what comes next; not of ranges; set under the lock */
    uint64_t skip;        /* bytes of the body that the stream has already */
    struct integrity integrity;
    struct cache_server cache;
    DWORD attributes; /* of a source that is a file (B-417) */

    struct attempt attempt;    /* its settings are those of the run's requester */
    struct parallel *parallel; /* further connections; NULL: none may help */
};

/* Transfer one file; buffer is the run's.  Called without the lock, on the run's thread.  failure->code is 0 when the
 * file is complete, ERROR_OPERATION_ABORTED when the run was stopped. */
void download_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                   struct transfer_failure *failure);

/* --- download.c ------------------------------------------------------------------------------- */

/* Say why it failed.  All of them return FALSE. */
BOOL download_fail_network(struct download *download, transfer_code code);
BOOL download_fail_status(struct download *download, unsigned int status);
BOOL download_fail_file(struct download *download, DWORD error);

/* Make the temporary file where that is still to be done.  FALSE: it cannot be. */
BOOL download_make_file(struct download *download);

/* --- download_pieces.c: what is still missing ------------------------------------------------------ */

struct piece
{
    uint64_t offset; /* in the remote file */
    uint64_t length; /* TRANSFER_LENGTH_TO_EOF where the size of the file is unknown */
    BOOL whole;      /* the file from its beginning to its end: no Range needed */
};

/* The rest of the range at which the file stands; FALSE when nothing is missing.  Locked. */
BOOL file_next_piece(struct file *file, struct piece *piece);
/* What is missing, up to max stretches in the order of the file's ranges, as far as they have an end: one to the end of
 * the file has it once its size is known.  Locked. */
size_t file_next_stretches(const struct file *file, struct file_range *stretches, size_t max);
/* Wanted bytes, once the size of the remote file is known; FALSE: a range lies outside (B-457).  Locked. */
BOOL file_compute_total(struct file *file);

/* --- download_fetch.c: from servers ------------------------------------------------------------------ */

enum identity
{
    SAME_FILE,
    CHANGED_FILE,
    BAD_FILE
};

enum answer
{
    ANSWER_BODY,
    ANSWER_AGAIN,
    ANSWER_FAILED
};

/* Compare the validators of an answer with those that are known: the number of those that both have; *identity is
 * CHANGED_FILE where one of them differs.  Locked. */
unsigned int download_compare_validators(const struct file *file, struct http_exchange *exchange,
                                         enum identity *identity);
/* Compare with what is known, and keep what was not.  size: TRANSFER_SIZE_UNKNOWN where the answer does not say. */
enum identity download_identify(struct download *download, uint64_t size, const char *last_modified);
/* Begin the file anew; FALSE when that was done too often. */
BOOL download_restart(struct download *download);
/* The same, as the outcome of a request. */
enum answer download_answer_restart(struct download *download);
/* Put the time stamp condition before headers, so that parts of two versions never mix (B-422).  HTTP knows it only
 * with a date; Delivery Optimization has none (D-360). */
void download_add_condition(const struct download *download, char *headers, size_t size);
BOOL download_send_request(struct download *download, const char *method, const char *headers,
                           const struct http_response **response);
/* The same over the exchange of a helper, of whose answers the client learns nothing; NULL: the download's own. */
transfer_code download_ask(struct download *download, struct http_exchange *helper, const char *method,
                           const char *headers, const struct http_response **response);
/* From the servers that may have it, one after the other. */
BOOL download_fetch(struct download *download);

/* --- download_body.c: bytes as they come --------------------------------------------------------------- */

/* Flush the file, and have the store know how far it is.  FALSE: the flush failed, which is the download's failure. */
BOOL download_save_progress(struct download *download);
/* The same for a download that ends before its file is complete, and has its reason for that. */
void download_keep_progress(struct download *download);
/* size bytes were written at position of the temporary file; 0: the server is at work.  FALSE: no memory, they are as
 * good as not written.  Locked. */
BOOL download_note_bytes(struct download *download, uint64_t position, size_t size);
/* Save the progress if that was long ago.  FALSE: as above. */
BOOL download_save_when_due(struct download *download);
/* size bytes more came over the download's own connection.  FALSE: as above. */
BOOL download_note_progress(struct download *download, size_t size);
/* Bytes that are good, to where they belong. */
BOOL download_hand_on(struct download *download, const BYTE *data, size_t size);
/* The hashes are of another file (D-375). */
BOOL download_fail_hashes(struct download *download);
/* How much to read at once. */
static inline size_t download_portion(const struct download *download)
{
    return min(download->buffer_size, download->run->pace->portion);
}
/* Take the body of an answer; length: what must come, HTTP_LENGTH_UNKNOWN for whatever does. */
enum answer download_receive_body(struct download *download, uint64_t length);

/* --- download_parallel.c: further connections for the same file ------------------------------------------ */

/* An answer is there, and its body will be taken: see whether others may help from now on. */
void download_parallel_offer(struct download *download, const struct http_response *response);
/* size bytes have come: see whether another connection would bring something, or the last one brings nothing. */
void download_parallel_look(struct download *download, size_t size);
/* Of the next size bytes, how many are the download's own to fetch. */
uint64_t download_parallel_room(struct download *download, uint64_t size);
/* Whether others have parts of the file, or had. */
BOOL download_parallel_divides(struct download *download);
/* What is to be fetched next; waits while all that is missing is being fetched.  *more: FALSE when all is there.  For a
 * file that is divided. */
enum answer download_parallel_next(struct download *download, struct piece *piece, BOOL *more);
/* End the others; harmless when there are none. */
void download_parallel_end(struct download *download);

/* --- download_parts.c: several ranges at once ------------------------------------------------------------ */

/* GET for several ranges, with the body of the answer. */
enum answer download_fetch_parts(struct download *download, const struct file_range *stretches, size_t count);

/* --- download_copy.c: files of this or another machine (B-590 to B-592) -------------------------------- */

BOOL download_copy_file(struct download *download);

#endif
