/*
 * What the parts of the BITS service know of each other.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef WINE_BITS_QMGR_QMGR_H
#define WINE_BITS_QMGR_QMGR_H

#include "com/com.h"

/* BITS' numbers, features and further interfaces. */
extern const struct dialect bits_dialect;

/* Interfaces that only BITS has; of struct face_job and struct face_manager. */
extern const IBackgroundCopyJobHttpOptions3Vtbl http_options_vtbl;
extern const IBitsTokenOptionsVtbl token_options_vtbl;
extern const IBitsPeerCacheAdministrationVtbl peer_cache_vtbl;
extern const IBackgroundCopyQMgrVtbl legacy_manager_vtbl;

/* A callback that passes on to object, which has only BITS 1.0's IBackgroundCopyCallback1: E_NOINTERFACE. */
HRESULT legacy_callback_create(struct face *face, IUnknown *object, IBackgroundCopyCallback **out);

#endif
