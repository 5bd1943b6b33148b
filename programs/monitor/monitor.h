/*
 * wine-bits-monitor: a window with the jobs of BITS and of Delivery Optimization.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Two threads. The window's own draws and never calls a service, so that a service that is slow or hangs cannot stop
 * it. A worker thread does all COM: it looks at the jobs of all services once a second, hands what it saw to the
 * window as one snapshot, and carries out what the user asks for.
 *
 *     main.c, window.c, joblist.c, text.c     the window
 *     worker.c                                the worker thread
 *     bits.c, delivery.c                      how to list and control the jobs of either service
 *     snapshot.c                              what the two threads hand to each other
 */

#ifndef MONITOR_H
#define MONITOR_H

#include <stdbool.h>
#include <windows.h>
#include <commctrl.h>

#include "resource.h"

#define UNKNOWN_SIZE ((UINT64)-1)

/* --- snapshots: snapshot.c ------------------------------------------------------------------- */

/* What a job is doing; one set of states for both services. Texts: IDS_STATE_CREATED and following. */
enum state
{
    STATE_CREATED,
    STATE_QUEUED,
    STATE_CONNECTING,
    STATE_TRANSFERRING,
    STATE_PAUSED,
    STATE_RETRYING, /* failed; the service will try again by itself */
    STATE_ERROR,    /* failed; waits for somebody to do something */
    STATE_TRANSFERRED,
    STATE_COMPLETED,
    STATE_CANCELLED,
};

/* What can be done to a job. Commands: IDM_PAUSE and following; messages: IDS_FAILED_PAUSE and following. */
enum action
{
    ACTION_PAUSE,
    ACTION_RESUME,
    ACTION_RETRY,
    ACTION_COMPLETE,
    ACTION_CANCEL,
    ACTION_COUNT
};

/* The sources of jobs: a service, and the interface with which it is asked. */
enum source_index
{
    SOURCE_BITS,
    SOURCE_DO_JOBS,      /* those made with the interfaces that DO shares with BITS */
    SOURCE_DO_DOWNLOADS, /* those made with IDOManager */
    SOURCE_COUNT
};

/* One job as it was when somebody looked. The strings belong to it and may be NULL. */
struct job
{
    enum source_index source;
    GUID id;
    WCHAR *name;
    enum state state;
    unsigned int actions; /* bits of 1 << enum action: what its state allows */
    UINT64 done, total;   /* bytes; total may be UNKNOWN_SIZE */
    UINT64 speed;         /* bytes per second; 0: not known, or nothing moves */
    HRESULT error;        /* of STATE_RETRYING and STATE_ERROR */
    WCHAR *error_text;
    unsigned int files;
    WCHAR *url, *path; /* of the first file */
};

struct snapshot
{
    struct job *jobs;
    unsigned int count, capacity;
    HRESULT result[SOURCE_COUNT]; /* of asking each source; its jobs are there if this is success */
    WCHAR *error_text[SOURCE_COUNT];
};

/* NULL when out of memory. */
struct snapshot *snapshot_create(void);
void snapshot_destroy(struct snapshot *snapshot);
/* A new job at the end, zeroed but for its source and id; NULL when out of memory. Valid until the next one. */
struct job *snapshot_add(struct snapshot *snapshot, enum source_index source, const GUID *id);
/* Take the last job away again. */
void snapshot_drop_last(struct snapshot *snapshot);
/* The job of a source with this id, or NULL. */
struct job *snapshot_find(const struct snapshot *snapshot, enum source_index source, const GUID *id);
/* The actions that a state allows. */
unsigned int actions_of_state(enum state state);

/* --- sources: bits.c, delivery.c; for the worker thread alone ---------------------------------- */

struct source
{
    enum source_index index;
    UINT service; /* number of the service's name among the texts */
    const CLSID *class_id;
    IUnknown *manager; /* NULL until it is needed, and again when the service has gone */

