/*
 * Work that cannot be interrupted, done on another thread so that it can be left behind.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Name resolution and proxy scripts block inside the system for as long as they like.  Whoever needs their
 * result waits here, and may stop waiting: the work then ends in its own time and releases itself.
 */

#ifndef WINE_BITS_HTTP_TASK_H
#define WINE_BITS_HTTP_TASK_H

#include "http/cancel.h"

/* Embed it at the start of a structure that holds all the work needs.  Both functions belong to the owner. */
struct http_task
{
    void (*run)(struct http_task *task);     /* on the other thread; must not touch anything of the waiter */
    void (*destroy)(struct http_task *task); /* once, by whoever is last */
    volatile LONG references;
    HANDLE done;
};

/*
 * Runs the task and waits.  0: run() has returned, the caller reads the results and calls
 * http_task_release(). ERROR_WINHTTP_TIMEOUT, ERROR_OPERATION_ABORTED, ERROR_NOT_ENOUGH_MEMORY: the task is
 * no longer the caller's. timeout in ms, 0 = none.
 */
uint32_t http_task_run(struct http_task *task, uint32_t timeout, const struct http_cancel *cancel);

/* Ends the caller's interest in a finished task. */
void http_task_release(struct http_task *task);

#endif
