/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Force-included before the generated proxy file: prototypes MinGW lacks. */

#ifndef WINE_BITS_QMGRPRXY_PROXYFIX_H
#define WINE_BITS_QMGRPRXY_PROXYFIX_H

/* not rpcproxy.h: the generated file must define USE_STUBLESS_PROXY before it */
#include <windows.h>
#include <objbase.h>

/* MinGW declares these for C++ only */
HRESULT STDMETHODCALLTYPE IUnknown_QueryInterface_Proxy(IUnknown *proxy, REFIID iid, void **out);
ULONG STDMETHODCALLTYPE IUnknown_AddRef_Proxy(IUnknown *proxy);
ULONG STDMETHODCALLTYPE IUnknown_Release_Proxy(IUnknown *proxy);

#endif
