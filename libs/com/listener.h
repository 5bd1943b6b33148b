/*
 * Clients' callback objects.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_COM_LISTENER_H
#define WINE_BITS_COM_LISTENER_H

#include "com/com.h"

/* A client's object, with a reference count of ours: the last reference may go anywhere, under any lock, since the
 * object itself is released on a thread of the service's call pool. */
struct listener
{
    LONG refs;
    struct com_service *service;
    IUnknown *object; /* as the client gave it */
    IBackgroundCopyCallback *callback;
    IBackgroundCopyCallback2 *callback2; /* NULL: the object has none */
    IBackgroundCopyCallback3 *callback3; /* the same */
    DWORD process;                       /* the client */
    BOOL from_class;                     /* made by us from the notification class (B-674) */
};

/* Takes references of its own to object; what its QueryInterface answered where it is no callback.  May call the
 * client. */
HRESULT listener_create(struct com_service *service, IUnknown *object, DWORD process, BOOL from_class,
                        struct listener **listener);

/* NULL is fine for both. */
struct listener *listener_addref(struct listener *listener);
void listener_release(struct listener *listener);

#endif
