/*
 * Downloads of generation 3: the parts of IDODownload and who tells its clients.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A download is a single download of libs/transfer.  Its properties are the job's notes, by their numbers; what the
 * transfer has to know of them is set in the job when it starts.
 */

#ifndef WINE_BITS_DOSVC_DOWNLOAD_H
#define WINE_BITS_DOSVC_DOWNLOAD_H

#include "domsg.h"
#include "dosvc.h"

struct download
{
    IDODownload IDODownload_iface;
    LONG refs;
    struct face *face;
    struct job *job;
};

/* An object for job, with a reference to it of its own. */
HRESULT download_create(struct face *face, struct job *job, REFIID iid, void **out);

/* The status as clients see it. */
void download_get_status(const struct face *face, struct job *job, DO_DOWNLOAD_STATUS *status);

/* --- properties ------------------------------------------------------------------------------ */

HRESULT download_get_property(struct download *This, DODownloadProperty id, VARIANT *value);
HRESULT download_set_property(struct download *This, DODownloadProperty id, const VARIANT *value);

/* A text property, for free(); NULL: not set. */
HRESULT download_get_text(struct job *job, DODownloadProperty id, WCHAR **text);

/* A number or BOOL; preset where it is not set. */
ULONG download_get_number(struct job *job, DODownloadProperty id, ULONG preset);

/* The job's settings from the properties, before it starts. */
HRESULT download_apply_properties(struct download *This);

/* The client's stream behind job, for a job_stream; E_NOINTERFACE where object is no IStream. */
HRESULT download_set_stream(struct job *job, IUnknown *object);
BOOL download_has_stream(struct job *job);
/* With a reference; E_NOT_SET. */
HRESULT download_get_stream(struct job *job, IUnknown **object);

/* --- enumeration ---------------------------------------------------------------------------------- */

/* The caller's downloads in a category, NULL: all; DO_E_NO_DOWNLOADS when there is none (D-126). */
HRESULT download_enum_create(struct face *face, const DO_DOWNLOAD_ENUM_CATEGORY *category, IEnumUnknown **out);

/* --- callbacks -------------------------------------------------------------------------------------- */

/* For the downloads of face->queue, once in a process. */
HRESULT watcher_start(struct face *face);

/* No call is made any more; gives the clients' objects back, those of streams included. */
void watcher_stop(struct face *face);

/* Call object when the status of job changes, in place of any other; NULL: none.  E_NOINTERFACE. */
HRESULT watch_set_callback(struct job *job, IUnknown *object);
/* With a reference; E_NOT_SET. */
HRESULT watch_get_callback(struct job *job, IUnknown **object);
/* The frequency properties changed. */
void watch_settings_changed(struct job *job);

/* Around a start: its Transferring is told even when that is over before anybody looks. */
HRESULT watch_begin_start(struct job *job);
void watch_end_start(struct job *job, BOOL started);

/* Tell the present status, if it is a new one. */
void watch_note(struct job *job);

/* Wait until job neither transfers nor will by itself (D-103). */
HRESULT watch_wait(struct job *job, DO_DOWNLOAD_STATUS *status);

/* Release a client's object on a thread that nobody waits for: the client may hang. */
void release_later(IUnknown *object);

#endif
