/*
 * Keeping the Wine session alive while there is work.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Wine ends its services about a second after the last ordinary program of the prefix, whatever they do.  So an
 * ordinary program of ours, bitshold.exe, runs as long as jobs can progress; it also starts the service again
 * when that is killed at work.  The registry value HoldSession = 0 in HKLM\Software\wine-bits switches it off.
 *
 * On Windows these functions do nothing: there a session does not end a service.
 */

#ifndef WINE_BITS_SERVICE_SESSION_H
#define WINE_BITS_SERVICE_SESSION_H

#include <windows.h>

struct session_hold;

/* For a service of that name.  NULL: no memory. */
struct session_hold *session_hold_create(const WCHAR *service);

/* Lets the session go. NULL is fine. */
void session_hold_destroy(struct session_hold *hold);

/* Hold the session, or let it go after a moment in which more work may come.  Does not wait. */
void session_hold_set(struct session_hold *hold, BOOL active);

/* Make sure that the session is held now, and for a moment: a client that was promised that its work goes on may end.
 * Waits until the program is at work, which takes 100 ms on a quiet machine when it does not run already.  Not under a
 * lock. */
void session_hold_ensure(struct session_hold *hold);

/* What the service and bitshold.exe share, named after the service and its process: the event that ends the program,
 * the one by which it says that it is at work, and the job object that ends it before that when the service dies. */
#define SESSION_EVENT_FORMAT L"wine-bits-hold-%s-%lu"
#define SESSION_READY_FORMAT L"wine-bits-hold-ready-%s-%lu"
#define SESSION_JOB_FORMAT L"wine-bits-hold-job-%s-%lu"

#endif
