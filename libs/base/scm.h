/*
 * The service manager of Wine.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_BASE_SCM_H
#define WINE_BITS_BASE_SCM_H

#include <windows.h>

/* Wait until the service RpcSs runs, without which no class of another process can be activated; start it if need be.
 * Wine starts it when it is first needed, and that fails while the service manager starts the automatic services: for a
 * few seconds at the beginning of a session, for half a minute in a new prefix on a busy machine.  S_OK, or the error:
 * on Windows not everybody may ask, and needs not. */
HRESULT scm_wait_for_rpcss(void);

#endif
