/*
 * The class that leads a client's activation to the running service.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGRPRXY_ACTIVATOR_H
#define WINE_BITS_QMGRPRXY_ACTIVATOR_H

#include <windows.h>

/* DllGetClassObject for the activator; CLASS_E_CLASSNOTAVAILABLE for every other class. */
HRESULT activator_get_class_object(REFCLSID clsid, REFIID iid, void **out);

#endif