    /* Add all jobs to the snapshot. */
    HRESULT (*list)(struct source *source, struct snapshot *snapshot);
    /* Do something to one. */
    HRESULT (*act)(struct source *source, const GUID *id, enum action action);
};

extern struct source source_bits, source_do_jobs, source_do_downloads;

/* The manager of a source, which starts its service; valid until source_disconnect. */
HRESULT source_connect(struct source *source, REFIID iid, void **manager);
void source_disconnect(struct source *source);
/* What a service has to say about a code, for free(); NULL if nobody knows it. */
WCHAR *error_description(HRESULT code);

/* --- the worker thread: worker.c ------------------------------------------------------------------- */

/* Sent to the window. Of a new snapshot; take it with worker_take_snapshot. */
#define WM_MONITOR_SNAPSHOT (WM_APP + 0)
/* An action failed; lparam is the message for the user, for free(). */
#define WM_MONITOR_FAILED (WM_APP + 1)

struct worker;

/* Start it; it sends its messages to the window. NULL on failure. */
struct worker *worker_create(HWND window);
/* Stop it. Does not wait for a service that hangs: then the thread ends with the process. NULL is fine. */
void worker_destroy(struct worker *worker);
/* The newest snapshot, now the caller's; NULL if it was taken before. */
struct snapshot *worker_take_snapshot(struct worker *worker);
/* Look at the jobs now. */
void worker_refresh(struct worker *worker);
/* Do something to a job, soon; the name is for the message if it fails. */
void worker_act(struct worker *worker, const struct job *job, enum action action);

/* --- the list: joblist.c ----------------------------------------------------------------------------- */

enum column
{
    COLUMN_NAME,
    COLUMN_SERVICE,
    COLUMN_STATE,
    COLUMN_PROGRESS,
    COLUMN_SIZE,
    COLUMN_SPEED,
    COLUMN_TIME_LEFT,
    COLUMN_REASON,
    COLUMN_COUNT
};

/* A list view with the columns, without rows; NULL on failure. */
HWND joblist_create(HWND parent);
/* Make the rows those of the new snapshot. Only what has changed is drawn anew; selected jobs stay selected. The old
 * snapshot, NULL at first, is what the rows show. */
void joblist_update(HWND list, const struct snapshot *old, const struct snapshot *new);
/* The next selected job after a row, -1 for the first, and its row; NULL after the last. */
const struct job *joblist_selected(HWND list, const struct snapshot *snapshot, int *row);
/* Answer NM_CUSTOMDRAW: the progress bars. */
LRESULT joblist_draw(HWND list, const struct snapshot *snapshot, NMLVCUSTOMDRAW *draw);

/* --- texts: text.c; those that return a pointer give memory for free(), or NULL when it is out -------- */

/* A text of the resources in the user's language, into a buffer; returns the buffer. */
WCHAR *load_text(UINT id, WCHAR *buffer, int size);
#define TEXT_SIZE 256
/* The same with %1, %2 ... replaced by the strings. */
WCHAR *format_text(UINT id, ...);
/* One cell of a job's row, into a buffer; returns the buffer. */
WCHAR *format_cell(const struct job *job, enum column column, WCHAR *buffer, int size);
/* Everything about a job, in lines. */
WCHAR *format_details(const struct job *job);
/* The services, how many jobs each has or what is wrong with it. */
WCHAR *format_status(const struct snapshot *snapshot);
/* "text (0x80190194)"; text may be NULL. */
WCHAR *format_error(HRESULT code, const WCHAR *text);
/* Per cent, 0 to 100; -1 if the size is not known. */
int job_percent(const struct job *job);
/* The name of a job's service among the texts. */
UINT source_name(enum source_index source);

/* --- the window: window.c --------------------------------------------------------------------------- */

#define WINDOW_CLASS L"wine-bits-monitor"

/* NULL on failure. The window ends the program's message loop when it is closed. */
HWND window_create(int show);

#endif
