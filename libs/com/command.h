/*
 * The command line that a job runs when no client can be called.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_COMMAND_H
#define WINE_BITS_COM_COMMAND_H

#include "transfer/transfer.h"

/* Whether job has a command line that may run: those of service accounts never do (B-686). */
BOOL command_is_set(struct job *job);

/* Start the job's command line as a program of its user (B-681): 0 and its process, or the error of the start. */
DWORD command_start(struct job *job, HANDLE *process);

#endif
