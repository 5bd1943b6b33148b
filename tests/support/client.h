/*
 * What tests of the BITS and Delivery Optimization interfaces share: a callback object that remembers its
 * calls, waiting that suits the apartment, files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Functions that fail where a test cannot go on report a failed test themselves. Times are milliseconds.
 */

#ifndef WINE_BITS_TESTS_CLIENT_H
#define WINE_BITS_TESTS_CLIENT_H

#include <winsock2.h>
#include <windows.h>
#include <stdint.h>
#include "bitsapi.h"
#include "bitsmsg.h"

/* Long enough for everything that happens at once on a busy machine. */
#define SOON_MS 20000

/* --- apartments --------------------------------------------------------------- */

/* Enter an apartment (COINIT_MULTITHREADED or COINIT_APARTMENTTHREADED) as BITS clients do, security
 * included. */
BOOL client_start(DWORD apartment);
/* Leave it again. */
void client_stop(void);
/* Run a function on a thread of its own in such an apartment, and wait for it. The context of test messages
 * is the apartment's name. */
void client_run(DWORD apartment, void (*function)(void *arg), void *arg);
/* Wait for a handle; a single-threaded apartment handles its calls meanwhile. */
BOOL client_wait(HANDLE handle, DWORD timeout_ms);
/* Let time pass in the same way: for what gives no event. */
void client_pause(DWORD ms);

/* --- managers and jobs ---------------------------------------------------------- */

/* CoCreateInstance in a local server; NULL after a failed test. */
IBackgroundCopyManager *client_manager(REFCLSID class_id);
/* A job with a name that says it is ours. NULL after a failed test. */
IBackgroundCopyJob *client_job(IBackgroundCopyManager *manager, BG_JOB_TYPE type);
/* Cancel unless it is in a final state, and release. NULL is fine. */
void client_drop_job(IBackgroundCopyJob *job);
/* State of a job, -1 after a failed test. */
BG_JOB_STATE client_state(IBackgroundCopyJob *job);
/* Wait for a state; a failed test names the state that is there instead. */
BOOL client_wait_state(IBackgroundCopyJob *job, BG_JOB_STATE state, DWORD timeout_ms);
/* Name of a state, for messages. */
const char *client_state_name(BG_JOB_STATE state);
/* The code and context of the job's present error; 0 without error. */
HRESULT client_job_error(IBackgroundCopyJob *job, BG_ERROR_CONTEXT *context);

/* --- services ------------------------------------------------------------------- */

/* Process id of a service, 0 if it does not run. */
DWORD client_service_process(const WCHAR *name);

/* --- files ------------------------------------------------------------------------ */

/* The directory of this process for files of tests, with a backslash at its end. Made at the first call. */
const WCHAR *client_directory(void);
/* A path in it that no other call gave, into a buffer of MAX_PATH characters; returns the buffer. */
WCHAR *client_path(WCHAR *buffer);
/* Delete the directory with all that is in it. */
void client_remove_directory(void);
BOOL client_file_exists(const WCHAR *path);
/* Number of files in the directory whose names match a pattern like L"BIT*.tmp". */
unsigned int client_count_files(const WCHAR *pattern);
/* The same in another directory, with a backslash at its end. */
unsigned int client_count_files_in(const WCHAR *directory, const WCHAR *pattern);

/* --- the callback object ------------------------------------------------------------ */

enum callback_kind
{
    CALLBACK_TRANSFERRED,
    CALLBACK_ERROR,
    CALLBACK_MODIFICATION,
    CALLBACK_FILE,
    CALLBACK_RANGES,
    CALLBACK_KINDS
};

#define CALLBACK_ORDER_SIZE 64

struct callback;

/* What a test does inside a call. error and file are NULL where the call has none. The result goes to the
 * service. Runs without the object's lock. */
typedef HRESULT (*callback_hook)(struct callback *callback, IBackgroundCopyJob *job, IBackgroundCopyError *error,
                                 IBackgroundCopyFile *file);

/* An IBackgroundCopyCallback (and 2 and 3 if version says so) of the test. Set hooks and answers before
 * registering it. */
struct callback
{
    IBackgroundCopyCallback3 IBackgroundCopyCallback3_iface;
    LONG refs;
    int version; /* 1 to 3: the interfaces it answers */
    CRITICAL_SECTION lock;
    HANDLE called;                      /* event, reset by who waits */
    HANDLE released;                    /* event: only the test's reference is left */
    unsigned int count[CALLBACK_KINDS]; /* calls so far; read with callback_count */
    enum callback_kind order[CALLBACK_ORDER_SIZE];
    unsigned int order_count;
    LONG running; /* calls under way */
    LONG most_running;
    DWORD thread; /* of the last call */
    GUID job_id;  /* of the job in the last call */
    callback_hook hook[CALLBACK_KINDS];
    HRESULT result[CALLBACK_KINDS]; /* without hook; S_OK if not set */
    void *context;                  /* for hooks */
};

/* A callback with one reference, the test's. */
struct callback *callback_create(int version);
/* For SetNotifyInterface. No reference is added. */
IUnknown *callback_unknown(struct callback *callback);
unsigned int callback_count(struct callback *callback, enum callback_kind kind);
/* Wait until there were count calls of a kind. */
BOOL callback_wait(struct callback *callback, enum callback_kind kind, unsigned int count, DWORD timeout_ms);
/* Wait until nobody but the test holds the object: no call can come afterwards. */
BOOL callback_wait_released(struct callback *callback, DWORD timeout_ms);
/* Give back the test's reference: fails the test if others are left after a while. NULL is fine. */
void callback_destroy(struct callback *callback);

#endif
