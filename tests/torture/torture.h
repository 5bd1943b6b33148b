/*
 * What the processes of the torture test share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Every client process has a number, a directory "cN" and a log "cN.log" in the driver's directory. Its jobs are
 * called "torture N.SERIAL"; their files are "cN\jSERIAL-fNUMBER" of "/KIND" on the driver's server.
 */

#ifndef WINE_BITS_TESTS_TORTURE_H
#define WINE_BITS_TESTS_TORTURE_H

#include <winsock2.h>
#include <windows.h>
#include <stdio.h>

#include "support/client.h"
#include "support/server.h"

#define TORTURE_CLIENTS 4
#define TORTURE_FILES 6 /* of a job at most */
#define TORTURE_JOB_NAME L"torture "
#define HAMMER_JOB_NAME L"hammer "

enum torture_operation
{
    TORTURE_CREATE,
    TORTURE_ADD_FILE, /* value: number of the file * 256 + kind */
    TORTURE_RESUME,
    TORTURE_SUSPEND,
    TORTURE_CANCEL,
    TORTURE_COMPLETE,
    TORTURE_DESCRIPTION, /* value: the number that is its text */
    TORTURE_PRIORITY,
    TORTURE_RETRY_DELAY,
    TORTURE_NOTIFY_FLAGS,
    TORTURE_OPERATIONS
};

enum torture_phase
{
    TORTURE_INTENT, /* written before the call */
    TORTURE_RESULT, /* written after it */
};

/* One entry of a client's log. */
struct torture_record
{
    DWORD operation;
    DWORD phase;
    DWORD serial;
    DWORD value;
    HRESULT hr;
    GUID id; /* of a job that was created */
};

/* What the server sends as /KIND. */
struct torture_kind
{
    const char *path;
    uint64_t size;
    uint32_t seed;
    unsigned int drip_bytes, drip_ms;
};

#define TORTURE_KINDS 6
extern const struct torture_kind torture_kinds[TORTURE_KINDS];

/* Reproducible numbers: the next one below limit. */
static inline unsigned int torture_random(uint32_t *state, unsigned int limit)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state % limit;
}

/* A seed never is 0, and neighbours differ much. */
static inline uint32_t torture_seed(uint32_t seed, uint32_t number)
{
    uint32_t mixed = (seed + 1) * 2654435761u ^ (number + 1) * 2246822519u;

    return mixed ? mixed : 1;
}

/* Whether a result says that the connection to the service broke: nobody knows what became of the call. */
static inline BOOL torture_is_lost(HRESULT hr)
{
    if (SUCCEEDED(hr)) return FALSE;
    if (HRESULT_FACILITY(hr) == FACILITY_RPC) return TRUE;
    if (HRESULT_FACILITY(hr) == FACILITY_WIN32)
        return (HRESULT_CODE(hr) >= 1700 && HRESULT_CODE(hr) < 2000) || HRESULT_CODE(hr) == ERROR_BROKEN_PIPE ||
               HRESULT_CODE(hr) == ERROR_PIPE_NOT_CONNECTED || HRESULT_CODE(hr) == ERROR_NO_DATA;
    return hr == CO_E_OBJNOTCONNECTED || hr == CO_E_SERVER_EXEC_FAILURE;
}

/* The path of a file of a client's job, into a buffer of MAX_PATH characters; returns the buffer. */
static inline WCHAR *torture_local(WCHAR *path, const WCHAR *directory, unsigned int client, DWORD serial, DWORD number)
{
    _snwprintf(path, MAX_PATH, L"%sc%u\\j%lu-f%lu", directory, client, serial, number);
    return path;
}

/* A server of all kinds. NULL after a failed test. */
struct server *torture_server(void);

/* --- processes ----------------------------------------------------------------------- */

/* An event that the driver made, by its purpose and a client's number. */
HANDLE torture_event(DWORD driver, const WCHAR *purpose, unsigned int client);

/* Start this program, of either architecture in turn where both can run, as
 * "PART driver number seed port directory". */
HANDLE torture_spawn(const char *part, unsigned int number, uint32_t seed, const struct server *server);

struct torture_arguments
{
    DWORD driver;
    unsigned int number;
    uint32_t seed;
    unsigned int port;
    WCHAR directory[MAX_PATH];
};

/* The arguments that torture_spawn gave this process. */
void torture_get_arguments(struct torture_arguments *arguments);

/* Process of the service BITS: as published, else as the service manager says; 0 = it does not run. */
DWORD torture_service(void);

/* --- the recording client: torture_client.c ---------------------------------------------- */

void torture_client(void);

/* --- what must be true: model.c ------------------------------------------------------------ */

struct model;

/* Of clients with the numbers 0 to count - 1. NULL after a failed test. */
struct model *model_create(unsigned int count);
void model_destroy(struct model *model);
/* Read what the clients logged since the last time. They must have paused or ended. */
void model_read(struct model *model);
/* Compare all that was acknowledged with the service, and take over what was unknown. */
void model_verify(struct model *model);
/* Have every job that is left completed, and compare its files. */
void model_finish(struct model *model);
/* Acknowledged calls, calls whose result was lost, and jobs so far. */
void model_count(const struct model *model, unsigned int *acknowledged, unsigned int *lost, unsigned int *jobs);

/* --- many clients at once: hammer.c ----------------------------------------------------------- */

void hammer(void);
void hammer_client(void);

#endif
