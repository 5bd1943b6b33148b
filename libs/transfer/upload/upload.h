/*
 * Moving the file of an upload: what its parts share.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * All functions are called without the queue's lock, on the thread of the upload's run, unless they say "Locked".
 */

#ifndef WINE_BITS_TRANSFER_UPLOAD_UPLOAD_H
#define WINE_BITS_TRANSFER_UPLOAD_UPLOAD_H

#include "transfer/attempt/attempt.h"
#include "transfer/attempt/http_session.h"
#include "transfer/jobs/job.h"
#include "transfer/upload/packet.h"

/* Length of a fragment in bytes (U-103, U-107): what is lost when the connection breaks, and what the server must take
 * at once. */
#define FRAGMENT_MIN (5 * 1024)
#define FRAGMENT_FIRST (1024 * 1024)
#define FRAGMENT_MAX (4 * 1024 * 1024)

/* How long progress may stay unstored. */
#define UPLOAD_SAVE_INTERVAL_MS 5000

enum upload_step
{
    UPLOAD_DONE,
    UPLOAD_AGAIN, /* look at the state of the upload again: it has changed */
    UPLOAD_FAILED,
};

struct upload
{
    struct run *run;
    struct job *job;
    struct file *file;
    struct upload_state *state;
    struct settings settings;
    struct attempt attempt;
    void *buffer;
    size_t buffer_size;

    char *url;                      /* of the remote name */
    char name[PACKET_NAME_MAX + 1]; /* for Content-Name */
    WCHAR *method;                  /* NULL: the protocol */
    HANDLE source;
    BOOL paced;           /* what is read goes to another machine */
    uint64_t body_offset; /* in the file, of the request under way */
    uint64_t body_read;   /* bytes of it that were read so far */
    DWORD source_error;   /* that made a request fail */

    BOOL pinged;              /* in this run, or the session is of this run */
    BOOL probing;             /* what the server has is not certain: only a short fragment is at stake */
    uint64_t length;          /* of the next fragment */
    uint64_t highest;         /* offset that the server acknowledged so far */
    BOOL moved;               /* in this run */
    unsigned int standstills; /* answers without progress since */
    BOOL lost;                /* the session, without progress since */
    BOOL repeated_end;        /* the last fragment was sent again for the URL of the reply */
    ULONGLONG last_saved;
};

/* --- upload_file.c ------------------------------------------------------------------------------------ */

/* Transfer one file, with the reply of an upload-reply job; buffer is the run's.  failure->code is 0 when the server
 * has everything, ERROR_OPERATION_ABORTED when the run was stopped. */
void upload_file(struct run *run, struct file *file, void *buffer, size_t buffer_size,
                 struct transfer_failure *failure);

/* --- upload_cancel.c ---------------------------------------------------------------------------------- */

/* End the session of a cancelled job with its server, or delete the partial copy on a share.  FALSE: try again. */
BOOL upload_cancel_session(struct run *run);

/* --- upload.c ----------------------------------------------------------------------------------------- */

/* FALSE: no memory.  upload_cleanup either way. */
BOOL upload_init(struct upload *upload, struct run *run, struct file *file, struct transfer_failure *failure);
BOOL upload_connect(struct upload *upload);
void upload_cleanup(struct upload *upload);

/* Say why it failed.  All of them return UPLOAD_FAILED. */
enum upload_step upload_fail_network(struct upload *upload, transfer_code code);
enum upload_step upload_fail_file(struct upload *upload, DWORD error);
/* The local file is another one than at the beginning (U-096, B-449). */
enum upload_step upload_fail_changed(struct upload *upload);
/* What the server says went wrong (U-161 to U-164). */
enum upload_step upload_fail_ack(struct upload *upload, unsigned int status, const struct packet_ack *ack);
/* Nothing moves any more: worth another try later (U-086). */
enum upload_step upload_fail_standstill(struct upload *upload, transfer_code code);

/* Make the state durable.  UPLOAD_DONE or UPLOAD_FAILED. */
enum upload_step upload_save(struct upload *upload);
/* The server has so many bytes.  Locked. */
void upload_set_offset(struct upload *upload, uint64_t offset);

/* --- upload_source.c ---------------------------------------------------------------------------------- */

enum upload_step upload_source_open(struct upload *upload);
/* Is it still the file that was begun with? (U-096) */
enum upload_step upload_source_check(struct upload *upload);
/* Bytes for the body of a request; an http_body_source, context is the upload. */
uint32_t upload_source_read(void *context, uint64_t offset, void *buffer, size_t size, size_t *got);

/* --- upload_session.c --------------------------------------------------------------------------------- */

static inline BOOL upload_succeeded(unsigned int status)
{
    return status == 200 || status == 201; /* U-053 */
}

/* Send a packet and read its Ack.  UPLOAD_DONE: there is an answer, which may be an error. */
enum upload_step upload_session_send(struct upload *upload, const struct packet *packet, unsigned int *status,
                                     struct packet_ack *ack);
/* A request failed on the way. */
enum upload_step upload_session_fail_request(struct upload *upload, transfer_code code);
/* A fragment of that length was refused, or took too long: the job sends none longer than half of it again (U-107).
 * Kept in memory, for upload_save or the job's next change of state to store. */
void upload_session_shorten_fragments(struct upload *upload, uint64_t length);
/* What an answer that is no success means for any packet. */
enum upload_step upload_session_refuse(struct upload *upload, unsigned int status, const struct packet_ack *ack);
/* The server does not know the session any more, or never did. */
void upload_session_forget(struct upload *upload);
/* The same, and begin anew while that helps (U-116). */
enum upload_step upload_session_lose(struct upload *upload);
/* Have the server drop the session.  FALSE: it has to be asked again (U-140, U-141). */
BOOL upload_session_cancel(struct upload *upload);

/* --- the ways to the other side ----------------------------------------------------------------------- */

/* upload_fragment.c: all that the server does not have yet. */
enum upload_step upload_fragment_send_all(struct upload *upload);
/* upload_reply.c: the reply, once the server has said where it is. */
enum upload_step upload_reply_fetch(struct upload *upload);
/* upload_protocol.c: the BITS upload protocol. */
void upload_protocol_run(struct upload *upload);
/* upload_plain.c: the whole file as the body of one request, for servers that do not know the protocol. */
void upload_plain(struct upload *upload);
/* upload_copy.c: a copy to a file or a share. */
void upload_copy(struct upload *upload);
/* Take away what was copied so far.  FALSE: it is still there. */
BOOL upload_copy_delete(const struct job *job, const struct file *file);

#endif
