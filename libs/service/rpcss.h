/*
 * Wine's class table: registrations with its rpcss that outlive this process.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_SERVICE_RPCSS_H
#define WINE_BITS_SERVICE_RPCSS_H

#include <windows.h>

/* Let every activation of clsid unmarshal objref (an OBJREF as CoMarshalInterface writes it, size bytes)
 * and ask the result, an IServiceProvider, for the class.  The entry stays until the session ends; an
 * entry equal to objref is not added twice.  Returns S_OK, the error of the call, or E_NOINTERFACE where
 * there is no such rpcss (real Windows). */
HRESULT rpcss_register_class(const CLSID *clsid, const void *objref, size_t size);

#endif
