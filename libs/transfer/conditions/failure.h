/*
 * What can go wrong with a job, in the library's own terms (pure).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One number space for results: 0; a Win32 error code below 0x10000 (ERROR_WINHTTP_* included), a cause of the
 * library's own, an HTTP status, or an HRESULT that a client's object returned.  The services' profiles turn them
 * into the numbers of their service: BG_E_..., DO_E_....
 */

#ifndef WINE_BITS_TRANSFER_CONDITIONS_FAILURE_H
#define WINE_BITS_TRANSFER_CONDITIONS_FAILURE_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t transfer_code;

#define TRANSFER_OK 0

enum transfer_cause
{
    /* results of calls */
    TRANSFER_E_NOT_FOUND = 0x10000,
    TRANSFER_E_INVALID_STATE,
    TRANSFER_E_EMPTY,
    TRANSFER_E_NO_ERROR_INFORMATION,
    TRANSFER_E_NOT_SUPPORTED,  /* by this type of job */
    TRANSFER_E_TOO_MANY_FILES, /* an upload has one */
    TRANSFER_E_TOO_MANY_JOBS_OF_USER,
    TRANSFER_E_TOO_MANY_JOBS,
    TRANSFER_E_TOO_MANY_FILES_IN_JOB,
    TRANSFER_E_TOO_MANY_RANGES,
    TRANSFER_E_INVALID_RANGE,
    TRANSFER_E_OVERLAPPING_RANGES,
    TRANSFER_E_READ_ONLY,
    TRANSFER_E_READ_ONLY_AFTER_RESUME,
    TRANSFER_E_READ_ONLY_AFTER_ADD,
    TRANSFER_E_READ_ONLY_WHEN_ACTIVE,
    TRANSFER_E_DOWNLOADS_ONLY,
    TRANSFER_E_CONFLICTING_SETTINGS,
    TRANSFER_E_CUSTOM_METHOD, /* not with a custom HTTP method */
    TRANSFER_E_PENDING,
    TRANSFER_E_NO_RANDOM_ACCESS,

    /* failures of transfers */
    TRANSFER_E_MISSING_SIZE,
    TRANSFER_E_NO_RANGE_SUPPORT,
    TRANSFER_E_NO_HTTP_SUPPORT, /* not HTTP/1.x */
    TRANSFER_E_INVALID_RESPONSE,
    TRANSFER_E_NO_PROGRESS,
    TRANSFER_E_NETWORK_DISCONNECTED,
    TRANSFER_E_MAXIMUM_TIME,
    TRANSFER_E_MAXIMUM_SIZE,
    TRANSFER_E_REMOTE_FILE_CHANGED,
    TRANSFER_E_LOCAL_FILE_CHANGED,
    TRANSFER_E_VALIDATION_FAILED,
    TRANSFER_E_INVALID_PROXY,
    TRANSFER_E_BLOCKED_BY_POLICY,
    TRANSFER_E_BLOCKED_BY_COST,
    TRANSFER_E_SESSION_NOT_FOUND,
    TRANSFER_E_TOO_LARGE,
    TRANSFER_E_PROTOCOL_MISMATCH,
    TRANSFER_E_NO_CERTIFICATE_CHECK, /* the client that wants to see certificates is gone */

    /* successes with a remark */
    TRANSFER_S_PARTIAL,    /* only some files were complete */
    TRANSFER_S_FILES_LEFT, /* temporary files could not be deleted */

    /* more results and failures: what a job failed with is stored, so that new numbers come last */
    TRANSFER_E_NO_SINK,           /* a file has neither a local name nor a stream */
    TRANSFER_E_SINK_SET,          /* one of another kind has been chosen */
    TRANSFER_E_NO_PIECE_HASHES,   /* the piece hash file cannot be had */
    TRANSFER_E_BAD_PIECE,         /* what came is not what the piece hash file says */
    TRANSFER_E_RANGES_UNEXPECTED, /* pieces cannot be checked where only parts are wanted */

    TRANSFER_E_PIECE_HASHES = 0x11000, /* + enum piece_hash_error: what is wrong with that file */
    TRANSFER_HTTP_STATUS_BASE = 0x20000,
};

#define TRANSFER_HTTP_STATUS(status) (TRANSFER_HTTP_STATUS_BASE + (transfer_code)(status))
#define TRANSFER_IS_HTTP_STATUS(code) ((code) >= TRANSFER_HTTP_STATUS_BASE && (code) < TRANSFER_HTTP_STATUS_BASE + 1000)
#define TRANSFER_IS_HRESULT(code) (((code)&0x80000000) != 0)
#define TRANSFER_IS_ERROR(code) ((code) && (code) != TRANSFER_S_PARTIAL && (code) != TRANSFER_S_FILES_LEFT)

/* Where it went wrong. */
enum transfer_where
{
    TRANSFER_WHERE_NONE,
    TRANSFER_WHERE_UNKNOWN,
    TRANSFER_WHERE_QUEUE,
    TRANSFER_WHERE_NOTIFICATION,
    TRANSFER_WHERE_LOCAL_FILE,
    TRANSFER_WHERE_REMOTE_FILE,
    TRANSFER_WHERE_TRANSPORT,
    TRANSFER_WHERE_REMOTE_APPLICATION,
    TRANSFER_WHERE_CERTIFICATE_CALLBACK,
};

struct transfer_failure
{
    transfer_code code;
    enum transfer_where where;
    bool transient; /* worth trying again by itself */
    int file;       /* index in the job, -1 = none */
};

/* What follows from an HTTP status that is not the one hoped for (B-500 to B-514). */
struct transfer_failure transfer_failure_of_status(unsigned int status, int file);

/* What follows from an error on the way to the server or back (B-520 to B-548). */
struct transfer_failure transfer_failure_of_network(transfer_code code, int file);

/* What follows from an error of the local file (B-525 to B-529). */
struct transfer_failure transfer_failure_of_file(uint32_t win32_error, int file);

#endif
