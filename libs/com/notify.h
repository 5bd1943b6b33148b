/*
 * Notifying clients of what happened to their jobs.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The notifier takes the events of a queue and calls the clients' objects, on threads of the service's call pool and
 * without any lock: a client may call back, be slow, hang or die.  Calls for one job come one at a time, in the order
 * of what happened.  JobTransferred and JobError are repeated until the client answers S_OK or the job leaves the
 * state (B-662, B-663); JobModification is spaced and may be dropped (B-665).
 *
 * Who is called: the registered object; without one, an object of the job's notification class (B-674); where neither
 * can be had or the call failed, the command line is run instead, for JobTransferred and JobError (B-682).  What
 * clients were notified of is known to the job, so that a new service reports only what is left.
 */

#ifndef WINE_BITS_COM_NOTIFY_H
#define WINE_BITS_COM_NOTIFY_H

#include "com/com.h"

/* For service->queue and service->calls; becomes service->notifier. */
HRESULT notifier_create(struct com_service *service);

/* Start no call any more, and give the clients' objects back; calls under way go on.  NULL is fine. */
void notifier_stop(struct notifier *notifier);

/* After that, when no call is out any more.  NULL is fine. */
void notifier_destroy(struct notifier *notifier);

/* Register object for a job, in place of any other; NULL: none.  E_NOINTERFACE: it is no IBackgroundCopyCallback;
 * E_ACCESSDENIED: its process refuses our calls (B-153); the service's own code in final states. */
HRESULT notifier_set_interface(struct notifier *notifier, struct job *job, IUnknown *object);

/* The registered object, with a reference; S_OK and NULL when there is none (B-154). */
HRESULT notifier_get_interface(struct notifier *notifier, struct job *job, IUnknown **object);

/* The job's notify flags, class or command line changed: what was held back by them may be due. */
void notifier_settings_changed(struct notifier *notifier, struct job *job);

#endif
