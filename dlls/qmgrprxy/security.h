/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IClientSecurity of our proxies. */

#ifndef WINE_BITS_QMGRPRXY_SECURITY_H
#define WINE_BITS_QMGRPRXY_SECURITY_H

#include <windows.h>
#include <objbase.h>

/* QueryInterface of every proxy: answers IClientSecurity, leaves the rest to the RPC runtime. */
HRESULT STDMETHODCALLTYPE proxy_query_interface(IUnknown *proxy, REFIID iid, void **out);

/* Forget what was set for a proxy that goes away: another one may get its address. */
void security_forget_proxy(IUnknown *proxy);

#endif
