/*
 * What the re-enactments of known programs share: a job as the program makes it, and its process at restart.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Each program is a function cNN_name that is run through what that program does when all is well, on 404,
 * on a transient error, and when it is started again, as far as that is known of it.
 */

#ifndef WINE_BITS_TESTS_CLIENTS_PROGRAM_H
#define WINE_BITS_TESTS_CLIENTS_PROGRAM_H

#include "notify/fixture.h"
#include "support/bitsserver.h"

/* A job as a program makes it: its own name, no settings of ours. */
struct program_job
{
    IBackgroundCopyManager *manager;
    IBackgroundCopyJob *job;
    struct callback *callback;
    GUID id;
    WCHAR url[128];
    WCHAR local[MAX_PATH];
    HANDLE event;   /* auto-reset: something was called */
    HRESULT inside; /* what the method called inside a callback returned */
    HRESULT error;  /* seen in JobError */
    BOOL transferred, failed;
    BOOL transient; /* TRANSIENT_ERROR seen, with its error, in JobModification */
};

/* Manager, job and, if wanted, a callback that knows IBackgroundCopyCallback only. The path is one of the
 * fixture's server, the local file does not exist. FALSE after a failed test; program_end in any case. */
BOOL program_begin(struct program_job *job, struct fixture *fixture, const CLSID *class_id, DWORD context,
                   const WCHAR *name, const WCHAR *path, BOOL with_callback);
/* The same for an upload: the local file is there, its name on the server is that in client_directory() with
 * "-stored" at its end. */
BOOL program_begin_upload(struct program_job *job, struct bitsserver *server, const WCHAR *name, BG_JOB_TYPE type,
                          uint64_t size, BOOL with_callback);
void program_end(struct program_job *job);

void program_register(struct program_job *job, ULONG flags, BOOL flags_first);
/* A loop over the event with a look at the state in between, as several programs have it: until the job is
 * TRANSFERRED, in ERROR, or ended. */
BG_JOB_STATE program_loop(struct program_job *job, DWORD interval);
/* A look at the first file, as programs take it; NULL after a failed test. */
IBackgroundCopyFile *program_first_file(IBackgroundCopyJob *job);
/* The job of that name whose first file has that URL (NULL: any), as programs look for theirs; NULL if there
 * is none. */
IBackgroundCopyJob *program_find(IBackgroundCopyManager *manager, const WCHAR *name, const WCHAR *url);
BOOL program_add_file(struct program_job *job);
BOOL program_set_command(struct program_job *job, const WCHAR *parameters);
/* There is no event for what another program does, so this looks again and again. */
BOOL program_wait_file(const WCHAR *path, DWORD timeout_ms);

/* --- upload server ------------------------------------------------------------------------------- */

/* Answers every packet with status until it is 0. */
struct upload_fault
{
    volatile LONG status;
};

struct upload_server
{
    struct bitsserver *server;
    struct upload_fault fault;
    char directory[MAX_PATH];
};

BOOL upload_server_begin(struct upload_server *upload, struct bitsserver_options options);
void upload_server_end(struct upload_server *upload);
/* The server has what was sent. */
BOOL upload_stored(const struct program_job *job, uint64_t size);

/* --- hooks --------------------------------------------------------------------------------------- */

/* Remember what was told, and set the event. */
HRESULT program_told(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                     IBackgroundCopyFile *file);
/* JobModification: state, progress and, if there should be one, the error; set the event. */
HRESULT program_look(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                     IBackgroundCopyFile *file);
/* Complete, and set the event; a failure is returned. */
HRESULT program_complete(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                         IBackgroundCopyFile *file);
/* Name of the job and text of the error in the language that the thread's locale (sic) says; then Cancel. */
HRESULT program_describe_and_cancel(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                    IBackgroundCopyFile *file);

/* --- restart ------------------------------------------------------------------------------------- */

/* What a program does when it is started again, in a process of its own: it has a manager and a job without
 * interface, and finds that by its id, name or url. It signals found when it has it, and completes it. */
struct again
{
    const char *client;
    IBackgroundCopyManager *manager;
    GUID id;
    WCHAR url[128];
    HANDLE found;
};

typedef void (*again_function)(struct again *again);

struct again_program
{
    const char *name;
    DWORD apartment;
    const CLSID *class_id;
    again_function function;
};

extern const struct again_program updaters_again[], samples_again[], scripts_again[];

/* The service is killed while it transfers the job, which has a file of the path /held (that program_hold
 * has made), and the program started again in another process completes it. Callbacks of this process are
 * lost. */
void program_hold(struct fixture *fixture);
void program_check_again(struct program_job *job, struct fixture *fixture, const char *client, BOOL kill);
/* The other process; TRUE if this is one: "clients.exe again CLIENT ID URL EVENT". */
BOOL again_child(int argc, char **argv);
/* End the service's process as a crash would (on Windows, stop it), and have a manager of the next one. */
void program_kill_service(struct fixture *fixture);

#endif
