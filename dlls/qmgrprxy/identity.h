/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IUnknown of remote objects. */

#ifndef WINE_BITS_QMGRPRXY_IDENTITY_H
#define WINE_BITS_QMGRPRXY_IDENTITY_H

#include <windows.h>
#include <objbase.h>

/* Make IClientSecurity of a remote object ours. identity is its IUnknown, in the caller's apartment. Does nothing where
 * that is not what combase is known to make; may be called again for the same one, from any thread. */
void identity_adopt(IUnknown *identity);

/* The same for the object that has this interface. */
void identity_adopt_of(IUnknown *object);

/* Whether that was done to this IUnknown. */
BOOL identity_is_adopted(IUnknown *identity);

/* QueryInterface of an adopted identity as it was before. */
HRESULT identity_query_runtime(IUnknown *identity, REFIID iid, void **out);

#endif
