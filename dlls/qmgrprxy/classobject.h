/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The class object of a service as its client has it. */

#ifndef WINE_BITS_QMGRPRXY_CLASSOBJECT_H
#define WINE_BITS_QMGRPRXY_CLASSOBJECT_H

#include <windows.h>

/* Replace a remote class object (IUnknown or IClassFactory) by one of ours around it; the reference goes over. NULL
 * after a failure. */
HRESULT class_object_wrap(void **object);

#endif
