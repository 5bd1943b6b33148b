/*
 * What the parts of this test share: downloads, a callback and a stream of the test's own.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_TESTS_DODOWNLOAD_H
#define WINE_BITS_TESTS_DODOWNLOAD_H

#include "support/server.h"
#include "support/client.h"
#include "domsg.h"

#define E_NOT_SET __HRESULT_FROM_WIN32(ERROR_NOT_FOUND)

#define SMALL_SIZE 50000

/* What every check gets. */
struct fixture
{
    struct server *server;
    IDOManager *manager;
};

/* A download with a path and a URL of its own. */
struct download
{
    struct fixture *fixture;
    IDODownload *object;
    WCHAR url[128];
    WCHAR local[MAX_PATH];
};

/* --- downloads ------------------------------------------------------------------------ */

/* One without properties; NULL after a failed test. */
IDODownload *download_new(struct fixture *fixture);
/* With Uri and LocalPath. */
BOOL download_begin(struct download *download, struct fixture *fixture, const WCHAR *path);
/* Abort where that makes sense, release. */
void download_end(struct download *download);

DO_DOWNLOAD_STATUS download_status(IDODownload *object);
/* Wait for a state; a failed test says what is there instead. */
BOOL download_wait(IDODownload *object, DODownloadState state, DWORD timeout_ms);
/* Start the whole file. */
HRESULT download_start(IDODownload *object);
HRESULT download_start_ranges(IDODownload *object, const DO_DOWNLOAD_RANGE *ranges, unsigned int count);

HRESULT set_text(IDODownload *object, DODownloadProperty id, const WCHAR *text);
HRESULT set_number(IDODownload *object, DODownloadProperty id, ULONG number);
HRESULT set_bool(IDODownload *object, DODownloadProperty id, BOOL value);
HRESULT set_object(IDODownload *object, DODownloadProperty id, void *unknown);
/* The text of a property, "" after a failed test; a buffer of the thread's, good for the next few calls. */
const WCHAR *get_text(IDODownload *object, DODownloadProperty id);
HRESULT get_result(IDODownload *object, DODownloadProperty id);

/* --- objects of the client ---------------------------------------------------------------- */

#define STATUSES_MAX 512

struct status_callback
{
    IDODownloadStatusCallback IDODownloadStatusCallback_iface;
    LONG refs;
    CRITICAL_SECTION lock;
    HANDLE called; /* event */
    DO_DOWNLOAD_STATUS statuses[STATUSES_MAX];
    ULONGLONG times[STATUSES_MAX];
    unsigned int count;
    LONG running, most_running;
    /* What the test does inside a call. */
    void (*hook)(struct status_callback *callback, IDODownload *download, const DO_DOWNLOAD_STATUS *status);
    void *context;
};

struct status_callback *status_callback_create(void);
unsigned int status_callback_count(struct status_callback *callback);
/* Wait until a status with that state came; its index in *index. */
BOOL status_callback_wait(struct status_callback *callback, DODownloadState state, DWORD timeout_ms,
                          unsigned int *index);
/* Fails the test if others still hold the object after a while. */
void status_callback_destroy(struct status_callback *callback);

/* A stream that can only be written to. */
struct sink_stream
{
    IStream IStream_iface;
    LONG refs;
    CRITICAL_SECTION lock;
    BYTE *data;
    size_t size, capacity;
    unsigned int writes;
    HANDLE enter;   /* event: set at each call */
    HANDLE gate;    /* NULL, or each call waits for it */
    size_t fail_at; /* a call at or after this position fails, 0 = none */
    HRESULT failure;
};

struct sink_stream *sink_stream_create(void);
void sink_stream_destroy(struct sink_stream *stream);

/* --- the parts -------------------------------------------------------------------------------- */

void check_properties(struct fixture *fixture);
void check_certificate(struct fixture *fixture);
void check_interfaces(struct fixture *fixture);
void check_transfer(struct fixture *fixture);
void check_start_errors(struct fixture *fixture);
void check_pause(struct fixture *fixture);
void check_aborted(struct fixture *fixture);
void check_same_path(struct fixture *fixture);
void check_lost_file(struct fixture *fixture);
void check_failures(struct fixture *fixture);
void check_existing_file(struct fixture *fixture);
void check_headers(struct fixture *fixture);
void check_ranges(struct fixture *fixture);
void check_retry(struct fixture *fixture);
void check_no_progress(struct fixture *fixture);
void check_blocking(struct fixture *fixture);
void check_enumeration(struct fixture *fixture);
void check_stream(struct fixture *fixture);
void check_stream_resume(struct fixture *fixture);
void check_stream_failure(struct fixture *fixture);
void check_callback(struct fixture *fixture);
void check_callback_replaced(struct fixture *fixture);
void check_callback_calls(struct fixture *fixture);
void check_callback_repeated(struct fixture *fixture);
void check_winget(struct fixture *fixture);
void check_sdk(struct fixture *fixture);
void check_rules(struct fixture *fixture);
void check_integrity(struct fixture *fixture);
void check_integrity_ranges(struct fixture *fixture);
void check_cache(struct fixture *fixture);
void check_bandwidth(struct fixture *fixture);
void check_delay(struct fixture *fixture);
void check_tls(struct fixture *fixture);
void check_policy(struct fixture *fixture);
void check_restart(struct fixture *fixture);

#endif
