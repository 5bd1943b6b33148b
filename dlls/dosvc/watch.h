/*
 * Calling the clients of downloads when their status changes (IDODownloadStatusCallback).
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_DOSVC_WATCH_H
#define WINE_BITS_DOSVC_WATCH_H

#include "domsg.h"
#include "dosvc.h"

/* Makes the object for a job that clients get with a callback. */
typedef HRESULT watch_make_object(struct com_service *service, struct job *job, REFIID iid, void **out);

/* For the downloads of service->queue, once in a process. */
HRESULT watcher_start(struct com_service *service, watch_make_object *make_object);

/* No call starts any more; gives the clients' objects back, those of streams included. */
void watcher_stop(struct com_service *service);

/* Call object when the status of job changes, in place of any other; NULL: none.  E_NOINTERFACE. */
HRESULT watch_set_callback(struct job *job, IUnknown *object);
/* With a reference; E_NOT_SET. */
HRESULT watch_get_callback(struct job *job, IUnknown **object);
/* The frequency properties changed. */
void watch_settings_changed(struct job *job);

/* Around a start: its Transferring is reported even when that is over before anybody looks. */
HRESULT watch_begin_start(struct job *job);
void watch_end_start(struct job *job, BOOL started);

/* Report the present status, if it is a new one. */
void watch_note(struct job *job);

/* Wait until job neither transfers nor will by itself (D-103). */
HRESULT watch_wait(struct job *job, DO_DOWNLOAD_STATUS *status);

#endif
