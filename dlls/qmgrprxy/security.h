/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IClientSecurity of remote objects. */

#ifndef WINE_BITS_QMGRPRXY_SECURITY_H
#define WINE_BITS_QMGRPRXY_SECURITY_H

#include <windows.h>
#include <objbase.h>

/* An IClientSecurity of the object with this adopted identity (identity.h). */
HRESULT client_security_create(IUnknown *identity, void **out);

/* Forget what was set for a proxy that goes away: another one may get its address. */
void security_forget_proxy(IUnknown *proxy);

#endif
