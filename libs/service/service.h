/*
 * What every service of ours does between its start and its end.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_SERVICE_SERVICE_H
#define WINE_BITS_SERVICE_SERVICE_H

#include <windows.h>
#include <objbase.h>

struct service
{
    const WCHAR *name;
    const CLSID *const *classes; /* which activate it */
    unsigned int class_count;

    /* Make what serves the classes; a reference to the class object.  Called in the MTA. */
    HRESULT (*start)(IClassFactory **factory);
    /* No client can reach the service any more: end everything, within two seconds. */
    void (*stop)(void);
    /* Settings in the registry changed. */
    void (*reconfigure)(void);
};

/* Let the service start with the session, or on demand only.  Done when it changes, and once at the start, since
 * "wineboot -u" resets it. */
void service_set_automatic(const WCHAR *name, BOOL automatic);

/* The body of ServiceMain: returns when the service has stopped. */
void service_main(const struct service *service);

#endif
