/*
 * Threads that call clients' objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A client may be slow, hang or die while it is called, so that each call needs a thread that nothing else waits for.
 * Both services use one such pool for all of them.  A client is its process (B-664 counts users, but all programs of a
 * Wine session are the same user): it has a bounded number of calls out at a time, and one thread releases its objects,
 * so that one which hangs does not keep the others from being called.
 *
 * All functions may be called on any thread, under locks of the caller's: the pool's own lock is held for moments and
 * nothing else is taken under it.
 */

#ifndef WINE_BITS_COM_CALL_POOL_H
#define WINE_BITS_COM_CALL_POOL_H

#include <windows.h>
#include <objbase.h>

struct call_pool;

/* What call_pool_start answers. */
enum call_start
{
    CALL_STARTED,
    CALL_REFUSED,  /* enough calls are out, of this client or in all; some call's end is announced with call_ended */
    CALL_SHORTAGE, /* no memory or no thread */
};

/* NULL: no memory. */
struct call_pool *call_pool_create(void);

/* Have ended(context) called, without any lock, whenever a call has ended and others may be started; before the first
 * call.  At most two may be added. */
void call_pool_add_observer(struct call_pool *pool, void (*ended)(void *context), void *context);

/* Run function(context) on a thread in the MTA, unless limit calls of the client are out. */
enum call_start call_pool_start(struct call_pool *pool, DWORD client, unsigned int limit,
                                void (*function)(void *context), void *context);

/* Release an object of client, which may take its time, on another thread.  NULL is fine.  Where memory is short it is
 * released here. */
void call_pool_release(struct call_pool *pool, DWORD client, IUnknown *object);

/* Run function(context) as if it were such a release. */
void call_pool_run_release(struct call_pool *pool, DWORD client, void (*function)(void *context), void *context);

/* Start no call any more; wait for those that are out, and for releases, for a second at most.  FALSE: a client still
 * holds a thread.  What its call uses has to stay then. */
BOOL call_pool_stop(struct call_pool *pool);

/* After call_pool_stop: wait for releases that came since, and free the pool.  Where a client held a thread the pool
 * stays: the process is about to end.  NULL is fine. */
void call_pool_destroy(struct call_pool *pool);

/* Whether the answer to a call says that the client's process is gone, or that it has disconnected its object (B-541,
 * B-670, D-142). */
BOOL call_client_is_gone(HRESULT hr);

#endif
