/*
 * The end of a service that has a fault in its own code.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A fault while a COM method runs is caught by Wine's stubs: the method answers with an error, and the locks that it
 * held
 * stay locked for ever.  So a fault in this module ends the process, after a line in the log; the next activation, or
 * the program that holds the session, starts the service again.  Which jobs were at work is counted for the session, so
 * that one of them does not end the service again and again.
 */

#ifndef WINE_BITS_BASE_CRASH_H
#define WINE_BITS_BASE_CRASH_H

#include <windows.h>

/* After so many ends in a row a job is put aside. */
#define CRASHES_MAX 3

/* From now on a fault in this module's code ends the process.  service names the counters; ending is called first, on
 * the thread with the fault, with whatever locks that holds. */
void crash_guard(const WCHAR *service, void (*ending)(DWORD exception));

/* The job that this thread works for; NULL: none any more. */
void crash_set_job(const GUID *id);

/* How often the service has ended at work for the job, since that last ended well. */
unsigned int crash_count(const GUID *id);

/* It has ended well, or is put aside. */
void crash_forget(const GUID *id);

#endif
